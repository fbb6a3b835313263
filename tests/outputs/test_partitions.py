"""A layer as an indexed file or as parts: every row once, near rows together, all or nothing."""

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import MultiPolygon, Point, box

from geotool.errors import OutputError, OutputExistsError, UsageError
from geotool.outputs import geoparquet, ordering
from geotool.outputs.indexed import require_indexed, write_indexed
from geotool.outputs.partitions import is_partitions, require_folder_name, write_partitions
from geotool.outputs.rows import LayerRows, MixedColumnError

CRS = "EPSG:5897"


def parcels(count, seed=0):
    rng = np.random.default_rng(seed)
    x, y = rng.integers(0, 3000, (2, count)).astype(float)
    return gpd.GeoDataFrame(
        {
            "parcel_id": [f"P{i}" for i in range(count)],
            "document_area_m2": np.where(rng.random(count) < 0.3, np.nan, rng.random(count)),
            "house_count": rng.integers(0, 9, count),
            "land_type": [None if i % 7 == 0 else "Đất ở" for i in range(count)],
        },
        geometry=shapely.box(500_000 + x, 1_990_000 + y, 500_012 + x, 1_990_009 + y),
        crs=CRS,
    )


def laid_aside(frame, folder, *, suffix=".parquet", size=9):
    rows = LayerRows(folder, suffix=suffix, target=folder / f"out{suffix}")
    for start in range(0, max(len(frame), 1), size):
        rows.add(frame.iloc[start : start + size].reset_index(drop=True))
    return rows


def untold(_what, _done, _total):
    pass


def parted(frame, folder, count, *, overwrite=False, step=untold):
    rows = laid_aside(frame, folder.parent / f"{folder.name}-rows")
    return write_partitions(
        rows, folder, layer="parcels", count=count, overwrite=overwrite, step=step
    )


@pytest.fixture(autouse=True)
def _small_buckets(monkeypatch):
    """Every test sorts outside of memory, and fills several row groups."""
    monkeypatch.setattr(ordering, "_BUCKET_ROWS", 13)
    monkeypatch.setattr(geoparquet, "GROUP_ROWS", 5)


def hilbert_order(frame):
    """Return the frame in the agreed order, by geopandas alone."""
    numbers = frame.geometry.hilbert_distance(total_bounds=frame.total_bounds)
    return frame.iloc[np.argsort(numbers.to_numpy(), kind="stable")].reset_index(drop=True)


def test_parts_are_the_layer_in_hilbert_order(tmp_path):
    frame = parcels(101)
    told = []
    parts = parted(frame, tmp_path / "p", 7, step=lambda *step: told.append(step))
    read = [gpd.read_parquet(tmp_path / "p" / part.path) for part in parts]
    joined = pd.concat(read, ignore_index=True)
    expected = hilbert_order(frame)
    assert joined["parcel_id"].tolist() == expected["parcel_id"].tolist()
    assert joined.geometry.to_wkb().tolist() == expected.geometry.to_wkb().tolist()
    assert joined.crs == frame.crs
    assert joined["house_count"].tolist() == expected["house_count"].tolist()
    for part, rows in zip(parts, read, strict=True):
        assert part.rows == len(rows) in (14, 15)
        assert part.bbox == tuple(rows.total_bounds)
    assert told[-1] == ("write", 101, 101)


def test_the_listing(tmp_path):
    parts = parted(parcels(20), tmp_path / "p", 3)
    listing = json.loads((tmp_path / "p" / "_geotool.json").read_text(encoding="utf-8"))
    assert listing == {
        "format": "geotool-partitions/1",
        "layer": "parcels",
        "rows": 20,
        "columns": ["parcel_id", "document_area_m2", "house_count", "land_type"],
        "parts": [
            {"path": f"part-{n:05d}.parquet", "rows": rows, "bbox": list(parts[n].bbox)}
            for n, rows in enumerate((6, 7, 7))
        ],
        "crs": CRS,
    }


def test_the_metadata_of_a_part(tmp_path):
    parts = parted(parcels(40), tmp_path / "p", 2)
    file = pq.ParquetFile(tmp_path / "p" / parts[1].path)
    geo = json.loads(file.schema_arrow.metadata[b"geo"])
    column = geo["columns"]["geometry"]
    assert (geo["version"], geo["primary_column"]) == ("1.1.0", "geometry")
    assert column["bbox"] == list(parts[1].bbox)
    assert column["covering"]["bbox"]["xmax"] == ["bbox", "xmax"]
    assert column["geometry_types"] == ["Polygon"]
    sizes = [file.metadata.row_group(n).num_rows for n in range(file.metadata.num_row_groups)]
    assert sizes == [5, 5, 5, 5]
    boxes = file.read(["bbox"])["bbox"].to_pylist()
    shapes = gpd.read_parquet(tmp_path / "p" / parts[1].path).geometry
    assert [tuple(b.values()) for b in boxes] == [shape.bounds for shape in shapes]


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6), count=st.integers(1, 40), data=st.data())
def test_every_row_is_in_one_part(tmp_path_factory, seed, count, data):
    folder = tmp_path_factory.mktemp("parts")
    wanted = data.draw(st.integers(1, count))
    frame = parcels(count, seed)
    parts = parted(frame, folder / "p", wanted)
    assert len(parts) == wanted
    assert max(p.rows for p in parts) - min(p.rows for p in parts) <= 1
    joined = gpd.read_parquet(folder / "p")
    assert joined["parcel_id"].tolist() == hilbert_order(frame)["parcel_id"].tolist()


def test_an_empty_layer_is_one_empty_part(tmp_path):
    (part,) = parted(parcels(3).iloc[:0], tmp_path / "p", 8)
    assert (part.rows, part.bbox) == (0, None)
    read = gpd.read_parquet(tmp_path / "p" / part.path)
    assert len(read) == 0
    assert read.crs == CRS


def test_fewer_rows_than_parts(tmp_path):
    with pytest.raises(UsageError, match="3 rows cannot be divided into 4 parts"):
        parted(parcels(3), tmp_path / "p", 4)
    assert not (tmp_path / "p").exists()


def test_rows_without_a_shape_come_last(tmp_path):
    frame = parcels(12)
    frame.loc[[2, 5], "geometry"] = None
    parted(frame, tmp_path / "p", 2)
    read = gpd.read_parquet(tmp_path / "p")
    assert read["parcel_id"].tolist()[-2:] == ["P2", "P5"]
    assert read.geometry.isna().sum() == 2


def test_dask_knows_where_each_part_is(tmp_path):
    dask_geopandas = pytest.importorskip("dask_geopandas")
    frame = parcels(60)
    parts = parted(frame, tmp_path / "p", 4)
    read = dask_geopandas.read_parquet(tmp_path / "p", columns=["parcel_id", "geometry"])
    assert read.npartitions == 4
    known = [tuple(shape.bounds) for shape in read.spatial_partitions]
    assert known == [part.bbox for part in parts]
    near = read.cx[500_000:500_400, 1_990_000:1_990_400].compute()
    window = box(500_000, 1_990_000, 500_400, 1_990_400)
    assert set(near["parcel_id"]) == set(frame[frame.intersects(window)]["parcel_id"])


class TestInPlace:
    def test_an_existing_folder_is_refused_and_replaced_when_told(self, tmp_path):
        parted(parcels(20), tmp_path / "p", 5)
        with pytest.raises(OutputExistsError):
            parted(parcels(20), tmp_path / "p", 2)
        parted(parcels(20), tmp_path / "p", 2, overwrite=True)
        assert sorted(item.name for item in (tmp_path / "p").iterdir()) == [
            "_geotool.json",
            "part-00000.parquet",
            "part-00001.parquet",
        ]

    @pytest.mark.parametrize("name", ["thư riêng.docx", "part-00000.parquet"])
    def test_a_folder_of_other_files_is_never_replaced(self, tmp_path, name):
        (tmp_path / "p").mkdir()
        (tmp_path / "p" / name).write_text("x", encoding="utf-8")
        with pytest.raises(OutputError, match="other files"):
            parted(parcels(20), tmp_path / "p", 2, overwrite=True)
        assert (tmp_path / "p" / name).read_text(encoding="utf-8") == "x"
        assert not is_partitions(tmp_path / "p")

    def test_a_file_in_the_way(self, tmp_path):
        (tmp_path / "p").write_text("x", encoding="utf-8")
        with pytest.raises(OutputError, match="a file is in the way"):
            parted(parcels(20), tmp_path / "p", 2, overwrite=True)

    def test_a_failure_leaves_the_old_parts(self, tmp_path, monkeypatch):
        parted(parcels(20), tmp_path / "p", 5)
        before = {item.name: item.read_bytes() for item in (tmp_path / "p").iterdir()}

        def fail(*_arguments):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(geoparquet.RowGroups, "finish", fail)
        with pytest.raises(OutputError, match="No space left"):
            parted(parcels(20), tmp_path / "p", 2, overwrite=True)
        assert {item.name: item.read_bytes() for item in (tmp_path / "p").iterdir()} == before
        assert [item.name for item in tmp_path.iterdir() if item.name.startswith(".")] == []

    def test_a_folder_that_cannot_be_moved_stays(self, tmp_path, monkeypatch):
        parted(parcels(20), tmp_path / "p", 5)
        rename = type(tmp_path).rename

        def fail(self, target):
            if self.name == "made":
                raise PermissionError(13, "in use")
            return rename(self, target)

        monkeypatch.setattr(type(tmp_path), "rename", fail)
        with pytest.raises(OutputError):
            parted(parcels(20), tmp_path / "p", 2, overwrite=True)
        assert len(list((tmp_path / "p").iterdir())) == 6


class TestIndexed:
    def written(self, frame, path):
        rows = laid_aside(frame, path.parent / f"{path.name}-rows", suffix=path.suffix)
        write_indexed(rows, path, layer="parcels", overwrite=False, step=untold)
        return path, rows

    @pytest.mark.parametrize("suffix", [".gpkg", ".fgb"])
    def test_files_of_the_common_library_have_its_index(self, tmp_path, suffix):
        frame = parcels(50)
        path, _ = self.written(frame, tmp_path / f"a{suffix}")
        read = pyogrio.read_dataframe(path)
        assert pyogrio.read_info(path)["capabilities"]["fast_spatial_filter"]
        assert pyogrio.read_info(path)["layer_name"] == "parcels"
        assert read.crs == frame.crs
        read = read.sort_values("house_count", kind="stable") if suffix == ".fgb" else read
        same = set(zip(read["parcel_id"], read.geometry.to_wkb(), strict=True))
        assert same == set(zip(frame["parcel_id"], frame.geometry.to_wkb(), strict=True))
        if suffix == ".gpkg":
            assert read["parcel_id"].tolist() == frame["parcel_id"].tolist()

    def test_geoparquet(self, tmp_path):
        frame = parcels(50)
        path, _ = self.written(frame, tmp_path / "a.parquet")
        read = gpd.read_parquet(path)
        assert read["parcel_id"].tolist() == hilbert_order(frame)["parcel_id"].tolist()
        file = pq.ParquetFile(path).metadata
        assert {file.row_group(n).num_rows for n in range(file.num_row_groups)} == {5}
        window = (500_000, 1_990_000, 500_500, 1_990_500)
        near = gpd.read_parquet(path, bbox=window)
        assert set(near["parcel_id"]) == set(frame[frame.intersects(box(*window))]["parcel_id"])

    @pytest.mark.parametrize("suffix", [".gpkg", ".fgb", ".parquet"])
    def test_single_and_multiple_shapes_in_different_chunks(self, tmp_path, suffix):
        frame = parcels(20)
        two = MultiPolygon([box(0, 0, 1, 1), box(2, 2, 3, 3)])
        frame.loc[15, "geometry"] = two
        path, _ = self.written(frame, tmp_path / f"a{suffix}")
        read = gpd.read_parquet(path) if suffix == ".parquet" else pyogrio.read_dataframe(path)
        areas = dict(zip(read["parcel_id"], read.area, strict=True))
        assert areas == dict(zip(frame["parcel_id"], frame.area, strict=True))

    @pytest.mark.parametrize("suffix", [".gpkg", ".fgb", ".parquet"])
    def test_columns_that_have_the_name_of_the_box(self, tmp_path, suffix):
        frame = parcels(12).assign(bbox="x")
        path, rows = self.written(frame, tmp_path / f"a{suffix}")
        boxed = suffix == ".parquet"
        read = gpd.read_parquet(path) if boxed else pyogrio.read_dataframe(path)
        assert rows.renamed == ([("bbox", "bbox_1")] if boxed else [])
        assert read["bbox_1" if boxed else "bbox"].tolist() == ["x"] * 12

    def test_cells_that_are_numbers_in_some_chunks_only(self, tmp_path):
        frame = parcels(18)
        frame["house_count"] = frame["house_count"].astype(object)
        frame.loc[10:, "house_count"] = "ba"
        with pytest.raises(MixedColumnError):
            laid_aside(frame, tmp_path / "rows")

    def test_two_runs_give_the_same_bytes(self, tmp_path):
        first, _ = self.written(parcels(30), tmp_path / "a.gpkg")
        (tmp_path / "b").mkdir()
        second, _ = self.written(parcels(30), tmp_path / "b" / "a.gpkg")
        assert first.read_bytes() == second.read_bytes()

    def test_formats_without_an_index(self):
        for name in ("a.shp", "a.geojson", "a.csv", "-", "a"):
            with pytest.raises(UsageError, match=r"\.gpkg, \.fgb, \.parquet"):
                require_indexed(name)


def test_a_folder_has_no_suffix_of_a_file(tmp_path):
    for name in ("a.gpkg", "a.csv"):
        with pytest.raises(UsageError):
            require_folder_name(tmp_path / name)
    require_folder_name(tmp_path / "thửa đất")


def test_points_have_boxes_too(tmp_path):
    frame = gpd.GeoDataFrame({"grave_id": ["a", "b"]}, geometry=[Point(1, 2), Point(3, 4)], crs=CRS)
    (part,) = parted(frame, tmp_path / "p", 1)
    assert part.bbox == (1.0, 2.0, 3.0, 4.0)
