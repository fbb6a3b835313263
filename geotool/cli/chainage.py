"""``geotool chainage``: where is Km 568+126?"""

from typing import TYPE_CHECKING

import click

from geotool.cli import options

if TYPE_CHECKING:
    from geotool.pipeline.answer import Answer


_EXAMPLES = """\
geotool chainage tim_tuyen.gpkg --at Km568+126
geotool chainage tim_tuyen.gpkg --point 560123.4,1998742.9
geotool chainage tim_tuyen.gpkg --equations diem_gay.csv --between Km559+900 Km561"""


@click.command("chainage", cls=options.Question, epilog=_EXAMPLES)
@click.argument("alignment", metavar="ALIGNMENT")
@click.option("--at", metavar="KM", help="Point at a chainage, such as Km568+126.")
@click.option("--point", metavar="X,Y", help="Chainage of a point: easting,northing.")
@click.option("--every-m", type=float, metavar="N", help="A point every N metres of chainage.")
@click.option("--between", nargs=2, metavar="KM KM", help="Length between two chainages.")
@click.option(
    "--zone",
    "zones",
    type=click.IntRange(min=1),
    multiple=True,
    metavar="N",
    help="Zone between equations (1, 2, ...) of a chainage that repeats; twice with --between.",
)
@click.option("--near", metavar="KM", help="Of several places the one nearest to this chainage.")
@options.equations
@options.posts
@options.alignment_id
@options.src_crs
def command(
    alignment: str,
    at: str | None,
    point: str | None,
    every_m: float | None,
    between: tuple[str, str] | None,
    zones: tuple[int, ...],
    near: str | None,
    equations: str | None,
    posts: str | None,
    alignment_id: str | None,
    src_crs: str | None,
) -> "Answer":
    """Say where Km 568+126 is, and at which km a point lies.

    Answers with chainage, side, offset and coordinates along the axis in ALIGNMENT. Left and
    right are seen facing increasing chainage. Chainage is a label: with --equations it may
    repeat or be missing, with --posts it is stretched between known points.
    """
    from geotool.pipeline import chainage

    return chainage.locate(
        chainage.ChainageOptions(
            alignment=alignment,
            at=at,
            point=point,
            every_m=every_m,
            between=between or None,
            zones=zones,
            near=near,
            equations=equations,
            posts=posts,
            alignment_id=alignment_id,
            src_crs=src_crs,
        )
    )
