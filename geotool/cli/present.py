"""Faces of an answer: JSON or tables on stdout, words on stderr, the exit code."""

import sys
import traceback
from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

import click

from geotool import plain_text
from geotool.errors import GeotoolError

if TYPE_CHECKING:
    from geotool.pipeline.answer import Answer
    from geotool.schema import Problem

_SHOWN_PROBLEMS = 20
_SHOWN_OF_A_RULE = 3


def say(text: str) -> None:
    """Print words on stderr; control characters of data are visible marks."""
    click.echo(plain_text.printable(text), err=True)


def present(answer: "Answer", *, as_json: bool, language: str, verbosity: int) -> None:
    """Print an answer and leave with its exit code when that is not zero."""
    from geotool import labels
    from geotool.outputs import json_text
    from geotool.share import faces

    if as_json:
        click.echo(json_text(answer.data), nl=False)
    elif answer.tables:
        words = labels.load_labels(answer.project_dir)
        click.echo(faces.text_tables(answer.tables, labels=words, language=language), nl=False)
    if verbosity >= 0:
        _print_problems(answer.problems, show_all=verbosity > 0)
        for line in answer.words:
            say(line)
    if answer.exit_code:
        sys.exit(answer.exit_code)


def refuse(error: GeotoolError, *, as_json: bool, verbosity: int) -> NoReturn:
    """Print one clear message for a refused call and leave with its exit code."""
    if verbosity >= 2:
        say("".join(traceback.format_exception(error)))
    if as_json:
        from geotool.outputs import json_text

        click.echo(json_text(_refusal(error)), nl=False)
    errors = [item for item in error.problems if getattr(item, "severity", "error") == "error"]
    listed = list(dict.fromkeys(text for text in map(_problem_line, errors) if text))
    if len(listed) < 2:
        say(f"Error: {error.message}")
    else:
        say(f"Error: {error.headline}")
        for line in listed[:_SHOWN_PROBLEMS]:
            say(f"  - {line}")
        _print_rest(len(listed))
    if error.remedy:
        say(f"What to do: {error.remedy}")
    sys.exit(error.exit_code)


def _refusal(error: GeotoolError) -> dict[str, object]:
    records = [problem.as_dict() for problem in error.problems if hasattr(problem, "as_dict")]
    return {
        "ok": False,
        "exit_code": error.exit_code,
        "error": {"message": error.message, "remedy": error.remedy},
        "problems": records,
    }


def _print_problems(problems: Sequence["Problem"], *, show_all: bool) -> None:
    """Print problems one by one; of a rule met often only the first, and how many there are."""
    met: dict[str, list[Problem]] = {}
    for problem in problems:
        met.setdefault(problem.rule, []).append(problem)
    for found in met.values():
        shown = found if show_all or len(found) <= _SHOWN_OF_A_RULE else found[:1]
        for problem in shown:
            say(f"{problem.severity}: {_problem_line(problem)}")
        if len(shown) < len(found):
            rest = len(found) - len(shown)
            say(f"  ... and {rest} more like it; 'geotool validate' lists all.")


def _print_rest(count: int) -> None:
    if count > _SHOWN_PROBLEMS:
        rest = count - _SHOWN_PROBLEMS
        say(f"  ... and {rest} more; 'geotool validate' lists all.")


def _problem_line(problem: object) -> str:
    message = getattr(problem, "message", "")
    layer = getattr(problem, "layer", "")
    return f"{layer}: {message}" if layer and layer not in message else message
