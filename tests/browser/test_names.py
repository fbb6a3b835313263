"""Names on the map: a name gives way to a kilometre within its own area before it is left out."""

import geopandas as gpd
import pytest
import shapely

from tests.browser.hands import settle, wait_for_all
from tests.browser.squares import make_layer, make_page

pytestmark = pytest.mark.browser

NAMES = """() => [...document.querySelectorAll(".gt-name")].map((name) => {
  const box = name.getBoundingClientRect();
  const others = [...document.querySelectorAll(".gt-tick:not(.gt-off)")]
    .map((one) => one.getBoundingClientRect());
  return { text: name.textContent, off: name.classList.contains("gt-off"),
    moved: name.style.left !== "0px" || name.style.top !== "0px",
    x: box.x + box.width / 2, y: box.y + box.height / 2,
    covered: others.some((one) => one.left < box.right && box.left < one.right
      && one.top < box.bottom && box.top < one.bottom) };
})"""
AT = """([x, y]) => {
  const box = GT.map.getContainer().getBoundingClientRect();
  const found = GT.pick(GT.map.containerPointToLatLng([x - box.left, y - box.top]), 0)[0];
  return found ? found.layer.columns.get("parcel_id").at(found.index) : null;
}"""


def make_text(*places):
    """Return a page of two areas, A and B, with kilometres at places along them, in metres."""
    ticks = gpd.GeoDataFrame(
        {
            "label": [f"Km{n}" for n in range(len(places))],
            "chainage_m": [1000.0 * n for n in range(len(places))],
        },
        geometry=[shapely.Point(570_000 + x, 1_995_050) for x in places],
        crs="EPSG:9209",
    )
    return make_page(make_layer({"level": ["x", "x"]}, "communes"), ticks=ticks)


def names(open_page, text):
    opened = open_page(text)
    wait_for_all(opened.page)
    settle(opened.page)
    return opened, {one["text"]: one for one in opened.run(NAMES)}


def test_a_name_gives_way_within_its_area(open_page):
    opened, found = names(open_page, make_text(48))
    assert {text: (one["off"], one["moved"], one["covered"]) for text, one in found.items()} == {
        "A": (False, True, False),
        "B": (False, False, False),
    }
    assert opened.run(AT, [found["A"]["x"], found["A"]["y"]]) == "A"


def test_a_name_with_no_free_place_in_its_area_is_left_out(open_page):
    opened, _ = names(open_page, make_text(48))
    opened.run("() => GT.map.setView(GT.map.getCenter(), GT.map.getMinZoom(), { animate: false })")
    settle(opened.page)
    shown = [one for one in opened.run(NAMES) if not one["off"]]
    assert all(not one["covered"] for one in shown)
    for one in shown:
        assert opened.run(AT, [one["x"], one["y"]]) == one["text"]
