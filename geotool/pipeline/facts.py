"""What every output says about itself: source, date, CRS, scale, rules, versions, notices."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from geotool import __version__, crs, provenance
from geotool.crs import ScaleStatement
from geotool.labels import Labels
from geotool.pipeline.assess import Assessment
from geotool.share.redaction import Profile
from geotool.share.tables import date_text

Text = Mapping[str, str]


def make_facts(found: Assessment, words: Labels) -> tuple[tuple[Text, str | Text], ...]:
    """Return pairs of label and text, the same for maps and reports."""
    project = found.inputs.project
    facts: list[tuple[Text, str | Text]] = []
    if project.source_note:
        facts.append((words.both("map.source"), project.source_note))
    if found.on is not None:
        dates = {one: date_text(found.on, one) for one in words.words}
        facts.append((words.both("map.date"), dates))
    facts.append((words.both("map.crs"), crs.name_of(crs.resolve(project.crs))))
    scale = scale_of(found)
    if scale is not None:
        low, high = scale.scale_error_ppm_min, scale.scale_error_ppm_max
        facts.append((words.both("report.scale_error"), f"{low:+.0f} … {high:+.0f} ppm"))
    if found.landmarks is not None and found.landmarks.summary["border_source"]:
        facts.append(
            (words.both("columns.border_source"), found.landmarks.summary["border_source"])
        )
    unconfirmed = [r for r in provenance.describe_rules(project) if not r["confirmed"]]
    if unconfirmed:
        text = {one: _rule_titles(unconfirmed, words, one) for one in words.words}
        facts.append((words.both("report.unconfirmed_rules"), text))
    facts.append((words.both("report.version"), f"geotool {__version__}"))
    return tuple(facts)


def _rule_titles(rules: Sequence[Mapping[str, Any]], words: Labels, language: str) -> str:
    """Return the titles of rules in a language; a project's own rule has one title only."""
    keys = [(f"rules.{rule['name']}", str(rule["title"])) for rule in rules]
    return "; ".join(words.text(key, language) if words.has(key) else own for key, own in keys)


def make_notices(found: Assessment, words: Labels) -> tuple[Text, ...]:
    """Return the warnings every reader must see."""
    keys = []
    if found.inputs.project.sample:
        keys.append("map.synthetic")
    if not found.reconciles:
        keys.append("map.not_reconciled")
    return tuple(words.both(key) for key in keys)


def watermark_of(profile: Profile, found: Assessment, words: Labels) -> str | None:
    """Return the watermark of an internal output: who received it, and the date."""
    if profile.recipient is None:
        return None
    project = found.inputs.project
    values = {"recipient": profile.recipient, "date": found.on or "–"}
    return words.format("map.internal_only", project.language, values)


def scale_of(found: Assessment) -> ScaleStatement | None:
    """Return the scale error of the project's CRS over its layers, None without shapes."""
    bounds = [
        frame.total_bounds
        for frame in found.inputs.frames.values()
        if hasattr(frame, "total_bounds") and len(frame)
    ]
    if not bounds:
        return None
    boxes = np.array(bounds)
    low, high = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    limit_ppm = found.inputs.tolerances.scale_error_limit_ppm
    box = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
    return crs.scale_statement(box, crs.resolve(found.inputs.project.crs), limit_ppm=limit_ppm)
