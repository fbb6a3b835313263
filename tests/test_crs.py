"""VN-2000 by name, the pinned datum transformation against independent mathematics, scale."""

import math
import unicodedata

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point, Polygon

from geotool import crs, resources
from geotool.errors import CrsError, CrsMismatchError

# name: longitude, latitude (WGS 84), TM-3 code, its central meridian
PLACES = {
    "Ha Tinh": (106.20, 18.10, "EPSG:9209", 105.50),
    "Lang Son": (106.60, 22.10, "EPSG:9215", 107.25),
    "Ho Chi Minh": (106.70, 10.78, "EPSG:9210", 105.75),
    "Can Tho": (105.78, 10.03, "EPSG:5897", 105.00),
    "Vung Tau": (107.08, 10.35, "EPSG:5899", 107.75),
    "Phan Thiet": (108.10, 10.93, "EPSG:9218", 108.50),
}
A, F = 6378137.0, 1 / 298.257223563
E2 = F * (2 - F)
SHIFT_M = np.array([-191.90441429, -39.30318279, -111.45032835])
ROTATION_ARCSEC = np.array([-0.00928836, 0.01975479, -0.00427372])
SCALE = 1.000000252906278

ESRI_PRJ = (
    'PROJCS["VN_2000_105_30",GEOGCS["GCS_VN-2000",DATUM["D_Vietnam_2000",'
    'SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],'
    'UNIT["Degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],'
    'PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",0.0],'
    'PARAMETER["Central_Meridian",105.5],PARAMETER["Scale_Factor",0.9999],'
    'PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]'
)
TM3_PROJ = "+proj=tmerc +lat_0=0 +lon_0=105.5 +k=0.9999 +x_0=500000 +y_0=0 +units=m"
OFFICIAL_TOWGS84 = (
    " +ellps=WGS84 +towgs84=-191.90441429,-39.30318279,-111.45032835,"
    "0.00928836,-0.01975479,0.00427372,0.252906278"
)
WRONG_SIGNS_TOWGS84 = (
    " +ellps=WGS84 +towgs84=-191.90441429,-39.30318279,-111.45032835,"
    "-0.00928836,0.01975479,-0.00427372,0.252906278"
)
TOWGS84_WKT = ESRI_PRJ.replace(
    "298.257223563]]",
    '298.257223563],TOWGS84[-191.90441429,-39.30318279,-111.45032835,'
    "0.00928836,-0.01975479,0.00427372,0.252906278]]",
).replace("D_Vietnam_2000", "Local").replace("GCS_VN-2000", "Local")  # fmt: skip


# --- independent mathematics ----------------------------------------------------------------


def to_ecef(lon, lat):
    lon, lat = math.radians(lon), math.radians(lat)
    n = A / math.sqrt(1 - E2 * math.sin(lat) ** 2)
    return np.array([
        n * math.cos(lat) * math.cos(lon),
        n * math.cos(lat) * math.sin(lon),
        n * (1 - E2) * math.sin(lat),
    ])  # fmt: skip


def from_ecef(point):
    x, y, z = point
    p, lat = math.hypot(x, y), math.atan2(z, math.hypot(x, y) * (1 - E2))
    for _ in range(20):
        n = A / math.sqrt(1 - E2 * math.sin(lat) ** 2)
        lat = math.atan2(z + E2 * n * math.sin(lat), p)
    return math.degrees(math.atan2(y, x)), math.degrees(lat)


def rotation():
    rx, ry, rz = np.radians(ROTATION_ARCSEC / 3600)
    return np.array([[1, rz, -ry], [-rz, 1, rx], [ry, -rx, 1]])  # coordinate frame


def vn2000_to_wgs84(lon, lat):
    return from_ecef(SHIFT_M + SCALE * rotation() @ to_ecef(lon, lat))


def wgs84_to_vn2000(lon, lat):
    return from_ecef(np.linalg.solve(SCALE * rotation(), to_ecef(lon, lat) - SHIFT_M))


def tmerc(lon, lat, meridian):
    """Krueger's series of the transverse Mercator projection, to the fourth order."""
    n = F / (2 - F)
    radius = A / (1 + n) * (1 + n**2 / 4 + n**4 / 64)
    alpha = (
        n / 2 - 2 * n**2 / 3 + 5 * n**3 / 16 + 41 * n**4 / 180,
        13 * n**2 / 48 - 3 * n**3 / 5 + 557 * n**4 / 1440,
        61 * n**3 / 240 - 103 * n**4 / 140,
        49561 * n**4 / 161280,
    )
    lam, sin_lat = math.radians(lon - meridian), math.sin(math.radians(lat))
    e = math.sqrt(E2)
    t = math.sinh(math.atanh(sin_lat) - e * math.atanh(e * sin_lat))
    xi, eta = math.atan2(t, math.cos(lam)), math.atanh(math.sin(lam) / math.hypot(1, t))
    east = eta + sum(
        a * math.cos(2 * j * xi) * math.sinh(2 * j * eta) for j, a in enumerate(alpha, 1)
    )
    north = xi + sum(
        a * math.sin(2 * j * xi) * math.cosh(2 * j * eta) for j, a in enumerate(alpha, 1)
    )
    return 500000 + 0.9999 * radius * east, 0.9999 * radius * north


# --- the pinned transformation --------------------------------------------------------------


@pytest.mark.parametrize("place", PLACES)
def test_wgs84_to_tm3_agrees_to_a_millimetre(place):
    lon, lat, code, meridian = PLACES[place]
    expected = tmerc(*wgs84_to_vn2000(lon, lat), meridian)
    found = crs.transformer("EPSG:4326", code)([lon], [lat])
    assert np.allclose(np.ravel(found), expected, rtol=0, atol=0.001)


@pytest.mark.parametrize("place", PLACES)
def test_tm3_to_wgs84_agrees_to_a_millimetre(place):
    lon_vn, lat_vn, code, meridian = PLACES[place]
    x, y = tmerc(lon_vn, lat_vn, meridian)
    expected = vn2000_to_wgs84(lon_vn, lat_vn)
    found = np.ravel(crs.transformer(code, "EPSG:4326")([x], [y]))
    assert np.allclose(found, expected, rtol=0, atol=1e-8)  # 1e-8 degrees is 1.1 mm


@pytest.mark.parametrize("place", PLACES)
def test_from_zone_to_zone_the_datum_stays(place):
    lon_vn, lat_vn, code, meridian = PLACES[place]
    other, other_meridian = ("EPSG:9209", 105.5) if code != "EPSG:9209" else ("EPSG:5897", 105.0)
    x, y = tmerc(lon_vn, lat_vn, meridian)
    found = np.ravel(crs.transformer(code, other)([x], [y]))
    assert np.allclose(found, tmerc(lon_vn, lat_vn, other_meridian), rtol=0, atol=0.001)


def test_the_pinned_numbers_are_those_of_epsg_6960():
    place = PLACES["Ha Tinh"]
    group = pyproj.transformer.TransformerGroup("EPSG:4756", "EPSG:4326", always_xy=True)
    official = [item for item in group.transformers if "(2)" in item.description]
    expected = official[0].transform(place[0], place[1])
    found = crs.transformer("EPSG:4756", "EPSG:4326")(place[0], place[1])
    assert np.allclose(np.ravel(found), expected, rtol=0, atol=1e-11)


def test_in_the_south_the_default_of_proj_is_not_used():
    lon, lat, code, _ = PLACES["Ho Chi Minh"]
    x, _ = crs.transformer("EPSG:4326", code)(lon, lat)
    default = pyproj.Transformer.from_crs("EPSG:4326", code, always_xy=True)
    assert 0.5 < abs(default.transform(lon, lat)[0] - float(x)) < 1.2


@settings(max_examples=50, deadline=None)
@given(st.floats(103.0, 109.0), st.floats(8.5, 23.3), st.sampled_from(sorted(PLACES)))
def test_there_and_back(lon, lat, place):
    code = PLACES[place][2]
    x, y = crs.transformer("EPSG:4326", code)([lon], [lat])
    back = np.ravel(crs.transformer(code, "EPSG:4326")(x, y))
    assert np.allclose(back, (lon, lat), rtol=0, atol=2e-8)


def test_to_wgs84_utm_and_web_mercator_the_pinned_way():
    lon_vn, lat_vn, code, meridian = PLACES["Vung Tau"]
    x, y = tmerc(lon_vn, lat_vn, meridian)
    lon, lat = vn2000_to_wgs84(lon_vn, lat_vn)
    for other in ("EPSG:32648", "EPSG:3857"):
        plane = pyproj.Transformer.from_crs("EPSG:4326", other, always_xy=True)
        found = np.ravel(crs.transformer(code, other)([x], [y]))
        assert np.allclose(found, plane.transform(lon, lat), rtol=0, atol=0.002)
        back = np.ravel(crs.transformer(other, code)(*found.reshape(2, 1)))
        assert np.allclose(back, (x, y), rtol=0, atol=0.002)


def test_other_countries_go_the_way_of_proj():
    found = crs.transformer("EPSG:4326", "EPSG:2263")([-73.98], [40.75])
    plane = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:2263", always_xy=True)
    assert np.allclose(np.ravel(found), plane.transform(-73.98, 40.75))


@pytest.mark.parametrize("definition", [TM3_PROJ + OFFICIAL_TOWGS84, ESRI_PRJ, TOWGS84_WKT])
def test_custom_definitions_move_like_the_coded_system(definition):
    custom = pyproj.CRS.from_user_input(definition)
    lon, lat, code, _ = PLACES["Ha Tinh"]
    expected = crs.transformer("EPSG:4326", code)([lon], [lat])
    assert np.allclose(crs.transformer("EPSG:4326", custom)([lon], [lat]), expected, atol=1e-6)


def test_points_without_a_place_are_refused():
    with pytest.raises(CrsError, match="1 of 2 points"):
        crs.transformer("EPSG:4326", "EPSG:9209")([106, 106], [18, 95])
    x, _ = crs.transformer("EPSG:4326", "EPSG:9209")([math.nan, 106.0], [math.nan, 18.0])
    assert not np.isfinite(x[0])
    assert np.isfinite(x[1])


# --- frames ---------------------------------------------------------------------------------


def frame_of(shapes, code):
    return gpd.GeoDataFrame({"parcel_id": [str(i) for i in range(len(shapes))]},
                            geometry=shapes, crs=code)  # fmt: skip


def test_reproject_gives_a_new_frame():
    shapes = [Point(106.2, 18.1), Point(106.2, 18.1, 12.5), Point(), None,
              Polygon([(106, 18), (106.1, 18), (106, 18.1)])]  # fmt: skip
    frame = frame_of(shapes, "EPSG:4326")
    frame.index = [10 * position for position in range(len(shapes))]
    before = frame.copy(deep=True)
    moved = crs.reproject(frame, "105-30")
    assert frame.equals(before)
    assert frame.crs == before.crs
    assert moved.crs == pyproj.CRS.from_epsg(9209)
    assert list(moved.index) == list(frame.index)
    assert list(moved.columns) == list(frame.columns)
    x, y = crs.transformer("EPSG:4326", "EPSG:9209")(106.2, 18.1)
    assert shapely.get_coordinates(moved.geometry.iloc[0]).tolist() == [[float(x), float(y)]]
    assert moved.geometry.iloc[1].z == 12.5
    assert moved.geometry.iloc[2].is_empty
    assert moved.geometry.iloc[3] is None


def test_reproject_keeps_the_name_of_the_geometry():
    frame = frame_of([LineString([(106, 18), (106.1, 18)])], "EPSG:4326").rename_geometry("line")
    moved = crs.reproject(frame, "EPSG:9209")
    assert moved.geometry.name == "line"
    back = crs.reproject(moved, "EPSG:9209")
    assert back.geometry.equals(moved.geometry)
    assert back is not moved


def test_reproject_needs_a_system():
    with pytest.raises(CrsError):
        crs.reproject(frame_of([Point(0, 0)], None), "EPSG:9209")


# --- names ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("EPSG:9209", 9209), ("epsg:9209", 9209), ("9209", 9209), (" 9209 ", 9209),
        ("VN-2000 105-30", 9209), ("VN-2000 / TM-3 105-30", 9209), ("105-30", 9209),
        ("105°30'", 9209), ("105°30′00″", 9209), ("105.5", 9209), ("105,5", 9209),
        ("107.25", 9215), ("107.75", 5899), ("105", 5897), ("105-00", 5897), ("108", 5898),
        ("VN-2000 / TM-3 zone 482", 5897), ("KTT 107°45'", 5899), ("102-00", 5896),
        ("VN-2000 / UTM zone 48N", 3405), ("EPSG:4756", 4756), ("WGS 84", 4326),
        ("WGS 84 / UTM zone 48N", 32648), ("EPSG:2263", 2263), ("EPSG:3857", 3857),
        ("urn:ogc:def:crs:EPSG::9215", 9215), ("+proj=utm +zone=48 +datum=WGS84", 32648),
        ("Hà Tĩnh", 9209), ("ha tinh", 9209), ("Lạng Sơn", 9215), ("Quang Ninh", 5899),
        ("Kon Tum", 9216), ("Bình Thuận", 9218), ("tỉnh Hà Tĩnh", 9209), ("TP. Huế", 9214),
        (ESRI_PRJ, 9209), (TM3_PROJ + OFFICIAL_TOWGS84, 9209),
    ],
)  # fmt: skip
def test_resolve(text, code):
    assert crs.resolve(text).to_epsg() == code


@pytest.mark.parametrize(
    "text", ["", "VN-2000", "vn2000", "UTM 48", "105.3", "105-20", "99999", "5773", "abc", "Hue Tu"]
)
def test_what_names_no_system_is_refused(text):
    with pytest.raises(CrsError):
        crs.resolve(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [("105d30", 9209), ("105 độ 30 phút", 9209), ("105o30'", 9209), ("kinh tuyến 105°30'", 9209),
     ("VN2000 / 3-degree 107.75", 5899), ("Múi 3 độ 105-30", 9209), ("VN-2000 Hà Tĩnh", 9209),
     ("WGS84 UTM 48N", 32648), ("WGS 84 / UTM zone 49N", 32649)],
)  # fmt: skip
def test_resolve_of_other_spellings(text, code):
    assert crs.resolve(text).to_epsg() == code


def test_a_province_narrows_what_only_says_vn2000():
    assert crs.resolve("VN-2000", province="Lạng Sơn").to_epsg() == 9215
    assert crs.resolve("", province="Hà Tĩnh").to_epsg() == 9209
    assert crs.resolve("EPSG:9218", province="Lâm Đồng").to_epsg() == 9218
    with pytest.raises(CrsError, match="Atlantis"):
        crs.resolve("", province="Atlantis")


@pytest.mark.parametrize(
    ("province", "codes"),
    [
        ("Lâm Đồng", {"EPSG:5899", "EPSG:9218"}),
        ("Quảng Trị", {"EPSG:9211", "EPSG:9212"}),
        ("Gia Lai", {"EPSG:9217", "EPSG:9218"}),
        ("Lai Châu", {"EPSG:9205", "EPSG:9208"}),
        ("Phú Thọ", {"EPSG:9208", "EPSG:5897", "EPSG:9211"}),
        ("HCMC", {"EPSG:9210", "EPSG:5899"}),
    ],
)
def test_a_province_with_several_meridians_is_ambiguous(province, codes):
    assert {choice.code for choice in crs.choices(province)} == codes
    for call in (lambda: crs.resolve(province), lambda: crs.resolve("", province=province)):
        with pytest.raises(CrsError) as refused:
            call()
        assert all(code in str(refused.value) for code in codes)


def test_choices_hold_every_province_once():
    found = crs.choices()
    before = [name for choice in found for name in choice.provinces]
    since = [name for choice in found for name in choice.provinces_2025]
    assert len(before) == len(set(before)) == 63
    assert len(since) == len(set(since)) == 34
    assert len([choice for choice in found if choice.provinces]) == 17
    merged = resources.load_toml("layers", "crs.toml")["merged"]
    assert set(merged) == set(since)
    assert sorted(name for old in merged.values() for name in old) == sorted(before)


def test_choices_agree_with_the_epsg_registry():
    for choice in crs.choices():
        coded = pyproj.CRS.from_user_input(choice.code)
        assert "VN-2000" in coded.name
        if choice.central_meridian_deg is not None:
            values = [parameter.value for parameter in coded.coordinate_operation.params]
            assert values[1] == choice.central_meridian_deg
        area = plain(coded.area_of_use.name)
        for province in choice.provinces:
            if choice.code not in ("EPSG:5897", "EPSG:5898"):  # national zones: no names given
                assert plain(province) in area or "hue" in area


def plain(text):
    bare = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return "".join(letter for letter in bare if letter.isascii() and letter.isalpha())


def test_the_file_cites_its_sources():
    data = resources.load_toml("layers", "crs.toml")
    for source in (*data["sources"].values(), data["transformation"]):
        assert source["citation"]
        assert source["date"].year >= 2000


def test_names_and_codes():
    assert crs.name_of(pyproj.CRS.from_epsg(9209)) == "EPSG:9209 VN-2000 / TM-3 105-30"
    assert crs.name_of(pyproj.CRS.from_epsg(5897)) == "EPSG:5897 VN-2000 / TM-3 105-00"
    assert crs.name_of(pyproj.CRS.from_epsg(2263)).startswith("EPSG:2263 NAD83")
    assert crs.code_of(pyproj.CRS.from_epsg(9209)) == "EPSG:9209"
    assert crs.code_of(TM3_PROJ + OFFICIAL_TOWGS84) == "EPSG:9209"
    custom = pyproj.CRS.from_proj4("+proj=tmerc +lon_0=105.1 +k=0.99 +ellps=krass +units=m")
    assert crs.same(crs.resolve(crs.code_of(custom)), custom)
    assert crs.canonical(ESRI_PRJ) == pyproj.CRS.from_epsg(9209)
    assert crs.canonical(custom) == custom


# --- what a system is -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        *((choice.code, True) for choice in crs.choices()),
        (ESRI_PRJ, True),
        (TOWGS84_WKT, True),
        (TM3_PROJ + OFFICIAL_TOWGS84, True),
        (TM3_PROJ + WRONG_SIGNS_TOWGS84, True),
        (TM3_PROJ + " +ellps=WGS84", True),
        (TM3_PROJ.replace("105.5", "105.1") + " +ellps=WGS84", False),
        (TM3_PROJ + " +datum=WGS84", False),
        (TM3_PROJ + " +ellps=WGS84 +towgs84=0,0,0", False),
        (TM3_PROJ + " +ellps=krass", False),
        ("EPSG:4326", False),
        ("EPSG:32648", False),
        ("EPSG:3857", False),
        ("EPSG:2263", False),
        ("EPSG:4147", False),
    ],
)
def test_is_vn2000(definition, expected):
    assert crs.is_vn2000(pyproj.CRS.from_user_input(definition)) is expected


def test_tm3_on_another_datum_is_suspect():
    assert crs.looks_vn2000(pyproj.CRS.from_user_input(TM3_PROJ + " +datum=WGS84"))
    assert not crs.looks_vn2000(pyproj.CRS.from_epsg(9209))
    assert not crs.looks_vn2000(pyproj.CRS.from_epsg(32648))


@pytest.mark.parametrize(
    ("definition", "code"),
    [
        (TM3_PROJ + " +datum=WGS84", "EPSG:9209"),
        (TM3_PROJ + " +ellps=WGS84 +towgs84=0,0,0", "EPSG:9209"),
        (TM3_PROJ + " +ellps=krass", "EPSG:9209"),
        (TM3_PROJ.replace("105.5", "102") + " +datum=WGS84", "EPSG:5896"),
        (TM3_PROJ + " +ellps=WGS84", None),
        (TM3_PROJ + OFFICIAL_TOWGS84, None),
        ("EPSG:9209", None),
        ("EPSG:32648", None),
        (TM3_PROJ.replace("105.5", "105.1") + " +datum=WGS84", None),
        ("EPSG:4326", None),
    ],
)
def test_the_twin_of_a_zone_on_another_datum(definition, code):
    twin = crs.vn2000_twin(pyproj.CRS.from_user_input(definition))
    assert (None if twin is None else crs.code_of(twin)) == code


@pytest.mark.parametrize(
    "code", ["EPSG:9209", "EPSG:5897", "EPSG:3405", "EPSG:4756", "EPSG:2263", "EPSG:32648",
             "EPSG:3857", "EPSG:4326", "EPSG:28992"],
)  # fmt: skip
@pytest.mark.parametrize("suffix", ["gpkg", "shp"])
def test_same_after_a_round_trip_through_a_file(code, suffix, tmp_path):
    path = tmp_path / f"x.{suffix}"
    frame_of([Point(1, 2)], code).to_file(path)
    stored = gpd.read_file(path).crs
    assert crs.same(stored, code)
    assert crs.same(code, stored)
    assert crs.code_of(stored) == code


def test_same_through_plain_wkt():
    for code in ("EPSG:9209", "EPSG:2263", "EPSG:32648"):
        coded = pyproj.CRS.from_user_input(code)
        for version in ("WKT1_ESRI", "WKT1_GDAL", "WKT2_2019"):
            assert crs.same(pyproj.CRS.from_wkt(coded.to_wkt(version)), coded)
    assert crs.same(TM3_PROJ + OFFICIAL_TOWGS84, "EPSG:9209")
    assert crs.same(TOWGS84_WKT, ESRI_PRJ)


def test_what_is_not_the_same():
    pairs = [
        ("EPSG:9209", "EPSG:9210"), ("EPSG:3405", "EPSG:5897"), ("EPSG:3405", "EPSG:32648"),
        ("EPSG:4326", "EPSG:4756"), ("EPSG:4326", "EPSG:9209"), ("EPSG:2263", "EPSG:32118"),
        ("EPSG:9209", TM3_PROJ + " +datum=WGS84"),
    ]  # fmt: skip
    for a, b in pairs:
        assert not crs.same(a, b), (a, b)


def test_units():
    assert crs.metres_per_unit(pyproj.CRS.from_epsg(9209)) == 1
    assert crs.metres_per_unit(pyproj.CRS.from_epsg(2263)) == pytest.approx(1200 / 3937, rel=1e-15)
    assert crs.metres_per_unit(TM3_PROJ + OFFICIAL_TOWGS84) == 1
    compound = pyproj.crs.CompoundCRS("x", [pyproj.CRS.from_epsg(2263), "EPSG:6360"])
    assert crs.metres_per_unit(compound) == pytest.approx(1200 / 3937, rel=1e-15)
    with pytest.raises(CrsError):
        crs.metres_per_unit(pyproj.CRS.from_epsg(4326))


def test_require_projected():
    assert crs.require_projected(frame_of([Point(0, 0)], "EPSG:9209"), "parcels") == 1
    assert crs.require_projected("EPSG:9209", "parcels") == 1
    for bad in (frame_of([Point(0, 0)], "EPSG:4326"), frame_of([Point(0, 0)], None), None):
        with pytest.raises(CrsError, match="parcels") as refused:
            crs.require_projected(bad, "parcels")
        assert refused.value.remedy


def test_require_same():
    a, b = frame_of([Point(0, 0)], "EPSG:9209"), frame_of([Point(0, 0)], "EPSG:5897")
    crs.require_same({"parcels": a, "right_of_way": frame_of([Point(0, 0)], ESRI_PRJ)})
    crs.require_same({})
    with pytest.raises(CrsMismatchError, match=r"parcels.*9209.*graves.*5897"):
        crs.require_same({"parcels": a, "graves": b})
    with pytest.raises(CrsError, match="graves"):
        crs.require_same({"parcels": a, "graves": frame_of([Point(0, 0)], None)})


# --- extents --------------------------------------------------------------------------------


def test_candidates_of_metres():
    found = [choice.code for choice in crs.candidates((560000, 2000000, 561000, 2001000))]
    in_use = {choice.code for choice in crs.choices() if choice.provinces}
    assert set(found) == in_use | {"EPSG:3405", "EPSG:3406"}
    assert found.index("EPSG:9209") < found.index("EPSG:9207")  # Ca Mau cannot be at 18 N
    assert found.index("EPSG:9209") < found.index("EPSG:3405")


def test_candidates_of_degrees_and_of_nothing():
    assert [c.code for c in crs.candidates((105.0, 18.0, 106.0, 19.0))] == ["EPSG:4326"]
    assert crs.candidates((0, 0, 1000, 1000)) == []
    swapped = [choice.code for choice in crs.candidates((2000000, 560000, 2001000, 561000))]
    assert swapped == [c.code for c in crs.candidates((560000, 2000000, 561000, 2001000))]
    assert crs.candidates((math.nan, math.nan, math.nan, math.nan)) == []


@pytest.mark.parametrize(
    ("latitude", "distance_deg", "ppm"),
    [(16, 0, -200), (16, 0.5, -129), (16, 1.0, 83), (21, 1.5, 401), (9, 1.5, 473), (16, 3, 2353)],
)
def test_scale_error_of_a_tm3_zone(latitude, distance_deg, ppm):
    x, y = tmerc(105 + distance_deg, latitude, 105)
    found = crs.scale_statement((x - 25, y - 25, x + 25, y + 25), "EPSG:5897", limit_ppm=500)
    assert found.scale_error_ppm_min == pytest.approx(ppm, abs=1.5)
    assert found.scale_error_ppm_max == pytest.approx(ppm, abs=1.5)
    assert found.geodesic_area_ratio == pytest.approx(1 + ppm * 1e-6, abs=2e-6)
    assert found.warn is (ppm > 500)
    assert found.crs == "EPSG:5897 VN-2000 / TM-3 105-00"


@pytest.mark.parametrize(
    ("code", "bounds"),
    [
        ("EPSG:9209", (560000.0, 1980000.0, 600000.0, 2010000.0)),
        ("EPSG:2263", (950000.0, 150000.0, 1050000.0, 250000.0)),
        ("EPSG:3857", (11800000.0, 2000000.0, 11830000.0, 2030000.0)),
    ],
)
def test_geodesic_ratio_agrees_with_geodesic_polygons(code, bounds):
    edge = shapely.segmentize(shapely.box(*bounds), (bounds[2] - bounds[0]) / 200)
    x, y = shapely.get_coordinates(edge).T
    system = pyproj.CRS.from_user_input(code)
    to_plane = pyproj.Transformer.from_crs(system.geodetic_crs, system, always_xy=True)
    lon, lat = to_plane.transform(x, y, direction="INVERSE")
    area_m2, _ = system.get_geod().polygon_area_perimeter(lon, lat)
    unit = system.axis_info[0].unit_conversion_factor
    planar_m2 = (bounds[2] - bounds[0]) * (bounds[3] - bounds[1]) * unit**2
    found = crs.scale_statement(bounds, code, limit_ppm=500)
    assert found.geodesic_area_ratio == pytest.approx(planar_m2 / abs(area_m2), rel=2e-6)
    assert found.scale_error_ppm_min <= (found.geodesic_area_ratio - 1) * 1e6
    assert found.scale_error_ppm_max >= (found.geodesic_area_ratio - 1) * 1e6
    assert found.warn is (code == "EPSG:3857")


def test_scale_statement_needs_a_projected_system():
    with pytest.raises(CrsError):
        crs.scale_statement((105, 18, 106, 19), "EPSG:4326", limit_ppm=500)
