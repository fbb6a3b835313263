"""What each layer must look like, and everything that is wrong with one, said at once.

A reader turns a file into a canonical layer in this order: :func:`match_columns` and rename,
:func:`ensure_key`, :func:`coerce`, :func:`merge_repeated`, :func:`problems`. Rooms that compute
ask only :func:`require_columns`. Schemas, aliases and severities are data under ``layers/``.
"""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from geotool.aliases import (
    Match,
    canonical_layer_name,
    column_aliases,
    match_columns,
    normalise_name,
    value_aliases,
)
from geotool.cells import key_remarks, make_keys, numbering_remark
from geotool.coercion import FrameT, coerce, row_keys, row_positions
from geotool.errors import SchemaError
from geotool.records import (
    Column,
    LayerSchema,
    Problem,
    judge,
    layer_names,
    load_schema,
    make_problem,
    name_keys,
    remedy_in,
    repeated_key,
)

__all__ = [
    "Column",
    "LayerSchema",
    "Match",
    "Problem",
    "canonical_layer_name",
    "coerce",
    "column_aliases",
    "ensure_key",
    "judge",
    "layer_names",
    "load_schema",
    "make_problem",
    "match_columns",
    "merge_repeated",
    "name_keys",
    "normalise_name",
    "problems",
    "remedy_in",
    "repeated_key",
    "require_columns",
    "value_aliases",
]

_GEOMETRY = "geometry"
_KIND_OF_TYPE = {
    0: "point",
    1: "line",
    2: "line",
    3: "polygon",
    4: "point",
    5: "line",
    6: "polygon",
}
_LISTED_ROWS = 100  # rows of one kind reported one by one; the rest is counted


def require_columns(frame: pd.DataFrame, columns: Iterable[str], what: str) -> None:
    """Refuse a frame that lacks columns a computation needs.

    Parameters
    ----------
    frame
        Any table.
    columns
        Names needed.
    what
        The frame's name in the message, usually its layer.

    Raises
    ------
    SchemaError
        Naming all missing columns and those present.
    """
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        present = ", ".join(str(name) for name in frame.columns) or "none"
        raise SchemaError(
            f"{what}: missing {'column' if len(missing) == 1 else 'columns'} {', '.join(missing)}.",
            remedy=f"Columns present: {present}.",
        )


def text_column(frame: pd.DataFrame, name: str) -> "pd.Series[Any]":
    """Return a column as text without blanks around it, ``""`` where absent or missing."""
    if name not in frame.columns:
        return pd.Series("", index=frame.index, dtype=object)
    values = frame[name].astype(object)
    return values.where(values.notna(), "").map(str).str.strip().astype(object)


def ensure_key(
    frame: FrameT, schema: LayerSchema, *, project_dir: Path | None = None
) -> tuple[FrameT, list[Problem]]:
    """Return a new frame that has the layer's key column where one can be made.

    A key column with no value in it counts as absent. The key is then joined from the columns
    the schema names (``sheet_no``-``parcel_no``) and told apart where rows share it, which is
    reported; else rows are numbered ``"1"``..``"n"`` in file order where the schema allows it,
    which is reported; else it is an error.

    Parameters
    ----------
    frame
        Table with canonical column names; keyless tables pass unchanged.
    schema
        The layer's schema.
    project_dir
        The project whose own severities apply.

    Returns
    -------
    tuple
        The frame, the new key column first, and the problems.
    """
    key = schema.key
    if key is None or _has_values(frame, key):
        return frame.copy(), []
    if schema.derive_key and set(schema.derive_key) <= set(frame.columns):
        return _derived(frame, schema, key, project_dir)
    if schema.number_rows:
        return _numbered(frame, schema, key, project_dir)
    other = f" (or {' and '.join(schema.derive_key)})" if schema.derive_key else ""
    text = f"The key column {key}{other} is missing."
    return frame.copy(), [
        make_problem("missing_key", schema.name, text, place=key, project_dir=project_dir)
    ]


def merge_repeated(
    frame: FrameT, schema: LayerSchema, *, project_dir: Path | None = None
) -> tuple[FrameT, int, list[Problem]]:
    """Return a new frame in which rows of one key that agree are one row.

    Rows agree when no canonical column holds two different values; an empty cell agrees with
    any. The merged row stands where the first stood and takes the first value of each
    column. Rows that disagree stay, for :func:`problems` to refuse. Only for layers whose
    schema says ``merge_rows``; others come back unchanged.

    Parameters
    ----------
    frame
        Coerced frame, see :func:`coerce`.
    schema
        The layer's schema.
    project_dir
        The project whose own severities apply.

    Returns
    -------
    tuple
        The frame (original index labels of the rows kept), how many rows were merged away,
        and a notice naming the keys.
    """
    key = schema.key
    if not schema.merge_rows or key is None or key not in frame.columns:
        return frame.copy(), 0, []
    repeated = frame[key].notna() & frame[key].duplicated(keep=False)
    if not repeated.any():
        return frame.copy(), 0, []
    agreeing = _agreeing_keys(frame[repeated], schema)
    merging = repeated & frame[key].isin(agreeing)
    extra = merging & frame[key].duplicated(keep="first")
    merged = frame[~extra].copy()
    for name in [str(name) for name in frame.columns if name != key]:
        rows = _first_filled(frame[name], frame[key], merging)[~extra.to_numpy()]
        merged[name] = frame[name].take(rows).set_axis(merged.index)
    count = int(extra.sum())
    if not count:
        return merged, 0, []
    text = f"{count} repeated rows were merged: {key} {name_keys(agreeing)}."
    notice = make_problem(
        "repeated_rows_merged", schema.name, text, place=key, project_dir=project_dir
    )
    return merged, count, [notice]


def problems(
    frame: pd.DataFrame, schema: LayerSchema, *, project_dir: Path | None = None
) -> list[Problem]:
    """Return everything wrong with a coerced layer, in the order of the schema.

    Missing required columns, empty and repeated keys, empty cells in required columns, codes
    outside their list, no rows, empty geometry and geometry of the wrong kind.

    Parameters
    ----------
    frame
        Coerced frame, see :func:`coerce`; a GeoDataFrame for layers with geometry.
    schema
        The layer's schema.
    project_dir
        The project whose own severities apply.
    """
    room = _Findings(frame, schema, project_dir)
    if frame.empty:
        room.add("empty_layer", "The layer has no rows.")
    for column in schema.columns:
        if column.name in frame.columns:
            _check_column(room, column)
        elif column.required and column.name != schema.key:
            room.add("missing_column", f"The column {column.name} is missing.", column.name)
        elif column.name == schema.key:
            room.add("missing_key", f"The key column {column.name} is missing.", column.name)
    _check_geometry(room)
    return room.found


class _Findings:
    """Collects the problems of one layer."""

    def __init__(self, frame: pd.DataFrame, schema: LayerSchema, project_dir: Path | None) -> None:
        self.frame = frame
        self.schema = schema
        self.project_dir = project_dir
        self.found: list[Problem] = []

    def add(
        self,
        rule: str,
        message: str,
        place: str = "",
        key: str = "",
        rows: Iterable[int] = (),
    ) -> None:
        problem = make_problem(
            rule, self.schema.name, message, key=key, place=place, project_dir=self.project_dir
        )
        self.found.append(replace(problem, rows=tuple(int(row) for row in rows)))

    def add_rows(
        self, rule: str, rows: "np.ndarray[tuple[int], np.dtype[np.bool_]]", text: str, place: str
    ) -> None:
        """Add one problem a row, the first hundred, then one that counts the rest."""
        if not rows.any():
            return
        keys = row_keys(self.frame, self.schema).to_numpy()[rows]
        positions = row_positions(self.frame)[rows]
        for key, position in zip(keys[:_LISTED_ROWS], positions, strict=False):
            where = key if key.startswith("row ") else f"{key} (row {position + 1})"
            self.add(rule, f"{where}: {text}", place, "" if where == key else key, [position])
        more = keys[_LISTED_ROWS:]
        if len(more):
            rest = f"{len(more)} more rows ({name_keys(more)}): {text}"
            self.add(rule, rest, place, rows=positions[_LISTED_ROWS:])


def _check_column(room: _Findings, column: Column) -> None:
    values = room.frame[column.name]
    empty = values.isna().to_numpy(dtype=bool)
    if column.name == room.schema.key:
        room.add_rows("missing_key", empty, f"no {column.name}.", column.name)
        _check_repeated(room, column.name)
    elif column.required:
        room.add_rows("missing_value", empty, f"{column.name} is empty.", column.name)
    if not column.values:
        return
    outside = ~empty & ~values.isin(column.values).to_numpy(dtype=bool)
    allowed = ", ".join(column.values)
    rule = "bad_value" if column.closed else "unknown_value"
    for value in pd.unique(values[outside]):
        shown = "" if column.person else f" {value!r}"
        text = f"{column.name}{shown} is none of {allowed}."
        room.add_rows(rule, outside & (values == value).to_numpy(), text, column.name)


def _check_repeated(room: _Findings, key: str) -> None:
    keys = room.frame[key]
    names = [key, *(name for name in room.schema.key_within if name in room.frame)]
    repeated = keys.notna() & room.frame.duplicated(names, keep=False)
    if not repeated.any():
        return
    positions = pd.Series(row_positions(room.frame), index=keys.index)[repeated]
    rows_of = positions.groupby(keys[repeated].to_numpy(), sort=False).agg(list)
    for value, rows in rows_of.items():
        found = repeated_key(room.schema, str(value), rows, project_dir=room.project_dir)
        room.found.append(found)


def _check_geometry(room: _Findings) -> None:
    schema, frame = room.schema, room.frame
    if not schema.geometry:
        return
    if _GEOMETRY not in frame.columns:
        if not schema.geometry_optional:
            kinds = " or ".join(schema.geometry)
            room.add("missing_column", f"The layer has no geometry ({kinds}).", _GEOMETRY)
        return
    shapes = np.asarray(frame[_GEOMETRY], dtype=object)
    absent = shapely.is_missing(shapes)
    if schema.geometry_optional and absent.all():
        return
    empty = absent | shapely.is_empty(shapes)
    room.add_rows("empty_geometry", empty, "no geometry.", _GEOMETRY)
    allowed = [code for code, kind in _KIND_OF_TYPE.items() if kind in schema.geometry]
    types = shapely.get_type_id(shapes)
    wrong = ~empty & ~np.isin(types, allowed)
    for code in np.unique(types[wrong]):
        name = _type_name(shapes[wrong & (types == code)][0])
        text = f"the geometry is a {name}, not a {' or '.join(schema.geometry)}."
        room.add_rows("wrong_geometry_kind", wrong & (types == code), text, _GEOMETRY)


def _type_name(shape: BaseGeometry) -> str:
    return str(shape.geom_type)


def _has_values(frame: pd.DataFrame, column: str) -> bool:
    return column in frame.columns and (frame.empty or bool(frame[column].notna().any()))


def _numbered(
    frame: FrameT, schema: LayerSchema, key: str, project_dir: Path | None
) -> tuple[FrameT, list[Problem]]:
    numbers = np.array([str(i) for i in range(1, len(frame) + 1)], dtype=object)
    numbered = _with_key(frame, key, pd.Series(numbers, index=frame.index, dtype=object))
    if frame.empty:
        return numbered, []
    text = numbering_remark(schema, len(frame))
    return numbered, [
        make_problem("key_numbered", schema.name, text, place=key, project_dir=project_dir)
    ]


def _with_key(frame: FrameT, key: str, keys: "pd.Series[Any]") -> FrameT:
    made = frame.drop(columns=[key]) if key in frame.columns else frame.copy()
    made.insert(0, key, keys)
    return made


def _derived(
    frame: FrameT, schema: LayerSchema, key: str, project_dir: Path | None
) -> tuple[FrameT, list[Problem]]:
    """Return the frame with a key made from other columns, and what had to be done for it."""
    made = make_keys(frame, schema)
    words, flags = key_remarks(schema), (made.led, made.numbered, made.unnamed)
    room = _Findings(frame, schema, project_dir)
    for (rule, text), rows in zip(words.items(), flags, strict=True):
        if rows.any():
            named = name_keys(made.keys[rows])
            place = row_positions(frame)[rows]
            room.add(rule, f"{int(rows.sum())} rows {text}: {named}.", key, rows=place)
    return _with_key(frame, key, made.keys), room.found


def _agreeing_keys(rows: pd.DataFrame, schema: LayerSchema) -> list[str]:
    """Return the repeated keys, in file order, whose rows hold no two different values."""
    names = [name for name in schema.column_names if name in rows.columns and name != schema.key]
    cells = pd.DataFrame(rows[names])
    if _GEOMETRY in rows.columns:
        shapes = np.asarray(rows[_GEOMETRY], dtype=object)
        cells[_GEOMETRY] = pd.Series(shapely.to_wkb(shapes), index=rows.index, dtype=object)
    keys = rows[schema.key].to_numpy()
    different = cells.groupby(keys, sort=False).nunique(dropna=True) > 1
    agree = ~different.any(axis=1) if len(cells.columns) else different.index == different.index
    return [str(key) for key in different.index[agree]]


def _first_filled(
    values: "pd.Series[Any]", keys: "pd.Series[Any]", merging: "pd.Series[Any]"
) -> "np.ndarray[tuple[int], np.dtype[np.intp]]":
    """Return for each row the position to take its value from.

    That is the row itself, but for merging rows the first row of their key with a value.
    """
    positions = np.arange(len(values))
    filled = (merging & values.notna()).to_numpy(dtype=bool)
    first = pd.Series(positions[filled], index=keys.to_numpy()[filled])
    first = first[~first.index.duplicated(keep="first")]
    known = merging.to_numpy(dtype=bool) & keys.isin(first.index).to_numpy(dtype=bool)
    positions[known] = first.reindex(keys.to_numpy()[known]).to_numpy()
    return positions
