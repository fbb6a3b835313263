"""One layer as a file with a spatial index, written without holding its rows."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyogrio
import pyproj
import shapely

from geotool.errors import UsageError
from geotool.outputs.geoparquet import Layout, open_file
from geotool.outputs.ogr import guarded, pinned_date, plain_place
from geotool.outputs.ordering import rank_rows, sorted_tables
from geotool.outputs.place import atomic_path
from geotool.outputs.rows import SHAPE, LayerRows

INDEX_OF = {".gpkg": "rtree", ".fgb": "packed_rtree", ".parquet": "bbox"}
"""Suffix -> the spatial index that such a file has."""

_DRIVERS = {".gpkg": "GPKG", ".fgb": "FlatGeobuf"}
_TYPE_NAMES = {
    frozenset({0}): "Point",
    frozenset({1}): "LineString",
    frozenset({3}): "Polygon",
    frozenset({4}): "MultiPoint",
    frozenset({5}): "MultiLineString",
    frozenset({6}): "MultiPolygon",
    frozenset({7}): "GeometryCollection",
}
_SEVERAL_OF = {0: 4, 1: 5, 3: 6}
_MULTIPLE: Mapping[int, Callable[..., Any]] = {
    0: shapely.multipoints,
    1: shapely.multilinestrings,
    3: shapely.multipolygons,
}

Step = Callable[[str, int, int], None]


def require_indexed(path: Path | str) -> None:
    """Refuse a format without a spatial index.

    Raises
    ------
    UsageError
        Naming those that have one.
    """
    if Path(path).suffix.lower() not in INDEX_OF:
        raise UsageError(
            f"{path}: --index writes a format with a spatial index.",
            remedy=f"Name a file that ends in {', '.join(INDEX_OF)}.",
        )


def write_indexed(rows: LayerRows, path: Path, *, layer: str, overwrite: bool, step: Step) -> None:
    """Write a layer as a file with a spatial index.

    Parameters
    ----------
    rows
        The layer; a GeoPackage and FlatGeobuf take its rows in their order, GeoParquet in that
        of a Hilbert curve.
    path
        ``.gpkg``, ``.fgb`` or ``.parquet``.
    layer
        Name of the layer inside the file.
    overwrite
        Whether to replace an existing file.
    step
        Told how many rows are written.

    Raises
    ------
    OutputError, OutputExistsError
        When it cannot be written, or exists.
    """
    suffix = path.suffix.lower()
    with atomic_path(path, overwrite=overwrite, within=rows.folder) as temporary:
        if suffix == ".parquet":
            _write_geoparquet(rows, temporary, step)
            return
        with pinned_date(None), plain_place(temporary) as place:
            guarded(path, lambda: _write_stream(rows, place, _DRIVERS[suffix], layer, step))


def _write_geoparquet(rows: LayerRows, temporary: Path, step: Step) -> None:
    layout = Layout(rows.schema, rows.crs, frozenset(rows.types))
    done = 0
    with open_file(temporary, layout, rows.bounds) as file:
        for table in sorted_tables(rows, rank_rows(rows)):
            file.add(table)
            done += table.num_rows
            step("write", done, rows.count)


def _write_stream(rows: LayerRows, place: Path, driver: str, layer: str, step: Step) -> None:
    """Hand the rows to the library below, which takes them one batch at a time."""
    name, multi = _type_of(frozenset(rows.types))
    reader = pa.RecordBatchReader.from_batches(rows.schema, _batches(rows, multi, step))
    pyogrio.raw.write_arrow(
        reader,
        place,
        layer=layer,
        driver=driver,
        geometry_name=SHAPE,
        geometry_type=name,
        crs=_system_text(rows.crs),
    )


def _batches(rows: LayerRows, multi: int | None, step: Step) -> Iterator[pa.RecordBatch]:
    done = 0
    for table in rows.tables():
        plain = table
        if multi is not None:
            place = table.schema.get_field_index(SHAPE)
            plain = table.set_column(place, table.schema.field(SHAPE), _as_multi(table, multi))
        yield from plain.to_batches()
        done += table.num_rows
        step("write", done, rows.count)


def _type_of(types: frozenset[int]) -> tuple[str, int | None]:
    """Return the type of shape of a layer, and the single type that has to become multiple.

    These formats hold single and multiple shapes only as multiple ones.
    """
    for single, several in _SEVERAL_OF.items():
        if types == {single, several}:
            return _TYPE_NAMES[frozenset({several})], single
    return _TYPE_NAMES.get(types, "Unknown"), None


def _as_multi(table: pa.Table, single: int) -> pa.Array:
    """Return the shapes of a table as WKB, single ones as multiple shapes of one part."""
    shapes = shapely.from_wkb(table[SHAPE].to_numpy(zero_copy_only=False))
    alone = np.flatnonzero(shapely.get_type_id(shapes) == single)
    shapes[alone] = _MULTIPLE[single](shapes[alone], indices=np.arange(len(alone)))
    return pa.array(shapely.to_wkb(shapes), pa.binary())


def _system_text(system: pyproj.CRS | None) -> str | None:
    """Return a system as the library below takes it, by its code where it has one."""
    if system is None:
        return None
    code = system.to_epsg()
    return f"EPSG:{code}" if code else str(system.to_wkt("WKT1_GDAL"))
