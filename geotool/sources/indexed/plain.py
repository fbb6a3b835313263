"""Rows that are as a canonical layer wants them already, so that no rule of reading has to act.

Whatever is not plain beyond doubt goes through the rules instead (``reading.read_rows``); both
ways give the same cells.
"""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geotool import crs
from geotool.aliases import code_names, known_names, normalise_name
from geotool.records import Column, LayerSchema
from geotool.sources.indexed.near_rows import Cells, NearRows
from geotool.sources.repair import KIND_OF_TYPE

_NUMBERS = ("number",)


def plain_columns(
    rows: NearRows, names: Mapping[str, str], schema: LayerSchema
) -> dict[str, Cells] | None:
    """Return canonical column -> cells of rows that are plain; None where one is not.

    Text is composed, printable, in no old encoding and without outer blanks, or whole numbers;
    numbers are numbers. A text cell is text or None, numbers are an array with NaN where
    empty. The key is in every row, each time another.

    Parameters
    ----------
    rows
        Rows as the file holds them.
    names
        Column of the file -> canonical column, for the columns of `rows`.
    schema
        The layer the rows become.
    """
    known = known_names(schema)
    found: dict[str, Cells] = {}
    for own, name in names.items():
        cells = _plain_cells(rows.columns[own], schema.column(name))
        if cells is None or known.get(normalise_name(own)) != name:
            return None
        found[name] = cells
    texts = [*names, *(text for cells in found.values() for text in _accented(cells))]
    keyed = _are_keys(list(found.get(str(schema.key), ())))
    return found if keyed and _are_right(texts) and not _requires_more(schema) else None


def _requires_more(schema: LayerSchema) -> bool:
    """Return whether a layer must have other columns than its key."""
    return any(column.required and column.name != schema.key for column in schema.columns)


def _are_keys(cells: Sequence[object]) -> bool:
    """Return whether each cell is filled and another than the others."""
    return None not in cells and len(set(cells)) == len(cells) > 0


def has_plain_shapes(shapes: NDArray[np.object_], schema: LayerSchema, system: str) -> bool:
    """Return whether shapes are flat, valid, of a kind wanted and written easting first in metres.

    Parameters
    ----------
    shapes
        None of them missing or empty.
    schema
        The layer they belong to.
    system
        The coordinate reference system that the file declares.
    """
    codes = [code for code, kind in KIND_OF_TYPE.items() if kind in schema.geometry]
    if not np.isin(shapely.get_type_id(shapes), codes).all():
        return False
    if shapely.has_z(shapes).any() or (hasattr(shapely, "has_m") and shapely.has_m(shapes).any()):
        return False
    return bool(shapely.is_valid(shapes).all()) and _is_straight(shapes, system)


def _is_straight(shapes: NDArray[np.object_], system: str) -> bool:
    """Return whether the size of the coordinates shows nothing unusual."""
    kind = crs.writing_kind(system)
    if kind is None:
        return True
    bounds = shapely.bounds(shapes)
    written = crs.recognise(
        (bounds[:, 0] + bounds[:, 2]) / 2, (bounds[:, 1] + bounds[:, 3]) / 2, kind
    )
    met = set(written.way.tolist())
    return written.bulk is None or all(way >= 0 and written.ways[way].plain for way in met)


def _plain_cells(cells: Sequence[object], column: Column) -> Cells | None:
    kinds = set(map(type, cells)) - {type(None)}
    if column.type in _NUMBERS:
        return _plain_numbers(cells) if kinds <= {int, float} else None
    if column.type != "text":
        return None
    if kinds <= {str}:
        return _plain_texts(cells, column)
    texts = [cell if cell is None else str(cell) for cell in cells]
    return _plain_texts(texts, column) if kinds <= {int} else None


def _plain_numbers(cells: Sequence[object]) -> Cells | None:
    numbers = np.array([np.nan if cell is None else cell for cell in cells], dtype=np.float64)
    return None if np.isinf(numbers).any() else numbers


def _plain_texts(texts: Sequence[Any], column: Column) -> Sequence[str | None] | None:
    filled = [text for text in texts if text]
    if not _are_plain(filled):
        return None
    coded = _coded(filled, column)
    if column.values and not {coded.get(text, text) for text in filled} <= set(column.values):
        return None
    if not coded and len(filled) == len(texts):
        return texts
    return [coded.get(text, text) if text else None for text in texts]


def _are_plain(texts: Sequence[str]) -> bool:
    """Return whether texts are composed, printable and without outer blanks."""
    joined, lines = "".join(texts), "\n".join(texts)
    if not joined.isascii():
        distinct = set(texts)
        composed = all(unicodedata.is_normalized("NFC", text) for text in distinct)
        return composed and joined.isprintable() and all(text == text.strip() for text in distinct)
    blank = "\n " in f"\n{lines}" or " \n" in f"{lines}\n"
    return joined.isprintable() and not blank


def _accented(cells: Cells) -> set[str]:
    """Return the different texts that are not plain ASCII."""
    if isinstance(cells, np.ndarray) or "".join(filter(None, cells)).isascii():
        return set()
    return {text for text in cells if text is not None and not text.isascii()}


def _are_right(texts: Iterable[str]) -> bool:
    """Return whether no text was written in an old encoding, judged all together."""
    suspects = {text for text in texts if not text.isascii()}
    if not suspects:
        return True
    from geotool.sources.text import legacy_text

    return not legacy_text.repair_texts(suspects).texts


def _coded(texts: Sequence[str], column: Column) -> dict[str, str]:
    """Return text -> code of texts that are another spelling of a code."""
    codes = code_names(column.name, column.values)
    found = {text: codes.get(normalise_name(text), text) for text in set(texts)} if codes else {}
    return {text: code for text, code in found.items() if text != code}
