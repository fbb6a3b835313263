"""Cells as text: composed, without outer blanks, each distinct cell looked at once.

Use this module through :mod:`geotool.coercion` and :mod:`geotool.schema`.
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from geotool.records import LayerSchema

Positions = np.ndarray[tuple[int, ...], np.dtype[np.intp]]
Flags = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]


def text_of(series: "pd.Series[Any]") -> "pd.Series[Any]":
    """Return a column as composed text without outer blanks, empty cells as None."""
    if pd.api.types.is_bool_dtype(series):
        texts = series.astype(str).str.lower()
    elif pd.api.types.is_numeric_dtype(series):
        texts = by_distinct(series, _number_text)
    else:
        texts = _strings(series)
    empty = texts.isna() | (texts == "")
    return texts.astype(object).where(~empty, None)


def row_keys(frame: pd.DataFrame, schema: LayerSchema) -> "pd.Series[Any]":
    """Return what names each row: its key, else ``row 1``, ``row 2``, ... as the file counts."""
    keys = None
    if schema.key is not None and schema.key in frame.columns:
        keys = text_of(frame[schema.key])
        if keys.notna().all():
            return keys
    names = _row_names(frame)
    return names if keys is None else keys.where(keys.notna(), names)


@dataclass(frozen=True)
class MadeKeys:
    """Keys made from other columns; which rows got a lead or the number of their row."""

    keys: "pd.Series[Any]"
    led: Flags
    numbered: Flags
    unnamed: Flags


def make_keys(frame: pd.DataFrame, schema: LayerSchema) -> MadeKeys:
    """Return a key for each row, joined with ``-`` from the columns the schema names.

    Keys that several values of ``derive_key_within`` share are led by that value; those that
    still repeat end in ``(row 3)``, all of them, so that none stands for another. A row with
    an empty cell among the columns is called ``row 3``.
    """
    keys, unnamed = join_keys(frame, schema)
    led = np.zeros(len(frame), dtype=np.bool_)
    if schema.derive_key_within in frame.columns:
        lead = text_of(frame[schema.derive_key_within])
        several = (
            lead.where(lead.notna(), "").groupby(keys.to_numpy(), sort=False).transform("nunique")
            > 1
        )
        led = (several & lead.notna()).to_numpy(dtype=np.bool_) & ~unnamed
        keys = keys.where(~led, lead + "-" + keys)
    numbered = keys.duplicated(keep=False).to_numpy(dtype=np.bool_)
    return MadeKeys(number_keys(keys, numbered, frame), led, numbered, unnamed)


def key_remarks(schema: LayerSchema) -> dict[str, str]:
    """Return in words what is done for keys that are made: led, numbered, unnamed, by rule."""
    key, source = schema.key, " and ".join(schema.derive_key)
    return {
        "key_led": f"share {source}; {schema.derive_key_within} leads their {key}",
        "key_told_apart": f"share {source}; {key} ends in the row",
        "key_numbered": f"lack {source}; {key} is the row",
    }


def numbering_remark(schema: LayerSchema, count: int) -> str:
    """Return in words that rows were numbered, as there is nothing to make keys of."""
    return f"No {schema.key}: the {count} rows were numbered in file order."


def join_keys(frame: pd.DataFrame, schema: LayerSchema) -> tuple["pd.Series[Any]", Flags]:
    """Return a key for each row, joined with ``-``, and which rows lack a part of it.

    Those are called ``row 3``.
    """
    parts = [text_of(frame[name]) for name in schema.derive_key]
    joined = parts[0]
    for part in parts[1:]:
        joined = joined + "-" + part
    unnamed = joined.isna().to_numpy(dtype=np.bool_)
    return joined.astype(object).where(~unnamed, _row_names(frame)), unnamed


def number_keys(keys: "pd.Series[Any]", numbered: Flags, frame: pd.DataFrame) -> "pd.Series[Any]":
    """Return keys in which those that repeat end in the number of their row."""
    return keys.where(~numbered, keys + " (" + _row_names(frame) + ")")


def _row_names(frame: pd.DataFrame) -> "pd.Series[Any]":
    return pd.Series([f"row {i + 1}" for i in row_positions(frame)], index=frame.index)


def row_positions(frame: pd.DataFrame) -> Positions:
    """Return the position of each row as read, from 0: its index label where that is a number."""
    if pd.api.types.is_integer_dtype(frame.index):
        return np.asarray(frame.index, dtype=np.intp)
    return np.arange(len(frame), dtype=np.intp)


def are_filled(series: "pd.Series[Any]") -> "pd.Series[Any]":
    """Return which cells of a column hold something."""
    if pd.api.types.is_numeric_dtype(series) or pd.api.types.is_datetime64_any_dtype(series):
        return series.notna()
    return text_of(series).notna()


def by_distinct(series: "pd.Series[Any]", convert: Callable[[object], object]) -> "pd.Series[Any]":
    """Return ``convert`` of every cell, called once for each distinct value; null gives None."""
    arrow = isinstance(series.dtype, pd.StringDtype | pd.ArrowDtype)
    cells: Any = series if arrow else series.astype(object).to_numpy()
    codes, distinct = pd.factorize(cells, use_na_sentinel=True)
    results = np.empty(len(distinct) + 1, dtype=object)
    for position, value in enumerate(distinct):
        results[position] = convert(value)
    results[-1] = None  # code -1: the empty cells
    return pd.Series(results[codes], index=series.index, dtype=object)


def _strings(series: "pd.Series[Any]") -> "pd.Series[Any]":
    return by_distinct(series, lambda x: unicodedata.normalize("NFC", _number_text(x).strip()))


def _number_text(value: object) -> str:
    if isinstance(value, bool | np.bool_):
        return str(value).lower()
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value)
