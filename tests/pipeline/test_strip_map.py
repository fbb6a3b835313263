"""The strip map's figures: those of the tables, for every profile, axis and order of rows."""

import dataclasses

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LineString, box

from geotool.pipeline import strip_map
from geotool.pipeline.assess import assess
from geotool.pipeline.inputs import open_project
from geotool.route.stationing import Zone
from geotool.share import redaction
from geotool.share.diagram.records import strip_data
from tests import village, village_project
from tests.village import VILLAGE, Village
from tests.village_project import write_project

PUBLIC, COMMITTEE = (redaction.load_profile(name) for name in ("public", "committee"))


def assessed(folder, on="2024-05-01", **options):
    return assess(open_project(write_project(folder, **options)), on=on)


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    return assessed(tmp_path_factory.mktemp("strip") / "p")


def sums(maps):
    """Return what all bins of all maps hold."""
    return {
        "affected_area_m2": sum(bar.area_m2 for one in maps for bar in one.land),
        "structure_count": sum(bar.count for one in maps for bar in one.structures),
        "dwelling_count": sum(
            bar.count for one in maps for bar in one.structures if bar.kind == "dwelling"
        ),
        "grave_count": sum(bar.count for one in maps for bar in one.graves),
        "grave_margin_count": sum(
            bar.count for one in maps for bar in one.graves if bar.kind == "margin"
        ),
        "crossing_count": sum(len(one.crossings) for one in maps),
    }


@pytest.mark.parametrize("profile", [PUBLIC, COMMITTEE])
def test_bins_add_up_to_the_totals(found, profile):
    maps = strip_map.gather(found, profile)
    for name, value in sums(maps).items():
        assert value == pytest.approx(found.totals[name], rel=1e-12), name


def ends_of(stretch):
    return stretch.span.from_measure_m, stretch.span.to_measure_m


def test_the_village_by_hand(found):
    (one,) = strip_map.gather(found, COMMITTEE)
    assert (one.alignment_id, one.span.from_label, one.span.to_label) == (
        "A1",
        "Km10+000.00",
        "Km12+000.00",
    )
    assert one.bin_m == 20.0
    assert len(one.bins) == 100
    assert len(one.land) == 200
    assert [bar.area_m2 for bar in one.land] == pytest.approx([600.0] * 200)
    other = [bar for bar in one.structures if bar.kind == "other"]
    assert [(bar.bin_index, bar.side) for bar in other] == [
        (column * 5 + 2, "left") for column in range(5)
    ]
    assert {bar.side for bar in one.structures if bar.kind == "dwelling"} == {"on"}
    assert {(bar.side, bar.kind) for bar in one.graves} == {("right", "right_of_way")}
    assert [(c.utility_id, c.voltage_kv, c.label) for c in one.crossings] == [
        ("L1", 500.0, "Km10+300.00"),
        ("L2", 35.0, "Km10+900.00"),
        ("L2", 35.0, "Km10+950.00"),
        ("L4", None, "Km11+700.00"),
    ]
    assert [(s.side, s.span.to_measure_m, s.state, s.date) for s in one.handover] == [
        ("left", 10_800.0, "handed_over", "2024-03-01"),
        ("left", 11_200.0, "handed_over", "2024-04-01"),
        ("left", 12_000.0, "not_handed_over", None),
        ("right", 10_800.0, "handed_over", "2024-03-01"),
        ("right", 12_000.0, "not_handed_over", None),
    ]
    assert [(b.side, *ends_of(b), b.state) for b in one.blockers.stretches] == [
        ("left", 11_200.0, 12_000.0, "not_handed_over"),
        ("right", 10_800.0, 12_000.0, "not_handed_over"),
    ]
    blockers = found.handover.summary["blockers"]
    (cause,) = one.blockers.causes
    counts = (cause.parcel_count, cause.household_count, cause.stretch_count)
    assert sum(counts) == len(blockers)


def test_the_public_sees_sections_and_no_blockers_no_dates(found):
    (one,) = strip_map.gather(found, PUBLIC)
    assert one.bin_m is None
    assert [(s.from_label, s.to_label) for s in one.bins] == [
        ("Km10+000.00", "Km11+000.00"),
        ("Km11+000.00", "Km12+000.00"),
    ]
    by_section = [(bar.bin_index, bar.side, bar.area_m2) for bar in one.land]
    assert by_section == [
        (index, side, pytest.approx(30_000.0)) for index in (0, 1) for side in ("left", "right")
    ]
    assert one.blockers is None
    assert {stretch.date for stretch in one.handover} == {None}


def test_counts_by_section_are_those_of_the_structures(found):
    (one,) = strip_map.gather(found, PUBLIC)
    wanted = found.structures["section_id"].value_counts().to_dict()
    counted = {}
    for bar in one.structures:
        name = one.sections[bar.bin_index].section_id
        counted[name] = counted.get(name, 0) + bar.count
    assert counted == wanted


def test_handed_over_lengths_are_those_of_the_summary(found):
    (one,) = strip_map.gather(found, COMMITTEE)
    for side in ("left", "right"):
        length_m = sum(
            s.span.length_m for s in one.handover if s.side == side and s.state == "handed_over"
        )
        assert length_m / 1000 == pytest.approx(found.handover.summary[f"{side}_km"])


def test_what_is_left_is_what_the_summary_says_and_blocked_where_the_register_says(tmp_path):
    """Handed over to the middle of a parcel; 200 m of the right side blocked, then one parcel."""
    events = village_project.events()
    blocked = events.iloc[[0]].assign(
        event_id="E3",
        event_date="2024-04-02",
        from_chainage="Km10+700",
        to_chainage="Km10+900",
        side="right",
        state="blocked",
    )
    parcel = village_project.all_layers()["parcels"]["parcel_id"].iloc[0]
    told = blocked.assign(event_id="E4", subject="parcel", subject_id=parcel, alignment_id=None)
    told = told.assign(from_chainage=None, to_chainage=None, side=None)
    events.loc[1, "to_chainage"] = "Km11+150"
    events = pd.concat([events, blocked, told], ignore_index=True)
    found = assessed(tmp_path / "p", layers={"events": events})
    (one,) = strip_map.gather(found, COMMITTEE)
    summary = found.handover.summary
    for side in _SIDES:
        left = [b for b in one.blockers.stretches if b.side == side]
        length_m = sum(b.span.length_m for b in left)
        assert length_m / 1000 == pytest.approx(summary["total_km"] - summary[f"{side}_km"])
    right = [(*ends_of(b), b.state) for b in one.blockers.stretches if b.side == "right"]
    assert right == [
        (10_700.0, 10_900.0, "blocked"),
        (10_900.0, 12_000.0, "not_handed_over"),
    ]
    assert [ends_of(b) for b in one.blockers.stretches if b.side == "left"] == [
        (11_150.0, 12_000.0)
    ]


def test_causes_are_for_the_committee_only(tmp_path):
    events = village_project.events()
    events["cause"] = [None, "chờ tái định cư"]
    events.loc[1, "state"] = "markers_handed_over"
    found = assessed(tmp_path / "p", layers={"events": events, "parcels": None, "holdings": None})
    (one,) = strip_map.gather(found, COMMITTEE)
    assert "chờ tái định cư" in [cause.cause for cause in one.blockers.causes]
    (seen,) = strip_map.gather(found, PUBLIC)
    assert "chờ tái định cư" not in repr(strip_data(seen))


def test_the_order_of_rows_changes_nothing(found, tmp_path):
    shuffled = {
        name: frame.sample(frac=1.0, random_state=7)
        for name, frame in village_project.all_layers().items()
    }
    other = assessed(tmp_path / "p", layers=shuffled)
    before, after = (strip_map.gather(one, COMMITTEE) for one in (found, other))
    assert sums(after) == pytest.approx(sums(before))
    (old,), (new,) = before, after
    assert (new.structures, new.graves, new.handover) == (old.structures, old.graves, old.handover)
    assert [b.area_m2 for b in new.land] == pytest.approx([b.area_m2 for b in old.land])


def test_a_turned_village_and_a_wide_left_side(tmp_path):
    found = assessed(tmp_path / "p", village=Village(left_m=40.0, right_m=10.0, angle_deg=33.0))
    maps = strip_map.gather(found, COMMITTEE)
    for name, value in sums(maps).items():
        assert value == pytest.approx(found.totals[name], rel=1e-9), name
    areas = {side: sum(b.area_m2 for b in maps[0].land if b.side == side) for side in _SIDES}
    assert areas == pytest.approx({"left": 80_000.0, "right": 20_000.0}, rel=1e-9)


_SIDES = ("left", "right")


def test_bases_are_kept_apart_and_unknown_ones_are_recovered(found):
    parts = found.land.take.parts
    basis = np.select(
        [parts["parcel_id"].str.startswith("2"), parts["parcel_id"].str.startswith("4")],
        ["donated", "hiến"],
        default="temporary",
    )
    take = dataclasses.replace(found.land.take, parts=parts.assign(basis=basis))
    changed = dataclasses.replace(found, land=dataclasses.replace(found.land, take=take))
    (one,) = strip_map.gather(changed, COMMITTEE)
    areas = {}
    for bar in one.land:
        areas[bar.basis] = areas.get(bar.basis, 0.0) + bar.area_m2
    assert areas == pytest.approx(
        {"donated": 10_000.0, "recovered": 10_000.0, "temporary": 100_000.0}
    )


def test_labels_jump_at_an_equation_and_lengths_do_not(found):
    (axis,) = found.ground.axes
    zones = (
        Zone(1, (10_000.0, 11_000.0), (10_000.0, 11_000.0)),
        Zone(2, (11_000.0, 12_000.0), (11_050.0, 12_050.0)),
    )
    ground = dataclasses.replace(found.ground, axes=[dataclasses.replace(axis, zones=zones)])
    (one,) = strip_map.gather(dataclasses.replace(found, ground=ground), COMMITTEE)
    (equation,) = one.equations
    assert (equation.measure_m, equation.back_label, equation.ahead_label) == (
        11_000.0,
        "Km11+000.00",
        "Km11+050.00",
    )
    assert one.span.to_label == "Km12+050.00"
    assert one.span.length_m == 2000.0
    assert (one.bins[49].to_label, one.bins[50].from_label) == ("Km11+000.00", "Km11+050.00")
    assert {tick.label for tick in one.ticks} >= {"Km10", "Km11+100", "Km12", "Km12+050"}
    assert sums((one,))["affected_area_m2"] == pytest.approx(120_000.0)


def test_two_alignments_share_the_totals(tmp_path):
    second = village.alignments(Village(axis_y_m=225.0)).assign(alignment_id="A10", name="Second")
    first = village.alignments().assign(name=None)
    lines = gpd.GeoDataFrame(pd.concat([second, first], ignore_index=True), crs=first.crs)
    events = village_project.events()
    found = assessed(tmp_path / "p", layers={"alignments": lines, "events": events})
    maps = strip_map.gather(found, COMMITTEE)
    assert [one.alignment_id for one in maps] == ["A1", "A10"]
    assert [one.title for one in maps] == ["A1", "Second (A10)"]
    for name, value in sums(maps).items():
        assert value == pytest.approx(found.totals[name], rel=1e-9), name
    assert {stretch.state for stretch in maps[1].handover} == {"not_handed_over"}


def test_without_alignments_there_is_no_strip_map(found):
    bare = dataclasses.replace(found, ground=dataclasses.replace(found.ground, axes=[]))
    assert strip_map.gather(bare, COMMITTEE) == ()


@pytest.mark.parametrize("profile", ["public", "committee"])
def test_land_beyond_the_end_makes_no_bin_of_kilometres_width(tmp_path, profile):
    """The axis ends 0.4 m after a kilometre, its right of way 99.6 m later."""
    rows = [{"alignment_id": "A1", "name": "", "start_chainage": "Km10+600", "direction": "up"}]
    axis = VILLAGE.frame(rows, [LineString([(100.0, 125.0), (1_500.4, 125.0)])])
    land = VILLAGE.frame(
        [{"right_of_way_id": "R1", "alignment_id": "A1"}], [box(0.0, 95.0, 1_600.0, 155.0)]
    )
    folder = write_project(
        tmp_path, layers={"alignments": axis, "right_of_way": land, "events": None}
    )
    toml = folder / "geotool.toml"
    text = toml.read_text(encoding="utf-8")
    toml.write_text(
        text.replace("[corridor]\nleft_m = 30.0\nright_m = 30.0\n", ""), encoding="utf-8"
    )
    assessment = assess(open_project(folder), on="2024-05-01")
    (one,) = strip_map.gather(assessment, redaction.load_profile(profile))
    assert min(span.length_m for span in one.bins) >= 5.0
    assert sum(bar.area_m2 for bar in one.land) == pytest.approx(1_600 * 60)
    widths = [bar.area_m2 / one.bins[bar.bin_index].length_m for bar in one.land]
    assert max(widths) < 30.0 * 21
    assert one.bins[0].from_measure_m == one.span.from_measure_m
    assert one.bins[-1].to_measure_m == one.span.to_measure_m


def test_missing_layers_leave_tracks_out(tmp_path):
    names = ("parcels", "holdings", "structures", "graves", "utilities", "events")
    found = assessed(tmp_path / "p", layers=dict.fromkeys(names))
    (one,) = strip_map.gather(found, COMMITTEE)
    tracks = (one.land, one.structures, one.graves, one.crossings, one.handover, one.blockers)
    assert tracks == (None,) * 6


@given(st.floats(0.5, 3e6), st.floats(-1e6, 1e6))
def test_bins_are_round_and_two_hundred_at_most(length_m, start_m):
    step = strip_map.bin_length_m(length_m)
    assert float(f"{step:.0e}") == step
    assert str(int(step)).rstrip("0") in ("1", "2", "5")
    inner = np.floor((start_m + length_m) / step) - np.floor(start_m / step)
    assert inner + 1 <= 200
    smaller = step / 2.5 if str(int(step))[0] == "5" else step / 2
    assert step == 10.0 or length_m / smaller > 198 - 1e-6
