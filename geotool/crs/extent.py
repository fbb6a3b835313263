"""How true areas and lengths are in a system."""

from dataclasses import dataclass

import numpy as np
import shapely
from pyproj import CRS, Transformer

from geotool.crs.identity import as_crs, horizontal, metres_per_unit, name_of, require_projected
from geotool.crs.moves import FORWARD, INVERSE, Floats, PointTransform, transformer
from geotool.errors import CrsError

_STEP_M = 1000.0  # so short a piece of a straight drawn line is its geodesic to 1e-9 of its length


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


@dataclass(frozen=True)
class LineLength:
    """How long a line is on the map and on the ellipsoid, in metres.

    ``planar_m`` is its length in the system, ``geodesic_m`` that on the ellipsoid of the system's
    own datum, ``wgs84_m`` that of the same points on WGS 84, as a satellite receiver finds it.
    ``scale_factor_ppm`` is the mean over the line of the projection's point scale in the line's
    direction, less one, in parts per million.
    """

    planar_m: float
    geodesic_m: float
    wgs84_m: float
    scale_factor_ppm: float


def measure_line(line: shapely.LineString, crs: CRS | str) -> LineLength:
    """Return how the planar length of a line compares with its geodesic length.

    The straight lines between the vertices are followed as they are drawn, in pieces of at most
    1 km. Taking each piece as a geodesic makes the length too short by less than 1e-9 of it in
    transverse Mercator within 3 degrees of the meridian, and in Mercator below 60 degrees.

    Parameters
    ----------
    line
        A line in units of ``crs``.
    crs
        A projected system.

    Raises
    ------
    CrsError
        When the system is not projected, or the line lies outside it.
    """
    system = as_crs(crs)
    unit_m = require_projected(system, "line")
    flat = horizontal(system)
    x, y = shapely.get_coordinates(shapely.segmentize(line, _STEP_M / unit_m)).T
    moves = np.hypot(np.diff(x), np.diff(y))
    lon, lat = PointTransform(((_to_plane(flat), INVERSE),), name_of(system))(x, y)
    return LineLength(
        planar_m=float(moves.sum()) * unit_m,
        geodesic_m=_geodesic_m(flat, lon * _degrees(flat), lat * _degrees(flat)),
        wgs84_m=_geodesic_m(CRS("EPSG:4326"), *transformer(system, "EPSG:4326")(x, y)),
        scale_factor_ppm=(_mean_scale(flat, x, y) - 1) * 1e6,
    )


def _geodesic_m(crs: CRS, lon: Floats, lat: Floats) -> float:
    geod = crs.get_geod()
    if geod is None:
        raise CrsError(f"{name_of(crs)} has no ellipsoid to compare lengths with.")
    return float(geod.line_length(lon, lat))


def _degrees(flat: CRS) -> float:
    """Return how many degrees a unit of the system's longitudes and latitudes is."""
    geodetic = flat.geodetic_crs
    assert geodetic is not None
    return float(np.degrees(geodetic.axis_info[0].unit_conversion_factor))


def _mean_scale(flat: CRS, x: Floats, y: Floats) -> float:
    """Return the mean point scale along a line of short pieces, each weighted by its length.

    That of a piece is taken in its middle: planar over ellipsoidal length of a small move along
    it. The mean is over the length on the ellipsoid, so that it is the ratio of the two lengths.
    """
    moves = np.stack([np.diff(x), np.diff(y)], axis=1)
    lon, lat = PointTransform(((_to_plane(flat), INVERSE),), name_of(flat))(
        (x[:-1] + x[1:]) / 2, (y[:-1] + y[1:]) / 2
    )
    ground = np.linalg.solve(_slopes(flat, lon, lat), moves[:, :, None] * metres_per_unit(flat))
    planar_m = np.linalg.norm(moves, axis=1).sum() * metres_per_unit(flat)
    return float(planar_m / np.linalg.norm(ground[:, :, 0], axis=1).sum())


def _to_plane(flat: CRS) -> Transformer:
    return Transformer.from_crs(flat.geodetic_crs, flat, always_xy=True)


def _area_scale(flat: CRS, lon: Floats, lat: Floats) -> Floats:
    """Return planar over ellipsoidal area at points."""
    return np.asarray(np.abs(np.linalg.det(_slopes(flat, lon, lat))))


def _slopes(flat: CRS, lon: Floats, lat: Floats) -> Floats:
    """Return how far a point moves on the map for a metre east and a metre north, n x 2 x 2.

    The first index of the matrix is x, y in metres, the second east, north. PROJ's own factors
    are not used: for Web Mercator they are those of a sphere.
    """
    forward = PointTransform(((_to_plane(flat), FORWARD),), name_of(flat))
    step = 1e-4
    east = np.subtract(forward(lon + step, lat), forward(lon - step, lat))
    north = np.subtract(forward(lon, lat + step), forward(lon, lat - step))
    geodetic, ellipsoid = flat.geodetic_crs, flat.ellipsoid
    if geodetic is None or ellipsoid is None:
        raise CrsError(f"{name_of(flat)} has no ellipsoid to compare areas with.")
    radians = geodetic.axis_info[0].unit_conversion_factor
    a, b = ellipsoid.semi_major_metre, ellipsoid.semi_minor_metre
    e2 = 1 - (b / a) ** 2
    phi = lat * radians
    bend = 1 - e2 * np.sin(phi) ** 2
    parallel_m, meridian_m = a / np.sqrt(bend) * np.cos(phi), a * (1 - e2) / bend**1.5
    per_metre = metres_per_unit(flat) / (2 * step * radians)
    columns = [east / parallel_m * per_metre, north / meridian_m * per_metre]
    return np.moveaxis(np.array(columns), (0, 1, 2), (2, 1, 0))
