"""Who holds which parcel: the only place where a parcel meets a household or organisation."""

import numpy as np
import pandas as pd

from geotool import schema
from geotool.affected.order import column_or, sort_naturally, text_keys

HOUSEHOLD, ORGANISATION = "household", "organisation"
HOLDING_COLUMNS = (
    "holder_id",
    "holder_kind",
    "parcel_id",
    "share_numerator",
    "share_denominator",
    "right_type",
    "papers",
)


def make_holdings(
    holdings: pd.DataFrame | None,
    parcels: pd.DataFrame,
    organisations: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return every holding: of the table, and of the holder columns of the parcel layer.

    A ``household_id`` or ``organisation_id`` in a parcel row is one holding of share 1/1. The
    table says more: parcels it names are not read from the layer. Rows without a holder or a
    parcel are left out. A missing ``holder_kind`` is an organisation where the layer
    ``organisations`` lists the holder, else a household; a missing share is 1/1.

    Parameters
    ----------
    holdings
        Table with holder_id and parcel_id; other columns of the layer optional. Or None.
    parcels
        Parcel layer with parcel_id, and household_id or organisation_id where known.
    organisations
        The layer of that name, for holders whose kind is not stated. Or None.

    Returns
    -------
    DataFrame
        holder_id, holder_kind, parcel_id, share_numerator, share_denominator, right_type,
        papers, share (a float); in natural order of parcel, then holder.

    Raises
    ------
    SchemaError
        When holder_id or parcel_id is missing.
    """
    schema.require_columns(parcels, ["parcel_id"], "parcels")
    tables = []
    named: set[str] = set()
    if holdings is not None:
        schema.require_columns(holdings, ["holder_id", "parcel_id"], "holdings")
        stated = _stated(_with_kinds(holdings, organisations))
        named = set(stated["parcel_id"])
        tables.append(stated)
    for kind in (HOUSEHOLD, ORGANISATION):
        column = f"{kind}_id"
        if column in parcels.columns:
            short = _from_layer(parcels, column, kind)
            tables.append(short[~short["parcel_id"].isin(named)])
    if not tables:
        return _stated(pd.DataFrame({"holder_id": [], "parcel_id": []}))
    every = pd.concat(tables, ignore_index=True)
    return sort_naturally(every, ["parcel_id", "holder_kind", "holder_id"])


def join_holdings(holdings: pd.DataFrame, parcels: pd.DataFrame) -> pd.DataFrame:
    """Return the holdings on touched parcels, areas weighted by share.

    Parameters
    ----------
    holdings
        From :func:`make_holdings`.
    parcels
        ``LandTake.parcels``, or ``LandTake.parts`` for one row a holding and part.

    Returns
    -------
    DataFrame
        The columns of the holdings and those of `parcels` except its shape;
        ``affected_area_m2`` is the holder's share of it, ``whole_affected_area_m2`` all of it.
        In the order of the holdings.
    """
    plain = pd.DataFrame(parcels[[name for name in parcels.columns if name != "geometry"]])
    plain = plain.drop(columns="papers", errors="ignore")
    joined = holdings.merge(plain, on="parcel_id", how="inner", sort=False)
    whole = joined["affected_area_m2"]
    return joined.assign(affected_area_m2=whole * joined["share"], whole_affected_area_m2=whole)


def join_structure_holders(
    structures: pd.DataFrame, holdings: pd.DataFrame, organisations: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Return taken structures with ``holder_kind``.

    A holder that is an organisation in the holdings or in the layer ``organisations`` is one;
    every other holder is a household; no holder is ``""``.
    """
    known = set(holdings.loc[holdings["holder_kind"] == ORGANISATION, "holder_id"])
    if organisations is not None:
        known |= set(text_keys(organisations["organisation_id"]))
    holder = structures["holder_id"]
    kind = np.where(holder.isin(known), ORGANISATION, np.where(holder == "", "", HOUSEHOLD))
    return structures.assign(holder_kind=kind.astype(object))


def _with_kinds(holdings: pd.DataFrame, organisations: pd.DataFrame | None) -> pd.DataFrame:
    """Return the holdings with ``organisation`` where no kind is stated and the layer lists it."""
    if organisations is None:
        return holdings
    kinds = text_keys(column_or(holdings, "holder_kind", ""))
    listed = text_keys(holdings["holder_id"]).isin(set(text_keys(organisations["organisation_id"])))
    return holdings.assign(holder_kind=kinds.mask((kinds == "") & listed, ORGANISATION))


def _stated(holdings: pd.DataFrame) -> pd.DataFrame:
    """Return the table's rows with every column, missing shares as 1/1."""
    rows = pd.DataFrame({name: column_or(holdings, name, None) for name in HOLDING_COLUMNS})
    for name in ("holder_id", "holder_kind", "parcel_id", "right_type", "papers"):
        rows[name] = text_keys(rows[name])
    rows["holder_kind"] = rows["holder_kind"].where(rows["holder_kind"] != "", HOUSEHOLD)
    top = pd.to_numeric(rows["share_numerator"], errors="coerce").astype(np.float64)
    bottom = pd.to_numeric(rows["share_denominator"], errors="coerce").astype(np.float64)
    stated = (top >= 0) & (bottom > 0)
    rows["share_numerator"] = top.where(stated, 1.0)
    rows["share_denominator"] = bottom.where(stated, 1.0)
    rows["share"] = rows["share_numerator"] / rows["share_denominator"]
    kept = (rows["holder_id"] != "") & (rows["parcel_id"] != "")
    return rows[kept].reset_index(drop=True)


def _from_layer(parcels: pd.DataFrame, column: str, kind: str) -> pd.DataFrame:
    rows = pd.DataFrame(
        {
            "holder_id": parcels[column].to_numpy(),
            "holder_kind": kind,
            "parcel_id": parcels["parcel_id"].to_numpy(),
            "papers": column_or(parcels, "papers", "").to_numpy(),
        }
    )
    return _stated(rows)
