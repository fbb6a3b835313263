"""KML and GPX: what of their many columns is data.

Both are longitude and latitude always. Google Earth keeps the attributes of a converted layer
as an HTML table in the description of a place; its rows become columns.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from geotool.sources.drawings.drawn import close_line, counted
from geotool.sources.records import Note, RawLayer

FOLDER = "folder"
"""Column that tells from which folder of a KML file a row comes."""

_VIEW = ("altitudeMode", "tessellate", "extrude", "visibility", "drawOrder", "icon", "snippet")
_OPTIONAL = ("id", "Name", "description", "timestamp", "begin", "end")
_PAIR = 2
_KINDS = {0: "point", 1: "line", 2: "line", 3: "polygon", 4: "point", 5: "line", 6: "polygon"}


def tidy_places(frame: pd.DataFrame, name: str) -> tuple[pd.DataFrame, list[Note]]:
    """Return KML places without the columns that only say how they look, and notes.

    Tables of two columns in the descriptions become columns; where they do in every row that
    has a description, the description goes.
    """
    kept = _without_looks(frame)
    if "description" not in kept.columns:
        return kept, []
    texts = [text if isinstance(text, str) else "" for text in kept["description"]]
    tables = [_pairs(text) for text in texts]
    new = [key for key in _keys(tables) if key not in (*kept.columns, "geometry")]
    if not new:
        return kept, []
    for key in new:
        cells = [table.get(key) for table in tables]
        kept[key] = pd.Series(cells, index=kept.index, dtype=object)
    if _tell_all(tables, texts):
        kept = kept.drop(columns=["description"])
    note = f"{name}: tables in the descriptions became {len(new)} columns: {', '.join(new[:8])}."
    return kept, [("description_table", note, "")]


def only_meant(raw: RawLayer, kinds: Sequence[str]) -> RawLayer:
    """Return KML places with those that fit, closed paths as polygons where these are wanted.

    A folder holds pins, paths and areas side by side. What can never be meant is left out and
    counted: pins among areas and paths, areas and paths among pins, areas among paths. A path
    that does not close stays where areas are wanted, for the reader to refuse by name, and so
    does everything where nothing fits.
    """
    frame = raw.frame
    if not isinstance(frame, gpd.GeoDataFrame):
        return raw
    notes = list(raw.notes)
    if "polygon" in kinds and "line" not in kinds:
        frame, found = _with_areas(frame)
        notes += found
    frame, found = _without_others(frame, kinds)
    return replace(raw, frame=frame, notes=(*notes, *found))


def _with_areas(frame: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[Note]]:
    """Return places with closed paths as polygons."""
    shapes = [_closed(shape) for shape in frame.geometry]
    count = sum(new is not old for new, old in zip(shapes, frame.geometry, strict=True))
    if not count:
        return frame, []
    made = frame.set_geometry(gpd.GeoSeries(shapes, index=frame.index, crs=frame.crs))
    return made, [("shapes_closed", f"{count} closed paths were read as polygons.", "")]


def _without_others(
    frame: gpd.GeoDataFrame, kinds: Sequence[str]
) -> tuple[gpd.GeoDataFrame, list[Note]]:
    """Return places without those that can never be of the kinds, unless that leaves none."""
    words = [_kind_word(shape) for shape in frame.geometry]
    wanted = {*kinds, "", *(["line"] if "polygon" in kinds else [])}
    left = Counter(word for word in words if word not in wanted)
    if not left or set(kinds).isdisjoint(words):
        return frame, []
    text = f"Not read, as they can be no {' or '.join(kinds)}: {counted(left)}."
    kept = frame[[word in wanted for word in words]].reset_index(drop=True)
    return kept, [("other_shapes_left_out", text, "")]


def _closed(shape: shapely.Geometry | None) -> shapely.Geometry | None:
    """Return a path that ends where it begins as a polygon, anything else as it is."""
    if shape is None or shapely.get_type_id(shape) != 1:
        return shape
    made = close_line(shape, 0.0)
    return shape if made is None else made[0]


def _kind_word(shape: shapely.Geometry | None) -> str:
    """Return point, line or polygon; empty for no shape and for a mixed collection."""
    return "" if shape is None else _KINDS.get(int(shapely.get_type_id(shape)), "")


def _keys(tables: Sequence[Mapping[str, str]]) -> list[str]:
    return list(dict.fromkeys(key for table in tables for key in table))


def _tell_all(tables: Sequence[Mapping[str, str]], texts: Sequence[str]) -> bool:
    """Return whether every description that says something is a table."""
    return all(table or not text for table, text in zip(tables, texts, strict=True))


def _without_looks(frame: pd.DataFrame) -> pd.DataFrame:
    kept = frame.drop(columns=[c for c in _VIEW if c in frame.columns])
    kept = kept.drop(columns=[c for c in _OPTIONAL if c in kept.columns and _is_empty(kept[c])])
    if "id" in kept.columns and kept["id"].astype(str).str.fullmatch(r".*\.\d+").all():
        kept = kept.drop(columns=["id"])  # numbers that the writing program made up
    return kept


def tidy_tracks(frame: pd.DataFrame) -> pd.DataFrame:
    """Return GPX rows without the columns of the format that hold nothing."""
    empty = [c for c in frame.columns if str(frame[c].dtype) != "geometry" and _is_empty(frame[c])]
    return frame.drop(columns=empty)


def number_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """Return rows in which text that is numbers throughout became numbers.

    A column with a number that begins with 0 stays text: "0012" is a name.
    """
    result = frame.copy()
    for name in frame.columns:
        cells = frame[name]
        if not (pd.api.types.is_object_dtype(cells) or pd.api.types.is_string_dtype(cells)):
            continue
        texts = cells.dropna().astype(str)
        plain = texts.str.fullmatch(r"-?(?:0|[1-9]\d{0,14})(?:\.\d+)?(?:[eE][+-]?\d+)?")
        if len(texts) and bool(plain.all()):
            result[name] = pd.to_numeric(cells)
    return result


def _is_empty(cells: "pd.Series[Any]") -> bool:
    return bool(cells.isna().all()) or all(v is None or v == "" for v in cells.tolist())


def _pairs(text: str) -> Mapping[str, str]:
    if "<t" not in text and "<T" not in text:
        return {}
    parser = _Table()
    parser.feed(text)
    parser.close()
    return {
        " ".join(row[0].split()).rstrip(":"): " ".join(row[1].split())
        for row in parser.rows
        if len(row) == _PAIR and row[0].strip()
    }


class _Table(HTMLParser):
    """Collects the rows of the innermost tables of a page, cell by cell."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[str]] = []
        self._open: list[list[str]] = []

    def handle_starttag(self, tag: str, _attrs: Sequence[tuple[str, str | None]]) -> None:
        """Begin a row or a cell."""
        if tag == "tr":
            self._open.append([])
        elif tag in ("td", "th") and self._open:
            self._open[-1].append("")
        elif tag == "table" and self._open:
            self._open[-1].clear()
            self._open[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        """End a row."""
        if tag == "tr" and self._open:
            self.rows.append(self._open.pop())

    def handle_data(self, data: str) -> None:
        """Add words to the cell under way."""
        if self._open and self._open[-1]:
            self._open[-1][-1] += data
