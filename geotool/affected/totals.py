"""Totals that add up, as frames: groups of a land take and of any measured layer."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from geotool.affected.features import FeatureTake
from geotool.affected.order import sort_naturally, text_keys
from geotool.affected.parcels import LandTake
from geotool.affected.sums import COUNTS, GROUP_KEYS, group_take
from geotool.errors import UsageError


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
    groups = group_take(land_take, by)
    return pd.DataFrame({name: pd.Series(c, dtype=c.dtype) for name, c in groups.items()})


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


def sort_groups(groups: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """Return groups in natural order of their keys, the rows that are no names last."""
    return sort_naturally(groups, keys)


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
    return once.groupby(keys, sort=False)[list(COUNTS)].sum().astype(np.int64)
