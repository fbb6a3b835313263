"""ZIP archives: the only place where one is opened, looked through and unpacked.

Sizes are counted while bytes are unpacked, so that a header that lies gains nothing. Names
that lead out of a folder, links, locked and overlapping members are refused.
"""

import io
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from geotool import rules
from geotool.errors import ReadError
from geotool.sources import markup

_BLOCK = 1 << 16
_LOCAL_HEADER = struct.Struct("<4s5H3L2H")
_LOCKED = 0x1
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_MARKUP = (".xml", ".rels", ".kml", ".gml", ".gpx", ".vml")
_FORBIDDEN = frozenset('\\:*?"<>|')
_DEVICES = frozenset(
    {"con", "prn", "aux", "nul", *(f"{port}{i}" for port in ("com", "lpt") for i in range(1, 10))}
)
_FAILURES = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    RuntimeError,
    NotImplementedError,
    UnicodeError,
)


class UnsafeArchiveError(ReadError):
    """An archive that would write outside its folder, or grow without end."""


def members(path: Path, *, what: str = "") -> list[str]:
    """Return the names of the files in an archive, in its order, folders left out.

    Raises
    ------
    ReadError
        When it is damaged or locked; UnsafeArchiveError when a name or a size is not honest.
    """
    with _opened(path, what or str(path)) as archive:
        return [info.filename for info in _checked(archive, what or str(path))]


def check(path: Path, *, what: str = "") -> list[str]:
    """Unpack an archive into nothing, to know that it is honest; return its members.

    Every XML part is looked at as far as its first element, see ``markup``.

    Raises
    ------
    ReadError
        As :func:`members`; also when a member is damaged or larger than it says.
    """
    name = what or str(path)
    with _opened(path, name) as archive:
        infos = _checked(archive, name)
        for info in infos:
            place = f"{name}, {info.filename}"
            parsed = info.filename.lower().endswith(_MARKUP)
            _stream(archive, info, place, _Looker(place) if parsed else _nothing)
        return [info.filename for info in infos]


def unpack(path: Path, folder: Path, *, what: str = "") -> list[Path]:
    """Unpack an archive into an existing empty folder; return the files made, in its order.

    Raises
    ------
    ReadError
        As :func:`check`; the folder may then hold some of the files.
    """
    name = what or str(path)
    made = []
    with _opened(path, name) as archive:
        for info in _checked(archive, name):
            target = folder.joinpath(*PurePosixPath(info.filename).parts)
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("xb") as out:
                _stream(archive, info, f"{name}, {info.filename}", out.write)
            made.append(target)
    return made


def read_member(path: Path, member: str, *, what: str = "") -> bytes:
    """Return the bytes of one member.

    Raises
    ------
    ReadError
        As :func:`check`, or when there is no such member.
    """
    name = what or str(path)
    with _opened(path, name) as archive:
        for info in _checked(archive, name):
            if info.filename == member:
                held = io.BytesIO()
                _stream(archive, info, f"{name}, {member}", held.write)
                return held.getvalue()
    raise ReadError(f"{name}: there is no '{member}' in the archive.", remedy="Check the name.")


@contextmanager
def _opened(path: Path, what: str) -> Iterator[zipfile.ZipFile]:
    """Open an archive; what the library below says about a damaged one ends here."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except ReadError:
        raise
    except _FAILURES as error:
        raise _damaged(what) from error


def _checked(archive: zipfile.ZipFile, what: str) -> list[zipfile.ZipInfo]:
    """Return the files of an archive when names, sizes and places are honest."""
    limits = rules.load_rule("reading").values["archives"]
    infos = archive.infolist()
    if len(infos) > limits["members_max"]:
        raise _unsafe(what, f"it holds {len(infos):,} files, more than {limits['members_max']:,}")
    _require_names(infos, what)
    _require_kinds(infos, what)
    _require_apart(infos, what)
    unpacked = sum(info.file_size for info in infos)
    packed = sum(info.compress_size for info in infos)
    if unpacked > limits["unpacked_max_bytes"]:
        raise _unsafe(what, f"it would unpack to {unpacked:,} bytes")
    if unpacked > max(limits["ratio_max"] * packed, limits["ratio_free_bytes"]):
        raise _unsafe(what, f"{packed:,} bytes would unpack to {unpacked:,}")
    return [info for info in infos if not info.is_dir()]


def _require_names(infos: list[zipfile.ZipInfo], what: str) -> None:
    seen: set[str] = set()
    for info in infos:
        name = info.orig_filename
        if not _is_inside(name):
            raise _unsafe(what, f"the name '{_shown(name)}' leads out of a folder or is no name")
        folded = unicodedata.normalize("NFC", name).casefold().rstrip("/")
        if folded in seen:
            raise _unsafe(what, f"'{_shown(name)}' stands in it twice")
        seen.add(folded)


def _is_inside(name: str) -> bool:
    """Return whether a name stays inside the folder it is unpacked to, on any computer."""
    parts = name.rstrip("/").split("/")
    return (
        bool(name.strip("/"))
        and name.isprintable()
        and _FORBIDDEN.isdisjoint(name)
        and not any(part in ("", ".", "..") or part[-1] in ". " for part in parts)
        and not any(part.split(".")[0].casefold() in _DEVICES for part in parts)
    )


def _require_kinds(infos: list[zipfile.ZipInfo], what: str) -> None:
    for info in infos:
        mode = info.external_attr >> 16
        if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise _unsafe(what, f"'{_shown(info.filename)}' is a link or a device")
        if info.flag_bits & _LOCKED:
            raise ReadError(
                f"{what}: '{_shown(info.filename)}' is locked with a password.",
                remedy="Unpack it with the password, and name the file inside.",
            )
        if info.compress_type not in _METHODS:
            raise ReadError(
                f"{what}: '{_shown(info.filename)}' is packed in a way that is not read.",
                remedy="Unpack it, and pack it again as a plain ZIP archive.",
            )


def _require_apart(infos: list[zipfile.ZipInfo], what: str) -> None:
    """Refuse members that share bytes: a small archive that holds the same block many times."""
    end = 0
    for info in sorted(infos, key=lambda info: info.header_offset):
        if info.header_offset < end:
            raise _unsafe(what, f"'{_shown(info.filename)}' overlaps another member")
        end = info.header_offset + _LOCAL_HEADER.size + info.compress_size


def _stream(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, place: str, take: Callable[[bytes], object]
) -> None:
    """Hand the bytes of a member on block by block; stop when there are more than it says."""
    count, check = 0, 0
    for block in _inflated(archive, info):
        count += len(block)
        if count > info.file_size:
            raise _unsafe(place, f"it is larger than the {info.file_size:,} bytes it states")
        check = zlib.crc32(block, check)
        take(block)
    if count != info.file_size or check != info.CRC:
        raise _damaged(place)


def _inflated(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    if archive.fp is None:
        return
    stream = archive.fp
    stream.seek(info.header_offset)
    head = _LOCAL_HEADER.unpack(stream.read(_LOCAL_HEADER.size))
    if head[0] != b"PK\x03\x04":
        raise zipfile.BadZipFile
    stream.seek(head[-2] + head[-1], io.SEEK_CUR)
    left = info.compress_size
    packed = info.compress_type == zipfile.ZIP_DEFLATED
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    while left > 0:
        block = stream.read(min(_BLOCK, left))
        if not block:
            raise EOFError
        left -= len(block)
        if not packed:
            yield block
            continue
        yield inflater.decompress(block, _BLOCK)
        while inflater.unconsumed_tail:
            yield inflater.decompress(inflater.unconsumed_tail, _BLOCK)
    if packed:
        yield inflater.flush()


class _Looker:
    """Looks at a part of XML as far as its first element."""

    def __init__(self, place: str) -> None:
        self._watch = markup.Watch(place)
        self._done = False

    def __call__(self, block: bytes) -> None:
        if not self._done:
            self._done = not self._watch.feed(block) or self._watch.root is not None


def _nothing(_: bytes) -> None:
    """Take bytes and keep none."""


def _shown(name: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in name)[:80]


def _unsafe(what: str, reason: str) -> UnsafeArchiveError:
    return UnsafeArchiveError(
        f"{what}: the archive is refused: {reason}.",
        remedy="Pack the files again with the system's own ZIP, or ask the sender what it is.",
    )


def _damaged(what: str) -> ReadError:
    return ReadError(
        f"{what}: the archive is damaged or cut short.",
        remedy="Copy it again, or unpack it and name the file inside.",
    )
