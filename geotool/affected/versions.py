"""Two versions of a boundary compared: the ground added and given back, and whose it is."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from geotool import crs
from geotool.affected.clip import flat_shapes, require_valid
from geotool.affected.holdings import join_holdings
from geotool.affected.order import sort_naturally
from geotool.affected.parcels import LandTake, measure_land_take
from geotool.errors import CheckError
from geotool.rules import Tolerances

ADDED, GIVEN_BACK = "added", "given_back"
CHANGES = (ADDED, GIVEN_BACK)
CHANGE_AREAS = ("added_area_m2", "given_back_area_m2")
_LAST = ("overlap", "uncovered", "slivers")


@dataclass(frozen=True)
class Changes:
    """What one version of a boundary adds to another and gives back; areas in m2, unrounded.

    old + added - given back = new. What parcels claim twice of the changed ground is
    ``overlap``, what none claims ``uncovered``, pieces too small to list are ``slivers``: rows of
    their own, the first negative, so that every table of rows adds up to the ground changed.

    Parameters
    ----------
    old_area_m2, new_area_m2
        Area of either boundary, ground counted once.
    added_area_m2, given_back_area_m2
        Ground of the new boundary outside the old one, and the other way round.
    overlap_area_m2, uncovered_area_m2
        Of the ground added and given back together.
    parcels
        One row a parcel that gains or loses ground, in natural order: parcel_id, land_type,
        commune_id, added_area_m2, given_back_area_m2.
    holders
        One row a holder of these parcels: holder_id, holder_kind, parcel_count and the two
        areas weighted by share; then a row ``unheld`` where shares leave ground over.
    rest
        The rows ``overlap`` (negative), ``uncovered`` and ``slivers``: row and the two areas.
    pieces
        The changed ground: change (``added`` or ``given_back``), parcel_id (``uncovered``
        where there is no parcel), land_type, commune_id, area_m2 and the polygon.
    """

    old_area_m2: float
    new_area_m2: float
    added_area_m2: float
    given_back_area_m2: float
    overlap_area_m2: float
    uncovered_area_m2: float
    parcels: pd.DataFrame
    holders: pd.DataFrame
    rest: pd.DataFrame
    pieces: gpd.GeoDataFrame

    @property
    def net_area_m2(self) -> float:
        """Area added less area given back."""
        return self.added_area_m2 - self.given_back_area_m2


@dataclass(frozen=True)
class _Side:
    """The ground added, or given back: its area, what is listed of it, and its land take."""

    area_m2: float
    sliver_area_m2: float
    ground: gpd.GeoDataFrame
    take: LandTake


def compare_versions(
    old: gpd.GeoDataFrame,
    new: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    holdings: pd.DataFrame | None = None,
    *,
    tolerances: Tolerances,
) -> Changes:
    """Compare two versions of a boundary, by parcel and by holder.

    The rows of a version are taken together, whatever their basis.

    Parameters
    ----------
    old, new
        Valid polygons in one projected CRS; either may be empty.
    parcels
        As for :func:`geotool.affected.parcels.measure_land_take`.
    holdings
        From :func:`geotool.affected.holdings.make_holdings`, or None.
    tolerances
        Pieces of at most ``sliver_area_m2`` are summed but not listed.

    Raises
    ------
    CrsError, CrsMismatchError, GeometryError, SchemaError
        As in :func:`geotool.affected.parcels.measure_land_take`.
    CheckError
        When the areas do not add up.
    """
    scale = crs.require_projected(old, "old version") ** 2
    crs.require_same({"old version": old, "new version": new, "parcels": parcels})
    before, after = _united(old, "old version"), _united(new, "new version")
    sides = {
        ADDED: _measure(shapely.difference(after, before), parcels, tolerances),
        GIVEN_BACK: _measure(shapely.difference(before, after), parcels, tolerances),
    }
    cells = pd.concat([side.take.cells for side in sides.values()])
    rows = _parcel_rows(sides)
    changes = Changes(
        old_area_m2=before.area * scale,
        new_area_m2=after.area * scale,
        added_area_m2=sides[ADDED].area_m2,
        given_back_area_m2=sides[GIVEN_BACK].area_m2,
        overlap_area_m2=float(cells["overlap_area_m2"].sum()),
        uncovered_area_m2=float(cells["uncovered_area_m2"].sum()),
        parcels=rows,
        holders=_holder_rows(rows, holdings),
        rest=_rest_rows(sides),
        pieces=_pieces(sides, tolerances),
    )
    _check(changes, tolerances)
    return changes


def group_changes(changes: Changes, by: str) -> pd.DataFrame:
    """Return the changes by group; the two areas add up to the ground changed.

    Parameters
    ----------
    changes
        From :func:`compare_versions`.
    by
        parcel, commune, land_type or holder.

    Returns
    -------
    DataFrame
        The columns of ``parcels`` or ``holders``, else the key, parcel_count and the areas; in
        natural order, then the rows of ``rest`` that are not 0.
    """
    keys = {"parcel": "parcel_id", "holder": "holder_id"}
    key = keys.get(by, "commune_id" if by == "commune" else by)
    if by == "holder":
        rows = changes.holders
    elif by == "parcel":
        rows = changes.parcels
    else:
        grouped = changes.parcels.groupby(key, sort=False)
        sums = grouped[list(CHANGE_AREAS)].sum()
        sums.insert(0, "parcel_count", grouped.size())
        rows = sort_naturally(sums.reset_index(), [key])
    rest = changes.rest[(changes.rest[list(CHANGE_AREAS)] != 0).any(axis=1)]
    rest = rest.rename(columns={"row": key})
    every = pd.concat([rows, rest], ignore_index=True) if len(rest) else rows
    texts = [name for name in every.columns if name.endswith(("_id", "_type"))]
    filled = every.fillna({**dict.fromkeys(texts, ""), "holder_kind": "", "parcel_count": 0})
    return filled if by == "parcel" else filled.astype({"parcel_count": np.int64})


def _united(frame: gpd.GeoDataFrame, what: str) -> BaseGeometry:
    shapes = flat_shapes(frame)
    require_valid(shapes, pd.Series(frame.index), what)
    return shapely.union_all(shapes)


def _measure(ground: BaseGeometry, parcels: gpd.GeoDataFrame, tolerances: Tolerances) -> _Side:
    """Measure the parcels of a changed ground, its slivers left out."""
    scale = crs.require_projected(parcels, "parcels") ** 2
    parts = shapely.get_parts(ground)
    parts = parts[shapely.get_dimensions(parts) == 2]
    small = shapely.area(parts) * scale <= tolerances.sliver_area_m2
    pieces = gpd.GeoDataFrame(geometry=parts[~small], crs=parcels.crs)
    return _Side(
        area_m2=float(shapely.area(parts).sum()) * scale,
        sliver_area_m2=float(shapely.area(parts[small]).sum()) * scale,
        ground=pieces,
        take=measure_land_take(parcels, pieces, tolerances=tolerances),
    )


def _parcel_rows(sides: dict[str, _Side]) -> pd.DataFrame:
    named = ["parcel_id", "land_type", "commune_id"]
    takes = {change: pd.DataFrame(side.take.parcels) for change, side in sides.items()}
    every = pd.concat([take[named] for take in takes.values()], ignore_index=True)
    rows = sort_naturally(every.drop_duplicates("parcel_id"), ["parcel_id"])
    for change, take in takes.items():
        areas = take.set_index("parcel_id")["affected_area_m2"]
        rows[f"{change}_area_m2"] = rows["parcel_id"].map(areas).fillna(0.0).astype(np.float64)
    return rows


def _holder_rows(parcels: pd.DataFrame, holdings: pd.DataFrame | None) -> pd.DataFrame:
    """Return the areas by holder, and what the shares of the parcels leave over."""
    areas = list(CHANGE_AREAS)
    columns = ["holder_id", "holder_kind", "parcel_count", *areas]
    if holdings is None:
        return pd.DataFrame({name: pd.Series(dtype=object) for name in columns})
    held = join_holdings(holdings, parcels.assign(affected_area_m2=parcels["added_area_m2"]))
    shares = held[["holder_id", "holder_kind", "parcel_id"]].assign(
        **{name: held[name] * held["share"] for name in areas}
    )
    grouped = shares.groupby(["holder_kind", "holder_id"], sort=False)
    sums = grouped[areas].sum().assign(parcel_count=grouped["parcel_id"].nunique())
    rows = sort_naturally(sums.reset_index()[columns], ["holder_kind", "holder_id"])
    over = parcels[areas].sum() - rows[areas].sum()
    if (over.abs() <= 1e-9 * (1.0 + parcels[areas].sum())).all():
        return rows
    unheld = {"holder_id": "unheld", "holder_kind": "", "parcel_count": 0, **over.to_dict()}
    return pd.concat([rows, pd.DataFrame([unheld])], ignore_index=True)


def _rest_rows(sides: dict[str, _Side]) -> pd.DataFrame:
    columns: dict[str, object] = {"row": list(_LAST)}
    for change, side in sides.items():
        cells = side.take.cells
        columns[f"{change}_area_m2"] = [
            0.0 - float(cells["overlap_area_m2"].sum()),
            float(cells["uncovered_area_m2"].sum()),
            side.sliver_area_m2,
        ]
    return pd.DataFrame(columns)


def _pieces(sides: dict[str, _Side], tolerances: Tolerances) -> gpd.GeoDataFrame:
    """Return the changed ground parcel by parcel, then what no parcel covers."""
    frames = []
    for change, side in sides.items():
        taken = side.take.parcels.rename(columns={"affected_area_m2": "area_m2"})
        scale = crs.require_projected(taken, "parcels") ** 2
        covered = shapely.union_all(taken.geometry.to_numpy())
        bare = shapely.get_parts(shapely.difference(side.ground.geometry.to_numpy(), covered))
        bare = bare[shapely.area(bare) * scale > tolerances.sliver_area_m2]
        open_ground = gpd.GeoDataFrame(
            {"parcel_id": "uncovered", "area_m2": shapely.area(bare) * scale},
            geometry=bare,
            crs=taken.crs,
        )
        frames.append(pd.concat([taken, open_ground], ignore_index=True).assign(change=change))
    columns = ["change", "parcel_id", "land_type", "commune_id", "area_m2", "geometry"]
    every = pd.concat(frames, ignore_index=True)[columns]
    return every.fillna({"land_type": "", "commune_id": ""})


def _check(changes: Changes, tolerances: Tolerances) -> None:
    """Refuse figures whose ground, or whose rows, do not add up."""
    ends = changes.old_area_m2 + changes.net_area_m2 - changes.new_area_m2
    areas = list(CHANGE_AREAS)
    sums = changes.parcels[areas].sum() + changes.rest[areas].sum()
    left = sums - pd.Series([changes.added_area_m2, changes.given_back_area_m2], index=areas)
    size = max(changes.old_area_m2, changes.new_area_m2, 1.0)
    allowed = tolerances.area_relative * size
    allowed += tolerances.area_absolute_m2 * (1 + len(changes.pieces))
    worst = max(abs(ends), float(left.abs().max()))
    if worst > allowed:
        raise CheckError(
            f"The changes of the boundary do not add up: {worst:.6f} m2 apart; old "
            f"{changes.old_area_m2:.6f}, added {changes.added_area_m2:.6f}, given back "
            f"{changes.given_back_area_m2:.6f}, new {changes.new_area_m2:.6f} m2.",
            remedy="Do not use these figures. Run 'geotool validate' on both boundaries.",
        )
