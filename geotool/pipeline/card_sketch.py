"""The sketch of a card: a holder's parcels with the right of way, neighbours faint."""

from dataclasses import replace
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from geotool import crs
from geotool.affected.order import column_or, text_keys
from geotool.pipeline.assess import Assessment
from geotool.pipeline.card_tables import HolderLand
from geotool.route.axis import is_blank

if TYPE_CHECKING:
    from geotool.share.paper.plates import Plate
    from geotool.share.paper.scene import Words
    from geotool.share.paper.sheets import Box
    from geotool.share.render.layerdata import MapLayer
    from geotool.share.render.style import Styles

_AROUND_SHARE = 3.0
_MARGIN_SHARE = 0.06
_MARGIN_LEAST_M = 4.0
_OWN_WEIGHT = 3.2
_OWN_STROKE = "#101820"
_FAINT = 0.35


def make_sketch(
    found: Assessment, held: HolderLand, words: "Words"
) -> "tuple[tuple[Plate, ...], Box]":
    """Return the layers of a holder's sketch, the lowest first, and what it must show.

    A holder without parcels, such as the owner of a structure on another's land, is shown by its
    structures; without either there is no sketch.
    """
    from geotool.share.paper.plates import make_plates
    from geotool.share.render.style import load_styles

    every = found.inputs.require("parcels", "the card of a holder")
    touched = held.held[held.held["parcel_id"].isin(set(held.parcels["parcel_id"]))]
    own = touched if len(touched) else held.held
    homes = _structures(found, held)
    shown = own if len(own) else homes
    if shown is None or shown.empty:
        return (), (0.0, 0.0, 0.0, 0.0)
    west, south, east, north = shown.total_bounds.tolist()
    size = max(east - west, north - south)
    margin = max(_MARGIN_LEAST_M, _MARGIN_SHARE * size)
    around = margin + _AROUND_SHARE * size
    window = shapely.box(west - around, south - around, east + around, north + around)
    near = every[shapely.intersects(every.geometry.to_numpy(), window)]
    near = near[~near["parcel_id"].isin(set(held.held["parcel_id"]))]
    system = crs.resolve(found.inputs.project.crs)
    layers = (
        _layer("neighbours", _labelled(near), words, title_column="label"),
        _layer("land_take", _taken(found, held), words, class_column="take_class"),
        _layer("own_parcels", _labelled(held.held), words, title_column="label"),
        _layer("right_of_way", _ground(found), words),
        _layer("structures", homes, words, class_column="use"),
    )
    styles = _card_styles(load_styles(project_dir=found.inputs.project.root))
    plates = make_plates([layer for layer in layers if layer is not None], styles, system)
    return plates, (west - margin, south - margin, east + margin, north + margin)


def _card_styles(styles: "Styles") -> "Styles":
    """Return the styles with two for a card: neighbours faint, the holder's own parcels bold."""
    plain = styles.style("parcels")
    faint = replace(plain.symbol, opacity=plain.symbol.opacity * _FAINT)
    bold = replace(plain.symbol, fill="", stroke=_OWN_STROKE, weight=_OWN_WEIGHT)
    own = {
        "neighbours": replace(plain, name="neighbours", symbol=faint),
        "own_parcels": replace(plain, name="own_parcels", symbol=bold, labelled=True),
    }
    return replace(styles, styles={**styles.styles, **own})


def _layer(
    name: str,
    frame: gpd.GeoDataFrame | None,
    words: "Words",
    *,
    class_column: str | None = None,
    title_column: str | None = None,
) -> "MapLayer | None":
    from geotool.share.render.layerdata import MapLayer, make_columns

    if frame is None or frame.empty:
        return None
    wanted = [column for column in (class_column, title_column) if column is not None]
    columns = make_columns(frame, wanted, words.labels)
    key = f"paper.{name}" if words.labels.has(f"paper.{name}") else f"layers.{name}"
    return MapLayer(
        name=name,
        title=words.labels.both(key),
        frame=frame,
        columns=columns,
        style=name,
        class_column=class_column,
        title_column=title_column,
    )


def _labelled(parcels: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return parcels with ``label``: sheet and number as on the cadastral map, else the code."""
    labels = [
        code if is_blank(sheet) or is_blank(number) else f"{sheet}/{number}"
        for code, sheet, number in zip(
            parcels["parcel_id"],
            column_or(parcels, "sheet_no", ""),
            column_or(parcels, "parcel_no", ""),
            strict=True,
        )
    ]
    return parcels.assign(label=np.array(labels, dtype=object))


def _taken(found: Assessment, held: HolderLand) -> gpd.GeoDataFrame | None:
    if found.land is None:
        return None
    every = found.land.take.parcels
    return every[every["parcel_id"].isin(set(held.parcels["parcel_id"]))]


def _structures(found: Assessment, held: HolderLand) -> gpd.GeoDataFrame | None:
    every = found.inputs.get("structures")
    if every is None:
        return None
    own = every[every["structure_id"].isin(set(held.structures["structure_id"]))]
    return own.assign(use=text_keys(column_or(own, "use", "")))


def _ground(found: Assessment) -> gpd.GeoDataFrame | None:
    return None if found.ground is None else found.ground.right_of_way
