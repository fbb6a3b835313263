"""Rows near a corridor through an index are those of a read of the whole layer, cell by cell."""

import datetime
import math

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geotool import schema, sources
from geotool.errors import (
    CrsError,
    CrsMismatchError,
    DataError,
    GeometryError,
    ReadError,
    SchemaError,
    UsageError,
)
from geotool.sources import ReadOptions, reading
from geotool.sources.indexed import near, plain
from geotool.sources.indexed.near_rows import Surroundings
from tests.sources.indexed.geopackages import (
    BOXES,
    COUNT,
    CRS,
    EAST,
    NEAR,
    NORTH,
    change,
    plots,
    write,
)

PLACES = np.arange(COUNT)
AROUND = Surroundings(BOXES, CRS)


@pytest.fixture(autouse=True)
def every_layer_is_large(monkeypatch):
    monkeypatch.setattr(near, "WHOLE_ROWS", 0)


@pytest.fixture
def whole_reads(monkeypatch):
    """Return the list of reads of whole layers."""
    reads = []
    real = reading.read_layer
    monkeypatch.setattr(reading, "read_layer", lambda *args: reads.append(args) or real(*args))
    return reads


def read(path, layer="parcels", around=AROUND, **options):
    columns = options.pop("columns", None)
    told = ReadOptions(**options)
    return near.read_near(path, around, layer=layer, columns=columns, options=told)


def empty(cell):
    return cell is None or (isinstance(cell, float) and math.isnan(cell))


def assert_as_whole(path, layer="parcels", *, indexed=True, columns=None, **options):
    """Check rows, cells, shapes, system and what was noted against a read of the whole layer."""
    found = read(path, layer, columns=columns, **options)
    whole = sources.read_layer(path, layer, ReadOptions(**options))
    shapes = whole.frame.geometry.to_numpy()
    reach = shapely.box(*shapely.bounds(shapes).T)
    rows = shapely.intersects(reach[:, None], shapely.box(*BOXES.T)[None, :]).any(axis=1)
    expected = whole.frame[rows]
    own = schema.load_schema(layer)
    wanted = own.column_names if columns is None else {*columns, own.key}
    for name in [name for name in expected.columns if name in wanted]:
        cells = [None if empty(cell) else cell for cell in found.columns[name]]
        assert cells == [None if empty(cell) else cell for cell in expected[name]], name
        kinds = {type(cell) for cell in cells} - {np.float64, float, np.int64, int}
        assert kinds <= {str, bool, type(None)}
    assert shapely.equals_identical(found.shapes, expected.geometry.to_numpy()).all()
    assert found.crs == whole.report.crs
    assert found.feature_count == len(whole.frame)
    assert found.layer == layer
    noted = {(problem.rule, problem.place) for problem in whole.report.problems}
    assert {(problem.rule, problem.place) for problem in found.problems} == noted
    assert (found.index is not None) == indexed
    assert set(found.repaired) == set(whole.report.repaired) & set(found.columns[own.key])
    return found


def assert_refused_alike(path, error, layer="parcels", **options):
    """Check that both reads refuse a layer for the same reason; return the message."""
    with pytest.raises(error) as through_index:
        read(path, layer, **options)
    with pytest.raises(DataError) as of_all:
        sources.read_layer(path, layer, ReadOptions(**options))
    rules = {problem.rule for problem in of_all.value.problems}
    assert {problem.rule for problem in through_index.value.problems} <= rules
    assert through_index.value.exit_code == 3
    return through_index.value.message


def test_a_plain_layer(tmp_path, whole_reads):
    path = write(
        plots(land_type=["ONT"] * COUNT, document_area_m2=PLACES * 1.5), tmp_path / "p.gpkg"
    )
    found = read(path)
    assert list(found.columns["parcel_id"]) == NEAR
    assert found.columns["document_area_m2"].tolist() == [6, 7.5, 9, 10.5, 12, 13.5, 15, 28.5, 30]
    assert found.crs == CRS
    assert found.feature_count == COUNT
    assert found.index == "the R-tree of the GeoPackage"
    assert found.problems == ()
    assert not whole_reads
    assert_as_whole(path)
    assert_as_whole(f"{path}#parcels")
    assert_as_whole(path, columns=["land_type"])
    assert list(read(path, columns=[]).columns) == ["parcel_id"]


def test_the_corridor_as_a_frame(tmp_path):
    import geopandas as gpd

    path = write(plots(), tmp_path / "p.gpkg")
    strip = shapely.box(EAST + 95, NORTH + 5, EAST + 205, NORTH + 6)
    frame = gpd.GeoDataFrame(geometry=[strip], crs=CRS)
    assert list(near.read_near(path, frame).columns["parcel_id"]) == NEAR[:7]
    assert list(sources.read_near(path, frame, layer="parcel").columns["parcel_id"]) == NEAR[:7]


def test_a_small_layer_is_read_whole(tmp_path, monkeypatch, whole_reads):
    path = write(plots(), tmp_path / "p.gpkg")
    monkeypatch.setattr(near, "WHOLE_ROWS", COUNT)
    found = read(path)
    assert len(whole_reads) == 1
    assert found.index is None
    assert list(found.columns["parcel_id"]) == NEAR
    monkeypatch.setattr(near, "WHOLE_ROWS", COUNT - 1)
    assert read(path).index is not None


TEXTS = [
    "nan", "NULL", "N/A", "-", "A  B", "1.0", "007", " x", "y ", "\t", "None", "Tong cong",
    "TOTAL", "true", "0", "1e5", "x\ny", "Đất ở", "Tổng cộng", "<NA>", "yes", "YES", "có", "no",
    "maybe", "Pending", "1,5", "'", '"', ";", "NaT", "inf", "", "\u00a0x", "é", "e\u0301", "12",
    "§Êt ë", "ĐẤT", "\x7f", "#N/A", "..", "2020-01-01",
]  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("column", ["land_type", "papers", "sheet_no"])
def test_texts_of_every_kind(tmp_path, text, column):
    cells = ["yes"] * COUNT
    cells[8] = text
    assert_as_whole(write(plots(**{column: cells}), tmp_path / "p.gpkg"))


@pytest.mark.parametrize("text", [text for text in TEXTS if text.strip()])
def test_keys_of_every_kind(tmp_path, text):
    frame = plots()
    frame.loc[8, "parcel_id"] = text
    assert_as_whole(write(frame, tmp_path / "p.gpkg"))


@settings(max_examples=40, derandomize=True)
@given(st.lists(st.text(alphabet="aAđ01 .,-/+Ô\u0302\n\t", max_size=5), min_size=9, max_size=9))
def test_random_texts(tmp_path_factory, texts):
    cells = ["x"] * COUNT
    for place, text in zip([4, 5, 6, 7, 8, 9, 10, 19, 20], texts, strict=True):
        cells[place] = text
    path = tmp_path_factory.mktemp("texts") / "p.gpkg"
    assert_as_whole(write(plots(land_type=cells, papers=cells), path))


OLD = "§Êt ë t¹i n«ng th«n"  # Đất ở tại nông thôn, in an old encoding


@pytest.mark.parametrize(
    "texts",
    [
        [OLD] * COUNT,
        [OLD if i == 7 else "ONT" for i in PLACES],
        [OLD if i == 7 else "Đất ở" for i in PLACES],
        [f"{OLD} {i}" for i in PLACES],
    ],
)
def test_texts_in_an_old_encoding(tmp_path, texts):
    found = assert_as_whole(write(plots(land_type=texts), tmp_path / "p.gpkg"))
    assert OLD not in found.columns["land_type"]


def test_empty_cells(tmp_path):
    types, areas = ["ONT"] * COUNT, [100.0] * COUNT
    types[6] = types[30] = areas[7] = areas[31] = None
    frame = plots(land_type=types, document_area_m2=areas, commune_id=[None] * COUNT)
    assert_as_whole(write(frame, tmp_path / "p.gpkg"))


@pytest.mark.parametrize("keys", [PLACES + 100, (PLACES + 100).astype(float), PLACES + 0.5])
def test_keys_that_are_numbers(tmp_path, keys):
    found = assert_as_whole(write(plots().assign(parcel_id=keys), tmp_path / "p.gpkg"))
    assert found.columns["parcel_id"][0] == str(keys[4]).removesuffix(".0")


def test_booleans_and_dates(tmp_path):
    days = [datetime.date(2020, 1, 1 + i % 28) for i in PLACES]
    frame = plots(papers=PLACES % 3 == 0, land_type=PLACES % 2 == 0, sheet_no=days)
    assert_as_whole(write(frame, tmp_path / "p.gpkg"))


@pytest.mark.parametrize("layer", ["graves", "structures", "utilities", "communes"])
def test_other_layers_with_dates_numbers_and_booleans(tmp_path, layer):
    own = schema.load_schema(layer)
    cells = {
        "boolean": PLACES % 2 == 0,
        "integer": PLACES,
        "number": PLACES * 1.5,
        "date": [datetime.date(2020, 1, 1 + i % 28) for i in PLACES],
    }
    columns = {
        column.name: cells.get(column.type, (list(column.values or ("ab",)) * COUNT)[:COUNT])
        for column in own.columns
    }
    columns[own.key] = [f"K{i}" for i in PLACES]
    frame = plots().drop(columns="parcel_id").assign(**columns)
    if "polygon" not in own.geometry:
        kind = shapely.centroid if "point" in own.geometry else shapely.boundary
        frame = frame.set_geometry(kind(frame.geometry.to_numpy()), crs=CRS)
    assert_as_whole(write(frame, tmp_path / "p.gpkg"), layer)


def test_names_of_columns_in_any_spelling(tmp_path):
    frame = plots(**{"Số tờ": "7", "Diện tích GCN": PLACES * 1.0, "Loại đất": "ONT", "foo": "bar"})
    frame = frame.rename(columns={"parcel_id": "Mã thửa"})
    found = assert_as_whole(write(frame, tmp_path / "p.gpkg"))
    assert set(found.columns) == {"parcel_id", "sheet_no", "document_area_m2", "land_type"}
    mixed = plots(Land_Type="ONT").rename(columns={"parcel_id": "Parcel_ID"})
    assert_as_whole(write(mixed, tmp_path / "mixed.gpkg"))
    hectares = plots(**{"Diện tích GCN (ha)": PLACES * 0.01})
    assert_as_whole(write(hectares, tmp_path / "ha.gpkg"))


def test_a_choice_between_two_columns_is_told(tmp_path):
    found = assert_as_whole(write(plots(**{"Mã thửa": "x"}), tmp_path / "p.gpkg"))
    assert "exact_column_wins" in {problem.rule for problem in found.problems}


def test_numbers_that_are_no_numbers(tmp_path):
    path = write(plots(document_area_m2=PLACES * 1.0), tmp_path / "p.gpkg")
    change(path, "UPDATE parcels SET document_area_m2 = 9e999 WHERE fid = 8")
    assert "P7" in assert_refused_alike(path, SchemaError)


@pytest.mark.parametrize(
    ("near_text", "far_text", "area"),
    [("1.234", "1.234,5", 1234.0), ("1.026", "12", 1026.0), ("7.5", "8.5", 7.5)],
)
def test_numbers_as_text_are_read_as_all_of_their_column_shows(tmp_path, near_text, far_text, area):
    """Only the rows far away tell whether a dot groups or marks decimals."""
    cells = [near_text if i < 30 else far_text for i in PLACES]
    path = write(plots(document_area_m2=cells), tmp_path / "p.gpkg")
    found = assert_as_whole(path, indexed=False)
    assert set(found.columns["document_area_m2"]) == {area}


def test_a_column_of_keys_that_is_empty_near_is_not_numbered(tmp_path):
    keys = [f"P{i}" if i > 25 else None for i in PLACES]
    path = write(plots().assign(parcel_id=keys), tmp_path / "p.gpkg")
    assert "no parcel_id" in assert_refused_alike(path, SchemaError)


def test_layers_without_keys_are_read_whole(tmp_path):
    numbered = plots(parcel_no=[str(i) for i in PLACES], sheet_no="3")
    for name, frame in {
        "none": plots().drop(columns="parcel_id"),
        "made": numbered.drop(columns="parcel_id"),
        "empty": numbered.assign(parcel_id=pd.Series([None] * COUNT, dtype=object)),
    }.items():
        found = assert_as_whole(write(frame, tmp_path / f"{name}.gpkg"), indexed=False)
        assert found.columns["parcel_id"][0] in ("5", "3-4")


def test_repeated_keys_near_are_refused(tmp_path):
    frame = plots()
    frame.loc[[6, 7], "parcel_id"] = "P5"
    path = write(frame, tmp_path / "p.gpkg")
    message = assert_refused_alike(path, SchemaError)
    assert "rows 6, 7, 8" in message  # as the file counts them, not as they were fetched


def test_rows_of_which_a_key_is_missing_are_named_as_the_file_counts(tmp_path):
    frame = plots()
    frame.loc[8, "parcel_id"] = None
    path = write(frame, tmp_path / "p.gpkg")
    assert "row 9" in assert_refused_alike(path, SchemaError)


def test_of_rows_far_away_nothing_is_known(tmp_path):
    frame = plots()
    frame.loc[30, "parcel_id"] = "P31"
    found = read(write(frame, tmp_path / "p.gpkg"))
    assert list(found.columns["parcel_id"]) == NEAR


def test_shapes_that_the_rules_mend(tmp_path):
    x, y = EAST + 140.0, NORTH
    bow = shapely.Polygon([(x, y), (x + 20, y + 20), (x + 20, y), (x, y + 20)])
    mixed = shapely.GeometryCollection([shapely.box(x, y, x + 5, y + 9), shapely.Point(x, y)])
    for name, shape in {"bow": bow, "mixed": mixed}.items():
        frame = plots(land_type="ONT")
        frame.loc[7, "geometry"] = shape
        found = assert_as_whole(write(frame, tmp_path / f"{name}.gpkg"))
        assert found.repaired == ("P7",)
        assert shapely.is_valid(found.shapes).all()
    raised = plots().set_geometry(shapely.force_3d(plots().geometry.to_numpy(), 5.0), crs=CRS)
    found = assert_as_whole(write(raised, tmp_path / "raised.gpkg"))
    assert not shapely.has_z(found.shapes).any()


def test_a_shape_of_another_kind_is_refused(tmp_path):
    frame = plots()
    frame.loc[7, "geometry"] = shapely.Point(EAST + 145, NORTH + 5.5)
    path = write(frame, tmp_path / "p.gpkg")
    assert "P7 (row 8)" in assert_refused_alike(path, GeometryError)


def test_a_row_without_a_shape_is_never_near(tmp_path):
    for shape in (None, shapely.Polygon()):
        frame = plots()
        frame.loc[7, "geometry"] = shape
        found = read(write(frame, tmp_path / f"{shape is None}.gpkg"))
        assert list(found.columns["parcel_id"]) == [key for key in NEAR if key != "P7"]


def test_nothing_near_is_no_rows(tmp_path):
    path = write(plots(), tmp_path / "p.gpkg")
    away = Surroundings(np.array([[0.0, 0.0, 1.0, 1.0]]), CRS)
    found = read(path, around=away)
    assert len(found.shapes) == 0
    assert found.feature_count == COUNT
    assert list(found.columns["parcel_id"]) == []


def test_a_layer_written_northing_first_is_straightened(tmp_path):
    turned = shapely.transform(plots().geometry.to_numpy(), lambda places: places[:, ::-1])
    path = write(plots().set_geometry(turned, crs=CRS), tmp_path / "p.gpkg")
    assert_as_whole(path, indexed=False)


def test_another_projected_system_is_refused_before_anything_is_read(tmp_path, whole_reads):
    path = write(plots().to_crs("EPSG:5897"), tmp_path / "p.gpkg")
    with pytest.raises(CrsMismatchError, match=r"EPSG:5897.*EPSG:9209"):
        read(path)
    plain_path = write(plots(), tmp_path / "q.gpkg")
    with pytest.raises(CrsMismatchError):
        read(plain_path, src_crs="EPSG:5897")
    assert not whole_reads
    assert list(read(path, dst_crs=CRS).columns["parcel_id"]) == NEAR  # is converted, as it is told


def test_longitude_and_latitude_come_as_they_are_for_the_caller_to_refuse(tmp_path):
    path = write(plots().to_crs("EPSG:4326"), tmp_path / "p.gpkg")
    found = read(path)
    assert found.crs == "EPSG:4326"
    assert len(found.shapes) == COUNT


@pytest.mark.filterwarnings("ignore:'crs' was not provided")
def test_a_system_that_is_only_told(tmp_path):
    silent = write(plots().set_crs(None, allow_override=True), tmp_path / "p.gpkg")
    with pytest.raises(CrsError, match="src-crs"):
        read(silent)
    assert_as_whole(silent, src_crs=CRS)
    assert_as_whole(write(plots(), tmp_path / "q.gpkg"), src_crs=CRS)
    other = write(plots().set_crs("EPSG:5897", allow_override=True), tmp_path / "r.gpkg")
    assert_as_whole(other, src_crs=CRS)


def test_several_layers_of_one_file(tmp_path):
    path = write(plots(), tmp_path / "p.gpkg")
    write(plots(12).assign(parcel_id=[f"Q{i}" for i in range(12)]), path, layer="khác")
    assert_as_whole(path)
    assert_as_whole(f"{path}#khác")
    assert_as_whole(path, sublayer="khác")
    with pytest.raises(ReadError, match="no layer 'nope'"):
        read(f"{path}#nope")


def test_one_layer_of_any_name(tmp_path):
    assert_as_whole(write(plots(), tmp_path / "p.gpkg", layer='Thửa "mới" [2024]; #1'))


def test_two_layers_of_a_name_that_fits_are_left_to_the_rules(tmp_path):
    path = write(plots(), tmp_path / "p.gpkg")
    write(plots(), path, layer="parcel")
    assert_refused_alike(path, ReadError)


def test_a_file_without_an_index_says_so(tmp_path, whole_reads):
    path = write(plots(), tmp_path / "p.gpkg", SPATIAL_INDEX="NO")
    found = read(path)
    assert list(found.columns["parcel_id"]) == NEAR
    assert [problem.rule for problem in found.problems] == ["no_spatial_index"]
    assert len(whole_reads) == 1
    drawn = tmp_path / "p.geojson"
    plots().to_crs(4326).to_file(drawn, driver="GeoJSON", engine="pyogrio")
    found = read(drawn, dst_crs=CRS)
    assert "no_spatial_index" in [problem.rule for problem in found.problems]
    assert list(found.columns["parcel_id"]) == NEAR


def test_what_is_not_there_is_refused(tmp_path):
    with pytest.raises(UsageError):
        read(tmp_path / "nothing.gpkg")
    damaged = tmp_path / "damaged.gpkg"
    damaged.write_bytes(write(plots(3000), tmp_path / "p.gpkg").read_bytes()[:150_000])
    with pytest.raises(ReadError):
        read(damaged)


def test_plain_rows_and_ruled_rows_are_the_same(tmp_path, monkeypatch):
    """Where no rule has anything to say, both lanes give the same arrays."""
    papers = [["yes", "no", "pending", "có", "YES", None][i % 6] for i in PLACES]
    frame = plots(papers=papers, land_type="ONT+CLN", document_area_m2=PLACES / 7).assign(
        sheet_no=PLACES
    )
    path = write(frame, tmp_path / "p.gpkg")
    calls = []
    real = near._plain
    monkeypatch.setattr(near, "_plain", lambda *args: calls.append(real(*args)) or calls[-1])
    through = read(path)
    assert calls[0] is not None
    monkeypatch.setattr(near, "_plain", lambda *_: None)
    ruled = read(path)
    assert list(through.columns) == list(ruled.columns)
    for name, cells in through.columns.items():
        np.testing.assert_array_equal(np.asarray(cells), np.asarray(ruled.columns[name]))
    assert shapely.equals_identical(through.shapes, ruled.shapes).all()
    assert (through.crs, through.feature_count, through.index, through.problems) == (
        ruled.crs, ruled.feature_count, ruled.index, ruled.problems
    )  # fmt: skip


def test_no_frame_is_made_of_plain_rows(tmp_path, monkeypatch):
    path = write(plots(), tmp_path / "p.gpkg")
    monkeypatch.setattr(near, "_ruled", lambda *_: pytest.fail("rules were asked"))
    assert list(read(path).columns["parcel_id"]) == NEAR


def test_rows_as_a_frame(tmp_path):
    path = write(plots(land_type="ONT", document_area_m2=1.0), tmp_path / "p.gpkg")
    frame = read(path).frame()
    assert frame["parcel_id"].tolist() == NEAR
    assert frame.crs == CRS
    assert frame["document_area_m2"].dtype == float


# small layers that are read without a frame


def right_of_way(**columns):
    frame = plots(1).drop(columns="parcel_id")
    return frame.assign(right_of_way_id="R1", alignment_id="A1", version="1", **columns)


def test_a_small_plain_layer_is_read_without_rules(tmp_path):
    path = write(right_of_way(basis="recovered"), tmp_path / "r.gpkg", layer="right_of_way")
    found = sources.read_plain(path, "right_of_way")
    whole = sources.read_layer(path, "right_of_way")
    assert {name: list(cells) for name, cells in found.columns.items()} == {
        name: whole.frame[name].tolist() for name in found.columns
    }
    assert set(found.columns) == set(whole.frame.columns) - {"geometry"}
    assert shapely.equals_identical(found.shapes, whole.frame.geometry.to_numpy()).all()
    assert found.crs == whole.report.crs


@pytest.mark.parametrize(
    "frame",
    [
        right_of_way(basis="design"),  # a code that there is not
        right_of_way().assign(right_of_way_id=None),
        pd.concat([right_of_way()] * 2, ignore_index=True),
        right_of_way().set_geometry(shapely.force_3d(plots(1).geometry.to_numpy()), crs=CRS),
        right_of_way().set_geometry([None], crs=CRS),
        right_of_way().assign(alignment_id="TuyÕn 1"),  # in an old encoding
        right_of_way().assign(stated_value_vnd="1.234"),
    ],
)
def test_what_the_rules_have_something_to_say_of_is_left_to_them(tmp_path, frame):
    path = write(frame, tmp_path / "r.gpkg", layer="right_of_way")
    assert sources.read_plain(path, "right_of_way") is None


def test_a_large_layer_and_other_formats_are_left_to_the_rules(tmp_path):
    path = write(plots(1001), tmp_path / "p.gpkg")
    assert sources.read_plain(path, "parcels") is None
    plots().to_file(tmp_path / "p.fgb", driver="FlatGeobuf", engine="pyogrio")
    assert sources.read_plain(tmp_path / "p.fgb", "parcels") is None


def test_plain_columns_know_their_limits():
    parcels = schema.load_schema("parcels")

    def columns_of(**cells):
        rows = near.NearRows(
            np.arange(1, 3), plots(2).geometry.to_numpy(), {"parcel_id": ["a", "b"], **cells}
        )
        return plain.plain_columns(rows, {name: name for name in rows.columns}, parcels)

    assert columns_of() == {"parcel_id": ["a", "b"]}
    assert columns_of(land_type=["ONT", None])["land_type"] == ["ONT", None]
    assert columns_of(land_type=["ONT", ""])["land_type"] == ["ONT", None]
    assert columns_of(land_type=["Đất ở", None])["land_type"] == ["Đất ở", None]
    assert columns_of(papers=["có", None])["papers"] == ["yes", None]
    assert columns_of(papers=["YES", "no"])["papers"] == ["yes", "no"]
    for cells in (
        ["a", " b"],
        ["e\u0301", "b"],
        [b"a", "b"],
        [1.5, 2.5],
        ["a", 1],
        ["a\n", "b"],
        [True, False],
    ):
        assert columns_of(land_type=cells) is None, cells
    for cells in (["1", "2"], [math.inf, 1.0], [True, 1], [1, "2"]):
        assert columns_of(document_area_m2=cells) is None, cells
    assert columns_of(papers=["maybe", "yes"]) is None
    for keys in (["a", "a"], ["a", None], ["a", ""], []):
        assert columns_of(parcel_id=keys) is None, keys
