"""``geotool affected`` as a planner types it: the same numbers by every road, nothing heavy."""

import csv
import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import shapely

from geotool.sources.indexed import near
from tests import village as v
from tests import village_project as vp

HEAVY = ("pandas", "geopandas", "pyarrow", "pyogrio", "pyproj", "folium", "branca", "matplotlib")


@pytest.fixture
def every_layer_is_large(monkeypatch):
    monkeypatch.setattr(near, "WHOLE_ROWS", 0)


@pytest.fixture
def village(tmp_path):
    (tmp_path / "layers").mkdir()
    strip = v.right_of_way().drop(columns="basis")
    frames = {"parcels": v.parcels(), "right_of_way": strip}
    return {
        name: tmp_path / vp.write_frame(frame, tmp_path, name) for name, frame in frames.items()
    }


def rows_of(path):
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def numbers_of(rows, column):
    return np.array([float(row[column]) for row in rows])


def test_an_index_gives_the_rows_of_the_whole_layer(geotool, village, tmp_path, monkeypatch):
    outputs = {}
    for least in (0, 10_000):
        monkeypatch.setattr(near, "WHOLE_ROWS", least)
        out = tmp_path / f"{least}.csv"
        strip = village["right_of_way"]
        answer = geotool("affected", village["parcels"], "--corridor", strip, "-o", out, "--json")
        outputs[least] = json.loads(answer.stdout), out.read_bytes()
    (through, rows), (whole, same_rows) = outputs[0], outputs[10_000]
    assert rows == same_rows
    assert through["index"] == "the R-tree of the GeoPackage"
    assert whole["index"] is None
    told_apart = ("index", "read_count")
    assert {k: x for k, x in through.items() if k not in told_apart} == {
        k: x for k, x in whole.items() if k not in told_apart
    }
    assert through["feature_count"] == len(v.parcels())


@pytest.mark.parametrize("suffix", [".geojson", ".shp", ".fgb", ".parquet"])
def test_every_format_gives_the_same_rows(geotool, village, tmp_path, suffix):
    other = tmp_path / f"thua{suffix}"
    assert geotool("convert", village["parcels"], "--as", "parcels", "-o", other).exit_code == 0
    found = []
    for source in (village["parcels"], other):
        out = tmp_path / f"{source.suffix[1:]}.csv"
        answer = geotool("affected", source, "--corridor", village["right_of_way"], "-o", out)
        assert answer.exit_code == 0, answer.stderr
        found.append(rows_of(out))
    assert [row["parcel_id"] for row in found[0]] == [row["parcel_id"] for row in found[1]]
    first, second = (numbers_of(rows, "affected_area_m2") for rows in found)
    assert second == pytest.approx(first, abs=1e-6)


def test_a_source_without_an_index_says_so(geotool, village, tmp_path):
    drawn = tmp_path / "thua.geojson"
    geotool("convert", village["parcels"], "--as", "parcels", "-o", drawn)
    answer = geotool("affected", drawn, "--corridor", village["right_of_way"])
    assert "has no spatial index: all of its 100 rows were read" in answer.stderr
    quiet = geotool("affected", village["parcels"], "--corridor", village["right_of_way"])
    assert "index" not in quiet.stderr


@pytest.mark.usefixtures("every_layer_is_large")
def test_several_corridors_are_measured_at_once(geotool, village, tmp_path, monkeypatch):
    moved = v.right_of_way().assign(geometry=lambda frame: frame.geometry.translate(0.0, 37.0))
    second = tmp_path / vp.write_frame(moved, tmp_path, "moved")
    strips = [village["right_of_way"], second]
    alone = [
        json.loads(geotool("affected", village["parcels"], "--corridor", s, "--json").stdout)
        for s in strips
    ]
    reads = []
    read_near = near.read_near
    monkeypatch.setattr(
        near, "read_near", lambda *args, **kw: reads.append(args) or read_near(*args, **kw)
    )
    out = tmp_path / "both.csv"
    named = [word for strip in strips for word in ("--corridor", strip)]
    answer = geotool("affected", village["parcels"], *named, "-o", out, "--json")
    both = json.loads(answer.stdout)
    assert len(reads) == 1
    assert [one["corridor"] for one in both["corridors"]] == [str(strip) for strip in strips]
    for together, single in zip(both["corridors"], alone, strict=True):
        assert together["affected_area_m2"] == pytest.approx(single["affected_area_m2"], rel=1e-12)
        assert together["affected_count"] == single["affected_count"]
    rows = rows_of(out)
    assert {row["corridor"] for row in rows} == {str(strip) for strip in strips}
    assert len(rows) == sum(one["affected_count"] for one in alone)
    table = geotool("affected", village["parcels"], *named, "--lang", "en").stdout
    assert "Corridor" in table


def test_a_corridor_named_twice_is_refused(geotool, village):
    strip = village["right_of_way"]
    answer = geotool("affected", village["parcels"], "--corridor", strip, "--corridor", strip)
    assert answer.exit_code == 2
    assert "named twice" in answer.stderr


@pytest.mark.usefixtures("every_layer_is_large")
@pytest.mark.parametrize("by", [["parcel"], ["commune"], ["land_type"], ["commune", "land_type"]])
def test_groups_are_those_of_the_rows(geotool, village, tmp_path, by):
    out = tmp_path / "rows.csv"
    asked = [word for noun in by for word in ("--by", noun)]
    answer = geotool(
        "affected", village["parcels"], "--corridor", village["right_of_way"], *asked,
        "-o", out, "--json",
    )  # fmt: skip
    groups = [g for g in json.loads(answer.stdout)["groups"] if g["affected_count"]]
    rows = pd.read_csv(out, dtype={"commune_id": str, "parcel_id": str}, keep_default_na=False)
    keys = [{"parcel": "parcel_id", "commune": "commune_id"}.get(noun, noun) for noun in by]
    expected = rows.astype({"affected_area_m2": float}).groupby(keys)["affected_area_m2"]
    sums, counts = expected.sum(), expected.size()
    assert len(groups) == len(sums)
    for group in groups:
        key = tuple(group[name] or "" for name in keys)
        key = key if len(key) > 1 else key[0]
        assert group["affected_area_m2"] == pytest.approx(sums[key], rel=1e-12)
        assert group["affected_count"] == counts[key]


@pytest.mark.parametrize("more", [[], ["--by", "land_type", "--by", "commune"], ["--json"]])
def test_a_plain_run_loads_no_frames_and_no_drawing(village, tmp_path, more):
    out = tmp_path / "rows.csv"
    argv = [
        "geotool", "affected", str(village["parcels"]),
        "--corridor", str(village["right_of_way"]), "-o", str(out), *more,
    ]  # fmt: skip
    code = (
        "import sys\n"
        f"sys.argv = {argv!r}\n"
        "from geotool.sources.indexed import near\n"
        "near.WHOLE_ROWS = 0\n"
        "from geotool.cli import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert end.code in (0, None), end.code\n"
        f"print('LOADED', [name for name in {HEAVY!r} if name in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=True
    )
    assert done.stdout.rstrip().endswith("LOADED []"), done.stdout + done.stderr
    assert len(rows_of(out)) == 60


@pytest.mark.usefixtures("every_layer_is_large")
def test_shapes_of_the_rows_are_the_shared_ground(geotool, village, tmp_path):
    import geopandas as gpd

    out = tmp_path / "rows.gpkg"
    geotool("affected", village["parcels"], "--corridor", village["right_of_way"], "-o", out)
    found = gpd.read_file(out)
    assert found.geometry.area.to_numpy() == pytest.approx(found["affected_area_m2"], rel=1e-9)
    strip = shapely.union_all(v.right_of_way().geometry.to_numpy())
    assert found.geometry.difference(strip).area.max() < 1e-6


@pytest.mark.usefixtures("every_layer_is_large")
def test_another_system_is_refused_without_reading_the_layer(geotool, village, tmp_path):
    other = tmp_path / "elsewhere.gpkg"
    geotool(
        "convert", village["right_of_way"], "--as", "right_of_way", "-o", other,
        "--dst-crs", "EPSG:5897",
    )  # fmt: skip
    answer = geotool("affected", village["parcels"], "--corridor", other)
    assert answer.exit_code == 3
    assert "EPSG:9209" in answer.stderr
    assert "EPSG:5897" in answer.stderr
