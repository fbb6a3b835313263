import itertools
import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point, Polygon

from geotool.route.locate import Locator
from geotool.route.outline import draw_strip, draw_tapered_strip
from geotool.route.widths import WidthProfile
from tests.route.drawn import arc, axis_of, winding

FOOT = 1200 / 3937
WEDGE_CHORD = math.cos(math.pi / 256)  # an arc drawn in chords is by so much nearer its corner


def profile_of(axis, *rows):
    """Widths from rows (metres from the start, left, right)."""
    measures, left, right = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    return WidthProfile(axis.start_measure_m + measures, left, right)


def strip_of(axis, *rows):
    return draw_tapered_strip(axis, profile_of(axis, *rows))


def random_rows(seed, length, *, steps=True, count=8):
    """Rows of random widths from 20 to 50 m, every third station a step."""
    random = np.random.default_rng(seed)
    places = [0.0, *np.sort(random.uniform(0, length, count)), length]
    rows = []
    for number, place in enumerate(places):
        rows.append((place, *random.uniform(20, 50, 2)))
        if steps and number % 3 == 1:
            rows.append((place, *random.uniform(20, 50, 2)))
    return rows


class TestStraight:
    @pytest.mark.parametrize("degrees", [0, 90, 7.3, 211])
    @pytest.mark.parametrize("inner", [(), (250.0,), (13.7, 400.0, 400.1)])
    def test_tapers_and_steps_are_exact(self, degrees, inner):
        places = np.array([0.0, *inner, 1234.5678901])
        angle = math.radians(degrees)
        axis = axis_of(np.column_stack([places * math.cos(angle), places * math.sin(angle)]))
        rows = [(0, 20, 30), (300, 50, 0), (300, 20, 45), (700, 20, 45), (axis.length_m, 0, 12.5)]
        left = 300 * 35 + 400 * 20 + (axis.length_m - 700) * 10
        right = 300 * 15 + 400 * 45 + (axis.length_m - 700) * (45 + 12.5) / 2
        strip = strip_of(axis, *rows)
        assert strip.is_valid and strip.geom_type == "Polygon"
        assert strip.area == pytest.approx(left + right, rel=1e-12)

    def test_a_step_at_a_vertex_leaves_no_hairline(self):
        for degrees in range(3, 360, 11):
            angle = math.radians(degrees)
            places = np.array([0.0, 33.3, 100.0, 177.7])
            coords = np.column_stack([places * math.cos(angle), places * math.sin(angle)])
            axis = axis_of(np.add(coords, [500_000, 2_000_000]))
            at = axis.length_m * 100 / 177.7
            strip = strip_of(axis, (0, 20, 30), (at, 20, 30), (at, 50, 10), (axis.length_m, 50, 10))
            ring = shapely.points(shapely.get_coordinates(strip))
            assert strip.geom_type == "Polygon" and not strip.interiors
            assert shapely.distance(ring, axis.line).min() > 9.999
            area = at * 50 + (axis.length_m - at) * 60
            assert strip.area == pytest.approx(area, abs=1e-6)

    @pytest.mark.parametrize("last", [1e-7, 1e-3, 0.3])
    @pytest.mark.parametrize("length", [1000.0, 1234.5678901])
    def test_the_last_segment_is_there(self, last, length):
        axis = axis_of([(0, 0), (length, 0), (length + last, 0)])
        strip = strip_of(axis, (0, 20, 20), (length / 3, 40, 20), (length + last, 20, 20))
        assert strip.bounds == pytest.approx((0, -20, length + last, 40), abs=1e-12)
        assert strip.area == pytest.approx(50 * (length + last), rel=1e-12)

    def test_rows_close_to_the_ends_count(self):
        axis = axis_of([(0, 0), (100, 0)])
        strip = strip_of(axis, (0, 9, 9), (0.01, 1, 1), (99.99, 1, 1), (100, 9, 9))
        assert strip.area == pytest.approx(4 * 5 * 0.01 + 2 * 99.98, rel=1e-12)

    def test_the_ends_are_square(self):
        axis = axis_of([(0, 0), (60, 80), (160, 80)])
        strip = strip_of(axis, (0, 20, 10), (200, 40, 30))
        ring = [tuple(xy) for xy in shapely.get_coordinates(strip)]
        for corner in [(-16, 12), (8, -6), (160, 120), (160, 50)]:
            assert min(math.dist(corner, xy) for xy in ring) < 1e-9
        assert all(x <= 160 and 0.6 * x + 0.8 * y >= -1e-9 for x, y in ring)

    def test_widths_of_zero(self):
        axis = axis_of([(0, 0), (50, 0), (200, 0)])
        rows = [(0, 10, 0), (80, 0, 0), (120, 0, 0), (160, 0, 20), (200, 0, 20)]
        strip = strip_of(axis, *rows)
        assert strip.is_valid and len(strip.geoms) == 2
        assert strip.area == pytest.approx(400 + 400 + 800, rel=1e-12)
        touching = strip_of(axis, (0, 10, 10), (100, 0, 0), (200, 10, 10))
        assert touching.is_valid and touching.area == pytest.approx(2000, rel=1e-12)
        gap = strip_of(axis, (0, 5, 5), (60, 5, 5), (60, 0, 0), (90, 0, 0), (90, 5, 0), (200, 5, 0))
        assert gap.area == pytest.approx(600 + 550, rel=1e-12)

    def test_a_strip_that_changes_sides_at_one_place(self):
        axis = axis_of([(0, 0), (60, 80)])
        strip = strip_of(axis, (0, 10, 0), (40, 10, 0), (40, 0, 20), (100, 0, 20))
        assert strip.is_valid and strip.area == pytest.approx(1600, rel=1e-12)

    def test_metres_in_a_crs_of_feet(self):
        axis = axis_of([(0, 0), (300, 0), (1000, 0)], start=5000, crs="EPSG:2263")
        assert axis.metres_per_unit == pytest.approx(FOOT)
        rows = [(0, 20, 10), (100, 30, 10), (100, 15, 5), (axis.length_m, 15, 5)]
        area = 100 * 35 + (axis.length_m - 100) * 20
        assert strip_of(axis, *rows).area * FOOT**2 == pytest.approx(area, rel=1e-12)


def drawn_arc(radius, degrees, spacing, *, left):
    coords = arc(radius, degrees, spacing, at=(0, 0))
    return axis_of(coords if left else coords * [1, -1])


def curved_area(radius, length, inside, outside):
    """int (wi - wi^2 / 2R) + (wo + wo^2 / 2R) ds of linear tapers over a length of the axis."""

    def mean_square(first, last):
        return (first**2 + first * last + last**2) / 3

    squares = mean_square(*outside) - mean_square(*inside)
    return length * (sum(inside) / 2 + sum(outside) / 2 + squares / (2 * radius))


LIMITS = {60: 5e-3, 125: 5e-4, 250: 5e-5, 650: 1e-6, 2000: 1e-6}
LEFT, RIGHT = (20, 50), (30, 45)


class TestArc:
    @pytest.mark.parametrize("spacing", [5, 1])
    @pytest.mark.parametrize("turns_left", [True, False])
    @pytest.mark.parametrize("degrees", [60, 90])
    @pytest.mark.parametrize("radius", LIMITS)
    def test_tapers_on_a_true_arc(self, radius, degrees, turns_left, spacing):
        axis = drawn_arc(radius, degrees, spacing, left=turns_left)
        strip = strip_of(axis, (0, 20, 30), (axis.length_m, 50, 45))
        sides = (LEFT, RIGHT) if turns_left else (RIGHT, LEFT)
        exact = curved_area(radius, radius * math.radians(degrees), *sides)
        assert strip.area == pytest.approx(exact, rel=LIMITS[radius])

    @pytest.mark.parametrize("radius", [60, 125])
    def test_an_arc_of_vertices_every_half_metre(self, radius):
        axis = drawn_arc(radius, 75, 0.5, left=True)
        strip = strip_of(axis, (0, 20, 30), (axis.length_m, 50, 45))
        exact = curved_area(radius, axis.length_m, LEFT, RIGHT)
        assert strip.area == pytest.approx(exact, rel=5e-5)

    @pytest.mark.parametrize("turns_left", [True, False])
    @pytest.mark.parametrize("radius", LIMITS)
    def test_a_half_circle_over_its_drawn_length(self, radius, turns_left):
        """A curve drawn in chords is too short; what is left over is the strip's own error."""
        axis = drawn_arc(radius, 180, 5, left=turns_left)
        strip = strip_of(axis, (0, 20, 30), (axis.length_m, 50, 45))
        sides = (LEFT, RIGHT) if turns_left else (RIGHT, LEFT)
        exact = curved_area(radius, axis.length_m, *sides)
        assert strip.area == pytest.approx(exact, rel=LIMITS[radius] + 5e-6)

    @pytest.mark.parametrize("radius", [60, 125, 250])
    def test_inside_a_bend_a_taper_does_not_pass_the_bisector(self, radius):
        axis = drawn_arc(radius, 60, 5, left=True)
        rows = [(0, 20, 30), (axis.length_m, 50, 45)]
        strip, profile = strip_of(axis, *rows), profile_of(axis, *rows)
        xy = np.random.default_rng(radius).uniform(strip.bounds[:2], strip.bounds[2:], (20_000, 2))
        places = Locator([axis]).locate(xy)
        allowed = np.where(places.lateral_m > 0, *profile.widths_at(places.measure_m))
        over = (places.beyond_m == 0) & (places.offset_m > allowed * 1.0005)
        assert over.sum() > 1000
        assert not shapely.covers(strip, shapely.points(xy[over])).any()


class TestCorner:
    def test_the_outside_of_a_corner_is_a_sector_of_its_width(self):
        axis = axis_of([(0, 0), (100, 0), (100, 100)])
        strip = strip_of(axis, (0, 0, 10), (100, 0, 30), (200, 0, 10))
        sector = math.pi * 30**2 / 4
        assert 4000 + sector * 0.9998 < strip.area < 4000 + sector

    def test_at_a_step_on_a_corner_either_width_holds_up_to_the_bisector(self):
        axis = axis_of([(0, 0), (100, 0), (100, 100)])
        strip = strip_of(axis, (0, 0, 10), (100, 0, 10), (100, 0, 30), (200, 0, 30))
        sectors = math.pi / 8 * (10**2 + 30**2)
        assert 4000 + sectors * 0.9998 < strip.area < 4000 + sectors
        assert strip.covers(Point(103, -9)) and not strip.covers(Point(105, -9))
        assert strip.covers(Point(121, -20)) and not strip.covers(Point(120, -21))

    def test_inside_a_corner_each_width_ends_at_the_bisector(self):
        axis = axis_of([(0, 0), (100, 0), (100, 100)])
        strip = strip_of(axis, (0, 10, 0), (100, 10, 0), (100, 30, 0), (200, 30, 0))
        expected = Polygon([(0, 0), (100, 0), (100, 100), (70, 100), (70, 30), (90, 10), (0, 10)])
        assert strip.symmetric_difference(expected).area < 1e-2

    def test_a_short_segment_inside_a_corner_cuts_nothing_off(self):
        axis = axis_of([(0, 0), (100, 0), (100, 5), (200, 5)])
        rows = [(0, 10, 0), (100, 10, 0), (103, 30, 0), (205, 30, 0)]
        assert strip_of(axis, *rows).covers(Point(70.01, 9.9))

    def test_a_turn_right_back_is_valid(self):
        axis = axis_of([(0, 0), (100, 0), (40, 0)])
        strip = strip_of(axis, (0, 10, 5), (160, 20, 8))
        assert strip.is_valid and strip.covers(axis.line)


def reach_of(axis, profile):
    """The land square to the axis within its widths, with full arcs at corners: piece by piece."""
    coords = shapely.get_coordinates(axis.line)
    at = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(coords, axis=0), axis=1))])
    places = np.unique(np.concatenate([at, profile.measures - axis.start_measure_m]))
    ahead = profile.widths_at(places + axis.start_measure_m)
    back = profile.widths_at(places + axis.start_measure_m, before=True)
    shapes, normals = [], []
    for low, high in itertools.pairwise(range(len(places))):
        segment = min(np.searchsorted(at, places[low], side="right"), len(at) - 1) - 1
        along = (coords[segment + 1] - coords[segment]) / (at[segment + 1] - at[segment])
        normal = np.array([-along[1], along[0]])
        ends = [coords[segment] + along * (places[end] - at[segment]) for end in (low, high)]
        for side, sign in ((0, 1), (1, -1)):
            out = sign * normal
            corners = [ends[0] + out * ahead[side][low], ends[1] + out * back[side][high]]
            shapes.append(Polygon([ends[0], *corners, ends[1]]))
        normals.append((normal, ends[1], back, ahead, high))
    for (before, vertex, back, ahead, number), (after, *_) in itertools.pairwise(normals):
        turn = math.atan2(before[0] * after[1] - before[1] * after[0], before @ after)
        side, sign = (1, -1) if turn > 0 else (0, 1)
        for share, widths in ((0.0, back), (0.5, ahead)):
            angles = turn * np.linspace(share, share + 0.5, 33)
            fan = np.column_stack(
                [
                    np.cos(angles) * before[0] - np.sin(angles) * before[1],
                    np.sin(angles) * before[0] + np.cos(angles) * before[1],
                ]
            )
            reach = widths[side][number] / math.cos(turn / 128)
            shapes.append(Polygon([vertex, *(vertex + sign * reach * fan)]))
    return shapely.union_all([shape for shape in shapes if shape.area > 1e-9])


def within_nearest(axis, profile, random, count=400):
    """Random points within the width at their nearest place on the axis."""
    low, high = np.split(np.array(axis.line.bounds), 2)
    xy = random.uniform(low - 60, high + 60, (count, 2))
    places = Locator([axis]).locate(xy)
    both = [profile.widths_at(places.measure_m, before=before) for before in (False, True)]
    least = np.minimum(*both)
    allowed = np.where(places.lateral_m > 0, *least) * WEDGE_CHORD
    chosen = (places.offset_m < allowed - 1e-6) & (places.beyond_m == 0)
    return shapely.points(xy[chosen])


NOISY = [
    (seed, turn, step) for seed in range(100) for turn, step in ((0.9, 14), (0.5, 9), (1.4, 30))
]


@pytest.mark.parametrize("kind", ["constant", "tapers", "steps"])
def test_noisy_axes_are_valid_and_never_overrun_and_miss_nothing(kind):
    for number, (seed, turn, step) in enumerate(NOISY[:: 1 if kind == "steps" else 3]):
        axis = axis_of(winding(seed, turn=turn, step=step, count=12))
        rows = random_rows(seed, axis.length_m, steps=kind == "steps", count=5)
        if kind == "constant":
            rows = [(0, *rows[0][1:]), (axis.length_m, *rows[0][1:])]
        profile = profile_of(axis, *rows)
        strip = draw_tapered_strip(axis, profile)
        assert strip.is_valid and strip.geom_type == "Polygon", number
        assert shapely.difference(strip, reach_of(axis, profile)).area < 1e-5, number
        inside = within_nearest(axis, profile, np.random.default_rng(seed))
        assert len(inside) > 10 and shapely.distance(inside, strip).max() < 1e-7, number


@pytest.mark.parametrize("crs", ["EPSG:9209", "EPSG:2263"])
def test_widths_of_zero_here_and_there_on_noisy_axes(crs):
    for seed in range(40):
        random = np.random.default_rng(seed)
        axis = axis_of(winding(seed, turn=0.9, step=30, count=16), crs=crs)
        some = random.random((2, 30)) > 0.4
        rows = [
            (at, left * one, right * other)
            for (at, left, right), one, other in zip(
                random_rows(seed, axis.length_m), *some, strict=False
            )
        ]
        strip = strip_of(axis, *rows)
        in_crs = axis_of(axis.line.coords)
        scaled = profile_of(in_crs, *(np.array(rows) / axis.metres_per_unit))
        assert strip.is_valid, seed
        assert shapely.difference(strip, reach_of(in_crs, scaled)).area < 1e-5, seed
        inside = within_nearest(in_crs, scaled, random)
        assert len(inside) > 10 and shapely.distance(inside, strip).max() < 1e-7, seed


@pytest.mark.parametrize("radius", [8, 20, 33])
@pytest.mark.parametrize("spacing", [5, 0.5])
def test_folds_tighter_than_the_strip_are_valid_and_never_overrun(radius, spacing):
    bend = arc(radius, 250, spacing)
    axis = axis_of(np.vstack([bend[0] - [200, 0], bend, bend[-1] + [-120, 40]]))
    profile = profile_of(axis, *random_rows(radius, axis.length_m, count=14))
    strip = draw_tapered_strip(axis, profile)
    assert strip.is_valid and strip.geom_type == "Polygon"
    assert shapely.difference(strip, reach_of(axis, profile)).area < 1e-5
    inside = within_nearest(axis, profile, np.random.default_rng(1))
    assert shapely.distance(inside, strip).max() < 1e-7


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_beside_a_gentle_axis_a_point_is_inside_as_far_as_the_width_reaches(seed, steps):
    axis = axis_of(winding(seed, turn=0.12, step=70, count=12), start=559_000.25)
    profile = profile_of(axis, *random_rows(seed, axis.length_m, steps=steps, count=4))
    strip = draw_tapered_strip(axis, profile)
    random = np.random.default_rng(seed)
    low, high = np.split(np.array(axis.line.bounds), 2)
    xy = random.uniform(low - 60, high + 60, (600, 2))
    places = Locator([axis]).locate(xy)
    near = [profile.widths_at(places.measure_m + shift) for shift in (-0.01, 0.0, 0.01)]
    reach = [np.where(places.lateral_m > 0, *widths) for widths in near]
    beside = places.beyond_m == 0
    inside = shapely.covers(strip, shapely.points(xy))
    assert inside[beside & (places.offset_m < np.min(reach, axis=0) * WEDGE_CHORD - 0.01)].all()
    assert not inside[beside & (places.offset_m > np.max(reach, axis=0) * 1.0005 + 0.01)].any()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_a_reversed_axis_with_reversed_widths_is_the_same_strip(seed):
    coords = winding(seed, turn=0.6)
    one, other = axis_of(coords), axis_of(coords[::-1])
    rows = random_rows(seed, one.length_m)
    back = [(one.length_m - at, right, left) for at, left, right in rows[::-1]]
    first, second = strip_of(one, *rows), strip_of(other, *back)
    assert shapely.symmetric_difference(first, second).area < 1e-7 * first.area


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_one_width_by_a_table_is_the_strip_of_that_width(seed):
    axis = axis_of(winding(seed, turn=0.6))
    plain = draw_strip(axis.line, 25.0, 12.0)
    rows = [(share * axis.length_m, 25, 12) for share in (0.0, 0.13, 0.5, 0.77, 1.0)]
    table = strip_of(axis, *rows)
    assert shapely.symmetric_difference(plain, table).area < 1e-9 * plain.area
    assert draw_strip(LineString(axis.line.coords), 25.0, 12.0).wkb == plain.wkb
