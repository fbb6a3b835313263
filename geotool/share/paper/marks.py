"""Shapes as paths of PDF operators, and symbols inked on them: areas, lines, points, hatching.

What is smaller than a printer's dot at the sheet's scale becomes a dot, and of several dots in
one place one is kept, so that a hundred thousand parcels fit a page.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray

from geotool.share.paper.pen import PT, Pen, box_path, line_path
from geotool.share.paper.sheets import Box, Floats, Sheet
from geotool.share.render.style import Symbol

PIXEL_MM = 0.19
"""Millimetres of paper a screen pixel of ``styles.toml``: pens are finer on paper."""

DOT_MM = 0.085
"""A dot of a 300-dpi printer."""

_HATCH_MM = 1.7
_HATCH_PEN_MM = 0.13
_DOTS_PEN_MM = 0.42
_CIRCLE = 16
_UNIT_SHAPES = {
    "square": ((-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)),
    "diamond": ((0.0, -1.25), (1.25, 0.0), (0.0, 1.25), (-1.25, 0.0)),
    "triangle": ((-1.1, -0.8), (1.1, -0.8), (0.0, 1.2)),
}
_HATCH_ANGLES = {
    "diagonal": (45.0,),
    "back": (-45.0,),
    "cross": (45.0, -45.0),
    "horizontal": (0.0,),
    "vertical": (90.0,),
    "dots": (0.0,),
}

Shapes = NDArray[np.object_]


@dataclass(frozen=True)
class Marks:
    """Shapes on paper: paths of operators for areas, lines and points, and the areas' box."""

    areas: str
    lines: str
    points: str
    box: Box


def make_marks(shapes: Shapes, sheet: Sheet, symbol: Symbol) -> Marks:
    """Return shapes of the project CRS as paths on a sheet."""
    parts = _single_parts(shapes)
    sizes = shapely.get_dimensions(parts)
    areal, dots = _large_and_dots(parts[sizes == 2], sheet)
    rings, ring_of = _coordinates(shapely.get_rings(shapely.orient_polygons(areal)), sheet)
    runs, run_of = _coordinates(parts[sizes == 1], sheet)
    points, _ = _coordinates(parts[sizes == 0], sheet)
    every = [each for each in (rings, dots) if len(each)]
    box = _box(np.concatenate(every)) if every else (0.0, 0.0, 0.0, 0.0)
    return Marks(
        _path(rings, ring_of, closed=True) + _blocks(dots, DOT_MM / 2, "square"),
        _path(runs, run_of, closed=False),
        _blocks(one_a_cell(points, DOT_MM), symbol.radius * PIXEL_MM, symbol.shape),
        box,
    )


def ink(pen: Pen, marks: Marks, symbol: Symbol) -> None:
    """Draw marks with a symbol: fill, hatching, outline, lines, points on top."""
    dash = tuple(length * PIXEL_MM for length in symbol.dash)
    if marks.areas:
        _fill(pen, marks.areas, symbol.fill, symbol.opacity)
        hatch(pen, marks.areas, marks.box, symbol)
        _stroke(pen, marks.areas, symbol, dash)
    if marks.lines:
        _stroke(pen, marks.lines, replace(symbol, stroke=symbol.stroke or symbol.fill), dash)
    if marks.points:
        _fill(pen, marks.points, symbol.fill, 1.0)
        _stroke(pen, marks.points, symbol, ())


def _fill(pen: Pen, path: str, colour: str, opacity: float) -> None:
    if colour:
        pen.fill(path, colour, opacity=opacity)


def _stroke(pen: Pen, path: str, symbol: Symbol, dash: tuple[float, ...]) -> None:
    if symbol.stroke and symbol.weight:
        pen.stroke(path, symbol.stroke, symbol.weight * PIXEL_MM, dash)


def swatch(pen: Pen, box: Box, symbol: Symbol, kinds: frozenset[int]) -> None:
    """Draw a symbol in a box of the legend as it looks on shapes of some dimensions."""
    left, bottom, width, height = box
    middle = np.array([[left + width / 2, bottom + height / 2]])
    row = [(left, bottom + height / 2), (left + width, bottom + height / 2)]
    radius = min(symbol.radius * PIXEL_MM, height / 2)
    shown = Marks(
        box_path(box) if 2 in kinds else "",
        line_path(row) if kinds == {1} else "",
        _blocks(middle, radius, symbol.shape) if kinds == {0} else "",
        box,
    )
    ink(pen, shown, replace(symbol, weight=min(symbol.weight, 6.0)))


def hatch(pen: Pen, areas: str, box: Box, symbol: Symbol) -> None:
    """Draw the hatching of a symbol inside areas, in the colour of its outline."""
    angles = _HATCH_ANGLES.get(symbol.hatch, ())
    if not angles:
        return
    lines = "".join(_hatch_lines(box, angle) for angle in angles)
    with pen.clipped(areas):
        if symbol.hatch == "dots":
            pen.stroke(lines, symbol.stroke, _DOTS_PEN_MM, (0.01, _HATCH_MM), cap=1)
        else:
            pen.stroke(lines, symbol.stroke, _HATCH_PEN_MM)


def _hatch_lines(box: Box, angle_deg: float) -> str:
    """Return parallel lines over a box, in phase with the paper so that neighbours agree."""
    left, bottom, width, height = box
    turn = math.radians(angle_deg)
    along, across = (math.cos(turn), math.sin(turn)), (-math.sin(turn), math.cos(turn))
    corners = [(left + x * width, bottom + y * height) for x in (0, 1) for y in (0, 1)]
    offsets = [x * across[0] + y * across[1] for x, y in corners]
    reaches = [x * along[0] + y * along[1] for x, y in corners]
    first = math.floor(min(reaches) / _HATCH_MM) * _HATCH_MM
    paths = []
    for step in range(
        math.ceil(min(offsets) / _HATCH_MM), math.floor(max(offsets) / _HATCH_MM) + 1
    ):
        away = step * _HATCH_MM
        ends = [
            (reach * along[0] + away * across[0], reach * along[1] + away * across[1])
            for reach in (first, max(reaches))
        ]
        paths.append(line_path(ends))
    return "".join(paths)


def reach_mm(symbol: Symbol) -> float:
    """Return how far the symbol of a point reaches from its place on paper."""
    corner = float(np.abs(_outline(symbol.shape)).max())
    return (symbol.radius * corner + symbol.weight / 2) * PIXEL_MM


def _single_parts(shapes: Shapes) -> Shapes:
    parts = np.asarray(shapes, dtype=object)
    while len(parts) and (shapely.get_type_id(parts) >= 4).any():
        parts = shapely.get_parts(parts)
    kept: Shapes = parts[~(shapely.is_missing(parts) | shapely.is_empty(parts))]
    return kept


def _large_and_dots(polygons: Shapes, sheet: Sheet) -> tuple[Shapes, Floats]:
    """Return the polygons larger than a dot, and one place a cell for the others."""
    boxes = shapely.bounds(polygons)
    size = np.maximum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]) * sheet.mm_per_unit
    small = size < DOT_MM
    middles = sheet.to_paper((boxes[small, :2] + boxes[small, 2:]) / 2)
    return polygons[~small], one_a_cell(middles, DOT_MM)


def one_a_cell(points: Floats, side_mm: float) -> Floats:
    """Return places on paper, of several in one cell of a grid the first."""
    cells = np.floor(points / side_mm).astype(np.int64)
    _, first = np.unique(cells, axis=0, return_index=True)
    kept: Floats = points[np.sort(first)]
    return kept


def _coordinates(shapes: Shapes, sheet: Sheet) -> tuple[Floats, NDArray[np.intp]]:
    """Return places on paper and the number of the shape of each, repeated places once."""
    points, owner = shapely.get_coordinates(shapes, return_index=True)
    placed = np.round(sheet.to_paper(points) * PT, 2) / PT
    same = (owner[1:] == owner[:-1]) & (placed[1:] == placed[:-1]).all(axis=1)
    kept = np.concatenate([[True], ~same]) if len(placed) else np.zeros(0, dtype=bool)
    return placed[kept], owner[kept]


def _path(points: Floats, owner: NDArray[np.intp], *, closed: bool) -> str:
    """Return runs of places as one path; a closed run repeats its first place at its end."""
    if not len(points):
        return ""
    begins = np.concatenate([[True], owner[1:] != owner[:-1]])
    ends = np.concatenate([begins[1:], [True]])
    steps = np.where(begins, "%.2f %.2f m\n", "%.2f %.2f l\n").astype(object)
    values = points * PT
    if closed:
        steps[ends & begins] = "%.2f %.2f m h\n"
        last = np.flatnonzero(ends & ~begins)
        steps[last] = "h\n"
        values = np.delete(values, last, axis=0)
    text: str = "".join(steps.tolist()) % tuple(values.ravel().tolist())
    return text


def _blocks(middles: Floats, radius_mm: float, shape: str) -> str:
    """Return one small closed shape about each place."""
    if not len(middles):
        return ""
    outline = _outline(shape) * radius_mm
    corners = (middles[:, np.newaxis, :] + outline).reshape(-1, 2)
    closing = middles + outline[0]
    count = len(outline)
    every = np.insert(corners, np.arange(1, len(middles) + 1) * count, closing, axis=0)
    return _path(every, np.repeat(np.arange(len(middles)), count + 1), closed=True)


def _outline(shape: str) -> Floats:
    if shape in _UNIT_SHAPES:
        return np.array(_UNIT_SHAPES[shape])
    if shape == "star":
        turns = np.arange(10) * math.pi / 5 + math.pi / 2
        lengths = np.where(np.arange(10) % 2 == 0, 1.3, 0.55)
        return np.column_stack([np.cos(turns), np.sin(turns)]) * lengths[:, np.newaxis]
    turns = np.arange(_CIRCLE) * 2 * math.pi / _CIRCLE
    return np.column_stack([np.cos(turns), np.sin(turns)])


def _box(points: Floats) -> Box:
    (left, bottom), (right, top) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    return left, bottom, right - left, top - bottom
