"""What ``geotool.toml`` may say, and how one file of it is read: everything wrong at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, get_args

from geotool import addresses, resources, rules
from geotool.errors import CrsError, DataError, SchemaError, UsageError
from geotool.labels import LANGUAGES
from geotool.records import Problem, Visibility, layer_names, make_problem
from geotool.schema import canonical_layer_name

FILE_NAME = "geotool.toml"

_CRS_REMEDY = (
    'Name the zone of your province, such as crs = "EPSG:9209", "VN-2000 105-30" or "Ha Tinh".'
)

_BY_LAYER = ("layers", "src_crs")  # tables with a line a layer

KEYS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "project": (
            "name",
            "title",
            "title_en",
            "crs",
            "language",
            "rules",
            "sample",
            "cut_off_date",
            "source",
            "source_en",
        ),
        "corridor": ("left_m", "right_m", "widths", "stakes", "version"),
        "strips": ("road_class", "protection_included"),
        "graves": ("margin_m",),
        "maps": ("recipes", "profile", "recipient"),
        "report": ("on",),
    }
)


@dataclass(frozen=True)
class LayerRef:
    """Where a layer of a project lies: a file and, in files of many layers, its layer.

    ``path`` is the address of the database, perhaps with a password, where it lies in one;
    ``src_crs`` the coordinate system the project states for it, None for its own.
    """

    name: str
    path: Path | str
    sublayer: str | None
    src_crs: str | None = None


@dataclass(frozen=True)
class CorridorChoice:
    """How the right of way of a project is drawn.

    ``source`` is ``constant`` (left_m and right_m hold), ``widths``, ``stakes`` or
    ``right_of_way`` (the layer of that name); ``version`` is the version of the boundary that
    holds, None for the latest.
    """

    source: str
    left_m: float = 0.0
    right_m: float = 0.0
    version: str | None = None


@dataclass(frozen=True)
class StripChoice:
    """What the statutory strips along the road follow; ``road_class`` is None when unknown."""

    road_class: str | None = None
    protection_included: bool = True


@dataclass(frozen=True)
class Project:
    """Everything ``geotool.toml`` says; see the module for the keys.

    ``crs`` is the text as written, known to name a projected system; ``on`` and
    ``cut_off_date`` are ISO dates or None; ``layers`` is keyed by canonical layer name in the
    order of the file; ``rules`` are the rule files named, empty for all; ``notices`` is what
    was remarked on the file.
    """

    root: Path
    name: str
    title: str
    crs: str
    language: str
    layers: Mapping[str, LayerRef] = field(default_factory=dict)
    corridor: CorridorChoice | None = None
    strips: StripChoice = field(default_factory=StripChoice)
    margin_m: float | None = None
    rules: tuple[str, ...] = ()
    recipes: tuple[str, ...] = ()
    profile: str = "public"
    recipient: str = ""
    on: str | None = None
    sample: bool = False
    source_note: str = ""
    cut_off_date: str | None = None
    notices: tuple[Problem, ...] = ()
    title_en: str = ""
    source_note_en: str = ""

    @property
    def titles(self) -> dict[str, str]:
        """The title by language; one text stands for both where no English one is given."""
        return {"vi": self.title, "en": self.title_en or self.title}

    @property
    def source_notes(self) -> dict[str, str]:
        """Where the data come from, by language as ``titles``; empty where nothing is said."""
        if not self.source_note:
            return {}
        return {"vi": self.source_note, "en": self.source_note_en or self.source_note}

    @property
    def source_in_all(self) -> str:
        """Where the data come from, in every language, for a place that holds one text."""
        return " · ".join(dict.fromkeys(self.source_notes.values()))


class ProjectReader:
    """Reads one parsed ``geotool.toml`` and collects what is wrong with it."""

    def __init__(self, root: Path, content: dict[str, Any]) -> None:
        self.root = root
        self.problems: list[Problem] = []
        self.tables = self._tables(content)

    def project(self) -> Project:
        """Return the project; meaningful only when no problems were found."""
        name = self._text("project", "name", required=True)
        layers = self._layers()
        corridor = self._corridor(layers)
        self._state_systems(layers)
        profile = self._choice("maps", "profile", get_args(Visibility), "public")
        return Project(
            root=self.root,
            name=name,
            title=self._text("project", "title") or name,
            title_en=self._text("project", "title_en"),
            crs=self._crs(),
            language=self._choice("project", "language", LANGUAGES, LANGUAGES[0]),
            layers=MappingProxyType(layers),
            corridor=corridor,
            strips=self._strips(),
            margin_m=self._metres("graves", "margin_m"),
            rules=self._names("project", "rules", rules.list_rules(project_dir=self.root)),
            recipes=self._names(
                "maps",
                "recipes",
                resources.list_names("maps", "recipes", ".toml", project_dir=self.root),
            ),
            profile=profile,
            recipient=self._text("maps", "recipient"),
            on=self._date("report", "on"),
            sample=self._flag("project", "sample"),
            source_note=self._text("project", "source") or self._text("project", "source_en"),
            source_note_en=self._text("project", "source_en"),
            cut_off_date=self._date("project", "cut_off_date"),
        )

    def _tables(self, content: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        known = {**KEYS, **dict.fromkeys(_BY_LAYER, ())}
        tables: dict[str, dict[str, Any]] = {}
        for name, table in content.items():
            if name not in known or not isinstance(table, dict):
                self._wrong(name, f"Unknown table or key {name}; known: {', '.join(known)}.")
                continue
            tables[name] = table
            for key in table if name not in _BY_LAYER else ():
                if key not in known[name]:
                    allowed = ", ".join(known[name])
                    self._wrong(
                        f"{name}.{key}", f"Unknown key {key} in [{name}]; known: {allowed}."
                    )
        return tables

    def _layers(self) -> dict[str, LayerRef]:
        found: dict[str, LayerRef] = {}
        for written, target in self.tables.get("layers", {}).items():
            try:
                name = canonical_layer_name(written, project_dir=self.root)
            except SchemaError:
                known = ", ".join(layer_names(project_dir=self.root))
                self._wrong(f"layers.{written}", f"Unknown layer {written}; known: {known}.")
                continue
            except DataError as error:  # a schema of the project's own is wrong
                self._wrong(f"layers.{written}", str(error))
                continue
            if name in found:
                self._wrong(f"layers.{written}", f"Layer {name} is named twice.")
                continue
            ref = self._layer(name, written, target)
            if ref is not None:
                found[name] = ref
        return found

    def _layer(
        self, name: str, written: str, target: object, *, place: str = ""
    ) -> LayerRef | None:
        place = place or f"layers.{written}"
        if not isinstance(target, str) or not target.strip():
            self._wrong(place, f"Layer {written} needs a path as text.")
            return None
        if addresses.is_url(target):
            return self._database(name, place, target)
        if "://" in target:
            self._wrong(place, f"Layer {written}: {target} is an address, not a file.")
            return None
        whole = self.root / target.replace("\\", "/")
        if whole.exists():
            return LayerRef(name, whole, None)
        file_name, mark, sublayer = target.replace("\\", "/").rpartition("#")
        if mark and (self.root / file_name).exists():
            return LayerRef(name, self.root / file_name, sublayer or None)
        self._wrong(place, f"Layer {written}: there is no file {target}.", layer=name)
        return None

    def _state_systems(self, layers: dict[str, LayerRef]) -> None:
        """Fill in the coordinate systems that [src_crs] states."""
        from geotool import crs  # loads the projection library

        for written in self.tables.get("src_crs", {}):
            place, text = f"src_crs.{written}", self._text("src_crs", written, required=True)
            try:
                name = canonical_layer_name(written, project_dir=self.root)
                crs.resolve(text)
            except (SchemaError, CrsError) as error:
                self._wrong(place, f"[src_crs] {written}: {error.message}")
                continue
            if name in layers:
                layers[name] = replace(layers[name], src_crs=text)
            else:
                self._wrong(place, f"[src_crs] {written}: the project has no such layer.")

    def _database(self, name: str, place: str, target: str) -> LayerRef | None:
        """Return a table of a database; whether it exists is seen when it is read."""
        try:
            address = addresses.parse_address(target)
        except UsageError as error:
            self._wrong(place, f"Layer {name}: {error.message}", layer=name)
            return None
        if address.has_password:
            text = f"The address of layer {name} holds a password: {address.shown}."
            self.problems.append(
                make_problem("password_in_project", name, text, place=f"{FILE_NAME} {place}")
            )
        return LayerRef(name, addresses.split_table(target)[0], address.table)

    def _corridor(self, layers: dict[str, LayerRef]) -> CorridorChoice | None:
        """Return what [corridor] says, which must go together with the layers."""
        if "corridor" not in self.tables:
            return None
        choice = self._corridor_choice(layers)
        drawn = "right_of_way" in layers
        if choice is not None and choice.source == "right_of_way" and not drawn:
            self._wrong("corridor", "[corridor] version needs a right_of_way layer.")
        if choice is not None and choice.source != "right_of_way" and drawn:
            self._wrong(
                "corridor",
                "There is a right_of_way layer and a table [corridor]: which of them holds "
                "is unclear; remove one.",
            )
        return choice

    def _strips(self) -> StripChoice:
        included = self._flag("strips", "protection_included", default=True)
        return StripChoice(self._text("strips", "road_class") or None, included)

    def _corridor_choice(self, layers: dict[str, LayerRef]) -> CorridorChoice | None:
        """Return how the right of way is drawn; a table it names becomes a layer."""
        table = self.tables["corridor"]
        has_version = "version" in table
        version = self._text("corridor", "version", required=has_version) or None
        said = [key for key in ("left_m", "right_m", "widths", "stakes") if key in table]
        named = [key for key in said if key in ("widths", "stakes")]
        if has_version and not said:
            return CorridorChoice("right_of_way", version=version)
        if has_version:
            text = f"[corridor] version goes with a right_of_way layer, not with {', '.join(said)}."
            self._wrong("corridor.version", text)
        if not named:
            return self._constant_widths()
        if len(said) > 1:
            text = f"[corridor] says {', '.join(said)}: which holds is unclear; keep one."
            self._wrong("corridor", text)
        self._add_layer(named[0], table[named[0]], layers)
        return CorridorChoice(named[0])

    def _add_layer(self, name: str, target: object, layers: dict[str, LayerRef]) -> None:
        """Add a layer that [corridor] names."""
        if name in layers:
            self._wrong(f"corridor.{name}", f"Layer {name} is also in [layers]; remove one.")
        ref = self._layer(name, name, target, place=f"corridor.{name}")
        if ref is not None:
            layers[name] = ref

    def _constant_widths(self) -> CorridorChoice | None:
        left, right = (self._metres("corridor", key) for key in ("left_m", "right_m"))
        if left is None or right is None:
            self._wrong(
                "corridor",
                "[corridor] needs left_m and right_m, numbers in metres, or widths, or stakes.",
            )
            return None
        if left + right <= 0:
            self._wrong("corridor", "[corridor] left_m and right_m are both 0.")
            return None
        return CorridorChoice("constant", left, right)

    def _crs(self) -> str:
        from geotool import crs  # loads the projection library

        text = self._text("project", "crs", required=True)
        if text:
            try:
                crs.require_projected(crs.resolve(text), text)
            except CrsError as error:
                self._wrong("project.crs", f"[project] crs: {error.message} {_CRS_REMEDY}")
        return text

    def _text(self, table: str, key: str, *, required: bool = False) -> str:
        value = self.tables.get(table, {}).get(key)
        if value is None and not required:
            return ""
        if not isinstance(value, str) or (required and not value.strip()):
            what = "is missing" if value is None else "must be text"
            self._wrong(f"{table}.{key}", f"[{table}] {key} {what}.")
            return ""
        return value.strip()

    def _choice(self, table: str, key: str, allowed: tuple[str, ...], default: str) -> str:
        value = self._text(table, key) or default
        if value not in allowed:
            self._wrong(
                f"{table}.{key}", f"[{table}] {key} '{value}' is none of {', '.join(allowed)}."
            )
        return value

    def _flag(self, table: str, key: str, *, default: bool = False) -> bool:
        value = self.tables.get(table, {}).get(key, default)
        if not isinstance(value, bool):
            self._wrong(f"{table}.{key}", f"[{table}] {key} must be true or false.")
            return False
        return value

    def _metres(self, table: str, key: str) -> float | None:
        value = self.tables.get(table, {}).get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e7:
            self._wrong(f"{table}.{key}", f"[{table}] {key} must be metres, a number from 0.")
            return None
        return float(value)

    def _names(self, table: str, key: str, known: list[str]) -> tuple[str, ...]:
        value = self.tables.get(table, {}).get(key, [])
        names = [value] if isinstance(value, str) else value
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            self._wrong(f"{table}.{key}", f"[{table}] {key} must be a list of names.")
            return ()
        for name in names:
            if name not in known:
                listed = ", ".join(known) or "none"
                self._wrong(f"{table}.{key}", f"[{table}] {key}: no '{name}'; known: {listed}.")
        return tuple(dict.fromkeys(names))

    def _date(self, table: str, key: str) -> str | None:
        value = self.tables.get(table, {}).get(key)
        if value is None:
            return None
        if isinstance(value, date) and not isinstance(value, datetime):
            return value.isoformat()
        try:
            return date.fromisoformat(str(value)).isoformat()
        except ValueError:
            self._wrong(f"{table}.{key}", f"[{table}] {key} must be a date such as 2024-12-31.")
            return None

    def _wrong(self, place: str, message: str, *, layer: str = "") -> None:
        self.problems.append(
            make_problem("bad_project", layer, message, place=f"{FILE_NAME} {place}")
        )
