"""What geotool's work costs without its start-up, and the least that GEOS must do for it.

    python benchmarks/floor.py geos LAYER.gpkg CORRIDOR.gpkg
    python benchmarks/floor.py inner LAYER.gpkg CORRIDOR.gpkg

``geos``: for the parcels whose box meets the box of a tile of 200 m, decode their WKB, build an
STRtree, tell those inside from those that cross, clip the crossing ones; finding and reading them
and cutting the tiles is not counted. ``inner``: the second ``measure_affected`` of one process.
Both print CPU milliseconds as JSON.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import shapely
from peers import STATIONS_A_TILE, cut_at_stations, read_wkb

if TYPE_CHECKING:
    from peers import Shapes

REPEATS = 5
_NEAR = (
    "SELECT geom FROM parcels WHERE fid IN (SELECT id FROM rtree_parcels_geom "
    "WHERE minx <= {2} AND maxx >= {0} AND miny <= {3} AND maxy >= {1})"
)


def geos(layer: Path, corridor: Path) -> dict[str, float]:
    """Return the median milliseconds of each step, and how many parcels it had to do with."""
    shape = shapely.from_wkb(next(read_wkb(corridor, "SELECT geom FROM right_of_way")))
    tiles = cut_at_stations(shape, STATIONS_A_TILE)
    near = {blob for box in shapely.bounds(tiles) for blob in read_wkb(layer, _NEAR.format(*box))}
    blobs = np.array(list(near), dtype=object)
    rounds = [_one_round(blobs, tiles) for _ in range(REPEATS)]
    steps = {name: statistics.median(one[name] for one in rounds) for name in rounds[0]}
    return {"geos_ms": statistics.median(map(_all_steps, rounds)), **steps, "near": len(blobs)}


def inner(layer: Path, corridor: Path) -> dict[str, float]:
    """Return the milliseconds of geotool's work once everything is imported."""
    from geotool.pipeline.affected import AffectedOptions, measure_affected

    with tempfile.TemporaryDirectory() as folder:
        options = AffectedOptions(
            str(layer), [str(corridor)], output=str(Path(folder, "out.csv")), overwrite=True
        )
        measure_affected(options)
        begun = time.process_time()
        measure_affected(options)
        return {"inner_ms": 1000 * (time.process_time() - begun)}


def _one_round(blobs: "Shapes", tiles: "Shapes") -> dict[str, float]:
    tiles = shapely.from_wkb(shapely.to_wkb(tiles))  # nothing prepared in an earlier round
    clock = [time.process_time()]
    shapes = shapely.from_wkb(blobs)
    clock.append(time.process_time())
    tree = shapely.STRtree(shapes)
    clock.append(time.process_time())
    tile, parcel = tree.query(tiles, predicate="intersects")
    shapely.prepare(tiles)
    inside = shapely.contains_properly(tiles[tile], shapes[parcel])
    clock.append(time.process_time())
    cut = shapely.intersection(shapes[parcel[~inside]], tiles[tile[~inside]])
    areas = [shapely.area(cut), shapely.area(shapes[parcel[inside]])]
    clock.append(time.process_time())
    if abs(sum(map(np.sum, areas)) / shapely.area(tiles).sum() - 1) > 1e-9:
        raise SystemExit("the floor's parcels do not fill the corridor")
    names = ("decode_ms", "tree_ms", "classify_ms", "clip_ms")
    return dict(zip(names, 1000 * np.diff(clock), strict=True))


def _all_steps(one: dict[str, float]) -> float:
    return sum(one.values())


def main() -> None:
    """Print one measurement."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("name", choices=("geos", "inner"))
    parser.add_argument("layer", type=Path)
    parser.add_argument("corridor", type=Path)
    asked = parser.parse_args()
    measure = geos if asked.name == "geos" else inner
    sys.stdout.write(json.dumps(measure(asked.layer, asked.corridor)) + "\n")


if __name__ == "__main__":
    main()
