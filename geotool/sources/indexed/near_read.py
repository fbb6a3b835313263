"""Rows of a canonical layer as arrays, and what was found while they were read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from geotool.records import Problem, load_schema
from geotool.sources.indexed.near_rows import Cells
from geotool.sources.records import LayerRead

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

Shapes = NDArray[np.object_]


@dataclass(frozen=True)
class NearRead:
    """Rows of a canonical layer, as arrays.

    Attributes
    ----------
    path, layer
        What was read, as what.
    columns
        Canonical name -> cells: text or None, numbers an array with NaN where empty.
    shapes
        Valid flat shapes, one a row.
    crs
        Code of their system, or its text where it has none.
    feature_count
        Rows in the whole layer, as the source counts them.
    repaired
        Keys of rows whose shape was invalid and was repaired.
    problems
        Everything that was noted while reading, worst first.
    index
        The index that was asked, in words; None where the whole layer was read.
    """

    path: str
    layer: str
    columns: Mapping[str, Cells]
    shapes: Shapes
    crs: str
    feature_count: int
    repaired: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    index: str | None = None

    def frame(self) -> "gpd.GeoDataFrame":
        """Return the rows as a frame."""
        import geopandas as gpd
        import pandas as pd

        columns = {
            name: pd.Series(cells, dtype=_dtype(cells)) for name, cells in self.columns.items()
        }
        return gpd.GeoDataFrame(columns, geometry=self.shapes, crs=self.crs)


def read_of_frame(read: LayerRead, columns: Sequence[str] | None) -> NearRead:
    """Return a layer read as a frame as arrays, with the columns allowed."""
    frame: Any = read.frame
    report = read.report
    names = [str(name) for name in frame.columns if name != "geometry"]
    if columns is not None:
        names = [name for name in names if name in {*columns, load_schema(report.layer).key}]
    return NearRead(
        path=report.path,
        layer=report.layer,
        columns={name: _cells(frame[name]) for name in names},
        shapes=np.asarray(frame.geometry.to_numpy(), dtype=object),
        crs=str(report.crs),
        feature_count=len(frame),
        repaired=report.repaired,
        problems=report.problems,
    )


def _cells(column: "pd.Series[Any]") -> Cells:
    if column.dtype.kind in "iuf":
        return np.asarray(column.to_numpy())
    cells = column.astype(object)
    return cells.where(cells.notna(), None).tolist()


def _dtype(cells: Cells) -> "np.dtype[Any] | type[object]":
    return cells.dtype if isinstance(cells, np.ndarray) else object
