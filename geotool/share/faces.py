"""Tables as text: for the terminal, Markdown and CSV."""

import csv
import io
import re
import unicodedata
from collections.abc import Mapping, Sequence

from geotool import plain_text
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

_BREAKS = re.compile(r"[\t\n\v\f\r\x85\u2028\u2029]+")
_MARKDOWN = re.compile(
    r"""[\\`*_{}\[\]<>|\#&~$]           # marks wherever they stand
    | @ | (?<=:)/ | (?<=www)\.        # what is taken for an address
    | ^[-+=](?=[-+=\s]|$)            # what begins a list or underlines a heading
    """,
    re.VERBOSE | re.IGNORECASE,
)
_NUMBERED = re.compile(r"^([0-9]+)(?=[.)](?:\s|$))")


def text_tables(tables: Sequence[Table], *, labels: Labels, language: str) -> str:
    """Return tables as aligned plain text, a blank line between two."""
    blocks = [_text_table(table, labels, language) for table in tables]
    return "\n\n".join(blocks) + "\n"


def markdown_tables(tables: Sequence[Table], *, labels: Labels, language: str) -> str:
    """Return tables as Markdown, each under a heading; every text is escaped."""
    blocks = []
    for table in tables:
        rules = ["---" if column.kind in TEXT_KINDS else "---:" for column in table.columns]
        lines = [f"## {markdown_text(labels.text(table.title_key, language))}", ""]
        lines += [_row(_heads(table, labels, language)), "| " + " | ".join(rules) + " |"]
        lines += [_row(cells) for cells in _cells(table, labels, language)]
        lines += ["", *(markdown_text(labels.text(note, language)) for note in table.notes)]
        blocks.append("\n".join(lines).rstrip())
    return "\n\n".join(blocks) + "\n"


def markdown_text(text: str) -> str:
    """Return a text as Markdown that shows it as it is, on one line."""
    marked = _MARKDOWN.sub(r"\\\g<0>", " ".join(_one_line(text).split()))
    return _NUMBERED.sub(r"\1\\", marked)


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
    """Return lines of cells as CSV; text that Excel would run as a formula stays text.

    Control characters are visible marks.
    """
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


def is_total_word(table: Table, number: int, value: object) -> bool:
    """Return whether a cell of a row of :func:`all_rows` names the total, and is no code."""
    return number >= len(table.rows) and value == TOTAL


def _heads(table: Table, labels: Labels, language: str) -> list[str]:
    heads = [heading_text(column, labels=labels, language=language) for column in table.columns]
    return [_one_line(head) for head in heads]


def _cells(table: Table, labels: Labels, language: str) -> list[list[str]]:
    return [
        [
            labels.text("report.total", language)
            if is_total_word(table, number, row.get(column.name))
            else _cell(row, column, labels, language)
            for column in table.columns
        ]
        for number, row in enumerate(all_rows(table))
    ]


def _cell(row: Mapping[str, object], column: TableColumn, labels: Labels, language: str) -> str:
    value, name = row.get(column.name), column.name
    return _one_line(cell_text(value, column.kind, labels=labels, language=language, column=name))


def _one_line(text: str) -> str:
    return plain_text.printable(_BREAKS.sub(" ", text))


def _text_table(table: Table, labels: Labels, language: str) -> str:
    if table.vertical:
        return _text_list(table, labels, language)
    heads = _heads(table, labels, language)
    body = _cells(table, labels, language)
    widths = [max(_width(text) for text in texts) for texts in zip(heads, *body, strict=True)]
    left = [column.kind in TEXT_KINDS for column in table.columns]
    lines = [_one_line(labels.text(table.title_key, language))]
    lines += [_aligned(cells, widths, left) for cells in (heads, ["-" * w for w in widths], *body)]
    lines += [_one_line(labels.text(note, language)) for note in table.notes]
    return "\n".join(lines)


def _text_list(table: Table, labels: Labels, language: str) -> str:
    heads = _heads(table, labels, language)
    cells = _cells(table, labels, language)[0]
    widths = [max(map(_width, heads), default=0), max(map(_width, cells), default=0)]
    lines = [_one_line(labels.text(table.title_key, language))]
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
    return "| " + " | ".join(map(markdown_text, cells)) + " |"


def _raw(value: object) -> object:
    if is_empty(value):
        return ""
    return plain_text.guarded(plain_text.printable(value)) if isinstance(value, str) else value
