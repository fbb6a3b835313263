"""Excel and OpenDocument workbooks -> the cells of their sheets.

Cells keep their type; a formula gives the value last computed, and is never run.
"""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from geotool.errors import ReadError
from geotool.sources import archives
from geotool.sources.files import Source
from geotool.sources.records import Grid, Note
from geotool.sources.sheets import binary_sheets, excel, opendocument, sheet_parts
from geotool.sources.sheets.cells import grid_of
from geotool.sources.sheets.compound import UnsoundError
from geotool.sources.sheets.excel import ExcelSheet
from geotool.sources.sheets.sheet_parts import PartFacts

_BINARY = "xl/workbook.bin"
_LISTED_CELLS = 10


class Workbook(NamedTuple):
    """The sheets of a workbook that hold something, in its order, and what was noticed."""

    grids: list[Grid]
    notes: tuple[Note, ...]


def read_grids(source: Source) -> list[Grid]:
    """Return the sheets that hold something, in workbook order; see :func:`read_workbook`."""
    return read_workbook(source).grids


def read_workbook(source: Source) -> Workbook:
    """Read every sheet of a workbook: .xlsx, .xlsm, .xlsb, .xls or .ods.

    Hidden sheets are read too, which is noted, as are formulas whose value the file lacks.

    Raises
    ------
    ReadError
        When the workbook is damaged, locked with a password, or larger than
        ``layers/rules/tables.toml`` allows; UnsafeArchiveError or UnsafeMarkupError when it
        would grow without end.
    """
    if source.path is None:
        raise ReadError(
            f"{source.name}: a workbook cannot be piped.", remedy="Name the file instead."
        )
    if source.kind == "ods":
        found = opendocument.read_sheets(source.path, source.name)
        return Workbook(found.grids, _notes(source.name, found.unvalued, []))
    if not zipfile.is_zipfile(source.path):
        _require_sound(source.path, source.name)
        return _assembled(source.name, excel.read_apart(source.path, source.name), {})
    members = _members(source.path, source.name)
    facts = sheet_parts.inspect_parts(source.path, source.name, members)
    read = excel.read_apart if _BINARY in members else excel.read_here
    return _assembled(source.name, read(source.path, source.name), facts)


def _require_sound(path: Path, name: str) -> None:
    try:
        binary_sheets.require_sound(path.read_bytes(), name)
    except (UnsoundError, OSError) as error:
        raise excel.damaged(name, str(error)) from error


def _members(path: Path, name: str) -> list[str]:
    """Return the parts of a packed workbook; one that is damaged is named a workbook."""
    try:
        return archives.check(path, what=name)
    except archives.UnsafeArchiveError:
        raise
    except ReadError as error:
        if "damaged" not in error.message:
            raise
        raise excel.damaged(name, "its archive is cut short or has bad bytes") from error


def _assembled(name: str, sheets: list[ExcelSheet], facts: dict[str, PartFacts]) -> Workbook:
    grids: list[Grid] = []
    unvalued: list[str] = []
    hidden: list[str] = []
    for sheet in sheets:
        known = facts.get(sheet.title, PartFacts())
        grid = grid_of(name, sheet.title, list(_rows(sheet, known)), sheet.merges)
        if grid is None:
            continue
        grids.append(grid)
        hidden += [sheet.title] if sheet.hidden else []
        unvalued += [f"sheet '{sheet.title}', cell {cell}" for cell in known.unvalued]
    return Workbook(grids, _notes(name, unvalued, hidden))


def _rows(sheet: ExcelSheet, facts: PartFacts) -> Iterator[tuple[int, list[object]]]:
    """Return row numbers and cells; the library below leaves cells with an error empty."""
    failed: dict[int, dict[int, str]] = {}
    for (row, column), text in facts.errors.items():
        failed.setdefault(row, {})[column] = text
    for number, cells in enumerate(sheet.rows, start=1):
        yield number, _with_errors(cells, failed.get(number, {}))
    for number in sorted(number for number in failed if number > len(sheet.rows)):
        yield number, _with_errors([], failed[number])


def _with_errors(cells: list[object], failed: dict[int, str]) -> list[object]:
    for column, text in failed.items():
        cells += [None] * (column + 1 - len(cells))
        cells[column] = text if cells[column] is None else cells[column]
    return cells


def _notes(name: str, unvalued: list[str], hidden: list[str]) -> tuple[Note, ...]:
    notes: list[Note] = []
    if unvalued:
        listed = ", ".join(unvalued[:_LISTED_CELLS])
        more = f" and {len(unvalued) - _LISTED_CELLS} more" if len(unvalued) > _LISTED_CELLS else ""
        text = (
            f"{name}: {len(unvalued)} formulas have no computed value and were read as empty: "
            f"{listed}{more}."
        )
        notes.append(("formula_without_value", text, "Open the file in Excel and save it."))
    if hidden:
        listed = ", ".join(f"'{title}'" for title in hidden)
        text = f"{name}: hidden sheets were read like the others: {listed}."
        notes.append(("hidden_sheet", text, "Name the sheet to read, or delete the hidden ones."))
    return tuple(notes)
