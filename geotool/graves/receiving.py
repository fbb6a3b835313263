"""Where is room: places in cemeteries, and the nearest one with room for each grave."""

import math
from fractions import Fraction
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geotool import crs, schema, units
from geotool.errors import DataError, GeometryError, SchemaError
from geotool.rules import GraveNorms
from geotool.schema import Problem

_DECIMALS_M = 6  # distances closer than a micrometre are ties
_DECIMALS_M2 = 4  # a drawn area is a whole number of places in spite of rounding noise


def cemetery_room(
    cemeteries: gpd.GeoDataFrame, norms: GraveNorms
) -> tuple[gpd.GeoDataFrame, list[Problem]]:
    """Return how many graves each cemetery can receive.

    A stated ``capacity_count`` overrides the norms; else it is the area (``area_m2``, else as
    drawn) times the share used for burial, by the net area of one moved grave, rounded down.
    A cemetery of which neither is known receives none.

    Parameters
    ----------
    cemeteries
        Polygons or points, projected: cemetery_id; name, commune_id, capacity_count, area_m2.
    norms
        Land norms of graves.

    Returns
    -------
    tuple
        A frame with the index, order and CRS of ``cemeteries``: cemetery_id, name, commune_id,
        area_m2, capacity_count, capacity_basis (``stated``, ``area_column``, ``drawn_area``,
        ``unknown``), geometry; and a notice for each cemetery of unknown capacity.

    Raises
    ------
    SchemaError, CrsError, DataError
        Without cemetery_id; without a projected CRS; when a capacity is no whole number >= 0.
    """
    schema.require_columns(cemeteries, ["cemetery_id", "geometry"], "cemeteries")
    scale = crs.require_projected(cemeteries, "cemeteries")
    stated = _numbers(cemeteries, "capacity_count")
    _require_counts(cemeteries, stated)
    area, basis = _areas(cemeteries, scale)
    basis = np.where(np.isnan(stated), basis, "stated")
    capacity = [
        int(count) if how == "stated" else _places(square_metres, norms)
        for count, square_metres, how in zip(stated, area, basis, strict=True)
    ]
    room = gpd.GeoDataFrame(
        {
            "cemetery_id": cemeteries["cemetery_id"],
            "name": _texts(cemeteries, "name"),
            "commune_id": _texts(cemeteries, "commune_id"),
            "area_m2": area,
            "capacity_count": np.array(capacity, dtype=np.int64),
            "capacity_basis": basis.astype(object),
        },
        geometry=cemeteries.geometry.to_numpy(),
        index=cemeteries.index,
        crs=cemeteries.crs,
    )
    unknown = room.loc[basis == "unknown", "cemetery_id"].astype(str)
    return room, [_unknown_capacity(key) for key in sorted(unknown, key=units.natural_key)]


def assign_nearest(
    graves: gpd.GeoDataFrame, cemeteries_with_room: gpd.GeoDataFrame
) -> pd.DataFrame:
    """Give each grave a place: shortest distances first, while there is room.

    All pairs of grave and cemetery are taken by ascending straight distance (ties: natural
    order of grave_id, then of cemetery_id); a pair is used when the grave has no place yet
    and the cemetery still has one. This is a first plan, not the shortest one: compare it
    with the sum of ``nearest_m``.

    Parameters
    ----------
    graves
        Graves to move: points with grave_id.
    cemeteries_with_room
        Frame of :func:`cemetery_room`: cemetery_id, capacity_count and points or polygons
        (distance to a polygon is to its nearest point).

    Returns
    -------
    pandas.DataFrame
        One row a grave in natural order of grave_id: grave_id, cemetery_id (None when there
        was no room), distance_m, nearest_m (to the nearest cemetery, room or not) and reason:
        ``nearest``, ``nearest_with_room``, ``no_room`` or ``no_cemetery``.

    Raises
    ------
    CrsError, SchemaError, GeometryError
        For CRSs not projected or not the same, a missing column or repeated key, a shape null
        or empty.
    """
    moved, sites, scale = _require_usable(graves, cemeteries_with_room)
    distance = np.round(_distances(moved, sites) * scale, _DECIMALS_M)
    capacity = sites["capacity_count"].to_numpy(dtype=np.int64)
    chosen = _fill_places(distance, capacity)
    found = chosen >= 0
    nearest = distance.min(axis=1) if len(sites) else np.full(len(moved), np.nan)
    reached = np.full(len(moved), np.nan)
    reached[found] = distance[found, chosen[found]]
    keys = [*sites["cemetery_id"].astype(str), None]
    lacking = "no_room" if capacity.sum() > 0 else "no_cemetery"
    reason = np.where(reached == nearest, "nearest", "nearest_with_room")
    return pd.DataFrame(
        {
            "grave_id": moved["grave_id"].astype(str).to_numpy(dtype=object),
            "cemetery_id": pd.Series([keys[site] for site in chosen], dtype=object),
            "distance_m": reached,
            "nearest_m": nearest,
            "reason": pd.Series(np.where(found, reason, lacking), dtype=object),
        }
    )


def summarise_plan(assignment: pd.DataFrame, room: pd.DataFrame) -> dict[str, Any]:
    """Return the plan's totals, its proven gap and one record a receiving cemetery.

    ``lower_bound_m`` is what no plan that moves as many graves can be shorter than: the sum
    of their distances to the nearest cemetery regardless of room (of the smallest ones when
    some graves stay without a place). ``gap_share`` is how far the plan is above it, None
    when the bound is 0 and the plan is not.

    Parameters
    ----------
    assignment
        Frame of :func:`assign_nearest`.
    room
        Frame of :func:`cemetery_room`.

    Returns
    -------
    dict
        assigned_count, unassigned[] ({grave_id, reason}), total_distance_m, max_distance_m,
        lower_bound_m, gap_share, sites[] ({cemetery_id, name, capacity_count,
        assigned_count, room_count}).
    """
    found = assignment["cemetery_id"].notna().to_numpy()
    distances = assignment.loc[found, "distance_m"].to_numpy(dtype=float)
    nearest = np.sort(assignment["nearest_m"].dropna().to_numpy(dtype=float))
    total, bound = math.fsum(distances), math.fsum(nearest[: len(distances)])
    left = assignment.loc[~found, ["grave_id", "reason"]]
    return {
        "assigned_count": len(distances),
        "unassigned": [
            {"grave_id": key, "reason": reason}
            for key, reason in zip(left["grave_id"], left["reason"], strict=True)
        ],
        "total_distance_m": total,
        "max_distance_m": float(distances.max()) if len(distances) else 0.0,
        "lower_bound_m": bound,
        "gap_share": _gap(total, bound),
        "sites": _sites(assignment.loc[found, "cemetery_id"], room),
    }


def _gap(total: float, bound: float) -> float | None:
    if bound > 0:
        return max(0.0, total / bound - 1.0)
    return 0.0 if total == 0 else None


def _sites(assigned: "pd.Series[Any]", room: pd.DataFrame) -> list[dict[str, Any]]:
    counts = assigned.astype(str).value_counts()
    sites = []
    for key, name, capacity in zip(
        room["cemetery_id"].astype(str), room["name"], room["capacity_count"], strict=True
    ):
        used = int(counts.get(key, 0))
        sites.append(
            {
                "cemetery_id": key,
                "name": name,
                "capacity_count": int(capacity),
                "assigned_count": used,
                "room_count": int(capacity) - used,
            }
        )
    return sorted(sites, key=lambda site: units.natural_key(site["cemetery_id"]))


def _fill_places(distance: NDArray[np.float64], capacity: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the site of each grave (-1 for none), pairs taken by ascending distance."""
    grave_count, site_count = distance.shape
    chosen = np.full(grave_count, -1, dtype=np.int64)
    left = capacity.tolist()
    open_count = min(grave_count, sum(left))
    if open_count == 0:
        return chosen
    for pair in np.argsort(distance, axis=None, kind="stable").tolist():
        grave, site = divmod(pair, site_count)
        if chosen[grave] < 0 and left[site] > 0:
            chosen[grave] = site
            left[site] -= 1
            open_count -= 1
            if open_count == 0:
                break
    return chosen


def _require_usable(
    graves: gpd.GeoDataFrame, cemeteries: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, float]:
    """Refuse what cannot be assigned; return both in natural order and metres in a unit."""
    schema.require_columns(graves, ["grave_id", "geometry"], "graves")
    columns = ["cemetery_id", "capacity_count", "geometry"]
    schema.require_columns(cemeteries, columns, "cemeteries")
    crs.require_same({"graves": graves, "cemeteries": cemeteries})
    moved = _in_natural_order(graves, "grave_id")
    sites = _in_natural_order(cemeteries, "cemetery_id")
    return moved, sites, crs.require_projected(graves, "graves")


def _distances(graves: gpd.GeoDataFrame, sites: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """Return the distance of every grave (row) to every site (column)."""
    spots, shapes = graves.geometry.to_numpy(), sites.geometry.to_numpy()
    return np.asarray(shapely.distance(spots[:, np.newaxis], shapes[np.newaxis, :]), dtype=float)


def _in_natural_order(frame: gpd.GeoDataFrame, key: str) -> gpd.GeoDataFrame:
    keys = frame[key].astype(str)
    repeated = sorted(set(keys[keys.duplicated()]), key=units.natural_key)
    if repeated:
        raise SchemaError(
            f"{key} is repeated: {schema.name_keys(repeated)}.",
            remedy="Give every row its own key.",
        )
    require_shapes(frame, key)
    order = sorted(range(len(frame)), key=lambda row: units.natural_key(keys.iloc[row]))
    return frame.iloc[order]


def require_shapes(frame: gpd.GeoDataFrame, key: str) -> None:
    """Refuse null and empty shapes, naming their keys.

    Raises
    ------
    GeometryError
        When a shape is null or empty.
    """
    shapes = frame.geometry.to_numpy()
    bad = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    if bad.any():
        named = sorted(frame.loc[bad, key].astype(str), key=units.natural_key)
        raise GeometryError(
            f"No position for {key} {schema.name_keys(named)}.",
            remedy="Give each a position, or leave the rows out.",
        )


def _areas(
    cemeteries: gpd.GeoDataFrame, scale: float
) -> tuple[NDArray[np.float64], NDArray[np.str_]]:
    """Return each area, from the column or as drawn, and which of the two it is."""
    given = _numbers(cemeteries, "area_m2")
    drawn = shapely.area(cemeteries.geometry.to_numpy()) * scale**2
    area = np.where(given > 0, given, np.where(drawn > 0, drawn, np.nan))
    names = ["area_column", "drawn_area"]
    return area, np.select([given > 0, drawn > 0], names, default="unknown")


def _places(area_m2: float, norms: GraveNorms) -> int:
    if math.isnan(area_m2):
        return 0
    exact = Fraction(str(round(area_m2, _DECIMALS_M2))) * Fraction(str(norms.burial_share))
    return math.floor(exact / Fraction(str(norms.net_area_m2)))


def _numbers(frame: pd.DataFrame, column: str) -> NDArray[np.float64]:
    if column not in frame:
        return np.full(len(frame), np.nan)
    return pd.to_numeric(frame[column], errors="coerce").to_numpy(dtype=float, na_value=np.nan)


def _texts(frame: pd.DataFrame, column: str) -> "pd.Series[Any]":
    if column not in frame:
        return pd.Series("", index=frame.index, dtype=object)
    return frame[column].astype(object).where(frame[column].notna(), "")


def _require_counts(cemeteries: pd.DataFrame, stated: NDArray[np.float64]) -> None:
    bad = ~np.isnan(stated) & ((stated < 0) | (stated != np.floor(stated)))
    if bad.any():
        named = sorted(cemeteries.loc[bad, "cemetery_id"].astype(str), key=units.natural_key)
        raise DataError(
            f"cemeteries: capacity_count of {schema.name_keys(named)} is no number of places.",
            remedy="Give a whole number of 0 or more, or leave the cell empty.",
        )


def _unknown_capacity(key: str) -> Problem:
    return Problem(
        severity="notice",
        layer="cemeteries",
        rule="capacity_unknown",
        key=key,
        place="capacity_count",
        message=f"Cemetery {key} has neither a capacity nor an area: it receives no grave.",
        remedy="Give capacity_count, or area_m2, or draw it as a polygon.",
    )
