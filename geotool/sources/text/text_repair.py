"""Text that was decoded in the wrong encoding, made right.

Words are compared under each hypothesis: as they stand, and as the bytes behind them read in
TCVN3, VNI, VISCII or cp1258. Words that are right already are no evidence. A hypothesis holds
when some word cannot stand as it is (a sign inside it, a capital within small letters, a pair
of letters no language writes), nearly all words that are not right become Vietnamese
syllables, and no other hypothesis does about as well.

Confidence = share of those words that become syllables x (1 - 0.5 ** distinct such words).
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from geotool.sources.text.legacy_codecs import (
    LEGACY,
    READINGS,
    as_bytes,
    canonical_encoding,
    compose,
    decode,
)
from geotool.sources.text.syllables import (
    is_common,
    is_like_syllable,
    is_syllable,
    title_case,
    typed_in_capitals,
)
from geotool.sources.text.utf8_reading import from_utf8
from geotool.sources.text.word_standing import (
    WORD,
    Standing,
    is_sign,
    limits,
    score_words,
    standing,
    words_of,
)

_ETH = str.maketrans({"Ð": "Đ", "ð": "đ", "Ɖ": "Đ", "ɖ": "đ"})
_ICELANDIC = re.compile("[ÐðƉɖ]")
_VIETNAMESE = re.compile("[ăĂơƠưƯ\u1ea0-\u1ef9]")
_LETTERS = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class Repair:
    """What was wrong with texts and what they should be.

    ``texts`` maps each text that changes to the right one; ``encoding`` is the one behind
    them, None when all were right, ``unicode`` when letters only needed composing.
    """

    encoding: str | None
    confidence: float
    texts: Mapping[str, str]


@dataclass(frozen=True)
class _Case:
    """How words do as bytes of one encoding that were read in one reading."""

    encoding: str
    reading: str
    words: Mapping[str, str]
    score: float
    odd: int
    strong: bool
    against: int
    open: int

    @property
    def share(self) -> float:
        """Share of the words not right as they are that become syllables."""
        total = len(self.words) + self.against
        return len(self.words) / total if total else 0.0

    @property
    def distinct(self) -> int:
        """How many words become syllables, capitals and small letters counted once."""
        return len({word.lower() for word in self.words})

    @property
    def rank(self) -> float:
        """Score less what speaks against it."""
        return self.score - self.against

    @property
    def confidence(self) -> float:
        """Share of the evidence, less where there is little of it."""
        return round(self.share * (1 - 0.5**self.distinct), 3)


@dataclass(frozen=True)
class _Change:
    """A word as it stands, what it would become (None: nothing), how Vietnamese that is."""

    kind: Standing
    new: str | None
    worth: float

    @property
    def foreign(self) -> bool:
        """Whether it is right and cannot come from the encoding."""
        return self.kind is Standing.RIGHT and self.new is None


def repair_texts(
    texts: Collection[str], *, encoding: str | None = None, capitals: bool = False
) -> Repair:
    """Return which texts of one layer or column were decoded wrongly, and the right ones.

    Texts that are right stay, also among wrong ones.

    Parameters
    ----------
    texts
        Distinct texts that come from one source, as strings.
    encoding
        The encoding behind them when it is known; None weighs the evidence. Texts decoded
        right before must not be given again with it.
    capitals
        True when they come from a font of capitals (``.VnTimeH``), whose letters are stored
        small: names then get their capitals back.

    Raises
    ------
    UsageError
        When the encoding is unknown.
    """
    known = encoding or ("tcvn3" if capitals else None)
    forced = canonical_encoding(known) if known else None
    composed = {text: compose(text) for text in texts if not _plain(text)}
    found, confidence, changed = _repaired(set(composed.values()), forced)
    result = {text: changed.get(whole, whole) for text, whole in composed.items()}
    result = _without_icelandic(result)
    if capitals:
        found = found or forced
        result |= {text: title_case(result.get(text, text)) for text in texts}
    return _outcome(found, confidence, result)


def _outcome(found: str | None, confidence: float, texts: Mapping[str, str]) -> Repair:
    changed = {text: new for text, new in texts.items() if new != text}
    if not changed:
        return Repair(None, 1.0, MappingProxyType({}))
    return Repair(found or "unicode", confidence, MappingProxyType(changed))


def _plain(text: str) -> bool:
    return text.isascii() and text.isprintable()


def _repaired(texts: set[str], forced: str | None) -> tuple[str | None, float, dict[str, str]]:
    """Return the encoding behind texts, how sure it is, and those that change."""
    if forced is None and not any(map(_has_odd_words, texts)):
        return None, 1.0, {}
    twice = from_utf8(texts) if forced in (None, "utf-8") else {}
    rest = {twice.get(text, text) for text in texts}
    case = _established(rest, forced) if forced in (None, *LEGACY) else None
    if case is None:
        return ("utf-8", _sureness(len(twice)), twice) if twice else (None, 1.0, {})
    changed = _converted(rest, case)
    for text, once in twice.items():
        changed[text] = changed.get(once, once)
    return case.encoding, (1.0 if forced else case.confidence), changed


def _has_odd_words(text: str) -> bool:
    return Standing.ODD in map(standing, words_of(text))


def _sureness(count: int) -> float:
    return round(1 - 0.5 ** (count + 1), 3)


def _established(texts: Iterable[str], forced: str | None) -> _Case | None:
    """Return the encoding the words speak for, or None when they may be right."""
    words = _sampled(texts)
    if forced is not None:
        cases = [_case(words, forced, reading) for reading in READINGS]
        return max(cases, key=lambda case: (case.score, -case.against))
    if Standing.ODD not in words.values():
        return None
    cases = [_case(words, name, reading) for name in LEGACY for reading in READINGS]
    best, *others = sorted(cases, key=lambda case: (case.rank, case.open), reverse=True)
    if not _convincing(best) or any(_contests(other, best) for other in others):
        return None
    return best


def _sampled(texts: Iterable[str]) -> dict[str, Standing]:
    words: dict[str, Standing] = {}
    for text in texts:
        words.update((word, standing(word)) for word in words_of(text))
        if len(words) >= limits()["sample_words"]:
            break
    return words


def _contests(other: _Case, best: _Case) -> bool:
    """Return whether another hypothesis does about as well and says something else."""
    if other.rank * limits()["margin"] <= best.rank:
        return False
    if other.encoding != best.encoding:
        return dict(other.words) != dict(best.words)
    same = other.rank == best.rank and other.open == best.open
    return same and any(best.words.get(word, new) != new for word, new in other.words.items())


def _convincing(case: _Case) -> bool:
    enough = case.odd > 1 or (case.odd == 1 and (case.distinct > 1 or case.strong))
    return enough and case.share >= limits()["minimum_share"]


def _case(words: Mapping[str, Standing], encoding: str, reading: str) -> _Case:
    """Weigh the words that are not right under one hypothesis."""
    found = {word: _decoded(word, encoding, reading) for word in words}
    wrong = [word for word, kind in words.items() if kind is not Standing.RIGHT]
    hits = {word: new for word in wrong if (new := found[word][0]) and _is_hit(word, *found[word])}
    odd = {word for word in hits if words[word] is Standing.ODD}
    return _Case(
        encoding=encoding,
        reading=reading,
        words=hits,
        score=sum(found[word][1] for word in hits),
        odd=len(set(map(str.lower, odd))),
        strong=1 in {found[word][1] for word in odd},
        against=sum(_speaks_against(words[word], found[word][0]) for word in {*wrong} - {*hits}),
        open=_open({word: found[word] for word in words.keys() - {*wrong}}),
    )


def _is_hit(word: str, better: str | None, worth: float) -> bool:
    return worth > 0 and better != word and not is_sign(word)


def _speaks_against(kind: Standing, better: str | None) -> bool:
    return kind is Standing.ODD or (kind is Standing.PLAIN and better is not None)


def _open(words: Mapping[str, tuple[str | None, float]]) -> int:
    """Return how many words that are right are as good in the encoding; 0 if one cannot be."""
    if any(better is None for better, _ in words.values()):
        return 0
    return sum(
        worth == 1 or (worth > 0 and not is_common(word)) for word, (_, worth) in words.items()
    )


def _decoded(word: str, encoding: str, reading: str) -> tuple[str | None, float]:
    """Return what a word is under a hypothesis and how Vietnamese that is; None if it is none."""
    found: tuple[str | None, float] = (None, 0.0)
    for apart in (False, True) if reading == "cp1258" else (False,):
        raw = as_bytes(word, reading, apart=apart)
        if raw is None:
            continue
        try:
            better = decode(raw, encoding)
        except UnicodeDecodeError:
            continue
        worth = score_words(better, encoding)
        if found[0] is None or worth > found[1]:
            found = (better, worth)
    return found


def _converted(texts: Iterable[str], case: _Case) -> dict[str, str]:
    """Return the texts that change under an encoding that is established."""
    words = {text: words_of(text) for text in texts}
    changes = {
        word: _Change(standing(word), *_decoded(word, case.encoding, case.reading))
        for word in set().union(*words.values())
    }
    pure = not any(change.foreign for change in changes.values())
    found: dict[str, str] = {}
    for text, group in words.items():
        own = {word: changes[word] for word in group}
        if _surely(own) or (pure and _rather(own)):
            found[text] = _rewritten(text, own)
    return found


def _surely(changes: Mapping[str, _Change]) -> bool:
    """Return whether a word that is not right becomes a syllable."""
    return any(change.worth and change.kind is not Standing.RIGHT for change in changes.values())


def _rather(changes: Mapping[str, _Change]) -> bool:
    """Return whether words that read well both ways are likelier under the encoding."""
    right = {word: change for word, change in changes.items() if change.kind is Standing.RIGHT}
    return bool(right) and all(_is_likelier(word, change) for word, change in right.items())


def _is_likelier(word: str, change: _Change) -> bool:
    new = change.new or ""
    better = change.worth and (is_common(new) or not is_common(word))
    return bool(better) and new.isupper() <= word.isupper()


def _rewritten(text: str, changes: Mapping[str, _Change]) -> str:
    mixed = any(change.foreign for change in changes.values())
    swapped = {word: new for word, change in changes.items() if (new := _swap(word, change, mixed))}
    return _from_capitals(WORD.sub(lambda found: swapped.get(found[0], found[0]), text))


def _swap(word: str, change: _Change, mixed: bool) -> str | None:
    """Return what a word of a wrong text becomes, None when it stays.

    ``mixed``: beside it stand words that are right and cannot come from the encoding.
    """
    if is_sign(word) or (change.kind is Standing.RIGHT and (mixed or not change.worth)):
        return None
    if change.kind is Standing.BARE and not (change.worth or _begins_with_d(change.new or "")):
        return None
    return change.new


def _begins_with_d(word: str) -> bool:
    """Return whether a word is an abbreviation like ``ĐT`` or ``ĐN``."""
    return word[:1] in ("Đ", "đ") and word[1:].isalpha() and word[1:].isascii()


def _from_capitals(text: str) -> str:
    """Return text with the words that a font of capitals left in mixed case as names."""
    words = _LETTERS.findall(text)
    plain = "".join(letter for word in words for letter in word if letter.isascii())
    if plain.isupper() and text != text.upper() and any(map(_shouted, words)):
        return title_case(text)
    if not any(map(typed_in_capitals, words)):
        return text

    def swap(word: str) -> str:
        return title_case(word) if _shouted(word) else word

    return _LETTERS.sub(lambda found: swap(found[0]), text)


def _shouted(word: str) -> bool:
    return typed_in_capitals(word) or (len(word) > 1 and word.isupper() and is_syllable(word))


def _without_icelandic(texts: Mapping[str, str]) -> dict[str, str]:
    """Return texts with Đ for the Icelandic letter in words that are then Vietnamese.

    Only where other letters show that the texts are Vietnamese.
    """
    if not any(_VIETNAMESE.search(text) for text in texts.values()):
        return dict(texts)

    def swap(word: str) -> str:
        better = word.translate(_ETH)
        return better if is_like_syllable(better) else word

    return {
        text: WORD.sub(lambda found: swap(found[0]), whole) if _ICELANDIC.search(whole) else whole
        for text, whole in texts.items()
    }
