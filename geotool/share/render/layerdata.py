"""One layer as inert data: what ``maps/assets/decode.js`` reads and ``maps/FORMAT.md`` states.

Only this module and ``decode.js`` know the format. Coordinates are integers of 1e-7 degree
(about a centimetre), written as differences; attributes are columns, text through a dictionary.
Only the columns named are embedded: what is not listed does not leave the office.
"""

import datetime
import json
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geotool import crs
from geotool.errors import CrsError, GeometryError, SchemaError
from geotool.labels import Labels
from geotool.share.tables import Kind, is_empty

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

FORMAT = "geotool-layer-1"
UNITS_PER_DEGREE = 10_000_000

Text = Mapping[str, str]

_TEXT_KINDS = ("text", "value", "date")
_DECIMALS = {"number": 6, "count": 0, "vnd": 0, "share": 6}
_KINDS_BY_SUFFIX: tuple[tuple[str, Kind], ...] = (
    ("chainage_m", "chainage"),
    ("chainage", "chainage"),
    ("_kv", "number"),
    ("_m2", "area_m2"),
    ("_ha", "area_ha"),
    ("_km", "length_km"),
    ("_m", "length_m"),
    ("_share", "share"),
    ("_vnd", "vnd"),
    ("_count", "count"),
    ("_date", "date"),
)
_POINTS, _LINES, _POLYGONS = 1, 2, 3


@dataclass(frozen=True)
class LayerColumn:
    """One column that may be embedded: its name in the frame, its label, what it holds."""

    name: str
    label: Text
    kind: Kind = "text"


@dataclass(frozen=True)
class MapLayer:
    """One layer of a page.

    Parameters
    ----------
    name
        Stable key; the checkbox carries it as ``data-layer``.
    title
        Words in the list of layers, by language.
    frame
        Features in any known CRS.
    columns
        The only columns that are embedded, in the order of the card.
    style
        Key of ``styles.toml``.
    group
        Heading above the layer in the list, by language, or None.
    class_column
        Column whose values choose the symbol. A column that is not among ``columns`` is not
        embedded and the layer then has one symbol.
    title_column
        Column that heads the card, names the feature on the map and is searched; the same
        holds for it.
    visible
        Whether the layer is shown when the page opens.
    filters
        Columns of ``columns`` or of ``parts`` by which the page filters the layer.
    sums
        Number columns of ``columns``, or of ``parts`` where there are parts, that the page adds
        up over what a filter leaves.
    parts
        The features divided by place: column ``row`` (place in ``frame``, from 0), then filter
        and sum columns. A feature is shown where one of its parts passes the filter, and sums
        are of the parts that pass. None where a feature counts as a whole.
    valid_from, valid_to
        Date columns of ``frame`` between which a feature is shown when the page has a date
        slider: from the first day on, up to the day before the last; empty is open.
    indicators
        Number columns of ``columns`` that areas may be coloured by, the first at the beginning.
    """

    name: str
    title: Text
    frame: "gpd.GeoDataFrame"
    columns: tuple[LayerColumn, ...]
    style: str
    group: Text | None = None
    class_column: str | None = None
    title_column: str | None = None
    visible: bool = True
    filters: tuple[str, ...] = ()
    sums: tuple[str, ...] = ()
    parts: "pd.DataFrame | None" = None
    valid_from: str | None = None
    valid_to: str | None = None
    indicators: tuple[str, ...] = ()

    def embeds(self, column: str | None) -> bool:
        """Return whether a column is among those embedded."""
        return column is not None and any(own.name == column for own in self.columns)


def make_columns(
    frame: "pd.DataFrame", names: Sequence[str], labels: Labels
) -> tuple[LayerColumn, ...]:
    """Return the columns of a frame that are named, with labels and kinds.

    A name the frame lacks is left out. The kind follows the unit in the name (``_m2``,
    ``_share``, ``chainage_m``) where the column holds numbers; a text column is coded when one
    of its values has words. A column without words is labelled by its name.
    """
    return tuple(_column(frame, name, names, labels) for name in names if name in frame.columns)


def _column(frame: "pd.DataFrame", name: str, names: Sequence[str], labels: Labels) -> LayerColumn:
    """Return one column; a code shown by its name (``x_id``) is labelled as the name."""
    named = name.removesuffix("_id") + "_name"
    if named in names:  # the name has a line of its own: the code stays a code
        kind: Kind = "text"
    else:
        kind = _kind(name, frame[name], labels)
    by_name = kind == "value" and name.endswith("_id") and labels.has(f"columns.{named}")
    key = f"columns.{named if by_name else name}"
    label = labels.both(key) if labels.has(key) else {"vi": name, "en": name}
    return LayerColumn(name, label, kind)


def _kind(name: str, values: "pd.Series[Any]", labels: Labels) -> Kind:
    for suffix, kind in _KINDS_BY_SUFFIX:
        if name.endswith(suffix) and (kind == "date" or _are_numbers(values)):
            return kind
    codes = {text_of(value) for value in values.unique()}
    coded = any(value_key(name, code, labels) is not None for code in codes)
    return "value" if coded else "text"


def _are_numbers(values: "pd.Series[Any]") -> bool:
    kinds = (int, float, np.integer, np.floating)
    return all(is_missing(value) or isinstance(value, kinds) for value in values)


def value_key(column: str, code: str, labels: Labels) -> str | None:
    """Return the label key of a coded value, the column's own before the general one."""
    for key in (f"values.{column}_{code}", f"values.{code}"):
        if code and labels.has(key):
            return key
    return None


def text_of(value: object) -> str:
    """Return a cell as text: booleans ``true``/``false``, whole numbers without a point."""
    if is_missing(value):
        return ""
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    if isinstance(value, datetime.date):
        return value.isoformat()
    return str(value)


def is_missing(value: object) -> bool:
    """Return whether a cell holds nothing: None, not-a-number, or pandas' missing values."""
    return is_empty(value) or type(value).__name__ in ("NAType", "NaTType")


def to_lonlat(frame: "gpd.GeoDataFrame", what: str) -> "gpd.GeoDataFrame":
    """Return the features that have a shape, in EPSG:4326.

    Raises
    ------
    CrsError
        When the frame has no CRS.
    """
    if frame.crs is None:
        raise CrsError(
            f"Layer '{what}' has no coordinate reference system and cannot be drawn.",
            remedy="State the CRS of its file with --src-crs.",
        )
    shapes = np.asarray(frame.geometry.array, dtype=object)
    drawn = frame[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]
    return crs.reproject(drawn, "EPSG:4326")


def encode_layer(layer: MapLayer, lonlat: "gpd.GeoDataFrame") -> str:
    """Return the JSON text of a layer's data block.

    Parameters
    ----------
    layer
        The layer; ``layer.columns`` is the allow-list.
    lonlat
        Its features in EPSG:4326, as returned by ``to_lonlat``.

    Raises
    ------
    SchemaError
        When a column named is not in the frame.
    GeometryError
        When a coordinate is not a finite place on Earth.
    """
    lacking = [column.name for column in layer.columns if column.name not in lonlat.columns]
    if lacking:
        raise SchemaError(
            f"Layer '{layer.name}' lacks the columns {', '.join(lacking)}.",
            remedy="Name only columns the layer has.",
        )
    shape, coordinates = _flatten(np.asarray(lonlat.geometry.array, dtype=object), layer.name)
    classed = layer.class_column
    return json_text(
        {
            "format": FORMAT,
            "count": len(lonlat),
            "shape": shape,
            "xy": np.diff(coordinates, axis=0, prepend=0).ravel().tolist(),
            "columns": [
                _encode_column(column, lonlat[column.name], as_text=column.name == classed)
                for column in layer.columns
            ],
        }
    )


def to_units(degrees: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
    """Return degrees as integers of 1e-7 degree."""
    units = np.rint(np.asarray(degrees, dtype=float) * UNITS_PER_DEGREE)
    return np.asarray(units, dtype=np.int64)


def json_text(data: object) -> str:
    r"""Return compact JSON that no HTML parser can take for markup.

    ``<``, ``>``, ``&`` and the two line separators of JavaScript are written as ``\u003c`` ...,
    so ``</script>`` and ``<!--`` inside values stay values.
    """
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _flatten(shapes: "np.ndarray[Any, Any]", what: str) -> tuple[list[int], "np.ndarray[Any, Any]"]:
    stream: list[int] = []
    pieces: list[np.ndarray[Any, Any]] = []
    for geometry in shapes:
        _add_shape(geometry, stream, pieces)
    degrees = np.concatenate(pieces) if pieces else np.empty((0, 2))
    if not (np.isfinite(degrees).all() and (np.abs(degrees) <= (180.0, 90.0)).all()):
        raise GeometryError(
            f"Layer '{what}' has coordinates that are no place on Earth.",
            remedy="Check the CRS stated for its file.",
        )
    return stream, to_units(degrees)


def _add_shape(
    geometry: BaseGeometry, stream: list[int], pieces: "list[np.ndarray[Any, Any]]"
) -> None:
    parts = _parts(geometry)
    kind = max((_dimension(part) for part in parts), default=0) + 1
    parts = [part for part in parts if _dimension(part) == kind - 1]
    stream += [kind, len(parts)]
    for part in parts:
        if kind == _POINTS:
            pieces.append(shapely.get_coordinates(part))
        elif kind == _LINES:
            _add_run(shapely.get_coordinates(part), stream, pieces)
        else:
            rings = shapely.get_rings(part)
            stream.append(len(rings))
            for ring in rings:
                _add_run(shapely.get_coordinates(ring)[:-1], stream, pieces)


def _add_run(
    points: "np.ndarray[Any, Any]", stream: list[int], pieces: "list[np.ndarray[Any, Any]]"
) -> None:
    stream.append(len(points))
    pieces.append(points)


def _dimension(geometry: BaseGeometry) -> int:
    return int(shapely.get_dimensions(geometry))


def _parts(geometry: BaseGeometry) -> list[BaseGeometry]:
    if geometry.is_empty:
        return []
    if geometry.geom_type in ("Point", "LineString", "LinearRing", "Polygon"):
        return [geometry]
    return [single for part in shapely.get_parts(geometry) for single in _parts(part)]


def _encode_column(
    column: LayerColumn, values: "pd.Series[Any]", *, as_text: bool
) -> dict[str, object]:
    if as_text or column.kind in _TEXT_KINDS:
        words: dict[Hashable, int] = {}
        codes = [
            -1 if is_missing(value) else words.setdefault(text_of(value), len(words))
            for value in values
        ]
        return {"name": column.name, "words": list(words), "codes": codes}
    decimals = _DECIMALS.get(column.kind, 3)
    return {"name": column.name, "numbers": [_number(value, decimals) for value in values]}


def _number(value: object, decimals: int) -> float | int | None:
    if is_missing(value):
        return None
    number = round(float(str(value)), decimals)
    return int(number) if number.is_integer() else number
