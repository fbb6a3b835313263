"""All rows of a source laid aside as it holds them, with what only all of them together tell."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from geotool.outputs.spool import Spool
from geotool.records import LayerSchema
from geotool.sources.files import Source
from geotool.sources.records import Note, ReadOptions
from geotool.sources.vectors import features, parquet, placemarks
from geotool.sources.vectors.streamed import SHAPE, Stream, UnstreamedError, open_stream

Floats = NDArray[np.float64]

_SAMPLE_TEXTS = 2_000
_SKETCHED_ROWS = 20_000
# What is no letter of any encoding parts words; all else may be a letter of some.
_NOT_PLAIN = r"[^\t\n\r\x20-\x7e]"
_APART = r"[\t\n\r -@\[-`{-~]+"
_MIXED = "object"


@dataclass
class RawRows:
    """The rows of one layer as its source holds them, in chunks on disk.

    Attributes
    ----------
    source, sublayer, crs, notes
        The input, the layer in it, the system it declares (text or None), what was noted.
    spool
        The rows; shapes as WKB, text byte by byte where its encoding is open.
    stated
        The encoding that the file states for such text.
    texts, words
        Some texts with other than plain letters, and all distinct words of such texts.
    filled
        Columns with a cell that is not null.
    centres
        The centre of the box of each shape, (n, 2), NaN where there is none.
    """

    source: Source
    sublayer: str | None
    crs: str | None
    notes: tuple[Note, ...]
    spool: Spool
    stated: str | None = None
    texts: set[str] = field(default_factory=set)
    words: set[str] = field(default_factory=set)
    filled: set[str] = field(default_factory=set)
    _types: dict[str, set[str]] = field(default_factory=dict)
    _hollow: set[str] = field(default_factory=set)
    _centres: list[Floats] = field(default_factory=list)
    _extremes: dict[int, tuple[float, int, Floats]] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """Rows in all."""
        return sum(self.spool.counts)

    @property
    def names(self) -> list[str]:
        """Columns of the file, the shape among them."""
        return list(self.spool.table(0).column_names)

    @property
    def centres(self) -> Floats:
        """Centres of the boxes of all shapes."""
        return np.concatenate(self._centres)

    def is_text(self, name: str) -> bool:
        """Return whether a column holds text."""
        return any(kind in ("str", _MIXED) for kind in self._types[name])

    def frame(self, number: int, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """Return the rows of a chunk, labelled by their positions in the file, from 0.

        The columns have the types that they would have if all rows were read at once. Without
        named columns it is a GeoDataFrame in no system.
        """
        start = sum(self.spool.counts[:number])
        labels = pd.RangeIndex(start, start + self.spool.counts[number])
        table = self.spool.table(number, columns)
        shapes = table[SHAPE] if columns is None else None
        plain = _frame(table if shapes is None else table.drop_columns([SHAPE]), self._is_ogr)
        cells = {str(name): self._typed(plain[name]).set_axis(labels) for name in plain.columns}
        typed = pd.DataFrame(cells, index=labels, columns=list(cells))
        if shapes is None:
            return typed
        drawn = gpd.GeoSeries(_shapes(shapes), index=labels)
        placed: pd.DataFrame = gpd.GeoDataFrame(typed, geometry=drawn)[table.column_names]
        return placed

    def sketch(self) -> gpd.GeoDataFrame:
        """Return shapes that lie where those of the layer do: its bounds and many of its centres.

        Every row is there while they are not many; the outermost shapes always are, as boxes.
        """
        centres = self.centres
        count = min(len(centres), _SKETCHED_ROWS)
        outer = {row: box for _, row, box in self._extremes.values()}
        taken = np.linspace(0, max(len(centres) - 1, 0), count).astype(np.int64)
        rows = np.union1d(taken, np.array(list(outer), dtype=np.int64))
        shapes: NDArray[np.object_] = np.asarray(shapely.points(centres[rows]), dtype=object)
        shapes[np.isnan(centres[rows]).any(axis=1)] = None
        for row, box in outer.items():
            shapes[np.searchsorted(rows, row)] = shapely.box(*box)
        return gpd.GeoDataFrame(geometry=shapes, crs=self.crs)

    def add(self, table: pa.Table) -> None:
        """Lay rows aside and take in what they tell."""
        start = self.count
        self.spool.add(table)
        self._note_places(shapely.bounds(_shapes(table[SHAPE])), start)
        plain = table.drop_columns([SHAPE])
        for name in plain.column_names:
            self._note_texts(plain[name])
        self._note_types(_frame(plain, self._is_ogr))

    @property
    def _is_ogr(self) -> bool:
        return self.source.kind not in parquet.KINDS

    def _note_places(self, boxes: Floats, start: int) -> None:
        self._centres.append((boxes[:, :2] + boxes[:, 2:]) / 2)
        if np.isnan(boxes).all():
            return
        for side, sign in enumerate((-1, -1, 1, 1)):
            row = int(np.nanargmax(sign * boxes[:, side]))
            reach = float(sign * boxes[row, side])
            if side not in self._extremes or reach > self._extremes[side][0]:
                self._extremes[side] = (reach, start + row, boxes[row])

    def _note_texts(self, cells: pa.ChunkedArray) -> None:
        if not (pa.types.is_string(cells.type) or pa.types.is_large_string(cells.type)):
            return
        odd = pc.unique(cells.filter(pc.match_substring_regex(cells, _NOT_PLAIN)))
        if not len(odd):
            return
        room = _SAMPLE_TEXTS - len(self.texts)
        self.texts.update(odd.slice(0, max(room, 0)).to_pylist())
        words = pc.unique(pc.list_flatten(pc.split_pattern_regex(odd, _APART)))
        self.words.update(words.filter(pc.match_substring_regex(words, _NOT_PLAIN)).to_pylist())

    def _note_types(self, frame: pd.DataFrame) -> None:
        if self.source.kind == "gml":
            frame = placemarks.number_columns(frame)
        for name in frame.columns:
            cells, known = frame[name], self._types.setdefault(str(name), set())
            if cells.notna().any():
                self.filled.add(str(name))
            elif not pd.api.types.is_numeric_dtype(cells):
                self._hollow.add(str(name))
                continue
            known.add(str(cells.dtype))

    def _typed(self, cells: "pd.Series[Any]") -> "pd.Series[Any]":
        """Return cells of a chunk in the type that the column has in the whole layer."""
        name = str(cells.name)
        kinds = self._types[name]
        if not kinds or not all(_is_number(kind) for kind in kinds):
            return cells.astype(object) if _MIXED in kinds else cells
        alone = len(kinds) == 1 and name not in self._hollow
        kind = np.dtype(next(iter(kinds)) if alone else "float64")
        return pd.Series(pd.to_numeric(cells).to_numpy(dtype=kind), index=cells.index, name=name)


def lay_aside(source: Source, schema: LayerSchema, options: ReadOptions, folder: Path) -> RawRows:
    """Read all rows of a source once and lay them aside in a folder.

    Raises
    ------
    ReadError
        When it cannot be read.
    UnstreamedError
        When it has to be read whole.
    """
    with open_stream(source, schema, options) as stream:
        raw = _begun(stream, Spool(folder))
        empty = None
        for table in stream.tables:
            if table.num_rows:
                raw.add(table)
            empty = table.schema.empty_table()
            if options.step is not None:
                options.step("read", raw.count, stream.header.count)
    if not raw.count and empty is not None:
        raw.add(empty)
    return raw


def _begun(stream: Stream, spool: Spool) -> RawRows:
    source, header = stream.source, stream.header
    stated = None
    if source.kind in features.BYTEWISE:
        stated = features.stated_encoding(source, header.name)
    sublayer = None if source.kind in parquet.KINDS else header.name
    return RawRows(source, sublayer, stream.crs, stream.notes, spool, stated)


def _frame(table: pa.Table, ogr: bool) -> pd.DataFrame:
    """Return cells as the readers of whole files give them.

    Yes and no with gaps are numbers there, where the library for vector files reads them.
    """
    frame: pd.DataFrame = table.to_pandas()
    for name in table.column_names if ogr else ():
        if pa.types.is_boolean(table[name].type) and table[name].null_count:
            frame[name] = frame[name].astype("float64")
    return frame


def _shapes(cells: pa.ChunkedArray) -> NDArray[np.object_]:
    try:
        return np.asarray(shapely.from_wkb(cells.to_numpy()), dtype=object)
    except shapely.errors.ShapelyError as error:
        raise UnstreamedError("it has shapes that only the whole read makes plain") from error


def _is_number(kind: str) -> bool:
    return kind.startswith(("int", "uint", "float", "bool"))
