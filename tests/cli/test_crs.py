"""``geotool crs``: which system is it, and single points both ways."""

import io
import sys

import geopandas as gpd
import pytest
from shapely import Point, box

from tests.test_crs import tmerc, vn2000_to_wgs84

X, Y = tmerc(106.2, 18.1, 105.5)
KEYS = {"layer", "code", "name", "axes", "unit", "zone", "lon", "lat", "bounds", "commune_id",
        "commune_name", "declared"}  # fmt: skip


@pytest.fixture
def communes(tmp_path):
    frame = gpd.GeoDataFrame({"commune_id": ["K1"], "commune_name": ["Kỳ Xuân"]},
                             geometry=[box(106.15, 18.05, 106.25, 18.15)], crs=4326)  # fmt: skip
    frame.to_file(tmp_path / "xa.gpkg")
    return tmp_path / "xa.gpkg"


def plots(path, *points, code=None, layer=None):
    shapes = [Point(*point) for point in points]
    frame = gpd.GeoDataFrame({"ten": [str(i) for i in range(len(shapes))]},
                             geometry=shapes, crs=code)  # fmt: skip
    frame.to_file(path, layer=layer)
    return path


class TestFile:
    def test_candidates_with_a_commune(self, geotool, tmp_path, communes):
        path = plots(tmp_path / "a.gpkg", (Y, X), (Y + 50, X + 20))
        run = geotool("crs", path, "--communes", communes, "--json")
        assert run.exit_code == 0
        (found,) = run.data["candidates"]
        assert set(found) == KEYS
        assert (found["code"], found["axes"], found["unit"]) == ("EPSG:9209", "yx", "m")
        assert (found["commune_id"], found["commune_name"]) == ("K1", "Kỳ Xuân")
        assert found["declared"] is False
        assert (found["lon"], found["lat"]) == pytest.approx(vn2000_to_wgs84(106.2, 18.1), abs=1e-3)
        assert len(found["bounds"]) == 4

    def test_table_names_places(self, geotool, tmp_path, communes):
        path = plots(tmp_path / "a.gpkg", (X, Y))
        run = geotool("crs", path, "--communes", communes, "--lang", "en")
        assert "EPSG:9209" in run.stdout
        assert "Kỳ Xuân" in run.stdout
        assert "easting first" in run.stdout

    def test_a_declared_system_comes_first(self, geotool, tmp_path):
        path = plots(tmp_path / "a.gpkg", (X, Y), code=9209)
        found = geotool("crs", path, "--json").data["candidates"]
        assert (found[0]["code"], found[0]["declared"]) == ("EPSG:9209", True)
        assert len(found) > 1
        assert not any(item["declared"] for item in found[1:])
        assert [item["code"] for item in found].count("EPSG:9209") == 1

    def test_a_point_far_away_does_no_harm(self, geotool, tmp_path):
        points = [(X + 10 * i, Y) for i in range(9)]
        path = plots(tmp_path / "a.gpkg", *points, (0, 0))
        run = geotool("crs", path, "--province", "Ha Tinh", "--json")
        assert [item["code"] for item in run.data["candidates"]] == ["EPSG:9209"]

    def test_every_layer_of_a_file(self, geotool, tmp_path):
        path = plots(tmp_path / "a.gpkg", (X, Y), layer="thua")
        plots(path, (106.2, 18.1), layer="diem", code=4326)
        run = geotool("crs", path, "--province", "Ha Tinh", "--json")
        codes = {layer["name"]: [c["code"] for c in layer["candidates"]]
                 for layer in run.data["layers"]}  # fmt: skip
        assert codes == {"thua": ["EPSG:9209"], "diem": ["EPSG:4326"]}

    def test_a_table(self, geotool, tmp_path):
        path = tmp_path / "mo.csv"
        path.write_text(f"STT,X,Y\n1,{Y * 1000:.0f},{X * 1000:.0f}\n", encoding="utf-8")
        run = geotool("crs", path, "--province", "Ha Tinh", "--json")
        assert [item["code"] for item in run.data["candidates"]] == ["EPSG:9209"]

    def test_standard_input(self, geotool, monkeypatch):
        data = f"STT,X,Y\n1,{Y},{X}\n".encode()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        run = geotool("crs", "-", "--province", "Ha Tinh", "--json", stdin=data.decode())
        assert [item["code"] for item in run.data["candidates"]] == ["EPSG:9209"]

    def test_nothing_vietnamese_is_said(self, geotool, tmp_path):
        run = geotool("crs", plots(tmp_path / "a.gpkg", (1, 2), (3, 4)))
        assert run.exit_code == 0
        assert "fit no system" in run.stderr

    def test_a_file_that_is_missing(self, geotool):
        assert geotool("crs", "khong_co.shp").exit_code == 2


class TestPoint:
    def test_keys(self, geotool):
        run = geotool("crs", "--point", f"{X:.3f} {Y:.3f}", "--from", "9209", "--json")
        assert {"x", "y", "lon", "lat", "dms", "crs"} <= set(run.data)
        assert (run.data["x"], run.data["y"]) == pytest.approx((X, Y), abs=0.001)
        assert run.data["crs"] == "EPSG:9209"

    def test_x_is_north_and_told(self, geotool):
        text = f"X={Y:.2f} Y={X:.2f}".replace(".", ",")
        run = geotool("crs", "--point", text, "--from", "105-30", "--json")
        assert (run.data["x"], run.data["y"]) == pytest.approx((X, Y), abs=0.01)
        assert "northing" in run.stderr

    def test_millimetres_and_zone_number(self, geotool):
        run = geotool(
            "crs", "--point", f"{Y * 1000:.0f} {X * 1000:.0f}", "--from", "9209", "--json"
        )
        assert (run.data["x"], run.data["y"]) == pytest.approx((X, Y), abs=0.001)
        assert "millimetres" in run.stderr
        run = geotool("crs", "--point", f"48{X:.3f} {Y:.3f}", "--from", "9209", "--json")
        assert (run.data["x"], run.data["y"]) == pytest.approx((X, Y), abs=0.001)
        assert "zone number 48" in run.stderr

    def test_vietnamese_degrees(self, geotool):
        text = "vĩ độ 18°05'12,5\" kinh độ 106°17'32,3\""
        run = geotool("crs", "--point", text, "--to", "EPSG:4756", "--json")
        other = geotool("crs", "--point", "18°05'12,5\"B 106°17'32,3\"Đ", "--to", "4756", "--json")
        assert run.data == other.data
        assert run.data["dms"] == "18°05'12,500\"B 106°17'32,300\"Đ"

    def test_a_province_picks_the_zone(self, geotool):
        run = geotool("crs", "--point", "106.2 18.1", "--province", "Hà Tĩnh", "--json")
        assert run.data["crs"] == "EPSG:9209"

    def test_degrees_need_a_target(self, geotool):
        run = geotool("crs", "--point", "106.2 18.1")
        assert run.exit_code == 2
        assert "--to" in run.stderr

    def test_plane_numbers_of_unknown_origin(self, geotool, communes):
        text = f"{X:.3f} {Y:.3f}"
        run = geotool("crs", "--point", text)
        assert run.exit_code == 3
        assert "--from EPSG:9209" in run.stderr
        run = geotool("crs", "--point", text, "--from", "auto", "--communes", communes, "--json")
        assert run.data["from_crs"] == "EPSG:9209"
        assert run.data["commune_name"] == "Kỳ Xuân"

    @pytest.mark.parametrize(
        ("arguments", "code"),
        [
            ((), 2),
            (("a.csv", "--point", "1 2"), 2),
            (("--point", "abc", "--from", "9209"), 2),
            (("--point", "106.2 18.1", "--from", "9209"), 3),
            (("--point", "573456 1998742", "--from", "4326"), 3),
            (("--point", "5734 1998", "--from", "auto"), 3),
            (("--point", "573456 1998742", "--from", "Atlantis"), 3),
            (("a.csv", "--from", "9209"), 2),
        ],
    )
    def test_refusals(self, geotool, arguments, code):
        run = geotool("crs", *arguments)
        assert run.exit_code == code
        assert run.stderr.startswith("Error: ")
        assert not run.stdout

    def test_other_systems(self, geotool):
        run = geotool("crs", "--point", "106.2 18.1", "--to", "EPSG:32648", "--json")
        assert run.data["x"] == pytest.approx(627000, abs=1000)
        run = geotool("crs", "--point", "E=1000000 N=200000", "--from", "EPSG:2263", "--json")
        assert (run.data["x"], run.data["y"]) == (1000000, 200000)


def test_candidates_stand_one_a_line_and_apart_where_their_place_is_one(geotool, tmp_path):
    x, y = tmerc(105.2, 20.0, 105.0)
    path = tmp_path / "xa.geojson"
    ground = gpd.GeoDataFrame({"commune_id": ["K1"]}, geometry=[box(105, 19.9, 105.4, 20.1)],
                              crs=4326)  # fmt: skip
    ground.to_file(path)
    run = geotool("crs", "--point", f"{x:.2f} {y:.2f}", "--communes", path)
    assert run.exit_code == 3
    lines = [line for line in run.stderr.splitlines() if "--from EPSG:" in line]
    assert [line.split()[1] for line in lines] == ["EPSG:5897", "EPSG:3405"]
    assert len({line.partition("lands at ")[2] for line in lines}) == 2


def test_a_point_abroad_is_told(geotool):
    run = geotool("crs", "--point", "1.234 5.678", "--from", "4326", "--to", "4756")
    assert run.exit_code == 0
    assert "outside Viet Nam" in run.stderr


def test_degrees_without_signs_are_no_metres(geotool):
    assert geotool("crs", "--point", "180512.12N 1061732.28E", "--to", "9209").exit_code == 3
