"""Where boxes stand along a Hilbert curve: near in number is near on the map.

Method: the bitwise form of "rawrunprotected/hilbert_curves" (public domain), the one that
geopandas uses too, with 16 bits an axis.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Numbers = NDArray[np.uint32]
Bounds = tuple[float, float, float, float]

NOWHERE = np.uint32(0xFFFFFFFF)
"""The number of what has no place: after all others."""

_BITS = 16
_SIDE = np.uint32((1 << _BITS) - 1)
_ONE = np.uint32(1)
_SPREADS = np.array(
    [(8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)], dtype=np.uint32
)


def hilbert_numbers(boxes: Floats, bounds: Bounds) -> Numbers:
    """Return the Hilbert distance of the centre of each box.

    Parameters
    ----------
    boxes
        (n, 4) xmin, ymin, xmax, ymax in any coordinates; NaN where there is no shape.
    bounds
        The box over which the curve runs, in the same coordinates; centres outside count as
        on its edge.

    Returns
    -------
    ndarray
        One number a box, :data:`NOWHERE` where it is NaN.
    """
    x = _cells((boxes[:, 0] + boxes[:, 2]) / 2, bounds[0], bounds[2])
    y = _cells((boxes[:, 1] + boxes[:, 3]) / 2, bounds[1], bounds[3])
    numbers = _encoded(x, y)
    numbers[np.isnan(boxes).any(axis=1)] = NOWHERE
    return numbers


def _cells(values: Floats, low: float, high: float) -> Numbers:
    """Return which of 65,536 equal parts of a range each value falls in."""
    if not high > low:
        return np.zeros(len(values), dtype=np.uint32)
    with np.errstate(over="ignore", invalid="ignore"):  # a range too small to be divided
        parts = np.clip((values - low) * (_SIDE / (high - low)), 0, _SIDE)
    return np.nan_to_num(parts).astype(np.uint32)


def _encoded(x: Numbers, y: Numbers) -> Numbers:
    a, b, c, d = x ^ y, _SIDE ^ (x ^ y), _SIDE ^ (x | y), x & (y ^ _SIDE)
    a, b, c, d = (
        a | (b >> _ONE),
        (a >> _ONE) ^ a,
        ((c >> _ONE) ^ (b & (d >> _ONE))) ^ c,
        ((a & (c >> _ONE)) ^ (d >> _ONE)) ^ d,
    )
    for shift in np.array([2, 4, 8], dtype=np.uint32):
        c, d = (
            c ^ (a & (c >> shift)) ^ (b & (d >> shift)),
            d ^ (b & (c >> shift)) ^ ((a ^ b) & (d >> shift)),
        )
        a, b = (
            (a & (a >> shift)) ^ (b & (b >> shift)),
            (a & (b >> shift)) ^ (b & ((a ^ b) >> shift)),
        )
    a, b = c ^ (c >> _ONE), d ^ (d >> _ONE)
    low = x ^ y
    high = b | (_SIDE ^ (low | a))
    return (_spread(high) << _ONE) | _spread(low)


def _spread(bits: Numbers) -> Numbers:
    """Return 16 bits with a zero before each."""
    for shift, mask in _SPREADS:
        bits = (bits | (bits << shift)) & mask
    return bits
