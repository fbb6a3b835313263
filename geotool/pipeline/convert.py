"""Turn a planner's file into a canonical layer."""

from dataclasses import dataclass
from pathlib import Path

from geotool import crs, outputs, schema, sources
from geotool import project as projects
from geotool.errors import CrsError
from geotool.pipeline.answer import Answer
from geotool.pipeline.inputs import named_layer
from geotool.share.tables import Table, TableColumn
from geotool.sources import LayerRead, ReadOptions

_COLUMNS = (
    TableColumn("layer"),
    TableColumn("read_count", "count"),
    TableColumn("written_count", "count"),
    TableColumn("repaired_count", "count"),
    TableColumn("rejected_count", "count"),
    TableColumn("crs"),
    TableColumn("path"),
)


@dataclass(frozen=True)
class ConvertOptions:
    """Which file becomes which layer, where, in which CRS."""

    source: str
    layer: str
    output: str
    src_crs: str | None = None
    dst_crs: str | None = None
    province: str | None = None
    encoding: str | None = None
    project: Path | None = None
    salvage: bool = False
    overwrite: bool = False


def convert_layer(options: ConvertOptions) -> Answer:
    """Read a file as a layer and write it with canonical columns.

    ``--dst-crs`` defaults to the project's CRS, else to the input's if that is projected.

    Raises
    ------
    OutputExistsError
        When the output exists and may not be replaced.
    DataError
        When the layer is refused; nothing is written then.
    """
    name = named_layer(options.layer, project_dir=options.project)
    outputs.check_writable(options.output, overwrite=options.overwrite)
    read = sources.read_layer(options.source, name, _read_options(options))
    _require_target(read, options)
    renamed = outputs.write_layer(
        read.frame, options.output, layer=name, overwrite=options.overwrite
    )
    report = read.report
    known = schema.load_schema(name, project_dir=options.project).column_names
    unmatched = [str(c) for c in read.frame.columns if c not in known and c != "geometry"]
    words = [f"Column {old} is called {new} in the file." for old, new in renamed]
    if unmatched:
        words.append(f"Columns not known to {name}, kept as they are: {', '.join(unmatched)}.")
    data = {
        "layer": name,
        "path": options.output,
        "read_count": report.read_count,
        "written_count": len(read.frame),
        "repaired_count": len(report.repaired),
        "repaired": list(report.repaired),
        "merged_count": report.merged_count,
        "rejected_count": len(report.rejected),
        "rejected": list(report.rejected),
        "crs": report.crs,
        "source_crs": report.source_crs,
        "encoding": report.encoding,
        "columns": report.columns,
        "unmatched": unmatched,
        "renamed": dict(renamed),
    }
    return Answer(
        data,
        tables=() if options.output == "-" else (Table("converted", _COLUMNS, [data]),),
        problems=report.problems,
        words=words,
        project_dir=options.project,
    )


def _read_options(options: ConvertOptions) -> ReadOptions:
    target = options.dst_crs
    if target is None and options.project is not None:
        target = projects.load_project(options.project).crs
    return ReadOptions(
        src_crs=options.src_crs,
        dst_crs=target,
        province=options.province,
        drop_bad_rows=options.salvage,
        encoding=options.encoding,
        project_dir=options.project,
    )


def _require_target(read: LayerRead, options: ConvertOptions) -> None:
    declared = getattr(read.frame, "crs", None)
    if declared is None or declared.is_projected or options.dst_crs is not None:
        return
    raise CrsError(
        f"{options.source}: the coordinates are longitude and latitude ({crs.name_of(declared)}) "
        "and no CRS of the output was given.",
        remedy="Add --dst-crs, for example --dst-crs EPSG:9209, or --project DIR.",
    )
