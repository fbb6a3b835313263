"""Which table of a database is meant: by name, by being the only one, or by the layer's name."""

import difflib
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from geotool import addresses
from geotool.errors import ReadError
from geotool.sources.databases import database
from geotool.sources.databases.database import SHAPE_KINDS, Database, DatabaseTable, TableColumn
from geotool.sources.files import Source

if TYPE_CHECKING:
    from geotool.records import LayerSchema

_LISTED = 20
_NEAR = 0.4  # share of a name that must agree for a suggestion


class OpenChoiceError(ReadError):
    """No table is named, and it is open which is meant."""


_Spelling = Callable[[str], str]


@dataclass(frozen=True)
class Chosen:
    """A table with its columns, and its column of shapes; None for a table without."""

    table: DatabaseTable
    shape: TableColumn | None

    @property
    def sublayer(self) -> str:
        """``schema.table``, and the column of shapes where it is not the first one."""
        shapes = [column for column in self.table.columns if column.kind in SHAPE_KINDS]
        if self.shape is None or self.shape == shapes[0]:
            return self.table.label
        return f"{self.table.label}.{self.shape.name}"


def url_of(source: Source) -> str:
    """Return the address of a database with everything needed to connect."""
    return source.url or source.name


def named_table(source: Source) -> str | None:
    """Return the table that the source names, None when it leaves it open."""
    return source.sublayer or addresses.split_table(url_of(source))[1]


def readable_tables(found: Database) -> list[Chosen]:
    """Return the tables and views that may be read, those with shapes first."""
    tables = [table for table in found.tables() if table.readable]
    columns = found.columns([table.oid for table in tables])
    chosen = [_with_columns(table, columns[table.oid]) for table in tables]
    return sorted(chosen, key=lambda one: one.shape is None)


def _with_columns(
    table: DatabaseTable, columns: tuple[TableColumn, ...], wanted: str | None = None
) -> Chosen:
    """Return a table with its columns and its first column of shapes, or the one wanted."""
    shapes = [column for column in columns if column.kind in SHAPE_KINDS and column.readable]
    named = [column for column in shapes if wanted in (None, column.name)]
    return Chosen(replace(table, columns=columns), named[0] if named else None)


def resolve(found: Database, source: Source, layer: "LayerSchema | None" = None) -> Chosen:
    """Return the table to read: the named one, the only one, or the one named like the layer.

    Raises
    ------
    ReadError
        When there is no such table or it may not be read; OpenChoiceError when none is named
        and several could be meant.
    """
    named = named_table(source)
    tables = found.tables()
    if named is not None:
        return _find(found, tables, named)
    readable = [table for table in tables if table.readable]
    same = readable if len(readable) == 1 else _named_like(layer, readable)
    if len(same) == 1:
        return _with_columns(same[0], found.columns([same[0].oid])[same[0].oid])
    raise _open_choice(found, readable, same, "" if layer is None else layer.name)


def _named_like(
    layer: "LayerSchema | None", tables: Sequence[DatabaseTable]
) -> list[DatabaseTable]:
    if layer is None:
        return []
    from geotool.sources.sublayers import is_layer

    return [table for table in tables if is_layer(table.name, layer.name)]


def _open_choice(
    found: Database, readable: list[DatabaseTable], same: list[DatabaseTable], layer: str
) -> ReadError:
    shown = found.address.shown
    if not readable:
        return ReadError(
            f"{shown}: it has no table that user {found.address.user or 'by default'} may read.",
            remedy="Ask the administrator of the database: GRANT SELECT on the tables.",
        )
    which = f"{len(same)} are" if same else "none is"
    listed = _shortened([table.label for table in same or readable])
    return OpenChoiceError(
        f"{shown}: it has {len(readable)} tables and {which} named '{layer}': {listed}.",
        remedy=f"Name one: {shown}#{(same or readable)[0].label}",
    )


def _find(found: Database, tables: Sequence[DatabaseTable], named: str) -> Chosen:
    """Return the table of a name: with or without schema, quotes and geometry column."""
    for spelling in (_composed, _folded):
        wanted = spelling(named)
        chosen = _table_named(found, tables, wanted, spelling)
        for table in tables if chosen is None else ():
            chosen = chosen or _column_named(found, table, wanted, spelling)
        if chosen is not None:
            return chosen
    labels = [table.label for table in tables]
    raise _no_table(found, named, difflib.get_close_matches(named, labels, cutoff=_NEAR) or labels)


def _table_named(
    found: Database, tables: Sequence[DatabaseTable], wanted: str, spelling: _Spelling
) -> Chosen | None:
    same = [table for table in tables if wanted in _spellings(table, spelling)]
    if len(same) > 1:  # the search path decides between schemas
        same = [table for table in same if table.visible] or same
    if not same:
        return None
    if len(same) > 1:
        raise _several(found, wanted, same)
    _require_permission(found, same[0])
    return _with_columns(same[0], found.columns([same[0].oid])[same[0].oid])


def _column_named(
    found: Database, table: DatabaseTable, wanted: str, spelling: _Spelling
) -> Chosen | None:
    starts = [f"{name}." for name in _spellings(table, spelling)]
    if not table.readable or not wanted.startswith(tuple(starts)):
        return None
    columns = found.columns([table.oid])[table.oid]
    for column in columns:
        names = (spelling(column.name), spelling(database.quote_name(column.name)))
        if column.kind in SHAPE_KINDS and any(f"{s}{n}" == wanted for s in starts for n in names):
            return _with_columns(table, columns, column.name)
    return None


def _spellings(table: DatabaseTable, spelling: _Spelling) -> set[str]:
    quoted = database.quote_name(table.name)
    return {
        spelling(text)
        for text in (table.label, table.name, table.quoted, quoted, f"{table.schema}.{quoted}")
    }


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()


def _no_table(found: Database, named: str, others: Sequence[str]) -> ReadError:
    return ReadError(
        f"{found.address.shown}: there is no table '{named}'.",
        remedy=f"It has: {_shortened(others)}." if others else "It has no tables.",
    )


def _several(found: Database, named: str, tables: Sequence[DatabaseTable]) -> ReadError:
    return ReadError(
        f"{found.address.shown}: {len(tables)} tables are named '{named}'.",
        remedy=f"Name one with its schema: {_shortened([table.label for table in tables])}.",
    )


def _shortened(names: Sequence[str]) -> str:
    more = len(names) - _LISTED
    return ", ".join(names[:_LISTED]) + (f" and {more} more" if more > 0 else "")


def _require_permission(found: Database, table: DatabaseTable) -> None:
    if not table.readable:
        user = found.address.user or "by default"
        raise ReadError(
            f"{found.address.shown}: user {user} may not read the table {table.label}.",
            remedy="Ask the administrator of the database: GRANT USAGE on the schema and "
            "GRANT SELECT on the table.",
        )
