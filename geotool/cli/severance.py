"""``geotool severance``: what is left of the parcels, and who loses how much?"""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from geotool.cli import options

if TYPE_CHECKING:
    from geotool.pipeline.answer import Answer


_EXAMPLE = "geotool severance --project ky_anh -o remainders.gpkg"


@click.command("severance", cls=options.Question, epilog=_EXAMPLE)
@options.project()
@options.output(required=False, help_text="Write the pieces left, as a layer or .csv; - is stdout.")
@options.overwrite
def command(project: Path, output: str | None, overwrite: bool) -> "Answer":
    """List what is left of parcels, and who is severely hit.

    Every piece has its area, its width and whether a road or the holder's other land can
    still be reached; pieces too small or too narrow by the rules are residual. Every holder's
    loss is compared with all its land, parcels not touched included; where that is not all
    known the answer is unknown, not 0.
    """
    from geotool.pipeline import severance

    return severance.list_remainders(
        severance.SeveranceOptions(project=project, output=output, overwrite=overwrite)
    )
