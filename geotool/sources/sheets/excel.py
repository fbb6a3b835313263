"""The reader of Excel's own formats, kept at arm's length.

Damaged binary workbooks (.xls, .xlsb) can end the process that reads them, so a process of
its own does; packed ones (.xlsx, .xlsm) are looked through before they are read here.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple

from geotool import rules
from geotool.errors import ReadError
from geotool.sources.sheets.cells import Merge, cell_of

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

_PANIC = "PanicException"
_CHILD = (
    "import sys, json; sys.path[:] = json.loads(sys.argv[1]); "
    "from geotool.sources.sheets import excel; excel.serve(sys.argv[2])"
)


class ExcelSheet(NamedTuple):
    """One sheet: its title, whether it is hidden, its rows from the first, merged cells."""

    title: str
    hidden: bool
    rows: list[list[object]]
    merges: list[Merge]


def read_here(path: Path, name: str) -> list[ExcelSheet]:
    """Read the sheets of a packed workbook.

    Raises
    ------
    ReadError
        When it is damaged or locked with a password.
    """
    with Guard(name):
        return _read(path)


def read_apart(path: Path, name: str) -> list[ExcelSheet]:
    """Read the sheets of a binary workbook in a process of its own.

    Raises
    ------
    ReadError
        As :func:`read_here`.
    """
    seconds = float(rules.load_rule("tables").values["workbook"]["seconds"])
    command = [sys.executable, "-c", _CHILD, json.dumps(sys.path), str(path)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=seconds, check=False)
        answer = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise damaged(name, type(error).__name__) from error
    if answer.get("locked"):
        raise locked(name)
    if done.returncode or "sheets" not in answer:
        raise damaged(name, str(answer.get("damaged", "")))
    return [_sheet_of(*fields) for fields in answer["sheets"]]


def serve(path: str) -> None:
    """Write the sheets of a workbook to standard output as JSON, or why it cannot be read."""
    answer: dict[str, object]
    try:
        answer = {"sheets": read_here(Path(path), path)}
    except ReadError as error:
        cause = type(error.__cause__).__name__
        answer = {"locked": True} if cause == "PasswordError" else {"damaged": cause}
    sys.stdout.buffer.write(json.dumps(answer).encode("ascii"))


def locked(name: str) -> ReadError:
    """Return the refusal of a workbook that needs a password."""
    return ReadError(
        f"{name}: the workbook is locked with a password.",
        remedy="Open it in Excel, take the password away, save it and close it.",
    )


def damaged(name: str, reason: str) -> ReadError:
    """Return the refusal of a workbook that cannot be read."""
    why = f" ({reason})" if reason else ""
    return ReadError(
        f"{name}: the workbook is damaged and cannot be read{why}.",
        remedy="Open it in Excel, save it again as .xlsx, and close it.",
    )


class Guard:
    """What the library says about a workbook it cannot read ends here.

    A fault inside it arrives as an exception that is none of Python's own kinds.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        from python_calamine import CalamineError, PasswordError

        if kind is None or issubclass(kind, ReadError):
            return
        if issubclass(kind, PasswordError):
            raise locked(self._name) from error
        known = issubclass(kind, CalamineError | OSError | ValueError | IndexError)
        if known or kind.__name__ == _PANIC:
            raise damaged(self._name, kind.__name__) from error


def _read(path: Path) -> list[ExcelSheet]:
    from python_calamine import CalamineWorkbook, SheetVisibleEnum

    with CalamineWorkbook.from_path(path) as book:
        return [
            ExcelSheet(
                title,
                visible != SheetVisibleEnum.Visible,
                [
                    [cell_of(value) for value in row]
                    for row in sheet.to_python(skip_empty_area=False)
                ],
                _merges(sheet),
            )
            for title, visible, sheet in _sheets(book)
        ]


def _sheets(book: "CalamineWorkbook") -> "Iterator[tuple[str, object, CalamineSheet]]":
    from python_calamine import SheetTypeEnum

    for i, about in enumerate(book.sheets_metadata):
        if about.typ in (SheetTypeEnum.WorkSheet, SheetTypeEnum.MacroSheet):
            yield about.name, about.visible, book.get_sheet_by_index(i)


def _merges(sheet: "CalamineSheet") -> list[Merge]:
    ranges = sheet.merged_cell_ranges or []
    return sorted((first[0] + 1, first[1], last[0] + 1, last[1]) for first, last in ranges)


def _sheet_of(
    title: str, hidden: bool, rows: list[list[object]], merges: list[list[int]]
) -> ExcelSheet:
    corners = [(first[0], first[1], first[2], first[3]) for first in merges]
    return ExcelSheet(title, hidden, rows, corners)
