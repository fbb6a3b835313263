"""WRITE: the only writer. Whole or not at all, and never over a file without being told.

A file is made in a folder of its own beside its target and moved there when it is complete.
The same frame written twice gives the same bytes: the date inside a GeoPackage or a shapefile
is the ``date`` given, 1970-01-01 without one.

CRS in each format: GeoPackage, FlatGeobuf, GeoParquet and shapefile hold it themselves. MapInfo
is told the seven parameters of VN-2000, of which it keeps no name; KML is converted to WGS 84.
GeoJSON keeps the coordinates of the frame and names their CRS in a ``crs`` member (none for
EPSG:4326); geotool and QGIS read it back. CSV holds none: points become ``lon, lat``
(geographic) or ``x, y`` (easting, northing), other shapes well-known text in ``wkt``.

Order of the modules, each importing only those before it: ``text``, ``place``, ``publish``,
``exchange``, ``layers``.
"""

from geotool.outputs.layers import Renamed, write_layer, write_layers, write_table_csv
from geotool.outputs.place import (
    STDOUT,
    atomic_path,
    check_writable,
    make_folder,
    write_bytes,
    write_text,
)
from geotool.outputs.publish import publish
from geotool.outputs.text import csv_text, json_text

__all__ = [
    "STDOUT",
    "Renamed",
    "atomic_path",
    "check_writable",
    "csv_text",
    "json_text",
    "make_folder",
    "publish",
    "write_bytes",
    "write_layer",
    "write_layers",
    "write_table_csv",
    "write_text",
]
