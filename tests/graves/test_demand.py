"""Which graves move: zones, counts, groups."""

from functools import partial

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Point, box

from geotool.errors import CrsMismatchError, DataError, GeometryError, UsageError
from geotool.graves import demand as rooms
from geotool.graves import receiving
from geotool.rules import load_tolerances
from tests import village
from tests.graves.test_receiving import EAST, NORMS, NORTH, graves

measure_demand = partial(rooms.measure_demand, tolerances=load_tolerances())


def strip(*boxes):
    shapes = [box(EAST + a, NORTH + b, EAST + c, NORTH + d) for a, b, c, d in boxes]
    return gpd.GeoDataFrame(geometry=shapes, crs="EPSG:9209")


def village_demand(margin_m=10.0, **columns):
    frame = village.graves().assign(**columns)
    measured = measure_demand(frame, village.right_of_way(), margin_m=margin_m)
    return measured.assign(commune_id=frame["commune_id"])


def test_zones_and_distances_of_the_village():
    measured = village_demand()
    assert measured["zone"].tolist() == ["right_of_way"] * 12 + ["margin"] * 2 + ["none"] * 3
    assert measured["distance_m"].tolist() == [0.0] * 12 + [5.0] * 2 + [75.0] * 3
    assert measured.index.equals(village.graves().index)


def test_edge_belongs_to_the_strip_and_margin_to_its_edge():
    spots = graves((10, 0), (10, -5), (10, -5.001), (20, 5), (27, 14))
    measured = measure_demand(spots, strip((0, 0, 24, 10)), margin_m=5.0)
    assert measured["zone"].tolist() == ["right_of_way", "margin", "none", "right_of_way", "margin"]
    assert measured["distance_m"].iloc[4] == 5.0


@pytest.mark.parametrize("angle_deg", range(7, 360, 31))
def test_edges_belong_to_the_strip_at_any_angle(angle_deg):
    turned = village.Village(angle_deg=angle_deg)
    spots = [Point(x, y) for x in (0, 333.3, 2000) for y in (95, 155, 90, 160, 89.999, 160.001)]
    frame = turned.frame([{"grave_id": f"G{i}"} for i in range(len(spots))], spots)
    measured = measure_demand(frame, village.right_of_way(turned), margin_m=5.0)
    expected = ["right_of_way"] * 2 + ["margin"] * 2 + ["none"] * 2
    assert measured["zone"].tolist() == expected * 3


def test_without_margin_and_without_right_of_way():
    measured = measure_demand(graves((0, 0), (0, 30)), strip((0, -1, 9, 1)), margin_m=None)
    assert measured["zone"].tolist() == ["right_of_way", "none"]
    nowhere = measure_demand(graves((0, 0)), strip(), margin_m=5.0)
    assert nowhere["zone"].tolist() == ["none"]
    assert np.isnan(nowhere["distance_m"]).all()


def test_counts_of_the_village():
    measured = village_demand()
    total = rooms.total_demand(measured)
    assert total == {
        "grave_count": 14,
        "right_of_way_count": 12,
        "margin_count": 2,
        "owned_count": 10,
        "ownerless_count": 4,
        "unknown_count": 0,
        "moved_count": 0,
        "outside_count": 3,
    }
    by_zone = rooms.group_demand(measured, ["zone"]).set_index("zone")
    assert by_zone.loc["right_of_way", ["owned_count", "ownerless_count"]].tolist() == [8, 4]


def test_moved_graves_are_counted_apart():
    days = ["2023-01-01", "2024-01-01", "2023-06-30"] + [None] * 13 + ["2023-01-01"]
    measured = village_demand(moved_date=days)
    total = rooms.total_demand(measured, on="2023-06-30")
    assert (total["grave_count"], total["moved_count"], total["outside_count"]) == (12, 3, 2)
    assert rooms.select_to_move(measured, on="2023-06-30")["grave_id"].tolist() == [
        "G2",
        *(f"G{i}" for i in range(4, 15)),
    ]
    assert rooms.total_demand(measured)["moved_count"] == 0
    with pytest.raises(DataError, match="G1"):
        rooms.total_demand(village_demand(moved_date="soon"), on="2023-06-30")
    with pytest.raises(UsageError):
        rooms.total_demand(measured, on="soon")


def test_unknown_ownership_is_a_count_of_its_own():
    measured = village_demand(ownership=None)
    total = rooms.total_demand(measured)
    assert (total["owned_count"], total["ownerless_count"], total["unknown_count"]) == (0, 0, 14)


def test_groups_are_in_natural_order_and_add_up():
    measured = village_demand()
    measured["commune_id"] = [None, "C10", "C9"] + ["C2"] * 14
    groups = rooms.group_demand(measured, ["commune_id"])
    assert groups["commune_id"].tolist() == ["", "C2", "C9", "C10"]
    total = rooms.total_demand(measured)
    for name in groups.columns[1:]:
        assert groups[name].sum() == total[name]
    assert list(rooms.group_demand(measured.iloc[:0], ["commune_id"]).columns) == list(
        groups.columns
    )


def test_summary_of_the_village():
    measured = village_demand()
    room, _ = receiving.cemetery_room(village.cemeteries(), NORMS)
    moved = village.graves().loc[rooms.select_to_move(measured, on=None).index]
    plan = receiving.assign_nearest(moved, room)
    record = receiving.summarise_plan(plan, room)
    assert rooms.total_demand(measured)["grave_count"] == record["assigned_count"] == 14
    assert record["unassigned"] == []
    assert [site["assigned_count"] for site in record["sites"]] == [8, 6]
    assert rooms.group_demand(measured, ["commune_id"]).to_dict("records") == [
        {
            "commune_id": "C1",
            "grave_count": 14,
            "right_of_way_count": 12,
            "margin_count": 2,
            "owned_count": 10,
            "ownerless_count": 4,
            "unknown_count": 0,
            "moved_count": 0,
        }
    ]
    assert record["total_distance_m"] >= record["lower_bound_m"] > 0


def test_refusals():
    with pytest.raises(UsageError):
        measure_demand(graves((0, 0)), strip(), margin_m=-1.0)
    with pytest.raises(CrsMismatchError):
        other = strip((0, 0, 1, 1)).set_crs("EPSG:9210", allow_override=True)
        measure_demand(graves((0, 0)), other, margin_m=None)
    with pytest.raises(GeometryError, match="G2"):
        bad = graves((0, 0), (1, 1))
        bad.loc[1, "geometry"] = Point()
        measure_demand(bad, strip((0, 0, 1, 1)), margin_m=None)


numbers = st.integers(-60, 60).map(float)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(numbers, numbers), min_size=1, max_size=15),
    st.lists(st.tuples(numbers, numbers, st.integers(1, 50), st.integers(1, 50)), max_size=4),
    st.floats(0, 40),
)
def test_equals_plain_geometry_and_leaves_its_input_alone(where, rectangles, margin_m):
    spots = graves(*where)
    land = strip(*((x, y, x + w, y + h) for x, y, w, h in rectangles))
    before = spots.copy(deep=True), land.copy(deep=True)
    measured = measure_demand(spots, land, margin_m=margin_m)
    union = shapely.union_all(land.geometry.to_numpy())
    plain = shapely.distance(spots.geometry.to_numpy(), union)
    np.testing.assert_allclose(measured["distance_m"], plain, atol=1e-9)
    assert (measured["zone"] == "right_of_way").tolist() == (plain == 0).tolist()
    assert spots.equals(before[0])
    assert land.equals(before[1])
    wider = measure_demand(spots, land, margin_m=margin_m + 1)
    assert (wider["zone"] != "none").sum() >= (measured["zone"] != "none").sum()
