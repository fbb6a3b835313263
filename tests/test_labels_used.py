"""Every word the code asks for exists in both languages."""

import ast
from pathlib import Path

from geotool import labels
from geotool.pipeline import assess, graves, stats

ROOT = Path(__file__).resolve().parent.parent


def keys_asked_for():
    """Return the label keys written in the code: tables, columns and plain keys."""
    keys = {f"columns.{name}" for name in [*stats.KINDS, *graves.COUNTS, *assess.TOTALS]}
    for path in (ROOT / "geotool").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            first = node.args[0]
            if not isinstance(first, ast.Constant) or not isinstance(first.value, str):
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name == "TableColumn":
                keys.add(f"columns.{first.value}")
            elif name == "Table":
                keys.add(f"tables.{first.value}")
            elif name in ("text", "both", "format") and "." in first.value:
                keys.add(first.value)
    return keys


def test_every_key_has_words():
    words = labels.load_labels()
    missing = sorted(key for key in keys_asked_for() if not words.has(key))
    assert not missing


def test_tables_made_by_name_have_titles():
    words = labels.load_labels()
    for by in ("commune", "section", "land_type", "parcel", "group"):
        assert words.has(f"tables.land_take_by_{by}")
    for noun in ("households", "graves"):
        for by in ("commune", "section"):
            assert words.has(f"tables.{noun}_by_{by}")
