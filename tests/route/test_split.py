import itertools
import math

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point, Polygon, box

from geotool.errors import CrsError, GeometryError, SchemaError
from geotool.route.alignment import make_axes, make_sections
from geotool.route.corridor import cut_ranges, make_corridor, split_sections, split_sides
from tests.route.drawn import CRS, alignments, arc, axis_of, sections_every, winding


def right_of_way(*shapes, **columns):
    data = {"right_of_way_id": [f"R{number + 1}" for number in range(len(shapes))], **columns}
    return gpd.GeoDataFrame(data, geometry=list(shapes), crs=CRS)


def assert_tiles(cells, shapes):
    """Every cell is valid, no two share area, and together they are the union of the shapes."""
    whole = shapely.union_all(list(shapes))
    pieces = cells.geometry.to_numpy()
    assert shapely.is_valid(pieces).all()
    assert set(shapely.get_dimensions(pieces)) == {2}
    assert shapely.area(pieces).sum() == pytest.approx(whole.area, rel=1e-9)
    assert shapely.symmetric_difference(shapely.union_all(pieces), whole).area < 1e-9 * whole.area
    one, other = shapely.STRtree(pieces).query(pieces, predicate="intersects")
    pairs = one < other
    shared = shapely.area(shapely.intersection(pieces[one[pairs]], pieces[other[pairs]]))
    assert shared.max(initial=0.0) < 1e-9 * whole.area


STRAIGHT = [(0, 0), (700, 0), (1500, 0), (2500, 0)]


def test_a_straight_strip_is_cut_into_rectangles():
    axis = axis_of(STRAIGHT, start=500.0)
    strip = make_corridor([axis], left_m=20, right_m=15, frame_crs=CRS)
    cells = split_sections(strip, [axis], make_sections([axis]))
    assert list(cells.columns) == ["alignment_id", "section_id", "basis", "geometry"]
    assert list(cells["section_id"]) == ["Km0-Km1", "Km1-Km2", "Km2-Km3"]
    assert list(cells["alignment_id"]) == ["A1"] * 3
    assert cells.crs == CRS
    expected = [box(0, -15, 500, 20), box(500, -15, 1500, 20), box(1500, -15, 2500, 20)]
    for cell, rectangle in zip(cells.geometry, expected, strict=True):
        assert shapely.equals(cell, rectangle)


def test_ends_beyond_the_axis_go_to_the_first_and_last_section():
    axis = axis_of(STRAIGHT)
    shapes = [box(-100, -10, 2600, 10)]
    cells = split_sections(right_of_way(*shapes), [axis], make_sections([axis]))
    assert list(cells.geometry.area) == [22_000.0, 20_000.0, 12_000.0]
    assert_tiles(cells, shapes)


def test_holes_several_parts_and_detached_land():
    axis = axis_of(STRAIGHT)
    land = shapely.union_all([box(0, -50, 2500, 50), box(900, 100, 1100, 200)])
    land = shapely.difference(land, box(980, -20, 1020, 20))
    cells = split_sections(right_of_way(land), [axis], make_sections([axis]))
    assert list(cells.geometry.area) == [109_200.0, 109_200.0, 50_000.0]
    assert_tiles(cells, [land])


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([(20, 35), (60, 60), (0, 25)]), st.booleans())
def test_strips_along_winding_axes_tile(seed, widths, folded):
    axis = axis_of(winding(seed, turn=1.1 if folded else 0.2), start=560_126.0)
    left, right = widths
    strip = make_corridor([axis], left_m=left, right_m=right, frame_crs=CRS)
    cells = split_sections(strip, [axis], sections_every([axis], 200.0))
    assert_tiles(cells, strip.geometry)
    assert_tiles(split_sides(cells, [axis]), strip.geometry)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_any_polygons_tile(seed):
    random = np.random.default_rng(seed)
    axes = make_axes(alignments(LineString(winding(seed)), LineString(winding(seed + 1))))
    middle = shapely.get_coordinates(axes[0].line)[::7]
    blobs = [Point(place).buffer(radius) for place, radius in
             zip(middle, random.uniform(30, 300, len(middle)), strict=True)]  # fmt: skip
    blobs[0] = shapely.difference(blobs[0], Point(middle[0]).buffer(15))
    named = [None, "A1", "A2", *[None] * len(blobs)][: len(blobs)]
    rows = right_of_way(*blobs, alignment_id=pd.Series(named, dtype=object))
    sections = sections_every(axes, 150.0)
    cells = split_sections(rows, axes, sections)
    assert_tiles(cells, blobs)
    assert not cells.duplicated(["alignment_id", "section_id"]).any()
    assert_tiles(split_sides(cells, axes), blobs)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_cells_lie_between_their_chainages(seed):
    axis = axis_of(winding(seed, turn=0.08, count=60), start=125.0)
    slack = 2 * 30 * math.tan(0.04)  # inside a corner one place has two equally near ones
    strip = make_corridor([axis], left_m=30, right_m=20, frame_crs=CRS)
    sections = sections_every([axis], 250.0).set_index("section_id")
    cells = split_sections(strip, [axis], sections.reset_index())
    assert list(cells["section_id"]) == list(sections.index)
    for section_id, shape in zip(cells["section_id"], cells.geometry, strict=True):
        along = (
            shapely.line_locate_point(axis.line, shapely.points(shapely.get_coordinates(shape)))
            + axis.start_measure_m
        )
        row = sections.loc[section_id]
        assert row["from_measure_m"] - slack <= along.min()
        assert along.max() <= row["to_measure_m"] + slack


@pytest.mark.parametrize("nudge", [0.0, 1e-9, -1e-9, 1e-3, -1e-3])
def test_a_boundary_at_a_sharp_corner_keeps_the_sections_apart(nudge):
    axis = axis_of([(5e5, 2e6), (5e5 + 1000 + nudge, 2e6), (5e5 + 1000 + nudge, 2e6 - 1000)])
    strip = make_corridor([axis], left_m=100, right_m=10, frame_crs=CRS)
    cells = split_sections(strip, [axis], make_sections([axis]))
    assert_tiles(cells, strip.geometry)
    wedge = strip.geometry.iloc[0].area - 1000 * 110 * 2 + 100
    areas = cells.geometry.area.to_numpy()[:2]
    shares = (areas - 109_950) / wedge
    first = {0.0: 0.5, 1e-9: 0.5, -1e-9: 0.5, 1e-3: 0.0, -1e-3: 1.0}[nudge]
    assert shares == pytest.approx([first, 1 - first], abs=2e-3)


def test_overlaps_are_given_once_to_the_first_row_in_natural_order():
    axes = make_axes(alignments(LineString([(0, 0), (900, 0)]), LineString([(0, 30), (900, 30)])))
    rows = right_of_way(box(0, -20, 900, 20), box(0, 10, 900, 50), alignment_id=["A1", "A2"])
    rows["right_of_way_id"] = ["R10", "R9"]
    cells = split_sections(rows, axes, make_sections(axes))
    assert dict(zip(cells["alignment_id"], cells.geometry.area, strict=True)) == {
        "A1": 27_000.0,
        "A2": 36_000.0,
    }
    assert_tiles(cells, rows.geometry)
    again = split_sections(rows.iloc[::-1], axes, make_sections(axes))
    assert again.geometry.geom_equals(cells.geometry).all()


def test_a_row_without_alignment_goes_to_the_nearest_axis():
    axes = make_axes(alignments(LineString([(0, 0), (500, 0)]), LineString([(500, 0), (900, 0)])))
    cells = split_sections(right_of_way(box(0, -9, 900, 9)), axes, make_sections(axes))
    assert list(cells["alignment_id"]) == ["A1", "A2"]
    assert list(cells.geometry.area) == [9000.0, 7200.0]


def test_without_axes_every_row_is_one_cell():
    rows = right_of_way(box(0, 0, 9, 9), box(5, 0, 12, 9), alignment_id=["X", None])
    cells = split_sections(rows, [], None)
    assert list(cells["alignment_id"]) == ["X", None]
    assert list(cells["section_id"]) == [None, None]
    assert list(cells.geometry.area) == [81.0, 27.0]


def test_without_sections_an_alignment_is_one_cell():
    axis = axis_of(STRAIGHT)
    cells = split_sections(right_of_way(box(0, -9, 2500, 9)), [axis], None)
    assert list(cells["section_id"]) == [None]
    assert cells.geometry.area.sum() == 45_000.0


def test_named_sections_cut_where_the_table_says():
    axis = axis_of(STRAIGHT)
    table = pd.DataFrame(
        {"section_id": ["b", "a"], "from_chainage": ["Km0+700", 0], "to_chainage": [None, 700.0]}
    )
    cells = split_sections(
        right_of_way(box(0, 0, 2500, 1)), [axis], make_sections([axis], table=table)
    )
    assert list(zip(cells["section_id"], cells.geometry.area, strict=True)) == [
        ("a", 700.0),
        ("b", 1800.0),
    ]


def test_reversing_the_axis_changes_only_labels():
    coords = winding(11, turn=0.1)
    up = axis_of(coords)
    down = axis_of(coords[::-1], start=up.length_m, direction="down")
    land = make_corridor([up], left_m=25, right_m=10, frame_crs=CRS)
    one, other = (split_sections(land, [axis], make_sections([axis])) for axis in (up, down))
    assert list(one["section_id"]) == list(other["section_id"])
    assert np.allclose(one.geometry.area, other.geometry.area, rtol=1e-9)


def test_sides_of_a_strip_have_their_widths():
    axis = axis_of(STRAIGHT)
    land = right_of_way(box(-100, -15, 2600, 20))
    cells = split_sections(land, [axis], make_sections([axis])).assign(weight=1)
    halves = split_sides(cells, [axis])
    assert list(halves.columns[:3]) == ["alignment_id", "section_id", "basis"]
    assert list(halves.columns[3:]) == ["weight", "side", "geometry"]
    assert list(halves["side"]) == ["left", "right"] * 3
    assert list(halves.geometry.area) == [22_000, 16_500, 20_000, 15_000, 12_000, 9_000]
    turned = split_sides(cells, [axis_of(STRAIGHT[::-1])])
    areas = turned.groupby("side")["geometry"].apply(lambda shapes: shapes.area.sum())
    assert dict(areas) == {"left": 40_500.0, "right": 54_000.0}


def test_sides_inside_a_bend_tighter_than_the_strip():
    axis = axis_of(arc(20, 200, 2))
    land = make_corridor([axis], left_m=35, right_m=35, frame_crs=CRS)
    cells = split_sections(land, [axis], None)
    halves = split_sides(cells, [axis])
    assert_tiles(halves, land.geometry)
    areas = dict(zip(halves["side"], halves.geometry.area, strict=True))
    outside = math.radians(200) * 20 * (35 + 35**2 / 40)
    assert areas["right"] == pytest.approx(outside, rel=0.05)


def test_sides_without_an_axis_are_none():
    cells = split_sections(right_of_way(box(0, 0, 9, 9)), [], None)
    assert list(split_sides(cells, [])["side"]) == [None]


def test_ranges_by_side():
    axis = axis_of(STRAIGHT, start=1000.0)
    ranges = pd.DataFrame(
        [("A1", 1500.0, 2100.0, "left"), ("A1", 2100.0, 1500.0, "both"),
         ("A1", 0.0, 1500.0, "right"), ("A1", 2000.0, 9000.0, "both"),
         ("A1", 5000.0, 6000.0, "both"), ("A1", 1500.0, 1500.0, "both")],
        columns=["alignment_id", "from_measure_m", "to_measure_m", "side"],
        index=list("abcdef"),
    )  # fmt: skip
    before = ranges.copy(deep=True)
    land = right_of_way(box(-100, -15, 2600, 20))
    found = cut_ranges(land, [axis], ranges)
    assert list(found.index) == list("abcdef")
    assert list(found["area_m2"]) == pytest.approx([12_000, 21_000, 9_000, 56_000, 0, 0])
    assert found.geometry["b"].equals(box(500, -15, 1100, 20))
    assert found.geometry["e"].is_empty and found.crs == CRS
    pd.testing.assert_frame_equal(ranges, before)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.lists(st.floats(0, 1), min_size=1, max_size=4, unique=True))
def test_ranges_that_follow_each_other_add_up(seed, shares):
    axis = axis_of(winding(seed, turn=0.4))
    land = make_corridor([axis], left_m=25, right_m=40, frame_crs=CRS)
    bounds = [-10.0, *sorted(share * axis.length_m for share in shares), axis.length_m + 10]
    rows = [
        ("A1", low, high, side)
        for low, high in itertools.pairwise(bounds)
        for side in ("left", "right")
    ]
    columns = ["alignment_id", "from_measure_m", "to_measure_m", "side"]
    found = cut_ranges(land, [axis], pd.DataFrame(rows, columns=columns))
    assert found["area_m2"].sum() == pytest.approx(land.geometry.area.sum(), rel=1e-9)


def test_ranges_measure_feet_in_square_metres():
    axis = axis_of(STRAIGHT, crs="EPSG:2263")
    land = right_of_way(box(0, -10, 2500, 10)).set_crs("EPSG:2263", allow_override=True)
    columns = ["alignment_id", "from_measure_m", "to_measure_m", "side"]
    ranges = pd.DataFrame([("A1", 0.0, 1e6, "left")], columns=columns)
    area = cut_ranges(land, [axis], ranges)["area_m2"].iloc[0]
    assert area == pytest.approx(25_000 * (1200 / 3937) ** 2, rel=1e-9)


def test_what_cannot_be_split_is_refused():
    axis = axis_of(STRAIGHT)
    good = right_of_way(box(0, 0, 9, 9))
    with pytest.raises(SchemaError, match="right_of_way_id"):
        split_sections(good.drop(columns="right_of_way_id"), [axis], None)
    with pytest.raises(SchemaError, match="X"):
        split_sections(good.assign(alignment_id="X"), [axis], None)
    with pytest.raises(CrsError, match="right_of_way"):
        split_sections(good.set_crs("EPSG:4326", allow_override=True), [axis], None)
    bow_tie = Polygon([(0, 0), (9, 9), (9, 0), (0, 9)])
    for bad in (bow_tie, LineString([(0, 0), (9, 9)]), None):
        with pytest.raises(GeometryError, match="R2"):
            split_sections(right_of_way(box(0, 0, 9, 9), bad), [axis], None)
    columns = ["alignment_id", "from_measure_m", "to_measure_m", "side"]
    nothing = pd.DataFrame([], columns=columns)
    assert len(cut_ranges(good, [axis], nothing)) == 0
    with pytest.raises(SchemaError, match="no alignment"):
        cut_ranges(good, [], nothing)
    wrong = [
        (("X", 0, 1, "left"), "X"),
        (("A1", 0, 1, "upper"), "upper"),
        (("A1", None, 1, "left"), "lack a chainage"),
    ]
    for row, word in wrong:
        with pytest.raises(SchemaError, match=word):
            cut_ranges(good, [axis], pd.DataFrame([row], columns=columns))


def test_inputs_are_not_changed_and_a_second_run_is_identical():
    axis = axis_of(winding(8, turn=0.3))
    land = make_corridor([axis], left_m=25, right_m=40, frame_crs=CRS)
    before = land.copy(deep=True)
    sections = sections_every([axis], 300.0)
    one = split_sections(land, [axis], sections)
    assert land.geometry.to_wkb().equals(before.geometry.to_wkb())
    assert one.geometry.to_wkb().equals(split_sections(land, [axis], sections).geometry.to_wkb())


def test_a_hairpin_wider_than_its_bend_keeps_the_legs_apart():
    bend = arc(12, 180, 1.0)
    axis = axis_of(np.vstack([bend[0] - [1000, 0], bend, bend[-1] - [1000, 0]]))
    land = make_corridor([axis], left_m=40, right_m=10, frame_crs=CRS)
    cells = split_sections(land, [axis], sections_every([axis], 250.0))
    assert_tiles(cells, land.geometry)
    areas = cells.set_index("section_id").geometry.area
    plain = [areas[name] for name in ("Km0+250-Km0+500", "Km0+500-Km0+750")]
    assert plain == pytest.approx([250 * 28.0] * 2, rel=1e-6)
    first_leg = areas[["Km0-Km0+250", "Km0+250-Km0+500", "Km0+500-Km0+750"]].sum()
    assert first_leg == pytest.approx(750 * 28.0, rel=1e-6)
    halves = split_sides(cells, [axis])
    assert_tiles(halves, land.geometry)


def test_land_between_two_axes_is_halved_along_the_middle():
    lines = [LineString([(0, 0), (900, 0)]), LineString([(0, 60), (450, 80), (900, 60)])]
    axes = make_axes(alignments(*lines))
    land = right_of_way(box(0, 0, 900, 60))
    cells = split_sections(land, axes, make_sections(axes))
    areas = dict(zip(cells["alignment_id"], cells.geometry.area, strict=True))
    middle = shapely.Polygon([(0, 30), (450, 40), (900, 30), (900, 0), (0, 0)]).area
    assert areas["A1"] == pytest.approx(middle, rel=2e-3)
    assert_tiles(cells, land.geometry)
