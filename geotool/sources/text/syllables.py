"""Vietnamese syllables: which words are some, and how names are written with capitals."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise, product

from geotool import resources

_FILE = "legacy_text.toml"
_TONES = "\u0301\u0300\u0309\u0303\u0323"
_STOPPED = "\u0301\u0323"
_VOWELS = "aăâeêioôơuưy"
_QUALITY = "ăâêôơư"
_STOPS = ("c", "ch", "p", "t")
_PIECE = re.compile(r"[\s\-–—/,;.()\[\]:\"“”+&]+|[^\s\-–—/,;.()\[\]:\"“”+&]+")
_ROMAN = re.compile(r"[ivx]+", re.IGNORECASE)
_MIDDLE_TONED = ("oai", "oay", "oao", "oeo", "uya", "uyu")
_OPEN_PAIRS = ("oa", "oe", "uy")


@dataclass(frozen=True)
class _Words:
    """What is known of Vietnamese syllables and words, in small letters."""

    skeletons: frozenset[str]
    forms: frozenset[str]
    common: frozenset[str]
    small: frozenset[str]
    codes: frozenset[str]
    counted: frozenset[str]
    units: dict[str, str]


def is_syllable(word: str) -> bool:
    """Return whether a word, in any case, is a Vietnamese syllable as it is spelled.

    Old and new places of the tone count alike (``hoà``, ``hòa``); ``word`` is composed.
    """
    return word.lower() in _words().forms


def is_like_syllable(word: str) -> bool:
    """Return whether a word is a syllable but for the place of its tone (``qúy``, ``Gìang``)."""
    word = word.lower()
    if word in _words().forms:
        return True
    base, tone = _without_tone(word)
    if base not in _words().skeletons:
        return False
    return not base.endswith(_STOPS) or (tone != "" and tone in _STOPPED)


def is_common(word: str) -> bool:
    """Return whether a word is a syllable met every day in names and in offices' language."""
    return word.lower() in _words().common


def title_case(text: str) -> str:
    """Return a name with a capital at each word, as names of people and places are written.

    Roman numerals, abbreviations of offices (``UBND``), codes with digits (``QL1A``,
    ``Km560+240``) and units keep theirs; ``và`` stays small; words that have capitals and
    small letters already stay as they are, unless their accented letters alone are small
    (``NGUYễN``, from a font of capitals).
    """
    found: list[str] = []
    previous = ""
    for piece in _PIECE.findall(text):
        word = any(letter.isalnum() for letter in piece)
        found.append(_capitalised(piece, previous) if word else piece)
        previous = piece if word else previous
    return "".join(found)


def typed_in_capitals(word: str) -> bool:
    """Return whether the ASCII letters of a word are capitals and accented ones are small."""
    plain = "".join(letter for letter in word if letter.isascii())
    accented = "".join(letter for letter in word if not letter.isascii())
    return (
        plain.isupper()
        and accented != accented.upper()
        and (len(plain) > 1 or not word[0].isascii())
    )


def _capitalised(word: str, previous: str) -> str:
    words = _words()
    bare = word.lower()
    if any(letter.isdigit() for letter in word):
        return _code(word)
    if bare in words.units and previous[-1:].isdigit():
        return words.units[bare]
    if _keeps_capitals(word, previous):
        return word.upper()
    if bare in words.small and previous:
        return bare
    shouted = word in (bare, word.upper()) or typed_in_capitals(word)
    return word[:1].upper() + bare[1:] if shouted else word


def _keeps_capitals(word: str, previous: str) -> bool:
    code = word.upper() in _words().codes and not is_common(word)
    return code or _is_roman(word.lower(), previous)


def _is_roman(bare: str, previous: str) -> bool:
    counted = previous.lower() in _words().counted
    return _ROMAN.fullmatch(bare) is not None and (counted or not is_syllable(bare))


def _code(word: str) -> str:
    """Return a word with digits: a unit as it is written, a code in capitals, ``Km560``."""
    unit = _words().units.get(word.lower())
    if unit is not None:
        return unit
    if re.match(r"km\d", word, re.IGNORECASE):
        return "Km" + word[2:]
    if re.fullmatch(r"\d+[a-zA-Z²³]{1,2}", word):
        digits = re.sub(r"\D+$", "", word)
        rest = word[len(digits) :]
        return digits + _words().units.get(rest.lower(), rest.upper())
    return word.upper() if word.isascii() and re.match(r"[a-zA-Z]{1,3}\d", word) else word


@lru_cache(maxsize=1)
def _words() -> _Words:
    data = resources.load_toml("layers", _FILE)["syllables"]
    skeletons = _skeletons(data["onsets"].split(), data["rhymes"].split())
    ending_k = {
        onset + rhyme
        for onset, rhyme in product(["", *data["onsets"].split()], data["rhymes_k"].split())
    }
    words = data["words"].split()
    forms = {form for skeleton, rhyme in skeletons.items() for form in _toned(skeleton, rhyme)}
    forms |= {form for base in ending_k for form in _toned(base, base.lstrip("bcdđghklmnpqrstvx"))}
    every = frozenset([*skeletons, *ending_k, *words])
    return _Words(
        skeletons=every,
        forms=frozenset([*forms, *ending_k, *words]),
        common=frozenset(data["common"].split()),
        small=frozenset(data["small"].split()),
        codes=frozenset(data["codes"].split()),
        counted=frozenset(data["counted"].split()),
        units={unit.lower(): unit for unit in data["units"].split()},
    )


def _skeletons(onsets: list[str], rhymes: list[str]) -> dict[str, str]:
    """Return toneless syllables and the part of each that may bear the tone."""
    return {
        onset + rhyme: rhyme
        for onset, rhyme in product(["", *onsets], rhymes)
        if _fits(onset, rhyme)
    } | {rhyme_of: rhyme_of[1:] for rhyme_of in ("gi", "gin", "giêng", "giêt", "giêm", "giêc")}


def _fits(onset: str, rhyme: str) -> bool:
    front = rhyme[0] in "eêiy"
    if onset in ("c", "g", "ng", "gh", "ngh", "k"):
        return front == (onset in ("gh", "ngh", "k")) and not (rhyme[0] == "y" and onset != "k")
    if onset == "qu":
        return rhyme[0] not in "uưo"
    if onset == "gi":
        return rhyme[0] not in "iy"
    if rhyme[0] == "y" and len(rhyme) > 1:
        return not onset
    return not (not onset and rhyme.startswith(("iê", "iu")) and rhyme != "iu")


def _toned(skeleton: str, rhyme: str) -> list[str]:
    """Return a syllable with every tone it may have, at every place the tone may stand."""
    stopped = skeleton.endswith(_STOPS)
    tones = _STOPPED if stopped else _TONES
    start = len(skeleton) - len(rhyme)
    forms = [] if stopped else [skeleton]
    for place, tone in product(_places(rhyme), tones):
        at = start + place
        toned = unicodedata.normalize("NFC", skeleton[at] + tone)
        forms.append(skeleton[:at] + toned + skeleton[at + 1 :])
    return forms


def _places(rhyme: str) -> tuple[int, ...]:
    """Return the letters of a rhyme that may bear its tone, the old and the new way."""
    vowels = [place for place, letter in enumerate(rhyme) if letter in _VOWELS]
    marked = [place for place in vowels if rhyme[place] in _QUALITY]
    if marked:
        return (marked[-1],)
    if len(vowels) == 1:
        return (vowels[0],)
    nucleus = "".join(rhyme[place] for place in vowels)
    if len(vowels) == len(rhyme):
        if nucleus in _OPEN_PAIRS:
            return (0, 1)
        return (1,) if nucleus in _MIDDLE_TONED else (0,)
    return (vowels[-1],)


def _without_tone(word: str) -> tuple[str, str]:
    """Return a composed word without its tone, and the tone; two tones are left in place."""
    parts = unicodedata.normalize("NFD", word)
    tones = [part for part in parts if part in _TONES]
    if len(tones) != 1 or any(
        part in _TONES and before in "bcdghklmnpqrstvx" for before, part in pairwise(parts)
    ):
        return word, ""
    return unicodedata.normalize("NFC", "".join(p for p in parts if p not in _TONES)), tones[0]
