"""Areas by upright strips between all vertices and crossings: no overlay takes part.

Within a strip every edge is straight and none crosses another, so what a set of polygons covers
there is the length that they cover on its middle line, times its width.
"""

from itertools import pairwise

import numpy as np
import shapely


def covered_area(shapes, window):
    """Return what the shapes cover of a window, each place once."""
    return _measure(shapes, window)[0]


def shared_area(shape, window):
    """Return what a shape has in a window."""
    return _measure([shape], window)[0]


def free_area(shapes, window):
    """Return what no shape covers of a window."""
    covered, whole = _measure(shapes, window)
    return whole - covered


def _measure(shapes, window):
    corner = np.array(window.bounds[:2])
    near = [shape for shape in shapes if shapely.intersects(shape, window)]
    edges, owner = _edges([*near, window], corner)
    last = len(near)
    covered, whole = 0.0, 0.0
    places = _breaks(edges, *window.bounds[::2] - corner[0])
    for left, right in pairwise(places):
        middle, width = (left + right) / 2, right - left
        if not left < middle < right:
            continue
        lines = _intervals(edges, owner, middle, last + 1)
        inside = [_met(lines[place], lines[last]) for place in range(last)]
        covered += width * _length(_merged(np.vstack([np.empty((0, 2)), *inside])))
        whole += width * _length(lines[last])
    return covered, whole


def _edges(shapes, corner):
    rings, owner = shapely.get_rings(shapely.get_parts(shapes)), []
    for place, shape in enumerate(shapes):
        owner += [place] * sum(1 + len(part.interiors) for part in shapely.get_parts(shape))
    places, ring = shapely.get_coordinates(rings, return_index=True)
    within = ring[1:] == ring[:-1]
    places = places - corner
    edges = np.hstack([places[:-1], places[1:]])[within]
    return edges, np.array(owner)[ring[:-1][within]]


def _breaks(edges, low, high):
    """Return where edges begin, end and cross, from the low x to the high one."""
    x1, y1, x2, y2 = edges.T[:, :, None]
    u1, v1, u2, v2 = edges.T[:, None, :]
    across = (x2 - x1) * (v2 - v1) - (y2 - y1) * (u2 - u1)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = ((u1 - x1) * (v2 - v1) - (v1 - y1) * (u2 - u1)) / across
        crossings = (x1 + share * (x2 - x1))[(share > 0) & (share < 1)]
    every = np.concatenate([edges[:, 0], edges[:, 2], crossings, [low, high]])
    return np.unique(every[(every >= low) & (every <= high)])


def _intervals(edges, owner, x, count):
    """Return the intervals that each shape covers on an upright line, rows of low and high."""
    x1, y1, x2, y2 = edges.T
    met = (np.minimum(x1, x2) < x) & (x < np.maximum(x1, x2))
    y = y1[met] + (x - x1[met]) / (x2[met] - x1[met]) * (y2[met] - y1[met])
    order = np.lexsort((y, owner[met]))
    ends = np.searchsorted(owner[met][order], np.arange(count + 1))
    heights = y[order]
    return [heights[a:b].reshape(-1, 2) for a, b in pairwise(ends)]


def _met(line, other):
    low = np.maximum(line[:, None, 0], other[None, :, 0])
    high = np.minimum(line[:, None, 1], other[None, :, 1])
    return np.stack([low, high], axis=-1)[high > low]


def _merged(line):
    """Return intervals that overlap as one."""
    line = line[np.argsort(line[:, 0])]
    reach = np.maximum.accumulate(line[:, 1]) if len(line) else line[:, 1]
    begins = np.append(True, line[1:, 0] > reach[:-1])[: len(line)]
    ends = np.append(begins[1:], True)[: len(line)]
    return np.column_stack([line[begins, 0], reach[ends]])


def _length(line):
    return float((line[:, 1] - line[:, 0]).sum())
