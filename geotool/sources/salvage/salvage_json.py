"""Damaged GeoJSON, feature by feature: what parses is kept, the rest named by its place."""

import bisect
import json
import re
from collections.abc import Iterator, Mapping, Sequence

import shapely

from geotool.sources.files import Source
from geotool.sources.records import RawLayer
from geotool.sources.salvage.salvaged import Salvaged, known_system

_LON_LAT = "EPSG:4326"
_FEATURES = re.compile(r'"features"\s*:\s*\[')
_FEATURE = re.compile(r'\{\s*"(?:type"\s*:\s*"Feature"|(?:id|bbox|properties|geometry)"\s*:)')
_TYPED = re.compile(r'\{\s*"type"\s*:\s*"Feature"')
_CRS = re.compile(r'"crs"\s*:\s*(?=\{)')
_BETWEEN = re.compile(r"[\s,]*")
_BAD_SHAPE = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    RecursionError,
    shapely.errors.ShapelyError,
)
_DECODER = json.JSONDecoder()


def read_features(source: Source, data: bytes) -> RawLayer:
    """Return the sound features of a GeoJSON text.

    Raises
    ------
    ReadError
        When nothing of it could be read.
    """
    text = _text(data)
    start = _FEATURES.search(text)
    found = Salvaged()
    if start is not None:
        for number, (feature, place) in enumerate(_features(text, start.end()), 1):
            _take(found, number, feature, f"no valid JSON at character {place + 1}")
    return found.layer(source, None, _system(text))


def read_lines(source: Source, data: bytes) -> RawLayer:
    """Return the sound features of a GeoJSON text with a feature a line.

    Raises
    ------
    ReadError
        When nothing of it could be read.
    """
    found = Salvaged()
    number = 0
    for line_number, line in enumerate(_text(data).splitlines(), 1):
        plain = line.strip("\x1e \t")
        if plain:
            number += 1
            _take(found, number, _parsed(plain, 0)[0], f"line {line_number} is no valid JSON")
    return found.layer(source, None, _LON_LAT)


def _text(data: bytes) -> str:
    """Return text in which bytes that are no UTF-8 remain to be seen."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    return data.decode("utf-8-sig", errors="surrogateescape")


def _features(text: str, start: int) -> Iterator[tuple[object, int]]:
    """Yield each feature, None for one that does not parse, and where it begins."""
    at = _skip(text, start)
    starts = [found.start() for found in _TYPED.finditer(text, start)]
    while at < len(text):
        if text[at] == "]":
            at = _after_end(starts, at, len(text))
            continue
        value, end = _parsed_before(text, at, starts)
        if value is not None and _is_feature(value):
            yield value, at
            at = _skip(text, end)
            continue
        yield None, at
        at = _next_start(text, at + 1)


def _after_end(starts: Sequence[int], at: int, end: int) -> int:
    """Return where a feature begins behind the end of the list: of a second text, joined on."""
    following = bisect.bisect_right(starts, at)
    return starts[following] if following < len(starts) else end


def _parsed_before(text: str, at: int, starts: Sequence[int]) -> tuple[object, int]:
    """Return the value that begins here, looking no further than where the next one begins."""
    following = bisect.bisect_right(starts, at)
    if following == len(starts):
        return _parsed(text, at)
    value, length = _parsed(text[at : starts[following]], 0)
    return value, at + length


def _next_start(text: str, start: int) -> int:
    """Return where the next feature begins that is one or tries to be, else the end."""
    for found in _FEATURE.finditer(text, start):
        if '"type"' in found[0]:
            return found.start()
        value, _ = _parsed(text, found.start())
        if value is not None and _is_feature(value):
            return found.start()
    return len(text)


def _parsed(text: str, start: int) -> tuple[object, int]:
    """Return the value that begins here and its end, None when none does."""
    try:
        value, end = _DECODER.raw_decode(text, start)
    except (ValueError, RecursionError):
        return None, start
    return value, end


def _skip(text: str, start: int) -> int:
    found = _BETWEEN.match(text, start)
    return start if found is None else found.end()


def _is_feature(value: object) -> bool:
    return isinstance(value, dict) and value.get("type") == "Feature"


def _take(found: Salvaged, number: int, feature: object, reason: str) -> None:
    """Keep or reject one feature."""
    if not isinstance(feature, dict) or not _is_feature(feature):
        found.reject(number, reason)
        return
    properties = feature.get("properties") or {}
    if not isinstance(properties, dict):
        found.reject(number, "its properties are no list of names and values")
        return
    cells = {str(name): _cell(value) for name, value in properties.items()}
    if "id" in feature and "id" not in cells:
        cells = {"id": _cell(feature["id"]), **cells}
    if _is_broken_text(cells):
        found.reject(number, "its text is not UTF-8")
        return
    try:
        shape = _shape(feature.get("geometry"))
    except _BAD_SHAPE:
        found.reject(number, "its shape cannot be read")
        return
    found.keep(number, cells, shape)


def _cell(value: object) -> object:
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return value


def _is_broken_text(cells: Mapping[str, object]) -> bool:
    words = (*cells, *(value for value in cells.values() if isinstance(value, str)))
    return any("\ud800" <= letter <= "\udfff" for word in words for letter in word)


def _shape(geometry: object) -> shapely.Geometry | None:
    if geometry is None:
        return None
    if not isinstance(geometry, dict):
        raise TypeError(type(geometry).__name__)
    shape = shapely.geometry.shape(geometry)
    if geometry.get("coordinates") and shape.is_empty:
        raise ValueError(geometry["type"])
    return shape


def _system(text: str) -> str | None:
    """Return the system that the text names, longitude and latitude when it names none.

    None when the name is damaged.
    """
    places = list(_CRS.finditer(text))
    for found in places:
        value, _ = _parsed(text, found.end())
        named = value.get("properties") if isinstance(value, dict) else None
        if isinstance(named, dict) and isinstance(named.get("name"), str):
            return known_system(named["name"])
    return None if places else _LON_LAT
