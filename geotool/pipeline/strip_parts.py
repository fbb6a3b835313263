"""The strips of a project as its rules draw them, and what is remarked on the way."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from geotool import schema
from geotool.pipeline.ground import Ground
from geotool.pipeline.inputs import Inputs
from geotool.route import strips as drawing
from geotool.rules import strips as rules_of
from geotool.rules.files import RuleFile
from geotool.rules.strips import PowerLineStrips, RoadStrips
from geotool.schema import Problem, make_problem

_POWER_LINE = "power_line"  # a kind of utility
_OFF_AXIS_M = 0.01  # labels are written to the centimetre


@dataclass(frozen=True)
class Part:
    """The strips drawn by one rule: strip, width_m, geometry and what names them."""

    rows: pd.DataFrame
    rule: RuleFile


def draw_along_roads(inputs: Inputs, ground: Ground) -> tuple[list[Part], list[Problem]]:
    """Return the strips along the road land and along bridges, and what is remarked on them."""
    if not ground.axes:
        text = "There are no alignments: no strips are drawn along the road."
        return [], [make_problem("road_class_unknown", "alignments", text)]
    project = inputs.project
    rule = rules_of.load_road_strips(project_dir=project.root)
    bridge_rule = rules_of.load_bridge_strips(project_dir=project.root)
    lands = drawing.road_lands(ground.right_of_way, ground.axes)
    classes, problems = _classes(inputs, list(lands), rule)
    bridges = drawing.place_bridges(inputs.get("bridges"), ground.axes)
    roads = drawing.make_road_strips(
        lands,
        ground.axes,
        {key: rule.classes[name] for key, name in classes.items()},
        protection_included=project.strips.protection_included,
        bridges=bridges,
    )
    roads["road_class"] = roads["alignment_id"].map(classes)
    rims = drawing.make_bridge_strips(bridges, ground.axes, lands, width_m=bridge_rule.safety_m)
    rims["road_class"] = rims["alignment_id"].map(classes)
    parts = [Part(roads, rule.source), Part(rims, bridge_rule.source)]
    return parts, [*problems, *_note_bridges(bridges)]


def _classes(
    inputs: Inputs, alignment_ids: Sequence[str], rule: RoadStrips
) -> tuple[dict[str, str], list[Problem]]:
    """Return the class of each alignment that has a known one, and remarks on the others."""
    codes = _class_codes(rule, inputs.project.root)
    frame = inputs.require("alignments", "the strips along the road")
    given: dict[str, Any] = {}
    if "road_class" in frame.columns:
        given = dict(zip(frame["alignment_id"].map(str), frame["road_class"], strict=True))
    found: dict[str, str] = {}
    problems: list[Problem] = []
    for key in alignment_ids:
        own = given.get(key)
        word = inputs.project.strips.road_class if pd.isna(own) or own == "" else str(own)
        if word is None:
            text = f"The class of alignment '{key}' is not known: it has no strips here."
            problems.append(_of_class("road_class_unknown", text, key))
        elif schema.normalise_name(word) not in codes:
            text = f"'{word}', the class of alignment '{key}', is in no rule: it has no strips."
            problems.append(_of_class("road_class_unlisted", text, key))
        else:
            found[key] = codes[schema.normalise_name(word)]
    return found, problems


def _of_class(rule: str, text: str, alignment_id: str) -> Problem:
    return make_problem(rule, "alignments", text, key=alignment_id, place="road_class")


def _class_codes(rule: RoadStrips, project_dir: Path) -> dict[str, str]:
    """Return the classes of the rule by every spelling, normalised."""
    codes = {schema.normalise_name(code): code for code in rule.classes}
    aliases = schema.value_aliases("road_class", project_dir=project_dir)
    for code in rule.classes:
        codes |= {schema.normalise_name(text): code for text in aliases.get(code, ())}
    return codes


def _note_bridges(bridges: pd.DataFrame) -> list[Problem]:
    problems = []
    for row in bridges[bridges["beyond_m"] > _OFF_AXIS_M].to_dict("records"):
        text = (
            f"Bridge '{row['bridge_id']}' lies {row['beyond_m']:.2f} m beyond the ends of "
            f"alignment '{row['alignment_id']}'; only what is on it counts."
        )
        problems.append(make_problem("bridge_off_axis", "bridges", text, key=str(row["bridge_id"])))
    return problems


def draw_along_power_lines(inputs: Inputs) -> tuple[Part, list[Problem]]:
    """Return the strips along power lines, and what is remarked on them."""
    utilities = inputs.get("utilities")
    rule = rules_of.load_power_line_strips(project_dir=inputs.project.root)
    rows = drawing.make_power_line_strips(utilities, rule)
    voltage = rows["voltage_kv"]
    rows["clear_height_m"] = [rule.clear_height_m(value) for value in voltage]
    rows["houses_may_stay"] = [value <= rule.houses_highest_kv for value in voltage]
    problems = _note_power_lines(utilities, rows, rule)
    return Part(rows.drop(columns="spread_known"), rule.source), problems


def _note_power_lines(
    utilities: gpd.GeoDataFrame | None, rows: pd.DataFrame, rule: PowerLineStrips
) -> list[Problem]:
    """Remark on lines whose spread or voltage is missing, or whose voltage no rule holds."""
    problems = []
    bare = rows.loc[~rows["spread_known"].astype(bool), "utility_id"]
    if len(bare):
        text = (
            f"{len(bare)} power lines without conductor_spread_m, measured with 0: "
            f"{schema.name_keys(bare)}. Their strips are at least this wide."
        )
        problems.append(_of_line("conductor_spread_unknown", text, "conductor_spread_m"))
    for row in rows[rows["voltage_kv"] > rule.highest_kv].to_dict("records"):
        text = (
            f"{row['utility_id']}: {row['voltage_kv']:g} kV is above the highest voltage of the "
            f"rule, {rule.highest_kv:g} kV, whose distance was taken."
        )
        key = str(row["utility_id"])
        problems.append(_of_line("voltage_above_rule", text, "voltage_kv", key=key))
    unknown = _without_voltage(utilities, set(rows["utility_id"]))
    if unknown:
        text = f"{len(unknown)} power lines without voltage have no strip: "
        text += f"{schema.name_keys(unknown)}."
        problems.append(_of_line("voltage_unknown", text, "voltage_kv"))
    return problems


def _of_line(rule: str, text: str, column: str, *, key: str = "") -> Problem:
    return make_problem(rule, "utilities", text, key=key, place=column)


def _without_voltage(utilities: gpd.GeoDataFrame | None, measured: set[str]) -> list[str]:
    """Return the lines of kind ``power_line`` that have no strip."""
    if utilities is None or "kind" not in utilities.columns:
        return []
    lines = utilities[utilities.geometry.geom_type.str.contains("Line")]
    keys = lines.loc[lines["kind"].eq(_POWER_LINE), "utility_id"].map(str)
    return [key for key in keys if key not in measured]
