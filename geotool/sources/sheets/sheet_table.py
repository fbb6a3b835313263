"""One sheet under interpretation: its rows under the names of its columns."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from geotool.errors import ReadError
from geotool.schema import name_keys
from geotool.sources.records import Grid, Note, Rejected, TotalRow
from geotool.sources.sheets.cells import letters_of
from geotool.sources.sheets.headers import Header, shown
from geotool.sources.sheets.vocabulary import Vocabulary

RowNumbers = np.ndarray[tuple[int], np.dtype[np.int64]]
BoolRows = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
_ENOUGH = 0.5  # of the rows must fill a column without a name for it to be one


@dataclass
class SheetTable:
    """Rows of one sheet while they are interpreted, step by step.

    ``frame`` has a column a named column; ``rows`` are the row numbers of the sheet;
    ``indices`` the column of the grid behind each name. ``header_cells`` are the cells of the
    rows that name, count or measure the columns, by name of column.
    """

    grid: Grid
    frame: pd.DataFrame
    rows: RowNumbers
    indices: dict[str, int]
    words: Vocabulary
    units: dict[str, str] = field(default_factory=dict)
    table_unit: str | None = None
    header_cells: list[dict[str, object]] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    totals: list[TotalRow] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)

    @property
    def sheet(self) -> str | None:
        """Name of the sheet, None for a text file."""
        return self.grid.sheet

    @property
    def names(self) -> list[str]:
        """Names of the columns in order."""
        return [str(name) for name in self.frame.columns]

    def note(self, rule: str, text: str) -> None:
        """Add a note that names file and sheet."""
        self.notes.append((rule, f"{self.grid.place}: {text}", ""))

    def rename(self, names: Mapping[str, str]) -> None:
        """Give columns other names, also where units, letters and sums tell of them."""
        self.frame = self.frame.rename(columns=dict(names))
        self.indices = {names.get(name, name): i for name, i in self.indices.items()}
        self.units = {names.get(name, name): unit for name, unit in self.units.items()}
        self.totals = [
            replace(total, cells={names.get(n, n): cell for n, cell in total.cells.items()})
            for total in self.totals
        ]

    def keep(self, kept: BoolRows) -> None:
        """Keep the rows told, nothing else."""
        if not kept.all():
            self.frame = self.frame[kept].reset_index(drop=True)
            self.rows = self.rows[kept]

    def cell(self, position: int, name: str) -> str:
        """Return how a cell is called: ``D12``, or ``line 12, column 'Tên'`` in a text file."""
        if self.sheet is None:
            return f"line {self.rows[position]}, column '{name}'"
        letter = letters_of(self.indices[name]) if name in self.indices else ""
        return f"{letter}{self.rows[position]}" if letter else f"row {self.rows[position]}"

    def row_names(self, positions: Sequence[int]) -> str:
        """Return the numbers of some rows for a message."""
        noun = "line" if self.sheet is None else "row"
        plural = "s" if len(positions) > 1 else ""
        return f"{noun}{plural} {name_keys([self.rows[i] for i in positions])}"


def matching(column: "pd.Series[Any]", pattern: str) -> BoolRows:
    """Return which cells of a column are texts that begin with a pattern; numbers never do."""
    if pd.api.types.is_numeric_dtype(column):
        return np.zeros(len(column), dtype=bool)
    if isinstance(column.dtype, pd.StringDtype | pd.ArrowDtype):
        return np.asarray(column.str.match(pattern, na=False).to_numpy(dtype=bool))
    wanted = re.compile(pattern)
    cells = column.to_numpy(dtype=object)
    texts = (isinstance(cell, str) and wanted.match(cell) is not None for cell in cells)
    return np.fromiter(texts, dtype=bool, count=len(cells))


def make_table(grid: Grid, header: Header, words: Vocabulary, *, salvage: bool) -> SheetTable:
    """Return the rows below a header under its names.

    A column without a name that has content is called by its letter (``column_D``), which is
    noted; a name that is repeated and means nothing gets a number.

    Raises
    ------
    ReadError
        When a name that matters stands over two filled columns, or rows of a text file have
        more cells than the header (``salvage`` sets those aside).
    """
    cells = grid.cells.iloc[header.body :].reset_index(drop=True)
    rows = grid.rows[header.body :]
    too_long = _too_long(grid, header, cells)
    rejected = _set_aside(grid, rows, too_long, salvage=salvage)
    if too_long.any():
        cells, rows = cells[~too_long].reset_index(drop=True), rows[~too_long]
    named = {i: name for i, name in enumerate(header.names) if name is not None}
    filled = [i for i in range(cells.shape[1]) if cells[i].notna().any()]
    unnamed = {i: f"column_{letters_of(i)}" for i in filled if i not in named}
    kept = _without_repeated(grid, header, {**named, **unnamed}, filled, words)
    order = sorted(kept)
    frame = cells[order].set_axis([kept[i] for i in order], axis=1)
    table = SheetTable(
        grid=grid,
        frame=frame,
        rows=rows,
        indices={kept[i]: i for i in order},
        words=words,
        units={kept[i]: unit for i, unit in header.units.items() if i in kept},
        table_unit=header.table_unit,
        header_cells=_header_cells(grid, header, kept),
        rejected=rejected,
    )
    _note_header(table, header, unnamed, kept)
    return table


def _too_long(grid: Grid, header: Header, cells: pd.DataFrame) -> BoolRows:
    """Return which rows of a text file have cells behind the last named column."""
    named = [i for i, name in enumerate(header.names) if name is not None]
    beyond = list(range(max(named, default=-1) + 1, cells.shape[1]))
    if grid.sheet is not None or not beyond:
        return np.zeros(len(cells), dtype=bool)
    long: BoolRows = cells[beyond].notna().any(axis=1).to_numpy(dtype=bool)
    whole_column = len(cells) > 1 and long.mean() > _ENOUGH
    return np.zeros(len(cells), dtype=bool) if whole_column else long


def _set_aside(
    grid: Grid, rows: RowNumbers, too_long: BoolRows, *, salvage: bool
) -> list[Rejected]:
    positions = np.flatnonzero(too_long)
    if not len(positions):
        return []
    if not salvage:
        listed = name_keys(rows[positions])
        plural = "s" if len(positions) > 1 else ""
        raise ReadError(
            f"{grid.place}: rows with more cells than the header: {len(positions)} "
            f"(line{plural} {listed}).",
            remedy="Check the separators in these rows; quote text that holds the separator.",
        )
    reason = "the row has more cells than the header"
    return [Rejected(int(i) + 1, "", f"line {rows[i]}: {reason}") for i in positions]


def _without_repeated(
    grid: Grid, header: Header, names: dict[int, str], filled: Sequence[int], words: Vocabulary
) -> dict[int, str]:
    """Return names of columns, each once: a repeated one over no content goes, others count."""
    found: dict[int, str] = {}
    for index, name in sorted(names.items()):
        same = [i for i in names if names[i] == name]
        contents = [i for i in same if i in filled]
        if index not in (contents or same):
            continue
        if name not in found.values():
            found[index] = name
            continue
        if words.canonical(name) is not None or words.place(name) is not None:
            raise _repeated(grid, header, name, contents or same)
        found[index] = _numbered(name, {*names.values(), *found.values()})
    return found


def _numbered(name: str, taken: set[str]) -> str:
    return next(text for i in range(2, len(taken) + 3) if (text := f"{name} ({i})") not in taken)


def _repeated(grid: Grid, header: Header, name: str, columns: Sequence[int]) -> ReadError:
    row = grid.rows[header.rows[-1]]
    cells = [f"{letters_of(i)}{row}" for i in columns if header.names[i] == name]
    where = f" (cells {', '.join(cells)})" if grid.sheet is not None else f" (line {row})"
    return ReadError(
        f"{grid.place}: column names are repeated: {name}{where}.",
        remedy="Give every column its own name.",
    )


def _header_cells(grid: Grid, header: Header, kept: dict[int, str]) -> list[dict[str, object]]:
    positions = [*header.rows, *header.counted, *header.measured]
    top = grid.cells.iloc[positions].astype(object)
    rows = top.where(top.notna(), None).to_numpy(dtype=object).tolist()
    return [{kept[i]: row[i] for i in kept if row[i] is not None} for row in rows]


def _note_header(
    table: SheetTable, header: Header, unnamed: dict[int, str], kept: dict[int, str]
) -> None:
    grid = table.grid
    noun = "row" if grid.sheet is not None else "line"
    if header.rows[0] > 0 or len(header.rows) > 1:
        table.note("header_found", _where_found(grid, header, noun))
    aside = [*header.counted, *header.measured]
    if aside:
        listed = name_keys(grid.rows[aside])
        text = f"{noun} {listed} under the header (numbers of columns, units) are no records."
        table.note("rows_left_out", text)
    if unnamed:
        text = f"columns without a name were kept as {', '.join(unnamed.values())}."
        table.note("unnamed_column", text)
    again = [name for i, name in kept.items() if name != header.names[i] and i not in unnamed]
    if again:
        table.note("repeated_name", f"repeated names of columns were numbered: {', '.join(again)}.")


def _where_found(grid: Grid, header: Header, noun: str) -> str:
    above = [shown(_cells_at(grid, i)) for i in range(min(header.rows[0], 3))]
    left = f"; above them: {' | '.join(above)}" if above else ""
    listed = name_keys(grid.rows[list(header.rows)])
    return f"the names of the columns were read from {noun} {listed}{left}."


def _cells_at(grid: Grid, position: int) -> list[object]:
    row = grid.cells.iloc[position]
    return [None if pd.isna(cell) else cell for cell in row.tolist()]
