"""Chainage to place and back: where is Km 568+126, and at which Km does this point lie?"""

import math
from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely import LineString, Point
from shapely.ops import substring

from geotool import crs
from geotool.errors import GeometryError, LabelError, UsageError
from geotool.route.axis import Axis, require_axes
from geotool.route.locate import Floats, Locator, Places
from geotool.route.stationing import PRINTED_M, Zone, chainages_at


def locate_points(
    points: gpd.GeoDataFrame, axes: Sequence[Axis], *, on_axis_m: float = 0.0
) -> pd.DataFrame:
    """Return where every point lies along the nearest axis.

    A point beyond an end belongs to that end: its offset is the distance to the end and
    ``beyond_end`` is true. Equal distances go to the first axis by natural order of
    ``alignment_id``, then to the lowest measure.

    Parameters
    ----------
    points
        Points in the projected CRS of the axes.
    axes
        The axes, at least one.
    on_axis_m
        Points no farther than this from an axis, in metres, lie ``on`` it
        (``Tolerances.point_on_axis_m``).

    Returns
    -------
    DataFrame
        ``alignment_id, measure_m, chainage_m, offset_m, side, beyond_end`` with the index of
        `points`; `chainage_m` is the label.

    Raises
    ------
    SchemaError
        There is no axis.
    CrsError
        The points are not in a projected CRS.
    GeometryError
        A row is not a point; the message names the rows.
    """
    require_axes(axes)
    _require_points(points)
    locator = Locator(axes)
    xy = shapely.get_coordinates(points.geometry.to_numpy())
    places = locator.locate(xy)
    ids = np.array([axis.alignment_id for axis in locator.axes], dtype=object)
    return pd.DataFrame(
        {
            "alignment_id": ids[places.axis_index],
            "measure_m": places.measure_m,
            "chainage_m": _labels(places, locator),
            "offset_m": places.offset_m,
            "side": places.sides(on_axis_m),
            "beyond_end": places.beyond_m > on_axis_m,
        },
        index=points.index,
    )


def point_at(axis: Axis, measure_m: float) -> Point:
    """Return the point of the axis at a measure in metres.

    Raises
    ------
    LabelError
        The measure is not on the axis; the message names its range.
    """
    distance = _length_along(axis, measure_m)
    return axis.line.interpolate(distance)


def points_every(axis: Axis, step_m: float, *, frame_crs: object = None) -> gpd.GeoDataFrame:
    """Return the points whose labels are whole multiples of a step, and both ends.

    Parameters
    ----------
    axis
        The axis.
    step_m
        Distance of the labels in metres.
    frame_crs
        CRS of the frame returned.

    Returns
    -------
    GeoDataFrame
        ``measure_m, chainage_m, zone, is_end, geometry`` by measure. ``is_end`` marks the start
        and the end of the axis, which need not be whole multiples. An equation at a whole
        multiple gives its place once with each label.

    Raises
    ------
    UsageError
        The step is not positive.
    """
    if not step_m > 0:
        raise UsageError(f"step_m is {step_m:g}.", remedy="Give a step above 0 m.")
    start, end = axis.start_measure_m, axis.end_measure_m
    first, last = axis.zones[0], axis.zones[-1]
    inside = [
        place
        for zone in axis.zones
        for place in _whole_labels(zone, step_m)
        if place[0] - start > PRINTED_M / 2 and end - place[0] > PRINTED_M / 2
    ]
    places = [
        (start, first.chainage_m[0], first.number),
        *_without_repeats(inside),
        (end, last.chainage_m[-1], last.number),
    ]
    measures = np.array([place[0] for place in places])
    geometry = shapely.line_interpolate_point(axis.line, (measures - start) / axis.metres_per_unit)
    is_end = np.zeros(len(places), dtype=bool)
    is_end[[0, -1]] = True
    geometry[-1] = Point(axis.line.coords[-1])
    labels, zones = [place[1] for place in places], [place[2] for place in places]
    columns = {"measure_m": measures, "chainage_m": labels, "zone": zones, "is_end": is_end}
    return gpd.GeoDataFrame(columns, geometry=geometry, crs=frame_crs)


def _whole_labels(zone: Zone, step_m: float) -> list[tuple[float, float, int]]:
    """Return (measure, label, zone) of the whole multiples of a step inside one zone."""
    first, last = zone.chainage_m[0], zone.chainage_m[-1]
    numbers = range(math.ceil(first / step_m), math.floor(last / step_m) + 1)
    found = [(zone.measure_of(number * step_m), number * step_m) for number in numbers]
    return [(measure, label, zone.number) for measure, label in found if measure is not None]


def _without_repeats(places: list[tuple[float, float, int]]) -> list[tuple[float, float, int]]:
    """Return the places without those that an equation of equal labels gives twice."""
    return [
        place
        for before, place in zip([None, *places], places, strict=False)
        if before is None or place[:2] != before[:2]
    ]


def length_between(axis: Axis, from_measure_m: float, to_measure_m: float) -> float:
    """Return the length of axis between two measures in metres, whatever their order.

    Raises
    ------
    LabelError
        A measure is not on the axis.
    """
    low = _length_along(axis, from_measure_m)
    high = _length_along(axis, to_measure_m)
    return abs(high - low) * axis.metres_per_unit


def line_between(axis: Axis, from_measure_m: float, to_measure_m: float) -> LineString:
    """Return the part of the axis between two measures, directed by increasing chainage.

    Raises
    ------
    LabelError
        A measure is not on the axis.
    UsageError
        Both measures are the same place.
    """
    ends = sorted(_length_along(axis, value) for value in (from_measure_m, to_measure_m))
    if ends[0] == ends[1]:
        raise UsageError(
            f"{axis.range_at(from_measure_m, to_measure_m)}: no length.",
            remedy="Give two different chainages.",
        )
    return LineString(substring(axis.line, ends[0], ends[1]).coords)


def locate_range(geometries: gpd.GeoSeries, axis: Axis) -> pd.DataFrame:
    """Return from which to which measure every geometry reaches.

    The range spans all vertices, projected to the axis, and the exact places where the
    geometry meets the axis.

    Parameters
    ----------
    geometries
        Points, lines or polygons in the CRS of the axis.
    axis
        The axis.

    Returns
    -------
    DataFrame
        ``from_measure_m, to_measure_m`` with the index of `geometries`.

    Raises
    ------
    GeometryError
        A geometry is missing or empty.
    """
    shapes = geometries.geometry.to_numpy()
    empty = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    if empty.any():
        raise GeometryError(
            f"geometries: {int(empty.sum())} are empty: {_some(geometries.index[empty])}.",
            remedy="Remove or draw them.",
        )
    on_axis = shapely.intersection(shapes, axis.line)
    own, own_row = shapely.get_coordinates(shapes, return_index=True)
    met, met_row = shapely.get_coordinates(on_axis, return_index=True)
    rows = np.concatenate([own_row, met_row])
    places = Locator([axis]).locate(np.concatenate([own, met]))
    ranges = pd.Series(places.measure_m).groupby(rows).agg(["min", "max"])
    return pd.DataFrame(
        {"from_measure_m": ranges["min"].to_numpy(), "to_measure_m": ranges["max"].to_numpy()},
        index=geometries.index,
    )


def _labels(places: Places, locator: Locator) -> Floats:
    """Return the label of each place on its own axis."""
    labels = np.empty(len(places.measure_m))
    for index, axis in enumerate(locator.axes):
        own = places.axis_index == index
        labels[own] = chainages_at(axis.zones, places.measure_m[own])
    return labels


def _length_along(axis: Axis, measure_m: float) -> float:
    """Return the length along the line, in units of the CRS, at a measure on the axis."""
    start, end = axis.start_measure_m, axis.end_measure_m
    half = PRINTED_M / 2
    if not start - half <= measure_m <= end + half:
        raise LabelError(
            f"{axis.label_at(measure_m)} is not on alignment '{axis.alignment_id}'.",
            remedy=f"It runs from {axis.label_at(start)} to {axis.label_at(end)}.",
        )
    return min(max((measure_m - start) / axis.metres_per_unit, 0.0), float(axis.line.length))


def _require_points(points: gpd.GeoDataFrame) -> None:
    """Refuse a frame that is not projected or holds anything but points."""
    crs.require_projected(points, "points")
    shapes = points.geometry.to_numpy()
    wrong = (shapely.get_type_id(shapes) != shapely.GeometryType.POINT) | shapely.is_empty(shapes)
    if wrong.any():
        raise GeometryError(
            f"points: {int(wrong.sum())} rows are not points: {_some(points.index[wrong])}.",
            remedy="Give points only.",
        )


def _some(keys: pd.Index) -> str:
    """Return up to five row keys as text."""
    shown = ", ".join(str(key) for key in keys[:5])
    return shown if len(keys) <= 5 else f"{shown}, ..."
