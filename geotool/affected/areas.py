"""The area that polygons share, by integration along their edges instead of clipping.

A polygon is the sum of the ground under its edges, counted forwards or backwards by the direction
of the edge; so the ground two polygons share is the sum, over every edge of one and every edge of
the other, of the ground under both. Under two straight edges lies the integral of the lower one,
which has a closed form. No point of intersection is computed or rounded, and polygons may be
concave and have holes and several parts.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from geotool.pieces import Numbers, Places, Shapes

_PAIRS_AT_ONCE = 1_000_000  # of edges; what is held at a time


class Directed(NamedTuple):
    """Edges from (x1, y1) to (x2, y2) with the inside on the left, and the polygon of each."""

    x1: Numbers
    y1: Numbers
    x2: Numbers
    y2: Numbers
    owner: Places

    def select(self, rows: NDArray[np.bool_]) -> "Directed":
        """Return some of the edges."""
        x1, y1, x2, y2 = (column[rows] for column in self[:4])
        return Directed(x1, y1, x2, y2, self.owner[rows])


@dataclass(frozen=True)
class Edges:
    """The edges of polygons, inside on the left, without those that stand upright.

    The edges of polygon ``k`` are those from ``starts[k]`` to ``starts[k + 1]``. Of each there
    is its first vertex, its least and its greatest x, its greatest y, how much it rises by unit
    of x, and whether it runs to the right (1) or to the left (-1). ``low_x``, ``high_x`` and
    ``low_y`` are of the polygons.
    """

    starts: Places
    x: Numbers
    y: Numbers
    least_x: Numbers
    greatest_x: Numbers
    greatest_y: Numbers
    rise: Numbers
    sense: Numbers
    low_x: Numbers
    high_x: Numbers
    low_y: Numbers

    @property
    def counts(self) -> Places:
        """How many edges each polygon has."""
        return np.diff(self.starts)


def edges_of(polygons: Shapes, directed: Directed | None = None) -> Edges:
    """Return the edges of valid polygons, from :func:`direct_edges` where that was asked."""
    every = direct_edges(polygons) if directed is None else directed
    leaning = np.flatnonzero(every.x1 != every.x2)
    x1, y1, x2, y2 = (column[leaning] for column in every[:4])
    counts = np.bincount(every.owner[leaning], minlength=len(polygons))
    box = shapely.bounds(polygons).reshape(-1, 4)
    return Edges(
        starts=np.concatenate([[0], np.cumsum(counts)]).astype(np.intp),
        x=x1,
        y=y1,
        least_x=np.minimum(x1, x2),
        greatest_x=np.maximum(x1, x2),
        greatest_y=np.maximum(y1, y2),
        rise=(y2 - y1) / (x2 - x1),
        sense=np.where(x2 > x1, 1.0, -1.0),
        low_x=box[:, 0],
        high_x=box[:, 2],
        low_y=box[:, 1],
    )


def direct_edges(polygons: Shapes) -> Directed:
    """Return the edges of valid polygons of any number of parts and holes, polygon by polygon."""
    single = shapely.get_type_id(polygons) == shapely.GeometryType.POLYGON
    single &= shapely.get_num_interior_rings(polygons) == 0
    plain, others = np.flatnonzero(single), np.flatnonzero(~single)
    places, ring = shapely.get_coordinates(polygons[plain], return_index=True)
    found = _directed(places, ring, np.ones(len(plain), dtype=np.bool_), plain)
    if not len(others):
        return found
    parts, owner = shapely.get_parts(polygons[others], return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    outer = np.ones(len(rings), dtype=np.bool_)
    outer[1:] = part[1:] != part[:-1]
    places, ring = shapely.get_coordinates(rings, return_index=True)
    more = _directed(places, ring, outer, others[owner[part]])
    owners = np.concatenate([found.owner, more.owner])
    order = np.argsort(owners, kind="stable")
    x1, y1, x2, y2 = (np.concatenate(pair)[order] for pair in zip(found[:4], more[:4], strict=True))
    return Directed(x1, y1, x2, y2, owners[order])


def _directed(places: Numbers, ring: Places, outer: NDArray[np.bool_], owner: Places) -> Directed:
    """Return the edges of rings; outer ones run counter-clockwise, the others clockwise."""
    within = np.flatnonzero(ring[1:] == ring[:-1])
    x, y = np.ascontiguousarray(places.T)
    x1, y1, x2, y2, ring = x[within], y[within], x[within + 1], y[within + 1], ring[within]
    begins = np.searchsorted(ring, np.arange(len(outer)))
    from_x, from_y = x1 - x1[begins][ring], y1 - y1[begins][ring]
    twice = from_x * (y2 - y1) - from_y * (x2 - x1)
    turned = (np.bincount(ring, weights=twice, minlength=len(outer)) > 0) != outer
    if turned.any():
        back = turned[ring]
        x1, x2 = np.where(back, x2, x1), np.where(back, x1, x2)
        y1, y2 = np.where(back, y2, y1), np.where(back, y1, y2)
    return Directed(x1, y1, x2, y2, owner[ring])


def share_areas(first: Edges, second: Edges, pairs: tuple[Places, Places]) -> Numbers:
    """Return the area that each pair of polygons shares, in their units.

    Parameters
    ----------
    first, second
        Edges of two sets of valid polygons.
    pairs
        Positions in the first and in the second set, one pair a row; best such whose boxes meet.

    Returns
    -------
    array
        One area a pair, exact to the rounding of the products: about 1e-16 of the square of the
        extent of the two; 0 or noise of that size where nothing is shared.
    """
    areas = np.zeros(len(pairs[0]))
    for rows in _blocks(first.counts[pairs[0]] * second.counts[pairs[1]]):
        one, two = pairs[0][rows], pairs[1][rows]
        row, other = _not_below(first, second, one, two)
        own_row, own = _not_below(second, first, two, one)
        counts = np.bincount(own_row, minlength=len(one))
        starts, counts = (np.cumsum(counts) - counts)[row], counts[row]
        own = own[_runs(starts, counts)]
        row, other = np.repeat(row, counts), np.repeat(other, counts)
        left = np.maximum(first.least_x[own], second.least_x[other])
        right = np.minimum(first.greatest_x[own], second.greatest_x[other])
        met = np.flatnonzero(right > left)
        row, own, other = row[met], own[met], other[met]
        ground = _under_both(
            (first, own), (second, other), (left[met], right[met]), first.low_y[one[row]]
        )
        areas[rows] = np.bincount(row, ground, minlength=len(one))
    return areas


def _not_below(first: Edges, second: Edges, one: Places, two: Places) -> tuple[Places, Places]:
    """Return the edges of each second polygon beside or above the first, and the pair of each.

    Under an edge that is all below the first polygon the counts forwards and backwards are equal.
    """
    counts = second.counts[two]
    other = _runs(second.starts[two], counts)
    near = second.greatest_x[other] > np.repeat(first.low_x[one], counts)
    near &= second.least_x[other] < np.repeat(first.high_x[one], counts)
    near &= second.greatest_y[other] > np.repeat(first.low_y[one], counts)
    kept = np.flatnonzero(near)
    return np.repeat(np.arange(len(one)), counts)[kept], other[kept]


def _under_both(
    one: tuple[Edges, Places],
    two: tuple[Edges, Places],
    between: tuple[Numbers, Numbers],
    base: Numbers,
) -> Numbers:
    """Return the signed ground under both of two edges, between two x and above a height."""
    left, right = between
    (first, own), (second, other) = one, two
    start, rise = first.y[own] - base, first.rise[own]
    from_x = first.x[own]
    own_left, own_right = start + (left - from_x) * rise, start + (right - from_x) * rise
    start, rise = second.y[other] - base, second.rise[other]
    from_x = second.x[other]
    other_left, other_right = start + (left - from_x) * rise, start + (right - from_x) * rise
    apart_left, apart_right = own_left - other_left, own_right - other_right
    apart = np.abs(apart_left + apart_right)
    crossing = np.flatnonzero(apart_left * apart_right < 0)
    a, b = apart_left[crossing], apart_right[crossing]
    apart[crossing] = (a * a + b * b) / (np.abs(a) + np.abs(b))
    heights = own_left + own_right + other_left + other_right - apart
    sense: Numbers = first.sense[own] * second.sense[other]
    return sense * (right - left) * heights / 4


def _runs(starts: Places, counts: Places) -> Places:
    """Return the numbers from each start on, as many as counted, one run after the other."""
    total = np.cumsum(counts)
    length = int(total[-1]) if len(total) else 0
    numbers: Places = np.arange(length) + np.repeat(starts - (total - counts), counts)
    return numbers


def _blocks(sizes: NDArray[np.intp]) -> Iterator[slice]:
    """Yield runs of pairs that together have about as many pairs of edges as are held at once."""
    block = np.cumsum(sizes) // _PAIRS_AT_ONCE
    bounds = np.flatnonzero(np.diff(block, prepend=-1, append=-2))
    for start, stop in pairwise(bounds):
        yield slice(int(start), int(stop))
