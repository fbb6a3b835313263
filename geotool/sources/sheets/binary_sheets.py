"""Binary sheets (.xls, .xlsb) looked through before they are read: how far do they reach?

The reader of workbooks makes room for every cell up to the last one, and for as many texts
as a count in the file states; neither is believed.
"""

import struct
from collections.abc import Iterator

from geotool.sources.sheets import compound, excel
from geotool.sources.sheets.cells import require_extent
from geotool.sources.sheets.compound import UnsoundError

_BOOKS = ("workbook", "book")
_BEGIN, _LOCK, _TEXTS, _MANY = 0x0809, 0x002F, 0x00FC, 0x00BD
_CELLS = frozenset({0x0006, 0x00FD, 0x0203, 0x0204, 0x0205, 0x027E, 0x00D6})
_TEXT_BYTES = 3  # the least that a text takes in the table of texts


def require_sound(raw: bytes, name: str) -> None:
    """Refuse an .xls file that is locked, reaches too far or has no end.

    Raises
    ------
    UnsoundError
        When it is damaged.
    ReadError
        When it is locked, or larger than ``layers/rules/tables.toml`` allows.
    """
    streams = {stream.name.casefold(): stream.data for stream in compound.read_streams(raw)}
    if "encryptedpackage" in streams:
        raise excel.locked(name)
    book = next((streams[title] for title in _BOOKS if title in streams), None)
    if book is None:
        raise UnsoundError("it holds no workbook")
    height, width, number = 0, 0, 0
    for kind, data in _records(book):
        if kind == _LOCK:
            raise excel.locked(name)
        if kind == _TEXTS:
            _require_texts(data, len(book))
        if kind == _BEGIN:
            require_extent(name, str(number), height, width)
            height, width, number = 0, 0, number + 1
        row, column = _place(kind, data)
        height, width = max(height, row), max(width, column)
    require_extent(name, str(number), height, width)


def extent_of_parts(raw: bytes) -> tuple[int, int]:
    """Return rows and columns of a sheet of an .xlsb file: row headers (0), cells (2 to 11)."""
    height, width, at = 0, 0, 0
    while at < len(raw):
        kind, at = _variable(raw, at, 2)
        size, at = _variable(raw, at, 4)
        if kind == 0 and size >= 4:
            height = max(height, int.from_bytes(raw[at : at + 4], "little") + 1)
        elif 1 < kind <= 11 and size >= 4:
            width = max(width, int.from_bytes(raw[at : at + 4], "little") + 1)
        at += size
    return height, width


def _records(book: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(book):
        kind, size = struct.unpack_from("<HH", book, at)
        yield kind, book[at + 4 : at + 4 + size]
        at += 4 + size


def _place(kind: int, data: bytes) -> tuple[int, int]:
    """Return how many rows and columns a sheet with this cell has at least."""
    if kind == _MANY and len(data) >= 6:
        row, first = struct.unpack_from("<HH", data)
        return row + 1, max(first, struct.unpack_from("<H", data, len(data) - 2)[0]) + 1
    if kind in _CELLS and len(data) >= 4:
        row, column = struct.unpack_from("<HH", data)
        return row + 1, column + 1
    return 0, 0


def _require_texts(data: bytes, size: int) -> None:
    if len(data) >= 8 and struct.unpack_from("<L", data, 4)[0] * _TEXT_BYTES > size:
        raise UnsoundError("its table of texts is damaged")


def _variable(raw: bytes, at: int, limit: int) -> tuple[int, int]:
    """Return a number of up to ``limit`` bytes of seven bits, and where it ends."""
    value = 0
    for i in range(limit):
        if at >= len(raw):
            break
        byte = raw[at]
        value |= (byte & 0x7F) << (7 * i)
        at += 1
        if not byte & 0x80:
            break
    return value, at
