"""Sections of axes: by whole kilometres, or from a table checked against the axes."""

import itertools
import math
from collections import Counter
from collections.abc import Sequence

import pandas as pd

from geotool.errors import LabelError, SchemaError
from geotool.route.axis import Axis, is_blank, measure_of
from geotool.route.stationing import Zone, chainages_at
from geotool.schema import Problem, require_columns
from geotool.units import format_chainage, natural_key

SECTION_COLUMNS = ("section_id", "alignment_id", "from_measure_m", "to_measure_m")

_MILLIMETRE_DECIMALS = 3  # two labels that agree to the millimetre are one place


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


def _km_label(measure_m: float) -> str:
    """Return ``Km560`` for a whole kilometre, else the full label."""
    if measure_m % 1000 == 0:
        return f"{'-' if measure_m < 0 else ''}Km{abs(int(measure_m // 1000))}"
    return format_chainage(measure_m, decimals=0 if measure_m % 1 == 0 else 2)


def _same_place(first_m: float, second_m: float) -> bool:
    """Return whether two chainages or two measures agree to the millimetre."""
    return round(first_m - second_m, _MILLIMETRE_DECIMALS) == 0


def place_named(axes: Sequence[Axis], table: pd.DataFrame, label_step_m: float) -> pd.DataFrame:
    """Return the sections of a table, checked against the axes."""
    require_columns(table, ["section_id", "from_chainage", "to_chainage"], "sections")
    if "alignment_id" not in table.columns:
        if len(axes) != 1:
            raise SchemaError(
                f"sections: no column alignment_id, and there are {len(axes)} alignments.",
                remedy="Add alignment_id to the table of sections.",
            )
        table = table.assign(alignment_id=axes[0].alignment_id)
    table = table.assign(alignment_id=_alignment_ids(axes, table))
    problems = _key_problems(axes, table)
    rows: list[tuple[str, str, float, float]] = []
    for axis in axes:
        own = table[table["alignment_id"] == axis.alignment_id]
        placed, unplaced = _placed(axis, own, label_step_m)
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


def _alignment_ids(axes: Sequence[Axis], table: pd.DataFrame) -> list[str]:
    """Return the alignment of each row as text: where none is named the only one, else ``""``."""
    only = axes[0].alignment_id if len(axes) == 1 else ""
    return [only if is_blank(key) else str(key) for key in table["alignment_id"].tolist()]


def _placed(
    axis: Axis, rows: pd.DataFrame, label_step_m: float
) -> tuple[list[tuple[str, float, float]], list[Problem]]:
    """Return (section_id, from, to) by chainage, and the sections whose labels have no place.

    End labels are moved onto the ends of the axis.
    """
    start, end = axis.start_measure_m, axis.end_measure_m

    def settle(value: float) -> float:
        nearest = min((start, end), key=lambda place: abs(place - value))
        return nearest if abs(nearest - value) < label_step_m else value

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


def _key_problems(axes: Sequence[Axis], table: pd.DataFrame) -> list[Problem]:
    """Return the problems of keys: repeated sections and unknown alignments."""
    known = {axis.alignment_id for axis in axes}
    ids = table["section_id"].astype(str)
    found = [
        _problem(key, f"Section '{key}' repeats.") for key in sorted(set(ids[ids.duplicated()]))
    ]
    choices = ", ".join(sorted(known, key=natural_key))
    for key, alignment_id in zip(ids, table["alignment_id"], strict=True):
        if alignment_id not in known:
            said = f"no alignment '{alignment_id}'" if alignment_id else "no alignment_id"
            found.append(_problem(key, f"Section '{key}': {said}; there are {choices}."))
    return found


def _cover_problems(axis: Axis, placed: list[tuple[str, float, float]]) -> list[Problem]:
    """Return where the sections of one axis leave it, overlap or leave a gap."""
    start, end = axis.start_measure_m, axis.end_measure_m
    found = []
    reached = start
    for section_id, low, high in placed:
        span = _span(axis, low, high)
        if low < start or high > end:
            text = f"leaves alignment '{axis.alignment_id}' ({_span(axis, start, end)})"
            found.append(_problem(section_id, f"Section '{section_id}' ({span}) {text}."))
        if _same_place(low, high):
            found.append(_problem(section_id, f"Section '{section_id}' has no length."))
        if not _same_place(low, reached):
            kind, a, b = ("Gap", reached, low) if low > reached else ("Overlap", low, reached)
            text = f"{kind} {_span(axis, a, b)} before section '{section_id}'."
            found.append(_problem(section_id, text))
        reached = max(reached, high)
    if not placed or (reached < end and not _same_place(reached, end)):
        text = f"Gap {_span(axis, reached, end)} at the end of alignment '{axis.alignment_id}'."
        found.append(_problem(axis.alignment_id, text))
    return found


def _span(axis: Axis, low_m: float, high_m: float) -> str:
    """Return a range of measures as labels."""
    return f"{axis.label_at(low_m)} - {axis.label_at(high_m, before=True)}"


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
