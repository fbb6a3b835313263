"""Rows near a corridor, through the index that a source already has.

Order: ``near_rows`` (what an index hands over), ``meeting`` (which boxes meet), ``failures``; the
indexes by kind of source ``geopackage`` (by ``sqlite_file``), ``flatgeobuf`` (by ``flat_tables``
and ``flatgeobuf_rows``), ``geoparquet`` (by ``arrow_columns`` and ``parquet_rows``),
``near_postgis``; ``openers`` (which of them a source has); ``raw_rows`` (rows for the reading
rules), ``plain`` (rows that need none), ``near_read`` (rows as arrays), ``near`` (rows of a
canonical layer near a corridor), ``parted`` (the same from the parts of a layer).

Importing this package loads nothing heavy.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geotool.sources.indexed.near import read_near

__all__ = ["read_near"]


def __getattr__(name: str) -> object:
    """Return ``read_near`` when it is asked for: its module loads shapely."""
    if name == "read_near":
        from geotool.sources.indexed.near import read_near

        return read_near
    raise AttributeError(name)
