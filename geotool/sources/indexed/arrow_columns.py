"""Columns of an Arrow table as shapes, numbers and cells.

The conversions of the library itself load pandas, which takes longer than a near read: numbers
come through DLPack here, which copies nothing.

Encodings of shapes: GeoParquet 1.1.0, https://geoparquet.org/releases/v1.1.0/: well-known binary,
or lists of lists of x, y for columns with shapes of one kind.
"""

from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray
from shapely import GeometryType

_BINARY = "wkb"
_KINDS = {
    "point": GeometryType.POINT,
    "linestring": GeometryType.LINESTRING,
    "polygon": GeometryType.POLYGON,
    "multipoint": GeometryType.MULTIPOINT,
    "multilinestring": GeometryType.MULTILINESTRING,
    "multipolygon": GeometryType.MULTIPOLYGON,
}
ENCODINGS = frozenset({_BINARY, *_KINDS})
"""Encodings of shapes that are decoded, in small letters."""

RowsT = TypeVar("RowsT", pa.RecordBatch, pa.Table)


def take_rows(held: RowsT, places: NDArray[np.int64]) -> RowsT:
    """Return some rows of a batch or table."""
    buffers = [None, pa.py_buffer(np.ascontiguousarray(places, dtype=np.int64))]
    return held.take(pa.Array.from_buffers(pa.int64(), len(places), buffers))


def numbers_of(array: pa.Array) -> NDArray[Any]:
    """Return an array of floating numbers, NaN where empty."""
    if not array.null_count:
        return np.asarray(np.from_dlpack(array))
    held = np.from_dlpack(array.drop_null())
    numbers = np.full(len(array), np.nan, dtype=held.dtype)
    numbers[_held(array)] = held
    return numbers


def cells_of(column: pa.ChunkedArray) -> list[object]:
    """Return cells, None where empty; times to the microsecond."""
    kind = column.type
    if pa.types.is_floating(kind):
        numbers = numbers_of(column.combine_chunks())
        cells: list[object] = numbers.tolist()
        for row in np.flatnonzero(np.isnan(numbers)).tolist():
            cells[row] = None
        return cells
    if pa.types.is_timestamp(kind) and kind.unit == "ns":
        column = column.cast(pa.timestamp("us", kind.tz), safe=False)
    plain: list[object] = column.to_pylist()
    return plain


def shapes_of(array: pa.Array, encoding: str) -> NDArray[np.object_]:
    """Return the shapes of an array, None where it has none; measures are left out.

    Raises
    ------
    ValueError, LookupError, ShapelyError, ArrowException
        When it does not hold such shapes.
    """
    shapes = np.full(len(array), None, dtype=object)
    if encoding.casefold() == _BINARY:
        shapes[:] = array.to_pylist()
        decoded: NDArray[np.object_] = shapely.from_wkb(shapes)
        return decoded
    shapes[_held(array)] = _of_lists(array.drop_null(), encoding.casefold())
    return shapes


def _held(array: pa.Array) -> NDArray[np.bool_]:
    return np.from_dlpack(array.is_valid().cast(pa.uint8())) > 0


def _of_lists(array: pa.Array, encoding: str) -> NDArray[np.object_]:
    offsets: list[NDArray[np.int64]] = []
    while not pa.types.is_struct(array.type):
        ends = np.from_dlpack(array.offsets)
        offsets.insert(0, ends - ends[0])
        array = array.flatten()
    sides = [name for name in ("x", "y", "z") if array.type.get_field_index(name) >= 0]
    vertices = np.column_stack([numbers_of(pc.struct_field(array, name)) for name in sides])
    shapes: NDArray[np.object_] = shapely.from_ragged_array(
        _KINDS[encoding], vertices, tuple(offsets) or None
    )
    return shapes
