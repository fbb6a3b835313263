"""MapInfo tables: the text they hold, the datum they lose, and a round trip to a millimetre."""

import math
import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geotool import outputs
from geotool.errors import OutputError, ReadError
from geotool.sources import ReadOptions, describe_source, read_layer

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
MILLIMETRE = 1e-3

# (place, TM-3 code, central meridian, longitude and latitude on WGS 84)
PLACES = [
    ("Ha Tinh", "EPSG:9209", 105.5, 106.2923, 18.0867),
    ("Lang Son", "EPSG:9215", 107.25, 106.7615, 21.8537),
    ("Ho Chi Minh City", "EPSG:9210", 105.75, 106.7009, 10.7769),
    ("Can Tho", "EPSG:5897", 105.0, 105.7835, 10.0341),
    ("Vung Tau", "EPSG:5899", 107.75, 107.0843, 10.3460),
]


def to_vn2000(lon, lat, meridian):
    """Return easting and northing in a TM-3 zone by the seven official parameters.

    Geographic to geocentric, the parameters of Decision 05/2007 undone, geographic again, and
    the transverse Mercator projection by Krueger's series; nothing of PROJ.
    """
    a, f = 6378137.0, 1 / 298.257223563
    e2 = f * (2 - f)
    phi, lam = math.radians(lat), math.radians(lon)
    n = a / math.sqrt(1 - e2 * math.sin(phi) ** 2)
    wgs = np.array([
        n * math.cos(phi) * math.cos(lam),
        n * math.cos(phi) * math.sin(lam),
        n * (1 - e2) * math.sin(phi),
    ])  # fmt: skip
    rx, ry, rz = (math.radians(s / 3600) for s in (-0.00928836, 0.01975479, -0.00427372))
    rotation = np.array([[1, rz, -ry], [-rz, 1, rx], [ry, -rx, 1]])
    shift = np.array([-191.90441429, -39.30318279, -111.45032835])
    x, y, z = np.linalg.solve(1.000000252906278 * rotation, wgs - shift)
    lam, p = math.atan2(y, x), math.hypot(x, y)
    phi = math.atan2(z, p * (1 - e2))
    for _ in range(10):
        n = a / math.sqrt(1 - e2 * math.sin(phi) ** 2)
        phi = math.atan2(z + e2 * n * math.sin(phi), p)
    return krueger(lam - math.radians(meridian), phi, a, f)


def krueger(lam, phi, a, f):
    n = f / (2 - f)
    radius = a / (1 + n) * (1 + n**2 / 4 + n**4 / 64)
    alpha = (
        n / 2 - 2 * n**2 / 3 + 5 * n**3 / 16 + 41 * n**4 / 180,
        13 * n**2 / 48 - 3 * n**3 / 5 + 557 * n**4 / 1440,
        61 * n**3 / 240 - 103 * n**4 / 140,
        49561 * n**4 / 161280,
    )
    e = 2 * math.sqrt(n) / (1 + n)
    t = math.sinh(math.atanh(math.sin(phi)) - e * math.atanh(e * math.sin(phi)))
    xi = math.atan2(t, math.cos(lam))
    eta = math.atanh(math.sin(lam) / math.hypot(1, t))
    terms = list(enumerate(alpha, start=1))
    east = eta + sum(c * math.cos(2 * j * xi) * math.sinh(2 * j * eta) for j, c in terms)
    north = xi + sum(c * math.sin(2 * j * xi) * math.cosh(2 * j * eta) for j, c in terms)
    return 500000 + 0.9999 * radius * east, 0.9999 * radius * north


def graves(code, *points):
    return gpd.GeoDataFrame(
        {"grave_id": [f"M{i}" for i in range(len(points))]},
        geometry=[shapely.Point(p) for p in points],
        crs=code,
    )


def write(frame, path, layer="graves"):
    return outputs.write_layer(frame, path, layer=layer, overwrite=True)


@pytest.mark.parametrize("suffix", [".tab", ".mif"])
@pytest.mark.parametrize(("place", "code", "meridian", "lon", "lat"), PLACES)
def test_a_table_written_is_read_where_the_seven_parameters_put_it(
    tmp_path, suffix, place, code, meridian, lon, lat
):
    east, north = to_vn2000(lon, lat, meridian)
    path = tmp_path / f"a{suffix}"
    write(graves(code, (east, north), (east + 9000, north - 7000)), path)
    plain = read_layer(path, "graves")
    assert plain.report.source_crs == code, place
    point = plain.frame.geometry.iloc[0]
    assert math.dist((point.x, point.y), (east, north)) < MILLIMETRE
    assert "datum_lost" not in [p.rule for p in plain.report.problems]
    world = read_layer(path, "graves", ReadOptions(dst_crs="EPSG:4326")).frame.geometry.iloc[0]
    metres = math.hypot(
        (world.x - lon) * 111320 * math.cos(math.radians(lat)), (world.y - lat) * 110600
    )
    assert metres < MILLIMETRE


def test_the_header_carries_the_official_parameters(tmp_path):
    write(graves("EPSG:9209", (560000, 1998000)), tmp_path / "a.mif")
    (line,) = re.findall(r"CoordSys.*", (tmp_path / "a.mif").read_text(encoding="utf-8"))
    assert line.startswith("CoordSys Earth Projection 8, 9999, 28, ")
    numbers = [float(part) for part in re.findall(r"-?\d+\.\d+", line)]
    assert numbers[:7] == [
        -191.90441429, -39.30318279, -111.45032835, -0.00928836, 0.01975479, -0.00427372,
        0.252906278,
    ]  # fmt: skip
    assert line.split('"m"')[1] == ", 105.5, 0, 0.9999, 500000, 0"


@pytest.mark.parametrize("name", ["lost.tab", "lost.mif"])
def test_a_datum_lost_in_writing_is_vn2000_and_said_so(name):
    read = read_layer(FIXTURES / "mapinfo" / name, "parcels")
    (lost,) = [p for p in read.report.problems if p.rule == "datum_lost"]
    assert lost.severity == "finding"
    assert "--src-crs" in lost.remedy
    assert read.report.source_crs == "EPSG:9209"
    assert "datum_doubtful" not in [p.rule for p in read.report.problems]
    (layer,) = describe_source(FIXTURES / "mapinfo" / name)
    assert layer.crs == "EPSG:9209"


def test_a_system_that_is_named_wins():
    wgs84 = (
        'PROJCS["TM-3 on WGS 84",GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,'
        '298.257223563]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]],'
        'PROJECTION["Transverse_Mercator"],PARAMETER["latitude_of_origin",0],'
        'PARAMETER["central_meridian",105.5],PARAMETER["scale_factor",0.9999],'
        'PARAMETER["false_easting",500000],PARAMETER["false_northing",0],UNIT["metre",1]]'
    )
    options = ReadOptions(src_crs=wgs84, dst_crs="EPSG:4326")
    read = read_layer(FIXTURES / "mapinfo/lost.mif", "parcels", options)
    assert "datum_lost" not in [p.rule for p in read.report.problems]
    assert read.report.source_crs != "EPSG:9209"
    moved = read_layer(FIXTURES / "mapinfo/lost.mif", "parcels", ReadOptions(dst_crs="EPSG:4326"))
    assert moved.frame.total_bounds[0] == pytest.approx(106.29, abs=1e-8)
    east, north = moved.frame.total_bounds[:2] - read.frame.total_bounds[:2]
    assert 224 < math.hypot(east * 105_900, north * 110_700) < 225


HEADER = 'Version 300\n{charset}Delimiter ","\nCoordSys Earth Projection 1, 104\nColumns 2\n'
TCVN3 = b'"Ph\xb9m V\xa8n \xa7\xe9i","x\xb7 K\xfa Xu\xa9n, huy\xd6n K\xfa Anh"\n'


def interchange(tmp_path, charset, row):
    path = tmp_path / "a.mif"
    head = HEADER.format(charset=f'Charset "{charset}"\n' if charset else "")
    path.write_text(f"{head}  grave_id Char(60)\n  note Char(60)\nData\n\nPoint 106.2 18.1\n")
    path.with_suffix(".mid").write_bytes(row)
    return path


@pytest.mark.parametrize("charset", ["WindowsLatin1", "Neutral", "WindowsVietnamese", ""])
def test_text_in_tcvn3_is_found_whatever_the_header_says(tmp_path, charset):
    read = read_layer(interchange(tmp_path, charset, TCVN3), "graves")
    assert read.frame["grave_id"].tolist() == ["Phạm Văn Đội"]
    assert read.frame["note"].tolist() == ["xã Kỳ Xuân, huyện Kỳ Anh"]
    assert "text_encoding" in [p.rule for p in read.report.problems]


@pytest.mark.parametrize(
    ("charset", "codec"),
    [("WindowsVietnamese", "cp1258"), ("UTF-8", "utf-8"), ("Neutral", "utf-8")],
)
def test_text_in_the_encoding_stated_is_read_as_it_says(tmp_path, charset, codec):
    row = '"Hà Đông","ơ ư"\n'.encode(codec)
    read = read_layer(interchange(tmp_path, charset, row), "graves")
    assert read.frame[["grave_id", "note"]].iloc[0].tolist() == ["Hà Đông", "ơ ư"]
    assert read.report.encoding == codec


def test_an_encoding_that_is_named_wins(tmp_path):
    path = interchange(tmp_path, "WindowsLatin1", "Hà Đông,ơ ư\n".encode("cp1258"))
    read = read_layer(path, "graves", ReadOptions(encoding="windows-1258"))
    assert read.frame[["grave_id", "note"]].iloc[0].tolist() == ["Hà Đông", "ơ ư"]


@pytest.mark.parametrize("suffix", [".tab", ".mif"])
def test_cells_come_back_as_they_were(tmp_path, suffix):
    frame = gpd.GeoDataFrame(
        {
            "parcel_id": ["1", "2"],
            "Xứ đồng": ["Đội Cấn, “Kỳ Phong”", "ruộng"],
            "count": [3, 2**40],
            "gap": [1.5, None],
            "flag": [True, None],
        },
        geometry=[shapely.box(560000 + i, 1998000.123, 560010.777, 1998010.9) for i in (0, 1)],
        crs="EPSG:9209",
    )
    renamed = write(frame, tmp_path / f"a{suffix}", layer="parcels")
    assert renamed == [("Xứ đồng", "xu_dong")]
    found = read_layer(tmp_path / f"a{suffix}", "parcels").frame
    assert found["xu_dong"].tolist() == frame["Xứ đồng"].tolist()
    assert [str(v) for v in found["count"]] == ["3", str(2**40)]
    assert str(found["gap"].iloc[0]) == "1.5"
    assert str(found["gap"].iloc[1]) in ("None", "nan", "")
    for shape, was in zip(found.geometry, frame.geometry, strict=True):
        assert shape.normalize().equals_exact(was.normalize(), MILLIMETRE / 2)


def test_text_too_long_for_the_format_is_refused_whole(tmp_path):
    frame = graves("EPSG:9209", (560000, 1998000)).assign(note=["ă" * 200])
    with pytest.raises(OutputError, match="MapInfo table"):
        write(frame, tmp_path / "a.tab")
    assert not list(tmp_path.iterdir())


def test_a_table_is_replaced_with_all_its_parts(tmp_path):
    write(graves("EPSG:9209", (560000, 1998000)), tmp_path / "a.tab")
    names = sorted(p.name for p in tmp_path.iterdir())
    assert names == ["a.dat", "a.id", "a.map", "a.tab"]
    (tmp_path / "a.ind").write_bytes(b"old")
    write(graves("EPSG:9209", (560001, 1998000), (1, 1)), tmp_path / "a.tab")
    assert sorted(p.name for p in tmp_path.iterdir()) == names
    (tmp_path / "a.dat").unlink()
    with pytest.raises(ReadError, match=r"lacks \.dat"):
        read_layer(tmp_path / "a.tab", "graves")


@pytest.mark.parametrize(("place", "code", "meridian", "lon", "lat"), PLACES)
def test_kml_is_written_on_wgs84(tmp_path, place, code, meridian, lon, lat):
    # heights are 0 in each system, not the same height: up to 0.8 mm lie between the two ways
    write(graves(code, to_vn2000(lon, lat, meridian)), tmp_path / "a.kml")
    read = read_layer(tmp_path / "a.kml", "graves")
    point = read.frame.geometry.iloc[0]
    assert (point.x, point.y) == pytest.approx((lon, lat), abs=9e-9), place
    assert read.frame["grave_id"].tolist() == ["M0"]


def test_a_table_without_shapes_is_no_kml(tmp_path):
    with pytest.raises(OutputError, match="without shapes"):
        write(graves("EPSG:9209").drop(columns="geometry"), tmp_path / "a.kml")


def test_utm_on_wgs84_is_read_as_it_says_and_doubted(tmp_path):
    path = interchange(tmp_path, "UTF-8", b"M1,x\n")
    text = path.read_text().replace(
        "CoordSys Earth Projection 1, 104",
        'CoordSys Earth Projection 8, 104, "m", 105, 0, 0.9996, 500000, 0',
    )
    path.write_text(text.replace("106.2 18.1", "630000 2000000"))
    read = read_layer(path, "graves", ReadOptions(dst_crs="EPSG:4326"))
    doubts = [p.message for p in read.report.problems if p.rule == "datum_doubtful"]
    assert len(doubts) == 1
    assert "225 m" in doubts[0]
    options = ReadOptions(src_crs="EPSG:3405", dst_crs="EPSG:4326")
    named = read_layer(path, "graves", options)
    assert "datum_doubtful" not in [p.rule for p in named.report.problems]
    east = named.frame.geometry.iloc[0].x - read.frame.geometry.iloc[0].x
    assert 190 < abs(east) * 105_900 < 200
