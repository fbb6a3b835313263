"""The kernel under every measurement: shapes cut by the cells of a corridor, vectorised."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geotool import crs
from geotool.affected.order import column_or, natural_order, text_keys
from geotool.errors import GeometryError, SchemaError
from geotool.route.takings import BASES, RECOVERED, read_basis

Shapes = NDArray[np.object_]
Numbers = NDArray[np.float64]
Places = NDArray[np.intp]

CELL_KEYS = ("alignment_id", "section_id", "commune_id")
PIECE_VERTICES = 256
PIECE_CUTS = 16
"""A cell of more vertices is halved, so many times at most, before it cuts; speed only."""


@dataclass(frozen=True)
class Cells:
    """The cells of a corridor in natural order, ready to cut with.

    Parameters
    ----------
    frame
        Columns alignment_id, section_id, commune_id (``""`` where absent), weight, basis.
    shapes
        The cells' polygons without heights, own copies.
    metres_per_unit
        Length of one CRS unit; areas scale with its square.
    given
        Which of the three keys the caller's frame had, and ``basis`` where not all of the land
        is recovered.
    """

    frame: pd.DataFrame
    shapes: Shapes
    metres_per_unit: float
    given: tuple[str, ...]

    @property
    def weights(self) -> Numbers:
        """The weights as floats, one a cell."""
        return self.frame["weight"].to_numpy(dtype=np.float64)

    def areas_m2(self, shapes: Shapes) -> Numbers:
        """Return planar areas in m2 of any shapes in the cells' CRS."""
        return np.asarray(shapely.area(shapes) * self.metres_per_unit**2, dtype=np.float64)

    def lengths_m(self, shapes: Shapes) -> Numbers:
        """Return planar lengths in metres of any shapes in the cells' CRS."""
        return np.asarray(shapely.length(shapes) * self.metres_per_unit, dtype=np.float64)


@dataclass(frozen=True)
class Clip:
    """Pieces of shapes inside cells: ``shapes[i]`` is what shape ``shape[i]`` has in ``cell[i]``.

    Sorted by shape, then by cell.
    """

    shape: Places
    cell: Places
    shapes: Shapes


def prepare_cells(cells: gpd.GeoDataFrame, features: gpd.GeoDataFrame, what: str) -> Cells:
    """Check a corridor's cells against the layer they will cut, and put them in order.

    Parameters
    ----------
    cells
        Polygons in a projected CRS; alignment_id, section_id, commune_id, weight, basis optional.
    features
        The layer to be cut, in the same CRS.
    what
        The layer's name, for messages.

    Raises
    ------
    CrsError, CrsMismatchError
        When a CRS is missing or not projected, or the two differ.
    GeometryError
        When a cell is no valid polygon.
    """
    metres_per_unit = crs.require_projected(cells, "corridor")
    crs.require_projected(features, what)
    crs.require_same({"corridor": cells, what: features})
    shapes = flat_shapes(cells)
    _require_polygons(shapes)
    frame = pd.DataFrame({key: text_keys(column_or(cells, key, "")) for key in CELL_KEYS})
    frame["weight"] = column_or(cells, "weight", 1.0).astype(np.float64)
    frame["basis"] = bases = read_basis(cells)
    low = shapely.bounds(shapes).reshape(-1, 4)
    rank = bases.map(BASES.index).to_numpy(dtype=np.float64)
    order = natural_order(frame, CELL_KEYS, (rank, low[:, 0], low[:, 1]))
    given = tuple(key for key in CELL_KEYS if key in cells.columns)
    if (bases != RECOVERED).any():
        given = (*given, "basis")
    return Cells(frame.iloc[order].reset_index(drop=True), shapes[order], metres_per_unit, given)


def flat_shapes(frame: gpd.GeoDataFrame) -> Shapes:
    """Return the geometries as an array of own copies without heights."""
    return np.asarray(shapely.force_2d(frame.geometry.to_numpy()), dtype=np.object_)


def require_unique(frame: pd.DataFrame, key: str, what: str) -> None:
    """Raise SchemaError when a key column repeats a value; the message lists the first ten."""
    repeated = frame.loc[frame[key].duplicated(), key].drop_duplicates()
    if len(repeated):
        names = ", ".join(str(value) for value in repeated[:10])
        raise SchemaError(
            f"{what}: {key} is repeated for {len(repeated)} value(s): {names}.",
            remedy="Give every row its own key and run again.",
        )


def require_valid(shapes: Shapes, keys: pd.Series, what: str) -> None:
    """Raise GeometryError when a shape is not valid; the message lists the first ten keys."""
    bad = ~shapely.is_valid(shapes) & ~shapely.is_missing(shapes)
    if bad.any():
        names = ", ".join(str(value) for value in keys[bad][:10])
        raise GeometryError(
            f"{what}: {int(bad.sum())} invalid shape(s): {names}.",
            remedy="Repair them first, for example with 'geotool convert'.",
        )


def clip_polygons(shapes: Shapes, cells: Cells, least_area_m2: float) -> Clip:
    """Cut polygons by cells; keep what has more than ``least_area_m2`` of area.

    Only polygon parts are kept; shapes that touch a cell along an edge give nothing.
    """
    pieces, owners = _cut_up(cells.shapes)
    shape, piece = _pairs(shapes, pieces)
    cut = _cut(shapes, pieces, shape, piece)
    cell = owners[piece]
    if len(pieces) != len(cells.shapes):
        shape, cell, cut = _join_pieces(shape, cell, cut)
    cut = polygon_parts(cut)
    kept = cells.areas_m2(cut) > least_area_m2
    return Clip(shape[kept], cell[kept], cut[kept])


def clip_lines(shapes: Shapes, cells: Cells, least_length_m: float) -> Clip:
    """Cut lines by cells; keep what has more than ``least_length_m`` of length."""
    shape, cell = _pairs(shapes, cells.shapes)
    cut = _cut(shapes, cells.shapes, shape, cell)
    kept = cells.lengths_m(cut) > least_length_m
    return Clip(shape[kept], cell[kept], cut[kept])


def cover_points(shapes: Shapes, cells: Cells, edge_m: float) -> Clip:
    """Return which points the cells cover, their boundary included.

    A point that no cell covers but that is within ``edge_m`` of one lies on its boundary.
    """
    cell, shape = shapely.STRtree(shapes).query(cells.shapes, predicate="covers")
    missed = np.setdiff1d(np.arange(len(shapes)), shape)
    on_edge, point = shapely.STRtree(shapes[missed]).query(
        cells.shapes, predicate="dwithin", distance=edge_m / cells.metres_per_unit
    )
    cell, shape = np.concatenate([cell, on_edge]), np.concatenate([shape, missed[point]])
    order = np.lexsort((cell, shape))
    return Clip(shape[order], cell[order], shapes[shape[order]])


def polygon_parts(shapes: Shapes) -> Shapes:
    """Return the shapes with every part that is no polygon removed."""
    mixed = np.flatnonzero(shapely.get_type_id(shapes) == shapely.GeometryType.GEOMETRYCOLLECTION)
    if not len(mixed):
        return shapes
    parts, owner = shapely.get_parts(shapes[mixed], return_index=True)
    parts, inner = shapely.get_parts(parts, return_index=True)
    owner = owner[inner]
    polygons = shapely.get_dimensions(parts) == 2
    result = shapes.copy()
    result[mixed] = shapely.from_wkt("POLYGON EMPTY")
    owners = np.unique(owner[polygons])
    if len(owners):
        places = np.searchsorted(owners, owner[polygons])
        united = shapely.multipolygons(parts[polygons], indices=places)
        alone = shapely.get_num_geometries(united) == 1
        united[alone] = shapely.get_geometry(united[alone], 0)
        result[mixed[owners]] = united
    return result


def union_by(shapes: Shapes, owner: Places, count: int) -> Shapes:
    """Return the union of the shapes of each owner 0..count-1; None where it has none.

    One shape alone is returned as it is.
    """
    order = np.argsort(owner, kind="stable")
    owner, shapes = owner[order], shapes[order]
    sizes = np.bincount(owner, minlength=count)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    result = np.full(count, None, dtype=np.object_)
    single = sizes == 1
    result[single] = shapes[starts[single]]
    for size in np.unique(sizes[sizes > 1]):
        owners = np.flatnonzero(sizes == size)
        table = shapes[starts[owners][:, None] + np.arange(size)[None, :]]
        result[owners] = shapely.union_all(table, axis=1)
    return result


def _pairs(shapes: Shapes, cells: Shapes) -> tuple[Places, Places]:
    """Return the intersecting (shape, cell) pairs, sorted by shape, then cell."""
    cell, shape = shapely.STRtree(shapes).query(cells, predicate="intersects")
    order = np.lexsort((cell, shape))
    return shape[order], cell[order]


def _cut(shapes: Shapes, cells: Shapes, shape: Places, cell: Places) -> Shapes:
    """Return each pair's intersection; a shape well inside its cell is taken as it is."""
    shapely.prepare(cells)
    cut: Shapes = shapes[shape]
    crossing = ~shapely.contains_properly(cells[cell], cut)
    cut[crossing] = shapely.intersection(cut[crossing], cells[cell[crossing]])
    return cut


def _join_pieces(shape: Places, cell: Places, cut: Shapes) -> tuple[Places, Places, Shapes]:
    """Unite what one shape has in several pieces of one cell."""
    cut = polygon_parts(cut)
    solid = shapely.area(cut) > 0
    pairs = np.column_stack([shape[solid], cell[solid]])
    unique, owner = np.unique(pairs, axis=0, return_inverse=True)
    united = union_by(cut[solid], owner.reshape(-1), len(unique))
    return unique[:, 0], unique[:, 1], united


def _cut_up(cells: Shapes) -> tuple[Shapes, Places]:
    """Cut cells of many vertices into smaller rectangles' worth; return pieces and owners."""
    pieces: list[object] = []
    owners: list[int] = []
    for owner, cell in enumerate(cells):
        waiting = [(cell, 0)]
        while waiting:
            piece, cuts = waiting.pop()
            if cuts == PIECE_CUTS or shapely.get_num_coordinates(piece) <= PIECE_VERTICES:
                pieces.append(piece)
                owners.append(owner)
            else:
                waiting.extend((half, cuts + 1) for half in _halves(piece))
    return np.array(pieces, dtype=np.object_), np.array(owners, dtype=np.intp)


def _halves(shape: shapely.Geometry) -> list[shapely.Geometry]:
    """Return the two halves of a polygon across the longer side of its bounds."""
    x0, y0, x1, y1 = shapely.bounds(shape)
    if x1 - x0 >= y1 - y0:
        middle = (x0 + x1) / 2
        boxes = shapely.box([x0, middle], [y0, y0], [middle, x1], [y1, y1])
    else:
        middle = (y0 + y1) / 2
        boxes = shapely.box([x0, x0], [y0, middle], [x1, x1], [middle, y1])
    halves = polygon_parts(np.asarray(shapely.intersection(shape, boxes), dtype=np.object_))
    return [half for half in halves if not half.is_empty]


def _require_polygons(shapes: Shapes) -> None:
    if len(shapes) and not (shapely.get_dimensions(shapes) == 2).all():
        raise GeometryError(
            "corridor: a shape is missing or no polygon.",
            remedy="Give the right of way as polygons, for example from 'geotool corridor'.",
        )
    if not shapely.is_valid(shapes).all():
        raise GeometryError(
            "corridor: a polygon crosses itself.",
            remedy="Repair it first, for example with 'geotool convert'.",
        )
