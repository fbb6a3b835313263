"""Rows of a sheet that are no records: repeated headers, totals, titles of groups, signatures."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from geotool import rules
from geotool.records import LayerSchema
from geotool.sources.records import TotalRow
from geotool.sources.sheets.headers import is_number
from geotool.sources.sheets.sheet_table import BoolRows, SheetTable, matching
from geotool.sources.sheets.vocabulary import GROUP_NUMBER, Vocabulary, is_group_number

IntRows = np.ndarray[tuple[int, ...], np.dtype[np.int64]]
_OF_OTHERS = frozenset({"commune_id", "alignment_id"})
_FIRST_LETTERS = r"\s*[TtCcSsGg]"
_SAMPLED_TAIL = 200
_SPAN_OF_GROUP = 2


@dataclass
class _Apart:
    """What was set apart: row position -> why, and the sums with the rows they stand for."""

    reasons: dict[int, str] = field(default_factory=dict)
    totals: dict[int, bool] = field(default_factory=dict)  # position -> of everything before
    opening: set[int] = field(default_factory=set)  # sums that stand above their rows
    communes: dict[int, str] = field(default_factory=dict)


def set_apart(table: SheetTable, layer: LayerSchema | None) -> None:
    """Take the rows out of a table that are no records; note them, keep the sums.

    A row is a total only when a cell says so and no cell that identifies a record is filled;
    what stands below the last record is left out from the first signature or remark on.
    Titles that name a commune fill ``commune_id`` where the layer has it and the table lacks it.
    """
    if table.frame.empty:
        return
    look = _Look(table, layer)
    apart = _Apart()
    look.repeated_headers(apart)
    look.totals(apart)
    look.groups(apart)
    look.closing(apart)
    if apart.reasons or apart.totals:
        _note(table, apart)
        _fill_communes(table, layer, apart)
        _take_out(table, apart)


def key_columns(table: SheetTable, layer: LayerSchema | None) -> list[str]:
    """Return the columns that tell a record from a total: numbers, codes, sheets, coordinates."""
    keys: set[str | None] = set()
    if layer is not None:
        keys = {layer.key, *layer.derive_key, *(c.name for c in layer.columns if c.required)}
    return [name for name in table.names if _is_key(table.words, name, keys)]


def _is_key(words: Vocabulary, name: str, keys: set[str | None]) -> bool:
    canonical = words.canonical(name) or ""
    if canonical in keys or (canonical.endswith("_id") and canonical not in _OF_OTHERS):
        return True
    kinds = ("number", "sheet", "parcel", "place")
    return words.place(name) is not None or any(words.is_kind(name, kind) for kind in kinds)


class _Look:
    """Looks at the odd rows of a table; the many even ones are only counted."""

    def __init__(self, table: SheetTable, layer: LayerSchema | None) -> None:
        self.table, self.words = table, table.words
        self.names = table.names
        self.filled: BoolRows = table.frame.notna().to_numpy(dtype=bool)
        self.counts: IntRows = np.asarray(self.filled.sum(axis=1), dtype=np.int64)
        self.keys = [self.names.index(name) for name in key_columns(table, layer)]
        self.numbers = [
            i for i, name in enumerate(self.names) if table.words.is_kind(name, "number")
        ]
        self.keyed = self._any_filled(self.keys)
        self.wide = _wide_rows(table)
        limits = rules.load_rule("interpretation", project_dir=table.words.project_dir).values
        self.long = int(limits["cells"]["title_characters"])

    def _any_filled(self, columns: Sequence[int]) -> BoolRows:
        return np.asarray(self.filled[:, list(columns)].any(axis=1), dtype=np.bool_)

    def cells(self, mask: BoolRows) -> Iterator[tuple[int, list[object]]]:
        """Yield position and cells of the rows told, None where a cell is empty."""
        positions = np.flatnonzero(mask)
        found = self.table.frame.iloc[positions].astype(object)
        rows = found.where(found.notna(), None).to_numpy(dtype=object).tolist()
        yield from zip(positions.tolist(), rows, strict=True)

    def repeated_headers(self, apart: _Apart) -> None:
        """Find rows that repeat a row of the header, as every printed page does."""
        for header in self.table.header_cells:
            if not header:
                continue
            name, text = next(iter(header.items()))
            same = (self.table.frame[name] == text).fillna(False).to_numpy(dtype=bool)
            plain = all(is_number(cell) for cell in header.values())
            for position, row in self.cells(same & (self.counts == len(header))):
                found = dict(zip(self.names, row, strict=True))
                follows = not plain or position - 1 in apart.reasons
                if follows and all(found[name] == cell for name, cell in header.items()):
                    apart.reasons[position] = "header"

    def totals(self, apart: _Apart) -> None:
        """Find the rows that sum others."""
        used = [int(i) for i in np.flatnonzero(self.filled.any(axis=0))]
        candidates = self.counts < len(used)
        worded: BoolRows = np.zeros(len(self.counts), dtype=np.bool_)
        for i in used:
            worded |= matching(self.table.frame[self.names[i]], _FIRST_LETTERS)
        for position, row in self.cells(candidates & worded):
            column = self._total_column(row)
            if column is not None and position not in apart.reasons:
                apart.totals[position] = self.words.is_grand(str(row[column]))

    def groups(self, apart: _Apart) -> None:
        """Find titles of groups, with sums or alone in their row."""
        few = self.counts <= max(_SPAN_OF_GROUP, len(self.names) // 2)
        coded = self._any_filled([i for i in self.keys if i not in self.numbers])
        odd = (few & ~coded) | (self.counts == 1) | self._has_group_number()
        odd[[*apart.reasons, *apart.totals]] = False
        last = int(np.flatnonzero(self.keyed).max(initial=-1))
        for position, row in self.cells(odd):
            text = self._group_title(position, row)
            if text is not None and position < last:
                self._add_group(apart, position, row, text)

    def _add_group(self, apart: _Apart, position: int, row: Sequence[object], text: str) -> None:
        if self.words.is_commune(text):
            apart.communes[position] = text
        amounts = [c for i, c in enumerate(row) if i not in self.numbers and c is not None]
        if any(is_number(cell) for cell in amounts):
            apart.totals[position] = False
            apart.opening.add(position)
        else:
            apart.reasons[position] = "title"

    def closing(self, apart: _Apart) -> None:
        """Find the remarks and signatures under the last record."""
        count = len(self.counts)
        tail = np.arange(count) >= count - _SAMPLED_TAIL
        tail[list(apart.reasons)] = False
        rows = list(self.cells(tail)) if self.keys else []
        records = [i for i, row in rows if i in apart.totals or self._is_record(row)]
        last = max(records, default=-1)
        closing = [i for i, row in rows if i > last and self._closes(i, row)]
        if closing:
            rest = [i for i, _ in rows if i >= closing[0]]
            apart.reasons.update(dict.fromkeys(rest, "closing"))

    def _is_record(self, row: Sequence[object]) -> bool:
        """Return whether a row has a number, a code with a digit in it, or most cells filled."""
        filled = [cell for cell in row if cell is not None and not self.words.is_closing(str(cell))]
        coded = [str(row[i]) for i in self.keys if row[i] in filled]
        many = len(filled) > max(_SPAN_OF_GROUP + 1, len(self.names) // 2)
        digits = any(char.isdigit() for text in coded for char in text)
        return many or digits or any(is_number(cell) for cell in filled)

    def _total_column(self, row: Sequence[object]) -> int | None:
        """Return the column whose cell makes a row a total, None when it is a record."""
        texts = _text_columns(row)
        column = next((i for i in texts[:2] if self.words.is_total(str(row[i]))), None)
        if column is None or column in self.numbers:
            return column
        if self._identifies(row, besides=column):
            return None
        if self.keys and column not in self.keys:
            return column
        others = set(texts) - {column, *self.numbers}
        return None if others or len(self.names) == 1 else column

    def _identifies(self, row: Sequence[object], *, besides: int) -> bool:
        """Return whether a key of a row is filled; a number of a group (``II``) is none."""
        filled = [i for i in self.keys if i != besides and row[i] is not None]
        groups = [i for i in self.numbers if is_group_number(str(row[i]))]
        return any(i not in groups for i in filled)

    def _has_group_number(self) -> BoolRows:
        found: BoolRows = np.zeros(len(self.counts), dtype=np.bool_)
        for i in self.numbers:
            found |= matching(self.table.frame[self.names[i]], GROUP_NUMBER)
        return found

    def _group_title(self, position: int, row: Sequence[object]) -> str | None:
        """Return the text of a row that only names a group, None when it is a record."""
        texts = _text_columns(row)
        if not texts:
            return None
        first, text = texts[0], str(row[texts[0]])
        coded = {i for i in set(self.keys) - set(self.numbers) if row[i] is not None}
        if first in self.numbers and is_group_number(text):
            fits = len(texts) == _SPAN_OF_GROUP and coded <= {texts[1]}
            return str(row[texts[1]]) if fits else None
        fits = len(texts) == 1 and coded <= {first}
        return text if fits and self._names_group(position, first, text) else None

    def _names_group(self, position: int, column: int, text: str) -> bool:
        """Return whether the one text of a row can only be a title."""
        if column in self.numbers:
            return True
        alone = self.counts[position] == 1
        if self.words.is_commune(text):
            return bool(alone or column not in self.keys)
        return bool(alone and position in self.wide)

    def _closes(self, position: int, row: Sequence[object]) -> bool:
        texts = [(i, str(cell)) for i, cell in enumerate(row) if cell is not None]
        if any(self.words.is_closing(text) for _, text in texts):
            return not any(i in self.keys and not self.words.is_closing(x) for i, x in texts)
        if len(texts) != 1:
            return False
        column, text = texts[0]
        return column in self.numbers or position in self.wide or len(text) >= self.long


def _text_columns(row: Sequence[object]) -> list[int]:
    return [i for i, cell in enumerate(row) if cell is not None and not is_number(cell)]


def _wide_rows(table: SheetTable) -> frozenset[int]:
    """Return the rows with a cell merged over several columns."""
    found = set()
    for first, left, _, right in table.grid.merges:
        position = int(np.searchsorted(table.rows, first))
        if right > left and position < len(table.rows) and int(table.rows[position]) == first:
            found.add(position)
    return frozenset(found)


def _note(table: SheetTable, apart: _Apart) -> None:
    words = {
        "header": "repeat the names of the columns",
        "title": "are titles of groups",
        "closing": "stand under the table (remarks, signatures)",
    }
    for reason, text in words.items():
        rows = sorted(i for i, found in apart.reasons.items() if found == reason)
        if not rows:
            continue
        rule = "group_titles" if reason == "title" else "rows_left_out"
        said = f"{len(rows)} rows {text} and are no records ({table.row_names(rows)})."
        table.note(rule, said)
    if apart.totals:
        rows = sorted(apart.totals)
        text = f"{len(rows)} rows are totals and no records ({table.row_names(rows)})."
        table.note("totals_left_out", text)


def _fill_communes(table: SheetTable, layer: LayerSchema | None, apart: _Apart) -> None:
    """Write the commune that a title names into the rows below it."""
    column = "commune_id"
    if not apart.communes or layer is None or column not in layer.column_names:
        return
    if any(table.words.canonical(name) == column for name in table.names):
        return
    starts = np.zeros(len(table.frame), dtype=np.int64)
    titles: list[str | None] = [None, *(apart.communes[i] for i in sorted(apart.communes))]
    starts[sorted(apart.communes)] = 1
    values = np.array(titles, dtype=object)[np.cumsum(starts)]
    table.frame = table.frame.assign(**{column: values})
    listed = ", ".join(f"'{title}'" for title in dict.fromkeys(titles[1:]))
    table.note("group_titles", f"commune_id was taken from the titles of groups: {listed}.")


def _take_out(table: SheetTable, apart: _Apart) -> None:
    kept = np.ones(len(table.frame), dtype=bool)
    kept[[*apart.reasons, *apart.totals]] = False
    before = np.concatenate([[0], np.cumsum(kept)])
    sums = sorted(apart.totals)
    for number, position in enumerate(sums):
        if position in apart.opening:
            first = int(before[position])
            end = next((i for i in sums[number + 1 :] if i in apart.opening), len(kept))
            last = int(before[end])
        else:
            start = 0 if apart.totals[position] or not number else sums[number - 1]
            first, last = int(before[start]), int(before[position])
        row = table.frame.iloc[position]
        named = [(name, row[name]) for name in table.names if name in table.indices]
        cells = {name: cell for name, cell in named if not pd.isna(cell)}
        table.totals.append(TotalRow(int(table.rows[position]), table.sheet, first, last, cells))
    table.keep(kept)
