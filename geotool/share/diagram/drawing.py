"""A picture as a list of boxes, lines and words, in pixels from the upper left corner."""

import re
from dataclasses import dataclass

from geotool.share.render.style import Symbol

PAPER = "#fffdf8"
"""Colour of the ground a picture is drawn on."""
HATCH_PX = 6
"""Width and height after which a hatching repeats itself, in pixels."""

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Area:
    """Boxes of one look: fill, hatching and, with ``outlined``, an outline."""

    boxes: tuple[Box, ...]
    look: Symbol
    outlined: bool = False


@dataclass(frozen=True)
class Lines:
    """Straight lines (x1, y1, x2, y2) of one look."""

    lines: tuple[tuple[float, float, float, float], ...]
    colour: str
    width: float = 1.0
    dash: tuple[float, ...] = ()


@dataclass(frozen=True)
class Word:
    """Text whose baseline begins, ends or has its middle at a place."""

    x: float
    y: float
    text: str
    size: float = 12.0
    anchor: str = "start"
    bold: bool = False
    colour: str = "#17262f"

    @property
    def width(self) -> float:
        """About how wide the text is, in pixels."""
        return text_width(self.text, self.size, bold=self.bold)


Part = Area | Lines | Word


@dataclass(frozen=True)
class Drawing:
    """A picture with its size in pixels, its words for readers of screens, and its parts."""

    identifier: str
    width: float
    height: float
    title: str
    description: str
    parts: tuple[Part, ...]


def xml_text(text: str) -> str:
    """Return a text with the characters that XML does not know replaced."""
    return _NOT_XML.sub("\ufffd", text)


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Return about how wide a text is, in pixels; no font is measured."""
    return len(text) * size * (0.65 if bold else 0.6)
