"""The several nearest places of a looping axis: where it passes a point, and passes it again."""

import numpy as np

from geotool.route.axis import Axis
from geotool.route.locate import Locator, Places


def find_passes(axis: Axis, xy: tuple[float, float], rise_m: float) -> Places:
    """Return where an axis passes a point, by measure.

    The passes are the minima of the distance along the axis whose topological persistence is at
    least `rise_m`: between two of them the axis draws away by that much from both. The nearest
    place of all is always among them.

    Parameters
    ----------
    axis
        The axis.
    xy
        Easting and northing in the CRS of the axis.
    rise_m
        In metres, above 0.
    """
    locator = Locator([axis])
    count = len(locator.length)
    places = locator.on_segments(np.tile(xy, (count, 1)), np.arange(count))
    corners = np.vstack([locator.start, locator.end[-1:]]) - np.array(xy)
    offsets = np.empty(2 * count + 1)  # corner, segment, corner, segment, ..., corner
    offsets[0::2] = np.hypot(corners[:, 0], corners[:, 1]) * axis.metres_per_unit
    offsets[1::2] = places.offset_m
    segments = np.array(_lasting_minima(offsets.tolist(), rise_m)) // 2
    return places.take(np.minimum(segments, count - 1))


def _lasting_minima(values: list[float], rise: float) -> list[int]:
    """Return the positions of the minima that are left by at least `rise` before a lower value."""
    found: list[int] = []
    low, top, sinking = 0, values[0], True
    for at, value in enumerate(values):
        if sinking and value < values[low]:
            low = at
        elif sinking and value >= values[low] + rise:
            found.append(low)
            top, sinking = value, False
        elif not sinking and value <= top - rise:
            low, sinking = at, True
        top = max(top, value)
    return [*found, low] if sinking else found
