"""Units as tables write them: ``Diện tích (ha)``, ``DT_ha``, ``Số tiền, triệu đồng``.

The spellings and factors live in ``layers/units.toml``; a project's own file replaces it.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any

from geotool import resources
from geotool.errors import DataError

_FILE = "units.toml"
_BRACKETS = re.compile(r"[\s_]*[(\[{]([^()\[\]{}]*)[)\]}]")
_LABEL = re.compile(r"^(?:đơn vị tính|đơn vị|đvt|đv|unit|don vi tinh|don vi|dvt)\s*[:.]?\s*", re.I)
_LAST_WORD = re.compile(r"^(.*)[\s_]+([^\s_]+)$")
_SUFFIXES = frozenset({"m2", "ha", "km", "m", "kv", "km2", "vnd", "m^2"})


@dataclass(frozen=True)
class Unit:
    """A unit of a table.

    ``factor`` is how many of the unit layers are kept in (m2, m, VND, kV) one of it is; None
    where it differs from place to place.
    """

    name: str
    measure: str
    factor: Decimal | None


def find_unit(text: str, *, project_dir: Path | None = None) -> Unit | None:
    """Return the unit a text names, brackets and ``ĐVT:`` before it passed over, else None."""
    plain = text.strip().strip("()[]{}").strip()
    plain = _LABEL.sub("", plain).strip()
    return _spellings(project_dir).get(_key(plain)) if plain else None


def split_unit(name: str, *, project_dir: Path | None = None) -> tuple[str, str | None]:
    """Return the name of a column without its unit, and the unit as written there.

    ``Diện tích (ha)`` gives ``Diện tích`` and ``ha``; ``DT_ha``, ``Diện tích, ha`` and
    ``Diện tích (ha) thu hồi`` likewise. A name without a unit comes back as it is, with None.
    """
    for found in _BRACKETS.finditer(name):
        if find_unit(found[1], project_dir=project_dir) is not None:
            rest = name[: found.start()] + " " + name[found.end() :]
            return " ".join(rest.split()), _LABEL.sub("", found[1].strip())
    head, comma, tail = name.rpartition(",")
    unit = find_unit(tail, project_dir=project_dir) if comma and head.strip() else None
    if unit is not None and unit.measure != "count":  # "Tờ, thửa" states no unit
        return head.strip(), tail.strip()
    last = _LAST_WORD.match(name)
    if last is not None and unicodedata.normalize("NFKC", last[2]).casefold() in _SUFFIXES:
        return last[1].rstrip("_ "), last[2]
    return name, None


def without_brackets(name: str) -> str:
    """Return a name without what stands in brackets in it."""
    return " ".join(_BRACKETS.sub(" ", name).split())


def _key(text: str) -> str:
    """Return a spelling without accents, case, blanks and dots; a superscript is its digit."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().replace("đ", "d"))
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    return re.sub(r"[\s._]+", "", plain)


def _spellings(project_dir: Path | None) -> Mapping[str, Unit]:
    if project_dir is None:
        return _builtin()
    path = resources.find("layers", _FILE, project_dir=project_dir)
    return _builtin() if path == resources.find("layers", _FILE) else _own(path)


@cache
def _builtin() -> Mapping[str, Unit]:
    return _read(resources.find("layers", _FILE))


@cache
def _own(path: Path) -> Mapping[str, Unit]:
    return _read(path)


def _read(path: Path) -> Mapping[str, Unit]:
    found: dict[str, Unit] = {}
    for name, table in resources.parse_toml_file(path).items():
        unit, names = _unit(name, table, path)
        found.update({_key(spelling): unit for spelling in names})
    return found


def _unit(name: str, table: Mapping[str, Any], path: Path) -> tuple[Unit, list[str]]:
    try:
        factor = table.get("factor")
        unit = Unit(name, str(table["measure"]), None if factor is None else Decimal(str(factor)))
        return unit, [str(text) for text in table["names"]]
    except (AttributeError, KeyError, TypeError, InvalidOperation) as error:
        raise DataError(
            f"{path}: [{name}] needs measure, names and, where it is the same everywhere, factor.",
            remedy='Write it like [ha], measure = "area", factor = "10000", names = ["ha"].',
        ) from error
