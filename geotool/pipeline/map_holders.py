"""Households and organisations as points: their own, else where what they lose lies."""

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geotool.affected.holders import HolderTake
from geotool.affected.holdings import join_holdings
from geotool.affected.order import text_keys
from geotool.affected.structures import DWELLING
from geotool.pipeline.assess import Assessment
from geotool.pipeline.land import Land

PLACED_AT = "placed_at"
"""Column that says what a point stands for: register, dwelling or parcel."""


def holder_layers(found: Assessment) -> dict[str, gpd.GeoDataFrame]:
    """Return the layers ``households`` and ``organisations``, with what each holder loses.

    A register with points is shown whole. One without is shown as far as its holders are
    affected: at the dwelling that is taken, else on the largest affected part of a parcel they
    hold. ``placed_at`` tells which.
    """
    layers = {}
    for name in ("households", "organisations"):
        register = found.inputs.frames.get(name)
        if found.land is None:
            continue
        take: HolderTake = getattr(found.land, name)
        if isinstance(register, gpd.GeoDataFrame):
            own = [column for column in take.holders if column not in register]
            joined = register.merge(take.holders[[take.key, *own]], on=take.key, how="left")
            layers[name] = joined.assign(**{PLACED_AT: "register"})
        elif len(take.holders):
            layers[name] = _placed(found, found.land, take, register)
    return layers


def _placed(
    found: Assessment, land: Land, take: HolderTake, register: pd.DataFrame | None
) -> gpd.GeoDataFrame:
    rows = take.holders
    if register is not None:
        own = [name for name in register if name not in rows or name == take.key]
        keyed = register[own].assign(**{take.key: text_keys(register[take.key])})
        rows = rows.merge(keyed.drop_duplicates(take.key), on=take.key, how="left")
    homes, fields = _dwellings(found), _largest_parts(land, take)
    keys = rows[take.key]
    at_home = keys.isin(homes.index).to_numpy()
    points = np.where(at_home, homes.reindex(keys), fields.reindex(keys))
    placed = np.where(at_home, "dwelling", "parcel").astype(object)
    frame = gpd.GeoDataFrame(
        rows.assign(**{PLACED_AT: placed}), geometry=points, crs=land.take.parcels.crs
    )
    return frame[frame.geometry.notna()].reset_index(drop=True)


def _dwellings(found: Assessment) -> "pd.Series[Any]":
    """Return a point inside the first dwelling taken of each holder, by holder."""
    shapes = found.inputs.frames.get("structures")
    if shapes is None or found.structures is None:
        return pd.Series(dtype=object)
    taken = found.structures
    homes = taken[(taken["use"] == DWELLING) & (taken["holder_id"] != "")]
    homes = homes.drop_duplicates("holder_id")
    places = pd.Index(text_keys(shapes["structure_id"])).get_indexer(homes["structure_id"])
    points = shapely.point_on_surface(shapes.geometry.to_numpy()[places])
    return pd.Series(points, index=homes["holder_id"], dtype=object)


def _largest_parts(land: Land, take: HolderTake) -> "pd.Series[Any]":
    """Return a point inside the largest affected part of each holder's parcels, by holder."""
    kind = take.key.removesuffix("_id")
    held = join_holdings(land.holdings[land.holdings["holder_kind"] == kind], land.take.parcels)
    largest = held.sort_values("affected_area_m2", ascending=False, kind="stable")
    largest = largest.drop_duplicates("holder_id")
    places = pd.Index(land.take.parcels["parcel_id"]).get_indexer(largest["parcel_id"])
    points = shapely.point_on_surface(land.take.parcels.geometry.to_numpy()[places])
    return pd.Series(points, index=largest["holder_id"], dtype=object)
