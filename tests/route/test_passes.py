"""Where an axis passes a point, and passes it again."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point

from geotool.route.passes import find_passes
from tests.route.drawn import axis_of, winding

LOOP = [(0, 0), (100, 0), (100, 100), (50, 100), (50, -100)]


def test_a_crossing_is_passed_twice():
    found = find_passes(axis_of(LOOP, start=1000.0), (50, 0), 1.0)
    assert found.measure_m.tolist() == [1050.0, 1350.0]
    assert found.offset_m.tolist() == [0.0, 0.0]


def test_side_and_offset_belong_to_each_pass():
    found = find_passes(axis_of(LOOP), (54, -3), 1.0)
    assert found.measure_m.tolist() == [54.0, 353.0]
    assert found.offset_m.tolist() == [3.0, 4.0]
    assert found.sides(0.0).tolist() == ["right", "left"]


def test_beyond_an_end_there_is_one_pass():
    found = find_passes(axis_of([(0, 0), (100, 0)]), (130, 5), 1.0)
    assert (found.measure_m.tolist(), found.beyond_m.tolist()) == ([100.0], [30.0])


def test_a_bend_shallower_than_the_rise_is_no_pass():
    bend = axis_of([(-50, 10), (-1, 10), (0, 10.5), (1, 10), (50, 10)])
    assert len(find_passes(bend, (0, 0), 1.0).measure_m) == 1
    assert len(find_passes(bend, (0, 0), 0.1).measure_m) == 2


def test_of_two_vertices_and_of_feet():
    axis = axis_of([(0, 0), (1000, 0)], crs="EPSG:2263")
    assert find_passes(axis, (500, 10), 1.0).offset_m[0] == pytest.approx(10 * 1200 / 3937)


def looked_at(values, rise):
    """Minima left by `rise` on both sides before a lower value, by looking at each."""

    def lasts(at, side):
        lower = np.flatnonzero(side < values[at])
        return not len(lower) or side[: lower[0]].max(initial=values[at]) >= values[at] + rise

    inner = np.flatnonzero((values[1:-1] <= values[:-2]) & (values[1:-1] < values[2:])) + 1
    places = [0, *inner, len(values) - 1]
    return [at for at in places if lasts(at, values[:at][::-1]) and lasts(at, values[at + 1 :])]


@settings(max_examples=30)
@given(st.integers(0, 5000), st.floats(1.0, 80.0))
def test_same_as_looking_at_every_place(seed, rise):
    coords = winding(seed, count=40, turn=1.2)
    axis = axis_of(coords)
    random = np.random.default_rng(seed)
    x, y = coords[random.integers(len(coords))] + random.normal(0, 40, 2)
    found = find_passes(axis, (x, y), rise)
    along = np.arange(0.0, axis.length_m, 0.5)
    places = shapely.line_interpolate_point(axis.line, along)
    offsets = shapely.distance(places, Point(x, y))
    certain, possible = looked_at(offsets, rise + 1.0), looked_at(offsets, rise - 1.0)
    assert len(certain) <= len(found.measure_m) <= len(possible)
    for at in certain:
        assert np.abs(found.offset_m - offsets[at]).min() <= 0.5
    assert found.offset_m.min() == pytest.approx(axis.line.distance(Point(x, y)), abs=1e-9)
    assert (np.diff(found.measure_m) > 0).all()
