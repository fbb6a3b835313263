"""Every vector format, from files that another program wrote, cell by cell."""

import json
import shutil
import sys
import zipfile
from pathlib import Path

import pandas as pd
import pytest
import shapely

from geotool.errors import DataError, ReadError, UsageError
from geotool.sources import ReadOptions, describe_source, digest_file, inspect_layer, read_layer
from geotool.sources.files import open_source

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
PARCELS = {
    "kml/parcels.kml": 1e-12,
    "kmz/parcels.kmz": 1e-12,
    "gml/parcels.gml": 1e-12,
    "mapinfo/parcels.tab": 1e-6,
    "gdb/parcels.gdb": 1e-8,
    "sqlite/parcels.sqlite": 1e-12,
    "geojsonseq/parcels.geojsonl": 1e-12,
    "src/parcels.geojson": 1e-12,
}
CELLS = {
    "parcel_id": ["A1", "A2", "A3"],
    "land_type": ["ONT", "CLN", "LUC"],
    "sheet_no": ["0012", "0012", "0013"],
    "document_area_m2": [106.5, 200.25, 350.0],
    "note": ["Đội Cấn, xứ Đồng Chùa", "ruộng ông Thửa", None],
}
CORNERS = [(106.29, 18.08, 1e-4), (106.291, 18.08, 2e-4), (106.292, 18.08, 2e-4)]


def squares():
    return [shapely.box(x, y, x + side, y + side) for x, y, side in CORNERS]


def copied(tmp_path, name):
    """Copy a fixture with all its companions into a folder of its own."""
    folder = tmp_path / "in"
    folder.mkdir(exist_ok=True)
    source = FIXTURES / name
    for part in source.parent.glob(f"{source.stem}.*"):
        if part.is_dir():
            shutil.copytree(part, folder / part.name)
        else:
            shutil.copyfile(part, folder / part.name)
    return folder / source.name


@pytest.mark.parametrize("name", PARCELS)
def test_cells_and_corners_are_those_written(name):
    read = read_layer(FIXTURES / name, "parcels", ReadOptions(src_crs=None))
    for column, cells in CELLS.items():
        found = [None if pd.isna(cell) else cell for cell in read.frame[column]]
        assert found == cells, column
    for shape, square in zip(read.frame.geometry, squares(), strict=True):
        assert shape.normalize().equals_exact(_as(shape, square).normalize(), PARCELS[name])
    assert read.report.source_crs == "EPSG:4326"
    assert read.report.read_count == 3
    assert not [p for p in read.report.problems if p.severity == "error"]


def _as(shape, square):
    return shapely.MultiPolygon([square]) if shape.geom_type == "MultiPolygon" else square


@pytest.mark.parametrize("name", [*PARCELS, "dgn/sheet.dgn", "gpx/graves.gpx", "mapinfo/lost.mif"])
def test_nothing_is_written_beside_the_file(tmp_path, name):
    path = copied(tmp_path, name)
    before = sorted(p.relative_to(tmp_path) for p in tmp_path.rglob("*"))
    digest = digest_file(path)
    describe_source(path)
    inspect_layer(path, "parcels", ReadOptions())
    inspect_layer(path, "graves", ReadOptions())
    assert sorted(p.relative_to(tmp_path) for p in tmp_path.rglob("*")) == before
    assert digest_file(path) == digest


@pytest.mark.parametrize("name", PARCELS)
def test_headers_say_what_is_inside(name):
    (layer,) = describe_source(FIXTURES / name)
    assert layer.count == 3
    assert set(CELLS) <= set(layer.columns)
    assert layer.crs == "EPSG:4326"
    assert layer.bounds == pytest.approx((106.29, 18.08, 106.2922, 18.0802), abs=1e-6)


@pytest.mark.parametrize("name", PARCELS)
def test_a_zip_with_one_readable_file_is_that_file(tmp_path, name):
    path = copied(tmp_path, name)
    archive = tmp_path / "gửi.zip"
    with zipfile.ZipFile(archive, "w") as out:
        for part in sorted(path.parent.rglob("*")):
            if part.is_file():
                out.write(part, f"Thửa đất/{part.relative_to(path.parent).as_posix()}")
        out.writestr("__MACOSX/._x.kml", "x")
    read = read_layer(archive, "parcels")
    assert read.frame["note"].tolist()[:2] == CELLS["note"][:2]
    assert read.report.sha256 == digest_file(archive)


def test_a_geodatabase_packed_without_its_folder_is_read(tmp_path):
    archive = tmp_path / "a.gdb.zip"
    with zipfile.ZipFile(archive, "w") as out:
        for part in sorted((FIXTURES / "gdb/parcels.gdb").iterdir()):
            out.write(part, part.name)
    assert len(read_layer(archive, "parcels").frame) == 3


def test_an_archive_of_several_files_names_them_and_takes_one(tmp_path):
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w") as out:
        out.write(FIXTURES / "kml/parcels.kml", "cũ/a.kml")
        out.write(FIXTURES / "sqlite/parcels.sqlite", "b.sqlite")
        out.writestr("readme.txt", "x")
    with pytest.raises(ReadError, match=r"b\.sqlite, cũ/a\.kml") as refused:
        read_layer(archive, "parcels")
    assert f"{archive}#b.sqlite" in refused.value.remedy
    for wanted in ("b.sqlite", "cũ/a.kml", "a.kml", "a", "b.sqlite#parcels"):
        assert len(read_layer(f"{archive}#{wanted}", "parcels").frame) == 3
    with pytest.raises(ReadError, match="there is no 'c'"):
        read_layer(f"{archive}#c", "parcels")


def test_unpacked_files_go_when_the_read_is_done(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w") as out:
        out.write(FIXTURES / "kml/parcels.kml", "a.kml")
    read_layer(archive, "parcels")
    assert not list((tmp_path / "temporary").iterdir())


class TestGpx:
    def test_waypoints_are_points(self):
        read = read_layer(FIXTURES / "gpx/graves.gpx", "graves")
        assert read.frame["ele"].tolist() == [12.5, 13.0]
        assert read.frame["desc"].tolist() == ["mộ đất", "mộ xây"]
        assert [str(time) for time in read.frame["time"]] == [
            "2023-05-01 10:00:00+00:00",
            "2023-05-01 10:05:00+00:00",
        ]
        assert [(p.x, p.y) for p in read.frame.geometry] == [(106.29, 18.08), (106.291, 18.081)]
        assert "sym" not in read.frame.columns

    def test_the_kind_of_shape_decides_between_waypoints_and_tracks(self, tmp_path):
        path = tmp_path / "a.gpx"
        path.write_text(
            '<gpx version="1.1" creator="x" xmlns="http://www.topografix.com/GPX/1/1">'
            '<wpt lat="18.1" lon="106.2"><name>P</name></wpt>'
            '<trk><name>T</name><trkseg><trkpt lat="18.1" lon="106.2"/>'
            '<trkpt lat="18.2" lon="106.3"/></trkseg></trk></gpx>'
        )
        assert read_layer(path, "graves").frame.geometry.iloc[0].coords[0] == (106.2, 18.1)
        track = read_layer(path, "roads")
        assert track.frame.geometry.iloc[0].length == pytest.approx(0.1 * 2**0.5)
        assert [p.rule for p in track.report.problems if p.rule == "layer_chosen"]
        assert len(read_layer(f"{path}#track_points", "graves").frame) == 2


KML = (
    '<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>'
    "{}</Document></kml>"
)


def place(name, point, data="", description=""):
    return (
        f"<Placemark><name>{name}</name><description>{description}</description>"
        f"<ExtendedData>{data}</ExtendedData>"
        f"<Point><coordinates>{point}</coordinates></Point></Placemark>"
    )


class TestKml:
    def write(self, tmp_path, *folders):
        path = tmp_path / "a.kml"
        text = "".join(f"<Folder><name>{n}</name>{''.join(p)}</Folder>" for n, p in folders)
        path.write_text(KML.format(text), encoding="utf-8")
        return path

    def test_folders_with_the_same_columns_are_one_layer(self, tmp_path):
        data = '<Data name="grave_id"><value>{}</value></Data>'
        path = self.write(
            tmp_path,
            ("Kỳ Xuân", [place("a", "106.1,18.1,0", data.format("M1"))]),
            ("Kỳ Văn", [place("b", "106.2,18.2,0", data.format("M2"))]),
            ("rỗng", []),
        )
        read = read_layer(path, "graves")
        assert read.frame["grave_id"].tolist() == ["M1", "M2"]
        assert read.frame["folder"].tolist() == ["Kỳ Xuân", "Kỳ Văn"]
        assert "Kỳ Xuân, Kỳ Văn folders were read as one" in "".join(
            p.message for p in read.report.problems
        )
        assert read_layer(f"{path}#Kỳ Văn", "graves").frame["grave_id"].tolist() == ["M2"]

    def test_folders_with_other_columns_are_a_choice(self, tmp_path):
        path = self.write(
            tmp_path,
            ("A", [place("a", "106.1,18.1", '<Data name="grave_id"><value>1</value></Data>')]),
            ("B", [place("b", "106.2,18.2", '<Data name="x"><value>1</value></Data>')]),
        )
        with pytest.raises(ReadError, match="'A', 'B'"):
            read_layer(path, "graves")

    def test_tables_in_descriptions_become_columns(self, tmp_path):
        table = (
            "<![CDATA[<html><table><tr><td>Thửa</td></tr><tr><td><table>"
            "<tr><td>grave_id</td><td>{}</td></tr><tr><td>Chủ &amp; dòng họ</td><td>Lê</td></tr>"
            "</table></td></tr></table></html>]]>"
        )
        path = self.write(
            tmp_path,
            ("A", [place(n, f"106.{n},18.1", description=table.format(f"0{n}")) for n in "123"]),
        )
        read = read_layer(path, "graves")
        assert read.frame["grave_id"].tolist() == ["01", "02", "03"]
        assert read.frame["Chủ & dòng họ"].tolist() == ["Lê"] * 3
        assert "description" not in read.frame.columns

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            (KML.format(""), "no layer"),
            ("<kml></kml>", "no layer|cannot be read"),
            ("<html></html>", "named like KML"),
            ("", "empty"),
            (KML.format("<Placemark>")[:90], "cut short"),
        ],
    )
    def test_what_is_no_kml_is_refused(self, tmp_path, text, words):
        path = tmp_path / "a.kml"
        path.write_text(text)
        with pytest.raises(ReadError, match=words):
            read_layer(path, "graves")


class TestGml:
    @pytest.mark.parametrize(
        ("system", "position"),
        [
            ("urn:ogc:def:crs:EPSG::4326", "18.1 106.2"),
            ("http://www.opengis.net/def/crs/EPSG/0/4326", "18.1 106.2"),
            ("EPSG:4326", "106.2 18.1"),
            ("urn:ogc:def:crs:EPSG::9209", "560000 1998000"),
        ],
    )
    def test_axes_follow_the_system(self, tmp_path, system, position):
        path = tmp_path / "a.gml"
        path.write_text(
            '<wfs:FeatureCollection xmlns:wfs="http://www.opengis.net/wfs/2.0" '
            'xmlns:gml="http://www.opengis.net/gml/3.2" xmlns:a="urn:a" '
            'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
            'xsi:schemaLocation="urn:a http://127.0.0.1:9/never.xsd"><wfs:member>'
            '<a:graves gml:id="g.1"><a:grave_id>007</a:grave_id><a:depth>1.5</a:depth><a:shape>'
            f'<gml:Point srsName="{system}" gml:id="p"><gml:pos>{position}</gml:pos></gml:Point>'
            "</a:shape></a:graves></wfs:member></wfs:FeatureCollection>"
        )
        read = read_layer(path, "graves")
        east, north = sorted(map(float, position.split()), key=lambda v: (v > 90, v))[:2]
        point = read.frame.geometry.iloc[0]
        expected = (106.2, 18.1) if "4326" in system else (560000, 1998000)
        assert (point.x, point.y) == expected, (east, north)
        assert read.frame["grave_id"].tolist() == ["007"]
        assert read.frame["depth"].tolist() == [1.5]
        assert read.frame["gml_id"].tolist() == ["g.1"]
        assert sorted(p.name for p in tmp_path.iterdir()) == ["a.gml"]


class TestDgn:
    def test_texts_inside_shapes_are_their_words(self):
        read = read_layer(
            FIXTURES / "dgn/sheet.dgn#10", "parcels", ReadOptions(src_crs="EPSG:9209")
        )
        assert read.frame["text_13"].tolist() == ["345", "346"]
        assert [v if isinstance(v, str) else None for v in read.frame["text_14"]] == ["ONT", None]
        assert read.frame["level"].tolist() == ["10", "10"]
        squares = [shapely.box(x, 1998000, x + 10, 1998010) for x in (560000, 560020)]
        for shape, square in zip(read.frame.geometry, squares, strict=True):
            assert shape.normalize().equals_exact(square.normalize(), 1e-6)

    def test_the_only_level_with_shapes_is_read(self):
        options = ReadOptions(src_crs="EPSG:9209")
        assert len(read_layer(FIXTURES / "dgn/sheet.dgn", "parcels", options).frame) == 2
        with pytest.raises(ReadError, match="level '99'"):
            read_layer(FIXTURES / "dgn/sheet.dgn#99", "parcels", options)

    def test_levels_are_listed(self):
        found = {
            layer.name: (layer.geometry, layer.count)
            for layer in describe_source(FIXTURES / "dgn/sheet.dgn")
        }
        assert found == {
            "10": ("2 shapes", 2),
            "13": ("2 texts", 2),
            "14": ("1 texts", 1),
            "20": ("1 lines", 1),
        }


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(22) + b"\x09\x00" + bytes(480)


def ole(*streams):
    directory = b"".join(name.encode("utf-16-le").ljust(128, b"\0") for name in streams)
    return OLE + directory.ljust(512, b"\0")


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.dwg", b"AC1032\0\0\0", "DXFOUT.*AutoCAD 2018 DXF"),
        ("a.dxf", b"AC1027\0\0\0", "AutoCAD 2018 DXF"),
        ("a.dgn", ole("Root Entry", "Dgn~H"), "MicroStation V7 DGN"),
        ("a.dgn", ole("Root Entry"), "MicroStation V7 DGN"),
        ("a.mdb", b"\x00\x01\x00\x00Standard Jet DB\0", "File geodatabase"),
        ("a.rar", b"Rar!\x1a\x07\x00", "pack it as ZIP"),
        ("a.7z", b"7z\xbc\xaf\x27\x1c\0", "pack it as ZIP"),
        ("a.doc", ole("Root Entry", "WordDocument"), "Copy the table into Excel"),
        ("a.pdf", b"%PDF-1.7\n", "PDF"),
        ("a.xlsx", ole("Root Entry", "EncryptedPackage"), "without one"),
        ("a.xls", b"<html><table></table></html>", "save it as .xlsx"),
        ("a.wor", b"!Workspace\n", "name the .tab file"),
        ("a.qgs", b"<!DOCTYPE qgis><qgis></qgis>", "name the data file"),
        ("a.lyrx", b"{}", "name the data file"),
        ("a.mxd", ole("Root Entry"), "name the data file"),
        ("a.tif", b"II*\x00abc", "vector file"),
        ("a.jpg", b"\xff\xd8\xff\xe0abc\0", "vector file"),
        ("a.ecw", b"abc\0", "vector file"),
        ("a.tab", b'!table\n!version 300\nType "RASTER"\n', "registers data of another kind"),
        ("a.tab", b"!table\n!version 300\nDefinition Table\n Type NATIVE\n", "lacks .dat"),
        ("a.mif", b'Version 300\nCharset "Neutral"\nColumns 0\nData\n', "lacks .mid"),
        ("a.dgn", b"\x08\x09\xfe\x02" + bytes(50), "cannot be read|nothing is drawn"),
        ("a.json", b'{"type": "gdal_streamed_alg", "command_line": "gdal vector"}', "points at"),
    ],
)
def test_what_is_not_read_names_the_export_to_make(tmp_path, name, data, words):
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(ReadError, match=f"(?s){words}"):
        read_layer(path, "parcels")


def test_a_folder_lists_what_could_be_read_in_it(tmp_path):
    (tmp_path / "a.gpkg").write_bytes(b"x")
    (tmp_path / "b.docx").write_bytes(b"x")
    with pytest.raises(ReadError, match=r"It has: a\.gpkg\.$"):
        read_layer(tmp_path, "parcels")
    (tmp_path / "c.gdb").mkdir()
    with pytest.raises(ReadError, match="none of its tables"):
        read_layer(tmp_path / "c.gdb", "parcels")


def test_columns_parted_by_tabs_may_be_called_tab(tmp_path):
    path = tmp_path / "a.tab"
    path.write_text("grave_id\tlon\tlat\nM1\t106.1\t18.1\n")
    assert read_layer(path, "graves").frame["grave_id"].tolist() == ["M1"]


def test_a_database_in_write_ahead_mode_is_left_alone(tmp_path):
    import sqlite3

    path = copied(tmp_path, "sqlite/parcels.sqlite")
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA journal_mode=WAL")
    database.close()
    before = {p.name: p.read_bytes() for p in path.parent.iterdir()}
    assert len(read_layer(path, "parcels").frame) == 3
    assert {p.name: p.read_bytes() for p in path.parent.iterdir()} == before


def test_records_by_line_come_on_standard_input_too(monkeypatch):
    import io

    data = (FIXTURES / "geojsonseq/parcels.geojsonl").read_bytes()
    stdin = io.TextIOWrapper(io.BytesIO(data))
    monkeypatch.setattr(sys, "stdin", stdin)
    assert len(read_layer("-", "parcels").frame) == 3


def test_topojson_is_read(tmp_path):
    path = tmp_path / "a.topojson"
    arcs = [[[106.1, 18.1], [106.2, 18.1], [106.2, 18.2], [106.1, 18.1]]]
    shape = {"type": "Polygon", "arcs": [[0]], "properties": {"parcel_id": "T1"}}
    collection = {"type": "GeometryCollection", "geometries": [shape]}
    path.write_text(
        json.dumps({"type": "Topology", "objects": {"parcels": collection}, "arcs": arcs})
    )
    read = read_layer(path, "parcels", ReadOptions(src_crs="EPSG:4326"))
    assert read.frame["parcel_id"].tolist() == ["T1"]
    assert read.frame.geometry.iloc[0].area == pytest.approx(0.005)


def test_a_password_in_an_address_is_shown_nowhere():
    source = open_source("postgresql://an:s3cret@127.0.0.1:9/land#public.parcels")
    assert source.kind == "postgis"
    assert source.sublayer == "public.parcels"
    assert "s3cret" in source.url
    assert "s3cret" not in source.name
    assert "s3cret" not in repr(source)


def test_a_missing_file_is_a_wrong_call(tmp_path):
    with pytest.raises(UsageError, match="no such file"):
        read_layer(tmp_path / "a.kml", "parcels")


def test_a_table_of_its_own_in_dbase_is_read(tmp_path):
    fields = [(b"holder_id", 8), (b"parcel_id", 6)]
    row = " Hộ 1".encode().ljust(9) + b"7     "
    head = bytes([3, 124, 1, 1]) + (1).to_bytes(4, "little")
    head += (32 + 32 * len(fields) + 1).to_bytes(2, "little") + (15).to_bytes(2, "little")
    head = head.ljust(32, b"\0")
    for name, width in fields:
        head += name.ljust(11, b"\0") + b"C" + bytes(4) + bytes([width]) + bytes(15)
    path = tmp_path / "holdings.dbf"
    path.write_bytes(head + b"\r" + row + b"\x1a")
    read = read_layer(path, "holdings")
    assert read.frame[["holder_id", "parcel_id"]].iloc[0].tolist() == ["Hộ 1", "7"]


@pytest.mark.parametrize("suffix", [".shx", ".prj", ".cpg", ".mid", ".dat"])
def test_a_part_of_a_file_names_the_file(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    path.write_bytes(b"abc\0")
    with pytest.raises(ReadError, match=r"Name the \.shp, \.tab or \.mif"):
        read_layer(path, "parcels")


RING = "105.6,18.1,0 105.7,18.1,0 105.7,18.2,0 105.6,18.1,0"
PATH = (
    "<Placemark><name>{}</name><LineString><coordinates>{}</coordinates></LineString></Placemark>"
)


class TestMixedKml:
    def write(self, tmp_path, *places):
        path = tmp_path / "a.kml"
        path.write_text(KML.format("".join(places)), encoding="utf-8")
        return path

    def test_pins_among_areas_are_left_out_and_counted(self, tmp_path):
        path = self.write(tmp_path, place("nhãn", "105.65,18.15"), PATH.format("thửa", RING))
        read = read_layer(path, "parcels")
        assert [shape.wkt for shape in read.frame.geometry] == [
            "POLYGON ((105.6 18.1, 105.7 18.1, 105.7 18.2, 105.6 18.1))"
        ]
        said = {p.rule: p.message for p in read.report.problems}
        assert said["other_shapes_left_out"].endswith("can be no polygon: 1 point.")
        assert said["shapes_closed"].startswith("1 closed paths")

    def test_pins_are_read_without_the_paths_beside_them(self, tmp_path):
        path = self.write(tmp_path, PATH.format("tim", RING), place("mộ", "105.65,18.15"))
        assert read_layer(path, "graves").frame.geometry.iloc[0].wkt == "POINT (105.65 18.15)"
        assert len(read_layer(path, "roads").frame) == 1

    def test_an_open_path_among_areas_is_refused_and_not_lost(self, tmp_path):
        way = PATH.format("hở", "105.6,18.1 105.7,18.1 105.7,18.2")
        path = self.write(tmp_path, PATH.format("thửa", RING), way)
        with pytest.raises(DataError, match="LineString, not a polygon"):
            read_layer(path, "parcels")
