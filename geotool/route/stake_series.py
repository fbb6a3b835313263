"""The stakes of each side of an axis: where they stand beside it and in which order."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from shapely import Point

from geotool.errors import LabelError
from geotool.route.axis import Axis, is_blank, measure_of
from geotool.route.locate import Floats, Locator
from geotool.rules.stakes import StakeRules
from geotool.schema import Problem, make_problem, name_keys
from geotool.units import natural_key

LAYER = "stakes"
SIDES = ("left", "right")
_TANGENT_M = 1e-3


@dataclass(frozen=True)
class Stake:
    """One stake.

    Attributes
    ----------
    name
        Its key.
    x, y
        Easting and northing in the CRS of the axis.
    side
        ``left`` or ``right`` as written, or as found where nothing is written.
    sequence
        Its number in the series as written.
    stated_m
        Measure of the chainage written, in metres.
    measure_m
        Measure of the place beside it in metres, carried on beyond the ends of the axis.
    lateral_m
        Distance across the axis in metres, positive on the left.
    offset_m
        Distance to the axis in metres.
    """

    name: str
    x: float
    y: float
    side: str
    sequence: float | None
    stated_m: float | None
    measure_m: float
    lateral_m: float
    offset_m: float

    @property
    def point(self) -> Point:
        """The stake as a point."""
        return Point(self.x, self.y)

    def distance_to(self, other: "Stake") -> float:
        """Return the distance of two stakes in units of the CRS."""
        return math.hypot(self.x - other.x, self.y - other.y)


@dataclass(frozen=True)
class Series:
    """The stakes of one side of one axis, in the direction of increasing chainage."""

    axis: Axis
    side: str
    stakes: tuple[Stake, ...]

    @property
    def title(self) -> str:
        """The series as the beginning of a message."""
        return f"alignment '{self.axis.alignment_id}', {self.side}"


def name_stake(axis: Axis, stake: Stake) -> str:
    """Return name and chainage of a stake, ``C12 (Km10+020.00)``."""
    return f"{stake.name} ({axis.text_at(stake.measure_m)})"


def name_stakes(axis: Axis, stakes: Iterable[Stake]) -> str:
    """Return names and chainages of stakes, at most ten and how many more there are."""
    return name_keys(name_stake(axis, stake) for stake in stakes)


def place_stakes(
    axis: Axis, rows: gpd.GeoDataFrame, rules: StakeRules
) -> tuple[list[Stake], list[Problem]]:
    """Return the rows of one alignment as stakes, and what is doubtful about each of them.

    A stake is beside the nearest place of the axis. Where the chainage written names another
    place that the stake is square to, as between the legs of a hairpin, it is beside that one.
    """
    if rows.empty:
        return [], []
    xy = shapely.get_coordinates(rows.geometry.to_numpy())
    places = Locator([axis]).locate(xy)
    past = places.measure_m > axis.start_measure_m + axis.length_m / 2
    measures = places.measure_m + np.where(past, places.beyond_m, -places.beyond_m)
    stakes: list[Stake] = []
    problems: list[Problem] = []
    for position, row in enumerate(rows.drop(columns="geometry").to_dict("records")):
        sequence: Any = row.get("sequence")
        stake = Stake(
            name=str(row["stake_id"]),
            x=float(xy[position, 0]),
            y=float(xy[position, 1]),
            side="" if is_blank(row.get("side")) else str(row["side"]),
            sequence=None if is_blank(sequence) else float(sequence),
            stated_m=None,
            measure_m=float(measures[position]),
            lateral_m=float(places.lateral_m[position]),
            offset_m=float(places.offset_m[position]),
        )
        stake, found = _with_chainage(axis, stake, row, rules)
        stakes.append(stake)
        problems += found
    stakes, found = _with_sides(axis, stakes, rules)
    return stakes, [*problems, *found]


def make_series(
    axis: Axis, side: str, stakes: Sequence[Stake], rules: StakeRules
) -> tuple[Series, list[Problem]]:
    """Return the stakes of one side in order: by sequence, by chainage or by their places.

    Stakes of one sequence number, or beside one place, are ordered so that each is followed by
    the nearest of them. Rows that repeat a stake exactly are dropped.
    """
    title = f"alignment '{axis.alignment_id}', {side}"
    kept, dropped = _without_copies(stakes)
    problems = []
    if dropped:
        text = f"{title}: {len(dropped)} repeated stakes were dropped: {name_keys(dropped)}."
        problems.append(make_problem("stake_repeated", LAYER, text))
    ordered, numbered = _ordered(kept, rules)
    if not numbered:
        text = f"{title}: {len(kept)} stakes were put in the order of their places on the axis."
        problems.append(make_problem("stake_order_found", LAYER, text))
    steps = np.sign(np.diff([stake.measure_m for stake in ordered]))
    if steps.sum() < 0:
        ordered.reverse()
        first, last = name_stake(axis, ordered[0]), name_stake(axis, ordered[-1])
        text = f"{title}: the stakes are numbered from {last} down to {first}."
        problems.append(make_problem("stake_series_reversed", LAYER, text))
    return Series(axis, side, tuple(ordered)), problems


def _with_chainage(
    axis: Axis, stake: Stake, row: Mapping[Any, Any], rules: StakeRules
) -> tuple[Stake, list[Problem]]:
    """Return a stake with the measure of the chainage written for it, and how they differ."""
    if is_blank(row.get("chainage")):
        return stake, []
    beside_m = stake.measure_m
    try:
        stated = measure_of(axis, row, "", default=beside_m, beyond=True, near_m=beside_m)
    except LabelError as error:
        text = f"{name_stake(axis, stake)}: {error}"
        return stake, [_of_stake("stake_chainage_differs", text, stake)]
    stake = replace(stake, stated_m=stated)
    apart = abs(stated - stake.measure_m)
    if apart <= rules.chainage_m:
        return stake, []
    if axis.start_measure_m <= stated <= axis.end_measure_m:
        along, across = _seen_from(axis, stated, stake)
        if abs(along) <= rules.chainage_m:
            return replace(stake, measure_m=stated, lateral_m=across), []
    text = (
        f"{name_stake(axis, stake)}: the chainage written is {axis.text_at(stated)}, "
        f"{apart:.2f} m from its place."
    )
    return stake, [_of_stake("stake_chainage_differs", text, stake)]


def _seen_from(axis: Axis, measure_m: float, stake: Stake) -> tuple[float, float]:
    """Return how far a stake is ahead of a place on the axis, and across, in metres."""
    unit = axis.metres_per_unit
    at = (measure_m - axis.start_measure_m) / unit
    reach = _TANGENT_M / unit
    ends: Floats = shapely.get_coordinates(
        shapely.line_interpolate_point(axis.line, [max(at - reach, 0.0), at, at + reach])
    )
    tangent = (ends[2] - ends[0]) / np.hypot(*(ends[2] - ends[0]))
    away = (np.array([stake.x, stake.y]) - ends[1]) * unit
    across = tangent[0] * away[1] - tangent[1] * away[0]
    return float(tangent @ away), float(across)


def _with_sides(
    axis: Axis, stakes: Sequence[Stake], rules: StakeRules
) -> tuple[list[Stake], list[Problem]]:
    """Return the stakes with the side found by their place where none is written."""
    placed, found, problems = [], [], []
    for stake in stakes:
        if stake.side in SIDES:
            placed.append(stake)
        elif stake.side or abs(stake.lateral_m) <= rules.same_place_m:
            written = f"'{stake.side}' is no side" if stake.side else "it stands on the axis"
            text = f"{name_stake(axis, stake)}: {written}, so its side is unknown."
            problems.append(_of_stake("stake_side_unknown", text, stake))
        else:
            found.append(stake)
            placed.append(replace(stake, side=SIDES[int(stake.lateral_m < 0)]))
    if found:
        found.sort(key=lambda stake: (stake.measure_m, stake.lateral_m))
        text = (
            f"alignment '{axis.alignment_id}': the side of {len(found)} stakes was found by "
            f"their place: {name_stakes(axis, found)}."
        )
        problems.append(make_problem("stake_side_found", LAYER, text))
    return placed, problems


def _without_copies(stakes: Sequence[Stake]) -> tuple[list[Stake], list[str]]:
    """Return stakes without those that repeat another in all but the name, and their names."""
    kept: dict[tuple[object, ...], Stake] = {}
    dropped = []
    for stake in sorted(stakes, key=lambda stake: natural_key(stake.name)):
        same = (stake.x, stake.y, stake.sequence, stake.stated_m)
        if same in kept:
            dropped.append(stake.name)
        else:
            kept[same] = stake
    return list(kept.values()), dropped


def _ordered(stakes: Sequence[Stake], rules: StakeRules) -> tuple[list[Stake], bool]:
    """Return stakes in order, and whether what is written for all of them says so."""
    sequences = [stake.sequence for stake in stakes if stake.sequence is not None]
    if len(sequences) == len(stakes):
        return _chained(stakes, sequences, 0.0), True
    stated = [stake.stated_m for stake in stakes if stake.stated_m is not None]
    if len(stated) == len(stakes):
        return _chained(stakes, stated, rules.beside_m), True
    return _chained(stakes, [stake.measure_m for stake in stakes], rules.beside_m), False


def _chained(stakes: Sequence[Stake], keys: Sequence[float], tie: float) -> list[Stake]:
    """Return stakes by keys; those with keys closer than a tie go from each to the nearest."""
    ranked = sorted(
        zip(keys, stakes, strict=True),
        key=lambda pair: (pair[0], pair[1].measure_m, pair[1].lateral_m),
    )
    groups: list[tuple[float, list[Stake]]] = []
    for key, stake in ranked:
        if groups and key - groups[-1][0] <= tie:
            groups[-1][1].append(stake)
        else:
            groups.append((key, [stake]))
    ordered: list[Stake] = []
    for number, (_, group) in enumerate(groups):
        if ordered:
            ordered += _nearest_first(ordered[-1], group)
        elif number + 1 < len(groups):
            ordered += _nearest_first(groups[number + 1][1][0], group)[::-1]
        else:
            ordered += group
    return ordered


def _nearest_first(start: Stake, group: Sequence[Stake]) -> list[Stake]:
    """Return stakes so that each is the nearest of those left to the one before it."""
    left, ordered = list(group), []
    while left:
        nearest = min(left, key=start.distance_to)
        left.remove(nearest)
        ordered.append(nearest)
        start = nearest
    return ordered


def _of_stake(rule: str, text: str, stake: Stake) -> Problem:
    """Return a problem of one stake, with its place on the map."""
    return replace(make_problem(rule, LAYER, text, key=stake.name), shape=stake.point)
