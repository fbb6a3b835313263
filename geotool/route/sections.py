"""Sections of axes: by whole kilometres, or from a table checked against the axes."""

import itertools
import math
from collections import Counter
from collections.abc import Sequence

import pandas as pd

from geotool.errors import LabelError, SchemaError
from geotool.route.axis import Axis, axis_of, measure_of
from geotool.route.stationing import PRINTED_M, Zone, chainages_at
from geotool.schema import Problem, require_columns
from geotool.units import format_chainage, natural_key

SECTION_COLUMNS = ("section_id", "alignment_id", "from_measure_m", "to_measure_m")

_LABEL_STEP_M = 1.0  # sections are written in whole metres: an end closer than this is meant


def cut_at_steps(axis: Axis, step_m: float) -> list[tuple[str, str, float, float]]:
    """Return the sections of one axis cut where its labels are whole multiples of the step.

    What two zones have of one kilometre side by side is one section; a kilometre that comes
    again elsewhere is numbered: ``Km0-Km1 (2)``.
    """
    rows: list[tuple[str, float, float]] = []
    for zone in axis.zones:
        for name, low, high in _zone_sections(zone, step_m):
            if rows and rows[-1][0] == name:
                rows[-1] = (name, rows[-1][1], high)
            else:
                rows.append((name, low, high))
    met: Counter[str] = Counter()
    named = []
    for name, low, high in rows:
        met[name] += 1
        again = f" ({met[name]})" if met[name] > 1 else ""
        named.append((f"{name}{again}", axis.alignment_id, low, high))
    return named


def _zone_sections(zone: Zone, step_m: float) -> list[tuple[str, float, float]]:
    """Return (name, from, to) in one zone, by measure."""
    start, end = zone.chainage_m[0], zone.chainage_m[-1]
    first = math.floor(round(start / step_m, 9))
    last = math.ceil(round(end / step_m, 9))
    labels = [
        step * step_m
        for step in range(first + 1, last)
        if not _same_place(step * step_m, start) and not _same_place(step * step_m, end)
    ]
    cuts = [float(measure) for label in labels if (measure := zone.measure_of(label)) is not None]
    bounds = [zone.measure_m[0], *cuts, zone.measure_m[-1]]
    rows = []
    for low, high in itertools.pairwise(bounds):
        middle = float(chainages_at([zone], (low + high) / 2))
        step = math.floor(middle / step_m)
        name = f"{_km_label(step * step_m)}-{_km_label((step + 1) * step_m)}"
        rows.append((name, low, high))
    return rows


def _km_label(chainage_m: float) -> str:
    """Return ``Km560`` for a whole kilometre, else the full label."""
    if chainage_m % 1000 == 0:
        return f"{'-' if chainage_m < 0 else ''}Km{abs(int(chainage_m // 1000))}"
    return format_chainage(chainage_m, decimals=0 if chainage_m % 1 == 0 else 2)


def _same_place(first_m: float, second_m: float) -> bool:
    """Return whether two chainages or two measures are printed alike."""
    return abs(first_m - second_m) <= PRINTED_M / 2


def place_named(axes: Sequence[Axis], table: pd.DataFrame) -> pd.DataFrame:
    """Return the sections of a table, checked against the axes."""
    require_columns(table, ["section_id", "from_chainage", "to_chainage"], "sections")
    owners, problems = _owners(axes, table)
    table = table.assign(alignment_id=owners)
    rows: list[tuple[str, str, float, float]] = []
    for axis in axes:
        own = table[table["alignment_id"] == axis.alignment_id]
        placed, unplaced = _placed(axis, own)
        problems += unplaced or _cover_problems(axis, placed)
        uppers = [low for _, low, _ in placed[1:]] + [high for _, _, high in placed[-1:]]
        for (section_id, low, _), upper in zip(placed, uppers, strict=True):
            rows.append((section_id, axis.alignment_id, low, upper))
    if problems:
        raise SchemaError(
            "sections: " + " ".join(problem.message for problem in problems),
            remedy="Let the sections of an alignment follow each other from its start to its end.",
            problems=problems,
        )
    return section_frame(rows)


def _placed(axis: Axis, rows: pd.DataFrame) -> tuple[list[tuple[str, float, float]], list[Problem]]:
    """Return (section_id, from, to) by chainage, and the sections whose labels have no place.

    End labels are moved onto the ends of the axis.
    """
    start, end = axis.start_measure_m, axis.end_measure_m

    def settle(value: float) -> float:
        nearest = min((start, end), key=lambda place: abs(place - value))
        return nearest if abs(nearest - value) < _LABEL_STEP_M else value

    placed, unplaced = [], []
    for row in rows.to_dict("records"):
        section_id = str(row["section_id"])
        try:
            low = settle(measure_of(axis, row, "from", default=start, beyond=True))
            high = settle(measure_of(axis, row, "to", default=end, beyond=True))
        except LabelError as error:
            unplaced.append(_problem(section_id, f"Section '{section_id}': {error}"))
            continue
        placed.append((section_id, min(low, high), max(low, high)))
    return sorted(placed, key=lambda item: (item[1], item[2], natural_key(item[0]))), unplaced


def _owners(axes: Sequence[Axis], table: pd.DataFrame) -> tuple[list[str], list[Problem]]:
    """Return the alignment of each row, ``""`` where unknown, and the problems of keys."""
    ids = table["section_id"].astype(str)
    problems = [
        _problem(key, f"Section '{key}' repeats.") for key in sorted(set(ids[ids.duplicated()]))
    ]
    owners = []
    for key, row in zip(ids, table.to_dict("records"), strict=True):
        try:
            owners.append(axis_of(row, axes).alignment_id)
        except LabelError as error:
            owners.append("")
            problems.append(_problem(key, f"Section '{key}': {error.message}"))
    return owners, problems


def _cover_problems(axis: Axis, placed: list[tuple[str, float, float]]) -> list[Problem]:
    """Return where the sections of one axis leave it, overlap or leave a gap."""
    start, end = axis.start_measure_m, axis.end_measure_m
    found = []
    reached = start
    for section_id, low, high in placed:
        span = axis.range_at(low, high)
        if low < start or high > end:
            text = f"leaves alignment '{axis.alignment_id}' ({axis.range_at(start, end)})"
            found.append(_problem(section_id, f"Section '{section_id}' ({span}) {text}."))
        if _same_place(low, high):
            found.append(_problem(section_id, f"Section '{section_id}' has no length."))
        if not _same_place(low, reached):
            kind, a, b = ("Gap", reached, low) if low > reached else ("Overlap", low, reached)
            text = f"{kind} {axis.range_at(a, b)} before section '{section_id}'."
            found.append(_problem(section_id, text))
        reached = max(reached, high)
    if not placed or (reached < end and not _same_place(reached, end)):
        text = f"Gap {axis.range_at(reached, end)} at the end of alignment '{axis.alignment_id}'."
        found.append(_problem(axis.alignment_id, text))
    return found


def _problem(key: str, message: str) -> Problem:
    """Return one error in the table of sections."""
    return Problem(
        severity="error",
        layer="sections",
        rule="section_cover",
        key=key,
        place="",
        message=message,
        remedy="Correct from_chainage and to_chainage.",
    )


def section_frame(rows: Sequence[Sequence[object]]) -> pd.DataFrame:
    """Return the frame of sections with its four columns."""
    frame = pd.DataFrame(list(rows), columns=list(SECTION_COLUMNS))
    return frame.astype({"from_measure_m": float, "to_measure_m": float})
