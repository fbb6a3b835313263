"""``geotool convert``: a planner's file into a canonical layer."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from geotool.cli import options

if TYPE_CHECKING:
    from geotool.pipeline.answer import Answer


_EXAMPLES = """\
geotool convert thua_dat.shp --as parcels -o layers/parcels.gpkg
geotool convert mo.csv --as graves --src-crs "Ha Tinh" -o layers/graves.gpkg"""


@click.command("convert", cls=options.Question, epilog=_EXAMPLES)
@click.argument("source", metavar="FILE")
@options.as_layer
@options.output(required=True, help_text="Output file; its suffix is the format; - is stdout.")
@options.src_crs
@click.option(
    "--dst-crs", metavar="CRS", help="CRS of OUT; the project's, else the input's if projected."
)
@options.province
@click.option("--encoding", metavar="NAME", help="Encoding of the text, if misread: utf-8, cp1258.")
@click.option("--salvage", is_flag=True, help="Set rows without a usable shape aside, listed.")
@options.project(required=False)
@options.overwrite
def command(
    source: str,
    layer: str,
    output: str,
    src_crs: str | None,
    dst_crs: str | None,
    province: str | None,
    encoding: str | None,
    salvage: bool,
    project: Path | None,
    overwrite: bool,
) -> "Answer":
    """Turn an office's file into a layer of geotool.

    Reads GeoPackage, GeoJSON, Shapefile (zipped too), FlatGeobuf, GeoParquet, CSV and
    XLSX with coordinates; - is GeoJSON or CSV on standard input. Columns are recognised
    by their Vietnamese names; broken rings are repaired, counted and named.
    """
    from geotool.pipeline import convert

    return convert.convert_layer(
        convert.ConvertOptions(
            source=source,
            layer=layer,
            output=output,
            src_crs=src_crs,
            dst_crs=dst_crs,
            province=province,
            encoding=encoding,
            salvage=salvage,
            project=project,
            overwrite=overwrite,
        )
    )
