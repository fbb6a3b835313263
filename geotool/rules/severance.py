"""When a piece of a parcel is of no use, and when a household's loss of land is severe."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from geotool.errors import DataError
from geotool.rules.files import (
    RuleFile,
    load_rule,
    read_flag,
    read_number,
    read_table,
    read_texts,
    read_whole,
)
from geotool.rules.limits import has_code, is_residential, load_residential_land_types

_KINDS = ("residential", "other")
_EVERY = "all"


@dataclass(frozen=True)
class LeastPiece:
    """The least area (m2) and width (m, of the largest circle inside) of a useful piece."""

    area_m2: float
    width_m: float


@dataclass(frozen=True)
class ResidualRules:
    """When a piece that the right of way leaves over has access, and when it is of no use.

    Parameters
    ----------
    access_m
        A piece within so many metres of a road, or of its holder's other land, has access.
    access_over_right_of_way
        Whether the right of way itself is a road that plots open on to.
    closed_road_statuses
        Roads of these statuses give no access, in small letters.
    landlocked_is_residual
        Whether a piece without access is residual whatever its size.
    residential_codes
        Land types that are residential, in capitals.
    least
        The least piece of ``residential`` and ``other`` land.
    """

    access_m: float
    access_over_right_of_way: bool
    closed_road_statuses: frozenset[str]
    landlocked_is_residual: bool
    residential_codes: frozenset[str]
    least: Mapping[str, LeastPiece]
    source: RuleFile

    def least_of(self, land_type: str) -> LeastPiece:
        """Return the least useful piece of a land type, combined types by their housing."""
        kind = "residential" if is_residential(land_type, self.residential_codes) else "other"
        return self.least[kind]


@dataclass(frozen=True)
class SevereLossRule:
    """A loss is severe from ``numerator / denominator`` of the land on.

    ``land_types`` are the codes that count, in capitals; None where all land does.
    """

    numerator: int
    denominator: int
    land_types: frozenset[str] | None
    source: RuleFile

    def counts(self, land_type: str) -> bool:
        """Return whether land of this type counts; a combined type does with any part."""
        return self.land_types is None or has_code(land_type, self.land_types)


def load_residual_rules(*, project_dir: Path | None = None) -> ResidualRules:
    """Return when a leftover piece has access and when it is of no use.

    Raises
    ------
    DataError
        When a number, a flag or a table is missing or wrong.
    """
    rule = load_rule("residuals", project_dir=project_dir)
    least = {
        kind: LeastPiece(
            read_number(rule, kind, "min_area_m2"), read_number(rule, kind, "min_width_m")
        )
        for kind in _KINDS
    }
    statuses = read_texts(rule, "access", "closed_road_statuses")
    return ResidualRules(
        access_m=read_number(rule, "access", "access_m"),
        access_over_right_of_way=read_flag(rule, "access", "access_over_right_of_way"),
        closed_road_statuses=frozenset(status.strip().lower() for status in statuses),
        landlocked_is_residual=read_flag(rule, "access", "landlocked_is_residual"),
        residential_codes=load_residential_land_types(project_dir=project_dir),
        least=MappingProxyType(least),
        source=rule,
    )


def load_severe_loss_rule(*, project_dir: Path | None = None) -> SevereLossRule:
    """Return from which share on a loss of land is severe.

    Raises
    ------
    DataError
        When the share is no fraction of whole numbers above 0 and up to 1, or ``land`` is
        neither ``"all"`` nor a list of single land types.
    """
    rule = load_rule("severe_loss", project_dir=project_dir)
    numerator, denominator = (
        read_whole(rule, "severe_loss", key) for key in ("numerator", "denominator")
    )
    if numerator > denominator:
        raise DataError(
            "layers/rules/severe_loss.toml: [severe_loss] the threshold is above 1.",
            remedy="Write a tenth as numerator = 1, denominator = 10.",
        )
    land_types = None
    if read_table(rule, "severe_loss").get("land") != _EVERY:
        codes = [code.strip().upper() for code in read_texts(rule, "severe_loss", "land")]
        land_types = frozenset(codes)
        if not all(codes or [""]) or not all(has_code(code, {code}) for code in codes):
            raise DataError(
                "layers/rules/severe_loss.toml: [severe_loss] land must list single land types; "
                f"not so: {', '.join(codes) or 'the list is empty'}.",
                remedy='Write "all", or codes such as ["LUA", "HNK"]; a combined type counts '
                "with any of its parts.",
            )
    return SevereLossRule(numerator, denominator, land_types, rule)
