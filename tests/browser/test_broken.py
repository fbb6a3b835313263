"""A file that was cut off or changed on its way says so; nothing of it looks whole."""

import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.browser import figures, squares
from tests.share.render import layer_reader

pytestmark = pytest.mark.browser

START = 'id="gt-data-0-0">'
LATE = 6_000  # without any script the notice shows by itself after four seconds


@pytest.fixture(scope="module")
def sample():
    columns = {
        "land_type": ["LUC", "ODT", "LUC"],
        "affected_area_m2": [100.0, 200.5, 300.25],
        "status": ["agreed"] * 3,
    }
    first = squares.make_layer(columns, class_column="land_type", sums=("affected_area_m2",))
    return squares.make_page(first, squares.make_layer(columns, name="parcels"))


def cut_in(text, mark, after=0):
    return text[: text.index(mark) + len(mark) + after]


def changed(text, stream, *, layer="land_take"):
    """Return the page with one character in the middle of a stream of a layer changed."""
    entry = layer_reader.read_layers(text)[layer].entry
    name = stream
    for column in entry["data"]["columns"]:
        name = name.replace(f"{column['name']}.", f"{column['place']}.")
    first, size, _ = entry["data"]["streams"][name]
    at = text.index(f'id="{entry["block"]}-0">') + len(f'id="{entry["block"]}-0">')
    at += (first + size // 2) * 4 // 3
    return text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]


def open_broken(browser, tmp_path, text, *, native=True):
    path = tmp_path / "broken.html"
    path.write_text(text, encoding="utf-8")
    page = browser.new_context(viewport={"width": 900, "height": 600}).new_page()
    if not native:
        page.add_init_script("delete globalThis.DecompressionStream")
    page.goto(path.as_uri())
    return page


def said(page):
    notice = page.locator("[role=alert]#gt-broken")
    notice.wait_for(state="visible", timeout=LATE)
    return notice.inner_text()


CUTS = {
    "before the styles": lambda text: cut_in(text, '<style>', 5_000),
    "in Leaflet": lambda text: cut_in(text, "leaflet", 90_000),
    "in the data of the page": lambda text: cut_in(text, 'id="gt-page">', 2_000),
    "in the scripts": lambda text: cut_in(text, "var GT =", 5_000),
    "before the blocks": lambda text: text[: text.index(START) - 40],
    "in a block": lambda text: cut_in(text, START, 40),
    "between two layers": lambda text: text[: text.index('id="gt-data-1-0"') - 30],
    "in the last block": lambda text: text[: text.rindex("</script>") - 30],
}  # fmt: skip


@pytest.mark.parametrize("where", CUTS)
def test_a_file_cut_off_says_so_in_both_languages(browser, tmp_path, sample, where):
    page = open_broken(browser, tmp_path, CUTS[where](sample))
    text = said(page)
    assert "damaged or incomplete" in text
    assert "không đầy đủ" in text
    page.context.close()


@pytest.mark.parametrize("native", [True, False])
@pytest.mark.parametrize("stream", ["x", "y", "lengths", "land_type.codes", "land_type.words"])
def test_a_layer_that_cannot_be_drawn_is_named_and_the_others_are_drawn(
    browser, tmp_path, sample, stream, native
):
    text = changed(sample, stream)
    page = open_broken(browser, tmp_path, text, native=native)
    assert "Squares" in said(page)
    page.wait_for_selector("html[data-whole=false]", state="attached")
    seen = page.evaluate("GT.layers.map((one) => [one.visible, Boolean(one.classOf)])")
    assert seen == [[False, False], [True, True]]
    assert not page.locator("input[data-layer=land_take]").is_checked()
    page.context.close()


@pytest.mark.parametrize("native", [True, False])
def test_a_column_that_cannot_be_read_says_so_in_its_cells(browser, tmp_path, sample, native):
    text = changed(sample, "affected_area_m2.values")
    page = open_broken(browser, tmp_path, text, native=native)
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    assert re.search("Squares – .*[Aa]rea", said(page))
    page.wait_for_selector("html[data-whole=false]", state="attached")
    page.evaluate("GT.select(GT.layers[0], 1, [])")
    card = page.locator("#gt-card")
    card.wait_for(state="visible")
    assert "cannot be read" in card.inner_text()
    assert "agreed" in card.inner_text()
    page.click("[data-language=vi]")
    assert "không đọc được" in card.inner_text()
    assert page.locator("[data-key=affected_area_m2][data-value]").count() == 0  # no sum of nothing
    assert errors == []
    page.context.close()


def test_a_changed_script_does_not_run_and_the_page_says_so(browser, tmp_path, sample):
    page = open_broken(browser, tmp_path, sample.replace("var GT =", "var GT  =", 1))
    assert "damaged" in said(page)
    page.context.close()


def one_changed(text, mark, wrong):
    assert mark in text
    return text.replace(mark, wrong, 1)


CHANGES = {
    "Leaflet": lambda text: one_changed(text, "latLngBounds", "latLngBoundz"),
    "Leaflet's styles": lambda text: one_changed(text, ".leaflet-tile-pane", ".leaflet-tile-pene"),
    "the page's styles": lambda text: one_changed(text, "--ground:", "--grXund:"),
    "the first script": lambda text: one_changed(text, "gt-guarded", "gt-guarder"),
    "a digit": lambda text: one_changed(text, '"quantum_m":0.1', '"quantum_m":0.7'),
    "a letter": lambda text: one_changed(text, ':"Not surveyed"', ':"Now surveyed"'),
    "the checksum": lambda text: re.sub(r'(id="gt-sum">\d*)\d<', r"\1<", text),
}


@pytest.mark.parametrize("what", CHANGES)
def test_one_character_changed_anywhere_is_told(browser, tmp_path, sample, what):
    wrong = CHANGES[what](sample)
    assert wrong != sample
    page = open_broken(browser, tmp_path, wrong)
    if what == "the first script":  # nothing of the page is lost with it
        page.wait_for_selector("html[data-whole=true]", state="attached")
        assert page.locator("#gt-broken").count() == 0
    else:
        assert "damaged" in said(page)
    page.context.close()


@pytest.mark.parametrize("native", [True, False])
def test_parts_that_cannot_be_read_leave_the_features_whole(browser, tmp_path, native):
    text = changed(figures.make_page(), "p.row", layer="plots")
    page = open_broken(browser, tmp_path, text, native=native)
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    assert "Plots" in said(page)
    page.wait_for_selector("html[data-whole=false]", state="attached")
    page.evaluate(figures.OPEN)
    count = page.locator("#gt-totals [data-tally=plots] [data-key=count]")
    count.wait_for()
    for codes, left in ((["LUA"], "5"), (None, "9")):
        page.evaluate("(codes) => GT.setFilter('land_type', codes)", codes)
        page.wait_for_selector(f"#gt-totals [data-tally=plots] [data-value='{left}']")
    page.evaluate("() => GT.setFilter('commune_id', ['C1'])")
    page.wait_for_selector("#gt-totals [data-tally=plots] .gt-note")  # not by the filter
    assert count.get_attribute("data-value") == "9"
    assert errors == []
    page.context.close()


@contextmanager
def served_slowly(text, *, whole):
    """Yield an address that sends half of the page, and the event that lets it go on (or break)."""
    data = text.encode("utf-8")
    half = data.index(b'id="gt-page">') + 500
    go_on = threading.Event()

    class Slow(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(data[:half])
            self.wfile.flush()
            go_on.wait(20)
            self.wfile.write(data[half:] if whole else b"")

        def log_message(self, *parts):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Slow)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/", go_on
    go_on.set()
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("whole", [True, False])
def test_a_page_that_arrives_slowly_is_not_called_damaged_before_its_end(browser, sample, whole):
    page = browser.new_page()
    with served_slowly(sample, whole=whole) as (address, go_on):
        page.goto(address, wait_until="commit")
        page.wait_for_selector("#gt-broken", state="attached")
        page.wait_for_timeout(LATE - 1_000)
        assert not page.locator("#gt-broken").is_visible()
        go_on.set()
        if whole:
            page.wait_for_selector("html[data-whole=true]", state="attached")
            assert page.locator("#gt-broken").count() == 0
        else:
            assert "damaged" in said(page)
    page.close()


def test_a_page_that_is_whole_shows_no_notice(open_page, sample):
    opened = open_page(sample)
    opened.page.wait_for_selector("html[data-whole=true]", state="attached")
    assert opened.page.locator("#gt-broken").count() == 0
    assert opened.complaints == []


def test_without_scripts_the_notice_is_hidden(open_page, sample):
    opened = open_page(sample, scripts=False)
    opened.page.wait_for_timeout(4_500)
    assert not opened.page.locator("#gt-broken").is_visible()
