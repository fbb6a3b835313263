import pytest

from tests import village as v
from tests.village_project import write_project


@pytest.fixture
def project(tmp_path):
    return write_project(
        tmp_path, layers={"alignments": v.alignments().assign(road_class="expressway")}
    )


def test_json_says_what_stands_in_each_strip(geotool, project):
    run = geotool("strips", "--project", project, "--json")
    assert run.exit_code == 0
    data = run.data
    keys = {"strips", "structure_count", "dwelling_count", "household_count"}
    assert keys | {"restricted_area_m2", "unconfirmed_count"} <= set(data)
    safety = next(row for row in data["strips"] if row["strip"] == "safety")
    assert safety["area_m2"] == pytest.approx(68_000)
    assert safety["alignment_id"] == "A1"
    assert safety["effective_from"] == "2025-01-01"
    assert safety["confirmed"] is False
    assert "165/2024" in safety["citation"]
    assert data["structure_count"] == 10
    assert "not compared with the text in force" in run.stderr


def test_the_table_says_what_is_not_confirmed_in_both_languages(geotool, project):
    english = geotool("strips", "--project", project)
    assert english.exit_code == 0
    assert "Safety corridor of the road" in english.stdout
    assert "check before use" in english.stdout
    vietnamese = geotool("strips", "--project", project, "--lang", "vi")
    assert "Hành lang an toàn đường bộ" in vietnamese.stdout
    assert "Đã đối chiếu văn bản" in vietnamese.stdout


def test_no_project_is_a_wrong_call(geotool):
    assert geotool("strips").exit_code == 2


def test_a_project_without_a_right_of_way_is_refused(geotool, project):
    text = (project / "geotool.toml").read_text(encoding="utf-8")
    start, end = text.index("[corridor]"), text.index("[maps]")
    (project / "geotool.toml").write_text(text[:start] + text[end:], encoding="utf-8")
    run = geotool("strips", "--project", project, "--json")
    assert run.exit_code == 3
    assert run.data["ok"] is False
    assert "right of way" in run.data["error"]["message"]


def test_a_project_with_nothing_that_has_a_strip_is_refused(geotool, tmp_path):
    layers = {"alignments": None, "utilities": None, "events": None}
    folder = write_project(tmp_path, layers={**layers, "right_of_way": v.right_of_way()})
    toml = folder / "geotool.toml"
    text = toml.read_text(encoding="utf-8")
    start, end = text.index("[corridor]"), text.index("[maps]")
    toml.write_text(text[:start] + text[end:], encoding="utf-8")
    run = geotool("strips", "--project", folder)
    assert run.exit_code == 3
    assert "nothing has a strip" in run.stderr


def test_a_bridge_off_every_label_is_refused_by_name(geotool, tmp_path):
    folder = write_project(tmp_path)
    path = folder / "layers" / "bridges.csv"
    path.write_text(
        "bridge_id,from_chainage,to_chainage,left_m,right_m\nB1,Km10+100,,12,12\n", "utf-8"
    )
    toml = folder / "geotool.toml"
    text = toml.read_text(encoding="utf-8")
    toml.write_text(text.replace("[layers]", '[layers]\nbridges = "layers/bridges.csv"'), "utf-8")
    run = geotool("strips", "--project", folder)
    assert run.exit_code == 3
    assert "B1" in run.stderr
    assert "Traceback" not in run.stderr
