"""CPU seconds of the strip along 24.41 km drawn with a vertex every 5 m: two widths, a table.

Run from the root of the project: ``python benchmarks/corridor.py``.
"""

import statistics
import sys
import time
from collections.abc import Callable

import numpy as np
from shapely import LineString

from geotool.route.axis import Axis
from geotool.route.corridor import make_corridor
from geotool.route.widths import WidthProfile

LENGTH_M, VERTEX_M, ROWS, TURNS, LEAST_RADIUS_M = 24_410.0, 5.0, 500, 80, 250.0


def winding_axis() -> Axis:
    """Return an axis of curves of different radius, none tighter than the least."""
    random = np.random.default_rng(1)
    places = np.arange(0.0, LENGTH_M, VERTEX_M)
    knots = np.linspace(0.0, LENGTH_M, TURNS)
    curvature = np.interp(places, knots, random.uniform(-1, 1, TURNS) / LEAST_RADIUS_M)
    heading = np.cumsum(curvature) * VERTEX_M
    moves = np.column_stack([np.cos(heading), np.sin(heading)]) * VERTEX_M
    vertices = np.cumsum(np.vstack([[500_000.0, 2_000_000.0], moves]), axis=0)
    return Axis("A", "", LineString(vertices), 559_900.0, 1.0)


def table_of_widths(axis: Axis) -> WidthProfile:
    """Return random widths from 20 to 50 m, every fifth row a step."""
    random = np.random.default_rng(2)
    measures = np.linspace(axis.start_measure_m, axis.end_measure_m, ROWS)
    measures[5:-1:5] = measures[4:-2:5]
    return WidthProfile(measures, random.uniform(20, 50, ROWS), random.uniform(20, 50, ROWS))


def cpu_seconds(draw: Callable[[], object], *, runs: int = 5) -> float:
    """Return the median CPU time of a call."""
    seconds = []
    for _ in range(runs):
        begun = time.process_time()
        draw()
        seconds.append(time.process_time() - begun)
    return statistics.median(seconds)


def main() -> None:
    """Print one line a source of widths."""
    axis = winding_axis()
    profiles = {axis.alignment_id: table_of_widths(axis)}
    constant = cpu_seconds(
        lambda: make_corridor([axis], left_m=20, right_m=15, frame_crs="EPSG:9209")
    )
    table = cpu_seconds(lambda: make_corridor([axis], profiles=profiles, frame_crs="EPSG:9209"))
    lines = (
        f"{axis.length_m / 1000:.2f} km, {len(axis.line.coords)} vertices",
        f"two constant widths: {constant:.2f} s",
        f"table of {ROWS} rows: {table:.2f} s",
    )
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
