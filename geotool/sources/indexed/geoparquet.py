"""GeoParquet asked through the boxes it keeps of its rows; a folder of it through those of parts.

The library is loaded when a file is opened; pandas is not.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from geotool.errors import ReadError
from geotool.sources import kinds, partitions
from geotool.sources.files import Source
from geotool.sources.indexed.failures import translated
from geotool.sources.indexed.meeting import Wanted
from geotool.sources.indexed.near_rows import Boxes, LayerFacts, NearRows
from geotool.sources.partitions import Part, Parts

if TYPE_CHECKING:
    from geotool.sources.indexed.parquet_rows import ShapeFile

_CODE = re.compile(r"[A-Z]+:\w+")
_EVERYWHERE = (-np.inf, -np.inf, np.inf, np.inf)


@dataclass(frozen=True)
class GeoParquetLayer:
    """The layer of an open GeoParquet file that keeps the box of every row."""

    facts: LayerFacts
    name: str
    file: "ShapeFile"

    def read_near(self, boxes: Boxes, columns: Sequence[str]) -> NearRows:
        """Return every row whose box meets one of the boxes, edges included, each once.

        Raises
        ------
        ReadError
            When the file is damaged, or its boxes are not those of its shapes.
        """
        with _translated(self.name):
            return self.file.read_near(Wanted(boxes), columns)


@dataclass(frozen=True)
class PartitionedLayer:
    """A folder of GeoParquet files that are one layer; parts away from the boxes stay closed."""

    facts: LayerFacts
    parts: tuple[Part, ...]

    def read_near(self, boxes: Boxes, columns: Sequence[str]) -> NearRows:
        """Return every row whose box meets one of the boxes, edges included, each once.

        Raises
        ------
        ReadError
            When a part that is near is missing, damaged, or none of this layer.
        """
        firsts = np.cumsum([0, *(part.row_count or 0 for part in self.parts)]).tolist()
        bounds = _bounds_of(self.parts)
        wanted = Wanted(boxes)
        near = np.flatnonzero(wanted.meets(bounds) | np.isinf(bounds).all(axis=1))
        found = []
        for place in near.tolist():
            rows = self._read_part(self.parts[place], wanted, columns)
            found.append(replace(rows, numbers=rows.numbers + firsts[place]))
        return NearRows(
            np.concatenate([np.zeros(0, dtype=np.int64), *(rows.numbers for rows in found)]),
            np.concatenate([np.zeros(0, dtype=object), *(rows.shapes for rows in found)]),
            {name: [cell for rows in found for cell in rows.columns[name]] for name in columns},
        )

    def _read_part(self, part: Part, wanted: Wanted, columns: Sequence[str]) -> NearRows:
        with _opened(part.path) as file:
            if file is None or not _fits(file, self.facts):
                raise partitions.stranger(part.path)
            partitions.require_count(part, file.row_count)
            with _translated(str(part.path)):
                return file.read_near(wanted, columns)


@contextmanager
def open_indexed(
    source: Source, sublayer: str | None
) -> Iterator[GeoParquetLayer | PartitionedLayer | None]:
    """Open GeoParquet for reading; None where it keeps no boxes or has no such layer.

    Of a file the boxes are those of its rows: the covering that it declares, else a column
    ``bbox`` as most programs write it. Of a folder they are those of its parts.

    Raises
    ------
    ReadError
        When the file, or the list of the folder, is damaged.
    """
    stem = Path(source.name).stem
    if source.path is None or sublayer not in (None, stem):
        yield None
    elif source.kind == "partitions":
        yield _open_folder(source.path, stem)
    else:
        with _opened(source.path, source.name) as file:
            if file is None or file.box_paths is None:
                yield None
                return
            facts = _facts(stem, file.columns, file.shape.crs, file.row_count)
            yield GeoParquetLayer(facts, source.name, file)


def partition_bounds(source: Source) -> tuple[list[Path], Boxes]:
    """Return the parts of a folder in the order of their rows, and the box of each, (n, 4).

    A part that does not say where it is has a box without end; one without any shape has a box
    of no numbers.

    Raises
    ------
    ReadError
        When the list of the folder is damaged, or it has none and its files are not those of
        one layer with shapes.
    """
    folder = Path(str(source.path))
    listed = partitions.list_parts(folder)
    layer = None if listed.listed else _open_unlisted(listed, folder.stem)
    parts = listed.files if layer is None else layer.parts
    return [part.path for part in parts], _bounds_of(parts)


def read_part(path: Path, boxes: Boxes, columns: Sequence[str]) -> NearRows:
    """Return the rows of one part near some boxes, numbered from 1 within the part.

    Parameters
    ----------
    path
        A GeoParquet file, also one that keeps no boxes of its rows.
    boxes
        Rows of xmin, ymin, xmax, ymax in the coordinates of the file.
    columns
        The attributes to read.

    Raises
    ------
    ReadError
        When the file is missing, damaged or no GeoParquet.
    """
    with _opened(path) as file:
        if file is None:
            raise partitions.stranger(path)
        with _translated(str(path)):
            return file.read_near(Wanted(boxes), columns)


def _open_folder(folder: Path, stem: str) -> PartitionedLayer | None:
    """Return a folder as a layer, None when its files have no shapes."""
    listed = partitions.list_parts(folder)
    if not listed.listed:
        return _open_unlisted(listed, stem)
    count = sum(part.row_count or 0 for part in listed.files)
    if listed.columns is not None and _CODE.fullmatch(listed.crs or ""):
        return PartitionedLayer(_facts(stem, listed.columns, listed.crs, count), listed.files)
    for part in listed.files:
        with suppress(ReadError), _opened(part.path) as file:  # it matters only where it is near
            if file is None:
                return None
            return PartitionedLayer(_facts(stem, file.columns, file.shape.crs, count), listed.files)
    raise ReadError(f"{folder}: none of its parts can be read.", remedy=partitions.REMEDY)


def _open_unlisted(listed: Parts, stem: str) -> PartitionedLayer | None:
    """Return a folder without a list as a layer, by what every file says of itself."""
    parts: list[Part] = []
    facts = None
    for part in listed.files:
        with _opened(part.path) as file:
            if file is None:
                return None
            facts = facts or _facts(stem, file.columns, file.shape.crs, 0)
            if not _fits(file, facts):
                raise partitions.stranger(part.path)
            with _translated(str(part.path)):
                parts.append(Part(part.path, file.row_count, file.bounds))
    if facts is None:
        return None
    count = sum(part.row_count or 0 for part in parts)
    return PartitionedLayer(replace(facts, feature_count=count), tuple(parts))


def _bounds_of(parts: Sequence[Part]) -> Boxes:
    return np.array([part.bounds or _EVERYWHERE for part in parts]).reshape(-1, 4)


def _facts(stem: str, columns: tuple[str, ...], crs: str | None, count: int) -> LayerFacts:
    return LayerFacts(
        sublayer=stem,
        columns=columns,
        crs=crs,
        feature_count=count,
        numbered=True,
        index="the boxes in the GeoParquet",
    )


def _fits(file: "ShapeFile", facts: LayerFacts) -> bool:
    return set(file.columns) == set(facts.columns) and file.shape.crs == facts.crs


@contextmanager
def _opened(path: Path, name: str | None = None) -> Iterator["ShapeFile | None"]:
    """Open a file; only failures of opening it are told as such."""
    with ExitStack() as stack:
        with _translated(name or str(path)):
            from geotool.sources.indexed import parquet_rows

            file = stack.enter_context(parquet_rows.open_shapes(path))
        yield file


def _translated(name: str) -> AbstractContextManager[None]:
    import pyarrow as pa

    return translated(name, kinds.WORDS["parquet"], (pa.ArrowException,))
