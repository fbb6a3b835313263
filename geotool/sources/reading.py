"""One file -> one canonical layer, with everything that was found on the way."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pandas as pd

from geotool import coercion, crs, schema
from geotool.errors import CrsError, ReadError, SchemaError
from geotool.schema import Problem
from geotool.sources import (
    coordinates,
    files,
    opening,
    planned,
    refusal,
    rejection,
    repair,
    systems,
)
from geotool.sources.files import DisguisedError, Source
from geotool.sources.logbook import Logbook
from geotool.sources.records import AUTO, LayerRead, RawLayer, ReadOptions, ReadReport
from geotool.sources.sheets import totals
from geotool.sources.systems import CrsMisfitError, Located
from geotool.sources.text import mojibake

_GEOMETRY = "geometry"
_COORDINATE_REMEDY = (
    "Give columns lon and lat, or X and Y with --src-crs, or well-known text in a column wkt."
)


def read_layer(path: Path | str, layer: str, options: ReadOptions) -> LayerRead:
    """Read one file as one canonical layer, or refuse it; see ``sources.read_layer``."""
    return _accepted(path, layer, options, inspect_layer(path, layer, options))


def read_rows(path: Path | str, layer: str, raw: RawLayer, options: ReadOptions) -> LayerRead:
    """Return rows that were fetched from a file as a canonical layer, or refuse them.

    Text in an old encoding is repaired and every rule of reading applied, as
    ``sources.read_layer`` does with all rows of the file.

    Parameters
    ----------
    path, layer, options
        As in ``sources.read_layer``.
    raw
        The rows as the file holds them, by the numbers in ``raw.records``; ``raw.digest`` is that
        of the rows.

    Raises
    ------
    DataError
        As ``sources.read_layer``.
    """
    name = schema.canonical_layer_name(layer, project_dir=options.project_dir)
    book = Logbook(path, schema.load_schema(name, project_dir=options.project_dir), options)
    source = files.open_source(path, options.sublayer)
    raw = mojibake.repair_text(raw, source.name, encoding=options.encoding)
    numbered = raw.frame.set_axis([number - 1 for number in raw.records])
    return _accepted(path, layer, options, _ruled(book, source, replace(raw, frame=numbered)))


def _accepted(
    path: Path | str,
    layer: str,
    options: ReadOptions,
    found: tuple[LayerRead | None, list[Problem]],
) -> LayerRead:
    """Return a layer in which nothing is an error, else refuse it."""
    read, problems = found
    errors = [problem for problem in problems if problem.severity == "error"]
    if read is not None and not errors:
        return read
    name = schema.canonical_layer_name(layer, project_dir=options.project_dir)
    raise refusal.refusal_of(path, name, problems)


def inspect_layer(
    path: Path | str, layer: str, options: ReadOptions
) -> tuple[LayerRead | None, list[Problem]]:
    """Read one file and list every problem; see ``sources.inspect_layer``."""
    name = schema.canonical_layer_name(layer, project_dir=options.project_dir)
    book = Logbook(path, schema.load_schema(name, project_dir=options.project_dir), options)
    try:
        source = files.open_source(path, options.sublayer)
        raw = opening.read_raw(source, book.schema, options)
    except ReadError as error:
        rule = "not_what_it_says" if isinstance(error, DisguisedError) else "unreadable"
        book.note(rule, error.message, remedy=error.remedy)
        return None, book.problems
    counted = replace(raw, frame=raw.frame.reset_index(drop=True))
    return _ruled(book, source, counted)


def _ruled(book: Logbook, source: Source, raw: RawLayer) -> tuple[LayerRead | None, list[Problem]]:
    """Apply every rule to rows as the file holds them, counted by their labels from 0."""
    book.open(raw)
    read = _canonical(book, source, raw)
    book.place_problems()
    if read is not None:
        read = replace(read, report=replace(read.report, problems=tuple(book.problems)))
    return read, book.problems


def _canonical(book: Logbook, source: Source, raw: RawLayer) -> LayerRead | None:
    """Return the layer as the schema wants it, None when it cannot be formed."""
    formed = form_rows(book, raw)
    return None if formed is None else LayerRead(formed[0], report_of(book, source, raw, *formed))


def form_rows(book: Logbook, raw: RawLayer) -> tuple[pd.DataFrame, Located | None] | None:
    """Return rows as the schema wants them, None when they cannot be formed; note every problem.

    Parameters
    ----------
    book
        The read under way.
    raw
        Rows as the file holds them; their index labels count them in the file, from 0.
    """
    try:
        told = planned.resolve_plan(raw, book.options.plan, what=book.what)
    except SchemaError as error:
        book.note("ambiguous_column", error.message, remedy=error.remedy)
        return None
    match = match_names(book, raw, told.columns)
    taken = {} if match is None else match.mapping
    frame, located = _with_shapes(book, raw, taken, told.places)
    if match is None or frame is None:
        book.note_remarks(pd.Series(dtype=object))
        return None
    book.columns.update(match.mapping)
    book.problems += match.notices
    frame = _checked(book, frame.rename(columns=match.mapping), raw)
    if located is not None:
        located = _converted(book, replace(located, frame=frame))
        frame = frame if located is None else located.frame
    return frame, located


def match_names(book: Logbook, raw: RawLayer, told: Mapping[str, str]) -> schema.Match | None:
    """Return which column is which; None when that is open, with the problems noted."""
    names = [str(name) for name in raw.frame.columns]
    try:
        match = schema.match_columns(
            [name for name in names if name not in told],
            book.schema,
            project_dir=book.options.project_dir,
            maybe_cut=raw.origin is None,
        )
    except SchemaError as error:
        found = [problem for problem in error.problems if isinstance(problem, Problem)]
        book.problems += found
        if not found:
            book.note("ambiguous_column", error.message, remedy=error.remedy)
        return None
    free = {own: name for own, name in match.mapping.items() if name not in told.values()}
    mapping = {name: told.get(name) or free[name] for name in names if name in {**told, **free}}
    return replace(match, mapping=mapping)


def _with_shapes(
    book: Logbook, raw: RawLayer, taken: Mapping[str, str], places: Mapping[str, str]
) -> tuple[pd.DataFrame | None, Located | None]:
    """Return the rows with shapes where the layer has them, in the file's own system."""
    frame, options = raw.frame, book.options
    if not raw.shapes and book.schema.geometry:
        free = [str(name) for name in frame.columns if str(name) not in taken]
        placed = _placed(book, frame, free, places)
        if not isinstance(placed, gpd.GeoDataFrame):
            return placed, None
        if placed.crs is None:
            searched = options.src_crs == AUTO
            return _located(book, placed, False, options) if searched else (placed, None)
        frame, options = placed, replace(options, src_crs=None)
    if not isinstance(frame, gpd.GeoDataFrame):
        return frame, None
    if not book.schema.geometry:
        book.note("geometry_ignored", "The shapes of the file were left aside.")
        return pd.DataFrame(frame.drop(columns=[_GEOMETRY])), None
    return _located(book, frame, not raw.shapes or raw.crs is not None, options)


def _located(
    book: Logbook, frame: gpd.GeoDataFrame, declared: bool, options: ReadOptions
) -> tuple[gpd.GeoDataFrame, Located | None]:
    """Return the layer in a known system, as it is when that fails; both are noted."""
    if book.settled is not None:
        located = book.settled.locate(frame)
        return located.frame, located
    try:
        located = systems.locate(frame, declared, options, what=book.what)
    except CrsError as error:
        rule = "crs_mismatch" if isinstance(error, CrsMisfitError) else "no_crs"
        book.note(rule, error.message, remedy=error.remedy)
        return frame, None
    book.add_notes(located.notes)
    return located.frame, replace(located, notes=())


def _placed(
    book: Logbook, frame: pd.DataFrame, free: list[str], places: Mapping[str, str]
) -> pd.DataFrame | None:
    """Return a table with shapes from its coordinate columns, as it is when it has none.

    The shapes are without a system when it is unknown, and None comes back when it is open
    which columns hold the coordinates; both are noted.
    """
    options = book.options
    try:
        plane = systems.is_plane(options)
        columns = coordinates.find_columns(
            free, plane=plane, project_dir=options.project_dir, named=places
        )
        if columns is None:
            return frame
        placed = coordinates.place_rows(frame, columns, options)
    except SchemaError as error:
        message = f"{book.what}: {error.message}"
        book.note("ambiguous_column", message, remedy=error.remedy)
        return None
    if placed.error is not None:
        remedy = placed.error.remedy or systems.naming_remedy(systems.bounds_of(placed.frame))
        book.note("no_crs", f"{book.what}: {placed.error.message}", remedy=remedy)
    book.columns.update({columns.east: _GEOMETRY, columns.north: _GEOMETRY})
    book.remarks += [
        (position, rule, message, columns.north) for position, rule, message in placed.remarks
    ]
    return placed.frame


def _checked(book: Logbook, frame: pd.DataFrame, raw: RawLayer) -> pd.DataFrame:
    """Return the frame with keys, types, repaired shapes and merged rows; note every problem.

    Index labels are the positions in the file until the end, so that problems name true rows.
    """
    own, project_dir = book.schema, book.options.project_dir
    shapes = None
    if isinstance(frame, gpd.GeoDataFrame):
        shapes = repair.repair_shapes(frame.geometry.array, own.geometry)
        frame = frame.set_geometry(gpd.GeoSeries(shapes.shapes, index=frame.index, crs=frame.crs))
    if book.settled is None:
        frame, found = schema.ensure_key(frame, own, project_dir=project_dir)
        book.problems += found
    else:
        frame = book.settled.ensure_key(frame)
    facts = totals.facts_of(raw, book.columns)
    frame, found = schema.coerce(frame, own, project_dir=project_dir, facts=facts)
    book.problems += found
    book.problems += totals.find_mismatches(
        frame, raw.totals, book.columns, own, facts=facts, project_dir=project_dir
    )
    book.note_remarks(coercion.row_keys(frame, own))
    if shapes is not None:
        _note_shapes(book, frame, shapes)
    return _merged(book, frame)


def _merged(book: Logbook, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with repeated rows merged, and without the rows in error when told."""
    own, project_dir = book.schema, book.options.project_dir
    if book.options.salvage:
        found = schema.problems(frame, own, project_dir=project_dir)
        frame = rejection.reject_rows(book, frame, found)
    frame, book.merged_count, notices = schema.merge_repeated(frame, own, project_dir=project_dir)
    book.problems += notices
    found = schema.problems(frame, own, project_dir=project_dir)
    if book.options.salvage and any(problem.rows for problem in found):
        frame = rejection.reject_rows(book, frame, found, repeated=True)
        found = schema.problems(frame, own, project_dir=project_dir)
    book.problems += [_explained(problem) for problem in found if not _is_known(book, problem)]
    return frame.reset_index(drop=True)


def _is_known(book: Logbook, problem: Problem) -> bool:
    """Return whether the same was said before: no key column, or no place for a row."""
    if problem.rule == "empty_geometry":
        misplaced = {row for p in book.problems if p.rule == "bad_coordinate" for row in p.rows}
        return bool(problem.rows) and set(problem.rows) <= misplaced
    keyless = any(p.rule == "missing_key" and not p.key for p in book.problems)
    return problem.rule == "missing_key" and not problem.key and keyless


def _explained(problem: Problem) -> Problem:
    """Return a problem whose remedy says how a table gets shapes."""
    if problem.rule == "missing_column" and problem.place == _GEOMETRY:
        return replace(problem, remedy=_COORDINATE_REMEDY)
    return problem


def _note_shapes(book: Logbook, frame: pd.DataFrame, shapes: repair.Repaired) -> None:
    """Note what was repaired, flattened or lost."""
    keys = coercion.row_keys(frame, book.schema)
    if shapes.flattened_count:
        text = f"Heights or measures of {shapes.flattened_count} rows were dropped."
        book.note("heights_dropped", text)
    rows = keys.iloc[list(shapes.repaired)]
    book.repaired = tuple(str(key) for key in rows)
    book.note_rows("invalid_geometry", rows, "the shape was invalid and was repaired.", _GEOMETRY)
    lost = keys.iloc[list(shapes.lost)]
    text = "the shape is invalid; nothing of it is left."
    book.note_rows("geometry_lost", lost, text, _GEOMETRY)


def _converted(book: Logbook, located: Located) -> Located | None:
    try:
        converted = systems.convert(located, book.options)
    except CrsError as error:
        book.note("crs_mismatch", f"{book.what}: {error.message}", remedy=error.remedy)
        return None
    book.add_notes(converted.notes)
    return converted


def report_of(
    book: Logbook,
    source: Source,
    raw: RawLayer,
    frame: pd.DataFrame,
    located: Located | None,
) -> ReadReport:
    """Return the report of a read: ``raw`` as it came in, ``frame`` as it goes out."""
    size, sha256 = raw.digest or files.digest(source)
    system = getattr(frame, "crs", None)
    return ReadReport(
        path=_shown_path(source),
        layer=book.schema.name,
        sublayer=raw.sublayer,
        read_count=len(raw.frame) + len(raw.rejected),
        repaired=book.repaired,
        merged_count=book.merged_count,
        source_crs=None if located is None else crs.code_of(located.source),
        crs=None if system is None else crs.code_of(system),
        reprojected=located is not None and located.reprojected,
        columns=dict(book.columns),
        problems=tuple(book.problems),
        size_bytes=size,
        sha256=sha256,
        rejected=tuple(book.rejected),
        encoding=raw.encoding,
        encoding_confidence=raw.confidence,
        origin=raw.origin,
        digest_of="file" if raw.digest is None else "rows_read",
    )


def _shown_path(source: Source) -> str:
    if source.data is not None:
        return files.STDIN
    return source.name if source.given is None else str(source.given)
