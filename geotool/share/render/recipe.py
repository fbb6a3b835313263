"""Which layers and tables a map shows: recipes are files in ``maps/recipes``, not Python.

``load_recipe`` checks a file whole and reports every mistake of it at once. A layer that the
project lacks is left out by the caller; a layer that nobody could provide is a mistake.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geotool import resources, rules, schema
from geotool.errors import SchemaError
from geotool.share.render.style import Styles, load_styles

COMPUTED_SOURCES = (
    "blockers",
    "boundary_changes",
    "cells",
    "crossings",
    "findings",
    "handover",
    "land_take",
    "land_take_by_section",
    "remainders",
    "strips",
)
COMPUTED_TABLES = (
    "totals",
    "land_take_by_commune",
    "land_take_by_section",
    "land_take_by_land_type",
    "land_take_by_basis",
    "boundary_changes",
    "donations",
    "donors",
    "severance",
    "holder_shares",
    "strips",
    "strip_rules",
    "lengths",
    "calibration_intervals",
    "axis_corners",
    "households_by_commune",
    "households_by_section",
    "organisations",
    "parcels",
    "households",
    "structures",
    "crossings_by_voltage",
    "quarries",
    "graves_by_commune",
    "graves_by_section",
    "cemeteries",
    "landmarks_by_commune",
    "landmark_roads",
    "handover",
    "handover_by_section",
    "blockers",
    "findings",
)
_SCHEMAS = {"land_take": "parcels", "crossings": "utilities"}
_LANGUAGES = ("vi", "en")
_LAYER_KEYS = (
    "source",
    "title",
    "style",
    "columns",
    "class_column",
    "title_column",
    "group",
    "visible",
)


@dataclass(frozen=True)
class RecipeLayer:
    """One layer of a recipe.

    Parameters
    ----------
    source
        Name of a project layer or of a computed one (``COMPUTED_SOURCES``).
    style
        Key of ``styles.toml``.
    columns
        The only columns that reach the page, in the order of the card.
    class_column
        Column whose values choose the symbol; None for one symbol.
    title_column
        Column that heads the card and is searched.
    group
        Heading in the list of layers, by language, or None.
    title
        Name in the list of layers, by language; None for the words ``layers.<source>``.
    visible
        Whether the layer is shown when the page opens.
    """

    source: str
    style: str
    columns: tuple[str, ...]
    class_column: str | None = None
    title_column: str | None = None
    group: Mapping[str, str] | None = None
    title: Mapping[str, str] | None = None
    visible: bool = True


@dataclass(frozen=True)
class Recipe:
    """A map: its title, its layers in drawing order (the first lies lowest) and its tables."""

    name: str
    title: Mapping[str, str]
    layers: tuple[RecipeLayer, ...]
    tables: tuple[str, ...]


def recipe_names(*, project_dir: Path | None = None) -> list[str]:
    """Return the names of the recipes, a project's own among them, sorted."""
    return resources.list_names("maps", "recipes", ".toml", project_dir=project_dir)


def load_recipe(name: str, project_dir: Path | None = None) -> Recipe:
    """Return one recipe, the project's own before the built-in one.

    Raises
    ------
    DataError
        When there is no such recipe (the message lists those that exist) or it is not TOML.
    SchemaError
        When the recipe cannot be used; ``problems`` lists every mistake of the file.
    """
    raw = resources.load_toml("maps", f"recipes/{name}.toml", project_dir=project_dir)
    known = resources.list_names("layers", "schemas", ".toml", project_dir=project_dir)
    mistakes: list[str] = []
    styles = _styles(project_dir, mistakes)
    _unknown_keys(raw, ("title", "tables", "layers", "groups"), "the file", mistakes)
    groups = _groups(raw.get("groups", {}), mistakes)
    recipe = Recipe(
        name=name,
        title=_text(raw.get("title"), "title", mistakes),
        layers=_layers(raw.get("layers"), groups, mistakes),
        tables=_names(raw.get("tables", []), "tables", mistakes),
    )
    _check_references(recipe, styles, {*known, *COMPUTED_SOURCES}, mistakes)
    _check_columns(recipe, known, project_dir, mistakes)
    mistakes.extend(
        f"table '{table}' is unknown (known: {', '.join(COMPUTED_TABLES)})"
        for table in recipe.tables
        if table not in COMPUTED_TABLES
    )
    if mistakes:
        raise SchemaError(
            f"maps/recipes/{name}.toml: {len(mistakes)} mistakes: {'; '.join(mistakes)}.",
            remedy="Correct them; maps/README.md describes every key.",
            problems=mistakes,
        )
    return recipe


def _styles(project_dir: Path | None, mistakes: list[str]) -> Styles:
    """Return the styles; a project's own that cannot be used are mistakes of its maps too."""
    try:
        return load_styles(project_dir=project_dir)
    except SchemaError as error:
        mistakes.extend(f"maps/styles.toml: {problem}" for problem in error.problems)
        return load_styles()


def _layers(
    raw: object, groups: Mapping[str, Mapping[str, str]], mistakes: list[str]
) -> tuple[RecipeLayer, ...]:
    if not isinstance(raw, list) or not raw:
        mistakes.append("there is no [[layers]] entry")
        return ()
    return tuple(
        _layer(entry, f"layers[{index}]", groups, mistakes) for index, entry in enumerate(raw, 1)
    )


def _layer(
    raw: object, where: str, groups: Mapping[str, Mapping[str, str]], mistakes: list[str]
) -> RecipeLayer:
    if not isinstance(raw, dict):
        mistakes.append(f"{where} is not a table")
        raw = {}
    _unknown_keys(raw, _LAYER_KEYS, where, mistakes)
    source = _word(raw, "source", where, mistakes) or ""
    columns = _names(raw.get("columns", []), f"{where}.columns", mistakes)
    layer = RecipeLayer(
        source=source,
        style=_word(raw, "style", where, mistakes, required=False) or source,
        columns=columns,
        class_column=_word(raw, "class_column", where, mistakes, required=False),
        title_column=_word(raw, "title_column", where, mistakes, required=False),
        group=_group(raw, where, groups, mistakes),
        title=_text(raw["title"], f"{where}.title", mistakes) if "title" in raw else None,
        visible=_flag(raw, "visible", where, mistakes),
    )
    mistakes.extend(
        f"{where}: '{column}' is not among its columns"
        for column in (layer.class_column, layer.title_column)
        if column is not None and column not in columns
    )
    return layer


def _group(
    raw: Mapping[str, Any],
    where: str,
    groups: Mapping[str, Mapping[str, str]],
    mistakes: list[str],
) -> Mapping[str, str] | None:
    name = _word(raw, "group", where, mistakes, required=False)
    if name is not None and name not in groups:
        mistakes.append(f"{where}.group '{name}' is not in [groups]")
    return groups.get(name) if name is not None else None


def _flag(raw: Mapping[str, Any], key: str, where: str, mistakes: list[str]) -> bool:
    value = raw.get(key, True)
    if not isinstance(value, bool):
        mistakes.append(f"{where}.{key} must be true or false")
    return bool(value)


def _check_references(
    recipe: Recipe, styles: Styles, sources: set[str], mistakes: list[str]
) -> None:
    seen: set[str] = set()
    for layer in recipe.layers:
        if layer.source and layer.source not in sources:
            mistakes.append(
                f"source '{layer.source}' is unknown (known: {', '.join(sorted(sources))})"
            )
        if layer.style and layer.style not in styles.styles:
            mistakes.append(
                f"style '{layer.style}' is unknown (known: {', '.join(sorted(styles.styles))})"
            )
        if layer.source in seen:
            mistakes.append(f"source '{layer.source}' is named twice")
        seen.add(layer.source)


def _check_columns(
    recipe: Recipe, known: Sequence[str], project_dir: Path | None, mistakes: list[str]
) -> None:
    """Report columns that neither the layer's schema has nor geotool computes."""
    values = rules.load_rule("profiles", project_dir=project_dir).values
    computed = {column for columns in values["results"].values() for column in columns}
    for index, layer in enumerate(recipe.layers, 1):
        name = _SCHEMAS.get(layer.source, layer.source)
        if layer.source not in (*known, *COMPUTED_SOURCES):
            continue
        own = (
            schema.load_schema(name, project_dir=project_dir).column_names if name in known else ()
        )
        mistakes.extend(
            f"layers[{index}].columns: '{column}' is no column of {layer.source}"
            f" (known: {', '.join(own or sorted(computed))})"
            for column in layer.columns
            if column not in computed and column not in own
        )


def _groups(raw: object, mistakes: list[str]) -> dict[str, Mapping[str, str]]:
    if not isinstance(raw, dict):
        mistakes.append("'groups' is not a table")
        return {}
    return {key: _text(value, f"groups.{key}", mistakes) for key, value in raw.items()}


def _text(raw: object, where: str, mistakes: list[str]) -> dict[str, str]:
    values = raw if isinstance(raw, dict) else {}
    text = {language: values.get(language, "") for language in _LANGUAGES}
    for language, value in text.items():
        if not isinstance(value, str) or not value.strip():
            mistakes.append(f"{where}.{language} is missing")
            text[language] = ""
    return text


def _names(raw: object, where: str, mistakes: list[str]) -> tuple[str, ...]:
    if not isinstance(raw, list) or not all(isinstance(name, str) and name for name in raw):
        mistakes.append(f"{where} must be a list of names")
        return ()
    if len(set(raw)) < len(raw):
        mistakes.append(f"{where} names something twice")
    return tuple(raw)


def _word(
    raw: Mapping[str, Any], key: str, where: str, mistakes: list[str], *, required: bool = True
) -> str | None:
    value = raw.get(key)
    if value is None and not required:
        return None
    if not isinstance(value, str) or not value:
        mistakes.append(f"{where}.{key} must be a name")
        return None
    return value


def _unknown_keys(
    raw: Mapping[str, object], known: tuple[str, ...], where: str, mistakes: list[str]
) -> None:
    mistakes.extend(
        f"'{key}' in {where} is not a key (known: {', '.join(known)})"
        for key in raw
        if key not in known
    )
