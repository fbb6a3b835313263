"""The table of refusals, row by row: one clear message, the exit code, no output left behind."""

import os

import geopandas as gpd
import pytest
import shapely

from tests import village as v
from tests import village_project as vp


def bow_tie():
    parcels = v.parcels()
    x, y = v.EAST, v.NORTH + 100
    corners = [(x, y), (x + 100, y + 50), (x + 100, y), (x, y + 50), (x, y)]
    shapes = parcels.geometry.to_numpy().copy()
    shapes[parcels["parcel_id"] == "3-1"] = shapely.Polygon(corners)
    return parcels.set_geometry(gpd.GeoSeries(shapes, crs=parcels.crs))


def without_crs():
    return v.parcels().set_crs(None, allow_override=True)


def lonlat():
    return v.parcels().to_crs(4326)


def other_zone():
    return v.parcels().to_crs("EPSG:5897")


def empty_layer():
    return v.parcels().iloc[:0]


def empty_geometry():
    parcels = v.parcels()
    shapes = parcels.geometry.to_numpy().copy()
    shapes[4] = None
    return parcels.set_geometry(gpd.GeoSeries(shapes, crs=parcels.crs))


def repeated_key():
    parcels = v.parcels()
    parcels.loc[1, "parcel_id"] = parcels.loc[0, "parcel_id"]
    return parcels


def repeated_number():
    parcels = v.parcels()
    parcels.loc[1, ["sheet_no", "parcel_no"]] = parcels.loc[0, ["sheet_no", "parcel_no"]]
    return parcels


def missing():
    return None


def unreadable():
    return b"\x89PNG\r\n\x1a\n" + bytes(200)


# condition, make, words in the message, exit codes of validate, convert, affected, project
TABLE = [
    (missing, ["parcels.gpkg"], 2, 2, 2, 3),
    (unreadable, ["parcels.gpkg"], 3, 3, 3, 3),
    (without_crs, ["parcels.gpkg", "--src-crs"], 3, 3, 3, 3),
    (lonlat, ["parcels.gpkg"], 0, 3, 3, 0),
    (other_zone, ["parcels.gpkg"], 0, 0, 3, 0),
    (empty_layer, ["parcels.gpkg"], 0, 0, 3, 0),
    (empty_geometry, ["parcels.gpkg", "1-5"], 3, 3, 3, 3),
    (bow_tie, ["3-1"], 0, 0, 0, 0),
    (repeated_key, ["parcels.gpkg", "1-1"], 3, 3, 3, 3),
    (repeated_number, [], 0, 0, 0, 0),
]


@pytest.fixture
def place(tmp_path, request):
    """A project of the village whose parcels are broken in one way."""
    vp.write_project(tmp_path, recipes=("affected_area",), profile="committee")
    path = tmp_path / "layers" / "parcels.gpkg"
    path.unlink()
    made = request.param()
    if isinstance(made, bytes):
        path.write_bytes(made)
    elif made is not None:
        made.to_file(path, layer="parcels", driver="GPKG")
    strip = tmp_path / "strip.gpkg"
    v.right_of_way().to_file(strip, driver="GPKG")
    return tmp_path, path, strip


def cases(column):
    return [pytest.param(row[0], row[1], row[column], id=row[0].__name__) for row in TABLE]


@pytest.mark.parametrize(("place", "words", "code"), cases(2), indirect=["place"])
def test_validate(geotool, place, words, code):
    _, path, _ = place
    run = geotool("validate", path, "--as", "parcels", "--json")
    assert run.exit_code == code
    if code != 2:
        assert run.data["ok"] is (code == 0)
        assert all(word in run.stdout for word in words if code and word != "parcels.gpkg")
        assert all(problem["layer"] == "parcels" for problem in run.data["problems"])


@pytest.mark.parametrize(("place", "words", "code"), cases(3), indirect=["place"])
def test_convert(geotool, place, words, code):
    folder, path, _ = place
    out = folder / "converted.gpkg"
    run = geotool("convert", path, "--as", "parcels", "-o", out)
    assert run.exit_code == code
    assert out.exists() is (code == 0)
    if code:
        assert all(word in run.stderr for word in words)
        assert run.stdout == ""
    assert not list(folder.glob(".geotool*"))


@pytest.mark.parametrize(("place", "words", "code"), cases(4), indirect=["place"])
def test_affected(geotool, place, words, code):
    folder, path, strip = place
    out = folder / "x.csv"
    run = geotool("affected", path, "--corridor", strip, "-o", out)
    assert run.exit_code == code
    assert out.exists() is (code == 0)
    if code:
        assert all(word in run.stderr for word in words)


@pytest.mark.parametrize(("place", "words", "code"), cases(5), indirect=["place"])
def test_project(geotool, place, words, code):
    folder, _, _ = place
    run = geotool("run", "--project", folder, "--on", "2024-04-01")
    assert run.exit_code == code
    if code:
        assert all(word in run.stderr for word in words)
        assert "parcels" in run.stderr
        assert not (folder / "out").exists() or not list((folder / "out").iterdir())
    else:
        assert (folder / "out" / "manifest.json").is_file()


@pytest.mark.parametrize("place", [bow_tie], indirect=True)
def test_repairs_are_counted_and_named(geotool, place):
    _, path, strip = place
    data = geotool("affected", path, "--corridor", strip, "--json").data
    assert data["repaired_count"] == 1
    assert data["repaired"] == ["3-1"]


@pytest.mark.parametrize("place", [without_crs], indirect=True)
def test_a_stated_crs_lifts_the_refusal(geotool, place):
    folder, path, strip = place
    out = folder / "converted.gpkg"
    run = geotool("convert", path, "--as", "parcels", "--src-crs", "EPSG:9209", "-o", out)
    assert run.exit_code == 0
    run = geotool("affected", path, "--corridor", strip, "--src-crs", "EPSG:9209", "--json")
    assert run.data["affected_count"] == 60


def test_households_that_agree_are_merged(geotool, tmp_path):
    path = tmp_path / "ho.csv"
    path.write_text("household_id,commune_id\nH1,C1\nH1,C1\nH2,C2\n", encoding="utf-8")
    data = geotool("validate", path, "--as", "households", "--json").data
    assert data["ok"] is True
    assert [p["severity"] for p in data["problems"]] == ["notice"]
    out = tmp_path / "out.csv"
    run = geotool("convert", path, "--as", "households", "-o", out, "--json")
    assert (run.data["read_count"], run.data["written_count"]) == (3, 2)
    assert run.data["merged_count"] == 1


@pytest.mark.parametrize("place", [empty_geometry], indirect=True)
def test_salvage_sets_rows_without_shape_aside_and_lists_them(geotool, place):
    folder, path, _ = place
    out = folder / "kept.gpkg"
    run = geotool("convert", path, "--as", "parcels", "-o", out, "--salvage", "--json")
    assert run.exit_code == 0
    assert (run.data["read_count"], run.data["written_count"]) == (100, 99)
    (rejected,) = run.data["rejected"]
    assert rejected == {"record": 5, "key": "1-5", "reason": "no geometry."}
    assert run.data["rejected_count"] == 1
    side = (folder / "kept.rejected.csv").read_text(encoding="utf-8-sig").splitlines()
    assert side == ["record,key,reason", "5,1-5,no geometry."]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_a_named_pipe_is_refused_and_not_waited_for(geotool, tmp_path):
    path = tmp_path / "a.csv"
    os.mkfifo(path)
    run = geotool("info", path)
    assert run.exit_code == 3
    assert "a pipe or a device" in run.stderr


def test_names_longer_than_any_file_has_are_refused(geotool, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("household_id\nH1\n", encoding="utf-8")
    long = tmp_path / f"{'a' * 300}.csv"
    assert geotool("info", long).exit_code == 2
    assert geotool("convert", path, "--as", "households", "-o", long).exit_code == 4
