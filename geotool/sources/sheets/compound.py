"""The container of old Office files (.xls): is it sound, and what is in its streams?

The reader of workbooks follows chains of sectors without end when they run in a circle, so
they are followed here first.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_HEADER = struct.Struct("<8s16x5H6x9L")
_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_END, _RESERVED = 0xFFFFFFFE, 0xFFFFFFFA
_FIRST_PLACES = 109  # sectors of the table listed in the header itself
_ENTRY = struct.Struct("<64sHB 49x LL4x")
_STREAM, _ROOT = 2, 5
_SHIFTS = (9, 12)


class UnsoundError(ValueError):
    """The chains of a compound file do not end, or lead out of it."""


@dataclass(frozen=True)
class Stream:
    """A stream by its name; ``data`` are its bytes."""

    name: str
    data: bytes


def read_streams(raw: bytes) -> list[Stream]:
    """Return the streams of a compound file.

    Raises
    ------
    UnsoundError
        When a chain of sectors runs in a circle or out of the file.
    """
    try:
        return list(_File(raw).streams())
    except struct.error as error:
        raise UnsoundError("it is cut short") from error


class _File:
    """A compound file: its sectors, and the table of which follows which."""

    def __init__(self, raw: bytes) -> None:
        magic, _, _, _, shift, small_shift, *rest = _HEADER.unpack_from(raw)
        _, table_count, self._directory, _, self._small_below, small_start, small_count, more, _ = (
            rest
        )
        if magic != _MAGIC or shift not in _SHIFTS or small_shift >= shift:
            raise UnsoundError("its header is damaged")
        self._raw = raw
        self._size, self._small_size = 1 << shift, 1 << small_shift
        places = self._places(more)[:table_count]
        self._next = [entry for place in places for entry in self._numbers(place)]
        chain = self._chain(small_start, self._next) if small_count else []
        small = b"".join(self._sector(place) for place in chain)
        self._small_next = list(struct.unpack(f"<{len(small) // 4}L", small))

    def streams(self) -> Iterator[Stream]:
        directory = b"".join(self._sector(p) for p in self._chain(self._directory, self._next))
        entries = list(_ENTRY.iter_unpack(directory))
        root = next((entry for entry in entries if entry[2] == _ROOT), None)
        if root is None:
            raise UnsoundError("it has no directory")
        chain = self._chain(root[3], self._next) if root[4] else []
        small = b"".join(self._sector(place) for place in chain)
        for name, length, kind, start, size in entries:
            if kind == _STREAM:
                label = name[: max(length, 2) - 2].decode("utf-16-le", "replace")
                yield Stream(label, self._data(start, size, small))

    def _data(self, start: int, size: int, small: bytes) -> bytes:
        if not size:
            return b""
        if size >= self._small_below:
            chain = self._chain(start, self._next)
            return b"".join(self._sector(place) for place in chain)[:size]
        step = self._small_size
        chain = self._chain(start, self._small_next)
        return b"".join(small[place * step : (place + 1) * step] for place in chain)[:size]

    def _places(self, start: int) -> list[int]:
        """Return the sectors of the table: those in the header, then those of its own chain."""
        places = list(struct.unpack_from(f"<{_FIRST_PLACES}L", self._raw, _HEADER.size))
        seen: set[int] = set()
        while start < _RESERVED:
            if start in seen:
                raise UnsoundError("its table runs in a circle")
            seen.add(start)
            *more, start = self._numbers(start)
            places += more
        return [place for place in places if place < _RESERVED]

    def _chain(self, start: int, following: Sequence[int]) -> list[int]:
        chain: list[int] = []
        place = start
        while place != _END:
            if place >= len(following) or len(chain) > len(following):
                raise UnsoundError("a chain of its sectors does not end")
            chain.append(place)
            place = following[place]
        return chain

    def _sector(self, place: int) -> bytes:
        return self._raw[(place + 1) * self._size : (place + 2) * self._size]

    def _numbers(self, place: int) -> tuple[int, ...]:
        return struct.unpack(f"<{self._size // 4}L", self._sector(place).ljust(self._size, b"\xff"))
