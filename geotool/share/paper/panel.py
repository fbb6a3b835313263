"""The words beside a map: title block, scale bar, north arrow, legend, statement."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely

from geotool import units
from geotool.share.paper.inking import Shown
from geotool.share.paper.marks import swatch
from geotool.share.paper.pen import Look, Pen, box_path, line_path
from geotool.share.paper.plates import Plate, Rows
from geotool.share.paper.scene import Scene, Words
from geotool.share.paper.sheets import Box, Layout, Sheet, round_length
from geotool.share.paper.typeface import POINT_MM
from geotool.share.render.style import Symbol
from geotool.share.tables import Kind, cell_text, value_key

_LINE = 1.32
_FACTORS = (1.0, 0.92, 0.84, 0.76, 0.68)
_PAD_MM = 2.0
_DEPTHS = tuple(step / 20 for step in range(6, 21))
_FACT_LINES = (None, 6, 3)
_SWATCH_MM = 7.0
_NORTH_PT = 10.0
SCALE_MM = 15.0
"""Height of scale bar and north arrow."""

_ALERT = "#7a0019"
_QUIET = "#555048"

Draw = Callable[[Pen, float, float], None]


@dataclass(frozen=True)
class Imprint:
    """What a sheet says of itself, in one language.

    Parameters
    ----------
    title, project
        Title of the map and of the project.
    notices
        Warnings every reader must see.
    facts
        Label and text: source, date, CRS and so on.
    watermark
        Who received an internal output, and its date; None for the other profiles.
    listed
        Label and text of each sheet, on an index.
    """

    title: str
    project: str
    notices: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    watermark: str | None = None
    listed: tuple[tuple[str, str], ...] = ()

    @property
    def statement(self) -> str:
        """The facts as one text, whole: what a document says of itself."""
        return "; ".join(f"{label}: {text}" for label, text in self.facts)


@dataclass(frozen=True)
class _Row:
    """One line of the panel; ``holds`` when the next one stays in the same column."""

    height_mm: float
    draw: Draw
    holds: bool = False


Parts = tuple[list[_Row], list[_Row], list[_Row], list[_Row]]
"""Title block and notices, legend, list of sheets, facts."""


@dataclass(frozen=True)
class _Style:
    size_pt: float
    width_mm: float
    pen: Pen
    words: Words


def draw_panel(
    pen: Pen,
    layout: Layout,
    words: Words,
    head: Sequence[tuple[str, float, bool]],
    blocks: tuple[Imprint, Sheet, Shown],
) -> None:
    """Fill the columns of a layout, in smaller letters where they do not suffice.

    Long facts are cut with ``…`` before a class is left out of the legend.

    Parameters
    ----------
    head
        Lines of the title block: text, size relative to plain text, bold.
    blocks
        The statement, the view (for scale bar and arrow), and each plate in view with its rows.
    """
    for column in layout.columns:
        pen.stroke(box_path(column), "#000000", 0.2)
    for most_lines, factor in itertools.product(_FACT_LINES, _FACTORS):
        size = layout.panel_pt * factor
        style = _Style(size, layout.columns[0][2] - 2 * _PAD_MM, pen, words)
        parts = _rows(style, head, blocks, most_lines)
        placed = _flow([row for part in parts for row in part], layout.columns)
        if placed is not None:
            break
    else:
        placed = _flow_cut(style, parts, layout.columns)
    for row, left, top in placed:
        row.draw(pen, left, top)


Placed = list[tuple[_Row, float, float]]


def _rows(
    style: _Style,
    head: Sequence[tuple[str, float, bool]],
    blocks: tuple[Imprint, Sheet, Shown],
    most_lines: int | None,
) -> Parts:
    imprint, sheet, shown = blocks
    block = [row for text, factor, bold in head for row in _text(style, text, factor, bold=bold)]
    before = [*_holding(block), _scale_row(style, sheet)]
    for notice in imprint.notices:
        before += _text(style, notice, 0.95, bold=True, colour=_ALERT)
    if imprint.watermark:
        before += _text(style, imprint.watermark, 0.95, bold=True, colour=_ALERT)
    listed, facts = (
        _fact_rows(style, pairs, most_lines) for pairs in (imprint.listed, imprint.facts)
    )
    entries = _legend(style, shown, below_mm=_gap(style).height_mm if listed else 0.0)
    return before, entries, listed, [_gap(style), *facts]


def _legend(style: _Style, shown: Shown, below_mm: float) -> list[_Row]:
    """Return the legend under its heading, with some room below; nothing where it is empty."""
    rows = [row for plate, seen in reversed(shown) for row in _legend_rows(style, plate, seen)]
    if not rows:
        return []
    rows[-1] = replace(rows[-1], height_mm=rows[-1].height_mm + below_mm)
    return _heading(style, style.words.text("map.legend"), 1.1) + rows


def _fact_rows(
    style: _Style, pairs: Sequence[tuple[str, str]], most_lines: int | None
) -> list[_Row]:
    look = Look(colour=_QUIET)
    said = [f"{label}: {text}" for label, text in pairs]
    return [row for text in said for row in _paragraph(style, text, 0.86, look, most_lines)]


def _heading(style: _Style, text: str, factor: float) -> list[_Row]:
    """Return a heading, which stays in the column of what it heads."""
    return _holding(_text(style, text, factor, bold=True))


def _holding(rows: Sequence[_Row]) -> list[_Row]:
    return [replace(row, holds=True) for row in rows]


def _text(
    style: _Style, text: str, factor: float, *, bold: bool = False, colour: str = "#1a1a1a"
) -> list[_Row]:
    return _paragraph(style, text, factor, Look(bold=bold, colour=colour))


def _paragraph(
    style: _Style, text: str, factor: float, look: Look, most_lines: int | None = None
) -> list[_Row]:
    """Return the lines of a text, which stay in one column where it has room for them."""
    face, size = style.pen.typeface, style.size_pt * factor
    lines = face.wrap(text, size, style.width_mm, bold=look.bold)
    if most_lines is not None and len(lines) > most_lines:
        rest = " ".join(lines[most_lines - 1 :])
        lines[most_lines - 1 :] = [face.cut(rest, size, style.width_mm, bold=look.bold)]
    height = size * POINT_MM * _LINE
    rows = [_Row(height, _writer(line, size, look)) for line in lines]
    return [*_holding(rows[:-1]), rows[-1]]


def _writer(line: str, size_pt: float, look: Look, indent_mm: float = 0.0) -> Draw:
    def draw(pen: Pen, left: float, top: float) -> None:
        pen.text((left + indent_mm, top - size_pt * POINT_MM), line, size_pt, look)

    return draw


def _gap(style: _Style) -> _Row:
    return _Row(style.size_pt * POINT_MM * 0.5, lambda _pen, _left, _top: None)


def _scale_row(style: _Style, sheet: Sheet) -> _Row:

    def draw(pen: Pen, left: float, top: float) -> None:
        scene = Scene(pen, sheet, style.words, style.size_pt)
        draw_scale(scene, left, top, style.width_mm)

    return _Row(SCALE_MM, draw)


def draw_scale(scene: Scene, left: float, top: float, width_mm: float) -> None:
    """Draw the scale bar, its length exact, with the north arrow beside it, ``SCALE_MM`` high."""
    pen, sheet, size = scene.pen, scene.sheet, scene.size_pt * 0.86
    rise = size * POINT_MM
    metres = 4 * round_length((width_mm - 18.0) / sheet.mm_per_unit / 4)
    quarter = metres * sheet.mm_per_unit / 4
    base = top - rise * 1.4 - 3.2
    start = left + 2.0
    for index in range(4):
        box = (start + index * quarter, base, quarter, 1.6)
        pen.fill(box_path(box), "#1a1a1a" if index % 2 == 0 else "#ffffff")
    pen.stroke(box_path((start, base, 4 * quarter, 1.6)), "#1a1a1a", 0.18)
    for share in (0.0, 0.5, 1.0):
        text = _distance(metres * share, scene.words, last=share == 1.0)
        look = Look(anchor="left" if share == 0.0 else "centre")
        pen.text((start + share * 4 * quarter, base + 2.3), text, size, look)
    _draw_arrow(scene, (left + width_mm - 5.0, top - 7.0))


def _distance(metres: float, words: Words, *, last: bool) -> str:
    in_km = metres >= 1000
    number = metres / 1000 if in_km else metres
    decimals = 0 if float(number).is_integer() else 1
    text = units.format_number(number, language=words.language, decimals=decimals)
    return f"{text} {'km' if in_km else 'm'}" if last or metres else text


def _draw_arrow(scene: Scene, middle: tuple[float, float]) -> None:
    """Draw an arrow to grid north."""
    pen, sheet, size = scene.pen, scene.sheet, min(scene.size_pt, _NORTH_PT)
    spots = sheet.to_paper(np.array([sheet.centre, (sheet.centre[0], sheet.centre[1] + 1.0)]))
    north = (spots[1] - spots[0]) / float(np.hypot(*(spots[1] - spots[0])))
    side = np.array([north[1], -north[0]])
    at = np.array(middle)
    tip, tail, notch = at + north * 3.6, at - north * 3.6, at - north * 2.0
    for hand, colour in ((1.0, "#1a1a1a"), (-1.0, "#ffffff")):
        corner = tail + side * (2.1 * hand)
        points = [(float(x), float(y)) for x, y in (tip, corner, notch)]
        path = line_path(points, close=True)
        pen.fill(path, colour)
        pen.stroke(path, "#1a1a1a", 0.15)
    x, y = at + north * 5.2
    text = scene.words.text("paper.north")
    spot = (float(x), float(y) - size * POINT_MM * 0.35)
    pen.text(spot, text, size, Look(bold=True, anchor="centre"))


def _legend_rows(style: _Style, plate: Plate, rows: Rows) -> list[_Row]:
    """Return the classes of a plate in view with how many features each has."""
    codes = plate.codes[rows]
    title = plate.layer.title[style.words.language]
    if plate.indicator is not None:
        title = f"{title}: {plate.indicator.label[style.words.language]}"
    kinds = frozenset(int(kind) for kind in shapely.get_dimensions(plate.shapes[rows]))
    if plate.class_column is None and plate.indicator is None:
        return _entry(style, (plate.symbols[""], kinds), title, len(rows))
    found = _heading(style, title, 0.96)
    for code, symbol in plate.symbols.items():
        count = int((codes == code).sum())
        if count:
            dims = shapely.get_dimensions(plate.shapes[rows][codes == code])
            own = frozenset(int(kind) for kind in dims)
            found += _entry(style, (symbol, own), class_text(plate, code, style.words), count)
    return found


def class_text(plate: Plate, code: str, words: Words) -> str:
    """Return the words of a class; a code without words stands for itself."""
    if not code:
        return words.text("map.no_data")
    if plate.indicator is not None:
        return _range_text(plate.ranges[code], plate.indicator.kind, words)
    key = value_key(plate.class_column or "", code, words.labels)
    return code if key is None else words.text(key)


def _range_text(span: tuple[float, float], kind: Kind, words: Words) -> str:
    ends = dict.fromkeys(
        cell_text(end, kind, labels=words.labels, language=words.language) for end in span
    )
    return " – ".join(ends)


def _entry(style: _Style, look: tuple[Symbol, frozenset[int]], text: str, count: int) -> list[_Row]:
    """Return one row of the legend: swatch, words, count; long words go on below."""
    number = units.format_number(count, language=style.words.language)
    wide = max(_SWATCH_MM, style.size_pt * 0.9)
    indent = wide + 2.0
    size = style.size_pt * 0.94
    width = style.width_mm - indent
    lines = style.pen.typeface.wrap(f"{text} ({number})", size, width)
    height = max(size * POINT_MM * _LINE, 3.6 * style.size_pt / 7.0)

    def first(pen: Pen, left: float, top: float) -> None:
        box = (left, top - height * 0.92, wide, height * 0.8)
        swatch(pen, box, look[0], look[1])
        _writer(lines[0], size, Look(), indent)(pen, left, top - height * 0.1)

    others = [
        _Row(size * POINT_MM * _LINE, _writer(line, size, Look(), indent)) for line in lines[1:]
    ]
    rows = [_Row(height, first), *others]
    return [*_holding(rows[:-1]), rows[-1]]


def _flow(rows: Sequence[_Row], columns: Sequence[Box]) -> Placed | None:
    """Return the places of rows down columns used to the same least depth, None without room."""
    room = columns[0][3] - 2 * _PAD_MM
    for share in _DEPTHS:
        placed = _flow_to(rows, columns, room * share)
        if placed is not None:
            return placed
    return None


def _flow_to(rows: Sequence[_Row], columns: Sequence[Box], depth_mm: float) -> Placed | None:
    placed: Placed = []
    index, used = 0, 0.0
    for number, row in enumerate(rows):
        height_mm = _together(rows, number)
        if height_mm > columns[0][3] - 2 * _PAD_MM:
            height_mm = row.height_mm
        if height_mm > depth_mm:
            return None
        if used + height_mm > depth_mm:
            index, used = index + 1, 0.0
            if index == len(columns):
                return None
        left, bottom, _, height = columns[index]
        placed.append((row, left + _PAD_MM, bottom + height - _PAD_MM - used))
        used += row.height_mm
    return placed


def _together(rows: Sequence[_Row], number: int) -> float:
    """Return the height of a row and of those that stay with it."""
    height = rows[number].height_mm
    while rows[number].holds and number + 1 < len(rows):
        number += 1
        height += rows[number].height_mm
    return height


def _flow_cut(style: _Style, parts: Parts, columns: Sequence[Box]) -> Placed:
    """Return the places of rows with the list of sheets, then the legend cut short, which it says.

    The list is cut before the legend.
    """
    before, legend, listed, facts = parts
    shown = [*legend, *listed]
    for kept in range(len(shown) - 1, -1, -1):
        more = style.words.fill("paper.more_rows", {"count": len(shown) - kept})
        rows = [*before, *shown[:kept], *_text(style, more, 0.94, bold=True), *facts]
        placed = _flow_to(rows, columns, columns[0][3] - 2 * _PAD_MM)
        if placed is not None:
            return placed
    return _flow_what_fits(before, columns)


def _flow_what_fits(rows: Sequence[_Row], columns: Sequence[Box]) -> Placed:
    for kept in range(len(rows), 0, -1):
        placed = _flow(rows[:kept], columns)
        if placed is not None:
            return placed
    return []
