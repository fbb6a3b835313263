"""What lies along an alignment, added up in bins or listed by stretch, from an assessment."""

import bisect
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geotool import rules
from geotool.affected.order import text_keys
from geotool.affected.structures import DWELLING
from geotool.pipeline.assess import Assessment
from geotool.pipeline.ground import Ground
from geotool.pipeline.land import Land
from geotool.progress import events, handover
from geotool.progress.handover import Clearance
from geotool.route import chainage, corridor
from geotool.route.axis import Axis
from geotool.route.takings import read_basis
from geotool.share.diagram.records import (
    Blocked,
    Blockers,
    Cause,
    CountBar,
    LandBar,
    Span,
    Stretch,
)

_BLOCKED = "blocked"
_OPPOSITE = {"left": "right", "right": "left"}


@dataclass(frozen=True)
class Bins:
    """The bins of one axis, and where its sections run."""

    axis: Axis
    spans: tuple[Span, ...]
    sections: Mapping[str, tuple[float, float]]

    def index_of(self, measure_m: float, section_id: object) -> int:
        """Return the bin of a measure, which is first moved into its section."""
        low, high = self.sections.get(str(section_id), (-np.inf, np.inf))
        starts = [span.from_measure_m for span in self.spans]
        place = bisect.bisect_right(starts, min(max(measure_m, low), high)) - 1
        if place > 0 and starts[place] == high:
            place -= 1
        return min(max(place, 0), len(self.spans) - 1)


@dataclass(frozen=True, eq=False)
class Register:
    """What decides the handover: the events that clear or revoke, and by alignment what is clear.

    Rows of ``frame`` are those that the clearances name.
    """

    frame: pd.DataFrame
    clearances: Mapping[str, Clearance]


def make_span(axis: Axis, first_m: float, last_m: float) -> Span:
    """Return a stretch of an axis with the labels of its ends."""
    first, last = axis.labels_of(first_m, last_m)
    return Span(first_m, last_m, first.text(), last.text())


def divide_land(land: Land, ground: Ground, bins: Sequence[Bins]) -> pd.DataFrame:
    """Return the parts of parcels divided by the bins and sides they lie in.

    Every part is divided in proportion to the areas there, so that the sum is that of the parts
    to the last digit but rounding.

    Returns
    -------
    DataFrame
        alignment_id, bin_index, side, basis, area_m2 and part, the position in ``parts``.
    """
    cells = _side_cells(ground, bins)
    parts = land.take.parts
    shapes, ground_shapes = parts.geometry.to_numpy(), cells.geometry.to_numpy()
    tree = shapely.STRtree(ground_shapes)
    part, cell = tree.query(shapes, predicate="intersects")
    own = parts["alignment_id"].to_numpy()[part] == cells["alignment_id"].to_numpy()[cell]
    part, cell = part[own], cell[own]
    shared = shapely.area(shapely.intersection(shapes[part], ground_shapes[cell]))
    whole = np.bincount(part, shared, minlength=len(parts))
    lost = np.flatnonzero(whole == 0)
    part = np.concatenate([part, lost])
    cell = np.concatenate([cell, tree.nearest(shapes[lost])])
    shared, whole[lost] = np.concatenate([shared, np.ones(len(lost))]), 1.0
    rows = pd.DataFrame(cells.drop(columns="geometry")).iloc[cell].reset_index(drop=True)
    rows["basis"] = read_basis(parts).to_numpy()[part]
    rows["area_m2"] = parts["affected_area_m2"].to_numpy()[part] * shared / whole[part]
    return rows.assign(part=part)[shared > 0]


def bin_land(rows: pd.DataFrame, bins: Sequence[Bins]) -> dict[str, tuple[LandBar, ...]]:
    """Return the affected areas of :func:`divide_land` by alignment, bin, side and basis."""
    keys = ["alignment_id", "bin_index", "side", "basis"]
    sums = rows[rows["area_m2"] != 0].groupby(keys, as_index=False)["area_m2"].sum()
    return {
        one.axis.alignment_id: tuple(
            LandBar(int(row["bin_index"]), row["side"], row["basis"], float(row["area_m2"]))
            for row in sums[sums["alignment_id"] == one.axis.alignment_id].to_dict("records")
        )
        for one in bins
    }


def bin_structures(
    found: Assessment, taken: pd.DataFrame, bins: Sequence[Bins]
) -> dict[str, tuple[CountBar, ...]]:
    """Return the structures taken by alignment, bin, side and kind; each counts once."""
    frame: Any = found.inputs.frames["structures"]
    keys = text_keys(frame["structure_id"])
    points = gpd.GeoDataFrame(
        {"structure_id": keys.to_numpy()},
        geometry=shapely.point_on_surface(frame.geometry.to_numpy()),
        crs=frame.crs,
    )
    placed = points.merge(taken, on="structure_id", how="inner")
    kinds = placed["use"].eq(DWELLING).map({True: DWELLING, False: "other"})
    return _count(_located(placed.assign(kind=kinds), found, bins), bins)


def bin_graves(graves: gpd.GeoDataFrame, bins: Sequence[Bins]) -> dict[str, tuple[CountBar, ...]]:
    """Return the graves in the right of way and its margin by alignment, bin, side and zone."""
    inside = graves[graves["zone"] != "none"]
    return _count(inside.assign(kind=inside["zone"]), bins)


def read_register(found: Assessment, axes: Sequence[Axis]) -> Register | None:
    """Return what the register of events says; None without one or a date of the statement."""
    register = found.inputs.get("events")
    if register is None or found.on is None:
        return None
    rule = rules.load_handover_rules(project_dir=found.inputs.project.root)
    log = events.read_events(register, axes, rule, on=found.on)
    deciding = replace(log, frame=log.frame[log.frame["effect"] != ""])
    clearances = handover.clear_intervals(deciding, axes)
    return Register(deciding.frame, {one.alignment_id: one for one in clearances})


def list_handover(register: Register, axis: Axis, *, dated: bool) -> tuple[Stretch, ...]:
    """Return what of an alignment is handed over and what is not, by side and date.

    ``dated`` keeps the date of the event that cleared a stretch.
    """
    days = register.frame["event_date"].astype(str) if dated else pd.Series(dtype=object)
    dates = dict(zip(days.index.tolist(), days, strict=True))
    clearance = register.clearances[axis.alignment_id]
    return tuple(
        stretch for side in ("left", "right") for stretch in _stretches(clearance, side, dates)
    )


def list_blockers(rows: Sequence[Mapping[str, Any]], register: Register, axis: Axis) -> Blockers:
    """Return what of an alignment is not handed over, where it is blocked, and why.

    A stretch is blocked where the event that decides it, or a blocker of ``rows``, says so. What
    is handed over is never part of one, so the stretches of a side add up to what is not handed
    over there. Every blocker counts under its cause.
    """
    own = [row for row in rows if row["alignment_id"] == axis.alignment_id]
    blocked = [r for r in own if r["state"] == _BLOCKED and r["from_measure_m"] is not None]
    stretches = [
        stretch for side in ("left", "right") for stretch in _left(register, axis, side, blocked)
    ]
    return Blockers(tuple(stretches), _causes(own))


def _side_cells(ground: Ground, bins: Sequence[Bins]) -> gpd.GeoDataFrame:
    """Return the right of way cut by bin and side: alignment_id, bin_index, side, geometry."""
    table = pd.DataFrame(
        [
            (str(index), one.axis.alignment_id, span.from_measure_m, span.to_measure_m)
            for one in bins
            for index, span in enumerate(one.spans)
        ],
        columns=["section_id", "alignment_id", "from_measure_m", "to_measure_m"],
    )
    cells = corridor.split_sections(ground.right_of_way, ground.axes, table)
    sides = corridor.split_sides(cells, ground.axes)
    return sides.assign(bin_index=sides["section_id"].astype(int))[
        ["alignment_id", "bin_index", "side", "geometry"]
    ]


def _located(placed: gpd.GeoDataFrame, found: Assessment, bins: Sequence[Bins]) -> gpd.GeoDataFrame:
    """Join measure_m and side of points along the alignment they belong to."""
    on_axis_m = found.inputs.tolerances.point_on_axis_m
    frames = []
    for one in bins:
        own = placed[placed["alignment_id"] == one.axis.alignment_id]
        if len(own):
            place = chainage.locate_points(own, [one.axis], on_axis_m=on_axis_m)
            frames.append(own.join(place[["measure_m", "side"]]))
    return pd.concat(frames) if frames else placed.iloc[:0]


def _count(rows: pd.DataFrame, bins: Sequence[Bins]) -> dict[str, tuple[CountBar, ...]]:
    if rows.empty:
        return {}
    counted = {}
    for one in bins:
        own = rows[rows["alignment_id"] == one.axis.alignment_id]
        columns = (own[name] for name in ("measure_m", "section_id", "side", "kind"))
        met = Counter(
            (one.index_of(float(measure_m), section_id), str(side), str(kind))
            for measure_m, section_id, side, kind in zip(*columns, strict=True)
        )
        counted[one.axis.alignment_id] = tuple(
            CountBar(*key, count=count) for key, count in sorted(met.items())
        )
    return counted


def _stretches(clearance: Clearance, side: str, dates: Mapping[int, str]) -> list[Stretch]:
    """Return one side of an alignment as stretches, each of one state and one date."""
    clear, event = getattr(clearance, side), getattr(clearance, f"{side}_event")
    kinds = [
        ("handed_over", dates.get(int(row))) if done else ("not_handed_over", None)
        for done, row in zip(clear, event, strict=True)
    ]
    breaks = clearance.breaks_m
    stretches = []
    first = 0
    for past in range(1, len(kinds) + 1):
        if past == len(kinds) or kinds[past] != kinds[first]:
            span = make_span(clearance.axis, float(breaks[first]), float(breaks[past]))
            stretches.append(Stretch(span, side, *kinds[first]))
            first = past
    return stretches


def _left(
    register: Register, axis: Axis, side: str, rows: Sequence[Mapping[str, Any]]
) -> list[Blocked]:
    """Return what is not clear on a side, cut where the blocked ``rows`` begin and end."""
    clearance = register.clearances[axis.alignment_id]
    clear, event = getattr(clearance, side), getattr(clearance, f"{side}_event")
    ranges = [
        (row["from_measure_m"], row["to_measure_m"])
        for row in rows
        if row["side"] != _OPPOSITE[side]
    ]
    first_m, last_m = np.array(ranges, dtype=float).reshape(-1, 2).T
    breaks = clearance.breaks_m
    ends = np.clip(np.concatenate([first_m, last_m]), breaks[0], breaks[-1])
    edges = np.unique(np.concatenate([breaks, ends]))
    middle = (edges[:-1] + edges[1:]) / 2
    within = np.searchsorted(breaks, middle) - 1
    said = np.isin(event, register.frame.index[register.frame["state"] == _BLOCKED])[within]
    said |= ((first_m < middle[:, None]) & (middle[:, None] < last_m)).any(axis=1)
    state = np.where(clear[within], "", np.where(said, _BLOCKED, "not_handed_over"))
    return [
        Blocked(make_span(axis, float(edges[start]), float(edges[past])), side, str(state[start]))
        for start, past in handover.runs(state)
        if state[start]
    ]


def _causes(rows: Sequence[Mapping[str, Any]]) -> tuple[Cause, ...]:
    """Return the causes of blockers with their counts, the most frequent first."""
    counts: dict[tuple[str | None, str | None], Counter[str]] = {}
    for row in rows:
        key = (row["cause"], None if row["cause"] else row["state"])
        counts.setdefault(key, Counter())[row["subject"]] += 1
    ordered = sorted(
        counts.items(), key=lambda item: (-item[1].total(), item[0][0] or "", item[0][1] or "")
    )
    return tuple(
        Cause(cause, state, met["parcel"], met["household"], met["alignment"])
        for (cause, state), met in ordered
    )
