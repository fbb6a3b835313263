"""Rows near a corridor in the parts of one layer: read from each, and put together."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from geotool.errors import SchemaError
from geotool.records import LayerSchema, Problem, load_schema, make_problem
from geotool.sources.indexed.near import Wish, make_canonical
from geotool.sources.indexed.near_read import NearRead
from geotool.sources.indexed.near_rows import Cells, IndexedLayer


def read_part(part: IndexedLayer, wish: Wish) -> NearRead | None:
    """Return the rows wished for from one part, by the rules of ``near.read_near``.

    The boxes are in the system of the part, its path is for messages. None comes back where
    nothing of the part is near.

    Raises
    ------
    SchemaError
        When no column is the key beyond doubt: one made of others is that of a whole layer.
    DataError
        As ``sources.read_layer``, of the rows read.
    """
    names, layer = wish.own_columns(part.facts.columns), wish.schema
    if names is None:
        raise SchemaError(
            f"{wish.path}: which of its columns are those of {layer.name}, above all {layer.key}, "
            "is open.",
            remedy="Write the whole layer with canonical columns: geotool convert --partitions N.",
        )
    rows = part.read_near(wish.around.boxes, list(names))
    return make_canonical(rows, names, part, wish) if len(rows.shapes) else None


def join_reads(blank: NearRead, reads: Mapping[str, NearRead]) -> NearRead:
    """Return the rows of parts one after the other.

    Parameters
    ----------
    blank
        What is known of the whole layer, without rows.
    reads
        Name of each part -> its rows; keys within one part are compared already.

    Returns
    -------
    NearRead
        With the columns of any part, empty where a part has no such column; each problem once.

    Raises
    ------
    SchemaError
        When rows of two parts have one key.
    """
    schema = load_schema(blank.layer)
    _require_own_keys(blank.path, schema, reads)
    parts = list(reads.values())
    return replace(
        blank,
        columns=_join_columns([blank, *parts]),
        shapes=np.concatenate([blank.shapes, *(part.shapes for part in parts)]),
        crs=parts[0].crs if parts else blank.crs,
        repaired=tuple(key for part in parts for key in part.repaired),
        problems=tuple(dict.fromkeys(problem for part in parts for problem in part.problems)),
    )


def _require_own_keys(path: str, schema: LayerSchema, reads: Mapping[str, NearRead]) -> None:
    names = [str(schema.key), *schema.key_within]
    places: dict[tuple[Any, ...], list[str]] = {}
    for part, read in reads.items():
        for key in zip(*(read.columns[n] for n in names if n in read.columns), strict=True):
            places.setdefault(key, []).append(part)
    problems = [
        _repeated(schema, str(key[0]), where) for key, where in places.items() if len(where) > 1
    ]
    if problems:
        from geotool.sources import refusal

        raise refusal.refusal_of(path, schema.name, problems)


def _repeated(schema: LayerSchema, key: str, where: Sequence[str]) -> Problem:
    text = f"{schema.key} {key} occurs {len(where)} times (in {', '.join(where)})."
    return make_problem("repeated_key", schema.name, text, key=key, place=str(schema.key))


def _join_columns(reads: Sequence[NearRead]) -> dict[str, Cells]:
    joined: dict[str, Cells] = {}
    for name in dict.fromkeys(name for read in reads for name in read.columns):
        cells = [read.columns.get(name, [None] * len(read.shapes)) for read in reads]
        held = [column for column in cells if len(column)]
        numbers = [column for column in held if isinstance(column, np.ndarray)]
        is_number = 0 < len(numbers) == len(held)
        joined[name] = np.concatenate(numbers) if is_number else [c for one in held for c in one]
    return joined
