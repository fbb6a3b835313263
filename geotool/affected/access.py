"""Which pieces of land can still be reached: from a road, or from their holder's other land."""

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geotool.affected.guards import flat_shapes
from geotool.affected.order import column_or, text_keys
from geotool.pieces import Places, Shapes
from geotool.rules.severance import ResidualRules

ROAD, OWN_LAND, NONE, UNKNOWN = "road", "own_land", "none", "unknown"

_Holders = frozenset[tuple[str, str]]
_Pairs = tuple[Places, Places]


def open_ways(
    roads: gpd.GeoDataFrame | None, strip: shapely.Geometry, rules: ResidualRules
) -> Shapes | None:
    """Return the shapes that give access, or None where there is nothing to judge by.

    These are the roads outside the strip taken for good, unless they are closed by their
    ``status``, and the strip itself where the rules say that plots open on to it.
    """
    ways = np.array([strip] if rules.access_over_right_of_way else [], dtype=np.object_)
    if roads is None or roads.empty:
        return ways if len(ways) else None
    status = text_keys(column_or(roads, "status", "")).str.strip().str.lower()
    lines = flat_shapes(roads[~status.isin(rules.closed_road_statuses)])
    return np.concatenate([ways, shapely.difference(lines, strip)])


def find_access(
    pieces: gpd.GeoDataFrame,
    ways: Shapes | None,
    untouched: gpd.GeoDataFrame,
    holdings: pd.DataFrame | None,
    reach: float,
) -> NDArray[np.object_]:
    """Return each piece's access: ``road``, ``own_land``, ``none`` or ``unknown``.

    Parameters
    ----------
    pieces
        Pieces of parcels, with parcel_id.
    ways
        From :func:`open_ways`, in the CRS of the pieces.
    untouched
        Parcels that lose nothing, with parcel_id.
    holdings
        Who holds which parcel: parcel_id, holder_kind, holder_id. Or None.
    reach
        How near is near enough, in units of the CRS.
    """
    access = np.full(len(pieces), UNKNOWN if ways is None else NONE, dtype=np.object_)
    shapes = flat_shapes(pieces)
    own, other = _holders_of(holdings, pieces), _holders_of(holdings, untouched)
    beside = _within(shapes, flat_shapes(untouched), reach)
    access[_of_one_holder(beside, own, other)[0]] = OWN_LAND
    if ways is not None:
        access[_within(shapes, ways, reach)[0]] = ROAD
    first, second = _of_one_holder(_within(shapes, shapes, reach), own, own)
    reached = np.isin(access, (ROAD, OWN_LAND))
    while len(gained := np.unique(second[reached[first] & ~reached[second]])):
        access[gained] = OWN_LAND
        reached[gained] = True
    return access


def _within(shapes: Shapes, others: Shapes, reach: float) -> _Pairs:
    """Return the pairs of shapes and others at most ``reach`` apart."""
    first, second = shapely.STRtree(others).query(shapes, predicate="dwithin", distance=reach)
    return first, second


def _of_one_holder(pairs: _Pairs, first: Sequence[_Holders], second: Sequence[_Holders]) -> _Pairs:
    """Return the pairs that have a holder in common."""
    shared = [not first[a].isdisjoint(second[b]) for a, b in zip(*pairs, strict=True)]
    kept = np.array(shared, dtype=np.bool_)
    return pairs[0][kept], pairs[1][kept]


def _holders_of(holdings: pd.DataFrame | None, land: pd.DataFrame) -> list[_Holders]:
    """Return who holds the parcel of each row of ``land``."""
    keys = text_keys(land["parcel_id"])
    if holdings is None:
        return [frozenset()] * len(keys)
    held: dict[str, set[tuple[str, str]]] = {}
    columns = (holdings[name] for name in ("parcel_id", "holder_kind", "holder_id"))
    for parcel_id, kind, holder in zip(*columns, strict=True):
        held.setdefault(parcel_id, set()).add((kind, holder))
    return [frozenset(held.get(key, ())) for key in keys]
