"""Layers as MapInfo and Google Earth want them.

MapInfo knows no VN-2000 and writes WGS 84 in its place, 225 m off; it is told the seven
official parameters instead, which it keeps. It has no empty number either: a column of numbers
with gaps is written as text. KML is longitude and latitude on WGS 84: the layer is converted
with the pinned transformation of ``crs``.
"""

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import CRS
from pyproj.crs import BoundCRS
from pyproj.crs.coordinate_operation import ToWGS84Transformation

from geotool import crs
from geotool.crs.table import load_table
from geotool.errors import OutputError

LON_LAT = "EPSG:4326"

_INTEGER_MAX = 2**31 - 1
_MARGIN_M = 1000.0
_MARGIN_DEGREES = 0.01


def with_parameters(system: CRS) -> CRS:
    """Return a VN-2000 system that carries the official seven parameters, else it as it is.

    The parameters are published for a rotation of the axes; the form used here wants the
    rotation of the position, which has the opposite signs.
    """
    if not crs.is_vn2000(system):
        return system
    plain = crs.canonical(system)
    p = load_table().pinned
    shift = ToWGS84Transformation(
        plain.geodetic_crs,
        p["x_m"],
        p["y_m"],
        p["z_m"],
        -p["rx_arcsec"],
        -p["ry_arcsec"],
        -p["rz_arcsec"],
        p["scale_ppm"],
    )
    return BoundCRS(plain, LON_LAT, shift)


def prepare_mapinfo(frame: pd.DataFrame, *, bounded: bool) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return a layer or table as MapInfo can hold it, and the options it is written with.

    Coordinates of a .tab are whole numbers between bounds: these are set close around the
    layer, so that they keep fractions of a millimetre. Interchange text needs none (``bounded``
    is False).
    """
    plain = frame.copy()
    for name in plain.columns:
        if str(plain[name].dtype) != "geometry":
            plain[name] = _cells(plain[name])
    options = {"ENCODING": "UTF-8"}
    if not isinstance(plain, gpd.GeoDataFrame) or plain.active_geometry_name is None:
        return plain, options
    if bounded:
        options |= _bounds(plain)
    if plain.crs is not None:
        plain = plain.set_crs(with_parameters(plain.crs), allow_override=True)
    return plain, options


def _bounds(frame: gpd.GeoDataFrame) -> dict[str, str]:
    box = frame.total_bounds
    if not np.isfinite(box).all():
        return {}
    degrees = frame.crs is not None and frame.crs.is_geographic
    margin = _MARGIN_DEGREES if degrees else _MARGIN_M
    low, high = box[:2] - margin, box[2:] + margin
    return {"BOUNDS": ",".join(f"{value:.6f}" for value in (*low, *high))}


def prepare_kml(frame: pd.DataFrame, target: str) -> pd.DataFrame:
    """Return a layer in longitude and latitude.

    Raises
    ------
    OutputError
        When it has no shapes, or its system is not known.
    """
    if not isinstance(frame, gpd.GeoDataFrame) or frame.active_geometry_name is None:
        raise OutputError(
            f"{target}: a table without shapes cannot be written as KML.",
            remedy="Write a .csv file instead.",
        )
    if frame.crs is None:
        raise OutputError(
            f"{target}: KML is longitude and latitude, and the system of the layer is not known.",
            remedy="State it with --src-crs.",
        )
    moved: pd.DataFrame = crs.reproject(frame, LON_LAT)
    return moved


def _cells(cells: "pd.Series[Any]") -> "pd.Series[Any]":
    """Return cells with no number missing and no number larger than the format holds."""
    kinds = pd.api.types
    if kinds.is_bool_dtype(cells) or kinds.is_numeric_dtype(cells):
        if bool(cells.isna().any()) or _is_large(cells):
            texts = [None if pd.isna(value) else _text(value) for value in cells.tolist()]
            return pd.Series(texts, index=cells.index, dtype=object)
        if kinds.is_integer_dtype(cells):
            return cells.astype("int32")
    return cells


def _is_large(cells: "pd.Series[Any]") -> bool:
    if not pd.api.types.is_integer_dtype(cells) or pd.api.types.is_bool_dtype(cells):
        return False
    return bool((cells.abs() > _INTEGER_MAX).any())


def _text(value: object) -> str:
    return repr(value) if isinstance(value, float) else str(value).lower()
