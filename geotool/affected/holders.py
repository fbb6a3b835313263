"""Who is affected: households and organisations, each counted once."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from geotool.affected.holdings import HOUSEHOLD, ORGANISATION, join_holdings
from geotool.affected.order import sort_naturally, text_keys
from geotool.affected.parcels import LandTake, divide_by_basis
from geotool.affected.structures import DWELLING
from geotool.affected.take import BASIS_AREAS
from geotool.errors import UsageError
from geotool.route.bases import DONATED
from geotool.rules import is_residential

PLACES = {"commune": "commune_id", "section": "section_id", "alignment": "alignment_id"}
_FLAGS = ("affected", "relocated", "residential")
_AREAS = ("affected_area_m2", *BASIS_AREAS)


@dataclass(frozen=True)
class HolderTake:
    """Affected holders of one kind; areas in m2, weighted by share.

    Who only donates land is not affected by its recovery and is listed apart.

    Parameters
    ----------
    holders
        One row an affected holder, in natural order: its key (household_id or
        organisation_id), affected (true), relocated (a dwelling is taken), residential (an
        affected part that is not donated lies on residential land), parcel_count, full_count
        (parcels taken whole), structure_count, dwelling_count, affected_area_m2 and what of it
        is recovered_area_m2, donated_area_m2 and temporary_area_m2, commune_ids and
        section_ids (texts, joined by ``", "``), and the columns asked for. Only the recovered
        area enters compensation.
    places
        One row an affected holder and place: the key, alignment_id, section_id, commune_id,
        weight, affected, relocated, residential, affected_area_m2 and what of it is recovered,
        donated and temporary. What groups are counted from.
    key
        ``household_id`` or ``organisation_id``.
    unlisted
        Affected holders that the layer of that kind does not list, in natural order: counted
        apart, in none of the others.
    donors
        As `holders` without the columns asked for, those who lose nothing but land they donate,
        listed or not.
    """

    holders: pd.DataFrame
    places: pd.DataFrame
    key: str
    unlisted: tuple[str, ...] = ()
    donors: pd.DataFrame = field(default_factory=pd.DataFrame)


def measure_households(  # the two kinds differ only in their key
    holdings: pd.DataFrame,
    land_take: LandTake,
    structures: pd.DataFrame | None = None,
    *,
    residential_codes: Collection[str],
    households: pd.DataFrame | None = None,
    columns: Sequence[str] = (),
) -> HolderTake:
    """Return the affected households, each once, over parcels, communes and alignments.

    A household is affected when the right of way takes area of a parcel it holds, for good or
    for a time but not donated, or a structure of its; relocated when a dwelling is taken; its
    residential land is affected when such area lies on a parcel of a residential land type.
    Holders that the layer ``households`` does not list are counted apart, as ``unlisted``.

    Parameters
    ----------
    holdings
        From :func:`geotool.affected.holdings.make_holdings`.
    land_take
        From :func:`geotool.affected.parcels.measure_land_take`.
    structures
        Taken structures with ``holder_kind``, from
        :func:`geotool.affected.holdings.join_structure_holders`.
    residential_codes
        Land types that are residential, from the rules.
    households
        The layer of that name, for `columns` and ``unlisted``; without it everyone is listed.
    columns
        Columns of that layer to carry, such as category and people_count.
    """
    take = _measure(HOUSEHOLD, holdings, land_take, structures, residential_codes)
    return _with_register(_donors_apart(take), households, columns)


def measure_organisations(
    holdings: pd.DataFrame,
    land_take: LandTake,
    structures: pd.DataFrame | None = None,
    *,
    residential_codes: Collection[str],
    organisations: pd.DataFrame | None = None,
    columns: Sequence[str] = (),
) -> HolderTake:
    """Return the affected organisations; as :func:`measure_households` in everything."""
    take = _measure(ORGANISATION, holdings, land_take, structures, residential_codes)
    return _with_register(_donors_apart(take), organisations, columns)


def group_households(take: HolderTake, by: str) -> pd.DataFrame:
    """Return the counts by place; the columns add up to the distinct totals.

    Parameters
    ----------
    take
        From :func:`measure_households` or :func:`measure_organisations`.
    by
        commune, section or alignment.

    Returns
    -------
    DataFrame
        One row a place in natural order and, last, a row ``shared``: the place's key,
        affected_count, relocated_count, residential_count, affected_area_m2 and what of it is
        recovered_area_m2, donated_area_m2 and temporary_area_m2. A holder counts
        in every place where it is affected; ``shared`` takes back the repeats (0 or negative),
        and the areas that several communes claim.

    Raises
    ------
    UsageError
        When ``by`` is not one of the three.
    """
    if by not in PLACES:
        raise UsageError(f"Cannot group holders by '{by}'.", remedy=f"Use {', '.join(PLACES)}.")
    place = PLACES[by]
    claimed = take.places[take.places["weight"] > 0]
    flags = claimed.groupby([place, take.key], sort=False)[list(_FLAGS)].any()
    counts = flags.groupby(place, sort=False).sum().astype(np.int64)
    areas = take.places.groupby(place, sort=False)[list(_AREAS)].sum()
    rows = counts.join(areas, how="left").reset_index()
    rows.columns = pd.Index([place, *(f"{flag}_count" for flag in _FLAGS), *_AREAS])
    rows = sort_naturally(rows[rows[place] != "shared"], [place])
    totals = count_households(take)
    last: dict[str, object] = {place: "shared"}
    for flag in _FLAGS:
        last[f"{flag}_count"] = totals[f"{flag}_count"] - int(rows[f"{flag}_count"].sum())
    for name in _AREAS:
        last[name] = float(areas[name].get("shared", 0.0))
    return pd.concat([rows, pd.DataFrame([last])], ignore_index=True)


def count_households(take: HolderTake) -> dict[str, int]:
    """Return the three distinct counts: affected_count, relocated_count, residential_count."""
    return {f"{flag}_count": int(take.holders[flag].sum()) for flag in _FLAGS}


def _measure(
    kind: str,
    holdings: pd.DataFrame,
    land_take: LandTake,
    structures: pd.DataFrame | None,
    codes: Collection[str],
) -> HolderTake:
    key = f"{kind}_id"
    own = holdings[holdings["holder_kind"] == kind]
    land = _land_places(own, land_take, codes)
    homes = _structure_places(kind, structures)
    places = pd.concat([land, homes], ignore_index=True).rename(columns={"holder_id": key})
    places = sort_naturally(places, [key, "alignment_id", "section_id", "commune_id"])
    grouped = places[places["weight"] > 0].groupby(key, sort=False)
    holders = grouped[list(_FLAGS)].any()
    holders = holders.join(_land_counts(own, land_take)).join(_structure_counts(homes))
    holders[list(_AREAS)] = places.groupby(key, sort=False)[list(_AREAS)].sum()
    for name in ("commune_id", "section_id"):
        holders[f"{name}s"] = grouped[name].agg(_names)
    counts = ["parcel_count", "full_count", "structure_count", "dwelling_count"]
    holders[counts] = holders[counts].fillna(0).astype(np.int64)
    holders.index.name = key
    ordered = [*_FLAGS, *counts, *_AREAS, "commune_ids", "section_ids"]
    rows = sort_naturally(holders[ordered].reset_index(), [key])
    return HolderTake(rows, places.drop(columns="use"), key)


def _land_places(own: pd.DataFrame, land_take: LandTake, codes: Collection[str]) -> pd.DataFrame:
    """Return one row a holding and part of its parcel."""
    kinds = pd.DataFrame(land_take.parcels[["parcel_id", "land_type"]])
    joined = join_holdings(own, land_take.parts).merge(kinds, on="parcel_id", how="left")
    living = {text: is_residential(text, codes) for text in joined["land_type"].unique()}
    given = joined["basis"] == DONATED
    rows = pd.DataFrame(
        {
            "holder_id": joined["holder_id"],
            "alignment_id": joined["alignment_id"],
            "section_id": joined["section_id"],
            "commune_id": joined["commune_id"],
            "weight": joined["weight"],
            "affected": ~given,
            "relocated": False,
            "residential": joined["land_type"].map(living).astype(np.bool_) & ~given,
            "affected_area_m2": joined["affected_area_m2"],
            "use": "",
        }
    )
    return rows.join(divide_by_basis(joined))


def _structure_places(kind: str, structures: pd.DataFrame | None) -> pd.DataFrame:
    """Return one row a taken structure of a holder of this kind, without land area."""
    columns = ["holder_id", "alignment_id", "section_id", "commune_id", "use"]
    if structures is None:
        rows = pd.DataFrame({name: pd.Series(dtype=object) for name in columns})
    else:
        rows = structures.loc[structures["holder_kind"] == kind, columns]
    return rows.reset_index(drop=True).assign(
        weight=1.0,
        affected=True,
        relocated=(rows["use"] == DWELLING).to_numpy(dtype=np.bool_),
        residential=False,
        **dict.fromkeys(_AREAS, 0.0),
    )


def _land_counts(own: pd.DataFrame, land_take: LandTake) -> pd.DataFrame:
    joined = join_holdings(own, land_take.parcels).drop_duplicates(["holder_id", "parcel_id"])
    full = joined.assign(full=joined["take_class"] == "full")
    grouped = full.groupby("holder_id", sort=False)["full"]
    return pd.DataFrame({"parcel_count": grouped.size(), "full_count": grouped.sum()})


def _structure_counts(homes: pd.DataFrame) -> pd.DataFrame:
    grouped = homes.groupby("holder_id", sort=False)["relocated"]
    return pd.DataFrame({"structure_count": grouped.size(), "dwelling_count": grouped.sum()})


def _names(values: pd.Series) -> str:
    return ", ".join(dict.fromkeys(str(value) for value in values if value != ""))


def _with_register(
    take: HolderTake, register: pd.DataFrame | None, columns: Sequence[str]
) -> HolderTake:
    """Keep the holders the register lists, with the columns asked for; name the others."""
    if register is None:
        return take
    wanted = register[[take.key, *(name for name in columns if name in register.columns)]]
    wanted = wanted.assign(**{take.key: text_keys(wanted[take.key])}).drop_duplicates(take.key)
    listed = take.holders[take.key].isin(set(wanted[take.key]))
    return replace(
        take,
        holders=take.holders[listed].merge(wanted, on=take.key, how="left"),
        places=take.places[take.places[take.key].isin(set(wanted[take.key]))],
        unlisted=tuple(take.holders.loc[~listed, take.key]),
    )


def _donors_apart(take: HolderTake) -> HolderTake:
    """Set those apart who lose nothing but land they donate."""
    affected = take.holders["affected"].astype(np.bool_)
    holders = take.holders[affected].reset_index(drop=True)
    return replace(
        take,
        holders=holders,
        places=take.places[take.places[take.key].isin(set(holders[take.key]))],
        donors=take.holders[~affected].reset_index(drop=True),
    )
