"""What a check looks at and the record it returns."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geotool.affected.order import text_keys
from geotool.affected.parcels import LandTake
from geotool.rules import Tolerances
from geotool.units import format_chainage

Layers = Mapping[str, pd.DataFrame]


@dataclass(frozen=True)
class Finding:
    """One thing a check found: the layer, the key of the row, the place, what is so."""

    layer: str
    key: str
    place: str
    message: str


@dataclass(frozen=True)
class World:
    """What a check may look at: the layers by name, the tolerances, the measured land take."""

    layers: Layers
    tolerances: Tolerances
    land_take: LandTake | None = None


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


def joined(places: Iterable[str]) -> str:
    """Return distinct places as one text, in the order met."""
    return ", ".join(dict.fromkeys(place for place in places if place))
