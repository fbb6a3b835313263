"""The axis of an alignment: one line from the parts it was drawn in."""

import itertools
import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from shapely import LineString
from shapely.geometry.base import BaseGeometry

from geotool.errors import GeometryError, LabelError
from geotool.units import parse_chainage


@dataclass(frozen=True)
class Axis:
    """One alignment as a single line along which chainage increases.

    Attributes
    ----------
    alignment_id
        Key of the alignment.
    name
        Its name, empty when unknown.
    line
        The axis in units of its CRS, directed by increasing chainage.
    start_chainage_m
        Chainage of the first vertex of `line`, in metres: the lowest one.
    metres_per_unit
        Metres in one unit of the CRS.
    """

    alignment_id: str
    name: str
    line: LineString
    start_chainage_m: float
    metres_per_unit: float

    @property
    def length_m(self) -> float:
        """Length of the axis in metres."""
        return float(self.line.length) * self.metres_per_unit

    @property
    def end_chainage_m(self) -> float:
        """Chainage of the last vertex in metres: the highest one."""
        return self.start_chainage_m + self.length_m


def is_blank(value: object) -> bool:
    """Return whether a cell is empty: None, NaN or empty text."""
    if isinstance(value, float):
        return math.isnan(value)
    return value is None or value is pd.NA or value == ""


def read_metres(value: object, *, default: float) -> float:
    """Return a chainage cell in metres, the default when it is empty."""
    if is_blank(value):
        return default
    if isinstance(value, str | int | float):
        return parse_chainage(value)
    raise LabelError(f"'{value}' is not a chainage.", remedy="Write Km12+300 or metres.")


def join_line(alignment_id: str, shape: BaseGeometry | None, metres_per_unit: float) -> LineString:
    """Return an alignment's drawing as one line without repeated vertices."""
    parts = _parts(shape)
    if not parts or any(part.geom_type not in ("LineString", "LinearRing") for part in parts):
        kind = "empty" if shape is None or shape.is_empty else shape.geom_type
        raise GeometryError(
            f"alignments: alignment '{alignment_id}' is not a line ({kind}).",
            remedy="Draw every alignment as one line.",
        )
    line = _joined_as_drawn(parts) or _merged(parts)
    if line is None:
        gaps = ", ".join(f"{gap * metres_per_unit:.3f} m" for gap in _gaps(parts)[:5])
        raise GeometryError(
            f"alignments: alignment '{alignment_id}' has {len(parts)} parts that do not make "
            f"one line; gaps between them: {gaps} (0.000 m is a fork).",
            remedy="Join the parts end to end, or give each its own alignment_id.",
        )
    return LineString(shapely.get_coordinates(shapely.remove_repeated_points(line)))


def _parts(shape: BaseGeometry | None) -> list[LineString]:
    """Return the parts of a drawing that have a length, without heights."""
    if shape is None:
        return []
    return [part for part in shapely.get_parts(shapely.force_2d(shape)) if part.length > 0]


def _joined_as_drawn(parts: list[LineString]) -> LineString | None:
    """Return the parts end to end in drawn order; None when an end misses the next start."""
    coords = [shapely.get_coordinates(part) for part in parts]
    for before, after in itertools.pairwise(coords):
        if not np.array_equal(before[-1], after[0]):
            return None
    return LineString(np.concatenate(coords))


def _merged(parts: list[LineString]) -> LineString | None:
    """Return the parts merged in any order, directed like the first; None when not one line."""
    merged = shapely.line_merge(shapely.MultiLineString(parts))
    if merged.geom_type != "LineString":
        return None
    first = shapely.get_coordinates(shapely.remove_repeated_points(parts[0]))[:2]
    coords = shapely.get_coordinates(shapely.remove_repeated_points(merged))
    pairs = np.stack([coords[:-1], coords[1:]], axis=1)
    agrees = bool((pairs == first).all(axis=(1, 2)).any())
    return merged if agrees else merged.reverse()


def _gaps(parts: list[LineString]) -> list[float]:
    """Return the gaps that the shortest joining of all parts must bridge, widest first."""
    merged = shapely.get_parts(shapely.line_merge(shapely.MultiLineString(parts)))
    ends = np.stack([shapely.get_coordinates(part)[[0, -1]] for part in merged])
    apart = np.linalg.norm(ends[:, None, :, None] - ends[None, :, None, :], axis=-1)
    distance = apart.min(axis=(2, 3))
    joined, waiting, gaps = {0}, set(range(1, len(merged))), []
    while waiting:
        gap, nearest = min((distance[i, j], j) for i in joined for j in waiting)
        gaps.append(float(gap))
        joined.add(nearest)
        waiting.discard(nearest)
    return sorted(gaps, reverse=True)
