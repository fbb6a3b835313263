"""What a map is about, and what of it a project has nothing to show of."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import shapely

from geotool import labels
from geotool.pipeline import map_layers
from geotool.pipeline.assess import Assessment
from geotool.pipeline.map_cards import allowed_columns, is_hidden, layer_title, make_cards
from geotool.project import Project
from geotool.schema import Problem, make_problem
from geotool.share.redaction import Profile

if TYPE_CHECKING:
    from geotool.share.paper.plates import Plate
    from geotool.share.render.layerdata import MapLayer
    from geotool.share.render.recipe import Recipe
    from geotool.share.render.style import Styles


def lacking_subject(
    shown: "Iterable[MapLayer]", recipe: "Recipe", styles: "Styles"
) -> tuple[str, ...]:
    """Return the layers a map is about where it shows none of them; empty where it shows any.

    A map whose recipe has background layers alone is about these.
    """
    visible = [one for one in recipe.layers if one.visible]
    subject = [one for one in visible if not styles.style(one.style).background] or visible
    wanted = tuple(dict.fromkeys(one.source for one in subject))
    return () if any(layer.visible and layer.name in wanted for layer in shown) else wanted


def missing_subject(
    shown: "Iterable[MapLayer]", recipe: "Recipe", found: Assessment, profile: Profile
) -> tuple[str, ...]:
    """Return the layers a recipe says it is about where a map shows none; empty where it shows any.

    They are its ``subject`` without what the profile may not see of the project: that the route
    is drawn does not tell whether there are graves.
    """
    project = found.inputs.project
    wanted = tuple(
        one.source
        for one in recipe.layers
        if one.visible
        and one.source in recipe.subject
        and not _is_withheld(one.source, project, profile)
    )
    return () if any(layer.visible and layer.name in wanted for layer in shown) else wanted


def subject_words(
    shown: "Iterable[MapLayer]",
    recipe: "Recipe",
    styles: "Styles",
    found: Assessment,
    profile: Profile,
) -> tuple[Mapping[str, str], ...]:
    """Return what a map says to its readers of the subject it does not show, by language."""
    shown = tuple(shown)
    lacking = missing_subject(shown, recipe, found, profile) or lacking_subject(
        shown, recipe, styles
    )
    cards = make_cards(found)
    titles = {one.source: layer_title(one, cards) for one in recipe.layers}
    return tuple(
        {
            language: cards.words.format(
                key, language, {"layers": ", ".join(titles[source][language] for source in sources)}
            )
            for language in labels.LANGUAGES
        }
        for key, sources in zip(_REASONS, _reasons(lacking, found, profile), strict=True)
        if sources
    )


_REASONS = ("map.lacking_absent", "map.lacking_hidden", "map.lacking_plain")


def background_notice(
    lacking: Sequence[str], recipe: "Recipe", found: Assessment, profile: Profile
) -> tuple[Problem, ...]:
    """Return the notice that a map shows its background alone; none where it lacks nothing."""
    return _notice("background_only", lacking, recipe, found, profile)


def _notice(
    rule: str, lacking: Sequence[str], recipe: "Recipe", found: Assessment, profile: Profile
) -> tuple[Problem, ...]:
    if not lacking:
        return ()
    why, remedy = explain_lacking(lacking, found, profile)
    why = why.removeprefix("there is ")
    text = f"The map '{recipe.name}' {_SAID[rule]}: {why}."
    root = found.inputs.project.root
    notice = make_problem(rule, "", text, place=recipe.name, project_dir=root)
    return (replace(notice, remedy=remedy),)


_SAID = {
    "background_only": "shows only its background",
    "subject_missing": "shows nothing of what it is about",
}


def explain_lacking(lacking: Sequence[str], found: Assessment, profile: Profile) -> tuple[str, str]:
    """Return why nothing of some layers is drawn, as a sentence part, and what to do about it.

    The profile may not see them, they are tables whose rows stand nowhere, or there are none.
    """
    absent, hidden, plain = _reasons(lacking, found, profile)
    why, remedies = [], []
    if absent:
        why.append(f"there is none of {', '.join(absent)}")
        remedies.append("Add one of the layers lacking to the project, or choose another map.")
    if hidden:
        why.append(f"the profile '{profile.name}' does not show {', '.join(hidden)}")
        remedies.append(_REMEDY_HIDDEN if profile.is_public else "Choose another profile.")
    if plain:
        why.append(f"there are no shapes of {', '.join(plain)}")
        remedies.append("Give the rows of these layers shapes or coordinates.")
    return "; ".join(why), " ".join(remedies)


def _reasons(
    lacking: Sequence[str], found: Assessment, profile: Profile
) -> tuple[list[str], list[str], list[str]]:
    """Return which of some layers are absent, hidden by the profile, and without shapes."""
    project, frames = found.inputs.project, found.inputs.frames
    hidden = [source for source in lacking if _is_withheld(source, project, profile)]
    rest = [source for source in lacking if source not in hidden]
    plain = [source for source in rest if _is_table(frames.get(source))]
    return [source for source in rest if source not in plain], hidden, plain


def _is_withheld(source: str, project: Project, profile: Profile) -> bool:
    return _is_owned(source, project) and is_hidden(source, profile, project.root)


def _is_table(frame: pd.DataFrame | None) -> bool:
    return frame is not None and not isinstance(frame, gpd.GeoDataFrame)


_REMEDY_HIDDEN = (
    "Choose another profile, or name what adds them up in the recipe, as land_take_by_section."
)


def recipe_notices(
    shown: "Iterable[MapLayer]",
    recipe: "Recipe",
    styles: "Styles",
    found: Assessment,
    profile: Profile,
) -> tuple[Problem, ...]:
    """Return the notices of what a recipe asks for in vain.

    What the profile takes away is told of a project's own recipe, a notice a layer (of a
    built-in one it is known who sees what), unless it is the subject of the map that
    ``background_notice`` tells of; a subject that lacks on a map of more than background, and a
    legend with classes that look alike, of any.
    """
    root, shown = found.inputs.project.root, tuple(shown)
    own = (root / "maps" / "recipes" / f"{recipe.name}.toml").is_file()
    told = lacking_subject(shown, recipe, styles)
    taken = _taken_away(recipe, found.inputs.project, profile, told) if own else ()
    alike = (
        (layer.name, too_many_classes(layer.frame, layer.class_column, styles, layer.style))
        for layer in shown
        if layer.class_column is not None
    )
    missing = () if told else missing_subject(shown, recipe, found, profile)
    texts = [
        *(("hidden_by_profile", text) for text in taken),
        *(("many_classes", f"{name}: {text}.") for name, text in alike if text),
    ]
    return (
        *_notice("subject_missing", missing, recipe, found, profile),
        *(
            make_problem(rule, "", text, place=recipe.name, project_dir=root)
            for rule, text in texts
        ),
    )


_ADDED_UP = {"parcels": "land_take_by_section", "land_take": "land_take_by_section"}
"""What stands for a source in maps for those who may not see it."""


def _taken_away(
    recipe: "Recipe", project: Project, profile: Profile, told: Sequence[str]
) -> Iterable[str]:
    """Tell the layers and columns of a recipe that a profile may not see.

    Nothing of the layers `told` already, nor of those that another of the recipe stands for.
    """
    sources = [layer.source for layer in recipe.layers]
    for layer in recipe.layers:
        if layer.source in told or not _is_owned(layer.source, project):
            continue
        if is_hidden(layer.source, profile, project.root):
            if _ADDED_UP.get(layer.source) in sources:
                continue
            yield f"{layer.source} is not shown to the profile '{profile.name}'."
            continue
        shown = allowed_columns(layer, profile, project.root)
        gone = [name for name in layer.columns if name not in shown]
        if gone:
            verb = "is" if len(gone) == 1 else "are"
            names = f"{', '.join(gone)} of {layer.source}"
            yield f"{names} {verb} not shown to the profile '{profile.name}'."


def _is_owned(source: str, project: Project) -> bool:
    """Return whether a project may have a source: it names the layer, or geotool makes it."""
    layer = map_layers.SCHEMAS.get(source, source)
    return layer in project.layers or source in map_layers.RESULTS


def too_many_classes(frame: gpd.GeoDataFrame, column: str, styles: "Styles", style: str) -> str:
    """Return how many classes of a layer are drawn, where some would look alike; else nothing."""
    shapes = frame.geometry.to_numpy()
    drawn = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    count = len(set(frame[column][drawn].dropna().astype(str)) - set(styles.style(style).classes))
    if not count:
        return ""
    distinct = styles.distinct_count(style, set(shapely.get_dimensions(shapes[drawn]).tolist()))
    if count <= distinct:
        return ""
    return f"{column} has {count:,} classes, of which only {distinct} look different"


def uncoloured(drawn: "Sequence[Plate]", recipe: "Recipe") -> "tuple[MapLayer, ...]":
    """Return the layers drawn that figures should colour and none does."""
    coloured = {one.source for one in recipe.layers if one.indicators}
    return tuple(
        plate.layer
        for plate in drawn
        if plate.layer.name in coloured and plate.class_column is None and plate.indicator is None
    )
