"""Every option that two commands share, defined once.

``Question`` is the class of each command: it adds ``--json`` and ``--lang``, runs the callback,
prints its answer and turns a ``GeotoolError`` into a message and an exit code.
"""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from geotool.cli import present as faces
from geotool.errors import GeotoolError

if TYPE_CHECKING:
    from geotool.pipeline.answer import Answer

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

LANGUAGES = click.Choice(["vi", "en"])
PROFILES = click.Choice(["public", "committee", "internal"])
GROUPINGS = click.Choice(["parcel", "commune", "land_type", "section"])


class IsoDate(click.ParamType[str]):
    """A calendar date written YYYY-MM-DD; kept as text."""

    name = "date"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the date as ISO text or fail with an example."""
        try:
            return date.fromisoformat(value).isoformat()
        except ValueError:
            self.fail(f"'{value}' is not a date; write it like 2023-12-31.", param, ctx)


class Question(click.Command):
    """A command whose callback returns an ``Answer``; adds ``--json`` and ``--lang``."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Return the command's own parameters and the two that every question has."""
        *own, help_option = super().get_params(ctx)
        return [*own, _JSON, _LANGUAGE, help_option]

    def invoke(self, ctx: click.Context) -> None:
        """Run the callback and show its answer, or refuse with message and exit code."""
        as_json: bool = ctx.params.pop("as_json")
        language: str | None = ctx.params.pop("language")
        verbosity = int(ctx.obj or 0)
        try:
            answer: Answer = super().invoke(ctx)
            faces.present(
                answer,
                as_json=as_json,
                language=language or answer.language,
                verbosity=verbosity,
            )
        except GeotoolError as error:
            faces.refuse(error, as_json=as_json, verbosity=verbosity)


_JSON = click.Option(["--json", "as_json"], is_flag=True, help="One JSON object on stdout.")
_LANGUAGE = click.Option(
    ["--lang", "language"], type=LANGUAGES, help="Language of the words shown."
)

as_layer = click.option("--as", "layer", required=True, metavar="LAYER", help="Layer it becomes.")
overwrite = click.option("--overwrite", is_flag=True, help="Replace an existing output.")
src_crs = click.option(
    "--src-crs", metavar="CRS", help="CRS of INPUT (EPSG code or name); overrides the file."
)
province = click.option(
    "--province", metavar="NAME", help="Narrow a CRS name to one province's meridian."
)
alignment_id = click.option(
    "--alignment-id", metavar="ID", help="Which alignment, when the file holds several."
)
by = click.option("--by", "by", type=GROUPINGS, multiple=True, help="Group by; may be repeated.")
on = click.option("--on", type=IsoDate(), help="Date of the statement, YYYY-MM-DD.")
profile = click.option("--profile", type=PROFILES, help="Who may see it; public if not set.")
recipient = click.option("--recipient", metavar="TEXT", help="Who receives an internal output.")


def output(*, required: bool, help_text: str) -> Decorator:
    """Return the ``-o`` option of a command."""
    return click.option(
        "-o", "--output", "output", required=required, metavar="OUT", help=help_text
    )


def project(*, required: bool = True) -> Decorator:
    """Return the ``--project`` option, also read from ``GEOTOOL_PROJECT``."""
    return click.option(
        "--project",
        "project",
        required=required,
        envvar="GEOTOOL_PROJECT",
        type=click.Path(path_type=Path),
        metavar="DIR",
        help="Folder that holds geotool.toml (or set GEOTOOL_PROJECT).",
    )
