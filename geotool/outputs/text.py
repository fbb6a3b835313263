"""Values -> text: JSON and CSV, the same text for the same values."""

import datetime as dt
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from decimal import Decimal
from pathlib import PurePath

import numpy as np
import pandas as pd

_BLOCK_ROWS = 20_000
_QUOTED_FOR = ',"\r\n'
_RUN = re.compile(r"\s*[=+\-@]|[\t\r]")
_NUMBER = re.compile(r"[+-]?\d[\d.,]*(?:[eE][+-]?\d+)?")


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


def csv_text(frame: pd.DataFrame) -> str:
    """Return a table as CSV text without BOM, see :func:`write_table_csv`.

    Text that a spreadsheet would run as a formula (it begins with ``=``, ``+``, ``-``, ``@`` or
    a control sign, and is no number) begins with an apostrophe, as the spreadsheet itself
    marks text.
    """
    return "".join(csv_blocks(frame))


def csv_blocks(frame: pd.DataFrame) -> Iterator[str]:
    """Yield the text of :func:`csv_text` in blocks, so that a long table is never held twice."""
    names = [name for name in frame.columns if str(frame[name].dtype) != "geometry"]
    yield _csv_line([_safe_cell(str(name)) for name in names])
    for start in range(0, len(frame), _BLOCK_ROWS):
        block = frame.iloc[start : start + _BLOCK_ROWS]
        cells = [[_safe_cell(value) for value in block[name].tolist()] for name in names]
        yield "".join(_csv_line(row) for row in zip(*cells, strict=True))


def _safe_cell(value: object) -> str:
    text = cell_text(value)
    runs = isinstance(value, str) and _RUN.match(text) and not _NUMBER.fullmatch(text)
    return f"'{text}" if runs else text


def _csv_line(cells: Sequence[str]) -> str:
    r"""Return one line of CSV; cells with a comma, a quote or a line end (``\r``) are quoted."""
    quoted = [
        '"' + cell.replace('"', '""') + '"' if any(mark in cell for mark in _QUOTED_FOR) else cell
        for cell in cells
    ]
    return (",".join(quoted) if quoted != [""] else '""') + "\n"


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
    if value is None or value is pd.NA or value is pd.NaT:
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


def _plain_group(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return {item.name: _plain_json(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain_json(item) for key, item in value.items()}
    return [_plain_json(item) for item in _items(value)]


def _items(value: object) -> Sequence[object]:
    if isinstance(value, set | frozenset):
        return sorted(value, key=str)
    if isinstance(value, np.ndarray | pd.Series | pd.Index):
        return list(value.tolist())
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return value
    raise TypeError(f"{type(value).__name__} has no form in JSON.")
