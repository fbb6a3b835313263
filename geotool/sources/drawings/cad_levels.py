"""The CAD layers of a drawing: what each holds, and which one a geotool layer is read from."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geotool import resources, schema
from geotool.errors import DataError, ReadError, SchemaError
from geotool.records import LayerSchema
from geotool.sources.drawings.drawn import Entity, Limits, counted, units_per_metre
from geotool.sources.records import Note

_FILE = "drawing_layers.toml"
_LISTED = 20
_CLOSED, _OPEN, _AREAS, _TEXTS = "closed lines", "open lines", "areas", "texts"
_WORDS: Mapping[str, str] = {
    "polygon": _AREAS,
    "point": "points",
    "block": "blocks",
    "text": _TEXTS,
}
_FITTING: Mapping[str, frozenset[str]] = {
    "polygon": frozenset({_CLOSED, _AREAS}),
    "line": frozenset({_CLOSED, _OPEN}),
    "point": frozenset({"points", "blocks"}),
}

Bounds = tuple[float, float, float, float]


@dataclass(frozen=True)
class Level:
    """A CAD layer: how many objects of each kind it holds, and (xmin, ymin, xmax, ymax)."""

    name: str
    counts: Mapping[str, int]
    bounds: Bounds | None
    columns: tuple[str, ...]

    def fits(self, kinds: Sequence[str]) -> bool:
        """Return whether it holds objects that can become shapes of the kinds."""
        wanted: frozenset[str] = frozenset().union(*(_FITTING[kind] for kind in kinds))
        return any(self.counts.get(word) for word in wanted)

    @property
    def words(self) -> str:
        """What it holds, in words: ``3 closed lines, 4 texts``."""
        return counted(self.counts)


def summarise(entities: Sequence[Entity], limits: Limits) -> list[Level]:
    """Return the CAD layers that hold something, by name."""
    gap = limits.closing_gap_m * units_per_metre([entity.shape for entity in entities], limits)
    groups: dict[str, list[Entity]] = defaultdict(list)
    for entity in entities:
        groups[entity.level].append(entity)
    return [_level(name, groups[name], gap) for name in sorted(groups)]


def _level(name: str, entities: Sequence[Entity], gap: float) -> Level:
    lines = np.array([e.shape for e in entities if e.kind == "line"], dtype=object)
    apart = shapely.distance(shapely.get_point(lines, 0), shapely.get_point(lines, -1))
    closed = int(np.count_nonzero((apart <= gap) & (shapely.get_num_coordinates(lines) > 3)))
    counts = Counter(_WORDS[entity.kind] for entity in entities if entity.kind != "line")
    counts.update({_CLOSED: closed, _OPEN: len(lines) - closed})
    box = shapely.total_bounds(np.array([entity.shape for entity in entities], dtype=object))
    tags = dict.fromkeys(tag for entity in entities for tag in entity.attributes)
    columns = ["level", "handle"]
    columns += ["block"] if counts["blocks"] else []
    columns += [*tags]
    columns += ["text"] if counts[_TEXTS] else []
    bounds = (float(box[0]), float(box[1]), float(box[2]), float(box[3]))
    return Level(name, {word: n for word, n in counts.items() if n}, bounds, tuple(columns))


def find_level(levels: Sequence[Level], name: str) -> Level | None:
    """Return the CAD layer of a name, in any case; None when none holds anything."""
    return next((level for level in levels if level.name.casefold() == name.casefold()), None)


def choose_level(
    levels: Sequence[Level], layer: LayerSchema, *, what: str, project_dir: Path | None
) -> tuple[Level, str]:
    """Return the CAD layer a geotool layer is read from, and why that one.

    It is the one whose name means the layer; else the only one that holds objects of the
    layer's kinds, unless its name means another layer; else the only one there is.

    Raises
    ------
    ReadError
        When the choice is open; lists the CAD layers with what they hold.
    """
    if len(levels) == 1:
        return levels[0], ""
    meanings = _meanings(project_dir)
    fitting = _fitting(levels, layer.geometry)
    named = [level for level in levels if layer.name in _meant(level.name, meanings)]
    candidates = list(filter(fitting.__contains__, named)) or named
    if len(candidates) == 1:
        return candidates[0], "by its name"
    if not named and len(fitting) == 1 and not _meant(fitting[0].name, meanings):
        return fitting[0], f"as the only one with {' or '.join(layer.geometry)} shapes"
    raise _open_choice(candidates or fitting or levels, layer, what, len(levels))


def _fitting(levels: Sequence[Level], kinds: Sequence[str]) -> list[Level]:
    """Return the CAD layers with objects of the kinds; texts stand for points, if need be."""
    fitting = [level for level in levels if level.fits(kinds)]
    if fitting or "point" not in kinds:
        return fitting
    return [level for level in levels if level.counts.get(_TEXTS)]


def _open_choice(levels: Sequence[Level], layer: LayerSchema, what: str, total: int) -> ReadError:
    listed = ", ".join(f"'{level.name}' ({level.words})" for level in levels[:_LISTED])
    more = len(levels) - _LISTED
    listed += f" and {more} more" if more > 0 else ""
    return ReadError(
        f"{what}: it has {total} CAD layers, and it is open which one is {layer.name}: {listed}.",
        remedy=f"Name one: {what}#{levels[0].name}",
    )


def meant_layers(names: Sequence[str], *, project_dir: Path | None = None) -> list[tuple[str, ...]]:
    """Return for each name of a CAD layer or folder the geotool layers it can mean."""
    meanings = _meanings(project_dir)
    return [tuple(sorted(_meant(name, meanings))) for name in names]


def _meant(name: str, meanings: Mapping[str, set[str]]) -> set[str]:
    """Return what a name means; its accents decide where it has any (mỏ, mộ)."""
    return meanings.get(_accented(name)) or meanings.get(_bare(name), set())


def name_texts(
    frame: gpd.GeoDataFrame, layer: LayerSchema, *, project_dir: Path | None = None
) -> tuple[gpd.GeoDataFrame, list[Note]]:
    """Return rows with the columns of texts that a drawing calls otherwise than a table would.

    A column is renamed where ``[texts]`` of ``drawing_layers.toml`` says so, all its texts
    are of the type needed, and no other column of the drawing says the same.
    """
    try:
        known = schema.match_columns([str(name) for name in frame.columns], layer).mapping
    except SchemaError:  # the reading says it
        return frame, []
    taken = set(known.values())
    renamed: dict[str, str] = {}
    for column, names in _text_names(layer.name, project_dir).items():
        meant = [str(own) for own in frame.columns if _bare(str(own)) in names]
        if len(meant) == 1 and column not in taken and _is_of_type(frame[meant[0]], layer, column):
            renamed[meant[0]] = column
    notes = [
        ("drawing_text_named", f"The texts of CAD layer '{own}' were taken as {column}.", "")
        for own, column in renamed.items()
    ]
    return frame.rename(columns=renamed), notes


def _is_of_type(cells: "pd.Series[Any]", layer: LayerSchema, column: str) -> bool:
    """Return whether texts could be a column: numbers throughout where it holds numbers."""
    if all(one.type != "number" for one in layer.columns if one.name == column):
        return True
    texts = cells.dropna().astype(str).str.strip()
    return bool(len(texts)) and bool(texts.str.fullmatch(r"[0-9]+(?:[.,][0-9]+)*").all())


def _text_names(layer: str, project_dir: Path | None) -> Mapping[str, set[str]]:
    """Return canonical column -> normalised names of the CAD layers whose texts it is."""
    found: dict[str, set[str]] = defaultdict(set)
    for table in _tables(project_dir, f"texts.{layer}"):
        for column, names in table.items():
            found[column] |= {_bare(name) for name in names}
    return found


def _accented(name: str) -> str:
    """Return a name in small letters with its accents, empty where it has none."""
    text = " ".join(re.split(r"[\W\d_]+", unicodedata.normalize("NFC", name).casefold())).strip()
    return "" if text.isascii() else text


def _bare(name: str) -> str:
    """Return a normalised name without the numbers around it."""
    normal = schema.normalise_name(name)
    return re.sub(r"^[0-9_]+|[0-9_]+$", "", normal) or normal


def _meanings(project_dir: Path | None) -> Mapping[str, set[str]]:
    """Return name in its plain and its accented form -> the geotool layers it can mean."""
    tables = [*_tables(project_dir, "layers"), _schema_names(project_dir)]
    pairs = [(layer, name) for table in tables for layer in table for name in table[layer]]
    found: dict[str, set[str]] = defaultdict(set)
    for layer, name in pairs:
        for form in filter(None, (_bare(name), _accented(name))):
            found[form].add(layer)
    return found


def _schema_names(project_dir: Path | None) -> Mapping[str, Sequence[str]]:
    layers = schema.layer_names(project_dir=project_dir)
    return {
        layer: (layer, *schema.load_schema(layer, project_dir=project_dir).names)
        for layer in layers
    }


def _tables(project_dir: Path | None, part: str) -> list[Mapping[str, Sequence[str]]]:
    """Return one table of names as built in, then the project's own."""
    paths = [resources.find("layers", _FILE)]
    own = resources.find("layers", _FILE, project_dir=project_dir)
    tables = []
    for path in dict.fromkeys([*paths, own]):
        table: Any = resources.parse_toml_file(path)
        for key in part.split("."):
            table = table.get(key, {}) if isinstance(table, dict) else None
        lists = table.values() if isinstance(table, dict) else [None]
        if not all(isinstance(n, list) and all(isinstance(t, str) for t in n) for n in lists):
            raise DataError(
                f"{path}: [{part}] must hold lists of names.",
                remedy='Write it like parcels = ["ranh thửa"].',
            )
        tables.append(table)
    return tables
