"""When stakes of the right of way are doubtful, from ``layers/rules/stakes.toml``."""

from dataclasses import dataclass
from pathlib import Path

from geotool.errors import DataError
from geotool.rules.files import RuleFile, load_rule, read_number


@dataclass(frozen=True)
class StakeRules:
    """Limits of the checks of stakes, lengths in metres.

    Stakes within ``same_place_m`` of each other are one stake twice, within that of the axis
    they are on it. Places along the axis that differ by no more than ``beside_m`` have no
    order. A stated chainage may differ from the place by ``chainage_m``. Neighbours are apart
    by a gap when their distance is above both ``gap_m`` and ``gap_factor`` times the median of
    their series. A stake farther than ``far_m`` from its axis has wrong coordinates.
    """

    same_place_m: float
    beside_m: float
    chainage_m: float
    gap_factor: float
    gap_m: float
    far_m: float
    source: RuleFile


def load_stake_rules(*, project_dir: Path | None = None) -> StakeRules:
    """Return the limits of the checks of stakes.

    Raises
    ------
    DataError
        When a number is missing or negative, or ``far_m`` is 0.
    """
    rule = load_rule("stakes", project_dir=project_dir)
    found = StakeRules(
        same_place_m=read_number(rule, "stakes", "same_place_m"),
        beside_m=read_number(rule, "stakes", "beside_m"),
        chainage_m=read_number(rule, "stakes", "chainage_m"),
        gap_factor=read_number(rule, "stakes", "gap_factor"),
        gap_m=read_number(rule, "stakes", "gap_m"),
        far_m=read_number(rule, "stakes", "far_m"),
        source=rule,
    )
    if not found.far_m > 0:
        raise DataError(
            "layers/rules/stakes.toml: [stakes] far_m must be above 0.",
            remedy="Give the greatest width that a right of way can have, in metres.",
        )
    return found
