"""When posts of known chainage are doubtful, and what is a pass of a looping axis."""

from dataclasses import dataclass
from pathlib import Path

from geotool.rules.files import RuleFile, load_rule, read_number


@dataclass(frozen=True)
class StationingRules:
    """Working limits of calibrating an axis and of locating along it.

    A post farther than ``post_offset_m`` from the axis is doubtful, and so is a stretch whose
    labels differ from the drawing by more than ``scale_difference_share`` of its length. A post
    within ``anchor_post_m`` of the first drawn vertex stands for its start chainage. Two nearest
    places of a looping axis are two passes when ``loop_rise_m`` of distance lies between them.
    """

    post_offset_m: float
    scale_difference_share: float
    anchor_post_m: float
    loop_rise_m: float
    source: RuleFile


def load_stationing_rules(*, project_dir: Path | None = None) -> StationingRules:
    """Return the limits of stationing.

    Raises
    ------
    DataError
        When the file lacks one of them, or it is no number of at least 0.
    """
    rule = load_rule("stationing", project_dir=project_dir)
    return StationingRules(
        post_offset_m=read_number(rule, "posts", "post_offset_m"),
        scale_difference_share=read_number(rule, "posts", "scale_difference_share"),
        anchor_post_m=read_number(rule, "posts", "anchor_post_m"),
        loop_rise_m=read_number(rule, "loops", "loop_rise_m"),
        source=rule,
    )
