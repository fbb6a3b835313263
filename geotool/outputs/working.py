"""Hidden folders beside outputs, in which files are made; they go with all that is in them.

A folder holds a file that its process keeps locked. The system frees that lock however the
process ends, so a folder whose lock is free was left behind, and the next writer removes it.
"""

import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from geotool.errors import OutputError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_PREFIX = ".geotool-"
_LOCK = "lock"


@contextmanager
def working_folder(path: Path) -> Iterator[Path]:
    """Yield an empty hidden folder beside an output; it goes with all that is in it.

    Folders that a process of this computer left behind there go before.

    Raises
    ------
    OutputError
        When it cannot be made.
    """
    remove_abandoned(path.parent)
    try:
        folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=path.parent))
        made = folder / "made"
        made.mkdir()
        lock = (folder / _LOCK).open("w+b")
    except OSError as error:
        raise OutputError(
            f"{path}: nothing can be written in {path.parent} ({error.strerror or error}).",
            remedy="Choose another folder, or ask for the right to write there.",
        ) from error
    try:
        with lock:
            _hold(lock)
            yield made
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Tell failures of the system while an output is written as what they are.

    Raises
    ------
    OutputError
        When the block fails for lack of room or rights.
    """
    try:
        yield
    except OutputError:
        raise
    except PermissionError as error:
        raise locked_error(path) from error
    except OSError as error:
        raise OutputError(
            f"{path}: cannot be written ({error.strerror or error}).",
            remedy="Check the free space and the right to write there.",
        ) from error


def locked_error(path: Path) -> OutputError:
    """Return the error for a file that another program holds."""
    return OutputError(
        f"{path}: it cannot be replaced; another program holds it or it is write-protected.",
        remedy="Close it in Excel or QGIS and run again, or choose another name.",
    )


def remove_abandoned(parent: Path) -> None:
    """Remove the working folders in a folder whose processes, of this computer, have ended."""
    for folder in parent.glob(f"{_PREFIX}*"):
        if _is_abandoned(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _is_abandoned(folder: Path) -> bool:
    """Return whether a folder's lock was taken once on this computer, and is free."""
    try:
        with (folder / _LOCK).open("r+b") as lock:
            _lock(lock)
            return lock.read() == _computer()
    except OSError:
        return False


def _hold(lock: IO[bytes]) -> None:
    """Lock a new file; what it says is written under the lock, so that none reads it before."""
    with suppress(OSError):  # a drive without locks: nothing is written, it is never abandoned
        _lock(lock)
        lock.write(_computer())
        lock.flush()


def _lock(file: IO[bytes]) -> None:
    """Lock the first byte of a file at its start until it is closed; OSError when it is held."""
    if sys.platform == "win32":
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _computer() -> bytes:
    return socket.gethostname().encode("utf-8")
