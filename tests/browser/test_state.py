"""The address after "#": written, read at the start and later, and never trusted."""

import pytest

from tests.browser import found

pytestmark = pytest.mark.browser

VIEW = "() => { const c = GT.map.getCenter(); return [c.lat, c.lng, GT.map.getZoom()]; }"
HASH = "() => location.hash"


@pytest.fixture(scope="module")
def text():
    return found.make_page()


def reopen(opened, fragment):
    opened.run("(text) => { location.hash = text; }", fragment)
    opened.page.reload()
    opened.page.wait_for_selector("html[data-ready]", state="attached")


def test_the_view_and_the_language_are_found_again(open_page, text):
    opened = open_page(text)
    opened.run("() => GT.map.setView([18.05, 106.19], 15.5, { animate: false })")
    opened.page.click("[data-language=en]")
    opened.page.wait_for_function("() => /v=18.05.*l=en/.test(location.hash)")
    length = opened.run("() => history.length")
    opened.page.reload()
    opened.page.wait_for_selector("html[data-ready]", state="attached")
    assert opened.run(VIEW) == pytest.approx([18.05, 106.19, 15.5], abs=1e-4)
    assert opened.run("() => document.documentElement.lang") == "en"
    assert opened.run("() => history.length") == length
    assert opened.complaints == []


def test_a_link_followed_in_an_open_page_is_read(open_page, text):
    opened = open_page(text)
    opened.run("() => { location.hash = '#v=18.06,106.2,16&l=en'; }")
    opened.page.wait_for_function("() => GT.map.getZoom() === 16")
    assert opened.run("() => document.documentElement.lang") == "en"
    opened.run("() => { location.hash = '#v=18.06,106.2,15'; }")
    opened.page.wait_for_function("() => document.documentElement.lang === 'vi'")


def test_rooms_give_states_of_their_own(open_page, text):
    opened = open_page(text)
    opened.run(
        """() => { window.own = "a,b/ă&=#"; window.taken = [];
        GT.addState("x", () => window.own, (text) => window.taken.push(text));
        GT.writeState(); }"""
    )
    fragment = opened.run(HASH)
    assert "x=a,b/%C4%83%26%3D%23" in fragment
    opened.run("(text) => { location.hash = text.replace('a,b', 'c'); }", fragment)
    opened.page.wait_for_function("() => window.taken.length === 1")
    assert opened.run("() => window.taken[0]") == "c/ă&=#"
    opened.run("() => { location.hash = '#'; }")
    opened.page.wait_for_function("() => window.taken.length === 2")
    assert opened.run("() => window.taken[1]") == ""


@pytest.mark.parametrize(
    "fragment",
    [
        "v=1,2,3",
        "v=NaN,Infinity,9",
        "v=18.05,106.19",
        "v=18.05,106.19,1e9",
        "v=%",
        "v=<img src=x onerror=hacked=1>",
        "v=" + "9" * 30_000,
        "l=xx",
        "l=__proto__",
        "__proto__=1",
        "constructor=1&toString=2",
        "&&&=&=1&v",
    ],
)
def test_what_cannot_be_read_is_left_aside(open_page, text, fragment):
    opened = open_page(text)
    before = opened.run(VIEW)
    reopen(opened, "#" + fragment)
    after = opened.run(VIEW)
    assert after == pytest.approx(before, abs=0.01)
    assert opened.run("() => document.documentElement.lang") == "vi"
    assert opened.run("() => window.hacked === undefined")
    assert opened.complaints == []


def test_the_link_is_copied(open_page, text):
    opened = open_page(text)
    opened.run("() => { GT.copyText = (text) => { window.link = text; }; }")
    opened.page.click("#gt-share")
    assert opened.run("() => window.link === location.href && /#v=1[78]\\./.test(window.link)")


def test_what_was_read_is_written_until_the_view_moves(open_page, text):
    opened = open_page(text)
    asked = "v=18.054321,106.192345,15.5"
    reopen(opened, "#" + asked)
    opened.run("() => GT.writeState()")
    assert opened.run(HASH) == "#" + asked
    opened.run("() => { GT.map.panBy([40, 0], { animate: false }); GT.writeState(); }")
    assert opened.run(HASH) != "#" + asked


def test_a_filter_of_nothing_is_left_aside(open_page, text):
    opened = open_page(text)
    column = opened.run("() => GT.filterColumns()[0]")
    reopen(opened, f"#f={column}:")
    opened.page.wait_for_selector("html[data-whole]", state="attached")
    opened.run("() => GT.writeState()")
    assert opened.run("() => GT.filters.size") == 0
