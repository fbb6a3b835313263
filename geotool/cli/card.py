"""``geotool card``: one holder's sheet."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from geotool.cli import options

if TYPE_CHECKING:
    from geotool.pipeline.answer import Answer


_EXAMPLE = 'geotool card H0001 --project ky_anh -o out/card.pdf --recipient "Commune office"'


@click.command("card", cls=options.Question, epilog=_EXAMPLE)
@click.argument("holder_id", metavar="HOLDER_ID")
@options.project()
@options.output(required=True, help_text="Output .pdf file.")
@click.option(
    "--recipient", required=True, metavar="TEXT", help="Who receives it; printed across the sheet."
)
@options.paper("A4")
@options.on
@options.overwrite
def command(
    holder_id: str,
    project: Path,
    output: str,
    recipient: str,
    paper: str,
    on: str | None,
    overwrite: bool,
) -> "Answer":
    """Print the card of one household or organisation.

    HOLDER_ID is its code. The card shows personal data: it is for the recipient alone.
    """
    from geotool.pipeline import card

    return card.write_card(
        card.CardOptions(
            holder_id=holder_id,
            project=project,
            output=output,
            recipient=recipient,
            paper=paper,
            on=on,
            overwrite=overwrite,
            language=options.chosen_language(),
        )
    )
