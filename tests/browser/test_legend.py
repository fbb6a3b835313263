"""The legend: classes, groups, opacity and zoom, by mouse and keyboard; what the address keeps."""

import pytest

from tests.browser.figures import do_counted, make_page, open_whole, tally

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def text():
    return make_page()


def count_of(opened, code):
    return opened.page.locator(f"[data-class={code}] .gt-count").text_content()


def test_a_click_hides_a_class_and_a_second_shows_it(open_page, text):
    opened = open_whole(open_page, text)
    row = opened.page.locator("[data-class=built] .gt-class")
    assert row.get_attribute("role") == "checkbox"
    assert row.get_attribute("aria-checked") == "true"
    row.click()
    opened.page.wait_for_function("() => GT.layers[0].tally.count === 5")
    assert row.get_attribute("aria-checked") == "false"
    assert opened.page.locator("[data-class=built].gt-class-off").count() == 1
    row.focus()
    opened.page.keyboard.press("Enter")
    opened.page.wait_for_function("() => GT.layers[0].tally.count === 9")
    assert opened.complaints == []


def test_only_this_class_by_its_button_and_by_a_double_click(open_page, text):
    opened = open_whole(open_page, text)
    only = opened.page.locator("[data-class=planned] .gt-only")
    only.focus()
    opened.page.keyboard.press("Enter")
    opened.page.wait_for_function("() => GT.layers[0].tally.count === 5")
    only.click()
    opened.page.wait_for_function("() => GT.layers[0].tally.count === 9")
    opened.page.locator("[data-class=built] .gt-class").dblclick()
    opened.page.wait_for_function("() => GT.layers[0].tally.count === 4")


def test_counts_follow_the_filter(open_page, text):
    opened = open_whole(open_page, text)
    assert count_of(opened, "planned") == "5"
    do_counted(opened, "() => GT.setFilter('land_type', ['ONT'])")
    assert count_of(opened, "planned") == "2 / 5"
    assert count_of(opened, "built") == "2 / 4"
    layer = opened.page.locator(".gt-layer", has=opened.page.locator("[data-layer=plots]"))
    assert layer.locator(".gt-layer-head .gt-count").text_content() == "4 / 9"


def test_the_group_switches_its_layers_and_folds(open_page, text):
    opened = open_whole(open_page, text)
    group = opened.page.locator(".gt-group input")
    assert group.count() == 1
    assert group.is_checked()
    opened.page.locator("[data-layer=marks]").uncheck()
    assert opened.run("() => document.querySelector('.gt-group input').indeterminate") is True
    group.click()
    assert opened.page.locator("[data-layer=marks]").is_checked()
    group.click()
    assert opened.run("() => GT.layers.map((layer) => layer.visible)") == [False, False]
    fold = opened.page.locator(".gt-fold")
    fold.click()
    assert fold.get_attribute("aria-expanded") == "false"
    assert opened.page.locator("[data-layer=marks]").is_hidden()


def test_opacity_and_zoom_of_a_layer(open_page, text):
    opened = open_whole(open_page, text)
    head = opened.page.locator(".gt-layer", has=opened.page.locator("[data-layer=plots]"))
    head.locator(".gt-more-tools").click()
    slider = opened.page.locator("[data-opacity=plots]")
    slider.fill("40")
    assert opened.run("() => GT.layers[0].opacity") == pytest.approx(0.4)
    assert head.locator("output").text_content() == "40 %"
    do_counted(opened, "() => GT.setFilter('section_id', ['S3'])")
    opened.run("() => { GT.setVisible(GT.layers[0], false); GT.map.setZoom(12); }")
    head.locator(".gt-small").click()
    opened.page.wait_for_function(
        """() => GT.layers[0].visible && GT.map.getZoom() > 14 && [...Array(9).keys()].every((i) =>
          !GT.isShown(GT.layers[0], i, 0) ||
          GT.map.getBounds().contains(GT.boundsOf(GT.layers[0], i)))"""
    )


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_note_says_how_coordinates_are_rounded(open_page, language):
    opened = open_whole(open_page, make_page(language=language))
    note = opened.page.locator(".gt-quantum").text_content()
    step = opened.run("() => GT.page.quantum_m")
    assert str(step).replace(".", "," if language == "vi" else ".") in note
    assert ("đo đạc" if language == "vi" else "not survey grade") in note


def test_classes_layers_and_opacity_stand_in_the_address(open_page, text):
    opened = open_whole(open_page, text)
    do_counted(
        opened,
        """() => { GT.layers[0].offClasses = new Set([0]); GT.layers[0].opacity = 0.5;
          GT.setVisible(GT.layers[1], false); GT.refresh(); }""",
    )
    opened.run("() => GT.writeState()")
    address = opened.run("() => location.hash")
    usual = "() => [GT.layers[0].opacity, GT.layers[1].visible, GT.layers[0].offClasses.size]"
    assert opened.run(usual) == [0.5, False, 1]
    opened.run("() => { location.hash = ''; }")
    opened.page.wait_for_function(f"() => String(({usual})()) === '1,true,0'")
    opened.run("(hash) => { location.hash = hash; }", address)
    opened.page.wait_for_function(f"() => String(({usual})()) === '0.5,false,1'")


def test_targets_are_large_enough_on_a_phone(open_page, text):
    opened = open_whole(open_page, text, width=390, height=844, phone=True)
    opened.page.tap("#gt-handle")
    small = opened.run(
        """() => [...document.querySelectorAll(
            "#gt-legend button, .gt-facet > summary, .gt-layer label")]
          .map((one) => one.getBoundingClientRect())
          .filter((box) => box.width && box.height < 40).length"""
    )
    assert small == 0
    assert tally(opened)["count"] == 9
