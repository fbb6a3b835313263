"""Axes of alignments, directed by increasing chainage, and the sections they are cut into."""

from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geotool import crs
from geotool.errors import SchemaError, UsageError
from geotool.route.axis import Axis, is_blank, join_line, read_metres, require_axes
from geotool.route.calibration import Post, Stationing, make_zones
from geotool.route.known_labels import (
    calibration_intervals,
    find_calibration_problems,
    place_posts,
    read_equations,
    read_posts,
)
from geotool.route.sections import SECTION_COLUMNS, cut_at_steps, place_named, section_frame
from geotool.rules.stationing import load_stationing_rules
from geotool.schema import require_columns
from geotool.units import KILOMETRE_M, natural_key

__all__ = [
    "SECTION_COLUMNS",
    "Axis",
    "assign_sections",
    "calibration_intervals",
    "find_calibration_problems",
    "make_axes",
    "make_axis_lines",
    "make_sections",
    "measure_section_lengths",
    "section_of",
    "select_axis",
]


def make_axes(
    alignments: gpd.GeoDataFrame,
    *,
    equations: pd.DataFrame | None = None,
    posts: gpd.GeoDataFrame | None = None,
    anchor_post_m: float | None = None,
) -> list[Axis]:
    """Return one axis an alignment, in natural order of ``alignment_id``.

    Parts of a multi-part line are joined where their ends meet. ``start_chainage`` (metres or
    a label; default 0, or what the posts say) labels the first drawn vertex; with ``direction``
    ``down`` chainage falls along the drawing. Equations and posts make the zones of the axes
    (``calibration.make_zones``).

    Parameters
    ----------
    alignments
        Lines with ``alignment_id`` and optionally ``name``, ``start_chainage``, ``direction``,
        in a projected CRS of any unit.
    equations
        Breaks of the labels: ``back`` and ``ahead`` (metres or labels, both in the direction of
        increasing chainage) and ``alignment_id``, which one axis alone does not need.
    posts
        Points of known ``chainage``, in the CRS of the alignments; optionally ``zone`` where
        the label stands more than once, ``post_id``, and ``alignment_id`` as above.
    anchor_post_m
        A post so near the first drawn vertex stands for its ``start_chainage``, in metres; None
        for geotool's own limit.

    Raises
    ------
    SchemaError
        A column is missing, a key repeats, a direction is neither ``up`` nor ``down``, or
        equations or posts contradict each other or the axis.
    CrsError
        A frame has no CRS, is in longitude and latitude, or the posts are in another one.
    GeometryError
        An alignment is not one line; the message gives the gaps in metres.
    """
    require_columns(alignments, ["alignment_id", "geometry"], "alignments")
    metres_per_unit = crs.require_projected(alignments, "alignments")
    ids = _unique_ids(alignments)
    if posts is not None:
        crs.require_same({"alignments": alignments, "chainage_posts": posts})
    equations_of, posts_of = read_equations(equations, ids), read_posts(posts, ids)
    if anchor_post_m is None:
        anchor_post_m = load_stationing_rules().anchor_post_m
    axes = []
    for key, row in zip(ids, alignments.to_dict("records"), strict=True):
        plain, anchor = _plain_axis(key, row, metres_per_unit)
        own = place_posts(plain, posts_of.get(key, []))
        stated = None if own and is_blank(row.get("start_chainage")) else anchor
        known = Stationing(key, plain.length_m, stated, tuple(equations_of.get(key, ())), own)
        zones = make_zones(known, anchor_post_m=anchor_post_m)
        axes.append(replace(plain, start_measure_m=zones[0].measure_m[0], zones=zones))
    return sorted(axes, key=lambda axis: natural_key(axis.alignment_id))


def select_axis(axes: Sequence[Axis], alignment_id: str | None) -> Axis:
    """Return the named axis, or the only one when no name is given.

    Raises
    ------
    SchemaError
        There is no alignment at all.
    UsageError
        The name is unknown, or none is given and there are several.
    """
    require_axes(axes)
    known = ", ".join(sorted((axis.alignment_id for axis in axes), key=natural_key))
    if alignment_id is None:
        if len(axes) == 1:
            return axes[0]
        raise UsageError(
            f"There are {len(axes)} alignments and none was chosen.",
            remedy=f"Choose one by its alignment_id: {known}.",
        )
    for axis in axes:
        if axis.alignment_id == alignment_id:
            return axis
    raise UsageError(f"There is no alignment '{alignment_id}'.", remedy=f"Known: {known}.")


def make_sections(axes: Sequence[Axis], *, table: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return the sections of all axes: a named table, or else cuts at whole kilometres.

    Parameters
    ----------
    axes
        The axes to cut.
    table
        Sections by name: ``section_id``, ``from_chainage``, ``to_chainage`` (metres or labels;
        blank at the ends means the end of the axis) and ``alignment_id``, which one axis alone
        does not need. The sections of an axis must cover it without gap or overlap; a first or
        last label closer than a metre to an end of the axis means that end.

    Returns
    -------
    DataFrame
        ``section_id, alignment_id, from_measure_m, to_measure_m`` by alignment and chainage.
        Cut by the kilometre a section is called ``Km560-Km561``, also where the axis begins or
        ends inside it; with several axes the alignment_id goes before.

    Raises
    ------
    SchemaError
        The table leaves gaps, overlaps, leaves the axis or names an unknown alignment; every
        fault is listed.
    """
    ordered = sorted(axes, key=lambda axis: natural_key(axis.alignment_id))
    if table is not None:
        return place_named(ordered, table)
    rows = [
        (section_id if len(ordered) == 1 else f"{axis.alignment_id} {section_id}", *rest)
        for axis in ordered
        for section_id, *rest in cut_at_steps(axis, KILOMETRE_M)
    ]
    return section_frame(rows)


def assign_sections(located: pd.DataFrame, sections: pd.DataFrame) -> pd.Series:
    """Return the section of every located row.

    A measure at the boundary of two sections belongs to the one that begins there; places
    before the first or after the last section belong to that one.

    Parameters
    ----------
    located
        Rows with ``alignment_id`` and ``measure_m`` (`chainage.locate_points`).
    sections
        The frame of `make_sections`.

    Returns
    -------
    Series
        ``section_id`` with the index of `located`; None where the alignment has no sections.
    """
    require_columns(located, ["alignment_id", "measure_m"], "located points")
    require_columns(sections, SECTION_COLUMNS, "sections")
    values = np.full(len(located), None, dtype=object)
    measures = located["measure_m"].to_numpy(dtype=float)
    of_row = located["alignment_id"].to_numpy(dtype=object)
    for alignment_id, rows in sections.groupby("alignment_id", sort=False):
        ordered = rows.sort_values("from_measure_m")
        chosen = np.flatnonzero((of_row == alignment_id) & ~np.isnan(measures))
        starts = ordered["from_measure_m"].to_numpy(dtype=float)[1:]
        names = ordered["section_id"].to_numpy(dtype=object)
        values[chosen] = names[np.searchsorted(starts, measures[chosen], side="right")]
    return pd.Series(values, index=located.index, name="section_id", dtype=object)


def section_of(measure_m: float, alignment_id: str, sections: pd.DataFrame) -> str | None:
    """Return the section of one measure of one alignment; None without sections."""
    located = pd.DataFrame({"alignment_id": [alignment_id], "measure_m": [measure_m]})
    found = assign_sections(located, sections).iloc[0]
    return None if found is None else str(found)


def measure_section_lengths(sections: pd.DataFrame) -> pd.Series:
    """Return the length of every section in metres, with the index of `sections`."""
    require_columns(sections, SECTION_COLUMNS, "sections")
    lengths = sections["to_measure_m"] - sections["from_measure_m"]
    return lengths.astype(float).rename("length_m")


def make_axis_lines(axes: Sequence[Axis], frame_crs: object) -> gpd.GeoDataFrame:
    """Return the axes as lines: ``alignment_id, name, geometry``, in the CRS given."""
    ordered = sorted(axes, key=lambda axis: natural_key(axis.alignment_id))
    columns = {
        "alignment_id": [axis.alignment_id for axis in ordered],
        "name": [axis.name for axis in ordered],
    }
    return gpd.GeoDataFrame(columns, geometry=[axis.line for axis in ordered], crs=frame_crs)


def _unique_ids(alignments: gpd.GeoDataFrame) -> list[str]:
    """Return the keys of the alignments as text; refuse one that repeats."""
    ids = [str(key) for key in alignments["alignment_id"]]
    repeated = sorted({key for key in ids if ids.count(key) > 1}, key=natural_key)
    if repeated:
        raise SchemaError(
            f"alignments: alignment_id repeats: {', '.join(repeated)}.",
            remedy="Give every alignment its own alignment_id.",
        )
    return ids


def _plain_axis(
    alignment_id: str, row: dict[Hashable, Any], metres_per_unit: float
) -> tuple[Axis, Post]:
    """Return the axis of one row with measures from 0, and where its start chainage stands."""
    line = join_line(alignment_id, row["geometry"], metres_per_unit)
    first_drawn_m = read_metres(row.get("start_chainage"), default=0.0)
    name = row.get("name")
    direction = row.get("direction")
    direction = "up" if is_blank(direction) else str(direction)
    if direction not in ("up", "down"):
        raise SchemaError(
            f"alignments: direction '{direction}' of alignment '{alignment_id}'.",
            remedy="Write up or down.",
        )
    if direction == "down":
        line = line.reverse()
    text = "" if is_blank(name) else str(name)
    axis = Axis(alignment_id, text, line, 0.0, metres_per_unit)
    along_m = axis.length_m if direction == "down" else 0.0
    return axis, Post("the start chainage", along_m, first_drawn_m)
