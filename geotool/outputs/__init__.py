"""WRITE: the only writer. Whole or not at all, and never over a file without being told.

A file is made in a folder of its own beside its target and moved there when it is complete.
The same frame written twice gives the same bytes: the date inside a GeoPackage or a shapefile
is the ``date`` given, 1970-01-01 without one.

CRS in each format: GeoPackage, FlatGeobuf, GeoParquet and shapefile hold it themselves. MapInfo
is told the seven parameters of VN-2000, of which it keeps no name; KML is converted to WGS 84.
GeoJSON keeps the coordinates of the frame and names their CRS in a ``crs`` member (none for
EPSG:4326); geotool and QGIS read it back. CSV holds none: points become ``lon, lat``
(geographic) or ``x, y`` (easting, northing), other shapes well-known text in ``wkt``.

Order of the modules, each importing only those before it: ``text``, ``working``, ``place``,
``folders``, ``publish``, ``csv_tables``, ``exchange``, ``columns``, ``ogr``, ``styles``,
``layers``; for layers too large to be held ``spool``, ``hilbert``, ``rows``, ``ordering``,
``geoparquet``, ``indexed`` (one file with a spatial index) and ``partitions`` (a folder of parts).

Importing this package loads neither pandas nor geopandas; the functions that write layers do
when they are called.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from geotool.outputs.csv_tables import csv_text, write_table_csv
from geotool.outputs.place import (
    STDOUT,
    atomic_path,
    check_writable,
    make_folder,
    write_bytes,
    write_text,
)
from geotool.outputs.publish import publish
from geotool.outputs.text import json_text
from geotool.outputs.working import working_folder, writing

if TYPE_CHECKING:
    import pandas as pd

    from geotool.outputs.columns import Renamed

__all__ = [
    "STDOUT",
    "add_styles",
    "atomic_path",
    "check_writable",
    "csv_text",
    "json_text",
    "make_folder",
    "publish",
    "working_folder",
    "write_bytes",
    "write_layer",
    "write_layers",
    "write_table_csv",
    "write_text",
    "writing",
]


def write_layer(
    frame: "pd.DataFrame",
    path: Path | str,
    *,
    layer: str,
    overwrite: bool,
    date: str | None = None,
    note: str = "",
) -> "Renamed":
    """Write a layer in the format of the path's suffix.

    Parameters
    ----------
    frame
        Layer in any CRS, or a table without shapes; rows are written in its order.
    path
        ``.gpkg``, ``.geojson``, ``.shp``, ``.fgb``, ``.parquet``, ``.tab``, ``.mif``, ``.kml`` or
        ``.csv``; ``-`` writes GeoJSON to standard output, CSV for a table.
    layer, overwrite
        Name of the layer inside the file; whether to replace an existing file.
    date, note
        The user's date (YYYY-MM-DD) for formats that store one; what the data are, kept as the
        description of the layer in a GeoPackage.

    Returns
    -------
    list
        (name in the frame, name in the file) of every column that had to be renamed.

    Raises
    ------
    OutputError
        When it cannot be written; OutputExistsError when it exists.
    UsageError
        When the suffix or the date is none.
    """
    from geotool.outputs import layers

    return layers.write_layer(frame, path, layer=layer, overwrite=overwrite, date=date, note=note)


def write_layers(
    frames: "Mapping[str, pd.DataFrame]",
    path: Path,
    *,
    overwrite: bool,
    date: str | None = None,
    note: str = "",
) -> "dict[str, Renamed]":
    """Write several layers into one GeoPackage, in the order of their names.

    ``note`` says what the data are and becomes the description of each layer.

    Returns
    -------
    dict
        Layer name to its renamed columns, see :func:`write_layer`.

    Raises
    ------
    OutputError, UsageError
        As :func:`write_layer`; the suffix must be ``.gpkg``.
    """
    from geotool.outputs import layers

    return layers.write_layers(frames, path, overwrite=overwrite, date=date, note=note)


def add_styles(
    path: Path,
    styles: Mapping[str, str],
    titles: Mapping[str, str],
    *,
    date: str | None = None,
    note: str = "",
) -> None:
    """Put into a GeoPackage how QGIS draws its layers, and what they are called.

    The file is changed in place: it is one in the making, which nobody has yet.

    Parameters
    ----------
    path
        GeoPackage without styles, such as :func:`write_layers` makes.
    styles, titles
        By layer: the text of its default style (QML), and its title, which becomes the
        identifier of the layer and the description of the style. Every styled layer has a title.
    date, note
        As in :func:`write_layers`.

    Raises
    ------
    OutputError, UsageError
        When it cannot be written; when the date is none.
    """
    from geotool.outputs import styles as tables

    tables.add_styles(path, styles, titles, date=date, note=note)
