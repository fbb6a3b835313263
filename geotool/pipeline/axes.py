"""Read an alignment file into axes, and files beside others; for questions without a project."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd

from geotool import crs, sources
from geotool.errors import UsageError
from geotool.route import alignment
from geotool.route.alignment import Axis
from geotool.rules.stationing import load_stationing_rules
from geotool.schema import Problem
from geotool.sources import LayerRead, ReadOptions


@dataclass(frozen=True)
class Alignments:
    """The axes of a file, the CRS they are in and how the file was read.

    ``problems`` are those of reading it and the tables of its chainage, and what is doubtful
    about them; ``calibrated`` says whether posts stretch the labels.
    """

    axes: list[Axis]
    crs: Any
    read: LayerRead
    problems: Sequence[Problem]
    calibrated: bool


@dataclass(frozen=True)
class ChainageTables:
    """Files of station equations and of posts of known chainage, None for none."""

    equations: str | None = None
    posts: str | None = None


def read_axes(
    source: str,
    *,
    src_crs: str | None,
    alignment_id: str | None = None,
    tables: ChainageTables | None = None,
) -> Alignments:
    """Read the axes of a file, or the one asked for, with the equations and posts of others.

    `src_crs` is meant for the files that do not declare their CRS.

    Raises
    ------
    UsageError
        When a file does not exist.
    CrsError
        When a CRS is missing, or that of the axes is not projected.
    DataError
        When a file is refused or has no such alignment.
    """
    tables = tables or ChainageTables()
    limits = load_stationing_rules()
    read = sources.read_layer(source, "alignments", ReadOptions(src_crs=src_crs))
    crs.require_projected(read.frame, source)
    found = {"chainage_equations": tables.equations, "chainage_posts": tables.posts}
    others = {
        layer: _read_beside(other, layer, read.frame, src_crs)
        for layer, other in found.items()
        if other is not None
    }
    frames = {layer: other.frame for layer, other in others.items()}
    equations, posts = frames.get("chainage_equations"), frames.get("chainage_posts")
    axes = alignment.make_axes(
        read.frame, equations=equations, posts=posts, anchor_post_m=limits.anchor_post_m
    )
    doubtful = alignment.find_calibration_problems(
        axes, equations=equations, posts=posts, limits=limits
    )
    reports = [read.report, *(other.report for other in others.values())]
    problems = [problem for report in reports for problem in report.problems]
    if alignment_id is not None:
        axes = [alignment.select_axis(axes, alignment_id)]
        problems += [problem for problem in doubtful if problem.key == alignment_id]
    else:
        problems += doubtful
    return Alignments(axes, read.frame.crs, read, problems, posts is not None)


def _read_beside(
    source: str, layer: str, lines: gpd.GeoDataFrame, src_crs: str | None
) -> LayerRead:
    """Read a table of the chainage, its points moved into the CRS of the axes."""
    read = sources.read_layer(source, layer, companion_options(source, src_crs))
    if not isinstance(read.frame, gpd.GeoDataFrame):
        return read
    return replace(read, frame=crs.reproject(read.frame, lines.crs))


def companion_options(source: str, src_crs: str | None) -> ReadOptions:
    """Return how a file beside another is read: `src_crs` counts where it states no CRS itself.

    Raises
    ------
    UsageError, ReadError
        As :func:`geotool.sources.declares_crs`.
    """
    counts = src_crs is not None and not sources.declares_crs(source)
    return ReadOptions(src_crs=src_crs if counts else None)


def require_width(value: float, option: str) -> float:
    """Return a width in metres.

    Raises
    ------
    UsageError
        When it is negative or not a number.
    """
    if not 0 <= value < float("inf"):
        raise UsageError(f"{option} is {value}.", remedy="Give metres, 0 or more.")
    return value
