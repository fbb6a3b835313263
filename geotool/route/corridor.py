"""The right of way: a strip along each alignment, and its exact tiling by section and side."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geotool import crs
from geotool.errors import SchemaError, UsageError
from geotool.route.axis import Axis, require_axes
from geotool.route.bases import BASES, RECOVERED
from geotool.route.cuts import Faces, divide, join_faces, polygon_parts
from geotool.route.locate import Locator
from geotool.route.outline import draw_tapered_strip
from geotool.route.sections import SECTION_COLUMNS
from geotool.route.takings import disjoint_rows, keyed_shapes
from geotool.route.widths import WidthProfile
from geotool.schema import require_columns
from geotool.units import natural_key

_SIDES = ("left", "right")


def make_corridor(
    axes: Sequence[Axis],
    *,
    left_m: float | None = None,
    right_m: float | None = None,
    profiles: Mapping[str, WidthProfile] | None = None,
    frame_crs: object,
) -> gpd.GeoDataFrame:
    """Return the strip of constant widths, or of the widths of a table, along every axis.

    The strip is the union of a polygon a segment and, on the outside of every corner, a wedge
    drawn inside the circle of that width (`outline.draw_tapered_strip`). So it never exceeds its
    widths, its ends are square, and it is valid also where the axis turns tighter than the
    strip is wide.

    Parameters
    ----------
    axes
        The axes.
    left_m, right_m
        Widths in metres on the left and right of increasing chainage; one may be 0.
    profiles
        Instead of both: the widths of every ``alignment_id`` (`widths.read_widths`).
    frame_crs
        CRS of the axes, for the frame returned.

    Returns
    -------
    GeoDataFrame
        The rows of `rows_of_lands`.

    Raises
    ------
    SchemaError
        There is no axis, or the profile of one is missing or 0 everywhere.
    UsageError
        A width is negative or not a number, both are 0, or neither or both of the widths and
        the profiles are given.
    """
    if profiles is None:
        widths = _checked_widths(left_m, right_m)
        profiles = {axis.alignment_id: WidthProfile.constant(axis, *widths) for axis in axes}
    elif left_m is not None or right_m is not None:
        raise UsageError("Both widths and a table of them are given.", remedy="Give one of them.")
    require_axes(axes)
    _check_profiles([axis.alignment_id for axis in axes], profiles)
    lands = {
        axis.alignment_id: draw_tapered_strip(axis, profiles[axis.alignment_id]) for axis in axes
    }
    return rows_of_lands(lands, frame_crs)


def rows_of_lands(lands: Mapping[str, BaseGeometry], frame_crs: object) -> gpd.GeoDataFrame:
    """Return the land drawn along every alignment as rows of a right of way.

    Parameters
    ----------
    lands
        Polygons by ``alignment_id``.
    frame_crs
        Their CRS.

    Returns
    -------
    GeoDataFrame
        ``right_of_way_id, alignment_id, version, basis, geometry``: one row an alignment in
        natural order, ``right_of_way_id`` that of the alignment, version ``1``, basis
        ``recovered``.
    """
    ids = sorted(lands, key=natural_key)
    columns = {"right_of_way_id": ids, "alignment_id": ids, "version": "1", "basis": RECOVERED}
    frame = pd.DataFrame(columns, index=range(len(ids)))
    return gpd.GeoDataFrame(frame, geometry=[lands[key] for key in ids], crs=frame_crs)


def _checked_widths(left_m: float | None, right_m: float | None) -> tuple[float, float]:
    """Return constant widths; refuse those that make no strip."""
    if left_m is None or right_m is None:
        raise UsageError("A width is missing.", remedy="Give left_m and right_m, or profiles.")
    widths = (left_m, right_m)
    if not all(math.isfinite(width) and width >= 0 for width in widths) or not any(widths):
        raise UsageError(
            f"The widths are {left_m:g} m on the left and {right_m:g} m on the right.",
            remedy="Give widths of 0 m or more, at least one above 0.",
        )
    return widths


def _check_profiles(ids: Sequence[str], profiles: Mapping[str, WidthProfile]) -> None:
    """Refuse alignments whose widths are missing or 0 from end to end."""
    missing = [key for key in ids if key not in profiles]
    if missing:
        raise SchemaError(
            f"widths: no widths for alignment {', '.join(missing)}.",
            remedy="Give the widths of every alignment.",
        )
    bare = [key for key in ids if not (profiles[key].left_m.any() or profiles[key].right_m.any())]
    if bare:
        raise SchemaError(
            f"widths: every width is 0 on alignment {', '.join(bare)}.",
            remedy="Give widths of 0 m or more, at least one above 0.",
        )


def split_sections(
    right_of_way: gpd.GeoDataFrame, axes: Sequence[Axis], sections: pd.DataFrame | None
) -> gpd.GeoDataFrame:
    """Return the right of way cut into one cell a section, square to the axis.

    The cells tile the union of all rows exactly and without overlap. Land belongs to the
    section nearest to it on the row's ``alignment_id``, or on the nearest axis where the row
    names none; ends beyond an axis belong to its first and last section. Where rows overlap,
    the land is given once, in the order of :func:`geotool.route.takings.disjoint_rows`. Rows
    of different ``basis`` make cells of their own.

    Parameters
    ----------
    right_of_way
        Valid polygons with ``right_of_way_id`` and optionally ``alignment_id``, in the
        projected CRS of the axes.
    axes
        The axes; with none, every row is one cell without section.
    sections
        The frame of ``alignment.make_sections``; None for one cell an alignment.

    Returns
    -------
    GeoDataFrame
        ``alignment_id, section_id, basis, geometry`` by alignment, chainage and basis.

    Raises
    ------
    SchemaError
        A column is missing, or a row names an alignment that is not there.
    CrsError
        The right of way is not in a projected CRS.
    GeometryError
        A row is not a valid polygon.
    """
    rows = disjoint_rows(right_of_way, axes)
    bases = list(rows["basis"])
    if not axes:
        whole = zip(rows["alignment_id"], bases, rows.geometry, strict=True)
        return _cells([(key, None, basis, shape) for key, basis, shape in whole], rows)
    table = _sections_by_axis(axes, sections)
    bounds = {key: starts[1:] for key, (_, starts) in table.items()}
    pieces = _pieces(_divided(rows, axes, bounds, along=False), bases)
    records = [
        (alignment_id, table[alignment_id][0][interval], BASES[rank], _united(shapes))
        for (alignment_id, interval, rank), shapes in sorted(
            pieces.items(), key=lambda item: (natural_key(item[0][0]), *item[0][1:])
        )
    ]
    return _cells(records, rows)


def _pieces(
    divided: Iterable[tuple[Locator, Faces]], bases: Sequence[str]
) -> dict[tuple[str, int, int], list[BaseGeometry]]:
    """Return the land of each alignment, interval between its cuts and rank of its basis."""
    pieces: dict[tuple[str, int, int], list[BaseGeometry]] = {}
    for basis, (locator, faces) in zip(bases, divided, strict=True):
        for (axis_index, interval), shape in _joined(faces, faces.axis_index, faces.interval):
            key = (locator.axes[axis_index].alignment_id, interval, BASES.index(basis))
            pieces.setdefault(key, []).append(shape)
    return pieces


def split_sides(cells: gpd.GeoDataFrame, axes: Sequence[Axis]) -> gpd.GeoDataFrame:
    """Return cells cut along their axis, which is carried straight on beyond its ends.

    Parameters
    ----------
    cells
        Polygons with ``alignment_id`` (`split_sections`), in the projected CRS of the axes.
    axes
        The axes.

    Returns
    -------
    GeoDataFrame
        The columns of `cells` and ``side``, ``left`` or ``right`` of increasing chainage: up
        to two rows a cell, which tile it exactly. ``side`` is None for cells whose
        ``alignment_id`` is empty.

    Raises
    ------
    SchemaError
        A cell names an alignment that is not there.
    """
    require_columns(cells, ["alignment_id", "geometry"], "cells")
    crs.require_projected(cells, "cells")
    locators = {axis.alignment_id: Locator([axis]) for axis in axes}
    taken: list[int] = []
    sides: list[str | None] = []
    shapes: list[BaseGeometry] = []
    for position, (key, shape) in enumerate(keyed_shapes(cells, axes)):
        if key is None:
            taken, sides, shapes = [*taken, position], [*sides, None], [*shapes, shape]
            continue
        faces = divide(shape, locators[key], {}, along=True)
        for (is_right,), part in _joined(faces, ~faces.is_left):
            taken.append(position)
            sides.append(_SIDES[is_right])
            shapes.append(part)
    frame = cells.iloc[taken].drop(columns=cells.geometry.name).reset_index(drop=True)
    frame["side"] = pd.Series(sides, index=frame.index, dtype=object)
    return gpd.GeoDataFrame(frame, geometry=shapes, crs=cells.crs)


def cut_ranges(
    right_of_way: gpd.GeoDataFrame, axes: Sequence[Axis], ranges: pd.DataFrame
) -> gpd.GeoDataFrame:
    """Return the part of the right of way inside ranges of chainage, by side.

    A range that begins or ends at an end of the axis includes the land beyond that end. Each
    range is measured for itself: ranges that overlap share land.

    Parameters
    ----------
    right_of_way
        As in `split_sections`.
    axes
        The axes, at least one.
    ranges
        ``alignment_id, from_measure_m, to_measure_m`` in any order and ``side``
        (``left``, ``right`` or ``both``); parts of a range beyond the axis are ignored.

    Returns
    -------
    GeoDataFrame
        The rows and index of `ranges` with ``area_m2`` and ``geometry``, an empty polygon
        where there is no land.

    Raises
    ------
    SchemaError
        A column or chainage is missing, a side is another word, or an alignment is not there.
    """
    require_columns(ranges, ["alignment_id", "from_measure_m", "to_measure_m", "side"], "ranges")
    unit = crs.require_projected(right_of_way, "right_of_way")
    _check_ranges(axes, ranges)
    ends = np.sort(ranges[["from_measure_m", "to_measure_m"]].to_numpy(dtype=float), axis=1)
    keys = ranges["alignment_id"].astype(str).to_numpy(dtype=object)
    bounds = {axis.alignment_id: _bounds(axis, ends[keys == axis.alignment_id]) for axis in axes}
    found: list[list[BaseGeometry]] = [[] for _ in range(len(ranges))]
    rows = disjoint_rows(right_of_way, axes)
    sides = ranges["side"].to_numpy(dtype=object)
    for locator, faces in _divided(rows, axes, bounds, along=True):
        for index, axis in enumerate(locator.axes):
            edges = [-math.inf, *bounds[axis.alignment_id], math.inf]
            for row in np.flatnonzero(keys == axis.alignment_id):
                first, last = _interval_span(edges, axis, *ends[row])
                chosen = (faces.axis_index == index) & (faces.interval >= first)
                chosen &= (faces.interval < last) & _on_side(faces, sides[row])
                if chosen.any():
                    found[row].append(join_faces(faces.geometry[chosen]))
    shapes = [_united(parts) if parts else shapely.Polygon() for parts in found]
    result = gpd.GeoDataFrame(ranges.copy(), geometry=shapes, crs=right_of_way.crs)
    result["area_m2"] = shapely.area(np.array(shapes, dtype=object)) * unit**2
    return result


def _divided(
    rows: gpd.GeoDataFrame,
    axes: Sequence[Axis],
    bounds: Mapping[str, Sequence[float]],
    *,
    along: bool,
) -> Iterator[tuple[Locator, Faces]]:
    """Yield the faces of every row, with the axes they belong to."""
    locators: dict[str | None, Locator] = {None: Locator(axes)}
    for axis in axes:
        locators[axis.alignment_id] = Locator([axis])
    for key, shape in zip(rows["alignment_id"], rows.geometry, strict=True):
        locator = locators[key]
        yield locator, divide(shape, locator, bounds, along=along)


def _joined(
    faces: Faces, *keys: NDArray[np.intp] | NDArray[np.bool_]
) -> Iterator[tuple[tuple[int, ...], BaseGeometry]]:
    """Yield the joined faces of every combination of keys, in order of the keys."""
    groups, group_of = np.unique(np.stack(keys, axis=1), axis=0, return_inverse=True)
    for number, group in enumerate(groups):
        chosen = faces.geometry[group_of.reshape(-1) == number]
        yield tuple(int(value) for value in group), join_faces(chosen)


def _united(shapes: Sequence[BaseGeometry]) -> BaseGeometry:
    """Return the union of disjoint polygons."""
    return shapes[0] if len(shapes) == 1 else polygon_parts(shapely.union_all(list(shapes)))


def _sections_by_axis(
    axes: Sequence[Axis], sections: pd.DataFrame | None
) -> dict[str, tuple[list[str | None], list[float]]]:
    """Return the names and first chainages of the sections of every axis, by chainage."""
    table: dict[str, tuple[list[str | None], list[float]]] = {
        axis.alignment_id: ([None], [axis.start_measure_m]) for axis in axes
    }
    if sections is None:
        return table
    require_columns(sections, SECTION_COLUMNS, "sections")
    for key, rows in sections.groupby("alignment_id", sort=False):
        ordered = rows.sort_values("from_measure_m")
        names: list[str | None] = [str(name) for name in ordered["section_id"]]
        table[str(key)] = (names, [float(value) for value in ordered["from_measure_m"]])
    return table


def _cells(
    records: Sequence[tuple[str | None, str | None, str, BaseGeometry]], rows: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Return (alignment_id, section_id, basis, geometry) as a frame in the CRS of the rows."""
    names = ("alignment_id", "section_id", "basis")
    data = {
        name: pd.Series([record[place] for record in records], dtype=object)
        for place, name in enumerate(names)
    }
    return gpd.GeoDataFrame(data, geometry=[record[3] for record in records], crs=rows.crs)


def _check_ranges(axes: Sequence[Axis], ranges: pd.DataFrame) -> None:
    """Refuse ranges on unknown alignments or with an unknown side."""
    require_axes(axes)
    known = {axis.alignment_id for axis in axes}
    unknown = sorted(set(ranges["alignment_id"].astype(str)) - known, key=natural_key)
    words = sorted({str(side) for side in ranges["side"]} - {*_SIDES, "both"})
    blank = ranges[["from_measure_m", "to_measure_m"]].isna().any(axis=1)
    if blank.any():
        raise SchemaError(
            f"ranges: {int(blank.sum())} rows lack a chainage: {list(ranges.index[blank])[:5]}.",
            remedy="Give from_measure_m and to_measure_m.",
        )
    if unknown or words:
        raise SchemaError(
            f"ranges: alignments that are not there: {', '.join(unknown) or 'none'}; "
            f"sides that are not left, right or both: {', '.join(words) or 'none'}.",
            remedy="Correct alignment_id and side.",
        )


def _bounds(axis: Axis, ends: NDArray[np.float64]) -> list[float]:
    """Return the ends of ranges that lie inside an axis, ascending."""
    inside = (ends > axis.start_measure_m) & (ends < axis.end_measure_m)
    return [float(place) for place in np.unique(ends[inside])]


def _interval_span(
    edges: Sequence[float], axis: Axis, low_m: float, high_m: float
) -> tuple[int, int]:
    """Return the first interval of a range and the one after its last."""
    low = -math.inf if low_m <= axis.start_measure_m else low_m
    high = math.inf if high_m >= axis.end_measure_m else high_m
    if low_m >= axis.end_measure_m or high_m <= axis.start_measure_m or low_m == high_m:
        return 0, 0
    return edges.index(low), edges.index(high)


def _on_side(faces: Faces, side: str) -> NDArray[np.bool_]:
    """Return which faces lie on a side; both means all."""
    if side == "both":
        return np.ones(len(faces.is_left), dtype=bool)
    return faces.is_left if side == "left" else ~faces.is_left
