"""Totals that add up, in arrays: the identity every table must satisfy, and groups of a take.

The tables are those of ``take.Take``, as arrays or as the frames of ``parcels.LandTake``.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, Union

import numpy as np
from numpy.typing import NDArray

from geotool.affected.clip import Texts
from geotool.affected.order import natural_rows
from geotool.affected.take import Column, Columns, divide_areas
from geotool.errors import CheckError, UsageError
from geotool.pieces import Numbers, Places
from geotool.rules import Tolerances

if TYPE_CHECKING:
    import pandas as pd

Table: TypeAlias = Union[Columns, "pd.DataFrame"]

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
COUNTS = ("affected_count", "full_count", "partial_count")
_AREAS = ("corridor_area_m2", "affected_area_m2", "overlap_area_m2", "uncovered_area_m2")


class Tables(Protocol):
    """The tables of a land take, columns by name."""

    @property
    def parts(self) -> "Table":
        """One row a parcel and cell."""

    @property
    def parcels(self) -> "Table":
        """One row a touched parcel."""

    @property
    def cells(self) -> "Table":
        """One row a cell."""

    @property
    def spatial(self) -> tuple[str, ...]:
        """Keys of the cells that were given."""


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


def reconcile(take: Tables, tolerances: Tolerances) -> Reconciliation:
    """Check the identity of every cell and of the whole.

    The affected area is summed over parcels, the rest over cells, so the two ways of
    counting check each other.
    """
    areas = [np.asarray(take.cells[name], dtype=np.float64) for name in _AREAS]
    corridor, in_cells, overlap, uncovered = areas
    by_cell = np.abs(corridor - (in_cells - overlap + uncovered))
    affected = float(np.asarray(take.parcels["affected_area_m2"], dtype=np.float64).sum())
    whole, twice, free = (float(column.sum()) for column in (corridor, overlap, uncovered))
    residual = whole - (affected - twice + free)
    allowed = tolerances.area_absolute_m2 + tolerances.area_relative * np.abs(corridor)
    total_allowed = float(allowed.sum()) if len(allowed) else tolerances.area_absolute_m2
    good = bool((by_cell <= allowed).all()) and abs(residual) <= total_allowed
    worst = float(by_cell.max(initial=0.0))
    return Reconciliation(whole, affected, twice, free, residual, worst, good)


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


def areas_by_basis(take: Tables) -> dict[str, float]:
    """Return what of the affected area is recovered, donated and temporary."""
    areas = np.asarray(take.parts["affected_area_m2"], dtype=np.float64)
    divided = divide_areas(areas, np.asarray(take.parts["basis"], dtype=object))
    return {name: float(part.sum()) for name, part in divided.items()}


def group_keys(by: Sequence[str]) -> list[str]:
    """Return the columns of the nouns to group by; UsageError names the known ones."""
    unknown = [name for name in by if name not in GROUP_KEYS]
    if unknown or not by or len(set(by)) < len(by):
        raise UsageError(
            f"Cannot group by: {', '.join(unknown or by) or 'nothing'}.",
            remedy=f"Name each of these at most once: {', '.join(GROUP_KEYS)}.",
        )
    return [GROUP_KEYS[name] for name in by]


def group_take(take: Tables, by: Sequence[str]) -> Columns:
    """Return a land take by group, see :func:`geotool.affected.totals.group_land_take`."""
    keys = group_keys(by)
    rows, whole = _rows(take, keys)
    groups = _Groups.of([rows[name] for name in keys])
    sums: dict[str, Column] = dict(zip(COUNTS, _counts(groups, rows, whole), strict=True))
    areas = np.asarray(take.parts["affected_area_m2"], dtype=np.float64)
    sums["affected_area_m2"] = groups.sum(areas)
    if "basis" in take.spatial:
        divided = divide_areas(areas, np.asarray(take.parts["basis"], dtype=object))
        sums |= {name: groups.sum(part) for name, part in divided.items()}
    names, sums = _with_corridor(groups.names, sums, take, keys)
    order = natural_rows(names)
    table = dict(zip(keys, (column[order] for column in names), strict=True))
    table |= {name: column[order] for name, column in sums.items()}
    return _with_rest(table, keys, take)


@dataclass(frozen=True)
class _Groups:
    """Rows told apart by their keys: the number of each row's group and the keys of each group."""

    number: Places
    names: list[Texts]

    @classmethod
    def of(cls, columns: Sequence[Texts]) -> "_Groups":
        places: dict[tuple[object, ...], int] = {}
        rows = list(zip(*(column.tolist() for column in columns), strict=True))
        number = np.array([places.setdefault(row, len(places)) for row in rows], dtype=np.intp)
        names = [np.empty(len(places), dtype=object) for _ in columns]
        for place, row in enumerate(places):
            for column, cell in zip(names, row, strict=True):
                column[place] = cell
        return cls(number, names)

    def sum(self, values: Numbers) -> Numbers:
        count = len(self.names[0])
        return np.asarray(np.bincount(self.number, weights=values, minlength=count))


def _rows(take: Tables, keys: Sequence[str]) -> tuple[dict[str, Texts], Places]:
    """Return the key columns of the parts as text, and the row of the parcel of each part."""
    ids = np.asarray(take.parts["parcel_id"], dtype=object)
    places = {key: row for row, key in enumerate(take.parcels["parcel_id"])}
    whole = np.array([places.get(key, -1) for key in ids.tolist()], dtype=np.intp)
    parcels = {"take_class": np.asarray(take.parcels["take_class"], dtype=object)}
    parcels["land_type"] = np.asarray(take.parcels["land_type"], dtype=object)
    rows = {name: np.append(cells, "")[whole] for name, cells in parcels.items()}
    for name in ("parcel_id", "weight", *keys):
        if name not in rows:
            rows[name] = np.asarray(take.parts[name])
    for name in keys:
        rows[name] = _texts(
            ["" if _is_missing(cell) else str(cell) for cell in rows[name].tolist()]
        )
    return rows, whole


def _counts(groups: _Groups, rows: Mapping[str, Column], whole: Places) -> list[Column]:
    """Return how many parcels each group has, in all and by class.

    A parcel counts once a group; where all it has there is of negative weight, it counts back.
    """
    weight = np.asarray(rows["weight"], dtype=np.float64)
    order = np.lexsort((-weight, whole, groups.number))
    number, parcel = groups.number[order], whole[order]
    first = np.ones(len(order), dtype=np.bool_)
    first[1:] = (number[1:] != number[:-1]) | (parcel[1:] != parcel[:-1])
    once = np.zeros(len(order))
    once[order[first]] = weight[order[first]]
    classes = rows["take_class"]
    by_class = (np.where(classes == name, once, 0.0) for name in ("full", "partial"))
    return [groups.sum(values).astype(np.int64) for values in (once, *by_class)]


def _with_corridor(
    names: list[Texts], sums: dict[str, Column], take: Tables, keys: Sequence[str]
) -> tuple[list[Texts], dict[str, Column]]:
    """Add what no part has: overlap, ground unclaimed and, by spatial keys, the corridor."""
    count = len(names[0])
    sums |= {"overlap_area_m2": np.zeros(count), "uncovered_area_m2": np.zeros(count)}
    if not set(keys) <= set(take.spatial):
        return names, {**sums, "corridor_area_m2": np.full(count, np.nan)}
    cells = _Groups.of([np.asarray(take.cells[name], dtype=object) for name in keys])
    areas = cells.sum(np.asarray(take.cells["corridor_area_m2"], dtype=np.float64))
    places = {row: place for place, row in enumerate(zip(*names, strict=True))}
    at = np.array([places.get(row, -1) for row in zip(*cells.names, strict=True)], dtype=np.intp)
    joined = {name: np.append(column, column.dtype.type(0))[at] for name, column in sums.items()}
    return cells.names, {**joined, "corridor_area_m2": areas}


def _with_rest(table: dict[str, Column], keys: Sequence[str], take: Tables) -> Columns:
    """Add the two rows of ground claimed twice and of ground nobody claims."""
    rest: dict[str, NDArray[Any]] = {name: np.zeros(2, dtype=table[name].dtype) for name in table}
    rest |= {name: _texts(["", ""]) for name in keys}
    rest[keys[0]] = _texts(["overlap", "uncovered"])
    rest["overlap_area_m2"][0] = np.asarray(take.cells["overlap_area_m2"], dtype=np.float64).sum()
    rest["uncovered_area_m2"][1] = np.asarray(
        take.cells["uncovered_area_m2"], dtype=np.float64
    ).sum()
    corridor = table["corridor_area_m2"]
    spatial = len(corridor) > 0 and not np.isnan(corridor).any()
    rest["corridor_area_m2"][:] = 0.0 if spatial else np.nan
    return {name: np.concatenate([column, rest[name]]) for name, column in table.items()}


def _is_missing(cell: object) -> bool:
    return cell is None or (isinstance(cell, float) and math.isnan(cell))


def _texts(cells: Sequence[str]) -> Texts:
    found = np.empty(len(cells), dtype=object)
    found[:] = cells
    return found
