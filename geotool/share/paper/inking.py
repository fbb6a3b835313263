"""Layers inked on a sheet, class by class, and which of them came into view."""

from collections.abc import Sequence

from geotool.share.paper.marks import ink, make_marks
from geotool.share.paper.pen import Pen
from geotool.share.paper.plates import Plate, Rows
from geotool.share.paper.sheets import Sheet

Shown = tuple[tuple[Plate, Rows], ...]
"""Each plate in view with the rows in view."""


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
