"""What a process costs: CPU seconds, wall seconds and peak memory of children that take turns.

Linux. Nothing heavy is imported here: the peak memory of a child counts from that of its parent.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Run:
    """One process: what it took, and the JSON object that it printed, if any.

    ``cpu_s`` is user and system time of the process and of what it waited for, plus the
    ``elsewhere_s`` that it says a server spent on its behalf.
    """

    cpu_s: float
    wall_s: float
    peak_mb: float
    said: Mapping[str, Any] = field(default_factory=dict)


Measure = Callable[[Run], float]


def run(*command: str | Path) -> Run:
    """Run Python with these arguments to its end, with the geotool of this tree.

    Raises
    ------
    SystemExit
        When it fails, with what it said on stderr.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        begun = time.perf_counter()
        child = subprocess.Popen(
            [sys.executable, *map(str, command)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=out,
            stderr=err,
        )
        _, status, used = os.wait4(child.pid, 0)
        wall_s = time.perf_counter() - begun
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            err.seek(0)
            tail = err.read().decode(errors="replace")[-2000:]
            raise SystemExit(f"{Path(command[0]).name} ended with {child.returncode}:\n{tail}")
        out.seek(0)
        printed = out.read().decode()
    said = json.loads(printed) if printed.startswith("{") else {}
    cpu_s = used.ru_utime + used.ru_stime + said.get("elsewhere_s", 0.0)
    return Run(cpu_s, wall_s, used.ru_maxrss / 1024, said)


def take_turns(
    contenders: Mapping[str, Callable[[], Run]], turns: int, *, once: Sequence[str] = ()
) -> dict[str, list[Run]]:
    """Run all in turn, every second turn in reverse; those named ``once`` only in the first."""
    runs: dict[str, list[Run]] = {name: [] for name in contenders}
    for turn in range(turns):
        names = [name for name in contenders if turn == 0 or name not in once]
        for name in names if turn % 2 == 0 else reversed(names):
            sys.stderr.write(f"  turn {turn + 1} of {turns}: {name}\n")
            runs[name].append(contenders[name]())
    return runs


def median(runs: Sequence[Run], measure: Measure) -> float:
    """Return the median of a measure."""
    return statistics.median(map(measure, runs))


def ratio(
    above: Sequence[Run],
    below: Sequence[Run],
    measure: Measure,
    of_below: Measure | None = None,
) -> float:
    """Return the median of the ratios of runs of the same turn."""
    paired = zip(above, below, strict=False)  # some run in the first turn only
    return statistics.median(measure(a) / (of_below or measure)(b) for a, b in paired)


def warm(path: Path) -> None:
    """Read a file through, so that the first turn finds it in the cache like the others."""
    with path.open("rb") as file:
        while file.read(1 << 24):
            pass


def evict(path: Path) -> None:
    """Drop a file from the page cache."""
    os.sync()
    with path.open("rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
