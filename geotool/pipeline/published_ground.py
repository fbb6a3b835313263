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
TRACE_M = 0.1
"""Gaps up to twice as wide are closed, and steps as high in an outline are straightened."""

_NOISE_M2 = 1e-6  # less is no gap, but the rounding of offsets

Shapes = NDArray[np.object_]
Point = tuple[float, float]


def hides_bases(profile: Profile | None) -> bool:
    """Return whether readers may not see which ground is donated or lent."""
    if profile is None:
        return False
    return not (profile.hidden | profile.withheld).isdisjoint(BASIS_AREAS)


def draw_whole(
    layers: Mapping[str, gpd.GeoDataFrame], profile: Profile | None
) -> dict[str, gpd.GeoDataFrame]:
    """Return layers in which no outline tells where ground of a hidden basis begins."""
    drawn = dict(layers)
    if hides_bases(profile):
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
    needed = shapely.get_coordinates(shapely.simplify(areas, reach, preserve_topology=True))
    corners = _without_steps(areas, set(map(tuple, needed.tolist())), reach)
    plain = np.array([_drawn_by(area, corners) for area in areas], dtype=object)
    return frame.set_geometry(gpd.GeoSeries(plain, index=frame.index, crs=frame.crs))


def _closed(areas: Shapes, reach: float) -> Shapes:
    """Return areas with the gaps in them that are narrower than twice a reach, and in no other."""
    grown = shapely.buffer(areas, reach, join_style="mitre")
    gaps = shapely.difference(shapely.buffer(grown, -reach, join_style="mitre"), areas)
    parts, row = shapely.get_parts(gaps, return_index=True)
    # a mitre can reach across wide ground where edges meet at a sharp angle
    is_gap = (shapely.area(parts) > _NOISE_M2) & shapely.is_empty(
        shapely.buffer(parts, -1.1 * reach, join_style="mitre")
    )
    tree, made = shapely.STRtree(areas), areas.copy()
    for place in np.unique(row[is_gap]):
        gap = shapely.union_all(parts[is_gap & (row == place)])
        near = tree.query(gap, predicate="dwithin", distance=2 * reach)
        free = shapely.get_parts(gap - shapely.union_all(made[near[near != place]]))
        filled = free[shapely.area(free) > _NOISE_M2]
        made[place] = shapely.union_all([made[place], *filled])
    return made


def _without_steps(areas: Shapes, corners: set[Point], reach: float) -> set[Point]:
    """Return corners without those within a reach of the line between their neighbours.

    Where three edges or more meet, rows border on each other: such a corner stays. No vertex
    lies farther than twice a reach from what is drawn.
    """
    near, passed = _edges(areas, corners)
    order = sorted(near, key=lambda corner: _farthest(near[corner], {corner}))
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
            passed[frozenset(ends)] = left_out
            near[first] = near[first] - {corner} | {last}
            near[last] = near[last] - {corner} | {first}
            del near[corner]
            dropped.add(corner)
            found = True
    return corners - dropped


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
    parts, row = shapely.get_parts(shapes, return_index=True)
    areal = shapely.get_dimensions(parts) == 2
    return np.array(
        [shapely.union_all(parts[areal & (row == place)]) for place in range(len(shapes))],
        dtype=object,
    )


def _drawn_by(area: shapely.Geometry, corners: set[Point]) -> shapely.Geometry:
    """Return an area whose rings have these vertices alone."""
    drawn = []
    for polygon in shapely.get_parts(area):
        rings = [
            [xy for xy in shapely.get_coordinates(ring).tolist() if tuple(xy) in corners]
            for ring in shapely.get_rings(polygon)
        ]
        drawn.append(shapely.Polygon(rings[0], rings[1:]))
    made = shapely.union_all(drawn) if len(drawn) != 1 else drawn[0]
    return made if made.is_valid else shapely.make_valid(made, method="structure")
