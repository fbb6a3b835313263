"""``geotool graves``: which graves move, and where is room?"""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from geotool.cli import options

if TYPE_CHECKING:
    from geotool.pipeline.answer import Answer


@click.group("graves")
def command() -> None:
    """Graves to move: how many, and where is room?"""


@command.command("demand", cls=options.Question)
@options.project()
@click.option("--margin-m", type=float, metavar="N", help="Also count graves within N metres.")
@click.option(
    "--by",
    type=click.Choice(["commune", "section"]),
    default="commune",
    show_default=True,
    help="Group by.",
)
@options.on
def demand(project: Path, margin_m: float | None, by: str, on: str | None) -> "Answer":
    """Count the graves in and beside the right of way.

    right_of_way_count and margin_count exclude each other and add up to grave_count.
    Each grave to move gets the nearest receiving cemetery that still has room.
    """
    from geotool.pipeline import graves

    return graves.count_demand(project, margin_m=margin_m, by=by, on=on)
