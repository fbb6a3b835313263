"""How true areas are over an extent in a system."""

from dataclasses import dataclass

import numpy as np
from pyproj import CRS, Transformer

from geotool.crs.identity import as_crs, horizontal, metres_per_unit, name_of, require_projected
from geotool.crs.moves import FORWARD, INVERSE, Floats, PointTransform
from geotool.errors import CrsError


@dataclass(frozen=True)
class ScaleStatement:
    """How far planar areas in a system are from areas on the ellipsoid.

    ``scale_error_ppm_min`` and ``scale_error_ppm_max`` bound the area scale error (planar over
    geodesic minus one, in parts per million) over the layer; ``geodesic_area_ratio`` is planar
    area over geodesic area of the whole extent; ``warn`` says that the limit is exceeded.
    """

    crs: str
    scale_error_ppm_min: float
    scale_error_ppm_max: float
    geodesic_area_ratio: float
    warn: bool


def scale_statement(
    bounds: tuple[float, float, float, float], crs: CRS | str, *, limit_ppm: float
) -> ScaleStatement:
    """Return how planar areas over an extent compare with geodesic ones.

    Parameters
    ----------
    bounds
        ``(min x, min y, max x, max y)`` of the layers, in units of ``crs``.
    crs
        A projected system.
    limit_ppm
        Area scale error beyond which the statement warns: probably the wrong zone.

    Raises
    ------
    CrsError
        When the system is not projected, or the extent lies outside it.
    """
    system = as_crs(crs)
    require_projected(system, "scale statement")
    flat = horizontal(system)
    x, y = np.meshgrid(np.linspace(bounds[0], bounds[2], 33), np.linspace(bounds[1], bounds[3], 9))
    to_degrees = PointTransform(((_to_plane(flat), INVERSE),), name_of(system))
    lon, lat = to_degrees(x.ravel(), y.ravel())
    scale = _area_scale(flat, lon, lat)
    low, high = (float(scale.min()) - 1) * 1e6, (float(scale.max()) - 1) * 1e6
    return ScaleStatement(
        crs=name_of(system),
        scale_error_ppm_min=low,
        scale_error_ppm_max=high,
        geodesic_area_ratio=float(1 / np.mean(1 / scale)),
        warn=not max(abs(low), abs(high)) <= limit_ppm,
    )


def _to_plane(flat: CRS) -> Transformer:
    return Transformer.from_crs(flat.geodetic_crs, flat, always_xy=True)


def _area_scale(flat: CRS, lon: Floats, lat: Floats) -> Floats:
    """Return planar over ellipsoidal area at points, from the slopes of the projection.

    PROJ's own factors are not used: for Web Mercator they are those of a sphere.
    """
    forward = PointTransform(((_to_plane(flat), FORWARD),), name_of(flat))
    step = 1e-4
    east, west = forward(lon + step, lat), forward(lon - step, lat)
    north, south = forward(lon, lat + step), forward(lon, lat - step)
    determinant = (east[0] - west[0]) * (north[1] - south[1]) - (north[0] - south[0]) * (
        east[1] - west[1]
    )
    geodetic, ellipsoid = flat.geodetic_crs, flat.ellipsoid
    if geodetic is None or ellipsoid is None:
        raise CrsError(f"{name_of(flat)} has no ellipsoid to compare areas with.")
    radians = geodetic.axis_info[0].unit_conversion_factor
    a, b = ellipsoid.semi_major_metre, ellipsoid.semi_minor_metre
    e2 = 1 - (b / a) ** 2
    phi = lat * radians
    ellipsoidal = a**2 * (1 - e2) / (1 - e2 * np.sin(phi) ** 2) ** 2 * np.cos(phi)
    planar = np.abs(determinant) * metres_per_unit(flat) ** 2 / (2 * step * radians) ** 2
    return np.asarray(planar / ellipsoidal)
