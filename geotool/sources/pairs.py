"""Cells that hold one coordinate -> numbers: decimal commas, thousands, degrees with minutes."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from geotool import crs
from geotool.errors import SchemaError

FloatArray = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
Positions = np.ndarray[tuple[int, ...], np.dtype[np.int64]]
Cells: TypeAlias = "pd.Series[Any]"
BoolArray = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]

_BLANKS = re.compile(r"\s")
_LONG_HEAD = re.compile(r"[-+]?\d{4,}[.,]\d*$")  # no mark groups thousands behind four digits


def parse_column(values: Sequence[object] | Cells, *, thousands: str | None) -> FloatArray:
    """Return numbers of cells; NaN where a cell is empty or no number.

    Parameters
    ----------
    values
        Numbers, or text with ``.`` or ``,``.
    thousands
        The mark that groups thousands in this table ("." or ","), None when no cell tells.
    """
    cells = _as_cells(values)
    return _with_marks(cells, _plain_numbers(cells), thousands)


def parse_pairs(
    east: Cells, north: Cells, *, plane: bool
) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Return the numbers of two columns, NaN where there are none, and which rows are empty.

    Cells such as ``18°05'12,5"B`` are degrees; letters of latitude and longitude in them win
    over what the columns are called. ``plane`` tells that the columns are plane coordinates,
    in which marks can group thousands.
    """
    first, second = _plain_numbers(east), _plain_numbers(north)
    if plane:
        mark = _only(_marks(east, first) | _marks(north, second))
        first, second = _with_marks(east, first, mark), _with_marks(north, second, mark)
    empty = np.asarray(east.isna().to_numpy() & north.isna().to_numpy(), dtype=np.bool_)
    left = np.flatnonzero(~empty & ~(np.isfinite(first) & np.isfinite(second)))
    texts = zip(_objects(east, left), _objects(north, left), strict=True)
    for i, cells in zip(left, texts, strict=True):
        first[i], second[i] = _angles(cells, (float(first[i]), float(second[i])))
    return first, second, empty


def _with_marks(cells: Cells, plain: FloatArray, thousands: str | None) -> FloatArray:
    """Return numbers, also of cells with marks; a plain number can hold thousands too."""
    numbers = plain.copy()
    grouped = thousands == "." and not pd.api.types.is_numeric_dtype(cells.dtype)
    left = np.flatnonzero(cells.notna().to_numpy() & (grouped | ~np.isfinite(plain)))
    texts = [_unmarked(value, thousands) for value in _objects(cells, left)]
    found = pd.to_numeric(pd.Series(texts, dtype=object), errors="coerce")
    numbers[left] = np.where(np.isfinite(found.to_numpy(dtype=float)), found, np.nan)
    return numbers


def _unmarked(value: object, thousands: str | None) -> object:
    if isinstance(value, bool):
        return None
    if not isinstance(value, str):
        return value
    text = _BLANKS.sub("", value)
    if thousands is None or (text.count(thousands) == 1 and _LONG_HEAD.match(text)):
        return text.replace(",", ".")
    decimal = "," if thousands == "." else "."
    return text.replace(thousands, "").replace(decimal, ".")


def _marks(cells: Cells, plain: FloatArray) -> set[str]:
    odd = np.flatnonzero(cells.notna().to_numpy() & ~np.isfinite(plain))
    return {mark for value in _objects(cells, odd) if (mark := _mark_of(str(value))) is not None}


def _objects(cells: Cells, rows: Positions) -> list[object]:
    return cells.iloc[rows].tolist() if len(rows) else []


def _only(marks: set[str]) -> str | None:
    """Return the one mark that groups thousands; refuse cells that contradict each other."""
    if len(marks) > 1:
        raise SchemaError(
            "coordinates mix 1.234,5 and 1,234.5 within one table.",
            remedy="Write all coordinates with the same decimal mark.",
        )
    return next(iter(marks), None)


def _as_cells(values: Sequence[object] | Cells) -> Cells:
    return values if isinstance(values, pd.Series) else pd.Series(list(values), dtype=object)


def _plain_numbers(cells: Cells) -> FloatArray:
    """Return the numbers that need no thought; NaN for every other cell."""
    if pd.api.types.is_bool_dtype(cells.dtype):
        return np.full(len(cells), np.nan)
    found = pd.to_numeric(cells, errors="coerce")
    numbers = found.to_numpy(dtype=np.float64, na_value=np.nan).copy()
    if cells.dtype == object:
        numbers[[isinstance(cell, bool) for cell in cells]] = np.nan
    return np.where(np.isfinite(numbers), numbers, np.nan)


def _angles(cells: tuple[object, object], numbers: tuple[float, float]) -> tuple[float, float]:
    """Return longitude and latitude of cells such as 106°17'32"Đ, by the letters in them."""
    parsed = [crs.parse_angle(str(cell)) for cell in cells]
    values = [
        number if math.isfinite(number) else _bare(cell) if angle is None else angle.value
        for cell, number, angle in zip(cells, numbers, parsed, strict=True)
    ]
    axes = tuple("" if angle is None else angle.axis for angle in parsed)
    turned = axes in (("lat", "lon"), ("lat", ""), ("", "lon"))
    return (values[1], values[0]) if turned else (values[0], values[1])


def _bare(cell: object) -> float:
    return float(parse_column([cell], thousands=None)[0])


def _mark_of(text: str) -> str | None:
    """Return the mark that groups thousands in a cell: one met twice, of both not the last."""
    dots, commas = text.count("."), text.count(",")
    if dots and commas:
        return "." if text.rfind(".") < text.rfind(",") else ","
    if dots > 1:
        return "."
    return "," if commas > 1 else None
