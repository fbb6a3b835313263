"""Tables on paper: columns as wide as their words, numbers never cut."""

from collections.abc import Sequence
from dataclasses import dataclass

from geotool.share.faces import all_rows, is_total_word
from geotool.share.paper.pen import Look, Pen, box_path, line_path
from geotool.share.paper.scene import Words
from geotool.share.paper.typeface import POINT_MM
from geotool.share.tables import TEXT_KINDS, Table, cell_text, heading_text

_PAD_MM = 1.5
_LINE = 1.35
_SMALLEST_PT = 4.5
_HEAD_FILL = "#ece7da"
_RULE_COLOUR = "#8a7f6a"


@dataclass(frozen=True)
class Grid:
    """A table ready to be drawn: its texts, the widths of its columns, its lettering.

    Parameters
    ----------
    heads
        Lines of each heading.
    body
        Texts of each row, the total last.
    right
        Which columns are set to the right.
    widths_mm
        Width of each column.
    size_pt
        Size of the letters.
    has_total
        Whether the last row is a total.
    """

    heads: tuple[tuple[str, ...], ...]
    body: tuple[tuple[str, ...], ...]
    right: tuple[bool, ...]
    widths_mm: tuple[float, ...]
    size_pt: float
    has_total: bool

    @property
    def row_mm(self) -> float:
        """Height of a row."""
        return self.size_pt * POINT_MM * _LINE

    @property
    def head_mm(self) -> float:
        """Height of the headings."""
        return max(len(lines) for lines in self.heads) * self.row_mm + 0.6


def make_grid(pen: Pen, table: Table, words: Words, width_mm: float, size_pt: float) -> Grid:
    """Return a table laid out in a width, in smaller letters where it needs them.

    Texts too long even so are cut with ``…``; numbers are not.
    """
    right = tuple(column.kind not in TEXT_KINDS for column in table.columns)
    labels, language = words.labels, words.language
    heads = [heading_text(one, labels=labels, language=language) for one in table.columns]
    body = [_texts(row, table, words, number) for number, row in enumerate(all_rows(table))]
    least = _widths(pen, heads, body, size_pt)
    while sum(least) > width_mm and size_pt > _SMALLEST_PT:
        size_pt -= 0.25
        least = _widths(pen, heads, body, size_pt)
    widths = _settle(least, right, width_mm)
    face = pen.typeface
    lines = tuple(
        tuple(face.wrap(head, size_pt, width - 2 * _PAD_MM, bold=True))
        for head, width in zip(heads, widths, strict=True)
    )
    cells = tuple(_fitted(pen, row, (widths, right), size_pt) for row in body)
    return Grid(lines, cells, right, widths, size_pt, table.total is not None)


def _fitted(
    pen: Pen,
    row: Sequence[str],
    columns: tuple[Sequence[float], Sequence[bool]],
    size_pt: float,
) -> tuple[str, ...]:
    """Return the texts of a row, words cut to the width of their column."""
    return tuple(
        text if is_right else pen.typeface.cut(text, size_pt, width - 2 * _PAD_MM)
        for text, width, is_right in zip(row, *columns, strict=True)
    )


def draw_heads(pen: Pen, grid: Grid, left: float, top: float) -> None:
    """Draw the headings with their upper edge at ``top``."""
    pen.fill(box_path((left, top - grid.head_mm, sum(grid.widths_mm), grid.head_mm)), _HEAD_FILL)
    x = left
    for lines, width, is_right in zip(grid.heads, grid.widths_mm, grid.right, strict=True):
        for number, line in enumerate(lines):
            _cell(pen, grid, line, (x, top - number * grid.row_mm, width, is_right), bold=True)
        x += width


def draw_row(pen: Pen, grid: Grid, number: int, left: float, top: float) -> None:
    """Draw one row with its upper edge at ``top`` and a line below it."""
    x = left
    bold = grid.has_total and number == len(grid.body) - 1
    for text, width, is_right in zip(grid.body[number], grid.widths_mm, grid.right, strict=True):
        _cell(pen, grid, text, (x, top, width, is_right), bold=bold)
        x += width
    base = top - grid.row_mm
    pen.stroke(line_path([(left, base), (x, base)]), _RULE_COLOUR, 0.1)


def _cell(
    pen: Pen, grid: Grid, text: str, place: tuple[float, float, float, bool], *, bold: bool
) -> None:
    x, top, width, is_right = place
    spot = (x + width - _PAD_MM if is_right else x + _PAD_MM, top - grid.size_pt * POINT_MM)
    pen.text(spot, text, grid.size_pt, Look(bold=bold, anchor="right" if is_right else "left"))


def _texts(row: dict[str, object], table: Table, words: Words, number: int) -> tuple[str, ...]:
    return tuple(
        words.text("report.total")
        if is_total_word(table, number, row.get(column.name))
        else ""
        if column.name not in row
        else cell_text(
            row[column.name],
            column.kind,
            labels=words.labels,
            language=words.language,
            column=column.name,
        )
        for column in table.columns
    )


def _widths(
    pen: Pen, heads: Sequence[str], body: Sequence[Sequence[str]], size_pt: float
) -> list[float]:
    """Return the least width of each column: its longest cell, or longest word of its heading."""
    face = pen.typeface
    widths = []
    for column, head in enumerate(heads):
        texts = [*head.split(), *(row[column] for row in body)]
        longest = max(face.width_mm(face.clean(text), size_pt, bold=True) for text in texts)
        widths.append(longest + 2 * _PAD_MM + 0.2)
    return widths


def _settle(least: Sequence[float], right: Sequence[bool], width_mm: float) -> tuple[float, ...]:
    """Return the widths that fill a width: more for all, or less for the columns of text."""
    spare = width_mm - sum(least)
    if spare >= 0:
        return tuple(width + spare / len(least) for width in least)
    texts = sum(width for width, is_right in zip(least, right, strict=True) if not is_right)
    share = max(0.2, 1 + spare / texts) if texts else 1.0
    return tuple(
        width if is_right else width * share for width, is_right in zip(least, right, strict=True)
    )
