"""What is clear on a date: exact intervals of axis, by side; kilometres and hectares.

Nothing is sampled: the ends of the events cut each alignment into intervals that are wholly
clear or wholly not, and every number is a sum over those.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geotool import crs, schema, units
from geotool.errors import DataError
from geotool.progress.events import CLEAR, EventLog
from geotool.route.axis import Axis
from geotool.rules import Tolerances

RANGE_KEYS = (
    "from",
    "to",
    "from_zone",
    "to_zone",
    "from_chainage_m",
    "to_chainage_m",
    "from_measure_m",
    "to_measure_m",
)
"""Keys of a range as labels, with the zones these are in, and as measures."""


@dataclass(frozen=True, eq=False)
class Clearance:
    """What is clear on one alignment, by side.

    Parameters
    ----------
    axis
        The alignment.
    breaks_m
        Ascending measures from its start to its end, n + 1 of them.
    left, right
        Whether each of the n intervals between them is clear on that side.
    left_event, right_event
        Row of ``EventLog.frame`` that last touched the interval on that side, -1 for none.
    """

    axis: Axis
    breaks_m: NDArray[np.float64]
    left: NDArray[np.bool_]
    right: NDArray[np.bool_]
    left_event: NDArray[np.int64]
    right_event: NDArray[np.int64]

    @property
    def alignment_id(self) -> str:
        """The alignment by code."""
        return self.axis.alignment_id

    @property
    def lengths_m(self) -> NDArray[np.float64]:
        """Length of each interval."""
        return np.diff(self.breaks_m)

    @property
    def both(self) -> NDArray[np.bool_]:
        """Whether each interval is clear on both sides."""
        return self.left & self.right


def clear_intervals(log: EventLog, axes: Sequence[Axis]) -> list[Clearance]:
    """Return what the register makes clear, an alignment each, in natural order.

    Only events on alignments count; a later event overrides an earlier one where they meet.
    An alignment without events is not clear anywhere.

    Parameters
    ----------
    log
        Register of ``events.read_events`` for the same axes.
    axes
        The alignments.
    """
    frame = log.frame.loc[log.frame["subject"] == "alignment"]
    return [
        _clear_one(axis, frame.loc[frame["alignment_id"] == axis.alignment_id])
        for axis in sorted(axes, key=lambda axis: units.natural_key(axis.alignment_id))
    ]


def clear_ranges(clearances: Sequence[Clearance]) -> pd.DataFrame:
    """Return the clear ranges, each as long as it can be, for each side apart.

    Returns
    -------
    pandas.DataFrame
        alignment_id, from_measure_m, to_measure_m, side (``left`` or ``right``), by
        alignment, chainage and side; the ranges of one side never overlap or touch.
    """
    rows = [
        (clearance.alignment_id, first, last, side)
        for clearance in clearances
        for first, last, side in sorted(
            (first, last, side)
            for side, clear in (("left", clearance.left), ("right", clearance.right))
            for first, last in _ranges(clearance.breaks_m, clear)
        )
    ]
    columns = ["alignment_id", "from_measure_m", "to_measure_m", "side"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.astype({"from_measure_m": float, "to_measure_m": float})


def clear_stretches(clearances: Sequence[Clearance]) -> pd.DataFrame:
    """Return the stretches where both sides are clear, each as long as it can be.

    Returns
    -------
    pandas.DataFrame
        alignment_id, from_measure_m, to_measure_m, length_m, by alignment and chainage.
    """
    rows = [
        (clearance.alignment_id, first, last, last - first)
        for clearance in clearances
        for first, last in _ranges(clearance.breaks_m, clearance.both)
    ]
    columns = ["alignment_id", "from_measure_m", "to_measure_m", "length_m"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.astype(dict.fromkeys(columns[1:], float))


def longest_stretch(
    clearances: Sequence[Clearance], alignment_id: str | None = None
) -> dict[str, Any]:
    """Return the longest stretch where both sides are clear, the first one when several are.

    Parameters
    ----------
    clearances
        What is clear.
    alignment_id
        Look at this alignment only; None looks at all.

    Returns
    -------
    dict
        alignment_id and `RANGE_KEYS` (all None when nothing is clear), length_m.
    """
    stretches = clear_stretches(clearances)
    if alignment_id is not None:
        stretches = stretches.loc[stretches["alignment_id"] == alignment_id]
    if stretches.empty:
        names = ("alignment_id", *RANGE_KEYS)
        return {**dict.fromkeys(names), "length_m": 0.0}
    best = stretches.iloc[int(np.argmax(np.round(stretches["length_m"].to_numpy(), 6)))]
    first, last = float(best["from_measure_m"]), float(best["to_measure_m"])
    axis = next(one.axis for one in clearances if one.alignment_id == best["alignment_id"])
    return {
        "alignment_id": axis.alignment_id,
        **label_range(axis, first, last),
        "length_m": last - first,
    }


def label_range(axis: Axis, first_m: float, last_m: float) -> dict[str, Any]:
    """Return a range of measures under `RANGE_KEYS`: labels as text and in metres, zones."""
    first, last = axis.labels_of(first_m, last_m)
    return {
        "from": first.text(),
        "to": last.text(),
        "from_zone": first.zone,
        "to_zone": last.zone,
        "from_chainage_m": first.chainage_m,
        "to_chainage_m": last.chainage_m,
        "from_measure_m": first_m,
        "to_measure_m": last_m,
    }


def measure_sections(clearances: Sequence[Clearance], sections: pd.DataFrame) -> pd.DataFrame:
    """Measure what is clear in each section.

    Parameters
    ----------
    clearances
        What is clear.
    sections
        section_id, alignment_id, from_measure_m, to_measure_m.

    Returns
    -------
    pandas.DataFrame
        The index and order of ``sections``: its four columns, from_chainage_m and
        to_chainage_m (labels), from_zone and to_zone, total_km, handed_over_km (both sides
        clear), left_km, right_km.

    Raises
    ------
    SchemaError
        When a column is missing.
    DataError
        When a section's alignment is unknown.
    """
    columns = ["section_id", "alignment_id", "from_measure_m", "to_measure_m"]
    schema.require_columns(sections, columns, "sections")
    known = {clearance.alignment_id: clearance for clearance in clearances}
    unknown = sorted(set(sections["alignment_id"].astype(str)) - set(known))
    if unknown:
        raise DataError(f"sections: no alignment {', '.join(unknown)}.")
    rows = [
        _measure_section(known[str(alignment_id)], float(first), float(last))
        for alignment_id, first, last in zip(*(sections[name] for name in columns[1:]), strict=True)
    ]
    names = ["total_km", "handed_over_km", "left_km", "right_km"]
    measured = pd.DataFrame(rows, columns=names, index=sections.index, dtype=float)
    labels = [
        label_range(known[str(alignment_id)].axis, float(first), float(last))
        for alignment_id, first, last in zip(*(sections[name] for name in columns[1:]), strict=True)
    ]
    ends = {"from_chainage_m": float, "to_chainage_m": float, "from_zone": int, "to_zone": int}
    named = pd.DataFrame(labels, columns=list(ends), index=sections.index).astype(ends)
    return pd.concat([sections[columns], named, measured], axis=1)


def measure_area(
    right_of_way: gpd.GeoDataFrame, clear_pieces: gpd.GeoDataFrame, *, tolerances: Tolerances
) -> dict[str, float]:
    """Measure the right of way in hectares: all of it, handed over, remaining.

    Land covered twice counts once.

    Parameters
    ----------
    right_of_way
        Polygons, projected.
    clear_pieces
        The pieces of it inside the ranges of :func:`clear_ranges`, cut by the caller.
    tolerances
        How far rounding may carry the pieces beyond the whole.

    Returns
    -------
    dict
        total, handed_over, remaining, in ha.

    Raises
    ------
    CrsError, CrsMismatchError
        When a frame is not projected or the two differ.
    DataError
        When the pieces are larger than the right of way.
    """
    crs.require_same({"right_of_way": right_of_way, "clear pieces": clear_pieces})
    scale = crs.require_projected(right_of_way, "right_of_way") ** 2
    total = float(shapely.area(shapely.union_all(right_of_way.geometry.to_numpy()))) * scale
    handed = float(shapely.area(shapely.union_all(clear_pieces.geometry.to_numpy()))) * scale
    allowed = total * tolerances.area_relative + tolerances.area_absolute_m2
    if handed > total + allowed:
        raise DataError(
            f"The clear pieces ({handed:.1f} m2) are larger than the right of way "
            f"({total:.1f} m2).",
            remedy="Cut the pieces out of this right of way.",
        )
    handed = total if abs(total - handed) <= allowed else handed
    areas = {"total": total, "handed_over": handed, "remaining": total - handed}
    return {name: units.m2_to_ha(area) for name, area in areas.items()}


@dataclass(frozen=True)
class HandoverParts:
    """What the summary shows beside the kilometres; None where the project has no such data.

    ``area_ha`` is of :func:`measure_area`, ``households`` and ``blockers`` of the module
    ``blockers``, ``sections`` as :func:`measure_sections` takes them.
    """

    area_ha: Mapping[str, float] | None = None
    households: Mapping[str, int] | None = None
    blockers: Sequence[Mapping[str, Any]] = ()
    sections: pd.DataFrame | None = None


def summarise_handover(clearances: Sequence[Clearance], parts: HandoverParts) -> dict[str, Any]:
    """Return the state of the handover as one record.

    Returns
    -------
    dict
        handed_over_km (both sides clear), total_km, left_km, right_km, longest_clear_km,
        longest_clear (see :func:`longest_stretch`), alignments[] (the same for each),
        blockers[], households, area_ha, groups[] (a record a section).
    """
    longest = longest_stretch(clearances)
    groups = None if parts.sections is None else measure_sections(clearances, parts.sections)
    return {
        **_lengths_km(clearances),
        "longest_clear_km": longest["length_m"] / 1000,
        "longest_clear": longest,
        "alignments": [_alignment_record(clearance) for clearance in clearances],
        "blockers": [dict(blocker) for blocker in parts.blockers],
        "households": dict(parts.households or {}),
        "area_ha": dict(parts.area_ha or {}),
        "groups": [] if groups is None else groups.to_dict("records"),
    }


def runs(values: NDArray[Any]) -> list[tuple[int, int]]:
    """Return (first, one past last) of every run of equal values, in order."""
    if not len(values):
        return []
    cuts = (np.flatnonzero(values[1:] != values[:-1]) + 1).tolist()
    return list(zip([0, *cuts], [*cuts, len(values)], strict=True))


def _clear_one(axis: Axis, frame: pd.DataFrame) -> Clearance:
    first = frame["from_measure_m"].to_numpy(dtype=float)
    last = frame["to_measure_m"].to_numpy(dtype=float)
    ends = [axis.start_measure_m, axis.end_measure_m]
    breaks = np.unique(np.concatenate([ends, first, last]))
    count = len(breaks) - 1
    clear = {side: np.zeros(count, dtype=np.bool_) for side in ("left", "right")}
    event = {side: np.full(count, -1, dtype=np.int64) for side in ("left", "right")}
    for row, start, stop, side, effect in zip(
        frame.index.tolist(),
        np.searchsorted(breaks, first).tolist(),
        np.searchsorted(breaks, last).tolist(),
        frame["side"],
        frame["effect"],
        strict=True,
    ):
        for one in ("left", "right") if side == "both" else (side,):
            event[one][start:stop] = row
            if effect:
                clear[one][start:stop] = effect == CLEAR
    return Clearance(axis, breaks, clear["left"], clear["right"], event["left"], event["right"])


def _ranges(breaks: NDArray[np.float64], clear: NDArray[np.bool_]) -> list[tuple[float, float]]:
    return [(float(breaks[a]), float(breaks[b])) for a, b in runs(clear) if clear[a]]


def _measure_section(
    clearance: Clearance, first: float, last: float
) -> tuple[float, float, float, float]:
    low = np.maximum(clearance.breaks_m[:-1], first)
    inside = np.maximum(np.minimum(clearance.breaks_m[1:], last) - low, 0.0)
    both, left, right = (
        math.fsum(inside[clear]) / 1000
        for clear in (clearance.both, clearance.left, clearance.right)
    )
    return (last - first) / 1000, both, left, right


def _lengths_km(clearances: Sequence[Clearance]) -> dict[str, float]:
    def total(kind: str) -> float:
        return math.fsum(
            math.fsum(clearance.lengths_m[getattr(clearance, kind)]) for clearance in clearances
        )

    whole = math.fsum(float(one.breaks_m[-1] - one.breaks_m[0]) for one in clearances)
    return {
        "handed_over_km": total("both") / 1000,
        "total_km": whole / 1000,
        "left_km": total("left") / 1000,
        "right_km": total("right") / 1000,
    }


def _alignment_record(clearance: Clearance) -> dict[str, Any]:
    longest = longest_stretch([clearance])
    return {
        "alignment_id": clearance.alignment_id,
        **_lengths_km([clearance]),
        "longest_clear_km": longest["length_m"] / 1000,
        "longest_clear": longest,
    }
