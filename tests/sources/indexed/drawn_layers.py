"""Random layers of every kind of shape, and what a filter of the whole read says is near."""

import math

import numpy as np
import shapely
from shapely import LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon

KINDS = ("point", "line", "polygon", "multipoint", "multiline", "multipolygon", "mixed")
CORNER = np.array([500_000, 1_990_000])
TOWNS = ("Kỳ Anh", "Đức Thọ", "Vũng Áng", "Hà Tĩnh", "", None)


def shape_at(random, kind, x, y):
    """Return one shape of a kind near a place; polygons have a hole at times."""
    if kind == "point":
        return Point(x, y)
    if kind == "line":
        return LineString([(x, y), *(random.uniform(-9, 9, (3, 2)) + np.array([x, y]))])
    if kind == "polygon":
        reach = random.uniform(1, 15)
        outside = shapely.box(x - reach, y - reach / 2, x + reach, y + reach / 2).exterior
        inside = [shapely.box(x - 0.2, y - 0.2, x + 0.2, y + 0.2).exterior]
        return Polygon(outside, inside if random.random() < 0.3 else [])
    if kind == "mixed":
        return shape_at(random, random.choice(KINDS[:6]), x, y)
    single = {"multipoint": "point", "multiline": "line", "multipolygon": "polygon"}[kind]
    gather = {"multipoint": MultiPoint, "multiline": MultiLineString, "multipolygon": MultiPolygon}
    parts = [shape_at(random, single, x + 40 * i, y) for i in range(random.integers(1, 4))]
    return gather[kind](parts)


def shapes(kind, count, seed, *, reach=1000.0):
    """Return shapes of a kind over a square, near ones not together."""
    random = np.random.default_rng(seed)
    places = random.uniform(0, reach, (count, 2)) + CORNER
    return np.array([shape_at(random, kind, x, y) for x, y in places], dtype=object)


def boxes_along(count, seed, *, reach=1000.0, size=30.0):
    """Return boxes in any order, some over another, some away from everything."""
    random = np.random.default_rng(seed)
    corner = random.uniform(-0.2 * reach, 1.2 * reach, (count, 2)) + CORNER
    return np.hstack([corner, corner + random.uniform(0, size, (count, 2))])


def cells(count, seed):
    """Return columns with names and values beyond ASCII, and empty cells."""
    random = np.random.default_rng(seed)
    return {
        "Số thửa": [str(i) for i in range(count)],
        "xã": [TOWNS[i] for i in random.integers(0, len(TOWNS), count)],
        "diện_tích": [None if i % 7 == 3 else i / 3 for i in range(count)],
        "tầng": list(range(count)),
    }


def near_by_scan(drawn, boxes):
    """Return the places of the shapes whose boxes meet one of the boxes, one by one."""
    bounds = shapely.bounds(drawn)
    held = ~np.isnan(bounds).any(axis=1)
    found = np.zeros(len(drawn), dtype=bool)
    for x0, y0, x1, y1 in boxes:
        across = (bounds[:, 0] <= x1) & (bounds[:, 2] >= x0)
        found |= across & (bounds[:, 1] <= y1) & (bounds[:, 3] >= y0)
    return np.flatnonzero(found & held)


def same_cells(found, expected):
    """Return whether cells are the same, whatever stands for an empty one."""
    empty = [
        None if cell is None or (isinstance(cell, float) and math.isnan(cell)) else cell
        for cell in expected
    ]
    return list(found) == empty
