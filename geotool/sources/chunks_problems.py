"""What was found in the chunks of a layer -> what was found in the layer."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from geotool.records import Problem

_LISTED_ROWS = 100
_NAMED_ROWS = 10
_COUNTED = frozenset({"reprojected", "heights_dropped"})
_ONCE = frozenset({"ambiguous_number"})
_OF_KEYS = frozenset({"repeated_key", "key_numbered", "key_led", "key_told_apart"})
_ROWS = re.compile(r"(?:.*\()?row \d+\)?|\d+ more rows \(.*\)", re.DOTALL)
_NUMBER = re.compile(r"\d+")


@dataclass
class _Kind:
    """Problems of one rule at one place: the first of them, and how many rows have the rest."""

    listed: list[Problem] = field(default_factory=list)
    more_count: int = 0
    more_keys: list[str] = field(default_factory=list)
    counted: int = 0

    def add_row(self, problem: Problem) -> None:
        if len(self.listed) < _LISTED_ROWS and len(problem.rows) == 1:
            self.listed.append(problem)
            return
        self.more_count += len(problem.rows)
        if problem.key and len(self.more_keys) < _NAMED_ROWS:
            self.more_keys.append(problem.key)

    def problems(self) -> list[Problem]:
        if not self.more_count:
            return self.listed
        text = _said(self.listed[0]) or "the same."
        more = self.more_count - len(self.more_keys)
        named = ", ".join([*self.more_keys, *([f"{more} others"] if more else [])])
        message = f"{self.more_count} more rows ({named}): {text}"
        return [*self.listed, replace(self.listed[0], message=message, key="", rows=())]


class LayerProblems:
    """Gathers the problems of chunks: what is true of the layer is said once.

    Of problems of single rows the first hundred of a kind are kept, the rest is counted.
    """

    def __init__(self) -> None:
        self._kinds: dict[tuple[str, ...], _Kind] = {}

    def add(self, found: Iterable[Problem]) -> None:
        """Take in the problems of one chunk; those of keys are found over the whole layer."""
        for problem in found:
            if problem.rule in _OF_KEYS:
                continue
            if problem.rows:
                self._kind(problem, _said(problem)).add_row(problem)
            elif problem.rule in _COUNTED:
                kind = self._kind(problem, "")
                kind.listed = kind.listed or [problem]
                kind.counted += _first_number(problem.message)
            else:
                text = "" if problem.rule in _ONCE else problem.message
                kind = self._kind(problem, text)
                kind.listed = kind.listed or [problem]

    def problems(self) -> list[Problem]:
        """Return the problems of the layer, kinds in the order they were met."""
        found: list[Problem] = []
        for kind in self._kinds.values():
            if kind.counted:
                first = kind.listed[0]
                message = _NUMBER.sub(str(kind.counted), first.message, count=1)
                found.append(replace(first, message=message))
            else:
                found += kind.problems()
        return found

    def _kind(self, problem: Problem, text: str) -> _Kind:
        return self._kinds.setdefault((problem.rule, problem.place, text), _Kind())


def _said(problem: Problem) -> str:
    """Return what is said of a row, without the row; empty where the row stands within it."""
    head, mark, text = problem.message.partition(": ")
    return text if mark and (head == problem.key or _ROWS.fullmatch(head)) else ""


def _first_number(message: str) -> int:
    found = _NUMBER.search(message)
    return int(found[0]) if found else 0
