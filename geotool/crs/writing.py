"""How coordinates are written: which comes first, in what unit, with what before the easting.

Over all of Viet Nam eastings, northings, degrees and millimetres share no value, so the way a
pair is written can be read off its size (``layers/crs.toml``, ``[ranges]``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from geotool.crs.table import load_table

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_ZONE_FACTOR = 1_000_000


@dataclass(frozen=True)
class Writing:
    """One way to write a pair.

    ``axes`` is ``xy`` when the easting comes first and ``yx`` when the northing does; ``unit``
    is ``m``, ``mm`` or ``deg``; ``zone`` is the number written before the easting, 0 for none.
    """

    axes: str = "xy"
    unit: str = "m"
    zone: int = 0

    @property
    def plain(self) -> bool:
        """Whether nothing has to be done: easting first, in metres or degrees."""
        return self.axes == "xy" and self.unit != "mm" and not self.zone

    def read(self, first: Floats, second: Floats) -> tuple[Floats, Floats]:
        """Return eastings and northings in metres or degrees."""
        if self.axes == "yx":
            first, second = second, first
        if self.unit == "mm":
            first, second = first / 1000, second / 1000
        return first - self.zone * _ZONE_FACTOR, second


@dataclass(frozen=True)
class Written:
    """In which of ``ways`` each point is written; ``way`` is -1 where in none."""

    ways: Sequence[Writing]
    way: Ints
    finite: npt.NDArray[np.bool_]

    @property
    def bulk(self) -> Writing | None:
        """The way most points are written in; None when too few points are written in any."""
        known = self.way[self.way >= 0]
        needed = float(load_table().limits["bulk_share"]) * int(self.finite.sum())
        if len(known) == 0 or len(known) < needed:
            return None
        return self.ways[int(np.bincount(known).argmax())]

    def rows(self, writing: Writing) -> npt.NDArray[np.bool_]:
        """Return which points are written in a way."""
        return np.asarray(self.way == self.ways.index(writing))

    @property
    def apart(self) -> npt.NDArray[np.bool_]:
        """Which points have coordinates that are written in none of the ways."""
        return np.asarray(self.finite & (self.way < 0))


@lru_cache(maxsize=8)
def _ways(kind: str) -> tuple[Writing, ...]:
    """Return the ways to write coordinates of a kind, the plainest first."""
    if kind == "degrees":
        return Writing(unit="deg"), Writing("yx", "deg")
    zones = (0, *load_table().limits["zone_numbers"])
    return tuple(
        Writing(axes, unit, zone) for zone in zones for unit in ("m", "mm") for axes in ("xy", "yx")
    )


def recognise(x: npt.ArrayLike, y: npt.ArrayLike, kind: str) -> Written:
    """Return how points are written, each by its own size.

    Parameters
    ----------
    x, y
        First and second coordinate of each point, NaN where there is none.
    kind
        ``tm3``, ``utm`` or ``degrees``: whose ranges in Viet Nam apply.
    """
    first, second = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    finite = np.isfinite(first) & np.isfinite(second)
    way = np.full(first.shape, -1, dtype=np.int64)
    limits = load_table().ranges[kind]
    unit = "deg" if kind == "degrees" else "m"
    (west, east), (south, north) = limits[f"easting_{unit}"], limits[f"northing_{unit}"]
    ways = _ways(kind)
    for number, writing in enumerate(ways):
        open_rows = np.flatnonzero(finite & (way < 0))
        if not len(open_rows):
            break
        e, n = writing.read(first[open_rows], second[open_rows])
        fits = (e >= west) & (e <= east) & (n >= south) & (n <= north)
        way[open_rows[fits]] = number
    return Written(ways, way, finite)
