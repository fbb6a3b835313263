"""What a row of minutes gives: known areas of the village, and ground that is given once."""

import pytest
from geopandas.testing import assert_geodataframe_equal
from shapely.geometry import box

from geotool.affected.donations import measure_donations
from geotool.route.takings import disjoint_rows
from geotool.rules import load_tolerances
from tests import village as v

COLUMNS = [
    "right_of_way_id",
    "minutes_no",
    "stated_value_vnd",
    "donated_area_m2",
    "parcel_count",
]


def donations(*rows, **columns):
    """Return the donations of (right_of_way_id, basis, west, south, east, north) and columns."""
    data = [{"right_of_way_id": key, "basis": basis} for key, basis, *_ in rows]
    frame = v.VILLAGE.frame(data, [box(*row[2:]) for row in rows]).assign(**columns)
    before = frame.copy()
    tolerances = load_tolerances()
    found = measure_donations(v.parcels(), frame, disjoint_rows(frame), tolerances=tolerances)
    assert_geodataframe_equal(frame, before)
    assert list(found) == COLUMNS
    return found


def test_a_strip_of_10_m_along_three_parcels():
    found = donations(("D1", "donated", 50, 0, 250, 10), minutes_no="7/BB", stated_value_vnd="90")
    assert found.iloc[0].to_list() == ["D1", "7/BB", 90.0, pytest.approx(2000.0), 3]


def test_ground_that_is_recovered_is_not_given():
    found = donations(("R1", "recovered", 0, 0, 2000, 6), ("D1", "donated", 0, 0, 100, 10))
    assert found["donated_area_m2"].to_list() == pytest.approx([400.0])


def test_ground_of_two_minutes_is_given_by_the_first():
    found = donations(("D10", "donated", 0, 0, 100, 20), ("D9", "donated", 0, 10, 100, 50))
    assert found["right_of_way_id"].to_list() == ["D9", "D10"]
    assert found["donated_area_m2"].to_list() == pytest.approx([4000.0, 1000.0])


def test_a_row_of_minutes_outside_all_parcels_gives_nothing():
    found = donations(("D1", "donated", 0, -50, 100, -40))
    assert found[["donated_area_m2", "parcel_count"]].to_numpy().tolist() == [[0.0, 0]]


def test_values_that_are_not_stated_stay_unknown():
    rows = [("D1", "donated", 0, 0, 10, 10), ("D2", "donated", 10, 0, 20, 10)]
    found = donations(*rows, stated_value_vnd=["", "unknown"], minutes_no=[None, "3"])
    assert found["stated_value_vnd"].isna().all()
    assert found["minutes_no"].to_list() == ["", "3"]


@pytest.mark.parametrize("basis", ["recovered", "temporary", ""])
def test_other_land_is_no_donation(basis):
    assert donations(("R1", basis, 0, 0, 100, 10)).empty
