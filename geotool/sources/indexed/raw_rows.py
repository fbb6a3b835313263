"""The rows of an index as the rules of reading take them."""

import hashlib
from typing import TYPE_CHECKING, Any

import shapely

from geotool.sources.indexed.near_rows import IndexedLayer, NearRows
from geotool.sources.records import Note, RawLayer

if TYPE_CHECKING:
    import pandas as pd


def make_raw_layer(rows: NearRows, indexed: IndexedLayer) -> RawLayer:
    """Return rows as a read of the whole layer hands them on, with the digest of these alone."""
    import geopandas as gpd
    import pandas as pd

    cells = {name: pd.Series(list(column), dtype=object) for name, column in rows.columns.items()}
    frame = gpd.GeoDataFrame(
        {name: _typed(column) for name, column in cells.items()},
        geometry=rows.shapes,
        crs=indexed.facts.crs,
    )
    return RawLayer(
        frame=frame,
        sublayer=indexed.facts.sublayer,
        shapes=True,
        crs=indexed.facts.crs,
        records=tuple(int(number) for number in rows.numbers),
        digest=_digest(rows),
        notes=notes_on(indexed),
    )


def notes_on(indexed: IndexedLayer) -> tuple[Note, ...]:
    """Return what an index has to say of how it was asked."""
    return tuple(getattr(indexed, "notes", ()))


def _typed(cells: "pd.Series[Any]") -> "pd.Series[Any]":
    """Return a column of numbers as numbers, as a read of the whole layer has it."""
    kinds = {type(cell) for cell in cells if cell is not None}
    if kinds and kinds <= {int, float}:
        return cells.astype("float64") if cells.isna().any() else cells.infer_objects()
    return cells


def _digest(rows: NearRows) -> tuple[int, str]:
    """Return the size and the SHA-256 of rows: their shapes, then their cells by column."""
    hasher, size = hashlib.sha256(), 0
    texts = (repr(list(rows.columns[name])).encode() for name in sorted(rows.columns))
    for part in (b"".join(shapely.to_wkb(rows.shapes).tolist()), *texts):
        hasher.update(part)
        size += len(part)
    return size, hasher.hexdigest()
