"""``geotool init``: a new project, empty or from a sample."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from geotool.cli import options

if TYPE_CHECKING:
    from geotool.pipeline.answer import Answer


_EXAMPLE = "geotool init ky_anh --sample ky_anh"


@click.command("init", cls=options.Question, epilog=_EXAMPLE)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--sample", metavar="NAME", help="ky_anh, thach_ha or lang_son (synthetic data).")
@options.overwrite
def command(folder: Path, sample: str | None, overwrite: bool) -> "Answer":
    """Make a project folder, empty or from a sample.

    It holds geotool.toml, layers/ and maps/; every key is explained in geotool.toml.
    """
    from geotool.pipeline import init

    return init.start_project(folder, sample=sample, overwrite=overwrite)
