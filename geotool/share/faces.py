"""Tables as text: for the terminal, Markdown and CSV."""

import csv
import io
import unicodedata
from collections.abc import Sequence

from geotool.labels import Labels
from geotool.share.tables import (
    TEXT_KINDS,
    TOTAL,
    Table,
    TableColumn,
    cell_text,
    heading_text,
    is_empty,
)

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def text_tables(tables: Sequence[Table], *, labels: Labels, language: str) -> str:
    """Return tables as aligned plain text, a blank line between two."""
    blocks = [_text_table(table, labels, language) for table in tables]
    return "\n\n".join(blocks) + "\n"


def markdown_tables(tables: Sequence[Table], *, labels: Labels, language: str) -> str:
    """Return tables as Markdown, each under a heading; cell text is escaped."""
    blocks = []
    for table in tables:
        heads = [heading_text(column, labels=labels, language=language) for column in table.columns]
        rules = ["---" if column.kind in TEXT_KINDS else "---:" for column in table.columns]
        lines = [f"## {labels.text(table.title_key, language)}", "", _row(heads), _row(rules)]
        lines += [
            _row([_escape(cell) for cell in cells]) for cells in _cells(table, labels, language)
        ]
        lines += ["", *(labels.text(note, language) for note in table.notes)]
        blocks.append("\n".join(lines).rstrip())
    return "\n\n".join(blocks) + "\n"


def csv_tables(tables: Sequence[Table], *, labels: Labels, language: str) -> str:
    """Return tables as one CSV text: title, header and unrounded rows, a blank line between."""
    lines: list[Sequence[object]] = []
    for index, table in enumerate(tables):
        if index:
            lines.append(())
        lines.append((labels.text(table.title_key, language),))
        lines.append([column.name for column in table.columns])
        for row in all_rows(table):
            lines.append([row.get(column.name) for column in table.columns])
    return csv_rows(lines)


def csv_rows(lines: Sequence[Sequence[object]]) -> str:
    """Return lines of cells as CSV; text that Excel would run as a formula stays text."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerows([[_raw(cell) for cell in cells] for cells in lines])
    return stream.getvalue()


def all_rows(table: Table) -> list[dict[str, object]]:
    """Return the rows of a table with its total row last, named ``total`` in a free first cell."""
    rows = [dict(row) for row in table.rows]
    if table.total is None:
        return rows
    return [*rows, {table.columns[0].name: TOTAL, **table.total}]


def _cells(table: Table, labels: Labels, language: str) -> list[list[str]]:
    return [
        [_cell(row, column, labels, language) for column in table.columns]
        for row in all_rows(table)
    ]


def _cell(row: dict[str, object], column: TableColumn, labels: Labels, language: str) -> str:
    if row.get(column.name) == TOTAL:
        return labels.text("report.total", language)
    return cell_text(
        row.get(column.name), column.kind, labels=labels, language=language, column=column.name
    )


def _text_table(table: Table, labels: Labels, language: str) -> str:
    if table.vertical:
        return _text_list(table, labels, language)
    heads = [heading_text(column, labels=labels, language=language) for column in table.columns]
    body = _cells(table, labels, language)
    widths = [max(_width(text) for text in texts) for texts in zip(heads, *body, strict=True)]
    left = [column.kind in TEXT_KINDS for column in table.columns]
    lines = [labels.text(table.title_key, language)]
    lines += [_aligned(cells, widths, left) for cells in (heads, ["-" * w for w in widths], *body)]
    lines += [labels.text(note, language) for note in table.notes]
    return "\n".join(lines)


def _text_list(table: Table, labels: Labels, language: str) -> str:
    heads = [heading_text(column, labels=labels, language=language) for column in table.columns]
    cells = _cells(table, labels, language)[0]
    widths = [max(map(_width, heads), default=0), max(map(_width, cells), default=0)]
    lines = [labels.text(table.title_key, language)]
    lines += [_aligned(pair, widths, (True, False)) for pair in zip(heads, cells, strict=True)]
    return "\n".join(lines)


def _aligned(cells: Sequence[str], widths: Sequence[int], left: Sequence[bool]) -> str:
    padded = []
    for text, width, at_left in zip(cells, widths, left, strict=True):
        fill = " " * (width - _width(text))
        padded.append(text + fill if at_left else fill + text)
    return "  ".join(padded).rstrip()


def _width(text: str) -> int:
    return sum(not unicodedata.combining(character) for character in text)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _escape(text: str) -> str:
    for character in "\\`*_{}[]<>|#":
        text = text.replace(character, f"\\{character}")
    return " ".join(text.split())


def _raw(value: object) -> object:
    """Return a cell for CSV; text that begins like a formula is led by an apostrophe."""
    if is_empty(value):
        return ""
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return f"'{value}"
    return value
