"""What a GeoParquet file says of its shapes, without the libraries that read them.

Format: GeoParquet 1.1.0, https://geoparquet.org/releases/v1.1.0/
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

LON_LAT = "OGC:CRS84"
"""What coordinates mean where a file says nothing of them."""

Bounds = tuple[float, float, float, float]

_SIDES = ("xmin", "ymin", "xmax", "ymax")
_UNNAMED_INDEX = re.compile(r"__index_level_\d+__")


@dataclass(frozen=True)
class ShapeColumn:
    """The column of shapes that a file calls its own.

    Attributes
    ----------
    name, encoding
        The column, and how its shapes are written: "WKB", "point", "polygon", ...
    others
        Columns of other shapes.
    kinds
        Kinds of shape in it, none where it does not say.
    crs
        A code such as ``EPSG:5897``, else the text of the system; None for a system not known.
    bounds
        (xmin, ymin, xmax, ymax) of all shapes, None where it does not say.
    box_paths
        Paths of the xmin, ymin, xmax, ymax of every row, ``bbox.xmin``; None where it has none.
    """

    name: str
    encoding: str
    others: frozenset[str]
    kinds: tuple[str, ...]
    crs: str | None
    bounds: Bounds | None
    box_paths: tuple[str, ...] | None

    def attributes_of(self, names: Sequence[str]) -> tuple[str, ...]:
        """Return the names of columns that are neither shapes nor boxes nor row numbers."""
        boxes = {path.split(".")[0] for path in self.box_paths or ()}
        left_out = {self.name, *self.others, *boxes}
        return tuple(n for n in names if n not in left_out and not _UNNAMED_INDEX.fullmatch(n))


def shape_column(metadata: Mapping[bytes, bytes] | None) -> ShapeColumn | None:
    """Return the column of shapes that the metadata of a Parquet file declares.

    Returns
    -------
    ShapeColumn or None
        None for a Parquet file that is no GeoParquet.

    Raises
    ------
    ValueError, LookupError, TypeError, AttributeError
        When the metadata is not as the format has it.
    """
    raw = (metadata or {}).get(b"geo")
    if raw is None:
        return None
    geo = json.loads(raw)
    name = geo["primary_column"]
    column = geo["columns"][name]
    return ShapeColumn(
        name=name,
        encoding=str(column["encoding"]),
        others=frozenset(geo["columns"]) - {name},
        kinds=tuple(column.get("geometry_types") or ()),
        crs=_system(column),
        bounds=flat_bounds(column.get("bbox")),
        box_paths=_box_paths(column),
    )


def flat_bounds(box: Sequence[float] | None) -> Bounds | None:
    """Return (xmin, ymin, xmax, ymax) of bounds that may hold heights too."""
    if box is None:
        return None
    half = len(box) // 2
    return (float(box[0]), float(box[1]), float(box[half]), float(box[half + 1]))


def _system(column: Mapping[str, Any]) -> str | None:
    if "crs" not in column:
        return LON_LAT
    system = column["crs"]
    if system is None or isinstance(system, str):
        return system or None
    code = system.get("id")
    return f"{code['authority']}:{code['code']}" if code else json.dumps(system)


def _box_paths(column: Mapping[str, Any]) -> tuple[str, ...] | None:
    covering = (column.get("covering") or {}).get("bbox")
    return covering and tuple(".".join(covering[side]) for side in _SIDES)
