"""Who blocks: parcels, households, stretches."""

from itertools import pairwise

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geotool.progress import blockers, handover
from geotool.rules import load_tolerances
from tests.progress.test_events import axis, read, stretch, table
from tests.progress.test_handover import ky_anh, marks, register, sides

TOLERANCES = load_tolerances()


def affected(*rows):
    names = ["parcel_id", "holder_id", "clear_share"]
    return pd.DataFrame([dict(zip(names, row, strict=False)) for row in rows], columns=names)


def measure(frame, *rows, **columns):
    holders = affected(*rows).assign(**columns)
    return blockers.measure_holders(holders, read(frame), tolerances=TOLERANCES)


def parcel(key, **more):
    return {"subject": "parcel", "subject_id": key, **more}


def household(key, **more):
    return {"subject": "household", "subject_id": key, **more}


NOTHING = table({"subject": "grave", "subject_id": "G1"})


def states(holders):
    return dict(
        zip(holders.households["household_id"], holders.households["handed_over"], strict=True)
    )


def test_household_needs_all_of_its_parcels():
    rows = [("P1", "H1", 1.0), ("P2", "H1", 0.5), ("P3", "H2", True), ("P4", "H3", 0.0)]
    holders = measure(table(parcel("P4")), *rows)
    assert states(holders) == {"H1": False, "H2": True, "H3": True}
    assert holders.household_counts == {"affected": 3, "handed_over": 2, "remaining": 1}
    assert holders.households["parcel_count"].tolist() == [2, 1, 1]
    assert holders.households["remaining_parcel_count"].tolist() == [1, 0, 0]


def test_parcel_of_two_holders_and_organisations():
    rows = [("P1", "H1", 0.0), ("P1", "H2", 0.0), ("P2", "O1", 0.0)]
    holders = measure(NOTHING, *rows, holder_kind=["household", "household", "organisation"])
    assert states(holders) == {"H1": False, "H2": False}
    found = holders.blocking[["subject", "subject_id"]].to_numpy().tolist()
    assert found == [["parcel", "P1"], ["parcel", "P2"], ["household", "H1"], ["household", "H2"]]


def test_parcel_events_go_before_ranges_and_the_last_one_holds():
    rows = [("P1", "H1", 1.0), ("P2", "H2", 0.0), ("P3", "H3", 1.0)]
    frame = table(
        parcel("P1", state="returned"),
        parcel("P2", state="returned"),
        parcel("P2", event_date="2023-02-01"),
        parcel("P2", state="measured", event_date="2023-03-01"),
    )
    holders = measure(frame, *rows)
    assert states(holders) == {"H1": False, "H2": True, "H3": True}
    assert holders.parcels["state"].tolist() == ["returned", "measured", None]
    assert holders.blocking["subject_id"].tolist() == ["P1", "H1"]


@pytest.mark.parametrize(
    ("events", "done"),
    [
        ([household("H1")], True),
        ([household("H1"), household("H1", state="returned", event_date="2023-02-01")], False),
        ([household("H1", state="returned"), household("H1", event_date="2023-02-01")], True),
        ([household("H2")], False),
    ],
)
def test_household_event_until_revoked(events, done):
    assert states(measure(table(*events), ("P1", "H1", 0.0))) == {"H1": done}


def test_structure_without_parcel_counts_for_its_household():
    holders = measure(NOTHING, ("P1", "H1", 1.0), (None, "H1", 0.0), (None, "H2", 1.0))
    assert states(holders) == {"H1": False, "H2": True}


def test_share_of_one_within_rounding_and_unknown_share():
    holders = measure(NOTHING, ("P1", "H1", 1.0 - 1e-12), ("P2", "H2", None), ("P3", "H3", 0.999))
    assert states(holders) == {"H1": True, "H2": False, "H3": False}


def test_parcel_in_two_alignments_needs_both():
    rows = [("P1", "H1", 1.0), ("P1", "H1", 0.0)]
    holders = measure(NOTHING, *rows, alignment_id=["A1", "A2"])
    assert states(holders) == {"H1": False}
    found = holders.blocking[["subject", "alignment_id"]].to_numpy().tolist()
    assert ["parcel", "A2"] in found
    assert ["parcel", "A1"] not in found


def listed(frame, holders=None, axes=None):
    axes = axes or [axis()]
    log = read(frame, axes=axes)
    return blockers.list_blockers(handover.clear_intervals(log, axes), log, holders)


def test_stretches_of_the_expressway():
    found = listed(ky_anh())
    assert [(row["from"], row["to"]) for row in found] == [
        ("Km1+500.00", "Km2+620.00"),
        ("Km5+000.00", "Km6+200.00"),
        ("Km9+000.00", "Km10+400.00"),
        ("Km21+390.00", "Km22+590.00"),
    ]
    assert {(row["subject"], row["subject_id"], row["side"], row["state"]) for row in found} == {
        ("alignment", "A1", "both", "blocked")
    }


def test_stretch_carries_cause_and_document_of_its_last_event():
    frame = table(
        stretch(0.0, 24_410.0),
        stretch(100.0, 200.0, state="blocked", document_no="12/QD", cause="price", side="left"),
    )
    (row,) = listed(frame)
    assert (row["side"], row["document_no"], row["cause"]) == ("left", "12/QD", "price")


def test_untouched_alignment_is_one_blocker_without_state():
    (row,) = listed(NOTHING)
    assert (row["from"], row["to"], row["side"], row["state"]) == (
        "Km0+000.00",
        "Km24+410.00",
        "both",
        None,
    )


def located(rows):
    names = ["parcel_id", "holder_id", "clear_share", "from_measure_m", "to_measure_m", "side"]
    frame = pd.DataFrame([dict(zip(names, row, strict=True)) for row in rows])
    return frame.assign(alignment_id="A1")


def test_parcels_stand_for_the_stretch_they_lie_in():
    frame = table(stretch(1000.0, 24_410.0), stretch(0.0, 1000.0, side="right"))
    rows = [
        ("P1", "H1", 0.0, 0.0, 300.0, "left"),
        ("P2", "H2", 1.0, 300.0, 600.0, "left"),
        ("P3", "H1", 0.0, 700.0 - 1e-9, 1000.0, "left"),
    ]
    holders = blockers.measure_holders(located(rows), read(frame), tolerances=TOLERANCES)
    found = listed(frame, holders)
    assert [(row["subject"], row["subject_id"], row["from"], row["to"]) for row in found] == [
        ("parcel", "P1", "Km0+000.00", "Km0+300.00"),
        ("household", "H1", "Km0+000.00", "Km1+000.00"),
        ("alignment", "A1", "Km0+600.00", "Km0+700.00"),
        ("parcel", "P3", "Km0+700.00", "Km1+000.00"),
    ]


def test_stretch_with_only_cleared_parcels_is_still_listed():
    frame = table(stretch(1000.0, 24_410.0), parcel("P1"))
    rows = [("P1", "H1", 0.0, 0.0, 1000.0, "both")]
    holders = blockers.measure_holders(located(rows), read(frame), tolerances=TOLERANCES)
    (row,) = listed(frame, holders)
    assert (row["subject"], row["from"], row["to"]) == ("alignment", "Km0+000.00", "Km1+000.00")


def test_parcels_without_chainage_come_last_and_hide_nothing():
    holders = measure(NOTHING, ("P10", "H1", 0.0), ("P2", "H1", 0.0))
    found = listed(NOTHING, holders)
    assert [row["subject_id"] for row in found] == ["A1", "H1", "P2", "P10"]
    assert found[-1]["from"] is None
    assert found[-1]["from_measure_m"] is None


happenings = st.lists(
    st.tuples(marks, marks, sides, st.sampled_from(["handed_over", "returned", "measured"])),
    max_size=10,
)


@settings(max_examples=30, deadline=None)
@given(happenings)
def test_blocking_and_clear_ranges_tile_each_side(rows):
    axes = [axis(length_m=5000.0)]
    frame = register(rows)
    log = read(frame, axes=axes)
    clear = handover.clear_ranges(handover.clear_intervals(log, axes))
    blocked = listed(frame, axes=axes)
    for side in ("left", "right"):
        own = clear.loc[clear["side"] == side, ["from_measure_m", "to_measure_m"]]
        pieces = own.to_numpy().tolist()
        pieces += [
            [row["from_measure_m"], row["to_measure_m"]]
            for row in blocked
            if row["side"] in (side, "both")
        ]
        pieces.sort()
        assert pieces[0][0] == 0.0
        assert pieces[-1][1] == 5000.0
        assert all(a[1] == b[0] for a, b in pairwise(pieces))
