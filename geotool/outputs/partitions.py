"""One layer as a folder of GeoParquet parts, near rows in the same part.

``part-00000.parquet`` and so on hold the rows in Hilbert order, the same number in each, give
or take one; ``_geotool.json`` lists them with their boxes.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from geotool import crs
from geotool.errors import UsageError
from geotool.outputs.folders import atomic_folder
from geotool.outputs.geoparquet import Layout, open_file
from geotool.outputs.layers import SUFFIXES
from geotool.outputs.ordering import Ranks, rank_rows, sorted_tables
from geotool.outputs.place import STDOUT
from geotool.outputs.rows import BOX, SHAPE, Bounds, Floats, LayerRows
from geotool.outputs.text import json_text
from geotool.sources.partitions import FORMAT, LIST_NAME

_OF_FILES = frozenset(SUFFIXES) - {".parquet"}
_PART = re.compile(r"part-\d{5}\.parquet")

Step = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Part:
    """One part of a layer: its file, its rows and their box, None without any shape."""

    path: str
    rows: int
    bbox: Bounds | None


def require_folder_name(path: Path) -> None:
    """Refuse a name that means a single file of another format.

    Raises
    ------
    UsageError
        For a name such as ``parcels.gpkg``, and for standard output.
    """
    if str(path) == STDOUT or path.suffix.lower() in _OF_FILES:
        raise UsageError(
            f"{path}: --partitions writes a folder of GeoParquet files.",
            remedy="Name a folder, without the suffix of a file.",
        )


def is_partitions(folder: Path) -> bool:
    """Return whether a folder holds parts of a layer, or nothing, and no other files."""
    names = {item.name for item in folder.iterdir()}
    parts = {name for name in names if _PART.fullmatch(name)}
    if not names:
        return True
    return names == parts | {LIST_NAME} and _format_of(folder / LIST_NAME) == FORMAT


def _format_of(listing: Path) -> object:
    try:
        content = json.loads(listing.read_text(encoding="utf-8"))
    except ValueError:
        return None
    return content.get("format") if isinstance(content, dict) else None


def write_partitions(
    rows: LayerRows, path: Path, *, layer: str, count: int, overwrite: bool, step: Step
) -> Sequence[Part]:
    """Write a layer as a folder of parts.

    Parameters
    ----------
    rows
        The layer, with the name ``bbox`` free for the boxes of its rows.
    path
        The folder to be made.
    layer
        Name of the layer, for the listing.
    count
        How many parts; a layer without rows makes one that is empty.
    overwrite
        Whether to replace a folder of parts that is there.
    step
        Told how many rows are written.

    Raises
    ------
    UsageError
        When there are fewer rows than parts.
    OutputError, OutputExistsError
        When it cannot be written, or exists.
    """
    if rows.count and count > rows.count:
        raise UsageError(
            f"{path}: {rows.count} rows cannot be divided into {count} parts.",
            remedy=f"Give --partitions a number up to {rows.count}.",
        )
    with atomic_folder(path, overwrite=overwrite, is_own=is_partitions, within=rows.folder) as made:
        parts = _write_parts(rows, made, count if rows.count else 1, step)
        listing = {
            "format": FORMAT,
            "layer": layer,
            "rows": rows.count,
            "columns": [name for name in rows.schema.names if name not in (SHAPE, BOX)],
            "parts": parts,
            "crs": None if rows.crs is None else crs.code_of(rows.crs),
        }
        (made / LIST_NAME).write_text(json_text(listing), encoding="utf-8")
    return parts


def _write_parts(rows: LayerRows, made: Path, count: int, step: Step) -> list[Part]:
    """Write the parts one after the other."""
    ranks = rank_rows(rows)
    edges = np.arange(count + 1) * len(ranks) // count
    bounds = _bounds_of_parts(rows, ranks, edges)
    parts = [
        Part(f"part-{number:05d}.parquet", int(edges[number + 1] - edges[number]), box)
        for number, box in enumerate(bounds)
    ]
    layout = Layout(rows.schema, rows.crs, frozenset(rows.types))
    tables = _Cut(sorted_tables(rows, ranks))
    for number, part in enumerate(parts):
        with open_file(made / part.path, layout, part.bbox) as file:
            for table in tables.take(part.rows):
                file.add(table)
        step("write", int(edges[number + 1]), len(ranks))
    return parts


class _Cut:
    """Hands out rows of a stream of tables, so many at a time."""

    def __init__(self, tables: Iterator[pa.Table]) -> None:
        self._tables = tables
        self._rest: pa.Table | None = None

    def take(self, count: int) -> Iterator[pa.Table]:
        """Yield the next ``count`` rows."""
        while count:
            table = self._rest if self._rest is not None else next(self._tables)
            yield table.slice(0, count)
            self._rest = table.slice(count) if table.num_rows > count else None
            count -= min(count, table.num_rows)


def _bounds_of_parts(
    rows: LayerRows, ranks: Ranks, edges: NDArray[np.int64]
) -> list[Bounds | None]:
    """Return the box of each part, None where no row of it has a shape."""
    found: Floats = np.tile([np.inf, np.inf, -np.inf, -np.inf], (len(edges) - 1, 1))
    start = 0
    for boxes in rows.boxes():
        own = ranks[start : start + len(boxes)]
        start += len(boxes)
        drawn = ~np.isnan(boxes).any(axis=1)
        part = np.searchsorted(edges, own[drawn], side="right") - 1
        np.minimum.at(found[:, :2], part, boxes[drawn, :2])
        np.maximum.at(found[:, 2:], part, boxes[drawn, 2:])
    return [_bounds(box) for box in found.tolist()]


def _bounds(box: list[float]) -> Bounds | None:
    xmin, ymin, xmax, ymax = box
    return (xmin, ymin, xmax, ymax) if xmin <= xmax else None
