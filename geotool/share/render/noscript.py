"""What a reader sees where no script runs: title, totals and one small drawing.

Every text is escaped here. The drawing stays under :data:`SKETCH_BYTES` whatever it shows:
crowds of features become the cells of a grid that hold any, lines lose detail.
"""

import html
import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

if TYPE_CHECKING:
    from geotool.share.render.furniture import Bounds, Drawn
    from geotool.share.render.style import Symbol

SKETCH_BYTES = 60_000

_WIDTH = 640
_MAX_HEIGHT = 640
_MARGIN = 12
_CROWD = 2_000
_CROWD_AXES = 2
_DETAILS = (0.7, 1.5, 3.0, 6.0, 12.0, 24.0, 48.0)
_CELL_PER_DETAIL = 4
_LONG_TABLE = 60

Place = Callable[["np.ndarray[Any, Any]"], "np.ndarray[Any, Any]"]


def noscript_html(parts: Mapping[str, Sequence[str]], tables: Sequence[str], sketch: str) -> str:
    """Return the body of the ``<noscript>`` part.

    Parameters
    ----------
    parts
        ``title``, ``subtitle``, ``notices`` and ``facts``: texts, escaped here.
    tables, sketch
        HTML made by ``table_html`` (SVG of strip maps may go before) and ``sketch_svg``.
    """
    lines = [f"<h1>{html.escape(text)}</h1>" for text in parts["title"]]
    lines += [f"<p>{html.escape(text)}</p>" for text in parts["subtitle"]]
    lines += [f"<p><strong>{html.escape(text)}</strong></p>" for text in parts["notices"]]
    lines += [sketch, *tables]
    lines += [f"<p><small>{html.escape(text)}</small></p>" for text in parts["facts"]]
    return "\n".join(line for line in lines if line)


def table_html(entry: Mapping[str, Any], language: str, *, left_out: str) -> str:
    """Return one table of ``table_entry`` as static HTML, every text escaped.

    Of a table of more than 60 rows only the total stands here, with the words ``left_out``, in
    which ``{count}`` is the number of rows.
    """
    place = 1 if language == "vi" else 2
    heads = "".join(f"<th>{html.escape(c['label'][language])}</th>" for c in entry["columns"])
    names = [html.escape(column["name"]) for column in entry["columns"]]
    rows = "".join(_static_row(names, row, place) for row in _short(entry))
    notes = [note[language] for note in entry["notes"]]
    if len(entry["rows"]) > _LONG_TABLE:
        notes.append(left_out.replace("{count}", str(len(entry["rows"]))))
    remarks = "".join(f"<p>{html.escape(note)}</p>" for note in notes)
    caption = html.escape(entry["title"][language])
    return (
        f'<table data-table="{html.escape(entry["name"])}"><caption>{caption}</caption>'
        f"<tr>{heads}</tr>{rows}</table>{remarks}"
    )


def _short(entry: Mapping[str, Any]) -> Sequence[Sequence[Sequence[object]]]:
    """Return the rows of a table, of a long one only its total."""
    rows: Sequence[Sequence[Sequence[object]]] = entry["rows"]
    if len(rows) <= _LONG_TABLE:
        return rows
    return rows[-1:] if entry["has_total"] else ()


def _static_row(names: Sequence[str], row: Sequence[Sequence[object]], place: int) -> str:
    cells = (_static_cell(name, cell, place) for name, cell in zip(names, row, strict=True))
    return f"<tr>{''.join(cells)}</tr>"


def _static_cell(name: str, cell: Sequence[object], place: int) -> str:
    value = "" if cell[0] is None else html.escape(str(cell[0]))
    return f'<td data-key="{name}" data-value="{value}">{html.escape(str(cell[place]))}</td>'


def sketch_svg(drawn: "Sequence[Drawn]", bounds: "Bounds", title: str) -> str:
    """Return a drawing of the sketch layers (all, when none is marked) as SVG of limited size."""
    chosen = [one for one in drawn if one.style.sketch] or list(drawn)
    place, size = _frame(bounds)
    placed = [(_on_sheet(one.shapes, place, size), one.style.symbol) for one in chosen]
    paths = [""]
    for detail in _DETAILS:
        paths = [_layer_path(shapes, symbol, detail) for shapes, symbol in placed]
        if sum(map(len, paths)) + len(title) + 500 < SKETCH_BYTES:
            break
    while sum(map(len, paths)) >= SKETCH_BYTES - 2_000:  # nothing but a flood of kinds gets here
        paths.remove(max(paths, key=len))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{size[0]}" height="{size[1]}" '
        f'viewBox="0 0 {size[0]} {size[1]}"><title>{html.escape(title[:500])}</title>'
        f"{''.join(paths)}</svg>"
    )


def _frame(bounds: "Bounds") -> tuple[Place, tuple[int, int]]:
    """Return how degrees become pixels of the sheet, and the sheet's size."""
    west, south, east, north = bounds
    shrink = math.cos(math.radians((south + north) / 2))
    width = max((east - west) * shrink, 1e-9)
    height = max(north - south, 1e-9)
    scale = min((_WIDTH - 2 * _MARGIN) / width, (_MAX_HEIGHT - 2 * _MARGIN) / height)

    def place(points: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
        x = (points[:, 0] - west) * shrink * scale + _MARGIN
        y = (north - points[:, 1]) * scale + _MARGIN
        return np.column_stack([x, y])

    return place, (round(width * scale) + 2 * _MARGIN, round(height * scale) + 2 * _MARGIN)


def _on_sheet(
    shapes: "np.ndarray[Any, Any]", place: Place, size: tuple[int, int]
) -> "np.ndarray[Any, Any]":
    """Return the shapes of a layer in pixels, of a crowd the middles of their boxes (n, 2)."""
    if len(shapes) > _CROWD:
        boxes = shapely.bounds(shapes)
        middles = place((boxes[:, :2] + boxes[:, 2:]) / 2)
        inside = ((middles >= 0) & (middles <= size)).all(axis=1)
        return np.asarray(middles[inside])
    moved = shapely.transform(shapely.force_2d(shapes), place)
    clipped: np.ndarray[Any, Any] = shapely.clip_by_rect(
        shapely.simplify(moved, _DETAILS[0], preserve_topology=False), 0, 0, size[0], size[1]
    )
    return clipped


def _layer_path(shapes: "np.ndarray[Any, Any]", symbol: "Symbol", detail: float) -> str:
    if shapes.ndim == _CROWD_AXES:
        path, areal = _cells_path(shapes, math.ceil(detail * _CELL_PER_DETAIL)), True
    else:
        parts = shapely.get_parts(shapely.simplify(shapes, detail, preserve_topology=False))
        parts = shapely.orient_polygons(parts)  # one path: overlaps must not cancel out
        path = "".join(_path(part) for part in parts)
        areal = bool((shapely.get_dimensions(shapes) == 2).any())
    if not path:
        return ""
    fill = symbol.fill if areal and symbol.fill else "none"
    return (
        f'<path d="{path}" fill="{fill}" fill-opacity="{symbol.opacity:g}" '
        f'stroke="{symbol.stroke or "none"}" stroke-width="{symbol.weight:g}"/>'
    )


def _cells_path(points: "np.ndarray[Any, Any]", side: int) -> str:
    """Return the cells of a grid that hold a point, rows of neighbouring cells as one."""
    columns, rows = np.floor(points / side).astype(np.int64).T
    cells = np.unique(rows * _WIDTH + columns)
    rows, columns = np.divmod(cells, _WIDTH)
    begins = np.ones(len(cells), dtype=bool)
    begins[1:] = (np.diff(rows) != 0) | (np.diff(columns) != 1)
    starts = np.flatnonzero(begins)
    lengths = np.diff([*starts, len(cells)])
    return "".join(
        f"M{columns[start] * side} {rows[start] * side}h{length * side}v{side}h{-length * side}Z"
        for start, length in zip(starts, lengths, strict=True)
    )


def _path(part: BaseGeometry) -> str:
    dimension = int(shapely.get_dimensions(part))
    if part.is_empty or dimension < 0:
        return ""
    if dimension == 0:
        x, y = (round(float(value)) for value in shapely.get_coordinates(part)[0])
        return f"M{x - 1} {y}h2"
    runs = shapely.get_rings(part) if dimension == 2 else [part]
    close = "Z" if dimension == 2 else ""
    return "".join(_run(shapely.get_coordinates(run)) + close for run in runs)


def _run(points: "np.ndarray[Any, Any]") -> str:
    whole = [f"{round(float(x))} {round(float(y))}" for x, y in points]
    kept = [text for index, text in enumerate(whole) if index == 0 or text != whole[index - 1]]
    return "M" + "L".join(kept)
