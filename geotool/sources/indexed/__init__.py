"""Rows near a corridor, through the index that a source already has.

Order: ``near_rows`` (what an index hands over); the indexes by kind of source ``geopackage``,
``flatgeobuf``, ``geoparquet``, ``near_postgis``; ``plain`` (rows that need no reading rules),
``near`` (rows of a canonical layer near a corridor).

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
