"""What a recipe asks for in vain is told, with the reason."""

import json
import re
from dataclasses import replace

import geopandas as gpd
import pandas as pd
import pypdfium2
import pytest
import shapely

from geotool.pipeline.map_subject import too_many_classes
from geotool.share.render.style import Styles, load_styles
from tests import village_project as vp
from tests.cli.conftest import call

LAYER = '[title]\nvi = "A"\nen = "A"\n[[layers]]\nsource = "{}"\n{}\n'


@pytest.fixture
def draw(tmp_path):
    def draw(source, keys, *more, command="map", name="own", layers=None):
        vp.write_project(tmp_path / "p", layers=layers)
        room = tmp_path / "p" / "maps" / "recipes"
        room.mkdir(parents=True)
        (room / f"{name}.toml").write_text(LAYER.format(source, keys), encoding="utf-8")
        output = tmp_path / ("a.pdf" if command == "print" else "a.html")
        return call(command, name, "--project", tmp_path / "p", "-o", output, *more)

    return draw


def notices(run):
    return [line for line in run.stderr.splitlines() if line.startswith(("notice", "finding"))]


@pytest.mark.parametrize(
    "source", ["land_take", "cells", "crossings", "handover", "blockers", "land_take_by_section"]
)
def test_a_computed_layer_needs_no_title(draw, source):
    run = draw(source, 'columns = ["section_id"]' if source == "cells" else "", "--json")
    assert run.exit_code == 0, run.stderr


def test_a_public_map_of_parcels_says_that_the_profile_is_why(draw):
    run = draw("parcels", 'columns = ["parcel_id"]', "--profile", "public")
    assert run.exit_code == 0
    assert "only its background: the profile 'public' does not show parcels." in run.stderr
    assert "none of" not in run.stderr


def test_a_sheet_of_parcels_for_the_public_is_refused_with_what_to_name(draw):
    run = draw("parcels", 'columns = ["parcel_id"]', "--profile", "public", command="print")
    assert run.exit_code == 3
    assert "the profile 'public' does not show parcels" in run.stderr
    assert "land_take_by_section" in run.stderr
    assert "Add one of" not in run.stderr


def test_a_layer_whose_file_has_no_shapes_lacks_these(draw, tmp_path):
    folder = tmp_path / "p"
    (folder / "layers" / "schemas").mkdir(parents=True)
    (folder / "layers" / "schemas" / "wells.toml").write_text(
        '[layer]\ntitle = "Wells"\ngeometry = ["point"]\ngeometry_optional = true\n'
        'key = "well_id"\npublic = "features"\n[columns.well_id]\ntype = "text"\n'
        'required = true\nvisibility = "public"\ndescription = "Code"\n',
        encoding="utf-8",
    )
    (folder / "layers" / "wells.csv").write_text("well_id\nW1\n", encoding="utf-8")
    draw("wells", 'columns = ["well_id"]\nstyle = "graves"')
    path = folder / "geotool.toml"
    named = path.read_text(encoding="utf-8").replace(
        "[layers]\n", '[layers]\nwells = "layers/wells.csv"\n'
    )
    path.write_text(named, encoding="utf-8")
    run = call("map", "own", "--project", folder, "-o", tmp_path / "b.html", "--overwrite")
    assert run.exit_code == 0, run.stderr
    assert "only its background: there are no shapes of wells." in run.stderr


def test_a_column_the_profile_takes_away_is_told_and_not_on_the_page(draw, tmp_path):
    keys = 'columns = ["household_id", "head_name", "phone"]'
    run = draw("households", keys, "--profile", "committee")
    told = "notice: head_name, phone of households are not shown to the profile 'committee'."
    assert told in notices(run)
    assert "head_name" not in (tmp_path / "a.html").read_text(encoding="utf-8")


def test_who_may_see_all_is_told_nothing(draw):
    keys = 'columns = ["household_id", "head_name"]'
    run = draw("households", keys, "--profile", "internal", "--recipient", "R")
    assert not any("not shown" in line for line in notices(run))


def test_a_built_in_map_says_nothing_of_its_profile(tmp_path):
    vp.write_project(tmp_path / "p")
    run = call("map", "overview", "--project", tmp_path / "p", "-o", tmp_path / "a.html")
    assert "not shown" not in run.stderr


def test_a_legend_of_keys_is_told_by_the_map_and_by_validate(draw, tmp_path):
    run = draw(
        "parcels", 'columns = ["parcel_id"]\nclass_column = "parcel_id"', "--profile=committee"
    )
    told = [line for line in notices(run) if "classes" in line]
    assert told == ["finding: parcels: parcel_id has 100 classes, of which only 56 look different."]
    run = call("validate", "--project", tmp_path / "p", "--json")
    found = [one for one in run.data["problems"] if one["rule"] == "many_classes"]
    assert [one["key"] for one in found] == ["layers[1].class_column"]
    assert found[0]["place"] == "maps/recipes/own.toml"
    assert "few values" in found[0]["remedy"]


@pytest.mark.parametrize(
    ("source", "keys"),
    [
        ("land_take", 'columns = ["parcel_id"]\nclass_column = "parcel_id"'),
        ("findings", 'columns = ["message"]\nclass_column = "message"'),
        ("structures", 'columns = ["structure_id"]\nclass_column = "structure_id"'),
    ],
)
def test_map_and_validate_count_the_same_classes(draw, tmp_path, monkeypatch, source, keys):
    monkeypatch.setattr(Styles, "distinct_count", lambda *_: 3)
    plots = vp.all_layers()["parcels"]
    plots.loc[:4, "document_area_m2"] *= 2.0
    drawn = draw(source, keys, "--profile=committee", layers={"parcels": plots})
    told = [line for line in notices(drawn) if "look" in line]
    run = call("validate", "--project", tmp_path / "p", "--json")
    found = [one["message"] for one in run.data["problems"] if one["rule"] == "many_classes"]
    assert [line.removeprefix("finding: ") for line in told] == found
    assert len(found) == 1


def test_a_layer_the_profile_hides_is_told_once(draw):
    run = draw("parcels", 'columns = ["parcel_id"]', "--profile", "public")
    assert run.stderr.count("parcels") == 1


@pytest.mark.parametrize(("source", "count"), [("land_take_by_section", 0), ("roads", 1)])
def test_a_hidden_layer_for_which_another_stands_is_no_notice(draw, source, count):
    keys = f'columns = ["parcel_id"]\n[[layers]]\nsource = "{source}"'
    keys += '\n[[layers]]\nsource = "right_of_way"'
    run = draw("parcels", keys, "--profile", "public")
    assert run.exit_code == 0, run.stderr
    assert sum("parcels is not shown" in line for line in notices(run)) == count


def kinds(count, shape):
    names = [f"kind {number}" for number in range(count)]
    return gpd.GeoDataFrame({"kind": names}, geometry=[shape] * count, crs="EPSG:9209")


@pytest.mark.parametrize(
    ("style", "shape", "most"),
    [
        ("parcels", shapely.box(0, 0, 1, 1), 56),
        ("alignments", shapely.box(0, 0, 1, 1), 8),
        ("crossings", shapely.LineString([(0, 0), (1, 1)]), 8),
        ("graves", shapely.Point(0, 0), 40),
    ],
)
def test_how_many_classes_look_different_depends_on_what_is_drawn(style, shape, most):
    styles = load_styles()
    assert too_many_classes(kinds(most, shape), "kind", styles, style) == ""
    told = too_many_classes(kinds(most + 1, shape), "kind", styles, style)
    assert told == f"kind has {most + 1} classes, of which only {most} look different"


def test_a_palette_of_one_colour_leaves_hatching_and_shapes():
    styles = replace(load_styles(), palette=("#333333",))
    assert [styles.distinct_count("parcels", [kind]) for kind in (0, 1, 2)] == [5, 1, 7]
    assert styles.distinct_count("parcels", [0, 2]) == 5


def test_what_has_no_shape_is_no_class_of_the_map():
    frame = kinds(60, shapely.box(0, 0, 1, 1))
    frame.loc[10:, "geometry"] = None
    assert too_many_classes(frame, "kind", load_styles(), "parcels") == ""
    frame["geometry"] = None
    assert too_many_classes(frame, "kind", load_styles(), "parcels") == ""


def test_classes_with_symbols_of_their_own_do_not_count():
    styles = load_styles()
    names = [*styles.style("utilities").classes, None, *(f"kind {n}" for n in range(8))]
    line = shapely.LineString([(0, 0), (1, 1)])
    few = gpd.GeoDataFrame({"kind": names}, geometry=[line] * len(names), crs="EPSG:9209")
    assert too_many_classes(few, "kind", styles, "utilities") == ""
    more = pd.concat([few, few.tail(1).assign(kind="one more")])
    assert "9 classes" in too_many_classes(more, "kind", styles, "utilities")


SAID = {
    "vi": "Dự án chưa có số liệu nên bản đồ không thể hiện: {}.",
    "en": "Not on this map, as the project has no data: {}.",
}
SUBJECTS = {
    "graves": (("graves",), ("Mộ", "Graves")),
    "households": (("households", "holdings", "parcels"), ("Hộ gia đình", "Households")),
    "handover": (("events",), ("Mặt bằng đã bàn giao", "Handover of land")),
    "landmarks": (
        ("landmarks", "landmark_roads"),
        ("Đường ra mốc, Mốc quốc giới", "Landmark roads, Border landmarks"),
    ),
}


def drawn(folder, name, *more, profile="committee"):
    page = folder.parent / f"{name}.html"
    run = call("map", name, "--project", folder, "-o", page, "--profile", profile, *more)
    assert run.exit_code == 0, run.stderr
    return run, page.read_text(encoding="utf-8")


@pytest.mark.parametrize("profile", ["committee", "public"])
@pytest.mark.parametrize("name", SUBJECTS)
def test_a_map_without_its_subject_says_so_to_its_readers(tmp_path, name, profile):
    without, titles = SUBJECTS[name]
    folder = vp.write_project(tmp_path / "p", layers=dict.fromkeys(without))
    run, text = drawn(folder, name, profile=profile)
    assert "shows nothing of what it is about: none of" in run.stderr
    assert all(
        word.format(title) in text for word, title in zip(SAID.values(), titles, strict=True)
    )


@pytest.mark.parametrize("profile", ["committee", "public"])
@pytest.mark.parametrize("name", [*SUBJECTS, "affected_area", "severance", "communes"])
def test_a_map_of_what_it_is_about_says_nothing(tmp_path, name, profile):
    run, text = drawn(vp.write_project(tmp_path / "p"), name, profile=profile)
    assert "what it is about" not in run.stderr
    assert "only its background" not in run.stderr
    assert "Not on this map" not in text


def test_a_map_of_background_alone_names_what_it_is_about(tmp_path):
    keep = ("communes", "roads")
    lacking = {name: None for name in vp.all_layers() if name not in keep}
    folder = vp.write_project(tmp_path / "p", layers=lacking)
    path = folder / "geotool.toml"
    head, rest = path.read_text(encoding="utf-8").split("[corridor]")
    path.write_text(f"{head}[maps]{rest.split('[maps]')[1]}", encoding="utf-8")
    run, text = drawn(folder, "graves")
    assert "only its background" in run.stderr
    assert "what it is about" not in run.stderr
    assert SAID["vi"].format("Mộ") in text


def test_paper_without_its_subject_says_so(tmp_path):
    folder = vp.write_project(tmp_path / "p", layers={"graves": None})
    output = tmp_path / "a.pdf"
    run = call("print", "graves", "--project", folder, "-o", output, "--profile=committee")
    assert run.exit_code == 0, run.stderr
    assert "shows nothing of what it is about: none of graves." in run.stderr
    sheet = pypdfium2.PdfDocument(output.read_bytes())[0].get_textpage().get_text_bounded()
    assert SAID["en"].format("Graves") in " ".join(sheet.split())


@pytest.mark.parametrize("subject", ["", "graves"])
def test_an_own_map_says_so_where_it_names_its_subject(tmp_path, subject):
    folder = vp.write_project(tmp_path / "p", layers={"graves": None})
    (folder / "maps" / "recipes").mkdir(parents=True)
    text = f'subject = ["{subject}"]\n' if subject else ""
    text += LAYER.format("graves", 'main = true\n[[layers]]\nsource = "right_of_way"')
    (folder / "maps" / "recipes" / "own.toml").write_text(text, encoding="utf-8")
    run, _ = drawn(folder, "own")
    assert ("what it is about: none of graves" in run.stderr) == bool(subject)


@pytest.mark.parametrize(("name", "count"), [("landmarks", 0), ("graves", 3)])
def test_kilometres_stand_on_something(tmp_path, name, count):
    _, text = drawn(vp.write_project(tmp_path / "p"), name)
    ticks = json.loads(re.search(r'"ticks":(\[[^{}]*\])\}', text).group(1))
    assert len(ticks) == count


@pytest.mark.parametrize("output", ["x.pdf", "x.PDF", "x.png", "x", "x.html.gz"])
def test_a_page_is_no_other_file(tmp_path, output):
    folder = vp.write_project(tmp_path / "p")
    run = call("map", "graves", "--project", folder, "-o", tmp_path / output)
    assert run.exit_code == 2
    assert "geotool print" in run.stderr
    assert not (tmp_path / output).exists()


@pytest.mark.parametrize("output", ["x.HTML", "x.htm"])
def test_a_page_ends_as_pages_do(tmp_path, output):
    folder = vp.write_project(tmp_path / "p")
    assert call("map", "graves", "--project", folder, "-o", tmp_path / output).exit_code == 0
