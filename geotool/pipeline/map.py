"""One offline map of a project, drawn by a recipe, for a profile."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd

from geotool import crs, labels, outputs, schema
from geotool.errors import UsageError
from geotool.labels import Labels
from geotool.pipeline import map_layers, strip_map
from geotool.pipeline.answer import Answer
from geotool.pipeline.assess import Assessment, assess
from geotool.pipeline.facts import make_facts, make_notices, watermark_of
from geotool.pipeline.inputs import date_where_needed, open_project
from geotool.pipeline.tables import commune_names, make_tables
from geotool.project import Project
from geotool.share import redaction
from geotool.share.redaction import Profile
from geotool.share.tables import Table, TableColumn

if TYPE_CHECKING:
    from geotool.share.render.layerdata import MapLayer
    from geotool.share.render.recipe import Recipe, RecipeLayer


_CHECKS = "checks."


@dataclass(frozen=True)
class MapOptions:
    """Which map of which project, for whom, on which date, and where it goes."""

    recipe: str
    project: Path
    output: str
    profile: str | None = None
    recipient: str | None = None
    on: str | None = None
    overwrite: bool = False
    language: str | None = None


@dataclass(frozen=True)
class Page:
    """A rendered map page and what is on it."""

    html: str
    layers: tuple[tuple[str, int], ...]


def draw_map(options: MapOptions) -> Answer:
    """Draw one map and write it.

    Raises
    ------
    DataError
        When there is no such recipe, it has mistakes, or a layer is refused.
    UsageError
        When the profile is unknown, or internal without a recipient.
    OutputExistsError
        When the output exists and may not be replaced.
    """
    outputs.check_writable(options.output, overwrite=options.overwrite)
    inputs = open_project(options.project, language=options.language)
    project = inputs.project
    profile = choose_profile(project, options.profile, options.recipient)
    recipe = find_recipe(options.recipe, project.root)
    found = assess(inputs, on=date_where_needed(inputs, options.on))
    page = render(found, recipe, profile)
    data = page.html.encode("utf-8")
    outputs.write_bytes(Path(options.output), data, overwrite=options.overwrite)
    layers = [{"name": name, "count": count} for name, count in page.layers]
    answer = {
        "path": options.output,
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "layers": layers,
        "profile": profile.name,
    }
    columns = (TableColumn("layer"), TableColumn("feature_count", "count"))
    rows = [{"layer": name, "feature_count": count} for name, count in page.layers]
    return Answer(
        answer,
        tables=(Table("map_layers", columns, rows),),
        problems=inputs.problems,
        words=(f"{options.output}: {len(data) / 1e6:.2f} MB, profile {profile.name}.",),
        language=project.language,
        project_dir=project.root,
    )


def choose_profile(project: Project, name: str | None, recipient: str | None) -> Profile:
    """Return the profile asked for, else the project's."""
    return redaction.load_profile(
        name or project.profile,
        recipient=recipient or project.recipient,
        project_dir=project.root,
    )


def render(found: Assessment, recipe: "Recipe", profile: Profile) -> Page:
    """Return one page of an assessment."""
    from geotool.share.render import page, style

    project = found.inputs.project
    words = labels.load_labels(project.root)
    cards = make_cards(found)
    layers = choose_layers(found, recipe, profile, cards)
    tables = make_tables(found)
    chosen = tuple(tables[name] for name in recipe.tables if name in tables)
    axes = found.ground.axes if found.ground is not None else ()
    content = page.PageContent(
        title=recipe.title,
        subtitle={"vi": project.title, "en": project.title},
        language=project.language,
        layers=layers,
        tables=redaction.redact_tables(chosen, profile),
        ticks=map_layers.make_ticks(axes, crs.resolve(project.crs)),
        statement=page.Statement(
            profile=profile.name,
            notices=make_notices(found, words),
            facts=make_facts(found, words),
            watermark=watermark_of(profile, found, words),
        ),
        labels=cards.words,
        styles=style.load_styles(project_dir=project.root),
        strip_maps=strip_map.draw(found, profile, words),
    )
    return Page(page.render_page(content), tuple((one.name, len(one.frame)) for one in layers))


def find_recipe(name: str, root: Path) -> "Recipe":
    """Return a recipe by name.

    Raises
    ------
    UsageError
        When there is no such recipe; the remedy lists those that exist.
    SchemaError
        When it has mistakes.
    """
    from geotool.share.render import recipe

    known = recipe.recipe_names(project_dir=root)
    if name not in known:
        raise UsageError(f"There is no map '{name}'.", remedy=f"Known: {', '.join(known)}.")
    return recipe.load_recipe(name, root)


def make_cards(found: Assessment) -> "Cards":
    """Return the words of a project's cards."""
    root = found.inputs.project.root
    return Cards(_name_codes(labels.load_labels(root), commune_names(found)), root)


def choose_layers(
    found: Assessment, recipe: "Recipe", profile: Profile, cards: "Cards"
) -> "tuple[MapLayer, ...]":
    """Return the layers of a recipe that the project has and the profile may show, in order."""
    frames = map_layers.make_layers(found, dissolve=profile.is_public)
    layers = (_layer(one, frames.get(one.source), profile, cards) for one in recipe.layers)
    return tuple(layer for layer in layers if layer is not None)


@dataclass(frozen=True)
class Cards:
    """What the cards of a project say: its words, communes by name, and where its schemas are."""

    words: Labels
    root: Path


def _name_codes(words: Labels, names: Mapping[str, str]) -> Labels:
    """Return the words with the names of communes and of checks as words of their codes."""
    communes = {f"values.commune_id_{code}": name for code, name in names.items()}
    named = {}
    for language, known in words.words.items():
        checks = {
            f"values.rule_{key.removeprefix(_CHECKS)}": text
            for key, text in known.items()
            if key.startswith(_CHECKS)
        }
        named[language] = {**known, **checks, **communes}
    return Labels(named)


def _layer(
    wanted: "RecipeLayer", frame: gpd.GeoDataFrame | None, profile: Profile, cards: Cards
) -> "MapLayer | None":
    from geotool.share.render.layerdata import MapLayer, make_columns

    if frame is None or frame.empty:
        return None
    names = _shown_columns(wanted, profile, cards.root)
    if names is None:
        return None
    columns = make_columns(frame, names, cards.words)
    shown = {column.name for column in columns}
    return MapLayer(
        name=wanted.source,
        title=wanted.title or _title(wanted.source, cards),
        frame=frame,
        columns=columns,
        style=wanted.style,
        group=wanted.group,
        class_column=wanted.class_column if wanted.class_column in shown else None,
        title_column=wanted.title_column if wanted.title_column in shown else None,
        visible=wanted.visible,
    )


def _title(source: str, cards: Cards) -> Mapping[str, str]:
    """Return the name of a layer: its words, else the title of the project's own schema."""
    if cards.words.has(f"layers.{source}"):
        return cards.words.both(f"layers.{source}")
    own = schema.load_schema(source, project_dir=cards.root).title
    return dict.fromkeys(labels.LANGUAGES, own)


def _shown_columns(wanted: "RecipeLayer", profile: Profile, root: Path) -> list[str] | None:
    """Return the columns the profile shows of a layer, None when it may not show it at all."""
    source = wanted.source
    if source in map_layers.RESULTS:
        if profile.is_public and source in map_layers.INDIVIDUAL:
            return None
        return [name for name in wanted.columns if name in profile.results]
    own = schema.load_schema(map_layers.SCHEMAS.get(source, source), project_dir=root)
    if profile.is_public and own.public != "features":
        return None
    wanted_names = wanted.columns
    if profile.name == "internal":
        extra = [name for name in own.column_names if name not in wanted_names]
        wanted_names = (*wanted_names, *extra)
    return redaction.redact_columns(wanted_names, own, profile)
