"""The largest circle inside a piece of land: how wide it is where it is widest."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geotool.pieces import Numbers, Places, Shapes

_BATCH = 256
"""Polygons searched at a time; memory only."""

_PARALLEL = 1e-9
"""Two edges that face the same way within it have nothing between them."""


def measure_widths(shapes: Shapes, *, error: float) -> Numbers:
    """Return the diameter of the largest inscribed circle of each polygon.

    A quadtree search over centres, as in GEOS's MaximumInscribedCircle, but a cell is bounded
    from above also by pairs of edges: the clearance is at most the mean of the distances to
    two of them, which over a cell is linear in the centre but for a foot beyond the edge by
    ``over``: it adds no more than over**2 / (2 * distance). So a strip between parallel edges,
    where every centre on the middle line is as good as any, is settled at once. A cell hands
    down only edges that can be the nearest of one of its points, which keeps long winding
    strips affordable; no polygon is wider than the narrowest box around it.

    Parameters
    ----------
    shapes
        Valid polygons, in any projected CRS.
    error
        The result is never too large, and at most this too small, in units of the CRS.
    """
    widths = np.zeros(len(shapes), dtype=np.float64)
    for start in range(0, len(shapes), _BATCH):
        batch = shapes[start : start + _BATCH]
        shapely.prepare(batch)
        widths[start : start + _BATCH] = 2.0 * _search(batch, _list_edges(batch), error / 2.0)
    return widths


@dataclass(frozen=True)
class _Edges:
    """The edges of polygons, polygon by polygon, each about its own lower left corner.

    Parameters
    ----------
    start, along, length
        Start point, unit direction and length of each edge.
    first, count
        Where the edges of each polygon begin, and how many they are.
    corner
        The lower left corner of each polygon's bounds.
    size
        The longer side of each polygon's bounds.
    """

    start: Numbers
    along: Numbers
    length: Numbers
    first: Places
    count: Places
    corner: Numbers
    size: Numbers


@dataclass(frozen=True)
class _Cells:
    """Squares of possible centres: the polygon, the middle, half the side; the edges near.

    ``edge`` lists the edges cell by cell, ``count`` of each.
    """

    polygon: Places
    middle: Numbers
    half: Numbers
    edge: Places
    count: Places

    @property
    def first(self) -> Places:
        """Where the edges of each cell begin."""
        return np.asarray(np.cumsum(self.count) - self.count, dtype=np.intp)

    @property
    def reach(self) -> Numbers:
        """The distance from the middle to a corner."""
        return np.asarray(self.half * np.sqrt(2.0), dtype=np.float64)

    def quarter(self, kept: Places, near: NDArray[np.bool_]) -> "_Cells":
        """Return the four quarters of the cells kept, each with the near ones of its edges."""
        half = np.repeat(self.half[kept] / 2.0, 4)
        corners = np.tile([[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]], (len(kept), 1))
        middle = np.repeat(self.middle[kept], 4, axis=0) + corners * half[:, None]
        whole, quarters = np.add.reduceat(near, self.first, dtype=np.intp), np.repeat(kept, 4)
        first, count = (np.cumsum(whole) - whole)[quarters], whole[quarters]
        edge = self.edge[near][_ranges(first, count)]
        return _Cells(self.polygon[quarters], middle, half, edge, count)


@dataclass(frozen=True)
class _Measured:
    """Of each cell: the clearance of its middle, the bound of its points, a way to a better.

    ``near`` says which of the cells' edges can be the nearest of a point of their cell.
    """

    clearance: Numbers
    bound: Numbers
    shift: Numbers
    near: NDArray[np.bool_]

    @property
    def promise(self) -> Numbers:
        """The clearance that the way may lead to at most."""
        way = np.hypot(*self.shift.T)
        return np.asarray(np.minimum(self.clearance + way, self.bound), dtype=np.float64)


def _list_edges(shapes: Shapes) -> _Edges:
    rings, owner = shapely.get_rings(shapes, return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    bounds = shapely.bounds(shapes)
    points = points - bounds[owner[ring], :2]
    step = np.diff(points, axis=0)
    length = np.hypot(step[:, 0], step[:, 1])
    real = (ring[1:] == ring[:-1]) & (length > 0)
    polygon = owner[ring[:-1][real]]
    count = np.bincount(polygon, minlength=len(shapes))
    return _Edges(
        start=points[:-1][real],
        along=step[real] / length[real, None],
        length=length[real],
        first=np.cumsum(count) - count,
        count=count,
        corner=bounds[:, :2],
        size=np.max(bounds[:, 2:] - bounds[:, :2], axis=1),
    )


def _search(shapes: Shapes, edges: _Edges, error: float) -> Numbers:
    """Return the radius of each polygon's largest inscribed circle."""
    half = edges.size / 2.0
    most = _half_narrowest(shapes)
    cells = _whole(edges, np.arange(len(half)), np.column_stack([half, half]), half)
    best = shapely.distance(shapely.point_on_surface(shapes), shapely.boundary(shapes))
    while len(cells.polygon):
        measured = _measure(shapes, edges, cells)
        np.maximum.at(best, cells.polygon, measured.clearance)
        fittest = _largest_of_each(cells.polygon, measured.promise)
        between = cells.middle[fittest] + measured.shift[fittest]
        moved = _whole(edges, cells.polygon[fittest], between, cells.half[fittest])
        np.maximum.at(best, moved.polygon, _measure(shapes, edges, moved).clearance)
        bound = np.minimum(measured.bound, most[cells.polygon])
        kept = np.flatnonzero(bound > best[cells.polygon] + error)
        if not len(kept):
            break
        cells = cells.quarter(kept, measured.near)
    return best


def _whole(edges: _Edges, polygon: Places, middle: Numbers, half: Numbers) -> _Cells:
    """Return cells with all edges of their polygons."""
    count = edges.count[polygon]
    return _Cells(polygon, middle, half, _ranges(edges.first[polygon], count), count)


def _ranges(first: Places, count: Places) -> Places:
    """Return the places of ranges, one after the other: ``count`` each, from ``first`` on."""
    offset = np.repeat(first - (np.cumsum(count) - count), count)
    return np.asarray(np.arange(len(offset)) + offset, dtype=np.intp)


def _half_narrowest(shapes: Shapes) -> Numbers:
    """Return half the short side of the box at any angle around each polygon."""
    boxes = shapely.oriented_envelope(shapes)
    corners = [shapely.get_coordinates(box)[:3] for box in boxes]
    sides = [np.hypot(*np.diff(points, axis=0).T).min(initial=np.inf) for points in corners]
    return np.array(sides, dtype=np.float64) / 2.0


def _largest_of_each(polygon: Places, values: Numbers) -> Places:
    """Return the place of the largest value of each polygon that has cells."""
    order = np.lexsort((-values, polygon))
    return order[np.flatnonzero(np.diff(polygon[order], prepend=-1))]


def _measure(shapes: Shapes, edges: _Edges, cells: _Cells) -> _Measured:
    """Measure every cell against its edges."""
    first, edge = cells.first, cells.edge
    cell = np.repeat(np.arange(len(cells.count)), cells.count)
    off_x, off_y = (cells.middle[cell] - edges.start[edge]).T
    along_x, along_y = edges.along[edge].T
    foot = off_x * along_x + off_y * along_y
    aside = along_x * off_y - along_y * off_x
    beyond = foot - np.clip(foot, 0.0, edges.length[edge])
    distance = np.hypot(aside, beyond)
    middle = cells.middle + edges.corner[cells.polygon]
    inside = shapely.contains_xy(shapes[cells.polygon], middle)
    nearest = np.minimum.reduceat(distance, first)
    clearance = np.where(inside, 1.0, -1.0) * nearest
    reach = cells.reach
    spread = reach[cell]
    near = distance <= nearest[cell] + (2.0 + _PARALLEL) * spread
    away = np.sign(aside)[:, None] * np.column_stack([-along_y, along_x])
    over = np.maximum(np.maximum(spread - foot, foot + spread - edges.length[edge]), 0.0)
    room = np.abs(aside) - spread
    excess = np.divide(over**2, 2.0 * room, out=np.full(len(room), np.inf), where=room > 0)
    bound, shift = _pair_bound(np.abs(aside) + excess, away, reach, first, cell)
    return _Measured(clearance, np.minimum(clearance + reach, bound), shift, near)


def _pair_bound(
    distance: Numbers, away: Numbers, reach: Numbers, first: Places, cell: Places
) -> tuple[Numbers, Numbers]:
    """Return the least bound of the nearest edge with another, and the way to between the two.

    ``distance`` is each edge's, linear in the centre, infinite where it bounds nothing; the
    result is infinite, and there is no way, where none does.
    """
    nearest = _place_of_least(distance, first, cell)
    least, turned = distance[nearest], away[nearest]
    turn = np.hypot(*(away + turned[cell]).T)
    bounds = (distance + least[cell] + turn * reach[cell]) / 2.0
    other = _place_of_least(bounds, first, cell)
    bound = bounds[other]
    opening = 1.0 - (turned * away[other]).sum(axis=1)
    usable = np.isfinite(bound) & (opening > _PARALLEL)
    gap = np.where(usable, distance[other], 0.0) - np.where(usable, least, 0.0)
    return bound, turned * (gap / np.where(usable, opening, 1.0))[:, None]


def _place_of_least(values: Numbers, first: Places, cell: Places) -> Places:
    """Return the place of each cell's least value, the first of equals."""
    least = np.minimum.reduceat(values, first)
    places = np.where(values == least[cell], np.arange(len(values)), len(values))
    return np.minimum.reduceat(places, first)
