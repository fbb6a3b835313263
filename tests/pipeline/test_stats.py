"""The project's one table: numbers that scripts can add up, and that agree with one another."""

import pytest

from geotool.pipeline.stats import tabulate
from tests import village_project as vp

COUNTS = ("parcel_count", "household_count", "organisation_count", "grave_right_of_way_count")


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return vp.write_project(tmp_path_factory.mktemp("village"))


@pytest.mark.parametrize("by", ["commune", "section"])
def test_counts_are_whole_numbers_without_holes(project, by):
    groups = tabulate(project, by=[by], on=None).data["groups"]
    for name in COUNTS:
        assert {type(group[name]) for group in groups} == {int}, name
    for name in ("length_m", "affected_area_m2", "uncovered_area_m2", "corridor_area_m2"):
        assert {type(group[name]) for group in groups} == {float}, name


@pytest.mark.parametrize(
    "by", [["commune"], ["section"], ["land_type"], ["parcel"], ["commune", "section"]]
)
def test_groups_add_up_to_the_totals(project, by):
    answer = tabulate(project, by=by, on=None).data
    names = [name for name in answer["groups"][0] if name in answer["totals"]]
    assert {"parcel_count", "affected_area_m2", "overlap_area_m2"} <= set(names)
    assert by[0] in ("land_type", "parcel") or len(by) > 1 or "household_count" in names
    for name in names:
        if answer["groups"][0][name] is None:  # only where every group is spatial
            continue
        added = sum(group[name] for group in answer["groups"])
        assert added == pytest.approx(answer["totals"][name]), name


def test_a_project_of_alignments_alone_knows_their_length(tmp_path):
    unused = {name: None for name in vp.all_layers() if name != "alignments"}
    folder = vp.write_project(tmp_path, layers=unused)
    file = folder / "geotool.toml"
    head, tail = file.read_text(encoding="utf-8").split("[corridor]")
    file.write_text(f"{head}[maps]{tail.split('[maps]')[1]}", encoding="utf-8")
    answer = tabulate(folder, by=["section"], on=None).data
    assert answer["totals"] == {"alignment_length_m": 2000.0, "alignment_count": 1}
    assert [group["length_m"] for group in answer["groups"]] == [1000.0, 1000.0]


def test_the_right_of_way_has_an_area_without_parcels(tmp_path):
    folder = vp.write_project(tmp_path, layers={"parcels": None, "holdings": None})
    totals = tabulate(folder, by=[], on=None).data["totals"]
    assert totals["corridor_area_m2"] == pytest.approx(120_000)
