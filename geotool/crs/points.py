"""The text of one pair of coordinates, and of one angle: as planners write them.

``573456,12 1998742,87``, ``X=1.998.742,87 Y=573.456,12``, ``106.2923 18.0867``,
``18°05'12,5"B 106°17'32"Đ``, ``vĩ độ 18 độ 5 phút, kinh độ 106 độ 17 phút``.
"""

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

from geotool.errors import UsageError

EXAMPLES = "573456.12 1998742.87 or 573456,12; 1998742,87 or 18°05'12,5\"B 106°17'32,3\"Đ"

_SAME = {
    "º": "°", "˚": "°", "’": "'", "‘": "'", "′": "'", "´": "'", "`": "'", "“": '"', "”": '"',
    "″": '"', "''": '"', "−": "-", "–": "-", "ð": "đ", "\u00a0": " ", "\u202f": " ",
    "|": ";", "\t": " ", "\n": ";",
}  # fmt: skip
_WORDS = (
    (r"vn[\s-]?2000|wgs[\s-]?84|tọa độ|toạ độ|toa do|điểm|point|\(\s*m\s*\)", " "),
    (r"hoành độ|tung độ|hoanh do|tung do", " "),
    (r"(?<=[^\W\d_]),(?=\d)|(?<=['\"°]),(?=\d)|&|\b(?:và|va|and)\b", ";"),
    (
        r"(?<![\d.,])(\d{3,}(?:[.,]\d+)*|\d{1,3}(?:[.,]\d{3})+(?:[.,]\d+)?)\s*(?:mét|met|m)"
        r"(?=[enxy]?(?![^\W\d_]))",
        r"\1 ",
    ),
    (r"(?<=\d)-(?=\d)", " "),
    (
        r"kinh\s*(?:độ|do|tuyến|tuyen)|kinh(?=\s*(?:đông|dong))|kđđ?|longitude|long?(?![a-z])|lng|λ",
        " LON ",
    ),
    (r"v[ĩi]\s*(?:độ|do|tuyến|tuyen)|v[ĩi](?=\s*(?:bắc|bac))|vđb?|latitude|lat|φ", " LAT "),
    (r"độ|(?<=\d)\s*do(?![a-z])|degrees?|deg", "°"),
    (r"phút|phut|minutes?|min", "'"),
    (r"giây|giay|seconds?|sec", '"'),
    (r"bắc|bac|north(?:ing)?", " B "),
    (r"đông|dong|east(?:ing)?", " Đ "),
    (r"tây|tay|west", " W "),
    (r"nam|south", " S "),
)
_LETTER_UNITS = re.compile(r"(\d)\s*(?:d|°)\s*(\d[\d.,]*)\s*(?:m|')\s*(?:(\d[\d.,]*)\s*(?:s|\"))?")
_TOKEN = re.compile(
    r"(?P<number>(?<![\d.,])[-+]?\d[\d.,]*|(?<=[\d.,])-\d[\d.,]*)|(?P<sign>[°'\"])|(?P<end>;)"
    r"|(?P<comma>,)|(?P<name>LAT|LON|[xy](?![^\W\d_]))|(?P<side>[nsewbđtdl](?![^\W\d_]))"
    r"|(?P<blank>(?:[\s:=()\[\]./]|-(?!\d))+)",
    re.IGNORECASE,
)
_SIDES = {
    "n": ("lat", 1), "b": ("lat", 1), "s": ("lat", -1),
    "e": ("lon", 1), "đ": ("lon", 1), "d": ("lon", 1), "l": ("lon", 1),
    "w": ("lon", -1), "t": ("lon", -1),
}  # fmt: skip


_ORDERS = {"xy": ("lon", "lat"), "yx": ("lat", "lon"), "XY": ("XYx", "XYy"), "YX": ("XYy", "XYx")}


@dataclass(frozen=True)
class ParsedPoint:
    """Two numbers as written.

    ``kind`` is ``deg`` or ``plane``; ``axes`` is ``xy`` when the text says that the first is
    an easting or longitude, ``yx`` when it says northing or latitude, ``XY`` for letters X and
    Y, which mean either, and empty when it says nothing.
    """

    first: float
    second: float
    kind: str
    axes: str = ""


@dataclass(frozen=True)
class ParsedAngle:
    """Decimal degrees; ``axis`` is ``lat`` or ``lon`` when the text says so, else empty."""

    value: float
    axis: str = ""


@dataclass
class _Part:
    """What was written of one coordinate."""

    numbers: list[str] = field(default_factory=list)
    signs: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    sides: list[str] = field(default_factory=list)
    closed: bool = False


def parse_point(text: str) -> ParsedPoint:
    """Return the two coordinates a text holds.

    Raises
    ------
    UsageError
        When it does not hold exactly two, or can be read in two ways.
    """
    parts = _two_parts(text)
    axes = _axes([_axis_of(part, text) for part in parts], text)
    if _are_angles(parts):
        first, second = (_angle(part, text) for part in parts)
        return _checked(ParsedPoint(first, second, "deg", axes), text)
    first, second = _pair([_joined(part, text) for part in parts], text)
    if _is_plane(first, second):
        return _checked(ParsedPoint(first, second, "plane", axes), text)
    first, second = first * _sign(parts[0]), second * _sign(parts[1])
    return _checked(ParsedPoint(first, second, "deg", axes), text)


def parse_angle(text: str) -> ParsedAngle | None:
    """Return one angle in degrees, such as ``18°05'12,5"B``; None when the text is none."""
    try:
        parts = _parts_of(text)
        if len(parts) != 1 or not 1 <= len(parts[0].numbers) <= 3:
            return None
        axis = _axis_of(parts[0], text)
        return ParsedAngle(_angle(parts[0], text), axis if axis in ("lat", "lon") else "")
    except UsageError:
        return None


def format_dms(lon: float, lat: float, language: str) -> str:
    """Return degrees, minutes and seconds: ``18°05'12,500"B 106°17'32,280"Đ`` in ``vi``."""
    letters = "BNĐT" if language == "vi" else "NSEW"
    north = _dms_text(lat, letters[:2], language)
    return f"{north} {_dms_text(lon, letters[2:], language)}"


def _dms_text(value: float, letters: str, language: str) -> str:
    thousandths = round(abs(value) * 3_600_000)
    minutes, seconds = divmod(thousandths, 60_000)
    degrees, minutes = divmod(minutes, 60)
    text = f"{degrees}°{minutes:02d}'{seconds / 1000:06.3f}\"{letters[value < 0]}"
    return text.replace(".", ",") if language == "vi" else text


def _unreadable(text: str, why: str) -> UsageError:
    return UsageError(f"'{text.strip()[:80]}' is no point: {why}.", remedy=f"Write {EXAMPLES}.")


def _plain(text: str) -> str:
    """Return a text with one spelling for each sign and word."""
    plain = unicodedata.normalize("NFC", text).casefold()
    plain = unicodedata.normalize("NFC", plain)
    for other, sign in _SAME.items():
        plain = plain.replace(other, sign)
    for pattern, meant in _WORDS:
        plain = re.sub(pattern, meant, plain)

    def signed(match: re.Match[str]) -> str:
        seconds = f'{match[3]}"' if match[3] else ""
        return f"{match[1]}°{match[2]}'{seconds}"

    return _LETTER_UNITS.sub(signed, plain)


def _tokens(text: str) -> list[tuple[str, str]]:
    plain, position, tokens = _plain(text), 0, []
    while position < len(plain):
        match = _TOKEN.match(plain, position)
        if match is None:
            raise _unreadable(text, f"'{plain[position:].split()[0][:20]}' cannot be read")
        if match.lastgroup not in (None, "blank"):
            tokens.append((str(match.lastgroup), match[0]))
        position = match.end()
    return tokens


def _parts_of(text: str) -> list[_Part]:
    """Return what a text says of each coordinate, in the order written."""
    tokens = _tokens(text)
    kinds = [kind for kind, _ in tokens]
    leading, behind = kinds[:1] == ["side"], _names_follow(kinds)
    parts = [_Part()]
    following = [value for _, value in tokens[1:]] + [""]
    for (kind, value), after in zip(tokens, following, strict=False):
        stays = behind and kind == "name"
        if not stays and _starts_anew(parts[-1], kind, after, leading=leading):
            parts.append(_Part())
        _take(parts[-1], kind, value, leading=leading)
    return [part for part in parts if part.numbers or part.names or part.sides]


def _names_follow(kinds: Sequence[str]) -> bool:
    """Return whether names stand behind numbers: ``18 độ vĩ độ Bắc; 106 độ kinh độ Đông``."""
    if "name" not in kinds or kinds[0] != "number":
        return False
    return "number" not in kinds[len(kinds) - kinds[::-1].index("name") :]


def _two_parts(text: str) -> list[_Part]:
    parts = _parts_of(text)
    if len(parts) == 1 and not (parts[0].signs or parts[0].sides):
        return _halves(parts[0], text)
    if len(parts) != 2 or not (parts[0].numbers and parts[1].numbers):
        raise _unreadable(text, "it does not hold two coordinates")
    return parts


def _are_angles(parts: Sequence[_Part]) -> bool:
    """Return whether there are signs of degrees, or several numbers that are no thousands."""
    if any(map(_is_grouped, parts)):
        return False
    return any(part.signs for part in parts) or all(1 < len(part.numbers) < 4 for part in parts)


def _is_plane(first: float, second: float) -> bool:
    low, high = sorted((abs(first), abs(second)))
    return low > 90 or high > 180


def _joined(part: _Part, text: str) -> str:
    if len(part.numbers) > 1 and not _is_grouped(part):
        raise _unreadable(text, f"'{' '.join(part.numbers)}' is no number")
    return "".join(part.numbers)


def _sign(part: _Part) -> int:
    return -1 if any(_SIDES[side][1] < 0 for side in part.sides) else 1


def _starts_anew(part: _Part, kind: str, following: str, *, leading: bool) -> bool:
    if not part.numbers:
        return False
    if kind == "number":
        return part.closed or (following == "°" and bool(part.signs))
    return kind == "name" or (kind == "side" and leading)


def _take(part: _Part, kind: str, value: str, *, leading: bool) -> None:
    if kind == "number":
        part.numbers.append(value.rstrip(".,").lstrip("+"))
        part.closed = value.endswith(",")
    elif kind == "sign":
        part.signs.append(value)
    elif kind == "name":
        part.closed = bool(part.numbers)
        part.names.append(value.lower())
    elif kind == "side":
        part.sides.append(value.lower())
        part.closed = part.closed or not leading
    elif part.numbers:
        part.closed = True


def _halves(part: _Part, text: str) -> list[_Part]:
    """Return bare numbers as two coordinates: one, two or three numbers each."""
    numbers = part.numbers
    if len(numbers) == 1:
        numbers = _split_at_comma(numbers[0], text)
    if len(numbers) not in (2, 4, 6):
        raise _unreadable(text, f"it holds {len(numbers)} numbers")
    half = len(numbers) // 2
    return [_Part(numbers[:half], names=part.names[:1]), _Part(numbers[half:])]


def _split_at_comma(written: str, text: str) -> list[str]:
    pieces = written.split(",")
    if len(pieces) == 2 and ("." in written or min(map(len, pieces)) >= 5):
        return pieces
    if len(pieces) == 4 and "." not in written:
        return [",".join(pieces[:2]), ",".join(pieces[2:])]
    if len(pieces) == 1:
        raise _unreadable(text, "it holds one number")
    raise _unreadable(text, "its commas can be decimal marks or stand between the numbers")


def _axis_of(part: _Part, text: str) -> str:
    """Return ``lat``, ``lon``, ``XY`` for a letter X or Y, or nothing."""
    said = {name for name in part.names if name in ("lat", "lon")}
    said |= {_SIDES[side][0] for side in part.sides}
    if len(said) > 1 or len(part.sides) > 1:
        raise _unreadable(text, "one coordinate is called both north and east")
    if said:
        return said.pop()
    return f"XY{part.names[0]}" if part.names else ""


def _axes(said: Sequence[str], text: str) -> str:
    """Return which coordinate comes first, by what the text says of both."""
    first, second = said
    if first and first == second:
        raise _unreadable(text, "both coordinates are called the same")
    for order, pair in _ORDERS.items():
        if first == pair[0] or second == pair[1]:
            return order
    return ""


def _is_grouped(part: _Part) -> bool:
    """Return whether blanks group thousands: ``1 998 742,87``."""
    rest = [re.split("[.,]", number)[0] for number in part.numbers[1:]]
    return not part.signs and bool(rest) and all(len(digits) == 3 for digits in rest)


def _angle(part: _Part, text: str) -> float:
    """Return degrees of one to three numbers, checked for order and size."""
    _require_order(part, text)
    values = [_decimal(number, None, text) for number in part.numbers]
    _require_base_60(values, text)
    size = math.fsum(abs(value) / 60.0**power for power, value in enumerate(values))
    negative = part.numbers[0].startswith("-")
    if negative and part.sides:
        raise _unreadable(text, "it has a minus sign beside a point of the compass")
    if size > (90 if _axis_of(part, text) == "lat" else 180):
        raise _unreadable(text, f"{size:g} degrees are too many")
    return -size if negative else size * _sign(part)


def _require_order(part: _Part, text: str) -> None:
    """Refuse signs that are not those of degrees, minutes, seconds in this order."""
    signs, count = len(part.signs), len(part.numbers)
    in_order = part.signs in (["°", "'", '"'][:signs], ["°", "'", "'"])
    if not in_order or count > 3 or signs > count or (signs and count > signs + 1):
        raise _unreadable(text, "degrees, minutes and seconds cannot be told apart")


def _require_base_60(values: Sequence[float], text: str) -> None:
    if any(value != int(value) for value in values[:-1]):
        raise _unreadable(text, "only the last of degrees, minutes, seconds has decimals")
    if any(not 0 <= value < 60 for value in values[1:]):
        raise _unreadable(text, "minutes and seconds go from 0 to 59")


def _pair(written: Sequence[str], text: str) -> tuple[float, float]:
    marks = {mark for number in written if (mark := _grouping(number)) is not None}
    if len(marks) > 1:
        raise _unreadable(text, "it mixes 1.234,5 and 1,234.5")
    mark = marks.pop() if marks else None
    return _decimal(written[0], mark, text), _decimal(written[1], mark, text)


def _grouping(number: str) -> str | None:
    dots, commas = number.count("."), number.count(",")
    if dots and commas:
        return "." if number.rfind(".") < number.rfind(",") else ","
    return "." if dots > 1 else "," if commas > 1 else None


def _decimal(number: str, grouping: str | None, text: str) -> float:
    whole = number
    if grouping is not None:
        groups = re.split("[.,]", number.lstrip("-"))
        inner = groups[1:-1] if number.count(grouping) < len(groups) - 1 else groups[1:]
        if any(len(group) != 3 for group in inner):
            raise _unreadable(text, f"'{number}' is no number")
        whole = number.replace(grouping, "")
    try:
        value = float(whole.replace(",", "."))
    except ValueError as error:
        raise _unreadable(text, f"'{number}' is no number") from error
    if not math.isfinite(value):
        raise _unreadable(text, f"'{number}' is no number")
    return value


def _checked(point: ParsedPoint, text: str) -> ParsedPoint:
    """Return the point; refuse degrees that are no place on earth."""
    if point.kind == "plane":
        if max(abs(point.first), abs(point.second)) < 1000:
            raise _unreadable(text, "the numbers are too large for degrees, too small for metres")
        return point
    latitude = {"xy": point.second, "yx": point.first}.get(point.axes)
    both_large = min(abs(point.first), abs(point.second)) > 90
    if both_large or (latitude is not None and abs(latitude) > 90):
        raise _unreadable(text, "a latitude is at most 90 degrees")
    return point
