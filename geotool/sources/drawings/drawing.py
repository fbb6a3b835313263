"""Drawn objects -> rows of a layer: closed lines to polygons, words inside to attributes.

What any drawing gives (DXF, DGN), without a library. Coordinates stay as drawn; limits stated
in metres are scaled where the drawing is in millimetres.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geotool.sources.drawings.drawn import (
    Entity,
    Kind,
    Limits,
    close_line,
    counted,
    load_limits,
    name_handles,
    units_per_metre,
)
from geotool.sources.drawings.inscriptions import (
    Inscribed,
    Inscription,
    fill_columns,
    find_innermost,
    free_name,
)
from geotool.sources.records import Note

_TAG = "\0"  # before the tag of a block's attribute until it has a name of its own
_OWN_COLUMNS = ("level", "handle", "block", "text", "geometry")
_KIND_WORDS: Mapping[str, str] = {
    "line": "lines",
    "polygon": "filled areas",
    "point": "points",
    "block": "blocks",
    "text": "texts",
}


@dataclass(frozen=True)
class Assembled:
    """Rows made of drawn objects, without a system.

    ``positions`` are the places of the rows' objects among the objects given; ``capitals``
    the columns typed in a font of capitals; ``encoding`` is ``tcvn3`` or ``vni`` when the
    fonts say that the words were typed so.
    """

    frame: gpd.GeoDataFrame
    notes: tuple[Note, ...]
    capitals: frozenset[str]
    positions: tuple[int, ...] = ()
    encoding: str | None = None


@dataclass
class _Rows:
    """Rows under way: places among the objects, shapes, and what was found."""

    positions: list[int] = field(default_factory=list)
    shapes: list[shapely.Geometry] = field(default_factory=list)
    closed: list[tuple[str, float]] = field(default_factory=list)
    unclosed: list[str] = field(default_factory=list)
    left: Counter[str] = field(default_factory=Counter)


def assemble(
    entities: Sequence[Entity],
    level: str | None,
    kinds: Sequence[str],
    *,
    project_dir: Path | None = None,
) -> Assembled:
    """Return the rows that the objects of one level make.

    Parameters
    ----------
    entities
        All objects of the drawing; texts of any level may stand inside a polygon.
    level
        Level to take, in any case; None takes all.
    kinds
        Wanted kinds of shape, of point, line and polygon. Polygons come of closed lines and
        areas, lines of lines, points of blocks and points, else of texts. A line that does
        not close stays a line where polygons are wanted; when nothing of a wanted kind is
        drawn, all objects stay as they are, for the reader to refuse by name.
    project_dir
        The project whose own limits apply.

    Returns
    -------
    Assembled
        Rows in drawing order. Columns: ``level``, ``handle``, ``block`` (name of the block of
        a point), a column a tag of its attributes, ``text`` (words on the polygon's own level,
        or of a text taken as a point) and a column a level of other words inside a polygon.
    """
    limits = load_limits(project_dir=project_dir)
    gap = limits.closing_gap_m * units_per_metre([entity.shape for entity in entities], limits)
    rows = _make_rows(entities, level, kinds, gap)
    notes = _row_notes(rows)
    own = _own_columns(entities, rows)
    words = _Words(entities, rows, limits, gap)
    inscribed = words.inscribed() if "polygon" in kinds else Inscribed({}, 0, frozenset())
    notes += words.notes(inscribed)
    fonts = [entities[place].font for place in rows.positions]
    columns, capitals = _joined_columns(own, inscribed, fonts, limits)
    frame = gpd.GeoDataFrame(columns, geometry=np.asarray(rows.shapes, dtype=object))
    return Assembled(
        frame=frame,
        notes=tuple(notes),
        capitals=capitals,
        positions=tuple(rows.positions),
        encoding=_stated_encoding(words.used, limits),
    )


def _make_rows(
    entities: Sequence[Entity], level: str | None, kinds: Sequence[str], gap: float
) -> _Rows:
    """Return the objects of a level that are rows, and count those that are not."""
    wanted = None if level is None else level.casefold()
    places = [i for i, one in enumerate(entities) if wanted in (None, one.level.casefold())]
    taken = _taken(entities, places, kinds)
    rows = _Rows()
    for place in taken:
        _add_row(rows, place, entities[place], kinds, gap)
    _drop_fills(rows, entities)
    for place in sorted(set(places) - set(taken)):
        entity = entities[place]
        if "polygon" not in kinds or not _has_words(entity):
            rows.left[_KIND_WORDS[entity.kind]] += 1
    return rows


def _taken(entities: Sequence[Entity], places: Sequence[int], kinds: Sequence[str]) -> list[int]:
    """Return which objects become rows: those meant, else texts as points, else all shapes."""
    taken = [place for place in places if _is_meant(entities[place].kind, kinds)]
    texts = [place for place in places if entities[place].kind == "text"]
    if not taken and "point" in kinds:
        taken = texts
    return taken or sorted(set(places) - set(texts))


def _has_words(entity: Entity) -> bool:
    return entity.kind == "text" or bool(entity.attributes)


def _is_meant(kind: Kind, kinds: Sequence[str]) -> bool:
    """Return whether an object of a kind could be a row of the wanted kinds of shape."""
    if kind == "line":
        return "line" in kinds or "polygon" in kinds
    if kind == "polygon":
        return "polygon" in kinds
    return kind in ("point", "block") and "point" in kinds


def _add_row(rows: _Rows, place: int, entity: Entity, kinds: Sequence[str], gap: float) -> None:
    shape = entity.shape
    if entity.kind == "line" and "polygon" in kinds:
        closed = close_line(shape, gap)
        if closed is not None:
            shape = closed[0]
            if closed[1] > 0:
                rows.closed.append((entity.handle, closed[1]))
        elif "line" not in kinds:
            rows.unclosed.append(entity.handle)
    rows.positions.append(place)
    rows.shapes.append(shape)


def _drop_fills(rows: _Rows, entities: Sequence[Entity]) -> None:
    """Drop areas that only fill an outline drawn beside them on the same level."""
    filled = [i for i, place in enumerate(rows.positions) if entities[place].kind == "polygon"]
    if not filled:
        return
    outlines = {
        (entities[place].level.casefold(), _outline_key(shape))
        for place, shape in zip(rows.positions, rows.shapes, strict=True)
        if entities[place].kind == "line" and shapely.get_type_id(shape) == 3
    }
    fills = {
        i
        for i in filled
        if (entities[rows.positions[i]].level.casefold(), _outline_key(rows.shapes[i])) in outlines
    }
    if fills:
        rows.left["fills of outlines"] += len(fills)
        kept = [i for i in range(len(rows.positions)) if i not in fills]
        rows.positions = [rows.positions[i] for i in kept]
        rows.shapes = [rows.shapes[i] for i in kept]


def _outline_key(shape: shapely.Geometry) -> bytes:
    """Return bytes that are equal for polygons with the same corners, to three decimals."""
    flat = shapely.transform(shapely.force_2d(shape), lambda points: points.round(3) + 0.0)
    return bytes(shapely.to_wkb(shapely.normalize(flat)))


def _row_notes(rows: _Rows) -> list[Note]:
    notes: list[Note] = []
    if rows.closed:
        worst = max(apart for _, apart in rows.closed)
        text = (
            f"{len(rows.closed)} outlines were closed whose ends lay up to {worst:.3g} drawing "
            f"units apart: {name_handles([handle for handle, _ in rows.closed])}."
        )
        notes.append(("drawing_outline_closed", text, ""))
    if rows.unclosed:
        text = (
            f"{len(rows.unclosed)} lines do not close, so they are no polygons: "
            f"{name_handles(rows.unclosed)}."
        )
        notes.append(("drawing_outline_open", text, ""))
    if rows.left:
        notes.append(("drawing_left_out", f"Not read: {counted(rows.left)}.", ""))
    return notes


class _Words:
    """The words of a drawing that may stand inside the rows' polygons."""

    def __init__(self, entities: Sequence[Entity], rows: _Rows, limits: Limits, gap: float) -> None:
        self._entities, self._rows, self._limits, self._gap = entities, rows, limits, gap
        self._unplaced = self._unclear = 0
        taken = set(rows.positions)
        self.used = [(words, entities[place].font) for place in rows.positions
                     for words in _words_of(entities[place])]  # fmt: skip
        self._others = [
            place
            for place, entity in enumerate(entities)
            if place not in taken and _has_words(entity)
        ]

    def inscribed(self) -> Inscribed:
        """Return the columns that words inside the polygons make."""
        shapes = self._rows.shapes
        at = [row for row, shape in enumerate(shapes) if shapely.get_type_id(shape) in (3, 6)]
        points = [shapely.force_2d(self._entities[place].shape) for place in self._others]
        found, self._unclear = find_innermost([shapes[row] for row in at], points, gap=self._gap)
        words: list[Inscription] = []
        where: list[int] = []
        for place, polygon in zip(self._others, found, strict=True):
            entity = self._entities[place]
            if polygon < 0:
                self._unplaced += entity.kind == "text"
                continue
            row = at[int(polygon)]
            home = self._entities[self._rows.positions[row]].level
            made = _inscriptions(entity, home)
            words += made
            where += [row] * len(made)
        self.used += [(word.words, word.font) for word in words]
        return fill_columns(words, where, len(shapes), is_capital=self._limits.is_capital)

    def notes(self, inscribed: Inscribed) -> list[Note]:
        """Return what became of the words; after :meth:`inscribed`."""
        notes: list[Note] = []
        if inscribed.joined_count:
            text = (
                f"{inscribed.joined_count} shapes hold several texts of one CAD layer; they "
                "were joined with ' / ' in reading order."
            )
            notes.append(("drawing_texts_joined", text, ""))
        if self._unplaced:
            text = f"{self._unplaced} texts lie in no polygon or on a boundary."
            if self._unclear:
                text = (
                    f"{self._unplaced} texts lie in no polygon, on a boundary, or in polygons "
                    f"that overlap ({self._unclear})."
                )
            notes.append(("drawing_texts_unplaced", text, ""))
        return notes


def _words_of(entity: Entity) -> list[str]:
    return [entity.text] if entity.kind == "text" else list(entity.attributes.values())


def _inscriptions(entity: Entity, home: str) -> list[Inscription]:
    """Return the words of a text, or of a block's attributes, for a polygon of a level."""
    x, y = (float(value) for value in shapely.get_coordinates(entity.shape)[0])
    if entity.kind == "text":
        column = "text" if entity.level.casefold() == home.casefold() else entity.level
        return [Inscription(column, entity.text, x, y, entity.font)]
    return [Inscription(tag, words, x, y, entity.font) for tag, words in entity.attributes.items()]


def _own_columns(entities: Sequence[Entity], rows: _Rows) -> dict[str, list[str | None]]:
    """Return what the rows' own objects say: level, handle, block and its words, text."""
    chosen = [entities[place] for place in rows.positions]
    columns: dict[str, list[str | None]] = {
        "level": [entity.level for entity in chosen],
        "handle": [entity.handle or None for entity in chosen],
    }
    for name in sorted({entity.kind for entity in chosen} & {"block", "text"}):
        columns[name] = [_text_of(entity, name) for entity in chosen]
    for number, entity in enumerate(chosen):
        for tag, text in entity.attributes.items():
            columns.setdefault(f"{_TAG}{tag}", [None] * len(chosen))[number] = text
    return columns


def _text_of(entity: Entity, kind: str) -> str | None:
    return entity.text if entity.kind == kind else None


def _joined_columns(
    own: Mapping[str, list[str | None]], inscribed: Inscribed, fonts: Sequence[str], limits: Limits
) -> tuple[dict[str, Any], frozenset[str]]:
    """Return all columns under names of their own, and those of capitals."""
    columns: dict[str, Any] = {}
    capitals: set[str] = set()
    for name, cells in own.items():
        tag = name.removeprefix(_TAG)
        free = name if tag == name else free_name(tag, [*columns, *_OWN_COLUMNS])
        columns[free] = pd.Series(cells, dtype=object)
        if (free != name or name == "text") and _all_capital(cells, fonts, limits):
            capitals.add(free)
    for name, cells in inscribed.columns.items():
        free = free_name(name, [*columns, *([] if name == "text" else _OWN_COLUMNS)])
        columns[free] = pd.Series(cells, dtype=object)
        if name in inscribed.capitals:
            capitals.add(free)
    return columns, frozenset(capitals)


def _all_capital(cells: Sequence[str | None], fonts: Sequence[str], limits: Limits) -> bool:
    used = {font for cell, font in zip(cells, fonts, strict=True) if cell}
    return bool(used) and all(map(limits.is_capital, used))


def _stated_encoding(used: Sequence[tuple[str, str]], limits: Limits) -> str | None:
    """Return the code that the fonts of all words beyond ASCII state, None when they do not.

    Words with letters that no old code has were typed in Unicode, whatever their font.
    """
    codes = {limits.encoding_of(font) for words, font in used if not words.isascii()}
    codes.discard(None)
    legacy = "".join(words for words, font in used if limits.encoding_of(font))
    unicode_letters = any("\u1ea0" <= letter <= "\u1ef9" for letter in legacy)
    return codes.pop() if len(codes) == 1 and not unicode_letters else None
