"""Layers inked on a sheet, class by class: which came into view, where their points stand."""

from collections.abc import Sequence

import numpy as np
import shapely

from geotool.share.paper.marks import ink, make_marks, one_a_cell, reach_mm
from geotool.share.paper.pen import Pen
from geotool.share.paper.plates import Plate, Rows
from geotool.share.paper.sheets import Sheet

Shown = tuple[tuple[Plate, Rows], ...]
"""Each plate in view with the rows in view."""

_CLEAR_MM = 0.3


def ink_plates(pen: Pen, plates: Sequence[Plate], sheet: Sheet) -> Shown:
    """Draw the layers, the lowest first, and return those in view with their rows."""
    shown = []
    for plate in plates:
        rows = plate.in_view(sheet)
        if not len(rows):
            continue
        pieces, codes = plate.pieces(sheet, rows), plate.codes[rows]
        for code, symbol in plate.symbols.items():
            chosen = pieces[codes == code]
            if len(chosen):
                ink(pen, make_marks(chosen, sheet, symbol), symbol)
        shown.append((plate, rows))
    return tuple(shown)


def find_dots(shown: Shown, sheet: Sheet) -> shapely.STRtree:
    """Return the symbols of points in view as boxes on paper, with a little clear ground."""
    corners = [np.empty((0, 4))]
    for plate, rows in shown:
        points = rows[shapely.get_dimensions(plate.shapes[rows]) == 0]
        for code, symbol in plate.symbols.items():
            chosen = plate.shapes[points[plate.codes[points] == code]]
            middles = one_a_cell(sheet.to_paper(shapely.get_coordinates(chosen)), _CLEAR_MM)
            reach = reach_mm(symbol) + _CLEAR_MM
            corners.append(np.hstack([middles - reach, middles + reach]))
    boxes = shapely.box(*np.concatenate(corners).T)
    return shapely.STRtree(np.asarray(boxes, dtype=object))
