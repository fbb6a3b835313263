"""Workers of dask.distributed: reached at a scheduler, or started on this machine."""

import asyncio
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from geotool import rules
from geotool.errors import ReadError, UsageError

if TYPE_CHECKING:
    from distributed import Client, Future

_SCHEME = "tcp"
_SAME_EVERYWHERE = ("geotool-vn", "shapely")
_NO_ANSWER = (OSError, ValueError, TypeError, LookupError, MemoryError, RuntimeError)
"""What another program, or none, at an address makes of a question for a scheduler."""


def require_dask() -> None:
    """Refuse to go on without the library.

    Raises
    ------
    UsageError
        When it is not installed.
    """
    try:
        import_module("distributed")
    except ImportError as error:
        raise UsageError(
            "The engine dask needs dask.distributed, which is not installed.",
            remedy='Install it: pip install "geotool-vn[dask]"',
        ) from error


@contextmanager
def connect(scheduler: str | None, *, most: int) -> Iterator["Client"]:
    """Connect to workers that can measure; those of this machine end with it.

    Parameters
    ----------
    scheduler
        Address of a running scheduler, ``tcp://host:port``; None starts worker processes of
        one thread here, one a processor.
    most
        How many workers can have something to do.

    Raises
    ------
    UsageError
        When the address is none, or the workers have other versions of geotool.
    ReadError
        When no scheduler answers, or it has no workers.
    """
    from distributed import Client
    from distributed.utils import silence_logging_cmgr

    if scheduler is None:
        with _own_workers(most) as client:
            yield client
        return
    address = _address(scheduler)
    _require_scheduler(address)
    seconds = _limit("connect_timeout_s")
    with silence_logging_cmgr(logging.CRITICAL), Client(address, timeout=seconds) as client:
        _require_workers(client, address)
        _require_versions(client.get_versions(packages=_SAME_EVERYWHERE))
        yield client


def wait_for_some(client: "Client", waiting: set["Future"]) -> set["Future"]:
    """Return futures that are done, at least one; not waiting for workers that are gone.

    Raises
    ------
    ReadError
        When no worker is left.
    OSError, CancelledError
        When the scheduler is gone.
    """
    from distributed import wait

    while True:
        try:
            done: set[Future] = wait(
                waiting, timeout=_limit("look_every_s"), return_when="FIRST_COMPLETED"
            ).done
        except TimeoutError:
            if not client.nthreads():
                raise _without_workers(client.scheduler.address) from None
        else:
            return done


def lost(client: "Client") -> ReadError:
    """Return the error for a scheduler that does not answer any more."""
    return ReadError(
        f"{client.scheduler.address}: the scheduler was lost while the parts were measured.",
        remedy="Start it again, then measure again: nothing was written.",
    )


def _limit(name: str) -> float:
    return rules.read_number(rules.load_rule("engines"), "dask", name)


@contextmanager
def _own_workers(most: int) -> Iterator["Client"]:
    from dask.system import CPU_COUNT
    from distributed import Client, LocalCluster

    with (
        LocalCluster(
            n_workers=min(most, CPU_COUNT),
            threads_per_worker=1,
            processes=True,
            dashboard_address="127.0.0.1:0",
            silence_logs=logging.CRITICAL,
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


def _address(scheduler: str) -> str:
    """Return an address with its scheme."""
    whole = scheduler if "://" in scheduler else f"{_SCHEME}://{scheduler}"
    try:
        parts = urlsplit(whole)
        is_complete = parts.scheme == _SCHEME and bool(parts.hostname) and bool(parts.port)
    except ValueError:
        is_complete = False
    if not is_complete:
        raise UsageError(
            f"--scheduler {scheduler} is not the address of a scheduler.",
            remedy="Give it as tcp://host:port, as 'dask scheduler' prints it.",
        )
    return whole


def _require_scheduler(address: str) -> None:
    """Refuse an address where nothing, or something else, answers."""
    seconds = _limit("connect_timeout_s")
    try:
        kind = asyncio.run(asyncio.wait_for(_kind_at(address), seconds))
    except _NO_ANSWER as error:
        silent = isinstance(error, OSError)
        reason = f"no answer in {seconds:g} s" if silent else "something else answers"
        raise ReadError(
            f"{address}: there is no scheduler of dask ({reason}).",
            remedy="Start one with 'dask scheduler', and check host, port and firewall.",
        ) from error
    if kind != "Scheduler":
        raise ReadError(
            f"{address}: this is a {kind.lower()} of dask, not the scheduler.",
            remedy="Give the address that 'dask scheduler' prints.",
        )


async def _kind_at(address: str) -> str:
    from distributed import rpc

    async with rpc(address, timeout=_limit("connect_timeout_s")) as asked:
        identity: Mapping[str, Any] = await asked.identity()
    return str(identity["type"])


def _require_workers(client: "Client", address: str) -> None:
    try:
        client.wait_for_workers(1, timeout=_limit("workers_timeout_s"))
    except TimeoutError as error:
        raise _without_workers(address) from error


def _without_workers(address: str) -> ReadError:
    return ReadError(
        f"{address}: the scheduler has no workers.",
        remedy=f"Start some: dask worker {address}",
    )


def _require_versions(versions: Mapping[str, Any]) -> None:
    """Refuse workers that would measure with another version of what decides the numbers."""
    own = versions["client"]["packages"]
    for worker, told in sorted(versions["workers"].items()):
        for name in _SAME_EVERYWHERE:
            there = told["packages"].get(name)
            if there != own.get(name):
                raise UsageError(
                    f"The worker {worker} has {name} {there or 'not installed'}, this machine "
                    f"{own.get(name) or 'not installed'}.",
                    remedy="Install the same version of geotool on every machine.",
                )
