"""Open one page in Chromium with the network blocked, and see how it does.

    python benchmarks/map_browser.py FILE.html [--cdn FOLDER] [--ask QUESTIONS.json]

A browser of its own for each page. Files of CDNs come from ``map_cdn``; any other request is
refused and counted. Prints one JSON object, times in milliseconds:

``interactive_ms`` from navigation to the end of the last long task, late frame or stroke on a
canvas before 1.5 s of quiet, the map drawn (the colours in its middle are counted);
``longest_ms`` the longest task until then; ``pan_ms`` and ``zoom_ms`` the latest frames while
dragging at four zooms and while zooming; ``heap_mb`` and ``renderer_mb`` after load;
``find_first_ms``, ``find_ms`` and ``pick_ms`` the first search, the longest search and hit test;
``gave_up`` what took longer than ``--patience``; ``complaints`` what makes the figures void.
Linux.
"""

import argparse
import json
import os
import re
import shutil
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from map_cdn import Cdn

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Route, ViewportSize

HERE = Path(__file__).resolve().parent
VIEWPORT: "ViewportSize" = {"width": 1366, "height": 768}
QUIET_MS, SETTLED_MS = 1500, 700
DRAG_PX, DRAG_STEPS = 200, 12
DRAGS = ((1, 0), (-1, 0), (0, 1), (0, -1))
ZOOMS = 3
WHEEL_PX = -90
"""One level of Leaflet's, whatever part of a level it snaps to."""
MIDDLE = (0.2, 0.12, 0.68, 0.94)
"""West, north, east and south of what is map and nothing else on every page."""
LEAST_COLOURS = 5


def chromium() -> str:
    """Return the path of Chromium: GEOTOOL_CHROMIUM, or Debian's."""
    found = os.environ.get("GEOTOOL_CHROMIUM") or shutil.which("chromium")
    if found is None:
        raise SystemExit("no Chromium on this machine (set GEOTOOL_CHROMIUM to its path)")
    return found


class Visit:
    """One page opened in one browser."""

    def __init__(self, browser: "Browser", cdn: Cdn) -> None:
        self.said: dict[str, Any] = {"chromium": browser.version, "refused": [], "complaints": []}
        self._browser = browser
        self._cdn = cdn
        context = browser.new_context(viewport=VIEWPORT)
        context.add_init_script(path=HERE / "map_recorder.js")
        self._page = context.new_page()
        self._page.route(re.compile("^https?:"), self._serve)
        self._page.on("pageerror", lambda error: self.said["complaints"].append(str(error)[:200]))

    def load(self, page: Path, picture: Path | None) -> None:
        """Open the page, wait until it is quiet and look whether the map is drawn."""
        self._page.goto(page.resolve().as_uri(), wait_until="commit", timeout=0)
        self.said["interactive_ms"] = self._page.evaluate(f"benchQuiet({QUIET_MS})")
        self.said["longest_ms"] = self._page.evaluate("benchSeen.longest")
        strokes = self._page.evaluate("benchSeen.strokes")
        shot = self._page.screenshot()
        if colours(shot) < LEAST_COLOURS:
            self.said["complaints"].append("the map is blank")
        if self._page.evaluate("benchSeen.strokes") != strokes:
            self.said["complaints"].append("drew after it was quiet")
        if picture is not None:
            picture.write_bytes(shot)

    def weigh(self) -> None:
        """Say what the page holds in memory."""
        tools = self._page.context.new_cdp_session(self._page)
        tools.send("HeapProfiler.collectGarbage")
        self.said["heap_mb"] = tools.send("Runtime.getHeapUsage")["usedSize"] / 2**20
        self.said["renderer_mb"] = max(map(resident_mb, self.process_ids("renderer")))

    def move(self) -> None:
        """Drag the map at the opening view and after each zoom."""
        self.said["pan_ms"] = self._latest_frame(self._drag)
        self.said["zoom_ms"] = 0.0
        for _ in range(ZOOMS):
            self.said["zoom_ms"] = max(self.said["zoom_ms"], self._latest_frame(self._zoom))
            self.said["pan_ms"] = max(self.said["pan_ms"], self._latest_frame(self._drag))

    def ask(self, questions: Path) -> None:
        """Search and point at features whose names are known."""
        script = (HERE / "map_questions.js").read_text(encoding="utf-8")
        found = self._page.evaluate(script, json.loads(questions.read_text(encoding="utf-8")))
        self.said["pick_ms"] = max(found["pick_ms"])
        if found["find_ms"]:
            self.said["find_first_ms"] = found["find_ms"][0]
            self.said["find_ms"] = max(found["find_ms"])
        if found["wrong_count"]:
            some = ", ".join(found["wrong"])
            self.said["complaints"].append(f"{found['wrong_count']} wrong answers: {some}")

    def process_ids(self, kind: str) -> list[int]:
        """Return the processes of the browser of one kind."""
        tools = self._browser.new_browser_cdp_session()
        found = tools.send("SystemInfo.getProcessInfo")["processInfo"]
        return [one["id"] for one in found if one["type"] == kind]

    def _serve(self, route: "Route") -> None:
        body = self._cdn.body(route.request.url)
        if body is None:
            self.said["refused"].append(route.request.url[:200])
            route.abort()
        else:
            route.fulfill(content_type=body[0], body=body[1])

    def _latest_frame(self, act: Callable[[], None]) -> float:
        self._page.evaluate("benchSeen.gaps = []; benchSeen.keep = true")
        act()
        self._page.evaluate(f"benchQuiet({SETTLED_MS})")
        return float(self._page.evaluate("benchSeen.keep = false; Math.max(...benchSeen.gaps)"))

    def _drag(self) -> None:
        mouse = self._page.mouse
        x, y = VIEWPORT["width"] / 2, VIEWPORT["height"] / 2
        for right, down in DRAGS:
            mouse.move(x, y)
            mouse.down()
            mouse.move(x + right * DRAG_PX, y + down * DRAG_PX, steps=DRAG_STEPS)
            mouse.up()

    def _zoom(self) -> None:
        self._page.mouse.move(VIEWPORT["width"] / 2, VIEWPORT["height"] / 2)
        self._page.mouse.wheel(0, WHEEL_PX)


def colours(picture: bytes) -> int:
    """Return how many colours the middle of a PNG has: a blank map has one."""
    from PIL import Image

    image = Image.open(BytesIO(picture)).convert("RGB")
    (width, height), (west, north, east, south) = image.size, MIDDLE
    middle = image.crop((width * west, height * north, width * east, height * south))
    return len(middle.getcolors(width * height) or ())


def resident_mb(process_id: int) -> float:
    """Return the memory that a process holds now."""
    status = Path(f"/proc/{process_id}/status").read_text(encoding="ascii")
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else 0.0


def visit(asked: argparse.Namespace) -> dict[str, Any]:
    """Open the page, do all that was asked, and return what was seen until patience ran out."""
    from playwright.sync_api import Error, sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium(),
            args=["--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND"],
        )
        one = Visit(browser, Cdn(asked.cdn))
        one.said["patience_s"] = asked.patience
        steps: dict[str, Callable[[], None]] = {
            "load": lambda: one.load(asked.page, asked.picture),
            "weigh": one.weigh,
            "move": one.move,
        }
        if asked.ask is not None:
            steps["ask"] = lambda: one.ask(asked.ask)
        (main_process,) = one.process_ids("browser")
        for name, step in steps.items():
            end = threading.Timer(asked.patience, os.kill, (main_process, signal.SIGKILL))
            end.daemon = True
            end.start()
            try:
                step()
            except Error as error:
                one.said["gave_up"] = f"{name}: {str(error).splitlines()[0][:200]}"
                break
            finally:
                end.cancel()
        with suppress(Error):
            browser.close()
        return one.said


def main() -> None:
    """Print what one visit saw."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("page", type=Path)
    parser.add_argument("--cdn", type=Path, default=HERE.parent / "build" / "bench" / "cdn")
    parser.add_argument("--ask", type=Path, help="questions and answers as map_peers.py writes")
    parser.add_argument("--picture", type=Path, help="write the opened page to this PNG")
    parser.add_argument("--patience", type=float, default=240.0, help="seconds a step may take")
    sys.stdout.write(json.dumps(visit(parser.parse_args())))


if __name__ == "__main__":
    main()
