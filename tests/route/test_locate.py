"""Nearest places of very many points on an axis of very many vertices."""

import time

import numpy as np

from geotool.route.locate import Locator
from tests.route.drawn import axis_of, winding

MANY = 20_000


def nearest_of_all(axis, point):
    """Return offset and measure of the nearest place by trying every segment."""
    xy = np.asarray(axis.line.coords)
    step, away = np.diff(xy, axis=0), point - xy[:-1]
    share = np.clip((away * step).sum(axis=1) / (step**2).sum(axis=1), 0.0, 1.0)
    size = np.hypot(*step.T)
    offset = np.hypot(*(away - step * share[:, None]).T)
    at = int(offset.argmin())
    return offset[at], axis.start_measure_m + size[:at].sum() + share[at] * size[at]


def test_many_points_on_an_axis_of_many_vertices_are_exact_and_soon_found():
    axis = axis_of(winding(7, count=MANY - 1, step=5.0, turn=0.1), start=10_000.0)
    corners = np.asarray(axis.line.coords)
    assert len(corners) == MANY
    random = np.random.default_rng(7)
    xy = corners[random.permutation(MANY)] + random.normal(0.0, 60.0, (MANY, 2))
    started = time.process_time()
    places = Locator([axis]).locate(xy)
    assert time.process_time() - started < 5.0
    sample = random.choice(MANY, 200, replace=False)
    expected = np.array([nearest_of_all(axis, xy[row]) for row in sample])
    found = np.column_stack([places.offset_m, places.measure_m])[sample]
    assert np.abs(found - expected).max() < 1e-6
