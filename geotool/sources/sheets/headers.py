"""The rows of a table that name its columns: found under titles, over several rows, with units."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geotool import rules, unit_names
from geotool.errors import ReadError
from geotool.sources.records import ColumnPlan, Grid
from geotool.sources.sheets.vocabulary import Vocabulary, table_unit

_NUMBER = re.compile(r"[-+−]?\d[\d\s.,]*")
_COUNTER = re.compile(r"[(\[]?\s*([A-ZĐ]|\d{1,2})\s*(?:=.*)?[)\]]?", re.S)
_FIRST_ROWS = 5
_REMEDY = (
    "Write the names of the columns into one row above the data, or state header_rows in a "
    "file for --columns."
)

_Below = tuple[int, tuple[int, ...], tuple[int, ...], dict[int, str]]


@dataclass(frozen=True)
class Header:
    """The header of a table.

    ``rows`` are the positions of its rows in the grid, ``body`` that of the first row after
    it; ``names`` is the name of each column of the grid, None where it has none, and
    ``levels`` the texts above each column from parent to child. ``units`` are units stated for
    columns, by index, ``table_unit`` one stated for the whole table. ``counted`` and
    ``measured`` are the positions of rows that number the columns or hold their units.
    """

    rows: tuple[int, ...]
    body: int
    names: tuple[str | None, ...]
    levels: tuple[tuple[str, ...], ...]
    units: Mapping[int, str]
    table_unit: str | None = None
    counted: tuple[int, ...] = ()
    measured: tuple[int, ...] = ()


def find_header(grid: Grid, words: Vocabulary, plan: ColumnPlan | None = None) -> Header:
    """Return the header of a grid.

    The rows that name most columns of the layer are the header, with the rows of parents above
    and of children below them; where nothing is known, the fullest of the first rows of texts.

    Parameters
    ----------
    grid
        The cells.
    words
        What the names of columns mean.
    plan
        ``header_rows`` and ``first_row``, in row numbers of the sheet, win over what is found.

    Raises
    ------
    ReadError
        When no row can be the header; names the rows looked at.
    """
    search = _Search(grid, words)
    if plan is not None and plan.header_rows:
        rows = _planned_rows(grid, plan)
    else:
        rows = search.best_rows()
    body, counted, measured, units = search.rows_below(rows[-1] + 1)
    if plan is not None and plan.first_row is not None:
        body = int(np.searchsorted(grid.rows, plan.first_row))
    levels = search.levels(rows)
    names = search.names(levels)
    return Header(
        rows=tuple(rows),
        body=body,
        names=tuple(names),
        levels=tuple(levels),
        units=_units_of(names, levels, units, words),
        table_unit=search.unit_above(rows[0]),
        counted=counted,
        measured=measured,
    )


def is_number(cell: object) -> bool:
    """Return whether a cell is a number or the text of one."""
    if isinstance(cell, bool):
        return False
    return isinstance(cell, int | float) or _NUMBER.fullmatch(str(cell).strip()) is not None


def shown(cells: Sequence[object]) -> str:
    """Return the cells of a row for a message, shortened."""
    filled = [str(cell)[:30] for cell in cells if cell is not None]
    return "; ".join(filled[:6]) + ("; ..." if len(filled) > 6 else "")


class _Search:
    """Looks for the header among the first rows of a grid."""

    def __init__(self, grid: Grid, words: Vocabulary) -> None:
        limits = rules.load_rule("interpretation", project_dir=words.project_dir).values["header"]
        self.grid, self.words = grid, words
        self.depth = int(limits["levels"])
        self.counted_from = int(limits["numbered_columns"])
        top = grid.cells.iloc[: int(limits["searched_rows"])].astype(object)
        rows = top.where(top.notna(), None).to_numpy(dtype=object).tolist()
        self.cells: list[list[object]] = rows
        self.width = grid.cells.shape[1]
        self.spans = _spans(grid, len(self.cells))
        self.known: dict[str, str | None] = {}

    def best_rows(self) -> list[int]:
        """Return the positions of the header's rows."""
        starts = [i for i in range(len(self.cells)) if self._may_name(i)]
        blocks = [self._block_from(start) for start in starts]
        scored = [(self._score(block), -len(block), -block[0], block) for block in blocks]
        best = max(scored, default=None, key=lambda entry: entry[:3])
        if best is None:
            raise self._nothing_found()
        rows = best[3]
        return [rows[0] - 1, *rows] if self._has_parents(rows) else rows

    def levels(self, rows: Sequence[int]) -> list[tuple[str, ...]]:
        """Return the texts over each column, parents first, repeated and empty ones left out."""
        table = [self._spread(rows, i) for i in range(len(rows))]
        found = []
        for column in range(self.width):
            texts = [_text(row[column]) for row in table]
            found.append(tuple(dict.fromkeys(text for text in texts if text)))
        return found

    def names(self, levels: Sequence[tuple[str, ...]]) -> list[str | None]:
        """Return the name of each column: what is known of it, else parents and child together."""
        last = [texts[-1] if texts else "" for texts in levels]
        return [
            self._name(texts, repeated=last.count(texts[-1]) > 1) if texts else None
            for texts in levels
        ]

    def rows_below(self, start: int) -> _Below:
        """Return where the body begins, and the rows before it that count columns or hold units."""
        counted: list[int] = []
        measured: list[int] = []
        units: dict[int, str] = {}
        position = start
        while position < len(self.cells):
            cells = self.cells[position]
            if self._is_counting(cells) and not counted:
                counted.append(position)
            elif self._are_units(cells) and not measured:
                measured.append(position)
                units = {i: str(c).strip("() ") for i, c in enumerate(cells) if c is not None}
            else:
                break
            position += 1
        return position, tuple(counted), tuple(measured), units

    def unit_above(self, first: int) -> str | None:
        """Return the unit a line above the header states for the whole table."""
        found = [
            unit
            for row in self.cells[:first]
            for cell in row
            if cell is not None
            and (unit := table_unit(str(cell), project_dir=self.words.project_dir))
        ]
        return found[-1] if found else None

    def _may_name(self, position: int) -> bool:
        """Return whether most cells of a row are texts that could be names."""
        filled = [cell for cell in self.cells[position] if cell is not None]
        numbers = sum(is_number(cell) for cell in filled)
        if self._is_counting(self.cells[position]) or self._are_units(self.cells[position]):
            return False
        return numbers < len(filled) - numbers

    def _block_from(self, start: int) -> list[int]:
        """Return a row and the rows of children below it."""
        rows = [start]
        while len(rows) < self.depth and self._continues(rows):
            rows.append(rows[-1] + 1)
        return rows

    def _continues(self, rows: Sequence[int]) -> bool:
        """Return whether the row below a header belongs to it."""
        below = rows[-1] + 1
        if below >= len(self.cells):
            return False
        filled = [cell for cell in self.cells[below] if cell is not None]
        if any(is_number(cell) for cell in filled) or self._is_counting(self.cells[below]):
            return False
        if self._are_units(self.cells[below]):
            return False
        if self._reaches(rows, below) or self._has_children(rows, below):
            return True
        return self._hits([*rows, below]) > max(self._hits(rows), self._hits([below]))

    def _reaches(self, rows: Sequence[int], below: int) -> bool:
        """Return whether a merged cell of the header reaches into the row below."""
        return any(first in rows and below <= last for first, _, last, _ in self.spans)

    def _has_children(self, rows: Sequence[int], below: int) -> bool:
        """Return whether a row fills just the columns left empty and their parents to the left."""
        named = {c for row in rows for c, cell in enumerate(self.cells[row]) if cell is not None}
        children = {c for c, cell in enumerate(self.cells[below]) if cell is not None}
        whole = named | children
        empty = whole - named
        parents = {c for c in named & children if c + 1 in empty}
        fits = bool(empty) and empty <= children and children <= empty | parents
        return fits and bool(whole - children) and len(whole) > 2 and bool(parents)

    def _has_parents(self, rows: Sequence[int]) -> bool:
        """Return whether the row above a header holds parents of its columns."""
        above = rows[0] - 1
        if above < 0 or len(rows) >= self.depth or not self._may_name(above):
            return False
        if self.grid.rows[rows[0]] - self.grid.rows[above] != 1:
            return False
        if self._hits([above, *rows]) > self._hits(rows) or self._spans_some(above):
            return True
        children = [_text(cell) for cell in self.cells[rows[0]] if cell is not None]
        repeated = len(set(children)) < len(children)
        return repeated and sum(cell is not None for cell in self.cells[above]) > 1

    def _spans_some(self, row: int) -> bool:
        """Return whether a cell of a row is merged over some of the columns, not from the first."""
        spans = [(left, right) for first, left, last, right in self.spans if first == row == last]
        return any(right - left + 1 < self.width and right > left > 0 for left, right in spans)

    def _score(self, rows: Sequence[int]) -> tuple[int, int]:
        levels = self.levels(rows)
        named = sum(1 for texts in levels if texts)
        alone = named < 2 and any(
            sum(cell is not None for cell in row) > 1 for row in self.cells[:_FIRST_ROWS]
        )
        return (0 if alone else self._hits(rows)), named

    def _hits(self, rows: Sequence[int]) -> int:
        """Return how many different things the columns of a header mean."""
        meanings = {
            meaning
            for texts in self.levels(rows)
            if texts and (meaning := self._meaning(self._name(texts, repeated=False)))
        }
        return len(meanings)

    def _name(self, texts: Sequence[str], *, repeated: bool) -> str:
        """Return the name of a column under its parents.

        Parents and child together where that is known, else what of them is; a child that
        stands under several parents keeps them.
        """
        whole = " ".join(texts)
        if len(texts) == 1 or repeated or self._meaning(whole) is not None:
            return whole
        shorter = [" ".join(texts[i:]) for i in range(1, len(texts))]
        return next((text for text in shorter if self._meaning(text) is not None), whole)

    def _meaning(self, name: str) -> str | None:
        if name not in self.known:
            self.known[name] = self.words.meaning(name)
        return self.known[name]

    def _spread(self, rows: Sequence[int], level: int) -> list[object]:
        """Return the cells of one row of a header, parents written over all their columns."""
        cells = list(self.cells[rows[level]])
        for first, left, last, right in self.spans:
            if first == rows[level] and last <= rows[-1]:
                for column in range(left, min(right + 1, self.width)):
                    cells[column] = self.cells[first][left]
        if level + 1 < len(rows):
            self._spread_right(cells, rows, level)
        return cells

    def _spread_right(self, cells: list[object], rows: Sequence[int], level: int) -> None:
        """Write a parent over the children to its right that have nothing above them."""
        below = self.cells[rows[level + 1]]
        upper = {c for row in rows[: level + 1] for c, x in enumerate(self.cells[row]) if x}
        for column in range(1, self.width):
            if column not in upper and None not in (below[column], below[column - 1]):
                cells[column] = cells[column] or cells[column - 1]

    def _is_counting(self, cells: Sequence[object]) -> bool:
        """Return whether a row numbers the columns: ``(1) (2) (3=1+2)``, ``A B 1 2``."""
        filled = [_text(cell) for cell in cells if cell is not None]
        marks = [mark for text in filled if (mark := _COUNTER.fullmatch(text)) is not None]
        if not filled or len(marks) < len(filled):
            return False
        numbers = [int(mark[1]) for mark in marks if mark[1].isdigit()]
        letters = [mark[1] for mark in marks][: len(marks) - len(numbers)]
        sure = bool(letters) or filled[0][0] in "(["
        return len(filled) >= (2 if sure else self.counted_from) and _rise(numbers, letters)

    def _are_units(self, cells: Sequence[object]) -> bool:
        filled = [str(cell) for cell in cells if cell is not None]
        project_dir = self.words.project_dir
        return bool(filled) and all(
            unit_names.find_unit(text, project_dir=project_dir) is not None for text in filled
        )

    def _nothing_found(self) -> ReadError:
        # the cells themselves may be names of people
        looked = self.grid.rows[: len(self.cells)]
        where = f" in rows {looked[0]} to {looked[-1]}" if len(looked) else ""
        return ReadError(f"{self.grid.place}: no header was found{where}.", remedy=_REMEDY)


def _rise(numbers: Sequence[int], letters: Sequence[str]) -> bool:
    """Return whether numbers count from 0 or 1, after letters in their order."""
    if not numbers or list(letters) != sorted(set(letters)) or "".join(letters).isdigit():
        return False
    first = numbers[0]
    return first in (0, 1) and list(numbers) == list(range(first, first + len(numbers)))


def _planned_rows(grid: Grid, plan: ColumnPlan) -> list[int]:
    positions = [int(np.searchsorted(grid.rows, row)) for row in plan.header_rows]
    for row, position in zip(plan.header_rows, positions, strict=True):
        if position >= len(grid.rows) or int(grid.rows[position]) != row:
            raise ReadError(
                f"{grid.place}: row {row}, stated as header, is empty.",
                remedy="Correct header_rows in the file for --columns.",
            )
    return positions


def _spans(grid: Grid, count: int) -> list[tuple[int, int, int, int]]:
    """Return merged cells whose first row is among the first rows, as positions."""
    numbers = grid.rows[:count]
    found = []
    for first, left, last, right in grid.merges:
        start = int(np.searchsorted(numbers, first))
        if start < len(numbers) and int(numbers[start]) == first:
            end = int(np.searchsorted(numbers, last, side="right")) - 1
            found.append((start, left, end, right))
    return found


def _units_of(
    names: Sequence[str | None],
    levels: Sequence[tuple[str, ...]],
    below: Mapping[int, str],
    words: Vocabulary,
) -> dict[int, str]:
    """Return the unit stated for each column: under its name, else in it, else in a parent."""
    found = dict(below)
    for index, (name, texts) in enumerate(zip(names, levels, strict=True)):
        for text in (name or "", *reversed(texts)):
            _, unit = unit_names.split_unit(text, project_dir=words.project_dir)
            if unit is not None:
                found.setdefault(index, unit)
    return found


def _text(cell: object) -> str:
    if cell is None or (isinstance(cell, float) and pd.isna(cell)):
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return " ".join(str(cell).split())
