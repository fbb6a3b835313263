"""Which index a kind of source has, and how it is opened."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from types import MappingProxyType

from geotool.aliases import normalise_name
from geotool.records import LayerSchema
from geotool.sources.files import Source
from geotool.sources.indexed.near_rows import IndexedLayer

Opened = AbstractContextManager[IndexedLayer | None]


def open_source_index(source: Source, schema: LayerSchema) -> Opened:
    """Open the layer of a source through its index.

    Parameters
    ----------
    source
        Any input; one of many kinds has no index.
    schema
        The layer it is read as, which chooses among several of one file.

    Returns
    -------
    AbstractContextManager
        The open layer; None where there is no index, or the rules of reading must decide
        which layer is meant.

    Raises
    ------
    ReadError
        When the source is damaged or cannot be reached.
    """
    opener = _OPENERS.get(source.kind)
    return nullcontext() if opener is None else opener(source, schema)


def _open_geopackage(source: Source, schema: LayerSchema) -> Opened:
    from geotool.sources.indexed import geopackage

    sublayer = _sublayer_in(geopackage.list_layers(source), source, schema)
    return nullcontext() if sublayer is None else geopackage.open_indexed(source, sublayer)


def _open_flatgeobuf(source: Source, _schema: LayerSchema) -> Opened:
    from geotool.sources.indexed import flatgeobuf

    return flatgeobuf.open_indexed(source, source.sublayer)


def _open_geoparquet(source: Source, _schema: LayerSchema) -> Opened:
    from geotool.sources.indexed import geoparquet

    return geoparquet.open_indexed(source, source.sublayer)


def _open_postgis(source: Source, schema: LayerSchema) -> Opened:
    from geotool.sources.indexed import near_postgis

    return near_postgis.open_indexed(source, source.sublayer, schema)


_OPENERS: Mapping[str, Callable[[Source, LayerSchema], Opened]] = MappingProxyType(
    {
        "gpkg": _open_geopackage,
        "fgb": _open_flatgeobuf,
        "parquet": _open_geoparquet,
        "partitions": _open_geoparquet,
        "postgis": _open_postgis,
    }
)
"""Kind of source -> what opens its index."""


def _sublayer_in(names: Sequence[str], source: Source, schema: LayerSchema) -> str | None:
    """Return the layer of a file that is meant, None where the rules of reading must decide."""
    if source.sublayer is not None:
        return source.sublayer
    spellings = {normalise_name(name) for name in (schema.name, *schema.names)}
    same = [name for name in names if normalise_name(name) in spellings]
    if len(names) == 1 or len(same) == 1:
        return same[0] if same else names[0]
    return None
