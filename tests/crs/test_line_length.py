"""A line on the map against the same line on the ellipsoid: known lengths, scale, densifying."""

import numpy as np
import pytest
import shapely
from pyproj import CRS, Geod
from shapely import LineString

from geotool import crs
from geotool.errors import CrsError

LENGTH_M = 24_410.0
GEOD = Geod(ellps="WGS84")


def geodesic(lon, lat, azimuth, *, length_m=LENGTH_M, count=489):
    """Return longitudes and latitudes along a geodesic whose middle is at the point given."""
    along = np.linspace(-length_m / 2, length_m / 2, count)
    x, y, _ = GEOD.fwd(*(np.full(count, value) for value in (lon, lat, azimuth)), along)
    return np.array(x), np.array(y)


def drawn(code, *, lon=106.106, lat=18.0, azimuth=136.0, count=489):
    """Return the geodesic as surveyed on WGS 84 and drawn in a system."""
    points = crs.transformer("EPSG:4326", code)(*geodesic(lon, lat, azimuth, count=count))
    return LineString(np.column_stack(points))


# 24.41 km with its middle at 106.106 E, 18 N, running at azimuth 136 degrees.
@pytest.mark.parametrize(
    ("code", "metres", "tolerance"),
    [
        ("EPSG:32648", -5.63, 0.02),
        ("EPSG:9209", -1.20, 0.02),  # TM-3, meridian 105.5
        ("EPSG:9211", -2.40, 0.02),  # TM-3, meridian 106
        ("EPSG:5899", 6.72, 0.02),  # TM-3, meridian 107.75: the wrong zone
        ("EPSG:3857", 1330, 1),
    ],
)
def test_planar_less_geodesic_length(code, metres, tolerance):
    found = crs.measure_line(drawn(code), code)
    assert found.planar_m - found.geodesic_m == pytest.approx(metres, abs=tolerance)
    assert found.wgs84_m == pytest.approx(LENGTH_M, abs=1e-4)


def test_vn2000_finds_less_than_a_satellite_receiver():
    found = crs.measure_line(drawn("EPSG:3405"), "EPSG:3405")
    assert found.planar_m - found.wgs84_m == pytest.approx(-5.72, abs=0.02)
    assert found.geodesic_m - found.wgs84_m == pytest.approx(-0.076, abs=0.002)
    assert found.scale_factor_ppm == pytest.approx(-231, abs=0.5)


@pytest.mark.parametrize("code", ["EPSG:32648", "EPSG:9209", "EPSG:5899", "EPSG:3857", "EPSG:2263"])
@pytest.mark.parametrize("turn_deg", [0, 37, 90])
def test_scale_factor_explains_the_difference(code, turn_deg):
    middle = (980_000, 190_000) if code == "EPSG:2263" else drawn(code).coords[0]
    angle = np.radians(turn_deg)
    end = (middle[0] + 20_000 * np.cos(angle), middle[1] + 20_000 * np.sin(angle))
    found = crs.measure_line(LineString([middle, end]), code)
    ratio_ppm = (found.planar_m / found.geodesic_m - 1) * 1e6
    assert found.scale_factor_ppm == pytest.approx(ratio_ppm, abs=2e-3)


def test_central_meridian_has_the_scale_of_the_projection():
    line = LineString([(500_000, 2_000_000), (500_000, 2_020_000)])
    assert crs.measure_line(line, "EPSG:9209").scale_factor_ppm == pytest.approx(-100, abs=1e-3)


def test_straight_lines_of_the_map_are_followed():
    two = drawn("EPSG:3857", count=2)
    many = shapely.segmentize(two, 10.0)
    coarse, fine = crs.measure_line(two, "EPSG:3857"), crs.measure_line(many, "EPSG:3857")
    assert coarse.geodesic_m == pytest.approx(fine.geodesic_m, rel=1e-9)
    assert coarse.geodesic_m > LENGTH_M + 5e-4  # the shortest way is not the straight line drawn


def test_feet_are_measured_in_metres():
    feet = LineString([(950_000, 150_000), (1_000_000, 210_000)])
    unit = CRS("EPSG:2263").axis_info[0].unit_conversion_factor
    found = crs.measure_line(feet, "EPSG:2263")
    assert found.planar_m == pytest.approx(feet.length * unit, rel=1e-12)
    assert found.geodesic_m == pytest.approx(found.planar_m, rel=1e-4)


def test_direction_does_not_matter():
    line = drawn("EPSG:9209")
    ahead, back = (crs.measure_line(one, "EPSG:9209") for one in (line, line.reverse()))
    assert ahead.geodesic_m == pytest.approx(back.geodesic_m, abs=1e-6)
    assert ahead.scale_factor_ppm == pytest.approx(back.scale_factor_ppm, abs=1e-6)


def test_degrees_are_refused():
    with pytest.raises(CrsError):
        crs.measure_line(LineString([(105, 18), (106, 18)]), "EPSG:4326")
