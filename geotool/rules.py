"""Rule files as frozen records: norms, tolerances, severities, each with citation and date.

A rule file is ``layers/rules/<name>.toml``: a table ``[rule]`` with ``title``, ``citation``,
``effective_from`` and ``confirmed`` (has somebody checked the numbers against the text in
force?), and tables with the values. A project's ``layers/rules/<name>.toml`` replaces the
built-in file of that name. Numbers of law and tolerances live there and nowhere in code.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, get_args

from geotool import resources
from geotool.errors import DataError

Severity = Literal["error", "finding", "notice"]

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


@dataclass(frozen=True)
class Tolerances:
    """When two measured quantities count as equal, and what is too small to list.

    Areas are equal within ``area_absolute_m2 + area_relative * magnitude``, lengths likewise.
    A parcel is taken in full when its remainder is within ``full_share_relative`` of its
    area. Overlaps and gaps below ``sliver_area_m2`` are counted, but not listed one by one.
    A point within ``point_on_axis_m`` of an axis lies on it. Above
    ``scale_error_limit_ppm`` the projection is probably the wrong zone.
    """

    area_relative: float
    area_absolute_m2: float
    length_relative: float
    length_absolute_m: float
    full_share_relative: float
    sliver_area_m2: float
    point_on_axis_m: float
    scale_error_limit_ppm: float


@dataclass(frozen=True)
class CheckRule:
    """How grave a broken rule is, and the label keys of its name and its remedy."""

    rule: str
    severity: Severity
    message_key: str
    remedy_key: str


@dataclass(frozen=True)
class GraveNorms:
    """Land needed by graves: net areas in m2 and the share of a cemetery used for burial."""

    reburial_area_m2: float
    burial_area_m2: float
    burial_share: float
    source: RuleFile

    @property
    def net_area_m2(self) -> float:
        """Net area of one moved grave (a reburial), paths excluded."""
        return self.reburial_area_m2


@dataclass(frozen=True)
class BorderRules:
    """A landmark is served when a road passes within ``served_distance_m``."""

    served_distance_m: float
    source: RuleFile


@dataclass(frozen=True)
class HandoverRules:
    """States of the register: those that clear land, those that take that back, and others."""

    clear_states: tuple[str, ...]
    revoke_states: tuple[str, ...]
    neutral_states: tuple[str, ...]
    source: RuleFile


@dataclass(frozen=True)
class CadastreRules:
    """When a cadastral figure counts as wrong.

    The drawn area may differ from the document area by the largest of ``area_absolute_m2``,
    ``area_relative_share`` of the document area, and ``map_scale_factor`` times
    ``map_scale_denominator`` (0 for none) times the root of the document area in m2. A point
    within ``border_m`` metres of its commune lies in it, a polygon with ``majority_share`` of
    its area. ``date_columns`` are the columns, by layer, compared with the cut-off date. A
    percentage may be off by ``last_digit_units`` of its last digit; a value without a unit is
    one, or the share of 1, within ``percent_near_share`` of its two numbers;
    ``percent_units`` are the spellings of per cent, ``total_units`` the names of units that
    stand for all others.
    """

    area_absolute_m2: float
    area_relative_share: float
    map_scale_factor: float
    map_scale_denominator: float
    border_m: float
    majority_share: float
    date_columns: Mapping[str, tuple[str, ...]]
    last_digit_units: float
    percent_near_share: float
    percent_units: tuple[str, ...]
    total_units: tuple[str, ...]


def list_rules(project_dir: Path | None = None) -> list[str]:
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


def load_tolerances(*, project_dir: Path | None = None) -> Tolerances:
    """Return the tolerances in force.

    Raises
    ------
    DataError
        When a tolerance is missing, unknown, not a number or negative.
    """
    rule = load_rule("tolerances", project_dir=project_dir)
    given = _table(rule, "tolerances")
    names = [field.name for field in fields(Tolerances)]
    unknown = sorted(set(given) - set(names))
    if unknown:
        raise DataError(
            f"layers/rules/tolerances.toml: unknown tolerance {', '.join(unknown)}.",
            remedy=f"Known: {', '.join(names)}.",
        )
    numbers = {name: _number(rule, "tolerances", name) for name in names}
    return Tolerances(**numbers)


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


def load_residential_land_types(*, project_dir: Path | None = None) -> frozenset[str]:
    """Return the land-type codes that are residential land, in capitals."""
    rule = load_rule("land_types", project_dir=project_dir)
    return frozenset(code.upper() for code in _texts(rule, "residential", "codes"))


def is_residential(land_type: str | None, codes: Collection[str]) -> bool:
    """Return whether a land type, possibly combined as in ``ONT+CLN``, has residential land.

    Parameters
    ----------
    land_type
        Code as written on the cadastral sheet; parts joined by ``+ , ; /`` or blanks.
    codes
        Residential codes in capitals, see :func:`load_residential_land_types`.
    """
    if not isinstance(land_type, str):
        return False
    return any(part in codes for part in re.split(r"[^A-Z0-9Đ]+", land_type.upper()))


def load_grave_norms(*, project_dir: Path | None = None) -> GraveNorms:
    """Return the land norms of graves.

    Raises
    ------
    DataError
        When an area is not positive or the burial share is not within (0, 1].
    """
    rule = load_rule("graves", project_dir=project_dir)
    norms = GraveNorms(
        reburial_area_m2=_number(rule, "norms", "reburial_area_m2"),
        burial_area_m2=_number(rule, "norms", "burial_area_m2"),
        burial_share=_number(rule, "norms", "burial_share"),
        source=rule,
    )
    if min(norms.reburial_area_m2, norms.burial_area_m2) <= 0 or not 0 < norms.burial_share <= 1:
        raise DataError(
            "layers/rules/graves.toml: areas must be above 0 and burial_share within 0 and 1.",
            remedy="Correct the table [norms].",
        )
    return norms


def load_border_rules(*, project_dir: Path | None = None) -> BorderRules:
    """Return when a landmark counts as served by a road."""
    rule = load_rule("border", project_dir=project_dir)
    return BorderRules(_number(rule, "access", "served_distance_m"), rule)


def load_handover_rules(*, project_dir: Path | None = None) -> HandoverRules:
    """Return which states clear land for the contractor and which revoke that.

    Raises
    ------
    DataError
        When one state is in both lists.
    """
    rule = load_rule("handover", project_dir=project_dir)
    clear, revoke = _texts(rule, "states", "clear"), _texts(rule, "states", "revoke")
    both = sorted(set(clear) & set(revoke))
    if both:
        raise DataError(
            f"layers/rules/handover.toml: {', '.join(both)} both clears and revokes.",
            remedy="Keep each state in one of the two lists.",
        )
    return HandoverRules(clear, revoke, _texts(rule, "states", "neutral"), rule)


def load_cadastre_rules(*, project_dir: Path | None = None) -> CadastreRules:
    """Return the tolerances of the cadastral checks.

    Raises
    ------
    DataError
        When a number is missing or negative, or a list holds something other than text.
    """
    rule = load_rule("cadastre", project_dir=project_dir)
    dates = {layer: _texts(rule, "dates", layer) for layer in _table(rule, "dates")}
    return CadastreRules(
        area_absolute_m2=_number(rule, "area", "absolute_m2"),
        area_relative_share=_number(rule, "area", "relative_share"),
        map_scale_factor=_number(rule, "area", "map_scale_factor"),
        map_scale_denominator=_number(rule, "area", "map_scale_denominator"),
        border_m=_number(rule, "place", "border_m"),
        majority_share=_number(rule, "place", "majority_share"),
        date_columns=MappingProxyType(dates),
        last_digit_units=_number(rule, "figures", "last_digit_units"),
        percent_near_share=_number(rule, "figures", "percent_near_share"),
        percent_units=_texts(rule, "figures", "percent_units"),
        total_units=_texts(rule, "figures", "total_units"),
    )


@cache
def _load_builtin(name: str) -> RuleFile:
    return _load(name, None)


@cache
def _builtin_checks() -> Mapping[str, CheckRule]:
    return MappingProxyType(_checks_of(_load_builtin("checks")))


def _load(name: str, project_dir: Path | None) -> RuleFile:
    content = resources.load_toml("layers", f"{_FOLDER}/{name}.toml", project_dir=project_dir)
    head = content.pop("rule", {})
    wrong = [key for key, kind in _HEAD.items() if not isinstance(head.get(key), kind)]
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


def _checks_of(rule: RuleFile) -> dict[str, CheckRule]:
    severities = _table(rule, "severity")
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


def _table(rule: RuleFile, table: str) -> Mapping[str, Any]:
    if table not in rule.values:
        raise DataError(
            f"layers/rules/{rule.name}.toml: the table [{table}] is missing.",
            remedy="Add it as in geotool's own file of that name.",
        )
    return rule.values[table]


def _number(rule: RuleFile, table: str, key: str) -> float:
    value = _table(rule, table).get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e300:
        raise DataError(
            f"layers/rules/{rule.name}.toml: [{table}] {key} must be a number of at least 0.",
            remedy="Correct the file.",
        )
    return float(value)


def _texts(rule: RuleFile, table: str, key: str) -> tuple[str, ...]:
    value = _table(rule, table).get(key)
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise DataError(
            f"layers/rules/{rule.name}.toml: [{table}] {key} must be a list of texts.",
            remedy="Correct the file.",
        )
    return tuple(value)
