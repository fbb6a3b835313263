"""HTML maps of parcels and points: geotool and its peers in turn, in one run.

    python benchmarks/maps.py [--cases 10k 100k 1M points] [--ways geotool folium explore ...]
    python benchmarks/maps.py --report runs.json

A turn makes each page in a process of its own and opens it in a Chromium of its own, the network
blocked and the peers' CDN files served from this machine; every second turn is in reverse.
Medians are printed, and the limits, met or not. A run is refused (exit 1) when a map is blank, a
page complains or asks for what is not there, or geotool's page answers wrongly.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import clock
import map_report
import report
from clock import Run
from map_cdn import Cdn
from map_peers import WAYS
from map_report import OURS, Case

HERE = Path(__file__).resolve().parent
CASES = {
    "1k": ("parcels", 1_000),
    "10k": ("parcels", 10_000),
    "100k": ("parcels", 100_000),
    "1M": ("parcels", 1_000_000),
    "points": ("graves", 100_000),
}
"""Kind and count of the features."""
ALONE = ("1M",)
"""Cases that the peers are spared: a page of over 600 MB is more than V8 holds in one string."""
COSTLY = {
    "100k": ("folium-canvas", "explore"),
    "points": ("folium", "folium-canvas", "explore"),
}
"""Who runs a single turn."""


@dataclass(frozen=True)
class Bench:
    """Where the pages are written, and how long a step of a visit may take."""

    folder: Path
    patience_s: float

    @property
    def cdn(self) -> Cdn:
        """The files that peers ask a CDN for."""
        return Cdn(self.folder / "cdn")

    def run(self, name: str, way: str) -> Run:
        """Make the page of one case in one way, open it, and return both in one."""
        kind, count = CASES[name]
        page = self.folder / "maps" / f"{name}-{way}.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.unlink(missing_ok=True)
        built = clock.run(HERE / "map_peers.py", way, kind, str(count), page)
        clock.warm(page)
        ask = ("--ask", page.with_suffix(".json")) if way == OURS else ()
        options = ("--cdn", self.cdn.folder, "--picture", page.with_suffix(".png"))
        patience = ("--patience", str(self.patience_s))
        seen = clock.run(HERE / "map_browser.py", page, *options, *patience, *ask)
        return Run(built.cpu_s, built.wall_s, built.peak_mb, {**built.said, **seen.said})


def measure(bench: Bench, name: str, ways: Sequence[str], turns: int) -> Case:
    """Run geotool and its peers in turn."""
    running = [OURS] if name in ALONE else [OURS, *(way for way in ways if way != OURS)]
    contenders = {way: partial(bench.run, name, way) for way in running}
    runs = clock.take_turns(contenders, turns, once=COSTLY.get(name, ()))
    return Case(name, *CASES[name], runs)


def read(path: Path) -> tuple[str, list[Case]]:
    """Return the machine and the cases of a run that was written to a file."""
    found: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    cases = []
    for case in found["cases"]:
        runs = {way: [Run(**run) for run in saved] for way, saved in case["runs"].items()}
        cases.append(Case(case["name"], case["kind"], case["count"], runs))
    return found["machine"], cases


def write(machine: str, cases: Sequence[Case], path: Path) -> None:
    """Write every run to a file."""
    found = {"machine": machine, "cases": [asdict(case) for case in cases]}
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """Measure what is asked, print each table as soon as it is there."""
    asked = _arguments()
    if asked.report is not None:
        machine, cases = read(asked.report)
        _print(machine, *map(map_report.case_text, cases))
    else:
        machine, cases = _measure_all(asked)
    if limits := list(map_report.limits(cases)):
        _print(map_report.limits_text(limits))
    if asked.json is not None:
        write(machine, cases, asked.json)
    complaints = list(dict.fromkeys(line for case in cases for line in case.complaints()))
    if complaints:
        raise SystemExit("void:\n" + "\n".join(complaints))


def _measure_all(asked: argparse.Namespace) -> tuple[str, list[Case]]:
    bench = Bench(asked.folder.resolve(), asked.patience)
    bench.cdn.fetch()
    machine = report.machine(map_report.LIBRARIES)
    _print(machine)
    cases = []
    for name in asked.cases:
        sys.stderr.write(f"{name}\n")
        cases.append(measure(bench, name, asked.ways, asked.turns))
        _print(map_report.case_text(cases[-1]))
    chromium = cases[0].runs[OURS][0].said["chromium"]
    _print(f"Chromium {chromium}, pages of 1366 x 768.")
    return f"{machine} Chromium {chromium}.", cases


def _print(*texts: str) -> None:
    sys.stdout.write("".join(f"{text}\n\n" for text in texts))
    sys.stdout.flush()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--cases", nargs="+", choices=CASES, default=["10k", "100k", "points"])
    parser.add_argument("--ways", nargs="*", choices=WAYS, default=list(WAYS))
    parser.add_argument("--turns", type=int, default=3, help="an odd number")
    parser.add_argument("--folder", type=Path, default=clock.ROOT / "build" / "bench")
    parser.add_argument("--patience", type=float, default=240.0, help="seconds, for each step")
    parser.add_argument("--json", type=Path, help="also write every run to this file")
    parser.add_argument("--report", type=Path, help="print the tables of such a file, run nothing")
    asked = parser.parse_args()
    if asked.turns % 2 == 0:
        parser.error("--turns is odd: medians are of a turn that was run")
    asked.cases = [name for name in CASES if name in asked.cases]
    return asked


if __name__ == "__main__":
    main()
