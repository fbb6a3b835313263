"""Easting first, in metres: how the coordinates of a layer are written, read off their size.

In Viet Nam eastings and northings, metres and millimetres share no value, so nothing is
guessed; what was done is told as (rule, message, remedy).
"""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pyproj
import shapely

from geotool import crs
from geotool.sources.records import Note

_LISTED_ROWS = 10

Points = np.ndarray[tuple[int, int], np.dtype[np.float64]]
Shapes = np.ndarray[tuple[int, ...], np.dtype[np.object_]]
Positions = np.ndarray[tuple[int, ...], np.dtype[np.int64]]
Flags = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]


def centres_of(frame: gpd.GeoDataFrame) -> Points:
    """Return the centre of the bounds of each shape, (n, 2), NaN where there is none."""
    bounds = shapely.bounds(frame.geometry.to_numpy())
    return np.asarray((bounds[:, :2] + bounds[:, 2:]) / 2)


@dataclass(frozen=True)
class Straightening:
    """Which points are written in an unusual way, each way with its rows, and what to note."""

    ways: tuple[tuple[crs.Writing, Flags], ...] = ()
    notes: tuple[Note, ...] = ()

    def apply(self, shapes: Shapes, first: int = 0) -> Shapes:
        """Return shapes with easting first, in metres.

        Parameters
        ----------
        shapes
            Shapes of some rows that follow each other.
        first
            Position of the first of them among the points that were judged.
        """
        moved = shapes.copy()
        for writing, rows in self.ways:
            own = rows[first : first + len(shapes)]
            moved[own] = _rewritten(moved[own], writing)
        return moved


def straighten(
    frame: gpd.GeoDataFrame, system: pyproj.CRS
) -> tuple[gpd.GeoDataFrame, tuple[Note, ...]]:
    """Return the layer with easting first, in metres: each shape by the size of its numbers.

    A layer whose bulk is nothing Vietnamese (small local numbers) stays as it is.
    """
    found = judge_points(centres_of(frame), system)
    if found.ways:
        shapes = found.apply(frame.geometry.to_numpy())
        frame = frame.set_geometry(gpd.GeoSeries(shapes, index=frame.index, crs=frame.crs))
    return frame, found.notes


def judge_points(points: Points, system: pyproj.CRS) -> Straightening:
    """Return how the points of a layer are written, see :func:`straighten`."""
    kind = crs.writing_kind(system)
    if kind is None:
        return Straightening()
    written = crs.recognise(points[:, 0], points[:, 1], kind)
    bulk = written.bulk
    if bulk is None:
        return Straightening()
    ways: list[tuple[crs.Writing, Flags]] = []
    notes: list[Note] = []
    for writing in written.ways:
        rows = written.rows(writing)
        if writing == bulk:
            rows = rows | written.apart
        if writing.plain or not rows.any():
            continue
        ways.append((writing, rows))
        notes += _notes_on(writing, rows, written.finite, kind)
    apart = np.flatnonzero(written.apart)
    east, north = bulk.read(points[apart, 0], points[apart, 1])
    apart = apart[~crs.in_country(east, north, system)]
    if len(apart):
        notes.append(_note_apart(points, apart, system))
    return Straightening(tuple(ways), tuple(notes))


def _rewritten(shapes: Shapes, writing: crs.Writing) -> Shapes:
    """Return shapes with easting first, in metres; heights stay as they are."""

    def moved(points: Points) -> Points:
        result = points.copy()
        result[:, 0], result[:, 1] = writing.read(points[:, 0], points[:, 1])
        return result

    shapes = shapes.copy()
    for raised in (False, True):
        rows = shapely.has_z(shapes) == raised
        if rows.any():
            shapes[rows] = shapely.transform(shapes[rows], moved, include_z=raised)
    return shapes


def _notes_on(writing: crs.Writing, rows: Flags, known: Flags, kind: str) -> list[Note]:
    """Return what was done to the rows written in an unusual way."""
    count, all_rows = int(rows.sum()), bool((rows == known).all())
    of = "" if all_rows else f" of {count} rows ({numbered(rows)})"
    notes: list[Note] = []
    if writing.axes == "yx":
        first, second = ("latitude", "longitude") if kind == "degrees" else ("northing", "easting")
        text = f"The coordinates{of} have the {first} first and were exchanged with the {second}."
        notes.append(("axes_order", text, ""))
    if writing.unit == "mm":
        text = f"The coordinates{of} are in millimetres and were divided by 1000."
        notes.append(("unit_scaled", text, ""))
    if writing.zone:
        text = f"The zone number {writing.zone} before the easting{of} was taken off."
        notes.append(("zone_prefix", text, ""))
    return notes


def _note_apart(points: Points, apart: Positions, system: pyproj.CRS) -> Note:
    some = ", ".join(
        f"row {i + 1} ({points[i, 0]:.9g}, {points[i, 1]:.9g})" for i in apart[:_LISTED_ROWS]
    )
    more = f" and {len(apart) - _LISTED_ROWS} more" if len(apart) > _LISTED_ROWS else ""
    text = (
        f"{len(apart)} of {len(points)} rows lie outside Viet Nam in {crs.name_of(system)}, "
        f"unlike the others: {some}{more}."
    )
    return "coordinates_apart", text, ""


def numbered(rows: Flags) -> str:
    """Return the numbers of rows from 1: ``row 3``, ``rows 3, 4 and 12 more``."""
    positions = [str(i + 1) for i in np.flatnonzero(rows)]
    if len(positions) == 1:
        return f"row {positions[0]}"
    more = len(positions) - _LISTED_ROWS
    rest = f" and {more} more" if more > 0 else ""
    return f"rows {', '.join(positions[:_LISTED_ROWS])}{rest}"
