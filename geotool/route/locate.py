"""The nearest place on one or several axes, for many points at once."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geotool.route.axis import Axis
from geotool.units import natural_key

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
Shapes = NDArray[np.object_]


@dataclass(frozen=True)
class Places:
    """The nearest places of n points, as arrays of length n.

    Attributes
    ----------
    axis_index
        Position in ``Locator.axes``.
    foot
        The nearest places themselves, of shape (n, 2).
    measure_m, offset_m
        Measure of the foot and distance to it, in metres.
    lateral_m
        Distance across the axis in metres, positive on the left of increasing chainage.
    beyond_m
        How far the point lies before the first or after the last vertex, measured along the
        axis' end in metres; 0 beside the axis.
    """

    axis_index: Indices
    foot: Floats
    measure_m: Floats
    offset_m: Floats
    lateral_m: Floats
    beyond_m: Floats

    def sides(self, on_axis_m: float) -> NDArray[np.object_]:
        """Return ``left``, ``right`` or ``on``: within `on_axis_m` of the axis or its extension."""
        across = np.abs(self.lateral_m)
        on = (self.offset_m <= on_axis_m) | (across == 0)
        on |= (self.beyond_m > 0) & (across <= on_axis_m)
        sides = np.where(self.lateral_m > 0, "left", "right").astype(object)
        sides[on] = "on"
        return sides

    def take(self, rows: Indices) -> "Places":
        """Return the places at the positions given."""
        return Places(
            self.axis_index[rows],
            self.foot[rows],
            self.measure_m[rows],
            self.offset_m[rows],
            self.lateral_m[rows],
            self.beyond_m[rows],
        )


class Locator:
    """Finds nearest places on axes through a spatial index of their segments.

    Parameters
    ----------
    axes
        At least one axis; among axes at one distance the first by natural order of
        ``alignment_id`` wins, and on one axis the lowest measure.
    """

    def __init__(self, axes: Sequence[Axis]) -> None:
        self.axes = sorted(axes, key=lambda axis: natural_key(axis.alignment_id))
        coords, line = shapely.get_coordinates([axis.line for axis in self.axes], return_index=True)
        same = line[1:] == line[:-1]
        self.axis_of = line[1:][same]
        self.start, self.end = coords[:-1][same], coords[1:][same]
        vector = self.end - self.start
        self.length = np.hypot(vector[:, 0], vector[:, 1])
        self.along = vector / self.length[:, None]
        changes = np.diff(self.axis_of) != 0
        self.is_first = np.concatenate([[True], changes])
        self.is_last = np.concatenate([changes, [True]])
        first = np.flatnonzero(self.is_first)
        parts = [np.cumsum(part) - part for part in np.split(self.length, first[1:])]
        self.before = np.concatenate(parts)
        self.unit = np.array([axis.metres_per_unit for axis in self.axes])
        self.zero = np.array([axis.start_measure_m for axis in self.axes])
        self.last = np.array([axis.end_measure_m for axis in self.axes])
        self.tree = shapely.STRtree(make_segments(self.start, self.end))

    def locate(self, xy: Floats) -> Places:
        """Return the nearest places of points given as an (n, 2) array."""
        point, segment = self.tree.query_nearest(shapely.points(xy), all_matches=True)
        places = self.on_segments(xy[point], segment)
        order = np.lexsort((places.measure_m, places.axis_index, point))
        _, first = np.unique(point[order], return_index=True)
        chosen = order[first]
        return places.take(chosen)

    def on_segments(self, xy: Floats, segment: Indices) -> Places:
        """Return the nearest places of points on the segments given, one by one.

        Parameters
        ----------
        xy
            Points as an (n, 2) array.
        segment
            For each point a position in ``start`` and ``end``.
        """
        axis, length = self.axis_of[segment], self.length[segment]
        unit = self.unit[axis]
        raw = ((xy - self.start[segment]) * self.along[segment]).sum(axis=1)
        along = np.clip(raw, 0.0, length)
        foot = self.start[segment] + along[:, None] * self.along[segment]
        foot = np.where((raw >= length)[:, None], self.end[segment], foot)
        away = xy - foot
        tangent = self.tangents(segment, raw)
        lateral = tangent[:, 0] * away[:, 1] - tangent[:, 1] * away[:, 0]
        beyond = np.where(self.is_first[segment], np.maximum(-raw, 0.0), 0.0)
        beyond += np.where(self.is_last[segment], np.maximum(raw - length, 0.0), 0.0)
        measure_m = self.zero[axis] + (self.before[segment] + along) * unit
        return Places(
            axis,
            foot,
            np.minimum(measure_m, self.last[axis]),
            np.hypot(away[:, 0], away[:, 1]) * unit,
            lateral * unit,
            beyond * unit,
        )

    def tangents(self, segment: Indices, raw: Floats) -> Floats:
        """Return unit tangents at a length along segments: at a vertex that of the bisector.

        Which side a point before a corner lies on is right only against the bisector: against
        one of its segments a point outside a sharp corner would change sides.
        """
        last = len(self.length) - 1
        tangent = self.along[segment].copy()
        at_start = (raw <= 0) & ~self.is_first[segment]
        at_end = (raw >= self.length[segment]) & ~self.is_last[segment]
        tangent[at_start] += self.along[np.maximum(segment - 1, 0)][at_start]
        tangent[at_end] += self.along[np.minimum(segment + 1, last)][at_end]
        size = np.hypot(tangent[:, 0], tangent[:, 1])
        turned_back = size < np.finfo(float).eps
        tangent[turned_back], size[turned_back] = self.along[segment][turned_back], 1.0
        unit: Floats = tangent / size[:, None]
        return unit


def make_segments(start: Floats, end: Floats) -> Shapes:
    """Return the straight lines between n starts and n ends, as an array of length n."""
    return np.asarray(shapely.linestrings(np.stack([start, end], axis=1)), dtype=object)
