"""``geotool validate``: every problem of a file or project at once."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from geotool.cli import options

if TYPE_CHECKING:
    from geotool.pipeline.answer import Answer


_EXAMPLES = """\
geotool validate thua_dat.gpkg --as parcels
geotool validate thua_dat.gpkg --as parcels --corridor ranh.gpkg --alignment tim.gpkg
geotool validate nha.xlsx --as structures --cut-off 2021-06-30 -o findings.csv
geotool validate --project ky_anh -o findings.gpkg"""


@click.command("validate", cls=options.Question, epilog=_EXAMPLES)
@click.argument("source", metavar="[FILE]", required=False)
@click.option("--as", "layer", metavar="LAYER", help="Layer the file should be.")
@options.project(required=False)
@options.src_crs
@options.province
@click.option("--alignment", metavar="FILE", help="Axis: findings get their chainage.")
@click.option("--corridor", metavar="FILE", help="Right of way: ground no parcel covers.")
@click.option("--communes", metavar="FILE", help="Communes: features outside their own.")
@click.option(
    "--cut-off", type=options.IsoDate(), help="What is built after this day is a finding."
)
@options.output(required=False, help_text="Also write the rows as a layer or CSV; - is GeoJSON.")
@options.overwrite
def command(
    source: str | None,
    layer: str | None,
    project: Path | None,
    src_crs: str | None,
    province: str | None,
    alignment: str | None,
    corridor: str | None,
    communes: str | None,
    cut_off: str | None,
    output: str | None,
    overwrite: bool,
) -> "Answer":
    """List all that is wrong in a file or a whole project.

    An error cannot be computed with (exit 3); a finding is how the world is
    (overlaps, no papers) and never stops a run; a notice is worth knowing.

    A layer written with -o has a shape for each row that has a place: the ground shared, the
    part uncovered, a point in the parcel; CSV has all rows.
    """
    from geotool.pipeline import validate

    return validate.validate(
        validate.ValidateOptions(
            source=source,
            layer=layer,
            project=project,
            src_crs=src_crs,
            province=province,
            alignment=alignment,
            corridor=corridor,
            communes=communes,
            cut_off=cut_off,
            output=output,
            overwrite=overwrite,
        )
    )
