"""The project's own statistics, without those that count a few people somewhere."""

import re
import unicodedata
from dataclasses import replace

import pandas as pd

from geotool.pipeline.assess import Assessment
from geotool.rules.small_cells import SmallCells

_LAYER = "indicators"
_PARTS = ("numerator", "denominator")


def leave_out_few(found: Assessment, rule: SmallCells) -> tuple[Assessment, list[str]]:
    """Return an assessment without the ``indicators`` that count a few people, and their codes.

    A statistic counts people where its unit says so, or its name where it has no unit; a ratio
    does by its numerator and denominator. One small count, of any unit and period, is enough.
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
    unit, name = _texts(table, "unit"), _texts(table, "name")
    in_unit, in_name = (text.map(lambda one: _counts_people(one, rule)) for text in (unit, name))
    counted = (in_unit & ~unit.str.contains("[%/]")) | ((unit.str.strip() == "") & in_name)
    value, upper, lower = (_numbers(table, column) for column in ("value", *_PARTS))
    parts = [number.map(rule.is_small) for number in (upper, lower, lower - upper)]
    of_ratio = (in_unit | in_name) & (parts[0] | parts[1] | parts[2])
    return (counted & value.map(rule.is_small)) | of_ratio


def _counts_people(text: str, rule: SmallCells) -> bool:
    words = re.findall(r"\w+", unicodedata.normalize("NFC", text).casefold())
    return not rule.person_words.isdisjoint(words)


def _texts(table: pd.DataFrame, column: str) -> "pd.Series[str]":
    return table.reindex(columns=[column])[column].astype(object).fillna("").astype(str)


def _numbers(table: pd.DataFrame, column: str) -> "pd.Series[float]":
    return pd.to_numeric(table.reindex(columns=[column])[column], errors="coerce").astype(float)
