r"""Tables -> CSV: UTF-8, lines that end in ``\n``, numbers unrounded, nothing a spreadsheet runs.

A column is made text as a whole, and looked at cell by cell only where some cell needs it.
"""

import codecs
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geotool import plain_text
from geotool.outputs.place import STDOUT, atomic_path, write_stdout
from geotool.outputs.text import cell_text

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

Columns = Mapping[str, Sequence[Any]] | Mapping[str, "np.ndarray[Any, Any]"]

_BLOCK_ROWS = 20_000
_SEAM = "\0"
_QUOTED_FOR = ',"\r\n\t;|'
_RUN_SOMEWHERE = re.compile(_SEAM + plain_text.RUNS)


def write_table_csv(
    table: "pd.DataFrame | Columns", path: Path | str, *, overwrite: bool = False
) -> None:
    r"""Write a table as CSV: UTF-8 (with BOM in a file, for Excel), lines end in ``\n``.

    Numbers are unrounded, empty cells empty; a geometry column is left out.

    Parameters
    ----------
    table
        A frame, or columns of one length by name.
    path, overwrite
        The file, ``-`` for standard output; whether to replace an existing file.

    Raises
    ------
    OutputError
        When it cannot be written; OutputExistsError when it exists.
    """
    if str(path) == STDOUT:
        for text in csv_blocks(table):
            write_stdout(text.encode("utf-8"))
        return
    with (
        atomic_path(Path(path), overwrite=overwrite) as temporary,
        temporary.open("wb") as stream,
    ):
        stream.write(codecs.BOM_UTF8)
        stream.writelines(text.encode("utf-8") for text in csv_blocks(table))


def csv_text(table: "pd.DataFrame | Columns") -> str:
    """Return a table as CSV text without BOM, see :func:`write_table_csv`.

    Text that a spreadsheet would run as a formula begins with an apostrophe, see
    :mod:`geotool.plain_text`.
    """
    return "".join(csv_blocks(table))


def csv_blocks(table: "pd.DataFrame | Columns") -> Iterator[str]:
    """Yield the text of :func:`csv_text` in blocks, so that a long table is never held twice."""
    columns = _columns_of(table)
    names = _safe_texts([str(name) for name in columns])
    yield _joined_cells(names)
    count = max(map(len, columns.values()), default=0)
    for start in range(0, count, _BLOCK_ROWS):
        stop = start + _BLOCK_ROWS
        texts = [_column_texts(_cells(column, start, stop)) for column in columns.values()]
        if len(texts) == 1:
            yield "".join(map(_joined_cells, zip(*texts, strict=True)))
        else:
            yield "\n".join(map(",".join, zip(*texts, strict=True))) + "\n"


def _columns_of(table: "pd.DataFrame | Columns") -> dict[Any, Any]:
    """Return name -> cells of every column but shapes."""
    if isinstance(table, Mapping):
        return dict(table)
    return {name: table[name] for name in table.columns if str(table[name].dtype) != "geometry"}


def _cells(column: "pd.Series[Any] | Sequence[Any]", start: int, stop: int) -> list[Any]:
    """Return some cells of a column as plain objects."""
    part = column.iloc[start:stop] if hasattr(column, "iloc") else column[start:stop]
    return part.tolist() if hasattr(part, "tolist") else list(part)


def _column_texts(cells: list[Any]) -> list[str]:
    """Return the cells of a column as they stand in the file."""
    kinds = set(map(type, cells))
    if kinds == {float}:
        return _float_texts(cells)
    if kinds == {int}:
        return list(map(str, cells))
    texts = cells
    if kinds == {str, type(None)}:
        texts = [cell or "" for cell in cells]
    elif kinds != {str}:
        texts = [cell if type(cell) is str else cell_text(cell) for cell in cells]
    return _safe_texts(cells) if _any_special(texts) else texts


def _float_texts(cells: list[Any]) -> list[str]:
    """Return unrounded numbers, nothing for those that are none."""
    if math.isfinite(sum(cells)):
        return list(map(repr, cells))
    return [repr(cell) if math.isfinite(cell) else "" for cell in cells]


def _any_special(texts: list[str]) -> bool:
    """Return whether some text has to be quoted, or may begin as a formula does."""
    joined = _SEAM + _SEAM.join(texts)
    special = any(mark in joined for mark in _QUOTED_FOR)
    return special or _RUN_SOMEWHERE.search(joined) is not None


def _safe_texts(cells: Sequence[object]) -> list[str]:
    return [_quoted(plain_text.guarded(cell_text(cell))) for cell in cells]


def _quoted(cell: str) -> str:
    r"""Return a cell as it stands in a line: quoted with a separator, a quote or a line end."""
    if any(mark in cell for mark in _QUOTED_FOR):
        return '"' + cell.replace('"', '""') + '"'
    return cell


def _joined_cells(cells: Sequence[str]) -> str:
    """Return one line; a line of one empty cell is quoted, as it would be no line else."""
    return (",".join(cells) if list(cells) != [""] else '""') + "\n"
