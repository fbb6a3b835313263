"""``convert --index`` and ``--partitions``: the plain layer with an index, all or nothing."""

import json
import re
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from pyarrow import feather
from shapely.geometry import Polygon, box

from geotool.errors import ReadError
from geotool.outputs import rows as rows_module
from geotool.outputs.spool import Spool
from geotool.sources import chunks_raw, read_layer, reading
from geotool.sources.vectors import features, streamed

CRS = "EPSG:9209"
CHUNK = 10


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch):
    monkeypatch.setattr(streamed, "BATCH_ROWS", CHUNK)


@pytest.fixture
def source(tmp_path):
    """A file of 45 parcels under Vietnamese names, one of them a bow-tie."""
    path = tmp_path / "thửa đất.geojson"
    parcels().to_file(path, driver="GeoJSON")
    return path


def parcels(count=45):
    rng = np.random.default_rng(3)
    x, y = rng.integers(0, 4000, (2, count)).astype(float)
    shapes = shapely.box(560_000 + x, 1_998_000 + y, 560_012 + x, 1_998_009 + y)
    shapes[30] = Polygon(
        [(560_000, 1_998_000), (560_010, 1_998_010), (560_010, 1_998_000), (560_000, 1_998_010)]
    )
    return gpd.GeoDataFrame(
        {
            "Mã thửa": [f"KP-{i}" for i in range(count)],
            "Loại đất": ["ONT"] * count,
            "ghi chú": ["Đội Cấn" if i % 2 else None for i in range(count)],
        },
        geometry=shapes,
        crs=CRS,
    )


def rows(frame):
    """Return the rows by key, whatever their order, as text and the area of the shape."""
    plain = pd.DataFrame(frame.drop(columns="geometry")).astype(object)
    plain["area"] = frame.area.round(9)
    return sorted(map(str, plain.where(plain.notna(), None).itertuples(index=False)))


def hidden(folder):
    return [item.name for item in folder.iterdir() if item.name.startswith(".")]


@pytest.mark.parametrize(
    ("suffix", "index"), [(".gpkg", "rtree"), (".fgb", "packed_rtree"), (".parquet", "bbox")]
)
def test_the_layer_is_the_one_of_the_plain_convert(geotool, source, tmp_path, suffix, index):
    plain, large = tmp_path / f"a{suffix}", tmp_path / f"b{suffix}"
    first = geotool("convert", source, "--as", "parcels", "-o", plain, "--json")
    second = geotool("convert", source, "--as", "parcels", "-o", large, "--index", "--json")
    assert first.exit_code == second.exit_code == 0, second.stderr
    assert rows(read_layer(large, "parcels").frame) == rows(read_layer(plain, "parcels").frame)
    answers = [{**run.data, "path": "", "index": ""} for run in (first, second)]
    assert answers[0] == answers[1]
    assert second.data["index"] == index
    assert second.data["repaired"] == ["KP-30"]
    assert second.data["partition_count"] is None
    assert hidden(tmp_path) == []


def test_partitions(geotool, source, tmp_path):
    run = geotool(
        "convert", source, "--as", "parcels", "-o", tmp_path / "p", "--partitions", 4, "--json"
    )
    assert run.exit_code == 0, run.stderr
    assert (run.data["index"], run.data["partition_count"]) == ("bbox", 4)
    read = gpd.read_parquet(tmp_path / "p")
    assert rows(read) == rows(read_layer(source, "parcels").frame)
    listing = json.loads((tmp_path / "p" / "_geotool.json").read_text(encoding="utf-8"))
    assert [part["rows"] for part in listing["parts"]] == [11, 11, 11, 12]
    assert listing["crs"] == CRS


def test_the_table_shows_index_and_parts(geotool, source, tmp_path):
    run = geotool(
        "convert",
        source,
        "--as",
        "parcels",
        "-o",
        tmp_path / "p",
        "--partitions",
        2,
        "--lang",
        "en",
    )
    assert "Spatial index" in run.stdout
    assert re.search(r"Box of each row.*\b2\b", run.stdout)
    plain = geotool("convert", source, "--as", "parcels", "-o", tmp_path / "a.gpkg", "--lang", "en")
    assert "Spatial index" not in plain.stdout


class TestUsage:
    @pytest.mark.parametrize("name", ["a.shp", "a.geojson", "a.csv", "-"])
    def test_a_format_without_an_index(self, geotool, source, tmp_path, name):
        output = name if name == "-" else tmp_path / name
        run = geotool("convert", source, "--as", "parcels", "-o", output, "--index")
        assert run.exit_code == 2
        assert ".gpkg, .fgb, .parquet" in run.stderr
        assert run.stdout == ""

    @pytest.mark.parametrize("count", ["0", "10001", "viele"])
    def test_a_count_of_parts(self, geotool, source, tmp_path, count):
        run = geotool(
            "convert", source, "--as", "parcels", "-o", tmp_path / "p", "--partitions", count
        )
        assert run.exit_code == 2

    def test_more_parts_than_rows(self, geotool, source, tmp_path):
        run = geotool(
            "convert", source, "--as", "parcels", "-o", tmp_path / "p", "--partitions", 46
        )
        assert run.exit_code == 2
        assert "up to 45" in run.stderr
        assert not (tmp_path / "p").exists()
        assert hidden(tmp_path) == []

    def test_parts_in_a_single_file(self, geotool, source, tmp_path):
        run = geotool(
            "convert",
            source,
            "--as",
            "parcels",
            "-o",
            tmp_path / "p.gpkg",
            "--partitions",
            2,
            "--index",
        )
        assert run.exit_code == 2
        assert "folder" in run.stderr

    def test_both_options_write_parts(self, geotool, source, tmp_path):
        run = geotool(
            "convert", source, "--as", "parcels", "-o", tmp_path / "p", "--partitions", 2, "--index"
        )
        assert run.exit_code == 0, run.stderr


class TestInTheWay:
    def test_a_file(self, geotool, source, tmp_path):
        target = tmp_path / "a.gpkg"
        target.write_bytes(b"x")
        call = ("convert", source, "--as", "parcels", "-o", target, "--index")
        assert geotool(*call).exit_code == 4
        assert target.read_bytes() == b"x"
        assert geotool(*call, "--overwrite").exit_code == 0
        assert len(read_layer(target, "parcels").frame) == 45

    def test_a_folder(self, geotool, source, tmp_path):
        call = ("convert", source, "--as", "parcels", "-o", tmp_path / "p", "--partitions", 3)
        assert geotool(*call).exit_code == 0
        assert geotool(*call).exit_code == 4
        assert geotool(*call, "--overwrite").exit_code == 0
        (tmp_path / "p" / "thư.txt").write_text("x", encoding="utf-8")
        assert geotool(*call, "--overwrite").exit_code == 4
        assert (tmp_path / "p" / "thư.txt").exists()

    def test_a_folder_that_is_not_there(self, geotool, source, tmp_path):
        run = geotool(
            "convert", source, "--as", "parcels", "-o", tmp_path / "x" / "p", "--partitions", 3
        )
        assert run.exit_code == 4


class TestRefused:
    def call(self, geotool, path, output, *more):
        return geotool("convert", path, "--as", "parcels", "-o", output, *more)

    @pytest.mark.parametrize("more", [("--index",), ("--partitions", 3)])
    def test_a_key_repeated_in_another_chunk(self, geotool, tmp_path, more):
        frame = parcels()
        frame.loc[40, "Mã thửa"] = "KP-2"
        frame.to_file(tmp_path / "a.gpkg")
        target = tmp_path / ("b.gpkg" if more[0] == "--index" else "b")
        run = self.call(geotool, tmp_path / "a.gpkg", target, *more)
        assert run.exit_code == 3
        assert "KP-2 occurs 2 times (rows 3, 41)" in run.stderr
        assert not target.exists()
        assert hidden(tmp_path) == []

    def test_lonlat_without_a_target_is_refused_before_the_rows(self, geotool, tmp_path):
        parcels().to_crs(4326).to_file(tmp_path / "a.gpkg")
        run = self.call(geotool, tmp_path / "a.gpkg", tmp_path / "b.gpkg", "--index")
        assert run.exit_code == 3
        assert "--dst-crs" in run.stderr
        run = self.call(
            geotool, tmp_path / "a.gpkg", tmp_path / "b.gpkg", "--index", "--dst-crs", CRS
        )
        assert run.exit_code == 0, run.stderr

    def test_a_file_that_is_cut_short(self, geotool, source, tmp_path):
        source.write_bytes(source.read_bytes()[:3000])
        run = self.call(geotool, source, tmp_path / "b.gpkg", "--index")
        plain = self.call(geotool, source, tmp_path / "b.gpkg")
        assert (run.exit_code, run.stderr) == (plain.exit_code, plain.stderr)
        assert run.exit_code == 3
        assert [item.name for item in tmp_path.iterdir()] == [source.name]

    def test_a_table_has_nothing_to_index(self, geotool, tmp_path):
        (tmp_path / "ho.csv").write_text("household_id,head_name\nH1,Lan\n", encoding="utf-8")
        run = geotool(
            "convert",
            tmp_path / "ho.csv",
            "--as",
            "households",
            "-o",
            tmp_path / "ho.gpkg",
            "--index",
        )
        assert run.exit_code == 3
        assert "no shapes" in run.stderr
        assert not (tmp_path / "ho.gpkg").exists()

    def test_a_missing_file(self, geotool, tmp_path):
        run = self.call(geotool, tmp_path / "a.gpkg", tmp_path / "b.gpkg", "--index")
        assert run.exit_code == 2

    def test_a_failure_in_the_middle_leaves_nothing(self, geotool, source, tmp_path, monkeypatch):
        write = feather.write_feather

        def fail(table, place, **options):
            if place.name == "00002.arrow":
                raise OSError(28, "No space left on device")
            write(table, place, **options)

        monkeypatch.setattr(feather, "write_feather", fail)
        for more in (("b.gpkg", "--index"), ("b", "--partitions", 2)):
            run = self.call(geotool, source, tmp_path / more[0], *more[1:])
            assert run.exit_code == 4, run.stderr
            assert "No space left" in run.stderr
        assert [item.name for item in tmp_path.iterdir()] == [source.name]

    def test_a_source_that_is_gone_is_not_told_as_the_output(
        self, geotool, source, tmp_path, monkeypatch
    ):
        """Nor is it read a second time, whole."""

        def fail(*_arguments):
            raise ReadError("the drive is gone")

        whole = []
        monkeypatch.setattr(features, "read_info", fail)
        monkeypatch.setattr(reading, "inspect_layer", lambda *given: whole.append(given))
        run = self.call(geotool, source, tmp_path / "b.gpkg", "--index")
        assert run.exit_code == 3
        assert "the drive is gone" in run.stderr
        assert "Excel" not in run.stderr
        assert whole == []
        assert hidden(tmp_path) == []

    def test_one_working_folder_with_the_rows_once(self, geotool, source, tmp_path, monkeypatch):
        """While the output is written the rows of the source are gone."""
        seen = []
        own = rows_module.LayerRows.tables

        def tables(self):
            (folder,) = [item for item in tmp_path.iterdir() if item.name.startswith(".")]
            seen.append(sorted(item.name for item in (folder / "made").iterdir()))
            return own(self)

        monkeypatch.setattr(rows_module.LayerRows, "tables", tables)
        for more in (("b.parquet", "--index"), ("b.gpkg", "--index"), ("b", "--partitions", 2)):
            run = self.call(geotool, source, tmp_path / more[0], *more[1:])
            assert run.exit_code == 0, run.stderr
        assert seen == [["rows"]] * 3


class TestReadWhole:
    def said(self, run):
        return [line for line in run.stderr.splitlines() if "was read whole, as" in line]

    def test_points_of_a_table(self, geotool, tmp_path):
        text = "grave_id,X,Y\n" + "".join(f"G{i},{1998000 + i},{560000 + i}\n" for i in range(25))
        (tmp_path / "mo.csv").write_text(text, encoding="utf-8")
        call = ("convert", tmp_path / "mo.csv", "--as", "graves", "--src-crs", CRS)
        run = geotool(*call, "-o", tmp_path / "mo.gpkg", "--index")
        assert run.exit_code == 0, run.stderr
        assert self.said(run)
        assert len(read_layer(tmp_path / "mo.gpkg", "graves").frame) == 25

    def test_salvage_lists_what_it_sets_aside(self, geotool, tmp_path):
        frame = parcels()
        frame.loc[20, "geometry"] = None
        frame.to_file(tmp_path / "a.gpkg")
        call = ("convert", tmp_path / "a.gpkg", "--as", "parcels", "--salvage", "--json")
        run = geotool(*call, "-o", tmp_path / "b.fgb", "--index")
        assert run.exit_code == 0, run.stderr
        assert (run.data["written_count"], run.data["rejected_count"]) == (44, 1)
        assert self.said(run)
        assert "KP-20" in (tmp_path / "b.rejected.csv").read_text(encoding="utf-8-sig")
        run = geotool(*call, "-o", tmp_path / "p", "--partitions", 2)
        assert run.data["rejected_path"] == str(tmp_path / "p.rejected.csv")

    def test_cells_of_several_kinds(self, geotool, tmp_path):
        frame = parcels().to_crs(4326)
        made = json.loads(frame.to_json(drop_id=True))
        for number, feature in enumerate(made["features"]):
            feature["properties"]["x"] = {"a": number}
        (tmp_path / "a.geojson").write_text(json.dumps(made), encoding="utf-8")
        run = geotool(
            "convert", tmp_path / "a.geojson", "--as", "parcels", "--dst-crs", CRS,
            "-o", tmp_path / "b.gpkg", "--index",
        )  # fmt: skip
        assert run.exit_code == 0, run.stderr
        (said,) = self.said(run)
        assert "column" in said
        assert "convert the file" not in run.stderr
        assert pyogrio.read_dataframe(tmp_path / "b.gpkg")["x"].notna().all()


def test_no_frame_holds_more_than_a_chunk(geotool, source, tmp_path, monkeypatch):
    """Every frame of rows, read or written, is at most as long as a chunk."""
    lengths = []
    own = chunks_raw.RawRows.frame

    def frame(self, number, columns=None):
        found = own(self, number, columns)
        lengths.append(len(found))
        return found

    monkeypatch.setattr(chunks_raw.RawRows, "frame", frame)
    laid = Spool.add
    monkeypatch.setattr(
        Spool, "add", lambda self, table: (lengths.append(table.num_rows), laid(self, table))[1]
    )
    run = geotool("convert", source, "--as", "parcels", "-o", tmp_path / "a.gpkg", "--index")
    assert run.exit_code == 0
    assert max(lengths) == CHUNK


STATUS = Path("/proc/self/status")  # unlike getrusage it does not count the parent's memory
GROWTH = """
import pathlib, re, sys
from geotool.cli import main
from geotool.outputs import ordering
from geotool.sources.vectors import streamed

streamed.BATCH_ROWS, ordering._BUCKET_ROWS = 2_000, 2_000
peaks = []
suffix, *more = sys.argv[1:]
for source in ("few.gpkg", "many.gpkg"):
    sys.argv = ["geotool", "convert", source, "--as", "parcels", "-o", source + suffix, *more]
    try:
        main()
    except SystemExit as end:
        assert not end.code, end
    status = pathlib.Path("/proc/self/status").read_text()
    peaks.append(int(re.search(r"VmHWM:\\s+(\\d+) kB", status)[1]))
print((peaks[1] - peaks[0]) * 1024, file=sys.stderr)
"""


@pytest.fixture(scope="module")
def few_and_many(tmp_path_factory):
    """A folder with a layer of 12,000 rows and one of 52,000."""
    folder = tmp_path_factory.mktemp("sizes")
    for name, count in (("few", 12_000), ("many", 52_000)):
        number = np.arange(count)
        x, y = 500_000 + number % 1000 * 20.0, 1_990_000 + number // 1000 * 20.0
        frame = gpd.GeoDataFrame(
            {"parcel_id": [f"P{i}" for i in number], "note": [f"Đội Cấn {i}" for i in number]},
            geometry=shapely.box(x, y, x + 15, y + 15),
            crs="EPSG:5897",
        )
        pyogrio.write_dataframe(frame, folder / f"{name}.gpkg")
    return folder


def growth(folder, suffix, *more):
    """Return by how much the peak of memory grows from few rows to many, in bytes."""
    done = subprocess.run(
        [sys.executable, "-c", GROWTH, suffix, *more], check=True, cwd=folder,
        capture_output=True, text=True, encoding="utf-8",
    )  # fmt: skip
    return int(done.stderr.splitlines()[-1])


@pytest.mark.skipif(not STATUS.is_file(), reason="the system does not tell the peak of memory")
@pytest.mark.parametrize(
    "suffix, more", [(".gpkg", ["--index"]), ("", ["--partitions", "8"])], ids=["index", "parts"]
)
def test_memory_does_not_follow_the_rows(few_and_many, suffix, more):
    # Read whole the rows take twice as much, each time. What the system's threads hold at the peak
    # comes on top by chance, so that one run in three within the limit is proof.
    peaks = (growth(few_and_many, f".{turn}{suffix}", *more) for turn in "abc")
    assert any(peak < 40_000 * 600 for peak in peaks)


def test_whole_and_chunked_layers_reproject_alike(geotool, source, tmp_path):
    for name, more in (("a.gpkg", ()), ("b.gpkg", ("--index",))):
        run = geotool(
            "convert",
            source,
            "--as",
            "parcels",
            "--dst-crs",
            "EPSG:3405",
            "-o",
            tmp_path / name,
            *more,
            "--json",
        )
        assert run.data["crs"] == "EPSG:3405"
        assert "45 rows reprojected" in run.stderr
    a, b = (pyogrio.read_dataframe(tmp_path / name) for name in ("a.gpkg", "b.gpkg"))
    assert a.geometry.to_wkb().tolist() == b.geometry.to_wkb().tolist()
    assert list(a.columns) == list(b.columns)


def test_shapes_of_the_plain_file_are_those_of_the_indexed_one(geotool, tmp_path):
    frame = parcels().assign(fid=range(45), Geom="x")
    frame.loc[12, "geometry"] = shapely.MultiPolygon(
        [box(560_000, 1_998_000, 560_001, 1_998_001), box(560_003, 1_998_000, 560_004, 1_998_001)]
    )
    frame.to_parquet(tmp_path / "a.parquet")
    infos = []
    for name, more in (("a.gpkg", ()), ("b.gpkg", ("--index",))):
        run = geotool(
            "convert",
            tmp_path / "a.parquet",
            "--as",
            "parcels",
            "-o",
            tmp_path / name,
            *more,
            "--json",
        )
        assert run.data["renamed"] == {"fid": "fid_1", "Geom": "Geom_1"}
        info = pyogrio.read_info(tmp_path / name)
        infos.append((info["geometry_type"], list(info["fields"]), info["crs"], info["features"]))
    assert infos[0] == infos[1]
