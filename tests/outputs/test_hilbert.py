"""Hilbert numbers: those of geopandas, and near in number is near on the map."""

import geopandas as gpd
import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geotool.outputs.hilbert import NOWHERE, hilbert_numbers


@given(seed=st.integers(0, 10**6), count=st.integers(1, 200))
def test_numbers_are_those_of_geopandas(seed, count):
    rng = np.random.default_rng(seed)
    low = rng.random((count, 2)) * rng.choice([1.0, 1e3, 1e6]) + 500_000
    boxes = np.column_stack([low, low + rng.random((count, 2)) * 50])
    series = gpd.GeoSeries(shapely.box(*boxes.T))
    bounds = tuple(series.total_bounds)
    expected = series.hilbert_distance(total_bounds=bounds).to_numpy()
    assert (hilbert_numbers(boxes, bounds) == expected).all()


def test_the_four_quarters_are_walked_in_turn():
    corners = np.array([[0.0, 0, 0, 0], [0, 4, 0, 4], [4, 4, 4, 4], [4, 0, 4, 0]])
    numbers = hilbert_numbers(corners, (0.0, 0.0, 4.0, 4.0))
    assert numbers.tolist() == [0, 0x55555555, 0xAAAAAAAA, 0xFFFFFFFF]


def test_neighbours_on_the_curve_are_neighbours_on_the_map():
    x, y = np.meshgrid(np.arange(16.0), np.arange(16.0))
    boxes = np.column_stack([x.ravel(), y.ravel(), x.ravel(), y.ravel()])
    order = np.argsort(hilbert_numbers(boxes, (0.0, 0.0, 15.0, 15.0)), kind="stable")
    steps = np.abs(np.diff(boxes[order, :2], axis=0)).sum(axis=1)
    assert (steps == 1).all()


def test_what_has_no_place_comes_last():
    boxes = np.array([[np.nan] * 4, [0.0, 0, 1, 1]])
    assert hilbert_numbers(boxes, (0.0, 0.0, 1.0, 1.0)).tolist()[0] == NOWHERE
    assert hilbert_numbers(boxes[1:], (3.0, 3.0, 3.0, 3.0)).tolist() == [0]
