"""What is in a file, from its headers."""

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyproj

from geotool import crs
from geotool.errors import ReadError, SchemaError
from geotool.sources import coordinates, files, systems, tables, vector
from geotool.sources.files import Source
from geotool.sources.records import SourceLayer


def describe_source(path: Path | str) -> list[SourceLayer]:
    """List what is in a file; see ``sources.describe_source``.

    Tables are read whole, as they have no headers; vector files are not. The bounds of a
    table are those of its coordinates as written, its CRS is EPSG:4326 for longitude and
    latitude and None for X and Y.
    """
    source = files.open_source(path)
    if source.kind == "csv":
        name = Path(source.name).stem if source.path is not None else source.name
        return [_described_table(name, tables.read_csv(source, None).frame)]
    if source.kind == "xlsx":
        sheets = tables.read_sheets(source)
        named = [name for name in sheets if source.sublayer in (None, name)]
        _require_found(source, named, list(sheets))
        return [_described_table(name, sheets[name]) for name in named]
    names = vector.list_sublayers(source)
    named = [name for name in names if source.sublayer in (None, name)]
    _require_found(source, named, names)
    return [_described(vector.read_header(source, name)) for name in named]


def declares_crs(path: Path | str) -> bool:
    """Return whether a file states its CRS itself; see ``sources.declares_crs``."""
    source = files.open_source(path)
    if source.kind == "geojson":
        data = source.data if source.path is None else source.path.read_bytes()
        return b'"crs"' in (data or b"")
    return all(layer.crs is not None for layer in describe_source(path) if layer.geometry)


def _require_found(source: Source, named: list[str], names: list[str]) -> None:
    if not named:
        raise ReadError(
            f"{source.name}: there is no layer '{source.sublayer}' in it."
            if source.sublayer is not None
            else f"{source.name}: it holds no layer.",
            remedy=f"It has: {', '.join(names)}." if names else "Check the file.",
        )


def _described(header: vector.Header) -> SourceLayer:
    code = None if header.crs is None else _code(header.crs)
    shaped = header.geometry is not None
    return SourceLayer(
        name=header.name,
        geometry=header.geometry,
        crs=code,
        crs_candidates=systems.candidate_codes(header.bounds) if shaped and code is None else (),
        count=header.count,
        bounds=header.bounds if shaped else None,
        columns=header.columns,
    )


def _code(declared: str) -> str | None:
    try:
        return crs.code_of(pyproj.CRS.from_user_input(declared))
    except pyproj.exceptions.CRSError:
        return None


def _described_table(name: str, table: pd.DataFrame) -> SourceLayer:
    columns = tuple(str(column) for column in table.columns)
    plain = SourceLayer(name, None, None, (), len(table), None, columns)
    try:
        found = coordinates.find_columns(columns)
        if found is None:
            return plain
        shapes, _ = coordinates.shapes_of(table, found, vietnamese=True)
    except SchemaError:
        return plain
    kinds = sorted({str(shape.geom_type) for shape in shapes if shape is not None})
    bounds = systems.bounds_of(gpd.GeoDataFrame(geometry=shapes))
    lonlat = found.kind == "lonlat"
    return replace(
        plain,
        geometry=", ".join(kinds) or "Unknown",
        crs=coordinates.LON_LAT_CRS if lonlat else None,
        crs_candidates=() if lonlat else systems.candidate_codes(bounds),
        bounds=bounds,
        placing=tuple(dict.fromkeys((found.east, found.north))),
    )
