"""The committee's workbook, or the same tables as CSV, JSON or Markdown."""

from dataclasses import dataclass
from pathlib import Path

from geotool import labels, outputs
from geotool.errors import UsageError
from geotool.labels import Labels
from geotool.pipeline import strip_map
from geotool.pipeline.answer import Answer
from geotool.pipeline.assess import Assessment, assess
from geotool.pipeline.facts import make_facts, make_notices, watermark_of
from geotool.pipeline.inputs import open_project, statement_date
from geotool.pipeline.map import choose_profile
from geotool.pipeline.published import disclose
from geotool.pipeline.tables import make_full_tables, make_tables
from geotool.share import redaction, report
from geotool.share.redaction import Profile
from geotool.share.report import Heading
from geotool.share.tables import Table, TableColumn

SUFFIXES = (".xlsx", ".csv", ".json", ".md")


@dataclass(frozen=True)
class ReportOptions:
    """Which project, for whom, on which date, and where the report goes."""

    project: Path
    output: str
    on: str | None = None
    profile: str | None = None
    recipient: str | None = None
    overwrite: bool = False
    language: str | None = None


def write_report(options: ReportOptions) -> Answer:
    """Write the report of a project.

    Raises
    ------
    UsageError
        When the suffix is unknown, no date is known, or internal has no recipient.
    OutputExistsError
        When the output exists and may not be replaced.
    """
    path = Path(options.output)
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError(
            f"'{options.output}' has no suffix of a report.", remedy=f"Use {', '.join(SUFFIXES)}."
        )
    outputs.check_writable(options.output, overwrite=options.overwrite)
    inputs = open_project(options.project, language=options.language)
    project = inputs.project
    on = statement_date(project, options.on)
    profile = choose_profile(project, options.profile, options.recipient)
    found = assess(inputs, on=on)
    seen = disclose(found, profile)
    data = report_bytes(seen.found, seen.profile, path.suffix.lower())
    outputs.write_bytes(path, data, overwrite=options.overwrite)
    words = labels.load_labels(project.root)
    tables = shown_tables(seen.found, seen.profile)
    sheets = report.sheet_names(
        tables,
        labels=words,
        language=project.language,
        with_strip_maps=bool(found.axes) and path.suffix.lower() != ".csv",
    )
    rows = [{"sheet": name} for name in sheets]
    return Answer(
        {
            "path": options.output,
            "sheets": sheets,
            "profile": profile.name,
            "on": on,
            "published": seen.record,
        },
        tables=(Table("sheets", (TableColumn("sheet"),), rows),),
        problems=[*inputs.problems, *seen.problems],
        words=(f"{options.output}: {len(data) / 1e6:.2f} MB, profile {profile.name}.",),
        exit_code=0 if found.reconciles else 5,
        language=project.language,
        project_dir=project.root,
    )


def report_bytes(found: Assessment, profile: Profile, suffix: str) -> bytes:
    """Return the report of an assessment in the format of a suffix."""
    seen = disclose(found, profile)
    found, profile = seen.found, seen.profile
    project = found.inputs.project
    words = labels.load_labels(project.root)
    tables = shown_tables(found, profile)
    heading = _heading(found, profile, words)
    language = project.language
    if suffix == ".csv":
        text = report.csv_text(heading, tables, labels=words, language=language)
        return text.encode("utf-8-sig")
    strip_maps = strip_map.gather(found, profile)
    if suffix == ".xlsx":
        return report.workbook_bytes(
            heading, tables, labels=words, language=language, strip_maps=strip_maps
        )
    if suffix == ".md":
        text = report.markdown_text(
            heading, tables, labels=words, language=language, strip_maps=strip_maps
        )
        return text.encode("utf-8")
    return outputs.json_text(report.json_data(heading, tables, strip_maps)).encode("utf-8")


def shown_tables(found: Assessment, profile: Profile) -> tuple[Table, ...]:
    """Return the tables a profile may see, in the order of the workbook."""
    seen = disclose(found, profile)
    make = make_full_tables if profile.name == "internal" else make_tables
    return redaction.redact_tables(tuple(make(seen.found).values()), seen.profile)


def _heading(found: Assessment, profile: Profile, words: Labels) -> Heading:
    project = found.inputs.project
    language = project.language
    facts = [
        (words.text("map.notice", language), notice[language])
        for notice in make_notices(found, words)
    ]
    facts += [
        (label[language], text if isinstance(text, str) else text[language])
        for label, text in make_facts(found, words)
    ]
    facts.append(
        (words.text("report.profile", language), words.text(f"values.{profile.name}", language))
    )
    watermark = watermark_of(profile, found, words)
    return Heading(
        title=project.titles[language],
        facts=tuple(facts),
        watermark=None if watermark is None else watermark[language],
        on=found.on,
    )
