"""The slider says on every date what ``handover --on`` says on it."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geotool.pipeline.assess import assess
from geotool.pipeline.handover import HandoverOptions, measure_handover
from geotool.pipeline.inputs import open_project
from geotool.pipeline.map_dates import choose_dates, trace_handover
from tests import village_project as vp

LENGTHS = ("total_km", "handed_over_km", "left_km", "right_km", "longest_clear_km")


def traced(folder, on="2024-05-01", **layers):
    folder = vp.write_project(folder, layers=layers)
    return folder, trace_handover(assess(open_project(folder), on=on))


def event(number, date, start, end, side="both", state="handed_over"):
    row = {"event_id": f"E{number}", "event_date": date, "subject": "alignment"}
    ends = {"from_chainage": start, "to_chainage": end, "side": side, "state": state}
    return {**row, "alignment_id": "A1", **ends, "document_no": ""}


def shown(pieces, date):
    begun = pieces["valid_from"].isna() | (pieces["valid_from"] <= date)
    return pieces[begun & (pieces["valid_to"].isna() | (pieces["valid_to"] > date))]


def check_against_the_command(folder, dated):
    for row in dated.table.rows:
        answer = measure_handover(HandoverOptions(project=folder, on=row["date"])).data
        for name in LENGTHS:
            assert row[name] == pytest.approx(answer[name], abs=1e-9), (row["date"], name)
        area = answer["area_ha"]
        assert row["handed_over_area_ha"] == pytest.approx(area["handed_over"], abs=1e-6)
        pieces = shown(dated.pieces, row["date"])
        by_state = pieces.groupby("state")["area_m2"].sum() / 10_000
        assert by_state.sum() == pytest.approx(area["total"], abs=1e-6)
        assert by_state.get("handed_over", 0.0) == pytest.approx(area["handed_over"], abs=1e-6)


def test_the_village_by_date(tmp_path):
    folder, dated = traced(tmp_path)
    assert dated.dates == ("2024-03-01", "2024-04-01", "2024-05-01")
    rows = [(row["handed_over_km"], row["left_km"], row["right_km"]) for row in dated.table.rows]
    assert rows == [pytest.approx((0.8, 0.8, 0.8))] + [pytest.approx((0.8, 1.2, 0.8))] * 2
    check_against_the_command(folder, dated)


def test_pieces_know_their_range_and_when_their_state_holds(tmp_path):
    _, dated = traced(tmp_path)
    left = dated.pieces[dated.pieces["side"] == "left"]
    rows = left[["from_chainage_m", "to_chainage_m", "state", "valid_from", "valid_to"]]
    told = [tuple(None if pd.isna(cell) else cell for cell in row) for row in rows.to_numpy()]
    assert told == [
        (10_000.0, 10_800.0, "handed_over", None, None),
        (10_800.0, 11_000.0, "not_handed_over", None, "2024-04-01"),
        (10_800.0, 11_000.0, "handed_over", "2024-04-01", None),
        (11_000.0, 11_200.0, "not_handed_over", None, "2024-04-01"),
        (11_000.0, 11_200.0, "handed_over", "2024-04-01", None),
        (11_200.0, 12_000.0, "not_handed_over", None, None),
    ]
    assert left["length_m"].tolist() == [800.0, 200.0, 200.0, 200.0, 200.0, 800.0]
    assert left["area_m2"].to_numpy() == pytest.approx(left["length_m"].to_numpy() * 30)


def test_land_given_back_is_not_handed_over_again(tmp_path):
    events = pd.DataFrame(
        [
            event(1, "2024-01-05", "Km10+000", "Km12+000"),
            event(2, "2024-02-05", "Km10+500", "Km10+700", "right", "returned"),
            event(3, "2024-03-05", "Km10+600", "Km11+100"),
        ]
    )
    folder, dated = traced(tmp_path, events=events)
    check_against_the_command(folder, dated)
    assert [row["handed_over_km"] for row in dated.table.rows] == pytest.approx([2, 1.8, 1.9, 1.9])


def test_events_after_the_statement_are_not_told(tmp_path):
    _, dated = traced(tmp_path, on="2024-03-31")
    assert dated.dates == ("2024-03-01", "2024-03-31")
    assert set(dated.pieces["valid_to"].dropna()) == set()


def test_before_the_first_event_there_is_one_date(tmp_path):
    _, dated = traced(tmp_path, on="2023-01-01")
    assert dated.dates == ("2023-01-01",)
    assert set(dated.pieces["state"]) == {"not_handed_over"}


def test_without_a_register_there_is_no_slider(tmp_path):
    _, dated = traced(tmp_path, events=None)
    assert dated is None


def test_many_dates_give_way_to_ends_of_months(tmp_path):
    days = pd.date_range("2023-01-02", periods=201, freq="D").strftime("%Y-%m-%d").tolist()
    assert choose_dates(days[:199], "2023-12-31") == (*days[:199], "2023-12-31")
    ends = choose_dates(days, "2023-08-05")
    assert ends == (*(f"2023-0{month}-{day}" for month, day in _ENDS), "2023-08-05")
    events = [event(i, day, 10_000 + 9 * i, 10_009 + 9 * i) for i, day in enumerate(days)]
    folder, dated = traced(tmp_path, on="2023-08-05", events=pd.DataFrame(events))
    assert dated.dates == ends
    assert dated.table.notes == ("tables.handover_month_ends_note",)
    check_against_the_command(folder, dated)


_ENDS = [(1, 31), (2, 28), (3, 31), (4, 30), (5, 31), (6, 30), (7, 31)]


@settings(max_examples=5, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(1, 28),
            st.integers(10_000, 11_999),
            st.integers(1, 900),
            st.sampled_from(["left", "right", "both"]),
            st.sampled_from(["handed_over", "handed_over", "blocked", "meeting_held"]),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_any_register_is_told_as_the_command_tells_it(tmp_path_factory, drawn):
    events = [
        event(i, f"2024-01-{day:02d}", start, min(start + length, 12_000), side, state)
        for i, (day, start, length, side, state) in enumerate(drawn)
    ]
    folder, dated = traced(tmp_path_factory.mktemp("dates"), events=pd.DataFrame(events))
    check_against_the_command(folder, dated)
