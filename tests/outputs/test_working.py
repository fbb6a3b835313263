"""Hidden working folders: gone with their block, and swept when their process was killed."""

import shutil
import subprocess
import sys

import pytest

from geotool import outputs
from geotool.errors import OutputError
from geotool.outputs import working

HOLDING = """
import pathlib, sys, time
from geotool import outputs
with outputs.working_folder(pathlib.Path("out.gpkg")) as folder:
    (folder / "rows").write_text("names")
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path):
    """Another process in whose working folder rows are laid aside."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDING], cwd=tmp_path, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def hidden(folder):
    return sorted(item.name for item in folder.iterdir())


def test_it_goes_with_its_block(tmp_path):
    with outputs.working_folder(tmp_path / "a.gpkg") as folder:
        (folder / "rows").write_text("x")
        assert list(tmp_path.rglob("rows")) == [folder / "rows"]
    assert hidden(tmp_path) == []


def test_the_folder_of_a_killed_process_goes_at_the_next_write(tmp_path, holder):
    (name,) = hidden(tmp_path)
    assert name.startswith(f".geotool-{holder.pid}-")
    outputs.write_text(tmp_path / "a.txt", "x")
    assert hidden(tmp_path) == [name, "a.txt"]
    assert list(tmp_path.rglob("rows"))
    holder.kill()
    holder.wait()
    outputs.write_text(tmp_path / "b.txt", "x")
    assert hidden(tmp_path) == ["a.txt", "b.txt"]


def test_folders_that_are_in_use_or_no_ones_stay(tmp_path):
    (tmp_path / ".geotool-notes").mkdir()
    (tmp_path / ".geotool-file").write_text("x")
    with outputs.working_folder(tmp_path / "a.gpkg") as first:
        with outputs.working_folder(tmp_path / "b.gpkg"):
            assert first.is_dir()
        assert first.is_dir()
    assert hidden(tmp_path) == [".geotool-file", ".geotool-notes"]


@pytest.mark.parametrize("said", [b"", b"another computer"])
def test_only_this_computer_knows_its_processes(tmp_path, said):
    """On a shared drive the locks of others may not be seen; nor those of a folder just made."""
    folder = tmp_path / ".geotool-1-x"
    folder.mkdir()
    (folder / "lock").write_bytes(said)
    working.remove_abandoned(tmp_path)
    assert folder.is_dir()
    (folder / "lock").write_bytes(working_text(tmp_path))
    working.remove_abandoned(tmp_path)
    assert not folder.exists()


def working_text(folder):
    """Return what the lock of a new working folder says."""
    with outputs.working_folder(folder / "a") as made:
        return (made.parent / "lock").read_bytes()


def test_a_drive_without_locks(tmp_path, monkeypatch):
    def fail(_file):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(working, "_lock", fail)
    with outputs.working_folder(tmp_path / "a") as first:
        with outputs.working_folder(tmp_path / "b"):
            assert first.is_dir()
        assert first.is_dir()
    assert hidden(tmp_path) == []


def test_failures_of_others_are_not_those_of_the_output(tmp_path):
    with pytest.raises(PermissionError), outputs.working_folder(tmp_path / "a"):
        raise PermissionError(13, "the drive of the source")
    with pytest.raises(OutputError, match="another program holds it"), working.writing(tmp_path):
        raise PermissionError(13, "in use")


def test_a_folder_that_is_not_there(tmp_path):
    shutil.rmtree(tmp_path)
    with (
        pytest.raises(OutputError, match="nothing can be written"),
        outputs.working_folder(tmp_path / "a"),
    ):
        pass
