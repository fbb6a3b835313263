"""The parts of a layer measured by the workers of dask.distributed, one task a part.

The list of the folder says which parts are near: ``dask_geopandas.read_parquet`` would open every
part for that. What polygons have in the corridor is measured where they are read; overlaps and
ground without parcels reach across the edges of parts and are measured when all rows near are
together, as are points, lines and polygons of other layers.
"""

from collections.abc import Sequence
from concurrent.futures import CancelledError
from platform import node
from typing import TYPE_CHECKING

from geotool.affected.clip import Cut
from geotool.errors import GeotoolError, ReadError
from geotool.pipeline import affected_parts, dask_workers
from geotool.pipeline.affected_parts import Answered, Question
from geotool.sources.indexed.geoparquet import PartitionedLayer
from geotool.sources.indexed.near_read import NearRead
from geotool.sources.records import Step

if TYPE_CHECKING:
    from distributed import Client, Future

_Answer = Answered | GeotoolError | None


def read_parts(
    question: Question, *, scheduler: str | None = None, step: Step | None = None
) -> tuple[NearRead, tuple[Cut, ...]]:
    """Read the rows near from all parts of a layer, cut by the cells of each corridor.

    Parameters
    ----------
    question
        What is asked of every part.
    scheduler
        Address ``tcp://host:port`` of a running scheduler; None starts a worker for each
        processor of this machine, for as long as it takes.
    step
        Told how many parts are done.

    Raises
    ------
    UsageError
        When dask is not installed, the source is not in parts, or the workers have other
        versions.
    ReadError
        When the scheduler cannot be reached, has no workers or is lost, or a part cannot be
        read.
    DataError
        When the layer is refused.
    """
    dask_workers.require_dask()
    layer = affected_parts.open_parts(question)
    found: Sequence[Answered | None] = ()
    if layer.parts:
        _tell(step, 0, len(layer.parts))
        with dask_workers.connect(scheduler, most=len(layer.parts)) as client:
            found = _ask(client, layer, question, step)
    return affected_parts.join_parts(layer, found, question)


def _ask(
    client: "Client", layer: PartitionedLayer, question: Question, step: Step | None
) -> list[Answered | None]:
    """Return what each part answers, in their order."""
    from distributed import KilledWorker

    try:
        packed = affected_parts.part_questions(layer, question)
        return _collect(client, [client.submit(_answer, one, pure=False) for one in packed], step)
    except KilledWorker as error:
        raise ReadError(
            f"{question.source}: the workers that measured one of its parts were lost, "
            f"the last was {error.last_worker.address}.",
            remedy="Give the workers more memory, or write more and smaller parts.",
        ) from error
    except (CancelledError, OSError) as error:
        raise dask_workers.lost(client) from error


def _answer(packed: bytes) -> "_Answer":
    """Return what one part holds, or why it is refused; runs on a worker."""
    from distributed import get_worker

    try:
        return affected_parts.read_part(packed, f"the worker {get_worker().address} ({node()})")
    except GeotoolError as refusal:
        return refusal


def _collect(
    client: "Client", asked: Sequence["Future"], step: Step | None
) -> list[Answered | None]:
    """Return all answers in their order; of several refusals the first is raised."""
    found: dict[str, _Answer] = {}
    waiting = set(asked)
    while waiting:
        done = dask_workers.wait_for_some(client, waiting)
        waiting -= done
        found |= {future.key: future.result() for future in done}
        _tell(step, len(found), len(asked))
    answers = []
    for future in asked:
        answer = found[future.key]
        if isinstance(answer, GeotoolError):
            raise answer
        answers.append(answer)
    return answers


def _tell(step: Step | None, done: int, total: int) -> None:
    if step is not None:
        step("parts", done, total)
