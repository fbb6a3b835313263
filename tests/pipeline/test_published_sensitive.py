"""Roads for the profile internal only are not told by problems, distances or lengths."""

import dataclasses

import pandas as pd
import pytest
from shapely.geometry import LineString

from geotool.pipeline.assess import assess
from geotool.pipeline.inputs import open_project
from geotool.pipeline.map import choose_layers, make_cards
from geotool.pipeline.map_layers import make_layers
from geotool.pipeline.published import disclose
from geotool.pipeline.published_sensitive import leave_out_sensitive
from geotool.pipeline.report import shown_tables
from geotool.schema import Problem
from geotool.share import redaction
from geotool.share.render.recipe import load_recipe
from tests import village as v
from tests.village_project import contributions, landmark_roads, roads, write_project

VILLAGE = v.Village()
SHARED = {name: redaction.load_profile(name) for name in ("public", "committee")}
INTERNAL = redaction.load_profile("internal", recipient="A")


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """Return a project where patrol roads, of both layers, are nearest to M2 and M3."""
    own = {"name": "Đường tuần tra", "kind": "x", "status": "built"}
    first = VILLAGE.frame([{**own, "road_id": "7"}], [LineString([(800, 300), (800, 1150)])])
    second = VILLAGE.frame(
        [{**own, "landmark_road_id": "DX9", "length_m": 900.0, "commune_id": "C2"}],
        [LineString([(1400, 300), (1400, 1200)])],
    )
    layers = {
        "roads": pd.concat([roads(VILLAGE), first], ignore_index=True),
        "landmark_roads": pd.concat([landmark_roads(VILLAGE), second], ignore_index=True),
    }
    root = write_project(tmp_path_factory.mktemp("roads") / "p", VILLAGE, layers=layers, recipes=())
    return assess(open_project(root), on="2024-05-01")


def test_a_problem_that_names_a_hidden_road_is_left_out(found):
    rule = "access_mismatch"
    told = " ".join(one.message for one in found.problems if one.rule == rule)
    assert "nearest built road 7," in told
    assert "nearest built road DX9," in told
    left = [one for one in leave_out_sensitive(found).problems if one.rule == rule]
    assert not any("road 7" in one.message or "DX9" in one.message for one in left)
    own = [one for one in found.problems if one.rule == rule]
    assert [one for one in own if not one.names] == [one for one in left if not one.names]


@pytest.mark.parametrize(
    ("layer", "message", "kept"),
    [
        ("roads", "2 rows without a kind: R1, 7.", False),
        ("parcels", "Parcel 7 overlaps parcel 8 by 7 m2.", True),
        ("parcels", "Parcel 8 lies under the road DX9.", False),
        ("parcels", "Parcel DX91 is known.", True),
        ("landmark_roads", "'đường tuần tra' is no known kind.", False),
        ("parcels", "'tuần tra' is a word of this note.", True),
    ],
)
def test_words_about_several_rows_are_read(found, layer, message, kept):
    problem = Problem("finding", layer, "bad_value", "", "", message, "")
    left = leave_out_sensitive(dataclasses.replace(found, problems=[problem])).problems
    assert left == ([problem] if kept else [])


def test_a_key_that_a_row_shown_has_too_is_looked_for_in_its_own_layer(tmp_path):
    row = {"road_id": "A1", "name": "Đường tuần tra", "kind": "x", "status": "planned"}
    hidden = VILLAGE.frame([row], [LineString([(100, 300), (100, 1150)])])
    layers = {"roads": pd.concat([roads(VILLAGE), hidden], ignore_index=True)}
    found = assess(open_project(write_project(tmp_path / "p", layers=layers)), on="2024-05-01")
    said = {"alignments": "The class of alignment A1 is not known.", "roads": "No class: A1."}
    own = [Problem("finding", layer, "bad_value", "", "", text, "") for layer, text in said.items()]
    named = Problem("finding", "landmarks", "bad_value", "", "", "x", "", names=(("roads", "A1"),))
    told = dataclasses.replace(found, problems=[*own, named])
    assert leave_out_sensitive(told).problems == own[:1]


@pytest.mark.parametrize("name", SHARED)
def test_the_distance_to_a_hidden_road_is_unknown(found, name):
    office = make_layers(found, dissolve=False)["landmarks"].set_index("landmark_id")
    near = office["road_id"].isin(["7", "DX9"])
    assert 0 < near.sum() < len(near)
    frame = make_layers(disclose(found, SHARED[name]).found, dissolve=True)["landmarks"]
    shown = frame.set_index("landmark_id")
    assert shown["distance_m"].isna().tolist() == near.tolist()
    assert shown.loc[near, ["road_id", "road_layer"]].isna().all(axis=None)
    assert shown["served"].tolist() == office["served"].tolist()
    assert shown.loc[~near, "distance_m"].equals(office.loc[~near, "distance_m"])


@pytest.mark.parametrize("name", SHARED)
def test_lengths_by_commune_do_not_tell_of_a_hidden_road(found, name):
    tables = {table.name: table for table in shown_tables(found, SHARED[name])}
    for table in ("landmarks_by_commune", "land_take_by_commune"):
        columns = {column.name for column in tables[table].columns}
        assert "road_km" not in columns
        assert "landmark_count" in columns
        assert all("road_km" not in row for row in tables[table].rows)
    seen = disclose(found, SHARED[name])
    told = {column.name for column in tables["totals"].columns} | set(tables["totals"].rows[0])
    told |= set(redaction.public_totals(seen.found.totals, seen.profile))
    assert {"road_km", "road_count"} <= set(found.totals)
    assert not {"road_km", "road_count"} & told
    assert "border_km" in told
    rules = [problem.rule for problem in seen.problems]
    assert "road_figures_withheld" in rules
    page = choose_layers(seen.found, load_recipe("communes"), seen.profile, make_cards(seen.found))
    communes = next(layer for layer in page if layer.name == "communes")
    assert "road_km" not in {*communes.indicators, *(one.name for one in communes.columns)}
    assert "landmark_count" in communes.indicators


@pytest.mark.parametrize("road", ["LR1", "DX9"])
def test_gifts_for_a_hidden_road_are_not_what_the_roads_listed_lack(found, road):
    gifts = contributions()
    gifts.loc[0, "landmark_road_id"] = road
    frames = {**found.inputs.frames, "contributions": gifts}
    given = dataclasses.replace(found, inputs=dataclasses.replace(found.inputs, frames=frames))
    tables = {table.name: table for table in shown_tables(given, SHARED["committee"])}
    seen = disclose(given, SHARED["committee"])
    totals = redaction.public_totals(seen.found.totals, seen.profile)
    for told in (totals, tables["totals"].rows[0]):
        assert ("contributed_vnd" in told) is (road == "LR1")
        assert "contributor_count" in told
    assert "contributed_vnd" in tables["landmark_roads"].rows[0]


def test_the_office_and_projects_without_such_roads_see_all(found, tmp_path):
    assert disclose(found, INTERNAL).found is found
    plain = assess(
        open_project(write_project(tmp_path / "p", VILLAGE, recipes=())), on="2024-05-01"
    )
    for profile in SHARED.values():
        seen = disclose(plain, profile)
        assert "road_figures_withheld" not in [problem.rule for problem in seen.problems]
        tables = {table.name: table for table in shown_tables(plain, profile)}
        assert "road_km" in {column.name for column in tables["landmarks_by_commune"].columns}
