"""Versions of a boundary: which holds, what one adds to another, and whose ground it is."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import affinity
from shapely.geometry import box

from geotool.affected.holdings import make_holdings
from geotool.affected.versions import CHANGE_AREAS, compare_versions, group_changes
from geotool.errors import CrsMismatchError, SchemaError
from geotool.route.versions import find_version, list_versions, select_version
from geotool.rules import load_tolerances
from tests import village as v

TOLERANCES = load_tolerances()
AREAS = list(CHANGE_AREAS)


def boundary(*shapes):
    rows = [{"right_of_way_id": f"R{number}"} for number in range(len(shapes))]
    return v.VILLAGE.frame(rows, list(shapes)) if shapes else v.right_of_way().iloc[:0]


def compare(old, new, parcels=None, holdings=None):
    layer = v.parcels() if parcels is None else parcels
    held = make_holdings(v.holdings() if holdings is None else holdings, layer)
    return compare_versions(old, new, layer, held, tolerances=TOLERANCES)


def rows_of(*rows):
    names = ["right_of_way_id", "alignment_id", "version"]
    data = [dict(zip(names, row, strict=True)) for row in rows]
    return v.VILLAGE.frame(data, [box(0, 0, 1, 1)] * len(rows))


def test_the_village_shifted_by_five_metres():
    old = v.right_of_way()
    new = old.assign(geometry=[affinity.translate(old.geometry[0], 0, 5)])
    changes = compare(old, new)
    assert changes.old_area_m2 == changes.new_area_m2 == pytest.approx(120_000.0)
    assert changes.added_area_m2 == pytest.approx(10_000.0)
    assert changes.given_back_area_m2 == pytest.approx(10_000.0)
    by_land = group_changes(changes, "land_type").set_index("land_type")
    assert by_land.loc["CLN", AREAS].to_list() == pytest.approx([10_000.0, 0.0])
    assert by_land.loc["LUA", AREAS].to_list() == pytest.approx([0.0, 10_000.0])
    by_commune = group_changes(changes, "commune").set_index("commune_id")
    assert by_commune["added_area_m2"].sum() == pytest.approx(10_000.0)
    by_holder = group_changes(changes, "holder").set_index("holder_id")
    assert by_holder.loc["H7", AREAS].to_list() == pytest.approx([500.0, 500.0])
    assert by_holder.loc["O1", AREAS].to_list() == pytest.approx([1000.0, 0.0])
    by_parcel = group_changes(changes, "parcel").set_index("parcel_id")
    assert by_parcel.loc["2-1", AREAS].to_list() == pytest.approx([0.0, 500.0])
    assert len(by_parcel) == 40
    pieces = changes.pieces.groupby("change")["area_m2"].sum()
    assert pieces.to_list() == pytest.approx([10_000.0, 10_000.0])


def test_a_parcel_added_whole_and_its_holders_by_share():
    thirds = pd.DataFrame(
        {
            "holder_id": ["A", "B"],
            "parcel_id": "1-1",
            "share_numerator": [1, 1],
            "share_denominator": 3,
        }
    )
    changes = compare(boundary(), boundary(box(0, 0, 100, 50)), holdings=thirds)
    assert changes.parcels["added_area_m2"].to_list() == pytest.approx([5000.0])
    rows = group_changes(changes, "holder").set_index("holder_id")["added_area_m2"]
    assert rows.to_dict() == pytest.approx({"A": 5000 / 3, "B": 5000 / 3, "unheld": 5000 / 3})
    back = compare(boundary(box(0, 0, 100, 50)), boundary(), holdings=thirds)
    assert back.given_back_area_m2 == pytest.approx(5000.0)
    assert back.net_area_m2 == pytest.approx(-5000.0)


def test_overlapping_and_missing_parcels_are_rows_of_their_own():
    doubled = v.parcels()
    twin = doubled[doubled["parcel_id"] == "1-1"].assign(parcel_id="9-9")
    layer = pd.concat([doubled, twin], ignore_index=True)
    changes = compare(boundary(), boundary(box(-10, 0, 100, 50)), layer)
    rows = group_changes(changes, "parcel").set_index("parcel_id")["added_area_m2"]
    assert rows.to_dict() == pytest.approx(
        {"1-1": 5000.0, "9-9": 5000.0, "overlap": -5000.0, "uncovered": 500.0}
    )
    assert changes.overlap_area_m2 == pytest.approx(5000.0)
    assert changes.uncovered_area_m2 == pytest.approx(500.0)
    assert "uncovered" in set(changes.pieces["parcel_id"])


def test_slivers_are_summed_and_not_listed():
    old = boundary(box(0, 0, 100, 50))
    changes = compare(old, boundary(box(0, 0, 100, 50.0004)))
    assert changes.parcels.empty
    assert changes.pieces.empty
    assert changes.added_area_m2 == pytest.approx(0.04, rel=1e-5)
    rows = group_changes(changes, "parcel")
    assert rows["parcel_id"].to_list() == ["slivers"]
    same = compare(old, old)
    assert same.added_area_m2 == same.given_back_area_m2 == 0.0
    assert group_changes(same, "holder").empty


def test_versions_in_natural_order():
    rows = rows_of(("A", "A1", "2"), ("B", "A1", "10"), ("C", "A1", ""))
    assert list_versions(rows) == ["", "2", "10"]
    assert select_version(rows, "")[0]["right_of_way_id"].to_list() == ["C"]
    held, problems = select_version(rows)
    assert held["right_of_way_id"].to_list() == ["B"]
    assert [problem.rule for problem in problems] == ["older_version"]
    assert "2 row(s)" in problems[0].message
    assert "version 10 holds" in problems[0].message
    assert select_version(rows, "2")[0]["right_of_way_id"].to_list() == ["A"]


def test_a_blank_version_is_one_only_where_its_alignment_has_another():
    assert list_versions(rows_of(("A", "A1", None), ("B", "A2", "2"))) == ["2"]
    assert list_versions(rows_of(("A", "A1", ""), ("B", "A1", "2"), ("C", "A2", "3"))) == [
        "", "2", "3",
    ]  # fmt: skip
    assert list_versions(rows_of(("A", "A1", ""))) == []


def test_land_is_compared_by_basis_and_temporary_land_left_out():
    old = boundary(box(0, 0, 100, 50), box(100, 0, 150, 50)).assign(basis=["", "temporary"])
    new = boundary(
        box(0, 0, 90, 50), box(80, 0, 120, 50), box(140, 0, 150, 50), box(150, 0, 200, 50)
    ).assign(basis=["recovered", "donated", "recovered", "temporary"])
    changes = compare(old, new)
    assert (changes.old_area_m2, changes.new_area_m2) == pytest.approx((5000.0, 6500.0))
    assert changes.given_back_area_m2 == 0.0  # 90..100 is donated now, and stays taken
    rows = changes.parcels.set_index(["parcel_id", "basis"])["added_area_m2"]
    assert rows.to_dict() == pytest.approx(
        {("1-2", "recovered"): 500.0, ("1-2", "donated"): 1000.0}
    )
    assert list(rows.index) == [("1-2", "recovered"), ("1-2", "donated")]
    assert set(changes.pieces["basis"]) == {"recovered", "donated"}
    holders = group_changes(changes, "holder")
    assert holders["basis"].to_list() == ["recovered", "donated"]
    assert holders["added_area_m2"].to_list() == pytest.approx([500.0, 1000.0])
    back = compare(new, old)
    assert back.given_back_area_m2 == pytest.approx(1500.0)
    assert back.parcels["basis"].to_list() == ["recovered", "donated"]


def test_each_alignment_has_its_latest_version():
    rows = rows_of(
        ("A", "A1", "1"), ("B", "A1", "2"), ("C", "A2", "1"), ("D", "A2", "3"), ("E", "A3", "1")
    )
    assert select_version(rows)[0]["right_of_way_id"].to_list() == ["B", "D", "E"]
    held, problems = select_version(rows, "2")
    assert held["right_of_way_id"].to_list() == ["B", "C", "E"]
    assert [problem.place for problem in problems] == ["A1", "A2"]


def test_a_blank_alignment_is_the_only_one():
    rows = rows_of(("A", "A1", "1"), ("B", None, "2"))
    assert select_version(rows)[0]["right_of_way_id"].to_list() == ["B"]


def test_one_version_changes_nothing():
    rows = rows_of(("A", "A1", "1"), ("B", "A1", "1"))
    held, problems = select_version(rows)
    assert held.equals(rows)
    assert not problems
    bare = rows.drop(columns=["version", "alignment_id"])
    assert select_version(bare)[0].equals(bare)


def test_a_version_that_is_not_there_is_refused():
    with pytest.raises(SchemaError, match="no row is of version 3"):
        select_version(rows_of(("A", "A1", "1")), "3")


def test_boundaries_of_two_systems_are_refused():
    with pytest.raises(CrsMismatchError):
        compare(v.right_of_way(), v.right_of_way().to_crs("EPSG:32648"))


CORNERS = st.tuples(*[st.floats(min_value=-50, max_value=900)] * 2)
BOXES = st.lists(st.tuples(CORNERS, st.floats(1, 300), st.floats(1, 90)), max_size=4)


@settings(max_examples=25, deadline=None)
@given(BOXES, BOXES)
def test_old_and_added_less_given_back_is_new(old, new):
    before, after = (
        boundary(*(box(x, y / 4, x + width, y / 4 + height) for (x, y), width, height in shapes))
        for shapes in (old, new)
    )
    changes = compare(before, after)
    left = changes.old_area_m2 + changes.net_area_m2 - changes.new_area_m2
    assert abs(left) <= 1e-9 * max(changes.old_area_m2, changes.new_area_m2, 1000.0)
    for by in ("parcel", "commune", "land_type", "holder"):
        sums = group_changes(changes, by)[AREAS].sum()
        assert sums["added_area_m2"] == pytest.approx(changes.added_area_m2, abs=1e-4)
        assert sums["given_back_area_m2"] == pytest.approx(changes.given_back_area_m2, abs=1e-4)
    turned = compare(after, before)
    assert turned.added_area_m2 == pytest.approx(changes.given_back_area_m2, abs=1e-6)


def test_a_version_spelled_in_two_ways_is_one():
    rows = rows_of(("A", "A1", "lần 1"), ("B", "A1", "Lần 02"), ("C", "A1", "lần 2"))
    assert list_versions(rows) == ["lần 1", "Lần 02"]
    held, problems = select_version(rows)
    assert held["right_of_way_id"].to_list() == ["B", "C"]
    assert "1 row(s)" in problems[0].message
    assert select_version(rows, "LẦN 2")[0].equals(held)
    assert find_version(["1", "10"], "01") == "1"
    assert find_version(["1", "10"], "1.0") is None


def test_counts_of_groups_are_whole_numbers():
    changes = compare(boundary(box(0, 0, 100, 50)), boundary(box(0, 0, 100, 300)))
    for by in ("commune", "land_type", "holder"):
        rows = group_changes(changes, by)
        assert "uncovered" in set(rows.iloc[:, 0])
        assert rows["parcel_count"].dtype == "int64", by
