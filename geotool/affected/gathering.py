"""A layer in parts: each cut by the pieces that are near it, the cuts put together again."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

from geotool.affected.clip import Cells, Cut, cut_polygons
from geotool.pieces import Numbers, Pieces, Places, Shapes


@dataclass(frozen=True)
class SomePieces(Cells):
    """Cells of which only some pieces are cut with; ``places`` is where they are among all."""

    chosen: Pieces
    places: Places

    @cached_property
    def pieces(self) -> Pieces:
        """The pieces chosen."""
        return self.chosen


def reach_box(boxes: Numbers, box: Numbers) -> NDArray[np.bool_]:
    """Return which boxes meet one, edges included; all of them where that one is all NaN."""
    apart = (boxes[:, :2] > box[2:]).any(axis=1) | (boxes[:, 2:] < box[:2]).any(axis=1)
    return np.asarray(~apart)


def choose_pieces(cells: Cells, box: Numbers) -> SomePieces:
    """Return cells with those of their pieces that shapes within a box can reach.

    Parameters
    ----------
    cells
        The cells of a corridor.
    box
        xmin, ymin, xmax, ymax in their coordinates; all NaN where nothing is known of the
        shapes, which then can reach every piece.
    """
    every = cells.pieces
    places = np.flatnonzero(reach_box(shapely.bounds(every.shapes).reshape(-1, 4), box))
    return SomePieces(
        columns=cells.columns,
        weights=cells.weights,
        shapes=cells.shapes[:0],
        metres_per_unit=cells.metres_per_unit,
        given=cells.given,
        chosen=Pieces(every.shapes[places], every.owner[places]),
        places=places,
    )


def cut_part(shapes: Shapes, some: SomePieces) -> Cut:
    """Return what valid polygons have in some pieces, numbered as among all of the cells."""
    cut = cut_polygons(shapes, some)
    return replace(cut, piece=some.places[cut.piece])


def join_cuts(cuts: Sequence[Cut], counts: Sequence[int]) -> Cut:
    """Return the cuts of parts as that of all their shapes, one part after the other.

    Parameters
    ----------
    cuts, counts
        The cut of each part, and how many shapes the part has.
    """
    firsts = np.cumsum([0, *counts])[:-1]
    none = np.zeros(0, dtype=np.intp)
    return Cut(
        np.concatenate([none, *(cut.shape + n for cut, n in zip(cuts, firsts, strict=True))]),
        np.concatenate([none, *(cut.piece for cut in cuts)]),
        np.concatenate([np.zeros(0), *(cut.areas for cut in cuts)]),
    )
