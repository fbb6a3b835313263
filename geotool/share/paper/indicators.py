"""Areas coloured by an indicator: at most five classes of equal counts, light to dark, hatched.

The same classes and looks as on the page (``maps/assets/classes.js`` and ``indicators.js``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from geotool.share.render.style import Symbol

_FILLS = ("#fff7cf", "#c9e6b6", "#83cbbd", "#4aa3c7", "#3f7fb8")
_HATCHES = ("none", "dots", "horizontal", "diagonal", "cross")
_STROKE = "#16304f"


@dataclass(frozen=True)
class Shades:
    """Classes of an indicator: code of each value, symbol and range of each code."""

    codes: NDArray[np.object_]
    symbols: Mapping[str, Symbol]
    ranges: Mapping[str, tuple[float, float]]


def shade(values: NDArray[np.float64], base: Symbol) -> Shades:
    """Return classes ``1``, ``2``, ... of numbers in ascending order; ``""`` where there is none.

    Equal values are in one class.
    """
    known = np.sort(values[~np.isnan(values)])
    cuts = _cuts(known)
    places = np.searchsorted(cuts, values, side="right") + 1
    codes = np.where(np.isnan(values), "", places.astype(str)).astype(object)
    count = len(cuts) + 1 if len(known) else 0
    symbols, ranges = {}, {}
    for place in range(count):
        step = 2 if count == 1 else round(place * (len(_FILLS) - 1) / (count - 1))
        code = str(place + 1)
        look = replace(base, fill=_FILLS[step], hatch=_HATCHES[step])
        symbols[code] = replace(look, stroke=_STROKE, opacity=0.9)
        own = values[codes == code]
        ranges[code] = (float(own.min()), float(own.max()))
    symbols[""] = replace(base, fill="#ffffff", stroke="#6b6b6b", dash=(4.0, 3.0), hatch="none")
    return Shades(codes, symbols, ranges)


def _cuts(known: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the least value of each class but the first, classes as even as equal values allow."""
    distinct, firsts = np.unique(known, return_index=True)
    classes = min(len(_FILLS), len(distinct))
    places: list[int] = []
    for number in range(1, classes):
        after = places[-1] if places else 0
        choices = np.arange(after + 1, len(firsts) - (classes - number) + 1)
        nearest = np.argmin(np.abs(firsts[choices] - number * len(known) / classes))
        places.append(int(choices[nearest]))
    return distinct[places]
