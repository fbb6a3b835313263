"""``geotool handover``: what is handed over on a date?"""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from geotool.cli import options

if TYPE_CHECKING:
    from geotool.pipeline.answer import Answer


_EXAMPLES = """\
geotool handover events.csv --alignment tim_tuyen.gpkg --on 2023-12-31
geotool handover --project ky_anh --on 2023-12-31"""


@click.command("handover", cls=options.Question, epilog=_EXAMPLES)
@click.argument("events", metavar="[EVENTS]", required=False)
@click.option("--alignment", metavar="FILE", help="Axis, when EVENTS is given as a file.")
@options.equations
@options.posts
@options.project(required=False)
@options.on
@options.src_crs
def command(
    events: str | None,
    alignment: str | None,
    equations: str | None,
    posts: str | None,
    project: Path | None,
    on: str | None,
    src_crs: str | None,
) -> "Answer":
    """Measure what is handed over on a date.

    Gives km, ha, households and the longest clear stretch. A kilometre counts where both
    sides are clear.
    """
    from geotool.pipeline import handover

    return handover.measure_handover(
        handover.HandoverOptions(
            events=events,
            alignment=alignment,
            equations=equations,
            posts=posts,
            project=project,
            on=on,
            src_crs=src_crs,
        )
    )
