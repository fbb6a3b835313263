"""The land take of a corridor across a province: geotool and its peers in turn, in one run.

    python benchmarks/land_take.py [--sizes 100k 1M 5M 1M-ragged 10M] [--peers overlay postgis ...]

Whole processes from the layer to a CSV, CPU seconds, on an otherwise idle machine. Every answer is
compared with geotool's: the run is refused (exit 1) when a total is more than 1e-9 off or a parcel
more than 1 cm2. Fabrics are made once, in ``--folder`` (100k takes 0.1 GB, all sizes 9 GB).
PostGIS needs a server of this machine (``.ci/postgis start FOLDER``), named by ``--postgis`` or
GEOTOOL_POSTGIS.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import clock
import report
from answers import Difference, compare, read_answer
from clock import Run
from peers import PEERS
from report import LARGEST, Report, Size

HERE = Path(__file__).resolve().parent
SIZES = {"100k": (100_000, 27.3), "1M": (1_000_000, 46.2), "5M": (5_000_000, 120.2)}
"""Parcels, and kilometres of the corridor from corner to corner."""
ALONE = {LARGEST: (10_000_000, 170.0)}
"""Sizes that the peers are spared."""
EXTENTS = {**SIZES, **ALONE}
RAGGED = "-ragged"
SOURCES = {"geotool-fgb": ".fgb", "geotool-parquet": ".parquet"}
"""geotool itself from other formats than GeoPackage."""
COSTLY = {"5M": ("overlay",)}
"""Who runs a single turn."""


@dataclass(frozen=True)
class Place:
    """Where the made files are, and the server, if any."""

    folder: Path
    server: str | None

    def layer(self, size: str, kind: str = ".gpkg") -> str:
        """Return the parcels of a size: a file with that suffix, or a table for ``#``."""
        if kind == "#":
            return f"{self.server}#parcels_{size.replace('-', '_').lower()}"
        return str(self.folder / f"{size}{kind}")

    def corridor(self, size: str) -> Path:
        """Return the corridor of a size."""
        return self.folder / f"corridor-{size.removesuffix(RAGGED)}.gpkg"

    def answer(self, size: str, name: str) -> Path:
        """Return where a contender writes its answer."""
        return self.folder / f"{size}-{name}.csv"

    def make(self, size: str, kinds: Iterable[str]) -> None:
        """Make the corridor of a size, and its parcels in these formats, unless they are there."""
        count, length_km = EXTENTS[size.removesuffix(RAGGED)]
        ragged = ("--ragged",) if size.endswith(RAGGED) else ()
        self._make(self.corridor(size), str(count), "--corridor-km", str(length_km))
        for kind in kinds:
            if kind == "#":
                _say(f"{size} into PostGIS")
                clock.run(HERE / "fabric.py", str(count), self.layer(size, kind), *ragged)
            else:
                self._make(Path(self.layer(size, kind)), str(count), *ragged)

    def _make(self, path: Path, count: str, *options: str) -> None:
        if path.exists():
            return
        _say(f"making {path.name}")
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_stem(f"{path.stem}-unfinished")
        unfinished.unlink(missing_ok=True)
        clock.run(HERE / "fabric.py", count, unfinished, *options)
        unfinished.rename(path)


def geotool(place: Place, size: str, corridor: Path, name: str = "geotool") -> Run:
    """Run the command as a user would."""
    layer, out = place.layer(size, SOURCES.get(name, ".gpkg")), place.answer(size, name)
    out.unlink(missing_ok=True)
    return clock.run("-m", "geotool", "affected", layer, "--corridor", corridor, "-o", out)


def peer(place: Place, size: str, name: str) -> Run:
    """Run one peer."""
    layer, out = place.layer(size, PEERS[name].reads), place.answer(size, name)
    ragged = ("--ragged",) if size.endswith(RAGGED) else ()
    return clock.run(HERE / "peers.py", name, layer, place.corridor(size), out, *ragged)


def part(place: Place, size: str, name: str) -> Run:
    """Measure the floor or geotool's inner work."""
    return clock.run(HERE / "floor.py", name, place.layer(size), place.corridor(size))


def absent(name: str, size: str, server: str | None) -> str | None:
    """Return why a peer cannot take part."""
    if name in SOURCES:
        return None
    missing = PEERS[name].missing()
    if missing:
        return f"not installed: {', '.join(missing)}"
    if PEERS[name].reads == "#" and server is None:
        return "no server named"
    if size.endswith(RAGGED) and not PEERS[name].repairs:
        return "repairs rings in another way"
    return None


def measure_size(place: Place, size: str, peers: Sequence[str], turns: int) -> Size:
    """Run geotool, its peers and the floor in turn under the corridor of the size."""
    invited = () if size in ALONE else peers
    skipped = {name: why for name in invited if (why := absent(name, size, place.server))}
    running = [name for name in invited if name not in skipped]
    reads = {name: SOURCES.get(name) or PEERS[name].reads for name in running}
    kinds = sorted({".gpkg", *reads.values()})
    place.make(size, kinds)
    for kind in kinds:
        if kind != "#":
            clock.warm(Path(place.layer(size, kind)))
    contenders = {"geotool": partial(geotool, place, size, place.corridor(size))}
    for name in running:
        if name in SOURCES:
            contenders[name] = partial(geotool, place, size, place.corridor(size), name)
        else:
            contenders[name] = partial(peer, place, size, name)
    if not size.endswith(RAGGED):
        contenders |= {name: partial(part, place, size, name) for name in ("inner", "geos")}
    runs = clock.take_turns(contenders, turns, once=COSTLY.get(size, ()))
    ours = place.answer(size, "geotool")
    differences = {name: compare(ours, place.answer(size, name)) for name in running}
    return Size(size, len(read_answer(ours)), runs, differences, skipped)


def measure_growth(place: Place, sizes: Sequence[str], turns: int) -> dict[str, list[Run]]:
    """Run geotool on windows of one fabric under the corridor of the smallest."""
    corridor = place.corridor(sizes[0])
    return clock.take_turns(
        {size: partial(geotool, place, size, corridor) for size in sizes}, turns
    )


def measure_cold(place: Place, size: str, turns: int) -> dict[str, list[Run]]:
    """Run geotool with the layer out of the page cache and with all of it there."""
    layer = Path(place.layer(size))

    def cold() -> Run:
        clock.evict(layer)
        return geotool(place, size, place.corridor(size))

    def warm() -> Run:
        clock.warm(layer)
        return geotool(place, size, place.corridor(size))

    return clock.take_turns({"cold": cold, "warm": warm}, turns)


def main() -> None:
    """Measure what is asked, print each table as soon as it is there."""
    asked = _arguments()
    place = Place(asked.folder.resolve(), asked.postgis)
    machine = report.machine()
    _print(machine)
    sizes = []
    for size in asked.sizes:
        _say(size)
        sizes.append(measure_size(place, size, asked.peers, asked.turns))
        _print(report.size_text(sizes[-1]))
    unlike = {
        f"{size.name}: {name}": found
        for size in sizes
        for name, found in size.differences.items()
        if not found.acceptable
    }
    clean = [size for size in SIZES if size in asked.sizes]
    growth, cold = {}, {}
    if len(clean) > 1:
        _say("growth")
        growth = measure_growth(place, clean, asked.turns)
        _print(report.growth_text(growth))
        unlike |= _unlike_first(place, clean)
    if clean:
        _say("cold")
        cold = measure_cold(place, clean[-1], asked.turns)
    found = Report(machine, sizes, growth, cold)
    _print(report.limits_text(found.limits()))
    if asked.json is not None:
        asked.json.write_text(json.dumps(asdict(found), indent=1) + "\n", encoding="utf-8")
    if unlike:
        raise SystemExit(f"not geotool's answer: {unlike}")


def _unlike_first(place: Place, sizes: Sequence[str]) -> dict[str, Difference]:
    """Return the sizes under which one corridor takes other land than under the first."""
    first, *others = [place.answer(size, "geotool") for size in sizes]
    found = {f"growth: {path.stem}": compare(first, path) for path in others}
    return {name: one for name, one in found.items() if not one.acceptable}


def _say(words: str) -> None:
    sys.stderr.write(f"{words}\n")


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n\n")
    sys.stdout.flush()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    names = [*SIZES, *(f"{size}{RAGGED}" for size in SIZES), *ALONE]
    parser.add_argument("--sizes", nargs="+", choices=names, default=["100k"])
    peers = [*SOURCES, *PEERS]
    parser.add_argument("--peers", nargs="*", choices=peers, default=peers)
    parser.add_argument("--turns", type=int, default=3, help="an odd number")
    parser.add_argument("--folder", type=Path, default=clock.ROOT / "build" / "bench")
    parser.add_argument("--json", type=Path, help="also write every run to this file")
    parser.add_argument("--postgis", default=os.environ.get("GEOTOOL_POSTGIS"), help="server URL")
    asked = parser.parse_args()
    if asked.turns % 2 == 0:
        parser.error("--turns is odd: medians are of a turn that was run")
    asked.sizes = [name for name in names if name in asked.sizes]
    return asked


if __name__ == "__main__":
    main()
