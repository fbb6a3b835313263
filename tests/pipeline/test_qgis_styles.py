"""What a run writes for QGIS: every layer has its style, from the maps that draw it."""

import shutil
import sqlite3
from pathlib import Path
from xml.etree import ElementTree as ET

import geopandas as gpd
import pytest
from shapely.geometry import Point

from geotool.labels import load_labels
from geotool.pipeline.run import RunOptions, check_manifest, run_project
from tests import village as v
from tests.cli.conftest import call
from tests.village_project import all_layers, write_project

STYLES = """\
[styles.graves]
fill = "#010203"
shape = "star"
radius = 5
[styles.graves.classes.owned]
fill = "#ff0000"
"""
SCHEMA = """\
[layer]
title = "Wells {{ 7*7 }} <b>"
names = ["well"]
geometry = ["point"]
key = "fid"
public = "features"
[columns.fid]
type = "text"
required = true
visibility = "public"
description = "Code"
[columns.owner]
type = "text"
visibility = "internal"
person = true
description = "Whose"
"""


def run(folder, profile="committee", language=None):
    recipient = "A" if profile == "internal" else None
    run_project(RunOptions(folder, None, profile, recipient, overwrite=True, language=language))
    return folder / "out" / "layers.gpkg"


def styles_of(path):
    with sqlite3.connect(path) as database:
        rows = database.execute("SELECT f_table_name, styleQML, description FROM layer_styles")
        return {name: (ET.fromstring(text), title) for name, text, title in rows}


def columns_of(path, layer):
    return set(gpd.read_file(path, layer=layer).columns) - {"geometry"}


def layers_of(path):
    with sqlite3.connect(path) as database:
        rows = database.execute("SELECT table_name FROM gpkg_geometry_columns").fetchall()
    return {name for (name,) in rows}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_project(tmp_path_factory.mktemp("village") / "p", recipes=("affected_area",))


@pytest.fixture(scope="module")
def styled(folder, tmp_path_factory):
    return shutil.copy(run(folder), tmp_path_factory.mktemp("styled"))


def test_every_layer_has_a_style(styled):
    found = styles_of(styled)
    assert set(found) == layers_of(styled)
    assert {"parcels", "land_take", "graves", "cells", "communes", "handover"} <= set(found)


def test_only_columns_of_the_layer_are_named(styled):
    for name, (root, _) in styles_of(styled).items():
        columns = columns_of(styled, name)
        named = {one.get("field") for one in root.iter("alias")}
        assert named == columns, name
        assert {one.get("name") for one in root.iter("field")} <= columns


def test_classes_are_those_of_the_overview(styled):
    found = styles_of(styled)
    attributes = {name: root.find("renderer-v2").get("attr") for name, (root, _) in found.items()}
    assert attributes["land_take"] == "take_class"
    assert attributes["graves"] == "ownership"  # the map of graves would say zone
    assert attributes["handover"] == "state"  # only the map of handover shows it
    assert attributes["parcels"] is None
    take = [(one.get("value"), one.get("label")) for one in found["land_take"][0].iter("category")]
    assert take == [("full", "Taken in full"), ("partial", "In part")]


def test_titles_and_words_follow_the_language(folder, styled):
    for language, path, title in (
        ("en", styled, "Parcels"),
        ("vi", run(folder, language="vi"), "Thửa đất"),
    ):
        root, said = styles_of(path)["parcels"]
        assert said == title
        aliases = {one.get("field"): one.get("name") for one in root.iter("alias")}
        assert aliases["land_type"] == load_labels().text("columns.land_type", language)


def test_communes_are_coded_by_their_names(styled):
    root, _ = styles_of(styled)["parcels"]
    options = root.findall(".//field[@name='commune_id']//Option[@type='QString']")
    names = dict(zip(v.communes()["commune_id"], v.communes()["commune_name"], strict=True))
    shown = {one.get("value"): one.get("name") for one in options}
    assert shown == {code: names[code] for code in shown}
    assert shown


def test_two_runs_are_equal_byte_by_byte(folder, styled):
    assert run(folder).read_bytes() == Path(styled).read_bytes()
    assert check_manifest(folder / "out" / "manifest.json").exit_code == 0


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """A run of a project with styles of its own and a layer that no map shows."""
    rows = {"fid": ["W1"], "owner": ["PERSON"]}
    wells = gpd.GeoDataFrame(rows, geometry=[v.VILLAGE.place(Point(9, 9))], crs=v.CRS)
    made = write_project(
        tmp_path_factory.mktemp("own") / "p", layers={"wells": wells}, suffix=".geojson"
    )
    for place, text in (("maps/styles.toml", STYLES), ("layers/schemas/wells.toml", SCHEMA)):
        (made / place).parent.mkdir(exist_ok=True)
        (made / place).write_text(text, encoding="utf-8")
    return run(made)


def test_a_projects_own_styles_hold(own):
    root, _ = styles_of(own)["graves"]
    properties = {(one.get("k"), one.get("v")) for one in root.findall("renderer-v2//prop")}
    assert ("name", "star") in properties
    assert ("color", "255,0,0,255") in properties


def test_a_layer_without_a_map_is_drawn_plainly(own):
    root, title = styles_of(own)["wells"]
    assert title == "Wells {{ 7*7 }} <b>"
    assert root.find("renderer-v2").get("type") == "singleSymbol"
    assert [one.get("field") for one in root.iter("alias")] == ["fid_1"]
    assert b"PERSON" not in own.read_bytes()


def test_the_public_has_no_word_of_what_it_may_not_see(folder):
    path = run(folder, "public")
    found = styles_of(path)
    assert set(found) == layers_of(path)
    assert not {"parcels", "structures", "households"} & set(found)
    assert b"holder_id" not in path.read_bytes()


def test_commands_see_the_layers_only(styled, tmp_path):
    names = {one["name"] for one in call("info", styled, "--json").data["layers"]}
    assert names == layers_of(styled)
    out = tmp_path / "p.geojson"
    done = call("convert", f"{styled}#parcels", "--as", "parcels", "-o", out)
    assert done.exit_code == 0, done.stderr
    assert len(gpd.read_file(out)) == len(all_layers()["parcels"])
