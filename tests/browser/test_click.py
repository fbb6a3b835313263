"""What a click means, and the tables: the village's affected-area map, desktop and phone."""

import pytest

from geotool.pipeline import map as maps
from geotool.pipeline.assess import assess
from geotool.pipeline.inputs import open_project
from geotool.share import redaction
from geotool.share.render import recipe
from tests.browser.hands import settle, wait_for_all
from tests.village_project import write_project

pytestmark = pytest.mark.browser

# Goes to a feature and returns the page's pixel of the middle of its box.
PLACE_IN = """async ([name, title, far]) => {
  const layer = GT.layers.find((each) => each.entry.name === name);
  await GT.loadLayer(layer);
  const titles = await GT.loadColumn(layer, layer.entry.title_column);
  let index = 0;
  while (titles.at(index) !== title) { index += 1; }
  const middle = L.latLngBounds(GT.boundsOf(layer, index)).getCenter();
  GT.map.setView(middle, far ? 15 : 18, { animate: false });
  const at = GT.map.latLngToContainerPoint(middle);
  const room = GT.map.getContainer().getBoundingClientRect();
  return [at.x + room.left, at.y + room.top];
}"""
CARD = """() => {
  const card = document.getElementById("gt-card");
  return card.hidden ? null : card.querySelector("h2").textContent;
}"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = write_project(tmp_path_factory.mktemp("click") / "p", profile="committee")
    found = assess(open_project(folder), on="2024-05-01")
    profile = redaction.load_profile("committee")
    return {
        name: maps.render(found, recipe.load_recipe(name, folder), profile).html
        for name in ("affected_area", "overview", "graves")
    }


def click(opened, place, *, phone):
    settle(opened.page)
    if phone:
        opened.page.wait_for_timeout(400)  # two quick taps would zoom
        opened.page.touchscreen.tap(*place)
    else:
        opened.page.mouse.click(*place)
    opened.page.wait_for_timeout(100)
    return opened.run(CARD)


@pytest.mark.parametrize("phone", [False, True])
@pytest.mark.parametrize("name", ["affected_area", "overview"])
def test_a_click_on_a_taken_parcel_shows_the_parcel(open_page, pages, name, phone):
    size = {"width": 390, "height": 844} if phone else {}
    opened = open_page(pages[name], phone=phone, **size)
    place = opened.run(PLACE_IN, ["land_take", "2-15", False])
    assert click(opened, place, phone=phone) == "2-15"
    others = opened.page.locator(".gt-others .gt-result-title").all_text_contents()
    assert {"A1", "Commune 2"} <= set(others)
    layer = opened.page.locator(".gt-card-layer").text_content()
    assert layer == "Affected land by parcel"
    opened.page.locator(".gt-others button", has_text="Commune 2").click()
    opened.page.locator("#gt-card h2", has_text="Commune 2").wait_for()
    assert opened.complaints == []


def test_the_most_particular_thing_comes_first(open_page, pages):
    opened = open_page(pages["affected_area"])
    place = opened.run(PLACE_IN, ["structures", "D1", False])
    assert click(opened, place, phone=False) == "D1"
    opened.run("() => GT.setVisible(GT.layers.find((l) => l.entry.name === 'structures'), false)")
    place = opened.run(PLACE_IN, ["communes", "Commune 1", False])
    assert click(opened, place, phone=False) == "Commune 1"
    graves = open_page(pages["graves"])
    place = graves.run(PLACE_IN, ["graves", "G5", False])
    assert click(graves, place, phone=False) == "G5"


def test_a_click_on_nothing_closes_the_card(open_page, pages):
    opened = open_page(pages["affected_area"])
    assert click(opened, opened.run(PLACE_IN, ["land_take", "2-15", False]), phone=False)
    for layer in opened.run("() => GT.layers.map((l) => l.entry.name)"):
        hide = "(n) => GT.setVisible(GT.layers.find((l) => l.entry.name === n), false)"
        opened.run(hide, layer)
    assert click(opened, [400, 400], phone=False) is None


def test_the_view_is_fitted_to_the_project(open_page, pages):
    opened = open_page(pages["affected_area"])
    opened.page.wait_for_timeout(600)
    share = opened.run(
        """() => { const b = GT.page.bounds; const size = GT.map.getSize();
        const a = GT.map.latLngToContainerPoint([b[3], b[0]]);
        const c = GT.map.latLngToContainerPoint([b[1], b[2]]);
        return Math.max((c.x - a.x) / size.x, (c.y - a.y) / size.y); }"""
    )
    assert 0.6 < share < 1


@pytest.mark.parametrize("width", [390, 1366])
def test_no_name_stands_under_the_buttons(open_page, pages, width):
    opened = open_page(pages["overview"], width=width, height=844)
    opened.page.wait_for_timeout(300)
    clashes = opened.run(
        """() => {
          const boxes = (css) => [...document.querySelectorAll(css)]
            .filter((e) => getComputedStyle(e).visibility === "visible")
            .map((e) => e.getBoundingClientRect());
          const meet = (a, b) => a.left < b.right && b.left < a.right &&
            a.top < b.bottom && b.top < a.bottom;
          return boxes(".gt-name, .gt-tick").filter((a) =>
            boxes(".gt-buttons, .gt-north, .gt-scale").some((b) => meet(a, b))).length;
        }"""
    )
    assert clashes == 0


def test_tables_name_communes_and_totals_and_can_be_enlarged(open_page, pages):
    opened = open_page(pages["affected_area"])
    table = opened.page.locator("[data-table=land_take_by_commune]")
    assert table.locator("tbody th").first.text_content() == "Commune 1"
    assert table.locator("tbody th").first.get_attribute("data-value") == "C1"
    assert table.locator(".gt-total th").text_content() == "Total"
    opened.page.click("[data-language=vi]")
    assert table.locator(".gt-total th").text_content() == "Tổng cộng"
    table.locator(".gt-expand").click()
    assert table.bounding_box()["width"] > 1200
    opened.page.keyboard.press("Escape")
    assert table.bounding_box()["width"] < 400
    assert opened.complaints == []


def test_no_card_shows_a_code_where_there_are_words(open_page, pages):
    opened = open_page(pages["overview"])
    wait_for_all(opened.page)
    shown = opened.run(
        """() => { const texts = new Set(); GT.setLanguage("vi"); GT.layers.forEach((layer) => {
          layer.entry.columns.forEach((column) => {
            const values = layer.columns.get(column.name);
            for (let i = 0; i < layer.data.count; i += 1) {
              texts.add(GT.cell(values.at(i), column, "vi"));
            }
          });
        });
        return [...texts]; }"""
    )
    assert not {"recovered", "true", "false", "True", "False", "owned", "full"} & set(shown)
    assert "Km10+000.00" in shown
    assert "0,4" in shown
