"""Pictures: a drawing as PNG without its words, and SVG beside PNG in a workbook.

Excel 2016 and later show the SVG; programs that do not know it show the PNG, which carries the
boxes and lines only. The parts follow what Excel itself writes: the SVG is a media part, and the
``a:blip`` of the PNG names it in the extension {96DAC541-7B7A-43D3-8B79-37D633B846F1}.
"""

import io
import math
import re
import struct
import zipfile
import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from geotool.errors import OutputError
from geotool.share.diagram.drawing import HATCH_PX, PAPER, Area, Box, Drawing, Lines

Pixels = NDArray[np.uint8]

_BLIP = re.compile(r'(<a:blip [^>]*r:embed="rId\d+")\s*/>')
_EXTENSION = (
    '{blip}><a:extLst><a:ext uri="{{96DAC541-7B7A-43D3-8B79-37D633B846F1}}">'
    '<asvg:svgBlip xmlns:asvg="http://schemas.microsoft.com/office/drawing/2016/SVG/main" '
    'r:embed="{relation}"/></a:ext></a:extLst></a:blip>'
)
_RELATION = (
    '<Relationship Id="{relation}" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
    'relationships/image" Target="../media/{name}"/>'
)
_TYPE = '<Default Extension="svg" ContentType="image/svg+xml"/>'
_DRAWING = "xl/drawings/drawing1.xml"
_RELATIONS = "xl/drawings/_rels/drawing1.xml.rels"
_TYPES = "[Content_Types].xml"


def png_bytes(drawing: Drawing) -> bytes:
    """Return the boxes and lines of a drawing as a PNG of its size, one pixel a pixel."""
    height, width = math.ceil(drawing.height), math.ceil(drawing.width)
    pixels = np.empty((height, width, 3), dtype=np.uint8)
    pixels[:] = _rgb(PAPER)
    for part in drawing.parts:
        if isinstance(part, Area):
            _paint_area(pixels, part)
        elif isinstance(part, Lines):
            _paint_lines(pixels, part)
    rows = np.insert(pixels.reshape(height, width * 3), 0, 0, axis=1)  # each led by filter 0
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunk(kind, data)
        for kind, data in (
            (b"IHDR", head),
            (b"IDAT", zlib.compress(rows.tobytes(), 9)),
            (b"IEND", b""),
        )
    )


def add_svgs(workbook: bytes, svgs: Sequence[str]) -> bytes:
    """Return a workbook whose pictures, in the order they were inserted, have an SVG beside.

    Parameters
    ----------
    workbook
        XLSX of XlsxWriter with all its pictures on one sheet.
    svgs
        One SVG a picture.

    Raises
    ------
    OutputError
        When the workbook does not hold that many pictures.
    """
    if not svgs:
        return workbook
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as old, zipfile.ZipFile(stream, "w") as new:
        for entry in old.infolist():
            data = old.read(entry)
            if entry.filename in (_DRAWING, _RELATIONS, _TYPES):
                data = _amend(entry.filename, data.decode("utf-8"), len(svgs)).encode("utf-8")
            new.writestr(entry, data)
        for number, svg in enumerate(svgs, start=1):
            entry = zipfile.ZipInfo(f"xl/media/{_name(number)}")
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, svg.encode("utf-8"))
    return stream.getvalue()


def _amend(part: str, text: str, count: int) -> str:
    """Return a part of the workbook with the SVGs named in it."""
    if part == _TYPES:
        return text.replace("<Override ", f"{_TYPE}<Override ", 1)
    numbers = range(1, count + 1)
    if part == _RELATIONS:
        new = "".join(_RELATION.format(relation=_relation(n), name=_name(n)) for n in numbers)
        return text.replace("</Relationships>", f"{new}</Relationships>")
    left = iter(numbers)
    text, found = _BLIP.subn(
        lambda blip: _EXTENSION.format(blip=blip[1], relation=_relation(next(left))), text, count
    )
    if found != count:
        raise OutputError(
            f"The workbook holds {found} pictures, not {count}.",
            remedy="Install a version of XlsxWriter that geotool supports.",
        )
    return text


def _name(number: int) -> str:
    return f"strip{number}.svg"


def _relation(number: int) -> str:
    return f"rIdSvg{number}"


def _chunk(kind: bytes, data: bytes) -> bytes:
    check = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)


def _rgb(colour: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue


def _paint_area(pixels: Pixels, part: Area) -> None:
    for box in part.boxes:
        rows, columns = _window(box)
        patch = pixels[rows, columns]
        if part.look.fill:
            patch[:] = _rgb(part.look.fill)
        y, x = np.ogrid[rows, columns]
        patch[_inked(part.look.hatch, x[:, : patch.shape[1]], y[: patch.shape[0]])] = _rgb(
            part.look.stroke
        )


def _window(box: Box) -> tuple[slice, slice]:
    """Return the rows and columns of a box, at least one pixel each way."""
    left, top = max(round(box.x), 0), max(round(box.y), 0)
    right = max(round(box.x + box.width), left + 1)
    bottom = max(round(box.y + box.height), top + 1)
    return slice(top, bottom), slice(left, right)


def _inked(hatch: str, x: NDArray[np.int64], y: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which pixels of a hatching carry ink; columns x (1, n) and rows y (m, 1)."""
    inked: dict[str, NDArray[np.bool_]] = {
        "diagonal": (x + y) % HATCH_PX == 0,
        "back": (x - y) % HATCH_PX == 0,
        "cross": ((x + y) % HATCH_PX == 0) | ((x - y) % HATCH_PX == 0),
        "horizontal": (y % HATCH_PX == 0) | (x < 0),
        "vertical": (x % HATCH_PX == 0) | (y < 0),
        "dots": (x % HATCH_PX == 0) & (y % HATCH_PX == 0),
    }
    return inked.get(hatch, (x < 0) & (y < 0))


def _paint_lines(pixels: Pixels, part: Lines) -> None:
    """Paint upright and level lines, all that a strip map has."""
    half = part.width / 2
    for x1, y1, x2, y2 in part.lines:
        box = Box(min(x1, x2) - half, min(y1, y2) - half, abs(x2 - x1), abs(y2 - y1))
        wide = Box(box.x, box.y, max(box.width, part.width), max(box.height, part.width))
        rows, columns = _window(wide)
        patch = pixels[rows, columns]
        drawn, period = (part.dash[0], sum(part.dash)) if part.dash else (1.0, 1.0)
        along = np.arange(max(patch.shape[:2])) % period < drawn
        shape = (-1, 1) if patch.shape[0] >= patch.shape[1] else (1, -1)
        patch[np.broadcast_to(along.reshape(shape), patch.shape[:2])] = _rgb(part.colour)
