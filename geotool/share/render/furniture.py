"""What stands around the map: legend entries, extent, names, ticks, totals.

Everything here is plain data for the page's JSON block; nothing is drawn.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geotool.labels import Labels
from geotool.share.render.attributes import is_missing, text_of, words_of_column
from geotool.share.render.layerdata import MapLayer, Text, make_columns, to_units
from geotool.share.render.style import LayerStyle, Styles, Symbol
from geotool.share.tables import TEXT_KINDS, TOTAL, Table, TableColumn, cell_text, value_key

if TYPE_CHECKING:
    import geopandas as gpd

_NAME_MARGIN_SHARE = 0.02
_NAME_CLEAR_SHARE = 0.03

Bounds = tuple[float, float, float, float]


@dataclass(frozen=True)
class Drawn:
    """A layer with its features in EPSG:4326 and its style: what every part here reads."""

    layer: MapLayer
    lonlat: "gpd.GeoDataFrame"
    style: LayerStyle

    @property
    def shapes(self) -> "np.ndarray[Any, Any]":
        """Return the geometries as an array."""
        return np.asarray(self.lonlat.geometry.array, dtype=object)


def extent(drawn: Sequence[Drawn]) -> Bounds:
    """Return west, south, east, north of what the map is about, in degrees.

    Background layers count only when there is nothing else; without any feature it is a small
    square at 0, 0.
    """
    filled = [one for one in drawn if len(one.lonlat)]
    fore = [one for one in filled if not one.style.background] or filled
    if not fore:
        return (-0.01, -0.01, 0.01, 0.01)
    boxes = np.array([shapely.total_bounds(one.shapes) for one in fore])
    west, south = boxes[:, :2].min(axis=0)
    east, north = boxes[:, 2:].max(axis=0)
    return float(west), float(south), float(east), float(north)


def layer_entry(one: Drawn, styles: Styles) -> dict[str, object]:
    """Return what the list of layers, the legend and the card need to know of a layer."""
    layer = one.layer
    classed = layer.class_column if layer.embeds(layer.class_column) else None
    titled = layer.title_column if layer.embeds(layer.title_column) else None
    return {
        "name": layer.name,
        "title": dict(layer.title),
        "group": dict(layer.group) if layer.group is not None else None,
        "visible": layer.visible,
        "main": layer.main,
        "background": one.style.background,
        "strip": one.style.strip,
        "count": _count(one, np.ones(len(one.lonlat), dtype=bool)),
        "counted": layer.counted,
        "title_column": titled,
        "class_column": classed,
        "columns": [
            {"name": column.name, "label": dict(column.label), "kind": column.kind}
            for column in layer.columns
        ],
        "classes": _classes(one, styles, classed),
        "filters": list(layer.filters),
        "sums": list(layer.sums),
        "valid": [layer.valid_from, layer.valid_to],
        "indicators": list(layer.indicators),
    }


def part_columns(layer: MapLayer, labels: Labels) -> list[dict[str, object]]:
    """Return name, label and kind of each column by which the parts of a layer are read."""
    if layer.parts is None:
        return []
    names = tuple(dict.fromkeys((*layer.filters, *layer.sums)))
    found = make_columns(layer.parts, names, labels)
    return [
        {"name": column.name, "label": dict(column.label), "kind": column.kind} for column in found
    ]


def _classes(one: Drawn, styles: Styles, classed: str | None) -> list[dict[str, object]]:
    if classed is None:
        return [_class(None, len(one.lonlat), one.style.symbol)]
    codes, words = words_of_column(one.lonlat[classed])
    counts = {code: _count(one, codes == place - 1) for place, code in enumerate(["", *words])}
    present = [code for code, count in counts.items() if count]
    symbols = styles.class_symbols(one.layer.style, present)
    return [_class(code, counts[code], symbol) for code, symbol in symbols.items()]


def _count(one: Drawn, rows: "np.ndarray[Any, Any]") -> int:
    """Return how many features some rows are; what every alternative draws counts once."""
    if one.layer.counted is None:
        return int(rows.sum())
    codes, _ = words_of_column(one.lonlat[one.layer.counted])
    own = codes[rows]
    return len(set(own[own >= 0].tolist())) + int((own < 0).sum())


def _class(code: str | None, count: int, symbol: Symbol) -> dict[str, object]:
    return {"code": code, "count": count, "symbol": symbol.as_dict()}


def place_names(drawn: Sequence[Drawn], bounds: Bounds) -> dict[str, list[list[object]]]:
    """Return, by layer, x, y and text of each feature whose title is written on the map.

    A name stands in the widest place of the part inside the extent, clear of the lines and
    strips that the sketch shows.
    """
    west, south, east, north = bounds
    dx, dy = (east - west) * _NAME_MARGIN_SHARE, (north - south) * _NAME_MARGIN_SHARE
    window = (west - dx, south - dy, east + dx, north + dy)
    taken = _taken_ground(drawn, min(east - west, north - south) * _NAME_CLEAR_SHARE)
    places = {}
    for one in drawn:
        titled = one.layer.title_column
        if titled is not None and one.layer.embeds(titled) and one.style.labelled:
            pieces = shapely.clip_by_rect(one.shapes, *window)
            titles = zip(pieces, one.lonlat[titled], strict=True)
            names = [_name(piece, title, taken) for piece, title in titles]
            places[one.layer.name] = [name for name in names if name is not None]
    return places


def _taken_ground(drawn: Sequence[Drawn], clear: float) -> BaseGeometry | None:
    """Return the ground within ``clear`` degrees of the lines and strips of the sketch."""
    shapes = [one.shapes for one in drawn if one.style.sketch and not one.style.labelled]
    if not any(len(each) for each in shapes):
        return None
    found: BaseGeometry = shapely.union_all(shapely.buffer(np.concatenate(shapes), clear))
    return found


def _name(
    piece: BaseGeometry | None, title: object, taken: BaseGeometry | None
) -> list[object] | None:
    if is_missing(title) or piece is None or piece.is_empty:
        return None
    free = piece
    if taken is not None and piece.is_valid:
        free = shapely.difference(piece, taken)
        areal = [part for part in shapely.get_parts(free) if shapely.get_dimensions(part) == 2]
        free = max(areal, key=shapely.area) if areal else piece
    x, y = to_units(np.array(_inside(free)))
    return [int(x), int(y), text_of(title)]


def _inside(piece: BaseGeometry) -> tuple[float, float]:
    if isinstance(piece, shapely.Polygon | shapely.MultiPolygon) and piece.is_valid:
        radius = shapely.maximum_inscribed_circle(piece)
        if not radius.is_empty:
            x, y = shapely.get_coordinates(radius)[0]
            return float(x), float(y)
    point = piece.representative_point()
    return float(point.x), float(point.y)


def used_words(drawn: Sequence[Drawn], labels: Labels) -> dict[str, dict[str, Text]]:
    """Return the words of the coded values the layers embed: column, code, language.

    A code may mean different things in two columns: ``values.<column>_<code>`` is preferred to
    ``values.<code>``.
    """
    words: dict[str, dict[str, Text]] = {}
    for one in drawn:
        for name, codes in _codes(one).items():
            words.setdefault(name, {}).update(_code_words(name, codes, labels))
    return {name: dict(sorted(words[name].items())) for name in sorted(words)}


def _codes(one: Drawn) -> dict[str, set[str]]:
    """Return the codes of each coded column of a layer and its parts."""
    layer, parts = one.layer, one.layer.parts
    coded = {layer.class_column, *layer.filters}
    named = [each.name for each in layer.columns if each.kind == "value" or each.name in coded]
    codes = {name: set(words_of_column(one.lonlat[name])[1]) for name in named}
    for name in layer.filters if parts is not None else ():
        if parts is not None and name in parts:
            codes[name] = codes.get(name, set()) | set(words_of_column(parts[name])[1])
    return codes


def _code_words(column: str, codes: set[str], labels: Labels) -> dict[str, Text]:
    keys = {code: value_key(column, code, labels) for code in codes}
    return {code: labels.both(key) for code, key in keys.items() if key is not None}


def tick_entries(ticks: "gpd.GeoDataFrame | None") -> list[list[object]]:
    """Return x, y, label, chainage in metres, alignment of each tick (``ticks`` in EPSG:4326).

    The alignment is None where the ticks have no column ``alignment_id``.
    """
    if ticks is None:
        return []
    points = to_units(shapely.get_coordinates(np.asarray(ticks.geometry.array, dtype=object)))
    owners = ticks["alignment_id"] if "alignment_id" in ticks else [None] * len(ticks)
    rows = zip(points, ticks["label"], ticks["chainage_m"], owners, strict=True)
    return [
        [int(x), int(y), str(label), float(chainage), None if owner is None else str(owner)]
        for (x, y), label, chainage, owner in rows
    ]


def table_entry(table: Table, labels: Labels) -> dict[str, object]:
    """Return a table for the page: per cell its unrounded value and its text by language.

    A code with a name beside it (``commune_id``, ``commune_name``) is shown by its name.
    """
    table = _name_codes(table)
    entries = [
        [_cell(row.get(column.name), column, labels) for column in table.columns]
        for row in [*table.rows, *([table.total] if table.total is not None else [])]
    ]
    if table.total is not None and entries[-1][0][0] is None:
        entries[-1][0] = [TOTAL, *(labels.text("report.total", one) for one in ("vi", "en"))]
    return {
        "name": table.name,
        "title": words_of(table.title_key, labels),
        "columns": [
            {
                "name": column.name,
                "label": words_of(column.label, labels),
                "number": column.kind not in TEXT_KINDS,
            }
            for column in table.columns
        ],
        "rows": entries,
        "has_total": table.total is not None,
        "notes": [words_of(note, labels) for note in table.notes],
    }


def _name_codes(table: Table) -> Table:
    """Return a table without ``x_name`` beside ``x_id``; ``x_id`` takes over its heading."""
    heads = {column.name: column.label for column in table.columns}
    columns = []
    for column in table.columns:
        name = column.name.removesuffix("_id") + "_name"
        if column.name.endswith("_id") and name in heads:
            columns.append(replace(column, label_key=heads[name]))
        elif column.name.removesuffix("_name") + "_id" not in heads:
            columns.append(column)
    return replace(table, columns=tuple(columns))


def words_of(key: str, labels: Labels) -> Text:
    """Return the words of a label key; a text that is no key stands for itself."""
    return labels.both(key) if labels.has(key) else {"vi": key, "en": key}


def _cell(value: object, column: TableColumn, labels: Labels) -> list[object]:
    kind = column.kind
    if is_missing(value):
        return [None, "–", "–"]
    raw: object = text_of(value)
    if kind not in TEXT_KINDS:
        number = float(str(value))
        raw = int(number) if number.is_integer() and abs(number) < 2**53 else number
    shown = raw if kind in TEXT_KINDS else value
    return [
        raw,
        cell_text(shown, kind, labels=labels, language="vi", column=column.name),
        cell_text(shown, kind, labels=labels, language="en", column=column.name),
    ]
