"""GeoParquet: the columnar format, read by its own library."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from geotool.sources.files import Source
from geotool.sources.records import RawLayer
from geotool.sources.vectors.headed import Header, declared_system, flat_bounds, guarded

_LON_LAT = "OGC:CRS84"


def read_rows(source: Source) -> RawLayer:
    """Read a GeoParquet file, or a Parquet table without shapes, rows in file order."""

    def work() -> tuple[pd.DataFrame, bool]:
        geo = _geo_of(pq.read_schema(source.target))
        if geo is None:
            return pd.read_parquet(Path(str(source.target))), False
        return _one_shape_column(gpd.read_parquet(source.target)), True

    frame, shapes = guarded(source, work)
    system = frame.crs.to_string() if shapes and frame.crs is not None else None
    plain = frame.reset_index(drop=True)
    return RawLayer(frame=plain, sublayer=None, shapes=shapes, crs=declared_system(system))


def read_parquet_header(source: Source) -> Header:
    """Return what a GeoParquet file declares."""

    def work() -> Header:
        with pq.ParquetFile(source.target) as file:
            arrow, count = file.schema_arrow, file.metadata.num_rows
        geo = _geo_of(arrow)
        names = tuple(arrow.names)
        stem = Path(source.name).stem
        if geo is None:
            return Header(stem, None, None, count, None, names)
        primary = geo["primary_column"]
        column = geo["columns"][primary]
        return Header(
            name=stem,
            geometry=", ".join(column.get("geometry_types") or []) or "Unknown",
            crs=_crs_of(column),
            count=count,
            bounds=flat_bounds(column.get("bbox")),
            columns=tuple(name for name in names if name != primary),
        )

    return guarded(source, work)


def _one_shape_column(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the frame with its active shape named geometry and no other shapes."""
    active = frame.geometry.name
    others = [c for c in frame.columns if frame[c].dtype == "geometry" and c != active]
    kept = frame.drop(columns=others)
    return kept if active == "geometry" else kept.rename_geometry("geometry")


def _geo_of(arrow: pa.Schema) -> Mapping[str, Any] | None:
    raw = (arrow.metadata or {}).get(b"geo")
    if raw is None:
        return None
    geo: Mapping[str, Any] = json.loads(raw)
    return geo


def _crs_of(column: Mapping[str, Any]) -> str | None:
    """Return the CRS of a GeoParquet column: longitude and latitude when none is stated."""
    if "crs" not in column:
        return _LON_LAT
    return None if column["crs"] is None else json.dumps(column["crs"])
