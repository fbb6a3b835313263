"""A folder of GeoParquet parts is one layer; parts away from the boxes are never opened."""

import json
import shutil

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from geotool.errors import ReadError
from geotool.sources import (
    ReadOptions,
    declares_crs,
    describe_source,
    digest_file,
    files,
    read_layer,
)
from geotool.sources.indexed import geoparquet
from tests.sources.indexed import drawn_layers as drawn

CRS = "EPSG:5897"
EVERYWHERE = np.array([[-1e9, -1e9, 1e9, 1e9]])
PARTS, ROWS, WIDTH = 6, 700, 1_000.0
LIST = "_geotool.json"


def shift_of(number):
    return np.array([number * 3 * WIDTH, 0])


def part_frame(number, rows=ROWS):
    """Return parcels of one part: a square of its own, side by side with the others."""
    shapes = drawn.shapes("polygon", rows, seed=number)
    shapes = shapely.transform(shapes, lambda places: places + shift_of(number))
    columns = drawn.cells(rows, number)
    columns["parcel_id"] = [f"{number}-{i}" for i in range(rows)]
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs=CRS)


def write_part(frame, path, **options):
    options = {"write_covering_bbox": True, "row_group_size": 100, "index": False, **options}
    frame.to_parquet(path, **options)


def write_folder(folder, frames=None, **stated):
    """Write parts and their list, in the format of ``convert --partitions``."""
    folder.mkdir()
    frames = [part_frame(number) for number in range(PARTS)] if frames is None else frames
    parts = []
    for number, frame in enumerate(frames):
        name = f"part-{number:05d}.parquet"
        write_part(frame, folder / name)
        bounds = None if frame.geometry.isna().all() else list(map(float, frame.total_bounds))
        parts.append({"path": name, "rows": len(frame), "bbox": bounds})
    rows = sum(part["rows"] for part in parts)
    listed = {"format": "geotool-partitions/1", "layer": "parcels", "rows": rows, "parts": parts}
    (folder / LIST).write_text(json.dumps({**listed, "crs": CRS, **stated}), encoding="utf-8")
    return folder


def near(folder, boxes, columns=None):
    with geoparquet.open_indexed(files.open_source(folder), None) as layer:
        wanted = layer.facts.columns if columns is None else columns
        return layer.read_near(np.asarray(boxes, dtype=float).reshape(-1, 4), wanted)


def boxes_in(*numbers):
    """Return boxes inside the squares of some parts, in no order."""
    found = [drawn.boxes_along(9, seed=n) for n in numbers]
    inside = [np.clip(boxes - np.tile(drawn.CORNER, 2), 0, WIDTH) for boxes in found]
    shifts = [np.tile(drawn.CORNER + shift_of(n), 2) for n in numbers]
    return np.vstack([boxes + shift for boxes, shift in zip(inside, shifts, strict=True)])[::-1]


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    return write_folder(tmp_path_factory.mktemp("parts") / "thửa đất.parts")


@pytest.fixture
def folder(shared, tmp_path):
    return shutil.copytree(shared, tmp_path / "parcels.parts")


def assert_is_scan(folder, boxes):
    whole = gpd.GeoDataFrame(
        gpd.pd.concat([gpd.read_parquet(path) for path in sorted(folder.glob("*.parquet"))]),
        crs=CRS,
    )
    expected = drawn.near_by_scan(whole.geometry.to_numpy(), boxes)
    found = near(folder, boxes)
    assert (found.numbers == expected + 1).all()
    assert shapely.equals_identical(found.shapes, whole.geometry.to_numpy()[expected]).all()
    for name in found.columns:
        assert drawn.same_cells(found.columns[name], whole[name].iloc[expected].tolist()), name
    return len(expected)


@pytest.mark.parametrize("numbers", [(0,), (4,), (5, 1), range(PARTS)])
def test_rows_near_are_those_of_a_scan(folder, numbers):
    assert assert_is_scan(folder, boxes_in(*numbers))


def test_everything_and_nothing(folder):
    assert assert_is_scan(folder, EVERYWHERE) == PARTS * ROWS
    assert len(near(folder, [[0, 0, 1, 1]]).numbers) == 0
    found = near(folder, np.zeros((0, 4)), ["xã"])
    assert (found.columns, found.shapes.tolist()) == ({"xã": []}, [])


class TestFarParts:
    @pytest.fixture
    def expected(self, folder):
        return near(folder, boxes_in(2))

    @pytest.mark.parametrize("far", [0, 1, 5])
    @pytest.mark.parametrize("damage", ["gone", "cut", "other"])
    def test_are_never_opened(self, folder, expected, far, damage):
        path = folder / f"part-0000{far}.parquet"
        if damage == "gone":
            path.unlink()
        elif damage == "cut":
            path.write_bytes(path.read_bytes()[:900])
        else:
            path.write_bytes(b"PAR1 none of it")
        found = near(folder, boxes_in(2))
        assert len(expected.numbers)
        assert (found.numbers == expected.numbers).all()
        assert found.columns == expected.columns
        with pytest.raises(ReadError) as caught:
            read_layer(folder, "parcels", ReadOptions())
        assert path.name in caught.value.message
        with pytest.raises(ReadError, match=path.name):
            near(folder, boxes_in(far))

    def test_no_file_is_opened_when_the_list_states_the_columns(self, tmp_path, monkeypatch):
        names = [name for name in part_frame(0).columns if name != "geometry"]
        folder = write_folder(tmp_path / "a.parts", columns=names)
        opened = []
        make = pq.ParquetFile

        def watched(path, *args, **options):
            opened.append(path.name)
            return make(path, *args, **options)

        monkeypatch.setattr(pq, "ParquetFile", watched)
        with geoparquet.open_indexed(files.open_source(folder), None) as layer:
            assert layer.facts.columns == tuple(names)
            assert opened == []
            layer.read_near(boxes_in(3), ["xã"])
        assert opened == ["part-00003.parquet"]

    def test_when_none_can_be_read(self, folder):
        for path in folder.glob("*.parquet"):
            path.unlink()
        with pytest.raises(ReadError, match="none of its parts can be read"):
            near(folder, boxes_in(2))


class TestFacts:
    def test_of_a_listed_folder(self, folder):
        with geoparquet.open_indexed(files.open_source(folder), None) as layer:
            facts = layer.facts
        assert (facts.sublayer, facts.crs, facts.feature_count) == ("parcels", CRS, PARTS * ROWS)
        assert facts.columns == ("Số thửa", "xã", "diện_tích", "tầng", "parcel_id")
        assert facts.numbered

    def test_by_name(self, folder):
        source = files.open_source(f"{folder}#parcels")
        with geoparquet.open_indexed(source, source.sublayer) as layer:
            assert layer is not None
        with geoparquet.open_indexed(source, "graves") as layer:
            assert layer is None

    def test_bounds_of_parts(self, folder):
        paths, bounds = geoparquet.partition_bounds(files.open_source(folder))
        assert [path.name for path in paths] == [f"part-0000{n}.parquet" for n in range(PARTS)]
        assert bounds.shape == (PARTS, 4)
        assert (bounds[3] == part_frame(3).total_bounds).all()

    def test_bounds_do_not_open_a_part(self, folder):
        for path in folder.glob("*.parquet"):
            path.unlink()
        assert geoparquet.partition_bounds(files.open_source(folder))[1].shape == (PARTS, 4)


class TestOnePart:
    def test_rows_count_from_one(self, folder):
        frame, boxes = part_frame(3), boxes_in(3)
        found = geoparquet.read_part(folder / "part-00003.parquet", boxes, ["parcel_id"])
        expected = drawn.near_by_scan(frame.geometry.to_numpy(), boxes)
        assert (found.numbers == expected + 1).all()
        assert found.columns == {"parcel_id": frame["parcel_id"].iloc[expected].tolist()}

    def test_one_without_boxes(self, tmp_path):
        frame, boxes, path = part_frame(3), boxes_in(3), tmp_path / "a.parquet"
        frame.loc[5, "geometry"] = None
        write_part(frame, path, write_covering_bbox=False)
        found = geoparquet.read_part(path, boxes, ["parcel_id"])
        expected = drawn.near_by_scan(frame.geometry.to_numpy(), boxes)
        assert (found.numbers == expected + 1).all()
        assert found.columns == {"parcel_id": frame["parcel_id"].iloc[expected].tolist()}

    def test_what_is_none(self, tmp_path):
        pq.write_table(pa.table({"a": [1]}), tmp_path / "a.parquet")
        with pytest.raises(ReadError, match=r"a\.parquet"):
            geoparquet.read_part(tmp_path / "a.parquet", EVERYWHERE, [])
        with pytest.raises(ReadError, match=r"b\.parquet"):
            geoparquet.read_part(tmp_path / "b.parquet", EVERYWHERE, [])


class TestWholeRead:
    def test_parts_follow_each_other(self, folder):
        read = read_layer(folder, "parcels", ReadOptions())
        expected = [f"{part}-{row}" for part in range(PARTS) for row in range(ROWS)]
        assert read.frame["parcel_id"].tolist() == expected
        assert read.frame.index.tolist() == list(range(PARTS * ROWS))
        assert (read.report.crs, read.report.read_count) == (CRS, PARTS * ROWS)

    def test_a_part_without_rows_or_cells(self, tmp_path):
        empty = part_frame(1, 3)
        empty["xã"] = None
        shapeless = part_frame(2, 4)
        shapeless["geometry"] = gpd.GeoSeries([None] * 4, crs=CRS)
        frames = [part_frame(0, 5), part_frame(1, 3).iloc[:0], empty, shapeless]
        folder = write_folder(tmp_path / "a.parts", frames)
        assert near(folder, EVERYWHERE, ["tầng"]).columns == {"tầng": [0, 1, 2, 3, 4, 0, 1, 2]}
        assert geoparquet.partition_bounds(files.open_source(folder))[0]
        assert describe_source(folder)[0].count == 12

    def test_is_one_layer_in_its_description(self, folder):
        (layer,) = describe_source(folder)
        assert (layer.name, layer.crs, layer.count) == ("parcels", CRS, PARTS * ROWS)
        assert layer.geometry == "Polygon"
        assert layer.columns == ("Số thửa", "xã", "diện_tích", "tầng", "parcel_id")
        bounds = [part_frame(number).total_bounds for number in range(PARTS)]
        assert layer.bounds[0] == min(box[0] for box in bounds)
        assert layer.bounds[2] == max(box[2] for box in bounds)
        assert declares_crs(folder)
        assert files.open_source(folder).label == "a folder of GeoParquet partitions"

    @pytest.mark.parametrize("name", ["part-00002.parquet", LIST])
    def test_digest_covers_every_part(self, folder, name):
        before = digest_file(folder)
        (folder / "Thumbs.db").write_bytes(b"of the system")
        assert digest_file(folder) == before
        path = folder / name
        path.write_bytes(path.read_bytes().replace(b"EPSG", b"epsg"))
        assert digest_file(folder) != before
        assert files.digest(files.open_source(folder))[0] > 10_000


class TestRefused:
    def refused(self, folder, match):
        with pytest.raises(ReadError, match=match):
            read_layer(folder, "parcels", ReadOptions())
        with pytest.raises(ReadError, match=match):
            near(folder, EVERYWHERE)

    def test_a_part_of_other_columns(self, folder):
        write_part(part_frame(2).drop(columns="xã"), folder / "part-00002.parquet")
        self.refused(folder, r"part-00002\.parquet: it is no part of one layer")

    def test_a_part_in_another_system(self, folder):
        write_part(
            part_frame(2).set_crs("EPSG:5896", allow_override=True), folder / "part-00002.parquet"
        )
        self.refused(folder, r"part-00002\.parquet: it is no part of one layer")

    def test_a_part_of_other_rows(self, folder):
        write_part(part_frame(2, 699), folder / "part-00002.parquet")
        self.refused(
            folder, r"part-00002\.parquet: it has 699 rows, the list of its folder says 700"
        )

    @pytest.mark.parametrize(
        "stated",
        [
            {"parts": []},
            {"parts": [{"path": "../a.parquet", "rows": 1, "bbox": [0, 0, 1, 1]}], "rows": 1},
            {"parts": [{"path": "a.parquet"}]},
            {"parts": None},
            {"rows": 5},
        ],
    )
    def test_a_list_that_makes_no_sense(self, tmp_path, stated):
        folder = write_folder(tmp_path / "a.parts", [part_frame(0, 5), part_frame(1, 5)], **stated)
        self.refused(folder, r"_geotool\.json: it is damaged")

    def test_a_folder_of_other_files_is_none(self, tmp_path):
        write_part(part_frame(0, 5), tmp_path / "a.parquet")
        (tmp_path / "b.csv").write_text("a,b\n1,2\n")
        with pytest.raises(ReadError, match=r"this is a folder, not a file.*a\.parquet, b\.csv"):
            files.open_source(tmp_path)


class TestUnlisted:
    """Folders that other programs write: parts alone, in the order of their names."""

    @pytest.fixture
    def unlisted(self, tmp_path):
        folder = tmp_path / "parcels"
        folder.mkdir()
        for number in range(12):
            write_part(part_frame(number, 40), folder / f"part.{number}.parquet")
        (folder / "_SUCCESS").touch()
        (folder / ".part.0.parquet.crc").write_bytes(b"crc")
        return folder

    def test_numbers_in_names_count(self, unlisted):
        read = read_layer(unlisted, "parcels", ReadOptions())
        assert read.frame["parcel_id"].tolist() == [
            f"{n}-{i}" for n in range(12) for i in range(40)
        ]
        found = near(unlisted, EVERYWHERE, ["parcel_id"])
        assert found.columns["parcel_id"] == read.frame["parcel_id"].tolist()
        assert found.numbers.tolist() == list(range(1, 481))

    def test_only_parts_near_are_read(self, unlisted, monkeypatch):
        read = []
        near_rows = geoparquet.PartitionedLayer._read_part

        def watched(layer, part, *args):
            read.append(part.path.name)
            return near_rows(layer, part, *args)

        monkeypatch.setattr(geoparquet.PartitionedLayer, "_read_part", watched)
        near(unlisted, boxes_in(10, 2), ["xã"])
        assert read == ["part.2.parquet", "part.10.parquet"]

    def test_parts_without_boxes_of_rows(self, unlisted):
        for number in range(12):
            path = unlisted / f"part.{number}.parquet"
            write_part(part_frame(number, 40), path, write_covering_bbox=False)
        boxes = boxes_in(10, 2)
        read = read_layer(unlisted, "parcels", ReadOptions()).frame
        expected = drawn.near_by_scan(read.geometry.to_numpy(), boxes)
        assert (near(unlisted, boxes).numbers == expected + 1).all()

    def test_layers_side_by_side_are_not_one(self, tmp_path):
        write_part(part_frame(0, 5), tmp_path / "parcels.parquet")
        write_part(part_frame(1, 5)[["xã", "geometry"]], tmp_path / "graves.parquet")
        with pytest.raises(ReadError, match="it is no part of one layer") as caught:
            read_layer(tmp_path, "parcels", ReadOptions())
        assert "named one by one" in caught.value.remedy
        with pytest.raises(ReadError, match="it is no part of one layer"):
            near(tmp_path, boxes_in(0))

    def test_tables_have_no_index(self, tmp_path):
        for name in ("a", "b"):
            pq.write_table(pa.table({"household_id": [name]}), tmp_path / f"{name}.parquet")
        with geoparquet.open_indexed(files.open_source(tmp_path), None) as layer:
            assert layer is None
        read = read_layer(tmp_path, "households", ReadOptions())
        assert read.frame["household_id"].tolist() == ["a", "b"]
