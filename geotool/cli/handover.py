"""``geotool handover``: what is handed over on a date?"""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from geotool.cli import options

if TYPE_CHECKING:
    from geotool.pipeline.answer import Answer


@click.command("handover", cls=options.Question)
@click.argument("events", metavar="[EVENTS]", required=False)
@click.option("--alignment", metavar="FILE", help="Axis, when EVENTS is given as a file.")
@options.project(required=False)
@options.on
@options.src_crs
def command(
    events: str | None,
    alignment: str | None,
    project: Path | None,
    on: str | None,
    src_crs: str | None,
) -> "Answer":
    """Measure what is handed over on a date: km, ha, households, longest clear stretch.

    A kilometre counts where both sides are clear.

    Example: geotool handover events.csv --alignment tim_tuyen.gpkg --on 2023-12-31
    """
    from geotool.pipeline import handover

    return handover.measure_handover(
        handover.HandoverOptions(
            events=events, alignment=alignment, project=project, on=on, src_crs=src_crs
        )
    )
