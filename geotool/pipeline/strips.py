"""Which strips does the law lay beside the road and along power lines, and what stands in them?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from geotool import crs
from geotool.affected import strip_structures
from geotool.affected.holdings import HOUSEHOLD, join_structure_holders, make_holdings
from geotool.errors import ProjectError
from geotool.pipeline.affected_rows import records
from geotool.pipeline.answer import Answer
from geotool.pipeline.findings import find_unconfirmed
from geotool.pipeline.ground import Ground, require_ground
from geotool.pipeline.inputs import Inputs, open_project
from geotool.pipeline.land import take_structures
from geotool.pipeline.strip_parts import Part, draw_along_power_lines, draw_along_roads
from geotool.route import strips as drawing
from geotool.rules import Tolerances
from geotool.rules.files import RuleFile
from geotool.schema import Problem, judge
from geotool.share.tables import Table, TableColumn, yes_no
from geotool.units import natural_key

_COLUMNS = (
    "strip",
    "alignment_id",
    "bridge_id",
    "utility_id",
    "road_class",
    "voltage_kv",
    "width_m",
    "area_m2",
    "structure_count",
    "dwelling_count",
    "structure_area_m2",
    "clear_height_m",
    "houses_may_stay",
    "rule",
    "citation",
    "effective_from",
    "confirmed",
)
_SUMMED = ("area_m2", "structure_count", "dwelling_count", "structure_area_m2")


@dataclass(frozen=True)
class Strips:
    """The statutory strips of a project.

    Parameters
    ----------
    strips
        One row a strip: strip, alignment_id, bridge_id, utility_id, road_class, voltage_kv,
        width_m (on each side of a road or bridge, the whole of a power line's), area_m2,
        structure_count, dwelling_count, structure_area_m2, clear_height_m, houses_may_stay,
        rule, citation, effective_from, confirmed, geometry; None where it does not apply.
    shared
        What the columns area_m2, structure_count, dwelling_count and structure_area_m2 count
        more than once, negative; 0 for nothing.
    rules
        The rule files used, in order of name.
    totals
        strip_area_m2, structure_count, dwelling_count and structure_area_m2 over all strips,
        each structure and each ground once, household_count, restricted_area_m2 and
        unconfirmed_count (rules used and not confirmed). Counts are None where there are no
        structures or no strips, restricted_area_m2 where no parcels or no corridor of a road.
    problems
        Notices and findings met on the way.
    """

    strips: gpd.GeoDataFrame
    shared: Mapping[str, float]
    rules: tuple[RuleFile, ...]
    totals: Mapping[str, Any]
    problems: tuple[Problem, ...]

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The strips as rows, and last the row ``shared`` where several count the same."""
        rows = records(pd.DataFrame(self.strips[list(_COLUMNS)]))
        if any(self.shared.values()):
            rows.append({**dict.fromkeys(_COLUMNS), "strip": "shared", **self.shared})
        return rows


def list_strips(folder: Path) -> Answer:
    """Answer ``strips`` for a project.

    Raises
    ------
    ProjectError
        When the project has no right of way, or neither alignments nor power lines.
    DataError
        When a layer is refused.
    """
    inputs = open_project(folder)
    ground = require_ground(inputs)
    found = measure_strips(inputs, ground, take_structures(inputs, ground))
    if found is None:
        raise ProjectError(
            f"{inputs.project.root / 'geotool.toml'}: the project has no alignments and no power "
            "lines; nothing has a strip.",
            remedy="Add a layer alignments, or utilities with voltage_kv.",
        )
    data = {"strips": found.rows, **found.totals}
    return Answer(
        data,
        tables=strips_tables(found),
        problems=[*inputs.problems, *found.problems],
        language=inputs.project.language,
        project_dir=inputs.project.root,
    )


def measure_strips(inputs: Inputs, ground: Ground, taken: pd.DataFrame | None) -> Strips | None:
    """Return the strips, or None when the project has neither axes nor power lines.

    Parameters
    ----------
    inputs, ground
        The project's layers and where they lie.
    taken
        Structures taken, from :func:`geotool.pipeline.land.take_structures`.
    """
    lines = drawing.select_power_lines(inputs.get("utilities"))
    if not ground.axes and lines is None:
        return None
    root = inputs.project.root
    along_roads, road_problems = draw_along_roads(inputs, ground)
    along_lines, line_problems = draw_along_power_lines(inputs)
    parts = [*along_roads, along_lines]
    drawn = _frame(parts, ground)
    figures, counts = _count(inputs, drawn, taken)
    used = {part.rule.name: part.rule for part in parts if len(part.rows)}
    rules = tuple(used[name] for name in sorted(used))
    problems = [*road_problems, *line_problems, *find_unconfirmed(rules)]
    totals = {
        "strip_area_m2": _area_m2(drawn),
        **figures,
        "restricted_area_m2": _restricted_m2(inputs, drawn),
        "unconfirmed_count": sum(not rule.confirmed for rule in rules),
    }
    strips = drawn.assign(**counts)
    shared = _shared(strips, totals, inputs.tolerances)
    return Strips(strips, shared, rules, totals, tuple(judge(problems, root)))


def strips_tables(found: Strips) -> tuple[Table, ...]:
    """Return the strips, and the rules they follow, as tables."""
    columns = (
        TableColumn("strip", "value"),
        TableColumn("alignment_id"),
        TableColumn("bridge_id"),
        TableColumn("utility_id"),
        TableColumn("road_class", "value"),
        TableColumn("voltage_kv", "number"),
        TableColumn("width_m", "length_m"),
        TableColumn("area_m2", "area_m2"),
        TableColumn("structure_count", "count"),
        TableColumn("dwelling_count", "count"),
        TableColumn("houses_may_stay", "value"),
        TableColumn("confirmed", "value"),
    )
    rows = [
        {**row, **{name: yes_no(row[name]) for name in ("confirmed", "houses_may_stay")}}
        for row in found.rows
    ]
    names = ("structure_count", "dwelling_count")
    total = {"area_m2": found.totals["strip_area_m2"], **{n: found.totals[n] for n in names}}
    strips = Table("strips", columns, rows, total=total, notes=("tables.strips_note",))
    return strips, _rules_table(found.rules)


def strips_layers(found: Strips) -> dict[str, gpd.GeoDataFrame]:
    """Return the layer ``strips`` as maps show it: ``confirmed`` is yes or no."""
    drawn = found.strips[~found.strips.geometry.is_empty]
    names = ["strip", "alignment_id", "bridge_id", "utility_id", "road_class", "voltage_kv"]
    names += ["width_m", "area_m2", "structure_count", "dwelling_count", "citation", "confirmed"]
    shown = drawn[[*names, "geometry"]].reset_index(drop=True)
    return {"strips": shown.assign(confirmed=shown["confirmed"].map(yes_no))}


def _frame(parts: Sequence[Part], ground: Ground) -> gpd.GeoDataFrame:
    """Return the strips of all rules as one frame with their areas and rules."""
    tables = [
        part.rows.assign(
            rule=part.rule.name,
            citation=part.rule.citation,
            effective_from=part.rule.effective_from.isoformat(),
            confirmed=part.rule.confirmed,
        )
        for part in parts
        if len(part.rows)
    ]
    columns = [*(name for name in _COLUMNS if name not in _SUMMED), "geometry"]
    rows = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)
    rows = rows.reindex(columns=columns).astype(object)
    rows = rows.where(rows.notna(), None)
    system = ground.right_of_way.crs
    drawn = gpd.GeoDataFrame(rows, geometry="geometry", crs=system)
    unit = crs.require_projected(system, "right_of_way")
    drawn["area_m2"] = drawn.geometry.area * unit**2
    return drawn


def _count(
    inputs: Inputs, drawn: gpd.GeoDataFrame, taken: pd.DataFrame | None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the figures over all strips, and those of each strip as columns."""
    names = ("structure_count", "dwelling_count", "structure_area_m2")
    structures = inputs.get("structures")
    if structures is None or taken is None or drawn.empty:
        return {**dict.fromkeys(names), "household_count": None}, dict.fromkeys(names)
    found = strip_structures.find_strip_structures(
        structures, drawn, set(taken["structure_id"]), tolerances=inputs.tolerances
    )
    columns = {name: found.counts(len(drawn))[name].to_numpy() for name in names}
    return {**found.totals, "household_count": _households(inputs, found.structures)}, columns


def _shared(
    strips: pd.DataFrame, totals: Mapping[str, Any], tolerances: Tolerances
) -> dict[str, float]:
    """Return by how much the sum of each column exceeds its total, negative."""
    found: dict[str, float] = {}
    for name in _SUMMED:
        total = totals["strip_area_m2" if name == "area_m2" else name]
        if total is not None:
            every = strips[name].sum()
            least = tolerances.area_absolute_m2 + tolerances.area_relative * every
            found[name] = min(total - every, 0) if every - total > least else 0
    return found


def _households(inputs: Inputs, structures: pd.DataFrame) -> int:
    """Return how many households hold structures."""
    plots: Any = inputs.get("parcels")
    owners = inputs.get("organisations")
    plots = pd.DataFrame({"parcel_id": []}) if plots is None else plots
    held = join_structure_holders(
        structures, make_holdings(inputs.get("holdings"), plots, owners), owners
    )
    return int(held.loc[held["holder_kind"] == HOUSEHOLD, "holder_id"].nunique())


def _restricted_m2(inputs: Inputs, drawn: gpd.GeoDataFrame) -> float | None:
    """Return the area of parcels inside the safety corridors of roads and bridges."""
    plots = inputs.get("parcels")
    corridors = drawn[drawn["strip"].isin([drawing.SAFETY, drawing.BRIDGE])]
    if plots is None or corridors.empty:
        return None
    return strip_structures.measure_area_in_strips(plots, corridors, tolerances=inputs.tolerances)


def _area_m2(drawn: gpd.GeoDataFrame) -> float:
    unit = crs.require_projected(drawn, "strips")
    return float(drawn.geometry.union_all().area) * unit**2


def _rules_table(rules: Sequence[RuleFile]) -> Table:
    columns = (
        TableColumn("rule", "rule"),
        TableColumn("citation"),
        TableColumn("effective_from", "date"),
        TableColumn("confirmed", "value"),
    )
    rows = [
        {
            "rule": rule.name,
            "citation": rule.citation,
            "effective_from": rule.effective_from.isoformat(),
            "confirmed": yes_no(rule.confirmed),
        }
        for rule in sorted(rules, key=lambda rule: natural_key(rule.name))
    ]
    return Table("strip_rules", columns, rows)
