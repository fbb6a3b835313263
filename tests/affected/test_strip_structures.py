import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point, Polygon, box

from geotool.affected.strip_structures import find_strip_structures, measure_area_in_strips
from geotool.affected.structures import measure_structures
from geotool.errors import SchemaError
from geotool.rules import load_tolerances

CRS = "EPSG:9209"
TOLERANCES = load_tolerances()
ROAD = gpd.GeoDataFrame(geometry=[box(0, -30, 1000, 30)], crs=CRS)
SAFETY = [box(0, 30, 1000, 47), box(0, -47, 1000, -30)]
LINE = box(493, -500, 507, 500)  # a power line across


def frame(*shapes, **columns):
    data = {"structure_id": [f"S{number}" for number in range(1, len(shapes) + 1)], **columns}
    return gpd.GeoDataFrame(data, geometry=list(shapes), crs=CRS)


def strips(*shapes):
    return gpd.GeoDataFrame(geometry=list(shapes), crs=CRS)


def found_in(structures, layer):
    taken = measure_structures(structures, ROAD, tolerances=TOLERANCES)
    return find_strip_structures(
        structures, layer, set(taken["structure_id"]), tolerances=TOLERANCES
    )


def test_a_house_ten_metres_outside_the_edge_counts_and_a_taken_one_does_not():
    houses = frame(
        box(100, 40, 110, 50),  # 10 m outside the edge, 7 of its 10 m in the corridor
        box(200, 25, 210, 35),  # on the edge: taken
        box(300, 30, 310, 38),  # beside the edge
        box(400, 60, 410, 70),  # beyond the corridor
        Point(600, 35),
        Point(610, 30),  # on the edge: covered by the right of way, taken
        use=["dwelling", "dwelling", "secondary", "dwelling", "dwelling", "dwelling"],
    )
    found = found_in(houses, strips(*SAFETY))
    assert found.structures["structure_id"].tolist() == ["S1", "S3", "S5"]
    assert found.structures["structure_area_m2"].tolist() == pytest.approx([70, 80, 0])
    assert found.totals == {
        "structure_count": 3,
        "dwelling_count": 2,
        "structure_area_m2": pytest.approx(150),
    }
    counts = found.counts(2)
    assert counts["structure_count"].tolist() == [3, 0]
    assert counts["dwelling_count"].tolist() == [2, 0]


def test_one_in_two_strips_counts_in_each_and_once_in_all():
    house = frame(box(495, 32, 515, 42), use=["dwelling"], holder_id=["H1"])
    found = found_in(house, strips(SAFETY[0], Polygon(), LINE))
    counts = found.counts(3)
    assert counts["structure_count"].tolist() == [1, 0, 1]
    assert counts["structure_area_m2"].tolist() == pytest.approx([200, 0, 120])
    assert found.totals["structure_count"] == 1
    assert found.totals["structure_area_m2"] == pytest.approx(200)
    assert found.structures["holder_id"].tolist() == ["H1"]


def test_no_strips_and_no_structures_count_nothing():
    assert found_in(frame(box(0, 31, 9, 39)), strips()).totals["structure_count"] == 0
    assert found_in(frame(), strips(*SAFETY)).counts(2)["structure_count"].tolist() == [0, 0]


def test_repeated_keys_are_refused():
    with pytest.raises(SchemaError, match="S1"):
        found_in(frame(Point(0, 0), Point(1, 1), structure_id=["S1", "S1"]), strips(*SAFETY))


def test_area_in_strips_counts_ground_once():
    parcels = gpd.GeoDataFrame(geometry=[box(0, 0, 100, 100), box(50, 0, 150, 100)], crs=CRS)
    area = measure_area_in_strips(parcels, strips(SAFETY[0], LINE), tolerances=TOLERANCES)
    assert area == pytest.approx(150 * 17)
    assert measure_area_in_strips(parcels, strips(), tolerances=TOLERANCES) == 0


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 980), st.integers(-80, 80)), min_size=1, max_size=12),
    st.randoms(use_true_random=False),
)
def test_rows_add_up_and_their_order_changes_nothing(corners, random):
    houses = frame(
        *(box(x, y, x + 12, y + 12) for x, y in corners), use=["dwelling"] * len(corners)
    )
    before = houses.copy(deep=True)
    layer = strips(*SAFETY, LINE)
    found = found_in(houses, layer)
    pd.testing.assert_frame_equal(houses, before)
    order = list(range(len(houses)))
    random.shuffle(order)
    pd.testing.assert_frame_equal(found_in(houses.iloc[order], layer).structures, found.structures)
    counts = found.counts(3)
    assert counts["structure_count"].sum() >= found.totals["structure_count"]
    assert counts["structure_count"].max() <= found.totals["structure_count"]
    excess = counts["structure_area_m2"].sum() - found.totals["structure_area_m2"]
    shared = sum(
        houses.geometry.iloc[int(key[1:]) - 1].intersection(LINE).intersection(strip).area
        for key in found.structures["structure_id"]
        for strip in SAFETY
    )
    assert excess == pytest.approx(shared, abs=1e-6)
