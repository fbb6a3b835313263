"""Lengths of an axis side by side: on the map, on the ellipsoid, by its labels, as published.

The drawn axis is made of chords, shorter than the curve they stand for. On a circle of radius R
a chord L is shorter than its arc by ``2 R asin(L / 2R) - L``, about ``L^3 / (24 R^2)``: 1,666 ppm
for R = 250 m with a vertex every 50 m. The curvature of a chord is the mean of those at its two
ends, and at a vertex that of the circle through it and its neighbours, positive to the left. Where
a straight meets an arc that circle would bend the straight: there the straight gets none and the
arc all of the turn, if that agrees better with the next vertex of the arc. Exact for vertices on
a circle and for straights between circles; an estimate for other smooth curves. It means nothing
for an axis drawn by its points of intersection, whose curves cut the corners and are shorter than
drawn; turns above a limit are therefore corners, which add nothing and are listed. Vertices that
lie almost together are one: the turn there is that of noise, and would bend the chords beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from geotool import crs
from geotool.route.axis import Axis
from geotool.route.locate import Floats
from geotool.route.stationing import stationed_length
from geotool.rules.lengths import LengthRules

_PUBLISHED_AS = (
    "planar_length_m",
    "geodesic_length_m",
    "curve_length_m",
    "stationed_length_m",
    "label_difference_m",
)


@dataclass(frozen=True)
class LengthStatement:
    """The lengths of one axis, in metres; differences are signed as their names read.

    Attributes
    ----------
    alignment_id, vertex_count
        The axis and how many vertices it was drawn with.
    planar_length_m
        Length on the map, in the CRS of the axis.
    geodesic_length_m
        Length on the ellipsoid of that CRS's own datum, at height 0.
    wgs84_length_m
        Length of the same points on WGS 84, as a satellite receiver finds it.
    scale_factor_ppm
        Mean point scale of the projection along the axis, less one, in parts per million.
    chord_shortfall_m
        Estimate of how much longer the smooth curve through the vertices is than its chords.
    stationed_length_m
        Length by the labels: last less first label of every zone, added up.
    label_difference_m
        Last label less first label of the axis; no length where there are equations.
    published_length_m
        The length as published, None when not known.
    """

    alignment_id: str
    vertex_count: int
    planar_length_m: float
    geodesic_length_m: float
    wgs84_length_m: float
    scale_factor_ppm: float
    chord_shortfall_m: float
    stationed_length_m: float
    label_difference_m: float
    published_length_m: float | None

    @property
    def scale_difference_m(self) -> float:
        """Planar less geodesic: what the projection does."""
        return self.planar_length_m - self.geodesic_length_m

    @property
    def datum_difference_m(self) -> float:
        """Geodesic on the own datum less that on WGS 84: what the datum does."""
        return self.geodesic_length_m - self.wgs84_length_m

    @property
    def curve_length_m(self) -> float:
        """Geodesic and chord shortfall: the best estimate of the length of the smooth axis."""
        return self.geodesic_length_m + self.chord_shortfall_m

    @property
    def stationing_difference_m(self) -> float:
        """Stationed less planar: what posts stretch; equations do not."""
        return self.stationed_length_m - self.planar_length_m

    @property
    def equation_jump_m(self) -> float:
        """Label difference less stationed: ahead less back label of all equations, added up."""
        return self.label_difference_m - self.stationed_length_m

    @property
    def unexplained_m(self) -> float | None:
        """Published less curve length, None when nothing is published."""
        if self.published_length_m is None:
            return None
        return self.published_length_m - self.curve_length_m

    @property
    def nearest_difference_m(self) -> float | None:
        """Published less the nearest of the lengths, None when nothing is published."""
        nearest = self.published_nearest
        if nearest is None or self.published_length_m is None:
            return None
        return self.published_length_m - float(getattr(self, nearest))

    @property
    def published_nearest(self) -> str | None:
        """Name of the length nearest to the published one: what was probably published."""
        published = self.published_length_m
        if published is None:
            return None
        return min(_PUBLISHED_AS, key=lambda name: abs(float(getattr(self, name)) - published))


def measure_lengths(
    axis: Axis,
    frame_crs: CRS | str,
    rules: LengthRules,
    *,
    published_length_m: float | None = None,
) -> LengthStatement:
    """Return the lengths of an axis side by side.

    Parameters
    ----------
    axis
        The axis, in a projected CRS.
    frame_crs
        That CRS.
    rules
        What is a corner and no curve, and which vertices are one.
    published_length_m
        The length as published, in metres, where it is known.

    Raises
    ------
    CrsError
        When the CRS is not projected, or the axis lies outside it.
    """
    measured = crs.measure_line(axis.line, frame_crs)
    first, last = axis.zones[0], axis.zones[-1]
    return LengthStatement(
        alignment_id=axis.alignment_id,
        vertex_count=int(shapely.get_num_coordinates(axis.line)),
        planar_length_m=axis.length_m,
        geodesic_length_m=measured.geodesic_m,
        wgs84_length_m=measured.wgs84_m,
        scale_factor_ppm=measured.scale_factor_ppm,
        chord_shortfall_m=measure_chord_shortfall(axis, rules),
        stationed_length_m=stationed_length(axis.zones, axis.start_measure_m, axis.end_measure_m),
        label_difference_m=last.chainage_m[-1] - first.chainage_m[0],
        published_length_m=published_length_m,
    )


def measure_chord_shortfall(axis: Axis, rules: LengthRules) -> float:
    """Return by how many metres the smooth curve through the vertices is longer than drawn.

    Parameters
    ----------
    axis
        The axis, drawn by chords.
    rules
        What is a corner and no curve, and which vertices are one.
    """
    drawn_m, chords_m, turns, curvature = _bends(axis, rules.least_chord_m)
    smooth = np.abs(turns) <= rules.corner_deg
    ends = _curvature_of_ends(
        chords_m, np.where(smooth, turns, np.nan), np.where(smooth, curvature, np.nan)
    )
    known = np.isfinite(ends)
    of_chord = np.where(known, ends, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    half = np.minimum(np.abs(of_chord) * chords_m / 2, 1.0)
    with np.errstate(invalid="ignore"):
        longer = np.where(half > 0, np.arcsin(half) / half - 1, 0.0)
    return float(np.maximum(chords_m * longer - (drawn_m - chords_m), 0.0).sum())


def find_corners(axes: Sequence[Axis], rules: LengthRules) -> pd.DataFrame:
    """Return the vertices at which an axis turns by more than `rules.corner_deg` degrees.

    Returns
    -------
    DataFrame
        ``alignment_id, measure_m, chainage_m`` (the label), ``deflection_deg`` (positive to the
        left), in the order of the axes and along them.
    """
    rows = []
    for axis in axes:
        drawn_m, _, turns, _ = _bends(axis, rules.least_chord_m)
        for vertex in np.flatnonzero(np.abs(turns) > rules.corner_deg):
            measure = axis.start_measure_m + float(drawn_m[: vertex + 1].sum())
            turn = float(turns[vertex])
            rows.append((axis.alignment_id, measure, axis.chainage_at(measure), turn))
    return pd.DataFrame(rows, columns=["alignment_id", "measure_m", "chainage_m", "deflection_deg"])


def _curvature_of_ends(chords_m: Floats, turns: Floats, curvature: Floats) -> Floats:
    """Return the curvature in 1/m at the start and the end of every chord, NaN where not known.

    Parameters
    ----------
    chords_m
        Lengths of the chords.
    turns, curvature
        Of the inner vertices, NaN at corners.
    """
    before_m, after_m = chords_m[:-1], chords_m[1:]
    twice = 2 * np.sin(np.radians(turns))
    arc_before = np.divide(twice, before_m, out=np.zeros_like(twice), where=before_m > 0)
    arc_after = np.divide(twice, after_m, out=np.zeros_like(twice), where=after_m > 0)
    around = np.concatenate([[np.nan], curvature, [np.nan]])
    begins = _closer(around[2:], arc_after, curvature)
    ceases = _closer(around[:-2], arc_before, curvature)
    begins, ceases = begins & ~ceases, ceases & ~begins
    ends = np.full((2, len(chords_m)), np.nan)
    ends[1, :-1] = np.select([begins, ceases], [0.0 * curvature, arc_before], curvature)
    ends[0, 1:] = np.select([begins, ceases], [arc_after, 0.0 * curvature], curvature)
    return ends


def _closer(wanted: Floats, one: Floats, other: Floats) -> NDArray[np.bool_]:
    """Return where `one` is nearer to what is wanted than `other`; nowhere beside NaN."""
    nearer: NDArray[np.bool_] = np.abs(wanted - one) < np.abs(wanted - other)
    return nearer


def _bends(axis: Axis, least_chord_m: float) -> tuple[Floats, Floats, Floats, Floats]:
    """Return what bends along an axis whose vertices almost together are one.

    Returns
    -------
    tuple
        Between two vertices: length as drawn and chord, in metres. At the inner vertices: turn in
        degrees and curvature in 1/m.
    """
    points_m = shapely.get_coordinates(axis.line) * axis.metres_per_unit
    steps_m = np.hypot(*np.diff(points_m, axis=0).T)
    kept = _apart(np.concatenate([[0.0], np.cumsum(steps_m)]), least_chord_m)
    drawn_m = np.add.reduceat(steps_m, kept[:-1])
    moves = np.diff(points_m[kept], axis=0)
    chords_m = np.hypot(*moves.T)
    before, after = moves[:-1], moves[1:]
    cross = before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]
    turns = np.arctan2(cross, (before * after).sum(axis=1))
    across = np.hypot(*(before + after).T)
    curvature = np.divide(2 * np.sin(turns), across, out=np.zeros_like(turns), where=across > 0)
    return drawn_m, chords_m, np.degrees(turns), curvature


def _apart(along_m: Floats, least_m: float) -> list[int]:
    """Return the vertices with at least a length between them along the line, and both ends."""
    *inner, end = along_m.tolist()
    kept, reached = [0], 0.0
    for vertex, place in enumerate(inner[1:], start=1):
        if place - reached >= least_m <= end - place:
            kept.append(vertex)
            reached = place
    return [*kept, len(inner)]
