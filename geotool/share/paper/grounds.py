"""What is drawn on the ground besides the layers: grid, chainage, match lines, watermark."""

import math
from collections.abc import Iterator, Sequence

import numpy as np
import shapely
from shapely.affinity import rotate, translate
from shapely.geometry.base import BaseGeometry

from geotool.route import chainage
from geotool.route.axis import Axis
from geotool.share.paper.pen import Look, Pen, box_path, line_path
from geotool.share.paper.scene import Scene, is_free, pair
from geotool.share.paper.sheets import Box, Floats, Sheet, round_length
from geotool.share.paper.typeface import POINT_MM
from geotool.units import format_chainage

_WIDEST_GRID_MM = 100.0
_WIDEST_TICKS_MM = 60.0
_LONGEST_ID_MM = 30.0
_CROSS_MM = 1.5
_GRID_COLOUR = "#6b665d"
_SEAM_COLOUR = "#7a0019"
_GRID_TEXT = 0.78
_CLEAR_MM = 1.0
_TICK_DROP = 0.3
_SEAM_SHARES = (0.15, 0.85, 0.25, 0.75, 0.35, 0.65, 0.05, 0.95, 0.5)
_WATERMARK_SHARE = 0.72
_WATERMARK_LEAST_PT = 20.0
_WATERMARK_MOST_PT = 64.0


def draw_frame(scene: Scene) -> None:
    """Draw the neat line of the map."""
    scene.pen.stroke(box_path(scene.sheet.frame), "#000000", 0.35)


def draw_grid(scene: Scene) -> None:
    """Draw crosses of the coordinate grid, and easting and northing where it meets the frame."""
    sheet = scene.sheet
    step = round_length(_WIDEST_GRID_MM / sheet.mm_per_unit)
    ground = sheet.ground()
    west, south, east, north = shapely.bounds(ground).tolist()
    eastings = np.arange(math.ceil(west / step), math.floor(east / step) + 1) * step
    northings = np.arange(math.ceil(south / step), math.floor(north / step) + 1) * step
    lines = [("paper.easting", x, [(x, south), (x, north)]) for x in eastings.tolist()]
    lines += [("paper.northing", y, [(west, y), (east, y)]) for y in northings.tolist()]
    for key, value, ends in lines:
        line = shapely.intersection(shapely.LineString(ends), ground)
        if line.geom_type == "LineString" and not line.is_empty:
            text = scene.words.fill(key, {"value": f"{value:.0f}"})
            _label_grid_line(scene, shapely.get_coordinates(line), text)
    _draw_crosses(scene, [(x, y) for x in eastings for y in northings])


def _label_grid_line(scene: Scene, ends: Floats, text: str) -> None:
    """Draw a tick at both ends of a line of the grid, and its text outside the frame."""
    pen, sheet, size_pt = scene.pen, scene.sheet, scene.size_pt * _GRID_TEXT
    placed = sheet.to_paper(ends)
    left, bottom, width, height = sheet.frame
    for near, far in (placed, placed[::-1]):
        inward = (far - near) / max(float(np.hypot(*(far - near))), 1e-9) * 2.0
        pen.stroke(line_path([pair(near), pair(near + inward)]), _GRID_COLOUR, 0.15)
        x, y = pair(near)
        gaps = {
            "bottom": abs(y - bottom),
            "top": abs(y - bottom - height),
            "left": abs(x - left),
            "right": abs(x - left - width),
        }
        edge = min(gaps, key=lambda name: gaps[name])
        rise = size_pt * POINT_MM
        spots = {
            "bottom": ((x, bottom - 1.1 - rise * 0.75), 0.0),
            "top": ((x, bottom + height + 1.1), 0.0),
            "left": ((left - 1.1, y), 90.0),
            "right": ((left + width + 1.1 + rise * 0.75, y), 90.0),
        }
        spot, angle = spots[edge]
        along = x - left if edge in ("bottom", "top") else y - bottom
        room = width if edge in ("bottom", "top") else height
        half = pen.typeface.width_mm(text, size_pt) / 2
        if half <= along <= room - half:
            pen.text(spot, text, size_pt, Look(anchor="centre", angle_deg=angle))


def _draw_crosses(scene: Scene, places: Sequence[tuple[float, float]]) -> None:
    if not places:
        return
    path = ""
    sheet = scene.sheet
    left, bottom, width, height = sheet.frame
    middles = sheet.to_paper(np.array(places, dtype=np.float64))
    away = np.abs(middles - (left + width / 2, bottom + height / 2))
    inside = (away <= (width / 2 - _CROSS_MM, height / 2 - _CROSS_MM)).all(axis=1)
    for middle in middles[inside]:
        for turn in (0.0, 90.0):
            angle = math.radians(turn - sheet.angle_deg)
            arm = np.array([math.cos(angle), math.sin(angle)]) * _CROSS_MM
            path += line_path([pair(middle - arm), pair(middle + arm)])
    scene.pen.stroke(path, _GRID_COLOUR, 0.15)


def draw_chainage(scene: Scene, axes: Sequence[Axis]) -> list[Box]:
    """Draw ticks across the axes at round chainages and the ends; return the labels' boxes.

    A label stands where it covers the fewest points, before or behind its tick. One that would
    stand on another is left out: one at an end before one at a round chainage.
    Of several axes each label names its own.
    """
    sheet = scene.sheet
    step = round_length(_WIDEST_TICKS_MM / sheet.mm_per_unit)
    ground = sheet.ground(beyond_mm=-3.0)
    boxes: list[Box] = []
    for axis in axes:
        if not shapely.intersects(axis.line, ground):
            continue
        lead = f"{_short_id(scene, axis)} " if len(axes) > 1 else ""
        places = chainage.points_every(axis, step)
        seen = places[shapely.intersects(places.geometry.to_numpy(), ground)]
        whole = seen["chainage_m"].round(2)
        labels = sorted(
            zip(seen["measure_m"], whole, strict=True),
            key=lambda place: not round(place[1] / step, 6).is_integer(),
        )
        for measure, label in labels:
            along = (measure - axis.start_measure_m) / axis.metres_per_unit
            text = f"{lead}{format_chainage(label, decimals=0 if label.is_integer() else 2)}"
            boxes += _draw_tick(scene, _direction(axis.line, along), text, boxes)
    return boxes


def _short_id(scene: Scene, axis: Axis) -> str:
    return scene.pen.typeface.cut(axis.alignment_id, scene.size_pt, _LONGEST_ID_MM, bold=True)


def _direction(line: BaseGeometry, along: float) -> Floats:
    """Return a place on a line and one a little farther in its direction."""
    reach = min(1.0, line.length / 2)
    first = max(min(along, line.length - reach), 0.0)
    spots = [line.interpolate(along), line.interpolate(first), line.interpolate(first + reach)]
    at, back, ahead = (np.array([spot.x, spot.y]) for spot in spots)
    return np.array([at, at + ahead - back])


def _draw_tick(scene: Scene, ray: Floats, text: str, taken: Sequence[Box]) -> list[Box]:
    pen, sheet, size_pt = scene.pen, scene.sheet, scene.size_pt * 0.95
    at, ahead = sheet.to_paper(ray)
    along = (ahead - at) / max(float(np.hypot(*(ahead - at))), 1e-12)
    across = np.array([-along[1], along[0]])
    if across[1] < 0 or (across[1] == 0 and across[0] < 0):
        across = -across
    pen.stroke(line_path([pair(at - across * 2.2), pair(at + across * 2.2)]), "#101820", 0.3)
    width, height = pen.typeface.width_mm(text, size_pt, bold=True), size_pt * POINT_MM
    off = 3.0 + 0.5 * abs(across[0]) * width
    slide = along * (abs(along[0]) * width + abs(along[1]) * height) / 2
    sides = (across * off, -across * (off + across[1] * height))
    spots = [at + side + slide * way for way in (0, 0.5, -0.5, 1, -1) for side in sides]
    box = min((_tick_box(sheet, pair(spot), (width, height)) for spot in spots), key=scene.covered)
    if not is_free(box, taken):
        return []
    place = (box[0] + width / 2, box[1] + height * _TICK_DROP)
    pen.text(place, text, size_pt, Look(bold=True, anchor="centre", halo=True))
    return [box]


def _tick_box(sheet: Sheet, place: tuple[float, float], size: tuple[float, float]) -> Box:
    """Return the box of a label centred on a place of its baseline, moved into the frame."""
    (x, y), (width, height) = place, size
    left, bottom, wide, high = sheet.frame
    x = min(max(x, left + width / 2 + 1.0), left + wide - width / 2 - 1.0)
    y = min(max(y, bottom + 1.0), bottom + high - height)
    return x - width / 2, y - height * _TICK_DROP, width, height * 1.2


def draw_seams(scene: Scene, taken: Sequence[Box]) -> list[Box]:
    """Draw the match lines of a sheet, each with the number of the sheet beyond it.

    The words stand along the line, on its side to the margin where they fit there, whole inside
    the frame, clear of the boxes ``taken`` and over the fewest points. Return their boxes.
    """
    pen, sheet, size_pt = scene.pen, scene.sheet, scene.size_pt
    ground = sheet.ground()
    boxes: list[Box] = []
    for seam in sheet.seams:
        line = shapely.intersection(shapely.LineString(seam.ends), ground)
        if line.geom_type != "LineString" or line.is_empty:
            continue
        start, end = sheet.to_paper(shapely.get_coordinates(line))
        pen.stroke(line_path([pair(start), pair(end)]), _SEAM_COLOUR, 0.3, (4.0, 1.2, 1.0, 1.2))
        text = scene.words.fill("paper.beyond", {"number": seam.beyond})
        width = pen.typeface.width_mm(text, size_pt, bold=True)
        spots = list(_seam_spots(scene, (start, end), width, [*taken, *boxes]))
        if not spots:
            continue
        place, angle, box = min(spots, key=lambda spot: scene.covered(spot[2]))
        look = Look(bold=True, anchor="centre", angle_deg=angle, colour=_SEAM_COLOUR, halo=True)
        pen.text(place, text, size_pt, look)
        boxes.append(box)
    return boxes


def _seam_spots(
    scene: Scene, ends: tuple[Floats, Floats], width: float, taken: Sequence[Box]
) -> Iterator[tuple[tuple[float, float], float, Box]]:
    """Return place, angle and box of words beside a line: along it first, then level near it."""
    start, end = ends
    left, bottom, wide, high = scene.sheet.frame
    frame = shapely.box(left, bottom, left + wide, bottom + high).buffer(-_CLEAR_MM)
    height = scene.size_pt * POINT_MM
    slope = math.degrees(math.atan2(end[1] - start[1], end[0] - start[0]))
    middle = np.array([left + wide / 2, bottom + high / 2])
    for angle in ((slope + 89.9) % 180.0 - 89.9, 0.0):
        turn = math.radians(angle)
        up = np.array([-math.sin(turn), math.cos(turn)])
        sides = (_CLEAR_MM, -_CLEAR_MM - height)
        for off in sides if float((middle - start) @ up) < 0 else sides[::-1]:
            for share in _SEAM_SHARES:
                place = pair(start + (end - start) * share + up * off)
                words = shapely.box(-width / 2, -height * 0.3, width / 2, height)
                words = translate(rotate(words, angle, origin=(0.0, 0.0)), *place)
                west, south, east, north = words.bounds
                box = (west, south, east - west, north - south)
                if frame.contains(words) and is_free(box, taken):
                    yield place, angle, box


def draw_watermark(pen: Pen, frame: Box, text: str) -> None:
    """Write a text across a frame, pale enough to read what lies below; a long one in lines."""
    left, bottom, width, height = frame
    turn = math.atan2(height, width)
    longest = math.hypot(width, height) * _WATERMARK_SHARE
    natural = pen.typeface.width_mm(pen.typeface.clean(text), 10.0, bold=True)
    size = min(max(10.0 * longest / max(natural, 1e-6), _WATERMARK_LEAST_PT), _WATERMARK_MOST_PT)
    lines = pen.typeface.wrap(text, size, longest * (1 + 1e-9), bold=True)
    look = Look(
        bold=True, anchor="centre", angle_deg=math.degrees(turn), colour="#7a0019", opacity=0.16
    )
    for number, line in enumerate(lines):
        down = (number - (len(lines) - 1) / 2) * size * POINT_MM * 1.3
        place = (left + width / 2 + down * math.sin(turn), bottom + height / 2)
        pen.text((place[0], place[1] - down * math.cos(turn)), line, size, look)
