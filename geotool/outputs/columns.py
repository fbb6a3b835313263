"""Columns and cells as a format can hold them."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from geotool.errors import OutputError
from geotool.outputs.exchange import prepare_kml
from geotool.outputs.text import cell_text
from geotool.schema import normalise_name

Renamed = list[tuple[str, str]]

_NAME_LENGTHS = {".shp": 10, ".tab": 31, ".mif": 31}
_TEXT_BYTES = 254
_SHORT_TEXT = {".shp": "a shapefile", ".tab": "a MapInfo table", ".mif": "a MapInfo table"}
_RESERVED = {".gpkg": ("fid", "geom")}
_CASED = frozenset({".parquet", ".csv"})


def prepare(
    frame: pd.DataFrame, suffix: str, target: Path, *, reserved: Collection[str] = ()
) -> tuple[pd.DataFrame, Renamed]:
    """Return a new frame whose names and cells the format can hold, and the names changed.

    Parameters
    ----------
    frame
        Layer or table.
    suffix
        Suffix of the format, such as ``.gpkg``.
    target
        The file, for messages.
    reserved
        Further names that no column may keep.

    Raises
    ------
    OutputError
        When the format cannot hold its cells or its shapes.
    """
    if suffix == ".kml":
        frame = prepare_kml(frame, str(target))
    names = [str(name) for name in frame.columns]
    shape = frame.geometry.name if has_shapes(frame) else None
    fields_only = [name for name in names if name != shape]
    taken = _names_for(fields_only, suffix, reserved)
    plain = frame.rename(columns=taken)
    for name in taken.values():
        plain[name] = _plain_cells(plain[name])
        if suffix in _SHORT_TEXT:
            _require_short(plain[name], name, target)
    return plain, [(old, new) for old, new in taken.items() if old != new]


def has_shapes(frame: pd.DataFrame) -> bool:
    """Return whether a frame has a column of shapes."""
    return isinstance(frame, gpd.GeoDataFrame) and frame.active_geometry_name is not None


def _names_for(names: Sequence[str], suffix: str, reserved: Collection[str]) -> dict[str, str]:
    """Return name -> name in the file: unique in any case, cut where the format is narrow."""
    given: dict[str, str] = {}
    used = {*_RESERVED.get(suffix, ()), *reserved}
    cased = suffix in _CASED
    width = _NAME_LENGTHS.get(suffix)
    # names that fit keep themselves, whatever stands before them
    for name in sorted(names, key=lambda name: _short(name, width) != name):
        base = _short(name, width)
        candidate, number = base, 0
        while (candidate if cased else candidate.lower()) in used:
            number += 1
            tail = f"_{number}"
            candidate = (base if width is None else base[: width - len(tail)]) + tail
        used.add(candidate if cased else candidate.lower())
        given[name] = candidate
    return {name: given[name] for name in names}


def _short(name: str, width: int | None) -> str:
    if width is None:
        return name
    kept = name.isascii() and (" " not in name or width == _NAME_LENGTHS[".shp"])
    plain = name if kept else normalise_name(name)
    return plain[:width] or "column"


def _plain_cells(cells: "pd.Series[Any]") -> "pd.Series[Any]":
    """Return a column of text, numbers, booleans or times; dates and lists become text."""
    if isinstance(cells.dtype, pd.CategoricalDtype):
        cells = cells.astype(object)
    if cells.dtype != object:
        return cells
    kind = pd.api.types.infer_dtype(cells, skipna=True)
    if kind in ("string", "empty"):
        return cells
    if kind == "boolean":
        return cells.astype("boolean")
    if kind in ("integer", "floating", "mixed-integer-float") and not _is_boundless(cells):
        return pd.to_numeric(cells)
    texts = [None if (text := cell_text(value)) == "" else text for value in cells.tolist()]
    return pd.Series(texts, index=cells.index, dtype=object)


def _is_boundless(cells: "pd.Series[Any]") -> bool:
    """Return whether a column holds a whole number that no column of numbers can hold."""
    return any(isinstance(value, int) and abs(value) >= 1 << 63 for value in cells.tolist())


def _require_short(cells: "pd.Series[Any]", name: str, target: Path) -> None:
    if cells.dtype.kind not in "OUST":
        return
    too_long = [
        value
        for value in cells.tolist()
        if isinstance(value, str) and len(value.encode("utf-8")) > _TEXT_BYTES
    ]
    if too_long:
        raise OutputError(
            f"{target}: {len(too_long)} cells of column {name} are longer than "
            f"{_SHORT_TEXT[target.suffix.lower()]} holds ({_TEXT_BYTES} bytes).",
            remedy="Write a .gpkg file instead.",
        )
