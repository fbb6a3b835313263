"""Text of a layer that was written in an old encoding and read as another -> right text."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from geotool.sources.records import Note, Origin, RawLayer, TotalRow
from geotool.sources.text import legacy_text

# Beyond plain letters; some encodings have letters at the places of control characters.
_NOT_PLAIN = r"[^\t\n\r\x20-\x7e]"
_MANY_TEXTS = 20_000  # distinct ones in a column; above it words are judged before texts
_TITLES = {
    "tcvn3": "TCVN3 (ABC)",
    "vni": "VNI-Windows",
    "viscii": "VISCII",
    "cp1258": "Windows-1258",
    "utf-8": "UTF-8",
    "unicode": "decomposed Unicode",
}


def repair_text(
    raw: RawLayer, name: str, *, encoding: str | None = None, beside: Collection[str] = ()
) -> RawLayer:
    """Return the layer with its text and column names in composed Unicode.

    Parameters
    ----------
    raw
        A layer as read; what is right already stays as it is.
    name
        The file, for the note.
    encoding
        The encoding its text is known to have been written in; None detects it.
    beside
        Texts of rows of the layer that are not among these; they help to judge.

    Returns
    -------
    RawLayer
        With ``encoding`` and ``confidence`` of what was found, and a note that counts the
        texts changed. Columns typed in a font of capitals get capitals at word starts.
    """
    frame = raw.frame
    plain, typed = _text_columns(raw)
    suspects = {*_all_suspects(frame, plain), *beside}
    found = legacy_text.repair_texts(suspects, encoding=encoding)
    changes: dict[object, Mapping[str, str]] = dict.fromkeys(plain, found.texts)
    changes |= {name: _in_capitals(frame[name], encoding or found.encoding) for name in typed}
    if not any(changes.values()) and not found.texts:
        return raw
    repaired, count = _applied(frame, changes)
    renamed = _new_names(frame, found.texts)
    used = found.encoding or encoding or "unicode"
    note = repair_note(name, count, len(renamed), used, found.confidence)
    return replace(
        _renamed(raw, renamed),
        frame=repaired.rename(columns=renamed),
        encoding=(raw.encoding or "utf-8") if used == "unicode" else used,
        confidence=found.confidence,
        notes=(*raw.notes, note),
    )


def repair_note(name: str, cells: int, names: int, encoding: str, confidence: float) -> Note:
    """Return the note that counts the cells and column names that were changed."""
    text = (
        f"{name}: {cells} cells and {names} column names were written in "
        f"{_TITLES.get(encoding, encoding)} and were turned into Unicode "
        f"(confidence {confidence:.0%})."
    )
    return ("text_encoding", text, "")


def _text_columns(raw: RawLayer) -> tuple[list[object], list[object]]:
    """Return the columns that hold text: plain ones, and those typed in a font of capitals."""
    columns = [column for column in raw.frame.columns if _holds_text(raw.frame[column])]
    typed = [column for column in columns if str(column) in raw.capitals]
    return [column for column in columns if column not in typed], typed


def _all_suspects(frame: pd.DataFrame, columns: Iterable[object]) -> set[str]:
    texts = {text for column in columns for text in _suspects(frame[column])}
    return texts | {str(column) for column in frame.columns if not _is_plain(str(column))}


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable()


def _in_capitals(cells: "pd.Series[Any]", encoding: str | None) -> Mapping[str, str]:
    """Return the changes of a column that was typed in a font of capitals."""
    typed = {str(text) for text in pd.unique(cells.dropna())}
    return legacy_text.repair_texts(typed, encoding=encoding, capitals=True).texts


def _holds_text(cells: "pd.Series[Any]") -> bool:
    return str(cells.dtype) != "geometry" and (
        pd.api.types.is_object_dtype(cells) or pd.api.types.is_string_dtype(cells)
    )


def _suspects(cells: "pd.Series[Any]") -> Iterable[str]:
    """Return the distinct texts of a column that hold other than plain letters."""
    if pd.api.types.is_object_dtype(cells):
        return {v for v in cells.tolist() if isinstance(v, str) and not _is_plain(v)}
    odd = cells.str.contains(_NOT_PLAIN, regex=True, na=False).to_numpy(dtype=bool)
    texts = cells[odd].drop_duplicates()
    if len(texts) > _MANY_TEXTS and _are_right(texts):
        return set()
    return {str(text) for text in texts.tolist()}


def _are_right(texts: "pd.Series[Any]") -> bool:
    """Return whether all words of many texts are right as they are, looked at once each."""
    words = pc.unique(pc.list_flatten(pc.utf8_split_whitespace(pa.array(texts, pa.string()))))
    odd = pc.filter(words, pc.match_substring_regex(words, _NOT_PLAIN)).to_pylist()
    return not legacy_text.repair_texts({str(word) for word in odd}).texts


def _applied(
    frame: pd.DataFrame, changes: Mapping[object, Mapping[str, str]]
) -> tuple[pd.DataFrame, int]:
    repaired, count = frame.copy(), 0
    for column, texts in changes.items():
        if not texts:
            continue
        cells = frame[column]
        hit = cells.isin(list(texts)).to_numpy(dtype=bool)
        if hit.any():
            count += int(hit.sum())
            new = cells.astype(object)
            new[hit] = new[hit].map(texts)
            repaired[column] = new
    return repaired, count


def _new_names(frame: pd.DataFrame, texts: Mapping[str, str]) -> dict[str, str]:
    """Return the column names that change, as long as each stays unique."""
    taken = {str(column) for column in frame.columns}
    renamed: dict[str, str] = {}
    for column in map(str, frame.columns):
        new = texts.get(column)
        if new is not None and new not in taken:
            renamed[column] = new
            taken.add(new)
    return renamed


def _renamed(raw: RawLayer, names: Mapping[str, str]) -> RawLayer:
    """Return the layer with new column names in everything that refers to columns."""
    origin = raw.origin
    if origin is not None:
        letters = {names.get(name, name): letter for name, letter in origin.letters.items()}
        origin = Origin(origin.rows, origin.sheets, letters)
    return replace(
        raw,
        origin=origin,
        units={names.get(name, name): unit for name, unit in raw.units.items()},
        totals=tuple(_renamed_total(total, names) for total in raw.totals),
        capitals=frozenset(names.get(name, name) for name in raw.capitals),
    )


def _renamed_total(total: TotalRow, names: Mapping[str, str]) -> TotalRow:
    return replace(total, cells={names.get(name, name): v for name, v in total.cells.items()})
