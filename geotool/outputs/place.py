"""Where a file is made, and how it takes its place: whole or not at all."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from geotool.errors import OutputError, OutputExistsError
from geotool.outputs.working import locked_error, working_folder, writing

STDOUT = "-"

_COMPANIONS = {
    ".shp": (".shx", ".dbf", ".prj", ".cpg", ".qix", ".sbn", ".sbx"),
    ".tab": (".dat", ".map", ".id", ".ind"),
    ".mif": (".mid",),
}
_SQLITE_PARTS = ("-wal", "-shm", "-journal")


def write_text(path: Path | str, text: str, *, overwrite: bool = False) -> None:
    """Write UTF-8 text as it is, without BOM; ``-`` is standard output."""
    write_bytes(path, text.encode("utf-8"), overwrite=overwrite)


def write_bytes(path: Path | str, data: bytes, *, overwrite: bool = False) -> None:
    """Write bytes; ``-`` is standard output."""
    if str(path) == STDOUT:
        write_stdout(data)
        return
    with atomic_path(Path(path), overwrite=overwrite) as temporary:
        temporary.write_bytes(data)


def make_folder(path: Path) -> Path:
    """Make a folder and its parents where they are missing, and return it.

    Raises
    ------
    OutputError
        When a file is in the way, or the folder cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"{path}: the folder cannot be made ({error.strerror or error}).",
            remedy="Choose another place, or ask for the right to write there.",
        ) from error
    return path


def check_writable(path: Path | str, *, overwrite: bool) -> None:
    """Refuse an output early, before anything is computed.

    Raises
    ------
    OutputExistsError
        When it exists and ``overwrite`` is False.
    OutputError
        When its folder is missing, it is a folder, or another program holds it.
    """
    if str(path) == STDOUT:
        return
    target = Path(path)
    require_place(target)
    if target.is_dir():
        raise OutputError(f"{target}: this is a folder.", remedy="Name a file in it.")
    if not target.exists():
        return
    if not overwrite:
        raise OutputExistsError(
            f"{target}: it exists already.", remedy="Give --overwrite, or another name."
        )
    try:
        with target.open("r+b"):
            pass
    except OSError as error:
        raise locked_error(target) from error


def require_place(target: Path) -> None:
    """Refuse an output in a folder that is not there.

    Raises
    ------
    OutputError
        When the folder is missing, or the system cannot hold the name, as one of 300 letters.
    """
    try:
        target.lstat()
    except (FileNotFoundError, NotADirectoryError):
        pass
    except OSError as error:
        raise OutputError(
            f"{str(target)[:80]}: cannot be written ({error.strerror or error}).",
            remedy="Choose another name.",
        ) from error
    if not target.parent.is_dir():
        raise OutputError(
            f"{target}: the folder {target.parent} does not exist.", remedy="Make it first."
        )


@contextmanager
def atomic_path(path: Path, *, overwrite: bool, within: Path | None = None) -> Iterator[Path]:
    """Yield a temporary path; its file moves to ``path`` when the block succeeds.

    The temporary path has the same name in a hidden folder beside the target, or in the
    folder ``within`` on the same drive. Whatever happens inside, the target is either the old
    file or the whole new one.

    Raises
    ------
    OutputError, OutputExistsError
        As :func:`check_writable`, and when the file cannot be written or moved.
    """
    check_writable(path, overwrite=overwrite)
    room = working_folder(path) if within is None else nullcontext(make_folder(within / "made"))
    with room as folder, writing(path):
        yield folder / path.name
        _move(folder, path)


def write_stdout(data: bytes) -> None:
    """Write bytes to standard output, after any text written before."""
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def _move(folder: Path, path: Path) -> None:
    made = sorted(folder.iterdir(), key=lambda item: item.name == path.name)
    if path.name not in {item.name for item in made}:
        raise OutputError(f"{path}: nothing was written.", remedy="Try again.")
    for item in made:
        item.replace(path.parent / item.name)
    for stale in _stale_parts(path, {item.name for item in made}):
        stale.unlink()


def _stale_parts(path: Path, made: set[str]) -> list[Path]:
    """Return companions of the replaced file that would be read with the new one."""
    suffix = path.suffix.lower()
    parts = [path.with_suffix(part) for part in _COMPANIONS.get(suffix, ())]
    if suffix == ".gpkg":
        parts = [path.with_name(path.name + part) for part in _SQLITE_PARTS]
    return [part for part in parts if part.name not in made and part.is_file()]
