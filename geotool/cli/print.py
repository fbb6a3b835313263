"""``geotool print``: one map on paper."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from geotool.cli import options

if TYPE_CHECKING:
    from geotool.pipeline.answer import Answer


_EXAMPLE = "geotool print overview --project ky_anh -o out/overview.pdf --paper A3 --scale 10000"
_SCALE = re.compile(r"(?:1 ?[:/] ?)?(\d{1,3}(?:[ .,]\d{3})+|\d+)", re.ASCII)


class Scale(click.ParamType[int]):
    """The denominator of a scale, written 5000, 1:5000 or 1:5.000; kept as a whole number."""

    name = "scale"

    def convert(
        self, value: str | int, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """Return the denominator or fail with an example."""
        found = _SCALE.fullmatch(str(value).strip())
        if found is None:
            self.fail(f"'{value}' is no scale; write it like 5000 or 1:5000.", param, ctx)
        return int(re.sub(r"\D", "", found[1]))


@click.command("print", cls=options.Question, epilog=_EXAMPLE)
@click.argument("recipe", metavar="RECIPE")
@options.project()
@options.output(required=True, help_text="Output .pdf (vector) or .png file.")
@options.paper("A3")
@click.option("--landscape/--portrait", default=None, help="How the sheet lies; auto if not set.")
@click.option("--scale", type=Scale(), help="5000 for 1:5 000; largest that fits if not set.")
@click.option("--dpi", type=int, help="Resolution of .png; 300 if not set.")
@options.profile
@options.recipient
@options.on
@options.overwrite
def command(
    recipe: str,
    project: Path,
    output: str,
    paper: str,
    landscape: bool | None,
    scale: int | None,
    dpi: int | None,
    profile: str | None,
    recipient: str | None,
    on: str | None,
    overwrite: bool,
) -> "Answer":
    """Print one map at a true scale: PDF or PNG.

    RECIPE is that of 'geotool map'. Without --scale the map fits one sheet; with it, as many
    sheets as it needs follow the alignment, with an index before them.
    """
    from geotool.pipeline import print_map as prints

    return prints.print_map(
        prints.PrintOptions(
            recipe=recipe,
            project=project,
            output=output,
            paper=paper,
            landscape=landscape,
            scale=scale,
            dpi=dpi,
            profile=profile,
            recipient=recipient,
            on=on,
            overwrite=overwrite,
            language=options.chosen_language(),
        )
    )
