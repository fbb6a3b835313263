"""A folder of finished files takes its place whole, or nothing changes."""

from pathlib import Path

import pytest

from geotool import outputs
from geotool.errors import OutputError


@pytest.fixture
def folders(tmp_path):
    staged, folder = tmp_path / "new", tmp_path / "out"
    for place, text in ((staged, "new"), (folder, "old")):
        (place / "inner").mkdir(parents=True)
        (place / "inner" / "b.txt").write_text(text, encoding="utf-8")
        (place / "a.txt").write_text(text, encoding="utf-8")
    (folder / "kept.txt").write_text("old", encoding="utf-8")
    (staged / "added.txt").write_text("new", encoding="utf-8")
    return staged, folder


def texts(folder):
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in files}


def test_files_are_replaced_and_others_stay(folders):
    staged, folder = folders
    outputs.publish(staged, folder, last="a.txt")
    assert texts(folder) == {
        "a.txt": "new",
        "added.txt": "new",
        "inner/b.txt": "new",
        "kept.txt": "old",
    }


def test_a_failure_puts_everything_back(folders, monkeypatch):
    staged, folder = folders
    before = texts(folder)
    replace = Path.replace

    def stop_at_the_last(self, target):
        if self == staged / "inner" / "b.txt":
            raise PermissionError(13, "in use")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", stop_at_the_last)
    with pytest.raises(OutputError, match=r"b\.txt") as refused:
        outputs.publish(staged, folder, last="b.txt")
    assert refused.value.exit_code == 4
    assert texts(folder) == before


def test_a_folder_in_the_way_is_named(folders):
    staged, folder = folders
    (folder / "a.txt").unlink()
    (folder / "a.txt").mkdir()
    with pytest.raises(OutputError, match="folder is in the way"):
        outputs.publish(staged, folder)
    assert texts(folder) == {"inner/b.txt": "old", "kept.txt": "old"}
