"""The communes with what was measured in each, and with the project's own statistics."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geotool import crs
from geotool.pipeline import stats
from geotool.pipeline.assess import Assessment
from geotool.units import natural_key

if TYPE_CHECKING:
    from geotool.share.render.layerdata import LayerColumn

_OF_LANDMARKS = ("landmark_count", "served_count", "road_km", "border_km")
_SHARES = {
    "affected_share": ("affected_area_m2", "commune_area_m2"),
    "relocated_share": ("relocated_count", "household_count"),
    "moved_share": ("moved_count", "grave_count"),
    "served_share": ("served_count", "landmark_count"),
}


def add_figures(found: Assessment, communes: gpd.GeoDataFrame, *, public: bool) -> gpd.GeoDataFrame:
    """Return the communes with the figures of the tables by commune beside them.

    Parameters
    ----------
    found
        The assessment; the figures are those of :func:`geotool.pipeline.stats.group`.
    communes
        The layer, in a projected CRS.
    public
        Leave out what is known of persons and of their land: one commune may hold few.

    Returns
    -------
    GeoDataFrame
        The rows of ``communes`` with columns added: counts and areas (m2), 0 where a commune
        has none, and shares (0..1) where both of their numbers are known and the lower is not 0.
    """
    rows = _rows(found)
    if public:
        rows = rows[[name for name in ("commune_id", *_OF_LANDMARKS) if name in rows]]
    keys = communes["commune_id"].astype(str)
    own = ["commune_id", *(name for name in rows if name not in communes)]
    measured = rows.loc[rows["commune_id"].isin(set(keys)), own].dropna(axis="columns", how="all")
    if measured.empty:
        return communes
    added = measured.set_index("commune_id").reindex(keys).fillna(0.0)
    whole = [name for name in added if str(name).endswith("_count")]
    added = added.astype(dict.fromkeys(whole, np.int64))
    unit = crs.require_projected(communes, "communes")
    area_m2 = communes.geometry.area.to_numpy() * unit**2
    added = added.join(_shares(added.assign(commune_area_m2=area_m2)))
    return communes.assign(**{str(name): added[name].to_numpy() for name in added})


def _rows(found: Assessment) -> pd.DataFrame:
    """Return the table by commune, with the graves in the margin and those moved."""
    rows = pd.DataFrame(stats.group(found, ["commune"]))
    if rows.empty:
        rows = pd.DataFrame({"commune_id": []})
    if found.graves is None:
        return rows
    names = ["commune_id", "grave_count", "moved_count"]
    graves = pd.DataFrame(found.graves.groups("commune_id"), columns=names)
    return rows.merge(graves, on="commune_id", how="outer")


def _shares(known: pd.DataFrame) -> pd.DataFrame:
    pairs = {
        name: known[upper] / known[lower].where(known[lower] > 0)
        for name, (upper, lower) in _SHARES.items()
        if upper in known and lower in known
    }
    return pd.DataFrame(pairs, index=known.index)


def add_statistics(
    found: Assessment, communes: gpd.GeoDataFrame
) -> "tuple[gpd.GeoDataFrame, tuple[LayerColumn, ...]]":
    """Return the communes with the project's own ``indicators``, and what these columns say.

    A statistic is its value, else numerator by denominator, of its latest period; a commune that
    has several values for that period has none. Statistics come in natural order of their code.
    """
    from geotool.share.render.layerdata import LayerColumn

    table = found.inputs.frames.get("indicators")
    if table is None or table.empty:
        return communes, ()
    rows = table.reindex(columns=[*table, *(name for name in _OPTIONAL if name not in table)])
    columns = []
    values: dict[str, Any] = {}
    keys = communes["commune_id"].astype(str)
    for code in sorted(set(rows["indicator_id"].astype(str)), key=natural_key):
        own = rows[rows["indicator_id"].astype(str) == code]
        period = max(_texts(own["period"]), key=natural_key)
        latest = own[_texts(own["period"]) == period]
        numbers = _numbers(latest).groupby(latest["unit_id"].astype(str)).agg(_only)
        placed = numbers.reindex(keys).to_numpy(dtype=np.float64)
        if np.isnan(placed).all():
            continue
        column = f"indicator {code}"
        values[column] = placed
        title = _title(code, latest, period)
        columns.append(LayerColumn(column, {"vi": title, "en": title}, "number"))
    return communes.assign(**values), tuple(columns)


_OPTIONAL = ("name", "value", "numerator", "denominator", "unit", "period")


def _texts(values: "pd.Series[Any]") -> "pd.Series[str]":
    return values.astype(object).fillna("").astype(str)


def _numbers(rows: pd.DataFrame) -> "pd.Series[float]":
    value, top, bottom = (
        pd.to_numeric(rows[name], errors="coerce").astype(np.float64)
        for name in ("value", "numerator", "denominator")
    )
    return value.fillna(top / bottom.where(bottom != 0))


def _only(values: "pd.Series[float]") -> float:
    return float(values.iloc[0]) if values.nunique() == 1 else np.nan


def _title(code: str, rows: pd.DataFrame, period: str) -> str:
    """Return the name of a statistic with its unit and period: ``Poor (%, 2023)``."""
    first: Mapping[str, str] = {name: _texts(rows[name]).iloc[0] for name in ("name", "unit")}
    beside = ", ".join(text for text in (first["unit"], period) if text)
    return f"{first['name'] or code} ({beside})" if beside else first["name"] or code
