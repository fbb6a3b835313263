"""Lengths side by side: chords against arcs, corners, labels against drawing, published."""

import dataclasses
import math

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geotool.route.axis import Axis
from geotool.route.lengths import find_corners, measure_chord_shortfall, measure_lengths
from geotool.route.stationing import Zone
from geotool.rules.lengths import load_length_rules
from tests.route.drawn import CRS, arc, axis_of, winding

RULES = load_length_rules()


def corners_above(degrees):
    return dataclasses.replace(RULES, corner_deg=degrees)


def shortfall(coords, **options):
    return measure_chord_shortfall(axis_of(coords, **options), RULES)


@pytest.mark.parametrize(
    ("radius", "spacing_m"), [(250, 50), (250, 20), (650, 50), (2000, 50), (60, 20)]
)
@pytest.mark.parametrize("turn", [1, -1])
def test_chords_of_an_arc(radius, spacing_m, turn):
    length_m = 12 * spacing_m
    coords = arc(radius, math.degrees(length_m / radius), spacing_m) * [1, turn]
    axis = axis_of(coords)
    found = measure_chord_shortfall(axis, RULES)
    assert found == pytest.approx(length_m - axis.length_m, rel=1e-5)
    assert found / length_m == pytest.approx((spacing_m / radius) ** 2 / 24, rel=0.2)


def test_r_250_with_vertices_every_50_m():
    coords = arc(250, math.degrees(500 / 250) - 1e-9, 50)
    assert shortfall(coords) / 500 * 1e6 == pytest.approx(1_665.83, abs=0.01)


def test_uneven_vertices_on_a_circle():
    angle = np.sort(np.random.default_rng(4).uniform(0, 2.0, 60))
    coords = 400 * np.column_stack([np.cos(angle), np.sin(angle)]) + [500_000, 2_000_000]
    drawn_m = axis_of(coords).length_m
    true_m = 400 * (angle[-1] - angle[0])
    assert shortfall(coords) == pytest.approx(true_m - drawn_m, rel=1e-4)


@pytest.mark.parametrize("straight_m", [25.0, 50.0, 400.0, 5_000.0])
@pytest.mark.parametrize(("radius", "spacing_m"), [(250, 50), (650, 40), (2_000, 50), (125, 30)])
def test_straights_beside_an_arc_stay_straight(radius, spacing_m, straight_m):
    """A straight of two vertices is no part of the arc it leads into, however long."""
    curve = arc(radius, math.degrees(10.3 * spacing_m / radius), spacing_m)
    angle = 10.3 * spacing_m / radius
    first, last = curve[1] - curve[0], curve[-1] - curve[-2]
    half = math.asin(np.hypot(*first) / (2 * radius)), math.asin(np.hypot(*last) / (2 * radius))
    turn = math.copysign(1.0, first[0] * last[1] - first[1] * last[0])
    ahead, back = _turned(last, turn * half[1]), _turned(first, -turn * half[0])
    coords = np.vstack([curve[0] - straight_m * back, curve, curve[-1] + straight_m * ahead])
    true_m = radius * angle - axis_of(curve).length_m
    assert shortfall(coords) == pytest.approx(true_m, rel=1e-3)


def _turned(move, radians):
    c, s = math.cos(radians), math.sin(radians)
    return np.array([[c, -s], [s, c]]) @ move / np.hypot(*move)


def test_a_spiral_is_estimated_closely():
    along = np.linspace(0, 200, 21)
    turned = np.linspace(0, 200, 20_001)
    heading = turned**2 / (2 * 200 * 300)  # to R = 300 m over 200 m
    x, y = (
        np.concatenate([[0], np.cumsum(f((heading[1:] + heading[:-1]) / 2) * 0.01)])
        for f in (np.cos, np.sin)
    )
    coords = np.column_stack([np.interp(along, turned, x), np.interp(along, turned, y)])
    true_m = 200 - axis_of(coords).length_m
    assert shortfall(coords) == pytest.approx(true_m, rel=0.03)


@pytest.mark.parametrize("coords", [[(0, 0), (900, 0)], [(0, 0), (300, 0), (900, 0)]])
def test_a_straight_axis_lacks_nothing(coords):
    assert shortfall(coords) == 0


def test_jitter_is_no_curve():
    """Vertices to the left and to the right in turn make no curve between them."""
    x = np.arange(0, 2_000, 50.0)
    coords = np.column_stack([x, 0.5 * (-1.0) ** np.arange(len(x))])
    ends_only = 2 * measure_chord_shortfall(axis_of(coords[:3]), RULES)
    assert shortfall(coords) < ends_only


@pytest.mark.parametrize("gap_m", [0.002, 0.05, 0.3])
def test_vertices_drawn_twice_make_no_curve_and_no_corner(gap_m):
    """Beside every vertex of a straight another one, to the left and to the right in turn."""
    x = np.arange(0, 1_000, 50.0)
    aside = 0.2 * gap_m * np.tile([0.0, 1.0, 0.0, -1.0], len(x) // 2)
    axis = axis_of(np.column_stack([np.repeat(x, 2) + np.tile([0.0, gap_m], len(x)), aside]))
    every_vertex = dataclasses.replace(RULES, least_chord_m=0.0)
    assert measure_chord_shortfall(axis, every_vertex) > 0.3
    assert measure_chord_shortfall(axis, RULES) == pytest.approx(0, abs=1e-4)


def test_a_vertex_drawn_twice_leaves_a_curve():
    curve = arc(250, 60, 25)
    twice = np.insert(curve, 4, curve[3] + [0.003, 0.004], axis=0)
    assert shortfall(twice) == pytest.approx(shortfall(curve), abs=0.011)


def test_a_curve_drawn_every_half_metre_is_not_straightened():
    length_m = 60.0
    coords = arc(20, math.degrees(length_m / 20), 0.5)
    axis = axis_of(coords)
    found = measure_chord_shortfall(axis, RULES)
    assert found == pytest.approx(length_m - axis.length_m, abs=1e-4)


def test_a_corner_drawn_twice_is_one_corner():
    axis = axis_of([(0, 0), (100, 0), (100.01, 0.01), (100.01, 100)])
    assert find_corners([axis], RULES)["deflection_deg"].tolist() == pytest.approx([90], abs=0.1)


def test_corners_are_listed_and_add_nothing():
    axis = axis_of([(0, 0), (100, 0), (100, 100), (300, 200)], start=10_000)
    corners = find_corners([axis], RULES)
    assert corners["chainage_m"].tolist() == [10_100, 10_200]
    assert corners["deflection_deg"].tolist() == pytest.approx([90, -63.4349488], abs=1e-6)
    assert measure_chord_shortfall(axis, RULES) == 0
    assert measure_chord_shortfall(axis, corners_above(90.0)) > 0


def test_a_fold_back_is_a_corner():
    axis = axis_of([(0, 0), (100, 0), (40, 0), (90, 5)])
    assert len(find_corners([axis], RULES)) == 2
    assert measure_chord_shortfall(axis, RULES) == 0


def test_corners_beside_a_curve_leave_the_curve():
    curve = arc(250, 60, 25)
    corner = np.vstack([curve[0] + [0.0, 300.0], curve])
    assert shortfall(corner) == pytest.approx(shortfall(curve), rel=1e-12)


def test_corners_of_several_axes_come_in_order():
    axes = [axis_of([(0, 0), (100, 0), (100, 100), (0, 100)]), axis_of([(0, 0), (9, 0), (9, 9)])]
    corners = find_corners(axes, RULES)
    assert corners["measure_m"].tolist() == [100, 200, 9]
    assert len(find_corners([], RULES)) == 0


def lengths(axis, **options):
    return measure_lengths(axis, CRS, RULES, **options)


def labelled(line, *zones):
    """Return an axis from measure 0 whose zones are given by measures and labels."""
    made = tuple(Zone(number, *knots) for number, knots in enumerate(zones, start=1))
    return Axis("A1", "", shapely.LineString(line), zones[0][0][0], 1.0, made)


def test_labels_without_equations_and_posts_are_the_drawing():
    found = lengths(axis_of([(500_000, 2_000_000), (501_234.5, 2_000_000)], start=560_000))
    assert found.planar_length_m == 1_234.5
    assert found.stationing_difference_m == pytest.approx(0, abs=1e-9)
    assert found.equation_jump_m == 0
    assert found.unexplained_m is None
    assert found.vertex_count == 2


def test_equations_jump_and_stretch_nothing():
    axis = labelled(
        [(500_000, 2e6), (501_150, 2e6)],
        ((0.0, 150.0), (0.0, 150.0)),
        ((150.0, 1_150.0), (100.0, 1_100.0)),  # 50 m overlap
    )
    found = lengths(axis)
    assert found.label_difference_m == 1_100
    assert found.stationed_length_m == 1_150
    assert found.equation_jump_m == -50
    assert found.stationing_difference_m == 0


def test_posts_stretch_and_do_not_jump():
    axis = labelled([(500_000, 2e6), (501_000, 2e6)], ((0.0, 400.0, 1_000.0), (0.0, 402.0, 999.0)))
    found = lengths(axis)
    assert found.stationed_length_m == 999
    assert found.stationing_difference_m == -1
    assert found.equation_jump_m == 0


def test_differences_add_up_to_what_is_published():
    found = lengths(axis_of(winding(3, turn=0.2)), published_length_m=2_000.0)
    parts = (
        found.planar_length_m
        - found.scale_difference_m
        + found.chord_shortfall_m
        + found.unexplained_m
    )
    assert parts == pytest.approx(2_000, abs=1e-9)
    assert found.wgs84_length_m + found.datum_difference_m == found.geodesic_length_m


def test_the_centre_of_a_tm3_zone_is_100_ppm_short():
    found = lengths(axis_of([(500_000, 2e6), (500_000, 2_010_000)]))
    assert found.scale_difference_m == pytest.approx(-1.0001, abs=1e-4)
    assert found.scale_factor_ppm == pytest.approx(-100, abs=1e-2)


def test_a_foot_crs_answers_in_metres():
    foot = 1200 / 3937
    coords = arc(250 / foot, 60, 50 / foot, at=(980_000, 190_000))
    found = shortfall(coords, crs="EPSG:2263")
    assert found == pytest.approx(shortfall(arc(250, 60, 50)), rel=1e-9)


@given(seed=st.integers(0, 10_000), turn=st.floats(0.01, 0.5))
def test_direction_and_place_change_nothing(seed, turn):
    coords = winding(seed, turn=turn, at=(500_000, 2_000_000))
    found = shortfall(coords)
    assert found >= 0
    assert shortfall(coords[::-1]) == pytest.approx(found, rel=1e-6, abs=1e-9)
    assert shortfall(coords + np.array([700, -300])) == pytest.approx(found, rel=1e-6, abs=1e-9)
    assert shortfall(coords * [1, -1]) == pytest.approx(found, rel=1e-6, abs=1e-9)
