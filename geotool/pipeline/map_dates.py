"""The handover on every date of its register, for a map with a date slider."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geotool import crs, rules
from geotool.pipeline.assess import Assessment
from geotool.pipeline.ground import Ground
from geotool.progress import events, handover
from geotool.progress.handover import Clearance, HandoverParts
from geotool.route import corridor
from geotool.route.axis import Axis
from geotool.share.tables import Table, TableColumn

_MOST_DATES = 200  # more steps than this cannot be told apart on a slider
_SIDES = ("left", "right")
_CLEAR, _BLOCKED = "handed_over", "not_handed_over"
_COLUMNS = (
    TableColumn("date", "date"),
    TableColumn("total_km", "length_km"),
    TableColumn("handed_over_km", "length_km"),
    TableColumn("left_km", "length_km"),
    TableColumn("right_km", "length_km"),
    TableColumn("longest_clear_km", "length_km"),
    TableColumn("total_area_ha", "area_ha"),
    TableColumn("handed_over_area_ha", "area_ha"),
)

Shapes = NDArray[np.object_]


@dataclass(frozen=True)
class DatedHandover:
    """The handover over time.

    Parameters
    ----------
    dates
        ISO dates, ascending; the last is that of the statement.
    table
        ``handover_by_date``: a row a date, as ``handover --on`` answers on that date.
    pieces
        The right of way by section, side and state, with from_chainage_m, to_chainage_m,
        length_m (along the axis), area_m2, valid_from (the first date of the state) and
        valid_to (the first date after it), both ISO text, None where open. None without a
        right of way.
    """

    dates: tuple[str, ...]
    table: Table
    pieces: gpd.GeoDataFrame | None


def trace_handover(found: Assessment) -> DatedHandover | None:
    """Return the handover of an assessment on each date of an event, up to that of the statement.

    Where there are more than 200 dates the ends of months stand for them; the table says so.
    None without a register, an alignment or a date.
    """
    register, axes = found.inputs.get("events"), found.axes
    if register is None or not axes or found.on is None:
        return None
    rule = rules.load_handover_rules(project_dir=found.inputs.project.root)
    log = events.read_events(register, axes, rule, on=found.on)
    days = log.frame["event_date"]
    dates = choose_dates(days.unique().tolist(), found.on)
    states = [
        handover.clear_intervals(replace(log, frame=log.frame[days <= date], on=date), axes)
        for date in dates
    ]
    ranges, ground = _ranges(states), found.ground
    cut = None if ground is None else corridor.cut_ranges(ground.right_of_way, axes, ranges)
    rows = [
        _row(found, date, state, _clear_on(cut, place))
        for place, (date, state) in enumerate(zip(dates, states, strict=True))
    ]
    notes = () if set(days) <= set(dates) else ("tables.handover_month_ends_note",)
    table = Table("handover_by_date", _COLUMNS, rows, notes=notes)
    if ground is None or cut is None:
        return DatedHandover(dates, table, None)
    return DatedHandover(dates, table, _pieces(found, ground, cut, dates))


def _clear_on(cut: gpd.GeoDataFrame | None, place: int) -> gpd.GeoDataFrame | None:
    """Return the ranges that are clear on the date of that place, those without land left out."""
    if cut is None:
        return None
    clear = np.array([history[place] for history in cut["clear"]], dtype=np.bool_)
    return cut[clear & ~cut.geometry.is_empty]


def choose_dates(days: Sequence[str], on: str) -> tuple[str, ...]:
    """Return the ISO dates to look at, ascending: those given up to ``on``, and ``on``.

    More than 200 give way to the last days of the months they span.
    """
    dates = sorted({day for day in days if day <= on} | {on})
    if len(dates) <= _MOST_DATES:
        return tuple(dates)
    months = pd.period_range(dates[0][:7], on[:7], freq="M")
    ends = [month.end_time.date().isoformat() for month in months]
    return (*(day for day in ends if day < on), on)


def _row(
    found: Assessment, date: str, state: Sequence[Clearance], clear: gpd.GeoDataFrame | None
) -> dict[str, Any]:
    ground, area = found.ground, None
    if ground is not None and clear is not None:
        area = handover.measure_area(
            ground.right_of_way,
            clear,
            tolerances=found.inputs.tolerances,
        )
    summary = handover.summarise_handover(state, HandoverParts(area_ha=area))
    areas = summary["area_ha"]
    row = {"date": date, "total_area_ha": areas.get("total")}
    row["handed_over_area_ha"] = areas.get("handed_over")
    return {column.name: row.get(column.name, summary.get(column.name)) for column in _COLUMNS}


def _ranges(states: Sequence[Sequence[Clearance]]) -> pd.DataFrame:
    """Return the ranges of one history each, by alignment and side, as long as they can be.

    ``clear`` holds whether the range is clear on each of the dates.
    """
    rows = []
    for own in zip(*states, strict=True):
        last = own[-1]  # its breaks are those of every earlier date and more
        middles = (last.breaks_m[:-1] + last.breaks_m[1:]) / 2
        at = [np.searchsorted(one.breaks_m, middles) - 1 for one in own]
        for side in _SIDES:
            clear = np.array(
                [getattr(one, side)[place] for one, place in zip(own, at, strict=True)]
            ).T
            changes = np.flatnonzero((clear[1:] != clear[:-1]).any(axis=1)) + 1
            for first, end in itertools.pairwise([0, *changes.tolist(), len(clear)]):
                ends = float(last.breaks_m[first]), float(last.breaks_m[end])
                rows.append((last.alignment_id, *ends, side, tuple(clear[first].tolist())))
    columns = ["alignment_id", "from_measure_m", "to_measure_m", "side", "clear"]
    return pd.DataFrame(rows, columns=columns)


def _pieces(
    found: Assessment, ground: Ground, cut: gpd.GeoDataFrame, dates: Sequence[str]
) -> gpd.GeoDataFrame:
    """Return the sides of the sections cut by the ranges, a row a period of one state."""
    keys = ["alignment_id", "section_id"]
    whole = ground.section_cells.dissolve(keys, as_index=False, sort=False, dropna=False)
    sides = corridor.split_sides(whole, ground.axes)
    cells = np.asarray(sides.geometry.array, dtype=object)
    ranges = np.asarray(cut.geometry.array, dtype=object)
    cell, place = shapely.STRtree(ranges).query(cells, predicate="intersects")
    rest = shapely.difference(cells, shapely.union_all(ranges))
    shapes = np.concatenate([shapely.intersection(cells[cell], ranges[place]), rest])
    unit = crs.require_projected(sides, "right_of_way")
    areas = shapely.area(shapes) * unit**2
    never = (False,) * len(dates)
    frame = pd.DataFrame(
        {
            "cell": np.concatenate([cell, np.arange(len(cells))]),
            "clear": [*cut["clear"].iloc[place], *(never for _ in cells)],
            "area_m2": areas,
            "range": np.concatenate([place, np.full(len(cells), -1)]),
            "geometry": shapes,
        }
    )
    frame = frame[areas > found.inputs.tolerances.area_absolute_m2]
    frame = frame.sort_values(["cell", "range"], kind="stable")
    named = sides[[*keys, "side"]].iloc[frame["cell"]].reset_index(drop=True)
    plain = pd.concat([named, frame.reset_index(drop=True)], axis=1)
    labelled = plain.join(_labels(plain, cut, ground.sections, ground.axes))
    return gpd.GeoDataFrame(_periods(labelled, dates), geometry="geometry", crs=sides.crs)


def _labels(
    pieces: pd.DataFrame, cut: pd.DataFrame, sections: pd.DataFrame, axes: Sequence[Axis]
) -> pd.DataFrame:
    """Return the chainages of the ends of each piece, zones only where there are several."""
    bounds = {
        (row.alignment_id, row.section_id): (row.from_measure_m, row.to_measure_m)
        for row in sections.itertuples()
    }
    named = {axis.alignment_id: axis for axis in axes}
    spans = list(cut[["alignment_id", "from_measure_m", "to_measure_m"]].itertuples(index=False))
    rows: list[dict[str, Any]] = []
    for key, section, number in pieces[["alignment_id", "section_id", "range"]].itertuples(
        index=False
    ):
        span = spans[number] if number >= 0 else None
        if span is None or span[0] != key or (key, section) not in bounds:
            rows.append({})
            continue
        first = max(span[1], bounds[key, section][0])
        last = min(span[2], bounds[key, section][1])
        rows.append({**handover.label_range(named[key], first, last), "length_m": last - first})
    zones = () if all(len(axis.zones) == 1 for axis in axes) else ("from_zone", "to_zone")
    columns = ["from_chainage_m", "to_chainage_m", *zones, "length_m"]
    return pd.DataFrame(rows, columns=columns, index=pieces.index)


def _periods(pieces: pd.DataFrame, dates: Sequence[str]) -> pd.DataFrame:
    """Return a row a piece and period in which its state stays the same."""
    rows, states, starts, ends = [], [], [], []
    for row, clear in enumerate(pieces["clear"]):
        for first, end in handover.runs(np.array(clear)):
            rows.append(row)
            states.append(_CLEAR if clear[first] else _BLOCKED)
            starts.append(dates[first] if first else None)
            ends.append(dates[end] if end < len(dates) else None)
    taken = pieces.iloc[rows].drop(columns=["cell", "range", "clear"]).reset_index(drop=True)
    period = {"state": states, "valid_from": starts, "valid_to": ends}
    return taken.assign(**{name: pd.Series(v, dtype=object) for name, v in period.items()})
