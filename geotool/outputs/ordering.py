"""The rows of a layer in the order of a Hilbert curve, sorted outside of memory."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from geotool.outputs.hilbert import hilbert_numbers
from geotool.outputs.place import make_folder
from geotool.outputs.rows import Bounds, LayerRows

Ranks = NDArray[np.int64]

_BUCKET_ROWS = 50_000
_BUCKETS_MAX = 128  # files open at once
_RANK = "\0rank"


def rank_rows(rows: LayerRows) -> Ranks:
    """Return the place of each row, from 0, in Hilbert order; ties stay in the order given.

    The curve runs over the bounds of the layer; rows without a shape come last.
    """
    bounds: Bounds = rows.bounds or (0.0, 0.0, 0.0, 0.0)
    numbers = [hilbert_numbers(boxes, bounds) for boxes in rows.boxes()]
    order = np.argsort(np.concatenate(numbers), kind="stable")
    ranks = np.empty(len(order), dtype=np.int64)
    ranks[order] = np.arange(len(order))
    return ranks


def sorted_tables(rows: LayerRows, ranks: Ranks) -> Iterator[pa.Table]:
    """Yield the rows in the order of their ranks, in tables that fit in memory.

    Rows of neighbouring ranks are first gathered on disk, then sorted.
    """
    size = max(_BUCKET_ROWS, -(-len(ranks) // _BUCKETS_MAX))
    folder = make_folder(rows.folder / "sorted")
    places = [folder / f"{number:05d}.arrow" for number in range(-(-len(ranks) // size))]
    _gather(rows, ranks, places, size)
    for place in places:
        with pa.OSFile(str(place)) as file, pa.ipc.open_stream(file) as stream:
            table = stream.read_all()
        place.unlink()
        yield table.sort_by(_RANK).drop_columns([_RANK])


def _gather(rows: LayerRows, ranks: Ranks, places: Sequence[Path], size: int) -> None:
    """Write each row to the file of its rank, ``size`` ranks a file."""
    schema = rows.schema.append(pa.field(_RANK, pa.int64()))
    packed = pa.ipc.IpcWriteOptions(compression="lz4")
    with ExitStack() as stack:
        sinks = [stack.enter_context(pa.OSFile(str(place), "wb")) for place in places]
        files = [
            stack.enter_context(pa.ipc.new_stream(sink, schema, options=packed)) for sink in sinks
        ]
        start = 0
        for table in rows.tables():
            own = ranks[start : start + table.num_rows]
            start += table.num_rows
            ranked = table.append_column(_RANK, pa.array(own))
            order = np.argsort(own, kind="stable")
            edges = np.searchsorted(own[order], np.arange(len(files) + 1) * size)
            for file, low, high in zip(files, edges[:-1], edges[1:], strict=True):
                if high > low:
                    file.write_table(ranked.take(pa.array(order[low:high])))
