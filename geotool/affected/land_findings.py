"""Checks of the ground: overlaps, repeated numbers, missing papers."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geotool.affected.findings import Finding, World, joined, place_by_key, places_of, spot_by_key
from geotool.affected.guards import flat_shapes
from geotool.affected.holdings import HOUSEHOLD, ORGANISATION, make_holdings
from geotool.affected.order import sort_naturally, text_keys
from geotool.affected.parcels import find_overlaps
from geotool.affected.place_findings import name_communes
from geotool.route.cuts import polygon_parts


def find_parcel_overlaps(world: World) -> list[Finding]:
    """Find pairs of parcels that claim the same ground."""
    return _overlap_findings(world, "parcels", "parcel_id")


def find_commune_overlaps(world: World) -> list[Finding]:
    """Find pairs of communes that claim the same ground."""
    return _overlap_findings(world, "communes", "commune_id")


def find_organisation_overlaps(world: World) -> list[Finding]:
    """Find household land that overlaps an organisation's land."""
    parcels = world.layers["parcels"]
    organisations = world.layers.get("organisations")
    kinds = make_holdings(world.layers.get("holdings"), parcels, organisations)
    held = {
        kind: set(kinds.loc[kinds["holder_kind"] == kind, "parcel_id"])
        for kind in (HOUSEHOLD, ORGANISATION)
    }
    if not (held[HOUSEHOLD] and held[ORGANISATION]):
        return []
    pairs = _pairs(world, "parcels", "parcel_id")
    places = place_by_key(parcels, "parcel_id")
    found = []
    for first, second, area_m2, shape in pairs.itertuples(index=False):
        for own, other in ((first, second), (second, first)):
            if own in held[HOUSEHOLD] and other in held[ORGANISATION]:
                message = (
                    f"Household parcel {own} overlaps organisation parcel {other}: "
                    f"{area_m2:.2f} m2."
                )
                place = joined([places[own], places[other]])
                found.append(Finding("parcels", f"{own}, {other}", place, message, shape))
    return found


def find_repeated_numbers(world: World) -> list[Finding]:
    """Find parcels of one commune with the same sheet and parcel number, under other keys.

    A parcel that states no commune belongs to the one it lies in, where communes are known.
    """
    parcels = world.layers["parcels"]
    if not {"sheet_no", "parcel_no"} <= set(parcels.columns):
        return []
    names = ("sheet_no", "parcel_no", "parcel_id")
    numbers = pd.DataFrame({name: text_keys(parcels[name]) for name in names})
    numbers["commune_id"] = name_communes(parcels, world)
    numbers["place"] = places_of(parcels)
    numbers["place"] = numbers["place"].where(numbers["place"] != "", numbers["commune_id"])
    named = numbers[(numbers["sheet_no"] != "") & (numbers["parcel_no"] != "")]
    by = ["commune_id", "sheet_no", "parcel_no"]
    rows = sort_naturally(named, [*by, "parcel_id"]).drop_duplicates([*by, "parcel_id"])
    repeated = rows[rows.duplicated(by, keep=False)]
    spots = spot_by_key(parcels, "parcel_id", set(repeated["parcel_id"]))
    found = []
    for _, group in repeated.groupby(by, sort=False):
        first = group.iloc[0]
        keys = ", ".join(group["parcel_id"])
        message = (
            f"Sheet {first['sheet_no']}, parcel {first['parcel_no']} occurs "
            f"{len(group)} times: {keys}."
        )
        points = [spots[key] for key in group["parcel_id"] if key in spots]
        shape = shapely.union_all(points) if points else None
        found.append(Finding("parcels", keys, joined(group["place"]), message, shape))
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
    spots = spot_by_key(parcels, "parcel_id", without)
    rows = sort_naturally(
        pd.DataFrame({"key": sorted(without & set(places))}, dtype=object), ["key"]
    )
    return [
        Finding(
            "parcels", key, places[key], f"Parcel {key} has no land-use papers.", spots.get(key)
        )
        for key in rows["key"]
    ]


def _pairs(world: World, name: str, key: str) -> pd.DataFrame:
    """Return the overlapping pairs: key_a, key_b, overlap_area_m2 and the ground shared.

    There are none where areas cannot be measured (no projected CRS).
    """
    if name not in world.measured:
        world.measured[name] = _measure_pairs(world, name, key)
    return world.measured[name]


def _measure_pairs(world: World, name: str, key: str) -> pd.DataFrame:
    frame = world.layers[name]
    if not isinstance(frame, gpd.GeoDataFrame) or frame.crs is None or not frame.crs.is_projected:
        return pd.DataFrame({"key_a": [], "key_b": [], "overlap_area_m2": [], "shape": []})
    valid = frame[shapely.is_valid(frame.geometry.to_numpy())]
    single = valid[~text_keys(valid[key]).duplicated()]
    pairs = find_overlaps(single, key, world.tolerances, name)
    shapes = pd.Series(flat_shapes(single), index=text_keys(single[key]), dtype=object)
    first, second = (
        np.asarray(shapes.reindex(pairs[column]), dtype=np.object_) for column in ("key_a", "key_b")
    )
    shared = [polygon_parts(shape) for shape in shapely.intersection(first, second)]
    return pairs.assign(shape=pd.Series(shared, index=pairs.index, dtype=object))


def _overlap_findings(world: World, name: str, key: str) -> list[Finding]:
    places = place_by_key(world.layers[name], key)
    return [
        Finding(
            name,
            f"{first}, {second}",
            joined([places[first], places[second]]),
            f"{first} and {second} share {area_m2:.2f} m2.",
            shape,
        )
        for first, second, area_m2, shape in _pairs(world, name, key).itertuples(index=False)
    ]
