"""The registry of checks: what is odd about the layers, all of it, in a fixed order."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from geotool import labels
from geotool.affected import holder_findings as holders
from geotool.affected import land_findings as land
from geotool.affected.findings import Finding, Layers, World
from geotool.affected.parcels import LandTake
from geotool.records import Problem
from geotool.rules import CheckRule, Tolerances


@dataclass(frozen=True)
class Check:
    """One check: its rule, the layers it cannot do without, and the function that looks."""

    rule: str
    needs: tuple[str, ...]
    find: Callable[[World], list[Finding]]


CHECKS: tuple[Check, ...] = (
    Check("parcel_overlap", ("parcels",), land.find_parcel_overlaps),
    Check("organisation_overlap", ("parcels",), land.find_organisation_overlaps),
    Check("repeated_sheet_parcel", ("parcels",), land.find_repeated_numbers),
    Check("parcel_without_papers", ("parcels",), land.find_missing_papers),
    Check("corridor_uncovered", (), land.find_uncovered),
    Check("commune_overlap", ("communes",), land.find_commune_overlaps),
    Check("point_outside_communes", ("communes",), land.find_points_outside),
    Check("unknown_reference", (), holders.find_unknown_references),
    Check("structure_without_holder", ("structures",), holders.find_structures_without_holder),
    Check("bad_share", ("holdings",), holders.find_bad_shares),
    Check("shares_over_one", ("parcels",), holders.find_shares_over_one),
)


def run_checks(
    layers: Layers,
    *,
    rules: Mapping[str, CheckRule],
    tolerances: Tolerances,
    land_take: LandTake | None = None,
) -> list[Problem]:
    """Run every check whose layers are present.

    Parameters
    ----------
    layers
        Canonical frames by layer name; layers with shapes in one projected CRS.
    rules
        Severities, from ``rules.load_checks``; a check that they do not name does not run.
    tolerances
        ``sliver_area_m2`` is the least overlap or gap that is listed.
    land_take
        The measured land take, for what the right of way leaves uncovered.

    Returns
    -------
    list of Problem
        In the order of the registry, within a check in natural order of keys. ``place`` is
        the chainage where the layer has ``chainage_m``, else the commune or section.

    Raises
    ------
    CrsError, CrsMismatchError
        When layers that are compared have no projected CRS or different ones.
    """
    world = World(layers, tolerances, land_take)
    problems: list[Problem] = []
    for check in CHECKS:
        if check.rule in rules and all(name in layers for name in check.needs):
            rule = rules[check.rule]
            problems += [
                Problem(
                    severity=rule.severity,
                    layer=found.layer,
                    rule=rule.rule,
                    key=found.key,
                    place=found.place,
                    message=found.message,
                    remedy=_remedy(rule.remedy_key),
                )
                for found in check.find(world)
            ]
    return problems


@cache
def _remedy(key: str) -> str:
    return labels.load_labels().text(key, "en")
