"""A whole folder of finished files takes its place, or nothing changes."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from geotool.errors import OutputError
from geotool.outputs.working import locked_error


def publish(staged: Path, folder: Path, *, last: str = "", stale: Sequence[Path] = ()) -> None:
    """Move every file below ``staged`` to the same place below ``folder``.

    Files of the same name are replaced, others stay. When one cannot be moved, everything is
    put back as it was.

    Parameters
    ----------
    staged
        Folder of finished files on the same drive.
    folder
        Where they go; made when missing.
    last
        Name of the file that is moved last: once it is there, all is.
    stale
        Files directly in ``folder`` that go when the new ones are there.

    Raises
    ------
    OutputError
        When a file cannot be moved or removed.
    """
    files = [path.relative_to(staged) for path in sorted(staged.rglob("*")) if path.is_file()]
    files.sort(key=lambda path: path.name == last)
    moved: list[Path] = []
    removed: list[Path] = []
    at = folder
    with tempfile.TemporaryDirectory(prefix=".geotool-", dir=staged.parent) as name:
        attic = Path(name)
        try:
            for file in files:
                moved.append(file)
                at = folder / file
                _swap(staged / file, folder / file, attic / file)
            for at in stale:
                at.replace(attic / at.name)
                removed.append(at)
        except OSError as error:
            for path in removed:
                (attic / path.name).replace(path)
            for file in reversed(moved):
                _put_back(staged / file, folder / file, attic / file)
            if isinstance(error, OutputError):
                raise
            raise locked_error(at) from error


def _swap(made: Path, target: Path, kept: Path) -> None:
    for path in (target, kept):
        path.parent.mkdir(parents=True, exist_ok=True)
    if target.is_dir():
        raise OutputError(f"{target}: a folder is in the way.", remedy="Move it elsewhere.")
    if target.exists():
        target.replace(kept)
    made.replace(target)


def _put_back(made: Path, target: Path, kept: Path) -> None:
    if kept.exists():
        kept.replace(target)
    elif target.is_file() and not made.exists():
        target.unlink()
