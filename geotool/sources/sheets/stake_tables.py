"""Tables of stakes with the left and the right one in a row -> one stake a row."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geotool.records import LayerSchema
from geotool.schema import normalise_name
from geotool.sources.sheets.sheet_table import BoolRows, SheetTable

_LETTERS = {"t": "left", "l": "left", "p": "right", "r": "right"}
_MARKS = {"left": "T", "right": "P"}
_PAIRS = (("x", "y"), ("lon", "lat"), ("easting", "northing"))


@dataclass(frozen=True)
class _Sides:
    """Columns of one side by what they mean: ``x``, ``y``, or a canonical column."""

    left: Mapping[str, str]
    right: Mapping[str, str]

    def common(self) -> list[str]:
        return [meaning for meaning in self.left if meaning in self.right]


def split_sides(table: SheetTable, layer: LayerSchema | None) -> None:
    """Make two rows of every row that places a left and a right stake.

    The columns say so by ``X trái``, ``Y_P`` or a parent ``Phải`` over ``X`` and ``Y``. The new
    rows have ``side``, and names of their own (``C1-T``, ``C1-P``) where one name is for both;
    a side without coordinates makes no row.
    """
    if layer is None or not _wants_sides(table, layer):
        return
    sides = _sides_of(table)
    both = sides.common()
    if not any(set(pair) <= set(both) for pair in _PAIRS):
        return
    count = len(table.frame)
    halves = [
        _half(table, layer, side, {m: columns[m] for m in both}, sides)
        for side, columns in (("left", sides.left), ("right", sides.right))
    ]
    order = np.arange(2 * count).reshape(2, count).T.ravel()
    joined = pd.concat(halves, ignore_index=True).iloc[order].reset_index(drop=True)
    placed: BoolRows = joined[[m for m in both if _is_place(m)]].notna().any(axis=1).to_numpy()
    table.frame = joined[placed].reset_index(drop=True)
    table.rows = np.repeat(table.rows, 2)[placed]
    table.totals.clear()
    table.note(
        "stakes_split",
        f"{count} rows with a left and a right stake became {len(table.frame)} rows with side.",
    )


def _wants_sides(table: SheetTable, layer: LayerSchema) -> bool:
    """Return whether a layer of points has a side that its table does not tell."""
    if "side" not in layer.column_names or not layer.geometry or table.frame.empty:
        return False
    return not any(table.words.canonical(name) == "side" for name in table.names)


def _half(
    table: SheetTable, layer: LayerSchema, side: str, columns: Mapping[str, str], sides: _Sides
) -> pd.DataFrame:
    """Return the rows of one side under names that both sides share."""
    sided = {*sides.left.values(), *sides.right.values()}
    shared = [name for name in table.names if name not in sided]
    named = {own: meaning for meaning, own in columns.items()}
    half = table.frame[[*shared, *columns.values()]].rename(columns=named)
    key = next((n for n in shared if table.words.canonical(n) == layer.key), None)
    if key is not None and layer.key not in columns:
        marked = half[key].astype(object).map(lambda x: f"{_plain(x)}-{_MARKS[side]}", "ignore")
        half = half.assign(**{key: marked})
    return half.assign(side=side)


def _sides_of(table: SheetTable) -> _Sides:
    found: dict[str, dict[str, str]] = {"left": {}, "right": {}}
    for name in table.names:
        side, rest = _side_of(table, name)
        meaning = None if side is None else _meaning_of(table, rest)
        if side is not None and meaning is not None:
            found[side].setdefault(meaning, name)
    return _Sides(found["left"], found["right"])


def _side_of(table: SheetTable, name: str) -> tuple[str | None, list[str]]:
    """Return the side a name says and its other words."""
    words = normalise_name(name).split("_")
    for side in ("left", "right"):
        kinds = table.words.kinds.get(side, frozenset())
        for kind in sorted(kinds, key=len, reverse=True):
            parts = kind.split("_")
            for start in range(len(words) - len(parts) + 1):
                if words[start : start + len(parts)] == parts:
                    return side, words[:start] + words[start + len(parts) :]
    if re.fullmatch(r"[xy][tplr]", words[-1]):
        return _LETTERS[words[-1][1]], [*words[:-1], words[-1][0]]
    if len(words) > 1:
        for index in (-1, 0):
            if words[index] in _LETTERS:
                rest = words[:-1] if index else words[1:]
                return _LETTERS[words[index]], rest
    return None, words


def _meaning_of(table: SheetTable, words: list[str]) -> str | None:
    name = " ".join(words)
    meaning = table.words.place(name) or table.words.canonical(name)
    if meaning is not None:
        return meaning
    axes = [word for word in words if word in ("x", "y")]
    return axes[0] if len(axes) == 1 else None


def _is_place(meaning: str) -> bool:
    return any(meaning in pair for pair in _PAIRS)


def _plain(cell: object) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
