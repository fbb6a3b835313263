"""``geotool landmarks``: which landmark has a road?"""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from geotool.cli import options

if TYPE_CHECKING:
    from geotool.pipeline.answer import Answer


@click.group("landmarks")
def command() -> None:
    """Border landmarks and the roads that serve them."""


@command.command("status", cls=options.Question)
@options.project()
def status(project: Path) -> "Answer":
    """Say which landmarks are served by a road, and road and border length by commune.

    The distance that counts as served is in layers/rules/border.toml.
    """
    from geotool.pipeline import landmarks

    return landmarks.measure_status(project)
