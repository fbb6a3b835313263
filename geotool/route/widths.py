"""Half widths of the right of way by chainage: a table, linear between its rows."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from geotool.cells import row_positions
from geotool.errors import DataError, LabelError, SchemaError
from geotool.route.axis import Axis, axis_of, is_blank, measure_of, read_metres, require_axes
from geotool.route.locate import Floats
from geotool.route.stationing import PRINTED_M, SAME_PLACE_M, chainages_at, zone_at
from geotool.schema import Problem, make_problem, name_keys, require_columns
from geotool.units import format_chainage, natural_key

_LAYER = "widths"


@dataclass(frozen=True, eq=False)
class WidthProfile:
    """The widths on both sides of one axis, linear between its stations.

    Attributes
    ----------
    measures
        Stations in metres, not falling; a station met twice is a step, its first widths hold
        before it and its second ones after it.
    left_m, right_m
        Widths in metres at the stations, on the left and right of increasing chainage. Before
        the first and after the last station theirs hold.
    """

    measures: Floats
    left_m: Floats
    right_m: Floats

    @classmethod
    def constant(cls, axis: Axis, left_m: float, right_m: float) -> Self:
        """Return widths that are the same from the start to the end of an axis."""
        ends = np.array([axis.start_measure_m, axis.end_measure_m])
        return cls(ends, np.full(2, float(left_m)), np.full(2, float(right_m)))

    def widths_at(self, measure_m: ArrayLike, *, before: bool = False) -> tuple[Floats, Floats]:
        """Return the left and right widths in metres at measures, as arrays of their shape.

        At a step they are those after it, or those `before` it.
        """
        at = np.asarray(measure_m, dtype=np.float64)
        last = len(self.measures) - 1
        knot = np.searchsorted(self.measures, at, side="left" if before else "right") - 1
        low, high = np.clip(knot, 0, last), np.clip(knot + 1, 0, last)
        span = self.measures[high] - self.measures[low]
        share = np.clip((at - self.measures[low]) / np.where(span > 0, span, 1.0), 0.0, 1.0)
        return (
            _between(self.left_m[low], self.left_m[high], share),
            _between(self.right_m[low], self.right_m[high], share),
        )


def _between(low: Floats, high: Floats, share: Floats) -> Floats:
    """Return what lies at a share of the way from low to high, both ends exactly."""
    found: Floats = np.where(share == 1.0, high, low + (high - low) * share)
    return found


@dataclass(frozen=True)
class _Row:
    """One row of the table: what it is called, where it is and its widths.

    ``zone`` is the number of the zone its label belongs to.
    """

    name: str
    measure_m: float
    left_m: float
    right_m: float
    zone: int

    @property
    def widths(self) -> tuple[float, float]:
        return self.left_m, self.right_m


def read_widths(
    axes: Sequence[Axis], table: pd.DataFrame
) -> tuple[dict[str, WidthProfile], list[Problem]]:
    """Return the widths along every axis, and what was done to read them.

    Two rows at one place are a step: the first one holds before it and the second one after it,
    the other way round in a table that falls; at an equation the row with the back label is the
    first one, whatever the order. The rows may come in any order. Where they do not
    reach an end of the axis, the widths nearest to it hold to the end; rows beyond an end only
    say how the widths go on up to it.

    Parameters
    ----------
    axes
        The axes.
    table
        ``chainage`` (metres or labels, with ``zone`` where one stands twice), ``left_m``,
        ``right_m`` in metres, and ``alignment_id``, which one axis alone does not need.

    Returns
    -------
    dict, list
        The profile of every ``alignment_id``, from the start to the end of its axis; notices
        ``widths_reordered`` and findings ``widths_extended``.

    Raises
    ------
    SchemaError
        There is no axis, a column is missing, a cell is no width, an alignment has no rows,
        none of its rows lies on it, a place has three rows, or the two rows of a step could be
        either way round. All such rows are named.
    LabelError
        Alignments and chainages that do not exist, rows that name no alignment where there are
        several, chainages that stand twice without a zone; all are named.
    """
    require_axes(axes)
    require_columns(table, ["chainage", "left_m", "right_m"], _LAYER)
    rows = _read_rows(axes, table)
    profiles: dict[str, WidthProfile] = {}
    problems: list[Problem] = []
    faults: list[DataError] = []
    for axis in sorted(axes, key=lambda axis: natural_key(axis.alignment_id)):
        try:
            profile, found = _make_profile(axis, rows[axis.alignment_id])
        except DataError as fault:
            faults.append(fault)
            continue
        profiles[axis.alignment_id] = profile
        problems += found
    _refuse(faults)
    return profiles, problems


def _refuse(faults: Sequence[DataError]) -> None:
    """Raise one error that says all faults, if there are any."""
    if not faults:
        return
    kind = LabelError if all(isinstance(fault, LabelError) for fault in faults) else SchemaError
    remedies = dict.fromkeys(fault.remedy for fault in faults if fault.remedy)
    problems = [make_problem("bad_widths", _LAYER, fault.message) for fault in faults]
    raise kind(
        f"{_LAYER}: " + " ".join(fault.message for fault in faults),
        remedy=" ".join(remedies),
        problems=problems,
        headline=f"{_LAYER}: {len(faults)} faults.",
    )


def _read_rows(axes: Sequence[Axis], table: pd.DataFrame) -> dict[str, list[_Row]]:
    """Return the rows of every alignment in the order of the table."""
    rows: dict[str, list[_Row]] = {axis.alignment_id: [] for axis in axes}
    faults: list[DataError] = []
    numbers = row_positions(table) + 1
    for number, record in zip(numbers, table.to_dict("records"), strict=True):
        name = f"row {number} ({_written(record['chainage'])})"
        try:
            axis = axis_of(record, axes)
            rows[axis.alignment_id].append(_read_row(axis, name, record))
        except LabelError as fault:
            faults.append(LabelError(f"{name}: {fault.message}", remedy=fault.remedy))
        except SchemaError as fault:
            faults.append(SchemaError(f"{name}: {fault.message}", remedy=fault.remedy))
    _refuse(faults)
    return rows


def _written(chainage: object) -> str:
    """Return a chainage cell as a label; text and what is no number as it stands."""
    if isinstance(chainage, int | float) and math.isfinite(chainage):
        return format_chainage(chainage)
    return str(chainage)


def _read_row(axis: Axis, name: str, record: Mapping[Any, Any]) -> _Row:
    """Return one row, its chainage and widths checked."""
    measure_m = measure_of(axis, record, "", default=math.nan, beyond=True)
    if not math.isfinite(measure_m):
        raise SchemaError("it has no chainage.", remedy="Give every row a chainage.")
    left_m, right_m = (_read_width(record[column], column) for column in ("left_m", "right_m"))
    return _Row(name, measure_m, left_m, right_m, _zone_of(axis, record, measure_m))


def _zone_of(axis: Axis, record: Mapping[Any, Any], measure_m: float) -> int:
    """Return the number of the zone a label belongs to; at an equation it tells back from ahead."""
    label_m = read_metres(record["chainage"], default=math.nan)
    around = [zone_at(axis.zones, measure_m + way) for way in (-SAME_PLACE_M, SAME_PLACE_M)]
    apart = [abs(float(chainages_at([zone], measure_m)) - label_m) for zone in around]
    return around[int(apart[1] < apart[0])].number


def _read_width(value: object, column: str) -> float:
    """Return a width in metres; refuse one that is blank, negative or not a number."""
    try:
        width = math.nan if is_blank(value) else float(str(value))
    except ValueError:
        width = math.nan
    if not (math.isfinite(width) and width >= 0):
        said = "blank" if is_blank(value) else f"'{value}'"
        raise SchemaError(f"{column} is {said}.", remedy="Give widths of 0 m or more.")
    return width


def _make_profile(axis: Axis, rows: list[_Row]) -> tuple[WidthProfile, list[Problem]]:
    """Return the profile of one axis from the rows of its table."""
    if not rows:
        raise SchemaError(
            f"Alignment '{axis.alignment_id}' has no rows.",
            remedy="Give every alignment of the project its widths.",
        )
    ordered, problems = _ordered(axis, rows)
    measures = np.array([row.measure_m for row in ordered])
    first, last = measures[0], measures[-1]
    start, end = axis.start_measure_m, axis.end_measure_m
    if first > end + PRINTED_M or last < start - PRINTED_M:
        raise SchemaError(
            f"No row lies on alignment '{axis.alignment_id}', which runs from "
            f"{axis.label_at(start)} to {axis.label_at(end, before=True)}: "
            f"{name_keys(row.name for row in ordered)}.",
            remedy="Correct the chainages of the table, or start_chainage of the alignment.",
        )
    whole = WidthProfile(
        measures,
        np.array([row.left_m for row in ordered]),
        np.array([row.right_m for row in ordered]),
    )
    for gap_m, where, row in (
        (first - start, "start", ordered[0]),
        (end - last, "end", ordered[-1]),
    ):
        if gap_m > PRINTED_M:
            text = (
                f"Alignment '{axis.alignment_id}': {row.name} lies {gap_m:.2f} m from the {where}; "
                f"its widths hold up to there."
            )
            found = make_problem("widths_extended", _LAYER, text, key=axis.alignment_id)
            problems.append(found)
    return _clipped(whole, start, end), problems


def _clipped(profile: WidthProfile, start_m: float, end_m: float) -> WidthProfile:
    """Return a profile from start to end."""
    inside = (profile.measures > start_m) & (profile.measures < end_m)
    first, last = profile.widths_at(start_m), profile.widths_at(end_m, before=True)
    return WidthProfile(
        np.concatenate([[start_m], profile.measures[inside], [end_m]]),
        np.concatenate([[first[0]], profile.left_m[inside], [last[0]]]),
        np.concatenate([[first[1]], profile.right_m[inside], [last[1]]]),
    )


def _ordered(axis: Axis, rows: list[_Row]) -> tuple[list[_Row], list[Problem]]:
    """Return the rows by measure, the two of a step in their order and at one place."""
    steps = np.diff([row.measure_m for row in rows])
    if (steps >= -SAME_PLACE_M).all():
        return _joined(axis, _grouped(rows)), []
    if (steps <= SAME_PLACE_M).all():
        return _joined(axis, _grouped(rows[::-1])), []
    groups = _grouped(sorted(rows, key=lambda row: row.measure_m))
    text = f"The rows of alignment '{axis.alignment_id}' were put in order of chainage."
    problem = make_problem("widths_reordered", _LAYER, text, key=axis.alignment_id)
    bare: list[list[_Row]] = [[]]
    placed = [
        _step_in_order(*around)
        for around in zip(bare + groups[:-1], groups, groups[1:] + bare, strict=True)
    ]
    return _joined(axis, placed), [problem]


def _grouped(rows: Sequence[_Row]) -> list[list[_Row]]:
    """Return rows that follow each other, those of one place together.

    At an equation the rows with the back label come before those with the ahead label.
    """
    groups: list[list[_Row]] = []
    for row in rows:
        if groups and abs(row.measure_m - groups[-1][0].measure_m) <= SAME_PLACE_M:
            groups[-1].append(row)
        else:
            groups.append([row])
    return [sorted(group, key=lambda row: row.zone) for group in groups]


def _joined(axis: Axis, groups: Sequence[Sequence[_Row]]) -> list[_Row]:
    """Return all rows, those of one place with one measure; refuse three at a place."""
    crowded = [group for group in groups if len(group) > 2]
    if crowded:
        named = "; ".join(", ".join(row.name for row in group) for group in crowded)
        raise SchemaError(
            f"Alignment '{axis.alignment_id}' has three or more rows at one place: {named}.",
            remedy="Two rows at one chainage are a step, the widths before and after it.",
        )
    return [replace(row, measure_m=group[0].measure_m) for group in groups for row in group]


def _step_in_order(
    before: Sequence[_Row], step: Sequence[_Row], after: Sequence[_Row]
) -> Sequence[_Row]:
    """Return the two rows of a step in the order in which the widths go on without a break."""
    if len(step) != 2 or step[0].widths == step[1].widths or step[0].zone < step[1].zone:
        return step

    def fits(pair: Sequence[_Row]) -> int:
        goes_on = pair[0].widths in [row.widths for row in before]
        return goes_on + (pair[1].widths in [row.widths for row in after])

    forward, backward = fits(step), fits(step[::-1])
    if forward == backward:
        raise SchemaError(
            f"Which comes first, {step[0].name} or {step[1].name}? The table is not in order.",
            remedy="Sort the table by chainage, at a step the widths before it first.",
        )
    return step if forward > backward else step[::-1]
