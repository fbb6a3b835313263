"""A planner's project: the frozen content of its ``geotool.toml``, checked as a whole.

Keys of the file (:func:`project_keys` lists them for ``init`` and the documentation):

``project.name``
    Short name of the project, used in file names and titles. Required.
``project.title``
    Title shown on maps and reports; the name when absent.
``project.crs``
    Coordinate system of all results: ``EPSG:9209`` or ``VN-2000 105-30``. Required; a
    projected metric system.
``project.language``
    Language shown first: vi (default) or en.
``project.rules``
    Names of the rule files the project relies on and the manifest cites; all when absent.
``project.sample``
    true for synthetic data; every output then says so.
``project.cut_off_date``
    Date after which nothing may be built, as 2021-06-30; what is dated later is a finding.
``project.source``
    Where the data come from, printed on maps and reports.
``layers.<layer>``
    One line a layer: ``parcels = "layers/parcels.gpkg"`` or ``"layers/all.gpkg#parcels"``,
    relative to the project folder, or a table of a database,
    ``"postgresql://user@host/database#public.parcels"`` (its password belongs into
    ``~/.pgpass`` or PGPASSWORD). Layer names in singular or plural.
``corridor.left_m``
    Width of the right of way to the left of the alignment, in metres; only without a
    right_of_way layer.
``corridor.right_m``
    Width to the right of the alignment, in metres.
``graves.margin_m``
    Also count graves within this distance of the right of way, in metres.
``maps.recipes``
    Names of the maps that ``run`` draws.
``maps.profile``
    Who may see the outputs: public (default), committee or internal.
``maps.recipient``
    Who receives the outputs of the profile internal; `--recipient` overrides it.
``report.on``
    Date of the figures, as 2024-12-31; ``--on`` overrides it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, get_args

from geotool import addresses, resources, rules
from geotool.errors import CrsError, DataError, ProjectError, SchemaError, UsageError
from geotool.labels import LANGUAGES
from geotool.records import Problem, Visibility, layer_names, make_problem
from geotool.schema import canonical_layer_name

FILE_NAME = "geotool.toml"

_CRS_REMEDY = (
    'Name the zone of your province, such as crs = "EPSG:9209", "VN-2000 105-30" or "Ha Tinh".'
)

KEYS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "project": (
            "name",
            "title",
            "crs",
            "language",
            "rules",
            "sample",
            "cut_off_date",
            "source",
        ),
        "corridor": ("left_m", "right_m"),
        "graves": ("margin_m",),
        "maps": ("recipes", "profile", "recipient"),
        "report": ("on",),
    }
)


@dataclass(frozen=True)
class LayerRef:
    """Where a layer of a project lies: a file and, in files of many layers, its layer.

    ``path`` is the address of the database, perhaps with a password, where it lies in one.
    """

    name: str
    path: Path | str
    sublayer: str | None


@dataclass(frozen=True)
class CorridorChoice:
    """Constant widths of the right of way to both sides of the alignment, in metres."""

    left_m: float
    right_m: float


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


def project_keys() -> tuple[tuple[str, str], ...]:
    """Return every key of ``geotool.toml`` with its meaning, in the order of the file."""
    text = (__doc__ or "").partition("\n\n")[2]
    entries = re.findall(r"^``([\w.<>]+)``\n((?:    .+\n?)+)", text, flags=re.MULTILINE)
    return tuple((key, " ".join(meaning.split()).replace("``", "`")) for key, meaning in entries)


def load_project(folder: Path) -> Project:
    """Return the project in a folder.

    Parameters
    ----------
    folder
        The folder with ``geotool.toml``.

    Raises
    ------
    ProjectError
        Listing everything wrong at once: unknown tables, keys, layers, rules and recipes,
        missing files, values that do not fit, a system that is not projected.
    """
    project, found = inspect_project(folder)
    problems = [problem for problem in found if problem.severity == "error"]
    if problems:
        numbered = len(problems) > 1
        listed = " ".join(
            f"({number}) {problem.message}" if numbered else problem.message
            for number, problem in enumerate(problems, 1)
        )
        path = folder / FILE_NAME
        raise ProjectError(
            f"{path}: {listed}",
            remedy=f"Correct {FILE_NAME} and run again.",
            problems=problems,
            headline=f"{path}: {len(problems)} problems." if numbered else "",
        )
    return project


def inspect_project(folder: Path) -> tuple[Project, tuple[Problem, ...]]:
    """Return the project in a folder as far as it can be read, and everything wrong with it.

    Layers that cannot be found are left out; ``crs`` is empty when it is missing. Notices are
    among the problems.

    Raises
    ------
    ProjectError
        When there is no ``geotool.toml``, or it is no TOML.
    """
    path = folder / FILE_NAME
    if not path.is_file():
        raise ProjectError(
            f"There is no {FILE_NAME} in {folder}.",
            remedy="Name the project's folder with --project, or make one with `geotool init`.",
        )
    reader = _Reader(folder, _parse(path))
    project = reader.project()
    notices = tuple(problem for problem in reader.problems if problem.severity != "error")
    return replace(project, notices=notices), tuple(reader.problems)


def _parse(path: Path) -> dict[str, Any]:
    try:
        return resources.parse_toml_file(path)
    except DataError as error:
        slashes = " Write folders with / in paths." if "\\" in error.message else ""
        raise ProjectError(error.message, remedy=f"{error.remedy}{slashes}") from error


class _Reader:
    """Reads one parsed ``geotool.toml`` and collects what is wrong with it."""

    def __init__(self, root: Path, content: dict[str, Any]) -> None:
        self.root = root
        self.problems: list[Problem] = []
        self.tables = self._tables(content)

    def project(self) -> Project:
        """Return the project; meaningful only when no problems were found."""
        name = self._text("project", "name", required=True)
        layers = self._layers()
        corridor = self._corridor()
        if corridor is not None and "right_of_way" in layers:
            self._wrong(
                "corridor",
                "There is a right_of_way layer and a table [corridor]: which of them holds "
                "is unclear; remove one.",
            )
        profile = self._choice("maps", "profile", get_args(Visibility), "public")
        return Project(
            root=self.root,
            name=name,
            title=self._text("project", "title") or name,
            crs=self._crs(),
            language=self._choice("project", "language", LANGUAGES, LANGUAGES[0]),
            layers=MappingProxyType(layers),
            corridor=corridor,
            margin_m=self._metres("graves", "margin_m"),
            rules=self._names("project", "rules", rules.list_rules(self.root)),
            recipes=self._names(
                "maps",
                "recipes",
                resources.list_names("maps", "recipes", ".toml", project_dir=self.root),
            ),
            profile=profile,
            recipient=self._text("maps", "recipient"),
            on=self._date("report", "on"),
            sample=self._flag("project", "sample"),
            source_note=self._text("project", "source"),
            cut_off_date=self._date("project", "cut_off_date"),
        )

    def _tables(self, content: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        known = {**KEYS, "layers": ()}
        tables: dict[str, dict[str, Any]] = {}
        for name, table in content.items():
            if name not in known or not isinstance(table, dict):
                self._wrong(name, f"Unknown table or key {name}; known: {', '.join(known)}.")
                continue
            tables[name] = table
            for key in table if name != "layers" else ():
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

    def _layer(self, name: str, written: str, target: object) -> LayerRef | None:
        place = f"layers.{written}"
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

    def _corridor(self) -> CorridorChoice | None:
        if "corridor" not in self.tables:
            return None
        left, right = (self._metres("corridor", key) for key in ("left_m", "right_m"))
        if left is None or right is None:
            self._wrong("corridor", "[corridor] needs left_m and right_m, numbers in metres.")
            return None
        if left + right <= 0:
            self._wrong("corridor", "[corridor] left_m and right_m are both 0.")
        return CorridorChoice(left, right)

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

    def _flag(self, table: str, key: str) -> bool:
        value = self.tables.get(table, {}).get(key, False)
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
