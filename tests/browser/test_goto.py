"""Going to a chainage: what is understood, which places there are, and that the map goes there."""

import math

import pytest

from geotool import crs
from geotool.route import chainage
from geotool.units import format_chainage
from tests.browser import found
from tests.share.render import place_vectors

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def text():
    return found.make_page()


def go(page, typed):
    page.fill("#gt-goto", typed)
    page.press("#gt-goto", "Enter")


def pin_of(opened):
    """Return where the needle stands, in the plane of the project."""
    lat, lng = opened.run(
        """() => { let at; GT.map.eachLayer((one) => {
        if (one instanceof L.Marker && one.getElement().querySelector(".gt-needle")) {
          at = one.getLatLng(); } }); return [at.lat, at.lng]; }"""
    )
    east, north = crs.transformer("EPSG:4326", place_vectors.SYSTEM)(lng, lat)
    return float(east), float(north)


@pytest.mark.parametrize(
    ("typed", "metres"),
    [("Km561+240", 561_240), ("561,24", 561_240), ("561240", 561_240), ("Km 566+012.5", 566_012.5)],
)
def test_the_needle_stands_where_python_says(open_page, text, typed, metres):
    opened = open_page(text)
    opened.page.emulate_media(reduced_motion="reduce")
    go(opened.page, typed)
    opened.page.locator("#gt-place").wait_for(state="visible")
    axis = place_vectors.make_axis()
    point = chainage.point_at(axis, axis.measure_at(metres))
    assert math.dist(pin_of(opened), (point.x, point.y)) < 0.05
    label = opened.page.locator("#gt-place h2").text_content()
    assert label == format_chainage(metres)
    assert opened.page.locator("#gt-goto-note").text_content() == f"Hiểu là {label}"
    assert opened.run("() => GT.map.getZoom() >= 16")
    assert opened.complaints == []


def test_a_label_that_repeats_offers_every_place(open_page, text):
    opened = open_page(text)
    go(opened.page, "Km563+800")
    choices = opened.page.locator("#gt-goto-choices button")
    assert choices.all_text_contents() == [
        "Km563+800.00 (vùng lý trình 1)",
        "Km563+800.00 (vùng lý trình 2)",
    ]
    assert opened.page.locator("#gt-place").is_hidden()
    choices.nth(1).click()
    axis = place_vectors.make_axis()
    point = chainage.point_at(axis, axis.measure_at(563_800, zone=2))
    assert math.dist(pin_of(opened), (point.x, point.y)) < 0.05
    assert opened.page.locator("#gt-place h2").text_content().endswith("(vùng lý trình 2)")


def test_a_bare_number_may_be_metres_or_kilometres(open_page, text):
    opened = open_page(text)
    opened.run("() => { GT.axes()[0].zones[0].chainages[0] = 0; }")  # labels from Km0 on
    go(opened.page, "562")
    shown = opened.page.locator("#gt-goto-choices button").all_text_contents()
    assert shown == ["Km0+562.00", "Km562+000.00"]


def test_beyond_the_axis_and_in_a_gap_the_ranges_are_said(open_page, text):
    page = open_page(text).page
    for typed in ("Km600", "Km568+800"):
        go(page, typed)
        note = page.locator("#gt-goto-note").text_content()
        assert "Km561+000.00 – Km564+020.00" in note
        assert "Km563+500.00 – Km568+500.00" in note
        assert page.locator("#gt-place").is_hidden()
    go(page, "<b>chỗ</b>")
    assert page.locator("#gt-goto-note").text_content().startswith("Không đọc được")


def test_of_several_alignments_one_can_be_chosen(open_page):
    page = open_page(found.make_page(axes=2)).page
    go(page, "Km561+240")
    assert page.locator("#gt-goto-choices button").count() == 2
    page.select_option("#gt-goto-axis", "T2")
    go(page, "Km561+240")
    assert page.locator("#gt-place h2").text_content() == "Km561+240.00 T2"


def test_without_an_axis_there_is_no_box(open_page):
    page = open_page(found.make_page(axes=0)).page
    assert page.locator("#gt-goto").is_hidden()


@pytest.mark.parametrize("size", [{}, {"width": 390, "height": 844, "phone": True}])
def test_chooser_box_and_button_stand_in_one_row(open_page, text, size):
    opened = open_page(text, **size)
    if size:
        opened.page.click("#gt-handle")
    several = opened.run("() => GT.axes().length > 1")
    names = ["#gt-goto", "#gt-goto-form button", *(["#gt-goto-axis"] if several else [])]
    tops = [opened.page.locator(name).bounding_box()["y"] for name in names]
    assert max(tops) - min(tops) < 3
