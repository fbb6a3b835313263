"""Sketched axes of samples: smoothed, brought to a stated length, and places measured from them.

Only additions, multiplications, divisions and square roots are used after the projection, and
sketches are rounded to the centimetre first: the same sample has the same coordinates everywhere.
"""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from shapely import LineString, Polygon

from geotool import crs

XY = tuple[float, float]


def project_sketch(sketch: Sequence[Sequence[float]], target: str) -> list[XY]:
    """Return hand-sketched longitude, latitude pairs in a CRS, rounded to the centimetre."""
    forward = crs.transformer(crs.resolve("EPSG:4326"), crs.resolve(target))
    x, y = forward([float(point[0]) for point in sketch], [float(point[1]) for point in sketch])
    return [(round(float(a), 2), round(float(b), 2)) for a, b in zip(x, y, strict=True)]


def distance(a: XY, b: XY) -> float:
    """Return the planar distance of two places, in CRS units."""
    return math.sqrt((b[0] - a[0]) * (b[0] - a[0]) + (b[1] - a[1]) * (b[1] - a[1]))


def path_length(points: Sequence[XY]) -> float:
    """Return the length of a polyline, in CRS units."""
    return math.fsum(distance(a, b) for a, b in pairwise(points))


def smooth(points: Sequence[XY], rounds: int) -> list[XY]:
    """Return a polyline with its corners cut ``rounds`` times (Chaikin); ends stay."""
    line = list(points)
    for _ in range(rounds):
        cut = [line[0]]
        for a, b in pairwise(line):
            cut.append((0.75 * a[0] + 0.25 * b[0], 0.75 * a[1] + 0.25 * b[1]))
            cut.append((0.25 * a[0] + 0.75 * b[0], 0.25 * a[1] + 0.75 * b[1]))
        line = [*cut, line[-1]]
    return [(round(x, 2), round(y, 2)) for x, y in line]


def fit_length(points: Sequence[XY], length: float) -> list[XY]:
    """Return a polyline cut, or its last piece prolonged, to exactly ``length`` CRS units."""
    fitted, rest = [points[0]], length
    for place, (a, b) in enumerate(pairwise(points), start=2):
        step = distance(a, b)
        if step >= rest or place == len(points):
            share = rest / step
            fitted.append((a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])))
            break
        fitted.append(b)
        rest -= step
    return fitted


@dataclass(frozen=True)
class SketchAxis:
    """A polyline with places named by the distance along it and the offset from it.

    Parameters
    ----------
    alignment_id
        Key of the alignment.
    points
        Vertices in CRS units.
    stops
        Distance along the line at each vertex.
    normals
        Unit vectors to the right of the direction of drawing, one a vertex.
    """

    alignment_id: str
    points: tuple[XY, ...]
    stops: tuple[float, ...]
    normals: tuple[XY, ...]

    @property
    def length(self) -> float:
        """Length in CRS units."""
        return self.stops[-1]

    @property
    def line(self) -> LineString:
        """The axis as a shape."""
        return LineString(self.points)

    def locate(self, along: float, offset: float) -> XY:
        """Return the place ``offset`` right of the axis (left when negative), to the millimetre.

        Before the start and past the end the axis is prolonged straight.
        """
        piece = min(max(bisect_right(self.stops, along) - 1, 0), len(self.points) - 2)
        (ax, ay), (bx, by) = self.points[piece], self.points[piece + 1]
        share = (along - self.stops[piece]) / (self.stops[piece + 1] - self.stops[piece])
        turn = min(max(share, 0.0), 1.0)
        (nx, ny), (mx, my) = self.normals[piece], self.normals[piece + 1]
        nx, ny = nx + turn * (mx - nx), ny + turn * (my - ny)
        size = math.sqrt(nx * nx + ny * ny)
        return (
            round(ax + share * (bx - ax) + offset * nx / size, 3),
            round(ay + share * (by - ay) + offset * ny / size, 3),
        )

    def block(self, start: float, end: float, low: float, high: float) -> Polygon:
        """Return the land between two distances and two offsets, following the axis."""
        steps = max(1, int((end - start) // 40))
        stops = [start + (end - start) * step / steps for step in range(steps + 1)]
        ring = [self.locate(stop, low) for stop in stops]
        ring += [self.locate(stop, high) for stop in reversed(stops)]
        return Polygon(ring)

    def crossing(self, along: float, lean: float, reach: float) -> LineString:
        """Return a line over the axis, ``reach`` to each side, leaning ``lean`` along it."""
        shares = (-1.0, -0.4, 0.0, 0.4, 1.0)
        return LineString([self.locate(along + lean * share, reach * share) for share in shares])


def make_axis(alignment_id: str, points: Sequence[XY]) -> SketchAxis:
    """Return the axis of a polyline."""
    stops, directions = [0.0], []
    for a, b in pairwise(points):
        step = distance(a, b)
        stops.append(stops[-1] + step)
        directions.append(((b[1] - a[1]) / step, (a[0] - b[0]) / step))
    normals = []
    for before, after in zip(
        [directions[0], *directions], [*directions, directions[-1]], strict=True
    ):
        sum_x, sum_y = before[0] + after[0], before[1] + after[1]
        size = math.sqrt(sum_x * sum_x + sum_y * sum_y)
        normals.append((sum_x / size, sum_y / size))
    return SketchAxis(alignment_id, tuple(points), tuple(stops), tuple(normals))
