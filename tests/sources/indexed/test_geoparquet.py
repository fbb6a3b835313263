"""Rows near boxes from GeoParquet: what a filter of the whole read gives, row for row."""

import datetime as dt
import json
import subprocess
import sys

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geotool.errors import ReadError
from geotool.sources import ReadOptions, describe_source, files, read_layer
from geotool.sources.indexed import geoparquet
from tests.sources.indexed import drawn_layers as drawn

CRS = "EPSG:5897"
EVERYWHERE = np.array([[-1e9, -1e9, 1e9, 1e9]])
SIDES = ("xmin", "ymin", "xmax", "ymax")
NATIVE = ("point", "line", "polygon", "multipoint", "multiline", "multipolygon")


def write(path, shapes, columns, **options):
    """Write a layer as geopandas writes it, with a box a row."""
    frame = gpd.GeoDataFrame(columns, geometry=list(shapes), crs=options.pop("crs", CRS))
    options = {"write_covering_bbox": True, "row_group_size": 500, "index": False, **options}
    frame.to_parquet(path, **options)
    return path


def rewrite(path, change, **columns):
    """Write a file again with other columns, and its own metadata as ``change`` leaves it."""
    table = pq.read_table(path)
    for name, column in columns.items():
        place = table.schema.get_field_index(name)
        table = (
            table.append_column(name, column)
            if place < 0
            else table.set_column(place, name, column)
        )
    geo = json.loads(table.schema.metadata[b"geo"])
    change(geo, geo["columns"][geo["primary_column"]])
    metadata = {**table.schema.metadata, b"geo": json.dumps(geo).encode()}
    pq.write_table(table.replace_schema_metadata(metadata), path, row_group_size=500)
    return path


def near(path, boxes, columns=None, sublayer=None):
    with geoparquet.open_indexed(files.open_source(path), sublayer) as layer:
        wanted = layer.facts.columns if columns is None else columns
        return layer.read_near(np.asarray(boxes, dtype=float).reshape(-1, 4), wanted)


def facts_of(path, sublayer=None):
    with geoparquet.open_indexed(files.open_source(path), sublayer) as layer:
        return None if layer is None else layer.facts


def assert_is_scan(path, boxes):
    """Rows, shapes and cells are those of the whole read whose boxes meet."""
    frame = gpd.read_parquet(path)
    expected = drawn.near_by_scan(frame.geometry.to_numpy(), boxes)
    found = near(path, boxes)
    assert (found.numbers == expected + 1).all()
    assert len(found.shapes) == len(expected)
    assert shapely.equals_identical(found.shapes, frame.geometry.to_numpy()[expected]).all()
    for name in found.columns:
        assert drawn.same_cells(found.columns[name], frame[name].iloc[expected].tolist()), name
    return len(expected)


@pytest.mark.parametrize("encoding", ["WKB", "geoarrow"])
@pytest.mark.parametrize("kind", drawn.KINDS)
def test_every_kind_of_shape(tmp_path, kind, encoding):
    shapes = drawn.shapes(kind, 1_700, seed=len(kind))
    shapes[[3, 700, 1_699]] = None
    shapes[[5, 900]] = shapely.from_wkt("POLYGON EMPTY") if kind == "polygon" else None
    options = {"geometry_encoding": encoding if kind != "mixed" else "WKB"}
    path = write(tmp_path / "a.parquet", shapes, drawn.cells(1_700, 1), **options)
    counts = [assert_is_scan(path, drawn.boxes_along(n, seed=n)) for n in (1, 7, 90)]
    assert counts[-1] > counts[0]
    assert assert_is_scan(path, EVERYWHERE) == 1_695


@pytest.mark.parametrize("kind", NATIVE)
def test_heights_are_kept(tmp_path, kind):
    shapes = shapely.force_3d(drawn.shapes(kind, 60, 2), z=7.5)
    path = write(tmp_path / "a.parquet", shapes, {"n": range(60)}, geometry_encoding="geoarrow")
    assert assert_is_scan(path, EVERYWHERE) == 60
    assert (
        shapely.get_coordinates(near(path, EVERYWHERE).shapes, include_z=True)[:, 2] == 7.5
    ).all()


@pytest.fixture(scope="module")
def layer(tmp_path_factory):
    path = tmp_path_factory.mktemp("parquet") / "thửa đất.parquet"
    return write(path, drawn.shapes("mixed", 6_000, seed=5), drawn.cells(6_000, 5))


@given(st.integers(0, 10_000), st.sampled_from([1, 40, 400]), st.sampled_from([0.0, 5.0, 80.0]))
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


def test_an_empty_layer(tmp_path):
    path = write(tmp_path / "a.parquet", [], {"n": []})
    assert facts_of(path).feature_count == 0
    assert len(near(path, EVERYWHERE).numbers) == 0


def test_facts(layer, tmp_path):
    facts = facts_of(layer)
    assert facts.sublayer == "thửa đất"
    assert facts.columns == ("Số thửa", "xã", "diện_tích", "tầng")
    assert (facts.crs, facts.feature_count, facts.numbered) == (CRS, 6_000, True)
    assert facts_of(layer, "thửa đất") == facts
    assert facts_of(layer, "graves") is None


class TestSystem:
    def written(self, tmp_path, crs):
        return write(tmp_path / "a.parquet", [shapely.Point(0, 0)], {"n": [1]}, crs=crs)

    def test_without_a_code_it_is_text(self, tmp_path):
        text = "+proj=tmerc +lon_0=105.5 +k=0.9999 +x_0=500000 +ellps=GRS80 +units=m"
        facts = facts_of(self.written(tmp_path, text))
        assert pyproj.CRS.from_user_input(facts.crs) == pyproj.CRS.from_user_input(text)

    def test_null_is_not_known(self, tmp_path):
        assert facts_of(self.written(tmp_path, None)).crs is None

    def test_absent_is_longitude_and_latitude(self, tmp_path):
        path = rewrite(self.written(tmp_path, CRS), lambda _, column: column.pop("crs"))
        assert facts_of(path).crs == "OGC:CRS84"
        assert describe_source(path)[0].crs == "OGC:CRS84"


class TestColumns:
    def test_only_those_asked_for_are_read(self, layer, monkeypatch):
        asked = []
        read = pq.ParquetFile.iter_batches

        def watched(file, *args, **options):
            asked.append(options["columns"])
            return read(file, *args, **options)

        monkeypatch.setattr(pq.ParquetFile, "iter_batches", watched)
        found = near(layer, EVERYWHERE, ["xã"])
        assert list(found.columns) == ["xã"]
        assert asked == [[f"bbox.{side}" for side in SIDES], ["geometry", "xã"]]

    def test_only_row_groups_near_are_read(self, tmp_path, monkeypatch):
        shapes = [shapely.box(i, 0, i + 0.5, 1) for i in range(5_000)]
        path = write(tmp_path / "a.parquet", shapes, {"n": range(5_000)})
        asked = []
        read = pq.ParquetFile.iter_batches

        def watched(file, *args, **options):
            asked.append(options["row_groups"])
            return read(file, *args, **options)

        monkeypatch.setattr(pq.ParquetFile, "iter_batches", watched)
        found = near(path, [[1_200, 0, 1_201, 1], [4_999.2, 0, 4_999.3, 1]])
        assert found.columns["n"] == [1_200, 1_201, 4_999]
        assert asked == [[2, 9], [2, 9]]

    def test_cells_of_every_type(self, tmp_path):
        zone = dt.timezone(dt.timedelta(hours=7))
        columns = {
            "date": pa.array([dt.date(2024, 1, 2), None, dt.date(1999, 12, 31)]),
            "time": pa.array([1_704_164_645_678_901_234, None, 0], pa.timestamp("ns")),
            "zoned": pa.array([dt.datetime(2024, 1, 2, 3, tzinfo=zone), None, None]),
            "kind": pa.array(["ONT", None, "CLN"]).dictionary_encode(),
            "whole": pa.array([1, None, 2**53 + 1], pa.int64()),
            "yes": pa.array([True, None, False]),
            "half": pa.array([0.5, None, float("nan")], pa.float32()),
            "data": pa.array([b"\x00\xff", None, b""]),
            "nothing": pa.nulls(3),
            "a.b": pa.array(["x", "y", "z"]),
            "a": pa.array(["1", "2", "3"]),
        }
        shapes = [shapely.Point(i, 0) for i in range(3)]
        path = rewrite(
            write(tmp_path / "a.parquet", shapes, {"n": [1, 2, 3]}), lambda *_: None, **columns
        )
        cells = near(path, EVERYWHERE).columns
        assert cells["date"] == [dt.date(2024, 1, 2), None, dt.date(1999, 12, 31)]
        assert cells["time"][:2] == [dt.datetime(2024, 1, 2, 3, 4, 5, 678_901), None]
        assert cells["zoned"][0] == dt.datetime(2024, 1, 2, 3, tzinfo=zone)
        assert cells["kind"] == ["ONT", None, "CLN"]
        assert cells["whole"] == [1, None, 2**53 + 1]
        assert cells["yes"] == [True, None, False]
        assert cells["half"] == [0.5, None, None]
        assert cells["data"] == [b"\x00\xff", None, b""]
        assert cells["nothing"] == [None] * 3
        assert (cells["a.b"], cells["a"]) == (["x", "y", "z"], ["1", "2", "3"])
        assert near(path, EVERYWHERE, ["a"]).columns == {"a": ["1", "2", "3"]}

    def test_other_shapes_and_row_numbers_are_no_columns(self, tmp_path):
        frame = gpd.GeoDataFrame(
            {"n": [1, 2]}, geometry=gpd.points_from_xy([0, 1], [0, 1]), crs=CRS
        )
        frame["centre"] = frame.geometry.centroid
        frame.index = [5, 9]
        frame.to_parquet(tmp_path / "a.parquet", index=True, write_covering_bbox=True)
        assert facts_of(tmp_path / "a.parquet").columns == ("n",)
        assert describe_source(tmp_path / "a.parquet")[0].columns == ("n",)

    def test_a_named_index_is_a_column_in_both_reads(self, tmp_path):
        shapes = [shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)]
        frame = gpd.GeoDataFrame({"parcel_id": ["a", "b"]}, geometry=shapes, crs=CRS)
        path = tmp_path / "a.parquet"
        frame.set_index("parcel_id").to_parquet(path, write_covering_bbox=True)
        assert near(path, EVERYWHERE, ["parcel_id"]).columns == {"parcel_id": ["a", "b"]}
        assert read_layer(path, "parcels").frame["parcel_id"].tolist() == ["a", "b"]


class TestBoxes:
    """Which boxes are taken, and which are not trusted."""

    def undeclared(self, _, column):
        del column["covering"]

    def boxes(self, shapes, kind, sides=SIDES):
        bounds = dict(zip(SIDES, shapely.bounds(shapes).T, strict=True))
        arrays = [pa.array(bounds[side].astype(kind)) for side in sides]
        return pa.StructArray.from_arrays(arrays, names=list(sides))

    def test_a_column_named_bbox_that_nothing_declares(self, tmp_path):
        shapes = drawn.shapes("polygon", 1_200, 4)
        path = write(tmp_path / "a.parquet", shapes, {"n": range(1_200)})
        rewrite(path, self.undeclared)
        assert facts_of(path).columns == ("n",)
        assert_is_scan(path, drawn.boxes_along(60, 3))

    def test_boxes_left_from_other_shapes_are_not_used(self, tmp_path):
        shapes = drawn.shapes("polygon", 1_200, 4)
        path = write(tmp_path / "a.parquet", shapes, {"n": range(1_200)})
        rewrite(path, self.undeclared, bbox=self.boxes(shapes[::-1], float))
        assert facts_of(path) is None

    @pytest.mark.parametrize("sides", [SIDES, ("xmin", "xmax", "ymin", "ymax")])
    def test_few_digits_miss_nothing(self, tmp_path, sides):
        """A single-precision number is 0.03 m apart here, and may be rounded either way."""
        shapes = drawn.shapes("point", 3_000, 4)
        path = write(tmp_path / "a.parquet", shapes, {"n": range(3_000)})
        rewrite(path, lambda *_: None, bbox=self.boxes(shapes, np.float32, sides))
        boxes = shapely.bounds(shapes[::3])
        found, expected = near(path, boxes).numbers - 1, drawn.near_by_scan(shapes, boxes)
        assert set(expected) <= set(found.tolist())
        assert len(expected) == 1_000

    def test_row_groups_without_statistics_are_read(self, tmp_path):
        shapes = drawn.shapes("polygon", 1_200, 4)
        path = write(tmp_path / "a.parquet", shapes, {"n": range(1_200)}, write_statistics=False)
        assert assert_is_scan(path, drawn.boxes_along(60, 3))

    def test_a_box_that_is_not_that_of_its_shape_is_refused(self, tmp_path):
        shapes = drawn.shapes("polygon", 1_200, 4)
        path = write(tmp_path / "a.parquet", shapes, {"n": range(1_200)})
        rewrite(path, lambda *_: None, bbox=self.boxes(shapely.centroid(shapes), float))
        with pytest.raises(ReadError, match="not those of its shapes"):
            near(path, EVERYWHERE)

    def test_boxes_under_another_name(self, tmp_path):
        shapes = drawn.shapes("polygon", 900, 4)
        path = write(tmp_path / "a.parquet", shapes, {"n": range(900)}, write_covering_bbox=False)

        def declare(_, column):
            column["covering"] = {"bbox": {side: ["khung", side] for side in SIDES}}

        rewrite(path, declare, khung=self.boxes(shapes, float))
        assert facts_of(path).columns == ("n",)
        assert assert_is_scan(path, drawn.boxes_along(60, 3))


class TestNoIndex:
    def test_without_boxes(self, tmp_path):
        shapes = drawn.shapes("polygon", 9, 1)
        path = write(tmp_path / "a.parquet", shapes, {"n": range(9)}, write_covering_bbox=False)
        assert facts_of(path) is None

    def test_boxes_that_are_no_numbers(self, tmp_path):
        shapes = drawn.shapes("polygon", 9, 1)
        path = write(tmp_path / "a.parquet", shapes, {"n": range(9)}, write_covering_bbox=False)
        texts = pa.StructArray.from_arrays([pa.array(["0"] * 9)] * 4, names=list(SIDES))
        rewrite(path, lambda *_: None, bbox=texts)
        assert facts_of(path) is None

    def test_a_table_without_shapes(self, tmp_path):
        pq.write_table(pa.table({"a": [1, 2]}), tmp_path / "a.parquet")
        assert facts_of(tmp_path / "a.parquet") is None

    def test_shapes_in_an_unknown_encoding(self, tmp_path):
        path = write(tmp_path / "a.parquet", drawn.shapes("point", 3, 1), {"n": range(3)})
        rewrite(path, lambda _, column: column.update(encoding="TWKB"))
        assert facts_of(path) is None


class TestDamage:
    @pytest.mark.parametrize("share", [0.1, 0.6, 0.999])
    def test_cut_short(self, layer, tmp_path, share):
        data, path = layer.read_bytes(), tmp_path / "a.parquet"
        path.write_bytes(data[: int(len(data) * share)])
        with pytest.raises(ReadError) as of_index:
            near(path, EVERYWHERE)
        with pytest.raises(ReadError) as of_whole:
            read_layer(path, "parcels", ReadOptions())
        for error in (of_index.value, of_whole.value):
            assert str(path) in error.message
            assert "cannot be read as GeoParquet" in error.message
            assert error.remedy

    def test_metadata_that_is_no_geoparquet(self, tmp_path):
        path = write(tmp_path / "a.parquet", drawn.shapes("point", 3, 1), {"n": range(3)})
        rewrite(path, lambda geo, _: geo.pop("columns"))
        with pytest.raises(ReadError, match="cannot be read as GeoParquet"):
            near(path, EVERYWHERE)

    def test_rows_that_are_damaged(self, layer, tmp_path):
        data, path = bytearray(layer.read_bytes()), tmp_path / "a.parquet"
        data[1_000 : len(data) // 2] = bytes(len(data) // 2 - 1_000)
        path.write_bytes(data)
        with pytest.raises(ReadError, match="cannot be read as GeoParquet"):
            near(path, EVERYWHERE)


def test_another_layer_is_not_read_as_this_one(layer):
    with pytest.raises(ReadError, match="there is no layer 'graves'"):
        read_layer(f"{layer}#graves", "parcels", ReadOptions())


def test_pandas_is_not_loaded(layer, tmp_path):
    native = tmp_path / "native.parquet"
    shapes = drawn.shapes("polygon", 50, 1)
    shapes[4] = None
    times = [None, *np.arange(49).astype("datetime64[ns]")]
    write(
        native,
        shapes,
        {"time": times, "x": drawn.cells(50, 1)["diện_tích"]},
        geometry_encoding="geoarrow",
    )
    code = (
        "import sys, numpy as np\n"
        "from geotool.sources import files\n"
        "from geotool.sources.indexed import geoparquet\n"
        f"for path, count in (({str(layer)!r}, 6000), ({str(native)!r}, 49)):\n"
        "    with geoparquet.open_indexed(files.open_source(path), None) as layer:\n"
        "        rows = layer.read_near(np.array([[-1e9, -1e9, 1e9, 1e9]]), layer.facts.columns)\n"
        "    assert len(rows.numbers) == count\n"
        "loaded = {'pandas', 'geopandas', 'pyogrio', 'pyproj'} & set(sys.modules)\n"
        "assert not loaded, loaded\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
