"""Is there a file, and is it what its name says?"""

import hashlib
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from weakref import WeakKeyDictionary

from geotool.errors import ReadError, UsageError

STDIN = "-"
SHAPEFILE_PARTS = (".shp", ".dbf", ".shx", ".prj")

_HEAD_BYTES = 65536
_STDIN_NAME = "standard input"
_KINDS = {
    ".gpkg": ("gpkg", "sqlite"),
    ".geojson": ("geojson", "json"),
    ".json": ("geojson", "json"),
    ".shp": ("shp", "shp"),
    ".zip": ("shpzip", "zip"),
    ".fgb": ("fgb", "fgb"),
    ".parquet": ("parquet", "parquet"),
    ".geoparquet": ("parquet", "parquet"),
    ".csv": ("csv", "text"),
    ".tsv": ("csv", "text"),
    ".txt": ("csv", "text"),
    ".xlsx": ("xlsx", "xlsx"),
    ".xlsm": ("xlsx", "xlsx"),
}
_KIND_WORDS = {
    "gpkg": "a GeoPackage",
    "geojson": "GeoJSON",
    "shp": "a shapefile",
    "shpzip": "a zipped shapefile",
    "fgb": "FlatGeobuf",
    "parquet": "GeoParquet",
    "csv": "a CSV table",
    "xlsx": "an Excel workbook",
}
_SEEMS_WORDS = {
    "sqlite": "a SQLite database or GeoPackage",
    "json": "JSON text, perhaps GeoJSON",
    "shp": "the .shp or .shx file of a shapefile",
    "zip": "a ZIP archive",
    "xlsx": "an Excel workbook",
    "fgb": "FlatGeobuf",
    "parquet": "Parquet",
    "text": "plain text, perhaps CSV",
    "xml": "XML or an HTML page",
    "ole": "an old or password-protected Office document",
    "png": "a PNG picture",
    "jpeg": "a JPEG picture",
    "gif": "a GIF picture",
    "tiff": "a TIFF picture",
    "pdf": "a PDF document",
    "gzip": "a gzip archive",
    "rar": "a RAR archive",
    "dwg": "an AutoCAD drawing",
    "nothing": "bytes of no known kind",
}
_MAGIC = (
    (b"SQLite format 3\x00", "sqlite"),
    (b"\x00\x00\x27\x0a", "shp"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"fgb", "fgb"),
    (b"PAR1", "parquet"),
    (b"\xd0\xcf\x11\xe0", "ole"),
    (b"\x89PNG", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF8", "gif"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"%PDF", "pdf"),
    (b"\x1f\x8b", "gzip"),
    (b"Rar!", "rar"),
    (b"AC10", "dwg"),
)
_READABLE_MAGIC = frozenset({"fgb", "parquet", "dwg"})
_TEXT_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_MISREAD = frozenset("!;")  # signs in a path to which the reader below gives a meaning


_READ_STREAMS: WeakKeyDictionary[BinaryIO, bytes] = WeakKeyDictionary()
"""What was read of standard input, which can be read only once."""


class DisguisedError(ReadError):
    """A file is not what its name says."""


@dataclass(frozen=True)
class Source:
    """An input that exists and is what its name says.

    ``name`` is for messages; ``path`` is None and ``data`` holds the bytes when the input
    came on standard input.
    """

    name: str
    kind: str
    path: Path | None
    sublayer: str | None
    data: bytes | None = None

    @property
    def target(self) -> Path | bytes:
        """The path, or the bytes of standard input."""
        return self.path if self.path is not None else (self.data or b"")

    @property
    def label(self) -> str:
        """The kind in words: "a GeoPackage"."""
        return _KIND_WORDS[self.kind]


def open_source(path: Path | str, sublayer: str | None = None) -> Source:
    """Return the input behind a path, ``path#sublayer`` or ``-``.

    Raises
    ------
    UsageError
        When the file does not exist, or two different sublayers are named.
    ReadError
        When it is a folder, empty, of no supported kind, or not what its name says.
    """
    if str(path) == STDIN:
        return _stdin_source(sublayer)
    found, named = split_sublayer(path)
    if named is not None and sublayer is not None and named != sublayer:
        raise UsageError(
            f"{path}: two layers are named, '{named}' and '{sublayer}'.",
            remedy="Name one of them.",
        )
    if not found.exists():
        raise UsageError(f"{found}: no such file.", remedy="Check the path.")
    if found.is_dir():
        raise ReadError(f"{found}: this is a folder, not a file.", remedy="Name a file in it.")
    return Source(
        name=str(found), kind=_checked_kind(found), path=found, sublayer=sublayer or named
    )


def split_sublayer(path: Path | str) -> tuple[Path, str | None]:
    """Split ``path#sublayer``; a file whose own name holds ``#`` wins over the split."""
    whole = Path(path)
    base, mark, name = str(path).rpartition("#")
    if not mark or not base or whole.exists():
        return whole, None
    return Path(base), name or None


def shown_name(path: Path | str) -> str:
    """Return what an input is called in messages."""
    return _STDIN_NAME if str(path) == STDIN else str(split_sublayer(path)[0])


def seems(head: bytes) -> str:
    """Return what the first bytes of a file look like: a key such as "sqlite" or "text"."""
    binary = b"\x00" in head
    for magic, kind in _MAGIC:
        if head.startswith(magic) and (binary or kind not in _READABLE_MAGIC):
            return kind
    if any(head.startswith(mark) for mark in _TEXT_MARKS):
        return _text_kind(head)
    if binary:
        return "nothing"
    return _text_kind(head)


def part_of(path: Path, suffix: str) -> Path | None:
    """Return a shapefile's companion file, whatever the case of its suffix."""
    for candidate in (path.with_suffix(suffix), path.with_suffix(suffix.upper())):
        if candidate.is_file():
            return candidate
    for candidate in path.parent.iterdir():
        if candidate.stem == path.stem and candidate.suffix.lower() == suffix:
            return candidate
    return None


def digest(source: Source) -> tuple[int, str]:
    """Return size in bytes and SHA-256 of an input.

    A shapefile is digested as one stream of its .shp, .dbf, .shx and .prj, in that order.
    """
    if source.path is None:
        data = source.data or b""
        return len(data), hashlib.sha256(data).hexdigest()
    return _digest(source.path)


def digest_file(path: Path) -> str:
    """Return the SHA-256 of a file; of a shapefile as :func:`digest` does."""
    return _digest(path)[1]


def _digest(path: Path) -> tuple[int, str]:
    hasher = hashlib.sha256()
    paths = [path]
    if path.suffix.lower() == ".shp":
        found = [part_of(path, suffix) for suffix in SHAPEFILE_PARTS[1:]]
        paths += [companion for companion in found if companion is not None]
    size = 0
    for part in paths:
        with part.open("rb") as stream:
            while block := stream.read(1 << 20):
                size += len(block)
                hasher.update(block)
    return size, hasher.hexdigest()


@contextmanager
def plain_path(source: Source) -> Iterator[Path | bytes]:
    """Yield the input under a name that can only be taken for a plain file.

    A ``!`` in a path means "inside an archive" to the reader below, and it knows a shapefile
    by the suffixes .shp and .SHP only; such a file is copied aside, with its companions, for
    the time of the read.
    """
    path = source.path
    if path is None or not _may_be_misread(path, source.kind):
        yield source.target
        return
    with tempfile.TemporaryDirectory(prefix="geotool-") as folder:
        copy = Path(folder) / f"{_plain_stem(path)}{path.suffix.lower()}"
        shutil.copyfile(path, copy)
        if source.kind == "shp":
            for suffix in (*SHAPEFILE_PARTS[1:], ".cpg"):
                part = part_of(path, suffix)
                if part is not None:
                    shutil.copyfile(part, copy.with_suffix(suffix))
        yield copy


def _may_be_misread(path: Path, kind: str) -> bool:
    text = str(path)
    mixed = kind == "shp" and path.suffix not in (".shp", ".SHP")
    return mixed or not text.isprintable() or not _MISREAD.isdisjoint(text)


def _plain_stem(path: Path) -> str:
    plain = (char if char.isprintable() and char not in _MISREAD else "_" for char in path.stem)
    return "".join(plain)


def _piped(stream: BinaryIO) -> bytes:
    """Return all that was piped in, the same bytes when asked again."""
    if stream not in _READ_STREAMS:
        _READ_STREAMS[stream] = stream.read()
    return _READ_STREAMS[stream]


def _stdin_source(sublayer: str | None) -> Source:
    data = _piped(sys.stdin.buffer)
    if not data.strip():
        raise ReadError(
            "standard input is empty.",
            remedy="Pipe GeoJSON or CSV into the command, or name a file.",
        )
    kinds = {"json": "geojson", "text": "csv"}
    looks = seems(data[:_HEAD_BYTES])
    if looks not in kinds:
        raise ReadError(
            f"standard input is neither GeoJSON nor CSV; it seems to be {_SEEMS_WORDS[looks]}.",
            remedy="Only GeoJSON and CSV can be piped; name a file for the other formats.",
        )
    return Source(_STDIN_NAME, kinds[looks], None, sublayer, data)


def _checked_kind(path: Path) -> str:
    suffix = path.suffix.lower()
    head = _read_head(path)
    if not head:
        raise ReadError(f"{path}: the file is empty (0 bytes).", remedy="Export or copy it again.")
    looks = seems(head)
    if looks == "zip" and _is_workbook(path):
        looks = "xlsx"
    if suffix not in _KINDS:
        raise ReadError(
            f"{path}: files named '{suffix or path.name}' are not read; it seems to be "
            f"{_SEEMS_WORDS[looks]}.",
            remedy="Readable: " + ", ".join(sorted(_KINDS)) + ".",
        )
    kind, expected = _KINDS[suffix]
    if looks != expected:
        raise DisguisedError(
            f"{path}: named like {_KIND_WORDS[kind]}, but it seems to be {_SEEMS_WORDS[looks]}.",
            remedy="Give the file its true suffix, or export it again.",
        )
    return kind


def _read_head(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(_HEAD_BYTES)
    except OSError as error:
        raise ReadError(
            f"{path}: cannot be opened ({error.strerror or error}).",
            remedy="Close it in other programs, and check that you may read it.",
        ) from error


def _text_kind(head: bytes) -> str:
    text = head
    if text.startswith(_TEXT_MARKS[0]):
        text = text[3:]
    text = text.lstrip()
    if text[:1] in (b"{", b"["):
        return "json"
    return "xml" if text[:1] == b"<" else "text"


def _is_workbook(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return False
