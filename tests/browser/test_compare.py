"""Two panes beside each other: what each shows, that they move together, and the difference."""

import re

import geopandas as gpd
import pytest
import shapely

from tests.browser.hands import settle, wait_for_all
from tests.browser.squares import make_layer, make_page, shown

pytestmark = pytest.mark.browser

PANES = """() => GT.panes.map(({ map }) => {
  const at = map.getCenter();
  return [at.lat, at.lng, map.getZoom(), map.getSize().x, map.getSize().y];
})"""


def make_text(versions):
    compared = make_layer(
        {"version": versions, "affected_area_m2": [10.0, 20.0, 30.0, 40.5]},
        filters=("version",),
        sums=("affected_area_m2",),
    )
    common = make_layer({"note": ["x", "y"]}, "parcels")
    return make_page(common, compared, compare_column="version")


@pytest.fixture(scope="module")
def text():
    return make_text(["one", "one", "two", "two"])


def open_both(open_page, text, **size):
    opened = open_page(text, **size)
    wait_for_all(opened.page)
    settle(opened.page)
    return opened


def row(opened, key):
    cells = opened.page.locator(f"[data-compared=land_take] td[data-key={key}]")
    return [float(cell.get_attribute("data-value")) for cell in cells.all()]


def test_each_pane_shows_its_value_and_both_what_has_none(open_page, text):
    opened = open_both(open_page, text)
    assert [shown(opened, pane=pane) for pane in (0, 1)] == ["AB", "CD"]
    assert [shown(opened, "parcels", pane) for pane in (0, 1)] == ["AB", "AB"]
    assert row(opened, "count") == [2, 2, 0]
    assert row(opened, "affected_area_m2") == [30, 70.5, 40.5]
    opened.page.select_option("[data-pane='1']", "one")
    opened.page.wait_for_function(
        "() => document.querySelector('[data-compared] td:nth-child(3)').dataset.value === '2'"
        " && location.hash.includes('p=one,one')"
    )
    assert shown(opened, pane=1) == "AB"
    assert row(opened, "affected_area_m2") == [30, 30, 0]
    assert opened.complaints == []


def turn_wheel(opened):
    """Turn the wheel until the map is nearer: a turn while the page is still starting is lost."""
    from playwright.sync_api import TimeoutError as Late

    before = opened.run(PANES)[0][2]
    for _ in range(4):
        opened.page.mouse.wheel(0, -240)
        try:
            opened.page.wait_for_function("(z) => GT.map.getZoom() > z", arg=before, timeout=4000)
        except Late:
            continue
        return
    pytest.fail("the wheel does not bring the map nearer")


@pytest.mark.parametrize("act", ["0", "1", "fit", "fly"])
def test_the_panes_move_together(open_page, text, act):
    opened = open_both(open_page, text)
    settle(opened.page)
    if act in "01":
        box = opened.page.locator(".leaflet-container").nth(int(act)).bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        opened.page.mouse.move(x, y)
        turn_wheel(opened)
        opened.page.mouse.down()
        opened.page.mouse.move(x - 30, y - 25, steps=4)
        opened.page.mouse.up()
    elif act == "fit":
        opened.page.click("#gt-zoom-in")
    else:
        goal = opened.run("() => GT.map.getZoom() + 1")
        opened.run("(z) => { GT.map.flyTo(GT.map.getCenter(), z, { duration: 0.2 }); }", goal)
        opened.page.wait_for_function("(z) => GT.map.getZoom() === z", arg=goal)
    settle(opened.page)
    first, second = opened.run(PANES)
    pixel = 360 / (256 * 2 ** first[2])
    assert first[2:] == second[2:]
    assert abs(first[0] - second[0]) < 1.5 * pixel
    assert abs(first[1] - second[1]) < 1.5 * pixel


def test_the_pointer_is_seen_in_the_other_pane(open_page, text):
    opened = open_both(open_page, text)
    box = opened.page.locator(".leaflet-container").first.bounding_box()
    opened.page.mouse.move(box["x"] + 150, box["y"] + 300)
    cross = opened.page.locator(".leaflet-container").nth(1).locator(".gt-twin:not([hidden])")
    cross.wait_for(state="attached")
    x, y = re.findall(r"\d+", cross.get_attribute("style"))
    assert (int(x), int(y)) == pytest.approx((150, 300), abs=2)


@pytest.mark.parametrize("size", [{"width": 390, "height": 844, "phone": True}, {}])
def test_the_panes_hold_when_the_window_changes(open_page, text, size):
    opened = open_both(open_page, text, **size)
    first, second = opened.run(PANES)
    assert first[2:] == second[2:]
    opened.page.set_viewport_size({"width": 900, "height": 600})
    opened.page.wait_for_function("(was) => GT.map.getSize().x !== was", arg=first[3])
    settle(opened.page)
    first, second = opened.run(PANES)
    assert first[2:] == second[2:]
    assert first[:2] == pytest.approx(second[:2], abs=360 / (256 * 2 ** first[2]) * 1.5)


def test_the_address_chooses_and_nonsense_is_left_aside(open_page, text):
    opened = open_both(open_page, text)
    for asked, wanted in (("two,one", ("CD", "AB")), ("no such,%25", ("AB", "CD"))):
        opened.run(
            """(text) => new Promise((done) => {
            GT.map.once("gt:layers", () => done()); location.hash = "#p=" + text; })""",
            asked,
        )
        assert tuple(shown(opened, pane=pane) for pane in (0, 1)) == wanted


def test_a_single_alternative_is_said(open_page):
    opened = open_both(open_page, make_text(["one"] * 4))
    assert opened.run("() => GT.panes.length") == 1
    assert opened.page.locator(".leaflet-container").count() == 1
    assert "nothing to compare" in opened.page.locator("#gt-notices").text_content()
    assert shown(opened) == "ABCD"
    assert opened.complaints == []


def alternatives():
    line = make_layer({"alignment_id": ["T1", "T2"]}, filters=("alignment_id",))
    untouched = make_layer(
        {"land_type": ["ONT", "LUA"], "alignment_id": ["T1", "T2"]},
        "parcels",
        filters=("alignment_id", "land_type"),
    )
    ticks = gpd.GeoDataFrame(
        {"alignment_id": ["T1", "T2"], "label": ["Km1", "Km2"], "chainage_m": [1000.0, 2000.0]},
        geometry=[shapely.Point(570_050, 1_995_050), shapely.Point(570_150, 1_995_050)],
        crs="EPSG:9209",
    )
    return make_page(line, untouched, compare_column="alignment_id", ticks=ticks)


def test_each_pane_has_the_kilometres_of_its_own_alternative(open_page):
    opened = open_both(open_page, alternatives())
    seen = """() => GT.panes.map(({ map }) =>
      [...map.getContainer().querySelectorAll(".gt-tick-box:not(.gt-no-dot) .gt-tick")]
        .map((one) => one.textContent))"""
    opened.page.wait_for_function(f"() => String(({seen})()) === 'Km1,Km2'")
    assert opened.run(seen) == [["Km1"], ["Km2"]]


def test_the_table_says_which_layer_the_filter_leaves(open_page):
    opened = open_both(open_page, alternatives())
    opened.run("() => GT.setFilter('land_type', ['ONT'])")
    note = opened.page.locator("[data-compared=land_take] .gt-note")
    note.wait_for(state="attached")
    assert "as it is" in note.text_content()
    assert opened.page.locator("[data-compared=parcels] .gt-note").count() == 0
    assert row(opened, "count") == [1, 1, 0]
    badge = opened.page.locator("#gt-badge").bounding_box()
    for number in (0, 1):
        choice = opened.page.locator(f".gt-side-{number}").bounding_box()
        assert choice["y"] + choice["height"] <= badge["y"]


def test_the_coordinates_follow_both_panes(open_page):
    opened = open_both(open_page, alternatives())
    for number in (0, 1):
        box = opened.page.locator(".leaflet-container").nth(number).bounding_box()
        opened.page.mouse.move(box["x"] + 200, box["y"] + 150)
        opened.page.wait_for_selector("#gt-pointer:not(.gt-of-centre)")
        opened.page.mouse.move(5, 5)
        opened.page.wait_for_selector("#gt-pointer.gt-of-centre")


def test_what_both_alternatives_meet_counts_once(open_page):
    layer = make_layer(
        {
            "household_id": ["H1", "H2", "H1", None],
            "version": ["one", "one", "two", "two"],
            "relocated": ["yes", "no", "no", "no"],
            "commune_id": ["C1", "C1", "C1", "C1"],
            "affected_area_m2": [1.0, 2.0, 3.0, 4.0],
        },
        "households",
        filters=("version", "commune_id"),
        sums=("affected_area_m2",),
        class_column="relocated",
        counted="household_id",
    )
    opened = open_both(open_page, make_page(layer, compare_column="version"))
    count = opened.page.locator("#gt-totals [data-tally=households] [data-key=count]")
    count.wait_for(state="attached")
    assert count.get_attribute("data-value") == "3"
    assert opened.page.locator("#gt-totals [data-key=affected_area_m2]").count() == 0
    assert opened.page.locator(".gt-layer-head .gt-count").text_content() == "3"
    classes = opened.page.locator("#gt-legend [data-class] .gt-count").all()
    assert sorted(one.text_content() for one in classes) == ["1", "3"]
    assert "add up to more" in opened.page.locator("#gt-legend .gt-several").text_content()
    chart = opened.page.locator("#gt-charts [data-chart=commune_id] .gt-num")
    chart.wait_for(state="attached")
    assert chart.get_attribute("data-value") == "3"
    cells = opened.page.locator("[data-compared=households] td[data-key=affected_area_m2]")
    assert [float(one.get_attribute("data-value")) for one in cells.all()] == [3, 7, 4]


def test_hits_of_the_same_code_say_whose_they_are(open_page):
    layer = make_layer(
        {"household_id": ["H1", "H1"], "version": ["one", "two"]},
        "households",
        filters=("version",),
        counted="household_id",
    )
    opened = open_both(open_page, make_page(layer, compare_column="version"))
    opened.page.fill("#gt-search", "H1")
    opened.page.wait_for_selector("#gt-results button")
    where = opened.page.locator("#gt-results .gt-result-where").all_text_contents()
    assert len(where) == 2
    assert any(one.endswith("one") for one in where)
    assert any(one.endswith("two") for one in where)


@pytest.mark.parametrize("size", [{}, {"width": 683, "height": 384}])
def test_the_badge_covers_no_box(open_page, size):
    opened = open_both(open_page, alternatives(), **size)
    opened.run("() => GT.setFilter('land_type', ['ONT'])")
    opened.page.wait_for_selector("#gt-badge:not([hidden])")
    opened.page.click("#gt-measure-open")
    opened.page.click("#gt-measure-close", timeout=3000)
