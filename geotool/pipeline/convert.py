"""Turn a planner's file into a canonical layer."""

from dataclasses import dataclass
from pathlib import Path

from pyproj import CRS

from geotool import crs, outputs, sources
from geotool import project as projects
from geotool.aliases import named_layer
from geotool.errors import CrsError
from geotool.outputs.indexed import INDEX_OF
from geotool.pipeline import convert_chunks
from geotool.pipeline.answer import Answer
from geotool.pipeline.convert_answer import Converted, answer_of, listing_rejected
from geotool.pipeline.convert_chunks import Destination
from geotool.pipeline.inputs import Step, no_step, read_communes
from geotool.sources import ReadOptions


@dataclass(frozen=True)
class ConvertOptions:
    """Which file becomes which layer, where, in which CRS.

    ``index`` asks for a file with a spatial index, ``partitions`` for a folder of so many parts;
    either is read chunk by chunk.
    """

    source: str
    layer: str
    output: str
    src_crs: str | None = None
    dst_crs: str | None = None
    province: str | None = None
    communes: str | None = None
    encoding: str | None = None
    columns: Path | None = None
    project: Path | None = None
    salvage: bool = False
    index: bool = False
    partitions: int | None = None
    overwrite: bool = False
    step: Step = no_step


def convert_layer(options: ConvertOptions) -> Answer:
    """Read a file as a layer and write it with canonical columns.

    ``--dst-crs`` defaults to the project's CRS, else to the input's if that is projected. What
    salvage rejects is listed in a table beside the output, see :func:`side_file`.

    Raises
    ------
    UsageError
        When a spatial index is asked of a format that has none, or more parts than rows.
    OutputExistsError
        When the output exists and may not be replaced.
    DataError
        When the layer is refused; nothing is written then.
    """
    name = named_layer(options.layer, project_dir=options.project)
    side = side_file(options.output) if options.salvage else None
    if side is not None:
        outputs.check_writable(side, overwrite=options.overwrite)
    asked = options.index or options.partitions is not None
    convert = _convert_chunks if asked else _convert_whole
    made = convert(name, side, options)
    return answer_of(made, name, project_dir=options.project, asked=asked)


def side_file(output: str) -> Path | None:
    """Return the table of rejected records beside an output: ``parcels.rejected.csv``."""
    return None if output == "-" else Path(output).with_suffix(".rejected.csv")


def _convert_whole(name: str, side: Path | None, options: ConvertOptions) -> Converted:
    """Read the whole layer and write it in the format of the output's suffix."""
    outputs.check_writable(options.output, overwrite=options.overwrite)
    read = sources.read_layer(options.source, name, _read_options(options, name))
    _require_target(getattr(read.frame, "crs", None), options)
    options.step("write", 2, 3)
    with listing_rejected(side, read.report.rejected, overwrite=options.overwrite):
        renamed = outputs.write_layer(
            read.frame, options.output, layer=name, overwrite=options.overwrite
        )
    columns = [str(column) for column in read.frame.columns]
    return Converted(
        report=read.report,
        columns=columns,
        written_count=len(read.frame),
        path=options.output,
        rejected_path=side if read.report.rejected else None,
        renamed=renamed,
        index=_index_of(options.output) if "geometry" in columns else None,
    )


def _convert_chunks(name: str, side: Path | None, options: ConvertOptions) -> Converted:
    """Read the layer chunk by chunk and write it with a spatial index, or in parts."""
    destination = Destination(
        path=Path(options.output),
        layer=name,
        partitions=options.partitions,
        side=side,
        overwrite=options.overwrite,
        step=options.step,
    )
    convert_chunks.check_destination(destination)
    return convert_chunks.convert(
        options.source,
        _read_options(options, name),
        destination,
        require_target=lambda system: _require_target(system, options),
    )


def _index_of(output: str) -> str | None:
    """Return the index that a layer written whole has; GeoParquet has none then."""
    suffix = Path(output).suffix.lower()
    return None if suffix == ".parquet" else INDEX_OF.get(suffix)


def _read_options(options: ConvertOptions, layer: str) -> ReadOptions:
    target, plan = options.dst_crs, None
    if target is None and options.project is not None:
        target = projects.load_project(options.project).crs
    if options.columns is not None:
        plan = sources.load_plan(options.columns, layer, project_dir=options.project)
    searched = options.src_crs == sources.AUTO and layer != "communes"
    return ReadOptions(
        src_crs=options.src_crs,
        dst_crs=target,
        province=options.province,
        communes=read_communes(options.communes, options.project) if searched else None,
        salvage=options.salvage,
        encoding=options.encoding,
        project_dir=options.project,
        plan=plan,
        step=options.step,
    )


def _require_target(declared: CRS | None, options: ConvertOptions) -> None:
    if declared is None or declared.is_projected or options.dst_crs is not None:
        return
    raise CrsError(
        f"{options.source}: the coordinates are longitude and latitude ({crs.name_of(declared)}) "
        "and no CRS of the output was given.",
        remedy="Add --dst-crs, for example --dst-crs EPSG:9209, or --project DIR.",
    )
