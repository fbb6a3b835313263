"""Numbers as tables write them -> floats: ``1.026``, ``22,3``, ``1.998.742,87``, ``125,3 m2``.

A dot before three digits groups thousands in Vietnamese and marks decimals in English. What a
text means follows from the other texts of its column, then of its table; where nothing tells,
the guess is reported with an example.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from geotool import unit_names, units
from geotool.errors import DataError

_VIETNAMESE = (
    r"^[-+]?(?:\d[\d. ]*,(?:\d{1,2}|\d{4,})|0,\d+|\d{1,3}(?:\.\d{3}){2,}|[\d.]+\.\d{3},\d+)\D*$"
)
_ENGLISH = (
    r"^[-+]?(?:\d[\d,]*\.(?:\d{1,2}|\d{4,})|0\.\d+|\d{4,}\.\d+|\d{1,3}(?:,\d{3}){2,}"
    r"|\d{1,3}(?:,\d{3})+\.\d+)\D*$"
)
_WRITTEN_VIETNAMESE = r"[-+]?(?:[1-9]\d{0,2}(?:\.\d{3})+|\d+)(?:,\d+)?"
_GROUPED = r"[-+]?[1-9]\d{0,2}\.\d{3}"
_WHOLE = r"[-+]?[1-9]\d*"
_BELOW_GROUPS = 1000
_WITH_UNIT = re.compile(r"([-−+]?[\d.,\s]*\d)\s*([^\d\s.,].*)", re.S)


@dataclass(frozen=True)
class Writing:
    """How the numbers of one column are written, as far as it is known from elsewhere.

    ``whole`` numbers have no decimals. ``language`` (vi or en) is what the rest of the table
    shows, ``typed`` tells that numbers of this table are stored as such, so that a number that
    is text was written by hand. ``unit`` is the unit the column is kept in, ``factor`` how many
    of it one of the unit stated for the column is, which numbers with a unit of their own pass
    over.
    """

    whole: bool = False
    language: str | None = None
    typed: bool = False
    unit: str = ""
    factor: Decimal = Decimal(1)
    project_dir: Path | None = None


@dataclass(frozen=True)
class Numbers:
    """What a column says: a float a cell, NaN where it is empty or no number.

    ``vietnamese`` tells that some text was read so that a comma marks decimals; ``example`` is
    a text with two readings and the reading taken and left, None when every text is sure.
    """

    values: "pd.Series[Any]"
    vietnamese: bool = False
    example: tuple[str, float, float] | None = None


def is_plain(series: "pd.Series[Any]") -> bool:
    """Return whether a column holds numbers already."""
    return bool(pd.api.types.is_numeric_dtype(series) and not pd.api.types.is_bool_dtype(series))


def languages(series: "pd.Series[Any]") -> frozenset[str]:
    """Return the languages that some text of a column can only be in: vi, en, both or none."""
    if is_plain(series):
        return frozenset()
    texts = _texts(series)
    found = {"vi": _VIETNAMESE, "en": _ENGLISH}
    return frozenset(name for name, pattern in found.items() if texts.str.contains(pattern).any())


def read_numbers(series: "pd.Series[Any]", writing: Writing) -> Numbers:
    """Return the numbers of a column.

    A text that only one language explains is read so. One with two readings (``1.026``,
    ``1,234``) follows the column, then the table; whole numbers are never ``1.026``; numbers
    below 1000 beside others with exactly three digits behind a dot show that dots group. What
    is left is read as a decimal point, or where numbers are ``typed`` as dots that group; a
    comma is left unread. A unit behind the number is converted to the column's.
    """
    if is_plain(series):
        numbers = series.astype("float64")
        return Numbers(numbers.where(np.isfinite(numbers)))
    plain = pd.to_numeric(series, errors="coerce").astype("float64")
    plain = plain.where(np.isfinite(plain))
    texts = _texts(series)
    grouped = texts.str.fullmatch(_GROUPED)
    worded = texts[~plain.loc[texts.index].notna().to_numpy() | grouped.to_numpy(dtype=bool)]
    if worded.empty:
        return Numbers(plain)
    language, guessed = _language(series, texts, grouped, writing)
    read = _Reading(writing, language)
    values = plain.copy()
    codes, distinct = pd.factorize(worded)
    found = read.numbers(pd.Series(distinct, dtype="str"))
    values.loc[worded.index] = found[codes]
    turned = ~(values == plain) & values.notna()
    example = read.example(texts[grouped.to_numpy(dtype=bool)]) if guessed else None
    return Numbers(values, bool(turned.any()) and read.used_vietnamese, example)


def _language(
    series: "pd.Series[Any]", texts: "pd.Series[Any]", grouped: "pd.Series[Any]", writing: Writing
) -> tuple[str | None, bool]:
    """Return the language a column is read in, None when it is open, and whether it is a guess."""
    shown = languages(series)
    if len(shown) == 1:
        return next(iter(shown)), False
    if shown or writing.language is not None or not grouped.any():
        return (None if shown else writing.language), False
    if writing.whole or _shows_groups(texts, grouped):
        return "vi", False
    return ("vi" if writing.typed else "en"), True


def _shows_groups(texts: "pd.Series[Any]", grouped: "pd.Series[Any]") -> bool:
    """Return whether plain numbers below 1000 beside dotted ones show that dots group."""
    others = texts[~grouped.to_numpy(dtype=bool)]
    whole = others[others.str.fullmatch(_WHOLE).to_numpy(dtype=bool)]
    dotted = others.str.contains(".", regex=False).any()
    small = pd.to_numeric(whole, errors="coerce").abs() < _BELOW_GROUPS
    return bool(len(whole) and small.all() and not dotted)


class _Reading:
    """Reads single texts in the language that was found for their column."""

    def __init__(self, writing: Writing, language: str | None) -> None:
        self.writing = writing
        self.language = language
        self.used_vietnamese = False

    def numbers(self, texts: "pd.Series[Any]") -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
        """Return the number each text states; those written as Vietnamese is are read at once."""
        found = np.full(len(texts), np.nan)
        sure = np.zeros(len(texts), dtype=bool)
        if self.language == "vi" and not self.writing.whole:
            sure = texts.str.fullmatch(_WRITTEN_VIETNAMESE).to_numpy(dtype=bool)
            plain = texts[sure].str.replace(".", "", regex=False)
            found[sure] = pd.to_numeric(plain.str.replace(",", ".", regex=False)).to_numpy()
            self.used_vietnamese |= bool(texts[sure].str.contains("[.,]").any())
        for position in np.flatnonzero(~sure):
            found[position] = self.number(str(texts.iloc[position]))
        return found

    def number(self, text: str) -> float:
        """Return the number a text states, NaN when it states none or one too many."""
        found = _read_by_language(text)
        if found or not text.strip():
            return self._choose(found)
        return self._with_unit(text)

    def example(self, texts: Iterable[str]) -> tuple[str, float, float]:
        """Return the first text, how it was read and how it could have been."""
        text = str(next(iter(texts)))
        found = _read_by_language(text)
        other = "en" if self.language == "vi" else "vi"
        return text, found[self.language or "en"], found[other]

    def _with_unit(self, text: str) -> float:
        match = _WITH_UNIT.fullmatch(text.strip())
        if match is None:
            return np.nan
        stated = unit_names.find_unit(match[2], project_dir=self.writing.project_dir)
        factor = unit_factor(stated, self.writing.unit, project_dir=self.writing.project_dir)
        if stated is None or factor is None:
            return np.nan
        return scaled(self._choose(_read_by_language(match[1])), factor / self.writing.factor)

    def _choose(self, found: dict[str, float]) -> float:
        if self.writing.whole and len(set(found.values())) > 1:
            found = {name: value for name, value in found.items() if value.is_integer()}
        if not found:
            return np.nan
        if len(set(found.values())) == 1:
            language, value = next(iter(found.items()))
        elif self.language in found:
            language, value = self.language, found[self.language]
        else:
            return np.nan
        self.used_vietnamese |= language == "vi" and found.get("en") != value
        return value


def _read_by_language(text: str) -> dict[str, float]:
    """Return the number a text states, by language: vi 1.234,5, en 1,234.5."""
    found: dict[str, float] = {}
    grouped_zero = {"vi": r"[-+]?0\.", "en": r"[-+]?0,"}
    for language, zero in grouped_zero.items():
        if re.match(zero, text.strip()):
            continue
        try:
            found[language] = units.parse_number(text, language=language)
        except (DataError, ValueError):
            continue
    return found


def readings(cell: object) -> list[float]:
    """Return every number a single cell could state: 1.026 and 1026 of ``1.026``."""
    if isinstance(cell, bool | np.bool_) or cell is None:
        return []
    if isinstance(cell, int | float | np.integer | np.floating):
        return [float(cell)] if np.isfinite(cell) else []
    return list(_read_by_language(str(cell)).values())


def unit_factor(
    stated: unit_names.Unit | None, kept: str, *, project_dir: Path | None = None
) -> Decimal | None:
    """Return how many of the kept unit one of the stated unit is; None when that is not known.

    Counts and percentages stand for themselves where a column has no unit.
    """
    if stated is None:
        return None
    if not kept:
        return Decimal(1) if stated.measure in ("count", "share") else None
    wanted = unit_names.find_unit(kept, project_dir=project_dir)
    if wanted is None or wanted.measure != stated.measure:
        return None
    if stated.factor is None or not wanted.factor:
        return None
    return stated.factor / wanted.factor


def scaled(value: float, factor: Decimal) -> float:
    """Return a number in another unit, without the noise of binary fractions."""
    return value if np.isnan(value) else float(Decimal(repr(float(value))) * factor)


def scale_column(values: "pd.Series[Any]", factor: Decimal) -> "pd.Series[Any]":
    """Return a column of floats in another unit, exact as decimals are, NaN kept."""
    codes, distinct = pd.factorize(values, use_na_sentinel=True)
    found = np.array([*(scaled(float(value), factor) for value in distinct), np.nan])
    return pd.Series(found[codes], index=values.index)


def _texts(series: "pd.Series[Any]") -> "pd.Series[Any]":
    """Return the texts of a column without outer blanks, in its index; no numbers, no empties."""
    if isinstance(series.dtype, pd.StringDtype | pd.ArrowDtype):
        return series.dropna().str.strip()
    cells = series.to_numpy(dtype=object)
    chosen = np.fromiter((isinstance(cell, str) for cell in cells), dtype=bool, count=len(cells))
    texts = pd.Series(cells[chosen], index=series.index[chosen], dtype="str")
    texts = texts.str.strip()
    return texts[texts != ""]
