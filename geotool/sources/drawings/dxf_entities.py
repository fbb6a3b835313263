"""Objects of a DXF drawing -> drawn entities: lines, polygons, points, texts, blocks."""

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import shapely

from geotool.sources.drawings.drawn import Entity, Kind
from geotool.sources.drawings.dxf_curves import (
    Chords,
    Flat,
    NoExtentError,
    flatten_arc,
    flatten_bulges,
    flatten_ellipse,
    join_edges,
    nest_rings,
)

if TYPE_CHECKING:
    from ezdxf.document import Drawing
    from ezdxf.entities.arc import Arc
    from ezdxf.entities.attrib import AttDef, Attrib
    from ezdxf.entities.boundary_paths import (
        AbstractBoundaryPath,
        ArcEdge,
        EllipseEdge,
        LineEdge,
        SplineEdge,
    )
    from ezdxf.entities.circle import Circle
    from ezdxf.entities.dxfentity import DXFEntity
    from ezdxf.entities.dxfgfx import DXFGraphic
    from ezdxf.entities.ellipse import Ellipse
    from ezdxf.entities.insert import Insert
    from ezdxf.entities.line import Line
    from ezdxf.entities.lwpolyline import LWPolyline
    from ezdxf.entities.mtext import MText
    from ezdxf.entities.point import Point
    from ezdxf.entities.polygon import DXFPolygon
    from ezdxf.entities.polyline import Polyline
    from ezdxf.entities.solid import Face3d, Solid
    from ezdxf.entities.spline import Spline
    from ezdxf.entities.text import Text
    from ezdxf.math import Vec3

    Edge = LineEdge | ArcEdge | EllipseEdge | SplineEdge
    Lettered = Text | MText | Attrib | AttDef

_FRAME_VERTEX = 16
_TEXT_BOX = 8
_CODED = re.compile(r"\\[Uu]\+([0-9A-Fa-f]{4})")
_FONT_CODE = "\\f"
_SURROGATES = {
    **dict.fromkeys(range(0xD800, 0xE000), 0xFFFD),
    **{0xDC00 + byte: byte for byte in range(0x80, 0x100)},
}

Shaped = tuple[Kind, shapely.Geometry]


@dataclass
class Style:
    """What converting needs to know of the drawing: chords, and the font of each text style."""

    chords: Chords
    fonts: Mapping[str, str] = field(default_factory=dict)

    def font_of(self, entity: "DXFEntity") -> str:
        """Return the font of a text, the one named within it before that of its style."""
        inline = _inline_font(str(getattr(entity, "text", "") or ""))
        name = str(entity.dxf.get("style", "") or "")
        return inline or self.fonts.get(name.casefold(), "")


def fonts_of(document: "Drawing") -> dict[str, str]:
    """Return the font of each text style of a drawing, by its name in lower case."""
    fonts: dict[str, str] = {}
    for style in document.styles:
        family = style.get_extended_font_data()[0] if style.has_extended_font_data else ""
        fonts[str(style.dxf.name).casefold()] = plain(family or str(style.dxf.get("font", "")))
    return fonts


def plain(text: str) -> str:
    """Return text with its coded letters, bytes that could not be decoded as Latin-1."""
    if _CODED.search(text):
        text = _CODED.sub(lambda found: chr(int(found[1], 16)), text)
    return text if text.isascii() else text.translate(_SURROGATES)


def convert(entity: "DXFEntity", level: str, handle: str, style: Style) -> Entity | None:
    """Return a drawn entity for an object, None for an object that is never a row.

    Parameters
    ----------
    entity
        The object.
    level, handle
        Name of its CAD layer and its handle, as they shall be reported.
    style
        Chords and fonts.

    Raises
    ------
    NoExtentError
        When it has no extent.
    ValueError
        When its coordinates are no numbers, or it is too long a curve.
    """
    kind = entity.dxftype()
    if kind in _TEXTS:
        return _text(cast("Lettered", entity), level, handle, style)
    if kind == "INSERT":
        return _block(cast("Insert", entity), level, handle, style)
    absent = [name for name in _REQUIRED.get(kind, ()) if not entity.dxf.hasattr(name)]
    if absent:
        raise ValueError(f"it has no {absent[0]}")
    work = _SHAPES.get(kind)
    shaped = None if work is None else work(entity, style.chords)
    if shaped is None:
        return None
    return Entity(shaped[0], level, shaped[1], handle=handle)


def _line_of(points: Iterable[Any]) -> Shaped:
    """Return a line through points; heights are left out where all are zero."""
    found = np.array([(point[0], point[1], point[2]) for point in points], dtype=float)
    return _line_through(found)


def _line_through(found: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]") -> Shaped:
    """Return a line through an array of (x, y) or (x, y, z)."""
    if not np.isfinite(found).all():
        raise ValueError("its coordinates are no numbers")
    if len(found) < 2 or not (found[:, :2] != found[0, :2]).any():
        raise NoExtentError
    raised = found.shape[1] > 2 and bool(found[:, 2].any())
    line = shapely.linestrings(found if raised else found[:, :2])
    return "line", cast(shapely.LineString, line)


def _require_numbers(points: Sequence[Flat]) -> None:
    if not np.isfinite(np.array(points, dtype=float)).all():
        raise ValueError("its coordinates are no numbers")


def _point_of(point: "Vec3") -> shapely.Point:
    flat = (float(point[0]), float(point[1]))
    if not all(map(math.isfinite, flat)):
        raise ValueError("its coordinates are no numbers")
    high = float(point[2])
    whole = (*flat, high) if high and math.isfinite(high) else flat
    return shapely.points(whole)


def _raised(entity: "DXFGraphic", points: Iterable[Flat], height: float) -> Iterator["Vec3"]:
    """Yield points of the object's own plane in the drawing's system."""
    from ezdxf.math import Vec3

    flat = (Vec3(x, y, height) for x, y in points)
    ocs = entity.ocs()
    return flat if not ocs.transform else ocs.points_to_wcs(flat)


def _line(entity: "Line", _: Chords) -> Shaped:
    return _line_of((entity.dxf.start, entity.dxf.end))


def _lwpolyline(entity: "LWPolyline", chords: Chords) -> Shaped:
    table = np.array(entity.lwpoints.values, dtype=float).reshape(-1, 5)
    height = float(entity.dxf.get("elevation", 0.0))
    if not table[:, 4].any() and not height and not entity.dxf.hasattr("extrusion"):
        flat = table[:, :2]
        ends = bool(entity.closed) and bool((flat[:1] != flat[-1:]).any())
        return _line_through(np.concatenate([flat, flat[:1]]) if ends else flat)
    points = [(float(x), float(y), float(bulge)) for x, y, bulge in table[:, (0, 1, 4)]]
    return _line_of(_raised(entity, flatten_bulges(points, bool(entity.closed), chords), height))


def _polyline(entity: "Polyline", chords: Chords) -> Shaped | None:
    if entity.is_poly_face_mesh or entity.is_polygon_mesh:
        return None
    corners = [v for v in entity.vertices if not v.dxf.get("flags", 0) & _FRAME_VERTEX]
    places = [corner.dxf.location for corner in corners]
    if entity.is_3d_polyline:
        closing = places[:1] if entity.is_closed and places[:1] != places[-1:] else []
        return _line_of([*places, *closing])
    bulged = [
        (float(place.x), float(place.y), float(corner.dxf.get("bulge", 0.0)))
        for place, corner in zip(places, corners, strict=True)
    ]
    flat = flatten_bulges(bulged, bool(entity.is_closed), chords)
    elevation = entity.dxf.get("elevation", None)
    return _line_of(_raised(entity, flat, float(elevation.z) if elevation is not None else 0.0))


def _circle(entity: "Circle", chords: Chords) -> Shaped:
    return _arc_between(entity, 0.0, 0.0, chords)


def _arc(entity: "Arc", chords: Chords) -> Shaped:
    start, end = math.radians(entity.dxf.start_angle), math.radians(entity.dxf.end_angle)
    return _arc_between(entity, start, end, chords)


def _arc_between(entity: "Circle", start: float, end: float, chords: Chords) -> Shaped:
    centre, radius = entity.dxf.center, abs(float(entity.dxf.radius))
    flat = flatten_arc((centre.x, centre.y), radius, start, end, chords)
    return _line_of(_raised(entity, flat, float(centre.z)))


def _ellipse(entity: "Ellipse", chords: Chords) -> Shaped:
    tool = entity.construction_tool()
    params = (float(tool.start_param), float(tool.end_param))
    axes = (tool.center.xyz, tool.major_axis.xyz, tool.minor_axis.xyz)
    return _line_of(flatten_ellipse(*axes, params, chords))


def _spline(entity: "Spline", chords: Chords) -> Shaped:
    points = chords.first(entity.flattening(chords.sagitta))
    if entity.closed and math.dist(points[0], points[-1]) > 0:
        points.append(points[0])
    return _line_of(points)


def _face(entity: "Solid | Face3d", _: Chords) -> Shaped:
    corners = [(corner.x, corner.y) for corner in entity.wcs_vertices()]
    _require_numbers(corners)
    area = nest_rings([corners], 0)
    if area is None:
        raise NoExtentError
    return "polygon", area


def _point(entity: "Point", _: Chords) -> Shaped:
    return "point", _point_of(entity.dxf.location)


def _hatch(entity: "DXFPolygon", chords: Chords) -> Shaped:
    elevation = entity.dxf.get("elevation", None)
    height = float(elevation.z) if elevation is not None else 0.0
    rings: list[list[Flat]] = []
    for path in entity.paths:
        if not path.path_type_flags & _TEXT_BOX:
            flat = _boundary(path, chords)
            rings.append([(p[0], p[1]) for p in _raised(entity, flat, height)])
            _require_numbers(rings[-1])
    area = nest_rings(rings, int(entity.dxf.get("hatch_style", 0)))
    if area is None:
        raise NoExtentError
    return "polygon", area


def _boundary(path: "AbstractBoundaryPath", chords: Chords) -> list[Flat]:
    """Return one ring of a hatch in the plane of the hatch."""
    from ezdxf.entities.boundary_paths import EdgePath, PolylinePath

    if isinstance(path, PolylinePath):
        points = [(float(x), float(y), float(bulge)) for x, y, bulge in path.vertices]
        return flatten_bulges(points, True, chords)
    edges = path.edges if isinstance(path, EdgePath) else []
    return join_edges([_edge(cast("Edge", edge), chords) for edge in edges])


def _edge(edge: "Edge", chords: Chords) -> list[Flat]:
    from ezdxf.entities.boundary_paths import ArcEdge, EllipseEdge, LineEdge

    if isinstance(edge, LineEdge):
        return [(edge.start.x, edge.start.y), (edge.end.x, edge.end.y)]
    if isinstance(edge, ArcEdge):
        angles = math.radians(edge.start_angle), math.radians(edge.end_angle)
        return flatten_arc((edge.center.x, edge.center.y), abs(edge.radius), *angles, chords)
    if isinstance(edge, EllipseEdge):
        tool = edge.construction_tool()
        params = (float(tool.start_param), float(tool.end_param))
        axes = (tool.center.xyz, tool.major_axis.xyz, tool.minor_axis.xyz)
        return [(x, y) for x, y, _ in flatten_ellipse(*axes, params, chords)]
    curve = edge.construction_tool().flattening(chords.sagitta)
    return [(p[0], p[1]) for p in chords.first(curve)]


def _text(entity: "Lettered", level: str, handle: str, style: Style) -> Entity:
    words = plain(_words(entity))
    return Entity("text", level, _text_place(entity), words, {}, handle, style.font_of(entity))


def _words(entity: "Lettered") -> str:
    if getattr(entity, "has_embedded_mtext_entity", False):
        return str(cast("Attrib", entity).plain_mtext())
    return str(entity.plain_text())


def _text_place(entity: "Lettered") -> shapely.Point:
    dxf = entity.dxf
    if entity.dxftype() == "MTEXT":
        return _point_of(dxf.insert)
    if not dxf.hasattr("align_point") and not dxf.hasattr("extrusion"):
        return _point_of(dxf.insert)
    place = cast("Text", entity).get_placement()[1]
    return _point_of(next(_raised(entity, [(place.x, place.y)], place.z)))


def _block(entity: "Insert", level: str, handle: str, style: Style) -> Entity:
    place = entity.dxf.insert
    words: dict[str, str] = {}
    font = ""
    for attribute in entity.attribs:
        tag = plain(str(attribute.dxf.tag)).strip()
        text = plain(_words(attribute)).strip()
        if tag and text and tag not in words:
            words[tag] = text
            font = font or style.font_of(attribute)
    point = _point_of(next(_raised(entity, [(place.x, place.y)], place.z)))
    return Entity("block", level, point, plain(str(entity.dxf.name)), words, handle, font)


def _inline_font(raw: str) -> str:
    r"""Return the first font named within a text of several lines: ``{\f.VnTime|b0;...}``."""
    at = raw.lower().find(_FONT_CODE)
    if at < 0:
        return ""
    name = raw[at + len(_FONT_CODE) :].partition(";")[0].partition("|")[0]
    return plain(name.strip())


_REQUIRED: Mapping[str, tuple[str, ...]] = {
    "LINE": ("start", "end"),
    "CIRCLE": ("center", "radius"),
    "ARC": ("center", "radius"),
    "ELLIPSE": ("center", "major_axis"),
    "POINT": ("location",),
}
_TEXTS = frozenset({"TEXT", "MTEXT", "ATTDEF", "ATTRIB"})
_SHAPES: Mapping[str, Callable[[Any, Chords], Shaped | None]] = {
    "LINE": _line,
    "LWPOLYLINE": _lwpolyline,
    "POLYLINE": _polyline,
    "CIRCLE": _circle,
    "ARC": _arc,
    "ELLIPSE": _ellipse,
    "SPLINE": _spline,
    "HELIX": _spline,
    "HATCH": _hatch,
    "MPOLYGON": _hatch,
    "SOLID": _face,
    "TRACE": _face,
    "3DFACE": _face,
    "POINT": _point,
}


def unpacked(insert: "Insert", depth: int) -> Iterator[tuple["DXFGraphic", Sequence["Insert"]]]:
    """Yield the objects in a block where it is inserted, with the inserts that hold each.

    Raises
    ------
    ValueError
        When blocks lie deeper within one another than ``depth``.
    """
    if depth < 1:
        raise ValueError("its blocks are nested too deeply")
    copies = insert.multi_insert() if insert.mcount > 1 else [insert]
    for copy in copies:
        for inner in copy.virtual_entities():
            if inner.dxftype() == "INSERT":
                for deepest, holders in unpacked(cast("Insert", inner), depth - 1):
                    yield deepest, (insert, *holders)
            else:
                yield inner, (insert,)


def layer_of(entity: "DXFEntity", holders: Sequence["Insert"] = ()) -> str:
    """Return the CAD layer of an object; in a block, that of the insert stands for layer 0."""
    layer = str(entity.dxf.get("layer", "0"))
    if layer == "0" and holders:
        return layer_of(holders[-1], holders[:-1])
    return layer
