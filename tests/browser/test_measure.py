"""Measuring: lengths and areas equal the project's own, by mouse, by touch and by keyboard."""

import pytest

from tests.browser import found

pytestmark = pytest.mark.browser

# Page pixels of the corners of the parcel of a number, seen in full.
CORNERS = """(index) => {
  const layer = GT.layers.find((one) => one.entry.name === "parcels");
  GT.map.fitBounds(L.latLngBounds(GT.boundsOf(layer, index)).pad(1), { animate: false });
  const room = GT.map.getContainer().getBoundingClientRect();
  return GT.shapeOf(layer, index).parts[0][0].map((pair) => {
    const at = GT.map.latLngToContainerPoint(pair);
    return [at.x + room.left, at.y + room.top];
  });
}"""


@pytest.fixture(scope="module")
def text():
    return found.make_page()


def number(shown):
    """Return the first number of a Vietnamese text."""
    return float(shown.split(" ")[0].replace(".", "").replace(",", "."))


def result(page):
    return page.locator("#gt-measure-result").text_content()


def begin(opened, kind):
    opened.page.click("#gt-measure-open")
    opened.page.click(f"#gt-measure-{kind}")


def test_an_area_is_that_of_the_table(open_page, text):
    opened = open_page(text)
    corners = opened.run(CORNERS, 1)
    begin(opened, "area")
    for x, y in corners[:4]:
        opened.page.mouse.click(x + 2, y - 2)  # corners catch
    opened.page.click("#gt-measure-end")
    square = found.make_parcels().geometry[1]
    hectares, metres = result(opened.page).split(" = ")
    assert number(metres) == pytest.approx(square.area, rel=1e-4)
    assert number(hectares) == pytest.approx(square.area / 10_000, rel=1e-3)
    more = opened.page.locator("#gt-measure-more").text_content()
    assert number(more.removeprefix("Chu vi ")) == pytest.approx(square.length, rel=2e-3)
    assert opened.page.locator(".gt-measure-note").is_visible()
    assert opened.page.locator("#gt-card").is_hidden()
    assert opened.complaints == []


def test_a_line_grows_shrinks_and_ends(open_page, text):
    opened = open_page(text)
    corners = opened.run(CORNERS, 1)
    begin(opened, "distance")
    for x, y in corners[:3]:
        opened.page.mouse.click(x, y)
    assert number(result(opened.page)) == pytest.approx(2 * found.SIDE, rel=1e-3)
    opened.page.click("#gt-measure-undo")
    assert number(result(opened.page)) == pytest.approx(found.SIDE, rel=1e-3)
    opened.page.mouse.dblclick(*corners[2])
    assert number(result(opened.page)) == pytest.approx(2 * found.SIDE, rel=1e-3)
    assert opened.page.locator("#gt-measure-end").text_content() == "Đo lại"
    opened.page.mouse.move(corners[0][0] + 90, corners[0][1] + 90)
    assert number(result(opened.page)) == pytest.approx(2 * found.SIDE, rel=1e-3)


def test_escape_leaves_and_a_click_means_features_again(open_page, text):
    opened = open_page(text)
    corners = opened.run(CORNERS, 0)
    middle = [sum(one[k] for one in corners[:4]) / 4 for k in (0, 1)]
    begin(opened, "distance")
    opened.page.mouse.click(*middle)
    assert opened.page.locator("#gt-card").is_hidden()
    opened.page.keyboard.press("Escape")
    assert opened.page.locator("#gt-measure").is_hidden()
    assert opened.run("() => !GT.tool && !document.querySelector('.gt-measure-label')")
    opened.page.mouse.click(*middle)
    opened.page.locator("#gt-card h2").wait_for()
    assert opened.page.locator("#gt-card h2").text_content() == "P-1"


def test_by_keyboard_the_middle_of_the_map_is_the_pencil(open_page, text):
    opened = open_page(text)
    opened.run("() => GT.map.setView([18.06, 106.2], 17, { animate: false })")
    begin(opened, "distance")
    opened.page.focus(".folium-map")
    opened.page.keyboard.press("Enter")
    opened.run("() => GT.map.setView([18.07, 106.2], 17, { animate: false })")
    opened.page.keyboard.press("Enter")
    assert number(result(opened.page)) == pytest.approx(1106.7, rel=2e-3)  # 0.01 degree of latitude
    opened.page.keyboard.press("Backspace")
    assert result(opened.page) == ""


def test_by_touch(open_page, text):
    opened = open_page(text, width=390, height=844, phone=True)
    corners = opened.run(CORNERS, 1)
    opened.page.tap("#gt-measure-open")
    for x, y in corners[:2]:
        opened.page.touchscreen.tap(x, y)
    assert number(result(opened.page)) == pytest.approx(found.SIDE, rel=2e-3)
    opened.page.tap("#gt-measure-close")
    assert opened.page.locator("#gt-measure").is_hidden()
