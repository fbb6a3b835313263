"""What a run of ``maps.py`` found: tables in Markdown, and the limits that are met or not."""

import math
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import clock
from clock import Measure, Run
from map_peers import WAYS
from report import Limit, table

LIBRARIES = ("geopandas", "shapely", "pandas", "numpy", "folium", "branca", "playwright")
OURS, PEER = "geotool", "folium"
"""Whose ratios are judged."""
_COLUMNS = (
    "way",
    "turns",
    "HTML MB",
    "build CPU s",
    "wall s",
    "peak MiB",
    "interactive s",
    "longest block ms",
    "worst pan frame ms",
    "worst zoom frame ms",
    "JS heap MiB",
    "renderer MiB",
    "CPU / geotool",
    "interactive / geotool",
)


@dataclass(frozen=True)
class Case:
    """Maps of one layer, and the runs of each way to make them: build and visit in one."""

    name: str
    kind: str
    count: int
    runs: Mapping[str, Sequence[Run]]

    def complaints(self) -> Iterator[str]:
        """Yield why figures are void: blank maps, wrong answers, requests of our page, errors."""
        for way, runs in self.runs.items():
            for run in runs:
                for complaint in run.said["complaints"]:
                    yield f"{self.name}, {way}: {complaint}"
                if way == OURS and "gave_up" in run.said:
                    yield f"{self.name}, {way}: gave up, {run.said['gave_up']}"
                if run.said["refused"]:
                    yield f"{self.name}, {way}: asked for {', '.join(run.said['refused'][:3])}"


def said(name: str) -> Measure:
    """Return the measure of what runs said; not a number where they did not come so far."""
    return lambda run: float(run.said.get(name, math.nan))


def interactive_s(run: Run) -> float:
    """Return seconds to a page that can be used: the patience of the visit where it gave up."""
    found = run.said.get("interactive_ms")
    return float(run.said["patience_s"] if found is None else found / 1000)


def peak_mb(run: Run) -> float:
    """Return the peak memory of making the page."""
    return run.peak_mb


def case_text(case: Case) -> str:
    """Return the table of one case."""
    rows = [_row(case, way) for way in case.runs]
    title = f"### {case.name}: {case.count:,} {case.kind}"
    parts = [title, table(_COLUMNS, rows)]
    asked = _questions_text(case.runs[OURS])
    gave_up = [
        f"{WAYS[way].says} gave up at {run.said['gave_up']}."
        for way, runs in case.runs.items()
        for run in runs[:1]
        if "gave_up" in run.said
    ]
    return "\n\n".join([*parts, *([asked] if asked else []), *gave_up])


@dataclass(frozen=True)
class Promise:
    """One limit of a case: what is measured, how it is written, and how much it may be."""

    says: str
    measured: Callable[[Case], float]
    written: str
    most: float = math.inf
    least: float = -math.inf

    def judge(self, case: Case) -> Limit | None:
        """Return the limit with its figure; None where the case was not measured so far."""
        found = self.measured(case)
        if math.isnan(found):
            return None
        holds = self.least <= found <= self.most
        return Limit(f"{case.name}: {self.says}", self.written.format(found), holds)


def ours(measure: Measure, scale: float = 1.0) -> Callable[[Case], float]:
    """Return the median of geotool's runs, divided by a scale."""
    return lambda case: clock.median(case.runs[OURS], measure) / scale


def times_sooner(measure: Measure) -> Callable[[Case], float]:
    """Return the median over the turns of the peer's figure in geotool's."""
    return lambda case: (
        clock.ratio(case.runs[PEER], case.runs[OURS], measure) if PEER in case.runs else math.nan
    )


_SMOOTH = (
    Promise("worst pan frame at most 50 ms", ours(said("pan_ms")), "{:.0f} ms", most=50),
    Promise("longest block at most 100 ms", ours(said("longest_ms")), "{:.0f} ms", most=100),
)
_SIZE = ours(said("html_bytes"), 1e6)
PROMISES: Mapping[str, Sequence[Promise]] = {
    "100k": (
        Promise("HTML at most 3.3 MB", _SIZE, "{:.2f} MB", most=3.3),
        Promise("built 15 times faster", times_sooner(said("build_cpu_s")), "{:.1f}", least=15),
        Promise("interactive 20 times sooner", times_sooner(interactive_s), "{:.1f}", least=20),
        *_SMOOTH,
    ),
    "1M": (
        Promise("HTML at most 25 MB", _SIZE, "{:.2f} MB", most=25),
        Promise("interactive within 4 s", ours(interactive_s), "{:.2f} s", most=4),
        Promise("search at most 400 ms", ours(said("find_ms")), "{:.0f} ms", most=400),
        Promise("hit test at most 400 ms", ours(said("pick_ms")), "{:.1f} ms", most=400),
        _SMOOTH[1],
    ),
    "points": (Promise("HTML at most 2 MB", _SIZE, "{:.2f} MB", most=2),),
}
"""The limits of the cases, for geotool, and beside folium as it comes."""


def limits(cases: Sequence[Case]) -> Iterator[Limit]:
    """Yield the limits of which these cases can say something."""
    for case in cases:
        judged = [promise.judge(case) for promise in PROMISES.get(case.name, ())]
        yield from (limit for limit in judged if limit is not None)


def limits_text(found: Sequence[Limit]) -> str:
    """Return the table of limits."""
    rows = [(one.says, one.measured, "met" if one.holds else "**not met**") for one in found]
    return "### Limits\n\n" + table(("limit", "measured", ""), rows)


def _row(case: Case, way: str) -> tuple[str, ...]:
    runs, own = case.runs[way], case.runs[OURS]
    late = any("interactive_ms" not in run.said for run in runs)
    return (
        WAYS[way].says,
        str(len(runs)),
        f"{clock.median(runs, said('html_bytes')) / 1e6:.2f}",
        _figure(runs, said("build_cpu_s"), 2),
        _figure(runs, said("build_s"), 2),
        _figure(runs, peak_mb, 0),
        (">" if late else "") + _figure(runs, interactive_s, 2),
        *(_figure(runs, said(name), 0) for name in ("longest_ms", "pan_ms", "zoom_ms")),
        *(_figure(runs, said(name), 0) for name in ("heap_mb", "renderer_mb")),
        f"{clock.ratio(runs, own, said('build_cpu_s')):.1f}",
        (">" if late else "") + f"{clock.ratio(runs, own, interactive_s):.1f}",
    )


def _figure(runs: Sequence[Run], measure: Measure, decimals: int) -> str:
    found = [value for run in runs if not math.isnan(value := measure(run))]
    return f"{statistics.median(found):,.{decimals}f}" if found else ""


def _questions_text(runs: Sequence[Run]) -> str:
    names = {"find_first_ms": "first search", "find_ms": "longest search", "pick_ms": "longest hit"}
    found = [(says, _figure(runs, said(name), 1)) for name, says in names.items()]
    return "; ".join(f"{says} {figure} ms" for says, figure in found if figure)
