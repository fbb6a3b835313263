"""The container of old Office files: sound ones are read, circles and gaps are refused."""

import contextlib
import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geotool.errors import ReadError
from geotool.sources.sheets import binary_sheets, compound
from geotool.sources.sheets.compound import UnsoundError

RAW = (Path(__file__).parent.parent / "fixtures" / "xls" / "households.xls").read_bytes()
END, FREE, TABLE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
HEADER = 512


def packed(streams, table=None, small=b""):
    """Write a compound file by hand: table, directory, small sectors, one sector a stream."""
    entries = entry("Root Entry", 5, 2, 512)
    for i, (name, data) in enumerate(streams.items()):
        entries += entry(name, 2, 3 + i, len(data))
    places = [TABLE, END, END, *[END] * len(streams), *[FREE] * 200][:128]
    for place, value in (table or {}).items():
        places[place] = value
    head = compound._HEADER.pack(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 62, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 0, END, 0, END, 0
    )
    head += struct.pack("<109L", 0, *[FREE] * 108)
    body = [struct.pack("<128L", *places), entries, small, *streams.values()]
    return head + b"".join(part.ljust(512, b"\0") for part in body)


def entry(name, kind, start, size):
    text = (name + "\0").encode("utf-16-le")
    return text.ljust(64, b"\0") + struct.pack("<HB49xLLL", len(text), kind, start, size, 0)


def records(*items):
    return b"".join(struct.pack("<HH", kind, len(data)) + data for kind, data in items)


BEGIN = (0x0809, struct.pack("<HH", 0x0600, 0x0010) + b"\0" * 12)


def test_streams_by_hand():
    streams = {"Workbook": b"a" * 512, "Ô": b"b" * 512}
    found = compound.read_streams(packed(streams))
    assert {stream.name: stream.data for stream in found} == streams


def test_the_committed_file():
    (stream,) = compound.read_streams(RAW)
    assert (stream.name, len(stream.data)) == ("Workbook", 4096)
    binary_sheets.require_sound(RAW, "a.xls")


@pytest.mark.parametrize("table", [{1: 1}, {3: 3}, {3: 900}, {3: FREE}, {2: 2}])
def test_circles_and_gaps(table):
    with pytest.raises(UnsoundError, match="does not end"):
        compound.read_streams(packed({"Workbook": b"a" * 512}, table))


@pytest.mark.parametrize("raw", [b"", RAW[:300], RAW[:1000], b"x" * 4096])
def test_not_a_compound_file(raw):
    with pytest.raises(UnsoundError):
        compound.read_streams(raw)


def test_a_locked_workbook():
    book = records(BEGIN, (0x002F, b"\0" * 6))
    with pytest.raises(ReadError, match="password"):
        binary_sheets.require_sound(packed({"Workbook": book}), "a.xls")
    with pytest.raises(ReadError, match="password"):
        binary_sheets.require_sound(packed({"EncryptedPackage": b"x"}), "a.xls")


def test_a_sheet_that_reaches_too_far():
    cells = [(0x0203, struct.pack("<HHHd", 65535, 9999, 0, 1.0))]
    with pytest.raises(ReadError, match="reaches to cell NTP65536"):
        binary_sheets.require_sound(packed({"Book": records(BEGIN, *cells)}), "a.xls")
    many = [(0x00BD, struct.pack("<HH6sH", 65535, 0, b"", 9999))]
    with pytest.raises(ReadError, match="reaches to"):
        binary_sheets.require_sound(packed({"Book": records(BEGIN, *many)}), "a.xls")


def test_a_count_of_texts_that_lies():
    book = records(BEGIN, (0x00FC, struct.pack("<LL", 9, 0x7FFFFFFF)))
    with pytest.raises(UnsoundError, match="texts"):
        binary_sheets.require_sound(packed({"Workbook": book}), "a.xls")


@settings(max_examples=200)
@given(data=st.data())
def test_any_damage_ends(data):
    raw = bytearray(RAW)
    for _ in range(data.draw(st.integers(1, 6))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(UnsoundError, ReadError):
        binary_sheets.require_sound(bytes(raw), "a.xls")
