"""Zones from equations and posts: known answers, direction, order of rows, refusals."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, Point

from geotool.errors import CrsMismatchError, SchemaError
from geotool.route.alignment import (
    calibration_intervals,
    find_calibration_problems,
    make_axes,
)
from geotool.rules.stationing import load_stationing_rules
from tests.route.drawn import CRS, alignments
from tests.route.labelled import equation_table, labelled_axis, post_table, straight

LIMITS = load_stationing_rules()


def knots(axis):
    return [(zone.measure_m, zone.chainage_m) for zone in axis.zones]


def test_an_equation_starts_a_zone():
    axis = labelled_axis(3000.0, start=559_000.0, equations=[("Km560+050", "560+000")])
    assert knots(axis) == [
        ((559_000.0, 560_050.0), (559_000.0, 560_050.0)),
        ((560_050.0, 562_000.0), (560_000.0, 561_950.0)),
    ]


def test_direction_down_unrolls_from_the_first_drawn_vertex():
    axis = labelled_axis(
        3000.0, start=562_000.0, direction="down", equations=[(560_050.0, 560_000.0)]
    )
    assert list(axis.line.coords) == [(3000.0, 0.0), (0.0, 0.0)]
    assert knots(axis) == [
        ((559_050.0, 560_050.0), (559_050.0, 560_050.0)),
        ((560_050.0, 562_050.0), (560_000.0, 562_000.0)),
    ]


def test_several_equations_and_a_new_zero():
    pairs = [(24_410.0, 0.0), (1_000.0, 1_005.0)]
    axis = labelled_axis(3000.0, start="Km24+000", equations=pairs)
    assert [zone.chainage_m for zone in axis.zones] == [
        (24_000.0, 24_410.0),
        (0.0, 1_000.0),
        (1_005.0, 2_595.0),
    ]
    assert knots(labelled_axis(3000.0, start="Km24", equations=pairs[::-1])) == knots(axis)


def test_rows_say_the_order_where_both_orders_can_be():
    pairs = [(24_410.0, 0.0), (1_000.0, 1_005.0)]
    axis = labelled_axis(40_000.0, equations=pairs)
    assert [zone.chainage_m[0] for zone in axis.zones] == [0.0, 0.0, 1_005.0]
    axis = labelled_axis(40_000.0, equations=pairs[::-1])
    assert [zone.chainage_m[0] for zone in axis.zones] == [0.0, 1_005.0, 0.0]


@given(st.permutations([(1_200.0, 1_250.0), (1_700.0, 1_690.0), (2_400.0, 2_450.0)]))
def test_shuffled_equations_change_nothing(pairs):
    expected = labelled_axis(3000.0, equations=sorted(pairs))
    assert knots(labelled_axis(3000.0, equations=pairs)) == knots(expected)


@pytest.mark.parametrize(
    ("pairs", "words"),
    [
        ([(559_000.0, 560_000.0)], r"row 1 \(Km559\+000\.00 = Km560\+000\.00\).*before the start"),
        ([(559_000.004, 560_000.0)], "before the start"),
        ([(561_999.996, 1.0)], r"after the end of the axis, which runs 3000\.00 m.*Km562\+000\.00"),
        ([(570_000.0, 1.0)], "after the end"),
        ([(560_000.0, 560_200.0), (560_100.0, 560_300.0)], r"after row 1 .* row 2 .*not reached"),
    ],
)
def test_equations_that_cannot_be_are_refused(pairs, words):
    with pytest.raises(SchemaError, match=words) as caught:
        labelled_axis(3000.0, start=559_000.0, equations=pairs)
    problem = caught.value.problems[0]
    assert (problem.layer, problem.severity) == ("chainage_equations", "error")
    assert "'A1'" in problem.message


def test_posts_stretch_the_labels_between_them():
    axis = labelled_axis(3000.0, start="Km559", posts=[(990.0, "Km560"), (2_010.0, "Km561")])
    assert knots(axis) == [
        ((559_000.0, 559_990.0, 561_010.0, 562_000.0), (559_000.0, 560_000.0, 561_000.0, 561_990.0))
    ]
    assert axis.measure_at(560_500.0) == 559_000.0 + 1_500.0
    assert axis.label_at(axis.end_measure_m) == "Km561+990.00"
    found = calibration_intervals(axis)
    assert found["drawn_m"].tolist() == [990.0, 1020.0, 990.0]
    assert found["labelled_m"].tolist() == [1000.0, 1000.0, 990.0]
    assert found["scale_factor"].tolist() == [1000 / 990, 1000 / 1020, 1.0]
    assert found["from_measure_m"].tolist() == [559_000.0, 559_990.0, 561_010.0]
    assert found["zone"].tolist() == [1, 1, 1]


def test_without_a_start_chainage_labels_run_on_from_the_posts():
    axis = labelled_axis(3000.0, start=None, posts=[(990.0, "Km560"), (2_010.0, "Km561")])
    assert (axis.start_measure_m, axis.chainage_at(axis.start_measure_m)) == (559_010.0, 559_010.0)
    assert axis.chainage_at(axis.end_measure_m) == 561_990.0
    one = labelled_axis(3000.0, start=None, posts=[(500.0, "Km7")])
    assert (one.start_measure_m, one.chainage_at(one.end_measure_m)) == (6_500.0, 9_500.0)


def test_a_post_at_the_start_stands_for_the_start_chainage():
    axis = labelled_axis(1000.0, start="Km5", posts=[(0.5, "Km5+001"), (1000.0, "Km6+001")])
    assert axis.chainage_at(axis.start_measure_m) == 5_000.5


def test_posts_of_a_line_drawn_down():
    posts = [(2_000.0, 561_000.0), (1_000.0, 562_010.0)]
    axis = labelled_axis(3000.0, start=None, direction="down", posts=posts)
    assert axis.chainage_at(axis.start_measure_m) == 560_000.0
    assert axis.chainage_at(axis.end_measure_m) == 563_010.0
    assert axis.measure_at(561_505.0) - axis.start_measure_m == 1_500.0


def test_a_post_belongs_to_the_zone_where_the_drawing_has_it():
    pairs = [(560_050.0, 560_000.0)]
    near_first = labelled_axis(3000.0, start="Km559", equations=pairs, posts=[(1_021.0, 560_020.0)])
    assert near_first.measure_at(560_020.0, zone=1) == 559_000.0 + 1_021.0
    near_second = labelled_axis(
        3000.0, start="Km559", equations=pairs, posts=[(1_071.0, 560_020.0)]
    )
    assert near_second.measure_at(560_020.0, zone=2) == 559_000.0 + 1_071.0
    stated = labelled_axis(3000.0, start="Km559", equations=pairs, posts=[(1_021.0, 560_020.0, 2)])
    assert stated.measure_at(560_020.0, zone=2) == 559_000.0 + 1_021.0


def test_posts_alone_place_an_axis_with_an_equation():
    posts = [(1_500.0, 560_450.0), (2_500.0, 561_450.0), (500.0, 559_500.0)]
    axis = labelled_axis(3000.0, start=None, equations=[(560_050.0, 560_000.0)], posts=posts)
    assert axis.start_measure_m == 559_000.0
    assert axis.measure_at(561_000.0) - axis.measure_at(559_900.0) == pytest.approx(1150.0)


@pytest.mark.parametrize(
    ("posts", "words"),
    [
        ([(100, 600.0), (200, 500.0)], r"does not rise from post 'C1' .*post 'C2'.*100\.00 m"),
        ([(100, 600.0), (200, 600.0)], "does not rise"),
        ([(100, 100.0), (100.002, 100.1)], "'C1' .*and post 'C2' .*stand at one place"),
        ([(500, -10.0)], r"from the start chainage \(Km0\+000\.00\) to post 'C1'"),
        ([(100, 100.0, 2)], "does not exist in zone 2"),
        ([(100, 1_020.0)], "does not exist"),
        ([(100, None)], "post 'C1': chainage is empty"),
        ([(100, "x"), (150, 1.0, 0.5)], "post 'C1': 'x' is not.*post 'C2': '0.5' is no number"),
    ],
)
def test_posts_that_cannot_be_are_refused(posts, words):
    with pytest.raises(SchemaError, match=words) as caught:
        labelled_axis(3000.0, equations=[(1_000.0, 1_050.0)], posts=posts)
    assert {problem.layer for problem in caught.value.problems} == {"chainage_posts"}


def test_equal_labels_are_a_notice_and_far_posts_and_odd_scales_are_findings():
    frame, equations = straight(3000.0), equation_table((1_000.0, 1_000.0))
    posts = post_table((1_500.0, 1_500.0), (2_500.0, 2_600.0))
    posts.loc[1, "geometry"] = Point(2_500.0, 45.0)
    axes = make_axes(frame, equations=equations, posts=posts)
    found = find_calibration_problems(axes, equations=equations, posts=posts, limits=LIMITS)
    assert [(one.rule, one.severity) for one in found] == [
        ("equation_without_jump", "notice"),
        ("post_far_from_axis", "finding"),
        ("calibration_scale", "finding"),
    ]
    assert "stands 45.00 m from the axis" in found[1].message
    assert "1100.00 m by its labels and 1000.00 m as drawn (+100000 ppm)" in found[2].message
    assert find_calibration_problems(make_axes(frame), limits=LIMITS) == []


def test_rows_go_to_their_alignments():
    lines = [LineString([(0, y), (1000, y)]) for y in (0.0, 500.0)]
    frame = alignments(*lines, start_chainage=[0.0, "Km7"])
    equations = equation_table(("Km7+500", 0.0), (500.0, 600.0), alignment_id=["A2", "A1"])
    axes = make_axes(frame, equations=equations)
    assert [axis.zones[1].chainage_m for axis in axes] == [(600.0, 1100.0), (0.0, 500.0)]
    with pytest.raises(SchemaError, match="row 1: no alignment_id; there are A1, A2"):
        make_axes(frame, equations=equations.drop(columns="alignment_id"))
    with pytest.raises(SchemaError, match="row 2: no alignment 'A9'"):
        make_axes(frame, equations=equations.assign(alignment_id=["A1", "A9"]))


def test_feet_are_measured_in_metres():
    foot = 1200 / 3937
    frame = straight(1000.0, crs="EPSG:2263")
    posts = post_table((500.0, 160.0), crs="EPSG:2263")
    axis = make_axes(frame, posts=posts)[0]
    assert axis.measure_at(160.0) == pytest.approx(500 * foot)


def test_posts_in_another_system_are_refused():
    with pytest.raises(CrsMismatchError):
        make_axes(straight(9.0), posts=post_table((1.0, 1.0), crs="EPSG:9210"))


@given(st.integers(0, 1000))
def test_shuffled_posts_change_nothing_and_frames_stay(seed):
    frame = straight(3000.0, start="Km1")
    posts = post_table((400.0, 1_410.0), (900.0, "Km1+905"), (2_500.0, 3_500.0, 1))
    mixed = posts.sample(frac=1, random_state=seed)
    before = mixed.copy(deep=True)
    axis = make_axes(frame, posts=mixed)[0]
    pd.testing.assert_frame_equal(mixed, before)
    assert knots(axis) == knots(make_axes(frame, posts=posts)[0])


@given(st.floats(0.0, 1e6), st.floats(0.1, 5000.0), st.sampled_from(["up", "down"]))
def test_empty_tables_are_no_tables(start, length, direction):
    frame = straight(length, start=start, direction=direction)
    plain = make_axes(frame)[0]
    posts = gpd.GeoDataFrame({"chainage": []}, geometry=[], crs=CRS)
    assert make_axes(frame, equations=equation_table(), posts=posts)[0] == plain
    assert plain.zones[0].measure_m == plain.zones[0].chainage_m


def test_numbers_of_other_libraries_are_read():
    equations = pd.DataFrame({"back": pd.array([1000], dtype="Int64"), "ahead": np.int32([900])})
    assert make_axes(straight(3000.0), equations=equations)[0].zones[1].chainage_m[0] == 900.0


def test_rows_that_do_not_ascend_are_told():
    table = pd.DataFrame({"back": ["Km24+410", "Km5"], "ahead": ["Km0", "Km5+100"]})
    axes = make_axes(straight(40_000.0), equations=table)
    found = find_calibration_problems(axes, equations=table, limits=LIMITS)
    assert [problem.rule for problem in found] == ["equations_not_ascending"]
    assert [zone.chainage_m[0] for zone in axes[0].zones] == [0.0, 0.0, 5_100.0]
    rising = table.iloc[::-1].reset_index(drop=True)
    assert find_calibration_problems(axes, equations=rising, limits=LIMITS) == []
