"""``geotool strips``: protection and safety strips."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from geotool.cli import options

if TYPE_CHECKING:
    from geotool.pipeline.answer import Answer


_EXAMPLE = "geotool strips --project duan --json"


@click.command("strips", cls=options.Question, epilog=_EXAMPLE)
@options.project()
def command(project: Path) -> "Answer":
    """Measure the statutory strips and count what stands in them.

    Protection strip and safety corridor of roads by class, safety corridors of dry bridges,
    tunnels and power lines. Structures that the right of way takes never count. Row 'shared'
    takes back what is counted in several strips, so that the rows add up to the total.
    """
    from geotool.pipeline import strips

    return strips.list_strips(project)
