"""``geotool map``: one offline HTML map."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from geotool.cli import options

if TYPE_CHECKING:
    from geotool.pipeline.answer import Answer


_EXAMPLE = "geotool map overview --project ky_anh -o out/overview.html"


@click.command("map", cls=options.Question, epilog=_EXAMPLE)
@click.argument("recipe", metavar="RECIPE")
@options.project()
@options.output(required=True, help_text="Output .html file.")
@options.profile
@options.recipient
@options.on
@options.overwrite
def command(
    recipe: str,
    project: Path,
    output: str,
    profile: str | None,
    recipient: str | None,
    on: str | None,
    overwrite: bool,
) -> "Answer":
    """Draw one map: an HTML file that opens without a network.

    RECIPE is overview, affected_area, households, graves, landmarks, handover, severance,
    alternatives, communes or one of your own in maps/recipes/.
    """
    from geotool.pipeline import map as maps

    return maps.draw_map(
        maps.MapOptions(
            recipe=recipe,
            project=project,
            output=output,
            profile=profile,
            recipient=recipient,
            on=on,
            overwrite=overwrite,
            language=options.chosen_language(),
        )
    )
