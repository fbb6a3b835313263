"""The page on paper: drawn finely before the browser goes on, on pages that are not empty."""

import dataclasses

import pytest

from geotool.share.render.page import render_page
from tests.browser.hands import settle, wait_for_all
from tests.share.render import sample_content

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def text():
    content = sample_content.make_content(120, 60)
    long = dataclasses.replace(content.tables[1], name="again", rows=content.tables[1].rows * 9)
    return render_page(dataclasses.replace(content, tables=(*content.tables, long)))


@pytest.mark.parametrize("landscape", [False, True])
def test_every_page_has_something_on_it_and_the_first_the_map(open_page, text, landscape):
    pdfium = pytest.importorskip("pypdfium2", reason="pypdfium2 is not installed")
    opened = open_page(text)
    wait_for_all(opened.page)
    document = pdfium.PdfDocument(
        opened.page.pdf(format="A4", landscape=landscape, print_background=True)
    )
    sheets = [document[n].render(scale=1).to_numpy() for n in range(len(document))]
    inks = [int((sheet.min(axis=2) < 128).sum()) for sheet in sheets]
    assert min(inks) > 300
    first = sheets[0].astype(int)
    brown = (first[:, :, 0] - first[:, :, 2]).__abs__() > 60
    assert brown.sum() > 200  # land take, or its legend
    words = document[0].get_textpage().get_text_range()
    assert "Cao tốc Bắc – Nam, đoạn qua Kỳ Anh" in words
    assert "2025-10-31" in "".join(page.get_textpage().get_text_range() for page in document)


def test_the_map_is_drawn_before_the_browser_goes_on(open_page, text):
    opened = open_page(text)
    wait_for_all(opened.page)
    settle(opened.page)
    before = opened.run("() => [GT.map.getCenter(), GT.map.getZoom()].join()")
    drawn = opened.run("""() => {
      window.dispatchEvent(new Event("beforeprint"));
      const box = GT.map.getContainer().getBoundingClientRect();
      const seen = [...document.querySelectorAll(".gt-tile")].filter((tile) => {
        const own = tile.getBoundingClientRect();
        return own.right > box.left && own.left < box.right
          && own.bottom > box.top && own.top < box.bottom;
      });
      const inked = seen.filter((tile) => {
        const data = tile.getContext("2d").getImageData(0, 0, tile.width, tile.height).data;
        return data.some((value) => value > 0);
      });
      return [box.width, seen.map((tile) => tile.width), inked.length];
    }""")
    assert drawn[0] == pytest.approx(186 / 25.4 * 96, abs=3)
    assert set(drawn[1]) == {1536}
    assert drawn[2] > 0
    opened.run("() => { window.dispatchEvent(new Event('afterprint')); }")
    settle(opened.page)
    assert opened.run("() => [GT.map.getCenter(), GT.map.getZoom()].join()") == before
    assert opened.run("() => document.querySelector('.gt-tile').width") == 512


def test_the_legend_on_paper_names_what_is_on_the_paper(open_page, text):
    opened = open_page(text)
    wait_for_all(opened.page)
    opened.run("""() => {
      GT.setVisible(GT.layers.find((layer) => layer.entry.name === "structures"), false);
      const graves = GT.layers.find((layer) => layer.entry.name === "graves");
      graves.offClasses = new Set([0]);
      GT.refresh();
    }""")
    opened.run("() => { window.dispatchEvent(new Event('beforeprint')); }")
    opened.page.emulate_media(media="print")
    seen = opened.run("""() => [...document.querySelectorAll("#gt-legend [data-layer]")]
      .filter((box) => box.closest(".gt-layer").offsetParent)
      .map((box) => box.dataset.layer)""")
    assert "structures" not in seen
    assert {"graves", "alignments", "communes"} <= set(seen)
    rows = opened.page.locator("#gt-legend [data-class]")
    codes = [row.get_attribute("data-class") for row in rows.all() if row.is_visible()]
    assert ("owned" in codes) != ("ownerless" in codes)
    assert opened.page.locator("#gt-search").is_hidden()
    assert opened.page.locator("#gt-scale-bar").is_visible()
