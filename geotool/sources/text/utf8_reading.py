"""Text whose bytes were UTF-8 and that was read in an encoding of one byte a letter."""

import re
from collections.abc import Collection, Mapping
from itertools import islice

from geotool.sources.text.legacy_codecs import MULTIBYTE, READINGS, as_bytes, decode
from geotool.sources.text.word_standing import Standing, limits, standing, words_of

_LEAD = re.compile(b"\xc3(?= |$)")
# Letters of two bytes in UTF-8 that no language near Viet Nam writes; ơ and ư are among them.
_FAR = re.compile("[\u0180-\u019f\u01a2-\u01ae\u01b1-\u07ff]")


def from_utf8(texts: Collection[str]) -> dict[str, str]:
    """Return texts that are bytes of UTF-8 read in another encoding."""
    odd = {text for text in texts if Standing.ODD in map(standing, words_of(text))}
    some = list(islice(odd, int(limits()["sample_texts"])))
    best: dict[str, str] = {}
    for reading in READINGS if odd else ():
        found = _read_as_utf8(some, reading)
        enough = len(found) >= limits()["minimum_share"] * len(some)
        if enough and _right_count(found) > _right_count(best):
            best = _read_as_utf8(texts, reading)
    return best


def _read_as_utf8(texts: Collection[str], reading: str) -> dict[str, str]:
    """Return texts as UTF-8; a letter whose end is lost counts beside whole ones only."""
    whole = {text: better for text in texts if (better := _utf8_reading(text, reading))}
    if not whole:
        return {}
    rest = [text for text in texts if text not in whole]
    cut = {text: new for text in rest if (new := _utf8_reading(text, reading, cut=True))}
    return whole | cut


def _right_count(texts: Mapping[str, str]) -> tuple[int, int]:
    """Return how many words are Vietnamese, and how many texts there are."""
    words = [word for text in texts.values() for word in words_of(text)]
    return sum(standing(word) is Standing.RIGHT for word in words), len(texts)


def _utf8_reading(text: str, reading: str, *, cut: bool = False) -> str | None:
    raw = as_bytes(text, reading)
    if raw is None:
        return None
    whole = MULTIBYTE.search(raw) is not None
    if not whole and not (cut and Standing.ODD in map(standing, words_of(text))):
        return None
    # A trailing à is C3 A0, whose second byte reads as a blank and is lost at the end.
    raw = _LEAD.sub(b"\xc3\xa0", raw)
    try:
        better = decode(raw, "utf-8", cut=whole)
    except UnicodeDecodeError:
        return None
    return better if all(map(_credible, words_of(better))) else None


def _credible(word: str) -> bool:
    """Return whether a word can be what bytes of UTF-8 meant.

    Two signs of Latin-1 often happen to be a letter of a far script; a whole word of them
    without Latin letters does not happen.
    """
    kind = standing(word)
    far = [letter for letter in word if _FAR.match(letter)]
    if kind is Standing.RIGHT or not far:
        return kind is not Standing.ODD
    return len(far) > 2 and not any(letter.isascii() for letter in word)
