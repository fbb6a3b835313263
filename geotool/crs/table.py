"""The named systems of ``layers/crs.toml`` and the one way names are compared."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from geotool import resources


@dataclass(frozen=True)
class CrsChoice:
    """One system a Vietnamese layer can be in.

    ``provinces`` are the provinces before 1 July 2025 whose files use it, ``provinces_2025``
    those that have used it since.
    """

    code: str
    name: str
    central_meridian_deg: float | None
    provinces: tuple[str, ...] = ()
    provinces_2025: tuple[str, ...] = ()


WGS84_CHOICE = CrsChoice("EPSG:4326", "WGS 84", None)


@dataclass(frozen=True)
class CrsTable:
    """``layers/crs.toml``, its names folded."""

    choices: tuple[CrsChoice, ...]
    kinds: Mapping[str, str]
    codes_by_name: Mapping[str, str]
    aliases: Mapping[str, str]
    merged: Mapping[str, frozenset[str]]
    words: Mapping[str, tuple[str, ...]]
    ranges: Mapping[str, Mapping[str, tuple[float, float]]]
    areas: Mapping[str, tuple[float, float, float, float]]
    limits: Mapping[str, Any]
    pinned: Mapping[str, Any]


@lru_cache(maxsize=1)
def load_table() -> CrsTable:
    """Return the built-in table; it is read once."""
    data = resources.load_toml("layers", "crs.toml")
    systems, words = data["system"], data["words"]
    return CrsTable(
        choices=tuple(
            CrsChoice(
                row["code"],
                row["name"],
                _dms(row["central_meridian"]) if "central_meridian" in row else None,
                tuple(row.get("provinces", ())),
                tuple(row.get("provinces_2025", ())),
            )
            for row in systems
        ),
        kinds={row["code"]: row["kind"] for row in systems},
        codes_by_name={
            fold(name): row["code"]
            for row in systems
            for name in (row["name"], *row.get("other_names", ()))
        },
        aliases={fold(name): fold(meant) for name, meant in words["province_aliases"].items()},
        merged={fold(new): frozenset(map(fold, old)) for new, old in data["merged"].items()},
        words={
            name: tuple(sorted(map(fold, words[name]), key=len, reverse=True))
            for name in (
                "datum_names",
                "datum_unknown",
                "ignored_beside_meridian",
                "ignored_beside_province",
            )
        },
        ranges=data["ranges"],
        areas={row["code"]: tuple(row["area_2025"]) for row in systems if "area_2025" in row},
        limits=data["search"],
        pinned=data["transformation"],
    )


def _dms(text: str) -> float:
    degrees, _, minutes = text.partition("-")
    return int(degrees) + int(minutes or 0) / 60


def fold(text: str) -> str:
    """Return a name without accents, case, spaces and signs."""
    plain = unicodedata.normalize("NFD", text.casefold()).replace("đ", "d")
    return "".join(letter for letter in plain if letter.isascii() and letter.isalnum())
