import dataclasses
import time

import pytest

from geotool.share.render import layerdata
from geotool.share.render.page import render_page
from tests.browser.hands import (
    count_drawn,
    count_on_paper,
    count_pixels,
    go_to_class,
    settle,
    show_only,
    wait_for_all,
)
from tests.share.render import sample_content
from tests.share.render.hostile import ALL, HOSTILE, make_hostile_content

pytestmark = pytest.mark.browser

POINT_OF = """(place) => {
  GT.map.setView(place, 16, { animate: false });
  const at = GT.map.latLngToContainerPoint(place);
  const box = GT.map.getContainer().getBoundingClientRect();
  return [at.x + box.left, at.y + box.top];
}"""


@pytest.fixture(scope="module")
def content():
    return sample_content.make_content(120, 60)


@pytest.fixture(scope="module")
def text(content):
    return render_page(content)


def test_asks_for_nothing_and_complains_of_nothing(open_page, text):
    opened = open_page(text)
    opened.page.click("#gt-zoom-in")
    opened.page.click("#gt-fit")
    opened.page.wait_for_timeout(500)
    assert opened.requests == []
    assert opened.complaints == []


def test_every_class_of_every_layer_is_drawn_in_its_colour(open_page, content, text):
    opened = open_page(text)
    for layer in content.layers:
        show_only(opened.page, layer.name)
        classes = opened.run(
            "(name) => GT.layers.find((l) => l.entry.name === name).entry.classes", layer.name
        )
        for number, one in enumerate(classes):
            go_to_class(opened.page, layer.name, number, 17)
            if layer.name == "communes":
                opened.run(
                    "() => { GT.map.fitBounds(GT.map.options.maxBounds, {animate: false}); }"
                )
                settle(opened.page)
            found = count_pixels(opened.page, one["symbol"]["stroke"])
            assert found > 10, (layer.name, one["code"])


def test_hidden_layers_leave_the_canvas_empty(open_page, text):
    opened = open_page(text)
    show_only(opened.page, "no such layer")
    assert count_drawn(opened.page) == 0


def test_click_shows_the_card_and_escape_closes_it(open_page, content, text):
    opened = open_page(text)
    parcels = next(layer for layer in content.layers if layer.name == "parcels")
    show_only(opened.page, "parcels")
    drawn = layerdata.to_lonlat(parcels.frame, "parcels")
    inside = drawn.geometry.iloc[7].representative_point()
    place = opened.run(POINT_OF, [inside.y, inside.x])
    settle(opened.page)
    opened.page.mouse.click(*place)
    card = opened.page.locator("#gt-card")
    card.wait_for(state="visible")
    assert card.locator("h2").text_content() == parcels.frame["parcel_id"].iloc[7]
    area = card.locator("dd[data-key=document_area_m2]").text_content()
    assert area.endswith(" m²")
    assert "," in area
    assert "0912345678" not in opened.page.content()
    opened.page.keyboard.press("Escape")
    assert card.is_hidden()


def test_totals_carry_the_unrounded_numbers(open_page, content, text):
    opened = open_page(text)
    table = content.tables[1]
    rows = opened.run(
        """() => [...document.querySelectorAll("[data-table=land_take_by_commune] tbody tr")].map(
        (row) => [...row.children].map((c) => [c.dataset.key, c.dataset.value]))"""
    )
    wanted = [*table.rows, table.total]
    assert len(rows) == len(wanted)
    for row, want in zip(rows, wanted, strict=True):
        assert [key for key, _ in row] == [column.name for column in table.columns]
        assert float(dict(row)["affected_area_m2"]) == want["affected_area_m2"]
        assert float(dict(row)["affected_count"]) == want["affected_count"]
    head = opened.page.locator("[data-table=totals] dd[data-key=affected_area_ha]")
    assert float(head.get_attribute("data-value")) == content.tables[0].rows[0]["affected_area_ha"]


def test_language_switch_changes_every_word_and_number(open_page, content, text):
    opened = open_page(text)
    opened.page.mouse.move(600, 400)
    body = """() => {
      const pointed = document.getElementById("gt-pointer").innerText;
      return document.getElementById("gt-app").innerText.replace(pointed, "");
    }"""
    first = opened.run(body)
    total = opened.page.locator(".gt-total td[data-key=affected_area_m2]")
    before = total.text_content()
    opened.page.click("[data-language=en]")
    second = opened.run(body)
    assert opened.run("() => document.documentElement.lang") == "en"
    assert opened.page.title() == content.title["en"]
    assert before != total.text_content()
    for layer in content.layers:
        assert layer.title["vi"] in first
        assert layer.title["en"] in second
    assert content.statement.notices[0]["en"] in second
    assert content.statement.notices[0]["vi"] not in second
    assert opened.page.locator("#gt-zoom-in").get_attribute("aria-label") == "Zoom in"
    opened.page.click("[data-language=vi]")
    assert opened.run(body) == first


def test_hostile_text_is_shown_literally(open_page):
    opened = open_page(render_page(make_hostile_content()))
    page = opened.page
    page.mouse.click(480, 600)
    card = page.locator("#gt-card")
    card.wait_for(state="visible")
    page.wait_for_timeout(200)
    for language in ("en", "vi"):
        page.click(f"[data-language={language}]")
        shown = card.text_content()
        for text in HOSTILE:
            assert text in shown
        assert card.locator("h2").text_content() == ALL
        assert page.locator("#gt-title").text_content().startswith(ALL)
        assert page.locator(".gt-layer-name").text_content().startswith(ALL)
        assert HOSTILE[3] in page.locator(".gt-tick").text_content()
        assert page.locator(".gt-name").text_content() == ALL
        table = page.locator("[data-table]").text_content()
        for text in HOSTILE:
            assert text in table
    page.fill("#gt-search", "<img")
    page.locator("#gt-results button").first.wait_for()
    assert "<img" in page.locator("#gt-results button").first.text_content()
    assert opened.run("() => window.hacked === undefined && !document.querySelector('img')")
    assert opened.requests == []
    assert opened.complaints == []


def test_keyboard_reaches_the_buttons_and_the_features(open_page, content, text):
    opened = open_page(text)
    names = []
    for _ in range(40):
        opened.page.keyboard.press("Tab")
        names.append(
            opened.run("() => document.activeElement.id || document.activeElement.dataset.language")
        )
    assert {"vi", "en", "gt-print", "gt-zoom-in", "gt-fit", "gt-handle", "gt-search"} <= set(names)
    opened.page.focus("#gt-search")
    opened.page.keyboard.type("ky van")
    opened.page.locator("#gt-results button").first.wait_for()
    opened.page.keyboard.press("Enter")
    opened.page.locator("#gt-card").wait_for(state="visible")
    assert opened.page.locator("#gt-card h2").text_content() == "Kỳ Văn"
    unnamed = opened.run(
        """() => [...document.querySelectorAll("button")].filter(
        (b) => b.offsetParent && !b.textContent.trim() && !b.getAttribute("aria-label")).length"""
    )
    assert unnamed == 0


def test_view_stays_with_the_project(open_page, text):
    opened = open_page(text)
    for _ in range(6):
        if opened.page.locator("#gt-zoom-out").is_disabled():
            break
        opened.page.click("#gt-zoom-out")
        opened.page.wait_for_timeout(350)
    assert opened.page.locator("#gt-zoom-out").is_disabled()
    span = opened.run("() => { const b = GT.map.getBounds(); return b.getEast() - b.getWest(); }")
    assert span < 1.5
    scale = opened.page.locator("#gt-scale-text").text_content()
    assert scale.endswith(" km")


def test_chainage_labels_never_cover_each_other(open_page, text):
    opened = open_page(text)
    for zoom in (11.5, 13, 15):
        opened.run("(z) => { GT.map.setZoom(z, { animate: false }); }", zoom)
        settle(opened.page)
        clashes, shown = opened.run(
            """() => {
              const seen = (e) => getComputedStyle(e).visibility === "visible";
              const boxes = [...document.querySelectorAll(".gt-tick, .gt-name")]
                .filter(seen).map((e) => e.getBoundingClientRect());
              const meet = (a, b) => a.left < b.right && b.left < a.right &&
                a.top < b.bottom && b.top < a.bottom;
              let n = 0;
              boxes.forEach((a, i) => boxes.slice(i + 1).forEach((b) => { n += meet(a, b); }));
              return [n, boxes.length];
            }"""
        )
        assert clashes == 0
        assert shown > 5


def test_phone_has_a_sheet_and_nothing_runs_off_the_side(open_page, text):
    opened = open_page(text, width=390, height=844, phone=True)
    handle = opened.page.locator("#gt-handle")
    assert handle.get_attribute("aria-expanded") == "false"
    assert opened.run("() => document.documentElement.scrollWidth") <= 390
    opened.page.tap("#gt-handle")
    assert handle.get_attribute("aria-expanded") == "true"
    assert opened.page.locator("[data-table=totals]").is_visible()
    assert opened.requests == []
    assert opened.complaints == []


def test_print_shows_the_map_and_the_totals(open_page, text):
    opened = open_page(text)
    opened.run("() => { window.dispatchEvent(new Event('beforeprint')); }")
    assert count_on_paper(opened.page) > 1_000  # at once: a printer does not wait
    opened.page.emulate_media(media="print")
    assert opened.page.locator("[data-table=land_take_by_commune]").is_visible()
    assert opened.page.locator("#gt-print").is_hidden()
    assert opened.page.locator(".gt-paper").is_visible()
    opened.run("() => { window.dispatchEvent(new Event('afterprint')); }")
    assert opened.complaints == []


def test_watermark_covers_the_map(open_page, content):
    said = {"vi": "Nội bộ – Ban A, 31/10/2025", "en": "Internal: Ban A, 2025-10-31"}
    marked = dataclasses.replace(
        content, statement=dataclasses.replace(content.statement, watermark=said)
    )
    opened = open_page(render_page(marked))
    for language in ("vi", "en", "vi"):
        opened.run(f"() => GT.setLanguage('{language}')")
        marks = opened.page.locator("#gt-watermark span").all_text_contents()
        assert set(marks) == {said[language]}
    assert opened.page.locator("#gt-watermark").is_visible()


def test_without_scripts_the_totals_are_there(open_page, content, text):
    opened = open_page(text, scripts=False)
    assert opened.page.locator("h1").first.text_content() == content.title["vi"]
    assert opened.page.locator("table[data-table=land_take_by_commune]").is_visible()
    assert opened.page.locator("svg[role=img]").first.is_visible()
    assert opened.page.locator("#gt-app").is_hidden()
    assert opened.complaints == []


def test_a_map_of_committee_size_opens_soon(open_page):
    text = render_page(sample_content.make_content(2_500, 1_500))
    begun = time.perf_counter()
    opened = open_page(text)
    assert time.perf_counter() - begun < 10  # about one second on an idle laptop
    wait_for_all(opened.page)
    assert opened.run("() => GT.layers.reduce((n, l) => n + l.classOf.length, 0)") > 4_000
    assert opened.complaints == []
