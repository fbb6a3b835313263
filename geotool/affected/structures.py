"""Which buildings are taken, and where they stand."""

import geopandas as gpd
import numpy as np
import pandas as pd

from geotool import schema
from geotool.affected.features import FeatureTake, measure_features
from geotool.affected.order import column_or, sort_naturally, text_keys
from geotool.rules import Tolerances

DWELLING = "dwelling"


def measure_structures(
    structures: gpd.GeoDataFrame, cells: gpd.GeoDataFrame, *, tolerances: Tolerances
) -> pd.DataFrame:
    """Return the structures that the right of way takes.

    A structure is taken when its footprint shares area with the right of way, or its point is
    covered by it.

    Parameters
    ----------
    structures
        Polygons or points in a projected CRS with unique ``structure_id``; holder_id, use,
        commune_id and built_date are carried where present.
    cells
        The right of way, or its cells; see :mod:`geotool.affected`.
    tolerances
        ``area_absolute_m2`` is the least shared area that counts.

    Returns
    -------
    DataFrame
        One row a taken structure, in natural order: structure_id, holder_id, use, taken
        (true), drawn_area_m2, affected_area_m2, alignment_id, section_id, commune_id. The last
        three are those of its largest part; without communes in the cells commune_id is the
        structure's own column, else ``""``.

    Raises
    ------
    CrsError, CrsMismatchError, GeometryError, SchemaError
        As in :func:`geotool.affected.features.measure_features`.
    """
    schema.require_columns(structures, ["structure_id"], "structures")
    take = measure_features(structures, cells, key="structure_id", tolerances=tolerances)
    rows = take.features[["structure_id", "drawn_area_m2", "affected_area_m2", "inside"]]
    rows = rows.rename(columns={"inside": "taken"})
    rows = rows.assign(
        holder_id=text_keys(column_or(structures, "holder_id", "")),
        use=text_keys(column_or(structures, "use", "")),
    )
    taken = rows[rows["taken"]].merge(main_place(take), on="structure_id", how="left")
    columns = ["structure_id", "holder_id", "use", "taken", "drawn_area_m2", "affected_area_m2"]
    ordered = taken[[*columns, "alignment_id", "section_id", "commune_id"]]
    return sort_naturally(ordered, ["structure_id"])


def main_place(take: FeatureTake) -> pd.DataFrame:
    """Return alignment_id, section_id and commune_id of the largest part of each feature."""
    key = str(take.features.columns[0])
    parts = pd.DataFrame(take.parts.drop(columns="geometry"))
    claimed = parts[parts["weight"] > 0]
    size = np.maximum(claimed["affected_area_m2"], claimed["affected_length_m"])
    largest = claimed.assign(size=size).sort_values("size", ascending=False, kind="stable")
    columns = [key, "alignment_id", "section_id", "commune_id"]
    return largest.drop_duplicates(key)[columns].reset_index(drop=True)
