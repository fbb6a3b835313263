"""Is there an input behind a name, and which bytes are it?"""

import hashlib
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO
from weakref import WeakKeyDictionary, finalize

from geotool import addresses
from geotool.errors import ReadError, UsageError
from geotool.sources import archives, kinds, partitions
from geotool.sources.kinds import DisguisedError

__all__ = [
    "SHAPEFILE_PARTS",
    "STDIN",
    "DisguisedError",
    "Source",
    "digest",
    "digest_file",
    "is_url",
    "open_source",
    "part_of",
    "parts_of",
    "shown_name",
    "split_sublayer",
]

STDIN = "-"
SHAPEFILE_PARTS = (".shp", ".dbf", ".shx", ".prj")
GEODATABASE_TABLE = "a00000001.gdbtable"

_PARTS = {
    ".shp": SHAPEFILE_PARTS,
    ".tab": (".tab", ".dat", ".map", ".id"),
    ".mif": (".mif", ".mid"),
}
_LISTED = 8
_STDIN_NAME = "standard input"
_COMPANIONS = frozenset({".dbf", ".txt", ".xml", ".json", ".csv", ".tsv", ".db"})
_READ_STREAMS: WeakKeyDictionary[BinaryIO, bytes] = WeakKeyDictionary()
"""What was read of standard input, which can be read only once."""


class _Folder:
    """A temporary folder that goes when nothing refers to it any more."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="geotool-"))
        finalize(self, shutil.rmtree, self.path, ignore_errors=True)


@dataclass(frozen=True)
class Source:
    """An input that exists and is what its name says.

    ``name`` is for messages and never holds a password; ``path`` is None and ``data`` holds
    the bytes when the input came on standard input, and None with ``url`` for a database. Of
    an archive ``path`` is what was unpacked from it, ``outer`` the archive itself. ``staged``
    and ``charset`` are set while it is read, see ``staging``.
    """

    name: str
    kind: str
    path: Path | None
    sublayer: str | None
    data: bytes | None = None
    url: str | None = field(default=None, repr=False)
    outer: Path | None = None
    keeper: object = field(default=None, repr=False, compare=False)
    staged: bool = False
    charset: str | None = None

    @property
    def target(self) -> Path | bytes:
        """The path, or the bytes of standard input."""
        return self.path if self.path is not None else (self.data or b"")

    @property
    def label(self) -> str:
        """The kind in words: "a GeoPackage"."""
        return kinds.WORDS[self.kind]

    @property
    def given(self) -> Path | None:
        """The file that was named: the archive, not what was unpacked from it."""
        return self.outer or self.path


def open_source(path: Path | str, sublayer: str | None = None) -> Source:
    """Return the input behind a path, ``path#sublayer``, a database's address or ``-``.

    A ZIP archive is unpacked aside for as long as the source lives; ``archive.zip#member``
    picks one of several files in it, ``archive.zip#member#layer`` a layer of that.

    Raises
    ------
    UsageError
        When the file does not exist, or two different sublayers are named.
    ReadError
        When it is a folder, empty, of no supported kind, or not what its name says.
    """
    if str(path) == STDIN:
        return _stdin_source(sublayer)
    if is_url(path):
        return _database(str(path), sublayer)
    found, named = split_sublayer(path)
    wanted = _one_sublayer(path, named, sublayer)
    if not _exists(found):
        raise UsageError(f"{found}: no such file.", remedy="Check the path.")
    if found.is_dir():
        return _folder_source(found, wanted)
    if not found.is_file():
        raise ReadError(
            f"{found}: this is a pipe or a device, not a file.",
            remedy="Name a file, or pipe GeoJSON or CSV in and name the input -.",
        )
    kind = kinds.kind_of(found)
    if kind in kinds.ARCHIVES:
        return _unpacked(found, wanted)
    return Source(name=str(found), kind=kind, path=found, sublayer=wanted)


def is_url(path: Path | str) -> bool:
    """Return whether a name is the address of a database."""
    return addresses.is_url(str(path))


def split_sublayer(path: Path | str) -> tuple[Path, str | None]:
    """Split ``path#sublayer``; a file whose own name holds ``#`` wins over the split."""
    text = str(path)
    if is_url(text):
        address, name = addresses.split_table(text)
        return Path(addresses.redacted(address)), name
    whole = Path(path)
    if "#" not in text or _exists(whole):
        return whole, None
    for mark in range(len(text) - 1, 0, -1):
        if text[mark] == "#" and _exists(Path(text[:mark])):
            return Path(text[:mark]), text[mark + 1 :] or None
    base, _, name = text.rpartition("#")
    return (Path(base), name or None) if base else (whole, None)


def shown_name(path: Path | str) -> str:
    """Return what an input is called in messages, without any password."""
    if str(path) == STDIN:
        return _STDIN_NAME
    if is_url(path):
        return addresses.redacted(addresses.split_table(str(path))[0])
    return str(split_sublayer(path)[0])


def part_of(path: Path, suffix: str) -> Path | None:
    """Return a file's companion of another suffix, whatever its case."""
    for candidate in (path.with_suffix(suffix), path.with_suffix(suffix.upper())):
        if candidate.is_file():
            return candidate
    for candidate in path.parent.iterdir():
        if candidate.stem == path.stem and candidate.suffix.lower() == suffix:
            return candidate
    return None


def parts_of(path: Path) -> list[Path]:
    """Return the files that one input consists of, itself first."""
    if path.is_dir():
        return partitions.files_of(path) or sorted(i for i in path.iterdir() if i.is_file())
    suffixes = _PARTS.get(path.suffix.lower(), ())[1:]
    found = [part_of(path, suffix) for suffix in suffixes]
    return [path, *(part for part in found if part is not None)]


def digest(source: Source) -> tuple[int, str]:
    """Return size in bytes and SHA-256 of an input.

    A shapefile is digested as one stream of its .shp, .dbf, .shx and .prj, in that order; a
    MapInfo table of its .tab, .dat, .map and .id, or its .mif and .mid; a File geodatabase of
    all its files by name; a folder of partitions of its list and its parts in their order. Of
    an archive it is the archive itself.
    """
    if source.given is None:
        data = source.data or b""
        return len(data), hashlib.sha256(data).hexdigest()
    return _digest(source.given)


def digest_file(path: Path) -> str:
    """Return the SHA-256 of a file or geodatabase, its companions included as in `digest`."""
    return _digest(path)[1]


def _digest(path: Path) -> tuple[int, str]:
    hasher = hashlib.sha256()
    size = 0
    for part in parts_of(path):
        with part.open("rb") as stream:
            while block := stream.read(1 << 20):
                size += len(block)
                hasher.update(block)
    return size, hasher.hexdigest()


def _exists(path: Path) -> bool:
    """Return whether a path exists; a name that no system could hold does not."""
    try:
        return path.exists()
    except OSError:
        return False


def _one_sublayer(path: Path | str, named: str | None, wanted: str | None) -> str | None:
    if named is not None and wanted is not None and named != wanted:
        raise UsageError(
            f"{shown_name(path)}: two layers are named, '{named}' and '{wanted}'.",
            remedy="Name one of them.",
        )
    return wanted or named


def _database(url: str, sublayer: str | None) -> Source:
    address, named = addresses.split_table(url)
    wanted = _one_sublayer(url, named, sublayer)
    return Source(addresses.redacted(address), "postgis", None, wanted, url=url)


def _folder_source(folder: Path, sublayer: str | None) -> Source:
    if _is_geodatabase(folder):
        return Source(name=str(folder), kind="gdb", path=folder, sublayer=sublayer)
    if folder.suffix.lower() == ".gdb":
        raise ReadError(
            f"{folder}: named like a File geodatabase, but it holds none of its tables.",
            remedy="Copy the whole folder again.",
        )
    names = sorted(item.name for item in folder.iterdir() if _is_readable(item))
    if partitions.is_partitioned(folder, names):
        return Source(name=str(folder), kind="partitions", path=folder, sublayer=sublayer)
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    listed = f"It has: {', '.join(names[:_LISTED])}{more}." if names else "It has none to read."
    raise ReadError(
        f"{folder}: this is a folder, not a file.", remedy=f"Name a file in it. {listed}"
    )


def _is_geodatabase(folder: Path) -> bool:
    return folder.suffix.lower() == ".gdb" and _has_tables(folder)


def _is_readable(path: Path) -> bool:
    if path.is_dir():
        return _is_geodatabase(path)
    return kinds.is_readable(path.name)


def _unpacked(path: Path, wanted: str | None) -> Source:
    """Return what an archive holds as a source: its only readable file, or the one named."""
    keeper = _Folder()
    folder = keeper.path / "data"
    folder.mkdir()
    archives.unpack(path, folder, what=str(path))
    found = _readable_in(folder)
    _require_some(path, list(found), folder)
    if all(item.suffix.lower() == ".shp" for item in found.values()):
        return Source(str(path), "shpzip", folder, wanted, outer=path, keeper=keeper)
    member, inner = _chosen(path, list(found), wanted)
    target = found[member]
    inner_kind = _kind_inside(path, member, target)
    return Source(str(path), inner_kind, target, inner, outer=path, keeper=keeper)


def _kind_inside(path: Path, member: str, target: Path) -> str:
    if target.is_dir():
        return "gdb"
    try:
        kind = kinds.kind_of(target)
    except ReadError as error:
        message = error.message.replace(str(target), f"{path}, {member}")
        raise type(error)(message, remedy=error.remedy) from error
    if kind in kinds.ARCHIVES:
        raise ReadError(
            f"{path}: it holds another archive, {member}.",
            remedy="Unpack it, and name the archive inside.",
        )
    return kind


def _readable_in(folder: Path) -> dict[str, Path]:
    """Return name -> place of everything readable that was unpacked, side files left out."""
    if _has_tables(folder):
        folder = folder.rename(folder.with_name(f"{folder.name}.gdb"))
        return {"the geodatabase": folder}
    found = {
        item.relative_to(folder).as_posix(): item
        for item in sorted(folder.rglob("*"))
        if _is_readable(item) and not _is_beside(item.relative_to(folder))
    }
    data = {n: item for n, item in found.items() if item.suffix.lower() not in _COMPANIONS}
    return data or found


def _has_tables(folder: Path) -> bool:
    return (folder / GEODATABASE_TABLE).is_file()


def _is_beside(name: Path) -> bool:
    """Return whether a member belongs to the archive's own system, or inside a geodatabase."""
    hidden = any(part.startswith(".") or part == "__MACOSX" for part in name.parts)
    return hidden or any(part.lower().endswith(".gdb") for part in name.parts[:-1])


def _chosen(path: Path, names: Sequence[str], wanted: str | None) -> tuple[str, str | None]:
    """Return the member of an archive to read, and the layer inside it."""
    member, _, layer = (wanted or "").partition("#")
    for name in names:
        if member in (name, Path(name).name, Path(name).stem):
            return name, layer or None
    if len(names) == 1:
        return names[0], wanted
    listed = ", ".join(names[:_LISTED]) + (" ..." if len(names) > _LISTED else "")
    if wanted is not None:
        raise ReadError(f"{path}: there is no '{wanted}' in it.", remedy=f"It has: {listed}.")
    raise ReadError(
        f"{path}: the archive holds {len(names)} files that could be read: {listed}.",
        remedy=f"Name one: {path}#{names[0]}",
    )


def _require_some(path: Path, found: Sequence[str], folder: Path) -> None:
    if not found:
        names = sorted(i.relative_to(folder).as_posix() for i in folder.rglob("*") if i.is_file())
        held = ", ".join(names[:5]) or "nothing"
        raise ReadError(
            f"{path}: the archive holds nothing that can be read, but {held}.",
            remedy="Unpack it and name the file inside, or zip the parts of one shapefile.",
        )


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
    found = {"json": "geojson", "records": "geojsonseq", "text": "csv"}
    looks = kinds.seems(data[: kinds.HEAD_BYTES])
    if looks not in found:
        raise ReadError(
            "standard input is neither GeoJSON nor CSV; it seems to be "
            f"{kinds.seems_words(looks)}.",
            remedy="Only GeoJSON and CSV can be piped; name a file for the other formats.",
        )
    return Source(_STDIN_NAME, found[looks], None, sublayer, data)
