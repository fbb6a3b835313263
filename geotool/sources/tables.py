"""Tables: CSV in the encodings and separators offices use, and Excel sheets.

Cells of a CSV stay text, so that "00123" keeps its zeros; typed cells of a sheet keep their
type. Meaning is given later, by the schema.
"""

import codecs
import csv
import datetime as dt
import io
import re
import unicodedata
import warnings
import zipfile
import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING
from xml.etree.ElementTree import ParseError

import pandas as pd

from geotool import schema
from geotool.errors import ReadError, SchemaError, UsageError
from geotool.sources.files import Source
from geotool.sources.records import RawLayer

if TYPE_CHECKING:
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet

_SEPARATORS = (",", ";", "\t")
_WORKBOOK_FAILURES = (
    zipfile.BadZipFile,
    zlib.error,
    ParseError,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    IndexError,
    EOFError,
    OSError,
    NotImplementedError,
    AssertionError,
)
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def read_csv(source: Source, encoding: str | None) -> RawLayer:
    """Read a CSV file; every cell is text, an empty cell is None.

    Parameters
    ----------
    source
        The input.
    encoding
        Encoding of the text; None takes UTF-8 (with or without BOM), then UTF-16 with a BOM,
        then Windows-1258, which is reported.

    Raises
    ------
    ReadError
        When the text cannot be decoded, has no header, repeats a column name, or has rows
        with more cells than the header.
    """
    text, used, notes = _decoded(source, encoding)
    rows = _rows_of(source, text)
    return RawLayer(
        frame=_frame_of(source.name, rows), sublayer=None, shapes=False, encoding=used, notes=notes
    )


def read_sheet(source: Source, layer: str) -> RawLayer:
    """Read one sheet of an Excel workbook; the header is its first non-empty row.

    Without a named sheet the only non-empty one is read, else the one named like ``layer``.

    Raises
    ------
    ReadError
        When the workbook is damaged, the sheet is missing or not named, or has no header.
    """
    sheets = _sheet_rows(source)
    name = choose(source, [name for name, rows in sheets.items() if rows], layer, "sheet")
    place = f"{source.name}, sheet '{name}'"
    return RawLayer(frame=_frame_of(place, sheets[name]), sublayer=name, shapes=False)


def read_sheets(source: Source) -> dict[str, pd.DataFrame]:
    """Read every non-empty sheet of a workbook, in workbook order."""
    sheets = _sheet_rows(source)
    return {
        name: _frame_of(f"{source.name}, sheet '{name}'", rows)
        for name, rows in sheets.items()
        if rows
    }


def choose(source: Source, names: Sequence[str], layer: str, noun: str) -> str:
    """Return the sublayer to read: the named one, the only one, or the one named ``layer``.

    Raises
    ------
    ReadError
        When there is none, or the choice is open; lists what exists.
    """
    known = ", ".join(f"'{name}'" for name in names)
    if source.sublayer is not None:
        if source.sublayer in names:
            return source.sublayer
        raise ReadError(
            f"{source.name}: there is no {noun} '{source.sublayer}'.",
            remedy=f"It has: {known}." if known else f"It has no {noun} with content.",
        )
    if len(names) == 1:
        return names[0]
    if not names:
        raise ReadError(f"{source.name}: it has no {noun} with content.", remedy="Check the file.")
    same = [name for name in names if _is_layer(name, layer)]
    if len(same) == 1:
        return same[0]
    raise ReadError(
        f"{source.name}: it has {len(names)} {noun}s and none is named '{layer}': {known}.",
        remedy=f"Name one: {source.name}#{names[0]}",
    )


def require_encoding(encoding: str) -> None:
    """Refuse the name of an encoding that does not exist.

    Raises
    ------
    UsageError
        Naming some that do.
    """
    try:
        codecs.lookup(encoding)
    except LookupError as error:
        raise UsageError(
            f"'{encoding}' is not a known encoding.", remedy="Use utf-8, utf-16 or cp1258."
        ) from error


def _is_layer(name: str, layer: str) -> bool:
    if name.strip().lower() == layer:
        return True
    try:
        return schema.canonical_layer_name(name) == layer
    except SchemaError:
        return False


def _decoded(
    source: Source, encoding: str | None
) -> tuple[str, str, tuple[tuple[str, str, str], ...]]:
    raw = source.data if source.path is None else source.path.read_bytes()
    raw = raw or b""
    if encoding is not None:
        require_encoding(encoding)
        return _decode(source, raw, encoding), encoding, ()
    if raw.startswith(_UTF16_MARKS):
        return _decode(source, raw, "utf-16"), "utf-16", ()
    try:
        return unicodedata.normalize("NFC", raw.decode("utf-8-sig")), "utf-8", ()
    except UnicodeDecodeError:
        text = _decode(source, raw, "cp1258")
    note = (
        "text_encoding",
        f"{source.name}: not UTF-8; read as Windows-1258.",
        "Compare the names with the original; name the encoding or save the file as UTF-8.",
    )
    return text, "cp1258", (note,)


def _decode(source: Source, raw: bytes, encoding: str) -> str:
    name = "utf-8-sig" if encoding.lower().replace("_", "-") in ("utf-8", "utf8") else encoding
    try:
        return unicodedata.normalize("NFC", raw.decode(name))
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ReadError(
            f"{source.name}: the text of line {line} is neither UTF-8 nor {encoding}.",
            remedy="Save the file as UTF-8 (in Excel: CSV UTF-8) or name its encoding.",
        ) from error


def _rows_of(source: Source, text: str) -> list[list[object]]:
    first, _, rest = text.lstrip("\n\r").partition("\n")
    told = re.fullmatch(r"sep=(.)", first.strip(), re.IGNORECASE)  # a line that Excel writes
    body = text if told is None else rest
    separator = _separator(text) if told is None else told[1]
    try:
        reader = csv.reader(io.StringIO(body, newline=""), delimiter=separator, strict=True)
        rows: list[list[object]] = [[cell.strip() or None for cell in row] for row in reader]
    except csv.Error as error:
        raise ReadError(
            f"{source.name}: not a readable CSV table ({error}).",
            remedy="Check the quotation marks, or save the table again as CSV UTF-8.",
        ) from error
    return [row for row in rows if any(cell is not None for cell in row)]


def _separator(text: str) -> str:
    """Return the separator that cuts the header into most columns outside quotes."""
    header = next((line for line in text.splitlines() if line.strip()), "")
    plain = "".join(part for i, part in enumerate(header.split('"')) if i % 2 == 0)
    return max(_SEPARATORS, key=plain.count)


def _sheet_rows(source: Source) -> dict[str, list[list[object]]]:
    import openpyxl

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(source.path, read_only=True, data_only=True)
            try:
                return {sheet.title: _cells(sheet) for sheet in book.worksheets}
            finally:
                book.close()
    except _WORKBOOK_FAILURES as error:
        raise ReadError(
            f"{source.name}: the workbook is damaged and cannot be read ({type(error).__name__}).",
            remedy="Open it in Excel, save it again as .xlsx, and close it.",
        ) from error


def _cells(sheet: "ReadOnlyWorksheet") -> list[list[object]]:
    sheet.reset_dimensions()  # what the file states about its extent is often wrong
    rows = [[_cell(value) for value in row] for row in sheet.iter_rows(values_only=True)]
    return [row for row in rows if any(value is not None for value in row)]


def _cell(value: object) -> object:
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value).strip() or None
    if isinstance(value, dt.datetime):
        midnight = value.time() == dt.time()
        return value.date().isoformat() if midnight else value.isoformat(sep=" ")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return value


def _frame_of(place: str, rows: list[list[object]]) -> pd.DataFrame:
    if not rows:
        raise ReadError(f"{place}: no header and no rows.", remedy="Check the file.")
    _refuse_title(place, rows)
    names = _header(place, rows[0])
    body = rows[1:]
    _require_width(place, body, len(names))
    width = len(names)
    cells = [[*row[:width], *([None] * (width - len(row)))] for row in body]
    used = [i for i, name in enumerate(names) if name is not None]
    return pd.DataFrame(
        {str(names[i]): pd.Series([row[i] for row in cells], dtype=object) for i in used}
    )


def _refuse_title(place: str, rows: list[list[object]]) -> None:
    """Refuse a table that begins with a title instead of the names of its columns."""
    filled = [[cell for cell in row if cell is not None] for row in rows]
    if len(filled[0]) == 1 and any(len(row) > 1 for row in filled[1:]):
        wide = next(i for i, row in enumerate(filled) if len(row) > 1)
        raise ReadError(
            f"{place}: the first row has one cell ('{str(filled[0][0])[:40]}'), as a title has; "
            f"the names of the columns seem to stand in filled row {wide + 1}.",
            remedy="Delete the rows above the names of the columns.",
        )


def _require_width(place: str, body: list[list[object]], width: int) -> None:
    too_long = [
        str(number)
        for number, row in enumerate(body, start=1)
        if any(cell is not None for cell in row[width:])
    ]
    if too_long:
        raise ReadError(
            f"{place}: rows with more cells than the header: {len(too_long)} "
            f"(data rows {schema.name_keys(too_long)}).",
            remedy="Check the separators in these rows; quote text that holds the separator.",
        )


def _header(place: str, row: list[object]) -> list[str | None]:
    names = [None if cell is None else " ".join(str(cell).split()) for cell in row]
    while names and names[-1] is None:
        names.pop()
    seen: set[str] = set()
    repeated: list[str] = []
    for name in names:
        if name is not None and name in seen:
            repeated.append(name)
        seen.add(name or "")
    if repeated:
        raise ReadError(
            f"{place}: column names are repeated: {', '.join(sorted(set(repeated)))}.",
            remedy="Give every column its own name.",
        )
    return names
