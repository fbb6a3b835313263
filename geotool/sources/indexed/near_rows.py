"""What every index hands over: the rows near some boxes, as arrays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Boxes = NDArray[np.float64]
"""Rows of xmin, ymin, xmax, ymax in the coordinates of the layer."""
Cells = Sequence[Any] | NDArray[Any]
"""The cells of one column."""


class StaleIndexError(Exception):
    """An index is not one of the rows that its layer has now; the layer must be read whole."""


@dataclass(frozen=True)
class Surroundings:
    """Where rows are wanted: boxes, many small ones along a corridor, and their system.

    ``crs`` is a code or text that ``crs.resolve`` reads.
    """

    boxes: Boxes
    crs: str


@dataclass(frozen=True)
class NearRows:
    """Rows whose boxes meet the boxes asked for, in file order, cells as the file holds them.

    Attributes
    ----------
    numbers
        The place of each row in the file, from 1, or its row id; ascending.
    shapes
        One shape a row, as drawn.
    columns
        Name in the file -> cells, one a row, None where empty; only the columns asked for.
    """

    numbers: NDArray[np.int64]
    shapes: NDArray[np.object_]
    columns: Mapping[str, Sequence[object]]


@dataclass(frozen=True)
class LayerFacts:
    """What an indexed layer says of itself.

    Attributes
    ----------
    sublayer
        Name of the layer in the file.
    columns
        Names of its attributes in the file; neither the shape nor the row id.
    crs
        What it declares: a code such as ``EPSG:5897``, else well-known text; None for nothing.
    feature_count
        Its own count of rows.
    numbered
        Whether the numbers of its rows count them 1, 2, 3 without a gap.
    index
        What the index is called in messages: ``the R-tree of the GeoPackage``.
    """

    sublayer: str
    columns: tuple[str, ...]
    crs: str | None
    feature_count: int
    numbered: bool
    index: str


class IndexedLayer(Protocol):
    """A layer that can be asked for the rows near some boxes without reading the others."""

    @property
    def facts(self) -> LayerFacts:
        """What the layer says of itself."""

    def read_near(self, boxes: Boxes, columns: Sequence[str]) -> NearRows:
        """Return every row whose box meets one of the boxes, edges included, each once."""
