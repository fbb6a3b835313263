"""Versions of a project's boundary: the latest holds, what it changed is stated apart."""

import pytest

from geotool.errors import ProjectError, SchemaError, UsageError
from geotool.pipeline.affected import AffectedOptions, measure_affected
from geotool.pipeline.assess import assess
from geotool.pipeline.compare import (
    CompareOptions,
    changes_layers,
    compare_boundaries,
    measure_changes,
)
from geotool.pipeline.inputs import open_project
from geotool.pipeline.tables import make_tables
from tests import village as v
from tests.boundaries import DONATED, NEW, OLD, boundary, write_bounded

THIRD = {**NEW, "right_of_way_id": "R5", "version": "10", "bounds": (0, 90, 2000, 160)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_bounded(tmp_path_factory.mktemp("versions"), THIRD, OLD, NEW)


def test_the_latest_version_holds_and_what_it_added_is_apart(folder):
    found = assess(open_project(folder), on="2024-05-01")
    totals = found.totals
    assert totals["corridor_area_m2"] == pytest.approx(140_000.0)  # version 10, not 2
    assert totals["additional_area_m2"] == pytest.approx(20_000.0)
    assert totals["given_back_area_m2"] == 0.0
    assert sum(problem.rule == "older_version" for problem in found.problems) == 1
    table = make_tables(found)["boundary_changes"]
    assert len(table.rows) == 20
    assert table.total["added_area_m2"] == pytest.approx(20_000.0)
    assert len(changes_layers(found.changes)["boundary_changes"]) == 20


def test_an_older_version_may_be_made_to_hold(tmp_path):
    folder = write_bounded(tmp_path, OLD, NEW, THIRD, corridor='[corridor]\nversion = "2"\n\n')
    found = assess(open_project(folder), on="2024-05-01")
    assert found.totals["corridor_area_m2"] == pytest.approx(120_000.0)
    assert found.totals["additional_area_m2"] == pytest.approx(10_000.0)
    assert found.totals["given_back_area_m2"] == pytest.approx(10_000.0)


def test_a_version_that_is_not_there_is_refused(tmp_path):
    folder = write_bounded(tmp_path, OLD, NEW, corridor='[corridor]\nversion = "7"\n\n')
    with pytest.raises(SchemaError, match="version 7"):
        assess(open_project(folder), on="2024-05-01")


def test_two_versions_may_use_one_key(tmp_path):
    folder = write_bounded(tmp_path, OLD, {**NEW, "right_of_way_id": "R1"})
    found = assess(open_project(folder), on="2024-05-01")
    assert found.totals["additional_area_m2"] == pytest.approx(10_000.0)


def test_one_version_has_no_changes(tmp_path):
    inputs = open_project(write_bounded(tmp_path, OLD, DONATED))
    assert measure_changes(inputs) is None
    found = assess(inputs, on="2024-05-01")
    assert not {"additional_area_m2", "given_back_area_m2"} & set(found.totals)
    assert "boundary_changes" not in make_tables(found)
    with pytest.raises(ProjectError, match="two are needed"):
        compare_boundaries(CompareOptions(project=tmp_path))


def test_the_latest_two_versions_are_compared(folder):
    data = compare_boundaries(CompareOptions(project=folder, by="land_type")).data
    assert (data["old"], data["new"]) == ("2", "10")
    groups = {line["land_type"]: line["added_area_m2"] for line in data["groups"]}
    assert groups == pytest.approx({"LUA": 20_000.0})


def test_any_two_versions_are_compared(folder):
    options = CompareOptions(project=folder, versions=("10", "1"), by="holder")
    data = compare_boundaries(options).data
    assert data["added_area_m2"] == 0.0
    assert data["given_back_area_m2"] == pytest.approx(20_000.0)
    back = {line["holder_id"]: line["given_back_area_m2"] for line in data["groups"]}
    assert back["H7"] == pytest.approx(1000.0)
    with pytest.raises(UsageError, match="no version 3"):
        compare_boundaries(CompareOptions(project=folder, versions=("1", "3")))


def test_one_corridor_of_several_versions_is_measured_in_its_latest(tmp_path):
    paths = [str(tmp_path / name) for name in ("thua.gpkg", "ranh.gpkg")]
    v.parcels().to_file(paths[0])
    boundary(OLD, NEW, THIRD).to_file(paths[1])
    answer = measure_affected(AffectedOptions(source=paths[0], corridors=[paths[1]]))
    assert answer.data["corridor_area_m2"] == pytest.approx(140_000.0)
    assert answer.data["recovered_area_m2"] == pytest.approx(140_000.0)
    assert "older_version" in [problem.rule for problem in answer.problems]


def test_a_version_is_named_in_any_spelling(tmp_path):
    folder = write_bounded(tmp_path, OLD, NEW, THIRD, corridor='[corridor]\nversion = "02"\n\n')
    assert measure_changes(open_project(folder)).added_area_m2 == pytest.approx(10_000.0)
    answer = compare_boundaries(CompareOptions(project=folder, versions=("01", "2")))
    assert answer.data["added_area_m2"] == pytest.approx(10_000.0)


def test_affected_shows_donated_land_apart(tmp_path):
    strip, land = tmp_path / "strip.gpkg", tmp_path / "land.gpkg"
    boundary(OLD, {**DONATED, "minutes_no": None}).to_file(strip)
    v.parcels().to_file(land)
    answer = measure_affected(AffectedOptions(source=str(land), corridors=[str(strip)]))
    assert answer.tables[0].rows[0]["donated_area_m2"] == pytest.approx(1000.0)
    assert "donation_without_minutes" in {problem.rule for problem in answer.problems}
