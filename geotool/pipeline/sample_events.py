"""The register of a sample: markers received, land handed over by stretches, what blocked it."""

from collections.abc import Mapping
from typing import Any

from geotool import units
from geotool.pipeline.sample_axis import SketchAxis
from geotool.pipeline.sample_draw import Draws
from geotool.pipeline.sample_land import Row, kind_at

_BOTH_PERCENT = 45


def event_rows(
    sample: Mapping[str, Any], axes: Mapping[str, SketchAxis], draws: Draws
) -> list[Row]:
    """Return the rows of ``events``, in order of date.

    Every alignment is cut into stretches; each is handed over on a day that suits its kind of
    land, both sides together or one after the other. ``shares_handed_percent`` below 100 leaves
    some stretches out.
    """
    plan, rows = sample["handover"], []
    for item in sample["alignments"]:
        axis = axes[str(item["id"])]
        rows.append(
            _event(item, (0.0, axis.length), ("both", "markers_handed_over", plan["markers_date"]))
        )
        rows += _stretches(item, axis, plan, draws)
        rows += [
            _event(
                item,
                (float(extra["from_m"]), float(extra["to_m"])),
                (extra["side"], extra["state"], extra["event_date"]),
                extra["note"],
            )
            for extra in plan.get("extra", [])
            if extra["alignment_id"] == item["id"]
        ]
    rows.sort(key=lambda row: (row["event_date"], row["alignment_id"], row["from_chainage"]))
    for number, row in enumerate(rows, start=1):
        row["event_id"] = f"SK{number:04d}"
        row["document_no"] = plan["document"].format(number=number)
    return rows


def _stretches(
    item: Mapping[str, Any], axis: SketchAxis, plan: Mapping[str, Any], draws: Draws
) -> list[Row]:
    rows: list[Row] = []
    shortest, longest = plan["stretch_m"]
    name, start, number = axis.alignment_id, 0.0, 0
    while start < axis.length:
        end = start + 10 * draws.between(shortest // 10, longest // 10, "stretch", name, number)
        if axis.length - end < shortest:
            end = axis.length
        both = draws.chance(_BOTH_PERCENT, "both sides", name, number)
        for side in ("both",) if both else ("left", "right"):
            kinds = {kind_at(item["zones"], start), kind_at(item["zones"], end - 1)}
            kinds.add(kind_at(item["zones"], (start + end) / 2))
            first, last = max((plan["days"][kind] for kind in kinds), key=lambda days: days[1])
            day = draws.day(first, last, "day", name, number, side)
            if draws.chance(plan["shares_handed_percent"], "handed over", name, number, side):
                rows.append(_event(item, (start, end), (side, "handed_over", day)))
        start, number = end, number + 1
    return rows


def _event(
    item: Mapping[str, Any],
    stretch: tuple[float, float],
    what: tuple[str, str, str],
    note: str | None = None,
) -> Row:
    first = units.parse_chainage(item["start_chainage"])
    side, state, day = what
    return {
        "event_id": "",
        "event_date": day,
        "subject": "alignment",
        "subject_id": None,
        "alignment_id": item["id"],
        "from_chainage": units.format_chainage(first + stretch[0]),
        "to_chainage": units.format_chainage(first + stretch[1]),
        "side": side,
        "state": state,
        "document_no": "",
        "note": note,
    }
