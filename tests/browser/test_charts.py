"""Totals by commune and by section as bars: values, filters by a click, both languages."""

import pytest

from tests.browser.figures import do_counted, make_page, open_whole

pytestmark = pytest.mark.browser

VALUES = """(name) => Object.fromEntries([...document.querySelectorAll(`[data-chart=${name}] tr`)]
  .map((row) => [row.dataset.code, Number(row.querySelector("[data-value]").dataset.value)]))"""
SHOWS = """([name, code, value]) => { const row = document.querySelector(
  `[data-chart=${name}] tr[data-code="${code}"] [data-value]`);
  return row && Number(row.dataset.value) === value; }"""


@pytest.fixture(scope="module")
def text():
    return make_page()


def open_charts(open_page, text, **options):
    opened = open_whole(open_page, text, **options)
    opened.page.wait_for_selector("[data-chart=section_id]")
    return opened


def test_bars_are_the_sums_of_the_parts(open_page, text):
    opened = open_charts(open_page, text)
    assert opened.run(VALUES, "commune_id") == {"C1": 75, "C2": 375}
    assert opened.run(VALUES, "section_id") == {"S1": 60, "S2": 150, "S3": 240}
    assert list(opened.run(VALUES, "section_id")) == ["S1", "S2", "S3"]
    widths = opened.run(
        """() => [...document.querySelectorAll("[data-chart=commune_id] rect")]
          .map((rect) => Number(rect.getAttribute("width")))"""
    )
    assert widths == [100, 20]  # the largest first


def test_the_measure_can_be_the_count(open_page, text):
    opened = open_charts(open_page, text)
    opened.page.select_option("#gt-chart-measure", "count")
    opened.page.wait_for_function(SHOWS, arg=["commune_id", "C1", 4])
    assert opened.run(VALUES, "commune_id") == {"C2": 6, "C1": 4}


def test_a_click_on_a_bar_filters_and_a_second_undoes_it(open_page, text):
    opened = open_charts(open_page, text)
    opened.page.locator("[data-chart=commune_id] tr[data-code=C1] td").first.click()
    opened.page.wait_for_function(SHOWS, arg=["section_id", "S2", 15])
    assert opened.run(VALUES, "commune_id") == {"C1": 75, "C2": 375}
    assert opened.run(VALUES, "section_id") == {"S1": 60, "S2": 15}
    pressed = opened.page.locator("[data-chart=commune_id] [aria-pressed=true]")
    assert pressed.all_text_contents() == ["C1"]
    pressed.focus()
    opened.page.keyboard.press("Enter")
    opened.page.wait_for_function(SHOWS, arg=["section_id", "S3", 240])
    assert opened.complaints == []


def test_the_chart_keeps_the_focus_when_drawn_anew(open_page, text):
    opened = open_charts(open_page, text)
    opened.page.locator("[data-chart=section_id] tr[data-code=S2] button").focus()
    do_counted(opened, "() => GT.setFilter('land_type', ['ONT'])")
    opened.page.wait_for_function(SHOWS, arg=["section_id", "S2", 100])
    assert opened.run("() => document.activeElement.textContent") == "S2"


def test_classes_switched_off_leave_the_bars(open_page, text):
    opened = open_charts(open_page, text)
    opened.page.locator("[data-class=built] .gt-class").click()
    opened.page.wait_for_function(SHOWS, arg=["commune_id", "C2", 75])


def test_both_languages_and_the_print(open_page, text):
    opened = open_charts(open_page, text)
    captions = opened.page.locator(".gt-chart caption")
    assert captions.first.text_content().startswith("By commune")
    opened.page.click("[data-language=vi]")
    opened.page.wait_for_function(
        "() => document.querySelector('.gt-chart caption').textContent.startsWith('Theo xã')"
    )
    opened.page.emulate_media(media="print")
    assert opened.page.locator("[data-chart=commune_id]").is_visible()
    assert opened.page.locator("#gt-chart-layer").is_hidden()


def test_without_places_there_is_no_chart(open_page):
    opened = open_whole(open_page, make_page(parts=False))
    assert opened.page.locator("#gt-charts-section").is_hidden()
