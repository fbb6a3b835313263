"""The project's own statistics, without those that count a few people somewhere."""

import re
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pandas as pd

from geotool.pipeline.assess import Assessment
from geotool.rules.small_cells import SmallCells, Statistics, read_words

_LAYER = "indicators"
_PARTS = ("numerator", "denominator")


def leave_out_few(found: Assessment, rule: SmallCells) -> tuple[Assessment, list[str]]:
    """Return an assessment without the ``indicators`` that count a few people, and their codes.

    A statistic counts people where its unit says so, or its name where the unit is a plain count;
    a ratio does by its numerator and denominator. One small count, of any unit and period, is
    enough.
    """
    table = found.inputs.frames.get(_LAYER)
    if table is None or table.empty:
        return found, []
    codes = table["indicator_id"].astype(str)
    small = sorted(set(codes[_telling(table, rule)]))
    if not small:
        return found, []
    kept = table[~codes.isin(small)].reset_index(drop=True)
    frames = {**found.inputs.frames, _LAYER: kept}
    return replace(found, inputs=replace(found.inputs, frames=frames)), small


def _telling(table: pd.DataFrame, rule: SmallCells) -> "pd.Series[bool]":
    """Return which rows state, or let calculate, a number of people that is too small."""
    words = rule.statistics
    unit, name = _texts(table, "unit"), _texts(table, "name")
    texts = list(zip(unit, name, strict=True))
    counted = np.array([_counts_people(*both, words) for both in texts], dtype=np.bool_)
    people = [_first_person(" ".join(both), words) for both in texts]
    value, upper, lower = (_numbers(table, column) for column in ("value", *_PARTS))
    number = (value * unit.map(lambda one: _split_multiple(one, words)[0])).round(6)
    is_few = number.map(rule.is_small) & (number == number.round())
    parts = [part.map(rule.is_small) for part in (upper, lower, lower - upper)]
    of_ratio: pd.Series[bool] = (parts[0] | parts[1] | parts[2]) & np.isfinite(people)
    return (is_few & counted) | of_ratio


def _counts_people(unit: str, name: str, words: Statistics) -> bool:
    """Return whether a statistic of a unit and a name is a number of people."""
    if re.search("[%‰/]", unit) or _first(unit, words.ratio_words) < np.inf:
        return False
    _, plain = _split_multiple(unit, words)
    if plain and plain not in words.count_units:
        return _first_person(plain, words) < np.inf and not _is_size(name, words)
    people = _first_person(name, words)
    return people < np.inf and people <= _first(_joined(name, words), words.ratio_words)


def _is_size(name: str, words: Statistics) -> bool:
    """Return whether a name is of the average size of a group."""
    begins = _first(_joined(name, words), words.average_words) == 0
    return begins and ("/" in name or _first(name, words.size_words) < np.inf)


def _joined(name: str, words: Statistics) -> str:
    """Return a name as long, its words with hyphens as one: what they say is who is counted."""

    def as_one(found: re.Match[str]) -> str:
        first = found[0].partition("-")[0].casefold()
        return found[0] if first in words.size_words else found[0].replace("-", "x")

    return re.sub(r"[^\W_]+(?:-[^\W_]+)+", as_one, name)


def _split_multiple(unit: str, words: Statistics) -> tuple[float, str]:
    """Return how many one of a unit is, and the words of the unit without that."""
    multiple, plain = 1.0, f" {read_words(unit)} "
    for phrase, value in words.multiples.items():
        if f" {phrase} " in plain:
            multiple, plain = multiple * value, plain.replace(f" {phrase} ", " ")
    return multiple, plain.strip()


def _first(text: str, phrases: Iterable[str]) -> float:
    """Return where in a text the first of some phrases begins, infinity where none does."""
    padded = f" {read_words(text)} "
    found = [padded.find(f" {phrase} ") for phrase in phrases]
    return min((place for place in found if place >= 0), default=np.inf)


def _first_person(text: str, words: Statistics) -> float:
    """Return where in a text the first word of people is that is no part of a thing."""
    plain = f" {read_words(text)} "
    for thing in words.things:
        plain = plain.replace(f" {thing} ", f" {'x' * len(thing)} ")
    return _first(plain, words.person_words)


def _texts(table: pd.DataFrame, column: str) -> "pd.Series[str]":
    return table.reindex(columns=[column])[column].astype(object).fillna("").astype(str)


def _numbers(table: pd.DataFrame, column: str) -> "pd.Series[float]":
    return pd.to_numeric(table.reindex(columns=[column])[column], errors="coerce").astype(float)
