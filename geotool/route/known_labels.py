"""Tables of station equations and posts: read, placed on their axes, and judged."""

import itertools
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geotool.errors import LabelError, SchemaError
from geotool.route.axis import Axis, alignment_of, is_blank, read_metres, read_zone
from geotool.route.calibration import Equation, Post
from geotool.route.locate import Locator
from geotool.rules.stationing import StationingRules
from geotool.schema import Problem, make_problem, require_columns
from geotool.units import format_chainage

_EQUATIONS, _POSTS = "chainage_equations", "chainage_posts"


@dataclass(frozen=True)
class KnownPoint:
    """A row of the posts: its name, place in the CRS, label in metres and zone if stated."""

    name: str
    x: float
    y: float
    chainage_m: float
    zone: int | None


def read_equations(
    table: pd.DataFrame | None, alignment_ids: Sequence[str]
) -> dict[str, list[Equation]]:
    """Return the equations by alignment, in the order of their rows.

    Parameters
    ----------
    table
        ``back``, ``ahead`` (metres or labels) and ``alignment_id``, which one alignment alone
        does not need; None for none.
    alignment_ids
        The alignments there are.

    Raises
    ------
    SchemaError
        A column is missing, an alignment is unknown or not named, a cell cannot be read, or a
        row repeats another: taken twice, it would break the labels twice. All such rows are
        named.
    """
    if table is None or table.empty:
        return {}
    require_columns(table, ["back", "ahead"], _EQUATIONS)
    found: dict[str, list[Equation]] = {}
    errors = []
    for number, row in enumerate(table.to_dict("records"), start=1):
        try:
            key = alignment_of(row, alignment_ids)
            back, ahead = (_required_metres(row, name) for name in ("back", "ahead"))
            own = found.setdefault(key, [])
            _require_new(back, ahead, own)
            own.append(Equation(back, ahead, number))
        except LabelError as error:
            errors.append(f"row {number}: {error.message}")
    _refuse(_EQUATIONS, "bad_equation", errors)
    return found


def read_posts(
    posts: gpd.GeoDataFrame | None, alignment_ids: Sequence[str]
) -> dict[str, list[KnownPoint]]:
    """Return the posts by alignment, in the order of their rows.

    Parameters
    ----------
    posts
        Points with ``chainage`` (metres or labels) and optionally ``post_id``, ``zone``, and
        ``alignment_id``, which one alignment alone does not need; None for none.
    alignment_ids
        The alignments there are.

    Raises
    ------
    SchemaError
        As `read_equations`; also a row that is not a point.
    """
    if posts is None or posts.empty:
        return {}
    require_columns(posts, ["chainage", "geometry"], _POSTS)
    found: dict[str, list[KnownPoint]] = {}
    errors = []
    for number, row in enumerate(posts.to_dict("records"), start=1):
        post_id = row.get("post_id")
        name = f"row {number}" if is_blank(post_id) else f"post '{post_id}'"
        try:
            key = alignment_of(row, alignment_ids)
            found.setdefault(key, []).append(_known_point(name, row))
        except LabelError as error:
            errors.append(f"{name}: {error.message}")
    _refuse(_POSTS, "bad_post", errors)
    return found


def place_posts(axis: Axis, points: Sequence[KnownPoint]) -> tuple[Post, ...]:
    """Return the posts at the nearest places of an axis."""
    if not points:
        return ()
    places = Locator([axis]).locate(np.array([(point.x, point.y) for point in points]))
    return tuple(
        Post(point.name, float(measure_m) - axis.start_measure_m, point.chainage_m, point.zone)
        for point, measure_m in zip(points, places.measure_m, strict=True)
    )


def calibration_intervals(axis: Axis) -> pd.DataFrame:
    """Return how drawn and stated lengths compare between the known points of an axis.

    Returns
    -------
    DataFrame
        ``alignment_id, zone, from_measure_m, to_measure_m, from_chainage_m, to_chainage_m``
        (labels), ``drawn_m, labelled_m, scale_factor`` (labelled by drawn), by measure.
    """
    rows = []
    for zone in axis.zones:
        measures, labels = np.array(zone.measure_m), np.array(zone.chainage_m)
        drawn, labelled = np.diff(measures), np.diff(labels)
        places = (measures[:-1], measures[1:], labels[:-1], labels[1:])
        columns = zip(*places, drawn, labelled, labelled / drawn, strict=True)
        rows += [(axis.alignment_id, zone.number, *map(float, row)) for row in columns]
    ends = ["from_measure_m", "to_measure_m", "from_chainage_m", "to_chainage_m"]
    names = ["alignment_id", "zone", *ends, "drawn_m", "labelled_m", "scale_factor"]
    return pd.DataFrame(rows, columns=names)


def find_calibration_problems(
    axes: Sequence[Axis],
    *,
    equations: pd.DataFrame | None = None,
    posts: gpd.GeoDataFrame | None = None,
    limits: StationingRules,
) -> list[Problem]:
    """Return what is doubtful about equations and posts that can be computed with.

    Equations whose back and ahead are the same or whose rows do not ascend, posts far from their
    axis, and stretches between known points whose drawn and stated lengths differ implausibly.

    Parameters
    ----------
    axes
        The axes that `alignment.make_axes` made of the tables.
    equations, posts
        The tables.
    limits
        What is far and what is implausible.
    """
    ids = [axis.alignment_id for axis in axes]
    found = [
        problem
        for key, rows in read_equations(equations, ids).items()
        for problem in _doubtful_equations(key, rows)
    ]
    points_of = read_posts(posts, ids)
    for axis in axes:
        points = points_of.get(axis.alignment_id, [])
        found += _far_posts(axis, points, limits) + _stretched(axis, limits)
    return found


def _doubtful_equations(alignment_id: str, rows: Sequence[Equation]) -> list[Problem]:
    """Return the equations that change nothing, and rows whose order is not that of labels."""
    found = [
        make_problem(
            "equation_without_jump",
            _EQUATIONS,
            f"Alignment '{alignment_id}': {one.label}: back and ahead are the same label.",
            key=alignment_id,
        )
        for one in rows
        if one.back_m == one.ahead_m
    ]
    for before, after in itertools.pairwise(rows):
        if after.back_m < before.back_m:
            text = (
                f"Alignment '{alignment_id}': {after.label} stands after {before.label}; the rows "
                "are taken in their order wherever the axis allows it."
            )
            problem = make_problem("equations_not_ascending", _EQUATIONS, text, key=alignment_id)
            found.append(problem)
    return found


def _far_posts(axis: Axis, points: Sequence[KnownPoint], limits: StationingRules) -> list[Problem]:
    """Return the posts that stand too far from their axis."""
    if not points:
        return []
    places = Locator([axis]).locate(np.array([(point.x, point.y) for point in points]))
    return [
        make_problem(
            "post_far_from_axis",
            _POSTS,
            f"Alignment '{axis.alignment_id}': {point.name} "
            f"({format_chainage(point.chainage_m)}) stands {offset:.2f} m from the axis.",
            key=axis.alignment_id,
            place=format_chainage(point.chainage_m),
        )
        for point, offset in zip(points, places.offset_m, strict=True)
        if offset > limits.post_offset_m
    ]


def _stretched(axis: Axis, limits: StationingRules) -> list[Problem]:
    """Return the stretches whose drawn length and labels differ too much."""
    found = []
    for row in calibration_intervals(axis).to_dict("records"):
        difference = row["scale_factor"] - 1.0
        if abs(difference) <= limits.scale_difference_share:
            continue
        ends = row["from_measure_m"], row["to_measure_m"]
        text = (
            f"Alignment '{axis.alignment_id}': {axis.range_at(*ends)} is "
            f"{row['labelled_m']:.2f} m by its labels and {row['drawn_m']:.2f} m as drawn "
            f"({difference * 1e6:+.0f} ppm)."
        )
        place = axis.range_at(*ends, dash="-")
        problem = make_problem(
            "calibration_scale", _POSTS, text, key=axis.alignment_id, place=place
        )
        found.append(problem)
    return found


def _known_point(name: str, row: Mapping[Hashable, Any]) -> KnownPoint:
    shape = row["geometry"]
    if shape is None or shape.geom_type != "Point" or shape.is_empty:
        raise LabelError("it is not a point.")
    chainage_m, zone = _required_metres(row, "chainage"), read_zone(row.get("zone"))
    return KnownPoint(name, shape.x, shape.y, chainage_m, zone)


def _require_new(back_m: float, ahead_m: float, known: Sequence[Equation]) -> None:
    """Refuse an equation that stands in the table already."""
    for one in known:
        if (one.back_m, one.ahead_m) == (back_m, ahead_m):
            raise LabelError(f"the same as {one.label}.", remedy="Remove one of the two.")


def _required_metres(row: Mapping[Hashable, Any], column: str) -> float:
    """Return a label in metres that may not be missing."""
    if is_blank(row.get(column)):
        raise LabelError(f"{column} is empty.")
    return read_metres(row[column], default=0.0)


def _refuse(layer: str, rule: str, errors: Sequence[str]) -> None:
    """Refuse a table with rows that cannot be used."""
    if not errors:
        return
    problems = [make_problem(rule, layer, f"{layer}: {text}") for text in errors]
    message = f"{layer}: {' '.join(errors)}"
    raise SchemaError(message, remedy=problems[0].remedy, problems=problems)
