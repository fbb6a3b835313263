"""The axis of an alignment: one line from the parts it was drawn in."""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
import shapely
from shapely import LineString
from shapely.geometry.base import BaseGeometry

from geotool.errors import AmbiguousLabelError, GeometryError, LabelError, SchemaError
from geotool.route.stationing import (
    Label,
    Zone,
    chainages_at,
    label_of,
    measure_beyond,
    place_of,
    plain_zones,
)
from geotool.units import format_chainage, natural_key, parse_chainage


@dataclass(frozen=True)
class Axis:
    """One alignment as a single line along which chainage increases.

    Attributes
    ----------
    alignment_id
        Key of the alignment.
    name
        Its name, empty when unknown.
    line
        The axis in units of its CRS, directed by increasing chainage.
    start_measure_m
        Measure of the first vertex of `line`, in metres: its chainage.
    metres_per_unit
        Metres in one unit of the CRS.
    zones
        Where which label is, `stationing.plain_zones` when not given.
    """

    alignment_id: str
    name: str
    line: LineString
    start_measure_m: float
    metres_per_unit: float
    zones: tuple[Zone, ...] = ()

    def __post_init__(self) -> None:
        """Give an axis without equations and posts its one zone."""
        if not self.zones:
            object.__setattr__(self, "zones", plain_zones(self.start_measure_m, self.length_m))

    @property
    def length_m(self) -> float:
        """Length of the axis in metres."""
        return float(self.line.length) * self.metres_per_unit

    @property
    def end_measure_m(self) -> float:
        """Measure of the last vertex in metres."""
        return self.start_measure_m + self.length_m

    def measure_at(
        self, chainage_m: float, *, zone: int | None = None, near_m: float | None = None
    ) -> float:
        """Return the measure of a label; see `stationing.place_of`.

        Raises
        ------
        LabelError
            The label does not exist, or exists more than once and nothing says which is meant.
        """
        _, measure_m = place_of(
            self.zones, chainage_m, alignment_id=self.alignment_id, zone=zone, near_m=near_m
        )
        return measure_m

    def chainage_at(self, measure_m: float, *, before: bool = False) -> float:
        """Return the label of a measure; at an equation the one ahead, or the one `before`."""
        return float(chainages_at(self.zones, measure_m, before=before))

    def label_at(self, measure_m: float, *, before: bool = False, decimals: int = 2) -> str:
        """Return the label of a measure as text, ``Km568+126.00``."""
        return format_chainage(self.chainage_at(measure_m, before=before), decimals=decimals)

    def text_at(self, measure_m: float, *, before: bool = False, decimals: int = 2) -> str:
        """Return the label of a measure for readers, with its zone where the label repeats."""
        label = label_of(self.zones, measure_m, before=before)
        return label.text(decimals) + label.note

    def labels_of(self, first_m: float, last_m: float) -> tuple[Label, Label]:
        """Return the labels of the ends of a range; at an equation the farther end has the back."""
        return (
            label_of(self.zones, first_m, before=first_m > last_m),
            label_of(self.zones, last_m, before=last_m > first_m),
        )

    def range_at(
        self, first_m: float, last_m: float, *, decimals: int = 2, dash: str = " - "
    ) -> str:
        """Return a range of measures as text, ``Km560+010.00 - Km560+030.00 (zone 2)``."""
        first, last = self.labels_of(first_m, last_m)
        once = first.zone == last.zone
        lead = "" if once else first.note
        note = (first.note or last.note) if once else last.note
        return f"{first.text(decimals)}{lead}{dash}{last.text(decimals)}{note}"


def require_axes(axes: Sequence[Axis]) -> None:
    """Refuse to go on without any axis.

    Raises
    ------
    SchemaError
        There is none.
    """
    if not axes:
        raise SchemaError("alignments: there is no alignment.", remedy="Add an alignment.")


def axis_of(row: Mapping[Any, Any], axes: Sequence[Axis]) -> Axis:
    """Return the axis that a row names in ``alignment_id``, or the only one where it is blank.

    Raises
    ------
    LabelError
        As `alignment_of`.
    """
    key = alignment_of(row, [axis.alignment_id for axis in axes])
    return next(axis for axis in axes if axis.alignment_id == key)


def alignment_of(row: Mapping[Any, Any], alignment_ids: Sequence[str]) -> str:
    """Return the alignment that a row names in ``alignment_id``, or the only one where blank.

    Raises
    ------
    LabelError
        It names none though there are several, or one that does not exist; the message lists
        those there are.
    """
    value = row.get("alignment_id")
    key = "" if is_blank(value) else str(value)
    if key in alignment_ids:
        return key
    if not key and len(alignment_ids) == 1:
        return alignment_ids[0]
    known = ", ".join(sorted(alignment_ids, key=natural_key)) or "none"
    said = f"no alignment '{key}'" if key else "no alignment_id"
    raise LabelError(f"{said}; there are {known}.", remedy="Name one of them in alignment_id.")


def is_blank(value: object) -> bool:
    """Return whether a cell is empty: None, NaN or empty text."""
    if isinstance(value, float):
        return math.isnan(value)
    return value is None or value is pd.NA or value == ""


def read_metres(value: object, *, default: float) -> float:
    """Return a chainage cell in metres, the default when it is empty."""
    if is_blank(value):
        return default
    if isinstance(value, str):
        return parse_chainage(value)
    if isinstance(value, Real):
        return parse_chainage(float(value))
    raise LabelError(f"'{value}' is not a chainage.", remedy="Write Km12+300 or metres.")


def read_zone(value: object) -> int | None:
    """Return the number of a zone from its cell, None when it is empty.

    Raises
    ------
    LabelError
        The cell is no whole number of at least 1.
    """
    if is_blank(value):
        return None
    try:
        number = float(str(value))
    except ValueError:
        number = 0.0
    if number < 1 or not number.is_integer():
        raise LabelError(f"'{value}' is no number of a zone.", remedy="Write 1, 2, ...")
    return int(number)


def measure_of(
    axis: Axis,
    row: Mapping[Any, Any],
    end: str,
    *,
    default: float,
    beyond: bool = False,
    near_m: float | None = None,
) -> float:
    """Return the measure of a row's ``<end>_chainage``, in the zone of its ``<end>_zone`` if any.

    Parameters
    ----------
    axis
        The axis the label is on.
    row
        One row of a table of ranges.
    end
        ``from`` or ``to``; with ``""`` the columns are ``chainage`` and ``zone``.
    default
        The measure of an empty cell.
    beyond
        Labels before the first and after the last one are carried on metre by metre instead of
        being refused.
    near_m
        A measure; where a label repeats and no zone is named, the place nearest to it is meant.

    Raises
    ------
    LabelError
        The label cannot be read, does not exist, or exists more than once and nothing says which is
        meant.
    """
    lead = f"{end}_" if end else ""
    value: Any = row.get(f"{lead}chainage")
    if is_blank(value):
        return default
    number = read_zone(row.get(f"{lead}zone"))
    chainage_m = read_metres(value, default=default)
    outside = measure_beyond(axis.zones, chainage_m) if beyond and number is None else None
    if outside is not None:
        return outside
    try:
        return axis.measure_at(chainage_m, zone=number, near_m=near_m)
    except AmbiguousLabelError as error:
        raise LabelError(error.message, remedy=f"Add a column {lead}zone with 1, 2, ...") from error


def join_line(alignment_id: str, shape: BaseGeometry | None, metres_per_unit: float) -> LineString:
    """Return an alignment's drawing as one line without repeated vertices."""
    parts = _parts(shape)
    if not parts or any(part.geom_type not in ("LineString", "LinearRing") for part in parts):
        kind = "empty" if shape is None or shape.is_empty else shape.geom_type
        raise GeometryError(
            f"alignments: alignment '{alignment_id}' is not a line ({kind}).",
            remedy="Draw every alignment as one line.",
        )
    line = _joined_as_drawn(parts) or _merged(parts)
    if line is None:
        gaps = ", ".join(f"{gap * metres_per_unit:.3f} m" for gap in _gaps(parts)[:5])
        raise GeometryError(
            f"alignments: alignment '{alignment_id}' has {len(parts)} parts that do not make "
            f"one line; gaps between them: {gaps} (0.000 m is a fork).",
            remedy="Join the parts end to end, or give each its own alignment_id.",
        )
    return LineString(shapely.get_coordinates(shapely.remove_repeated_points(line)))


def _parts(shape: BaseGeometry | None) -> list[LineString]:
    """Return the parts of a drawing that have a length, without heights."""
    if shape is None:
        return []
    return [part for part in shapely.get_parts(shapely.force_2d(shape)) if part.length > 0]


def _joined_as_drawn(parts: list[LineString]) -> LineString | None:
    """Return the parts end to end in drawn order; None when an end misses the next start."""
    coords = [shapely.get_coordinates(part) for part in parts]
    for before, after in itertools.pairwise(coords):
        if not np.array_equal(before[-1], after[0]):
            return None
    return LineString(np.concatenate(coords))


def _merged(parts: list[LineString]) -> LineString | None:
    """Return the parts merged in any order, directed like the first; None when not one line."""
    merged = shapely.line_merge(shapely.MultiLineString(parts))
    if merged.geom_type != "LineString":
        return None
    first = shapely.get_coordinates(shapely.remove_repeated_points(parts[0]))[:2]
    coords = shapely.get_coordinates(shapely.remove_repeated_points(merged))
    pairs = np.stack([coords[:-1], coords[1:]], axis=1)
    agrees = bool((pairs == first).all(axis=(1, 2)).any())
    return merged if agrees else merged.reverse()


def _gaps(parts: list[LineString]) -> list[float]:
    """Return the gaps that the shortest joining of all parts must bridge, widest first."""
    merged = shapely.get_parts(shapely.line_merge(shapely.MultiLineString(parts)))
    ends = np.stack([shapely.get_coordinates(part)[[0, -1]] for part in merged])
    apart = np.linalg.norm(ends[:, None, :, None] - ends[None, :, None, :], axis=-1)
    distance = apart.min(axis=(2, 3))
    joined, waiting, gaps = {0}, set(range(1, len(merged))), []
    while waiting:
        gap, nearest = min((distance[i, j], j) for i in joined for j in waiting)
        gaps.append(float(gap))
        joined.add(nearest)
        waiting.discard(nearest)
    return sorted(gaps, reverse=True)
