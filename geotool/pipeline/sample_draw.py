"""Repeatable draws for samples: integers from a seed and a place, the same on every machine.

A draw depends only on the seed and on the words and numbers that name what is drawn, never on
the order of drawing, so that changing one feature of a sample leaves the others as they were.
"""

from collections.abc import Sequence
from datetime import date, timedelta

_MASK = (1 << 64) - 1


def _mix(value: int) -> int:
    """Return 64 well-mixed bits (the finisher of SplitMix64, public domain)."""
    value = (value + 0x9E3779B97F4A7C15) & _MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _MASK
    return value ^ (value >> 31)


class Draws:
    """Draws of one sample.

    Parameters
    ----------
    seed
        Whole number; another seed gives another sample.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def bits(self, *place: str | int) -> int:
        """Return 64 bits for a place."""
        state = _mix(self.seed)
        for part in place:
            if isinstance(part, str):
                for byte in part.encode("utf-8"):
                    state = _mix(state ^ byte)
            else:
                state = _mix(state ^ (part & _MASK))
        return state

    def below(self, limit: int, *place: str | int) -> int:
        """Return a whole number from 0 to ``limit`` - 1."""
        return self.bits(*place) % limit

    def between(self, low: int, high: int, *place: str | int) -> int:
        """Return a whole number from ``low`` to ``high``, both included."""
        return low + self.below(high - low + 1, *place)

    def signed(self, *place: str | int) -> float:
        """Return a number from -1 to 1 in steps of a thousandth."""
        return self.between(-1000, 1000, *place) / 1000.0

    def chance(self, percent: int, *place: str | int) -> bool:
        """Return True in ``percent`` of a hundred places."""
        return self.below(100, *place) < percent

    def choose(self, weighted: Sequence[Sequence[str | int]], *place: str | int) -> str:
        """Return one of ``[[text, weight], ...]``."""
        rest = self.below(sum(int(weight) for _, weight in weighted), *place)
        for text, weight in weighted:
            rest -= int(weight)
            if rest < 0:
                return str(text)
        raise AssertionError("weights are whole and positive")

    def day(self, first: str, last: str, *place: str | int) -> str:
        """Return an ISO date from ``first`` to ``last``, both included."""
        start, end = date.fromisoformat(first), date.fromisoformat(last)
        return (start + timedelta(days=self.below((end - start).days + 1, *place))).isoformat()
