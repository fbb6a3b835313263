"""Any layer against the cells of a corridor: points covered, lengths and areas inside."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geotool import schema
from geotool.affected.clip import Cells, Clip, clip_lines, clip_polygons, cover_points, union_by
from geotool.affected.guards import flat_shapes, prepare_cells, require_unique, require_valid
from geotool.affected.order import column_or, natural_order, text_keys
from geotool.pieces import Numbers, Shapes
from geotool.rules import Tolerances


@dataclass(frozen=True)
class FeatureTake:
    """What of a layer lies inside a right of way; m and m2, unrounded.

    Parameters
    ----------
    features
        One row a feature of the layer, the caller's index and order: the key,
        inside, drawn_area_m2, drawn_length_m, affected_area_m2, affected_length_m,
        taken_share, take_class (``full``, ``partial`` or ``""``). Points have no area and
        no length; lines no area; polygons no length.
    parts
        One row a touched feature and cell: the key, alignment_id, section_id, commune_id,
        weight, basis, affected_count (the weight), affected_area_m2,
        affected_length_m (both times the weight) and the shared shape. What two cells hold
        together because a line runs along their common edge is taken back by a row with
        commune_id, section_id and basis ``shared``, so that columns add up.
    spatial
        Which of alignment_id, section_id, commune_id the cells have; basis where not all of
        their land is recovered.
    """

    features: pd.DataFrame
    parts: gpd.GeoDataFrame
    spatial: tuple[str, ...]


def measure_features(
    frame: gpd.GeoDataFrame, cells: gpd.GeoDataFrame, *, key: str, tolerances: Tolerances
) -> FeatureTake:
    """Measure points, lines and polygons of one layer against the cells of a right of way.

    A point is inside when the right of way covers it, its edge included; on the common edge
    of two sections it belongs to the first. Lines and polygons are inside with a positive
    length or area.

    Parameters
    ----------
    frame
        Any geometries in a projected CRS, with unique ``key``; kinds may be mixed.
    cells
        As for :func:`geotool.affected.parcels.measure_land_take`.
    key
        Name of the key column, ``grave_id``.
    tolerances
        ``area_absolute_m2`` and ``length_absolute_m`` are the least parts that count; a point
        within ``length_absolute_m`` of an edge lies on it.

    Raises
    ------
    CrsError, CrsMismatchError, GeometryError, SchemaError
        As in :func:`geotool.affected.parcels.measure_land_take`.
    """
    what = f"{key.removesuffix('_id')}s"
    schema.require_columns(frame, [key], what)
    require_unique(frame, key, what)
    return measure_in_cells(frame, prepare_cells(cells, frame, what), key, tolerances)


def measure_in_cells(
    frame: gpd.GeoDataFrame, ready: Cells, key: str, tolerances: Tolerances
) -> FeatureTake:
    """Measure a layer against cells that are made ready; else as :func:`measure_features`."""
    shapes = flat_shapes(frame)
    require_valid(shapes, frame[key], f"{key.removesuffix('_id')}s")
    parts = _part_rows(frame, key, ready, _clip(shapes, ready, tolerances))
    parts = _take_back_shared(parts, shapes, ready, tolerances)
    features = _feature_rows(frame, key, shapes, ready, parts)
    parts = parts.iloc[natural_order(parts, [key], (parts["cell"].to_numpy(dtype=np.float64),))]
    return FeatureTake(
        features=_classify(features, tolerances),
        parts=parts.drop(columns=["row", "cell"]).reset_index(drop=True),
        spatial=ready.given,
    )


def _clip(shapes: Shapes, cells: Cells, tolerances: Tolerances) -> Clip:
    """Cut each kind of shape by its own rule and put the pieces together again."""
    edge_m = tolerances.length_absolute_m
    dimension = shapely.get_dimensions(shapes)
    polygons, lines, points = (np.flatnonzero(dimension == kind) for kind in (2, 1, 0))
    clips = [
        (polygons, clip_polygons(shapes[polygons], cells, tolerances.area_absolute_m2)),
        (lines, clip_lines(shapes[lines], cells, tolerances.length_absolute_m)),
        (points, _one_section(cover_points(shapes[points], cells, edge_m), cells)),
    ]
    return Clip(
        np.concatenate([rows[clip.shape] for rows, clip in clips]),
        np.concatenate([clip.cell for _, clip in clips]),
        np.concatenate([clip.shapes for _, clip in clips]),
    )


def _one_section(clip: Clip, cells: Cells) -> Clip:
    """Keep the cells of each point's first section; the weights then add up to 1."""
    if not len(clip.shape):
        return clip
    section = cells.frame.groupby(["alignment_id", "section_id"], sort=False).ngroup().to_numpy()
    first = pd.Series(section[clip.cell]).groupby(clip.shape).transform("first").to_numpy()
    kept = section[clip.cell] == first
    shape, cell = clip.shape[kept], clip.cell[kept]
    weight = cells.weights[cell]
    total = pd.Series(weight).groupby(shape).transform("sum").to_numpy()
    claims = pd.Series(np.where(weight > 0, np.arange(len(shape)), len(shape)))
    first_claim = claims.groupby(shape).transform("min").to_numpy() == np.arange(len(shape))
    good = (total == 1.0) | first_claim
    return Clip(shape[good], cell[good], clip.shapes[kept][good])


def _part_rows(frame: gpd.GeoDataFrame, key: str, cells: Cells, clip: Clip) -> gpd.GeoDataFrame:
    rows = cells.frame.iloc[clip.cell].reset_index(drop=True)
    if "commune_id" not in cells.given:
        rows["commune_id"] = text_keys(column_or(frame, "commune_id", "")).to_numpy()[clip.shape]
    weight = rows["weight"].to_numpy(dtype=np.float64)
    rows = rows.drop(columns=key, errors="ignore")  # communes have the key of a cell
    rows.insert(0, key, text_keys(frame[key]).to_numpy()[clip.shape])
    rows["affected_count"] = weight
    rows["affected_area_m2"] = weight * cells.areas_m2(clip.shapes)
    rows["affected_length_m"] = weight * _line_lengths_m(clip.shapes, cells)
    rows["row"], rows["cell"] = clip.shape, clip.cell
    return gpd.GeoDataFrame(rows, geometry=clip.shapes, crs=frame.crs)


def _line_lengths_m(shapes: Shapes, cells: Cells) -> Numbers:
    """Return lengths of lines; polygons have none."""
    lines = shapely.get_dimensions(shapes) == 1
    return np.where(lines, cells.lengths_m(shapes), 0.0)


def _take_back_shared(
    parts: gpd.GeoDataFrame, shapes: Shapes, cells: Cells, tolerances: Tolerances
) -> gpd.GeoDataFrame:
    """Add a negative row where a line along a common edge of cells was counted twice."""
    lines = np.flatnonzero((parts["affected_length_m"] > 0).to_numpy())
    if not len(lines):
        return parts
    rows, owner = np.unique(parts["row"].to_numpy()[lines], return_inverse=True)
    united = union_by(parts.geometry.to_numpy()[lines], owner.reshape(-1), len(rows))
    sums = np.bincount(
        parts["row"].to_numpy(), weights=parts["affected_length_m"], minlength=len(shapes)
    )[rows]
    excess = sums - cells.lengths_m(united)
    least = tolerances.length_absolute_m + tolerances.length_relative * sums
    twice = excess > least
    if not twice.any():
        return parts
    firsts = parts.drop_duplicates("row").set_index("row").loc[rows[twice]].reset_index()
    back = firsts[parts.columns].assign(
        section_id="shared",
        commune_id="shared",
        basis="shared",
        weight=-1.0,
        affected_count=0.0,
        affected_length_m=-excess[twice],
        cell=len(cells.shapes),
    )
    back = back.set_geometry(np.full(len(back), None, dtype=np.object_), crs=parts.crs)
    both = pd.concat([parts, back], ignore_index=True)
    return gpd.GeoDataFrame(both, geometry="geometry", crs=parts.crs)


def _feature_rows(
    frame: gpd.GeoDataFrame, key: str, shapes: Shapes, cells: Cells, parts: gpd.GeoDataFrame
) -> pd.DataFrame:
    count = len(shapes)
    row = parts["row"].to_numpy(dtype=np.intp)
    inside = np.zeros(count, dtype=np.bool_)
    inside[row] = True
    area, length = (
        np.bincount(row, weights=parts[name].to_numpy(dtype=np.float64), minlength=count)
        for name in ("affected_area_m2", "affected_length_m")
    )
    return pd.DataFrame(
        {
            key: text_keys(frame[key]),
            "inside": inside,
            "drawn_area_m2": np.nan_to_num(cells.areas_m2(shapes)),
            "drawn_length_m": _line_lengths_m(shapes, cells),
            "affected_area_m2": area,
            "affected_length_m": length,
        },
        index=frame.index,
    )


def _classify(features: pd.DataFrame, tolerances: Tolerances) -> pd.DataFrame:
    """Add the share taken and the class; a covered point is taken in full."""
    inside = features["inside"].to_numpy()
    areal = (features["drawn_area_m2"] > 0).to_numpy()
    linear = (features["drawn_length_m"] > 0).to_numpy()
    drawn = np.where(areal, features["drawn_area_m2"], features["drawn_length_m"])
    taken = np.where(areal, features["affected_area_m2"], features["affected_length_m"])
    absolute = np.where(areal, tolerances.area_absolute_m2, tolerances.length_absolute_m)
    least = np.maximum(tolerances.full_share_relative * drawn, absolute)
    full = inside & (~(areal | linear) | (drawn - taken <= least))
    share = np.divide(taken, drawn, out=np.zeros(len(drawn)), where=drawn > 0)
    return features.assign(
        taken_share=np.where(full, 1.0, share),
        take_class=np.select([full, inside], ["full", "partial"], "").astype(object),
    )
