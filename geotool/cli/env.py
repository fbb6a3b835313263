"""``geotool env``: versions of what geotool stands on."""

from typing import TYPE_CHECKING

import click

from geotool.cli import options

if TYPE_CHECKING:
    from geotool.pipeline.answer import Answer


@click.command("env", cls=options.Question)
def command() -> "Answer":
    """Show the versions of geotool, Python, GDAL, GEOS and PROJ."""
    from geotool.pipeline import env

    return env.list_versions()
