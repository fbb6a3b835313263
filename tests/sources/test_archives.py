"""Archives that would grow without end, or write where they may not, are refused."""

import io
import struct
import zipfile
import zlib

import pytest

from geotool.errors import ReadError
from geotool.sources import archives, read_layer
from geotool.sources.archives import UnsafeArchiveError

CSV = b"grave_id,lon,lat\nM1,106.1,18.1\n"


def made(path, *members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name, data in members:
            out.writestr(name, data)
    return path


def entry(name, data, *, stated=None, method=8, flags=0, attributes=0, offset=0):
    """Return one member's local record and its directory record, written by hand."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(data) + packer.flush() if method == 8 else data
    size = len(data) if stated is None else stated
    fields = (flags, method, 0, 33, zlib.crc32(data), len(packed), size, len(name))
    local = struct.pack("<4sHHHHHLLLHH", b"PK\x03\x04", 20, *fields, 0) + name + packed
    head = struct.pack(
        "<4sHHHHHHLLLHHHHHLL",
        *(b"PK\x01\x02", 0x31E, 20, *fields, 0, 0, 0, 0, attributes, offset),
    )
    return local, head + name


def by_hand(path, *entries):
    """Write an archive of (name, data, options); an offset in the options is kept."""
    body, directory = b"", b""
    for name, data, options in entries:
        local, head = entry(name, data, **{"offset": len(body), **options})
        body += local
        directory += head
    end = struct.pack(
        "<4sHHHHLLH", b"PK\x05\x06", 0, 0, len(entries), len(entries), len(directory), len(body), 0
    )
    path.write_bytes(body + directory + end)
    return path


def test_an_honest_archive_is_unpacked_as_it_is(tmp_path):
    path = made(tmp_path / "a.zip", ("Thửa đất/a.csv", CSV), ("b/", b""), ("b/c.txt", b""))
    assert archives.members(path) == ["Thửa đất/a.csv", "b/c.txt"]
    assert archives.check(path) == ["Thửa đất/a.csv", "b/c.txt"]
    folder = tmp_path / "out"
    folder.mkdir()
    files = archives.unpack(path, folder)
    assert [f.relative_to(folder).as_posix() for f in files] == ["Thửa đất/a.csv", "b/c.txt"]
    assert files[0].read_bytes() == CSV
    assert archives.read_member(path, "Thửa đất/a.csv") == CSV
    with pytest.raises(ReadError, match="no 'x'"):
        archives.read_member(path, "x")


@pytest.mark.parametrize(
    "name",
    [
        b"../a.csv",
        b"x/../../a.csv",
        b"/etc/a.csv",
        b"C:/a.csv",
        b"C:a.csv",
        b"..\\a.csv",
        b"x\\a.csv",
        b"a.csv\x00.txt",
        b"./a.csv",
        b"x//a.csv",
        b"a.csv ",
        b"a.csv.",
        b"con.csv",
        b"x/NUL",
        b"a\x1b[2J.csv",
        b"//server/share/a.csv",
    ],
)
def test_names_that_lead_elsewhere_are_refused(tmp_path, name):
    (tmp_path / "in").mkdir()
    path = by_hand(tmp_path / "in/a.zip", (name, CSV, {}))
    with pytest.raises(UnsafeArchiveError, match="refused"):
        archives.check(path)
    with pytest.raises(ReadError, match="refused"):
        read_layer(path, "graves")
    assert [p.name for p in tmp_path.rglob("*")] == ["in", "a.zip"]


@pytest.mark.parametrize("names", [(b"a.csv", b"a.csv"), (b"a.csv", b"A.CSV"), (b"a", b"a/")])
def test_names_that_are_one_on_some_computers_are_refused(tmp_path, names):
    path = by_hand(tmp_path / "a.zip", *((name, b"x", {}) for name in names))
    with pytest.raises(UnsafeArchiveError, match="twice"):
        archives.check(path)


def test_links_are_refused(tmp_path):
    path = by_hand(tmp_path / "a.zip", (b"a.csv", b"/etc/passwd", {"attributes": 0o120777 << 16}))
    with pytest.raises(UnsafeArchiveError, match="link"):
        archives.unpack(path, tmp_path)


def test_locked_members_ask_for_the_password(tmp_path):
    path = by_hand(tmp_path / "a.zip", (b"a.csv", CSV, {"flags": 1}))
    with pytest.raises(ReadError, match="password"):
        read_layer(path, "graves")


def test_members_packed_in_an_unknown_way_are_refused(tmp_path):
    path = by_hand(tmp_path / "a.zip", (b"a.csv", CSV, {"method": 9}))
    with pytest.raises(ReadError, match="packed in a way"):
        archives.check(path)


def test_a_stated_bomb_is_refused_unread(tmp_path):
    path = made(tmp_path / "a.zip", ("a.csv", bytes(60_000_000)))
    assert path.stat().st_size < 100_000
    with pytest.raises(UnsafeArchiveError, match="would unpack"):
        read_layer_of(path)


def read_layer_of(path):
    try:
        read_layer(path, "graves")
    except ReadError as error:
        raise UnsafeArchiveError(error.message) from error


@pytest.mark.parametrize("stated", [10, 0])
def test_a_lying_header_stops_at_what_it_states(tmp_path, stated):
    path = by_hand(tmp_path / "a.zip", (b"a.csv", bytes(50_000_000), {"stated": stated}))
    with pytest.raises(UnsafeArchiveError, match="larger than"):
        archives.check(path)
    with pytest.raises(UnsafeArchiveError, match="larger than"):
        archives.read_member(path, "a.csv")


def test_members_that_share_bytes_are_refused(tmp_path):
    data = bytes(1000)
    path = by_hand(tmp_path / "a.zip", (b"a.csv", data, {}), (b"b.csv", data, {"offset": 0}))
    with pytest.raises(UnsafeArchiveError, match="overlaps"):
        archives.check(path)


def test_too_many_members_are_refused(tmp_path):
    path = made(tmp_path / "a.zip", *((f"{i}", b"") for i in range(20_001)))
    with pytest.raises(UnsafeArchiveError, match="20,001 files"):
        archives.members(path)


@pytest.mark.parametrize("cut", [5, 40, -30, -1])
def test_a_damaged_archive_is_said_to_be(tmp_path, cut):
    path = made(tmp_path / "a.zip", ("a.csv", CSV * 100))
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(ReadError):
        read_layer(path, "graves")


def test_a_flipped_byte_is_found(tmp_path):
    path = made(tmp_path / "a.zip", ("a.csv", CSV * 100))
    raw = bytearray(path.read_bytes())
    raw[45] ^= 0xFF
    path.write_bytes(raw)
    with pytest.raises(ReadError, match="damaged"):
        archives.check(path)


def test_entities_in_a_part_are_refused(tmp_path):
    bomb = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'
    path = made(tmp_path / "a.xlsx", ("xl/workbook.xml", bomb))
    with pytest.raises(ReadError, match="entity bomb"):
        archives.check(path)


def test_archives_inside_archives_are_not_opened(tmp_path):
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as out:
        out.writestr("a.csv", CSV)
    path = made(tmp_path / "a.zip", ("b.zip", inner.getvalue()))
    with pytest.raises(ReadError, match="another archive"):
        read_layer(path, "graves")
