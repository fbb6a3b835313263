"""Border landmarks: their numbers in order, and which of them a built road reaches."""

import math
import re
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geotool import crs, schema, units
from geotool.errors import GeometryError, UsageError
from geotool.schema import Problem

BUILT, BUILDING = "built", "building"

_NUMBER = re.compile(r"(\d+)(?:/(\d+))?(?:\((\d+)\))?", re.ASCII)


def parse_landmark_id(text: str) -> tuple[float, float, float]:
    """Return the sort key (main, auxiliary, sub) of a landmark's number.

    Parameters
    ----------
    text
        ``962``, ``1300/4``, ``962(1)``, ``1116/2(3)``, with or without spaces.

    Returns
    -------
    tuple
        Whole numbers, 0 where there is no such part; a text that is no such number gives
        three infinities and so sorts last. The id itself stays text.
    """
    match = _NUMBER.fullmatch(re.sub(r"\s+", "", text))
    if match is None:
        return math.inf, math.inf, math.inf
    main, auxiliary, sub = (int(part or 0) for part in match.groups())
    return main, auxiliary, sub


def landmark_order(text: str) -> tuple[object, ...]:
    """Return a total sort key: by :func:`parse_landmark_id`, then by the text itself."""
    return (*parse_landmark_id(text), units.natural_key(text))


def sort_landmarks(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows in the order of their landmark_id along the border.

    Raises
    ------
    SchemaError
        When landmark_id is missing.
    """
    schema.require_columns(frame, ["landmark_id"], "landmarks")
    keys = frame["landmark_id"].astype(str).tolist()
    return frame.iloc[sorted(range(len(keys)), key=lambda row: landmark_order(keys[row]))]


def measure_access(
    landmarks: gpd.GeoDataFrame,
    landmark_roads: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame | None = None,
    *,
    served_distance_m: float,
) -> pd.DataFrame:
    """Measure which landmarks a built road reaches.

    Only roads of status ``built`` serve, and all roads of a layer without a status column.

    Parameters
    ----------
    landmarks
        Points with landmark_id; access, commune_id, terrain where known.
    landmark_roads, roads
        Lines with landmark_road_id, or road_id, and where known status.
    served_distance_m
        A landmark is served when a built road passes within this distance.

    Returns
    -------
    pandas.DataFrame
        The index and order of ``landmarks``: landmark_id, commune_id, terrain, road_id and
        road_layer of the nearest built road (ties: landmark_roads, then natural order),
        distance_m, served, partial (not served, but a road still building is as near),
        computed_access, access as recorded, agrees (None without a record).

    Raises
    ------
    UsageError, SchemaError, CrsError, GeometryError
        For a distance below 0, missing columns, wrong CRSs, landmarks without a position.
    """
    if not served_distance_m >= 0:
        raise UsageError(f"A distance of {served_distance_m} m is impossible.")
    lines = _require_usable(landmarks, landmark_roads, roads)
    reached = _reach(landmarks, lines, served_distance_m)
    said = _objects(landmarks, "access")
    agrees = (said == reached["computed_access"]).astype(object).where(said.notna(), None)
    return pd.DataFrame(
        {
            "landmark_id": landmarks["landmark_id"],
            "commune_id": _objects(landmarks, "commune_id"),
            "terrain": _objects(landmarks, "terrain"),
            **{name: reached[name] for name in reached.columns},
            "access": said,
            "agrees": agrees,
        },
        index=landmarks.index,
    )


def find_access_problems(access: pd.DataFrame) -> list[Problem]:
    """Return one finding a landmark whose recorded access is not the computed one.

    Parameters
    ----------
    access
        Frame of :func:`measure_access`.

    Returns
    -------
    list
        Problems of rule ``access_mismatch``, in the order of the landmarks.
    """
    wrong = sort_landmarks(access.loc[access["agrees"].eq(False).fillna(False).astype(bool)])
    return [
        Problem(
            severity="finding",
            layer="landmarks",
            rule="access_mismatch",
            key=str(row["landmark_id"]),
            place="access",
            message=f"Landmark {row['landmark_id']} is recorded as '{row['access']}'; by the "
            f"roads drawn it is '{row['computed_access']}'{_nearest_words(row)}.",
            remedy="Correct access, or draw the road and give its status.",
            names=() if row["road_id"] is None else ((row["road_layer"], row["road_id"]),),
        )
        for row in wrong.to_dict("records")
    ]


def road_statuses(frame: pd.DataFrame) -> "pd.Series[Any]":
    """Return each road's status: as recorded, ``built`` without a status column, else ``""``."""
    if "status" not in frame:
        return pd.Series(BUILT, index=frame.index, dtype=object)
    return frame["status"].astype(object).where(frame["status"].notna(), "")


def _nearest_words(row: dict[Any, Any]) -> str:
    if row["road_id"] is None:
        return " (no built road)"
    return f" (nearest built road {row['road_id']}, {units.round_half_up(row['distance_m'], 1)} m)"


def _lines(frame: gpd.GeoDataFrame, layer: str) -> pd.DataFrame:
    key = "landmark_road_id" if layer == "landmark_roads" else "road_id"
    schema.require_columns(frame, [key, "geometry"], layer)
    keys = frame[key].astype(str).tolist()
    order = sorted(range(len(keys)), key=lambda row: units.natural_key(keys[row]))
    return pd.DataFrame(
        {
            "road_id": pd.Series([keys[row] for row in order], dtype=object),
            "road_layer": pd.Series([layer] * len(order), dtype=object),
            "status": road_statuses(frame).iloc[order].to_numpy(dtype=object),
            "geometry": pd.Series(frame.geometry.to_numpy()[order], dtype=object),
        }
    )


def _reach(
    landmarks: gpd.GeoDataFrame, lines: pd.DataFrame, served_distance_m: float
) -> pd.DataFrame:
    """Return the nearest built road of each landmark and what that makes of its access."""
    built = _nearest(landmarks, lines.loc[lines["status"] == BUILT])
    building = _nearest(landmarks, lines.loc[lines["status"] == BUILDING])
    served = built["distance_m"] <= served_distance_m
    partial = ~served & (building["distance_m"] <= served_distance_m)
    computed = np.select([served, partial], ["road", "partial"], default="none")
    return pd.DataFrame(
        {
            "road_id": _objects(built, "road_id"),
            "road_layer": _objects(built, "road_layer"),
            "distance_m": built["distance_m"],
            "served": served,
            "partial": partial,
            "computed_access": computed.astype(object),
        },
        index=landmarks.index,
    )


def _nearest(landmarks: gpd.GeoDataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Return road_id, road_layer and distance_m of the nearest line, the first when equal."""
    scale = crs.require_projected(landmarks, "landmarks")
    spots = landmarks.geometry.to_numpy()
    shapes = lines["geometry"].to_numpy(dtype=object)
    usable = np.flatnonzero(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)))
    chosen = np.full(len(spots), -1, dtype=np.int64)
    distance = np.full(len(spots), np.nan)
    if len(usable) and len(spots):
        (spot, line), reached = shapely.STRtree(shapes[usable]).query_nearest(
            spots, return_distance=True
        )
        order = np.lexsort((line, spot))
        first = order[np.unique(spot[order], return_index=True)[1]]
        chosen[spot[first]] = usable[line[first]]
        distance[spot[first]] = reached[first]
    words = lines[["road_id", "road_layer"]].reset_index(drop=True).reindex(chosen)
    return words.assign(distance_m=distance * scale).set_index(landmarks.index)


def _require_usable(
    landmarks: gpd.GeoDataFrame,
    landmark_roads: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame | None,
) -> pd.DataFrame:
    """Refuse what cannot be measured; return all roads in one frame."""
    schema.require_columns(landmarks, ["landmark_id", "geometry"], "landmarks")
    layers = {"landmark_roads": landmark_roads}
    if roads is not None:
        layers["roads"] = roads
    crs.require_same({"landmarks": landmarks, **layers})
    _require_positions(landmarks)
    lines = [_lines(frame, name) for name, frame in layers.items()]
    return pd.concat(lines, ignore_index=True)


def _require_positions(landmarks: gpd.GeoDataFrame) -> None:
    shapes = landmarks.geometry.to_numpy()
    bad = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    if bad.any():
        named = sorted(landmarks.loc[bad, "landmark_id"].astype(str), key=landmark_order)
        raise GeometryError(
            f"No position for landmark {schema.name_keys(named)}.",
            remedy="Give each a position, or leave the rows out.",
        )


def _objects(frame: pd.DataFrame, column: str) -> "pd.Series[Any]":
    values = frame[column].tolist() if column in frame else [None] * len(frame)
    known = [None if pd.isna(value) else value for value in values]
    return pd.Series(known, index=frame.index, dtype=object)
