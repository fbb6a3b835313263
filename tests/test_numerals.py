import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geotool import numerals
from geotool.numerals import Writing, read_numbers

KINDS = [object, "str"]


def read(values, kind=object, **writing):
    found = read_numbers(pd.Series(values, dtype=kind), Writing(**writing))
    return [None if np.isnan(value) else value for value in found.values], found


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("texts", "numbers"),
    [
        (["1.234,5", "1.026", "80"], [1234.5, 1026, 80]),
        (["22,3", "1.026"], [22.3, 1026]),
        (["1.998.742,87"], [1998742.87]),
        (["1 026", "1\u00a0026,5", "1\u202f026"], [1026, 1026.5, 1026]),
        (["1.026", "80", "345"], [1026, 80, 345]),
        (["1,234.5", "1,026"], [1234.5, 1026]),
        (["120.5", "1.026"], [120.5, 1.026]),
        (["0.500", "120.250"], [0.5, 120.25]),
        (["0,500", "1,250"], [0.5, 1.25]),
        (["1234.567", "120.250"], [1234.567, 120.25]),
        (["-1.234,5", "+2"], [-1234.5, 2]),
        (["1e3", " 7 ", "", None], [1000, 7, None, None]),
        (["about 80", "inf", "nan", "1.2.3", "80"], [None, None, None, None, 80]),
        (["1,234", "80"], [None, 80]),
        (["1.234,5", "120.5", "1.026"], [1234.5, 120.5, None]),
    ],
)
def test_texts(kind, texts, numbers):
    assert read(texts, kind)[0] == numbers


def test_whole_numbers_never_have_a_fraction():
    assert read(["1.026"], whole=True)[0] == [1026]
    assert read(["1,234"], whole=True)[0] == [1234]
    assert read(["12 người", "1.026 hộ"], whole=True)[0] == [12, 1026]


def test_the_rest_of_the_table_decides():
    assert read(["1.026", "120.500"], language="vi")[0] == [1026, 120500]
    assert read(["1,234"], language="vi")[0] == [1.234]
    assert read(["1.026", "9.5"], language="vi")[0] == [1.026, 9.5]


def test_what_nothing_decides_is_a_guess_with_an_example():
    values, found = read(["120.500", "99.250"])
    assert (values, found.example) == ([120.5, 99.25], ("120.500", 120.5, 120500.0))
    values, found = read(["120.500", "1500"])
    assert (values, found.example is None) == ([120.5, 1500], False)
    values, found = read(["120.500", 99], typed=True)
    assert (values, found.example) == ([120500, 99], ("120.500", 120500.0, 120.5))
    values, found = read(["0", "120.500"])
    assert (values[1], found.example is None) == (120.5, False)
    assert read(["1.026", "80"])[1].example is None


def test_a_unit_behind_a_number_is_converted():
    assert read(["125,3 m2", "1,5 ha", "0,5km"], unit="m2")[0] == [125.3, 15000, None]
    assert read(["3 sào"], unit="m2")[0] == [None]
    assert read(["12,5 %"])[0] == [12.5]


def test_every_reading_of_a_single_cell():
    assert numerals.readings("1.026") == [1026.0, 1.026]
    assert numerals.readings(5) == [5.0]
    assert numerals.readings(None) == numerals.readings(True) == numerals.readings("x") == []


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=5), st.integers(0, 99))
def test_vietnamese_money_and_areas(wholes, cents):
    def vi(number):
        return f"{number:,}".replace(",", ".")

    texts = [*(f"{vi(number)},{cents:02d}" for number in wholes), *map(vi, wholes)]
    expected = [*(number + cents / 100 for number in wholes), *wholes]
    assert read(texts)[0] == pytest.approx(expected)


@given(st.lists(st.floats(-1e9, 1e9, allow_nan=False), max_size=8))
def test_numbers_printed_by_programs_come_back(numbers):
    texts = [repr(float(number)) for number in numbers]
    grouped = [
        t for t in texts if len(t.split(".")[-1]) == 3 and len(t.strip("-").split(".")[0]) < 4
    ]
    if not grouped:
        assert read(texts)[0] == pytest.approx(numbers, rel=1e-14, abs=0)


def test_scaling_is_exact_as_decimals_are():
    series = pd.Series([0.1234, 1.1, np.nan])
    assert numerals.scale_column(series, numerals.Decimal(10000)).tolist()[:2] == [1234, 11000]
