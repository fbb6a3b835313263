"""A layer's style as QGIS keeps it (QML): symbols by class, names of columns, words of codes.

The looks are those of the maps: ``styles.toml`` through a recipe's layer. Only columns of the
layer are named, and only values it holds. Nothing of the data becomes an expression of QGIS's:
values and column names are quoted, and words are kept from being taken for one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

import numpy as np
import shapely

from geotool import units
from geotool.labels import Labels
from geotool.share.qgis_symbols import LINE, POINT, add_element, add_symbol, colour, xml_safe
from geotool.share.render.attributes import text_of
from geotool.share.render.layerdata import LayerColumn, MapLayer
from geotool.share.render.style import Styles, Symbol
from geotool.share.tables import value_key

_VERSION = "3.22.0"
_KINDS = ("Point", "Line", "Polygon")
_PLACEMENTS = ("0", "3", "4")  # QGIS's: around a point, along a line, level inside an area
_NAMED = 3  # values named in the label of a class that stands for several
_TEXT_COLOUR, _HALO = "#17262f", "#ffffff"


@dataclass(frozen=True)
class QgisWords:
    """What a style says: words, in which language, and what the file calls renamed columns."""

    labels: Labels
    language: str
    renamed: Mapping[str, str] = field(default_factory=dict)

    def name(self, column: str) -> str:
        """Return the name of a column in the file."""
        return self.renamed.get(column, column)

    def value(self, column: str, code: str) -> str:
        """Return the words of a coded value, the value itself where it has none."""
        key = value_key(column, code, self.labels) if code else "map.no_data"
        return code if key is None else self.labels.text(key, self.language)


@dataclass(frozen=True)
class _Class:
    """Shapes of one dimension and class; the code is None in a layer without classes.

    ``values`` are what the class without a code stands for.
    """

    code: str | None
    dimension: int
    symbol: Symbol
    values: tuple[str, ...] = ()

    def label(self, column: str, words: QgisWords) -> str:
        """Return the words of what is drawn by the class."""
        if self.code:
            return _inert(words.value(column, self.code))
        shown = [words.value(column, xml_safe(value)) for value in self.values[:_NAMED]]
        return _inert(", ".join([*shown, *["…"] * (len(self.values) > _NAMED)]))


def make_qml(layer: MapLayer, styles: Styles, words: QgisWords) -> str | None:
    """Return the QML text of a layer, None when none of its features has a shape.

    Parameters
    ----------
    layer
        Features in any CRS with their columns, class and title column. One that mixes points,
        lines and areas is drawn by rules, for QGIS opens it as one layer of each.
    styles
        Styles of the maps.
    words
        The words shown.

    Raises
    ------
    SchemaError
        When the layer's style does not exist.
    """
    column = layer.class_column if _can_class(layer) else None
    classes = _classes(layer, column, styles)
    if not classes:
        return None
    title = _title(layer, words)
    labelled = bool(title) and styles.style(layer.style).labelled
    root = ET.Element("qgis", _head(labelled=labelled))
    _add_fields(root, layer, words)
    dimensions = sorted({one.dimension for one in classes})
    if len(dimensions) > 1:
        _add_rules(root, classes, column, words)
    else:
        _add_categories(root, classes, column, words)
    ET.SubElement(root, "previewExpression").text = title
    if labelled:
        _add_names(root, title, dimensions[-1])
    if len(dimensions) == 1:
        ET.SubElement(root, "layerGeometryType").text = str(dimensions[0])
    return ET.tostring(root, encoding="unicode")


def _head(*, labelled: bool) -> dict[str, str]:
    return {
        "version": _VERSION,
        "styleCategories": "Symbology|Labeling|Fields|Forms|MapTips|Rendering",
        "labelsEnabled": "1" if labelled else "0",
        "simplifyDrawingHints": "1",
        "simplifyDrawingTol": "1",
        "simplifyAlgorithm": "0",
        "simplifyLocal": "1",
        "simplifyMaxScale": "1",
    }


def _can_class(layer: MapLayer) -> bool:
    """Return whether there are classes that QGIS would find; it writes times another way."""
    return layer.class_column is not None and layer.frame[layer.class_column].dtype.kind != "M"


def _classes(layer: MapLayer, column: str | None, styles: Styles) -> list[_Class]:
    """Return what is to be drawn, classes in legend order, areas before lines before points."""
    dimensions = shapely.get_dimensions(np.asarray(layer.frame.geometry.array, dtype=object))
    if column is None:
        found, unnamed = {("", int(one)) for one in np.unique(dimensions)}, [""]
        symbols = {"": styles.style(layer.style).symbol}
    else:
        texts = [text_of(value) for value in layer.frame[column].tolist()]
        codes = [_kept(text) for text in texts]
        unnamed = sorted({text for text, code in zip(texts, codes, strict=True) if not code})
        found = set(zip(codes, dimensions.tolist(), strict=True))
        symbols = styles.class_symbols(layer.style, [code for code, _ in found])
    return [
        _Class(None if column is None else code, dimension, symbol, tuple(unnamed))
        for code, symbol in symbols.items()
        for dimension in range(len(_KINDS) - 1, POINT - 1, -1)
        if (code, dimension) in found
    ]


def _kept(code: str) -> str:
    """Return a code, none when XML cannot hold it: QGIS then draws it as it draws other values."""
    return code if xml_safe(code) == code else ""


def _add_categories(
    root: ET.Element, classes: list[_Class], column: str | None, words: QgisWords
) -> None:
    renderer = _renderer(root, "singleSymbol" if column is None else "categorizedSymbol")
    if column is not None:
        renderer.set("attr", xml_safe(words.name(column)))
        categories = ET.SubElement(renderer, "categories")
        for number, one in enumerate(classes):
            code = one.code or ""
            shown = {"label": one.label(column, words), "value": code}
            add_element(
                categories, "category", {**shown, "symbol": str(number), "type": "string"}
            ).set("render", "true")
    _add_symbols(renderer, classes)


def _add_rules(
    root: ET.Element, classes: list[_Class], column: str | None, words: QgisWords
) -> None:
    renderer = _renderer(root, "RuleRenderer")
    rules = ET.SubElement(renderer, "rules", {"key": "rules"})
    for number, one in enumerate(classes):
        kind = f"geometry_type($geometry) = '{_KINDS[one.dimension]}'"
        rule = {"key": f"rule_{number}", "symbol": str(number), "filter": kind}
        if column is not None:
            code = one.code or ""
            rule["filter"] += _belongs(words.name(column), code, classes)
            rule["label"] = one.label(column, words)
        add_element(rules, "rule", rule)
    _add_symbols(renderer, classes)


def _belongs(column: str, code: str, classes: list[_Class]) -> str:
    """Return the part of a rule that chooses a class: no code means all that no class names."""
    cell = f"coalesce(to_string({_quoted(column)}), '')"
    if code:
        return f" AND {cell} = {_literal(code)}"
    named = dict.fromkeys(_literal(one.code) for one in classes if one.code)
    return f" AND {cell} NOT IN ({', '.join(named)})" if named else ""


def _renderer(root: ET.Element, kind: str) -> ET.Element:
    attributes = {"type": kind, "symbollevels": "0", "forceraster": "0", "enableorderby": "0"}
    return ET.SubElement(root, "renderer-v2", attributes)


def _add_symbols(renderer: ET.Element, classes: list[_Class]) -> None:
    symbols = ET.SubElement(renderer, "symbols")
    for number, one in enumerate(classes):
        add_symbol(symbols, str(number), one.symbol, one.dimension)


def _add_fields(root: ET.Element, layer: MapLayer, words: QgisWords) -> None:
    fields = ET.SubElement(root, "fieldConfiguration")
    aliases = ET.SubElement(root, "aliases")
    for number, column in enumerate(layer.columns):
        name = words.name(column.name)
        add_element(
            aliases,
            "alias",
            {"field": name, "index": str(number), "name": column.label[words.language]},
        )
        pairs = list(_value_map(layer, column, words))
        if pairs:
            widget = ET.SubElement(add_element(fields, "field", {"name": name}), "editWidget")
            widget.set("type", "ValueMap")
            _add_value_map(widget, pairs)


def _value_map(layer: MapLayer, column: LayerColumn, words: QgisWords) -> Iterator[tuple[str, str]]:
    """Yield code and words of a coded column; one where few values have words is free text."""
    if column.kind != "value":
        return
    codes = {text_of(value) for value in layer.frame[column.name].unique()} - {""}
    named = [code for code in codes if value_key(column.name, code, words.labels) is not None]
    if 2 * len(named) < len(codes):
        return
    for code in sorted(codes, key=units.natural_key):
        yield code, words.value(column.name, code)


def _add_value_map(widget: ET.Element, pairs: list[tuple[str, str]]) -> None:
    config = ET.SubElement(ET.SubElement(widget, "config"), "Option", {"type": "Map"})
    listed = ET.SubElement(config, "Option", {"type": "List", "name": "map"})
    for code, text in pairs:
        pair = ET.SubElement(listed, "Option", {"type": "Map"})
        add_element(pair, "Option", {"name": text, "value": code, "type": "QString"})


def _title(layer: MapLayer, words: QgisWords) -> str:
    """Return the expression that names a feature, empty when nothing does."""
    if layer.title_column is None:
        return ""
    cell = xml_safe(_quoted(words.name(layer.title_column)))
    coded = any(one.name == layer.title_column and one.kind == "value" for one in layer.columns)
    return f"represent_value({cell})" if coded else cell


def _add_names(root: ET.Element, title: str, dimension: int) -> None:
    """Write the features' names on the map."""
    labeling = ET.SubElement(root, "labeling", {"type": "simple"})
    settings = ET.SubElement(labeling, "settings", {"calloutType": "simple"})
    text = {
        "fieldName": title,
        "isExpression": "1",
        "fontFamily": "Arial",
        "fontSize": "9",
        "fontSizeUnit": "Point",
        "fontWeight": "50",
        "textColor": colour(_TEXT_COLOUR),
        "textOpacity": "1",
    }
    style = ET.SubElement(settings, "text-style", text)
    halo = {"bufferDraw": "1", "bufferSize": "0.8", "bufferSizeUnits": "MM", "bufferOpacity": "1"}
    ET.SubElement(style, "text-buffer", {**halo, "bufferColor": colour(_HALO)})
    place = {"placement": _PLACEMENTS[dimension], "dist": "1", "distUnits": "MM"}
    if dimension == LINE:
        place["placementFlags"] = "9"  # on the line, in the direction of the map
    ET.SubElement(settings, "placement", place)
    ET.SubElement(settings, "rendering", {"drawLabels": "1", "obstacle": "1"})


def _quoted(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def _inert(text: str) -> str:
    """Return words of which a QGIS legend takes no part for an expression, looking the same."""
    return text.replace("[%", "[\u2060%")
