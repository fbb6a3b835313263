import base64
import datetime
import json
from decimal import Decimal

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import example, given
from hypothesis import strategies as st

from geotool import labels
from geotool.errors import CrsError, GeometryError, SchemaError
from geotool.share import tables
from geotool.share.render import attributes, layerdata
from geotool.share.render.layerdata import LayerColumn, MapLayer
from tests.share.render import layer_reader, layer_vectors

VECTORS = layer_vectors.load()
SEVEN_EAST = datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=7)))


def make_layer(frame, columns, **options):
    return MapLayer("x", {"vi": "x", "en": "x"}, frame, columns, "parcels", **options)


def encode(layer):
    return layerdata.encode_layer(layer, layerdata.to_lonlat(layer.frame, "x"))


def plain_text(encoded):
    """Return all that a layer says, as one text."""
    streams = layer_reader.plain_streams(encoded.entry, encoded.data)
    return json.dumps(dict(encoded.entry)) + str(b"".join(streams.values()))


def column(name, kind):
    return LayerColumn(name, {"vi": name, "en": name}, kind)


def points(count, **columns):
    places = [shapely.Point(105 + place / 100, 18) for place in range(count)]
    return gpd.GeoDataFrame(columns, geometry=places, crs="EPSG:4326")


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_golden_vectors(vector):
    made, kept = layer_vectors.expected(vector), dict(vector)
    plain = [
        layer_reader.plain_streams(one["entry"], base64.b64decode(one.pop("data")))
        for one in (made, kept)
    ]
    assert plain[0] == plain[1]  # deflated bytes may differ from one zlib to the next
    for one in (made, kept):
        one["entry"] = {key: value for key, value in one["entry"].items() if key != "streams"}
    assert json.loads(json.dumps(made)) == kept


def test_one_point_counted_by_hand():
    """0.001 degree of longitude is 111.3195 m: 1,113 steps; 7 is 2 * 7 + 1 = 15 in a varint."""
    encoded = layer_vectors.encode(VECTORS[0])
    assert encoded.entry["origin"] == [1113, 0]
    assert encoded.entry["step"] == 0.1
    plain = layer_reader.plain_streams(encoded.entry, encoded.data)
    assert plain == {"x": b"\0", "y": b"\0", "c0.values": bytes([15])}


def test_only_named_columns_are_embedded():
    frame = points(1, a=["seen"], phone=["0912"])
    encoded = encode(make_layer(frame, (column("a", "text"),), class_column="phone"))
    assert "0912" not in plain_text(encoded)
    assert "seen" in plain_text(encoded)
    assert [one["name"] for one in encoded.entry["columns"]] == ["a"]


def test_a_column_that_is_not_there_is_named():
    frame = gpd.GeoDataFrame(geometry=[shapely.Point(1, 2)], crs="EPSG:4326")
    with pytest.raises(SchemaError, match="lacks the columns a"):
        encode(make_layer(frame, (column("a", "text"),)))


def test_shapes_without_place_are_left_out():
    shapes = [shapely.Point(1, 2), None, shapely.Polygon()]
    frame = gpd.GeoDataFrame({"a": ["x", "y", "z"]}, geometry=shapes, crs="EPSG:4326")
    encoded = encode(make_layer(frame, (column("a", "text"),)))
    assert encoded.entry["count"] == 1
    assert layer_reader.read_columns(encoded.entry, encoded.data) == {"a": ["x"]}


@pytest.mark.filterwarnings("ignore:invalid value encountered in linestrings")
@pytest.mark.parametrize("place", [(500_000, 2), (2, 89), (2, float("nan")), (float("inf"), 2)])
@pytest.mark.parametrize("others", [[], [(1, 2), (3, 4)]])
def test_places_off_the_map_are_refused(place, others):
    points = [*others, place]
    shape = shapely.LineString(points) if others else shapely.Point(place)
    frame = gpd.GeoDataFrame(geometry=[shape], crs="EPSG:4326")
    if not len(layerdata.to_lonlat(frame, "x")):
        return  # a point of NaN is an empty point: nothing to draw
    with pytest.raises(GeometryError, match=r"'x'.* no place on Earth"):
        encode(make_layer(frame, ()))


def test_a_layer_without_crs_is_refused():
    with pytest.raises(CrsError, match="no coordinate reference system"):
        layerdata.to_lonlat(gpd.GeoDataFrame(geometry=[shapely.Point(1, 2)]), "parcels")


def test_frame_is_not_changed():
    frame = gpd.GeoDataFrame({"a": [1]}, geometry=[shapely.Point(570_000, 2_000_000)], crs=9209)
    before = frame.copy()
    encode(make_layer(frame, (column("a", "count"),)))
    assert frame.equals(before)
    assert frame.crs == before.crs


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (float("nan"), ""),
        (pd.NA, ""),
        (pd.NaT, ""),
        (True, "true"),
        (np.bool_(False), "false"),
        (110.0, "110"),
        (0.5, "0.5"),
        (datetime.date(2025, 3, 1), "2025-03-01"),
        (pd.Timestamp("2025-03-01"), "2025-03-01"),
        ("Kỳ Anh", "Kỳ Anh"),
    ],
)
def test_cells_as_text(value, text):
    assert attributes.text_of(value) == text


@given(st.text())
def test_json_text_holds_no_markup_and_loses_nothing(text):
    encoded = layerdata.json_text([text, {text: 1}])
    assert not set("<>&\u2028\u2029") & set(encoded)
    assert json.loads(encoded) == [text, {text: 1}]


def test_columns_take_labels_and_kinds_from_their_names():
    frame = pd.DataFrame(
        {
            "affected_area_m2": [1.5],
            "from_chainage_m": [1.0],
            "taken_share": [0.5],
            "take_class": ["full"],
            "zone": ["none"],
            "parcel_id": ["p"],
            "own_column": ["x"],
        }
    )
    wanted = [*frame.columns, "not_there"]
    made = layerdata.make_columns(frame, wanted, labels.load_labels())
    assert [(one.name, one.kind) for one in made] == [
        ("affected_area_m2", "area_m2"),
        ("from_chainage_m", "chainage"),
        ("taken_share", "share"),
        ("take_class", "value"),
        ("zone", "value"),
        ("parcel_id", "text"),
        ("own_column", "text"),
    ]
    assert made[-1].label == {"vi": "own_column", "en": "own_column"}
    assert made[0].label["en"] != "affected_area_m2"


def one_column(values, kind, **options):
    """Return a column's entry and its cells as read back, in the order given."""
    frame = points(len(values), a=pd.Series(values, dtype=object), at=list(range(len(values))))
    layer = make_layer(frame, (column("a", kind), column("at", "count")), **options)
    encoded = encode(layer)
    found = layer_reader.read_columns(encoded.entry, encoded.data)
    order = np.argsort(found["at"])
    return encoded.entry["columns"][0], [found["a"][place] for place in order]


@pytest.mark.parametrize(
    ("kind", "values", "wanted"),
    [
        ("area_m2", [1.23456, None, -0.0004], [1.235, None, 0]),
        ("share", [0.12345678, 1, np.nan], [0.123457, 1, None]),
        ("vnd", [5.4e9, -1, 2**51], [5.4e9, -1, 2**51]),
        ("number", [float("inf"), 0.5, -float("inf")], [None, 0.5, None]),
        ("date", ["2025-03-01", None, "1945-09-02"], ["2025-03-01", None, "1945-09-02"]),
        ("date", [datetime.date(2025, 3, 1), pd.NaT, pd.Timestamp("2024-02-29")],
         ["2025-03-01", None, "2024-02-29"]),
        ("date", ["tháng 3", None, "2025-03-01"], ["tháng 3", None, "2025-03-01"]),
        ("count", [True, False, None], ["true", "false", None]),
        ("number", [1e300, 2, None], [str(int(1e300)), "2", None]),
        ("number", [2**70, None, -(2**70)], [str(2**70), None, str(-(2**70))]),
        ("text", ["", None, "0012"], [None, None, "0012"]),
        ("text", ["", 0, None, 1.5], [None, "0", None, "1.5"]),
        ("date", ["", "2025-03-01"], [None, "2025-03-01"]),
        ("date", ["2024-W01-1", "20240101"], ["2024-W01-1", "20240101"]),
        ("date", [pd.Timestamp("2025-03-01 10:30"), pd.Timestamp("2025-03-02")],
         ["2025-03-01 10:30:00", "2025-03-02"]),
        ("number", [Decimal("1.10"), Decimal("NaN"), 2], [1.1, None, 2]),
        ("text", [SEVEN_EAST, SEVEN_EAST.astimezone(datetime.UTC)],
         ["2024-01-01", "2023-12-31 17:00:00+00:00"]),
    ],
)  # fmt: skip
def test_cells_come_back_as_they_are_shown(kind, values, wanted):
    assert one_column(values, kind)[1] == wanted


FIGURES = st.one_of(
    st.floats(-1e7, 1e7),
    # near the halves of what is printed, where rounding twice shows
    st.builds(
        lambda whole, decimals, off: whole / 10**decimals + off,
        st.integers(-(10**6), 10**6), st.integers(0, 8), st.floats(-1e-5, 1e-5),
    ),
)  # fmt: skip
NUMERIC = ("number", "count", "area_m2", "area_ha", "length_m", "length_km", "share", "vnd",
           "chainage")  # fmt: skip


@given(st.lists(FIGURES, min_size=1, max_size=20), st.sampled_from(NUMERIC), st.booleans())
@example([2624.14997, 0.25, 0.35, 2624.1499997, 2.675], "area_m2", False)
@example([2624.1499997, 0.05], "area_m2", True)
@example([0.5, 1.5, 2.5, -2.5], "count", False)
@example([0.125, 556000.1249, 0.375, 1000.99496], "chainage", False)
@example([0.0005, 0.1234996, 0.1235], "share", False)
@example([1.0000005, 1.0000015, 5e-7], "number", False)
def test_a_figure_prints_like_the_one_it_stands_for(values, kind, summed):
    """What tables and workbook print of the number is what the page prints of the one stored."""
    cells = one_column(values, kind, sums=("a",) if summed else ())[1]
    for value, cell in zip(values, cells, strict=True):
        for language in ("vi", "en"):
            assert printed(cell, kind, language) == printed(value, kind, language)


def printed(value, kind, language):
    return tables.cell_text(value, kind, labels=labels.load_labels(), language=language)


@pytest.mark.parametrize("bad", ["soon", "2025-03-01 10:00", pd.Timestamp("2025-03-01 10:00")])
@pytest.mark.parametrize("role", ["valid_from", "valid_to"])
def test_the_dates_of_a_slider_are_plain_dates(bad, role):
    frame = points(2, a=pd.Series(["2025-03-01", bad], dtype=object))
    with pytest.raises(SchemaError, match=r"'x' has cells in a that are no dates"):
        encode(make_layer(frame, (), **{role: "a"}))


def test_what_is_added_up_keeps_its_decimals_beside_parts():
    """Without a filter the features themselves are added up, not their parts."""
    frame = points(2, own_m2=[1.2345678, 2.0])
    parts = pd.DataFrame({"row": [0, 1], "own_m2": [1.2345678, 2.0]})
    layer = make_layer(frame, (column("own_m2", "area_m2"),), parts=parts, sums=("own_m2",))
    encoded = encode(layer)
    assert layer_reader.read_columns(encoded.entry, encoded.data)["own_m2"][0] == 1.234568
    assert layer_reader.read_parts(encoded.entry, encoded.data)["own_m2"][0] == 1.234568


def test_a_class_column_is_text_whatever_it_holds():
    entry, cells = one_column([1.5, None, 2], "number", class_column="a")
    assert entry["type"] == "text"
    assert cells == ["1.5", None, "2"]


def test_what_is_added_up_keeps_six_decimals():
    entry, cells = one_column([1.2345678, 0.000001, None], "area_m2", sums=("a",))
    assert entry["decimals"] == 6
    assert cells == [1.234568, 0.000001, None]


def test_large_sums_stay_numbers():
    """Above 4.5 thousand million six decimals no longer fit, nor does a float hold them."""
    entry, cells = one_column([5.4e9 + 0.25, 0.000001, 1e12], "vnd", sums=("a",))
    assert entry["type"] == "number"
    assert cells == [5.4e9 + 0.25, 0, 1e12]


@given(st.lists(st.one_of(st.none(), st.floats(-1e9, 1e9)), max_size=30))
def test_sums_of_cells_are_sums_of_the_frame(values):
    cells = one_column(values, "area_m2", sums=("a",))[1]
    assert [cell is None for cell in cells] == [value is None for value in values]
    for cell, value in zip(cells, values, strict=True):
        assert value is None or abs(cell - value) <= 0.5e-6 + abs(value) * 1e-15


@given(st.lists(st.one_of(st.none(), st.text(st.characters(exclude_categories=["Cs"])))))
def test_text_comes_back_but_for_nul(values):
    wanted = [value.replace("\0", "\ufffd") if value else None for value in values]
    assert one_column(values, "text")[1] == wanted


@given(st.lists(st.one_of(st.none(), st.dates()), max_size=20))
def test_dates_come_back(values):
    entry, cells = one_column(values, "date")
    assert entry["type"] == "date"
    assert cells == [value and value.isoformat() for value in values]


@given(
    st.lists(st.booleans(), min_size=1, max_size=12).flatmap(
        lambda shown: st.tuples(
            st.just(shown), st.lists(st.integers(0, len(shown) - 1), max_size=30)
        )
    )
)
def test_parts_stay_with_their_feature(given):
    """A part of a feature without shape is left out; the others keep order and values."""
    shown, rows = given
    places = [shapely.Point(105 - i / 50, 18 + i % 3) if on else None for i, on in enumerate(shown)]
    names = [f"P{i}" for i in range(len(shown))]
    frame = gpd.GeoDataFrame({"parcel_id": names}, geometry=places, crs="EPSG:4326")
    parts = pd.DataFrame({"row": rows, "commune": [f"C{i}" for i in range(len(rows))]})
    layer = make_layer(frame, (column("parcel_id", "text"),), filters=("commune",), parts=parts)
    encoded = encode(layer)
    title = layer_reader.read_columns(encoded.entry, encoded.data)["parcel_id"]
    found = layer_reader.read_parts(encoded.entry, encoded.data)
    read = sorted(
        (title[row], commune) for row, commune in zip(found["row"], found["commune"], strict=True)
    )
    assert read == sorted((names[row], f"C{i}") for i, row in enumerate(rows) if shown[row])
    assert found["row"] == sorted(found["row"])


def test_characters_that_mislead_the_eye_are_made_visible():
    values = pd.Series(["a\u202eb", "a\0b", "a\ufffdb", "\ud800", "c"], dtype=object)
    codes, words = attributes.words_of_column(values)
    assert words == ["a\ufffdb", "\ufffd", "c"]
    assert codes.tolist() == [0, 0, 0, 1, 2]
    assert layerdata.json_text("x\u2066y\ud800") == '"x\ufffdy\ufffd"'
