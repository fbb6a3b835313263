"""What is doubtful about the stakes of an axis, and where the line through them crosses."""

import itertools
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import shapely
from shapely import LineString, MultiPoint, Polygon
from shapely.geometry.base import BaseGeometry

from geotool.route.axis import Axis
from geotool.route.locate import Locator
from geotool.route.stake_series import LAYER, Series, Stake, name_stake, name_stakes
from geotool.rules.stakes import StakeRules
from geotool.schema import Problem, make_problem

_LISTED = 100


def find_far_stakes(axis: Axis, stakes: Sequence[Stake], rules: StakeRules) -> list[Problem]:
    """Return an error for each stake so far away that its coordinates must be wrong."""
    far = [stake for stake in stakes if stake.offset_m > rules.far_m]
    if not far:
        return []
    turned = Locator([axis]).locate(np.array([[stake.y, stake.x] for stake in far]))
    problems = []
    for stake, offset_m in zip(far, turned.offset_m, strict=True):
        swapped = ""
        if offset_m <= rules.far_m:
            swapped = f" With easting and northing exchanged it would be {offset_m:,.1f} m away."
        text = (
            f"{stake.name} lies {stake.offset_m:,.0f} m from alignment "
            f"'{axis.alignment_id}', at easting {stake.x:.3f}, northing {stake.y:.3f}.{swapped}"
        )
        problems.append(_problem("stake_far", text, stake.point, stake.name))
    return problems


def find_series_problems(series: Series, rules: StakeRules) -> list[Problem]:
    """Return what is doubtful within one side: doubles, order, gaps, side, the axis crossed."""
    pairs = list(itertools.pairwise(series.stakes))
    return [
        *_doubled(series, rules),
        *_disordered(series, pairs, rules),
        *_apart(series, pairs, rules),
        *_misplaced(series, rules),
        *_across(series, pairs, rules),
    ]


def find_end_problems(left: Series, right: Series, rules: StakeRules) -> list[Problem]:
    """Return where one side, or both, end before the other or the axis does."""
    axis = left.axis
    problems = []
    for end, place, ahead, axis_m in (
        ("begin", 0, 1.0, axis.start_measure_m),
        ("end", -1, -1.0, axis.end_measure_m),
    ):
        short, full = sorted(
            (left, right), key=lambda one: ahead * one.stakes[place].measure_m, reverse=True
        )
        stake, other = short.stakes[place], full.stakes[place]
        missing_m = ahead * (stake.measure_m - other.measure_m)
        if missing_m > rules.gap_m:
            text = (
                f"{short.title}: the stakes {end} at {name_stake(axis, stake)}, {missing_m:.2f} m "
                f"short of those on the {full.side}, at {name_stake(axis, other)}."
            )
            problems.append(_problem("stake_end", text, _edge(stake, other)))
        missing_m = ahead * (other.measure_m - axis_m)
        if missing_m > rules.gap_m:
            text = (
                f"alignment '{axis.alignment_id}': the stakes of both sides {end} "
                f"{missing_m:.2f} m short of the axis, at {name_stake(axis, other)}."
            )
            problems.append(_problem("stake_end", text, other.point))
    return problems


def close_ring(left: Series, right: Series) -> tuple[Polygon | None, list[Problem]]:
    """Return the polygon along the left stakes and back along the right ones.

    None with errors that name the stakes, where it would not be one valid polygon.
    """
    ring = _ring(left, right)
    shape = Polygon([(stake.x, stake.y) for stake in ring]) if len(ring) > 2 else Polygon()
    if shape.is_valid and shape.area > 0:
        return shape, []
    stakes = (*left.stakes, *right.stakes)
    text = (
        f"alignment '{left.axis.alignment_id}': the stakes enclose no land: "
        f"{name_stakes(left.axis, stakes)}."
    )
    empty = _problem("stake_crossing", text, MultiPoint([stake.point for stake in stakes]))
    return None, (_crossings(left.axis, ring) if len(ring) > 1 else []) or [empty]


def _ring(left: Series, right: Series) -> list[Stake]:
    """Return the stakes around the land, without those in the place of the one before."""
    around = (*left.stakes, *reversed(right.stakes))
    before = (around[-1], *around[:-1])
    return [one for one, last in zip(around, before, strict=True) if one.distance_to(last) > 0]


def _crossings(axis: Axis, ring: Sequence[Stake]) -> list[Problem]:
    """Return an error for each two edges of a ring that meet where they should not."""
    edges = list(itertools.pairwise([*ring, ring[0]]))
    lines = shapely.linestrings([[(a.x, a.y), (b.x, b.y)] for a, b in edges])
    first, second = shapely.STRtree(lines).query(lines, predicate="intersects")
    met = sorted({(int(a), int(b)) for a, b in zip(first, second, strict=True) if a < b})
    problems = []
    for one, other in met:
        common = shapely.intersection(lines[one], lines[other])
        follow = other - one in (1, len(edges) - 1)
        if follow and common.geom_type == "Point":
            continue
        at = common.centroid
        text = (
            f"alignment '{axis.alignment_id}': the line {_name_edge(axis, edges[one])} crosses "
            f"or runs into the line {_name_edge(axis, edges[other])} at easting {at.x:.2f}, "
            f"northing {at.y:.2f}."
        )
        problems.append(_problem("stake_crossing", text, at))
    more = len(problems) - _LISTED
    if more <= 0:
        return problems
    text = f"alignment '{axis.alignment_id}': {more} more crossings of the lines between stakes."
    return [*problems[:_LISTED], make_problem("stake_crossing", LAYER, text)]


def _doubled(series: Series, rules: StakeRules) -> list[Problem]:
    """Return the pairs of stakes in one place or with one number."""
    stakes, axis = series.stakes, series.axis
    points = np.array([stake.point for stake in stakes], dtype=object)
    reach = rules.same_place_m / axis.metres_per_unit
    one, other = shapely.STRtree(points).query(points, predicate="dwithin", distance=reach)
    problems = []
    for a, b in sorted((int(a), int(b)) for a, b in zip(one, other, strict=True) if a < b):
        apart_m = stakes[a].distance_to(stakes[b]) * axis.metres_per_unit
        named = name_stakes(axis, (stakes[a], stakes[b]))
        text = f"{series.title}: {named} stand {apart_m:.3f} m apart."
        problems.append(_problem("stake_doubled", text, stakes[a].point, stakes[b].name))
    by_number: dict[float, list[Stake]] = {}
    for stake in stakes:
        if stake.sequence is not None:
            by_number.setdefault(stake.sequence, []).append(stake)
    for number, same in sorted(by_number.items()):
        if len(same) > 1:
            text = f"{series.title}: {name_stakes(axis, same)} have one sequence, {number:g}."
            shape = MultiPoint([stake.point for stake in same])
            problems.append(_problem("stake_doubled", text, shape, same[1].name))
    return problems


def _disordered(
    series: Series, pairs: Sequence[tuple[Stake, Stake]], rules: StakeRules
) -> list[Problem]:
    """Return where a stake stands behind the one before it."""
    problems = []
    for before, after in pairs:
        back_m = before.measure_m - after.measure_m
        if back_m > rules.beside_m:
            axis = series.axis
            text = (
                f"{series.title}: {name_stake(axis, after)} follows {name_stake(axis, before)} "
                f"but stands {back_m:.2f} m before it along the axis."
            )
            problems.append(_problem("stake_order", text, _edge(before, after), after.name))
    return problems


def _apart(
    series: Series, pairs: Sequence[tuple[Stake, Stake]], rules: StakeRules
) -> list[Problem]:
    """Return the neighbours that are much farther apart than is usual in their series."""
    unit = series.axis.metres_per_unit
    lengths = [before.distance_to(after) * unit for before, after in pairs]
    spaced = sorted(length for length in lengths if length > rules.same_place_m)
    if not spaced:
        return []
    usual_m = spaced[(len(spaced) - 1) // 2]
    problems = []
    for (before, after), length_m in zip(pairs, lengths, strict=True):
        if length_m > max(rules.gap_factor * usual_m, rules.gap_m):
            named = f"{name_stake(series.axis, before)} and {name_stake(series.axis, after)}"
            text = (
                f"{series.title}: between {named} there is no stake over {length_m:.2f} m; "
                f"stakes of this side are {usual_m:.2f} m apart in the median."
            )
            problems.append(_problem("stake_gap", text, _edge(before, after), before.name))
    return problems


def _misplaced(series: Series, rules: StakeRules) -> list[Problem]:
    """Return one finding for the stakes of a side that stand on the other one."""
    sign = 1.0 if series.side == "left" else -1.0
    wrong = [one for one in series.stakes if sign * one.lateral_m < -rules.same_place_m]
    if not wrong:
        return []
    other = "right" if series.side == "left" else "left"
    text = (
        f"{series.title}: {len(wrong)} of {len(series.stakes)} stakes stand on the {other} of "
        f"the axis: {name_stakes(series.axis, wrong)}."
    )
    shape = MultiPoint([stake.point for stake in wrong])
    return [_problem("stake_wrong_side", text, shape, wrong[0].name if len(wrong) == 1 else "")]


def _across(
    series: Series, pairs: Sequence[tuple[Stake, Stake]], rules: StakeRules
) -> list[Problem]:
    """Return where the line between two stakes on their own side crosses the axis."""
    sign = 1.0 if series.side == "left" else -1.0
    beside = [
        pair for pair in pairs if all(sign * one.lateral_m > rules.same_place_m for one in pair)
    ]
    return [
        _problem(
            "stake_axis_crossed",
            f"{series.title}: the line {_name_edge(series.axis, pair)} crosses the axis.",
            _edge(*pair),
            pair[0].name,
        )
        for pair in beside
        if _edge(*pair).intersects(series.axis.line)
    ]


def _name_edge(axis: Axis, edge: tuple[Stake, Stake]) -> str:
    """Return an edge as text, by its two stakes."""
    return f"{name_stake(axis, edge[0])} - {name_stake(axis, edge[1])}"


def _edge(one: Stake, other: Stake) -> LineString:
    """Return the line between two stakes."""
    return LineString([one.point, other.point])


def _problem(rule: str, text: str, shape: BaseGeometry, key: str = "") -> Problem:
    """Return a problem with its place on the map."""
    return replace(make_problem(rule, LAYER, text, key=key), shape=shape)
