"""Where findings lie along the alignments: ``Km559+940 left``."""

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geotool.route.axis import Axis
from geotool.route.locate import Locator, Places

_BOTH = "both sides"
_MULTI_POINT = 4  # shapely's number of the type


def name_places(
    shapes: Sequence[BaseGeometry], axes: Sequence[Axis], *, on_axis_m: float
) -> list[str]:
    """Return the place of each shape along the alignment nearest to its inner point.

    A point is ``Km559+940 left`` of increasing chainage; a shape with extent the range
    ``Km559+940-Km560+020 both sides``; several points are listed. What lies before the start
    or after the end is ``beyond`` that end. A label that repeats is told with its zone,
    ``Km560+020 (zone 2) left``. With several alignments the alignment_id leads.

    Parameters
    ----------
    shapes
        Non-empty shapes in the projected CRS of the axes.
    axes
        At least one.
    on_axis_m
        Closer than this to an axis a place has no side, in metres.
    """
    if not len(shapes):
        return []
    array = np.asarray(shapes, dtype=np.object_)
    several = shapely.get_type_id(array) == _MULTI_POINT
    owner = np.flatnonzero(~several)
    points, of_point = shapely.get_parts(array[several], return_index=True)
    owner = np.concatenate([owner, np.flatnonzero(several)[of_point]])
    met: list[list[str]] = [[] for _ in array]
    named = _name_single(np.concatenate([array[~several], points]), axes, on_axis_m)
    for row, name in zip(owner, named, strict=True):
        met[row].append(name)
    return [", ".join(dict.fromkeys(names)) for names in met]


def _name_single(array: NDArray[np.object_], axes: Sequence[Axis], on_axis_m: float) -> list[str]:
    """Return the place of shapes none of which is several points."""
    nearest = Locator(axes)
    inner = shapely.get_coordinates(shapely.point_on_surface(array))
    axis_of = nearest.locate(inner).axis_index
    names = np.full(len(array), "", dtype=object)
    for index, axis in enumerate(nearest.axes):
        rows = np.flatnonzero(axis_of == index)
        if len(rows):
            lead = f"{axis.alignment_id} " if len(nearest.axes) > 1 else ""
            found = _along(array[rows], axis, on_axis_m)
            names[rows] = [f"{lead}{name}" for name in found]
    return [str(name) for name in names]


def _along(shapes: NDArray[np.object_], axis: Axis, on_axis_m: float) -> list[str]:
    """Return the place of each shape along one axis."""
    xy, owner = shapely.get_coordinates(shapes, return_index=True)
    places = Locator([axis]).locate(xy)
    sides = places.sides(on_axis_m)
    starts = np.searchsorted(owner, np.arange(len(shapes) + 1))
    names = []
    for row in range(len(shapes)):
        part = slice(int(starts[row]), int(starts[row + 1]))
        names.append(_range(places, sides, part, axis))
    return names


def _range(places: Places, sides: NDArray[np.object_], part: slice, axis: Axis) -> str:
    """Return the range that some located places span, with their common side."""
    low, high = float(places.measure_m[part].min()), float(places.measure_m[part].max())
    first = axis.text_at(low, decimals=0)
    if (places.beyond_m[part] > 0).all():
        return f"beyond {first}"
    met = {str(side) for side in sides[part]} - {"on"}
    side = _BOTH if len(met) > 1 else "".join(met)
    if axis.text_at(high, before=high > low, decimals=0) != first:
        first = axis.range_at(low, high, decimals=0, dash="-")
    return f"{first} {side}".strip()
