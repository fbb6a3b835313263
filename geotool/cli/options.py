"""Every option that two commands share, defined once.

``Question`` is the class of each command: it adds ``--json`` and ``--lang``, shows the epilog as
examples, runs the callback, prints its answer and turns a ``GeotoolError`` into a message and an
exit code.
"""

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from geotool.cli import present as faces
from geotool.cli import progress
from geotool.errors import GeotoolError, UsageError

if TYPE_CHECKING:
    from geotool.pipeline.answer import Answer

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

_STREAM = "-"
_PROJECT_FILE = "geotool.toml"
_LANGUAGE_KEY = "geotool.language"

LANGUAGES = click.Choice(["vi", "en"])
PROFILES = click.Choice(["public", "committee", "internal"])
GROUPINGS = click.Choice(["parcel", "commune", "land_type", "section", "basis"])


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

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the epilog as examples, a line each, never wrapped."""
        lines = (ctx.command.epilog or "").splitlines()
        if lines:
            with formatter.section("Examples"):
                for line in lines:
                    formatter.write(f"  {line}\n")

    def invoke(self, ctx: click.Context) -> None:
        """Run the callback and show its answer, or refuse with message and exit code."""
        as_json: bool = ctx.params.pop("as_json")
        language: str | None = ctx.params.pop("language")
        verbosity = int(ctx.obj or 0)
        try:
            _check_streams(ctx.params, as_json=as_json)
            ctx.meta[_LANGUAGE_KEY] = language
            with progress.watch():
                answer: Answer = super().invoke(ctx)
            faces.present(
                answer,
                as_json=as_json,
                language=language or answer.language,
                verbosity=verbosity,
            )
        except GeotoolError as error:
            faces.refuse(error, as_json=as_json, verbosity=verbosity)


def chosen_language() -> str | None:
    """Return the language the caller asked for, None for the project's."""
    language: str | None = click.get_current_context().meta.get(_LANGUAGE_KEY)
    return language


def _check_streams(given: Mapping[str, object], *, as_json: bool) -> None:
    """Refuse a call that reads standard input twice, or writes two things to standard output."""
    if as_json and given.get("output") == _STREAM:
        raise UsageError(
            "--json and -o - both write to standard output.",
            remedy="Leave one of them out, or name a file with -o.",
        )
    inputs = [value for name, value in given.items() if name != "output"]
    every = [one for value in inputs for one in (value if isinstance(value, tuple) else (value,))]
    piped = [one for one in every if one == _STREAM]
    if len(piped) > 1:
        raise UsageError(
            f"Standard input (-) is named {len(piped)} times.",
            remedy="Pipe one input and name files for the others.",
        )


_JSON = click.Option(["--json", "as_json"], is_flag=True, help="One JSON object on stdout.")
_LANGUAGE = click.Option(
    ["--lang", "language"], type=LANGUAGES, help="Language of the words shown."
)

as_layer = click.option(
    "--as", "layer", required=True, metavar="LAYER", help="Layer it becomes, such as parcels."
)
overwrite = click.option("--overwrite", is_flag=True, help="Replace an existing output.")
src_crs = click.option(
    "--src-crs",
    metavar="CRS",
    help="CRS of the input: EPSG code, VN-2000 name, province, or auto to search.",
)
province = click.option(
    "--province", metavar="NAME", help="Province whose zone a CRS name means; narrows auto."
)
communes = click.option(
    "--communes", metavar="FILE", help="Communes that say where a layer should land (for auto)."
)
alignment_id = click.option(
    "--alignment-id", metavar="ID", help="Which alignment, when the file holds several."
)
equations = click.option(
    "--equations", metavar="FILE", help="Station equations of the alignment: back, ahead."
)
posts = click.option(
    "--posts", metavar="FILE", help="Points of known chainage that calibrate the alignment."
)
by = click.option("--by", "by", type=GROUPINGS, multiple=True, help="Group by; may be repeated.")
on = click.option("--on", type=IsoDate(), help="Date of the statement, YYYY-MM-DD.")
profile = click.option(
    "--profile", type=PROFILES, help="Who may see it; the project's, else public."
)
recipient = click.option("--recipient", metavar="TEXT", help="Who receives an internal output.")


def output(*, required: bool, help_text: str) -> Decorator:
    """Return the ``-o`` option of a command."""
    return click.option(
        "-o", "--output", "output", required=required, metavar="OUT", help=help_text
    )


def paper(default: str) -> Decorator:
    """Return the ``--paper`` option of a command."""
    return click.option(
        "--paper",
        type=click.Choice(["A4", "A3", "A2", "A1", "A0"], case_sensitive=False),
        default=default,
        show_default=True,
        help="Size of a sheet.",
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
        callback=_project_folder,
        help="Folder that holds geotool.toml (or set GEOTOOL_PROJECT).",
    )


def _project_folder(
    _ctx: click.Context, _param: click.Parameter, value: Path | None
) -> Path | None:
    """Return the project's folder, also when its file was named."""
    return value.parent if value is not None and value.name == _PROJECT_FILE else value
