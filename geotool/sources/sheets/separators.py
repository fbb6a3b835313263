"""What separates the cells of a text table, seen from its first lines."""

import csv
import re
from collections import Counter
from collections.abc import Sequence

SEPARATORS = (",", ";", "\t", "|")

_NUMBER = re.compile(r"[-+]?[\d.,\s]+%?")
_YEAR = re.compile(r"\d{1,4}")  # may be a name: a year, or the number of a column
_STRONGER = {",": ";\t|", ";": "\t|", "\t": "", "|": "\t"}


def find_separator(lines: Sequence[str]) -> str:
    """Return the separator of a table: the one that cuts a header and the rows alike.

    Titles above the header do not disturb, nor do commas within numbers or texts.

    Parameters
    ----------
    lines
        The first lines of the table.
    """
    scores = {mark: _score(_records(lines, mark), mark) for mark in SEPARATORS}
    counts = {mark: sum(line.count(mark) for line in lines) for mark in SEPARATORS}
    return max(SEPARATORS, key=lambda mark: (scores[mark], counts[mark]))


def stated_separator(line: str) -> str | None:
    """Return the separator of a line ``sep=;``, which Excel writes and reads, else None."""
    told = re.fullmatch(r'"?sep=([^\w"\r\n])"?', line.strip("\r\n \ufeff"), re.IGNORECASE)
    return told[1] if told else None


def _records(lines: Sequence[str], mark: str) -> list[list[str]]:
    try:
        rows = list(csv.reader(lines, delimiter=mark, skipinitialspace=True))
    except csv.Error:
        return []
    stripped = [[cell.strip() for cell in row] for row in rows]
    return [row for row in stripped if any(row)]


def _score(rows: list[list[str]], mark: str) -> float:
    """Return how well rows fit a table: columns of the header times the share of rows alike."""
    if any(_is_cut(row) for row in rows):
        return 0.0
    header = next((i for i, row in enumerate(rows) if _is_header(row, mark)), None)
    if header is None:
        widths = Counter(len(row) for row in rows if len(row) > 1)
        width, count = widths.most_common(1)[0] if widths else (1, 0)
        return 0.25 * (width - 1) * count / max(len(rows), 1)
    best = 0.0
    for i in range(header, min(header + 10, len(rows))):
        if _is_header(rows[i], mark):
            best = max(best, _fit(len(rows[i]), rows[i + 1 :]))
    return best


def _is_cut(row: list[str]) -> bool:
    """Return whether a mark cuts inside quotes: the two halves keep one quotation mark each."""
    return sum(cell.count('"') % 2 for cell in row) > 1


def _fit(width: int, body: list[list[str]]) -> float:
    alike = sum(len(row) == width for row in body)
    return (width - 1) * (alike + 1) / (len(body) + 1)


def _is_header(row: list[str], mark: str) -> bool:
    """Return whether a row may name columns: mostly words, none cut at a weaker separator."""
    filled = [cell for cell in row if cell]
    if len(filled) < 2 or any(sign in cell for cell in filled for sign in _STRONGER[mark]):
        return False
    numbers = [cell for cell in filled if _NUMBER.fullmatch(cell)]
    names = all(_YEAR.fullmatch(cell) for cell in numbers)
    return names or len(numbers) * 2 < len(filled)
