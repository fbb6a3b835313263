"""Checks of the ground: overlaps, repeated numbers, missing papers, uncovered strip."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geotool import crs
from geotool.affected.clip import Shapes, flat_shapes
from geotool.affected.findings import Finding, World, joined, place_by_key, places_of
from geotool.affected.holdings import HOUSEHOLD, ORGANISATION, make_holdings
from geotool.affected.order import sort_naturally, text_keys
from geotool.affected.parcels import find_overlaps

POINT_LAYERS = {
    "structures": "structure_id",
    "graves": "grave_id",
    "cemeteries": "cemetery_id",
    "landmarks": "landmark_id",
}


def find_parcel_overlaps(world: World) -> list[Finding]:
    """Find pairs of parcels that claim the same ground."""
    return _overlap_findings(world, "parcels", "parcel_id")


def find_commune_overlaps(world: World) -> list[Finding]:
    """Find pairs of communes that claim the same ground."""
    return _overlap_findings(world, "communes", "commune_id")


def find_organisation_overlaps(world: World) -> list[Finding]:
    """Find household land that overlaps an organisation's land."""
    parcels = world.layers["parcels"]
    kinds = make_holdings(world.layers.get("holdings"), parcels)
    held = {
        kind: set(kinds.loc[kinds["holder_kind"] == kind, "parcel_id"])
        for kind in (HOUSEHOLD, ORGANISATION)
    }
    if not (held[HOUSEHOLD] and held[ORGANISATION]):
        return []
    pairs = _pairs(world, "parcels", "parcel_id")
    places = place_by_key(parcels, "parcel_id")
    found = []
    for first, second, area_m2 in pairs.itertuples(index=False):
        for own, other in ((first, second), (second, first)):
            if own in held[HOUSEHOLD] and other in held[ORGANISATION]:
                message = (
                    f"Household parcel {own} overlaps organisation parcel {other}: "
                    f"{area_m2:.2f} m2."
                )
                place = joined([places[own], places[other]])
                found.append(Finding("parcels", f"{own}, {other}", place, message))
    return found


def find_repeated_numbers(world: World) -> list[Finding]:
    """Find parcels of one commune with the same sheet and parcel number, under other keys."""
    parcels = world.layers["parcels"]
    numbers = pd.DataFrame(
        {
            name: text_keys(parcels[name])
            for name in ("commune_id", "sheet_no", "parcel_no", "parcel_id")
            if name in parcels.columns
        }
    )
    if not {"sheet_no", "parcel_no"} <= set(numbers.columns):
        return []
    numbers["place"] = places_of(parcels)
    named = numbers[(numbers["sheet_no"] != "") & (numbers["parcel_no"] != "")]
    by = [name for name in ("commune_id", "sheet_no", "parcel_no") if name in named.columns]
    rows = sort_naturally(named, [*by, "parcel_id"]).drop_duplicates([*by, "parcel_id"])
    repeated = rows[rows.duplicated(by, keep=False)]
    found = []
    for _, group in repeated.groupby(by, sort=False):
        first = group.iloc[0]
        keys = ", ".join(group["parcel_id"])
        message = (
            f"Sheet {first['sheet_no']}, parcel {first['parcel_no']} occurs "
            f"{len(group)} times: {keys}."
        )
        found.append(Finding("parcels", keys, joined(group["place"]), message))
    return found


def find_missing_papers(world: World) -> list[Finding]:
    """Find parcels that the parcel layer or a holding states to be without papers."""
    parcels = world.layers["parcels"]
    without: set[str] = set()
    for table in (parcels, world.layers.get("holdings")):
        if table is not None and {"papers", "parcel_id"} <= set(table.columns):
            stated = text_keys(table["papers"]) == "no"
            without |= set(text_keys(table.loc[stated, "parcel_id"]))
    places = place_by_key(parcels, "parcel_id")
    rows = sort_naturally(
        pd.DataFrame({"key": sorted(without & set(places))}, dtype=object), ["key"]
    )
    return [
        Finding("parcels", key, places[key], f"Parcel {key} has no land-use papers.")
        for key in rows["key"]
    ]


def find_uncovered(world: World) -> list[Finding]:
    """Find sections of the right of way with ground that no parcel covers."""
    if world.land_take is None:
        return []
    cells = world.land_take.cells
    cells = cells[cells["weight"] > 0]
    found = []
    for row in cells[cells["uncovered_area_m2"] > world.tolerances.sliver_area_m2].itertuples():
        place = joined([str(row.section_id), str(row.commune_id)]) or str(row.alignment_id)
        message = (
            f"{row.uncovered_area_m2:.2f} of {row.corridor_area_m2:.2f} m2 of the right of way "
            "lie in no parcel."
        )
        found.append(Finding("right_of_way", place, place, message))
    return found


def find_points_outside(world: World) -> list[Finding]:
    """Find structures, graves, cemeteries and landmarks that no commune covers."""
    communes = world.layers["communes"]
    found = []
    for name, key in POINT_LAYERS.items():
        frame = world.layers.get(name)
        if isinstance(frame, gpd.GeoDataFrame) and _comparable(frame, communes):
            outside = frame[_outside(frame, flat_shapes(communes))]
            keys = sort_naturally(pd.DataFrame({key: text_keys(outside[key])}), [key])[key]
            places = place_by_key(outside, key)
            found += [
                Finding(name, row, places[row], f"{key} {row} lies in no commune.") for row in keys
            ]
    return found


def _comparable(frame: gpd.GeoDataFrame, other: pd.DataFrame) -> bool:
    """Return whether both have the same coordinate system; another check names those without."""
    if not isinstance(other, gpd.GeoDataFrame) or frame.crs is None or other.crs is None:
        return False
    return crs.same(frame.crs, other.crs)


def _outside(frame: gpd.GeoDataFrame, communes: Shapes) -> NDArray[np.bool_]:
    """Return which features have their own inner point in no commune."""
    points = np.asarray(shapely.point_on_surface(flat_shapes(frame)), dtype=np.object_)
    covered = shapely.STRtree(communes).query(points, predicate="covered_by")[0]
    outside = ~(shapely.is_missing(points) | shapely.is_empty(points))
    outside[covered] = False
    return outside


def _pairs(world: World, name: str, key: str) -> pd.DataFrame:
    """Return the overlapping pairs; none where areas cannot be measured (no projected CRS)."""
    frame = world.layers[name]
    if not isinstance(frame, gpd.GeoDataFrame) or frame.crs is None or not frame.crs.is_projected:
        return pd.DataFrame({"key_a": [], "key_b": [], "overlap_area_m2": []})
    valid = frame[shapely.is_valid(frame.geometry.to_numpy())]
    return find_overlaps(valid.drop_duplicates(key), key, world.tolerances, name)


def _overlap_findings(world: World, name: str, key: str) -> list[Finding]:
    places = place_by_key(world.layers[name], key)
    return [
        Finding(
            name,
            f"{first}, {second}",
            joined([places[first], places[second]]),
            f"{first} and {second} share {area_m2:.2f} m2.",
        )
        for first, second, area_m2 in _pairs(world, name, key).itertuples(index=False)
    ]
