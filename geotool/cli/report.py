"""``geotool report``: the committee's workbook."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from geotool.cli import options

if TYPE_CHECKING:
    from geotool.pipeline.answer import Answer


@click.command("report", cls=options.Question)
@options.project()
@options.output(required=True, help_text="Output .xlsx, .csv, .json or .md file.")
@options.on
@options.profile
@options.recipient
@options.overwrite
def command(
    project: Path,
    output: str,
    on: str | None,
    profile: str | None,
    recipient: str | None,
    overwrite: bool,
) -> "Answer":
    """Write the committee's workbook of all tables.

    A sheet for each table, with real numbers, and where they come from.

    The suffix of OUT chooses the format: .xlsx, .json, .md, or .csv (all tables in one
    file, each under its name). The project's one table alone is 'geotool stats'.
    """
    from geotool.pipeline import report

    return report.write_report(
        report.ReportOptions(
            project=project,
            output=output,
            on=on,
            profile=profile,
            recipient=recipient,
            overwrite=overwrite,
            language=options.chosen_language(),
        )
    )
