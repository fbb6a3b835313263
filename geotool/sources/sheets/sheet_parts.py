"""What the parts of a packed workbook tell before its sheets are read.

How far a sheet reaches (the reader makes room for every cell up to the last), which cells
hold an error, and which formulas have no value.
"""

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from xml.etree.ElementTree import Element, ParseError

from geotool.errors import ReadError
from geotool.sources import archives
from geotool.sources.sheets import binary_sheets
from geotool.sources.sheets.cells import column_of, exceeds, require_extent

_NOTHING: Mapping[tuple[int, int], str] = MappingProxyType({})
_BOOK = "xl/workbook.xml"
_LINKS = "xl/_rels/workbook.xml.rels"
_LINK_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_ID = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"
_WINDOW = 1 << 22
_OVERLAP = 1 << 8
_COLUMNS = re.compile(rb'\br="([A-Za-z]{1,9})\d')
_NUMBERS = re.compile(rb'\br="[A-Za-z]{1,9}(\d{1,12})"')
_VALUED = re.compile(
    rb'<(?:\w+:)?c\b[^>]*?\br="([A-Za-z]{1,9})(\d{1,12})"[^>]*(?<!/)>(?!</)(.*?)</(?:\w+:)?c>', re.S
)
_VALUE = re.compile(rb"<(?:\w+:)?(?:v|t)\b[^>]*>[^<]")
_ERROR = re.compile(
    rb'<(?:\w+:)?c\b(?=[^>]*\bt="e")[^>]*?\br="([A-Za-z]{1,9})(\d{1,12})"[^>]*(?<!/)>'
    rb"(?:(?!</(?:\w+:)?c>).)*?<(?:\w+:)?v>([^<]*)<",
    re.S,
)
_UNVALUED = re.compile(
    rb"(?:</(?:\w+:)?f>|<(?:\w+:)?f\b[^>]*/>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_CELL_TAG = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Za-z]{1,9}\d{1,12})"[^>]*>')
_TAG_BYTES = 1 << 16  # a formula is shorter than this


@dataclass(frozen=True)
class PartFacts:
    """Of one sheet: the text of its errors by (row from 1, column from 0), empty formulas."""

    errors: Mapping[tuple[int, int], str] = field(default_factory=lambda: _NOTHING)
    unvalued: tuple[str, ...] = ()


def inspect_parts(path: Path, name: str, members: list[str]) -> dict[str, PartFacts]:
    """Return the facts of every sheet of a packed workbook by its title.

    Raises
    ------
    ReadError
        When a sheet reaches further than ``layers/rules/tables.toml`` allows.
    """
    titles = _titles(path, members)
    facts = {}
    for member in members:
        if "sheets/" not in member.lower():
            continue
        title = titles.get(member.lower(), member)
        if member.lower().endswith(".bin"):
            data = archives.read_member(path, member, what=name)
            require_extent(name, title, *binary_sheets.extent_of_parts(data))
        elif member.lower().endswith(".xml"):
            data = archives.read_member(path, member, what=name)
            _require_extent(data, name, title)
            facts[title] = PartFacts(_errors(data), tuple(_unvalued(data)))
    return facts


def _titles(path: Path, members: list[str]) -> dict[str, str]:
    """Return the title of each sheet by the name of its part in small letters."""
    if _BOOK not in members or _LINKS not in members:
        return {}
    book, links = _parsed(path, _BOOK), _parsed(path, _LINKS)
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    titles = {}
    for sheet in book.iter():
        if sheet.tag.endswith("}sheet"):
            target = targets.get(sheet.get(_LINK_ID) or sheet.get(_STRICT_ID), "")
            part = posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")
            titles[part.lower()] = sheet.get("name", "")
    return titles


def _parsed(path: Path, member: str) -> Element:
    import defusedxml
    from defusedxml import ElementTree

    try:
        root: Element = ElementTree.fromstring(archives.read_member(path, member), forbid_dtd=True)
    except (ParseError, defusedxml.DefusedXmlException, ValueError, LookupError) as error:
        raise ReadError(
            f"{path}: the workbook is damaged and cannot be read ({type(error).__name__}).",
            remedy="Open it in Excel, save it again as .xlsx, and close it.",
        ) from error
    return root


def _require_extent(data: bytes, name: str, title: str) -> None:
    columns: set[bytes] = set()
    numbers: set[bytes] = set()
    for start in range(0, len(data), _WINDOW):
        window = data[start : start + _WINDOW + _OVERLAP]
        columns.update(_COLUMNS.findall(window))
        numbers.update(_NUMBERS.findall(window))
    width = max((column_of(letters.decode()) + 1 for letters in columns), default=0)
    height = max((int(number) for number in numbers), default=0)
    if exceeds(height, width):  # perhaps only by cells that are formatted and empty
        require_extent(name, title, *_valued_extent(data))


def _valued_extent(data: bytes) -> tuple[int, int]:
    height, width = 0, 0
    for letters, number, content in _VALUED.findall(data):
        if _VALUE.search(content):
            height = max(height, int(number))
            width = max(width, column_of(letters.decode()) + 1)
    return height, width


def _errors(data: bytes) -> dict[tuple[int, int], str]:
    if b't="e"' not in data:
        return {}
    return {
        (int(number), column_of(letters.decode())): text.decode("utf-8", "replace")
        for letters, number, text in _ERROR.findall(data)
        if text
    }


def _unvalued(data: bytes) -> Iterator[str]:
    """Return the cells whose formula has no value; an empty text is a value."""
    for found in _UNVALUED.finditer(data):
        before = data[max(found.start() - _TAG_BYTES, 0) : found.start()]
        tags = list(_CELL_TAG.finditer(before))
        if tags and b't="str"' not in tags[-1][0]:
            yield tags[-1][1].decode()
