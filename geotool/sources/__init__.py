"""READ: the only opener of input data; a file in, one canonical layer out.

Order: ``records`` (what goes in and comes out); ``markup``, ``archives``, ``kinds``,
``columnar``, ``partitions``, ``files`` (is the file what its name says, and safe?);
``sublayers`` (which layer in it), ``planned`` (which columns); ``orientation``, ``pairs``,
``coordinates`` (columns of a table to shapes), ``systems`` (coordinate reference systems),
``repair`` (rings); the readers by kind of source (``text`` serves them all: ``sheets``,
``drawings``, ``vectors`` with ``staging``,
``databases``, ``salvage``) and ``opening`` (which reader); ``logbook``, ``refusal``,
``rejection`` and ``reading`` (one layer with all that was found); ``chunks_raw``,
``chunks_text``, ``chunks_keys``, ``chunks_numbers``, ``chunks_problems`` and ``chunks`` (the
same layer, few rows at a time); ``indexed`` (only the rows
near a corridor); ``describe`` and
``sampling`` (what is in a file).

Importing this package loads nothing heavy; the functions do when they are called.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from geotool.sources.records import (
    AUTO,
    ColumnPlan,
    LayerRead,
    ReadOptions,
    ReadReport,
    SourceLayer,
)

if TYPE_CHECKING:
    import geopandas as gpd

    from geotool.schema import Problem
    from geotool.sources.chunks import LayerChunks
    from geotool.sources.indexed.near_read import NearRead
    from geotool.sources.indexed.near_rows import Surroundings

__all__ = [
    "AUTO",
    "ColumnPlan",
    "LayerRead",
    "ReadOptions",
    "ReadReport",
    "SourceLayer",
    "declares_crs",
    "describe_source",
    "digest_file",
    "digest_table",
    "inspect_layer",
    "load_plan",
    "open_chunks",
    "read_layer",
    "read_near",
    "read_plain",
    "shown_name",
]


def read_layer(path: Path | str, layer: str, options: ReadOptions | None = None) -> LayerRead:
    """Read one file as one canonical layer, or refuse it.

    Parameters
    ----------
    path
        A file, ``file#sublayer``, or ``-`` for GeoJSON or CSV on standard input.
    layer
        Name of the layer the file is read as, singular or plural.
    options
        Coordinate reference systems, sublayer, project.

    Returns
    -------
    LayerRead
        The frame in file order, with canonical column names, text keys and valid shapes in
        the target CRS; and the report of everything that was done to it.

    Raises
    ------
    UsageError
        When the file does not exist.
    DataError
        The fitting subclass (ReadError, CrsError, SchemaError, GeometryError, ...) when
        anything is wrong; ``problems`` carries every problem found, not only the first.
    """
    from geotool.sources import reading

    return reading.read_layer(path, layer, options or ReadOptions())


def read_near(
    source: Path | str,
    corridor: "Surroundings | gpd.GeoDataFrame",
    *,
    layer: str = "parcels",
    columns: Sequence[str] | None = None,
    options: ReadOptions | None = None,
) -> "NearRead":
    """Read the rows of a layer near a corridor; see :mod:`geotool.sources.indexed.near`.

    Raises
    ------
    UsageError, DataError
        As :func:`read_layer`, of the rows read.
    """
    from geotool.sources.indexed import near

    return near.read_near(source, corridor, layer=layer, columns=columns, options=options)


def read_plain(path: Path | str, layer: str) -> "NearRead | None":
    """Read all rows of a small GeoPackage layer that already is as geotool wants it.

    Returns
    -------
    NearRead or None
        The same rows as ``read_layer`` gives, without a frame and with nothing to report; None
        where ``read_layer`` has to be asked.

    Raises
    ------
    UsageError, ReadError
        When there is no such file, or it is damaged.
    """
    from geotool.sources.indexed import near

    return near.read_plain(path, layer)


def open_chunks(
    path: Path | str, layer: str, folder: Path, options: ReadOptions | None = None
) -> "LayerChunks":
    """Open one large file as a canonical layer whose rows come chunk by chunk.

    The rows are those of :func:`read_layer`, and refused for the same reasons; the memory
    needed does not grow with them, but for some bytes a row.

    Parameters
    ----------
    path, layer, options
        As for :func:`read_layer`.
    folder
        A folder with room for the layer, which is laid aside there.

    Raises
    ------
    UsageError, DataError
        As :func:`read_layer`; a ReadError where only the whole read tells what the rows mean.
    """
    from geotool.sources import chunks

    return chunks.open_chunks(path, layer, options or ReadOptions(), folder)


def inspect_layer(
    path: Path | str, layer: str, options: ReadOptions | None = None
) -> "tuple[LayerRead | None, list[Problem]]":
    """Read one file as one canonical layer and list every problem instead of refusing it.

    Returns
    -------
    tuple
        The layer as far as it could be read (None when it could not be read at all), and
        every problem with its severity.

    Raises
    ------
    UsageError
        When the file does not exist.
    """
    from geotool.sources import reading

    return reading.inspect_layer(path, layer, options or ReadOptions())


def describe_source(path: Path | str) -> list[SourceLayer]:
    """List what is in a file from its headers, without reading it all.

    Raises
    ------
    UsageError
        When the file does not exist.
    ReadError
        When it cannot be read, or is not what its name says.
    """
    from geotool.sources import describe

    return describe.describe_source(path)


def load_plan(path: Path, layer: str, *, project_dir: Path | None = None) -> ColumnPlan:
    """Return what a planner's map of columns says (``convert --columns map.toml``).

    Raises
    ------
    UsageError
        When the file is missing, or names columns that the layer has not.
    """
    from geotool import schema
    from geotool.sources.sheets import columns_map

    return columns_map.load_plan(path, schema.load_schema(layer, project_dir=project_dir))


def declares_crs(path: Path | str) -> bool:
    """Return whether every layer of a file states its CRS itself.

    A GeoJSON file without a ``crs`` member does not, although the format then means
    longitude and latitude; nor does a table with X and Y columns.

    Raises
    ------
    UsageError, ReadError
        As :func:`describe_source`.
    """
    from geotool.sources import describe

    return describe.declares_crs(path)


def shown_name(path: Path | str) -> str:
    """Return what an input is called in words, without its sublayer and any password."""
    from geotool.sources import files

    return files.shown_name(path)


def digest_file(path: Path) -> str:
    """Return the SHA-256 of a file as the reports of reading state it.

    Of a shapefile it is that of its .shp, .dbf, .shx and .prj together.
    """
    from geotool.sources import files

    return files.digest_file(path)


def digest_table(url: str) -> str:
    """Return the SHA-256 of the rows of ``postgresql://...#schema.table`` as they are now.

    Raises
    ------
    UsageError
        When the address is none, or the database driver is not installed.
    ReadError
        When the database cannot be reached, or there is no such table.
    """
    from geotool.sources.databases import postgis

    return postgis.digest_table(url)
