"""``geotool crs``: which system is it, and what is this point in another one?"""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from geotool.cli import options

if TYPE_CHECKING:
    from geotool.pipeline.answer import Answer


_EXAMPLES = """\
geotool crs ban_ve.dxf --province "Ha Tinh"
geotool crs --point "X=1998742,87 Y=573456,12" --from 105-30
geotool crs --point "18,0867B 106,2923Đ" --to EPSG:9209"""


@click.command("crs", cls=options.Question, epilog=_EXAMPLES)
@click.argument("source", metavar="[FILE]", required=False)
@click.option("--point", metavar="TEXT", help="Point to convert: two numbers or angles.")
@click.option("--from", "src_crs", metavar="CRS", help="CRS of the point; searched for if absent.")
@click.option("--to", "dst_crs", metavar="CRS", help="CRS wanted; degrees are always given too.")
@options.province
@options.communes
@options.project(required=False)
def command(
    source: str | None,
    point: str | None,
    src_crs: str | None,
    dst_crs: str | None,
    province: str | None,
    communes: str | None,
    project: Path | None,
) -> "Answer":
    """Show which CRS a file could be in; convert a point.

    Lists the systems in which the coordinates of FILE lie in Viet Nam, and where. A point
    is read with decimal commas, X as north, or degrees with B, N, Đ, E.
    """
    from geotool.pipeline import crs

    return crs.ask(
        crs.CrsOptions(
            source=source,
            point=point,
            src_crs=src_crs,
            dst_crs=dst_crs,
            province=province,
            communes=communes,
            project=project,
            language=options.chosen_language() or "vi",
        )
    )
