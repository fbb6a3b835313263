"""How drawn lengths are read: what is a corner, when a published length disagrees."""

from dataclasses import dataclass
from pathlib import Path

from geotool.errors import DataError
from geotool.rules.files import RuleFile, load_rule, read_number


@dataclass(frozen=True)
class LengthRules:
    """Limits of length statements.

    A turn above ``corner_deg`` degrees at one vertex is a corner, not part of a curve. Vertices
    nearer to one another than ``least_chord_m`` metres are one: between them lies no curve. A
    published length is remarked on where it differs from the measured one by more than
    ``difference_share`` of it.
    """

    corner_deg: float
    least_chord_m: float
    difference_share: float
    source: RuleFile


def load_length_rules(*, project_dir: Path | None = None) -> LengthRules:
    """Return the limits of length statements.

    Raises
    ------
    DataError
        When a number is missing or negative, or a corner is said to begin above 90 degrees.
    """
    rule = load_rule("lengths", project_dir=project_dir)
    corner_deg = read_number(rule, "curves", "corner_deg")
    if corner_deg > 90:
        raise DataError(
            f"layers/rules/lengths.toml: [curves] corner_deg is {corner_deg:g}.",
            remedy="Give degrees between 0 and 90.",
        )
    return LengthRules(
        corner_deg,
        read_number(rule, "curves", "least_chord_m"),
        read_number(rule, "published", "difference_share"),
        rule,
    )
