"""What a planner says about a table: the file of ``--columns`` -> a plan."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from geotool.errors import DataError, UsageError
from geotool.records import LayerSchema
from geotool.resources import parse_toml_file
from geotool.sources.planned import COORDINATES
from geotool.sources.records import ColumnPlan

_TABLE_KEYS = ("sheet", "header_rows", "header_row", "first_row")
_REMEDY = (
    'Write it like [columns], parcel_no = "Thửa số", and, where they are needed, [table], '
    'sheet = "Kỳ Phong", header_rows = [4, 5], first_row = 7.'
)


def load_plan(path: Path, schema: LayerSchema) -> ColumnPlan:
    """Return the plan a file states for a layer.

    ``[columns]`` (or keys outside any table) hold ``canonical = "column of the file"``, or the
    other way round; a column may be its letter. ``lon``, ``lat``, ``x``, ``y``, ``easting``,
    ``northing`` and ``wkt`` name what places a row. ``[table]`` holds ``sheet``,
    ``header_rows`` or ``header_row``, and ``first_row``, counted from 1 as the sheet does.

    Raises
    ------
    UsageError
        When the file is missing or not TOML, holds an unknown key or a value of the wrong
        type, or gives a canonical column twice.
    """
    content = _content(path)
    table = content.pop("table", {})
    columns = content.pop("columns", {})
    for name, value in (("columns", columns), ("table", table)):
        if not isinstance(value, dict):
            raise _refused(path, f"[{name}] must be a table")
    known = {*schema.column_names, *COORDINATES}
    found: dict[str, str] = {}
    for key, value in {**content, **columns}.items():
        canonical, own = _pair(path, schema, known, (key, value))
        if found.setdefault(canonical, own) != own:
            raise _refused(path, f"{canonical} is given twice, as '{found[canonical]}' and '{own}'")
    return ColumnPlan(
        columns=found,
        sheet=_sheet(path, table),
        header_rows=_header_rows(path, table),
        first_row=_row(path, "first_row", table["first_row"]) if "first_row" in table else None,
    )


def _content(path: Path) -> dict[str, Any]:
    try:
        return dict(parse_toml_file(path))
    except OSError as error:
        raise UsageError(
            f"{path}: the file of columns cannot be read ({error.strerror or error}).",
            remedy="Check the path after --columns.",
        ) from error
    except DataError as error:
        raise UsageError(error.message, remedy=_REMEDY) from error


def _pair(
    path: Path, schema: LayerSchema, known: set[str], entry: tuple[str, object]
) -> tuple[str, str]:
    """Return canonical column and column of the file of one entry, whichever way it stands."""
    key, value = entry
    if not isinstance(value, str) or not value.strip():
        raise _refused(path, f"{key} must be the name of a column, as text")
    if key in known:
        return key, value
    if value in known:
        return value, key
    raise UsageError(
        f"{path}: neither '{key}' nor '{value}' is a column of layer {schema.name}.",
        remedy=f"Its columns: {', '.join([*schema.column_names, *sorted(COORDINATES)])}.",
    )


def _sheet(path: Path, table: Mapping[str, Any]) -> str | None:
    unknown = sorted(set(table) - set(_TABLE_KEYS))
    if unknown:
        listed = ", ".join(_TABLE_KEYS)
        raise _refused(path, f"unknown key {unknown[0]} in [table]; it may hold {listed}")
    sheet = table.get("sheet")
    if sheet is not None and not isinstance(sheet, str):
        raise _refused(path, "sheet in [table] must be text")
    return sheet


def _header_rows(path: Path, table: Mapping[str, Any]) -> tuple[int, ...]:
    if "header_rows" in table and "header_row" in table:
        raise _refused(path, "give header_row or header_rows in [table], not both")
    rows = table.get("header_rows", table.get("header_row", []))
    listed = rows if isinstance(rows, list) else [rows]
    found = tuple(_row(path, "header_rows", row) for row in listed)
    if list(found) != sorted(set(found)):
        raise _refused(path, "header_rows in [table] must rise")
    return found


def _row(path: Path, key: str, value: object) -> int:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,7}", value.strip()):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise _refused(path, f"{key} in [table] must count rows from 1")
    return value


def _refused(path: Path, text: str) -> UsageError:
    return UsageError(f"{path}: {text}.", remedy=_REMEDY)
