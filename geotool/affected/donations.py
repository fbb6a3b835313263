"""Donated land: how much each row of minutes gives. It never enters compensation."""

import geopandas as gpd
import pandas as pd

from geotool.affected.order import column_or, sort_naturally, text_keys
from geotool.affected.parcels import measure_land_take
from geotool.route.bases import DONATED
from geotool.route.takings import read_basis
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
        The same without what rows share, from :func:`geotool.route.takings.disjoint_rows`:
        their index is their position in `right_of_way`.
    tolerances
        As for the land take.

    Returns
    -------
    DataFrame
        right_of_way_id, minutes_no (``""`` where none), stated_value_vnd (NaN where none is
        stated), donated_area_m2 (of parcels, in full where they overlap), parcel_count; one
        row a donated row, in natural order, also where no ground of its own is left to it.

    Raises
    ------
    CrsError, CrsMismatchError, GeometryError, SchemaError
        As in :func:`geotool.affected.parcels.measure_land_take`.
    """
    donated = rows[rows["basis"] == DONATED]
    cells = gpd.GeoDataFrame(donated[["geometry"]].assign(section_id=donated.index.map(str)))
    parts = measure_land_take(parcels, cells, tolerances=tolerances).parts
    grouped = parts.groupby("section_id", sort=False)
    drawn = right_of_way.reset_index(drop=True)
    drawn = drawn[read_basis(drawn) == DONATED]
    row = drawn.index.to_series().map(str)
    found = pd.DataFrame(
        {
            "right_of_way_id": text_keys(drawn["right_of_way_id"]),
            "minutes_no": text_keys(column_or(drawn, "minutes_no", "")),
            "stated_value_vnd": pd.to_numeric(
                column_or(drawn, "stated_value_vnd", None), errors="coerce"
            ).astype(float),
            "donated_area_m2": row.map(grouped["affected_area_m2"].sum()).fillna(0.0).astype(float),
            "parcel_count": row.map(grouped["parcel_id"].nunique()).fillna(0).astype(int),
        }
    )
    return sort_naturally(found, ["right_of_way_id"])
