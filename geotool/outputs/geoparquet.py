"""GeoParquet 1.1 with a covering box a row, written table after table.

Format: https://geoparquet.org/releases/v1.1.0/ (encoding WKB, ``covering.bbox``).
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pyproj

from geotool.outputs.rows import BOX, SHAPE, SIDES, Bounds

GROUP_ROWS = 5_000
"""Most rows of a row group: what a reader of few rows has to decode at once."""

_TYPE_NAMES = (
    "Point",
    "LineString",
    "LineString",
    "Polygon",
    "MultiPoint",
    "MultiLineString",
    "MultiPolygon",
    "GeometryCollection",
)


@dataclass(frozen=True)
class Layout:
    """What all files of one layer share: columns, system, types of shape."""

    schema: pa.Schema
    crs: pyproj.CRS | None
    types: frozenset[int]

    def described(self, bounds: Bounds | None) -> pa.Schema:
        """Return the schema of a file with what GeoParquet says of it."""
        box = {} if bounds is None else {"bbox": list(bounds)}
        column: dict[str, Any] = {
            "encoding": "WKB",
            "geometry_types": sorted({_TYPE_NAMES[code] for code in self.types}),
            "crs": None if self.crs is None else self.crs.to_json_dict(),
            "covering": {"bbox": {side: [BOX, side] for side in SIDES}},
            **box,
        }
        geo = {"version": "1.1.0", "primary_column": SHAPE, "columns": {SHAPE: column}}
        return self.schema.with_metadata({"geo": json.dumps(geo)})


@contextmanager
def open_file(path: Path, layout: Layout, bounds: Bounds | None) -> Iterator["RowGroups"]:
    """Yield what takes the rows of one file, in row groups of :data:`GROUP_ROWS` rows."""
    with pq.ParquetWriter(path, layout.described(bounds)) as writer:
        groups = RowGroups(writer, layout.schema)
        yield groups
        groups.finish()


class RowGroups:
    """Fills row groups, whatever the size of the tables that come."""

    def __init__(self, writer: pq.ParquetWriter, schema: pa.Schema) -> None:
        self._writer = writer
        self._waiting = schema.empty_table()

    def add(self, table: pa.Table) -> None:
        """Add rows; whole row groups are written, the rest waits."""
        self._waiting = pa.concat_tables([self._waiting, table])
        whole = self._waiting.num_rows // GROUP_ROWS * GROUP_ROWS
        if whole:
            self._writer.write_table(self._waiting.slice(0, whole), row_group_size=GROUP_ROWS)
            self._waiting = self._waiting.slice(whole).combine_chunks()

    def finish(self) -> None:
        """Write what waits."""
        if self._waiting.num_rows:
            self._writer.write_table(self._waiting, row_group_size=GROUP_ROWS)
