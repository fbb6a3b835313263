"""MicroStation V7 drawings: their levels, and the rows that one level makes.

A drawing knows no system and no attributes: texts inside a closed shape become its words.
"""

from collections import Counter
from collections.abc import Sequence

import pandas as pd
import pyogrio
import shapely

from geotool.errors import ReadError
from geotool.records import LayerSchema
from geotool.sources.drawings.drawing import assemble
from geotool.sources.drawings.drawn import Entity, Kind
from geotool.sources.files import DisguisedError, Source
from geotool.sources.records import RawLayer, ReadOptions
from geotool.sources.vectors import bytewise
from geotool.sources.vectors.headed import Header, guarded

_DRIVER = "DGN"
_WORDS = {"point": "points", "line": "lines", "polygon": "shapes", "text": "texts"}


def list_levels(source: Source) -> list[str]:
    """Return the levels on which something is drawn, as text, in order of number."""
    return [str(level) for level in sorted({int(level) for level in _rows(source)["Level"]})]


def read_level_header(source: Source, level: str) -> Header:
    """Return what is drawn on a level: ``geometry`` counts it, there is no system."""
    rows = _rows(source)
    taken = rows[rows["Level"].astype(int).astype(str) == level]
    entities = _entities(taken)
    counts = Counter(_WORDS[_shown_kind(entity)] for entity in entities)
    shapes = [entity.shape for entity in entities]
    bounds = shapely.total_bounds(shapes) if shapes else None
    return Header(
        name=level,
        geometry=", ".join(f"{count} {word}" for word, count in sorted(counts.items())) or None,
        crs=None,
        count=len(entities),
        bounds=None if bounds is None else (bounds[0], bounds[1], bounds[2], bounds[3]),
        columns=("level", "handle", "text"),
    )


def read_level(source: Source, schema: LayerSchema, options: ReadOptions) -> RawLayer:
    """Read what a level holds as rows of a layer; all texts of the drawing may be words in it.

    Without a named level the only one that holds shapes of the kinds wanted is read.

    Raises
    ------
    ReadError
        When the drawing cannot be read, or the choice of the level is open.
    """
    entities = _entities(_rows(source))
    level = _level_of(source, entities, schema)
    made = assemble(entities, level, schema.geometry, project_dir=options.project_dir)
    names = _word_columns([str(name) for name in made.frame.columns])
    return RawLayer(
        frame=made.frame.rename(columns=names),
        sublayer=level,
        shapes=True,
        encoding=made.encoding,
        notes=made.notes,
        capitals=frozenset(names.get(name, name) for name in made.capitals),
    )


def _rows(source: Source) -> pd.DataFrame:
    """Return the elements of a drawing with their text byte by byte."""

    def work() -> pd.DataFrame:
        info = pyogrio.read_info(source.target)
        if info["driver"] != _DRIVER:
            raise DisguisedError(
                f"{source.name}: named like {source.label}, but it is {info['driver']}.",
                remedy="Give the file its true suffix, or export it again.",
            )
        frame: pd.DataFrame = pyogrio.read_dataframe(
            source.target, encoding=bytewise.CODEC, use_arrow=False, fid_as_index=True
        )
        return frame

    frame = guarded(source, work)
    drawn = frame[frame.geometry.notna() & ~frame.geometry.is_empty]
    found = bytewise.decode_frame(
        pd.DataFrame({"Text": drawn["Text"]}), source.name, given=None, stated=None, what="header"
    )
    read: pd.DataFrame = drawn.assign(Text=found.frame["Text"])
    return read


def _entities(rows: pd.DataFrame) -> list[Entity]:
    columns = (rows.index, rows["Level"], rows["Text"], rows["geometry"])
    return [
        Entity(_kind(shape, text), str(int(level)), shape, _plain(text), handle=str(number))
        for number, level, text, shape in zip(*columns, strict=True)
    ]


def _kind(shape: shapely.Geometry, text: object) -> Kind:
    if isinstance(shape, shapely.Polygon | shapely.MultiPolygon):
        return "polygon"
    if isinstance(shape, shapely.Point):
        return "text" if _plain(text) else "point"
    return "line"


def _shown_kind(entity: Entity) -> str:
    closed = entity.kind == "line" and getattr(entity.shape, "is_ring", False)
    return "polygon" if closed else entity.kind


def _plain(text: object) -> str:
    return text.strip() if isinstance(text, str) else ""


def _level_of(source: Source, entities: list[Entity], schema: LayerSchema) -> str:
    levels = sorted({entity.level for entity in entities}, key=int)
    if not levels:
        raise ReadError(f"{source.name}: nothing is drawn in it.", remedy="Check the file.")
    if source.sublayer is not None:
        if source.sublayer in levels:
            return source.sublayer
        raise ReadError(
            f"{source.name}: there is nothing on level '{source.sublayer}'.",
            remedy=f"It has levels {', '.join(levels)}.",
        )
    counts = Counter(e.level for e in entities if _shown_kind(e) in schema.geometry)
    counts = counts or Counter(entity.level for entity in entities)
    if len(counts) == 1:
        return next(iter(counts))
    meant = sorted(counts, key=int)
    listed = ", ".join(f"{level} ({counts[level]})" for level in meant)
    raise ReadError(
        f"{source.name}: {len(meant)} levels hold shapes that could be meant: {listed}.",
        remedy=f"Name one: {source.name}#{meant[0]}",
    )


def _word_columns(columns: Sequence[str]) -> dict[str, str]:
    """Return level -> column of the words written on it: ``text``, or ``text_13`` of several."""
    levels = [str(name) for name in columns if str(name).isdecimal()]
    if len(levels) == 1 and "text" not in columns:
        return {levels[0]: "text"}
    return {level: f"text_{level}" for level in levels}
