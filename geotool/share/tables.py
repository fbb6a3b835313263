"""One table, many faces: what the terminal, the workbook, CSV, Markdown and the map page show.

A table is plain data with stable English keys. The words a reader sees come from
``labels`` when a face is drawn; numbers stay unrounded until then.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from geotool import units
from geotool.labels import Labels

TOTAL = "total"
"""Key of the total row in its first cell."""

Kind = Literal[
    "text",
    "value",
    "layer",
    "rule",
    "number",
    "count",
    "area_m2",
    "area_ha",
    "length_m",
    "length_km",
    "share",
    "vnd",
    "date",
    "chainage",
]

TEXT_KINDS: tuple[Kind, ...] = ("text", "value", "layer", "rule", "date")
"""Kinds whose cells are words; all others are numbers."""

_ROOMS = {"layer": "layers", "rule": "rules"}
DECIMALS: Mapping[Kind, int] = {
    "number": 6,
    "count": 0,
    "area_m2": 1,
    "area_ha": 2,
    "length_m": 2,
    "length_km": 3,
    "share": 3,
    "vnd": 0,
    "chainage": 2,
}
"""Decimals that are printed of numbers; of a plain number at most, of a share as a fraction."""

_ISO_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)( \d\d:\d\d.*)?")


@dataclass(frozen=True)
class TableColumn:
    """One column: its stable key, what kind of value it holds and the key of its label.

    A column of kind ``value`` holds a coded value (``full``, ``owned``), one of kind ``layer`` or
    ``rule`` the name of a layer or a rule file; the words come from ``value_key``,
    ``layers.<name>`` and ``rules.<name>``, and a code without words is shown as it is.
    """

    name: str
    kind: Kind = "text"
    label_key: str = ""

    @property
    def label(self) -> str:
        """Key of the column's label, ``columns.<name>`` unless another was given."""
        return self.label_key or f"columns.{self.name}"


@dataclass(frozen=True)
class Table:
    """Rows with stable keys, an optional total row and notes.

    Parameters
    ----------
    name
        Stable key, also the sheet name's label key ``tables.<name>``.
    columns
        Columns in the order shown.
    rows
        One mapping a row; absent keys are empty cells.
    total
        The total row, computed on its own, never by adding the rows shown.
    notes
        Label keys of remarks printed below the table.
    vertical
        The table has one row, shown as a list of column and value.
    """

    name: str
    columns: tuple[TableColumn, ...]
    rows: Sequence[Mapping[str, object]]
    total: Mapping[str, object] | None = None
    notes: tuple[str, ...] = ()
    vertical: bool = False

    @property
    def title_key(self) -> str:
        """Label key of the title."""
        return f"tables.{self.name}"


def heading_text(column: TableColumn, *, labels: Labels, language: str) -> str:
    """Return the heading of a column; a column of a project's own without words is its name."""
    return labels.text(column.label, language) if labels.has(column.label) else column.name


def cell_text(value: object, kind: Kind, *, labels: Labels, language: str, column: str = "") -> str:
    """Return one cell as text in a language; an empty cell is an en dash.

    ``column`` is the column the cell stands in, for coded values whose words depend on it.

    Areas are printed in m2 to 0.1 and in ha to 0.01, shares in per cent to 0.1, a plain number
    with the decimals it has; a Vietnamese date is 31/12/2024.
    """
    if is_empty(value):
        return "–"
    if kind == "text":
        return str(value)
    if kind == "date":
        return date_text(str(value), language)
    if kind == "value":
        key = value_key(column, str(value), labels)
        return str(value) if key is None else labels.text(key, language)
    if kind in _ROOMS:
        name = f"{_ROOMS[kind]}.{value}"
        return labels.text(name, language) if labels.has(name) else str(value)
    return number_text(float(str(value)), kind, language)


def value_key(column: str, code: str, labels: Labels) -> str | None:
    """Return the label key of a coded value, the column's own before the general one."""
    for key in (f"values.{column}_{code}", f"values.{code}"):
        if code and labels.has(key):
            return key
    return None


def number_text(number: float, kind: Kind, language: str) -> str:
    """Return a number of a kind as a language writes it, without its unit."""
    if kind == "number":
        decimals = len(f"{number:.6f}".rstrip("0").partition(".")[2])
        return units.format_number(number, language=language, decimals=decimals)
    if kind == "chainage":
        return units.format_chainage(number)
    if kind == "share":
        return units.format_share(number, language=language)
    return units.format_number(number, language=language, decimals=DECIMALS[kind])


def date_text(text: str, language: str) -> str:
    """Return an ISO date as a language writes it, with its time if any; other text as it is."""
    found = _ISO_DATE.fullmatch(text)
    return (
        f"{found[3]}/{found[2]}/{found[1]}{found[4] or ''}" if found and language == "vi" else text
    )


def yes_no(flag: object) -> str | None:
    """Return the code of a flag in a column of kind ``value``: ``yes``, ``no``; None not known."""
    return None if flag is None else "yes" if flag else "no"


def is_empty(value: object) -> bool:
    """Return whether a cell holds nothing: None or not-a-number."""
    return value is None or (isinstance(value, float) and math.isnan(value))
