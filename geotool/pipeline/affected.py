"""One layer under corridors, without a project: what is inside, and does it add up?

Only the rows near the corridors are read, once for all of them, and parcels are measured in
arrays; frames are made where a question needs them.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from geotool import crs, outputs, rules, sources
from geotool.affected import sums
from geotool.affected.clip import Cut
from geotool.affected.take import TEXT_COLUMNS, make_take, measure_take
from geotool.aliases import named_layer
from geotool.errors import UsageError
from geotool.pipeline import affected_rows as rows_of
from geotool.pipeline.affected_cells import (
    Corridor,
    Division,
    read_communes,
    read_corridor,
    require_rows,
)
from geotool.pipeline.answer import Answer
from geotool.records import Problem, load_schema
from geotool.sources import ReadOptions
from geotool.sources.indexed.near_read import NearRead
from geotool.sources.indexed.near_rows import Surroundings
from geotool.sources.records import Step

LOCAL, DASK = "local", "dask"
"""Where rows are read and cut: in this process, or part by part in those of dask."""

_PARCEL_COLUMNS = (*TEXT_COLUMNS, "document_area_m2")
_FEATURE_COLUMNS = ("commune_id",)
_READ_FACTS = ("repaired_count", "repaired", "crs", "index", "read_count")


@dataclass(frozen=True)
class AffectedOptions:
    """The layer, the corridors, what splits the result, and where the rows go."""

    source: str
    corridors: Sequence[str] = ()
    layer: str = "parcels"
    alignment: str | None = None
    equations: str | None = None
    posts: str | None = None
    communes: str | None = None
    by: Sequence[str] = ()
    src_crs: str | None = None
    output: str | None = None
    overwrite: bool = False
    engine: str = LOCAL
    scheduler: str | None = None
    step: Step | None = None

    @property
    def division(self) -> Division:
        """What divides the corridors."""
        return Division(self.alignment, self.equations, self.posts, self.communes, self.src_crs)

    @property
    def split(self) -> bool:
        """Whether rows are split by commune or section."""
        return not self.division.whole


@dataclass(frozen=True)
class Measured:
    """What one corridor does to a layer: the figures, and the rows of the table."""

    data: dict[str, Any]
    rows: rows_of.Rows


def measure_affected(options: AffectedOptions) -> Answer:
    """Measure a layer under one corridor or several; alignments by commune need none.

    Raises
    ------
    UsageError
        When an option that the grouping needs is missing.
    OutputExistsError
        When the output exists and may not be replaced.
    DataError
        When a layer is refused: no or another CRS, empty, repeated keys, ...
    CheckError
        When the areas do not reconcile.
    """
    name = named_layer(options.layer)
    _check_options(options, name)
    if options.output is not None:
        outputs.check_writable(options.output, overwrite=options.overwrite)
    if not options.corridors:
        return _lengths(options)
    corridors = [read_corridor(source, options.division) for source in options.corridors]
    layer, cuts = _read_near(options, name, corridors)
    if name == "parcels":
        pairs = zip(corridors, cuts, strict=True)
        found = [_measure_parcels(layer, corridor, cut, options) for corridor, cut in pairs]
    else:
        found = [_measure_features(layer, corridor, options) for corridor in corridors]
    problems = [*layer.problems, *(problem for one in corridors for problem in one.problems)]
    return _finish(options, found, problems)


def _check_options(options: AffectedOptions, layer: str) -> None:
    if not options.corridors and layer != "alignments":
        raise UsageError(
            "--corridor FILE is missing.",
            remedy="Draw one with 'geotool corridor', or measure --as alignments --communes F.",
        )
    if not options.corridors and options.communes is None:
        raise UsageError("--communes FILE is missing.", remedy="Lengths are given by commune.")
    if "section" in options.by and options.alignment is None:
        raise UsageError("--by section needs the axis.", remedy="Add --alignment FILE.")
    if "land_type" in options.by and layer != "parcels":
        raise UsageError("--by land_type is for parcels.", remedy="Use commune or section.")
    _check_corridors(options, layer)
    _check_engine(options)


def _check_corridors(options: AffectedOptions, layer: str) -> None:
    named = {Path(name).absolute() for name in options.corridors}
    if len(named) < len(options.corridors):
        raise UsageError("A --corridor is named twice.", remedy="Name each once.")
    if options.corridors and layer == "communes" and options.communes is not None:
        raise UsageError("Communes are not divided by communes.", remedy="Leave out --communes.")


def _check_engine(options: AffectedOptions) -> None:
    if options.scheduler is not None and options.engine != DASK:
        raise UsageError("--scheduler is for --engine dask.", remedy="Add --engine dask.")
    if options.engine == DASK and not options.corridors:
        raise UsageError("--engine dask needs a corridor.", remedy="Add --corridor FILE.")


def _read_near(
    options: AffectedOptions, layer: str, corridors: Sequence[Corridor]
) -> tuple[NearRead, Sequence[Cut | None]]:
    """Read the rows near any of the corridors, and how each cuts them where that is known."""
    first = corridors[0]
    for other in corridors[1:]:
        crs.require_same({first.name: first, other.name: other})
    pieces = np.concatenate([one.cells.pieces.shapes for one in corridors])
    around = Surroundings(shapely.bounds(pieces), first.crs)
    read = _read_parts if options.engine == DASK else _read_rows
    near, cuts = read(options, layer, around, corridors)
    require_rows(near.feature_count, options.source, layer)
    crs.require_projected(near.crs, options.source)
    crs.require_same({options.source: near, first.name: first})
    return near, cuts


def _read_rows(
    options: AffectedOptions, layer: str, around: Surroundings, corridors: Sequence[Corridor]
) -> tuple[NearRead, Sequence[Cut | None]]:
    near = sources.read_near(
        options.source,
        around,
        layer=layer,
        columns=_columns(layer),
        options=ReadOptions(src_crs=options.src_crs),
    )
    return near, [None] * len(corridors)


def _read_parts(
    options: AffectedOptions, layer: str, around: Surroundings, corridors: Sequence[Corridor]
) -> tuple[NearRead, Sequence[Cut | None]]:
    from geotool.pipeline import affected_dask
    from geotool.pipeline.affected_parts import Question

    question = Question(
        source=options.source,
        layer=layer,
        around=around,
        corridors=tuple(one.cells for one in corridors if layer == "parcels"),
        columns=_columns(layer),
        src_crs=options.src_crs,
    )
    return affected_dask.read_parts(question, scheduler=options.scheduler, step=options.step)


def _columns(layer: str) -> tuple[str, ...]:
    """Return the columns that are read beside the key; nothing that names a person is."""
    return _PARCEL_COLUMNS if layer == "parcels" else _FEATURE_COLUMNS


def _measure_parcels(
    layer: NearRead, corridor: Corridor, cut: Cut | None, options: AffectedOptions
) -> Measured:
    tolerances = rules.load_tolerances()
    columns, shapes, cells = layer.columns, layer.shapes, corridor.cells
    if cut is None:
        take = measure_take(columns, shapes, cells, tolerances=tolerances)
    else:
        take = make_take(columns, shapes, cut, cells, tolerances=tolerances)
    reconciliation = sums.reconcile(take, tolerances)
    sums.check_reconciles(reconciliation)
    groups = sums.group_take(take, options.by) if options.by else {}
    classes = take.parcels["take_class"]
    areas = asdict(reconciliation)
    data = {
        "layer": "parcels",
        "feature_count": layer.feature_count,
        "affected_count": len(classes),
        "full_count": int((classes == "full").sum()),
        "partial_count": int((classes == "partial").sum()),
        "affected_area_m2": areas["affected_area_m2"],
        **sums.areas_by_basis(take),
        "corridor_area_m2": areas["corridor_area_m2"],
        "overlap_area_m2": areas["overlap_area_m2"],
        "uncovered_area_m2": areas["uncovered_area_m2"],
        "reconciles": reconciliation.reconciles,
        **_read_facts(layer),
        "groups": rows_of.records(groups),
    }
    return Measured(data, rows_of.parcel_rows(take, layer.crs, split=options.split))


def _measure_features(layer: NearRead, corridor: Corridor, options: AffectedOptions) -> Measured:
    import pandas as pd

    from geotool.affected import features, totals

    key = load_schema(layer.layer).key
    if key is None:
        raise UsageError(
            f"The layer {layer.layer} has no shapes of its own.",
            remedy="Measure a layer with shapes.",
        )
    frame, tolerances = layer.frame(), rules.load_tolerances()
    take = features.measure_in_cells(frame, corridor.cells, key, tolerances)
    inside = take.features[take.features["inside"]]
    names = [key if noun == "parcel" else noun for noun in options.by]
    groups = totals.group_features(take, frame, names) if names else pd.DataFrame()
    data = {
        "layer": layer.layer,
        "feature_count": layer.feature_count,
        "affected_count": len(inside),
        "full_count": int((inside["take_class"] == "full").sum()),
        "partial_count": int((inside["take_class"] == "partial").sum()),
        "affected_area_m2": float(inside["affected_area_m2"].sum()),
        "affected_length_m": float(inside["affected_length_m"].sum()),
        "corridor_area_m2": corridor.area_m2,
        **_read_facts(layer),
        "groups": rows_of.records(groups),
    }
    return Measured(data, rows_of.feature_rows(take, key, split=options.split))


def _read_facts(layer: NearRead) -> dict[str, Any]:
    repaired = list(layer.repaired)
    facts = (len(repaired), repaired, layer.crs, layer.index, len(layer.shapes))
    return dict(zip(_READ_FACTS, facts, strict=True))


def _lengths(options: AffectedOptions) -> Answer:
    """Return the length of alignments by commune, with rows outside and shared."""
    from geotool.communes import units as communes
    from geotool.route import alignment

    read = sources.read_layer(options.source, "alignments", ReadOptions(src_crs=options.src_crs))
    require_rows(len(read.frame), options.source, "alignments")
    crs.require_projected(read.frame, options.source)
    shapes = read_communes(str(options.communes), options.src_crs, read.frame)
    axes = alignment.make_axes(read.frame)
    lines = alignment.make_axis_lines(axes, read.frame.crs)
    rows = communes.lengths_by_commune(lines, shapes)
    data = {
        "layer": "alignments",
        "feature_count": len(axes),
        "affected_count": len(axes),
        "length_m": sum(axis.length_m for axis in axes),
        "crs": read.report.crs,
        "groups": rows_of.records(rows),
    }
    found = Measured(data, rows_of.Rows.of_frame(rows))
    return _finish(options, [found], list(read.report.problems))


def _finish(
    options: AffectedOptions, found: Sequence[Measured], problems: Sequence[Problem]
) -> Answer:
    data, rows = found[0].data, found[0].rows
    tables = rows_of.tables(data)
    if len(found) > 1:
        named = list(zip(options.corridors, found, strict=True))
        rows = rows_of.join_rows([(name, one.rows) for name, one in named])
        results = [{"corridor": name, **one.data} for name, one in named]
        shared = ("layer", "feature_count", *_READ_FACTS)
        data = {key: data[key] for key in shared} | {"corridors": results}
        tables = rows_of.comparison(results)
    words: tuple[str, ...] = ()
    if options.output is not None:
        rows_of.write(rows, options.output, overwrite=options.overwrite)
        written = options.output != outputs.STDOUT
        words = (f"{options.output}: {len(rows)} rows.",) if written else ()
    shown = () if options.output == outputs.STDOUT else tables
    return Answer(data, tables=shown, problems=problems, words=words)
