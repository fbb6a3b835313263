"""Polygons divided across an axis, at measures, and along it, into its two sides.

A polygon is divided by noding its boundary with the cutting lines once and taking the faces
of that one arrangement, so the pieces meet in the same vertices: they neither overlap nor
leave a gap. A face belongs to the part of the axis and to the side where a point inside it lies.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geotool.route.axis import Axis
from geotool.route.equidistant import Marks, part_boundaries
from geotool.route.locate import Floats, Indices, Locator, Shapes, make_segments

_EQUAL = 1e-9  # distances that agree to this share are equal
_SHRINKINGS = 60  # of a circle; a handful is usual
_STEPS = 32  # places along an axis that stand for it, over the reach of the polygon
_GRID_ULPS = 8  # steps of floating point in the grid of noding: a power of two keeps it exact
_ULPS = 4096  # coordinates this many steps of floating point apart are one place (1e-6 m here)


@dataclass(frozen=True)
class Faces:
    """The pieces of one polygon, as arrays of one length.

    Attributes
    ----------
    geometry
        Disjoint polygons that tile the polygon.
    axis_index
        Position in ``Locator.axes`` of the nearest axis.
    interval
        0 before the first bound of that axis, 1 after it, and so on.
    is_left
        Whether the piece lies on the left of increasing chainage.
    """

    geometry: Shapes
    axis_index: Indices
    interval: Indices
    is_left: NDArray[np.bool_]


def divide(
    polygon: BaseGeometry,
    locator: Locator,
    bounds: Mapping[str, Sequence[float]],
    *,
    along: bool = False,
) -> Faces:
    """Return the pieces of a polygon cut across its axes, and along them where asked.

    A cut runs square to the axis for as far as its place stays the nearest of all axes. Where
    the polygon reaches farther than that (inside a bend tighter than it is wide, or between
    two axes), the cut goes on along the line of equal distance.

    Parameters
    ----------
    polygon
        A valid polygon or multipolygon in the CRS of the axes.
    locator
        The axes the polygon may belong to; a piece belongs to the nearest.
    bounds
        Measures in metres, ascending, inside the axis, by ``alignment_id``: where to cut.
    along
        Cut along the axes too, carried straight on beyond their ends.
    """
    shapely.prepare(polygon)
    reach = _reach(polygon, locator)
    cuts = [
        _place_cuts(axis, np.array(bounds.get(axis.alignment_id, ()), dtype=float))
        for axis in locator.axes
    ]
    lines: list[BaseGeometry] = []
    loose: list[Marks] = []
    for cut in cuts:
        square, left_over = cut.lines(locator, polygon)
        lines.extend(square)
        loose.append(Marks(cut.measure_m[left_over], cut.point[left_over], cut.tangent[left_over]))
    if len(locator.axes) > 1 or any(len(marks.measure_m) for marks in loose):
        lines.extend(part_boundaries(locator, loose, polygon, step=reach / _STEPS))
    if along:
        lines.extend(_axis_segments(locator, polygon))
    faces = node_faces(polygon, np.array(lines, dtype=object))
    inner = shapely.get_coordinates(shapely.point_on_surface(faces))
    places = locator.locate(inner)
    interval = np.zeros(len(faces), dtype=np.intp)
    for index, cut in enumerate(cuts):
        own = places.axis_index == index
        interval[own] = cut.intervals(inner[own], places.measure_m[own])
    return Faces(faces, places.axis_index, interval, places.lateral_m > 0)


def node_faces(polygon: BaseGeometry, lines: Shapes) -> Shapes:
    """Return the faces into which lines divide a polygon; they tile it without overlap.

    Noding is by snap rounding to a grid of nanometres: lines that all but coincide, such as an
    axis and the edge of a strip of width 0, would otherwise break the faces.

    Parameters
    ----------
    polygon
        A valid polygon or multipolygon.
    lines
        Lines in the same CRS; parts outside the polygon or ending inside it are ignored.
    """
    if len(lines):
        shapely.prepare(polygon)
        lines = lines[shapely.intersects(polygon, lines)]
    if not len(lines):
        return shapely.get_parts(polygon)
    grid = _GRID_ULPS * float(np.spacing(np.abs(polygon.bounds).max()))
    noded = shapely.union_all(np.concatenate([[polygon.boundary], lines]), grid_size=grid)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    inside = shapely.contains(polygon, shapely.point_on_surface(faces))
    return faces[inside]


def join_faces(faces: Shapes) -> BaseGeometry:
    """Return the area covered by pieces of one arrangement, their common edges dissolved."""
    return faces[0] if len(faces) == 1 else shapely.coverage_union_all(faces)


def polygon_parts(shape: BaseGeometry) -> BaseGeometry:
    """Return the polygons of a shape, without the points and lines an overlay may leave."""
    parts = shapely.get_parts(shapely.get_parts(shape))
    parts = parts[(shapely.get_dimensions(parts) == 2) & (shapely.area(parts) > 0)]
    joined: BaseGeometry = parts[0] if len(parts) == 1 else shapely.multipolygons(parts)
    return joined


@dataclass(frozen=True)
class _Cuts:
    """Cuts across one axis: measures, the points there and the direction of the axis."""

    measure_m: Floats
    point: Floats
    tangent: Floats
    noise_m: float

    def lines(self, locator: Locator, polygon: BaseGeometry) -> tuple[Shapes, NDArray[np.intp]]:
        """Return lines square to the axis, and the positions of the cuts that need another.

        On each side a line reaches as far as its own place is the nearest of all axes. Where
        that is inside the polygon, a straight line would cut in the wrong place beyond.
        """
        if not len(self.measure_m):
            return np.empty(0, dtype=object), np.zeros(0, dtype=np.intp)
        normal = np.stack([-self.tangent[:, 1], self.tangent[:, 0]], axis=1)
        far = _diagonal(polygon) + shapely.distance(shapely.points(self.point), polygon).max()
        whole = np.stack([self.point - normal * far, self.point + normal * far], axis=1)
        meets = np.flatnonzero(shapely.intersects(polygon, shapely.linestrings(whole)))
        point, normal = self.point[meets], normal[meets]
        left = point + normal * _clear(locator, point, normal, far)
        right = point - normal * _clear(locator, point, -normal, far)
        inside = shapely.contains(polygon, shapely.points(np.stack([left, right])))
        loose = np.asarray(inside).any(axis=0)
        lines = shapely.linestrings(np.stack([right, point, left], axis=1)[~loose])
        return np.asarray(lines, dtype=object), meets[loose]

    def intervals(self, xy: Floats, measure_m: Floats) -> Indices:
        """Return between which cuts points lie: 0 before the first.

        Outside a corner many points share the measure of its vertex; where a cut goes
        through that vertex they are told apart by the cut itself.
        """
        if not len(self.measure_m):
            return np.zeros(len(xy), dtype=np.intp)
        interval = np.searchsorted(self.measure_m, measure_m, side="right")
        after = np.minimum(interval, len(self.measure_m) - 1)
        before = np.maximum(interval - 1, 0)
        nearer = np.abs(self.measure_m[before] - measure_m) < np.abs(
            self.measure_m[after] - measure_m
        )
        cut = np.where(nearer, before, after)
        ahead = ((xy - self.point[cut]) * self.tangent[cut]).sum(axis=1) >= 0
        at_cut = np.abs(self.measure_m[cut] - measure_m) <= self.noise_m
        return np.where(at_cut, cut + ahead, interval).astype(np.intp)


def _place_cuts(axis: Axis, measure_m: Floats) -> _Cuts:
    """Return the cuts of one axis; a cut at a vertex halves its corner."""
    coords = shapely.get_coordinates(axis.line)
    vector = np.diff(coords, axis=0)
    length = np.hypot(vector[:, 0], vector[:, 1])
    station = np.concatenate([[0.0], np.cumsum(length)])
    noise = _ULPS * float(np.spacing(np.abs(coords).max()))
    wanted = (measure_m - axis.start_measure_m) / axis.metres_per_unit
    segment = np.clip(np.searchsorted(station, wanted, side="right") - 1, 0, len(length) - 1)
    raw = wanted - station[segment]
    raw = np.where(raw <= noise, 0.0, raw)
    raw = np.where(raw >= length[segment] - noise, length[segment], raw)
    direction = vector / length[:, None]
    point = coords[segment] + raw[:, None] * direction[segment]
    point = np.where((raw == length[segment])[:, None], coords[segment + 1], point)
    tangent = Locator([axis]).tangents(segment, raw)
    return _Cuts(measure_m, point, tangent, noise * axis.metres_per_unit)


def _clear(locator: Locator, point: Floats, direction: Floats, far: float) -> Floats:
    """Return how far one may walk from places on an axis before another place is nearer.

    A circle through the place, its centre on the way, shrinks until the axes leave it empty.
    """
    noise = _ULPS * float(np.spacing(np.abs(point).max(initial=1.0)))
    distance = np.full(len(point), far)
    active = np.arange(len(point))
    for _ in range(_SHRINKINGS):
        radius = distance[active]
        foot = locator.locate(point[active] + direction[active] * radius[:, None]).foot
        apart = np.hypot(*(point[active] + direction[active] * radius[:, None] - foot).T)
        closer = apart < radius * (1 - _EQUAL) - noise
        active, chord = active[closer], (foot - point[active])[closer]
        if not len(active):
            break
        height = (chord * direction[active]).sum(axis=1)
        distance[active] = (chord**2).sum(axis=1) / (2 * height)
    return distance[:, None]


def _reach(polygon: BaseGeometry, locator: Locator) -> float:
    """Return how far, in units of the CRS, the vertices of a polygon are from their axis."""
    places = locator.locate(shapely.get_coordinates(polygon))
    return float((places.offset_m / locator.unit[places.axis_index]).max())


def _diagonal(polygon: BaseGeometry) -> float:
    """Return a length greater than any distance inside the polygon."""
    west, south, east, north = polygon.bounds
    return math.hypot(east - west, north - south) * 1.01


def _axis_segments(locator: Locator, polygon: BaseGeometry) -> Shapes:
    """Return the segments of the axes, and rays beyond their ends that leave the polygon."""
    first, last = locator.is_first, locator.is_last
    start, end = locator.start, locator.end
    ends = shapely.points(np.concatenate([start[first], end[last]]))
    reach = _diagonal(polygon) + shapely.distance(ends, polygon).max()
    before = start[first] - locator.along[first] * reach
    after = end[last] + locator.along[last] * reach
    return make_segments(
        np.concatenate([before, start, end[last]]), np.concatenate([start[first], end, after])
    )
