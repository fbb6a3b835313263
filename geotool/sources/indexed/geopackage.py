"""A GeoPackage asked through its own R-tree, with the standard library's SQLite.

The blob of a shape is a head (its length depends on the box stored in it) and well-known binary:
OGC 12-128, "GeoPackage Encoding Standard", 2.1.3. The R-tree stores boxes rounded outwards.
"""

import sqlite3
import time
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
from geotool.sources.indexed.near_rows import Boxes, LayerFacts, NearRows, StaleIndexError
from geotool.sources.indexed.sqlite_file import connect

_TREE_ROUNDING = 2.0**-21  # of a coordinate; an R-tree keeps 24 binary digits, rounded outwards
_STYLE_TABLES = frozenset({"layer_styles", "qgis_projects"})
_UNKNOWN = "GDAL"  # organisation of the systems that stand for an unknown one
_MAGIC, _HEAD_BYTES = b"GP", 8
_BOX_BYTES = (0, 32, 48, 48, 64)
_EMPTY_FLAG = 0x10
_ROWS_AT_ONCE = 500
_THREADS = 4
_BOXES_TRIED = 24
_SLOW_S = 0.0005  # a box; from memory one takes a fifth of it
_LARGE_BYTES = 100_000_000
"""A larger file is read by several threads; speed only."""
_SMALL_COUNT = 20_000
"""Rows are counted where a kept count is smaller, and there may be more."""

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

    Where the disk has to be waited for, each of its connections reads on a thread of its own: it
    answers several at once in about the time of one.
    """

    facts: LayerFacts
    name: str
    connections: tuple[sqlite3.Connection, ...]
    row_id: str
    shape_column: str
    booleans: frozenset[str]

    @property
    def tree(self) -> str:
        """Name of its R-tree."""
        return f"rtree_{self.facts.sublayer}_{self.shape_column}"

    def read_near(self, boxes: Boxes, columns: Sequence[str]) -> NearRows:
        """Return every row whose box meets one of the boxes, edges included, each once.

        Raises
        ------
        ReadError
            When the file is damaged.
        StaleIndexError
            When the R-tree knows rows that are gone, or has them where they are not.
        """
        wanted = list(enumerate(boxes.tolist()))
        with _translated(self.name), ThreadPoolExecutor(len(self.connections)) as threads:
            used = self.connections[: None if self._is_slow(wanted) else 1]
            near = threads.map(self._find_near, used, _shares(wanted, len(used)))
            found_by = {row: box for part in near for row, box in part.items()}
            ids = sorted(found_by)
            read = partial(self._fetch, columns=columns)
            found = threads.map(read, used, _shares(ids, len(used)))
            rows = [row for part in found for row in part]
        kept = _rows(rows, columns, self.name)
        asked = boxes[[found_by[number] for number in kept.numbers.tolist()]]
        if len(rows) < len(ids) or _have_strayed(kept.shapes, asked):
            raise StaleIndexError
        truths = {name: _truths(kept.columns[name]) for name in self.booleans & set(columns)}
        return replace(kept, columns={**kept.columns, **truths})

    def _is_slow(self, boxes: list[tuple[int, list[float]]]) -> bool:
        """Return whether the disk has to be waited for; only then several threads pay."""
        tried = boxes[:: -(-len(boxes) // _BOXES_TRIED) or 1]
        begun = time.perf_counter()
        self._find_near(self.connections[0], tried)
        return time.perf_counter() - begun > _SLOW_S * len(tried)

    def _find_near(
        self, connection: sqlite3.Connection, boxes: list[tuple[int, list[float]]]
    ) -> dict[int, int]:
        """Return the ids of rows near some boxes, each with the place of a box that found it."""
        query = _BOX_QUERY.format(_quoted(self.tree))
        cursor = connection.cursor()
        found: dict[int, int] = {}
        for place, (x0, y0, x1, y1) in boxes:
            rows = cursor.execute(query, (x0, x1, y0, y1)).fetchall()
            found.update(dict.fromkeys([row[0] for row in rows], place))
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
        When the file is damaged, or another program writes it or was stopped while it did.
    StaleIndexError
        When nothing keeps the R-tree up to date, or it lacks rows.
    """
    connection = connect(source.path)
    if connection is None:
        yield None
        return
    with closing(connection), ExitStack() as others:
        with _translated(source.name):
            layer = _find_layer(connection, source.name, sublayer)
            if layer is not None and _is_stale(layer, every=not _is_large(source.path)):
                raise StaleIndexError
        if layer is not None and _is_large(source.path):
            more = (connect(source.path) for _ in range(_THREADS - 1))
            opened = tuple(others.enter_context(closing(c)) for c in more if c is not None)
            layer = replace(layer, connections=(connection, *opened))
        yield layer


def _shares(items: list[_Item], count: int) -> list[list[_Item]]:
    """Return items in order, cut into so many runs."""
    size = -(-len(items) // count) or 1
    return [items[start : start + size] for start in range(0, size * count, size)]


def list_layers(source: Source) -> list[str]:
    """Return the names of the layers in the order of the file, none when it cannot be read."""
    connection = connect(source.path)
    if connection is None:
        return []
    try:
        names = connection.execute("SELECT table_name FROM gpkg_contents ORDER BY rowid")
        return [name for (name,) in names if name not in _STYLE_TABLES]
    except sqlite3.Error:
        return []
    finally:
        connection.close()


def _is_large(path: Path | None) -> bool:
    return path is not None and path.stat().st_size > _LARGE_BYTES


def _find_layer(connection: sqlite3.Connection, name: str, sublayer: str) -> GeoPackageLayer | None:
    layers = {row[0]: row[1:] for row in connection.execute(_LAYERS)}
    if sublayer not in layers:
        return None
    shape_column, organisation, code, definition = layers[sublayer]
    if not _has_table(connection, f"rtree_{sublayer}_{shape_column}"):
        return None
    described = connection.execute(f"PRAGMA table_info({_quoted(sublayer)})").fetchall()
    row_id = _row_id(described)
    count, numbered = _count(connection, sublayer, row_id)
    facts = LayerFacts(
        sublayer=sublayer,
        columns=tuple(row[1] for row in described if row[1] not in (shape_column, row_id)),
        crs=_system(organisation, code, definition),
        feature_count=count,
        numbered=numbered,
        index="the R-tree of the GeoPackage",
    )
    booleans = frozenset(row[1] for row in described if row[2].upper() == "BOOLEAN")
    return GeoPackageLayer(facts, name, (connection,), row_id, shape_column, booleans)


def _row_id(described: Sequence[tuple[Any, ...]]) -> str:
    """Return what SQLite's own number of a row is called, by which an R-tree knows it."""
    keys = [row[1] for row in described if row[5]]
    types = [row[2].upper() for row in described if row[5]]
    if types == ["INTEGER"]:
        return str(keys[0])
    taken = {row[1].lower() for row in described}
    return next(name for name in ("rowid", "oid", "_rowid_") if name not in taken)


def _has_table(connection: sqlite3.Connection, name: str) -> bool:
    query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ? COLLATE NOCASE"
    return connection.execute(query, (name,)).fetchone() is not None


def _is_stale(layer: GeoPackageLayer, *, every: bool) -> bool:
    """Return whether the R-tree is seen to lack shapes of the layer.

    Triggers carry new and changed shapes into it (OGC 12-128, F.3), and it knows the last of
    them. Only a count of all tells of others: ``every`` asks for it.
    """
    if not _has_triggers(layer):
        return True
    connection, tree = layer.connections[0], _quoted(f"{layer.tree}_rowid")
    last = connection.execute(f"SELECT max(rowid) FROM {tree}").fetchone()[0]
    if last is None or _holds_drawn(layer, f"> {last}"):
        return True
    if not every:
        return False
    listed = connection.execute(f"SELECT count(*) FROM {tree}").fetchone()[0]
    return listed != layer.facts.feature_count and _holds_drawn(
        layer, f"NOT IN (SELECT rowid FROM {tree})"
    )


def _has_triggers(layer: GeoPackageLayer) -> bool:
    query = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ? COLLATE NOCASE"
    found = layer.connections[0].execute(query, (layer.facts.sublayer,))
    names = [name.lower() for (name,) in found]
    starts = [f"{layer.tree}_{event}".lower() for event in ("insert", "update")]
    return all(any(name.startswith(start) for name in names) for start in starts)


def _holds_drawn(layer: GeoPackageLayer, which: str) -> bool:
    """Return whether a row whose id is as told has a shape that is not empty."""
    shape, key, table = map(_quoted, (layer.shape_column, layer.row_id, layer.facts.sublayer))
    blobs = layer.connections[0].execute(f"SELECT {shape} FROM {table} WHERE {key} {which}")
    return any(blob is not None and not _is_empty(blob) for (blob,) in blobs)


def _is_empty(blob: object) -> bool:
    return isinstance(blob, bytes) and len(blob) >= _HEAD_BYTES and bool(blob[3] & _EMPTY_FLAG)


def _have_strayed(shapes: NDArray[np.object_], boxes: Boxes) -> bool:
    """Return whether some shapes are away from the boxes, one each, that found them."""
    bounds = shapely.bounds(shapes).reshape(-1, 4)
    slack = np.abs(bounds).max(initial=0.0) * _TREE_ROUNDING
    low, high = bounds[:, :2] - slack, bounds[:, 2:] + slack
    return bool(((low > boxes[:, 2:]) | (high < boxes[:, :2])).any())


def _count(connection: sqlite3.Connection, sublayer: str, row_id: str) -> tuple[int, bool]:
    """Return how many rows a layer has, and whether their ids are 1, 2, 3 without a gap.

    The count that programs keep in ``gpkg_ogr_contents`` is taken where it is there: counting
    reads the whole table. It is not where the row ids contradict it, or where it is small.
    """
    table, key = _quoted(sublayer), _quoted(row_id)
    first = connection.execute(f"SELECT min({key}) FROM {table}").fetchone()[0]
    last = connection.execute(f"SELECT max({key}) FROM {table}").fetchone()[0]
    most = 0 if first is None else last - first + 1
    kept = None
    if _has_table(connection, "gpkg_ogr_contents"):
        query = "SELECT feature_count FROM gpkg_ogr_contents WHERE table_name = ?"
        kept = connection.execute(query, (sublayer,)).fetchone()
    count = kept[0] if kept else None
    if count is None or count > most or count < min(most, _SMALL_COUNT):
        count = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    return int(count), (first, last) == (1, int(count))


def _system(organisation: str | None, code: int | None, definition: str | None) -> str | None:
    if organisation is not None and organisation.upper() == "EPSG" and code and code > 0:
        return f"EPSG:{code}"
    if organisation == _UNKNOWN:
        return None
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


def _decode(blobs: Sequence[Any], name: str) -> tuple[NDArray[np.object_], NDArray[np.bool_]]:
    """Return the shapes, and which rows have one that is not empty."""
    binary = np.empty(len(blobs), dtype=object)
    starts: dict[object, int] = {}
    for place, blob in enumerate(blobs):
        if blob is None:
            continue
        head = blob[:4] if isinstance(blob, bytes) else None
        start = starts.get(head)
        if start is None:
            start = starts[head] = _body_start(blob, name)
        if start:
            binary[place] = blob[start:]
    try:
        shapes = shapely.from_wkb(binary)
    except shapely.errors.ShapelyError as error:
        raise ReadError(
            f"{name}: the shapes of some rows cannot be read.", remedy=_DAMAGED
        ) from error
    return shapes, ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))


def _body_start(blob: object, name: str) -> int:
    """Return where the well-known binary of a shape begins, 0 for an empty shape."""
    head = blob[:_HEAD_BYTES] if isinstance(blob, bytes) else b""
    if len(head) < _HEAD_BYTES or head[:2] != _MAGIC or (head[3] >> 1 & 7) >= len(_BOX_BYTES):
        raise ReadError(f"{name}: the shape of a row is not one of a GeoPackage.", remedy=_DAMAGED)
    return 0 if head[3] & _EMPTY_FLAG else _HEAD_BYTES + _BOX_BYTES[head[3] >> 1 & 7]


def _truths(cells: Sequence[object]) -> list[object]:
    """Return the cells of a column declared to hold booleans, which are stored as numbers."""
    return [bool(cell) if isinstance(cell, int) else cell for cell in cells]


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
