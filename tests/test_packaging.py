"""The wheel holds what the tree holds and runs where nothing else of geotool is."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.floors import floors

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def wheel(tmp_path_factory):
    """Build the wheel from a copy of the tree, without reaching for the network."""
    folder = tmp_path_factory.mktemp("wheel")
    tree = folder / "tree"
    tree.mkdir()
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tree)
    for room in ("geotool", "layers", "maps"):
        shutil.copytree(ROOT / room, tree / room)
    command = [
        sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation",
        "--no-index", "--wheel-dir", str(folder), str(tree),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "deprecat" not in done.stderr.lower()
    return next(folder.glob("*.whl"))


def test_wheel_holds_every_file_of_the_tree(wheel):
    inside = set(zipfile.ZipFile(wheel).namelist())
    expected = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "geotool").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and "egg-info" not in str(path)
    }
    for room in ("layers", "maps"):
        expected |= {
            f"geotool/{path.relative_to(ROOT).as_posix()}"
            for path in (ROOT / room).rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }
    missing = sorted(expected - inside)
    assert not missing
    extra = {name for name in inside if ".dist-info/" not in name} - expected
    assert not extra


def test_wheel_runs_alone(wheel, tmp_path):
    target = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(target)
    code = (
        "import geotool, sys; from geotool.cli import main; "
        f"assert geotool.__file__.startswith({str(target)!r}), geotool.__file__; "
        "sys.argv = ['geotool', 'init', 'village', '--sample', 'thach_ha']; main()"
    )
    env = {**os.environ, "PYTHONPATH": str(target)}
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True, text=True, encoding="utf-8", cwd=tmp_path, env=env, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "village" / "geotool.toml").is_file()


@pytest.mark.skipif(
    "GEOTOOL_TEST_WHEEL" not in os.environ and os.environ.get("GEOTOOL_REQUIRE_ALL") != "1",
    reason="installs from the package index; set GEOTOOL_TEST_WHEEL=1",
)
def test_wheel_installs_in_a_fresh_environment(wheel, tmp_path):
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "env")], check=True)
    scripts = tmp_path / "env" / ("Scripts" if os.name == "nt" else "bin")
    subprocess.run([scripts / "python", "-m", "pip", "install", "-q", str(wheel)], check=True)
    project = tmp_path / "lang_son"
    for command in (
        ["init", str(project), "--sample", "lang_son"],
        ["run", "--project", str(project)],
    ):
        done = subprocess.run(
            [scripts / "geotool", *command], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    assert (project / "out" / "manifest.json").is_file()


def test_every_dependency_states_a_floor():
    assert floors()
    assert all("==" in line for line in floors())
