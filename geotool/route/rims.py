"""Rims of land along its edges: inside, outside, and how far along an axis they reach.

A rim is the union of a rectangle an edge segment and, at every corner where these part, a wedge
drawn inside its circle: it never exceeds its width.
"""

import math

import numpy as np
import shapely
from shapely import LineString
from shapely.geometry.base import BaseGeometry

from geotool.route.axis import Axis
from geotool.route.chainage import line_between
from geotool.route.cuts import polygon_parts
from geotool.route.locate import Floats, Locator, make_segments
from geotool.route.outline import draw_strip
from geotool.route.stationing import SAME_PLACE_M

_FARTHER = 1.01  # chords cut the arcs of a band: it is drawn so much farther than it must reach
_STEP_M = 10.0  # places along a rim, so far apart, say how far off it is


def draw_band(line: LineString, left_m: float, right_m: float, unit: float) -> BaseGeometry:
    """Return the strip along any line in units of so many metres, flat at its ends."""
    return draw_strip(line, left_m / unit, right_m / unit)


def outer_rim(land: BaseGeometry, width_m: float, unit: float) -> BaseGeometry:
    """Return what is outside some land, in units of so many metres, and within a width of it."""
    around = [draw_band(LineString(_closed(ring)), 0.0, width_m, unit) for ring in _rings(land)]
    return polygon_parts(shapely.difference(shapely.union_all(around), land))


def inner_rim(land: BaseGeometry, core: BaseGeometry, width_m: float, axis: Axis) -> BaseGeometry:
    """Return what of all road land, ``core``, is within a width of its edges along one road.

    These are the edges of the road's own land that no other road's land lies beyond. Edges
    across the road, where the land ends, have no rim.
    """
    locator = Locator([axis])
    edges = land.boundary
    shapely.prepare(edges)
    within = [
        draw_band(LineString(run), width_m, 0.0, axis.metres_per_unit)
        for ring in _rings(core)
        for run in _lengthwise(ring, edges, locator)
    ]
    return polygon_parts(shapely.intersection(shapely.union_all(within), core))


def cut_at_ends(rim: BaseGeometry, axis: Axis) -> BaseGeometry:
    """Return what of a rim lies beside its axis, not only before the start or beyond the end."""
    xy = shapely.get_coordinates(rim)
    if not len(xy):
        return rim
    reach_m = _FARTHER * float(Locator([axis]).locate(xy).offset_m.max())
    beside = draw_band(axis.line, reach_m, reach_m, axis.metres_per_unit)
    return polygon_parts(shapely.intersection(rim, beside))


def cut_out_stretch(
    rim: BaseGeometry, axis: Axis, from_measure_m: float, to_measure_m: float
) -> BaseGeometry:
    """Return what of a rim does not lie beside a stretch of its axis, cut square to the axis."""
    outline = shapely.segmentize(rim.boundary, _STEP_M / axis.metres_per_unit)
    places = Locator([axis]).locate(shapely.get_coordinates(outline))
    near = places.measure_m >= from_measure_m - _STEP_M
    near &= places.measure_m <= to_measure_m + _STEP_M
    if not near.any():
        return rim
    reach_m = _FARTHER * float(places.offset_m[near].max())
    line = line_between(axis, from_measure_m, to_measure_m)
    beside = draw_band(line, reach_m, reach_m, axis.metres_per_unit)
    return polygon_parts(shapely.difference(rim, beside))


def _rings(land: BaseGeometry) -> list[Floats]:
    """Return the rings of some land, the land always on their left."""
    rings = shapely.get_rings(shapely.orient_polygons(shapely.get_parts(land)))
    return [shapely.get_coordinates(ring) for ring in shapely.remove_repeated_points(rings)]


def _closed(coords: Floats) -> Floats:
    """Return a ring that goes once round and on over its first edge, so that it has no end."""
    return np.concatenate([coords, coords[1:2]])


def _lengthwise(coords: Floats, edges: BaseGeometry, locator: Locator) -> list[Floats]:
    """Return the runs of a ring's edges that lie on given edges and not across the road's end.

    An edge is across where it leads more across than along and lies at an end of the axis or
    meets the axis.
    """
    start, end = coords[:-1], coords[1:]
    middle = (start + end) / 2
    places = locator.locate(middle)
    axis = locator.axes[0]
    own = shapely.dwithin(edges, shapely.points(middle), SAME_PLACE_M / axis.metres_per_unit)
    at_end = np.minimum(
        np.abs(places.measure_m - axis.start_measure_m),
        np.abs(places.measure_m - axis.end_measure_m),
    )
    meets = shapely.intersects(make_segments(start, end), axis.line)
    segment = locator.tree.nearest(shapely.points(places.foot))
    vector = end - start
    along = np.abs((vector * locator.along[segment]).sum(axis=1))
    across = along < np.hypot(vector[:, 0], vector[:, 1]) * math.cos(math.pi / 4)
    capped = across & (meets | (at_end <= SAME_PLACE_M))
    passed = capped | ~own
    if not passed.any():
        return [_closed(coords)]
    first = int(np.argmax(passed))
    order = (np.arange(len(passed)) + first) % len(passed)
    runs: list[list[int]] = [[]]
    for edge in order:
        if passed[edge]:
            runs.append([])
        else:
            runs[-1].append(int(edge))
    return [np.concatenate([start[run[:1]], end[run]]) for run in runs if run]
