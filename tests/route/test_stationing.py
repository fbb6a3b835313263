"""Labels and measures: known answers at equations, then round trips over random ones."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geotool.errors import AmbiguousLabelError, LabelError
from geotool.route.stationing import (
    chainages_at,
    label_of,
    measure_beyond,
    measures_of,
    place_of,
    plain_zones,
    stationed_length,
    zone_at,
)
from tests.route.labelled import labelled_axis, random_known

OVERLAP = labelled_axis(3000.0, start=559_000.0, equations=[(560_050.0, 560_000.0)])
GAP = labelled_axis(3000.0, start=559_000.0, equations=[(560_000.0, 560_050.0)])
ANEW = labelled_axis(3000.0, start="Km24+000", equations=[("Km24+410", 0)])


@pytest.mark.parametrize(
    ("first", "last", "text"),
    [
        (560_000.0, 560_050.0, "Km560+000.00 - Km560+050.00 (zone 1)"),
        (560_050.0, 560_090.0, "Km560+000.00 - Km560+040.00 (zone 2)"),
        (560_050.0, 560_000.0, "Km560+050.00 - Km560+000.00 (zone 1)"),
        (560_020.0, 560_070.0, "Km560+020.00 (zone 1) - Km560+020.00 (zone 2)"),
        (559_900.0, 560_200.0, "Km559+900.00 - Km560+150.00"),
        (559_900.0, 560_030.0, "Km559+900.00 - Km560+030.00 (zone 1)"),
    ],
)
def test_a_range_says_the_zone_where_its_labels_repeat(first, last, text):
    assert OVERLAP.range_at(first, last) == text


def test_a_label_says_its_zone_only_where_it_repeats():
    assert OVERLAP.text_at(560_070.0, decimals=0) == "Km560+020 (zone 2)"
    assert OVERLAP.text_at(560_050.0, before=True) == "Km560+050.00 (zone 1)"
    assert OVERLAP.text_at(561_000.0) == "Km560+950.00"
    assert GAP.text_at(560_000.0) == "Km560+050.00"
    even = labelled_axis(3000.0, start=559_000.0, equations=[(560_000.0, 560_000.0)])
    assert even.text_at(560_000.0) == "Km560+000.00"


@given(random_known(), st.floats(0.0, 1.0), st.booleans())
def test_label_and_zone_together_are_one_place(axis, share, before):
    measure = axis.start_measure_m + share * axis.length_m
    label = label_of(axis.zones, measure, before=before)
    assert axis.measure_at(label.chainage_m, zone=label.zone) == pytest.approx(measure, abs=1e-6)
    assert label.chainage_m == axis.chainage_at(measure, before=before)
    assert label.repeats == (len(measures_of(axis.zones, label.chainage_m)) > 1)


def test_without_equations_label_and_measure_are_one_number():
    zones = plain_zones(560_126.0, 1000.0)
    assert place_of(zones, 560_500.25, alignment_id="A1") == (zones[0], 560_500.25)
    assert chainages_at(zones, [560_126.0, 561_126.0]).tolist() == [560_126.0, 561_126.0]


@pytest.mark.parametrize(("axis", "length"), [(OVERLAP, 1150.0), (GAP, 1050.0)])
def test_length_over_an_overlap_and_over_a_gap(axis, length):
    start, end = axis.measure_at(559_900.0), axis.measure_at(561_000.0)
    assert end - start == length
    assert stationed_length(axis.zones, end, start) == length


def test_an_equation_has_two_labels():
    assert OVERLAP.chainage_at(560_050.0) == 560_000.0
    assert OVERLAP.chainage_at(560_050.0, before=True) == 560_050.0
    assert OVERLAP.label_at(560_050.0, before=True) == "Km560+050.00"
    assert zone_at(OVERLAP.zones, 560_050.0).number == 2
    assert zone_at(OVERLAP.zones, 560_050.0, before=True).number == 1


def test_a_label_in_a_gap_is_refused_with_both_sides():
    with pytest.raises(LabelError, match=r"jumps from Km560\+000\.00 to Km560\+050\.00"):
        GAP.measure_at(560_020.0)
    assert GAP.measure_at(560_000.0) == GAP.measure_at(560_050.0) == 560_000.0


def test_a_repeated_label_is_refused_with_its_choices():
    with pytest.raises(AmbiguousLabelError, match=r"2 times.*zone 1 .*1020\.00 m.*zone 2 .*1070"):
        OVERLAP.measure_at(560_020.0)
    assert OVERLAP.measure_at(560_020.0, zone=1) == 560_020.0
    assert OVERLAP.measure_at(560_020.0, zone=2) == 560_070.0
    assert OVERLAP.measure_at(560_020.0, near_m=560_200.0) == 560_070.0
    with pytest.raises(LabelError, match="not in zone 3"):
        OVERLAP.measure_at(560_020.0, zone=3)


def test_stationing_may_begin_anew():
    assert [ANEW.measure_at(label) for label in (24_300.0, 0.0, 2_590.0)] == [
        24_300,
        24_410,
        27_000,
    ]
    with pytest.raises(LabelError, match="not on alignment"):
        ANEW.measure_at(25_000.0)
    assert measure_beyond(ANEW.zones, 25_000.0) == pytest.approx(27_000.0 + 25_000.0 - 2_590.0)


def test_a_label_that_prints_like_an_end_is_that_end():
    zones = plain_zones(0.0, 1000.004)
    assert place_of(zones, 1000.008, alignment_id="A1")[1] == 1000.004
    assert measures_of(zones, 1000.02) == []


@given(random_known())
def test_labels_come_back_from_their_places(axis):
    for zone in axis.zones:
        labels = np.linspace(zone.chainage_m[0], zone.chainage_m[-1], 23)
        for label in labels:
            measure = axis.measure_at(float(label), zone=zone.number)
            back = float(chainages_at([zone], measure))
            assert abs(back - label) < 1e-9


@given(random_known(), st.floats(0.0, 1.0))
def test_places_come_back_from_their_labels(axis, share):
    measure = axis.start_measure_m + share * axis.length_m
    zone = zone_at(axis.zones, measure)
    found = axis.measure_at(axis.chainage_at(measure), zone=zone.number)
    assert abs(found - measure) < 1e-8
    places = [at for _, at in measures_of(axis.zones, axis.chainage_at(measure))]
    assert min(abs(at - measure) for at in places) < 1e-8


@given(random_known())
def test_zones_cover_the_axis_and_labels_rise_in_each(axis):
    assert axis.zones[0].measure_m[0] == axis.start_measure_m == axis.zones[0].chainage_m[0]
    assert axis.zones[-1].measure_m[-1] == pytest.approx(axis.end_measure_m, abs=1e-9)
    for before, after in zip(axis.zones, axis.zones[1:], strict=False):
        assert before.measure_m[-1] == after.measure_m[0]
    for zone in axis.zones:
        assert (np.diff(zone.measure_m) > 0).all()
        assert (np.diff(zone.chainage_m) > 0).all()
    whole = stationed_length(axis.zones, axis.start_measure_m, axis.end_measure_m)
    rises = sum(zone.chainage_m[-1] - zone.chainage_m[0] for zone in axis.zones)
    assert whole == pytest.approx(rises, abs=1e-8)
