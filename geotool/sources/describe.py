"""What is in a file, from its headers."""

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyproj

from geotool import crs
from geotool.errors import ReadError, SchemaError
from geotool.sources import coordinates, files, systems
from geotool.sources.files import Source
from geotool.sources.opening import WORKBOOKS
from geotool.sources.records import Grid, ReadOptions, SourceLayer
from geotool.sources.sheets import interpret, tables, workbooks
from geotool.sources.vectors import vector


def describe_source(path: Path | str) -> list[SourceLayer]:
    """List what is in a file; see ``sources.describe_source``.

    Tables and drawings are read whole, as they have no headers; vector files are not. The
    bounds of a table are those of its coordinates as written, its CRS is EPSG:4326 for
    longitude and latitude and None for X and Y.
    """
    from geotool.sources.drawings import cad_levels

    layers = _layers(files.open_source(path))
    meant = cad_levels.meant_layers([layer.name for layer in layers])
    return [replace(layer, meant=means) for layer, means in zip(layers, meant, strict=True)]


def _layers(source: Source) -> list[SourceLayer]:
    if source.kind == "csv":
        name = Path(source.name).stem if source.path is not None else source.name
        return [_described_table(source, name, tables.read_grid(source, ReadOptions()).grid)]
    if source.kind in WORKBOOKS:
        return _named(
            source,
            [
                _described_table(source, str(grid.sheet), grid)
                for grid in workbooks.read_grids(source)
            ],
        )
    if source.kind == "dxf":
        from geotool.sources.drawings import cad

        return _named(source, cad.describe(source))
    if source.kind == "postgis":
        from geotool.sources.databases import postgis

        return postgis.describe(source)
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


def _named(source: Source, layers: list[SourceLayer]) -> list[SourceLayer]:
    """Return the layer named, all without a name."""
    named = [layer for layer in layers if source.sublayer in (None, layer.name)]
    _require_found(source, [layer.name for layer in named], [layer.name for layer in layers])
    return named


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


def _described_table(source: Source, name: str, grid: Grid) -> SourceLayer:
    """Return what a sheet or text table holds, a sheet without a header as cells alone."""
    try:
        table = interpret.read_table(source, [grid], None, ReadOptions()).frame
    except (ReadError, SchemaError):
        return SourceLayer(name, None, None, (), len(grid.rows), None, ())
    columns = tuple(str(column) for column in table.columns)
    plain = SourceLayer(name, None, None, (), len(table), None, columns)
    return _placed(plain, table)


def _placed(plain: SourceLayer, table: pd.DataFrame) -> SourceLayer:
    """Return a table with the place of its rows, as far as its columns say it."""
    try:
        found = coordinates.find_columns(plain.columns)
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
