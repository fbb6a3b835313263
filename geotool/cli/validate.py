"""``geotool validate``: every problem of a file or project at once."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from geotool.cli import options

if TYPE_CHECKING:
    from geotool.pipeline.answer import Answer


_EXAMPLES = """\
geotool validate thua_dat.gpkg --as parcels
geotool validate --project ky_anh"""


@click.command("validate", cls=options.Question, epilog=_EXAMPLES)
@click.argument("source", metavar="[FILE]", required=False)
@click.option("--as", "layer", metavar="LAYER", help="Layer the file should be.")
@options.project(required=False)
@options.src_crs
@options.province
def command(
    source: str | None,
    layer: str | None,
    project: Path | None,
    src_crs: str | None,
    province: str | None,
) -> "Answer":
    """List all that is wrong in a file or a whole project.

    An error cannot be computed with (exit 3); a finding is how the world is
    (overlaps, no papers) and never stops a run; a notice is worth knowing.
    """
    from geotool.pipeline import validate

    return validate.validate(
        validate.ValidateOptions(
            source=source, layer=layer, project=project, src_crs=src_crs, province=province
        )
    )
