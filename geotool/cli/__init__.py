"""The command line: one module a command, thin callbacks, documented exit codes.

Order: ``present`` (faces of an answer), ``progress``, ``options`` (every shared option once),
the commands, then this group. Command modules import click only; the work is imported inside
the callback, so that ``geotool --help`` stays light.
"""

import sys
import traceback
from importlib import import_module
from types import TracebackType

import click

from geotool import __version__
from geotool.cli.present import say

QUESTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Start and look", ("init", "info", "crs", "validate", "convert", "env")),
    ("Where is it? What strip do we take?", ("chainage", "corridor", "strips", "lengths")),
    ("What and who is affected?", ("affected", "severance", "compare", "households", "stats")),
    ("Graves, landmarks, progress", ("graves", "landmarks", "handover")),
    ("What leaves the office", ("map", "print", "card", "report", "run")),
)
"""Commands grouped by the planner's question they answer."""

EXIT_CODES = (
    "Exit codes: 0 done; 1 crash; 2 wrong call; 3 data refused; "
    "4 output exists or cannot be written; 5 a stated check failed."
)


_SHORT = 60
"""Characters of a command's first line, so that the list fits a terminal of 80."""


class QuestionGroup(click.Group):
    """A group whose help lists the commands by question."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write one section a question, in the order planners meet them."""
        for question, names in QUESTIONS:
            rows = [
                (name, command.get_short_help_str(limit=_SHORT))
                for name in names
                if (command := self.get_command(ctx, name)) is not None
            ]
            with formatter.section(question):
                formatter.write_dl(rows)


@click.group(
    cls=QuestionGroup,
    epilog=EXIT_CODES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="geotool")
@click.option("-v", "--verbose", count=True, help="More words on stderr; -vv shows tracebacks.")
@click.option("-q", "--quiet", count=True, help="Fewer words on stderr.")
@click.pass_context
def cli(ctx: click.Context, verbose: int, quiet: int) -> None:
    """Plan land clearance: layers in, affected-area statistics and one offline map out."""
    ctx.obj = verbose - quiet


for _, _names in QUESTIONS:
    for _name in _names:
        cli.add_command(import_module(f"geotool.cli.{_name}").command)


def main() -> None:
    """Run geotool with UTF-8 streams on every system."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="backslashreplace")
    sys.excepthook = _report_crash
    cli(prog_name="geotool")


def _report_crash(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    if any(argument.startswith("-vv") for argument in sys.argv[1:]):
        say("".join(traceback.format_exception(kind, error, trace)))
        return
    say(f"geotool stopped on an unexpected {kind.__name__}: {error}")
    say("Run again with 'geotool -vv ...' and send the full text to the office.")
