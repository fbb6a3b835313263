"""The register: order, place, effect, and what is refused."""

import pandas as pd
import pytest
from shapely.geometry import LineString

from geotool.errors import DataError, SchemaError, UsageError
from geotool.progress import events
from geotool.route.axis import Axis
from geotool.rules import load_handover_rules
from tests.route.labelled import labelled_axis

RULES = load_handover_rules()


def axis(alignment_id="A1", start_m=0.0, length_m=24_410.0):
    return Axis(alignment_id, "", LineString([(0.0, 0.0), (length_m, 0.0)]), start_m, 1.0)


def table(*rows, **columns):
    base = {"event_date": "2023-01-01", "state": "handed_over"}
    return pd.DataFrame(
        [{"event_id": f"E{i}", **base, **columns, **row} for i, row in enumerate(rows)]
    )


def stretch(start, end, **more):
    return {"from_chainage": start, "to_chainage": end, **more}


def read(frame, *, axes=None, on="2024-01-01"):
    return events.read_events(frame, axes or [axis()], RULES, on=on)


def test_order_is_by_date_then_natural_id_then_row():
    frame = pd.DataFrame(
        {
            "event_id": ["E10", "E2", "E1", "E2", "E9"],
            "event_date": ["2023-05-01", "2023-05-01", "2023-06-01", "2023-05-01", "2023-06-02"],
            "row": [0, 1, 2, 3, 4],
        }
    )
    ordered = events.order_events(frame, on="2023-06-01")
    assert ordered["row"].tolist() == [1, 3, 0, 2]
    assert frame["row"].tolist() == [0, 1, 2, 3, 4]


def test_a_range_that_ends_at_an_equation_is_told_by_its_back_label():
    axes = [labelled_axis(3000.0, start=559_000.0, equations=[(560_050.0, 560_000.0)])]
    ends = [("Km560+050", "Km560"), ("Km560+050", "Km560+050")]
    frame = table(*(stretch(*labels, from_zone=1, to_zone=1) for labels in ends))
    backwards, empty = (problem.message for problem in read(frame, axes=axes).problems)
    assert "Km560+050.00 - Km560+000.00 (zone 1) was given from high to low" in backwards
    assert "no length" in empty


@pytest.mark.parametrize("day", ["31/12/2023", "", None, float("nan"), "2023-02-30"])
def test_events_without_a_date_are_named(day):
    frame = pd.DataFrame({"event_id": ["E1", "E2"], "event_date": ["2023-01-01", day]})
    with pytest.raises(DataError, match="E2"):
        events.order_events(frame, on="2023-12-31")


def test_dates_may_be_timestamps_and_on_must_be_one():
    frame = pd.DataFrame({"event_id": ["E1"], "event_date": [pd.Timestamp("2023-01-01 12:00")]})
    assert events.order_events(frame, on="2023-01-01")["event_date"].tolist() == ["2023-01-01"]
    with pytest.raises(UsageError):
        events.order_events(frame, on="yesterday")


def test_defaults_subject_side_and_the_only_alignment():
    row = read(table(stretch("Km1+500", "Km2+620"))).frame.iloc[0]
    assert row[["subject", "side", "alignment_id", "effect"]].tolist() == [
        "alignment",
        "both",
        "A1",
        "clear",
    ]
    assert (row["from_measure_m"], row["to_measure_m"]) == (1500.0, 2620.0)


def test_two_alignments_need_a_name_and_subject_id_may_give_it():
    axes = [axis("A1"), axis("A2")]
    with pytest.raises(DataError, match=r"E0.*A1, A2"):
        read(table(stretch(0.0, 10.0)), axes=axes)
    with pytest.raises(DataError, match="'A3'"):
        read(table(stretch(0.0, 10.0, alignment_id="A3")), axes=axes)
    log = read(table(stretch(0.0, 10.0, subject="alignment", subject_id="A2")), axes=axes)
    assert log.frame["alignment_id"].tolist() == ["A2"]


def test_a_range_beyond_the_alignment_names_event_and_valid_range():
    frame = table(stretch(0.0, 24_410.0), stretch("Km24+000", "Km25+000"))
    with pytest.raises(DataError, match=r"E1.*Km25\+000\.00.*Km0\+000\.00 to Km24\+410\.00") as got:
        read(frame)
    assert got.value.exit_code == 3
    assert [problem.key for problem in got.value.problems] == ["E1"]


def test_an_end_of_the_same_label_is_the_end():
    log = read(table(stretch("Km0", "Km24+410")), axes=[axis(length_m=24_409.998)])
    assert log.frame.at[0, "to_measure_m"] == 24_409.998


def test_all_bad_rows_are_named_at_once():
    frame = table(
        stretch("Km1", None),
        stretch("Km1", "nonsense"),
        {"subject": "parcel"},
        {},
        stretch(0.0, 1.0, side="up"),
        {"subject": "alignment"},
    )
    with pytest.raises(DataError) as got:
        read(frame)
    assert [problem.key for problem in got.value.problems] == ["E0", "E1", "E2", "E3", "E4", "E5"]


def test_reversed_range_is_put_in_order_with_a_notice():
    log = read(table(stretch("Km3", "Km2")))
    assert log.frame[["from_measure_m", "to_measure_m"]].to_numpy().tolist() == [[2000.0, 3000.0]]
    assert [(p.severity, p.rule, p.key) for p in log.problems] == [
        ("notice", "reversed_range", "E0")
    ]


def test_range_without_length_is_a_notice():
    assert [p.rule for p in read(table(stretch("Km3", "Km3"))).problems] == ["empty_range"]


def test_later_events_are_not_looked_at():
    log = read(table(stretch("Km90", "Km99", event_date="2025-01-01"), stretch(0.0, 1.0)))
    assert log.frame["event_id"].tolist() == ["E1"]


def test_other_states_have_no_effect_and_need_no_range():
    log = read(table({"subject": "alignment", "state": "notice_issued"}))
    row = log.frame.iloc[0]
    assert (row["effect"], row["from_measure_m"], row["to_measure_m"]) == ("", 0.0, 24_410.0)


def test_a_state_that_no_rule_knows_is_reported():
    log = read(table(stretch(0.0, 10.0, state="handed_ovr"), stretch(0.0, 10.0, state="paid")))
    assert [(problem.rule, problem.key) for problem in log.problems] == [("unknown_state", "E0")]
    assert "handed_ovr" in log.problems[0].message


@pytest.mark.parametrize(
    ("second", "found"),
    [
        (stretch(1000.0, 3000.0, state="returned"), ["E1"]),
        (stretch(2000.0, 3000.0, state="returned"), []),
        (stretch(1000.0, 3000.0, state="returned", side="right"), []),
        (stretch(1000.0, 3000.0, state="returned", event_date="2023-01-02"), []),
        (stretch(1000.0, 3000.0), []),
    ],
)
def test_contradictory_events_on_one_date_and_place(second, found):
    log = read(table(stretch(0.0, 2000.0, side="left"), second))
    assert [p.key for p in log.problems if p.rule == "contradictory_events"] == found
    assert all(p.severity == "finding" for p in log.problems)


def test_contradictory_parcel_events_are_by_parcel():
    rows = [
        {"subject": "parcel", "subject_id": "1-1"},
        {"subject": "parcel", "subject_id": "1-2", "state": "returned"},
        {"subject": "parcel", "subject_id": "1-1", "state": "returned"},
    ]
    log = read(table(*rows))
    assert [p.key for p in log.problems] == ["E2"]
    assert "E0" in log.problems[0].message


def test_missing_columns_are_named():
    with pytest.raises(SchemaError, match="state"):
        read(pd.DataFrame({"event_id": ["E1"], "event_date": ["2023-01-01"]}))


def test_no_events_at_all():
    frame = pd.DataFrame(columns=["event_id", "event_date", "state"])
    log = read(frame)
    assert log.frame.empty
    assert log.problems == ()
    assert log.on == "2024-01-01"


def test_input_is_not_changed():
    frame = table(stretch("Km3", "Km2"))
    before = frame.copy(deep=True)
    read(frame)
    pd.testing.assert_frame_equal(frame, before)
