"""Sheets of paper: their sizes, where map and words stand on them, and the ground they show.

A sheet shows the plane of the project's CRS at a true scale: a metre of the grid is
``1000 / scale`` millimetres of paper in every direction.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Box = tuple[float, float, float, float]

PAPERS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "A4": (210.0, 297.0),
        "A3": (297.0, 420.0),
        "A2": (420.0, 594.0),
        "A1": (594.0, 841.0),
        "A0": (841.0, 1189.0),
    }
)
"""Short and long side of a sheet in millimetres (ISO 216)."""

SCALES = (
    100, 200, 500, 1_000, 2_000, 5_000, 10_000, 25_000, 50_000, 100_000, 150_000, 200_000,
    250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000,
)  # fmt: skip
"""Round scales, those of the state's maps among them."""

_EDGE_MM = 8.0
_LABELS_MM = 5.0
_SIDE_MM = {"A4": 60.0, "A3": 72.0, "A2": 88.0, "A1": 104.0, "A0": 124.0}
_FOOT_MM = {"A4": 62.0, "A3": 62.0, "A2": 76.0, "A1": 90.0, "A0": 110.0}
_SIZE_PT = {"A4": 6.6, "A3": 7.4, "A2": 9.0, "A1": 10.5, "A0": 12.5}
_PANEL_PT = {"A4": 6.6, "A3": 7.4, "A2": 9.6, "A1": 12.0, "A0": 15.0}
_GAP_MM = 3.0
_COLUMN_PT_MM = 9.0
"""Width of a column of words a point of their size."""


@dataclass(frozen=True)
class Layout:
    """A sheet of paper with the frame of its map and the columns of its words.

    Parameters
    ----------
    paper
        Key of ``PAPERS``.
    landscape
        Whether the long side lies along.
    size_mm
        Width and height.
    frame
        The map: left, bottom, width, height in millimetres from the lower left.
    columns
        The words, the first column first; likewise.
    size_pt, panel_pt
        Size of plain text on the map, and in the columns where they have room for it.
    """

    paper: str
    landscape: bool
    size_mm: tuple[float, float]
    frame: Box
    columns: tuple[Box, ...]
    size_pt: float
    panel_pt: float


def make_layout(paper: str, *, landscape: bool) -> Layout:
    """Return the layout of a sheet: words to the right of the map, or below it when upright."""
    short, long = PAPERS[paper]
    width, height = (long, short) if landscape else (short, long)
    inner = (_EDGE_MM, _EDGE_MM, width - 2 * _EDGE_MM, height - 2 * _EDGE_MM)
    if landscape:
        side = _SIDE_MM[paper]
        ground = (inner[0], inner[1], inner[2] - side - _GAP_MM, inner[3])
        columns: tuple[Box, ...] = ((width - _EDGE_MM - side, inner[1], side, inner[3]),)
    else:
        foot = _FOOT_MM[paper]
        ground = (inner[0], inner[1] + foot + _GAP_MM, inner[2], inner[3] - foot - _GAP_MM)
        count = round(inner[2] / (_COLUMN_PT_MM * _PANEL_PT[paper]))
        columns = _columns((inner[0], inner[1], inner[2], foot), count)
    frame = (
        ground[0] + _LABELS_MM,
        ground[1] + _LABELS_MM,
        ground[2] - 2 * _LABELS_MM,
        ground[3] - 2 * _LABELS_MM,
    )
    sizes = _SIZE_PT[paper], _PANEL_PT[paper]
    return Layout(paper, landscape, (width, height), frame, columns, *sizes)


def _columns(box: Box, count: int) -> tuple[Box, ...]:
    width = (box[2] - (count - 1) * _GAP_MM) / count
    return tuple(
        (box[0] + index * (width + _GAP_MM), box[1], width, box[3]) for index in range(count)
    )


@dataclass(frozen=True)
class Seam:
    """A match line: two ends on the ground and the number of the sheet beyond it."""

    ends: tuple[tuple[float, float], tuple[float, float]]
    beyond: int


@dataclass(frozen=True)
class Sheet:
    """One view of the ground in a frame of paper.

    Parameters
    ----------
    number
        From 1; 0 for a view that is not numbered.
    scale
        Denominator: 5000 for 1:5 000.
    centre
        Place in the middle of the frame, in the project CRS.
    frame
        The frame on paper: left, bottom, width, height in millimetres.
    angle_deg
        Direction on the ground, counter-clockwise from east, that runs to the right of the
        paper; 0 has grid north up.
    reach
        What part of an axis the sheet is for: alignment_id, first and last measure in metres.
    seams
        Match lines with the neighbouring sheets.
    """

    number: int
    scale: int
    centre: tuple[float, float]
    frame: Box
    angle_deg: float = 0.0
    reach: tuple[str, float, float] | None = None
    seams: tuple[Seam, ...] = ()

    @property
    def mm_per_unit(self) -> float:
        """Millimetres of paper a metre of the grid."""
        return 1000.0 / self.scale

    def to_paper(self, points: Floats) -> Floats:
        """Return places of the project CRS as millimetres on the paper."""
        turn = math.radians(-self.angle_deg)
        cos, sin = math.cos(turn), math.sin(turn)
        away = (np.asarray(points, dtype=np.float64) - self.centre) * self.mm_per_unit
        left, bottom, width, height = self.frame
        x = away[:, 0] * cos - away[:, 1] * sin + (left + width / 2)
        y = away[:, 0] * sin + away[:, 1] * cos + (bottom + height / 2)
        return np.column_stack([x, y])

    def to_ground(self, points: Floats) -> Floats:
        """Return millimetres on the paper as places of the project CRS."""
        turn = math.radians(self.angle_deg)
        cos, sin = math.cos(turn), math.sin(turn)
        left, bottom, width, height = self.frame
        away = np.asarray(points, dtype=np.float64) - (left + width / 2, bottom + height / 2)
        away = away / self.mm_per_unit
        x = away[:, 0] * cos - away[:, 1] * sin + self.centre[0]
        y = away[:, 0] * sin + away[:, 1] * cos + self.centre[1]
        return np.column_stack([x, y])

    def ground(self, *, beyond_mm: float = 0.0) -> shapely.Polygon:
        """Return the ground inside the frame as a polygon, with more around it when asked."""
        left, bottom, width, height = self.frame
        low, high = (left - beyond_mm, bottom - beyond_mm), (left + width, bottom + height)
        right, top = high[0] + beyond_mm, high[1] + beyond_mm
        corners = [(low[0], low[1]), (right, low[1]), (right, top), (low[0], top)]
        return shapely.Polygon(self.to_ground(np.array(corners)))


def scale_text(scale: int) -> str:
    """Return a scale as maps print it: ``1:5 000``."""
    return f"1:{scale:,}".replace(",", " ")


def round_length(longest: float) -> float:
    """Return the longest length of 1, 2 or 5 times a power of ten that is not above a limit."""
    power = 10.0 ** math.floor(math.log10(longest))
    return max(step * power for step in (1, 2, 5) if step * power <= longest * (1 + 1e-12))


def frame_size(layout: Layout, scale: int) -> tuple[float, float]:
    """Return width and height of the ground inside the frame, in metres of the grid."""
    return layout.frame[2] * scale / 1000.0, layout.frame[3] * scale / 1000.0


def join_bounds(boxes: Sequence[Box]) -> Box:
    """Return the bounds of several bounds."""
    every = np.array(boxes, dtype=np.float64)
    (west, south), (east, north) = every[:, :2].min(axis=0), every[:, 2:].max(axis=0)
    return float(west), float(south), float(east), float(north)
