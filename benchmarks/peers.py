"""The land take as one would otherwise compute it, a function a way.

    python benchmarks/peers.py NAME LAYER CORRIDOR.gpkg OUT.csv [--ragged]

Every way writes the area that each parcel loses to the corridor, and cuts the corridor into the
pieces that serve it best, which is part of its time. Of a ragged layer the invalid rings are
repaired first. Libraries load inside the functions: a process pays for its own.
"""

import argparse
import importlib.util
import json
import os
import sqlite3
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from answers import write_answer

if TYPE_CHECKING:
    import numpy as np
    import shapely
    from numpy.typing import NDArray

    Shapes = NDArray[np.object_]

Areas = Iterable[tuple[str, float]]

STATIONS_A_TILE = 10
"""200 m, where the stations are 20 m apart."""
STATIONS_A_KM = 50
SUBDIVIDE_VERTICES = 64
_GPKG_HEADER, _ENVELOPE_BYTES = 8, (0, 32, 48, 48, 64)


@dataclass(frozen=True)
class Question:
    """The layer of parcels, a file or a URL with #table, and the corridor."""

    layer: str
    corridor: Path
    ragged: bool = False


@dataclass(frozen=True)
class Peer:
    """A way to compute it; ``reads`` is the suffix of its format, ``#`` a table of a server."""

    says: str
    answer: Callable[[Question], Areas]
    reads: str = ".gpkg"
    needs: tuple[str, ...] = ()
    repairs: bool = True

    def missing(self) -> list[str]:
        """Return the modules that are not installed."""
        return [name for name in self.needs if importlib.util.find_spec(name) is None]


def overlay(question: Question) -> Areas:
    """Read all, overlay with pieces of 1 km."""
    import geopandas as gpd

    parcels = gpd.read_file(question.layer)
    if question.ragged:
        parcels.geometry = _repaired(parcels.geometry.to_numpy())
    pieces = gpd.GeoDataFrame(geometry=_pieces(question, STATIONS_A_KM), crs=parcels.crs)
    found = gpd.overlay(parcels, pieces, how="intersection", keep_geom_type=True)
    return found.area.groupby(found["parcel_id"]).sum().items()


def sjoin(question: Question) -> Areas:
    """Read all through Arrow, join with pieces of 1 km, cut the pairs."""
    import geopandas as gpd
    import shapely

    parcels = gpd.read_file(question.layer, use_arrow=True)
    if question.ragged:
        parcels.geometry = _repaired(parcels.geometry.to_numpy())
    pieces = gpd.GeoDataFrame(geometry=_pieces(question, STATIONS_A_KM), crs=parcels.crs)
    pairs = gpd.sjoin(parcels, pieces, predicate="intersects")
    cut = shapely.intersection(
        pairs.geometry.to_numpy(), pieces.geometry.to_numpy()[pairs["index_right"]]
    )
    return pairs.assign(cut=shapely.area(cut)).groupby("parcel_id")["cut"].sum().items()


def chunked(question: Question) -> Areas:
    """Read what the box of each piece of 1 km meets, cut it."""
    import pandas as pd
    import pyogrio
    import shapely

    found = []
    for piece in _pieces(question, STATIONS_A_KM):
        near = pyogrio.read_dataframe(question.layer, bbox=piece.bounds, columns=["parcel_id"])
        shapes = near.geometry.to_numpy()
        if question.ragged:
            shapes = _repaired(shapes)
        shapely.prepare(piece)
        met = shapely.intersects(piece, shapes)
        areas = shapely.area(shapely.intersection(shapes[met], piece))
        found.append(pd.Series(areas, index=near["parcel_id"][met]))
    return pd.concat(found).groupby(level=0).sum().items()


def duckdb(question: Question) -> Areas:
    """Join GeoParquet with tiles of 200 m in DuckDB."""
    import duckdb
    import duckdb_extension_spatial
    import shapely

    connection = duckdb.connect()
    folder = Path(duckdb_extension_spatial.__file__).parent
    connection.load_extension(str(next(folder.rglob("spatial.duckdb_extension"))))
    tiles = shapely.to_wkb(_pieces(question, STATIONS_A_TILE)).tolist()
    connection.execute(
        "CREATE TABLE tiles AS SELECT ST_GeomFromWKB(unnest(?::BLOB[])) AS shape", [tiles]
    )
    return connection.execute(
        "SELECT parcel_id, sum(ST_Area(ST_Intersection(geometry, shape))) "
        "FROM read_parquet(?) JOIN tiles ON ST_Intersects(geometry, shape) GROUP BY parcel_id",
        [question.layer],
    ).fetchall()


def sedonadb(question: Question) -> Areas:
    """Join GeoParquet with tiles of 200 m in SedonaDB."""
    import pyarrow as pa
    import sedonadb
    import shapely

    context = sedonadb.connect()
    context.read_parquet(question.layer).to_view("parcels")
    tiles = shapely.to_wkb(_pieces(question, STATIONS_A_TILE))
    context.create_data_frame(pa.table({"wkb": pa.array(tiles, pa.binary())})).to_view("tiles")
    found = context.sql(
        "SELECT parcel_id, sum(ST_Area(ST_Intersection(geometry, shape))) AS area "
        "FROM parcels JOIN (SELECT ST_SetSRID(ST_GeomFromWKB(wkb), 5897) AS shape FROM tiles) t "
        "ON ST_Intersects(geometry, shape) GROUP BY parcel_id"
    ).to_arrow_table()
    return zip(*(column.to_pylist() for column in found.columns), strict=True)


def postgis(question: Question) -> Areas:
    """Let the server subdivide the corridor, join and cut; its CPU seconds count."""
    from adbc_driver_postgresql import dbapi

    url, _, table = question.layer.rpartition("#")
    shape = "geom"
    if question.ragged:
        repaired = "ST_MakeValid(geom, 'method=structure keepcollapsed=false')"
        shape = f"CASE WHEN ST_IsValid(geom) THEN geom ELSE {repaired} END"
    with dbapi.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid(), postgis_lib_version()")
        backend, version = cursor.fetchone()
        for setting in ("max_parallel_workers_per_gather = 0", "jit = off"):
            cursor.execute(f"SET {setting}")  # all the work in one process, whose CPU is read
        cursor.execute(
            "CREATE TEMPORARY TABLE pieces AS "
            f"SELECT ST_Subdivide(ST_GeomFromWKB($1, 5897), {SUBDIVIDE_VERTICES}) AS piece",
            (_corridor_wkb(question.corridor),),
        )
        cursor.execute("ANALYZE pieces")
        cursor.execute(
            "SELECT parcel_id, sum(ST_Area(ST_Intersection(shape, piece))) FROM pieces "
            f"JOIN (SELECT parcel_id, geom, {shape} AS shape FROM {table}) p "
            "ON geom && piece AND ST_Intersects(shape, piece) GROUP BY parcel_id"
        )
        found = cursor.fetch_arrow_table()
        said = {"elsewhere_s": _cpu_seconds(backend), "server": f"PostGIS {version}"}
    sys.stdout.write(json.dumps(said) + "\n")
    return zip(*(column.to_pylist() for column in found.columns), strict=True)


PEERS = {
    "overlay": Peer("read whole, overlay in 1 km pieces", overlay),
    "sjoin": Peer("read whole (arrow), sjoin, intersection", sjoin),
    "chunked": Peer("pyogrio, a box a km, intersection", chunked),
    "duckdb": Peer(
        "DuckDB, GeoParquet, 200 m tiles",
        duckdb,
        reads=".parquet",
        needs=("duckdb", "duckdb_extension_spatial"),
        repairs=False,
    ),
    "sedonadb": Peer(
        "SedonaDB, GeoParquet, 200 m tiles",
        sedonadb,
        reads=".parquet",
        needs=("sedonadb", "geoarrow"),
        repairs=False,
    ),
    "postgis": Peer(
        "PostGIS, client + backend", postgis, reads="#", needs=("adbc_driver_postgresql",)
    ),
}


def cut_at_stations(corridor: "shapely.Polygon", stations: int) -> "Shapes":
    """Return pieces of so many stations of a corridor whose ring goes up left and down right."""
    import numpy as np
    import shapely

    ring = shapely.get_coordinates(corridor)[:-1]
    left, right = ring[: len(ring) // 2], ring[len(ring) // 2 :][::-1]
    rings = [
        np.vstack([left[first : first + stations + 1], right[first : first + stations + 1][::-1]])
        for first in range(0, len(left) - 1, stations)
    ]
    return np.array([shapely.Polygon(ring) for ring in rings])


def read_wkb(path: Path, rows: str) -> Iterator[bytes]:
    """Yield the shapes that a query of a GeoPackage selects."""
    with closing(sqlite3.connect(path)) as connection:
        for (blob,) in connection.execute(rows):
            yield blob[_GPKG_HEADER + _ENVELOPE_BYTES[(blob[3] >> 1) & 7] :]


def _corridor_wkb(path: Path) -> bytes:
    return next(read_wkb(path, "SELECT geom FROM right_of_way"))


def _pieces(question: Question, stations: int) -> "Shapes":
    import shapely

    return cut_at_stations(shapely.from_wkb(_corridor_wkb(question.corridor)), stations)


def _repaired(shapes: "Shapes") -> "Shapes":
    import shapely

    broken = ~shapely.is_valid(shapes)
    shapes = shapes.copy()
    shapes[broken] = shapely.make_valid(shapes[broken], method="structure", keep_collapsed=False)
    return shapes


def _cpu_seconds(process: int) -> float:
    """Return what a process of this machine has used, user and system."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Write one answer."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("name", choices=PEERS)
    parser.add_argument("layer", help="a file, or a PostGIS URL with #table")
    parser.add_argument("corridor", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--ragged", action="store_true")
    asked = parser.parse_args()
    question = Question(asked.layer, asked.corridor, asked.ragged)
    write_answer(PEERS[asked.name].answer(question), asked.out)


if __name__ == "__main__":
    main()
