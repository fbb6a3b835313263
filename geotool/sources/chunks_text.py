"""Text of a layer that is read chunk by chunk: judged once, for all rows alike."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from geotool.sources.chunks_raw import RawRows
from geotool.sources.records import Note, RawLayer, ReadOptions
from geotool.sources.text import legacy_text, mojibake
from geotool.sources.vectors import bytewise, features, parquet
from geotool.sources.vectors.streamed import UnstreamedError

_UNICODE = "unicode"


@dataclass
class LayerText:
    """What the text of a layer is written in, and how its chunks are made right.

    ``forced`` is the encoding that the user names for text decoded before; ``encoding`` and
    ``confidence`` are what is reported. ``codec`` is that of text handed on byte by byte, None
    where it is Unicode already. ``wrong`` is the encoding behind text that was decoded wrongly
    before, None where none was; ``beside`` are words and texts of the whole layer, by which
    every chunk is judged alike.
    """

    name: str
    forced: str | None
    encoding: str | None
    codec: str | None = None
    confidence: float | None = None
    notes: tuple[Note, ...] = ()
    wrong: str | None = None
    beside: frozenset[str] = frozenset()
    changed_count: int = 0
    renamed_count: int = 0

    def apply(self, frame: pd.DataFrame, *, counted: bool = False) -> pd.DataFrame:
        """Return rows with text and column names in composed Unicode; count them when told.

        Raises
        ------
        UnstreamedError
            When these rows speak for another encoding than the layer.
        ReadError
            When a text is not in the encoding of the layer.
        """
        if self.codec is not None:
            frame = bytewise.decode_rows(frame, self.name, self.codec)
        frame = frame.rename(columns=lambda name: unicodedata.normalize("NFC", str(name)))
        if self.wrong is None:
            return frame
        raw = RawLayer(frame, None, shapes=False)
        repaired = mojibake.repair_text(raw, self.name, encoding=self.forced, beside=self.beside)
        if repaired is raw:
            return frame
        if repaired.encoding != ("utf-8" if self.wrong == _UNICODE else self.wrong):
            raise UnstreamedError("its text seems to be in several encodings")
        if counted:
            self._count(frame, repaired.frame)
        return repaired.frame

    def all_notes(self) -> tuple[Note, ...]:
        """Return what was noted, once every chunk was made right."""
        if self.wrong is None:
            return self.notes
        changed, renamed = self.changed_count, self.renamed_count
        sure = self.confidence or 0.0
        note = mojibake.repair_note(self.name, changed, renamed, self.wrong, sure)
        return (*self.notes, note)

    def _count(self, before: pd.DataFrame, after: pd.DataFrame) -> None:
        pairs = list(zip(before.columns, after.columns, strict=True))
        self.renamed_count = sum(old != new for old, new in pairs)
        for old, new in pairs:
            if after[new].dtype == object:
                self.changed_count += _differing(before[old], after[new])


def settle_text(raw: RawRows, options: ReadOptions) -> LayerText:
    """Judge the text of a whole layer.

    Raises
    ------
    UsageError
        When there is no encoding of the name given.
    ReadError
        When the text is not in the encoding given, or in none that is known.
    """
    texts = {*raw.texts, *raw.words, *raw.names}
    if raw.source.kind not in features.BYTEWISE:
        encoding = None if raw.source.kind in parquet.KINDS else ""
        plain = LayerText(raw.source.name, options.encoding, encoding)
        return _judged(plain, texts)
    found = bytewise.find_encoding(
        texts,
        raw.source.name,
        given=options.encoding,
        stated=raw.stated,
        what=features.stated_in(raw.source),
    )
    decoded = LayerText(
        name=raw.source.name,
        forced=None,
        encoding=found.encoding,
        codec=found.encoding,
        confidence=found.confidence,
        notes=found.notes,
    )
    return decoded if options.encoding is not None else _judged(decoded, found.texts.values())


def _judged(text: LayerText, texts: Iterable[str]) -> LayerText:
    """Return what the text of a layer is, once it is known whether it was decoded wrongly."""
    odd = frozenset(one for one in texts if not (one.isascii() and one.isprintable()))
    repair = legacy_text.repair_texts(odd, encoding=text.forced)
    if not repair.texts:
        return text
    wrong = repair.encoding or text.forced or _UNICODE
    encoding = (text.encoding or "utf-8") if wrong == _UNICODE else wrong
    return replace(text, wrong=wrong, beside=odd, encoding=encoding, confidence=repair.confidence)


def _differing(before: "pd.Series[Any]", after: "pd.Series[Any]") -> int:
    """Return how many cells hold another text than before."""
    old, new = before.astype(object), after.astype(object)
    return int(((old != new) & new.notna()).sum())
