"""Curves of a DXF drawing as chords that are never farther from them than a stated distance.

A curve of radius r needs chords of at most sqrt(8 s / r) radians to stay within s of it; the
same holds for an ellipse with its long half-axis for r and its parameter for the angle.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
import shapely

Point = tuple[float, float, float]
Flat = tuple[float, float]

_FULL = 2 * math.pi


class NoExtentError(ValueError):
    """An object has no length and no area, so nothing is lost without it."""


@dataclass(frozen=True)
class Chords:
    """How far a chord may be from its curve, in drawing units, and how many a curve may have."""

    sagitta: float
    limit: int

    def count(self, radius: float, angle: float) -> int:
        """Return how many chords an arc needs.

        Raises
        ------
        ValueError
            When it needs more than the limit.
        """
        if radius <= 0 or angle == 0:
            return 1
        count = math.ceil(abs(angle) / math.sqrt(8 * self.sagitta / radius))
        if count > self.limit:
            raise ValueError(f"a curve of radius {radius:g} is no boundary")
        return max(count, 4 if abs(angle) >= _FULL else 1)

    def first(self, points: Iterable[Point]) -> list[Point]:
        """Return the points of a curve.

        Raises
        ------
        ValueError
            When there are more than the limit.
        """
        found = list(islice(points, self.limit + 1))
        if len(found) > self.limit:
            raise ValueError("a curve has too many bends to be a boundary")
        return found


def flatten_arc(
    centre: Flat, radius: float, start: float, end: float, chords: Chords
) -> list[Flat]:
    """Return an arc counter-clockwise from ``start`` to ``end`` (radians); equal ends: a circle."""
    angle = (end - start) % _FULL or _FULL
    steps = chords.count(radius, angle)
    points = [
        (
            centre[0] + radius * math.cos(start + angle * step / steps),
            centre[1] + radius * math.sin(start + angle * step / steps),
        )
        for step in range(steps + 1)
    ]
    if math.isclose(angle, _FULL):
        points[-1] = points[0]
    return points


def flatten_ellipse(
    centre: Point, major: Point, minor: Point, params: Flat, chords: Chords
) -> list[Point]:
    """Return an ellipse counter-clockwise between two parameters (radians); equal: all of it."""
    angle = (params[1] - params[0]) % _FULL or _FULL
    longest = max(math.dist(major, (0, 0, 0)), math.dist(minor, (0, 0, 0)))
    steps = chords.count(longest, angle)
    turn = params[0] + angle * np.arange(steps + 1)[:, None] / steps
    found = np.asarray(centre) + np.cos(turn) * np.asarray(major) + np.sin(turn) * np.asarray(minor)
    if math.isclose(angle, _FULL):
        found[-1] = found[0]
    return [(float(x), float(y), float(z)) for x, y, z in found]


def flatten_bulges(
    points: Sequence[tuple[float, float, float]], closed: bool, chords: Chords
) -> list[Flat]:
    """Return a polyline of (x, y, bulge), a bulge being the tangent of a quarter of its angle.

    A closed one ends where it began.
    """
    if not points:
        return []
    ends = [*points[1:], points[0]] if closed else list(points[1:])
    found: list[Flat] = [(points[0][0], points[0][1])]
    for (x, y, bulge), (end_x, end_y, _) in zip(points, ends, strict=False):
        if bulge:
            found += _inner_points((x, y), (end_x, end_y), bulge, chords)
        if (end_x, end_y) != found[-1]:
            found.append((end_x, end_y))
    return found


def _inner_points(start: Flat, end: Flat, bulge: float, chords: Chords) -> list[Flat]:
    """Return the points of an arc between its ends, which are left out."""
    width, height = end[0] - start[0], end[1] - start[1]
    chord = math.hypot(width, height)
    angle = 4 * math.atan(bulge)
    steps = chords.count(chord * (1 + bulge * bulge) / (4 * abs(bulge)), angle)
    if chord == 0 or steps == 1:
        return []
    away = (1 - bulge * bulge) / (4 * bulge)
    centre_x = (start[0] + end[0]) / 2 - away * height
    centre_y = (start[1] + end[1]) / 2 + away * width
    from_x, from_y = start[0] - centre_x, start[1] - centre_y
    points = []
    for step in range(1, steps):
        turn = angle * step / steps
        cos, sin = math.cos(turn), math.sin(turn)
        points.append(
            (centre_x + from_x * cos - from_y * sin, centre_y + from_x * sin + from_y * cos)
        )
    return points


def join_edges(edges: Sequence[Sequence[Flat]]) -> list[Flat]:
    """Return one ring of the edges of a boundary, each turned so that it goes on from the last."""
    ring: list[Flat] = []
    for number, edge in enumerate(edges):
        points = list(edge)
        if not points:
            continue
        if ring:
            if math.dist(ring[-1], points[0]) > math.dist(ring[-1], points[-1]):
                points.reverse()
            ring += points[1:] if points[0] == ring[-1] else points
            continue
        following = edges[number + 1] if number + 1 < len(edges) else ()
        if following and _is_turned(points, following):
            points.reverse()
        ring = points
    return ring


def _is_turned(points: Sequence[Flat], following: Sequence[Flat]) -> bool:
    """Return whether an edge's beginning, not its end, meets the edge that follows."""
    ends = (following[0], following[-1])
    return min(math.dist(points[0], end) for end in ends) < min(
        math.dist(points[-1], end) for end in ends
    )


def nest_rings(rings: Sequence[Sequence[Flat]], style: int) -> shapely.Geometry | None:
    """Return the area that the rings of a hatch enclose, None when there is none.

    Parameters
    ----------
    rings
        Boundaries in any order.
    style
        0: every second ring inward is a hole; 1: only the outermost area is filled; 2: rings
        inside are ignored.
    """
    polygons = _by_area(rings)
    deepest = {1: 1, 2: 0}.get(style, len(polygons))
    depths: list[int] = []
    holes: dict[int, list[shapely.LinearRing]] = {}
    for number, polygon in enumerate(polygons):
        around = _around(polygon, polygons[:number])
        depths.append(len(around))
        if len(around) > deepest:
            continue
        shells = [i for i in around if i in holes]
        if len(around) % 2 and shells:
            holes[max(shells, key=lambda i: (depths[i], i))].append(polygon.exterior)
        else:
            holes[number] = []
    areas = [shapely.Polygon(polygons[shell].exterior, inner) for shell, inner in holes.items()]
    if len(areas) == 1:
        return areas[0]
    return shapely.MultiPolygon(areas) if areas else None


def _by_area(rings: Sequence[Sequence[Flat]]) -> list[shapely.Polygon]:
    drawn = [shapely.Polygon(ring) for ring in rings if len(set(ring)) >= 3]
    return sorted((p for p in drawn if p.area > 0), key=lambda p: -p.area)


def _around(polygon: shapely.Polygon, larger: Sequence[shapely.Polygon]) -> list[int]:
    """Return which of the larger polygons a polygon lies in."""
    inside = polygon.representative_point() if polygon.is_valid else polygon.centroid
    return [i for i, other in enumerate(larger) if other.intersects(inside)]
