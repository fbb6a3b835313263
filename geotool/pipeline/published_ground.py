"""Ground drawn as a whole: nothing in its outline tells of what it was put together."""

from collections.abc import Mapping

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
        The same rows. An outline moves by ``TRACE_M`` at most (Douglas and Peucker 1973); a
        vertex that the outline of any row needs stays in all rows, so neighbours keep one border.
    """
    reach = TRACE_M / crs.require_projected(frame, "right_of_way")
    areas = _closed(_polygons(np.asarray(frame.geometry.array, dtype=object)), reach)
    # a ring begins at its first corner: a point of its hull, which every outline needs
    areas = shapely.normalize(areas)
    needed = shapely.get_coordinates(shapely.simplify(areas, reach, preserve_topology=True))
    corners = set(map(tuple, needed.tolist()))
    plain = np.array([_drawn_by(area, corners) for area in areas], dtype=object)
    return frame.set_geometry(gpd.GeoSeries(plain, index=frame.index, crs=frame.crs))


def _closed(areas: Shapes, reach: float) -> Shapes:
    """Return areas with the gaps in them that are narrower than twice a reach."""
    grown = shapely.buffer(areas, reach, join_style="mitre")
    gaps = shapely.difference(shapely.buffer(grown, -reach, join_style="mitre"), areas)
    parts, row = shapely.get_parts(gaps, return_index=True)
    is_gap = shapely.area(parts) > _NOISE_M2
    made = areas.copy()
    for place in np.unique(row[is_gap]):
        made[place] = shapely.union_all([made[place], *parts[is_gap & (row == place)]])
    return made


def _polygons(shapes: Shapes) -> Shapes:
    """Return the areas in shapes, without lines and points."""
    parts, row = shapely.get_parts(shapes, return_index=True)
    areal = shapely.get_dimensions(parts) == 2
    return np.array(
        [shapely.union_all(parts[areal & (row == place)]) for place in range(len(shapes))],
        dtype=object,
    )


def _drawn_by(area: shapely.Geometry, corners: set[tuple[float, ...]]) -> shapely.Geometry:
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
