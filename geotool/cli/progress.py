"""A progress line on stderr for work over two seconds, when someone is watching."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import click

from geotool import plain_text

Step = Callable[[str, int, int], None]

_PATIENCE_S = 2.0
_EVERY_S = 0.5
_BAR_WIDTH = 20
_META_KEY = "geotool.step"


@dataclass
class _Work:
    """What is being done, how far it is, and since when."""

    what: str = ""
    done: int = 0
    total: int = 0
    started: float = field(default_factory=time.monotonic)
    over: threading.Event = field(default_factory=threading.Event)
    shown: bool = False

    def step(self, what: str, done: int, total: int) -> None:
        self.what, self.done, self.total = what, done, total

    def line(self) -> str:
        seconds = f"{time.monotonic() - self.started:.0f} s"
        if not self.total:
            return f"... {seconds}"
        filled = "#" * round(_BAR_WIDTH * self.done / self.total)
        return f"[{filled:<{_BAR_WIDTH}}] {self.done}/{self.total} {self.what}, {seconds}"


@contextmanager
def watch() -> Iterator[None]:
    """Show how far the work of a command is, from the second second on, on a terminal only."""
    if not sys.stderr.isatty():
        yield
        return
    work = _Work()
    click.get_current_context().meta[_META_KEY] = work.step
    painter = threading.Thread(target=_paint, args=(work,), daemon=True)
    painter.start()
    try:
        yield
    finally:
        work.over.set()
        painter.join()
        if work.shown:
            click.echo(f"\r{'':<78}\r", nl=False, err=True)


def current_step() -> Step:
    """Return the function that tells the running command's watcher how far the work is."""
    step: Step = click.get_current_context().meta.get(_META_KEY, _untold)
    return step


def _untold(_what: str, _done: int, _total: int) -> None:
    """Tell nobody."""


def _paint(work: _Work) -> None:
    if work.over.wait(_PATIENCE_S):
        return
    work.shown = True
    while not work.over.is_set():
        line = plain_text.printable(work.line())
        click.echo(f"\r{line:<78.78}", nl=False, err=True)
        work.over.wait(_EVERY_S)
