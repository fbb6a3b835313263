"""The outline of a strip: rectangles along the segments of a line, wedges outside its corners."""

import math

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geotool.route.locate import Floats

_WEDGE_STEP = math.pi / 128  # the arc of a wedge is drawn in chords of at most 1.4 degrees


def draw_strip(line: BaseGeometry, left: float, right: float) -> BaseGeometry:
    """Return the strip along one line, always one valid polygon.

    Parameters
    ----------
    line
        A line without repeated vertices.
    left, right
        Widths in the units of the line, not negative.
    """
    coords = shapely.get_coordinates(line)
    vector = np.diff(coords, axis=0)
    along = vector / np.hypot(vector[:, 0], vector[:, 1])[:, None]
    normal = np.stack([-along[:, 1], along[:, 0]], axis=1)
    start, end = coords[:-1], coords[1:]
    rings = [start + normal * left, start - normal * right, end - normal * right]
    rectangles = shapely.polygons(np.stack([*rings, end + normal * left], axis=1))
    wedges = [
        wedge
        for vertex, before, after in zip(coords[1:-1], normal, normal[1:], strict=False)
        if (wedge := _wedge(vertex, (before, after), left, right)) is not None
    ]
    return shapely.union_all(np.concatenate([rectangles, np.array(wedges, dtype=object)]))


def _wedge(
    vertex: Floats, normals: tuple[Floats, Floats], left: float, right: float
) -> BaseGeometry | None:
    """Return the wedge between two rectangles on the outside of a corner, if it has one."""
    before, after = normals
    turn = math.atan2(
        before[0] * after[1] - before[1] * after[0], before[0] * after[0] + before[1] * after[1]
    )
    reach = -right if turn > 0 else left
    if turn == 0 or reach == 0:
        return None
    angles = np.linspace(0.0, turn, math.ceil(abs(turn) / _WEDGE_STEP) + 1)[1:-1]
    cosine, sine = np.cos(angles), np.sin(angles)
    turned = np.stack(
        [cosine * before[0] - sine * before[1], sine * before[0] + cosine * before[1]], axis=1
    )
    arc = vertex + np.concatenate([[before], turned, [after]]) * reach
    return shapely.Polygon(np.concatenate([[vertex], arc]))
