"""Empty cells of a sheet that mean the cell above: merged cells, ditto marks, further rows."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from geotool.records import LayerSchema
from geotool.schema import name_keys
from geotool.sources.sheets.headers import is_number
from geotool.sources.sheets.sheet_table import BoolRows, SheetTable

_AMOUNTS = ("integer", "number")


def fill_merged(table: SheetTable, layer: LayerSchema | None) -> None:
    """Write the content of cells merged over several rows into all of them.

    An amount belongs to the rows together: it stays in the first row, which is noted.
    """
    values: dict[str, dict[int, object]] = {}
    amounts: list[str] = []
    names = {index: name for name, index in table.indices.items() if name in table.frame}
    for first, left, last, _ in table.grid.merges:
        start = int(np.searchsorted(table.rows, first))
        end = int(np.searchsorted(table.rows, last, side="right"))
        if left not in names or end - start < 2 or int(table.rows[start]) != first:
            continue
        name = names[left]
        cell = table.frame[name].iloc[start]
        if pd.isna(cell):
            continue
        if _is_amount(table, layer, name, cell):
            amounts.append(table.cell(start, name))
        else:
            values.setdefault(name, {}).update(dict.fromkeys(range(start + 1, end), cell))
    count = _write(table, values)
    if count:
        table.note("merged_filled", f"{count} empty parts of merged cells were filled.")
    if amounts:
        text = f"{len(amounts)} amounts in merged cells stand in their first row alone: "
        table.note("merged_amount", f"{text}{name_keys(amounts)}.")


def fill_ditto(table: SheetTable) -> None:
    """Write the cell above into cells that say ditto; say where there is none above."""
    counts: dict[str, int] = {}
    lost: list[str] = []
    for name in table.names:
        column = table.frame[name]
        if pd.api.types.is_numeric_dtype(column):
            continue
        ditto: BoolRows = column.isin(list(table.words.ditto)).to_numpy(dtype=bool)
        if not ditto.any():
            continue
        sources = _last_before(~ditto)
        lost += [table.cell(int(i), name) for i in np.flatnonzero(ditto & (sources < 0))]
        filled = column.take(np.maximum(sources, 0)).set_axis(column.index)
        filled = filled.where(pd.Series(sources >= 0, index=column.index), None)
        table.frame = table.frame.assign(**{name: filled})
        counts[name] = int((ditto & (sources >= 0)).sum())
    if sum(counts.values()):
        listed = ", ".join(f"{name}: {count}" for name, count in counts.items() if count)
        table.note("ditto_filled", f"cells that say ditto took the cell above ({listed}).")
    if lost:
        text = f"{len(lost)} cells say ditto with no row above ({name_keys(lost)}); left empty."
        table.note("ditto_without_row", text)


def clear_blanks(table: SheetTable) -> None:
    """Empty the cells of known columns that hold a dash or dots alone, as offices write nothing."""
    words = table.words
    counts: dict[str, int] = {}
    for name in table.names:
        column = table.frame[name]
        known = words.canonical(name) is not None or words.place(name) is not None
        if not known or pd.api.types.is_numeric_dtype(column):
            continue
        blank = column.isin(list(words.blank))
        if blank.any():
            table.frame = table.frame.assign(**{name: column.where(~blank, None)})
            counts[name] = int(blank.sum())
    if counts:
        listed = ", ".join(f"{name}: {count}" for name, count in counts.items())
        table.note("blank_marks", f"cells that hold a dash or dots alone are empty ({listed}).")


def fill_continued(table: SheetTable, layer: LayerSchema | None) -> None:
    """Write the holder of a row into the further rows of the holder.

    A further row has no running number and no holder of its own. Without a column of running
    numbers only a holder that every record must have is written.
    """
    if layer is None or table.frame.empty:
        return
    numbers = [name for name in table.names if table.words.is_kind(name, "number")]
    holders = _holder_columns(table, layer, numbered=bool(numbers))
    persons = _person_columns(table, layer)
    if not table.words.continued or not (holders or (numbers and persons)):
        return
    marked = _filled(table, [*holders, *numbers])
    named = _filled(table, persons) & (not numbers)
    sources = _last_before(marked)
    rows = ~marked & ~named & (sources >= 0)
    if not rows.any():
        return
    filled = [*holders, *persons, *_sheets_of(table)]
    _take_from(table, filled, rows, sources)
    table.note(
        "rows_continued",
        f"{int(rows.sum())} rows without a holder of their own continue the row above "
        f"({table.row_names(np.flatnonzero(rows).tolist())}); filled: {', '.join(filled)}.",
    )


def _take_from(
    table: SheetTable,
    names: list[str],
    rows: BoolRows,
    sources: "np.ndarray[tuple[int], np.dtype[np.intp]]",
) -> None:
    """Fill the empty cells of some columns and rows from the rows they belong to."""
    for name in names:
        column = table.frame[name]
        above = column.take(np.maximum(sources, 0)).set_axis(column.index)
        take = pd.Series(rows, index=column.index) & column.isna()
        table.frame = table.frame.assign(**{name: column.where(~take, above)})


def _holder_columns(table: SheetTable, layer: LayerSchema, *, numbered: bool) -> list[str]:
    """Return the columns that name the holder; in a table without numbers those required."""
    words = table.words
    named = {name: words.canonical(name) for name in table.names}
    required = {column.name for column in layer.columns if column.required}
    wanted = [of for of in words.continued if numbered or of in required]
    return [name for name, canonical in named.items() if canonical in wanted]


def _person_columns(table: SheetTable, layer: LayerSchema) -> list[str]:
    people = {column.name for column in layer.columns if column.person}
    found = []
    for name in table.names:
        canonical = table.words.canonical(name)
        unknown = canonical is None and table.words.place(name) is None
        if canonical in people or (unknown and table.words.is_kind(name, "person")):
            found.append(name)
    return found


def _sheets_of(table: SheetTable) -> list[str]:
    """Return the column of map sheets beside a column of parcels, if there are both."""
    parcels = [name for name in table.names if table.words.is_kind(name, "parcel")]
    return [name for name in table.names if parcels and table.words.is_kind(name, "sheet")]


def _filled(table: SheetTable, names: list[str]) -> BoolRows:
    found: BoolRows = table.frame[names].notna().any(axis=1).to_numpy(dtype=bool)
    return found


def _last_before(marked: BoolRows) -> "np.ndarray[tuple[int], np.dtype[np.intp]]":
    """Return for each row the last marked row at or before it, -1 where there is none."""
    found = np.where(marked, np.arange(len(marked)), -1)
    return np.asarray(np.maximum.accumulate(found), dtype=np.intp)


def _is_amount(table: SheetTable, layer: LayerSchema | None, name: str, cell: object) -> bool:
    words = table.words
    canonical = words.canonical(name)
    if canonical is not None and layer is not None:
        return layer.column(canonical).type in _AMOUNTS
    kinds = ("number", "sheet", "parcel", "person")
    return is_number(cell) and not any(words.is_kind(name, kind) for kind in kinds)


def _write(table: SheetTable, values: Mapping[str, Mapping[int, object]]) -> int:
    """Write cells by column and position where they are empty; return how many."""
    count = 0
    for name, cells in values.items():
        column = table.frame[name].astype(object)
        empty = {i: cell for i, cell in cells.items() if pd.isna(column.iloc[i])}
        column.iloc[list(empty)] = list(empty.values())
        table.frame = table.frame.assign(**{name: column})
        count += len(empty)
    return count
