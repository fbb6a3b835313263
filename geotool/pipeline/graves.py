"""Which graves must move, and where is room for them?"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from geotool import rules
from geotool.graves import demand as demands
from geotool.graves import receiving
from geotool.graves.demand import COUNTS
from geotool.pipeline.answer import Answer
from geotool.pipeline.ground import Ground, join_places, require_ground
from geotool.pipeline.inputs import Inputs, open_project
from geotool.schema import Problem
from geotool.share.tables import Table, TableColumn


@dataclass(frozen=True)
class GraveDemand:
    """The graves of a project against its right of way.

    Parameters
    ----------
    graves
        The layer with zone, distance_m, section_id, commune_id, moved and, for graves still
        to move, the receiving cemetery_id.
    totals
        Counts over all graves in the right of way and its margin; ``moved_count`` of them
        are moved already.
    plan
        The first relocation plan of those still to move: assigned_count, unassigned[], ...
    problems
        Notices met on the way.
    """

    graves: gpd.GeoDataFrame
    totals: Mapping[str, int]
    plan: Mapping[str, Any]
    problems: tuple[Problem, ...]

    def groups(self, key: str) -> list[dict[str, Any]]:
        """Return the counts by section_id or commune_id; they add up to the totals."""
        counted = demands.group_demand(self.graves, [key])
        moved = demands.group_demand(self.graves[self.graves["moved"]], [key])
        by_key = dict(zip(moved[key], moved["grave_count"], strict=True)) if len(moved) else {}
        return [
            {
                key: row[key] or None,
                **{name: int(row[name]) for name in COUNTS if name != "moved_count"},
                "moved_count": int(by_key.get(row[key], 0)),
            }
            for row in counted.to_dict("records")
        ]


def count_demand(folder: Path, *, margin_m: float | None, by: str, on: str | None) -> Answer:
    """Answer ``graves demand`` for a project.

    Raises
    ------
    ProjectError
        When the project has no graves or no right of way.
    UsageError
        When the margin is negative.
    """
    inputs = open_project(folder)
    inputs.require("graves", "the demand of graves")
    ground = require_ground(inputs)
    found = measure_graves(inputs, ground, margin_m=margin_m, on=on or inputs.project.on)
    assert found is not None
    groups = found.groups(f"{by}_id")
    data = {**found.totals, **found.plan, "groups": groups}
    return Answer(
        data,
        tables=(demand_table(found, by), sites_table(found)),
        problems=[*inputs.problems, *found.problems],
        language=inputs.project.language,
        project_dir=inputs.project.root,
    )


def measure_graves(
    inputs: Inputs, ground: Ground, *, margin_m: float | None, on: str | None
) -> GraveDemand | None:
    """Return the demand of graves, or None when the project has no graves."""
    graves = inputs.get("graves")
    if graves is None:
        return None
    margin = inputs.project.margin_m if margin_m is None else margin_m
    measured = demands.measure_demand(
        graves, ground.right_of_way, margin_m=margin, tolerances=inputs.tolerances
    )
    extra = [name for name in measured.columns if name not in graves.columns]
    placed = join_places(
        graves.join(measured[extra]),
        ground,
        inputs.get("communes"),
        tolerances=inputs.tolerances,
    )
    to_move = demands.select_to_move(placed, on=on)
    placed["moved"] = (placed["zone"] != "none") & ~placed.index.isin(to_move.index)
    counts = demands.total_demand(placed)
    totals = {**counts, "moved_count": int(placed["moved"].sum())}
    plan, assigned, problems = _plan(inputs, placed.loc[to_move.index])
    placed = placed.merge(assigned, on="grave_id", how="left")
    return GraveDemand(placed, totals, plan, problems)


def demand_table(found: GraveDemand, by: str) -> Table:
    """Return the counts by commune or section as a table."""
    columns = (TableColumn(f"{by}_id", "value"), *(TableColumn(n, "count") for n in COUNTS))
    return Table(f"graves_by_{by}", columns, found.groups(f"{by}_id"), total=found.totals)


def sites_table(found: GraveDemand) -> Table:
    """Return the receiving cemeteries as a table."""
    columns = (
        TableColumn("cemetery_id"),
        TableColumn("name"),
        TableColumn("capacity_count", "count"),
        TableColumn("assigned_count", "count"),
        TableColumn("room_count", "count"),
    )
    sites = found.plan["sites"]
    names = ("capacity_count", "assigned_count", "room_count")
    total = {name: sum(site[name] for site in sites) for name in names}
    return Table("cemeteries", columns, sites, total=total, notes=("tables.cemeteries_note",))


def _plan(
    inputs: Inputs, graves: gpd.GeoDataFrame
) -> tuple[dict[str, Any], pd.DataFrame, tuple[Problem, ...]]:
    cemeteries = inputs.get("cemeteries")
    if cemeteries is None:
        cemeteries = gpd.GeoDataFrame({"cemetery_id": []}, geometry=[], crs=graves.crs)
    norms = rules.load_grave_norms(project_dir=inputs.project.root)
    room, problems = receiving.cemetery_room(cemeteries, norms)
    assignment = receiving.assign_nearest(graves, room)
    plan = receiving.summarise_plan(assignment, room)
    columns = ["grave_id", "cemetery_id", "reason"]
    return plan, assignment[columns], tuple(problems)
