"""Tables: encodings, separators, sheets, and columns that place a row."""

import datetime as dt
import io
import sys

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geotool.errors import CrsError, GeometryError, ReadError, SchemaError, UsageError
from geotool.sources import ReadOptions, describe_source, inspect_layer, pairs, read_layer

CRS = "EPSG:9209"
HOLDINGS = "holder_id,holder_kind,parcel_id,share_numerator,share_denominator"


def write(tmp_path, text, name="a.csv", encoding="utf-8"):
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return path


def book(tmp_path, sheets, name="a.xlsx"):
    made = openpyxl.Workbook()
    made.remove(made.active)
    for title, rows in sheets.items():
        sheet = made.create_sheet(title)
        for row in rows:
            sheet.append(row)
    made.save(tmp_path / name)
    return tmp_path / name


class TestCsv:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
    @pytest.mark.parametrize("separator", [",", ";", "\t"])
    def test_separators_and_encodings(self, tmp_path, encoding, separator):
        rows = [HOLDINGS + ",Ghi chú", "00123,household,001-2,1,2,Đội Cấn"]
        text = "\r\n".join(row.replace(",", separator) for row in rows)
        read = read_layer(write(tmp_path, text, encoding=encoding), "holdings")
        row = read.frame.iloc[0]
        assert (row["holder_id"], row["parcel_id"]) == ("00123", "001-2")
        assert (row["share_numerator"], row["share_denominator"]) == (1, 2)
        assert "Đội Cấn" in row.tolist()
        assert read.report.read_count == 1
        assert read.report.problems == ()
        assert isinstance(read.frame, pd.DataFrame)
        assert not isinstance(read.frame, gpd.GeoDataFrame)

    def test_windows_1258_is_reported(self, tmp_path):
        text = f"{HOLDINGS},xứ\nA,household,1,1,1,Hà Tĩnh\n"
        decomposed = text.replace("ứ", "ư\u0301").replace("ĩ", "i\u0303")
        read = read_layer(write(tmp_path, decomposed, encoding="cp1258"), "holdings")
        assert read.frame["xứ"].tolist() == ["Hà Tĩnh"]
        assert [p.rule for p in read.report.problems] == ["text_encoding"]

    def test_undecodable_names_the_line(self, tmp_path):
        path = tmp_path / "a.csv"
        path.write_bytes(f"{HOLDINGS}\nA\x90,household,1,1,1\n".encode("latin-1"))
        with pytest.raises(ReadError, match="line 2"):
            read_layer(path, "holdings")
        with pytest.raises(UsageError, match="klingon"):
            read_layer(path, "holdings", ReadOptions(encoding="klingon"))

    def test_header_is_the_first_filled_row(self, tmp_path):
        text = f"\n,,,,\n{HOLDINGS}\n\nA,household,1,1,1\n,,,,\n"
        assert len(read_layer(write(tmp_path, text), "holdings").frame) == 1

    def test_excel_separator_line(self, tmp_path):
        text = f"sep=;\n{HOLDINGS}\nA,household,1,1,1\n".replace(",", ";")
        assert len(read_layer(write(tmp_path, text), "holdings").frame) == 1

    def test_rows_longer_than_the_header(self, tmp_path):
        text = f"{HOLDINGS}\nA,household,1,1,1\nB,household,1,1,1,6\n"
        with pytest.raises(ReadError, match=r"1 \(line 3\)"):
            read_layer(write(tmp_path, text), "holdings")

    def test_repeated_column(self, tmp_path):
        with pytest.raises(ReadError, match="holder_id"):
            read_layer(write(tmp_path, f"{HOLDINGS},holder_id\n"), "holdings")

    def test_broken_quotes(self, tmp_path):
        with pytest.raises(ReadError, match="quotation"):
            read_layer(write(tmp_path, f'{HOLDINGS}\n"A"x,household,1,1,1\n'), "holdings")

    def test_a_title_above_the_header_is_passed_over(self, tmp_path):
        path = write(tmp_path, "DANH SÁCH HỘ,,\n,,\nmã hộ,chủ hộ,mã xã\nH1,A,C1\n")
        read = read_layer(path, "households")
        assert read.frame[["household_id", "head_name", "commune_id"]].values.tolist() == [
            ["H1", "A", "C1"]
        ]

    def test_one_problem_is_said_once(self, tmp_path):
        path = write(tmp_path, "a,b\n1,2\n")
        _, problems = inspect_layer(path, "households")
        assert [problem.rule for problem in problems] == ["missing_key"]

    def test_a_vietnamese_register_gives_the_states_geotool_knows(self, tmp_path):
        text = "ngày,đối tượng,trạng thái\n01/03/2024,Thửa,Đã bàn giao\n02/03/2024,,đo lại\n"
        frame = read_layer(write(tmp_path, text), "events").frame
        assert frame["state"].tolist() == ["handed_over", "đo lại"]
        assert frame["subject"].tolist() == ["parcel", None]

    def test_only_blanks(self, tmp_path):
        with pytest.raises(ReadError, match="no header"):
            read_layer(write(tmp_path, " \n \n"), "holdings")

    def test_standard_input(self, monkeypatch):
        data = f"{HOLDINGS}\nA,household,1,1,1\n".encode()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        assert len(read_layer("-", "holdings").frame) == 1

    def test_rows_that_agree_are_merged_and_counted(self, tmp_path):
        text = "household_id,head_name\nH1,An\nH2,Ba\nH1,\nH1,An\n"
        read = read_layer(write(tmp_path, text), "households")
        assert read.frame["household_id"].tolist() == ["H1", "H2"]
        assert (read.report.read_count, read.report.merged_count) == (4, 2)

    def test_polygon_layer_without_shapes_says_how(self, tmp_path):
        path = write(tmp_path, "parcel_id\n1\n")
        with pytest.raises(SchemaError) as caught:
            read_layer(path, "parcels")
        assert "wkt" in caught.value.remedy


class TestWorkbook:
    ROWS = (HOLDINGS.split(","), ["00123", "household", 4050101.0, 1, 2])

    def test_types_and_zeros(self, tmp_path):
        path = book(tmp_path, {"Tờ 1": [[], [None, None], *self.ROWS]})
        read = read_layer(path, "holdings")
        row = read.frame.iloc[0]
        assert (row["holder_id"], row["parcel_id"]) == ("00123", "4050101")
        assert read.report.sublayer == "Tờ 1"

    def test_dates_become_iso_text(self, tmp_path):
        rows = [["post_id", "Ngày"], ["1", dt.datetime(2024, 3, 1)], ["2", dt.date(2024, 3, 2)]]
        path = book(tmp_path, {"a": rows})
        read, _ = inspect_layer(path, "chainage_posts")
        assert read.frame["Ngày"].tolist() == ["2024-03-01", "2024-03-02"]

    def test_choice_of_sheet(self, tmp_path):
        other = (self.ROWS[0], ["B", "household", "2", 1, 1])
        path = book(tmp_path, {"Ghi chú": [["x"]], "khác": other, "Holding": self.ROWS, "rỗng": []})
        assert read_layer(path, "holdings").report.sublayer == "Holding"
        assert read_layer(f"{path}#khác", "holdings").frame["holder_id"].tolist() == ["B"]
        with pytest.raises(ReadError, match="'Ghi chú', 'khác', 'Holding'"):
            read_layer(path, "parcels")
        assert [layer.name for layer in describe_source(path)] == ["Ghi chú", "khác", "Holding"]
        with pytest.raises(ReadError, match="no layer"):
            describe_source(f"{path}#nothing")

    def test_damaged(self, tmp_path):
        path = book(tmp_path, {"a": self.ROWS})
        data = bytearray(path.read_bytes())
        start = data.find(b"xl/worksheets/sheet1.xml") + 30
        data[start : start + 60] = b"\0" * 60
        path.write_bytes(bytes(data))
        with pytest.raises(ReadError, match="damaged"):
            read_layer(path, "holdings")


class TestPoints:
    def test_lon_lat_is_wgs84(self, tmp_path):
        path = write(tmp_path, "Kinh độ;Vĩ độ;grave_id\n105,9;18,1;G1\n105.91;18.11;G2\n")
        read = read_layer(path, "graves", ReadOptions(dst_crs=CRS))
        assert read.report.source_crs == "EPSG:4326"
        assert read.frame.crs.to_epsg() == 9209
        assert read.report.columns["Kinh độ"] == "geometry"
        assert "Kinh độ" not in read.frame.columns
        (layer,) = describe_source(path)
        assert (layer.geometry, layer.crs) == ("Point", "EPSG:4326")
        assert layer.bounds == pytest.approx((105.9, 18.1, 105.91, 18.11))

    def test_plane_coordinates_need_a_system(self, tmp_path):
        path = write(tmp_path, "grave_id,X,Y\nG1,1998742.87,560123.4\n")
        with pytest.raises(CrsError) as caught:
            read_layer(path, "graves")
        assert "--src-crs" in caught.value.remedy
        assert CRS in caught.value.remedy
        assert "a.csv" in caught.value.message
        (layer,) = describe_source(path)
        assert layer.crs is None
        assert CRS in layer.crs_candidates

    def test_auto_leaves_lon_lat_and_refuses_plane_coordinates(self, tmp_path):
        path = write(tmp_path, "grave_id,lon,lat\nG1,105.9,18.1\n")
        assert read_layer(path, "graves", ReadOptions(src_crs="auto")).report.crs == "EPSG:4326"
        path = write(tmp_path, "grave_id,X,Y\nG1,1998742,560123\n")
        with pytest.raises(CrsError):
            read_layer(path, "graves", ReadOptions(src_crs="auto"))

    def test_auto_takes_the_zone_of_a_province_for_plane_coordinates(self, tmp_path):
        path = write(tmp_path, "grave_id,X,Y\nG1,1998742,560123\n")
        read = read_layer(path, "graves", ReadOptions(src_crs="auto", province="Hà Tĩnh"))
        assert read.report.crs == CRS
        assert read.frame.geometry.x.tolist() == [560123]

    def test_a_plane_system_takes_the_plane_columns(self, tmp_path):
        path = write(tmp_path, "grave_id,lon,lat,X,Y\nG1,105.9,18.1,1998742,560123\n")
        read = read_layer(path, "graves", ReadOptions(src_crs=CRS))
        assert read.frame.geometry.x.tolist() == [560123]

    def test_a_missing_system_hides_no_other_problem(self, tmp_path):
        path = write(tmp_path, "grave_id,X,Y\nG1,1998742,560123\nG1,,\n")
        _, problems = inspect_layer(path, "graves")
        errors = [p.rule for p in problems if p.severity == "error"]
        assert errors == ["no_crs", "repeated_key", "empty_geometry"]

    @pytest.mark.parametrize(
        ("header", "cells", "rules"),
        [
            ("X,Y", "1998742.87,560123.4", []),
            ("Y,X", "560123.4,1998742.87", []),
            ("X,Y", "560123.4,1998742.87", ["axes_order"]),
            ("easting,northing", "560123.4,1998742.87", []),
            ("easting,northing", "1998742.87,560123.4", ["axes_order"]),
            ("Tọa độ X,Tọa độ Y", '"1.998.742,87","560.123,4"', []),
            ("X,Y", '"1,998,742.87","560,123.4"', []),
            ("X,Y", '"1998742,87","560123,4"', []),
            ("X,Y", '"1 998 742,87","560 123,4"', []),
        ],
    )
    def test_x_is_north_and_swaps_are_seen(self, tmp_path, header, cells, rules):
        path = write(tmp_path, f"grave_id,{header}\nG1,{cells}\n")
        read = read_layer(path, "graves", ReadOptions(src_crs=CRS))
        point = read.frame.geometry.iloc[0]
        assert (point.x, point.y) == (560123.4, 1998742.87)
        assert [p.rule for p in read.report.problems] == rules

    def test_grouped_thousands_decide_for_the_whole_table(self, tmp_path):
        path = write(tmp_path, 'grave_id,X,Y\nG1,"1.998.742",560.123\n')
        read = read_layer(path, "graves", ReadOptions(src_crs=CRS))
        assert read.frame.geometry.iloc[0].x == 560123.0

    def test_single_rows_exchanged(self, tmp_path):
        text = "grave_id,X,Y\nG1,1998742,560123\nG2,560124,1998743\n"
        read = read_layer(write(tmp_path, text), "graves", ReadOptions(src_crs=CRS))
        assert read.frame.geometry.x.tolist() == [560123, 560124]
        (notice,) = read.report.problems
        assert "row 2" in notice.message

    def test_elsewhere_x_is_east(self, tmp_path):
        path = write(tmp_path, "grave_id,X,Y\nG1,560123,1998742\n")
        read = read_layer(path, "graves", ReadOptions(src_crs="EPSG:32648"))
        assert read.frame.geometry.x.tolist() == [560123]

    def test_bad_cells_are_listed_and_refused(self, tmp_path):
        text = "grave_id,X,Y\nG1,abc,560123\nG2,,\nG3,1998742,1998743\nG4,1998742,560123\n"
        path = write(tmp_path, text)
        with pytest.raises(GeometryError) as caught:
            read_layer(path, "graves", ReadOptions(src_crs=CRS))
        found = [(p.rule, p.message) for p in caught.value.problems]
        assert [rule for rule, _ in found].count("bad_coordinate") == 2
        assert [rule for rule, _ in found].count("empty_geometry") == 1
        assert any("abc" in message for _, message in found)
        kept = read_layer(path, "graves", ReadOptions(src_crs=CRS, salvage=True))
        assert kept.frame["grave_id"].tolist() == ["G4"]
        assert [item.key for item in kept.report.rejected] == ["G1", "G2", "G3"]

    def test_mixed_decimal_marks_are_refused(self, tmp_path):
        path = write(tmp_path, "grave_id;X;Y\nG1;1.998.742,8;560123\nG2;1,998,742.8;560123\n")
        with pytest.raises(SchemaError, match="mix"):
            read_layer(path, "graves", ReadOptions(src_crs=CRS))

    def test_two_columns_for_one_coordinate(self, tmp_path):
        path = write(tmp_path, "grave_id,lon,Kinh độ,lat\nG1,105,105,18\n")
        with pytest.raises(SchemaError, match="Kinh độ"):
            read_layer(path, "graves")

    def test_degrees_with_a_plane_system_are_refused(self, tmp_path):
        path = write(tmp_path, "grave_id,lon,lat\nG1,105,18\n")
        with pytest.raises(CrsError, match="degrees"):
            read_layer(path, "graves", ReadOptions(src_crs=CRS))

    def test_table_that_may_lack_points(self, tmp_path):
        read = read_layer(write(tmp_path, "household_id\nH1\n"), "households")
        assert not isinstance(read.frame, gpd.GeoDataFrame)
        path = write(tmp_path, "household_id,lon,lat\nH1,105.9,18.1\n")
        assert isinstance(read_layer(path, "households").frame, gpd.GeoDataFrame)

    def test_workbook(self, tmp_path):
        rows = [["grave_id", "X (m)", "Y (m)"], ["G1", 1998742.87, 560123.4]]
        path = book(tmp_path, {"mồ mả": rows})
        read = read_layer(path, "graves", ReadOptions(src_crs=CRS))
        assert read.frame.geometry.iloc[0].y == 1998742.87


class TestWellKnownText:
    TEXT = "POLYGON ((560000 1998000, 560010 1998000, 560010 1998010, 560000 1998000))"

    @pytest.mark.parametrize("name", ["wkt", "geometry", "GEOM"])
    def test_polygons(self, tmp_path, name):
        path = write(tmp_path, f'parcel_id;{name}\n1;"{self.TEXT}"\n')
        read = read_layer(path, "parcels", ReadOptions(src_crs=CRS))
        assert read.frame.area.tolist() == [50]
        with pytest.raises(CrsError):
            read_layer(path, "parcels")
        assert describe_source(path)[0].geometry == "Polygon"

    def test_bad_text(self, tmp_path):
        curve = "CIRCULARSTRING (0 0, 1 1, 2 0)"
        path = write(tmp_path, f'parcel_id;wkt\n1;"{self.TEXT}"\n2;POLYGON\n3;"{curve}"\n')
        with pytest.raises(GeometryError) as caught:
            read_layer(path, "parcels", ReadOptions(src_crs=CRS))
        rules = [p.rule for p in caught.value.problems]
        assert rules.count("bad_coordinate") == 2


class TestNumbers:
    @given(st.integers(min_value=1_000_000, max_value=2_600_000), st.integers(0, 99))
    def test_vietnamese_and_english_spellings_agree(self, whole, cents):
        vi = f"{whole:,}".replace(",", ".") + f",{cents:02d}"
        en = f"{whole:,}.{cents:02d}"
        expected = float(f"{whole}.{cents:02d}")
        for text in (vi, en):
            cells = pd.Series([text])
            assert pairs.parse_pairs(cells, cells, plane=True)[0].tolist() == [expected]

    def test_nonsense_is_no_number(self):
        cells = ["", None, "12a", "--1", True, "1e5", np.float64(2.5), "nan", "+7"]
        found = pairs.parse_column(cells, thousands=None)
        assert np.isnan(found[[0, 1, 2, 3, 4, 7]]).all()
        assert found[[5, 6, 8]].tolist() == [1e5, 2.5, 7.0]


def test_a_short_name_of_a_table_is_no_cut_one(tmp_path):
    path = tmp_path / "mo.csv"
    path.write_text("Mã mộ,Họ tên,X,Y\nM1,A B,1998000.5,560000.5\n", encoding="utf-8")
    read = read_layer(path, "graves", ReadOptions(src_crs=CRS))
    assert read.frame["grave_id"].tolist() == ["M1"]
    assert read.frame["Họ tên"].tolist() == ["A B"]
