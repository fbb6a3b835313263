"""The strip map as SVG, as PNG and in a workbook: places, figures, hostile text, valid parts."""

import dataclasses
import io
import re
import struct
import xml.etree.ElementTree as ET
import zipfile
import zlib

import numpy as np
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geotool.errors import OutputError
from geotool.labels import load_labels
from geotool.share import pictures, report
from geotool.share.diagram.drawing import Area, Box, Drawing, Lines
from geotool.share.diagram.layout import lay_out
from geotool.share.diagram.records import (
    Blocked,
    Blockers,
    Cause,
    CountBar,
    Crossing,
    Equation,
    LandBar,
    Section,
    Span,
    Stretch,
    StripMap,
    Tick,
    strip_data,
)
from geotool.share.diagram.sheet import PLOT_END, PLOT_START
from geotool.share.render.style import Symbol, load_styles
from geotool.share.report import Heading
from geotool.share.strip_map import strip_svg
from tests.share.render.hostile import ALL

SVG = "{http://www.w3.org/2000/svg}"
HEADING = Heading("T", (), on="2024-05-01")


def span(first, last):
    return Span(first, last, f"Km{first:.0f}", f"Km{last:.0f}")


def make_map(**changes):
    """Return 1 000 m of axis in ten bins with something on every track."""
    bins = tuple(span(start, start + 100.0) for start in range(0, 1000, 100))
    content = StripMap(
        alignment_id="A1",
        name="Axis",
        on="2024-05-01",
        span=span(0.0, 1000.0),
        bin_m=100.0,
        bins=bins,
        ticks=(*(Tick(float(m), f"Km0+{m:03d}") for m in range(0, 1000, 100)), Tick(1000.0, "Km1")),
        equations=(Equation(500.0, "Km0+500.00", "Km0+600.00"),),
        sections=(Section("S1", span(0.0, 500.0)), Section("S2", span(500.0, 1000.0))),
        land=(
            LandBar(0, "left", "recovered", 2000.0),
            LandBar(1, "left", "recovered", 1000.0),
            LandBar(1, "left", "donated", 500.0),
            LandBar(4, "right", "temporary", 4000.0),
        ),
        structures=(
            CountBar(2, "left", "dwelling", 3),
            CountBar(2, "on", "dwelling", 1),
            CountBar(3, "right", "other", 2),
        ),
        graves=(CountBar(9, "right", "right_of_way", 12), CountBar(9, "right", "margin", 1)),
        crossings=(
            Crossing(250.0, "Km0+250.00", "L1", "power_line", 0.4),
            Crossing(750.0, "Km0+750.00", None, "telecom", None),
        ),
        handover=(
            Stretch(span(0.0, 400.0), "left", "handed_over", "2024-03-01"),
            Stretch(span(400.0, 1000.0), "left", "not_handed_over", None),
            Stretch(span(0.0, 1000.0), "right", "not_handed_over", None),
        ),
        blockers=Blockers(
            (
                Blocked(span(400.0, 700.0), "left", "not_handed_over"),
                Blocked(span(700.0, 1000.0), "left", "blocked"),
                Blocked(span(0.0, 1000.0), "right", "not_handed_over"),
            ),
            (Cause("chờ tái định cư", None, 2, 1, 0), Cause(None, None, 0, 0, 1)),
        ),
    )
    return dataclasses.replace(content, **changes)


@pytest.fixture(scope="module")
def labels():
    return load_labels()


def drawn(content, labels, language="en"):
    return ET.fromstring(strip_svg(content, labels=labels, language=language))


def words(root):
    return [element.text for element in root.iter(f"{SVG}text")]


def boxes(content, labels, fill):
    """Return the boxes of one look in the layout."""
    styles = load_styles().style("strip_map").classes
    parts = lay_out(content, labels=labels, language="en").parts
    return [
        box
        for part in parts
        if isinstance(part, Area) and part.look == styles[fill] and not part.outlined
        for box in part.boxes
    ]


def test_a_measure_stands_where_its_share_of_the_axis_does(labels):
    first, second = boxes(make_map(), labels, "recovered")
    width = (PLOT_END - PLOT_START) / 10
    assert (first.x, first.width) == pytest.approx((PLOT_START, width))
    assert second.x == pytest.approx(PLOT_START + width)


def test_bars_are_as_high_as_the_mean_width_taken_on_both_sides(labels):
    content = make_map()
    full, half = boxes(content, labels, "recovered")
    (donated,) = boxes(content, labels, "donated")
    (right,) = boxes(content, labels, "temporary")
    assert full.height == pytest.approx(2 * half.height)
    assert donated.height == pytest.approx(full.height / 4)
    assert right.height == pytest.approx(2 * full.height)
    assert full.y + full.height == pytest.approx(half.y + half.height)
    assert donated.y + donated.height == pytest.approx(half.y)  # stacked, away from the axis


def test_left_of_the_axis_is_above_and_right_below(labels):
    content = make_map()
    (dwelling,) = boxes(content, labels, "structures_dwelling")
    (other,) = boxes(content, labels, "structures_other")
    (left,) = [box for box in boxes(content, labels, "recovered") if box.x == PLOT_START]
    (right,) = boxes(content, labels, "temporary")
    assert dwelling.y < left.y < right.y < other.y


def test_figures_stand_beside_their_tracks(labels):
    found = words(drawn(make_map(), labels))
    for text in (
        "Strip map: Axis (A1)",
        "0.35 ha",
        "0.40 ha",
        "Greatest width: 20.0 m",
        "Dwellings: 4",
        "Other structures: 2",
        "Graves inside: 12",
        "Graves in the margin: 1",
        "Handed over: 0.400 km",
        "Not handed over: 0.600 km",
        "Blocked: 0.300 km",
        "0.4 kV",
        "Telecom cable",
        "Km0+500.00 = Km0+600.00",
        "2024-03-01",
        "S1",
        "chờ tái định cư: 2 parcels, 1 households",
        "No cause on record: 1 stretches",
    ):
        assert text in found, text
    assert "0,4 kV" in words(drawn(make_map(), labels, "vi"))
    assert "01/03/2024" in words(drawn(make_map(), labels, "vi"))


def test_labels_of_the_axis_do_not_touch_and_both_ends_are_there(labels):
    ticks = tuple(Tick(float(m), f"Km{m / 1000:.0f}") for m in range(0, 300_000, 1000))
    content = make_map(
        span=span(0.0, 300_000.0), ticks=(*ticks, Tick(300_000.0, "Km300")), equations=()
    )
    found = [
        element
        for element in drawn(content, labels).iter(f"{SVG}text")
        if re.fullmatch(r"Km\d+", element.text)
    ]
    places = sorted(float(element.get("x")) for element in found)
    assert {"Km0", "Km300", "Km100", "Km200"} <= {element.text for element in found}
    assert min(np.diff(places)) > 30.0


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_text_is_large_enough_and_nothing_is_styled_inline(labels, language):
    root = drawn(make_map(), labels, language)
    sizes = [float(e.get("font-size")) for e in root.iter() if e.get("font-size")]
    assert min(sizes) >= 11.0
    names = {name for element in root.iter() for name in element.attrib}
    assert not names & {"style", "class", "href"}
    assert not [name for name in names if name.startswith("on")]
    assert {e.tag.removeprefix(SVG) for e in root.iter()} <= {
        "svg", "title", "desc", "defs", "pattern", "rect", "path", "text"
    }  # fmt: skip
    ids = {element.get("id") for element in root.iter() if element.get("id")}
    used = re.findall(r"url\(#([^)]+)\)", ET.tostring(root, encoding="unicode"))
    assert set(used) <= ids
    assert set(root.get("aria-labelledby").split()) <= ids


@pytest.mark.parametrize("text", ALL)
def test_hostile_text_stays_text(labels, text):
    content = make_map(
        alignment_id=text,
        name=text,
        sections=(Section(text, span(0.0, 1000.0)),),
        crossings=(Crossing(500.0, "Km0", text, text, None),),
        blockers=Blockers((), (Cause(text, None, 1, 0, 0), Cause(None, text, 1, 0, 0))),
    )
    svg = strip_svg(content, labels=labels, language="en")
    tags = {element.tag.removeprefix(SVG) for element in ET.fromstring(svg).iter()}
    assert not tags & {"script", "foreignObject", "image", "a", "style"}
    assert svg == strip_svg(content, labels=labels, language="en")


@given(st.text(max_size=40))
def test_any_name_gives_well_formed_xml(name):
    ET.fromstring(strip_svg(make_map(name=name), labels=load_labels(), language="vi"))


def test_tracks_without_data_are_left_out(labels):
    bare = make_map(
        land=None, structures=None, graves=None, crossings=None, handover=None, blockers=None
    )
    found = words(drawn(bare, labels))
    assert "Km1" in found
    for text in (
        "Affected land",
        "Graves",
        "Structures taken",
        "Utility crossings",
        "Not handed over",
    ):
        assert text not in found
    empty = make_map(land=(), structures=(), graves=(), crossings=(), handover=(), blockers=None)
    assert "Affected land" in words(drawn(empty, labels))


def test_many_causes_are_cut_and_said_to_be(labels):
    causes = tuple(Cause(f"cause {number}", None, 1, 0, 0) for number in range(20))
    found = words(drawn(make_map(blockers=Blockers((), causes)), labels))
    assert "cause 7: 1 parcels" in found
    assert "cause 8: 1 parcels" not in found
    assert "and 12 other causes" in found


def test_every_look_has_words_in_both_languages(labels):
    for code in load_styles().style("strip_map").classes:
        assert code.startswith("section_") or labels.has(f"strip.{code}"), code


def pixels(data):
    """Decode the PNG of ``png_bytes``: 8-bit RGB, every row without filter."""
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    at, body, size = 8, b"", None
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        chunk = data[at + 8 : at + 8 + length]
        (check,) = struct.unpack(">I", data[at + 8 + length : at + 12 + length])
        assert check == zlib.crc32(kind + chunk)
        size = struct.unpack(">II", chunk[:8]) if kind == b"IHDR" else size
        body += chunk if kind == b"IDAT" else b""
        at += 12 + length
    rows = np.frombuffer(zlib.decompress(body), dtype=np.uint8).reshape(size[1], -1)
    assert not rows[:, 0].any()
    return rows[:, 1:].reshape(size[1], size[0], 3)


def test_the_picture_carries_boxes_and_lines():
    look = Symbol(fill="#ff0000", stroke="#000000")
    hatched = Symbol(fill="#00ff00", stroke="#0000ff", hatch="diagonal")
    drawing = Drawing(
        "d", 40, 20, "", "",
        (
            Area((Box(2, 3, 5, 4),), look),
            Area((Box(20, 0, 12, 12), Box(38, 18, 50, 50)), hatched),
            Lines(((0.0, 15.5, 10.0, 15.5),), "#123456"),
            Lines(((15.5, 0.0, 15.5, 20.0),), "#123456", 1.0, (3.0, 3.0)),
        ),
    )  # fmt: skip
    found = pixels(pictures.png_bytes(drawing))
    assert found.shape == (20, 40, 3)
    assert (found[3:7, 2:7] == (255, 0, 0)).all()
    assert not (found[2, 2:7] == (255, 0, 0)).all()
    patch = found[0:12, 20:32].reshape(-1, 3)
    blue = (patch == (0, 0, 255)).all(axis=1).sum()
    assert blue == 144 / 6
    assert (patch == (0, 255, 0)).all(axis=1).sum() == 144 - blue
    assert (found[15, :10] == (0x12, 0x34, 0x56)).all()
    assert (found[:, 15] == (0x12, 0x34, 0x56)).all(axis=1).sum() in range(9, 13)


def workbook(labels, *contents):
    return report.workbook_bytes(HEADING, (), labels=labels, language="en", strip_maps=contents)


def test_the_workbook_holds_each_map_as_svg_with_a_png_beside(labels):
    contents = (make_map(), make_map(alignment_id="A2", name="Đường <nhánh> & cầu"))
    data = workbook(labels, *contents)
    assert data == workbook(labels, *contents)
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        assert book.testzip() is None
        assert len(set(book.namelist())) == len(book.namelist())
        assert {entry.date_time for entry in book.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        for number, content in enumerate(contents, start=1):
            svg = book.read(f"xl/media/strip{number}.svg").decode("utf-8")
            assert svg == strip_svg(content, labels=labels, language="en")
        drawing = ET.fromstring(book.read("xl/drawings/drawing1.xml"))
        relations = ET.fromstring(book.read("xl/drawings/_rels/drawing1.xml.rels"))
        types = ET.fromstring(book.read("[Content_Types].xml"))
    targets = {one.get("Id"): one.get("Target") for one in relations}
    link = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}embed"
    main = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
    svg = "{http://schemas.microsoft.com/office/drawing/2016/SVG/main}svgBlip"
    blips = list(drawing.iter(f"{main}blip"))
    assert [targets[blip.get(link)].endswith(".png") for blip in blips] == [True, True]
    assert [targets[blip.find(f".//{svg}").get(link)] for blip in blips] == [
        "../media/strip1.svg",
        "../media/strip2.svg",
    ]
    extensions = {one.get("uri") for one in drawing.iter(f"{main}ext") if one.get("uri")}
    assert extensions == {"{96DAC541-7B7A-43D3-8B79-37D633B846F1}"}
    assert [one.get("ContentType") for one in types if one.get("Extension") == "svg"] == [
        "image/svg+xml"
    ]
    names = openpyxl.load_workbook(io.BytesIO(data)).sheetnames
    assert names == report.sheet_names((), labels=labels, language="en", with_strip_maps=True)
    assert names[-1] == "Strip map"


def test_a_control_character_in_a_name_does_not_damage_the_workbook(labels):
    content = make_map(name="Tuyến \x07\x0b\ufffe <b>")
    data = report.workbook_bytes(
        report.Heading(title="Dự án \x07", facts=()),
        (),
        labels=labels,
        language="vi",
        strip_maps=[content],
    )
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        for name in parts.namelist():
            if not name.endswith(".png"):
                ET.fromstring(parts.read(name))
    openpyxl.load_workbook(io.BytesIO(data))


def test_a_workbook_without_strip_maps_has_no_sheet_for_them(labels):
    names = openpyxl.load_workbook(io.BytesIO(workbook(labels))).sheetnames
    assert names == report.sheet_names((), labels=labels, language="en", with_strip_maps=False)


def test_a_workbook_with_fewer_pictures_than_svgs_is_refused(labels):
    with pytest.raises(OutputError, match="0 pictures, not 1"):
        pictures.add_svgs(_without_blips(workbook(labels, make_map())), ["<svg/>"])


def _without_blips(data):
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w") as new:
        for entry in old.infolist():
            new.writestr(entry, old.read(entry).replace(b"a:blip ", b"a:gone "))
    return stream.getvalue()


def test_markdown_holds_an_image_and_json_the_data(labels):
    content = make_map()
    text = report.markdown_text(HEADING, (), labels=labels, language="en", strip_maps=(content,))
    assert "## Strip map" in text
    assert "![Strip map](data:image/svg+xml,%3Csvg" in text
    data = report.json_data(HEADING, (), (content,))
    assert data["strip_maps"] == [strip_data(content)]
    assert report.json_data(HEADING, (), ())["strip_maps"] == []
