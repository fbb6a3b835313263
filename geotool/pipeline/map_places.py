"""Where the features of a map stand, also those that the right of way does not touch."""

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geotool.communes.units import OUTSIDE
from geotool.pipeline.assess import Assessment
from geotool.pipeline.ground import join_places
from geotool.pipeline.map_parts import PLACES

_REGISTERED = ("households", "organisations")
STANDING = ("structures", *_REGISTERED, "cemeteries", "resettlement_sites", "quarries")
"""Layers of points and small areas, each feature of which has one place to be filtered by."""


def place_layers(
    found: Assessment, layers: Mapping[str, gpd.GeoDataFrame]
) -> dict[str, gpd.GeoDataFrame]:
    """Return the layers of ``STANDING`` among those given, each feature with its place.

    Parameters
    ----------
    found
        The assessment; without a right of way nothing is placed.
    layers
        Layers in the CRS of the project.

    Returns
    -------
    dict
        The layers with ``PLACES`` as texts, empty where there is none. Measured places of
        structures taken and the commune in a register of holders stand. Else ``commune_id`` is
        the commune that holds a point inside the feature (the first by code of several), the
        feature's own where none does; ``section_id`` and ``alignment_id`` are those of the
        nearest place on an axis, empty beyond its ends.
    """
    if found.ground is None:
        return {}
    return {
        name: _placed(found, layers[name], registered=name in _REGISTERED)
        for name in STANDING
        if name in layers
    }


def _placed(found: Assessment, frame: gpd.GeoDataFrame, *, registered: bool) -> gpd.GeoDataFrame:
    stands = _stand(found, frame)
    kept = np.full(len(frame), registered)
    if "taken" in frame:
        kept |= frame["taken"].eq("yes").to_numpy()
    places = {}
    for name in PLACES:
        own, standing = _texts(frame, name), _texts(stands, name)
        chosen = own.where(kept | (standing == ""), standing)
        places[name] = chosen.where(chosen != "", standing)
    return frame.assign(**places)


def _stand(found: Assessment, frame: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the places of a point inside each feature, none of one without a shape."""
    assert found.ground is not None
    points = shapely.point_on_surface(frame.geometry.to_numpy())
    drawn = ~(shapely.is_missing(points) | shapely.is_empty(points))
    spots = gpd.GeoDataFrame(geometry=points[drawn], index=frame.index[drawn], crs=frame.crs)
    placed = join_places(
        spots, found.ground, found.inputs.get("communes"), tolerances=found.inputs.tolerances
    )
    stands = pd.DataFrame(placed.drop(columns="geometry")).replace({"commune_id": {OUTSIDE: ""}})
    if "beyond_end" in stands:
        stands.loc[stands["beyond_end"], ["section_id", "alignment_id"]] = ""
    return stands.reindex(frame.index)


def _texts(frame: pd.DataFrame, name: str) -> "pd.Series[str]":
    if name not in frame:
        return pd.Series("", index=frame.index, dtype=object)
    values = frame[name].astype(object)
    return values.where(values.notna(), "").astype(str)
