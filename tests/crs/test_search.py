"""Which system could coordinates be in: every zone, order of axes and unit, everywhere."""

import geopandas as gpd
import numpy as np
import pytest
from shapely import box

from geotool import crs
from geotool.errors import CrsError
from tests.test_crs import tmerc, wgs84_to_vn2000

# province before 2025, longitude and latitude (WGS 84) of a place in it, its zone
PROVINCES = {
    "Điện Biên": (103.02, 21.39, "EPSG:9205"), "Sơn La": (103.91, 21.33, "EPSG:9206"),
    "Cà Mau": (105.15, 9.18, "EPSG:9207"), "Nghệ An": (105.69, 18.67, "EPSG:9208"),
    "Thanh Hóa": (105.78, 19.81, "EPSG:5897"), "Hà Tĩnh": (106.20, 18.10, "EPSG:9209"),
    "Hải Phòng": (106.68, 20.86, "EPSG:9210"), "Quảng Bình": (106.60, 17.47, "EPSG:9211"),
    "Bình Phước": (106.90, 11.54, "EPSG:9212"), "Bắc Kạn": (105.83, 22.15, "EPSG:9213"),
    "Thừa Thiên Huế": (107.59, 16.46, "EPSG:9214"), "Lạng Sơn": (106.76, 21.85, "EPSG:9215"),
    "Kon Tum": (108.00, 14.35, "EPSG:9216"), "Quảng Ninh": (107.08, 20.95, "EPSG:5899"),
    "Quảng Ngãi": (108.80, 15.12, "EPSG:5898"), "Khánh Hòa": (109.19, 12.24, "EPSG:9217"),
    "Bình Thuận": (108.10, 10.93, "EPSG:9218"),
}  # fmt: skip
MERIDIANS = {choice.code: choice.central_meridian_deg for choice in crs.choices()}
STEPS = np.array([[-300.0, -200.0], [250.0, 100.0], [0.0, 0.0], [80.0, -150.0], [-50.0, 300.0]])


def points_of(place):
    lon, lat, code = PROVINCES[place]
    return np.array(tmerc(*wgs84_to_vn2000(lon, lat), MERIDIANS[code])) + STEPS


def square(lon, lat, size=0.05):
    return box(lon - size, lat - size, lon + size, lat + size)


def communes(*places, code="EPSG:4326"):
    return gpd.GeoDataFrame(
        {"commune_id": [f"C{i}" for i in range(len(places))],
         "commune_name": [f"Xã {p}" for p in places]},
        geometry=[square(*PROVINCES[p][:2]) for p in places], crs="EPSG:4326",
    ).to_crs(code)  # fmt: skip


def written(points, axes, unit, zone=0):
    result = points + np.array([zone * 1_000_000, 0])
    result = result * (1000 if unit == "mm" else 1)
    return result[:, ::-1] if axes == "yx" else result


@pytest.mark.parametrize("unit", ["m", "mm"])
@pytest.mark.parametrize("axes", ["xy", "yx"])
@pytest.mark.parametrize("place", PROVINCES)
def test_every_zone_is_found_by_its_commune(place, axes, unit):
    lon, lat, code = PROVINCES[place]
    found = crs.search(written(points_of(place), axes, unit), communes=communes(place))
    same_meridian = ["EPSG:3405"] if code == "EPSG:5897" else []  # only 600 m from the zone
    assert [c.code for c in found] == [code, *same_meridian]
    candidate = found[0]
    assert (candidate.axes, candidate.unit, candidate.zone) == (axes, unit, 0)
    assert (candidate.lon, candidate.lat) == pytest.approx((lon, lat), abs=0.01)
    west, south, east, north = candidate.bounds_lonlat
    assert west <= candidate.lon <= east
    assert south <= candidate.lat <= north
    assert (candidate.commune_id, candidate.commune_name) == ("C0", f"Xã {place}")


@pytest.mark.parametrize("place", PROVINCES)
def test_every_zone_is_found_by_its_province(place):
    code = PROVINCES[place][2]
    found = [c.code for c in crs.search(points_of(place), province=place)]
    assert code in found
    assert set(found) <= {choice.code for choice in crs.choices(place)}
    found = crs.search(points_of(place), province=place, communes=communes(place))
    assert [c.code for c in found] == [code]
    assert code in [c.code for c in crs.search(points_of(place))]


@pytest.mark.parametrize("zone", [48, 18])
def test_a_zone_number_before_the_easting(zone):
    points = written(points_of("Hà Tĩnh"), "xy", "m", zone)
    for axes in ("xy", "yx"):
        found = crs.search(points[:, ::-1] if axes == "yx" else points, province="Hà Tĩnh")
        assert [(c.code, c.axes, c.zone) for c in found] == [("EPSG:9209", axes, zone)]
    assert "EPSG:3406" not in [c.code for c in crs.search(points)]


@pytest.mark.parametrize(("code", "place"), [("EPSG:3405", "Hà Tĩnh"), ("EPSG:3406", "Khánh Hòa")])
def test_utm_is_found_and_gives_way_to_the_zones_of_a_province(code, place):
    lon, lat, own = PROVINCES[place]
    points = np.column_stack(crs.transformer("EPSG:4326", code)([lon], [lat])) + STEPS
    found = [c.code for c in crs.search(points, communes=communes(place))]
    assert code in found
    assert set(found) <= {code, "EPSG:5897"}
    assert [c.code for c in crs.search(points, province=place, communes=communes(place))] == [code]
    codes = [c.code for c in crs.search(points)]
    assert code in codes
    if own in codes:
        assert [c.code for c in crs.search(points, province=place)] == [own]


@pytest.mark.parametrize("axes", ["xy", "yx"])
def test_degrees(axes):
    points = np.array([[106.2, 18.1], [106.21, 18.11]])
    found = crs.search(points[:, ::-1] if axes == "yx" else points, communes=communes("Hà Tĩnh"))
    assert [(c.code, c.axes, c.unit) for c in found] == [("EPSG:4326", axes, "deg")]


def test_a_merged_province_keeps_the_zones_of_its_parts():
    points = points_of("Bình Thuận")
    assert {c.code for c in crs.search(points, province="Lâm Đồng")} == {"EPSG:5899", "EPSG:9218"}
    found = crs.search(points, province="Lâm Đồng", communes=communes("Bình Thuận"))
    assert [c.code for c in found] == ["EPSG:9218"]


def test_a_few_points_far_away_do_no_harm():
    points = np.vstack([np.tile(points_of("Hà Tĩnh"), (4, 1)), [[0, 0], [5e9, 1], [np.nan, 1]]])
    found = crs.search(points, communes=communes("Hà Tĩnh"))
    assert [c.code for c in found] == ["EPSG:9209"]
    assert found[0].bounds_lonlat[0] > 106


def test_communes_in_another_system():
    found = crs.search(points_of("Hà Tĩnh"), communes=communes("Hà Tĩnh", code="EPSG:32648"))
    assert [c.code for c in found] == ["EPSG:9209"]
    with pytest.raises(CrsError):
        crs.search(
            points_of("Hà Tĩnh"), communes=communes("Hà Tĩnh").set_crs(None, allow_override=True)
        )


def test_communes_without_names():
    plain = communes("Hà Tĩnh").drop(columns="commune_name")
    (found,) = crs.search(points_of("Hà Tĩnh"), communes=plain)
    assert (found.commune_id, found.commune_name, found.place) == ("C0", None, "C0")


def test_bounds_stand_for_a_file():
    points = points_of("Hà Tĩnh")
    bounds = (*points.min(axis=0), *points.max(axis=0))
    (found,) = crs.search(bounds, communes=communes("Hà Tĩnh"))
    assert found.code == "EPSG:9209"


@pytest.mark.parametrize(
    "points", [np.empty((0, 2)), [[np.nan, np.nan]], [[0, 0]], [[50, 50]], [[1e12, 1e12]],
               [[700.0, 20.0]], [[2_000_000, 2_000_000]]],
)  # fmt: skip
def test_what_is_nothing_vietnamese(points):
    assert crs.search(points) == []


def test_a_province_that_does_not_exist():
    with pytest.raises(CrsError, match="Atlantis"):
        crs.search([[573456, 1998742]], province="Atlantis")


@pytest.mark.parametrize(("text", "said"), [("Ha Tin", "Hà Tĩnh"), ("Atlantis", "Lạng Sơn")])
def test_an_unknown_province_is_answered_with_names(text, said):
    with pytest.raises(CrsError) as caught:
        crs.search([[573456, 1998742]], province=text)
    assert said in caught.value.remedy


def test_a_province_far_from_where_the_points_would_lie_is_no_answer():
    assert crs.search(points_of("Hà Tĩnh"), province="Lạng Sơn") == []


def test_landing_of_a_declared_system():
    points = points_of("Hà Tĩnh")
    found = crs.landing(points, "EPSG:9209")
    assert (found.code, found.unit) == ("EPSG:9209", "m")
    assert crs.landing(points, "EPSG:9209", communes=communes("Lạng Sơn")) is None
    assert crs.landing(points[:, ::-1], "EPSG:9209") is None
    assert crs.landing(points * 1000, "EPSG:9209") is None
    assert crs.landing([[950000.0, 200000.0]], "EPSG:2263") is None
    assert crs.landing([[106.2, 18.1]], "EPSG:4326").place == "106.200 E, 18.100 N"
    assert crs.landing(points, "EPSG:32648").code == "EPSG:32648"


@pytest.mark.parametrize("file", ["vn_admin_2025/communes_42_ha_tinh.geojson",
                                  "vn_communes_2009/communes_2009_ha_tinh.geojson"])  # fmt: skip
def test_public_communes(shared_data, file):
    ground = gpd.read_file(shared_data / file)
    ground["commune_id"] = [str(i) for i in range(len(ground))]
    centres = ground.geometry.representative_point()
    x, y = crs.transformer("EPSG:4326", "EPSG:9209")(centres.x, centres.y)
    found = crs.search(np.column_stack([y, x]), province="Hà Tĩnh", communes=ground)
    assert [(c.code, c.axes) for c in found] == [("EPSG:9209", "yx")]
    alone = crs.search(np.column_stack([x, y]), communes=ground)
    assert alone[0].code == "EPSG:9209" or "EPSG:9209" in [c.code for c in alone]
