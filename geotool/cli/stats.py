"""``geotool stats``: the project's one table."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from geotool.cli import options

if TYPE_CHECKING:
    from geotool.pipeline.answer import Answer


@click.command("stats", cls=options.Question)
@options.project()
@options.by
@options.on
def command(project: Path, by: tuple[str, ...], on: str | None) -> "Answer":
    """Print the project's one table of totals.

    Land take, households, graves, structures and lengths, in all and by group.

    One layer under one corridor without a project is 'geotool affected'; the
    committee's workbook is 'geotool report'. Exit 5 when the totals do not reconcile.
    """
    from geotool.pipeline import stats

    return stats.tabulate(project, by=by, on=on)
