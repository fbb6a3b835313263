"""The data rooms: the project's own file wins, and what is missing or broken is named."""

import pytest

from geotool import resources
from geotool.errors import DataError


def test_the_projects_own_file_wins(tmp_path):
    built_in = resources.find("layers", "rules/graves.toml")
    assert resources.find("layers", "rules/graves.toml", project_dir=tmp_path) == built_in
    own = tmp_path / "layers" / "rules" / "graves.toml"
    own.parent.mkdir(parents=True)
    own.write_text("a = 1\n", encoding="utf-8")
    assert resources.find("layers", "rules/graves.toml", project_dir=tmp_path) == own
    assert resources.load_toml("layers", "rules/graves.toml", project_dir=tmp_path) == {"a": 1}


def test_names_are_those_of_both_places(tmp_path):
    own = tmp_path / "maps" / "recipes"
    own.mkdir(parents=True)
    (own / "wells.toml").write_text("", encoding="utf-8")
    names = resources.list_names("maps", "recipes", ".toml", project_dir=tmp_path)
    assert {"wells", "overview"} <= set(names)
    assert names == sorted(names)


def test_a_missing_file_lists_what_there_is():
    with pytest.raises(DataError) as refused:
        resources.find("layers", "rules/nothing.toml")
    assert "nothing.toml" in refused.value.message
    assert "graves" in refused.value.remedy


@pytest.mark.parametrize(("data", "word"), [(b"a = \n", "TOML"), (b"a = '\xff\xfe'\n", "UTF-8")])
def test_a_broken_file_is_named(tmp_path, data, word):
    path = tmp_path / "broken.toml"
    path.write_bytes(data)
    with pytest.raises(DataError, match=word) as refused:
        resources.parse_toml_file(path)
    assert "broken.toml" in refused.value.message


def test_a_byte_order_mark_is_no_mistake(tmp_path):
    path = tmp_path / "bom.toml"
    path.write_bytes(b"\xef\xbb\xbfa = 1\n")
    assert resources.parse_toml_file(path) == {"a": 1}
