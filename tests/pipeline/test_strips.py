import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from geotool.errors import LabelError
from geotool.pipeline.ground import require_ground
from geotool.pipeline.inputs import open_project
from geotool.pipeline.land import take_structures
from geotool.pipeline.strips import measure_strips, strips_layers, strips_tables
from tests import village as v
from tests import village_project as vp

# The village's right of way is y = 95..155 over 2 000 m; its safety corridors as an expressway
# are y = 78..95 and y = 155..172. The ten dwellings of odd columns stand at y = 70..80.


UNUSED = {
    name: None
    for name in vp.all_layers()
    if name not in ("alignments", "parcels", "holdings", "structures", "organisations", "utilities")
}


@pytest.fixture
def measured(tmp_path):
    """Return a function that measures the village's strips with some layers replaced."""

    def measure(*, strips="", layers=None):
        vp.write_project(tmp_path, layers={**UNUSED, **(layers or {})})
        with (tmp_path / "geotool.toml").open("a", encoding="utf-8") as file:
            file.write(f"\n[strips]\n{strips}\n" if strips else "")
        inputs = open_project(tmp_path)
        ground = require_ground(inputs)
        return measure_strips(inputs, ground, take_structures(inputs, ground))

    return measure


def classed(road_class):
    return {"alignments": v.alignments().assign(road_class=road_class)}


def by_strip(found):
    return {(row["strip"], row["utility_id"] or row["alignment_id"]): row for row in found.rows}


def rules_met(found):
    return [problem.rule for problem in found.problems]


def test_the_village_as_an_expressway(measured):
    found = measured(layers=classed("cao tốc"))
    rows = by_strip(found)
    safety = rows["safety", "A1"]
    assert safety["area_m2"] == pytest.approx(2 * 17 * 2000)
    assert safety["width_m"] == 17
    assert safety["road_class"] == "expressway"
    assert (safety["structure_count"], safety["dwelling_count"]) == (10, 10)
    assert safety["structure_area_m2"] == pytest.approx(10 * 10 * 2)
    assert (safety["rule"], safety["effective_from"]) == ("road_strips", "2025-01-01")
    assert safety["confirmed"] is False
    assert rows["protection", "A1"]["area_m2"] == pytest.approx(2 * 3 * 2000)
    assert rows["protection", "A1"]["structure_count"] == 0
    assert found.totals["structure_count"] == 10
    assert found.totals["household_count"] == 10
    assert found.totals["restricted_area_m2"] == pytest.approx(2 * 17 * 2000)
    assert found.totals["unconfirmed_count"] == 2
    assert rules_met(found).count("unconfirmed_rule") == 2


def test_power_lines_by_voltage(measured):
    lines = v.utilities().assign(conductor_spread_m=[20.0, np.nan, 0.0, 0.0], covered="no")
    found = measured(layers={"utilities": lines})
    rows = by_strip(found)
    assert rows["power_line_corridor", "L1"]["width_m"] == 2 * (7 + 10)
    assert rows["power_line_corridor", "L1"]["area_m2"] == pytest.approx(34 * 450)
    assert rows["power_line_corridor", "L1"]["houses_may_stay"] is False
    assert rows["power_line_corridor", "L3"]["houses_may_stay"] is True
    assert ("power_line_corridor", "L4") not in rows
    spread = next(p for p in found.problems if p.rule == "conductor_spread_unknown")
    assert "1 power lines" in spread.message
    assert "L2" in spread.message
    assert [p.severity for p in found.problems if p.rule == "road_class_unknown"] == ["notice"]
    assert not {"protection", "safety"} & {strip for strip, _ in rows}
    assert found.totals["restricted_area_m2"] is None  # not known, which is not nothing


def test_rows_and_the_row_shared_add_up_to_the_totals(measured):
    found = measured(layers=classed("I"))
    rows = found.rows
    assert rows[-1]["strip"] == "shared"
    assert sum(row["area_m2"] for row in rows) == pytest.approx(found.totals["strip_area_m2"])
    for name in ("structure_count", "dwelling_count"):
        assert sum(row[name] for row in rows) == found.totals[name]
    # L1 and twice L2 cross the corridors of 17 m on both sides and L3 on one place each
    crossed = (14 + 6 + 6) * (17 * 2 + 3 * 2) + (14 + 6 + 6) * 4
    assert rows[-1]["area_m2"] == pytest.approx(-crossed)


def test_the_projects_class_serves_where_the_alignment_has_none(measured):
    found = measured(strips='road_class = "cấp III"')
    assert by_strip(found)["safety", "A1"]["width_m"] == 13
    assert by_strip(found)["safety", "A1"]["road_class"] == "III"


def test_the_alignments_own_class_goes_before_the_projects(measured):
    found = measured(strips='road_class = "III"', layers=classed("VI"))
    assert by_strip(found)["safety", "A1"]["width_m"] == 4


def test_a_class_in_no_rule_is_a_finding(measured):
    found = measured(strips='road_class = "boulevard"')
    problem = next(p for p in found.problems if p.rule == "road_class_unlisted")
    assert (problem.severity, problem.key) == ("finding", "A1")
    assert "boulevard" in problem.message
    assert ("safety", "A1") not in by_strip(found)


def test_a_protection_strip_outside(measured):
    found = measured(strips="protection_included = false", layers=classed("expressway"))
    rows = by_strip(found)
    assert rows["protection", "A1"]["area_m2"] == pytest.approx(12_000)
    assert rows["safety", "A1"]["area_m2"] == pytest.approx(68_000)
    assert rows["safety", "A1"]["structure_area_m2"] == pytest.approx(10 * 10 * 5)
    assert found.totals["restricted_area_m2"] == pytest.approx(68_000)


def test_bridges_have_their_own_corridor(measured):
    bridges = pd.DataFrame(
        {
            "bridge_id": ["B1", "B2"],
            "from_chainage": ["Km10+500", "Km11+900"],
            "to_chainage": ["Km10+700", "Km12+100"],
            "left_m": [30.0, 10.0],
            "right_m": [30.0, 10.0],
        }
    )
    found = measured(layers={**classed("expressway"), "bridges": bridges})
    rows = {row["bridge_id"] or row["strip"]: row for row in found.rows}
    assert rows["B1"]["strip"] == "bridge"
    assert rows["B1"]["area_m2"] == pytest.approx(2 * 20 * 200)
    assert rows["B1"]["citation"].startswith("Decree 11/2010")
    assert rows["B2"]["area_m2"] == 0  # 10 + 20 m is no more than the right of way
    assert rows["safety"]["area_m2"] == pytest.approx(2 * 17 * (2000 - 200 - 100))
    assert found.totals["restricted_area_m2"] == pytest.approx(2 * (17 * 1700 + 20 * 200))
    beyond = next(p for p in found.problems if p.rule == "bridge_off_axis")
    assert beyond.key == "B2"
    assert "100.00 m" in beyond.message
    assert found.totals["unconfirmed_count"] == 3


def test_a_bridge_of_no_road_is_refused(measured):
    bridges = pd.DataFrame(
        {
            "bridge_id": ["B1"],
            "alignment_id": ["A9"],
            "from_chainage": ["Km10"],
            "to_chainage": ["Km11"],
            "left_m": [5],
            "right_m": [5],
        }
    )
    with pytest.raises(LabelError, match=r"B1.*A9"):
        measured(layers={"bridges": bridges})


def test_voltages_that_no_rule_holds(measured):
    lines = v.utilities().assign(kind="power_line", conductor_spread_m=0.0)
    lines["voltage_kv"] = [765.0, 35.0, 0.4, np.nan]
    found = measured(layers={"utilities": lines})
    assert by_strip(found)["power_line_corridor", "L1"]["width_m"] == 14
    above = next(p for p in found.problems if p.rule == "voltage_above_rule")
    assert (above.key, above.severity) == ("L1", "finding")
    unknown = next(p for p in found.problems if p.rule == "voltage_unknown")
    assert "L4" in unknown.message


def test_without_structures_and_parcels_nothing_is_counted(measured):
    bare = dict.fromkeys(("structures", "parcels", "holdings", "utilities"))
    found = measured(layers={**classed("expressway"), **bare})
    assert found.totals["structure_count"] is None
    assert found.totals["household_count"] is None
    assert found.totals["restricted_area_m2"] is None
    assert found.rows[0]["structure_count"] is None
    assert strips_tables(found)[0].total["structure_count"] is None


def test_where_nothing_is_known_nothing_is_said_to_be_zero(measured):
    found = measured(layers={"utilities": None})
    assert found.rows == []
    assert found.totals["structure_count"] is None
    assert strips_layers(found)["strips"].empty
    assert rules_met(found) == ["road_class_unknown"]


def test_organisations_are_no_households(measured):
    structures = v.structures()
    structures.loc[structures["structure_id"].isin(["D1", "D3"]), "holder_id"] = "O1"
    structures.loc[structures["structure_id"] == "D5", "holder_id"] = "H7"
    found = measured(layers={**classed("expressway"), "structures": structures})
    assert found.totals["structure_count"] == 10
    assert found.totals["household_count"] == 7  # 10 less two of O1 less one twice


def test_two_roads_keep_off_each_others_land(measured):
    first = v.alignments().assign(road_class="expressway")
    second = first.assign(alignment_id="A2", start_chainage="Km0")
    second["geometry"] = second.geometry.translate(0, 70)  # 10 m between the rights of way
    both = gpd.GeoDataFrame(pd.concat([first, second], ignore_index=True), crs=first.crs)
    found = measured(layers={"alignments": both})
    rows = by_strip(found)
    assert rows["safety", "A1"]["area_m2"] == pytest.approx(27 * 2000)
    assert rows["safety", "A2"]["area_m2"] == pytest.approx(27 * 2000)


def test_tables_and_layers_mark_what_is_not_confirmed(measured):
    found = measured(layers=classed("expressway"))
    table, rules = strips_tables(found)
    assert {row["confirmed"] for row in table.rows if row["strip"] != "shared"} == {"no"}
    assert table.notes == ("tables.strips_note",)
    assert table.total["structure_count"] == 10
    assert [row["rule"] for row in rules.rows] == ["power_line_strips", "road_strips"]
    layer = strips_layers(found)["strips"]
    assert set(layer["confirmed"]) == {"no"}
    assert {"strip", "road_class", "voltage_kv", "width_m", "area_m2", "citation"} <= set(layer)
    assert layer.geometry.is_valid.all()
    assert layer.crs == v.CRS


def test_a_confirmed_rule_of_the_project_is_marked_so(measured, tmp_path):
    own = tmp_path / "layers" / "rules"
    own.mkdir(parents=True)
    head = '[rule]\ntitle = "T"\ncitation = "C"\neffective_from = 2026-01-01\nconfirmed = true\n'
    text = head + "[protection_m]\nexpressway = 3\n[safety_m]\nexpressway = 20\n"
    (own / "road_strips.toml").write_text(text, encoding="utf-8")
    found = measured(layers={**classed("expressway"), "utilities": None})
    assert by_strip(found)["safety", "A1"]["confirmed"] is True
    assert by_strip(found)["safety", "A1"]["width_m"] == 20
    assert found.totals["unconfirmed_count"] == 0
    assert rules_met(found) == []


def test_without_alignments_only_power_lines_have_strips(tmp_path):
    line = v.utilities().iloc[[0]].assign(conductor_spread_m=6.0)
    land = v.right_of_way().drop(columns="alignment_id")
    layers = {**UNUSED, "alignments": None, "right_of_way": land, "utilities": line}
    vp.write_project(tmp_path, layers=layers)
    file = tmp_path / "geotool.toml"
    file.write_text(file.read_text("utf-8").replace("[corridor]", "[strips]"), encoding="utf-8")
    text = "".join(
        row
        for row in file.read_text("utf-8").splitlines(True)
        if not row.startswith(("left_m", "right_m"))
    )
    file.write_text(text, encoding="utf-8")
    inputs = open_project(tmp_path)
    ground = require_ground(inputs)
    found = measure_strips(inputs, ground, take_structures(inputs, ground))
    assert by_strip(found)["power_line_corridor", "L1"]["area_m2"] == pytest.approx(20 * 450)
    assert len(found.strips) == 1
    assert "no alignments" in next(
        p.message for p in found.problems if p.rule == "road_class_unknown"
    )
