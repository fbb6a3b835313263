"""Opening a DXF file: text or binary, of any release, sound, slightly broken or cut short."""

import logging
import struct
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from geotool.errors import ReadError
from geotool.sources.drawings.dxf_mending import Mended, mend
from geotool.sources.files import Source
from geotool.sources.records import Note, Rejected

if TYPE_CHECKING:
    from ezdxf.document import Drawing

_BINARY_HEAD = b"AutoCAD Binary DXF"
_TAIL_BYTES = 4096
_MARK_OF_ORDER = b"\xef\xbb\xbf"
_REPAIR = "Run AUDIT or RECOVER in AutoCAD, save as AutoCAD 2018 DXF, and try again."


@dataclass(frozen=True)
class Opened:
    """A drawing, what was mended in it, and what of it could not be read."""

    document: "Drawing"
    notes: tuple[Note, ...] = ()
    rejected: tuple[Rejected, ...] = ()


def failures() -> tuple[type[Exception], ...]:
    """Return what the library below raises for a drawing it cannot read."""
    from ezdxf.lldxf.const import DXFError

    return (
        DXFError,
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        ArithmeticError,
        AssertionError,
        OSError,
        EOFError,
        RuntimeError,
        struct.error,
    )


def open_drawing(source: Source, *, salvage: bool) -> Opened:
    """Return the drawing in a DXF file.

    A file that does not end as it should is read only with ``salvage``, up to the last whole
    object; ``salvage`` also sets aside damaged objects. Damage that touches no object is
    mended.

    Raises
    ------
    ReadError
        When it cannot be read, or objects would be lost.
    """
    logging.getLogger("ezdxf").addHandler(logging.NullHandler())
    path = source.path
    if path is None:
        raise ReadError(
            f"{source.name}: a drawing cannot be piped.", remedy="Name the file instead."
        )
    try:
        if not _is_cut(path):
            return _read(source, path, salvage)
    except MemoryError as error:
        raise _unreadable(source, "it needs more memory than there is") from error
    if not salvage:
        raise ReadError(
            f"{source.name}: the drawing is cut short, its end is missing.",
            remedy="Copy or export it again; --salvage reads what is left of it.",
        )
    return _recovered(source, path.read_bytes(), "cut short", True)


def _read(source: Source, path: Path, salvage: bool) -> Opened:
    from ezdxf.filemanagement import readfile
    from ezdxf.lldxf.const import DXFVersionError

    try:
        return Opened(readfile(path))
    except DXFVersionError as error:
        raise _unreadable(source, str(error)) from error
    except failures() as error:
        reason = _reason(error)
    return _recovered(source, path.read_bytes(), reason, salvage)


def _recovered(source: Source, data: bytes, reason: str, salvage: bool) -> Opened:
    """Return a broken drawing as it can be mended, unless objects would be lost."""
    if data.startswith(_BINARY_HEAD):
        raise _unreadable(source, reason)
    mended = mend(data.removeprefix(_MARK_OF_ORDER))
    if mended is None or not mended.drawn_count:
        raise _unreadable(source, reason)
    lost = len(mended.rejected)
    if lost == mended.drawn_count:
        raise _unreadable(source, f"{reason}; nothing of it could be read")
    if lost and not salvage:
        raise ReadError(
            f"{source.name}: the drawing is damaged: {lost} of {mended.drawn_count} objects "
            f"cannot be read: {mended.rejected[0].reason}.",
            remedy=f"{_REPAIR} --salvage reads the others.",
        )
    document = _mended_document(source, mended, reason)
    text = f"The drawing is damaged ({reason}); it was mended."
    return Opened(document, (("drawing_recovered", text, ""),), mended.rejected)


def _mended_document(source: Source, mended: Mended, reason: str) -> "Drawing":
    """Return the document of sound objects, or refuse it when the library drops any."""
    from ezdxf import recover

    try:
        document, _ = recover.read(BytesIO(mended.data))
        kept = len(document.modelspace()) + len(document.paperspace())
    except failures() as error:
        raise _unreadable(source, f"{reason}; {_reason(error)}") from error
    sound = mended.drawn_count - len(mended.rejected)
    if kept < sound:
        raise _unreadable(source, f"{reason}; {sound - kept} of {sound} objects would be lost")
    return document


def _is_cut(path: Path) -> bool:
    """Return whether a file does not end with the mark of its end, nor with a whole section."""
    with path.open("rb") as stream:
        binary = stream.read(len(_BINARY_HEAD)) == _BINARY_HEAD
        size = stream.seek(0, 2)
        stream.seek(max(0, size - _TAIL_BYTES))
        tail = stream.read()
    if binary:
        return not tail.rstrip(b"\x00\x1a\r\n ").endswith(b"EOF")
    lines = tail.rstrip(b"\x00\x1a\r\n\t ").replace(b"\r", b"\n").split(b"\n")
    return lines[-1].strip().upper() not in (b"EOF", b"ENDSEC")


def _unreadable(source: Source, reason: str) -> ReadError:
    return ReadError(f"{source.name}: cannot be read as a drawing ({reason}).", remedy=_REPAIR)


def _reason(error: Exception) -> str:
    text = " ".join(str(error).split()).removeprefix("DXFStructureError: ")
    return text.rstrip(". ")[:200] or type(error).__name__
