import pandas as pd
import pytest

from geotool import schema
from geotool.sources.records import TotalRow
from geotool.sources.sheets import totals
from tests.sources.sheets import read_sheet

HEAD = ["STT", "Mã hộ", "Họ tên", "Số khẩu"]


def problems_of(raw, layer):
    known = schema.load_schema(layer)
    mapping = schema.match_columns(list(raw.frame.columns), known).mapping
    facts = totals.facts_of(raw, mapping)
    frame, found = schema.coerce(raw.frame.rename(columns=mapping), known, facts=facts)
    assert not [problem for problem in found if problem.severity == "error"]
    return totals.find_mismatches(frame, raw.totals, mapping, known, facts=facts)


def lots(tmp_path, *rows, name="Diện tích (m2)"):
    return read_sheet(tmp_path, [["STT", "Mã lô", name], *rows], "lots")


def test_sums_that_fit_are_no_news(tmp_path):
    rows = [
        HEAD, [1, "H1", "An", 4], [2, "H2", "Ba", 5], [None, None, "Cộng trang", 9],
        [3, "H3", "Cao", 6], [None, None, "Cộng trang", 6], ["Tổng cộng", None, None, 15],
    ]  # fmt: skip
    raw = read_sheet(tmp_path, rows, "households")
    assert [(t.first, t.last) for t in raw.totals] == [(0, 2), (2, 3), (0, 3)]
    assert problems_of(raw, "households") == []


def test_a_sum_that_differs_is_a_finding_with_both_numbers(tmp_path):
    raw = lots(tmp_path, [1, "L1", 100], [2, "L2", 50.5], [None, "Tổng", 160])
    (problem,) = problems_of(raw, "lots")
    assert (problem.rule, problem.severity, problem.place) == (
        "total_mismatch", "finding", "area_m2",
    )  # fmt: skip
    assert "sheet 'A', row 4" in problem.message
    assert "stated as 160" in problem.message
    assert "2 records make 150.5" in problem.message


@pytest.mark.parametrize(
    ("total", "fits"), [(150, True), (151, True), (149, False), (150.5, True), (150.3, False)]
)
def test_one_unit_of_the_last_digit_is_rounding(tmp_path, total, fits):
    raw = lots(tmp_path, [1, "L1", 100], [2, "L2", 50.5], [None, "Tổng", total])
    assert (problems_of(raw, "lots") == []) is fits


def test_sums_as_text_and_in_another_unit(tmp_path):
    raw = lots(tmp_path, [1, "L1", "1.026"], [2, "L2", "22,3"], [None, "Tổng", "1.048,3"])
    assert problems_of(raw, "lots") == []
    raw = lots(tmp_path, [1, "L1", "1.026"], [2, "L2", "22,3"], [None, "Tổng", "1.048"])
    assert problems_of(raw, "lots") == []
    name = "Diện tích (ha)"
    raw = lots(tmp_path, [1, "L1", 0.5], [2, "L2", 0.25], [None, "Tổng", 0.75], name=name)
    assert problems_of(raw, "lots") == []
    raw = lots(tmp_path, [1, "L1", 0.5], [2, "L2", 0.25], [None, "Tổng", 0.9], name=name)
    assert "make 7500" in problems_of(raw, "lots")[0].message


def test_a_group_with_its_sum_above(tmp_path):
    rows = [["I", None, "Xã Kỳ Phong", 9], [1, "H1", "An", 4], [2, "H2", "Ba", 5]]
    raw = read_sheet(tmp_path, [HEAD, *rows], "households")
    assert problems_of(raw, "households") == []


def test_rows_are_counted_as_read():
    known = schema.load_schema("lots")
    frame = pd.DataFrame({"lot_id": ["a", "c"], "area_m2": [1.0, 4.0]}, index=[0, 2])
    total = TotalRow(9, None, 0, 2, {"DT": 3})
    (problem,) = totals.find_mismatches(frame, [total], {"DT": "area_m2"}, known)
    assert problem.message.startswith("row 9: ")
