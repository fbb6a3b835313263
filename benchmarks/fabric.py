"""A made-up cadastral fabric of any size, and corridors across it, for measuring speed.

    python benchmarks/fabric.py 100000 FILE.gpkg|.fgb|.parquet|postgresql://...#TABLE [--ragged]
    python benchmarks/fabric.py 100000 FILE.gpkg --corridor-km 27.3

Parcels are irregular polygons of 4 to 12 vertices and about 1,000 m2 that share their edges, one
commune after the other. Smaller fabrics are windows of larger ones: the parcels that a corridor
meets in the smallest are the same in all. Of a ragged fabric every fiftieth parcel has one of the
faults of real ones, see ``FAULTS``.
"""

import argparse
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray
from shapely import affinity

Numbers = NDArray[np.float64]
Cells = NDArray[np.int64]
"""Whole numbers of the places in the grid that the fabric is bent from."""
Shapes = NDArray[np.object_]

CRS = "EPSG:5897"
SIDE_M = 31.6
ORIGIN = (500_000.0, 1_990_000.0)
BLOCK = 80
"""Parcels along the side of a commune: 6,400 parcels, about 6 km2."""
LAND_TYPES = np.array(("ONT", "CLN", "LUC", "RSX", "NTS"), dtype=object)
COLUMNS = ("parcel_id", "sheet_no", "parcel_no", "land_type", "commune_id")
FAULT_EVERY = 50
STATION_M = 20.0
LEAST_WIDTH_M, GREATEST_WIDTH_M = 20.0, 60.0
INSET_M = 500.0
"""How far a corridor stays from the corners of its fabric."""

_EAST, _NORTH = 0, 1


@dataclass(frozen=True)
class Fabric:
    """A square of ``blocks`` x ``blocks`` communes."""

    blocks: int
    ragged: bool = False

    @property
    def count(self) -> int:
        """Parcels in all."""
        return (self.blocks * BLOCK) ** 2

    @property
    def side_m(self) -> float:
        """Length of a side."""
        return self.blocks * BLOCK * SIDE_M


def fabric_of(count: int, *, ragged: bool = False) -> Fabric:
    """Return the smallest fabric of at least so many parcels."""
    return Fabric(int(np.ceil(np.sqrt(count) / BLOCK)), ragged)


def communes(fabric: Fabric) -> Iterator[pa.RecordBatch]:
    """Yield the parcels of one commune after the other: COLUMNS and ``geometry`` as WKB."""
    for row in range(fabric.blocks):
        for column in range(fabric.blocks):
            yield _commune(row, column, ragged=fabric.ragged)


def write_fabric(fabric: Fabric, path: Path) -> None:
    """Write the layer ``parcels`` in the format of the suffix, with the index that it can have."""
    path.unlink(missing_ok=True)
    if path.suffix == ".parquet":
        _write_geoparquet(fabric, path)
        return
    import pyogrio

    pyogrio.write_arrow(
        _stream(fabric),
        path,
        layer="parcels",
        driver={".gpkg": "GPKG", ".fgb": "FlatGeobuf"}[path.suffix],
        geometry_name="geometry",
        geometry_type="MultiPolygon" if fabric.ragged else "Polygon",
        crs=CRS,
    )


def load_fabric(fabric: Fabric, url: str, table: str) -> None:
    """Copy the parcels into a table of PostGIS with a GiST index, unless the table is there."""
    from adbc_driver_postgresql import dbapi

    srid = CRS.partition(":")[2]
    with dbapi.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass($1) IS NOT NULL", (table,))
        if cursor.fetchone() == (True,):
            return
        cursor.adbc_ingest("arriving", _stream(fabric), mode="create", temporary=True)
        cursor.execute(
            f"CREATE TABLE {table} AS SELECT {', '.join(COLUMNS)}, "
            f"ST_GeomFromWKB(geometry, {srid}) AS geom FROM arriving"
        )
        cursor.execute(f"CREATE INDEX ON {table} USING gist (geom)")
        cursor.execute(f"ANALYZE {table}")
        connection.commit()


def corridor_line(length_m: float, start: tuple[float, float], end: tuple[float, float]) -> Numbers:
    """Return stations every 20 m on a winding line of about that length between two places."""
    straight = float(np.hypot(end[0] - start[0], end[1] - start[1]))
    along = np.linspace(0, 1, 4000)[:, None]
    axis = (np.array([end]) - start) / straight
    across = axis[:, ::-1] * [[-1.0, 1.0]]
    turns = max(2.0, straight / 4000)
    wave = np.sin(2 * np.pi * turns * along) * np.sin(np.pi * along)

    def drawn(reach: float) -> shapely.LineString:
        return shapely.LineString(start + straight * along * axis + reach * wave * across)

    low, high = 0.0, straight
    for _ in range(40):
        reach = (low + high) / 2
        low, high = (reach, high) if drawn(reach).length < length_m else (low, reach)
    line = drawn(low)
    places = np.arange(0.0, line.length, STATION_M)
    return shapely.get_coordinates(shapely.line_interpolate_point(line, places))


def corridor_polygon(stations: Numbers, *, seed: int = 7) -> shapely.Polygon:
    """Return a strip whose left and right widths, of 20 to 60 m, change at every station.

    Its ring has the left side from start to end, then the right side from end to start, one
    vertex a station.
    """
    random = np.random.default_rng(seed)
    numbers = np.arange(len(stations))
    knots = np.linspace(0, len(stations) - 1, max(4, len(stations) // 10))
    left, right = (
        np.interp(numbers, knots, random.uniform(LEAST_WIDTH_M, GREATEST_WIDTH_M, len(knots)))
        for _ in range(2)
    )
    tangent = np.gradient(stations, axis=0)
    normal = np.column_stack([-tangent[:, 1], tangent[:, 0]])
    normal /= np.hypot(normal[:, 0], normal[:, 1])[:, None]
    sides = [stations + normal * left[:, None], (stations - normal * right[:, None])[::-1]]
    return shapely.Polygon(np.vstack(sides))


def corridor_across(fabric: Fabric, length_m: float) -> shapely.Polygon:
    """Return a strip of about that length from one corner of a fabric to the opposite one."""
    first, last = np.array(ORIGIN) + INSET_M, np.array(ORIGIN) + fabric.side_m - INSET_M
    return corridor_polygon(corridor_line(length_m, tuple(first), tuple(last)))


def write_corridor(shape: shapely.Polygon, path: Path) -> None:
    """Write one polygon as a layer ``right_of_way``."""
    from pyogrio.raw import write

    path.unlink(missing_ok=True)
    write(
        path,
        shapely.to_wkb(np.array([shape], dtype=object)),
        [np.array(["R1"], dtype=object)],
        ["right_of_way_id"],
        layer="right_of_way",
        driver="GPKG",
        geometry_type="Polygon",
        crs=CRS,
    )


def _commune(row: int, column: int, *, ragged: bool) -> pa.RecordBatch:
    first = np.arange(BLOCK)
    east, north = (
        grid.ravel() for grid in np.meshgrid(column * BLOCK + first, row * BLOCK + first)
    )
    places, kept = _rings(east, north)
    owners = np.repeat(np.arange(len(east)), kept.sum(axis=1))
    shapes = shapely.polygons(shapely.linearrings(places[kept], indices=owners))
    if ragged:
        shapes = _spoiled(shapes, east, north)
    commune = f"{row * 1000 + column:06d}"
    numbers = [(n // 200 + 1, n % 200 + 1) for n in range(len(east))]
    cells = (
        [f"{commune}-{sheet}-{parcel}" for sheet, parcel in numbers],
        [str(sheet) for sheet, _ in numbers],
        [str(parcel) for _, parcel in numbers],
        LAND_TYPES[_noise(east, north, 91) % len(LAND_TYPES)],
        [commune] * len(east),
    )
    arrays = [pa.array(column, pa.string()) for column in cells]
    arrays.append(pa.array(shapely.to_wkb(shapes), pa.binary()))
    return pa.RecordBatch.from_arrays(arrays, names=[*COLUMNS, "geometry"])


def _rings(east: Cells, north: Cells) -> tuple[Numbers, NDArray[np.bool_]]:
    """Return twelve places a parcel, counter-clockwise, and which of them are vertices."""
    there, back = [0, 1, 2], [3, 2, 1]
    edges = (
        (_edge(east, north, _EAST), there),
        (_edge(east + 1, north, _NORTH), there),
        (_edge(east, north + 1, _EAST), back),
        (_edge(east, north, _NORTH), back),
    )
    places = [places[:, order] for (places, _), order in edges]
    kept = [kept[:, order] for (_, kept), order in edges]
    return np.concatenate(places, axis=1), np.concatenate(kept, axis=1)


def _edge(x: Cells, y: Cells, heading: int) -> tuple[Numbers, NDArray[np.bool_]]:
    """Return two nodes with two places between them, and which of the four are vertices."""
    start = _node(x, y)
    end = _node(x + (heading == _EAST), y + (heading == _NORTH))
    first, second = (
        np.round(
            start + (end - start) * third / 3 + _shift(x, y, 20 + 4 * heading + third, 0.12), 3
        )
        for third in (1, 2)
    )
    count = _noise(x, y, 11 + heading) % 3
    always = np.ones(len(x), dtype=bool)
    kept = np.stack([always, count >= 1, count >= 2, always], axis=1)
    return np.stack([start, first, second, end], axis=1), kept


def _node(x: Cells, y: Cells) -> Numbers:
    grid = np.stack([x, y], axis=1) * SIDE_M
    return np.round(np.array(ORIGIN) + grid + _shift(x, y, 1, 0.4), 3)


def _shift(x: Cells, y: Cells, salt: int, share: float) -> Numbers:
    """Return moves within a square of that share of a parcel's side."""
    drawn = np.stack([_noise(x, y, salt), _noise(x, y, salt + 100)], axis=1) / float(1 << 53)
    return (drawn - 0.5) * share * SIDE_M


def _noise(x: Cells, y: Cells, salt: int) -> Cells:
    """Return whole numbers below 2**53 that depend on the place and the salt alone."""
    mixed = x.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    mixed ^= y.astype(np.uint64) * np.uint64(0xC2B2AE3D27D4EB4F) + np.uint64(salt << 40)
    for shift, factor in ((29, 0xBF58476D1CE4E5B9), (32, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return (mixed >> np.uint64(11)).astype(np.int64)


def _spoiled(shapes: Shapes, east: Cells, north: Cells) -> Shapes:
    """Return parcels every fiftieth of which has the next fault."""
    spoil = list(FAULTS.values())
    result = shapes.copy()
    for turn, number in enumerate(range(0, len(shapes), FAULT_EVERY)):
        corners = [
            (east[number] + x, north[number] + y) for x, y in ((0, 0), (1, 0), (1, 1), (0, 1))
        ]
        nodes = _node(*np.array(corners).T)
        result[number] = spoil[turn % len(spoil)](shapes[number], nodes)
    parts, owners = shapely.get_parts(result, return_index=True)
    return shapely.multipolygons(parts, indices=owners)


def _with_hole(shape: shapely.Polygon, _: Numbers) -> shapely.Geometry:
    return shapely.difference(shape, shapely.point_on_surface(shape).buffer(2.0))


def _in_two_parts(shape: shapely.Polygon, nodes: Numbers) -> shapely.Geometry:
    x, y = nodes.mean(axis=0)
    far = shapely.box(x + 2 * SIDE_M, y, x + 2 * SIDE_M + 4, y + 4)
    return shapely.MultiPolygon([shape, far])


def _wider(shape: shapely.Polygon, _: Numbers) -> shapely.Geometry:
    return shape.buffer(1.5)


def _over_its_neighbour(shape: shapely.Polygon, _: Numbers) -> shapely.Geometry:
    return affinity.translate(shape, SIDE_M / 2)


def _sliver(shape: shapely.Polygon, nodes: Numbers) -> shapely.Geometry:
    x = float(nodes[:, 0].mean())
    _, low, _, high = shape.bounds
    return shapely.intersection(shape, shapely.box(x, low, x + 0.02, high))


def _crossed_ring(_: shapely.Polygon, nodes: Numbers) -> shapely.Geometry:
    return shapely.Polygon(nodes[[0, 1, 3, 2]])


def _hole_across_the_ring(shape: shapely.Polygon, nodes: Numbers) -> shapely.Geometry:
    x, y = nodes[0]
    return shapely.Polygon(shape.exterior, [shapely.box(x - 3, y - 3, x + 3, y + 3).exterior])


FAULTS: dict[str, Callable[[shapely.Polygon, Numbers], shapely.Geometry]] = {
    "hole": _with_hole,
    "two parts": _in_two_parts,
    "overlap all around": _wider,
    "overlap of a half": _over_its_neighbour,
    "sliver of 2 cm": _sliver,
    "crossed ring": _crossed_ring,
    "hole across the ring": _hole_across_the_ring,
}


def _stream(fabric: Fabric) -> pa.RecordBatchReader:
    schema = pa.schema([(name, pa.string()) for name in COLUMNS] + [("geometry", pa.binary())])
    return pa.RecordBatchReader.from_batches(schema, communes(fabric))


def _write_geoparquet(fabric: Fabric, path: Path) -> None:
    """Write GeoParquet 1.1 with a covering box a row and one row group a commune."""
    import pyproj
    from pyarrow import parquet

    low, high = np.array(ORIGIN) - 2 * SIDE_M, np.array(ORIGIN) + fabric.side_m + 3 * SIDE_M
    corners = ("xmin", "ymin", "xmax", "ymax")
    geometry = {
        "encoding": "WKB",
        "geometry_types": [],
        "crs": pyproj.CRS.from_user_input(CRS).to_json_dict(),
        "bbox": [*low, *high],
        "covering": {"bbox": {name: ["bbox", name] for name in corners}},
    }
    geo = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": geometry}}
    box = pa.struct([(name, pa.float64()) for name in corners])
    schema = _stream(fabric).schema.append(pa.field("bbox", box))
    schema = schema.with_metadata({"geo": json.dumps(geo)})
    with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in communes(fabric):
            bounds = shapely.bounds(shapely.from_wkb(batch["geometry"].to_numpy(False)))
            boxes = pa.StructArray.from_arrays(list(bounds.T), fields=list(box))
            writer.write_table(pa.Table.from_arrays([*batch.columns, boxes], schema=schema))


def main() -> None:
    """Write what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("count", type=int, help="at least so many parcels")
    parser.add_argument("target", help="a file, or a PostGIS URL with #table")
    parser.add_argument("--ragged", action="store_true", help="with the faults of real parcels")
    parser.add_argument("--corridor-km", type=float, help="a corridor of this length instead")
    asked = parser.parse_args()
    fabric = fabric_of(asked.count, ragged=asked.ragged)
    if asked.corridor_km is not None:
        write_corridor(corridor_across(fabric, asked.corridor_km * 1000), Path(asked.target))
    elif asked.target.startswith("postgresql://"):
        load_fabric(fabric, *asked.target.rsplit("#", 1))
    else:
        write_fabric(fabric, Path(asked.target))


if __name__ == "__main__":
    main()
