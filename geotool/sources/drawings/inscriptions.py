"""Words drawn inside polygons become attributes of these polygons.

Coordinates are in drawing units. Nothing here knows which program drew them.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely

_JOINT = " / "
_ROW_DECIMALS = 3  # texts whose feet differ by less than a thousandth stand in one line

Indices = np.ndarray[tuple[int, ...], np.dtype[np.int64]]


@dataclass(frozen=True)
class Inscription:
    """Words of one text or block attribute, for the column ``column``; may have lines."""

    column: str
    words: str
    x: float
    y: float
    font: str = ""


@dataclass(frozen=True)
class Inscribed:
    """Columns made of words: a cell a polygon, None where it has none.

    ``joined_count`` polygons had several words for one column; ``capitals`` are columns all
    of whose words are in a font of capitals.
    """

    columns: Mapping[str, list[str | None]]
    joined_count: int
    capitals: frozenset[str]


def find_innermost(
    polygons: Sequence[shapely.Geometry], points: Sequence[shapely.Geometry], *, gap: float
) -> tuple[Indices, int]:
    """Return for each point the polygon it lies in, the innermost where they are nested.

    Parameters
    ----------
    polygons, points
        Shapes in one system.
    gap
        How far, in drawing units, an inner polygon may stick out and still count as inside.

    Returns
    -------
    tuple
        The index of the polygon a point, -1 for points in none, on a boundary, or in polygons
        that overlap without lying in one another; and how many points are in such polygons.
    """
    found = np.full(len(points), -1, dtype=np.int64)
    if not len(polygons) or not len(points):
        return found, 0
    areas = shapely.area(np.asarray(polygons, dtype=object))
    tree = shapely.STRtree(polygons)
    point_at, polygon_at = tree.query(np.asarray(points, dtype=object), predicate="within")
    counts = np.bincount(point_at, minlength=len(points))
    single = counts[point_at] == 1
    found[point_at[single]] = polygon_at[single]
    several: dict[int, list[int]] = defaultdict(list)
    for point, polygon in zip(point_at[~single], polygon_at[~single], strict=True):
        several[int(point)].append(int(polygon))
    nested = _NestingTest(polygons, gap)
    unclear = 0
    for point, holders in several.items():
        inner = min(holders, key=lambda index: (areas[index], index))
        if all(nested(inner, outer) for outer in holders if outer != inner):
            found[point] = inner
        else:
            unclear += 1
    return found, unclear


class _NestingTest:
    """Whether one polygon lies in another, asked once a pair."""

    def __init__(self, polygons: Sequence[shapely.Geometry], gap: float) -> None:
        self._polygons = polygons
        self._gap = gap
        self._known: dict[tuple[int, int], bool] = {}

    def __call__(self, inner: int, outer: int) -> bool:
        pair = (inner, outer)
        if pair not in self._known:
            corners = shapely.points(shapely.get_coordinates(self._polygons[inner]))
            away = shapely.distance(corners, self._polygons[outer])
            self._known[pair] = bool((away <= self._gap).all())
        return self._known[pair]


def fill_columns(
    inscriptions: Iterable[Inscription],
    rows: Sequence[int],
    count: int,
    *,
    is_capital: Callable[[str], bool],
) -> Inscribed:
    """Return the columns that words make.

    Words for one cell are joined with `` / `` in reading order, top to bottom, then left to
    right. Where every cell of a column comes of one text of the same number of lines (above
    one), each line is a column ``<column>_1``, ``<column>_2``, ... beside the whole text.

    Parameters
    ----------
    inscriptions
        The words.
    rows
        The row (from 0) each belongs to, -1 for none.
    count
        How many rows there are.
    is_capital
        Tells whether a font holds capitals only.
    """
    cells: dict[str, dict[int, list[Inscription]]] = defaultdict(lambda: defaultdict(list))
    for words, row in zip(inscriptions, rows, strict=True):
        if row >= 0 and words.words.strip():
            cells[words.column][int(row)].append(words)
    columns: dict[str, list[str | None]] = {}
    capitals: set[str] = set()
    joined: set[int] = set()
    for name, by_row in cells.items():
        made = {name: _column(by_row, count), **_line_columns(name, by_row, count)}
        columns.update(made)
        joined |= {row for row, group in by_row.items() if len(group) > 1}
        if all(is_capital(words.font) for group in by_row.values() for words in group):
            capitals |= set(made)
    return Inscribed(columns, len(joined), frozenset(capitals))


def free_name(name: str, taken: Iterable[str]) -> str:
    """Return a column name that is not taken: ``name``, else ``name_2``, ``name_3``, ..."""
    used = {other.casefold() for other in taken}
    number, free = 2, name
    while free.casefold() in used:
        free, number = f"{name}_{number}", number + 1
    return free


def _column(by_row: Mapping[int, list[Inscription]], count: int) -> list[str | None]:
    cells: list[str | None] = [None] * count
    for row, group in by_row.items():
        ordered = sorted(group, key=lambda words: (-round(words.y, _ROW_DECIMALS), words.x))
        cells[row] = _JOINT.join(words.words.strip() for words in ordered)
    return cells


def _line_columns(
    name: str, by_row: Mapping[int, list[Inscription]], count: int
) -> dict[str, list[str | None]]:
    sizes = Counter(
        len(group[0].words.strip().split("\n")) if len(group) == 1 else 0
        for group in by_row.values()
    )
    lines = next(iter(sizes), 0)
    if len(sizes) != 1 or lines < 2:
        return {}
    columns: dict[str, list[str | None]] = {
        f"{name}_{number}": [None] * count for number in range(1, lines + 1)
    }
    for row, group in by_row.items():
        for number, line in enumerate(group[0].words.strip().split("\n"), start=1):
            columns[f"{name}_{number}"][row] = line.strip() or None
    return columns
