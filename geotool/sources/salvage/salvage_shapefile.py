"""A damaged shapefile, record by record: .shp, .shx and .dbf each as far as they go."""

import tempfile
from dataclasses import replace
from pathlib import Path

import pyogrio

from geotool.errors import ReadError
from geotool.sources.files import Source, part_of
from geotool.sources.records import RawLayer, ReadOptions
from geotool.sources.salvage.dbf_rows import DamagedRowError, Dbf, open_dbf
from geotool.sources.salvage.salvaged import CUT_OFF, Salvaged, limit
from geotool.sources.salvage.shp_records import (
    EMPTY_FILE,
    DamagedShapeError,
    ShpRecords,
    find_records,
)
from geotool.sources.vectors import bytewise, shapefile
from geotool.sources.vectors.headed import declared_system, guarded

_STATED = ".cpg file"


def read_records(source: Source, path: Path, options: ReadOptions) -> RawLayer:
    """Return the sound records of a shapefile, and the others with their reasons.

    A record is a shape and its row; when the .dbf is lost altogether the shapes come without.

    Raises
    ------
    ReadError
        When nothing of it could be read, or its text is in no known encoding.
    """
    shapes = find_records(path.read_bytes(), _bytes_of(path, ".shx"))
    dbf = open_dbf(_bytes_of(path, ".dbf"))
    found = Salvaged(columns=[] if dbf is None else [field.name for field in dbf.fields])
    for number in range(1, _last(shapes, dbf) + 1):
        _take(found, number, shapes, dbf)
    raw = found.layer(source, path.stem, _system(source, path))
    if dbf is None:
        text = f"{source.name}: its .dbf is missing or damaged, so no record has attributes."
        return replace(raw, notes=(("attributes_lost", text, ""),))
    return _decoded(source, path, found, options)


def _take(found: Salvaged, number: int, shapes: ShpRecords, dbf: Dbf | None) -> None:
    """Keep or reject one record."""
    if number not in shapes.places:
        behind = number >= shapes.cut
        found.reject(number, CUT_OFF if behind else "its record in the .shp is damaged")
        return
    if dbf is not None and number > dbf.count:
        found.reject(number, "cut off: its row of the .dbf is missing")
        return
    try:
        cells = {} if dbf is None else dbf.row(number - 1)
        found.keep(number, cells, shapes.shape(number))
    except (DamagedRowError, DamagedShapeError) as error:
        found.reject(number, str(error))


def _last(shapes: ShpRecords, dbf: Dbf | None) -> int:
    """Return the number of records there were, by what the parts say and can be believed."""
    known = max(shapes.last, 0 if dbf is None else dbf.count)
    stated = 0 if dbf is None else dbf.stated
    return max(known, stated) if stated <= limit("listed_max") else known


def _bytes_of(path: Path, suffix: str) -> bytes:
    part = part_of(path, suffix)
    return b"" if part is None else part.read_bytes()


def _system(source: Source, path: Path) -> str | None:
    """Return the system of the .prj as the usual reader names it, by way of an empty file."""
    text = _bytes_of(path, ".prj")
    if not text.strip() or not _is_utf8(text):
        return None
    with tempfile.TemporaryDirectory(prefix="geotool-", ignore_cleanup_errors=True) as folder:
        empty = Path(folder) / "empty.shp"
        for suffix in (".shp", ".shx"):
            empty.with_suffix(suffix).write_bytes(EMPTY_FILE)
        empty.with_suffix(".prj").write_bytes(text)
        try:
            info = guarded(source, lambda: pyogrio.read_info(empty))
        except ReadError:
            return None
    return declared_system(info["crs"])


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _decoded(source: Source, path: Path, found: Salvaged, options: ReadOptions) -> RawLayer:
    """Return the rows with their text decoded, without rows whose text cannot be."""
    stated = shapefile.code_page(path)
    try:
        text = _text(source, found, options, stated)
    except ReadError:
        bad = _undecodable(found, options.encoding or stated or "utf-8")
        if not bad or 2 * len(bad) >= len(found.numbers):
            raise
        found.drop(dict.fromkeys(bad, "its text is damaged"))
        text = _text(source, found, options, stated)
    raw = found.layer(source, path.stem, _system(source, path))
    frame = raw.frame[["geometry"]].join(text.frame)
    return replace(
        raw,
        frame=frame[[*text.frame.columns, "geometry"]],
        encoding=text.encoding,
        confidence=text.confidence,
        notes=text.notes,
    )


def _text(
    source: Source, found: Salvaged, options: ReadOptions, stated: str | None
) -> bytewise.Decoded:
    table = found.table().drop(columns=["geometry"], errors="ignore")
    return bytewise.decode_frame(
        table, source.name, given=options.encoding, stated=stated, what=_STATED
    )


def _undecodable(found: Salvaged, encoding: str) -> list[int]:
    """Return the positions of rows whose text is not in an encoding."""
    bad = []
    for position, row in enumerate(found.cells):
        raw = "".join(cell for cell in row.values() if isinstance(cell, str)).encode("latin-1")
        try:
            raw.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            bad.append(position)
    return bad
