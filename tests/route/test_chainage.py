import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point, box

from geotool.errors import CrsError, GeometryError, LabelError, SchemaError, UsageError
from geotool.route.alignment import make_axes
from geotool.route.chainage import (
    length_between,
    line_between,
    locate_points,
    locate_range,
    point_at,
    points_every,
)
from tests.route.drawn import CRS, alignments, axis_of, winding
from tests.route.labelled import labelled_axis

TOLERANCE_M = 1e-6


def points(*xy, crs=CRS):
    return gpd.GeoDataFrame(geometry=gpd.points_from_xy(*zip(*xy, strict=True)), crs=crs)


def located(x, y, axis, *, crs=CRS):
    return locate_points(points((x, y), crs=crs), [axis], on_axis_m=TOLERANCE_M).iloc[0]


def test_known_places_beside_on_and_beyond():
    axis = axis_of([(0, 0), (100, 0), (100, 100)], start=560_000.0)
    found = locate_points(
        points((30, 5), (30, -5), (70, 0), (-30, 40), (100, 150), (104, 60)),
        [axis],
        on_axis_m=TOLERANCE_M,
    )
    expected = pd.DataFrame(
        {
            "alignment_id": ["A1"] * 6,
            "measure_m": [560_030.0, 560_030.0, 560_070.0, 560_000.0, 560_200.0, 560_160.0],
            "chainage_m": [560_030.0, 560_030.0, 560_070.0, 560_000.0, 560_200.0, 560_160.0],
            "offset_m": [5.0, 5.0, 0.0, 50.0, 50.0, 4.0],
            "side": ["left", "right", "on", "left", "on", "right"],
            "beyond_end": [False, False, False, True, True, False],
        }
    )
    pd.testing.assert_frame_equal(found, expected, check_dtype=False, atol=1e-9)


def test_index_is_kept_and_no_points_give_no_rows():
    frame = points((1, 1), (2, 2)).set_axis(["x", "y"])
    before = frame.copy(deep=True)
    axes = [axis_of([(0, 0), (9, 0)])]
    assert list(locate_points(frame, axes).index) == ["x", "y"]
    pd.testing.assert_frame_equal(frame, before)
    assert len(locate_points(frame.iloc[:0], axes)) == 0


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_same_as_projecting_on_the_whole_line(seed):
    axis = axis_of(winding(seed, turn=0.8))
    random = np.random.default_rng(seed)
    west, south, east, north = axis.line.bounds
    xy = random.uniform((west - 200, south - 200), (east + 200, north + 200), (60, 2))
    found = locate_points(points(*xy), [axis])
    shapes = shapely.points(xy)
    assert np.allclose(found["measure_m"], shapely.line_locate_point(axis.line, shapes), atol=1e-6)
    assert np.allclose(found["offset_m"], shapely.distance(axis.line, shapes), atol=1e-9)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_reversing_the_drawing_changes_only_chainage_and_side(seed):
    coords = winding(seed, turn=0.8)
    up, down = axis_of(coords), axis_of(coords[::-1])
    random = np.random.default_rng(seed)
    xy = coords[random.integers(0, len(coords), 40)] + random.normal(0, 60, (40, 2))
    one, other = (locate_points(points(*xy), [axis]) for axis in (up, down))
    assert np.allclose(one["offset_m"], other["offset_m"], atol=1e-9)
    assert np.allclose(one["measure_m"], up.length_m - other["measure_m"], atol=1e-6)
    assert list(other["side"]) == [{"left": "right", "right": "left"}[s] for s in one["side"]]
    assert list(one["beyond_end"]) == list(other["beyond_end"])


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_shuffled_points_and_axes_change_nothing(seed):
    random = np.random.default_rng(seed)
    axes = make_axes(alignments(LineString(winding(seed)), LineString(winding(seed + 1))))
    frame = points(*(np.array([500_500.0, 2_000_000.0]) + random.normal(0, 600, (30, 2))))
    mixed = frame.sample(frac=1, random_state=seed)
    found = locate_points(mixed, axes[::-1]).sort_index()
    pd.testing.assert_frame_equal(found, locate_points(frame, axes))


def test_side_outside_a_sharp_corner():
    hairpin = axis_of([(0, 0), (100, 0), (0, 20)])
    found = locate_points(points((120, 1), (120, -1), (102, 9), (104, -8)), [hairpin])
    assert set(found["side"]) == {"right"}
    assert np.allclose(found["measure_m"], 100.0)


def test_ties_go_to_the_lowest_chainage_and_the_first_axis():
    there_and_back = axis_of([(0, 0), (100, 0), (100, 10), (0, 10)])
    assert located(50, 5, there_and_back).measure_m == 50.0
    lines = [LineString([(0, 10), (100, 10)]), LineString([(0, 0), (100, 0)])]
    frame = alignments(*lines)
    frame["alignment_id"] = ["P10", "P2"]
    assert list(locate_points(points((50, 5)), make_axes(frame))["alignment_id"]) == ["P2"]


def test_nearest_of_several_axes():
    axes = make_axes(alignments(LineString([(0, 0), (100, 0)]), LineString([(0, 50), (100, 50)])))
    assert list(locate_points(points((5, 10), (5, 40)), axes)["alignment_id"]) == ["A1", "A2"]


def test_what_cannot_be_located_is_refused():
    axes = [axis_of([(0, 0), (9, 0)])]
    with pytest.raises(SchemaError):
        locate_points(points((1, 1)), [])
    with pytest.raises(CrsError):
        locate_points(points((1, 1), crs=None), axes)
    with pytest.raises(GeometryError, match="2 rows are not points: 1, 2"):
        shapes = [Point(0, 0), Point(), LineString([(0, 0), (1, 1)])]
        locate_points(gpd.GeoDataFrame(geometry=shapes, crs=CRS), axes)


def test_feet_are_measured_in_metres():
    axis = axis_of([(0, 0), (1000, 0)], crs="EPSG:2263", start=100.0)
    foot = 1200 / 3937
    found = located(500, 10, axis, crs="EPSG:2263")
    assert found.measure_m == pytest.approx(100 + 500 * foot, rel=1e-12)
    assert found.offset_m == pytest.approx(10 * foot, rel=1e-12)
    assert point_at(axis, found.measure_m).x == pytest.approx(500, abs=1e-9)
    assert length_between(axis, 100.0, axis.end_measure_m) == pytest.approx(1000 * foot)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.floats(0, 1), st.sampled_from(["up", "down"]))
def test_to_the_place_and_back(seed, share, direction):
    axis = axis_of(winding(seed, turn=0.1), start=568_126.0, direction=direction)
    wanted = axis.start_measure_m + share * axis.length_m
    place = point_at(axis, wanted)
    found = located(place.x, place.y, axis)
    assert found.measure_m == pytest.approx(wanted, abs=1e-6)
    assert (found.side, found.beyond_end) == ("on", False)


def test_a_label_beyond_the_axis_names_the_range():
    axis = axis_of([(0, 0), (1000.004, 0)], start=2000.0)
    assert point_at(axis, 3000.0).x == pytest.approx(1000.0)
    assert point_at(axis, 3000.008).x == 1000.004
    with pytest.raises(LabelError):
        point_at(axis, float("nan"))
    for wrong in (1999.9, 3000.1):
        with pytest.raises(LabelError, match=r"Km2\+000\.00 to Km3\+000\.00"):
            point_at(axis, wrong)


def test_points_every_with_both_ends_marked():
    axis = axis_of([(0, 0), (250, 0)], start=130.0)
    frame = points_every(axis, 100.0, frame_crs=CRS)
    assert list(frame["measure_m"]) == [130.0, 200.0, 300.0, 380.0]
    assert list(frame["is_end"]) == [True, False, False, True]
    assert list(frame.geometry.x) == [0.0, 70.0, 170.0, 250.0]
    assert frame.crs == CRS


def test_points_every_does_not_repeat_an_end_at_a_whole_multiple():
    frame = points_every(axis_of([(0, 0), (200, 0)]), 100.0)
    assert list(frame["measure_m"]) == [0.0, 100.0, 200.0]
    assert list(points_every(axis_of([(0, 0), (50, 0)]), 100.0)["measure_m"]) == [0.0, 50.0]
    with pytest.raises(UsageError):
        points_every(axis_of([(0, 0), (50, 0)]), 0.0)


def test_points_every_gives_both_labels_of_an_equation():
    frame = points_every(labelled_axis(400.0, start=800.0, equations=[(1_000.0, 0.0)]), 100.0)
    assert list(frame["chainage_m"]) == [800.0, 900.0, 1_000.0, 0.0, 100.0, 200.0]
    assert list(frame["zone"]) == [1, 1, 1, 2, 2, 2]
    assert list(frame.geometry.x) == [0.0, 100.0, 200.0, 200.0, 300.0, 400.0]
    same = points_every(labelled_axis(200.0, equations=[(100.0, 100.0)]), 100.0)
    assert list(same["chainage_m"]) == [0.0, 100.0, 200.0]


def test_points_are_located_by_label():
    axis = labelled_axis(3000.0, start=559_000.0, equations=[(560_050.0, 560_000.0)])
    found = locate_points(points((1_020, 4), (1_070, -4)), [axis])
    assert list(found["measure_m"]) == [560_020.0, 560_070.0]
    assert list(found["chainage_m"]) == [560_020.0, 560_020.0]
    assert line_between(axis, 559_900.0, 561_050.0).length == pytest.approx(1150.0)


def test_length_and_line_between():
    axis = axis_of([(0, 0), (100, 0), (100, 100)], start=1000.0)
    assert length_between(axis, 1150.0, 1050.0) == 100.0
    part = line_between(axis, 1150.0, 1050.0)
    assert list(part.coords) == [(50, 0), (100, 0), (100, 50)]
    with pytest.raises(LabelError):
        length_between(axis, 900.0, 1100.0)
    with pytest.raises(UsageError, match="no length"):
        line_between(axis, 1050.0, 1050.0)


def test_range_of_parcels_lines_and_points():
    axis = axis_of([(0, 0), (1000, 0)], start=5000.0)
    shapes = gpd.GeoSeries(
        [box(100, 5, 140, 60), box(-50, -5, 20, 5), Point(7, 7), LineString([(900, -9), (990, 9)])],
        index=list("abcd"),
    )
    found = locate_range(shapes, axis)
    assert list(found.index) == list("abcd")
    assert np.allclose(found, [[5100, 5140], [5000, 5020], [5007, 5007], [5900, 5990]], atol=1e-9)


def test_range_includes_where_the_axis_is_crossed():
    loop = axis_of([(0, 0), (100, 0), (100, 100), (50, 100), (50, -100)])
    diamond = gpd.GeoSeries([shapely.Polygon([(97, 50), (100, 53), (103, 50), (100, 47)])])
    found = locate_range(diamond, loop)
    assert np.allclose(found, [[147.0, 153.0]])
    slab = gpd.GeoSeries([shapely.Polygon([(-30, -2), (130, -2), (130, 2), (-30, 2)])])
    assert locate_range(slab, loop)["to_measure_m"].iloc[0] == pytest.approx(352.0)


def test_range_of_nothing_is_refused():
    with pytest.raises(GeometryError, match="1 are empty: 1"):
        locate_range(gpd.GeoSeries([Point(0, 0), None]), axis_of([(0, 0), (9, 0)]))
