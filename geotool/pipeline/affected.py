"""One layer under one corridor, without a project: what is inside, and does it add up?"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

import geopandas as gpd
import pandas as pd

from geotool import crs, outputs, rules, schema, sources
from geotool.affected import features, parcels, totals
from geotool.communes import units as communes
from geotool.errors import DataError, UsageError
from geotool.pipeline import affected_rows as rows_of
from geotool.pipeline import axes as axes_of
from geotool.pipeline.answer import Answer
from geotool.pipeline.axes import ChainageTables
from geotool.pipeline.inputs import named_layer
from geotool.route import alignment, corridor, takings
from geotool.route.versions import select_version
from geotool.schema import Problem
from geotool.sources import LayerRead, ReadOptions


@dataclass(frozen=True)
class AffectedOptions:
    """The layer, the corridor, what splits the result, and where the rows go."""

    source: str
    corridor: str | None
    layer: str = "parcels"
    alignment: str | None = None
    equations: str | None = None
    posts: str | None = None
    communes: str | None = None
    by: Sequence[str] = ()
    src_crs: str | None = None
    output: str | None = None
    overwrite: bool = False

    @property
    def split_by_section(self) -> bool:
        """Whether rows are split by section."""
        return self.alignment is not None

    @property
    def split(self) -> bool:
        """Whether rows are split by commune or section."""
        return self.split_by_section or self.communes is not None


def measure_affected(options: AffectedOptions) -> Answer:
    """Measure a layer under a corridor; a layer of alignments by commune needs none.

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
    layer = _read(options.source, name, ReadOptions(src_crs=options.src_crs))
    if options.corridor is None:
        return _lengths(layer, options)
    drawn = _read(
        options.corridor,
        "right_of_way",
        axes_of.companion_options(options.corridor, options.src_crs),
    )
    crs.require_same({options.source: layer.frame, options.corridor: drawn.frame})
    held, left_out = select_version(drawn.frame)
    problems = [*layer.report.problems, *drawn.report.problems, *left_out]
    problems += takings.find_basis_problems(held)
    cells = _cells(held, options)
    if name == "parcels":
        return _measure_parcels(layer, cells, options, problems)
    return _measure_features(layer, cells, options, problems)


def _check_options(options: AffectedOptions, layer: str) -> None:
    if options.corridor is None and layer != "alignments":
        raise UsageError(
            "--corridor FILE is missing.",
            remedy="Draw one with 'geotool corridor', or measure --as alignments --communes F.",
        )
    if options.corridor is None and options.communes is None:
        raise UsageError("--communes FILE is missing.", remedy="Lengths are given by commune.")
    if "section" in options.by and options.alignment is None:
        raise UsageError("--by section needs the axis.", remedy="Add --alignment FILE.")
    if "land_type" in options.by and layer != "parcels":
        raise UsageError("--by land_type is for parcels.", remedy="Use commune or section.")


def _read(source: str, layer: str, options: ReadOptions) -> LayerRead:
    read = sources.read_layer(source, layer, options)
    if read.frame.empty:
        raise DataError(
            f"{source}: the layer {layer} is empty; there is nothing to measure.",
            remedy="Check the file, or run 'geotool info' on it.",
        )
    crs.require_projected(read.frame, source)
    return read


def _cells(lands: gpd.GeoDataFrame, options: AffectedOptions) -> gpd.GeoDataFrame:
    cells = corridor.split_sections(lands, [], None)
    if options.alignment is not None:
        given = axes_of.companion_options(options.alignment, options.src_crs).src_crs
        tables = ChainageTables(options.equations, options.posts)
        found = axes_of.read_axes(options.alignment, src_crs=given, tables=tables)
        crs.require_same({options.alignment: found.read.frame, "corridor": lands})
        sections = alignment.make_sections(found.axes)
        cells = corridor.split_sections(lands, found.axes, sections)
    if options.communes is not None:
        shapes = _read_communes(options.communes, options, lands)
        cells = communes.split_by_commune(cells, shapes)
    return cells


def _read_communes(
    source: str, options: AffectedOptions, like: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Read the communes into the CRS of the measured layer: they only divide, they are not it."""
    given = axes_of.companion_options(source, options.src_crs)
    read = sources.read_layer(source, "communes", replace(given, dst_crs=crs.code_of(like.crs)))
    return read.frame


def _measure_parcels(
    layer: LayerRead, cells: gpd.GeoDataFrame, options: AffectedOptions, problems: list[Problem]
) -> Answer:
    tolerances = rules.load_tolerances()
    take = parcels.measure_land_take(layer.frame, cells, tolerances=tolerances)
    reconciliation = totals.reconcile(take, tolerances)
    totals.check_reconciles(reconciliation)
    groups = totals.group_land_take(take, options.by) if options.by else pd.DataFrame()
    counts = take.parcels["take_class"].value_counts()
    areas = asdict(reconciliation)
    data = {
        "layer": "parcels",
        "feature_count": take.feature_count,
        "affected_count": len(take.parcels),
        "full_count": int(counts.get("full", 0)),
        "partial_count": int(counts.get("partial", 0)),
        "affected_area_m2": areas["affected_area_m2"],
        **take.areas_by_basis,
        "corridor_area_m2": areas["corridor_area_m2"],
        "overlap_area_m2": areas["overlap_area_m2"],
        "uncovered_area_m2": areas["uncovered_area_m2"],
        "reconciles": reconciliation.reconciles,
        "repaired_count": len(layer.report.repaired),
        "repaired": list(layer.report.repaired),
        "crs": layer.report.crs,
        "groups": rows_of.records(groups),
    }
    rows = rows_of.split_parcels(take) if options.split else rows_of.whole_parcels(take)
    return _finish(data, rows, options, problems)


def _measure_features(
    layer: LayerRead, cells: gpd.GeoDataFrame, options: AffectedOptions, problems: list[Problem]
) -> Answer:
    key = schema.load_schema(layer.report.layer).key
    if key is None:
        raise UsageError(
            f"The layer {layer.report.layer} has no shapes of its own.",
            remedy="Measure a layer with shapes.",
        )
    tolerances = rules.load_tolerances()
    take = features.measure_features(layer.frame, cells, key=key, tolerances=tolerances)
    inside = take.features[take.features["inside"]]
    names = [key if noun == "parcel" else noun for noun in options.by]
    groups = totals.group_features(take, layer.frame, names) if names else pd.DataFrame()
    data = {
        "layer": layer.report.layer,
        "feature_count": len(take.features),
        "affected_count": len(inside),
        "full_count": int((inside["take_class"] == "full").sum()),
        "partial_count": int((inside["take_class"] == "partial").sum()),
        "affected_area_m2": float(inside["affected_area_m2"].sum()),
        "affected_length_m": float(inside["affected_length_m"].sum()),
        "corridor_area_m2": rows_of.cell_area_m2(cells),
        "repaired_count": len(layer.report.repaired),
        "repaired": list(layer.report.repaired),
        "crs": layer.report.crs,
        "groups": rows_of.records(groups),
    }
    rows = rows_of.split_features(take, key) if options.split else rows_of.whole_features(take, key)
    return _finish(data, rows, options, problems)


def _lengths(layer: LayerRead, options: AffectedOptions) -> Answer:
    """Return the length of alignments by commune, with rows outside and shared."""
    shapes = _read_communes(str(options.communes), options, layer.frame)
    axes = alignment.make_axes(layer.frame)
    lines = alignment.make_axis_lines(axes, layer.frame.crs)
    rows = communes.lengths_by_commune(lines, shapes)
    data = {
        "layer": "alignments",
        "feature_count": len(axes),
        "affected_count": len(axes),
        "length_m": sum(axis.length_m for axis in axes),
        "crs": layer.report.crs,
        "groups": rows_of.records(rows),
    }
    return _finish(data, rows, options, list(layer.report.problems))


def _finish(
    data: dict[str, object],
    rows: pd.DataFrame,
    options: AffectedOptions,
    problems: list[Problem],
) -> Answer:
    if options.output is not None:
        _write(rows, options.output, overwrite=options.overwrite)
    words = () if options.output in (None, "-") else (f"{options.output}: {len(rows)} rows.",)
    tables = () if options.output == "-" else rows_of.tables(data)
    return Answer(data, tables=tables, problems=problems, words=words)


def _write(rows: pd.DataFrame, output: str, *, overwrite: bool) -> None:
    """Write rows as CSV (also on stdout), or with their shapes as a layer."""
    if output == outputs.STDOUT or output.lower().endswith(".csv"):
        outputs.write_table_csv(rows, output, overwrite=overwrite)
        return
    if not isinstance(rows, gpd.GeoDataFrame):
        raise UsageError(f"{output}: these rows have no shapes.", remedy="Write a .csv file.")
    outputs.write_layer(rows, output, layer="affected", overwrite=overwrite)
