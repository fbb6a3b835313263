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
    described = [_describe(layer) for layer in sources.describe_source(source)]
    rows = [
        {
            **layer,
            "crs": layer["crs"] or _could_be(layer["crs_candidates"]),
            "matched": ", ".join(f"{own} -> {name}" for own, name in layer["matched"].items()),
            "unmatched": ", ".join(layer["unmatched"]),
        }
        for layer in described
    ]
    return Answer({"layers": described}, tables=(Table("source_layers", _COLUMNS, rows),))


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
        if score and (score + has_key, named) > best[:2]:
            best = (score + has_key, named, name, mapping)
    return best[2], best[3]


def _geometry_fits(geometry: str | None, candidate: schema.LayerSchema) -> bool:
    if geometry is None:
        return (
            not candidate.geometry or candidate.geometry_optional or ("point" in candidate.geometry)
        )
    kind = geometry.casefold()
    return any(allowed in kind for allowed in candidate.geometry)
