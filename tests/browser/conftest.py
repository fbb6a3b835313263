"""Chromium with the network blocked: only the page's own file may be opened."""

import os
import shutil
from dataclasses import dataclass, field

import pytest

_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")


@pytest.fixture(scope="session")
def playwright():
    """Return Playwright, one for all browsers: it has one loop a process."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright):
    asked = os.environ.get("GEOTOOL_CHROMIUM")
    found = asked or next((path for name in _NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("no Chromium on this machine (set GEOTOOL_CHROMIUM to its path)")
    chromium = playwright.chromium.launch(
        executable_path=found, args=["--no-sandbox", "--disable-gpu"]
    )
    yield chromium
    chromium.close()


@dataclass
class Opened:
    """A page with everything it asked for and complained about."""

    page: object
    requests: list = field(default_factory=list)
    complaints: list = field(default_factory=list)

    def run(self, script, argument=None):
        return self.page.evaluate(script, argument)


@pytest.fixture
def open_page(browser, tmp_path):
    """Return a function that opens HTML text from a file, all other requests aborted."""
    contexts = []

    def opener(text, *, width=1366, height=768, phone=False, scripts=True):
        path = tmp_path / f"page{len(contexts)}.html"
        path.write_text(text, encoding="utf-8")
        context = browser.new_context(
            viewport={"width": width, "height": height},
            is_mobile=phone,
            has_touch=phone,
            java_script_enabled=scripts,
        )
        contexts.append(context)
        opened = Opened(context.new_page())

        def guard(route):
            if route.request.url == path.as_uri():
                route.continue_()
            else:
                opened.requests.append(route.request.url)
                route.abort()

        context.route("**/*", guard)
        opened.page.on(
            "request",
            lambda r: opened.requests.append(r.url) if r.url != path.as_uri() else None,
        )
        opened.page.on("console", lambda message: opened.complaints.append(message.text))
        opened.page.on("pageerror", lambda error: opened.complaints.append(str(error)))
        opened.page.on(
            "dialog", lambda d: (opened.complaints.append(f"dialog {d.message}"), d.dismiss())
        )
        opened.page.goto(path.as_uri())
        if scripts:
            opened.page.wait_for_selector("html[data-ready]", state="attached", timeout=30_000)
        return opened

    yield opener
    for context in contexts:
        context.close()
