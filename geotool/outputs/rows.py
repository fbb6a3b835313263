"""A canonical layer laid aside chunk by chunk, ready to be written without holding it."""

from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyproj
import shapely
from numpy.typing import NDArray

from geotool.errors import OutputError
from geotool.outputs.columns import Renamed, prepare
from geotool.outputs.place import make_folder
from geotool.outputs.spool import Spool

Floats = NDArray[np.float64]
Bounds = tuple[float, float, float, float]

SHAPE = "geometry"
BOX = "bbox"
SIDES = ("xmin", "ymin", "xmax", "ymax")
_BOXED = frozenset({".parquet"})  # formats that hold the box of each row


class MixedColumnError(OutputError):
    """A column holds text in some rows and numbers in others; the message says which."""


class LayerRows:
    """The rows of one layer on disk: its columns, its shapes as WKB, their boxes for GeoParquet.

    Parameters
    ----------
    folder
        A folder of its own to be made, beside the target, with room for the layer twice.
    suffix
        Suffix of the format that the rows will be written in.
    target
        The output, for messages.
    """

    def __init__(self, folder: Path, *, suffix: str, target: Path) -> None:
        self.folder = make_folder(folder)
        """Where the rows are, and what is made of them."""
        self._spool = Spool(self.folder / "rows")
        self._suffix, self._target = suffix, target
        self._reserved = (BOX,) if suffix in _BOXED else ()
        self._schema = pa.schema([])
        self.renamed: Renamed = []
        self.columns: list[str] = []
        self.crs: pyproj.CRS | None = None
        self.types: set[int] = set()
        """Types of the shapes met, as ``shapely.get_type_id`` numbers them."""
        self.bounds: Bounds | None = None

    @property
    def count(self) -> int:
        """Rows laid aside so far."""
        return sum(self._spool.counts)

    @property
    def schema(self) -> pa.Schema:
        """Names and types that hold the rows of every chunk."""
        return pa.schema([_typed(field) for field in self._schema])

    def add(self, frame: gpd.GeoDataFrame) -> None:
        """Lay the next rows aside.

        Raises
        ------
        OutputError
            When the format cannot hold the cells, or there is no room for them.
        MixedColumnError
            When a column holds cells of different kinds.
        """
        plain, self.renamed = prepare(frame, self._suffix, self._target, reserved=self._reserved)
        shapes = np.asarray(plain[SHAPE].array, dtype=object)
        boxes = shapely.bounds(shapes)
        table = _attributes(pd.DataFrame(plain.drop(columns=[SHAPE])))
        table = table.append_column(SHAPE, pa.array(shapely.to_wkb(shapes), pa.binary()))
        if self._suffix in _BOXED:
            table = table.append_column(BOX, _box_column(boxes))
        self._schema = _joined_schema(self._schema, table.schema)
        self._spool.add(table)
        self.columns = [str(name) for name in frame.columns]
        self.crs = frame.crs
        self.types |= {int(code) for code in np.unique(shapely.get_type_id(shapes)) if code >= 0}
        self.bounds = _joined(self.bounds, boxes)

    def tables(self) -> Iterator[pa.Table]:
        """Yield the chunks in order, all of the same schema."""
        schema = self.schema
        for table in self._spool.tables():
            yield table.cast(schema, safe=False)

    def boxes(self) -> Iterator[Floats]:
        """Yield the boxes of the shapes of each chunk, (n, 4), NaN where there is none."""
        for table in self._spool.tables([BOX]):
            yield boxes_of(table)


def boxes_of(table: pa.Table) -> Floats:
    """Return the boxes of the rows of a table, (n, 4) xmin, ymin, xmax, ymax."""
    column = table[BOX].combine_chunks()
    sides = [column.field(side).to_numpy(zero_copy_only=False) for side in SIDES]
    return np.column_stack(sides).astype(np.float64)


def _attributes(frame: pd.DataFrame) -> pa.Table:
    try:
        return pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata()
    except pa.ArrowException as error:
        raise MixedColumnError("a column holds cells of several kinds") from error


def _joined_schema(known: pa.Schema, new: pa.Schema) -> pa.Schema:
    """Return names and types that hold the rows of both."""
    try:
        return pa.unify_schemas([known, new], promote_options="permissive")
    except pa.ArrowException as error:
        raise MixedColumnError("a column holds text in some rows only") from error


def _typed(field: pa.Field) -> pa.Field:
    """Return a column with a type; one without any cell filled is text."""
    return field.with_type(pa.string()) if pa.types.is_null(field.type) else field


def _box_column(boxes: Floats) -> pa.StructArray:
    sides = [pa.array(boxes[:, place]) for place in range(len(SIDES))]
    absent = pa.array(np.isnan(boxes).any(axis=1))
    return pa.StructArray.from_arrays(sides, names=list(SIDES), mask=absent)


def _joined(known: Bounds | None, boxes: Floats) -> Bounds | None:
    drawn = boxes[~np.isnan(boxes).any(axis=1)]
    if not len(drawn):
        return known
    low, high = drawn[:, :2].min(axis=0), drawn[:, 2:].max(axis=0)
    if known is not None:
        low, high = np.minimum(low, known[:2]), np.maximum(high, known[2:])
    return (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
