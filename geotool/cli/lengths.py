"""``geotool lengths``: planar, geodesic and published length side by side."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from geotool.cli import options

if TYPE_CHECKING:
    from geotool.pipeline.answer import Answer


_EXAMPLES = """\
geotool lengths tim_tuyen.gpkg --published-m 55340
geotool lengths --project ky_anh"""


@click.command("lengths", cls=options.Question, epilog=_EXAMPLES)
@click.argument("alignment", metavar="[ALIGNMENT]", required=False)
@options.project(required=False)
@options.equations
@options.posts
@click.option("--published-m", type=float, metavar="N", help="Length as published, metres.")
@options.alignment_id
@options.src_crs
def command(
    alignment: str | None,
    project: Path | None,
    equations: str | None,
    posts: str | None,
    published_m: float | None,
    alignment_id: str | None,
    src_crs: str | None,
) -> "Answer":
    """Compare the lengths of an alignment.

    On the map, on the ellipsoid, by its labels and as published, with what explains each
    difference: the projection, the chords of the drawing, posts and station equations.
    """
    from geotool.pipeline import lengths

    return lengths.state_lengths(
        lengths.LengthOptions(
            alignment=alignment,
            project=project,
            equations=equations,
            posts=posts,
            published_m=published_m,
            alignment_id=alignment_id,
            src_crs=src_crs,
            language=options.chosen_language(),
        )
    )
