"""The names on a map: labelled layers first, then areas and points whose names find room."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geotool.route.axis import Axis
from geotool.share.paper import marks
from geotool.share.paper.pen import Look
from geotool.share.paper.plates import Plate, Rows
from geotool.share.paper.scene import Scene, is_free
from geotool.share.paper.sheets import Box, Sheet
from geotool.share.paper.typeface import POINT_MM

_NAME_COLOUR = "#4a4335"
_KEEP_OFF_MM = 6.0
_LEAST_NAMED_MM2 = 1.0
_MOST_POINT_NAMES = 60
_MOST_AREA_NAMES = 3000
_MOST_SECOND_SPOTS = 300
_MOST_OBSTACLES = 200
_OBSTACLE_SHARE = 0.5
_HALO_MM = 0.5
_POINT_MM = 1.6
_AXIS_MM = 0.6
_MOST_LINES = 3
_WIDEST_NAME_SHARE = 0.6
_LABEL_SIZES = (1.2, 0.95)


@dataclass(frozen=True)
class _Name:
    """A name in its box: the lines it is written on, what it looks like, whether it fits.

    A name is there once for each spot, size and division into lines that it may have; the first
    that is free is taken.
    """

    text: str
    lines: tuple[str, ...]
    size_pt: float
    look: Look
    box: Box
    fits: bool


class _Taken:
    """Where names stand already and what they say."""

    def __init__(self, boxes: Sequence[Box], texts: frozenset[str] = frozenset()) -> None:
        self.boxes = list(boxes)
        self.texts = texts

    def place(self, names: Sequence[_Name], *, least: float) -> list[_Name]:
        """Take room for names that meet no other; none when too small a share of them can."""
        fresh = [name for name in names if name.text not in self.texts]
        boxes, texts, placed = list(self.boxes), set(self.texts), []
        for name in fresh:
            if name.fits and name.text not in texts and is_free(name.box, boxes):
                boxes.append(name.box)
                texts.add(name.text)
                placed.append(name)
        if len(placed) < least * len({name.text for name in fresh}):
            return []
        self.boxes, self.texts = boxes, frozenset(texts)
        return placed


def draw_names(
    scene: Scene,
    shown: Sequence[tuple[Plate, Rows]],
    taken: Sequence[Box],
    axes: Sequence[Axis],
) -> None:
    """Write names where they fit: labelled layers first, then areas and points, topmost first.

    Names of a layer that is not labelled are written only where half of them find room, and never
    over the symbol of a point. No name of an area covers what is smaller and drawn above it, such
    as a house.

    Parameters
    ----------
    shown
        Each plate with the rows in view.
    taken
        Boxes that other words hold already.
    axes
        Axes that no name stands on; those of labelled layers keep farther off.
    """
    lines = shapely.union_all([axis.line for axis in axes])
    drawn = shapely.transform(lines, scene.sheet.to_paper)
    axis = shapely.buffer(drawn, _AXIS_MM)
    keep_off = shapely.buffer(drawn, _KEEP_OFF_MM)
    places = _Taken(taken)
    above = [_Above(scene.sheet, shown[number + 1 :], axis) for number in range(len(shown))]
    for (plate, rows), over in zip(shown, above, strict=True):
        if plate.style.labelled:
            found = _area_names(scene, (plate, rows), over, keep_off)
            clear = places.place(_clear_of_points(scene, found), least=0.0)
            _write(scene, clear + places.place(found, least=0.0))
    for (plate, rows), over in reversed(list(zip(shown, above, strict=True))):
        if not (plate.style.labelled or plate.style.background or plate.style.strip):
            names = _point_names(scene, (plate, rows), axis)
            names += _area_names(scene, (plate, rows), over, None)
            _write(scene, places.place(names, least=0.5))


def _clear_of_points(scene: Scene, names: Sequence[_Name]) -> list[_Name]:
    """Return the whole names that cover the symbol of no point."""
    whole = [name for name in names if not name.lines[-1].endswith("…")]
    return [name for name in whole if not scene.covered(name.box)]


def _write(scene: Scene, names: Sequence[_Name]) -> None:
    for name in names:
        left, bottom, width, height = name.box
        x = left + (width / 2 if name.look.anchor == "centre" else 0.0)
        step = height / len(name.lines)
        for number, line in enumerate(name.lines, 1):
            y = bottom + height - number * step + step * 0.15
            scene.pen.text((x, y), line, name.size_pt, name.look)


class _Above:
    """What stands above a layer: what is drawn over it, and the axes on paper."""

    def __init__(
        self, sheet: Sheet, shown: Sequence[tuple[Plate, Rows]], axis: BaseGeometry
    ) -> None:
        self._sheet = sheet
        self._axis = axis
        self._plates = [
            plate
            for plate, _ in shown
            if not (plate.style.strip or plate.style.background or plate.style.sketch)
        ]

    def obstacles(self, area: BaseGeometry) -> BaseGeometry:
        """Return, on paper, the axes and what is drawn above an area and much smaller than it."""
        found = [plate.shapes[plate.tree.query(area, "intersects")] for plate in self._plates]
        over = np.concatenate(found) if found else np.array([], dtype=object)
        over = over[shapely.area(over) < _OBSTACLE_SHARE * area.area]
        over = over[:_MOST_OBSTACLES]
        drawn = shapely.transform(over, self._sheet.to_paper)
        clear = np.where(shapely.get_dimensions(over) == 0, _POINT_MM, _HALO_MM)
        return shapely.union_all([*shapely.buffer(drawn, clear, quad_segs=1), self._axis])


def _area_names(
    scene: Scene, drawn: tuple[Plate, Rows], above: _Above, keep_off: BaseGeometry | None
) -> list[_Name]:
    """Return the name of each area in view; it fits where the area is wide enough for it.

    A name of a labelled layer may be wider than its area; it is wrapped and moved into the frame.
    One that starts in its own area comes first, a cut one last.
    """
    pen, sheet = scene.pen, scene.sheet
    plate, rows = drawn
    areal = rows[shapely.get_dimensions(plate.shapes[rows]) == 2]
    if not 0 < len(areal) <= _MOST_AREA_NAMES or not any(plate.titles):
        return []
    frame = shapely.box(*_corners(sheet.frame))
    names = []
    spots = 2 if len(areal) <= _MOST_SECOND_SPOTS else 1
    for row, piece in zip(areal.tolist(), plate.pieces(sheet, areal), strict=True):
        text = pen.typeface.clean(plate.titles[row])
        seen = shapely.transform(piece, sheet.to_paper)
        if not text.strip() or not seen.is_valid:
            continue
        obstacles = above.obstacles(plate.shapes[row])
        seen = shapely.difference(shapely.intersection(seen, frame), obstacles)
        found: list[_Name] = []
        own = seen
        for _ in range(spots):
            circle = _widest(seen, keep_off)
            here = _names_in(scene, text, circle, labelled=plate.style.labelled)
            found += [
                replace(one, fits=one.fits and _is_clear(scene, one, obstacles, frame))
                for one in here
            ]
            around = shapely.box(*_corners(here[0].box))
            around = shapely.buffer(around, here[0].size_pt * POINT_MM, quad_segs=1)
            seen = shapely.difference(seen, around)
        names += sorted(
            found, key=lambda one: (one.lines[-1].endswith("…"), not _starts_in(one, own))
        )
    return names


def _is_clear(scene: Scene, name: _Name, obstacles: BaseGeometry, frame: BaseGeometry) -> bool:
    """Return whether a name lies in the frame on nothing else; a labelled one may on points."""
    covered = shapely.box(*_corners(name.box))
    free = name.look.bold or not scene.covered(name.box)
    return bool(free and frame.contains(covered) and not shapely.intersects(covered, obstacles))


def _starts_in(name: _Name, area: BaseGeometry) -> bool:
    left, bottom, _, height = name.box
    return bool(shapely.contains_xy(area, left, bottom + height / 2))


def _names_in(
    scene: Scene, text: str, circle: tuple[float, float, float], *, labelled: bool
) -> list[_Name]:
    """Return a name in the middle of a circle of x, y and radius on paper, the best first.

    That of a labelled layer is there from narrow to wide, then smaller, then cut.
    """
    x, y, radius = circle
    look = Look(bold=labelled, anchor="centre", colour=_NAME_COLOUR, halo=True)
    small = scene.size_pt * 0.8
    ways = _ways(scene, text, radius) if labelled else [((text,), small)]
    names = []
    for lines, size in ways:
        box = _box_about(scene, (x, y), lines, size, bold=labelled)
        least = 0.0 if labelled else max(box[2] * 0.45, box[3] * 0.6)
        names.append(_Name(text, lines, size, look, box, radius > least))
    return names


def _ways(scene: Scene, text: str, radius_mm: float) -> list[tuple[tuple[str, ...], float]]:
    """Return lines and size of a name: as wide as its area, wider, smaller, cut with ``…``."""
    face, most = scene.pen.typeface, scene.sheet.frame[2] * _WIDEST_NAME_SHARE
    whole: list[tuple[tuple[str, ...], float]] = []
    cut: list[tuple[tuple[str, ...], float]] = []
    for size in (scene.size_pt * share for share in _LABEL_SIZES):
        longest = max(face.width_mm(word, size, bold=True) for word in text.split())
        for wish in sorted((2.0 * radius_mm, 3.0 * radius_mm, most / 2, most)):
            width = min(max(wish, longest), most)
            lines = face.wrap(text, size, width, bold=True)
            if len(lines) <= _MOST_LINES:
                whole.append((tuple(lines), size))
                continue
            rest = face.cut(" ".join(lines[_MOST_LINES - 1 :]), size, width, bold=True)
            cut.insert(0, ((*lines[: _MOST_LINES - 1], rest), size))
    return list(dict.fromkeys(whole + cut))


def _box_about(
    scene: Scene, middle: tuple[float, float], lines: Sequence[str], size_pt: float, *, bold: bool
) -> Box:
    """Return the box of lines about a place, moved into the frame where they fit it."""
    face, (left, bottom, wide, high) = scene.pen.typeface, scene.sheet.frame
    width = max(face.width_mm(line, size_pt, bold=bold) for line in lines)
    height = size_pt * POINT_MM * (1.0 if len(lines) == 1 else len(lines) * 1.2)
    x = min(max(middle[0] - width / 2, left + _HALO_MM), left + wide - width - _HALO_MM)
    y = min(max(middle[1] - height / 2, bottom + _HALO_MM), bottom + high - height - _HALO_MM)
    return x, y, width, height


def _widest(seen: BaseGeometry, keep_off: BaseGeometry | None) -> tuple[float, float, float]:
    """Return middle and radius of the largest circle in an area on paper."""
    free = seen if keep_off is None else shapely.difference(seen, keep_off)
    for ground in (free, seen):
        parts = shapely.get_parts(ground)
        areal = parts[shapely.area(parts) > _LEAST_NAMED_MM2]
        if len(areal):
            largest = areal[int(np.argmax(shapely.area(areal)))]
            spoke = shapely.get_coordinates(shapely.maximum_inscribed_circle(largest, 0.5))
            radius = float(np.hypot(*(spoke[1] - spoke[0])))
            return float(spoke[0, 0]), float(spoke[0, 1]), radius
    return 0.0, 0.0, 0.0


def _point_names(scene: Scene, drawn: tuple[Plate, Rows], axis: BaseGeometry) -> list[_Name]:
    """Return the names of points in view: right of the point, else left, above or below it."""
    pen, sheet = scene.pen, scene.sheet
    plate, rows = drawn
    dots = rows[shapely.get_type_id(plate.shapes[rows]) == 0]
    if not 0 < len(dots) <= _MOST_POINT_NAMES:
        return []
    size = scene.size_pt * 0.9
    height = size * POINT_MM
    names = []
    frame = shapely.box(*_corners(sheet.frame))
    places = sheet.to_paper(shapely.get_coordinates(plate.shapes[dots]))
    for row, (x, y) in zip(dots.tolist(), places.tolist(), strict=True):
        text = pen.typeface.clean(plate.titles[row])
        width = pen.typeface.width_mm(text, size)
        off = max(_POINT_MM, marks.reach_mm(plate.symbols[plate.codes[row]]) + _HALO_MM)
        level, over, under = y - height / 2, y + off, y - off - height
        spots = [(x + off, level), (x - off - width, level)]
        spots += [(x - width * share, low) for low in (over, under) for share in (0.5, 0.0, 1.0)]
        for corner in spots if text.strip() else ():
            box = (*corner, width, height)
            covered = shapely.box(*_corners(box))
            fits = frame.contains(covered) and not shapely.intersects(covered, axis)
            fits = fits and not scene.covered(box)
            names.append(_Name(text, (text,), size, Look(halo=True), box, fits))
    return names


def _corners(frame: Box) -> Box:
    return frame[0], frame[1], frame[0] + frame[2], frame[1] + frame[3]
