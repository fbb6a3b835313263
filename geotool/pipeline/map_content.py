"""What a map shows beside the plain layers: parts, dates, alternatives and figures by commune."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

import geopandas as gpd
import pandas as pd

from geotool.pipeline import map_layers
from geotool.pipeline.assess import Assessment
from geotool.pipeline.findings import LAYER as FINDINGS
from geotool.pipeline.map_alternatives import (
    ALIGNMENT,
    DIVIDED,
    VERSION,
    alternatives_table,
    join_layers,
    measure_alternatives,
)
from geotool.pipeline.map_communes import add_figures, add_statistics
from geotool.pipeline.map_dates import DatedHandover, trace_handover
from geotool.pipeline.map_parts import make_parts
from geotool.pipeline.map_words import code_findings
from geotool.pipeline.published_ground import draw_whole
from geotool.share.redaction import Profile
from geotool.share.tables import Table

if TYPE_CHECKING:
    from geotool.share.render.layerdata import LayerColumn
    from geotool.share.render.recipe import Recipe, RecipeLayer

Frame = TypeVar("Frame", bound=pd.DataFrame)


@dataclass(frozen=True)
class MapContent:
    """What a recipe has to show of one project.

    Parameters
    ----------
    recipe
        The recipe as the project can show it: compared by version where there is one alignment.
    frames, parts
        Layers by source, and their features divided by place.
    tables
        Tables that only this map has.
    dated
        The handover on every date, where the recipe has a slider.
    statistics
        Columns of the project's own statistics in the layer communes.
    notices
        Label keys of warnings above the map.
    """

    recipe: "Recipe"
    frames: Mapping[str, gpd.GeoDataFrame]
    parts: Mapping[str, pd.DataFrame]
    tables: Mapping[str, Table] = field(default_factory=dict)
    dated: DatedHandover | None = None
    statistics: "tuple[LayerColumn, ...]" = ()
    notices: tuple[str, ...] = ()


def gather(found: Assessment, recipe: "Recipe", profile: Profile) -> MapContent:
    """Return what a recipe shows of an assessment; for the public nothing divided by place."""
    public = profile.is_public
    frames = map_layers.make_layers(found, dissolve=public)
    if FINDINGS in frames:
        frames[FINDINGS] = code_findings(frames[FINDINGS], found.inputs.project.root)
    parts = {} if public else make_parts(found, frames)
    content = MapContent(recipe, frames, parts)
    if recipe.compare_column in (ALIGNMENT, VERSION):
        content = _compared(found, content, recipe.compare_column, public=public)
    if recipe.date_slider:
        content = _dated(found, content)
    coloured = any(one.source == "communes" and one.indicators for one in recipe.layers)
    if coloured and "communes" in frames:
        content = _coloured(found, content, public=public)
    return content


def _compared(found: Assessment, content: MapContent, column: str, *, public: bool) -> MapContent:
    alternatives = measure_alternatives(found, column, public=public)
    if alternatives.column is None:
        recipe = replace(content.recipe, compare_column=None)
        key = "map.no_alternative" if found.ground is None else "map.single_alternative"
        return replace(content, recipe=recipe, notices=(key,))
    layers = {
        key: map_layers.make_layers(one, dissolve=public)
        for key, one in alternatives.measured.items()
    }
    measured = {} if public else alternatives.measured
    parts = {key: make_parts(one, layers[key]) for key, one in measured.items()}
    recipe = _compared_by(content.recipe, column, alternatives.column)
    joined, divided = join_layers(alternatives, layers, parts)
    wanted = {one.source for one in recipe.layers if alternatives.column in one.filters}
    plain = set(content.frames) - (set(DIVIDED) & wanted)
    return replace(
        content,
        recipe=_naming(recipe, alternatives.column),
        frames={**_only(content.frames, plain), **_only(joined, wanted)},
        parts={**_only(content.parts, plain), **_only(divided, wanted)},
        tables={"alternatives": alternatives_table(alternatives)},
    )


def _only(frames: Mapping[str, Frame], names: Collection[str]) -> dict[str, Frame]:
    return {name: frame for name, frame in frames.items() if name in names}


def _compared_by(recipe: "Recipe", asked: str, column: str) -> "Recipe":
    """Return a recipe that compares by another column than the one it names."""
    if asked == column:
        return recipe
    layers = tuple(_filtered_by(layer, asked, column) for layer in recipe.layers)
    return replace(recipe, layers=layers, compare_column=column)


def _filtered_by(layer: "RecipeLayer", asked: str, column: str) -> "RecipeLayer":
    if asked not in layer.filters or layer.source == "alignments":
        return layer
    filters = tuple(column if name == asked else name for name in layer.filters)
    return replace(
        layer,
        filters=tuple(dict.fromkeys(filters)),
        columns=tuple(dict.fromkeys((*layer.columns, column))),
    )


def _naming(recipe: "Recipe", column: str) -> "Recipe":
    """Return a recipe whose compared layers say of each feature whose alternative it is."""
    layers = tuple(
        replace(one, columns=tuple(dict.fromkeys((*one.columns, column))))
        if column in one.filters
        else one
        for one in recipe.layers
    )
    return replace(recipe, layers=layers)


def _dated(found: Assessment, content: MapContent) -> MapContent:
    dated = trace_handover(found)
    if dated is None or dated.pieces is None:
        return replace(content, dated=dated)
    frames = {**content.frames, **draw_whole({"handover": dated.pieces}, found.shown_to)}
    return replace(content, dated=dated, frames=frames)


def _coloured(found: Assessment, content: MapContent, *, public: bool) -> MapContent:
    measured = add_figures(found, content.frames["communes"], public=public)
    communes, statistics = add_statistics(found, measured)
    names = tuple(column.name for column in statistics)
    layers = tuple(
        replace(layer, indicators=(*layer.indicators, *names)) if layer.indicators else layer
        for layer in content.recipe.layers
    )
    recipe = replace(content.recipe, layers=layers)
    frames = {**content.frames, "communes": communes}
    return replace(content, recipe=recipe, frames=frames, statistics=statistics)
