"""Donated land: how much each row of minutes gives. It never enters compensation."""

import geopandas as gpd
import pandas as pd

from geotool.affected.order import column_or, text_keys
from geotool.affected.parcels import measure_land_take
from geotool.route.takings import DONATED
from geotool.rules import Tolerances


def measure_donations(
    parcels: gpd.GeoDataFrame,
    right_of_way: pd.DataFrame,
    rows: gpd.GeoDataFrame,
    *,
    tolerances: Tolerances,
) -> pd.DataFrame:
    """Return what every donated row of a right of way takes from the parcels.

    Parameters
    ----------
    parcels
        As for :func:`geotool.affected.parcels.measure_land_take`; the affected polygons of a
        land take do.
    right_of_way
        Rows with ``right_of_way_id`` and, where known, minutes_no and stated_value_vnd.
    rows
        The same without what rows share, from :func:`geotool.route.takings.disjoint_rows`.
    tolerances
        As for the land take.

    Returns
    -------
    DataFrame
        right_of_way_id, minutes_no (``""`` where none), stated_value_vnd (NaN where none is
        stated), donated_area_m2 (of parcels, in full where they overlap), parcel_count; one
        row a donated row that has ground of its own, in natural order.

    Raises
    ------
    CrsError, CrsMismatchError, GeometryError, SchemaError
        As in :func:`geotool.affected.parcels.measure_land_take`.
    """
    donated = rows[rows["basis"] == DONATED].reset_index(drop=True)
    cells = donated[["right_of_way_id", "geometry"]]
    cells = cells.rename(columns={"right_of_way_id": "section_id"})
    parts = measure_land_take(parcels, cells, tolerances=tolerances).parts
    grouped = parts.groupby("section_id", sort=False)
    ids = text_keys(right_of_way["right_of_way_id"])
    stated = pd.DataFrame(
        {
            "minutes_no": text_keys(column_or(right_of_way, "minutes_no", "")).to_numpy(),
            "stated_value_vnd": pd.to_numeric(
                column_or(right_of_way, "stated_value_vnd", None), errors="coerce"
            ).to_numpy(dtype=float),
        },
        index=ids,
    )
    stated = stated[~ids.duplicated().to_numpy()]
    found = pd.DataFrame({"right_of_way_id": donated["right_of_way_id"]}).join(
        stated, on="right_of_way_id"
    )
    key = found["right_of_way_id"]
    return found.assign(
        donated_area_m2=key.map(grouped["affected_area_m2"].sum()).fillna(0.0).astype(float),
        parcel_count=key.map(grouped["parcel_id"].nunique()).fillna(0).astype(int),
    )
