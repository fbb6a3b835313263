"""Tables of a PostGIS database as layers.

A table is named ``schema.table``, or ``table`` where that is clear; ``schema.table.column``
chooses one of several geometry columns. Rows come in the order of the primary key, or of
their text where there is none, so that the same rows always come in the same order.
"""

import hashlib
import itertools
import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyproj
import shapely

from geotool import addresses, crs
from geotool.errors import ReadError, SchemaError
from geotool.schema import LayerSchema
from geotool.sources import coordinates, systems
from geotool.sources.databases import (
    catalogue,
    database,
    table_cells,
    table_rows,
    table_systems,
)
from geotool.sources.databases.catalogue import Chosen
from geotool.sources.databases.database import Database
from geotool.sources.files import Source
from geotool.sources.records import Note, RawLayer, ReadOptions, Rejected, SourceLayer

_CELLS_AT_ONCE = 10_000


def describe(source: Source) -> list[SourceLayer]:
    """Return what each table holds, counted over all its rows; one when the source names one.

    Raises
    ------
    ReadError
        When the database cannot be reached, or there is no such table.
    """
    with database.connect(catalogue.url_of(source)) as found:
        if catalogue.named_table(source) is not None:
            return [_described(found, catalogue.resolve(found, source))]
        readable = catalogue.readable_tables(found)
        if not readable:
            raise ReadError(
                f"{source.name}: the database holds no table that this user may read.",
                remedy="Check the database and the user, or ask its administrator: GRANT SELECT.",
            )
        return [_described(found, chosen) for chosen in readable]


def read_table(source: Source, schema: LayerSchema, options: ReadOptions) -> RawLayer:
    """Read one table as rows, with shapes where it has a geometry column.

    Numbers become whole numbers or floats, dates and points in time ISO text, everything else
    text; ``digest`` is of all rows as read.

    Raises
    ------
    ReadError
        When the database cannot be reached, the choice of the table is open, a shape cannot
        be read, or the shapes of one table are in several systems.
    """
    return _read(source, schema, options)


def digest_table(url: str) -> str:
    """Return the SHA-256 of the rows of ``postgresql://...#schema.table`` as they are now.

    Raises
    ------
    ReadError
        When the database cannot be reached, or there is no such table.
    """
    base, table = addresses.split_table(url)
    source = Source(addresses.redacted(base), "postgis", None, table, url=base)
    raw = _read(source, None, ReadOptions(salvage=True))
    return "" if raw.digest is None else raw.digest[1]


def digest_rows(frame: pd.DataFrame) -> tuple[int, str]:
    """Return size in bytes and SHA-256 of rows: column names, then cells, column by column."""
    hasher, size = hashlib.sha256(), 0
    for name in frame.columns:
        column = frame[name]
        shapes = name == "geometry" and isinstance(frame, gpd.GeoDataFrame)
        cells = shapely.to_wkb(column.array, hex=True).tolist() if shapes else column.tolist()
        gaps = column.isna().tolist()
        plain = (None if gap else cell for cell, gap in zip(cells, gaps, strict=True))
        for text in _pieces(str(name), plain):
            hasher.update(text)
            size += len(text)
    return size, hasher.hexdigest()


def _pieces(name: str, cells: Iterable[object]) -> Iterator[bytes]:
    for piece in itertools.chain([[name]], _batched(cells)):
        yield json.dumps(piece, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _batched(cells: Iterable[object]) -> Iterator[list[object]]:
    rest = iter(cells)
    while piece := list(itertools.islice(rest, _CELLS_AT_ONCE)):
        yield piece


def _read(source: Source, layer: LayerSchema | None, options: ReadOptions) -> RawLayer:
    with database.connect(catalogue.url_of(source)) as found:
        chosen = catalogue.resolve(found, source, layer)
        if layer is not None:
            _require_shapes(found, chosen, layer, options)
        what = f"{found.address.shown}#{chosen.sublayer}"
        extent = table_rows.measure(found, chosen)
        system, notes = table_systems.system_of(found, extent.srids, what)
        degrees = table_systems.is_degrees(system)
        table = table_rows.fetch(found, chosen, extent, degrees=degrees, step=options.step)
    frame = _frame_of(table, chosen)
    raw = RawLayer(
        frame=frame,
        sublayer=chosen.sublayer,
        shapes=chosen.shape is not None,
        crs=system,
        notes=(*notes, *_notes_on(chosen, what)),
    )
    if chosen.shape is not None:
        raw = _with_shapes(raw, table.column(0), what, options)
    return replace(raw, digest=digest_rows(raw.frame))


def _require_shapes(
    found: Database, chosen: Chosen, layer: LayerSchema, options: ReadOptions
) -> None:
    """Refuse a plain table of a database without PostGIS where the layer needs shapes."""
    if found.postgis is not None or not layer.geometry or layer.geometry_optional:
        return
    names = [column.name for column in chosen.table.columns]
    if coordinates.find_columns(names, project_dir=options.project_dir) is None:
        raise ReadError(
            f"{found.address.shown}: the database has no PostGIS extension, and the table "
            f"{chosen.table.label} has no columns of coordinates.",
            remedy="Name the database that holds the map, or ask its administrator: "
            "CREATE EXTENSION postgis.",
        )


def _described(found: Database, chosen: Chosen) -> SourceLayer:
    extent = table_rows.measure(found, chosen)
    try:
        declared, _ = table_systems.system_of(found, extent.srids, chosen.sublayer)
    except ReadError:  # several systems: none is the layer's
        declared = None
    system = None if declared is None else pyproj.CRS.from_user_input(declared)
    shaped, names = chosen.shape is not None, table_rows.column_names(chosen)
    return SourceLayer(
        name=chosen.sublayer,
        geometry=(", ".join(extent.kinds) or "Unknown") if shaped else None,
        crs=None if system is None else crs.code_of(system),
        crs_candidates=systems.candidate_codes(extent.bounds) if shaped and not declared else (),
        count=extent.count,
        bounds=extent.bounds,
        columns=tuple(names),
        placing=() if shaped else _placing(names),
    )


def _placing(names: list[str]) -> tuple[str, ...]:
    """Return the columns that place a row of a table without shapes."""
    try:
        found = coordinates.find_columns(names)
    except SchemaError:  # two columns could be the same coordinate
        return ()
    return () if found is None else tuple(dict.fromkeys((found.east, found.north)))


def _frame_of(table: pa.Table, chosen: Chosen) -> pd.DataFrame:
    columns: dict[str, Any] = {}
    for position, (name, column) in enumerate(
        zip(table_rows.column_names(chosen), table_rows.cells_of(chosen), strict=True), 1
    ):
        cells = table.column(position)
        if table_rows.is_decimal(column):
            decimals = table_cells.decode_decimals(cells.to_pylist())
            columns[name] = cells.to_pandas() if decimals is None else decimals
        elif cells.null_count and not pa.types.is_floating(cells.type):
            columns[name] = pd.Series(cells.to_pylist(), dtype=object)
        else:
            columns[name] = cells.to_pandas()
    return pd.DataFrame(columns, index=pd.RangeIndex(table.num_rows))


def _notes_on(chosen: Chosen, what: str) -> list[Note]:
    read = {column.name for column in table_rows.cells_of(chosen)}
    if chosen.shape is not None:
        read.add(chosen.shape.name)
    left = [
        f"{column.name} ({column.kind if column.readable else 'no permission'})"
        for column in chosen.table.columns
        if column.name not in read
    ]
    notes: list[Note] = []
    if left:
        text = f"{what}: columns not read: {', '.join(left)}."
        remedy = "Nothing, if they are not needed; #schema.table.column names another geometry."
        notes.append(("column_not_read", text, remedy))
    if chosen.table.row_security:
        text = f"{what}: row security is on, so this user may see only some of its rows."
        notes.append(("rows_may_be_hidden", text, ""))
    return notes


def _with_shapes(
    raw: RawLayer, binary: pa.ChunkedArray, what: str, options: ReadOptions
) -> RawLayer:
    """Return the rows with their shapes; rows whose shape cannot be read are set aside if told."""
    shapes, lost = table_cells.decode_shapes(binary.to_pylist())
    if len(lost) and not options.salvage:
        raise table_cells.unreadable(lost, what)
    frame = gpd.GeoDataFrame(raw.frame, geometry=shapes, crs=raw.crs)
    if not len(lost):
        return replace(raw, frame=frame)
    kept = np.setdiff1d(np.arange(len(frame)), lost)
    reason = "its shape cannot be read"
    return replace(
        raw,
        frame=frame.iloc[kept].reset_index(drop=True),
        rejected=tuple(Rejected(int(row) + 1, "", reason) for row in lost),
        records=tuple(int(row) + 1 for row in kept),
    )
