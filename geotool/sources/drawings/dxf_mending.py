"""A damaged text DXF, object by object: which objects are sound, and what is wrong with the others.

The library's own recovery guesses numbers that cannot be read; here such an object is set aside.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from geotool.sources.records import Rejected

_OBJECT = re.compile(rb"[A-Z][A-Z0-9_]*\Z")
_PARTS_OF_OTHERS = frozenset({b"VERTEX", b"SEQEND", b"ATTRIB"})
_ENDS = frozenset({b"ENDSEC", b"EOF"})
_NUMBERS = ((10, 59), (110, 149), (210, 239), (460, 469), (1010, 1059))
_WHOLE = ((60, 99), (170, 179), (270, 289), (370, 389), (1060, 1071))
_POINTS = ((10, 18), (110, 112), (210, 210))
_TO_Y = 10
_SHOWN = 30


@dataclass(frozen=True)
class Mended:
    """A drawing without the objects that are damaged; ``drawn_count`` counts all of them."""

    data: bytes
    drawn_count: int
    rejected: tuple[Rejected, ...]


def mend(data: bytes) -> Mended | None:
    """Return a drawing that holds only the sound objects of its section ENTITIES.

    An object is damaged when one of its numbers cannot be read, a point lacks its second
    coordinate, its lines are out of step, or the file ends within it. None when there is no
    such section.
    """
    lines = data.splitlines()
    first = _section_start(lines)
    if first is None:
        return None
    starts, end = _objects(lines, first)
    kept: list[bytes] = []
    rejected: list[Rejected] = []
    for number, (start, stop) in enumerate(starts, start=1):
        reason = _damage(lines, start, stop)
        if end is None and number == len(starts):
            reason = "the file ends within this object; what followed it is lost"
        if reason:
            rejected.append(Rejected(number, "", f"{_named(lines, start, stop)}: {reason}"))
        else:
            kept += lines[start:stop]
    rest = lines[end:] if end is not None else [b"0", b"ENDSEC", b"0", b"EOF"]
    whole = b"\n".join([*lines[:first], *kept, *rest, b""])
    return Mended(whole, len(starts), tuple(rejected))


def _section_start(lines: Sequence[bytes]) -> int | None:
    """Return the line after ``SECTION``, ``2``, ``ENTITIES``."""
    for at in range(2, len(lines)):
        if lines[at].strip() == b"ENTITIES" and lines[at - 2].strip() == b"SECTION":
            return at + 1
    return None


def _objects(lines: Sequence[bytes], first: int) -> tuple[list[tuple[int, int]], int | None]:
    """Return first line and end of each object with its parts, and where the section ends."""
    begins: list[int] = []
    end: int | None = None
    at = first
    while at + 1 < len(lines):
        if _begins(lines, at):
            word = lines[at + 1].strip()
            if word in _ENDS:
                end = at
                break
            if word not in _PARTS_OF_OTHERS:
                begins.append(at)
            at += 2
        else:
            at += 2 if _is_code(lines[at]) and not _begins(lines, at + 1) else 1
    stops = [*begins[1:], len(lines) if end is None else end]
    return list(zip(begins, stops, strict=False)), end


def _begins(lines: Sequence[bytes], at: int) -> bool:
    """Return whether an object, or the end of the section, begins at a line."""
    if at + 1 >= len(lines) or lines[at].strip() != b"0":
        return False
    return _OBJECT.match(lines[at + 1].strip()) is not None


def _damage(lines: Sequence[bytes], start: int, stop: int) -> str:
    """Return what is wrong with an object, empty when nothing is."""
    if (stop - start) % 2:
        return "a line of it is missing"
    missing_y = -1
    for at in range(start, stop, 2):
        if not _is_code(lines[at]):
            return f"line {at + 1} is no group code ({_shown(lines[at])})"
        code = int(lines[at])
        if missing_y not in (-1, code):
            return f"the point before line {at + 1} has one coordinate only"
        missing_y = code + _TO_Y if _within(code, _POINTS) else -1
        reason = _damaged_value(lines, at, code)
        if reason:
            return reason
    return "" if missing_y == -1 else "its last point has one coordinate only"


def _damaged_value(lines: Sequence[bytes], at: int, code: int) -> str:
    value = lines[at + 1]
    if _within(code, _NUMBERS) and not _is_number(value, float):
        return f"line {at + 2} is no number ({_shown(value)})"
    if _within(code, _WHOLE) and not _is_number(value, int):
        return f"line {at + 2} is no whole number ({_shown(value)})"
    return ""


def _named(lines: Sequence[bytes], start: int, stop: int) -> str:
    """Return type and handle of an object, for messages."""
    kind = _shown(lines[start + 1])
    for at in range(start + 2, stop - 1, 2):
        if lines[at].strip() == b"5":
            return f"object {_shown(lines[at + 1])} ({kind})"
    return kind


def _is_code(line: bytes) -> bool:
    return _is_number(line, int)


def _is_number(line: bytes, kind: type[int] | type[float]) -> bool:
    try:
        kind(line)
    except ValueError:
        return False
    return b"_" not in line


def _within(code: int, ranges: Sequence[tuple[int, int]]) -> bool:
    return any(low <= code <= high for low, high in ranges)


def _shown(line: bytes) -> str:
    return line.strip()[:_SHOWN].decode("ascii", "replace") or "empty"
