"""``geotool households``: who is affected."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from geotool.cli import options

if TYPE_CHECKING:
    from geotool.pipeline.answer import Answer


@click.command("households", cls=options.Question)
@options.project()
@click.option(
    "--by",
    type=click.Choice(["commune", "section"]),
    default="commune",
    show_default=True,
    help="Group by.",
)
def command(project: Path, by: str) -> "Answer":
    """Count the affected households of a project, each once.

    Affected (land or structure taken), relocated (dwelling taken) and residential land
    affected are three different counts. Row 'shared' takes back households counted in
    several groups, so that the rows add up to the total.
    """
    from geotool.pipeline import households

    return households.count_households(project, by=by)
