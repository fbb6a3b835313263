"""Layers and tables -> files, in the format of the suffix."""

import datetime as dt
import io
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyogrio
import shapely

from geotool.errors import OutputError, UsageError
from geotool.outputs.exchange import prepare_kml, prepare_mapinfo
from geotool.outputs.place import STDOUT, atomic_path, check_writable, write_stdout
from geotool.outputs.text import cell_text, csv_blocks
from geotool.schema import normalise_name

Renamed = list[tuple[str, str]]

_DRIVERS = {
    ".gpkg": "GPKG",
    ".geojson": "GeoJSON",
    ".json": "GeoJSON",
    ".shp": "ESRI Shapefile",
    ".fgb": "FlatGeobuf",
    ".tab": "MapInfo File",
    ".mif": "MapInfo File",
    ".kml": "LIBKML",
}
_SUFFIXES = (*_DRIVERS, ".parquet", ".csv")
_EPOCH = "1970-01-01"
_PIECE_ROWS = 100_000
_DATE_OPTION = "OGR_CURRENT_DATE"
_NAME_LENGTHS = {".shp": 10, ".tab": 31, ".mif": 31}
_TEXT_BYTES = 254
_SHORT_TEXT = {".shp": "a shapefile", ".tab": "a MapInfo table", ".mif": "a MapInfo table"}
_MAPINFO = frozenset({".tab", ".mif"})
_MISREAD = frozenset("!;")  # signs in a path to which the library below gives a meaning
_RESERVED = {".gpkg": frozenset({"fid", "geom"})}
_FAILURES = (RuntimeError, ValueError, TypeError, pa.ArrowException, shapely.errors.ShapelyError)


def write_layer(
    frame: pd.DataFrame,
    path: Path | str,
    *,
    layer: str,
    overwrite: bool,
    date: str | None = None,
    note: str = "",
) -> Renamed:
    """Write a layer in the format of the path's suffix.

    Parameters
    ----------
    frame
        Layer in any CRS, or a table without shapes; rows are written in its order.
    path
        ``.gpkg``, ``.geojson``, ``.shp``, ``.fgb``, ``.parquet``, ``.tab``, ``.mif``, ``.kml`` or
        ``.csv``; ``-`` writes GeoJSON to standard output, CSV for a table.
    layer, overwrite
        Name of the layer inside the file; whether to replace an existing file.
    date, note
        The user's date (YYYY-MM-DD) for formats that store one; what the data are, kept as the
        description of the layer in a GeoPackage.

    Returns
    -------
    list
        (name in the frame, name in the file) of every column that had to be renamed.

    Raises
    ------
    OutputError
        When it cannot be written; OutputExistsError when it exists.
    UsageError
        When the suffix or the date is none.
    """
    if str(path) == STDOUT:
        return _layerwrite_stdout(frame, layer)
    target = Path(path)
    suffix = target.suffix.lower()
    if suffix not in _SUFFIXES:
        raise UsageError(
            f"{target}: '{suffix or target.name}' does not end in a format layers are written in.",
            remedy=f"Use one of {', '.join(_SUFFIXES)}.",
        )
    check_writable(target, overwrite=overwrite)
    if suffix == ".csv":
        flat, renamed = _flat_table(frame)
        write_table_csv(flat, target, overwrite=overwrite)
        return renamed
    plain, renamed = _prepared(frame, suffix, target)
    with atomic_path(target, overwrite=overwrite) as temporary:
        if suffix == ".parquet":
            _guarded(target, lambda: plain.to_parquet(temporary, index=False))
        else:
            _write_ogr({layer: plain}, temporary, target, date, note)
    return renamed


def write_layers(
    frames: Mapping[str, pd.DataFrame],
    path: Path,
    *,
    overwrite: bool,
    date: str | None = None,
    note: str = "",
) -> dict[str, Renamed]:
    """Write several layers into one GeoPackage, in the order of their names.

    ``note`` says what the data are and becomes the description of each layer.

    Returns
    -------
    dict
        Layer name to its renamed columns, see :func:`write_layer`.

    Raises
    ------
    OutputError, UsageError
        As :func:`write_layer`; the suffix must be ``.gpkg``.
    """
    if path.suffix.lower() != ".gpkg" or not frames:
        raise UsageError(
            f"{path}: several layers go into one GeoPackage.", remedy="Name a .gpkg file."
        )
    prepared = {name: _prepared(frames[name], ".gpkg", path) for name in sorted(frames)}
    with atomic_path(path, overwrite=overwrite) as temporary:
        plain = {name: frame for name, (frame, _) in prepared.items()}
        _write_ogr(plain, temporary, path, date, note)
    return {name: renamed for name, (_, renamed) in prepared.items()}


def write_table_csv(frame: pd.DataFrame, path: Path | str, *, overwrite: bool = False) -> None:
    r"""Write a table as CSV: UTF-8 (with BOM in a file, for Excel), lines end in ``\n``.

    Numbers are unrounded, empty cells empty; a geometry column is left out.
    """
    if str(path) == STDOUT:
        for text in csv_blocks(frame):
            write_stdout(text.encode("utf-8"))
        return
    with (
        atomic_path(Path(path), overwrite=overwrite) as temporary,
        temporary.open("w", encoding="utf-8-sig", newline="") as stream,
    ):
        stream.writelines(csv_blocks(frame))


def _prepared(frame: pd.DataFrame, suffix: str, target: Path) -> tuple[pd.DataFrame, Renamed]:
    """Return a new frame whose names and cells the format can hold, and the names changed."""
    if suffix == ".kml":
        frame = prepare_kml(frame, str(target))
    names = [str(name) for name in frame.columns]
    shape = frame.geometry.name if _has_shapes(frame) else None
    fields_only = [name for name in names if name != shape]
    taken = _names_for(fields_only, suffix)
    plain = frame.rename(columns=taken)
    for name in taken.values():
        plain[name] = _plain_cells(plain[name])
        if suffix in _SHORT_TEXT:
            _require_short(plain[name], name, target)
    return plain, [(old, new) for old, new in taken.items() if old != new]


def _has_shapes(frame: pd.DataFrame) -> bool:
    return isinstance(frame, gpd.GeoDataFrame) and frame.active_geometry_name is not None


def _names_for(names: Sequence[str], suffix: str) -> dict[str, str]:
    """Return name -> name in the file: unique in any case, cut where the format is narrow."""
    given: dict[str, str] = {}
    used = set(_RESERVED.get(suffix, frozenset()))
    width = _NAME_LENGTHS.get(suffix)
    # names that fit keep themselves, whatever stands before them
    for name in sorted(names, key=lambda name: _short(name, width) != name):
        base = _short(name, width)
        candidate, number = base, 0
        while (candidate.lower() if suffix in _DRIVERS else candidate) in used:
            number += 1
            tail = f"_{number}"
            candidate = (base if width is None else base[: width - len(tail)]) + tail
        used.add(candidate.lower() if suffix in _DRIVERS else candidate)
        given[name] = candidate
    return {name: given[name] for name in names}


def _short(name: str, width: int | None) -> str:
    if width is None:
        return name
    kept = name.isascii() and (" " not in name or width == _NAME_LENGTHS[".shp"])
    plain = name if kept else normalise_name(name)
    return plain[:width] or "column"


def _plain_cells(cells: "pd.Series[Any]") -> "pd.Series[Any]":
    """Return a column of text, numbers, booleans or times; dates and lists become text."""
    if isinstance(cells.dtype, pd.CategoricalDtype):
        cells = cells.astype(object)
    if cells.dtype != object:
        return cells
    kind = pd.api.types.infer_dtype(cells, skipna=True)
    if kind in ("string", "empty"):
        return cells
    if kind == "boolean":
        return cells.astype("boolean")
    if kind in ("integer", "floating", "mixed-integer-float") and not _is_boundless(cells):
        return pd.to_numeric(cells)
    texts = [None if (text := cell_text(value)) == "" else text for value in cells.tolist()]
    return pd.Series(texts, index=cells.index, dtype=object)


def _is_boundless(cells: "pd.Series[Any]") -> bool:
    """Return whether a column holds a whole number that no column of numbers can hold."""
    return any(isinstance(value, int) and abs(value) >= 1 << 63 for value in cells.tolist())


def _require_short(cells: "pd.Series[Any]", name: str, target: Path) -> None:
    if cells.dtype.kind not in "OUST":
        return
    too_long = [
        value
        for value in cells.tolist()
        if isinstance(value, str) and len(value.encode("utf-8")) > _TEXT_BYTES
    ]
    if too_long:
        raise OutputError(
            f"{target}: {len(too_long)} cells of column {name} are longer than "
            f"{_SHORT_TEXT[target.suffix.lower()]} holds ({_TEXT_BYTES} bytes).",
            remedy="Write a .gpkg file instead.",
        )


def _flat_table(frame: pd.DataFrame) -> tuple[pd.DataFrame, Renamed]:
    """Return a layer as a table: points as two columns, other shapes as text, at the end."""
    if not isinstance(frame, gpd.GeoDataFrame) or not _has_shapes(frame):
        return frame, []
    shapes = frame.geometry
    if shapes.dropna().geom_type.eq("Point").all() and len(shapes.dropna()):
        lonlat = frame.crs is not None and frame.crs.is_geographic
        names = ("lon", "lat") if lonlat else ("x", "y")
        places = dict(zip(names, (shapes.x, shapes.y), strict=True))
    else:
        places = {"wkt": shapes.to_wkt().where(shapes.notna(), None)}
    rest = pd.DataFrame(frame.drop(columns=[shapes.name]))
    renamed = [(str(n), f"{n}_1") for n in rest.columns if str(n).lower() in places]
    return rest.rename(columns=dict(renamed)).assign(**places), renamed


def _layerwrite_stdout(frame: pd.DataFrame, layer: str) -> Renamed:
    if not _has_shapes(frame):
        write_table_csv(frame, STDOUT)
        return []
    plain, renamed = _prepared(frame, ".geojson", Path(STDOUT))
    stream = io.BytesIO()
    _guarded(Path(STDOUT), lambda: _ogr(plain, stream, "GeoJSON", layer))
    write_stdout(stream.getvalue())
    return renamed


def _write_ogr(
    layers: Mapping[str, pd.DataFrame], temporary: Path, target: Path, date: str | None, note: str
) -> None:
    suffix = target.suffix.lower()
    driver = _DRIVERS[suffix]
    with _pinned_date(date) as day, _plain_place(temporary) as place:
        options = {"ESRI Shapefile": {"DBF_DATE_LAST_UPDATE": day}, "GPKG": {"DESCRIPTION": note}}
        for number, (layer, given) in enumerate(layers.items()):
            frame = given
            if suffix in _MAPINFO:
                frame, options[driver] = prepare_mapinfo(given, bounded=suffix == ".tab")
            write = partial(_ogr, frame, place, driver, layer, append=number > 0)
            _guarded(target, partial(write, options=options.get(driver)))


def _ogr(
    frame: pd.DataFrame,
    place: Path | io.BytesIO,
    driver: str,
    layer: str,
    *,
    append: bool = False,
    options: Mapping[str, str] | None = None,
) -> None:
    name = None if driver == "ESRI Shapefile" else layer
    for number, piece in enumerate(_pieces(frame, driver)):
        pyogrio.write_dataframe(
            piece,
            place,
            driver=driver,
            layer=name,
            append=append or number > 0,
            use_arrow=False,
            layer_options=dict(options or {}),
        )


def _pieces(frame: pd.DataFrame, driver: str) -> Iterator[pd.DataFrame]:
    """Yield a large layer in pieces, so that only one is held twice.

    Only a GeoPackage whose shapes are all of one type takes pieces: the first one written
    decides the type of the layer.
    """
    alike = _has_shapes(frame) and len(set(shapely.get_type_id(frame.geometry.array))) == 1
    size = _PIECE_ROWS if driver == "GPKG" and alike else max(len(frame), 1)
    for start in range(0, max(len(frame), 1), size):
        yield frame.iloc[start : start + size]


def _guarded(target: Path, work: Callable[[], object]) -> None:
    """Write something; what the library below says goes into an ``OutputError``."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            work()
    except _FAILURES as error:
        if isinstance(error, OutputError):
            raise
        reason = " ".join(str(error).split())[:200]
        raise OutputError(
            f"{target}: the layer cannot be written in this format ({reason}).",
            remedy="Write a .gpkg file instead.",
        ) from error


@contextmanager
def _pinned_date(date: str | None) -> Iterator[str]:
    """Write with a fixed date; the library's own setting comes back afterwards."""
    day = date or _EPOCH
    try:
        dt.date.fromisoformat(day)
    except ValueError as error:
        raise UsageError(f"'{day}' is no date.", remedy="Write YYYY-MM-DD.") from error
    before = pyogrio.get_gdal_config_option(_DATE_OPTION)
    pyogrio.set_gdal_config_options({_DATE_OPTION: f"{day}T00:00:00.000Z"})
    try:
        yield day
    finally:
        pyogrio.set_gdal_config_options({_DATE_OPTION: before})


@contextmanager
def _plain_place(temporary: Path) -> Iterator[Path]:
    """Yield a path the library below does not take for an address inside an archive."""
    text = str(temporary)
    if text.isprintable() and _MISREAD.isdisjoint(text):
        yield temporary
        return
    with tempfile.TemporaryDirectory(prefix="geotool-") as folder:
        place = Path(folder) / f"output{temporary.suffix}"
        yield place
        for made in Path(folder).iterdir():
            shutil.copyfile(made, temporary.with_suffix(made.suffix))
