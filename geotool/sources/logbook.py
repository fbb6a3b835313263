"""One read under way: what is known of it, and everything that was noted so far."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

import geopandas as gpd
import numpy as np
import pandas as pd

from geotool import schema
from geotool.schema import LayerSchema, Problem
from geotool.sources import files
from geotool.sources.records import Note, Origin, RawLayer, ReadOptions, Rejected
from geotool.sources.systems import Located

_LISTED_ROWS = 100


class Settled(Protocol):
    """What was settled for a whole layer before its rows are read chunk by chunk."""

    def locate(self, frame: gpd.GeoDataFrame) -> Located:
        """Return rows in the system of the layer, easting first."""

    def ensure_key(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return rows with the keys that they have in the layer."""


@dataclass
class Logbook:
    """What one read has found: its problems, its columns, its rejected records.

    ``columns`` maps columns of the file to canonical names; ``origin`` says where rows and
    columns stand in the file; ``records`` are the numbers of the rows in the file where they
    are not simply counted; ``remarks`` on coordinates wait for the keys of their rows.
    ``settled`` is None where the rows read are the layer.
    """

    path: Path | str
    schema: LayerSchema
    options: ReadOptions
    problems: list[Problem] = field(default_factory=list)
    columns: dict[str, str] = field(default_factory=dict)
    repaired: tuple[str, ...] = ()
    rejected: list[Rejected] = field(default_factory=list)
    merged_count: int = 0
    origin: Origin | None = None
    records: Sequence[int] = ()
    remarks: list[tuple[int, str, str, str]] = field(default_factory=list)
    settled: Settled | None = None

    @property
    def what(self) -> str:
        """File and layer, for messages."""
        return f"{files.shown_name(self.path)}, layer {self.schema.name}"

    def open(self, raw: RawLayer) -> None:
        """Take over what was noted while the file was opened."""
        self.origin, self.records = raw.origin, raw.records
        self.rejected += raw.rejected
        self.add_notes(raw.notes)

    def note(
        self,
        rule: str,
        message: str,
        *,
        key: str = "",
        place: str = "",
        remedy: str = "",
        rows: Iterable[int] = (),
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
        problem = replace(problem, rows=tuple(int(row) for row in rows))
        self.problems.append(replace(problem, remedy=remedy) if remedy else problem)

    def add_notes(self, notes: Iterable[Note]) -> None:
        """Add notes (rule, message, remedy)."""
        for rule, message, remedy in notes:
            self.note(rule, message, remedy=remedy)

    def note_rows(self, rule: str, keys: "pd.Series[str]", text: str, place: str = "") -> None:
        """Add one problem a row, the first hundred, then one that counts the rest.

        ``keys`` names the rows and is indexed by their positions in the file.
        """
        for row, key in keys.iloc[:_LISTED_ROWS].items():
            self.note(rule, f"{key}: {text}", key=key, place=place, rows=[int(str(row))])
        more = keys.iloc[_LISTED_ROWS:]
        if len(more):
            message = f"{len(more)} more rows ({schema.name_keys(more)}): {text}"
            self.note(rule, message, place=place, rows=np.asarray(more.index, dtype=int).tolist())

    def note_remarks(self, keys: "pd.Series[str]") -> None:
        """Note what was remarked on coordinates: (row or -1, rule, message, column).

        ``keys`` name the rows, as far as they are known.
        """
        for row, rule, message, column in self.remarks:
            if row < 0:
                self.note(rule, message, place=column)
                continue
            number = f"row {row + 1}"
            key = str(keys.iloc[row]) if len(keys) else number
            where = number if key == number else f"{key} ({number})"
            known = "" if key == number else key
            self.note(rule, f"{where}: {message}", key=known, place=column, rows=[row])
        self.remarks = []

    def record_number(self, row: int) -> int:
        """Return the number of a row in the file: line, row of the sheet or record, from 1."""
        if len(self.records):
            return int(self.records[row])
        return row + 1 if self.origin is None else int(self.origin.rows[row])

    def place_problems(self) -> None:
        """Name the cell of every problem of a row, where the file is a table."""
        if self.origin is not None:
            origin, names = self.origin, {new: old for old, new in self.columns.items()}
            self.problems = [_in_cell(problem, origin, names) for problem in self.problems]


def _in_cell(problem: Problem, origin: Origin, names: Mapping[str, str]) -> Problem:
    if not problem.rows:
        return problem
    cell = origin.cell(problem.rows[0], names.get(problem.place, problem.place))
    return replace(problem, place=cell, message=f"{cell}: {problem.message}")
