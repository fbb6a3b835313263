"""Turn a planner's file into a canonical layer."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from geotool import crs, outputs, schema, sources
from geotool import project as projects
from geotool.aliases import named_layer
from geotool.errors import CrsError
from geotool.pipeline.answer import Answer
from geotool.pipeline.inputs import Step, no_step, read_communes
from geotool.share.tables import Table, TableColumn
from geotool.sources import LayerRead, ReadOptions, ReadReport

_COLUMNS = (
    TableColumn("layer"),
    TableColumn("read_count", "count"),
    TableColumn("written_count", "count"),
    TableColumn("merged_count", "count"),
    TableColumn("repaired_count", "count"),
    TableColumn("rejected_count", "count"),
    TableColumn("crs"),
    TableColumn("encoding"),
    TableColumn("path"),
)
_MAPPING = (
    TableColumn("source_column"),
    TableColumn("column_letter"),
    TableColumn("layer_column"),
)
_REJECTED = ("record", "key", "reason")


@dataclass(frozen=True)
class ConvertOptions:
    """Which file becomes which layer, where, in which CRS."""

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
    overwrite: bool = False
    step: Step = no_step


def convert_layer(options: ConvertOptions) -> Answer:
    """Read a file as a layer and write it with canonical columns.

    ``--dst-crs`` defaults to the project's CRS, else to the input's if that is projected. What
    salvage rejects is listed in a table beside the output, see :func:`side_file`.

    Raises
    ------
    OutputExistsError
        When the output exists and may not be replaced.
    DataError
        When the layer is refused; nothing is written then.
    """
    name = named_layer(options.layer, project_dir=options.project)
    side = side_file(options.output) if options.salvage else None
    for path in (options.output, side):
        if path is not None:
            outputs.check_writable(path, overwrite=options.overwrite)
    read = sources.read_layer(options.source, name, _read_options(options, name))
    _require_target(read, options)
    options.step("write", 2, 3)
    renamed = _write(read, name, side, options)
    data = _data(read, name, options) | {
        "rejected_path": str(side) if side is not None and read.report.rejected else None,
        "renamed": dict(renamed),
    }
    mapping = _mapping_rows(read.report)
    tables = (Table("converted", _COLUMNS, [data]), Table("column_mapping", _MAPPING, mapping))
    return Answer(
        data,
        tables=() if options.output == "-" else tables,
        problems=read.report.problems,
        words=_words(data, mapping),
        project_dir=options.project,
    )


def side_file(output: str) -> Path | None:
    """Return the table of rejected records beside an output: ``parcels.rejected.csv``."""
    return None if output == "-" else Path(output).with_suffix(".rejected.csv")


def _write(
    read: LayerRead, name: str, side: Path | None, options: ConvertOptions
) -> Sequence[tuple[str, str]]:
    """Write the layer and the table of what was rejected: both or none."""
    rejected = read.report.rejected
    if side is None or not rejected:
        renamed = outputs.write_layer(
            read.frame, options.output, layer=name, overwrite=options.overwrite
        )
        if side is not None:
            side.unlink(missing_ok=True)  # of an earlier run: it would be taken for this one's
        return renamed
    rows = pd.DataFrame([asdict(item) for item in rejected], columns=list(_REJECTED))
    with outputs.atomic_path(side, overwrite=options.overwrite) as temporary:
        outputs.write_table_csv(rows, temporary)
        return outputs.write_layer(
            read.frame, options.output, layer=name, overwrite=options.overwrite
        )


def _data(read: LayerRead, name: str, options: ConvertOptions) -> dict[str, Any]:
    report = read.report
    known = schema.load_schema(name, project_dir=options.project).column_names
    return {
        "layer": name,
        "path": options.output,
        "read_count": report.read_count,
        "written_count": len(read.frame),
        "repaired_count": len(report.repaired),
        "repaired": list(report.repaired),
        "merged_count": report.merged_count,
        "rejected_count": len(report.rejected),
        "rejected": [asdict(item) for item in report.rejected],
        "crs": report.crs,
        "source_crs": report.source_crs,
        "encoding": report.encoding,
        "encoding_confidence": report.encoding_confidence,
        "columns": report.columns,
        "unmatched": [str(c) for c in read.frame.columns if c not in known and c != "geometry"],
    }


def _words(data: Mapping[str, Any], mapping: Sequence[Mapping[str, object]]) -> list[str]:
    """Return what is said beside the tables, and instead of them when the layer is piped."""
    words = [f"Column {old} is called {new} in the file." for old, new in data["renamed"].items()]
    if data["unmatched"]:
        listed = ", ".join(data["unmatched"])
        words.append(f"Columns not known to {data['layer']}, kept as they are: {listed}.")
    if data["rejected_count"]:
        place = data["rejected_path"] or "not written, as the layer is piped"
        words.append(
            f"{data['rejected_count']} of {data['read_count']} records were rejected; "
            f"each with its reason: {place}"
        )
    if data["path"] == "-":
        words += [f"{row['source_column']} -> {row['layer_column']}" for row in mapping]
    return words


def _mapping_rows(report: ReadReport) -> list[dict[str, object]]:
    letters = {} if report.origin is None else report.origin.letters
    return [
        {"source_column": own, "column_letter": letters.get(own), "layer_column": name}
        for own, name in report.columns.items()
    ]


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


def _require_target(read: LayerRead, options: ConvertOptions) -> None:
    declared = getattr(read.frame, "crs", None)
    if declared is None or declared.is_projected or options.dst_crs is not None:
        return
    raise CrsError(
        f"{options.source}: the coordinates are longitude and latitude ({crs.name_of(declared)}) "
        "and no CRS of the output was given.",
        remedy="Add --dst-crs, for example --dst-crs EPSG:9209, or --project DIR.",
    )
