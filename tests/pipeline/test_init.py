"""``init``: whole projects or nothing."""

import tomllib
from pathlib import Path

import pytest

from geotool import outputs, project, resources
from geotool.errors import OutputError, OutputExistsError, ProjectError, UsageError
from geotool.pipeline import init


def files_of(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def bytes_of(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_empty_project(tmp_path):
    folder = tmp_path / "deep" / "xa_moi"
    answer = init.init_project(folder, sample=None, overwrite=False)
    assert answer == {"project": folder.as_posix(), "layers": []}
    assert files_of(folder) == [
        "geotool.toml",
        "layers",
        "layers/README.md",
        "maps",
        "maps/README.md",
    ]
    text = (folder / "geotool.toml").read_text(encoding="utf-8")
    empty = {"layers": {}, "src_crs": {}, "strips": {}, "graves": {}, "maps": {}, "report": {}}
    assert tomllib.loads(text) == {"project": {"name": "xa_moi", "language": "vi"}, **empty}
    with pytest.raises(ProjectError, match="crs is missing"):
        project.load_project(folder)


def test_an_empty_project_says_what_to_fill_in(tmp_path):
    answer = init.start_project(tmp_path / "xa", sample=None, overwrite=False)
    assert "fill it in" in answer.words[0]
    path = tmp_path / "xa" / "geotool.toml"
    text = path.read_text(encoding="utf-8")
    head = text.partition("[project]")[0]
    for word in ("layers/", "crs", "[corridor]", "geotool validate", "geotool run"):
        assert word in head
    lines = ("crs =", "[corridor]", "left_m =", "right_m =", "margin_m =", "recipes =", "on =")
    for line in lines:
        assert text.count(f"\n# {line}") == 1
        text = text.replace(f"\n# {line}", f"\n{line}")
    path.write_text(text, encoding="utf-8")
    loaded = project.load_project(tmp_path / "xa")
    assert (loaded.crs, loaded.on, loaded.margin_m) == ("EPSG:9209", "2024-12-31", 25.0)
    assert loaded.corridor == project.CorridorChoice("constant", 35.0, 35.0)
    assert loaded.recipes == ("overview",)


def test_template_documents_every_key():
    for text in (init.template_toml({}, {}), init.template_toml({}, {"parcels": "layers/p.gpkg"})):
        lines = text.splitlines()
        joined = " ".join(line.removeprefix("#").strip() for line in lines)
        for key, meaning in project.project_keys():
            name = key.partition(".")[2]
            if key.startswith("layers."):
                assert any(line.lstrip("# ").startswith("parcels = ") for line in lines)
            elif key.startswith("src_crs."):
                assert '# stakes = "EPSG:9209"' in lines
            else:
                assert any(line.startswith((f"{name} = ", f"# {name} = ")) for line in lines), key
            assert " ".join(meaning.split()) in joined
        assert max(map(len, lines)) <= 100


@pytest.mark.parametrize("name", ["ky_anh", "lang_son", "thach_ha"])
def test_template_says_all_of_a_samples_settings(name):
    settings = resources.load_toml("layers", f"samples/{name}.toml")["settings"]
    written = tomllib.loads(init.template_toml(settings, {}))
    assert {name: table for name, table in written.items() if table} == settings


def test_template_with_every_example_taken_is_toml():
    lines = init.template_toml({}, {}).splitlines()
    names = {key.partition(".")[2] for key, _ in project.project_keys()}
    taken = [
        line.removeprefix("# ")
        for line in lines
        if line.removeprefix("# ").startswith("[")
        or line.removeprefix("# ").split(" = ")[0] in names
    ]
    content = tomllib.loads("\n".join(taken))
    assert content["corridor"] == {
        "left_m": 35.0,
        "right_m": 35.0,
        "widths": "layers/widths.csv",
        "stakes": "layers/stakes.xlsx",
        "version": "2",
    }


def test_sample_project_loads_and_says_what_it_is(tmp_path):
    folder = tmp_path / "ls"
    answer = init.init_project(folder, sample="lang_son", overwrite=False)
    assert {item["name"]: item["count"] for item in answer["layers"]} == {
        "border": 1,
        "communes": 5,
        "landmarks": 474,
        "landmark_roads": 140,
        "contributions": 198,
    }
    loaded = project.load_project(folder)
    assert loaded.sample is True
    assert loaded.on == "2023-04-18"
    assert list(loaded.layers) == [item["name"] for item in answer["layers"]]
    assert all((folder / item["path"]).is_file() for item in answer["layers"])
    assert (folder / "layers" / "contributions.csv").is_file()
    assert "synthetic" in (folder / "geotool.toml").read_text(encoding="utf-8")
    readme = (folder / "layers" / "README.md").read_text(encoding="utf-8")
    assert "landmark roads built: over 120" in readme
    assert "đường lên mốc đã làm: hơn 120" in readme
    assert "123" not in readme.replace("231.74", "")


def test_published_wording():
    item = {"value": 700, "qualifier_vi": "gần", "qualifier_en": "nearly"}
    assert init.published_text(item, "en") == "nearly 700"
    assert init.published_text(item, "vi") == "gần 700"
    item = {"value": 5.053, "qualifier_vi": "", "qualifier_en": ""}
    assert init.published_text(item, "vi") == "5,053"
    assert init.published_text({**item, "value": 1026}, "en") == "1,026"


def test_same_bytes_twice(tmp_path):
    for name in ("a", "b"):
        init.init_project(tmp_path / name / "p", sample="lang_son", overwrite=False)
    assert bytes_of(tmp_path / "a") == bytes_of(tmp_path / "b")


def test_existing_empty_folder_is_used(tmp_path):
    folder = tmp_path / "here"
    folder.mkdir()
    init.init_project(folder, sample=None, overwrite=False)
    assert files_of(folder)[0] == "geotool.toml"
    assert not [name for name in files_of(folder) if ".geotool" in name]


def test_full_folder_is_refused_then_replaced(tmp_path):
    folder = tmp_path / "full"
    (folder / "layers").mkdir(parents=True)
    (folder / "geotool.toml").write_text("old", encoding="utf-8")
    (folder / "layers" / "mine.csv").write_text("keep", encoding="utf-8")
    before = bytes_of(folder)
    with pytest.raises(OutputExistsError, match="not empty") as refused:
        init.init_project(folder, sample=None, overwrite=False)
    assert "replaces geotool.toml; every other file stays" in refused.value.remedy
    assert bytes_of(folder) == before
    init.init_project(folder, sample=None, overwrite=True)
    assert (folder / "layers" / "mine.csv").read_text(encoding="utf-8") == "keep"
    assert "[project]" in (folder / "geotool.toml").read_text(encoding="utf-8")


def test_a_file_in_the_way(tmp_path):
    place = tmp_path / "file"
    place.write_text("", encoding="utf-8")
    with pytest.raises(OutputError, match="is a file"):
        init.init_project(place, sample=None, overwrite=True)


def test_unknown_sample_leaves_nothing(tmp_path):
    with pytest.raises(UsageError, match="no sample"):
        init.init_project(tmp_path / "x" / "y", sample="none_such", overwrite=False)
    assert list(tmp_path.iterdir()) == []


def test_failure_while_writing_leaves_nothing(tmp_path, monkeypatch):
    real, seen = outputs.write_layer, []

    def fail_late(frame, path, *, layer, **options):
        seen.append(layer)
        if len(seen) == 3:
            raise OutputError("disk full")
        return real(frame, path, layer=layer, **options)

    monkeypatch.setattr(outputs, "write_layer", fail_late)
    with pytest.raises(OutputError, match="disk full"):
        init.init_project(tmp_path / "p", sample="lang_son", overwrite=False)
    assert list(tmp_path.iterdir()) == []


def test_failure_while_moving_restores(tmp_path, monkeypatch):
    folder = tmp_path / "p"
    init.init_project(folder, sample=None, overwrite=False)
    (folder / "layers" / "README.md").write_text("mine", encoding="utf-8")
    before = bytes_of(folder)
    real = Path.replace

    def locked(self, target):
        if Path(target) == folder / "geotool.toml" and "new" in self.parts:
            raise PermissionError(13, "another program holds it")
        return real(self, target)

    monkeypatch.setattr(Path, "replace", locked)
    with pytest.raises(OutputError, match="another program holds it"):
        init.init_project(folder, sample="lang_son", overwrite=True)
    assert bytes_of(folder) == before


@pytest.mark.parametrize(("sample", "told"), [(None, False), ("lang_son", True)])
def test_a_folder_of_layers_is_refused_without_alarm(tmp_path, sample, told):
    (tmp_path / "layers").mkdir()
    (tmp_path / "layers" / "mine.csv").write_text("keep", encoding="utf-8")
    with pytest.raises(OutputExistsError) as refused:
        init.init_project(tmp_path, sample=sample, overwrite=False)
    assert "adds the files of a project" in refused.value.remedy
    assert "replace" not in refused.value.remedy
    assert ("the layers of the sample" in refused.value.remedy) == told
