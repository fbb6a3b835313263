"""The letters of a sheet: one typeface in two weights, with every Vietnamese letter, embedded."""

import unicodedata
from functools import cache
from typing import TYPE_CHECKING

from geotool import resources
from geotool.share.paper import library

if TYPE_CHECKING:
    from reportlab.pdfbase.ttfonts import TTFont

POINT_MM = 25.4 / 72
"""A typographic point in millimetres."""

LACKING = "¿"
"""What is printed where the typeface has no glyph for a character."""

_FILES = {False: "BeVietnamPro-Regular.ttf", True: "BeVietnamPro-Bold.ttf"}


class Typeface:
    """Measures text and makes it printable; remembers the characters it had to replace.

    Raises
    ------
    UsageError
        When the library that writes PDF is not installed.
    """

    def __init__(self) -> None:
        self._faces = {bold: _font(name) for bold, name in _FILES.items()}
        self._lacking: set[str] = set()

    @property
    def lacking(self) -> tuple[str, ...]:
        """The characters without a glyph met so far, sorted."""
        return tuple(sorted(self._lacking))

    def name(self, *, bold: bool) -> str:
        """Return the name under which a weight is known to the PDF library."""
        return str(self._faces[bold].fontName)

    def clean(self, text: str) -> str:
        """Return text as it is printed: composed, on one line, every character with a glyph.

        Line breaks and other controls become spaces, invisible marks of format are left out; a
        character the typeface lacks becomes ``LACKING`` and is remembered.
        """
        composed = unicodedata.normalize("NFC", text)
        return "".join(map(self._printable, composed))

    def width_mm(self, text: str, size_pt: float, *, bold: bool = False) -> float:
        """Return how wide a clean text is, in millimetres."""
        return float(self._faces[bold].stringWidth(text, size_pt)) * POINT_MM

    def wrap(self, text: str, size_pt: float, width_mm: float, *, bold: bool = False) -> list[str]:
        """Return a text as clean lines no wider than a column; long words are broken."""
        lines = [""]
        for word in self.clean(text).split():
            joined = f"{lines[-1]} {word}".strip()
            if self.width_mm(joined, size_pt, bold=bold) <= width_mm:
                lines[-1] = joined
                continue
            lines += self._broken(word, size_pt, width_mm, bold=bold)
        return [line for line in lines if line] or [""]

    def cut(self, text: str, size_pt: float, width_mm: float, *, bold: bool = False) -> str:
        """Return a clean text no wider than a place, ended by ``…`` where it was cut."""
        whole = self.clean(text)
        if self.width_mm(whole, size_pt, bold=bold) <= width_mm:
            return whole
        while whole and self.width_mm(f"{whole}…", size_pt, bold=bold) > width_mm:
            whole = whole[:-1]
        return f"{whole.rstrip()}…"

    def _broken(self, word: str, size_pt: float, width_mm: float, *, bold: bool) -> list[str]:
        pieces = [""]
        for letter in word:
            if pieces[-1] and self.width_mm(pieces[-1] + letter, size_pt, bold=bold) > width_mm:
                pieces.append("")
            pieces[-1] += letter
        return pieces

    def _printable(self, character: str) -> str:
        category = unicodedata.category(character)
        if category in ("Cc", "Zl", "Zp"):
            return " "
        if category == "Cf":
            return ""
        if category == "Zs":
            return " "
        if all(ord(character) in face.face.charToGlyph for face in self._faces.values()):
            return character
        self._lacking.add(character)
        return LACKING


@cache
def _font(file: str) -> "TTFont":
    path = resources.find("maps", f"assets/fonts/{file}")
    font = library.load("reportlab.pdfbase.ttfonts").TTFont(path.stem, str(path))
    library.load("reportlab.pdfbase.pdfmetrics").registerFont(font)
    return font
