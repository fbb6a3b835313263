"""Groups add up to the totals, and totals that do not add up are refused."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from geotool.affected.features import measure_features
from geotool.affected.parcels import measure_land_take
from geotool.affected.sums import check_reconciles, reconcile
from geotool.affected.totals import group_features, group_land_take, sort_groups
from geotool.errors import CheckError, UsageError
from geotool.rules import load_tolerances
from tests import village as v

TOLERANCES = load_tolerances()


@pytest.fixture(scope="module")
def take():
    """The village with a hole (5-1 and 3-5 missing) and a parcel drawn over 3-7 and 3-8."""
    parcels = v.parcels()
    extra = parcels[parcels["parcel_id"] == "3-7"].assign(parcel_id="X", land_type=None)
    extra = extra.set_geometry(extra.geometry.translate(50.0, 0.0))
    kept = parcels[~parcels["parcel_id"].isin(["3-5"])]
    both = kept.iloc[::-1]
    return measure_land_take(
        pd.concat([both, extra]), v.cells(by_commune=True), tolerances=TOLERANCES
    )


def test_identity_with_overlap_and_gap(take):
    totals = reconcile(take, TOLERANCES)
    assert totals.reconciles
    assert totals.corridor_area_m2 == pytest.approx(120_000.0)
    assert totals.overlap_area_m2 == pytest.approx(5_000.0)
    assert totals.uncovered_area_m2 == pytest.approx(5_000.0)
    assert totals.affected_area_m2 == pytest.approx(120_000.0)
    check_reconciles(totals)


@pytest.mark.parametrize(
    "by",
    [
        ("commune",),
        ("land_type",),
        ("section",),
        ("alignment",),
        ("parcel",),
        ("commune", "land_type"),
        ("section", "commune", "land_type"),
        ("alignment", "section", "commune"),
    ],
)
def test_every_grouping_adds_up(take, by):
    totals = reconcile(take, TOLERANCES)
    groups = group_land_take(take, by)
    assert groups["affected_area_m2"].sum() == pytest.approx(totals.affected_area_m2)
    assert groups["overlap_area_m2"].sum() == pytest.approx(totals.overlap_area_m2)
    assert groups["uncovered_area_m2"].sum() == pytest.approx(totals.uncovered_area_m2)
    first = groups.columns[0]
    assert groups[first].to_list()[-2:] == ["overlap", "uncovered"]
    assert (groups["affected_area_m2"].to_numpy()[-2:] == 0.0).all()
    assert (groups["overlap_area_m2"].to_numpy()[:-2] == 0.0).all()
    spatial = {"commune", "section", "alignment"} >= set(by)
    if spatial:
        assert groups["corridor_area_m2"].sum() == pytest.approx(totals.corridor_area_m2)
    else:
        assert groups["corridor_area_m2"].isna().all()


def test_group_counts_by_hand():
    take = measure_land_take(v.parcels(), v.cells(by_commune=True), tolerances=TOLERANCES)
    groups = group_land_take(take, ["commune"]).set_index("commune_id")
    # column 13 lies in both communes: 13 + 8 columns of three parcels
    assert groups.loc["C1", ["affected_count", "full_count", "partial_count"]].to_list() == [
        39,
        13,
        26,
    ]
    assert groups.loc["C2", "affected_count"] == 24
    assert groups.loc["C1", "affected_area_m2"] == pytest.approx(75_000.0)
    assert groups.loc["C2", "corridor_area_m2"] == pytest.approx(45_000.0)
    by_type = group_land_take(take, ["land_type"]).set_index("land_type")
    assert by_type.loc["ONT", "affected_area_m2"] == pytest.approx(70_000.0)
    assert by_type.loc["ONT+CLN", "affected_area_m2"] == pytest.approx(5_000.0)
    assert by_type.loc["CLN", "affected_area_m2"] == pytest.approx(35_000.0)
    assert by_type.loc["LUA", "affected_area_m2"] == pytest.approx(10_000.0)
    assert by_type.index.to_list() == ["CLN", "LUA", "ONT", "ONT+CLN", "overlap", "uncovered"]


def test_missing_land_type_is_the_empty_group(take):
    groups = group_land_take(take, ["land_type"]).set_index("land_type")
    assert groups.loc["", "affected_area_m2"] == pytest.approx(5_000.0)
    assert groups.index.to_list()[-3:] == ["", "overlap", "uncovered"]


def test_section_without_any_parcel_keeps_its_row():
    west = v.parcels()[lambda f: f["parcel_no"].astype(int) <= 10]
    take = measure_land_take(west, v.cells(), tolerances=TOLERANCES)
    groups = group_land_take(take, ["section"]).set_index("section_id")
    assert groups.loc["Km11-Km12", "affected_count"] == 0
    assert groups.loc["Km11-Km12", "corridor_area_m2"] == pytest.approx(60_000.0)
    assert groups.loc["uncovered", "uncovered_area_m2"] == pytest.approx(60_000.0)


def test_sections_sort_naturally():
    village = v.Village(section_m=100.0)
    take = measure_land_take(v.parcels(village), v.cells(village), tolerances=TOLERANCES)
    names = group_land_take(take, ["section"])["section_id"].to_list()
    assert names[:-2] == [name for name, *_ in v.section_ranges(village)]


def test_wrong_groupings_are_usage_errors(take):
    for by in ([], ["village"], ["commune", "commune"]):
        with pytest.raises(UsageError):
            group_land_take(take, by)


@pytest.mark.parametrize("table", ["parcels", "cells"])
def test_a_lost_square_metre_is_refused(take, table):
    changed = getattr(take, table).copy()
    changed.loc[changed.index[0], "affected_area_m2"] += 1.0
    totals = reconcile(replace(take, **{table: changed}), TOLERANCES)
    assert not totals.reconciles
    with pytest.raises(CheckError, match="do not reconcile") as caught:
        check_reconciles(totals)
    assert caught.value.exit_code == 5


def test_errors_of_two_cells_do_not_cancel(take):
    changed = take.cells.copy()
    changed.loc[0, "affected_area_m2"] += 1.0
    changed.loc[1, "affected_area_m2"] -= 1.0
    assert not reconcile(replace(take, cells=changed), TOLERANCES).reconciles


def test_features_group_by_own_and_spatial_columns():
    graves = v.graves()
    take = measure_features(graves, v.cells(by_commune=True), key="grave_id", tolerances=TOLERANCES)
    groups = group_features(take, graves, ["ownership"]).set_index("ownership")
    assert groups["affected_count"].to_dict() == {"owned": 8, "ownerless": 4}
    crossed = group_features(take, graves, ["commune", "ownership"])
    assert crossed["affected_count"].sum() == 12
    with pytest.raises(UsageError, match="colour"):
        group_features(take, graves, ["colour"])


def test_features_in_shared_ground_count_back():
    cells = v.cells()
    both = v.cells().assign(commune_id="shared", weight=-1.0)
    cells = pd.concat(
        [
            cells.assign(commune_id="C1", weight=1.0),
            cells.assign(commune_id="C2", weight=1.0),
            both,
        ]
    )
    graves = v.graves()
    take = measure_features(graves, cells, key="grave_id", tolerances=TOLERANCES)
    groups = group_features(take, graves, ["commune"]).set_index("commune_id")
    assert groups["affected_count"].to_dict() == {"C1": 12, "C2": 12, "shared": -12}
    assert np.isclose(take.features["inside"].sum(), groups["affected_count"].sum())


def test_sort_groups_puts_rows_that_are_no_names_last():
    frame = pd.DataFrame(
        {"commune_id": ["shared", "C10", "overlap", "", "C2", "outside", "uncovered"]}
    )
    names = sort_groups(frame, ["commune_id"])["commune_id"].to_list()
    assert names == ["C2", "C10", "", "outside", "shared", "overlap", "uncovered"]


def test_parcels_in_shared_ground_count_back():
    cells = v.cells().assign(commune_id="C1", weight=1.0)
    cells = pd.concat(
        [cells, cells.assign(commune_id="C2"), cells.assign(commune_id="shared", weight=-1.0)]
    )
    take = measure_land_take(v.parcels(), cells, tolerances=TOLERANCES)
    groups = group_land_take(take, ["commune"]).set_index("commune_id")
    assert groups["affected_count"].to_dict() == {
        "C1": 60,
        "C2": 60,
        "shared": -60,
        "overlap": 0,
        "uncovered": 0,
    }
    assert group_land_take(take, ["land_type"])["affected_count"].sum() == 60
    assert groups["affected_area_m2"].sum() == pytest.approx(120_000.0)
