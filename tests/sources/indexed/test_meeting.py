"""Which boxes meet: against every pair, whatever the sizes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geotool.sources.indexed import meeting
from geotool.sources.indexed.meeting import Wanted


def by_pairs(bounds, boxes):
    across = (bounds[:, None, 0] <= boxes[:, 2]) & (bounds[:, None, 2] >= boxes[:, 0])
    upright = (bounds[:, None, 1] <= boxes[:, 3]) & (bounds[:, None, 3] >= boxes[:, 1])
    return (across & upright).any(axis=1)


def boxes(random, count, reach, size):
    corner = random.uniform(-reach, reach, (count, 2))
    return np.hstack([corner, corner + random.uniform(0, size, (count, 2))])


@given(st.integers(0, 10_000), st.sampled_from([1, 3, 200]), st.sampled_from([0.0, 0.01, 3.0]))
@settings(max_examples=30, deadline=None)
def test_is_what_every_pair_says(seed, count, size):
    random = np.random.default_rng(seed)
    wanted, bounds = boxes(random, count, 10, size), boxes(random, 5_000, 12, size)
    bounds[:count] = wanted  # edges that touch
    assert (Wanted(wanted).meets(bounds) == by_pairs(bounds, wanted)).all()


def test_edges_and_corners_count():
    wanted = np.array([[0.0, 0.0, 1.0, 1.0]])
    bounds = np.array(
        [[1, 1, 2, 2], [1, 0.5, 2, 0.6], [1.0000001, 0, 2, 1], [0.4, 0.4, 0.5, 0.5], [-9, -9, 9, 9]]
    )
    assert Wanted(wanted).meets(bounds.astype(float)).tolist() == [True, True, False, True, True]


def test_the_grid_never_decides_against_a_pair(monkeypatch):
    """Rows as many as go through the grid, cells so large that many share one."""
    monkeypatch.setattr(meeting, "_CELLS", 4)
    random = np.random.default_rng(3)
    wanted, bounds = boxes(random, 50, 10, 0.5), boxes(random, 9_000, 10, 0.5)
    assert (Wanted(wanted).meets(bounds) == by_pairs(bounds, wanted)).all()


@pytest.mark.parametrize("many", [1, 3_000])
def test_places_without_extent(many):
    wanted = np.array([[5.0, 5.0, 5.0, 5.0]])
    bounds = np.repeat([[5.0, 5.0, 5.0, 5.0], [6.0, 5.0, 6.0, 5.0]], many, axis=0)
    assert Wanted(wanted).meets(bounds).tolist() == [True] * many + [False] * many


def test_what_is_no_box_meets_nothing():
    bounds = np.array([[np.nan] * 4, [-np.inf, 0, 1, 1], [0, 0, 1, 1]])
    assert Wanted(np.array([[0.0, 0.0, 1.0, 1.0]])).meets(bounds).tolist() == [False, False, True]
    assert not Wanted(np.zeros((0, 4))).meets(bounds).any()
    assert Wanted(np.array([[0.0, 0.0, 1.0, 1.0]])).meets(np.zeros((0, 4))).tolist() == []
