"""How a word stands: right as Vietnamese, plausible in some language, or impossible."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from geotool import resources
from geotool.sources.text.syllables import (
    is_common,
    is_like_syllable,
    is_syllable,
    typed_in_capitals,
)

WORD = re.compile("[A-Za-z\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\U0010ffff]+")
_CAMEL = re.compile(r"(?<=[^\W\d_A-Z])(?=[BCDĐGHKLMNPQRSTVX])")
_NOT_LETTERS = "ªºµ"
_CONSONANTS = frozenset("bcdfghjklmnpqrstvwxzBCDFGHJKLMNPQRSTVWXZ")


class Standing(Enum):
    """What a word is, as it stands."""

    RIGHT = "Vietnamese syllables"
    PLAIN = "letters that some language may write"
    BARE = "no letters but ASCII, with signs around them"
    ODD = "what nobody writes"


@lru_cache(maxsize=1)
def limits() -> Mapping[str, float]:
    """Return the limits of detection, from the data room."""
    data: dict[str, float] = resources.load_toml("layers", "legacy_text.toml")["detection"]
    return data


def words_of(text: str) -> list[str]:
    """Return the words of a text that hold more than ASCII letters."""
    if text.isascii() and text.isprintable():
        return []
    return [word for word in WORD.findall(text) if not (word.isascii() and word.isprintable())]


@lru_cache(maxsize=65536)
def standing(word: str) -> Standing:
    """Return how a word, free of ASCII signs, blanks and digits, stands as it is."""
    pieces = _pieces(word)
    if not "".join(pieces).isprintable():
        return Standing.ODD
    lettered = [piece for piece in pieces if _has_accents(piece)]
    if not lettered:
        return Standing.BARE
    if all(map(_is_right, lettered)):
        return Standing.RIGHT
    return Standing.ODD if any(map(_is_odd, pieces)) else Standing.PLAIN


@lru_cache(maxsize=65536)
def score_words(word: str, encoding: str) -> float:
    """Return how Vietnamese a decoded word is: 1 common, less when rare, 0 when it is none.

    Words typed in a font of capitals (``NGUYễN``) pass where the encoding is ``tcvn3``.
    """
    pieces = [piece for piece in _pieces(word) if not piece.isascii()]
    parts = [part for piece in pieces for part in _camels(piece)]
    if not parts or not all(is_syllable(part) and _case_fits(part, encoding) for part in parts):
        return 0.0
    rare = limits()["rare_weight"]
    return 1.0 if len(parts) == 1 and is_common(parts[0]) else rare


def is_sign(word: str) -> bool:
    """Return whether a word is only quotes, dashes and the like, or a measure (``m²``)."""
    return not word.strip(_signs().alone) or word in _signs().measures


@dataclass(frozen=True)
class _Signs:
    """Signs that stand around and between words, and letter pairs nobody writes."""

    before: str
    after: str
    within: re.Pattern[str]
    size: re.Pattern[str]
    alone: str
    measures: frozenset[str]
    pairs: re.Pattern[str]


@lru_cache(maxsize=1)
def _signs() -> _Signs:
    data = resources.load_toml("layers", "legacy_text.toml")["odd"]
    units = "|".join(data["units"].split())
    return _Signs(
        before=data["before"],
        after=data["after"],
        within=re.compile(f"[{re.escape(data['within'])}]+"),
        size=re.compile(f"(?:{units})?×(?:{units})?", re.IGNORECASE),
        alone=data["signs"],
        measures=frozenset(data["measures"].split()),
        pairs=re.compile("|".join(data["pairs"].split())),
    )


def _pieces(word: str) -> list[str]:
    """Return the words inside a word, without the signs that may stand around and between."""
    signs = _signs()
    if signs.size.fullmatch(word):
        return []
    core = word.lstrip(signs.before).rstrip(signs.after)
    return [piece for piece in signs.within.split(core) if piece]


def _is_letter(letter: str) -> bool:
    return letter.isalpha() and letter not in _NOT_LETTERS


def _has_accents(piece: str) -> bool:
    return not piece.isascii() and any(map(_is_letter, piece))


def _camels(piece: str) -> list[str]:
    """Return the words of ``HàNội``; anything else as it is."""
    parts = _CAMEL.split(piece)
    return parts if all(len(part) > 1 for part in parts) else [piece]


def _is_right(piece: str) -> bool:
    return all(is_like_syllable(part) and _case_fits(part, "") for part in _camels(piece))


def _case_fits(word: str, encoding: str) -> bool:
    if word.islower() or word.isupper() or (word[0].isupper() and word[1:].islower()):
        return True
    return encoding == "tcvn3" and typed_in_capitals(word)


def _is_odd(piece: str) -> bool:
    """Return whether a word holds signs, capitals or letter pairs that nobody writes."""
    odd = any(_is_misplaced(piece, place) for place in range(len(piece)))
    return odd or bool(_signs().pairs.search(piece.lower()))


def _is_misplaced(piece: str, place: int) -> bool:
    letter = piece[place]
    if unicodedata.combining(letter):
        return place == 0 or piece[place - 1] in _CONSONANTS
    if letter in _NOT_LETTERS or unicodedata.category(letter)[0] in "SPNC":
        return True
    return letter.isupper() and not letter.isascii() and _within_small(piece, place)


def _within_small(piece: str, place: int) -> bool:
    """Return whether a capital that does not begin the word stands beside a small letter."""
    beside = piece[place - 1 : place] + piece[place + 1 : place + 2]
    return place > 0 and any(map(str.islower, beside))
