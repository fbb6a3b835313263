"""A table of a PostGIS database asked through its own index; the corridor goes to the server."""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from geotool.sources.databases import (
    catalogue,
    database,
    table_cells,
    table_index,
    table_rows,
    table_systems,
)
from geotool.sources.databases.database import Database, TableColumn
from geotool.sources.databases.table_index import TableIndex
from geotool.sources.files import Source
from geotool.sources.indexed.near_rows import Boxes, LayerFacts, NearRows
from geotool.sources.records import Note

if TYPE_CHECKING:
    from geotool.records import LayerSchema


@dataclass(frozen=True)
class NearTable:
    """A table of an open database that has an index on its shapes.

    ``notes`` are (rule, message, remedy) of how its system was found; ``srids`` the one SRID
    that its shapes must have, none where there are no shapes.
    """

    facts: LayerFacts
    notes: tuple[Note, ...]
    name: str
    found: Database
    index: TableIndex
    srids: tuple[int, ...]

    def read_near(self, boxes: Boxes, columns: Sequence[str]) -> NearRows:
        """Return every row whose box meets one of the boxes, edges included, each once.

        Rows come in the order of the whole table and count from 1. Decimal numbers become
        floats, or stay text where whole ones among these rows would lose digits.

        Raises
        ------
        ReadError
            When the database refuses or is lost, a shape cannot be read, or the shapes are
            in several systems.
        """
        named = dict(zip(self.facts.columns, table_rows.cells_of(self.index.chosen), strict=True))
        cells = [named[name] for name in columns]
        degrees = table_systems.is_degrees(self.facts.crs)
        table = table_index.rows_near(self.found, self.index, cells, boxes, degrees=degrees)
        binary, *found, srids = (column.to_pylist() for column in table.columns)
        table_systems.require_one(sorted({*srids, *self.srids}), self.name)
        shapes, lost = table_cells.decode_shapes(binary)
        if len(lost):
            raise table_cells.unreadable(lost, self.name, among=" of those near the corridor")
        return NearRows(
            numbers=np.arange(1, len(shapes) + 1, dtype=np.int64),
            shapes=shapes,
            columns={
                name: _plain(column, raw)
                for name, column, raw in zip(columns, cells, found, strict=True)
            },
        )


@contextmanager
def open_indexed(
    source: Source, sublayer: str | None, layer: "LayerSchema | None" = None
) -> Iterator[NearTable | None]:
    """Open one table for reading; None where no index finds its rows, or it is open which is meant.

    Parameters
    ----------
    source
        The database, perhaps with its table.
    sublayer
        The table, ``schema.table`` or ``schema.table.column``; None leaves it to ``source``.
    layer
        The layer it is read as, which chooses a table where none is named.

    Raises
    ------
    UsageError
        When the library for databases is not installed.
    ReadError
        When the database cannot be reached or refuses, or there is no such table.
    """
    wanted = source if sublayer is None else replace(source, sublayer=sublayer)
    with database.connect(catalogue.url_of(wanted)) as found:
        index = _find_index(found, wanted, layer)
        yield None if index is None else _near_table(found, index)


def _find_index(found: Database, source: Source, layer: "LayerSchema | None") -> TableIndex | None:
    try:
        chosen = catalogue.resolve(found, source, layer)
    except catalogue.OpenChoiceError:
        return None
    return table_index.find_index(found, chosen)


def _near_table(found: Database, index: TableIndex) -> NearTable:
    chosen = index.chosen
    name = f"{found.address.shown}#{chosen.sublayer}"
    srids = table_systems.first_srids(found, chosen)
    system, notes = table_systems.system_of(found, srids, name)
    facts = LayerFacts(
        sublayer=chosen.sublayer,
        columns=tuple(table_rows.column_names(chosen)),
        crs=system,
        feature_count=table_rows.count(found, chosen),
        numbered=False,
        index=f"the {index.kind} index of the table",
    )
    return NearTable(facts, notes, name, found, index, srids)


def _plain(column: TableColumn, cells: Sequence[Any]) -> list[object]:
    """Return cells as the whole table gives them, None where there is no value."""
    decimals = table_cells.decode_decimals(cells) if table_rows.is_decimal(column) else None
    plain = cells if decimals is None else decimals.tolist()
    return [None if isinstance(cell, float) and math.isnan(cell) else cell for cell in plain]
