"""One layer asked of the library that reads vector files: where it is, as what, its text."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pyogrio

from geotool.sources.files import Source
from geotool.sources.vectors import bytewise, shapefile
from geotool.sources.vectors.headed import guarded

ONE_LAYER = frozenset({"shp", "shpzip", "dbf", "mapinfo", "geojsonseq"})
"""Kinds of file that hold a single layer, whatever its name."""

BYTEWISE = frozenset({"shp", "shpzip", "dbf", "mapinfo"})
"""Kinds of file whose text is handed on byte by byte."""

# The numbers of GML are left as text, for "0012" is a name; the names of KML keep their accents.
_SETTINGS = {
    "gml": {"GML_FIELDTYPES": "ALWAYS_STRING"},
    "kml": {"LIBKML_LAUNDER_FIELD_NAMES": "NO"},
    "kmz": {"LIBKML_LAUNDER_FIELD_NAMES": "NO"},
}

_EVERY_ROW = "1 = 1"
"""Else no more rows are read than a count kept in the file says, which may be old."""


def read_info(source: Source, sublayer: str | None) -> dict[str, Any]:
    """Return what the library below says of a layer, with its count of rows and its bounds.

    Without a name it is the first layer, which must not be of an archive.

    Raises
    ------
    ReadError
        When it cannot be opened.
    """
    encoding = bytewise.CODEC if source.kind in BYTEWISE else None
    with settings(source):
        info: dict[str, Any] = guarded(
            source,
            lambda: pyogrio.read_info(
                place_of(source, sublayer),
                layer=layer_name(source, sublayer),
                encoding=encoding,
                force_feature_count=True,
                force_total_bounds=True,
            ),
        )
    if encoding is None:
        return info
    stated = stated_encoding(source, sublayer)
    return {**info, "fields": [bytewise.decode_name(str(n), stated) for n in info["fields"]]}


def read_rows(source: Source, sublayer: str, encoding: str | None) -> pd.DataFrame:
    """Return all rows of a layer.

    Raises
    ------
    ReadError
        When they cannot be read.
    """

    def work() -> pd.DataFrame:
        frame: pd.DataFrame = pyogrio.read_dataframe(
            place_of(source, sublayer),
            layer=layer_name(source, sublayer),
            encoding=encoding,
            use_arrow=False,
            where=_EVERY_ROW if source.kind == "gpkg" else None,
        )
        return frame

    with settings(source):
        return guarded(source, work)


@contextmanager
def settings(source: Source) -> Iterator[None]:
    """Have cells and names left as the file has them."""
    wanted = _SETTINGS.get(source.kind, {})
    before = {name: pyogrio.get_gdal_config_option(name) for name in wanted}
    pyogrio.set_gdal_config_options(dict(wanted))
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options(before)


def layer_name(source: Source, sublayer: str | None) -> str | None:
    """Return the layer to ask the library below for, None for the only one."""
    return None if source.kind in ONE_LAYER or source.data is not None else sublayer


def place_of(source: Source, sublayer: str | None) -> Path | bytes:
    """Return the file of a layer, or the bytes of standard input."""
    if source.kind != "shpzip" or sublayer is None:
        return source.target
    return shapefile.members(source)[sublayer]


def stated_encoding(source: Source, sublayer: str | None) -> str | None:
    """Return the encoding that a shapefile or MapInfo table states."""
    if source.kind == "mapinfo":
        return source.charset
    place = place_of(source, sublayer)
    return shapefile.code_page(place) if isinstance(place, Path) else None


def stated_in(source: Source) -> str:
    """Return in words where a file states the encoding of its text."""
    return "header" if source.kind == "mapinfo" else ".cpg file"
