"""Room in cemeteries and the first plan: known answers, then properties."""

from datetime import date
from types import MappingProxyType

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Point, box

from geotool.errors import CrsError, DataError, GeometryError, SchemaError
from geotool.graves import receiving
from geotool.rules import GraveNorms, RuleFile, load_grave_norms
from tests import village

SOURCE = RuleFile("graves", "Norms", "invented", date(2020, 1, 1), False, "", MappingProxyType({}))
NORMS = GraveNorms(3.0, 5.0, 0.6, SOURCE)
EAST, NORTH = 500_000.0, 2_000_000.0


def graves(*spots):
    rows = {"grave_id": [f"G{i}" for i in range(1, len(spots) + 1)]}
    points = [Point(EAST + x, NORTH + y) for x, y in spots]
    return gpd.GeoDataFrame(rows, geometry=points, crs="EPSG:9209")


def sites(*rows):
    """Rows of (x, capacity) at y = 0, keys C1, C2, ..."""
    return gpd.GeoDataFrame(
        {
            "cemetery_id": [f"C{i}" for i in range(1, len(rows) + 1)],
            "name": "",
            "capacity_count": [capacity for _, capacity in rows],
        },
        geometry=[Point(EAST + x, NORTH) for x, _ in rows],
        crs="EPSG:9209",
    )


def cemeteries(*shapes, **columns):
    keys = [f"C{i}" for i in range(1, len(shapes) + 1)]
    return gpd.GeoDataFrame(
        {"cemetery_id": keys, **columns}, geometry=list(shapes), crs="EPSG:9209"
    )


def square(side_m):
    return box(EAST, NORTH, EAST + side_m, NORTH + side_m)


def test_capacity_stated_then_area_column_then_drawn_then_unknown():
    frame = cemeteries(
        square(100.0),
        square(100.0),
        square(10.0),
        Point(EAST, NORTH),
        capacity_count=[7, np.nan, np.nan, np.nan],
        area_m2=[1.0, 500.0, np.nan, np.nan],
    )
    before = frame.copy(deep=True)
    room, problems = receiving.cemetery_room(frame, NORMS)
    assert room["capacity_count"].tolist() == [7, 100, 20, 0]
    assert room["capacity_basis"].tolist() == ["stated", "area_column", "drawn_area", "unknown"]
    assert [(p.severity, p.rule, p.key) for p in problems] == [("notice", "capacity_unknown", "C4")]
    assert frame.equals(before)


def test_the_norm_of_the_rules_predicts_the_published_land():
    norms = load_grave_norms()
    land = cemeteries(Point(EAST, NORTH), area_m2=[21_310.0])
    assert receiving.cemetery_room(land, norms)[0]["capacity_count"].tolist() == [4262]


@pytest.mark.parametrize("count", range(1, 200))
def test_whole_numbers_of_places_are_not_lost_to_rounding(count):
    land = cemeteries(Point(EAST, NORTH), area_m2=[count * 5.0])
    assert receiving.cemetery_room(land, NORMS)[0]["capacity_count"].tolist() == [count]


def test_zero_places_stated_are_zero_and_nonsense_is_refused():
    zero = cemeteries(square(100.0), capacity_count=[0])
    assert receiving.cemetery_room(zero, NORMS)[0]["capacity_count"].tolist() == [0]
    for bad in (-1, 2.5):
        with pytest.raises(DataError, match="C1"):
            receiving.cemetery_room(cemeteries(square(1.0), capacity_count=[bad]), NORMS)


def test_room_needs_a_projected_frame():
    with pytest.raises(CrsError):
        receiving.cemetery_room(cemeteries(square(1.0)).set_crs(4326, allow_override=True), NORMS)


def test_greedy_takes_the_shortest_pair_first():
    # G1 at 0, G2 at 10; C1 at 12 has one place, C2 at 100 has many: G2 takes C1.
    plan = receiving.assign_nearest(graves((0, 0), (10, 0)), sites((12, 1), (100, 9)))
    assert plan["cemetery_id"].tolist() == ["C2", "C1"]
    assert plan["distance_m"].tolist() == [100.0, 2.0]
    assert plan["nearest_m"].tolist() == [12.0, 2.0]
    assert plan["reason"].tolist() == ["nearest_with_room", "nearest"]
    summary = receiving.summarise_plan(plan, sites((12, 1), (100, 9)))
    assert summary["total_distance_m"] == 102.0
    assert summary["max_distance_m"] == 100.0
    assert summary["lower_bound_m"] == 14.0
    assert summary["gap_share"] == pytest.approx(102 / 14 - 1)
    assert [(s["cemetery_id"], s["assigned_count"], s["room_count"]) for s in summary["sites"]] == [
        ("C1", 1, 0),
        ("C2", 1, 8),
    ]


def test_ties_go_by_natural_order_of_keys():
    frame = graves((0, 5), (0, -5))
    frame["grave_id"] = ["G10", "G9"]
    plan = receiving.assign_nearest(frame, sites((0, 1)))
    assert plan["grave_id"].tolist() == ["G9", "G10"]
    assert plan["cemetery_id"].tolist() == ["C1", None]
    assert plan["reason"].tolist() == ["nearest", "no_room"]


def test_graves_without_a_place_are_listed_and_the_bound_stays_below():
    plan = receiving.assign_nearest(graves((1, 0), (2, 0), (50, 0)), sites((0, 2)))
    summary = receiving.summarise_plan(plan, sites((0, 2)))
    assert summary["assigned_count"] == 2
    assert summary["unassigned"] == [{"grave_id": "G3", "reason": "no_room"}]
    assert summary["total_distance_m"] == summary["lower_bound_m"] == 3.0
    assert summary["gap_share"] == 0.0


@pytest.mark.parametrize("places", [[], [(0, 0)]])
def test_no_receiving_cemetery(places):
    plan = receiving.assign_nearest(graves((1, 0)), sites(*places))
    assert plan["reason"].tolist() == ["no_cemetery"]
    summary = receiving.summarise_plan(plan, sites(*places))
    assert (summary["assigned_count"], summary["total_distance_m"]) == (0, 0.0)
    assert summary["gap_share"] == 0.0


def test_no_graves():
    plan = receiving.assign_nearest(graves(), sites((0, 3)))
    assert plan.empty
    assert receiving.summarise_plan(plan, sites((0, 3)))["sites"][0]["room_count"] == 3


def test_refusals():
    twice = graves((0, 0), (1, 1))
    twice["grave_id"] = "G1"
    with pytest.raises(SchemaError, match="repeated"):
        receiving.assign_nearest(twice, sites((0, 3)))
    with pytest.raises(CrsError):
        receiving.assign_nearest(graves((0, 0)).to_crs("EPSG:9210"), sites((0, 3)))
    with pytest.raises(GeometryError, match="G1"):
        receiving.assign_nearest(
            gpd.GeoDataFrame({"grave_id": ["G1"]}, geometry=[None], crs="EPSG:9209"), sites((0, 3))
        )


def test_distance_to_a_polygon_is_to_its_edge():
    room, _ = receiving.cemetery_room(village.cemeteries(), NORMS)
    moved = village.graves().iloc[[5]]  # G6 at (510, 110), N1 from (500, 400)
    assert receiving.assign_nearest(moved, room)["distance_m"].tolist() == [290.0]


spots = st.lists(st.tuples(st.integers(-500, 500), st.integers(-500, 500)), max_size=12)
places = st.lists(st.tuples(st.integers(-500, 500), st.integers(0, 4)), max_size=4, unique=True)


@settings(max_examples=50, deadline=None)
@given(spots, places, st.randoms(use_true_random=False))
def test_plan_properties(where, room, random):
    moved, offered = graves(*where), sites(*room)
    plan = receiving.assign_nearest(moved, offered)
    summary = receiving.summarise_plan(plan, offered)
    used = plan["cemetery_id"].value_counts()
    capacity = dict(zip(offered["cemetery_id"], offered["capacity_count"], strict=True))
    assert all(used[key] <= capacity[key] for key in used.index)
    assert summary["assigned_count"] == min(len(moved), sum(capacity.values()))
    assert summary["assigned_count"] + len(summary["unassigned"]) == len(moved)
    assert summary["total_distance_m"] >= summary["lower_bound_m"] - 1e-6
    order = list(range(len(moved)))
    random.shuffle(order)
    again = receiving.assign_nearest(moved.iloc[order], offered.iloc[::-1])
    assert again.equals(plan)
    # No grave could have had a nearer place that stayed free.
    free = {key for key in capacity if capacity[key] > used.get(key, 0)}
    points = dict(zip(offered["cemetery_id"], offered.geometry, strict=True))
    at = dict(zip(moved["grave_id"], moved.geometry, strict=True))
    for row in plan.loc[plan["cemetery_id"].notna()].itertuples():
        assert all(at[row.grave_id].distance(points[key]) >= row.distance_m - 1e-6 for key in free)


def test_ten_thousand_graves_and_fifty_sites():
    rng = np.random.default_rng(1)
    moved = graves(*rng.uniform(0, 20_000, (10_000, 2)))
    plan = receiving.assign_nearest(moved, sites(*((x, 220) for x in rng.uniform(0, 2e4, 50))))
    assert plan["cemetery_id"].notna().all()
