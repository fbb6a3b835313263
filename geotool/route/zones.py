"""Lines of equal distance between parts of axes, from places that stand for the parts.

Between two stretches of axis the nearest changes along a curve. It is drawn here as the edges
of the Voronoi cells of places set along the axes; across a cut the two places beside it are set
symmetrically, so that near the axis the line is the cut itself.
"""

import itertools
import math
from collections.abc import Sequence

import numpy as np
import shapely
from shapely import MultiPoint
from shapely.geometry.base import BaseGeometry

from geotool.route.locate import Floats, Indices, Locator, Shapes

_FAR = 20  # frame of helping points, in sizes of the scene, so that every true cell is closed
_FRAME_POINTS = 8
_MOST_PLACES = 20_000


def zone_boundaries(
    locator: Locator, cuts: Sequence[Floats], polygon: BaseGeometry, *, step: float
) -> Shapes:
    """Return lines between the parts of the plane nearest to each part of the axes.

    Parameters
    ----------
    locator
        The axes.
    cuts
        For every axis the chainages in metres, ascending, that divide it into parts.
    polygon
        The lines reach beyond this polygon.
    step
        Distance in units of the CRS between the places that stand for an axis.
    """
    places: list[Floats] = []
    groups: list[Indices] = []
    count = 0
    for axis, chainage_m in zip(locator.axes, cuts, strict=True):
        length = float(axis.line.length)
        spacing = max(min(step, length / 4), length / _MOST_PLACES)
        at_cuts = (chainage_m - axis.start_chainage_m) / axis.metres_per_unit
        along, group = _stations(length, at_cuts, spacing)
        places.append(shapely.get_coordinates(shapely.line_interpolate_point(axis.line, along)))
        groups.append(group + count)
        count += len(chainage_m) + 1
    xy, first = np.unique(np.concatenate(places), axis=0, return_index=True)
    cells = _cells(xy, polygon)
    group = np.concatenate(groups)[first]
    zones = [shapely.coverage_union_all(cells[group == number]) for number in range(count)]
    return np.array([zone.boundary for zone in zones if not zone.is_empty], dtype=object)


def _stations(length: float, cuts: Floats, spacing: float) -> tuple[Floats, Indices]:
    """Return lengths along one axis, set symmetrically about its cuts, and the part of each."""
    edges = np.concatenate([[0.0], cuts, [length]])
    beside = np.minimum(spacing / 2, np.diff(edges).min() / 4)
    along: list[Floats] = []
    group: list[Indices] = []
    for number, (low, high) in enumerate(itertools.pairwise(edges)):
        first, last = low + beside, high - beside
        steps = math.ceil((last - first) / spacing) + 1
        along.append(np.linspace(first, last, max(steps, 2)))
        group.append(np.full(len(along[-1]), number, dtype=np.intp))
    return np.concatenate(along), np.concatenate(group)


def _cells(xy: Floats, polygon: BaseGeometry) -> Shapes:
    """Return the Voronoi cells of places, in their order, closed far outside the scene."""
    corners = np.concatenate([xy, shapely.get_coordinates(shapely.envelope(polygon))])
    middle = (corners.min(axis=0) + corners.max(axis=0)) / 2
    size = float(np.hypot(*(corners.max(axis=0) - corners.min(axis=0))))
    angle = np.arange(_FRAME_POINTS) * (2 * math.pi / _FRAME_POINTS)
    frame = np.column_stack([np.cos(angle), np.sin(angle)]) * size * _FAR
    sites = MultiPoint(np.concatenate([xy - middle, frame]))
    cells = shapely.get_parts(shapely.voronoi_polygons(sites, ordered=True))[: len(xy)]
    moved: Shapes = shapely.transform(cells, lambda coords: coords + middle)
    return moved
