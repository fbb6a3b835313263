"""Which layers and tables a map shows: recipes are files in ``maps/recipes``, not Python.

``load_recipe`` checks a file whole and reports every mistake of it at once. A layer that the
project lacks is left out by the caller; a layer that nobody could provide is a mistake.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from geotool import resources
from geotool.errors import DataError, SchemaError
from geotool.share.render.recipe_checks import check_references
from geotool.share.render.recipe_keys import (
    COMPUTED_SOURCES,
    COMPUTED_TABLES,
    Mistake,
    Recipe,
    RecipeLayer,
    unknown,
)
from geotool.share.render.style import Styles, list_mistakes, load_styles

__all__ = [
    "COMPUTED_SOURCES",
    "COMPUTED_TABLES",
    "STYLES",
    "Mistake",
    "Recipe",
    "RecipeLayer",
    "inspect_recipe",
    "load_recipe",
    "recipe_names",
]

STYLES = "maps/styles.toml"
"""Key of the mistakes that are not of the recipe but of the styles it draws with."""

_LANGUAGES = ("vi", "en")
_KEYS = ("title", "tables", "layers", "groups", "compare_column", "date_slider", "subject")
_LAYER_KEYS = (
    "source",
    "title",
    "style",
    "columns",
    "class_column",
    "title_column",
    "group",
    "visible",
    "filters",
    "sums",
    "indicators",
    "main",
)


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
    recipe, found = inspect_recipe(name, project_dir)
    mistakes = [str(mistake) for mistake in found]
    if mistakes:
        raise SchemaError(
            f"maps/recipes/{name}.toml: {list_mistakes(mistakes)}.",
            remedy="Correct them; maps/README.md describes every key.",
            problems=mistakes,
        )
    return recipe


def inspect_recipe(name: str, project_dir: Path | None = None) -> tuple[Recipe, list[Mistake]]:
    """Return a recipe as far as it can be read, and every mistake of its file.

    Raises
    ------
    DataError
        When there is no such recipe, or it is not TOML.
    """
    raw = resources.load_toml("maps", f"recipes/{name}.toml", project_dir=project_dir)
    known = resources.list_names("layers", "schemas", ".toml", project_dir=project_dir)
    mistakes: list[Mistake] = []
    styles = _styles(project_dir, mistakes)
    _unknown_keys(raw, _KEYS, "the file", mistakes)
    groups = _groups(raw.get("groups", {}), mistakes)
    recipe = Recipe(
        name=name,
        title=_text(raw.get("title"), "title", mistakes),
        layers=_layers(raw.get("layers"), groups, mistakes),
        tables=_names(raw, "tables", "", mistakes),
        compare_column=_word(raw, "compare_column", "", mistakes, required=False),
        date_slider=_flag(raw, "date_slider", "", mistakes, default=False),
        subject=_names(raw, "subject", "", mistakes),
    )
    return recipe, [*mistakes, *check_references(recipe, styles, known, project_dir)]


def _styles(project_dir: Path | None, mistakes: list[Mistake]) -> Styles | None:
    """Return the styles, None where a project's own, a mistake of its maps too, are unusable."""
    try:
        return load_styles(project_dir=project_dir)
    except DataError as error:
        texts = [f"{STYLES}: {problem}" for problem in error.problems] or [error.message]
        mistakes.extend(Mistake(STYLES, text) for text in texts)
        return None


def _layers(
    raw: object, groups: Mapping[str, Mapping[str, str]], mistakes: list[Mistake]
) -> tuple[RecipeLayer, ...]:
    if not isinstance(raw, list) or not raw:
        mistakes.append(Mistake("layers", "there is no [[layers]] entry"))
        return ()
    return tuple(
        _layer(entry, f"layers[{index}]", groups, mistakes) for index, entry in enumerate(raw, 1)
    )


def _layer(
    raw: object, where: str, groups: Mapping[str, Mapping[str, str]], mistakes: list[Mistake]
) -> RecipeLayer:
    if not isinstance(raw, dict):
        mistakes.append(Mistake(where, f"{where} is not a table"))
        raw = {}
    _unknown_keys(raw, _LAYER_KEYS, where, mistakes)
    source = _word(raw, "source", where, mistakes) or ""
    return RecipeLayer(
        source=source,
        style=_word(raw, "style", where, mistakes, required=False) or source,
        columns=_names(raw, "columns", where, mistakes),
        class_column=_word(raw, "class_column", where, mistakes, required=False),
        title_column=_word(raw, "title_column", where, mistakes, required=False),
        group=_group(raw, where, groups, mistakes),
        title=_text(raw["title"], f"{where}.title", mistakes) if "title" in raw else None,
        visible=_flag(raw, "visible", where, mistakes, default=True),
        filters=_names(raw, "filters", where, mistakes),
        sums=_names(raw, "sums", where, mistakes),
        indicators=_names(raw, "indicators", where, mistakes),
        main=_flag(raw, "main", where, mistakes, default=False),
    )


def _group(
    raw: Mapping[str, Any],
    where: str,
    groups: Mapping[str, Mapping[str, str]],
    mistakes: list[Mistake],
) -> Mapping[str, str] | None:
    name = _word(raw, "group", where, mistakes, required=False)
    if name is not None and name not in groups:
        text = f"{where}.group '{name}' is not in [groups]"
        mistakes.append(unknown(f"{where}.group", text, name, groups))
    return groups.get(name) if name is not None else None


def _flag(
    raw: Mapping[str, Any], key: str, where: str, mistakes: list[Mistake], *, default: bool
) -> bool:
    value = raw.get(key, default)
    if not isinstance(value, bool):
        mistakes.append(Mistake(_at(where, key), f"{_at(where, key)} must be true or false"))
        return default
    return value


def _groups(raw: object, mistakes: list[Mistake]) -> dict[str, Mapping[str, str]]:
    if not isinstance(raw, dict):
        mistakes.append(Mistake("groups", "'groups' is not a table"))
        return {}
    return {key: _text(value, f"groups.{key}", mistakes) for key, value in raw.items()}


def _text(raw: object, where: str, mistakes: list[Mistake]) -> dict[str, str]:
    if not isinstance(raw, dict | None):
        wanted = 'must be { vi = "...", en = "..." }: the words in both languages'
        mistakes.append(Mistake(where, f"{where} {wanted}"))
        return dict.fromkeys(_LANGUAGES, "")
    values = raw or {}
    _unknown_keys(values, _LANGUAGES, where, mistakes)
    text = {language: values.get(language, "") for language in _LANGUAGES}
    for language, value in text.items():
        if not isinstance(value, str) or not value.strip():
            place = f"{where}.{language}"
            wrong = "is missing" if isinstance(value, str) else "must be text"
            mistakes.append(Mistake(place, f"{place} {wrong}"))
            text[language] = ""
    return text


def _names(
    raw: Mapping[str, Any], key: str, where: str, mistakes: list[Mistake]
) -> tuple[str, ...]:
    names, place = raw.get(key, []), _at(where, key)
    if not isinstance(names, list) or not all(isinstance(name, str) and name for name in names):
        mistakes.append(Mistake(place, f"{place} must be a list of names"))
        return ()
    if len(set(names)) < len(names):
        mistakes.append(Mistake(place, f"{place} names something twice"))
    return tuple(dict.fromkeys(names))


def _word(
    raw: Mapping[str, Any],
    key: str,
    where: str,
    mistakes: list[Mistake],
    *,
    required: bool = True,
) -> str | None:
    value = raw.get(key)
    if value is None and not required:
        return None
    if not isinstance(value, str) or not value:
        mistakes.append(Mistake(_at(where, key), f"{_at(where, key)} must be a name"))
        return None
    return value


def _unknown_keys(
    raw: Mapping[str, object], known: tuple[str, ...], where: str, mistakes: list[Mistake]
) -> None:
    place = "" if where == "the file" else where
    mistakes.extend(
        unknown(_at(place, key), f"'{key}' in {where} is not a key", key, known)
        for key in raw
        if key not in known
    )


def _at(where: str, key: str) -> str:
    """Return the place of a key in the file: ``layers[2].columns``."""
    return f"{where}.{key}" if where else key
