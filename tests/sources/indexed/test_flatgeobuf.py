"""Rows near boxes from a FlatGeobuf: what a filter of the whole read gives, row for row."""

import struct
import subprocess
import sys
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyogrio
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geotool.errors import ReadError
from geotool.sources import ReadOptions, files, inspect_layer, read_layer
from geotool.sources.indexed import flatgeobuf
from tests.sources.indexed import drawn_layers as drawn

CRS = "EPSG:5897"
EVERYWHERE = np.array([[-1e9, -1e9, 1e9, 1e9]])


def write(path, shapes, columns, **options):
    """Write a layer; ``geometry_type`` Unknown has every row state its own."""
    binary = np.array([None if shape is None else shape.wkb for shape in shapes], dtype=object)
    fields = [np.array(column, dtype=_dtype(column)) for column in columns.values()]
    options = {"geometry_type": "Unknown", "crs": CRS, **options}
    pyogrio.raw.write(path, binary, fields, list(columns), driver="FlatGeobuf", **options)
    return path


def _dtype(column):
    kinds = {type(cell) for cell in column if cell is not None}
    return {frozenset({int}): "int64", frozenset({float}): "float64"}.get(frozenset(kinds), object)


def near(path, boxes, columns=None, sublayer=None):
    with flatgeobuf.open_indexed(files.open_source(path), sublayer) as layer:
        wanted = layer.facts.columns if columns is None else columns
        return layer.read_near(np.asarray(boxes, dtype=float).reshape(-1, 4), wanted)


def facts_of(path, sublayer=None):
    with flatgeobuf.open_indexed(files.open_source(path), sublayer) as layer:
        return None if layer is None else layer.facts


def whole(path):
    """Return shapes and columns of all rows in the order of the file."""
    meta, _, binary, fields = pyogrio.raw.read(path)
    return shapely.from_wkb(binary), dict(zip(meta["fields"], fields, strict=True))


def assert_is_scan(path, boxes):
    shapes, columns = whole(path)
    expected = drawn.near_by_scan(shapes, boxes)
    found = near(path, boxes)
    assert (found.numbers == expected + 1).all()
    assert len(found.shapes) == len(expected)
    assert shapely.equals_identical(found.shapes, shapes[expected]).all()
    assert list(found.columns) == list(columns)
    for name, column in columns.items():
        assert drawn.same_cells(found.columns[name], column[expected].tolist()), name
    return len(expected)


@pytest.mark.parametrize("kind", drawn.KINDS)
@pytest.mark.parametrize("declared", [True, False])
def test_every_kind_of_shape(tmp_path, kind, declared):
    shapes = drawn.shapes(kind, 700, seed=len(kind))
    stated = shapes[0].geom_type if declared and kind != "mixed" else "Unknown"
    path = write(tmp_path / "a.fgb", shapes, drawn.cells(700, 1), geometry_type=stated)
    counts = [assert_is_scan(path, drawn.boxes_along(n, seed=n)) for n in (1, 7, 90)]
    assert counts[-1] > counts[0]
    assert assert_is_scan(path, EVERYWHERE) == 700


@pytest.fixture(scope="module")
def layer(tmp_path_factory):
    path = tmp_path_factory.mktemp("fgb") / "thửa đất.fgb"
    return write(path, drawn.shapes("mixed", 5_000, seed=5), drawn.cells(5_000, 5))


@given(
    st.integers(0, 10_000),
    st.sampled_from([1, 40, 400]),
    st.sampled_from([0.0, 5.0, 80.0]),
)
@settings(max_examples=25, deadline=None)
def test_any_boxes(layer, seed, count, size):
    assert_is_scan(layer, drawn.boxes_along(count, seed, size=size))


def test_the_order_of_boxes_does_not_matter(layer):
    boxes = drawn.boxes_along(60, seed=2)
    first, second = near(layer, boxes), near(layer, boxes[::-1])
    assert (first.numbers == second.numbers).all()
    assert (np.diff(first.numbers) > 0).all()


@pytest.mark.parametrize("boxes", [[[0, 0, 1, 1]], np.zeros((0, 4))])
def test_nothing_near(layer, boxes):
    found = near(layer, boxes)
    assert len(found.numbers) == len(found.shapes) == 0
    assert found.columns == {name: [] for name in facts_of(layer).columns}


def test_edges_count(tmp_path):
    shapes = [shapely.box(i, 0, i + 1, 1) for i in range(40)]
    path = write(tmp_path / "a.fgb", shapes, {"n": list(range(40))})
    found = near(path, [[5.0, 1.0, 5.0, 7.0]])
    assert sorted(found.columns["n"]) == [4, 5]


def test_a_layer_of_one_row(tmp_path):
    path = write(tmp_path / "a.fgb", [shapely.box(0, 0, 1, 1)], {"n": [7]})
    assert near(path, [[0, 0, 1, 1]]).columns == {"n": [7]}
    assert near(path, [[2, 2, 3, 3]]).columns == {"n": []}


@pytest.mark.parametrize("count", [16, 17, 256, 257, 4097])
def test_trees_of_every_height(tmp_path, count):
    path = write(tmp_path / "a.fgb", drawn.shapes("point", count, 9), {"n": list(range(count))})
    assert assert_is_scan(path, EVERYWHERE) == count
    assert_is_scan(path, drawn.boxes_along(30, seed=4, size=200))


def test_only_the_columns_asked_for(layer):
    found = near(layer, EVERYWHERE, ["xã"])
    assert list(found.columns) == ["xã"]
    assert near(layer, EVERYWHERE, []).columns == {}


def test_facts(layer, tmp_path):
    facts = facts_of(layer)
    assert facts.sublayer == "thửa đất"
    assert facts.columns == ("Số thửa", "xã", "diện_tích", "tầng")
    assert (facts.crs, facts.feature_count, facts.numbered) == (CRS, 5_000, True)
    with pytest.warns(UserWarning, match="'crs' was not provided"):
        named = write(
            tmp_path / "b.fgb", [shapely.Point(0, 0)], {"n": [1]}, layer="parcels", crs=None
        )
    assert (facts_of(named).sublayer, facts_of(named).crs) == ("parcels", None)
    assert facts_of(named, "parcels") is not None


def test_a_system_without_a_code_is_text(tmp_path):
    text = "+proj=tmerc +lon_0=105.5 +k=0.9999 +x_0=500000 +ellps=GRS80 +units=m"
    path = write(tmp_path / "a.fgb", [shapely.Point(0, 0)], {"n": [1]}, crs=text)
    assert "Transverse_Mercator" in facts_of(path).crs or "Transverse" in facts_of(path).crs


def test_cells_of_every_type(tmp_path):
    columns = {
        "whole": np.array([1, -2, 3], dtype="int32"),
        "small": np.array([1, -2, 3], dtype="int16"),
        "long": np.array([2**60, -2, 3], dtype="int64"),
        "short": np.array([0.5, np.nan, 2.5], dtype="float32"),
        "double": np.array([0.1, np.nan, 1e300]),
        "yes": np.array([True, False, True]),
        "text": np.array(["Đội Cấn", None, ""], dtype=object),
        "time": np.array(["2024-01-02T03:04:05.678", "NaT", "1999-12-31"], dtype="datetime64[ms]"),
    }
    shapes = [shapely.Point(i, 0) for i in range(3)]
    path = tmp_path / "a.fgb"
    binary = np.array([shape.wkb for shape in shapes], dtype=object)
    options = {"driver": "FlatGeobuf", "geometry_type": "Point", "crs": CRS}
    pyogrio.raw.write(path, binary, list(columns.values()), list(columns), **options)
    found = near(path, EVERYWHERE)
    order = np.argsort([shape.x for shape in found.shapes])
    cells = {name: [column[i] for i in order] for name, column in found.columns.items()}
    assert cells["whole"] == cells["small"] == [1, -2, 3]
    assert cells["long"] == [2**60, -2, 3]
    assert cells["short"] == [0.5, None, 2.5]
    assert cells["double"] == [0.1, None, 1e300]
    assert cells["yes"] == [True, False, True]
    assert {type(cell) for cell in cells["yes"]} == {bool}
    assert cells["text"] == ["Đội Cấn", None, ""]
    assert cells["time"][0] == datetime(2024, 1, 2, 3, 4, 5, 678_000)
    assert cells["time"][1] is None


def test_bytes_are_bytes(tmp_path):
    table = pa.table(
        {"data": [b"\x00\xff", None], "geom": [shapely.Point(i, 0).wkb for i in (0, 1)]}
    )
    options = {"geometry_name": "geom", "geometry_type": "Point", "crs": CRS}
    pyogrio.raw.write_arrow(table, tmp_path / "a.fgb", driver="FlatGeobuf", **options)
    assert set(near(tmp_path / "a.fgb", EVERYWHERE).columns["data"]) == {b"\x00\xff", None}


def test_heights_are_kept(tmp_path):
    shapes = shapely.force_3d(drawn.shapes("multipolygon", 50, 3), z=12.5)
    columns, kind = {"n": list(range(50))}, "MultiPolygon Z"
    path = write(tmp_path / "a.fgb", shapes, columns, geometry_type=kind)
    assert assert_is_scan(path, EVERYWHERE) == 50
    assert shapely.has_z(near(path, EVERYWHERE).shapes).all()


def test_collections_and_curves_are_read_too(tmp_path):
    """What is rare goes through the library: curves come as straight lines, as in a whole read."""
    arc = struct.pack("<BII6d", 1, 8, 3, 0, 0, 5, 5, 10, 0)
    gathered = shapely.GeometryCollection([shapely.Point(50, 0), shapely.box(52, 0, 53, 1)])
    square = shapely.box(90, 0, 91, 1)
    binary = np.array([arc, gathered.wkb, square.wkb], dtype=object)
    path = tmp_path / "a.fgb"
    options = {"driver": "FlatGeobuf", "geometry_type": "Unknown", "crs": CRS}
    pyogrio.raw.write(path, binary, [np.arange(3)], ["n"], **options)
    found = near(path, [[-1, -1, 60, 20]])
    assert sorted(found.columns["n"]) == [0, 1]
    lengths = dict(zip(found.columns["n"], shapely.length(found.shapes), strict=True))
    assert lengths[0] == pytest.approx(5 * np.pi, rel=1e-3)
    assert lengths[1] == 4
    assert_is_scan(path, EVERYWHERE)


class TestNoIndex:
    def test_a_file_without_one(self, tmp_path):
        path = write(
            tmp_path / "a.fgb",
            drawn.shapes("point", 9, 1),
            {"n": list(range(9))},
            SPATIAL_INDEX="NO",
        )
        assert facts_of(path) is None

    def test_a_layer_without_rows(self, tmp_path):
        assert facts_of(write(tmp_path / "a.fgb", [], {"n": []})) is None

    def test_another_layer_is_asked_for(self, layer):
        assert facts_of(layer, "graves") is None


class TestDamage:
    def test_every_cut(self, layer, tmp_path):
        """A file cut anywhere is refused, never answered with the rows that are left."""
        data, path = layer.read_bytes(), tmp_path / "a.fgb"
        cuts = [100, 400, 5_000, 200_000, len(data) // 2, len(data) - 5_000, len(data) - 1]
        for cut in cuts:
            path.write_bytes(data[:cut])
            with pytest.raises(ReadError) as caught:
                near(path, [[0, 0, 1, 1]])
            assert str(path) in caught.value.message
            assert caught.value.remedy

    def test_says_how_many_rows_are_left(self, layer, tmp_path):
        shapes, _ = whole(layer)
        path = tmp_path / "a.fgb"
        path.write_bytes(layer.read_bytes()[:-1])
        with pytest.raises(ReadError, match=r"cut short, 4999 of 5000 rows can be read"):
            near(path, EVERYWHERE)
        assert len(shapes) == 5_000

    def test_cut_in_the_index_is_told_as_the_whole_read_tells_it(self, layer, tmp_path):
        path = tmp_path / "a.fgb"
        path.write_bytes(layer.read_bytes()[:60_000])
        with pytest.raises(ReadError) as of_index:
            near(path, EVERYWHERE)
        with pytest.raises(ReadError) as of_whole:
            read_layer(path, "parcels", ReadOptions())
        assert "it is cut short, 0 of 5000 rows can be read." in of_index.value.message
        assert "it is cut short, 0 of 5000 rows can be read." in of_whole.value.message

    def test_an_index_of_other_rows(self, tmp_path):
        shapes = drawn.shapes("polygon", 100, 1)
        path = write(tmp_path / "a.fgb", shapes, {"n": list(range(100))})
        with flatgeobuf.open_indexed(files.open_source(path), None) as layer:
            place = layer.header.place_of(0)
        data = bytearray(path.read_bytes())
        x0, y0, x1, y1 = struct.unpack_from("<4d", data, place)
        struct.pack_into("<4d", data, place, x0 + 0.5, y0, x1, y1)
        path.write_bytes(data)
        with pytest.raises(ReadError, match="its index is not that of its rows"):
            near(path, EVERYWHERE)

    @given(st.integers(0, 10_000))
    @settings(max_examples=40, deadline=None)
    def test_any_wrong_byte_is_refused_or_harmless(self, layer, seed):
        """Never another failure than a refusal, and never another shape than the true one."""
        random = np.random.default_rng(seed)
        data = bytearray(layer.read_bytes())
        for place in random.integers(12, len(data), 20):
            data[place] = random.integers(0, 256)
        path = layer.with_name(f"hỏng {seed}.fgb")
        path.write_bytes(data)
        try:
            found = near(path, EVERYWHERE)
            assert len(found.numbers) <= 5_000
        except ReadError as error:
            assert str(path) in error.message
        finally:
            path.unlink()


def test_is_the_layer_that_the_whole_read_gives(tmp_path):
    shapes = drawn.shapes("polygon", 300, 8)
    columns = {"parcel_id": [f"p{i}" for i in range(300)], "land_type": ["ONT", "CLN", "LUC"] * 100}
    path = write(tmp_path / "parcels.fgb", shapes, columns, geometry_type="Polygon")
    read, _ = inspect_layer(path, "parcels")
    boxes = drawn.boxes_along(50, seed=1, size=60)
    expected = read.frame.iloc[drawn.near_by_scan(read.frame.geometry.to_numpy(), boxes)]
    assert list(near(path, boxes).columns["parcel_id"]) == expected["parcel_id"].tolist()


def test_neither_pandas_nor_the_vector_library_is_loaded(layer):
    code = (
        "import sys, numpy as np\n"
        "from geotool.sources import files\n"
        "from geotool.sources.indexed import flatgeobuf\n"
        f"with flatgeobuf.open_indexed(files.open_source({str(layer)!r}), None) as layer:\n"
        "    rows = layer.read_near(np.array([[-1e9, -1e9, 1e9, 1e9]]), layer.facts.columns)\n"
        "assert len(rows.numbers) == 5000\n"
        "loaded = {'pandas', 'geopandas', 'pyogrio', 'pyarrow', 'pyproj'} & set(sys.modules)\n"
        "assert not loaded, loaded\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
