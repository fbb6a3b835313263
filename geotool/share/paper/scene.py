"""What every part of a sheet needs to draw itself: the pen, the view, the words, their size."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import shapely

from geotool.labels import Labels
from geotool.share.paper.pen import Pen
from geotool.share.paper.sheets import Box, Floats, Sheet


@dataclass(frozen=True)
class Words:
    """The words of a sheet in one language."""

    labels: Labels
    language: str

    def text(self, key: str) -> str:
        """Return the words of a key."""
        return self.labels.text(key, self.language)

    def fill(self, key: str, values: Mapping[str, object]) -> str:
        """Return the words of a key with its places filled in."""
        return self.labels.format(key, self.language, values)


NO_DOTS = shapely.STRtree([])


@dataclass(frozen=True)
class Scene:
    """A sheet being drawn.

    Parameters
    ----------
    pen, sheet
        The pen, on the page of the sheet.
    words
        Words in the language of the sheet.
    size_pt
        Size of plain text.
    dots
        Boxes on paper of the symbols of points, which words should not cover.
    """

    pen: Pen
    sheet: Sheet
    words: Words
    size_pt: float
    dots: shapely.STRtree = NO_DOTS

    def covered(self, box: Box) -> int:
        """Return how many symbols of points a box of words covers."""
        left, bottom, width, height = box
        return len(self.dots.query(shapely.box(left, bottom, left + width, bottom + height)))


def is_free(box: Box, boxes: Iterable[Box]) -> bool:
    """Return whether a box meets no other; boxes that only touch do not meet."""
    left, bottom, width, height = box
    return all(
        left >= x + w or x >= left + width or bottom >= y + h or y >= bottom + height
        for x, y, w, h in boxes
    )


def pair(point: Floats) -> tuple[float, float]:
    """Return a place as two plain numbers."""
    return float(point[0]), float(point[1])
