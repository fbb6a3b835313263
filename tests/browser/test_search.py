"""The search box: what it finds, in which order, and that it leads there."""

import pytest

from tests.browser import found

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def text():
    return found.make_page()


def test_finds_by_every_column_with_and_without_accents(open_page, text):
    page = open_page(text).page
    assert found.search(page, "ky anh") == ["Kỳ Anh", "Kỳ Ánh", "P-2"]
    assert found.search(page, "kỳ ánh") == ["Kỳ Ánh", "Kỳ Anh", "P-2"]
    assert found.search(page, "DAO tran") == ["P-1"]
    assert found.search(page, "p-3") == ["P-3", "P-30"]
    assert found.search(page, "01/05/2023") == ["P-1"]
    assert found.search(page, "tờ 12 thửa 345") == ["P-1"]
    assert found.search(page, "12/346") == ["P-2"]
    assert found.search(page, "xyz") == []
    assert page.locator("#gt-results-count").text_content() == "Không tìm thấy"


def test_says_how_much_was_found_and_in_which_column(open_page, text):
    page = open_page(text).page
    assert found.search(page, "tran") == ["P-1", "P-3"]
    assert page.locator("#gt-results-count").text_content() == "2 / 2 kết quả"
    assert page.locator(".gt-result-where").first.text_content() == "holder: Trần Thị Đào"
    page.click("[data-language=en]")
    page.wait_for_function(
        "() => document.getElementById('gt-results-count').textContent === '2 / 2 results'"
    )


def test_the_keyboard_alone_reaches_a_feature(open_page, text):
    opened = open_page(text)
    page = opened.page
    found.search(page, "p-3")
    box = page.locator("#gt-search")
    assert box.get_attribute("aria-expanded") == "true"
    assert box.get_attribute("aria-activedescendant") == "gt-result-0"
    page.keyboard.press("ArrowDown")
    assert box.get_attribute("aria-activedescendant") == "gt-result-1"
    assert page.locator("#gt-result-1").get_attribute("aria-selected") == "true"
    page.keyboard.press("ArrowDown")
    assert box.get_attribute("aria-activedescendant") == "gt-result-0"
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.locator("#gt-card h2").wait_for()
    assert page.locator("#gt-card h2").text_content() == "P-30"
    assert page.locator("#gt-results button").count() == 0
    assert box.get_attribute("aria-expanded") == "false"
    assert opened.complaints == []


def test_enter_right_after_typing_waits_for_the_search(open_page, text):
    page = open_page(text).page
    page.focus("#gt-search")
    page.keyboard.type("thửa 512 tờ 34")
    page.keyboard.press("Enter")
    page.locator("#gt-card h2").wait_for()
    assert page.locator("#gt-card h2").text_content() == "P-30"


def test_escape_empties_the_list_and_leaves_the_card(open_page, text):
    page = open_page(text).page
    page.focus("#gt-search")
    page.keyboard.type("p-1")
    page.keyboard.press("Enter")
    page.locator("#gt-card h2").wait_for()
    found.search(page, "p-3")
    page.focus("#gt-search")
    page.keyboard.press("Escape")
    assert page.locator("#gt-results button").count() == 0
    assert page.input_value("#gt-search") == ""
    assert page.locator("#gt-card").is_visible()


def test_the_map_flies_to_the_hit(open_page, text):
    opened = open_page(text)
    opened.page.emulate_media(reduced_motion="reduce")
    found.search(opened.page, "p-2")
    opened.page.keyboard.press("Enter")
    opened.page.locator("#gt-card h2").wait_for()
    inside = """() => {
      const bounds = GT.boundsOf(GT.chosen().layer, GT.chosen().index);
      return GT.map.getBounds().contains(bounds) && GT.map.getZoom() > 14;
    }"""
    assert opened.run(inside)


def test_hits_of_a_layer_turned_off_are_said_and_turned_on(open_page, text):
    opened = open_page(text)
    found.search(opened.page, "kỳ ánh")
    assert opened.page.locator(".gt-result-note").first.text_content() == "lớp đang tắt"
    assert opened.run("() => GT.layers[0].visible") is False
    opened.page.locator("#gt-results button").first.click()
    opened.page.locator("#gt-card h2").wait_for()
    assert opened.run("() => GT.layers[0].visible") is True


def test_hits_filtered_out_are_said(open_page, text):
    opened = open_page(text)
    opened.run(
        """() => {
          GT.addMask((layer) => layer.entry.name === "parcels" ? Uint8Array.of(0, 1, 1, 1) : null);
          GT.refresh();
        }"""
    )
    found.search(opened.page, "p-")
    notes = opened.page.locator(".gt-result-note").all_text_contents()
    assert notes == ["đang bị lọc hoặc ẩn"]


def test_hostile_text_stays_text(open_page, text):
    opened = open_page(text)
    assert found.search(opened.page, "<img src") == ["P-30"]
    where = opened.page.locator(".gt-result-where").first.text_content()
    assert where == "holder: <img src=x onerror=hacked=1>"
    for typed in ("{{ 7*7 }}", "${1}", "</script>", ".*", "\\", "constructor", "__proto__"):
        assert found.search(opened.page, typed) == []
    assert opened.run("() => window.hacked === undefined")
    assert opened.complaints == []


def test_on_a_phone_the_sheet_makes_way(open_page, text):
    opened = open_page(text, width=390, height=844, phone=True)
    opened.page.tap("#gt-handle")
    found.search(opened.page, "p-1")
    opened.page.tap("#gt-results button")
    opened.page.locator("#gt-card h2").wait_for()
    assert opened.page.locator("#gt-handle").get_attribute("aria-expanded") == "false"
    assert opened.page.locator("#gt-card h2").text_content() == "P-1"


def test_a_chainage_in_the_search_box_is_a_place(open_page, text):
    page = open_page(text).page
    assert found.search(page, "Km561+240")[0] == "Km561+240.00"
    page.keyboard.press("Enter")
    page.locator("#gt-place h2").wait_for()
    assert page.locator("#gt-place h2").text_content() == "Km561+240.00"


def test_a_parcel_alone_is_found_by_its_number(open_page, text):
    page = open_page(text).page
    assert found.search(page, "thửa 346") == ["P-2"]
    assert sorted(found.search(page, "parcel 345")) == ["P-1", "P-3"]
    assert found.search(page, "tờ 34")[0] == "P-30"
