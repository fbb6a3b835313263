"""Symbols of ``styles.toml`` as QGIS draws them: pixels become millimetres, hatching stays.

A symbol is a stack of QGIS's symbol layers, each with a map of properties. Properties are written
twice, as ``Option`` and as ``prop``: QGIS up to 3.16 reads the second only.
"""

import re
from collections.abc import Mapping
from xml.etree import ElementTree as ET

from geotool.share.render.style import Symbol

MM_PER_PIXEL = 25.4 / 96
"""A pixel is 1/96 inch: CSS Values and Units 3, 6.2 (absolute lengths)."""

POINT, LINE, POLYGON = 0, 1, 2
"""Dimensions of shapes, which are QGIS's geometry types too."""

_TYPES = {POINT: "marker", LINE: "line", POLYGON: "fill"}
_BLACK = "#000000"
_HATCH_OPACITY = 0.8
_HATCH_PIXELS = 1.1
_TILE_PIXELS = 8.0  # a hatching of the page repeats itself after them
_SLANTED_PIXELS = _TILE_PIXELS / 2**0.5
_HATCH_LINES: Mapping[str, tuple[tuple[int, float], ...]] = {  # angle in degrees, pixels apart
    "diagonal": ((45, _SLANTED_PIXELS),),
    "back": ((135, _SLANTED_PIXELS),),
    "cross": ((45, _SLANTED_PIXELS), (135, _SLANTED_PIXELS)),
    "horizontal": ((0, _TILE_PIXELS),),
    "vertical": ((90, _TILE_PIXELS),),
}
_DOT_PIXELS = 2.0
_WIDTHS = {"circle": 2.0, "square": 2.0, "diamond": 2.6, "triangle": 2.4, "star": 2.5}  # in radii
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xml_safe(text: str) -> str:
    """Return a text without the characters that XML forbids."""
    return _NOT_XML.sub("", text)


def add_element(parent: ET.Element, tag: str, attributes: Mapping[str, str]) -> ET.Element:
    """Append an element; characters that XML forbids are left out of its attributes."""
    return ET.SubElement(parent, tag, {name: xml_safe(text) for name, text in attributes.items()})


def add_symbol(parent: ET.Element, name: str, symbol: Symbol, dimension: int) -> None:
    """Append a symbol for shapes of a dimension: ``POINT``, ``LINE`` or ``POLYGON``."""
    element = _stack(parent, name, _TYPES[dimension])
    if dimension == POINT:
        _add_marker(element, symbol)
    elif dimension == LINE:
        _add_line(element, symbol)
    else:
        _add_area(element, symbol)


def colour(code: str, opacity: float = 1.0) -> str:
    """Return ``#rrggbb`` as ``r,g,b,a`` of 0 to 255; nothing is black that nobody sees."""
    digits = code or _BLACK
    parts = [int(digits[place : place + 2], 16) for place in (1, 3, 5)]
    return ",".join(str(part) for part in (*parts, round(255 * opacity) if code else 0))


def millimetres(pixels: float) -> str:
    """Return pixels as millimetres, to the hundredth."""
    return f"{round(pixels * MM_PER_PIXEL, 2):g}"


def _stack(parent: ET.Element, name: str, kind: str) -> ET.Element:
    attributes = {"type": kind, "name": name, "alpha": "1", "clip_to_extent": "1", "force_rhr": "0"}
    return ET.SubElement(parent, "symbol", attributes)


def _add_layer(symbol: ET.Element, kind: str, properties: Mapping[str, str]) -> ET.Element:
    layer = ET.SubElement(symbol, "layer", {"class": kind, "pass": "0", "enabled": "1"})
    options = ET.SubElement(layer, "Option", {"type": "Map"})
    for name, value in properties.items():
        ET.SubElement(options, "Option", {"name": name, "value": value, "type": "QString"})
    for name, value in properties.items():
        ET.SubElement(layer, "prop", {"k": name, "v": value})
    return layer


def _add_marker(element: ET.Element, symbol: Symbol) -> None:
    drawn = bool(symbol.stroke) and symbol.weight > 0
    properties = {
        "name": symbol.shape,
        "color": colour(symbol.fill, symbol.opacity),
        "outline_color": colour(symbol.stroke),
        "outline_style": "solid" if drawn else "no",
        "outline_width": millimetres(symbol.weight),
        "outline_width_unit": "MM",
        "size": millimetres(symbol.radius * _WIDTHS[symbol.shape]),
        "size_unit": "MM",
    }
    _add_layer(element, "SimpleMarker", properties)


def _add_line(element: ET.Element, symbol: Symbol) -> None:
    drawn = bool(symbol.stroke) and symbol.weight > 0
    properties = {
        "line_color": colour(symbol.stroke),
        "line_style": "solid" if drawn else "no",
        "line_width": millimetres(symbol.weight),
        "line_width_unit": "MM",
        "joinstyle": "round",
        "capstyle": "flat",
    }
    if symbol.dash:
        pattern = symbol.dash * (1 + len(symbol.dash) % 2)  # strokes and gaps come in pairs
        properties |= {
            "use_custom_dash": "1",
            "customdash": ";".join(millimetres(length) for length in pattern),
            "customdash_unit": "MM",
        }
    _add_layer(element, "SimpleLine", properties)


def _add_area(element: ET.Element, symbol: Symbol) -> None:
    fill = {
        "color": colour(symbol.fill, symbol.opacity),
        "style": "solid" if symbol.fill else "no",
        "outline_style": "no",
    }
    _add_layer(element, "SimpleFill", fill)
    if symbol.fill:
        _add_hatching(element, symbol)
    _add_line(element, symbol)


def _add_hatching(element: ET.Element, symbol: Symbol) -> None:
    ink = colour(symbol.stroke or _BLACK, _HATCH_OPACITY)
    if symbol.hatch == "dots":
        _add_dots(element, ink)
    for angle, apart in _HATCH_LINES.get(symbol.hatch, ()):
        pattern = {"angle": str(angle), "distance": millimetres(apart), "distance_unit": "MM"}
        lines = _stack(_add_layer(element, "LinePatternFill", pattern), "", "line")
        line = {
            "line_color": ink,
            "line_style": "solid",
            "line_width": millimetres(_HATCH_PIXELS),
            "line_width_unit": "MM",
        }
        _add_layer(lines, "SimpleLine", line)


def _add_dots(element: ET.Element, ink: str) -> None:
    half = millimetres(_TILE_PIXELS / 2)
    pattern = {
        "distance_x": millimetres(_TILE_PIXELS),
        "distance_x_unit": "MM",
        "distance_y": half,
        "distance_y_unit": "MM",
        "displacement_x": half,
        "displacement_x_unit": "MM",
    }
    dots = _stack(_add_layer(element, "PointPatternFill", pattern), "", "marker")
    dot = {
        "name": "circle",
        "color": ink,
        "outline_style": "no",
        "size": millimetres(_DOT_PIXELS),
        "size_unit": "MM",
    }
    _add_layer(dots, "SimpleMarker", dot)
