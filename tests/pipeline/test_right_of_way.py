"""Which source the right of way of a project comes from, and what is said of the others."""

import re

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from geotool.errors import DataError, ProjectError
from geotool.pipeline.assess import assess
from geotool.pipeline.ground import require_ground
from geotool.pipeline.inputs import open_project
from geotool.pipeline.validate import ValidateOptions, validate
from tests import village as v
from tests.village_project import write_project

LENGTH, MIDDLE = v.VILLAGE.length_m, v.VILLAGE.y_m
NOTHING = ("holdings", "structures", "households", "organisations", "graves", "cemeteries",
           "utilities", "quarries", "communes", "roads", "border", "landmarks", "landmark_roads",
           "contributions", "events")  # fmt: skip


def stakes(left_m=20.0, right_m=20.0):
    """Return stakes every 100 m along the axis of the village."""
    rows = [
        (f"{side[0].upper()}{n}", side, n, shapely.Point(100.0 * n, MIDDLE + offset))
        for side, offset in (("left", left_m), ("right", -right_m))
        for n in range(21)
    ]
    data = [{"stake_id": key, "side": side, "sequence": n} for key, side, n, _ in rows]
    return v.VILLAGE.frame(data, [shape for *_, shape in rows])


def widths(left_m=10.0, right_m=10.0):
    return pd.DataFrame({"chainage": ["Km10", "Km12"], "left_m": left_m, "right_m": right_m})


def project(folder, corridor="", **layers):
    """Write the village with only its axis and parcels, the layers given and a [corridor]."""
    write_project(folder, layers={**dict.fromkeys(NOTHING), **layers})
    path = folder / "geotool.toml"
    text = re.sub(r"\[corridor\]\n.*?\n\n", corridor, path.read_text("utf-8"), flags=re.DOTALL)
    path.write_text(text, encoding="utf-8")
    return folder


def ground_of(folder):
    return require_ground(open_project(folder))


def area(folder):
    return ground_of(folder).right_of_way.area.sum()


def unused(folder):
    return {p.layer: p for p in ground_of(folder).problems if p.rule == "layer_not_used"}


CONSTANT = "[corridor]\nleft_m = 30\nright_m = 30\n\n"


@pytest.mark.parametrize(
    ("corridor", "layers", "width_m", "left_out"),
    [
        (CONSTANT, {}, 60, []),
        ("", {"stakes": stakes()}, 40, []),
        ("", {"widths": widths()}, 20, []),
        ("", {"right_of_way": v.right_of_way()}, 60, []),
        ("", {"widths": widths(), "stakes": stakes()}, 40, ["widths"]),
        ("", {"widths": widths(), "stakes": stakes(), "right_of_way": v.right_of_way()}, 60,
         ["stakes", "widths"]),
        (CONSTANT, {"widths": widths(), "stakes": stakes()}, 60, ["stakes", "widths"]),
    ],
)  # fmt: skip
def test_which_source_holds(tmp_path, corridor, layers, width_m, left_out):
    folder = project(tmp_path, corridor, **layers)
    assert area(folder) == pytest.approx(LENGTH * width_m, rel=1e-9)
    assert sorted(unused(folder)) == left_out
    assert all(problem.severity == "finding" for problem in unused(folder).values())


@pytest.mark.parametrize(("name", "frame", "width_m"), [("stakes", stakes(), 40),
                                                         ("widths", widths(), 20)])  # fmt: skip
def test_what_the_corridor_names_holds(tmp_path, name, frame, width_m):
    both = {"stakes": stakes(), "widths": widths()}
    folder = project(tmp_path, **both)
    path = folder / "geotool.toml"
    suffix = ".gpkg" if isinstance(frame, gpd.GeoDataFrame) else ".csv"
    line = f'{name} = "layers/{name}{suffix}"\n'
    text = (
        path.read_text("utf-8").replace(line, "").replace("[maps]", f"[corridor]\n{line}\n[maps]")
    )
    path.write_text(text, encoding="utf-8")
    assert area(folder) == pytest.approx(LENGTH * width_m, rel=1e-9)
    assert sorted(unused(folder)) == sorted(set(both) - {name})


def test_the_finding_says_what_to_write(tmp_path):
    folder = project(tmp_path, CONSTANT, stakes=stakes())
    finding = unused(folder)["stakes"]
    assert "[corridor] left_m and right_m" in finding.message
    assert 'stakes = "layers/stakes.gpkg" under [corridor]' in finding.remedy


def test_all_columns_of_a_drawn_layer_are_kept(tmp_path):
    drawn = v.right_of_way().assign(basis="donated", minutes_no="12/BB")
    folder = project(tmp_path, right_of_way=drawn)
    row = ground_of(folder).right_of_way.iloc[0]
    assert (row["basis"], row["minutes_no"], row["version"]) == ("donated", "12/BB", "1")


def test_without_alignments_stakes_are_a_finding(tmp_path):
    folder = project(tmp_path, alignments=None, stakes=stakes(), widths=widths())
    with pytest.raises(ProjectError, match="no right of way"):
        ground_of(folder)
    problems = assess(open_project(folder), on=None).problems
    assert {p.layer for p in problems if p.rule == "layer_not_used"} == {"stakes", "widths"}


def test_findings_on_stakes_reach_the_assessment_and_validate(tmp_path):
    gap = stakes()
    folder = project(tmp_path, stakes=gap[gap["stake_id"] != "L7"])
    found = assess(open_project(folder), on=None)
    assert "stake_gap" in {problem.rule for problem in found.problems}
    assert found.totals["corridor_area_m2"] == pytest.approx(LENGTH * 40)
    answer = validate(ValidateOptions(project=folder))
    assert answer.exit_code == 0
    (listed,) = (p for p in answer.data["problems"] if p["rule"] == "stake_gap")
    assert "L6 (Km10+600.00) and L8 (Km10+800.00)" in listed["message"]


def test_bad_stakes_are_all_listed_and_a_run_is_refused_alike(tmp_path):
    bad = stakes()
    bad.loc[5, "geometry"] = shapely.Point(v.EAST, v.NORTH + 5_000)
    bad = pd.concat([bad.iloc[:21], bad.iloc[21:22]])
    folder = project(tmp_path, stakes=bad)
    answer = validate(ValidateOptions(project=folder))
    assert answer.exit_code == 3
    errors = {p["rule"]: p["message"] for p in answer.data["problems"] if p["severity"] == "error"}
    assert set(errors) == {"stake_far", "stake_side_missing"}
    with pytest.raises(DataError) as refusal:
        assess(open_project(folder), on=None)
    assert all(message in str(refusal.value) for message in errors.values())


def test_equations_and_posts_that_count_are_not_called_unused(tmp_path):
    equations = pd.DataFrame({"alignment_id": ["A1"], "back": ["Km11"], "ahead": ["Km11+100"]})
    folder = project(tmp_path, CONSTANT, chainage_equations=equations)
    answer = validate(ValidateOptions(project=folder))
    assert "layer_not_used" not in {p["rule"] for p in answer.data["problems"]}


@pytest.mark.parametrize("said", ["left_m = 20\nright_m = 20", 'stakes = "layers/parcels.gpkg"'])
def test_a_version_is_of_drawn_polygons_only(tmp_path, said):
    project(tmp_path, f'[corridor]\nversion = "2"\n{said}\n\n')
    with pytest.raises(ProjectError, match="version goes with a right_of_way layer, not with"):
        open_project(tmp_path)


def test_a_version_that_is_no_text_is_the_one_thing_said(tmp_path):
    drawn = v.VILLAGE.frame([{"right_of_way_id": "A1"}], [shapely.box(0, 0, 9, 9)])
    project(tmp_path, "[corridor]\nversion = 2\n\n", right_of_way=drawn)
    with pytest.raises(ProjectError) as refused:
        open_project(tmp_path)
    assert [problem.message for problem in refused.value.problems] == [
        "[corridor] version must be text."
    ]


def test_validate_names_the_file_where_both_widths_are_0(tmp_path):
    project(tmp_path, "[corridor]\nleft_m = 0\nright_m = 0\n\n")
    answer = validate(ValidateOptions(project=tmp_path))
    errors = [one["message"] for one in answer.data["problems"] if one["severity"] == "error"]
    assert errors == ["[corridor] left_m and right_m are both 0."]
