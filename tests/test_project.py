from datetime import date

import pytest

from geotool import project
from geotool.errors import ProjectError

GOOD = """
[project]
name = "ky_anh"
crs = "EPSG:9209"

[layers]
parcel = "layers/parcels.gpkg"
alignments = "layers/all.gpkg#axis"

[corridor]
left_m = 20
right_m = 22.5
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "layers").mkdir()
    for name in ("parcels.gpkg", "all.gpkg", "odd#name.gpkg"):
        (tmp_path / "layers" / name).write_bytes(b"")
    return tmp_path


def load(folder, text):
    (folder / "geotool.toml").write_text(text, encoding="utf-8")
    return project.load_project(folder)


def refused(folder, text):
    with pytest.raises(ProjectError) as caught:
        load(folder, text)
    return caught.value


def test_a_small_project(folder):
    found = load(folder, GOOD)
    assert (found.name, found.title, found.crs, found.language) == (
        "ky_anh", "ky_anh", "EPSG:9209", "vi",
    )  # fmt: skip
    assert list(found.layers) == ["parcels", "alignments"]
    assert found.layers["parcels"] == project.LayerRef(
        "parcels", folder / "layers" / "parcels.gpkg", None
    )
    assert found.layers["alignments"].sublayer == "axis"
    assert found.layers["alignments"].path == folder / "layers" / "all.gpkg"
    assert found.corridor == project.CorridorChoice("constant", 20.0, 22.5)
    assert (found.profile, found.on, found.sample, found.recipes) == ("public", None, False, ())


def test_every_key_is_read(folder):
    text = """
[project]
name = "a"
title = "Đường Kỳ Anh"
crs = "9209"
language = "en"
rules = ["graves", "handover"]
sample = true
source = "Sketch"

[layers]
parcels = "layers/odd#name.gpkg"

[corridor]
left_m = 1
right_m = 2

[graves]
margin_m = 30

[maps]
profile = "internal"
recipient = "Ban QLDA"
recipes = []

[report]
on = 2024-12-31
"""
    found = load(folder, text)
    assert found.title == "Đường Kỳ Anh"
    assert found.language == "en"
    assert found.rules == ("graves", "handover")
    assert (found.sample, found.source_note) == (True, "Sketch")
    assert found.layers["parcels"].path.name == "odd#name.gpkg"
    assert found.margin_m == 30.0
    assert (found.profile, found.recipient) == ("internal", "Ban QLDA")
    assert found.on == "2024-12-31"
    assert date.fromisoformat(found.on)


def test_a_date_may_be_text(folder):
    assert load(folder, GOOD + '[report]\non = "2024-12-31"\n').on == "2024-12-31"


def test_paths_with_backslashes_are_understood(folder):
    found = load(folder, GOOD.replace('"layers/parcels.gpkg"', r"'layers\parcels.gpkg'"))
    assert found.layers["parcels"].path.is_file()


def test_everything_wrong_is_said_at_once(folder):
    text = """
speed = 1

[project]
crs = "EPSG:4326"
language = "fr"
colour = "red"
rules = ["nothing"]
sample = "yes"

[layers]
parcels = "layers/missing.gpkg"
parcel = "layers/parcels.gpkg"
pigs = "layers/pigs.gpkg"
graves = 7
roads = "https://office/roads"

[corridor]
left_m = -1
right_m = 5

[maps]
profile = "everybody"
recipes = ["no_such_map"]

[report]
on = "31/12/2024"
"""
    error = refused(folder, text)
    assert error.exit_code == 3
    expected = [
        "speed", "[project] name is missing", "language 'fr'", "Unknown key colour",
        "no 'nothing'", "sample must be true or false", "there is no file layers/missing.gpkg",
        "Unknown layer pigs", "graves needs a path", "https://office/roads is an address",
        "left_m must be metres", "profile 'everybody'", "no 'no_such_map'",
        "on must be a date", "[project] crs",
    ]  # fmt: skip
    for part in expected:
        assert part in error.message, part
    assert "geotool.toml" in error.message
    assert {problem.severity for problem in error.problems} == {"error"}
    assert {problem.rule for problem in error.problems} == {"bad_project"}


def test_a_missing_file_names_the_layer(folder):
    error = refused(folder, GOOD.replace("parcels.gpkg", "gone.gpkg"))
    assert "Layer parcel: there is no file layers/gone.gpkg" in error.message
    assert "geotool.toml" in str(error)
    assert error.problems[0].layer == "parcels"


def test_a_layer_named_twice_is_refused(folder):
    text = GOOD.replace("[corridor]", 'parcels = "layers/parcels.gpkg"\n[corridor]')
    assert "parcels is named twice" in refused(folder, text).message


def test_a_right_of_way_layer_and_a_corridor_are_ambiguous(folder):
    text = GOOD.replace("[corridor]", 'right_of_way = "layers/all.gpkg"\n[corridor]')
    assert "right_of_way" in refused(folder, text).message


@pytest.mark.parametrize("corridor", ["left_m = 5", "left_m = 0\nright_m = 0", 'left_m = "5"'])
def test_a_corridor_needs_both_widths(folder, corridor):
    text = GOOD.partition("[corridor]")[0] + "[corridor]\n" + corridor + "\n"
    assert "[corridor]" in refused(folder, text).message


def test_the_profile_internal_may_wait_for_its_recipient(folder):
    found = load(folder, GOOD + '[maps]\nprofile = "internal"\n')
    assert (found.profile, found.recipient) == ("internal", "")


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:999999", "nowhere"])
def test_the_system_must_be_projected(folder, crs):
    assert "[project] crs" in refused(folder, GOOD.replace("EPSG:9209", crs)).message


def test_a_folder_without_the_file_is_refused(tmp_path):
    with pytest.raises(ProjectError, match=r"no geotool\.toml"):
        project.load_project(tmp_path)


def test_bad_toml_names_the_line(folder):
    error = refused(folder, "[project]\nname = \n")
    assert "line 2" in error.message


def test_a_wrong_schema_of_the_projects_own_is_named(folder):
    (folder / "layers" / "schemas").mkdir()
    (folder / "layers" / "schemas" / "wells.toml").write_text("[layer]\ntitle = 5\n")
    error = refused(folder, GOOD.replace("[layers]", '[layers]\nwell = "layers/parcels.gpkg"'))
    assert "schemas/wells.toml: title in [layer] must be text" in str(error)


def test_a_system_that_is_not_projected_is_not_told_to_convert_a_layer(folder):
    error = refused(folder, GOOD.replace("EPSG:9209", "EPSG:4326"))
    assert "zone of your province" in str(error)
    assert "Convert the layer" not in str(error)


def test_every_key_is_documented_and_known():
    keys = dict(project.project_keys())
    known = {f"{table}.{key}" for table, names in project.KEYS.items() for key in names} | {
        "layers.<layer>",
        "src_crs.<layer>",
    }
    assert set(keys) == known
    assert all(meaning.endswith(".") for meaning in keys.values())


DATABASE = """
[project]
name = "ky_anh"
crs = "EPSG:9209"

[layers]
parcels = "postgresql://an@db.local:5433/dat#public.parcels"
households = "postgres://an@db.local/dat"
"""


def test_a_layer_may_be_a_table_of_a_database(folder):
    found = load(folder, DATABASE)
    assert found.layers["parcels"] == project.LayerRef(
        "parcels", "postgresql://an@db.local:5433/dat", "public.parcels"
    )
    assert found.layers["households"] == project.LayerRef(
        "households", "postgres://an@db.local/dat", None
    )
    assert found.notices == ()


def test_a_password_in_the_project_is_a_notice_that_does_not_repeat_it(folder):
    text = DATABASE.replace("an@db.local:5433", "an:Bi-Mat-9@db.local:5433")
    found = load(folder, text)
    assert found.layers["parcels"].path == "postgresql://an:Bi-Mat-9@db.local:5433/dat"
    (notice,) = found.notices
    assert (notice.severity, notice.rule, notice.layer) == (
        "notice", "password_in_project", "parcels",
    )  # fmt: skip
    assert "Bi-Mat-9" not in str(notice.as_dict())
    assert "pgpass" in notice.remedy
    _, problems = project.inspect_project(folder)
    assert problems == (notice,)


def test_a_broken_address_is_refused_without_its_password(folder):
    error = refused(folder, DATABASE.replace("an@db.local:5433", "an:Bi-Mat-9@db:port"))
    assert "not the address of a database" in str(error)
    assert "Bi-Mat-9" not in str(error)


def test_the_system_of_a_layer_is_stated_in_the_project(tmp_path):
    (tmp_path / "stakes.csv").write_text("Tên,X,Y\n", encoding="utf-8")
    text = (
        '[project]\nname = "p"\ncrs = "EPSG:9209"\n[layers]\nstakes = "stakes.csv"\n'
        '[src_crs]\nstake = "VN-2000 105-30"\n'
    )
    (tmp_path / "geotool.toml").write_text(text, encoding="utf-8")
    assert project.load_project(tmp_path).layers["stakes"].src_crs == "VN-2000 105-30"
    wrong = text.replace("stake =", "parcels =") + 'graves = "nowhere"\n'
    (tmp_path / "geotool.toml").write_text(wrong, encoding="utf-8")
    with pytest.raises(ProjectError) as refused:
        project.load_project(tmp_path)
    assert "parcels: the project has no such layer" in refused.value.message
    assert "[src_crs] graves" in refused.value.message
