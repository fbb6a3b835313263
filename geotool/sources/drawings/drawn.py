"""What a drawing holds, and the limits within which it is read."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, cast

import numpy as np
import shapely

from geotool import rules
from geotool.errors import DataError

Kind = Literal["line", "polygon", "point", "text", "block"]

_LISTED = 10
_MILLIMETRES = 1000.0


@dataclass(frozen=True)
class Entity:
    r"""One drawn object.

    ``shape`` is in drawing units: a line (closed where its ends meet), a polygon (with the
    holes it was drawn with), a point, or the insertion point of a text or block. ``text`` is
    the words of a text (lines end with ``\n``) or the name of a block; ``attributes`` are a
    block's words by tag; ``handle`` names the object in its drawing; ``font`` is that of its
    words, empty when unknown.
    """

    kind: Kind
    level: str
    shape: shapely.Geometry
    text: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    handle: str = ""
    font: str = ""


@dataclass(frozen=True)
class Limits:
    """Working limits of reading drawings; see ``layers/rules/drawing.toml``."""

    arc_sagitta_m: float
    closing_gap_m: float
    millimetres_above: float
    curve_chords: int
    entity_limit: int
    block_depth: int
    tcvn3: tuple[str, ...]
    vni: tuple[str, ...]
    tcvn3_capitals: tuple[str, ...]

    def encoding_of(self, font: str) -> str | None:
        """Return the code a font's words were typed in, None for any other font."""
        name = font.casefold()
        if name.startswith(self.tcvn3):
            return "tcvn3"
        return "vni" if name.startswith(self.vni) else None

    def is_capital(self, font: str) -> bool:
        """Return whether a font of the TCVN3 family holds capitals only."""
        name = font.casefold().rpartition(".")
        stem = name[0] if name[2] in ("ttf", "shx") else font.casefold()
        return self.encoding_of(font) == "tcvn3" and stem.endswith(self.tcvn3_capitals)


def load_limits(*, project_dir: Path | None = None) -> Limits:
    """Return the working limits of reading drawings.

    Raises
    ------
    DataError
        When one is missing or of the wrong type.
    """
    rule = rules.load_rule("drawing", project_dir=project_dir)
    numbers, fonts = rule.values.get("drawing", {}), rule.values.get("fonts", {})
    try:
        return Limits(
            arc_sagitta_m=_positive(numbers["arc_sagitta_m"]),
            closing_gap_m=_positive(numbers["closing_gap_m"]),
            millimetres_above=_positive(numbers["millimetres_above"]),
            curve_chords=int(_positive(numbers["curve_chords"])),
            entity_limit=int(_positive(numbers["entity_limit"])),
            block_depth=int(_positive(numbers["block_depth"])),
            tcvn3=tuple(str(name).casefold() for name in fonts["tcvn3"]),
            vni=tuple(str(name).casefold() for name in fonts["vni"]),
            tcvn3_capitals=tuple(str(name).casefold() for name in fonts["tcvn3_capitals"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(
            f"layers/rules/drawing.toml: a value is missing or wrong ({error}).",
            remedy="Write it as in geotool's own file of that name.",
        ) from error


def units_per_metre(shapes: Sequence[shapely.Geometry], limits: Limits) -> float:
    """Return how many drawing units a metre has: 1, or 1000 where the drawing lies far out."""
    bounds = shapely.bounds(np.asarray(shapes, dtype=object))
    largest = np.max(np.abs(bounds), axis=1) if len(bounds) else np.empty(0)
    largest = largest[np.isfinite(largest)]
    if largest.size and float(np.median(largest)) > limits.millimetres_above:
        return _MILLIMETRES
    return 1.0


def close_line(shape: shapely.Geometry, gap: float) -> tuple[shapely.Polygon, float] | None:
    """Return the polygon a line encloses and how far its ends lie apart.

    None when they are farther apart than ``gap`` (drawing units), or nothing is enclosed.
    """
    if shapely.get_type_id(shape) not in (1, 2) or shapely.get_num_coordinates(shape) < 3:
        return None
    points = shapely.get_coordinates(shape, include_z=bool(shapely.has_z(shape)))
    apart = math.dist(points[0, :2], points[-1, :2])
    if not apart <= gap:
        return None
    points[-1] = points[0]
    if len(points) < 4 or len({(x, y) for x, y in points[:, :2].tolist()}) < 3:
        return None
    polygon = cast(shapely.Polygon, shapely.polygons(points))
    enclosed = polygon.area > 0 or polygon.convex_hull.area > 0
    return (polygon, apart) if enclosed else None


def name_handles(handles: Sequence[str]) -> str:
    """Return the handles of objects for a message, the first ten and how many more."""
    named = [handle for handle in handles if handle]
    if not named:
        return f"{len(handles)} objects without handle"
    more = len(handles) - min(len(named), _LISTED)
    listed = ", ".join(named[:_LISTED])
    return f"handles {listed}" + (f" and {more} more" if more > 0 else "")


def counted(counts: Mapping[str, int]) -> str:
    """Return counts in words: ``3 texts, 2 blocks``."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{count} {word}" for word, count in ordered)


def _positive(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e300:
        raise ValueError(f"{value!r} is no number above 0")
    return float(value)
