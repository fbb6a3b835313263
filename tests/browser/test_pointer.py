"""Coordinates under the pointer, pinned places, and the boxes over the page."""

import math

import pytest
import shapely

from geotool import crs
from geotool.route import chainage
from tests.browser import found
from tests.share.render import place_vectors

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def text():
    return found.make_page()


def plane_numbers(shown):
    """Return north and east of "X 1 996 100,0  Y 572 100,0"."""
    north, east = shown.replace("\u202f", "").replace(",", ".").split("  ")
    return float(north.removeprefix("X ")), float(east.removeprefix("Y "))


def test_the_pointer_reads_the_projects_own_numbers(open_page, text):
    opened = open_page(text)
    lng, lat = crs.transformer(place_vectors.SYSTEM, "EPSG:4326")(571_300.0, 1_996_500.0)
    opened.run("(at) => GT.map.setView(at, 19, { animate: false })", [float(lat), float(lng)])
    room = opened.page.locator(".folium-map").bounding_box()
    opened.page.mouse.move(room["x"] + room["width"] / 2, room["y"] + room["height"] / 2)
    opened.page.wait_for_function("() => !document.querySelector('.gt-of-centre')")
    shown = opened.page.locator("#gt-pointer-plane").text_content()
    assert math.dist(plane_numbers(shown), (1_996_500, 571_300)) < 0.6  # two pixels
    point = place_vectors.gpd.GeoDataFrame(
        geometry=[shapely.Point(571_300, 1_996_500)], crs=place_vectors.SYSTEM
    )
    one = chainage.locate_points(point, [place_vectors.make_axis()]).iloc[0]
    label, side, metres, _ = opened.page.locator("#gt-pointer-chainage").text_content().split(" ")
    assert label == f"Km{int(one.chainage_m // 1000)}+{round(one.chainage_m % 1000):03d}"
    assert (side, int(metres)) == ("T" if one.side == "left" else "P", round(one.offset_m))
    degrees = opened.page.locator("#gt-pointer-degrees").text_content()
    assert degrees.startswith(f"{lat:.5f}".replace(".", ",")[:7])
    opened.page.click("[data-language=en]")
    assert opened.page.locator("#gt-pointer-plane").text_content().startswith("N 1")
    assert opened.complaints == []


def test_away_from_the_map_the_middle_is_read_and_copied(open_page, text):
    opened = open_page(text)
    opened.run("() => { GT.copyText = (text) => { window.copied = text; }; }")
    opened.page.focus("#gt-pointer")
    assert opened.page.locator(".gt-cross").is_visible()
    opened.page.keyboard.press("Enter")
    assert opened.run("() => window.copied").startswith("X 1")


def test_a_place_is_pinned_by_the_right_button_and_by_key(open_page, text):
    opened = open_page(text)
    opened.run("() => { GT.copyText = (text) => { window.copied = text; }; }")
    opened.page.mouse.click(500, 400, button="right")
    card = opened.page.locator("#gt-place")
    card.wait_for(state="visible")
    card.locator(".gt-copy").first.click()
    north, east = opened.run("() => window.copied").replace(",", ".").split(" ")
    assert north.startswith("X=199")
    assert east.startswith("Y=57")
    opened.page.keyboard.press("Escape")
    assert card.is_hidden()
    opened.page.focus(".folium-map")
    opened.page.keyboard.press("p")
    assert card.is_visible()
    shown = card.locator("dd").first.text_content().replace("\n", "  ")
    assert math.isfinite(plane_numbers(shown)[0])


def test_a_touch_page_reads_its_middle(open_page, text):
    opened = open_page(text, width=390, height=844, phone=True)
    assert opened.page.locator(".gt-pointer-centre").is_visible()
    north, east = plane_numbers(opened.page.locator("#gt-pointer-plane").text_content())
    assert 1_990_000 < north < 2_000_000
    assert 569_000 < east < 577_000


MIDDLE = """(index) => {
  const layer = GT.layers.find((one) => one.entry.name === "parcels");
  GT.map.setView(L.latLngBounds(GT.boundsOf(layer, index)).getCenter(), 17, { animate: false });
  return GT.titleOf(layer, index);
}"""


def test_enter_opens_what_lies_at_the_middle(open_page, text):
    opened = open_page(text)
    opened.page.wait_for_selector("html[data-whole]", state="attached")
    title = opened.run(MIDDLE, 2)
    opened.page.focus(".folium-map")
    opened.page.keyboard.press("Enter")
    opened.page.locator("#gt-card h2").wait_for()
    assert opened.page.locator("#gt-card h2").text_content() == title


def test_the_about_box_names_licences_and_keeps_the_focus(open_page, text):
    opened = open_page(text)
    opened.page.click("#gt-about-open")
    box = opened.page.locator("#gt-about")
    names = box.locator("summary").all_text_contents()
    assert any(name.startswith("Leaflet") for name in names)
    assert any(name.startswith("geotool") for name in names)
    assert "0,1 m" in box.text_content()
    for _ in range(12):
        opened.page.keyboard.press("Tab")
        assert opened.run(
            """() => { const at = document.activeElement;
            return at === document.body || Boolean(at.closest("#gt-about")); }"""
        )
    opened.page.click("#gt-about summary >> nth=0")
    assert "MIT" in box.locator("pre").first.text_content()
    opened.page.keyboard.press("Escape")
    assert box.is_hidden()
    assert opened.run("() => document.activeElement.id") == "gt-about-open"
    assert opened.complaints == []


def test_the_list_of_keys_and_the_way_to_the_search_box(open_page, text):
    opened = open_page(text)
    opened.page.keyboard.press("?")
    assert opened.page.locator("#gt-help").is_visible()
    opened.page.keyboard.press("Escape")
    opened.page.keyboard.press("/")
    assert opened.run("() => document.activeElement.id") == "gt-search"
    opened.page.keyboard.type("?")
    assert opened.page.locator("#gt-help").is_hidden()


def test_the_scale_is_given_as_a_number(open_page, text):
    opened = open_page(text)
    lat = opened.run("() => GT.map.getCenter().lat")
    opened.run("() => GT.map.setZoom(17, { animate: false })")
    shown = opened.page.locator("#gt-scale-number").text_content()
    metres = 40_075_016.7 * math.cos(math.radians(lat)) / 256 / 2**17
    assert float(shown.removeprefix("≈ 1:").replace(".", "")) == pytest.approx(
        metres * 96 / 0.0254, rel=0.02
    )


def test_full_screen_keeps_the_scale_and_the_north_arrow(open_page, text):
    opened = open_page(text)
    opened.page.click("#gt-full")
    opened.page.wait_for_function("() => document.fullscreenElement !== null")
    assert opened.page.locator("#gt-full").get_attribute("aria-pressed") == "true"
    assert opened.page.locator(".gt-scale").is_visible()
    assert opened.page.locator(".gt-north").is_visible()
    opened.page.click("#gt-full")
    opened.page.wait_for_function("() => document.fullscreenElement === null")


# Whether so many outlines are on the map, and the coordinates are those of its middle.
POINTED = """([outlines, centre]) => {
  let count = 0;
  GT.map.eachLayer((one) => { count += one instanceof L.Path; });
  return count === outlines && centre === Boolean(document.querySelector(".gt-of-centre"));
}"""


def test_leaving_the_map_gives_the_middle_and_no_outline(open_page, text):
    opened = open_page(text)
    opened.run(MIDDLE, 2)
    room = opened.page.locator(".folium-map").bounding_box()
    opened.page.mouse.move(room["x"] + room["width"] / 2, room["y"] + room["height"] / 2)
    opened.page.wait_for_function(POINTED, arg=[1, False])
    opened.page.mouse.move(room["x"] + room["width"] + 150, room["y"] + 300)
    opened.page.wait_for_function(POINTED, arg=[0, True])
