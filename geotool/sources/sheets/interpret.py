"""What a sheet means: grids of cells -> rows under the names of their columns.

Order: the header is found (``headers``), rows that are no records are set apart
(``sheet_rows``), cells that stand for the cell above are filled (``filling``), columns that
hold two things are taken apart (``combined``, ``stake_tables``), and sheets that mean the same
are joined. What was guessed is a note.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from geotool import schema, unit_names
from geotool.errors import ReadError
from geotool.records import LayerSchema
from geotool.sources.files import Source
from geotool.sources.records import Grid, Note, Origin, RawLayer, ReadOptions, TotalRow
from geotool.sources.sheets import combined, filling, sheet_rows, stake_tables
from geotool.sources.sheets.cells import letters_of
from geotool.sources.sheets.headers import find_header
from geotool.sources.sheets.sheet_table import SheetTable, make_table
from geotool.sources.sheets.vocabulary import Vocabulary, load_vocabulary
from geotool.sources.sublayers import is_layer

_COMMUNE = "commune_id"
_PLAIN_SHEET = re.compile(r"(?:sheet|trang tính|trang|tờ|bảng|table|bang)?[\s_]*\d*", re.I)
_ALIKE = 0.6  # share of the columns that two sheets have both, for them to mean the same
_MEASURES = {"m2": "area", "m": "length", "vnd": "money", "kv": "voltage"}


def read_table(
    source: Source, grids: Sequence[Grid], layer: LayerSchema | None, options: ReadOptions
) -> RawLayer:
    """Return the records of a text table or a workbook.

    Parameters
    ----------
    source
        The file, for messages and the sheet it names (``file.xlsx#sheet``).
    grids
        Its filled sheets in workbook order; one for a text file.
    layer
        What the records shall become; None reads one sheet by general words.
    options
        ``plan`` may name sheet, header and columns; ``salvage`` sets aside rows longer than
        the header.

    Returns
    -------
    RawLayer
        Columns under the names of the file, those that were taken apart under canonical
        names; with origin, units, totals and notes.

    Raises
    ------
    ReadError
        When no sheet, or more than one kind of sheet, could be meant; when no header is found
        or a name that matters is repeated.
    """
    words = load_vocabulary(layer, options)
    reader = _Reader(source, layer, words, options)
    tables, notes = reader.tables(grids)
    return _raw_layer(tables, notes)


@dataclass(frozen=True)
class _Reader:
    source: Source
    layer: LayerSchema | None
    words: Vocabulary
    options: ReadOptions

    def tables(self, grids: Sequence[Grid]) -> tuple[list[SheetTable], list[Note]]:
        """Return the sheets that hold the layer, alike in their columns, and what was left."""
        picked = self._picked(grids)
        if picked is not None:
            return [self._read(picked)], self._left_out(grids, [picked])
        fitting = [table for grid in grids if (table := self._fitting(grid)) is not None]
        alike = self._alike(fitting)
        if not alike:
            raise self._open_choice(grids)
        notes = self._left_out(grids, [table.grid for table in alike])
        if len(alike) > 1:
            notes = [self._join(alike), *notes]
        return alike, notes

    def _picked(self, grids: Sequence[Grid]) -> Grid | None:
        """Return the one sheet that is named or the only one, None when it is open."""
        plan = self.options.plan
        wanted = self.source.sublayer or (None if plan is None else plan.sheet)
        if wanted is not None and not (len(grids) == 1 and grids[0].sheet is None):
            return self._named(grids, wanted)
        if not grids:
            raise ReadError(
                f"{self.source.name}: it has no sheet with content.", remedy="Check the file."
            )
        same = grids if len(grids) == 1 else self._named_like_layer(grids)
        return same[0] if len(same) == 1 else None

    def _named_like_layer(self, grids: Sequence[Grid]) -> Sequence[Grid]:
        layer = self.layer
        return [] if layer is None else [g for g in grids if is_layer(str(g.sheet), layer.name)]

    def _named(self, grids: Sequence[Grid], wanted: str) -> Grid:
        plain = schema.normalise_name(wanted)
        for name in (wanted, plain):
            found = [g for g in grids if name in (g.sheet, schema.normalise_name(str(g.sheet)))]
            if len(found) == 1:
                return found[0]
        known = ", ".join(f"'{grid.sheet}'" for grid in grids)
        raise ReadError(
            f"{self.source.name}: there is no sheet '{wanted}'.",
            remedy=f"It has: {known}." if known else "It has no sheet with content.",
        )

    def _read(self, grid: Grid) -> SheetTable:
        header = find_header(grid, self.words, self.options.plan)
        table = make_table(grid, header, self.words, salvage=self.options.salvage)
        table.words = _with_plan(table)
        _apply_table_unit(table, self.layer)
        sheet_rows.set_apart(table, self.layer)
        filling.fill_merged(table, self.layer)
        filling.fill_ditto(table)
        filling.fill_continued(table, self.layer)
        filling.clear_blanks(table)
        combined.split_parcels(table, self.layer)
        combined.split_places(table)
        combined.split_ranges(table, self.layer)
        stake_tables.split_sides(table, self.layer)
        return table

    def _fitting(self, grid: Grid) -> SheetTable | None:
        """Return a sheet read, None when it does not hold what the layer must have."""
        try:
            table = self._read(grid)
        except ReadError:
            return None
        return table if self.layer is None or _holds(table, self.layer) else None

    def _alike(self, tables: Sequence[SheetTable]) -> list[SheetTable]:
        """Return the sheets whose columns mean the same as those of the longest one."""
        longest = max(tables, default=None, key=lambda table: len(table.frame))
        if longest is None or self.layer is None:
            return []
        known = _meanings(longest)
        return [
            table
            for table in tables
            if len(known & _meanings(table)) >= _ALIKE * len(known | _meanings(table))
        ]

    def _join(self, tables: Sequence[SheetTable]) -> Note:
        """Give the sheets one set of names, and a commune each where none is stated."""
        names = ", ".join(f"'{table.sheet}'" for table in tables)
        text = f"{self.source.name}: {len(tables)} sheets were joined: {names}."
        first = tables[0]
        for table in tables[1:]:
            table.rename(_same_names(table, first))
        for name in first.names:
            self._require_one_unit(name, tables)
        if self._names_communes(tables):
            for table in tables:
                table.frame = table.frame.assign(**{_COMMUNE: table.sheet})
            text += f" {_COMMUNE} is the name of the sheet."
        return "sheets_joined", text, ""

    def _require_one_unit(self, name: str, tables: Sequence[SheetTable]) -> None:
        """Refuse sheets whose numbers under one name are in different units."""
        canonical = self.words.canonical(name)
        if canonical is None or self.layer is None or not self.layer.column(canonical).unit:
            return
        kept = self.layer.column(canonical).unit
        stated = {str(t.sheet): t.units.get(name, kept) for t in tables if name in t.names}
        units = {
            unit_names.find_unit(unit, project_dir=self.words.project_dir)
            for unit in stated.values()
        }
        if len(units) > 1:
            listed = ", ".join(f"'{sheet}' in {unit}" for sheet, unit in stated.items())
            raise ReadError(
                f"{self.source.name}: sheets have '{name}' in different units: {listed}.",
                remedy="Write one unit in all sheets, or read them one by one: "
                f"{self.source.name}#{tables[0].sheet}",
            )

    def _names_communes(self, tables: Sequence[SheetTable]) -> bool:
        if self.layer is None or _COMMUNE not in self.layer.column_names:
            return False
        if any(_COMMUNE in _meanings(table) for table in tables):
            return False
        return not any(_PLAIN_SHEET.fullmatch(str(table.sheet)) for table in tables)

    def _left_out(self, grids: Sequence[Grid], kept: Sequence[Grid]) -> list[Note]:
        names = [f"'{grid.sheet}'" for grid in grids if not any(grid is one for one in kept)]
        if not names:
            return []
        text = f"{self.source.name}: sheets not read: {', '.join(names)}."
        return [("sheets_left_out", text, "")]

    def _open_choice(self, grids: Sequence[Grid]) -> ReadError:
        known = ", ".join(f"'{grid.sheet}'" for grid in grids)
        layer = "it" if self.layer is None else f"'{self.layer.name}'"
        return ReadError(
            f"{self.source.name}: it has {len(grids)} sheets and none is named {layer} or has "
            f"its columns: {known}.",
            remedy=f"Name one: {self.source.name}#{grids[0].sheet}",
        )


def _holds(table: SheetTable, layer: LayerSchema) -> bool:
    """Return whether a sheet has the columns a layer must have, and a place where it needs one."""
    found = _meanings(table)
    required = {column.name for column in layer.columns if column.required} - found
    if layer.key in required and (layer.number_rows or set(layer.derive_key) & found):
        required.discard(layer.key)
    pairs = ({"lon", "lat"}, {"x", "y"}, {"easting", "northing"}, {"wkt"})
    placed = not layer.geometry or layer.geometry_optional or any(p <= found for p in pairs)
    return not required and placed and bool(found)


def _meanings(table: SheetTable) -> frozenset[str]:
    words = table.words
    found = (words.canonical(name) or words.place(name) for name in table.names)
    return frozenset(meaning for meaning in found if meaning is not None)


def _same_names(table: SheetTable, first: SheetTable) -> dict[str, str]:
    """Return names of a sheet -> names of the first sheet that mean or spell the same."""

    def sense(name: str) -> str:
        words = table.words
        return words.canonical(name) or words.place(name) or schema.normalise_name(name)

    known = {sense(name): name for name in reversed(first.names)}
    own = [name for name in table.names if name not in first.names]
    new = {name: known[sense(name)] for name in own if sense(name) in known}
    free = {name: to for name, to in new.items() if to not in table.names}
    once = {to: name for name, to in free.items()}
    return {name: to for to, name in once.items()}


def _with_plan(table: SheetTable) -> Vocabulary:
    """Return the words of a table, columns planned by letter or another spelling by their names."""
    found = {}
    for text, canonical in table.words.planned.items():
        plain, letter = schema.normalise_name(text), text.strip().upper()
        alike = [name for name in table.names if schema.normalise_name(name) == plain]
        lettered = [name for name, at in table.indices.items() if letters_of(at) == letter]
        own = [text] if text in table.names else alike if len(alike) == 1 else lettered
        found.update(dict.fromkeys(own or [text], canonical))
    return replace(table.words, planned=found)


def _apply_table_unit(table: SheetTable, layer: LayerSchema | None) -> None:
    """Give the unit stated above a table to the columns of its measure that state none."""
    if table.table_unit is None or layer is None:
        return
    unit = unit_names.find_unit(table.table_unit, project_dir=table.words.project_dir)
    for name in table.names:
        canonical = table.words.canonical(name)
        kept_in = "" if canonical is None else layer.column(canonical).unit.casefold()
        if unit is not None and _MEASURES.get(kept_in) == unit.measure:
            table.units.setdefault(name, table.table_unit)


def _raw_layer(tables: Sequence[SheetTable], notes: Sequence[Note]) -> RawLayer:
    frames = [table.frame for table in tables]
    frame = frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)
    names = [table.sheet for table in tables if table.sheet is not None]
    return RawLayer(
        frame=frame.reset_index(drop=True),
        sublayer=", ".join(names) or None,
        shapes=False,
        notes=(*notes, *(note for table in tables for note in table.notes)),
        origin=_origin(tables),
        rejected=tuple(item for table in tables for item in table.rejected),
        units=_units(tables),
        totals=_totals(tables),
    )


def _units(tables: Sequence[SheetTable]) -> dict[str, str]:
    return {name: unit for table in reversed(tables) for name, unit in table.units.items()}


def _origin(tables: Sequence[SheetTable]) -> Origin:
    rows = np.concatenate([table.rows for table in tables])
    sheets = [sheet for t in tables if (sheet := t.sheet) is not None for _ in range(len(t.frame))]
    return Origin(_compact(rows), sheets, _letters(tables))


def _letters(tables: Sequence[SheetTable]) -> dict[str, str]:
    """Return the letter of each column, of those that have the same one in every sheet."""
    if tables[0].sheet is None:
        return {}
    found: dict[str, set[int]] = {}
    for table in tables:
        for name, index in table.indices.items():
            found.setdefault(name, set()).add(index)
    return {name: letters_of(min(of)) for name, of in found.items() if len(of) == 1}


def _totals(tables: Sequence[SheetTable]) -> tuple[TotalRow, ...]:
    found, start = [], 0
    for table in tables:
        found += [
            TotalRow(t.row, t.sheet, t.first + start, t.last + start, t.cells) for t in table.totals
        ]
        start += len(table.frame)
    return tuple(found)


def _compact(rows: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> Sequence[int]:
    """Return row numbers as a range where none is missing, which holds no memory."""
    if len(rows) and int(rows[-1]) - int(rows[0]) + 1 == len(rows) and (np.diff(rows) == 1).all():
        return range(int(rows[0]), int(rows[-1]) + 1)
    return [int(row) for row in rows]
