"""The rows of one layer as a stream of Arrow tables: read once, never held whole.

The tables hold what ``vector.read_vector`` would read, the shapes as WKB.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio

from geotool.errors import ReadError
from geotool.records import LayerSchema
from geotool.sources import partitions
from geotool.sources.columnar import shape_column
from geotool.sources.files import Source
from geotool.sources.partitions import Part
from geotool.sources.records import Note, ReadOptions
from geotool.sources.staging import staged
from geotool.sources.vectors import bytewise, features, parquet, shapefile, vector
from geotool.sources.vectors.headed import Header, declared_system, guarded

SHAPE = "geometry"
"""Name of the column of shapes."""

BATCH_ROWS = 25_000

_STREAMED = frozenset(
    {"gpkg", "sqlite", "geojson", "topojson", "geojsonseq", "shp", "shpzip", "fgb", "mapinfo"}
    | {"gml", "gdb", *parquet.KINDS}
)
_OGR_TYPE = b"GDAL:OGR:type"
_MOMENT = pa.timestamp("ms")
_TAKEN = (
    pa.types.is_integer,
    pa.types.is_floating,
    pa.types.is_boolean,
    pa.types.is_timestamp,
    pa.types.is_date,
)

ResultT = TypeVar("ResultT")


class UnstreamedError(ReadError):
    """The rows mean what they do only when all are read at once; the message says why."""


@dataclass(frozen=True)
class Stream:
    """One layer under way.

    Attributes
    ----------
    source
        The input, ready to be read.
    header
        What the layer declares, its count of rows among it.
    crs
        The system it declares, as text; None for none.
    notes
        (rule, message, remedy) on the choice of the layer and on what it declares.
    tables
        Its rows in file order.
    """

    source: Source
    header: Header
    crs: str | None
    notes: tuple[Note, ...]
    tables: Iterator[pa.Table]


@contextmanager
def open_stream(source: Source, schema: LayerSchema, options: ReadOptions) -> Iterator[Stream]:
    """Open one layer as a stream of tables.

    Raises
    ------
    ReadError
        As ``vector.read_vector``.
    UnstreamedError
        When a layer of its kind, or with its columns, cannot be read in pieces.
    """
    if source.kind not in _STREAMED:
        raise UnstreamedError(f"{source.label} is read at once")
    shapefile.require_parts(source)
    if source.kind in parquet.KINDS:
        yield _parquet_stream(source)
        return
    vector.require_whole(source)
    with staged(source) as ready:
        header, notes = _chosen(ready, schema)
        system, found = vector.system_of(ready, header, options)
        notes = (*notes, *vector.column_notes(ready, header), *found)
        with _open_arrow(ready, header.name) as tables:
            yield Stream(ready, header, system, notes, _counted(header, tables))


def _chosen(source: Source, schema: LayerSchema) -> tuple[Header, tuple[Note, ...]]:
    """Return the layer to read, and what was guessed about it."""
    if source.kind == "geojson" and source.sublayer is None:
        info = features.read_info(source, None)  # its one layer, without another look
        name = source.name if source.data is not None else info["layer_name"]
        return replace(vector.header_of(source, info), name=name), ()
    names = vector.list_sublayers(source)
    chosen, notes = vector.choose_layers(source, names, schema)
    if len(chosen) > 1:
        raise UnstreamedError("several layers of it are read as one")
    return vector.read_header(source, chosen[0]), tuple(notes)


@contextmanager
def _open_arrow(source: Source, sublayer: str) -> Iterator[Iterator[pa.Table]]:
    """Open a layer in the library below; text comes byte by byte where its encoding is open."""
    # MapInfo's bytes are handed on as they are, whatever they are called
    encoding = {"mapinfo": "UTF-8", "shp": bytewise.CODEC, "shpzip": bytewise.CODEC}
    opened = pyogrio.raw.open_arrow(
        features.place_of(source, sublayer),
        layer=features.layer_name(source, sublayer),
        encoding=encoding.get(source.kind),
        batch_size=BATCH_ROWS,
        use_pyarrow=True,
        datetime_as_string=True,
    )
    with features.settings(source), ExitStack() as stack:
        meta, reader = _tried(source, lambda: stack.enter_context(opened))
        if meta["geometry_type"] is None:
            raise UnstreamedError("it has no shapes of its own")
        yield _feature_tables(source, meta["geometry_name"] or "wkb_geometry", reader)


def _feature_tables(source: Source, shape: str, reader: pa.RecordBatchReader) -> Iterator[pa.Table]:
    """Yield the batches of a reader as tables, one without rows before them."""
    plain = _PlainColumns(declared_times=True, bytewise=source.kind == "mapinfo")
    empty = _tried(source, lambda: pa.Table.from_batches([], reader.schema))
    names = [*(name for name in empty.column_names if name != shape), shape]
    yield plain.table(empty.select(names), shape)
    while (batch := _tried(source, lambda: next(reader, None))) is not None:
        table = pa.Table.from_batches([batch]).select(names)
        yield _tried(source, partial(plain.table, table, shape))
    plain.finish()


def _tried(source: Source, work: Callable[[], ResultT]) -> ResultT:
    """Do some work of a library; where it fails the whole read may not."""
    try:
        return guarded(source, work)
    except UnstreamedError:
        raise
    except ReadError as error:
        raise UnstreamedError(f"reading it in pieces failed ({error.message})") from error


def _counted(header: Header, tables: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """Yield tables; fewer rows than the layer declares are for the whole read to explain."""
    count = 0
    for table in tables:
        count += table.num_rows
        yield table
    if count != header.count:
        raise UnstreamedError(f"{count} of the {header.count} rows it declares could be read")


def _parquet_stream(source: Source) -> Stream:
    header = parquet.read_parquet_header(source)
    parts: Sequence[Part] = [Part(source.path)] if source.path is not None else []
    if source.kind == "partitions" and source.path is not None:
        parts = partitions.list_parts(source.path).files
    if not parts:
        raise UnstreamedError("it is held in memory")
    tables = _counted(header, _part_tables(source, parts))
    return Stream(source, header, declared_system(header.crs), (), tables)


def _part_tables(source: Source, parts: Sequence[Part]) -> Iterator[pa.Table]:
    plain = _PlainColumns()
    for part in parts:
        with _tried(source, partial(pq.ParquetFile, part.path)) as file:
            arrow = file.schema_arrow
            shape = shape_column(arrow.metadata)
            if shape is None or shape.encoding != "WKB":
                raise UnstreamedError("it has no shapes written as WKB")
            taken = {*shape.attributes_of(arrow.names), shape.name}
            names = [name for name in arrow.names if name in taken]
            yield plain.table(arrow.empty_table().select(names), shape.name)
            batches = file.iter_batches(batch_size=BATCH_ROWS, columns=names)
            while (batch := _tried(source, partial(next, batches, None))) is not None:
                table = pa.Table.from_batches([batch]).select(names)
                yield _tried(source, partial(plain.table, table, shape.name))


class _PlainColumns:
    """Makes columns of numbers, text and moments of what a library hands over.

    Parameters
    ----------
    declared_times
        Whether dates, and moments as text, are declared as such by the columns.
    bytewise
        Whether the bytes of text are in an encoding of their own.
    """

    def __init__(self, *, declared_times: bool = False, bytewise: bool = False) -> None:
        self._declared_times, self._bytewise = declared_times, bytewise
        self._parsing: dict[str, bool] = {}

    def table(self, table: pa.Table, shape: str) -> pa.Table:
        """Return the table with the shapes as WKB, and no other column of their name."""
        columns = {}
        for field in table.schema:
            if field.name == shape:
                columns[SHAPE] = _storage(table[shape]).cast(pa.binary())
            elif field.name != SHAPE:
                columns[field.name] = self._column(field, table[field.name])
        return pa.table(columns)

    def finish(self) -> None:
        """Refuse columns of objects that only text was looked at for.

        Raises
        ------
        UnstreamedError
            When every cell of such a column is an object.
        """
        objects = [name for name, parses in self._parsing.items() if parses]
        if objects:
            raise UnstreamedError(f"its column '{objects[0]}' holds lists or objects")

    def _column(self, field: pa.Field, cells: pa.ChunkedArray) -> pa.ChunkedArray:
        kind = field.type
        if pa.types.is_null(kind):
            return cells.cast(pa.string())
        if pa.types.is_dictionary(kind):
            return cells.cast(kind.value_type)
        if getattr(kind, "extension_name", "") == "arrow.json":
            return self._texts_of_json(field.name, _storage(cells))
        if pa.types.is_string(kind) or pa.types.is_large_string(kind):
            return self._texts(field, cells)
        if pa.types.is_date(kind) and self._declared_times:
            return cells.cast(_MOMENT)
        if any(is_kind(kind) for is_kind in _TAKEN):
            return cells
        raise UnstreamedError(f"its column '{field.name}' holds neither text nor numbers")

    def _texts(self, field: pa.Field, cells: pa.ChunkedArray) -> pa.ChunkedArray:
        if (field.metadata or {}).get(_OGR_TYPE) == b"DateTime":
            return _moments(field.name, cells)
        return _by_bytes(cells) if self._bytewise else cells

    def _texts_of_json(self, name: str, cells: pa.ChunkedArray) -> pa.ChunkedArray:
        """Return text as it is; where all of it is objects, the whole read makes them."""
        texts = [text for text in cells.to_pylist() if text is not None]
        if texts:
            self._parsing[name] = self._parsing.get(name, True) and all(map(_parses, texts))
        return cells.cast(pa.string())


def _storage(cells: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return the cells of an extension type as what they are stored as."""
    if not isinstance(cells.type, pa.BaseExtensionType):
        return cells
    chunks = [chunk.storage for chunk in cells.chunks]
    return pa.chunked_array(chunks, type=cells.type.storage_type)


def _by_bytes(cells: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return text whose bytes are in any encoding with a byte a letter."""
    texts = [
        None if raw is None else raw.decode("latin-1")
        for chunk in cells.chunks
        for raw in chunk.view(pa.binary()).to_pylist()
    ]
    return pa.chunked_array([pa.array(texts, pa.string())])


def _moments(name: str, cells: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return moments that are written as text; where a zone is stated all rows decide."""
    moments = pd.to_datetime(cells.to_pandas(), format="ISO8601")
    if moments.dtype.kind != "M" or getattr(moments.dtype, "tz", None) is not None:
        raise UnstreamedError(f"its column '{name}' holds times of several zones")
    return pa.chunked_array([pa.array(moments.dt.as_unit("ms"), _MOMENT, from_pandas=True)])


def _parses(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
