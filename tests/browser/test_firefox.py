"""Firefox through Playwright's channel of Mozilla's own builds: the page opens, draws, answers."""

import os
import shutil

import pytest

from geotool.share.render.page import render_page
from tests.browser.hands import count_drawn, settle
from tests.share.render import sample_content

pytestmark = pytest.mark.browser

# Nothing listens there: whatever the page asked for over the network would fail.
_NO_NETWORK = {
    "network.proxy.type": 1,
    "network.proxy.http": "127.0.0.1",
    "network.proxy.http_port": 9,
    "network.proxy.ssl": "127.0.0.1",
    "network.proxy.ssl_port": 9,
}


@pytest.fixture(scope="module")
def firefox(playwright):
    asked = os.environ.get("GEOTOOL_FIREFOX")
    found = asked or shutil.which("firefox-esr") or shutil.which("firefox")
    if found is None:
        pytest.skip("no Firefox on this machine (set GEOTOOL_FIREFOX to its path)")
    opened = playwright.firefox.launch(
        channel="moz-firefox", executable_path=found, firefox_user_prefs=_NO_NETWORK
    )
    yield opened
    opened.close()


@pytest.fixture
def page(firefox):
    from playwright.sync_api import Error

    try:
        context = firefox.new_context(viewport={"width": 1366, "height": 768})
    except Error as error:
        if "unknown command" not in str(error):
            raise
        pytest.skip(f"this Playwright is too new for this Firefox: {error.message}")
    yield context.new_page()
    context.close()


def test_opens_draws_and_answers_a_click(page, tmp_path):
    content = sample_content.make_content(120, 60)
    path = tmp_path / "page.html"
    path.write_text(render_page(content), encoding="utf-8")
    complaints = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(path.as_uri())
    page.wait_for_selector("html[data-whole]", state="attached", timeout=60_000)
    settle(page)
    assert count_drawn(page) > 10_000
    place = page.evaluate(
        """() => {
        const layer = GT.layers.find((one) => one.entry.name === "cemeteries");
        const [low, high] = GT.boundsOf(layer, 0);
        GT.map.setView([(low[0] + high[0]) / 2, (low[1] + high[1]) / 2], 16, { animate: false });
        const box = GT.map.getContainer().getBoundingClientRect();
        return [box.left + box.width / 2, box.top + box.height / 2]; }"""
    )
    settle(page)
    page.mouse.click(*place)
    page.wait_for_selector("#gt-card:not([hidden])")
    assert "Nghĩa trang" in page.text_content("#gt-card h2")
    page.click("[data-language=en]")
    assert page.text_content("#gt-title") == "North–South Expressway through Kỳ Anh"
    assert complaints == []
