"""Statutory strips: protection strip and safety corridor of a road, of bridges, of power lines.

From the centre outwards: carriageway, slope, protection strip, edge of the road land (which is
the right of way), safety corridor.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from geotool import crs
from geotool.errors import LabelError, SchemaError
from geotool.route.axis import Axis, axis_of, is_blank, measure_of
from geotool.route.bases import TEMPORARY
from geotool.route.chainage import line_between
from geotool.route.corridor import split_sections
from geotool.route.cuts import polygon_parts
from geotool.route.rims import cut_at_ends, cut_out_stretch, draw_band, inner_rim, outer_rim
from geotool.route.takings import read_basis
from geotool.rules.strips import PowerLineStrips, RoadWidths
from geotool.schema import require_columns
from geotool.units import natural_key

PROTECTION, SAFETY, BRIDGE, POWER_LINE = "protection", "safety", "bridge", "power_line_corridor"


def road_lands(right_of_way: gpd.GeoDataFrame, axes: Sequence[Axis]) -> dict[str, BaseGeometry]:
    """Return the road land of every alignment that has some, by ``alignment_id``.

    Parameters
    ----------
    right_of_way
        Valid polygons with ``right_of_way_id``, optionally ``alignment_id`` and ``basis``, in
        the projected CRS of the axes. Land of basis ``temporary`` is no road land. Land of no
        named alignment belongs to the nearest.
    axes
        The axes, at least one.

    Raises
    ------
    SchemaError, CrsError, GeometryError
        As in `corridor.split_sections`.
    """
    require_columns(right_of_way, ["right_of_way_id", "geometry"], "right_of_way")
    rows = right_of_way[read_basis(right_of_way) != TEMPORARY]
    only = axes[0].alignment_id if len(axes) == 1 else None
    given = rows["alignment_id"] if "alignment_id" in rows.columns else [None] * len(rows)
    keys = np.array([only if is_blank(key) else str(key) for key in given], dtype=object)
    unnamed = np.array([key is None for key in keys], dtype=bool)
    found: dict[str, list[BaseGeometry]] = {}
    for key, shape in zip(keys[~unnamed], rows.geometry[~unnamed], strict=True):
        found.setdefault(key, []).append(shape)
    if unnamed.any():
        cells = split_sections(rows[unnamed], axes, None)
        for key, shape in zip(cells["alignment_id"], cells.geometry, strict=True):
            found.setdefault(key, []).append(shape)
    return {key: shapely.union_all(found[key]) for key in sorted(found, key=natural_key)}


def make_road_strips(
    lands: Mapping[str, BaseGeometry],
    axes: Sequence[Axis],
    widths: Mapping[str, RoadWidths],
    *,
    protection_included: bool,
    bridges: pd.DataFrame,
) -> pd.DataFrame:
    """Return the protection strip and the safety corridor of every alignment of known class.

    Both run along the edges of the road land and end with the axis, square to it. Neither the
    safety corridor nor a protection strip outside lies on any road land.

    Parameters
    ----------
    lands
        Road land by alignment (`road_lands`).
    axes
        The axes, in the CRS of the land.
    widths
        Widths in metres by alignment; alignments not in it have no strips.
    protection_included
        The protection strip is the rim inside the edge of the road land, where roads meet of
        that of all; else it lies outside, and the safety corridor beyond it.
    bridges
        Stretches (`place_bridges`), on which there is no ordinary safety corridor.

    Returns
    -------
    DataFrame
        ``strip`` (protection, safety), ``alignment_id, width_m`` (on each side), ``geometry``,
        by kind, then alignment.
    """
    known = {axis.alignment_id: axis for axis in axes}
    chosen = [key for key in lands if key in widths and key in known]
    core = shapely.union_all(list(lands.values()))
    protection: dict[str, BaseGeometry] = {}
    for key in chosen:
        axis, land = known[key], lands[key]
        width_m = widths[key].protection_m
        if protection_included:
            rim = inner_rim(land, core, width_m, axis)
        else:
            rim = shapely.difference(outer_rim(land, width_m, axis.metres_per_unit), core)
        protection[key] = cut_at_ends(polygon_parts(rim), axis)
    if not protection_included:
        core = shapely.union_all([core, *protection.values()])
    rows = [(PROTECTION, key, widths[key].protection_m, protection[key]) for key in chosen]
    for key in chosen:
        axis, width = known[key], widths[key]
        reach_m = width.safety_m + (0.0 if protection_included else width.protection_m)
        rim = shapely.difference(outer_rim(lands[key], reach_m, axis.metres_per_unit), core)
        rim = cut_at_ends(polygon_parts(rim), axis)
        rows.append((SAFETY, key, width.safety_m, _off_bridges(rim, axis, bridges)))
    return pd.DataFrame(rows, columns=["strip", "alignment_id", "width_m", "geometry"])


def place_bridges(bridges: pd.DataFrame | None, axes: Sequence[Axis]) -> pd.DataFrame:
    """Return where dry bridges and tunnels lie along their axes.

    Parameters
    ----------
    bridges
        The layer of that name: ``bridge_id, from_chainage, to_chainage, left_m, right_m`` and
        optionally ``alignment_id`` (which one axis alone does not need), ``from_zone``,
        ``to_zone``. None for no bridges.
    axes
        The axes.

    Returns
    -------
    DataFrame
        ``bridge_id, alignment_id, from_measure_m, to_measure_m, left_m, right_m, beyond_m``,
        in natural order of ``bridge_id``; the measures are cut to the axis, ``beyond_m`` is the
        length cut off.

    Raises
    ------
    SchemaError
        A column is missing, or an edge is no length.
    LabelError
        An alignment is unknown or not named; a chainage cannot be read, does not exist or is
        ambiguous; names the bridge.
    """
    columns = ["bridge_id", "alignment_id", "from_measure_m", "to_measure_m"]
    columns += ["left_m", "right_m", "beyond_m"]
    if bridges is None or bridges.empty:
        return pd.DataFrame({name: pd.Series(dtype=object) for name in columns})
    needed = ["bridge_id", "from_chainage", "to_chainage", "left_m", "right_m"]
    require_columns(bridges, needed, "bridges")
    rows = [_place_bridge(row, axes) for row in bridges.to_dict("records")]
    rows.sort(key=lambda row: natural_key(row[0]))
    return pd.DataFrame(rows, columns=columns)


def make_bridge_strips(
    bridges: pd.DataFrame,
    axes: Sequence[Axis],
    lands: Mapping[str, BaseGeometry],
    *,
    width_m: float,
) -> pd.DataFrame:
    """Return the safety corridor of every bridge: the rim of its outermost edges off road land.

    Parameters
    ----------
    bridges
        From `place_bridges`.
    axes, lands
        The axes, and the road land of all alignments (`road_lands`).
    width_m
        Width on each side, from the edge.

    Returns
    -------
    DataFrame
        ``strip`` (bridge), ``alignment_id, bridge_id, width_m, geometry``; a polygon is empty
        where the road land holds all of the rim.
    """
    known = {axis.alignment_id: axis for axis in axes}
    road = shapely.union_all(list(lands.values()))
    rows = []
    for row in bridges[_have_length(bridges)].to_dict("records"):
        axis = known[row["alignment_id"]]
        line = line_between(axis, row["from_measure_m"], row["to_measure_m"])
        left_m, right_m = row["left_m"], row["right_m"]
        inner = draw_band(line, left_m, right_m, axis.metres_per_unit)
        outer = draw_band(line, left_m + width_m, right_m + width_m, axis.metres_per_unit)
        rim = shapely.difference(shapely.difference(outer, inner), road)
        rows.append((BRIDGE, axis.alignment_id, row["bridge_id"], width_m, polygon_parts(rim)))
    columns = ["strip", "alignment_id", "bridge_id", "width_m", "geometry"]
    return pd.DataFrame(rows, columns=columns)


def make_power_line_strips(
    utilities: gpd.GeoDataFrame | None, rule: PowerLineStrips
) -> pd.DataFrame:
    """Return the safety corridor of every power line of known voltage.

    Its half width is the rule's distance and half the spread of the conductors; it ends flat.

    Parameters
    ----------
    utilities
        The layer of that name, in a projected CRS: ``utility_id, voltage_kv`` and optionally
        ``conductor_spread_m`` (0 where missing) and ``covered`` (bare where missing). Points
        and lines without a voltage are passed over. None for no utilities.
    rule
        Distances by voltage.

    Returns
    -------
    DataFrame
        ``strip`` (power_line_corridor), ``utility_id, voltage_kv, width_m`` (the whole),
        ``spread_known, geometry``, in natural order of ``utility_id``.

    Raises
    ------
    CrsError
        The layer is not in a projected CRS.
    """
    columns = ["strip", "utility_id", "voltage_kv", "width_m", "spread_known", "geometry"]
    rows = []
    lines = select_power_lines(utilities)
    unit = 1.0 if lines is None else crs.require_projected(lines, "utilities")
    for row in [] if lines is None else lines.to_dict("records"):
        spread = row.get("conductor_spread_m")
        known = not is_blank(spread) and float(spread) >= 0
        covered = row.get("covered")
        voltage_kv = float(row["voltage_kv"])
        distance = rule.distance_m(voltage_kv, covered=not is_blank(covered) and bool(covered))
        width_m = 2 * distance + (float(spread) if known else 0.0)
        shape = _along_line(row["geometry"], width_m / 2, unit)
        rows.append((POWER_LINE, str(row["utility_id"]), voltage_kv, width_m, known, shape))
    rows.sort(key=lambda row: natural_key(row[1]))
    return pd.DataFrame(rows, columns=columns)


def select_power_lines(utilities: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame | None:
    """Return the lines of ``utilities`` that have a voltage; None when there are none."""
    if utilities is None or "voltage_kv" not in utilities.columns:
        return None
    linear = shapely.get_dimensions(utilities.geometry.to_numpy()) == 1
    chosen = utilities[linear & utilities["voltage_kv"].gt(0).to_numpy()]
    return None if chosen.empty else chosen


def _have_length(bridges: pd.DataFrame) -> "pd.Series[bool]":
    """Return which bridges have a part on their axis."""
    return bridges["from_measure_m"] < bridges["to_measure_m"]


def _off_bridges(rim: BaseGeometry, axis: Axis, bridges: pd.DataFrame) -> BaseGeometry:
    """Return a rim without what lies beside the bridges of its axis."""
    own = bridges[_have_length(bridges) & (bridges["alignment_id"] == axis.alignment_id)]
    for start, end in zip(own["from_measure_m"], own["to_measure_m"], strict=True):
        rim = cut_out_stretch(rim, axis, start, end)
    return rim


def _along_line(shape: BaseGeometry, reach_m: float, unit: float) -> BaseGeometry:
    """Return the strip on both sides of a line, flat at its ends; parts that join are one."""
    whole = shapely.line_merge(shapely.force_2d(shape))
    flat = shapely.get_parts(shapely.remove_repeated_points(whole))
    parts = [part for part in flat if part.length > 0]
    return polygon_parts(
        shapely.union_all([draw_band(part, reach_m, reach_m, unit) for part in parts])
    )


def _place_bridge(row: Mapping[Any, Any], axes: Sequence[Axis]) -> tuple[Any, ...]:
    """Return the row of `place_bridges` of one bridge."""
    name = f"bridges: bridge '{row['bridge_id']}'"
    edges = [row["left_m"], row["right_m"]]
    if any(is_blank(edge) or not 0 <= float(edge) < math.inf for edge in edges):
        raise SchemaError(
            f"{name}: left_m and right_m are {edges[0]} and {edges[1]}.",
            remedy="Give the metres from the axis to the outermost edge on each side.",
        )
    try:
        axis = axis_of(row, axes)
        start, end = axis.start_measure_m, axis.end_measure_m
        ends = sorted(
            measure_of(axis, row, side, default=default, beyond=True)
            for side, default in (("from", start), ("to", end))
        )
    except LabelError as error:
        raise LabelError(f"{name}: {error.message}", remedy=error.remedy) from error
    low, high = (min(max(place, start), end) for place in ends)
    beyond = (ends[1] - ends[0]) - (high - low)
    return (str(row["bridge_id"]), axis.alignment_id, low, high, *map(float, edges), beyond)
