"""Who and what blocks: parcels, households and stretches that are not handed over."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geotool import schema, units
from geotool.progress.events import CLEAR, EventLog
from geotool.progress.handover import RANGE_KEYS, Clearance, label_range, runs
from geotool.route.axis import Axis, is_blank
from geotool.rules import Tolerances

_SIDE_ORDER = {"left": 0, "right": 1, "both": 2}
_EXTENT = ("alignment_id", "from_measure_m", "to_measure_m", "side")
_WORDS = ("state", "cause", "document_no")

_Record = dict[str, Any]
_Spans = list[tuple[float, float]]
_Place = tuple[float, float, int]  # from, to, row of the last event
_CLEAR = -2  # where a stretch needs no event


@dataclass(frozen=True, eq=False)
class Holders:
    """Which affected parcels and households are handed over.

    Parameters
    ----------
    parcels
        One row a parcel, natural order: parcel_id, handed_over, state, cause, document_no.
    households
        One row a household, natural order: household_id, handed_over, parcel_count,
        remaining_parcel_count, state, cause, document_no.
    blocking
        One row a parcel or household and alignment not handed over: subject, subject_id,
        alignment_id, from_measure_m, to_measure_m, side, state, cause, document_no.
    extents
        Where parcels are known: alignment_id, from_measure_m, to_measure_m, side.
    """

    parcels: pd.DataFrame
    households: pd.DataFrame
    blocking: pd.DataFrame
    extents: pd.DataFrame

    @property
    def household_counts(self) -> dict[str, int]:
        """Affected, handed_over and remaining households, each counted once."""
        done = int(self.households["handed_over"].sum())
        affected = len(self.households)
        return {"affected": affected, "handed_over": done, "remaining": affected - done}


def measure_holders(affected: pd.DataFrame, log: EventLog, *, tolerances: Tolerances) -> Holders:
    """Measure which parcels and households are handed over.

    A parcel is handed over when its last event that clears or revokes is a clearing one; one
    without such an event when all of its affected part lies inside clear ranges. A household
    is handed over when its own last such event clears; one without such an event when all of
    its rows are.

    Parameters
    ----------
    affected
        One row an affected parcel and holder (and alignment, where it meets several):
        parcel_id (empty for a structure on land of others), holder_id (empty when unknown);
        holder_kind (``household`` where missing), clear_share (0..1 or True, False: how much
        of the affected part lies inside clear ranges), alignment_id, from_measure_m,
        to_measure_m, side where known.
    log
        Register of ``events.read_events``.
    tolerances
        ``full_share_relative`` says which share is all.

    Raises
    ------
    SchemaError
        When a column is missing.
    """
    schema.require_columns(affected, ["parcel_id", "holder_id"], "affected parcels")
    rows = _rows(affected, tolerances)
    parcels = _parcels(rows, log)
    done = dict(zip(parcels["parcel_id"], parcels["handed_over"], strict=True))
    rows["done"] = [
        bool(clear if key is None else done[key])
        for key, clear in zip(rows["parcel_id"], rows["clear"], strict=True)
    ]
    theirs = rows.loc[(rows["holder_kind"] != "organisation") & rows["holder_id"].notna()]
    households = _households(theirs, log)
    left = set(households.loc[~households["handed_over"], "household_id"])
    revoked = {key for key, clear in _last_effects(log, "parcel").items() if not clear}
    blocked = rows.loc[~rows["done"] & (~rows["clear"] | rows["parcel_id"].isin(revoked))]
    blocking = [
        *_blocking(blocked, "parcel", "parcel_id", parcels),
        *_blocking(
            theirs.loc[theirs["holder_id"].isin(left)], "household", "holder_id", households
        ),
    ]
    columns = ["subject", "subject_id", *_EXTENT, *_WORDS]
    extents = rows.loc[rows["from_measure_m"] < rows["to_measure_m"], list(_EXTENT)]
    return Holders(parcels, households, pd.DataFrame(blocking, columns=columns), extents)


def list_blockers(
    clearances: Sequence[Clearance], log: EventLog, holders: Holders | None = None
) -> list[_Record]:
    """Return everything that is not handed over, along the alignments.

    These are the parcels and households not handed over and, where no parcels are known, the
    stretches that are not clear on a side. A stretch that only holds parcels handed over is
    listed too: nothing else would say why it is not clear.

    Parameters
    ----------
    clearances
        What is clear, of ``handover.clear_intervals``.
    log
        The register it was made from.
    holders
        Parcels and households of :func:`measure_holders`; None when nothing is known of them.

    Returns
    -------
    list
        {subject (``alignment``, ``parcel``, ``household``), subject_id, alignment_id,
        `handover.RANGE_KEYS`, side, state, cause, document_no}, of the last event on it, None
        where unknown; by alignment, measure, side and subject.
    """
    known = [] if holders is None else _records(holders.blocking)
    found = [*known, *(row for one in clearances for row in _stretches(one, log, holders))]
    axes = {one.alignment_id: one.axis for one in clearances}
    return [_labelled(row, axes) for row in sorted(found, key=_order)]


def _rows(affected: pd.DataFrame, tolerances: Tolerances) -> pd.DataFrame:
    rows = pd.DataFrame(index=range(len(affected)))
    for name in ("parcel_id", "holder_id", "holder_kind", "alignment_id", "side"):
        rows[name] = pd.Series([_known_text(v) for v in _cells(affected, name)], dtype=object)
    for name in ("from_measure_m", "to_measure_m", "clear_share"):
        rows[name] = pd.Series([_known_number(v) for v in _cells(affected, name)], dtype=float)
    rows["clear"] = rows["clear_share"] >= 1.0 - tolerances.full_share_relative
    return rows


def _cells(affected: pd.DataFrame, name: str) -> list[Any]:
    return affected[name].tolist() if name in affected else [None] * len(affected)


def _known_text(value: object) -> str | None:
    return None if is_blank(value) else str(value)


def _known_number(value: float | str | None) -> float:
    return np.nan if value is None or is_blank(value) else float(value)


def _parcels(rows: pd.DataFrame, log: EventLog) -> pd.DataFrame:
    said = _last_effects(log, "parcel")
    inside: dict[str, bool] = {}
    for key, clear in zip(rows["parcel_id"], rows["clear"], strict=True):
        if key is not None:
            inside[key] = inside.get(key, True) and bool(clear)
    keys = sorted(inside, key=units.natural_key)
    frame = pd.DataFrame(
        {
            "parcel_id": pd.Series(keys, dtype=object),
            "handed_over": pd.Series([said.get(key, inside[key]) for key in keys], dtype=bool),
        }
    )
    return _with_words(frame, "parcel_id", log, "parcel")


def _households(theirs: pd.DataFrame, log: EventLog) -> pd.DataFrame:
    said = _last_effects(log, "household")
    parcels: dict[str, dict[str, bool]] = {}
    every: dict[str, bool] = {}
    for holder, parcel, done in zip(
        theirs["holder_id"], theirs["parcel_id"], theirs["done"], strict=True
    ):
        every[holder] = every.get(holder, True) and bool(done)
        own = parcels.setdefault(holder, {})
        if parcel is not None:
            own[parcel] = bool(done)
    keys = sorted(every, key=units.natural_key)
    left = [sum(not done for done in parcels[key].values()) for key in keys]
    frame = pd.DataFrame(
        {
            "household_id": pd.Series(keys, dtype=object),
            "handed_over": pd.Series([said.get(key, every[key]) for key in keys], dtype=bool),
            "parcel_count": pd.Series([len(parcels[key]) for key in keys], dtype="int64"),
            "remaining_parcel_count": pd.Series(left, dtype="int64"),
        }
    )
    return _with_words(frame, "household_id", log, "household")


def _last_effects(log: EventLog, subject: str) -> dict[str, bool]:
    """Return whether the last clearing or revoking event of each subject clears."""
    frame = log.frame.loc[(log.frame["subject"] == subject) & (log.frame["effect"] != "")]
    return dict(zip(frame["subject_id"], (frame["effect"] == CLEAR).tolist(), strict=True))


def _with_words(frame: pd.DataFrame, key: str, log: EventLog, subject: str) -> pd.DataFrame:
    events = log.frame.loc[log.frame["subject"] == subject]
    last = dict(zip(events["subject_id"], events.index.tolist(), strict=True))
    rows = [last.get(subject_id, -1) for subject_id in frame[key]]
    for name in _WORDS:
        words = [_word(log, row, name) for row in rows]
        frame[name] = pd.Series(words, dtype=object)
    return frame


def _word(log: EventLog, row: int, name: str) -> str | None:
    value = None if row < 0 else log.frame.at[row, name]
    return None if is_blank(value) else str(value)


def _blocking(rows: pd.DataFrame, subject: str, key: str, states: pd.DataFrame) -> list[_Record]:
    """Return one record a key and alignment, reaching over all of its rows there."""
    words = {
        row[states.columns[0]]: {name: row[name] for name in _WORDS}
        for row in states.to_dict("records")
    }
    together: dict[tuple[str, str | None], list[dict[Any, Any]]] = {}
    for row in rows.loc[rows[key].notna()].to_dict("records"):
        together.setdefault((row[key], row["alignment_id"]), []).append(row)
    return [
        {
            "subject": subject,
            "subject_id": subject_id,
            "alignment_id": alignment_id,
            "from_measure_m": np.nanmin([r["from_measure_m"] for r in own] + [np.inf]),
            "to_measure_m": np.nanmax([r["to_measure_m"] for r in own] + [-np.inf]),
            "side": _side({row["side"] for row in own}),
            **words[subject_id],
        }
        for (subject_id, alignment_id), own in together.items()
    ]


def _side(sides: set[str | None]) -> str | None:
    known = sides - {None}
    if len(known) > 1:
        return "both"
    return next(iter(known), None)


def _records(blocking: pd.DataFrame) -> list[_Record]:
    records = []
    for row in blocking.to_dict("records"):
        record: dict[str, Any] = {
            str(name): None if is_blank(value) else value for name, value in row.items()
        }
        if row["from_measure_m"] > row["to_measure_m"]:
            record["from_measure_m"] = record["to_measure_m"] = None
        records.append(record)
    return records


def _stretches(clearance: Clearance, log: EventLog, holders: Holders | None) -> list[_Record]:
    """Return the stretches not clear and without parcels, equal ones of both sides as one."""
    found: dict[_Place, str] = {}
    for side, clear, event in (
        ("left", clearance.left, clearance.left_event),
        ("right", clearance.right, clearance.right_event),
    ):
        spans = _spans(holders, clearance.alignment_id, side)
        for place in _uncovered(clearance, np.where(clear, _CLEAR, event), spans):
            found[place] = "both" if place in found else side
    return [
        {
            "subject": "alignment",
            "subject_id": clearance.alignment_id,
            "alignment_id": clearance.alignment_id,
            "from_measure_m": first,
            "to_measure_m": last,
            "side": side,
            **{name: _word(log, event, name) for name in _WORDS},
        }
        for (first, last, event), side in found.items()
    ]


def _uncovered(
    clearance: Clearance, events: NDArray[np.int64], spans: tuple[_Spans, _Spans]
) -> list[_Place]:
    """Return the stretches of one side that are not clear, less the parcels that explain them."""
    found = []
    for first, past in runs(events):
        if events[first] == _CLEAR:
            continue
        whole = (float(clearance.breaks_m[first]), float(clearance.breaks_m[past]))
        explained = any(start < whole[1] and stop > whole[0] for start, stop in spans[0])
        left = _without(whole, spans[1]) if explained else [whole]
        found += [(start, stop, int(events[first])) for start, stop in left]
    return found


def _spans(holders: Holders | None, alignment_id: str, side: str) -> tuple[_Spans, _Spans]:
    """Return where something blocks one side of an alignment, and where parcels are known."""
    if holders is None:
        return [], []
    blocking, parcels = (
        frame.loc[
            (frame["alignment_id"] == alignment_id)
            & (frame["side"].isna() | ~frame["side"].isin({"left", "right"} - {side}))
        ]
        for frame in (holders.blocking, holders.extents)
    )
    ends = ["from_measure_m", "to_measure_m"]
    return (
        sorted(map(tuple, blocking[ends].to_numpy(dtype=float).tolist())),
        sorted(map(tuple, parcels[ends].to_numpy(dtype=float).tolist())),
    )


def _without(whole: tuple[float, float], spans: _Spans) -> _Spans:
    """Return what sorted spans leave of a stretch; ends of one label are one place."""
    left, reached = [], whole[0]
    for start, stop in [*spans, (whole[1], whole[1])]:
        if min(start, whole[1]) > reached:
            left.append((reached, min(start, whole[1])))
        reached = max(reached, stop)
    return [
        (start, stop)
        for start, stop in left
        if units.round_half_up(start, 2) != units.round_half_up(stop, 2)
    ]


def _order(row: dict[str, Any]) -> tuple[object, ...]:
    start, alignment_id = row["from_measure_m"], row["alignment_id"]
    return (
        alignment_id is None,
        units.natural_key(alignment_id or ""),
        start is None,
        start or 0.0,
        row["to_measure_m"] or 0.0,
        _SIDE_ORDER.get(row["side"], 3),
        row["subject"],
        units.natural_key(row["subject_id"]),
    )


def _labelled(row: dict[str, Any], axes: Mapping[str, Axis]) -> dict[str, Any]:
    axis, start, stop = axes.get(row["alignment_id"]), row["from_measure_m"], row["to_measure_m"]
    place: dict[str, Any] = dict.fromkeys(RANGE_KEYS)
    if axis is not None and start is not None:
        place = label_range(axis, start, stop)
    return {
        "subject": row["subject"],
        "subject_id": row["subject_id"],
        "alignment_id": row["alignment_id"],
        **place,
        **{name: row[name] for name in ("side", *_WORDS)},
    }
