"""Coordinate reference systems: VN-2000 by name, one datum transformation, scale.

The named choices and the seven parameters are data (``layers/crs.toml``). Every move between
VN-2000 and another datum goes through the pinned official parameters, never through what PROJ
would pick for the spot. Coordinates are x, y = easting, northing or longitude, latitude.

Order of the modules, each importing only earlier ones: ``table``, ``identity``, ``names``,
``moves``, ``extent``, ``writing``, ``searching``, ``points``. Each is loaded when something of it
is asked for: the library of projections is not needed where two layers name the same zone.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geotool.crs.extent import LineLength, ScaleStatement, measure_line, scale_statement
    from geotool.crs.identity import (
        canonical,
        code_of,
        is_vn2000,
        looks_vn2000,
        metres_per_unit,
        name_of,
        require_projected,
        require_same,
        same,
        vn2000_twin,
        writing_kind,
    )
    from geotool.crs.moves import PointTransform, reproject, transformer
    from geotool.crs.names import choices, resolve
    from geotool.crs.points import ParsedAngle, ParsedPoint, format_dms, parse_angle, parse_point
    from geotool.crs.searching import Candidate, candidates, in_country, landing, search
    from geotool.crs.table import CrsChoice
    from geotool.crs.writing import Writing, Written, recognise

__all__ = [
    "Candidate",
    "CrsChoice",
    "LineLength",
    "ParsedAngle",
    "ParsedPoint",
    "PointTransform",
    "ScaleStatement",
    "Writing",
    "Written",
    "candidates",
    "canonical",
    "choices",
    "code_of",
    "format_dms",
    "in_country",
    "is_vn2000",
    "landing",
    "looks_vn2000",
    "measure_line",
    "metres_per_unit",
    "name_of",
    "parse_angle",
    "parse_point",
    "recognise",
    "reproject",
    "require_projected",
    "require_same",
    "resolve",
    "same",
    "scale_statement",
    "search",
    "transformer",
    "vn2000_twin",
    "writing_kind",
]

_ROOMS = {
    "extent": ("LineLength", "ScaleStatement", "measure_line", "scale_statement"),
    "identity": (
        "canonical",
        "code_of",
        "is_vn2000",
        "looks_vn2000",
        "metres_per_unit",
        "name_of",
        "require_projected",
        "require_same",
        "same",
        "vn2000_twin",
        "writing_kind",
    ),
    "moves": ("PointTransform", "reproject", "transformer"),
    "names": ("choices", "resolve"),
    "points": ("ParsedAngle", "ParsedPoint", "format_dms", "parse_angle", "parse_point"),
    "searching": ("Candidate", "candidates", "in_country", "landing", "search"),
    "table": ("CrsChoice",),
    "writing": ("Writing", "Written", "recognise"),
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names}


def __getattr__(name: str) -> object:
    """Return what a module of this package offers, loading it first."""
    if name not in _ROOM_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_ROOM_OF[name]}"), name)
    globals()[name] = value
    return value
