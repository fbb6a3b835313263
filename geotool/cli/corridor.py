"""``geotool corridor``: the right of way from widths each side."""

from typing import TYPE_CHECKING

import click

from geotool.cli import options

if TYPE_CHECKING:
    from geotool.pipeline.answer import Answer


_EXAMPLE = "geotool corridor tim_tuyen.gpkg --left-m 30 --right-m 30 -o right_of_way.gpkg"


@click.command("corridor", cls=options.Question, epilog=_EXAMPLE)
@click.argument("alignment", metavar="ALIGNMENT")
@click.option("--left-m", type=float, required=True, help="Width left of the axis, metres.")
@click.option("--right-m", type=float, required=True, help="Width right of the axis, metres.")
@options.alignment_id
@options.src_crs
@options.output(required=True, help_text="Output file; its suffix is the format; - is stdout.")
@options.overwrite
def command(
    alignment: str,
    left_m: float,
    right_m: float,
    alignment_id: str | None,
    src_crs: str | None,
    output: str,
    overwrite: bool,
) -> "Answer":
    """Draw the right of way from constant widths a side.

    It follows the axis in ALIGNMENT. Left and right are seen facing increasing chainage.
    """
    from geotool.pipeline import corridor

    return corridor.draw_corridor(
        corridor.CorridorOptions(
            alignment=alignment,
            left_m=left_m,
            right_m=right_m,
            alignment_id=alignment_id,
            src_crs=src_crs,
            output=output,
            overwrite=overwrite,
        )
    )
