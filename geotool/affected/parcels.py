"""Land take: which parcel loses how many square metres, and whether the ground adds up."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geotool import crs, schema
from geotool.affected.clip import Cells
from geotool.affected.guards import flat_shapes, prepare_cells, require_unique, require_valid
from geotool.affected.order import natural_order, text_keys
from geotool.affected.sums import areas_by_basis
from geotool.affected.take import (
    BASIS_AREAS,
    TEXT_COLUMNS,
    Column,
    Columns,
    Take,
    measure_take,
    settle_remainders,
)
from geotool.pieces import Places, Shapes
from geotool.route.bases import BASES
from geotool.rules import Tolerances


@dataclass(frozen=True)
class LandTake:
    """What a right of way takes from a parcel layer; areas in m2, unrounded.

    The affected area is everything inside the right of way. What is only used for a time is
    not lost: the remainder, the share and the class count recovered and donated land alone.
    Where everything is recovered the columns of areas by basis are left out.

    Parameters
    ----------
    parts
        One row a parcel and cell: parcel_id, alignment_id, section_id, commune_id, weight,
        basis, affected_area_m2 (the area times the weight) and the shared polygon.
    parcels
        One row a touched parcel, in natural order: parcel_id, sheet_no, parcel_no, land_type,
        commune_id, papers, document_area_m2, drawn_area_m2, affected_area_m2,
        recovered_area_m2, donated_area_m2, temporary_area_m2 (which add up to it),
        remainder_m2, taken_share, take_class (``full``, ``partial``, or ``temporary`` where
        nothing is taken for good) and the affected polygon.
    cells
        One row a cell: alignment_id, section_id, commune_id, weight, basis, corridor_area_m2,
        affected_area_m2, overlap_area_m2, uncovered_area_m2, each area times the weight.
    spatial
        Which of alignment_id, section_id, commune_id the cells have; basis where not all of
        their land is recovered.
    feature_count
        Parcels in the layer, touched or not.
    """

    parts: gpd.GeoDataFrame
    parcels: gpd.GeoDataFrame
    cells: pd.DataFrame
    spatial: tuple[str, ...]
    feature_count: int

    @property
    def by_basis(self) -> bool:
        """Whether not all of the land is recovered."""
        return "basis" in self.spatial

    @property
    def areas_by_basis(self) -> dict[str, float]:
        """What of the affected area is recovered, donated and temporary; they add up to it."""
        return areas_by_basis(self)


def measure_land_take(
    parcels: gpd.GeoDataFrame, cells: gpd.GeoDataFrame, *, tolerances: Tolerances
) -> LandTake:
    """Measure what every parcel loses to every cell of a right of way.

    Each parcel is measured in full, also where parcels overlap: what they claim twice is
    ``overlap_area_m2`` (sum of the parts minus area of their union), ground that no parcel
    claims is ``uncovered_area_m2`` (area of the cell minus all parcels), both per cell.
    A parcel that touches the right of way only along an edge is not affected.

    Parameters
    ----------
    parcels
        Valid polygons in a projected CRS, with unique ``parcel_id``; sheet_no, parcel_no,
        land_type, commune_id, papers and document_area_m2 are carried where present.
    cells
        Polygons in the same CRS that tile the right of way; see :mod:`geotool.affected`.
    tolerances
        ``area_absolute_m2`` is the least part that counts; ``full_share_relative`` says when
        a remainder is none.

    Raises
    ------
    CrsError, CrsMismatchError
        When a CRS is missing, not projected, or the two differ.
    GeometryError
        When a touched parcel or a cell is invalid.
    SchemaError
        When ``parcel_id`` is missing or repeated.
    """
    schema.require_columns(parcels, ["parcel_id"], "parcels")
    require_unique(parcels, "parcel_id", "parcels")
    ready = prepare_cells(cells, parcels, "parcels")
    candidates = _near(parcels, ready)
    shapes = flat_shapes(candidates)
    require_valid(shapes, candidates["parcel_id"], "parcels")
    take = measure_take(_columns(candidates), shapes, ready, tolerances=tolerances)
    return make_land_take(take, parcels.crs, feature_count=len(parcels))


def make_land_take(take: Take, system: object, *, feature_count: int) -> LandTake:
    """Return a land take in arrays as frames.

    Parameters
    ----------
    take
        From :func:`geotool.affected.take.measure_take`.
    system
        The coordinate reference system of its shapes.
    feature_count
        Parcels in the layer, touched or not.
    """
    return LandTake(
        parts=gpd.GeoDataFrame(_frame(take.parts), geometry=take.part_shapes(), crs=system),
        parcels=gpd.GeoDataFrame(_frame(take.parcels), geometry=take.parcel_shapes(), crs=system),
        cells=_frame(take.cells),
        spatial=take.spatial,
        feature_count=feature_count,
    )


def divide_by_basis(rows: pd.DataFrame) -> pd.DataFrame:
    """Return affected areas divided by basis: ``BASIS_AREAS``, index kept.

    Parameters
    ----------
    rows
        affected_area_m2 and basis, as ``LandTake.parts``.
    """
    area, basis = rows["affected_area_m2"], rows["basis"]
    columns = zip(BASIS_AREAS, BASES, strict=True)
    return pd.DataFrame({column: area.where(basis == name, 0.0) for column, name in columns})


def recovered_shares(land_take: LandTake, tolerances: Tolerances) -> pd.DataFrame:
    """Return parcel_id and taken_share, the share recovered, of parcels that lose land so.

    Donated land is in no compensation and land used for a time is not lost: neither counts.
    """
    rows = pd.DataFrame(land_take.parcels)
    drawn = rows["drawn_area_m2"].to_numpy(dtype=np.float64)
    recovered = rows["recovered_area_m2" if land_take.by_basis else "affected_area_m2"]
    left = settle_remainders(drawn, drawn - recovered.to_numpy(dtype=np.float64), tolerances)
    shares = rows[["parcel_id"]].assign(taken_share=(drawn - left) / drawn)
    lost = (recovered > tolerances.area_absolute_m2).to_numpy()
    return shares[lost].reset_index(drop=True)


def list_overlaps(parcels: gpd.GeoDataFrame, tolerances: Tolerances) -> pd.DataFrame:
    """Return the pairs of parcels that claim the same ground.

    Parameters
    ----------
    parcels
        Valid polygons in a projected CRS with unique ``parcel_id``.
    tolerances
        Pairs of at most ``sliver_area_m2`` are not listed.

    Returns
    -------
    DataFrame
        parcel_id_a, parcel_id_b, overlap_area_m2; a before b, both in natural order.

    Raises
    ------
    CrsError, GeometryError, SchemaError
        As in :func:`measure_land_take`.
    """
    pairs = find_overlaps(parcels, "parcel_id", tolerances)
    names = {"key_a": "parcel_id_a", "key_b": "parcel_id_b"}
    return pairs.rename(columns=names)


def find_overlaps(
    frame: gpd.GeoDataFrame, key: str, tolerances: Tolerances, what: str = ""
) -> pd.DataFrame:
    """Return the overlapping pairs of any polygon layer: key_a, key_b, overlap_area_m2."""
    what = what or f"{key.removesuffix('_id')}s"
    schema.require_columns(frame, [key], what)
    require_unique(frame, key, what)
    scale = crs.require_projected(frame, what) ** 2
    ordered = frame.iloc[natural_order(frame.assign(**{key: text_keys(frame[key])}), [key])]
    shapes = flat_shapes(ordered)
    require_valid(shapes, ordered[key], what)
    first, second = _box_overlaps(shapes, tolerances.sliver_area_m2 / scale)
    areas_m2 = shapely.area(shapely.intersection(shapes[first], shapes[second])) * scale
    listed = areas_m2 > tolerances.sliver_area_m2
    keys = text_keys(ordered[key]).to_numpy()
    return pd.DataFrame(
        {
            "key_a": keys[first[listed]],
            "key_b": keys[second[listed]],
            "overlap_area_m2": areas_m2[listed],
        }
    )


def _box_overlaps(shapes: Shapes, least_area: float) -> tuple[Places, Places]:
    """Return the pairs whose bounding boxes share more than ``least_area`` (CRS units)."""
    first, second = shapely.STRtree(shapes).query(shapes)
    later = second > first
    first, second = first[later], second[later]
    boxes = shapely.bounds(shapes).reshape(-1, 4)
    width = np.minimum(boxes[first, 2], boxes[second, 2]) - np.maximum(
        boxes[first, 0], boxes[second, 0]
    )
    height = np.minimum(boxes[first, 3], boxes[second, 3]) - np.maximum(
        boxes[first, 1], boxes[second, 1]
    )
    shared = (width > 0) & (height > 0) & (width * height > least_area)
    order = np.lexsort((second[shared], first[shared]))
    return first[shared][order], second[shared][order]


def _near(parcels: gpd.GeoDataFrame, cells: Cells) -> gpd.GeoDataFrame:
    """Return the parcels whose bounding box meets that of a piece of a cell."""
    tree = shapely.STRtree(parcels.geometry.to_numpy())
    rows = np.unique(tree.query(cells.pieces.shapes)[1])
    return parcels.iloc[rows].reset_index(drop=True)


def _columns(parcels: gpd.GeoDataFrame) -> dict[str, Column]:
    """Return the columns a land take carries, as arrays."""
    names = ["parcel_id", *(name for name in TEXT_COLUMNS if name in parcels.columns)]
    columns: dict[str, Column] = {
        name: text_keys(parcels[name]).to_numpy(dtype=object) for name in names
    }
    if "document_area_m2" in parcels.columns:
        columns["document_area_m2"] = parcels["document_area_m2"].to_numpy(
            dtype=np.float64, na_value=np.nan
        )
    return columns


def _frame(columns: Columns) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(c, dtype=c.dtype) for name, c in columns.items()})
