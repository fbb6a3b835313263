"""Find and open the data rooms ``layers/`` and ``maps/``; the only opener of their files.

The rooms lie inside the package when geotool is installed from a wheel and beside it in a
checkout or an editable install. A user's project may define a file of the same relative
name (``layers/rules/graves.toml``): the project's own file then wins.
"""

import tomllib
from pathlib import Path
from typing import Any, Literal

from geotool.errors import DataError, ReadError

Room = Literal["layers", "maps"]

_PACKAGE_DIR = Path(__file__).resolve().parent


def room_dir(room: Room) -> Path:
    """Return the folder of a built-in data room.

    Raises
    ------
    ReadError
        When neither the installed nor the checkout folder exists.
    """
    for candidate in (_PACKAGE_DIR / room, _PACKAGE_DIR.parent / room):
        if (candidate / "README.md").is_file():
            return candidate
    raise ReadError(
        f"geotool's own folder '{room}' is missing beside {_PACKAGE_DIR}.",
        remedy="Install geotool again.",
    )


def find(room: Room, relative: str, *, project_dir: Path | None = None) -> Path:
    """Return the path of one data file, the project's own before the built-in one.

    Raises
    ------
    DataError
        When no such file exists; the message lists those that do.
    """
    for base in _candidates(room, project_dir):
        path = base / relative
        if path.is_file():
            return path
    folder, _, name = relative.rpartition("/")
    known = ", ".join(list_names(room, folder, Path(name).suffix, project_dir=project_dir))
    raise DataError(
        f"There is no '{name}' in {room}/{folder}.",
        remedy=f"Known: {known}." if known else "",
    )


def list_names(
    room: Room, folder: str, suffix: str, *, project_dir: Path | None = None
) -> list[str]:
    """Return the sorted stems of the files with ``suffix`` in a folder of a room."""
    names: set[str] = set()
    for base in _candidates(room, project_dir):
        names.update(path.stem for path in (base / folder).glob(f"*{suffix}") if path.is_file())
    return sorted(names)


def load_toml(room: Room, relative: str, *, project_dir: Path | None = None) -> dict[str, Any]:
    """Return a TOML file of a data room as a dictionary."""
    return parse_toml_file(find(room, relative, project_dir=project_dir))


def read_text(room: Room, relative: str, *, project_dir: Path | None = None) -> str:
    """Return a text file of a data room."""
    return find(room, relative, project_dir=project_dir).read_text(encoding="utf-8")


def parse_toml_file(path: Path) -> dict[str, Any]:
    """Return any TOML file as a dictionary.

    Raises
    ------
    DataError
        When the file is not UTF-8 or not TOML; names the file and the place.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except tomllib.TOMLDecodeError as error:
        raise DataError(
            f"{path}: not valid TOML: {error}.", remedy="Correct that line and run again."
        ) from error
    except RecursionError as error:
        raise DataError(
            f"{path}: nested too deep to be read as TOML.", remedy="Write it with fewer brackets."
        ) from error
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path}: not UTF-8 text.", remedy="Save the file as UTF-8 and run again."
        ) from error


def _candidates(room: Room, project_dir: Path | None) -> list[Path]:
    own = [project_dir / room] if project_dir is not None else []
    return [*own, room_dir(room)]
