"""The kernel under every measurement: shapes cut by the cells of a corridor, in arrays."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray

from geotool.affected.areas import Edges, edges_of, share_areas
from geotool.pieces import Numbers, Pieces, Places, Shapes, cut_pieces

if TYPE_CHECKING:
    import pandas as pd

Texts = NDArray[np.object_]

CELL_KEYS = ("alignment_id", "section_id", "commune_id")
_LEAST_M2 = 1e-8
_ROUNDING_OF_REACH = 1e-15
_ROUNDING = 1e-11
"""What rounding may make of areas: of nothing, by the square of the reach, and of an area."""
_LOST_SHARE = 1e-9
_LOST_M2 = 1e-6
GRID = 1e-9
"""CRS units; to it are rounded, about a corner of their own, shapes that fail to unite else."""


@dataclass(frozen=True)
class Cells:
    """The cells of a corridor in natural order, ready to cut with.

    Parameters
    ----------
    columns
        alignment_id, section_id, commune_id (``""`` where absent) and basis, one text a cell.
    weights
        One a cell.
    shapes
        The cells' polygons without heights, own copies.
    metres_per_unit
        Length of one CRS unit; areas scale with its square.
    given
        Which of the three keys the caller's cells had, and ``basis`` where not all of the land
        is recovered.
    """

    columns: Mapping[str, Texts]
    weights: Numbers
    shapes: Shapes
    metres_per_unit: float
    given: tuple[str, ...]

    @property
    def frame(self) -> "pd.DataFrame":
        """The columns and the weights as a frame."""
        import pandas as pd

        cells = {name: pd.Series(texts, dtype=object) for name, texts in self.columns.items()}
        return pd.DataFrame({**cells, "weight": self.weights})[[*CELL_KEYS, "weight", "basis"]]

    @cached_property
    def pieces(self) -> Pieces:
        """The cells in pieces small enough to cut with fast."""
        return cut_pieces(self.shapes, metres_per_unit=self.metres_per_unit)

    def areas_m2(self, shapes: Shapes) -> Numbers:
        """Return planar areas in m2 of any shapes in the cells' CRS."""
        return np.asarray(shapely.area(shapes) * self.metres_per_unit**2, dtype=np.float64)

    def lengths_m(self, shapes: Shapes) -> Numbers:
        """Return planar lengths in metres of any shapes in the cells' CRS."""
        return np.asarray(shapely.length(shapes) * self.metres_per_unit, dtype=np.float64)


@dataclass(frozen=True)
class Cut:
    """What polygons have in pieces: shape ``shape[i]`` has ``areas[i]`` in piece ``piece[i]``.

    Sorted by shape, then by piece; areas are in CRS units and positive.
    """

    shape: Places
    piece: Places
    areas: Numbers


@dataclass(frozen=True)
class Clip:
    """Pieces of shapes inside cells: ``shapes[i]`` is what shape ``shape[i]`` has in ``cell[i]``.

    Sorted by shape, then by cell.
    """

    shape: Places
    cell: Places
    shapes: Shapes


def cut_polygons(shapes: Shapes, cells: Cells, edges: Edges | None = None) -> Cut:
    """Measure what valid polygons have in the pieces of cells, without clipping them.

    Shapes that touch a piece along an edge have nothing in it.

    Parameters
    ----------
    shapes, cells
        Polygons in the coordinates of the cells.
    edges
        The edges of the shapes, where they are known already.
    """
    pieces = cells.pieces
    piece, shape = shapely.STRtree(shapes).query(pieces.shapes)
    order = np.lexsort((piece, shape))
    shape, piece = shape[order], piece[order]
    edges = edges_of(shapes) if edges is None else edges
    areas = share_areas(edges, edges_of(pieces.shapes), (shape, piece))
    noise = _noise(shapes, cells)[shape]
    most = np.minimum(shapely.area(shapes)[shape], shapely.area(pieces.shapes)[piece])
    odd = np.flatnonzero(~((areas >= -noise) & (areas <= most * (1 + _ROUNDING) + noise)))
    if len(odd):  # never met; a clipped area is right where an integrated one cannot be
        areas[odd] = shapely.area(
            shapely.intersection(shapes[shape[odd]], pieces.shapes[piece[odd]])
        )
    held = areas > noise
    return Cut(shape[held], piece[held], areas[held])


def clip_cut(shapes: Shapes, cells: Cells) -> Cut:
    """Return what :func:`cut_polygons` does by clipping with the library: slower, its reference."""
    shape, piece = _pairs(shapes, cells.pieces.shapes)
    areas = shapely.area(_cut(shapes, cells.pieces.shapes, shape, piece))
    held = areas > _noise(shapes, cells)[shape]
    return Cut(shape[held], piece[held], areas[held])


def join_cut(cut: Cut, shapes: Shapes, cells: Cells, pairs: tuple[Places, Places]) -> Shapes:
    """Return the shapes that pairs of (shape, cell) share, one a pair.

    Parameters
    ----------
    cut
        The shapes cut by the pieces of the cells.
    pairs
        Positions of shapes and cells that share ground, in the order of :func:`sum_cut`. A
        shape that lies in a cell as a whole is taken as it is.
    """
    shape, cell, owner = _pairs_of_cells(cut, cells)
    count = max(len(cells.shapes), 1)
    wanted = np.searchsorted(shape * count + cell, pairs[0] * count + pairs[1])
    sums = np.bincount(owner, weights=cut.areas, minlength=len(shape))
    whole = np.abs(shapely.area(shapes[shape]) - sums) <= _ROUNDING * sums
    number = np.full(len(shape), -1, dtype=np.intp)
    crossing = wanted[~whole[wanted]]
    number[crossing] = np.arange(len(crossing))
    rows = np.flatnonzero(number[owner] >= 0)
    parts = clip_parts(cut, shapes, cells, rows)
    found = shapes[pairs[0]]
    found[~whole[wanted]] = union_by(parts, number[owner[rows]], len(crossing))
    return found


def clip_parts(cut: Cut, shapes: Shapes, cells: Cells, rows: Places) -> Shapes:
    """Return the shared polygons of some rows of a cut.

    The library may miss ground between edges that nearly coincide: where a polygon has not the
    area that was measured, it is clipped again on a fine grid.
    """
    shapes, pieces = shapes[cut.shape[rows]], cells.pieces.shapes[cut.piece[rows]]
    parts = polygon_parts(np.asarray(shapely.intersection(shapes, pieces), dtype=np.object_))
    allowed = _LOST_SHARE * cut.areas[rows] + _LOST_M2 / cells.metres_per_unit**2
    lost = np.flatnonzero(np.abs(shapely.area(parts) - cut.areas[rows]) > allowed)
    if len(lost):
        corners = shapely.bounds(pieces[lost]).reshape(-1, 4)[:, :2]
        moved = move(shapes[lost], -corners), move(pieces[lost], -corners)
        parts[lost] = polygon_parts(move(shapely.intersection(*moved, grid_size=GRID), corners))
    return parts


def sum_cut(cut: Cut, cells: Cells) -> tuple[Places, Places, Numbers]:
    """Return (shape, cell, area in m2) of every pair that shares ground, in that order."""
    shape, cell, owner = _pairs_of_cells(cut, cells)
    areas = np.bincount(owner, weights=cut.areas, minlength=len(shape))
    return shape, cell, np.asarray(areas * cells.metres_per_unit**2)


def clip_polygons(shapes: Shapes, cells: Cells, least_area_m2: float) -> Clip:
    """Cut polygons by cells; keep what has more than ``least_area_m2`` of area.

    Only polygon parts are kept; shapes that touch a cell along an edge give nothing.
    """
    cut = cut_polygons(shapes, cells)
    shape, cell, areas_m2 = sum_cut(cut, cells)
    kept = areas_m2 > least_area_m2
    pairs = shape[kept], cell[kept]
    return Clip(*pairs, join_cut(cut, shapes, cells, pairs))


def _noise(shapes: Shapes, cells: Cells) -> Numbers:
    """Return the area of each shape that rounding alone may give, in CRS units."""
    box = shapely.bounds(shapes).reshape(-1, 4)
    reach = np.maximum(box[:, 2] - box[:, 0], box[:, 3] - box[:, 1])
    return np.asarray(_LEAST_M2 / cells.metres_per_unit**2 + _ROUNDING_OF_REACH * reach**2)


def _pairs_of_cells(cut: Cut, cells: Cells) -> tuple[Places, Places, Places]:
    """Return the (shape, cell) pairs in order, and to which of them each part belongs."""
    count = max(len(cells.shapes), 1)
    codes, owner = number_runs(cut.shape * count + cells.pieces.owner[cut.piece])
    return codes // count, codes % count, owner


def number_runs(codes: Places) -> tuple[Places, Places]:
    """Return the different values of a sorted array, and the place of each element among them."""
    new = np.ones(len(codes), dtype=np.bool_)
    new[1:] = codes[1:] != codes[:-1]
    return codes[new], np.cumsum(new) - 1


def clip_lines(shapes: Shapes, cells: Cells, least_length_m: float) -> Clip:
    """Cut lines by cells; keep what has more than ``least_length_m`` of length.

    What a line has along the edge between two pieces of a cell is taken once.
    """
    pieces = cells.pieces
    shape, piece = _pairs(shapes, pieces.shapes)
    parts = _cut(shapes, pieces.shapes, shape, piece)
    long = shapely.length(parts) > 0
    count = max(len(cells.shapes), 1)
    codes = shape[long] * count + pieces.owner[piece[long]]
    found, owner = np.unique(codes, return_inverse=True)
    united = union_by(parts[long], owner.reshape(-1), len(found))
    several = np.bincount(owner.reshape(-1), minlength=len(found)) > 1
    united[several] = shapely.line_merge(united[several])
    kept = cells.lengths_m(united) > least_length_m
    return Clip(found[kept] // count, found[kept] % count, united[kept])


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

    One shape alone is returned as it is. Where the areas of polygons do not add up, they overlap,
    or the library lost some of them along edges that nearly coincide: those are united again on
    a fine grid.
    """
    united = join_by(shapes, owner, count)
    sums = np.bincount(owner, weights=shapely.area(shapes), minlength=count)
    odd = np.flatnonzero(np.abs(np.nan_to_num(shapely.area(united)) - sums) > _LOST_SHARE * sums)
    if len(odd):
        number = np.full(count, -1, dtype=np.intp)
        number[odd] = np.arange(len(odd))
        rows = np.flatnonzero(number[owner] >= 0)
        again = _join_on_grid(shapes[rows], number[owner[rows]], len(odd))
        lost = np.abs(shapely.area(again) - shapely.area(united[odd])) > _LOST_SHARE * sums[odd]
        united[odd[lost]] = again[lost]
    return united


def join_by(shapes: Shapes, owner: Places, count: int, grid: float | None = None) -> Shapes:
    """Return the unions of :func:`union_by` as the library gives them, right or wrong."""
    order = np.argsort(owner, kind="stable")
    owner, shapes = owner[order], shapes[order]
    sizes = np.bincount(owner, minlength=count)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    result = np.full(count, None, dtype=np.object_)
    single = sizes == 1
    result[single] = shapes[starts[single]]
    for size in sorted(set(sizes[sizes > 1].tolist())):
        owners = np.flatnonzero(sizes == size)
        table = shapes[starts[owners][:, None] + np.arange(size)[None, :]]
        result[owners] = shapely.union_all(table, grid_size=grid, axis=1)
    return result


def _join_on_grid(shapes: Shapes, owner: Places, count: int) -> Shapes:
    """Return unions rounded to a grid, each about a place of its own, where numbers are finest."""
    corners = np.full((count, 2), np.inf)
    np.minimum.at(corners, owner, shapely.bounds(shapes)[:, :2])
    return move(join_by(move(shapes, -corners[owner]), owner, count, GRID), corners)


def move(shapes: Shapes, by: Numbers) -> Shapes:
    """Return shapes moved, each by its own row of x and y."""
    places, row = shapely.get_coordinates(shapes, return_index=True)
    moved: Shapes = shapely.set_coordinates(shapes.copy(), places + by[row])
    return moved


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
