"""One file -> one canonical layer, with everything that was found on the way."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import geopandas as gpd
import pandas as pd

from geotool import coercion, crs, schema
from geotool.errors import CrsError, DataError, GeometryError, ReadError, SchemaError
from geotool.schema import LayerSchema, Problem
from geotool.sources import coordinates, files, repair, systems, tables, vector
from geotool.sources.files import DisguisedError, Source
from geotool.sources.records import AUTO, LayerRead, RawLayer, ReadOptions, ReadReport
from geotool.sources.systems import CrsMisfitError, Located

_GEOMETRY = "geometry"
_LISTED_ROWS = 100
_LISTED_MESSAGES = 10
_LISTED_REMEDIES = 3
_COORDINATE_REMEDY = (
    "Give columns lon and lat, or X and Y with --src-crs, or well-known text in a column wkt."
)
_RULES_OF: tuple[tuple[type[DataError], frozenset[str]], ...] = (
    (ReadError, frozenset({"unreadable", "not_what_it_says"})),
    (CrsError, frozenset({"no_crs", "crs_mismatch"})),
    (
        GeometryError,
        frozenset({"empty_geometry", "wrong_geometry_kind", "geometry_lost", "bad_coordinate"}),
    ),
)


@dataclass
class _Reading:
    """One read under way: what is known, and what was found so far."""

    path: Path | str
    schema: LayerSchema
    options: ReadOptions
    problems: list[Problem] = field(default_factory=list)
    columns: dict[str, str] = field(default_factory=dict)
    repaired: tuple[str, ...] = ()
    rejected: tuple[str, ...] = ()
    remarks: list[coordinates.Remark] = field(default_factory=list)
    misplaced: frozenset[str] = frozenset()
    merged_count: int = 0

    @property
    def what(self) -> str:
        """File and layer, for messages."""
        return f"{files.shown_name(self.path)}, layer {self.schema.name}"

    def note(
        self, rule: str, message: str, *, key: str = "", place: str = "", remedy: str = ""
    ) -> None:
        """Add a problem; an empty remedy takes the rule's own."""
        problem = schema.make_problem(
            rule,
            self.schema.name,
            message,
            key=key,
            place=place,
            project_dir=self.options.project_dir,
        )
        self.problems.append(replace(problem, remedy=remedy) if remedy else problem)

    def note_rows(self, rule: str, rows: "pd.Series[str]", text: str, place: str = "") -> None:
        """Add one problem a row, the first hundred, then one that counts the rest."""
        for key in rows.iloc[:_LISTED_ROWS]:
            self.note(rule, f"{key}: {text}", key=key, place=place)
        more = rows.iloc[_LISTED_ROWS:]
        if len(more):
            names = schema.name_keys(more)
            self.note(rule, f"{len(more)} more rows ({names}): {text}", place=place)


def read_layer(path: Path | str, layer: str, options: ReadOptions) -> LayerRead:
    """Read one file as one canonical layer, or refuse it; see ``sources.read_layer``."""
    read, problems = inspect_layer(path, layer, options)
    errors = [problem for problem in problems if problem.severity == "error"]
    if read is not None and not errors:
        return read
    raise _refusal(
        path, schema.canonical_layer_name(layer, project_dir=options.project_dir), problems
    )


def inspect_layer(
    path: Path | str, layer: str, options: ReadOptions
) -> tuple[LayerRead | None, list[Problem]]:
    """Read one file and list every problem; see ``sources.inspect_layer``."""
    name = schema.canonical_layer_name(layer, project_dir=options.project_dir)
    reading = _Reading(path, schema.load_schema(name, project_dir=options.project_dir), options)
    try:
        source = files.open_source(path, options.sublayer)
        raw = _read_raw(source, name, options)
    except ReadError as error:
        rule = "not_what_it_says" if isinstance(error, DisguisedError) else "unreadable"
        reading.note(rule, error.message, remedy=error.remedy)
        return None, reading.problems
    for rule, message, remedy in raw.notes:
        reading.note(rule, message, remedy=remedy)
    read = _canonical(reading, source, raw)
    return read, reading.problems


def _refusal(path: Path | str, layer: str, problems: Sequence[Problem]) -> DataError:
    """Return the error that fits the problems best and carries them all."""
    errors = [problem for problem in problems if problem.severity == "error"]
    messages = list(dict.fromkeys(problem.message for problem in errors))
    remedies = list(dict.fromkeys(problem.remedy for problem in errors))
    shown = files.shown_name(path)
    what = f"{shown}, layer {layer}"
    headline = f"{what}: {len(messages)} problems." if len(messages) > 1 else ""
    text = " ".join(messages[:_LISTED_MESSAGES])
    if len(messages) > _LISTED_MESSAGES:
        text += f" And {len(messages) - _LISTED_MESSAGES} more."
    if headline:
        text = f"{headline} {text}"
    elif not text.startswith(what):
        file_named = text.startswith((f"{shown}: ", f"{shown}, "))
        text = f"{what}{text[len(shown) :]}" if file_named else f"{what}: {text}"
    kind = _fitting_class({problem.rule for problem in errors})
    remedy = " ".join(remedies[:_LISTED_REMEDIES])
    return kind(text, remedy=remedy, problems=problems, headline=headline)


def _fitting_class(rules: set[str]) -> type[DataError]:
    """Return the class of the gravest rule; shapes decide only when nothing else is wrong."""
    for kind, members in _RULES_OF:
        if rules & members and (kind is not GeometryError or rules <= members):
            return kind
    return SchemaError


def _read_raw(source: Source, layer: str, options: ReadOptions) -> RawLayer:
    if source.kind == "csv":
        return tables.read_csv(source, options.encoding)
    if source.kind == "xlsx":
        return tables.read_sheet(source, layer)
    return vector.read_vector(source, layer, options.encoding)


def _canonical(reading: _Reading, source: Source, raw: RawLayer) -> LayerRead | None:
    """Return the layer as the schema wants it, None when it cannot be formed."""
    match = _matched(reading, [str(name) for name in raw.frame.columns])
    taken = {} if match is None else match.mapping
    frame, located = _with_shapes(reading, raw, taken)
    if match is None or frame is None:
        _note_remarks(reading, pd.Series(dtype=object))
        return None
    reading.columns.update(match.mapping)
    reading.problems += match.notices
    frame = frame.rename(columns=match.mapping)
    frame = _checked(reading, frame)
    if located is not None:
        located = _converted(reading, replace(located, frame=frame))
        frame = frame if located is None else located.frame
    return LayerRead(frame, _report(reading, source, raw, frame, located))


def _with_shapes(
    reading: _Reading, raw: RawLayer, taken: dict[str, str]
) -> tuple[pd.DataFrame | None, Located | None]:
    """Return the rows with shapes where the layer has them, in the file's own system."""
    frame, options = raw.frame, reading.options
    if not raw.shapes and reading.schema.geometry:
        free = [str(name) for name in frame.columns if str(name) not in taken]
        placed = _placed(reading, frame, free)
        if not isinstance(placed, gpd.GeoDataFrame):
            return placed, None
        if placed.crs is None:
            searched = options.src_crs == AUTO
            return _located(reading, placed, False, options) if searched else (placed, None)
        frame, options = placed, replace(options, src_crs=None)
    if not isinstance(frame, gpd.GeoDataFrame):
        return frame, None
    if not reading.schema.geometry:
        reading.note("geometry_ignored", "The shapes of the file were left aside.")
        return pd.DataFrame(frame.drop(columns=[_GEOMETRY])), None
    return _located(reading, frame, not raw.shapes or raw.crs is not None, options)


def _located(
    reading: _Reading, frame: gpd.GeoDataFrame, declared: bool, options: ReadOptions
) -> tuple[gpd.GeoDataFrame, Located | None]:
    """Return the layer in a known system, as it is when that fails; both are noted."""
    try:
        located = systems.locate(frame, declared, options, what=reading.what)
    except CrsError as error:
        rule = "crs_mismatch" if isinstance(error, CrsMisfitError) else "no_crs"
        reading.note(rule, error.message, remedy=error.remedy)
        return frame, None
    for rule, message, remedy in located.notes:
        reading.note(rule, message, remedy=remedy)
    return located.frame, replace(located, notes=())


def _placed(reading: _Reading, frame: pd.DataFrame, free: list[str]) -> pd.DataFrame | None:
    """Return a table with shapes from its coordinate columns, as it is when it has none.

    The shapes are without a system when it is unknown, and None comes back when it is open
    which columns hold the coordinates; both are noted.
    """
    options = reading.options
    try:
        plane = systems.is_plane(options)
        columns = coordinates.find_columns(free, plane=plane, project_dir=options.project_dir)
        if columns is None:
            return frame
        placed = coordinates.place_rows(frame, columns, options)
    except SchemaError as error:
        message = f"{reading.what}: {error.message}"
        reading.note("ambiguous_column", message, remedy=error.remedy)
        return None
    if placed.error is not None:
        remedy = placed.error.remedy or systems.naming_remedy(systems.bounds_of(placed.frame))
        reading.note("no_crs", f"{reading.what}: {placed.error.message}", remedy=remedy)
    reading.remarks += placed.remarks
    reading.columns.update({columns.east: _GEOMETRY, columns.north: _GEOMETRY})
    return placed.frame


def _checked(reading: _Reading, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with keys, types, repaired shapes and merged rows; note every problem."""
    shapes, project_dir = None, reading.options.project_dir
    if isinstance(frame, gpd.GeoDataFrame):
        shapes = repair.repair_shapes(frame.geometry.array, reading.schema.geometry)
        frame = frame.set_geometry(gpd.GeoSeries(shapes.shapes, index=frame.index, crs=frame.crs))
    frame, found = schema.ensure_key(frame, reading.schema, project_dir=project_dir)
    reading.problems += found
    frame, found = schema.coerce(frame, reading.schema, project_dir=project_dir)
    reading.problems += found
    _note_remarks(reading, coercion.row_keys(frame, reading.schema))
    if shapes is not None:
        frame = _with_notes_on_shapes(reading, frame, shapes)
    frame, count, found = schema.merge_repeated(frame, reading.schema, project_dir=project_dir)
    reading.merged_count = count
    reading.problems += found
    frame = frame.reset_index(drop=True)
    found = schema.problems(frame, reading.schema, project_dir=project_dir)
    reading.problems += [
        _explained(problem) for problem in found if not _is_known(reading, problem)
    ]
    return frame


def _note_remarks(reading: _Reading, keys: "pd.Series[str]") -> None:
    """Note what was remarked on the coordinates of a table, rows by their keys where known."""
    placed = {name for name, canonical in reading.columns.items() if canonical == _GEOMETRY}
    place = next(iter(sorted(placed)), "")
    for position, rule, message in reading.remarks:
        if position < 0:
            reading.note(rule, message, place=place)
            continue
        row = f"row {position + 1}"
        key = str(keys.iloc[position]) if len(keys) else row
        where = row if key == row else f"{key} ({row})"
        reading.note(rule, f"{where}: {message}", key="" if key == row else key, place=place)
        reading.misplaced |= {key}


def _is_known(reading: _Reading, problem: Problem) -> bool:
    """Return whether the same was said before: no key column, or no place for a row."""
    if problem.rule == "empty_geometry":
        return problem.key in reading.misplaced
    keyless = any(p.rule == "missing_key" and not p.key for p in reading.problems)
    return problem.rule == "missing_key" and not problem.key and keyless


def _explained(problem: Problem) -> Problem:
    """Return a problem whose remedy says how a table gets shapes."""
    if problem.rule == "missing_column" and problem.place == _GEOMETRY:
        return replace(problem, remedy=_COORDINATE_REMEDY)
    return problem


def _with_notes_on_shapes(
    reading: _Reading, frame: pd.DataFrame, shapes: repair.Repaired
) -> pd.DataFrame:
    """Note what was repaired, flattened or lost; set unusable rows aside when told."""
    keys = coercion.row_keys(frame, reading.schema)
    if shapes.flattened_count:
        text = f"Heights or measures of {shapes.flattened_count} rows were dropped."
        reading.note("heights_dropped", text)
    rows = keys.iloc[list(shapes.repaired)]
    reading.repaired = tuple(str(key) for key in rows)
    reading.note_rows(
        "invalid_geometry", rows, "the shape was invalid and was repaired.", _GEOMETRY
    )
    aside = list(shapes.unusable) if reading.options.drop_bad_rows else []
    rows = keys.iloc[aside]
    reading.rejected = tuple(str(key) for key in rows)
    reading.note_rows("row_rejected", rows, "no usable shape; set aside.", _GEOMETRY)
    lost = keys.iloc[[i for i in shapes.lost if i not in set(aside)]]
    reading.note_rows(
        "geometry_lost", lost, "the shape is invalid; nothing of it is left.", _GEOMETRY
    )
    if aside:
        reading.problems = [p for p in reading.problems if p.rule != "bad_coordinate"]
    return frame.drop(index=frame.index[aside])


def _converted(reading: _Reading, located: Located) -> Located | None:
    try:
        converted = systems.convert(located, reading.options)
    except CrsError as error:
        reading.note("crs_mismatch", f"{reading.what}: {error.message}", remedy=error.remedy)
        return None
    for rule, message, remedy in converted.notes:
        reading.note(rule, message, remedy=remedy)
    return converted


def _matched(reading: _Reading, names: Sequence[str]) -> schema.Match | None:
    """Return which column is which; None when that is open, with the problems noted."""
    try:
        return schema.match_columns(names, reading.schema, project_dir=reading.options.project_dir)
    except SchemaError as error:
        found = [problem for problem in error.problems if isinstance(problem, Problem)]
        reading.problems += found
        if not found:
            reading.note("ambiguous_column", error.message, remedy=error.remedy)
        return None


def _report(
    reading: _Reading,
    source: Source,
    raw: RawLayer,
    frame: pd.DataFrame,
    located: Located | None,
) -> ReadReport:
    size, sha256 = files.digest(source)
    system = getattr(frame, "crs", None)
    return ReadReport(
        path=files.STDIN if source.path is None else str(source.path),
        layer=reading.schema.name,
        sublayer=raw.sublayer,
        read_count=len(raw.frame),
        repaired=reading.repaired,
        merged_count=reading.merged_count,
        source_crs=None if located is None else crs.code_of(located.source),
        crs=None if system is None else crs.code_of(system),
        reprojected=located is not None and located.reprojected,
        columns=dict(reading.columns),
        problems=tuple(reading.problems),
        size_bytes=size,
        sha256=sha256,
        rejected=reading.rejected,
        encoding=raw.encoding,
    )
