"""Check of the right of way: ground that no parcel covers, piece by piece."""

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geotool.affected.clip import Cells
from geotool.affected.findings import Finding, World, joined
from geotool.affected.guards import flat_shapes, prepare_cells
from geotool.route.axis import Axis
from geotool.route.cuts import polygon_parts
from geotool.route.locate import Locator


def find_uncovered(world: World) -> list[Finding]:
    """Find ground of the right of way that no parcel covers (no cadastral map).

    Each piece above the least area that is listed is a finding, along the alignment; where
    all pieces of a cell are smaller, or shapes are not known, the cell is one.
    """
    if world.land_take is None:
        return []
    cells = world.land_take.cells
    listed = cells["weight"] > 0
    listed &= cells["uncovered_area_m2"] > world.tolerances.sliver_area_m2
    shapes = _uncovered_shapes(world, np.flatnonzero(listed))
    found = []
    for position, row in zip(np.flatnonzero(listed), cells[listed].itertuples(), strict=True):
        place = joined([str(row.section_id), str(row.commune_id)])
        key = place or str(row.alignment_id)
        whole = f"{row.uncovered_area_m2:.2f} of {row.corridor_area_m2:.2f} m2"
        pieces = shapes.get(int(position), [])
        if len(pieces) < 2:
            message = f"{whole} of the right of way lie in no parcel."
            shape = pieces[0][1] if pieces else None
            found.append(Finding("right_of_way", key, place, message, shape))
            continue
        where = f" in {key}" if key else ""
        for number, (area_m2, shape) in enumerate(pieces, 1):
            message = (
                f"{area_m2:.2f} m2 of the right of way lie in no parcel (piece {number} of "
                f"{len(pieces)}{where}, together {whole})."
            )
            found.append(Finding("right_of_way", key, place, message, shape))
    return found


def _uncovered_shapes(
    world: World, positions: NDArray[np.intp]
) -> dict[int, list[tuple[float, BaseGeometry]]]:
    """Return the pieces of each listed cell with their areas in m2, along the axis."""
    cells, parcels = world.setting.cells, world.layers.get("parcels")
    if cells is None or not isinstance(parcels, gpd.GeoDataFrame):
        return {}
    ready = prepare_cells(cells, parcels, "parcels")
    shapes = flat_shapes(parcels)
    wanted = ready.shapes[positions]
    cell, parcel = shapely.STRtree(shapes).query(wanted, predicate="intersects")
    found = {}
    for number, position in enumerate(positions):
        claimed = shapely.union_all(shapes[parcel[cell == number]])
        rest = polygon_parts(shapely.difference(wanted[number], claimed))
        found[int(position)] = _pieces(rest, ready, world)
    return found


def _pieces(rest: BaseGeometry, cells: Cells, world: World) -> list[tuple[float, BaseGeometry]]:
    """Return the parts above the least area in order, all together where none is."""
    parts = shapely.get_parts(rest)
    areas_m2 = cells.areas_m2(parts)
    large = areas_m2 > world.tolerances.sliver_area_m2
    if not large.any():
        return [] if rest.is_empty else [(float(areas_m2.sum()), rest)]
    order = _order(parts[large], list(world.setting.axes))
    return [(float(areas_m2[large][i]), parts[large][i]) for i in order]


def _order(parts: NDArray[np.object_], axes: list[Axis]) -> NDArray[np.intp]:
    """Return the positions of parts along the nearest axis, without axes from west to east."""
    low = shapely.bounds(parts).reshape(-1, 4)
    if not axes:
        return np.lexsort((low[:, 1], low[:, 0]))
    inner = shapely.get_coordinates(shapely.point_on_surface(parts))
    places = Locator(axes).locate(inner)
    return np.lexsort((low[:, 1], low[:, 0], places.measure_m, places.axis_index))
