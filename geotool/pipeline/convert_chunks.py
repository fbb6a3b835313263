"""Convert one large file once: read chunk by chunk, written with a spatial index or in parts."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd
from pyproj import CRS

from geotool import outputs, schema, sources
from geotool.errors import GeometryError, ReadError
from geotool.outputs import indexed, partitions
from geotool.outputs.folders import check_folder
from geotool.outputs.rows import LayerRows, MixedColumnError
from geotool.pipeline.convert_answer import Converted
from geotool.pipeline.convert_rejected import listing_rejected
from geotool.pipeline.inputs import Step
from geotool.sources import ReadOptions, ReadReport
from geotool.sources.chunks import UnstreamedError

_PARQUET = ".parquet"

RequireTarget = Callable[[CRS | None], None]


@dataclass(frozen=True)
class Destination:
    """Where a layer goes: a file with an index, or a folder of so many ``partitions``.

    ``side`` is the table of rejected records, None when nothing is set aside.
    """

    path: Path
    layer: str
    partitions: int | None
    side: Path | None
    overwrite: bool
    step: Step

    @property
    def suffix(self) -> str:
        """Suffix of the format of the files written."""
        return self.path.suffix.lower() if self.partitions is None else _PARQUET


def check_destination(destination: Destination) -> None:
    """Refuse early what cannot be written.

    Raises
    ------
    UsageError
        When the format has no spatial index, or parts are asked for in a single file.
    OutputError, OutputExistsError
        When it exists, or its folder is missing.
    """
    path, overwrite = destination.path, destination.overwrite
    if destination.partitions is None:
        indexed.require_indexed(path)
        outputs.check_writable(path, overwrite=overwrite)
        return
    partitions.require_folder_name(path)
    check_folder(path, overwrite=overwrite, is_own=partitions.is_partitions)


def convert(
    source: str, options: ReadOptions, destination: Destination, *, require_target: RequireTarget
) -> Converted:
    """Read a layer chunk by chunk, whole where that cannot be, and write it.

    Parameters
    ----------
    source, options
        What is read, and how.
    destination
        Where it goes.
    require_target
        Refuses the system that the layer would be written in.

    Raises
    ------
    DataError
        When the layer is refused; nothing is written then.
    UsageError
        When it has fewer rows than parts are asked for.
    """
    with outputs.working_folder(destination.path) as folder:
        try:
            rows, report = _by_chunks(source, options, destination, require_target, folder)
        except (ReadError, MixedColumnError) as error:
            rows, report = _whole(source, options, destination, folder, error)
            require_target(rows.crs)
        with listing_rejected(destination.side, report.rejected, overwrite=destination.overwrite):
            count = _write(rows, destination)
    return Converted(
        report=report,
        columns=rows.columns,
        written_count=rows.count,
        path=str(destination.path),
        rejected_path=destination.side if report.rejected else None,
        renamed=rows.renamed,
        index=indexed.INDEX_OF[destination.suffix],
        partition_count=count,
    )


def _by_chunks(
    source: str,
    options: ReadOptions,
    destination: Destination,
    require_target: RequireTarget,
    folder: Path,
) -> tuple[LayerRows, ReadReport]:
    """Lay the canonical rows of a layer aside, few of them held at a time."""
    chunks = sources.open_chunks(source, destination.layer, folder / "raw", options)
    require_target(chunks.crs)
    rows = _rows(destination, folder / "rows")
    for frame in chunks.frames():
        rows.add(frame)
    return rows, chunks.report()


def _whole(
    source: str,
    options: ReadOptions,
    destination: Destination,
    folder: Path,
    reason: ReadError | MixedColumnError,
) -> tuple[LayerRows, ReadReport]:
    """Lay the canonical rows of a layer aside that was read whole, and say why it was."""
    read = sources.read_layer(source, destination.layer, options)
    if not isinstance(read.frame, gpd.GeoDataFrame):
        raise GeometryError(
            f"{source}, layer {destination.layer}: it has no shapes that could be indexed.",
            remedy="Convert it without --index and --partitions.",
        )
    rows = _rows(destination, folder / "whole")
    rows.add(read.frame)
    known = isinstance(reason, UnstreamedError | MixedColumnError)
    why = reason.message if known else "it cannot be read in pieces"
    notice = schema.make_problem(
        "read_whole",
        destination.layer,
        f"{sources.shown_name(source)}: the layer was read whole, as {why}.",
        project_dir=options.project_dir,
    )
    return rows, replace(read.report, problems=(*read.report.problems, notice))


def _rows(destination: Destination, folder: Path) -> LayerRows:
    return LayerRows(folder, suffix=destination.suffix, target=destination.path)


def _write(rows: LayerRows, destination: Destination) -> int | None:
    """Write the rows; return how many parts they make, None for a single file."""
    path, layer, step = destination.path, destination.layer, destination.step
    if destination.partitions is None:
        indexed.write_indexed(rows, path, layer=layer, overwrite=destination.overwrite, step=step)
        return None
    parts = partitions.write_partitions(
        rows,
        path,
        layer=layer,
        count=destination.partitions,
        overwrite=destination.overwrite,
        step=step,
    )
    return len(parts)
