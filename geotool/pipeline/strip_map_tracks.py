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
from geotool.pipeline.assess import Assessment
from geotool.pipeline.ground import Ground
from geotool.pipeline.land import Land
from geotool.progress import events, handover
from geotool.progress.handover import Clearance
from geotool.route import chainage, corridor
from geotool.route.axis import Axis
from geotool.share.diagram.records import (
    Blocked,
    Blockers,
    Cause,
    CountBar,
    LandBar,
    Span,
    Stretch,
)

_BASES = ("recovered", "donated", "temporary")
_DWELLING = "dwelling"
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


def make_span(axis: Axis, first_m: float, last_m: float) -> Span:
    """Return a stretch of an axis with the labels of its ends."""
    return Span(first_m, last_m, axis.label_at(first_m), axis.label_at(last_m, before=True))


def bin_land(land: Land, ground: Ground, bins: Sequence[Bins]) -> dict[str, tuple[LandBar, ...]]:
    """Return the affected areas by alignment, bin, side and basis; they add up to the land take.

    Every part of a parcel is divided by the bins and sides it lies in, in proportion to the
    areas there, so that the sum is that of the parts to the last digit but rounding.
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
    basis = parts["basis"] if "basis" in parts else pd.Series(_BASES[0], index=parts.index)
    known = basis.where(basis.isin(_BASES), _BASES[0]).to_numpy()
    rows = pd.DataFrame(cells.drop(columns="geometry")).iloc[cell].reset_index(drop=True)
    rows["basis"] = known[part]
    rows["area_m2"] = parts["affected_area_m2"].to_numpy()[part] * shared / whole[part]
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
    kinds = placed["use"].eq(_DWELLING).map({True: _DWELLING, False: "other"})
    return _count(_located(placed.assign(kind=kinds), found, bins), bins)


def bin_graves(graves: gpd.GeoDataFrame, bins: Sequence[Bins]) -> dict[str, tuple[CountBar, ...]]:
    """Return the graves in the right of way and its margin by alignment, bin, side and zone."""
    inside = graves[graves["zone"] != "none"]
    return _count(inside.assign(kind=inside["zone"]), bins)


def list_handover(
    found: Assessment, axes: Sequence[Axis], *, dated: bool
) -> dict[str, tuple[Stretch, ...]] | None:
    """Return what is handed over and what is not by alignment, side and date.

    None without a register of events or a date of the statement; ``dated`` keeps the date of
    the event that cleared a stretch.
    """
    register = found.inputs.get("events")
    if register is None or found.on is None:
        return None
    rule = rules.load_handover_rules(project_dir=found.inputs.project.root)
    log = events.read_events(register, axes, rule, on=found.on)
    deciding = replace(log, frame=log.frame[log.frame["effect"] != ""])
    days = deciding.frame["event_date"].astype(str) if dated else pd.Series(dtype=object)
    dates = dict(zip(days.index.tolist(), days, strict=True))
    return {
        one.alignment_id: tuple(
            stretch for side in ("left", "right") for stretch in _stretches(one, side, dates)
        )
        for one in handover.clear_intervals(deciding, axes)
    }


def list_blockers(rows: Sequence[Mapping[str, Any]], axis: Axis) -> Blockers:
    """Return where an alignment is blocked and why.

    Stretches are those of the parcels and of the alignment itself, and of households that no
    blocking parcel explains; touching ones are one. Every blocker counts under its cause.
    """
    own = [row for row in rows if row["alignment_id"] == axis.alignment_id]
    placed = [row for row in own if row["from_measure_m"] is not None]
    land = [row for row in placed if row["subject"] != "household"]
    explained = _united(land)
    alone = [r for r in placed if r["subject"] == "household" and not _overlaps(r, explained)]
    stretches = [
        Blocked(make_span(axis, first, last), side)
        for side in ("left", "right")
        for first, last in _united([r for r in [*land, *alone] if r["side"] != _OPPOSITE[side]])
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


def _overlaps(row: Mapping[str, Any], spans: Sequence[tuple[float, float]]) -> bool:
    """Return whether the range of a row shares length with one of several disjoint ones."""
    place = bisect.bisect_right(spans, row["from_measure_m"], key=lambda span: span[1])
    return place < len(spans) and spans[place][0] < row["to_measure_m"]


def _united(rows: Sequence[Mapping[str, Any]]) -> list[tuple[float, float]]:
    """Return the union of the ranges of rows, in order."""
    spans = sorted((float(row["from_measure_m"]), float(row["to_measure_m"])) for row in rows)
    united: list[tuple[float, float]] = []
    for first, last in spans:
        if united and first <= united[-1][1]:
            united[-1] = (united[-1][0], max(united[-1][1], last))
        else:
            united.append((first, last))
    return united


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
