"""A parcel drawn with arcs: the library of shapes has none, the read of the whole layer has."""

import math
import sqlite3
import struct

import geopandas as gpd
import pytest
import shapely

from geotool import sources
from geotool.sources.indexed import near

EAST, NORTH, RADIUS = 560_000.0, 2_010_000.0, 10.0


@pytest.fixture
def with_circle(tmp_path, monkeypatch):
    """Three squares, the second of them replaced by a full circle of two arcs."""
    monkeypatch.setattr(near, "WHOLE_ROWS", 0)
    shapes = [shapely.box(EAST + x, NORTH, EAST + x + 20, NORTH + 20) for x in (0, 40, 80)]
    frame = gpd.GeoDataFrame({"parcel_id": ["A", "B", "C"]}, geometry=shapes, crs="EPSG:9209")
    path = tmp_path / "parcels.gpkg"
    frame.to_file(path, layer="parcels", engine="pyogrio")
    x, y = EAST + 50, NORTH + 10
    places = [(x - RADIUS, y), (x, y + RADIUS), (x + RADIUS, y), (x, y - RADIUS), (x - RADIUS, y)]
    arc = struct.pack("<BII", 1, 8, len(places)) + b"".join(struct.pack("<dd", *p) for p in places)
    head = b"GP\x00\x01" + struct.pack("<i", 9209)
    blob = head + struct.pack("<BII", 1, 10, 1) + arc
    with sqlite3.connect(path) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
            connection.execute(f'DROP TRIGGER "{name}"')
        connection.execute("UPDATE parcels SET geom = ? WHERE parcel_id = 'B'", (blob,))
    connection.close()
    return path


def test_arcs_are_straightened(with_circle):
    box = gpd.GeoDataFrame(
        geometry=[shapely.box(EAST - 5, NORTH - 5, EAST + 105, NORTH + 25)], crs="EPSG:9209"
    )
    found = sources.read_near(with_circle, box).frame()
    assert found["parcel_id"].tolist() == ["A", "B", "C"]
    assert found.geometry.area.iloc[1] == pytest.approx(math.pi * RADIUS**2, rel=1e-2)
