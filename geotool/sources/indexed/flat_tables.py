"""FlatBuffers tables read many at once, with arrays of their places instead of objects.

Layout: FlatBuffers internals, https://flatbuffers.dev/internals/: little endian; a table starts
with the distance back to its vtable, whose entries are the distances of the fields from the
table, 0 for a field left out; text and vectors stand at an offset, a count before them.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.int64]
"""Places of bytes; 0 where something is left out, as no table or field stands there."""


class FlatTables:
    """Bytes that hold any number of tables.

    Every method raises IndexError or ValueError when a place lies outside the bytes.
    """

    def __init__(self, data: bytes) -> None:
        self.data = data

    def numbers(self, kind: str, places: Places) -> NDArray[Any]:
        """Return the number of a kind ("<u4") at each place."""
        dtype = np.dtype(kind)
        if not len(places):
            return np.zeros(0, dtype)
        count = len(self.data) - dtype.itemsize + 1
        return np.ndarray((count,), dtype, self.data, strides=(1,))[places]

    def fields(self, tables: Places, slot: int) -> Places:
        """Return the place of one field in each table, 0 where it is left out."""
        vtables = tables - self.numbers("<i4", tables)
        entry = 4 + 2 * slot
        held = np.flatnonzero(self.numbers("<u2", vtables) > entry)
        offsets = np.zeros(len(tables), dtype=np.int64)
        offsets[held] = self.numbers("<u2", vtables[held] + entry)
        return np.where(offsets > 0, tables + offsets, 0)

    def inner(self, tables: Places, slot: int) -> Places:
        """Return the place of the table, text or vector in one field of each table."""
        places = self.fields(tables, slot)
        return np.where(places > 0, places + self.numbers("<u4", places), 0)

    def vectors(self, tables: Places, slot: int) -> tuple[Places, Places]:
        """Return where the elements of a vector in one field of each table begin, and their count.

        The count is 0 where the field is left out.
        """
        places = self.inner(tables, slot)
        counts = np.where(places > 0, self.numbers("<u4", places), 0).astype(np.int64)
        if counts.max(initial=0) > len(self.data):
            raise ValueError("a vector is longer than the file")
        return places + 4, counts

    def scalars(self, tables: Places, slot: int, kind: str, absent: int = 0) -> NDArray[Any]:
        """Return a number in one field of each table, `absent` where it is left out."""
        places = self.fields(tables, slot)
        return np.where(places > 0, self.numbers(kind, places), absent)

    def texts(self, tables: Places, slot: int) -> list[str]:
        """Return the text in one field of each table, empty where it is left out."""
        starts, counts = self.vectors(tables, slot)
        return [
            self.data[start : start + count].decode()
            for start, count in zip(starts.tolist(), counts.tolist(), strict=True)
        ]

    def tables(self, tables: Places, slot: int) -> tuple[Places, Places]:
        """Return the tables in a vector of tables, those of each table in turn, and their count."""
        starts, counts = self.vectors(tables, slot)
        entries = spread(starts, counts, 4)
        return entries + self.numbers("<u4", entries), counts


def spread(starts: Places, counts: Places, size: int) -> Places:
    """Return the places of all elements of some vectors, `size` bytes each, one after the other."""
    ends = np.cumsum(counts)
    firsts = np.repeat(starts - size * (ends - counts), counts)
    return firsts + size * np.arange(len(firsts))
