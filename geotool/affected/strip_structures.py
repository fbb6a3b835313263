"""What stands or lies in the statutory strips without being taken: structures, parcels' area."""

from collections.abc import Collection
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geotool import schema
from geotool.affected.clip import Cells, Clip, clip_polygons, cover_points, union_by
from geotool.affected.guards import flat_shapes, prepare_cells, require_unique, require_valid
from geotool.affected.order import column_or, sort_naturally, text_keys
from geotool.affected.structures import DWELLING
from geotool.rules import Tolerances


@dataclass(frozen=True)
class StripStructures:
    """Structures in the strips that the right of way does not take; areas in m2, unrounded.

    Parameters
    ----------
    structures
        One row a structure, in natural order: structure_id, holder_id, use,
        structure_area_m2 (of its part inside any strip; 0 for a point).
    pairs
        One row a structure and strip it is in: row (position of the strip), structure_id, use,
        structure_area_m2 (of its part inside that strip).
    """

    structures: pd.DataFrame
    pairs: pd.DataFrame

    def counts(self, strip_count: int) -> pd.DataFrame:
        """Return structure_count, dwelling_count, structure_area_m2 of strips 0..strip_count-1."""
        grouped = self.pairs.assign(dwelling=self.pairs["use"] == DWELLING).groupby("row")
        counts = pd.DataFrame(
            {
                "structure_count": grouped.size(),
                "dwelling_count": grouped["dwelling"].sum(),
                "structure_area_m2": grouped["structure_area_m2"].sum(),
            }
        ).reindex(range(strip_count), fill_value=0)
        kinds = {"structure_count": np.int64, "dwelling_count": np.int64}
        return counts.astype({**kinds, "structure_area_m2": np.float64})

    @property
    def totals(self) -> dict[str, float]:
        """The same three figures over all strips, each structure once."""
        return {
            "structure_count": len(self.structures),
            "dwelling_count": int((self.structures["use"] == DWELLING).sum()),
            "structure_area_m2": float(self.structures["structure_area_m2"].sum()),
        }


def find_strip_structures(
    structures: gpd.GeoDataFrame,
    strips: gpd.GeoDataFrame,
    taken: Collection[str],
    *,
    tolerances: Tolerances,
) -> StripStructures:
    """Return the structures that stand in strips without being taken.

    A footprint is in a strip when it shares area with it, a point when the strip covers it.

    Parameters
    ----------
    structures
        Polygons or points in a projected CRS with unique ``structure_id``; holder_id and use
        are carried where present.
    strips
        The strips as polygons in the same CRS; empty ones hold nothing. Their positions are
        the rows counted.
    taken
        ``structure_id`` of those the right of way takes (`structures.measure_structures`).
    tolerances
        ``area_absolute_m2`` is the least shared area that counts; a point within
        ``length_absolute_m`` of an edge lies on it.

    Raises
    ------
    CrsError, CrsMismatchError, GeometryError, SchemaError
        As in :func:`geotool.affected.features.measure_features`.
    """
    schema.require_columns(structures, ["structure_id"], "structures")
    require_unique(structures, "structure_id", "structures")
    left = structures[~text_keys(structures["structure_id"]).isin(set(taken)).to_numpy()]
    drawn = np.flatnonzero(~strips.geometry.is_empty.to_numpy())
    numbered = strips.iloc[drawn][[strips.geometry.name]].assign(
        section_id=[str(position) for position in range(len(drawn))]
    )
    ready = prepare_cells(numbered, left, "structures")
    shapes = flat_shapes(left)
    require_valid(shapes, left["structure_id"], "structures")
    pairs = _pairs(left, _clip(left, ready, tolerances), ready)
    whole = _united(pairs, ready)
    pairs = pairs.assign(row=drawn[pairs["row"]]).drop(columns="geometry")
    return StripStructures(whole, pairs)


def measure_area_in_strips(
    parcels: gpd.GeoDataFrame, strips: gpd.GeoDataFrame, *, tolerances: Tolerances
) -> float:
    """Return the area in m2 that parcels have inside strips, ground counted once.

    Parameters
    ----------
    parcels, strips
        Valid polygons in one projected CRS; they may overlap.
    tolerances
        ``area_absolute_m2`` is the least shared area that counts.

    Raises
    ------
    CrsError, CrsMismatchError, GeometryError
        As in :func:`geotool.affected.features.measure_features`.
    """
    drawn = strips[~strips.geometry.is_empty]
    ready = prepare_cells(drawn, parcels, "parcels")
    shapes = flat_shapes(parcels)
    require_valid(shapes, pd.Series(parcels.index, index=parcels.index), "parcels")
    pieces = clip_polygons(shapes, ready, tolerances.area_absolute_m2).shapes
    return float(ready.areas_m2(np.array([shapely.union_all(pieces)], dtype=np.object_))[0])


def _clip(structures: gpd.GeoDataFrame, strips: Cells, tolerances: Tolerances) -> Clip:
    """Return which structures are in which strips, footprints first, then points."""
    shapes = flat_shapes(structures)
    dimension = shapely.get_dimensions(shapes)
    polygons, points = (np.flatnonzero(dimension == kind) for kind in (2, 0))
    solid = clip_polygons(shapes[polygons], strips, tolerances.area_absolute_m2)
    covered = cover_points(shapes[points], strips, tolerances.length_absolute_m)
    return Clip(
        np.concatenate([polygons[solid.shape], points[covered.shape]]),
        np.concatenate([solid.cell, covered.cell]),
        np.concatenate([solid.shapes, covered.shapes]),
    )


def _pairs(structures: gpd.GeoDataFrame, clip: Clip, strips: Cells) -> pd.DataFrame:
    rows = structures.iloc[clip.shape]
    pairs = pd.DataFrame(
        {
            "row": clip.cell,
            "structure_id": text_keys(rows["structure_id"]).to_numpy(),
            "holder_id": text_keys(column_or(rows, "holder_id", "")).to_numpy(),
            "use": text_keys(column_or(rows, "use", "")).to_numpy(),
            "structure_area_m2": strips.areas_m2(clip.shapes),
            "geometry": clip.shapes,
        }
    )
    return sort_naturally(pairs, ["structure_id"])


def _united(pairs: pd.DataFrame, strips: Cells) -> pd.DataFrame:
    """Return one row a structure with its area inside the union of the strips."""
    owner, keys = pd.factorize(pairs["structure_id"])
    united = union_by(pairs["geometry"].to_numpy(dtype=object), owner, len(keys))
    columns = ["structure_id", "holder_id", "use"]
    whole = pairs.drop_duplicates("structure_id")[columns].reset_index(drop=True)
    return whole.assign(structure_area_m2=strips.areas_m2(united))
