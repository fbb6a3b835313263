"""Tolerances, norms and states: the rule files that most rooms need, as frozen records."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from types import MappingProxyType

from geotool.errors import DataError
from geotool.rules.files import RuleFile, load_rule, read_number, read_table, read_texts


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


def load_tolerances(*, project_dir: Path | None = None) -> Tolerances:
    """Return the tolerances in force.

    Raises
    ------
    DataError
        When a tolerance is missing, unknown, not a number or negative.
    """
    rule = load_rule("tolerances", project_dir=project_dir)
    given = read_table(rule, "tolerances")
    names = [field.name for field in fields(Tolerances)]
    unknown = sorted(set(given) - set(names))
    if unknown:
        raise DataError(
            f"layers/rules/tolerances.toml: unknown tolerance {', '.join(unknown)}.",
            remedy=f"Known: {', '.join(names)}.",
        )
    numbers = {name: read_number(rule, "tolerances", name) for name in names}
    return Tolerances(**numbers)


def load_residential_land_types(*, project_dir: Path | None = None) -> frozenset[str]:
    """Return the land-type codes that are residential land, in capitals."""
    rule = load_rule("land_types", project_dir=project_dir)
    return frozenset(code.upper() for code in read_texts(rule, "residential", "codes"))


def is_residential(land_type: str | None, codes: Collection[str]) -> bool:
    """Return whether a land type, possibly combined as in ``ONT+CLN``, has residential land.

    Parameters
    ----------
    land_type
        Code as written on the cadastral sheet; parts joined by ``+ , ; /`` or blanks.
    codes
        Residential codes in capitals, see :func:`load_residential_land_types`.
    """
    return has_code(land_type, codes)


def has_code(land_type: str | None, codes: Collection[str]) -> bool:
    """Return whether a land type, possibly combined, has one of some codes (in capitals)."""
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
        reburial_area_m2=read_number(rule, "norms", "reburial_area_m2"),
        burial_area_m2=read_number(rule, "norms", "burial_area_m2"),
        burial_share=read_number(rule, "norms", "burial_share"),
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
    return BorderRules(read_number(rule, "access", "served_distance_m"), rule)


def load_handover_rules(*, project_dir: Path | None = None) -> HandoverRules:
    """Return which states clear land for the contractor and which revoke that.

    Raises
    ------
    DataError
        When one state is in both lists.
    """
    rule = load_rule("handover", project_dir=project_dir)
    clear, revoke = read_texts(rule, "states", "clear"), read_texts(rule, "states", "revoke")
    both = sorted(set(clear) & set(revoke))
    if both:
        raise DataError(
            f"layers/rules/handover.toml: {', '.join(both)} both clears and revokes.",
            remedy="Keep each state in one of the two lists.",
        )
    return HandoverRules(clear, revoke, read_texts(rule, "states", "neutral"), rule)


def load_cadastre_rules(*, project_dir: Path | None = None) -> CadastreRules:
    """Return the tolerances of the cadastral checks.

    Raises
    ------
    DataError
        When a number is missing or negative, or a list holds something other than text.
    """
    rule = load_rule("cadastre", project_dir=project_dir)
    dates = {layer: read_texts(rule, "dates", layer) for layer in read_table(rule, "dates")}
    return CadastreRules(
        area_absolute_m2=read_number(rule, "area", "absolute_m2"),
        area_relative_share=read_number(rule, "area", "relative_share"),
        map_scale_factor=read_number(rule, "area", "map_scale_factor"),
        map_scale_denominator=read_number(rule, "area", "map_scale_denominator"),
        border_m=read_number(rule, "place", "border_m"),
        majority_share=read_number(rule, "place", "majority_share"),
        date_columns=MappingProxyType(dates),
        last_digit_units=read_number(rule, "figures", "last_digit_units"),
        percent_near_share=read_number(rule, "figures", "percent_near_share"),
        percent_units=read_texts(rule, "figures", "percent_units"),
        total_units=read_texts(rule, "figures", "total_units"),
    )
