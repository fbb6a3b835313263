"""The kernel under every measurement: shapes cut by the cells of a corridor, in arrays."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray

from geotool.pieces import Pieces, cut_pieces

if TYPE_CHECKING:
    import pandas as pd

Shapes = NDArray[np.object_]
Texts = NDArray[np.object_]
Numbers = NDArray[np.float64]
Places = NDArray[np.intp]

CELL_KEYS = ("alignment_id", "section_id", "commune_id")
_WHOLE_SHARE = 1e-13  # of a shape: what rounding may leave of one that lies in a cell


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
        """The cells in pieces small enough to cut with fast, prepared."""
        pieces = cut_pieces(self.shapes, metres_per_unit=self.metres_per_unit)
        shapely.prepare(pieces.shapes)
        return pieces

    def areas_m2(self, shapes: Shapes) -> Numbers:
        """Return planar areas in m2 of any shapes in the cells' CRS."""
        return np.asarray(shapely.area(shapes) * self.metres_per_unit**2, dtype=np.float64)

    def lengths_m(self, shapes: Shapes) -> Numbers:
        """Return planar lengths in metres of any shapes in the cells' CRS."""
        return np.asarray(shapely.length(shapes) * self.metres_per_unit, dtype=np.float64)


@dataclass(frozen=True)
class Cut:
    """Polygons cut by pieces: ``parts[i]`` is what shape ``shape[i]`` has in ``piece[i]``.

    Sorted by shape, then by piece; ``areas`` are those of the parts in CRS units, all positive.
    """

    shape: Places
    piece: Places
    parts: Shapes
    areas: Numbers


@dataclass(frozen=True)
class Clip:
    """Pieces of shapes inside cells: ``shapes[i]`` is what shape ``shape[i]`` has in ``cell[i]``.

    Sorted by shape, then by cell.
    """

    shape: Places
    cell: Places
    shapes: Shapes


def cut_polygons(shapes: Shapes, cells: Cells) -> Cut:
    """Cut valid polygons by the pieces of cells.

    Only polygon parts are kept; shapes that touch a piece along an edge give nothing.
    """
    pieces = cells.pieces.shapes
    shape, piece = _pairs(shapes, pieces)
    parts = polygon_parts(_cut(shapes, pieces, shape, piece))
    areas = shapely.area(parts)
    solid = areas > 0
    return Cut(shape[solid], piece[solid], parts[solid], areas[solid])


def join_cut(cut: Cut, shapes: Shapes, cells: Cells, least_area_m2: float) -> Clip:
    """Unite what one shape has in several pieces of a cell; keep more than ``least_area_m2``.

    A shape that lies in a cell as a whole is taken as it is.
    """
    shape, cell, owner = _pairs_of_cells(cut, cells)
    sums = np.bincount(owner, weights=cut.areas, minlength=len(shape))
    kept = sums * cells.metres_per_unit**2 > least_area_m2
    inside = kept & (shapely.area(shapes[shape]) - sums <= _WHOLE_SHARE * sums)
    united = np.full(len(shape), None, dtype=np.object_)
    united[inside] = shapes[shape[inside]]
    open_pairs = kept & ~inside
    places = np.cumsum(open_pairs) - 1
    parts = open_pairs[owner]
    united[open_pairs] = union_by(cut.parts[parts], places[owner[parts]], int(open_pairs.sum()))
    return Clip(shape[kept], cell[kept], united[kept])


def sum_cut(cut: Cut, cells: Cells) -> tuple[Places, Places, Numbers]:
    """Return (shape, cell, area in m2) of every pair that shares ground, in that order."""
    shape, cell, owner = _pairs_of_cells(cut, cells)
    areas = np.bincount(owner, weights=cut.areas, minlength=len(shape))
    return shape, cell, np.asarray(areas * cells.metres_per_unit**2)


def clip_polygons(shapes: Shapes, cells: Cells, least_area_m2: float) -> Clip:
    """Cut polygons by cells; keep what has more than ``least_area_m2`` of area.

    Only polygon parts are kept; shapes that touch a cell along an edge give nothing.
    """
    return join_cut(cut_polygons(shapes, cells), shapes, cells, least_area_m2)


def _pairs_of_cells(cut: Cut, cells: Cells) -> tuple[Places, Places, Places]:
    """Return the (shape, cell) pairs in order, and to which of them each part belongs."""
    count = max(len(cells.shapes), 1)
    codes, owner = np.unique(cut.shape * count + cells.pieces.owner[cut.piece], return_inverse=True)
    return codes // count, codes % count, owner.reshape(-1)


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
