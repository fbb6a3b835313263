"""A folder of finished files takes the place of an older one, or nothing changes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from geotool.errors import OutputError, OutputExistsError
from geotool.outputs.place import locked_error, require_place, working_folder

IsOwn = Callable[[Path], bool]


def check_folder(path: Path, *, overwrite: bool, is_own: IsOwn) -> None:
    """Refuse a folder early that cannot be made or replaced.

    Parameters
    ----------
    path
        The folder to be made.
    overwrite
        Whether one that exists may be replaced.
    is_own
        Tells whether all that is in an existing folder was made by the same kind of writer.

    Raises
    ------
    OutputExistsError
        When it exists and ``overwrite`` is False.
    OutputError
        When its own folder is missing, a file is in the way, or it holds other files.
    """
    require_place(path)
    if not path.exists():
        return
    if not path.is_dir():
        raise OutputError(f"{path}: a file is in the way.", remedy="Name a folder that is new.")
    if not overwrite:
        raise OutputExistsError(
            f"{path}: it exists already.", remedy="Give --overwrite, or another name."
        )
    if not is_own(path):
        raise OutputError(
            f"{path}: the folder holds other files, and would be replaced whole.",
            remedy="Name a folder that is new, or move these files elsewhere.",
        )


@contextmanager
def atomic_folder(path: Path, *, overwrite: bool, is_own: IsOwn) -> Iterator[Path]:
    """Yield an empty folder that takes the place of ``path`` when the block succeeds.

    Raises
    ------
    OutputError, OutputExistsError
        As :func:`check_folder`, and when it cannot be moved into place.
    """
    check_folder(path, overwrite=overwrite, is_own=is_own)
    with working_folder(path) as work:
        made = work / "made"
        made.mkdir()
        yield made
        _swap(made, path, work / "replaced")


def _swap(made: Path, path: Path, aside: Path) -> None:
    """Move a folder into place; one that is there is set aside first, and back on failure."""
    try:
        if path.exists():
            path.rename(aside)
        made.rename(path)
    except OSError as error:
        if aside.exists():
            aside.rename(path)
        raise locked_error(path) from error
