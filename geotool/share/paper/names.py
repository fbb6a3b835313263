"""The names on a map: labelled layers first, then areas and points whose names find room."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geotool.route.axis import Axis
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


@dataclass(frozen=True)
class _Name:
    """A text on one line: where and how it is written, what room it takes, whether it fits.

    A name that has several spots is there several times; the first that is free is taken.
    """

    place: tuple[float, float]
    text: str
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

    Names of a layer that is not labelled are written only where half of them find room. No name
    of an area covers what is smaller and drawn above it, such as a house.

    Parameters
    ----------
    shown
        Each plate with the rows in view.
    taken
        Boxes that other words hold already.
    axes
        Axes that the names of labelled layers keep off.
    """
    lines = shapely.union_all([axis.line for axis in axes])
    keep_off = shapely.buffer(shapely.transform(lines, scene.sheet.to_paper), _KEEP_OFF_MM)
    places = _Taken(taken)
    above = [_Above(scene.sheet, shown[number + 1 :]) for number in range(len(shown))]
    for (plate, rows), over in zip(shown, above, strict=True):
        if plate.style.labelled:
            found = _area_names(scene, (plate, rows), over, keep_off)
            _write(scene, places.place(found, least=0.0))
    for (plate, rows), over in reversed(list(zip(shown, above, strict=True))):
        if not (plate.style.labelled or plate.style.background or plate.style.strip):
            names = _point_names(scene, plate, rows) + _area_names(scene, (plate, rows), over, None)
            _write(scene, places.place(names, least=0.5))


def _write(scene: Scene, names: Sequence[_Name]) -> None:
    for name in names:
        scene.pen.text(name.place, name.text, name.size_pt, name.look)


class _Above:
    """What is drawn above a layer."""

    def __init__(self, sheet: Sheet, shown: Sequence[tuple[Plate, Rows]]) -> None:
        self._sheet = sheet
        self._plates = [
            plate
            for plate, _ in shown
            if not (plate.style.strip or plate.style.background or plate.style.sketch)
        ]

    def obstacles(self, area: BaseGeometry) -> BaseGeometry:
        """Return, on paper, what is drawn above an area and much smaller than it."""
        found = [plate.shapes[plate.tree.query(area, "intersects")] for plate in self._plates]
        over = np.concatenate(found) if found else np.array([], dtype=object)
        over = over[shapely.area(over) < _OBSTACLE_SHARE * area.area]
        over = over[:_MOST_OBSTACLES]
        drawn = shapely.transform(over, self._sheet.to_paper)
        return shapely.union_all(shapely.buffer(drawn, _HALO_MM, quad_segs=1))


def _area_names(
    scene: Scene, drawn: tuple[Plate, Rows], above: _Above, keep_off: BaseGeometry | None
) -> list[_Name]:
    """Return the name of each area in view; it fits where the area is wide enough for it."""
    pen, sheet = scene.pen, scene.sheet
    plate, rows = drawn
    areal = rows[shapely.get_dimensions(plate.shapes[rows]) == 2]
    if not 0 < len(areal) <= _MOST_AREA_NAMES or not any(plate.titles):
        return []
    labelled = plate.style.labelled
    size = scene.size_pt * (1.2 if labelled else 0.8)
    look = Look(bold=labelled, anchor="centre", colour=_NAME_COLOUR, halo=True)
    frame = shapely.box(*_corners(sheet.frame))
    names = []
    height = size * POINT_MM
    spots = 2 if len(areal) <= _MOST_SECOND_SPOTS else 1
    for row, piece in zip(areal.tolist(), plate.pieces(sheet, areal), strict=True):
        text = pen.typeface.clean(plate.titles[row])
        seen = shapely.transform(piece, sheet.to_paper)
        if not text or not seen.is_valid:
            continue
        width = pen.typeface.width_mm(text, size, bold=labelled)
        least = (not labelled) * max(width * 0.45, height * 0.6)
        obstacles = above.obstacles(plate.shapes[row])
        seen = shapely.difference(shapely.intersection(seen, frame), obstacles)
        for _ in range(spots):
            x, y, radius = _widest(seen, keep_off)
            box = (x - width / 2, y - height / 2, width, height)
            covered = shapely.box(*_corners(box))
            fits = radius > least and not shapely.intersects(covered, obstacles)
            names.append(_Name((x, y - height * 0.35), text, size, look, box, fits))
            seen = shapely.difference(seen, shapely.buffer(covered, height, quad_segs=1))
    return names


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


def _point_names(scene: Scene, plate: Plate, rows: Rows) -> list[_Name]:
    """Return the names of points in view, each to the right of its point."""
    pen, sheet = scene.pen, scene.sheet
    dots = rows[shapely.get_type_id(plate.shapes[rows]) == 0]
    if not 0 < len(dots) <= _MOST_POINT_NAMES:
        return []
    size = scene.size_pt * 0.9
    height = size * POINT_MM
    names = []
    spots = sheet.to_paper(shapely.get_coordinates(plate.shapes[dots]))
    for row, (x, y) in zip(dots.tolist(), spots.tolist(), strict=True):
        text = pen.typeface.clean(plate.titles[row])
        width = pen.typeface.width_mm(text, size)
        left, bottom = x + 1.6, y - height * 0.35
        if text:
            box = (left, bottom, width, height)
            inside = left + width <= sheet.frame[0] + sheet.frame[2]
            names.append(_Name((left, bottom), text, size, Look(halo=True), box, inside))
    return names


def _corners(frame: Box) -> Box:
    return frame[0], frame[1], frame[0] + frame[2], frame[1] + frame[3]
