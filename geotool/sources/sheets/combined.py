"""Columns that hold two things in one cell: ``Tờ 12, thửa 345``, ``1998742.87; 573456.12``."""

import math
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from geotool import rules, units
from geotool.errors import DataError
from geotool.records import LayerSchema
from geotool.schema import normalise_name
from geotool.sources.sheets.sheet_table import BoolRows, SheetTable

_SHEET = re.compile(
    r"(?<!\w)(?:t(?:ờ|o)|tb[đd])(?:\s*(?:bản đồ|ban do|bđ|bd))?(?:đc|dc)?(?:\s*số|\s*so)?"
    r"[\s:.]*(\d+\w*)",
    re.I,
)
_PARCEL = re.compile(
    r"(?<!\w)th(?:ử|u)a(?:\s*(?:đất|dat))?(?:\s*số|\s*so)?[\s:.]*(\d+\w*(?:/\d+\w*)?)", re.I
)
_MORE = re.compile(
    r"\s*(?:[-–+;,&]|và|va|đến|den)\s*(?:số\s*)?\d+[a-z]?(?!\d|[.,]\d|\s*(?:m|ha\b))", re.I
)
_TWO = re.compile(r"\s*(\d+\w*)\s*[/;,|–-]\s*(\d+\w*)\s*")
_PLACE_MARKS = (r"\s*;\s*", r"\s*\|\s*", r"\s+/\s+|/", r",\s+", r"\s+-\s+", r"\s+", r",")
_NUMBER = re.compile(r"[-+]?\d[\d.,]*")
_LATITUDES, _LONGITUDES = (5.0, 25.0), (100.0, 120.0)
_MOST = 0.5
_OF_RANGES = ("from_chainage", "to_chainage")
_OF_PARCELS = ("sheet_no", "parcel_no", "parcel_id")

Pair = tuple[str, str]


def split_parcels(table: SheetTable, layer: LayerSchema | None) -> None:
    """Make ``sheet_no`` and ``parcel_no``, or ``parcel_id``, of cells that hold both.

    Where a layer knows parcels only by code, separate columns of sheet and parcel become
    ``parcel_id`` (``12-345``) too. Cells that cannot be read are noted and stay empty.
    """
    known = set() if layer is None or table.frame.empty else set(layer.column_names)
    apart = {"sheet_no", "parcel_no"} <= known
    if not apart and "parcel_id" not in known:
        return
    means = {name: table.words.canonical(name) for name in table.names}
    if _has_parcels(table, means, apart=apart):
        return
    free = [name for name in table.names if means[name] in (None, *_OF_PARCELS)]
    name, parse = _first_reading(table, free)
    if parse is not None:
        first, second = _split(table, name, parse, "no sheet and parcel")
        both = first + "-" + second
        made = {"sheet_no": first, "parcel_no": second} if apart else {"parcel_id": both}
        _replace(table, name, made, drop=means[name] is not None)


def split_places(table: SheetTable) -> None:
    """Make two columns of coordinates of cells that hold both."""
    words = table.words
    if table.frame.empty or any(words.place(name) for name in table.names):
        return
    for name in table.names:
        if not words.is_kind(name, "place") or words.canonical(name) is not None:
            continue
        cells = _sample(table, name)
        if not cells or sum(_place(cell) is not None for cell in cells) < len(cells) * _MOST:
            continue
        first, second = _split(table, name, _place, "no two coordinates")
        _replace(
            table, name, dict(zip(_axes(name, cells), (first, second), strict=True)), drop=False
        )
        return


def split_ranges(table: SheetTable, layer: LayerSchema | None) -> None:
    """Make ``from_chainage`` and ``to_chainage`` of cells such as ``Km12+300 - Km13+050``."""
    names = set() if layer is None or table.frame.empty else set(layer.column_names)
    means = {name: table.words.canonical(name) for name in table.names}
    if not set(_OF_RANGES) <= names or set(_OF_RANGES) & set(means.values()):
        return
    free = [name for name in table.names if means[name] is None and _holds_ranges(table, name)]
    for name in free[:1]:
        ends = _split(table, name, _range, "no range of chainages")
        _replace(table, name, dict(zip(_OF_RANGES, ends, strict=True)), drop=False)


def _holds_ranges(table: SheetTable, name: str) -> bool:
    cells = _sample(table, name)
    found = sum(_range(cell) is not None for cell in cells)
    return bool(cells) and found >= len(cells) * _MOST


def _range(cell: str) -> Pair | None:
    try:
        start, end = units.parse_chainage_range(cell)
    except DataError:
        return None
    return str(start), str(end)


def _first_reading(
    table: SheetTable, names: Sequence[str]
) -> tuple[str, Callable[[str], Pair | None] | None]:
    """Return the first column that holds sheet and parcel, and how it is read."""
    readings = ((name, _parcel_reading(table, name)) for name in names)
    return next(((name, found) for name, found in readings if found is not None), ("", None))


def _has_parcels(table: SheetTable, means: dict[str, str | None], *, apart: bool) -> bool:
    """Return whether a table tells its parcels as the layer wants, made so where that is easy."""
    if apart:
        return {"sheet_no", "parcel_no"} <= set(means.values())
    return "parcel_id" not in means.values() and _join_parcels(table, means)


def _join_parcels(table: SheetTable, means: dict[str, str | None]) -> bool:
    """Make ``parcel_id`` of a column of sheets and one of parcels."""
    words = table.words
    free = [name for name in table.names if means[name] is None]
    sheets = [name for name in free if words.is_kind(name, "sheet")]
    parcels = [name for name in free if words.is_kind(name, "parcel")]
    if len(sheets) != 1 or len(parcels) != 1:
        return False
    sheet, parcel = (_texts(table.frame[names[0]]) for names in (sheets, parcels))
    if not _mostly_short(parcel):
        return False
    _add(table, {"parcel_id": sheet + "-" + parcel})
    text = f"parcel_id was made of '{sheets[0]}' and '{parcels[0]}'."
    table.note("parcel_id_made", text)
    return True


def _parcel_reading(table: SheetTable, name: str) -> Callable[[str], Pair | None] | None:
    """Return how the cells of a column are read as sheet and parcel, None when they are not."""
    cells = _sample(table, name)
    if not cells:
        return None
    plain = normalise_name(name)
    order = _order(plain)
    if sum(_worded(cell) is not None for cell in cells) >= len(cells) * _MOST:
        return _worded if order is None else lambda cell: _worded(cell) or _two(cell, order)
    if order is None or sum(_two(cell, order) is not None for cell in cells) < len(cells) * _MOST:
        return None
    return lambda cell: _two(cell, order)


def _order(plain: str) -> bool | None:
    """Return whether a header says sheet before parcel; None when it does not name both."""
    words = plain.split("_")
    if "to" not in words or "thua" not in words:
        return None
    return words.index("to") < words.index("thua")


def _worded(cell: str) -> Pair | None:
    """Return sheet and parcel of a cell in words, None where it names several of one."""
    sheets, parcels = list(_SHEET.finditer(cell)), list(_PARCEL.finditer(cell))
    if len(sheets) != 1 or len(parcels) != 1:
        return None
    several = any(_MORE.match(cell, found.end()) for found in (sheets[0], parcels[0]))
    return None if several else (sheets[0][1], parcels[0][1])


def _two(cell: str, sheet_first: bool) -> Pair | None:
    found = _TWO.fullmatch(cell)
    if found is None:
        return None
    return (found[1], found[2]) if sheet_first else (found[2], found[1])


def _place(cell: str) -> Pair | None:
    """Return the two numbers of a cell, cut at the first mark that leaves two."""
    plain = re.sub(r"[XYxyNE]\s*[=:]\s*|[()]", "", cell).strip()
    for mark in _PLACE_MARKS:
        parts = re.split(mark, plain)
        if len(parts) == 2 and all(_NUMBER.fullmatch(part) for part in parts):
            whole = mark != "," or all(len(part.split(".")[0]) > 1 for part in parts)
            return (parts[0], parts[1]) if whole and not _is_decimal(mark, parts) else None
    return None


def _is_decimal(mark: str, parts: Sequence[str]) -> bool:
    """Return whether a comma cut one number, not two: the part behind it is a fraction."""
    return mark == "," and "." not in parts[0] and len(parts[1]) <= len(parts[0]) - 2


def _axes(name: str, cells: Sequence[str]) -> Pair:
    """Return which columns the two numbers become, by their size, else by the header."""
    pairs = [pair for cell in cells if (pair := _place(cell)) is not None]
    first, second = (_degrees(part) for part in pairs[0])
    if _within(first, _LATITUDES) and _within(second, _LONGITUDES):
        return "lat", "lon"
    if _within(first, _LONGITUDES) and _within(second, _LATITUDES):
        return "lon", "lat"
    turned = re.search("y(_.*)?_x", normalise_name(name)) is not None
    return ("y", "x") if turned else ("x", "y")


def _degrees(text: str) -> float:
    """Return a number with one decimal mark, infinity for one that has several."""
    plain = text.replace(",", ".")
    return float(plain) if plain.count(".") < 2 else math.inf


def _within(value: float, bounds: tuple[float, float]) -> bool:
    return bounds[0] < value < bounds[1]


def _sample(table: SheetTable, name: str) -> list[str]:
    """Return some distinct texts of a column, none where it holds numbers."""
    column = table.frame[name]
    if pd.api.types.is_numeric_dtype(column):
        return []
    values = rules.load_rule("interpretation", project_dir=table.words.project_dir).values
    count = int(values["cells"]["sampled"])
    cells = column.dropna().head(count * 10).drop_duplicates().head(count).tolist()
    return [cell for cell in cells if isinstance(cell, str)]


def _split(
    table: SheetTable, name: str, parse: Callable[[str], Pair | None], wanted: str
) -> tuple["pd.Series[Any]", "pd.Series[Any]"]:
    """Return the two parts of every cell of a column; note the cells that have none."""
    column = table.frame[name].astype(object)
    codes, distinct = pd.factorize(column.to_numpy(), use_na_sentinel=True)
    pairs = [parse(str(cell)) for cell in distinct]
    unread = np.array([pair is None for pair in pairs] + [False], dtype=bool)
    bad: BoolRows = unread[codes]
    halves = []
    for i in (0, 1):
        values = np.array(
            [None if pair is None else pair[i] for pair in pairs] + [None], dtype=object
        )
        halves.append(pd.Series(values[codes], index=column.index, dtype=object))
    if bad.any():
        positions = np.flatnonzero(bad).tolist()
        cells = [f"{table.cell(i, name)} '{str(column.iloc[i])[:30]}'" for i in positions[:10]]
        more = f" and {len(positions) - 10} more" if len(positions) > 10 else ""
        text = f"{len(positions)} cells of '{name}' hold {wanted}: {', '.join(cells)}{more}."
        table.note("cell_not_split", text)
    return halves[0], halves[1]


def _replace(
    table: SheetTable, name: str, made: dict[str, "pd.Series[Any]"], *, drop: bool
) -> None:
    """Add columns made of another, which goes where its name would claim one of them."""
    if drop:
        table.frame = table.frame.drop(columns=[name])
    _add(table, made)
    table.indices.update(dict.fromkeys(made, table.indices[name]))
    kept = "" if drop else "; it was kept"
    table.note("cells_split", f"'{name}' was taken apart into {', '.join(made)}{kept}.")


def _add(table: SheetTable, made: dict[str, "pd.Series[Any]"]) -> None:
    taken = {name: f"{name} (in the file)" for name in made if name in table.names}
    frame = table.frame.rename(columns=taken)
    table.frame = frame.assign(
        **{name: column.where(column.notna(), None) for name, column in made.items()}
    )


def _texts(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """Return the cells of a column as text, whole numbers without a fraction."""

    def text(cell: object) -> str:
        whole = isinstance(cell, float) and cell.is_integer()
        return str(cell).strip().removesuffix(".0") if whole else str(cell).strip()

    return column.astype(object).map(text, na_action="ignore").astype(object)


def _mostly_short(parcels: "pd.Series[Any]") -> bool:
    cells = parcels.dropna().head(1000)
    return bool(len(cells)) and bool((cells.str.len() <= 12).mean() > _MOST)
