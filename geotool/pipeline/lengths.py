"""How long is the alignment: on the map, on the ground, by its labels, as published?"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from geotool import labels
from geotool.errors import ProjectError, UsageError
from geotool.labels import Labels
from geotool.pipeline import axes as axes_of
from geotool.pipeline.affected_rows import records
from geotool.pipeline.answer import Answer
from geotool.pipeline.ground import make_axes
from geotool.pipeline.inputs import open_project
from geotool.pipeline.length_statements import (
    Lengths,
    lengths_data,
    measure_axes,
    published_lengths,
)
from geotool.route import alignment
from geotool.route.axis import Axis
from geotool.route.lengths import LengthStatement
from geotool.schema import Problem
from geotool.share.tables import Table, TableColumn
from geotool.units import format_number

_PRINTED_M = 0.005  # differences that print as 0.00 m are not put into words
# sentences that name the direction
_DIRECTED = ("scale_shorter", "scale_longer", "datum_shorter", "datum_longer", "chords")
_COLUMNS = (
    TableColumn("alignment_id"),
    TableColumn("planar_length_m", "length_m"),
    TableColumn("geodesic_length_m", "length_m"),
    TableColumn("scale_difference_m", "length_m"),
    TableColumn("scale_factor_ppm", "number"),
    TableColumn("datum_difference_m", "length_m"),
    TableColumn("chord_shortfall_m", "length_m"),
    TableColumn("curve_length_m", "length_m"),
    TableColumn("stationed_length_m", "length_m"),
    TableColumn("stationing_difference_m", "length_m"),
    TableColumn("label_difference_m", "length_m"),
    TableColumn("equation_jump_m", "length_m"),
    TableColumn("published_length_m", "length_m"),
    TableColumn("unexplained_m", "length_m"),
)
_CORNERS = (
    TableColumn("alignment_id"),
    TableColumn("chainage_m", "chainage"),
    TableColumn("deflection_deg", "number"),
)
_INTERVALS = (
    TableColumn("alignment_id"),
    TableColumn("zone", "count"),
    TableColumn("from_chainage_m", "chainage"),
    TableColumn("to_chainage_m", "chainage"),
    TableColumn("drawn_m", "length_m"),
    TableColumn("labelled_m", "length_m"),
    TableColumn("scale_factor", "number"),
)


@dataclass(frozen=True)
class LengthOptions:
    """A file of alignments or a project, and what is known about the lengths."""

    alignment: str | None = None
    project: Path | None = None
    equations: str | None = None
    posts: str | None = None
    published_m: float | None = None
    alignment_id: str | None = None
    src_crs: str | None = None
    language: str | None = None


def state_lengths(options: LengthOptions) -> Answer:
    """Answer ``lengths`` for a file of alignments or a project.

    Raises
    ------
    UsageError
        When neither is given, or the published length belongs to no one alignment.
    ProjectError
        When the project has no alignments.
    DataError
        When a layer is refused.
    """
    published = options.published_m
    if published is not None and not 0 < published < math.inf:
        raise UsageError(f"--published-m is {published}.", remedy="Give metres above 0.")
    if options.alignment is not None:
        return _from_file(options.alignment, options)
    if options.project is None:
        raise UsageError("Neither ALIGNMENT nor --project was given.", remedy="Name one of them.")
    return _from_project(options.project, options)


def lengths_tables(found: Lengths) -> tuple[Table, ...]:
    """Return the lengths side by side, the scale between posts, and the corners."""
    rows = [{**row, "scale_factor_ppm": round(row["scale_factor_ppm"], 1)} for row in found.rows]
    single = len(rows) == 1
    total = None if single else found.totals
    corners = records(found.corners.assign(deflection_deg=found.corners["deflection_deg"].round(1)))
    intervals = records(found.intervals)
    notes = ("tables.lengths_note", "tables.lengths_height_note")
    tables = [Table("lengths", _COLUMNS, rows, total=total, notes=notes, vertical=single)]
    if intervals:
        tables.append(Table("calibration_intervals", _INTERVALS, intervals))
    if corners:
        tables.append(Table("axis_corners", _CORNERS, corners))
    return tuple(tables)


def describe_lengths(found: Lengths, words: Labels, language: str) -> tuple[str, ...]:
    """Return in plain sentences what explains which difference, alignment by alignment."""
    lines = [
        words.format(f"lengths.{key}", language, {"alignment": one.alignment_id, **values})
        for one in found.statements
        for key, values in _explanations(one, found, words, language)
    ]
    return (*lines, words.text("tables.lengths_height_note", language))


def summarise_lengths(found: Lengths, words: Labels) -> dict[str, str]:
    """Return one line by language: planar, geodesic and, where known, published length."""
    key = "summary" if found.totals["published_length_m"] is None else "summary_published"
    lines = {}
    for language in words.words:
        values = {name: _number(total, language) for name, total in found.totals.items()}
        lines[language] = words.format(f"lengths.{key}", language, values)
    return lines


def _from_file(source: str, options: LengthOptions) -> Answer:
    found = axes_of.read_axes(
        source,
        src_crs=options.src_crs,
        alignment_id=options.alignment_id,
        tables=axes_of.ChainageTables(options.equations, options.posts),
    )
    published = published_lengths(found.read.frame)
    lengths = measure_axes(found.axes, found.crs, _stated(options, found.axes, published), None)
    return _answer(lengths, options.language or "vi", found.problems, None)


def _from_project(folder: Path, options: LengthOptions) -> Answer:
    given = [name for name in ("equations", "posts") if getattr(options, name) is not None]
    if given:
        raise UsageError(
            f"--{given[0]} goes with ALIGNMENT, not with --project.",
            remedy=f"Add the layer chainage_{given[0]} to the project.",
        )
    inputs = open_project(folder)
    axes = make_axes(inputs)
    if not axes:
        raise ProjectError(
            f"{inputs.project.root / 'geotool.toml'}: the project has no alignments.",
            remedy="Add a line alignments = ... under [layers].",
        )
    if options.alignment_id is not None:
        axes = [alignment.select_axis(axes, options.alignment_id)]
    lines = inputs.require("alignments", "their lengths")
    root = inputs.project.root
    published = _stated(options, axes, published_lengths(lines))
    lengths = measure_axes(axes, lines.crs, published, root)
    language = options.language or inputs.project.language
    return _answer(lengths, language, inputs.problems, root)


def _answer(
    found: Lengths, language: str, problems: Sequence[Problem], project_dir: Path | None
) -> Answer:
    return Answer(
        lengths_data(found),
        tables=lengths_tables(found),
        problems=[*problems, *found.problems],
        words=describe_lengths(found, labels.load_labels(project_dir), language),
        language=language,
        project_dir=project_dir,
    )


def _stated(
    options: LengthOptions, axes: Sequence[Axis], published: Mapping[str, float]
) -> Mapping[str, float]:
    """Return the published lengths, that of the command line before that of the layer."""
    if options.published_m is None:
        return published
    axis = alignment.select_axis(axes, options.alignment_id)
    return {**published, axis.alignment_id: options.published_m}


def _explanations(
    one: LengthStatement, found: Lengths, words: Labels, language: str
) -> list[tuple[str, dict[str, object]]]:
    """Return the keys of the sentences that hold for an alignment, and what fills them."""
    ppm = _number(one.scale_factor_ppm, language, decimals=0)
    nearest, apart = one.published_nearest, one.nearest_difference_m
    published = "published" if apart is None or abs(apart) >= _PRINTED_M else "published_apart"
    known: list[tuple[str, float | None, dict[str, object]]] = [
        (
            _directed("scale", one.scale_difference_m),
            one.scale_difference_m,
            {"crs": found.crs, "ppm": ppm},
        ),
        (_directed("datum", one.datum_difference_m), one.datum_difference_m, {}),
        ("chords", one.chord_shortfall_m, {"ppm": _chord_ppm(one, language)}),
        ("posts", one.stationing_difference_m, {}),
        ("equations", one.equation_jump_m, {}),
        (published, one.unexplained_m, {}),
    ]
    told: list[tuple[str, dict[str, object]]] = [
        (key, {"metres": _signed(key, metres, language), **values})
        for key, metres, values in known
        if metres is not None and (abs(metres) >= _PRINTED_M or key == published)
    ]
    if nearest is not None and apart is not None:
        length = words.text(f"columns.{nearest}", language)
        told.append(("nearest", {"length": length, "metres": _signed("", apart, language)}))
    count = int((found.corners["alignment_id"] == one.alignment_id).sum())
    if count:
        limit = _number(found.rules.corner_deg, language, decimals=0)
        told.append(("corners", {"count": count, "degrees": limit}))
    return told


def _directed(key: str, metres: float) -> str:
    """Return the key of the sentence that names the direction of a difference."""
    return f"{key}_shorter" if metres < 0 else f"{key}_longer"


def _signed(key: str, metres: float, language: str) -> str:
    """Return a difference as text, signed where the sentence does not name its direction."""
    if key in _DIRECTED:
        return _number(abs(metres), language)
    return f"{'+' if metres > 0 else ''}{_number(metres, language)}"


def _chord_ppm(one: LengthStatement, language: str) -> str:
    return _number(1e6 * one.chord_shortfall_m / one.planar_length_m, language, decimals=0)


def _number(value: float | None, language: str, *, decimals: int = 2) -> str:
    return format_number(value, language=language, decimals=decimals)
