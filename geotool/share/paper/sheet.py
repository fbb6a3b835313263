"""The sheets of a map as one PDF: an index when there are several, then sheet by sheet."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely

from geotool import units
from geotool.route.axis import Axis
from geotool.share.paper import grounds, inking, names, panel
from geotool.share.paper.panel import Imprint
from geotool.share.paper.pen import Look, Pen, box_path, line_path
from geotool.share.paper.plates import Plate, Rows
from geotool.share.paper.scene import Scene, Words
from geotool.share.paper.sheets import SCALES, Box, Sheet, join_bounds, scale_text
from geotool.share.paper.tiling import Plan, fit_scale, view
from geotool.share.paper.typeface import Typeface

Head = list[tuple[str, float, bool]]

_FRAME_COLOUR = "#7a0019"
_WIDEST_INDEX = 3
"""An index shows what lies off the sheets up to so many times the extent of the sheets."""
_INDEX_EDGE_MM = 6.0


@dataclass(frozen=True)
class Content:
    """What the sheets of one map show.

    Parameters
    ----------
    plates
        The layers, the lowest first.
    axes
        Axes whose chainage is written on the map.
    plan
        The sheets.
    imprint
        What every sheet says of itself.
    words
        The words in the language of the sheets.
    """

    plates: tuple[Plate, ...]
    axes: tuple[Axis, ...]
    plan: Plan
    imprint: Imprint
    words: Words


@dataclass(frozen=True)
class Printed:
    """A finished document.

    Parameters
    ----------
    pdf
        Its bytes.
    has_index
        Whether the first page is an index of the sheets.
    lacking
        Characters that the typeface lacks, printed as a mark.
    """

    pdf: bytes
    has_index: bool
    lacking: tuple[str, ...]


def render_sheets(content: Content) -> Printed:
    """Return the document of a map; the same content gives the same bytes.

    Raises
    ------
    UsageError
        When the library that writes PDF is not installed.
    GeometryError
        When the sheets lie too far apart for an index.
    """
    typeface = Typeface()
    imprint = content.imprint
    pen = Pen(
        title=imprint.title,
        author=imprint.project,
        typeface=typeface,
        subject=imprint.statement,
    )
    sheets = content.plan.sheets
    astray = outside(content)
    has_index = len(sheets) > 1 or bool(astray)
    if has_index:
        _draw_index(pen, content, astray)
    for sheet in sheets:
        _draw_sheet(pen, content, sheet)
    return Printed(pen.bytes(), has_index, typeface.lacking)


def outside(content: Content) -> tuple[tuple[Plate, Rows], ...]:
    """Return each plate that is no background with its features on no sheet, where it has some."""
    found = []
    for plate in content.plates:
        if not plate.style.background:
            seen = [plate.in_view(sheet) for sheet in content.plan.sheets]
            rows = np.setdiff1d(np.arange(len(plate.shapes)), np.concatenate(seen))
            found += [(plate, rows)] if len(rows) else []
    return tuple(found)


def reach_text(sheet: Sheet, axes: Sequence[Axis]) -> str:
    """Return the range of chainage a sheet is for, ``Km568 – Km571+200``; ``""`` for none."""
    if sheet.reach is None:
        return ""
    alignment_id, first, last = sheet.reach
    axis = next(one for one in axes if one.alignment_id == alignment_id)
    text = axis.range_at(first, last, decimals=0, dash=" – ")
    return text if len(axes) == 1 else f"{alignment_id} {text}"


def _draw_sheet(pen: Pen, content: Content, sheet: Sheet) -> None:
    words, layout = content.words, content.plan.layout
    pen.begin(*layout.size_mm)
    with pen.clipped(box_path(sheet.frame)):
        shown = inking.ink_plates(pen, content.plates, sheet)
        scene = Scene(pen, sheet, words, layout.size_pt, inking.find_dots(shown, sheet))
        taken = grounds.draw_chainage(scene, content.axes)
        taken += grounds.draw_seams(scene, taken)
        names.draw_names(scene, shown, taken, content.axes)
        if content.imprint.watermark:
            grounds.draw_watermark(pen, sheet.frame, content.imprint.watermark)
    grounds.draw_grid(scene)
    grounds.draw_frame(scene)
    count = len(content.plan.sheets)
    values = {"number": sheet.number, "count": count}
    lines = [words.fill("paper.sheet_of", values)] if count > 1 else []
    lines += [text for text in [reach_text(sheet, content.axes)] if text]
    panel.draw_panel(
        pen, layout, words, _head(content, lines, sheet.scale), (content.imprint, sheet, shown)
    )
    pen.end()


def _draw_index(pen: Pen, content: Content, astray: Sequence[tuple[Plate, Rows]]) -> None:
    """Draw where each sheet lies, over the layers that outline the project or leave the sheets."""
    words, layout = content.words, content.plan.layout
    sheets = content.plan.sheets
    overview = _overview(content.plan, astray)
    pen.begin(*layout.size_mm)
    with pen.clipped(box_path(overview.frame)):
        shown = inking.ink_plates(pen, _index_plates(content, astray), overview)
        scene = Scene(pen, overview, words, layout.size_pt, inking.find_dots(shown, overview))
        taken = [_draw_number(pen, overview, sheet, layout.size_pt) for sheet in sheets]
        names.draw_names(scene, shown, taken, content.axes)
        if content.imprint.watermark:
            grounds.draw_watermark(pen, layout.frame, content.imprint.watermark)
    grounds.draw_grid(scene)
    grounds.draw_frame(scene)
    key = "paper.index" if len(sheets) > 1 else "paper.index_one"
    lines = [words.fill(key, {"count": len(sheets)})]
    lines.append(words.fill("paper.sheets_at", {"scale": scale_text(content.plan.scale)}))
    panel.draw_panel(
        pen,
        layout,
        words,
        _head(content, lines, overview.scale),
        (_index_imprint(content, astray, overview), overview, shown),
    )
    pen.end()


def _overview(plan: Plan, astray: Sequence[tuple[Plate, Rows]]) -> Sheet:
    """Return the view of the index: all sheets, and what lies on none unless it is far off."""
    layout = plan.layout
    boxes = [tuple(shapely.bounds(sheet.ground()).tolist()) for sheet in plan.sheets]
    bounds = join_bounds(boxes)
    scale = fit_scale(bounds, layout)
    widest = view(bounds, layout.frame, min(_WIDEST_INDEX * scale, SCALES[-1]))
    window = shapely.bounds(widest.ground(beyond_mm=-_INDEX_EDGE_MM))
    for plate, rows in astray:
        found = shapely.bounds(plate.shapes[rows])
        near = (found[:, :2] >= window[:2]).all(axis=1) & (found[:, 2:] <= window[2:]).all(axis=1)
        boxes += [tuple(box) for box in found[near].tolist()]
    bounds = join_bounds(boxes)
    return view(bounds, layout.frame, fit_scale(bounds, layout))


def _index_plates(content: Content, astray: Sequence[tuple[Plate, Rows]]) -> tuple[Plate, ...]:
    names = {plate.layer.name for plate, _ in astray}
    outline = tuple(
        plate
        for plate in content.plates
        if plate.style.sketch or plate.style.background or plate.layer.name in names
    )
    return outline or content.plates


def _draw_number(pen: Pen, overview: Sheet, sheet: Sheet, size_pt: float) -> Box:
    """Draw the frame of a sheet with its number, and return the box of the number."""
    corners = overview.to_paper(shapely.get_coordinates(sheet.ground()))
    outline = [(float(x), float(y)) for x, y in corners[:-1]]
    pen.stroke(line_path(outline, close=True), _FRAME_COLOUR, 0.3)
    text = str(sheet.number)
    x, y = np.mean(corners[:-1], axis=0).tolist()
    size = min(size_pt * 1.1, float(np.ptp(corners, axis=0).min()) * 1.1)
    high = size * 0.36
    look = Look(bold=True, anchor="centre", colour=_FRAME_COLOUR, halo=True)
    pen.text((x, y - high / 3), text, size, look)
    return x - high, y - high, 2 * high, 2 * high


def _head(content: Content, lines: Sequence[str], scale: int) -> Head:
    words, layout = content.words, content.plan.layout
    metres = units.format_number(scale / 1000, language=words.language, decimals=_decimals(scale))
    values = {"scale": scale_text(scale), "paper": layout.paper}
    return [
        (content.imprint.title, 1.4, True),
        (content.imprint.project, 1.0, False),
        *((line, 1.1, True) for line in lines),
        (words.fill("paper.scale", values), 1.15, True),
        (words.fill("paper.grid_scale", {"metres": metres}), 0.86, False),
    ]


def _decimals(scale: int) -> int:
    return 0 if scale % 1000 == 0 else 1 if scale % 100 == 0 else 3


def _index_imprint(
    content: Content, astray: Sequence[tuple[Plate, Rows]], overview: Sheet
) -> Imprint:
    """Return the imprint with the chainage of each sheet, and what lies on none."""
    words, language = content.words, content.words.language
    notices = []
    for plate, rows in astray:
        seen = len(np.intersect1d(rows, plate.in_view(overview)))
        for key, count in (("paper.outside", seen), ("paper.far_outside", len(rows) - seen)):
            number = units.format_number(count, language=language)
            said = {"layer": plate.layer.title[language], "count": number}
            notices += [words.fill(key, said)] if count else []
    ranges = tuple(
        (words.fill("paper.sheet", {"number": sheet.number}), text)
        for sheet in content.plan.sheets
        if (text := reach_text(sheet, content.axes))
    )
    return replace(content.imprint, notices=(*notices, *content.imprint.notices), listed=ranges)
