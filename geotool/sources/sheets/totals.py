"""Sums stated in a table against the records they sum."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from geotool import numerals, unit_names
from geotool.coercion import CellFacts, row_positions
from geotool.records import Column, LayerSchema, Problem, make_problem
from geotool.sources.records import RawLayer, TotalRow

_NUMBERS = ("integer", "number")
_MOST_DECIMALS = 6
_NOISE = 1e-9  # of a sum of floats, relative
_NO_FACTS = CellFacts()


def facts_of(raw: RawLayer, mapping: Mapping[str, str]) -> CellFacts:
    """Return what a file tells of its cells, for ``schema.coerce``.

    Parameters
    ----------
    raw
        Rows as read; those with sheets come from a workbook.
    mapping
        Column of the file -> canonical column.
    """
    typed = raw.origin is not None and bool(len(raw.origin.sheets))
    units = {mapping[name]: unit for name, unit in raw.units.items() if name in mapping}
    return CellFacts(typed=typed, units=units)


def find_mismatches(
    frame: pd.DataFrame,
    totals: Sequence[TotalRow],
    mapping: Mapping[str, str],
    schema: LayerSchema,
    *,
    facts: CellFacts = _NO_FACTS,
    project_dir: Path | None = None,
) -> list[Problem]:
    """Return a finding for every stated sum that its records do not make.

    A sum may differ by one unit of its last printed digit; one of things counted may not.
    Which records a sum stands for is taken from its place; where those do not make it, all
    records before it and those since the sum before it are tried too.

    Parameters
    ----------
    frame
        Coerced records with canonical names, before any are merged; the index counts the
        records as read.
    totals
        The sums set apart in reading.
    mapping
        Column of the file -> canonical column.
    schema
        The layer's schema.
    facts
        Units stated for the columns.
    project_dir
        The project whose own severities apply.
    """
    columns = [c for c in schema.columns if c.type in _NUMBERS and c.name in frame.columns]
    room = _Sums(frame, {column.name: column for column in columns}, facts, project_dir)
    found: list[Problem] = []
    for number, total in enumerate(totals):
        stated = dict(room.stated(total, mapping))
        ranges = _ranges(totals, number, len(frame))
        if not stated or any(not room.differing(stated, span) for span in ranges):
            continue
        span = ranges[0]
        for name in room.differing(stated, span):
            found.append(room.problem(schema.name, total, name, stated[name]))
    return found


@dataclass(frozen=True)
class _Stated:
    """A sum as stated: its possible readings, and how much it may differ by."""

    text: str
    readings: tuple[float, ...]
    allowed: float


@dataclass(frozen=True)
class _Sums:
    frame: pd.DataFrame
    columns: Mapping[str, Column]
    facts: CellFacts
    project_dir: Path | None

    def stated(self, total: TotalRow, mapping: Mapping[str, str]) -> Iterator[tuple[str, _Stated]]:
        """Yield canonical column and sum of the cells of a total that hold numbers."""
        for name, cell in total.cells.items():
            column = self.columns.get(mapping.get(name, ""))
            if column is None:
                continue
            factor = self._factor(column)
            readings = [numerals.scaled(value, factor) for value in numerals.readings(cell)]
            if readings:
                decimals = _decimals(cell)
                counted = column.type == "integer" and factor == 1
                unit = 0.0 if counted else float(factor) * 10.0**-decimals
                text = str(cell)
                yield column.name, _Stated(text, tuple(readings), unit)

    def differing(self, stated: Mapping[str, _Stated], span: tuple[int, int]) -> list[str]:
        """Return the columns whose records in a range do not make the sum stated."""
        return [
            name
            for name, told in stated.items()
            if not any(
                abs(value - made) <= told.allowed + _NOISE * abs(made)
                for made in [self.made(name, span)]
                for value in told.readings
            )
        ]

    def made(self, name: str, span: tuple[int, int]) -> float:
        """Return the sum of a column over a range of records as read."""
        positions = row_positions(self.frame)
        rows = (positions >= span[0]) & (positions < span[1])
        values: pd.Series[Any] = self.frame[name][rows].astype("float64")
        return float(np.nansum(values.to_numpy()))

    def problem(self, layer: str, total: TotalRow, name: str, told: _Stated) -> Problem:
        made = self.made(name, (total.first, total.last))
        sheet = "" if total.sheet is None else f"sheet '{total.sheet}', "
        text = (
            f"{sheet}row {total.row}: the total of {name} is stated as {told.text}, but its "
            f"{total.last - total.first} records make {round(made, _MOST_DECIMALS):.15g}."
        )
        return make_problem("total_mismatch", layer, text, place=name, project_dir=self.project_dir)

    def _factor(self, column: Column) -> Decimal:
        stated = unit_names.find_unit(
            self.facts.units.get(column.name, ""), project_dir=self.project_dir
        )
        factor = numerals.unit_factor(stated, column.unit, project_dir=self.project_dir)
        return Decimal(1) if factor is None else factor


def _ranges(totals: Sequence[TotalRow], number: int, count: int) -> list[tuple[int, int]]:
    """Return the ranges of records a sum may stand for, the likeliest first."""
    total = totals[number]
    same = [other for other in totals[:number] if other.sheet == total.sheet]
    start = min((other.first for other in same), default=total.first)
    since = max((other.last for other in same), default=start)
    found = [(total.first, total.last), (start, total.last), (since, total.last)]
    return [*dict.fromkeys([*found, (total.last, count)])]


def _decimals(cell: object) -> int:
    """Return how many decimals a number is printed with, at most six."""
    text = str(cell).strip()
    mark = max(text.rfind(","), text.rfind("."))
    digits = len(text) - mark - 1 if mark >= 0 else 0
    grouped = isinstance(cell, str) and digits == 3
    if grouped or text.endswith(".0"):
        return 0
    return min(digits, _MOST_DECIMALS)
