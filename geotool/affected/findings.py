"""What a check looks at and the record it returns."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from shapely.geometry.base import BaseGeometry

from geotool.affected.guards import flat_shapes
from geotool.affected.order import text_keys
from geotool.affected.parcels import LandTake
from geotool.route.axis import Axis
from geotool.rules import CadastreRules, Tolerances, load_cadastre_rules
from geotool.units import format_chainage

Layers = Mapping[str, pd.DataFrame]

KEYS: Mapping[str, str] = {
    "parcels": "parcel_id",
    "structures": "structure_id",
    "graves": "grave_id",
    "cemeteries": "cemetery_id",
    "landmarks": "landmark_id",
    "quarries": "quarry_id",
    "resettlement_sites": "resettlement_site_id",
    "households": "household_id",
    "organisations": "organisation_id",
    "landmark_roads": "landmark_road_id",
    "communes": "commune_id",
}
"""The key of each layer that checks go through row by row."""


@dataclass(frozen=True)
class Finding:
    """One thing a check found: the layer, the key of the row, the place, what is so.

    ``shape`` is where it is, in the CRS of its layer: the ground shared, an inner point of the
    feature, the piece uncovered; None where it has no place.
    """

    layer: str
    key: str
    place: str
    message: str
    shape: BaseGeometry | None = None


@dataclass(frozen=True)
class Setting:
    """What the layers are judged by.

    Parameters
    ----------
    cadastre
        Tolerances of the cadastral checks; None for geotool's own.
    cut_off_date
        ISO date after which nothing may be built; None for no such check.
    axes
        Alignments in the CRS of the layers, which turn places into chainages.
    cells
        The right of way as it was measured for the land take, so that uncovered ground has a
        shape.
    shown_crs
        The CRS that places without a name are told in; None for that of the layers.
    """

    cadastre: CadastreRules | None = None
    cut_off_date: str | None = None
    axes: Sequence[Axis] = ()
    cells: gpd.GeoDataFrame | None = None
    shown_crs: pyproj.CRS | None = None


@dataclass(frozen=True)
class World:
    """What a check may look at: the layers by name, the tolerances, the measured land take.

    ``measured`` keeps what several checks need and is dear to compute, by name.
    """

    layers: Layers
    tolerances: Tolerances
    land_take: LandTake | None = None
    setting: Setting = field(default_factory=Setting)
    measured: dict[str, pd.DataFrame] = field(default_factory=dict, compare=False, repr=False)

    @property
    def cadastre(self) -> CadastreRules:
        """The tolerances of the cadastral checks."""
        return self.setting.cadastre or load_cadastre_rules()


def places_of(frame: pd.DataFrame) -> pd.Series:
    """Return where each row lies: its chainage as a label, else its commune, else ``""``."""
    commune = text_keys(frame["commune_id"]) if "commune_id" in frame.columns else None
    if "chainage_m" not in frame.columns:
        return pd.Series("", index=frame.index, dtype=object) if commune is None else commune
    labels = frame["chainage_m"].map(
        lambda value: "" if value is None or np.isnan(value) else format_chainage(float(value))
    )
    return labels if commune is None else labels.where(labels != "", commune)


def place_by_key(frame: pd.DataFrame, key: str) -> dict[str, str]:
    """Return the place of each key; the first row's where a key repeats."""
    rows = pd.Series(places_of(frame).to_numpy(), index=text_keys(frame[key]))
    return {str(name): str(place) for name, place in rows[~rows.index.duplicated()].items()}


def spot_by_key(frame: pd.DataFrame, key: str, wanted: Collection[str]) -> dict[str, BaseGeometry]:
    """Return an inner point of the first row of each key wanted; rows without shape left out."""
    if not isinstance(frame, gpd.GeoDataFrame) or not len(wanted):
        return {}
    keys = text_keys(frame[key])
    chosen = (keys.isin(set(wanted)) & ~keys.duplicated()).to_numpy()
    points = shapely.point_on_surface(flat_shapes(frame[chosen]))
    return {
        str(name): point
        for name, point in zip(keys[chosen], points, strict=True)
        if point is not None and not point.is_empty
    }


def joined(places: Iterable[str]) -> str:
    """Return distinct places as one text, in the order met."""
    return ", ".join(dict.fromkeys(place for place in places if place))
