"""Values of a workbook's cells -> cells of a grid: text, numbers, dates as text."""

import datetime as dt
import itertools
import math
import unicodedata
from collections.abc import Sequence

import numpy as np
import pandas as pd

from geotool import rules
from geotool.errors import ReadError
from geotool.sources.records import Grid

Merge = tuple[int, int, int, int]

_EXACT_BELOW = 2**53  # whole numbers above it are not exact as cells hold them
_LETTERS = 26


def cell_of(value: object) -> object:
    """Return a cell as a grid holds it.

    Text is composed and without outer blanks, none when nothing is left; whole numbers are
    int; a date is ``2024-03-01``, with a time ``2024-03-01 07:30:00``; a time ``07:30:00``.
    """
    if isinstance(value, str):
        plain = value if value.isascii() else unicodedata.normalize("NFC", value)
        return plain.strip() or None
    if isinstance(value, float):
        return _number_of(value)
    if isinstance(value, dt.datetime):
        midnight = value.time() == dt.time()
        return value.date().isoformat() if midnight else value.isoformat(sep=" ")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, dt.timedelta):
        seconds = round(value.total_seconds())
        return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return value


def grid_of(
    place: str, sheet: str, rows: Sequence[tuple[int, Sequence[object]]], merges: Sequence[Merge]
) -> Grid | None:
    """Return the grid of a sheet, None when nothing is in it.

    Parameters
    ----------
    place, sheet
        The file and the sheet in it.
    rows
        Row number from 1 and the cells from the first column on, see :func:`cell_of`.
    merges
        Merged cells as in :class:`Grid`.

    Raises
    ------
    ReadError
        When it reaches further than ``layers/rules/tables.toml`` allows.
    """
    filled = [(number, cells) for number, cells in rows if any(c is not None for c in cells)]
    if not filled:
        return None
    width = max(_filled_width(cells) for _, cells in filled)
    require_extent(place, sheet, len(filled), width)
    columns = itertools.zip_longest(*(cells[:width] for _, cells in filled))
    series = {i: pd.Series(list(column), dtype=object) for i, column in enumerate(columns)}
    return Grid(
        place=f"{place}, sheet '{sheet}'",
        sheet=sheet,
        cells=pd.DataFrame(series, columns=pd.RangeIndex(width)),
        rows=np.array([number for number, _ in filled], dtype=np.int64),
        merges=tuple(merges),
    )


def require_extent(place: str, sheet: str, height: int, width: int) -> None:
    """Refuse a sheet of more cells than an office computer can hold.

    Raises
    ------
    ReadError
        Naming the last cell.
    """
    if exceeds(height, width):
        raise ReadError(
            f"{place}, sheet '{sheet}': it reaches to cell {letters_of(width - 1)}{height}, "
            f"{height * width:,} cells; it is too large to be read.",
            remedy="Delete the rows and columns beyond the table, or save it as CSV.",
        )


def exceeds(height: int, width: int) -> bool:
    """Return whether a sheet has more cells, or a row more of them, than are read."""
    limits = rules.load_rule("tables").values["workbook"]
    return bool(height * width > limits["cells"] or width > limits["columns"])


def letters_of(column: int) -> str:
    """Return the letters of a column counted from 0: A, ..., Z, AA, ..."""
    letters = ""
    rest = column + 1
    while rest:
        rest, digit = divmod(rest - 1, _LETTERS)
        letters = chr(ord("A") + digit) + letters
    return letters


def column_of(letters: str) -> int:
    """Return the column of its letters, counted from 0."""
    column = 0
    for letter in letters.upper():
        column = column * _LETTERS + ord(letter) - ord("A") + 1
    return column - 1


def _number_of(value: float) -> object:
    if not math.isfinite(value):
        return str(value)
    return int(value) if value.is_integer() and abs(value) < _EXACT_BELOW else value


def _filled_width(cells: Sequence[object]) -> int:
    return max(i for i, cell in enumerate(cells, start=1) if cell is not None)
