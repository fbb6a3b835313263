"""Damaged KML, GPX and GML: records that are cut or broken are taken out, the rest is read."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from xml.parsers import expat

from geotool.errors import ReadError
from geotool.records import LayerSchema
from geotool.sources.files import Source
from geotool.sources.records import RawLayer, ReadOptions, Rejected
from geotool.sources.salvage.salvaged import CUT_OFF, limit, unreadable
from geotool.sources.staging import staged
from geotool.sources.vectors import vector

_RECORDS = {
    "kml": frozenset({"Placemark"}),
    "gpx": frozenset({"wpt", "trk", "rte"}),
    "gml": frozenset({"featureMember", "member"}),
}
_ENCODINGS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


@dataclass
class _Walk:
    """Where the records of a text stand; offsets in bytes.

    ``begun`` is where the open record begins, None between records; ``damage`` where the text
    stopped to be XML, None when it never did; ``open`` are the elements open after the last
    whole record, ``safe`` its end.
    """

    names: frozenset[str]
    count: int = 0
    begun: int | None = None
    damage: int | None = None
    safe: int = 0
    stack: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)


def read_elements(
    source: Source, path: Path, schema: LayerSchema, options: ReadOptions
) -> RawLayer:
    """Return the sound records of an XML file.

    Raises
    ------
    ReadError
        When nothing of it could be read, or its XML declares entities.
    """
    with staged(source):  # refuses what is no plain XML before anything is taken out of it
        data = _plain(path.read_bytes())
    mended, rejected = _mended(data, _RECORDS[source.kind])
    if not rejected:
        raise unreadable(source)
    with _written(mended, source) as copy:
        try:
            raw = vector.read_vector(replace(source, path=copy, staged=False), schema, options)
        except ReadError as error:
            raise unreadable(source) from error
    if raw.frame.empty:
        raise unreadable(source)
    gone = {one.record for one in rejected}
    total = len(raw.frame) + len(gone)
    numbers = tuple(number for number in range(1, total + 1) if number not in gone)
    return replace(raw, rejected=tuple(rejected), records=numbers[: len(raw.frame)])


def _plain(data: bytes) -> bytes:
    """Return the text in UTF-8, whose letters' places can be counted."""
    for mark, encoding in _ENCODINGS.items():
        if data.startswith(mark):
            text = data.decode(encoding, errors="replace")
            return text.partition("?>")[2].encode() if text.startswith("<?xml") else text.encode()
    return data


def _mended(data: bytes, names: frozenset[str]) -> tuple[bytes, list[Rejected]]:
    """Return the text without its broken records, and these."""
    rejected: list[Rejected] = []
    for _ in range(int(limit("attempts_max"))):
        walk = _walked(data, names)
        if walk.damage is None:
            break
        number = walk.count + len(rejected) + 1
        start = walk.safe if walk.begun is None else walk.begun
        following = _next_record(data, max(walk.damage, start + 1), names)
        if following is None or walk.begun is None:
            rest = b"".join(f"</{name}>".encode() for name in reversed(walk.open))
            rejected.append(Rejected(number, "", CUT_OFF))
            return data[: walk.safe] + rest, rejected
        rejected.append(Rejected(number, "", f"broken at byte {walk.damage + 1} of the file"))
        data = data[:start] + data[following:]
    return data, rejected


def _walked(data: bytes, names: frozenset[str]) -> _Walk:
    walk = _Walk(names)
    parser = expat.ParserCreate()

    def opened(name: str, _: object) -> None:
        if name.rpartition(":")[2] in names and walk.begun is None:
            walk.begun = parser.CurrentByteIndex
            walk.open, walk.safe = list(walk.stack), parser.CurrentByteIndex
        walk.stack.append(name)

    def closed(name: str) -> None:
        walk.stack.pop()
        if name.rpartition(":")[2] in names and walk.begun is not None:
            walk.count, walk.begun = walk.count + 1, None
            walk.open = list(walk.stack)
            walk.safe = data.find(b">", parser.CurrentByteIndex) + 1

    parser.StartElementHandler, parser.EndElementHandler = opened, closed
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError, LookupError):
        walk.damage = min(max(parser.ErrorByteIndex, 0), len(data))
    return walk


def _next_record(data: bytes, start: int, names: frozenset[str]) -> int | None:
    """Return where the next record begins."""
    found = []
    for name in names:
        at = data.find(name.encode(), start)
        while at >= 0:
            begin = data.rfind(b"<", start, at)
            if begin >= 0 and data[begin + 1 : at].rstrip(b":").isalnum() | (begin + 1 == at):
                found.append(begin)
                break
            at = data.find(name.encode(), at + 1)
    return min(found, default=None)


@contextmanager
def _written(data: bytes, source: Source) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="geotool-", ignore_cleanup_errors=True) as folder:
        path = Path(folder) / f"mended.{source.kind}"
        path.write_bytes(data)
        yield path
