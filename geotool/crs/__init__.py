"""Coordinate reference systems: VN-2000 by name, one datum transformation, scale.

The named choices and the seven parameters are data (``layers/crs.toml``). Every move between
VN-2000 and another datum goes through the pinned official parameters, never through what PROJ
would pick for the spot. Coordinates are x, y = easting, northing or longitude, latitude.

Order of the modules, each importing only earlier ones: ``table``, ``identity``, ``names``,
``moves``, ``extent``, ``writing``, ``search``, ``points``.
"""

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
from geotool.crs.search import Candidate, candidates, in_country, landing, search
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
