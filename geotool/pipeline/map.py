"""One offline map of a project, drawn by a recipe, for a profile."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from geotool import crs, labels, outputs
from geotool.errors import UsageError
from geotool.pipeline import map_layers, strip_map
from geotool.pipeline.answer import Answer
from geotool.pipeline.assess import Assessment, assess
from geotool.pipeline.facts import make_facts, make_notices, watermark_of
from geotool.pipeline.inputs import date_where_needed, open_project
from geotool.pipeline.map_axes import make_page_axes
from geotool.pipeline.map_cards import Cards, draw_layers, make_cards
from geotool.pipeline.map_content import MapContent, gather
from geotool.pipeline.map_subject import (
    background_notice,
    lacking_subject,
    recipe_notices,
    subject_words,
)
from geotool.pipeline.published import disclose
from geotool.pipeline.tables import make_tables
from geotool.project import Project
from geotool.schema import Problem
from geotool.share import redaction
from geotool.share.redaction import Profile
from geotool.share.tables import Table, TableColumn

if TYPE_CHECKING:
    import geopandas as gpd

    from geotool.share.render.layerdata import MapLayer
    from geotool.share.render.page import DateSlider
    from geotool.share.render.recipe import Recipe

__all__ = [
    "Cards",
    "MapOptions",
    "Page",
    "choose_layers",
    "choose_profile",
    "draw_map",
    "find_recipe",
    "make_cards",
    "render",
]

SUFFIXES = (".html", ".htm")


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
    """A rendered map page, what is on it, and notices of what its recipe asks for in vain."""

    html: str
    layers: tuple[tuple[str, int], ...]
    problems: tuple[Problem, ...] = ()


def draw_map(options: MapOptions) -> Answer:
    """Draw one map and write it.

    Raises
    ------
    DataError
        When there is no such recipe, it has mistakes, or a layer is refused.
    UsageError
        When the suffix is not that of a page, the profile is unknown, or internal without a
        recipient.
    OutputExistsError
        When the output exists and may not be replaced.
    """
    if Path(options.output).suffix.lower() not in SUFFIXES:
        raise UsageError(
            f"'{options.output}' is no page.",
            remedy=f"Use {' or '.join(SUFFIXES)}; geotool print makes .pdf and .png.",
        )
    outputs.check_writable(options.output, overwrite=options.overwrite)
    inputs = open_project(options.project, language=options.language)
    project = inputs.project
    profile = choose_profile(project, options.profile, options.recipient)
    recipe = find_recipe(options.recipe, project.root)
    found = assess(inputs, on=date_where_needed(inputs, options.on))
    seen = disclose(found, profile)
    page = render(seen.found, recipe, seen.profile)
    data = page.html.encode("utf-8")
    outputs.write_bytes(Path(options.output), data, overwrite=options.overwrite)
    layers = [{"name": name, "count": count} for name, count in page.layers]
    answer = {
        "path": options.output,
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "layers": layers,
        "profile": profile.name,
        "published": seen.record,
    }
    columns = (TableColumn("layer"), TableColumn("feature_count", "count"))
    rows = [{"layer": name, "feature_count": count} for name, count in page.layers]
    return Answer(
        answer,
        tables=(Table("map_layers", columns, rows),),
        problems=[*inputs.problems, *seen.problems, *page.problems],
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

    seen = disclose(found, profile)
    found, profile = seen.found, seen.profile
    project = found.inputs.project
    words = labels.load_labels(project.root)
    cards = make_cards(found)
    shown = gather(found, recipe, profile)
    layers = draw_layers(shown, profile, cards)
    tables = {**make_tables(found), **shown.tables}
    chosen = tuple(tables[name] for name in recipe.tables if name in tables)
    styles = style.load_styles(project_dir=project.root)
    lacking = lacking_subject(layers, recipe, styles)
    notices = (
        *background_notice(lacking, recipe, found, profile),
        *recipe_notices(layers, recipe, styles, found, profile),
    )
    warnings = (
        *make_notices(found, words),
        *subject_words(layers, recipe, styles, found, profile),
        *(words.both(key) for key in shown.notices),
    )
    content = page.PageContent(
        title=recipe.title,
        subtitle=project.titles,
        language=project.language,
        layers=layers,
        tables=redaction.redact_tables(chosen, profile),
        ticks=_ticks(found, layers),
        statement=page.Statement(
            profile=profile.name,
            notices=warnings,
            facts=make_facts(found, words),
            watermark=watermark_of(profile, found, words),
        ),
        labels=cards.words,
        styles=styles,
        strip_maps=strip_map.draw(found, profile, words),
        axes=make_page_axes(found),
        slider=_slider(shown, profile),
        compare_column=shown.recipe.compare_column,
    )
    counts = tuple((one.name, len(one.frame)) for one in layers)
    return Page(page.render_page(content), counts, notices)


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


def choose_layers(
    found: Assessment, recipe: "Recipe", profile: Profile, cards: Cards
) -> "tuple[MapLayer, ...]":
    """Return the layers of a recipe that the project has and the profile may show, in order.

    One picture: the handover is that of the date of the statement, nothing is compared.
    """
    seen = disclose(found, profile)
    plain = replace(recipe, date_slider=False, compare_column=None)
    return draw_layers(gather(seen.found, plain, seen.profile), seen.profile, cards)


def _ticks(found: Assessment, layers: "Sequence[MapLayer]") -> "gpd.GeoDataFrame | None":
    """Return the ticks of a page; none of them where it shows nothing they could stand on."""
    ticks = map_layers.make_ticks(found.axes, crs.resolve(found.inputs.project.crs))
    if ticks is None or any(layer.name in map_layers.ALONG for layer in layers):
        return ticks
    return ticks.iloc[:0]


def _slider(shown: MapContent, profile: Profile) -> "DateSlider | None":
    """Return the dates of the page, None where a profile may not see the figures of each."""
    from geotool.share.render.page import DateSlider

    if shown.dated is None:
        return None
    tables = redaction.redact_tables((shown.dated.table,), profile)
    dates = shown.dated.dates
    return DateSlider(dates, dates[-1], tables[0]) if tables else None
