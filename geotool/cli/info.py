"""``geotool info``: what is in a file."""

from typing import TYPE_CHECKING

import click

from geotool.cli import options

if TYPE_CHECKING:
    from geotool.pipeline.answer import Answer


_EXAMPLE = "geotool info thua_dat.shp"


@click.command("info", cls=options.Question, epilog=_EXAMPLE)
@click.argument("source", metavar="FILE")
def command(source: str) -> "Answer":
    """Show what is in FILE: layers, CRS, count, columns.

    FILE is not read whole. Its columns are matched to the layer of geotool they fit best.
    - is GeoJSON or CSV on standard input.
    """
    from geotool.pipeline import info

    return info.describe_file(source)
