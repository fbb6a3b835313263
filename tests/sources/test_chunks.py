"""A layer read chunk by chunk is the layer read at once: rows, report, refusals."""

import dataclasses
import json
import re
import shutil

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import MultiPolygon, Polygon, box

from geotool import sources
from geotool.errors import CrsError, DataError, ReadError, SchemaError
from geotool.sources import ReadOptions, read_layer
from geotool.sources.text.legacy_codecs import encode
from geotool.sources.vectors import streamed

CRS = "EPSG:9209"
KINDS = {
    ".gpkg": "GPKG",
    ".geojson": "GeoJSON",
    ".geojsonl": "GeoJSONSeq",
    ".shp": "ESRI Shapefile",
    ".fgb": "FlatGeobuf",
    ".mif": "MapInfo File",
    ".tab": "MapInfo File",
    ".gml": "GML",
    ".gdb": "OpenFileGDB",
}
NAMES = ("Nguyễn Văn Đức", "Trần Thị Hồng", "Lê Đình Ở", "Phạm Thị Nguyệt", "Đỗ Quý Thường")
CHUNK = 7


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch):
    monkeypatch.setattr(streamed, "BATCH_ROWS", CHUNK)


def plots(count=40, seed=0):
    """Return parcels with every kind of cell, some shapes broken, some of several parts."""
    rng = np.random.default_rng(seed)
    corner = rng.integers(0, 5000, (count, 2)) + np.array([560_000, 1_998_000])
    kinds = rng.integers(0, 6, count).tolist()
    shapes = [shape_at(x, y, kind) for (x, y), kind in zip(corner, kinds, strict=True)]
    return gpd.GeoDataFrame(
        {
            "Mã thửa": [f"KP-{i}" for i in range(count)],
            "Số tờ": rng.integers(1, 30, count),
            "loai_dat": rng.choice(["ONT", "CLN", "Đất trồng lúa"], count),
            "document_area_m2": np.where(
                rng.random(count) < 0.2, np.nan, rng.integers(50, 900, count)
            ),
            "ghi chú": [None if i % 5 == 0 else f"{NAMES[i % 5]} {i}" for i in range(count)],
            "so_nguoi": pd.array([None if i % 11 == 3 else i for i in range(count)], dtype="Int64"),
            "co_nha": rng.random(count) < 0.5,
        },
        geometry=shapes,
        crs=CRS,
    )


def shape_at(x, y, kind):
    if kind == 0:  # a bow-tie
        return Polygon([(x, y), (x + 10, y + 10), (x + 10, y), (x, y + 10)])
    if kind == 1:
        return MultiPolygon([box(x, y, x + 5, y + 5), box(x + 7, y, x + 12, y + 5)])
    return box(x, y, x + 10, y + 4 + kind)


def write(frame, path):
    if path.suffix == ".parquet":
        frame.to_parquet(path, row_group_size=11)
        return path
    frame = frame.rename(columns=plain_names) if path.suffix in (".shp", ".gml") else frame
    if path.suffix in (".mif", ".tab"):
        frame = frame.rename(columns=plain_names).drop(columns=["so_nguoi", "co_nha"])
    options = {"encoding": "UTF-8"} if path.suffix in (".shp", ".mif", ".tab") else {}
    if path.suffix == ".gdb":
        options = {"promote_to_multi": True, "geometry_type": "MultiPolygon"}
    pyogrio.write_dataframe(frame, path, driver=KINDS[path.suffix], **options)
    return path


def plain_names(name):
    return {"Mã thửa": "ma_thua", "Số tờ": "so_to", "ghi chú": "ghi_chu"}.get(name, name)


def by_chunks(path, folder, layer="parcels", options=None):
    """Return the layer, its report and the rows of each chunk."""
    shutil.rmtree(folder, ignore_errors=True)
    chunks = sources.open_chunks(path, layer, folder, options)
    frames = list(chunks.frames())
    return pd.concat(frames, ignore_index=True), chunks.report(), [len(f) for f in frames]


def require_same(path, folder, layer="parcels", options=None):
    """Check that both ways of reading agree, and return the layer and its report."""
    whole = read_layer(path, layer, options)
    frame, report, counts = by_chunks(path, folder, layer, options)
    assert list(frame.columns) == list(whole.frame.columns)
    for name in frame.columns:
        if name != "geometry":
            assert cells(frame[name]) == cells(whole.frame[name]), name
    assert frame.geometry.to_wkb().tolist() == whole.frame.geometry.to_wkb().tolist()
    assert frame.crs == whole.frame.crs
    assert max(counts, default=0) <= CHUNK
    found, expected = (dataclasses.asdict(r) for r in (report, whole.report))
    problems, wanted = found.pop("problems"), expected.pop("problems")
    assert found == expected
    assert messages(problems) == messages(wanted)
    return frame, report


def cells(column):
    return [None if pd.isna(value) else value for value in column.astype(object).tolist()]


def messages(problems):
    return sorted((p["rule"], p["key"], p["place"], p["message"]) for p in problems)


@pytest.mark.parametrize("suffix", [*KINDS, ".parquet"])
def test_every_kind_of_file_gives_the_rows_of_the_whole_read(tmp_path, suffix):
    path = write(plots(), tmp_path / f"thửa đất{suffix}")
    frame, report = require_same(path, tmp_path / "aside")
    assert len(frame) == report.read_count == 40
    assert report.repaired


@pytest.mark.parametrize("suffix", [".gpkg", ".shp", ".parquet"])
def test_another_system_is_counted_once(tmp_path, suffix):
    path = write(plots(), tmp_path / f"a{suffix}")
    _, report = require_same(path, tmp_path / "aside", options=ReadOptions(dst_crs="EPSG:4326"))
    (said,) = [p.message for p in report.problems if p.rule == "reprojected"]
    assert said.startswith("40 rows")


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    count=st.integers(0, 30),
    suffix=st.sampled_from([".gpkg", ".geojson", ".parquet"]),
)
def test_random_layers(tmp_path_factory, seed, count, suffix):
    folder = tmp_path_factory.mktemp("random")
    frame = plots(count, seed)
    rng = np.random.default_rng(seed)
    shuffled = frame.sample(frac=1, random_state=seed) if count else frame
    if rng.random() < 0.3:
        shuffled = shuffled.drop(columns=["Mã thửa"])
    require_same(write(shuffled, folder / f"a{suffix}"), folder / "aside")


@pytest.mark.parametrize("layer", ["structures", "graves", "utilities"])
def test_other_layers(tmp_path, layer):
    shapes = {
        "structures": [box(560_000 + i, 1_998_000, 560_002 + i, 1_998_003) for i in range(20)],
        "graves": shapely.points(560_000 + np.arange(20), 1_998_000).tolist(),
        "utilities": [
            shapely.LineString(
                [
                    (560_000 + i, 1_998_000),
                    (
                        560_009,
                        1_998_090,
                    ),
                ]
            )
            for i in range(20)
        ],
    }[layer]
    frame = gpd.GeoDataFrame({"ten": [f"x{i}" for i in range(20)]}, geometry=shapes, crs=CRS)
    frame.to_file(tmp_path / "a.gpkg")
    _, report = require_same(tmp_path / "a.gpkg", tmp_path / "aside", layer)
    (said,) = [p.message for p in report.problems if p.rule == "key_numbered"]
    assert "20 rows" in said


def test_heights_are_counted_over_all_chunks(tmp_path):
    frame = plots(20)
    frame.geometry = shapely.force_3d(frame.geometry.to_numpy(), 3.0)
    frame.to_file(tmp_path / "a.gpkg")
    _, report = require_same(tmp_path / "a.gpkg", tmp_path / "aside")
    assert "Heights or measures of 20 rows were dropped." in [p.message for p in report.problems]


class TestText:
    @pytest.mark.parametrize("encoding", ["tcvn3", "vni", "viscii", "cp1258", "utf-8"])
    @pytest.mark.parametrize("suffix", [".shp", ".mif"])
    def test_bytes_of_an_old_encoding_are_judged_once(self, tmp_path, encoding, suffix):
        frame = old_bytes(plots(30), encoding)
        path = tmp_path / f"a{suffix}"
        frame.to_file(path, driver=KINDS[suffix], encoding="ISO-8859-1")
        path.with_suffix(".cpg").unlink(missing_ok=True)
        if suffix == ".mif":
            plain = re.sub(rb'Charset "[^"]*"', b'Charset "Neutral"', path.read_bytes())
            path.write_bytes(plain)
        read, report = require_same(path, tmp_path / "aside")
        assert report.encoding == encoding
        assert NAMES[1] + " 1" in read["note"].tolist()

    def test_a_chunk_of_plain_letters_follows_the_others(self, tmp_path):
        """Only the last chunk shows the encoding; a single word is no evidence by itself."""
        frame = plots(30)
        frame["ghi chú"] = ["abc"] * 8 + ["Đức"] + ["abc"] * 11 + list(NAMES) * 2
        path = tmp_path / "a.shp"
        old_bytes(frame, "tcvn3").to_file(path, encoding="ISO-8859-1")
        path.with_suffix(".cpg").unlink()
        read, _ = require_same(path, tmp_path / "aside")
        assert read["note"].tolist()[8] == "Đức"

    @pytest.mark.parametrize("suffix", [".gpkg", ".geojson"])
    def test_text_decoded_wrongly_before(self, tmp_path, suffix):
        frame = plots(30).rename(columns=plain_names)
        wrong = [
            None if t is None else encode(t, "tcvn3").decode("latin-1")
            for t in cells(frame["ghi_chu"])
        ]
        frame["ghi_chu"] = wrong
        path = write(frame, tmp_path / f"a{suffix}")
        read, report = require_same(path, tmp_path / "aside")
        assert report.encoding == "tcvn3"
        assert NAMES[1] + " 1" in read["note"].tolist()

    def test_an_encoding_that_is_named(self, tmp_path):
        path = tmp_path / "a.shp"
        old_bytes(plots(30), "vni").to_file(path, encoding="ISO-8859-1")
        require_same(path, tmp_path / "aside", options=ReadOptions(encoding="vni"))
        with pytest.raises(DataError):
            by_chunks(path, tmp_path / "aside", options=ReadOptions(encoding="ascii"))


def old_bytes(frame, encoding):
    """Return a frame whose text holds the bytes of an encoding, a letter a byte."""
    plain = frame.rename(columns=plain_names).drop(columns=["so_nguoi", "co_nha"])
    for name in ("ghi_chu", "loai_dat"):
        plain[name] = [
            None
            if text is None
            else (text.encode(encoding) if encoding == "utf-8" else encode(text, encoding)).decode(
                "latin-1"
            )
            for text in cells(plain[name])
        ]
    return plain


class TestKeys:
    def parcels(self, sheets, numbers, **more):
        count = len(sheets)
        shapes = [box(560_000 + 9 * i, 1_998_000, 560_008 + 9 * i, 1_998_009) for i in range(count)]
        columns = {"sheet_no": sheets, "parcel_no": numbers, **more}
        return gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS)

    def test_keys_are_told_apart_over_all_chunks(self, tmp_path):
        sheets = [str(i % 9) for i in range(24)]
        frame = self.parcels(sheets, [str(i % 6) for i in range(24)])
        frame.loc[5, "sheet_no"] = None
        frame.to_file(tmp_path / "a.gpkg")
        read, report = require_same(tmp_path / "a.gpkg", tmp_path / "aside")
        assert {"key_told_apart", "key_numbered"} <= {p.rule for p in report.problems}
        assert read["parcel_id"].is_unique

    def test_keys_led_by_their_commune(self, tmp_path):
        sheets = [str(i % 12) for i in range(24)]
        communes = ["A" if i < 12 else "B" for i in range(24)]
        frame = self.parcels(sheets, ["1"] * 24, commune_id=communes)
        frame.loc[7, "commune_id"] = None
        frame.to_file(tmp_path / "a.gpkg")
        read, report = require_same(tmp_path / "a.gpkg", tmp_path / "aside")
        assert "key_led" in {p.rule for p in report.problems}
        assert read["parcel_id"].tolist()[0] == "A-0-1"

    def test_an_empty_key_column_is_made_anew(self, tmp_path):
        frame = self.parcels(["1"] * 20, [str(i) for i in range(20)], parcel_id=[None] * 20)
        frame["parcel_id"] = frame["parcel_id"].astype("str").where(lambda x: x != "None", None)
        frame.to_file(tmp_path / "a.gpkg")
        read, _ = require_same(tmp_path / "a.gpkg", tmp_path / "aside")
        assert read["parcel_id"].tolist()[19] == "1-19"

    def test_a_key_repeated_in_another_chunk_is_refused_by_name(self, tmp_path):
        frame = self.parcels(["1"] * 24, ["2"] * 24, parcel_id=[f"P{i}" for i in range(24)])
        frame.loc[20, "parcel_id"] = "P3"
        frame.loc[9, "parcel_id"] = "P8"
        frame.to_file(tmp_path / "a.gpkg")
        assert refusal(tmp_path / "a.gpkg", tmp_path / "aside") == whole(tmp_path / "a.gpkg")
        with pytest.raises(SchemaError, match=r"P3 occurs 2 times \(rows 4, 21\)"):
            by_chunks(tmp_path / "a.gpkg", tmp_path / "aside")

    def test_a_chunk_without_any_key_is_refused_as_the_whole_is(self, tmp_path):
        keys = [f"P{i}" if i < 14 else None for i in range(21)]
        frame = self.parcels(["1"] * 21, [str(i) for i in range(21)], parcel_id=keys)
        frame.to_file(tmp_path / "a.gpkg")
        assert refusal(tmp_path / "a.gpkg", tmp_path / "aside") == whole(tmp_path / "a.gpkg")

    def test_a_key_is_unique_within_its_version(self, tmp_path):
        shapes = [box(560_000, 1_998_000 + 9 * i, 560_500, 1_998_008 + 9 * i) for i in range(16)]
        columns = {
            "right_of_way_id": [f"R{i % 8}" for i in range(16)],
            "version": ["2023" if i < 8 else "2024" for i in range(16)],
        }
        frame = gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS)
        frame.to_file(tmp_path / "a.gpkg")
        require_same(tmp_path / "a.gpkg", tmp_path / "aside", "right_of_way")
        frame.loc[15, "version"] = "2023"
        frame.to_file(tmp_path / "b.gpkg")
        with pytest.raises(SchemaError, match="R7 occurs 2 times"):
            by_chunks(tmp_path / "b.gpkg", tmp_path / "aside", "right_of_way")


def whole(path, layer="parcels"):
    with pytest.raises(DataError) as caught:
        read_layer(path, layer)
    return said(caught.value)


def refusal(path, folder, layer="parcels"):
    with pytest.raises(DataError) as caught:
        by_chunks(path, folder, layer)
    return said(caught.value)


def said(error):
    return type(error), sorted((p.rule, p.key, p.message) for p in error.problems)


class TestRefused:
    @pytest.mark.parametrize("at", [0, 19])
    def test_missing_and_wrong_shapes_are_named(self, tmp_path, at):
        frame = plots(20)
        frame.loc[at, "geometry"] = None
        frame.loc[10, "geometry"] = shapely.Point(560_000, 1_998_000)
        frame.to_file(tmp_path / "a.gpkg")
        assert refusal(tmp_path / "a.gpkg", tmp_path / "aside") == whole(tmp_path / "a.gpkg")

    def test_many_rows_in_error_are_counted(self, tmp_path):
        frame = plots(300)
        frame["geometry"] = None
        frame = frame.set_geometry(gpd.GeoSeries([None] * 299 + [box(0, 0, 1, 1)], crs=CRS))
        frame.to_parquet(tmp_path / "a.parquet")
        with pytest.raises(DataError) as caught:
            by_chunks(tmp_path / "a.parquet", tmp_path / "aside")
        found = [p for p in caught.value.problems if p.rule == "empty_geometry"]
        assert len(found) == 101
        assert found[-1].message.startswith("199 more rows")

    def test_no_system(self, tmp_path):
        plots(20).set_crs(None, allow_override=True).to_file(tmp_path / "a.gpkg")
        with pytest.raises(CrsError, match="no coordinate reference system is declared"):
            by_chunks(tmp_path / "a.gpkg", tmp_path / "aside")

    def test_degrees_in_a_plane(self, tmp_path):
        frame = plots(20).to_crs(4326).set_crs(CRS, allow_override=True)
        frame.to_file(tmp_path / "a.gpkg")
        with pytest.raises(CrsError):
            by_chunks(tmp_path / "a.gpkg", tmp_path / "aside")

    def test_an_open_choice_of_columns(self, tmp_path):
        frame = plots(20).assign(ma_thua="x")
        frame.to_file(tmp_path / "a.gpkg")
        assert refusal(tmp_path / "a.gpkg", tmp_path / "aside") == whole(tmp_path / "a.gpkg")


class TestCoordinates:
    def test_northing_first_is_turned_in_every_chunk(self, tmp_path):
        frame = plots(30)
        turned = shapely.transform(frame.geometry.to_numpy(), lambda xy: xy[:, ::-1])
        turned[20:24] = frame.geometry.to_numpy()[20:24]
        frame.set_geometry(gpd.GeoSeries(turned, crs=CRS)).to_file(tmp_path / "a.gpkg")
        _, report = require_same(tmp_path / "a.gpkg", tmp_path / "aside")
        assert "axes_order" in {p.rule for p in report.problems}

    def test_a_row_far_away_is_noted_once(self, tmp_path):
        frame = plots(30)
        frame.loc[25, "geometry"] = box(10, 10, 20, 20)
        frame.to_file(tmp_path / "a.gpkg")
        _, report = require_same(tmp_path / "a.gpkg", tmp_path / "aside")
        assert "coordinates_apart" in {p.rule for p in report.problems}

    def test_the_system_is_searched_over_the_whole_layer(self, tmp_path):
        frame = plots(30).set_crs(None, allow_override=True)
        frame.to_file(tmp_path / "a.gpkg")
        options = ReadOptions(src_crs="auto", province="Hà Tĩnh")
        require_same(tmp_path / "a.gpkg", tmp_path / "aside", options=options)


class TestUnstreamed:
    def reason(self, path, folder, layer="parcels", options=None):
        with pytest.raises(ReadError) as caught:
            by_chunks(path, folder, layer, options)
        assert isinstance(caught.value, streamed.UnstreamedError)
        return caught.value.message

    def test_numbers_that_other_rows_explain(self, tmp_path):
        frame = plots(21)
        texts = ["1.026"] * 14 + ["1.234,5"] * 7  # the last chunk alone is Vietnamese for sure
        frame["document_area_m2"] = texts
        frame.to_file(tmp_path / "a.gpkg")
        assert "document_area_m2" in self.reason(tmp_path / "a.gpkg", tmp_path / "aside")
        assert set(read_layer(tmp_path / "a.gpkg", "parcels").frame["document_area_m2"]) == {
            1026.0,
            1234.5,
        }

    def test_numbers_that_every_chunk_explains(self, tmp_path):
        frame = plots(21)
        frame["document_area_m2"] = ["1.026", "1.234,5", "17,5", "3", "2.000", "0,5", "12"] * 3
        frame.to_file(tmp_path / "a.gpkg")
        read, report = require_same(tmp_path / "a.gpkg", tmp_path / "aside")
        assert read["document_area_m2"].tolist()[:2] == [1026.0, 1234.5]
        assert "decimal_comma" in {p.rule for p in report.problems}

    def test_layers_whose_rows_are_merged_and_salvage(self, tmp_path):
        plots(9).to_file(tmp_path / "a.gpkg")
        assert "merged" in self.reason(tmp_path / "a.gpkg", tmp_path / "aside", "households")
        options = ReadOptions(salvage=True)
        assert "set aside" in self.reason(tmp_path / "a.gpkg", tmp_path / "b", options=options)

    def test_kinds_that_are_read_at_once(self, tmp_path):
        plots(9)[["geometry"]].to_crs(4326).to_file(tmp_path / "a.kml", driver="KML")
        assert "KML" in self.reason(tmp_path / "a.kml", tmp_path / "aside")

    def test_columns_of_lists(self, tmp_path):
        made = json.loads(plots(9).to_json(drop_id=True))
        for feature in made["features"]:
            feature["properties"]["x"] = [1, 2]
        (tmp_path / "a.geojson").write_text(json.dumps(made), encoding="utf-8")
        assert "'x'" in self.reason(tmp_path / "a.geojson", tmp_path / "aside")

    def test_columns_of_mixed_cells_stay_text(self, tmp_path):
        made = json.loads(plots(20).to_crs(4326).to_json(drop_id=True))
        for number, feature in enumerate(made["features"]):
            feature["properties"]["x"] = number if number % 2 else f"Đ{number}"
        (tmp_path / "a.geojson").write_text(json.dumps(made), encoding="utf-8")
        options = ReadOptions(dst_crs=CRS)
        read, _ = require_same(tmp_path / "a.geojson", tmp_path / "aside", options=options)
        assert read["x"].tolist()[:2] == ["Đ0", "1"]


def test_days_and_moments(tmp_path):
    count = 20
    frame = plots(count).assign(
        ngay=pd.to_datetime(["2024-03-05"] * (count - 1) + [None]),
        luc=pd.to_datetime(["2024-03-05T10:11:12"] * (count - 1) + [None]),
    )
    for suffix in (".gpkg", ".geojson", ".parquet"):
        require_same(write(frame, tmp_path / f"a{suffix}"), tmp_path / "aside")


def test_rows_and_gaps_in_one_chunk_only(tmp_path):
    """A whole number without a gap in one chunk is what it is in the layer: a number."""
    frame = plots(21)
    frame["x"] = pd.array([None if i == 20 else i for i in range(21)], dtype="Int64")
    frame["y"] = pd.array([None if i == 2 else i % 2 == 0 for i in range(21)], dtype="boolean")
    frame["z"] = [None] * 14 + ["a"] * 7
    read, _ = require_same(write(frame, tmp_path / "a.gpkg"), tmp_path / "aside")
    assert read["x"].tolist()[:2] == [0.0, 1.0]


def test_progress_is_told(tmp_path):
    told = []
    plots(20).to_file(tmp_path / "a.gpkg")
    options = ReadOptions(step=lambda what, done, total: told.append((what, done, total)))
    by_chunks(tmp_path / "a.gpkg", tmp_path / "aside", options=options)
    assert ("read", 20, 20) in told
    assert told[-1] == ("check", 20, 20)
    assert [done for what, done, _ in told if what == "check"] == [7, 14, 20]
