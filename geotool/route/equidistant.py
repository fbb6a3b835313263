"""Lines of equal distance between parts of axes, from places that stand for the parts.

Between two stretches of axis the nearest changes along a curve. It is drawn here as the edges
of the Voronoi cells of places set along the axes; across a cut the two places beside it are set
symmetrically, so that near the axis the line is the cut itself.
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import MultiPoint
from shapely.geometry.base import BaseGeometry

from geotool.route.axis import Axis
from geotool.route.locate import Floats, Indices, Locator, Shapes

_FAR = 20  # frame of helping points, in sizes of the scene, so that every true cell is closed
_FRAME_POINTS = 8
_DENSE_STEPS = 128  # steps on each side of a mark before they grow
_SPARSE = 8  # times longer they are then
_MOST_PLACES = 20_000


@dataclass(frozen=True)
class Marks:
    """Places on one axis that divide it into parts, by measure.

    Attributes
    ----------
    measure_m
        Ascending measures in metres.
    point, tangent
        The points there and the unit direction of the axis, each of shape (n, 2).
    """

    measure_m: Floats
    point: Floats
    tangent: Floats


def part_boundaries(
    locator: Locator, marks: Sequence[Marks], polygon: BaseGeometry, *, step: float
) -> Shapes:
    """Return lines between the parts of the plane nearest to each part of the axes.

    Parameters
    ----------
    locator
        The axes.
    marks
        For every axis the places that divide it into parts.
    polygon
        The lines reach beyond this polygon.
    step
        Distance in units of the CRS between the places that stand for an axis.
    """
    places: list[Floats] = []
    groups: list[Indices] = []
    count = 0
    for axis, own in zip(locator.axes, marks, strict=True):
        xy, group = _stand_ins(axis, own, step, sparse=len(locator.axes) == 1)
        places.append(xy)
        groups.append(group + count)
        count += len(own.measure_m) + 1
    sites, first = np.unique(np.concatenate(places), axis=0, return_index=True)
    cells = _cells(sites, polygon)
    of_site = np.concatenate(groups)[first]
    parts = [shapely.coverage_union_all(cells[of_site == number]) for number in range(count)]
    return np.array([part.boundary for part in parts if not part.is_empty], dtype=object)


def _stand_ins(axis: Axis, marks: Marks, step: float, *, sparse: bool) -> tuple[Floats, Indices]:
    """Return places that stand for one axis, and the part of each.

    Beside a mark they lie on the tangent there, at one distance before and after. Far from all
    marks a single axis needs fewer: there is no line to draw.
    """
    length = float(axis.line.length)
    spacing = max(min(step, length / 4), length / _MOST_PLACES)
    at_marks = (marks.measure_m - axis.start_measure_m) / axis.metres_per_unit
    edges = np.concatenate([[0.0], at_marks, [length]])
    beside = min(spacing / 2, float(np.diff(edges).min()) / 4)
    places = [marks.point - marks.tangent * beside, marks.point + marks.tangent * beside]
    number = np.arange(len(marks.point))
    group = [number, number + 1]
    for part, (low, high) in enumerate(itertools.pairwise(edges)):
        along = _spread(low + beside, high - beside, spacing, sparse=sparse)
        along = along[int(part > 0) : len(along) - int(part < len(number))]
        places.append(_places_at(axis, along))
        group.append(np.full(len(along), part))
    return np.concatenate(places), np.concatenate(group).astype(np.intp)


def _spread(low: float, high: float, step: float, *, sparse: bool) -> Floats:
    """Return lengths from `low` to `high`, both included, in about equal steps.

    When sparse, the steps far from both are longer.
    """
    dense = _DENSE_STEPS * step
    if not sparse or high - low <= 3 * dense:
        return np.linspace(low, high, max(math.ceil((high - low) / step) + 1, 2))
    middle = math.ceil((high - low - 2 * dense) / (_SPARSE * step)) + 1
    return np.concatenate(
        [
            np.linspace(low, low + dense, _DENSE_STEPS, endpoint=False),
            np.linspace(low + dense, high - dense, middle),
            np.linspace(high, high - dense, _DENSE_STEPS, endpoint=False)[::-1],
        ]
    )


def _places_at(axis: Axis, along: Floats) -> Floats:
    """Return the points of an axis at lengths along it."""
    coords = shapely.get_coordinates(axis.line)
    station = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(coords, axis=0).T))])
    columns = [np.interp(along, station, coords[:, 0]), np.interp(along, station, coords[:, 1])]
    return np.stack(columns, axis=1)


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
