"""A layer of a project's own, with its own words, drawn by its own recipe: no Python needed."""

import geopandas as gpd
import pytest
from shapely.geometry import Point

from geotool.pipeline.map import MapOptions, draw_map
from geotool.pipeline.run import RunOptions, run_project
from tests import village as v
from tests.share.decoded import page_bytes
from tests.village_project import write_project

SCHEMA = """\
[layer]
title = "Wells"
names = ["well"]
geometry = ["point"]
key = "well_id"
public = "{public}"
[columns.well_id]
type = "text"
required = true
visibility = "public"
description = "Code"
[columns.depth_m]
type = "text"
visibility = "committee"
description = "How deep, in words"
[columns.owner]
type = "text"
visibility = "internal"
person = true
description = "Whose"
"""
RECIPE = """\
tables = ["totals"]
[title]
vi = "Giếng"
en = "Wells"
[[layers]]
source = "wells"
style = "graves"
columns = ["well_id", "depth_m", "owner"]
title_column = "well_id"
"""


@pytest.fixture
def folder(tmp_path):
    rows = {"well_id": ["W1"], "depth_m": ["about 5"], "owner": ["PERSON"], "extra": ["UNKNOWN"]}
    wells = gpd.GeoDataFrame(rows, geometry=[v.VILLAGE.place(Point(100, 100))], crs=v.CRS)
    made = write_project(tmp_path / "p", layers={"wells": wells}, recipes=("wells",))
    for place in ("layers/schemas", "maps/recipes"):
        (made / place).mkdir(parents=True)
    (made / "layers/schemas/wells.toml").write_text(SCHEMA.format(public="features"))
    (made / "maps/recipes/wells.toml").write_text(RECIPE, encoding="utf-8")
    return made


def draw(folder, profile):
    out = folder / "wells.html"
    recipient = "A" if profile == "internal" else None
    options = MapOptions("wells", folder, str(out), profile, recipient, overwrite=True)
    data = draw_map(options).data
    return data, page_bytes(out.read_bytes()).decode("utf-8", "replace")


def test_every_profile_shows_what_the_schema_allows(folder):
    for profile, depth, owner in (
        ("public", False, False),
        ("committee", True, False),
        ("internal", True, True),
    ):
        data, text = draw(folder, profile)
        assert data["layers"] == [{"name": "wells", "count": 1}]
        assert ("about 5" in text, "PERSON" in text) == (depth, owner)
        assert "UNKNOWN" not in text


def test_a_layer_that_is_not_public_is_not_drawn_for_the_public(folder):
    (folder / "layers/schemas/wells.toml").write_text(SCHEMA.format(public="none"))
    data, text = draw(folder, "public")
    assert data["layers"] == []
    assert '"W1"' not in text
    assert 'id="gt-data-' not in text


def test_a_run_takes_it_along(folder):
    answer = run_project(RunOptions(folder))
    assert answer.exit_code == 0
    shared = gpd.read_file(folder / "out" / "layers.gpkg", layer="wells")
    assert list(shared.columns) == ["well_id", "geometry"]
