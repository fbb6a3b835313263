"""The ground of a project: axes, sections, right of way and its exact tiling into cells."""

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from geotool import crs
from geotool.communes import units as communes
from geotool.errors import DataError, ProjectError
from geotool.pipeline import right_of_way
from geotool.pipeline.inputs import Inputs
from geotool.route import alignment, chainage, corridor, takings
from geotool.route.alignment import Axis
from geotool.rules import Tolerances
from geotool.rules.stationing import load_stationing_rules
from geotool.schema import Problem, judge


@dataclass(frozen=True)
class Ground:
    """Where the project lies.

    Parameters
    ----------
    axes
        The alignments as axes; empty when the project has only a right of way.
    sections
        section_id, alignment_id, from_measure_m, to_measure_m; empty without axes.
    right_of_way
        The strip that is taken, one row a part: the version of the boundary that holds.
    section_cells
        The right of way tiled by section.
    cells
        The same tiled by section and commune, with ``weight``; equal to ``section_cells``
        when the project has no communes.
    problems
        What is to be said of the right of way: where it comes from, versions left out, bases in
        doubt.
    """

    axes: Sequence[Axis]
    sections: pd.DataFrame
    right_of_way: gpd.GeoDataFrame
    section_cells: gpd.GeoDataFrame
    cells: gpd.GeoDataFrame
    problems: Sequence[Problem] = ()


def make_axes(inputs: Inputs) -> list[Axis]:
    """Return the project's axes with their equations and posts, none without alignments.

    Raises
    ------
    DataError
        When alignments, equations or posts contradict each other.
    """
    lines = inputs.get("alignments")
    if lines is None or lines.empty:
        return []
    limits = load_stationing_rules(project_dir=inputs.project.root)
    return alignment.make_axes(
        lines,
        equations=inputs.get("chainage_equations"),
        posts=inputs.get("chainage_posts"),
        anchor_post_m=limits.anchor_post_m,
    )


def find_label_problems(inputs: Inputs, axes: Sequence[Axis]) -> list[Problem]:
    """Return what is doubtful about the equations and posts of the axes."""
    return alignment.find_calibration_problems(
        axes,
        equations=inputs.get("chainage_equations"),
        posts=inputs.get("chainage_posts"),
        limits=load_stationing_rules(project_dir=inputs.project.root),
    )


def lay_ground(inputs: Inputs) -> Ground | None:
    """Return the ground of a project, or None when it has no right of way at all.

    Raises
    ------
    DataError
        When the right of way is empty, or what it is made from is refused.
    """
    axes = make_axes(inputs)
    strip, problems = right_of_way.choose(inputs, axes)
    if strip is None:
        return None
    if strip.empty:
        raise DataError(
            "The right of way is empty.", remedy="Give its polygons, or [corridor] widths."
        )
    problems += find_label_problems(inputs, axes)
    problems += takings.find_basis_problems(strip)
    sections = alignment.make_sections(axes, table=inputs.get("sections"))
    section_cells = corridor.split_sections(strip, axes, sections)
    shapes = inputs.get("communes")
    cells = section_cells
    if shapes is not None and not shapes.empty:
        cells = communes.split_by_commune(section_cells, shapes)
    judged = judge(problems, inputs.project.root)
    return Ground(axes, sections, strip, section_cells, cells, judged)


def require_ground(inputs: Inputs) -> Ground:
    """Return the ground of a project that must have one.

    Raises
    ------
    ProjectError
        When there is neither a right_of_way layer nor alignments with stakes, widths or
        [corridor].
    """
    ground = lay_ground(inputs)
    if ground is None:
        raise ProjectError(
            f"{inputs.project.root / 'geotool.toml'}: the project has no right of way.",
            remedy="Add a right_of_way layer, or alignments and stakes, widths or [corridor].",
        )
    return ground


def cell_area_m2(cells: gpd.GeoDataFrame) -> float:
    """Return the area of a right of way from its cells, weights counted."""
    scale = crs.require_projected(cells, "corridor") ** 2
    weights = cells["weight"] if "weight" in cells.columns else 1
    return float((cells.geometry.area * weights).sum()) * scale


def join_places(
    points: gpd.GeoDataFrame,
    ground: Ground,
    shapes: gpd.GeoDataFrame | None,
    *,
    tolerances: Tolerances,
) -> gpd.GeoDataFrame:
    """Return the points with section_id, chainage_m, side, offset_m and commune_id joined.

    The commune is found by position where communes are known, else the layer's own
    ``commune_id`` is kept. Points beyond the ends of the axes have no section. A point closer
    to an axis than ``point_on_axis_m`` has the side ``on``.
    """
    placed = points.copy()
    if ground.axes and len(points):
        located = chainage.locate_points(points, ground.axes, on_axis_m=tolerances.point_on_axis_m)
        located = located.drop(columns=[c for c in located.columns if c in points.columns])
        placed = placed.join(located)
        placed["section_id"] = alignment.assign_sections(placed, ground.sections)
    else:
        placed["section_id"] = None
    return join_commune(placed, shapes)


def join_commune(points: gpd.GeoDataFrame, shapes: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame:
    """Return the points with the commune they lie in, where communes are known."""
    if shapes is not None and not shapes.empty:
        return points.assign(commune_id=communes.locate_points(points, shapes))
    if "commune_id" in points.columns:
        return points
    return points.assign(commune_id="")
