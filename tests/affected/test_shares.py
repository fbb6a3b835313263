"""Shares of all a holder's land, in whole numbers; every expected number is computed by hand."""

from dataclasses import replace
from fractions import Fraction

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import box

from geotool.affected.holdings import make_holdings
from geotool.affected.parcels import measure_land_take
from geotool.affected.shares import (
    SHARE_COLUMNS,
    add_document_shares,
    count_dm2,
    is_severe,
    measure_holder_shares,
)
from geotool.errors import SchemaError
from geotool.rules import load_tolerances
from geotool.rules.severance import load_severe_loss_rule
from tests import village as v

RULE = load_severe_loss_rule()


def parcels(**rows):
    """One row a parcel: name=(drawn_m2, document_m2, land_type)."""
    drawn, document, kinds = zip(*rows.values(), strict=True)
    return gpd.GeoDataFrame(
        {"parcel_id": list(rows), "document_area_m2": document, "land_type": kinds},
        geometry=[box(1000 * i, 0, 1000 * i + area / 10, 10) for i, area in enumerate(drawn)],
        crs=v.CRS,
    )


def taken(**shares):
    return pd.DataFrame({"parcel_id": list(shares), "taken_share": list(shares.values())})


def holdings(*rows):
    names = ["holder_id", "parcel_id", "share_numerator", "share_denominator", "holder_kind"]
    filled = [[*row, *([1, 1, "household"][len(row) - 2 :])] for row in rows]
    return make_holdings(pd.DataFrame(filled, columns=names), pd.DataFrame({"parcel_id": []}))


def measure(held, land, lost, *, rule=RULE, affected=None):
    return measure_holder_shares(held, land, lost, rule=rule, affected=affected)


def only(*args, **options):
    (row,) = measure(*args, **options).holders.to_dict("records")
    return row


@pytest.mark.parametrize(
    ("lost", "total", "severe"),
    [(10, 100, True), (99, 1000, False), (100, 1000, True), (30, 300, True), (0, 100, False),
     (0, 0, False), (1, 10, True), (10**30 - 1, 10**31, False)],
)  # fmt: skip
def test_a_tenth_is_severe_and_less_is_not(lost, total, severe):
    assert is_severe(lost, total, RULE) is severe


@pytest.mark.parametrize(
    ("document_m2", "share", "severe"),
    [(3.0, 0.3 / 3, "yes"), (100.0, 1 - 0.9, "yes"), (1000.0, 0.0999, "no"), (1000.0, 0.1, "yes")],
)
def test_floats_that_miss_a_tenth_by_their_noise_are_severe(document_m2, share, severe):
    row = only(holdings(("H", "P")), parcels(P=(500, document_m2, "LUA")), taken(P=share))
    assert row["severe"] == severe


@pytest.mark.parametrize(
    ("area_m2", "share", "dm2"),
    [(5000.0, 0.19999999999999996, 100_000), (0.25, 0.1, 3), (0.25, 0.1 - 1e-12, 3),
     (100.005, 1.0, 10_001), (0.0, 1.0, 0), (123.456, 1.0, 12_346), (1.0, 0.004, 0)],
)  # fmt: skip
def test_areas_become_whole_dm2_halves_up(area_m2, share, dm2):
    assert count_dm2(area_m2, share) == dm2


def test_the_share_runs_over_all_land_touched_or_not():
    land = parcels(P1=(500, 480, "LUA"), P2=(2000, 2100, "ONT"), P3=(900, 900, "LUA"))
    held = holdings(("H1", "P1"), ("H1", "P2"), ("H2", "P3"))
    row = only(held, land, taken(P1=0.5))
    assert list(row) == list(SHARE_COLUMNS)
    assert row == {
        "holder_id": "H1",
        "holder_kind": "household",
        "parcel_count": 2,
        "total_document_area_m2": 2580.0,
        "lost_document_area_m2": 240.0,
        "lost_share_document": 240 / 2580,
        "total_drawn_area_m2": 2500.0,
        "lost_drawn_area_m2": 250.0,
        "lost_share_drawn": 0.1,
        "severe": "no",
    }


def test_shares_of_a_third_add_exactly():
    land = parcels(P1=(100, 100, "LUA"), P2=(300, 300, "LUA"))
    held = holdings(("H1", "P1", 1, 3), ("H2", "P1", 2, 3), ("H1", "P2", 1, 1), ("H3", "P2", 0, 1))
    rows = measure(held, land, taken(P1=1.0)).holders.set_index("holder_id")
    assert rows.loc["H1", "lost_share_document"] == float(
        Fraction(100, 3) / (300 + Fraction(100, 3))
    )
    assert rows.loc["H1", "severe"] == "yes"  # 33.3 of 333.3 m2, a tenth exactly
    assert rows.loc["H2", ["lost_share_document", "severe"]].to_list() == [1.0, "yes"]
    assert "H3" not in rows.index  # holds untouched land only


def test_without_document_area_the_drawn_one_stands_in_and_is_counted():
    land = parcels(P1=(500, np.nan, "LUA"), P2=(500, 0, "LUA"), P3=(500, 600, "LUA"))
    found = measure(holdings(("H", "P1"), ("H", "P2"), ("H", "P3")), land, taken(P3=0.5))
    row = found.holders.iloc[0]
    assert row["total_document_area_m2"] == 1600.0
    assert row["lost_document_area_m2"] == 300.0
    (problem,) = found.problems
    assert problem.rule == "document_area_missing"
    assert problem.message.startswith("2 parcel(s)")
    assert "P1, P2" in problem.message


def test_a_holding_on_a_parcel_that_is_not_drawn_is_unknown():
    found = measure(
        holdings(("H", "P1"), ("H", "FAR")), parcels(P1=(500, 500, "LUA")), taken(P1=1.0)
    )
    row = found.holders.iloc[0]
    assert (row["severe"], row["parcel_count"]) == ("unknown", 2)
    assert np.isnan(row["lost_share_document"])
    assert np.isnan(row["lost_share_drawn"])
    (problem,) = found.problems
    assert problem.rule == "holding_without_parcel"
    assert "FAR" in problem.message


def test_an_affected_household_without_land_is_unknown_and_not_zero():
    affected = pd.DataFrame({"holder_id": ["H9", "H1"], "holder_kind": "household"})
    found = measure(
        holdings(("H1", "P1")), parcels(P1=(500, 500, "LUA")), taken(), affected=affected
    )
    rows = found.holders.set_index("holder_id")
    assert rows.index.to_list() == ["H1", "H9"]
    assert rows.loc["H1", ["severe", "lost_share_document"]].to_list() == ["no", 0.0]
    assert rows.loc["H9", ["severe", "parcel_count"]].to_list() == ["unknown", 0]
    assert np.isnan(rows.loc["H9", "lost_share_document"])


def test_only_the_land_that_counts_by_the_rule():
    rule = replace(RULE, land_types=frozenset({"LUA", "HNK"}))
    land = parcels(P1=(500, 500, "LUA"), P2=(9000, 9000, "ONT"), P3=(500, 500, "ont+hnk"))
    held = holdings(("H1", "P1"), ("H1", "P2"), ("H1", "P3"), ("H2", "P2"))
    rows = measure(held, land, taken(P1=0.2, P2=1.0), rule=rule).holders.set_index("holder_id")
    assert rows.loc["H1", "total_document_area_m2"] == 1000.0
    assert rows.loc["H1", ["lost_share_document", "severe"]].to_list() == [0.1, "yes"]
    assert rows.loc["H2", "severe"] == "unknown"  # no land that counts is known
    untyped = parcels(P1=(500, 500, "LUA"), P2=(500, 500, None))
    known = only(holdings(("H1", "P1"), ("H1", "P2")), untyped, taken(P1=1.0), rule=rule)
    assert known["severe"] == "unknown"


def test_an_organisation_has_shares_and_no_severity():
    held = holdings(("O", "P1", 1, 1, "organisation"), ("H", "P1"))
    rows = measure(held, parcels(P1=(500, 500, "RPH")), taken(P1=0.5)).holders
    assert rows[["holder_id", "lost_share_document", "severe"]].to_numpy().tolist() == [
        ["H", 0.5, "yes"],
        ["O", 0.5, ""],
    ]


def test_refuses_a_repeated_parcel():
    land = parcels(P1=(500, 500, "LUA"))
    with pytest.raises(SchemaError, match="P1"):
        measure(holdings(("H", "P1")), pd.concat([land, land]), taken(P1=1.0))


def test_order_of_rows_changes_nothing():
    village = v.VILLAGE
    held = make_holdings(v.holdings(village), v.parcels(village))
    land = v.parcels(village)
    lost = taken(**{"2-1": 0.1, "3-1": 1.0, "4-20": 0.1, "3-10": 1.0})
    first = measure(held, land, lost)
    again = measure(held.iloc[::-1], land.iloc[::-1], lost.iloc[::-1])
    pd.testing.assert_frame_equal(first.holders, again.holders)
    rows = first.holders.set_index("holder_id")
    assert rows.loc["H1", "lost_document_area_m2"] == 3000.0  # 500 and half of 5 000
    assert rows.loc["H1", "total_document_area_m2"] == 12500.0
    assert rows.loc["O1", "lost_share_document"] == 0.05


@given(st.lists(st.tuples(st.integers(1, 10**6), st.integers(0, 100)), min_size=1, max_size=6),
       st.integers(1, 5))  # fmt: skip
def test_the_answer_is_that_of_exact_fractions(rows, parts):
    land = parcels(**{f"P{i}": (100, dm2 / 100, "LUA") for i, (dm2, _) in enumerate(rows)})
    lost = taken(**{f"P{i}": share / 100 for i, (_, share) in enumerate(rows)})
    held = holdings(*((("H"), f"P{i}", 1, parts) for i in range(len(rows))))
    row = only(held, land, lost)
    whole = sum(dm2 for dm2, _ in rows)
    gone = sum(int(Fraction(dm2 * share, 100) + Fraction(1, 2)) for dm2, share in rows)
    assert row["severe"] == ("yes" if 10 * gone >= whole else "no")
    assert row["lost_share_document"] == pytest.approx(gone / whole)


def test_parcel_rows_show_both_shares():
    land = v.parcels()
    land["document_area_m2"] = 4800.0
    land.loc[land["parcel_id"] == "2-2", "document_area_m2"] = np.nan
    take = measure_land_take(land, v.cells(), tolerances=load_tolerances()).parcels
    before = take.copy()
    rows = add_document_shares(take)
    assert take.equals(before)
    assert rows.columns[-1] == "geometry"
    rows = rows.set_index("parcel_id")
    names = ["affected_document_area_m2", "taken_share_document"]
    assert rows.loc["2-1", names].to_list() == [480.0, 0.1]
    assert rows.loc["3-1", names].to_list() == [4800.0, 1.0]
    assert rows.loc["2-2", names].isna().all()
