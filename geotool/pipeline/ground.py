"""The ground of a project: axes, sections, right of way and its exact tiling into cells."""

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from geotool.communes import units as communes
from geotool.errors import DataError, ProjectError
from geotool.pipeline.inputs import Inputs
from geotool.route import alignment, chainage, corridor
from geotool.route.alignment import Axis
from geotool.rules import Tolerances


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
        The strip taken for good, one row a part.
    section_cells
        The right of way tiled by section.
    cells
        The same tiled by section and commune, with ``weight``; equal to ``section_cells``
        when the project has no communes.
    """

    axes: Sequence[Axis]
    sections: pd.DataFrame
    right_of_way: gpd.GeoDataFrame
    section_cells: gpd.GeoDataFrame
    cells: gpd.GeoDataFrame


def make_axes(inputs: Inputs) -> list[Axis]:
    """Return the project's axes, none when it has no alignments."""
    lines = inputs.get("alignments")
    return [] if lines is None or lines.empty else alignment.make_axes(lines)


def lay_ground(inputs: Inputs) -> Ground | None:
    """Return the ground of a project, or None when it has no right of way at all.

    Raises
    ------
    DataError
        When the right of way is empty.
    """
    axes = make_axes(inputs)
    strip = _right_of_way(inputs, axes)
    if strip is None:
        return None
    if strip.empty:
        raise DataError(
            "The right of way is empty.", remedy="Give its polygons, or [corridor] widths."
        )
    sections = alignment.make_sections(axes, table=inputs.get("sections"))
    section_cells = corridor.split_sections(strip, axes, sections)
    shapes = inputs.get("communes")
    cells = section_cells
    if shapes is not None and not shapes.empty:
        cells = communes.split_by_commune(section_cells, shapes)
    return Ground(axes, sections, strip, section_cells, cells)


def require_ground(inputs: Inputs) -> Ground:
    """Return the ground of a project that must have one.

    Raises
    ------
    ProjectError
        When there is neither a right_of_way layer nor [corridor] with alignments.
    """
    ground = lay_ground(inputs)
    if ground is None:
        raise ProjectError(
            f"{inputs.project.root / 'geotool.toml'}: the project has no right of way.",
            remedy="Add a right_of_way layer, or alignments and a table [corridor].",
        )
    return ground


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


def _right_of_way(inputs: Inputs, axes: Sequence[Axis]) -> gpd.GeoDataFrame | None:
    drawn = inputs.get("right_of_way")
    if drawn is not None:
        return drawn
    widths = inputs.project.corridor
    if widths is None or not axes:
        return None
    lines = inputs.require("alignments", "the corridor")
    return corridor.make_corridor(axes, left_m=widths.left_m, right_m=widths.right_m, crs=lines.crs)
