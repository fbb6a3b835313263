"""Every alternative is measured alone: what it would take if it were the only one."""

import json
import re

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import LineString

from geotool.pipeline import map as map_page
from geotool.pipeline.assess import assess
from geotool.pipeline.inputs import open_project
from geotool.pipeline.map_alternatives import alternatives_table, measure_alternatives
from geotool.pipeline.map_content import gather
from geotool.pipeline.published import disclose
from geotool.share import redaction
from geotool.share.render import recipe
from tests import village as v
from tests import village_project as vp


def two_axes():
    """A1 along y = 125, and B1 along y = 145: their strips share 40 of 60 m."""
    lines = v.alignments()
    other = lines.assign(alignment_id="B1", name="Other", geometry=[_line(145.0)])
    both = pd.concat([lines, other], ignore_index=True)
    return gpd.GeoDataFrame(both, geometry="geometry", crs=lines.crs)


def _line(y):
    return v.VILLAGE.frame([{}], [LineString([(0, y), (2000, y)])]).geometry.iloc[0]


def strips(*rows):
    frame = [{"right_of_way_id": f"S{i}", **row} for i, (row, _, _) in enumerate(rows)]
    shapes = [v.strip(v.VILLAGE, start, end) for _, start, end in rows]
    return v.VILLAGE.frame(frame, shapes)


def own_corridor(folder):
    """Let the layer right_of_way hold instead of [corridor]."""
    path = folder / "geotool.toml"
    head, rest = path.read_text(encoding="utf-8").split("[corridor]")
    path.write_text(f"{head}[maps]{rest.split('[maps]')[1]}", encoding="utf-8")
    return folder


def found_in(folder, on="2024-05-01"):
    return assess(open_project(folder), on=on)


def content_of(found, name="alternatives", profile="committee"):
    return gather(found, recipe.load_recipe(name), redaction.load_profile(profile))


def test_alignments_that_share_ground_are_measured_alone(tmp_path):
    events = vp.events()
    folder = vp.write_project(tmp_path, layers={"alignments": two_axes(), "events": events})
    found = found_in(folder)
    compared = measure_alternatives(found, "alignment_id", public=False)
    assert compared.column == "alignment_id"
    table = alternatives_table(compared)
    rows = {row["alignment_id"]: row for row in table.rows}
    assert list(rows) == ["A1", "B1"]
    # B1: y = 115..175 takes 35 m of row 3 and 25 m of row 4 in every one of 20 columns
    for row in rows.values():
        assert row["affected_area_m2"] == pytest.approx(120_000.0, abs=1e-6)
        assert row["corridor_area_m2"] == pytest.approx(120_000.0, abs=1e-6)
    assert (rows["A1"]["parcel_count"], rows["B1"]["parcel_count"]) == (60, 40)
    # dwellings of odd columns stand at y = 70..80, of even ones at y = 120..130
    assert (rows["A1"]["dwelling_count"], rows["B1"]["dwelling_count"]) == (10, 10)
    assert found.totals["affected_area_m2"] == pytest.approx(160_000.0, abs=1e-6)
    assert table.total is None


def test_the_layers_of_each_alternative_stand_beside_each_other(tmp_path):
    folder = vp.write_project(tmp_path, layers={"alignments": two_axes()})
    content = content_of(found_in(folder))
    assert content.recipe.compare_column == "alignment_id"
    parts, frame = content.parts["land_take"], content.frames["land_take"]
    sums = parts.groupby("alignment_id")["affected_area_m2"].sum()
    assert sums.to_dict() == pytest.approx({"A1": 120_000.0, "B1": 120_000.0})
    assert len(frame) == 100
    by_row = parts.groupby("row")["affected_area_m2"].sum().to_numpy()
    assert by_row == pytest.approx(frame["affected_area_m2"].to_numpy())
    assert content.frames["households"]["alignment_id"].value_counts().to_dict() == {
        "A1": 20,
        "B1": 20,
    }
    assert set(content.frames["structures"]["taken"]) == {"yes"}
    assert content.frames["alignments"]["alignment_id"].tolist() == ["A1", "B1"]
    assert "alternatives" in content.tables


def test_what_both_alternatives_meet_counts_once_and_says_whose_it_is(tmp_path):
    folder = vp.write_project(tmp_path, layers={"alignments": two_axes()})
    found, profile = found_in(folder), redaction.load_profile("committee")
    shown = recipe.load_recipe("alternatives")
    text = map_page.render(found, shown, profile).html
    page = json.loads(re.search(r'id="gt-page">(.*?)</script>', text, re.DOTALL)[1])
    layers = {one["name"]: one for one in page["layers"]}
    households = layers["households"]
    assert (households["counted"], households["count"]) == ("household_id", 20)
    assert households["data"]["count"] == 40
    assert "alignment_id" in [one["name"] for one in households["columns"]]
    assert layers["communes"]["counted"] is None
    plain = map_page.render(found, recipe.load_recipe("households"), profile).html
    assert '"counted":"' not in plain


def test_drawn_ground_of_no_alignment_goes_to_the_nearest(tmp_path):
    rows = strips(({"alignment_id": "A1"}, 0, 1000), ({}, 1000, 2000))
    lines = two_axes()
    lines.loc[1, "geometry"] = _line(1125.0)
    folder = vp.write_project(tmp_path, layers={"alignments": lines, "right_of_way": rows})
    compared = measure_alternatives(found_in(own_corridor(folder)), "alignment_id", public=False)
    assert compared.column is None  # nothing lies along B1, so there is one alternative
    lines.loc[1, "geometry"] = _line(135.0)
    folder = vp.write_project(tmp_path, layers={"alignments": lines, "right_of_way": rows})
    compared = measure_alternatives(found_in(own_corridor(folder)), "alignment_id", public=False)
    areas = {key: one.totals["corridor_area_m2"] for key, one in compared.measured.items()}
    # between y = 95 and 155 the nearest axis changes at y = 130
    assert areas == pytest.approx({"A1": 60_000 + 35_000, "B1": 25_000})


def versions():
    return strips(({"version": "1"}, 0, 1000), ({"version": "2"}, 0, 1500))


def test_one_alignment_is_compared_by_the_versions_of_its_boundary(tmp_path):
    folder = own_corridor(vp.write_project(tmp_path, layers={"right_of_way": versions()}))
    content = content_of(found_in(folder))
    assert content.recipe.compare_column == "version"
    rows = {row["version"]: row["affected_area_m2"] for row in content.tables["alternatives"].rows}
    assert rows == pytest.approx({"1": 60_000.0, "2": 90_000.0})
    sums = content.parts["land_take"].groupby("version")["affected_area_m2"].sum()
    assert sums.to_dict() == pytest.approx(rows)
    assert content.frames["right_of_way"]["version"].tolist() == ["1", "2"]
    filters = {layer.source: layer.filters for layer in content.recipe.layers}
    assert "version" in filters["land_take"]
    assert "alignment_id" in filters["alignments"]


def test_the_public_sees_no_rows_of_a_boundary_that_does_not_hold(tmp_path):
    rows = strips(
        ({"version": "1", "basis": "recovered"}, 0, 1230),
        ({"version": "1", "basis": "donated", "minutes_no": "BB-17"}, 1230, 1290),
        ({"version": "1", "basis": "recovered"}, 1290, 2000),
        ({"version": "2", "basis": "recovered"}, 0, 2000),
    )
    found = found_in(own_corridor(vp.write_project(tmp_path, layers={"right_of_way": rows})))
    seen = disclose(found, redaction.load_profile("public"))
    frames = gather(seen.found, recipe.load_recipe("alternatives"), seen.profile).frames
    drawn = frames["right_of_way"].set_index("version")
    assert sorted(drawn.index) == ["1", "2"]
    assert set(drawn.columns) == {"right_of_way_id", "alignment_id", "geometry"}
    assert set(drawn["right_of_way_id"]) == {"1"}
    assert drawn.geometry["1"].equals(drawn.geometry["2"])
    assert len(content_of(found).frames["right_of_way"]) == 4


def test_no_alternative_is_not_one(tmp_path):
    layers = {"alignments": None, "right_of_way": None, "events": None}
    folder = own_corridor(vp.write_project(tmp_path, layers=layers))
    content = content_of(found_in(folder))
    assert content.notices == ("map.no_alternative",)
    assert content.recipe.compare_column is None


def test_one_alternative_is_one_pane_and_says_so(tmp_path):
    content = content_of(found_in(vp.write_project(tmp_path)))
    assert content.recipe.compare_column is None
    assert content.notices == ("map.single_alternative",)
    assert content.tables == {}
    assert len(content.frames["land_take"]) == 60


def test_the_public_gets_the_ground_of_alternatives_and_no_figures_of_them(tmp_path):
    folder = vp.write_project(tmp_path, layers={"alignments": two_axes()})
    content = content_of(found_in(folder), profile="public")
    assert content.recipe.compare_column == "alignment_id"
    assert content.frames["right_of_way"]["alignment_id"].tolist() == ["A1", "B1"]
    assert "land_take" not in content.frames
    assert content.parts == {}
    table = content.tables["alternatives"]
    assert not redaction.redact_tables((table,), redaction.load_profile("public"))
    assert not {"household_count", "affected_area_m2"} & set(table.rows[0])


def test_other_columns_are_compared_as_they_are(tmp_path):
    (tmp_path / "maps" / "recipes").mkdir(parents=True)
    (tmp_path / "maps" / "recipes" / "own.toml").write_text(
        'compare_column = "side"\n[title]\nvi = "A"\nen = "A"\n[[layers]]\nsource = "handover"\n'
        'columns = ["side", "state"]\nfilters = ["side"]\n',
        encoding="utf-8",
    )
    found = found_in(vp.write_project(tmp_path))
    content = gather(
        found, recipe.load_recipe("own", tmp_path), redaction.load_profile("committee")
    )
    assert content.recipe.compare_column == "side"
    assert content.notices == ()
