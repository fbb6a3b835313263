"""``geotool convert``: a planner's file into a canonical layer."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from geotool.cli import options, progress

if TYPE_CHECKING:
    from geotool.pipeline.answer import Answer


_EXAMPLES = """\
geotool convert thua_dat.shp --as parcels -o layers/parcels.gpkg
geotool convert mo.csv --as graves --src-crs "Ha Tinh" -o layers/graves.gpkg
geotool convert banve.dxf#THUA --as parcels --src-crs auto --communes xa.gpkg -o thua.gpkg
geotool convert danh_sach.xlsx --as households --columns cot.toml -o ho.csv
geotool convert ca_tinh.geojson --as parcels --index -o thua.gpkg"""


@click.command("convert", cls=options.Question, epilog=_EXAMPLES)
@click.argument("source", metavar="FILE")
@options.as_layer
@options.output(required=True, help_text="Output file; its suffix is the format; - is stdout.")
@options.src_crs
@click.option(
    "--dst-crs", metavar="CRS", help="CRS of OUT; the project's, else the input's if projected."
)
@options.province
@options.communes
@click.option(
    "--encoding",
    metavar="NAME",
    help="Encoding of the text, if misread: utf-8, tcvn3, vni, viscii, cp1258.",
)
@click.option(
    "--columns",
    metavar="MAP.TOML",
    type=click.Path(path_type=Path),
    help="Which column is which, sheet and header rows; see README.",
)
@click.option(
    "--salvage", is_flag=True, help="Set damaged records aside, listed in OUT.rejected.csv."
)
@click.option(
    "--index",
    is_flag=True,
    help="For large files: read in pieces, write OUT (.gpkg, .fgb, .parquet) with an index.",
)
@click.option(
    "--partitions",
    metavar="N",
    type=click.IntRange(1, 10_000),
    help="OUT is a folder of N GeoParquet parts with an index, near rows in the same part.",
)
@options.project(required=False)
@options.overwrite
def command(
    source: str,
    layer: str,
    output: str,
    src_crs: str | None,
    dst_crs: str | None,
    province: str | None,
    communes: str | None,
    encoding: str | None,
    columns: Path | None,
    salvage: bool,
    index: bool,
    partitions: int | None,
    project: Path | None,
    overwrite: bool,
) -> "Answer":
    """Turn an office's file into a layer of geotool.

    Reads GeoPackage, GeoJSON, Shapefile, FlatGeobuf, GeoParquet, DXF, DGN V7, MapInfo TAB
    and MIF, KML, KMZ, GPX, GML, File Geodatabase (these also zipped), CSV, XLSX, XLS, ODS
    and PostGIS tables (postgresql://host/db#schema.table); FILE#NAME picks a layer or sheet;
    - is GeoJSON or CSV on standard input. Columns are recognised by their Vietnamese names
    and the mapping is printed; broken rings are repaired, old Vietnamese encodings turned
    into Unicode, all counted. Records read = written + merged + rejected. A file that is too
    large for the memory, or has no spatial index, is converted once with --index or
    --partitions; affected then reads only what is near a corridor.
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
            communes=communes,
            encoding=encoding,
            columns=columns,
            salvage=salvage,
            index=index,
            partitions=partitions,
            project=project,
            overwrite=overwrite,
            step=progress.current_step(),
        )
    )
