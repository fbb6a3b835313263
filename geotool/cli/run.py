"""``geotool run``: everything geotool.toml names."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from geotool.cli import options, progress

if TYPE_CHECKING:
    from geotool.pipeline.answer import Answer


@click.command("run", cls=options.Question)
@options.project(required=False)
@options.on
@options.profile
@options.recipient
@click.option("--check", metavar="MANIFEST", help="Compare files with a manifest.json instead.")
@options.overwrite
def command(
    project: Path | None,
    on: str | None,
    profile: str | None,
    recipient: str | None,
    check: str | None,
    overwrite: bool,
) -> "Answer":
    """Make all that geotool.toml names, in the folder out/.

    Maps, workbook, layers and manifest.json, which states inputs, rules and outputs.

    With --check MANIFEST nothing is computed: inputs and outputs are compared with the
    digests in the manifest (exit 5 when one differs).
    """
    from geotool.pipeline import run

    if check is not None:
        return run.check_manifest(Path(check))
    return run.run_project(
        run.RunOptions(
            project=project,
            on=on,
            profile=profile,
            recipient=recipient,
            overwrite=overwrite,
            language=options.chosen_language(),
        ),
        step=progress.current_step(),
    )
