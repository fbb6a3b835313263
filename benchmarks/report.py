"""What a run of ``land_take.py`` found: tables in Markdown, and the limits that are kept or not."""

import importlib.metadata
import os
import platform
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import clock
from answers import Difference
from clock import Run
from peers import PEERS

JUDGED = "5M"
"""The size that the limits are meant for."""
LARGEST = "10M"
"""The size that geotool runs alone, for its memory."""
LIBRARIES = ("geopandas", "shapely", "pyogrio", "pandas", "numpy", "pyarrow", "duckdb", "sedonadb")
FLOOR_STEPS = ("decode", "tree", "classify", "clip")
_COLUMNS = (
    "way",
    "CPU s",
    "wall s",
    "peak MiB",
    "CPU / geotool",
    "parcels in one only",
    "total apart",
    "worst parcel m²",
    "relative",
)


@dataclass(frozen=True)
class Size:
    """The runs under one fabric by contender, how far answers are apart, who was left out."""

    name: str
    affected_count: int
    runs: Mapping[str, Sequence[Run]]
    differences: Mapping[str, Difference]
    skipped: Mapping[str, str]


@dataclass(frozen=True)
class Limit:
    """A promise, what was measured, and whether it holds."""

    says: str
    measured: str
    holds: bool


@dataclass(frozen=True)
class Report:
    """All that one run found."""

    machine: str
    sizes: Sequence[Size]
    growth: Mapping[str, Sequence[Run]]
    cold: Mapping[str, Sequence[Run]]

    def limits(self) -> Iterator[Limit]:
        """Yield the limits of which this run can say something."""
        clean = [size for size in self.sizes if "geos" in size.runs and size.name != LARGEST]
        if clean:
            yield from _against_peers(clean[-1])
            yield from _against_floor(clean[-1])
        if len(self.growth) > 1:
            names = list(self.growth)
            grown = clock.ratio(self.growth[names[-1]], self.growth[names[0]], _cpu)
            says = f"one corridor: CPU of {names[-1]} at most 1.1 of {names[0]}'s"
            yield Limit(says, f"{grown:.2f}", grown <= 1.1)
        if self.cold:
            slower = clock.ratio(self.cold["cold"], self.cold["warm"], _wall)
            seconds = [clock.median(self.cold[name], _wall) for name in ("cold", "warm")]
            measured = "{:.2f} ({:.2f} s, {:.2f} s)".format(slower, *seconds)
            yield Limit("wall with the file evicted at most 2 times warm", measured, slower <= 2)
        yield from self._equality()
        for size in self.sizes:
            if size.name == LARGEST:
                peak = clock.median(size.runs["geotool"], _peak)
                yield Limit(f"{LARGEST} within 1 GB", f"{peak:.0f} MiB", peak <= 1024)

    def _equality(self) -> Iterator[Limit]:
        found = [
            size.differences["postgis"] for size in self.sizes if "postgis" in size.differences
        ]
        if found:
            total = max(one.total_relative for one in found)
            worst = max(one.worst_m2 for one in found)
            holds = all(one.acceptable for one in found)
            says = "as PostGIS: total to 1e-9, a parcel to 1 cm²"
            yield Limit(says, f"{total:.0e}, {worst:.0e} m²", holds)


def machine(libraries: Sequence[str] = LIBRARIES) -> str:
    """Return the machine and the versions that a table was measured with."""
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    system = platform.freedesktop_os_release()["PRETTY_NAME"]
    versions = [f"{name} {version}" for name in libraries if (version := _version(name))]
    code = "import json, shapely; print(json.dumps({'geos': shapely.geos_version_string}))"
    geos = clock.run("-c", code).said["geos"]
    versions = [f"Python {platform.python_version()}", f"GEOS {geos}", *versions]
    return (
        f"{os.cpu_count()} cores, {memory_gb:.0f} GB, {system}, {', '.join(versions)}; "
        f"load {os.getloadavg()[0]:.1f} at the start."
    )


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def size_text(size: Size) -> str:
    """Return the table of one fabric."""
    ours = size.runs["geotool"]
    rows = [("**geotool**", *_costs(ours), "1", "", "", "", "")]
    rows += [_peer_row(size, name) for name in size.differences]
    blank = ("",) * (len(_COLUMNS) - 2)
    rows += [(_says(name), f"({why})", *blank) for name, why in size.skipped.items()]
    title = f"### {size.name}: {size.affected_count:,} parcels affected, turns: {len(ours)}"
    parts = [title, table(_COLUMNS, rows)]
    if "geos" in size.runs:
        parts.append(_floor_text(size))
    return "\n\n".join(parts)


def growth_text(growth: Mapping[str, Sequence[Run]]) -> str:
    """Return the table of one corridor under several fabrics."""
    rows = [(name, *_costs(runs)) for name, runs in growth.items()]
    title = f"### Growth: the corridor of {next(iter(growth))} under each"
    return f"{title}\n\n{table(('parcels', *_COLUMNS[1:4]), rows)}"


def limits_text(limits: Iterable[Limit]) -> str:
    """Return the table of limits."""
    rows = [(one.says, one.measured, "yes" if one.holds else "**no**") for one in limits]
    return "### Limits\n\n" + table(("limit", "measured", "holds"), rows)


def _peer_row(size: Size, name: str) -> tuple[str, ...]:
    runs, found = size.runs[name], size.differences[name]
    says = _says(name)
    if "server" in runs[0].said:
        backend = clock.median(runs, _said("elsewhere_s"))
        says += f" ({runs[0].said['server']}, backend {backend:.2f} s)"
    return (
        says,
        *_costs(runs),
        f"{clock.ratio(runs, size.runs['geotool'], _cpu):.2f}",
        str(found.only_one_count),
        f"{found.total_relative:.0e}",
        f"{found.worst_m2:.0e}",
        f"{found.worst_relative:.0e}",
    )


def _says(name: str) -> str:
    return PEERS[name].says if name in PEERS else name


def _floor_text(size: Size) -> str:
    floor = size.runs["geos"]
    steps = [f"{name} {clock.median(floor, _said(f'{name}_ms')):.0f}" for name in FLOOR_STEPS]
    least, near = (clock.median(floor, _said(name)) for name in ("geos_ms", "near"))
    inner = clock.median(size.runs["inner"], _said("inner_ms"))
    return (
        f"GEOS floor {least:.0f} ms CPU for {near:,.0f} parcels near ({', '.join(steps)}); "
        f"geotool's work without start-up {inner:.0f} ms."
    )


def _against_peers(size: Size) -> Iterator[Limit]:
    ours, where = size.runs["geotool"], _where(size)
    if "overlay" in size.runs:
        theirs = size.runs["overlay"]
        cpu, peak = (clock.ratio(theirs, ours, measure) for measure in (_cpu, _peak))
        yield Limit(f"{where}: CPU at most 1/25 of overlay's", f"1/{cpu:.1f}", cpu >= 25)
        yield Limit(f"{where}: memory at most 1/12 of overlay's", f"1/{peak:.1f}", peak >= 12)
    if "postgis" in size.runs:
        cpu = clock.ratio(ours, size.runs["postgis"], _cpu)
        says = f"{where}: CPU at most that of PostGIS, client and backend"
        yield Limit(says, f"{cpu:.2f}", cpu <= 1)


def _against_floor(size: Size) -> Iterator[Limit]:
    floor, where = size.runs["geos"], _where(size)
    inner = clock.ratio(size.runs["inner"], floor, _said("inner_ms"), _said("geos_ms"))
    whole = 1000 * clock.ratio(size.runs["geotool"], floor, _cpu, _said("geos_ms"))
    yield Limit(f"{where}: inner work at most 2 floors (aim 1.5)", f"{inner:.2f}", inner <= 2)
    yield Limit(f"{where}: whole process at most 3.5 floors (aim 2)", f"{whole:.2f}", whole <= 3.5)


def _where(size: Size) -> str:
    return size.name if size.name == JUDGED else f"{size.name} (meant for {JUDGED})"


def _costs(runs: Sequence[Run]) -> tuple[str, str, str]:
    cpu, wall, peak = (clock.median(runs, measure) for measure in (_cpu, _wall, _peak))
    return f"{cpu:.2f}", f"{wall:.2f}", f"{peak:,.0f}"


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cpu(run: Run) -> float:
    return run.cpu_s


def _wall(run: Run) -> float:
    return run.wall_s


def _peak(run: Run) -> float:
    return run.peak_mb


def _said(name: str) -> "clock.Measure":
    return lambda run: float(run.said[name])
