"""The table of styles in a GeoPackage: as QGIS makes it, and nobody else is disturbed."""

import sqlite3

import geopandas as gpd
import pyogrio
import pytest
from shapely.geometry import Point

from geotool import outputs
from geotool.errors import OutputError, UsageError

QML = {"parcels": "<qgis/>", "wells": "<qgis a='é'/>"}
TITLES = {"parcels": "Thửa đất", "wells": "Giếng", "plain": "Khác"}


@pytest.fixture
def made(tmp_path):
    def make(name="a.gpkg", styles=QML, titles=TITLES, date="2024-05-01"):
        frame = gpd.GeoDataFrame({"a": ["x"]}, geometry=[Point(1, 2)], crs="EPSG:9209")
        path = tmp_path / name
        frames = dict.fromkeys(TITLES, frame)
        outputs.write_layers(frames, path, overwrite=True, date=date, note="note")
        outputs.add_styles(path, styles, titles, date=date, note="note")
        return path

    return make


def ask(path, sql):
    with sqlite3.connect(path) as database:
        return database.execute(sql).fetchall()


def test_the_table_is_that_of_qgis(made):
    path = made()
    columns = [row[1] for row in ask(path, "PRAGMA table_info(layer_styles)")]
    assert columns == [
        "id", "f_table_catalog", "f_table_schema", "f_table_name", "f_geometry_column",
        "styleName", "styleQML", "styleSLD", "useAsDefault", "description", "owner", "ui",
        "update_time",
    ]  # fmt: skip
    assert ask(path, "SELECT * FROM layer_styles") == [
        (1, "", "", "parcels", "geom", "geotool", "<qgis/>", "", 1, "Thửa đất", "", None,
         "2024-05-01T00:00:00.000Z"),
        (2, "", "", "wells", "geom", "geotool", "<qgis a='é'/>", "", 1, "Giếng", "", None,
         "2024-05-01T00:00:00.000Z"),
    ]  # fmt: skip
    assert ask(path, "PRAGMA integrity_check") == [("ok",)]


def test_it_is_listed_among_the_contents(made):
    path = made()
    listed = ask(path, "SELECT table_name, data_type, identifier, description FROM gpkg_contents")
    assert sorted(listed) == [
        ("layer_styles", "attributes", "layer_styles", "note"),
        ("parcels", "features", "Thửa đất", "note"),
        ("plain", "features", "Khác", "note"),
        ("wells", "features", "Giếng", "note"),
    ]
    counts = ask(path, "SELECT feature_count FROM gpkg_ogr_contents")
    assert sorted(counts) == [(1,), (1,), (1,), (2,)]
    read = pyogrio.read_dataframe(path, layer="layer_styles")
    assert read["f_table_name"].tolist() == ["parcels", "wells"]
    assert read["useAsDefault"].tolist() == [True, True]


def test_layers_are_read_as_before(made):
    path = made()
    names = [name for name, kind in pyogrio.list_layers(path) if kind is not None]
    assert names == ["parcels", "plain", "wells"]
    assert pyogrio.read_info(path, layer="wells")["features"] == 1
    assert gpd.read_file(path, layer="wells").crs == "EPSG:9209"


def test_titles_that_collide_are_told_apart(made):
    path = made(titles={"parcels": "Giếng", "wells": "Giếng", "plain": "wells"})
    found = dict(ask(path, "SELECT table_name, identifier FROM gpkg_contents"))
    assert found == {
        "layer_styles": "layer_styles",
        "parcels": "Giếng (parcels)",
        "wells": "Giếng (wells)",
        "plain": "wells (plain)",
    }


def test_a_title_that_is_taken_all_the_same_is_left_out(made):
    path = made(titles={"parcels": "Giếng (wells)", "wells": "Giếng", "plain": "Giếng"})
    found = dict(ask(path, "SELECT table_name, identifier FROM gpkg_contents"))
    assert found["parcels"] == "Giếng (wells)"
    assert found["wells"] == "wells"


def test_two_files_are_equal_byte_by_byte(made):
    assert made("a.gpkg").read_bytes() == made("b.gpkg").read_bytes()
    assert made("c.gpkg", date="2024-05-02").read_bytes() != made("d.gpkg").read_bytes()


def test_nothing_is_left_beside_the_file(made):
    path = made("Thửa; đất !.gpkg")
    assert [item.name for item in path.parent.iterdir()] == [path.name]


def test_what_is_no_geopackage_is_refused(tmp_path):
    path = tmp_path / "a.gpkg"
    path.write_bytes(b"no database, and long enough to be taken for one" * 40)
    with pytest.raises(OutputError, match="styles of its layers"):
        outputs.add_styles(path, QML, TITLES)


def test_a_date_that_is_none_is_refused(made):
    with pytest.raises(UsageError, match="no date"):
        made(date="yesterday")
