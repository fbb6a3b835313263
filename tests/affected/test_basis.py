"""Recovered, donated and temporary land: given once, adding up, and whom it makes affected."""

import pandas as pd
import pytest
from geopandas.testing import assert_geodataframe_equal
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from geotool.affected.donations import measure_donations
from geotool.affected.features import measure_features
from geotool.affected.holders import count_households, group_households, measure_households
from geotool.affected.holdings import make_holdings
from geotool.affected.parcels import BASIS_AREAS, measure_land_take
from geotool.affected.sums import reconcile
from geotool.affected.totals import group_features, group_land_take
from geotool.route.bases import BASES
from geotool.route.corridor import split_sections
from geotool.route.takings import disjoint_rows, find_basis_problems, read_basis
from geotool.rules import load_residential_land_types, load_tolerances
from tests import village as v

TOLERANCES = load_tolerances()
CODES = load_residential_land_types()
RECOVERED = ("R1", "recovered", box(0, 95, 2000, 155))
DONATED = ("R2", "donated", box(50, 150, 150, 165))  # 10 x 100 m outside R1, in 4-1 and 4-2
TEMPORARY = ("R3", "temporary", box(300, 155, 400, 165))  # in 4-4
DONOR_ONLY = ("R4", "donated", box(0, 200, 100, 210))  # in 5-1, held by U1
USED_ONLY = ("R5", "temporary", box(100, 0, 200, 10))  # in 1-2, held by U2


def strip(*rows, **columns):
    ids, bases, shapes = zip(*rows, strict=True)
    data = [{"right_of_way_id": key, "basis": basis} for key, basis in zip(ids, bases, strict=True)]
    return v.VILLAGE.frame(data, list(shapes)).assign(**columns)


def take_of(*rows):
    cells = split_sections(strip(*rows), [], None)
    return measure_land_take(v.parcels(), cells, tolerances=TOLERANCES)


def people_of(*rows, structures=None, holdings=None):
    held = make_holdings(v.holdings() if holdings is None else holdings, v.parcels())
    return measure_households(held, take_of(*rows), structures, residential_codes=CODES)


def test_a_donated_strip_across_two_parcels():
    take = take_of(RECOVERED, DONATED)
    rows = take.parcels.set_index("parcel_id")
    for key in ("4-1", "4-2"):
        assert rows.loc[key, list(BASIS_AREAS)].to_list() == pytest.approx([500.0, 500.0, 0.0])
        assert rows.loc[key, "affected_area_m2"] == pytest.approx(1000.0)
        assert rows.loc[key, "remainder_m2"] == pytest.approx(4000.0)
        assert rows.loc[key, "taken_share"] == pytest.approx(0.2)
    assert take.areas_by_basis == pytest.approx(
        {"recovered_area_m2": 120_000.0, "donated_area_m2": 1000.0, "temporary_area_m2": 0.0}
    )
    assert reconcile(take, TOLERANCES).corridor_area_m2 == pytest.approx(121_000.0)


def test_temporary_land_is_not_lost_for_good():
    take = take_of(RECOVERED, TEMPORARY, USED_ONLY)
    rows = take.parcels.set_index("parcel_id")
    assert rows.loc["4-4", "affected_area_m2"] == pytest.approx(1500.0)
    assert rows.loc["4-4", "remainder_m2"] == pytest.approx(4500.0)
    assert rows.loc["4-4", "taken_share"] == pytest.approx(0.1)
    assert rows.loc["4-4", "take_class"] == "partial"
    assert rows.loc["1-2", ["remainder_m2", "taken_share"]].to_list() == [5000.0, 0.0]
    assert rows.loc["1-2", "take_class"] == "temporary"
    assert rows.loc["3-1", "take_class"] == "full"


def test_overlapping_rows_give_ground_to_the_first_basis():
    same = box(0, 0, 100, 50)
    rows = strip(("R1", "temporary", same), ("R9", "donated", same), ("R10", None, same))
    held = disjoint_rows(rows)
    assert held["right_of_way_id"].to_list() == ["R10"]
    assert held["basis"].to_list() == ["recovered"]
    half = strip(("R1", "temporary", same), ("R9", "donated", box(0, 0, 50, 50)))
    held = disjoint_rows(half.iloc[::-1]).set_index("basis")
    assert held.geometry.area.to_dict() == {"donated": 2500.0, "temporary": 2500.0}
    two = strip(("R10", "donated", same), ("R9", "donated", box(50, 0, 150, 50)))
    assert disjoint_rows(two).set_index("right_of_way_id").area.to_dict() == {
        "R9": 5000.0,
        "R10": 2500.0,
    }


def test_a_right_of_way_all_recovered_has_no_columns_of_bases():
    blank = strip(("R1", "", RECOVERED[2]))
    assert split_sections(blank, [], None)["basis"].to_list() == ["recovered"]
    take = take_of(("R1", "Recovered ", RECOVERED[2]))
    assert not take.by_basis
    assert not set(BASIS_AREAS) & set(take.parcels.columns)
    assert take.areas_by_basis["recovered_area_m2"] == pytest.approx(120_000.0)
    groups = group_land_take(take, ["basis"])
    assert groups["basis"].to_list() == ["recovered", "overlap", "uncovered"]


def test_groups_by_basis_add_up():
    take = take_of(RECOVERED, DONATED, TEMPORARY, USED_ONLY)
    groups = group_land_take(take, ["basis"]).set_index("basis")
    assert groups.loc["donated", "affected_area_m2"] == pytest.approx(1000.0)
    assert groups.loc["temporary", "affected_area_m2"] == pytest.approx(2000.0)
    assert groups.loc["recovered", "corridor_area_m2"] == pytest.approx(120_000.0)
    by_land = group_land_take(take, ["land_type"])
    sums = by_land[list(BASIS_AREAS)].sum()
    assert sums.to_list() == pytest.approx([120_000.0, 1000.0, 2000.0])
    assert sums.sum() == pytest.approx(by_land["affected_area_m2"].sum())


def test_who_only_donates_is_not_affected_by_recovery():
    people = people_of(RECOVERED, DONOR_ONLY, USED_ONLY)
    assert count_households(people)["affected_count"] == 21  # H1..H20 and U2
    assert "U1" not in set(people.holders["household_id"])
    assert "U1" not in set(people.places["household_id"])
    assert people.donors["household_id"].to_list() == ["U1"]
    assert people.donors["donated_area_m2"].to_list() == pytest.approx([1000.0])
    rows = people.holders.set_index("household_id")
    assert rows.loc["U2", "temporary_area_m2"] == pytest.approx(1000.0)
    assert rows["recovered_area_m2"].sum() == pytest.approx(119_000.0)  # O1 has 1 000 m2


def test_a_structure_taken_makes_a_donor_affected():
    taken = pd.DataFrame(
        [
            {
                "structure_id": "S",
                "holder_id": "U1",
                "holder_kind": "household",
                "use": "dwelling",
                "alignment_id": "",
                "section_id": "",
                "commune_id": "",
            }
        ]
    )
    people = people_of(DONOR_ONLY, structures=taken)
    assert people.holders["household_id"].to_list() == ["U1"]
    assert people.donors.empty
    assert people.holders["donated_area_m2"].to_list() == pytest.approx([1000.0])


def test_donated_dwelling_land_is_no_residential_land_recovered():
    given_away = ("R1", "donated", box(0, 100, 100, 110))  # 3-1, residential
    taken = ("R2", "recovered", box(0, 50, 100, 60))  # 2-1, paddy of H1
    people = people_of(given_away, taken)
    assert people.holders["household_id"].to_list() == ["H1"]
    assert not people.holders["residential"].any()
    assert people.donors["household_id"].to_list() == ["H2"]  # holds half of 3-1


def test_a_third_of_a_parcel():
    thirds = pd.DataFrame(
        {
            "holder_id": ["A", "B", "C"],
            "holder_kind": "household",
            "parcel_id": "4-1",
            "share_numerator": 1,
            "share_denominator": 3,
        }
    )
    people = people_of(RECOVERED, DONATED, holdings=thirds)
    rows = people.holders.set_index("household_id").loc[["A", "B", "C"]]
    for name, area in (("recovered_area_m2", 500), ("donated_area_m2", 500)):
        assert rows[name].to_list() == pytest.approx([area / 3] * 3)
    assert rows["affected_area_m2"].sum() == pytest.approx(1000.0)


def test_donations_by_row():
    rows = strip(RECOVERED, DONATED, DONOR_ONLY, minutes_no=["", "12/BB", None])
    rows["stated_value_vnd"] = [None, 5_000_000, None]
    found = measure_donations(v.parcels(), rows, disjoint_rows(rows), tolerances=TOLERANCES)
    assert found["right_of_way_id"].to_list() == ["R2", "R4"]
    assert found["minutes_no"].to_list() == ["12/BB", ""]
    assert found["donated_area_m2"].to_list() == pytest.approx([1000.0, 1000.0])
    assert found["parcel_count"].to_list() == [2, 1]
    assert found["stated_value_vnd"].to_list()[0] == 5_000_000
    none = strip(RECOVERED)
    assert measure_donations(v.parcels(), none, disjoint_rows(none), tolerances=TOLERANCES).empty


def test_words_in_doubt_are_findings():
    rows = strip(RECOVERED, ("R2", "gift", DONATED[2]), DONOR_ONLY, minutes_no=["", "", " "])
    assert read_basis(rows).to_list() == ["recovered", "recovered", "donated"]
    problems = {problem.rule: problem for problem in find_basis_problems(rows)}
    assert set(problems) == {"unknown_basis", "donation_without_minutes"}
    assert "gift" in problems["unknown_basis"].message
    assert problems["donation_without_minutes"].key == "R4"
    assert not find_basis_problems(strip(RECOVERED))
    assert not find_basis_problems(strip(DONATED, minutes_no="3"))


def test_a_donation_of_recovered_ground_gives_nothing_and_is_a_finding():
    rows = strip(
        ("R1", "recovered", box(0, 0, 100, 50)),
        ("R2", "donated", box(10, 10, 30, 30)),
        ("R3", "donated", box(90, 0, 110, 50)),
        ("R4", "temporary", box(0, 0, 50, 50)),
        minutes_no="7",
    )
    (problem,) = find_basis_problems(rows.set_index(pd.Index([5, 5, 6, 7])))
    assert (problem.rule, problem.key) == ("donation_without_ground", "R2")


def test_a_line_and_a_point_on_the_common_edge_count_once():
    cells = split_sections(strip(RECOVERED, ("R2", "donated", box(0, 155, 2000, 165))), [], None)
    line = v.utilities().iloc[:1].assign(utility_id="E")
    edge = v.VILLAGE.frame([{"utility_id": "E"}], [box(0, 155, 100, 155.0).exterior.centroid])
    point = measure_features(edge, cells, key="utility_id", tolerances=TOLERANCES)
    assert point.parts["affected_count"].to_list() == [1.0]
    assert point.parts["basis"].to_list() == ["recovered"]
    crossing = measure_features(line, cells, key="utility_id", tolerances=TOLERANCES)
    assert crossing.parts["affected_length_m"].to_list() == pytest.approx([60.0, 10.0])
    groups = group_features(crossing, line, ["basis"])
    assert groups["affected_length_m"].sum() == pytest.approx(70.0)


SIDES = st.integers(min_value=0, max_value=20)


@st.composite
def strips(draw):
    rows = []
    for number in range(draw(st.integers(min_value=1, max_value=5))):
        west, south = draw(SIDES) * 37.5, draw(SIDES) * 9.5
        east, north = west + 12.5 + draw(SIDES) * 41.0, south + 3.5 + draw(SIDES) * 7.0
        rows.append(
            (f"R{number}", draw(st.sampled_from([*BASES, ""])), box(west, south, east, north))
        )
    return rows


@settings(max_examples=25, deadline=None)
@given(strips(), st.randoms(use_true_random=False))
def test_bases_divide_what_is_affected_whatever_the_order_of_rows(rows, random):
    frame = strip(*rows)
    before = frame.copy()
    take = measure_land_take(v.parcels(), split_sections(frame, [], None), tolerances=TOLERANCES)
    assert reconcile(take, TOLERANCES).reconciles
    assert take.cells["corridor_area_m2"].sum() == pytest.approx(frame.union_all().area)
    affected = take.parcels["affected_area_m2"].sum()
    assert sum(take.areas_by_basis.values()) == pytest.approx(affected)
    lost = take.parcels["drawn_area_m2"] - take.parcels["remainder_m2"]
    used = take.areas_by_basis["temporary_area_m2"]
    assert lost.sum() == pytest.approx(affected - used, abs=1e-4)
    assert_geodataframe_equal(frame, before)
    random.shuffle(rows)
    again = measure_land_take(
        v.parcels(), split_sections(strip(*rows), [], None), tolerances=TOLERANCES
    )
    assert again.areas_by_basis == pytest.approx(take.areas_by_basis)


def test_donations_of_two_alignments_under_one_id_and_of_no_ground_left():
    rows = strip(
        RECOVERED, DONATED, ("R2", "donated", DONOR_ONLY[2]), ("R0", "donated", box(0, 100, 9, 109))
    )
    rows = rows.assign(minutes_no=["", "A", "B", "C"], stated_value_vnd=[None, 1, 2, 3])
    rows.index = [7, 7, 3, 3]
    found = measure_donations(v.parcels(), rows, disjoint_rows(rows), tolerances=TOLERANCES)
    assert found["minutes_no"].to_list() == ["C", "A", "B"]
    assert found["stated_value_vnd"].to_list() == [3.0, 1.0, 2.0]
    assert found["donated_area_m2"].to_list() == pytest.approx([0.0, 1000.0, 1000.0])
    assert found["parcel_count"].to_list() == [0, 2, 1]


def test_groups_of_households_divide_their_land_by_basis():
    people = people_of(RECOVERED, DONATED, TEMPORARY)
    groups = group_households(people, "commune")
    for name in ("affected_area_m2", *BASIS_AREAS):
        assert groups[name].sum() == pytest.approx(people.holders[name].sum())
    assert groups["donated_area_m2"].sum() == pytest.approx(1000.0)
    assert groups[list(BASIS_AREAS)].sum(axis=1).to_list() == pytest.approx(
        groups["affected_area_m2"].to_list()
    )
