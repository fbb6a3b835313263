"""Cells as found -> cells as the schema wants them: keys to text, dates to ISO, labels to metres.

Use this module through :mod:`geotool.schema`. Columns are converted as a whole; only the
distinct values that do not convert at once are looked at one by one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from geotool import numerals, rules, unit_names, units
from geotool.aliases import code_names, normalise_name
from geotool.cells import (
    Positions,
    are_filled,
    by_distinct,
    row_keys,
    row_positions,
    text_of,
)
from geotool.errors import DataError
from geotool.records import Column, LayerSchema, Problem, make_problem, name_keys

__all__ = ["CellFacts", "FrameT", "coerce", "row_keys", "row_positions", "text_of"]

FrameT = TypeVar("FrameT", bound=pd.DataFrame)

_LISTED_CELLS = 100  # cells of one column reported one by one; the rest is counted
_DATE_FORMATS = (
    (r"^(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ][\d:.]*(?:Z|[+-]\d\d:?\d\d)?)?$", ("y", "m", "d")),
    (r"^(\d{4})/(\d{1,2})/(\d{1,2})(?: [\d:.]*)?$", ("y", "m", "d")),
    (r"^(?:[Nn]gày\s*)?(\d{1,2})\s*[/.-]\s*(\d{1,2})\s*[/.-]\s*(\d{4})$", ("d", "m", "y")),
    (r"^[Nn]gày\s*(\d{1,2})\s*tháng\s*(\d{1,2})\s*năm\s*(\d{4})$", ("d", "m", "y")),
)
_BOOLEAN = "boolean"
_NUMBERS = ("integer", "number")
_FIRST_DAY = np.datetime64("1899-12-30")  # day 0 of the numbers that Excel stores for days


@dataclass(frozen=True)
class CellFacts:
    """What is known of cells beside their content.

    ``typed`` tells that the file stores numbers as numbers (a workbook), so that text in a
    column of numbers was written by hand and a number in a column of dates is a day of Excel.
    ``units`` are the units stated for canonical columns, as written.
    """

    typed: bool = False
    units: Mapping[str, str] = field(default_factory=dict)


_NO_FACTS = CellFacts()


def coerce(
    frame: FrameT,
    schema: LayerSchema,
    *,
    project_dir: Path | None = None,
    facts: CellFacts = _NO_FACTS,
) -> tuple[FrameT, list[Problem]]:
    """Return a new frame whose canonical columns have the types of the schema.

    Text becomes text in composed Unicode without outer blanks (a key 4050101.0 becomes
    ``"4050101"``), dates ``YYYY-MM-DD`` text, numbers float64 (integers int64 where no cell
    is empty), booleans True or False, chainages metres. Codes in another case or under an
    alias become the code. Empty cells become None in text and NaN in numbers, and so does a
    cell that cannot be read; codes outside the list stay for :func:`schema.problems`. A
    column that is free to hold other text takes codes from the alias files alone. Numbers in
    another unit than the schema's are converted where the unit is the same everywhere.

    Parameters
    ----------
    frame
        Table with canonical column names and any others, which stay as they are.
    schema
        The layer's schema.
    project_dir
        The project whose own aliases and severities apply.
    facts
        What the file tells of the cells beside their content.

    Returns
    -------
    tuple
        The frame, same index and column order, and a problem for every cell that could not
        be read; above a hundred in one column the rest is counted in one problem. Units
        converted, numbers with two readings and decimal commas are problems of their own.
    """
    found = frame.copy()
    problems: list[Problem] = []
    keys: pd.Series[Any] | None = None
    languages = _languages(frame, schema)
    for column in schema.columns:
        if column.name not in frame.columns:
            continue
        source = frame[column.name]
        room = _Conversion(schema.name, column, facts, languages, project_dir)
        values, bad = room.convert(source)
        found[column.name] = values
        if bad.any():
            keys = row_keys(frame, schema) if keys is None else keys
            cells = _BadCells(schema.name, column, project_dir)
            rows = row_positions(frame)[bad.to_numpy(dtype=bool)]
            problems += cells.report(source[bad], keys[bad], rows)
        problems += room.problems
    return found, problems


def _languages(frame: pd.DataFrame, schema: LayerSchema) -> dict[str, frozenset[str]]:
    """Return the languages in which the numbers of each column are certainly written."""
    columns = [c for c in schema.columns if c.type in _NUMBERS and c.name in frame.columns]
    return {column.name: numerals.languages(frame[column.name]) for column in columns}


class _BadCells:
    """Words the problems of one column's unreadable cells; personal data is never repeated."""

    def __init__(self, layer: str, column: Column, project_dir: Path | None) -> None:
        self.layer = layer
        self.column = column
        self.project_dir = project_dir

    def report(
        self, cells: "pd.Series[Any]", keys: "pd.Series[Any]", rows: Positions
    ) -> list[Problem]:
        """Return one problem a cell, the first hundred, then one that counts the rest."""
        first = slice(None, _LISTED_CELLS)
        problems = [
            self._problem(key if self.column.person else f"{key}: {value!r}", key, (int(row),))
            for key, value, row in zip(
                keys.iloc[first], cells.iloc[first], rows[first], strict=True
            )
        ]
        more = keys.iloc[_LISTED_CELLS:]
        if len(more):
            rest = tuple(int(row) for row in rows[_LISTED_CELLS:])
            text = f"{len(more)} more rows ({name_keys(more)})"
            problems.append(self._problem(text, "", rest))
        return problems

    def _problem(self, what: str, key: str, rows: tuple[int, ...]) -> Problem:
        kind = self.column.type
        rule = {"date": "bad_date", "chainage": "bad_chainage", _BOOLEAN: "bad_value"}
        problem = make_problem(
            rule.get(kind, "bad_number"),
            self.layer,
            f"{self.column.name} of {what} is no {kind}.",
            key=key,
            place=self.column.name,
            project_dir=self.project_dir,
        )
        return replace(problem, rows=rows)


@dataclass
class _Conversion:
    """Converts one column; collects what was guessed about the whole of it."""

    layer: str
    column: Column
    facts: CellFacts
    languages: Mapping[str, frozenset[str]]
    project_dir: Path | None
    problems: list[Problem] = field(default_factory=list)

    def convert(self, series: "pd.Series[Any]") -> tuple["pd.Series[Any]", "pd.Series[Any]"]:
        """Return the converted column and which cells could not be read."""
        column = self.column
        if column.type == "text":
            texts = _coded(text_of(series), column, self.project_dir)
            return texts, pd.Series(False, index=series.index)
        if column.type in _NUMBERS:
            return self._numbers(series)
        if column.type == "date":
            values = self._dates(series)
        elif column.type == "chainage":
            values = self._chainages(series)
        else:
            values = _booleans(series, self.project_dir)
        return values, values.isna() & are_filled(series)

    def _numbers(self, series: "pd.Series[Any]") -> tuple["pd.Series[Any]", "pd.Series[Any]"]:
        whole, factor = self.column.type == "integer", self._factor()
        read = numerals.read_numbers(series, self._writing(factor))
        self._note_reading(read)
        values = read.values
        bad = values.isna() & are_filled(series)
        if factor is None:
            return values.where(values.isna()), bad
        if factor != 1:
            values = numerals.scale_column(values, factor)
            self._note_conversion(values, factor)
        if whole:
            broken = values.notna() & (values != np.floor(values))
            values, bad = values.where(~broken), bad | broken
            if not values.isna().any():
                values = values.astype("int64")
        return values, bad

    def _writing(self, factor: Decimal | None) -> numerals.Writing:
        others = [found for name, found in self.languages.items() if name != self.column.name]
        shown: frozenset[str] = frozenset().union(*others)
        return numerals.Writing(
            whole=self.column.type == "integer" and factor == 1,
            language="vi" if shown == {"vi"} else None,
            typed=self.facts.typed,
            unit=self.column.unit,
            factor=Decimal(1) if factor is None else factor,
            project_dir=self.project_dir,
        )

    @property
    def _unit(self) -> str:
        return self.facts.units.get(self.column.name, "")

    def _factor(self) -> Decimal | None:
        """Return what the values are multiplied by, None when the unit cannot be converted."""
        kept = self.column.unit
        if not self._unit or not kept:
            return Decimal(1)
        stated = unit_names.find_unit(self._unit, project_dir=self.project_dir)
        factor = numerals.unit_factor(stated, kept, project_dir=self.project_dir)
        if factor is not None:
            return factor
        if stated is None or stated.factor is not None:
            text = f"the unit '{self._unit}' is none of its own; the values were taken as {kept}."
            self._note("unknown_unit", text)
            return Decimal(1)
        text = f"'{self._unit}' differs from place to place; the values were left out."
        self._note("unit_refused", text)
        return None

    def _chainages(self, series: "pd.Series[Any]") -> "pd.Series[Any]":
        factor, values = self._factor(), _chainages(series)
        if factor is None or factor == 1:
            return values
        plain = pd.to_numeric(series, errors="coerce").astype("float64")
        self._note_conversion(plain, factor)
        return values.where(plain.isna(), numerals.scale_column(plain, factor))

    def _dates(self, series: "pd.Series[Any]") -> "pd.Series[Any]":
        dates = _dates(series)
        if not self.facts.typed:
            return dates
        serials = _days_of_excel(series, self.project_dir)
        count = int(serials.notna().sum())
        if count:
            self._note("date_serial", f"{count} numbers were read as days of Excel.")
        joined = dates.where(serials.isna(), serials)
        return joined.where(joined.notna(), None)

    def _note_conversion(self, values: "pd.Series[Any]", factor: Decimal) -> None:
        count = int(values.notna().sum())
        text = f"{count} values in {self._unit} were multiplied by {factor.normalize():f}."
        if count:
            self._note("unit_converted", text)

    def _note_reading(self, read: numerals.Numbers) -> None:
        if read.vietnamese:
            self._note("decimal_comma", "numbers were read as 1.234,5 (comma marks decimals).")
        if read.example is not None:
            text, taken, left = read.example
            words = f"'{text}' was read as {taken:.15g}; it could also be {left:.15g}."
            if self.column.person:
                words = "some numbers have two readings."
            self._note("ambiguous_number", words)

    def _note(self, rule: str, text: str) -> None:
        name = self.column.name
        problem = make_problem(
            rule, self.layer, f"{name}: {text}", place=name, project_dir=self.project_dir
        )
        self.problems.append(problem)


def _coded(texts: "pd.Series[Any]", column: Column, project_dir: Path | None) -> "pd.Series[Any]":
    codes = code_names(column.name, column.values, project_dir=project_dir)
    if not codes:
        return texts
    return by_distinct(texts, lambda text: codes.get(normalise_name(str(text)), text))


def _booleans(series: "pd.Series[Any]", project_dir: Path | None) -> "pd.Series[Any]":
    truth = {"true": True, "false": False}
    names = code_names(_BOOLEAN, truth, project_dir=project_dir)

    def read(text: object) -> object:
        return truth.get(str(names.get(normalise_name(str(text)))))

    return by_distinct(text_of(series), read)


def _dates(series: "pd.Series[Any]") -> "pd.Series[Any]":
    if pd.api.types.is_datetime64_any_dtype(series):
        dates: pd.Series[Any] = series.dt.strftime("%Y-%m-%d").astype(object)
        return dates.where(series.notna(), None)
    if pd.api.types.is_numeric_dtype(series):
        return pd.Series(None, index=series.index, dtype=object)
    texts = text_of(series)
    distinct = pd.Series(pd.unique(texts.dropna()), dtype=object).astype("str")
    iso = dict(zip(distinct.tolist(), _iso_dates(distinct), strict=True))
    return by_distinct(texts, lambda text: iso.get(str(text)))


def _iso_dates(texts: "pd.Series[Any]") -> list[object]:
    """Return each text as an ISO date, None where it is none."""
    found = np.full(len(texts), None, dtype=object)
    for pattern, order in _DATE_FORMATS:
        parts = texts.str.extract(pattern)
        parts.columns = pd.Index(order)
        years, months, days = (parts[name].str.zfill(2) for name in ("y", "m", "d"))
        iso = years + "-" + months + "-" + days
        real = pd.to_datetime(iso, format="%Y-%m-%d", errors="coerce").notna().to_numpy()
        found[real] = iso.to_numpy(dtype=object)[real]
    return list(found)


def _chainages(series: "pd.Series[Any]") -> "pd.Series[Any]":
    if numerals.is_plain(series):
        return series.astype("float64")

    def read(value: object) -> float:
        try:
            return units.parse_chainage(str(value))
        except DataError:
            return np.nan

    return by_distinct(text_of(series), read).astype("float64")


def _days_of_excel(series: "pd.Series[Any]", project_dir: Path | None) -> "pd.Series[Any]":
    """Return the ISO dates of cells that are numbers of days, None for all others."""
    cells = series.to_numpy(dtype=object)
    numbers = [
        float(cell) if isinstance(cell, int | float) and not isinstance(cell, bool) else np.nan
        for cell in cells
    ]
    days = pd.Series(numbers, index=series.index, dtype="float64")
    years = rules.load_rule("interpretation", project_dir=project_dir).values["dates"]
    first = np.datetime64(f"{int(years['first_year'])}-01-01") - _FIRST_DAY
    last = np.datetime64(f"{int(years['last_year'])}-12-31") - _FIRST_DAY
    good = days.between(first.astype(int), last.astype(int) + 1, inclusive="left")
    found = np.full(len(days), None, dtype=object)
    whole = np.floor(days[good].to_numpy()).astype(np.int64).astype("timedelta64[D]")
    found[good.to_numpy()] = (_FIRST_DAY + whole).astype(str)
    return pd.Series(found, index=series.index, dtype=object)
