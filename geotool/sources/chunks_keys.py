"""Keys of a layer that is read chunk by chunk: made and told apart over all of its rows.

Each row's key is kept as a number of 64 bits. Where two of them are the same, the keys are
compared by another 64 bits before they count as one.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geotool import schema
from geotool.cells import (
    Flags,
    join_keys,
    key_remarks,
    number_keys,
    numbering_remark,
    row_keys,
    row_positions,
    text_of,
)
from geotool.records import LayerSchema, Problem

Hashes = NDArray[np.uint64]
Light = Callable[[int, Sequence[str]], pd.DataFrame]
"""Some columns of a chunk, by canonical name; their cells as they were read."""

_SECRETS = ("0123456789123456", "6543219876543210")
_LISTED_KEYS = 100
_NAMED = 10
_SEAM = "\x1f"


class LayerKeys:
    """The keys of a layer: those it has, those made from other columns, or the row numbers.

    Parameters
    ----------
    own
        The layer's schema.
    columns
        Canonical columns of the layer.
    filled
        Those of them with a cell that is not null.
    counts
        Rows of each chunk.
    light
        Gives some columns of a chunk.
    """

    def __init__(
        self,
        own: LayerSchema,
        columns: Sequence[str],
        filled: Sequence[str],
        counts: Sequence[int],
        light: Light,
    ) -> None:
        self._own, self._counts, self._light = own, counts, light
        self._columns = list(columns)
        self._hashes: list[Hashes] = []
        self._marks: dict[str, Flags] = {}
        self._named: dict[str, list[str]] = {}
        self._has_key = own.key in filled or (own.key in columns and not sum(counts))
        self._derives = bool(own.derive_key) and set(own.derive_key) <= set(columns)
        if not self._has_key and self._derives:
            self._tell_apart()

    def ensure(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return rows of the layer with their keys; a key that is made is the first column."""
        own = self._own
        if own.key is None or self._has_key or not (self._derives or own.number_rows):
            return frame.copy()
        if self._derives:
            keys = self._derived(frame)
        else:
            numbers = [str(position + 1) for position in row_positions(frame)]
            keys = pd.Series(numbers, index=frame.index, dtype=object)
        made = frame.drop(columns=[own.key], errors="ignore")
        made.insert(0, own.key, keys)
        return made

    def note(self, frame: pd.DataFrame) -> None:
        """Take in the keys of the next chunk, as they are written in the end."""
        if self._own.key in frame.columns:
            self._hashes.append(_hashed(self._texts(frame)))

    def problems(self, project_dir: Path | None) -> list[Problem]:
        """Return what was done for keys that were made, and the keys that several rows have."""
        return [*self._remarks(project_dir), *self._repeated(project_dir)]

    def _texts(self, frame: pd.DataFrame) -> "pd.Series[Any]":
        """Return each key with what it is unique within; rows without one by their number."""
        texts = row_keys(frame, self._own)
        for name in self._own.key_within:
            if name in frame.columns:
                texts = texts + _SEAM + text_of(frame[name]).fillna("")
        return texts

    def _derived(self, frame: pd.DataFrame) -> "pd.Series[Any]":
        keys, _ = join_keys(frame, self._own)
        rows = row_positions(frame)
        led, numbered = (self._marks[rule][rows] for rule in ("key_led", "key_told_apart"))
        if led.any():
            keys = keys.where(~led, text_of(frame[self._own.derive_key_within]) + "-" + keys)
        keys = number_keys(keys, numbered, frame)
        for rule, marks in self._marks.items():
            names = self._named.setdefault(rule, [])
            names += keys[marks[rows]].head(_NAMED - len(names)).tolist()
        return keys

    def _tell_apart(self) -> None:
        """Find the rows whose keys have to be led by a column, or numbered."""
        own, within = self._own, self._own.derive_key_within
        leads = [within] if within in self._columns else []
        names = [*own.derive_key, *leads]
        keys, unnamed, groups, filled = [], [], [], []
        for number in range(len(self._counts)):
            frame = self._light(number, names)
            joined, lacking = join_keys(frame, own)
            keys.append(_hashed(joined))
            unnamed.append(lacking)
            if leads:
                lead = text_of(frame[within])
                groups.append(_hashed(lead.where(lead.notna(), "")))
                filled.append(lead.notna().to_numpy(dtype=np.bool_))
        hashes, lacks = np.concatenate(keys), np.concatenate(unnamed)
        led = np.zeros(len(hashes), dtype=np.bool_)
        if leads:
            led = _shared(hashes, np.concatenate(groups)) & np.concatenate(filled) & ~lacks
        self._marks = {"key_led": led, "key_told_apart": np.zeros(len(led), dtype=np.bool_)}

        def texts(number: int) -> "pd.Series[Any]":
            return self._derived(self._light(number, names))

        if led.any():
            hashes = np.concatenate([_hashed(texts(n)) for n in range(len(self._counts))])
        numbered = _repeating(hashes, texts, self._counts)
        self._marks = {"key_led": led, "key_told_apart": numbered, "key_numbered": lacks}
        self._named = {}

    def _remarks(self, project_dir: Path | None) -> list[Problem]:
        own = self._own
        if self._has_key:
            return []
        found = []
        if not self._derives:
            count = sum(self._counts)
            if own.number_rows and count:
                found = [_noted("key_numbered", numbering_remark(own, count), own, project_dir)]
            elif not own.number_rows:
                found = schema.ensure_key(pd.DataFrame(), own, project_dir=project_dir)[1]
            return found
        for rule, words in key_remarks(own).items():
            count = int(self._marks[rule].sum())
            names = self._named.get(rule, [])
            more = f" and {count - len(names)} more" if count > len(names) else ""
            text = f"{count} rows {words}: {', '.join(names)}{more}."
            if count:
                found.append(_noted(rule, text, own, project_dir))
        return found

    def _repeated(self, project_dir: Path | None) -> list[Problem]:
        """Return a problem a repeated key, the first hundred, then one that counts the rest."""
        if not self._hashes:
            return []
        hashes = np.concatenate(self._hashes)
        same = _repeating(hashes, lambda number: self._texts(self._canonical(number)), self._counts)
        rows = np.flatnonzero(same)
        order = np.argsort(hashes[rows], kind="stable")
        groups = np.split(rows[order], np.flatnonzero(np.diff(hashes[rows][order])) + 1)
        groups = sorted((group for group in groups if len(group)), key=lambda group: group[0])
        problems = []
        for group in groups[:_LISTED_KEYS]:
            key = self._key_of(int(group[0]))
            if key is not None:
                found = schema.repeated_key(self._own, key, group.tolist(), project_dir=project_dir)
                problems.append(found)
        if len(groups) > _LISTED_KEYS:
            text = f"{len(groups) - _LISTED_KEYS} more keys occur several times."
            problems.append(_noted("repeated_key", text, self._own, project_dir))
        return problems

    def _canonical(self, number: int) -> pd.DataFrame:
        """Return the keys of a chunk, and what they are unique within, as they are written."""
        own = self._own
        needed = [own.key, *own.key_within, *own.derive_key, own.derive_key_within]
        names = [name for name in dict.fromkeys(needed) if name in self._columns]
        frame = self.ensure(self._light(number, [str(name) for name in names]))
        return schema.coerce(frame, own)[0]

    def _key_of(self, row: int) -> str | None:
        ends = np.cumsum(self._counts)
        number = int(np.searchsorted(ends, row, side="right"))
        keys = self._canonical(number)[self._own.key]
        key = keys.loc[row]
        return None if pd.isna(key) else str(key)


def _noted(rule: str, text: str, own: LayerSchema, project_dir: Path | None) -> Problem:
    return schema.make_problem(rule, own.name, text, place=str(own.key), project_dir=project_dir)


def _hashed(texts: "pd.Series[Any]", secret: str = _SECRETS[0]) -> Hashes:
    cells = texts.astype(object).to_numpy()
    return np.asarray(pd.util.hash_array(cells, hash_key=secret), dtype=np.uint64)


def _shared(hashes: Hashes, leads: Hashes) -> Flags:
    """Return which rows have a key that stands under several leads."""
    order = np.lexsort((leads, hashes))
    keys, own = hashes[order], leads[order]
    other = (keys[1:] == keys[:-1]) & (own[1:] != own[:-1])
    return np.asarray(np.isin(hashes, np.unique(keys[1:][other])))


def _repeating(
    hashes: Hashes, texts: Callable[[int], "pd.Series[Any]"], counts: Sequence[int]
) -> Flags:
    """Return which rows have a key that another row has too, by two hashes."""
    ordered = np.sort(hashes)
    twice = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    same = np.isin(hashes, twice)
    if not same.any():
        return same
    starts = np.concatenate([[0], np.cumsum(counts)])
    second = np.zeros(len(hashes), dtype=np.uint64)
    for number, (start, stop) in enumerate(pairwise(starts)):
        if same[start:stop].any():
            second[start:stop] = _hashed(texts(number), _SECRETS[1])
    rows = np.flatnonzero(same)
    pairs = pd.DataFrame({"first": hashes[rows], "second": second[rows]})
    same[rows] = pairs.duplicated(keep=False).to_numpy()
    return same
