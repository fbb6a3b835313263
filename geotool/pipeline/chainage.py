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
from geotool.route.locate import Locator
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
    pass of a loop, where a zone is that of ``near``.
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
        data = _locate_point(options.point, options, found)
    else:
        axis = alignment.select_axis(found.axes, options.alignment_id)
        data = _ask_axis(options, axis, found)
    rows = data.get("points", [data])
    columns = _BETWEEN if options.between is not None else _POINT
    return Answer(
        data,
        tables=(Table("chainage", columns, rows),),
        problems=found.problems,
        words=(*_words(data), *_order_words(options, found)),
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
    near_count = int(options.near is not None)
    room = {"at": 1, "between": 2, "point": near_count}.get(asked[0], 0)
    if len(options.zones) > room:
        raise UsageError(
            f"--zone is given {len(options.zones)} times, and there is room for {room}.",
            remedy="Give one with --at or --point --near, one or two with --between.",
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
    if data.get("also_on"):
        others = ", ".join(data["also_on"])
        words.append(f"Equally near lies {others}; --alignment-id says which is meant.")
    return tuple(words)


def _order_words(options: ChainageOptions, found: Alignments) -> tuple[str, ...]:
    """Say that a point lies nearer with its numbers in the other order."""
    if options.point is None:
        return ()
    x, y = _parse_point(options.point)
    as_given, turned = (
        float(Locator(found.axes).locate(np.array([xy])).offset_m[0]) for xy in ((x, y), (y, x))
    )
    if turned >= as_given:
        return ()
    return (
        f"The point lies {as_given:.0f} m from the axis, and {turned:.0f} m with its numbers in "
        "the other order: --point is easting,northing.",
    )


def _ask_axis(options: ChainageOptions, axis: Axis, found: Alignments) -> dict[str, Any]:
    if options.at is not None:
        near_m, zone = _near_m(axis, options), next(iter(options.zones), None)
        place = _place(axis, options.at, zone=zone, near_m=near_m)
        return _point_rows(axis, [place], found)[0]
    if options.between is not None:
        return _between(axis, options.between, options.zones, calibrated=found.calibrated)
    step_m = float(options.every_m or 0.0)
    if not 0 < step_m < math.inf:
        raise UsageError(f"--every-m is {step_m}.", remedy="Give metres above 0.")
    every = chainage.points_every(axis, step_m)
    places = [
        (axis.zones[number - 1], float(measure_m))
        for number, measure_m in zip(every["zone"], every["measure_m"], strict=True)
    ]
    points = _point_rows(axis, places, found)
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


def _near_m(axis: Axis, options: ChainageOptions) -> float | None:
    """Return the measure of --near, in the zone given where its label repeats."""
    if options.near is None:
        return None
    return _place(axis, options.near, otherwise=options.zones)[1]


def _point_rows(
    axis: Axis, places: Sequence[tuple[Zone, float]], found: Alignments
) -> list[dict[str, Any]]:
    """Return one row a zone and measure, in their order."""
    points = [chainage.point_at(axis, measure_m) for _, measure_m in places]
    lonlat = _geographic([(point.x, point.y) for point in points], found)
    return [
        {
            "alignment_id": axis.alignment_id,
            "chainage": _label(zone, measure_m),
            "chainage_m": _chainage_m(zone, measure_m),
            "zone": zone.number,
            "measure_m": measure_m,
            "x": float(point.x),
            "y": float(point.y),
            **geographic,
            "offset_m": 0.0,
            "side": "on",
        }
        for (zone, measure_m), point, geographic in zip(places, points, lonlat, strict=True)
    ]


def _locate_point(text: str, options: ChainageOptions, found: Alignments) -> dict[str, Any]:
    """Return the nearest place of a point, or the pass of a loop that is meant."""
    x, y = _parse_point(text)
    on_axis_m = rules.load_tolerances().point_on_axis_m
    nearest = [Locator([axis]).locate(np.array([[x, y]])) for axis in found.axes]
    axis = found.axes[int(np.argmin([place.offset_m[0] for place in nearest]))]
    places = passes.find_passes(axis, (x, y), load_stationing_rules().loop_rise_m)
    near_m = _near_m(axis, options)
    distances = places.offset_m if near_m is None else np.abs(places.measure_m - near_m)
    chosen = int(np.argmin(distances))
    measure_m, offset_m = float(places.measure_m[chosen]), float(places.offset_m[chosen])
    also = [
        axis.text_at(float(places.measure_m[other]))
        for other in np.flatnonzero(places.offset_m - offset_m <= on_axis_m)
        if other != chosen and near_m is None
    ]
    also_on = [
        f"{other.alignment_id} {other.text_at(float(place.measure_m[0]))}"
        for other, place in zip(found.axes, nearest, strict=True)
        if other is not axis and place.offset_m[0] - offset_m <= on_axis_m
    ]
    return {
        "alignment_id": axis.alignment_id,
        "chainage": axis.label_at(measure_m),
        "chainage_m": axis.chainage_at(measure_m),
        "zone": stationing.zone_at(axis.zones, measure_m).number,
        "measure_m": measure_m,
        "x": x,
        "y": y,
        **_geographic([(x, y)], found)[0],
        "offset_m": offset_m,
        "side": str(places.sides(on_axis_m)[chosen]),
        "beyond_end": bool(places.beyond_m[chosen] > on_axis_m),
        "also": also,
        "also_on": also_on,
    }


def _geographic(xy: Sequence[tuple[float, float]], found: Alignments) -> list[dict[str, float]]:
    """Return longitude and latitude of points, one or more, in the CRS of the axes."""
    x, y = zip(*xy, strict=True)
    to_geographic = crs.transformer(found.crs, crs.resolve("EPSG:4326"))
    lons, lats = to_geographic(list(x), list(y))
    return [{"lon": float(lon), "lat": float(lat)} for lon, lat in zip(lons, lats, strict=True)]


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
