"""How a rule file is read: its head, its tables, and numbers and texts in them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from geotool import resources
from geotool.errors import DataError

_FOLDER = "rules"
_HEAD: Mapping[str, type] = MappingProxyType(
    {"title": str, "citation": str, "effective_from": date, "confirmed": bool}
)


@dataclass(frozen=True)
class RuleFile:
    """One rule file: where its numbers come from and the numbers.

    ``values`` holds the file's tables other than ``[rule]``; ``note`` says what is open.
    """

    name: str
    title: str
    citation: str
    effective_from: date
    confirmed: bool
    note: str
    values: Mapping[str, Mapping[str, Any]]


def list_rules(*, project_dir: Path | None = None) -> list[str]:
    """Return the sorted names of all rule files, the project's own included."""
    return resources.list_names("layers", _FOLDER, ".toml", project_dir=project_dir)


def load_rule(name: str, *, project_dir: Path | None = None) -> RuleFile:
    """Return one rule file.

    Raises
    ------
    DataError
        When there is no such file, or its ``[rule]`` table lacks title, citation,
        effective_from (a date) or confirmed (true or false).
    """
    if project_dir is None:
        return _load_builtin(name)
    return _load(name, project_dir)


@cache
def _load_builtin(name: str) -> RuleFile:
    return _load(name, None)


def _load(name: str, project_dir: Path | None) -> RuleFile:
    content = resources.load_toml("layers", f"{_FOLDER}/{name}.toml", project_dir=project_dir)
    written = content.pop("rule", {})
    head = written if isinstance(written, dict) else {}
    wrong = [
        key
        for key, kind in _HEAD.items()
        if not isinstance(head.get(key), kind) or isinstance(head[key], datetime)
    ]
    wrong += [key for key in ("title", "citation") if key not in wrong and not head[key].strip()]
    if wrong:
        raise DataError(
            f"layers/rules/{name}.toml: [rule] needs {', '.join(wrong)}.",
            remedy="Give title and citation as text, effective_from as a date (2016-01-31), "
            "confirmed as true or false.",
        )
    loose = sorted(key for key, value in content.items() if not isinstance(value, dict))
    if loose:
        raise DataError(
            f"layers/rules/{name}.toml: {', '.join(loose)} stands outside a table.",
            remedy="Put it into the table that its README line names.",
        )
    values = {key: MappingProxyType(table) for key, table in content.items()}
    return RuleFile(
        name=name,
        title=head["title"],
        citation=head["citation"],
        effective_from=head["effective_from"],
        confirmed=head["confirmed"],
        note=str(head.get("note", "")),
        values=MappingProxyType(values),
    )


def read_table(rule: RuleFile, table: str) -> Mapping[str, Any]:
    """Return a table of a rule file; DataError where it is missing."""
    if table not in rule.values:
        raise DataError(
            f"layers/rules/{rule.name}.toml: the table [{table}] is missing.",
            remedy="Add it as in geotool's own file of that name.",
        )
    return rule.values[table]


def read_number(rule: RuleFile, table: str, key: str) -> float:
    """Return a number of at least 0; DataError names what is wrong."""
    value = read_table(rule, table).get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e300:
        raise DataError(
            f"layers/rules/{rule.name}.toml: [{table}] {key} must be a number of at least 0.",
            remedy="Correct the file.",
        )
    return float(value)


def read_whole(rule: RuleFile, table: str, key: str) -> int:
    """Return a whole number above 0; DataError names what is wrong."""
    value = read_table(rule, table).get(key)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise DataError(
            f"layers/rules/{rule.name}.toml: [{table}] {key} must be a whole number above 0.",
            remedy="Correct the file.",
        )
    return value


def read_flag(rule: RuleFile, table: str, key: str) -> bool:
    """Return true or false; DataError names what is wrong."""
    value = read_table(rule, table).get(key)
    if not isinstance(value, bool):
        raise DataError(
            f"layers/rules/{rule.name}.toml: [{table}] {key} must be true or false.",
            remedy="Correct the file.",
        )
    return value


def read_texts(rule: RuleFile, table: str, key: str) -> tuple[str, ...]:
    """Return a list of texts; DataError names what is wrong."""
    value = read_table(rule, table).get(key)
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise DataError(
            f"layers/rules/{rule.name}.toml: [{table}] {key} must be a list of texts.",
            remedy="Correct the file.",
        )
    return tuple(value)
