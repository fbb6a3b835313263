"""GeoPackages as programs write them, and changed as people change them."""

import sqlite3
import struct

import geopandas as gpd
import numpy as np
import shapely

CRS = "EPSG:9209"
EAST, NORTH, SIDE_M = 500_000.0, 2_000_000.0, 20.0
COUNT = 40
BOXES = np.array(
    [
        [EAST + 95, NORTH + 5, EAST + 205, NORTH + 6],  # over P4 .. P10
        [EAST + 390, NORTH - 5, EAST + 401, NORTH + 1],  # over P19, and P20 by a metre
    ]
)
NEAR = ["P4", "P5", "P6", "P7", "P8", "P9", "P10", "P19", "P20"]


def plots(count=COUNT, **columns):
    """Return plots of 20 x 20 m in a row, P0, P1, ..."""
    x = EAST + np.arange(count) * SIDE_M
    data = {"parcel_id": [f"P{i}" for i in range(count)], **columns}
    shapes = shapely.box(x, NORTH, x + SIDE_M, NORTH + SIDE_M)
    return gpd.GeoDataFrame(data, geometry=shapes, crs=CRS)


def write(frame, path, *, layer="parcels", **options):
    frame.to_file(path, layer=layer, driver="GPKG", engine="pyogrio", **options)
    return path


def add_functions(connection):
    """Give a connection the functions that the triggers of a GeoPackage call."""
    connection.create_function("ST_IsEmpty", 1, lambda blob: int(bool(blob[3] & 0x10)))
    for place, name in enumerate(("ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY")):
        connection.create_function(
            name, 1, lambda blob, place=place: struct.unpack_from("<4d", blob, 8)[place]
        )


def change(path, *statements):
    """Run statements on a GeoPackage."""
    with sqlite3.connect(path) as connection:
        add_functions(connection)
        for statement in statements:
            if isinstance(statement, tuple):
                connection.execute(*statement)
            else:
                connection.execute(statement)
    connection.close()
    return path


def blob_of(shape, *, srs_id=9209):
    """Return a shape as a GeoPackage stores it: head, box, well-known binary."""
    x0, y0, x1, y1 = shape.bounds
    head = b"GP\0\x03" + struct.pack("<i4d", srs_id, x0, x1, y0, y1)
    return head + shapely.to_wkb(shape, byte_order=1)
