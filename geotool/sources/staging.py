"""An input made ready for the library that reads vector files.

That library guesses by names and contents, follows what a file points at, and writes notes
beside some files. Nothing it could misread reaches it, and nothing is written beside the
user's file: what needs it is copied aside for the time of the read.
"""

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from geotool.errors import ReadError
from geotool.sources import archives, kinds, markup
from geotool.sources.files import SHAPEFILE_PARTS, Source, part_of
from geotool.sources.vectors import mapinfo

_MISREAD = frozenset("!;")  # signs in a path to which the library below gives a meaning
_MARKUP = frozenset({"kml", "gpx", "gml"})
_JSON = frozenset({"geojson", "topojson", "geojsonseq"})
_ALWAYS_COPIED = frozenset({"gml", "mapinfo", "dbf"})
_SQLITE = frozenset({"gpkg", "sqlite"})
_SQLITE_LOG = "-wal"
_COPIED = {"shp": (*SHAPEFILE_PARTS[1:], ".cpg"), "dbf": (".cpg",)}
_POINTERS = re.compile(
    rb"<OGR(?:VRT|WFS|CSW|OAPIF)|<VRTDataset|<GDAL_|<GDALTileIndex|<WMS_|<PAMDataset"
    rb"|gdal_streamed_alg",
    re.IGNORECASE,
)
_LINKED_SYSTEM = re.compile(rb'"crs"\s*:\s*\{[^{}]*(?:"link"|\{[^{}]*"href")')


@contextmanager
def staged(source: Source) -> Iterator[Source]:
    """Yield the input as one that can be read, and leaves nothing behind.

    Raises
    ------
    ReadError
        When its XML is not plain, it points at other data, or it lacks a companion.
    """
    path = source.path
    if source.staged or path is None:
        _require_own_data(source)
        yield source
        return
    _require_own_data(source)
    if source.kind in _MARKUP:
        markup.require_plain(path, what=source.name)
    if source.kind == "kmz":
        _require_plain_places(path, source.name)
    if not _must_be_copied(path, source.kind):
        yield replace(source, staged=True)
        return
    with tempfile.TemporaryDirectory(prefix="geotool-", ignore_cleanup_errors=True) as folder:
        copy = Path(folder) / f"{_plain_stem(path)}{_suffix(path, source.kind)}"
        charset = _copy(source, path, copy)
        yield replace(source, path=copy, staged=True, charset=charset)


def _require_own_data(source: Source) -> None:
    """Refuse text that is no data but tells the library below to read other places."""
    if source.kind not in _MARKUP | _JSON:
        return
    ends = _ends(source)
    if _POINTERS.search(ends):
        raise ReadError(
            f"{source.name}: it holds no data of its own but points at other places.",
            remedy="Name the file that holds the data.",
        )
    if source.kind in _JSON and _LINKED_SYSTEM.search(ends):
        raise ReadError(
            f"{source.name}: its coordinate system is given as an address, which is not fetched.",
            remedy="Open it in QGIS and export it again, with the system named.",
        )


def _ends(source: Source) -> bytes:
    """Return the first and the last bytes of an input, where such words stand."""
    if source.path is None:
        data = source.data or b""
        return data[: kinds.HEAD_BYTES] + data[-kinds.HEAD_BYTES :]
    with source.path.open("rb") as stream:
        head = stream.read(kinds.HEAD_BYTES)
        stream.seek(max(source.path.stat().st_size - kinds.HEAD_BYTES, 0))
        return head + stream.read()


def _require_plain_places(path: Path, name: str) -> None:
    """Refuse a KMZ that is no honest archive, or whose KML is not plain."""
    with tempfile.TemporaryDirectory(prefix="geotool-", ignore_cleanup_errors=True) as folder:
        made = archives.unpack(path, Path(folder), what=name)
        places = [item for item in made if item.suffix.lower() == ".kml"]
        for item in places:
            markup.require_plain(item, what=name)
    if not places:
        raise ReadError(f"{name}: it holds no KML.", remedy="Export it from Google Earth again.")


def _must_be_copied(path: Path, kind: str) -> bool:
    text = str(path)
    if kind == "kmz" and path.suffix.lower() != ".kmz":
        return True
    misread = not text.isprintable() or not _MISREAD.isdisjoint(text)
    mixed = kind == "shp" and path.suffix not in (".shp", ".SHP")
    return misread or mixed or kind in _ALWAYS_COPIED or (kind in _SQLITE and _logs_aside(path))


def _logs_aside(path: Path) -> bool:
    """Return whether a SQLite database keeps a log beside it, which is made even by reading."""
    with path.open("rb") as stream:
        head = stream.read(20)
    return head[18:20] == b"\x02\x02"


def _copy(source: Source, path: Path, copy: Path) -> str | None:
    if source.kind == "mapinfo":
        return mapinfo.stage(source, path, copy)
    if path.is_dir():
        shutil.copytree(path, copy)
        return None
    shutil.copyfile(path, copy)
    for suffix in _COPIED.get(source.kind, ()):
        part = part_of(path, suffix)
        if part is not None:
            shutil.copyfile(part, copy.with_suffix(suffix))
    if source.kind == "gml":
        _copy_schema(path, copy)
    log = path.with_name(f"{path.name}{_SQLITE_LOG}")
    if source.kind in _SQLITE and log.is_file():
        shutil.copyfile(log, copy.with_name(f"{copy.name}{_SQLITE_LOG}"))
    return None


def _copy_schema(path: Path, copy: Path) -> None:
    """Copy the schema beside a GML file, which says which columns are text."""
    part = part_of(path, ".xsd")
    if part is not None:
        markup.require_plain(part, what=str(part))
        shutil.copyfile(part, copy.with_suffix(".xsd"))


def _suffix(path: Path, kind: str) -> str:
    return ".kmz" if kind == "kmz" else path.suffix.lower()


def _plain_stem(path: Path) -> str:
    plain = (char if char.isprintable() and char not in _MISREAD else "_" for char in path.stem)
    return "".join(plain)
