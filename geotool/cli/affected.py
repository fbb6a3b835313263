"""``geotool affected``: one layer under one corridor."""

from typing import TYPE_CHECKING

import click

from geotool.cli import options, progress

if TYPE_CHECKING:
    from geotool.pipeline.answer import Answer


_EXAMPLE = "geotool affected thua.gpkg --corridor right_of_way.gpkg --by land_type"


@click.command("affected", cls=options.Question, epilog=_EXAMPLE)
@click.argument("source", metavar="LAYER")
@click.option(
    "--corridor",
    "corridors",
    metavar="FILE",
    multiple=True,
    help="Right of way; repeat it to compare several; not needed --as alignments.",
)
@click.option(
    "--as",
    "layer",
    default="parcels",
    show_default=True,
    metavar="LAYER",
    help="Which layer it is.",
)
@click.option("--alignment", metavar="FILE", help="Axis: splits the result by km section.")
@options.equations
@options.posts
@click.option("--communes", metavar="FILE", help="Communes: splits the result by commune.")
@options.by
@click.option(
    "--engine",
    type=click.Choice(["local", "dask"]),
    default="local",
    show_default=True,
    help="local for one machine; dask for a folder of 'convert --partitions' on several.",
)
@click.option(
    "--scheduler",
    metavar="TCP://HOST:PORT",
    help="For --engine dask: a scheduler that is running; else this machine works alone.",
)
@options.src_crs
@options.output(required=False, help_text="Rows as CSV or a layer; - is CSV on stdout.")
@options.overwrite
def command(
    source: str,
    corridors: tuple[str, ...],
    layer: str,
    alignment: str | None,
    equations: str | None,
    posts: str | None,
    communes: str | None,
    by: tuple[str, ...],
    engine: str,
    scheduler: str | None,
    src_crs: str | None,
    output: str | None,
    overwrite: bool,
) -> "Answer":
    """Measure one layer under corridors, without a project.

    The whole project's table is 'geotool stats'; the committee's workbook is 'geotool
    report'. Corridor area = affected - overlap + uncovered, always checked (exit 5).
    A CSV has one row for each parcel (or other feature) touched; with --communes or
    --alignment one for each part of it in a commune and section, where remainder_m2,
    taken_share and take_class are those of the whole feature. Of several corridors each
    has its totals, and rows begin with the corridor they are of. Only rows near them are
    read, through the index of the layer. --src-crs also serves --corridor, --alignment and
    --communes files that declare no CRS of their own.
    """
    from geotool.pipeline import affected

    return affected.measure_affected(
        affected.AffectedOptions(
            source=source,
            corridors=corridors,
            layer=layer,
            alignment=alignment,
            equations=equations,
            posts=posts,
            communes=communes,
            by=by,
            src_crs=src_crs,
            output=output,
            overwrite=overwrite,
            engine=engine,
            scheduler=scheduler,
            step=progress.current_step(),
        )
    )
