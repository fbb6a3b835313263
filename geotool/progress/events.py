"""The register of events: put in order, placed on their alignments, contradictions found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from geotool import schema, units
from geotool.errors import DataError, LabelError, UsageError
from geotool.route.axis import Axis, axis_of, is_blank, measure_of
from geotool.rules import HandoverRules, Severity
from geotool.schema import Problem

CLEAR, REVOKE = "clear", "revoke"
SIDES = ("left", "right", "both")

_COLUMNS = (
    "event_id",
    "event_date",
    "subject",
    "subject_id",
    "alignment_id",
    "from_measure_m",
    "to_measure_m",
    "side",
    "state",
    "effect",
    "document_no",
    "cause",
)
_RANGE = ("from_chainage", "to_chainage", "from_zone", "to_zone")
_LISTED = 10  # events told in one message


@dataclass(frozen=True)
class EventLog:
    """Events up to a date, in force order.

    Parameters
    ----------
    frame
        One row an event, the later one overriding the earlier one: event_id, event_date (ISO
        text), subject, subject_id, alignment_id, from_measure_m <= to_measure_m (NaN unless
        the subject is ``alignment``), side (``left``, ``right``, ``both``), state, effect
        (``clear``, ``revoke`` or ``""``), document_no, cause. Index 0, 1, ...
    on
        Date of the statement, ISO.
    problems
        Notices (``reversed_range``, ``empty_range``) and findings
        (``contradictory_events``, ``unknown_state``).
    """

    frame: pd.DataFrame
    on: str
    problems: tuple[Problem, ...]


def order_events(events: pd.DataFrame, *, on: str) -> pd.DataFrame:
    """Return the events of dates up to ``on`` in the order in which they take force.

    The order is by event_date, then natural order of event_id, then row.

    Parameters
    ----------
    events
        Table with event_id and event_date (ISO text or dates).
    on
        Date of the statement, ISO; events of that day count.

    Raises
    ------
    UsageError
        When ``on`` is no date.
    SchemaError
        When a column is missing.
    DataError
        When an event has no readable date; all such events are named.
    """
    schema.require_columns(events, ["event_id", "event_date"], "events")
    limit = _iso_dates([on])[0]
    if limit is None:
        raise UsageError(f"{on!r} is no date.", remedy="Write it as 2023-12-31.")
    keys = events["event_id"].astype(str).tolist()
    dates = _iso_dates(events["event_date"].tolist())
    undated = [key for key, day in zip(keys, dates, strict=True) if day is None]
    if undated:
        raise DataError(
            f"events: no readable event_date in {schema.name_keys(undated)}.",
            remedy="Write dates as 2023-12-31.",
        )
    days = [day or "" for day in dates]
    rows = [row for row, day in enumerate(days) if day <= limit]
    rows.sort(key=lambda row: (days[row], units.natural_key(keys[row]), row))
    return events.iloc[rows].assign(event_date=[days[row] for row in rows])


def read_events(
    events: pd.DataFrame, axes: Sequence[Axis], rules: HandoverRules, *, on: str
) -> EventLog:
    """Return the register as of a date, each event placed and its effect known.

    A missing subject is ``alignment`` where a chainage range is given, a missing side is
    ``both``, a missing alignment the only one there is. A range given from high to low is put
    in order, with a notice. A state that the rules list neither as clearing nor as revoking
    leaves the handover as it was.

    Parameters
    ----------
    events
        Table: event_id, event_date, state; subject, subject_id, alignment_id, from_chainage,
        to_chainage (metres or labels), from_zone, to_zone (where labels repeat), side,
        document_no, cause where known.
    axes
        The alignments.
    rules
        Which states clear and which revoke.
    on
        Date of the statement, ISO; later events are not looked at.

    Raises
    ------
    UsageError
        When ``on`` is no date.
    SchemaError
        When a column is missing.
    DataError
        When events have no date or subject, an unknown alignment or side, half a range or one
        beyond the alignment; every such event is named, and its valid range.
    """
    schema.require_columns(events, ["event_id", "event_date", "state"], "events")
    effects = dict.fromkeys(rules.clear_states, CLEAR) | dict.fromkeys(rules.revoke_states, REVOKE)
    rows: list[dict[str, Any]] = []
    notices: list[Problem] = []
    errors: list[Problem] = []
    for record in order_events(events, on=on).to_dict("records"):
        row = _base_row(record, effects)
        try:
            notices += _place(row, axes)
        except DataError as error:
            errors.append(_problem("error", "unplaced_event", row, error.message))
        rows.append(row)
    if errors:
        raise _unplaced(errors)
    frame = pd.DataFrame(rows, columns=list(_COLUMNS))
    frame = frame.astype({"from_measure_m": float, "to_measure_m": float})
    unknown = _find_unknown_states(rows, {*effects, *rules.neutral_states})
    return EventLog(frame, on, (*notices, *unknown, *find_contradictions(frame)))


def _unplaced(errors: Sequence[Problem]) -> DataError:
    more = len(errors) - _LISTED
    told = [problem.message for problem in errors[:_LISTED]]
    return DataError(
        " ".join([*told, f"And {more} more." if more > 0 else ""]).strip(),
        remedy="Correct these rows of the events.",
        problems=errors,
    )


def find_contradictions(frame: pd.DataFrame) -> list[Problem]:
    """Return one finding an event that undoes another of the same date and place.

    Parameters
    ----------
    frame
        Frame of an :class:`EventLog`.

    Returns
    -------
    list
        Problems of rule ``contradictory_events`` in the order of the events, keyed by the
        event that holds.
    """
    acting = frame.loc[frame["effect"] != ""]
    same = ["event_date", "subject", "alignment_id", "subject_id"]
    together = acting[same].copy()
    on_axis = acting["subject"] == "alignment"
    together.loc[on_axis, "subject_id"] = ""
    together.loc[~on_axis, "alignment_id"] = ""
    found: list[tuple[int, Problem]] = []
    for _, group in acting.groupby([together[name] for name in same], sort=False, dropna=False):
        if group["effect"].nunique() > 1:
            found += _undone(group)
    return [problem for _, problem in sorted(found, key=lambda item: item[0])]


def _undone(group: pd.DataFrame) -> list[tuple[int, Problem]]:
    found = []
    for place in range(1, len(group)):
        row = group.iloc[place]
        earlier = group.iloc[:place]
        meets = earlier["effect"] != row["effect"]
        if row["subject"] == "alignment":
            sides = earlier["side"].isin([row["side"], "both"]) | (row["side"] == "both")
            overlaps = (earlier["from_measure_m"] < row["to_measure_m"]) & (
                earlier["to_measure_m"] > row["from_measure_m"]
            )
            meets &= sides & overlaps
        if meets.any():
            others = schema.name_keys(earlier.loc[meets, "event_id"].tolist())
            text = (
                f"Event {row['event_id']} ({row['state']}) contradicts {others} of the same "
                f"date {row['event_date']} and place; {row['event_id']} is taken as the last."
            )
            problem = _problem("finding", "contradictory_events", row.to_dict(), text)
            found.append((int(group.index[place]), problem))
    return found


def _find_unknown_states(rows: Sequence[dict[str, Any]], known: set[str]) -> list[Problem]:
    """Return one finding a state that the rules do not know: perhaps a slip of the pen."""
    states = sorted({str(row["state"]) for row in rows if row["state"] not in known})
    found = []
    for state in states:
        own = [row for row in rows if str(row["state"]) == state]
        text = (
            f"The state '{state}' of {schema.name_keys(row['event_id'] for row in own)} is in no "
            "list of layers/rules/handover.toml: it changes nothing."
        )
        found.append(_problem("finding", "unknown_state", own[0], text))
    return found


def _base_row(record: Mapping[Any, Any], effects: Mapping[str, str]) -> dict[str, Any]:
    row = {name: _text(record.get(name)) for name in _COLUMNS}
    row["event_id"] = str(record["event_id"])
    row["effect"] = effects.get(row["state"] or "", "")
    for name in _RANGE:
        row[name] = record.get(name)
    return row


def _place(row: dict[str, Any], axes: Sequence[Axis]) -> list[Problem]:
    """Fill in the row's subject, side and place; return notices."""
    given = [name for name in ("from_chainage", "to_chainage") if not is_blank(row[name])]
    row["subject"] = row["subject"] or ("alignment" if given else None)
    row["side"] = row["side"] or "both"
    if row["subject"] is None:
        raise DataError(f"Event {row['event_id']}: neither a subject nor a chainage range.")
    if row["subject"] == "alignment":
        return _place_on_axis(row, _axis_of(row, axes), given)
    row["from_measure_m"] = row["to_measure_m"] = float("nan")
    if row["subject_id"] is None:
        raise DataError(f"Event {row['event_id']}: a {row['subject']} without subject_id.")
    return []


def _place_on_axis(row: dict[str, Any], axis: Axis, given: list[str]) -> list[Problem]:
    if row["side"] not in SIDES:
        raise DataError(f"Event {row['event_id']}: side '{row['side']}' is none of {SIDES}.")
    row["alignment_id"] = row["subject_id"] = axis.alignment_id
    if not given and not row["effect"]:
        row["from_measure_m"], row["to_measure_m"] = axis.start_measure_m, axis.end_measure_m
        return []
    if len(given) < 2:
        raise DataError(
            f"Event {row['event_id']} ({row['state']}): from_chainage and to_chainage are needed."
        )
    return _place_range(row, axis)


def _place_range(row: dict[str, Any], axis: Axis) -> list[Problem]:
    first, last = _on_axis(row, "from", axis), _on_axis(row, "to", axis)
    row["from_measure_m"], row["to_measure_m"] = min(first, last), max(first, last)
    span = axis.range_at(first, last)
    if first > last:
        text = f"Event {row['event_id']}: the range {span} was given from high to low."
        return [_problem("notice", "reversed_range", row, text)]
    if first == last:
        text = f"Event {row['event_id']}: the range {span} has no length and changes nothing."
        return [_problem("notice", "empty_range", row, text)]
    return []


def _on_axis(row: Mapping[str, Any], end: str, axis: Axis) -> float:
    try:
        return measure_of(axis, row, end, default=axis.start_measure_m)
    except LabelError as error:
        raise DataError(f"Event {row['event_id']}: {error.message} {error.remedy}") from error


def _axis_of(row: Mapping[str, Any], axes: Sequence[Axis]) -> Axis:
    """Return the alignment of an event, which may be named as its subject."""
    try:
        return axis_of({"alignment_id": row["alignment_id"] or row["subject_id"]}, axes)
    except LabelError as error:
        raise DataError(f"Event {row['event_id']}: {error.message}") from error


def _problem(severity: Severity, rule: str, row: Mapping[Any, Any], message: str) -> Problem:
    return Problem(
        severity=severity,
        layer="events",
        rule=rule,
        key=str(row["event_id"]),
        place=str(row["subject"] or ""),
        message=message,
        remedy="Look at the row of the events and at its document.",
    )


def _iso_dates(values: Sequence[object]) -> list[str | None]:
    texts = pd.Series([str(value).strip() for value in values], dtype=object)
    days = texts.astype(str).str.extract(r"^(\d{4}-\d{2}-\d{2})(?:[ T].*)?$", expand=False)
    real = pd.to_datetime(days, format="%Y-%m-%d", errors="coerce").notna()
    return [str(day) if ok else None for day, ok in zip(days, real, strict=True)]


def _text(value: object) -> str | None:
    return None if is_blank(value) else str(value).strip() or None
