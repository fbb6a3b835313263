"""What every output says about itself: source, date, CRS, scale, rules, versions, notices."""

from collections.abc import Mapping, Sequence

from geotool import __version__, crs
from geotool.labels import Labels
from geotool.pipeline.assess import Assessment
from geotool.pipeline.lengths import summarise_lengths
from geotool.pipeline.scale import measure_scale
from geotool.rules import RuleFile
from geotool.share.redaction import Profile
from geotool.share.tables import date_text

Text = Mapping[str, str]


def make_facts(found: Assessment, words: Labels) -> tuple[tuple[Text, str | Text], ...]:
    """Return pairs of label and text, the same for maps and reports."""
    project = found.inputs.project
    unconfirmed = [rule for rule in found.rules if not rule.confirmed]
    access = found.landmarks
    facts: tuple[tuple[str, str | Text], ...] = (
        ("map.source", project.source_notes),
        ("map.date", "" if found.on is None else _date(found.on, words)),
        ("map.crs", crs.name_of(crs.resolve(project.crs))),
        ("report.scale_error", _scale_text(found)),
        ("report.lengths", _lengths_text(found, words)),
        ("columns.border_source", "" if access is None else access.summary["border_source"] or ""),
        ("report.unconfirmed_rules", _rule_titles(unconfirmed, words) if unconfirmed else ""),
        ("report.inputs", _input_digests(found)),
        ("report.version", f"geotool {__version__}"),
    )
    return tuple((words.both(key), text) for key, text in facts if text)


def _scale_text(found: Assessment) -> str:
    scale = measure_scale(found.inputs)
    if scale is None:
        return ""
    return f"{scale.scale_error_ppm_min:+.0f} … {scale.scale_error_ppm_max:+.0f} ppm"


def _lengths_text(found: Assessment, words: Labels) -> Text:
    """Return the lengths of all axes together, on the map and on the ellipsoid, as published."""
    return {} if found.lengths is None else summarise_lengths(found.lengths, words)


def _input_digests(found: Assessment) -> str:
    """Return each input layer with the beginning of its file's SHA-256, no file names."""
    reports = found.inputs.reports.items()
    return "; ".join(f"{layer} {report.sha256[:12]}" for layer, report in reports)


def _date(day: str, words: Labels) -> Text:
    return {language: date_text(day, language) for language in words.words}


def _rule_titles(rules: Sequence[RuleFile], words: Labels) -> Text:
    """Return the titles of rules by language; a project's own rule has one title only."""
    keys = [(f"rules.{rule.name}", rule.title) for rule in rules]
    return {
        language: "; ".join(
            words.text(key, language) if words.has(key) else own for key, own in keys
        )
        for language in words.words
    }


def make_notices(found: Assessment, words: Labels) -> tuple[Text, ...]:
    """Return the warnings every reader must see."""
    keys = []
    if found.inputs.project.sample:
        keys.append("map.synthetic")
    if not found.reconciles:
        keys.append("map.not_reconciled")
    return tuple(words.both(key) for key in keys)


def watermark_of(profile: Profile, found: Assessment, words: Labels) -> Text | None:
    """Return the watermark of an internal output: who received it, and the statement's date."""
    if profile.recipient is None:
        return None
    dates = words.both("paper.not_stated") if found.on is None else _date(found.on, words)
    return {
        language: words.format(
            "map.internal_only", language, {"recipient": profile.recipient, "date": date}
        )
        for language, date in dates.items()
    }
