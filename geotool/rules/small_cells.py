"""How small a group of people may be in what the public sees."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from geotool.rules.files import (
    RuleFile,
    load_rule,
    read_flag,
    read_table,
    read_texts,
    read_whole,
)

_NAME = "small_cells"


@dataclass(frozen=True)
class SmallCells:
    """When a count of people is too small to be published.

    Parameters
    ----------
    least_count
        A group of fewer people, but some, is not shown.
    zero_allowed
        Whether a cell without people is shown by itself.
    people
        Columns that count people or what is theirs.
    wholes
        By column the counts it is part of: what is left of them must not be small either.
    source
        The rule file.
    """

    least_count: int
    zero_allowed: bool
    people: frozenset[str]
    wholes: Mapping[str, tuple[str, ...]]
    source: RuleFile

    def is_small(self, count: float) -> bool:
        """Return whether a group is smaller than allowed; none at all is no group."""
        return 0 < abs(count) < self.least_count


def load_small_cells(*, project_dir: Path | None = None) -> SmallCells:
    """Return ``layers/rules/small_cells.toml``.

    Raises
    ------
    DataError
        When a number, a flag or a list is missing or wrong.
    """
    rule = load_rule(_NAME, project_dir=project_dir)
    parts = read_table(rule, "parts")
    return SmallCells(
        least_count=read_whole(rule, "cells", "least_count"),
        zero_allowed=read_flag(rule, "cells", "zero_allowed"),
        people=frozenset(read_texts(rule, "counts", "people")),
        wholes=MappingProxyType({name: tuple(read_texts(rule, "parts", name)) for name in parts}),
        source=rule,
    )
