"""Vector files: every format, every way to be broken, one canonical layer."""

import io
import json
import shutil
import sqlite3
import sys
import zipfile

import geopandas as gpd
import pyogrio
import pytest
import shapely
from shapely.geometry import LineString, Point, Polygon, box

from geotool import outputs, sources
from geotool.errors import (
    CrsError,
    GeometryError,
    GeotoolError,
    ReadError,
    SchemaError,
    UsageError,
)
from geotool.sources import ReadOptions, describe_source, inspect_layer, read_layer

CRS = "EPSG:9209"
FORMATS = (".gpkg", ".geojson", ".json", ".shp", ".fgb", ".parquet")


def plots(count=3):
    return gpd.GeoDataFrame(
        {
            "parcel_id": [f"00{i}-Thửa" for i in range(count)],
            "land_type": ["ONT+CLN"] * count,
            "document_area_m2": [100.1 + i / 3 for i in range(count)],
            "Xứ đồng": ["Đội Cấn, xã Kỳ Phong"] * count,
        },
        geometry=[
            box(560000.1 + 20 * i, 1998000.3, 560010.7 + 20 * i, 1998010.9) for i in range(count)
        ],
        crs=CRS,
    )


def write(frame, path, **options):
    outputs.write_layer(frame, path, layer="parcels", overwrite=True, **options)
    return path


def by_key(frame):
    return frame.sort_values("parcel_id").reset_index(drop=True)


@pytest.mark.parametrize("suffix", FORMATS)
def test_round_trip(tmp_path, suffix):
    frame = plots()
    path = write(frame, tmp_path / f"thửa đất{suffix}")
    read = read_layer(path, "parcel", ReadOptions())
    found = by_key(read.frame)
    assert found["parcel_id"].tolist() == frame["parcel_id"].tolist()
    assert found["land_type"].tolist() == frame["land_type"].tolist()
    assert found["document_area_m2"].tolist() == pytest.approx(
        frame["document_area_m2"].tolist(), abs=0, rel=1e-14
    )
    assert found.crs.to_epsg() == 9209
    assert found.normalize().geom_equals_exact(frame.normalize(), 1e-9).all()
    text = [name for name in found.columns if name.lower().startswith(("xứ", "xu"))]
    assert found[text[0]].tolist() == frame["Xứ đồng"].tolist()
    assert read.report.read_count == len(read.frame) == 3
    assert (read.report.source_crs, read.report.crs) == (CRS, CRS)
    assert not read.report.reprojected
    assert len(read.report.sha256) == 64
    assert not [p for p in read.report.problems if p.severity == "error"]


@pytest.mark.parametrize("suffix", [".gpkg", ".geojson", ".shp", ".parquet"])
def test_rows_keep_file_order(tmp_path, suffix):
    frame = plots(6).iloc[[3, 0, 5, 1, 4, 2]].reset_index(drop=True)
    read = read_layer(write(frame, tmp_path / f"a{suffix}"), "parcels")
    assert read.frame["parcel_id"].tolist() == frame["parcel_id"].tolist()


@pytest.mark.parametrize("suffix", FORMATS)
def test_header_says_what_is_in_it(tmp_path, suffix):
    path = write(plots(), tmp_path / f"a{suffix}")
    (layer,) = describe_source(path)
    assert layer.geometry == "Polygon"
    assert layer.crs == CRS
    assert layer.crs_candidates == ()
    assert layer.count == 3
    assert layer.bounds == pytest.approx((560000.1, 1998000.3, 560050.7, 1998010.9))
    assert "parcel_id" in layer.columns


def test_zipped_shapefile(tmp_path):
    path = write(plots(), tmp_path / "a.shp")
    archive = tmp_path / "gửi.zip"
    with zipfile.ZipFile(archive, "w") as out:
        for part in tmp_path.glob("a.*"):
            if part.suffix != ".zip":
                out.write(part, f"thư mục/{part.name}")
    assert len(read_layer(archive, "parcels").frame) == 3
    assert [layer.name for layer in describe_source(archive)] == ["a"]
    with zipfile.ZipFile(archive, "w") as out:
        out.write(path, "a.shp")
    with pytest.raises(ReadError, match=r"\.shx and \.dbf"):
        read_layer(archive, "parcels")


@pytest.mark.parametrize("suffix", [".gpkg", ".shp", ".geojson"])
def test_exclamation_mark_in_path(tmp_path, suffix):
    folder = tmp_path / "!gấp!"
    folder.mkdir()
    path = write(plots(), folder / f"a!{suffix}")
    assert len(read_layer(path, "parcels").frame) == 3
    assert describe_source(path)[0].count == 3


def test_sublayer(tmp_path):
    path = tmp_path / "a.gpkg"
    outputs.write_layers({"old": plots(1), "new": plots(2)}, path, overwrite=False)
    assert len(read_layer(f"{path}#new", "parcels").frame) == 2
    assert len(read_layer(path, "parcels", ReadOptions(sublayer="old")).frame) == 1
    with pytest.raises(ReadError, match="'new', 'old'"):
        read_layer(path, "parcels")
    with pytest.raises(ReadError, match="no layer 'neu'"):
        read_layer(f"{path}#neu", "parcels")
    with pytest.raises(UsageError):
        read_layer(f"{path}#new", "parcels", ReadOptions(sublayer="old"))
    outputs.write_layers({"old": plots(1), "Parcel": plots(2)}, path, overwrite=True)
    read = read_layer(path, "parcels")
    assert (read.report.sublayer, len(read.frame)) == ("Parcel", 2)
    assert {layer.name for layer in describe_source(path)} == {"old", "Parcel"}


def test_file_with_hash_in_its_name(tmp_path):
    path = write(plots(), tmp_path / "a#b.gpkg")
    assert len(read_layer(path, "parcels").frame) == 3


def test_style_table_is_not_a_choice(tmp_path):
    path = write(plots(), tmp_path / "a.gpkg")
    pyogrio.write_dataframe(
        plots().drop(columns="geometry")[["land_type"]], path, layer="layer_styles", append=True
    )
    assert len(read_layer(path, "parcels").frame) == 3


def test_standard_input(tmp_path, monkeypatch):
    data = write(plots(), tmp_path / "a.geojson").read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    read = read_layer("-", "parcels")
    assert len(read.frame) == 3
    assert read.report.path == "-"
    assert read.report.size_bytes == len(data)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\x89PNG\0\0")))
    with pytest.raises(ReadError, match="PNG"):
        read_layer("-", "parcels")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b" \n")))
    with pytest.raises(ReadError, match="empty"):
        read_layer("-", "parcels")


class TestCrs:
    def test_missing_is_refused_with_candidates(self, tmp_path):
        path = write(plots().set_crs(None, allow_override=True), tmp_path / "a.gpkg")
        with pytest.raises(CrsError) as caught:
            read_layer(path, "parcels")
        assert caught.value.exit_code == 3
        assert "a.gpkg" in caught.value.message
        assert "parcels" in caught.value.message
        assert "--src-crs" in caught.value.remedy
        assert "[src_crs] in geotool.toml" in caught.value.remedy
        assert CRS in caught.value.remedy
        assert CRS in describe_source(path)[0].crs_candidates

    @pytest.mark.parametrize("code", [-1, 0])
    def test_undefined_counts_as_missing(self, tmp_path, code):
        path = write(plots().set_crs(None, allow_override=True), tmp_path / "a.gpkg")
        with sqlite3.connect(path) as base:
            base.execute("update gpkg_geometry_columns set srs_id = ?", (code,))
            base.execute("update gpkg_contents set srs_id = ?", (code,))
        base.close()
        with pytest.raises(CrsError, match="no coordinate reference system"):
            read_layer(path, "parcels")
        assert describe_source(path)[0].crs is None

    def test_named_fills_the_gap(self, tmp_path):
        path = write(plots().set_crs(None, allow_override=True), tmp_path / "a.shp")
        read = read_layer(path, "parcels", ReadOptions(src_crs="9209"))
        assert read.frame.crs.to_epsg() == 9209
        assert not read.report.reprojected

    def test_named_overrides_and_is_reported(self, tmp_path):
        path = write(plots(), tmp_path / "a.gpkg")
        read = read_layer(path, "parcels", ReadOptions(src_crs="EPSG:5897"))
        assert read.frame.crs.to_epsg() == 5897
        assert [p.rule for p in read.report.problems] == ["crs_overridden"]
        same = read_layer(path, "parcels", ReadOptions(src_crs=CRS))
        assert same.report.problems == ()

    def test_reprojected_through_the_one_transformation(self, tmp_path):
        path = write(plots(), tmp_path / "a.gpkg")
        read = read_layer(path, "parcels", ReadOptions(dst_crs="EPSG:5897"))
        assert read.frame.crs.to_epsg() == 5897
        assert read.report.reprojected
        (notice,) = read.report.problems
        assert (notice.rule, notice.severity) == ("reprojected", "notice")
        assert "3 rows" in notice.message
        back = write(read.frame, tmp_path / "b.gpkg")
        there = read_layer(back, "parcels", ReadOptions(dst_crs=CRS)).frame
        assert there.hausdorff_distance(plots()).max() < 1e-4

    def test_geojson_without_crs_is_lon_lat(self, tmp_path):
        shape = shapely.geometry.mapping(box(105.9, 18.0, 105.901, 18.001))
        feature = {"type": "Feature", "properties": {"parcel_id": "1"}, "geometry": shape}
        path = tmp_path / "a.geojson"
        path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
        read = read_layer(path, "parcels", ReadOptions(dst_crs=CRS))
        assert read.report.source_crs == "EPSG:4326"
        assert read.frame.crs.to_epsg() == 9209
        plain = read_layer(path, "parcels")
        assert [p.rule for p in plain.report.problems] == ["lonlat"]

    def test_metres_in_geojson_without_crs_are_refused(self, tmp_path):
        frame = plots()
        text = frame.to_json(drop_id=True)
        content = json.loads(text)
        content.pop("crs", None)
        path = tmp_path / "a.geojson"
        path.write_text(json.dumps(content))
        with pytest.raises(CrsError, match="degrees") as caught:
            read_layer(path, "parcels")
        assert CRS in caught.value.remedy
        assert len(read_layer(path, "parcels", ReadOptions(src_crs=CRS)).frame) == 3

    def test_degrees_under_a_plane_system_are_refused(self, tmp_path):
        frame = gpd.GeoDataFrame(
            {"parcel_id": ["1"]}, geometry=[box(105.9, 18.0, 105.901, 18.001)], crs=CRS
        )
        with pytest.raises(CrsError, match="degrees"):
            read_layer(write(frame, tmp_path / "a.gpkg"), "parcels")

    def test_auto_acts_only_when_one_fits(self, tmp_path):
        path = write(plots().set_crs(None, allow_override=True), tmp_path / "a.gpkg")
        with pytest.raises(CrsError):
            read_layer(path, "parcels", ReadOptions(src_crs="auto"))
        lonlat = plots().to_crs(4326).set_crs(None, allow_override=True)
        path = write(lonlat, tmp_path / "b.gpkg")
        read = read_layer(path, "parcels", ReadOptions(src_crs="auto"))
        assert read.report.source_crs == "EPSG:4326"

    def test_lost_datum_is_named(self, tmp_path):
        text = "+proj=tmerc +lat_0=0 +lon_0=105.5 +k=0.9999 +x_0=500000 +datum=WGS84"
        path = write(plots().set_crs(text, allow_override=True), tmp_path / "a.gpkg")
        read = read_layer(path, "parcels")
        assert "datum_doubtful" in {p.rule for p in read.report.problems}


class TestShapes:
    def bad(self):
        bow_tie = Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
        frame = gpd.GeoDataFrame(
            {"parcel_id": ["ok", "tie", "none", "empty", "line", "flat"]},
            geometry=[
                box(0, 0, 1, 1),
                bow_tie,
                None,
                Polygon(),
                LineString([(0, 0), (1, 1)]),
                Polygon([(0, 0), (1, 1), (2, 2)]),
            ],
            crs=CRS,
        )
        frame.geometry = frame.geometry.translate(560000, 1998000)
        return frame

    def test_all_problems_at_once(self, tmp_path):
        path = write(self.bad(), tmp_path / "a.gpkg")
        with pytest.raises(GeometryError) as caught:
            read_layer(path, "parcels")
        found = {(p.rule, p.key) for p in caught.value.problems if p.severity == "error"}
        assert found == {
            ("empty_geometry", "none"),
            ("empty_geometry", "empty"),
            ("wrong_geometry_kind", "line"),
            ("geometry_lost", "flat"),
        }
        for key in ("none", "empty", "line", "flat", "a.gpkg", "parcels"):
            assert key in caught.value.message

    def test_inspect_gives_the_same_without_raising(self, tmp_path):
        path = write(self.bad(), tmp_path / "a.gpkg")
        read, problems = inspect_layer(path, "parcels")
        assert len(read.frame) == 6
        assert len([p for p in problems if p.severity == "error"]) == 4

    def test_repair_is_counted_and_named(self, tmp_path):
        path = write(self.bad().iloc[:2], tmp_path / "a.gpkg")
        read = read_layer(path, "parcels")
        assert read.report.repaired == ("tie",)
        assert read.frame.geometry.is_valid.all()
        assert read.frame.area.tolist() == pytest.approx([1, 50])
        (finding,) = read.report.problems
        assert (finding.rule, finding.severity, finding.key) == (
            "invalid_geometry",
            "finding",
            "tie",
        )

    def test_bad_rows_are_set_aside_only_when_told(self, tmp_path):
        path = write(self.bad(), tmp_path / "a.gpkg")
        read = read_layer(path, "parcels", ReadOptions(salvage=True))
        assert read.frame["parcel_id"].tolist() == ["ok", "tie"]
        rejected = read.report.rejected
        assert [(item.record, item.key) for item in rejected] == [
            (3, "none"),
            (4, "empty"),
            (5, "line"),
            (6, "flat"),
        ]
        assert read.report.read_count == 6 == len(read.frame) + len(read.report.rejected)

    def test_heights_are_dropped_and_said(self, tmp_path):
        frame = plots(2)
        frame.geometry = shapely.force_3d(frame.geometry.values, 7.0)
        read = read_layer(write(frame, tmp_path / "a.gpkg"), "parcels")
        assert not read.frame.has_z.any()
        assert [p.rule for p in read.report.problems] == ["heights_dropped"]

    def test_collections_keep_their_parts_of_the_kind(self, tmp_path):
        part = box(560000, 1998000, 560001, 1998001)
        mixed = shapely.GeometryCollection([part, Point(560000, 1998000)])
        frame = gpd.GeoDataFrame({"parcel_id": ["m"]}, geometry=[mixed], crs=CRS)
        read = read_layer(write(frame, tmp_path / "a.gpkg"), "parcels")
        assert read.report.repaired == ("m",)
        assert read.frame.geometry.iloc[0].equals(part)

    def test_shapes_of_a_table_layer_are_left_aside(self, tmp_path):
        frame = gpd.GeoDataFrame(
            {
                "holder_id": ["H1"],
                "holder_kind": ["household"],
                "parcel_id": ["001"],
                "share_numerator": [1],
                "share_denominator": [1],
            },
            geometry=[Point(560000, 1998000)],
            crs=CRS,
        )
        path = tmp_path / "a.gpkg"
        outputs.write_layer(frame, path, layer="holdings", overwrite=True)
        read = read_layer(path, "holdings")
        assert not isinstance(read.frame, gpd.GeoDataFrame)
        assert "geometry" not in read.frame.columns
        assert "geometry_ignored" in {p.rule for p in read.report.problems}


class TestUnreadable:
    def test_missing_file_is_usage(self, tmp_path):
        with pytest.raises(UsageError, match=r"a\.gpkg"):
            read_layer(tmp_path / "a.gpkg", "parcels")
        with pytest.raises(UsageError):
            inspect_layer(tmp_path / "a.gpkg", "parcels")

    @pytest.mark.parametrize("suffix", [*FORMATS, ".csv", ".xlsx", ".zip"])
    @pytest.mark.parametrize(
        ("content", "words"), [(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "PNG"), (b"", "empty")]
    )
    def test_not_what_the_name_says(self, tmp_path, suffix, content, words):
        path = tmp_path / f"a{suffix}"
        path.write_bytes(content)
        with pytest.raises(ReadError, match=words) as caught:
            read_layer(path, "parcels")
        assert str(path) in caught.value.message
        assert caught.value.remedy
        assert caught.value.exit_code == 3
        read, problems = inspect_layer(path, "parcels")
        assert read is None
        assert [p.severity for p in problems] == ["error"]
        with pytest.raises(ReadError):
            describe_source(path)

    def test_geojson_named_shapefile(self, tmp_path):
        source = write(plots(), tmp_path / "a.geojson")
        shutil.copy(source, tmp_path / "b.shp")
        with pytest.raises(ReadError, match="JSON"):
            read_layer(tmp_path / "b.shp", "parcels")

    def test_csv_named_workbook(self, tmp_path):
        (tmp_path / "a.xlsx").write_text("parcel_id,x,y\n1,2,3\n")
        with pytest.raises(ReadError, match="plain text"):
            read_layer(tmp_path / "a.xlsx", "parcels")

    def test_folder_and_unknown_suffix(self, tmp_path):
        with pytest.raises(ReadError, match="folder"):
            read_layer(tmp_path, "parcels")
        (tmp_path / "a.docx").write_text("x")
        with pytest.raises(ReadError, match="docx"):
            read_layer(tmp_path / "a.docx", "parcels")

    @pytest.mark.parametrize("suffix", [".gpkg", ".geojson", ".fgb", ".parquet", ".shp"])
    @pytest.mark.parametrize("share", [0.2, 0.6, 0.97])
    def test_cut_short(self, tmp_path, suffix, share):
        path = write(plots(40), tmp_path / f"a{suffix}")
        data = path.read_bytes()
        path.write_bytes(data[: int(len(data) * share)])
        try:
            read = read_layer(path, "parcels")
        except GeotoolError as error:
            assert str(path) in error.message
        else:
            assert len(read.frame) == 40

    @pytest.mark.parametrize("part", [".shx", ".dbf"])
    def test_missing_part_of_a_shapefile(self, tmp_path, part):
        path = write(plots(), tmp_path / "a.shp")
        path.with_suffix(part).unlink()
        with pytest.raises(ReadError, match=part):
            read_layer(path, "parcels")
        with pytest.raises(ReadError, match=part):
            describe_source(path)

    def test_other_json(self, tmp_path):
        path = tmp_path / "a.json"
        for text in ('{"a": 1}', "[1, 2]", '{"type": "Topology", "objects": {}, "arcs": []}'):
            path.write_text(text)
            with pytest.raises(ReadError, match="JSON"):
                read_layer(path, "parcels")


def test_text_of_a_shapefile_without_code_page(tmp_path):
    path = write(plots(), tmp_path / "a.shp")
    path.with_suffix(".cpg").unlink()
    read = read_layer(path, "parcels")
    assert read.frame["parcel_id"].iloc[0] == "000-Thửa"
    assert read.report.encoding == "utf-8"
    named = read_layer(path, "parcels", ReadOptions(encoding="utf-8"))
    assert named.frame["parcel_id"].iloc[0] == "000-Thửa"
    with pytest.raises(UsageError, match="encoding"):
        read_layer(path, "parcels", ReadOptions(encoding="klingon"))


@pytest.mark.parametrize("named", ["no", "in the .cpg file", "by the caller"])
def test_text_of_a_shapefile_in_windows_1258(tmp_path, named):
    path = tmp_path / "a.shp"
    frame = plots()
    frame["land_type"] = "Xa Đô"
    pyogrio.write_dataframe(frame[["land_type", "geometry"]], path, encoding="cp1258")
    if named != "in the .cpg file":
        path.with_suffix(".cpg").unlink()
    options = ReadOptions(encoding="cp1258" if named == "by the caller" else None)
    read, problems = inspect_layer(path, "parcels", options)
    assert read.frame["land_type"].tolist() == ["Xa Đô"] * 3
    assert read.report.encoding == "cp1258"
    assert ("text_encoding" in {p.rule for p in problems}) == (named == "no")


@pytest.mark.parametrize("part", [".dbf", ".shx", ".prj"])
def test_cut_part_of_a_shapefile(tmp_path, part):
    path = write(plots(40), tmp_path / "a.shp")
    data = path.with_suffix(part).read_bytes()
    path.with_suffix(part).write_bytes(data[: len(data) // 2])
    with pytest.raises(ReadError, match=r"a\.shp"):
        read_layer(path, "parcels")


def test_digest_of_a_shapefile_covers_its_parts(tmp_path):
    path = write(plots(), tmp_path / "a.shp")
    before = read_layer(path, "parcels").report
    parts = [path.with_suffix(s) for s in (".shp", ".dbf", ".shx", ".prj")]
    assert before.size_bytes == sum(part.stat().st_size for part in parts)
    dbf = path.with_suffix(".dbf")
    dbf.write_bytes(dbf.read_bytes().replace(b"ONT", b"CLN", 1))
    assert read_layer(path, "parcels").report.sha256 != before.sha256


def test_schema_problems_and_missing_crs_are_said_together(tmp_path):
    frame = plots().set_crs(None, allow_override=True)
    frame["parcel_id"] = ["1", "1", None]
    path = write(frame, tmp_path / "a.gpkg")
    _, problems = inspect_layer(path, "parcels")
    assert {"no_crs", "repeated_key", "missing_key"} <= {p.rule for p in problems}
    with pytest.raises(SchemaError):
        read_layer(path, "parcels", ReadOptions(src_crs=CRS))


def test_unknown_layer(tmp_path):
    with pytest.raises(SchemaError, match="parcels"):
        read_layer(write(plots(), tmp_path / "a.gpkg"), "plotz")


def test_empty_layer_is_a_notice(tmp_path):
    read = read_layer(write(plots().iloc[:0], tmp_path / "a.gpkg"), "parcels")
    assert read.frame.empty
    assert read.frame.crs.to_epsg() == 9209
    assert {p.rule for p in read.report.problems} == {"empty_layer"}


def test_public_bad_files_never_escape(shared_data):
    """Every odd file is read or refused with a GeotoolError, whatever it is read as."""
    for path in sorted((shared_data / "bad_vector").rglob("*")):
        if not path.is_file():
            continue
        try:
            assert all(isinstance(x, sources.SourceLayer) for x in describe_source(path))
        except GeotoolError as error:
            assert error.message
        for layer in ("parcels", "alignments", "households", "holdings"):
            try:
                read, problems = inspect_layer(path, layer, ReadOptions())
            except GeotoolError as error:
                pytest.fail(f"{path}: inspect_layer raised {error}")
            assert read is not None or problems


def test_public_communes(shared_data):
    path = shared_data / "vn_admin_2025" / "communes_42_ha_tinh.geojson"
    (layer,) = describe_source(path)
    assert (layer.count, layer.crs) == (69, "EPSG:4326")
