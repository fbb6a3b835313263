"""The tracks beside the axis: each is drawn into its lane, once for each side."""

from collections.abc import Sequence

from geotool import units
from geotool.route.bases import BASES
from geotool.share.diagram.drawing import Word
from geotool.share.diagram.records import Cause, CountBar, Span
from geotool.share.diagram.sheet import SMALL, Lane, Sheet, fits, shorten
from geotool.share.tables import date_text

_HEADROOM = 13.0  # pixels above the highest bar, for its number
_MOST_CAUSES = 8
_CAUSE_LENGTH = 95  # characters beside the amounts

Stack = dict[int, dict[str, float]]
"""By bin: what is stacked in it, by look, from the axis outwards."""


def draw_handover(sheet: Sheet, lane: Lane) -> None:
    """Draw what is handed over and what is not, with dates where there is room."""
    length_m = 0.0
    for stretch in sheet.content.handover or ():
        if stretch.side != lane.side:
            continue
        box = sheet.box(stretch.span, lane.top, lane.height)
        sheet.fill(box, stretch.state)
        sheet.seam((box.x, box.y, box.x, box.y + box.height))
        length_m += stretch.span.length_m if stretch.state == "handed_over" else 0.0
        date = "" if stretch.date is None else date_text(stretch.date, sheet.language)
        if date and fits(date, box.width):
            middle = box.x + box.width / 2
            sheet.words.append(Word(middle, lane.top + 13.0, date, SMALL, "middle"))
    length = units.format_length_km(length_m, language=sheet.language, decimals=3)
    sheet.write(lane, f"{sheet.say('strip.handover')}: {length}", ())


def draw_land(sheet: Sheet, lane: Lane) -> None:
    """Draw the land taken as bars whose height is area over length: the mean width taken."""
    bars = sheet.content.land or ()
    bins = sheet.content.bins
    widths: Stack = {}
    highest = 0.0
    for side in ("left", "right"):
        stack: Stack = {}
        for bar in sorted(bars, key=lambda bar: (bar.bin_index, BASES.index(bar.basis))):
            if bar.side == side:
                width = bar.area_m2 / bins[bar.bin_index].length_m
                stack.setdefault(bar.bin_index, {})[bar.basis] = width
        highest = max([highest, *(sum(parts.values()) for parts in stack.values())])
        widths = stack if side == lane.side else widths
    _draw_bars(sheet, lane, widths, highest)
    area_m2 = sum(bar.area_m2 for bar in bars if bar.side == lane.side)
    widest = max((sum(parts.values()) for parts in widths.values()), default=0.0)
    facts = (
        units.format_area_ha(area_m2, language=sheet.language),
        sheet.say("strip.widest", {"width": sheet.number(widest, 1)}),
    )
    sheet.write(lane, sheet.say("strip.land"), facts)


def draw_structures(sheet: Sheet, lane: Lane) -> None:
    """Draw the structures taken, dwellings at the axis."""
    _draw_counts(sheet, lane, "structures", ("dwelling", "other"))


def draw_graves(sheet: Sheet, lane: Lane) -> None:
    """Draw the graves, those in the right of way at the axis."""
    _draw_counts(sheet, lane, "graves", ("right_of_way", "margin"))


def draw_blockers(sheet: Sheet, lane: Lane) -> None:
    """Draw what is not handed over, and what of it is blocked."""
    blockers = sheet.content.blockers
    lengths_m = {"not_handed_over": 0.0, "blocked": 0.0}
    for stretch in blockers.stretches if blockers is not None else ():
        if stretch.side == lane.side:
            lengths_m[stretch.state] += stretch.span.length_m
            sheet.fill(sheet.box(stretch.span, lane.top, lane.height), stretch.state)
    total, blocked = (
        units.format_length_km(length_m, language=sheet.language, decimals=3)
        for length_m in (sum(lengths_m.values()), lengths_m["blocked"])
    )
    facts = (f"{sheet.say('strip.blocked')}: {blocked}",)
    sheet.write(lane, f"{sheet.say('strip.blockers')}: {total}", facts)


def cause_lines(sheet: Sheet) -> list[str]:
    """Return a line for each cause, the most frequent first, with how much it blocks."""
    causes = sheet.content.blockers.causes if sheet.content.blockers is not None else ()
    lines = [
        f"{shorten(_cause_words(sheet, cause), _CAUSE_LENGTH)}: {_amount(sheet, cause)}"
        for cause in causes
    ]
    shown = lines[:_MOST_CAUSES]
    if len(lines) > len(shown):
        shown.append(sheet.say("strip.more_causes", {"count": len(lines) - len(shown)}))
    return shown


def _cause_words(sheet: Sheet, cause: Cause) -> str:
    if cause.cause is not None:
        return cause.cause
    if cause.state is None:
        return sheet.say("strip.no_cause")
    key = f"values.{cause.state}"
    return sheet.say(key) if sheet.labels.has(key) else cause.state


def _amount(sheet: Sheet, cause: Cause) -> str:
    counts = {
        "parcels": cause.parcel_count,
        "households": cause.household_count,
        "stretches": cause.stretch_count,
    }
    parts = [
        sheet.say(f"strip.{name}_count", {"count": sheet.number(count)})
        for name, count in counts.items()
        if count
    ]
    return ", ".join(parts)


def _draw_counts(sheet: Sheet, lane: Lane, track: str, kinds: Sequence[str]) -> None:
    """Draw counts as stacked bars; what stands on the axis itself is drawn with the left side."""
    bars: Sequence[CountBar] = getattr(sheet.content, track) or ()
    stacks: dict[str, Stack] = {"left": {}, "right": {}}
    for bar in sorted(bars, key=lambda bar: (bar.bin_index, kinds.index(bar.kind), bar.side)):
        side = "right" if bar.side == "right" else "left"
        code = f"{track}_{bar.kind}" + ("_on_axis" if bar.side == "on" else "")
        stacks[side].setdefault(bar.bin_index, {})[code] = bar.count
    sums = [sum(parts.values()) for stack in stacks.values() for parts in stack.values()]
    _draw_bars(sheet, lane, stacks[lane.side], max(sums, default=0.0))
    _write_numbers(sheet, lane, stacks[lane.side], max(sums, default=0.0))
    facts = []
    for kind in kinds:
        count = sum(
            bar.count
            for bar in bars
            if bar.kind == kind and (bar.side == "right") == (lane.side == "right")
        )
        words = sheet.say(f"strip.{track}_{kind}")
        facts.append(f"{words}: {sheet.number(count)}")
    sheet.write(lane, sheet.say(f"strip.{track}"), tuple(facts))


def _draw_bars(sheet: Sheet, lane: Lane, stack: Stack, highest: float) -> None:
    scale = (lane.height - _HEADROOM) / highest if highest > 0 else 0.0
    for index in sorted(stack):
        reached = 0.0
        for code, value in stack[index].items():
            top, height = lane.rise(reached * scale, (reached + value) * scale)
            sheet.fill(sheet.box(sheet.content.bins[index], top, height), code)
            reached += value


def _write_numbers(sheet: Sheet, lane: Lane, stack: Stack, highest: float) -> None:
    """Write the sum of a bar at its end, where bars are wide enough for numbers."""
    scale = (lane.height - _HEADROOM) / highest if highest > 0 else 0.0
    for index in sorted(stack):
        total = sum(stack[index].values())
        span: Span = sheet.content.bins[index]
        box = sheet.box(span, *lane.rise(0.0, total * scale))
        text = sheet.number(total)
        if fits(text, box.width):
            y = box.y - 3.0 if lane.side == "left" else box.y + box.height + 11.0
            sheet.words.append(Word(box.x + box.width / 2, y, text, SMALL, "middle"))
