"""The committee's report: a workbook with a sheet a table, or CSV, JSON and Markdown.

Number formats are real (areas, counts, dong); the workbook's own dates are pinned to the
user's date so that a second run gives the same bytes. Strip maps are pictures in the workbook and
in Markdown, data in JSON, and left out of CSV.
"""

import io
import math
import textwrap
import urllib.parse
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import get_args

import xlsxwriter

from geotool.labels import Labels
from geotool.share import faces, pictures, strip_map
from geotool.share.diagram.drawing import Drawing, xml_text
from geotool.share.diagram.layout import lay_out
from geotool.share.diagram.records import StripMap, strip_data
from geotool.share.tables import (
    TEXT_KINDS,
    TOTAL,
    Kind,
    Table,
    TableColumn,
    cell_text,
    heading_text,
    is_empty,
)

_FORMATS: dict[Kind, str] = {
    "count": "#,##0",
    "area_m2": "#,##0.0",
    "area_ha": "#,##0.00",
    "length_m": "#,##0.00",
    "length_km": "#,##0.000",
    "share": "0.0%",
    "vnd": "#,##0",
    "date": "dd/mm/yyyy",
}
_TEXT_KINDS = (*TEXT_KINDS, "chainage")
_KINDS: tuple[Kind, ...] = get_args(Kind)
_SHEET_NAME_LENGTH = 31
_WIDEST = 44
_CELL_LENGTH = 32_767  # characters Excel keeps in a cell
_EPOCH = date(2000, 1, 1)
_EXCEL_EPOCH_YEAR = 1900
_ROW_PX = 20.0  # height of a row in Excel
_A4 = 9
_STRIP_MAP = "map.strip_map"


@dataclass(frozen=True)
class Heading:
    """What stands above the tables: title, facts (label, text) and an optional watermark."""

    title: str
    facts: tuple[tuple[str, str], ...]
    watermark: str | None = None
    on: str | None = None


def workbook_bytes(
    heading: Heading,
    tables: Sequence[Table],
    *,
    labels: Labels,
    language: str,
    strip_maps: Sequence[StripMap],
) -> bytes:
    """Return an XLSX workbook: a cover sheet with the facts, a sheet a table, the strip maps.

    Text is written as text, never as a formula or a link. A strip map is an SVG, with a PNG
    without words for programs that do not show SVG.
    """
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    made = date.fromisoformat(heading.on) if heading.on else _EPOCH
    book.set_properties(
        {"title": xml_text(heading.title), "created": datetime(made.year, made.month, made.day)}
    )
    writer = _Writer(book, labels, language)
    names = sheet_names(tables, labels=labels, language=language, with_strip_maps=bool(strip_maps))
    writer.write_cover(names[0], heading)
    for name, table in zip(names[1 : len(tables) + 1], tables, strict=True):
        writer.write_table(name, table)
    drawings = [lay_out(one, labels=labels, language=language) for one in strip_maps]
    if drawings:
        writer.write_drawings(names[-1], drawings)
    book.close()
    return pictures.add_svgs(stream.getvalue(), [strip_map.draw_svg(one) for one in drawings])


def sheet_names(
    tables: Sequence[Table], *, labels: Labels, language: str, with_strip_maps: bool
) -> list[str]:
    """Return the sheet names of the workbook: the cover, the tables, the strip maps if any."""
    keys = ["report.cover", *(table.title_key for table in tables)]
    used: set[str] = set()
    keys += [_STRIP_MAP] if with_strip_maps else []
    return [_sheet_name(labels.text(key, language), used) for key in keys]


def markdown_text(
    heading: Heading,
    tables: Sequence[Table],
    *,
    labels: Labels,
    language: str,
    strip_maps: Sequence[StripMap],
) -> str:
    """Return the report as Markdown; a strip map is an image inside it, all texts are escaped."""
    shown = faces.markdown_text
    lines = [f"# {shown(heading.title)}", ""]
    lines += [f"**{shown(heading.watermark)}**", ""] if heading.watermark else []
    lines += [f"- {shown(label)}: {shown(text)}" for label, text in heading.facts]
    lines += ["", faces.markdown_tables(tables, labels=labels, language=language)]
    caption = shown(labels.text(_STRIP_MAP, language))
    lines += [f"## {caption}", ""] if strip_maps else []
    for content in strip_maps:
        svg = strip_map.strip_svg(content, labels=labels, language=language)
        picture = urllib.parse.quote(svg, safe="/:=,;")
        lines += [f"![{caption}](data:image/svg+xml,{picture})", ""]
    return "\n".join(lines)


def csv_text(heading: Heading, tables: Sequence[Table], *, labels: Labels, language: str) -> str:
    """Return the report as one CSV text for Excel (write it as UTF-8 with BOM)."""
    mark = [(heading.watermark,)] if heading.watermark else []
    head = faces.csv_rows([(heading.title,), *mark, *heading.facts, ()])
    return head + faces.csv_tables(tables, labels=labels, language=language)


def json_data(
    heading: Heading, tables: Sequence[Table], strip_maps: Sequence[StripMap]
) -> dict[str, object]:
    """Return the report as one JSON object with stable keys."""
    return {
        "title": heading.title,
        "watermark": heading.watermark,
        "facts": [{"label": label, "text": text} for label, text in heading.facts],
        "tables": {
            table.name: {
                "columns": [column.name for column in table.columns],
                "rows": [dict(row) for row in table.rows],
                "total": None if table.total is None else dict(table.total),
            }
            for table in tables
        },
        "strip_maps": [strip_data(one) for one in strip_maps],
    }


class _Writer:
    """Writes sheets into one workbook, with the number formats made once."""

    def __init__(self, book: xlsxwriter.Workbook, labels: Labels, language: str) -> None:
        self._book = book
        self._labels = labels
        self._language = language
        self._title = book.add_format({"bold": True, "font_size": 13})
        self._head = book.add_format(
            {"bold": True, "bg_color": "#E7ECEF", "border": 1, "text_wrap": True, "valign": "top"}
        )
        self._wrap = book.add_format({"text_wrap": True, "valign": "top"})
        self._mark = book.add_format({"bold": True, "font_color": "#9C0006"})
        self._plain = {kind: self._cell_format(kind, total=False) for kind in _KINDS}
        self._total = {kind: self._cell_format(kind, total=True) for kind in _KINDS}

    def write_cover(self, name: str, heading: Heading) -> None:
        """Write the cover: title, watermark and the facts the numbers stand on."""
        sheet = self._book.add_worksheet(name)
        sheet.set_column(0, 0, 32)
        sheet.set_column(1, 1, 96)
        sheet.write_string(0, 0, heading.title, self._title)
        if heading.watermark:
            sheet.write_string(1, 0, heading.watermark, self._mark)
        for row, (label, text) in enumerate(heading.facts, start=3):
            sheet.write_string(row, 0, label, self._wrap)
            sheet.write_string(row, 1, text, self._wrap)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)

    def write_table(self, name: str, table: Table) -> None:
        """Write one table: title, header, rows, total row and notes."""
        sheet = self._book.add_worksheet(name)
        rows = faces.all_rows(table)
        sheet.write_string(0, 0, self._labels.text(table.title_key, self._language), self._title)
        if table.vertical:
            self._write_list(sheet, table)
            return
        for index, column in enumerate(table.columns):
            sheet.write_string(1, index, self._words(column), self._head)
            width = self._write_column(sheet, index, column, table)
            sheet.set_column(index, index, width)
        for offset, note in enumerate(table.notes):
            text = self._labels.text(note, self._language)
            sheet.write_string(3 + len(rows) + offset, 0, text)
        sheet.freeze_panes(2, 1)
        if table.rows:
            sheet.autofilter(1, 0, 1 + len(table.rows), len(table.columns) - 1)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(1)

    def write_drawings(self, name: str, drawings: Sequence[Drawing]) -> None:
        """Write one sheet with a picture below the other."""
        sheet = self._book.add_worksheet(name)
        row = 0
        for drawing in drawings:
            image = {
                "image_data": io.BytesIO(pictures.png_bytes(drawing)),
                "description": xml_text(drawing.title),
            }
            sheet.insert_image(row, 0, "strip.png", image)
            row += math.ceil(drawing.height / _ROW_PX) + 1
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.set_paper(_A4)
        sheet.fit_to_pages(1, 0)

    def _write_list(self, sheet: xlsxwriter.worksheet.Worksheet, table: Table) -> None:
        """Write a table of one row as a list of names and values."""
        sheet.set_column(0, 0, 56)
        sheet.set_column(1, 1, 24)
        for row, column in enumerate(table.columns, start=2):
            sheet.write_string(row, 0, self._words(column), self._wrap)
            self._write_cell(sheet, (row, 1), table.rows[0].get(column.name), column)
        sheet.set_portrait()
        sheet.fit_to_pages(1, 0)

    def _write_column(
        self, sheet: xlsxwriter.worksheet.Worksheet, index: int, column: TableColumn, table: Table
    ) -> float:
        longest = len(self._words(column)) // 2
        for row, record in enumerate(faces.all_rows(table)):
            value = record.get(column.name)
            is_total = row >= len(table.rows)
            text = self._write_cell(sheet, (2 + row, index), value, column, is_total=is_total)
            longest = max(longest, len(text))
        return min(max(longest + 2, 10), _WIDEST)

    def _write_cell(
        self,
        sheet: xlsxwriter.worksheet.Worksheet,
        place: tuple[int, int],
        value: object,
        column: TableColumn,
        *,
        is_total: bool = False,
    ) -> str:
        """Write one cell and return the text a reader sees in it."""
        kind, language = column.kind, self._language
        style = (self._total if is_total else self._plain)[kind]
        if is_empty(value):
            sheet.write_blank(*place, None, style)
            return ""
        if is_total and value == TOTAL:
            text = self._labels.text("report.total", language)
            sheet.write_string(*place, text, style)
            return text
        text = cell_text(value, kind, labels=self._labels, language=language, column=column.name)
        day = _day(value) if kind == "date" else None
        if day is not None:
            sheet.write_datetime(*place, day, style)
        elif kind in _TEXT_KINDS:
            sheet.write_string(*place, text[:_CELL_LENGTH], style)
        else:
            sheet.write_number(*place, float(str(value)), style)
        return text

    def _cell_format(self, kind: Kind, *, total: bool) -> xlsxwriter.format.Format:
        look: dict[str, object] = {"num_format": _FORMATS.get(kind, "General")}
        if total:
            look |= {"bold": True, "top": 1}
        return self._book.add_format(look)

    def _words(self, column: TableColumn) -> str:
        return heading_text(column, labels=self._labels, language=self._language)


def _day(value: object) -> datetime | None:
    """Return a cell as a day; None when it is not one that Excel knows."""
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return found.replace(tzinfo=None) if found.year >= _EXCEL_EPOCH_YEAR else None


def _sheet_name(text: str, used: set[str]) -> str:
    """Return a name Excel accepts: 31 characters, none of its forbidden ones, not used yet."""
    clean = "".join("-" if character in "[]:*?/\\" else character for character in text)
    clean = clean.strip("'").strip() or "-"
    words = textwrap.shorten(clean, _SHEET_NAME_LENGTH, placeholder="…")
    clean = words if words != "…" else clean[:_SHEET_NAME_LENGTH]
    name, number = clean, 2
    while name.casefold() in used:
        ending = f" {number}"
        name, number = clean[: _SHEET_NAME_LENGTH - len(ending)] + ending, number + 1
    used.add(name.casefold())
    return name
