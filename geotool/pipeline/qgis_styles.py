"""How the layers a run writes look in QGIS: as on the project's maps."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd

from geotool import labels, outputs, schema
from geotool.labels import Labels
from geotool.pipeline import map as maps
from geotool.pipeline.assess import Assessment
from geotool.pipeline.map_layers import RESULTS

if TYPE_CHECKING:
    from geotool.share.render.recipe import RecipeLayer
    from geotool.share.render.style import Styles

_FIRST = "overview"


def add_styles(
    found: Assessment,
    layers: Mapping[str, gpd.GeoDataFrame],
    renamed: Mapping[str, Sequence[tuple[str, str]]],
    path: Path,
) -> None:
    """Put into a GeoPackage of a run the style of each layer and its title.

    Parameters
    ----------
    found
        The assessment the layers come from.
    layers, renamed
        The layers as they were written, with the columns the profile shows, and the columns that
        had to be renamed: what ``outputs.write_layers`` took and returned.
    path
        The GeoPackage, still in the making.

    Raises
    ------
    OutputError
        When the file cannot be written.
    """
    from geotool.share import qgis
    from geotool.share.render.layerdata import MapLayer, make_columns

    project = found.inputs.project
    words = maps.make_cards(found).words
    wanted = _wanted(project.recipes, project.root)
    styles = _styles(project.root, layers)
    texts: dict[str, str] = {}
    titles: dict[str, str] = {}
    for name, frame in layers.items():
        recipe = wanted.get(name)
        own = [str(column) for column in frame.columns if column != frame.geometry.name]
        title = _title(name, recipe, words, project.root)
        layer = MapLayer(
            name=name,
            title=title,
            frame=frame,
            columns=make_columns(frame, own, words),
            style=name if recipe is None else recipe.style,
            class_column=_among(own, None if recipe is None else recipe.class_column),
            title_column=_among(own, None if recipe is None else recipe.title_column),
        )
        shown = qgis.QgisWords(words, project.language, dict(renamed[name]))
        text = qgis.make_qml(layer, styles, shown)
        titles[name] = title[project.language]
        if text is not None:
            texts[name] = text
    outputs.add_styles(path, texts, titles, date=found.on, note=project.source_in_all)


def _wanted(drawn: Sequence[str], root: Path) -> dict[str, "RecipeLayer"]:
    """Return how each layer is drawn: by the overview, by the project's maps, by any other map.

    Of the maps that the project does not draw, those built in are asked.
    """
    from geotool.share.render import recipe

    found: dict[str, RecipeLayer] = {}
    for name in dict.fromkeys((_FIRST, *drawn, *recipe.recipe_names())):
        for layer in recipe.load_recipe(name, root if name in drawn else None).layers:
            found.setdefault(layer.source, layer)
    return found


def _styles(root: Path, names: Mapping[str, object]) -> "Styles":
    """Return the project's styles, with plain ones for layers that no style is named like."""
    from geotool.share.render import style

    plain = {name: style.LayerStyle(name, style.Symbol(), {}) for name in names}
    known = style.load_styles(project_dir=root)
    return replace(known, styles={**plain, **known.styles})


def _title(name: str, recipe: "RecipeLayer | None", words: Labels, root: Path) -> Mapping[str, str]:
    if recipe is not None and recipe.title is not None:
        return recipe.title
    if words.has(f"layers.{name}"):
        return words.both(f"layers.{name}")
    own = name if name in RESULTS else schema.load_schema(name, project_dir=root).title
    return dict.fromkeys(labels.LANGUAGES, own)


def _among(columns: Sequence[str], column: str | None) -> str | None:
    """Return the column when the layer still has it."""
    return column if column in columns else None
