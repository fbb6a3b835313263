"""``geotool compare``: done, wrong call, refused; one JSON object; rows and pieces as files."""

import csv
import io

import geopandas as gpd
import pytest

from tests import village as v
from tests.boundaries import NEW, OLD, boundary, write_bounded


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_bounded(tmp_path_factory.mktemp("compare"), OLD, NEW)


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """Two boundaries, the parcels and the holdings as single files."""
    place = tmp_path_factory.mktemp("pair")
    frames = {"old": boundary(OLD), "new": boundary(NEW), "parcels": v.parcels()}
    paths = {name: place / f"{name}.gpkg" for name in frames}
    for name, frame in frames.items():
        frame.to_file(paths[name])
    paths["holdings"] = place / "holdings.csv"
    v.holdings().to_csv(paths["holdings"], index=False)
    return paths


def test_two_files(geotool, pair):
    run = geotool(
        "compare", pair["old"], pair["new"], "--parcels", pair["parcels"], "--by", "land_type",
        "--json",
    )  # fmt: skip
    assert run.exit_code == 0, run.stderr
    data = run.data
    assert data["added_area_m2"] == pytest.approx(10_000.0)
    assert data["given_back_area_m2"] == pytest.approx(10_000.0)
    assert data["old_area_m2"] + data["net_area_m2"] == pytest.approx(data["new_area_m2"])
    assert [line["land_type"] for line in data["groups"]] == ["CLN", "LUA"]
    assert data["overlap_area_m2"] == data["uncovered_area_m2"] == 0.0


def test_holders_of_a_table(geotool, pair):
    files = (pair["old"], pair["new"], "--parcels", pair["parcels"])
    run = geotool("compare", *files, "--holdings", pair["holdings"], "--by", "holder", "--json")
    added = {line["holder_id"]: line["added_area_m2"] for line in run.data["groups"]}
    assert added["O1"] == pytest.approx(1000.0)
    assert sum(added.values()) == pytest.approx(10_000.0)
    refused = geotool("compare", *files, "--by", "holder")
    assert refused.exit_code == 2
    assert "--holdings" in refused.stderr


def test_a_project_as_a_table_in_words(geotool, folder):
    run = geotool("compare", "--project", folder, "--by", "commune", "--lang", "vi")
    assert run.exit_code == 0, run.stderr
    assert "Biến động ranh giới" in run.stdout
    assert "Versions 1 and 2 compared" in run.stderr


def test_rows_as_csv_and_pieces_as_a_layer(geotool, folder, tmp_path):
    out = geotool("compare", "--project", folder, "-o", "-")
    rows = list(csv.DictReader(io.StringIO(out.stdout)))
    assert len(rows) == 40
    assert sum(float(line["added_area_m2"]) for line in rows) == pytest.approx(10_000.0)
    path = tmp_path / "changes.gpkg"
    assert geotool("compare", "--project", folder, "-o", path).exit_code == 0
    pieces = gpd.read_file(path)
    assert set(pieces["change"]) == {"added", "given_back"}
    assert pieces.area.sum() == pytest.approx(20_000.0)
    assert geotool("compare", "--project", folder, "-o", path).exit_code == 4


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("{old}",),
        ("{old}", "{new}"),
        ("{old}", "{new}", "--parcels", "{parcels}", "--version", "1", "--version", "2"),
        ("--project", "{folder}", "--version", "1"),
        ("--project", "{folder}", "--version", "1", "--version", "9"),
        ("--project", "{folder}", "--by", "section"),
    ],
)
def test_wrong_calls(geotool, folder, pair, arguments):
    named = [text.format(folder=folder, **pair) for text in arguments]
    run = geotool("compare", *named)
    assert run.exit_code == 2
    assert "Traceback" not in run.stderr


def test_refused_data(geotool, pair, tmp_path):
    turned = tmp_path / "lonlat.gpkg"
    boundary(NEW).to_crs("EPSG:4326").to_file(turned)
    run = geotool("compare", pair["old"], turned, "--parcels", pair["parcels"], "--json")
    assert run.exit_code == 3
    assert run.data["ok"] is False
    other = tmp_path / "other.gpkg"
    boundary(NEW).to_crs("EPSG:32648").to_file(other)
    assert geotool("compare", pair["old"], other, "--parcels", pair["parcels"]).exit_code == 3
