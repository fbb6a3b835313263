"""Where is Km 568+126? Points, labels and lengths along an axis."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from geotool import crs, rules, units
from geotool.errors import LabelError, UsageError
from geotool.pipeline import axes as axes_of
from geotool.pipeline.answer import Answer
from geotool.pipeline.axes import Alignments
from geotool.route import alignment, chainage
from geotool.route.alignment import Axis
from geotool.share.tables import Table, TableColumn

_POINT = (
    TableColumn("alignment_id"),
    TableColumn("chainage"),
    TableColumn("x", "length_m"),
    TableColumn("y", "length_m"),
    TableColumn("lon"),
    TableColumn("lat"),
    TableColumn("side", "value"),
    TableColumn("offset_m", "length_m"),
)


@dataclass(frozen=True)
class ChainageOptions:
    """An axis and exactly one question about it."""

    alignment: str
    at: str | None = None
    point: str | None = None
    every_m: float | None = None
    between: tuple[str, str] | None = None
    alignment_id: str | None = None
    src_crs: str | None = None


def locate(options: ChainageOptions) -> Answer:
    """Answer one question about an axis.

    Raises
    ------
    UsageError
        When not exactly one question is asked, or a value cannot be read.
    LabelError
        When a chainage label cannot be read or does not exist on the axis.
    DataError
        When the alignment is refused.
    """
    asked = [
        name for name in ("at", "point", "every_m", "between") if getattr(options, name) is not None
    ]
    if len(asked) != 1:
        raise UsageError(
            "Exactly one of --at, --point, --every-m and --between is needed.",
            remedy="For example --at Km568+126.",
        )
    found = axes_of.read_axes(
        options.alignment, src_crs=options.src_crs, alignment_id=options.alignment_id
    )
    if options.point is not None:
        data = _locate_point(options.point, found)
    else:
        axis = alignment.select_axis(found.axes, options.alignment_id)
        data = _ask_axis(options, axis, found)
    rows = data.get("points", [data])
    columns = _POINT if "length_m" not in data or "points" in data else _between_columns()
    beyond = bool(data.get("beyond_end"))
    return Answer(
        data,
        tables=(Table("chainage", columns, rows),),
        problems=found.read.report.problems,
        words=("The point lies beyond the end of the axis; the end is shown.",) if beyond else (),
    )


def _ask_axis(options: ChainageOptions, axis: Axis, found: Alignments) -> dict[str, Any]:
    if options.at is not None:
        return _point_row(axis, axis.measure_at(_parse_label(options.at)), found)
    if options.between is not None:
        start, end = (axis.measure_at(_parse_label(text)) for text in options.between)
        return {
            "alignment_id": axis.alignment_id,
            "from": axis.label_at(start),
            "to": axis.label_at(end),
            "length_m": chainage.length_between(axis, start, end),
        }
    step_m = float(options.every_m or 0.0)
    if not 0 < step_m < math.inf:
        raise UsageError(f"--every-m is {step_m}.", remedy="Give metres above 0.")
    places = chainage.points_every(axis, step_m)["measure_m"]
    points = [_point_row(axis, float(place), found) for place in places]
    return {"alignment_id": axis.alignment_id, "length_m": axis.length_m, "points": points}


def _point_row(axis: Axis, measure_m: float, found: Alignments) -> dict[str, Any]:
    point = chainage.point_at(axis, measure_m)
    place = {"x": float(point.x), "y": float(point.y)}
    return {
        "alignment_id": axis.alignment_id,
        "chainage": axis.label_at(measure_m),
        "chainage_m": axis.chainage_at(measure_m),
        **place,
        **_geographic(place, found),
        "offset_m": 0.0,
        "side": "on",
    }


def _locate_point(text: str, found: Alignments) -> dict[str, Any]:
    x, y = _parse_point(text)
    on_axis_m = rules.load_tolerances().point_on_axis_m
    located = [(axis, chainage.locate_xy(x, y, axis, on_axis_m=on_axis_m)) for axis in found.axes]
    axis, where = min(located, key=lambda item: item[1].offset_m)
    place = {"x": x, "y": y}
    return {
        "alignment_id": axis.alignment_id,
        "chainage": axis.label_at(where.measure_m),
        "chainage_m": where.chainage_m,
        **place,
        **_geographic(place, found),
        "offset_m": where.offset_m,
        "side": where.side,
        "beyond_end": where.beyond_end,
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
    except ValueError as error:
        raise UsageError(
            f"--point '{text}' is not easting,northing.",
            remedy="Write it like 508123.4,2002345.6 (points as decimal marks).",
        ) from error
    return x, y


def _between_columns() -> tuple[TableColumn, ...]:
    return (
        TableColumn("alignment_id"),
        TableColumn("from"),
        TableColumn("to"),
        TableColumn("length_m", "length_m"),
    )
