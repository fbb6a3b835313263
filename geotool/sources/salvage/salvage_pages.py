"""A damaged GeoPackage, row by row: rows on pages that are lost are named, the others kept."""

import shutil
import sqlite3
import struct
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import shapely

from geotool.errors import ReadError, UsageError
from geotool.sources import sublayers
from geotool.sources.files import Source
from geotool.sources.records import RawLayer
from geotool.sources.salvage.salvaged import Salvaged, known_system, limit, unreadable

_LAYERS = """
SELECT c.table_name, g.column_name, s.organization, s.organization_coordsys_id, s.definition
FROM gpkg_contents c JOIN gpkg_geometry_columns g ON g.table_name = c.table_name
LEFT JOIN gpkg_spatial_ref_sys s ON s.srs_id = g.srs_id
WHERE c.data_type = 'features' ORDER BY c.table_name
"""
_COUNT = "SELECT feature_count FROM gpkg_ogr_contents WHERE table_name = ?"
_ENVELOPE_BYTES = (0, 32, 48, 48, 64)
_HEADER_BYTES = 8
_EMPTY_BIT = 0x10
_PAGE_BYTES_AT, _PAGE_COUNT_AT = 16, 28
_BELIEVED_GROWTH = 100  # times what is left
_LOST = "the page of the file that held it is damaged"
_FAILURES = (sqlite3.Error, ValueError, TypeError, OverflowError)


class _DamagedCellError(ValueError):
    """A cell that cannot be true."""


@dataclass(frozen=True)
class _Layer:
    """A layer of features: its table, its columns with that of the shapes, its system."""

    name: str
    shape: str
    columns: tuple[str, ...]
    key: str | None
    system: str | None


def read_rows(source: Source, path: Path, layer_name: str) -> RawLayer:
    """Return the sound rows of one layer of a GeoPackage; record numbers are its row numbers.

    ``layer_name`` decides where the source names none of several layers.

    Raises
    ------
    ReadError
        When nothing of it could be read, or the choice of the layer is open.
    """
    try:
        with _opened(path) as database:
            layer = _layer(source, database, layer_name)
            found = Salvaged(columns=[name for name in layer.columns if name != layer.shape])
            _collect(database, layer, found)
            _reject_lost(database, layer, found)
    except (ReadError, UsageError):
        raise
    except _FAILURES:
        raise unreadable(source) from None
    return found.layer(source, layer.name, layer.system)


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a copy for reading, so that nothing is written beside the user's file."""
    with tempfile.TemporaryDirectory(prefix="geotool-", ignore_cleanup_errors=True) as folder:
        copy = Path(folder) / "copy.gpkg"
        shutil.copyfile(path, copy)
        log = path.with_name(f"{path.name}-wal")
        if log.is_file():
            shutil.copyfile(log, copy.with_name(f"{copy.name}-wal"))
        _fill_up(copy)
        with closing(sqlite3.connect(copy)) as database:
            database.text_factory = _damaged_text
            database.execute("PRAGMA query_only = ON")
            yield database


def _damaged_text(text: bytes) -> str:
    """Return a name or a definition of the file; one damaged letter does not hide the rest."""
    return text.decode("utf-8", errors="replace")


def _fill_up(copy: Path) -> None:
    """Give a database that was cut the length it states, or none of it can be asked."""
    with copy.open("r+b") as stream:
        head = stream.read(_PAGE_COUNT_AT + 4)
        if len(head) < _PAGE_COUNT_AT + 4:
            return
        page_bytes, pages = struct.unpack_from(">H10xI", head, _PAGE_BYTES_AT)
        stated, actual = pages * (page_bytes if page_bytes != 1 else 65536), copy.stat().st_size
        if actual < stated <= _BELIEVED_GROWTH * actual:
            stream.truncate(stated)


def _layer(source: Source, database: sqlite3.Connection, layer_name: str) -> _Layer:
    rows = database.execute(_LAYERS).fetchall()
    chosen = sublayers.choose(source, [str(row[0]) for row in rows], layer_name)
    name, shape, authority, code, text = next(row for row in rows if row[0] == chosen)
    columns = database.execute(f"PRAGMA table_info({_quoted(name)})").fetchall()
    keys = [str(row[1]) for row in columns if row[5]]
    return _Layer(
        name=name,
        shape=shape,
        columns=tuple(str(row[1]) for row in columns if not row[5]),
        key=keys[0] if keys else None,
        system=_system(authority, code, text),
    )


def _system(authority: object, code: object, text: object) -> str | None:
    for candidate in (f"{authority}:{code}", str(text)):
        if known_system(candidate) is not None:
            return candidate
    return None


def _collect(database: sqlite3.Connection, layer: _Layer, found: Salvaged) -> None:
    """Read on from the last row; where that fails, row by row until it works again."""
    database.text_factory = bytes
    listed = ", ".join(_quoted(name) for name in layer.columns)
    table = _quoted(layer.name)
    following = f"SELECT rowid, {listed} FROM {table} WHERE rowid > ? ORDER BY rowid"
    single = f"SELECT rowid, {listed} FROM {table} WHERE rowid = ?"
    highest = _highest(database, layer)
    last = 0
    while last < highest:
        try:
            for row in database.execute(following, (last,)):
                last = row[0]
                _take(found, layer, row)
            return
        except sqlite3.DatabaseError:
            last = _step(database, single, layer, found, (last + 1, highest))


def _step(
    database: sqlite3.Connection,
    query: str,
    layer: _Layer,
    found: Salvaged,
    span: tuple[int, int],
) -> int:
    """Read single rows from the first of a span until one is there again; return its number."""
    first, highest = span
    for number in range(first, min(highest, first + int(limit("listed_max"))) + 1):
        try:
            row = database.execute(query, (number,)).fetchone()
        except sqlite3.DatabaseError:
            found.reject(number, _LOST)
            continue
        if row is not None:
            _take(found, layer, row)
            return number
    return highest


def _highest(database: sqlite3.Connection, layer: _Layer) -> int:
    """Return the highest row number that the file knows of."""
    found = [_stated_count(database, layer)]
    for query in (
        f"SELECT max(rowid) FROM {_quoted(layer.name)}",
        f"SELECT seq FROM sqlite_sequence WHERE name = {_text(layer.name)}",
    ):
        try:
            row = database.execute(query).fetchone()
        except sqlite3.DatabaseError:
            continue
        found.append(int(row[0]) if row is not None and row[0] is not None else 0)
    return max(found)


def _stated_count(database: sqlite3.Connection, layer: _Layer) -> int:
    try:
        row = database.execute(_COUNT, (layer.name,)).fetchone()
    except sqlite3.DatabaseError:
        return 0
    return int(row[0]) if row is not None and isinstance(row[0], int) else 0


def _reject_lost(database: sqlite3.Connection, layer: _Layer, found: Salvaged) -> None:
    """Set aside the rows that the file counts but no longer holds."""
    missing = _stated_count(database, layer) - found.count
    if missing > 0:
        numbers = (*found.numbers, *(one.record for one in found.rejected))
        first = max(numbers, default=0) + 1
        found.reject_rest(first, first + missing - 1, _LOST)


def _take(found: Salvaged, layer: _Layer, row: Sequence[object]) -> None:
    """Keep or reject one row."""
    number = int(str(row[0]))
    try:
        cells = {n: _cell(n, v) for n, v in zip(layer.columns, row[1:], strict=True)
                 if n != layer.shape}  # fmt: skip
        shape = _shape(row[1 + layer.columns.index(layer.shape)])
    except _DamagedCellError as error:
        found.reject(number, str(error))
        return
    found.keep(number, cells, shape)


def _cell(name: str, value: object) -> object:
    if not isinstance(value, bytes):
        return value
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        raise _DamagedCellError(f"its column {name} is no text") from None


def _shape(blob: object) -> shapely.Geometry | None:
    if blob is None:
        return None
    if not isinstance(blob, bytes) or blob[:2] != b"GP" or len(blob) < _HEADER_BYTES:
        raise _DamagedCellError("its shape is damaged")
    flags = blob[3]
    envelope = flags >> 1 & 7
    if envelope >= len(_ENVELOPE_BYTES):
        raise _DamagedCellError("its shape is damaged")
    if flags & _EMPTY_BIT:
        return None
    try:
        return shapely.from_wkb(blob[_HEADER_BYTES + _ENVELOPE_BYTES[envelope] :])
    except (shapely.errors.ShapelyError, ValueError, struct.error):
        raise _DamagedCellError("its shape is damaged") from None


def _quoted(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def _text(value: str) -> str:
    doubled = value.replace("'", "''")
    return f"'{doubled}'"
