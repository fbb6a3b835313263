"""Read an alignment file into axes; shared by the questions that need no project."""

from dataclasses import dataclass
from typing import Any

from geotool import crs, sources
from geotool.errors import UsageError
from geotool.route import alignment
from geotool.route.alignment import Axis
from geotool.sources import LayerRead, ReadOptions


@dataclass(frozen=True)
class Alignments:
    """The axes of a file, the CRS they are in and how the file was read."""

    axes: list[Axis]
    crs: Any
    read: LayerRead


def read_axes(source: str, *, src_crs: str | None, alignment_id: str | None = None) -> Alignments:
    """Read the axes of a file, or the one asked for.

    Raises
    ------
    UsageError
        When the file does not exist.
    CrsError
        When its CRS is missing or not projected.
    DataError
        When the file is refused or has no such alignment.
    """
    read = sources.read_layer(source, "alignments", ReadOptions(src_crs=src_crs))
    crs.require_projected(read.frame, source)
    axes = alignment.make_axes(read.frame)
    if alignment_id is not None:
        axes = [alignment.select_axis(axes, alignment_id)]
    return Alignments(axes, read.frame.crs, read)


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
