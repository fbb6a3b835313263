"""Salvage: rows in error are set aside, each with its reason; the sound ones stay."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from geotool import coercion, schema
from geotool.schema import Problem
from geotool.sources.logbook import Logbook
from geotool.sources.records import Rejected

_REPEATED = "repeated_key"


def reject_rows(
    book: Logbook, frame: pd.DataFrame, found: Sequence[Problem], *, repeated: bool = False
) -> pd.DataFrame:
    """Return the frame without the rows that an error names; the book lists them.

    Parameters
    ----------
    book
        The read under way; its own errors of rows count too, and leave it with their rows.
    frame
        Rows whose index labels are their positions in the file.
    found
        Further problems of the frame.
    repeated
        Whether repeated keys count: the first row of a key stays, the others go.
    """
    reasons: dict[int, list[str]] = {}
    for problem in (*book.problems, *found):
        if problem.severity == "error":
            for row in _rows_to_go(problem, repeated=repeated):
                reasons.setdefault(row, []).append(_reason(problem))
    present = [row for row in frame.index if row in reasons]
    keys = coercion.row_keys(frame, book.schema)
    for row in present:
        key = str(keys[row])
        reason = "; ".join(dict.fromkeys(reasons[row]))
        number = book.record_number(row)
        book.rejected.append(Rejected(number, "" if key.startswith("row ") else key, reason))
    gone = set(present)
    book.problems = [p for p in book.problems if p.severity != "error" or not p.rows]
    if present:
        rows = keys[keys.index.isin(gone)]
        text = f"{len(gone)} rows were set aside: {schema.name_keys(rows)}."
        book.note("row_rejected", text)
    return frame[~frame.index.isin(gone)]


def _rows_to_go(problem: Problem, *, repeated: bool) -> Sequence[int]:
    if problem.rule != _REPEATED:
        return problem.rows
    return problem.rows[1:] if repeated else ()


def _reason(problem: Problem) -> str:
    """Return why a row was rejected: the message without the row it begins with."""
    head, mark, rest = problem.message.partition(": ")
    named = mark and (head == problem.key or head.startswith("row ") or head.endswith(")"))
    return replace(problem, message=rest).message if named else problem.message
