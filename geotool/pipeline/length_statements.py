"""The lengths of a project's or a file's alignments, and which published ones disagree."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
from pyproj import CRS

from geotool import crs
from geotool.pipeline.affected_rows import records
from geotool.pipeline.inputs import Inputs
from geotool.route import alignment
from geotool.route.axis import Axis, is_blank
from geotool.route.lengths import LengthStatement, find_corners, measure_lengths
from geotool.rules.lengths import LengthRules, load_length_rules
from geotool.schema import Problem, make_problem

_SAME_SCALE = 1e-9  # labels and lengths that agree to rounding
_SUMMED = (
    "planar_length_m",
    "geodesic_length_m",
    "scale_difference_m",
    "wgs84_length_m",
    "datum_difference_m",
    "chord_shortfall_m",
    "curve_length_m",
    "stationed_length_m",
    "stationing_difference_m",
    "label_difference_m",
    "equation_jump_m",
    "published_length_m",
    "unexplained_m",
)


@dataclass(frozen=True)
class Lengths:
    """The lengths of alignments side by side.

    Parameters
    ----------
    crs
        Name of the system the axes are drawn in.
    statements
        One an alignment, in natural order.
    intervals
        Drawn and labelled length between posts; empty without posts.
    corners
        Turns too sharp to be part of a curve.
    rules
        The limits used.
    problems
        Published lengths that the measured ones do not bear out.
    """

    crs: str
    statements: tuple[LengthStatement, ...]
    intervals: pd.DataFrame
    corners: pd.DataFrame
    rules: LengthRules
    problems: tuple[Problem, ...]

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Every length and difference by alignment, with stable keys, unrounded."""
        return [_row(one) for one in self.statements]

    @property
    def totals(self) -> dict[str, float | None]:
        """Lengths and differences of all alignments together; None where one has no figure."""
        rows = self.rows
        return {name: _sum([row[name] for row in rows]) for name in _SUMMED}


def measure_project_lengths(inputs: Inputs, axes: Sequence[Axis]) -> Lengths | None:
    """Return the lengths of a project's alignments, None when it has none."""
    lines = inputs.get("alignments")
    if lines is None or not axes:
        return None
    return measure_axes(axes, lines.crs, published_lengths(lines), inputs.project.root)


def published_lengths(lines: gpd.GeoDataFrame) -> dict[str, float]:
    """Return the published lengths of a layer of alignments, in metres by alignment_id."""
    if "published_length_m" not in lines:
        return {}
    pairs = zip(lines["alignment_id"], lines["published_length_m"], strict=True)
    return {str(key): float(length) for key, length in pairs if not is_blank(length)}


def measure_axes(
    axes: Sequence[Axis], frame_crs: CRS, published: Mapping[str, float], project_dir: Path | None
) -> Lengths:
    """Return the lengths of axes.

    Parameters
    ----------
    axes
        The axes, in natural order.
    frame_crs
        The CRS they are in.
    published
        Published lengths in metres by alignment_id, as far as there are any.
    project_dir
        The project whose own limits apply.

    Raises
    ------
    CrsError
        When the CRS is not projected, or an axis lies outside it.
    """
    rules = load_length_rules(project_dir=project_dir)
    statements = tuple(
        measure_lengths(
            axis,
            frame_crs,
            rules,
            published_length_m=published.get(axis.alignment_id),
        )
        for axis in axes
    )
    return Lengths(
        crs=crs.name_of(frame_crs),
        statements=statements,
        intervals=_intervals(axes),
        corners=find_corners(axes, rules),
        rules=rules,
        problems=tuple(_find_differences(statements, rules, project_dir)),
    )


def lengths_data(found: Lengths) -> dict[str, Any]:
    """Return the statement as the object printed with ``--json`` and kept in the manifest."""
    return {
        "crs": found.crs,
        "alignments": found.rows,
        "totals": found.totals,
        "intervals": records(found.intervals),
        "corners": records(found.corners),
    }


def _intervals(axes: Sequence[Axis]) -> pd.DataFrame:
    """Return the scale between known points, of the axes that posts calibrate."""
    every = []
    for axis in axes:
        found = alignment.calibration_intervals(axis)
        stretched = (found["scale_factor"] - 1).abs().max() > _SAME_SCALE
        every.append(found if stretched or len(found) > len(axis.zones) else found.iloc[:0])
    return pd.concat(every, ignore_index=True)


def _find_differences(
    statements: Sequence[LengthStatement], rules: LengthRules, project_dir: Path | None
) -> list[Problem]:
    """Return a finding for every published length too far from the measured one."""
    found = []
    for one in statements:
        apart = one.unexplained_m
        if apart is None or abs(apart) <= rules.difference_share * one.curve_length_m:
            continue
        message = (
            f"Alignment '{one.alignment_id}' is published as {one.published_length_m:,.2f} m and "
            f"measures {one.curve_length_m:,.2f} m: {apart:+,.2f} m {_explanation(one, rules)}."
        )
        found.append(
            make_problem(
                "published_length_differs",
                "alignments",
                message,
                key=one.alignment_id,
                place="published_length_m",
                project_dir=project_dir,
            )
        )
    return found


def _explanation(one: LengthStatement, rules: LengthRules) -> str:
    """Return what stands behind a published length that is not the one measured."""
    apart = one.nearest_difference_m
    if apart is None or abs(apart) > rules.difference_share * one.curve_length_m:
        return "that neither the projection nor the drawing explains"
    length = float(getattr(one, str(one.published_nearest)))
    return f"apart; the published one agrees with {one.published_nearest}, {length:,.2f} m"


def _row(one: LengthStatement) -> dict[str, Any]:
    names = ("alignment_id", "vertex_count", "scale_factor_ppm", *_SUMMED, "published_nearest")
    return {name: getattr(one, name) for name in names}


def _sum(figures: Sequence[float | None]) -> float | None:
    known = [figure for figure in figures if figure is not None]
    return math.fsum(known) if len(known) == len(figures) else None
