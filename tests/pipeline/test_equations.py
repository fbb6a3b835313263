"""A project whose labels repeat: sections, events, crossings, ticks and what validate says.

The village's axis (Km10, 2 000 m) has an overlap: at 1 050 m the label Km11+050 goes on with
Km11+000, so that Km11+000 to Km11+050 stand twice and the axis ends at Km11+950.
"""

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import Point

from geotool.errors import DataError
from geotool.pipeline.assess import assess
from geotool.pipeline.ground import lay_ground
from geotool.pipeline.handover import blockers_table, totals_table
from geotool.pipeline.inputs import open_project
from geotool.pipeline.map_layers import make_ticks
from geotool.pipeline.validate import ValidateOptions, validate
from tests import village as v
from tests import village_project as vp

OVERLAP = pd.DataFrame({"back": ["Km11+050"], "ahead": ["Km11+000"]})
ANEW = pd.DataFrame({"back": ["Km11+200"], "ahead": ["Km10+000"]})
ON = "2024-05-01"


def events(last, *, to_zone=None):
    """The village's events, the second reaching to another label."""
    frame = vp.events()
    frame.loc[1, "to_chainage"] = last
    return frame.assign(to_zone=[None, to_zone])


def posts(*rows):
    """Posts (x, chainage), 3 m left of the village's axis."""
    data = {"post_id": [f"C{x:.0f}" for x, _ in rows], "chainage": [label for _, label in rows]}
    shapes = [Point(v.EAST + x, v.NORTH + 128.0) for x, _ in rows]
    return gpd.GeoDataFrame(data, geometry=shapes, crs=v.CRS)


def assessed(folder, **layers):
    vp.write_project(folder, layers={"chainage_equations": OVERLAP, **layers})
    return assess(open_project(folder), on=ON)


def laid(folder, equations):
    vp.write_project(folder, layers={"chainage_equations": equations, "events": None})
    return lay_ground(open_project(folder))


def judged(folder, **layers):
    """Return (layer, rule, message) of every error."""
    vp.write_project(folder, layers={"chainage_equations": OVERLAP, **layers})
    answer = validate(ValidateOptions(project=folder))
    found = [p for p in answer.data["problems"] if p["severity"] == "error"]
    assert (answer.exit_code == 3) == bool(found)
    return [(problem["layer"], problem["rule"], problem["message"]) for problem in found]


def test_lengths_are_true_and_labels_are_printed(tmp_path):
    found = assessed(tmp_path, events=events("Km11+020", to_zone=2))
    sections = found.ground.sections.set_index("section_id")
    assert sections["from_measure_m"].to_dict() == {"Km10-Km11": 10_000.0, "Km11-Km12": 11_000.0}
    first, second = found.handover.summary["groups"]
    assert (first["from_chainage_m"], first["to_chainage_m"]) == (10_000.0, 11_000.0)
    assert (second["from_chainage_m"], second["to_chainage_m"]) == (11_000.0, 11_950.0)
    assert (second["total_km"], second["left_km"]) == (1.0, pytest.approx(0.07))
    assert found.handover.summary["total_km"] == 2.0
    assert found.crossings["measure_m"].tolist() == [10_300.0, 10_900.0, 10_950.0, 11_700.0]
    assert found.crossings["chainage_m"].tolist() == [10_300.0, 10_900.0, 10_950.0, 11_650.0]


def test_ticks_stand_at_every_place_of_a_kilometre(tmp_path):
    ground = laid(tmp_path, OVERLAP)
    ticks = make_ticks(ground.axes, ground.right_of_way.crs)
    assert ticks["label"].tolist() == ["Km10", "Km11", "Km11"]
    assert (ticks.geometry.x - v.EAST).tolist() == [0.0, 1000.0, 1050.0]


def test_a_kilometre_that_comes_again_is_numbered(tmp_path):
    ground = laid(tmp_path, ANEW)
    assert ground.sections["section_id"].tolist() == ["Km10-Km11", "Km11-Km12", "Km10-Km11 (2)"]
    lengths = ground.sections["to_measure_m"] - ground.sections["from_measure_m"]
    assert lengths.tolist() == [1000.0, 200.0, 800.0]
    ticks = make_ticks(ground.axes, ground.right_of_way.crs)
    assert ticks["label"].tolist() == ["Km10", "Km11", "Km10"]


def test_posts_move_what_stands_at_labels(tmp_path):
    calibrated = posts((1_010.0, "Km11"), (2_000.0, "Km12"))
    found = assessed(tmp_path, chainage_equations=None, chainage_posts=calibrated)
    assert found.ground.sections["from_measure_m"].tolist() == [10_000.0, 11_010.0]
    assert found.handover.summary["handed_over_km"] == pytest.approx(0.808)
    assert found.crossings["chainage_m"].tolist()[0] == pytest.approx(10_000 + 300 / 1.01)


def test_findings_are_placed_by_label(tmp_path):
    built_late = v.structures().iloc[:1].assign(built_date="2030-01-01")
    built_late.geometry = [Point(v.EAST + 1_700.0, v.NORTH + 140.0)]
    layers = {"chainage_equations": OVERLAP, "structures": built_late, "events": None}
    vp.write_project(tmp_path, layers=layers)
    answer = validate(ValidateOptions(project=tmp_path, cut_off="2024-01-01"))
    places = {p["place"] for p in answer.data["problems"] if p["layer"] == "structures"}
    assert "Km11+650 left" in places


def test_a_finding_at_a_repeated_label_says_its_zone(tmp_path):
    built_late = v.structures().iloc[:1].assign(built_date="2030-01-01")
    built_late.geometry = [Point(v.EAST + 1_070.0, v.NORTH + 140.0)]
    layers = {"chainage_equations": OVERLAP, "structures": built_late, "events": None}
    vp.write_project(tmp_path, layers=layers)
    answer = validate(ValidateOptions(project=tmp_path, cut_off="2024-01-01"))
    places = {p["place"] for p in answer.data["problems"] if p["layer"] == "structures"}
    assert "Km11+020 (zone 2) left" in places


def test_tables_of_the_handover_tell_zones_where_there_are_several(tmp_path):
    found = assessed(tmp_path, events=events("Km11+020", to_zone=2)).handover
    ends = ["from", "from_zone", "to", "to_zone"]
    names = [column.name for column in blockers_table(found).columns]
    assert [name for name in names if name in ends] == ends
    assert all(row["from_zone"] in (1, 2) for row in found.summary["blockers"])
    totals = totals_table(found)
    assert "longest_clear_to_zone" in [column.name for column in totals.columns]
    assert totals.rows[0]["longest_clear_to_zone"] == found.summary["longest_clear"]["to_zone"]


def test_tables_of_the_handover_have_no_zones_without_equations(tmp_path):
    found = assessed(tmp_path, chainage_equations=None).handover
    columns = [*blockers_table(found).columns, *totals_table(found).columns]
    assert not [column.name for column in columns if column.name.endswith("_zone")]


def test_an_ambiguous_end_of_an_event_is_refused_by_name(tmp_path):
    with pytest.raises(DataError, match=r"Event E2: Km11\+020\.00 exists 2 times.*to_zone"):
        assessed(tmp_path, events=events("Km11+020"))


def test_validate_lists_labels_that_cannot_be_placed(tmp_path):
    (found,) = judged(tmp_path, events=events("Km11+020"))
    assert found[:2] == ("events", "unplaced_event")
    assert "E2" in found[2]


def test_validate_lists_sections_whose_labels_repeat(tmp_path):
    table = pd.DataFrame(
        {
            "section_id": ["S1", "S2"],
            "from_chainage": ["Km10", "Km11+020"],
            "to_chainage": ["Km11+020", "Km11+950"],
        }
    )
    found = judged(tmp_path, sections=table, events=None)
    assert [one[:2] for one in found] == [("sections", "section_cover")] * 2
    stated = table.assign(from_zone=[None, 2], to_zone=[2, None])
    assert judged(tmp_path, sections=stated, events=None) == []


@pytest.mark.parametrize(
    ("layers", "layer", "rule"),
    [
        (
            {"chainage_equations": pd.DataFrame({"back": ["Km99"], "ahead": [0]})},
            "chainage_equations",
            "bad_equation",
        ),
        ({"chainage_posts": posts((100, "Km11"), (200, "Km10+900"))}, "chainage_posts", "bad_post"),
    ],
)
def test_validate_names_the_table_that_is_wrong(tmp_path, layers, layer, rule):
    (found,) = judged(tmp_path, events=None, **layers)
    assert found[:2] == (layer, rule)


def test_doubtful_posts_are_findings(tmp_path):
    far = posts((1_010.0, "Km11"), (2_000.0, "Km12"))
    far.loc[0, "geometry"] = Point(v.EAST + 1_010.0, v.NORTH + 200.0)
    vp.write_project(tmp_path, layers={"chainage_posts": far})
    answer = validate(ValidateOptions(project=tmp_path))
    rules = [p["rule"] for p in answer.data["problems"] if p["layer"] == "chainage_posts"]
    assert "post_far_from_axis" in rules
    assert answer.exit_code == 0
