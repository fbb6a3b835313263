"""Sheets cover what they must, neighbours name each other, places come back from paper."""

from itertools import pairwise

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geotool.errors import GeometryError
from geotool.route.alignment import make_axes
from geotool.share.paper.sheets import PAPERS, SCALES, Sheet, make_layout, round_length
from geotool.share.paper.tiling import Subject, Wish, plan_sheets

EAST, NORTH = 560_000.0, 2_000_000.0


def axis_of(points):
    line = shapely.LineString(np.add(points, (EAST, NORTH)))
    row = {"alignment_id": ["A1"], "start_chainage": ["Km10"]}
    (axis,) = make_axes(gpd.GeoDataFrame(row, geometry=[line], crs="EPSG:9209"))
    return axis


def subject_of(axis, *, along=True, reach_m=30.0):
    strip = shapely.buffer(axis.line, reach_m)
    return Subject(strip.bounds, np.array([strip]), (axis,) if along else (), reach_m)


def test_a_straight_axis_of_5_km_needs_two_sheets_of_a3_at_1_to_10000():
    axis = axis_of([(0, 0), (5000, 0)])
    plan = plan_sheets(subject_of(axis), Wish("A3", True, 10_000))
    first, second = plan.sheets
    assert (first.angle_deg, second.angle_deg) == (0.0, 0.0)
    assert first.reach[1] == 10_000.0
    assert first.reach[2] == second.reach[1]
    assert second.reach[2] == 15_000.0
    (seam,), (back,) = first.seams, second.seams
    assert (seam.beyond, back.beyond) == (2, 1)
    assert seam.ends[0][0] == pytest.approx(EAST + first.reach[2] - 10_000.0)


def test_sheets_turn_along_the_axis_only_where_that_saves_sheets():
    upright = axis_of([(0, 0), (0, 9000)])
    plan = plan_sheets(subject_of(upright), Wish("A3", True, 5000))
    assert {sheet.angle_deg for sheet in plan.sheets} == {-90.0}
    assert len(plan.sheets) == 7
    plan = plan_sheets(subject_of(upright), Wish("A3", None, 5000))
    assert {sheet.angle_deg for sheet in plan.sheets} == {0.0}
    level = axis_of([(0, 0), (9000, 0)])
    plan = plan_sheets(subject_of(level), Wish("A3", True, 5000))
    assert {sheet.angle_deg for sheet in plan.sheets} == {0.0}


@settings(max_examples=40, deadline=None)
@given(
    turns=st.lists(st.floats(-1.2, 1.2), min_size=3, max_size=9),
    start=st.floats(-3.1, 3.1),
    scale=st.sampled_from([1000, 2000, 5000, 10_000]),
    paper=st.sampled_from(["A4", "A3", "A1"]),
    landscape=st.sampled_from([True, False, None]),
)
def test_every_place_of_the_axis_is_on_a_sheet(turns, start, scale, paper, landscape):
    headings = start + np.cumsum(turns)
    steps = np.column_stack([np.cos(headings), np.sin(headings)]) * 700.0
    axis = axis_of(np.vstack([(0.0, 0.0), np.cumsum(steps, axis=0)]))
    plan = plan_sheets(subject_of(axis), Wish(paper, landscape, scale))
    ground = shapely.union_all([sheet.ground() for sheet in plan.sheets])
    assert axis.line.difference(shapely.buffer(ground, 1e-6)).length == 0.0
    if len(plan.sheets) > 1:
        ends = [sheet.reach[1:] for sheet in plan.sheets]
        assert ends[0][0] == axis.start_measure_m
        assert ends[-1][1] == pytest.approx(axis.end_measure_m)
        assert all(a[1] == b[0] for a, b in pairwise(ends))


@settings(max_examples=40, deadline=None)
@given(
    size=st.tuples(st.floats(200, 90_000), st.floats(200, 90_000)),
    paper=st.sampled_from(sorted(PAPERS)),
)
def test_the_fitted_sheet_holds_everything_and_no_larger_scale_would(size, paper):
    box = shapely.box(EAST, NORTH, EAST + size[0], NORTH + size[1])
    subject = Subject(box.bounds, np.array([box]))
    plan = plan_sheets(subject, Wish(paper))
    assert plan.sheets[0].ground().contains(box)
    larger = SCALES[SCALES.index(plan.scale) - 1]
    assert len(plan_sheets(subject, Wish(paper, None, larger)).sheets) > 1


def test_a_grid_covers_every_feature_and_leaves_empty_sheets_out():
    homes = np.array([shapely.box(x, y, x + 40, y + 40) for x, y in ((0, 0), (9000, 0), (0, 9000))])
    homes = shapely.transform(homes, lambda xy: np.add(xy, (EAST, NORTH)))
    subject = Subject(tuple(shapely.total_bounds(homes).tolist()), homes)
    plan = plan_sheets(subject, Wish("A4", True, 2000))
    assert len(plan.sheets) == 3
    ground = shapely.union_all([sheet.ground() for sheet in plan.sheets])
    assert ground.contains(shapely.union_all(homes))
    assert [sheet.number for sheet in plan.sheets] == [1, 2, 3]


def test_neighbours_of_a_grid_share_their_match_line():
    box = shapely.box(EAST, NORTH, EAST + 900, NORTH + 700)
    plan = plan_sheets(Subject(box.bounds, np.array([box])), Wish("A4", True, 2000))
    by_number = {sheet.number: sheet for sheet in plan.sheets}
    assert len(by_number) >= 4
    for sheet in plan.sheets:
        for seam in sheet.seams:
            back = [one for one in by_number[seam.beyond].seams if one.beyond == sheet.number]
            assert np.allclose(sorted(seam.ends), sorted(back[0].ends))
            assert sheet.ground().contains(
                shapely.LineString(seam.ends).interpolate(0.5, normalized=True)
            )


@given(
    angle=st.floats(-90, 90),
    scale=st.sampled_from([100, 5000, 250_000]),
    spot=st.tuples(st.floats(0, 400), st.floats(0, 400)),
)
def test_places_come_back_from_the_paper_and_lengths_are_true(angle, scale, spot):
    sheet = Sheet(1, scale, (EAST, NORTH), (10.0, 20.0, 300.0, 200.0), angle)
    back = sheet.to_paper(sheet.to_ground(np.array([spot])))
    assert back[0] == pytest.approx(spot, abs=1e-4)
    pair = sheet.to_paper(np.array([(EAST, NORTH), (EAST + 30.0, NORTH + 40.0)]))
    assert np.hypot(*(pair[1] - pair[0])) == pytest.approx(50_000.0 / scale)


def test_what_lies_too_far_apart_for_any_scale_is_refused():
    box = shapely.box(0, 0, 9e7, 9e7)
    with pytest.raises(GeometryError, match="no round scale"):
        plan_sheets(Subject(box.bounds, np.array([box])), Wish("A4"))


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("landscape", [True, False])
def test_map_and_words_do_not_overlap(paper, landscape):
    layout = make_layout(paper, landscape=landscape)
    page = shapely.box(0, 0, *layout.size_mm)
    places = [layout.frame, *layout.columns]
    boxes = [shapely.box(x, y, x + w, y + h) for x, y, w, h in places]
    assert all(page.contains(box) for box in boxes)
    assert all(a.disjoint(b) for i, a in enumerate(boxes) for b in boxes[:i])


@pytest.mark.parametrize(("limit", "length"), [(0.99, 0.5), (1, 1), (4.9, 2), (5, 5), (99, 50)])
def test_round_lengths(limit, length):
    assert round_length(limit) == length


@pytest.mark.parametrize("length_m", [1010.0, 3900.0, 5053.0, 9026.0])
@pytest.mark.parametrize("landscape", [True, False])
def test_the_sheets_of_an_axis_are_about_equally_long(length_m, landscape):
    axis = axis_of([(0, 0), (length_m * 0.8, length_m * 0.6)])
    plan = plan_sheets(subject_of(axis), Wish("A3", landscape, 2000))
    lengths = [sheet.reach[2] - sheet.reach[1] for sheet in plan.sheets]
    assert len(lengths) > 1
    assert min(lengths) > 0.85 * max(lengths)
    alone = plan_sheets(
        subject_of(axis_of([(0, 0), (80_000, 60_000)])), Wish("A3", landscape, 2000)
    )
    longest = alone.sheets[0].reach[2] - alone.sheets[0].reach[1]
    assert len(lengths) <= length_m / (longest * 0.97) + 1
