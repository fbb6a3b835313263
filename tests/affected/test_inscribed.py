"""The largest circle inside a polygon: known answers, and GEOS's own search."""

import time

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import affinity
from shapely.geometry import Polygon, box

from geotool.affected.inscribed import measure_widths

ERROR = 5e-4
HOLE = [(4, 4), (6, 4), (6, 6), (4, 6)]
L_SHAPE = Polygon([(0, 0), (30, 0), (30, 10), (10, 10), (10, 30), (0, 30)])
EASY = (
    (box(0, 0, 100, 40), 40.0),
    (box(0, 0, 10_000, 0.3), 0.3),
    (Polygon([(0, 0), (30, 0), (0, 40)]), 20.0),
    (Polygon([(0, 0), (10, 0), (10, 10), (0, 10)], [HOLE]), 4 * 2 * (2 - 2**0.5)),
    (L_SHAPE, 20 * (2 - 2**0.5)),
)


def width(shape):
    return measure_widths(np.array([shape], dtype=object), error=ERROR)[0]


@pytest.mark.parametrize(("shape", "answer"), EASY)
@pytest.mark.parametrize("angle", [0.0, 33.0])
def test_known_widths(shape, answer, angle):
    turned = affinity.translate(affinity.rotate(shape, angle, origin=(0, 0)), 5e5, 2e6)
    found = width(turned)
    assert answer - ERROR <= found <= answer + 1e-8


def test_a_strip_between_two_arcs_is_settled_at_once():
    turn = np.linspace(0, 0.3, 40)
    ring = np.column_stack([np.cos(turn), np.sin(turn)])
    strip = Polygon([*(650 * ring), *(670 * ring)[::-1]])
    assert width(strip) == pytest.approx(20.0, abs=0.01)


def test_a_long_winding_strip_is_affordable():
    along = np.arange(3000.0)
    course = shapely.LineString(np.column_stack([along, 40 * np.sin(along / 150)]))
    started = time.process_time()
    assert width(course.buffer(2.5, cap_style="flat")) == pytest.approx(5.0, abs=ERROR)
    assert time.process_time() - started < 10


@pytest.mark.parametrize("angle", [0.0, 33.0])
def test_a_sliver_narrower_than_the_error_is_settled_at_once(angle):
    sliver = affinity.rotate(box(0, 0, 10_000, ERROR), angle, origin=(0, 0))
    assert width(sliver) == pytest.approx(ERROR, abs=1e-8)


def test_many_at_once_are_as_one_by_one_and_none_is_none():
    several = [shape for shape, _ in EASY if shape.length < 1000]
    one = [width(shape) for shape in several]
    assert measure_widths(np.array(several * 80, dtype=object), error=ERROR).tolist() == one * 80
    assert measure_widths(np.array([], dtype=object), error=ERROR).tolist() == []


@given(st.lists(st.floats(3.0, 40.0), min_size=4, max_size=14), st.floats(0.0, 6.0))
@settings(max_examples=40, deadline=None)
def test_agrees_with_geos_on_stars(radii, turn):
    angles = turn + np.arange(len(radii)) * 2 * np.pi / len(radii)
    star = Polygon(np.array(radii)[:, None] * np.column_stack([np.cos(angles), np.sin(angles)]))
    circle = shapely.maximum_inscribed_circle(star, tolerance=ERROR)
    assert width(star) == pytest.approx(2 * circle.length, abs=2.5 * ERROR)
