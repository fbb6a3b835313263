"""Shapefiles: the files one consists of, loose or unpacked, and the code page of its text."""

import codecs
from pathlib import Path

from geotool.errors import ReadError
from geotool.sources.files import Source, part_of

_NEEDED_PARTS = (".shx", ".dbf")


def members(source: Source) -> dict[str, Path]:
    """Return stem -> .shp file of every shapefile that was in an archive.

    Raises
    ------
    ReadError
        When one lacks a companion it cannot be read without.
    """
    folder = source.path or Path()
    found = sorted(item for item in folder.rglob("*") if _is_shape(item.relative_to(folder)))
    for path in found:
        _refuse_missing(source, path)
    by_stem = {path.stem: path for path in found}
    if len(by_stem) == len(found):
        return by_stem
    return {path.relative_to(folder).with_suffix("").as_posix(): path for path in found}


def require_parts(source: Source) -> None:
    """Refuse a loose shapefile that lacks a companion it cannot be read without.

    Raises
    ------
    ReadError
        Naming the companions missing.
    """
    if source.kind == "shp" and source.path is not None:
        _refuse_missing(source, source.path)


def code_page(path: Path) -> str | None:
    """Return the codec that a shapefile's .cpg file names, None without one or an unknown one."""
    part = part_of(path, ".cpg")
    if part is None:
        return None
    text = part.read_bytes()[:100].decode("ascii", errors="replace").strip()
    digits = "".join(char for char in text if char.isdigit())
    family = f"iso8859-{digits[4:]}" if digits.startswith("8859") else f"cp{digits}"
    return _codec(family) or _codec(text) if text else None


def _is_shape(name: Path) -> bool:
    hidden = any(part.startswith(".") or part == "__MACOSX" for part in name.parts)
    return name.suffix.lower() == ".shp" and not hidden


def _codec(name: str) -> str | None:
    """Return Python's name of a text encoding, None when there is none of that name."""
    try:
        "".encode(name)
        return codecs.lookup(name).name
    except (LookupError, ValueError):
        return None


def _refuse_missing(source: Source, path: Path) -> None:
    missing = [part for part in _NEEDED_PARTS if part_of(path, part) is None]
    if missing:
        raise ReadError(
            f"{source.name}: the shapefile is incomplete: it lacks {' and '.join(missing)}.",
            remedy="Copy all its files together: .shp, .shx, .dbf, .prj and .cpg.",
        )
