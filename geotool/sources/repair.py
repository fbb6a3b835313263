"""Shapes as drawn -> shapes that can be measured: flat, of the right kind, valid.

No row is added, dropped or moved; what cannot be used keeps its shape and is named.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

KIND_OF_TYPE = {
    0: "point",
    1: "line",
    2: "line",
    3: "polygon",
    4: "point",
    5: "line",
    6: "polygon",
}
_COLLECTION = 7
_PASSES = 3

ShapeArray = np.ndarray[tuple[int, ...], np.dtype[np.object_]]
Positions = tuple[int, ...]


@dataclass(frozen=True)
class Repaired:
    """Shapes after repair, and the positions (from 0) of the rows that were touched.

    Attributes
    ----------
    shapes
        One shape a row, same order.
    repaired
        Rows whose ring or line was invalid and is valid now, or whose collection was
        reduced to its parts of the layer's kind.
    lost
        Rows of a wanted kind of which a repair would leave nothing; their shape is unchanged.
    unusable
        Rows without a shape, with an empty one, of another kind, or lost.
    flattened_count
        Rows whose heights or measures were dropped.
    """

    shapes: ShapeArray
    repaired: Positions
    lost: Positions
    unusable: Positions
    flattened_count: int


def repair_shapes(shapes: Sequence[object] | ShapeArray, kinds: Sequence[str]) -> Repaired:
    """Return flat, valid shapes of the wanted kinds, row by row.

    Parameters
    ----------
    shapes
        Shapes or None, in any planar or geographic coordinates.
    kinds
        Wanted kinds, of point, line and polygon.

    Returns
    -------
    Repaired
        Areas that a bow-tie encloses are kept; parts without extent in the shape's own
        dimension are dropped.
    """
    given = np.asarray(shapes, dtype=object)
    raised = shapely.has_z(given)
    if hasattr(shapely, "has_m"):
        raised = raised | shapely.has_m(given)
    # every shape is copied only where some has a height
    flat = np.array(shapely.force_2d(given) if raised.any() else given, dtype=object)
    absent = shapely.is_missing(flat) | shapely.is_empty(flat)
    types = shapely.get_type_id(flat)
    codes = [code for code, kind in KIND_OF_TYPE.items() if kind in kinds]
    right = np.isin(types, codes)
    suspect = ~absent & ((types == _COLLECTION) | (right & ~shapely.is_valid(flat)))
    repaired: list[int] = []
    lost: list[int] = []
    for position in np.flatnonzero(suspect):
        fixed = _fixed(flat[position], kinds)
        if fixed is not None:
            flat[position] = fixed
            repaired.append(int(position))
        elif right[position]:
            lost.append(int(position))
    usable = ~absent & np.isin(shapely.get_type_id(flat), codes)
    usable[lost] = False
    return Repaired(
        shapes=flat,
        repaired=tuple(repaired),
        lost=tuple(lost),
        unusable=tuple(int(i) for i in np.flatnonzero(~usable)),
        flattened_count=int(np.count_nonzero(raised)),
    )


def _fixed(shape: shapely.Geometry, kinds: Sequence[str]) -> shapely.Geometry | None:
    """Return a valid shape of one kind, None when nothing of it is left."""
    parts = _simple_parts(shape)
    for kind in [kind for kind in ("polygon", "line", "point") if kind in kinds]:
        drawn = _of_kind(parts, kind)
        if not drawn:
            continue
        left = _of_kind(_simple_parts(_valid(_joined(drawn, kind))), kind)
        if left and shapely.is_valid(whole := _joined(left, kind)):
            return whole
    return None


def _valid(shape: shapely.Geometry) -> shapely.Geometry:
    """Return a valid shape; the library's own answer may itself need a second pass."""
    try:
        for _ in range(_PASSES):
            if shapely.is_valid(shape):
                break
            shape = shapely.make_valid(shape, method="structure", keep_collapsed=False)
        return shape
    except shapely.errors.GEOSException:  # coordinates that are no numbers
        return shapely.GeometryCollection()


def _of_kind(parts: Sequence[shapely.Geometry], kind: str) -> list[shapely.Geometry]:
    return [part for part in parts if KIND_OF_TYPE[int(shapely.get_type_id(part))] == kind]


def _simple_parts(shape: shapely.Geometry) -> list[shapely.Geometry]:
    """Return the non-empty single parts of a shape, collections within it opened."""
    parts: list[shapely.Geometry] = []
    for part in shapely.get_parts(shape):
        if shapely.get_type_id(part) >= 4:
            parts += _simple_parts(part)
        elif not shapely.is_empty(part):
            parts.append(part)
    return parts


def _joined(parts: list[Any], kind: str) -> shapely.Geometry:
    first: shapely.Geometry = parts[0]
    if len(parts) == 1:
        return first
    if kind == "polygon":
        return shapely.MultiPolygon(parts)
    if kind == "line":
        return shapely.MultiLineString(parts)
    return shapely.MultiPoint(parts)
