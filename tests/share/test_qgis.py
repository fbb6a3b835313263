"""The style QGIS reads: known symbols in millimetres, classes, words, and text that stays text."""

from xml.etree import ElementTree as ET

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LineString, MultiPolygon, Point, box

from geotool.labels import Labels
from geotool.share.qgis import QgisWords, make_qml
from geotool.share.qgis_symbols import LINE, POINT, POLYGON, add_symbol, millimetres
from geotool.share.render.layerdata import MapLayer, make_columns
from geotool.share.render.style import HATCHES, SHAPES, LayerStyle, Styles, Symbol
from tests.share.render.hostile import HOSTILE

WORDS = {
    "vi": {
        "columns.kind": "Loại",
        "columns.well_id": "Giếng",
        "values.deep": "Sâu",
        "values.kind_dry": "Cạn",
        "values.true": "Có",
        "values.false": "Không",
        "map.no_data": "Không có số liệu",
    },
    "en": {
        "columns.kind": "Kind",
        "columns.well_id": "Well",
        "values.deep": "Deep",
        "values.kind_dry": "Dry",
        "values.true": "Yes",
        "values.false": "No",
        "map.no_data": "No data",
    },
}
BASE = Symbol(fill="#336699", opacity=0.5, stroke="#0a0b0c", weight=2.0)
CLASSES = {
    "dry": Symbol(fill="#ffffff", stroke="#000000"),
    "deep": Symbol(fill="#000000", stroke="#000000"),
}
STYLES = Styles(
    {
        "wells": LayerStyle("wells", BASE, CLASSES),
        "named": LayerStyle("named", BASE, {}, labelled=True),
    },
    ("#111111", "#222222"),
)
SQUARE = box(0, 0, 10, 10)


def drawn(symbol, dimension):
    """The symbol's layers: class and properties, with those of a symbol inside after them."""
    root = ET.Element("symbols")
    add_symbol(root, "0", symbol, dimension)
    return root[0].get("type"), [read(layer) for layer in root[0].findall("layer")]


def read(layer):
    """One symbol layer; both ways of writing its properties agree."""
    options = {one.get("name"): one.get("value") for one in layer.find("Option")}
    assert options == {one.get("k"): one.get("v") for one in layer.findall("prop")}
    inner = [read(one) for one in layer.findall("symbol/layer")]
    return layer.get("class"), options, *inner


def wells(shapes=None, **columns):
    count = len(next(iter(columns.values())))
    return gpd.GeoDataFrame(columns, geometry=shapes or [SQUARE] * count, crs="EPSG:9209")


def layer_of(frame, style="wells", class_column=None, title_column=None, labels=WORDS):
    names = [name for name in frame.columns if name != "geometry"]
    columns = make_columns(frame, names, Labels(labels))
    title = {"vi": "Giếng", "en": "Wells"}
    return MapLayer("wells", title, frame, columns, style, None, class_column, title_column)


def qml(frame, language="en", renamed=None, labels=WORDS, **options):
    layer = layer_of(frame, labels=labels, **options)
    text = make_qml(layer, STYLES, QgisWords(Labels(labels), language, renamed or {}))
    return ET.fromstring(text)


def categories(root):
    return [(one.get("value"), one.get("label")) for one in root.iter("category")]


def test_an_area_is_fill_hatching_and_outline():
    symbol = Symbol(fill="#d55e00", opacity=0.8, stroke="#6e2d00", weight=2.0, hatch="diagonal")
    kind, (fill, hatching, outline) = drawn(symbol, POLYGON)
    assert kind == "fill"
    assert fill[:1] == ("SimpleFill",)
    assert fill[1] == {"color": "213,94,0,204", "style": "solid", "outline_style": "no"}
    assert hatching[0] == "LinePatternFill"
    assert hatching[1] == {"angle": "45", "distance": "1.5", "distance_unit": "MM"}
    assert hatching[2][0] == "SimpleLine"
    assert hatching[2][1]["line_color"] == "110,45,0,204"
    assert outline[0] == "SimpleLine"
    assert outline[1]["line_color"] == "110,45,0,255"
    assert outline[1]["line_width"] == "0.53"
    assert outline[1]["line_width_unit"] == "MM"


@pytest.mark.parametrize(
    ("hatch", "angles"),
    [
        ("none", []),
        ("diagonal", ["45"]),
        ("back", ["135"]),
        ("cross", ["45", "135"]),
        ("horizontal", ["0"]),
        ("vertical", ["90"]),
    ],
)
def test_every_hatching_has_its_lines(hatch, angles):
    _, layers = drawn(Symbol(fill="#ffffff", hatch=hatch), POLYGON)
    assert [one[1]["angle"] for one in layers if one[0] == "LinePatternFill"] == angles


def test_dots_stand_in_staggered_rows():
    _, (_, dots, _) = drawn(Symbol(fill="#ffffff", stroke="#010203", hatch="dots"), POLYGON)
    assert dots[0] == "PointPatternFill"
    places = [dots[1][key] for key in ("distance_x", "distance_y", "displacement_x")]
    assert places == ["2.12", "1.06", "1.06"]
    assert dots[2][1]["color"] == "1,2,3,204"
    assert dots[2][1]["size"] == "0.53"


def test_an_area_without_a_fill_is_its_outline():
    _, (fill, outline) = drawn(Symbol(stroke="#0072b2", weight=2.0, hatch="cross"), POLYGON)
    assert (fill[1]["style"], fill[1]["color"]) == ("no", "0,0,0,0")
    assert outline[1]["line_style"] == "solid"


@pytest.mark.parametrize("symbol", [Symbol(stroke=""), Symbol(weight=0.0)])
def test_what_has_no_outline_draws_none(symbol):
    assert drawn(symbol, LINE)[1][0][1]["line_style"] == "no"
    assert drawn(symbol, POINT)[1][0][1]["outline_style"] == "no"


def test_dashes_are_millimetres_in_pairs():
    kind, ((name, even),) = drawn(Symbol(dash=(6.0, 4.0)), LINE)
    assert (kind, name) == ("line", "SimpleLine")
    assert (even["use_custom_dash"], even["customdash"]) == ("1", "1.59;1.06")
    _, ((_, odd),) = drawn(Symbol(dash=(4.0,)), LINE)
    assert odd["customdash"] == "1.06;1.06"
    _, ((_, solid),) = drawn(Symbol(), LINE)
    assert "customdash" not in solid


@pytest.mark.parametrize(
    ("shape", "size"),
    list(zip(SHAPES, ["2.12", "2.12", "2.75", "2.54", "2.65"], strict=True)),
)
def test_points_keep_their_shape_and_size(shape, size):
    kind, ((name, point),) = drawn(Symbol(fill="#ffffff", shape=shape, radius=4.0), POINT)
    assert (kind, name) == ("marker", "SimpleMarker")
    assert (point["name"], point["size"], point["color"]) == (shape, size, "255,255,255,255")


def test_every_hatching_and_shape_of_the_styles_is_known():
    for hatch in HATCHES:
        layers = drawn(Symbol(fill="#ffffff", hatch=hatch), POLYGON)[1]
        assert len(layers) == {"none": 2, "cross": 4}.get(hatch, 3)
    assert all(drawn(Symbol(shape=shape), POINT) for shape in SHAPES)


@given(st.floats(0, 99))
def test_a_pixel_is_a_96th_of_an_inch(pixels):
    assert float(millimetres(pixels)) == pytest.approx(pixels * 0.264583, abs=0.0051)


def test_one_symbol_where_there_is_no_class():
    root = qml(wells(well_id=["W1"]))
    renderer = root.find("renderer-v2")
    assert renderer.get("type") == "singleSymbol"
    assert [one.get("name") for one in renderer.findall("symbols/symbol")] == ["0"]
    assert root.findtext("layerGeometryType") == "2"
    assert root.get("labelsEnabled") == "0"
    assert root.find("labeling") is None


def test_classes_come_in_legend_order_with_their_words():
    frame = wells(kind=["new", "deep", None, "dry", "", "deep"])
    expected = {
        "en": [("dry", "Dry"), ("deep", "Deep"), ("new", "new"), ("", "No data")],
        "vi": [("dry", "Cạn"), ("deep", "Sâu"), ("new", "new"), ("", "Không có số liệu")],
    }
    for language, shown in expected.items():
        root = qml(frame, language, class_column="kind")
        renderer = root.find("renderer-v2")
        assert (renderer.get("type"), renderer.get("attr")) == ("categorizedSymbol", "kind")
        assert categories(root) == shown
    colours = [
        read(one.find("layer"))[1]["color"] for one in root.iter("symbol") if one.get("name")
    ]
    assert colours == ["255,255,255,255", "0,0,0,255", "17,17,17,128", "51,102,153,128"]


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        ([True, False, True], ["false", "true"]),
        ([220.0, 35.0, None], ["35", "220", ""]),
        (pd.Categorical(["b", "a", "b"]), ["a", "b"]),
    ],
)
def test_values_are_written_as_qgis_compares_them(cells, values):
    assert [value for value, _ in categories(qml(wells(kind=cells), class_column="kind"))] == values


def test_times_make_no_classes():
    frame = wells(kind=pd.to_datetime(["2024-03-01", "2024-03-02"]))
    assert qml(frame, class_column="kind").find("renderer-v2").get("type") == "singleSymbol"


@pytest.mark.parametrize(
    ("shape", "dimension"),
    [(Point(1, 2), "0"), (LineString([(0, 0), (1, 1)]), "1"), (MultiPolygon([SQUARE]), "2")],
)
def test_the_kind_of_shape_decides_the_kind_of_symbol(shape, dimension):
    root = qml(wells([shape], well_id=["W1"]))
    assert root.findtext("layerGeometryType") == dimension
    assert (
        root.find("renderer-v2/symbols/symbol").get("type")
        == ("marker", "line", "fill")[int(dimension)]
    )


def test_mixed_shapes_are_drawn_by_rules():
    root = qml(
        wells([Point(1, 2), SQUARE, None], kind=["dry", "it's", "deep"]), class_column="kind"
    )
    assert root.find("layerGeometryType") is None
    rules = [(one.get("label"), one.get("filter")) for one in root.iter("rule")]
    assert rules == [
        ("Dry", "geometry_type($geometry) = 'Point' AND coalesce(to_string(\"kind\"), '') = 'dry'"),
        (
            "it's",
            "geometry_type($geometry) = 'Polygon' AND coalesce(to_string(\"kind\"), '') = 'it''s'",
        ),
    ]
    kinds = [one.get("type") for one in root.findall("renderer-v2/symbols/symbol")]
    assert kinds == ["marker", "fill"]


def test_what_no_rule_names_has_a_rule_of_its_own():
    shapes = [Point(1, 2), SQUARE, SQUARE, Point(3, 4)]
    root = qml(wells(shapes, kind=["dry", None, "a\x01b", "dry"]), class_column="kind")
    assert [(one.get("label"), one.get("filter")) for one in root.iter("rule")][1:] == [
        (
            "No data, ab",
            "geometry_type($geometry) = 'Polygon' AND "
            "coalesce(to_string(\"kind\"), '') NOT IN ('dry')",
        )
    ]
    bare = qml(wells([Point(1, 2), SQUARE], kind=[None, None]), class_column="kind")
    assert next(bare.iter("rule")).get("filter") == "geometry_type($geometry) = 'Polygon'"


def test_mixed_shapes_without_classes_are_one_rule_a_kind():
    root = qml(wells([Point(1, 2), SQUARE], well_id=["W1", "W2"]))
    assert [one.get("filter") for one in root.iter("rule")] == [
        "geometry_type($geometry) = 'Polygon'",
        "geometry_type($geometry) = 'Point'",
    ]


def test_nothing_drawn_has_no_style():
    layer = layer_of(wells([None], well_id=["W1"]))
    assert make_qml(layer, STYLES, QgisWords(Labels(WORDS), "en")) is None


def test_columns_have_names_and_codes_have_words():
    frame = wells(well_id=["W1", "W2"], kind=["dry", "deep"], extra=[1, 2])
    root = qml(frame, "vi")
    aliases = [(one.get("field"), one.get("name")) for one in root.iter("alias")]
    assert aliases == [("well_id", "Giếng"), ("kind", "Loại"), ("extra", "extra")]
    (field,) = root.findall("fieldConfiguration/field")
    assert field.get("name") == "kind"
    assert field.find("editWidget").get("type") == "ValueMap"
    pairs = field.findall(".//Option[@name='map']/Option/Option")
    assert [(one.get("name"), one.get("value")) for one in pairs] == [
        ("Sâu", "deep"),
        ("Cạn", "dry"),
    ]


def test_free_text_that_happens_to_hold_a_code_has_no_value_map():
    assert not qml(wells(kind=["dry", "a note", "another", "third"])).findall(".//editWidget")


def test_renamed_columns_are_called_as_in_the_file():
    frame = wells(kind=["dry"], fid=["W1"])
    root = qml(frame, class_column="kind", title_column="fid", renamed={"fid": "fid_1"})
    assert [one.get("field") for one in root.iter("alias")] == ["kind", "fid_1"]
    assert root.findtext("previewExpression") == '"fid_1"'
    renamed = qml(frame, class_column="kind", renamed={"kind": "kind_1"})
    assert renamed.find("renderer-v2").get("attr") == "kind_1"
    assert categories(renamed) == [("dry", "Dry")]


def test_names_are_written_where_the_style_says_so():
    root = qml(wells(well_id=["W1"]), style="named", title_column="well_id")
    assert root.get("labelsEnabled") == "1"
    style = root.find("labeling/settings/text-style")
    assert (style.get("fieldName"), style.get("isExpression")) == ('"well_id"', "1")
    coded = qml(wells(kind=["dry"]), style="named", title_column="kind")
    assert coded.find(".//text-style").get("fieldName") == 'represent_value("kind")'
    untitled = qml(wells(well_id=["W1"]), style="named")
    assert untitled.get("labelsEnabled") == "0"


def test_hostile_text_stays_text():
    names = {f'c"{text}': [text] for text in HOSTILE}
    frame = wells(**names, kind=["</category>"])
    for column in names:
        root = qml(frame, class_column=column, title_column=column, style="named")
        assert categories(root) == [(column[2:], column[2:])]
        assert root.findtext("previewExpression") == '"' + column.replace('"', '""') + '"'
        assert [one.get("field") for one in root.iter("alias")] == list(frame.columns[:-1])
    assert {element.tag for element in root.iter()} <= {
        *("qgis", "fieldConfiguration", "field", "editWidget", "config", "Option", "aliases"),
        *("alias", "renderer-v2", "categories", "category", "symbols", "symbol", "layer", "prop"),
        *("previewExpression", "labeling", "settings", "text-style", "text-buffer", "placement"),
        *("rendering", "layerGeometryType"),
    }


def test_words_of_a_legend_are_no_expression():
    ((value, label),) = categories(qml(wells(kind=["[% @user_full_name %]"]), class_column="kind"))
    assert value == "[% @user_full_name %]"
    assert label == "[\u2060% @user_full_name %]"


@pytest.mark.parametrize(
    ("kinds", "label"),
    [
        (["a\x00b", "c\ufffe", "dry"], "ab, c"),
        (["a\x07b", "dry", None], "No data, ab"),
        ([*(f"{number}\x07" for number in range(5)), "dry"], "0, 1, 2, …"),
    ],
)
def test_what_xml_cannot_hold_is_labelled_by_what_is_shown(kinds, label):
    found = categories(qml(wells(kind=kinds), class_column="kind"))
    assert found == [("dry", "Dry"), ("", label)]


@given(st.lists(st.text(), min_size=1, max_size=5))
def test_any_text_is_read_back_and_matches_or_is_of_the_other_class(cells):
    root = qml(wells(kind=pd.Series(cells, dtype=object)), class_column="kind")
    values = {value for value, _ in categories(root)}
    assert all(cell in values or "" in values for cell in cells)
    assert values <= {*cells, ""}


def test_the_same_layer_gives_the_same_text():
    frame = wells(kind=["c", "b", "a", "dry"], well_id=["W1", "W2", "W3", "W4"])
    layers = [layer_of(frame, class_column="kind"), layer_of(frame[::-1], class_column="kind")]
    texts = [make_qml(one, STYLES, QgisWords(Labels(WORDS), "vi")) for one in layers]
    assert texts[0] == texts[1]
    assert list(frame.columns) == ["kind", "well_id", "geometry"]
