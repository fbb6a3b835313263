"""Rows of one GeoParquet file near some boxes, by the boxes that the file keeps of its rows.

Row groups are chosen by their statistics, rows by their boxes; of the rows met only the shape and
the columns wanted are decoded. Boxes stored with few digits are taken one step larger. Without
boxes every shape is decoded.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import shapely
from numpy.typing import NDArray

from geotool.sources.columnar import Bounds, ShapeColumn, flat_bounds, shape_column
from geotool.sources.indexed.arrow_columns import (
    ENCODINGS,
    cells_of,
    numbers_of,
    shapes_of,
    take_rows,
)
from geotool.sources.indexed.meeting import Wanted
from geotool.sources.indexed.near_rows import Boxes, NearRows

Rows = NDArray[np.int64]

_BUFFER_BYTES = 1 << 18
_TRIED_ROWS = 100
_SMALL = np.dtype(np.float32)
_USUAL_PATHS = ("bbox.xmin", "bbox.ymin", "bbox.xmax", "bbox.ymax")
_SLACK = 1e-9


@dataclass(frozen=True)
class ShapeFile:
    """An open Parquet file with shapes.

    Attributes
    ----------
    file
        The file.
    shape
        What it says of its shapes.
    box_paths
        Where the box of every row is, None where it keeps none.
    """

    file: pq.ParquetFile
    shape: ShapeColumn
    box_paths: tuple[str, ...] | None

    @property
    def row_count(self) -> int:
        """Rows in the file."""
        return int(self.file.metadata.num_rows)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of its attributes."""
        boxes = {path.split(".")[0] for path in self.box_paths or ()}
        names = self.shape.attributes_of(self.file.schema_arrow.names)
        return tuple(name for name in names if name not in boxes)

    @property
    def bounds(self) -> Bounds | None:
        """(xmin, ymin, xmax, ymax) of its shapes, None where it does not say."""
        if self.shape.bounds is not None or self.box_paths is None:
            return self.shape.bounds
        groups = self._group_bounds()
        if not len(groups) or not np.isfinite(groups).all():
            return None
        return flat_bounds([*groups[:, :2].min(axis=0), *groups[:, 2:].max(axis=0)])

    def read_near(self, wanted: Wanted, columns: Sequence[str]) -> NearRows:
        """Return the rows near some boxes, numbered from 1 as they stand in the file.

        Raises
        ------
        ValueError
            When the boxes that it keeps are not those of its shapes.
        OSError, LookupError, ShapelyError, ArrowException
            When the file is damaged, or has no such column.
        """
        rows, bounds = self._rows_near(wanted)
        table = self._take(rows, [self.shape.name, *columns])
        shapes = shapes_of(table.column(self.shape.name).combine_chunks(), self.shape.encoding)
        own = shapely.bounds(shapes)
        if self.box_paths is None:
            kept = wanted.meets(own)
        else:
            _require_inside(own, bounds)
            kept = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
        if not kept.all():
            rows, shapes, table = rows[kept], shapes[kept], take_rows(table, np.flatnonzero(kept))
        found = {name: cells_of(table.column(name)) for name in columns}
        return NearRows(rows + 1, shapes, found)

    def _rows_near(self, wanted: Wanted) -> tuple[Rows, Boxes]:
        """Return the places of the rows whose boxes meet one, and those boxes."""
        if self.box_paths is None:
            return np.arange(self.row_count), np.zeros((0, 4))
        groups = self._groups_near(wanted)
        places = self._places_in(groups)
        rows, bounds, start = [places[:0]], [np.zeros((0, 4))], 0
        for batch in self._batches(groups, self.box_paths):
            held = _bounds_of(batch, self.box_paths)
            met = wanted.meets(held)
            rows.append(places[start : start + len(held)][met])
            bounds.append(held[met])
            start += len(held)
        return np.concatenate(rows), np.concatenate(bounds)

    def _groups_near(self, wanted: Wanted) -> Rows:
        """Return the row groups that may hold rows near, by what the file states of each."""
        stated = self._group_bounds()
        return np.flatnonzero(wanted.meets(stated) | ~np.isfinite(stated).all(axis=1))

    def _group_bounds(self) -> Boxes:
        """Return the box of each row group, NaN where the file does not state it."""
        metadata = self.file.metadata
        paths = {metadata.schema.column(i).path: i for i in range(metadata.num_columns)}
        leaves = [paths[path] for path in self.box_paths or ()]
        stated = np.array(
            [
                [_extreme(group.column(leaf).statistics, side) for side, leaf in enumerate(leaves)]
                for group in map(metadata.row_group, range(metadata.num_row_groups))
            ]
        ).reshape(-1, 4)
        small = any(metadata.schema.column(leaf).physical_type == "FLOAT" for leaf in leaves)
        return _enlarged(stated) if small else stated

    def _take(self, rows: Rows, columns: Sequence[str]) -> pa.Table:
        """Return some columns of some rows; only their row groups are read."""
        firsts = self._firsts()
        groups = np.unique(np.searchsorted(firsts, rows, side="right") - 1)
        places = self._places_in(groups)
        wanted = np.zeros(len(places), dtype=np.bool_)
        wanted[np.searchsorted(places, rows)] = True
        schema = pa.schema([self.file.schema_arrow.field(name) for name in columns])
        taken, start = [], 0
        for batch in self._batches(groups, columns):
            here = np.flatnonzero(wanted[start : start + batch.num_rows])
            if len(here):
                taken.append(take_rows(batch.select(list(columns)), here))
            start += batch.num_rows
        return pa.Table.from_batches(taken, None if taken else schema)

    def _firsts(self) -> Rows:
        """Return the place of the first row of each row group, and the end."""
        metadata = self.file.metadata
        sizes = [metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)]
        return np.cumsum([0, *sizes])

    def _places_in(self, groups: Rows) -> Rows:
        """Return the places of all rows of some row groups."""
        firsts = self._firsts()
        ranges = [np.arange(firsts[group], firsts[group + 1]) for group in groups.tolist()]
        return np.concatenate([np.zeros(0, dtype=np.int64), *ranges])

    def _batches(self, groups: Rows, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        if not len(groups):
            return iter(())
        batches: Iterator[pa.RecordBatch] = self.file.iter_batches(
            row_groups=groups.tolist(), columns=list(columns), use_threads=False
        )
        return batches


@contextmanager
def open_shapes(path: Path) -> Iterator[ShapeFile | None]:
    """Open a Parquet file; None where it has no shapes, or none that can be decoded here."""
    with pq.ParquetFile(path, buffer_size=_BUFFER_BYTES) as file:
        shape = shape_column(file.schema_arrow.metadata)
        if shape is None or shape.encoding.casefold() not in ENCODINGS:
            yield None
        else:
            yield ShapeFile(file, shape, _box_paths(file, shape))


def _box_paths(file: pq.ParquetFile, shape: ShapeColumn) -> tuple[str, ...] | None:
    """Return where the boxes of rows are: as declared, else where most programs put them.

    Boxes that nothing declares may be left from before the shapes were changed: they are taken
    only where they are those of the first rows.
    """
    schema = file.metadata.schema
    held = {
        schema.column(i).path
        for i in range(file.metadata.num_columns)
        if schema.column(i).physical_type in ("FLOAT", "DOUBLE")
    }
    paths = shape.box_paths or _USUAL_PATHS
    if not held.issuperset(paths) or any(path.count(".") != 1 for path in paths):
        return None
    return paths if shape.box_paths or _are_boxes(file, shape, paths) else None


def _are_boxes(file: pq.ParquetFile, shape: ShapeColumn, paths: tuple[str, ...]) -> bool:
    batches = file.iter_batches(_TRIED_ROWS, columns=[shape.name, *paths], use_threads=False)
    batch = next(batches, None)
    if batch is None:
        return False
    own = shapely.bounds(shapes_of(batch.column(shape.name), shape.encoding))
    held = _bounds_of(batch, paths)
    near = np.abs(own - held) <= 1e-6 * np.abs(own) + 1e-6
    return bool((near | np.isnan(own)).all())


def _extreme(statistics: pq.Statistics | None, side: int) -> float:
    """Return the least of xmin and ymin, the greatest of xmax and ymax; NaN where not stated."""
    if statistics is None or not statistics.has_min_max:
        return float("nan")
    return float(statistics.min if side < 2 else statistics.max)


def _bounds_of(batch: pa.RecordBatch, paths: Sequence[str]) -> Boxes:
    """Return the boxes of the rows of a batch, NaN where there are none."""
    sides = []
    for path in paths:
        column, field = path.split(".")
        sides.append(numbers_of(pc.struct_field(batch.column(column), field)))
    bounds = np.column_stack(sides)
    return _enlarged(bounds) if any(side.dtype == _SMALL for side in sides) else bounds


def _enlarged(bounds: NDArray[Any]) -> Boxes:
    """Return boxes of few digits, each side one step outwards, as it may have been rounded."""
    small = bounds.astype(_SMALL)
    outwards = np.array([-np.inf, -np.inf, np.inf, np.inf], dtype=_SMALL)
    return np.nextafter(small, outwards).astype(np.float64)


def _require_inside(own: Boxes, bounds: Boxes) -> None:
    """Refuse boxes that do not hold their shapes: other rows would be missed."""
    slack = _SLACK * np.abs(bounds)
    beyond = (own[:, :2] < (bounds - slack)[:, :2]) | (own[:, 2:] > (bounds + slack)[:, 2:])
    if beyond.any():
        raise ValueError("the boxes that it keeps of its rows are not those of its shapes")
