"""What is wrong with a project's own maps: every mistake of its recipes and styles."""

from dataclasses import replace
from pathlib import Path

from geotool.errors import DataError
from geotool.project import Project
from geotool.schema import Problem, make_problem


def find_map_problems(project: Project) -> list[Problem]:
    """Return the mistakes of the recipes and styles in a project's folder ``maps``.

    Those of a recipe that ``geotool.toml`` names are errors, for ``run`` would stop at it; those
    of another are findings. ``place`` is the file, ``key`` the key in it; where a word is close
    to one that exists the remedy says which.
    """
    from geotool.share.render import recipe

    root = project.root
    problems = _style_problems(root)
    for name in recipe.recipe_names(project_dir=root):
        path = f"maps/recipes/{name}.toml"
        if (root / path).is_file():
            rule = "recipe_unusable" if name in project.recipes else "recipe_mistake"
            problems += _recipe_problems(root, name, rule, path)
    return problems


def _recipe_problems(root: Path, name: str, rule: str, path: str) -> list[Problem]:
    from geotool.share.render import recipe

    try:
        _, mistakes = recipe.inspect_recipe(name, root)
    except DataError as error:
        text = error.message.replace(str(root / path), path)
        return [make_problem(rule, "", text, place=path, project_dir=root)]
    problems = []
    for mistake in mistakes:
        if mistake.key != recipe.STYLES:  # the styles have been told apart
            text = f"{mistake}."
            found = make_problem(rule, "", text, key=mistake.key, place=path, project_dir=root)
            remedy = f"Write '{mistake.meant}'." if mistake.meant else found.remedy
            problems.append(replace(found, remedy=remedy))
    return problems


def _style_problems(root: Path) -> list[Problem]:
    from geotool.share.render.recipe import STYLES
    from geotool.share.render.style import load_styles

    try:
        load_styles(project_dir=root)
    except DataError as error:
        texts = [str(problem) for problem in error.problems] or [error.message]
        own = str(root / STYLES)
        return [
            make_problem(
                "style_mistake", "", text.replace(own, STYLES), place=STYLES, project_dir=root
            )
            for text in texts
        ]
    return []
