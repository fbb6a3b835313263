import math

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiLineString, Point, box

from geotool.errors import LabelError, SchemaError
from geotool.route.alignment import make_axes
from geotool.route.corridor import make_corridor
from geotool.route.strips import (
    make_bridge_strips,
    make_power_line_strips,
    make_road_strips,
    place_bridges,
    road_lands,
)
from geotool.rules.strips import RoadWidths, load_power_line_strips
from tests.route.drawn import CRS, alignments, arc, axis_of, winding

E, N = 500_000.0, 2_000_000.0
EXPRESSWAY = RoadWidths(protection_m=3.0, safety_m=17.0)
NO_BRIDGES = place_bridges(None, [])


def strips_of(axes, land=None, *, widths=None, included=True, bridges=None):
    """Return the strips by (strip, alignment_id) around a right of way of 30 m each side."""
    land = make_corridor(axes, left_m=30, right_m=30, frame_crs=CRS) if land is None else land
    rows = make_road_strips(
        road_lands(land, axes),
        axes,
        widths or {axis.alignment_id: EXPRESSWAY for axis in axes},
        protection_included=included,
        bridges=NO_BRIDGES if bridges is None else place_bridges(bridges, axes),
    )
    return {(row.strip, row.alignment_id): row.geometry for row in rows.itertuples()}


def bridge(**columns):
    row = {"bridge_id": "B1", "from_chainage": "Km0+200", "to_chainage": "Km0+300"}
    return pd.DataFrame([{**row, "left_m": 12.0, "right_m": 14.0, **columns}])


@pytest.fixture
def straight():
    return axis_of([(E, N), (E + 1000, N)])


def test_a_straight_road_has_two_rims_without_caps(straight):
    found = strips_of([straight])
    assert found["safety", "A1"].area == pytest.approx(2 * 17 * 1000, rel=1e-12)
    assert found["safety", "A1"].bounds == pytest.approx((E, N - 47, E + 1000, N + 47), abs=1e-6)
    assert found["protection", "A1"].area == pytest.approx(2 * 3 * 1000, rel=1e-12)
    inner = box(E, N - 27, E + 1000, N + 27)
    assert found["protection", "A1"].intersection(inner).area == pytest.approx(0, abs=1e-6)


def test_a_protection_strip_outside_pushes_the_safety_corridor_out(straight):
    found = strips_of([straight], included=False)
    edge = box(E, N + 30, E + 1000, N + 33)
    assert found["protection", "A1"].area == pytest.approx(6000, rel=1e-12)
    assert found["protection", "A1"].contains(edge.centroid)
    assert found["safety", "A1"].area == pytest.approx(34_000, rel=1e-12)
    assert found["safety", "A1"].bounds[3] == pytest.approx(N + 50, abs=1e-6)
    assert found["safety", "A1"].intersection(edge).area == pytest.approx(0, abs=1e-6)


def test_a_square_bend_has_its_closed_form():
    axis = axis_of([(E, N), (E + 500, N), (E + 500, N + 500)])
    chord, turns = math.pi / 128, 64  # the right of way's own wedge: 64 chords of 1.4 degrees
    outside = 2 * 500 * 17 + turns * 17 * 2 * 30 * math.sin(chord / 2)
    outside += 17**2 / 2 * ((turns - 1) * math.sin(chord) + 2 * math.sin(chord / 2))
    inside = 2 * 470 * 17 - 17**2
    area = strips_of([axis])["safety", "A1"].area
    assert area == pytest.approx(outside + inside, rel=1e-6)
    smooth = 2 * 500 * 17 + (47**2 - 30**2) / 2 * math.pi / 2 + inside
    assert area == pytest.approx(smooth, rel=1e-5)
    assert area < smooth


@pytest.mark.parametrize("radius", [125.0, 250.0, 650.0])
def test_an_arc_has_the_area_of_two_rings(radius):
    axis = axis_of(arc(radius, 60, 5.0))
    found = strips_of([axis])
    for strip, (inner, outer) in {"safety": (30, 47), "protection": (27, 30)}.items():
        ring = (radius + outer) ** 2 - (radius + inner) ** 2
        ring += (radius - inner) ** 2 - (radius - outer) ** 2
        expected = ring / 2 * math.radians(60)
        assert found[strip, "A1"].area == pytest.approx(expected, rel=2e-3)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.3, 0.9]))
def test_rims_are_valid_off_the_road_and_never_too_wide(seed, turn):
    axis = axis_of(winding(seed, count=15, turn=turn))
    row = make_corridor([axis], left_m=30, right_m=30, frame_crs=CRS)
    land = row.geometry.iloc[0]
    found = strips_of([axis], row)
    safety, protection = found["safety", "A1"], found["protection", "A1"]
    corners = shapely.points(shapely.get_coordinates(safety))
    assert safety.is_valid
    assert protection.is_valid
    assert shapely.distance(land, corners).max() <= 17 + 1e-6
    assert safety.intersection(land).area < 1e-3
    assert protection.difference(land).area < 1e-3
    whole = land.buffer(17 * 0.999, quad_segs=2).difference(land)
    ends = [Point(axis.line.coords[0]).buffer(60), Point(axis.line.coords[-1]).buffer(60)]
    assert whole.difference(shapely.union_all([safety, *ends])).area < 1e-3


def test_direction_and_order_of_rows_change_nothing():
    coords = winding(3, count=12)
    up = strips_of([axis_of(coords)])["safety", "A1"]
    down = strips_of([axis_of(coords[::-1], direction="down")])["safety", "A1"]
    assert up.symmetric_difference(down).area < 1e-3


def test_a_right_of_way_beyond_the_axis_is_cut_square_with_it(straight):
    land = gpd.GeoDataFrame(
        {"right_of_way_id": ["1"]}, geometry=[box(E - 40, N - 30, E + 1050, N + 30)], crs=CRS
    )
    found = strips_of([straight], land)
    assert found["safety", "A1"].area == pytest.approx(34_000, rel=1e-9)
    assert found["protection", "A1"].area == pytest.approx(6_000, rel=1e-9)


def test_pieces_of_one_road_have_no_rim_between_them(straight):
    shapes = [box(E, N - 30, E + 400, N + 30), box(E + 400, N - 30, E + 1000, N + 30)]
    frame = {
        "right_of_way_id": ["1", "2"],
        "alignment_id": ["A1", None],
        "basis": [None, "donated"],
    }
    land = gpd.GeoDataFrame(frame, geometry=shapes, crs=CRS)
    found = strips_of([straight], land)
    assert found["safety", "A1"].area == pytest.approx(34_000, rel=1e-9)
    assert found["protection", "A1"].area == pytest.approx(6_000, rel=1e-9)


def test_temporary_land_is_no_road_land(straight):
    shapes = [box(E, N - 30, E + 1000, N + 30), box(E + 100, N + 30, E + 200, N + 90)]
    frame = {"right_of_way_id": ["1", "2"], "basis": ["recovered", "temporary"]}
    before = gpd.GeoDataFrame(frame, geometry=shapes, crs=CRS)
    land = before.copy(deep=True)
    assert strips_of([straight], land)["safety", "A1"].area == pytest.approx(34_000, rel=1e-9)
    pd.testing.assert_frame_equal(land, before)


def test_two_roads_side_by_side_spare_each_others_right_of_way():
    lines = [LineString([(E, N), (E + 1000, N)]), LineString([(E, N + 70), (E + 1000, N + 70)])]
    axes = make_axes(alignments(*lines))
    found = strips_of(axes)  # 10 m between the two rights of way
    for key in ("A1", "A2"):
        assert found["safety", key].area == pytest.approx((17 + 10) * 1000, rel=1e-9)
    both = found["safety", "A1"].intersection(found["safety", "A2"])
    assert both.area == pytest.approx(10 * 1000, rel=1e-9)


@pytest.mark.parametrize("named", [True, False])
def test_crossing_roads_have_no_protection_strip_across_each_other(named):
    axes = make_axes(
        alignments(
            LineString([(E, N), (E + 1000, N)]),
            LineString([(E + 500, N - 500), (E + 500, N + 500)]),
        )
    )
    names = [axis.alignment_id for axis in axes]
    shapes = [box(E, N - 10, E + 1000, N + 10), box(E + 490, N - 500, E + 510, N + 500)]
    rows = {"right_of_way_id": ["1", "2"], "alignment_id": names}
    if not named:
        rows, shapes = {"right_of_way_id": ["1"]}, [shapely.union_all(shapes)]
    found = strips_of(axes, gpd.GeoDataFrame(rows, geometry=shapes, crs=CRS))
    crossing = box(E + 490, N - 10, E + 510, N + 10)
    for name in names:
        strip = found["protection", name]
        assert strip.area == pytest.approx(4 * 490 * 3, abs=1e-6)
        assert strip.intersection(crossing).area == pytest.approx(0, abs=1e-6)


def test_land_of_no_named_road_goes_to_the_nearest():
    lines = [LineString([(E, N), (E + 1000, N)]), LineString([(E, N + 500), (E + 1000, N + 500)])]
    axes = make_axes(alignments(*lines))
    shapes = [box(E, N + 470, E + 1000, N + 530), box(E, N - 30, E + 1000, N + 30)]
    land = gpd.GeoDataFrame({"right_of_way_id": ["1", "2"]}, geometry=shapes, crs=CRS)
    widths = {"A1": EXPRESSWAY, "A2": RoadWidths(protection_m=1.0, safety_m=9.0)}
    found = strips_of(axes, land, widths=widths)
    assert found["safety", "A1"].area == pytest.approx(34_000, rel=1e-9)
    assert found["safety", "A2"].area == pytest.approx(18_000, rel=1e-9)
    assert ("safety", "A2") not in strips_of(axes, land, widths={"A1": EXPRESSWAY})


def test_feet_are_scaled():
    foot = 0.3048006096012192
    frame = alignments(LineString([(2e6, 5e5), (2e6 + 1000 / foot, 5e5)]), crs="EPSG:2263")
    axes = make_axes(frame)
    land = make_corridor(axes, left_m=30, right_m=30, frame_crs=frame.crs)
    found = strips_of(axes, land)
    assert found["safety", "A1"].area * foot**2 == pytest.approx(34_000, rel=1e-9)


def test_a_bridge_takes_the_place_of_the_ordinary_corridor(straight):
    land = make_corridor([straight], left_m=13, right_m=13, frame_crs=CRS)
    placed = place_bridges(bridge(), [straight])
    assert placed[["from_measure_m", "to_measure_m", "beyond_m"]].iloc[0].tolist() == [200, 300, 0]
    lands = road_lands(land, [straight])
    rims = make_bridge_strips(placed, [straight], lands, width_m=20.0)
    # left: from 13 (edge of the road land) to 32 m, right: from 14 to 34 m
    assert rims["geometry"].iloc[0].area == pytest.approx((19 + 20) * 100, rel=1e-9)
    found = strips_of([straight], land, bridges=bridge())
    assert found["safety", "A1"].area == pytest.approx(2 * 17 * 900, rel=1e-9)
    assert found["protection", "A1"].area == pytest.approx(6_000, rel=1e-9)
    assert rims["geometry"].iloc[0].intersection(found["safety", "A1"]).area < 1e-6


def test_bridges_in_a_bend_are_cut_square_to_it():
    axis = axis_of(arc(650, 60, 5.0))
    length = axis.length_m
    whole = strips_of([axis])["safety", "A1"].area
    one = strips_of([axis], bridges=bridge())["safety", "A1"]
    assert one.area == pytest.approx(whole * (length - 100) / length, rel=5e-3)
    other = bridge(bridge_id="B2", from_chainage=100, to_chainage=220)  # it overlaps the first
    both = strips_of([axis], bridges=pd.concat([bridge(), other]))["safety", "A1"]
    assert both.area == pytest.approx(whole * (length - 200) / length, rel=5e-3)
    assert len(shapely.get_parts(both)) == 4


def test_a_bridge_within_the_right_of_way_has_an_empty_rim(straight):
    placed = place_bridges(bridge(left_m=5.0, right_m=5.0), [straight])
    lands = road_lands(make_corridor([straight], left_m=30, right_m=30, frame_crs=CRS), [straight])
    assert make_bridge_strips(placed, [straight], lands, width_m=20.0)["geometry"].iloc[0].is_empty


def test_bridges_are_placed_from_any_writing(straight):
    rows = pd.concat(
        [
            bridge(bridge_id="B10", from_chainage=950, to_chainage="Km1+020"),
            bridge(bridge_id="B2", from_chainage="Km0+300", to_chainage="Km0+200,50"),
        ]
    )
    placed = place_bridges(rows, [straight])
    assert placed["bridge_id"].tolist() == ["B2", "B10"]
    assert placed["from_measure_m"].tolist() == [200.5, 950]
    assert placed["to_measure_m"].tolist() == [300, 1000]
    assert placed["beyond_m"].tolist() == pytest.approx([0, 20])


@pytest.mark.parametrize(
    ("columns", "error", "words"),
    [
        ({"from_chainage": "Km?"}, LabelError, "B1"),
        ({"left_m": float("nan")}, SchemaError, "left_m"),
        ({"right_m": -1.0}, SchemaError, "B1"),
        ({"alignment_id": "X"}, LabelError, "'B1': no alignment 'X'; there are A1"),
    ],
)
def test_unusable_bridges_are_refused_by_name(straight, columns, error, words):
    with pytest.raises(error, match=words.replace("?", r"\?")):
        place_bridges(bridge(**columns), [straight])


def test_a_bridge_names_its_road_where_there_are_two():
    axes = make_axes(alignments(LineString([(0, 0), (900, 0)]), LineString([(0, 99), (900, 99)])))
    with pytest.raises(LabelError, match="'B1': no alignment_id; there are A1, A2"):
        place_bridges(bridge(), axes)
    placed = place_bridges(bridge(alignment_id="A2"), axes)
    assert placed["alignment_id"].tolist() == ["A2"]


def lines(*rows):
    shapes = [row.pop("shape", LineString([(E, N - 200), (E, N + 200)])) for row in rows]
    data = [{"utility_id": f"L{number}", **row} for number, row in enumerate(rows, start=1)]
    return gpd.GeoDataFrame(data, geometry=shapes, crs=CRS)


def test_a_power_line_is_twice_its_distance_and_its_spread_wide():
    rule = load_power_line_strips()
    rows = make_power_line_strips(lines({"voltage_kv": 110.0, "conductor_spread_m": 6.0}), rule)
    assert rows["width_m"].tolist() == [14.0]
    assert rows["geometry"].iloc[0].bounds == pytest.approx((E - 7, N - 200, E + 7, N + 200))


@pytest.mark.parametrize(
    ("voltage_kv", "covered", "width_m"),
    [
        (0.4, None, 4.0),
        (22, False, 4.0),
        (22, True, 2.0),
        (23, True, 3.0),
        (35, None, 6.0),
        (66, True, 8.0),
        (220, None, 12.0),
        (500, None, 14.0),
        (765, None, 14.0),
    ],
)
def test_a_voltage_takes_the_next_one_listed(voltage_kv, covered, width_m):
    frame = lines({"voltage_kv": float(voltage_kv), "covered": covered})
    rows = make_power_line_strips(frame, load_power_line_strips())
    assert rows["width_m"].tolist() == [width_m]
    assert not rows["spread_known"].iloc[0]


def test_a_power_line_drawn_in_parts_has_the_corridor_of_the_whole():
    whole = [(E, N), (E + 100, N), (E + 100, N + 100)]
    parts = MultiLineString([whole[:2], whole[:0:-1]])
    frame = lines({"voltage_kv": 110.0, "shape": LineString(whole)})
    apart = lines({"voltage_kv": 110.0, "shape": parts})
    rule = load_power_line_strips()
    one, two = (make_power_line_strips(part, rule)["geometry"].iloc[0] for part in (frame, apart))
    assert one.symmetric_difference(two).area == pytest.approx(0, abs=1e-6)
    assert two.area == pytest.approx(8 * 200 - 16 + 4 * math.pi, rel=1e-3)


def test_only_lines_with_a_voltage_have_a_corridor():
    bent = MultiLineString([[(E, N), (E + 100, N)], [(E + 200, N), (E + 300, N), (E + 300, N)]])
    frame = lines(
        {"voltage_kv": np.nan, "conductor_spread_m": 1.0},
        {"voltage_kv": 35.0, "shape": Point(E, N)},
        {"voltage_kv": 35.0, "conductor_spread_m": 4.0, "shape": bent},
    )
    rows = make_power_line_strips(frame, load_power_line_strips())
    assert rows["utility_id"].tolist() == ["L3"]
    assert rows["geometry"].iloc[0].area == pytest.approx(2 * 100 * 10)
    assert make_power_line_strips(None, load_power_line_strips()).empty
