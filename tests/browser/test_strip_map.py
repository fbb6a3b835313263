"""The strip map in the page: opened from the panel, in both languages, printed, without scripts."""

import pytest

from geotool.pipeline import map as maps
from geotool.pipeline.assess import assess
from geotool.pipeline.inputs import open_project
from geotool.share import redaction
from geotool.share.render import recipe
from geotool.share.render.page import render_page
from tests.share.render import sample_content
from tests.village_project import all_layers, write_project

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844, "phone": True}
SHEET = "#gt-strip-sheet"
HOSTILE = '</text><script>alert("x")</script><img src=x onerror=alert(1)>'


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    lines = all_layers()["alignments"].assign(name=HOSTILE)
    folder = write_project(
        tmp_path_factory.mktemp("strip") / "p", profile="committee", layers={"alignments": lines}
    )
    found = assess(open_project(folder), on="2024-05-01")
    wanted = recipe.load_recipe("affected_area", folder)
    return maps.render(found, wanted, redaction.load_profile("committee")).html


def titles(opened):
    return opened.run(
        "() => [...document.querySelectorAll('#gt-strip-maps title')].map((t) => t.textContent)"
    )


@pytest.mark.parametrize("view", [{}, PHONE], ids=["desktop", "phone"])
def test_a_button_opens_it_and_escape_closes_it(open_page, text, view):
    opened = open_page(text, **view)
    sheet = opened.page.locator(SHEET)
    if view:
        opened.page.tap("#gt-handle")
    assert sheet.is_hidden()
    opened.page.click("#gt-strip-open")
    assert sheet.is_visible()
    box = opened.page.locator("#gt-strip-maps").bounding_box()
    width = opened.page.viewport_size["width"]
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    drawn = opened.page.locator("#gt-strip-maps svg").bounding_box()
    assert drawn["width"] == 1160  # never shrunk: text keeps its size, the panel scrolls
    if view:
        assert opened.run("() => document.documentElement.scrollWidth") <= width
        scrolled = """() => { const box = document.getElementById("gt-strip-maps");
          box.scrollLeft = 300; return box.scrollLeft; }"""
        assert opened.run(scrolled) == 300
    opened.page.keyboard.press("Escape")
    assert sheet.is_hidden()
    opened.page.click("#gt-strip-open")
    opened.page.click("#gt-strip-close")
    assert sheet.is_hidden()
    assert opened.requests == []
    assert opened.complaints == []


def test_text_is_never_smaller_than_eleven_pixels(open_page, text):
    opened = open_page(text)
    opened.page.click("#gt-strip-open")
    sizes = opened.run(
        """() => [...document.querySelectorAll("#gt-strip-maps text")]
        .map((t) => parseFloat(getComputedStyle(t).fontSize))"""
    )
    assert len(sizes) > 20
    assert min(sizes) >= 11


def test_words_stay_inside_the_sheet(open_page, text):
    opened = open_page(text)
    opened.page.click("#gt-strip-open")
    for language in ("vi", "en"):
        opened.run("(language) => GT.setLanguage(language)", language)
        outside = opened.run(
            """() => [...document.querySelectorAll("#gt-strip-maps text")]
            .map((t) => [t.textContent, t.getBBox()])
            .filter(([, b]) => b.x < 0 || b.x + b.width > 1160)
            .map(([text]) => text)"""
        )
        assert outside == []


def test_the_language_swaps_the_map_and_hostile_names_stay_text(open_page, text):
    opened = open_page(text)
    (english,) = titles(opened)
    assert english.startswith("Strip map: </text><script>alert")
    opened.run("() => GT.setLanguage('vi')")
    (vietnamese,) = titles(opened)
    assert vietnamese.startswith("Sơ đồ duỗi thẳng: ")
    found = (
        "() => document.querySelectorAll('#gt-strip-maps :is(script, img, foreignObject)').length"
    )
    assert opened.run(found) == 0
    assert opened.complaints == []


def test_it_is_printed_whether_open_or_not(open_page, text):
    opened = open_page(text)
    opened.page.emulate_media(media="print")
    assert opened.page.locator(SHEET).is_visible()
    assert opened.page.locator("#gt-strip-open").is_hidden()
    box = opened.page.locator("#gt-strip-maps svg").bounding_box()
    assert 0 < box["width"] <= 1366


def test_without_scripts_the_map_is_there_in_the_first_language(open_page, text):
    opened = open_page(text, scripts=False)
    found = opened.page.locator("noscript svg title").all_text_contents()
    assert len(found) == 2
    assert found[1].startswith("Strip map: ")


def test_a_page_without_alignments_has_no_button(open_page):
    opened = open_page(render_page(sample_content.make_content(12, 6)))
    assert opened.page.locator("#gt-strip-open").is_hidden()


def test_the_policy_is_unchanged_and_the_bytes_repeat(text):
    (policy,) = [part for part in text.split("<meta ") if "Content-Security-Policy" in part]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert text.count("<svg") - text.count("\\u003csvg") >= 2
    assert 'style="' not in text.split("<noscript>")[1].split("</noscript>")[0]
