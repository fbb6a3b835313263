"""The strip map of an alignment as SVG: text stays text, no styles, no scripts, no requests."""

import xml.etree.ElementTree as ET
import zlib
from collections.abc import Sequence

from geotool.labels import Labels
from geotool.share.diagram.drawing import (
    HATCH_PX,
    PAPER,
    Area,
    Box,
    Drawing,
    Lines,
    Part,
    Word,
    xml_text,
)
from geotool.share.diagram.layout import lay_out
from geotool.share.diagram.records import StripMap
from geotool.share.diagram.sheet import SMALL
from geotool.share.render.style import Symbol

__all__ = ["StripMap", "draw_svg", "strip_svg"]

_FONT = "Segoe UI, Roboto, Noto Sans, Arial, sans-serif"
_SAME_PX = 0.01
_PLAIN = Word(0.0, 0.0, "")
_HATCHES = {
    "diagonal": "M-1 7l8-8M-1 1l2-2M5 7l2-2",
    "back": "M-1-1l8 8M5-1l2 2M-1 5l2 2",
    "cross": "M0 0l6 6M0 6l6-6",
    "horizontal": "M0 3h6",
    "vertical": "M3 0v6",
    "dots": "M2 3h2",
}


def strip_svg(content: StripMap, *, labels: Labels, language: str) -> str:
    """Return a strip map as one SVG element, the same text for the same content.

    Colours and hatching are presentation attributes, since a page's policy forbids inline
    styles; ``title`` and ``desc`` are for readers of screens. Characters that XML does not know
    are replaced.

    Raises
    ------
    DataError
        When a word is missing in the language.
    """
    return draw_svg(lay_out(content, labels=labels, language=language))


def draw_svg(drawing: Drawing) -> str:
    """Return a drawing as one SVG element."""
    size = {"width": _number(drawing.width), "height": _number(drawing.height)}
    key = f"s{zlib.crc32(drawing.identifier.encode('utf-8')):08x}"
    root = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            **size,
            "viewBox": f"0 0 {size['width']} {size['height']}",
            "role": "img",
            "aria-labelledby": f"{key}-t {key}-d",
            "font-family": _FONT,
            "font-size": _number(SMALL),
            "fill": _PLAIN.colour,
        },
    )
    _text(root, "title", drawing.title, {"id": f"{key}-t"})
    _text(root, "desc", drawing.description, {"id": f"{key}-d"})
    _add_patterns(root, drawing, key)
    ET.SubElement(root, "rect", {**size, "fill": PAPER})
    for part in drawing.parts:
        _add(root, part, key)
    return ET.tostring(root, encoding="unicode")


def _add_patterns(root: ET.Element, drawing: Drawing, key: str) -> None:
    """Define each hatching once."""
    looks = {_pattern_id(key, p.look): p.look for p in drawing.parts if isinstance(p, Area)}
    defs = ET.SubElement(root, "defs")
    for identifier, look in looks.items():
        if look.hatch == "none":
            continue
        tile = {"width": str(HATCH_PX), "height": str(HATCH_PX)}
        pattern = ET.SubElement(
            defs, "pattern", {"id": identifier, **tile, "patternUnits": "userSpaceOnUse"}
        )
        ET.SubElement(pattern, "rect", {**tile, "fill": look.fill or "none"})
        path = _HATCHES[look.hatch]
        ET.SubElement(pattern, "path", {"d": path, "stroke": look.stroke, "stroke-width": "1.2"})


def _pattern_id(key: str, look: Symbol) -> str:
    return f"{key}-{look.hatch}-{look.fill[1:]}-{look.stroke[1:]}"


def _add(root: ET.Element, part: Part, key: str) -> None:
    if isinstance(part, Word):
        _add_word(root, part)
    elif isinstance(part, Lines):
        _add_lines(root, part)
    elif part.boxes:
        look = part.look
        hatched = look.hatch != "none"
        fill = f"url(#{_pattern_id(key, look)})" if hatched else look.fill or "none"
        outline = {"stroke": look.stroke} if part.outlined else {}
        path = "".join(_run_path(run) for run in _runs(part.boxes))
        ET.SubElement(root, "path", {"d": path, "fill": fill, **outline})


def _add_lines(root: ET.Element, part: Lines) -> None:
    if not part.lines:
        return
    path = "".join(
        f"M{_number(x1)} {_number(y1)}l{_number(x2 - x1)} {_number(y2 - y1)}"
        for x1, y1, x2, y2 in part.lines
    )
    dash = {"stroke-dasharray": " ".join(map(_number, part.dash))} if part.dash else {}
    look = {"stroke": part.colour, "stroke-width": _number(part.width)}
    ET.SubElement(root, "path", {"d": path, **look, **dash})


def _add_word(root: ET.Element, word: Word) -> None:
    look = {}
    if word.size != SMALL:
        look["font-size"] = _number(word.size)
    if word.colour != _PLAIN.colour:
        look["fill"] = word.colour
    if word.anchor != "start":
        look["text-anchor"] = word.anchor
    if word.bold:
        look["font-weight"] = "700"
    _text(root, "text", word.text, {"x": _number(word.x), "y": _number(word.y), **look})


def _text(root: ET.Element, tag: str, text: str, attributes: dict[str, str]) -> None:
    ET.SubElement(root, tag, attributes).text = xml_text(text)


def _runs(boxes: Sequence[Box]) -> list[list[Box]]:
    """Return the boxes in runs that follow one another on one base: one outline each."""
    runs: list[list[Box]] = []
    for box in boxes:
        last = runs[-1] if runs else []
        if last and _close(last[-1].x + last[-1].width, box.x) and _base([*last, box]) is not None:
            last.append(box)
        else:
            runs.append([box])
    return runs


def _base(run: Sequence[Box]) -> float | None:
    """Return the edge that all boxes of a run share, the lower or the upper one."""
    first = run[0]
    if all(_close(box.y + box.height, first.y + first.height) for box in run):
        return first.y + first.height
    return first.y if all(_close(box.y, first.y) for box in run) else None


def _run_path(run: Sequence[Box]) -> str:
    base = _base(run)
    assert base is not None
    steps = "".join(
        f"V{_number(box.y if base != box.y else box.y + box.height)}H{_number(box.x + box.width)}"
        for box in run
    )
    return f"M{_number(run[0].x)} {_number(base)}{steps}V{_number(base)}z"


def _close(one: float, other: float) -> bool:
    return abs(one - other) < _SAME_PX


def _number(value: float) -> str:
    """Return a number of pixels to a tenth."""
    return f"{round(value, 1) + 0.0:.1f}".removesuffix(".0")
