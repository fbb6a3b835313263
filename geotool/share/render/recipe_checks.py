"""Whether what a recipe names is there: sources, styles, tables, and the columns of each layer."""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from geotool import rules, schema
from geotool.schema import LayerSchema
from geotool.share.render.recipe_keys import (
    COMPUTED_SOURCES,
    COMPUTED_TABLES,
    PART_FILTERS,
    PART_SUMS,
    SCHEMAS,
    Mistake,
    Recipe,
    RecipeLayer,
    unknown,
)
from geotool.share.render.style import Styles

_NUMBERS = ("number", "integer")
_ADDED = ("_m2", "_ha", "_m", "_km", "_vnd", "_count")
_COLOURED = (*_ADDED, "_share")


def check_references(
    recipe: Recipe, styles: Styles, layers: Collection[str], project_dir: Path | None
) -> list[Mistake]:
    """Return every name in a recipe that nobody could provide.

    Parameters
    ----------
    recipe
        The recipe as read.
    styles
        The styles it may name.
    layers
        Layers that have a schema.
    project_dir
        The project whose schemas and rules come before the built-in ones.
    """
    found = list(_sources(recipe, styles, {*layers, *COMPUTED_SOURCES}))
    values = rules.load_rule("profiles", project_dir=project_dir).values
    computed = {column for columns in values["results"].values() for column in columns}
    for number, layer in enumerate(recipe.layers, 1):
        where = f"layers[{number}]"
        found += _uses(layer, where)
        if layer.source not in (*layers, *COMPUTED_SOURCES):
            continue
        name = SCHEMAS.get(layer.source, layer.source)
        own = schema.load_schema(name, project_dir=project_dir) if name in layers else None
        found += [*_columns(layer, where, own, computed), *_numbers(layer, where, own)]
    found += [
        unknown("tables", f"table '{table}' is unknown", table, COMPUTED_TABLES)
        for table in recipe.tables
        if table not in COMPUTED_TABLES
    ]
    return [*found, *_whole(recipe)]


def _sources(recipe: Recipe, styles: Styles, sources: Collection[str]) -> Iterator[Mistake]:
    seen: set[str] = set()
    for number, layer in enumerate(recipe.layers, 1):
        source, where = layer.source, f"layers[{number}]"
        if source and source not in sources:
            yield unknown(f"{where}.source", f"source '{source}' is unknown", source, sources)
        if layer.style and layer.style not in styles.styles and layer.style != source:
            text = f"style '{layer.style}' is unknown"
            yield unknown(f"{where}.style", text, layer.style, styles.styles)
        elif source in sources and layer.style not in styles.styles:
            text = f"there is no style '{source}': name one as style"
            yield unknown(f"{where}.style", text, source, styles.styles)
        if source in seen:
            yield Mistake(f"{where}.source", f"source '{source}' is named twice")
        seen.add(source)


def _columns(
    layer: RecipeLayer, where: str, own: LayerSchema | None, computed: Collection[str]
) -> Iterator[Mistake]:
    """Find columns that neither the layer's schema has nor geotool computes."""
    known = {*(own.column_names if own is not None else ()), *computed}
    for column in layer.columns:
        if column not in known:
            text = f"{where}.columns: '{column}' is no column of {layer.source}"
            yield unknown(f"{where}.columns", text, column, own.column_names if own else known)


def _uses(layer: RecipeLayer, where: str) -> Iterator[Mistake]:
    """Find columns to class, title, filter, add up or colour by that the page would not have."""
    single = (layer.class_column, layer.title_column)
    uses: Mapping[str, tuple[Collection[str], Collection[str]]] = {
        "": ([name for name in single if name is not None], layer.columns),
        ".filters": (layer.filters, {*layer.columns, *PART_FILTERS.get(layer.source, ())}),
        ".sums": (layer.sums, PART_SUMS.get(layer.source, layer.columns)),
        ".indicators": (layer.indicators, layer.columns),
    }
    for key, (names, known) in uses.items():
        for name in names:
            if name not in known:
                text = f"{where}{key}: '{name}' is not among its columns"
                yield unknown(f"{where}{key}", text, name, known)


def _numbers(layer: RecipeLayer, where: str, own: LayerSchema | None) -> Iterator[Mistake]:
    """Find columns to add up or to colour by that hold no such numbers."""
    uses = (("sums", layer.sums, _ADDED), ("indicators", layer.indicators, _COLOURED))
    for key, names, ends in uses:
        for name in names:
            if not _is_number(name, own, ends):
                text = f"{where}.{key}: '{name}' holds nothing that can be {_DONE[key]}"
                yield Mistake(f"{where}.{key}", text)


_DONE = {"sums": "added up", "indicators": "coloured by"}


def _is_number(name: str, own: LayerSchema | None, ends: tuple[str, ...]) -> bool:
    types = {} if own is None else {column.name: column.type for column in own.columns}
    return types[name] in _NUMBERS if name in types else name.endswith(ends)


def _whole(recipe: Recipe) -> Iterator[Mistake]:
    """Find panes that would not differ, a second main layer, a slider without any dates."""
    known = {name for layer in recipe.layers for name in layer.filters}
    column = recipe.compare_column
    if column is not None and column not in known:
        text = f"compare_column '{column}' is a filter of no layer"
        yield unknown("compare_column", text, column, known)
    mains = [number for number, layer in enumerate(recipe.layers, 1) if layer.main]
    for number in mains[1:]:
        text = f"layers[{number}].main: layers[{mains[0]}] is the main layer already"
        yield Mistake(f"layers[{number}].main", text)
    if recipe.date_slider and "handover" not in (layer.source for layer in recipe.layers):
        yield Mistake("date_slider", "date_slider needs a layer with source 'handover'")
