"""How small a group of people may be in what the public sees."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from geotool.rules.files import (
    RuleFile,
    load_rule,
    read_flag,
    read_number,
    read_table,
    read_texts,
    read_whole,
)

_NAME = "small_cells"


Parts = tuple[str, tuple[str, ...]]
"""A whole, and the counts side by side that are parts of it."""

_CLASSES = ("land_type", "use")


@dataclass(frozen=True)
class Statistics:
    """Words, as :func:`read_words` gives them, of the units and names of own statistics.

    Parameters
    ----------
    person_words
        People who are counted.
    count_units
        Units that say only that something is counted.
    things
        What is no people, though it has a word of people in it.
    ratio_words
        What is no count of people, though people may be named.
    average_words, size_words
        How a name begins that is of the size of a group, and what tells that it is.
    multiples
        How many one is, in a unit such as thousands.
    """

    person_words: frozenset[str]
    count_units: frozenset[str]
    things: frozenset[str]
    ratio_words: frozenset[str]
    average_words: frozenset[str]
    size_words: frozenset[str]
    multiples: Mapping[str, float]


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
    divisions
        Wholes with their parts: what some parts leave of a whole must not be small either.
    changing
        By count that changes with the date its whole: shown where it is none or all of it.
    amounts
        By amount of money or land the counts of those who gave it, or of its parcels.
    class_totals
        By class column (land_type, use) and class the totals that count this class.
    statistics
        How a project's own statistics say that they count people.
    source
        The rule file.
    """

    least_count: int
    zero_allowed: bool
    people: frozenset[str]
    divisions: tuple[Parts, ...]
    changing: Mapping[str, tuple[str, ...]]
    amounts: Mapping[str, tuple[str, ...]]
    class_totals: Mapping[str, Mapping[str, tuple[str, ...]]]
    statistics: Statistics
    source: RuleFile

    def is_small(self, count: float) -> bool:
        """Return whether a group is smaller than allowed; none at all is no group."""
        return 0 < abs(count) < self.least_count

    def totals_of(self, kind: str, name: str) -> tuple[str, ...]:
        """Return the totals that count a class of a kind, also where it is one of several."""
        words = re.findall(r"\w+", name.casefold())
        found = self.class_totals.get(kind, {}).items()
        return tuple(total for key, totals in found if key.casefold() in words for total in totals)


def read_words(text: str) -> str:
    """Return the words of a text, folded, one space between: ``so_hộ``, ``soHộ`` are ``so hộ``."""
    plain = unicodedata.normalize("NFC", text)
    parted = "".join(
        f" {letter}" if before.islower() and letter.isupper() else letter
        for before, letter in zip(f" {plain}", plain, strict=False)
    )
    return " ".join(re.findall(r"[^\W\d_]+|\d+", parted.casefold()))


def load_small_cells(*, project_dir: Path | None = None) -> SmallCells:
    """Return ``layers/rules/small_cells.toml``.

    Raises
    ------
    DataError
        When a number, a flag or a list is missing or wrong.
    """
    rule = load_rule(_NAME, project_dir=project_dir)
    divisions = [read_texts(rule, "divisions", name) for name in read_table(rule, "divisions")]
    return SmallCells(
        least_count=read_whole(rule, "cells", "least_count"),
        zero_allowed=read_flag(rule, "cells", "zero_allowed"),
        people=frozenset(read_texts(rule, "counts", "people")),
        divisions=tuple((names[0], names[1:]) for names in divisions if names),
        changing=_read_lists(rule, "changing"),
        amounts=_read_lists(rule, "amounts"),
        statistics=_read_statistics(rule),
        class_totals={kind: _read_lists(rule, f"{kind}_totals") for kind in _CLASSES},
        source=rule,
    )


def _read_statistics(rule: RuleFile) -> Statistics:
    people, counts, ratios, averages, sizes = (
        frozenset(one for text in read_texts(rule, "statistics", name) for one in _spellings(text))
        for name in ("person_words", "count_units", "ratio_words", "average_words", "size_words")
    )
    # without its accents, a thing may be other words: "hồ chứa" and "hộ chưa"
    things = frozenset(map(read_words, read_texts(rule, "statistics", "things")))
    multiples = {
        one: read_number(rule, "multiples", key)
        for key in read_table(rule, "multiples")
        for one in _spellings(key)
    }
    return Statistics(people, counts, things, ratios, averages, sizes, MappingProxyType(multiples))


def _spellings(phrase: str) -> set[str]:
    """Return a phrase with and without accents."""
    words = read_words(phrase)
    letters = unicodedata.normalize("NFD", words.replace("đ", "d"))
    return {words, "".join(one for one in letters if not unicodedata.combining(one))}


def _read_lists(rule: RuleFile, table: str) -> Mapping[str, tuple[str, ...]]:
    return MappingProxyType({key: read_texts(rule, table, key) for key in read_table(rule, table)})
