"""Cells as found -> cells as the schema wants them: keys to text, dates to ISO, labels to metres.

Use this module through :mod:`geotool.schema`. Columns are converted as a whole; only the
distinct values that do not convert at once are looked at one by one.
"""

from collections.abc import Callable, Hashable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from geotool import units
from geotool.aliases import normalise_name, value_aliases
from geotool.errors import DataError
from geotool.records import Column, LayerSchema, Problem, make_problem, name_keys

FrameT = TypeVar("FrameT", bound=pd.DataFrame)

_LISTED_CELLS = 100  # cells of one column reported one by one; the rest is counted
_DATE_FORMATS = (
    (r"^(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ][\d:.]*(?:Z|[+-]\d\d:?\d\d)?)?$", ("y", "m", "d")),
    (r"^(\d{4})/(\d{1,2})/(\d{1,2})(?: [\d:.]*)?$", ("y", "m", "d")),
    (r"^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})$", ("d", "m", "y")),
)
_BOOLEAN = "boolean"


def coerce(
    frame: FrameT, schema: LayerSchema, *, project_dir: Path | None = None
) -> tuple[FrameT, list[Problem]]:
    """Return a new frame whose canonical columns have the types of the schema.

    Text becomes text in composed Unicode without outer blanks (a key 4050101.0 becomes
    ``"4050101"``), dates ``YYYY-MM-DD`` text, numbers float64 (integers int64 where no cell
    is empty), booleans True or False, chainages metres. Codes in another case or under an
    alias become the code. Empty cells become None in text and NaN in numbers, and so does a
    cell that cannot be read; codes outside the list stay for :func:`schema.problems`. A
    column that is free to hold other text takes codes from the alias files alone.

    Parameters
    ----------
    frame
        Table with canonical column names and any others, which stay as they are.
    schema
        The layer's schema.
    project_dir
        The project whose own aliases and severities apply.

    Returns
    -------
    tuple
        The frame, same index and column order, and a problem for every cell that could not
        be read; above a hundred in one column the rest is counted in one problem.
    """
    found = frame.copy()
    problems: list[Problem] = []
    keys = row_keys(frame, schema)
    for column in schema.columns:
        if column.name not in frame.columns:
            continue
        source = frame[column.name]
        values, bad = _convert(source, column, project_dir)
        found[column.name] = values
        cells = _BadCells(schema.name, column, project_dir)
        problems += cells.report(source[bad], keys[bad])
        if _read_as_vietnamese(source, column, values):
            problems.append(cells.notice_of_decimal_commas())
    return found, problems


def text_of(series: "pd.Series[Any]") -> "pd.Series[Any]":
    """Return a column as composed text without outer blanks, empty cells as None."""
    if pd.api.types.is_bool_dtype(series):
        texts = series.astype(str).str.lower()
    elif pd.api.types.is_numeric_dtype(series):
        texts = _by_distinct(series, _number_text)
    else:
        texts = _strings(series)
    empty = texts.isna() | (texts == "")
    return texts.astype(object).where(~empty, None)


def row_keys(frame: pd.DataFrame, schema: LayerSchema) -> "pd.Series[Any]":
    """Return what names each row: its key, else ``row 1``, ``row 2``, ..."""
    numbers = pd.Series([f"row {i}" for i in range(1, len(frame) + 1)], index=frame.index)
    if schema.key is None or schema.key not in frame.columns:
        return numbers
    keys = text_of(frame[schema.key])
    return keys.where(keys.notna(), numbers)


class _BadCells:
    """Words the problems of one column's unreadable cells."""

    def __init__(self, layer: str, column: Column, project_dir: Path | None) -> None:
        self.layer = layer
        self.column = column
        self.project_dir = project_dir

    def report(self, cells: "pd.Series[Any]", keys: "pd.Series[Any]") -> list[Problem]:
        listed = zip(keys.iloc[:_LISTED_CELLS], cells.iloc[:_LISTED_CELLS], strict=True)
        problems = [self._problem(f"{key}: {value!r}", key) for key, value in listed]
        more = keys.iloc[_LISTED_CELLS:]
        if len(more):
            problems.append(self._problem(f"{len(more)} more rows ({name_keys(more)})", ""))
        return problems

    def notice_of_decimal_commas(self) -> Problem:
        text = f"{self.column.name}: numbers were read as 1.234,5 (comma marks decimals)."
        return make_problem(
            "decimal_comma",
            self.layer,
            text,
            place=self.column.name,
            project_dir=self.project_dir,
        )

    def _problem(self, what: str, key: str) -> Problem:
        kind = self.column.type
        rule = {"date": "bad_date", "chainage": "bad_chainage", _BOOLEAN: "bad_value"}
        return make_problem(
            rule.get(kind, "bad_number"),
            self.layer,
            f"{self.column.name} of {what} is no {kind}.",
            key=key,
            place=self.column.name,
            project_dir=self.project_dir,
        )


def _convert(
    series: "pd.Series[Any]", column: Column, project_dir: Path | None
) -> tuple["pd.Series[Any]", "pd.Series[Any]"]:
    """Return the converted column and which cells could not be read."""
    if column.type == "text":
        texts = text_of(series)
        good = pd.Series(False, index=series.index)
        return _coded(texts, column, project_dir), good
    if column.type == "date":
        values = _dates(series)
    elif column.type == "chainage":
        values = _chainages(series)
    elif column.type == _BOOLEAN:
        values = _booleans(series, project_dir)
    else:
        values = _numbers(series)
        if column.type == "integer":
            values = values.where(values == np.floor(values))
    bad = values.isna() & _filled(series)
    if column.type == "integer" and not values.isna().any():
        values = values.astype("int64")
    return values, bad


def _filled(series: "pd.Series[Any]") -> "pd.Series[Any]":
    if pd.api.types.is_numeric_dtype(series) or pd.api.types.is_datetime64_any_dtype(series):
        return series.notna()
    return text_of(series).notna()


def _strings(series: "pd.Series[Any]") -> "pd.Series[Any]":
    if pd.api.types.infer_dtype(series, skipna=True) == "string":
        return series.str.strip().str.normalize("NFC")
    return _by_distinct(series, _number_text).str.strip().str.normalize("NFC")


def _by_distinct(series: "pd.Series[Any]", convert: Callable[[object], object]) -> "pd.Series[Any]":
    """Return ``convert`` of every cell, called once for each distinct value; null gives None."""
    cells = series.astype(object)
    codes, distinct = pd.factorize(cells.to_numpy(), use_na_sentinel=True)
    results = np.empty(len(distinct) + 1, dtype=object)
    for position, value in enumerate(distinct):
        results[position] = convert(value)
    results[-1] = None  # code -1: the empty cells
    return pd.Series(results[codes], index=series.index, dtype=object)


def _number_text(value: object) -> str:
    if isinstance(value, bool | np.bool_):
        return str(value).lower()
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value)


def _coded(texts: "pd.Series[Any]", column: Column, project_dir: Path | None) -> "pd.Series[Any]":
    codes = _code_names(column.name, column.values, project_dir)
    if not codes:
        return texts
    return _by_distinct(texts, lambda text: codes.get(normalise_name(str(text)), text))


def _code_names(
    column: str, values: Iterable[str], project_dir: Path | None
) -> dict[str, Hashable]:
    """Return normalised spelling -> code, of the codes of a schema and of the alias files."""
    aliases = value_aliases(column, project_dir=project_dir)
    names = {normalise_name(text): code for code, texts in aliases.items() for text in texts}
    return {**names, **{normalise_name(value): value for value in [*aliases, *values]}}


def _booleans(series: "pd.Series[Any]", project_dir: Path | None) -> "pd.Series[Any]":
    truth = {"true": True, "false": False}
    names = _code_names(_BOOLEAN, truth, project_dir)

    def read(text: object) -> object:
        return truth.get(str(names.get(normalise_name(str(text)))))

    return _by_distinct(text_of(series), read)


def _dates(series: "pd.Series[Any]") -> "pd.Series[Any]":
    if pd.api.types.is_datetime64_any_dtype(series):
        dates: pd.Series[Any] = series.dt.strftime("%Y-%m-%d").astype(object)
        return dates.where(series.notna(), None)
    if pd.api.types.is_numeric_dtype(series):
        return pd.Series(None, index=series.index, dtype=object)
    texts = text_of(series).astype("str")
    found = np.full(len(series), None, dtype=object)
    for pattern, order in _DATE_FORMATS:
        parts = texts.str.extract(pattern)
        parts.columns = pd.Index(order)
        years, months, days = (parts[name].str.zfill(2) for name in ("y", "m", "d"))
        iso = years + "-" + months + "-" + days
        real = pd.to_datetime(iso, format="%Y-%m-%d", errors="coerce").notna().to_numpy()
        found[real] = iso.to_numpy(dtype=object)[real]
    return pd.Series(found, index=series.index, dtype=object)


def _chainages(series: "pd.Series[Any]") -> "pd.Series[Any]":
    if _is_plain_number(series):
        return series.astype("float64")

    def read(value: object) -> float:
        try:
            return units.parse_chainage(str(value))
        except DataError:
            return np.nan

    return _by_distinct(text_of(series), read).astype("float64")


def _numbers(series: "pd.Series[Any]") -> "pd.Series[Any]":
    if _is_plain_number(series):
        numbers = series.astype("float64")
        return numbers.where(np.isfinite(numbers))
    texts = text_of(series)
    plain = pd.to_numeric(texts, errors="coerce").astype("float64")
    plain = plain.where(np.isfinite(plain))
    if not (plain.isna() & texts.notna()).any():
        return plain
    read = {text: _readings(str(text)) for text in pd.unique(texts.dropna())}
    language = _language(read.values())
    return _by_distinct(texts, lambda text: _choose(read[text], language)).astype("float64")


def _is_plain_number(series: "pd.Series[Any]") -> bool:
    return bool(pd.api.types.is_numeric_dtype(series) and not pd.api.types.is_bool_dtype(series))


def _readings(text: str) -> dict[str, float]:
    """Return the number a text states, by language: vi 1.234,5, en 1,234.5."""
    found: dict[str, float] = {}
    for language in ("vi", "en"):
        try:
            found[language] = units.parse_number(text, language=language)
        except (DataError, ValueError):
            continue
    return found


def _language(readings: Iterable[dict[str, float]]) -> str | None:
    """Return the one language that some number of a column can only be in, else None."""
    certain = {next(iter(found)) for found in readings if len(found) == 1}
    return certain.pop() if len(certain) == 1 else None


def _choose(found: dict[str, float], language: str | None) -> float:
    if len(set(found.values())) == 1:
        return next(iter(found.values()))
    return found.get(language, np.nan) if language is not None else np.nan


def _read_as_vietnamese(series: "pd.Series[Any]", column: Column, values: "pd.Series[Any]") -> bool:
    """Return whether a number column held text that only the comma as decimal sign explains."""
    if column.type not in ("integer", "number") or _is_plain_number(series):
        return False
    texts = text_of(series)
    plain = pd.to_numeric(texts, errors="coerce").astype("float64")
    return bool((values.notna() & ~(plain == values.astype("float64"))).any())
