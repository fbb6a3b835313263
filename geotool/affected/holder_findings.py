"""Checks of who holds what: unknown codes, structures without holder, shares over one."""

from fractions import Fraction

import pandas as pd

from geotool.affected.findings import Finding, Layers, World, place_by_key, spot_by_key
from geotool.affected.holdings import make_holdings
from geotool.affected.order import sort_naturally, text_keys

REFERENCES = (
    # the layer, its column, the layers one of which must have the code (layer, key)
    ("holdings", "parcel_id", (("parcels", "parcel_id"),)),
    (
        "holdings",
        "holder_id",
        (("households", "household_id"), ("organisations", "organisation_id")),
    ),
    (
        "structures",
        "holder_id",
        (("households", "household_id"), ("organisations", "organisation_id")),
    ),
    ("parcels", "household_id", (("households", "household_id"),)),
    ("parcels", "organisation_id", (("organisations", "organisation_id"),)),
    *(
        (layer, "commune_id", (("communes", "commune_id"),))
        for layer in ("parcels", "graves", "cemeteries", "landmarks", "households", "organisations")
    ),
)
"""Which codes must exist where."""


def find_unknown_references(world: World) -> list[Finding]:
    """Find codes that no other layer has.

    A code is looked for only where a layer that should have it is present: holders in
    households and organisations, each by its kind where the kind is stated.
    """
    found: list[Finding] = []
    for layer, column, targets in REFERENCES:
        frame = world.layers.get(layer)
        if frame is None or column not in frame.columns:
            continue
        if column == "holder_id" and "holder_kind" in frame.columns:
            kinds = text_keys(frame["holder_kind"])
            for target, key in targets:
                rows = frame[kinds == key.removesuffix("_id")]
                found += _unknown(world.layers, layer, rows, column, ((target, key),))
        else:
            found += _unknown(world.layers, layer, frame, column, targets)
    return found


def find_structures_without_holder(world: World) -> list[Finding]:
    """Find structures that name no holder."""
    frame = world.layers["structures"]
    if "holder_id" in frame.columns:
        frame = frame[text_keys(frame["holder_id"]) == ""]
    keys = sort_naturally(pd.DataFrame({"key": text_keys(frame["structure_id"])}), ["key"])["key"]
    places = place_by_key(frame, "structure_id")
    spots = spot_by_key(frame, "structure_id", set(keys))
    return [
        Finding("structures", key, places[key], f"Structure {key} names no holder.", spots.get(key))
        for key in keys
    ]


def find_shares_over_one(world: World) -> list[Finding]:
    """Find parcels whose holders' shares add up to more than 1, counted in fractions."""
    parcels = world.layers["parcels"]
    holdings = make_holdings(world.layers.get("holdings"), parcels)
    many = holdings[(holdings.duplicated("parcel_id", keep=False)) | (holdings["share"] > 1.0)]
    places = place_by_key(parcels, "parcel_id")
    spots = spot_by_key(parcels, "parcel_id", set(many["parcel_id"]))
    found = []
    for key, rows in many.groupby("parcel_id", sort=False):
        total = sum(
            Fraction(top) / Fraction(bottom)
            for top, bottom in zip(rows["share_numerator"], rows["share_denominator"], strict=True)
        )
        if total > 1:
            message = f"The {len(rows)} holdings of parcel {key} add up to {total}."
            place, spot = places.get(str(key), ""), spots.get(str(key))
            found.append(Finding("holdings", str(key), place, message, spot))
    return found


def find_bad_shares(world: World) -> list[Finding]:
    """Find holdings whose share is no fraction: it is counted as the whole parcel."""
    frame = world.layers["holdings"]
    if not {"share_numerator", "share_denominator"} <= set(frame.columns):
        return []
    top = pd.to_numeric(frame["share_numerator"], errors="coerce")
    bottom = pd.to_numeric(frame["share_denominator"], errors="coerce")
    rows = frame[(top < 0) | (bottom <= 0) | (top.isna() != bottom.isna())]
    return [
        Finding(
            "holdings",
            f"{holder}, {parcel}",
            "share_denominator",
            f"The share of {holder} in parcel {parcel} is no fraction; it counts as 1/1.",
        )
        for holder, parcel in zip(
            text_keys(rows["holder_id"]), text_keys(rows["parcel_id"]), strict=True
        )
    ]


def _unknown(
    layers: Layers,
    layer: str,
    frame: pd.DataFrame,
    column: str,
    targets: tuple[tuple[str, str], ...],
) -> list[Finding]:
    """Return one finding a code of ``column`` that none of the layers present has."""
    present = [(name, key) for name, key in targets if name in layers]
    if not present or len(present) < len(targets):
        return []
    known: set[str] = set()
    for name, key in present:
        known |= set(text_keys(layers[name][key]))
        if name == "communes":
            known |= _commune_names(layers[name])
    codes = text_keys(frame[column])
    counts = codes[(codes != "") & ~codes.isin(known)].value_counts()
    rows = sort_naturally(pd.DataFrame({"code": counts.index.astype(object)}), ["code"])
    names = " or ".join(name for name, _ in present)
    return [
        Finding(
            layer,
            str(code),
            column,
            f"{column} {code} is not in {names} ({int(counts[code])} row(s)).",
        )
        for code in rows["code"]
    ]


def _commune_names(communes: pd.DataFrame) -> set[str]:
    """Return the names of communes as written: a layer may state them instead of codes."""
    names = communes["commune_name"] if "commune_name" in communes.columns else pd.Series()
    return set(text_keys(names)) - {""}
