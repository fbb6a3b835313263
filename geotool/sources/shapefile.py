"""Shapefiles: the files one consists of, loose or in an archive, and the code page of its text."""

import codecs
import unicodedata
import zipfile
import zlib
from pathlib import Path

from geotool.errors import ReadError
from geotool.sources.files import Source, part_of

WINDOWS = "cp1258"

_NEEDED_PARTS = (".shx", ".dbf")
_NAME_BYTES = 10  # of a column name in a DBF file
_ARCHIVE_FAILURES = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    ValueError,
    RuntimeError,
    NotImplementedError,
)


def members(source: Source) -> dict[str, str]:
    """Return stem -> member of every shapefile in an archive."""
    try:
        with zipfile.ZipFile(str(source.path)) as archive:
            names = sorted(archive.namelist())
    except _ARCHIVE_FAILURES as error:
        raise _damaged_archive(source) from error
    shapes = [name for name in names if _is_shape(name)]
    if not shapes:
        held = ", ".join(names[:5]) or "nothing"
        raise ReadError(
            f"{source.name}: the archive holds no shapefile but {held}.",
            remedy="Unpack it and name the file inside, or zip the parts of one shapefile.",
        )
    lower = {name.lower() for name in names}
    for name in shapes:
        _refuse_missing(source, _lacking(name, lower))
    by_stem = {Path(name).stem: name for name in shapes}
    return by_stem if len(by_stem) == len(shapes) else {name[:-4]: name for name in shapes}


def require_parts(source: Source) -> None:
    """Refuse a loose shapefile that lacks a companion it cannot be read without.

    Raises
    ------
    ReadError
        Naming the companions missing.
    """
    if source.kind == "shp" and source.path is not None:
        path = source.path
        _refuse_missing(source, [part for part in _NEEDED_PARTS if part_of(path, part) is None])


def code_page(source: Source, sublayer: str) -> str | None:
    """Return the codec that a shapefile's .cpg file names, None without one or an unknown one."""
    raw = b""
    if source.kind == "shpzip":
        raw = _member_bytes(source, members(source)[sublayer][:-4].lower() + ".cpg")
    elif source.path is not None and (part := part_of(source.path, ".cpg")) is not None:
        raw = part.read_bytes()
    text = raw.decode("ascii", errors="replace").strip()
    digits = "".join(char for char in text if char.isdigit())
    family = f"iso8859-{digits[4:]}" if digits.startswith("8859") else f"cp{digits}"
    return _codec(family) or _codec(text) if text else None


def field_name(name: str, encoding: str) -> str:
    """Return a column name read byte by byte; what is left of a letter cut in two is dropped."""
    raw = name.encode("latin-1")
    if _codec(encoding) == "utf-8" and len(raw) <= _NAME_BYTES:
        text = codecs.getincrementaldecoder("utf-8")().decode(raw)
    else:
        text = raw.decode(encoding)
    return unicodedata.normalize("NFC", text)


def _member_bytes(source: Source, lower: str) -> bytes:
    """Return a member of an archive by its name in small letters, nothing when it is missing."""
    try:
        with zipfile.ZipFile(str(source.path)) as archive:
            return b"".join(archive.read(n) for n in archive.namelist() if n.lower() == lower)
    except _ARCHIVE_FAILURES as error:
        raise _damaged_archive(source) from error


def _is_shape(name: str) -> bool:
    return name.lower().endswith(".shp") and not name.startswith("__MACOSX/")


def _lacking(shape: str, lower: set[str]) -> list[str]:
    return [part for part in _NEEDED_PARTS if shape[:-4].lower() + part not in lower]


def _codec(name: str) -> str | None:
    """Return Python's name of a text encoding, None when there is none of that name."""
    try:
        "".encode(name)
        return codecs.lookup(name).name
    except (LookupError, ValueError):
        return None


def _refuse_missing(source: Source, missing: list[str]) -> None:
    if missing:
        raise ReadError(
            f"{source.name}: the shapefile is incomplete: it lacks {' and '.join(missing)}.",
            remedy="Copy all its files together: .shp, .shx, .dbf, .prj and .cpg.",
        )


def _damaged_archive(source: Source) -> ReadError:
    return ReadError(
        f"{source.name}: the archive is damaged or locked with a password.",
        remedy="Copy it again, or unpack it and name the .shp file inside.",
    )
