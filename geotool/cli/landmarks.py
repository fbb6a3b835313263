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
    """Say which landmarks a road serves.

    Also gives the length of roads and border by commune. The distance at which a road
    serves a landmark is in layers/rules/border.toml.
    """
    from geotool.pipeline import landmarks

    return landmarks.measure_status(project)
