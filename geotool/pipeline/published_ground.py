"""Ground drawn as a whole: nothing in its outline tells of what it was put together."""

from collections.abc import Mapping
from typing import cast

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from geotool import crs
from geotool.affected.take import BASIS_AREAS
from geotool.share.redaction import Profile

LAYERS = ("right_of_way", "cells", "land_take_by_section", "handover", "strips")
"""Layers whose outlines follow the rows of the right of way."""
ROW = "right_of_way_id"
"""Hidden where the rows may be what each donor gives, or lends."""
TRACE_M = 0.1
"""Gaps up to twice as wide are closed, and steps as high in an outline are straightened."""

_NOISE_M, _NOISE_M2 = 1e-6, 1e-6  # less is no gap, but the rounding of offsets

Shapes = NDArray[np.object_]
Point = tuple[float, float]


def hides_bases(profile: Profile | None) -> bool:
    """Return whether readers may not see which ground is donated or lent."""
    if profile is None:
        return False
    return not (profile.hidden | profile.withheld).isdisjoint(BASIS_AREAS)


def hides_rows(profile: Profile | None) -> bool:
    """Return whether readers may not see which ground was given together."""
    return hides_bases(profile) or (profile is not None and ROW in profile.hidden)


def draw_whole(
    layers: Mapping[str, gpd.GeoDataFrame], profile: Profile | None
) -> dict[str, gpd.GeoDataFrame]:
    """Return layers in which no outline tells where the ground of a hidden row begins."""
    drawn = dict(layers)
    if hides_rows(profile):
        drawn |= {name: without_traces(drawn[name]) for name in LAYERS if name in drawn}
    return drawn


def without_traces(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return areas without slits and without vertices that their outline does not need.

    Parameters
    ----------
    frame
        Areas in a projected CRS, put together of smaller ones that are not shown.

    Returns
    -------
    GeoDataFrame
        The same rows. An outline moves by twice ``TRACE_M`` at most (Douglas and Peucker 1973,
        then the steps that this begins at); a vertex that the outline of any row needs stays in
        all rows, so neighbours keep one border.
    """
    reach = TRACE_M / crs.require_projected(frame, "right_of_way")
    areas = _closed(_polygons(np.asarray(frame.geometry.array, dtype=object)), reach)
    # a ring begins at its first corner: a point of its hull, which every outline needs
    areas = shapely.normalize(areas)
    needed = _vertices(shapely.simplify(areas, reach, preserve_topology=True))
    plain = _drawn(areas, _without_steps(areas, needed, reach), needed, reach)
    return frame.set_geometry(gpd.GeoSeries(plain, index=frame.index, crs=frame.crs))


def _closed(areas: Shapes, reach: float) -> Shapes:
    """Return areas with the gaps in them that are narrower than twice a reach, and in no other."""
    gaps = shapely.difference(_offset(_offset(areas, reach), -reach), areas)
    parts, row = shapely.get_parts(gaps, return_index=True)
    # a mitre can reach across wide ground where edges meet at a sharp angle
    is_gap = (shapely.area(parts) > _NOISE_M2) & shapely.is_empty(_offset(parts, -1.1 * reach))
    tree, made = shapely.STRtree(areas), areas.copy()
    for place in np.unique(row[is_gap]):
        gap = shapely.union_all(parts[is_gap & (row == place)])
        near = tree.query(gap, predicate="dwithin", distance=2 * reach)
        free = shapely.get_parts(gap - shapely.union_all(made[near[near != place]]))
        filled = free[shapely.area(free) > _NOISE_M2]
        made[place] = shapely.union_all([made[place], *filled])
    return made


def _offset(areas: Shapes, distance: float) -> Shapes:
    """Return areas grown by a distance, their corners kept; an offset alone may cross itself."""
    return _valid(shapely.buffer(areas, distance, join_style="mitre"))


def _valid(shapes: Shapes) -> Shapes:
    return np.where(
        shapely.is_valid(shapes), shapes, shapely.make_valid(shapes, method="structure")
    )


def _without_steps(areas: Shapes, corners: set[Point], reach: float) -> set[Point]:
    """Return corners without those within a reach of the line between their neighbours.

    Where three edges or more meet, rows border on each other: such a corner stays. No vertex
    lies farther than twice a reach from what is drawn.
    """
    near, passed = _edges(areas, corners)
    order = sorted(near, key=lambda corner: _farthest(near[corner], {corner}))
    tree = shapely.STRtree([shapely.Point(xy) for xy in order])
    dropped: set[Point] = set()
    found = True
    while found:
        found = False
        for corner in order:
            ends = near.get(corner, set())
            if len(ends) != 2 or _farthest(ends, {corner}) > reach:
                continue
            first, last = ends
            left_out = {corner, *passed[frozenset((first, corner))]}
            left_out |= passed[frozenset((corner, last))]
            if last in near[first] or _farthest(ends, left_out) > 2 * reach:
                continue
            swept = shapely.Polygon((first, corner, last))
            met = {order[place] for place in tree.query(swept, predicate="intersects")}
            if _passes_over(met & near.keys() - {corner, *ends}, (first, corner, last)):
                continue
            passed[frozenset(ends)] = left_out
            near[first] = near[first] - {corner} | {last}
            near[last] = near[last] - {corner} | {first}
            del near[corner]
            dropped.add(corner)
            found = True
    return corners - dropped


def _passes_over(others: set[Point], old: tuple[Point, ...]) -> bool:
    """Return whether some corners lie beside the old place of a line, not where rows meet it."""
    line = shapely.LineString(old)
    return any(shapely.distance(line, shapely.Point(xy)) > _NOISE_M for xy in others)


def _farthest(ends: set[Point], points: set[Point]) -> float:
    """Return how far the farthest of some points lies from the line between two ends."""
    line = shapely.LineString(list(ends))
    return float(shapely.distance(line, shapely.points(list(points))).max())


def _edges(
    areas: Shapes, corners: set[Point]
) -> tuple[dict[Point, set[Point]], dict[frozenset[Point], set[Point]]]:
    """Return the neighbours of each corner, and the vertices left out between two."""
    near: dict[Point, set[Point]] = {}
    passed: dict[frozenset[Point], set[Point]] = {}
    for ring in shapely.get_rings(shapely.get_parts(areas)):
        vertices = [cast(Point, tuple(xy)) for xy in shapely.get_coordinates(ring)[1:].tolist()]
        first = next(place for place, xy in enumerate(vertices) if xy in corners)
        start, between = vertices[first], set[Point]()
        for xy in (*vertices[first + 1 :], *vertices[: first + 1]):
            if xy not in corners:
                between.add(xy)
                continue
            near.setdefault(start, set()).add(xy)
            near.setdefault(xy, set()).add(start)
            passed.setdefault(frozenset((start, xy)), set()).update(between)
            start, between = xy, set()
    return near, passed


def _polygons(shapes: Shapes) -> Shapes:
    """Return the areas in shapes, without lines and points."""
    parts, row = shapely.get_parts(_valid(shapes), return_index=True)
    areal = shapely.get_dimensions(parts) == 2
    return np.array(
        [shapely.union_all(parts[areal & (row == place)]) for place in range(len(shapes))],
        dtype=object,
    )


def _drawn(areas: Shapes, corners: set[Point], needed: set[Point], reach: float) -> Shapes:
    """Return areas drawn by their corners.

    A polygon that these would not draw soundly has the corners it needs by itself, and at last
    all of its vertices, and so have those that it meets there.
    """
    parts, row = shapely.get_parts(areas, return_index=True)
    drawn, unsound = parts, np.zeros(len(parts), dtype=np.bool_)
    for more in (corners, needed, _vertices(areas)):
        corners = corners | (_vertices(parts[unsound]) & more)
        drawn = np.array([_drawn_by(part, corners) for part in parts], dtype=object)
        unsound = ~_is_sound(drawn, parts, 2 * reach)
        if not unsound.any():
            break
    drawn[unsound] = parts[unsound]
    rows = [drawn[row == place] for place in range(len(areas))]
    return np.array([_as_one(own) for own in rows], dtype=object)


def _is_sound(drawn: Shapes, parts: Shapes, reach: float) -> NDArray[np.bool_]:
    """Return which polygons are valid as drawn, and nowhere farther from what they were."""
    valid = shapely.is_valid(drawn)
    usable = drawn.copy()
    usable[~valid] = None
    near = [
        shapely.covers(shapely.buffer(one, reach + _NOISE_M, quad_segs=16), other)
        for one, other in ((usable, parts), (parts, usable))
    ]
    return np.asarray(valid & near[0] & near[1], dtype=np.bool_)


def _drawn_by(polygon: shapely.Geometry, corners: set[Point]) -> shapely.Geometry:
    """Return a polygon whose rings have these vertices alone."""
    shell, *holes = (
        [xy for xy in shapely.get_coordinates(ring).tolist() if tuple(xy) in corners]
        for ring in shapely.get_rings(polygon)
    )
    return shapely.Polygon(shell, holes)


def _as_one(parts: Shapes) -> shapely.Geometry:
    return parts[0] if len(parts) == 1 else shapely.union_all(parts)


def _vertices(shapes: Shapes) -> set[Point]:
    return set(map(tuple, shapely.get_coordinates(shapes).tolist()))
