"""Values -> text for JSON and CSV, the same text for the same values."""

import datetime as dt
import json
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from decimal import Decimal
from pathlib import PurePath

import numpy as np


def json_text(value: object, *, indent: int | None = 2) -> str:
    """Return JSON text, keys in the order given, ending in a newline.

    Numbers that are none (NaN, infinite) become null; dates ISO text; paths text with
    forward slashes; tuples, arrays and sets (sorted) lists; dataclasses objects.

    Raises
    ------
    TypeError
        For values of any other type.
    """
    return json.dumps(_plain_json(value), ensure_ascii=False, indent=indent, allow_nan=False) + "\n"


def cell_text(value: object) -> str:
    """Return one cell as CSV text: numbers unrounded, nothing for what is empty."""
    plain = _plain_json(value)
    if plain is None:
        return ""
    if isinstance(plain, bool):
        return str(plain).lower()
    if isinstance(plain, list | dict):
        return json.dumps(plain, ensure_ascii=False)
    return repr(plain) if isinstance(plain, float) else str(plain)


def _plain_json(value: object) -> object:
    """Return a value as what JSON knows: null, true, numbers, text, lists and objects."""
    if isinstance(value, np.generic):
        value = value.item()
    if _is_missing(value):
        return None
    if isinstance(value, str | bool | int):
        return value
    if isinstance(value, float | Decimal):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, PurePath):
        return value.as_posix()
    return _plain_group(value)


def _is_missing(value: object) -> bool:
    """Return whether a value is none, also in the ways of pandas, which is not loaded for it."""
    pandas = sys.modules.get("pandas")
    return value is None or (pandas is not None and (value is pandas.NA or value is pandas.NaT))


def _plain_group(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return {item.name: _plain_json(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain_json(item) for key, item in value.items()}
    return [_plain_json(item) for item in _items(value)]


def _items(value: object) -> Sequence[object]:
    if isinstance(value, set | frozenset):
        return sorted(value, key=str)
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return value
    if hasattr(value, "tolist"):
        return list(value.tolist())
    raise TypeError(f"{type(value).__name__} has no form in JSON.")
