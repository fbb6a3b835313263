import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiLineString, Polygon, box

from geotool.communes.intervals import MeasuredLine, intersect, settle, subtract, union

WHOLE = np.array([[0.0, 100.0]])


def spans(draw_from):
    return np.array([sorted(pair) for pair in draw_from if pair[0] != pair[1]]).reshape(-1, 2)


def total(intervals):
    return float((intervals[:, 1] - intervals[:, 0]).sum())


PAIRS = st.lists(st.tuples(st.integers(0, 100), st.integers(0, 100)), max_size=8)


@settings(max_examples=100, deadline=None)
@given(PAIRS, PAIRS)
def test_lengths_of_sets_add_up(one, other):
    a, b = union(spans(one).astype(float)), union(spans(other).astype(float))
    both = union(np.concatenate([a, b]))
    assert total(both) == total(a) + total(b) - total(intersect(a, b))
    assert total(subtract(WHOLE, a)) == 100 - total(a)
    assert total(subtract(a, b)) == total(a) - total(intersect(a, b))


def test_known_sets():
    a, b = np.array([[0.0, 10.0], [20.0, 30.0]]), np.array([[5.0, 25.0]])
    assert union(np.concatenate([a, b])).tolist() == [[0, 30]]
    assert intersect(a, b).tolist() == [[5, 10], [20, 25]]
    assert subtract(a, b).tolist() == [[0, 5], [25, 30]]


def test_settle_joins_places_that_differ_by_rounding():
    sets = [np.array([[1e-12, 5.0]]), np.array([[5.0 + 1e-12, 10.0 - 1e-12]]), np.empty((0, 2))]
    assert [one.tolist() for one in settle(sets, (0.0, 10.0), 1e-9)] == [[[0, 5]], [[5, 10]], []]


def test_inside_and_back_to_geometry():
    line = MeasuredLine(LineString([(0, 0), (10, 0), (10, 10), (0, 10)]))
    inside = line.inside(box(5, -1, 20, 5))
    assert inside.tolist() == [[5, 15]]
    assert line.cut_out(inside).equals_exact(LineString([(5, 0), (10, 0), (10, 5)]), 0)
    assert line.inside(box(50, 50, 60, 60)).tolist() == []
    assert line.inside(box(-5, -5, 0, 0)).tolist() == []


def test_a_line_on_the_boundary_is_inside():
    line = MeasuredLine(LineString([(0, 0), (100, 0)]))
    assert line.inside(box(20, 0, 60, 40)).tolist() == [[20, 60]]
    assert line.inside(Polygon([(0, -5), (100, -5), (100, 0), (0, 0)])).tolist() == [[0, 100]]


def test_several_parts_are_walked_in_order():
    line = MeasuredLine(MultiLineString([[(0, 0), (10, 0)], [(0, 5), (10, 5)]]))
    inside = line.inside(box(8, -1, 20, 20))
    assert inside.tolist() == [[8, 10], [18, 20]]
    assert line.cut_out(line.whole()).equals(
        MultiLineString([[(0, 0), (10, 0)], [(0, 5), (10, 5)]])
    )
    assert line.cut_out(np.array([[8.0, 12.0]])).length == pytest.approx(4.0)
