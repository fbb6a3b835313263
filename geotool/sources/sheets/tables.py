"""Text tables -> cells, in the encodings and separators offices use.

Cells stay text, so that "00123" keeps its zeros. Meaning is given later, by the schema.
"""

import csv
import itertools
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pandas.api.extensions import ExtensionDtype

from geotool import plain_text, rules
from geotool.errors import ReadError
from geotool.sources.files import Source
from geotool.sources.records import Grid, Note, ReadOptions, Rejected
from geotool.sources.sheets.separators import find_separator, stated_separator
from geotool.sources.sheets.text_lines import HeldLines, LineReader, find_encoding

_SAMPLE_LINES = 200  # lines that tell the separator
_GUARDED = f"^'({plain_text.RUNS})"
_CHUNK_CELLS = 500_000  # cells held as Python text at a time
_CSV_WORDS = (
    ("unexpected end", "a quotation mark is never closed"),
    ("expected after", "a quotation mark within a cell is not doubled"),
    ("larger than field limit", "a quotation mark is never closed, or the cell is too long"),
)


class TextGrid(NamedTuple):
    """A text table: its cells, its encoding with the confidence, and what was noticed."""

    grid: Grid
    encoding: str
    confidence: float | None
    notes: tuple[Note, ...]
    rejected: tuple[Rejected, ...]


def read_grid(source: Source, options: ReadOptions) -> TextGrid:
    """Read a text table as cells; every cell is text, an empty cell is NaN.

    The text is in composed Unicode without outer blanks, rows without text are left out, and
    the apostrophe before a sign that a spreadsheet would take for a formula is taken away.

    Parameters
    ----------
    source
        The input, of kind csv.
    options
        ``encoding`` names the encoding instead of finding it; with ``salvage`` records that
        cannot be read are set aside; ``step`` is told the bytes done.

    Raises
    ------
    UsageError
        When the encoding named is none.
    ReadError
        When records cannot be decoded or their quotation marks do not match, when nothing is
        in the file, or when it is larger than ``layers/rules/tables.toml`` allows.
    """
    encoding = find_encoding(source, options)
    lines = LineReader(source, encoding.name, options)
    records = _Records(source, lines)
    cells, rows = _columns(records)
    if records.rejected and not options.salvage:
        raise _refusal(source, records.rejected)
    if not len(rows):
        raise ReadError(f"{source.name}: no header and no rows.", remedy="Check the file.")
    grid = Grid(place=source.name, sheet=None, cells=cells, rows=rows)
    return TextGrid(
        grid, encoding.name, encoding.confidence, encoding.notes, tuple(records.rejected)
    )


class _Records:
    """The records of a text table in chunks: (cells, number of the first line) each.

    ``rejected`` fills on the way with those that cannot be read.
    """

    def __init__(self, source: Source, lines: LineReader) -> None:
        limits = rules.load_rule("tables").values["text"]
        self.widest, self.widest_line = 0, 0
        self.rejected: list[Rejected] = []
        self._source = source
        self._lines = lines
        self._columns_limit = int(limits["columns"])
        self._cells_limit = int(limits["cells"])
        csv.field_size_limit(int(limits["cell_characters"]))

    def __iter__(self) -> Iterator[tuple[list[list[str]], list[int]]]:
        rows: list[list[str]] = []
        starts: list[int] = []
        count, chunk_width = 0, 0
        for count, (row, start) in enumerate(self._read(), start=1):
            width = len(row)
            if width > self.widest and (width := self._filled_width(row, start)) > self.widest:
                self.widest, self.widest_line = width, start
            self._require_size(count)
            rows.append(row[: self.widest])
            starts.append(start)
            chunk_width = max(chunk_width, min(width, self.widest))
            if len(rows) * chunk_width > _CHUNK_CELLS:
                yield rows, starts
                rows, starts, chunk_width = [], [], 0
        if rows:
            yield rows, starts

    def _read(self) -> Iterator[tuple[list[str], int]]:
        """Return each sound record with its first line."""
        stream = iter(self._lines)
        first = list(itertools.islice(stream, _SAMPLE_LINES))
        stated = next((i for i, line in enumerate(first) if line.strip("\r\n\t ,;|")), 0)
        told = stated_separator(first[stated]) if first else None
        skipped = 0 if told is None else stated + 1
        body = first[skipped:]
        separator = told or find_separator(body)
        lines = HeldLines(itertools.chain(body, stream))
        reader = _reader(lines, separator)
        while True:
            start = skipped + lines.taken + 1
            lines.begin_record()
            try:
                row = next(reader, None)
            except csv.Error as error:
                self._reject(start, str(error))
                lines.give_back()  # an open quotation mark takes no sound line with it
                reader = _reader(lines, separator)
                continue
            if row is None:
                return
            if self._lines.bad and (bad := self._bad_line(start, skipped + lines.taken)):
                self._reject(bad, self._lines.bad[bad])
                continue
            yield row, start

    def _require_size(self, count: int) -> None:
        if count * self.widest > self._cells_limit:
            raise ReadError(
                f"{self._source.name}: too large a table, more than {count - 1:,} rows of up to "
                f"{self.widest:,} cells (the widest row is line {self.widest_line}).",
                remedy="Check the separators in that line, or cut the file into smaller ones.",
            )

    def _bad_line(self, first: int, last: int) -> int | None:
        return next((line for line in range(first, last + 1) if line in self._lines.bad), None)

    def _reject(self, line: int, reason: str) -> None:
        words = next((words for sign, words in _CSV_WORDS if sign in reason), reason)
        self.rejected.append(Rejected(line, "", f"line {line}: {words}"))

    def _filled_width(self, row: list[str], line: int) -> int:
        width = len(row)
        while width and not row[width - 1].strip():
            width -= 1
        if width > self._columns_limit:
            raise ReadError(
                f"{self._source.name}: line {line} has {width:,} cells; a table has no more than "
                f"{self._columns_limit:,}.",
                remedy="Check the separators and the line ends.",
            )
        return width


def _reader(lines: Iterator[str], separator: str) -> Iterator[list[str]]:
    return csv.reader(lines, delimiter=separator, skipinitialspace=True, strict=True)


def _columns(
    records: _Records,
) -> tuple[pd.DataFrame, "np.ndarray[tuple[int], np.dtype[np.int64]]"]:
    """Return the filled records as text columns 0, 1, ... and the line each begins in."""
    chunks: list[list[pa.Array]] = []
    lines: list[npt.NDArray[np.int64]] = [np.empty(0, dtype=np.int64)]
    for rows, starts in records:
        columns = [_text_array(column) for column in itertools.zip_longest(*rows)]
        filled = _filled(columns, len(rows))
        chunks.append([column.filter(pa.array(filled)) for column in columns])
        lines.append(np.asarray(starts, dtype=np.int64)[filled])
    return _frame(chunks, records.widest), np.concatenate(lines)


def _text_array(cells: Sequence[str | None]) -> pa.Array:
    texts = pc.utf8_trim_whitespace(pa.array(cells, pa.large_string()))
    if pc.any(pc.starts_with(texts, pattern="'")).as_py():
        texts = pc.replace_substring_regex(texts, pattern=_GUARDED, replacement=r"\1")
        texts = pc.utf8_trim_whitespace(texts)
    return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.large_string()), texts)


def _filled(columns: list[pa.Array], count: int) -> "npt.NDArray[np.bool_]":
    filled = np.zeros(count, dtype=np.bool_)
    for column in columns:
        filled |= column.is_valid().to_numpy(zero_copy_only=False)
    return filled


def _frame(chunks: list[list[pa.Array]], width: int) -> pd.DataFrame:
    """Return chunks of columns as one frame; a chunk may have fewer columns than ``width``."""
    kind = pa.large_string()
    columns = []
    for i in range(width):
        parts = [
            chunk[i] if i < len(chunk) else pa.nulls(len(chunk[0]) if chunk else 0, kind)
            for chunk in chunks
        ]
        columns.append(pa.chunked_array(parts, type=kind))
    table = pa.table(columns, names=[str(i) for i in range(width)])
    dtype = _text_dtype()
    frame: pd.DataFrame = table.to_pandas(types_mapper=lambda _: dtype)
    frame.columns = pd.RangeIndex(width)
    return frame


def _text_dtype() -> "ExtensionDtype | np.dtype[Any]":
    """Return the type of text columns in Arrow whose empty cells are NaN."""
    try:
        return pd.StringDtype("pyarrow", na_value=np.nan)
    except TypeError:  # pandas before 2.3
        return pd.api.types.pandas_dtype("string[pyarrow_numpy]")


def _refusal(source: Source, rejected: Sequence[Rejected]) -> ReadError:
    first = rejected[0].reason
    count = f"{len(rejected)} records" if len(rejected) > 1 else "a record"
    remedy = (
        "Check the quotation marks there, or save the table again as CSV UTF-8"
        if any(words in first for _, words in _CSV_WORDS)
        else "Save the table as UTF-8 (in Excel: CSV UTF-8), or name its encoding with --encoding"
    )
    return ReadError(
        f"{source.name}: {count} cannot be read ({first}).",
        remedy=f"{remedy}; --salvage sets such records aside.",
    )
