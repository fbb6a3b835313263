"""Numbers of landmarks, and the road that reaches each."""

import math

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, Point

from geotool.border import landmarks as rooms
from geotool.errors import CrsMismatchError, GeometryError, UsageError
from tests import village_project as vp

CRS = "EPSG:9215"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("0", (0, 0, 0)),
        ("962", (962, 0, 0)),
        ("1300/4", (1300, 4, 0)),
        ("519/2", (519, 2, 0)),
        ("962(1)", (962, 0, 1)),
        ("1116/2(3)", (1116, 2, 3)),
        (" 1116 / 2 (3) ", (1116, 2, 3)),
    ],
)
def test_parse_landmark_id(text, key):
    assert rooms.parse_landmark_id(text) == key


@pytest.mark.parametrize("text", ["", "M1", "962/", "962(a)", "/4", "962.0", "962(1)(2)", "-5"])
def test_unknown_text_sorts_last(text):
    assert rooms.parse_landmark_id(text) == (math.inf, math.inf, math.inf)


def test_order_along_the_border():
    texts = ["M10", "1300/4", "962(2)", "M2", "1300", "99", "962/1", "962", "962(1)", "1300/10"]
    frame = pd.DataFrame({"landmark_id": texts}, index=range(10, 20))
    ordered = rooms.sort_landmarks(frame)
    assert ordered["landmark_id"].tolist() == [
        *("99", "962", "962(1)", "962(2)", "962/1", "1300", "1300/4", "1300/10", "M2", "M10")
    ]
    assert ordered.index[0] == 15


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(alphabet="0123456789/()M ", max_size=8), max_size=8))
def test_order_is_total_over_any_text(texts):
    first = sorted(texts, key=rooms.landmark_order)
    texts.reverse()
    assert first == sorted(texts, key=rooms.landmark_order)


def points(*spots, **columns):
    keys = [str(960 + i) for i in range(len(spots))]
    shapes = [Point(500_000 + x, 2_400_000 + y) for x, y in spots]
    return gpd.GeoDataFrame({"landmark_id": keys, **columns}, geometry=shapes, crs=CRS)


def lines(*xs, key="landmark_road_id", **columns):
    """Roads straight north at each x, keys R1, R2, ..."""
    keys = [f"R{i}" for i in range(1, len(xs) + 1)]
    shapes = [LineString([(500_000 + x, 2_399_000), (500_000 + x, 2_401_000)]) for x in xs]
    return gpd.GeoDataFrame({key: keys, **columns}, geometry=shapes, crs=CRS)


def test_village():
    access = rooms.measure_access(
        vp.landmarks(), vp.landmark_roads(), vp.roads(), served_distance_m=50.0
    )
    assert access["served"].tolist() == [True, False, False, False]
    assert access["road_id"].tolist() == ["LR1", "LR1", "R1", "R1"]  # R2 is the same line
    assert access["distance_m"].tolist() == pytest.approx([0.0, math.hypot(600, 200), 900.0, 900.0])
    assert access["agrees"].tolist() == [True] * 4
    assert rooms.find_access_problems(access) == []


def test_only_built_roads_serve_and_building_ones_are_partial():
    roads = lines(0, 100, 200, 300, status=["built", "building", "planned", None])
    found = rooms.measure_access(
        points((10, 0), (100, 0), (200, 0), (300, 0)), roads, served_distance_m=10.0
    )
    assert found["served"].tolist() == [True, False, False, False]
    assert found["partial"].tolist() == [False, True, False, False]
    assert found["computed_access"].tolist() == ["road", "partial", "none", "none"]
    assert set(found["road_id"]) == {"R1"}
    assert found["distance_m"].tolist() == [10.0, 100.0, 200.0, 300.0]


def test_without_a_status_column_every_road_is_built():
    found = rooms.measure_access(points((100, 0)), lines(0, 100), served_distance_m=0.0)
    assert found["served"].tolist() == [True]


def test_ordinary_roads_serve_too_and_equal_distance_goes_to_landmark_roads():
    roads = lines(10, key="road_id")
    found = rooms.measure_access(points((5, 0), (9, 0)), lines(0), roads, served_distance_m=6.0)
    assert found["road_layer"].tolist() == ["landmark_roads", "roads"]


def test_no_built_road_at_all():
    roads = lines(0, status=["planned"])
    found = rooms.measure_access(points((0, 0)), roads, served_distance_m=100.0)
    assert found["road_id"].tolist() == [None]
    assert np.isnan(found["distance_m"]).all()
    assert found["served"].tolist() == [False]
    assert rooms.measure_access(points(), roads, served_distance_m=1.0).empty


def test_recorded_access_is_checked():
    frame = points((500, 0), (0, 0), (0, 0), (1, 0), access=["road", None, "road", "none"])
    found = rooms.measure_access(frame, lines(0), served_distance_m=10.0)
    assert found["agrees"].tolist() == [False, None, True, False]
    problems = rooms.find_access_problems(found)
    assert [(p.severity, p.rule, p.key) for p in problems] == [
        ("finding", "access_mismatch", "960"),
        ("finding", "access_mismatch", "963"),
    ]
    assert "R1, 500.0 m" in problems[0].message


def test_index_order_and_input_are_kept():
    frame = points((3, 0), (1, 0), (2, 0))
    frame.index = [9, 4, 6]
    before = frame.copy(deep=True)
    found = rooms.measure_access(frame, lines(0), served_distance_m=2.0)
    assert found.index.tolist() == [9, 4, 6]
    assert found["distance_m"].tolist() == [3.0, 1.0, 2.0]
    assert frame.equals(before)
    turned = rooms.measure_access(frame.iloc[::-1], lines(0), served_distance_m=2.0)
    pd.testing.assert_frame_equal(turned.loc[found.index], found)


def test_refusals():
    with pytest.raises(UsageError):
        rooms.measure_access(points((0, 0)), lines(0), served_distance_m=-1.0)
    with pytest.raises(CrsMismatchError):
        other = lines(0).set_crs("EPSG:9209", allow_override=True)
        rooms.measure_access(points((0, 0)), other, served_distance_m=1.0)
    bad = points((0, 0), (0, 1))
    bad.loc[1, "geometry"] = None
    with pytest.raises(GeometryError, match="961"):
        rooms.measure_access(bad, lines(0), served_distance_m=1.0)
