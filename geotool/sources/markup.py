"""Is an XML file plain? Document types and entities are refused before anything reads them.

An entity may stand for a text that stands for ten others, and so on: a few lines grow to
gigabytes, or hold what lies in another file. No format that planners use needs one.
"""

from collections.abc import Iterator
from pathlib import Path
from xml.parsers import expat

from geotool import rules
from geotool.errors import ReadError

_BLOCK = 1 << 16
_SEPARATOR = "\n"
_FAILURES = (expat.ExpatError, LookupError, ValueError, UnicodeError)


class UnsafeMarkupError(ReadError):
    """XML that declares entities, or nests deeper than any honest file."""


class Watch:
    """Reads XML block by block and stops at what no plain file holds.

    ``root`` is (namespace, name) of the first element, None before it was met.
    """

    def __init__(self, what: str) -> None:
        self.root: tuple[str, str] | None = None
        self.deepest = 0
        self._what = what
        self._depth = 0
        self._depth_max = int(rules.load_rule("reading").values["markup"]["depth_max"])
        parser = expat.ParserCreate(namespace_separator=_SEPARATOR)
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._refuse_doctype
        parser.EntityDeclHandler = self._refuse_entity
        parser.StartElementHandler = self._open
        parser.EndElementHandler = self._close
        self._parser = parser

    def feed(self, block: bytes, *, last: bool = False) -> bool:
        """Read on; return False when the XML is damaged here and nothing more can be told.

        Raises
        ------
        UnsafeMarkupError
            At a document type, an entity, or an element nested too deep.
        """
        try:
            self._parser.Parse(block, last)
        except UnsafeMarkupError:
            raise
        except _FAILURES:
            return False
        return True

    def _refuse_doctype(self, *declared: object) -> None:
        raise _unsafe(self._what, f"a document type ({str(declared[0])[:40]})")

    def _refuse_entity(self, *declared: object) -> None:
        raise _unsafe(self._what, f"an entity ({str(declared[0])[:40]})")

    def _open(self, name: str, _: object) -> None:
        if self.root is None:
            space, _mark, local = name.rpartition(_SEPARATOR)
            self.root = (space, local)
        self._depth += 1
        self.deepest = max(self.deepest, self._depth)
        if self._depth > self._depth_max:
            raise UnsafeMarkupError(
                f"{self._what}: its XML is nested deeper than {self._depth_max} elements.",
                remedy="Open it in the program that wrote it, and export it again.",
            )

    def _close(self, _: str) -> None:
        self._depth -= 1


def require_plain(target: Path | bytes, *, what: str, whole: bool = True) -> tuple[str, str] | None:
    """Refuse XML with a document type or an entity, or nested too deep.

    Parameters
    ----------
    target
        A file or its bytes.
    what
        The file, for messages.
    whole
        Read it to its end; False stops at the first element, before which alone entities can
        be declared.

    Returns
    -------
    tuple
        (namespace, name) of the first element; None when the XML is damaged before it. What
        is damaged after it is left to the reader to find.

    Raises
    ------
    ReadError
        When it is too large; UnsafeMarkupError when it is not plain.
    """
    limit = int(rules.load_rule("reading").values["markup"]["bytes_max"])
    size = len(target) if isinstance(target, bytes) else target.stat().st_size
    if size > limit:
        raise ReadError(
            f"{what}: its XML has {size:,} bytes; at most {limit:,} are read.",
            remedy="Export it in parts, or as a GeoPackage.",
        )
    watch = Watch(what)
    for block in _blocks(target):
        if not watch.feed(block) or (watch.root is not None and not whole):
            break
    return watch.root


def is_whole(target: Path | bytes, *, what: str) -> bool:
    """Return whether XML is well formed to its end; what is cut short is not.

    Raises
    ------
    UnsafeMarkupError
        When it is not plain; ``what`` names the file there.
    """
    watch = Watch(what)
    return all(watch.feed(block) for block in _blocks(target)) and watch.feed(b"", last=True)


def _blocks(target: Path | bytes) -> Iterator[bytes]:
    if isinstance(target, bytes):
        for start in range(0, len(target), _BLOCK):
            yield target[start : start + _BLOCK]
        return
    with target.open("rb") as stream:
        while block := stream.read(_BLOCK):
            yield block


def _unsafe(what: str, found: str) -> UnsafeMarkupError:
    return UnsafeMarkupError(
        f"{what}: its XML declares {found}; such a file can grow without end when it is read "
        "(an entity bomb) and is refused.",
        remedy="Open it in the program that wrote it, and export it again.",
    )
