"""One layer read chunk by chunk: the rows of ``read_layer``, few of them held at a time.

The source is read once and laid aside on disk. What only all rows together tell is settled
first: the encoding of text, the system and how coordinates are written, the keys, the numbers
that are text. Then each chunk goes through the rules of ``reading``. What cannot be settled so
is for the whole read: an ``UnstreamedError`` says why.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyproj

from geotool import crs, schema
from geotool.errors import CrsError, ReadError, SchemaError
from geotool.records import LayerSchema
from geotool.sources import files, orientation, planned, reading, refusal, systems
from geotool.sources.chunks_keys import LayerKeys
from geotool.sources.chunks_numbers import require_one_reading
from geotool.sources.chunks_problems import LayerProblems
from geotool.sources.chunks_raw import RawRows, lay_aside
from geotool.sources.chunks_text import LayerText, settle_text
from geotool.sources.files import DisguisedError, Source
from geotool.sources.logbook import Logbook
from geotool.sources.orientation import Straightening
from geotool.sources.records import Note, RawLayer, ReadOptions, ReadReport
from geotool.sources.systems import CrsMisfitError, Located
from geotool.sources.vectors.streamed import UnstreamedError

__all__ = ["LayerChunks", "UnstreamedError", "open_chunks"]

_OF_WRITING = frozenset({"axes_order", "unit_scaled", "zone_prefix", "coordinates_apart"})
"""Rules of notes on how coordinates are written."""


def open_chunks(path: Path | str, layer: str, options: ReadOptions, folder: Path) -> "LayerChunks":
    """Read a source once and settle what only all of its rows tell.

    Parameters
    ----------
    path, layer, options
        As for ``sources.read_layer``.
    folder
        An empty folder with room for the layer; the rows are laid aside there.

    Raises
    ------
    UsageError
        When the file does not exist.
    DataError
        When it cannot be read, or is refused before its rows are looked at.
    UnstreamedError
        When only the whole read tells what the rows mean; the message says why.
    """
    name = schema.canonical_layer_name(layer, project_dir=options.project_dir)
    book = Logbook(path, schema.load_schema(name, project_dir=options.project_dir), options)
    with _refusing(book):
        source = files.open_source(path, options.sublayer)
        _require_single_rows(book.schema, options)
        raw = lay_aside(source, book.schema, options, folder)
        text = settle_text(raw, options)
    book.add_notes(raw.notes)
    return LayerChunks(source, book, raw, text)


@contextmanager
def _refusing(book: Logbook) -> Iterator[None]:
    """Refuse what cannot be read in the words of the whole read."""
    try:
        yield
    except UnstreamedError:
        raise
    except ReadError as error:
        rule = "not_what_it_says" if isinstance(error, DisguisedError) else "unreadable"
        book.note(rule, error.message, remedy=error.remedy)
        raise refusal.refusal_of(book.path, book.schema.name, book.problems) from error


def _require_single_rows(own: LayerSchema, options: ReadOptions) -> None:
    """Refuse a read in which rows change each other."""
    if not own.geometry:
        raise UnstreamedError(f"the layer {own.name} has no shapes")
    if own.merge_rows:
        raise UnstreamedError(f"repeated rows of {own.name} are merged")
    if options.salvage:
        raise UnstreamedError("damaged records are set aside")


@dataclass(frozen=True)
class _Settled:
    """What holds for every chunk, see ``logbook.Settled``."""

    system: Located
    straightening: Straightening
    keys: LayerKeys

    def locate(self, frame: gpd.GeoDataFrame) -> Located:
        """Return rows in the system of the layer, easting first."""
        shapes = frame.geometry.to_numpy()
        if self.straightening.ways and len(frame):
            shapes = self.straightening.apply(shapes, int(frame.index[0]))
        source = self.system.source
        drawn = gpd.GeoSeries(shapes, index=frame.index, crs=source)
        return replace(self.system, frame=frame.set_geometry(drawn), notes=())

    def ensure_key(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return rows with the keys that they have in the layer."""
        return self.keys.ensure(frame)


class LayerChunks:
    """A layer under way: its chunks in file order, then the report of the whole."""

    def __init__(self, source: Source, book: Logbook, raw: RawRows, text: LayerText) -> None:
        self._source, self._book, self._raw, self._text = source, book, raw, text
        self._found = LayerProblems()
        self._repaired: list[str] = []
        self._head = text.apply(raw.frame(0).iloc[:0])
        self._raw_names = dict(zip(self._head.columns, raw.names, strict=True))
        self._mapping = self._match()
        self._keys = LayerKeys(
            book.schema,
            columns=list(self._mapping.values()),
            filled=[
                new for old, new in self._mapping.items() if self._raw_names[old] in raw.filled
            ],
            counts=raw.spool.counts,
            light=self._light,
        )
        self._require_plain_numbers()
        self._settled = self._locate()
        self._located: Located | None = self._settled.system
        self._crs_frame = gpd.GeoDataFrame()

    @property
    def crs(self) -> pyproj.CRS:
        """The system of the rows to come."""
        options, source = self._book.options, self._settled.system.source
        if options.dst_crs is None:
            return source
        return crs.resolve(options.dst_crs, province=options.province)

    def frames(self) -> Iterator[gpd.GeoDataFrame]:
        """Yield the canonical rows chunk by chunk, as ``sources.read_layer`` gives them.

        Raises
        ------
        DataError
            At the end, when the layer is refused; every problem is listed.
        UnstreamedError
            When only the whole read tells what the rows mean.
        """
        done = 0
        for number, count in enumerate(self._raw.spool.counts):
            frame = self._form(number)
            done += count
            if self._book.options.step is not None:
                self._book.options.step("check", done, self._raw.count)
            if frame is not None:
                yield frame
        self._close()

    def report(self) -> ReadReport:
        """Return the report of the layer, once all chunks were taken."""
        raw, text = self._raw, self._text
        rows = RawLayer(
            frame=pd.DataFrame(index=pd.RangeIndex(raw.count)),
            sublayer=raw.sublayer,
            shapes=True,
            encoding=text.encoding,
            confidence=text.confidence,
        )
        self._book.repaired = tuple(self._repaired)
        return reading.report_of(self._book, self._source, rows, self._crs_frame, self._located)

    def _form(self, number: int) -> gpd.GeoDataFrame | None:
        """Return the canonical rows of a chunk, None when they cannot be formed."""
        raw, book = self._raw, self._book
        with _refusing(book):
            frame = self._text.apply(raw.frame(number), counted=True)
        own = Logbook(book.path, book.schema, book.options, settled=self._settled)
        rows = RawLayer(frame, raw.sublayer, shapes=True, crs=raw.crs)
        formed = reading.form_rows(own, rows)
        self._found.add(own.problems)
        self._repaired += own.repaired
        book.columns.update(own.columns)
        if formed is None:
            return None
        frame, self._located = formed
        self._keys.note(frame.set_axis(rows.frame.index))
        self._crs_frame = frame.iloc[:0]
        return frame

    def _close(self) -> None:
        """Gather what was found, and refuse the layer when an error is among it."""
        book = self._book
        book.add_notes(self._text.all_notes())
        book.problems += self._keys.problems(book.options.project_dir)
        book.problems += self._found.problems()
        if any(problem.severity == "error" for problem in book.problems):
            raise refusal.refusal_of(book.path, book.schema.name, book.problems)

    def _match(self) -> Mapping[str, str]:
        """Return column of the file -> canonical column; refuse the layer when that is open."""
        book, options = self._book, self._book.options
        scratch = Logbook(book.path, book.schema, options)
        rows = RawLayer(self._head, None, shapes=True)
        try:
            told = planned.resolve_plan(rows, options.plan, what=book.what).columns
        except SchemaError as error:
            scratch.note("ambiguous_column", error.message, remedy=error.remedy)
            raise refusal.refusal_of(book.path, book.schema.name, scratch.problems) from error
        match = reading.match_names(scratch, rows, told)
        if match is None:
            raise refusal.refusal_of(book.path, book.schema.name, scratch.problems)
        return match.mapping

    def _light(self, number: int, names: Sequence[str]) -> pd.DataFrame:
        """Return some columns of a chunk by their canonical names, as they were read."""
        own = [old for old, new in self._mapping.items() if new in names]
        frame = self._text.apply(self._raw.frame(number, [self._raw_names[old] for old in own]))
        return frame.rename(columns=dict(self._mapping))

    def _require_plain_numbers(self) -> None:
        raw = self._raw
        texts = {new: raw.is_text(self._raw_names[old]) for old, new in self._mapping.items()}
        require_one_reading(self._book.schema, texts, len(raw.spool.counts), self._light)

    def _locate(self) -> _Settled:
        """Return the system of the layer and how its coordinates are written."""
        book, raw = self._book, self._raw
        sketch = raw.sketch()
        try:
            located = systems.locate(sketch, raw.crs is not None, book.options, what=book.what)
        except CrsError as error:
            rule = "crs_mismatch" if isinstance(error, CrsMisfitError) else "no_crs"
            book.note(rule, error.message, remedy=error.remedy)
            raise refusal.refusal_of(book.path, book.schema.name, book.problems) from error
        found = orientation.judge_points(raw.centres, located.source)
        notes: list[Note] = [note for note in located.notes if note[0] not in _OF_WRITING]
        book.add_notes([*notes, *found.notes])
        return _Settled(replace(located, frame=sketch, notes=()), found, self._keys)
