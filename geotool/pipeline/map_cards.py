"""The layers of a map page: which columns and parts of each are embedded, and what cards say."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from geotool import labels, schema
from geotool.labels import Labels
from geotool.pipeline import map_layers
from geotool.pipeline.assess import Assessment
from geotool.pipeline.map_alternatives import COUNTED_BY
from geotool.pipeline.map_content import MapContent
from geotool.pipeline.map_words import name_codes
from geotool.schema import LayerSchema
from geotool.share import redaction
from geotool.share.redaction import Profile

if TYPE_CHECKING:
    from geotool.share.render.layerdata import MapLayer
    from geotool.share.render.recipe import RecipeLayer


@dataclass(frozen=True)
class Cards:
    """What the cards of a project say: its words, communes by name, and where its schemas are."""

    words: Labels
    root: Path


def make_cards(found: Assessment) -> Cards:
    """Return the words of a project's cards."""
    return Cards(name_codes(found), found.inputs.project.root)


def draw_layers(shown: MapContent, profile: Profile, cards: Cards) -> "tuple[MapLayer, ...]":
    """Return the layers of a map that the project has and the profile may show, in order.

    Only the columns that the recipe names and the profile allows are embedded.
    """
    layers = (_layer(one, shown, profile, cards) for one in shown.recipe.layers)
    return tuple(layer for layer in layers if layer is not None)


def _layer(
    wanted: "RecipeLayer", shown: MapContent, profile: Profile, cards: Cards
) -> "MapLayer | None":
    from geotool.share.render.layerdata import MapLayer, make_columns

    frame = shown.frames.get(wanted.source)
    if frame is None or frame.empty:
        return None
    names = _shown_columns(wanted, profile, cards.root)
    if names is None:
        return None
    columns = make_columns(frame, names, cards.words)
    if wanted.source == "communes":
        columns = (*columns, *shown.statistics)
    embedded = {column.name for column in columns}
    parts = _parts(wanted, shown.parts.get(wanted.source))
    rows = frame[sorted(embedded)] if parts is None else parts
    dated = wanted.source == "handover" and shown.dated is not None
    valid_from, valid_to = ("valid_from", "valid_to") if dated else (None, None)
    return MapLayer(
        name=wanted.source,
        title=layer_title(wanted, cards),
        frame=frame,
        columns=columns,
        style=wanted.style,
        group=wanted.group,
        class_column=_one_of(wanted.class_column, embedded),
        title_column=_one_of(wanted.title_column, embedded),
        visible=wanted.visible,
        filters=_all_of(wanted.filters, {*embedded, *rows.columns}),
        sums=_all_of(wanted.sums, _complete(rows)),
        parts=parts,
        valid_from=valid_from,
        valid_to=valid_to,
        indicators=_all_of(wanted.indicators, embedded),
        main=wanted.main,
        counted=_counted(wanted, shown.recipe.compare_column, embedded),
    )


def _counted(wanted: "RecipeLayer", compared: str | None, embedded: Collection[str]) -> str | None:
    """Return the column that says what counts once, though every alternative draws it."""
    divided = compared is not None and compared in wanted.filters
    return _one_of(COUNTED_BY.get(wanted.source), embedded) if divided else None


def _one_of(name: str | None, known: Collection[str]) -> str | None:
    return name if name in known else None


def _all_of(names: tuple[str, ...], known: Collection[str]) -> tuple[str, ...]:
    return tuple(name for name in names if name in known)


def _complete(rows: pd.DataFrame) -> set[str]:
    """Return the columns known of every row: a sum of some would pass for the sum of all."""
    return {str(name) for name in rows if rows[name].notna().all()}


def _parts(wanted: "RecipeLayer", parts: pd.DataFrame | None) -> pd.DataFrame | None:
    """Return the parts with the columns the recipe filters by and adds up, None without any."""
    if parts is None:
        return None
    names = [name for name in (*wanted.filters, *wanted.sums) if name in parts]
    return parts[["row", *dict.fromkeys(names)]] if names else None


def layer_title(wanted: "RecipeLayer", cards: Cards) -> Mapping[str, str]:
    """Return the name of a layer: the recipe's, its words, else the title of its own schema."""
    source = wanted.source
    if wanted.title:
        return wanted.title
    if cards.words.has(f"layers.{source}"):
        return cards.words.both(f"layers.{source}")
    own = schema.load_schema(source, project_dir=cards.root).title
    return dict.fromkeys(labels.LANGUAGES, own)


def is_hidden(source: str, profile: Profile, root: Path) -> bool:
    """Return whether a profile may not see a source of a map at all, feature by feature."""
    if source in map_layers.RESULTS:
        return profile.is_public and source in map_layers.INDIVIDUAL
    return redaction.is_hidden(_schema(source, root), profile)


def allowed_columns(wanted: "RecipeLayer", profile: Profile, root: Path) -> list[str]:
    """Return the columns a recipe names that the profile shows, in the order of the recipe."""
    if wanted.source in map_layers.RESULTS:
        return [name for name in wanted.columns if name in profile.results]
    return redaction.redact_columns(wanted.columns, _schema(wanted.source, root), profile)


def _shown_columns(wanted: "RecipeLayer", profile: Profile, root: Path) -> list[str] | None:
    """Return the columns the profile shows of a layer, None when it may not show it at all."""
    source = wanted.source
    if is_hidden(source, profile, root):
        return None
    shown = allowed_columns(wanted, profile, root)
    if source in map_layers.RESULTS or profile.name != "internal":
        return shown
    own = _schema(source, root)
    extra = tuple(name for name in own.column_names if name not in wanted.columns)
    return [*shown, *redaction.redact_columns(extra, own, profile)]


def _schema(source: str, root: Path) -> LayerSchema:
    """Return the schema whose columns a source of a map has."""
    return schema.load_schema(map_layers.SCHEMAS.get(source, source), project_dir=root)
