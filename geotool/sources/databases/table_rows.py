"""The queries that measure and fetch one table, in an order that never changes."""

import re
import unicodedata
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from geotool.sources.databases import database, table_systems
from geotool.sources.databases.catalogue import Chosen
from geotool.sources.databases.database import SHAPE_KINDS, Database, TableColumn, quote_name
from geotool.sources.records import Step

if TYPE_CHECKING:
    from geotool.sources.systems import Bounds

_UNREAD_KINDS = frozenset({"bytea", "raster", "topogeometry", *SHAPE_KINDS})
_COLLATED_KINDS = frozenset({"text", "varchar", "bpchar", "name", "citext"})
_AS_TEXT = "{}::pg_catalog.text"
_CASTS = {
    "bool": "{}",
    "int2": "{}::pg_catalog.int8",
    "int4": "{}::pg_catalog.int8",
    "int8": "{}",
    "oid": "{}::pg_catalog.int8",
    "float8": "{}",
    "float4": "{}::pg_catalog.text::pg_catalog.float8",  # 45.1, not 45.099998
    "money": "{}::pg_catalog.numeric::pg_catalog.float8",
    "timestamp": "pg_catalog.replace({}::pg_catalog.text, ' ', 'T')",
    "timestamptz": "pg_catalog.replace({}::pg_catalog.text, ' ', 'T')",
}
_CURVES = "'CIRCULARSTRING','COMPOUNDCURVE','CURVEPOLYGON','MULTICURVE','MULTISURFACE'"
_SHAPE_NAMES = ("Point", "LineString", "Polygon", "GeometryCollection", "Curve", "Surface",
                "CircularString", "Compound", "Multi")  # fmt: skip


@dataclass(frozen=True)
class Extent:
    """What a table holds, counted over its rows; ``srids`` are those of its shapes."""

    count: int
    srids: tuple[int, ...] = ()
    kinds: tuple[str, ...] = ()
    bounds: "Bounds | None" = None


def _shape_of(found: Database, chosen: Chosen) -> str:
    """Return the geometry of a row as a query writes it."""
    if chosen.shape is None:
        return "NULL"
    column = f"t.{quote_name(chosen.shape.name)}"
    if chosen.shape.kind == "geometry":
        return column
    return f"{column}::{quote_name(found.postgis or 'public')}.geometry"


def count(found: Database, chosen: Chosen) -> int:
    """Return the number of rows, counted."""
    return int(found.ask(f"SELECT pg_catalog.count(*) FROM {chosen.table.quoted} AS t")[0][0])


def measure(found: Database, chosen: Chosen) -> Extent:
    """Return what a table holds, counted over all its rows."""
    table = chosen.table.quoted
    if chosen.shape is None:
        return Extent(count(found, chosen))
    shape, box = _shape_of(found, chosen), f"{found.function('ST_Extent')}(g)"
    corners = ", ".join(
        found.function(name) for name in ("ST_XMin", "ST_YMin", "ST_XMax", "ST_YMax")
    )
    sides = ", ".join(f"{name}({found.function('box3d')}(e))" for name in corners.split(", "))
    rows = found.ask(
        f"SELECT n, s, k, {sides} FROM (SELECT pg_catalog.count(*) AS n, {box} AS e, "
        f"pg_catalog.string_agg(DISTINCT {found.function('ST_SRID')}(g)::text, ',') AS s, "
        f"pg_catalog.string_agg(DISTINCT {found.function('GeometryType')}(g), ',') AS k "
        f"FROM (SELECT {shape} AS g FROM {table} AS t) AS shapes) AS measured"
    )
    total, srids, kinds, *bounds = rows[0]
    known = None if None in bounds else (bounds[0], bounds[1], bounds[2], bounds[3])
    numbers = tuple(sorted(int(text) for text in srids.split(","))) if srids else ()
    return Extent(
        count=int(total),
        srids=numbers or table_systems.declared_srids(chosen),
        kinds=tuple(sorted(_shape_name(text) for text in (kinds or "").split(",") if text)),
        bounds=known,
    )


def _shape_name(text: str) -> str:
    """Return MultiPolygon for MULTIPOLYGON."""
    lower = text.lower()
    for name in _SHAPE_NAMES:
        lower = lower.replace(name.lower(), name)
    return lower


def cells_of(chosen: Chosen) -> list[TableColumn]:
    """Return the columns that become cells."""
    return [
        column
        for column in chosen.table.columns
        if column.readable and column.kind not in _UNREAD_KINDS and not _hides_shape(column, chosen)
    ]


def _hides_shape(column: TableColumn, chosen: Chosen) -> bool:
    return chosen.shape is not None and column.name == "geometry"


def column_names(chosen: Chosen) -> list[str]:
    """Return the columns' names in composed Unicode, as they are where two become one."""
    names: list[str] = []
    for column in cells_of(chosen):
        name = unicodedata.normalize("NFC", column.name)
        names.append(column.name if name in names else name)
    return names


def fetch(
    found: Database, chosen: Chosen, extent: Extent, *, degrees: bool, step: Step | None
) -> pa.Table:
    """Return all rows: the shape as well-known binary, then the cells, in a fixed order."""
    terms = [binary_term(found, chosen, degrees=degrees), *cell_terms(cells_of(chosen))]
    query = rows_query(found, chosen, terms, chosen.table.quoted)
    batches, done = [], 0
    with closing(found.stream(query)) as stream:
        for batch in stream:
            batches.append(batch)
            done += batch.num_rows
            if step is not None:
                step(chosen.sublayer, done, extent.count)
    if batches:
        return pa.Table.from_batches(batches)
    return pa.table({f"c{i}": pa.array([], pa.string()) for i in range(len(terms))})


def rows_query(found: Database, chosen: Chosen, terms: Sequence[str], origin: str) -> str:
    """Return the query of rows in their fixed order, terms named ``c0``, ``c1``, ...

    Parameters
    ----------
    found, chosen
        The table.
    terms
        What is asked of a row, which is ``t`` in them.
    origin
        The table, or a query in brackets that returns some of its rows with the columns of
        the terms and :func:`order_columns`.
    """
    listed = ", ".join(f'{term} AS "c{i}"' for i, term in enumerate(terms))
    return f"SELECT {listed} FROM {origin} AS t ORDER BY {_order(found, chosen)}"


def binary_term(found: Database, chosen: Chosen, *, degrees: bool) -> str:
    """Return the shape of a row as well-known binary, curves straightened."""
    if chosen.shape is None:
        return "NULL"
    straight = _straightened(found, _shape_of(found, chosen), degrees)
    return f"{found.function('ST_AsBinary')}({straight})"


def cell_terms(cells: Sequence[TableColumn]) -> list[str]:
    """Return the cells of a row."""
    return [cast_of(column).format(f"t.{quote_name(column.name)}") for column in cells]


def _straightened(found: Database, shape: str, degrees: bool) -> str:
    unit = "degree" if degrees else "m"
    deviation = database.limit(f"curve_deviation_{unit}")
    straight = f"{found.function('ST_CurveToLine')}({shape}, {deviation!r}, 1, 1)"
    return (
        f"CASE WHEN {found.function('GeometryType')}({shape}) IN ({_CURVES}) "
        f"OR {found.function('ST_HasArc')}({shape}) THEN {straight} ELSE {shape} END"
    )


def cast_of(column: TableColumn) -> str:
    """Return what a column is turned into, with ``{}`` where it stands."""
    if column.kind != "numeric":
        return _CASTS.get(column.kind, _AS_TEXT)
    whole = re.search(r"\((\d+),0\)", column.declared)
    return "{}::pg_catalog.int8" if whole is not None and int(whole[1]) <= 18 else _AS_TEXT


def is_decimal(column: TableColumn) -> bool:
    """Return whether cells come as the text of decimal numbers."""
    return column.kind == "numeric" and cast_of(column) == _AS_TEXT


def key_of(chosen: Chosen) -> list[TableColumn]:
    """Return the columns of the primary key; none where there is none or it may not be read."""
    key = sorted((c for c in chosen.table.columns if c.key_place), key=lambda c: c.key_place)
    return key if all(column.readable for column in key) else []


def order_columns(chosen: Chosen) -> list[TableColumn]:
    """Return the columns that the order of the rows depends on, besides the shape."""
    return key_of(chosen) or cells_of(chosen)


def _order(found: Database, chosen: Chosen) -> str:
    key = key_of(chosen)
    if key:
        return ", ".join(
            f"t.{quote_name(column.name)}"
            + (' COLLATE "C"' if column.kind in _COLLATED_KINDS else "")
            for column in key
        )
    terms = [f"t.{quote_name(column.name)}" for column in cells_of(chosen)]
    if chosen.shape is not None:
        terms.append(f"{_shape_of(found, chosen)}::pg_catalog.bytea")
    return f'ROW({", ".join(terms)})::pg_catalog.text COLLATE "C"' if terms else "1"
