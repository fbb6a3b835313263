"""The ways a VN-2000 layer goes wrong by metres, against the seven-parameter formula.

Expected coordinates come from the formula of tests/test_crs.py (geographic, geocentric,
coordinate-frame rotation, geographic, Krueger's series), never from PROJ.
"""

import json
import math
import struct

import geopandas as gpd
import numpy as np
import pyproj
import pytest
from shapely import Point

from geotool import crs
from geotool.sources import ReadOptions, read_layer
from tests.cli.conftest import call
from tests.test_crs import tmerc, vn2000_to_wgs84, wgs84_to_vn2000

MM_DEG = 0.001 / 111_320
PLACES = {  # longitude and latitude on VN-2000, zone, its meridian
    "Ha Tinh": (106.20, 18.10, 9209, 105.50),
    "Lang Son": (106.60, 22.10, 9215, 107.25),
    "Ho Chi Minh City": (106.70, 10.78, 9210, 105.75),
    "Can Tho": (105.78, 10.03, 5897, 105.00),
    "Vung Tau": (107.08, 10.35, 5899, 107.75),
}
SOUTH = ("Ho Chi Minh City", "Can Tho", "Vung Tau")
OFFICIAL = "-191.90441429,-39.30318279,-111.45032835"
ROTATIONS = {"position vector": "0.00928836,-0.01975479,0.00427372,0.252906278",
             "signs as published": "-0.00928836,0.01975479,-0.00427372,0.252906278"}  # fmt: skip


@pytest.fixture(params=PLACES)
def place(request):
    return request.param


def prj(meridian, datum="D_Unknown", extra=""):
    return (
        f'PROJCS["office",GEOGCS["office",DATUM["{datum}",'
        f'SPHEROID["WGS_1984",6378137.0,298.257223563]{extra}],PRIMEM["Greenwich",0.0],'
        'UNIT["Degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],'
        'PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",0.0],'
        f'PARAMETER["Central_Meridian",{meridian}],PARAMETER["Scale_Factor",0.9999],'
        'PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]'
    )


def shapefile(folder, x, y, definition):
    """One grave as a shapefile, its bytes written here."""
    record = struct.pack("<idd", 1, x, y)
    head = struct.pack(">i20xi", 9994, 64) + struct.pack("<ii8d", 1000, 1, x, y, x, y, 0, 0, 0, 0)
    (folder / "g.shp").write_bytes(head + struct.pack(">ii", 1, len(record) // 2) + record)
    head = struct.pack(">i20xi", 9994, 54) + head[28:]
    (folder / "g.shx").write_bytes(head + struct.pack(">ii", 50, len(record) // 2))
    field = b"grave_id".ljust(11, b"\0") + b"C" + bytes(4) + bytes([4, 0]) + bytes(14)
    dbf = struct.pack("<BBBBIHH20x", 3, 126, 1, 1, 1, 65, 5) + field + b"\r" + b" 1   \x1a"
    (folder / "g.dbf").write_bytes(dbf)
    (folder / "g.prj").write_text(definition, encoding="utf-8")
    return folder / "g.shp"


def read_point(path, **options):
    read = read_layer(path, "graves", ReadOptions(**options))
    (shape,) = read.frame.geometry
    return (shape.x, shape.y), {problem.rule for problem in read.report.problems}


def assert_degrees(found, expected):
    assert np.allclose(found, expected, rtol=0, atol=MM_DEG)


def test_a_zone_without_any_datum_is_shifted(place, tmp_path):
    lon, lat, _, meridian = PLACES[place]
    path = shapefile(tmp_path, *tmerc(lon, lat, meridian), prj(meridian))
    found, _ = read_point(path, dst_crs="EPSG:4326")
    assert_degrees(found, vn2000_to_wgs84(lon, lat))
    shift_m = math.dist(found, (lon, lat)) * 111_320
    assert 150 < shift_m < 260  # what leaving out the datum would have cost


def test_into_a_zone_without_any_datum(place, tmp_path):
    lon, lat, _, meridian = PLACES[place]
    feature = {"type": "Feature", "properties": {"grave_id": "1"},
               "geometry": {"type": "Point", "coordinates": [lon, lat]}}  # fmt: skip
    path = tmp_path / "g.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    target = f"+proj=tmerc +lat_0=0 +lon_0={meridian} +k=0.9999 +x_0=500000 +ellps=WGS84 +units=m"
    expected = tmerc(*wgs84_to_vn2000(lon, lat), meridian)
    for wanted in (target, str(PLACES[place][2])):
        found, _ = read_point(path, dst_crs=wanted)
        assert np.allclose(found, expected, rtol=0, atol=0.001)


def test_a_zone_on_the_datum_of_wgs84_is_doubted_and_can_be_named(place, tmp_path):
    lon, lat, code, meridian = PLACES[place]
    definition = prj(meridian, datum="D_WGS_1984").replace(
        'GEOGCS["office"', 'GEOGCS["GCS_WGS_1984"'
    )
    path = shapefile(tmp_path, *tmerc(lon, lat, meridian), definition)
    as_it_says, rules = read_point(path, dst_crs="EPSG:4326")
    assert "datum_doubtful" in rules
    assert_degrees(as_it_says, (lon, lat))
    named, _ = read_point(path, src_crs=str(code), dst_crs="EPSG:4326")
    assert_degrees(named, vn2000_to_wgs84(lon, lat))
    assert crs.vn2000_twin(pyproj.CRS.from_wkt(definition)).to_epsg() == code


@pytest.mark.parametrize("signs", ROTATIONS)
def test_either_sign_of_the_rotations_means_the_official_ones(place, signs, tmp_path):
    lon, lat, _, meridian = PLACES[place]
    shift = f",TOWGS84[{OFFICIAL},{ROTATIONS[signs]}]"
    path = shapefile(tmp_path, *tmerc(lon, lat, meridian), prj(meridian, "Local", shift))
    found, _ = read_point(path, dst_crs="EPSG:4326")
    assert_degrees(found, vn2000_to_wgs84(lon, lat))


@pytest.mark.parametrize("signs", ROTATIONS)
def test_either_sign_as_a_system_named_by_the_planner(place, signs, tmp_path):
    lon, lat, _, meridian = PLACES[place]
    named = (
        f"+proj=tmerc +lat_0=0 +lon_0={meridian} +k=0.9999 +x_0=500000 +y_0=0 +ellps=WGS84 "
        f"+towgs84={OFFICIAL},{ROTATIONS[signs]} +units=m +no_defs"
    )
    x, y = tmerc(lon, lat, meridian)
    run = call("crs", "--point", f"{x!r} {y!r}", "--from", named, "--to", "EPSG:4326", "--json")
    assert_degrees((run.data["x"], run.data["y"]), vn2000_to_wgs84(lon, lat))
    expected = tmerc(*wgs84_to_vn2000(lon, lat), meridian)
    run = call("crs", "--point", f"lon {lon!r} lat {lat!r}", "--to", named, "--json")
    assert np.allclose((run.data["x"], run.data["y"]), expected, rtol=0, atol=0.001)


def test_copied_signs_would_have_cost_more_than_half_a_metre(place):
    lon, lat, _, meridian = PLACES[place]
    wrong = pyproj.CRS.from_proj4(
        f"+proj=tmerc +lon_0={meridian} +k=0.9999 +x_0=500000 +ellps=WGS84 "
        f"+towgs84={OFFICIAL},{ROTATIONS['signs as published']}"
    )
    plain = pyproj.Transformer.from_crs(wrong, "EPSG:4326", always_xy=True)
    left = plain.transform(*tmerc(lon, lat, meridian))
    assert 0.4 < math.dist(left, vn2000_to_wgs84(lon, lat)) * 111_320 < 0.9


def test_the_choice_of_proj_for_the_spot_is_not_taken(place, tmp_path):
    lon, lat, code, meridian = PLACES[place]
    x, y = tmerc(lon, lat, meridian)
    frame = gpd.GeoDataFrame({"grave_id": ["1"]}, geometry=[Point(x, y)], crs=code)
    frame.to_file(tmp_path / "g.gpkg")
    found, _ = read_point(tmp_path / "g.gpkg", dst_crs="EPSG:4326")
    expected = vn2000_to_wgs84(lon, lat)
    assert_degrees(found, expected)
    by_proj = frame.to_crs(4326).geometry.iloc[0]
    apart_m = math.dist((by_proj.x, by_proj.y), expected) * 111_320
    assert (apart_m > 0.5) is (place in SOUTH)


def test_the_command_converts_both_ways(place):
    lon, lat, code, meridian = PLACES[place]
    x, y = tmerc(lon, lat, meridian)
    run = call("crs", "--point", f"{y:.6f} {x:.6f}", "--from", str(code), "--json")
    assert_degrees((run.data["lon"], run.data["lat"]), vn2000_to_wgs84(lon, lat))
    assert (run.data["x"], run.data["y"]) == pytest.approx((x, y), abs=1e-6)
    back = call("crs", "--point", run.data["dms"], "--to", str(code), "--json")
    assert (back.data["x"], back.data["y"]) == pytest.approx((x, y), abs=0.03)
    degrees = f"{run.data['lon']!r} {run.data['lat']!r}"
    back = call("crs", "--point", degrees, "--to", str(code), "--json")
    assert (back.data["x"], back.data["y"]) == pytest.approx((x, y), abs=0.001)
