"""Vector files: GeoPackage, GeoJSON, Shapefile (also zipped), FlatGeobuf and GeoParquet.

Curves come linearised. What the library below says about a file it cannot read is turned
into a ``ReadError`` that names the file and the remedy.
"""

import json
import unicodedata
import warnings
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
from geotool.sources import shapefile, tables
from geotool.sources.files import DisguisedError, Source, plain_path
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
_STYLE_TABLES = frozenset({"layer_styles", "qgis_projects"})
_LON_LAT = "OGC:CRS84"
_BYTEWISE = "ISO-8859-1"
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
    shapefile.require_parts(source)
    if source.kind == "shpzip":
        return list(shapefile.members(source))
    if source.kind == "parquet":
        return [Path(source.name).stem]
    listed = _guarded(source, pyogrio.list_layers)
    if source.data is not None and len(listed) == 1:
        return [source.name]  # the library below makes up a name, another one each time
    return [str(name) for name, _ in listed if str(name) not in _STYLE_TABLES]


def read_header(source: Source, sublayer: str) -> Header:
    """Return what one layer of a vector file declares."""
    if source.kind == "parquet":
        return _parquet_header(source)
    info = _read_info(source, sublayer)
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
        columns=tuple(unicodedata.normalize("NFC", str(name)) for name in info["fields"]),
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
        raise ReadError(
            f"{source.name}: cannot be read as {source.label} ({_reason(error)}).",
            remedy="Open it in the program that wrote it, and export or copy it again.",
        ) from error


def _reason(error: Exception) -> str:
    """Return in a few words why the library below gave up."""
    if isinstance(error, UnicodeDecodeError):
        return f"its text is not {error.encoding}; --encoding names another"
    text = " ".join(str(error).split())
    if "sqlite3_" in text or "database disk image" in text:
        return "it is damaged or cut short"
    return text.split("; It might help")[0].rstrip(". ")[:200] or type(error).__name__


def _read_info(source: Source, sublayer: str) -> dict[str, Any]:
    def info(encoding: str | None) -> dict[str, Any]:
        return _guarded(
            source,
            lambda target: pyogrio.read_info(
                _inside(source, target, sublayer),
                layer=_layer_name(source, sublayer),
                encoding=encoding,
                force_feature_count=True,
                force_total_bounds=True,
            ),
        )

    try:
        return info(None)
    except ReadError as error:
        if not _is_shapefile(source) or not isinstance(error.__cause__, UnicodeDecodeError):
            raise
    found = info(_BYTEWISE)
    return {
        **found,
        "fields": [shapefile.field_name(str(name), "utf-8") for name in found["fields"]],
    }


def _read(source: Source, sublayer: str, encoding: str | None) -> pd.DataFrame:
    def work(target: Path | bytes) -> pd.DataFrame:
        frame: pd.DataFrame = pyogrio.read_dataframe(
            _inside(source, target, sublayer),
            layer=_layer_name(source, sublayer),
            encoding=encoding,
            use_arrow=False,
        )
        return frame

    return _guarded(source, work)


def _is_shapefile(source: Source) -> bool:
    return source.kind in ("shp", "shpzip")


def _layer_name(source: Source, sublayer: str) -> str | None:
    """Return the layer to ask the library below for, None for the only one."""
    return None if _is_shapefile(source) or source.data is not None else sublayer


def _decoded(
    source: Source, sublayer: str, encoding: str | None
) -> tuple[pd.DataFrame, str | None, list[Note]]:
    """Read a layer and the text of a shapefile in the right encoding."""
    if not _is_shapefile(source):
        return _read(source, sublayer, None), None, []
    if encoding is not None:
        tables.require_encoding(encoding)
    page = encoding or shapefile.code_page(source, sublayer)
    if page is not None:
        return _read_bytewise(source, sublayer, page), page, []
    try:
        return _read_bytewise(source, sublayer, "utf-8"), "utf-8", []
    except ReadError as error:
        if not isinstance(error.__cause__, UnicodeDecodeError):
            raise
    note = (
        "text_encoding",
        f"{source.name}: no .cpg file names its code page; not UTF-8, so read as Windows-1258.",
        "Compare the names with the original; name the encoding or export the file as UTF-8.",
    )
    return _read_bytewise(source, sublayer, shapefile.WINDOWS), shapefile.WINDOWS, [note]


def _read_bytewise(source: Source, sublayer: str, encoding: str) -> pd.DataFrame:
    """Read a shapefile byte by byte and decode its text here.

    The library below loses the last letter of a text in Windows-1258, whose letters may be
    followed by an accent, and stops at a column name that was cut within a letter.
    """
    frame = _read(source, sublayer, _BYTEWISE)

    def decoded(value: object) -> object:
        if not isinstance(value, str):
            return value
        return unicodedata.normalize("NFC", value.encode("latin-1").decode(encoding))

    def work(_: Path | bytes) -> pd.DataFrame:
        names = {name: shapefile.field_name(str(name), encoding) for name in frame.columns}
        plain = frame.rename(columns=names)
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
    member = shapefile.members(source)[sublayer]
    return "/vsizip/{" + Path(str(target)).resolve().as_posix() + "}/" + member


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
