"""The one error that fits everything that was found wrong with a layer."""

from collections.abc import Sequence
from pathlib import Path

from geotool.errors import CrsError, DataError, GeometryError, ReadError, SchemaError
from geotool.schema import Problem
from geotool.sources import files

_LISTED_MESSAGES = 10
_LISTED_REMEDIES = 3
_RULES_OF: tuple[tuple[type[DataError], frozenset[str]], ...] = (
    (ReadError, frozenset({"unreadable", "not_what_it_says"})),
    (CrsError, frozenset({"no_crs", "crs_mismatch"})),
    (
        GeometryError,
        frozenset({"empty_geometry", "wrong_geometry_kind", "geometry_lost", "bad_coordinate"}),
    ),
)


def refusal_of(path: Path | str, layer: str, problems: Sequence[Problem]) -> DataError:
    """Return the error that fits the problems best and carries them all."""
    errors = [problem for problem in problems if problem.severity == "error"]
    messages = list(dict.fromkeys(problem.message for problem in errors))
    remedies = list(dict.fromkeys(problem.remedy for problem in errors))
    shown = files.shown_name(path)
    what = f"{shown}, layer {layer}"
    headline = f"{what}: {len(messages)} problems." if len(messages) > 1 else ""
    text = " ".join(messages[:_LISTED_MESSAGES])
    if len(messages) > _LISTED_MESSAGES:
        text += f" And {len(messages) - _LISTED_MESSAGES} more."
    if headline:
        text = f"{headline} {text}"
    elif not text.startswith(what):
        file_named = text.startswith((f"{shown}: ", f"{shown}, "))
        text = f"{what}{text[len(shown) :]}" if file_named else f"{what}: {text}"
    kind = _fitting_class({problem.rule for problem in errors})
    remedy = " ".join(remedies[:_LISTED_REMEDIES])
    return kind(text, remedy=remedy, problems=problems, headline=headline)


def _fitting_class(rules: set[str]) -> type[DataError]:
    """Return the class of the gravest rule; shapes decide only when nothing else is wrong."""
    for kind, members in _RULES_OF:
        if rules & members and (kind is not GeometryError or rules <= members):
            return kind
    return SchemaError
