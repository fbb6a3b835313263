"""How severe each check is, from ``layers/rules/checks.toml``."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal, get_args

from geotool.errors import DataError
from geotool.rules.files import RuleFile, load_rule, read_table

Severity = Literal["error", "finding", "notice"]


@dataclass(frozen=True)
class CheckRule:
    """How grave a broken rule is, and the label keys of its name and its remedy."""

    rule: str
    severity: Severity
    message_key: str
    remedy_key: str


def load_checks(*, project_dir: Path | None = None) -> Mapping[str, CheckRule]:
    """Return every data check by rule name: its severity and its label keys.

    A project's ``layers/rules/checks.toml`` may name only the severities it changes.

    Raises
    ------
    DataError
        When a severity is none of error, finding, notice.
    """
    if project_dir is None:
        return _builtin_checks()
    checks = dict(_builtin_checks())
    checks.update(_checks_of(load_rule("checks", project_dir=project_dir)))
    return MappingProxyType(checks)


@cache
def _builtin_checks() -> Mapping[str, CheckRule]:
    return MappingProxyType(_checks_of(load_rule("checks")))


def _checks_of(rule: RuleFile) -> dict[str, CheckRule]:
    severities = read_table(rule, "severity")
    wrong = {name: text for name, text in severities.items() if text not in get_args(Severity)}
    if wrong:
        listed = ", ".join(f"{name} = {text!r}" for name, text in sorted(wrong.items()))
        raise DataError(
            f"layers/rules/checks.toml: {listed} is no severity.",
            remedy=f"Use one of {', '.join(get_args(Severity))}.",
        )
    return {
        name: CheckRule(name, severities[name], f"checks.{name}", f"remedies.{name}")
        for name in sorted(severities)
    }
