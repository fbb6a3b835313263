"""A ragged cadastre as a folder of parts, and corridors through it."""

import json

import geopandas as gpd
import numpy as np
import shapely
from shapely import LineString, MultiPolygon, Point, Polygon, affinity

CRS = "EPSG:9209"
CORNER = np.array([520_000.0, 2_010_000.0])
SIDE = 40.0
FAR = 30_000.0
LAND_TYPES = ("LUC", "ONT", "CLN")
LISTING = "_geotool.json"


def fabric(seed, *, rows=14, columns=22):
    """Return parcels with holes, parts, twins, overlaps and crossed rings, and some far away."""
    random = np.random.default_rng(seed)
    x, y = np.meshgrid(np.arange(columns + 1) * SIDE, np.arange(rows + 1) * SIDE)
    corners = np.stack([x, y], axis=-1) + random.uniform(-9, 9, (rows + 1, columns + 1, 2))
    rings = [corners[:-1, :-1], corners[:-1, 1:], corners[1:, 1:], corners[1:, :-1]]
    plots = list(shapely.polygons(np.stack(rings, axis=2).reshape(-1, 4, 2) + CORNER))
    for place in random.permutation(len(plots))[:60].tolist():
        plots[place] = _ragged(random, plots[place], place)
    plots += [affinity.translate(plot, 3.0, 2.0) for plot in plots[:200:9]]
    plots += [affinity.translate(plot, FAR, FAR) for plot in plots[:80]]
    keys = [f"P{number}" for number in random.permutation(len(plots))]
    return gpd.GeoDataFrame(
        {
            "parcel_id": keys,
            "land_type": random.choice(LAND_TYPES, len(plots)),
            "document_area_m2": np.where(random.random(len(plots)) < 0.2, np.nan, 1000.5),
        },
        geometry=plots,
        crs=CRS,
    )


def _ragged(random, plot, place):
    """Return a plot with a courtyard, with a second part, or with a ring that crosses itself."""
    middle = plot.centroid
    if place % 3 == 0:
        return plot.difference(middle.buffer(5.0))
    if place % 3 == 1:
        return MultiPolygon([plot, affinity.translate(middle.buffer(4.0), 0.0, 2.5 * SIDE)])
    a, b, c, d = plot.exterior.coords[:4]
    return Polygon([a, c, b, d])


def graves(seed, count=300):
    """Return points over the fabric."""
    random = np.random.default_rng(seed)
    spots = random.uniform(0, 14 * SIDE, (count, 2)) + CORNER
    rows = {"grave_id": [f"G{i}" for i in range(count)]}
    return gpd.GeoDataFrame(rows, geometry=[Point(spot) for spot in spots], crs=CRS)


def power_lines(seed, count=80):
    """Return bent lines over the fabric."""
    random = np.random.default_rng(seed)
    bends = random.uniform(0, 14 * SIDE, (count, 3, 2)) + CORNER
    rows = {"utility_id": [f"U{i}" for i in range(count)], "kind": "power"}
    return gpd.GeoDataFrame(rows, geometry=[LineString(line) for line in bends], crs=CRS)


def write_parts(frame, folder, count=9):
    """Write a layer in parts, near rows in the same part; return the names of the parts."""
    places = frame.geometry.apply(lambda shape: shape.representative_point())
    order = np.argsort(gpd.GeoSeries(places).hilbert_distance().to_numpy(), kind="stable")
    rows = frame.iloc[order]
    folder.mkdir()
    parts = []
    for number, taken in enumerate(np.array_split(np.arange(len(rows)), count)):
        part, name = rows.iloc[taken], f"part-{number:05d}.parquet"
        part.to_parquet(folder / name, write_covering_bbox=True, schema_version="1.1.0")
        parts.append({"path": name, "rows": len(part), "bbox": part.total_bounds.tolist()})
    listing = {
        "format": "geotool-partitions/1",
        "layer": "parcels",
        "rows": len(rows),
        "columns": [name for name in frame.columns if name != "geometry"],
        "parts": parts,
        "crs": CRS,
    }
    (folder / LISTING).write_text(json.dumps(listing), encoding="utf-8")
    return [part["path"] for part in parts]


def parts_away(folder, corridor):
    """Return the parts whose box does not meet that of a corridor."""
    listing = json.loads((folder / LISTING).read_text(encoding="utf-8"))
    near = shapely.box(*corridor.total_bounds)
    return [
        folder / part["path"]
        for part in listing["parts"]
        if not shapely.box(*part["bbox"]).intersects(near)
    ]


def corridor(*corners, width=30.0):
    """Return a right of way along a line, given from the corner of the fabric."""
    line = LineString(np.array(corners) + CORNER)
    land = line.buffer(width, cap_style="flat")
    return gpd.GeoDataFrame({"right_of_way_id": ["R"]}, geometry=[land], crs=CRS)


def write_corridor(folder, name, frame):
    path = folder / f"{name}.gpkg"
    frame.to_file(path, layer="right_of_way", driver="GPKG")
    return str(path)
