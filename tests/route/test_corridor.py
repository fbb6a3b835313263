import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point

from geotool.errors import SchemaError, UsageError
from geotool.route.alignment import make_axes
from geotool.route.corridor import make_corridor
from geotool.route.locate import Locator
from tests.route.drawn import CRS, alignments, arc, axis_of, winding


def strip_of(axis, left, right):
    frame = make_corridor([axis], left_m=left, right_m=right, frame_crs=CRS)
    return frame.geometry.iloc[0]


def test_one_row_an_alignment_with_its_columns():
    frame = alignments(*[LineString([(0, i * 500), (90, i * 500)]) for i in range(3)])
    frame["alignment_id"] = ["P10", "P2", "P1"]
    strips = make_corridor(make_axes(frame), left_m=20, right_m=15, frame_crs=CRS)
    columns = ["right_of_way_id", "alignment_id", "version", "basis", "geometry"]
    assert list(strips.columns) == columns
    assert list(strips["right_of_way_id"]) == list(strips["alignment_id"]) == ["P1", "P2", "P10"]
    assert set(strips["version"]) == {"1"} and set(strips["basis"]) == {"recovered"}
    assert strips.crs == CRS


def test_a_straight_strip_is_exact_with_square_ends():
    axis = axis_of([(0, 0), (100, 0), (250, 0), (1000, 0)])
    strip = strip_of(axis, 20, 15)
    assert strip.equals(shapely.box(0, -15, 1000, 20))
    assert strip.area == pytest.approx(35_000, rel=1e-12)


@pytest.mark.parametrize("degrees", [7.3, 45, 211])
def test_an_oblique_straight_strip_is_exact(degrees):
    angle = math.radians(degrees)
    places = np.array([0.0, 13.7, 400.0, 401.0, 1234.5])
    axis = axis_of(np.column_stack([places * math.cos(angle), places * math.sin(angle)]))
    assert strip_of(axis, 22.5, 30.25).area == pytest.approx(1234.5 * 52.75, rel=1e-12)


WEDGE_STEP = math.pi / 128


@pytest.mark.parametrize(("left", "right"), [(30.0, 30.0), (20.0, 45.0), (0.0, 35.0)])
@pytest.mark.parametrize("radius", [60, 125, 250, 650, 2000])
@pytest.mark.parametrize("spacing", [20, 5, 1])
def test_an_arc_has_the_area_of_geometry_and_of_calculus(radius, spacing, left, right):
    axis = axis_of(arc(radius, 60, spacing, at=(0, 0)))
    area = strip_of(axis, left, right).area
    count = len(axis.line.coords) - 1
    turn = math.radians(60) / count
    chords = count * 2 * radius * math.sin(turn / 2) * (left + right)
    steps = math.ceil(turn / WEDGE_STEP)
    corner = right**2 / 2 * steps * math.sin(turn / steps) - left**2 * math.tan(turn / 2)
    assert area == pytest.approx(chords + (count - 1) * corner, rel=1e-12)

    curved = left - left**2 / (2 * radius) + right + right**2 / (2 * radius)
    square_ends = (left**2 - right**2) * turn / 2
    exact = radius * math.radians(60) * curved + square_ends
    assert area == pytest.approx(exact, rel=turn**2 / 8 + 1e-9)
    assert area < exact


def test_a_corner_gains_an_inscribed_sector_and_never_more():
    axis = axis_of([(0, 0), (1000, 0), (1000, 1000)])
    area = strip_of(axis, 0, 30).area
    sector = math.pi * 30**2 / 4
    assert 60_000 + 0.9998 * sector < area < 60_000 + sector


@pytest.mark.parametrize("radius", [5, 12, 30])
def test_a_fold_tighter_than_the_strip_is_one_valid_polygon(radius):
    inside = arc(radius, 300, 3)
    axis = axis_of(np.vstack([inside[0] - [400, 0], inside, inside[-1] + [100, 300]]))
    strip = strip_of(axis, 50, 50)
    assert strip.is_valid and strip.geom_type == "Polygon"
    assert strip.covers(axis.line)


def test_exact_turning_back_is_valid():
    strip = strip_of(axis_of([(0, 0), (100, 0), (40, 0)]), 10, 5)
    assert strip.is_valid and strip.area >= 100 * 15


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([(20, 20), (45, 10), (0, 30), (60, 90)]))
def test_no_point_of_the_strip_is_farther_than_its_width(seed, widths):
    axis = axis_of(winding(seed, turn=1.2, step=25))
    strip = strip_of(axis, *widths)
    assert strip.is_valid
    ring = shapely.points(shapely.get_coordinates(strip))
    assert shapely.distance(ring, axis.line).max() <= max(widths) + 1e-7


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([(20, 12), (10, 30), (0, 25), (25, 0)]))
def test_on_each_side_the_strip_keeps_its_own_width(seed, widths):
    axis = axis_of(winding(seed, turn=0.1, step=60, count=15))
    strip = strip_of(axis, *widths)
    ring = shapely.points(shapely.get_coordinates(strip))
    places = Locator([axis]).locate(shapely.get_coordinates(ring))
    allowed = np.where(places.lateral_m > 0, *widths)
    on_axis = np.abs(places.lateral_m) < 1e-6
    assert (places.offset_m[~on_axis] <= allowed[~on_axis] + 1e-7).all()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_a_reversed_axis_with_swapped_widths_is_the_same_strip(seed):
    coords = winding(seed, turn=0.6)
    one, other = strip_of(axis_of(coords), 30, 12), strip_of(axis_of(coords[::-1]), 12, 30)
    assert one.area == pytest.approx(other.area, rel=1e-9)
    assert shapely.symmetric_difference(one, other).area < 1e-9 * one.area


def test_widths_are_metres_in_a_crs_of_feet():
    axis = axis_of([(0, 0), (1000, 0)], crs="EPSG:2263")
    foot = 1200 / 3937
    strip = make_corridor([axis], left_m=20, right_m=10, frame_crs="EPSG:2263").geometry.iloc[0]
    assert strip.area * foot**2 == pytest.approx(30 * 1000 * foot, rel=1e-12)
    assert strip.covers(Point(500, 20 / foot - 0.01)) and not strip.covers(Point(500, -11 / foot))


@pytest.mark.parametrize("widths", [(0, 0), (-1, 20), (float("nan"), 20), (float("inf"), 1)])
def test_widths_that_make_no_strip_are_refused(widths):
    with pytest.raises(UsageError, match="widths"):
        strip_of(axis_of([(0, 0), (9, 0)]), *widths)


def test_no_alignment_is_refused():
    with pytest.raises(SchemaError):
        make_corridor([], left_m=1, right_m=1, frame_crs=CRS)


def test_two_runs_give_identical_bytes():
    axis = axis_of(winding(3))
    assert strip_of(axis, 20, 15).wkb == strip_of(axis, 20, 15).wkb
