"""Numbers that are text mean what their column shows; do all chunks of a layer show the same?"""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from geotool import numerals
from geotool.records import LayerSchema
from geotool.sources.chunks_keys import Light
from geotool.sources.vectors.streamed import UnstreamedError

_NUMBERS = ("integer", "number")
_PERHAPS_GROUPED = r"[.,]\d{3}(?:\D|$)"


def require_one_reading(
    own: LayerSchema, texts: Mapping[str, bool], chunk_count: int, light: Light
) -> None:
    """Refuse columns of numbers whose text would be read differently chunk by chunk.

    Parameters
    ----------
    own
        The layer's schema.
    texts
        Canonical column -> whether it holds text.
    chunk_count
        How many chunks there are.
    light
        Gives some columns of a chunk.

    Raises
    ------
    UnstreamedError
        When a text such as ``1.026`` is met that other rows have to explain.
    """
    names = [c.name for c in own.columns if c.type in _NUMBERS and texts.get(c.name)]
    shown: dict[str, list[frozenset[str]]] = {name: [] for name in names}
    is_open: dict[str, list[bool]] = {name: [] for name in names}
    for number in range(chunk_count if names else 0):
        frame = light(number, names)
        for name in names:
            shown[name].append(numerals.languages(frame[name]))
            is_open[name].append(_has_two_readings(frame[name]))
    for name in names:
        if not _is_plain(shown[name], is_open[name]):
            raise UnstreamedError(f"some numbers of its column '{name}' can be read in two ways")


def _is_plain(shown: Sequence[frozenset[str]], is_open: Sequence[bool]) -> bool:
    """Return whether every chunk with a doubtful text shows the language of the layer itself."""
    whole: frozenset[str] = frozenset().union(*shown)
    doubtful = [found for found, doubt in zip(shown, is_open, strict=True) if doubt]
    return not doubtful or (len(whole) == 1 and all(found == whole for found in doubtful))


def _has_two_readings(cells: "pd.Series[Any]") -> bool:
    texts = pd.Series(cells.dropna().unique(), dtype="str")
    texts = texts[texts.str.contains(_PERHAPS_GROUPED, regex=True).to_numpy(dtype=bool)]
    return any(len(set(numerals.readings(text))) > 1 for text in texts.tolist())
