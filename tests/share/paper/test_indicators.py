"""Classes of an indicator on paper: even, in order, equal values together, as on the page."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geotool.share.paper import sheet
from geotool.share.paper.indicators import shade
from geotool.share.render.style import Symbol
from tests.share.paper import drawn


def test_ten_numbers_make_five_classes_of_two():
    made = shade(np.arange(10.0), Symbol())
    assert made.codes.tolist() == ["1", "1", "2", "2", "3", "3", "4", "4", "5", "5"]
    assert made.ranges["2"] == (2.0, 3.0)
    hatches = [made.symbols[code].hatch for code in "12345"]
    assert len(set(hatches)) == 5


@pytest.mark.parametrize(
    ("values", "codes"),
    [
        ([7.0], ["1"]),
        ([3.0, 3.0, 3.0], ["1", "1", "1"]),
        ([1.0, np.nan, 2.0], ["1", "", "2"]),
        ([0.0, 0.0, 0.0, 0.0, 9.0], ["1", "1", "1", "1", "2"]),
        ([np.nan], [""]),
    ],
)
def test_few_numbers(values, codes):
    assert shade(np.array(values), Symbol()).codes.tolist() == codes


@given(st.lists(st.integers(0, 12) | st.just(float("nan")), min_size=1, max_size=60))
def test_classes_follow_the_numbers_and_part_no_equals(numbers):
    values = np.array(numbers, dtype=float)
    made = shade(values, Symbol())
    known = ~np.isnan(values)
    codes = np.array([int(code or 0) for code in made.codes])
    assert (codes[known] >= 1).all()
    assert (codes[~known] == 0).all()
    order = np.argsort(values[known], kind="stable")
    assert (np.diff(codes[known][order]) >= 0).all()
    for value in set(values[known]):
        assert len(set(codes[values == value])) == 1
    assert set(made.codes) <= set(made.symbols)
    assert len(set(codes[known])) == min(5, len(set(values[known])))


def test_communes_are_coloured_by_their_first_indicator_that_has_numbers():
    areas = [10.0, 25.5, 900.0]
    rows = [
        {"commune_id": f"C{i}", "grave_count": None, "affected_area_m2": area}
        for i, area in enumerate(areas)
    ]
    shapes = [shapely.box(x, 0, x + 100, 100) for x in (0, 100, 200)]
    one = drawn.layer(
        rows,
        shapes,
        name="communes",
        title={"vi": "Xã", "en": "Communes"},
        indicators=("grave_count", "affected_area_m2"),
    )
    made = drawn.content([one], scale=2000, language="en")
    text = drawn.text_of(sheet.render_sheets(made).pdf)
    for part in ("Communes: Affected area (m²)", "10.0 (1)", "25.5 (1)", "900.0 (1)"):
        assert part in text, part
