"""Vector files: GeoPackage, GeoJSON, Shapefile (also zipped), FlatGeobuf and GeoParquet.

Curves come linearised. What the library below says about a file it cannot read is turned
into a ``ReadError`` that names the file and the remedy.
"""

import json
import unicodedata
import warnings
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import shapely

from geotool.errors import ReadError, UsageError
from geotool.sources import tables
from geotool.sources.files import DisguisedError, Source, part_of, plain_path
from geotool.sources.records import RawLayer

_DRIVERS = {
    "gpkg": "GPKG",
    "geojson": "GeoJSON",
    "shp": "ESRI Shapefile",
    "shpzip": "ESRI Shapefile",
    "fgb": "FlatGeobuf",
}
_FAILURES = (
    RuntimeError,
    ValueError,
    OSError,
    LookupError,
    TypeError,
    AttributeError,
    OverflowError,
    NotImplementedError,
    shapely.errors.ShapelyError,
    pa.ArrowException,
)
_NEEDED_PARTS = (".shx", ".dbf")
_STYLE_TABLES = frozenset({"layer_styles", "qgis_projects"})
_LON_LAT = "OGC:CRS84"
_WINDOWS = "cp1258"
_NO_SYSTEM = ("LOCAL_CS[", "ENGCRS[", 'GEOGCS["Undefined', 'GEOGCRS["Undefined')

Note = tuple[str, str, str]
ResultT = TypeVar("ResultT")


@dataclass(frozen=True)
class Header:
    """What a vector layer declares; ``crs`` is text or None."""

    name: str
    geometry: str | None
    crs: str | None
    count: int
    bounds: tuple[float, float, float, float] | None
    columns: tuple[str, ...]


def list_sublayers(source: Source) -> list[str]:
    """Return the names of the layers in a vector file, style tables left out."""
    _require_parts(source)
    if source.kind == "shpzip":
        return list(_members(source))
    if source.kind == "parquet":
        return [Path(source.name).stem]
    listed = _guarded(source, pyogrio.list_layers)
    return [str(name) for name, _ in listed if str(name) not in _STYLE_TABLES]


def read_header(source: Source, sublayer: str) -> Header:
    """Return what one layer of a vector file declares."""
    if source.kind == "parquet":
        return _parquet_header(source)
    info = _guarded(
        source, lambda target: _info(_inside(source, target, sublayer), source, sublayer)
    )
    if info["driver"] != _DRIVERS[source.kind]:
        raise DisguisedError(
            f"{source.name}: named like {source.label}, but it is {info['driver']}.",
            remedy="Give the file its true suffix, or export it again.",
        )
    bounds = info["total_bounds"]
    return Header(
        name=sublayer,
        geometry=info["geometry_type"],
        crs=_declared(info["crs"]),
        count=int(info["features"]),
        bounds=None if bounds is None else _flat_bounds(list(bounds)),
        columns=tuple(str(name) for name in info["fields"]),
    )


def read_vector(source: Source, layer: str, encoding: str | None) -> RawLayer:
    """Read one layer of a vector file, rows in file order.

    Parameters
    ----------
    source
        The input.
    layer
        Canonical layer name, for files with several layers.
    encoding
        Encoding of a shapefile's text; None takes its .cpg file, then UTF-8, then
        Windows-1258, which is reported.

    Raises
    ------
    ReadError
        When the file cannot be read, or the choice of the sublayer is open.
    """
    if source.kind == "parquet":
        return _read_parquet(source)
    sublayer = tables.choose(source, list_sublayers(source), layer, "layer")
    header = read_header(source, sublayer)
    frame, used, notes = _decoded(source, sublayer, encoding)
    if source.kind == "fgb" and len(frame) != header.count:
        raise ReadError(
            f"{source.name}: it is cut short, {len(frame)} of {header.count} rows can be read.",
            remedy="Copy or export it again.",
        )
    if header.geometry is not None and "geometry" in header.columns:
        text = f"{source.name}: its column 'geometry' has the name of the shape and was not read."
        notes.append(("column_not_read", text, "Rename that column."))
    return RawLayer(
        frame=_composed(frame),
        sublayer=sublayer,
        shapes=isinstance(frame, gpd.GeoDataFrame),
        crs=header.crs,
        encoding=used,
        notes=tuple(notes),
    )


def _guarded(source: Source, work: Callable[[Path | bytes], ResultT]) -> ResultT:
    """Do some work of the library below; its failures and warnings end here."""
    try:
        with warnings.catch_warnings(), plain_path(source) as target:
            warnings.simplefilter("ignore")
            return work(target)
    except (ReadError, UsageError):
        raise
    except _FAILURES as error:
        reason = " ".join(str(error).split()).split("; It might help")[0][:200]
        raise ReadError(
            f"{source.name}: cannot be read as {source.label} ({reason}).",
            remedy="Open it in the program that wrote it, and export or copy it again.",
        ) from error


def _info(target: Path | bytes | str, source: Source, sublayer: str) -> dict[str, Any]:
    layer = None if source.kind in ("shp", "shpzip") else sublayer
    info: dict[str, Any] = pyogrio.read_info(
        target, layer=layer, force_feature_count=True, force_total_bounds=True
    )
    return info


def _read(source: Source, sublayer: str, encoding: str | None) -> pd.DataFrame:
    layer = None if source.kind in ("shp", "shpzip") else sublayer

    def work(target: Path | bytes) -> pd.DataFrame:
        frame: pd.DataFrame = pyogrio.read_dataframe(
            _inside(source, target, sublayer), layer=layer, encoding=encoding, use_arrow=False
        )
        return frame

    return _guarded(source, work)


def _decoded(
    source: Source, sublayer: str, encoding: str | None
) -> tuple[pd.DataFrame, str | None, list[Note]]:
    """Read a layer and the text of a shapefile in the right encoding."""
    if source.kind not in ("shp", "shpzip"):
        return _read(source, sublayer, None), None, []
    if encoding is not None:
        tables.require_encoding(encoding)
        return _read_bytewise(source, sublayer, encoding), encoding, []
    page = _code_page(source, sublayer)
    if page == _WINDOWS:
        return _read_bytewise(source, sublayer, page), page, []
    if page is not None:
        return _read(source, sublayer, None), page, []
    try:
        return _read(source, sublayer, "UTF-8"), "utf-8", []
    except ReadError as error:
        if not isinstance(error.__cause__, UnicodeDecodeError):
            raise
    note = (
        "text_encoding",
        f"{source.name}: it has no .cpg file and its text is not UTF-8; read as Windows-1258.",
        "Compare the names with the original; name the encoding or export the file as UTF-8.",
    )
    return _read_bytewise(source, sublayer, _WINDOWS), _WINDOWS, [note]


def _read_bytewise(source: Source, sublayer: str, encoding: str) -> pd.DataFrame:
    """Read a shapefile byte by byte and decode its text here.

    The library below loses the last letter of a text in Windows-1258, whose letters may be
    followed by an accent.
    """
    frame = _read(source, sublayer, "ISO-8859-1")

    def decoded(value: object) -> object:
        if not isinstance(value, str):
            return value
        return unicodedata.normalize("NFC", value.encode("latin-1").decode(encoding))

    def work(_: Path | bytes) -> pd.DataFrame:
        plain = frame.rename(columns=decoded)
        for name in plain.columns:
            if pd.api.types.is_object_dtype(plain[name]) or pd.api.types.is_string_dtype(
                plain[name]
            ):
                cells = [decoded(value) for value in plain[name].tolist()]
                plain[name] = pd.Series(cells, index=plain.index, dtype=object)
        return plain

    return _guarded(source, work)


def _inside(source: Source, target: Path | bytes, sublayer: str) -> Path | bytes | str:
    """Return the address of a member when the file is an archive."""
    if source.kind != "shpzip":
        return target
    member = _members(source)[sublayer]
    return "/vsizip/{" + Path(str(target)).resolve().as_posix() + "}/" + member


def _members(source: Source) -> dict[str, str]:
    """Return stem -> member of every shapefile in an archive."""
    try:
        with zipfile.ZipFile(str(source.path)) as archive:
            names = sorted(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise ReadError(
            f"{source.name}: the archive is damaged.", remedy="Copy or download it again."
        ) from error
    shapes = [n for n in names if n.lower().endswith(".shp") and not n.startswith("__MACOSX/")]
    if not shapes:
        held = ", ".join(names[:5]) or "nothing"
        raise ReadError(
            f"{source.name}: the archive holds no shapefile but {held}.",
            remedy="Unpack it and name the file inside, or zip the parts of one shapefile.",
        )
    lower = {name.lower() for name in names}
    for name in shapes:
        missing = [part for part in _NEEDED_PARTS if name[:-4].lower() + part not in lower]
        _refuse_missing(source, missing)
    return {Path(name).stem: name for name in shapes}


def _require_parts(source: Source) -> None:
    if source.kind == "shp" and source.path is not None:
        path = source.path
        _refuse_missing(source, [part for part in _NEEDED_PARTS if part_of(path, part) is None])


def _refuse_missing(source: Source, missing: list[str]) -> None:
    if missing:
        raise ReadError(
            f"{source.name}: the shapefile is incomplete, {' and '.join(missing)} is missing.",
            remedy="Copy all its files together: .shp, .shx, .dbf, .prj and .cpg.",
        )


def _code_page(source: Source, sublayer: str) -> str | None:
    """Return what a shapefile's .cpg file names, a codec where Python has one."""
    raw = b""
    if source.kind == "shp" and source.path is not None:
        part = part_of(source.path, ".cpg")
        raw = b"" if part is None else part.read_bytes()
    elif source.kind == "shpzip":
        wanted = _members(source)[sublayer][:-4].lower() + ".cpg"
        with zipfile.ZipFile(str(source.path)) as archive:
            raw = b"".join(archive.read(n) for n in archive.namelist() if n.lower() == wanted)
    text = raw.decode("ascii", errors="replace").strip()
    digits = "".join(char for char in text if char.isdigit())
    return None if not text else (_WINDOWS if digits == "1258" else text)


def _declared(text: str | None) -> str | None:
    """Return a declared CRS, None for the placeholders that mean "not known"."""
    if text is None or not str(text).strip():
        return None
    return None if text.startswith(_NO_SYSTEM) else text


def _composed(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with column names in composed Unicode."""
    names = {name: unicodedata.normalize("NFC", str(name)) for name in frame.columns}
    return frame.rename(columns={old: new for old, new in names.items() if old != new})


def _read_parquet(source: Source) -> RawLayer:
    def work(target: Path | bytes) -> tuple[pd.DataFrame, bool]:
        geo = _geo_of(pq.read_schema(target))
        if geo is None:
            return pd.read_parquet(Path(str(target))), False
        frame = gpd.read_parquet(target)
        return _one_shape_column(frame), True

    frame, shapes = _guarded(source, work)
    system = frame.crs.to_wkt() if shapes and frame.crs is not None else None
    if shapes and system is not None:
        system = frame.crs.to_string()
    return RawLayer(
        frame=_composed(frame.reset_index(drop=True)),
        sublayer=None,
        shapes=shapes,
        crs=_declared(system),
    )


def _one_shape_column(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the frame with its active shape named geometry and no other shapes."""
    active = frame.geometry.name
    others = [c for c in frame.columns if frame[c].dtype == "geometry" and c != active]
    kept = frame.drop(columns=others)
    return kept if active == "geometry" else kept.rename_geometry("geometry")


def _geo_of(arrow: pa.Schema) -> Mapping[str, Any] | None:
    raw = (arrow.metadata or {}).get(b"geo")
    if raw is None:
        return None
    geo: Mapping[str, Any] = json.loads(raw)
    return geo


def _parquet_header(source: Source) -> Header:
    def work(target: Path | bytes) -> Header:
        with pq.ParquetFile(target) as file:
            arrow, count = file.schema_arrow, file.metadata.num_rows
        geo = _geo_of(arrow)
        names = tuple(arrow.names)
        stem = Path(source.name).stem
        if geo is None:
            return Header(stem, None, None, count, None, names)
        primary = geo["primary_column"]
        column = geo["columns"][primary]
        return Header(
            name=stem,
            geometry=", ".join(column.get("geometry_types") or []) or "Unknown",
            crs=_parquet_crs(column),
            count=count,
            bounds=_flat_bounds(column.get("bbox")),
            columns=tuple(name for name in names if name != primary),
        )

    return _guarded(source, work)


def _parquet_crs(column: Mapping[str, Any]) -> str | None:
    """Return the CRS of a GeoParquet column: longitude and latitude when none is stated."""
    if "crs" not in column:
        return _LON_LAT
    return None if column["crs"] is None else json.dumps(column["crs"])


def _flat_bounds(box: list[float] | None) -> tuple[float, float, float, float] | None:
    if box is None:
        return None
    half = len(box) // 2
    return (float(box[0]), float(box[1]), float(box[half]), float(box[half + 1]))
