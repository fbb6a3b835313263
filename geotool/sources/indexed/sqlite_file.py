"""A SQLite file opened so that nothing of it changes, also on a share or while it is written."""

import sqlite3
from pathlib import Path, PurePath
from urllib.parse import quote

from geotool.errors import ReadError

_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_UNREADABLE = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN)
_WRITE_AHEAD = b"\x02\x02"  # versions in the head of the file: sqlite.org/fileformat.html, 1.3.3


def connect(path: Path | None) -> sqlite3.Connection | None:
    """Return a connection that can only read, within one transaction; None when none can be made.

    A file in write-ahead mode that nobody has open is opened as one that nobody changes, else two
    files would be left beside it, or in a folder that cannot be written it would not open.
    """
    if path is None:
        return None
    place = path.resolve()
    address = address_of(place)
    try:
        if not _rests(place):
            return _begun(f"{address}?mode=ro")
    except sqlite3.Error as error:
        _require_settled(place, error)
    try:
        return _begun(f"{address}?mode=ro&immutable=1")
    except sqlite3.Error:
        return None


def address_of(path: PurePath) -> str:
    """Return the address by which SQLite opens a file, also one on a Windows share."""
    text = path.as_posix()
    return f"file://{quote(text if text.startswith('/') else f'/{text}', safe='/:')}"


def _begun(address: str) -> sqlite3.Connection:
    connection = sqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM gpkg_contents").fetchone()
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _rests(path: Path) -> bool:
    """Return whether a file is in write-ahead mode, and nothing of a change lies beside it."""
    with path.open("rb") as stream:
        versions = stream.read(20)[18:]
    return versions == _WRITE_AHEAD and not path.with_name(f"{path.name}-wal").exists()


def _require_settled(path: Path, error: sqlite3.Error) -> None:
    """Refuse a file in the middle of a change: what it holds is half old and half new."""
    if error.sqlite_errorcode & 0xFF in _BUSY:
        raise ReadError(
            f"{path.name}: another program is writing it.",
            remedy="Wait until it has finished, or close the file there.",
        ) from error
    left = [end for end in ("-journal", "-wal") if path.with_name(f"{path.name}{end}").exists()]
    if left and error.sqlite_errorcode & 0xFF in _UNREADABLE:
        raise ReadError(
            f"{path.name}: a program was stopped while it wrote it, and left "
            f"{path.name}{left[0]} beside it.",
            remedy="Open it once in the program that wrote it, in a folder that can be written.",
        ) from error
