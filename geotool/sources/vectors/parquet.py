"""GeoParquet: the columnar format, read by its own library; one file, or a folder of parts."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyarrow.parquet as pq

from geotool.sources import partitions, sublayers
from geotool.sources.columnar import shape_column
from geotool.sources.files import Source
from geotool.sources.partitions import Part
from geotool.sources.records import RawLayer
from geotool.sources.vectors.headed import Header, declared_system, guarded

KINDS = frozenset({"parquet", "partitions"})
"""Kinds of input that are read here; all hold one layer, named like the file or folder."""


def read_rows(source: Source) -> RawLayer:
    """Read GeoParquet, or a Parquet table without shapes, rows in file order.

    The parts of a folder follow each other.

    Raises
    ------
    ReadError
        When it cannot be read, has no such layer, or its parts are not those of one layer.
    """
    sublayers.choose(source, [_stem(source)], "")
    if source.kind == "parquet":
        return _read_file(source)
    parts = _parts_of(source)
    raws = [_read_file(_source_of(source, part)) for part in parts]
    for part, raw in zip(parts, raws, strict=True):
        partitions.require_count(part, len(raw.frame))
        if _traits(raw) != _traits(raws[0]):
            raise partitions.stranger(part.path)
    frames = [raw.frame for raw in raws if len(raw.frame)]
    if not frames:
        return raws[0]
    return replace(raws[0], frame=pd.concat(frames, ignore_index=True))


def read_parquet_header(source: Source) -> Header:
    """Return what GeoParquet declares, of a folder what its parts declare together."""
    if source.kind == "parquet":
        return _read_header(source)
    parts = _parts_of(source)
    headers = [_read_header(_source_of(source, part)) for part in parts]
    for part, header in zip(parts, headers, strict=True):
        partitions.require_count(part, header.count)
        if (set(header.columns), header.crs) != (set(headers[0].columns), headers[0].crs):
            raise partitions.stranger(part.path)
    return _together(headers, _stem(source))


def _together(headers: Sequence[Header], name: str) -> Header:
    """Return what the parts of one layer declare together."""
    kinds = {kind for header in headers for kind in (header.geometry or "").split(", ")}
    bounds = [header.bounds for header in headers if header.bounds is not None]
    sides = list(zip(*bounds, strict=True))
    return replace(
        headers[0],
        name=name,
        geometry=", ".join(sorted(kinds)) or None,
        count=sum(header.count for header in headers),
        bounds=(min(sides[0]), min(sides[1]), max(sides[2]), max(sides[3])) if sides else None,
    )


def _read_file(source: Source) -> RawLayer:
    def work() -> tuple[pd.DataFrame, bool]:
        arrow = pq.read_schema(source.target)
        if shape_column(arrow.metadata) is None:
            return _plain_rows(pd.read_parquet(Path(str(source.target))), arrow.names), False
        return _plain_rows(_one_shape_column(gpd.read_parquet(source.target)), arrow.names), True

    frame, shapes = guarded(source, work)
    system = frame.crs.to_string() if shapes and frame.crs is not None else None
    return RawLayer(frame=frame, sublayer=None, shapes=shapes, crs=declared_system(system))


def _read_header(source: Source) -> Header:
    def work() -> Header:
        with pq.ParquetFile(source.target) as file:
            arrow, count = file.schema_arrow, file.metadata.num_rows
        shape, names = shape_column(arrow.metadata), tuple(arrow.names)
        if shape is None:
            return Header(_stem(source), None, None, count, None, names)
        return Header(
            name=_stem(source),
            geometry=", ".join(shape.kinds) or "Unknown",
            crs=shape.crs,
            count=count,
            bounds=shape.bounds,
            columns=shape.attributes_of(names),
        )

    return guarded(source, work)


def _stem(source: Source) -> str:
    return Path(source.name).stem


def _parts_of(source: Source) -> tuple[Part, ...]:
    return partitions.list_parts(Path(str(source.path))).files


def _source_of(source: Source, part: Part) -> Source:
    return replace(source, name=str(part.path), kind="parquet", path=part.path)


def _traits(raw: RawLayer) -> tuple[set[str], bool, str | None]:
    """Return what all parts of one layer have in common."""
    return {str(name) for name in raw.frame.columns}, raw.shapes, raw.crs


def _plain_rows(frame: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Return the frame with the columns of the file that became its index as columns again."""
    held = [name for name in frame.index.names if name in names]
    kept = frame.reset_index(level=held) if held else frame
    return kept.reset_index(drop=True)


def _one_shape_column(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the frame with its active shape named geometry and no other shapes."""
    active = frame.geometry.name
    others = [c for c in frame.columns if frame[c].dtype == "geometry" and c != active]
    kept = frame.drop(columns=others)
    return kept if active == "geometry" else kept.rename_geometry("geometry")
