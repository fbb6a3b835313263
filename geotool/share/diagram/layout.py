"""Where everything of a strip map stands on the sheet: one layout for the SVG and the picture.

The axis runs from left to right by measure; what lies left of it is drawn above, what lies right
below, the tracks mirrored about the axis. Texts are labels, so they jump where the chainage does.
"""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from geotool import units
from geotool.labels import Labels
from geotool.share.diagram import tracks
from geotool.share.diagram.drawing import Box, Drawing, Lines, Word, text_width
from geotool.share.diagram.records import StripMap, Tick
from geotool.share.diagram.sheet import (
    AXIS_INK,
    MARGIN,
    PLOT_END,
    PLOT_START,
    SMALL,
    SOFT,
    WIDTH,
    Lane,
    Sheet,
    fits,
    shorten,
)
from geotool.share.tables import date_text

_HEADER = 58.0
_CROSSING_ROW, _CROSSING_ROWS = 14.0, 3
_AXIS_TOP, _EQUATION_ROW, _AXIS_REST = 14.0, 14.0, 38.0
_GAP, _SIDE_ROW = 9.0, 20.0
_LEGEND_ROW = 20.0
_SWATCH = Box(0.0, 0.0, 18.0, 11.0)
_TICK = 5.0
_TITLE_LENGTH = 80  # characters
_LABEL_STEPS_M = (100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000)
_JUMP = "#7a0019"


@dataclass(frozen=True)
class _Track:
    """A track that is drawn on both sides: its height in pixels and who draws it."""

    height: float
    draw: Callable[[Sheet, Lane], None]


def lay_out(content: StripMap, *, labels: Labels, language: str) -> Drawing:
    """Return the strip map of an alignment as a drawing in one language.

    Raises
    ------
    DataError
        When a word is missing.
    """
    sheet = Sheet(content, labels, language)
    _write_header(sheet)
    top = _HEADER
    if content.crossings is not None:
        top += _CROSSING_ROW * _CROSSING_ROWS + _GAP
    shown = _tracks(content)
    block = sum(track.height + _GAP for track in shown)
    axis_top = top + block + _SIDE_ROW
    axis = axis_top + _AXIS_TOP + (_EQUATION_ROW if content.equations else 0.0)
    axis_bottom = axis + _AXIS_REST
    end = axis_bottom + block + _SIDE_ROW
    _draw_grid(sheet, top, end)
    _draw_side(sheet, "left", axis_top, shown)
    _draw_side(sheet, "right", axis_bottom, shown)
    sheet.words.append(_side_word(sheet, "left", top + 12.0))
    sheet.words.append(_side_word(sheet, "right", end - 5.0))
    _draw_axis(sheet, axis)
    if content.crossings is not None:
        _draw_crossings(sheet, _HEADER, end)
    y = _draw_legend(sheet, end + 18.0)
    y = _write_causes(sheet, y)
    return Drawing(
        identifier=f"strip-{content.alignment_id}-{language}",
        width=WIDTH,
        height=y + MARGIN / 2,
        title=_title(sheet),
        description=_description(sheet),
        parts=sheet.parts,
    )


def _title(sheet: Sheet) -> str:
    return sheet.say("strip.title", {"name": shorten(sheet.content.title, _TITLE_LENGTH)})


def _tracks(content: StripMap) -> list[_Track]:
    """Return the tracks of the project from the axis outwards."""
    known = (
        (content.handover, _Track(18.0, tracks.draw_handover)),
        (content.land, _Track(76.0, tracks.draw_land)),
        (content.structures, _Track(44.0, tracks.draw_structures)),
        (content.graves, _Track(44.0, tracks.draw_graves)),
        (content.blockers, _Track(28.0, tracks.draw_blockers)),
    )
    return [track for found, track in known if found is not None]


def _draw_side(sheet: Sheet, side: str, near: float, shown: Sequence[_Track]) -> None:
    sign = -1.0 if side == "left" else 1.0
    for track in shown:
        near += sign * _GAP
        far = near + sign * track.height
        sheet.rule((PLOT_START, near, PLOT_END, near), colour="#c9c4b6")
        track.draw(sheet, Lane(side, near, far))
        near = far


def _side_word(sheet: Sheet, side: str, y: float) -> Word:
    return Word(MARGIN, y, sheet.say(f"strip.{side}"), 13.0, bold=True, colour="#0b5568")


def _write_header(sheet: Sheet) -> None:
    content = sheet.content
    title = _title(sheet)
    length = units.format_length_km(content.span.length_m, language=sheet.language, decimals=3)
    facts = [f"{content.span.from_label} – {content.span.to_label}", length]
    if content.on is not None:
        facts.append(sheet.say("map.on_date", {"date": date_text(content.on, sheet.language)}))
    if content.bin_m is None:
        facts.append(sheet.say("strip.bars_by_section"))
    else:
        size = units.format_number(content.bin_m, language=sheet.language)
        facts.append(sheet.say("strip.bars_every", {"length": size}))
    sheet.words.append(Word(MARGIN, 24.0, title, 17.0, bold=True))
    sheet.words.append(Word(MARGIN, 44.0, " · ".join(facts), 12.5, colour=SOFT))


def _description(sheet: Sheet) -> str:
    """Return the totals in words, for readers of screens."""
    facts = [word.text for word in sheet.words if word.x == MARGIN]
    return ". ".join(facts[1:])


def _draw_grid(sheet: Sheet, top: float, end: float) -> None:
    """Draw faint lines at the ticks that carry a label, and strong ones at the equations."""
    xs = [sheet.x(tick.measure_m) for tick, _ in _labelled_ticks(sheet)]
    lines = tuple((x, top, x, end) for x in xs)
    sheet.lines.append(Lines(lines, "#ece8dc"))
    jumps = [sheet.x(equation.measure_m) for equation in sheet.content.equations]
    sheet.lines.append(Lines(tuple((x, top, x, end) for x in jumps), _JUMP, 1.4, (7.0, 3.0)))


def _draw_axis(sheet: Sheet, y: float) -> None:
    content = sheet.content
    _draw_sections(sheet, y + 20.0)
    ticks = [sheet.x(tick.measure_m) for tick in content.ticks]
    sheet.lines.append(Lines(tuple((x, y - _TICK, x, y + _TICK) for x in ticks), AXIS_INK))
    sheet.rule((PLOT_START, y, PLOT_END, y), colour=AXIS_INK, width=3.0)
    sheet.words.append(Word(MARGIN, y + 4.0, sheet.say("columns.chainage"), bold=True))
    for _, word in _labelled_ticks(sheet):
        sheet.words.append(replace(word, y=y + 17.0))
    reached = 0.0
    for equation in content.equations:
        text = f"{equation.back_label} = {equation.ahead_label}"
        half = text_width(text, SMALL, bold=True) / 2
        x = min(max(sheet.x(equation.measure_m), PLOT_START + half), PLOT_END - half)
        if x - half > reached:
            sheet.words.append(Word(x, y - 9.0, text, SMALL, "middle", bold=True, colour=_JUMP))
            reached = x + half


def _labelled_ticks(sheet: Sheet) -> list[tuple[Tick, Word]]:
    """Return the ticks with room for their label: both ends, and as many round ones as fit."""
    ticks = sheet.content.ticks
    ends = _placed_labels(sheet, (ticks[0], ticks[-1]))
    inner = ticks[1:-1]
    for step in _LABEL_STEPS_M:
        round_ones = [t for t in inner if round(units.parse_chainage(t.label)) % step == 0]
        placed = _placed_labels(sheet, round_ones)
        if all(not _meet(one, other) for one, other in itertools.pairwise(placed)):
            break
    free = [one for one in placed if not any(_meet(one, end) for end in ends)]
    return [ends[0], *free, ends[-1]]


def _placed_labels(sheet: Sheet, ticks: Sequence[Tick]) -> list[tuple[Tick, Word]]:
    placed = []
    for tick in ticks:
        half = text_width(tick.label, SMALL) / 2
        x = min(max(sheet.x(tick.measure_m), PLOT_START + half), PLOT_END - half)
        placed.append((tick, Word(x, 0.0, tick.label, SMALL, "middle")))
    return placed


def _meet(one: tuple[Tick, Word], other: tuple[Tick, Word]) -> bool:
    """Return whether two labels would touch."""
    room = (one[1].width + other[1].width) / 2 + 10.0
    return abs(one[1].x - other[1].x) < room


def _draw_sections(sheet: Sheet, y: float) -> None:
    height = 16.0
    for number, section in enumerate(sheet.content.sections):
        box = sheet.box(section.span, y, height)
        sheet.fill(box, "section_even" if number % 2 else "section_odd")
        if fits(section.section_id, box.width):
            middle = box.x + box.width / 2
            sheet.words.append(Word(middle, y + 12.0, section.section_id, SMALL, "middle"))
    sheet.words.append(Word(MARGIN, y + 12.0, sheet.say("strip.sections"), SMALL, colour=SOFT))


def _draw_crossings(sheet: Sheet, top: float, end: float) -> None:
    """Draw utilities as dashed lines over all tracks, their voltage above as far as it fits."""
    crossings = sheet.content.crossings or ()
    bottom = top + _CROSSING_ROW * _CROSSING_ROWS
    count = units.format_number(len(crossings), language=sheet.language)
    sheet.words.append(Word(MARGIN, top + 10.0, sheet.say("strip.crossings"), bold=True))
    sheet.words.append(Word(MARGIN, top + 25.0, count, SMALL, colour=SOFT))
    reached = [0.0] * _CROSSING_ROWS
    xs = []
    for crossing in crossings:
        x = sheet.x(crossing.measure_m)
        xs.append(x)
        text = sheet.crossing_text(crossing)
        half = text_width(text, SMALL) / 2
        at = min(max(x, PLOT_START + half), PLOT_END - half)
        row = next((r for r, last in enumerate(reached) if at - half >= last + 4.0), None)
        if row is not None and text:
            reached[row] = at + half
            y = bottom - 4.0 - row * _CROSSING_ROW
            sheet.words.append(Word(at, y, text, SMALL, "middle"))
    look = sheet.look("crossing")
    sheet.lines.append(
        Lines(tuple((x, bottom, x, end) for x in xs), look.stroke, look.weight, look.dash)
    )
    for x in xs:
        sheet.fill(Box(x - 3.5, bottom - 1.0, 7.0, 7.0), "crossing")


def _draw_legend(sheet: Sheet, y: float) -> float:
    """Draw what every look means, in rows; return where the next thing begins."""
    sheet.words.append(Word(MARGIN, y + 10.0, sheet.say("map.legend"), bold=True))
    x = PLOT_START
    for code in sheet.looks_used():
        text = sheet.look_words(code)
        width = _SWATCH.width + 6.0 + text_width(text, SMALL) + 20.0
        if x + width > PLOT_END and x > PLOT_START:
            x, y = PLOT_START, y + _LEGEND_ROW
        sheet.swatch(replace(_SWATCH, x=x, y=y), code)
        sheet.words.append(Word(x + _SWATCH.width + 6.0, y + 10.0, text, SMALL))
        x += width
    return y + _LEGEND_ROW


def _write_causes(sheet: Sheet, y: float) -> float:
    """Write why the blocked stretches are blocked; return where the next thing begins."""
    lines = tracks.cause_lines(sheet)
    if not lines:
        return y
    y += 8.0
    sheet.words.append(Word(MARGIN, y + 10.0, sheet.say("strip.causes"), bold=True))
    for line in lines:
        sheet.words.append(Word(PLOT_START, y + 10.0, line, SMALL))
        y += 17.0
    return y
