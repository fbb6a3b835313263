"""Which sheets a map needs: one, several along the axes, or a grid; which scale fits one sheet."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import shapely

from geotool.errors import GeometryError, UsageError
from geotool.route.axis import Axis
from geotool.share.paper.sheets import (
    PAPERS,
    SCALES,
    Box,
    Floats,
    Layout,
    Seam,
    Sheet,
    frame_size,
    make_layout,
    scale_text,
)

_MARGIN_MM = 4.0
"""White ground between what a single sheet is about and its frame."""

_OVERLAP_SHARE = 0.04
"""Of the shorter side of a frame: ground that a sheet shows beyond each match line."""

_WIDEST_REACH_SHARE = 0.3
_POINT_SCALE = 1_000
_MOST_SHEETS = 400
_STEPS = 40
_EVEN_STEPS = 6


@dataclass(frozen=True)
class Wish:
    """What was asked for: paper, and orientation and scale where they were chosen."""

    paper: str
    landscape: bool | None = None
    scale: int | None = None


@dataclass(frozen=True)
class Subject:
    """What the sheets must show, in the project CRS.

    Parameters
    ----------
    bounds
        Extent of what the map is about.
    shapes
        Its features: a sheet that shows none of them is left out.
    axes
        Axes to follow when one sheet is not enough; empty for a grid.
    reach_m
        How far what lies along the axes extends to their sides.
    """

    bounds: Box
    shapes: "np.ndarray[tuple[int], np.dtype[np.object_]]"
    axes: tuple[Axis, ...] = ()
    reach_m: float = 0.0


@dataclass(frozen=True)
class Plan:
    """The sheets of a map on their layout.

    ``fitted`` when the scale was not asked for; ``left_out`` counts the sheets that would show
    nothing of what the map is about.
    """

    layout: Layout
    scale: int
    sheets: tuple[Sheet, ...]
    fitted: bool
    left_out: int = 0


def plan_sheets(subject: Subject, wish: Wish) -> Plan:
    """Return the sheets of a map.

    Without a scale: one sheet at the largest round scale that holds the subject. With a scale:
    as many sheets as it needs, in the orientation that needs fewer; along the axes where there
    are some, north up unless turning each sheet along its axis needs fewer.

    Raises
    ------
    UsageError
        When the paper is unknown, or the scale would need too many sheets.
    GeometryError
        When the subject fits no round scale: it lies far apart.
    """
    if wish.paper not in PAPERS:
        raise UsageError(f"There is no paper '{wish.paper}'.", remedy=f"Use {', '.join(PAPERS)}.")
    choices = (True, False) if wish.landscape is None else (wish.landscape,)
    if _is_upright(subject.bounds):
        choices = choices[::-1]
    layouts = [make_layout(wish.paper, landscape=choice) for choice in choices]
    if wish.scale is None:
        fitted = [(fit_scale(subject.bounds, layout), layout) for layout in layouts]
        scale, layout = min(fitted, key=lambda pair: pair[0])
        return Plan(layout, scale, (_single(subject.bounds, layout, scale),), fitted=True)
    scale = wish.scale
    plans = [_tile(subject, layout, scale) for layout in layouts]
    return min(plans, key=lambda plan: len(plan.sheets))


def fit_scale(bounds: Box, layout: Layout) -> int:
    """Return the largest round scale at which an extent fits the frame.

    A place without extent, such as one point, is shown at ``_POINT_SCALE``.

    Raises
    ------
    GeometryError
        When none does.
    """
    is_point = bounds[0] == bounds[2] and bounds[1] == bounds[3]
    for scale in SCALES:
        if not (is_point and scale < _POINT_SCALE) and _fits(bounds, layout, scale):
            return scale
    raise GeometryError(
        f"The map is {(bounds[2] - bounds[0]) / 1000:.0f} km wide and "
        f"{(bounds[3] - bounds[1]) / 1000:.0f} km high: no round scale holds it on "
        f"{layout.paper}.",
        remedy="Look for features that lie far off; 'geotool info' gives the bounds of a layer.",
    )


def view(bounds: Box, frame: Box, scale: int) -> Sheet:
    """Return a view, not numbered, with the middle of an extent in the middle of a frame."""
    centre = ((bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2)
    return Sheet(0, scale, centre, frame)


def _is_upright(bounds: Box) -> bool:
    return bounds[3] - bounds[1] > bounds[2] - bounds[0]


def _fits(bounds: Box, layout: Layout, scale: int) -> bool:
    width, height = frame_size(layout, scale)
    margin = 2 * _MARGIN_MM * scale / 1000.0
    return bounds[2] - bounds[0] <= width - margin and bounds[3] - bounds[1] <= height - margin


def _single(bounds: Box, layout: Layout, scale: int) -> Sheet:
    return replace(view(bounds, layout.frame, scale), number=1)


def _tile(subject: Subject, layout: Layout, scale: int) -> Plan:
    if _fits(subject.bounds, layout, scale):
        return Plan(layout, scale, (_single(subject.bounds, layout, scale),), fitted=False)
    if not subject.axes:
        return _grid(subject, layout, scale)
    _refuse_too_many(sum(axis.length_m for axis in subject.axes), max(layout.frame[2:]), scale)
    upright = _along_axes(subject, layout, scale, turned=False)
    turned = _along_axes(subject, layout, scale, turned=True)
    plan = min((upright, turned), key=lambda one: len(one.sheets))
    return plan if plan.sheets else _grid(subject, layout, scale)


def _refuse_too_many(length_m: float, side_mm: float, scale: int) -> None:
    _refuse_count(math.ceil(length_m * 1000.0 / scale / side_mm), scale)


def _refuse_count(count: int, scale: int) -> None:
    if count > _MOST_SHEETS:
        raise UsageError(
            f"At {scale_text(scale)} the map needs about {count} sheets; "
            f"at most {_MOST_SHEETS} are printed.",
            remedy="Choose a smaller scale, such as 1:10000, or larger paper.",
        )


def _grid(subject: Subject, layout: Layout, scale: int) -> Plan:
    """Return sheets row by row from the north-west, without those that show nothing."""
    size = np.array(frame_size(layout, scale))
    step = size * (1 - 2 * _OVERLAP_SHARE)
    west, south, east, north = subject.bounds
    columns, rows = (max(1, math.ceil(n)) for n in np.array([east - west, north - south]) / step)
    _refuse_count(columns * rows if columns * rows > 50 * _MOST_SHEETS else 0, scale)
    middle = np.array([west + east, south + north]) / 2
    tree = shapely.STRtree(subject.shapes)
    kept: dict[tuple[int, int], Sheet] = {}
    for row in range(rows):
        for column in range(columns):
            away = np.array([column - (columns - 1) / 2, (rows - 1) / 2 - row]) * step
            x, y = (middle + away).tolist()
            sheet = Sheet(len(kept) + 1, scale, (x, y), layout.frame)
            if len(tree.query(sheet.ground(), predicate="intersects")):
                kept[row, column] = sheet
    _refuse_count(len(kept), scale)
    sheets = tuple(
        replace(sheet, seams=tuple(_grid_seams(place, kept, step))) for place, sheet in kept.items()
    )
    return Plan(layout, scale, sheets, fitted=False, left_out=columns * rows - len(sheets))


def _grid_seams(
    place: tuple[int, int], kept: dict[tuple[int, int], Sheet], step: Floats
) -> Iterator[Seam]:
    x, y = kept[place].centre
    dx, dy = (step / 2).tolist()
    for row, column in ((-1, 0), (0, -1), (0, 1), (1, 0)):
        beyond = kept.get((place[0] + row, place[1] + column))
        if beyond is not None:
            ends = [(x + (column or side) * dx, y + (-row or side) * dy) for side in (-1, 1)]
            yield Seam((ends[0], ends[1]), beyond.number)


def _along_axes(subject: Subject, layout: Layout, scale: int, *, turned: bool) -> Plan:
    """Return sheets along each axis in turn, each with match lines across it."""
    sheets: list[Sheet] = []
    for axis in subject.axes:
        sheets += _along(axis, subject.reach_m, layout, _Numbering(scale, len(sheets), turned))
    tree = shapely.STRtree(subject.shapes)
    kept = [one for one in sheets if len(tree.query(one.ground(), predicate="intersects"))]
    _refuse_count(len(kept), scale)
    left_out = len(sheets) - len(kept)
    return Plan(layout, scale, _renumber(kept), fitted=False, left_out=left_out)


def _renumber(sheets: Sequence[Sheet]) -> tuple[Sheet, ...]:
    """Return sheets numbered from 1, their match lines only with those that are among them."""
    numbers = {sheet.number: place for place, sheet in enumerate(sheets, 1)}
    return tuple(
        replace(
            sheet,
            number=numbers[sheet.number],
            seams=tuple(
                Seam(seam.ends, numbers[seam.beyond])
                for seam in sheet.seams
                if seam.beyond in numbers
            ),
        )
        for sheet in sheets
    )


@dataclass(frozen=True)
class _Numbering:
    scale: int
    before: int
    turned: bool


def _along(axis: Axis, reach_m: float, layout: Layout, how: _Numbering) -> list[Sheet]:
    width, height = frame_size(layout, how.scale)
    overlap = min(width, height) * _OVERLAP_SHARE
    across = min(max(overlap, reach_m), _WIDEST_REACH_SHARE * min(width, height))
    room = (width - 2 * overlap, height - 2 * across)
    if not how.turned:
        room = (width - 2 * across, height - 2 * across)
    distances, points = _sample(axis, min(room) / _STEPS)
    cuts = _even_cuts(distances, points, room, turned=how.turned)
    first = axis.start_measure_m
    last = how.before + len(cuts) - 1
    sheets = []
    for index, (start, end) in enumerate(pairwise(cuts), how.before + 1):
        centre, angle = _place(points[start : end + 1], turned=how.turned)
        beyond = [(start, index - 1)] if index > how.before + 1 else []
        beyond += [(end, index + 1)] if index < last else []
        seams = tuple(Seam(_across(points, cut, width + height), n) for cut, n in beyond)
        reach = (axis.alignment_id, first + distances[start], first + distances[end])
        sheets.append(Sheet(index, how.scale, centre, layout.frame, angle, reach, seams))
    return sheets


def _sample(axis: Axis, step_m: float) -> tuple[list[float], Floats]:
    """Return distances in metres and places along an axis: its vertices, and more between."""
    step = step_m / axis.metres_per_unit
    points = shapely.get_coordinates(shapely.segmentize(axis.line, step))
    lengths = np.hypot(*np.diff(points, axis=0).T) * axis.metres_per_unit
    return np.concatenate([[0.0], np.cumsum(lengths)]).tolist(), points


def _even_cuts(
    distances: Sequence[float], points: Floats, room: tuple[float, float], *, turned: bool
) -> list[int]:
    """Return where an axis is cut into as few stretches as the room allows, about equally long."""
    cuts = _cuts(distances, points, room, math.inf, turned=turned)
    count = len(cuts)
    short = distances[-1] / (count - 1)
    long = max(distances[end] - distances[start] for start, end in pairwise(cuts))
    for _ in range(_EVEN_STEPS):
        middle = (short + long) / 2
        evener = _cuts(distances, points, room, middle, turned=turned)
        if len(evener) > count:
            short = middle
        else:
            long, cuts = middle, evener
    return cuts


def _cuts(
    distances: Sequence[float],
    points: Floats,
    room: tuple[float, float],
    longest_m: float,
    *,
    turned: bool,
) -> list[int]:
    cuts = [0]
    while cuts[-1] < len(points) - 1:
        start = end = cuts[-1]
        end += 1
        while (
            end + 1 < len(points)
            and distances[end + 1] - distances[start] <= longest_m
            and _holds(points[start : end + 2], room, turned=turned)
        ):
            end += 1
        cuts.append(end)
    return cuts


def _holds(points: Floats, room: tuple[float, float], *, turned: bool) -> bool:
    seen = _turn(points, -_heading(points)) if turned else points
    width, height = np.ptp(seen, axis=0)
    return bool(width <= room[0] and height <= room[1])


def _place(points: Floats, *, turned: bool) -> tuple[tuple[float, float], float]:
    """Return the middle of the box about some places, and the direction of its base."""
    angle = _heading(points) if turned else 0.0
    seen = _turn(points, -angle)
    middle = (seen.min(axis=0) + seen.max(axis=0)) / 2
    x, y = _turn(middle[np.newaxis], angle)[0].tolist()
    return (x, y), angle


def _heading(points: Floats) -> float:
    """Return the direction from first to last place in degrees, -90 up to 90: text stays up."""
    east, north = points[-1] - points[0]
    angle = math.degrees(math.atan2(north, east))
    return (angle + 90.0) % 180.0 - 90.0


def _turn(points: Floats, angle_deg: float) -> Floats:
    turn = math.radians(angle_deg)
    cos, sin = math.cos(turn), math.sin(turn)
    turned: Floats = points @ np.array([[cos, sin], [-sin, cos]])
    return turned


def _across(
    points: Floats, cut: int, length: float
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the ends of a line across the axis at a place."""
    along = points[min(cut + 1, len(points) - 1)] - points[max(cut - 1, 0)]
    norm = float(np.hypot(*along)) or 1.0
    side = np.array([-along[1], along[0]]) / norm * length / 2
    ends: Sequence[Floats] = (points[cut] - side, points[cut] + side)
    return _pair(ends[0]), _pair(ends[1])


def _pair(point: Floats) -> tuple[float, float]:
    return float(point[0]), float(point[1])
