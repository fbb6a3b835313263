"""Coordinate reference systems: VN-2000 by name, one datum transformation, scale.

The named choices and the seven parameters are data (``layers/crs.toml``). Every move between
VN-2000 and another datum goes through the pinned official parameters, never through what PROJ
would pick for the spot. Coordinates are x, y = easting, northing or longitude, latitude.

Order of the modules, each importing only earlier ones: ``table``, ``identity``, ``names``,
``moves``, ``extent``.
"""

from geotool.crs.extent import ScaleStatement, candidates, scale_statement
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
)
from geotool.crs.moves import PointTransform, reproject, transformer
from geotool.crs.names import choices, resolve
from geotool.crs.table import CrsChoice

__all__ = [
    "CrsChoice",
    "PointTransform",
    "ScaleStatement",
    "candidates",
    "canonical",
    "choices",
    "code_of",
    "is_vn2000",
    "looks_vn2000",
    "metres_per_unit",
    "name_of",
    "reproject",
    "require_projected",
    "require_same",
    "resolve",
    "same",
    "scale_statement",
    "transformer",
]
