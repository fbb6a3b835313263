"""What a right of way leaves of the parcels it cuts: the pieces, their width and their access."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geotool import crs, schema
from geotool.affected.access import NONE, OWN_LAND, ROAD, UNKNOWN, find_access, open_ways
from geotool.affected.guards import flat_shapes, require_unique, require_valid
from geotool.affected.inscribed import measure_widths
from geotool.affected.order import column_or, natural_order, text_keys
from geotool.affected.take import settle_remainders
from geotool.pieces import Numbers, Places, Shapes
from geotool.route.bases import TEMPORARY
from geotool.route.takings import read_basis
from geotool.rules import Tolerances
from geotool.rules.severance import ResidualRules
from geotool.schema import Problem, make_problem

REASONS = ("area", "width", "landlocked")
TAKEN_COLUMNS = (
    "parcel_id",
    "land_type",
    "drawn_area_m2",
    "lost_area_m2",
    "remainder_m2",
    "taken_share",
    "piece_count",
    "sliver_count",
    "sliver_area_m2",
)
PIECE_COLUMNS = (
    "parcel_id",
    "piece_no",
    "piece_count",
    "land_type",
    "area_m2",
    "width_m",
    "access",
    "landlocked",
    "residual",
    "residual_reason",
    "remainder_m2",
)

WIDTH_ERROR_M = 5e-4
"""Widths are found to this much, never too large."""

_GROUP = 64
"""Parcels cut by the same neighbourhood of the right of way; speed only."""


@dataclass(frozen=True)
class Remainders:
    """What is left of the parcels that lose land for good; areas in m2, unrounded.

    Parameters
    ----------
    taken
        One row a parcel that loses land for good, in natural order: parcel_id, land_type,
        drawn_area_m2, lost_area_m2, remainder_m2, taken_share, piece_count, sliver_count,
        sliver_area_m2. The remainder is the sum of its pieces and of the slivers.
    pieces
        One row a piece of a remainder, by parcel in natural order and piece_no: parcel_id,
        piece_no, piece_count, land_type, area_m2, width_m, access, landlocked, residual,
        residual_reason, remainder_m2 (of the parcel) and the polygon.
    """

    taken: pd.DataFrame
    pieces: gpd.GeoDataFrame


@dataclass(frozen=True)
class _Cut:
    """Parcels, and the parts (``shapes``, of parcel ``owner``) that are left of them."""

    parcel_ids: NDArray[np.object_]
    owner: Places
    shapes: Shapes
    metres_per_unit: float

    @property
    def areas_m2(self) -> Numbers:
        return np.asarray(shapely.area(self.shapes) * self.metres_per_unit**2, dtype=np.float64)

    def select(self, places: Places) -> "_Cut":
        return _Cut(self.parcel_ids, self.owner[places], self.shapes[places], self.metres_per_unit)


def measure_remainders(
    parcels: gpd.GeoDataFrame,
    right_of_way: gpd.GeoDataFrame,
    *,
    holdings: pd.DataFrame | None = None,
    roads: gpd.GeoDataFrame | None = None,
    rules: ResidualRules,
    tolerances: Tolerances,
) -> Remainders:
    """Cut the parcels by the land taken for good and judge every piece that is left.

    Land of the basis ``temporary`` is given back and takes nothing. Piece 1 is the largest of
    its parcel; pieces of one size are ordered from west to east, then south to north. The
    width of a piece is the diameter of its largest inscribed circle, at most WIDTH_ERROR_M
    too small. A piece has access

    * ``road``: within ``rules.access_m`` of a road outside the land taken;
    * ``own_land``: that near a parcel of the same holder that loses nothing, or another piece
      of that holder which has access itself;
    * ``none``: neither; ``unknown`` where there are no roads to judge by.

    It is residual when its area or width is below the least of its land type, or where the
    rules say so of landlocked pieces; ``residual_reason`` joins the REASONS by ``_``.

    Parameters
    ----------
    parcels
        Valid polygons in a projected CRS with unique ``parcel_id``, touched or not.
    right_of_way
        Polygons in the same CRS; ``basis`` where known.
    holdings
        From :func:`geotool.affected.holdings.make_holdings`; without it no land is own land.
    roads
        Lines in the same CRS, ``status`` where known.
    tolerances
        ``sliver_area_m2`` is the least piece that is listed.

    Raises
    ------
    CrsError, CrsMismatchError
        When a CRS is missing, not projected, or two differ.
    GeometryError
        When a parcel near the right of way, or the right of way, is invalid.
    SchemaError
        When ``parcel_id`` is missing or repeated.
    """
    metres_per_unit = _require_layers(parcels, right_of_way, roads)
    strip = _permanent_land(right_of_way)
    near = _near(parcels, strip)
    cut = _cut_parcels(near, strip, metres_per_unit)
    taken = _taken_rows(near, cut, tolerances)
    pieces = _piece_rows(taken, cut, tolerances).set_crs(parcels.crs)
    ways = open_ways(roads, strip, rules)
    reach = (rules.access_m + tolerances.length_absolute_m) / metres_per_unit
    untouched = parcels[~text_keys(parcels["parcel_id"]).isin(set(taken["parcel_id"]))]
    pieces["access"] = find_access(pieces, ways, untouched, holdings, reach)
    return Remainders(taken.reset_index(drop=True), _judge(pieces, rules, tolerances))


def find_slivers(remainders: Remainders) -> list[Problem]:
    """Find parcels of which parts too small to list are left; one finding for all of them."""
    rows = remainders.taken[remainders.taken["sliver_count"] > 0]
    if rows.empty:
        return []
    message = (
        f"{int(rows['sliver_count'].sum())} sliver(s) of {rows['sliver_area_m2'].sum():.3f} m2 "
        f"are left of {len(rows)} parcel(s): {schema.name_keys(rows['parcel_id'])}."
    )
    return [make_problem("remainder_slivers", "parcels", message)]


def _require_layers(
    parcels: gpd.GeoDataFrame, right_of_way: gpd.GeoDataFrame, roads: gpd.GeoDataFrame | None
) -> float:
    """Check keys and CRS; return the metres of one CRS unit."""
    schema.require_columns(parcels, ["parcel_id"], "parcels")
    require_unique(parcels, "parcel_id", "parcels")
    layers = {"right_of_way": right_of_way, "parcels": parcels}
    crs.require_same(layers if roads is None else {**layers, "roads": roads})
    return crs.require_projected(right_of_way, "right_of_way")


def _permanent_land(right_of_way: gpd.GeoDataFrame) -> shapely.Geometry:
    shapes = flat_shapes(right_of_way)
    require_valid(shapes, pd.Series(range(1, len(shapes) + 1)), "right_of_way")
    return shapely.union_all(shapes[(read_basis(right_of_way) != TEMPORARY).to_numpy()])


def _near(parcels: gpd.GeoDataFrame, strip: shapely.Geometry) -> gpd.GeoDataFrame:
    """Return the parcels that the strip meets, in natural order."""
    rows = np.sort(parcels.sindex.query(strip, predicate="intersects"))
    near = parcels.iloc[rows].assign(parcel_id=text_keys(parcels["parcel_id"].iloc[rows]))
    return near.iloc[natural_order(near, ["parcel_id"])].reset_index(drop=True)


def _cut_parcels(near: gpd.GeoDataFrame, strip: shapely.Geometry, metres_per_unit: float) -> _Cut:
    """Return what is left of each parcel, cut by the strip around a group of neighbours.

    The neighbourhood ends outside every parcel of its group, so that it leaves no trace.
    """
    shapes = flat_shapes(near)
    require_valid(shapes, near["parcel_id"], "parcels")
    rest = shapes.copy()
    order = np.argsort(near.geometry.hilbert_distance()) if len(near) else np.arange(0)
    for start in range(0, len(order), _GROUP):
        group = np.asarray(order[start : start + _GROUP])
        low_x, low_y, high_x, high_y = shapely.total_bounds(shapes[group])
        margin = max(high_x - low_x, high_y - low_y)
        around = shapely.box(low_x - margin, low_y - margin, high_x + margin, high_y + margin)
        rest[group] = shapely.difference(shapes[group], shapely.intersection(strip, around))
    parts, owner = shapely.get_parts(rest, return_index=True)
    parcel_ids = near["parcel_id"].to_numpy(dtype=np.object_)
    return _Cut(parcel_ids, owner, parts, metres_per_unit)


def _taken_rows(near: gpd.GeoDataFrame, cut: _Cut, tolerances: Tolerances) -> pd.DataFrame:
    """Return one row a parcel that loses land, what counts as taken in full without remainder."""
    areas = cut.areas_m2
    remainder = np.bincount(cut.owner, weights=areas, minlength=len(near)).astype(np.float64)
    rows = pd.DataFrame({"parcel_id": cut.parcel_ids})
    rows["land_type"] = text_keys(column_or(near, "land_type", "")).to_numpy()
    rows["drawn_area_m2"] = shapely.area(near.geometry.to_numpy()) * cut.metres_per_unit**2
    left = settle_remainders(rows["drawn_area_m2"].to_numpy(), remainder, tolerances)
    rows["remainder_m2"] = left
    rows["lost_area_m2"] = rows["drawn_area_m2"] - left
    rows["taken_share"] = rows["lost_area_m2"] / rows["drawn_area_m2"]
    partial = left[cut.owner] > 0.0
    listed = partial & (areas >= tolerances.sliver_area_m2)
    sliver = partial & ~listed
    counted = sliver & (areas > tolerances.area_absolute_m2)
    rows["piece_count"] = np.bincount(cut.owner[listed], minlength=len(near))
    rows["sliver_count"] = np.bincount(cut.owner[counted], minlength=len(near))
    rows["sliver_area_m2"] = np.bincount(
        cut.owner[sliver], weights=areas[sliver], minlength=len(near)
    )
    return rows.loc[rows["lost_area_m2"] > tolerances.area_absolute_m2, list(TAKEN_COLUMNS)]


def _piece_rows(taken: pd.DataFrame, cut: _Cut, tolerances: Tolerances) -> gpd.GeoDataFrame:
    """Return the listed pieces of the parcels taken in part, in order, without CRS."""
    areas = cut.areas_m2
    partial = np.zeros(len(cut.parcel_ids), dtype=np.bool_)
    partial[taken.index.to_numpy()[taken["piece_count"] > 0]] = True
    listed = np.flatnonzero(partial[cut.owner] & (areas >= tolerances.sliver_area_m2))
    cut = cut.select(listed[_piece_order(taken, cut.select(listed), tolerances)])
    of_parcel = taken.reindex(cut.owner)
    starts = np.flatnonzero(np.diff(cut.owner, prepend=-1))
    sizes = np.diff(np.append(starts, len(cut.owner)))
    widths = measure_widths(cut.shapes, error=WIDTH_ERROR_M / cut.metres_per_unit)
    rows = pd.DataFrame(
        {
            "parcel_id": cut.parcel_ids[cut.owner],
            "piece_no": np.arange(len(cut.owner)) - np.repeat(starts, sizes) + 1,
            "piece_count": of_parcel["piece_count"].to_numpy(),
            "land_type": of_parcel["land_type"].to_numpy(),
            "area_m2": cut.areas_m2,
            "width_m": widths * cut.metres_per_unit,
            "remainder_m2": of_parcel["remainder_m2"].to_numpy(),
        }
    )
    return gpd.GeoDataFrame(rows, geometry=cut.shapes)


def _piece_order(taken: pd.DataFrame, cut: _Cut, tolerances: Tolerances) -> Places:
    """Return the order by parcel, size from the largest, then place; noise decides nothing."""
    drawn = taken["drawn_area_m2"].reindex(cut.owner).to_numpy()
    step = tolerances.area_absolute_m2 + tolerances.area_relative * drawn
    size = np.rint(cut.areas_m2 / step)
    bounds = shapely.bounds(cut.shapes).reshape(-1, 4) * cut.metres_per_unit
    west, south = np.rint(bounds[:, :2] / tolerances.length_absolute_m).T
    return np.lexsort((south, west, -size, cut.owner))


def _judge(
    pieces: gpd.GeoDataFrame, rules: ResidualRules, tolerances: Tolerances
) -> gpd.GeoDataFrame:
    """Return the pieces with landlocked, residual and residual_reason.

    A piece that misses the least size by no more than the error of measuring has it.
    """
    least = [rules.least_of(land_type) for land_type in pieces["land_type"]]
    least_area = np.array([item.area_m2 for item in least], dtype=np.float64)
    least_width = np.array([item.width_m for item in least], dtype=np.float64)
    slack = tolerances.area_absolute_m2 + tolerances.area_relative * least_area
    words = {ROAD: False, OWN_LAND: False, NONE: True, UNKNOWN: None}
    landlocked = [words[access] for access in pieces["access"]]
    cut_off = pieces["access"].eq(NONE).to_numpy() & rules.landlocked_is_residual
    broken = np.column_stack(
        [
            pieces["area_m2"].to_numpy() < least_area - slack,
            pieces["width_m"].to_numpy() < least_width - WIDTH_ERROR_M,
            cut_off,
        ]
    )
    reasons = ["_".join(np.array(REASONS)[row]) for row in broken]
    judged = pieces.assign(
        landlocked=pd.Series(landlocked, index=pieces.index, dtype=object),
        residual=np.asarray(broken.any(axis=1), dtype=np.bool_),
        residual_reason=pd.Series(reasons, index=pieces.index, dtype=object),
    )
    return judged[[*PIECE_COLUMNS, "geometry"]]
