"""Checks of stated figures of single features: their area, the date they were built."""

import re
import unicodedata

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geotool import crs
from geotool.affected.findings import KEYS, Finding, World, place_by_key, spot_by_key
from geotool.affected.guards import flat_shapes
from geotool.affected.order import sort_naturally, text_keys
from geotool.pieces import Numbers
from geotool.rules import CadastreRules
from geotool.schema import normalise_name

_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_MONTH_AND_YEAR = re.compile(r"(?:(\d{1,2})[/.-])?(\d{4})(?:\.0)?")
_DAY_FIRST = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")


def find_area_differences(world: World) -> list[Finding]:
    """Find parcels whose drawn area is not the document area within the tolerance.

    Parcels without a document area, or without a shape, are left out.
    """
    parcels = world.layers["parcels"]
    if not isinstance(parcels, gpd.GeoDataFrame) or "document_area_m2" not in parcels.columns:
        return []
    if parcels.crs is None or not parcels.crs.is_projected:
        return []
    unit = crs.require_projected(parcels, "parcels")
    shapes = flat_shapes(parcels)
    drawn = np.where(shapely.is_empty(shapes), np.nan, shapely.area(shapes) * unit**2)
    stated = pd.to_numeric(parcels["document_area_m2"], errors="coerce").to_numpy(dtype=np.float64)
    limits = _limits_m2(stated, world.cadastre)
    flagged = np.abs(drawn - stated) > limits + world.tolerances.area_absolute_m2
    rows = pd.DataFrame(
        {
            "key": text_keys(parcels["parcel_id"]).to_numpy()[flagged],
            "drawn": drawn[flagged],
            "stated": stated[flagged],
            "limit": limits[flagged],
        }
    )
    places = place_by_key(parcels, "parcel_id")
    spots = spot_by_key(parcels, "parcel_id", set(rows["key"]))
    found = []
    for key, drawn_m2, stated_m2, limit_m2 in sort_naturally(rows, ["key"]).itertuples(index=False):
        message = (
            f"Parcel {key}: {drawn_m2:.2f} m2 drawn, {stated_m2:.2f} m2 in the document: "
            f"{_difference(drawn_m2, stated_m2)}; {limit_m2:.2f} m2 are tolerated."
        )
        found.append(Finding("parcels", key, places[key], message, spots.get(key)))
    return found


def find_built_late(world: World) -> list[Finding]:
    """Find structures, parcels and graves dated after the cut-off date."""
    cut_off = world.setting.cut_off_date
    if cut_off is None:
        return []
    found: list[Finding] = []
    for layer, names in world.cadastre.date_columns.items():
        frame = world.layers.get(layer)
        if frame is not None and KEYS.get(layer, "") in frame.columns:
            found += _late(frame, layer, {normalise_name(name) for name in names}, cut_off)
    return found


def _late(frame: pd.DataFrame, layer: str, names: set[str], cut_off: str) -> list[Finding]:
    key = KEYS[layer]
    columns = [str(name) for name in frame.columns if normalise_name(str(name)) in names]
    places = place_by_key(frame, key)
    found = []
    for column in columns:
        dates = text_keys(frame[column]).map(_iso_date)
        late = (dates > cut_off).to_numpy()
        rows = pd.DataFrame({"key": text_keys(frame[key])[late], "date": dates[late]})
        spots = spot_by_key(frame, key, set(rows["key"]))
        for name, date in sort_naturally(rows, ["key"]).itertuples(index=False):
            message = f"{key} {name}: {column} {date} is after the cut-off date {cut_off}."
            found.append(Finding(layer, name, places[name], message, spots.get(name)))
    return found


def _iso_date(text: str) -> str:
    """Return the date a cell states as ISO text, ``""`` where it states none.

    A year, or month and year, give its start (``2022-05``): after a day only when all of it is.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    iso = _ISO.match(plain)
    if iso is not None:
        return "-".join(iso.groups())
    day_first = _DAY_FIRST.match(plain)
    if day_first is None:
        whole = _MONTH_AND_YEAR.fullmatch(plain)
        if whole is None:
            return ""
        return whole[2] if whole[1] is None else f"{whole[2]}-{whole[1]:0>2}"
    day, month, year = day_first.groups()
    return f"{year}-{month:0>2}-{day:0>2}"


def _limits_m2(stated: Numbers, rules: CadastreRules) -> Numbers:
    """Return how far each drawn area may be off."""
    known = np.where(stated > 0, stated, 0.0)
    by_scale = rules.map_scale_factor * rules.map_scale_denominator * np.sqrt(known)
    relative = rules.area_relative_share * known
    return np.maximum(np.maximum(relative, by_scale), rules.area_absolute_m2)


def _difference(drawn: float, stated: float) -> str:
    """Return how much more or less is drawn, also in per cent where there is something."""
    share = f" ({(drawn - stated) / stated:+.1%})" if stated > 0 else ""
    return f"{drawn - stated:+.2f} m2{share}"
