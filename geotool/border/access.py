"""The state of access in totals: lengths by commune, money given, one record of all."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from geotool import crs, schema, units
from geotool.border.landmarks import BUILT, road_statuses, sort_landmarks
from geotool.errors import DataError

_AFTER_ALL = {"outside": 1, "shared": 2}  # rows that are no commune come last


def lengths_by(split: gpd.GeoDataFrame, by: str = "commune_id") -> pd.DataFrame:
    """Return the length in each commune of lines already split by communes.

    Parameters
    ----------
    split
        Projected lines with ``by`` and weight, as ``communes.units.split_by_commune`` makes
        them: rows ``outside`` and, with weight -1, ``shared``.
    by
        Column to group by; a missing key is counted under ``""``.

    Returns
    -------
    pandas.DataFrame
        ``by`` and length_m = sum of weight times length; natural order, then ``outside`` and
        ``shared``. The rows add up to the length of the unsplit lines.

    Raises
    ------
    SchemaError
        When a column is missing.
    CrsError
        When the frame has no projected CRS.
    """
    schema.require_columns(split, [by, "weight", "geometry"], "split lines")
    scale = crs.require_projected(split, "split lines")
    lengths: dict[str, list[float]] = {}
    drawn = shapely.length(split.geometry.to_numpy()) * scale
    for key, weight, length in zip(split[by], split["weight"], drawn, strict=True):
        lengths.setdefault("" if pd.isna(key) else str(key), []).append(float(weight * length))
    keys = sorted(lengths, key=_commune_order)
    return pd.DataFrame(
        {
            by: pd.Series(keys, dtype=object),
            "length_m": pd.Series([math.fsum(lengths[key]) for key in keys], dtype=float),
        }
    )


def border_source(border: pd.DataFrame) -> str:
    """Return where the border line comes from: every distinct ``source, scale``.

    A row without a source reads ``source not stated``, one without a scale ``scale not
    stated``; several are joined by ``; ``. A border length means nothing without them.
    """
    texts = {
        f"{source or 'source not stated'}, {scale or 'scale not stated'}"
        if source or scale
        else "source not stated"
        for source, scale in zip(_words(border, "source"), _words(border, "scale"), strict=True)
    }
    return "; ".join(sorted(texts, key=units.natural_key)) or "source not stated"


def total_contributions(contributions: pd.DataFrame | None) -> dict[str, int]:
    """Return contributor_count (distinct contributor_id) and contributed_vnd.

    Raises
    ------
    DataError
        When an amount is no whole number of dong.
    """
    if contributions is None:
        return {"contributor_count": 0, "contributed_vnd": 0}
    schema.require_columns(contributions, ["contributor_id", "amount_vnd"], "contributions")
    amounts = _dong(contributions, "amount_vnd", "contributions", "contribution_id")
    return {
        "contributor_count": int(contributions["contributor_id"].dropna().astype(str).nunique()),
        "contributed_vnd": units.sum_vnd(amount for amount in amounts if amount is not None),
    }


def list_roads(
    landmark_roads: gpd.GeoDataFrame,
    access: pd.DataFrame,
    contributions: pd.DataFrame | None = None,
) -> list[dict[str, Any]]:
    """Return one record a landmark road, in natural order of its key.

    Parameters
    ----------
    landmark_roads
        Projected lines: landmark_road_id; name, status, cost_vnd where known.
    access, contributions
        Frame of ``landmarks.measure_access``; landmark_road_id and amount_vnd.

    Returns
    -------
    list
        {landmark_road_id, name, status, length_m (as drawn), cost_vnd (None when unknown),
        contributed_vnd, landmark_ids (served landmarks that this road is nearest to)}.

    Raises
    ------
    SchemaError, CrsError
        When a column is missing or the frame is not projected.
    DataError
        When an amount is no whole number of dong.
    """
    schema.require_columns(landmark_roads, ["landmark_road_id", "geometry"], "landmark_roads")
    scale = crs.require_projected(landmark_roads, "landmark_roads")
    served = sort_landmarks(access.loc[access["served"].astype(bool)])
    served = served.loc[served["road_layer"] == "landmark_roads"]
    reached: dict[str, list[str]] = {}
    for road, landmark in zip(served["road_id"], served["landmark_id"], strict=True):
        reached.setdefault(str(road), []).append(str(landmark))
    given = _given_by_road(contributions)
    records = [
        {
            "landmark_road_id": key,
            "name": name,
            "status": status,
            "length_m": float(length),
            "cost_vnd": cost,
            "contributed_vnd": given.get(key, 0),
            "landmark_ids": reached.get(key, []),
        }
        for key, name, status, length, cost in zip(
            landmark_roads["landmark_road_id"].astype(str),
            _words(landmark_roads, "name"),
            road_statuses(landmark_roads),
            shapely.length(landmark_roads.geometry.to_numpy()) * scale,
            _dong(landmark_roads, "cost_vnd", "landmark_roads", "landmark_road_id"),
            strict=True,
        )
    ]
    return sorted(records, key=lambda record: units.natural_key(str(record["landmark_road_id"])))


@dataclass(frozen=True)
class SplitLines:
    """Lines already split by communes (columns commune_id, weight), None where there are none.

    ``roads`` are the landmark roads, ``border`` the border line; both keep the columns of
    their layers (status; source, scale).
    """

    roads: gpd.GeoDataFrame | None = None
    border: gpd.GeoDataFrame | None = None


def summarise_access(
    access: pd.DataFrame,
    landmark_roads: gpd.GeoDataFrame,
    *,
    split: SplitLines,
    border: gpd.GeoDataFrame | None = None,
    contributions: pd.DataFrame | None = None,
) -> dict[str, Any]:
    """Return the state of access as one record.

    road_count, road_km and cost_vnd are of the built landmark roads; by_status has the same
    for every status, roads[] lists them all.

    Parameters
    ----------
    access
        Frame of ``landmarks.measure_access``.
    landmark_roads, contributions
        As in :func:`list_roads`.
    split
        Roads and border split by communes, for groups[].
    border
        The border line with source and scale; None when the project has none.

    Returns
    -------
    dict
        landmark_count, served_count, partial_count, unserved (ids in border order),
        high_dangerous_count, mismatch_count, road_count, road_km, cost_vnd,
        cost_unknown_count, by_status, border_km and border_source (None without a border),
        contributor_count, contributed_vnd, roads[], groups[] ({commune_id, landmark_count,
        served_count, road_km (built), border_km}, lengths None without the split; rows
        ``outside`` and ``shared`` kept).
    """
    roads = list_roads(landmark_roads, access, contributions)
    by_status = {
        status: _road_totals([road for road in roads if road["status"] == status])
        for status in sorted({str(road["status"]) for road in roads})
    }
    ordered = sort_landmarks(access)
    served = ordered["served"].astype(bool)
    border_m = None if border is None else _drawn_length_m(border, "border")
    return {
        "landmark_count": len(ordered),
        "served_count": int(served.sum()),
        "partial_count": int(ordered["partial"].astype(bool).sum()),
        "unserved": ordered.loc[~served, "landmark_id"].astype(str).tolist(),
        "high_dangerous_count": int((ordered["terrain"] == "high_dangerous").sum()),
        "mismatch_count": sum(agrees is False for agrees in ordered["agrees"]),
        **by_status.get(BUILT, _road_totals([])),
        "by_status": by_status,
        "border_km": None if border_m is None else border_m / 1000,
        "border_source": None if border is None else border_source(border),
        **total_contributions(contributions),
        "roads": roads,
        "groups": _groups(access, split),
    }


def _road_totals(roads: list[dict[str, Any]]) -> dict[str, Any]:
    costs = [road["cost_vnd"] for road in roads]
    return {
        "road_count": len(roads),
        "road_km": math.fsum(road["length_m"] for road in roads) / 1000,
        "cost_vnd": units.sum_vnd(cost for cost in costs if cost is not None),
        "cost_unknown_count": costs.count(None),
    }


def _groups(access: pd.DataFrame, split: SplitLines) -> list[dict[str, Any]]:
    communes = access["commune_id"].map(lambda key: "" if pd.isna(key) else str(key))
    landmarks = communes.value_counts()
    served = communes[access["served"].astype(bool)].value_counts()
    built = None if split.roads is None else split.roads[road_statuses(split.roads) == BUILT]
    roads_m, border_m = _lengths(built), _lengths(split.border)
    keys = sorted({*landmarks.index, *(roads_m or ()), *(border_m or ())}, key=_commune_order)
    return [
        {
            "commune_id": key,
            "landmark_count": int(landmarks.get(key, 0)),
            "served_count": int(served.get(key, 0)),
            "road_km": None if roads_m is None else roads_m.get(key, 0.0) / 1000,
            "border_km": None if border_m is None else border_m.get(key, 0.0) / 1000,
        }
        for key in keys
    ]


def _lengths(split: gpd.GeoDataFrame | None) -> Mapping[str, float] | None:
    if split is None:
        return None
    lengths = lengths_by(split)
    return dict(zip(lengths["commune_id"], lengths["length_m"].astype(float), strict=True))


def _commune_order(key: str) -> tuple[object, ...]:
    return (_AFTER_ALL.get(key, 0), units.natural_key(key))


def _drawn_length_m(lines: gpd.GeoDataFrame, what: str) -> float:
    scale = crs.require_projected(lines, what)
    return math.fsum(shapely.length(lines.geometry.to_numpy()) * scale)


def _given_by_road(contributions: pd.DataFrame | None) -> dict[str, int]:
    if contributions is None or "landmark_road_id" not in contributions:
        return {}
    given: dict[str, int] = {}
    amounts = _dong(contributions, "amount_vnd", "contributions", "contribution_id")
    for road, amount in zip(contributions["landmark_road_id"], amounts, strict=True):
        if amount is not None and not pd.isna(road):
            given[str(road)] = given.get(str(road), 0) + amount
    return given


def _dong(frame: pd.DataFrame, column: str, layer: str, key: str) -> list[int | None]:
    if column not in frame:
        return [None] * len(frame)
    amounts = frame[column].tolist()
    bad = [row for row, amount in enumerate(amounts) if pd.notna(amount) and amount % 1 != 0]
    if bad:
        rows = [f"row {row + 1}" for row in range(len(frame))]
        names = frame[key].tolist() if key in frame else rows
        raise DataError(
            f"{layer}: {column} of {schema.name_keys(names[row] for row in bad)} "
            "is no whole number of dong.",
            remedy="Write amounts in whole dong.",
        )
    return [int(amount) if pd.notna(amount) else None for amount in amounts]


def _words(frame: pd.DataFrame, column: str) -> list[str]:
    if column not in frame:
        return [""] * len(frame)
    return ["" if pd.isna(word) else str(word).strip() for word in frame[column]]
