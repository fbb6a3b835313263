"""Rows of a right of way as takings: on which basis, and each without the ground of the others.

Land is *recovered* by the state for good, *donated* by its holders for good, or used for a
*temporary* time. A blank basis is recovered.
"""

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from geotool import crs
from geotool.errors import GeometryError, SchemaError
from geotool.route.axis import Axis
from geotool.route.bases import BASES, DONATED, RECOVERED
from geotool.route.cuts import polygon_parts
from geotool.schema import Problem, make_problem, name_keys, require_columns, text_column
from geotool.units import natural_key

_LAYER = "right_of_way"


def read_basis(right_of_way: pd.DataFrame) -> pd.Series:
    """Return the basis of each row, index kept; a blank or any other word is ``recovered``."""
    words = text_column(right_of_way, "basis").str.lower()
    return words.where(words.isin(BASES), RECOVERED).rename("basis")


def find_basis_problems(right_of_way: gpd.GeoDataFrame) -> list[Problem]:
    """Return what is doubtful about the bases of rows, one finding a rule.

    ``unknown_basis``, ``donation_without_minutes``, and ``donation_without_ground``: all of a
    donated row is recovered anyway, so that it gives nothing.

    Parameters
    ----------
    right_of_way
        Valid polygons with ``right_of_way_id`` and optionally ``basis`` and ``minutes_no``.

    Raises
    ------
    CrsError, GeometryError, SchemaError
        As in :func:`disjoint_rows`.
    """
    words = text_column(right_of_way, "basis").str.lower()
    unknown = ~words.isin([*BASES, ""])
    donated = read_basis(right_of_way) == DONATED
    unminuted = donated & (text_column(right_of_way, "minutes_no") == "")
    left = np.zeros(len(right_of_way), dtype=np.bool_)
    left[disjoint_rows(right_of_way).index] = True
    named = ", ".join(sorted(set(words[unknown])))
    texts = {
        "unknown_basis": (unknown, f"counted as recovered, their basis is no known word ({named})"),
        "donation_without_minutes": (unminuted, "donated, but no number of minutes is stated"),
        "donation_without_ground": (donated & ~left, "donated, but other rows take all of it"),
    }
    problems = []
    for rule, (rows, text) in texts.items():
        ids = [str(key) for key in right_of_way.loc[rows, "right_of_way_id"]]
        if ids:
            message = f"{len(ids)} row(s) {text}: {name_keys(ids)}."
            key = ids[0] if len(ids) == 1 else ""
            problems.append(make_problem(rule, _LAYER, message, key=key))
    return problems


def keyed_shapes(
    frame: gpd.GeoDataFrame, axes: Sequence[Axis]
) -> list[tuple[str | None, BaseGeometry]]:
    """Return (alignment_id or None, geometry) a row.

    Raises
    ------
    SchemaError
        A row names an alignment that is not among the axes; with no axes any name will do.
    """
    keys = [key or None for key in text_column(frame, "alignment_id")]
    known = {axis.alignment_id for axis in axes}
    unknown = sorted({key for key in keys if key is not None} - known, key=natural_key)
    if axes and unknown:
        raise SchemaError(
            f"alignment_id not among the alignments: {', '.join(unknown)}.",
            remedy=f"Known: {', '.join(sorted(known, key=natural_key))}.",
        )
    return list(zip(keys, frame.geometry, strict=True))


def disjoint_rows(right_of_way: gpd.GeoDataFrame, axes: Sequence[Axis] = ()) -> gpd.GeoDataFrame:
    """Return the rows of a right of way, each without the ground of those before it.

    Recovered rows come first, then donated, then temporary ones, each in natural order of
    ``right_of_way_id``: ground that several rows claim is given once.

    Parameters
    ----------
    right_of_way
        Valid polygons with ``right_of_way_id`` and optionally ``alignment_id`` and ``basis``,
        in a projected CRS.
    axes
        The alignments that rows may name; none for any.

    Returns
    -------
    GeoDataFrame
        ``right_of_way_id, alignment_id`` (None where blank) ``, basis, geometry`` in that
        order; rows that no ground is left to are left out. Together they cover the union. The
        index is the position of each row in `right_of_way`: versions of several alignments
        may repeat an id.

    Raises
    ------
    CrsError, SchemaError
        There is no projected CRS; a column is missing, or an alignment is not there.
    GeometryError
        A row is not a valid polygon.
    """
    require_columns(right_of_way, ["right_of_way_id", "geometry"], _LAYER)
    crs.require_projected(right_of_way, _LAYER)
    ids = [str(key) for key in right_of_way["right_of_way_id"]]
    _require_polygons(right_of_way, ids)
    keyed = keyed_shapes(right_of_way, axes)
    bases = list(read_basis(right_of_way))
    positions: list[int] = []
    rows: list[tuple[str, str | None, str]] = []
    shapes: list[BaseGeometry] = []
    for position in _by_precedence(ids, bases):
        key, shape = keyed[position]
        earlier = [other for other in shapes if shapely.intersects(other, shape)]
        if earlier:
            shape = polygon_parts(shapely.difference(shape, shapely.union_all(earlier)))
        if shape.area > 0:
            positions.append(position)
            rows.append((ids[position], key, bases[position]))
            shapes.append(polygon_parts(shape))
    names = ["right_of_way_id", "alignment_id", "basis"]
    frame = pd.DataFrame(rows, columns=names, index=positions, dtype=object)
    return gpd.GeoDataFrame(frame, geometry=shapes, crs=right_of_way.crs)


def _by_precedence(ids: Sequence[str], bases: Sequence[str]) -> list[int]:
    """Return the positions of rows in the order in which they claim ground."""
    ranks = [(BASES.index(basis), natural_key(key)) for key, basis in zip(ids, bases, strict=True)]
    return sorted(range(len(ranks)), key=ranks.__getitem__)


def _require_polygons(right_of_way: gpd.GeoDataFrame, ids: Sequence[str]) -> None:
    shapes = right_of_way.geometry.to_numpy()
    usable = shapely.is_valid(shapes) & (shapely.get_dimensions(shapes) == 2)
    if not usable.all():
        wrong = ", ".join(key for key, good in zip(ids, usable, strict=True) if not good)
        raise GeometryError(
            f"right_of_way: rows that are not valid polygons: {wrong}.",
            remedy="Repair the polygons.",
        )
