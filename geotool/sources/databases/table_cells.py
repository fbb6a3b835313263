"""Shapes and decimal numbers of a table as they come from the database, decoded."""

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from geotool.errors import ReadError

_EXACT = 2.0**53  # whole numbers from here on lose digits as floats
_LISTED = 10


def decode_shapes(binary: Sequence[bytes | None]) -> tuple[NDArray[np.object_], NDArray[np.intp]]:
    """Return the shapes of well-known binary, and the positions of those that cannot be read."""
    cells = np.empty(len(binary), dtype=object)
    cells[:] = binary
    shapes = shapely.from_wkb(cells, on_invalid="ignore")
    given = np.array([cell is not None for cell in binary], dtype=bool)
    return shapes, np.flatnonzero(given & shapely.is_missing(shapes))


def unreadable(lost: NDArray[np.intp], what: str, *, among: str = "") -> ReadError:
    """Return the refusal of rows, by position from 0, whose shapes cannot be read."""
    listed = ", ".join(str(row + 1) for row in lost[:_LISTED])
    return ReadError(
        f"{what}: the shapes of {len(lost)} rows cannot be read (rows {listed}{among}).",
        remedy="Only points, lines and polygons are read, and curves; convert solids and "
        "triangle networks, or set these rows aside with --salvage.",
    )


def decode_decimals(texts: Sequence[str | None]) -> NDArray[np.float64] | None:
    """Return decimal numbers as floats, NaN where empty; None where whole ones lose digits."""
    floats = np.array([np.nan if text is None else float(text) for text in texts], np.float64)
    return None if (np.abs(floats) >= _EXACT).any() else floats
