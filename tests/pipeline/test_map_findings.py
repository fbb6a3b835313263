"""``validate`` explains every mistake of a project's own maps."""

import pytest

from tests import village_project as vp
from tests.cli.conftest import call

SOUND = '[title]\nvi = "A"\nen = "A"\n[[layers]]\nsource = "parcels"\ncolumns = ["parcel_id"]\n'
WRONG = (
    'date_slidr = true\n[title]\nvi = "A"\nen = "A"\n[[layers]]\nsource = "parcels"\n'
    'columns = ["parcel_id", "land_typ"]\nfilters = ["parcel"]\nsums = ["parcel_id"]\n'
)


def project(folder, text, *, named=False, name="own"):
    recipes = ("overview", *((name,) if named else ()))
    vp.write_project(folder, recipes=recipes)
    room = folder / "maps" / "recipes"
    room.mkdir(parents=True)
    (room / f"{name}.toml").write_text(text, encoding="utf-8")
    return folder


def of_maps(folder):
    run = call("validate", "--project", folder, "--json")
    rules = ("recipe_mistake", "recipe_unusable", "style_mistake", "label_mistake")
    return run, [problem for problem in run.data["problems"] if problem["rule"] in rules]


def test_a_sound_recipe_is_no_problem(tmp_path):
    assert of_maps(project(tmp_path, SOUND, named=True))[1] == []


@pytest.mark.parametrize(("named", "severity", "code"), [(True, "error", 3), (False, "finding", 0)])
def test_every_mistake_has_its_file_key_and_suggestion(tmp_path, named, severity, code):
    run, problems = of_maps(project(tmp_path, WRONG, named=named))
    assert run.exit_code == code
    assert {problem["severity"] for problem in problems} == {severity}
    assert {problem["place"] for problem in problems} == {"maps/recipes/own.toml"}
    told = {problem["key"]: problem["remedy"] for problem in problems}
    assert told["date_slidr"] == "Write 'date_slider'."
    assert told["layers[1].columns"] == "Write 'land_type'."
    assert told["layers[1].filters"] == "Write 'parcel_id'."
    assert "maps/README.md" in told["layers[1].sums"]


def test_a_recipe_that_is_no_toml_names_the_line_and_no_folder(tmp_path):
    _, problems = of_maps(project(tmp_path, "tables = []\ntitle = = 2\n"))
    (problem,) = problems
    assert problem["place"] == "maps/recipes/own.toml"
    assert "line" in problem["message"]
    assert str(tmp_path) not in problem["message"]


@pytest.mark.parametrize(
    ("data", "remedy"),
    [
        (b"tables = []\ntitle = = 2\n", "Correct that line and run again."),
        ("title = 'Đ'".encode("utf-16"), "Save the file as UTF-8 and run again."),
        (b"a = " + b"[" * 3000 + b"]" * 3000, "Write it with fewer brackets."),
    ],
)
def test_a_file_that_cannot_be_read_keeps_its_own_remedy(tmp_path, data, remedy):
    folder = project(tmp_path, SOUND, named=True)
    (folder / "maps" / "recipes" / "own.toml").write_bytes(data)
    run, (problem,) = of_maps(folder)
    assert (run.exit_code, problem["remedy"]) == (3, remedy)
    assert call("map", "own", "--project", folder, "-o", folder / "x.html").exit_code == 3


@pytest.mark.parametrize(
    ("text", "said"), [("[columns\n", "line 1"), ("[columns]\nkey = 5\n", "'columns.key'")]
)
def test_words_that_cannot_be_read_are_an_error_among_the_others(tmp_path, text, said):
    folder = project(tmp_path, WRONG)
    (folder / "maps" / "labels.vi.toml").write_text(text, encoding="utf-8")
    run, problems = of_maps(folder)
    assert run.exit_code == 3
    assert problems[0]["rule"] == "label_mistake"
    assert problems[0]["place"] == "maps/labels.vi.toml"
    assert said in problems[0]["message"]
    assert str(tmp_path) not in problems[0]["message"]
    assert len(problems) == 5
    plain = call("validate", "--project", folder)
    assert (plain.exit_code, "labels.vi.toml" in plain.stdout) == (3, True)


def test_a_recipe_is_not_blamed_for_the_styles(tmp_path):
    folder = project(tmp_path, SOUND + 'style = "mine"\n', named=True)
    text = '[styles.mine]\nfill = "red"\n'
    (folder / "maps" / "styles.toml").write_text(text, encoding="utf-8")
    assert [problem["rule"] for problem in of_maps(folder)[1]] == ["style_mistake"]


def test_a_column_to_add_is_the_remedy(tmp_path):
    text = SOUND + 'title_column = "land_type"\n'
    (problem,) = of_maps(project(tmp_path, text))[1]
    assert problem["remedy"] == "Add 'land_type' to its columns."


def test_mistakes_of_the_styles_are_told_once(tmp_path):
    folder = project(tmp_path, SOUND)
    styles = folder / "maps" / "styles.toml"
    styles.write_text('[styles.parcels]\nfill = "red"\nhatch = "wavy"\n', encoding="utf-8")
    run, problems = of_maps(folder)
    assert run.exit_code == 3
    assert [problem["rule"] for problem in problems] == ["style_mistake"] * 2
    styles.write_text("[styles\n", encoding="utf-8")
    (problem,) = of_maps(folder)[1]
    assert problem["place"] == "maps/styles.toml"
    assert str(tmp_path) not in problem["message"]


def test_a_recipe_for_layers_the_project_lacks_is_fine(tmp_path):
    text = SOUND.replace("parcels", "landmarks").replace("parcel_id", "landmark_id")
    folder = project(tmp_path, text, named=True)
    vp.write_project(folder, layers={"landmarks": None}, recipes=("own",))
    assert of_maps(folder)[1] == []


def test_hostile_words_of_a_recipe_are_told_as_they_are(tmp_path):
    hostile = "<img src=x onerror=alert(1)>{{ 7*7 }}"
    text = SOUND.replace("parcel_id", hostile)
    _, problems = of_maps(project(tmp_path, text))
    assert any(hostile in problem["message"] for problem in problems)
