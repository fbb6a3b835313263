"""Natural, deterministic order of rows by their keys."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geotool.units import natural_key

Frame = TypeVar("Frame", bound=pd.DataFrame)

LAST = ("", "outside", "shared", "overlap", "uncovered")
"""Keys that are no names; they follow every name, in this order."""


def text_keys(values: pd.Series) -> pd.Series:
    """Return a column as text with ``""`` for what is missing; index kept."""
    filled = values.astype(object).where(values.notna(), "")
    return filled.map(str).astype(object)


def column_or(frame: pd.DataFrame, name: str, default: object) -> pd.Series:
    """Return a column of a frame, or ``default`` in every row when it is absent."""
    if name in frame.columns:
        return frame[name]
    return pd.Series([default] * len(frame), index=frame.index, dtype=object)


def key_ranks(values: pd.Series) -> NDArray[np.int64]:
    """Return the place of each key in natural order (``P2`` before ``P10``), LAST at the end."""
    codes, unique = pd.factorize(values.astype(object))
    last = {key: place for place, key in enumerate(LAST)}
    names = [str(key) for key in unique]
    order = sorted(range(len(names)), key=lambda i: (last.get(names[i], -1), natural_key(names[i])))
    ranks = np.empty(len(names), dtype=np.int64)
    ranks[order] = np.arange(len(names))
    return ranks[codes]


def natural_order(
    frame: pd.DataFrame,
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
