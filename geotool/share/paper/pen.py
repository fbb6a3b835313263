"""The only room that writes PDF: a pen on pages measured in millimetres from the lower left.

Text is drawn as text in embedded subsets of the typeface; paths are lines of PDF operators whose
coordinates are points (1/72 inch), so that a page is vector at any zoom. The bytes hold no clock.
"""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from geotool import __version__
from geotool.share.paper import library
from geotool.share.paper.typeface import POINT_MM, Typeface

Anchor = Literal["left", "centre", "right"]

PT = 1 / POINT_MM
"""Points in a millimetre."""


@dataclass(frozen=True)
class Look:
    """How a text looks: weight, place about its point, turn, colour, white ground behind it."""

    bold: bool = False
    anchor: Anchor = "left"
    angle_deg: float = 0.0
    colour: str = "#1a1a1a"
    opacity: float = 1.0
    halo: bool = False


PLAIN = Look()


class Pen:
    """Draws pages; ``bytes`` ends the document.

    Parameters
    ----------
    title, author, subject
        Properties of the document.
    typeface
        The letters.

    Raises
    ------
    UsageError
        When the library that writes PDF is not installed.
    """

    def __init__(self, *, title: str, author: str, typeface: Typeface, subject: str = "") -> None:
        self.typeface = typeface
        self._stream = io.BytesIO()
        made = library.load("reportlab.pdfgen.canvas").Canvas
        first = typeface.name(bold=False)
        self._canvas: Any = made(
            self._stream, pageCompression=1, invariant=1, initialFontName=first
        )
        self._canvas.setTitle(typeface.clean(title))
        self._canvas.setAuthor(typeface.clean(author))
        self._canvas.setSubject(typeface.clean(subject))
        self._canvas.setCreator(f"geotool {__version__}")

    def begin(self, width_mm: float, height_mm: float) -> None:
        """Set the size of the page that begins."""
        self._canvas.setPageSize((width_mm * PT, height_mm * PT))
        self._canvas.setLineCap(0)
        self._canvas.setLineJoin(1)

    def end(self) -> None:
        """Finish the page."""
        self._canvas.showPage()

    def bytes(self) -> bytes:
        """Return the finished document."""
        settings: Any = library.load("reportlab.rl_config")
        before = settings.useA85
        settings.useA85 = 0  # plain deflate: a fifth smaller
        try:
            self._canvas.save()
        finally:
            settings.useA85 = before
        return self._stream.getvalue()

    @contextmanager
    def clipped(self, path: str) -> Iterator[None]:
        """Draw only inside a path of operators."""
        self._canvas.saveState()
        self._canvas.addLiteral(f"{path}W n")
        yield
        self._canvas.restoreState()

    def fill(self, path: str, colour: str, *, opacity: float = 1.0) -> None:
        """Fill a path of operators, overlapping parts once."""
        self._canvas.saveState()
        self._canvas.setFillColor(self._colour(colour))
        self._canvas.setFillAlpha(opacity)
        self._canvas.addLiteral(f"{path}f")
        self._canvas.restoreState()

    def stroke(
        self, path: str, colour: str, width_mm: float, dash: Sequence[float] = (), *, cap: int = 0
    ) -> None:
        """Stroke a path of operators; dash lengths are millimetres, cap 1 has round ends."""
        self._canvas.saveState()
        self._canvas.setStrokeColor(self._colour(colour))
        self._canvas.setLineWidth(width_mm * PT)
        self._canvas.setLineCap(cap)
        if dash:
            self._canvas.setDash([length * PT for length in dash])
        self._canvas.addLiteral(f"{path}S")
        self._canvas.restoreState()

    def text(
        self, place: tuple[float, float], text: str, size_pt: float, look: Look = PLAIN
    ) -> None:
        """Write a text on one line; its baseline begins, is centred or ends at the place."""
        shown = self.typeface.clean(text)
        width = self.typeface.width_mm(shown, size_pt, bold=look.bold) * PT
        shift = {"left": 0.0, "centre": -width / 2, "right": -width}[look.anchor]
        self._canvas.saveState()
        self._canvas.translate(place[0] * PT, place[1] * PT)
        self._canvas.rotate(look.angle_deg)
        if look.halo:
            self._canvas.setFillColor(self._colour("#ffffff"))
            self._canvas.setFillAlpha(0.8)
            pad = size_pt * 0.12
            self._canvas.rect(
                shift - pad, -size_pt * 0.22, width + 2 * pad, size_pt * 1.05, stroke=0, fill=1
            )
        self._canvas.setFillColor(self._colour(look.colour))
        self._canvas.setFillAlpha(look.opacity)
        self._canvas.setFont(self.typeface.name(bold=look.bold), size_pt)
        self._canvas.drawString(shift, 0, shown)
        self._canvas.restoreState()

    def _colour(self, colour: str) -> object:
        return library.load("reportlab.lib.colors").HexColor(colour)


def line_path(points: Sequence[tuple[float, float]], *, close: bool = False) -> str:
    """Return one line through places in millimetres as operators."""
    steps = [f"{x * PT:.2f} {y * PT:.2f}" for x, y in points]
    path = f"{steps[0]} m\n" + "".join(f"{step} l\n" for step in steps[1:])
    return f"{path}h\n" if close else path


def box_path(box: tuple[float, float, float, float]) -> str:
    """Return a rectangle (left, bottom, width, height in millimetres) as operators."""
    return "{:.2f} {:.2f} {:.2f} {:.2f} re\n".format(*(value * PT for value in box))
