"""A map on paper: PDF or PNG at a stated true scale, one sheet or several."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geotool import crs, labels, outputs
from geotool.errors import DataError, UsageError
from geotool.labels import Labels
from geotool.pipeline.answer import Answer
from geotool.pipeline.assess import Assessment, assess
from geotool.pipeline.facts import make_facts, make_notices, watermark_of
from geotool.pipeline.inputs import date_where_needed, open_project
from geotool.pipeline.map import choose_layers, choose_profile, find_recipe, make_cards
from geotool.pipeline.map_layers import ALONG
from geotool.pipeline.map_subject import (
    explain_lacking,
    lacking_subject,
    recipe_notices,
    subject_words,
    uncoloured,
)
from geotool.pipeline.print_files import write_pages
from geotool.pipeline.published import Disclosed, disclose
from geotool.route.axis import Axis
from geotool.share.redaction import Profile
from geotool.share.tables import Table, TableColumn

if TYPE_CHECKING:
    from geotool.share.paper.panel import Imprint
    from geotool.share.paper.plates import Plate
    from geotool.share.paper.sheet import Content, Printed
    from geotool.share.paper.tiling import Plan, Subject
    from geotool.share.render.recipe import Recipe

SUFFIXES = (".pdf", ".png")
DPI = 300
_SCALE_LIMITS = (20, 20_000_000)
_DPI_LIMITS = (50, 1200)
_MOST_IMAGE_BYTES = 2_000_000_000
"""What programs that show images can open."""

_FACTS = ("map.source", "map.date", "map.crs", "report.scale_error", "report.unconfirmed_rules")
_LISTED_SHEETS = 20
"""Sheets that fit a terminal; of more the first and the last are listed."""
_ALWAYS_SAID = ("map.source", "map.date")


@dataclass(frozen=True)
class PrintOptions:
    """Which map of which project, on what paper, for whom, and where it goes."""

    recipe: str
    project: Path
    output: str
    paper: str = "A3"
    landscape: bool | None = None
    scale: int | None = None
    dpi: int | None = None
    profile: str | None = None
    recipient: str | None = None
    on: str | None = None
    overwrite: bool = False
    language: str | None = None


def print_map(options: PrintOptions) -> Answer:
    """Print one map and write it.

    Raises
    ------
    UsageError
        When suffix, scale, paper or resolution cannot be used, a library of the extra ``print``
        is missing, there is no such map, or internal has no recipient.
    DataError
        When a layer or the recipe is refused, or the profile may show nothing of the map or
        its background alone.
    OutputExistsError
        When an output, or a sheet of an older set, exists and may not be replaced.
    """
    from geotool.share.paper import raster, sheet

    path = Path(options.output)
    suffix = path.suffix.lower()
    _check_options(options, suffix)
    outputs.check_writable(path, overwrite=options.overwrite)
    inputs = open_project(options.project, language=options.language)
    profile = choose_profile(inputs.project, options.profile, options.recipient)
    recipe = find_recipe(options.recipe, inputs.project.root)
    found = assess(inputs, on=date_where_needed(inputs, options.on))
    seen = disclose(found, profile)
    content = make_content(seen.found, recipe, seen.profile, options)
    printed = sheet.render_sheets(content)
    files = [path]
    if suffix == ".pdf":
        outputs.write_bytes(path, printed.pdf, overwrite=options.overwrite)
    else:
        files = write_pages(
            path,
            raster.page_pngs(printed.pdf, dpi=options.dpi or DPI),
            count=len(content.plan.sheets) + printed.has_index,
            first=0 if printed.has_index else 1,
            overwrite=options.overwrite,
        )
    return _answer(options, (content, printed), [str(file) for file in files], seen, recipe)


def _check_options(options: PrintOptions, suffix: str) -> None:
    if suffix not in SUFFIXES:
        raise UsageError(
            f"'{options.output}' is no file for paper.", remedy=f"Use {' or '.join(SUFFIXES)}."
        )
    if options.dpi is not None and suffix == ".pdf":
        raise UsageError("A PDF has no resolution.", remedy="Leave out --dpi, or print to .png.")
    for name, value, limits in (
        ("scale", options.scale, _SCALE_LIMITS),
        ("dpi", options.dpi, _DPI_LIMITS),
    ):
        if value is not None and not limits[0] <= value <= limits[1]:
            raise UsageError(
                f"--{name} {value} cannot be printed.", remedy=f"Use {limits[0]} to {limits[1]}."
            )
    if suffix == ".png":
        _check_size(options)


def _check_size(options: PrintOptions) -> None:
    from geotool.share.paper import raster
    from geotool.share.paper.sheets import PAPERS

    dpi = options.dpi or DPI
    size = raster.image_bytes(PAPERS[options.paper], dpi)
    if size > _MOST_IMAGE_BYTES:
        most = math.floor(dpi * math.sqrt(_MOST_IMAGE_BYTES / size))
        raise UsageError(
            f"A sheet of {options.paper} at {dpi} dpi needs {size / 1e9:.1f} GB of memory to be "
            f"shown; at most {_MOST_IMAGE_BYTES / 1e9:.0f} GB are printed.",
            remedy=f"Use --dpi {most} or less, or print to .pdf.",
        )


def make_content(
    found: Assessment, recipe: "Recipe", profile: Profile, options: PrintOptions
) -> "Content":
    """Return what the sheets of a map show.

    Raises
    ------
    DataError
        When the project has nothing of the map, or the profile may not show it: nothing but
        the background is no map.
    UsageError, GeometryError
        As ``tiling.plan_sheets``.
    """
    from geotool.share.paper import plates, sheet, tiling
    from geotool.share.paper.scene import Words
    from geotool.share.render import style

    project = found.inputs.project
    cards = make_cards(found)
    layers = choose_layers(found, recipe, profile, cards)
    system = crs.resolve(project.crs)
    styles = style.load_styles(project_dir=project.root)
    drawn = plates.make_plates(layers, styles, system)
    shown = [plate.layer for plate in drawn]
    lacking = lacking_subject(shown, recipe, styles)
    if not drawn or lacking:
        why, remedy = explain_lacking(lacking, found, profile)
        raise DataError(
            f"The map '{recipe.name}' shows nothing of this project to the profile "
            f"'{profile.name}' but its background: {why}.",
            remedy=remedy,
        )
    along = any(plate.layer.name in ALONG for plate in drawn)
    axes = tuple(found.axes) if along else ()
    wish = tiling.Wish(options.paper, options.landscape, options.scale)
    words = labels.load_labels(project.root)
    imprint = make_imprint(found, profile, words, recipe.title)
    key = "paper.figures_withheld" if profile.is_public else "paper.no_figures"
    plain = [layer.title[project.language] for layer in uncoloured(drawn, recipe)]
    lacks = subject_words(shown, recipe, styles, found, profile)
    said = [
        *(text[project.language] for text in lacks),
        *(words.format(key, project.language, {"layer": title}) for title in plain),
    ]
    return sheet.Content(
        plates=drawn,
        axes=axes,
        plan=tiling.plan_sheets(_subject(drawn, axes), wish),
        imprint=replace(imprint, notices=(*said, *imprint.notices)),
        words=Words(cards.words, project.language),
    )


def make_imprint(
    found: Assessment, profile: Profile, words: Labels, title: Mapping[str, str]
) -> "Imprint":
    """Return what a sheet says of itself in the project's language."""
    from geotool.share.paper.panel import Imprint

    project = found.inputs.project
    language = project.language
    known = {
        label[language]: text if isinstance(text, str) else text[language]
        for label, text in make_facts(found, words)
    }
    known = {
        words.text(key, language): words.text("paper.not_stated", language) for key in _ALWAYS_SAID
    } | known
    wanted = [words.text(key, language) for key in _FACTS]
    shown = words.text(f"values.{profile.name}", language)
    notices = [notice[language] for notice in make_notices(found, words)]
    watermark = watermark_of(profile, found, words)
    return Imprint(
        title=title[language],
        project=project.titles[language],
        notices=(*notices, words.text("paper.not_survey", language)),
        facts=(
            *((label, known[label]) for label in wanted if label in known),
            (words.text("map.profile", language), shown),
        ),
        watermark=None if watermark is None else watermark[language],
    )


def _subject(drawn: "Sequence[Plate]", axes: tuple[Axis, ...]) -> "Subject":
    from geotool.share.paper.plates import subject_bounds
    from geotool.share.paper.tiling import Subject

    fore = [plate for plate in drawn if not plate.style.background] or list(drawn)
    strips = [plate for plate in fore if plate.style.strip and plate.layer.name in ALONG]
    reach = 0.0
    if axes and strips:
        lines = shapely.union_all([axis.line for axis in axes])
        places = shapely.points(
            shapely.get_coordinates(np.concatenate([plate.shapes for plate in strips]))
        )
        reach = float(shapely.distance(places, lines).max())
    shapes = np.concatenate([plate.shapes for plate in fore])
    return Subject(subject_bounds(drawn), shapes, axes, reach)


def _answer(
    options: PrintOptions,
    made: "tuple[Content, Printed]",
    paths: Sequence[str],
    seen: Disclosed,
    recipe: "Recipe",
) -> Answer:
    from geotool.share.render.style import load_styles

    content, printed = made
    plan, project = content.plan, seen.found.inputs.project
    rows = _sheet_rows(content, printed, paths)
    listed = rows if len(rows) <= _LISTED_SHEETS else [rows[0], rows[-1]]
    outside = _outside(content)
    layers = [plate.layer for plate in content.plates]
    styles = load_styles(project_dir=project.root)
    notices = recipe_notices(layers, recipe, styles, seen.found, seen.profile)
    plain = [layer.name for layer in uncoloured(content.plates, recipe)]
    data = {
        "path": paths[0],
        "paths": list(paths),
        "scale": plan.scale,
        "scale_fitted": plan.fitted,
        "paper": plan.layout.paper,
        "landscape": plan.layout.landscape,
        "width_mm": plan.layout.size_mm[0],
        "height_mm": plan.layout.size_mm[1],
        "has_index": printed.has_index,
        "sheets": rows,
        "left_out_sheet_count": plan.left_out,
        "outside": outside,
        "uncoloured": plain,
        "replaced_characters": list(printed.lacking),
        "profile": seen.profile.name,
        "published": seen.record,
    }
    columns = (
        TableColumn("sheet", "count", "columns.map_sheet"),
        *((TableColumn("alignment_id"),) if len(content.axes) > 1 else ()),
        TableColumn("from_chainage"),
        TableColumn("to_chainage"),
        TableColumn("path"),
    )
    return Answer(
        data,
        tables=(Table("map_sheets", columns, listed),),
        problems=[*seen.found.inputs.problems, *seen.problems, *notices],
        words=(
            *_words(options, plan, printed, outside),
            *_plain_words(plain, seen.profile),
            *_unlisted_words(len(rows), len(listed)),
        ),
        language=project.language,
        project_dir=project.root,
    )


def _sheet_rows(
    content: "Content", printed: "Printed", paths: Sequence[str]
) -> list[dict[str, Any]]:
    axes = {axis.alignment_id: axis for axis in content.axes}
    rows = []
    first = 1 if printed.has_index else 0
    for index, sheet in enumerate(content.plan.sheets, first):
        start, end = (None, None)
        if sheet.reach is not None:
            axis = axes[sheet.reach[0]]
            ends = axis.labels_of(sheet.reach[1], sheet.reach[2])
            start, end = (label.text() for label in ends)
        rows.append(
            {
                "sheet": sheet.number,
                "page": index + 1,
                "path": paths[index] if len(paths) > 1 else paths[0],
                "alignment_id": None if sheet.reach is None else sheet.reach[0],
                "from_chainage": start,
                "to_chainage": end,
                "angle_deg": sheet.angle_deg,
                "bounds": list(shapely.bounds(sheet.ground()).tolist()),
            }
        )
    return rows


def _outside(content: "Content") -> list[dict[str, object]]:
    """Return how many features of each layer that is no context lie on no sheet."""
    from geotool.share.paper import sheet

    return [
        {"layer": plate.layer.name, "feature_count": len(rows)}
        for plate, rows in sheet.outside(content)
    ]


def _words(
    options: PrintOptions,
    plan: "Plan",
    printed: "Printed",
    outside: Sequence[Mapping[str, object]],
) -> tuple[str, ...]:
    lay = "landscape" if plan.layout.landscape else "portrait"
    many = "1 sheet" if len(plan.sheets) == 1 else f"{len(plan.sheets)} sheets"
    many += " and an index" if printed.has_index else ""
    why = ", the largest round scale that fits one sheet" if plan.fitted else ""
    lines = [
        f"{options.output}: {many}, {plan.layout.paper} {lay}, scale 1:{plan.scale}{why}; "
        "print at 100 %."
    ]
    if plan.left_out == 1:
        lines.append("1 sheet that would show only background is left out.")
    elif plan.left_out:
        lines.append(f"{plan.left_out} sheets that would show only background are left out.")
    lines += [_outside_words(row) for row in outside]
    if printed.lacking:
        shown = " ".join(f"U+{ord(one):04X}" for one in printed.lacking)
        lines.append(f"Characters the typeface lacks are printed as ¿: {shown}.")
    return tuple(lines)


def _outside_words(row: Mapping[str, object]) -> str:
    if row["feature_count"] == 1:
        return f"1 feature of {row['layer']} lies on no sheet."
    return f"{row['feature_count']} features of {row['layer']} lie on no sheet."


def _unlisted_words(count: int, listed: int) -> list[str]:
    if listed == count:
        return []
    return [f"The first and the last of {count} sheets are listed; --json lists all."]


def _plain_words(plain: Sequence[str], profile: Profile) -> list[str]:
    why = "are withheld from the public or not known" if profile.is_public else "are not known"
    return [f"{name} are not coloured: the figures {why}." for name in plain]
