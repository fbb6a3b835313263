"""Chainage labels, numbers in two languages, rounding, money and natural order."""

import math
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geotool import units
from geotool.errors import DataError, LabelError, UsageError

CHAINAGES_M = st.floats(min_value=-2e6, max_value=2e6, allow_nan=False)
LANGUAGES = st.sampled_from(["vi", "en"])


@pytest.mark.parametrize(
    ("label", "metres"),
    [
        ("Km568+126", 568126.0),
        ("Km568+200", 568200.0),
        ("Km 605+500", 605500.0),
        ("Km 605 + 500", 605500.0),
        ("Km624+228,79", 624228.79),
        ("624+228,79", 624228.79),
        ("624+228.79", 624228.79),
        ("KM12+300", 12300.0),
        ("km12+300", 12300.0),
        ("K12+300", 12300.0),
        ("12+300", 12300.0),
        ("Km12+1005", 13005.0),
        ("Km0+000.00", 0.0),
        ("Km12", 12000.0),
        ("Km12,5", 12500.0),
        ("Km12+300 (T)", 12300.0),
        ("Km12+300(p)", 12300.0),
        ("\u00a0Km568\u00a0+\u00a0126 ", 568126.0),
        ("-Km0+012.50", -12.5),
        ("−Km1+000", -1000.0),
        ("1500", 1500.0),
        ("1500.5", 1500.5),
        ("1500,5", 1500.5),
        ("0,125", 0.125),
        (1500, 1500.0),
        (1500.25, 1500.25),
    ],
)
def test_chainage_forms(label, metres):
    assert units.parse_chainage(label) == metres


@pytest.mark.parametrize(
    "label",
    [
        "", " ", "Km", "abc", "Km12+", "+300", "Km12++300", "Km12+3OO", "12+300+5", "Km12.5+300",
        "1.500,5", "1,500", "Km605 500", "Km12-300", "1e5", "nan", math.nan, math.inf, True,
    ],
)  # fmt: skip
def test_what_is_no_chainage_is_refused(label):
    with pytest.raises(LabelError):
        units.parse_chainage(label)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Km12+300 - Km13+050", (12300.0, 13050.0)),
        ("Km12+300-Km13+050", (12300.0, 13050.0)),
        ("Km12+300 – Km13+050", (12300.0, 13050.0)),
        ("Km12+300..Km13+050", (12300.0, 13050.0)),
        ("12+300 .. 13+050,5", (12300.0, 13050.5)),
        ("Km13+050 - Km12+300", (13050.0, 12300.0)),
        ("-Km0+010 - -Km0+005", (-10.0, -5.0)),
        ("Km12 - Km13", (12000.0, 13000.0)),
        ("100..250.5", (100.0, 250.5)),
    ],
)
def test_chainage_ranges(text, expected):
    assert units.parse_chainage_range(text) == expected


@pytest.mark.parametrize("text", ["", "Km12+300", "Km12+300 Km13+050", "Km12+300 - ", "a - b"])
def test_what_is_no_range_is_refused(text):
    with pytest.raises(LabelError):
        units.parse_chainage_range(text)


def test_chainage_is_rounded_before_it_is_split():
    assert units.format_chainage(555999.996) == "Km556+000.00"
    assert units.format_chainage(568126) == "Km568+126.00"
    assert units.format_chainage(568126.4, decimals=0) == "Km568+126"
    assert units.format_chainage(999.6, decimals=0) == "Km1+000"
    assert units.format_chainage(7) == "Km0+007.00"
    assert units.format_chainage(-12.5) == "-Km0+012.50"
    assert units.format_chainage(-0.001) == "Km0+000.00"
    with pytest.raises(LabelError):
        units.format_chainage(math.nan)


@given(CHAINAGES_M)
def test_chainage_survives_its_label(chainage_m):
    assert units.parse_chainage(units.format_chainage(chainage_m)) == round(chainage_m, 2)


@given(CHAINAGES_M, CHAINAGES_M, st.sampled_from([" - ", "-", " – ", "..", "–"]))
def test_range_survives_its_label(start_m, end_m, between):
    text = units.format_chainage(start_m) + between + units.format_chainage(end_m)
    assert units.parse_chainage_range(text) == (round(start_m, 2), round(end_m, 2))


def test_numbers_in_two_languages():
    assert units.format_number(1234.5, language="vi", decimals=1) == "1.234,5"
    assert units.format_number(1234.5, language="en", decimals=1) == "1,234.5"
    assert units.format_number(1234567, language="vi") == "1.234.567"
    assert units.format_number(-1234.56, language="vi", decimals=1) == "-1.234,6"
    assert units.format_number(-0.04, language="en", decimals=1) == "0.0"
    assert units.format_number(2.675, language="en", decimals=2) == "2.68"
    assert units.format_number(None, language="vi") == "–"
    assert units.format_number(math.nan, language="vi") == "–"
    assert units.format_number(10**40 + 1, language="en").endswith("001")
    with pytest.raises(UsageError):
        units.format_number(1.0, language="fr")
    with pytest.raises(UsageError):
        units.format_number(math.inf, language="vi")


def test_numbers_are_read_as_the_language_writes_them():
    assert units.parse_number("1.026", language="vi") == 1026
    assert units.parse_number("1.026", language="en") == 1.026
    assert units.parse_number("1.998.742,87", language="vi") == 1998742.87
    assert units.parse_number(" 12 345,5 ", language="vi") == 12345.5
    assert units.parse_number("−3,5", language="vi") == -3.5


@pytest.mark.parametrize("text", ["", "–", "1.5", "1,2,3", "12.34.567", "1e5", "12 ha"])
def test_what_is_no_number_is_refused(text):
    with pytest.raises(DataError):
        units.parse_number(text, language="vi")


@given(st.floats(min_value=-1e12, max_value=1e12), LANGUAGES, st.integers(0, 6))
def test_number_survives_its_text(value, language, decimals):
    text = units.format_number(value, language=language, decimals=decimals)
    assert units.parse_number(text, language=language) == units.round_half_up(value, decimals)


@given(st.floats(min_value=-1e9, max_value=1e9), st.integers(0, 6))
def test_rounding_moves_by_half_a_step_at_most(value, decimals):
    rounded = units.round_half_up(value, decimals)
    assert abs(rounded - value) <= 0.5 * 10**-decimals * (1 + 1e-9) + math.ulp(value)
    assert units.round_half_up(-value, decimals) == -rounded
    assert units.round_half_up(rounded, decimals) == rounded


def test_halves_go_up():
    assert units.round_half_up(0.5, 0) == 1
    assert units.round_half_up(2.5, 0) == 3
    assert units.round_half_up(-2.5, 0) == -3
    assert units.round_half_up(1.005, 2) == 1.01


def test_areas_lengths_shares():
    assert units.m2_to_ha(12345.0) == 1.2345
    assert units.ha_to_m2(1.5) == 15000
    assert units.format_area_m2(12345.67, language="vi") == "12.345,7 m²"
    assert units.format_area_ha(12345.67, language="vi") == "1,23 ha"
    assert units.format_length_km(24410, language="vi") == "24,41 km"
    assert units.format_length_km(24410, language="en", decimals=3) == "24.410 km"
    assert units.format_share(0.125, language="vi") == "12,5 %"
    assert units.format_share(0.8866, language="en", decimals=2) == "88.66 %"
    assert units.format_share(1.15 / 100, language="en", decimals=2) == "1.15 %"
    for empty in (
        units.format_area_m2(None, language="vi"),
        units.format_area_ha(math.nan, language="vi"),
        units.format_length_km(None, language="en"),
        units.format_share(None, language="en"),
        units.format_share(math.nan, language="en"),
    ):
        assert empty == "–"


def test_money_is_whole_dong():
    assert units.format_vnd(1250000, language="vi") == "1.250.000 ₫"
    assert units.sum_vnd([10**18, 1, 1]) == 10**18 + 2
    assert units.sum_vnd([]) == 0
    for amount in (1.0, True, "5", None):
        with pytest.raises(UsageError):
            units.sum_vnd([amount])
        with pytest.raises(ValueError, match="whole number of dong"):
            units.format_vnd(amount, language="vi")


def test_natural_order():
    names = ["P10", "P2", "P1", "12-10", "12-9", "1300/4", "1300", "Đội Cấn", "Do", "E", ""]
    ordered = ["", "12-9", "12-10", "1300", "1300/4", "Do", "Đội Cấn", "E", "P1", "P2", "P10"]
    assert sorted(names, key=units.natural_key) == ordered


@given(st.lists(st.text(max_size=12)))
def test_natural_order_is_total(names):
    keys = [units.natural_key(name) for name in names]
    assert all((a < b) + (a == b) + (a > b) == 1 for a in keys for b in keys)
    same_text = {unicodedata.normalize("NFC", name) for name in names}
    assert len(set(keys)) == len(same_text)


@given(st.integers(0, 10**30), st.integers(0, 10**30))
def test_natural_order_reads_numbers(first, second):
    assert (units.natural_key(f"P{first}") < units.natural_key(f"P{second}")) == (first < second)
