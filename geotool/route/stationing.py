"""Labels along one axis: what chainage is painted where.

A *measure* is a length: metres along the axis, counted from the chainage of its first vertex. A
*chainage* is a label: it jumps at station equations and is stretched between calibrated posts.
The axis is divided into zones, in each of which the labels rise without a break; within a zone
they are linear between its knots. With neither equations nor posts there is one zone, in which
chainage and measure are the same number.
"""

import bisect
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geotool.errors import AmbiguousLabelError, LabelError
from geotool.units import format_chainage

PRINTED_M = 0.01  # labels are printed to the centimetre, so an end's own label is on the axis
SAME_PLACE_M = 1e-6  # measures closer than this are one place: far above rounding of coordinates


@dataclass(frozen=True)
class Zone:
    """A stretch of an axis along which labels rise without a break.

    Attributes
    ----------
    number
        1 for the zone at the start of the axis, 2 after the first equation, and so on.
    measure_m, chainage_m
        The knots, two or more: where, and what label; both strictly ascending. The last measure
        of a zone is the first of the next.
    """

    number: int
    measure_m: tuple[float, ...]
    chainage_m: tuple[float, ...]

    @property
    def label(self) -> str:
        """The zone as text: ``zone 2 (Km560+000.00 - Km561+200.00)``."""
        first, last = format_chainage(self.chainage_m[0]), format_chainage(self.chainage_m[-1])
        return f"zone {self.number} ({first} - {last})"

    def measure_of(self, chainage_m: float) -> float | None:
        """Return the measure of a label, None where this zone does not have it.

        A label that prints like that of an end means the end.
        """
        half = PRINTED_M / 2
        if not self.chainage_m[0] - half <= chainage_m <= self.chainage_m[-1] + half:
            return None
        return float(carry(chainage_m, self.chainage_m, self.measure_m, extended=False))


@dataclass(frozen=True)
class Label:
    """What is painted at a place: its chainage in metres, in which zone, and whether elsewhere too.

    `repeats` says that another zone has the same chainage, so that the zone must be told.
    """

    chainage_m: float
    zone: int
    repeats: bool

    def text(self, decimals: int = 2) -> str:
        """Return the label as it is painted, ``Km560+020.00``."""
        return format_chainage(self.chainage_m, decimals=decimals)

    @property
    def note(self) -> str:
        """What a reader must be told besides: `` (zone 2)`` where the label repeats, or nothing."""
        return f" (zone {self.zone})" if self.repeats else ""


def plain_zones(start_m: float, length_m: float) -> tuple[Zone, ...]:
    """Return the one zone of an axis without equations and posts."""
    ends = (start_m, start_m + length_m)
    return (Zone(1, ends, ends),)


def zone_at(zones: Sequence[Zone], measure_m: float, *, before: bool = False) -> Zone:
    """Return the zone of a measure; at an equation the one ahead, or the one `before` it."""
    breaks = [zone.measure_m[0] for zone in zones[1:]]
    find = bisect.bisect_left if before else bisect.bisect_right
    return zones[find(breaks, measure_m)]


def label_of(zones: Sequence[Zone], measure_m: float, *, before: bool = False) -> Label:
    """Return the label of a measure; at an equation the one ahead, or the one `before`."""
    own = zone_at(zones, measure_m, before=before)
    chainage_m = float(chainages_at([own], measure_m))
    elsewhere = (zone.measure_of(chainage_m) for zone in zones if zone is not own)
    repeats = any(
        place is not None and abs(place - measure_m) > SAME_PLACE_M for place in elsewhere
    )
    return Label(chainage_m, own.number, repeats)


def chainages_at(
    zones: Sequence[Zone], measure_m: ArrayLike, *, before: bool = False
) -> NDArray[np.float64]:
    """Return the labels of measures, as an array of their shape.

    Parameters
    ----------
    zones
        The zones of an axis.
    measure_m
        Measures in metres; beyond the ends labels go on metre by metre.
    before
        At an equation give the back label instead of the ahead label: for ends of ranges.
    """
    measures = np.asarray(measure_m, dtype=np.float64)
    breaks = np.array([zone.measure_m[0] for zone in zones[1:]])
    number = np.searchsorted(breaks, measures, side="left" if before else "right")
    labels = np.empty_like(measures)
    for index, zone in enumerate(zones):
        own = number == index
        labels[own] = carry(measures[own], zone.measure_m, zone.chainage_m, extended=True)
    return labels


def stationed_length(zones: Sequence[Zone], from_measure_m: float, to_measure_m: float) -> float:
    """Return by how much the labels rise between two measures, jumps at equations left out."""
    low, high = sorted((from_measure_m, to_measure_m))
    rises = []
    for zone in zones:
        within = np.clip([low, high], zone.measure_m[0], zone.measure_m[-1])
        first, last = chainages_at([zone], within)
        rises.append(float(last - first))
    return math.fsum(rises)


def measures_of(zones: Sequence[Zone], chainage_m: float) -> list[tuple[Zone, float]]:
    """Return every place of a label: none in a gap, several where labels repeat."""
    places: list[tuple[Zone, float]] = []
    for zone in zones:
        measure = zone.measure_of(chainage_m)
        if measure is None:
            continue
        if places and abs(places[-1][1] - measure) <= SAME_PLACE_M:
            continue
        places.append((zone, measure))
    return places


def place_of(
    zones: Sequence[Zone],
    chainage_m: float,
    *,
    alignment_id: str,
    zone: int | None = None,
    near_m: float | None = None,
) -> tuple[Zone, float]:
    """Return the zone and the measure of a label.

    Parameters
    ----------
    zones
        The zones of the axis.
    chainage_m
        The label in metres.
    alignment_id
        The alignment, for messages.
    zone
        Number of the zone meant, for labels that repeat.
    near_m
        A measure; of several places the one nearest to it is meant.

    Raises
    ------
    LabelError
        The label does not exist; the message gives the nearest that do.
    AmbiguousLabelError
        It exists more than once and neither `zone` nor `near_m` says which is meant; the
        message lists the choices.
    """
    label = format_chainage(chainage_m)
    places = measures_of([one for one in zones if zone in (None, one.number)], chainage_m)
    if not places:
        raise _missing(zones, chainage_m, alignment_id, zone)
    if len(places) == 1:
        return places[0]
    if near_m is not None:
        return min(places, key=lambda place: abs(place[1] - near_m))
    start = zones[0].measure_m[0]
    choices = "; ".join(f"{found.label}, {at - start:.2f} m from the start" for found, at in places)
    raise AmbiguousLabelError(
        f"{label} exists {len(places)} times on alignment '{alignment_id}': {choices}.",
        remedy="Say which zone is meant by its number.",
    )


def measure_beyond(zones: Sequence[Zone], chainage_m: float) -> float | None:
    """Return where a label would be that lies before the first or after the last one.

    Labels go on metre by metre there. None for any other label.
    """
    first, last = zones[0], zones[-1]
    if chainage_m < min(zone.chainage_m[0] for zone in zones):
        return first.measure_m[0] + (chainage_m - first.chainage_m[0])
    if chainage_m > max(zone.chainage_m[-1] for zone in zones):
        return last.measure_m[-1] + (chainage_m - last.chainage_m[-1])
    return None


def _missing(
    zones: Sequence[Zone], chainage_m: float, alignment_id: str, zone: int | None
) -> LabelError:
    """Return the refusal of a label that is nowhere on the axis, or not in the zone asked for."""
    label = format_chainage(chainage_m)
    first, last = zones[0].chainage_m[0], zones[-1].chainage_m[-1]
    if zone is not None:
        known = "; ".join(one.label for one in zones)
        return LabelError(
            f"{label} is not in zone {zone} of alignment '{alignment_id}'.",
            remedy=f"Its zones: {known}.",
        )
    for back, ahead in itertools.pairwise(zones):
        if back.chainage_m[-1] < chainage_m < ahead.chainage_m[0]:
            low, high = format_chainage(back.chainage_m[-1]), format_chainage(ahead.chainage_m[0])
            return LabelError(
                f"{label} does not exist on alignment '{alignment_id}': its chainage jumps from "
                f"{low} to {high}.",
                remedy=f"The nearest labels are {low} and {high}, which are one place.",
            )
    ranges = "; ".join(one.label for one in zones) if len(zones) > 1 else ""
    return LabelError(
        f"{label} is not on alignment '{alignment_id}'.",
        remedy=f"It runs from {format_chainage(first)} to {format_chainage(last)}."
        + (f" {ranges}." if ranges else ""),
    )


def carry(
    values: ArrayLike, known: ArrayLike, wanted: ArrayLike, *, extended: bool
) -> NDArray[np.float64]:
    """Return values carried from one row of knots to another, linear between them.

    Differences are taken before they are scaled, so that a knot gives its own number exactly.

    Parameters
    ----------
    values
        Numbers on the scale of `known`, of any shape.
    known, wanted
        The knots, two or more, both strictly ascending.
    extended
        Beyond the ends go on with scale 1; else the end is given.
    """
    x, here, there = (np.asarray(row, dtype=np.float64) for row in (values, known, wanted))
    inside = np.clip(x, here[0], here[-1])
    if np.array_equal(here, there):
        return x if extended else inside
    knot = np.clip(np.searchsorted(here, inside, side="right") - 1, 0, len(here) - 2)
    scale = (there[knot + 1] - there[knot]) / (here[knot + 1] - here[knot])
    found: NDArray[np.float64] = there[knot] + (inside - here[knot]) * scale
    found = np.where(inside == here[-1], there[-1], found)
    return found + (x - inside) if extended else found
