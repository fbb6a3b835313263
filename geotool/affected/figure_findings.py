"""Checks of published figures: percentages against their numbers, totals against their parts.

Everything is counted in decimal digits as printed, never in binary fractions.
"""

import math
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import pandas as pd

from geotool.affected.findings import Finding, World
from geotool.affected.order import column_or, text_keys
from geotool.schema import normalise_name

_LAYER = "indicators"
_KEY = ("indicator_id", "unit_id", "period")
_NUMBERS = ("numerator", "denominator", "value")
_PRINTED = re.compile(r"(?P<sign>[-−]?)\s*(?P<digits>\d[\d.,\s]*?)\s*(?P<unit>\D*)")
_SIGNS = ("%", "phần trăm", "percent")
_FLOAT_DIGITS = 15  # decimal digits that a 64-bit number always keeps
_SHOWN_DIGITS = 12  # a number column with more was computed, not printed


@dataclass(frozen=True)
class _Ratio:
    """One percentage: the numbers it stands on and the value as printed, None if unreadable.

    ``in_percent`` is whether the row says so; else the numbers have to show it.
    """

    key: str
    unit_id: str
    top: Decimal
    bottom: Decimal
    printed: Decimal | None
    text: str
    in_percent: bool


@dataclass(frozen=True)
class _Reading:
    """A printed number as a percentage with so many decimals, and what it was as printed."""

    number: Decimal
    digits: int
    stated: str
    is_share: bool = False


def find_percentages(rule: str, world: World) -> list[Finding]:
    """Find the percentages that break one rule.

    ``percentage_differs``: off by more than a unit of the last printed digit;
    ``percentage_rounded``: less, but not the figure that rounding gives;
    ``zero_denominator``: no percentage at all; ``percentage_unread``: the published text is
    no number; ``percentage_share``: the share of 1 stands where per cent are stated.
    """
    found = []
    for ratio in _ratios(world):
        judged = _judge(ratio, world)
        if judged is not None and judged[0] == rule:
            found.append(Finding(_LAYER, ratio.key, ratio.unit_id, judged[1]))
    return found


def find_total_differences(world: World) -> list[Finding]:
    """Find totals that are not the sum of their parts.

    Rows of one indicator and period belong together. A row whose unit is a word for all
    (``total_units``) is a total: of all other rows, of those since the total before it, or of
    those up to the next one. Where parts have decimals, their rounding is allowed for. Values
    of percentages, of ratios (numerator and denominator given) and of units such as
    ``m2/person`` do not add up and are left out.
    """
    frame = world.layers[_LAYER].reset_index(drop=True)
    if not set(_KEY[:2]) <= set(frame.columns):
        return []
    names = {_plain(name) for name in world.cadastre.total_units}
    keys = _keys(frame)
    is_total = keys["unit_id"].map(lambda name: _plain(str(name)) in names)
    columns = {name: frame[name] for name in _NUMBERS if name in frame.columns}
    if "value" in columns:
        columns["value"] = columns["value"].where(_additive(frame, world))
    found: list[Finding] = []
    for _, rows in keys.groupby(["indicator_id", "period"], sort=False):
        flags = [bool(flag) for flag in is_total[rows.index]]
        for name, column in columns.items():
            found += _wrong_totals(rows, flags, name, column[rows.index].tolist())
    return found


def _wrong_totals(
    rows: pd.DataFrame, is_total: Sequence[bool], name: str, cells: Sequence[object]
) -> list[Finding]:
    """Return the wrong totals of one column of one indicator and period."""
    numbers = [_decimal(cell, _FLOAT_DIGITS) for cell in cells]
    found = []
    for place in (i for i, flag in enumerate(is_total) if flag):
        message = _differs(numbers, is_total, place)
        if message:
            row = rows.iloc[place]
            text = f"{_joined(row)}: {name} {message}"
            found.append(Finding(_LAYER, _joined(row), str(row["unit_id"]), text))
    return found


def _ratios(world: World) -> Iterator[_Ratio]:
    """Yield the rows in per cent or without a unit that have both numbers and a value."""
    frame = world.layers[_LAYER]
    if not {"numerator", "denominator", *_KEY[:2]} <= set(frame.columns):
        return
    keys = _keys(frame)
    percent = _in_percent(frame, world).to_numpy()
    plain = (text_keys(column_or(frame, "unit", "")).str.strip() == "").to_numpy()
    texts = text_keys(column_or(frame, "printed_value", "")).tolist()
    columns = [column_or(frame, name, None).tolist() for name in _NUMBERS]
    for position in (percent | plain).nonzero()[0]:
        ratio = _ratio(
            keys.iloc[position],
            [column[position] for column in columns],
            str(texts[position]).strip(),
            in_percent=bool(percent[position]),
        )
        if ratio is not None:
            yield ratio


def _ratio(
    row: "pd.Series[str]", cells: Sequence[object], text: str, *, in_percent: bool
) -> _Ratio | None:
    """Return one row as a ratio, None where a number is missing or nothing says per cent."""
    top, bottom, value = (_decimal(cell, _FLOAT_DIGITS) for cell in cells)
    if top is None or bottom is None or (value is None and not text):
        return None
    printed = read_printed(text) if text else _decimal(cells[2], _SHOWN_DIGITS)
    if not in_percent and (printed is None or bottom == 0):
        return None
    return _Ratio(_joined(row), str(row["unit_id"]), top, bottom, printed, text, in_percent)


def _judge(ratio: _Ratio, world: World) -> tuple[str, str] | None:
    """Return the rule a percentage breaks and what to say, None when it is right."""
    if ratio.bottom == 0:
        text = f"{ratio.key}: the denominator is 0; {_plainly(ratio.top)} / 0 is no percentage."
        return "zero_denominator", text
    if ratio.printed is None:
        return "percentage_unread", f"{ratio.key}: '{ratio.text}' is not read as a percentage."
    exact = 100 * Fraction(ratio.top) / Fraction(ratio.bottom)
    read = _read_as(ratio, ratio.printed, exact, Fraction(repr(world.cadastre.percent_near_share)))
    if read is None:
        return None
    right = _rounded(exact, read.digits)
    stated = (
        f"{ratio.key}: {read.stated} is stated, {_plainly(ratio.top)} / "
        f"{_plainly(ratio.bottom)} is {_rounded(exact, read.digits + 2)} %, "
        f"rounded {_plainly(right)} %."
    )
    unit = Fraction(repr(world.cadastre.last_digit_units)) * Fraction(10) ** -read.digits
    if abs(Fraction(read.number) - exact) > unit:
        return "percentage_differs", stated
    if right != read.number:
        return "percentage_rounded", stated
    return ("percentage_share", stated) if read.is_share and ratio.in_percent else None


def _read_as(
    ratio: _Ratio, printed: Decimal, exact: Fraction, near_share: Fraction
) -> _Reading | None:
    """Return a printed number as a percentage; as the share of 1 where only that comes near.

    A number that the row does not call a percentage is none when neither comes near.
    """
    text = f"{_plainly(printed)}"
    percent = _Reading(printed, _digits(printed), f"{text} %")
    number = printed.scaleb(2)
    exponent = number.as_tuple().exponent
    digits = -exponent if isinstance(exponent, int) else 0
    share = _Reading(number, digits, f"the share {text} ({_plainly(number)} %)", is_share=True)
    readings = [percent]
    if abs(printed) <= 1 and not any(sign in ratio.text for sign in _SIGNS):
        readings.append(share)
    far = near_share * abs(exact)
    near = [one for one in readings if abs(Fraction(one.number) - exact) <= far]
    return near[0] if near else (percent if ratio.in_percent else None)


def read_printed(text: str) -> Decimal | None:
    """Return the number of a published percentage with its digits, ``88,67 %`` as 88.67.

    Comma and point both mark decimals; of two kinds of separator the last does, and one that
    is repeated groups thousands. None where the text is more than a number and a sign of per
    cent (``nearly 98 %``).
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    match = _PRINTED.fullmatch(plain)
    if match is None or normalise_name(match["unit"]) not in (
        "",
        "percent",
        "per_cent",
        "phan_tram",
        "pct",
    ):
        return None
    digits = re.sub(r"\s", "", match["digits"])
    separators = re.findall(r"[.,]", digits)
    grouped = len(separators) > 1 and len(set(separators)) == 1
    if separators and not grouped:
        whole, _, fraction = digits.rpartition(separators[-1])
        digits = f"{re.sub(r'[.,]', '', whole)}.{fraction}"
    else:
        digits = re.sub(r"[.,]", "", digits)
    return Decimal(f"{'-' if match['sign'] else ''}{digits}")


def _differs(numbers: Sequence[Decimal | None], totals: Sequence[bool], place: int) -> str:
    """Return how a total differs from its parts, ``""`` where one way of adding gives it."""
    stated = numbers[place]
    ways = [
        (parts, sum(parts, Decimal(0)), lacking)
        for parts, lacking in _parts(numbers, totals, place)
        if parts
    ]
    if stated is None or not ways:
        return ""
    parts, total, lacking = min(ways, key=lambda way: abs(way[1] - stated))
    if abs(total - stated) <= _rounding(parts, stated):
        return ""
    missing = f"; {lacking} more without a number" if lacking else ""
    return (
        f"{_plainly(stated)} is stated, the {len(parts)} parts add up to {_plainly(total)} "
        f"(difference {_plainly(total - stated)}{missing})."
    )


def _parts(
    numbers: Sequence[Decimal | None], totals: Sequence[bool], place: int
) -> Iterator[tuple[list[Decimal], int]]:
    """Yield the parts a total may stand for, and how many of them have no number."""
    every = [i for i, total in enumerate(totals) if total]
    before = max((i for i in every if i < place), default=-1)
    after = min((i for i in every if i > place), default=len(totals))
    for first, last in ((0, len(totals)), (before + 1, place), (place + 1, after)):
        cells = [numbers[i] for i in range(first, last) if not totals[i]]
        parts = [cell for cell in cells if cell is not None]
        yield parts, len(cells) - len(parts)


def _rounding(parts: Sequence[Decimal], stated: Decimal) -> Decimal:
    """Return how far rounding alone may move a total: nothing where all are whole numbers."""
    digits = max(_digits(number) for number in (*parts, stated))
    return Decimal(0) if digits == 0 else Decimal(len(parts) + 1) / 2 / 10**digits


def _additive(frame: pd.DataFrame, world: World) -> "pd.Series[bool]":
    """Return which values are amounts that add up."""
    units = text_keys(column_or(frame, "unit", ""))
    ratio = pd.to_numeric(column_or(frame, "denominator", None), errors="coerce").notna()
    return ~(_in_percent(frame, world) | units.str.contains("/", regex=False) | ratio)


def _in_percent(frame: pd.DataFrame, world: World) -> "pd.Series[bool]":
    """Return which rows are in per cent, by their unit or else by the value as printed."""
    spellings = {_plain(name) for name in world.cadastre.percent_units}
    units = text_keys(column_or(frame, "unit", "")).map(_plain)
    printed = text_keys(column_or(frame, "printed_value", "")).map(_plain)
    by_text = printed.map(lambda text: any(text.endswith(name) for name in spellings))
    signed = units.map(lambda text: any(sign in text for sign in _SIGNS))
    return units.isin(spellings) | signed | ((units == "") & by_text)


def _keys(frame: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({name: text_keys(column_or(frame, name, "")) for name in _KEY})


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _joined(row: "pd.Series[str]") -> str:
    return ", ".join(str(row[name]) for name in _KEY if row[name])


def _decimal(value: object, digits: int) -> Decimal | None:
    """Return a number with at most so many decimal digits, zeros at the end left out."""
    try:
        number = float(str(value))
    except ValueError:
        return None
    return Decimal(f"{number:.{digits}g}") if math.isfinite(number) else None


def _digits(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _rounded(exact: Fraction, digits: int) -> Decimal:
    """Return a fraction rounded half away from zero; below 0 digits to tens, hundreds, ..."""
    scaled = abs(exact) * Fraction(10) ** digits
    whole = math.floor(scaled + Fraction(1, 2))
    return Decimal(-whole if exact < 0 else whole).scaleb(-digits)


def _plainly(number: Decimal) -> str:
    return format(number, "f")
