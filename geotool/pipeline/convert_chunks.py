"""Convert one large file once: read chunk by chunk, written with a spatial index or in parts."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd
from pyproj import CRS

from geotool import outputs, schema, sources
from geotool.errors import GeometryError
from geotool.outputs import indexed, partitions
from geotool.outputs.folders import check_folder
from geotool.outputs.rows import LayerRows, MixedColumnError
from geotool.pipeline.convert_answer import Converted, listing_rejected
from geotool.pipeline.inputs import Step
from geotool.sources import ReadOptions, ReadReport
from geotool.sources.chunks import UnstreamedError

_PARQUET = ".parquet"
_ROWS = "rows"

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
        rows, report = _laid_aside(source, options, destination, require_target, folder)
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


def _laid_aside(
    source: str,
    options: ReadOptions,
    destination: Destination,
    require_target: RequireTarget,
    folder: Path,
) -> tuple[LayerRows, ReadReport]:
    """Lay the canonical rows of a layer aside, and nothing else, whichever way it is read."""
    try:
        return _by_chunks(source, options, destination, require_target, folder)
    except (UnstreamedError, MixedColumnError) as error:
        reason = error.message
    shutil.rmtree(folder / _ROWS, ignore_errors=True)
    rows, report = _whole(source, options, destination, folder, reason)
    require_target(rows.crs)
    return rows, report


def _by_chunks(
    source: str,
    options: ReadOptions,
    destination: Destination,
    require_target: RequireTarget,
    folder: Path,
) -> tuple[LayerRows, ReadReport]:
    """Lay the canonical rows of a layer aside, few of them held at a time."""
    raw = folder / "raw"
    try:
        chunks = sources.open_chunks(source, destination.layer, raw, options)
        require_target(chunks.crs)
        rows = _rows(destination, folder)
        for frame in chunks.frames():
            rows.add(frame)
        return rows, chunks.report()
    finally:
        shutil.rmtree(raw, ignore_errors=True)


def _whole(
    source: str,
    options: ReadOptions,
    destination: Destination,
    folder: Path,
    reason: str,
) -> tuple[LayerRows, ReadReport]:
    """Lay the canonical rows of a layer aside that was read whole, and say why it was."""
    read = sources.read_layer(source, destination.layer, options)
    if not isinstance(read.frame, gpd.GeoDataFrame):
        raise GeometryError(
            f"{source}, layer {destination.layer}: it has no shapes that could be indexed.",
            remedy="Convert it without --index and --partitions.",
        )
    rows = _rows(destination, folder)
    rows.add(read.frame)
    notice = schema.make_problem(
        "read_whole",
        destination.layer,
        f"{sources.shown_name(source)}: the layer was read whole, as {reason.rstrip('.')}.",
        project_dir=options.project_dir,
    )
    notice = replace(notice, remedy="Nothing to do: the layer is written as asked.")
    return rows, replace(read.report, problems=(*read.report.problems, notice))


def _rows(destination: Destination, folder: Path) -> LayerRows:
    return LayerRows(folder / _ROWS, suffix=destination.suffix, target=destination.path)


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
