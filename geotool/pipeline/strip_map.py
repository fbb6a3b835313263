"""The strip maps of a project: what lies along each alignment, for a profile.

The figures are those of the tables: what the bins of a track hold adds up to the totals. The
public sees land, structures and graves added up by section, and of the handover what is done and
what is not, without dates and causes.
"""

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import TypeVar

import pandas as pd

from geotool import schema, units
from geotool.labels import Labels
from geotool.pipeline import strip_map_tracks as tracks_of
from geotool.pipeline.assess import Assessment
from geotool.pipeline.land import Land
from geotool.pipeline.published_people import find_owners, tally_people
from geotool.pipeline.strip_map_tracks import Bins, Register
from geotool.route import chainage
from geotool.route.axis import Axis
from geotool.share import redaction
from geotool.share.diagram.records import (
    Blockers,
    CountBar,
    Crossing,
    Equation,
    LandBar,
    Section,
    Stretch,
    StripMap,
    Tick,
)
from geotool.share.redaction import Profile
from geotool.share.strip_map import strip_svg

_MOST_BINS, _MOST_TICKS = 200, 100
_LEAST_BIN_M, _LEAST_TICK_M = 10.0, 100.0
_LONG_AXIS_M = 5000.0
_CROSSING_COLUMNS = ("utility_id", "kind", "voltage_kv")

Item = TypeVar("Item")
Counts = Mapping[str, tuple[CountBar, ...]]


def gather(found: Assessment, profile: Profile) -> tuple[StripMap, ...]:
    """Return the strip map of every alignment, in natural order; none without alignments.

    Parameters
    ----------
    found
        The assessment.
    profile
        Decides what is shown one by one, and what by section.

    Raises
    ------
    SchemaError
        When the sections do not cover the alignments.
    """
    axes = found.axes
    if not axes:
        return ()
    sections = found.sections
    bins = [_bins(axis, sections, public=profile.is_public) for axis in axes]
    land, structures, graves = _binned(found, bins, profile)
    crossings = _crossings(found, profile)
    register = tracks_of.read_register(found, axes)
    return tuple(
        StripMap(
            alignment_id=one.axis.alignment_id,
            name=one.axis.name,
            on=found.on,
            span=tracks_of.make_span(one.axis, one.axis.start_measure_m, one.axis.end_measure_m),
            bin_m=None if profile.is_public else bin_length_m(one.axis.length_m),
            bins=one.spans,
            ticks=_ticks(one.axis),
            equations=_equations(one.axis),
            sections=_own_sections(one),
            land=_of(land, one),
            structures=_of(structures, one),
            graves=_of(graves, one),
            crossings=_of(crossings, one),
            handover=_handover(register, one.axis, profile),
            blockers=_blockers(found, register, one.axis, profile),
        )
        for one in bins
    )


def draw(found: Assessment, profile: Profile, words: Labels) -> tuple[dict[str, str], ...]:
    """Return the strip maps as SVG, one by language for each alignment."""
    return tuple(
        {language: strip_svg(one, labels=words, language=language) for language in words.words}
        for one in gather(found, profile)
    )


def bin_length_m(length_m: float) -> float:
    """Return the shortest round length (1, 2 or 5 times a power of ten, 10 m at least) of bins.

    An axis of ``length_m`` metres, wherever it begins, has at most 200 of them.
    """
    return _round_step(length_m, _MOST_BINS, _LEAST_BIN_M)


def _round_step(length_m: float, most: int, least_m: float) -> float:
    """Return the shortest round step that has at most ``most`` parts, cut ones at both ends too."""
    steps = (factor * 10.0**power for power in itertools.count() for factor in (1, 2, 5))
    return next(step for step in steps if step >= least_m and length_m / step <= most - 2)


def _bins(axis: Axis, sections: pd.DataFrame, *, public: bool) -> Bins:
    own = sections[sections["alignment_id"] == axis.alignment_id]
    ranges = {
        str(row["section_id"]): (float(row["from_measure_m"]), float(row["to_measure_m"]))
        for row in own.to_dict("records")
    }
    if public:
        stretches = _without_slivers(sorted(ranges.values()), _LEAST_BIN_M)
    else:
        step = bin_length_m(axis.length_m)
        start, end = axis.start_measure_m, axis.end_measure_m
        numbers = range(math.floor(start / step) + 1, math.ceil(end / step))
        edges = [start, *(number * step for number in numbers), end]
        stretches = _without_slivers(list(itertools.pairwise(edges)), step / 2)
    spans = tuple(tracks_of.make_span(axis, *ends) for ends in stretches)
    return Bins(axis, spans, ranges)


def _without_slivers(
    stretches: Sequence[tuple[float, float]], least_m: float
) -> list[tuple[float, float]]:
    """Return stretches that follow one another, those shorter than ``least_m`` joined to the next.

    Land beyond the end of an axis belongs to its last bin: over half a metre it would be
    kilometres wide.
    """
    joined: list[tuple[float, float]] = []
    for first, last in stretches:
        if joined and min(last - first, joined[-1][1] - joined[-1][0]) < least_m:
            joined[-1] = (joined[-1][0], last)
        else:
            joined.append((first, last))
    return joined


def _binned(
    found: Assessment, bins: Sequence[Bins], profile: Profile
) -> tuple[Mapping[str, tuple[LandBar, ...]] | None, Counts | None, Counts | None]:
    """Return land, structures and graves by alignment; None where there is no such layer.

    A track in which one side of a bin would be about a few people is left out.
    """
    ground = found.ground
    if ground is None:
        return None, None, None
    land = structures = graves = None
    if found.land is not None:
        rows = tracks_of.divide_land(found.land, ground, bins)
        if not _tells_of_few(found.land, rows, profile):
            land = tracks_of.bin_land(rows, bins)
    if found.structures is not None:
        structures = tracks_of.bin_structures(found, found.structures, bins)
        if _counts_few(structures, profile):
            structures = None
    if found.graves is not None:
        graves = tracks_of.bin_graves(found.graves.graves, bins)
    return land, structures, graves


def _tells_of_few(land: Land, rows: pd.DataFrame, profile: Profile) -> bool:
    """Return whether the land of one bar is that of a few people."""
    if profile.small is None:
        return False
    parts = land.take.parts.iloc[rows["part"].to_numpy()].reset_index(drop=True)
    keys = ["alignment_id", "bin_index", "side", "basis"]
    owners = find_owners(land, parts.assign(**{key: rows[key].to_numpy() for key in keys}), keys)
    tallies = tally_people(owners, keys, profile.small.least_count)
    return any(tally.is_small(profile.small) for tally in tallies.values())


def _counts_few(counts: Counts, profile: Profile) -> bool:
    """Return whether a bar counts a few structures."""
    rule = profile.small
    if rule is None:
        return False
    return any(rule.is_small(bar.count) for bars in counts.values() for bar in bars)


def _of(tracks: Mapping[str, tuple[Item, ...]] | None, one: Bins) -> tuple[Item, ...] | None:
    return None if tracks is None else tracks.get(one.axis.alignment_id, ())


def _crossings(found: Assessment, profile: Profile) -> dict[str, tuple[Crossing, ...]] | None:
    """Return the crossings by alignment, with what the profile may see of them."""
    if found.crossings is None:
        return None
    own = schema.load_schema("utilities", project_dir=found.inputs.project.root)
    if profile.is_public and own.public != "features":
        return None
    shown = redaction.redact_columns(_CROSSING_COLUMNS, own, profile)
    crossings: dict[str, tuple[Crossing, ...]] = {}
    for row in found.crossings.drop(columns="geometry").to_dict("records"):
        said = {
            name: None if row[name] == "" or pd.isna(row[name]) else row[name] for name in shown
        }
        crossing = Crossing(
            measure_m=float(row["measure_m"]),
            label=units.format_chainage(row["chainage_m"]),
            utility_id=said.get("utility_id"),
            kind=said.get("kind"),
            voltage_kv=said.get("voltage_kv"),
        )
        key = str(row["alignment_id"])
        crossings[key] = (*crossings.get(key, ()), crossing)
    return crossings


def _handover(
    register: Register | None, axis: Axis, profile: Profile
) -> tuple[Stretch, ...] | None:
    if register is None:
        return None
    return tracks_of.list_handover(register, axis, dated=not profile.is_public)


def _blockers(
    found: Assessment, register: Register | None, axis: Axis, profile: Profile
) -> Blockers | None:
    if found.handover is None or register is None or profile.is_public:
        return None
    return tracks_of.list_blockers(found.handover.summary["blockers"], register, axis)


def _ticks(axis: Axis) -> tuple[Tick, ...]:
    """Return the labels of the axis: every kilometre, closer on a short axis, and both ends."""
    least_m = units.KILOMETRE_M if axis.length_m >= _LONG_AXIS_M else _LEAST_TICK_M
    points = chainage.points_every(axis, _round_step(axis.length_m, _MOST_TICKS, least_m))
    places = zip(points["measure_m"], points["chainage_m"], strict=True)
    jumps = {zone.measure_m[0] for zone in axis.zones[1:]}
    return tuple(
        Tick(float(measure), _tick_label(float(label)))
        for measure, label in places
        if measure not in jumps
    )


def _tick_label(chainage_m: float) -> str:
    """Return ``Km10``, ``Km10+200``, and the centimetres only where there are some."""
    rounded = round(chainage_m, 2)
    text = units.format_chainage(rounded, decimals=0 if rounded.is_integer() else 2)
    return text.removesuffix("+000")


def _equations(axis: Axis) -> tuple[Equation, ...]:
    return tuple(
        Equation(
            measure_m=ahead.measure_m[0],
            back_label=units.format_chainage(back.chainage_m[-1]),
            ahead_label=units.format_chainage(ahead.chainage_m[0]),
        )
        for back, ahead in itertools.pairwise(axis.zones)
    )


def _own_sections(bins: Bins) -> tuple[Section, ...]:
    ordered = sorted(bins.sections.items(), key=lambda item: item[1])
    return tuple(
        Section(section_id, tracks_of.make_span(bins.axis, *ends)) for section_id, ends in ordered
    )
