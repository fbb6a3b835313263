"""The help fits a terminal: first lines whole, examples on one line each."""

import re

import click
import pytest

from geotool.cli import QUESTIONS, cli

COMMANDS = [(name,) for _, names in QUESTIONS for name in names]
COMMANDS += [("graves", "demand"), ("landmarks", "status")]


def help_of(geotool, monkeypatch, width, *command):
    monkeypatch.setenv("COLUMNS", str(width))
    run = geotool(*command, "--help")
    assert run.exit_code == 0
    return run.stdout


@pytest.mark.parametrize("width", [80, 100, 200])
@pytest.mark.parametrize("command", [(), ("graves",), ("landmarks",)])
def test_no_command_is_described_by_half_a_sentence(geotool, monkeypatch, width, command):
    text = help_of(geotool, monkeypatch, width, *command)
    assert "..." not in text.replace("[ARGS]...", "")
    assert max(map(len, text.splitlines())) <= min(width, 100)
    for group in QUESTIONS if not command else ():
        for name in group[1]:
            assert re.search(rf"^  {name} +\S.*[.?]$", text, re.MULTILINE), name


@pytest.mark.parametrize("command", COMMANDS)
def test_examples_stand_on_one_line_and_can_be_called(geotool, monkeypatch, command):
    found = cli
    for name in command:
        found = found.commands[name]
    text = help_of(geotool, monkeypatch, 80, *command)
    for example in (found.epilog or "").splitlines():
        assert f"  {example}" in text.splitlines()
        words = [word.strip('"') for word in re.findall(r'"[^"]*"|\S+', example)]
        assert words[: len(command) + 1] == ["geotool", *command]
        with click.Context(found) as context:
            found.parse_args(context, words[len(command) + 1 :])
