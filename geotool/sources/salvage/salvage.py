"""Files that cannot be read whole, read record by record: nothing sound is lost.

Every record there was is either a row or rejected with its reason. Shapefiles, GeoJSON,
GeoPackages and XML are taken apart here, for the library below gives up at the first damage;
of the other formats it gives every record that it can.
"""

import shutil
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import shapely

from geotool.errors import ReadError
from geotool.records import LayerSchema
from geotool.sources import sublayers
from geotool.sources.files import Source, parts_of
from geotool.sources.records import RawLayer, ReadOptions
from geotool.sources.salvage import salvage_json, salvage_markup, salvage_pages, salvage_shapefile
from geotool.sources.salvage.salvaged import Salvaged, unreadable
from geotool.sources.staging import staged
from geotool.sources.vectors import bytewise

if TYPE_CHECKING:
    from fiona import Collection
    from fiona.model import Feature

_MARKUP = frozenset({"kml", "gpx", "gml"})
_BY_RECORD = frozenset({"fgb", "mapinfo", "gdb", "sqlite", "topojson"})
_BYTEWISE = frozenset({"mapinfo"})
_ONE_LAYER = frozenset({"fgb", "mapinfo"})
_ANY_LAYER = LayerSchema(
    name="",
    title="",
    geometry=("polygon", "line", "point"),
    key=None,
    columns=(),
    derive_key=(),
    public="none",
)


def read_records(
    source: Source, sublayer: str | None, options: ReadOptions, schema: LayerSchema = _ANY_LAYER
) -> RawLayer:
    """Return the sound records of a damaged vector file as rows, the others as rejected.

    Parameters
    ----------
    source
        A file that the usual reader refused.
    sublayer
        The layer to read; None for the only one.
    options
        ``encoding`` is that of the text of a shapefile or MapInfo table.
    schema
        The layer it is read as, which decides between layers of different shapes.

    Returns
    -------
    RawLayer
        ``records`` has the number in the file of each row, from 1.

    Raises
    ------
    ReadError
        When nothing of it could be read, or the choice of the layer is open.
    """
    if source.kind in ("geojson", "geojsonseq"):
        with staged(source):
            data = source.data or b"" if source.path is None else source.path.read_bytes()
        lines = source.kind == "geojsonseq"
        return (salvage_json.read_lines if lines else salvage_json.read_features)(source, data)
    if source.path is None:
        raise unreadable(source)
    return _read_file(replace(source, sublayer=sublayer), source.path, options, schema)


def _read_file(source: Source, path: Path, options: ReadOptions, schema: LayerSchema) -> RawLayer:
    if source.kind in ("shp", "shpzip"):
        return salvage_shapefile.read_records(source, _shp_of(source, path, schema), options)
    if source.kind == "gpkg":
        return salvage_pages.read_rows(source, path, schema.name)
    if source.kind in _MARKUP:
        return salvage_markup.read_elements(source, path, schema, options)
    if source.kind in _BY_RECORD:
        return _read_by_library(source, path, options, schema)
    raise unreadable(source)


def _shp_of(source: Source, path: Path, schema: LayerSchema) -> Path:
    """Return the .shp file, also of an archive that was unpacked."""
    if path.is_file():
        return path
    found = {item.stem: item for item in sorted(path.rglob("*")) if item.suffix.lower() == ".shp"}
    return found[sublayers.choose(source, list(found), schema.name)]


def _read_by_library(
    source: Source, path: Path, options: ReadOptions, schema: LayerSchema
) -> RawLayer:
    import fiona

    found = Salvaged()
    encoding = bytewise.CODEC if source.kind in _BYTEWISE else None
    system: str | None = None
    with _copied(path) as copy, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            names = [str(name) for name in fiona.listlayers(copy)]
            sublayer = names[0] if source.kind in _ONE_LAYER else None
            sublayer = sublayer or sublayers.choose(source, names, schema.name)
            with fiona.open(copy, layer=sublayer, encoding=encoding) as collection:
                found.columns = [str(name) for name in collection.schema["properties"]]
                system = _system_of(collection)
                _collect(collection, found)
        except ReadError:
            raise
        except _record_failures():
            raise unreadable(source) from None
    raw = found.layer(source, sublayer, system)
    if source.kind not in _BYTEWISE:
        return raw
    text = bytewise.decode_frame(
        raw.frame, source.name, given=options.encoding, stated=None, what="header"
    )
    notes = (*raw.notes, *text.notes)
    return replace(
        raw, frame=text.frame, encoding=text.encoding, confidence=text.confidence, notes=notes
    )


def _system_of(collection: "Collection") -> str | None:
    """Return the system a file declares, None when what declares it is damaged too."""
    try:
        return collection.crs_wkt or None
    except _record_failures():
        return None


def _collect(collection: "Collection", found: Salvaged) -> None:
    """Take each record; behind the first that cannot be read, each by its number."""
    total = len(collection)
    number = 0
    try:
        for number, feature in enumerate(collection, 1):
            _take(found, number, feature)
    except _record_failures():
        number += 1
        found.reject(number, "it cannot be read")
        for number in range(found.count + 1, total + 1):
            _take(found, number, _by_number(collection, number))
    found.reject_rest(found.count + 1, total)


def _by_number(collection: "Collection", number: int) -> "Feature | None":
    try:
        return collection.get(number)
    except _record_failures():
        return None


def _record_failures() -> tuple[type[Exception], ...]:
    from fiona._err import CPLE_BaseError
    from fiona.errors import FionaError

    known = (RuntimeError, ValueError, LookupError, TypeError, OSError)
    return (FionaError, CPLE_BaseError, *known, NameError)  # fiona forgets to set a variable


def _take(found: Salvaged, number: int, feature: "Feature | None") -> None:
    """Keep or reject one record."""
    if feature is None:
        found.reject(number, "it cannot be read")
        return
    try:
        geometry = feature["geometry"]
        shape = None if geometry is None else shapely.geometry.shape(geometry)
        cells: Mapping[str, Any] = dict(feature["properties"])
    except (ValueError, TypeError, LookupError, AttributeError, shapely.errors.ShapelyError):
        found.reject(number, "its shape cannot be read")
        return
    found.keep(number, cells, shape)


@contextmanager
def _copied(path: Path) -> Iterator[Path]:
    """Yield a copy of the file and its companions, beside which anything may be written."""
    with tempfile.TemporaryDirectory(prefix="geotool-", ignore_cleanup_errors=True) as folder:
        copy = Path(folder) / f"copy{path.suffix.lower()}"
        if path.is_dir():
            shutil.copytree(path, copy)
        else:
            for part in parts_of(path):
                shutil.copyfile(part, copy.with_suffix(part.suffix.lower()))
        yield copy
