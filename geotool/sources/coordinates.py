"""Columns of a table -> shapes: lon and lat, VN-2000 X and Y, or well-known text.

In Vietnamese tables X is the northing and Y the easting. Over all zones of VN-2000 northings
and eastings share no value, so a value above the bound of ``layers/rules/coordinates.toml``
is a northing whatever its column is called. Millimetres, zone numbers before the easting,
degrees in columns X and Y, and degrees with minutes are recognised too, and told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from geotool import crs, rules
from geotool.aliases import coordinate_names, name_forms, normalise_name
from geotool.errors import CrsError, SchemaError
from geotool.sources import orientation
from geotool.sources.pairs import BoolArray, FloatArray, parse_pairs
from geotool.sources.planned import COORDINATES
from geotool.sources.records import AUTO, ReadOptions

LON_LAT_CRS = "EPSG:4326"
_PAIRS = (("lon", "lat"), ("easting", "northing"), ("y", "x"))

ShapeArray = np.ndarray[tuple[int, ...], np.dtype[np.object_]]
Remark = tuple[int, str, str]


@dataclass(frozen=True)
class Columns:
    """Which columns hold the place of a row.

    ``kind`` is "lonlat", "plane" or "wkt". For points ``east`` and ``north`` are the columns
    of the first and second coordinate; ``literal`` tells that the columns say easting and
    northing, not X and Y. For text ``east`` is the column and ``north`` the same.
    """

    kind: str
    east: str
    north: str
    literal: bool = True


@dataclass(frozen=True)
class Placed:
    """Rows with shapes, and what was noticed: (row position or -1, rule, message)."""

    frame: pd.DataFrame
    columns: Columns
    remarks: list[Remark] = field(default_factory=list)
    error: CrsError | None = None


def find_columns(
    names: Sequence[str],
    *,
    plane: bool = False,
    project_dir: Path | None = None,
    named: Mapping[str, str] | None = None,
) -> Columns | None:
    """Return the columns that hold the place of a row, None when there are none.

    Longitude and latitude win over plane coordinates, these over well-known text.

    Parameters
    ----------
    names
        Column names of the table.
    plane
        The system named is a plane one: plane coordinates win over longitude and latitude.
    project_dir
        The project whose own aliases apply.
    named
        Columns that a planner named by meaning (lon, lat, x, y, easting, northing, wkt):
        only these count when there are any.

    Raises
    ------
    SchemaError
        When two columns could both be the same coordinate.
    """
    found = {meaning: [name] for meaning, name in (named or {}).items() if meaning in COORDINATES}
    found = found or _by_meaning(names, project_dir)
    for east, north in (*_PAIRS[1:], _PAIRS[0]) if plane else _PAIRS:
        if east in found and north in found:
            kind = "lonlat" if east == "lon" else "plane"
            return Columns(kind, _only(found, east), _only(found, north), literal=east != "y")
    if "wkt" in found:
        column = _only(found, "wkt")
        return Columns("wkt", column, column)
    return None


def _by_meaning(names: Sequence[str], project_dir: Path | None) -> dict[str, list[str]]:
    meanings = coordinate_names(project_dir=project_dir)
    found: dict[str, list[str]] = {}
    for name in names:
        meaning = meanings.get(normalise_name(str(name)))
        if meaning is not None:
            found.setdefault(meaning, []).append(str(name))
    if not found:
        for name in names:
            forms = name_forms(str(name), project_dir=project_dir)
            meaning = next((meanings[form] for form in forms if form in meanings), None)
            if meaning is not None:
                found.setdefault(meaning, []).append(str(name))
    return found


def place_rows(table: pd.DataFrame, columns: Columns, options: ReadOptions) -> Placed:
    """Return the table with shapes instead of its coordinate columns.

    Parameters
    ----------
    table
        Rows with text or numbers in the coordinate columns: ``1998742.87``,
        ``1998742,87`` and ``1.998.742,87`` are one number.
    columns
        See :func:`find_columns`.
    options
        ``src_crs`` is the CRS of the coordinates; needed except for lon and lat, which are
        WGS 84 without it.

    Returns
    -------
    Placed
        One row a row of the table, same order. A row without coordinates has no shape; a row
        whose coordinates cannot be used has none either and a remark ``bad_coordinate``.
        When the CRS is missing or does not fit, the frame has none and ``error`` says why;
        when it is still to be found (``auto``) it has none and no error.

    Raises
    ------
    SchemaError
        When the cells contradict each other about the decimal mark.
    """
    system, error = None, None
    searched = options.src_crs == AUTO and columns.kind != "lonlat"
    try:
        system = None if searched else _system(columns, options)
    except CrsError as caught:
        error = caught
    vietnamese = system is None or crs.is_vn2000(system)
    shapes, remarks = shapes_of(
        table, columns, vietnamese=vietnamese, project_dir=options.project_dir
    )
    rest = table.drop(columns=[columns.east, columns.north])
    frame = gpd.GeoDataFrame(rest, geometry=shapes, crs=system)
    return Placed(frame, columns, remarks, error)


def shapes_of(
    table: pd.DataFrame, columns: Columns, *, vietnamese: bool, project_dir: Path | None = None
) -> tuple[ShapeArray, list[Remark]]:
    """Return one shape or None a row, and remarks (row position or -1, rule, message).

    Parameters
    ----------
    table, columns, project_dir
        See :func:`place_rows`.
    vietnamese
        The coordinates are VN-2000: X is north, and exchanged columns are recognised.
    """
    if columns.kind == "wkt":
        return _from_text(table[columns.east])
    return _points(table, columns, vietnamese, project_dir)


def _system(columns: Columns, options: ReadOptions) -> pyproj.CRS:
    if options.src_crs not in (None, AUTO):
        system = crs.resolve(str(options.src_crs), province=options.province)
        if columns.kind == "lonlat" and not system.is_geographic:
            raise CrsError(
                f"columns {columns.east}, {columns.north} are degrees, but "
                f"{crs.name_of(system)} is not a longitude/latitude system.",
                remedy="Leave out --src-crs: longitude and latitude mean WGS 84.",
            )
        return system
    if columns.kind == "lonlat":
        return crs.resolve(LON_LAT_CRS)
    raise CrsError(
        f"the table has coordinates ({columns.east}, {columns.north}) but does not say in which "
        "coordinate reference system."
    )


def _from_text(cells: "pd.Series[Any]") -> tuple[ShapeArray, list[Remark]]:
    shapes = np.full(len(cells), None, dtype=object)
    remarks: list[Remark] = []
    for position, cell in enumerate(cells):
        text = None if pd.isna(cell) else str(cell).strip()
        shape = _shape_of(text) if text else None
        shapes[position] = shape
        if text and shape is None:
            remarks.append((position, "bad_coordinate", f"'{text[:40]}' is no well-known text."))
    return shapes, remarks


def _shape_of(text: str) -> shapely.Geometry | None:
    try:
        return shapely.from_wkt(text, on_invalid="ignore")
    except NotImplementedError:  # curves
        return None


def _points(
    table: pd.DataFrame, columns: Columns, vietnamese: bool, project_dir: Path | None
) -> tuple[ShapeArray, list[Remark]]:
    east_cells, north_cells = table[columns.east], table[columns.north]
    east, north, empty = parse_pairs(east_cells, north_cells, plane=columns.kind == "plane")
    bad = ~empty & ~(np.isfinite(east) & np.isfinite(north))
    remarks = [
        (
            int(i),
            "bad_coordinate",
            f"{columns.east} = {east_cells.iloc[i]!r}, {columns.north} = {north_cells.iloc[i]!r} "
            f"are not two {'angles' if columns.kind == 'lonlat' else 'numbers'}.",
        )
        for i in np.flatnonzero(bad)
    ]
    bound = _northing_bound(project_dir) if vietnamese else None
    east, north, extra = _straightened(east, north, columns, bound)
    remarks += extra
    for position, rule, _ in remarks:
        if rule == "bad_coordinate":
            bad[position] = True
    shapes = np.full(len(table), None, dtype=object)
    good = ~empty & ~bad
    shapes[good] = shapely.points(east[good], north[good])
    return shapes, remarks


def _straightened(
    east: FloatArray, north: FloatArray, columns: Columns, bound: float | None
) -> tuple[FloatArray, FloatArray, list[Remark]]:
    """Return longitudes and latitudes, or eastings and northings in metres."""
    if columns.kind == "lonlat" or (bound is not None and _are_degrees(east, north)):
        return _longitudes_first(east, north, columns)
    if bound is None:
        return _oriented(east, north, columns, None)
    east, north, remarks = _in_metres(east, north)
    east, north, turned = _oriented(east, north, columns, bound)
    return east, north, remarks + turned


def _are_degrees(east: FloatArray, north: FloatArray) -> bool:
    """Return whether numbers in columns of plane coordinates are degrees within Viet Nam."""
    return crs.recognise(east, north, "degrees").bulk is not None


def _longitudes_first(
    east: FloatArray, north: FloatArray, columns: Columns
) -> tuple[FloatArray, FloatArray, list[Remark]]:
    """Return longitudes and latitudes; rows that can only be the other way round are turned."""
    written = crs.recognise(east, north, "degrees")
    turned = written.rows(written.ways[1])
    if not turned.any():
        return east, north, []
    rows = "" if turned[written.finite].all() else f" in {orientation.numbered(turned)}"
    text = (
        f"{columns.east} holds latitudes and {columns.north} longitudes{rows}: they were exchanged."
    )
    remarks = [(-1, "axes_order", text)] if columns.kind == "lonlat" or columns.literal else []
    return np.where(turned, north, east), np.where(turned, east, north), remarks


def _in_metres(east: FloatArray, north: FloatArray) -> tuple[FloatArray, FloatArray, list[Remark]]:
    """Return metres without zone numbers; which column holds which is left as it is."""
    written = crs.recognise(east, north, "utm")
    remarks: list[Remark] = []
    if written.bulk is None:
        return east, north, remarks
    east, north = east.copy(), north.copy()
    for writing in written.ways:
        rows = written.rows(writing)
        if (writing.unit == "m" and not writing.zone) or not rows.any():
            continue
        first, second = writing.read(east[rows], north[rows])
        turned = writing.axes == "yx"
        east[rows], north[rows] = (second, first) if turned else (first, second)
        of = "" if rows[written.finite].all() else f" of {orientation.numbered(rows)}"
        if writing.unit == "mm":
            text = f"The coordinates{of} are in millimetres and were divided by 1000."
            remarks.append((-1, "unit_scaled", text))
        if writing.zone:
            text = f"The zone number {writing.zone} before the easting{of} was taken off."
            remarks.append((-1, "zone_prefix", text))
    return east, north, remarks


def _oriented(
    east: FloatArray, north: FloatArray, columns: Columns, bound: float | None
) -> tuple[FloatArray, FloatArray, list[Remark]]:
    """Return eastings and northings, each row turned by its own values.

    ``bound`` is the value above which a VN-2000 coordinate is a northing, None elsewhere.
    """
    if bound is None:
        if columns.literal:
            return east, north, []
        note = f"X ({columns.north}) was read as easting: the CRS is not VN-2000."
        return north, east, [(-1, "axes_order", note)]
    known = np.isfinite(east) & np.isfinite(north)
    turned = known & (east > bound) & (north <= bound)
    unclear = known & ((east > bound) == (north > bound))
    remarks = [
        (
            int(i),
            "bad_coordinate",
            f"{columns.north} = {north[i]:.2f}, {columns.east} = {east[i]:.2f}: one must be "
            f"a northing (above {bound:.0f} m), the other an easting.",
        )
        for i in np.flatnonzero(unclear)
    ]
    if turned.any():
        remarks.append((-1, "axes_order", _turned_note(turned, known, columns)))
    return np.where(turned, north, east), np.where(turned, east, north), remarks


def _turned_note(turned: BoolArray, known: BoolArray, columns: Columns) -> str:
    text = f"{columns.east} holds northings and {columns.north} eastings"
    if int(turned.sum()) == int(known.sum()):
        return f"{text}: the columns are the other way round and were exchanged."
    rows = ", ".join(str(i + 1) for i in np.flatnonzero(turned)[:10])
    return f"{text} in {int(turned.sum())} rows (row {rows}): these rows were exchanged."


def _northing_bound(project_dir: Path | None) -> float:
    rule = rules.load_rule("coordinates", project_dir=project_dir)
    return float(rule.values["vn2000"]["northing_above_m"])


def _only(found: Mapping[str, Sequence[str]], meaning: str) -> str:
    names = found[meaning]
    if len(names) > 1:
        raise SchemaError(
            f"columns {', '.join(names)} could all be the {meaning} of a row.",
            remedy="Keep or name one of them.",
        )
    return names[0]
