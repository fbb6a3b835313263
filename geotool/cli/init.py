"""``geotool init``: a new project, empty or from a sample."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from geotool.cli import options

if TYPE_CHECKING:
    from geotool.pipeline.answer import Answer


@click.command("init", cls=options.Question)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--sample", metavar="NAME", help="ky_anh, thach_ha or lang_son (synthetic data).")
@options.overwrite
def command(folder: Path, sample: str | None, overwrite: bool) -> "Answer":
    """Make a project folder: geotool.toml, layers/ and maps/; empty or from a sample.

    Example: geotool init ky_anh --sample ky_anh
    """
    from geotool.pipeline import init

    return init.start_project(folder, sample=sample, overwrite=overwrite)
