"""Vietnamese text from before Unicode: which encoding bytes are in, and the way out of it.

Bytes that belong together are read in each encoding, cp1252 included; the one in which most
words are Vietnamese syllables wins, if it does better than cp1252 as it stands.

Confidence = share of the words with accents that are syllables x (1 - 0.5 ** such words).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from geotool.sources.text.legacy_codecs import (
    LEGACY,
    MULTIBYTE,
    canonical_encoding,
    compose,
    decode,
    encode,
)
from geotool.sources.text.syllables import title_case
from geotool.sources.text.text_repair import Repair, repair_texts
from geotool.sources.text.word_standing import Standing, limits, score_words, standing, words_of

__all__ = [
    "Detection",
    "Repair",
    "canonical_encoding",
    "compose",
    "decode",
    "detect_encoding",
    "encode",
    "repair_texts",
    "title_case",
]

_HIGH = re.compile(rb"[\x80-\xff]")
_CUT_START = re.compile(rb"[\x80-\xbf]{1,3}")
_CUT_END = re.compile(rb"(?:[\xc2-\xf4]|[\xe0-\xf4][\x80-\xbf]|[\xf0-\xf4][\x80-\xbf]{2})\Z")
_NO_LEAD = bytes(range(0xC0))
# So many bytes of one sample are looked at when it is not sound UTF-8.
_PART = 1 << 16


@dataclass(frozen=True)
class Detection:
    """The encoding of raw bytes and how sure it is, 0 to 1."""

    encoding: str
    confidence: float


def detect_encoding(samples: Iterable[bytes]) -> Detection:
    """Return the encoding of bytes that belong together: cells, lines or pieces of a file.

    One of ``utf-8`` (also for plain ASCII), ``utf-16``, ``tcvn3``, ``vni``, ``viscii``,
    ``cp1258``, ``cp1252``. A letter cut at the end of a sample does not speak against UTF-8.
    """
    whole, broken, cut = 0, 0, 0
    looked = 0
    words: dict[str, None] = {}
    limit = limits()
    for place, sample in enumerate(samples):
        if place == 0 and sample.startswith((b"\xff\xfe", b"\xfe\xff")):
            return Detection("utf-16", 1.0)
        good, bad, ends = _utf8_letters(sample)
        whole, broken, cut = whole + good, broken + bad, cut + ends
        if bad + ends and looked < limit["sample_bytes"]:
            part = sample[:_PART]
            looked += len(part)
            words.update(dict.fromkeys(words_of(part.decode("latin-1"))))
    if broken + cut == 0:
        return Detection("utf-8", 1.0)
    share = whole / (whole + broken) if whole else 0.0
    if share >= limit["utf8_share"]:
        return Detection("utf-8", round(share, 3))
    return _detect(list(words)[: int(limit["sample_words"])])


def _utf8_letters(sample: bytes) -> tuple[int, int, int]:
    """Return how many letters of UTF-8 there are, bytes that are none, and bytes of cut ones."""
    if sample.isascii():
        return 0, 0, 0
    try:
        sample.decode("utf-8")
    except UnicodeDecodeError:
        part = sample if len(sample) <= _PART else sample[:_PART]
    else:
        return len(sample.translate(None, _NO_LEAD)), 0, 0
    good = len(MULTIBYTE.findall(part))
    bad = len(_HIGH.findall(MULTIBYTE.sub(b"", part)))
    ends = [_CUT_START.match(sample), _CUT_END.search(sample[-3:])]
    cut = sum(len(found[0]) for found in ends if found)
    return good, max(bad - cut, 0), cut


def _detect(words: Sequence[str]) -> Detection:
    """Compare raw words, read as Latin-1, under every encoding including cp1252."""
    kinds = {word: standing(_as_cp1252(word)) for word in words}
    counted = [word for word, kind in kinds.items() if kind is not Standing.BARE]
    best, (best_rank, best_share) = "cp1252", _as_it_stands(counted, kinds)
    for encoding in LEGACY:
        rank, share = _under(encoding, kinds)
        if share >= limits()["minimum_raw_share"] and rank > best_rank:
            best, best_rank, best_share = encoding, rank, share
    return Detection(best, round(best_share * (1 - 0.5 ** max(1, len(counted))), 3))


def _under(encoding: str, kinds: Mapping[str, Standing]) -> tuple[float, float]:
    """Return rank and share of the words in an encoding; 0 where too little speaks for it."""
    scores = {word: _word_score(word.encode("latin-1"), encoding) for word in kinds}
    hits = [word for word, score in scores.items() if score]
    against = sum(not scores[word] for word, kind in kinds.items() if kind is not Standing.BARE)
    changed = {kinds[word] for word in hits} - {Standing.RIGHT}
    enough = Standing.ODD in changed or (Standing.PLAIN in changed and len(hits) > 1)
    share = len(hits) / (len(hits) + against) if enough else 0.0
    return sum(scores.values()) - against, share


def _as_it_stands(words: Sequence[str], kinds: Mapping[str, Standing]) -> tuple[float, float]:
    """Return rank and share of the words when they are read in cp1252."""
    plain = sum(kinds[word] is Standing.PLAIN for word in words)
    odd = sum(kinds[word] is Standing.ODD for word in words)
    right = [_as_cp1252(word) for word in words if kinds[word] is Standing.RIGHT]
    rank = sum(score_words(word, "cp1252") for word in right)
    share = 1 - odd / len(words) if words else 1.0
    return rank + limits()["foreign_weight"] * plain - odd, share


def _as_cp1252(word: str) -> str:
    return "".join(letter.encode("latin-1").decode("cp1252", "ignore") or letter for letter in word)


def _word_score(raw: bytes, encoding: str) -> float:
    try:
        return score_words(decode(raw, encoding), encoding)
    except UnicodeDecodeError:
        return 0.0
