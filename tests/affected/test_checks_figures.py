"""Published percentages and totals, against numbers worked out by hand."""

from decimal import Decimal
from fractions import Fraction

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geotool.affected.checks import run_checks
from geotool.affected.figure_findings import read_printed
from geotool.rules import load_checks, load_tolerances

TOLERANCES = load_tolerances()


def run(frame):
    return run_checks({"indicators": frame}, rules=load_checks(), tolerances=TOLERANCES)


def one(top, bottom, **columns):
    row = {"indicator_id": "I1", "unit_id": "U1", "numerator": top, "denominator": bottom}
    return pd.DataFrame([row | {"unit": "%"} | columns])


@pytest.mark.parametrize(
    ("printed", "top", "bottom", "rule", "right"),
    [
        ("41,36 %", 15.7, 38.1, "percentage_differs", "41.21 %"),
        ("76,86%", 2173.94, 2853.43, "percentage_differs", "76.19 %"),
        ("88.67 %", 3126.0, 3526.0, "percentage_differs", "88.66 %"),
        ("98 %", 451.6, 458.4, "percentage_rounded", "99 %"),
        ("91,1 phần trăm", 62, 68, "percentage_rounded", "91.2 %"),
        ("71", 2010.15, 2853.43, "percentage_rounded", "70 %"),
        ("88,66 %", 3126, 3526, None, ""),
        ("33,3 %", 1, 3, None, ""),
        ("0,5 %", 1, 200, None, ""),
        ("12,5", 1, 8, None, ""),
        ("13", 1, 8, None, ""),  # 12.5 is rounded away from zero
        ("-12,5", -1, 8, None, ""),
        ("100 %", 0.1 + 0.2, 0.3, None, ""),
        ("nearly 98 %", 451.6, 458.4, "percentage_unread", ""),
        ("98 %", 3, 0, "zero_denominator", ""),
    ],
)
def test_a_published_percentage(printed, top, bottom, rule, right):
    found = run(one(top, bottom, printed_value=printed, value=None))
    assert [problem.rule for problem in found] == ([rule] if rule else [])
    if rule:
        assert (found[0].layer, found[0].key, found[0].place) == ("indicators", "I1, U1", "U1")
        assert right in found[0].message


def test_what_is_off_by_more_than_a_digit_is_a_finding_and_rounding_a_notice():
    assert run(one(3126, 3526, value=88.67))[0].severity == "finding"
    assert run(one(62, 68, value=91.1))[0].severity == "notice"


@pytest.mark.parametrize(
    "unit", ["%", "percent", " Phần trăm ", "PHẦN TRĂM", "pct", "Tỷ lệ (%)", "", None]
)
def test_spellings_of_per_cent(unit):
    assert len(run(one(15.7, 38.1, value=41.36, unit=unit))) == 1


@pytest.mark.parametrize("unit", ["ha", "people", "m2/mộ"])
def test_other_units_are_no_percentages(unit):
    assert run(one(15.7, 38.1, value=41.36, unit=unit)) == []


@pytest.mark.parametrize(
    ("top", "bottom", "value", "unit", "rule"),
    [
        (15.7, 38.1, 0.4136, None, "percentage_differs"),  # the cell shows 41.36 %
        (15.7, 38.1, 0.4121, None, None),
        (451.6, 458.4, 0.98, None, "percentage_rounded"),
        (62, 68, 0.9, None, None),
        (3126, 3526, 0.8866, "%", "percentage_share"),
        (3126, 3526, 0.8867, "%", "percentage_differs"),
        (1, 200, 0.5, "%", None),  # half a per cent
        (1, 200, 0.5, None, None),
        (22300, 4262, 5.23, None, None),  # m2 a grave, no percentage
        (3, 0, 0.5, None, None),
    ],
)
def test_a_share_of_one_is_not_misread(top, bottom, value, unit, rule):
    found = run(one(top, bottom, value=value, unit=unit))
    assert [problem.rule for problem in found] == ([rule] if rule else [])


def test_a_sign_in_the_printed_value_stands_in_for_the_unit():
    assert len(run(one(15.7, 38.1, printed_value="41,36 %", unit=None))) == 1


def test_exactly_one_unit_of_the_last_digit_is_not_more():
    # 1/8 = 12.5 %: 13.5 with one decimal is 10 units off, 12.4 exactly one
    assert run(one(1, 8, value=12.4))[0].rule == "percentage_rounded"
    assert run(one(1, 8, value=12.39))[0].rule == "percentage_differs"


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_what_a_spreadsheet_computes_is_right(top, bottom):
    assert run(one(top, bottom, value=100 * top / bottom)) == []


@given(st.integers(1, 10**5), st.integers(1, 10**5), st.integers(0, 4))
def test_the_rounded_figure_is_right_and_two_units_more_are_wrong(top, bottom, digits):
    exact = Fraction(100 * top, bottom)
    right = Decimal(int(exact * 10**digits + Fraction(1, 2))).scaleb(-digits)
    assert run(one(top, bottom, printed_value=f"{right} %")) == []
    wrong = right + 2 * Decimal(1).scaleb(-digits)
    rules = [problem.rule for problem in run(one(top, bottom, printed_value=f"{wrong} %"))]
    assert rules == ["percentage_differs"]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("88,67 %", "88.67"), ("88.67%", "88.67"), ("1.026,5", "1026.5"), ("1,026.50", "1026.50"),
        ("1.234.567", "1234567"), ("98", "98"), ("98,0 %", "98.0"), ("−5,5 %", "-5.5"),
        ("１２,５％", "12.5"),
    ],
)  # fmt: skip
def test_printed_numbers_keep_their_digits(text, number):
    read = read_printed(text)
    assert str(read) == number


@pytest.mark.parametrize("text", ["", "%", "gần 98 %", "98-99 %", "x", "12 ha"])
def test_text_that_is_more_than_a_number_is_not_read(text):
    assert read_printed(text) is None


def table(rows, **columns):
    names = ["unit_id", "value"]
    frame = pd.DataFrame(rows, columns=names).assign(indicator_id="households")
    return frame.assign(**{"period": "2023", "unit": "", **columns})


PARTS = [("C1", 400.0), ("C2", 626.0)]


@pytest.mark.parametrize("name", ["total", "Tổng", "TỔNG CỘNG", "Toàn tỉnh", "Cộng"])
def test_a_total_is_the_sum_of_its_parts(name):
    assert run(table([*PARTS, (name, 1026.0)])) == []
    found = run(table([*PARTS, (name, 1036.0)]))
    assert [(problem.rule, problem.place) for problem in found] == [("total_differs", name)]
    assert "value 1036 is stated, the 2 parts add up to 1026 (difference -10)" in found[0].message


def test_a_total_may_stand_above_and_totals_of_blocks_below():
    assert run(table([("total", 1026.0), *PARTS])) == []
    blocks = [("C1", 1.0), ("C2", 2.0), ("Cộng", 3.0), ("C3", 4.0), ("Cộng", 4.0), ("Tổng", 7.0)]
    assert run(table(blocks)) == []
    blocks[2] = ("Cộng", 5.0)
    assert len(run(table(blocks))) == 1


def test_rounded_parts_may_miss_their_total_by_their_rounding_only():
    assert run(table([("C1", 22.3), ("C2", 11.4), ("total", 33.8)])) == []
    assert len(run(table([("C1", 22.3), ("C2", 11.4), ("total", 34.0)]))) == 1


def test_percentages_ratios_and_averages_do_not_add_up():
    rows = [("C1", 50.0), ("C2", 60.0), ("total", 55.0)]
    assert run(table(rows, unit="%")) == []
    assert run(table(rows, unit="m2/person")) == []
    ratio = table(rows, numerator=[1.0, 2.0, 3.0], denominator=[2.0, 3.0, 6.0])
    found = [problem for problem in run(ratio) if problem.rule == "total_differs"]
    assert [problem.message.split(": ")[1][:11] for problem in found] == ["denominator"]


def test_indicators_and_periods_are_added_for_themselves():
    first, second = table([*PARTS, ("total", 1026.0)]), table([*PARTS, ("total", 1026.0)])
    both = pd.concat([first, second.assign(period="2024"), second.assign(indicator_id="graves")])
    assert run(both) == []


def test_a_part_without_a_number_is_counted():
    found = run(table([*PARTS, ("C3", None), ("total", 2000.0)]))
    assert "1 more without a number" in found[0].message


def test_totals_alone_and_parts_alone_are_nothing_to_check():
    assert run(table([("total", 5.0)])) == []
    assert run(table(PARTS)) == []
    assert run(pd.DataFrame({"indicator_id": [], "unit_id": []})) == []
    assert run(pd.DataFrame({"name": ["x"]})) == []
