"""What a layer must look like, as frozen records: Problem, Column, LayerSchema.

The records are read from ``layers/schemas/<layer>.toml``. Use them through
:mod:`geotool.schema`, which offers them beside the functions that apply them.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

from geotool import labels, resources, rules
from geotool.errors import DataError, SchemaError

ColumnType = Literal["text", "integer", "number", "date", "boolean", "chainage"]
Visibility = Literal["public", "committee", "internal"]
PublicForm = Literal["features", "dissolved", "none"]
GeometryKind = Literal["point", "line", "polygon"]

_FOLDER = "schemas"
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_RESERVED = re.compile(r"(?:gpkg|rtree|sqlite)_.*|layer_styles")
_LISTED_KEYS = 10
_PRINTED = ("severity", "layer", "rule", "key", "place", "message", "remedy")
_TYPES_OF_LAYER: Mapping[str, type] = {
    "title": str,
    "names": list,
    "geometry": list,
    "geometry_optional": bool,
    "key": str,
    "key_within": list,
    "derive_key": list,
    "derive_key_within": str,
    "number_rows": bool,
    "merge_rows": bool,
    "public": str,
    "sensitive": bool,
}
_TYPES_OF_COLUMN: Mapping[str, type] = {
    "type": str,
    "required": bool,
    "unit": str,
    "values": list,
    "closed": bool,
    "visibility": str,
    "person": bool,
    "sensitive": list,
    "description": str,
}
_TYPE_WORDS: Mapping[type, str] = {str: "text", list: "a list of text", bool: "true or false"}


@dataclass(frozen=True)
class Problem:
    """One thing found in a layer.

    ``severity`` is error (cannot compute), finding (the world is so) or notice (what
    geotool did or guessed); ``rule`` names the line of ``layers/rules/checks.toml``; ``key``
    is the row's key and ``place`` says where else to look (a column, a row, a file). ``rows``
    are the positions of the rows as read, from 0, none where it is not of single rows;
    ``shape`` is where on the map it is, None where it has no place. ``names`` are layer and key
    of the rows of other layers that its words name.
    """

    severity: rules.Severity
    layer: str
    rule: str
    key: str
    place: str
    message: str
    remedy: str
    rows: tuple[int, ...] = field(default=(), compare=False)
    shape: Any = field(default=None, compare=False, repr=False)
    names: tuple[tuple[str, str], ...] = field(default=(), compare=False)

    def as_dict(self) -> dict[str, str]:
        """Return the problem as the object printed by ``--json``."""
        return {name: str(getattr(self, name)) for name in _PRINTED}


@dataclass(frozen=True)
class Column:
    """One canonical column of a layer.

    ``unit`` is empty for text and counts; ``values`` lists the codes allowed, empty when
    free; ``closed`` makes another value an error, else it is a finding and kept; ``person``
    marks personal data; ``visibility`` is the widest profile showing it. Rows whose text holds
    a phrase of ``sensitive`` are shown to the profile internal only.
    """

    name: str
    type: ColumnType
    required: bool
    unit: str
    values: tuple[str, ...]
    visibility: Visibility
    person: bool
    description: str
    closed: bool = False
    sensitive: tuple[str, ...] = ()


@dataclass(frozen=True)
class LayerSchema:
    """What a layer must look like.

    Attributes
    ----------
    geometry
        Kinds allowed, a subset of point, line, polygon; empty for a plain table.
    geometry_optional
        The layer may also come as a plain table.
    key
        The key column, None for keyless tables.
    key_within
        Columns within whose values a key is unique, such as a version; none for the layer.
    derive_key
        Columns from which a missing key is made, joined with "-".
    derive_key_within
        The column that leads a key so made where several of its values share it; "" for none.
    number_rows
        A missing key may be replaced by the row numbers 1..n (reported).
    merge_rows
        Several rows of one key that agree are merged (reported).
    names
        Other names accepted for the layer, the singular among them.
    public
        What the profile ``public`` may show: features, dissolved or none.
    sensitive
        The layer is shown to the profile internal only.
    """

    name: str
    title: str
    geometry: tuple[GeometryKind, ...]
    key: str | None
    columns: tuple[Column, ...]
    derive_key: tuple[str, ...]
    public: PublicForm
    geometry_optional: bool = False
    number_rows: bool = False
    merge_rows: bool = False
    names: tuple[str, ...] = ()
    derive_key_within: str = ""
    key_within: tuple[str, ...] = ()
    sensitive: bool = False

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of the canonical columns in schema order."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """Return one column.

        Raises
        ------
        SchemaError
            When the layer has no such column; the message lists those it has.
        """
        for column in self.columns:
            if column.name == name:
                return column
        raise SchemaError(
            f"Layer {self.name} has no column '{name}'.",
            remedy=f"Its columns: {', '.join(self.column_names)}.",
        )


def layer_names(*, project_dir: Path | None = None) -> list[str]:
    """Return the sorted names of all layers, the project's own included."""
    return resources.list_names("layers", _FOLDER, ".toml", project_dir=project_dir)


def load_schema(name: str, *, project_dir: Path | None = None) -> LayerSchema:
    """Return the schema of a layer by its canonical name.

    Raises
    ------
    DataError
        When there is no such layer, or its schema file is wrong.
    """
    if project_dir is None:
        return _load_builtin(name)
    return _load(name, project_dir)


def make_problem(
    rule: str,
    layer: str,
    message: str,
    *,
    key: str = "",
    place: str = "",
    project_dir: Path | None = None,
) -> Problem:
    """Return a problem with the severity and the remedy that belong to its rule.

    Parameters
    ----------
    rule
        A rule named in ``layers/rules/checks.toml``.
    layer, message, key, place
        See :class:`Problem`.
    project_dir
        The project whose own severities apply.

    Raises
    ------
    DataError
        When the rule is not in ``checks.toml``.
    """
    check = rules.load_checks(project_dir=project_dir).get(rule)
    if check is None:
        raise DataError(
            f"layers/rules/checks.toml has no rule '{rule}'.", remedy="Add it to [severity]."
        )
    remedy = _words().text(check.remedy_key, "en")
    return Problem(check.severity, layer, rule, key, place, message, remedy)


def repeated_key(
    schema: LayerSchema, value: str, rows: Sequence[int], *, project_dir: Path | None = None
) -> Problem:
    """Return the problem of a key that several rows have, which are counted from 0."""
    named = name_keys(row + 1 for row in rows)
    text = f"{schema.key} {value} occurs {len(rows)} times (rows {named})."
    rule, place = "repeated_key", str(schema.key)
    problem = make_problem(rule, schema.name, text, key=value, place=place, project_dir=project_dir)
    return replace(problem, rows=tuple(int(row) for row in rows))


def judge(problems: Iterable[Problem], project_dir: Path | None) -> list[Problem]:
    """Return problems with the severities of a project, whatever severities they were made with.

    Raises
    ------
    DataError
        When the project's ``checks.toml`` has a severity that there is not.
    """
    checks = rules.load_checks(project_dir=project_dir)
    return [replace(one, severity=checks[one.rule].severity) for one in problems]


def remedy_in(problem: Problem, language: str) -> str:
    """Return a problem's remedy in a language; one written for its case stays as it is."""
    key = f"remedies.{problem.rule}"
    if not _words().has(key) or problem.remedy != _words().text(key, "en"):
        return problem.remedy
    return _words().text(key, language)


def name_keys(keys: Iterable[object]) -> str:
    """Return up to ten keys as text, then how many more there are."""
    texts = [str(key) for key in keys]
    more = len(texts) - _LISTED_KEYS
    listed = ", ".join(texts[:_LISTED_KEYS])
    return f"{listed} and {more} more" if more > 0 else listed


@cache
def _load_builtin(name: str) -> LayerSchema:
    return _load(name, None)


@cache
def _words() -> labels.Labels:
    return labels.load_labels()


def _load(name: str, project_dir: Path | None) -> LayerSchema:
    content = resources.load_toml("layers", f"{_FOLDER}/{name}.toml", project_dir=project_dir)
    check_layer_name(name)
    head, tables = content.get("layer", {}), content.get("columns", {})
    wrong = _wrong_types(head, tables) or _wrong_keys(content, head, tables)
    if not wrong:
        schema = _build(name, head, tables)
        wrong = _wrong_values(schema)
    if wrong:
        raise DataError(
            f"layers/schemas/{name}.toml: {'; '.join(wrong)}.",
            remedy="See layers/README.md for the keys of a schema.",
        )
    return schema


def check_layer_name(name: str) -> None:
    """Refuse a layer whose name would be no name of a table, or that of a GeoPackage's own.

    Raises
    ------
    DataError
        When it may not be called so; names its schema file.
    """
    if not _NAME.fullmatch(name):
        reason = "the name of a layer is small letters a to z, digits and _, a letter first"
    elif _RESERVED.fullmatch(name):
        reason = "a GeoPackage keeps this name for itself, as layer_styles, gpkg_*, rtree_*"
    else:
        return
    raise DataError(
        f"layers/schemas/{name}.toml: {reason}.",
        remedy="Rename the file, and the layer in geotool.toml and in recipes, such as wells.",
    )


def _wrong_types(head: object, tables: object) -> list[str]:
    """Return what has another type than a schema needs."""
    if not isinstance(head, dict) or not isinstance(tables, dict):
        return ["[layer] and [columns] must be tables"]
    wrong = _mistyped("[layer]", head, _TYPES_OF_LAYER)
    for name, table in tables.items():
        if isinstance(table, dict):
            wrong += _mistyped(f"[columns.{name}]", table, _TYPES_OF_COLUMN)
        else:
            wrong.append(f"[columns.{name}] must be a table")
    return wrong


def _mistyped(place: str, table: Mapping[str, Any], types: Mapping[str, type]) -> list[str]:
    wrong = []
    for key, kind in types.items():
        value = table.get(key, kind())
        texts = value if isinstance(value, list) else []
        if not isinstance(value, kind) or not all(isinstance(text, str) for text in texts):
            wrong.append(f"{key} in {place} must be {_TYPE_WORDS[kind]}")
    return wrong


def _wrong_keys(
    content: Mapping[str, Any], head: Mapping[str, Any], tables: Mapping[str, Any]
) -> list[str]:
    wrong = [f"unknown table {key}" for key in sorted(set(content) - {"layer", "columns"})]
    wrong += [f"unknown key {key} in [layer]" for key in sorted(set(head) - set(_TYPES_OF_LAYER))]
    if "title" not in head:
        wrong.append("[layer] has no title")
    for name, table in tables.items():
        unknown = sorted(set(table) - set(_TYPES_OF_COLUMN))
        wrong += [f"unknown key {key} in [columns.{name}]" for key in unknown]
        missing = sorted({"type", "visibility", "description"} - set(table))
        wrong += [f"[columns.{name}] has no {key}" for key in missing]
    return wrong


def _build(name: str, head: Mapping[str, Any], tables: Mapping[str, Any]) -> LayerSchema:
    return LayerSchema(
        name=name,
        title=head["title"],
        geometry=tuple(head.get("geometry", ())),
        key=head.get("key"),
        columns=tuple(_build_column(column, table) for column, table in tables.items()),
        derive_key=tuple(head.get("derive_key", ())),
        public=head.get("public", "none"),
        geometry_optional=head.get("geometry_optional", False),
        number_rows=head.get("number_rows", False),
        merge_rows=head.get("merge_rows", False),
        names=tuple(head.get("names", ())),
        derive_key_within=head.get("derive_key_within", ""),
        key_within=tuple(head.get("key_within", ())),
        sensitive=head.get("sensitive", False),
    )


def _build_column(name: str, table: Mapping[str, Any]) -> Column:
    return Column(
        name=name,
        type=table["type"],
        required=table.get("required", False),
        unit=table.get("unit", ""),
        values=tuple(table.get("values", ())),
        visibility=table["visibility"],
        person=table.get("person", False),
        description=table["description"],
        closed=table.get("closed", False),
        sensitive=tuple(table.get("sensitive", ())),
    )


def _wrong_values(schema: LayerSchema) -> list[str]:
    wrong = [
        f"geometry '{kind}' is none of {', '.join(get_args(GeometryKind))}"
        for kind in schema.geometry
        if kind not in get_args(GeometryKind)
    ]
    if schema.public not in get_args(PublicForm):
        wrong.append(f"public '{schema.public}' is none of {', '.join(get_args(PublicForm))}")
    named = [*schema.derive_key, *([schema.key] if schema.key is not None else [])]
    named += [*schema.key_within, *([schema.derive_key_within] if schema.derive_key_within else [])]
    wrong += [f"'{name}' is no column" for name in named if name not in schema.column_names]
    for column in schema.columns:
        if column.type not in get_args(ColumnType):
            wrong.append(f"type '{column.type}' of {column.name} is unknown")
        if column.visibility not in get_args(Visibility):
            wrong.append(f"visibility '{column.visibility}' of {column.name} is unknown")
    return wrong
