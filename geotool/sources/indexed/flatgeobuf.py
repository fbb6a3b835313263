"""A FlatGeobuf asked through its own packed Hilbert R-tree.

Layout: https://flatgeobuf.org and https://github.com/flatgeobuf/flatgeobuf, src/fbs/header.fbs:
eight bytes of magic, the header, the tree from its root to its leaves (a node is four float64 and
an uint64, 40 bytes), the rows in the order of the leaves. Read with arrays alone: the library for
vector files takes three times as long to load as this takes to answer.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
import shapely
from numpy.typing import NDArray

from geotool.errors import ReadError
from geotool.sources.files import Source
from geotool.sources.indexed import flatgeobuf_rows
from geotool.sources.indexed.failures import translated
from geotool.sources.indexed.flat_tables import FlatTables, Places
from geotool.sources.indexed.meeting import Wanted
from geotool.sources.indexed.near_rows import Boxes, LayerFacts, NearRows

_MAGIC = b"fgb\x03fgb"
_HEAD_BYTES = 12
_NODE = np.dtype([("box", "<f8", 4), ("offset", "<u8")])
_JOINED_BYTES = 16_384
_NAME, _KIND, _COLUMNS, _COUNT, _NODE_SIZE, _CRS = 0, 2, 7, 8, 9, 10
_COLUMN_NAME, _COLUMN_TYPE = 0, 1
_ORGANISATION, _CODE, _WKT = 0, 1, 4
_USUAL_NODE_SIZE = 16
_HEADER_MOST_BYTES = 10 << 20


@dataclass(frozen=True)
class _Header:
    """What the file declares; ``kind`` and ``types`` as the format numbers them."""

    sublayer: str
    columns: tuple[str, ...]
    types: tuple[int, ...]
    crs: str | None
    kind: int
    count: int
    node_size: int
    size: int

    @property
    def levels(self) -> list[int]:
        """How many nodes each level of the tree has, the leaves first."""
        levels = [self.count]
        while len(levels) == 1 or levels[-1] > 1:
            levels.append(-(-levels[-1] // self.node_size))
        return levels

    def place_of(self, level: int) -> int:
        """Return where the nodes of a level begin in the file."""
        return self.size + _NODE.itemsize * sum(self.levels[level + 1 :])

    @property
    def rows_at(self) -> int:
        """Where the rows begin in the file."""
        return self.size + _NODE.itemsize * sum(self.levels)


@dataclass(frozen=True)
class FlatGeobufLayer:
    """The layer of an open FlatGeobuf that has an index."""

    facts: LayerFacts
    source: Source
    stream: BinaryIO
    header: _Header

    def read_near(self, boxes: Boxes, columns: Sequence[str]) -> NearRows:
        """Return every row whose box meets one of the boxes, edges included, each once.

        Raises
        ------
        ReadError
            When the file is damaged or cut short, or its index is not that of its rows.
        """
        with translated(self.source.name, self.source.label):
            numbers, bounds = self._search(boxes)
            tables, features = self._features(numbers)
            kind, types = self.header.kind, self.header.types
            shapes, others = flatgeobuf_rows.read_shapes(tables, features, kind)
            wanted = [self.header.columns.index(name) for name in columns]
            cells = flatgeobuf_rows.read_cells(tables, features, types, wanted)
            _require_inside(shapes, bounds)
        if len(others):
            shapes[others] = _straightened(self.source, numbers[others])
        places = np.flatnonzero(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)))
        found = {
            name: [column[place] for place in places.tolist()]
            for name, column in zip(columns, cells, strict=True)
        }
        return NearRows(numbers[places] + 1, shapes[places], found)

    def _search(self, boxes: Boxes) -> tuple[Places, Boxes]:
        """Return the leaves that meet a box, and their own boxes, in the order of the file."""
        levels, wanted = self.header.levels, Wanted(boxes)
        nodes = np.zeros(1, dtype=np.int64)
        bounds = np.zeros((0, 4))
        for level in range(len(levels) - 1, -1, -1):
            if level < len(levels) - 1:
                inner = np.arange(self.header.node_size)
                nodes = (nodes[:, None] * self.header.node_size + inner).ravel()
                nodes = nodes[nodes < levels[level]]
            bounds = self._nodes(level, nodes)["box"]
            met = wanted.meets(bounds)
            nodes, bounds = nodes[met], bounds[met]
        return nodes, bounds

    def _nodes(self, level: int, nodes: Places) -> NDArray[np.void]:
        starts = self.header.place_of(level) + _NODE.itemsize * nodes
        data, places = _gathered(self.stream, starts, starts + _NODE.itemsize)
        return np.frombuffer(data, dtype=_NODE)[places // _NODE.itemsize]

    def _features(self, numbers: Places) -> tuple[FlatTables, Places]:
        """Return the bytes of some rows, and where the table of each begins in them."""
        last, room = self.header.count - 1, _size_of(self.stream) - self.header.rows_at
        begins = self._nodes(0, numbers)["offset"].astype(np.int64)
        ends = self._nodes(0, np.minimum(numbers + 1, last))["offset"].astype(np.int64)
        ends[numbers == last] = room
        if (ends <= begins).any() or (ends > room).any():
            raise ValueError("its index is not in the order of its rows")
        rows_at = self.header.rows_at
        data, places = _gathered(self.stream, rows_at + begins, rows_at + ends)
        tables = FlatTables(data)
        return tables, places + 4 + tables.numbers("<u4", places + 4)


@contextmanager
def open_indexed(source: Source, sublayer: str | None) -> Iterator[FlatGeobufLayer | None]:
    """Open a FlatGeobuf for reading; None where it has no index or no such layer.

    Raises
    ------
    ReadError
        When the file is damaged or cut short.
    """
    if source.path is None:
        yield None
        return
    with source.path.open("rb") as stream:
        with translated(source.name, source.label):
            header = _read_header(stream, source.path.stem)
            if header is not None:
                _require_whole(stream, header, source.name)
        if header is None or sublayer not in (None, header.sublayer):
            yield None
            return
        facts = LayerFacts(
            sublayer=header.sublayer,
            columns=header.columns,
            crs=header.crs,
            feature_count=header.count,
            numbered=True,
            index="the packed R-tree of the FlatGeobuf",
        )
        yield FlatGeobufLayer(facts, source, stream, header)


def _read_header(stream: BinaryIO, stem: str) -> _Header | None:
    """Return what a file declares, None when it has no index.

    A file that was written as a stream counts its rows as 0 and has none.
    """
    head = stream.read(_HEAD_BYTES)
    if not head.startswith(_MAGIC):
        return None
    size = int.from_bytes(head[8:], "little")
    data = stream.read(min(size, _HEADER_MOST_BYTES))
    if len(data) < size:
        raise ValueError("its header is cut short")
    held = FlatTables(data)
    table = held.numbers("<u4", np.zeros(1, dtype=np.int64)).astype(np.int64)
    count = int(held.scalars(table, _COUNT, "<u8")[0])
    node_size = int(held.scalars(table, _NODE_SIZE, "<u2", _USUAL_NODE_SIZE)[0])
    if count == 0 or node_size < 2:
        return None
    columns, _ = held.tables(table, _COLUMNS)
    return _Header(
        sublayer=held.texts(table, _NAME)[0] or stem,
        columns=tuple(held.texts(columns, _COLUMN_NAME)),
        types=tuple(held.scalars(columns, _COLUMN_TYPE, "<u1").tolist()),
        crs=_system(held, held.inner(table, _CRS)),
        kind=int(held.scalars(table, _KIND, "<u1")[0]),
        count=count,
        node_size=node_size,
        size=_HEAD_BYTES + size,
    )


def _system(held: FlatTables, table: Places) -> str | None:
    if not table[0]:
        return None
    code = int(held.scalars(table, _CODE, "<i4")[0])
    if code > 0:
        return f"{held.texts(table, _ORGANISATION)[0] or 'EPSG'}:{code}"
    return held.texts(table, _WKT)[0] or None


def _require_whole(stream: BinaryIO, header: _Header, name: str) -> None:
    """Refuse a file that ends before its last row does."""
    room = _size_of(stream) - header.rows_at

    def begin_of(row: int) -> int:
        stream.seek(header.place_of(0) + _NODE.itemsize * row)
        node = np.frombuffer(stream.read(_NODE.itemsize), dtype=_NODE)
        return int(node["offset"][0])

    if room > 0:
        last = begin_of(header.count - 1)
        stream.seek(header.rows_at + last)
        size = stream.read(4)
        if len(size) == 4 and last + 4 + int.from_bytes(size, "little") <= room:
            return
    held = bisect_right(range(header.count), room, key=begin_of) - 1 if room > 0 else 0
    raise ReadError(
        f"{name}: it is cut short, {max(held, 0)} of {header.count} rows can be read.",
        remedy="Copy or export it again.",
    )


def _size_of(stream: BinaryIO) -> int:
    return stream.seek(0, 2)


def _gathered(stream: BinaryIO, starts: Places, ends: Places) -> tuple[bytes, Places]:
    """Return the bytes of some ranges, near ones read as one, and where each begins in them.

    The ranges ascend; those in one read are apart by what they are apart in the file.
    """
    breaks = np.flatnonzero(starts[1:] - ends[:-1] > _JOINED_BYTES) + 1
    firsts = np.append(0, breaks)[: len(starts)]
    lasts = np.append(breaks, len(starts))[: len(starts)] - 1
    pieces = []
    for start, end in zip(starts[firsts].tolist(), ends[lasts].tolist(), strict=True):
        stream.seek(start)
        pieces.append(stream.read(end - start))
        if len(pieces[-1]) < end - start:
            raise ValueError("it is cut short")
    sizes = ends[lasts] - starts[firsts]
    shifts = np.cumsum(sizes) - sizes - starts[firsts]
    return b"".join(pieces), starts + np.repeat(shifts, lasts - firsts + 1)


def _straightened(source: Source, numbers: Places) -> NDArray[np.object_]:
    """Return shapes that are not decoded here, curves as many straight lines."""
    import pyogrio

    from geotool.sources.staging import staged

    with translated(source.name, source.label), staged(source) as ready:
        binary = pyogrio.raw.read(ready.target, fids=numbers, columns=[])[2]
        shapes: NDArray[np.object_] = shapely.from_wkb(binary)
    return shapes


def _require_inside(shapes: NDArray[np.object_], bounds: Boxes) -> None:
    """Refuse shapes that reach out of their boxes in the index: other rows would be missed."""
    own = shapely.bounds(shapes)
    if (own[:, :2] < bounds[:, :2]).any() or (own[:, 2:] > bounds[:, 2:]).any():
        raise ValueError("its index is not that of its rows")
