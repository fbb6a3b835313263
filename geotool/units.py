"""Numbers with their units: chainage text, areas, lengths, shares, money, sort keys.

Everything here is plain Python and knows no frame, file or layer. Values are rounded when
they become text, never before. Chainage text such as ``Km568+126.79`` is a label along an
alignment in kilometres and metres; it is not a distance.
"""

import math
import operator
import re
import unicodedata
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import SupportsIndex

from geotool.errors import DataError, LabelError, UsageError

EMPTY = "–"
KILOMETRE_M = 1000.0

_SEPARATORS = {"vi": (".", ","), "en": (",", ".")}  # language: (thousands, decimal)

_NUMBER = r"[0-9]+(?:[.,][0-9]+)?"
_SIDE_SUFFIX = r"(?:\s*\(\s*[tplr]\s*\))?"
_CHAINAGE = (
    rf"[-−]?\s*(?:km?\s*(?:[0-9]+\s*\+\s*{_NUMBER}|{_NUMBER})|[0-9]+\s*\+\s*{_NUMBER}|{_NUMBER})"
    rf"{_SIDE_SUFFIX}"
)
_CHAINAGE_PARTS = re.compile(
    rf"(?P<sign>[-−]?)\s*(?P<prefix>km?)?\s*(?:(?P<km>[0-9]+)\s*\+\s*)?(?P<rest>{_NUMBER})"
    rf"(?(km)(?:\s*m)?){_SIDE_SUFFIX}",
    re.IGNORECASE,
)
_CHAINAGE_RANGE = re.compile(
    rf"\s*(?P<start>{_CHAINAGE})\s*(?:->|→|\.\.+|…|[-–—~÷]|đến|tới)\s*(?P<end>{_CHAINAGE})\s*",
    re.IGNORECASE,
)
_THOUSANDS_COMMA = re.compile(r"[1-9][0-9]{0,2},[0-9]{3}")
_DIGITS = re.compile(r"([0-9]+)")

_CHAINAGE_REMEDY = "Write it like Km568+126 or Km568+126.79, or as plain metres."


def parse_chainage(value: str | float | int) -> float:
    """Return a chainage in metres from its label.

    Parameters
    ----------
    value
        ``Km568+126``, ``Km 605+500``, ``624+228,79``, ``K12+300``, ``KM12``, in any case, with
        a decimal point or comma, with or without a side mark such as ``(T)``; or a plain
        number (or its text), which is metres. The metres may exceed 999 (``Km12+1005``).

    Returns
    -------
    float
        Chainage in metres; ``Km568+126`` is 568126.0.

    Raises
    ------
    LabelError
        When the label cannot be read, is empty, not finite, or could mean two numbers
        (``1,500``).
    """
    if isinstance(value, str):
        return _parse_chainage_text(value)
    if isinstance(value, bool) or not math.isfinite(value):
        raise LabelError(f"{value!r} is not a chainage.", remedy=_CHAINAGE_REMEDY)
    return float(value)


def _parse_chainage_text(text: str) -> float:
    label = unicodedata.normalize("NFKC", text).strip()
    match = _CHAINAGE_PARTS.fullmatch(label)
    if match is None:
        raise LabelError(f"{text!r} is not a chainage.", remedy=_CHAINAGE_REMEDY)
    kilometres, rest = match["km"], match["rest"]
    if kilometres is None and match["prefix"] is None and _THOUSANDS_COMMA.fullmatch(rest):
        raise LabelError(
            f"{text!r} could be {rest.replace(',', '.')} m or {rest.replace(',', '')} m.",
            remedy=_CHAINAGE_REMEDY,
        )
    metres = Decimal(rest.replace(",", "."))
    if kilometres is not None:
        metres += 1000 * Decimal(kilometres)
    elif match["prefix"]:
        metres *= 1000
    return float(-metres if match["sign"] and metres else metres)


def parse_chainage_range(text: str) -> tuple[float, float]:
    """Return the two chainages, in metres, of a range in the order written.

    Parameters
    ----------
    text
        ``Km12+300 - Km13+050``; the sign between may be a hyphen, a dash, ``..`` or an arrow,
        with or without spaces.

    Raises
    ------
    LabelError
        When the text is not two chainages.
    """
    match = _CHAINAGE_RANGE.fullmatch(unicodedata.normalize("NFC", text))
    if match is None:
        raise LabelError(
            f"{text!r} is not a chainage range.", remedy="Write it like Km12+300 - Km13+050."
        )
    return parse_chainage(match["start"]), parse_chainage(match["end"])


def format_chainage(chainage_m: float, *, decimals: int = 2) -> str:
    """Return the label of a chainage, ``Km568+126.00``.

    The number is rounded first and split afterwards, so 555999.996 is ``Km556+000.00`` and
    never ``Km555+1000.00``. The label reads the same in every language.

    Parameters
    ----------
    chainage_m
        Chainage in metres; below zero it is written ``-Km0+012.50``.
    decimals
        Decimals of the metres.

    Raises
    ------
    LabelError
        When the number is not finite.
    """
    if not math.isfinite(chainage_m):
        raise LabelError(f"{chainage_m!r} is not a chainage.")
    digits = f"{abs(chainage_m):.{decimals}f}"
    sign = "-" if chainage_m < 0 and float(digits) else ""
    whole, point, fraction = digits.partition(".")
    whole = whole.rjust(4, "0")
    return f"{sign}Km{int(whole[:-3])}+{whole[-3:]}{point}{fraction}"


def round_half_up(value: float, decimals: int) -> float:
    """Return a number rounded as on paper: halves go away from zero.

    The shortest decimal text of the number is what is rounded, so 1.005 becomes 1.01.
    """
    return float(_round_decimal(value, decimals))


def _round_decimal(value: float | int, decimals: int) -> Decimal:
    exact = Decimal(value) if isinstance(value, int) else Decimal(repr(float(value)))
    if not exact.is_finite():
        raise UsageError(f"{value!r} cannot be rounded.")
    text = format(exact, "f")
    if exact.is_zero() or len(text.partition(".")[2]) <= decimals:
        return exact
    return _quantize(exact, decimals)


def _quantize(exact: Decimal, decimals: int) -> Decimal:
    shifted = exact.scaleb(decimals)
    return shifted.to_integral_value(rounding=ROUND_HALF_UP).scaleb(-decimals)


def _separators(language: str) -> tuple[str, str]:
    try:
        return _SEPARATORS[language]
    except KeyError:
        raise UsageError(
            f"There is no language {language!r}.", remedy=f"Known: {', '.join(_SEPARATORS)}."
        ) from None


def format_number(value: float | int | None, *, language: str, decimals: int = 0) -> str:
    """Return a number as a language writes it: ``1.234,5`` (vi) or ``1,234.5`` (en).

    Parameters
    ----------
    value
        Any finite number; None and NaN become an en dash.
    language
        ``vi`` or ``en``.
    decimals
        Decimals shown; halves are rounded away from zero.

    Raises
    ------
    UsageError
        When the language is unknown or the number is infinite.
    """
    thousands, point = _separators(language)
    if value is None or math.isnan(value):
        return EMPTY
    rounded = _round_decimal(value, decimals)
    text = f"{rounded.copy_abs():,.{decimals}f}".translate({ord(","): thousands, ord("."): point})
    return f"-{text}" if rounded < 0 else text


def parse_number(text: str, *, language: str) -> float:
    """Return the number that a text states in a language.

    In ``vi`` the dot groups thousands and the comma marks decimals, so ``1.026`` is 1026; in
    ``en`` it is the other way round. Spaces may group thousands in both.

    Raises
    ------
    DataError
        When the text is not such a number; nothing is guessed.
    UsageError
        When the language is unknown.
    """
    thousands, point = _separators(language)
    group = rf"(?:{re.escape(thousands)}|\s)"
    pattern = rf"[-−+]?(?:[0-9]{{1,3}}(?:{group}[0-9]{{3}})+|[0-9]+)(?:{re.escape(point)}[0-9]+)?"
    stripped = text.strip()
    if re.fullmatch(pattern, stripped) is None:
        raise DataError(
            f"{text!r} is not a number.",
            remedy=f"Write it like 1{thousands}234{point}5.",
        )
    plain = re.sub(rf"{group}", "", stripped).replace(point, ".").replace("−", "-")
    return float(plain)


def m2_to_ha(area_m2: float) -> float:
    """Return an area in hectares from square metres."""
    return area_m2 / 10_000


def ha_to_m2(area_ha: float) -> float:
    """Return an area in square metres from hectares."""
    return area_ha * 10_000


def _with_unit(text: str, unit: str) -> str:
    return text if text == EMPTY else f"{text} {unit}"


def format_area_m2(area_m2: float | None, *, language: str) -> str:
    """Return an area to 0.1 m² with its unit; nothing known is an en dash."""
    return _with_unit(format_number(area_m2, language=language, decimals=1), "m²")


def format_area_ha(area_m2: float | None, *, language: str) -> str:
    """Return an area given in square metres to 0.01 ha with its unit."""
    hectares = None if area_m2 is None else m2_to_ha(area_m2)
    return _with_unit(format_number(hectares, language=language, decimals=2), "ha")


def format_length_km(length_m: float | None, *, language: str, decimals: int = 2) -> str:
    """Return a length given in metres as kilometres with its unit."""
    kilometres = None if length_m is None else length_m / 1000
    return _with_unit(format_number(kilometres, language=language, decimals=decimals), "km")


def format_share(share: float | None, *, language: str, decimals: int = 1) -> str:
    """Return a share of 0..1 in per cent, ``12,5 %``."""
    percent = None if share is None else float(Decimal(repr(float(share))).scaleb(2))
    return _with_unit(format_number(percent, language=language, decimals=decimals), "%")


def _require_vnd(amount: object) -> int:
    if isinstance(amount, SupportsIndex) and not isinstance(amount, bool):
        return operator.index(amount)
    raise UsageError(
        f"{amount!r} is not a whole number of dong.",
        remedy="Money is counted in whole dong; round it where the rule says so.",
    )


def format_vnd(amount: int, *, language: str) -> str:
    """Return an amount of whole dong with its unit, ``1.250.000 ₫``.

    Raises
    ------
    UsageError
        When the amount is not a whole number of dong.
    """
    return _with_unit(format_number(_require_vnd(amount), language=language), "₫")


def sum_vnd(amounts: Iterable[int]) -> int:
    """Return the exact sum of amounts of whole dong.

    Raises
    ------
    UsageError
        When one of them is not a whole number of dong.
    """
    return sum(_require_vnd(amount) for amount in amounts)


def natural_key(text: str) -> tuple[tuple[tuple[int, int, str], ...], str]:
    """Return a sort key that reads numbers inside a text as numbers: ``P2`` before ``P10``.

    The order is total over any text: accents and case decide only between texts that are
    otherwise equal.
    """
    folded = "".join(
        letter
        for letter in unicodedata.normalize("NFD", text.casefold())
        if not unicodedata.combining(letter)
    ).replace("đ", "d")
    tokens = tuple(
        _number_token(piece) if piece[0] in "0123456789" else (1, 0, piece)
        for piece in _DIGITS.split(folded)
        if piece
    )
    return tokens, unicodedata.normalize("NFC", text)


def _number_token(digits: str) -> tuple[int, int, str]:
    plain = digits.lstrip("0")
    return 0, len(plain), plain
