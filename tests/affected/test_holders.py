"""Households and organisations of the village, each counted once."""

import pandas as pd
import pytest

from geotool.affected.holders import (
    count_households,
    group_households,
    measure_households,
    measure_organisations,
)
from geotool.affected.holdings import join_holdings, join_structure_holders, make_holdings
from geotool.affected.parcels import measure_land_take
from geotool.affected.structures import measure_structures
from geotool.errors import SchemaError, UsageError
from geotool.rules import load_residential_land_types, load_tolerances
from tests import village as v

TOLERANCES = load_tolerances()
CODES = load_residential_land_types()


def measure(village=v.VILLAGE, *, holdings=None, households=None, columns=(), structures=True):
    cells = v.cells(village, by_commune=True)
    take = measure_land_take(v.parcels(village), cells, tolerances=TOLERANCES)
    held = make_holdings(v.holdings(village) if holdings is None else holdings, v.parcels(village))
    taken = measure_structures(v.structures(village), cells, tolerances=TOLERANCES)
    taken = join_structure_holders(taken, held, v.organisations(village))
    taken = taken if structures else None
    people = measure_households(
        held, take, taken, residential_codes=CODES, households=households, columns=columns
    )
    return people, measure_organisations(held, take, taken, residential_codes=CODES), take


@pytest.mark.parametrize("angle_deg", [0.0, 37.0])
def test_three_counts_of_the_village(angle_deg):
    people, offices, _ = measure(v.Village(angle_deg=angle_deg))
    assert count_households(people) == {
        "affected_count": 20,
        "relocated_count": 10,
        "residential_count": 15,
    }
    assert people.holders["household_id"].to_list() == [f"H{i}" for i in range(1, 21)]
    assert offices.holders["organisation_id"].to_list() == ["O1"]
    relocated = people.holders.loc[people.holders["relocated"], "household_id"].to_list()
    assert relocated == [f"H{i}" for i in range(2, 21, 2)]


def test_share_weighted_areas():
    people, offices, take = measure()
    area = people.holders.set_index("household_id")["affected_area_m2"]
    assert area["H1"] == pytest.approx(3_500.0)
    assert area["H2"] == pytest.approx(8_500.0)
    assert area["H10"] == pytest.approx(6_000.0)
    assert area["H20"] == pytest.approx(5_500.0)
    total = area.sum() + offices.holders["affected_area_m2"].sum()
    assert total == pytest.approx(take.parcels["affected_area_m2"].sum())


def test_counts_of_parcels_and_structures():
    people, _, _ = measure()
    rows = people.holders.set_index("household_id")
    counts = ["parcel_count", "full_count", "structure_count", "dwelling_count"]
    assert rows.loc["H1", counts].to_list() == [3, 1, 1, 0]
    assert rows.loc["H2", counts].to_list() == [4, 2, 2, 1]
    assert rows.loc["H19", counts].to_list() == [2, 1, 0, 0]
    assert rows.loc["H13", "commune_ids"] == "C1, C2"
    assert rows.loc["H13", "section_ids"] == "Km11-Km12"


def test_groups_by_commune_add_up():
    people, offices, _ = measure()
    groups = group_households(people, "commune").set_index("commune_id")
    columns = ["affected_count", "relocated_count", "residential_count"]
    assert groups.loc["C1", columns].to_list() == [13, 6, 13]
    assert groups.loc["C2", columns].to_list() == [8, 4, 3]
    assert groups.loc["shared", columns].to_list() == [-1, 0, -1]
    assert groups.index.to_list()[-1] == "shared"
    assert groups[columns].sum().to_list() == [20, 10, 15]
    assert groups["affected_area_m2"].sum() == pytest.approx(119_000.0)
    assert group_households(offices, "commune")["commune_id"].to_list() == ["C2", "shared"]


def test_groups_by_section_and_alignment():
    people, _, _ = measure()
    sections = group_households(people, "section").set_index("section_id")
    assert sections["affected_count"].to_dict() == {"Km10-Km11": 10, "Km11-Km12": 10, "shared": 0}
    assert group_households(people, "alignment")["affected_count"].to_list() == [20, 0]
    with pytest.raises(UsageError):
        group_households(people, "land_type")


def test_ground_that_communes_share_is_taken_back():
    cells = v.cells().assign(commune_id="C1", weight=1.0)
    cells = pd.concat(
        [
            cells,
            cells.assign(commune_id="C2"),
            cells.assign(commune_id="shared", weight=-1.0),
        ]
    )
    take = measure_land_take(v.parcels(), cells, tolerances=TOLERANCES)
    held = make_holdings(v.holdings(), v.parcels())
    people = measure_households(held, take, residential_codes=CODES)
    groups = group_households(people, "commune").set_index("commune_id")
    assert groups["affected_count"].to_dict() == {"C1": 20, "C2": 20, "shared": -20}
    assert groups["affected_area_m2"].to_list() == pytest.approx([119_000.0, 119_000.0, -119_000.0])


def test_only_the_columns_asked_for_are_carried():
    people, _, _ = measure(households=v.households(), columns=("category", "people_count"))
    assert "head_name" not in people.holders.columns
    assert "phone" not in people.holders.columns
    assert people.holders["people_count"].to_list() == [4] * 20
    assert people.unlisted == ()


def test_holder_missing_from_the_register_is_counted_apart():
    register = v.households()[lambda f: f["household_id"] != "H7"]
    people, _, _ = measure(households=register)
    assert len(people.holders) == 19
    assert people.unlisted == ("H7",)
    assert "H7" not in set(people.places["household_id"])
    groups = group_households(people, "commune")
    assert groups["affected_count"].sum() == 19


def test_a_structure_alone_makes_a_household_affected():
    none = v.holdings()[lambda f: f["holder_id"] == "U1"]
    people, offices, _ = measure(holdings=none)
    assert offices.holders.empty
    # ten dwellings in the strip and five secondary structures, two households have both
    assert count_households(people)["affected_count"] == 13
    assert count_households(people)["relocated_count"] == 10
    assert people.holders["affected_area_m2"].sum() == 0.0
    assert people.holders["parcel_count"].sum() == 0


def test_without_structures_nobody_is_relocated():
    people, _, _ = measure(structures=False)
    assert count_households(people) == {
        "affected_count": 20,
        "relocated_count": 0,
        "residential_count": 15,
    }


def test_structures_of_organisations_are_theirs():
    cells = v.cells(by_commune=True)
    own = v.structures().assign(holder_id="O1")
    taken = measure_structures(own, cells, tolerances=TOLERANCES)
    held = make_holdings(v.holdings()[lambda f: f["holder_kind"] == "household"], v.parcels())
    taken = join_structure_holders(taken, held, v.organisations())
    assert set(taken["holder_kind"]) == {"organisation"}
    take = measure_land_take(v.parcels(), cells, tolerances=TOLERANCES)
    offices = measure_organisations(held, take, taken, residential_codes=CODES)
    assert offices.holders["structure_count"].to_list() == [15]


def test_holder_columns_of_the_parcel_layer_are_holdings():
    parcels = v.parcels().assign(household_id="H1", organisation_id=None)
    parcels.loc[parcels["parcel_id"] == "3-2", "organisation_id"] = "O9"
    table = pd.DataFrame({"holder_id": ["H5"], "parcel_id": ["3-1"]})
    held = make_holdings(table, parcels)
    assert held[held["parcel_id"] == "3-1"]["holder_id"].to_list() == ["H5"]
    assert held[held["parcel_id"] == "3-2"]["holder_id"].to_list() == ["H1", "O9"]
    assert set(held["share"]) == {1.0}
    assert len(make_holdings(None, parcels)) == 101
    assert make_holdings(None, v.parcels()).empty


def test_shares_and_kinds_default():
    table = pd.DataFrame(
        {
            "holder_id": ["H1", "H2", None, "H3"],
            "parcel_id": ["3-1", "3-1", "3-1", None],
            "share_numerator": [1, None, 1, 1],
            "share_denominator": [3, None, 1, 1],
        }
    )
    held = make_holdings(table, v.parcels())
    assert held["holder_id"].to_list() == ["H1", "H2"]
    assert held["share"].to_list() == pytest.approx([1 / 3, 1.0])
    assert held["holder_kind"].to_list() == ["household", "household"]
    with pytest.raises(SchemaError, match="holder_id"):
        make_holdings(pd.DataFrame({"parcel_id": ["3-1"]}), v.parcels())


def test_join_holdings_weights_by_share():
    _, _, take = measure()
    held = make_holdings(v.holdings(), v.parcels())
    joined = join_holdings(held, take.parcels)
    half = joined[joined["parcel_id"] == "3-1"]
    assert half["affected_area_m2"].to_list() == [2500.0, 2500.0]
    assert half["whole_affected_area_m2"].to_list() == [5000.0, 5000.0]
    assert len(joined) == 61


def test_nobody_affected():
    far = v.parcels()[lambda f: f["sheet_no"] == "1"]
    take = measure_land_take(far, v.cells(by_commune=True), tolerances=TOLERANCES)
    held = make_holdings(v.holdings(), v.parcels())
    people = measure_households(held, take, residential_codes=CODES)
    assert people.holders.empty
    assert group_households(people, "commune")["affected_count"].to_list() == [0]


def test_inputs_are_not_changed():
    holdings, households = v.holdings(), v.households()
    copies = holdings.copy(deep=True), households.copy(deep=True)
    measure(holdings=holdings, households=households, columns=("category",))
    pd.testing.assert_frame_equal(holdings, copies[0])
    pd.testing.assert_frame_equal(households, copies[1])


def test_a_holder_of_unstated_kind_is_what_the_registers_say():
    holdings = v.holdings().drop(columns="holder_kind")
    held = make_holdings(holdings, v.parcels(), v.organisations())
    kinds = held.drop_duplicates("holder_id").set_index("holder_id")["holder_kind"]
    assert kinds["O1"] == "organisation"
    assert kinds["H1"] == "household"
