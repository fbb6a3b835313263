"""``geotool compare``: two versions of a boundary."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from geotool.cli import options

if TYPE_CHECKING:
    from geotool.pipeline.answer import Answer


_EXAMPLES = """\
geotool compare ranh_lan_1.gpkg ranh_lan_2.gpkg --parcels thua.gpkg --by land_type
geotool compare --project ky_anh --version 1 --version 2 -o changes.gpkg"""


@click.command("compare", cls=options.Question, epilog=_EXAMPLES)
@click.argument("old", metavar="[OLD", required=False)
@click.argument("new", metavar="NEW]", required=False)
@click.option("--parcels", metavar="FILE", help="Parcels whose ground changes.")
@click.option("--holdings", metavar="FILE", help="Table of holdings, for --by holder.")
@options.project(required=False)
@click.option(
    "--version",
    "versions",
    multiple=True,
    metavar="NAME",
    help="Twice, old and new: versions of the project's right of way, '' for rows without one; "
    "else its latest two.",
)
@click.option(
    "--by",
    type=click.Choice(["parcel", "commune", "land_type", "holder"]),
    default="parcel",
    show_default=True,
    help="Group by.",
)
@options.src_crs
@options.output(required=False, help_text="Rows as CSV (- is stdout), or the changed ground.")
@options.overwrite
def command(
    old: str | None,
    new: str | None,
    parcels: str | None,
    holdings: str | None,
    project: Path | None,
    versions: tuple[str, ...],
    by: str,
    src_crs: str | None,
    output: str | None,
    overwrite: bool,
) -> "Answer":
    """Compare two versions of a boundary.

    What is added and given back, in all and by parcel, commune, land type or holder, recovered
    and donated land apart; land used for a time is left out. Old + added - given back = new,
    always checked (exit 5). Ground that parcels claim twice is a negative row, ground that no
    parcel covers a row of its own, so that the groups add up. A commune is the one the parcel
    names. Ground whose basis alone changes is neither added nor given back.
    """
    from geotool.pipeline import compare

    return compare.compare_boundaries(
        compare.CompareOptions(
            old=old,
            new=new,
            parcels=parcels,
            holdings=holdings,
            project=project,
            versions=versions,
            by=by,
            src_crs=src_crs,
            output=output,
            overwrite=overwrite,
        )
    )
