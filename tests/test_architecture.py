"""The house holds: imports point one way, rooms stay small, libraries stay in their rooms."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "geotool"
MODULES = sorted(PACKAGE.rglob("*.py"))

RANKS = {
    "errors": 0, "units": 0,
    "addresses": 1, "resources": 1, "crs": 1, "labels": 1, "rules": 1, "pieces": 1, "plain_text": 1,
    "records": 2, "cells": 2, "numerals": 2, "unit_names": 2, "aliases": 2, "coercion": 2,
    "schema": 2, "project": 2, "project_reader": 2, "provenance": 2,
    "sources": 3, "outputs": 3, "solve": 3,
    "route": 4,
    "affected": 5, "graves": 5, "border": 5, "communes": 5,
    "progress": 6,
    "choices": 7,
    "share": 8,
    "pipeline": 9,
    "cli": 10,
}  # fmt: skip
WINGS = ("solve", "route", "affected", "graves", "border", "communes", "progress", "choices")
MAX_LINES, MAX_BODY, MAX_COMPLEXITY, MAX_PARAMETERS = 400, 50, 10, 6


def room_of(path):
    """Return the room a module belongs to, or None for the package's own front doors."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return None if parts[0] in ("__init__", "__main__") else parts[0]


def dotted(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path):
    """Return every absolute module a file imports, also inside functions."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def functions(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def complexity(function):
    branches = (
        ast.If, ast.For, ast.While, ast.ExceptHandler, ast.IfExp, ast.comprehension, ast.Assert
    )  # fmt: skip
    count = 1
    for node in ast.walk(function):
        if isinstance(node, branches):
            count += 1
        elif isinstance(node, ast.BoolOp):
            count += len(node.values) - 1
    return count


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_imports_point_down(path):
    room = room_of(path)
    if room is None:
        return
    for module in imports(path):
        other = module.split(".")
        if other[0] != "geotool" or len(other) < 2 or other[1] not in RANKS:
            continue
        if other[1] == room:
            continue
        assert RANKS[other[1]] < RANKS[room] or _same_rank_foundation(room, other[1]), (
            f"{dotted(path)} (rank {RANKS[room]}) imports {module} (rank {RANKS[other[1]]})"
        )


def _same_rank_foundation(room, other):
    """Ranks 0 to 3 are layers of single rooms: within one rank they may build on each other."""
    return RANKS[room] == RANKS[other] <= 3


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_every_room_has_a_rank(path):
    room = room_of(path)
    assert room is None or room in RANKS


def module_edges(path, names):
    """Return the modules of geotool a file imports; a package counts where a name is its own."""
    edges = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            edges.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                edges.add(inner if inner in names else node.module)
    return edges & names - {dotted(path)}


def test_no_import_cycles():
    names = {dotted(path) for path in MODULES}
    graph = {dotted(path): module_edges(path, names) for path in MODULES}
    done, path = set(), []

    def visit(name):
        assert name not in path, " -> ".join([*path[path.index(name) :], name])
        if name in done:
            return
        path.append(name)
        for target in sorted(graph[name]):
            visit(target)
        path.pop()
        done.add(name)

    for name in sorted(graph):
        visit(name)


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_libraries_stay_in_their_rooms(path):
    room = room_of(path)
    tops = {module.split(".")[0] for module in imports(path)}
    inside_render = "render" in path.parts
    assert inside_render or not tops & {"folium", "branca"}
    assert room == "cli" or "click" not in tops
    if room in WINGS:
        assert not tops & {"pathlib", "os", "io", "time", "datetime", "random", "click", "folium"}


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_budget(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_LINES
    for function in functions(path):
        where = f"{dotted(path)}.{function.name}"
        body = function.end_lineno - function.body[0].lineno + 1
        assert body <= MAX_BODY, f"{where}: {body} lines"
        assert complexity(function) <= MAX_COMPLEXITY, f"{where}: {complexity(function)}"
        arguments = function.args
        assert arguments.kwarg is None, f"{where}: **{arguments.kwarg and arguments.kwarg.arg}"
        names = [a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
        own = [name for name in names if name not in ("self", "cls")]
        callback = room_of(path) == "cli" and function.decorator_list
        assert callback or len(own) <= MAX_PARAMETERS, f"{where}: {len(own)} parameters"
        annotated = [
            a for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
            if a.arg not in ("self", "cls") and a.annotation is None
        ]  # fmt: skip
        assert not annotated and function.returns is not None, f"{where}: annotations"


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_habits_the_house_bans(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in ("print", "eval", "exec"), f"line {node.lineno}"
        if isinstance(node, ast.ExceptHandler):
            assert node.type is not None
            assert ast.unparse(node.type) not in ("Exception", "BaseException")
        if isinstance(node, ast.ImportFrom):
            assert all(alias.name != "*" for alias in node.names)
    assert path.stem not in ("utils", "helpers", "common")


SILENCERS = ("noqa", "type: ignore", "pragma: no cover", "TODO", "FIXME", "XXX")


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_nothing_is_silenced_or_left_open(path):
    text = path.read_text(encoding="utf-8")
    assert not [word for word in SILENCERS if word in text]


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_private_names_stay_in_their_module(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("geotool"):
            private = [alias.name for alias in node.names if alias.name.startswith("_")]
            assert set(private) <= {"__version__"}, private


def test_data_rooms_hold_no_python():
    for room in ("layers", "maps"):
        assert not list((ROOT / room).rglob("*.py"))
