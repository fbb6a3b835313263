"""The rows and tables of ``affected``: one a feature, or one a feature x commune x section."""

from collections.abc import Mapping
from typing import Any, TypeVar

import geopandas as gpd
import pandas as pd

from geotool import crs
from geotool.affected.features import FeatureTake
from geotool.affected.parcels import BASIS_AREAS, LandTake
from geotool.share.tables import Kind, Table, TableColumn, is_empty

FrameT = TypeVar("FrameT", bound=pd.DataFrame)

_WHOLE = ("remainder_m2", "taken_share", "take_class")
_KINDS: dict[str, Kind] = {
    "affected_area_m2": "area_m2",
    "overlap_area_m2": "area_m2",
    "uncovered_area_m2": "area_m2",
    **dict.fromkeys(BASIS_AREAS, "area_m2"),
    "corridor_area_m2": "area_m2",
    "affected_length_m": "length_m",
    "length_m": "length_m",
    "affected_count": "count",
    "full_count": "count",
    "partial_count": "count",
    "feature_count": "count",
}
_TOTALS = (
    "feature_count",
    "affected_count",
    "full_count",
    "partial_count",
    "corridor_area_m2",
    "affected_area_m2",
    *BASIS_AREAS,
    "overlap_area_m2",
    "uncovered_area_m2",
    "affected_length_m",
    "length_m",
)


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as mappings; an empty key or a missing number becomes None."""
    rows = frame.to_dict("records")
    return [
        {str(key): None if is_empty(value) or value == "" else value for key, value in row.items()}
        for row in rows
    ]


def whole_parcels(take: LandTake) -> gpd.GeoDataFrame:
    """Return one row a touched parcel."""
    return take.parcels


def split_parcels(take: LandTake) -> gpd.GeoDataFrame:
    """Return one row a parcel x commune x section; without communes its own commune_id.

    ``affected_area_m2`` is the part's; remainder_m2, taken_share and take_class are those of
    the whole parcel.
    """
    carried = ["parcel_id", "sheet_no", "parcel_no", "land_type", "drawn_area_m2", *_WHOLE]
    whole = pd.DataFrame(take.parcels[carried])
    joined = take.parts.merge(whole, on="parcel_id", how="left")
    return _ordered(joined, ["parcel_id"])


def whole_features(take: FeatureTake, key: str) -> pd.DataFrame:
    """Return one row a feature inside."""
    inside = take.features[take.features["inside"]].drop(columns="inside")
    rows: pd.DataFrame = inside.assign(remainder_m2=_remainder(inside))
    return rows.sort_values(key, kind="stable")


def split_features(take: FeatureTake, key: str) -> pd.DataFrame:
    """Return one row a feature x commune x section; without communes its own commune_id."""
    whole = take.features.assign(remainder_m2=_remainder(take.features))
    whole = whole[[key, "drawn_area_m2", "drawn_length_m", *_WHOLE]]
    joined = pd.DataFrame(take.parts.drop(columns="geometry")).merge(whole, on=key, how="left")
    return _ordered(joined, [key])


def cell_area_m2(cells: gpd.GeoDataFrame) -> float:
    """Return the area of a right of way from its cells, weights counted."""
    scale = crs.require_projected(cells, "corridor") ** 2
    weights = cells["weight"] if "weight" in cells.columns else 1
    return float((cells.geometry.area * weights).sum()) * scale


def tables(data: Mapping[str, Any]) -> tuple[Table, ...]:
    """Return the totals, and the groups where some were asked for."""
    shown = _shown_totals(data)
    columns = tuple(TableColumn(name, _KINDS[name]) for name in shown)
    total = Table("affected", columns, [{name: data[name] for name in shown}])
    groups = data["groups"]
    if not groups:
        return (total,)
    names = [name for name in groups[0] if any(row[name] is not None for row in groups)]
    kinds = [TableColumn(name, _KINDS.get(name, "value")) for name in names]
    return total, Table("groups", tuple(kinds), groups)


def _shown_totals(data: Mapping[str, Any]) -> list[str]:
    """Return the totals to show; those by basis only where not all of the land is recovered."""
    divided = any(data.get(name) for name in BASIS_AREAS[1:])
    return [name for name in _TOTALS if name in data and (divided or name not in BASIS_AREAS)]


def _remainder(frame: pd.DataFrame) -> pd.Series:
    return (frame["drawn_area_m2"] - frame["affected_area_m2"]).clip(lower=0.0)


def _ordered(frame: FrameT, keys: list[str]) -> FrameT:
    """Put the keys first."""
    first = [*keys, "section_id", "commune_id"]
    rest = [name for name in frame.columns if name not in first and name != "affected_count"]
    return frame[[*first, *rest]]
