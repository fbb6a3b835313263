"""Files that go when new ones take their place: all of it, or nothing."""

from pathlib import Path

import pytest

from geotool import outputs
from geotool.errors import OutputError


def staged_in(folder):
    staged = folder / "staged"
    staged.mkdir()
    (staged / "new").write_text("new")
    return staged


def test_stale_files_go_with_the_move(tmp_path):
    staged = staged_in(tmp_path)
    (tmp_path / "old").write_text("old")
    outputs.publish(staged, tmp_path, stale=[tmp_path / "old"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new", "staged"]


def test_when_one_cannot_go_all_are_put_back(tmp_path, monkeypatch):
    staged = staged_in(tmp_path)
    for name in ("old", "held"):
        (tmp_path / name).write_text(name)
    plain = Path.replace

    def replace(self, target):
        if self.name == "held":
            raise PermissionError(13, "held")
        return plain(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(OutputError, match="held"):
        outputs.publish(staged, tmp_path, stale=[tmp_path / "old", tmp_path / "held"])
    found = {path.name: path.read_text() for path in tmp_path.iterdir() if path.is_file()}
    assert found == {"old": "old", "held": "held"}
