"""Attribute columns as streams: text through a dictionary, numbers scaled, dates as days.

``maps/FORMAT.md`` states the bytes. What a cell says is decided by ``text_of``; a column whose
numbers or dates cannot be written exactly enough as whole numbers is written as text.
"""

import datetime
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geotool.share.render.streams import Streams, Whole, varints, zigzag
from geotool.share.tables import DECIMALS, Kind, is_empty, number_text

SUM_DECIMALS = 6
"""Decimals of what a page adds up, so that sums print as the project's tables do."""

_DECIMALS: dict[Kind, int] = {"number": 6, "count": 0, "vnd": 0, "share": 6}
_TEXT_KINDS = ("text", "value", "layer", "rule")
_ALIKE = ("string", "boolean", "integer", "floating", "date", "datetime64", "empty")
_SEPARATOR = "\0"
_REPLACEMENT = "\ufffd"
_UNSEEN = re.compile("[\0\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_WHOLE_LIMIT = 2**52 - 1
_EPOCH = datetime.date(1970, 1, 1)

if TYPE_CHECKING:
    Series = pd.Series[Any]


def visible_text(text: str) -> str:
    """Return a text with a visible mark for each character that none sees and that misleads.

    These are the marks that turn the direction of what follows, so that a code reads as another
    one, the null character and halves of characters.
    """
    return _UNSEEN.sub(_REPLACEMENT, text)


def text_of(value: object) -> str:
    """Return a cell as text: booleans ``true``/``false``, whole numbers without a point.

    Dates are ISO; of a moment the time of day is written, and its zone, unless it is midnight.
    """
    if is_missing(value):
        return ""
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    if isinstance(value, datetime.datetime):
        midnight = value.time() == datetime.time()
        return value.date().isoformat() if midnight else value.isoformat(sep=" ")
    return str(value)


def is_missing(value: object) -> bool:
    """Return whether a cell holds nothing: None, not-a-number, or pandas' missing values."""
    if isinstance(value, Decimal):
        return value.is_nan()
    return is_empty(value) or type(value).__name__ in ("NAType", "NaTType")


def are_numbers(values: "Series") -> bool:
    """Return whether every filled cell is a number; booleans are none unless beside numbers."""
    if values.dtype.kind in "iuf":
        return True
    kinds = (int, float, Decimal, np.integer, np.floating)
    filled = [value for value in values if not is_missing(value)]
    booleans = bool(filled) and all(isinstance(value, bool) for value in filled)
    return not booleans and all(isinstance(value, kinds) for value in filled)


def words_of_column(values: "Series") -> tuple[Whole, list[str]]:
    """Return the code of each cell, -1 where there is none or no text, and the words by code.

    Words are numbered in order of appearance.
    """
    kind = pd.api.types.infer_dtype(values, skipna=True)
    if kind not in _ALIKE:
        return _coded_one_by_one(values)
    codes, found = pd.factorize(values, use_na_sentinel=True)
    texts = np.asarray(found, dtype=object).tolist()
    if kind == "string" and "" not in texts and not _UNSEEN.search("\n".join(texts)):
        return codes.astype(np.int64), texts
    texts = [visible_text(text_of(value)) for value in found]
    numbers: dict[str, int] = {}
    again = np.array(
        [numbers.setdefault(text, len(numbers)) if text else -1 for text in texts] or [-1]
    )
    coded = np.where(codes < 0, -1, again[np.maximum(codes, 0)])
    return coded.astype(np.int64), list(numbers)


def _coded_one_by_one(values: "Series") -> tuple[Whole, list[str]]:
    numbers: dict[str, int] = {}
    texts = [visible_text(text_of(value)) for value in values]
    codes = [numbers.setdefault(text, len(numbers)) if text else -1 for text in texts]
    return np.array(codes, dtype=np.int64), list(numbers)


def encode_column(
    name: str, values: "Series", kind: Kind, streams: Streams, *, place: str, summed: bool = False
) -> dict[str, object]:
    """Add a column to the streams ``<place>.words``, ``.codes`` or ``.values``.

    Parameters
    ----------
    name, values, kind
        The column, its cells in the order of the features, and what they hold.
    streams
        Where the column's streams go.
    place
        Beginning of the streams' names.
    summed
        The page adds the column up: its numbers keep six decimals.

    Returns
    -------
    dict
        ``name``, ``place``, ``type`` (``text``, ``number``, ``date``) and how to read it.
    """
    entry: dict[str, object] = {"name": name, "place": place}
    if kind == "date":
        days = _days(values)
        if days is not None:
            streams.add(f"{place}.values", _optional(days))
            return {**entry, "type": "date"}
    elif kind not in _TEXT_KINDS:
        decimals = SUM_DECIMALS if summed else _DECIMALS.get(kind, 3)
        scaled = _scaled(values, kind, decimals)
        if scaled is not None:
            whole, used = scaled
            streams.add(f"{place}.values", _optional(whole))
            return {**entry, "type": "number", "decimals": used}
    codes, words = words_of_column(values)
    distinct = bool(len(words) == len(codes) and (codes == np.arange(len(codes))).all())
    streams.add(f"{place}.words", _SEPARATOR.join(words).encode("utf-8"))
    if not distinct:
        streams.add(f"{place}.codes", varints(codes + 1))
    return {**entry, "type": "text", "words": len(words)}


def _optional(numbers: "NDArray[np.float64]") -> bytes:
    """Return whole numbers as varints of their zigzag form plus one, 0 where there is none."""
    missing = np.isnan(numbers)
    whole = zigzag(np.where(missing, 0, numbers).astype(np.int64)) + 1
    return varints(np.where(missing, 0, whole))


def _scaled(
    values: "Series", kind: Kind, decimals: int
) -> "tuple[NDArray[np.float64], int] | None":
    """Return numbers times a power of ten, as few decimals as hold them, at most ``decimals``.

    Numbers too large for so many have as many as fit: no more than a float holds anyway.
    """
    if not are_numbers(values):
        return None
    numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    numbers = np.where(np.isfinite(numbers), numbers, np.nan)
    largest = float(np.nanmax(np.abs(numbers), initial=0.0))
    used = decimals
    while used and largest * 10.0**used >= _WHOLE_LIMIT:
        used -= 1
    if largest * 10.0**used >= _WHOLE_LIMIT:
        return None
    wanted = _printed_alike(np.rint(numbers * 10.0**used), numbers, kind, used)
    while used and not (np.nan_to_num(wanted) % 10).any():
        wanted, used = wanted / 10, used - 1
    return wanted, used


def _printed_alike(
    whole: "NDArray[np.float64]", numbers: "NDArray[np.float64]", kind: Kind, used: int
) -> "NDArray[np.float64]":
    """Return whole numbers that print, divided by ten to the ``used``, like their numbers.

    A number rounded twice may print otherwise than rounded once, 2.6499 as 2.650 as 2.7: it takes
    the next whole number. Only numbers as near to a half of the last decimal printed as the
    rounding moves them, that are not stored exactly, are looked at one by one.
    """
    shown, scale = DECIMALS[kind], 10.0**used
    printed = np.abs(numbers) * 10.0**shown
    moved = 0.5 * 10.0 ** (shown - used) if used > shown else 0.0
    near = np.abs(printed % 1 - 0.5) <= moved + 1e-9 + printed * 1e-14
    for place in np.flatnonzero(near & (whole / scale != numbers)):
        text = number_text(float(numbers[place]), kind, "en")
        steps = (float(whole[place]) + step for step in (0, -1, 1))
        alike = (one for one in steps if number_text(one / scale, kind, "en") == text)
        whole[place] = next(alike, whole[place])
    return whole


def _days(values: "Series") -> "NDArray[np.float64] | None":
    """Return ISO dates as days since 1970-01-01, None when a cell is no date."""
    codes, words = words_of_column(values)
    try:
        dates = [datetime.date.fromisoformat(word) for word in words]
    except ValueError:
        return None
    if any(word != date.isoformat() for word, date in zip(words, dates, strict=True)):
        return None  # a week, or a date without hyphens: not what tables show as a date
    days = np.array([*((date - _EPOCH).days for date in dates), np.nan], dtype=float)
    return days[codes]
