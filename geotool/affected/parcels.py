"""Land take: which parcel loses how many square metres, and whether the ground adds up."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geotool import crs, schema
from geotool.affected.clip import (
    Cells,
    Clip,
    Numbers,
    Places,
    Shapes,
    clip_polygons,
    flat_shapes,
    prepare_cells,
    require_unique,
    require_valid,
    union_by,
)
from geotool.affected.order import column_or, natural_order, text_keys
from geotool.route.takings import BASES, TEMPORARY
from geotool.rules import Tolerances

TEXT_COLUMNS = ("sheet_no", "parcel_no", "land_type", "commune_id", "papers")
MEASURES = ("remainder_m2", "taken_share", "take_class")
BASIS_AREAS = tuple(f"{basis}_area_m2" for basis in BASES)
"""Columns that divide an affected area by the basis of its taking."""


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
        sums = divide_by_basis(pd.DataFrame(self.parts)).sum()
        return {str(name): float(area) for name, area in sums.items()}


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
    clip = clip_polygons(shapes, ready, tolerances.area_absolute_m2)
    areas_m2 = ready.areas_m2(clip.shapes)
    parts = _part_rows(candidates, ready, clip, areas_m2)
    taken = _parcel_rows(candidates, shapes, ready, clip, parts)
    return LandTake(
        parts=parts,
        parcels=_classify(taken, tolerances),
        cells=_cell_rows(shapes, ready, clip, areas_m2),
        spatial=ready.given,
        feature_count=len(parcels),
    )


def divide_by_basis(rows: pd.DataFrame) -> pd.DataFrame:
    """Return affected areas divided by basis: ``BASIS_AREAS``, index kept.

    Parameters
    ----------
    rows
        affected_area_m2 and basis, as ``LandTake.parts``.
    """
    area, basis = rows["affected_area_m2"], rows["basis"]
    return pd.DataFrame({f"{name}_area_m2": area.where(basis == name, 0.0) for name in BASES})


def settle_remainders(drawn_m2: Numbers, left_m2: Numbers, tolerances: Tolerances) -> Numbers:
    """Return what is left of drawn areas: 0 where so little is left that all counts as taken."""
    least = np.maximum(tolerances.full_share_relative * drawn_m2, tolerances.area_absolute_m2)
    return np.where(left_m2 <= least, 0.0, left_m2)


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
    """Return the parcels whose bounding box meets a cell's, in natural order."""
    tree = shapely.STRtree(parcels.geometry.to_numpy())
    rows = np.unique(tree.query(cells.shapes)[1])
    near = parcels.iloc[rows].assign(parcel_id=text_keys(parcels["parcel_id"].iloc[rows]))
    return near.iloc[natural_order(near, ["parcel_id"])].reset_index(drop=True)


def _part_rows(
    candidates: gpd.GeoDataFrame, cells: Cells, clip: Clip, areas_m2: Numbers
) -> gpd.GeoDataFrame:
    rows = cells.frame.iloc[clip.cell].reset_index(drop=True)
    if "commune_id" not in cells.given:
        own = text_keys(column_or(candidates, "commune_id", ""))
        rows["commune_id"] = own.to_numpy()[clip.shape]
    rows.insert(0, "parcel_id", candidates["parcel_id"].to_numpy()[clip.shape])
    rows["affected_area_m2"] = rows["weight"].to_numpy(dtype=np.float64) * areas_m2
    return gpd.GeoDataFrame(rows, geometry=clip.shapes, crs=candidates.crs)


def _parcel_rows(
    candidates: gpd.GeoDataFrame, shapes: Shapes, cells: Cells, clip: Clip, parts: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Return one row a touched parcel with its affected and its drawn area."""
    claimed = cells.weights[clip.cell] > 0
    touched, owner = np.unique(clip.shape[claimed], return_inverse=True)
    whole = candidates.iloc[touched].reset_index(drop=True)
    rows = pd.DataFrame({"parcel_id": whole["parcel_id"].astype(object)})
    for name in TEXT_COLUMNS:
        rows[name] = text_keys(column_or(whole, name, ""))
    if "commune_id" not in candidates.columns:
        rows["commune_id"] = _main_commune(parts, rows["parcel_id"])
    rows["document_area_m2"] = column_or(whole, "document_area_m2", np.nan).astype(np.float64)
    rows["drawn_area_m2"] = cells.areas_m2(shapes[touched])
    sums = np.bincount(
        clip.shape, weights=parts["affected_area_m2"].to_numpy(), minlength=len(candidates)
    )
    rows["affected_area_m2"] = sums[touched]
    if "basis" in cells.given:
        own = divide_by_basis(parts).groupby(parts["parcel_id"], sort=False).sum()
        rows = rows.join(own, on="parcel_id")
    shape = union_by(clip.shapes[claimed], owner.reshape(-1), len(touched))
    return gpd.GeoDataFrame(rows, geometry=shape, crs=candidates.crs)


def _main_commune(parts: gpd.GeoDataFrame, parcel_ids: pd.Series) -> pd.Series:
    """Return the commune with the largest part of each parcel; the first name on a tie."""
    claimed = pd.DataFrame(parts[parts["weight"] > 0])
    ordered = claimed.sort_values("affected_area_m2", ascending=False, kind="stable")
    largest = ordered.drop_duplicates("parcel_id")
    names = dict(zip(largest["parcel_id"], largest["commune_id"], strict=True))
    return parcel_ids.map(names).astype(object)


def _classify(taken: gpd.GeoDataFrame, tolerances: Tolerances) -> gpd.GeoDataFrame:
    drawn, used = taken["drawn_area_m2"], column_or(taken, "temporary_area_m2", 0.0)
    lost = taken["affected_area_m2"] - used.astype(np.float64)
    left = settle_remainders(drawn.to_numpy(), (drawn - lost).to_numpy(), tolerances)
    full = left == 0.0
    kept = (used > 0) & (lost <= tolerances.area_absolute_m2)
    classes = np.select([kept, full], [TEMPORARY, "full"], "partial").astype(object)
    return taken.assign(
        remainder_m2=left,
        taken_share=(lost / drawn).where(~full, 1.0),
        take_class=classes,
    )[[*(name for name in taken.columns if name != "geometry"), *MEASURES, "geometry"]]


def _cell_rows(shapes: Shapes, cells: Cells, clip: Clip, areas_m2: Numbers) -> pd.DataFrame:
    """Return the identity of every cell: corridor = affected - overlap + uncovered."""
    count = len(cells.shapes)
    affected = np.bincount(clip.cell, weights=areas_m2, minlength=count)
    claimed = np.nan_to_num(cells.areas_m2(union_by(clip.shapes, clip.cell, count)))
    uncovered = cells.areas_m2(_uncovered(shapes, cells))
    rows = cells.frame.copy()
    rows["corridor_area_m2"] = cells.areas_m2(cells.shapes) * cells.weights
    rows["affected_area_m2"] = affected * cells.weights
    rows["overlap_area_m2"] = np.maximum(affected - claimed, 0.0) * cells.weights
    rows["uncovered_area_m2"] = uncovered * cells.weights
    return rows


def _uncovered(shapes: Shapes, cells: Cells) -> Shapes:
    """Return each cell minus all parcels, from the parcels themselves and not their parts."""
    cell, shape = shapely.STRtree(shapes).query(cells.shapes, predicate="intersects")
    order = np.lexsort((shape, cell))
    united = union_by(shapes[shape[order]], cell[order], len(cells.shapes))
    rest = shapely.difference(cells.shapes, united)
    return np.where(shapely.is_missing(united), cells.shapes, rest)
