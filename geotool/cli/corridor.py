"""``geotool corridor``: the right of way from widths each side, a table of them, or stakes."""

from typing import TYPE_CHECKING

import click

from geotool.cli import options

if TYPE_CHECKING:
    from geotool.pipeline.answer import Answer


_EXAMPLES = """\
geotool corridor tim_tuyen.gpkg --left-m 30 --right-m 30 -o right_of_way.gpkg
geotool corridor tim_tuyen.gpkg --stakes coc_gpmb.xlsx -o right_of_way.gpkg"""


@click.command("corridor", cls=options.Question, epilog=_EXAMPLES)
@click.argument("alignment", metavar="ALIGNMENT")
@click.option("--left-m", type=float, metavar="N", help="Width left of the axis, metres.")
@click.option("--right-m", type=float, metavar="N", help="Width right of the axis, metres.")
@click.option(
    "--widths", metavar="TABLE", help="Widths by chainage instead: chainage, left_m, right_m."
)
@click.option("--stakes", metavar="FILE", help="Clearance stakes of both sides instead.")
@options.equations
@options.posts
@options.alignment_id
@options.src_crs
@options.output(required=True, help_text="Output file; its suffix is the format; - is stdout.")
@options.overwrite
def command(
    alignment: str,
    left_m: float | None,
    right_m: float | None,
    widths: str | None,
    stakes: str | None,
    equations: str | None,
    posts: str | None,
    alignment_id: str | None,
    src_crs: str | None,
    output: str,
    overwrite: bool,
) -> "Answer":
    """Draw the right of way from widths or from stakes.

    It follows the axis in ALIGNMENT. Left and right are seen facing increasing chainage.
    Widths of a table are linear between its rows; two rows at one chainage are a step. Stakes
    are joined in order, each side by itself, and closed to one polygon.
    """
    from geotool.pipeline import corridor

    return corridor.draw_corridor(
        corridor.CorridorOptions(
            alignment=alignment,
            left_m=left_m,
            right_m=right_m,
            widths=widths,
            stakes=stakes,
            equations=equations,
            posts=posts,
            alignment_id=alignment_id,
            src_crs=src_crs,
            output=output,
            overwrite=overwrite,
        )
    )
