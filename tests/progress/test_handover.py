"""Kilometres clear: the known answer, then properties."""

import math

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from geotool.errors import CrsMismatchError, DataError
from geotool.progress import handover
from geotool.rules import load_tolerances
from tests.progress.test_events import axis, read, stretch, table
from tests.route.labelled import labelled_axis

LENGTH_M = 24_410.0
BLOCKED = [(1500.0, 2620.0), (5000.0, 6200.0), (9000.0, 10_400.0), (21_390.0, 22_590.0)]


def measure(frame, axes=None, on="2024-01-01"):
    axes = axes or [axis()]
    return handover.clear_intervals(read(frame, axes=axes, on=on), axes)


def ky_anh():
    return table(
        stretch("Km0", "Km24+410"),
        *(stretch(a, b, state="blocked", event_date="2023-02-01") for a, b in BLOCKED),
    )


def test_known_answer_of_the_expressway():
    clearances = measure(ky_anh())
    record = handover.summarise_handover(clearances, handover.HandoverParts())
    assert record["handed_over_km"] == pytest.approx(19.490, abs=1e-12)
    assert record["total_km"] == pytest.approx(24.410, abs=1e-12)
    assert record["longest_clear_km"] == pytest.approx(10.990, abs=1e-12)
    assert record["longest_clear"]["from"] == "Km10+400.00"
    assert record["longest_clear"]["to"] == "Km21+390.00"
    assert record["longest_clear"]["alignment_id"] == "A1"
    assert record["groups"] == []
    assert record["alignments"][0]["longest_clear_km"] == record["longest_clear_km"]


def test_ranges_of_repeated_labels_name_their_zones():
    axes = [labelled_axis(3000.0, start=559_000.0, equations=[(560_050.0, 560_000.0)])]
    ends = [("Km560", "Km560+050", 1), ("Km560", "Km560+040", 2)]
    frame = table(*(stretch(a, b, from_zone=zone, to_zone=zone) for a, b, zone in ends))
    whole = handover.longest_stretch(measure(frame, axes))
    assert (whole["from"], whole["from_zone"]) == ("Km560+000.00", 1)
    assert (whole["to"], whole["to_zone"]) == ("Km560+040.00", 2)
    first, second = (handover.longest_stretch(measure(frame[i : i + 1], axes)) for i in (0, 1))
    assert (first["to"], first["from_zone"], first["to_zone"]) == ("Km560+050.00", 1, 1)
    assert (second["to"], second["from_zone"], second["to_zone"]) == ("Km560+040.00", 2, 2)


def test_only_where_both_sides_are_clear():
    frame = table(stretch(0.0, 1000.0, side="left"), stretch(600.0, 2000.0, side="right"))
    record = handover.summarise_handover(measure(frame), handover.HandoverParts())
    assert (record["left_km"], record["right_km"], record["handed_over_km"]) == (1.0, 1.4, 0.4)
    ranges = handover.clear_ranges(measure(frame))
    assert ranges.to_numpy().tolist() == [
        ["A1", 0.0, 1000.0, "left"],
        ["A1", 600.0, 2000.0, "right"],
    ]


def test_longest_spans_adjoining_events_and_alignments_stay_apart():
    axes = [axis("A2", 0.0, 900.0), axis("A1", 500.0, 700.0)]
    rows = [("A1", 500.0, 800.0), ("A1", 800.0, 1200.0), ("A2", 0.0, 350.0), ("A2", 400.0, 900.0)]
    frame = table(*(stretch(a, b, alignment_id=key) for key, a, b in rows))
    clearances = measure(frame, axes)
    assert [one.alignment_id for one in clearances] == ["A1", "A2"]
    assert handover.longest_stretch(clearances)["length_m"] == 700.0
    assert handover.longest_stretch(clearances, "A2")["from"] == "Km0+400.00"
    assert handover.clear_stretches(clearances).to_numpy().tolist() == [
        ["A1", 500.0, 1200.0, 700.0],
        ["A2", 0.0, 350.0, 350.0],
        ["A2", 400.0, 900.0, 500.0],
    ]


def test_date_decides():
    assert handover.longest_stretch(measure(ky_anh(), on="2023-01-31"))["length_m"] == LENGTH_M
    nothing = handover.longest_stretch(measure(ky_anh(), on="2022-12-31"))
    assert (nothing["length_m"], nothing["from"], nothing["alignment_id"]) == (0.0, None, None)


def test_revoked_and_cleared_again_and_states_without_effect():
    frame = table(
        stretch(0.0, 1000.0),
        stretch(0.0, 1000.0, state="returned", event_date="2023-02-01"),
        stretch(0.0, 400.0, event_date="2023-03-01"),
        stretch(0.0, 1000.0, state="measured", event_date="2023-04-01"),
    )
    assert handover.longest_stretch(measure(frame))["length_m"] == 400.0


def test_parcel_events_do_not_clear_the_line():
    frame = table({"subject": "parcel", "subject_id": "1-1"})
    assert handover.clear_ranges(measure(frame)).empty


def test_sections_add_up_and_unknown_alignment_is_refused():
    sections = pd.DataFrame(
        {
            "section_id": ["S1", "S2"],
            "alignment_id": "A1",
            "from_measure_m": [0.0, 10_000.0],
            "to_measure_m": [10_000.0, LENGTH_M],
        },
        index=[7, 3],
    )
    clearances = measure(ky_anh())
    measured = handover.measure_sections(clearances, sections)
    assert measured.index.tolist() == [7, 3]
    assert measured["handed_over_km"].tolist() == pytest.approx([6.68, 12.81], abs=1e-12)
    assert measured["total_km"].sum() == pytest.approx(24.41, abs=1e-12)
    parts = handover.HandoverParts(sections=sections)
    groups = handover.summarise_handover(clearances, parts)["groups"]
    assert [group["section_id"] for group in groups] == ["S1", "S2"]
    with pytest.raises(DataError, match="A9"):
        handover.measure_sections(clearances, sections.assign(alignment_id="A9"))


def strip(*boxes, crs="EPSG:9209"):
    return gpd.GeoDataFrame(geometry=[box(*one) for one in boxes], crs=crs)


def test_area_counts_land_once_and_refuses_too_much():
    tolerances = load_tolerances()
    whole = strip((500_000, 0, 500_600, 100), (500_400, 0, 501_000, 100))
    pieces = strip((500_000, 0, 500_250, 50), (500_000, 50, 500_250, 100), (500_200, 0, 500_250, 9))
    area = handover.measure_area(whole, pieces, tolerances=tolerances)
    assert area == pytest.approx({"total": 10.0, "handed_over": 2.5, "remaining": 7.5})
    nothing = handover.measure_area(whole, strip(), tolerances=tolerances)
    assert nothing == {"total": 10.0, "handed_over": 0.0, "remaining": 10.0}
    with pytest.raises(DataError, match="larger"):
        handover.measure_area(pieces, whole, tolerances=tolerances)
    with pytest.raises(CrsMismatchError):
        handover.measure_area(whole, strip(crs="EPSG:9210"), tolerances=tolerances)


marks = st.integers(0, 200).map(lambda step: step * 25.0)
sides = st.sampled_from(["left", "right", "both", None])
states = st.sampled_from(["handed_over", "handed_over", "returned", "blocked", "measured"])
happenings = st.lists(st.tuples(marks, marks, sides, states), max_size=12)


def register(rows):
    """One event a day, so that the order is the list's."""
    days = pd.date_range("2023-01-01", periods=len(rows)).strftime("%Y-%m-%d")
    made = [
        stretch(a, b, side=side, state=state, event_date=day)
        for (a, b, side, state), day in zip(rows, days, strict=True)
    ]
    if not made:
        return pd.DataFrame(columns=["event_id", "event_date", "state"])
    return table(*made)


def painted(rows):
    """The same by brute force on 25 m pieces."""
    clear = {"left": [False] * 200, "right": [False] * 200}
    for a, b, side, state in rows:
        for one in ("left", "right") if side in (None, "both") else (side,):
            for piece in range(int(min(a, b) / 25), int(max(a, b) / 25)):
                if state in ("handed_over", "returned", "blocked"):
                    clear[one][piece] = state == "handed_over"
    return clear


@settings(max_examples=40, deadline=None)
@given(happenings)
def test_equals_brute_force_and_conserves_length(rows):
    axes = [axis(length_m=5000.0)]
    (clearance,) = measure(register(rows), axes)
    clear = painted(rows)
    both = [x and y for x, y in zip(clear["left"], clear["right"], strict=True)]
    assert math.fsum(clearance.lengths_m[clearance.both]) == 25.0 * sum(both)
    assert math.fsum(clearance.lengths_m[clearance.left]) == 25.0 * sum(clear["left"])
    assert math.fsum(clearance.lengths_m[~clearance.both]) == 5000.0 - 25.0 * sum(both)
    runs = "".join("x" if one else " " for one in both).split()
    longest = handover.longest_stretch([clearance])["length_m"]
    assert longest == 25.0 * max(map(len, runs), default=0)


@settings(max_examples=40, deadline=None)
@given(happenings, st.tuples(marks, marks, sides, st.just("handed_over")))
def test_one_more_clearing_event_never_lowers(rows, extra):
    axes = [axis(length_m=5000.0)]
    parts = handover.HandoverParts()
    before = handover.summarise_handover(measure(register(rows), axes), parts)
    after = handover.summarise_handover(measure(register([*rows, extra]), axes), parts)
    for name in ("handed_over_km", "left_km", "right_km", "longest_clear_km"):
        assert after[name] >= before[name]


@settings(max_examples=40, deadline=None)
@given(happenings, st.randoms(use_true_random=False))
def test_order_of_rows_does_not_matter(rows, random):
    axes = [axis(length_m=5000.0)]
    frame = register(rows)
    order = list(range(len(frame)))
    random.shuffle(order)
    first = handover.clear_ranges(measure(frame, axes))
    pd.testing.assert_frame_equal(first, handover.clear_ranges(measure(frame.iloc[order], axes)))
