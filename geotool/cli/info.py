"""``geotool info``: what is in a file."""

from typing import TYPE_CHECKING

import click

from geotool.cli import options

if TYPE_CHECKING:
    from geotool.pipeline.answer import Answer


@click.command("info", cls=options.Question)
@click.argument("source", metavar="FILE")
def command(source: str) -> "Answer":
    """Show what is in FILE without reading it all: layers, CRS, count, columns.

    The columns are matched to the canonical layer they fit best.
    Example: geotool info thua_dat.shp
    """
    from geotool.pipeline import info

    return info.describe_file(source)
