"""Which graves move: those inside the right of way, and those near it."""

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geotool import crs, schema, units
from geotool.errors import DataError, UsageError
from geotool.graves.receiving import require_shapes
from geotool.rules import Tolerances

COUNTS = (
    "grave_count",
    "right_of_way_count",
    "margin_count",
    "owned_count",
    "ownerless_count",
    "unknown_count",
    "moved_count",
)


def measure_demand(
    graves: gpd.GeoDataFrame,
    right_of_way: gpd.GeoDataFrame,
    *,
    margin_m: float | None,
    tolerances: Tolerances,
) -> pd.DataFrame:
    """Measure where each grave lies to the right of way.

    Parameters
    ----------
    graves
        Points with grave_id; ownership (``owned``, ``ownerless`` or unknown) and moved_date
        where known.
    right_of_way
        Polygons in the CRS of ``graves``; overlapping ones count as one strip.
    margin_m
        Width of the margin around the right of way in metres, edge included; None for none.
    tolerances
        A grave within ``length_absolute_m`` of an edge lies on it: an edge at an odd angle
        misses its own points by rounding.

    Returns
    -------
    pandas.DataFrame
        The index and order of ``graves``: grave_id, ownership, zone (``right_of_way`` when
        the strip or its edge covers the grave, ``margin`` when it is outside but within
        ``margin_m``, else ``none``), distance_m to the right of way (0 inside, NaN when there
        is no right of way), moved_date.

    Raises
    ------
    UsageError
        When ``margin_m`` is negative.
    SchemaError
        When a column is missing.
    CrsError, CrsMismatchError
        When a frame is not projected or the two differ.
    GeometryError
        When a grave has no position.
    """
    scale = _require_usable(graves, right_of_way, margin_m)
    shapes = graves.geometry.to_numpy()
    strip = shapely.union_all(right_of_way.geometry.to_numpy())
    distance = _distances(shapes, strip, tolerances.length_absolute_m / scale) * scale
    reach = -1.0 if margin_m is None else margin_m + tolerances.length_absolute_m
    zone = np.select([distance == 0, distance <= reach], ["right_of_way", "margin"], default="none")
    return pd.DataFrame(
        {
            "grave_id": graves["grave_id"],
            "ownership": _objects(graves, "ownership"),
            "zone": zone.astype(object),
            "distance_m": distance,
            "moved_date": _objects(graves, "moved_date"),
        },
        index=graves.index,
    )


def select_to_move(demand: pd.DataFrame, *, on: str | None) -> pd.DataFrame:
    """Return the rows of the graves that must move: in a zone and not moved by ``on``.

    Parameters
    ----------
    demand
        Frame of :func:`measure_demand`.
    on
        Date of the statement, ISO; None takes no grave as moved.

    Raises
    ------
    DataError
        When a moved_date is no date.
    UsageError
        When ``on`` is no date.
    """
    return demand.loc[(demand["zone"] != "none") & ~_moved(demand, on)]


def group_demand(demand: pd.DataFrame, by: Sequence[str], *, on: str | None = None) -> pd.DataFrame:
    """Count graves to move by the keys asked.

    Parameters
    ----------
    demand
        Frame of :func:`measure_demand` with the columns of ``by`` (section_id, commune_id)
        joined to it; a missing key is counted under ``""``.
    by
        Columns to group by.
    on
        Date of the statement, ISO; None takes no grave as moved.

    Returns
    -------
    pandas.DataFrame
        The keys, then grave_count = right_of_way_count + margin_count = owned_count +
        ownerless_count + unknown_count, and apart from them moved_count (graves moved on or
        before ``on``, wherever they lie). Groups without any are left out; rows are in
        natural order of the keys and add up to :func:`total_demand`.

    Raises
    ------
    SchemaError
        When a column is missing.
    DataError, UsageError
        When a moved_date, or ``on``, is no date.
    """
    schema.require_columns(demand, ["zone", "ownership", *by], "graves")
    flags = _flags(demand, on)
    for key in by:
        flags[key] = demand[key].astype(object).where(demand[key].notna(), "").astype(str)
    flags = flags.loc[(flags["grave_count"] + flags["moved_count"]) > 0]
    if not by or flags.empty:
        return pd.DataFrame(columns=[*by, *COUNTS])
    groups = flags.groupby(list(by), as_index=False, sort=False)[list(COUNTS)].sum()
    keys = groups[list(by)].astype(str).to_numpy(dtype=object).tolist()
    order = sorted(range(len(groups)), key=lambda i: tuple(map(units.natural_key, keys[i])))
    return groups.iloc[order].reset_index(drop=True)


def total_demand(demand: pd.DataFrame, *, on: str | None = None) -> dict[str, int]:
    """Return the counts of :func:`group_demand` over all graves, and outside_count.

    Every grave is in exactly one of grave_count, moved_count and outside_count (neither in
    the right of way nor in the margin).
    """
    flags = _flags(demand, on)
    totals = {name: int(flags[name].sum()) for name in COUNTS}
    rest = len(demand) - totals["grave_count"] - totals["moved_count"]
    return {**totals, "outside_count": rest}


def _flags(demand: pd.DataFrame, on: str | None) -> pd.DataFrame:
    moved = _moved(demand, on)
    zone, ownership = demand["zone"], demand["ownership"]
    asked = (zone != "none") & ~moved
    owned, ownerless = asked & (ownership == "owned"), asked & (ownership == "ownerless")
    flags = {
        "grave_count": asked,
        "right_of_way_count": asked & (zone == "right_of_way"),
        "margin_count": asked & (zone == "margin"),
        "owned_count": owned,
        "ownerless_count": ownerless,
        "unknown_count": asked & ~owned & ~ownerless,
        "moved_count": moved,
    }
    return pd.DataFrame({name: flag.astype("int64") for name, flag in flags.items()})


def _moved(demand: pd.DataFrame, on: str | None) -> "pd.Series[bool]":
    if on is None or "moved_date" not in demand:
        return pd.Series(False, index=demand.index)
    limit = _dates(pd.Series([on])).iloc[0]
    if pd.isna(limit):
        raise UsageError(f"{on!r} is no date.", remedy="Write it as 2023-12-31.")
    dates = _dates(demand["moved_date"])
    bad = dates.isna() & demand["moved_date"].notna()
    if bad.any():
        named = sorted(demand.loc[bad, "grave_id"].astype(str), key=units.natural_key)
        raise DataError(
            f"graves: moved_date of {schema.name_keys(named)} is no date.",
            remedy="Write dates as 2023-12-31.",
        )
    return pd.Series(dates.notna() & (dates <= limit), index=demand.index, dtype=bool)


def _dates(values: "pd.Series[Any]") -> "pd.Series[Any]":
    texts = values.astype(object).astype(str).str.strip()
    days = texts.str.extract(r"^(\d{4}-\d{2}-\d{2})(?:[ T].*)?$", expand=False)
    return pd.to_datetime(days, format="%Y-%m-%d", errors="coerce")


def _require_usable(
    graves: gpd.GeoDataFrame, right_of_way: gpd.GeoDataFrame, margin_m: float | None
) -> float:
    """Refuse what cannot be measured; return metres in a unit of the CRS."""
    if margin_m is not None and not margin_m >= 0:
        raise UsageError(f"A margin of {margin_m} m is impossible.", remedy="Give 0 or more.")
    schema.require_columns(graves, ["grave_id", "geometry"], "graves")
    schema.require_columns(right_of_way, ["geometry"], "right_of_way")
    crs.require_same({"graves": graves, "right_of_way": right_of_way})
    require_shapes(graves, "grave_id")
    return crs.require_projected(graves, "graves")


def _distances(
    shapes: NDArray[np.object_], strip: BaseGeometry, edge: float
) -> NDArray[np.float64]:
    """Return each shape's distance to the strip, 0 inside it and up to ``edge`` from it.

    The edge of the strip is searched by segments.
    """
    shapely.prepare(strip)
    inside = shapely.intersects(strip, shapes)
    distance = np.where(inside, 0.0, np.nan)
    if shapely.is_empty(strip) or inside.all():
        return distance
    corners, ring = shapely.get_coordinates(
        shapely.get_rings(shapely.get_parts(strip)), return_index=True
    )
    joined = np.flatnonzero(ring[:-1] == ring[1:])
    edges = shapely.linestrings(np.stack([corners[joined], corners[joined + 1]], axis=1))
    outside = np.flatnonzero(~inside)
    (found, _), reached = shapely.STRtree(np.asarray(edges, dtype=object)).query_nearest(
        shapes[outside], all_matches=False, return_distance=True
    )
    distance[outside[found]] = np.where(reached <= edge, 0.0, reached)
    return distance


def _objects(frame: pd.DataFrame, column: str) -> "pd.Series[Any]":
    if column not in frame:
        return pd.Series(None, index=frame.index, dtype=object)
    return frame[column].astype(object).where(frame[column].notna(), None)
