"""Whether what a recipe names is there: sources, styles, tables, and the columns of each layer."""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from geotool import rules, schema
from geotool.schema import LayerSchema
from geotool.share.render.recipe_keys import (
    ALIGNMENT,
    COMPUTED_COLUMNS,
    COMPUTED_SOURCES,
    COMPUTED_TABLES,
    PART_FILTERS,
    PART_SUMS,
    SCHEMAS,
    VERSION,
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
    recipe: Recipe, styles: Styles | None, layers: Collection[str], project_dir: Path | None
) -> list[Mistake]:
    """Return every name in a recipe that nobody could provide.

    Parameters
    ----------
    recipe
        The recipe as read.
    styles
        The styles it may name; None where they cannot be told.
    layers
        Layers that have a schema.
    project_dir
        The project whose schemas and rules come before the built-in ones.
    """
    found = list(_sources(recipe, {*layers, *COMPUTED_SOURCES}))
    named = {SCHEMAS.get(layer.source, layer.source) for layer in recipe.layers} & set(layers)
    schemas = {name: schema.load_schema(name, project_dir=project_dir) for name in sorted(named)}
    if styles is not None:
        drawn = {name for name, own in schemas.items() if own.geometry}
        found += _styles(recipe, styles, {*drawn, *COMPUTED_SOURCES})
    values = rules.load_rule("profiles", project_dir=project_dir).values
    results = {column for columns in values["results"].values() for column in columns}
    for number, layer in enumerate(recipe.layers, 1):
        if layer.source not in (*layers, *COMPUTED_SOURCES):
            found += _uses(layer, f"layers[{number}]", layer.columns)
            continue
        own = schemas.get(SCHEMAS.get(layer.source, layer.source))
        found += _layer(layer, f"layers[{number}]", own, _computed(layer, recipe) & results)
    found += [
        unknown("tables", f"table '{table}' is unknown", table, COMPUTED_TABLES)
        for table in recipe.tables
        if table not in COMPUTED_TABLES
    ]
    return [*found, *_subject(recipe), *_whole(recipe)]


def _computed(layer: RecipeLayer, recipe: Recipe) -> set[str]:
    """Return the columns geotool adds to a source in a recipe."""
    compared = {recipe.compare_column} & {ALIGNMENT, VERSION}
    return {*COMPUTED_COLUMNS.get(layer.source, ()), *(name for name in compared if name)}


def _layer(
    layer: RecipeLayer, where: str, own: LayerSchema | None, computed: Collection[str]
) -> Iterator[Mistake]:
    if own is not None and not own.geometry and layer.source not in COMPUTED_SOURCES:
        text = f"source '{layer.source}' is a table without shapes, which no map can draw"
        remedy = "Name a layer with shapes, or one of its tables under `tables`."
        yield Mistake(f"{where}.source", text, remedy=remedy)
        return
    known = {*(own.column_names if own is not None else ()), *computed}
    yield from _columns(layer, where, own, known)
    yield from _uses(layer, where, known)
    yield from _numbers(layer, where, own)


def _sources(recipe: Recipe, sources: Collection[str]) -> Iterator[Mistake]:
    named: dict[str, list[str]] = {}
    for number, layer in enumerate(recipe.layers, 1):
        source, where = layer.source, f"layers[{number}].source"
        named.setdefault(source, []).append(where)
        if source and source not in sources and len(named[source]) == 1:
            yield unknown(where, f"source '{source}' is unknown", source, sources)
    for source, places in named.items():
        if source and len(places) > 1:
            times = "twice" if len(places) == 2 else f"{len(places)} times"
            yield Mistake(places[1], f"source '{source}' is named {times}")


def _styles(recipe: Recipe, styles: Styles, sources: Collection[str]) -> Iterator[Mistake]:
    told: set[str] = set()
    for number, layer in enumerate(recipe.layers, 1):
        style, where = layer.style, f"layers[{number}].style"
        if not style or style in styles.styles or style in told:
            continue
        told.add(style)
        if style != layer.source:
            yield unknown(where, f"style '{style}' is unknown", style, styles.styles)
        elif style in sources:
            text = f"there is no style '{style}': name one as style"
            yield unknown(where, text, style, styles.styles)


def _columns(
    layer: RecipeLayer, where: str, own: LayerSchema | None, known: Collection[str]
) -> Iterator[Mistake]:
    """Find columns that neither the layer's schema has nor geotool computes."""
    figures = COMPUTED_COLUMNS["communes"] if layer.source == "communes" else ()
    for column in layer.columns:
        if column not in known:
            text = f"{where}.columns: '{column}' is no column of {layer.source}"
            yield unknown(f"{where}.columns", text, column, known)
        elif column in figures and not layer.indicators and column not in _names(own):
            text = f"{where}.columns: '{column}' is counted only where the layer has indicators"
            yield Mistake(f"{where}.columns", text, remedy=f"Name '{column}' in indicators too.")


def _names(own: LayerSchema | None) -> Collection[str]:
    return () if own is None else own.column_names


def _uses(layer: RecipeLayer, where: str, known: Collection[str]) -> Iterator[Mistake]:
    """Find columns to class, title, filter, add up or colour by that the page would not have."""
    single = (layer.class_column, layer.title_column)
    parts = PART_SUMS.get(layer.source)
    columns = [name for name in layer.columns if name in known]
    uses: Mapping[str, tuple[Collection[str], Collection[str]]] = {
        "": ([*filter(None, single)], columns),
        ".filters": (layer.filters, {*columns, *PART_FILTERS.get(layer.source, ())}),
        ".sums": (layer.sums, PART_SUMS.get(layer.source, columns)),
        ".indicators": (layer.indicators, columns),
    }
    told = set(layer.columns) - set(known)
    for key, (names, usable) in uses.items():
        place = f"{where}{key}"
        for name in [one for one in names if one not in usable and one not in told]:
            text = f"{place}: '{name}' is not among its columns"
            if name not in known:
                yield unknown(place, text, name, usable)
            elif key == ".sums" and parts is not None:
                yield Mistake(place, f"{place}: {_not_added(name, layer.source, parts)}")
            else:
                yield Mistake(place, text, remedy=f"Add '{name}' to its columns.")


def _not_added(name: str, source: str, parts: Collection[str]) -> str:
    """Return why a number of features divided by place is not added up, and which are."""
    added = f"only {', '.join(parts)} are" if parts else "none of its columns is"
    return (
        f"'{name}' is not known of the parts into which {source} is divided by place, "
        f"so it does not add up; {added}"
    )


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


def _subject(recipe: Recipe) -> Iterator[Mistake]:
    drawn = [layer.source for layer in recipe.layers]
    for name in recipe.subject:
        if name not in drawn:
            yield unknown("subject", f"subject '{name}' is the source of no layer", name, drawn)


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
