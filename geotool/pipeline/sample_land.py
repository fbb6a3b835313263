"""Land of a sample along its axes: parcels, who holds them, and what is built on them.

Parcels are the cells of a bent lattice: rows along the axis, cut across at irregular places.
Neighbouring cells share every vertex of their common edge, so the cells tile without gaps.
"""

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from shapely import Polygon

from geotool.errors import DataError
from geotool.pipeline.sample_axis import XY, SketchAxis
from geotool.pipeline.sample_draw import Draws

NO_MAP = "none"
_WOBBLE_STEP = 60
_MOSTLY = 0.6

Row = dict[str, Any]


@dataclass(frozen=True)
class Cell:
    """One cell of the lattice: a future parcel and its place along an axis."""

    axis: SketchAxis
    row: int
    number: int
    start: float
    end: float
    low: float
    high: float
    kind: str
    shape: Polygon

    @property
    def place(self) -> tuple[str, int, int]:
        """Words and numbers that name the cell in draws."""
        return (self.axis.alignment_id, self.row, self.number)


@dataclass
class Plot:
    """One parcel being made: its shape, its row of attributes and its holders."""

    cell: Cell | None
    shape: Polygon
    start: float
    axis: SketchAxis
    land_type: str
    commune_id: str
    taken_m2: float = 0.0
    parcel_id: str = ""
    papers: str = "yes"
    holders: list[tuple[str, int, int]] = field(default_factory=list)


def built_count(plan: Mapping[str, Any], total: str) -> int:
    """Return how many the generator places for a published total.

    Raises
    ------
    DataError
        When the sample does not list the total.
    """
    counts = {str(item["total"]): int(item["build"]) for item in plan["published"]}
    if total not in counts:
        raise DataError(
            f"The sample has no [[published]] total {total}.", remedy="Add it with value and build."
        )
    return counts[total]


def kind_at(zones: Sequence[Sequence[Any]], along: float) -> str:
    """Return the kind of land at a distance along an axis."""
    starts = [float(zone[0]) for zone in zones]
    return str(zones[max(bisect_right(starts, along) - 1, 0)][1])


def zone_ranges(
    zones: Sequence[Sequence[Any]], kind: str, length: float
) -> list[tuple[float, float]]:
    """Return the stretches of one kind of land as distances along an axis."""
    starts = [float(zone[0]) for zone in zones]
    ends = [*starts[1:], length]
    return [
        (start, end)
        for zone, start, end in zip(zones, starts, ends, strict=True)
        if zone[1] == kind and start < end
    ]


def make_cells(
    axis: SketchAxis, zones: Sequence[Sequence[Any]], plan: Mapping[str, Any], draws: Draws
) -> list[Cell]:
    """Return the lattice along one axis, without the stretches that have no cadastral map.

    Parameters
    ----------
    plan
        The sample's tables ``parcels`` and ``kinds``.
    """
    options, name = plan["parcels"], axis.alignment_id
    rows = range(len(options["rows_m"]) - 1)
    cuts = {row: _cuts(axis, row, zones, plan, draws) for row in rows}
    edges: dict[int, list[float]] = {edge: [] for edge in range(len(options["rows_m"]))}
    ends: dict[tuple[int, int, int], float] = {}
    for row in rows:
        for number, cut in enumerate(cuts[row]):
            for side in (0, 1):
                lean = options["slant_m"] * draws.signed("slant", name, row, number, side)
                ends[row, number, side] = cut + lean
                edges[row + side].append(cut + lean)
    for stops in edges.values():
        stops.sort()
    lines = _edge_lines(axis, edges, options, draws)
    cells = []
    for row in rows:
        for number, (start, end) in enumerate(zip(cuts[row], cuts[row][1:], strict=False)):
            kind = kind_at(zones, (start + end) / 2)
            if kind == NO_MAP:
                continue
            ring = _side(lines, edges, row, ends[row, number, 0], ends[row, number + 1, 0])
            far = _side(lines, edges, row + 1, ends[row, number, 1], ends[row, number + 1, 1])
            low, high = options["rows_m"][row], options["rows_m"][row + 1]
            shape = Polygon([*ring, *reversed(far)])
            cells.append(Cell(axis, row, number, start, end, low, high, kind, shape))
    return cells


def _cuts(
    axis: SketchAxis,
    row: int,
    zones: Sequence[Sequence[Any]],
    plan: Mapping[str, Any],
    draws: Draws,
) -> list[float]:
    over = float(plan["parcels"]["overrun_m"])
    cuts = [-over]
    while cuts[-1] < axis.length + over:
        low, high = plan["kinds"][kind_at(zones, cuts[-1])]["plot_m"]
        cuts.append(cuts[-1] + draws.between(low, high, "cut", axis.alignment_id, row, len(cuts)))
    return cuts


def _edge_lines(
    axis: SketchAxis, edges: Mapping[int, list[float]], options: Mapping[str, Any], draws: Draws
) -> dict[int, list[XY]]:
    """Return the vertices of every row line, one a stop."""
    lines = {}
    for edge, stops in edges.items():
        line = []
        for stop in stops:
            knot = int(stop // _WOBBLE_STEP)
            share = stop / _WOBBLE_STEP - knot
            before = draws.signed("edge", axis.alignment_id, edge, knot)
            after = draws.signed("edge", axis.alignment_id, edge, knot + 1)
            bend = options["wobble_m"] * (before + share * (after - before))
            line.append(axis.locate(stop, options["rows_m"][edge] + bend))
        lines[edge] = line
    return lines


def _side(
    lines: Mapping[int, list[XY]],
    edges: Mapping[int, list[float]],
    edge: int,
    start: float,
    end: float,
) -> list[XY]:
    stops = edges[edge]
    first = stops.index(start) if start <= end else stops.index(end)
    return lines[edge][first : bisect_right(stops, end)]


def make_plots(
    cells: Sequence[Cell],
    organisations: Sequence[Mapping[str, Any]],
    plan: Mapping[str, Any],
    draws: Draws,
    commune_of: Callable[[Sequence[Polygon]], list[str]],
) -> list[Plot]:
    """Return household plots and organisations' plots, in order along the axes.

    Cells that lie mostly in an organisation's block give way to it; those that lie partly in it
    stay, and overlap it as they do in old archives.
    """
    axes = {cell.axis.alignment_id: cell.axis for cell in cells}
    blocks = _blocks(organisations, axes, commune_of)
    kept = _outside(cells, [plot.shape for plot in blocks])
    plots = [
        Plot(
            cell,
            cell.shape,
            cell.start,
            cell.axis,
            draws.choose(plan["kinds"][cell.kind]["land_types"], "land", *cell.place),
            commune,
        )
        for cell, commune in zip(kept, commune_of([cell.shape for cell in kept]), strict=True)
    ]
    plots += blocks
    order = {name: place for place, name in enumerate(axes)}
    plots.sort(key=lambda plot: (order[plot.axis.alignment_id], plot.start))
    _number_plots(plots, plan["parcels"], draws)
    return plots


def _blocks(
    organisations: Sequence[Mapping[str, Any]],
    axes: Mapping[str, SketchAxis],
    commune_of: Callable[[Sequence[Polygon]], list[str]],
) -> list[Plot]:
    """Return the organisations' plots."""
    plots = []
    for item in organisations:
        for name, start, end, low, high, land_type in item["blocks"]:
            shape = axes[name].block(start, end, low, high)
            commune = commune_of([shape])[0]
            plots.append(Plot(None, shape, float(start), axes[name], land_type, commune))
            plots[-1].holders.append((str(item["id"]), 1, 1))
    return plots


def _outside(cells: Sequence[Cell], blocks: Sequence[Polygon]) -> list[Cell]:
    """Return the cells that lie mostly outside every block."""
    shapes = np.array([cell.shape for cell in cells], dtype=object)
    inside = np.zeros(len(cells))
    for block in blocks:
        inside = np.maximum(inside, shapely.area(shapely.intersection(shapes, block)))
    few = inside < _MOSTLY * shapely.area(shapes)
    return [cell for cell, keep in zip(cells, few, strict=True) if keep]


def _number_plots(plots: Sequence[Plot], options: Mapping[str, Any], draws: Draws) -> None:
    sheets: dict[tuple[str, int, str], int] = {}
    counts: dict[int, int] = {}
    for plot in plots:
        kilometre = int(plot.start // options["sheet_length_m"])
        place = (plot.axis.alignment_id, kilometre, plot.commune_id)
        sheet = sheets.setdefault(place, len(sheets) + 1)
        counts[sheet] = counts.get(sheet, 0) + 1
        plot.parcel_id = f"{sheet}-{counts[sheet]}"
        plot.papers = draws.choose(options["papers"], "papers", plot.parcel_id)


def measure_taken(plots: Sequence[Plot], strips: Sequence[Polygon]) -> None:
    """Note on each plot how much of it lies in the strips, in CRS units squared."""
    strip = shapely.union_all(np.array(strips, dtype=object))
    shapely.prepare(strip)
    shapes = np.array([plot.shape for plot in plots], dtype=object)
    near = np.nonzero(shapely.intersects(strip, shapes))[0]
    for index, area in zip(
        near, shapely.area(shapely.intersection(shapes[near], strip)), strict=True
    ):
        plots[int(index)].taken_m2 = float(area)


def parcel_rows(plots: Sequence[Plot], names: Mapping[str, str], draws: Draws) -> list[Row]:
    """Return the rows of ``parcels``; the area in the papers differs a little from the drawn."""
    rows = []
    for plot in plots:
        sheet_no, parcel_no = plot.parcel_id.split("-")
        rows.append(
            {
                "parcel_id": plot.parcel_id,
                "sheet_no": sheet_no,
                "parcel_no": parcel_no,
                "land_type": plot.land_type,
                "document_area_m2": _document_area(plot, draws),
                "commune_id": plot.commune_id,
                "papers": plot.papers,
                "note": names["parcel_note"] if draws.chance(1, "note", plot.parcel_id) else None,
                "geometry": plot.shape,
            }
        )
    return rows


def _document_area(plot: Plot, draws: Draws) -> float | None:
    if plot.papers == "no":
        return None
    kind = draws.below(100, "paper area", plot.parcel_id)
    scale = {0: 60, 1: -80}.get(kind, 4 if kind < 40 else 0)
    share = 1.0 + scale * draws.signed("paper scale", plot.parcel_id) / 1000.0
    return round(plot.shape.area * share, 1)


def strip_of(axis: SketchAxis, half_width: float) -> Polygon:
    """Return the strip of constant width along an axis, ending square."""
    strip = axis.line.buffer(half_width, quad_segs=32, cap_style="flat")
    if not isinstance(strip, Polygon):
        raise DataError(f"Sample axis {axis.alignment_id}: its strip is not one area.")
    return strip
