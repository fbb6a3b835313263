"""Words of tables: what the name of a column means, and which rows are no records.

The words live in ``layers/aliases.vi.toml`` and ``layers/tables.vi.toml``.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from geotool import resources, schema, unit_names
from geotool.aliases import coordinate_names, known_names, name_forms
from geotool.records import LayerSchema
from geotool.schema import normalise_name
from geotool.sources.records import ReadOptions

_FILE = "tables.vi.toml"
_NUMERAL = r"[ivxlc]+|\d+"
_BOTH = re.compile(r"(?:so_)?(?:hieu_)?(?:to|thua)(?:_[a-z]+)*_(?:to|thua)(?:_[a-z]+)*")
GROUP_NUMBER = r"\s*(?:[IVXLC]+|[A-ZĐ])\s*[.)]?\s*$"
"""How the number of a group of rows is written, from its beginning: ``II``, ``A.``."""


@dataclass(frozen=True)
class Vocabulary:
    """What words mean in a table read as one layer, or as any layer where that is open.

    ``columns`` is normalised name -> canonical column, ``places`` normalised name -> lon, x,
    ...; ``kinds`` kind of column (number, person, sheet, parcel, place, left, right) -> names.
    """

    columns: Mapping[str, str]
    places: Mapping[str, str]
    kinds: Mapping[str, frozenset[str]]
    totals: re.Pattern[str]
    closing: tuple[str, ...]
    communes: tuple[str, ...]
    grand: tuple[str, ...]
    ditto: frozenset[str]
    blank: frozenset[str]
    continued: tuple[str, ...] = ()
    planned: Mapping[str, str] = field(default_factory=dict)
    project_dir: Path | None = None

    def canonical(self, name: str) -> str | None:
        """Return the canonical column a name means, None when it is none."""
        if name in self.planned:
            return self.planned[name]
        return self._first(name, self.columns)

    def place(self, name: str) -> str | None:
        """Return which coordinate a name means: lon, lat, x, y, easting, northing, wkt."""
        return self._first(name, self.places)

    def is_kind(self, name: str, kind: str) -> bool:
        """Return whether a name is one of a kind: number, person, sheet, parcel, place."""
        known = self.kinds.get(kind, frozenset())
        return any(form in known for form in name_forms(name, project_dir=self.project_dir))

    def meaning(self, name: str) -> str | None:
        """Return anything a name means, None for a name that is not known at all."""
        found = self.canonical(name) or self.place(name)
        if found is not None:
            return found
        if _BOTH.fullmatch(normalise_name(name)) and re.search(r"[/,;–-]|\bvà\b", name):
            return "(sheet and parcel)"
        kinds = ("number", "sheet", "parcel", "place", "person")
        return next((f"({kind})" for kind in kinds if self.is_kind(name, kind)), None)

    def is_total(self, text: str) -> bool:
        """Return whether a cell says that its row sums others."""
        return self.totals.fullmatch(text.strip()) is not None

    def is_grand(self, text: str) -> bool:
        """Return whether a total is of everything before it, by its words."""
        plain = text.strip().casefold().rstrip(" :.")
        return plain in self.grand or plain.startswith("tổng cộng toàn")

    def is_closing(self, text: str) -> bool:
        """Return whether a cell belongs to the signatures and notes under a table."""
        plain = text.strip().casefold()
        return (
            plain.startswith(self.closing) or re.search(r"\bngày .*tháng .*năm", plain) is not None
        )

    def is_commune(self, text: str) -> bool:
        """Return whether a text names a commune as tables do: ``Xã Kỳ Phong``."""
        words = text.strip().casefold().split()
        return len(words) > 1 and " ".join(words).startswith(self.communes)

    def _first(self, name: str, known: Mapping[str, str]) -> str | None:
        forms = name_forms(name, project_dir=self.project_dir)
        return next((known[form] for form in forms if form in known), None)


def is_group_number(text: str) -> bool:
    """Return whether a text numbers a group of rows: ``II``, ``A.``."""
    return re.match(GROUP_NUMBER, text) is not None


def load_vocabulary(layer: LayerSchema | None, options: ReadOptions) -> Vocabulary:
    """Return the words of tables for a layer; of all layers together where it is None."""
    words = resources.load_toml("layers", _FILE, project_dir=options.project_dir)
    rows = words["rows"]
    return Vocabulary(
        columns=_column_names(layer, options.project_dir),
        places=coordinate_names(project_dir=options.project_dir),
        kinds={
            kind: frozenset(normalise_name(name) for name in names) - {""}
            for kind, names in words["columns"].items()
        },
        totals=_total_pattern(rows),
        closing=tuple(text.casefold() for text in rows["closing"]),
        communes=tuple(f"{text.casefold()} " for text in rows["commune"]),
        grand=tuple(text.casefold() for text in rows["grand"]),
        ditto=frozenset(_cases(words["cells"]["ditto"])),
        blank=frozenset(words["cells"].get("blank", ())),
        continued=tuple(words["continued"].get(layer.name, ())) if layer is not None else (),
        planned={} if options.plan is None else {v: k for k, v in options.plan.columns.items()},
        project_dir=options.project_dir,
    )


def table_unit(text: str, *, project_dir: Path | None = None) -> str | None:
    """Return the unit that a line above a table states for it: ``ĐVT: triệu đồng``."""
    label = re.match(r"\(?\s*(?:đơn vị tính|đơn vị|đvt)\s*[:.]\s*(.+?)\s*\)?$", text.strip(), re.I)
    if label is None or unit_names.find_unit(label[1], project_dir=project_dir) is None:
        return None
    return label[1]


def _column_names(layer: LayerSchema | None, project_dir: Path | None) -> dict[str, str]:
    """Return the known names of the columns of a layer, of every layer where it is open."""
    if layer is not None:
        return known_names(layer, project_dir=project_dir)
    names = schema.layer_names(project_dir=project_dir)
    layers = [schema.load_schema(name, project_dir=project_dir) for name in names]
    return {k: v for one in layers for k, v in known_names(one, project_dir=project_dir).items()}


def _total_pattern(rows: Mapping[str, list[str]]) -> re.Pattern[str]:
    def either(texts: Iterable[str]) -> str:
        return "|".join(re.escape(text) for text in sorted(texts, key=len, reverse=True))

    words, tails, bare = (either(rows[key]) for key in ("total", "total_tails", "total_bare"))
    tail = rf"\s*(?:[:.(].*|[-–]\s.*)|\s+(?:{tails}|{_NUMERAL})(?:[\s:.(].*)?|\s*"
    return re.compile(rf"(?:{words})(?:{tail})|(?:{bare})\s*[:.]?|tổng cộng\b.*", re.I | re.S)


def _cases(texts: Iterable[str]) -> Iterable[str]:
    for text in texts:
        yield from (text, text.upper(), text.capitalize(), text.title())
