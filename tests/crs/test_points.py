"""The text of a point, as planners write it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geotool.crs import ParsedPoint, format_dms, parse_angle, parse_point
from geotool.errors import UsageError

LAT, LON = 18 + 5 / 60 + 12.5 / 3600, 106 + 17 / 60 + 32.3 / 3600


@pytest.mark.parametrize(
    ("text", "first", "second", "axes"),
    [
        ("573456.12,1998742.87", 573456.12, 1998742.87, ""),
        ("573456,12 1998742,87", 573456.12, 1998742.87, ""),
        ("573456,12, 1998742,87", 573456.12, 1998742.87, ""),
        ("573456,12,1998742,87", 573456.12, 1998742.87, ""),
        ("573456,1998742", 573456.0, 1998742.0, ""),
        ("573,456.12 1,998,742.87", 573456.12, 1998742.87, ""),
        ("1.998.742,87; 573.456,12", 1998742.87, 573456.12, ""),
        ("1.998.742,87 573.456,12", 1998742.87, 573456.12, ""),
        ("1 998 742,87; 573 456,12", 1998742.87, 573456.12, ""),
        ("X=1998742,87 Y=573456,12", 1998742.87, 573456.12, "XY"),
        ("Y: 573456,12; X: 1998742,87", 573456.12, 1998742.87, "YX"),
        ("X(m)=1998742.87; Y(m)=573456.12", 1998742.87, 573456.12, "XY"),
        ("Tọa độ VN-2000: X = 1998742.87m, Y = 573456.12m", 1998742.87, 573456.12, "XY"),
        ("E=573456.12 N=1998742.87", 573456.12, 1998742.87, "xy"),
        ("573456.12mE 1998742.87mN", 573456.12, 1998742.87, "xy"),
        ("(573456.12, 1998742.87)", 573456.12, 1998742.87, ""),
        ("POINT (573456.12 1998742.87)", 573456.12, 1998742.87, ""),
        ("1998742.87\t573456.12", 1998742.87, 573456.12, ""),
        ("48573456 1998742", 48573456.0, 1998742.0, ""),
    ],
)
def test_plane(text, first, second, axes):
    assert parse_point(text) == ParsedPoint(first, second, "plane", axes)


@pytest.mark.parametrize(
    ("text", "axes"),
    [
        ("18°05'12,5\"B 106°17'32,3\"Đ", "yx"),
        ("18°05′12,5″ B, 106°17′32,3″ Đ", "yx"),
        ("18º05’12,5’’B; 106º17’32,3’’Đ", "yx"),
        ("106°17'32.3\"E 18°05'12.5\"N", "xy"),
        ("106°17'32,3\"Đ - 18°05'12,5\"B", "xy"),
        ("N18°05'12.5\"E106°17'32.3\"", "yx"),
        ("N 18°05.208333333' E 106°17.538333333'", "yx"),
        ("18d05m12.5s 106d17m32.3s", ""),
        ("18 05 12,5 106 17 32,3", ""),
        ("18 05 12,5 B 106 17 32,3 Đ", "yx"),
        ("18-05-12.5N 106-17-32.3E", "yx"),
        ("18 độ 5 phút 12,5 giây Bắc, 106 độ 17 phút 32,3 giây Đông", "yx"),
        ("vĩ độ 18°05'12,5\", kinh độ 106°17'32,3\"", "yx"),
        ("Kinh độ: 106 độ 17' 32,3'' Vĩ độ: 18 độ 5' 12,5''", "xy"),
        ("vi\u0303 đo\u0323\u0302 18°05'12,5\" kinh đo\u0323\u0302 106°17'32,3\"", "yx"),
    ],
)
def test_angles(text, axes):
    point = parse_point(text)
    found = (point.first, point.second)
    northern_first = axes == "yx" or (not axes and point.first < point.second)
    assert found == pytest.approx((LAT, LON) if northern_first else (LON, LAT), abs=1e-9)
    assert (point.kind, point.axes) == ("deg", axes)


@pytest.mark.parametrize(
    ("text", "first", "second", "axes"),
    [
        ("106.2923 18.0867", 106.2923, 18.0867, ""),
        ("18,0867 106,2923", 18.0867, 106.2923, ""),
        ("18,0867; 106,2923", 18.0867, 106.2923, ""),
        ("18.0867,106.2923", 18.0867, 106.2923, ""),
        ("Vĩ độ: 18,0867; Kinh độ: 106,2923", 18.0867, 106.2923, "yx"),
        ("lat=18.0867, lng=106.2923", 18.0867, 106.2923, "yx"),
        ("longitude 106.2923 latitude 18.0867", 106.2923, 18.0867, "xy"),
        ("18.0867°N, 106.2923°E", 18.0867, 106.2923, "yx"),
        ("18.5 -106.2", 18.5, -106.2, ""),
        ("18.5,-106.2", 18.5, -106.2, ""),
        ("33.5S 70.5W", -33.5, -70.5, "yx"),
        ("70,5T 33,5N", -70.5, 33.5, "xy"),
    ],
)
def test_decimal_degrees(text, first, second, axes):
    assert parse_point(text) == ParsedPoint(first, second, "deg", axes)


@pytest.mark.parametrize(
    "text",
    [
        "", "   ", "abc", "573456", "573456,12,1998742", "106,2923", "106,18", "1 2 3",
        "18°65'12\"B 106°17'32\"Đ", "18°05'72\"B 106°17'32\"Đ", "18°05'60\"B 106°17'32\"Đ",
        "18°05'B 106°17'N", "18°B 106°B", "lat 18 lat 106", "18,5°30'B 106°17'Đ", "95 106",
        "-18°05'B 106°17'Đ", "vĩ độ 106°17'Đ kinh độ 18°B", "lat 106.2 lon 18.1", "nan inf",
        "573.456 998.742", "1.234,5 1,234.5", "1e400 1998742", "18°05'12\"\" 106°17'", "=cmd|'/c'",
    ],
)  # fmt: skip
def test_what_is_no_point_is_refused_with_an_example(text):
    with pytest.raises(UsageError) as refused:
        parse_point(text)
    assert "573456,12; 1998742,87" in refused.value.remedy


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text):
    try:
        point = parse_point(text)
    except UsageError:
        return
    assert point.kind in ("deg", "plane")


@given(st.floats(102, 118), st.floats(6, 24), st.sampled_from(["vi", "en"]))
def test_degrees_there_and_back(lon, lat, language):
    point = parse_point(format_dms(lon, lat, language))
    assert (point.kind, point.axes) == ("deg", "yx")
    assert (point.second, point.first) == pytest.approx((lon, lat), abs=0.0006 / 3600)


def test_format():
    assert format_dms(LON, LAT, "vi") == "18°05'12,500\"B 106°17'32,300\"Đ"
    assert format_dms(LON, LAT, "en") == "18°05'12.500\"N 106°17'32.300\"E"
    assert format_dms(-106.99999999, -18.5, "en") == "18°30'00.000\"S 107°00'00.000\"W"
    assert format_dms(106.0, 17.9999999999, "vi").startswith("18°00'00,000\"B")


@pytest.mark.parametrize(
    ("text", "value", "axis"),
    [("18°05'12,5\"B", LAT, "lat"), ("106°17'32.3\"E", LON, "lon"), ("106,5", 106.5, ""),
     ("18 05 12,5", LAT, ""), ("kinh độ 106.5", 106.5, "lon"), ("-5°30'", -5.5, "")],
)  # fmt: skip
def test_one_angle(text, value, axis):
    found = parse_angle(text)
    assert found.value == pytest.approx(value)
    assert found.axis == axis


@pytest.mark.parametrize("text", ["", "abc", "1998742", "18°05' 106°17'", "18°75'", "95°B"])
def test_no_angle(text):
    assert parse_angle(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "18°05'12,5\" vĩ độ Bắc; 106°17'32,3\" kinh độ Đông",
        "18 độ 05' 12,5\" vĩ độ bắc, 106 độ 17' 32,3\" kinh độ đông",
        "18°05'12,5\" vĩ Bắc, 106°17'32,3\" kinh Đông",
        "vĩ tuyến 18°05'12,5\" kinh tuyến 106°17'32,3\"",
        "VĐ 18°05'12,5\" KĐ 106°17'32,3\"",
        "18°05'12,5\"B và 106°17'32,3\"Đ",
        "18°05'12,5\"B,106°17'32,3\"Đ",
        "18°05'12,5''Bắc,106°17'32,3''Đông",
        "18°05'12,5'B 106°17'32,3'Đ",
        "B = 18°05'12,5\"; L = 106°17'32,3\"",
        "φ=18°05'12,5\" λ=106°17'32,3\"",
    ],
)
def test_words_and_letters_of_documents(text):
    point = parse_point(text)
    assert (point.kind, point.axes) == ("deg", "yx")
    assert (point.first, point.second) == pytest.approx((LAT, LON), abs=1e-9)


@pytest.mark.parametrize(
    ("text", "axes"),
    [
        ("X = 1 998 742,87 m Y = 573 456,12 m", "XY"),
        ("X=1998742.87mY=573456.12m", "XY"),
        ("1998742,87N,573456,12E", "yx"),
        ("hoành độ 1998742,87 tung độ 573456,12", ""),
    ],
)
def test_units_and_words_beside_metres(text, axes):
    assert parse_point(text) == ParsedPoint(1998742.87, 573456.12, "plane", axes)


def test_a_name_stands_before_the_second_number_only():
    point = parse_point("18°05'12,5\" B, kinh độ 106°17'32,3\"")
    assert (point.first, point.second, point.axes) == (
        pytest.approx(LAT), pytest.approx(LON), "yx",
    )  # fmt: skip
