"""Outputs: whole or not at all, the same bytes twice, nothing lost on the way."""

import datetime as dt
import io
import json
import sys
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LineString, MultiPolygon, Point, box

from geotool import outputs
from geotool.errors import OutputError, OutputExistsError, UsageError
from geotool.sources import ReadOptions, read_layer

CRS = "EPSG:9209"
FORMATS = (".gpkg", ".geojson", ".shp", ".fgb", ".parquet", ".csv")


def graves():
    return gpd.GeoDataFrame(
        {
            "grave_id": ["G1", "00123"],
            "clan_id": ["Họ Nguyễn", None],
            "Ngày dời": [dt.date(2024, 3, 1), None],
            "flag": [True, False],
            "depth": [0.1, np.nan],
        },
        geometry=[Point(560123.4, 1998742.87), Point(1 / 3 + 560000, 1998000.1)],
        crs=CRS,
    )


def write(frame, path, **options):
    options = {"layer": "graves", "overwrite": False, **options}
    return outputs.write_layer(frame, path, **options)


class TestLayers:
    @pytest.mark.parametrize("suffix", FORMATS)
    def test_same_bytes_twice_and_caller_unchanged(self, tmp_path, suffix):
        frame, twin = graves(), graves()
        for name in ("a", "b"):
            (tmp_path / name).mkdir()
            write(frame, tmp_path / name / f"mộ{suffix}")
        first, second = ({p.name: p.read_bytes() for p in (tmp_path / n).iterdir()} for n in "ab")
        assert first == second
        pd.testing.assert_frame_equal(pd.DataFrame(frame), pd.DataFrame(twin))

    @pytest.mark.parametrize("suffix", FORMATS)
    def test_round_trip_of_points(self, tmp_path, suffix):
        write(graves(), tmp_path / f"mộ{suffix}")
        options = ReadOptions(src_crs=CRS)
        frame = read_layer(tmp_path / f"mộ{suffix}", "graves", options).frame
        frame = frame.set_index("grave_id").loc[["G1", "00123"]]
        assert frame["clan_id"].tolist()[0] == "Họ Nguyễn"
        assert frame["clan_id"].isna().tolist() == [False, True]
        assert frame.geometry.x.tolist() == graves().geometry.x.tolist()
        assert frame.geometry.y.tolist() == graves().geometry.y.tolist()

    def test_gpkg_date_is_the_users_and_the_setting_comes_back(self, tmp_path):
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": "2001-02-03T00:00:00Z"})
        try:
            write(graves(), tmp_path / "a.gpkg", date="2026-05-31")
            assert pyogrio.get_gdal_config_option("OGR_CURRENT_DATE") == "2001-02-03T00:00:00Z"
        finally:
            pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})
        assert b"2026-05-31T00:00:00.000Z" in (tmp_path / "a.gpkg").read_bytes()
        write(graves(), tmp_path / "b.gpkg")
        assert b"1970-01-01T00:00:00.000Z" in (tmp_path / "b.gpkg").read_bytes()
        assert pyogrio.get_gdal_config_option("OGR_CURRENT_DATE") is None
        with pytest.raises(UsageError, match="yesterday"):
            write(graves(), tmp_path / "c.gpkg", date="yesterday")

    def test_several_layers_in_name_order(self, tmp_path):
        frames = {"b": graves(), "a": pd.DataFrame({"holder_id": ["1"]}), "c": graves().iloc[:0]}
        for name in ("1", "2"):
            outputs.write_layers(frames, tmp_path / f"{name}.gpkg", overwrite=False)
        listed = pyogrio.list_layers(tmp_path / "1.gpkg")
        assert sorted(listed[:, 0].tolist()) == ["a", "b", "c"]
        assert dict(listed)["a"] is None
        assert (tmp_path / "1.gpkg").read_bytes() == (tmp_path / "2.gpkg").read_bytes()
        with pytest.raises(UsageError):
            outputs.write_layers(frames, tmp_path / "a.fgb", overwrite=False)

    def test_names_of_a_shapefile(self, tmp_path):
        frame = graves().rename(columns={"clan_id": "affected_area_m2", "flag": "affected_area_ha"})
        renamed = write(frame, tmp_path / "a.shp")
        assert renamed == [
            ("affected_area_m2", "affected_a"),
            ("Ngày dời", "ngay_doi"),
            ("affected_area_ha", "affected_1"),
        ]
        assert write(graves()[["grave_id", "geometry"]], tmp_path / "b.shp") == []

    def test_long_text_is_not_cut(self, tmp_path):
        frame = graves().assign(note="Đ" * 200)
        with pytest.raises(OutputError, match="note"):
            write(frame, tmp_path / "a.shp")
        assert not list(tmp_path.iterdir())

    def test_names_that_a_geopackage_cannot_hold(self, tmp_path):
        frame = graves().assign(fid="x", Grave_ID=1, geom="y")
        renamed = write(frame, tmp_path / "a.gpkg")
        assert renamed == [("fid", "fid_1"), ("Grave_ID", "Grave_ID_1"), ("geom", "geom_1")]
        assert pyogrio.read_dataframe(tmp_path / "a.gpkg")["fid_1"].tolist() == ["x", "x"]

    def test_projected_geojson_declares_its_system_unrounded(self, tmp_path):
        write(graves(), tmp_path / "a.geojson")
        content = json.loads((tmp_path / "a.geojson").read_text(encoding="utf-8"))
        assert "9209" in content["crs"]["properties"]["name"]
        assert content["features"][1]["geometry"]["coordinates"][0] == 1 / 3 + 560000

    def test_lists_and_categories_become_plain(self, tmp_path):
        frame = graves().assign(a=[["x", 1], {"k": None}], b=pd.Categorical(["u", "v"]))
        write(frame, tmp_path / "a.gpkg")
        found = pyogrio.read_dataframe(tmp_path / "a.gpkg")
        assert found["a"].tolist() == ['["x", 1]', '{"k": null}']
        assert found["b"].tolist() == ["u", "v"]
        assert found["Ngày dời"].tolist()[0] == "2024-03-01"

    def test_shapes_in_csv(self, tmp_path):
        frame = gpd.GeoDataFrame(
            {"parcel_id": ["1", "2"]},
            geometry=[box(0, 0, 1, 1), MultiPolygon([box(0, 0, 1, 1), box(2, 0, 3, 1)])],
            crs=CRS,
        )
        write(frame, tmp_path / "a.csv")
        back = read_layer(tmp_path / "a.csv", "parcels", ReadOptions(src_crs=CRS)).frame
        assert back.geometry.geom_equals_exact(frame.geometry, 0).all()
        write(graves().to_crs(4326), tmp_path / "b.csv")
        header = (tmp_path / "b.csv").read_text(encoding="utf-8-sig").split("\n")[0]
        assert header.endswith(",lon,lat")

    def test_mixed_kinds_a_shapefile_cannot_hold(self, tmp_path):
        frame = gpd.GeoDataFrame(
            {"a": [1, 2]}, geometry=[Point(0, 0), LineString([(0, 0), (1, 1)])], crs=CRS
        )
        with pytest.raises(OutputError, match=r"a\.shp"):
            write(frame, tmp_path / "a.shp")
        assert not list(tmp_path.iterdir())

    def test_unknown_suffix(self, tmp_path):
        with pytest.raises(UsageError, match=r"\.dwg"):
            write(graves(), tmp_path / "a.dwg")

    def test_replaced_shapefile_keeps_no_old_part(self, tmp_path):
        path = tmp_path / "a.shp"
        write(graves(), path)
        write(graves().set_crs(None, allow_override=True), path, overwrite=True)
        assert not path.with_suffix(".prj").exists()
        assert {p.suffix for p in tmp_path.iterdir()} == {".shp", ".shx", ".dbf", ".cpg"}

    @pytest.mark.parametrize("suffix", FORMATS)
    def test_any_name_of_a_file(self, tmp_path, suffix):
        for name in ("a;b", "a!b", "a\nb", "đất #1 {{x}}"):
            path = tmp_path / f"{name}{suffix}"
            outputs.write_layer(graves(), path, layer="graves", overwrite=False)
            assert len(read_layer(path, "graves", ReadOptions(src_crs=CRS)).frame) == len(graves())

    def test_exclamation_mark_in_path(self, tmp_path):
        folder = outputs.make_folder(tmp_path / "!gấp")
        write(graves(), folder / "a!.gpkg")
        write(graves(), folder / "b!.shp")
        assert {p.name for p in folder.iterdir()} >= {"a!.gpkg", "b!.shp", "b!.dbf"}

    def test_standard_output(self, monkeypatch):
        stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
        monkeypatch.setattr(sys, "stdout", stream)
        write(graves(), "-")
        write(pd.DataFrame({"a": ["Đ"]}), "-")
        text = stream.buffer.getvalue().decode("utf-8")
        assert json.loads(text[: text.rindex("}") + 1])["features"][0]["properties"]["clan_id"]
        assert text.endswith("a\nĐ\n")


class TestPlaces:
    def test_nothing_is_replaced_untold(self, tmp_path):
        path = tmp_path / "a.gpkg"
        path.write_bytes(b"old")
        with pytest.raises(OutputExistsError) as caught:
            write(graves(), path)
        assert caught.value.exit_code == 4
        assert path.read_bytes() == b"old"
        write(graves(), path, overwrite=True)
        assert path.read_bytes() != b"old"
        assert list(tmp_path.iterdir()) == [path]

    def test_failure_leaves_the_old_file_and_nothing_else(self, tmp_path):
        path = tmp_path / "a.txt"
        path.write_text("old")
        with (
            pytest.raises(RuntimeError),
            outputs.atomic_path(path, overwrite=True) as temporary,
        ):
            temporary.write_text("half")
            raise RuntimeError
        assert path.read_text() == "old"
        assert list(tmp_path.iterdir()) == [path]
        with pytest.raises(OutputError), outputs.atomic_path(path, overwrite=True):
            pass
        assert path.read_text() == "old"

    def test_locked_target(self, tmp_path, monkeypatch):
        path = tmp_path / "a.csv"
        path.write_text("old")

        def refuse(*_):
            raise PermissionError(13, "in use")

        monkeypatch.setattr(Path, "replace", refuse)
        with pytest.raises(OutputError, match="another program") as caught:
            outputs.write_table_csv(pd.DataFrame({"a": [1]}), path, overwrite=True)
        assert caught.value.exit_code == 4
        assert "Close it in Excel" in caught.value.remedy
        assert path.read_text() == "old"
        assert list(tmp_path.iterdir()) == [path]

    def test_early_check(self, tmp_path):
        outputs.check_writable("-", overwrite=False)
        outputs.check_writable(tmp_path / "new", overwrite=False)
        with pytest.raises(OutputError, match="nowhere"):
            outputs.check_writable(tmp_path / "nowhere" / "a.csv", overwrite=True)
        with pytest.raises(OutputError, match="folder"):
            outputs.check_writable(tmp_path, overwrite=True)

    def test_folder(self, tmp_path):
        assert outputs.make_folder(tmp_path / "out" / "in").is_dir()
        (tmp_path / "file").write_text("")
        with pytest.raises(OutputError, match="file"):
            outputs.make_folder(tmp_path / "file")

    def test_text_and_bytes(self, tmp_path):
        outputs.write_text(tmp_path / "a.md", "Đội\n")
        outputs.write_bytes(tmp_path / "b", b"\0")
        assert (tmp_path / "a.md").read_bytes() == "Đội\n".encode()
        assert (tmp_path / "b").read_bytes() == b"\0"


class TestText:
    def test_csv(self, tmp_path):
        frame = pd.DataFrame(
            {
                "a": ["x,y", 'q"', None],
                "b": [0.1 + 0.2, np.nan, 1e-20],
                "c": [True, False, True],
                "d": [dt.date(2024, 1, 2), pd.NaT, None],
            }
        )
        outputs.write_table_csv(frame, tmp_path / "a.csv")
        assert (tmp_path / "a.csv").read_bytes() == (
            '\ufeffa,b,c,d\n"x,y",0.30000000000000004,true,2024-01-02\n'
            '"q""",,false,\n,1e-20,true,\n'
        ).encode()

    def test_csv_with_any_line_end_in_a_cell_is_read_back(self, tmp_path):
        notes = ["a\rb", "c\nd", "e\r\nf", 'g"\r', ""]
        frame = pd.DataFrame({"household_id": list("12345"), "note": notes})
        outputs.write_table_csv(frame, tmp_path / "a.csv")
        back = read_layer(tmp_path / "a.csv", "households").frame
        assert back["household_id"].tolist() == list("12345")
        assert back["note"].tolist()[:4] == [*notes[:3], 'g"']
        assert back["note"].isna().tolist() == [False, False, False, False, True]

    def test_csv_leaves_shapes_out(self):
        assert outputs.csv_text(graves()[["grave_id", "geometry"]]) == "grave_id\nG1\n00123\n"

    def test_json(self):
        @dataclass(frozen=True)
        class Item:
            name: str
            share: float

        value = {
            "z": Item("Đội", float("nan")),
            "a": (np.int64(1), np.float32(0.5), np.bool_(True)),
            1: [dt.date(2024, 1, 2), dt.datetime(2024, 1, 2, 3), Path("a") / "b", pd.NA, pd.NaT],
            "s": {"b", "a"},
            "n": np.array([1.0, np.inf]),
            "d": Decimal("1.5"),
        }
        text = outputs.json_text(value)
        assert text == outputs.json_text(value)
        assert "Đội" in text
        assert json.loads(text) == {
            "z": {"name": "Đội", "share": None},
            "a": [1, 0.5, True],
            "1": ["2024-01-02", "2024-01-02T03:00:00", "a/b", None, None],
            "s": ["a", "b"],
            "n": [1.0, None],
            "d": 1.5,
        }
        with pytest.raises(TypeError):
            outputs.json_text({"a": shapely.Point(0, 0)})

    @given(
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.text() | st.integers(),
            lambda inner: (
                st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
            ),
            max_leaves=8,
        )
    )
    def test_any_json_parses(self, value):
        def strict(name):
            raise AssertionError(name)

        json.loads(outputs.json_text(value), parse_constant=strict)
