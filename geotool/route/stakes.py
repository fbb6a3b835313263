"""The right of way between stakes: a left and a right series closed to one polygon."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely import Polygon

from geotool.crs import require_projected
from geotool.errors import DataError, GeometryError, LabelError
from geotool.route.axis import Axis, axis_of, is_blank, require_axes
from geotool.route.corridor import rows_of_lands
from geotool.route.stake_checks import (
    close_ring,
    find_end_problems,
    find_far_stakes,
    find_series_problems,
)
from geotool.route.stake_series import (
    LAYER,
    SIDES,
    Series,
    make_series,
    name_stakes,
    place_stakes,
)
from geotool.rules.stakes import StakeRules
from geotool.schema import Problem, make_problem, name_keys
from geotool.units import natural_key


def make_stake_corridor(
    axes: Sequence[Axis], stakes: gpd.GeoDataFrame, *, rules: StakeRules, frame_crs: object
) -> tuple[gpd.GeoDataFrame, list[Problem]]:
    """Return the land between the left and the right stakes of every axis.

    A side is ordered by ``sequence`` where all its stakes have one, else by ``chainage`` where
    all have one, else by their places beside the axis. A line that crosses itself is refused,
    never repaired.

    Parameters
    ----------
    axes
        The axes.
    stakes
        Points in the CRS of the axes, in any order, with ``stake_id`` and optionally
        ``alignment_id`` (blank only with one axis), ``side`` (``left``, ``right``, or blank:
        the side they stand on), ``sequence``, ``chainage`` (metres or a label) and ``zone``.
    rules
        Limits of the checks.
    frame_crs
        CRS of the axes, for the frame returned.

    Returns
    -------
    tuple
        The rows of `corridor.rows_of_lands`, and findings and notices with stakes and chainages.

    Raises
    ------
    SchemaError
        There is no axis.
    CrsError, GeometryError
        The stakes are not in a projected CRS; a row is not one point.
    DataError
        The stakes of an axis make no valid polygon; every error is listed at once and the
        findings go with them (``problems``).
    """
    require_axes(axes)
    require_projected(stakes, LAYER)
    rows = _points(stakes)
    owners, problems = _owners(rows, axes)
    lands: dict[str, Polygon] = {}
    for axis in sorted(axes, key=lambda axis: natural_key(axis.alignment_id)):
        own = rows[np.array(owners, dtype=object) == axis.alignment_id]
        land, found = _land(axis, own, rules)
        problems += found
        if land is not None:
            lands[axis.alignment_id] = land
    if any(problem.severity == "error" for problem in problems) or len(lands) < len(axes):
        raise _refusal(problems)
    return rows_of_lands(lands, frame_crs), problems


def _land(
    axis: Axis, rows: gpd.GeoDataFrame, rules: StakeRules
) -> tuple[Polygon | None, list[Problem]]:
    """Return the land between the stakes of one axis, None where they do not make it."""
    stakes, problems = place_stakes(axis, rows, rules)
    problems += find_far_stakes(axis, stakes, rules)
    sides: list[Series] = []
    for side in SIDES:
        own = [stake for stake in stakes if stake.side == side]
        near = [stake for stake in own if stake.offset_m <= rules.far_m]
        series, found = make_series(axis, side, near, rules)
        problems += found
        if len(series.stakes) > 1:
            sides.append(series)
            problems += find_series_problems(series, rules)
        elif len(near) == len(own):
            there = f" ({name_stakes(axis, near)})" if near else ""
            text = f"{series.title}: {len(near)} stakes{there}; a side needs at least 2."
            problems.append(make_problem("stake_side_missing", LAYER, text))
    if len(sides) < len(SIDES):
        return None, problems
    left, right = sides
    land, crossings = close_ring(left, right)
    if land is None:
        problems = [_graver(problem) for problem in problems]
    return land, [*problems, *find_end_problems(left, right, rules), *crossings]


def _graver(problem: Problem) -> Problem:
    """Return a problem as an error where it is the likely cause of a line that crosses itself."""
    causes = ("stake_order", "stake_wrong_side")
    return replace(problem, severity="error") if problem.rule in causes else problem


def _points(stakes: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the stakes as single points, each with a name that tells it from the others."""
    names = _names(stakes)
    parts = stakes.geometry.to_numpy()
    shapes = shapely.get_geometry(parts, 0)
    single = (shapely.get_num_geometries(parts) == 1) & ~shapely.is_empty(parts)
    single &= shapely.get_type_id(shapes) == shapely.GeometryType.POINT
    if not single.all():
        raise GeometryError(
            f"stakes: {int((~single).sum())} rows are not one point: {name_keys(names[~single])}.",
            remedy="Give one point a stake.",
        )
    return stakes.assign(stake_id=names).set_geometry(gpd.GeoSeries(shapes, stakes.index))


def _names(stakes: pd.DataFrame) -> "pd.Series[Any]":
    """Return the names of stakes: their row without one, with side and alignment where shared."""
    none = pd.Series("", stakes.index, dtype=object)
    numbers = pd.Series([f"row {number}" for number in range(1, len(stakes) + 1)], stakes.index)
    given = stakes.get("stake_id", none).map(lambda value: "" if is_blank(value) else str(value))
    names = given.where(given != "", numbers)
    for column in ("side", "alignment_id"):
        told = stakes.get(column, none).map(lambda value: "" if is_blank(value) else f" {value}")
        names = names.where(~names.duplicated(keep=False), names + told)
    return names


def _owners(rows: gpd.GeoDataFrame, axes: Sequence[Axis]) -> tuple[list[str | None], list[Problem]]:
    """Return the alignment of every stake, and errors for those without one that is there."""
    owners: list[str | None] = []
    astray: dict[str, list[str]] = {}
    for row in rows.drop(columns="geometry").to_dict("records"):
        try:
            owners.append(axis_of(row, axes).alignment_id)
        except LabelError as error:
            owners.append(None)
            astray.setdefault(error.message, []).append(row["stake_id"])
    problems = []
    for said in sorted(astray, key=natural_key):
        text = f"{len(astray[said])} stake(s), {name_keys(astray[said])}: {said}"
        problems.append(make_problem("stake_without_alignment", LAYER, text))
    return owners, problems


def _refusal(problems: Sequence[Problem]) -> DataError:
    """Return the refusal of stakes that make no polygon, with everything found."""
    errors = [problem for problem in problems if problem.severity == "error"]
    listed = [one.message for one in errors]
    if len(errors) > 1:
        listed = [f"({number}) {message}" for number, message in enumerate(listed, 1)]
    return DataError(
        f"stakes: {' '.join(listed)}",
        remedy="Correct the stakes named.",
        problems=problems,
        headline=f"stakes: {len(errors)} error(s); no right of way was drawn.",
    )
