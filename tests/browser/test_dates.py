"""The date slider: what is valid on a date, by hand, and the row of the table beside it."""

import pytest

from geotool.share.render.page import DateSlider
from geotool.share.tables import Table, TableColumn
from tests.browser.hands import colours_at, settle, wait_for_all
from tests.browser.squares import make_layer, make_page, shown

pytestmark = pytest.mark.browser

DATES = ("2024-01-01", "2024-02-01", "2024-03-01")
# The change of the map is done when the layers have been told of it.
CHOOSE = """(act) => new Promise((done) => {
  GT.map.once("gt:layers", () => done());
  act === null ? document.getElementById("gt-date-after").click() : location.hash = act;
})"""


@pytest.fixture(scope="module")
def text():
    layer = make_layer(
        {
            # A always, B up to the day before 1 February, C from then on, D in February only
            "valid_from": [None, None, "2024-02-01", "2024-02-01"],
            "valid_to": [None, "2024-02-01", None, "2024-03-01"],
        },
        valid_from="valid_from",
        valid_to="valid_to",
    )
    rows = [{"date": day, "handed_over_km": 1.5 * n} for n, day in enumerate(DATES)]
    columns = (TableColumn("date", "date"), TableColumn("handed_over_km", "length_km"))
    table = Table("handover", columns, rows)
    return make_page(layer, slider=DateSlider(DATES, DATES[0], table))


def figure(opened):
    return opened.page.locator("#gt-date-figures dd[data-key=handed_over_km]").text_content()


def test_shows_what_is_valid_on_the_date_chosen(open_page, text):
    opened = open_page(text)
    wait_for_all(opened.page)
    assert (shown(opened), figure(opened)) == ("AB", "0.000")
    opened.run(CHOOSE, None)
    assert (shown(opened), figure(opened)) == ("ACD", "1.500")
    opened.run(CHOOSE, None)
    assert (shown(opened), figure(opened)) == ("AC", "3.000")
    assert opened.page.locator("#gt-date-after").is_disabled()
    settle(opened.page)
    centres = """() => { const layer = GT.layers[0]; const ids = layer.columns.get("parcel_id");
      return [0, 1, 2, 3].sort((a, b) => ids.at(a) < ids.at(b) ? -1 : 1).map((i) => {
        const [low, high] = GT.boundsOf(layer, i);
        return [(low[0] + high[0]) / 2, (low[1] + high[1]) / 2]; }); }"""
    drawn = colours_at(opened.page, opened.run(centres))
    assert [bool(colour[3]) for colour in drawn] == [True, False, True, False]
    assert opened.complaints == []


def test_the_slider_speaks_the_language_and_is_moved_by_keys(open_page, text):
    opened = open_page(text)
    slider = opened.page.locator("#gt-date")
    assert slider.get_attribute("aria-valuetext") == "2024-01-01"
    slider.focus()
    opened.page.keyboard.press("ArrowRight")
    opened.page.wait_for_function("() => location.hash.includes('d=2024-02-01')")
    assert shown(opened) == "ACD"
    opened.page.click("[data-language=vi]")
    assert slider.get_attribute("aria-valuetext") == "01/02/2024"
    assert opened.page.locator("#gt-date-text").text_content() == "01/02/2024"
    assert figure(opened) == "1,500"


def test_the_date_stands_in_the_address(open_page, text):
    opened = open_page(text)
    opened.run(CHOOSE, "#d=2024-03-01")
    assert shown(opened) == "AC"
    opened.run(CHOOSE, "#d=%3Cimg%3E")
    assert shown(opened) == "AB"
    assert opened.complaints == []


def test_playing_ends_at_the_last_date(open_page, text):
    opened = open_page(text)
    opened.page.click("#gt-date-play")
    assert opened.page.locator("#gt-dates.gt-playing").count() == 1
    opened.page.wait_for_selector("#gt-dates:not(.gt-playing)", timeout=10_000)
    assert shown(opened) == "AC"


def test_a_page_without_dates_has_no_slider(open_page):
    opened = open_page(make_page(make_layer({"note": ["x"]})))
    assert opened.page.locator("#gt-dates").is_hidden()


def test_the_tables_say_their_date_where_the_slider_stands_at_another(open_page, text):
    opened = open_page(text)
    note = opened.page.locator(".gt-own-date").first
    bar = opened.page.locator("#gt-date-note")
    assert (note.is_hidden(), bar.text_content()) == (True, "Figures of 2024-01-01")
    opened.run(CHOOSE, None)
    assert bar.text_content() == "Figures of 2024-02-01"
    assert note.text_content() == "Figures of 2024-01-01"
    assert note.get_attribute("hidden") is None
    opened.page.click("[data-language=vi]")
    assert note.text_content() == "Số liệu ngày 01/01/2024"


def test_on_a_phone_two_figures_are_whole_and_more_are_hinted_at(open_page):
    names = ("total_km", "handed_over_km", "left_km", "right_km", "longest_clear_km")
    columns = (TableColumn("date", "date"), *(TableColumn(n, "length_km") for n in names))
    rows = [{"date": day, **dict.fromkeys(names, 24.41)} for day in DATES]
    slider = DateSlider(DATES, DATES[0], Table("handover", columns, rows))
    layer = make_layer({"valid_from": [None]}, valid_from="valid_from")
    opened = open_page(make_page(layer, slider=slider), width=390, height=844, phone=True)
    wait_for_all(opened.page)
    bar = opened.page.locator("#gt-dates").bounding_box()
    assert bar["height"] <= 0.2 * 844
    ends = [one.bounding_box() for one in opened.page.locator("#gt-date-figures > div").all()]
    assert sum(one["x"] + one["width"] <= 390 - 32 for one in ends) == 2
    assert ends[2]["x"] < 390
