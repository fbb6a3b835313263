"""A layer in spatial parts: which are near a corridor, what each holds, and all of it together.

Nothing here knows where a part is measured.
"""

import os
import pickle
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray

from geotool import crs
from geotool.affected.clip import Cells, Cut
from geotool.affected.gathering import SomePieces, choose_pieces, cut_part, join_cuts, reach_box
from geotool.errors import CrsError, ReadError, UsageError
from geotool.pipeline.affected_cells import require_rows
from geotool.records import LayerSchema, load_schema
from geotool.sources import AUTO, ReadOptions, files
from geotool.sources.indexed import geoparquet, parted
from geotool.sources.indexed.geoparquet import PartitionedLayer
from geotool.sources.indexed.meeting import Wanted
from geotool.sources.indexed.near import Wish
from geotool.sources.indexed.near_read import NearRead
from geotool.sources.indexed.near_rows import Surroundings
from geotool.sources.partitions import Part

_KINDS = ("partitions", "parquet")


@dataclass(frozen=True)
class Question:
    """What is asked of a layer in parts.

    Attributes
    ----------
    source, layer
        The folder of parts, or one file, as which layer.
    around
        Boxes along the corridors, and their system.
    corridors
        The cells of each corridor by which polygons are cut where they are read; none of them
        for rows that are measured afterwards.
    columns, src_crs
        As for ``sources.read_near``.
    """

    source: str
    layer: str
    around: Surroundings
    corridors: tuple[Cells, ...] = ()
    columns: tuple[str, ...] | None = None
    src_crs: str | None = None

    @property
    def schema(self) -> LayerSchema:
        """What the layer must have."""
        return load_schema(self.layer)


@dataclass(frozen=True)
class PartQuestion:
    """What is asked of one part: ``whole`` with the boxes that are near it alone.

    ``part`` is the layer with this part alone, ``corridors`` the pieces that are near it.
    """

    whole: Question
    part: PartitionedLayer
    corridors: tuple[SomePieces, ...]


@dataclass(frozen=True)
class Answered:
    """What one part holds: its rows near, and what they have in each corridor.

    The shapes of the rows are in ``binary``, as well-known binary.
    """

    rows: NearRead
    binary: NDArray[np.object_]
    cuts: tuple[Cut, ...]

    @property
    def read(self) -> NearRead:
        """The rows with their shapes."""
        return replace(self.rows, shapes=shapely.from_wkb(self.binary))


def open_parts(question: Question) -> PartitionedLayer:
    """Return the layer with those of its parts that may hold rows near.

    Only the list of the folder is read; of a folder without one, what its files say of themselves.

    Raises
    ------
    UsageError
        When the source is no GeoParquet in parts, or rows of the layer mean something only
        together.
    DataError
        When it is empty.
    CrsError
        When it has no projected system or another than the corridor, or its coordinates are
        not easting first in metres.
    ReadError
        When the list is damaged.
    """
    source, schema = files.open_source(question.source), question.schema
    if source.kind not in _KINDS:
        raise _not_in_parts(f"{source.name} is {source.label}", "Make one")
    if schema.merge_rows or not schema.geometry or question.src_crs == AUTO:
        what = "--src-crs auto" if question.src_crs == AUTO else f"The layer {schema.name}"
        raise UsageError(f"{what} needs all rows at once.", remedy="Use --engine local.")
    with geoparquet.open_indexed(source, source.sublayer) as opened:
        if opened is None:
            raise _not_in_parts(f"{source.name} has no boxes of its rows", "Write it")
        facts = opened.facts
        single = (Part(Path(str(source.target)), facts.feature_count),)
        parts = opened.parts if isinstance(opened, PartitionedLayer) else single
    require_rows(facts.feature_count, source.name, schema.name)
    layer = PartitionedLayer(facts, tuple(replace(p, path=p.path.absolute()) for p in parts))
    _require_system(layer, question)
    return replace(layer, parts=_near(layer.parts, question.around))


def part_questions(layer: PartitionedLayer, question: Question) -> list[bytes]:
    """Return what to ask of each part of a layer, as bytes.

    Who unpacks one has shapes of its own: none is ever used by two threads.
    """
    asked = []
    boxes = question.around.boxes
    for part, bounds in zip(layer.parts, _bounds_of(layer.parts), strict=True):
        around = replace(question.around, boxes=boxes[reach_box(boxes, bounds)])
        whole = replace(question, around=around, corridors=())
        cells = tuple(choose_pieces(one, bounds) for one in question.corridors)
        own = PartQuestion(whole, replace(layer, parts=(part,)), cells)
        asked.append(pickle.dumps(own, pickle.HIGHEST_PROTOCOL))
    return asked


def read_part(packed: bytes, who: str) -> Answered | None:
    """Return what one part holds; None where nothing of it is near.

    Parameters
    ----------
    packed
        One of :func:`part_questions`.
    who
        Who reads it, for messages.

    Raises
    ------
    ReadError
        When who reads cannot see the file, or it is damaged.
    DataError
        When its rows are refused.
    """
    asked: PartQuestion = pickle.loads(packed)
    whole, path = asked.whole, asked.part.parts[0].path
    if not os.access(path, os.R_OK):
        raise ReadError(
            f"{path}: {who} does not see this file, or may not read it.",
            remedy="Put the folder where every worker finds it under this same path.",
        )
    options = ReadOptions(src_crs=whole.src_crs)
    wish = Wish(path, whole.schema, whole.around, whole.columns, options)
    rows = parted.read_part(asked.part, wish)
    if rows is None:
        return None
    cuts = tuple(cut_part(rows.shapes, cells) for cells in asked.corridors)
    binary = np.asarray(shapely.to_wkb(rows.shapes), dtype=np.object_)
    return Answered(replace(rows, shapes=rows.shapes[:0]), binary, cuts)


def join_parts(
    layer: PartitionedLayer, found: Sequence[Answered | None], question: Question
) -> tuple[NearRead, tuple[Cut, ...]]:
    """Return the rows of all parts as one read, and what they have in each corridor.

    Parameters
    ----------
    layer
        The layer with the parts that were read.
    found
        What each of them holds, in their order.

    Raises
    ------
    SchemaError
        When a key is in two parts.
    """
    pairs = zip(layer.parts, found, strict=True)
    held = {part.path.name: answered for part, answered in pairs if answered is not None}
    blank = NearRead(
        path=files.shown_name(question.source),
        layer=question.schema.name,
        columns={str(question.schema.key): []},
        shapes=np.zeros(0, dtype=np.object_),
        crs=question.around.crs,
        feature_count=layer.facts.feature_count,
        index=layer.facts.index,
    )
    read = parted.join_reads(blank, {name: answered.read for name, answered in held.items()})
    counts = [len(answered.binary) for answered in held.values()]
    cuts = zip(*(answered.cuts for answered in held.values()), strict=True)
    found_cuts = tuple(join_cuts(of_corridor, counts) for of_corridor in cuts)
    return read, found_cuts or tuple(join_cuts([], []) for _ in question.corridors)


def _near(parts: Sequence[Part], around: Surroundings) -> tuple[Part, ...]:
    bounds = _bounds_of(parts)
    near_some = Wanted(around.boxes).meets(bounds) | ~np.isfinite(bounds).all(axis=1)
    return tuple(part for part, is_near in zip(parts, near_some.tolist(), strict=True) if is_near)


def _bounds_of(parts: Sequence[Part]) -> NDArray[np.float64]:
    unknown = (np.nan,) * 4
    return np.array([part.bounds or unknown for part in parts]).reshape(-1, 4)


def _not_in_parts(what: str, verb: str) -> UsageError:
    return UsageError(
        f"{what}; the engine dask measures a folder of GeoParquet parts.",
        remedy=f"{verb}: geotool convert FILE --as LAYER -o FOLDER --partitions N.",
    )


def _require_system(layer: PartitionedLayer, question: Question) -> None:
    """Refuse coordinates in which the boxes of the corridor would meet other ground, or none."""
    system = question.src_crs or layer.facts.crs
    if system is None:
        raise CrsError(
            f"{question.source}: it declares no coordinate reference system.",
            remedy="Name it with --src-crs.",
        )
    own = crs.resolve(system)
    crs.require_projected(own, question.source)
    there = replace(question.around, crs=crs.code_of(own))
    crs.require_same({question.source: there, "the corridor": question.around})
    kind, bounds = crs.writing_kind(own), _bounds_of(layer.parts)
    if kind is None:
        return
    middle_x, middle_y = (bounds[:, :2] + bounds[:, 2:]).T / 2
    written = crs.recognise(middle_x, middle_y, kind)
    if written.bulk is not None and not all(
        written.ways[way].plain for way in np.unique(written.way) if way >= 0
    ):
        raise CrsError(
            f"{question.source}: its coordinates are not easting first in metres.",
            remedy="Write it again: geotool convert --partitions N.",
        )
