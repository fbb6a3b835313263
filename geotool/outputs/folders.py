"""A folder of finished files takes the place of an older one, or nothing changes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from geotool.errors import OutputError, OutputExistsError
from geotool.outputs.place import make_folder, require_place
from geotool.outputs.working import locked_error, writing

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
def atomic_folder(path: Path, *, overwrite: bool, is_own: IsOwn, within: Path) -> Iterator[Path]:
    """Yield an empty folder that takes the place of ``path`` when the block succeeds.

    It is made in ``within``, a folder on the same drive.

    Raises
    ------
    OutputError, OutputExistsError
        As :func:`check_folder`, and when it cannot be written or moved into place.
    """
    check_folder(path, overwrite=overwrite, is_own=is_own)
    made = make_folder(within / "made")
    with writing(path):
        yield made
        _swap(made, path, within / "replaced")


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
