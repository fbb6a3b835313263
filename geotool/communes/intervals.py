"""Stretches of one line as intervals of length along it, so that their sums are exact.

Intersecting lines again and again loses stretches: a place where a line was cut is rounded, and
two pieces that should lie on each other no longer do. Numbers along the line do not have that.
"""

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, MultiLineString
from shapely.geometry.base import BaseGeometry

from geotool.route.locate import make_segments

Intervals = NDArray[np.float64]  # shape (n, 2): ascending and disjoint, from and to
_NONE = np.empty((0, 2))

_ULPS = 64  # places fewer than this many steps of floating point apart are one place


class MeasuredLine:
    """A line or multi-line whose places are numbers: the length walked from its start.

    Parameters
    ----------
    line
        The line; parts follow each other in their order.
    """

    def __init__(self, line: BaseGeometry) -> None:
        coords, part = shapely.get_coordinates(shapely.get_parts(line), return_index=True)
        same = part[1:] == part[:-1]
        self.start, self.end, self.part = coords[:-1][same], coords[1:][same], part[1:][same]
        vector = self.end - self.start
        length = np.hypot(vector[:, 0], vector[:, 1])
        keep = length > 0
        self.start, self.end, self.part = self.start[keep], self.end[keep], self.part[keep]
        self.length = length[keep]
        self.station = np.concatenate([[0.0], np.cumsum(self.length)])
        self.segments = make_segments(self.start, self.end)
        self.noise = _ULPS * float(np.spacing(np.abs(coords).max()))

    def whole(self) -> Intervals:
        """Return the whole line as intervals."""
        return np.array([[0.0, self.station[-1]]])

    def inside(self, area: BaseGeometry) -> Intervals:
        """Return the stretches inside an area or along its boundary."""
        shapely.prepare(area)
        touched = shapely.intersects(area, self.segments)
        covered = touched & shapely.covers(area, self.segments)
        crossing = np.flatnonzero(touched & ~covered)
        full = np.flatnonzero(covered)
        cut, row = shapely.get_parts(
            shapely.intersection(self.segments[crossing], area), return_index=True
        )
        lines = shapely.get_type_id(cut) == shapely.GeometryType.LINESTRING
        cut, segment = cut[lines], crossing[row[lines]]
        counts = shapely.get_num_coordinates(cut)
        coords, after = shapely.get_coordinates(cut), np.cumsum(counts)
        low = self._walked(coords[after - counts], segment)
        high = self._walked(coords[after - 1], segment)
        stretches = np.concatenate(
            [
                np.stack([self.station[full], self.station[full + 1]], axis=1),
                np.stack([np.minimum(low, high), np.maximum(low, high)], axis=1),
            ]
        )
        return union(stretches, noise=self.noise)

    def cut_out(self, intervals: Intervals) -> BaseGeometry:
        """Return the part of the line inside intervals, as a line or multi-line."""
        pieces: list[LineString] = []
        for low, high in intervals:
            first = int(np.searchsorted(self.station, low, side="right")) - 1
            last = int(np.searchsorted(self.station, high, side="left")) - 1
            first = min(max(first, 0), len(self.length) - 1)
            chosen = np.arange(first, max(last, first) + 1)
            for part in np.unique(self.part[chosen]):
                own = chosen[self.part[chosen] == part]
                pieces.append(self._piece(own, float(low), float(high)))
        return pieces[0] if len(pieces) == 1 else MultiLineString(pieces)

    def _walked(self, xy: NDArray[np.float64], segment: NDArray[np.intp]) -> NDArray[np.float64]:
        """Return the length walked to places on the segments given."""
        vector = self.end[segment] - self.start[segment]
        along = ((xy - self.start[segment]) * vector).sum(axis=1) / self.length[segment]
        along = np.where(along <= self.noise, 0.0, along)
        place = self.station[segment] + along
        after = self.station[segment + 1]
        return np.where(along >= self.length[segment] - self.noise, after, place)

    def _piece(self, own: NDArray[np.intp], low: float, high: float) -> LineString:
        """Return one stretch within consecutive segments of one part."""
        first, last = int(own[0]), int(own[-1])
        coords = [
            self._place(first, max(low, self.station[first])),
            *self.end[own[:-1]],
            self._place(last, min(high, self.station[last + 1])),
        ]
        return LineString(np.array(coords))

    def _place(self, segment: int, walked: float) -> NDArray[np.float64]:
        """Return the coordinates of a place on a segment; its own vertices unchanged."""
        if walked >= self.station[segment + 1]:
            share = 1.0
        else:
            share = max(walked - self.station[segment], 0.0) / self.length[segment]
        place: NDArray[np.float64] = (1.0 - share) * self.start[segment] + share * self.end[segment]
        return place


def union(intervals: Intervals, *, noise: float = 0.0) -> Intervals:
    """Return the union of intervals; those closer than `noise` become one."""
    merged: list[list[float]] = []
    for low, high in intervals[np.lexsort((intervals[:, 1], intervals[:, 0]))].tolist():
        if merged and low <= merged[-1][1] + noise:
            merged[-1][1] = max(merged[-1][1], high)
        elif high - low > noise:
            merged.append([low, high])
    return np.array(merged) if merged else _NONE


def intersect(first: Intervals, second: Intervals) -> Intervals:
    """Return what two sets of intervals share, without single places."""
    found = [
        (max(a, c), min(b, d))
        for a, b in first.tolist()
        for c, d in second.tolist()
        if min(b, d) > max(a, c)
    ]
    return np.array(sorted(found)) if found else _NONE


def subtract(first: Intervals, second: Intervals) -> Intervals:
    """Return what the first set of intervals does not share with the second."""
    found: list[tuple[float, float]] = []
    for low, high in first.tolist():
        reached = low
        for start, end in second.tolist():
            if start < high and end > low:
                if start > reached:
                    found.append((reached, start))
                reached = max(reached, end)
        if reached < high:
            found.append((reached, high))
    return np.array(found) if found else _NONE


def settle(sets: Sequence[Intervals], ends: tuple[float, float], noise: float) -> list[Intervals]:
    """Return sets of intervals whose places closer than `noise` have become one place.

    Neighbours cut a line at one place of their common boundary, computed twice; without this
    a shared or missing stretch as long as a rounding error would lie between them.
    """
    places = np.unique(np.concatenate([np.array(ends), *[one.ravel() for one in sets]]))
    group = np.concatenate([[0], np.cumsum(np.diff(places) > noise)])
    _, first = np.unique(group, return_index=True)
    kept = places[first]
    kept[-1] = ends[1]
    settled = []
    for one in sets:
        moved = kept[group[np.searchsorted(places, one.ravel())]].reshape(-1, 2)
        settled.append(union(moved[moved[:, 1] > moved[:, 0]]))
    return settled
