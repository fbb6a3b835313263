"""Vector files read through the library that knows most formats.

GeoPackage, SpatiaLite, GeoJSON (also by lines, and TopoJSON), Shapefile, FlatGeobuf, File
geodatabase, MapInfo, KML, GPX and GML; GeoParquet and MicroStation drawings have modules of
their own. Curves come linearised. What the library says about a file it cannot read is turned
into a ``ReadError`` that names the file and the remedy.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio

from geotool.errors import ReadError
from geotool.records import LayerSchema
from geotool.sources import markup, sublayers
from geotool.sources.files import DisguisedError, Source
from geotool.sources.records import AUTO, Note, RawLayer, ReadOptions
from geotool.sources.staging import staged
from geotool.sources.vectors import bytewise, dgn, features, mapinfo, parquet, placemarks, shapefile
from geotool.sources.vectors.headed import Header, declared_system, flat_bounds, guarded

__all__ = ["Header", "list_sublayers", "read_header", "read_vector"]

_DRIVERS: dict[str, frozenset[str]] = {
    "gpkg": frozenset({"GPKG"}),
    "sqlite": frozenset({"SQLite", "GPKG"}),
    "geojson": frozenset({"GeoJSON"}),
    "topojson": frozenset({"TopoJSON"}),
    "geojsonseq": frozenset({"GeoJSONSeq"}),
    "shp": frozenset({"ESRI Shapefile"}),
    "shpzip": frozenset({"ESRI Shapefile"}),
    "dbf": frozenset({"ESRI Shapefile"}),
    "fgb": frozenset({"FlatGeobuf"}),
    "mapinfo": frozenset({"MapInfo File"}),
    "kml": frozenset({"LIBKML", "KML"}),
    "kmz": frozenset({"LIBKML", "KML"}),
    "gpx": frozenset({"GPX"}),
    "gml": frozenset({"GML"}),
    "gdb": frozenset({"OpenFileGDB"}),
    "dgn": frozenset({"DGN"}),
}
_STYLE_TABLES = frozenset({"layer_styles", "qgis_projects"})
_PLACES = frozenset({"kml", "kmz"})
_MARKUP = frozenset({"gml", "gpx", "kml"})
_EMPTY_LEFT_OUT = frozenset({"kml", "kmz", "gpx"})
_GPX_ORDER = {"point": ("waypoints", "route_points", "track_points"), "line": ("tracks", "routes")}


def list_sublayers(source: Source) -> list[str]:
    """Return the names of the layers in a vector file, style tables left out.

    Levels are the layers of a drawing. Empty folders of KML and empty parts of GPX are left
    out.
    """
    shapefile.require_parts(source)
    if source.kind == "shpzip":
        return list(shapefile.members(source))
    if source.kind in parquet.KINDS:
        return [Path(source.name).stem]
    with staged(source) as ready:
        names = dgn.list_levels(ready) if ready.kind == "dgn" else _list_layers(ready)
    if source.data is not None and len(names) == 1:
        return [source.name]  # the library below makes up a name, another one each time
    if source.kind in features.ONE_LAYER and source.path is not None:
        return [source.path.stem]
    return names


def _list_layers(source: Source) -> list[str]:
    listed = guarded(source, lambda: pyogrio.list_layers(source.target))
    names = [str(name) for name, _ in listed if str(name) not in _STYLE_TABLES]
    if source.kind not in _EMPTY_LEFT_OUT or len(names) == 1:
        return names
    return [name for name in names if features.read_info(source, name)["features"]]


def read_header(source: Source, sublayer: str) -> Header:
    """Return what one layer of a vector file declares."""
    if source.kind in parquet.KINDS:
        return parquet.read_parquet_header(source)
    require_whole(source)
    with staged(source) as ready:
        if ready.kind == "dgn":
            return dgn.read_level_header(ready, sublayer)
        header = replace(header_of(ready, features.read_info(ready, sublayer)), name=sublayer)
        return _tidy_header(ready, header) if ready.kind in _EMPTY_LEFT_OUT else header


def header_of(source: Source, info: Mapping[str, Any]) -> Header:
    """Return what a layer declares, from what the library below says of it.

    Raises
    ------
    DisguisedError
        When the file is of another kind than its name says.
    """
    if info["driver"] not in _DRIVERS[source.kind]:
        raise DisguisedError(
            f"{source.name}: named like {source.label}, but it is {info['driver']}.",
            remedy="Give the file its true suffix, or export it again.",
        )
    bounds = info["total_bounds"]
    system = declared_system(info["crs"])
    if source.kind == "mapinfo":
        system = mapinfo.true_system(system, None, source.name)[0]
    return Header(
        name=info["layer_name"],
        geometry=info["geometry_type"],
        crs=system,
        count=int(info["features"]),
        bounds=None if bounds is None else flat_bounds(list(bounds)),
        columns=tuple(unicodedata.normalize("NFC", str(name)) for name in info["fields"]),
    )


def read_vector(source: Source, schema: LayerSchema, options: ReadOptions) -> RawLayer:
    """Read one layer of a vector file, rows in file order.

    Of several layers the one named is read, else the one named like the layer wanted, else
    the only one whose shapes fit it, which is noted. Folders of a KML file with the same
    columns are read as one layer with a column ``folder``, which is noted too.

    Parameters
    ----------
    source
        The input.
    schema
        The layer it is read as.
    options
        ``encoding`` is that of the text of a shapefile or MapInfo table; None takes what the
        file states, then UTF-8, then the one its bytes show, which is reported.

    Raises
    ------
    ReadError
        When the file cannot be read, or the choice of the sublayer is open.
    """
    shapefile.require_parts(source)
    if source.kind in parquet.KINDS:
        raw = parquet.read_rows(source)
        return replace(raw, frame=_composed(raw.frame))
    require_whole(source)
    with staged(source) as ready:
        if ready.kind == "dgn":
            return dgn.read_level(ready, schema, options)
        names = list_sublayers(ready)
        chosen, notes = choose_layers(ready, names, schema)
        raws = [_read_one(ready, name, options) for name in chosen]
        if ready.kind in _PLACES:
            raws = [placemarks.only_meant(raw, schema.geometry) for raw in raws]
    raw = raws[0] if len(raws) == 1 else _joined(chosen, raws)
    return replace(raw, notes=(*notes, *raw.notes))


def require_whole(source: Source) -> None:
    """Refuse XML that is cut short: the library below reads what there is and says nothing.

    Raises
    ------
    ReadError
        When it does not end as XML ends.
    """
    if source.kind in _MARKUP and not markup.is_whole(source.target, what=source.name):
        raise ReadError(
            f"{source.name}: it is cut short or damaged: its XML does not end as it should.",
            remedy="Copy or export it again, or read what is whole with --salvage.",
        )


def _read_one(source: Source, sublayer: str, options: ReadOptions) -> RawLayer:
    header = read_header(source, sublayer)
    frame, raw = _decoded(source, sublayer, options)
    notes = list(raw.notes)
    if source.kind == "fgb" and len(frame) != header.count:
        raise ReadError(
            f"{source.name}: it is cut short, {len(frame)} of {header.count} rows can be read.",
            remedy="Copy or export it again.",
        )
    notes += column_notes(source, header)
    frame, found = _tidy(source, frame)
    notes += found
    system, found = system_of(source, header, options)
    notes += found
    if found and isinstance(frame, gpd.GeoDataFrame):
        frame = frame.set_crs(system, allow_override=True)
    return RawLayer(
        frame=_composed(frame),
        sublayer=sublayer,
        shapes=isinstance(frame, gpd.GeoDataFrame),
        crs=system,
        encoding=raw.encoding,
        confidence=raw.confidence,
        notes=tuple(notes),
    )


def column_notes(source: Source, header: Header) -> list[Note]:
    """Return a note where a column has the name of the shape."""
    if header.geometry is None or "geometry" not in header.columns:
        return []
    text = f"{source.name}: its column 'geometry' has the name of the shape and was not read."
    return [("column_not_read", text, "Rename that column.")]


def system_of(
    source: Source, header: Header, options: ReadOptions
) -> tuple[str | None, list[Note]]:
    """Return the system a layer declares, of MapInfo with the datum it lost, and what to note."""
    if source.kind != "mapinfo":
        return header.crs, []
    named = None if options.src_crs == AUTO else options.src_crs
    declared = declared_system(features.read_info(source, header.name)["crs"])
    return mapinfo.true_system(declared, named, source.name)


def _tidy_header(source: Source, header: Header) -> Header:
    """Return a header with the columns that hold data, and the kinds of shape met."""
    frame = _tidy(source, features.read_rows(source, header.name, None))[0]
    columns = tuple(str(name) for name in frame.columns if name != "geometry")
    kinds = sorted({str(kind) for kind in frame.geometry.dropna().geom_type})
    return replace(header, columns=columns, geometry=", ".join(kinds) or header.geometry)


def _tidy(source: Source, frame: pd.DataFrame) -> tuple[pd.DataFrame, list[Note]]:
    """Return rows without the columns that are only of the format, and what was noticed."""
    if source.kind in _PLACES:
        return placemarks.tidy_places(frame, source.name)
    if source.kind == "gpx":
        return placemarks.tidy_tracks(frame), []
    if source.kind == "gml":
        return placemarks.number_columns(frame), []
    return frame, []


def choose_layers(
    source: Source, names: Sequence[str], schema: LayerSchema
) -> tuple[list[str], list[Note]]:
    """Return the layers to read, one or the folders that are one, and what was guessed.

    Raises
    ------
    ReadError
        When the choice is open.
    """
    try:
        return [sublayers.choose(source, names, schema.name)], []
    except ReadError:
        fitting = [] if source.sublayer is not None else _fitting(source, names, schema)
        if not fitting:
            raise
    left = ", ".join(name for name in names if name not in fitting)
    rest = f"; left out, as their shapes do not fit: {left}" if left else ""
    word = "folders were read as one layer" if len(fitting) > 1 else "is the layer read"
    text = f"{source.name}: {', '.join(fitting)} {word}{rest}."
    return fitting, [("layer_chosen", text, f"Name one: {source.name}#{names[0]}")]


def _fitting(source: Source, names: Sequence[str], schema: LayerSchema) -> list[str]:
    """Return the one layer whose shapes are of a kind wanted, or the folders that are one."""
    if source.kind == "gpx":
        order = [name for kind in schema.geometry for name in _GPX_ORDER.get(kind, ())]
        return [name for name in order if name in names][:1]
    found = [name for name in names if _fits(source, _shape_words(source, name), schema)]
    if len(found) < 2:
        return found
    one = source.kind in _PLACES and len({_columns(source, name) for name in found}) == 1
    return found if one else []


def _fits(source: Source, words: set[str], schema: LayerSchema) -> bool:
    """Return whether shapes fit; folders of places are mixed, so that some suffice there."""
    fitting = [any(kind in word for kind in schema.geometry) for word in words]
    return any(fitting) if source.kind in _PLACES else bool(words) and all(fitting)


def _shape_words(source: Source, name: str) -> set[str]:
    """Return the kinds of shape in a layer in small letters: "multipolygon"."""
    info = features.read_info(source, name)
    declared = str(info["geometry_type"] or "")
    if declared not in ("", "Unknown"):
        return {declared.casefold()}
    if not declared:
        return set()
    shapes = features.read_rows(source, name, None).geometry.dropna()
    return {str(kind).casefold() for kind in shapes.geom_type.unique()}


def _columns(source: Source, name: str) -> frozenset[str]:
    if source.kind not in _PLACES:
        return frozenset(str(field) for field in features.read_info(source, name)["fields"])
    tidy, _ = _tidy(source, features.read_rows(source, name, None))
    return frozenset(str(column) for column in tidy.columns) - {"Name", "description", "id"}


def _joined(names: Sequence[str], raws: Sequence[RawLayer]) -> RawLayer:
    """Return folders as one layer, in their order, with a column that names the folder."""
    word = placemarks.FOLDER
    frames = [
        raw.frame if word in raw.frame.columns else raw.frame.assign(**{word: name})
        for name, raw in zip(names, raws, strict=True)
    ]
    notes = tuple(note for raw in raws for note in raw.notes)
    frame = pd.concat(frames, ignore_index=True)
    return replace(raws[0], frame=frame, sublayer=", ".join(names), notes=notes)


def _decoded(
    source: Source, sublayer: str, options: ReadOptions
) -> tuple[pd.DataFrame, bytewise.Decoded]:
    """Read a layer and, where the format does not say for sure, its text in the right encoding."""
    if source.kind not in features.BYTEWISE:
        frame = features.read_rows(source, sublayer, None)
        return frame, bytewise.Decoded(frame, "", None, ())
    found = bytewise.decode_frame(
        features.read_rows(source, sublayer, bytewise.CODEC),
        source.name,
        given=options.encoding,
        stated=features.stated_encoding(source, sublayer),
        what=features.stated_in(source),
    )
    return found.frame, found


def _composed(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with column names in composed Unicode."""
    names = {name: unicodedata.normalize("NFC", str(name)) for name in frame.columns}
    return frame.rename(columns={old: new for old, new in names.items() if old != new})
