"""Draws and sketched axes: the same numbers everywhere, places where they should be."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, Point

from geotool.pipeline import sample_axis, sample_draw
from geotool.pipeline.sample_draw import Draws


def test_mixer_known_answer():
    # first output of SplitMix64 seeded with 0, as printed in its reference implementation
    assert sample_draw._mix(0) == 0xE220A8397B1DCDAF


def test_draws_are_pinned():
    draws = Draws(568126)
    assert [draws.below(1000, "cut", "CT.01", 2, n) for n in range(5)] == [695, 939, 454, 100, 41]
    assert draws.bits("Kỳ", -3) == 138855821330874347
    assert draws.bits("a", 1) != draws.bits("a", 2) != draws.bits("b", 1)
    assert Draws(1).bits("a") != Draws(2).bits("a")


@given(low=st.integers(-50, 50), more=st.integers(0, 90), place=st.integers())
def test_between_stays_between(low, more, place):
    assert low <= Draws(7).between(low, low + more, place) <= low + more
    assert -1.0 <= Draws(7).signed(place) <= 1.0


def test_choose_keeps_to_its_weights():
    chosen = [Draws(3).choose([["a", 90], ["b", 10]], n) for n in range(2000)]
    assert 0.86 < chosen.count("a") / 2000 < 0.94


def test_day_is_in_its_span():
    days = {Draws(3).day("2023-12-30", "2024-01-01", n) for n in range(60)}
    assert days == {"2023-12-30", "2023-12-31", "2024-01-01"}


@given(length=st.floats(1.0, 1000.0))
def test_fit_length_trims_and_prolongs(length):
    fitted = sample_axis.fit_length([(0.0, 0.0), (30.0, 40.0), (30.0, 140.0)], length)
    assert sample_axis.path_length(fitted) == pytest.approx(length, abs=1e-9)
    assert fitted[0] == (0.0, 0.0)


def test_smooth_keeps_ends_and_turns_less():
    line = sample_axis.smooth([(0, 0), (100, 0), (100, 100)], 2)
    assert line[0] == (0, 0)
    assert line[-1] == (100, 100)
    assert LineString(line).length < 200
    assert (100, 0) not in line


def test_locate_on_a_straight_axis():
    axis = sample_axis.make_axis("A", [(0.0, 0.0), (0.0, 100.0)])
    assert axis.locate(40.0, 10.0) == (10.0, 40.0)  # going north, right is east
    assert axis.locate(40.0, -10.0) == (-10.0, 40.0)
    assert axis.locate(-5.0, 0.0) == (0.0, -5.0)
    assert axis.locate(120.0, 1.0) == (1.0, 120.0)
    assert axis.block(10, 30, 5, 9).area == 80.0
    assert axis.crossing(50, 0, 20).intersection(axis.line).equals(Point(0, 50))


def test_locate_is_square_to_a_bend():
    axis = sample_axis.make_axis("A", [(0.0, 0.0), (0.0, 100.0), (100.0, 100.0)])
    assert axis.locate(100.0, math.sqrt(2)) == (1.0, 99.0)
