"""Where is Km 568+126? Points, labels and lengths along an axis."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from geotool import crs, rules, units
from geotool.errors import AmbiguousLabelError, LabelError, UsageError
from geotool.pipeline import axes as axes_of
from geotool.pipeline.answer import Answer
from geotool.pipeline.axes import Alignments, ChainageTables
from geotool.route import alignment, chainage, passes, stationing
from geotool.route.alignment import Axis
from geotool.route.stationing import Zone
from geotool.rules.stationing import load_stationing_rules
from geotool.share.tables import Table, TableColumn

_POINT = (
    TableColumn("alignment_id"),
    TableColumn("chainage"),
    TableColumn("zone"),
    TableColumn("x", "length_m"),
    TableColumn("y", "length_m"),
    TableColumn("lon"),
    TableColumn("lat"),
    TableColumn("side", "value"),
    TableColumn("offset_m", "length_m"),
)
_BETWEEN = (
    TableColumn("alignment_id"),
    TableColumn("from"),
    TableColumn("to"),
    TableColumn("length_m", "length_m"),
    TableColumn("stationed_length_m", "length_m"),
)


@dataclass(frozen=True)
class ChainageOptions:
    """An axis, the tables of its chainage, and exactly one question about it.

    ``zones`` and ``near`` say which place of a repeated label is meant; ``near`` also which
    pass of a loop.
    """

    alignment: str
    at: str | None = None
    point: str | None = None
    every_m: float | None = None
    between: tuple[str, str] | None = None
    zones: tuple[int, ...] = ()
    near: str | None = None
    equations: str | None = None
    posts: str | None = None
    alignment_id: str | None = None
    src_crs: str | None = None


def locate(options: ChainageOptions) -> Answer:
    """Answer one question about an axis.

    Raises
    ------
    UsageError
        When not exactly one question is asked, or a value cannot be read.
    LabelError
        When a chainage label cannot be read, does not exist on the axis, or exists more than
        once and nothing says which is meant.
    DataError
        When the alignment, its equations or its posts are refused.
    """
    _require_question(options)
    found = axes_of.read_axes(
        options.alignment,
        src_crs=options.src_crs,
        alignment_id=options.alignment_id,
        tables=ChainageTables(options.equations, options.posts),
    )
    if options.point is not None:
        data = _locate_point(options.point, options.near, found)
    else:
        axis = alignment.select_axis(found.axes, options.alignment_id)
        data = _ask_axis(options, axis, found)
    rows = data.get("points", [data])
    columns = _BETWEEN if options.between is not None else _POINT
    return Answer(
        data,
        tables=(Table("chainage", columns, rows),),
        problems=found.problems,
        words=_words(data),
    )


def _require_question(options: ChainageOptions) -> None:
    """Refuse a call that does not ask exactly one question, or says too much about it."""
    asked = [
        name for name in ("at", "point", "every_m", "between") if getattr(options, name) is not None
    ]
    if len(asked) != 1:
        raise UsageError(
            "Exactly one of --at, --point, --every-m and --between is needed.",
            remedy="For example --at Km568+126.",
        )
    room = {"at": 1, "between": 2}.get(asked[0], 0)
    if len(options.zones) > room:
        raise UsageError(
            f"--zone is given {len(options.zones)} times, and there is room for {room}.",
            remedy="Give one with --at, one or two with --between.",
        )
    if options.near is not None and asked[0] in ("every_m", "between"):
        raise UsageError(
            "--near goes with --at or --point.", remedy="Leave it out; with --between use --zone."
        )


def _words(data: Mapping[str, Any]) -> tuple[str, ...]:
    words = []
    if data.get("beyond_end"):
        words.append("The point lies beyond the end of the axis; the end is shown.")
    if data.get("also"):
        others = ", ".join(data["also"])
        words.append(f"The axis passes equally near at {others}; --near KM says which is meant.")
    return tuple(words)


def _ask_axis(options: ChainageOptions, axis: Axis, found: Alignments) -> dict[str, Any]:
    if options.at is not None:
        near_m = None if options.near is None else _place(axis, options.near)[1]
        zone = options.zones[0] if options.zones else None
        place = _place(axis, options.at, zone=zone, near_m=near_m)
        return _point_row(axis, *place, found)
    if options.between is not None:
        return _between(axis, options.between, options.zones, calibrated=found.calibrated)
    step_m = float(options.every_m or 0.0)
    if not 0 < step_m < math.inf:
        raise UsageError(f"--every-m is {step_m}.", remedy="Give metres above 0.")
    places = chainage.points_every(axis, step_m)
    points = [
        _point_row(axis, axis.zones[number - 1], float(measure_m), found)
        for number, measure_m in zip(places["zone"], places["measure_m"], strict=True)
    ]
    return {"alignment_id": axis.alignment_id, "length_m": axis.length_m, "points": points}


def _between(
    axis: Axis, labels: Sequence[str], zones: tuple[int, ...], *, calibrated: bool
) -> dict[str, Any]:
    """Return the length between two labels: along the drawn axis, and by the labels."""
    if len(zones) == 2:
        ends = [_place(axis, text, zone=zone) for text, zone in zip(labels, zones, strict=True)]
    else:
        ends = [_place(axis, text, otherwise=zones) for text in labels]
    low, high = sorted(measure_m for _, measure_m in ends)
    length_m = chainage.length_between(axis, low, high)
    stationed_m = stationing.stationed_length(axis.zones, low, high)
    return {
        "alignment_id": axis.alignment_id,
        "from": _label(*ends[0]),
        "to": _label(*ends[1]),
        "length_m": length_m,
        "stationed_length_m": stationed_m,
        "scale_factor": stationed_m / length_m if calibrated and length_m else None,
    }


def _place(
    axis: Axis,
    text: str,
    *,
    zone: int | None = None,
    near_m: float | None = None,
    otherwise: tuple[int, ...] = (),
) -> tuple[Zone, float]:
    """Return zone and measure of a label; `otherwise` is the zone of one that repeats."""
    chainage_m = _parse_label(text)
    key = axis.alignment_id
    try:
        return stationing.place_of(
            axis.zones, chainage_m, alignment_id=key, zone=zone, near_m=near_m
        )
    except AmbiguousLabelError as error:
        if otherwise:
            return _place(axis, text, zone=otherwise[0])
        numbers = [one.number for one, _ in stationing.measures_of(axis.zones, chainage_m)]
        choices = " or ".join(f"--zone {number}" for number in numbers)
        raise AmbiguousLabelError(
            error.message, remedy=f"Add {choices}; with --at also --near KM."
        ) from error


def _label(zone: Zone, measure_m: float) -> str:
    return units.format_chainage(_chainage_m(zone, measure_m))


def _chainage_m(zone: Zone, measure_m: float) -> float:
    """Return the label that a place has in a zone: at an equation either of the two."""
    return float(stationing.chainages_at([zone], measure_m))


def _point_row(axis: Axis, zone: Zone, measure_m: float, found: Alignments) -> dict[str, Any]:
    point = chainage.point_at(axis, measure_m)
    place = {"x": float(point.x), "y": float(point.y)}
    return {
        "alignment_id": axis.alignment_id,
        "chainage": _label(zone, measure_m),
        "chainage_m": _chainage_m(zone, measure_m),
        "zone": zone.number,
        "measure_m": measure_m,
        **place,
        **_geographic(place, found),
        "offset_m": 0.0,
        "side": "on",
    }


def _locate_point(text: str, near: str | None, found: Alignments) -> dict[str, Any]:
    """Return the nearest place of a point, or the pass of a loop that is meant."""
    x, y = _parse_point(text)
    on_axis_m = rules.load_tolerances().point_on_axis_m
    axis = min(found.axes, key=lambda axis: chainage.locate_xy(x, y, axis).offset_m)
    places = passes.find_passes(axis, (x, y), load_stationing_rules().loop_rise_m)
    if near is None:
        chosen = int(np.argmin(places.offset_m))
    else:
        chosen = int(np.argmin(np.abs(places.measure_m - _place(axis, near)[1])))
    measure_m, offset_m = float(places.measure_m[chosen]), float(places.offset_m[chosen])
    also = [
        axis.label_at(float(places.measure_m[other]))
        for other in np.flatnonzero(places.offset_m - offset_m <= on_axis_m)
        if other != chosen and near is None
    ]
    place = {"x": x, "y": y}
    return {
        "alignment_id": axis.alignment_id,
        "chainage": axis.label_at(measure_m),
        "chainage_m": axis.chainage_at(measure_m),
        "zone": stationing.zone_at(axis.zones, measure_m).number,
        "measure_m": measure_m,
        **place,
        **_geographic(place, found),
        "offset_m": offset_m,
        "side": str(places.sides(on_axis_m)[chosen]),
        "beyond_end": bool(places.beyond_m[chosen] > on_axis_m),
        "also": also,
    }


def _geographic(place: Mapping[str, float], found: Alignments) -> dict[str, float]:
    lon, lat = crs.transformer(found.crs, crs.resolve("EPSG:4326"))([place["x"]], [place["y"]])
    return {"lon": float(lon[0]), "lat": float(lat[0])}


def _parse_label(text: str) -> float:
    try:
        return units.parse_chainage(text)
    except LabelError as error:
        raise UsageError(error.message, remedy=error.remedy) from error


def _parse_point(text: str) -> tuple[float, float]:
    parts = text.split(",")
    try:
        x, y = (float(part) for part in parts)
        if not math.isfinite(x + y):
            raise ValueError(text)
    except ValueError as error:
        raise UsageError(
            f"--point '{text}' is not easting,northing.",
            remedy="Write it like 508123.4,2002345.6 (points as decimal marks).",
        ) from error
    return x, y
