"""Layers and tables -> files, in the format of the suffix."""

import io
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely

from geotool.errors import UsageError
from geotool.outputs.columns import Renamed, has_shapes, prepare
from geotool.outputs.csv_tables import write_table_csv
from geotool.outputs.exchange import prepare_mapinfo
from geotool.outputs.ogr import guarded, pinned_date, plain_place
from geotool.outputs.place import STDOUT, atomic_path, check_writable, write_stdout

_DRIVERS = {
    ".gpkg": "GPKG",
    ".geojson": "GeoJSON",
    ".json": "GeoJSON",
    ".shp": "ESRI Shapefile",
    ".fgb": "FlatGeobuf",
    ".tab": "MapInfo File",
    ".mif": "MapInfo File",
    ".kml": "LIBKML",
}
SUFFIXES = (*_DRIVERS, ".parquet", ".csv")
"""Suffixes of the formats that layers are written in."""

_PIECE_ROWS = 100_000
_MAPINFO = frozenset({".tab", ".mif"})


def write_layer(
    frame: pd.DataFrame,
    path: Path | str,
    *,
    layer: str,
    overwrite: bool,
    date: str | None = None,
    note: str = "",
) -> Renamed:
    """Write a layer in the format of the path's suffix; see ``outputs.write_layer``."""
    if str(path) == STDOUT:
        return _write_stdout(frame, layer)
    target = Path(path)
    suffix = target.suffix.lower()
    if suffix not in SUFFIXES:
        raise UsageError(
            f"{target}: '{suffix or target.name}' does not end in a format layers are written in.",
            remedy=f"Use one of {', '.join(SUFFIXES)}.",
        )
    check_writable(target, overwrite=overwrite)
    if suffix == ".csv":
        flat, renamed = _flat_table(frame)
        write_table_csv(flat, target, overwrite=overwrite)
        return renamed
    plain, renamed = prepare(frame, suffix, target)
    with atomic_path(target, overwrite=overwrite) as temporary:
        if suffix == ".parquet":
            guarded(target, lambda: plain.to_parquet(temporary, index=False))
        else:
            _write_ogr({layer: plain}, temporary, target, date, note)
    return renamed


def write_layers(
    frames: Mapping[str, pd.DataFrame],
    path: Path,
    *,
    overwrite: bool,
    date: str | None = None,
    note: str = "",
) -> dict[str, Renamed]:
    """Write several layers into one GeoPackage; see ``outputs.write_layers``."""
    if path.suffix.lower() != ".gpkg" or not frames:
        raise UsageError(
            f"{path}: several layers go into one GeoPackage.", remedy="Name a .gpkg file."
        )
    prepared = {name: prepare(frames[name], ".gpkg", path) for name in sorted(frames)}
    with atomic_path(path, overwrite=overwrite) as temporary:
        plain = {name: frame for name, (frame, _) in prepared.items()}
        _write_ogr(plain, temporary, path, date, note)
    return {name: renamed for name, (_, renamed) in prepared.items()}


def _flat_table(frame: pd.DataFrame) -> tuple[pd.DataFrame, Renamed]:
    """Return a layer as a table: points as two columns, other shapes as text, at the end."""
    if not isinstance(frame, gpd.GeoDataFrame) or not has_shapes(frame):
        return frame, []
    shapes = frame.geometry
    if shapes.dropna().geom_type.eq("Point").all() and len(shapes.dropna()):
        lonlat = frame.crs is not None and frame.crs.is_geographic
        names = ("lon", "lat") if lonlat else ("x", "y")
        places = dict(zip(names, (shapes.x, shapes.y), strict=True))
    else:
        places = {"wkt": shapes.to_wkt().where(shapes.notna(), None)}
    rest = pd.DataFrame(frame.drop(columns=[shapes.name]))
    renamed = [(str(n), f"{n}_1") for n in rest.columns if str(n).lower() in places]
    return rest.rename(columns=dict(renamed)).assign(**places), renamed


def _write_stdout(frame: pd.DataFrame, layer: str) -> Renamed:
    if not has_shapes(frame):
        write_table_csv(frame, STDOUT)
        return []
    plain, renamed = prepare(frame, ".geojson", Path(STDOUT))
    stream = io.BytesIO()
    guarded(Path(STDOUT), lambda: _ogr(plain, stream, "GeoJSON", layer))
    write_stdout(stream.getvalue())
    return renamed


def _write_ogr(
    layers: Mapping[str, pd.DataFrame], temporary: Path, target: Path, date: str | None, note: str
) -> None:
    suffix = target.suffix.lower()
    driver = _DRIVERS[suffix]
    with pinned_date(date) as day, plain_place(temporary) as place:
        options = {"ESRI Shapefile": {"DBF_DATE_LAST_UPDATE": day}, "GPKG": {"DESCRIPTION": note}}
        for number, (layer, given) in enumerate(layers.items()):
            frame = given
            if suffix in _MAPINFO:
                frame, options[driver] = prepare_mapinfo(given, bounded=suffix == ".tab")
            write = partial(_ogr, frame, place, driver, layer, append=number > 0)
            guarded(target, partial(write, options=options.get(driver)))


def _ogr(
    frame: pd.DataFrame,
    place: Path | io.BytesIO,
    driver: str,
    layer: str,
    *,
    append: bool = False,
    options: Mapping[str, str] | None = None,
) -> None:
    name = None if driver == "ESRI Shapefile" else layer
    for number, piece in enumerate(_pieces(frame, driver)):
        pyogrio.write_dataframe(
            piece,
            place,
            driver=driver,
            layer=name,
            append=append or number > 0,
            use_arrow=False,
            layer_options=dict(options or {}),
        )


def _pieces(frame: pd.DataFrame, driver: str) -> Iterator[pd.DataFrame]:
    """Yield a large layer in pieces, so that only one is held twice.

    Only a GeoPackage whose shapes are all of one type takes pieces: the first one written
    decides the type of the layer.
    """
    alike = has_shapes(frame) and len(set(shapely.get_type_id(frame.geometry.array))) == 1
    size = _PIECE_ROWS if driver == "GPKG" and alike else max(len(frame), 1)
    for start in range(0, max(len(frame), 1), size):
        yield frame.iloc[start : start + size]
