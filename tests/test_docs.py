"""The documents do not rot: commands, exit codes and columns are in them, and their blocks run."""

import re
import shlex
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from geotool import errors, rules, schema
from geotool.cli import QUESTIONS, cli
from geotool.project import project_keys
from geotool.share.render import recipe
from tests.test_architecture import RANKS

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
LAYERS = (ROOT / "layers" / "README.md").read_text(encoding="utf-8")
GUIDE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
MAPS = (ROOT / "maps" / "README.md").read_text(encoding="utf-8")


def walk(command, path=()):
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from walk(inner, (*path, name))
    else:
        yield path, command


@pytest.mark.parametrize("path", [path for path, _ in walk(cli)], ids=" ".join)
def test_every_command_is_documented_and_has_help(path):
    assert f"`{' '.join(path)}" in README
    result = CliRunner().invoke(cli, [*path, "--help"])
    assert result.exit_code == 0
    assert "--json" in result.output
    assert "--lang" in result.output


def test_every_command_belongs_to_a_question():
    named = [name for _, names in QUESTIONS for name in names]
    assert sorted(named) == sorted(cli.commands)


def test_no_command_declares_an_option_twice():
    for path, command in walk(cli):
        flags = [flag for parameter in command.params for flag in parameter.opts]
        assert len(flags) == len(set(flags)), path


def test_every_exit_code_is_documented():
    codes = {
        kind.exit_code
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.GeotoolError)
    }
    assert codes == {1, 2, 3, 4, 5}
    for code in (0, *codes):
        assert f"`{code}`" in README


def test_every_layer_and_column_is_documented():
    part = LAYERS.partition("## The layers")[2].partition("\n## ")[0]
    lines = [line.strip("|").split("|") for line in part.splitlines() if line.startswith("| ")]
    rows = {cells[0].strip(): [cell.strip() for cell in cells[1:]] for cells in lines}
    for name in schema.layer_names():
        known = schema.load_schema(name)
        tables = ["table"] if known.geometry_optional or not known.geometry else []
        columns = [f"**{one.name}**" if one.required else one.name for one in known.columns]
        assert rows[name] == [
            " or ".join([*known.geometry, *tables]),
            known.key or "–",
            ", ".join(columns),
            known.public,
        ], name


def test_every_rule_file_is_documented():
    for name in rules.list_rules():
        assert f"| {name} |" in LAYERS


def test_every_rank_is_documented():
    for room, rank in RANKS.items():
        if (ROOT / "geotool" / room).is_dir() or (ROOT / "geotool" / f"{room}.py").is_file():
            line = next(li for li in GUIDE.splitlines() if li.startswith(f"| {rank} |"))
            assert f"`{room}`" in line, room


def test_every_recipe_is_documented():
    for name in recipe.recipe_names():
        assert name in MAPS


def test_every_project_key_has_a_meaning():
    keys = dict(project_keys())
    assert {"project.crs", "corridor.left_m", "maps.profile", "report.on"} <= set(keys)
    assert all(keys.values())


def test_readme_block_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    block = re.search(r"```sh\n(.*?)```", README, re.DOTALL).group(1)
    lines = block.strip().splitlines()
    assert len(lines) >= 15
    for line in lines:
        words = shlex.split(line)
        assert words[0] == "geotool"
        result = CliRunner().invoke(cli, words[1:])
        assert result.exit_code == 0, f"{line}\n{result.output}\n{result.exception!r}"
    for made in ("strip.gpkg", "thu_hoi.csv", "mo.geojson", "tong_quan.html", "bao_cao.xlsx"):
        assert (tmp_path / made).stat().st_size > 1000


def test_readme_names_the_set_up():
    for words in ("make demo", "make test", "pip install"):
        assert words in README
    assert (ROOT / "maps" / "preview.png").is_file()
