"""A phone and a window enlarged to 200 %: nothing over the map covers another thing over it."""

import itertools

import pytest

from geotool.share.tables import Table, TableColumn
from tests.browser.figures import make_page, open_whole
from tests.browser.squares import make_layer
from tests.browser.squares import make_page as make_squares

pytestmark = pytest.mark.browser

SIZES = [{"width": 683, "height": 384}, {"width": 390, "height": 844, "phone": True}]
OVER = (".gt-buttons", ".gt-north", ".gt-scale", ".gt-pointer", "#gt-panel", "#gt-badge")


def overlaps(a, b):
    return all(
        a[k] < b[k] + b[n] and b[k] < a[k] + a[n] for k, n in (("x", "width"), ("y", "height"))
    )


def boxes(opened, selectors):
    return {one: opened.page.locator(one).bounding_box() for one in selectors}


@pytest.mark.parametrize("size", SIZES)
def test_what_lies_over_the_map_lies_apart(open_page, size):
    opened = open_whole(open_page, make_page(), **size)
    opened.run("() => GT.setFilter('status', ['built'])")
    opened.page.wait_for_selector("#gt-badge:not([hidden])")
    found = boxes(opened, OVER)
    for one, other in itertools.combinations(OVER, 2):
        assert not overlaps(found[one], found[other]), (one, other)


@pytest.mark.parametrize("size", SIZES)
def test_an_open_card_leaves_half_of_the_map(open_page, size):
    opened = open_whole(open_page, make_page(), **size)
    opened.run("() => GT.select(GT.layers[0], 0)")
    opened.page.wait_for_selector("#gt-card:not([hidden])")
    found = boxes(opened, ("#gt-card", "#gt-map-box"))
    card, room = found["#gt-card"], found["#gt-map-box"]
    assert card["width"] * card["height"] <= 0.5 * room["width"] * room["height"]


def test_only_numbers_are_large_figures(open_page):
    columns = (TableColumn("commune_name"), TableColumn("affected_count", "count"))
    rows = [{"commune_name": "Kỳ Phong", "affected_count": 7}]
    layer = make_layer({"note": ["x"]})
    opened = open_page(make_squares(layer, tables=(Table("totals", columns, rows),)))
    opened.page.wait_for_selector("#gt-figures .gt-figure", state="attached")
    assert opened.page.locator(".gt-figure dd").all_text_contents() == ["7"]
    assert opened.page.locator("#gt-figures .gt-lines dd").all_text_contents() == ["Kỳ Phong"]
