r"""Texts of data stay texts: a spreadsheet runs none of them, a terminal obeys none of them.

A spreadsheet takes a cell for a formula when it begins with ``=``, ``+``, ``-`` or ``@``, narrow
or wide, also after blanks that no eye sees. Such a cell is led by an apostrophe, as spreadsheets
themselves mark text, and so is one that already has apostrophes before it: what geotool wrote is
read back as it was. A cell that is a number stays one. ``maps/assets/sheet.js`` has the same rule.
"""

import re

_REPLACEMENT = "\ufffd"
_BLANKS = (
    r"\x00-\x20\x7f-\xa0\xad"
    "\u061c\u115f\u1160\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u2069\u3000\u3164\ufeff"
)
_SIGNS = r"=+\-@" + "\uff1d\uff0b\uff0d\uff20"
RUNS = rf"[{_BLANKS}']*[{_SIGNS}]"
"""Pattern of what a spreadsheet may run at the beginning of a cell, apostrophes before it or not.

Python and RE2 read it alike.
"""

_RUNS = re.compile(RUNS)
_GUARDED = re.compile(rf"'(?={RUNS})")
_NUMBER = re.compile(r"[+-]?[0-9][0-9.,]*(?:[eE][+-]?[0-9]+)?")
_MISLEADING = re.compile(
    r"\r(?!\n)|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
    "\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def guarded(text: str) -> str:
    """Return a cell that no spreadsheet runs: led by an apostrophe where it could be a formula."""
    return f"'{text}" if _RUNS.match(text) and not _NUMBER.fullmatch(text) else text


def unguarded(text: str) -> str:
    """Return a cell as it was before :func:`guarded`."""
    return text[1:] if _GUARDED.match(text) else text


def printable(text: str) -> str:
    """Return a text whose control characters are visible marks, but for tabs and line ends.

    Marks that turn the direction of what follows, and halves of characters, are marked too.
    """
    return _MISLEADING.sub(_REPLACEMENT, text)
