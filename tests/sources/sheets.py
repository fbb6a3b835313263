"""Workbooks written by openpyxl and read as one layer, for the tests of interpretation."""

import openpyxl

from geotool import schema
from geotool.sources import files
from geotool.sources.records import ReadOptions
from geotool.sources.sheets import interpret, tables, workbooks


def write_book(path, sheets, merges=()):
    """Write sheets (name -> rows) with merged ranges of the first sheet (``A1:B2``)."""
    made = openpyxl.Workbook()
    made.remove(made.active)
    for title, rows in sheets.items():
        sheet = made.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    for cells in merges:
        made.worksheets[0].merge_cells(cells)
    made.save(path)
    return path


def read_book(path, layer, **options):
    """Return the raw layer that a workbook holds."""
    source = files.open_source(path, options.pop("sublayer", None))
    known = None if layer is None else schema.load_schema(layer)
    return interpret.read_table(source, workbooks.read_grids(source), known, ReadOptions(**options))


def read_sheet(folder, rows, layer, merges=(), **options):
    """Return the raw layer that one sheet holds."""
    path = write_book(folder / "a.xlsx", {"A": rows}, merges)
    return read_book(path, layer, **options)


def read_text(folder, text, layer, **options):
    """Return the raw layer that a CSV file holds."""
    path = folder / "a.csv"
    path.write_bytes(text.encode("utf-8"))
    source, chosen = files.open_source(path, None), ReadOptions(**options)
    known = None if layer is None else schema.load_schema(layer)
    return interpret.read_table(source, [tables.read_grid(source, chosen).grid], known, chosen)


def cells(raw):
    """Return the rows of a raw layer as lists, None where a cell is empty."""
    frame = raw.frame.astype(object)
    return frame.where(frame.notna(), None).to_numpy(dtype=object).tolist()


def column(raw, name):
    """Return one column of a raw layer, None where a cell is empty."""
    series = raw.frame[name].astype(object)
    return series.where(series.notna(), None).tolist()


def rules_of(raw):
    """Return the rules of the notes of a raw layer."""
    return [rule for rule, _, _ in raw.notes]


def message(raw, rule):
    """Return the message of the one note of a rule."""
    (text,) = [text for name, text, _ in raw.notes if name == rule]
    return text
