"""Which border landmark has a road?"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd

from geotool import rules
from geotool.border import access as accesses
from geotool.border import landmarks
from geotool.communes import units as communes
from geotool.pipeline.answer import Answer
from geotool.pipeline.ground import join_commune
from geotool.pipeline.inputs import Inputs, open_project
from geotool.schema import Problem
from geotool.share.tables import Table, TableColumn


@dataclass(frozen=True)
class Access:
    """The state of access of a project's landmarks.

    Parameters
    ----------
    landmarks
        The layer with served, distance_m, computed_access and the nearest road joined.
    summary
        Counts and lengths, roads[] and groups[] by commune.
    problems
        Landmarks whose recorded access is not the computed one.
    """

    landmarks: gpd.GeoDataFrame
    summary: Mapping[str, Any]
    problems: tuple[Problem, ...]


def measure_status(folder: Path) -> Answer:
    """Answer ``landmarks status`` for a project.

    Raises
    ------
    ProjectError
        When the project has no landmarks.
    """
    inputs = open_project(folder)
    inputs.require("landmarks", "the state of access")
    found = measure_landmarks(inputs)
    assert found is not None
    return Answer(
        dict(found.summary),
        tables=access_tables(found),
        problems=[*inputs.problems, *found.problems],
        language=inputs.project.language,
        project_dir=inputs.project.root,
    )


def measure_landmarks(inputs: Inputs) -> Access | None:
    """Return the state of access, or None when the project has no landmarks."""
    points = inputs.get("landmarks")
    if points is None:
        return None
    roads = inputs.get("landmark_roads")
    if roads is None:
        roads = gpd.GeoDataFrame({"landmark_road_id": []}, geometry=[], crs=points.crs)
    rule = rules.load_border_rules(project_dir=inputs.project.root)
    shapes = inputs.get("communes")
    points = join_commune(points, shapes)
    measured = landmarks.measure_access(
        points, roads, inputs.get("roads"), served_distance_m=rule.served_distance_m
    )
    border = inputs.get("border")
    summary = accesses.summarise_access(
        measured,
        roads,
        split=accesses.SplitLines(_split(roads, shapes), _split(border, shapes)),
        border=border,
        contributions=inputs.get("contributions"),
    )
    extra = [name for name in measured.columns if name not in points.columns]
    return Access(
        points.join(measured[extra]), summary, tuple(landmarks.find_access_problems(measured))
    )


def access_tables(found: Access) -> tuple[Table, ...]:
    """Return totals, communes and roads as tables."""
    summary = found.summary
    counts = ("landmark_count", "served_count", "high_dangerous_count", "road_count")
    columns = (
        *(TableColumn(name, "count") for name in counts),
        TableColumn("road_km", "length_km"),
        TableColumn("cost_vnd", "vnd"),
        TableColumn("border_km", "length_km"),
        TableColumn("border_source"),
        TableColumn("contributor_count", "count"),
        TableColumn("contributed_vnd", "vnd"),
    )
    totals = {column.name: summary[column.name] for column in columns}
    return (
        Table("landmarks", columns, [totals], notes=("tables.border_note",)),
        commune_table(found),
        roads_table(found),
    )


def commune_table(found: Access) -> Table:
    """Return landmarks, roads and border length by commune."""
    summary = found.summary
    columns = (
        TableColumn("commune_id", "value"),
        TableColumn("landmark_count", "count"),
        TableColumn("served_count", "count"),
        TableColumn("road_km", "length_km"),
        TableColumn("border_km", "length_km"),
    )
    names = ("landmark_count", "served_count", "road_km", "border_km")
    total = {name: summary[name] for name in names}
    notes = ("tables.border_note",)
    return Table("landmarks_by_commune", columns, summary["groups"], total=total, notes=notes)


def roads_table(found: Access) -> Table:
    """Return the landmark roads, one row each."""
    columns = (
        TableColumn("landmark_road_id"),
        TableColumn("name"),
        TableColumn("status", "value"),
        TableColumn("length_m", "length_m"),
        TableColumn("cost_vnd", "vnd"),
        TableColumn("contributed_vnd", "vnd"),
        TableColumn("landmarks_served", "count"),
    )
    rows = [
        {**road, "landmarks_served": len(road["landmark_ids"])} for road in found.summary["roads"]
    ]
    return Table("landmark_roads", columns, rows)


def _split(
    lines: gpd.GeoDataFrame | None, shapes: gpd.GeoDataFrame | None
) -> gpd.GeoDataFrame | None:
    if lines is None or lines.empty or shapes is None or shapes.empty:
        return None
    own = lines.drop(columns=[name for name in ("commune_id", "weight") if name in lines])
    return communes.split_by_commune(own, shapes)
