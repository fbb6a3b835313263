"""What is wrong with a project's own maps: every mistake of its recipes, styles and words."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pandas as pd

from geotool import labels
from geotool.errors import DataError
from geotool.pipeline.map_subject import too_many_classes
from geotool.project import Project
from geotool.schema import Problem, make_problem


def find_map_problems(project: Project) -> list[Problem]:
    """Return the mistakes of the recipes, styles and words in a project's folder ``maps``.

    Those of a recipe that ``geotool.toml`` names are errors, for ``run`` would stop at it; those
    of another are findings. ``place`` is the file, ``key`` the key in it; where a word is close
    to one that exists the remedy says which.
    """
    root = project.root
    problems = [*find_label_problems(root), *_style_problems(root)]
    for name, path in _own_recipes(root):
        rule = "recipe_unusable" if name in project.recipes else "recipe_mistake"
        problems += _recipe_problems(root, name, rule, path)
    return problems


def find_class_problems(project: Project, frames: Mapping[str, pd.DataFrame]) -> list[Problem]:
    """Return the layers of a project's own recipes whose classes cannot be told apart.

    Parameters
    ----------
    project
        The project.
    frames
        What maps draw, by source: the layers as read, and those computed that are at hand. The
        map itself tells of other sources, and of columns that geotool adds to a layer.
    """
    from geotool.share.render import recipe, style

    root, problems = project.root, []
    for name, path in _own_recipes(root):
        try:
            loaded, styles = recipe.load_recipe(name, root), style.load_styles(project_dir=root)
        except DataError:  # told by find_map_problems
            continue
        for number, layer in enumerate(loaded.layers, 1):
            frame, column = frames.get(layer.source), layer.class_column
            if not isinstance(frame, gpd.GeoDataFrame) or column is None or column not in frame:
                continue
            text = too_many_classes(frame, column, styles, layer.style)
            if text:
                key, text = f"layers[{number}].class_column", f"{layer.source}: {text}."
                problems.append(
                    make_problem("many_classes", "", text, key=key, place=path, project_dir=root)
                )
    return problems


def _own_recipes(root: Path) -> Iterator[tuple[str, str]]:
    """Yield the name and the path of each recipe in a project's folder."""
    from geotool.share.render import recipe

    for name in recipe.recipe_names(project_dir=root):
        path = f"maps/recipes/{name}.toml"
        if (root / path).is_file():
            yield name, path


def find_label_problems(root: Path) -> list[Problem]:
    """Return why the words in a project's folder ``maps`` cannot be used; none where they can."""
    try:
        labels.load_labels(root)
    except DataError as error:
        own = [path for path in (root / "maps").glob("labels.*.toml") if str(path) in error.message]
        place = f"maps/{own[0].name}" if own else "maps"
        return [_refused("label_mistake", error, root, place)]
    return []


def _refused(rule: str, error: DataError, root: Path, place: str) -> Problem:
    """Return the problem that a file of the folder ``maps`` could not be read, and what to do."""
    text = error.message.replace(str(root / place), place)
    found = make_problem(rule, "", text, place=place, project_dir=root)
    return replace(found, remedy=error.remedy or found.remedy)


def _recipe_problems(root: Path, name: str, rule: str, path: str) -> list[Problem]:
    from geotool.share.render import recipe

    try:
        _, mistakes = recipe.inspect_recipe(name, root)
    except DataError as error:
        return [_refused(rule, error, root, path)]
    problems = []
    for mistake in mistakes:
        if mistake.key != recipe.STYLES:  # the styles have been told apart
            text = f"{mistake}."
            found = make_problem(rule, "", text, key=mistake.key, place=path, project_dir=root)
            remedy = f"Write '{mistake.meant}'." if mistake.meant else mistake.remedy
            problems.append(replace(found, remedy=remedy or found.remedy))
    return problems


def _style_problems(root: Path) -> list[Problem]:
    from geotool.share.render.recipe import STYLES
    from geotool.share.render.style import load_styles

    try:
        load_styles(project_dir=root)
    except DataError as error:
        if not error.problems:
            return [_refused("style_mistake", error, root, STYLES)]
        return [
            make_problem("style_mistake", "", str(problem), place=STYLES, project_dir=root)
            for problem in error.problems
        ]
    return []
