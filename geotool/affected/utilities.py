"""Where lines of power, water and telephone cross the right of way."""

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geotool import schema
from geotool.affected.clip import Cells, union_by
from geotool.affected.guards import flat_shapes, prepare_cells, require_unique
from geotool.affected.order import column_or, key_ranks, text_keys
from geotool.pieces import Numbers, Places, Shapes
from geotool.route.alignment import Axis
from geotool.route.chainage import locate_points
from geotool.rules import Tolerances

COLUMNS = (
    "utility_id",
    "kind",
    "voltage_kv",
    "alignment_id",
    "measure_m",
    "chainage_m",
    "crosses_axis",
    "length_m",
    "section_id",
    "commune_id",
    "geometry",
)


def find_crossings(
    utilities: gpd.GeoDataFrame,
    cells: gpd.GeoDataFrame,
    axes: Sequence[Axis],
    *,
    tolerances: Tolerances,
) -> gpd.GeoDataFrame:
    """Return one row a connected piece of line inside the right of way.

    Parameters
    ----------
    utilities
        Lines in a projected CRS with unique ``utility_id``; kind and voltage_kv are carried.
        Points (poles) are not crossings: measure them as features.
    cells
        The right of way, or its cells; see :mod:`geotool.affected`.
    axes
        The alignments, at least one; they give the chainage.
    tolerances
        ``length_absolute_m`` is the least piece that counts.

    Returns
    -------
    GeoDataFrame
        utility_id, kind, voltage_kv, alignment_id, measure_m (where the piece crosses the
        axis: the lowest if several; of the place on the axis nearest to the middle of the
        piece where it does not), chainage_m (its label), crosses_axis, length_m, section_id and
        commune_id at that place, and the piece. In order of alignment, chainage, utility.

    Raises
    ------
    CrsError, CrsMismatchError, GeometryError, SchemaError
        As in :func:`geotool.affected.features.measure_features`; SchemaError also without axes.
    """
    schema.require_columns(utilities, ["utility_id"], "utilities")
    require_unique(utilities, "utility_id", "utilities")
    ready = prepare_cells(cells, utilities, "utilities")
    rows, pieces = _pieces(flat_shapes(utilities), ready, tolerances.length_absolute_m)
    where, crosses = _axis_places(pieces, axes)
    located = locate_points(gpd.GeoDataFrame(geometry=where, crs=utilities.crs), axes)
    found = _describe(utilities.iloc[rows], located)
    found = found.assign(crosses_axis=crosses, length_m=ready.lengths_m(pieces), geometry=pieces)
    found = found.join(_places_of(where, pieces, ready))
    order = np.lexsort(
        (key_ranks(found["utility_id"]), found["measure_m"], key_ranks(found["alignment_id"]))
    )
    ordered = found.iloc[order].reset_index(drop=True)[list(COLUMNS)]
    return gpd.GeoDataFrame(ordered, geometry="geometry", crs=utilities.crs)


def count_crossings(crossings: pd.DataFrame) -> pd.DataFrame:
    """Return crossings by kind and voltage, the highest voltage first.

    Returns
    -------
    DataFrame
        kind, voltage_kv (NaN where unknown), crossing_count, utility_count, length_m.
    """
    grouped = crossings.groupby(["kind", "voltage_kv"], dropna=False, sort=False)
    counts = pd.DataFrame(
        {
            "crossing_count": grouped.size(),
            "utility_count": grouped["utility_id"].nunique(),
            "length_m": grouped["length_m"].sum(),
        }
    ).reset_index()
    voltage = counts["voltage_kv"].fillna(-np.inf).to_numpy(dtype=np.float64)
    order = np.lexsort((-voltage, key_ranks(counts["kind"])))
    return counts.iloc[order].reset_index(drop=True)


def _describe(lines: gpd.GeoDataFrame, located: pd.DataFrame) -> pd.DataFrame:
    """Return what is known of the line of each piece, and where along which axis it lies."""
    return pd.DataFrame(
        {
            "utility_id": text_keys(lines["utility_id"]).to_numpy(),
            "kind": text_keys(column_or(lines, "kind", "")).to_numpy(),
            "voltage_kv": _numbers(column_or(lines, "voltage_kv", np.nan)),
            "alignment_id": located["alignment_id"].to_numpy(dtype=object),
            "measure_m": located["measure_m"].to_numpy(dtype=np.float64),
            "chainage_m": located["chainage_m"].to_numpy(dtype=np.float64),
        }
    )


def _numbers(values: pd.Series) -> Numbers:
    return np.asarray(pd.to_numeric(values, errors="coerce"), dtype=np.float64)


def _pieces(shapes: Shapes, cells: Cells, least_length_m: float) -> tuple[Places, Shapes]:
    """Return the row and the shape of each connected piece of line inside the cells."""
    lines = np.flatnonzero(shapely.get_dimensions(shapes) == 1)
    strip = shapely.union_all(cells.shapes)
    shapely.prepare(strip)
    lines = lines[shapely.intersects(shapes[lines], strip)]
    inside = shapely.intersection(shapes[lines], strip)
    parts, owner = shapely.get_parts(inside, return_index=True)
    linear = shapely.get_dimensions(parts) == 1
    parts, owner = parts[linear], owner[linear]
    labels = _connected(parts, owner)
    unique, first, group = np.unique(labels, return_index=True, return_inverse=True)
    united = union_by(parts, group.reshape(-1), len(unique))
    pieces = np.asarray(shapely.line_merge(united), dtype=np.object_)
    kept = cells.lengths_m(pieces) > least_length_m
    return lines[owner[first]][kept], pieces[kept]


def _connected(parts: Shapes, owner: Places) -> Places:
    """Return a label for each part: the lowest place among the parts it hangs together with."""
    labels = np.arange(len(parts))
    first, second = shapely.STRtree(parts).query(parts, predicate="intersects")
    same = owner[first] == owner[second]
    first, second = first[same], second[same]
    while True:
        lowest = labels.copy()
        np.minimum.at(lowest, first, labels[second])
        if np.array_equal(lowest, labels):
            return labels
        labels = lowest


def _axis_places(pieces: Shapes, axes: Sequence[Axis]) -> tuple[Shapes, NDArray[np.bool_]]:
    """Return where each piece meets the first axis it crosses, else its middle; and which did."""
    where = np.full(len(pieces), None, dtype=np.object_)
    for axis in axes:
        line = shapely.force_2d(axis.line)
        for place in np.flatnonzero(shapely.is_missing(where) & shapely.intersects(pieces, line)):
            shared = shapely.get_coordinates(shapely.intersection(pieces[place], line))
            along = shapely.line_locate_point(line, shapely.points(shared))
            where[place] = shapely.Point(shared[np.argmin(along)])
    crosses = ~shapely.is_missing(where)
    for place in np.flatnonzero(~crosses):
        longest = max(shapely.get_parts(pieces[place]), key=shapely.length)
        where[place] = shapely.line_interpolate_point(longest, 0.5, normalized=True)
    return where, crosses


def _places_of(where: Shapes, pieces: Shapes, cells: Cells) -> pd.DataFrame:
    """Return section_id and commune_id of the first cell at each place, ``""`` in none.

    The place may lie a rounding error outside the right of way; the nearest cell is taken.
    """
    keys = ["section_id", "commune_id"]
    if not len(pieces):
        return pd.DataFrame({key: pd.Series(dtype=object) for key in keys})
    claimed = np.flatnonzero(cells.weights > 0)
    point, cell = shapely.STRtree(cells.shapes[claimed]).query_nearest(where)
    first = pd.Series(cell).groupby(point).min().to_numpy()
    found: pd.DataFrame = cells.frame.iloc[claimed[first]][keys].reset_index(drop=True)
    return found
