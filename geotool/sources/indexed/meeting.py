"""Which of very many boxes meet at least one of some others."""

from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

from geotool.sources.indexed.near_rows import Boxes

_CELLS = 512
_FEW = 2_000


class Wanted:
    """Boxes that others may meet, ready to be asked many times.

    Parameters
    ----------
    boxes
        Rows of xmin, ymin, xmax, ymax, (m, 4).
    """

    def __init__(self, boxes: Boxes) -> None:
        self._boxes = boxes

    def meets(self, bounds: Boxes) -> NDArray[np.bool_]:
        """Return which bounds meet one of the boxes, edges included.

        Parameters
        ----------
        bounds
            Rows as of the boxes, (n, 4); a row that is not all finite meets nothing.

        Returns
        -------
        numpy.ndarray
            True or False a row of `bounds`, (n,).
        """
        found = np.zeros(len(bounds), dtype=np.bool_)
        if not len(self._boxes):
            return found
        places = np.flatnonzero(np.isfinite(bounds).all(axis=1) & self._touch_whole(bounds))
        if len(places) > _FEW:
            places = places[self._touch_cells(bounds[places])]
        hits = self._tree.query(np.asarray(shapely.box(*bounds[places].T), dtype=object))[0]
        found[places[hits]] = True
        return found

    @cached_property
    def _tree(self) -> shapely.STRtree:
        return shapely.STRtree(np.asarray(shapely.box(*self._boxes.T), dtype=object))

    @cached_property
    def _whole(self) -> NDArray[np.float64]:
        """West, south, east and north of all boxes."""
        return np.concatenate([self._boxes[:, :2].min(axis=0), self._boxes[:, 2:].max(axis=0)])

    @cached_property
    def _summed(self) -> NDArray[np.int32]:
        """How many cells of a coarse grid under a box lie below and left of each corner of it.

        A summed-area table: F. C. Crow, "Summed-area tables for texture mapping", SIGGRAPH 1984.
        """
        x0, y0, x1, y1 = self._cells_of(self._boxes)
        edges = np.zeros((_CELLS + 1, _CELLS + 1), dtype=np.int32)
        for x, y, sign in ((x0, y0, 1), (x1, y1, 1), (x0, y1, -1), (x1, y0, -1)):
            np.add.at(edges, (x, y), sign)
        covered = edges.cumsum(axis=0).cumsum(axis=1)[:-1, :-1] > 0
        summed = np.zeros_like(edges)
        summed[1:, 1:] = covered.cumsum(axis=0, dtype=np.int32).cumsum(axis=1)
        return summed

    def _touch_whole(self, bounds: Boxes) -> NDArray[np.bool_]:
        west, south, east, north = self._whole
        across = (bounds[:, 0] <= east) & (bounds[:, 2] >= west)
        upright = (bounds[:, 1] <= north) & (bounds[:, 3] >= south)
        return np.asarray(across & upright)

    def _touch_cells(self, bounds: Boxes) -> NDArray[np.bool_]:
        """Return which bounds share a cell of the grid with a box: those that meet, and more."""
        x0, y0, x1, y1 = self._cells_of(bounds)
        summed = self._summed
        return np.asarray(summed[x1, y1] - summed[x0, y1] - summed[x1, y0] + summed[x0, y0] > 0)

    def _cells_of(self, boxes: Boxes) -> list[NDArray[np.intp]]:
        """Return the first cell of each box by x and y, and the one after its last."""
        west, south, east, north = self._whole
        side = max(east - west, north - south) / _CELLS or 1.0
        places = np.floor((boxes - [west, south, west, south]) / side)
        cells = np.clip(places, 0, _CELLS - 1).astype(np.intp)
        return [cells[:, 0], cells[:, 1], cells[:, 2] + 1, cells[:, 3] + 1]
