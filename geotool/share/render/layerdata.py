"""One layer of a page: its columns by allow-list, and its data as ``maps/FORMAT.md`` states it.

Only this module with ``shapes``, ``attributes`` and ``streams``, and ``maps/assets/decode.js``
know the format. Only the columns named are embedded: what is not listed does not leave the
office.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from geotool import crs
from geotool.errors import CrsError, SchemaError
from geotool.labels import Labels
from geotool.share.render import attributes, shapes
from geotool.share.render.attributes import are_numbers, visible_text, words_of_column
from geotool.share.render.streams import Streams, Whole, varints
from geotool.share.tables import Kind

if TYPE_CHECKING:
    import geopandas as gpd

FORMAT = "geotool-layer-2"
UNITS_PER_DEGREE = 10_000_000

Text = Mapping[str, str]

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
    main
        Whether the map is about it: charts and tables begin with it.
    counted
        Column of ``columns`` whose distinct values are counted, where a thing is drawn once for
        every alternative; None where each feature counts.
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
    main: bool = False
    counted: str | None = None

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
    kind = _kind_by_name(name)
    if kind is not None and (kind == "date" or are_numbers(values)):
        return kind
    _, words = words_of_column(values)
    return "text" if _known_codes(name, labels).isdisjoint(words) else "value"


def _kind_by_name(name: str) -> Kind | None:
    """Return the kind that the unit in a column's name states."""
    return next((kind for suffix, kind in _KINDS_BY_SUFFIX if name.endswith(suffix)), None)


def _known_codes(column: str, labels: Labels) -> set[str]:
    """Return the coded values of a column that have words."""
    words = labels.words["vi"]
    known = {key.removeprefix("values.") for key in words if key.startswith("values.")}
    own = f"{column}_"
    return known | {code.removeprefix(own) for code in known if code.startswith(own)} - {""}


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
    return crs.reproject(frame[_has_shape(frame)], "EPSG:4326")


def _has_shape(frame: "gpd.GeoDataFrame") -> "np.ndarray[Any, Any]":
    found = np.asarray(frame.geometry.array, dtype=object)
    shown: np.ndarray[Any, Any] = ~(shapely.is_missing(found) | shapely.is_empty(found))
    return shown


@dataclass(frozen=True)
class EncodedLayer:
    """The data of a layer: what a reader must know of it, and its streams as bytes."""

    entry: Mapping[str, object]
    data: bytes


def encode_layer(
    layer: MapLayer, lonlat: "gpd.GeoDataFrame", *, quantum_m: float = shapes.QUANTUM_M
) -> EncodedLayer:
    """Return a layer's data.

    Parameters
    ----------
    layer
        The layer; ``layer.columns`` is the allow-list.
    lonlat
        Its features in EPSG:4326, as returned by ``to_lonlat``.
    quantum_m
        Step of the coordinates on the ground.

    Raises
    ------
    SchemaError
        When a column named is not in the frame, or one of the date slider holds no plain dates.
    GeometryError
        When a coordinate is no place on the map.
    """
    _check_columns(layer, lonlat)
    drawn = np.asarray(lonlat.geometry.array, dtype=object)
    step = shapes.step_of(drawn, quantum_m=quantum_m, what=layer.name)
    order = shapes.hilbert_order(drawn)
    streams = Streams()
    shape = shapes.encode_shapes(drawn[order], streams, step=step)
    entry = {
        "format": FORMAT,
        "count": len(lonlat),
        "quantum_m": quantum_m,
        **shape,
        "columns": _encode_columns(layer, lonlat, order, streams),
        "parts": _encode_parts(layer, order, streams),
    }
    return EncodedLayer({**entry, "streams": streams.places}, streams.data)


def _check_columns(layer: MapLayer, lonlat: "gpd.GeoDataFrame") -> None:
    named = [column.name for column in layer.columns]
    named += [name for name in (layer.valid_from, layer.valid_to) if name is not None]
    lacking = [name for name in named if name not in lonlat.columns]
    if lacking:
        raise SchemaError(
            f"Layer '{layer.name}' lacks the columns {', '.join(lacking)}.",
            remedy="Name only columns the layer has.",
        )


def _encode_columns(
    layer: MapLayer, lonlat: "gpd.GeoDataFrame", order: Whole, streams: Streams
) -> list[dict[str, object]]:
    coded = {layer.class_column, *layer.filters}
    kinds = {one.name: "text" if one.name in coded else one.kind for one in layer.columns}
    valid = [name for name in (layer.valid_from, layer.valid_to) if name]
    kinds |= dict.fromkeys(valid, "date")
    found = [
        attributes.encode_column(
            name,
            lonlat[name].iloc[order],
            kind,
            streams,
            place=f"c{number}",
            summed=name in layer.sums,
        )
        for number, (name, kind) in enumerate(kinds.items())
    ]
    undated = [str(one["name"]) for one in found if one["name"] in valid and one["type"] != "date"]
    if undated:
        raise SchemaError(
            f"Layer '{layer.name}' has cells in {', '.join(undated)} that are no dates.",
            remedy="Write dates like 2025-03-01, without a time of day.",
        )
    return found


def _encode_parts(layer: MapLayer, order: Whole, streams: Streams) -> dict[str, object] | None:
    """Add the parts of the features in the order of the features."""
    if layer.parts is None:
        return None
    places = _written_places(layer, order)[layer.parts["row"].to_numpy(dtype=np.int64)]
    sequence = np.argsort(places, kind="stable")
    sequence = sequence[places[sequence] >= 0]
    rows, parts = places[sequence], layer.parts.iloc[sequence]
    streams.add("p.row", varints(np.diff(rows, prepend=0)))
    names = [name for name in (*layer.filters, *layer.sums) if name in parts.columns]
    columns = [
        attributes.encode_column(
            name,
            parts[name],
            _kind_by_name(name) or "number" if name in layer.sums else "text",
            streams,
            place=f"p{number}",
            summed=True,
        )
        for number, name in enumerate(dict.fromkeys(names))
    ]
    return {"count": len(rows), "columns": columns}


def _written_places(layer: MapLayer, order: Whole) -> Whole:
    """Return where each row of the layer's frame is written, -1 where it has no shape."""
    places = np.full(len(layer.frame), -1, dtype=np.int64)
    drawn = np.flatnonzero(_has_shape(layer.frame))
    places[drawn[order]] = np.arange(len(order))
    return places


def to_units(degrees: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
    """Return degrees as integers of 1e-7 degree."""
    units = np.rint(np.asarray(degrees, dtype=float) * UNITS_PER_DEGREE)
    return np.asarray(units, dtype=np.int64)


def json_text(data: object) -> str:
    r"""Return compact JSON that no HTML parser can take for markup.

    ``<``, ``>``, ``&`` and the two line separators of JavaScript are written as ``\u003c`` ...,
    so ``</script>`` and ``<!--`` inside values stay values. Characters that mislead the eye are
    made visible (``attributes.visible_text``).
    """
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    text = visible_text(text)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text
