"""Pictures: every pixel of small drawings, and the parts of a workbook with SVG beside PNG."""

import io
import struct
import xml.etree.ElementTree as ET
import zipfile
import zlib

import numpy as np
import openpyxl
import pytest
import xlsxwriter

from geotool.errors import OutputError
from geotool.share.diagram.drawing import PAPER, Area, Box, Drawing, Lines, Word
from geotool.share.pictures import add_svgs, png_bytes
from geotool.share.render.style import Symbol

RED = Symbol(fill="#ff0000", stroke="#000000")
NAMED = {"#ff0000": "r", "#000000": "k", "#0000ff": "b", PAPER: "."}


def drawing_of(*parts, width=8, height=4):
    return Drawing("d", width, height, "Title", "Text", parts)


def decoded(png):
    """Return the pixels of a PNG of 8 bits RGB without filters as (height, width, 3)."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    chunks, at = {}, 8
    while at < len(png):
        (size,) = struct.unpack_from(">I", png, at)
        body = png[at + 4 : at + 8 + size]
        assert struct.unpack_from(">I", png, at + 8 + size) == (zlib.crc32(body),)
        chunks[body[:4]] = body[4:]
        at += size + 12
    assert list(chunks) == [b"IHDR", b"IDAT", b"IEND"]
    width, height, *kind = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert kind == [8, 2, 0, 0, 0]
    rows = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(height, -1)
    assert not rows[:, 0].any()
    return rows[:, 1:].reshape(height, width, 3)


def letters(drawing):
    """Return a picture as rows of one letter a pixel."""
    return [
        "".join(NAMED["#" + bytes(pixel).hex()] for pixel in row)
        for row in decoded(png_bytes(drawing))
    ]


def test_boxes_and_lines_pixel_by_pixel():
    drawing = drawing_of(
        Area((Box(1, 1, 3, 2), Box(6, 3, 9, 9)), RED),
        Lines(((0, 0.5, 8, 0.5), (5.5, 0, 5.5, 4)), "#0000ff"),
        Word(0, 3, "no words"),
    )
    assert letters(drawing) == ["bbbbbbbb", ".rrr.b..", ".rrr.b..", ".....brr"]


def test_a_dashed_line_has_its_gaps():
    line = Lines(((0, 0.5, 8, 0.5),), "#000000", 1.0, (3.0, 2.0))
    assert letters(drawing_of(line, height=1)) == ["kkk..kkk"]


def test_a_box_thinner_than_a_pixel_is_one_pixel():
    assert letters(drawing_of(Area((Box(2.1, 1, 0.2, 1),), RED), height=2)) == ["." * 8, "..r....."]


def test_the_size_is_rounded_up_and_no_part_is_paper():
    assert letters(drawing_of(width=2.2, height=1.5)) == ["...", "..."]


@pytest.mark.parametrize(
    ("hatch", "ink"),
    [
        ("none", 0),
        ("diagonal", 24),
        ("back", 24),
        ("cross", 40),
        ("horizontal", 24),
        ("vertical", 24),
        ("dots", 4),
    ],
)
def test_ink_of_each_hatching(hatch, ink):
    """On 12 x 12 pixels, one in six; diagonals meet where x and y are both 0 or 3 in six: 8."""
    look = Symbol(fill="", stroke="#000000", hatch=hatch)
    picture = letters(drawing_of(Area((Box(0, 0, 12, 12),), look), width=12, height=12))
    assert "".join(picture).count("k") == ink


def workbook(count):
    """Return a workbook of XlsxWriter with as many pictures on its second sheet."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        book.add_worksheet("First").write(0, 0, "x")
        sheet = book.add_worksheet("Second")
        for number in range(count):
            image = png_bytes(drawing_of(width=8 + number))
            sheet.insert_image(30 * number, 0, f"{number}.png", {"image_data": io.BytesIO(image)})
    return stream.getvalue()


def test_each_picture_gets_its_svg():
    svgs = ["<svg>1</svg>", "<svg>Đường</svg>"]
    data = add_svgs(workbook(2), svgs)
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        assert book.testzip() is None
        stored = [book.read(f"xl/media/strip{number}.svg").decode("utf-8") for number in (1, 2)]
        parts = {
            name: book.read(name) for name in book.namelist() if name.endswith(("xml", "rels"))
        }
    assert stored == svgs
    for text in parts.values():
        ET.fromstring(text)
    assert parts["xl/drawings/drawing1.xml"].count(b"<asvg:svgBlip ") == 2
    assert b'Extension="svg" ContentType="image/svg+xml"' in parts["[Content_Types].xml"]
    assert openpyxl.load_workbook(io.BytesIO(data)).sheetnames == ["First", "Second"]


def test_without_svgs_a_workbook_stays_as_it_is():
    data = workbook(1)
    assert add_svgs(data, []) is data


def test_svgs_without_a_picture_are_refused():
    with pytest.raises(OutputError, match="1 pictures, not 2"):
        add_svgs(workbook(1), ["<svg/>", "<svg/>"])
