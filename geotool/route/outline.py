"""The outline of a strip: a polygon along every segment of an axis, wedges outside its corners.

The strip along a segment reaches from the axis square out to the width there, so it never exceeds
the widths; a wedge inside the circle of the width fills the gap outside a corner. On the inside of
a corner the strips of two segments overlap, each reaching past the bisector into the land of the
other; it does no harm where both have one width, but where the widths change, land would be taken
that is nearer to a narrower place. There the strips end at the bisector instead. What is left alone
is less than half a thousandth of the width: on a large curve drawn in chords it makes up for their
being shorter than the curve.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geotool.route.axis import Axis
from geotool.route.locate import Floats, Indices, Shapes
from geotool.route.stationing import SAME_PLACE_M
from geotool.route.widths import WidthProfile

_WEDGE_STEP = math.pi / 128  # the arc of a wedge is drawn in chords of at most 1.4 degrees
_LAP_M = 0.01  # a wedge overlaps its strips by so much, that rounding leaves no gap
_LEAN = 1e-6  # by so much, in radians, trimmed strips overlap at the bisector: no hairline gaps
_SAME_WIDTH = 1e-3  # as a share: where widths change by less over an overlap, it is left alone

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class _Course:
    """The vertices of an axis, m of them, and the m - 1 segments between them.

    ``xy`` is in units of the CRS, ``along`` and ``across`` (to the left) are such units a metre
    of the segment; ``length`` and ``at`` (of the vertices, from the first) are in metres; ``turn``
    is by how many radians the axis turns left at each inner vertex.
    """

    xy: Floats
    along: Floats
    across: Floats
    length: Floats
    at: Floats
    turn: Floats


@dataclass(frozen=True)
class _Side:
    """The widths on one side in metres: at stations, and at the vertices before and after.

    ``sign`` is 1 on the left and -1 on the right.
    """

    sign: int
    at: Floats
    width: Floats
    before: Floats
    after: Floats


@dataclass(frozen=True)
class _Edge:
    """The outer edge on one side: segments, metres along each, and metres across, in order."""

    segment: Indices
    place: Floats
    reach: Floats


def draw_strip(line: BaseGeometry, left: float, right: float) -> BaseGeometry:
    """Return the strip of constant widths along one line, always valid.

    Parameters
    ----------
    line
        A line without repeated vertices.
    left, right
        Widths in the units of the line, not negative.
    """
    ends = np.array([0.0, line.length])
    widths = WidthProfile(ends, np.full(2, float(left)), np.full(2, float(right)))
    return _draw(line, widths, 1.0)


def draw_tapered_strip(axis: Axis, profile: WidthProfile) -> BaseGeometry:
    """Return the strip of changing widths along one axis, always valid.

    Every point of it has a place on the axis that is no farther than the width there on its
    side; every point within the width at the nearest place of the axis is in it, but for the
    arcs outside corners, which are drawn in chords. The ends are square to the axis.

    Parameters
    ----------
    axis
        The axis; its line has no repeated vertices.
    profile
        Its widths, not negative; where both are 0 there is no strip.

    Returns
    -------
    Polygon or MultiPolygon
        In the CRS of the axis; of several parts only where both widths fall to 0 in between.
    """
    from_start = replace(profile, measures=profile.measures - axis.start_measure_m)
    return _draw(axis.line, from_start, axis.metres_per_unit)


def _draw(line: BaseGeometry, profile: WidthProfile, unit: float) -> BaseGeometry:
    """Return the strip along a line in units of so many metres, measured from its start."""
    course = _straightened(shapely.get_coordinates(line), unit)
    at = _settled(profile.measures, course.at)
    profile = replace(profile, measures=at)
    nothing = np.intersect1d(at[profile.left_m == 0], at[profile.right_m == 0])
    course = _with_vertices(course, nothing, unit)
    before, after = profile.widths_at(course.at, before=True), profile.widths_at(course.at)
    left = _Side(1, at, profile.left_m, before[0], after[0])
    right = _Side(-1, at, profile.right_m, before[1], after[1])
    strips = _strips(course, left, right)
    return shapely.union_all(
        np.concatenate([strips, _wedges(course, left), _wedges(course, right)])
    )


def _straightened(xy: Floats, unit: float) -> _Course:
    """Return the course through vertices, those left out that rounding keeps off a straight line.

    Two strips whose edges all but coincide cannot be united exactly.
    """
    steps = np.diff(xy, axis=0)
    at = np.concatenate([[0.0], np.cumsum(np.hypot(steps[:, 0], steps[:, 1]) * unit)])
    line = shapely.LineString(np.column_stack([xy, at]))
    kept = shapely.simplify(line, SAME_PLACE_M / unit, preserve_topology=False)
    vertices = shapely.get_coordinates(kept, include_z=True)
    return _course(vertices[:, :2], vertices[:, 2], unit)


def _course(xy: Floats, at: Floats, unit: float) -> _Course:
    """Return the course through vertices at places in metres, in units of so many metres."""
    vector = np.diff(xy, axis=0)
    size = np.hypot(vector[:, 0], vector[:, 1])
    direction = vector / size[:, None]
    across = np.stack([-direction[:, 1], direction[:, 0]], axis=1)
    one, next_one = direction[:-1], direction[1:]
    turn = np.arctan2((across[:-1] * next_one).sum(axis=1), (one * next_one).sum(axis=1))
    return _Course(xy, direction / unit, across / unit, size * unit, at, turn)


def _settled(stations: Floats, vertices: Floats) -> Floats:
    """Return the stations, those that rounding keeps from being at a vertex moved onto it."""
    after = np.clip(np.searchsorted(vertices, stations), 1, len(vertices) - 1)
    closer = stations - vertices[after - 1] < vertices[after] - stations
    nearest = vertices[np.where(closer, after - 1, after)]
    return np.where(np.abs(stations - nearest) <= SAME_PLACE_M, nearest, stations)


def _with_vertices(course: _Course, places: Floats, unit: float) -> _Course:
    """Return the course with more vertices at places in metres from its start."""
    places = np.setdiff1d(places, course.at)
    places = places[(places > 0) & (places < course.at[-1])]
    if not len(places):
        return course
    segment = np.searchsorted(course.at, places, side="right") - 1
    xy = course.xy[segment] + course.along[segment] * (places - course.at[segment])[:, None]
    vertices = np.insert(course.xy, segment + 1, xy, axis=0)
    return _course(vertices, np.sort(np.concatenate([course.at, places])), unit)


def _strips(course: _Course, left: _Side, right: _Side) -> Shapes:
    """Return one polygon a segment, from the outer edge on the left to that on the right."""
    edges = [_trimmed(course, side, _edge(course, side)) for side in (left, right)]
    rings = [
        _points(course, edge, side.sign) for edge, side in zip(edges, (left, right), strict=True)
    ]
    segment = np.concatenate([edges[0].segment, edges[1].segment[::-1]])
    return _polygons(np.concatenate([rings[0], rings[1][::-1]]), segment)


def _polygons(points: Floats, index: Indices) -> Shapes:
    """Return the polygons through the points of each index, those without an area left out."""
    order = np.argsort(index, kind="stable")
    rings = shapely.linearrings(points[order], indices=index[order])
    polygons = np.asarray(shapely.polygons(rings), dtype=object)
    return polygons[shapely.area(polygons) > 0]


def _edge(course: _Course, side: _Side) -> _Edge:
    """Return the outer edge on one side as its widths say."""
    count = len(course.length)
    of_station = np.searchsorted(course.at, side.at, side="right") - 1
    inner = (of_station >= 0) & (of_station < count)
    inner[inner] = course.at[of_station[inner]] < side.at[inner]
    within = of_station[inner]
    segment = np.concatenate([np.arange(count), within, np.arange(count)])
    place = np.minimum(side.at[inner] - course.at[within], course.length[within])
    place = np.concatenate([np.zeros(count), place, course.length])
    reach = np.concatenate([side.after[:-1], side.width[inner], side.before[1:]])
    order = np.argsort(segment, kind="stable")
    return _Edge(segment[order], place[order], reach[order])


def _trimmed(course: _Course, side: _Side, edge: _Edge) -> _Edge:
    """Return an outer edge that ends at the bisector inside corners where the widths change.

    A strip is trimmed only where the segment beyond the corner is long enough for the land cut
    off to be nearer to that one: as long as the overlap, or as the segment of the strip itself.
    """
    turn = course.turn * side.sign
    half = np.tan(np.clip(turn, 0.0, math.pi / 2) / 2)
    slope = 1 / np.tan(np.maximum(turn / 2 - _LEAN, _LEAN))
    corner = np.flatnonzero((turn > 4 * _LEAN) & (turn <= math.pi / 2))
    corner = corner[_is_changing(course, side, half)[corner]]
    widest = np.zeros(len(course.length))
    np.maximum.at(widest, edge.segment, edge.reach)
    for own, other, from_start in ((corner + 1, corner, True), (corner, corner + 1, False)):
        enough = np.minimum(widest[own] * half[corner], course.length[own])
        safe = course.length[other] >= enough
        limit = np.full(len(course.length), np.inf)
        limit[own[safe]] = slope[corner[safe]]
        edge = _cut(course, edge, limit, from_start=from_start)
    return edge


def _is_changing(course: _Course, side: _Side, half: Floats) -> Flags:
    """Return at which inner vertices the widths change as far as two strips overlap."""
    width = np.maximum(side.before, side.after)[1:-1]
    middle, overlap = course.at[1:-1], 2 * width * half
    near = [np.interp(middle + way, side.at, side.width) for way in (-overlap, overlap)]
    found: Flags = np.abs(near[1] - near[0]) > _SAME_WIDTH * width
    return found


def _cut(course: _Course, edge: _Edge, limit: Floats, *, from_start: bool) -> _Edge:
    """Return an edge cut by a ray from the start or end of its segments, `limit` high a metre."""
    segment = edge.segment
    cut = np.isfinite(limit[segment])
    if not cut.any():
        return edge
    away = edge.place if from_start else course.length[segment] - edge.place
    room = np.full(len(segment), np.inf)
    room[cut] = limit[segment[cut]] * away[cut]
    over = np.where(cut, edge.reach - room, 0.0)
    crossed = np.flatnonzero((over[:-1] * over[1:] < 0) & (segment[:-1] == segment[1:]))
    share = over[crossed] / (over[crossed] - over[crossed + 1])
    between = (
        values[crossed] + share * np.diff(values)[crossed] for values in (edge.place, edge.reach)
    )
    known = (edge.place, np.minimum(edge.reach, room))
    place, reach = (
        np.insert(values, crossed + 1, more) for values, more in zip(known, between, strict=True)
    )
    return _Edge(np.insert(segment, crossed + 1, segment[crossed]), place, reach)


def _points(course: _Course, edge: _Edge, sign: int) -> Floats:
    """Return the points of an outer edge in the CRS."""
    segment = edge.segment
    foot = course.xy[segment] + course.along[segment] * edge.place[:, None]
    at_end = edge.place == course.length[segment]
    foot[at_end] = course.xy[segment[at_end] + 1]
    points: Floats = foot + course.across[segment] * (sign * edge.reach)[:, None]
    return points


def _wedges(course: _Course, side: _Side) -> Shapes:
    """Return the wedges that fill one side between the strips at its outer corners.

    At a step the width before it holds up to the bisector, that after it beyond.
    """
    before, after = side.before[1:-1], side.after[1:-1]
    outside = course.turn * side.sign < 0
    corner = np.flatnonzero(outside & (np.maximum(before, after) > 0))
    before, after, turn = before[corner], after[corner], course.turn[corner]
    step = before != after
    chords = np.maximum(np.ceil(np.abs(turn) / np.where(step, 2, 1) / _WEDGE_STEP), 1).astype(int)
    chords[step] *= 2
    rays = chords + 1 + step
    wedge = np.repeat(np.arange(len(corner)), rays)
    number = np.arange(len(wedge)) - (np.cumsum(rays) - rays)[wedge]
    beyond = step[wedge] & (number > chords[wedge] // 2)
    number = number - beyond
    ray = _turned(course.across[corner][wedge], turn[wedge] * number / chords[wedge])
    at_end = number == chords[wedge]
    ray[at_end] = course.across[corner + 1][wedge[at_end]]
    reach = side.sign * np.where(beyond, after[wedge], before[wedge])
    arc = course.xy[corner + 1][wedge] + ray * reach[:, None]
    each = np.arange(len(corner))
    into = _laps(course, side, corner)
    points = np.concatenate([course.xy[corner + 1], into[0], arc, into[1]])
    return _polygons(points, np.concatenate([each, each, wedge, each]))


def _laps(course: _Course, side: _Side, corner: Indices) -> tuple[Floats, Floats]:
    """Return points a little inside the strips before and after corners, half their width out."""
    edge = _edge(course, side)
    first = np.searchsorted(edge.segment, np.arange(len(course.length)))
    last = np.concatenate([first[1:], [len(edge.segment)]]) - 1
    clear = (course.length - edge.place[last - 1], edge.place[first + 1])
    reach = (side.before[corner + 1], side.after[corner + 1])
    laps = []
    for number, way in ((0, -1), (1, 1)):
        segment = corner + number
        lap = np.minimum(_LAP_M, clear[number][segment] / 2) * (reach[number] > 0)
        out = side.sign * reach[number] / 2
        laps.append(
            course.xy[corner + 1]
            + course.along[segment] * (way * lap)[:, None]
            + course.across[segment] * out[:, None]
        )
    return laps[0], laps[1]


def _turned(vectors: Floats, angle: Floats) -> Floats:
    """Return vectors turned left by angles in radians."""
    cosine, sine = np.cos(angle), np.sin(angle)
    x, y = vectors[:, 0], vectors[:, 1]
    return np.stack([cosine * x - sine * y, sine * x + cosine * y], axis=1)
