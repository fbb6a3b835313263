"""The table of selected features: gathered by hand, added up, copied and saved."""

from pathlib import Path

import pytest

from tests.browser.figures import do_counted, make_page, make_plots, open_whole, tally

pytestmark = pytest.mark.browser

TABLE = "#gt-gathered table"
KEYS = (
    "() => [...document.querySelectorAll('#gt-gathered tbody .gt-link')].map((e) => e.textContent)"
)
PLACE = """(key) => {
  const layer = GT.layers[0];
  const column = layer.columns.get("parcel_id");
  for (let i = 0; i < layer.data.count; i += 1) {
    if (column.at(i) !== key) continue;
    const at = GT.map.latLngToContainerPoint(L.latLngBounds(GT.boundsOf(layer, i)).getCenter());
    const room = GT.map.getContainer().getBoundingClientRect();
    return [at.x + room.left, at.y + room.top];
  } }"""
HIDE_MARKS = "() => GT.setVisible(GT.layers[1], false)"


@pytest.fixture(scope="module")
def text():
    return make_page()


def open_plots(open_page, text, **options):
    opened = open_whole(open_page, text, **options)
    opened.run(HIDE_MARKS)
    return opened


def wait_rows(opened, count):
    opened.page.wait_for_function(f"() => ({KEYS})().length === {count}")


def click(opened, key, **options):
    opened.page.mouse.move(*opened.run(PLACE, key))
    opened.page.mouse.down(**options)
    opened.page.mouse.up(**options)


def copied(opened):
    """Return what the page puts on the clipboard, as text and as markup."""
    opened.run(
        """() => { const set = DataTransfer.prototype.setData; window.copied = {};
          DataTransfer.prototype.setData = function (type, text) {
            window.copied[type] = text; set.call(this, type, text); }; }"""
    )
    opened.page.click("#gt-copy")
    opened.page.wait_for_selector("#gt-gather-said:not(:empty)")
    return opened.run("() => window.copied")


def test_control_and_click_gathers_and_releases(open_page, text):
    opened = open_plots(open_page, text)
    opened.page.keyboard.down("Control")
    for key in ("P2", "P7", "P5"):
        click(opened, key)
    wait_rows(opened, 3)
    click(opened, "P7")
    opened.page.keyboard.up("Control")
    wait_rows(opened, 2)
    assert opened.run(KEYS) == ["P2", "P5"]
    assert opened.page.locator("#gt-card").is_hidden()
    total = opened.page.locator(f"{TABLE} .gt-total [data-key=document_area_m2]")
    assert float(total.get_attribute("data-value")) == 70
    opened.page.locator(".gt-remove").first.click()
    wait_rows(opened, 1)
    assert opened.complaints == []


def test_a_drawn_box_gathers_what_it_touches(open_page, text):
    opened = open_plots(open_page, text)
    opened.page.click("#gt-gather-box")
    first, last = opened.run(PLACE, "P3"), opened.run(PLACE, "P5")
    opened.page.mouse.move(*first)
    opened.page.mouse.down()
    opened.page.mouse.move(last[0], last[1] + 4)
    opened.page.mouse.up()
    wait_rows(opened, 3)
    assert sorted(opened.run(KEYS)) == ["P3", "P4", "P5"]
    opened.page.keyboard.press("Escape")
    assert opened.page.locator("#gt-box-sheet").is_hidden()


def test_in_view_and_all_shown_follow_the_filter(open_page, text):
    opened = open_plots(open_page, text)
    do_counted(opened, "() => GT.setFilter('section_id', ['S1'])")
    opened.page.click("#gt-gather-view")
    wait_rows(opened, 3)
    opened.page.click("#gt-gather-clear")
    opened.page.wait_for_selector(TABLE, state="detached")
    do_counted(opened, "() => GT.clearFilters()")
    opened.page.click("#gt-gather-shown")
    wait_rows(opened, 9)


def test_a_finger_selects_after_the_button(open_page, text):
    opened = open_plots(open_page, text, width=390, height=844, phone=True)
    opened.page.tap("#gt-handle")
    opened.page.tap("#gt-gather-click")
    opened.page.wait_for_selector("#gt-gather-bar:visible")
    opened.page.wait_for_timeout(400)  # two quick taps would zoom
    opened.page.touchscreen.tap(*opened.run(PLACE, "P4"))
    wait_rows(opened, 1)
    opened.page.tap("#gt-gather-done")
    assert opened.run("() => GT.tool") is None


@pytest.mark.parametrize(("language", "area"), [("en", "12.5"), ("vi", "12,5")])
def test_the_copy_reads_as_numbers_and_makes_no_formula(open_page, language, area):
    keys = ["=1+1", "+84", "-2", "@x", "2-15", "a\tb", '"q"', "<b>", "P9"]
    plots = make_plots(keys)
    plots["document_area_m2"] = [12.5, -3.0, None, *([1000.0] * 6)]
    opened = open_plots(open_page, make_page(plots, language=language))
    opened.page.click("#gt-gather-shown")
    wait_rows(opened, 9)
    found = copied(opened)
    lines = [line.split("\t") for line in found["text/plain"].removesuffix("\r\n").split("\r\n")]
    head, rows = lines[0], lines[1:]
    assert len(rows) == 9
    assert all(len(row) == len(head) for row in rows)
    names = opened.run(
        "() => GT.layers[0].entry.columns.map((column) => [column.name, GT.say(column.label)])"
    )
    place = {name: head.index(label) for name, label in names}
    by_key = {row[place["parcel_id"]]: row for row in rows}
    assert set(by_key) == {"'=1+1", "+84", "-2", "'@x", "2-15", "a b", '"""q"""', "<b>", "P9"}
    assert by_key["'=1+1"][place["document_area_m2"]] == area
    assert by_key["+84"][place["document_area_m2"]] == "-3"
    assert by_key["-2"][place["document_area_m2"]] == ""
    assert by_key["P9"][place["document_area_m2"]] == "1000"
    date = "09/03/2024" if language == "vi" else "2024-03-09"
    assert by_key["P9"][place["moved_date"]] == date
    assert "&lt;b&gt;" in found["text/html"]
    assert "mso-number-format:'\\@'\">2-15<" in found["text/html"]
    assert opened.complaints == []


@pytest.mark.parametrize(("language", "separator"), [("en", ","), ("vi", ";")])
def test_the_csv_is_saved(open_page, language, separator):
    opened = open_plots(open_page, make_page(language=language))
    opened.page.click("#gt-gather-shown")
    wait_rows(opened, 9)
    with opened.page.expect_download() as waiting:
        opened.page.click("#gt-csv")
    text = Path(waiting.value.path()).read_bytes().decode("utf-8")
    assert waiting.value.suggested_filename == "plots.csv"
    assert text.startswith("\ufeff")
    assert len(text.removesuffix("\r\n").split("\r\n")) == 10
    assert text.split("\r\n")[1].count(separator) == text.split("\r\n")[0].count(separator)
    assert opened.complaints == []


def test_rows_go_to_the_map(open_page, text):
    opened = open_plots(open_page, text)
    opened.page.click("#gt-gather-shown")
    wait_rows(opened, 9)
    opened.page.locator(".gt-link", has_text="P6").click()
    opened.page.wait_for_function("() => !document.getElementById('gt-card').hidden")
    assert opened.page.locator("#gt-card h2").text_content() == "P6"


def test_under_a_filter_the_rows_and_their_sum_are_of_the_parts_within(open_page, text):
    opened = open_plots(open_page, text)
    opened.page.click("#gt-gather-shown")
    wait_rows(opened, 9)
    total = f"{TABLE} .gt-total [data-key=document_area_m2]"
    assert float(opened.page.locator(total).get_attribute("data-value")) == 450
    do_counted(opened, "() => GT.setFilter('commune_id', ['C1'])")
    opened.page.wait_for_selector(f"{total}[data-value='75']")  # 10 + 20 + 30 + the 15 of P4
    assert tally(opened)["sums"] == {"document_area_m2": 75}
    rows = opened.page.locator(f"{TABLE} tbody tr[data-index]")
    texts = {
        row.locator(".gt-link").text_content(): row.locator(
            "[data-key=document_area_m2]"
        ).text_content()
        for row in rows.all()
    }
    assert (texts["P3"], texts["P4"], texts["P5"]) == ("30.0 m²", "15.0 m²", "–")
    lines = [line.split("\t") for line in copied(opened)["text/plain"].split("\r\n")[:-1]]
    place = next(n for n, name in enumerate(lines[0]) if "part within the filter" in name)
    assert sum(float(line[place] or 0) for line in lines[1:]) == 75
    do_counted(opened, "() => GT.clearFilters()")
    opened.page.wait_for_selector(f"{total}[data-value='450']")
    assert "part within" not in opened.page.locator(f"{TABLE} thead").text_content()


def test_a_column_that_the_parts_lack_has_no_total_under_a_filter(open_page, text):
    opened = open_plots(open_page, text)
    opened.run("""() => { const layer = GT.layers[0]; const numbers = layer.pieces.numbers;
      layer.pieces.numbers = (name) => name === "document_area_m2" ? null : numbers(name); }""")
    opened.page.click("#gt-gather-shown")
    wait_rows(opened, 9)
    do_counted(opened, "() => GT.setFilter('commune_id', ['C1'])")
    opened.page.wait_for_selector(
        f"{TABLE} .gt-total [data-key=document_area_m2]", state="detached"
    )
