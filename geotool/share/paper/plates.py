"""Layers ready for paper: features in the project CRS, each with its class, and what is in view."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray

from geotool import crs
from geotool.share.paper import indicators
from geotool.share.paper.sheets import Box, Sheet
from geotool.share.render.attributes import is_missing, text_of
from geotool.share.render.style import LayerStyle, Styles, Symbol

if TYPE_CHECKING:
    from pyproj import CRS

    from geotool.share.render.layerdata import LayerColumn, MapLayer

Shapes = NDArray[np.object_]
Rows = NDArray[np.intp]

_BLEED_MM = 6.0


@dataclass(frozen=True)
class Plate:
    """One layer on paper.

    Parameters
    ----------
    layer
        The layer; only columns it embeds are read.
    style
        Its style.
    shapes
        Flat shapes of its features in the project CRS, none missing.
    codes
        Class of each feature; ``""`` for all of a layer without classes.
    symbols
        Symbol of each class, in legend order.
    ranges
        Least and greatest number of each class where an indicator colours the layer.
    """

    layer: "MapLayer"
    style: LayerStyle
    shapes: Shapes
    codes: NDArray[np.object_]
    symbols: Mapping[str, Symbol]
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    @property
    def indicator(self) -> "LayerColumn | None":
        """The column of numbers that colours the layer, None where none does."""
        return _indicator(self.layer)

    @property
    def class_column(self) -> str | None:
        """The column whose values choose the symbol, None where there is one symbol."""
        return _class_column(self.layer)

    @cached_property
    def titles(self) -> list[str]:
        """What names each feature on the map; empty texts where the layer has no titles."""
        column = self.layer.title_column
        if column is None or not self.layer.embeds(column):
            return [""] * len(self.shapes)
        kept = _kept(self.layer)
        return [
            "" if is_missing(cell) else text_of(cell) for cell in self.layer.frame[column][kept]
        ]

    @cached_property
    def tree(self) -> shapely.STRtree:
        """A spatial index of the shapes."""
        return shapely.STRtree(self.shapes)

    def in_view(self, sheet: Sheet) -> Rows:
        """Return the places of the features that a sheet shows, in order."""
        found: Rows = np.sort(self.tree.query(sheet.ground(), predicate="intersects"))
        return found

    def pieces(self, sheet: Sheet, rows: Rows) -> Shapes:
        """Return the shapes of some features, those that run far out of the sheet cut off."""
        window = shapely.bounds(sheet.ground(beyond_mm=_BLEED_MM))
        shapes = self.shapes[rows]
        boxes = shapely.bounds(shapes)
        out = (boxes[:, :2] < window[:2]).any(axis=1) | (boxes[:, 2:] > window[2:]).any(axis=1)
        if out.any():
            shapes = shapes.copy()
            shapes[out] = _clip(shapes[out], window.tolist())
        return shapes


def make_plates(layers: "Sequence[MapLayer]", styles: Styles, system: "CRS") -> tuple[Plate, ...]:
    """Return the layers shown when a map opens as plates in a CRS, the lowest first.

    Raises
    ------
    CrsError
        When a layer has no CRS.
    SchemaError
        When a style is unknown.
    """
    plates = [_plate(layer, styles, system) for layer in layers if layer.visible]
    return tuple(plate for plate in plates if len(plate.shapes))


def subject_bounds(plates: Sequence[Plate]) -> Box:
    """Return the extent of what a map is about: context counts only where nothing else is."""
    fore = [plate for plate in plates if not plate.style.background] or list(plates)
    box = shapely.total_bounds(np.concatenate([plate.shapes for plate in fore])).tolist()
    return box[0], box[1], box[2], box[3]


def _plate(layer: "MapLayer", styles: Styles, system: "CRS") -> Plate:
    style = styles.style(layer.style)
    frame = layer.frame[_kept(layer)]
    flat = crs.reproject(frame[[frame.geometry.name]], system)
    shapes: Shapes = shapely.force_2d(np.asarray(flat.geometry.array, dtype=object))
    indicator, column = _indicator(layer), _class_column(layer)
    if indicator is not None:
        values = frame[indicator.name].astype("float64").to_numpy()
        made = indicators.shade(values, style.symbol)
        return Plate(layer, style, shapes, made.codes, made.symbols, made.ranges)
    if column is None:
        codes = np.full(len(shapes), "", dtype=object)
        return Plate(layer, style, shapes, codes, {"": style.symbol})
    codes = np.array([text_of(value) for value in frame[column]], dtype=object)
    return Plate(layer, style, shapes, codes, styles.class_symbols(layer.style, list(codes)))


def _class_column(layer: "MapLayer") -> str | None:
    return layer.class_column if layer.embeds(layer.class_column) else None


def _indicator(layer: "MapLayer") -> "LayerColumn | None":
    """Return the first indicator of a layer without classes that has any number."""
    if _class_column(layer) is not None:
        return None
    known = {column.name: column for column in layer.columns}
    shown = (known[name] for name in layer.indicators if name in known)
    return next((one for one in shown if layer.frame[one.name].notna().any()), None)


def _kept(layer: "MapLayer") -> NDArray[np.bool_]:
    shapes = np.asarray(layer.frame.geometry.array, dtype=object)
    kept: NDArray[np.bool_] = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    return kept


def _clip(shapes: Shapes, window: Sequence[float]) -> Shapes:
    """Return shapes cut to a window; one that cannot be cut stays whole."""
    try:
        cut: Shapes = shapely.clip_by_rect(shapes, *window)
    except shapely.GEOSException:
        return shapes
    return np.where(shapely.is_missing(cut), shapes, cut)
