"""Records of a .shp file found by walking its bytes, and their shapes.

The .shx file only says where to look when the walk was lost: it is often the part that is
damaged or missing. Heights and measures are left aside.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import shapely

_HEADER_BYTES = 100
_RECORD_HEADER = 8
_NULL = 0
_POINTS, _LINES = frozenset({1, 11, 21}), frozenset({3, 13, 23})
_POLYGONS, _MULTIPOINTS = frozenset({5, 15, 25}), frozenset({8, 18, 28})
_KINDS = _POINTS | _LINES | _POLYGONS | _MULTIPOINTS | {31}
_RING_POINTS = 3

EMPTY_FILE = struct.pack(">7i", 9994, 0, 0, 0, 0, 0, 50) + struct.pack("<2i8d", 1000, 5, *[0.0] * 8)
"""A .shp or .shx file without records."""

Coordinates = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


class DamagedShapeError(ValueError):
    """A record that is no shape; the message says why."""


@dataclass(frozen=True)
class ShpRecords:
    """Where the records are: number -> (first byte, length in bytes) of their contents.

    ``last`` is the highest number that walk or index know of, ``cut`` the first number that
    lies behind the end of the file, ``last + 1`` when none does.
    """

    data: bytes
    places: dict[int, tuple[int, int]] = field(default_factory=dict)
    last: int = 0
    cut: int = 1

    def shape(self, number: int) -> shapely.Geometry | None:
        """Return the shape of a record, None for the null shape.

        Raises
        ------
        DamagedShapeError
            When its bytes are no shape.
        """
        first, length = self.places[number]
        return _shape(self.data[first : first + length])


def find_records(shp: bytes, shx: bytes) -> ShpRecords:
    """Return where the records of a .shp file are; ``shx`` is empty when there is none."""
    index = _index(shx)
    places, ended = _walk(shp, index)
    for number, (offset, length) in enumerate(index, 1):
        if number not in places and _fits(shp, offset + _RECORD_HEADER, length):
            places[number] = (offset + _RECORD_HEADER, length)
    known = max(places, default=0)
    beyond = [number for number, (offset, _) in enumerate(index, 1) if offset >= len(shp)]
    cut = min([*beyond, known + 1 if ended else len(index) + known + 1])
    return ShpRecords(shp, places, max(known, len(index)), max(cut, known + 1))


def _index(shx: bytes) -> list[tuple[int, int]]:
    whole = (len(shx) - _HEADER_BYTES) // 8
    if whole <= 0:
        return []
    words = np.frombuffer(shx, dtype=">i4", count=2 * whole, offset=_HEADER_BYTES).astype(int)
    return [(2 * int(a), 2 * int(b)) for a, b in words.reshape(-1, 2)]


def _walk(shp: bytes, index: Sequence[tuple[int, int]]) -> tuple[dict[int, tuple[int, int]], bool]:
    """Return the records from one header to the next, and whether the file ends in one."""
    places: dict[int, tuple[int, int]] = {}
    at, number = _HEADER_BYTES, 1
    while at + _RECORD_HEADER <= len(shp):
        length = 2 * struct.unpack_from(">i", shp, at + 4)[0]
        if _fits(shp, at + _RECORD_HEADER, length):
            places[number] = (at + _RECORD_HEADER, length)
            at, number = at + _RECORD_HEADER + length, number + 1
            continue
        if _is_cut(shp, at, number, length):
            return places, True
        found = _next_header(shp, at + 2, number, index)
        if found is None:
            return places, False
        at, number = found
    return places, True


def _is_cut(shp: bytes, at: int, number: int, length: int) -> bool:
    """Return whether a record begins here whose end the file does not hold."""
    stated = struct.unpack_from(">i", shp, at)[0]
    return stated == number and length > 0 and at + _RECORD_HEADER + length > len(shp)


def _next_header(
    shp: bytes, start: int, number: int, index: Sequence[tuple[int, int]]
) -> tuple[int, int] | None:
    """Return place and number of the first header behind some damage, None when there is none."""
    for later, (offset, length) in enumerate(index[number:], number + 1):
        if offset >= start and _fits(shp, offset + _RECORD_HEADER, length):
            stated = struct.unpack_from(">ii", shp, offset)
            if stated == (later, length // 2):
                return offset, later
    reach = number + len(shp) // _RECORD_HEADER
    for at in range(start, len(shp) - _RECORD_HEADER - 3, 2):
        later, words = struct.unpack_from(">ii", shp, at)
        if number < later <= reach and _fits(shp, at + _RECORD_HEADER, 2 * words):
            return at, later
    return None


def _fits(shp: bytes, first: int, length: int) -> bool:
    """Return whether a record of this length can stand here."""
    if length < 4 or first < _HEADER_BYTES or first + length > len(shp):
        return False
    kind = struct.unpack_from("<i", shp, first)[0]
    if kind == _NULL or kind not in _KINDS:
        return bool(kind == _NULL and length == 4)
    return length >= _least(shp, first, kind, length)


def _least(shp: bytes, first: int, kind: int, length: int) -> int:
    """Return the bytes that a shape of this kind needs at least, by what it states itself."""
    if kind in _POINTS:
        return 20
    if length < 44:
        return 44
    if kind in _MULTIPOINTS:
        points = struct.unpack_from("<i", shp, first + 36)[0]
        return 40 + 16 * points if points >= 0 else length + 1
    parts, points = struct.unpack_from("<ii", shp, first + 36)
    return 44 + 4 * parts + 16 * points if parts >= 0 and points >= 0 else length + 1


def _shape(raw: bytes) -> shapely.Geometry | None:
    kind = struct.unpack_from("<i", raw)[0]
    if kind == _NULL:
        return None
    if kind in _POINTS:
        return shapely.Point(struct.unpack_from("<dd", raw, 4))
    if kind in _MULTIPOINTS:
        count = struct.unpack_from("<i", raw, 36)[0]
        return shapely.MultiPoint(_coordinates(raw, 40, count))
    if kind not in _LINES | _POLYGONS:
        raise DamagedShapeError("its shape is a surface of triangles, which is not read")
    parts = _parts(raw)
    try:
        return _polygon(parts) if kind in _POLYGONS else _line(parts)
    except (ValueError, shapely.errors.ShapelyError):
        raise DamagedShapeError("its shape is damaged") from None


def _parts(raw: bytes) -> list[Coordinates]:
    count, points = struct.unpack_from("<ii", raw, 36)
    starts = struct.unpack_from(f"<{count}i", raw, 44)
    ends = (*starts[1:], points)
    if not count or starts[0] != 0 or any(a >= b for a, b in zip(starts, ends, strict=True)):
        raise DamagedShapeError("the parts of its shape are damaged")
    every = _coordinates(raw, 44 + 4 * count, points)
    if not np.isfinite(every).all():
        raise DamagedShapeError("a coordinate is no number")
    return [every[a:b] for a, b in zip(starts, ends, strict=True)]


def _coordinates(raw: bytes, first: int, count: int) -> Coordinates:
    numbers = np.frombuffer(raw, dtype="<f8", count=2 * count, offset=first)
    return numbers.reshape(-1, 2).astype(np.float64)


def _line(parts: list[Coordinates]) -> shapely.Geometry | None:
    lines = [shapely.LineString(part) for part in parts]
    return lines[0] if len(lines) == 1 else shapely.MultiLineString(lines)


def _polygon(parts: list[Coordinates]) -> shapely.Geometry | None:
    """Return rings as one shape: clockwise ones are outside, the others holes in them."""
    if min(map(len, parts)) < _RING_POINTS:
        raise DamagedShapeError(f"a ring of its shape has fewer than {_RING_POINTS} points")
    rings = [shapely.LinearRing(part) for part in parts]
    outer, inner = _sides(rings)
    around = [_around(ring, outer) for ring in inner]
    polygons = [shapely.Polygon(ring, _holes(i, inner, around)) for i, ring in enumerate(outer)]
    polygons += [shapely.Polygon(ring) for ring in _holes(None, inner, around)]
    return polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)


def _sides(
    rings: list[shapely.LinearRing],
) -> tuple[list[shapely.LinearRing], list[shapely.LinearRing]]:
    """Return outer rings and holes; where no ring runs clockwise all are outer ones."""
    outer = [ring for ring in rings if not ring.is_ccw]
    return (outer, [ring for ring in rings if ring.is_ccw]) if outer else (rings, [])


def _holes(
    place: int | None, inner: Sequence[shapely.LinearRing], around: Sequence[int | None]
) -> list[shapely.LinearRing]:
    """Return the rings that lie in one outer ring, or in none."""
    return [ring for ring, found in zip(inner, around, strict=True) if found == place]


def _around(hole: shapely.LinearRing, outer: Sequence[shapely.LinearRing]) -> int | None:
    """Return which ring a hole lies in, the smallest of several."""
    inside = [
        (shapely.Polygon(ring).area, i)
        for i, ring in enumerate(outer)
        if shapely.Polygon(ring).buffer(0).covers(hole)
    ]
    return min(inside)[1] if inside else None
