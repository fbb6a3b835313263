"""A progress line on stderr for work over two seconds, when someone is watching."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

Step = Callable[[str, int, int], None]

_PATIENCE_S = 2.0


@contextmanager
def steps() -> Iterator[Step]:
    """Yield a function ``step(what, done, total)`` that shows how far the work is."""
    started = time.monotonic()
    watched = sys.stderr.isatty()
    shown = False

    def step(what: str, done: int, total: int) -> None:
        nonlocal shown
        if watched and time.monotonic() - started > _PATIENCE_S:
            shown = True
            filled = "#" * round(20 * done / max(total, 1))
            click.echo(f"\r[{filled:<20}] {done}/{total} {what:<40}", nl=False, err=True)

    try:
        yield step
    finally:
        if shown:
            click.echo("", err=True)
