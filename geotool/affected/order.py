"""Natural, deterministic order of rows by their keys."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from geotool.units import natural_key

if TYPE_CHECKING:
    import pandas as pd

Frame = TypeVar("Frame", bound="pd.DataFrame")

_DIGITS = re.compile(r"\d+", re.ASCII)
_MOST_DIGITS = 18  # a whole number of as many digits fits 64 bits

LAST = ("", "outside", "shared", "overlap", "uncovered")
"""Keys that are no names; they follow every name, in this order."""


def text_keys(values: "pd.Series") -> "pd.Series":
    """Return a column as text with ``""`` for what is missing; index kept."""
    filled = values.astype(object).where(values.notna(), "")
    return filled.map(str).astype(object)


def column_or(frame: "pd.DataFrame", name: str, default: object) -> "pd.Series":
    """Return a column of a frame, or ``default`` in every row when it is absent."""
    import pandas as pd

    if name in frame.columns:
        return frame[name]
    return pd.Series([default] * len(frame), index=frame.index, dtype=object)


def key_ranks(values: "pd.Series") -> NDArray[np.int64]:
    """Return the place of each key in natural order (``P2`` before ``P10``), LAST at the end."""
    import pandas as pd

    codes, unique = pd.factorize(values.astype(object))
    last = {key: place for place, key in enumerate(LAST)}
    names = [str(key) for key in unique]
    order = sorted(range(len(names)), key=lambda i: (last.get(names[i], -1), natural_key(names[i])))
    ranks = np.empty(len(names), dtype=np.int64)
    ranks[order] = np.arange(len(names))
    return ranks[codes]


def natural_places(keys: Sequence[str]) -> NDArray[np.intp]:
    """Return the positions that sort different keys in natural order, LAST at the end.

    Keys that differ only in their numbers, such as ``12-345``, are sorted as numbers at once.
    """
    numbers = _numbers_in(keys)
    if numbers is not None:
        return np.lexsort(numbers.T[::-1])
    last = {key: place for place, key in enumerate(LAST)}
    order = sorted(range(len(keys)), key=lambda i: (last.get(keys[i], -1), natural_key(keys[i])))
    return np.array(order, dtype=np.intp)


def natural_rows(columns: Sequence[NDArray[np.object_]]) -> NDArray[np.intp]:
    """Return the positions that sort rows by columns of texts in natural order, LAST at the end."""
    ranks = []
    for column in columns:
        unique = list(dict.fromkeys(column.tolist()))
        order = natural_places(unique)
        rank = {unique[place]: number for number, place in enumerate(order)}
        ranks.append([rank[text] for text in column.tolist()])
    return np.lexsort(tuple(reversed(ranks))) if ranks else np.empty(0, dtype=np.intp)


def _numbers_in(keys: Sequence[str]) -> NDArray[np.int64] | None:
    """Return a row of numbers a key; None where these do not tell the order of all keys."""
    lines = "\n".join(keys)
    if not lines.isascii() or lines.count("\n") >= len(keys):
        return None
    if len(set(_DIGITS.sub("0", lines).split("\n"))) != 1:
        return None
    found = _DIGITS.findall(lines)
    if not found or len(found) % len(keys) or max(map(len, found)) > _MOST_DIGITS:
        return None
    numbers = np.array(found, dtype=np.int64).reshape(len(keys), -1)
    alike = len(set(map(tuple, numbers.tolist()))) < len(keys)
    return None if alike else numbers


def natural_order(
    frame: "pd.DataFrame",
    columns: Sequence[str],
    ties: Sequence[NDArray[np.float64]] = (),
) -> NDArray[np.int64]:
    """Return the positions that sort a frame by ``columns``, then by the arrays ``ties``."""
    keys = [key_ranks(frame[column]) for column in columns]
    sort_keys: list[NDArray[np.float64] | NDArray[np.int64]] = [*keys, *ties]
    if not sort_keys:
        return np.arange(len(frame), dtype=np.int64)
    return np.lexsort(tuple(reversed(sort_keys))).astype(np.int64)


def sort_naturally(frame: Frame, columns: Sequence[str]) -> Frame:
    """Return the rows sorted by text keys in natural order, with a fresh index."""
    return frame.iloc[natural_order(frame, columns)].reset_index(drop=True)
