"""MapInfo tables: the files one consists of, the encoding its header states, its lost datum.

The library below decodes by the header's word, which is often wrong ("Neutral" text in TCVN3).
A copy whose header says "Neutral" hands the bytes on as they are.
"""

import re
from pathlib import Path

import pyproj

from geotool import crs
from geotool.errors import ReadError
from geotool.sources.files import Source, part_of, parts_of
from geotool.sources.records import Note

_NEUTRAL = b"Neutral"
_HEADER_BYTES = 1 << 16
_CHARSET = re.compile(rb"(charset[ \t]+\"?)([\w-]+)", re.IGNORECASE)
_TYPE = re.compile(rb"^\s*type\s+\"?(\w+)", re.IGNORECASE | re.MULTILINE)
_SEAMLESS = re.compile(rb"IsSeamless\"\s*=\s*\"TRUE", re.IGNORECASE)
_MIF_TEXT = re.compile(rb"^\s*(columns|data)\b", re.IGNORECASE | re.MULTILINE)
_CODECS = {
    "windowslatin1": "cp1252",
    "windowslatin2": "cp1250",
    "windowsvietnamese": "cp1258",
    "windowscyrillic": "cp1251",
    "windowsgreek": "cp1253",
    "windowsturkish": "cp1254",
    "windowssimpchinese": "gbk",
    "windowstradchinese": "big5",
    "windowsjapanese": "cp932",
    "windowskorean": "cp949",
    "iso8859_1": "iso8859-1",
    "utf-8": "utf-8",
}
_UTM_SCALE, _UTM_MERIDIANS = 0.9996, (105.0, 111.0)
_COMPANIONS = {b"NATIVE": (".dat",), b"LINKED": (".dat",), b"DBF": (".dbf",)}
_COPIED = (".dat", ".map", ".id", ".ind", ".dbf", ".mid")


def stage(source: Source, path: Path, copy: Path) -> str | None:
    """Copy a table aside with its companions; return the codec its header states.

    ``copy`` is the place of the .tab or .mif file; None is returned for "Neutral".

    Raises
    ------
    ReadError
        When a companion is missing, or the table holds no data of its own.
    """
    raw = path.read_bytes()
    if path.suffix.lower() == ".mif":
        end = _end_of_head(raw)
        _require(source, path, (".mid",))
    else:
        end = len(raw)
        _require_native(source, path, raw)
    head = raw[:end]
    found = _CHARSET.search(head)
    plain = _CHARSET.sub(rb"\g<1>" + _NEUTRAL, head)
    copy.write_bytes(plain + raw[end:])
    for suffix in _COPIED:
        part = part_of(path, suffix)
        if part is not None:
            copy.with_suffix(suffix).write_bytes(part.read_bytes())
    return None if found is None else _CODECS.get(found[2].decode("ascii", "replace").lower())


def true_system(
    declared: str | None, src_crs: str | None, name: str
) -> tuple[str | None, list[Note]]:
    """Return the system a table is in, where the format lost its datum, and what to note.

    MapInfo has no VN-2000 of its own: programs write WGS 84 (datum 104) with the projection of
    a VN-2000 zone, and the layer lands 225 m off.

    Parameters
    ----------
    declared
        What the header says, as text.
    src_crs
        The system the user names, which wins.
    name
        The file, for the note.
    """
    if declared is None or src_crs is not None:
        return declared, []
    twin = crs.vn2000_twin(declared)
    if twin is None:
        return declared, _doubt(declared, name)
    code = crs.code_of(twin)
    text = (
        f"{name}: its header says WGS 84 with the projection of {crs.name_of(twin)}; MapInfo "
        "loses the datum of VN-2000 when a table is written so, and it is read as VN-2000."
    )
    remedy = (
        "If the coordinates truly are on WGS 84, say so: --src-crs with the WGS 84 system. "
        "The two lie about 225 m apart."
    )
    return code, [("datum_lost", text, remedy)]


def _doubt(declared: str, name: str) -> list[Note]:
    """Return a note when the system is UTM on WGS 84, which may be VN-2000 or truly WGS 84."""
    system = pyproj.CRS.from_user_input(declared)
    operation = system.coordinate_operation if system.is_projected else None
    if crs.is_vn2000(system) or operation is None:
        return []
    values = {item.name: float(item.value) for item in operation.params}
    if (
        values.get("Scale factor at natural origin") != _UTM_SCALE
        or values.get("Longitude of natural origin") not in _UTM_MERIDIANS
    ):
        return []
    text = (
        f"{name}: its header says UTM on WGS 84; MapInfo loses the datum of VN-2000 when a table "
        "is written so, and the two lie about 225 m apart. It is read as it says."
    )
    return [("datum_doubtful", text, "If it is VN-2000, say so: --src-crs EPSG:3405 or EPSG:3406.")]


def _end_of_head(raw: bytes) -> int:
    found = _MIF_TEXT.search(raw[:_HEADER_BYTES])
    return found.start() if found is not None else min(len(raw), _HEADER_BYTES)


def _require_native(source: Source, path: Path, raw: bytes) -> None:
    found = _TYPE.search(raw)
    kind = found[1].upper() if found is not None else b""
    if _SEAMLESS.search(raw) or kind == b"VIEW":
        raise ReadError(
            f"{source.name}: this table only joins other tables.",
            remedy="Name the .tab file of one of them.",
        )
    if kind not in _COMPANIONS:
        shown = kind.decode("ascii", "replace") or "none"
        raise ReadError(
            f"{source.name}: this table registers data of another kind ({shown}), not its own.",
            remedy="Name the file it registers, or in MapInfo save a copy as a MapInfo table.",
        )
    _require(source, path, _COMPANIONS[kind])


def _require(source: Source, path: Path, suffixes: tuple[str, ...]) -> None:
    held = {part.suffix.lower() for part in parts_of(path)}
    missing = [s for s in suffixes if s not in held and part_of(path, s) is None]
    if missing:
        raise ReadError(
            f"{source.name}: the MapInfo table is incomplete: it lacks {' and '.join(missing)}.",
            remedy="Copy all its files together: .tab, .dat, .map and .id, or .mif and .mid.",
        )
