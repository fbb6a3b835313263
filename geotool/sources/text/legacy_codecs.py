"""Vietnamese letters as bytes: TCVN3 (ABC), VNI, VISCII, cp1258, and the readings of bytes."""

import codecs
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from geotool import resources
from geotool.errors import UsageError
from geotool.sources.text.syllables import is_syllable

TONES = "\u0301\u0300\u0309\u0303\u0323"
TABLES = ("tcvn3", "viscii")
LEGACY = ("tcvn3", "vni", "cp1258", "viscii")
MULTIBYTE = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
READINGS = ("latin", "cp1258", "cp437", "cp850")

_FILE = "legacy_text.toml"
_MARKS = "\u0302\u0306\u031b"
_STRAY = re.compile("[\x85\x91-\x97\xb0-\xb4]")
_WORD = re.compile("[A-Za-z\x01-\x08\x0b\x0c\x0e-\x1f\x80-\xff]+")
_COMPOSABLE = re.compile("[^\\W\\d_][\u0300-\u036f]+")
_BETWEEN_SIGNS = re.compile("([\x85\x91-\x94\x96\x97]*)(.*?)([\x85\x91-\x94\x96\x97]*)")
_CLUSTER = re.compile("(?s:.[\u0300-\u036f]*)")
_LONE_TONE = re.compile(f"(?<![aăâeêioôơuưyAĂÂEÊIOÔƠUƯY])[{TONES}]")
_CODE_PAGE = re.compile("(?:cp|win|windows|ms|dos|ibm|oem|ansi|codepage)*([0-9]{3,5})")
_BEGINNINGS = {
    "tcvn": "tcvn3",
    "vntime": "tcvn3",
    "vnarial": "tcvn3",
    "abc": "tcvn3",
    "vni": "vni",
    "viscii": "viscii",
    "utf8": "utf-8",
}
_SIGNS = "".join(
    byte.decode("cp1252", "ignore") or chr(byte[0])
    for byte in (bytes([value]) for value in range(0x80, 0xC0))
)


@dataclass(frozen=True)
class _Table:
    """One encoding: letters by the Latin-1 reading of their bytes, and the reverse."""

    letters: Mapping[str, str]
    reverse: Mapping[str, str]
    pattern: re.Pattern[str]


def choices() -> tuple[str, ...]:
    """Return the names of the encodings a file may be read in, besides those of Python."""
    return ("tcvn3", "vni", "viscii", "cp1258", "utf-8", "cp1252", "unicode")


def canonical_encoding(name: str) -> str:
    """Return the one name of an encoding, whatever a file or a planner calls it.

    ``ABC``, ``TCVN-5712``, ``.VnTime`` are ``tcvn3``; any codec of Python is its own name.

    Raises
    ------
    UsageError
        When no encoding has that name; lists the Vietnamese ones.
    """
    key = name.strip().casefold().replace("_", "-").replace(" ", "-")
    known = _names()
    bare = "".join(filter(str.isalnum, key))
    found = known.get(key) or _squeezed_names().get(bare) or _by_beginning(bare)
    if found is not None:
        return found
    page = _CODE_PAGE.fullmatch(bare)
    codec = _python_codec(key) or (_python_codec(f"cp{page[1]}") if page else None)
    if codec is None:
        raise UsageError(
            f"There is no encoding {name!r}.",
            remedy=f"Vietnamese encodings: {', '.join(choices())}; others by Python's name.",
        )
    return known.get(codec, codec)


def _by_beginning(bare: str) -> str | None:
    """Return the encoding whose name, or whose fonts' name, a text of letters begins with."""
    for beginning, name in _BEGINNINGS.items():
        if bare.startswith(beginning):
            return name
    return None


def decode(raw: bytes, encoding: str, *, cut: bool = False) -> str:
    """Return text in composed Unicode.

    Parameters
    ----------
    cut
        True leaves out a letter that the width of a field cut in two, at the end.

    Raises
    ------
    UnicodeDecodeError
        When a byte stands for no letter.
    UsageError
        When the encoding is unknown.
    """
    name = canonical_encoding(encoding)
    if name in TABLES:
        return _from_table(raw, name)
    if name == "vni":
        return _from_vni(raw)
    codec = "utf-8" if name == "unicode" else name
    decoder = codecs.getincrementaldecoder(codec)("strict")
    return compose(decoder.decode(raw, not cut))


def encode(text: str, encoding: str) -> bytes:
    """Return the bytes of a text, the inverse of :func:`decode`.

    Raises
    ------
    UnicodeEncodeError
        When the encoding has no place for a letter.
    UsageError
        When the encoding is unknown.
    """
    name = canonical_encoding(encoding)
    text = compose(text)
    if name in (*TABLES, "vni"):
        return _to_table(text, name)
    if name == "cp1258":
        return b"".join(_to_cp1258(text, place) for place in range(len(text)))
    return text.encode("utf-8" if name == "unicode" else name)


def compose(text: str) -> str:
    """Return text whose letters and combining marks are one character each.

    Only letters followed by marks are touched; marks in the wrong order (tone before
    circumflex, breve or horn) are put right.
    """
    if not _has_marks(text):
        return text
    return _COMPOSABLE.sub(_composed, text)


def _has_marks(text: str) -> bool:
    """Return whether a text may hold combining marks: in UTF-8 they begin with CC or CD."""
    if text.isascii():
        return False
    raw = text.encode("utf-8", "surrogatepass")
    return b"\xcc" in raw or b"\xcd" in raw


def as_bytes(text: str, reading: str, *, apart: bool = False) -> bytes | None:
    """Return the bytes that read as ``text`` in a reading; None when none do.

    ``latin`` is cp1252 with the positions it leaves free read as Latin-1. A letter with a tone
    may have been one byte or, in cp1258, two: ``apart`` takes two.
    """
    table = _reading(reading)
    if not apart:
        try:
            return bytes(map(table.__getitem__, text))
        except KeyError:
            pass
    found = bytearray()
    for letter in _CLUSTER.findall(text):
        parts = [] if letter in table and not apart else _parted(letter, table, apart)
        values = [table.get(part) for part in parts or [letter]]
        for value in values:
            if value is None:
                return None
            found.append(value)
    return bytes(found)


def _parted(letter: str, table: Mapping[str, int], apart: bool) -> list[str]:
    """Return a letter and its marks as the characters a reading has for them."""
    base, *marks = list(unicodedata.normalize("NFD", letter))
    if not marks:
        return [base]
    for mark in () if apart and len(marks) == 1 else marks:
        whole = unicodedata.normalize("NFC", base + mark)
        if whole in table:
            return [whole, *(other for other in marks if other != mark)]
    return [base, *marks]


def _python_codec(name: str) -> str | None:
    """Return Python's name of an encoding of text, None when it has none."""
    try:
        # Unlike looking it up, encoding refuses codecs that are not of text.
        "x".encode(name)
        found = codecs.lookup(name).name
    except (LookupError, ValueError, TypeError):
        return None
    return None if found in ("idna", "punycode") else found


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    data = resources.load_toml("layers", _FILE)
    groups = {name: data[name]["names"] for name in (*TABLES, "vni")} | data["others"]["names"]
    return {alias: name for name, aliases in groups.items() for alias in aliases}


@lru_cache(maxsize=1)
def _squeezed_names() -> dict[str, str]:
    return {"".join(filter(str.isalnum, alias)): name for alias, name in _names().items()}


@lru_cache(maxsize=3)
def _table(name: str) -> _Table:
    data = resources.load_toml("layers", _FILE)[name]
    letters = _vni_letters(data) if name == "vni" else _rows(data)
    reverse: dict[str, str] = {}
    for source, letter in letters.items():
        if len(source) == 1 or source[0].isupper() == source[1].isupper():
            reverse.setdefault(letter, source)
    longest = sorted(letters, key=len, reverse=True)
    return _Table(letters, reverse, re.compile("|".join(map(re.escape, longest))))


def _rows(data: Mapping[str, str]) -> dict[str, str]:
    return {
        chr(int(start, 16) + offset): letter
        for start, row in data.items()
        if start != "names"
        for offset, letter in enumerate(row)
        if letter != "."
    }


def _vni_letters(data: Mapping[str, str]) -> dict[str, str]:
    """Return letters by letter and mark; a capital may carry a small mark."""
    small = dict(pair.split("=")[::-1] for pair in data["letters"].split())
    for base, row in data.items():
        if base in ("names", "letters"):
            continue
        for tone, source in zip(TONES, row.split(), strict=True):
            small[source] = unicodedata.normalize("NFC", base + tone)
    mixed = {source[0].upper() + source[1:]: letter.upper() for source, letter in small.items()}
    return small | mixed | {source.upper(): letter.upper() for source, letter in small.items()}


@lru_cache(maxsize=4)
def _reading(name: str) -> dict[str, int]:
    table = {chr(value): value for value in range(0x80)}
    for value in range(0x80, 0x100):
        codec = "cp1252" if name == "latin" else name
        letter = bytes([value]).decode(codec, "ignore") or chr(value)
        table[letter] = value
        if name == "latin":
            table[chr(value)] = value
    return table


def _from_table(raw: bytes, name: str) -> str:
    text = raw.decode("latin-1")
    table = _translation(name)
    if name == "tcvn3":
        if _STRAY.search(text):
            return _WORD.sub(_abc_word, text)
        return _doubled().sub(lambda found: found[0][1].upper(), text.translate(table))
    return text.translate(table)


@lru_cache(maxsize=2)
def _translation(name: str) -> dict[int, str]:
    return {ord(source): letter for source, letter in _table(name).letters.items()}


@lru_cache(maxsize=1)
def _doubled() -> re.Pattern[str]:
    """Match a capital written as itself and its toned small letter, as some converters do."""
    pairs = [
        base.upper() + unicodedata.normalize("NFC", base + tone)
        for base in "aăâeêioôơuưy"
        for tone in TONES
    ]
    return re.compile(f"(?:{'|'.join(pairs)})(?!ng|c)")


def _abc_word(found: re.Match[str]) -> str:
    """Decode one word of TCVN3 in which quotes, dashes or degrees may share letters' bytes."""
    word = found[0]
    if _is_dash(found):
        return _signs(word)
    text = _abc(word)
    inner = _BETWEEN_SIGNS.fullmatch(word)
    if inner is None or is_syllable(text):
        return text
    lead, bare, tail = inner.groups()
    sound = is_syllable(_abc(bare)) or (bare.isascii() and len(word) > 1)
    return _signs(lead) + _abc(bare) + _signs(tail) if sound else text


def _is_dash(found: re.Match[str]) -> bool:
    beside = found.string[max(0, found.start() - 1) : found.end() + 1]
    return found[0] in "\x96\x97" and len(beside) == len(found[0]) + 2 and beside[-1].isspace()


def _abc(word: str) -> str:
    """Decode a word; a tone without a vowel is the sign at that place (m², 25°)."""
    signs = _table("tcvn3").reverse
    text = _LONE_TONE.sub(lambda found: signs[found[0]], word.translate(_translation("tcvn3")))
    return _doubled().sub(lambda found: found[0][1].upper(), compose(text))


def _signs(letters: str) -> str:
    return letters.encode("latin-1").decode("cp1252")


def _from_vni(raw: bytes) -> str:
    table = _table("vni")
    text = raw.decode("latin-1")
    parts, done = [], 0
    for found in table.pattern.finditer(text):
        parts += [_signs_only(raw, text, done, found.start()), table.letters[found[0]]]
        done = found.end()
    return "".join([*parts, _signs_only(raw, text, done, len(text))])


def _signs_only(raw: bytes, text: str, start: int, end: int) -> str:
    part = text[start:end]
    if part.isascii():
        return part
    for offset, letter in enumerate(part):
        if letter > "\xbf":
            place = start + offset
            raise UnicodeDecodeError("vni", raw, place, place + 1, "a mark without its letter")
    return raw[start:end].decode("latin-1").translate(_ansi_signs())


@lru_cache(maxsize=1)
def _ansi_signs() -> dict[int, str]:
    return {0x80 + offset: sign for offset, sign in enumerate(_SIGNS)}


def _to_table(text: str, name: str) -> bytes:
    table = _table(name)
    parts = []
    for place, letter in enumerate(text):
        source = table.reverse.get(letter)
        if source is not None:
            parts.append(source.encode("latin-1"))
        elif name == "vni" and letter in _SIGNS:
            parts.append(letter.encode("latin-1" if letter < "\xc0" else "cp1252"))
        elif letter < ("\x80" if name == "vni" else "\u0100") and letter not in table.letters:
            parts.append(letter.encode("latin-1"))
        else:
            raise UnicodeEncodeError(name, text, place, place + 1, "no place for this letter")
    return b"".join(parts)


def _to_cp1258(text: str, place: int) -> bytes:
    letter = text[place]
    try:
        return letter.encode("cp1258")
    except UnicodeEncodeError:
        base, tone = _split_tone(letter)
        if not tone:
            raise UnicodeEncodeError(
                "cp1258", text, place, place + 1, "no place for this letter"
            ) from None
        return base.encode("cp1258") + tone.encode("cp1258")


def _split_tone(letter: str) -> tuple[str, str]:
    parts = unicodedata.normalize("NFD", letter)
    tone = "".join(part for part in parts if part in TONES)
    base = unicodedata.normalize("NFC", "".join(part for part in parts if part not in TONES))
    return (base, tone) if len(tone) == 1 and len(base) == 1 else (letter, "")


def _composed(found: re.Match[str]) -> str:
    plain = unicodedata.normalize("NFC", found[0])
    if len(plain) == 1:
        return plain
    parts = unicodedata.normalize("NFD", found[0])
    marks = [part for part in parts[1:] if part in _MARKS]
    tones = [part for part in parts[1:] if part not in _MARKS]
    ordered = unicodedata.normalize("NFC", "".join([parts[0], *marks, *tones]))
    return min(plain, ordered, key=len)
