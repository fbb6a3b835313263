"""Shapes as whole numbers: quantised, in Hilbert order, each shared vertex stored once.

``maps/FORMAT.md`` states the bytes. Coordinates are multiples of a step in EPSG:3857 chosen so
that a step is ``quantum_m`` on the ground at the layer's centre; a vertex met before is written
as a reference, so that a border of two neighbours is stored once and stays one line.
"""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geotool.errors import GeometryError
from geotool.outputs.hilbert import hilbert_numbers
from geotool.share.render.streams import Streams, Whole, varints, zigzag

Shapes = NDArray[np.object_]

POINTS, LINES, POLYGONS = 1, 2, 3
QUANTUM_M = 0.1

_RADIUS_M = 6_378_137.0
_MAX_LATITUDE = 85.06
_SINGLE = (0, 1, 3)
_COLLECTION = 7
_NEW, _BEFORE, _AFTER, _FAR = 0, 1, 2, 2


@dataclass(frozen=True)
class _Runs:
    """Rings, lines and points in order: what each is part of, and its vertices.

    ``kinds`` and ``part_counts`` are by feature, ``ring_counts`` by part of a polygon,
    ``lengths`` by ring or line; ``xy`` are steps, the closing vertex of rings left out. Outer
    rings run counter-clockwise, holes clockwise.
    """

    kinds: Whole
    part_counts: Whole
    ring_counts: Whole
    lengths: Whole
    xy: Whole

    @property
    def count(self) -> int:
        """Number of rings, lines and points."""
        return len(self.lengths) + int(self.part_counts[self.kinds == POINTS].sum())


def step_of(lonlat: Shapes, *, quantum_m: float, what: str) -> float:
    """Return the step in EPSG:3857 that is ``quantum_m`` on the ground at the shapes' centre.

    Mercator stretches lengths by the secant of the latitude (Snyder, Map Projections, USGS
    1395, eq. 7-4). ``what`` names the layer in errors.

    Raises
    ------
    GeometryError
        When a coordinate is no place on the map.
    """
    if not len(lonlat):
        return quantum_m
    coordinates = shapely.get_coordinates(lonlat)
    west, south = (float(value) for value in coordinates.min(axis=0))
    east, north = (float(value) for value in coordinates.max(axis=0))
    on_map = -180 <= west <= east <= 180 and -_MAX_LATITUDE <= south <= north <= _MAX_LATITUDE
    if not on_map:
        raise GeometryError(
            f"Layer '{what}' has coordinates that are no place on Earth.",
            remedy="Check the CRS stated for its file.",
        )
    return float(f"{quantum_m / math.cos(math.radians((south + north) / 2)):.12g}")


def hilbert_order(shapes: Shapes) -> Whole:
    """Return the places of shapes along a Hilbert curve over all of them."""
    if not len(shapes):
        return np.zeros(0, dtype=np.int64)
    boxes = shapely.bounds(shapes)
    west, south, east, north = (float(value) for value in shapely.total_bounds(shapes))
    numbers = hilbert_numbers(boxes, (west, south, east, north))
    return np.argsort(numbers, kind="stable").astype(np.int64)


def encode_shapes(lonlat: Shapes, streams: Streams, *, step: float) -> dict[str, object]:
    """Add the shapes of a layer to its streams.

    Parameters
    ----------
    lonlat
        Shapes in EPSG:4326, in the order in which they are written.
    streams
        Where the streams ``geometry...`` go.
    step
        Size of a step in EPSG:3857, see ``step_of``.

    Returns
    -------
    dict
        What a reader needs beside the streams: step, origin and counts.
    """
    runs = _runs_of(lonlat, step)
    origin = runs.xy.min(axis=0) if len(runs.xy) else np.zeros(2, dtype=np.int64)
    xy = runs.xy - origin
    kinds = np.unique(runs.kinds).tolist()
    if len(kinds) > 1:
        streams.add("kinds", varints(runs.kinds))
    _add_counts(streams, "parts", runs.part_counts)
    _add_counts(streams, "rings", runs.ring_counts)
    if len(runs.lengths):
        streams.add("lengths", varints(runs.lengths))
    distinct = _add_vertices(streams, xy, referring=kinds != [POINTS])
    return {
        "step": step,
        "origin": [int(value) for value in origin],
        "kind": kinds[0] if len(kinds) == 1 else 0,
        "runs": runs.count,
        "vertices": len(xy),
        "distinct": distinct,
    }


def _add_counts(streams: Streams, name: str, counts: Whole) -> None:
    """Add counts unless each is one."""
    if (counts != 1).any():
        streams.add(name, varints(counts))


def to_steps(degrees: NDArray[np.float64], step: float) -> Whole:
    """Return longitude and latitude as whole steps in EPSG:3857, x east and y north."""
    radians = np.radians(degrees)
    metres = np.column_stack([radians[:, 0], np.arcsinh(np.tan(radians[:, 1]))]) * _RADIUS_M
    return np.rint(metres / step).astype(np.int64)


def _runs_of(lonlat: Shapes, step: float) -> _Runs:
    parts, feature = _flat_parts(lonlat)
    dimensions = shapely.get_dimensions(parts)
    kinds = np.ones(len(lonlat), dtype=np.int64)
    np.maximum.at(kinds, feature, dimensions + 1)
    kept = dimensions + 1 == kinds[feature]
    parts, feature = parts[kept], feature[kept]
    part_kinds = kinds[feature]
    rings, part_of_ring = _rings(parts[part_kinds == POLYGONS])
    areal = np.flatnonzero(part_kinds == POLYGONS)
    others = np.flatnonzero(part_kinds != POLYGONS)
    runs = np.concatenate([rings, parts[others]])
    part_of_run = np.concatenate([areal[part_of_ring], others]).astype(np.int64)
    order = np.argsort(part_of_run, kind="stable")
    runs, run_kinds = runs[order], part_kinds[part_of_run[order]]
    coordinates, run_of = shapely.get_coordinates(runs, return_index=True)
    lengths = np.bincount(run_of, minlength=len(runs)).astype(np.int64)
    closing = np.zeros(len(coordinates), dtype=bool)
    areas = run_kinds == POLYGONS
    closing[np.cumsum(lengths)[areas] - 1] = True
    lengths[areas] -= 1
    outer = np.diff(part_of_run[order], prepend=-1) != 0
    turn = np.where(areas, np.where(outer, 1, -1), 0)
    return _Runs(
        kinds=kinds,
        part_counts=np.bincount(feature, minlength=len(lonlat)).astype(np.int64),
        ring_counts=np.bincount(part_of_ring, minlength=len(areal)).astype(np.int64),
        lengths=lengths[run_kinds != POINTS],
        xy=_turned(to_steps(coordinates[~closing], step), lengths, turn),
    )


def _turned(xy: Whole, lengths: Whole, turn: Whole) -> Whole:
    """Return vertices with the runs reversed whose signed area has not the sign of ``turn``.

    Areas that overlap are drawn as one path: were their rings of different directions, they
    would cancel each other out.
    """
    if not turn.any():
        return xy
    ends = np.cumsum(lengths)
    starts = ends - lengths
    x, y = (np.ascontiguousarray(values - values.min(), dtype=np.float64) for values in xy.T)
    next_x, next_y = np.roll(x, -1), np.roll(y, -1)
    next_x[ends - 1], next_y[ends - 1] = x[starts], y[starts]
    wrong = np.add.reduceat(x * next_y - next_x * y, starts) * turn < 0
    if not wrong.any():
        return xy
    mirror = starts + ends - 1
    places = np.arange(len(xy))
    return xy[np.where(np.repeat(wrong, lengths), np.repeat(mirror, lengths) - places, places)]


def _rings(polygons: Shapes) -> tuple[Shapes, Whole]:
    """Return the rings of polygons with the polygon each is of; without holes the polygons."""
    if not shapely.get_num_interior_rings(polygons).any():
        return polygons, np.arange(len(polygons), dtype=np.int64)
    rings, polygon = shapely.get_rings(polygons, return_index=True)
    return rings, polygon.astype(np.int64)


def _flat_parts(shapes: Shapes) -> tuple[Shapes, Whole]:
    """Return points, lines and polygons with the feature each is of, empty ones left out."""
    if np.isin(shapely.get_type_id(shapes), _SINGLE).all() and not shapely.is_empty(shapes).any():
        return shapes, np.arange(len(shapes), dtype=np.int64)
    parts, feature = shapely.get_parts(shapes, return_index=True)
    while (shapely.get_type_id(parts) == _COLLECTION).any():
        parts, inner = shapely.get_parts(parts, return_index=True)
        feature = feature[inner]
    parts, inner = shapely.get_parts(parts, return_index=True)
    feature = feature[inner]
    filled = ~shapely.is_empty(parts)
    return parts[filled], feature[filled].astype(np.int64)


def _add_vertices(streams: Streams, xy: Whole, *, referring: bool) -> int:
    """Add vertices and return how many of them are new."""
    new = np.ones(len(xy), dtype=bool)
    if referring and len(xy):
        tokens, new = _references(xy)
        streams.add("references", varints(tokens))
    differences = np.diff(xy, axis=0, prepend=np.zeros((1, 2), dtype=np.int64))[new]
    streams.add("x", varints(zigzag(differences[:, 0])))
    streams.add("y", varints(zigzag(differences[:, 1])))
    return len(differences)


def _references(xy: Whole) -> tuple[Whole, NDArray[np.bool_]]:
    """Return how each vertex refers to those before it, and whether it is new.

    0 is a new vertex, 1 and 2 the one numbered before and after the last, n > 2 the one
    numbered n - 2 before the next new; new vertices are numbered in order of appearance.
    """
    numbers, _ = pd.factorize((xy[:, 0] << 32) | xy[:, 1])
    known = np.maximum.accumulate(np.concatenate([[-1], numbers[:-1]])) + 1
    new = numbers == known
    last = np.concatenate([[-2], numbers[:-1]])
    tokens = np.select(
        [new, numbers == last - 1, numbers == last + 1],
        [_NEW, _BEFORE, _AFTER],
        known - numbers + _FAR,
    )
    return tokens.astype(np.int64), new
