"""What a recipe asks for in vain is told, with the reason."""

import pandas as pd
import pytest

from geotool.pipeline.map_subject import too_many_classes
from geotool.share.render.style import load_styles
from tests import village_project as vp
from tests.cli.conftest import call

LAYER = '[title]\nvi = "A"\nen = "A"\n[[layers]]\nsource = "{}"\n{}\n'


@pytest.fixture
def draw(tmp_path):
    def draw(source, keys, *more, command="map", name="own"):
        vp.write_project(tmp_path / "p")
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


def test_classes_with_symbols_of_their_own_do_not_count():
    styles = load_styles()
    known = [*styles.style("utilities").classes]
    few = pd.Series([*known, None, *(f"kind {n}" for n in range(56))], name="kind")
    assert too_many_classes(few, styles, "utilities") == ""
    more = pd.Series([*few, "one more"], name="kind")
    assert "57 classes" in too_many_classes(more, styles, "utilities")
