"""What is in this file, and which canonical layer does it fit?"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from geotool import schema, sources
from geotool.errors import SchemaError
from geotool.pipeline.answer import Answer
from geotool.share.tables import Table, TableColumn
from geotool.sources import SourceLayer

_SHOWN_CANDIDATES = 4
_MEANT_SCORE = 10  # a layer's name says more than the columns it may have in common
_TEXTS = "texts"
_DRAWN_AS = {"polygon": ("closed lines", "areas"), "point": ("blocks",)}  # in a CAD layer
_QUOTED = " '&;|<>()*?$"
_COLUMNS = (
    TableColumn("name"),
    TableColumn("geometry"),
    TableColumn("crs"),
    TableColumn("count", "count"),
    TableColumn("fits_layer"),
    TableColumn("matched"),
    TableColumn("unmatched"),
)


def describe_file(source: str) -> Answer:
    """Return what is in a file from its headers.

    ``matched`` maps the file's columns to canonical ones of the layer that fits best
    (``fits_layer``); ``unmatched`` columns fit none of it.

    Raises
    ------
    UsageError
        When the file does not exist.
    ReadError
        When it cannot be read.
    """
    found = sources.describe_source(source)
    described = [
        {**one, "next": _next_step(source, layer, one["fits_layer"], alone=len(found) == 1)}
        for one, layer in zip(map(_describe, found), found, strict=True)
    ]
    steps = [{"next": one["next"]} for one in described if one["next"]]
    rows = [
        {
            **layer,
            "crs": layer["crs"] or _could_be(layer["crs_candidates"]),
            "matched": ", ".join(f"{own} -> {name}" for own, name in layer["matched"].items()),
            "unmatched": ", ".join(layer["unmatched"]),
        }
        for layer in described
    ]
    tables = [Table("source_layers", _COLUMNS, rows)]
    if steps:
        tables.append(Table("next_steps", (TableColumn("next"),), steps))
    return Answer({"layers": described}, tables=tuple(tables))


def _next_step(source: str, layer: SourceLayer, fits: str | None, *, alone: bool) -> str | None:
    """Return the command that converts a layer, None where it is no layer of its own."""
    if source == "-" or layer.geometry == _TEXTS or (fits is None and not alone):
        return None
    unplaced = layer.crs is None and layer.geometry is not None
    system = " --src-crs auto" if unplaced else ""
    word = fits or "LAYER"
    return f"geotool convert {_place(source, layer, alone)} --as {word}{system} -o {word}.gpkg"


def _place(source: str, layer: SourceLayer, alone: bool) -> str:
    """Return how a layer is named on a command line, without any password."""
    shown = sources.shown_name(source)
    named = shown != source and "://" not in shown  # a sublayer or a member of an archive
    place = source if named or (alone and shown == source) else f"{shown}#{layer.name}"
    return f'"{place}"' if set(place) & set(_QUOTED) else place


def _could_be(codes: Sequence[str]) -> str:
    """Return the first systems the coordinates allow, as questions."""
    shown = [f"{code}?" for code in codes[:_SHOWN_CANDIDATES]]
    return " ".join([*shown, *(["..."] if len(codes) > _SHOWN_CANDIDATES else [])])


def _describe(layer: SourceLayer) -> dict[str, Any]:
    best, mapping = _best_fit(layer)
    mapping = {**mapping, **dict.fromkeys(layer.placing, "geometry")}
    unmatched = [name for name in layer.columns if name not in mapping]
    described = asdict(layer)
    described.pop("placing")
    described.pop("meant")
    return {**described, "fits_layer": best, "matched": mapping, "unmatched": unmatched}


def _best_fit(layer: SourceLayer) -> tuple[str | None, dict[str, str]]:
    """Return the canonical layer whose columns and geometry fit best, None when none does."""
    best: tuple[int, int, str | None, dict[str, str]] = (0, 0, None, {})
    for name in schema.layer_names():
        candidate = schema.load_schema(name)
        if not _geometry_fits(layer.geometry, candidate):
            continue
        try:
            mapping = schema.match_columns(layer.columns, candidate).mapping
        except SchemaError:
            continue
        score = len(set(mapping.values()))
        named = int(layer.name.casefold() in (name, *candidate.names))
        has_key = int(candidate.key in mapping.values()) + 2 * named
        meant = name in layer.meant
        has_key += _MEANT_SCORE * meant
        if (score or meant) and (score + has_key, named) > best[:2]:
            best = (score + has_key, named, name, mapping)
    return best[2], best[3]


def _geometry_fits(geometry: str | None, candidate: schema.LayerSchema) -> bool:
    if geometry is None:
        return (
            not candidate.geometry or candidate.geometry_optional or ("point" in candidate.geometry)
        )
    kind = geometry.casefold()
    words = [word for allowed in candidate.geometry for word in _DRAWN_AS.get(allowed, ())]
    return any(word in kind for word in (*candidate.geometry, *words))
