"""What strip do we take? The right of way from constant widths, a table of widths or stakes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import pandas as pd

from geotool import crs, outputs, sources
from geotool.errors import DataError, UsageError
from geotool.pipeline import axes as axes_of
from geotool.pipeline import right_of_way
from geotool.pipeline.answer import Answer
from geotool.pipeline.axes import Alignments, ChainageTables
from geotool.pipeline.findings import sort_problems
from geotool.schema import Problem
from geotool.share.tables import Table, TableColumn
from geotool.sources import LayerRead, ReadOptions

_COLUMNS = (
    TableColumn("right_of_way_id"),
    TableColumn("length_m", "length_m"),
    TableColumn("area_m2", "area_m2"),
)
_CONSTANT, _WIDTHS, _STAKES = "constant", "widths", "stakes"


@dataclass(frozen=True)
class CorridorOptions:
    """Axis, the one source of the right of way, and its output.

    The source is both widths in metres, or a table of widths, or a layer of stakes.
    """

    alignment: str
    output: str
    left_m: float | None = None
    right_m: float | None = None
    widths: str | None = None
    stakes: str | None = None
    equations: str | None = None
    posts: str | None = None
    alignment_id: str | None = None
    src_crs: str | None = None
    overwrite: bool = False


@dataclass(frozen=True)
class _Given:
    """What the right of way is drawn from (`right_of_way.draw`), and what its reading said."""

    source: tuple[float, float] | pd.DataFrame
    problems: Sequence[Problem] = ()
    words: tuple[str, ...] = ()


def draw_corridor(options: CorridorOptions) -> Answer:
    """Draw the right of way and write it as a layer.

    Raises
    ------
    UsageError
        When not exactly one source is named, a file is missing, a width is negative or both
        are zero.
    OutputExistsError
        When the output exists and may not be replaced.
    DataError
        When the alignment, its labels, the widths or the stakes are refused.
    """
    source = _source(options)
    outputs.check_writable(options.output, overwrite=options.overwrite)
    found = axes_of.read_axes(
        options.alignment,
        src_crs=options.src_crs,
        alignment_id=options.alignment_id,
        tables=ChainageTables(options.equations, options.posts),
    )
    given = _read(source, options, found)
    lands, problems = right_of_way.draw(found.axes, given.source, frame_crs=found.crs)
    outputs.write_layer(lands, options.output, layer="right_of_way", overwrite=options.overwrite)
    rows = _rows(lands, found)
    data = {
        "path": options.output,
        "source": source,
        "area_m2": float(lands.geometry.union_all().area) * found.axes[0].metres_per_unit ** 2,
        "length_m": sum(axis.length_m for axis in found.axes),
        "part_count": len(lands),
        "parts": rows,
    }
    total = {"length_m": data["length_m"], "area_m2": data["area_m2"]}
    table = Table("right_of_way", _COLUMNS, rows, total=total)
    return Answer(
        data,
        tables=() if options.output == "-" else (table,),
        problems=sort_problems([*found.problems, *given.problems, *problems]),
        words=given.words,
    )


def _rows(lands: gpd.GeoDataFrame, found: Alignments) -> list[dict[str, Any]]:
    """Return length and area of every part."""
    axes = {axis.alignment_id: axis for axis in found.axes}
    return [
        {
            "right_of_way_id": key,
            "length_m": axes[key].length_m,
            "area_m2": float(shape.area) * axes[key].metres_per_unit ** 2,
        }
        for key, shape in zip(lands["alignment_id"], lands.geometry, strict=True)
    ]


def _source(options: CorridorOptions) -> str:
    """Return the one source named; UsageError where it is not one, or its widths do not fit."""
    named = {
        _CONSTANT: options.left_m is not None or options.right_m is not None,
        _WIDTHS: options.widths is not None,
        _STAKES: options.stakes is not None,
    }
    chosen = [source for source, given in named.items() if given]
    if len(chosen) != 1:
        raise UsageError(
            "Exactly one of --left-m with --right-m, --widths and --stakes is needed; "
            f"{len(chosen)} are given.",
            remedy="For example --left-m 30 --right-m 30, or --stakes coc_gpmb.xlsx.",
        )
    if chosen == [_CONSTANT]:
        _constant_widths(options)
    return chosen[0]


def _constant_widths(options: CorridorOptions) -> tuple[float, float]:
    """Return the two widths in metres; UsageError where they make no strip."""
    given = {"--left-m": options.left_m, "--right-m": options.right_m}
    for option, value in given.items():
        if value is None:
            raise UsageError(f"{option} is missing.", remedy="Give both widths; one may be 0.")
    left_m, right_m = (
        axes_of.require_width(float(value or 0.0), option) for option, value in given.items()
    )
    if left_m + right_m == 0:
        raise UsageError("Both widths are 0.", remedy="Give --left-m or --right-m above 0.")
    return left_m, right_m


def _read(source: str, options: CorridorOptions, found: Alignments) -> _Given:
    """Read the one source named, of a file the rows of the alignments chosen."""
    if source == _CONSTANT:
        return _Given(_constant_widths(options))
    if source == _WIDTHS:
        read = sources.read_layer(str(options.widths), "widths", ReadOptions())
        return _Given(_of_these(read.frame, found), read.report.problems)
    read, words = _read_stakes(str(options.stakes), options.src_crs, crs.code_of(found.crs))
    return _Given(_of_these(read.frame, found), read.report.problems, words)


def _read_stakes(
    source: str, src_crs: str | None, target: str
) -> tuple[LayerRead, tuple[str, ...]]:
    """Read stakes into the CRS of the axes, which is also theirs where nothing names another."""
    options = ReadOptions(dst_crs=target)
    try:
        return sources.read_layer(source, "stakes", options), ()
    except DataError as error:
        if "no_crs" not in {getattr(problem, "rule", "") for problem in error.problems}:
            raise
    read = sources.read_layer(source, "stakes", replace(options, src_crs=src_crs or target))
    text = f"The stakes state no CRS: that of the alignment was taken, {target}."
    return read, () if src_crs else (text,)


def _of_these(frame: pd.DataFrame, found: Alignments) -> pd.DataFrame:
    """Return a table without the rows of alignments that were not chosen."""
    others = set(found.read.frame["alignment_id"]) - {axis.alignment_id for axis in found.axes}
    if not others or "alignment_id" not in frame.columns:
        return frame
    return frame[~frame["alignment_id"].isin(others)]
