"""Zones of an axis from station equations and posts of known chainage.

Labels are unrolled first: ``u`` runs on through the equations without a break, so that in the
zone after the k-th equation ``label = u - sum(back_i - ahead_i, i <= k)``. The start chainage and
the posts are known points (length along the axis, u); between them u is linear, beyond the first
and the last it goes on metre by metre. An equation lies where u reaches its back label.
"""

import contextlib
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from geotool.errors import SchemaError
from geotool.route.stationing import PRINTED_M, SAME_PLACE_M, Zone, carry, plain_zones
from geotool.schema import make_problem
from geotool.units import format_chainage

_HALF_M = PRINTED_M / 2


@dataclass(frozen=True)
class Equation:
    """A break of the labels: coming to `back_m` they go on with `ahead_m`."""

    back_m: float
    ahead_m: float
    row: int

    @property
    def shift_m(self) -> float:
        """How much lower the labels go on: positive where they repeat, negative for a gap."""
        return self.back_m - self.ahead_m

    @property
    def label(self) -> str:
        """The equation as text: ``row 2 (Km560+050.00 = Km560+000.00)``."""
        back, ahead = format_chainage(self.back_m), format_chainage(self.ahead_m)
        return f"row {self.row} ({back} = {ahead})"


@dataclass(frozen=True)
class Post:
    """A known label: at `along_m` from the start of the axis stands `chainage_m`.

    `zone` is the number of its zone, None where the label tells; `name` is for messages.
    """

    name: str
    along_m: float
    chainage_m: float
    zone: int | None = None

    @property
    def label(self) -> str:
        """The post as text: ``post 'C1' (Km560+000.00)``."""
        return f"{self.name} ({format_chainage(self.chainage_m)})"


@dataclass(frozen=True)
class Stationing:
    """What is known about the labels of one axis.

    Attributes
    ----------
    alignment_id
        The alignment, for messages.
    length_m
        Length of the axis in metres.
    anchor
        The stated start chainage at an end of the axis; None where only posts say.
    equations
        In the order of their table.
    posts
        In any order.
    """

    alignment_id: str
    length_m: float
    anchor: Post | None
    equations: tuple[Equation, ...] = ()
    posts: tuple[Post, ...] = ()


@dataclass(frozen=True)
class _Knot:
    """A known point: length along the axis, unrolled station, and what says so."""

    along_m: float
    unrolled_m: float
    label: str


def make_zones(known: Stationing, *, anchor_post_m: float) -> tuple[Zone, ...]:
    """Return the zones of an axis; its start has the same measure as label.

    Equations take force in the order of their rows; where that order cannot be, in the order in
    which their back labels are met. A post belongs to the zone it names, else to the zone in
    which its label lies nearest to where the drawing has it.

    Parameters
    ----------
    known
        Start chainage, equations and posts; without a start chainage at least one post.
    anchor_post_m
        A post so near the anchored end stands for it, in metres.

    Raises
    ------
    SchemaError
        An equation is not on the axis or leaves a zone without length, a post's label does not
        exist, or labels do not rise from post to post; the message names alignment, rows and
        labels.
    """
    if known.anchor is not None and not known.equations and not known.posts:
        return plain_zones(_start(known, ()), known.length_m)
    try:
        return _zones_of(known, known.equations, anchor_post_m)
    except SchemaError:
        met = _as_met(known)
        if met == known.equations:
            raise
        with contextlib.suppress(SchemaError):
            return _zones_of(known, met, anchor_post_m)
        raise


def _zones_of(
    known: Stationing, equations: Sequence[Equation], anchor_post_m: float
) -> tuple[Zone, ...]:
    """Return the zones with the equations in the order given."""
    return _cut(known, equations, _knots(known, equations, anchor_post_m))


def _shifts(equations: Sequence[Equation]) -> list[float]:
    """Return by how much each zone's labels lie below u: one number more than equations."""
    return [0.0, *itertools.accumulate(equation.shift_m for equation in equations)]


def _unrolled_breaks(equations: Sequence[Equation]) -> list[float]:
    """Return u of each equation."""
    shifts = _shifts(equations)
    return [one.back_m + shift for one, shift in zip(equations, shifts, strict=False)]


def _start(known: Stationing, equations: Sequence[Equation]) -> float:
    """Return u of the start of the axis as drawn, before any stretching."""
    shifts = _shifts(equations)
    if known.anchor is not None:
        at_end = known.anchor.along_m > 0
        return known.anchor.chainage_m - known.anchor.along_m + (shifts[-1] if at_end else 0.0)
    first = min(known.posts, key=lambda post: post.along_m)
    starts = [first.chainage_m + shift - first.along_m for shift in shifts]
    if first.zone is not None and 1 <= first.zone <= len(starts):
        return starts[first.zone - 1]

    def misfit(start: float) -> float:
        fits = [_place(post, equations, start) for post in known.posts]
        return math.fsum(math.inf if fit is None else fit[1] for fit in fits)

    return min(starts, key=misfit)


def _as_met(known: Stationing) -> tuple[Equation, ...]:
    """Return the equations in the order in which their back labels are met along the axis."""
    waiting, met = list(known.equations), []
    label = _start(known, known.equations)
    while waiting:
        following = min(waiting, key=lambda one: (one.back_m <= label, one.back_m))
        met.append(following)
        waiting.remove(following)
        label = following.ahead_m
    return tuple(met)


def _place(post: Post, equations: Sequence[Equation], start: float) -> tuple[float, float] | None:
    """Return u of a post and how far the drawing has it from there; None where it fits no zone."""
    bounds = [-math.inf, *_unrolled_breaks(equations), math.inf]
    fits = []
    for number, shift in enumerate(_shifts(equations), start=1):
        unrolled = post.chainage_m + shift
        inside = bounds[number - 1] - _HALF_M <= unrolled <= bounds[number] + _HALF_M
        if inside and post.zone in (None, number):
            fits.append((unrolled, abs(unrolled - start - post.along_m)))
    return min(fits, key=lambda fit: fit[1], default=None)


def _knots(known: Stationing, equations: Sequence[Equation], anchor_post_m: float) -> list[_Knot]:
    """Return the known points in ascending order, carried on to both ends of the axis."""
    start = _start(known, equations)
    knots = []
    for post in known.posts:
        placed = _place(post, equations, start)
        if placed is None:
            text = f"the label of {post.label} does not exist"
            text += "" if post.zone is None else f" in zone {post.zone}"
            raise _refusal("bad_post", known, f"{text} with the equations given.")
        knots.append(_Knot(_settled(post.along_m, known.length_m), placed[0], post.label))
    anchor = known.anchor
    if anchor is not None and all(
        abs(post.along_m - anchor.along_m) > anchor_post_m for post in known.posts
    ):
        at_anchor = start + anchor.along_m
        knots.append(_Knot(anchor.along_m, at_anchor, anchor.label))
    knots.sort(key=lambda knot: (knot.along_m, knot.unrolled_m))
    _require_rise(known, knots)
    first, last = knots[0], knots[-1]
    if first.along_m > 0:
        knots.insert(0, _Knot(0.0, first.unrolled_m - first.along_m, "the start"))
    if last.along_m < known.length_m:
        beyond = known.length_m - last.along_m
        knots.append(_Knot(known.length_m, last.unrolled_m + beyond, "the end"))
    return knots


def _settled(along_m: float, length_m: float) -> float:
    """Return a place on the axis, one that prints like an end being that end."""
    for end in (0.0, length_m):
        if abs(along_m - end) <= _HALF_M:
            return end
    return along_m


def _require_rise(known: Stationing, knots: Sequence[_Knot]) -> None:
    """Refuse two known points at one place, and labels that do not rise."""
    for low, high in itertools.pairwise(knots):
        if high.along_m - low.along_m <= _HALF_M:
            text = f"{low.label} and {high.label} stand at one place."
            raise _refusal("bad_post", known, text)
        if high.unrolled_m - low.unrolled_m <= 0:
            apart = f"{high.along_m - low.along_m:.2f} m"
            text = f"the chainage does not rise from {low.label} to {high.label}, {apart} further."
            raise _refusal("bad_post", known, text)


def _cut(
    known: Stationing, equations: Sequence[Equation], knots: Sequence[_Knot]
) -> tuple[Zone, ...]:
    """Return the zones between the equations."""
    along, unrolled = np.array([(knot.along_m, knot.unrolled_m) for knot in knots]).T
    places = carry(_unrolled_breaks(equations), unrolled, along, extended=True)
    bounds = [0.0, *places.tolist(), known.length_m]
    first, last = float(unrolled[0]), float(unrolled[-1])
    _require_lengths(known, equations, bounds, (first, last))
    shifts = _shifts(equations)
    starts = [first, *(one.ahead_m for one in equations)]
    ends = [*(one.back_m for one in equations), last - shifts[-1]]
    zones = []
    for index, (low, high) in enumerate(itertools.pairwise(bounds)):
        inner = (along > low + SAME_PLACE_M) & (along < high - SAME_PLACE_M)
        measures = first + np.array([low, *along[inner], high])
        labels = (starts[index], *(unrolled[inner] - shifts[index]).tolist(), ends[index])
        zones.append(Zone(index + 1, tuple(measures.tolist()), labels))
    return tuple(zones)


def _require_lengths(
    known: Stationing,
    equations: Sequence[Equation],
    bounds: Sequence[float],
    ends: tuple[float, float],
) -> None:
    """Refuse equations beyond the axis, at its ends, or not one after the other."""
    for index, (low, high) in enumerate(itertools.pairwise(bounds)):
        if high - low > _HALF_M:
            continue
        before = equations[index - 1] if index else None
        after = equations[index] if index < len(equations) else None
        if before is not None and after is not None:
            text = f"after {before.label} the back label of {after.label} is not reached."
        else:
            one = before or after
            side = "before the start" if before is None else "after the end"
            first = format_chainage(ends[0])
            last = format_chainage(ends[1] - _shifts(equations)[max(index - 1, 0)])
            name = "" if one is None else one.label
            text = (
                f"{name} lies at or {side} of the axis, which runs {known.length_m:.2f} m from "
                f"{first} to {last}, and leaves a zone without length."
            )
        raise _refusal("bad_equation", known, text)


def _refusal(rule: str, known: Stationing, text: str) -> SchemaError:
    """Return the refusal of one alignment's equations or posts."""
    layer = "chainage_equations" if rule == "bad_equation" else "chainage_posts"
    message = f"{layer}: alignment '{known.alignment_id}': {text}"
    problem = make_problem(rule, layer, message, key=known.alignment_id)
    return SchemaError(message, remedy=problem.remedy, problems=[problem])
