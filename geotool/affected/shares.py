"""How much of all its land a holder loses: shares compared in whole numbers, never in floats."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geotool import crs, schema
from geotool.affected.guards import require_unique
from geotool.affected.holdings import HOUSEHOLD
from geotool.affected.order import column_or, sort_naturally, text_keys
from geotool.pieces import Numbers
from geotool.rules.severance import SevereLossRule
from geotool.schema import Problem, make_problem

YES, NO, UNKNOWN = "yes", "no", "unknown"
SHARE_COLUMNS = (
    "holder_id",
    "holder_kind",
    "parcel_count",
    "total_document_area_m2",
    "lost_document_area_m2",
    "lost_share_document",
    "total_drawn_area_m2",
    "lost_drawn_area_m2",
    "lost_share_drawn",
    "severe",
)

_KEYS = ["holder_kind", "holder_id"]
_DM2 = 100
_NOISE_DECIMALS = 9
"""Decimals of m2 that the noise of a drawn share leaves alone."""


@dataclass(frozen=True)
class HolderShares:
    """What is recovered of all the land of holders.

    Parameters
    ----------
    holders
        One row a holder, by kind and code in natural order: the SHARE_COLUMNS. Areas in m2,
        weighted by the holder's shares, over all its land that counts and that the parcel
        layer has. What is lost is recovered land alone: who only donates is not listed. Where
        the land is not all known, the shares are empty and ``severe`` is ``unknown``;
        ``severe`` of an organisation is empty.
    problems
        Parcels without document area, holdings on parcels that are not drawn.
    """

    holders: pd.DataFrame
    problems: tuple[Problem, ...]


def is_severe(lost: Fraction | int, total: Fraction | int, rule: SevereLossRule) -> bool:
    """Return whether a loss reaches the rule's share of the total, exactly.

    Both in one unit. Of nothing, nothing is severe.
    """
    return total > 0 and lost * rule.denominator >= total * rule.numerator


def count_dm2(area_m2: float, taken_share: float = 1.0) -> int:
    """Return a share of an area in whole dm2, halves up."""
    without_noise = _fraction(round(area_m2 * taken_share, _NOISE_DECIMALS))
    return floor(without_noise * _DM2 + Fraction(1, 2))


def add_document_shares(parcels: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return touched parcels with the document area taken beside the drawn one.

    Parameters
    ----------
    parcels
        ``LandTake.parcels``: document_area_m2 and taken_share, the drawn share.

    Returns
    -------
    GeoDataFrame
        Index and order kept, with affected_document_area_m2 (the document area scaled by the
        drawn share taken, in whole dm2) and taken_share_document before the shape; empty
        where there is no document area.
    """
    document = _stated_areas(parcels)
    total = [0 if np.isnan(area) else count_dm2(area) for area in document]
    lost = [
        0 if np.isnan(area) else count_dm2(area, share)
        for area, share in zip(document, parcels["taken_share"], strict=True)
    ]
    whole = np.array(total, dtype=np.float64)
    whole[whole == 0] = np.nan
    part = np.where(np.isnan(whole), np.nan, np.array(lost, dtype=np.float64))
    added = parcels.assign(affected_document_area_m2=part / _DM2, taken_share_document=part / whole)
    ordered = [name for name in added.columns if name != "geometry"]
    return added[[*ordered, *(["geometry"] if "geometry" in added.columns else [])]]


def measure_holder_shares(
    holdings: pd.DataFrame,
    parcels: gpd.GeoDataFrame,
    taken: pd.DataFrame,
    *,
    rule: SevereLossRule,
    affected: pd.DataFrame | None = None,
) -> HolderShares:
    """Return what is recovered of all the land of every affected holder, touched or not.

    Support follows recovery, so that land a holder donates, though lost, is no part of the
    loss; it stays in the total. A parcel's areas enter with its holder's fraction, exactly:
    document areas in whole dm2, the loss scaled by the drawn share recovered and rounded half
    up. Where a parcel has no document area, its drawn area stands in. A household is
    ``unknown`` when it has no land that counts, or holds a parcel that is not drawn: the share
    over all its land is not known.

    Parameters
    ----------
    holdings
        From :func:`geotool.affected.holdings.make_holdings`.
    parcels
        The whole parcel layer in a projected CRS, unique parcel_id; document_area_m2,
        land_type where known.
    taken
        parcel_id and taken_share of the parcels of which land is recovered, from
        :func:`geotool.affected.parcels.recovered_shares`.
    rule
        The threshold, and which land counts.
    affected
        holder_id and holder_kind of holders affected in another way, such as by a structure or
        by land used for a time; they are listed besides those whose land is recovered.

    Raises
    ------
    CrsError
        When the CRS is missing or not projected.
    SchemaError
        When parcel_id is missing.
    """
    schema.require_columns(parcels, ["parcel_id"], "parcels")
    require_unique(parcels, "parcel_id", "parcels")
    land = _parcel_areas(parcels, taken, rule)
    listed = _listed_holders(holdings, taken, affected)
    own = listed.merge(holdings, on=_KEYS, how="left").merge(land, on="parcel_id", how="left")
    held: dict[tuple[str, str], list[dict[Hashable, Any]]] = {}
    for row in own.to_dict("records"):
        held.setdefault((row["holder_kind"], row["holder_id"]), []).append(row)
    rows = [_holder_row(kind, holder, rows, rule) for (kind, holder), rows in held.items()]
    holders = pd.DataFrame(rows, columns=list(SHARE_COLUMNS))
    return HolderShares(holders, tuple(_find_problems(own)))


def _stated_areas(parcels: pd.DataFrame) -> Numbers:
    """Return the document areas in m2, not-a-number where none above 0 is stated."""
    stated = pd.to_numeric(column_or(parcels, "document_area_m2", np.nan), errors="coerce")
    return stated.where(stated > 0).to_numpy(dtype=np.float64)


def _parcel_areas(
    parcels: gpd.GeoDataFrame, taken: pd.DataFrame, rule: SevereLossRule
) -> pd.DataFrame:
    """Return one row a parcel: its areas, what is lost of them, whether its land counts."""
    scale = crs.require_projected(parcels, "parcels") ** 2
    rows = pd.DataFrame({"parcel_id": text_keys(parcels["parcel_id"]).to_numpy()})
    land_types = text_keys(column_or(parcels, "land_type", "")).to_numpy()
    rows["counts"] = [rule.counts(land_type) for land_type in land_types]
    rows["decided"] = (land_types != "") | (rule.land_types is None)
    rows["drawn_m2"] = shapely.area(parcels.geometry.to_numpy()) * scale
    rows["document_m2"] = _stated_areas(parcels)
    shares = dict(zip(text_keys(taken["parcel_id"]), taken["taken_share"], strict=True))
    rows["taken_share"] = rows["parcel_id"].map(shares).fillna(0.0).astype(np.float64)
    return rows


def _listed_holders(
    holdings: pd.DataFrame, taken: pd.DataFrame, affected: pd.DataFrame | None
) -> pd.DataFrame:
    """Return the keys of the holders that lose land or are affected otherwise, each once."""
    losing = holdings.loc[holdings["parcel_id"].isin(set(text_keys(taken["parcel_id"]))), _KEYS]
    every = losing if affected is None else pd.concat([losing, affected[_KEYS]])
    return sort_naturally(every.drop_duplicates(), _KEYS)


def _holder_row(
    kind: str, holder: str, held: Sequence[Mapping[Hashable, Any]], rule: SevereLossRule
) -> dict[str, object]:
    counted = [row for row in held if row["counts"] is True]
    known = all(row["decided"] is True for row in held)
    total = lost = Fraction(0)
    total_drawn_m2 = lost_drawn_m2 = 0.0
    for row in counted:
        share = _fraction(row["share_numerator"]) / _fraction(row["share_denominator"])
        stands_m2 = row["drawn_m2"] if np.isnan(row["document_m2"]) else row["document_m2"]
        total += share * count_dm2(stands_m2)
        lost += share * count_dm2(stands_m2, row["taken_share"])
        total_drawn_m2 += float(share) * row["drawn_m2"]
        lost_drawn_m2 += float(share) * row["drawn_m2"] * row["taken_share"]
    known = known and total > 0
    return {
        "holder_id": holder,
        "holder_kind": kind,
        "parcel_count": len(
            {row["parcel_id"] for row in held if isinstance(row["parcel_id"], str)}
        ),
        "total_document_area_m2": float(total / _DM2),
        "lost_document_area_m2": float(lost / _DM2),
        "lost_share_document": float(lost / total) if known else np.nan,
        "total_drawn_area_m2": total_drawn_m2,
        "lost_drawn_area_m2": lost_drawn_m2,
        "lost_share_drawn": lost_drawn_m2 / total_drawn_m2 if known else np.nan,
        "severe": _severe(lost, total, rule, known=known) if kind == HOUSEHOLD else "",
    }


def _severe(lost: Fraction, total: Fraction, rule: SevereLossRule, *, known: bool) -> str:
    if not known:
        return UNKNOWN
    return YES if is_severe(lost, total, rule) else NO


def _fraction(number: float) -> Fraction:
    """Return a number as it is written: 0.1 is a tenth."""
    return Fraction(str(number))


def _find_problems(own: pd.DataFrame) -> list[Problem]:
    """Find holdings of the listed holders on parcels not drawn, and drawn without document."""
    found = []
    drawn = own["drawn_m2"].notna()
    missing = own.loc[own["parcel_id"].notna() & ~drawn, "parcel_id"].drop_duplicates()
    if len(missing):
        message = (
            f"{len(missing)} parcel(s) of affected holders are not in the layer parcels; the "
            f"share of their holders is unknown: {schema.name_keys(missing)}."
        )
        found.append(make_problem("holding_without_parcel", "holdings", message))
    bare = own.loc[drawn & own["document_m2"].isna(), "parcel_id"].drop_duplicates()
    if len(bare):
        message = (
            f"{len(bare)} parcel(s) of affected holders state no document area; the drawn area "
            f"stands in: {schema.name_keys(bare)}."
        )
        found.append(make_problem("document_area_missing", "parcels", message))
    return found
