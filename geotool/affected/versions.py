"""Two versions of a boundary compared: the ground added and given back, and whose it is."""

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from geotool import crs
from geotool.affected.clip import union_by
from geotool.affected.guards import flat_shapes, require_valid
from geotool.affected.holdings import join_holdings
from geotool.affected.order import Frame, sort_naturally
from geotool.affected.parcels import LandTake, measure_land_take
from geotool.errors import CheckError
from geotool.route.bases import DONATED, RECOVERED
from geotool.route.takings import read_basis
from geotool.rules import Tolerances

ADDED, GIVEN_BACK = "added", "given_back"
CHANGE_AREAS = ("added_area_m2", "given_back_area_m2")
PIECE_COLUMNS = ("change", "parcel_id", "land_type", "commune_id", "basis", "area_m2", "geometry")
_LAST = ("overlap", "uncovered", "slivers")
_FOR_GOOD = (RECOVERED, DONATED)


@dataclass(frozen=True)
class Changes:
    """What one version of a boundary adds to another and gives back; areas in m2, unrounded.

    Land taken for good: what is only used for a time is in none of the areas. Ground that was
    recovered and is donated now, or the other way round, is neither added nor given back.

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
        One row a parcel and basis that gains or loses ground, in natural order: parcel_id,
        land_type, commune_id, basis (``recovered`` or ``donated``; of ground given back the
        one it had), added_area_m2, given_back_area_m2.
    holders
        One row a holder of these parcels and basis: holder_id, holder_kind, basis,
        parcel_count and the two areas weighted by share; then rows ``unheld`` where shares
        leave ground over.
    rest
        The rows ``overlap`` (negative), ``uncovered`` and ``slivers`` of each basis: row,
        basis and the two areas.
    pieces
        The changed ground: change (``added`` or ``given_back``), parcel_id (``uncovered``
        where there is no parcel), land_type, commune_id, basis, area_m2 and the polygon.
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
    """The ground added, or given back, each piece with its basis.

    ``covered`` is what parcels have of it, ``bare`` what none has, both as PIECE_COLUMNS;
    ``rest`` has a row a basis and the columns ``overlap`` (negative), ``uncovered``, ``slivers``.
    """

    area_m2: float
    take: LandTake
    covered: gpd.GeoDataFrame
    bare: gpd.GeoDataFrame
    rest: pd.DataFrame


def compare_versions(
    old: gpd.GeoDataFrame,
    new: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    holdings: pd.DataFrame | None = None,
    *,
    tolerances: Tolerances,
) -> Changes:
    """Compare the land that two versions of a boundary take for good, by parcel and by holder.

    Parameters
    ----------
    old, new
        Valid polygons in one projected CRS, ``basis`` where known; either may be empty. Ground
        of rows that overlap is recovered before it is donated.
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
    before, after = _by_basis(old, "old version"), _by_basis(new, "new version")
    old_ground, new_ground = (shapely.union_all(list(one.values())) for one in (before, after))
    sides = {
        ADDED: _measure(_without(after, old_ground), parcels, tolerances),
        GIVEN_BACK: _measure(_without(before, new_ground), parcels, tolerances),
    }
    cells = pd.concat([side.take.cells for side in sides.values()])
    pieces = [
        frame.assign(change=change)
        for change, side in sides.items()
        for frame in (side.covered, side.bare)
    ]
    rows = _parcel_rows(sides)
    changes = Changes(
        old_area_m2=old_ground.area * scale,
        new_area_m2=new_ground.area * scale,
        added_area_m2=sides[ADDED].area_m2,
        given_back_area_m2=sides[GIVEN_BACK].area_m2,
        overlap_area_m2=float(cells["overlap_area_m2"].sum()),
        uncovered_area_m2=float(cells["uncovered_area_m2"].sum()),
        parcels=rows,
        holders=_holder_rows(rows, holdings),
        rest=_rest_rows(sides),
        pieces=pd.concat(pieces, ignore_index=True)[list(PIECE_COLUMNS)],
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
        The columns of ``parcels`` or ``holders``, else the key, basis, parcel_count and the
        areas; in natural order, then the rows of ``rest`` that are not 0.
    """
    keys = {"parcel": "parcel_id", "holder": "holder_id"}
    key = keys.get(by, "commune_id" if by == "commune" else by)
    if by == "holder":
        rows = changes.holders
    elif by == "parcel":
        rows = changes.parcels
    else:
        grouped = changes.parcels.groupby([key, "basis"], sort=False)
        sums = grouped[list(CHANGE_AREAS)].sum()
        sums.insert(0, "parcel_count", grouped.size())
        rows = _in_order(sums.reset_index(), [key])
    rest = changes.rest[(changes.rest[list(CHANGE_AREAS)] != 0).any(axis=1)]
    rest = rest.rename(columns={"row": key})
    every = pd.concat([rows, rest], ignore_index=True) if len(rest) else rows
    texts = [name for name in every.columns if name.endswith(("_id", "_type"))]
    filled = every.fillna({**dict.fromkeys(texts, ""), "holder_kind": "", "parcel_count": 0})
    return filled if by == "parcel" else filled.astype({"parcel_count": np.int64})


def _by_basis(frame: gpd.GeoDataFrame, what: str) -> dict[str, BaseGeometry]:
    """Return the ground a version takes for good by basis, each ground once."""
    shapes = flat_shapes(frame)
    require_valid(shapes, pd.Series(frame.index), what)
    bases = read_basis(frame).to_numpy()
    recovered, donated = (shapely.union_all(shapes[bases == basis]) for basis in _FOR_GOOD)
    return {RECOVERED: recovered, DONATED: shapely.difference(donated, recovered)}


def _without(ground: Mapping[str, BaseGeometry], other: BaseGeometry) -> dict[str, BaseGeometry]:
    return {basis: shapely.difference(shape, other) for basis, shape in ground.items()}


def _measure(
    ground: Mapping[str, BaseGeometry], parcels: gpd.GeoDataFrame, tolerances: Tolerances
) -> _Side:
    """Measure the parcels of a changed ground, its slivers left out."""
    scale = crs.require_projected(parcels, "parcels") ** 2
    parts, place = shapely.get_parts(list(ground.values()), return_index=True)
    bases = np.array(list(ground), dtype=object)[place]
    flat = shapely.get_dimensions(parts) == 2
    parts, bases = parts[flat], bases[flat]
    areas_m2 = shapely.area(parts) * scale
    small = areas_m2 <= tolerances.sliver_area_m2
    cells = gpd.GeoDataFrame({"basis": bases[~small]}, geometry=parts[~small], crs=parcels.crs)
    take = measure_land_take(parcels, cells, tolerances=tolerances)
    sums = take.cells.groupby("basis")[["overlap_area_m2", "uncovered_area_m2"]].sum()
    slivers = pd.Series(areas_m2[small]).groupby(bases[small]).sum()
    rest = pd.DataFrame(
        {"overlap": -sums["overlap_area_m2"], "uncovered": sums["uncovered_area_m2"]}
    ).join(slivers.rename("slivers"), how="outer")
    covered = _covered_pieces(take)
    return _Side(
        area_m2=float(areas_m2.sum()),
        take=take,
        covered=covered,
        bare=_bare_pieces(cells, covered, tolerances),
        rest=rest.reindex(index=list(_FOR_GOOD), columns=list(_LAST)).fillna(0.0),
    )


def _covered_pieces(take: LandTake) -> gpd.GeoDataFrame:
    """Return one row a parcel and basis, in order."""
    keys = ["parcel_id", "basis"]
    kinds = pd.DataFrame(take.parcels[["parcel_id", "land_type"]])
    grouped = pd.DataFrame(take.parts).groupby(keys, sort=False)
    rows = grouped.agg(commune_id=("commune_id", "first"), area_m2=("affected_area_m2", "sum"))
    rows = rows.reset_index().merge(kinds, on="parcel_id", how="left")
    shapes = union_by(
        take.parts.geometry.to_numpy(), np.asarray(grouped.ngroup(), dtype=np.intp), len(rows)
    )
    return _in_order(gpd.GeoDataFrame(rows, geometry=shapes, crs=take.parts.crs), ["parcel_id"])


def _bare_pieces(
    cells: gpd.GeoDataFrame, covered: gpd.GeoDataFrame, tolerances: Tolerances
) -> gpd.GeoDataFrame:
    """Return the ground of the cells that no parcel covers, its slivers left out."""
    claimed = shapely.union_all(covered.geometry.to_numpy())
    parts, cell = shapely.get_parts(
        shapely.difference(cells.geometry.to_numpy(), claimed), return_index=True
    )
    areas_m2 = shapely.area(parts) * crs.require_projected(cells, "parcels") ** 2
    large = areas_m2 > tolerances.sliver_area_m2
    names = {"parcel_id": "uncovered", "land_type": "", "commune_id": ""}
    rows = pd.DataFrame({"basis": cells["basis"].to_numpy()[cell], "area_m2": areas_m2})
    rows = rows[large].assign(**names)
    return gpd.GeoDataFrame(rows, geometry=parts[large], crs=cells.crs)


def _in_order(rows: Frame, keys: list[str]) -> Frame:
    """Return rows in natural order of their keys, what is recovered first."""
    return sort_naturally(rows.sort_values("basis", ascending=False, kind="stable"), keys)


def _parcel_rows(sides: Mapping[str, _Side]) -> pd.DataFrame:
    keys = ["parcel_id", "basis"]
    named = ["parcel_id", "land_type", "commune_id", "basis"]
    every = pd.concat([pd.DataFrame(side.covered[named]) for side in sides.values()])
    rows = _in_order(every.drop_duplicates(keys), ["parcel_id"])
    for change, side in sides.items():
        own = pd.DataFrame(side.covered[[*keys, "area_m2"]])
        rows = rows.merge(own.rename(columns={"area_m2": f"{change}_area_m2"}), on=keys, how="left")
    return rows.fillna(dict.fromkeys(CHANGE_AREAS, 0.0))


def _holder_rows(parcels: pd.DataFrame, holdings: pd.DataFrame | None) -> pd.DataFrame:
    """Return the areas by holder and basis, and what the shares of the parcels leave over."""
    areas = list(CHANGE_AREAS)
    keys = ["holder_kind", "holder_id", "basis"]
    columns = ["holder_id", "holder_kind", "basis", "parcel_count", *areas]
    if holdings is None:
        return pd.DataFrame({name: pd.Series(dtype=object) for name in columns})
    held = join_holdings(holdings, parcels.assign(affected_area_m2=parcels["added_area_m2"]))
    shares = held[[*keys, "parcel_id"]].assign(
        **{name: held[name] * held["share"] for name in areas}
    )
    grouped = shares.groupby(keys, sort=False)
    sums = grouped[areas].sum().assign(parcel_count=grouped["parcel_id"].nunique())
    rows = _in_order(sums.reset_index()[columns], ["holder_kind", "holder_id"])
    whole = parcels.groupby("basis")[areas].sum()
    over = whole.sub(rows.groupby("basis")[areas].sum(), fill_value=0.0)
    over = over[(over.abs() > 1e-9 * (1.0 + whole)).any(axis=1)].reset_index()
    if over.empty:
        return rows
    unheld = over.assign(holder_id="unheld", holder_kind="", parcel_count=0)
    return pd.concat([rows, _in_order(unheld[columns], ["holder_id"])], ignore_index=True)


def _rest_rows(sides: Mapping[str, _Side]) -> pd.DataFrame:
    columns = {f"{change}_area_m2": side.rest.T.stack() for change, side in sides.items()}
    rows = pd.DataFrame(columns).rename_axis(["row", "basis"]).reset_index()
    return rows.astype({"row": object, "basis": object})


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
