"""Chainage to place and back: where is Km 568+126, and at which Km does this point lie?"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely import LineString, Point
from shapely.ops import substring

from geotool import crs
from geotool.errors import GeometryError, LabelError, SchemaError, UsageError
from geotool.route.axis import Axis
from geotool.route.locate import Locator, Places
from geotool.units import format_chainage

_PRINTED_M = 0.01  # labels are printed to the centimetre, so an end's own label is on the axis


@dataclass(frozen=True)
class Location:
    """Where one point lies along an axis.

    Attributes
    ----------
    chainage_m
        Chainage of the nearest place on the axis, in metres.
    offset_m
        Distance to it in metres, never negative.
    side
        ``left`` or ``right`` of increasing chainage, or ``on``.
    beyond_end
        Whether the point lies before the start or after the end of the axis.
    """

    chainage_m: float
    offset_m: float
    side: str
    beyond_end: bool


def locate_points(
    points: gpd.GeoDataFrame, axes: Sequence[Axis], *, on_axis_m: float = 0.0
) -> pd.DataFrame:
    """Return where every point lies along the nearest axis.

    A point beyond an end belongs to that end: its offset is the distance to the end and
    ``beyond_end`` is true. Equal distances go to the first axis by natural order of
    ``alignment_id``, then to the lowest chainage.

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
        ``alignment_id, chainage_m, offset_m, side, beyond_end`` with the index of `points`.

    Raises
    ------
    SchemaError
        There is no axis.
    CrsError
        The points are not in a projected CRS.
    GeometryError
        A row is not a point; the message names the rows.
    """
    _require_axes(axes)
    _require_points(points)
    locator = Locator(axes)
    xy = shapely.get_coordinates(points.geometry.to_numpy())
    places = locator.locate(xy)
    ids = np.array([axis.alignment_id for axis in locator.axes], dtype=object)
    return pd.DataFrame(
        {
            "alignment_id": ids[places.axis_index],
            "chainage_m": places.chainage_m,
            "offset_m": places.offset_m,
            "side": places.sides(on_axis_m),
            "beyond_end": places.beyond_m > on_axis_m,
        },
        index=points.index,
    )


def locate_xy(x: float, y: float, axis: Axis, *, on_axis_m: float = 0.0) -> Location:
    """Return where one place (easting, northing in the axis' CRS) lies along an axis."""
    places: Places = Locator([axis]).locate(np.array([[x, y]], dtype=float))
    return Location(
        chainage_m=float(places.chainage_m[0]),
        offset_m=float(places.offset_m[0]),
        side=str(places.sides(on_axis_m)[0]),
        beyond_end=bool(places.beyond_m[0] > on_axis_m),
    )


def point_at(axis: Axis, chainage_m: float) -> Point:
    """Return the point of the axis at a chainage in metres.

    Raises
    ------
    LabelError
        The chainage is not on the axis; the message names its range.
    """
    distance = _length_along(axis, chainage_m)
    return axis.line.interpolate(distance)


def points_every(axis: Axis, step_m: float, *, frame_crs: object = None) -> gpd.GeoDataFrame:
    """Return the points at whole multiples of a chainage, and both ends.

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
        ``chainage_m, is_end, geometry`` by chainage. ``is_end`` marks the start and the end of
        the axis, which need not be whole multiples.

    Raises
    ------
    UsageError
        The step is not positive.
    """
    if not step_m > 0:
        raise UsageError(f"step_m is {step_m:g}.", remedy="Give a step above 0 m.")
    start, end = axis.start_chainage_m, axis.end_chainage_m
    steps = np.arange(math.floor(start / step_m), math.ceil(end / step_m) + 1) * step_m
    inside = steps[(steps - start > _PRINTED_M / 2) & (end - steps > _PRINTED_M / 2)]
    chainage = np.concatenate([[start], inside, [end]])
    lengths = (chainage - start) / axis.metres_per_unit
    geometry = shapely.line_interpolate_point(axis.line, lengths)
    is_end = np.zeros(len(chainage), dtype=bool)
    is_end[[0, -1]] = True
    geometry[-1] = Point(axis.line.coords[-1])
    columns = {"chainage_m": chainage, "is_end": is_end}
    return gpd.GeoDataFrame(columns, geometry=geometry, crs=frame_crs)


def length_between(axis: Axis, from_chainage_m: float, to_chainage_m: float) -> float:
    """Return the length of axis between two chainages in metres, whatever their order.

    Raises
    ------
    LabelError
        A chainage is not on the axis.
    """
    low = _length_along(axis, from_chainage_m)
    high = _length_along(axis, to_chainage_m)
    return abs(high - low) * axis.metres_per_unit


def line_between(axis: Axis, from_chainage_m: float, to_chainage_m: float) -> LineString:
    """Return the part of the axis between two chainages, directed by increasing chainage.

    Raises
    ------
    LabelError
        A chainage is not on the axis.
    UsageError
        Both chainages are the same place.
    """
    ends = sorted(_length_along(axis, value) for value in (from_chainage_m, to_chainage_m))
    if ends[0] == ends[1]:
        raise UsageError(
            f"{format_chainage(from_chainage_m)} - {format_chainage(to_chainage_m)}: no length.",
            remedy="Give two different chainages.",
        )
    return LineString(substring(axis.line, ends[0], ends[1]).coords)


def locate_range(geometries: gpd.GeoSeries, axis: Axis) -> pd.DataFrame:
    """Return from which to which chainage every geometry reaches.

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
        ``from_chainage_m, to_chainage_m`` with the index of `geometries`.

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
    ranges = pd.Series(places.chainage_m).groupby(rows).agg(["min", "max"])
    return pd.DataFrame(
        {"from_chainage_m": ranges["min"].to_numpy(), "to_chainage_m": ranges["max"].to_numpy()},
        index=geometries.index,
    )


def _length_along(axis: Axis, chainage_m: float) -> float:
    """Return the length along the line, in units of the CRS, at a chainage on the axis."""
    start, end = axis.start_chainage_m, axis.end_chainage_m
    half = _PRINTED_M / 2
    if not start - half <= chainage_m <= end + half:
        raise LabelError(
            f"{format_chainage(chainage_m)} is not on alignment '{axis.alignment_id}'.",
            remedy=f"It runs from {format_chainage(start)} to {format_chainage(end)}.",
        )
    return min(max((chainage_m - start) / axis.metres_per_unit, 0.0), float(axis.line.length))


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


def _require_axes(axes: Sequence[Axis]) -> None:
    """Refuse an empty list of axes."""
    if not axes:
        raise SchemaError("alignments: there is no alignment.", remedy="Add an alignment.")


def _some(keys: pd.Index) -> str:
    """Return up to five row keys as text."""
    shown = ", ".join(str(key) for key in keys[:5])
    return shown if len(keys) <= 5 else f"{shown}, ..."
