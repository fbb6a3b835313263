"""Text of old formats, handed on byte by byte: found to be of one encoding and decoded here.

The library below gives such text as if it were Latin-1, a letter a byte; nothing is lost so.
"""

import codecs
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from geotool.errors import ReadError
from geotool.sources.records import Note
from geotool.sources.text import legacy_text

CODEC = "ISO-8859-1"
"""What the library below is told, so that it hands every byte on as one letter."""

_UTF8 = "utf-8"
_WESTERN, _VIETNAMESE = "cp1252", "cp1258"
_ETH = frozenset(b"\xd0\xf0")  # Icelandic in the one, the Vietnamese D with a stroke in the other


@dataclass(frozen=True)
class Decoded:
    """A frame with its text decoded, and what was found out about it."""

    frame: pd.DataFrame
    encoding: str
    confidence: float | None
    notes: tuple[Note, ...]


@dataclass(frozen=True)
class Found:
    """The encoding of texts, how sure it is (None where it is stated or UTF-8), and notes.

    ``texts`` maps each text as it was handed on to composed Unicode.
    """

    encoding: str
    confidence: float | None
    notes: tuple[Note, ...]
    texts: Mapping[str, str]


def decode_frame(
    frame: pd.DataFrame, name: str, *, given: str | None, stated: str | None, what: str
) -> Decoded:
    """Return a frame whose text was handed on byte by byte, in composed Unicode.

    Parameters
    ----------
    frame
        Rows whose text and column names hold a byte a letter.
    name, given, stated, what
        See :func:`find_encoding`.

    Raises
    ------
    UsageError, ReadError
        As :func:`find_encoding`.
    """
    found = find_encoding(_texts(frame), name, given=given, stated=stated, what=what)
    decoded = _applied(frame, found.texts)
    return Decoded(decoded, found.encoding, found.confidence, found.notes)


def find_encoding(
    texts: Collection[str], name: str, *, given: str | None, stated: str | None, what: str
) -> Found:
    """Return the encoding of the texts of one file, and what they are in it.

    Parameters
    ----------
    texts
        Texts that hold a byte a letter.
    name
        The file, for messages.
    given
        The encoding the user names; it must fit.
    stated
        The encoding the file states; where it does not fit, the text decides.
    what
        Where the file would state it, for the note: ".cpg file", "header".

    Raises
    ------
    UsageError
        When there is no encoding of the name given.
    ReadError
        When the text is not in the encoding given, or in none that is known.
    """
    raws = {text: text.encode("latin-1") for text in sorted(texts)}
    if given is not None:
        encoding = legacy_text.canonical_encoding(given)
        decoded = _decoded(raws, encoding)
        if decoded is None:
            raise ReadError(
                f"{name}: its text is not {encoding}; --encoding names another.",
                remedy="Leave --encoding away to have it detected.",
            )
        return Found(encoding, None, (), decoded)
    encoding, confidence, decoded = _found(raws, name, stated)
    notes: tuple[Note, ...] = ()
    if confidence is not None:
        wrong = f"it is not {stated}, as its {what} says" if stated else f"no {what} names it"
        notes = (_detected(name, encoding, confidence, wrong),)
    return Found(encoding, confidence, notes, decoded)


def decode_rows(frame: pd.DataFrame, name: str, encoding: str) -> pd.DataFrame:
    """Return some rows of a file whose encoding is known, see :func:`find_encoding`.

    Raises
    ------
    ReadError
        When a text is not in the encoding.
    """
    raws = {text: text.encode("latin-1") for text in _texts(frame)}
    decoded = _decoded(raws, encoding)
    if decoded is None:
        raise ReadError(
            f"{name}: its text is not all {encoding}.", remedy="Name it with --encoding."
        )
    return _applied(frame, decoded)


def decode_name(raw_name: str, stated: str | None) -> str:
    """Return a column name that was handed on byte by byte."""
    raw = {raw_name: raw_name.encode("latin-1")}
    return _found(raw, raw_name, stated)[2][raw_name]


def _texts(frame: pd.DataFrame) -> set[str]:
    texts = {str(name) for name in frame.columns}
    for name in _text_columns(frame):
        texts.update(value for value in frame[name].unique() if isinstance(value, str))
    return texts


def _text_columns(frame: pd.DataFrame) -> list[Any]:
    kinds = pd.api.types
    return [
        name
        for name in frame.columns
        if kinds.is_object_dtype(frame[name]) or kinds.is_string_dtype(frame[name])
    ]


def _found(
    raws: Mapping[str, bytes], name: str, stated: str | None
) -> tuple[str, float | None, dict[str, str]]:
    """Return encoding, confidence (None when it is stated or UTF-8) and text by raw text."""
    if stated is not None and (decoded := _decoded(raws, stated)) is not None:
        return stated, None, decoded
    if (decoded := _decoded(raws, _UTF8)) is not None:
        return _UTF8, None if stated is None else 1.0, decoded
    detection = _detect([raw for raw in raws.values() if not raw.isascii()])
    if (decoded := _decoded(raws, detection.encoding)) is not None:
        return detection.encoding, detection.confidence, decoded
    raise ReadError(
        f"{name}: its text is in no encoding that is known; it seems to be {detection.encoding}.",
        remedy="Name the encoding with --encoding, or export the file as UTF-8.",
    )


def _detect(samples: Sequence[bytes]) -> legacy_text.Detection:
    found = legacy_text.detect_encoding(samples)
    if found.encoding == _WESTERN and any(_ETH & set(raw) for raw in samples):
        return legacy_text.Detection(_VIETNAMESE, found.confidence)
    return found


def _decoded(raws: Mapping[str, bytes], encoding: str) -> dict[str, str] | None:
    """Return raw text -> text, None when some of it is not in the encoding."""
    decode = _decoder(encoding)
    try:
        return {text: unicodedata.normalize("NFC", decode(raw)) for text, raw in raws.items()}
    except UnicodeDecodeError:
        return None


def _decoder(encoding: str) -> Callable[[bytes], str]:
    if encoding != _UTF8:
        return lambda raw: legacy_text.decode(raw, encoding)
    return _cut_utf8


def _cut_utf8(raw: bytes) -> str:
    """Return UTF-8 text; what is left of a letter cut in two by the width of a field is dropped."""
    return codecs.getincrementaldecoder(_UTF8)().decode(raw)


def _applied(frame: pd.DataFrame, decoded: Mapping[str, str]) -> pd.DataFrame:
    result = frame.copy()
    for name in _text_columns(frame):
        cells = [decoded[v] if isinstance(v, str) else v for v in frame[name].tolist()]
        result[name] = pd.Series(cells, index=frame.index, dtype=object)
    return result.rename(columns={name: decoded[str(name)] for name in frame.columns})


def _detected(name: str, encoding: str, confidence: float, why: str) -> Note:
    text = (
        f"{name}: its text was read as {encoding} (confidence {confidence:.0%}); {why}, and it is "
        "not UTF-8."
        if encoding != _UTF8
        else f"{name}: its text was read as UTF-8; {why}."
    )
    remedy = "Compare the names with the original; name the encoding or export the file as UTF-8."
    return ("text_encoding", text, remedy)
