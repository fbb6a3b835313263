"""Where parcels claim ground twice or not at all, found by the edges that they do not share.

How many parcels lie over a place changes only across an edge of one of them. An edge that two
parcels share from both sides changes nothing: taken with the direction in which each parcel has
its inside on the left, the two cancel. So only the edges left over after cancelling matter: a
piece of the corridor that none of them enters has the same number of parcels everywhere, which
is the sum of what they have in it over its area. Only the other pieces are united and subtracted.
"""

import numpy as np
import shapely
from numpy.typing import NDArray

from geotool.affected.areas import Directed, direct_edges
from geotool.affected.clip import GRID, Cells, Cut, clip_parts, join_by, move, polygon_parts
from geotool.pieces import PIECE_VERTICES, Numbers, Places, Shapes

_NOISE_SHARE = 1e-9  # of a piece: what rounding may leave between a sum and whole parcels
_MIXERS = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x94D049BB133111EB, 0x165667B19E3779F9)


def measure_claims(
    shapes: Shapes, cut: Cut, cells: Cells, directed: Directed | None = None
) -> tuple[Numbers, Numbers]:
    """Return what of each cell some parcel claims, and what none does.

    Parameters
    ----------
    shapes
        The parcels, valid polygons; at least all that meet a cell.
    cut
        The same parcels cut by the pieces of the cells.
    cells
        The cells of the corridor.
    directed
        The edges of the parcels, where they are known already.

    Returns
    -------
    tuple
        Two arrays of m2, one a cell: the area of the union of the parts, and the area of the
        cell minus all parcels, which is computed from the parcels and not from their parts.
    """
    pieces = cells.pieces
    whole = shapely.area(pieces.shapes)
    sums = np.bincount(cut.piece, weights=cut.areas, minlength=len(whole))
    layers = np.rint(sums / whole)
    settled = np.abs(sums - layers * whole) <= _NOISE_SHARE * whole
    directed = direct_edges(shapes) if directed is None else directed
    settled &= ~_entered(pieces.shapes, free_edges(directed))
    claimed = np.where(layers == 1, sums, np.where(layers > 1, whole, 0.0))
    free = np.where(layers == 0, whole, 0.0)
    places = np.flatnonzero(~settled)
    claimed[places], free[places] = _unite(shapes, cut, cells, places)
    scale = cells.metres_per_unit**2
    count = len(cells.shapes)
    held, left = (
        np.asarray(np.bincount(pieces.owner, weights=areas, minlength=count) * scale)
        for areas in (claimed, free)
    )
    return held, left


def free_edges(directed: Directed) -> Shapes:
    """Return the edges that polygons do not share one from each side, as lines of two vertices."""
    edges = np.column_stack(directed[:4])
    turned = (edges[:, 0] > edges[:, 2]) | (
        (edges[:, 0] == edges[:, 2]) & (edges[:, 1] > edges[:, 3])
    )
    edges[turned] = edges[turned][:, [2, 3, 0, 1]]
    codes = _codes(edges)
    order = np.argsort(codes, kind="stable")
    edges, codes = edges[order], codes[order]
    if not len(codes):
        return np.empty(0, dtype=np.object_)
    new = np.concatenate([[True], codes[1:] != codes[:-1]])
    starts = np.flatnonzero(new)
    balance = np.add.reduceat(np.where(turned[order], -1, 1), starts)
    mixed = np.logical_or.reduceat(
        np.concatenate([[False], ~new[1:] & (edges[1:] != edges[:-1]).any(axis=1)]), starts
    )
    left = (balance != 0) | mixed
    chosen = edges[np.repeat(left, np.diff(np.append(starts, len(edges))))]
    lines: Shapes = shapely.linestrings(chosen.reshape(-1, 2, 2))
    return lines


def _codes(edges: Numbers) -> NDArray[np.uint64]:
    """Return a number an edge, the same for the same edge; two edges may share one by chance."""
    bits = (edges + 0.0).view(np.uint64)  # -0.0 becomes 0.0
    codes = np.zeros(len(edges), dtype=np.uint64)
    for column, mixer in enumerate(_MIXERS):
        codes ^= bits[:, column]
        codes *= np.uint64(mixer)
        codes ^= codes >> np.uint64(29)
    return codes


def _entered(pieces: Shapes, edges: Shapes) -> NDArray[np.bool_]:
    """Return which pieces an edge touches."""
    entered = np.zeros(len(pieces), dtype=np.bool_)
    if len(edges):
        entered[shapely.STRtree(edges).query(pieces, predicate="intersects")[0]] = True
    return entered


def _unite(shapes: Shapes, cut: Cut, cells: Cells, places: Places) -> tuple[Numbers, Numbers]:
    """Return the claimed and the unclaimed area of pieces, by uniting what lies in them.

    Where the two are not the piece, or more is claimed than lies in it, the library failed along
    edges that nearly coincide.
    """
    pieces = cells.pieces.shapes
    number = np.full(len(pieces), -1, dtype=np.intp)
    number[places] = np.arange(len(places))
    inside = np.flatnonzero(number[cut.piece] >= 0)
    owner = number[cut.piece[inside]]
    united = join_by(clip_parts(cut, shapes, cells, inside), owner, len(places))
    near = _about(shapes[cut.shape[inside]], pieces[cut.piece[inside]])
    whole = join_by(near, owner, len(places))
    rest = shapely.difference(pieces[places], whole)
    free = shapely.area(np.where(shapely.is_missing(whole), pieces[places], rest))
    claimed = np.nan_to_num(shapely.area(united))
    area = shapely.area(pieces[places])
    most = np.bincount(owner, weights=cut.areas[inside], minlength=len(places))
    excess = np.maximum(np.abs(claimed + free - area), claimed - most)
    for place in np.flatnonzero(excess > _NOISE_SHARE * area):
        own = shapes[cut.shape[inside[owner == place]]]
        claimed[place], free[place] = _unite_on_grid(pieces[places[place]], own)
    return claimed, free


def _about(shapes: Shapes, pieces: Shapes) -> Shapes:
    """Return shapes of many vertices without what is far from a piece each; the others whole."""
    found = shapes.copy()
    large = np.flatnonzero(shapely.get_num_coordinates(shapes) > PIECE_VERTICES)
    x0, y0, x1, y1 = shapely.bounds(pieces[large]).reshape(-1, 4).T
    edge = np.maximum(x1 - x0, y1 - y0) / 16
    boxes = shapely.box(x0 - edge, y0 - edge, x1 + edge, y1 + edge)
    found[large] = polygon_parts(shapely.intersection(shapes[large], boxes))
    return found


def _unite_on_grid(piece: shapely.Geometry, shapes: Shapes) -> tuple[float, float]:
    """Return the claimed and the unclaimed area of a piece, rounded to a fine grid."""
    corner = shapely.bounds(piece)[:2]
    every = np.concatenate([shapes, np.array([piece], dtype=np.object_)])
    moved = move(every, np.broadcast_to(-corner, (len(every), 2)))
    parts = shapely.intersection(moved[:-1], moved[-1], grid_size=GRID)
    claimed = shapely.union_all(parts, grid_size=GRID)
    rest = shapely.difference(
        moved[-1], shapely.union_all(moved[:-1], grid_size=GRID), grid_size=GRID
    )
    return float(shapely.area(claimed)), float(shapely.area(rest))
