"""A GeoPackage asked through its own R-tree, with the standard library's SQLite.

The blob of a shape is a head (its length depends on the box stored in it) and well-known binary:
OGC 12-128, "GeoPackage Encoding Standard", 2.1.3. The R-tree stores boxes rounded outwards.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray

from geotool.errors import ReadError
from geotool.sources.files import Source
from geotool.sources.indexed.near_rows import Boxes, LayerFacts, NearRows

_STYLE_TABLES = frozenset({"layer_styles", "qgis_projects"})
_MAGIC = b"GP"
_BOX_BYTES = (0, 32, 48, 48, 64)
_EMPTY_FLAG = 0x10
_ROWS_AT_ONCE = 500
_THREADS = 4
_LARGE_BYTES = 100_000_000
"""A larger file is read by several threads; speed only."""

_DAMAGED = "Open it in the program that wrote it, and export or copy it again."
_LAYERS = """
SELECT g.table_name, g.column_name, s.organization, s.organization_coordsys_id, s.definition
FROM gpkg_geometry_columns g JOIN gpkg_contents c ON c.table_name = g.table_name
LEFT JOIN gpkg_spatial_ref_sys s ON s.srs_id = g.srs_id
"""
_BOX_QUERY = "SELECT id FROM {} WHERE maxx >= ? AND minx <= ? AND maxy >= ? AND miny <= ?"

_Item = TypeVar("_Item")


@dataclass(frozen=True)
class GeoPackageLayer:
    """One layer of an open GeoPackage that has an R-tree.

    Each of its connections reads on a thread of its own: a disk answers several at once in about
    the time of one.
    """

    facts: LayerFacts
    name: str
    connections: tuple[sqlite3.Connection, ...]
    row_id: str
    shape_column: str

    def read_near(self, boxes: Boxes, columns: Sequence[str]) -> NearRows:
        """Return every row whose box meets one of the boxes, edges included, each once.

        Raises
        ------
        ReadError
            When the file is damaged.
        """
        with _translated(self.name), ThreadPoolExecutor(len(self.connections)) as threads:
            near = threads.map(self._ids_near, self.connections, self._shares(boxes.tolist()))
            ids = sorted(set().union(*near))
            read = partial(self._fetch, columns=columns)
            found = threads.map(read, self.connections, self._shares(ids))
            rows = [row for part in found for row in part]
        return _rows(rows, columns, self.name)

    def _shares(self, items: list[_Item]) -> list[list[_Item]]:
        """Return items in order, cut into one run a connection."""
        size = -(-len(items) // len(self.connections)) or 1
        starts = range(0, size * len(self.connections), size)
        return [items[start : start + size] for start in starts]

    def _ids_near(self, connection: sqlite3.Connection, boxes: list[list[float]]) -> set[int]:
        query = _BOX_QUERY.format(_quoted(f"rtree_{self.facts.sublayer}_{self.shape_column}"))
        cursor = connection.cursor()
        found: set[int] = set()
        for x0, y0, x1, y1 in boxes:
            found.update(row[0] for row in cursor.execute(query, (x0, x1, y0, y1)).fetchall())
        return found

    def _fetch(
        self, connection: sqlite3.Connection, ids: list[int], *, columns: Sequence[str]
    ) -> list[tuple[Any, ...]]:
        names = ", ".join(_quoted(name) for name in (self.row_id, self.shape_column, *columns))
        query = f"SELECT {names} FROM {_quoted(self.facts.sublayer)} WHERE {_quoted(self.row_id)}"
        cursor = connection.cursor()
        rows: list[tuple[Any, ...]] = []
        for start in range(0, len(ids), _ROWS_AT_ONCE):
            listed = ",".join(map(str, ids[start : start + _ROWS_AT_ONCE]))
            rows += cursor.execute(f"{query} IN ({listed})").fetchall()
        return rows


@contextmanager
def open_indexed(source: Source, sublayer: str) -> Iterator[GeoPackageLayer | None]:
    """Open one layer for reading; None where it has no such layer with an R-tree.

    Raises
    ------
    ReadError
        When the file is damaged.
    """
    connection = _connect(source.path)
    if connection is None:
        yield None
        return
    with closing(connection), ExitStack() as others:
        with _translated(source.name):
            layer = _find_layer(connection, source.name, sublayer)
        if layer is not None and _is_large(source.path):
            more = (_connect(source.path) for _ in range(_THREADS - 1))
            opened = tuple(others.enter_context(closing(c)) for c in more if c is not None)
            layer = replace(layer, connections=(connection, *opened))
        yield layer


def list_layers(source: Source) -> list[str]:
    """Return the names of the layers in the order of the file, none when it cannot be read."""
    connection = _connect(source.path)
    if connection is None:
        return []
    try:
        names = connection.execute("SELECT table_name FROM gpkg_contents").fetchall()
        return [name for (name,) in names if name not in _STYLE_TABLES]
    except sqlite3.Error:
        return []
    finally:
        connection.close()


def _is_large(path: Path | None) -> bool:
    return path is not None and path.stat().st_size > _LARGE_BYTES


def _connect(path: Path | None) -> sqlite3.Connection | None:
    """Return a connection that can only read, within one transaction; None when none can be made.

    A file in write-ahead mode in a folder that cannot be written opens only as one that nobody
    changes, which is true when nobody left a journal beside it.
    """
    if path is None:
        return None
    address = path.resolve().as_uri()
    modes = ["mode=ro"]
    if not path.with_name(f"{path.name}-wal").exists():
        modes.append("mode=ro&immutable=1")
    for mode in modes:
        try:
            connection = sqlite3.connect(
                f"{address}?{mode}", uri=True, isolation_level=None, check_same_thread=False
            )
        except sqlite3.Error:
            continue
        try:
            connection.execute("BEGIN")
            connection.execute("SELECT count(*) FROM gpkg_contents").fetchone()
        except sqlite3.Error:
            connection.close()
            continue
        return connection
    return None


def _find_layer(connection: sqlite3.Connection, name: str, sublayer: str) -> GeoPackageLayer | None:
    layers = {row[0]: row[1:] for row in connection.execute(_LAYERS)}
    if sublayer not in layers:
        return None
    shape_column, organisation, code, definition = layers[sublayer]
    if not _has_table(connection, f"rtree_{sublayer}_{shape_column}"):
        return None
    described = connection.execute(f"PRAGMA table_info({_quoted(sublayer)})").fetchall()
    keys = [row[1] for row in described if row[5]]
    row_id = keys[0] if len(keys) == 1 else "rowid"
    count, numbered = _count(connection, sublayer, row_id)
    facts = LayerFacts(
        sublayer=sublayer,
        columns=tuple(row[1] for row in described if row[1] not in (shape_column, row_id)),
        crs=_system(organisation, code, definition),
        feature_count=count,
        numbered=numbered,
        index="the R-tree of the GeoPackage",
    )
    return GeoPackageLayer(facts, name, (connection,), row_id, shape_column)


def _has_table(connection: sqlite3.Connection, name: str) -> bool:
    query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ? COLLATE NOCASE"
    return connection.execute(query, (name,)).fetchone() is not None


def _count(connection: sqlite3.Connection, sublayer: str, row_id: str) -> tuple[int, bool]:
    """Return how many rows a layer has, and whether their ids are 1, 2, 3 without a gap.

    The count that programs keep in ``gpkg_ogr_contents`` is taken where it is there: counting
    reads the whole table.
    """
    kept = None
    if _has_table(connection, "gpkg_ogr_contents"):
        query = "SELECT feature_count FROM gpkg_ogr_contents WHERE table_name = ?"
        kept = connection.execute(query, (sublayer,)).fetchone()
    table, key = _quoted(sublayer), _quoted(row_id)
    if kept is None or kept[0] is None:
        kept = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    first = connection.execute(f"SELECT min({key}) FROM {table}").fetchone()[0]
    last = connection.execute(f"SELECT max({key}) FROM {table}").fetchone()[0]
    return int(kept[0]), (first, last) == (1, int(kept[0]))


def _system(organisation: str | None, code: int | None, definition: str | None) -> str | None:
    if organisation is not None and organisation.upper() == "EPSG" and code and code > 0:
        return f"EPSG:{code}"
    return definition if definition and definition.lower() != "undefined" else None


def _rows(rows: list[tuple[Any, ...]], columns: Sequence[str], name: str) -> NearRows:
    """Return fetched rows (row id, shape, cells) without those that have no shape."""
    cells = list(zip(*rows, strict=True)) or [()] * (len(columns) + 2)
    shapes, kept = _decode(cells[1], name)
    numbers = np.array(cells[0], dtype=np.int64)
    found = {column: cells[place] for place, column in enumerate(columns, 2)}
    if kept.all():
        return NearRows(numbers, shapes, found)
    places = np.flatnonzero(kept)
    chosen = {column: [values[i] for i in places] for column, values in found.items()}
    return NearRows(numbers[places], shapes[places], chosen)


def _decode(blobs: Sequence[object], name: str) -> tuple[NDArray[np.object_], NDArray[np.bool_]]:
    """Return the shapes, and which rows have one that is not empty."""
    binary = np.empty(len(blobs), dtype=object)
    for place, blob in enumerate(blobs):
        if blob is None:
            continue
        if not isinstance(blob, bytes) or blob[:2] != _MAGIC or (blob[3] >> 1 & 7) > 4:
            raise ReadError(
                f"{name}: the shape of a row is not one of a GeoPackage.", remedy=_DAMAGED
            )
        if not blob[3] & _EMPTY_FLAG:
            binary[place] = blob[8 + _BOX_BYTES[blob[3] >> 1 & 7] :]
    try:
        shapes = shapely.from_wkb(binary)
    except shapely.errors.ShapelyError as error:
        raise ReadError(
            f"{name}: the shapes of some rows cannot be read.", remedy=_DAMAGED
        ) from error
    return shapes, ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))


@contextmanager
def _translated(name: str) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise ReadError(
            f"{name}: it cannot be read as a GeoPackage (it is damaged or cut short).",
            remedy=_DAMAGED,
        ) from error


def _quoted(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'
