"""OpenDocument sheets (.ods) -> cells, read row by row from content.xml."""

import datetime as dt
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from xml.etree.ElementTree import Element, ParseError

from geotool import rules
from geotool.errors import ReadError
from geotool.sources import archives, markup
from geotool.sources.records import Grid
from geotool.sources.sheets.cells import Merge, cell_of, grid_of, letters_of, require_extent

_CONTENT = "content.xml"
_MANIFEST = "META-INF/manifest.xml"
_LOCKED = b"encryption-data"
_SPACE = "{urn:oasis:names:tc:opendocument:xmlns:"
_TABLE, _TEXT, _OFFICE = (f"{_SPACE}{name}:1.0}}" for name in ("table", "text", "office"))
_ROW, _CELL, _COVERED = (
    f"{_TABLE}{name}" for name in ("table-row", "table-cell", "covered-table-cell")
)
_SHEET, _BODY = f"{_TABLE}table", f"{_OFFICE}spreadsheet"
_ASIDE = frozenset({f"{_OFFICE}annotation", f"{_TEXT}note", f"{_TEXT}ruby-text", f"{_OFFICE}forms"})
_NUMBERS = frozenset({"float", "percentage", "currency"})
_DURATION = re.compile(r"(-?)P(?:(\d+)D)?T?(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:[.,]\d+)?S)?")


class Sheets(NamedTuple):
    """The sheets that hold something, and the cells whose formula has no value."""

    grids: list[Grid]
    unvalued: list[str]


def read_sheets(path: Path, name: str) -> Sheets:
    """Read every sheet of an OpenDocument file that holds something, in its order.

    Repeated rows and cells are written out, covered cells are empty, comments are left out.

    Parameters
    ----------
    path
        The .ods file.
    name
        What it is called in messages.

    Raises
    ------
    ReadError
        When it is damaged, locked with a password, or reaches further than
        ``layers/rules/tables.toml`` allows.
    """
    import defusedxml

    members = archives.check(path, what=name)
    if _MANIFEST in members and _LOCKED in archives.read_member(path, _MANIFEST, what=name):
        raise ReadError(
            f"{name}: the workbook is locked with a password.",
            remedy="Open it in LibreOffice, save it without a password, and close it.",
        )
    data = archives.read_member(path, _CONTENT, what=name)
    markup.require_plain(data, what=f"{name}, {_CONTENT}")
    sheets = Sheets([], [])
    try:
        for sheet in _sheets(data, name):
            grid = grid_of(name, sheet.title, sheet.rows, sheet.merges)
            if grid is not None:
                sheets.grids.append(grid)
                sheets.unvalued.extend(sheet.unvalued)
    except (ParseError, defusedxml.DefusedXmlException, LookupError, UnicodeError) as error:
        raise ReadError(
            f"{name}: the workbook is damaged and cannot be read ({type(error).__name__}).",
            remedy="Open it in LibreOffice, save it again, and close it.",
        ) from error
    return sheets


class _Sheet:
    """One sheet under way: its rows so far, and the number of the next."""

    def __init__(self, place: str, title: str) -> None:
        self.title = title
        self.rows: list[tuple[int, list[object]]] = []
        self.merges: list[Merge] = []
        self.unvalued: list[str] = []
        self._place = place
        self._next = 1
        self._widest = 0
        self._columns_limit = int(rules.load_rule("tables").values["workbook"]["columns"])

    def add(self, row: Element) -> None:
        """Take over a row as often as it is repeated; empty ones only count."""
        cells = self._cells(row)
        repeats = _count(row, f"{_TABLE}number-rows-repeated")
        if cells:
            self._widest = max(self._widest, len(cells))
            require_extent(self._place, self.title, len(self.rows) + repeats, self._widest)
            self.rows += [(self._next + i, cells) for i in range(repeats)]
        self._next += repeats

    def _cells(self, row: Element) -> list[object]:
        cells: list[object] = []
        column = 0
        for cell in row:
            if cell.tag not in (_CELL, _COVERED):
                continue
            value = _value(cell) if cell.tag == _CELL else None
            repeats = _count(cell, f"{_TABLE}number-columns-repeated")
            self._note(cell, value, column)
            if value is not None:
                cells += [None] * (column - len(cells))
                cells += [value] * min(repeats, self._columns_limit - column)
            column = min(column + repeats, self._columns_limit)
        return cells

    def _note(self, cell: Element, value: object, column: int) -> None:
        down = _count(cell, f"{_TABLE}number-rows-spanned")
        right = _count(cell, f"{_TABLE}number-columns-spanned")
        if max(down, right) > 1:
            last = (self._next + down - 1, column + right - 1)
            self.merges.append((self._next, column, *last))
        typed = cell.get(f"{_OFFICE}value-type") is not None
        if value is None and not typed and cell.get(f"{_TABLE}formula"):
            where = f"cell {letters_of(column)}{self._next}"
            self.unvalued.append(f"sheet '{self.title}', {where}")


class _Walk:
    """A walk through content.xml: where it is, and the sheet under way."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._path: list[Element] = []
        self._sheet: _Sheet | None = None

    def start(self, element: Element) -> None:
        if self._is_sheet(element):
            self._sheet = _Sheet(self._place, element.get(f"{_TABLE}name") or "")
        self._path.append(element)

    def end(self, element: Element) -> _Sheet | None:
        """Return the sheet that ends here; what was taken over is let go."""
        self._path.pop()
        sheet = self._sheet
        if sheet is not None and self._is_sheet(element):
            self._sheet = None
            self._path[-1].clear()
            return sheet
        if sheet is not None and element.tag == _ROW and not self._is_in_cell():
            sheet.add(element)
            self._path[-1].remove(element)
        return None

    def _is_sheet(self, element: Element) -> bool:
        """Return whether an element is a table of the document, not one within a cell."""
        return element.tag == _SHEET and bool(self._path) and self._path[-1].tag == _BODY

    def _is_in_cell(self) -> bool:
        return any(above.tag == _CELL for above in self._path)


def _sheets(data: bytes, place: str) -> Iterator[_Sheet]:
    from defusedxml import ElementTree

    walk = _Walk(place)
    events = ("start", "end")
    for event, element in ElementTree.iterparse(io.BytesIO(data), events=events, forbid_dtd=True):
        if event == "start":
            walk.start(element)
        elif (sheet := walk.end(element)) is not None:
            yield sheet


def _count(element: Element, attribute: str) -> int:
    text = element.get(attribute, "1")
    return max(int(text), 1) if text.isascii() and text.isdigit() and len(text) < 10 else 1


def _value(cell: Element) -> object:
    kind = cell.get(f"{_OFFICE}value-type", "string")
    if kind in _NUMBERS:
        number = _number(cell.get(f"{_OFFICE}value", ""))
        return cell_of(_text(cell)) if number is None else number
    if kind == "boolean":
        return cell.get(f"{_OFFICE}boolean-value") == "true"
    if kind == "date":
        return _date(cell.get(f"{_OFFICE}date-value", "")) or cell_of(_text(cell))
    if kind == "time":
        return _time(cell.get(f"{_OFFICE}time-value", "")) or cell_of(_text(cell))
    return cell_of(_text(cell) or cell.get(f"{_OFFICE}string-value") or "")


def _number(text: str) -> object:
    try:
        return cell_of(float(text))
    except ValueError:
        return None


def _date(text: str) -> object:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return cell_of(moment.replace(microsecond=0))


def _time(text: str) -> object:
    found = _DURATION.fullmatch(text)
    if found is None:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups()[1:])
    span = dt.timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    return f"{found[1]}{cell_of(span)}"


def _text(cell: Element) -> str:
    """Return the paragraphs of a cell, one a line."""
    return "\n".join("".join(_pieces(p)) for p in cell if p.tag in (f"{_TEXT}p", f"{_TEXT}h"))


def _pieces(element: Element) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        if child.tag == f"{_TEXT}s":
            yield " " * _count(child, f"{_TEXT}c")
        elif child.tag == f"{_TEXT}tab":
            yield "\t"
        elif child.tag == f"{_TEXT}line-break":
            yield "\n"
        elif child.tag not in _ASIDE:
            yield from _pieces(child)
        yield child.tail or ""
