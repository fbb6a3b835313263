"""Any input -> rows as it holds them, by the reader that knows its kind."""

from dataclasses import replace

from geotool import rules
from geotool.errors import ReadError
from geotool.records import LayerSchema
from geotool.sources.archives import UnsafeArchiveError
from geotool.sources.files import DisguisedError, Source
from geotool.sources.markup import UnsafeMarkupError
from geotool.sources.records import Grid, RawLayer, ReadOptions
from geotool.sources.sheets import interpret, tables, workbooks
from geotool.sources.text import mojibake
from geotool.sources.vectors import vector

WORKBOOKS = frozenset({"xlsx", "xls", "ods"})
"""Kinds of input that hold sheets."""

_DECODED_HERE = frozenset({"csv", "shp", "shpzip", "mapinfo", "dbf"})


def read_raw(source: Source, schema: LayerSchema, options: ReadOptions) -> RawLayer:
    """Return the rows of an input, its text in composed Unicode.

    With ``options.salvage`` a vector file that cannot be read whole is read record by record.

    Raises
    ------
    ReadError
        When it cannot be read, or the choice of a layer or sheet is open.
    """
    raw = _read(source, schema, options)
    if source.kind in _DECODED_HERE:
        if options.encoding is not None:
            return raw
        return mojibake.repair_text(raw, source.name)
    stated = raw.encoding if source.kind == "dxf" else None
    return mojibake.repair_text(raw, source.name, encoding=options.encoding or stated)


def _read(source: Source, schema: LayerSchema, options: ReadOptions) -> RawLayer:
    if source.kind == "csv":
        return _read_text(source, schema, options)
    if source.kind in WORKBOOKS:
        return _read_workbook(source, schema, options)
    if source.kind == "dxf":
        from geotool.sources.drawings import cad

        return cad.read_drawing(source, schema, options)
    if source.kind == "postgis":
        from geotool.sources.databases import postgis

        return postgis.read_table(source, schema, options)
    return _read_vector(source, schema, options)


def _read_vector(source: Source, schema: LayerSchema, options: ReadOptions) -> RawLayer:
    try:
        return vector.read_vector(source, schema, options)
    except (DisguisedError, UnsafeArchiveError, UnsafeMarkupError):
        raise
    except ReadError:
        if not options.salvage:
            raise
        from geotool.sources.salvage import salvage

        return salvage.read_records(source, source.sublayer, options, schema)


def _read_text(source: Source, schema: LayerSchema, options: ReadOptions) -> RawLayer:
    read = tables.read_grid(source, options)
    raw = interpret.read_table(source, [read.grid], schema, options)
    return replace(
        raw,
        encoding=read.encoding,
        confidence=read.confidence,
        notes=(*read.notes, *raw.notes),
        rejected=(*read.rejected, *raw.rejected),
    )


def _read_workbook(source: Source, schema: LayerSchema, options: ReadOptions) -> RawLayer:
    book = workbooks.read_workbook(source)
    for grid in book.grids:
        _require_narrow(grid)
    raw = interpret.read_table(source, book.grids, schema, options)
    return replace(raw, notes=(*book.notes, *raw.notes))


def _require_narrow(grid: Grid) -> None:
    """Refuse a sheet wider than any table, whose names alone would take minutes."""
    most = int(rules.load_rule("tables").values["workbook"]["columns_filled"])
    filled = int(grid.cells.notna().any().sum()) if grid.cells.shape[1] > most else 0
    if filled > most:
        raise ReadError(
            f"{grid.place}: it has {filled:,} filled columns; a table has no more than {most:,}.",
            remedy="Name another sheet, or delete what stands beside the table.",
        )
