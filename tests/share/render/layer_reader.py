"""Reads layers as ``maps/FORMAT.md`` states them: plain Python, nothing shared with the writer."""

import base64
import datetime
import json
import math
import re
import zlib
from dataclasses import dataclass
from itertools import accumulate, islice

_PAGE = re.compile(r'<script type="application/json" id="gt-page">(.*?)</script>', re.DOTALL)
_RADIUS_M = 6_378_137.0
_POINT, _LINE, _POLYGON = 1, 2, 3


@dataclass(frozen=True)
class Layer:
    """A layer of a page: its entry in the page's data, and its streams as bytes."""

    entry: dict
    data: bytes

    @property
    def name(self):
        return self.entry["name"]

    @property
    def shapes(self):
        return read_shapes(self.entry["data"], self.data)

    @property
    def values(self):
        return read_columns(self.entry["data"], self.data)

    @property
    def parts(self):
        return read_parts(self.entry["data"], self.data)


def read_page(text):
    """Return the page's own data (``gt-page``)."""
    return json.loads(_PAGE.search(text)[1])


def read_layers(text):
    """Return the layers of a page by name."""
    entries = read_page(text)["layers"]
    return {entry["name"]: Layer(entry, block_bytes(text, entry["block"])) for entry in entries}


def block_bytes(text, identifier):
    """Return what the script blocks ``<identifier>-0``, ``-1`` ... hold together."""
    pattern = rf'<script type="text/plain" id="{identifier}-(\d+)">([^<]*)</script>'
    pieces = sorted((int(number), piece) for number, piece in re.findall(pattern, text))
    assert [number for number, _ in pieces] == list(range(len(pieces)))
    return base64.b64decode("".join(piece for _, piece in pieces), validate=True)


def plain_streams(entry, data):
    """Return every stream of a layer, inflated, by name."""
    found = {}
    for name, (first, size, plain) in entry["streams"].items():
        found[name] = zlib.decompress(data[first : first + size])
        assert len(found[name]) == plain, name
    return found


def varints(raw):
    """Return the numbers of a stream: seven bits a byte, the lowest first."""
    numbers, number, shift = [], 0, 0
    for byte in raw:
        number |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            numbers.append(number)
            number, shift = 0, 0
    assert shift == 0
    return numbers


def signed(number):
    return -(number + 1) // 2 if number % 2 else number // 2


def read_vertices(entry, streams):
    """Return the vertices as pairs of whole steps from the origin, in the order written."""
    numbers = zip(varints(streams["x"]), varints(streams["y"]), strict=True)
    tokens = varints(streams["references"]) if "references" in streams else None
    vertices, known, last = [], [], None
    for token in tokens if tokens is not None else [0] * entry["vertices"]:
        if token == 0:
            x, y = vertices[-1] if vertices else (0, 0)
            dx, dy = next(numbers)
            vertices.append((x + signed(dx), y + signed(dy)))
            last = len(known)
            known.append(vertices[-1])
        else:
            last = {1: last - 1, 2: last + 1}.get(token, len(known) + 2 - token)
            vertices.append(known[last])
    assert next(numbers, None) is None
    assert len(vertices) == entry["vertices"]
    assert len(known) == entry["distinct"]
    return vertices


def read_shapes(entry, data):
    """Return the features as ``[kind, parts]`` in whole steps from the origin.

    A part is a point, a line of points, or a polygon's rings, the closing point left out.
    """
    assert entry["format"] == "geotool-layer-2"
    streams = plain_streams(entry, data)
    count, runs = entry["count"], 0
    kinds = varints(streams["kinds"]) if "kinds" in streams else [entry["kind"]] * count
    parts = varints(streams["parts"]) if "parts" in streams else [1] * count
    rings = iter(varints(streams["rings"])) if "rings" in streams else None
    lengths = iter(varints(streams.get("lengths", b"")))
    vertices = iter(read_vertices(entry, streams))

    def take(number):
        return [list(vertex) for vertex in islice(vertices, number)]

    found = []
    for kind, part_count in zip(kinds, parts, strict=True):
        own = []
        for _ in range(part_count):
            ring_count = next(rings) if kind == _POLYGON and rings else 1
            runs += ring_count
            if kind == _POINT:
                own += take(1)
            elif kind == _LINE:
                own.append(take(next(lengths)))
            else:
                own.append([take(next(lengths)) for _ in range(ring_count)])
        found.append([kind, own])
    assert runs == entry["runs"]
    assert next(lengths, None) is None
    assert next(vertices, None) is None
    return found


def read_column(entry, count, streams):
    """Return the cells of a column, None where there is none."""
    if entry["type"] == "text":
        text = streams[f"{entry['place']}.words"].decode("utf-8")
        words = text.split("\0") if entry["words"] else []
        assert len(words) == entry["words"]
        coded = streams.get(f"{entry['place']}.codes")
        codes = range(1, count + 1) if coded is None else varints(coded)
        return [words[code - 1] if code else None for code in codes]
    stored = varints(streams[f"{entry['place']}.values"])
    assert len(stored) == count
    whole = [signed(number - 1) if number else None for number in stored]
    if entry["type"] == "date":
        first = datetime.date(1970, 1, 1)
        return [
            None if days is None else (first + datetime.timedelta(days)).isoformat()
            for days in whole
        ]
    return [None if value is None else value / 10 ** entry["decimals"] for value in whole]


def read_columns(entry, data):
    """Return the cells of every column, by name."""
    streams = plain_streams(entry, data)
    return {one["name"]: read_column(one, entry["count"], streams) for one in entry["columns"]}


def read_parts(entry, data):
    """Return the parts as columns, ``row`` first: the place of the feature in the order written."""
    if entry["parts"] is None:
        return None
    streams, count = plain_streams(entry, data), entry["parts"]["count"]
    rows = list(accumulate(varints(streams["p.row"])))
    assert len(rows) == count
    columns = entry["parts"]["columns"]
    return {"row": rows} | {one["name"]: read_column(one, count, streams) for one in columns}


def to_metres(entry, vertex):
    """Return the place of a vertex in EPSG:3857."""
    return tuple(
        (start + steps) * entry["step"]
        for start, steps in zip(entry["origin"], vertex, strict=True)
    )


def to_degrees(entry, vertex):
    """Return longitude and latitude of a vertex."""
    x, y = to_metres(entry, vertex)
    latitude = math.degrees(2 * math.atan(math.exp(y / _RADIUS_M)) - math.pi / 2)
    return math.degrees(x / _RADIUS_M), latitude
