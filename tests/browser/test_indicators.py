"""Areas coloured by an indicator: classes by hand, the legend beside them, the address."""

import pytest

from tests.browser.hands import count_pixels, settle, wait_for_all
from tests.browser.squares import make_layer, make_page, shown

pytestmark = pytest.mark.browser

LEGEND = """() => [...document.querySelectorAll("#gt-legend [data-class]")].map((row) =>
  [row.querySelector(".gt-class-name").textContent, row.querySelector(".gt-count").textContent])"""


@pytest.fixture(scope="module")
def text():
    layer = make_layer(
        {
            "commune_name": list("STUVWX"),
            "household_count": [1, 2, 3, 1000, 5, None],
            "affected_share": [0.5, 0.5, 0.25, 0.25, 0.25, 0.25],
        },
        "communes",
        indicators=("household_count", "affected_share"),
    )
    return make_page(layer)


def choose(opened, selector, value):
    opened.run("() => { window.told = new Promise((done) => GT.map.once('gt:classes', done)); }")
    opened.page.select_option(selector, value)
    opened.run("() => window.told.then(() => null)")
    settle(opened.page)


def test_the_first_indicator_by_equal_counts_with_no_data_apart(open_page, text):
    opened = open_page(text)
    wait_for_all(opened.page)
    assert opened.run(LEGEND) == [
        ["1", "1"],
        ["2", "1"],
        ["3", "1"],
        ["5", "1"],
        ["1,000", "1"],
        ["No data", "1"],
    ]
    settle(opened.page)
    for fill in ("#fff7cf", "#3f7fb8"):
        assert count_pixels(opened.page, fill, 28) > 500
    opened.page.click("[data-language=vi]")
    assert opened.run(LEGEND)[4] == ["1.000", "1"]
    assert opened.complaints == []


def test_equal_intervals_and_few_values(open_page, text):
    opened = open_page(text)
    wait_for_all(opened.page)
    choose(opened, "[data-method=communes]", "intervals")
    assert opened.run(LEGEND) == [["1 – 5", "4"], ["1,000", "1"], ["No data", "1"]]
    choose(opened, "[data-indicator=communes]", "affected_share")
    assert opened.run(LEGEND) == [["25.0 %", "4"], ["50.0 %", "2"]]
    assert "affected_share:intervals" in opened.run(
        "() => { GT.writeState(); return location.hash; }"
    )


def test_a_class_is_hidden_from_the_legend_and_one_colour_is_back(open_page, text):
    opened = open_page(text)
    wait_for_all(opened.page)
    opened.page.locator("#gt-legend [data-class='5'] .gt-class").click()
    settle(opened.page)
    assert shown(opened, "communes") == "ABCEF"
    choose(opened, "[data-indicator=communes]", "")
    assert shown(opened, "communes") == "ABCDEF"
    assert opened.run(LEGEND) == []


def test_the_address_chooses_the_indicator(open_page, text):
    opened = open_page(text)
    wait_for_all(opened.page)
    opened.run("""() => new Promise((done) => { GT.map.once("gt:classes", () => done());
      location.hash = "#i=communes:affected_share:quantiles"; })""")
    assert [row[0] for row in opened.run(LEGEND)] == ["25.0 %", "50.0 %"]
    value = opened.page.locator("[data-indicator=communes]").input_value()
    assert value == "affected_share"


def test_the_address_hides_classes_of_a_coloured_layer(open_page, text):
    opened = open_page(text)
    wait_for_all(opened.page)
    opened.run("""() => new Promise((done) => { GT.map.once("gt:classes", () => setTimeout(done));
      location.hash = "#i=communes:affected_share:quantiles&x=communes:1"; })""")
    assert shown(opened, "communes") == "AB"
    opened.page.reload()
    wait_for_all(opened.page)
    opened.page.wait_for_function("() => GT.layers[0].offClasses.size === 1")
    assert shown(opened, "communes") == "AB"


def test_the_classes_stand_above_the_fold(open_page, text):
    opened = open_page(text)
    wait_for_all(opened.page)
    order = opened.run("""() => [...document.querySelectorAll("#gt-panel-body > .gt-section")]
      .map((one) => one.className)""")
    assert "gt-legend-section" in order[0]
    last = opened.page.locator("#gt-legend [data-class]").last.bounding_box()
    assert last["y"] + last["height"] < 768


def test_what_is_coloured_by_a_number_stands_first_in_the_legend(open_page):
    columns = {"commune_name": ["S", "T"], "household_count": [1, 2]}
    coloured = make_layer(columns, "communes", indicators=("household_count",))
    opened = open_page(make_page(coloured, make_layer(columns, "parcels")))
    wait_for_all(opened.page)
    rows = opened.page.locator("#gt-legend [data-layer]").all()
    assert [row.get_attribute("data-layer") for row in rows] == ["communes", "parcels"]
    last = opened.page.locator("#gt-legend [data-class]").last
    assert last.evaluate("(row) => row.getBoundingClientRect().bottom < innerHeight")
