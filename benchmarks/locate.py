"""How long 20,000 points take on an axis of 20,000 vertices, beside shapely on the whole line.

    python benchmarks/locate.py [POINTS] [VERTICES]

geotool and shapely take turns, so that a busy machine slows both; medians are printed. shapely
locates a hundredth of the points, and its time is multiplied. Once the points lie near the axis,
once anywhere in the rectangle around it.
"""

import resource
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from geotool.route.axis import Axis
from geotool.route.chainage import locate_points

_ROUNDS, _SHARE = 5, 100


def main(points: int = 20_000, vertices: int = 20_000) -> None:
    """Print medians for points near the axis and for points anywhere."""
    random = np.random.default_rng(1)
    axis = _draw_axis(vertices, random)
    corners = shapely.get_coordinates(axis.line)
    near = corners[random.integers(0, vertices, points)] + random.normal(0.0, 60.0, (points, 2))
    anywhere = random.uniform(corners.min(axis=0), corners.max(axis=0), (points, 2))
    _say(f"{points} points, {vertices} vertices, medians of {_ROUNDS} rounds in CPU seconds")
    for name, xy in (("near", near), ("anywhere", anywhere)):
        _say(f"{name}: {_compare(axis, xy)}")
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    _say(f"peak memory {peak_mb:.0f} MB")


def _compare(axis: Axis, xy: NDArray[np.float64]) -> str:
    """Return the medians of both, and by how much their distances to the axis differ."""
    frame = gpd.GeoDataFrame(geometry=shapely.points(xy), crs="EPSG:9209")
    some = frame.geometry.to_numpy()[::_SHARE]
    ours, theirs = [], []
    for _ in range(_ROUNDS):
        seconds, located = _timed(lambda: locate_points(frame, [axis]))
        ours.append(seconds)
        seconds, along = _timed(lambda: shapely.line_locate_point(axis.line, some))
        theirs.append(seconds * len(xy) / len(some))
    measures = located["measure_m"].to_numpy()[::_SHARE]
    reached = [
        shapely.distance(shapely.line_interpolate_point(axis.line, found), some)
        for found in (measures, along)
    ]
    worst = np.abs(reached[0] - reached[1]).max()
    return (
        f"geotool {statistics.median(ours):.2f}, shapely {statistics.median(theirs):.1f}; "
        f"distances differ by at most {worst:.1e} m"
    )


def _draw_axis(vertices: int, random: np.random.Generator) -> Axis:
    """Return a winding axis with its vertices 5 m apart."""
    heading = np.cumsum(random.normal(0.0, 0.02, vertices - 1))
    moves = 5.0 * np.column_stack([np.cos(heading), np.sin(heading)])
    coords = np.cumsum(np.concatenate([[[500_000.0, 2_000_000.0]], moves]), axis=0)
    return Axis("A1", "", shapely.LineString(coords), 0.0, 1.0)


def _timed(call: Callable[[], Any]) -> tuple[float, Any]:
    start = time.process_time()
    answer = call()
    return time.process_time() - start, answer


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
