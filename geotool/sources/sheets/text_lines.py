"""Bytes -> decoded lines: which encoding a text table has, and its lines one after the other.

The file is read in blocks, never whole, so that its size does not matter.
"""

import codecs
import io
import unicodedata
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from geotool import rules
from geotool.errors import ReadError, UsageError
from geotool.sources.files import Source
from geotool.sources.records import Note, ReadOptions
from geotool.sources.text import legacy_text

_BLOCK_BYTES = 1 << 20
_UTF8_MARK = codecs.BOM_UTF8
_WIDE_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_STRUCTURE = '\r\n,;\t|"'
_MARK = "\ufeff"
_REPLACED = "\ufffd"
_JUDGED_LINES = 20_000  # lines with letters beyond ASCII that decide the encoding


@dataclass(frozen=True)
class Encoding:
    """The encoding of a text table; ``confidence`` is None where the file or the caller says."""

    name: str
    confidence: float | None = None
    notes: tuple[Note, ...] = ()


def find_encoding(source: Source, options: ReadOptions) -> Encoding:
    """Return the encoding of a text table: the one named, that of its mark, else that found.

    Raises
    ------
    UsageError
        When ``options.encoding`` names none.
    """
    if options.encoding is not None:
        return Encoding(_text_codec(options.encoding))
    with opened(source) as stream:
        head = stream.read(4)
    if head.startswith(_UTF8_MARK):
        return Encoding("utf-8")
    for mark, name in _WIDE_MARKS:
        if head.startswith(mark):
            return Encoding(name)
    if _is_utf8(source):
        return Encoding("utf-8", 1.0)
    found = legacy_text.detect_encoding(_judged_lines(source))
    text = (
        f"{source.name}: its encoding is not stated; read as {found.encoding}, "
        f"{found.confidence:.0%} certain."
    )
    remedy = "Compare the names with the original; name the encoding or save the file as UTF-8."
    return Encoding(found.encoding, found.confidence, (("text_encoding", text, remedy),))


@contextmanager
def opened(source: Source) -> Iterator[BinaryIO]:
    """Yield the bytes of an input from its beginning.

    Raises
    ------
    ReadError
        When it cannot be opened or read to its end.
    """
    try:
        if source.path is None:
            yield io.BytesIO(source.data or b"")
            return
        with source.path.open("rb") as stream:
            yield stream
    except OSError as error:
        raise ReadError(
            f"{source.name}: cannot be read ({error.strerror or error}).",
            remedy="Close it in other programs, and check that you may read it.",
        ) from error


class LineReader:
    """The lines of a text table with their line ends; a carriage return alone ends a line too.

    After the last line ``bad`` holds the lines, from 1, that are not of the encoding: such a
    line comes with its bytes as they are, so that quotes and separators still hold.
    """

    def __init__(self, source: Source, encoding: str, options: ReadOptions) -> None:
        self.bad: dict[int, str] = {}
        self.number = 0
        self._source = source
        self._encoding = encoding
        self._step = options.step
        self._limit = int(rules.load_rule("tables").values["text"]["line_bytes"])

    def __iter__(self) -> Iterator[str]:
        for text in self._texts():
            for line in io.StringIO(text, newline=""):
                self.number += 1
                yield line

    def _texts(self) -> Iterator[str]:
        """Return the text in pieces that end at the end of a line."""
        with opened(self._source) as stream:
            total = stream.seek(0, io.SEEK_END)
            stream.seek(0)
            pieces = self._bytewise(stream) if _is_bytewise(self._encoding) else self._wide(stream)
            for text in pieces:
                if self._step is not None:
                    self._step("read", stream.tell(), total)
                plain = text.replace(_MARK, "") if _MARK in text else text
                yield plain if plain.isascii() else unicodedata.normalize("NFC", plain)

    def _bytewise(self, stream: BinaryIO) -> Iterator[str]:
        rest = b""
        while block := stream.read(_BLOCK_BYTES):
            whole = rest + block
            cut = _last_line_end(whole)
            self._require_lines(len(whole) - cut)
            if cut:
                yield self._decoded(whole[:cut])
            rest = whole[cut:]
        if rest:
            yield self._decoded(rest)

    def _decoded(self, raw: bytes) -> str:
        try:
            return legacy_text.decode(raw, self._encoding)
        except UnicodeDecodeError:
            return "".join(self._line(line, i) for i, line in enumerate(_split(raw), start=1))

    def _line(self, raw: bytes, position: int) -> str:
        try:
            return legacy_text.decode(raw, self._encoding)
        except UnicodeDecodeError as error:
            self.bad[self.number + position] = (
                f"byte 0x{raw[error.start]:02x} is no letter in {self._encoding}"
            )
            return raw.decode("latin-1")

    def _wide(self, stream: BinaryIO) -> Iterator[str]:
        decoder = codecs.getincrementaldecoder(self._encoding)(errors="replace")
        rest = ""
        while True:
            block = stream.read(_BLOCK_BYTES)
            whole = rest + decoder.decode(block, final=not block)
            cut = len(whole) if not block else _last_text_end(whole)
            self._require_lines(len(whole) - cut)
            for i, line in enumerate(io.StringIO(whole[:cut], newline=""), start=1):
                if _REPLACED in line:
                    self.bad[self.number + i] = "a letter is cut in two"
            if cut:
                yield whole[:cut]
            rest = whole[cut:]
            if not block:
                return

    def _require_lines(self, length: int) -> None:
        if length > self._limit:
            raise ReadError(
                f"{self._source.name}: line {self.number + 1} is longer than "
                f"{self._limit:,} bytes; this is no table.",
                remedy="Check that the file is a text table, and save it again as CSV UTF-8.",
            )


class HeldLines:
    """Lines one after the other, of which those of a record under way can be given back."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.taken = 0
        self._lines = iter(lines)
        self._waiting: deque[str] = deque()
        self._held: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._waiting.popleft() if self._waiting else next(self._lines)
        self._held.append(line)
        self.taken += 1
        return line

    def begin_record(self) -> None:
        """Hold the lines taken from here on."""
        self._held.clear()

    def give_back(self) -> None:
        """Give back all lines held but the first."""
        extra = self._held[1:]
        self._waiting.extendleft(reversed(extra))
        self.taken -= len(extra)
        self._held.clear()


def _text_codec(name: str) -> str:
    known = legacy_text.canonical_encoding(name)
    try:
        legacy_text.decode(b"", known)
    except (LookupError, ValueError) as error:
        raise UsageError(
            f"'{name}' is no encoding of text.", remedy="Use utf-8, utf-16, tcvn3, vni or cp1258."
        ) from error
    return known


def _is_bytewise(encoding: str) -> bool:
    """Return whether the signs that structure a table are one byte each, as in ASCII."""
    try:
        return codecs.encode(_STRUCTURE, encoding) == _STRUCTURE.encode("ascii")
    except LookupError:  # one of the Vietnamese encodings, all of which extend ASCII
        return True
    except UnicodeError:
        return False


def _blocks(source: Source) -> Iterator[bytes]:
    with opened(source) as stream:
        while block := stream.read(_BLOCK_BYTES):
            yield block


def _lines(source: Source) -> Iterator[bytes]:
    rest = b""
    for block in _blocks(source):
        *lines, rest = (rest + block).replace(b"\r", b"\n").split(b"\n")
        yield from lines
    yield rest


def _is_utf8(source: Source) -> bool:
    """Return whether a text is UTF-8, except perhaps for a few damaged lines."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for block in _blocks(source):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        judged = [_is_utf8_line(line) for line in _judged_lines(source)]
        return sum(judged) * 2 > len(judged)
    return True


def _is_utf8_line(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _judged_lines(source: Source) -> Iterator[bytes]:
    """Return the first lines with bytes beyond ASCII."""
    count = 0
    for line in _lines(source):
        if not line.isascii():
            count += 1
            yield line
        if count == _JUDGED_LINES:
            return


def _split(raw: bytes) -> list[bytes]:
    """Return the lines with their ends, as :class:`io.StringIO` cuts them."""
    return [line.encode("latin-1") for line in io.StringIO(raw.decode("latin-1"), newline="")]


def _last_line_end(raw: bytes) -> int:
    """Return where the last whole line ends; a carriage return at the very end may go on."""
    cut = raw.rfind(b"\n") + 1
    return cut or raw.rfind(b"\r", 0, -1) + 1


def _last_text_end(text: str) -> int:
    cut = text.rfind("\n") + 1
    return cut or text.rfind("\r", 0, -1) + 1
