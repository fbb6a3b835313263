"""The page on paper: drawn finely before the browser goes on, on pages that are not empty."""

import dataclasses

import pytest

from geotool.share.render.page import render_page
from tests.browser.hands import count_on_paper, settle, wait_for_all
from tests.browser.squares import make_layer, make_page
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
    lasts = [page.get_textpage().get_text_range().split("\r\n")[-1] for page in document]
    assert not {"Tóm tắt", "Bảng số liệu", "Biểu đồ", "Nguồn"} & {last.strip() for last in lasts}
    words = document[0].get_textpage().get_text_range()
    assert "Cao tốc Bắc – Nam, đoạn qua Kỳ Anh" in words
    assert "2025-10-31" in "".join(page.get_textpage().get_text_range() for page in document)


def test_the_map_is_drawn_before_the_browser_goes_on(open_page, text):
    opened = open_page(text)
    wait_for_all(opened.page)
    settle(opened.page)
    before = opened.run("() => [GT.map.getCenter(), GT.map.getZoom()].join()")
    width, drawn = opened.run("""() => {
      window.dispatchEvent(new Event("beforeprint"));
      return [GT.map.getSize().x, document.querySelector(".gt-paper").width];
    }""")
    assert width == pytest.approx(186 / 25.4 * 96, abs=3)
    assert drawn == 3 * width
    assert count_on_paper(opened.page) > 1_000
    opened.run("() => { window.dispatchEvent(new Event('afterprint')); }")
    settle(opened.page)
    assert opened.run("() => [GT.map.getCenter(), GT.map.getZoom()].join()") == before
    assert opened.page.locator(".gt-paper").count() == 0
    assert opened.page.locator(".gt-tile").first.is_visible()


@pytest.mark.parametrize("landscape", [False, True])
@pytest.mark.parametrize("asked", ["keys", "button"])
def test_an_area_over_the_whole_map_has_no_gap_on_paper(open_page, asked, landscape):
    pdfium = pytest.importorskip("pypdfium2", reason="pypdfium2 is not installed")
    opened = open_page(make_page(make_layer({"land_type": ["LUA"] * 12}, "land_take")))
    wait_for_all(opened.page)
    opened.run("""() => {
      const layer = GT.layers[0];
      layer.entry.classes.forEach((one) => Object.assign(one.symbol, {
        fill: "#ff00ff", stroke: "#ff00ff", opacity: 1, hatch: "none" }));
      const middle = GT.boundsOf(layer, 5);
      GT.map.setView([(middle[0][0] + middle[1][0]) / 2, middle[1][1]], 19, { animate: false });
    }""")
    settle(opened.page)
    if asked == "button":
        opened.run("() => { window.print = () => dispatchEvent(new Event('beforeprint')); }")
        opened.page.click("#gt-print")
        opened.page.wait_for_selector(".gt-paper", state="attached")
    document = pdfium.PdfDocument(
        opened.page.pdf(format="A4", landscape=landscape, print_background=True)
    )
    sheet = document[0].render(scale=2).to_numpy().astype(int)
    lilac = (abs(sheet[:, :, :3] - (255, 0, 255)) < 40).all(axis=2)
    rows, columns = (lilac.any(axis=1).nonzero()[0], lilac.any(axis=0).nonzero()[0])
    inside = lilac[rows[0] + 10 : rows[-1] - 10, columns[0] + 10 : columns[-1] - 10]
    assert inside.shape[1] > 150 / 25.4 * 72 * 2
    # The scale bar, the arrow and the frame stand over the map; nothing crosses it.
    assert inside.mean() > 0.9
    assert inside.mean(axis=0).min() > 0.5
    assert inside.mean(axis=1).min() > 0.5


@pytest.mark.parametrize("landscape", [False, True])
def test_what_is_drawn_lies_under_what_marks_it_on_paper(open_page, landscape):
    pdfium = pytest.importorskip("pypdfium2", reason="pypdfium2 is not installed")
    opened = open_page(make_page(make_layer({"land_type": ["LUA"]}, "land_take")))
    wait_for_all(opened.page)
    opened.run("""() => {
      const layer = GT.layers[0];
      layer.entry.classes.forEach((one) => Object.assign(one.symbol, {
        fill: "#ff00ff", stroke: "#ff00ff", opacity: 1, hatch: "none" }));
      const [low, high] = GT.boundsOf(layer, 0);
      GT.map.fitBounds([low, high], { animate: false });
      window.addEventListener("beforeprint", () => {
        const from = GT.map.latLngToContainerPoint([high[0], low[1]]);
        const to = GT.map.latLngToContainerPoint([low[0], high[1]]);
        const mark = document.createElement("div");
        mark.id = "mark";
        Object.assign(mark.style, { position: "absolute", zIndex: 900, background: "#00ff00",
          left: from.x + "px", width: to.x - from.x + "px", top: from.y + "px", height: "6px" });
        GT.map.getContainer().appendChild(mark);
      });
    }""")
    settle(opened.page)
    document = pdfium.PdfDocument(
        opened.page.pdf(format="A4", landscape=landscape, print_background=True)
    )
    sheet = document[0].render(scale=4).to_numpy().astype(int)[:, :, 2::-1]
    ends = []
    for colour in ((255, 0, 255), (0, 255, 0)):
        near = (abs(sheet - colour) < 40).all(axis=2).any(axis=0).nonzero()[0]
        ends.append((near[0], near[-1]))
    assert ends[0] == pytest.approx(ends[1], abs=4)


def test_a_print_begun_while_another_is_drawn_has_the_map(open_page, text):
    opened = open_page(text)
    wait_for_all(opened.page)
    opened.run("""() => {
      window.asked = 0;
      window.print = () => { window.asked += 1; };
      const work = GT.work;
      GT.work = (steps, urgent) => {
        GT.work = work;
        steps.next();
        window.dispatchEvent(new Event("beforeprint"));
        return work(steps, urgent);
      };
    }""")
    opened.page.click("#gt-print")
    assert count_on_paper(opened.page) > 1_000
    opened.run("() => { window.dispatchEvent(new Event('afterprint')); }")
    settle(opened.page)
    assert opened.page.locator(".gt-paper").count() == 0
    assert opened.run("() => window.asked") == 0
    assert opened.complaints == []


def test_a_browser_that_will_not_print_gives_the_page_back(open_page, text):
    opened = open_page(text)
    wait_for_all(opened.page)
    opened.run("() => { window.print = () => { window.asked = true; }; }")
    opened.page.click("#gt-print")
    opened.page.wait_for_function("() => window.asked")
    opened.page.wait_for_selector("html:not(.gt-printing)")
    assert opened.page.locator(".gt-paper").count() == 0
    assert opened.complaints == []


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
