"""A folder of GeoParquet files that are one layer: which files, how many rows, where.

``_geotool.json`` lists the parts in the order of their rows. A folder that holds nothing but
Parquet files is read as parts in the order of their names, numbers by their value.
"""

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geotool.errors import ReadError
from geotool.sources.columnar import Bounds, flat_bounds

LIST_NAME = "_geotool.json"
FORMAT = "geotool-partitions/1"
SUFFIXES = frozenset({".parquet", ".geoparquet"})
REMEDY = "Write the folder again with convert --partitions."
"""What to do about a folder whose parts do not fit together."""

_ASIDE = (".", "_")
_NOWHERE = (math.nan, math.nan, math.nan, math.nan)


@dataclass(frozen=True)
class Part:
    """One file of the folder; ``row_count`` and ``bounds`` are None where nothing states them.

    The bounds of a part without any shape are not numbers.
    """

    path: Path
    row_count: int | None = None
    bounds: Bounds | None = None


@dataclass(frozen=True)
class Parts:
    """The files of a folder in the order of their rows.

    ``crs`` and ``columns`` are those of the list, None where it does not state them; ``columns``
    are the attributes alone.
    """

    files: tuple[Part, ...]
    listed: bool = False
    crs: str | None = None
    columns: tuple[str, ...] | None = None


def is_partitioned(folder: Path, readable: Sequence[str]) -> bool:
    """Return whether a folder is one layer in parts.

    Parameters
    ----------
    folder
        An existing folder.
    readable
        Names of everything in it that could be read as an input.
    """
    if _read_list(folder) is not None:
        return True
    only_parts = all(Path(name).suffix.lower() in SUFFIXES for name in readable)
    return only_parts and bool(_parts_by_name(folder))


def list_parts(folder: Path) -> Parts:
    """Return the parts of a folder.

    Raises
    ------
    ReadError
        When its list is damaged.
    """
    stated = _read_list(folder)
    if stated is None:
        return Parts(tuple(Part(path) for path in _parts_by_name(folder)))
    try:
        return _listed(folder, stated)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ReadError(
            f"{folder / LIST_NAME}: it is damaged ({type(error).__name__}: {error}).",
            remedy=REMEDY,
        ) from error


def files_of(folder: Path) -> list[Path]:
    """Return the files that a folder of parts consists of, its list first; none of any other."""
    if _read_list(folder) is None:
        return _parts_by_name(folder)
    return [folder / LIST_NAME, *(part.path for part in list_parts(folder).files)]


def require_count(part: Part, count: int) -> None:
    """Refuse a part of another number of rows than the list states.

    Raises
    ------
    ReadError
        When the counts differ: the numbers of all rows behind it would be wrong.
    """
    if part.row_count not in (None, count):
        raise ReadError(
            f"{part.path}: it has {count} rows, the list of its folder says {part.row_count}.",
            remedy=REMEDY,
        )


def stranger(path: Path) -> ReadError:
    """Return the error for a file that is no part of one layer with the others."""
    return ReadError(
        f"{path}: it is no part of one layer: its columns, shapes or coordinate system are not "
        "those of the other parts.",
        remedy=f"{REMEDY} Files of different layers are named one by one.",
    )


def _read_list(folder: Path) -> dict[str, Any] | None:
    """Return what the list of a folder states, None without one of this format."""
    try:
        stated = json.loads((folder / LIST_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return stated if isinstance(stated, dict) and stated.get("format") == FORMAT else None


def _listed(folder: Path, stated: dict[str, Any]) -> Parts:
    files = tuple(_part(folder, item) for item in stated["parts"])
    if not files:
        raise ValueError("it lists no parts")
    if sum(part.row_count or 0 for part in files) != stated["rows"]:
        raise ValueError("its parts do not add up to its rows")
    columns = stated.get("columns")
    return Parts(files, True, stated.get("crs"), columns and tuple(map(str, columns)))


def _part(folder: Path, item: dict[str, Any]) -> Part:
    name = str(item["path"])
    if Path(name).name != name or "\\" in name:
        raise ValueError(f"'{name}' is not a file of the folder")
    return Part(folder / name, int(item["rows"]), flat_bounds(item["bbox"]) or _NOWHERE)


def _parts_by_name(folder: Path) -> list[Path]:
    found = [
        item
        for item in folder.iterdir()
        if item.suffix.lower() in SUFFIXES and not item.name.startswith(_ASIDE) and item.is_file()
    ]
    return sorted(found, key=lambda item: _natural(item.name))


def _natural(name: str) -> list[tuple[int, str]]:
    """Return a key that sorts ``part.10`` behind ``part.9``."""
    pieces = re.split(r"(\d+)", name)
    return [(int(piece), "") if piece.isdigit() else (0, piece) for piece in pieces]
