"""Polygons in pieces small enough to clip with fast, which tile them exactly."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

Shapes = NDArray[np.object_]
Places = NDArray[np.intp]
Numbers = NDArray[np.float64]

PIECE_M = 300.0
PIECE_VERTICES = 64
THIN_SHARE = 0.5
"""Speed only: a piece is halved while it has more vertices than that, or is both longer than
``PIECE_M`` and thinner than that share of its box."""

_HALVINGS = 64
_LOST_SHARE = 1e-11
_LOST_REACH = 1e-14  # of a border's length times how far from 0 it is: rounding where it is cut


@dataclass(frozen=True)
class Pieces:
    """Polygons of one part, and the position of the polygon each is a piece of, ascending."""

    shapes: Shapes
    owner: Places


def cut_pieces(polygons: Shapes, *, metres_per_unit: float = 1.0) -> Pieces:
    """Return polygons cut into small pieces.

    A polygon is halved across the longer side of its box, its halves likewise, until every piece
    has few vertices and is short or compact. Stations are not needed: a bare outline with holes
    and several parts is cut the same way. A polygon of which halving would lose anything is
    left whole.

    Parameters
    ----------
    polygons
        Valid polygons of one or several parts in plane coordinates; none missing.
    metres_per_unit
        Length of one unit of their coordinates.

    Returns
    -------
    Pieces
        The pieces of a polygon share no ground and together are the polygon, to the rounding
        of the coordinates where it is cut.
    """
    parts, owner = _polygons_in(polygons, np.arange(len(polygons), dtype=np.intp))
    done: list[tuple[Shapes, Places]] = []
    for _ in range(_HALVINGS):
        small = _are_small(parts, PIECE_M / metres_per_unit)
        done.append((parts[small], owner[small]))
        parts, owner = _halve(parts[~small], owner[~small])
        if not len(parts):
            break
    done.append((parts, owner))
    shapes = np.concatenate([shapes for shapes, _ in done])
    owners = np.concatenate([owners for _, owners in done])
    return _complete(polygons, shapes, owners)


def _are_small(parts: Shapes, length: float) -> NDArray[np.bool_]:
    box = shapely.bounds(parts).reshape(-1, 4)
    width, height = box[:, 2] - box[:, 0], box[:, 3] - box[:, 1]
    short = np.maximum(width, height) <= length
    compact = shapely.area(parts) >= THIN_SHARE * width * height
    few = shapely.get_num_coordinates(parts) <= PIECE_VERTICES
    small: NDArray[np.bool_] = few & (short | compact)
    return small


def _halve(parts: Shapes, owner: Places) -> tuple[Shapes, Places]:
    if not len(parts):
        return parts, owner
    x0, y0, x1, y1 = shapely.bounds(parts).T
    wide = x1 - x0 >= y1 - y0
    middle_x, middle_y = (x0 + x1) / 2, (y0 + y1) / 2
    first = shapely.box(x0, y0, np.where(wide, middle_x, x1), np.where(wide, y1, middle_y))
    second = shapely.box(np.where(wide, middle_x, x0), np.where(wide, y0, middle_y), x1, y1)
    halves = shapely.intersection(np.concatenate([parts, parts]), np.concatenate([first, second]))
    return _polygons_in(halves, np.concatenate([owner, owner]))


def _polygons_in(shapes: Shapes, owner: Places) -> tuple[Shapes, Places]:
    """Return the single polygons with an area inside shapes of any kind."""
    parts, place = shapely.get_parts(shapes, return_index=True)
    collected = shapely.get_type_id(parts) > shapely.GeometryType.MULTILINESTRING
    if collected.any():
        inner, again = shapely.get_parts(parts, return_index=True)
        parts, place = inner, place[again]
    kept = (shapely.get_type_id(parts) == shapely.GeometryType.POLYGON) & (shapely.area(parts) > 0)
    return parts[kept], owner[place[kept]]


def _complete(polygons: Shapes, shapes: Shapes, owner: Places) -> Pieces:
    """Return the pieces in the order of their polygons, whole ones where something was lost."""
    whole = shapely.area(polygons)
    sums = np.bincount(owner, weights=shapely.area(shapes), minlength=len(polygons))
    reach = np.abs(shapely.bounds(polygons).reshape(-1, 4)).max(axis=1, initial=0.0)
    rounding = _LOST_SHARE * whole + _LOST_REACH * reach * shapely.length(polygons)
    lost = np.abs(whole - sums) > rounding
    if lost.any():
        kept = ~lost[owner]
        parts, again = _polygons_in(polygons[lost], np.flatnonzero(lost))
        shapes, owner = np.concatenate([shapes[kept], parts]), np.concatenate([owner[kept], again])
    order = np.argsort(owner, kind="stable")
    return Pieces(shapes[order], owner[order].astype(np.intp))
