"""Rows of a DBF table read from its bytes, each by itself, so that damage stays where it is."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

_HEADER_BYTES = 32
_FIELD_BYTES = 32
_END_OF_FIELDS = 0x0D
_SOUND, _DELETED = 0x20, 0x2A
_TRUE, _FALSE, _UNKNOWN = frozenset("TtYy"), frozenset("FfNn"), frozenset("? ")
_BINARY = {"I": "<i", "+": ">i", "O": ">d", "@": "<ii"}

Cell = str | int | float | bool | None


class DamagedRowError(ValueError):
    """A row that cannot be true; the message says why."""


@dataclass(frozen=True)
class DbfField:
    """A column: its name and text byte by byte, its type letter, its bytes in a row."""

    name: str
    kind: str
    first: int
    length: int
    decimals: int


@dataclass(frozen=True)
class Dbf:
    """A table: its columns and bytes; ``stated`` is the number of rows in its header."""

    data: bytes
    stated: int
    start: int
    row_bytes: int
    fields: tuple[DbfField, ...]

    @property
    def count(self) -> int:
        """Whole rows that are there."""
        return max(0, (len(self.data) - self.start) // self.row_bytes)

    def row(self, position: int) -> dict[str, Cell]:
        """Return the cells of a row, text byte by byte.

        Raises
        ------
        DamagedRowError
            When the row was deleted, or is no row.
        """
        at = self.start + position * self.row_bytes
        raw = self.data[at : at + self.row_bytes]
        if raw[0] == _DELETED:
            raise DamagedRowError("marked as deleted in the .dbf")
        if raw[0] != _SOUND:
            raise DamagedRowError("its row of the .dbf is damaged")
        return {
            field.name: _cell(field, raw[field.first : field.first + field.length])
            for field in self.fields
        }


def open_dbf(data: bytes) -> Dbf | None:
    """Return a table, None when its header is damaged."""
    if len(data) < _HEADER_BYTES:
        return None
    stated, start, row_bytes = struct.unpack_from("<IHH", data, 4)
    fields = tuple(_fields(data, min(start, len(data))))
    if not fields or 1 + sum(field.length for field in fields) != row_bytes:
        return None
    return Dbf(data, stated, start, row_bytes, fields)


def _fields(data: bytes, end: int) -> Iterator[DbfField]:
    first, names = 1, set[str]()
    for at in range(_HEADER_BYTES, end - _FIELD_BYTES + 1, _FIELD_BYTES):
        if data[at] == _END_OF_FIELDS:
            return
        name = data[at : at + 11].split(b"\0")[0].decode("latin-1").strip()
        kind, length, decimals = chr(data[at + 11]), data[at + 16], data[at + 17]
        if kind == "C":  # long text keeps the high byte of its length there
            length, decimals = length + 256 * decimals, 0
        while name in names:
            name = f"{name}_1"
        names.add(name)
        yield DbfField(name, kind, first, length, decimals)
        first += length


def _cell(field: DbfField, raw: bytes) -> Cell:
    if field.kind in _BINARY and len(raw) == struct.calcsize(_BINARY[field.kind]):
        value: int | float = struct.unpack(_BINARY[field.kind], raw)[0]
        return value
    text = raw.decode("latin-1").replace("\0", " ").rstrip()
    if field.kind in "NF":
        return _number(field, text.strip())
    if field.kind == "D":
        return _date(field, text.strip())
    if field.kind == "L":
        return _truth(field, text)
    return text or None


def _number(field: DbfField, text: str) -> Cell:
    if not text or set(text) == {"*"}:
        return None
    try:
        whole = field.decimals == 0 and "." not in text and "e" not in text.lower()
        return int(text) if whole else float(text.replace(",", "."))
    except ValueError:
        raise DamagedRowError(f"its column {field.name} holds no number") from None


def _date(field: DbfField, text: str) -> str | None:
    if not text.strip("0"):
        return None
    if len(text) == 8 and text.isascii() and text.isdigit():
        return f"{text[:4]}-{text[4:6]}-{text[6:]}"
    raise DamagedRowError(f"its column {field.name} holds no date")


def _truth(field: DbfField, text: str) -> bool | None:
    letter = text[:1] or " "
    if letter in _TRUE | _FALSE:
        return letter in _TRUE
    if letter in _UNKNOWN:
        return None
    raise DamagedRowError(f"its column {field.name} is neither true nor false")
