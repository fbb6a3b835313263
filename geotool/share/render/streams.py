"""Whole numbers as bytes, bytes as inert script blocks: the lowest layer of ``maps/FORMAT.md``.

Numbers are written as varints (seven bits a byte, the lowest first, the top bit says that more
follow), streams are deflated one by one, so that a page reads only what it needs, and stand one
after the other in base64.
"""

import base64
import zlib
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.int64]

BLOCK_CHARACTERS = 1_000_000
"""Base64 characters in one script block; a multiple of four, under one megabyte."""

_ALIGNMENT = 3
_LEVEL = 5  # 9 takes five times as long for half a per cent
_MAX_BYTES = 10


def zigzag(values: Whole) -> Whole:
    """Return signed numbers as unsigned ones: 0, -1, 1, -2 become 0, 1, 2, 3."""
    return (values << 1) ^ (values >> 63)


def varints(values: Whole) -> bytes:
    """Return numbers of at least 0 as varints, one after the other."""
    numbers = np.asarray(values, dtype=np.uint64)
    sizes = np.ones(len(numbers), dtype=np.int64)
    for size in range(1, _MAX_BYTES):
        more = numbers >= np.uint64(1 << (7 * size))
        if not more.any():
            break
        sizes[more] += 1
    ends = np.cumsum(sizes)
    found = np.zeros(int(ends[-1]) if len(ends) else 0, dtype=np.uint8)
    starts = ends - sizes
    for place in range(int(sizes.max()) if len(sizes) else 0):
        held = sizes > place
        low = (numbers[held] >> np.uint64(7 * place)) & np.uint64(0x7F)
        goes_on = (sizes[held] > place + 1).astype(np.uint8) << 7
        found[starts[held] + place] = low.astype(np.uint8) | goes_on
    return found.tobytes()


class Streams:
    """Named streams of bytes, deflated, one after the other; each begins at a multiple of three."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._places: dict[str, list[int]] = {}

    def add(self, name: str, raw: bytes) -> None:
        """Add a stream; ``places`` tells where it begins, its deflated and its plain size."""
        deflated = zlib.compress(raw, _LEVEL)
        self._places[name] = [len(self._data), len(deflated), len(raw)]
        self._data += deflated
        self._data += bytes(-len(self._data) % _ALIGNMENT)

    @property
    def places(self) -> Mapping[str, list[int]]:
        """First byte, deflated size and plain size of each stream, by name."""
        return self._places

    @property
    def data(self) -> bytes:
        """All streams."""
        return bytes(self._data)


def script_blocks(identifier: str, data: bytes) -> list[str]:
    """Return bytes as inert script blocks ``<identifier>-0``, ``-1`` ... of base64."""
    text = base64.b64encode(data).decode("ascii")
    pieces = range(0, len(text), BLOCK_CHARACTERS)
    return [
        f'<script type="text/plain" id="{identifier}-{number}">'
        f"{text[start : start + BLOCK_CHARACTERS]}</script>"
        for number, start in enumerate(pieces)
    ]
