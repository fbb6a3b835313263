"""Totals that add up: the identity every table must satisfy, and groups of a land take."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from geotool.affected.features import FeatureTake
from geotool.affected.order import column_or, sort_naturally, text_keys
from geotool.affected.parcels import BASIS_AREAS, LandTake, divide_by_basis
from geotool.errors import CheckError, UsageError
from geotool.rules import Tolerances

GROUP_KEYS: Mapping[str, str] = MappingProxyType(
    {
        "parcel": "parcel_id",
        "commune": "commune_id",
        "land_type": "land_type",
        "section": "section_id",
        "alignment": "alignment_id",
        "basis": "basis",
    }
)
_AREAS = ("corridor_area_m2", "affected_area_m2", "overlap_area_m2", "uncovered_area_m2")


@dataclass(frozen=True)
class Reconciliation:
    """Does corridor = affected - overlap + uncovered hold? All areas in m2.

    ``residual_m2`` is corridor - (affected - overlap + uncovered); ``worst_cell_residual_m2``
    the largest such difference of one cell, without its sign. ``reconciles`` says that both
    are within tolerance.
    """

    corridor_area_m2: float
    affected_area_m2: float
    overlap_area_m2: float
    uncovered_area_m2: float
    residual_m2: float
    worst_cell_residual_m2: float
    reconciles: bool


def reconcile(land_take: LandTake, tolerances: Tolerances) -> Reconciliation:
    """Check the identity of every cell and of the whole.

    The affected area is summed over parcels, the rest over cells, so the two ways of
    counting check each other.
    """
    cells = land_take.cells
    corridor, _, overlap, uncovered = (float(cells[name].sum()) for name in _AREAS)
    affected = float(land_take.parcels["affected_area_m2"].sum())
    residual = corridor - (affected - overlap + uncovered)
    by_cell = _residuals(cells).abs().to_numpy(dtype=np.float64)
    allowed = tolerances.area_absolute_m2 + tolerances.area_relative * cells[
        "corridor_area_m2"
    ].abs().to_numpy(dtype=np.float64)
    total_allowed = float(allowed.sum()) if len(allowed) else tolerances.area_absolute_m2
    good = bool((by_cell <= allowed).all()) and abs(residual) <= total_allowed
    worst = float(by_cell.max()) if len(by_cell) else 0.0
    return Reconciliation(corridor, affected, overlap, uncovered, residual, worst, good)


def check_reconciles(reconciliation: Reconciliation) -> None:
    """Do nothing when the totals reconcile.

    Raises
    ------
    CheckError
        When they do not; the message states the sums and the difference.
    """
    if reconciliation.reconciles:
        return
    totals = reconciliation
    raise CheckError(
        "The areas do not reconcile: right of way "
        f"{totals.corridor_area_m2:.6f} m2, affected {totals.affected_area_m2:.6f}, overlap "
        f"{totals.overlap_area_m2:.6f}, uncovered {totals.uncovered_area_m2:.6f}: difference "
        f"{totals.residual_m2:.6f} m2, worst section {totals.worst_cell_residual_m2:.6f} m2.",
        remedy="Do not use these figures. Run 'geotool validate' on parcels and communes.",
    )


def group_land_take(land_take: LandTake, by: Sequence[str]) -> pd.DataFrame:
    """Return a land take by group, and what overlaps and what no parcel covers.

    Parameters
    ----------
    land_take
        From :func:`geotool.affected.parcels.measure_land_take`.
    by
        One or several of parcel, commune, land_type, section, alignment, basis; several are
        crossed.

    Returns
    -------
    DataFrame
        One row a group in natural order, then a row whose first key is ``overlap`` and one
        whose first key is ``uncovered``: the keys (``""`` where missing), affected_count
        (distinct parcels; a parcel in two groups counts in both, and counts back in the row
        ``shared`` of ground that communes share), full_count and partial_count (by the class
        of the whole parcel), affected_area_m2 and, where the cells have a basis, what of it
        is recovered, donated and temporary, overlap_area_m2, uncovered_area_m2,
        corridor_area_m2 (NaN unless every key is spatial). The area
        columns add up to the totals of :func:`reconcile`.

    Raises
    ------
    UsageError
        When ``by`` is empty, repeats a key or names an unknown one.
    """
    keys = group_keys(by)
    columns = ["parcel_id", "land_type", "take_class"]
    parcels = pd.DataFrame(land_take.parcels[columns])
    rows = pd.DataFrame(land_take.parts.drop(columns="geometry"))
    rows = rows.merge(parcels, on="parcel_id", how="left")
    areas = ["affected_area_m2", *(BASIS_AREAS if land_take.by_basis else ())]
    groups = _sum_groups(rows.join(divide_by_basis(rows)), keys, areas)
    groups["overlap_area_m2"] = 0.0
    groups["uncovered_area_m2"] = 0.0
    groups = _with_corridor(groups, land_take, keys)
    return pd.concat(
        [sort_naturally(groups, keys), _rest_rows(land_take, keys, groups)], ignore_index=True
    )


def group_features(take: FeatureTake, frame: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Return a measured layer by group.

    Parameters
    ----------
    take
        From :func:`geotool.affected.features.measure_features`.
    frame
        The layer itself, the same rows in the same order, for columns such as ``ownership``.
    by
        Column names, or the nouns of :func:`group_land_take`; several are crossed.

    Returns
    -------
    DataFrame
        The keys, affected_count, full_count, partial_count, affected_area_m2,
        affected_length_m. Counts are of distinct features; in rows of ground that communes
        share (negative weight) they count back.

    Raises
    ------
    UsageError
        When a key is neither in the layer nor in the parts.
    """
    key = str(take.features.columns[0])
    names = [GROUP_KEYS.get(name, name) for name in by]
    parts = pd.DataFrame(take.parts.drop(columns="geometry"))
    own = take.features[[key, "take_class"]].copy()
    for name in names:
        if name not in parts.columns:
            if name not in frame.columns:
                raise UsageError(
                    f"Cannot group by '{name}': no such column.",
                    remedy=f"Known: {', '.join(str(column) for column in frame.columns)}.",
                )
            own[name] = text_keys(frame[name]).to_numpy()
    rows = parts.merge(own, on=key, how="left")
    counts = _count_once(rows, names, key, "affected_count")
    areas = rows.groupby(names, sort=False)[["affected_area_m2", "affected_length_m"]].sum()
    return sort_naturally(counts.join(areas).reset_index(), names)


def group_keys(by: Sequence[str]) -> list[str]:
    """Return the columns of the nouns to group by; UsageError names the known ones."""
    unknown = [name for name in by if name not in GROUP_KEYS]
    if unknown or not by or len(set(by)) < len(by):
        raise UsageError(
            f"Cannot group by: {', '.join(unknown or by) or 'nothing'}.",
            remedy=f"Name each of these at most once: {', '.join(GROUP_KEYS)}.",
        )
    return [GROUP_KEYS[name] for name in by]


def sort_groups(groups: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """Return groups in natural order of their keys, the rows that are no names last."""
    return sort_naturally(groups, keys)


def _residuals(cells: pd.DataFrame) -> pd.Series:
    found = cells["affected_area_m2"] - cells["overlap_area_m2"] + cells["uncovered_area_m2"]
    return cells["corridor_area_m2"] - found


def _sum_groups(rows: pd.DataFrame, keys: list[str], areas: list[str]) -> pd.DataFrame:
    """Return distinct parcels by class and the sums of areas of each group."""
    named = rows.assign(**{key: text_keys(rows[key]) for key in keys})
    counts = _count_once(named, keys, "parcel_id", "weight")
    return counts.join(named.groupby(keys, sort=False)[areas].sum()).reset_index()


def _count_once(rows: pd.DataFrame, keys: list[str], key: str, sign: str) -> pd.DataFrame:
    """Return affected_count, full_count and partial_count of each group.

    A feature counts once a group; where all it has there is of negative weight, it counts back.
    """
    once = rows.sort_values(sign, ascending=False, kind="stable")
    once = once.drop_duplicates(list(dict.fromkeys([*keys, key])))
    once = once.assign(
        affected_count=once[sign],
        full_count=once[sign].where(once["take_class"] == "full", 0.0),
        partial_count=once[sign].where(once["take_class"] == "partial", 0.0),
    )
    counts = ["affected_count", "full_count", "partial_count"]
    return once.groupby(keys, sort=False)[counts].sum().astype(np.int64)


def _with_corridor(groups: pd.DataFrame, land_take: LandTake, keys: list[str]) -> pd.DataFrame:
    """Add the corridor's area where every key is spatial, with groups that have no parcel."""
    if not set(keys) <= set(land_take.spatial):
        return groups.assign(corridor_area_m2=np.nan)
    areas = land_take.cells.groupby(keys, sort=False)[["corridor_area_m2"]].sum().reset_index()
    joined = areas.merge(groups, on=keys, how="left")
    counts = ["affected_count", "full_count", "partial_count"]
    joined[counts] = joined[counts].fillna(0).astype(np.int64)
    joined = joined.fillna(dict.fromkeys((*_AREAS, *BASIS_AREAS), 0.0))
    return joined[[*groups.columns, "corridor_area_m2"]]


def _rest_rows(land_take: LandTake, keys: list[str], groups: pd.DataFrame) -> pd.DataFrame:
    """Return the two rows of ground claimed twice and of ground nobody claims."""
    rows = pd.DataFrame(
        {name: column_or(pd.DataFrame(index=[0, 1]), name, "") for name in keys},
    )
    rows[keys[0]] = pd.Series(["overlap", "uncovered"], dtype=object)
    for name in ("affected_count", "full_count", "partial_count"):
        rows[name] = np.int64(0)
    rows[[name for name in groups if name in ("affected_area_m2", *BASIS_AREAS)]] = 0.0
    rows["overlap_area_m2"] = [float(land_take.cells["overlap_area_m2"].sum()), 0.0]
    rows["uncovered_area_m2"] = [0.0, float(land_take.cells["uncovered_area_m2"].sum())]
    spatial = bool(groups["corridor_area_m2"].notna().all()) and len(groups) > 0
    rows["corridor_area_m2"] = 0.0 if spatial else np.nan
    return rows
