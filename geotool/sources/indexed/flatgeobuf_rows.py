"""Rows of a FlatGeobuf as shapes and cells, decoded many at once.

Layout: https://github.com/flatgeobuf/flatgeobuf/blob/master/src/fbs/feature.fbs, and of the
properties https://flatgeobuf.org: the number of a column (uint16) and its value, again and again.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geotool.sources.indexed.flat_tables import FlatTables, Places, spread

Shapes = NDArray[np.object_]

_GEOMETRY, _PROPERTIES = 0, 1
_ENDS, _XY, _Z, _TYPE, _PARTS = 0, 1, 2, 6, 7
_NUMBER_TYPES = ("<i1", "<u1", "<?", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", "<f4", "<f8")
_TEXT, _JSON, _TIME, _BINARY = range(len(_NUMBER_TYPES), len(_NUMBER_TYPES) + 4)


def read_shapes(tables: FlatTables, features: Places, kind: int) -> tuple[Shapes, Places]:
    """Return the shape of each feature, and which features have one that is not decoded here.

    Points, lines, polygons and several of them are decoded; collections and curves are not, and
    are None as shapes that are missing or empty are.

    Parameters
    ----------
    tables
        The bytes of the features.
    features
        Where each feature begins.
    kind
        The kind of all shapes as the format numbers them, 0 when each states its own.
    """
    shapes = np.full(len(features), None, dtype=object)
    drawn = tables.inner(features, _GEOMETRY)
    kinds = np.full(len(drawn), kind) if kind else tables.scalars(drawn, _TYPE, "<u1")
    kinds[drawn == 0] = 0
    for one, make in _MAKERS.items():
        here = np.flatnonzero(kinds == one)
        shapes[here] = make(tables, drawn[here])
    return shapes, np.flatnonzero(kinds > max(_MAKERS))


def read_cells(
    tables: FlatTables, features: Places, types: Sequence[int], wanted: Sequence[int]
) -> list[list[Any]]:
    """Return the cells of the columns wanted, one list a column, None where empty.

    Parameters
    ----------
    tables
        The bytes of the features.
    features
        Where each feature begins.
    types
        The type of every column of the file, as the format numbers them.
    wanted
        The numbers of the columns to decode.
    """
    places = _value_places(tables, features, types)
    return [_cells_of(tables, places[column], types[column]) for column in wanted]


def _value_places(tables: FlatTables, features: Places, types: Sequence[int]) -> NDArray[np.int64]:
    """Return the place of every value, (columns, features), 0 where there is none."""
    sizes = np.array([_size_of(one) for one in types], dtype=np.int64)
    found = np.zeros((len(types), len(features)), dtype=np.int64)
    cursors, counts = tables.vectors(features, _PROPERTIES)
    ends = cursors + counts
    rows = np.flatnonzero(counts)
    while len(rows):
        columns = tables.numbers("<u2", cursors[rows])
        values = cursors[rows] + 2
        found[columns, rows] = values
        taken = sizes[columns]
        longer = np.flatnonzero(taken == 0)
        taken[longer] = 4 + tables.numbers("<u4", values[longer]).astype(np.int64)
        cursors[rows] = values + taken
        rows = rows[cursors[rows] < ends[rows]]
    return found


def _size_of(kind: int) -> int:
    """Return the bytes of a value of one type, 0 for those that state theirs."""
    if kind > _BINARY:
        raise ValueError(f"a column is of the unknown type {kind}")
    return np.dtype(_NUMBER_TYPES[kind]).itemsize if kind < _TEXT else 0


def _cells_of(tables: FlatTables, places: Places, kind: int) -> list[Any]:
    if kind >= _TEXT:
        return _long_cells(tables, places, kind)
    values = tables.numbers(_NUMBER_TYPES[kind], places)
    cells: list[Any] = values.tolist()
    for row in np.flatnonzero((places == 0) | np.isnan(values)).tolist():
        cells[row] = None
    return cells


def _long_cells(tables: FlatTables, places: Places, kind: int) -> list[Any]:
    """Return cells that state their length: text, times, bytes."""
    data = tables.data
    starts = places + 4
    ends = starts + tables.numbers("<u4", places)
    spans = zip(places.tolist(), starts.tolist(), ends.tolist(), strict=True)
    if kind == _BINARY:
        return [data[start:end] if place else None for place, start, end in spans]
    texts = [data[start:end].decode() if place else None for place, start, end in spans]
    return [text and _moment(text) for text in texts] if kind == _TIME else texts


def _moment(text: str) -> object:
    """Return a date with its time, the text itself when it is none."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return text


def _coordinates(tables: FlatTables, drawn: Places) -> tuple[NDArray[np.float64], Places]:
    """Return the vertices of all shapes, with heights where they have them, and their counts."""
    starts, counts = tables.vectors(drawn, _XY)
    counts = counts // 2
    flat = tables.numbers("<f8", spread(starts, 2 * counts, 8)).reshape(-1, 2)
    starts, heights = tables.vectors(drawn, _Z)
    if not heights.any():
        return flat, counts
    if (heights != counts).any():
        raise ValueError("some vertices have a height and some have none")
    z = tables.numbers("<f8", spread(starts, counts, 8))
    return np.column_stack([flat, z]), counts


def _points(tables: FlatTables, drawn: Places) -> Shapes:
    return _grouped(shapely.points, *_coordinates(tables, drawn))


def _lines(tables: FlatTables, drawn: Places) -> Shapes:
    return _grouped(shapely.linestrings, *_coordinates(tables, drawn))


def _multi_points(tables: FlatTables, drawn: Places) -> Shapes:
    vertices, counts = _coordinates(tables, drawn)
    points = np.asarray(shapely.points(vertices), dtype=object)
    return _grouped(shapely.multipoints, points, counts)


def _multi_lines(tables: FlatTables, drawn: Places) -> Shapes:
    vertices, sizes, counts = _runs(tables, drawn)
    return _grouped(
        shapely.multilinestrings, _grouped(shapely.linestrings, vertices, sizes), counts
    )


def _polygons(tables: FlatTables, drawn: Places) -> Shapes:
    vertices, sizes, counts = _runs(tables, drawn)
    rings = _grouped(shapely.linearrings, vertices, sizes)
    return _grouped(shapely.polygons, rings, counts)


def _multi_polygons(tables: FlatTables, drawn: Places) -> Shapes:
    parts, counts = tables.tables(drawn, _PARTS)
    return _grouped(shapely.multipolygons, _polygons(tables, parts), counts)


_MAKERS: dict[int, Callable[[FlatTables, Places], Shapes]] = {
    1: _points,
    2: _lines,
    3: _polygons,
    4: _multi_points,
    5: _multi_lines,
    6: _multi_polygons,
}
"""By kind of shape as the format numbers them."""


def _runs(tables: FlatTables, drawn: Places) -> tuple[NDArray[np.float64], Places, Places]:
    """Return vertices, how many each line or ring has, and how many of those each shape has.

    Where a shape is one run its end is left out.
    """
    vertices, totals = _coordinates(tables, drawn)
    starts, stated = tables.vectors(drawn, _ENDS)
    counts = np.where(stated > 0, stated, totals > 0)
    ends = np.repeat(totals, counts)
    ends[np.repeat(stated > 0, counts)] = tables.numbers("<u4", spread(starts, stated, 4))
    sizes = np.diff(ends, prepend=0)
    firsts = (np.cumsum(counts) - counts)[counts > 0]
    sizes[firsts] = ends[firsts]
    if (sizes < 0).any() or int(sizes.sum()) != len(vertices):
        raise ValueError("the rings of a shape do not add up")
    return vertices, sizes, counts


def _grouped(make: Callable[..., Any], parts: NDArray[Any], counts: NDArray[Any]) -> Shapes:
    """Return shapes made of so many parts each, None where there are none."""
    shapes = np.full(len(counts), None, dtype=object)
    held = np.flatnonzero(counts)
    if len(held):
        index = np.repeat(np.arange(len(held)), counts[held])
        shapes[held] = make(parts, indices=index)
    return shapes
