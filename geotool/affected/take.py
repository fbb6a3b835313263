"""Land take in arrays: what every parcel loses to every cell of a right of way.

The frames of ``parcels`` are made of these arrays; a question that prints areas alone needs no
frame at all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geotool.affected.areas import Directed, direct_edges, edges_of
from geotool.affected.clip import (
    CELL_KEYS,
    Cells,
    Cut,
    Texts,
    cut_polygons,
    join_cut,
    number_runs,
    sum_cut,
    union_by,
)
from geotool.affected.coverage import measure_claims
from geotool.affected.order import natural_places
from geotool.pieces import Numbers, Places, Shapes
from geotool.route.bases import BASES, TEMPORARY
from geotool.rules import Tolerances

Column = NDArray[Any]
Columns = Mapping[str, Column]

TEXT_COLUMNS = ("sheet_no", "parcel_no", "land_type", "commune_id", "papers")
BASIS_AREAS = tuple(f"{basis}_area_m2" for basis in BASES)
"""Columns that divide an affected area by the basis of its taking."""


@dataclass(frozen=True)
class Take:
    """A land take as tables of arrays; the columns are those of ``parcels.LandTake``.

    Parameters
    ----------
    parts, parcels, cells
        Column name -> values: one a parcel and cell, one a touched parcel in natural order,
        one a cell.
    spatial
        Which of the keys of the cells were given; basis where not all land is recovered.
    ground
        What was measured, for the shapes.
    """

    parts: Columns
    parcels: Columns
    cells: Columns
    spatial: tuple[str, ...]
    ground: "Ground"

    def part_shapes(self) -> Shapes:
        """Return the shared polygon of each part."""
        ground = self.ground
        return join_cut(ground.cut, ground.shapes, ground.cells, ground.pairs)

    def parcel_shapes(self) -> Shapes:
        """Return the affected polygon of each touched parcel."""
        shape, cell = self.ground.pairs
        claimed = self.ground.cells.weights[cell] > 0
        touched, owner = number_runs(shape[claimed])
        return union_by(self.part_shapes()[claimed], owner, len(touched))


@dataclass(frozen=True)
class Ground:
    """Touched parcels in natural order, how they were cut, and which (parcel, cell) pairs count."""

    shapes: Shapes
    cut: Cut
    cells: Cells
    pairs: tuple[Places, Places]


def measure_take(
    columns: Mapping[str, Sequence[Any] | Column],
    shapes: Shapes,
    cells: Cells,
    *,
    tolerances: Tolerances,
) -> Take:
    """Measure what every parcel loses to every cell.

    Parameters
    ----------
    columns
        ``parcel_id``, unique text, and optionally ``TEXT_COLUMNS`` (None for empty) and
        document_area_m2, a cell a parcel. Parcels away from the cells may be left out.
    shapes
        The parcels, valid flat polygons in the coordinates of the cells.
    cells
        The cells of the right of way.
    tolerances
        As for ``parcels.measure_land_take``.
    """
    directed = direct_edges(shapes)
    cut = cut_polygons(shapes, cells, edges_of(shapes, directed))
    met = np.zeros(len(shapes), dtype=np.bool_)
    met[cut.shape] = True
    drawn = directed.select(met[directed.owner])
    return make_take(columns, shapes, cut, cells, tolerances=tolerances, directed=drawn)


def make_take(
    columns: Mapping[str, Sequence[Any] | Column],
    shapes: Shapes,
    cut: Cut,
    cells: Cells,
    *,
    tolerances: Tolerances,
    directed: Directed | None = None,
) -> Take:
    """Return the take of parcels that were cut already; else as :func:`measure_take`.

    ``directed`` are the edges of the parcels that the cut meets, where they are known.
    """
    met, _ = number_runs(cut.shape)
    order = met[natural_places([str(columns["parcel_id"][place]) for place in met])]
    chosen = {name: _pick(column, order) for name, column in columns.items()}
    cut = _renumbered(cut, order)
    shape, cell, areas_m2 = sum_cut(cut, cells)
    kept = areas_m2 > tolerances.area_absolute_m2
    shape, cell, areas_m2 = shape[kept], cell[kept], areas_m2[kept]
    ground = Ground(shapes[order], cut, cells, (shape, cell))
    parts = _parts(chosen, cells, shape, cell, areas_m2)
    return Take(
        parts=parts,
        parcels=_parcels(chosen, ground, parts, tolerances),
        cells=_cells(ground, areas_m2, directed),
        spatial=cells.given,
        ground=ground,
    )


def divide_areas(areas: Numbers, bases: Texts) -> dict[str, Numbers]:
    """Return affected areas divided by basis: ``BASIS_AREAS``, which add up to them."""
    return {f"{basis}_area_m2": np.where(bases == basis, areas, 0.0) for basis in BASES}


def settle_remainders(drawn_m2: Numbers, left_m2: Numbers, tolerances: Tolerances) -> Numbers:
    """Return what is left of drawn areas: 0 where so little is left that all counts as taken."""
    least = np.maximum(tolerances.full_share_relative * drawn_m2, tolerances.area_absolute_m2)
    return np.where(left_m2 <= least, 0.0, left_m2)


def _renumbered(cut: Cut, order: Places) -> Cut:
    """Return a cut whose shapes are numbered by their place in ``order``."""
    places = np.zeros(int(order.max(initial=-1)) + 1, dtype=np.intp)
    places[order] = np.arange(len(order))
    shape = places[cut.shape] if len(cut.shape) else cut.shape
    rows = np.lexsort((cut.piece, shape))
    return Cut(shape[rows], cut.piece[rows], cut.areas[rows])


def _pick(column: Sequence[Any] | Column, places: Places) -> Column:
    """Return the cells at some places, text without None."""
    if isinstance(column, np.ndarray) and column.dtype.kind == "f":
        return column[places]
    cells = column if isinstance(column, np.ndarray) else np.empty(len(column), dtype=np.object_)
    if cells is not column:
        cells[:] = column
    picked = cells[places].astype(np.object_)
    picked[[cell is None for cell in picked.tolist()]] = ""
    return picked


def _parts(
    columns: Columns, cells: Cells, shape: Places, cell: Places, areas_m2: Numbers
) -> Columns:
    weight = cells.weights[cell]
    keys = {name: cells.columns[name][cell] for name in CELL_KEYS}
    if "commune_id" not in cells.given:
        own = columns.get("commune_id")
        keys["commune_id"] = _blank(len(shape)) if own is None else own[shape]
    return {
        "parcel_id": columns["parcel_id"][shape],
        **keys,
        "weight": weight,
        "basis": cells.columns["basis"][cell],
        "affected_area_m2": weight * areas_m2,
    }


def _parcels(columns: Columns, ground: Ground, parts: Columns, tolerances: Tolerances) -> Columns:
    """Return one row a touched parcel with its affected and its drawn area."""
    cells, areas = ground.cells, parts["affected_area_m2"]
    shape, cell = ground.pairs
    count = len(ground.shapes)
    touched, _ = number_runs(shape[cells.weights[cell] > 0])
    rows: dict[str, Column] = {"parcel_id": columns["parcel_id"][touched]}
    for name in TEXT_COLUMNS:
        own = columns.get(name)
        rows[name] = _blank(len(touched)) if own is None else own[touched]
    if "commune_id" not in columns:
        rows["commune_id"] = _main_communes(parts, shape, touched)
    empty = np.full(count, np.nan)
    rows["document_area_m2"] = columns.get("document_area_m2", empty)[touched]
    rows["drawn_area_m2"] = cells.areas_m2(ground.shapes[touched])
    rows["affected_area_m2"] = np.bincount(shape, weights=areas, minlength=count)[touched]
    if "basis" in cells.given:
        for name, own_areas in divide_areas(areas, parts["basis"]).items():
            rows[name] = np.bincount(shape, weights=own_areas, minlength=count)[touched]
    return {**rows, **_classify(rows, tolerances)}


def _classify(rows: Columns, tolerances: Tolerances) -> Columns:
    drawn = rows["drawn_area_m2"]
    used = rows.get("temporary_area_m2", np.zeros(len(drawn)))
    lost = rows["affected_area_m2"] - used
    left = settle_remainders(drawn, drawn - lost, tolerances)
    kept = (used > 0) & (lost <= tolerances.area_absolute_m2)
    classes = np.select([kept, left == 0.0], [TEMPORARY, "full"], "partial").astype(object)
    share = np.where(left == 0.0, 1.0, lost / drawn)
    return {"remainder_m2": left, "taken_share": share, "take_class": classes}


def _main_communes(parts: Columns, shape: Places, touched: Places) -> Texts:
    """Return the commune with the largest part of each parcel; the first part on a tie."""
    claimed = np.flatnonzero(parts["weight"] > 0)
    order = claimed[np.lexsort((-parts["affected_area_m2"][claimed], shape[claimed]))]
    firsts = np.searchsorted(shape[order], touched)
    found: Texts = parts["commune_id"][order[firsts]]
    return found


def _cells(ground: Ground, areas_m2: Numbers, directed: Directed | None) -> Columns:
    """Return the identity of every cell: corridor = affected - overlap + uncovered."""
    cells = ground.cells
    affected = np.bincount(ground.pairs[1], weights=areas_m2, minlength=len(cells.shapes))
    claimed, free = measure_claims(ground.shapes, ground.cut, cells, directed)
    return {
        **{name: cells.columns[name] for name in CELL_KEYS},
        "weight": cells.weights,
        "basis": cells.columns["basis"],
        "corridor_area_m2": cells.areas_m2(cells.shapes) * cells.weights,
        "affected_area_m2": affected * cells.weights,
        "overlap_area_m2": np.maximum(affected - claimed, 0.0) * cells.weights,
        "uncovered_area_m2": free * cells.weights,
    }


def _blank(count: int) -> Texts:
    return np.full(count, "", dtype=np.object_)
