"""The system of a layer: searched for, kept, and coordinates that are written unusually."""

import json

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely import Point, box

from geotool import crs
from geotool.errors import CrsError
from geotool.sources import ReadOptions, read_layer

PLACE = (573456.12, 1998742.87)  # Hà Tĩnh, EPSG:9209
CODE = "EPSG:9209"


def plots(east=PLACE[0], north=PLACE[1], count=8, code=None):
    shapes = [box(east + 30 * i, north, east + 30 * i + 20, north + 10) for i in range(count)]
    return gpd.GeoDataFrame({"parcel_id": [str(i + 1) for i in range(count)]},
                            geometry=shapes, crs=code)  # fmt: skip


def ground(lon=106.2, lat=18.07):
    return gpd.GeoDataFrame({"commune_id": ["K1"], "commune_name": ["Kỳ Xuân"]},
                            geometry=[box(lon - 0.05, lat - 0.05, lon + 0.05, lat + 0.05)],
                            crs="EPSG:4326")  # fmt: skip


def rewritten(frame, axes="xy", factor=1.0, zone=0):
    def moved(points):
        points = points.copy()
        points[:, 0] += zone * 1e6
        points = points * factor
        return points[:, ::-1] if axes == "yx" else points

    return frame.set_geometry(gpd.GeoSeries(shapely.transform(frame.geometry.array, moved),
                                            index=frame.index, crs=frame.crs))  # fmt: skip


def read(frame, tmp_path, **options):
    path = tmp_path / "thua.gpkg"
    frame.to_file(path)
    result = read_layer(path, "parcels", ReadOptions(**options))
    return result.frame, {problem.rule: problem for problem in result.report.problems}


def assert_same_place(frame, expected):
    assert shapely.hausdorff_distance(frame.geometry.array, expected.geometry.array).max() < 1e-5


WRITINGS = [("yx", 1.0, 0), ("xy", 1000.0, 0), ("yx", 1000.0, 0), ("xy", 1.0, 48), ("yx", 1.0, 18)]


class TestAuto:
    @pytest.mark.parametrize(("axes", "factor", "zone"), [("xy", 1.0, 0), *WRITINGS])
    def test_one_candidate_is_taken_and_told(self, axes, factor, zone, tmp_path):
        frame, problems = read(
            rewritten(plots(), axes, factor, zone), tmp_path, src_crs="auto", communes=ground()
        )
        assert frame.crs.to_epsg() == 9209
        assert_same_place(frame, plots())
        assert "Kỳ Xuân" in problems["crs_found"].message
        assert CODE in problems["crs_found"].message
        assert ("axes_order" in problems) is (axes == "yx")
        assert ("unit_scaled" in problems) is (factor == 1000)
        assert ("zone_prefix" in problems) is bool(zone)

    def test_several_candidates_are_refused_with_places_and_what_to_type(self, tmp_path):
        with pytest.raises(CrsError) as refused:
            read(rewritten(plots(), "yx"), tmp_path, src_crs="auto")
        text = str(refused.value)
        assert "--src-crs EPSG:9209" in text
        assert "106.19" in text
        assert "northing first" in text
        assert "--communes" in text

    def test_a_province_narrows_and_utm_is_mentioned(self, tmp_path):
        frame, problems = read(plots(), tmp_path, src_crs="auto", province="Hà Tĩnh")
        assert frame.crs.to_epsg() == 9209
        assert "EPSG:3405" in problems["crs_found"].message

    def test_nothing_vietnamese_is_refused_with_its_range(self, tmp_path):
        with pytest.raises(CrsError, match=r"x 0 to 230.*fit no system"):
            read(plots(0, 0), tmp_path, src_crs="auto")
        with pytest.raises(CrsError, match="these communes") as refused:
            read(plots(), tmp_path, src_crs="auto", communes=ground(103.0, 21.4))
        assert CODE in refused.value.remedy

    def test_a_declared_system_that_fits_is_kept(self, tmp_path):
        frame, problems = read(plots(code="EPSG:5897"), tmp_path, src_crs="auto")
        assert frame.crs.to_epsg() == 5897
        assert "kept" in problems["crs_found"].message

    def test_a_declared_system_that_lands_elsewhere_gives_way(self, tmp_path):
        frame, problems = read(plots(code="EPSG:5897"), tmp_path, src_crs="auto", communes=ground())
        assert frame.crs.to_epsg() == 9209
        assert "EPSG:5897" in problems["crs_overridden"].message

    def test_a_declared_system_decides_between_candidates(self, tmp_path):
        frame, problems = read(rewritten(plots(code=CODE), "yx", 1000.0), tmp_path, src_crs="auto")
        assert frame.crs.to_epsg() == 9209
        assert_same_place(frame, plots())
        assert {"axes_order", "unit_scaled", "crs_found"} <= set(problems)

    def test_metres_in_geojson(self, tmp_path):
        content = json.loads(plots().to_json(drop_id=True))
        content.pop("crs", None)
        (tmp_path / "a.geojson").write_text(json.dumps(content))
        options = ReadOptions(src_crs="auto", province="Hà Tĩnh")
        found = read_layer(tmp_path / "a.geojson", "parcels", options)
        assert found.frame.crs.to_epsg() == 9209

    def test_without_auto_nothing_is_guessed(self, tmp_path):
        with pytest.raises(CrsError, match="no coordinate reference system"):
            read(plots(), tmp_path, province="Hà Tĩnh", communes=ground())


class TestWriting:
    @pytest.mark.parametrize("named", [True, False])
    @pytest.mark.parametrize(("axes", "factor", "zone"), WRITINGS)
    def test_coordinates_are_straightened_in_a_known_system(
        self, axes, factor, zone, named, tmp_path
    ):
        plain = plots(code=None if named else CODE)
        frame, problems = read(
            rewritten(plain, axes, factor, zone), tmp_path, src_crs=CODE if named else None
        )
        assert_same_place(frame, plots())
        assert frame.area.to_numpy() == pytest.approx(200.0, abs=1e-4)
        assert ("axes_order" in problems) is (axes == "yx")
        assert ("unit_scaled" in problems) is (factor == 1000)
        assert ("zone_prefix" in problems) is bool(zone)

    def test_degrees_with_the_latitude_first(self, tmp_path):
        shapes = [Point(18.1, 106.2), Point(18.2, 106.1, 5.0)]
        frame = gpd.GeoDataFrame({"grave_id": ["1", "2"]}, geometry=shapes, crs=4326)
        frame.to_file(tmp_path / "a.gpkg")
        found = read_layer(tmp_path / "a.gpkg", "graves")
        assert [(p.x, p.y) for p in found.frame.geometry] == [(106.2, 18.1), (106.1, 18.2)]
        assert "latitude first" in next(
            p.message for p in found.report.problems if p.rule == "axes_order"
        )

    def test_single_rows_the_other_way_round(self, tmp_path):
        frame = plots(code=CODE)
        mixed = frame.copy()
        mixed.loc[2, "geometry"] = rewritten(frame, "yx").geometry[2]
        found, problems = read(mixed, tmp_path)
        assert_same_place(found, frame)
        assert "(row 3)" in problems["axes_order"].message

    def test_points_far_away_are_named_and_stay(self, tmp_path):
        frame = plots(code=CODE)
        frame.loc[4, "geometry"] = box(0, 0, 20, 10)
        found, problems = read(frame, tmp_path)
        assert found.geometry[4].equals(box(0, 0, 20, 10))
        assert "row 5 (10, 5)" in problems["coordinates_apart"].message
        assert problems["coordinates_apart"].severity == "finding"

    def test_a_zone_far_from_its_meridian_is_left_in_peace(self, tmp_path):
        frame = gpd.GeoDataFrame(
            {"parcel_id": [str(i) for i in range(8)]},
            geometry=[box(e, 1400000, e + 10, 1400010)
                      for e in (600000, 610000, 620000, 630000, 640000, 650000, 660000, 880000)],
            crs=CODE,
        )  # fmt: skip
        found, problems = read(frame, tmp_path)
        assert_same_place(found, frame)
        assert not set(problems) & {"coordinates_apart", "axes_order"}

    @pytest.mark.parametrize("code", [CODE, "EPSG:32648", "EPSG:2263"])
    def test_small_local_numbers_stay_without_complaint(self, code, tmp_path):
        found, problems = read(plots(10, 20, code=code), tmp_path)
        assert_same_place(found, plots(10, 20))
        assert not problems

    @pytest.mark.parametrize("code", ["EPSG:32648", "EPSG:2263"])
    def test_other_systems_are_never_turned(self, code, tmp_path):
        frame = plots(1998742.0, 573456.0, code=code)
        found, problems = read(frame, tmp_path)
        assert_same_place(found, frame)
        assert not problems


class TestTables:
    def points(self, tmp_path, text, **options):
        path = tmp_path / "mo.csv"
        path.write_text(text, encoding="utf-8")
        result = read_layer(path, "graves", ReadOptions(**options))
        found = [(p.x, p.y) for p in result.frame.geometry]
        return found, {problem.rule: problem for problem in result.report.problems}, result

    def test_millimetres(self, tmp_path):
        text = "grave_id,X,Y\n1,1998742870,573456120\n2,1998752870,573466120\n"
        found, problems, _ = self.points(tmp_path, text, src_crs=CODE)
        assert np.allclose(found, [PLACE, (573466.12, 1998752.87)], atol=1e-6)
        assert "unit_scaled" in problems

    def test_zone_number(self, tmp_path):
        text = "grave_id,X,Y\n1,1998742.87,48573456.12\n"
        found, problems, _ = self.points(tmp_path, text, src_crs=CODE)
        assert np.allclose(found, [PLACE], atol=1e-6)
        assert "48" in problems["zone_prefix"].message

    def test_degrees_minutes_seconds(self, tmp_path):
        text = (
            "grave_id;Vĩ độ;Kinh độ\n1;18°05'12,5\"B;106°17'32,3\"Đ\n"
            "2;18,0867;106,2923\n3;18 05 12,5;106 17 32,3\n"
        )
        found, _, _ = self.points(tmp_path, text)
        lat, lon = 18 + 5 / 60 + 12.5 / 3600, 106 + 17 / 60 + 32.3 / 3600
        assert np.allclose(found, [(lon, lat), (106.2923, 18.0867), (lon, lat)], atol=1e-9)

    def test_exchanged_longitudes_and_latitudes(self, tmp_path):
        text = "grave_id,lon,lat\n1,18.1,106.2\n2,106.2,18.1\n3,18°06'B,106°12'Đ\n"
        found, problems, _ = self.points(tmp_path, text)
        assert np.allclose(found, [(106.2, 18.1)] * 3)
        assert "axes_order" in problems

    def test_auto_finds_degrees_in_columns_x_and_y(self, tmp_path):
        for text in ("grave_id,x,y\n1,106.2,18.1\n", "grave_id,x,y\n1,18.1,106.2\n"):
            found, _, result = self.points(tmp_path, text, src_crs="auto")
            assert found == [(106.2, 18.1)]
            assert result.report.source_crs == "EPSG:4326"

    def test_auto_with_communes(self, tmp_path):
        text = 'grave_id,X,Y\n1,"1.998.742,87","573.456,12"\n'
        found, problems, result = self.points(tmp_path, text, src_crs="auto", communes=ground())
        assert np.allclose(found, [PLACE])
        assert result.report.crs == CODE
        assert "Kỳ Xuân" in problems["crs_found"].message

    def test_degrees_under_a_plane_system_are_refused_as_such(self, tmp_path):
        with pytest.raises(CrsError, match="degrees"):
            self.points(tmp_path, "grave_id,X,Y\n1,18.1,106.2\n", src_crs=CODE)

    def test_degrees_of_vn2000_in_columns_x_and_y(self, tmp_path):
        found, _, result = self.points(tmp_path, "grave_id,X,Y\n1,18.1,106.2\n", src_crs="4756")
        assert found == [(106.2, 18.1)]
        assert result.report.crs == "EPSG:4756"


def test_listed_candidates_are_short_of_nothing():
    from geotool.sources import systems

    found = crs.search([[48573456120.0, 1998742870.0]])
    text = systems.listed(found)
    assert "in millimetres" in text
    assert "zone 48 before the easting" in text
    assert text.count("--src-crs EPSG:") == len(found)


def test_a_whole_globe_may_reach_beyond_its_edge_by_rounding(tmp_path):
    west = -180.00000000000006
    ring = [[west, -90], [180, -90], [180, 83], [west, 83], [west, -90]]
    path = tmp_path / "globe.geojson"
    path.write_text(
        '{"type":"FeatureCollection","features":[{"type":"Feature",'
        '"properties":{"commune_id":"C1"},'
        f'"geometry":{{"type":"Polygon","coordinates":[{ring}]}}}}]}}',
        encoding="utf-8",
    )
    assert len(read_layer(path, "communes").frame) == 1
