"""``geotool severance``: one JSON object, written pieces, refusals."""

import geopandas as gpd
import pandas as pd
import pytest

from tests import village_project as vp


def test_json_is_one_object(geotool, village_project):
    run = geotool("severance", "--project", village_project, "--json")
    assert run.exit_code == 0
    assert list(run.data) == [
        "parcel_count", "severed_count", "piece_count", "landlocked_count",
        "landlocked_unknown_count", "residual_count", "residual_area_m2", "severe_count",
        "severe_unknown_count", "unconfirmed_rules", "pieces", "holders",
    ]  # fmt: skip
    assert run.data["parcel_count"] == 40
    assert run.data["unconfirmed_rules"] == ["residuals", "severe_loss"]
    first = run.data["pieces"][0]
    assert first["parcel_id"] == "2-1"
    assert first["landlocked"] is True
    assert first["residual"] is False
    assert first["residual_reason"] is None
    assert run.data["holders"][0]["severe"] == "yes"
    assert "residuals.toml is not confirmed" in run.stderr


@pytest.mark.parametrize("language", ["vi", "en"])
def test_tables_have_words(geotool, village_project, language):
    run = geotool("severance", "--project", village_project, "--lang", language)
    assert run.exit_code == 0
    assert "piece_no" not in run.stdout
    assert "2-1" in run.stdout


def test_writes_pieces_as_layer_csv_and_stream(geotool, village_project, tmp_path):
    layer, table = tmp_path / "pieces.gpkg", tmp_path / "pieces.csv"
    for path in (layer, table):
        assert geotool("severance", "--project", village_project, "-o", path).exit_code == 0
    assert len(gpd.read_file(layer)) == len(pd.read_csv(table)) == 40
    run = geotool("severance", "--project", village_project, "-o", "-")
    assert run.stdout.replace("\r\n", "\n") == table.read_text(encoding="utf-8-sig")
    again = geotool("severance", "--project", village_project, "-o", table)
    assert again.exit_code == 4


def test_refusals(geotool, village_project, tmp_path):
    assert geotool("severance").exit_code == 2
    run = geotool("severance", "--project", village_project, "--json", "-o", "-")
    assert run.exit_code == 2
    folder = vp.write_project(tmp_path, layers={"parcels": None, "holdings": None})
    run = geotool("severance", "--project", folder, "--json")
    assert run.exit_code == 3
    assert "parcels" in run.stderr


@pytest.mark.parametrize(
    ("name", "line", "wrong"),
    [
        ("severe_loss", "denominator = 10", "denominator = 0"),
        ("severe_loss", 'land = "all"', "land = []"),
        ("severe_loss", 'land = "all"', 'land = [" "]'),
        ("severe_loss", 'land = "all"', 'land = ["LUA", "ONT+CLN"]'),
        ("severe_loss", "numerator = 1 ", "numerator = 11 "),
        ("severe_loss", 'land = "all"', 'land = "some"'),
        ("residuals", "access_over_right_of_way = false", 'access_over_right_of_way = "no"'),
        ("residuals", "access_m = 0.5", "access_m = -1"),
    ],
)
def test_a_wrong_rule_file_is_refused_by_name(geotool, tmp_path, name, line, wrong):
    from geotool import resources

    folder = vp.write_project(tmp_path)
    own = folder / "layers" / "rules"
    own.mkdir()
    built_in = resources.room_dir("layers") / "rules" / f"{name}.toml"
    text = built_in.read_text(encoding="utf-8")
    assert line in text
    (own / f"{name}.toml").write_text(text.replace(line, wrong), encoding="utf-8")
    run = geotool("severance", "--project", folder)
    assert run.exit_code == 3
    assert f"{name}.toml" in run.stderr
