"""The page on paper: drawn finely before the browser goes on, on pages that are not empty."""

import dataclasses

import pytest
import shapely

from geotool.share.render.page import render_page
from geotool.share.tables import Table, TableColumn
from tests.browser.hands import count_on_paper, settle, wait_for_all
from tests.browser.squares import make_layer, make_page
from tests.share.render import sample_content

pytestmark = pytest.mark.browser

_MM_PER_POINT = 25.4 / 72
_VIEW = "() => { const c = GT.map.getCenter(); return [c.lat, c.lng, GT.map.getZoom()]; }"
_PAINT = """() => {
  const layer = GT.layers[0];
  layer.entry.classes.forEach((one) => Object.assign(one.symbol, {
    fill: "#ff00ff", stroke: null, weight: 0, opacity: 1, hatch: "none" }));
  const corners = Array.from({ length: layer.data.count }, (_, i) => GT.boundsOf(layer, i)).flat();
  GT.map.fitBounds(corners, { animate: false });
  addEventListener("beforeprint", () => {
    window.barPixels = document.getElementById("gt-scale-bar").getBoundingClientRect().width;
    window.barText = document.getElementById("gt-scale-text").textContent;
    window.mapPixels = GT.map.getSize().x;
  });
}"""


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


def _wide_tables():
    """Return tables of twenty columns, of long words and of a single word without end."""
    area = "columns.affected_area_m2"
    many = (
        TableColumn("commune_name"),
        *(TableColumn(f"area{n}", "area_m2", area) for n in range(20)),
    )
    few = (TableColumn("commune_name"), TableColumn("note"), TableColumn("affected_count", "count"))
    areas = {f"area{n}": 1_234_567.0 + n for n in range(20)}
    rows = [{"commune_name": f"Kỳ Phong {n}", **areas} for n in range(30)]
    words = [{"commune_name": "W" * 90, "note": "x" * 700, "affected_count": 7}] * 2
    return Table("land_take_by_commune", many, rows), Table("land_take_by_section", few, words)


def _map_on_paper(opened, landscape, **paper):
    """Return the printed document and the width of the map's picture in it, in mm."""
    pdfium = pytest.importorskip("pypdfium2", reason="pypdfium2 is not installed")
    given = {"format": "A4", "landscape": landscape, "print_background": True, **paper}
    document = pdfium.PdfDocument(opened.page.pdf(**given))
    images = document[0].get_objects(filter=[pdfium.raw.FPDF_PAGEOBJ_IMAGE], max_depth=8)
    bounds = [image.get_bounds() for image in images]
    return document, max(right - left for left, _, right, _ in bounds) * _MM_PER_POINT


def _words(document):
    return "".join(page.get_textpage().get_text_range() for page in document)


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("landscape", [False, True])
def test_the_scale_is_true_whatever_the_tables_hold(open_page, language, landscape):
    layer = make_layer({"land_type": ["LUA"] * 12}, "land_take")
    opened = open_page(make_page(layer, tables=_wide_tables(), language=language))
    wait_for_all(opened.page)
    opened.run(_PAINT)
    settle(opened.page)
    document, width = _map_on_paper(opened, landscape)
    assert width == pytest.approx(186, abs=0.5)

    sheet = document[0].render(scale=4).to_numpy().astype(int)[:, :, 2::-1]
    across = (abs(sheet - (255, 0, 255)) < 60).all(axis=2).sum(axis=1).max() / 4 * _MM_PER_POINT
    stated = document[0].get_textpage().get_text_range().split("1:")[1].split()[0]
    scale = int("".join(c for c in stated if c.isdigit()))
    assert scale == pytest.approx(1_200_000 / across, rel=0.01)
    bar, text = opened.run("() => [barPixels / mapPixels, barText]")
    assert text.endswith(" m")
    assert bar * width == pytest.approx(float(text[:-2]) * 1_000 / scale, rel=0.01)

    for page in document:
        edge = page.render(scale=1).to_numpy()[:, -26:]
        assert edge.min() > 200  # nothing runs off the paper
    words = _words(document).replace("\r\n", "")
    assert words.count("x" * 700) == 2
    for n in range(20):
        value = f"{1_234_567 + n:,}.0"
        shown = value if language == "en" else value.translate(str.maketrans(",.", ".,"))
        assert words.count(shown) >= 30
    assert opened.page.locator(".gt-upright").count() == 0


def test_a_scale_that_does_not_hold_is_not_printed(open_page):
    opened = open_page(make_page(make_layer({"land_type": ["LUA"] * 12}, "land_take")))
    wait_for_all(opened.page)
    document, width = _map_on_paper(opened, False, format="A5")
    assert width < 129
    assert "1:" not in document[0].get_textpage().get_text_range()


def _away(opened):
    """Move the map to the limits of what it shows and return where it stands."""
    opened.run("""() => {
      const limits = GT.map.options.maxBounds;
      GT.map.setView(limits.getCenter(), GT.map.getMinZoom() + 0.75, { animate: false });
      GT.map.panTo([limits.getNorth(), limits.getEast()], { animate: false });
    }""")
    opened.page.wait_for_timeout(700)
    settle(opened.page)
    return opened.run(_VIEW), opened.run("() => location.hash")


@pytest.mark.parametrize("size", [(1366, 768), (1920, 1080), (390, 844)])
@pytest.mark.parametrize("asked", ["keys", "button", "nothing"])
def test_after_printing_the_map_is_where_it_was(open_page, text, asked, size):
    opened = open_page(text, width=size[0], height=size[1], phone=size[0] < 500)
    wait_for_all(opened.page)
    opened.page.wait_for_timeout(500)
    untouched = opened.run(_VIEW), opened.run("() => location.hash")
    opened.run(
        """(prints) => { window.print = () => {
      if (prints) ["beforeprint", "afterprint"].forEach((name) => dispatchEvent(new Event(name)));
      window.printed = true;
    }; }""",
        asked == "button",
    )
    for before in (untouched, None):
        view, fragment = before or _away(opened)
        for _ in range(2):
            if asked == "keys":
                opened.page.pdf(format="A4")
            else:
                opened.run(
                    "() => { window.printed = false; document.querySelector('#gt-print').click(); }"
                )
                opened.page.wait_for_function("() => window.printed")
            opened.page.wait_for_selector("html:not(.gt-printing)")
            opened.page.wait_for_timeout(500)
            assert opened.run(_VIEW) == pytest.approx(view, abs=1e-9)
            assert opened.run("() => location.hash") == fragment
    assert opened.complaints == []


@pytest.mark.parametrize("landscape", [False, True])
def test_every_sheet_of_an_internal_page_names_who_received_it(open_page, landscape):
    mark = {"vi": "Nội bộ. Người nhận: Bà Hoa", "en": "Internal. Recipient: Bà Hoa"}
    content = sample_content.make_content(120, 60)
    statement = dataclasses.replace(content.statement, profile="internal", watermark=mark)
    long = dataclasses.replace(content.tables[1], name="again", rows=content.tables[1].rows * 9)
    tables = (*content.tables, long, *_wide_tables())
    page = dataclasses.replace(content, statement=statement, tables=tables)
    opened = open_page(render_page(page))
    wait_for_all(opened.page)
    document, width = _map_on_paper(opened, landscape)
    assert width == pytest.approx(186, abs=0.5)
    assert len(document) > 2
    for sheet in document:
        assert mark["vi"] in sheet.get_textpage().get_text_range()
    opened.page.click("[data-language=en]")
    document, _ = _map_on_paper(opened, landscape)
    for sheet in document:
        assert mark["en"] in sheet.get_textpage().get_text_range()


def _codes_on_paper(opened, layer):
    opened.run("() => { window.dispatchEvent(new Event('beforeprint')); }")
    opened.page.emulate_media(media="print")
    rows = opened.page.locator(f".gt-layer:has([data-layer={layer}]) [data-class]")
    return {row.get_attribute("data-class") for row in rows.all() if row.is_visible()}


def test_the_legend_leaves_out_what_only_goes_round_the_paper(open_page):
    """The view is about 0.5 km of the middle of 40 km of land."""
    east, north = 570_000, 1_995_000

    def box(size):
        return shapely.box(east - size, north - size, east + size, north + size)

    areas = {
        "LUA": box(20_000) - box(10_000),  # a frame round the view
        "CLN": box(30_000),  # the view lies within
        "ONT": shapely.box(east - 20_000, north - 50, east + 20_000, north + 50),  # across it
        "HNK": box(50),
        "RSX": shapely.box(east + 10_000, north, east + 10_100, north + 100),
    }
    lines = {
        "telecom": [(-9_000, 9_000), (-9_000, -9_000), (9_000, -9_000)],
        "power_line": [(-9_000, -9_000), (9_000, 9_000)],
    }
    layers = [
        _replaced("land_take", "land_type", areas),
        _replaced(
            "utilities",
            "kind",
            {
                kind: shapely.LineString([(east + x, north + y) for x, y in places])
                for kind, places in lines.items()
            },
        ),
    ]
    opened = open_page(make_page(*layers))
    wait_for_all(opened.page)
    opened.run("""() => {
      const [low, high] = GT.boundsOf(GT.layers[0], 3);
      GT.map.setView([(low[0] + high[0]) / 2, (low[1] + high[1]) / 2], 17, { animate: false });
    }""")
    settle(opened.page)
    assert _codes_on_paper(opened, "land_take") == {"CLN", "ONT", "HNK"}
    assert _codes_on_paper(opened, "utilities") == {"power_line"}


def _replaced(name, column, shapes):
    """Return a layer of the squares whose places are taken by shapes, a class each."""
    layer = make_layer({column: list(shapes)}, name, class_column=column)
    frame = layer.frame.set_geometry(list(shapes.values()), crs=layer.frame.crs)
    return dataclasses.replace(layer, frame=frame)


def test_the_notice_of_a_cut_file_covers_no_word_on_paper(browser, tmp_path, text):
    path = tmp_path / "cut.html"
    path.write_text(text[: int(len(text) * 0.6)], encoding="utf-8")
    page = browser.new_page()
    page.goto(path.as_uri())
    page.wait_for_selector("#gt-broken.gt-late")
    page.emulate_media(media="print")
    assert (
        page.evaluate("getComputedStyle(document.getElementById('gt-broken')).position") == "static"
    )
    page.close()
