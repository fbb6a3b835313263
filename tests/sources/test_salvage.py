"""Files damaged by hand: what is kept, what is set aside, and that nothing gets lost between.

The shapefiles are written here byte by byte, the others in ``tests/fixtures/damaged`` by ogr2ogr.
"""

import json
import math
import shutil
import sqlite3
import struct
import time
from pathlib import Path

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geotool.errors import DataError, ReadError
from geotool.schema import load_schema
from geotool.sources import files
from geotool.sources.records import ReadOptions
from geotool.sources.salvage import salvage

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures" / "damaged"
PRJ = 'GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],'
PRJ += 'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]'
NAMES = ["Nguyễn An", "Trần Bình", "Lê Cường", "Phạm Dũng", "Vũ Em"]
KEYS = ["P1", "P2", "P3", "P4", "P5"]
RECORD_BYTES = 8 + 44 + 4 + 5 * 16


def ring(number):
    x = 100.0 * number
    return [(x, 0.0), (x, 50.0), (x + 100, 50.0), (x + 100, 0.0), (x, 0.0)]


def content(points, kind=5):
    xs, ys = zip(*points, strict=True)
    box = struct.pack("<4d", min(xs), min(ys), max(xs), max(ys))
    flat = [value for point in points for value in point]
    return struct.pack("<i", kind) + box + struct.pack("<3i", 1, len(points), 0) + struct.pack(
        f"<{len(flat)}d", *flat
    )  # fmt: skip


def header(size):
    return struct.pack(">7i", 9994, 0, 0, 0, 0, 0, size // 2) + struct.pack(
        "<2i8d", 1000, 5, *[0] * 8
    )


def dbf_bytes(keys=KEYS, names=NAMES, flag=b" "):
    fields = [(b"parcel_id", b"C", 8, 0), (b"owner", b"C", 24, 0), (b"area", b"N", 10, 2)]
    size = 1 + sum(field[2] for field in fields)
    start = 32 + 32 * len(fields) + 1
    head = struct.pack("<4BIHH20x", 3, 124, 1, 1, len(keys), start, size)
    for name, kind, length, decimals in fields:
        head += struct.pack("<11sc4xBB14x", name, kind, length, decimals)
    rows = b"".join(
        flag + key.encode().ljust(8) + name.encode().ljust(24) + f"{100.5 * i:10.2f}".encode()
        for i, (key, name) in enumerate(zip(keys, names, strict=True), 1)
    )
    return head + b"\r" + rows + b"\x1a"


@pytest.fixture
def shape(tmp_path):
    """A sound shapefile of five parcels; returns its .shp."""
    records, index, at = b"", b"", 100
    for number in range(1, 6):
        body = content(ring(number))
        records += struct.pack(">2i", number, len(body) // 2) + body
        index += struct.pack(">2i", at // 2, len(body) // 2)
        at += 8 + len(body)
    path = tmp_path / "p.shp"
    path.write_bytes(header(at) + records)
    path.with_suffix(".shx").write_bytes(header(100 + len(index)) + index)
    path.with_suffix(".dbf").write_bytes(dbf_bytes())
    path.with_suffix(".prj").write_text(PRJ, encoding="ascii")
    path.with_suffix(".cpg").write_text("UTF-8", encoding="ascii")
    return path


def salvaged(path, sublayer=None, **options):
    before = sorted(item.name for item in path.parent.iterdir())
    raw = salvage.read_records(files.open_source(path), sublayer, ReadOptions(**options))
    assert sorted(item.name for item in path.parent.iterdir()) == before
    assert len(raw.records) == len(raw.frame)
    numbers = [*raw.records, *(one.record for one in raw.rejected)]
    assert len(set(numbers)) == len(numbers)
    return raw


def kept(raw):
    return raw.frame["parcel_id"].tolist()


def rejected(raw):
    return {one.record: one.reason for one in raw.rejected}


def cut(path, size):
    """Take bytes off the end of a file, or keep that many of its beginning."""
    data = path.read_bytes()
    path.write_bytes(data[:size])


def overwrite(path, at, data):
    whole = bytearray(path.read_bytes())
    whole[at : at + len(data)] = data
    path.write_bytes(bytes(whole))


def record_at(number):
    return 100 + (number - 1) * RECORD_BYTES


# --- shapefiles -------------------------------------------------------------------------------


def test_a_sound_shapefile_is_kept_whole(shape):
    raw = salvaged(shape)
    assert kept(raw) == KEYS
    assert raw.frame["owner"].tolist() == NAMES
    assert raw.frame["area"].tolist() == [100.5, 201.0, 301.5, 402.0, 502.5]
    for number, polygon in enumerate(raw.frame.geometry, 1):
        assert polygon.equals(shapely.box(100 * number, 0, 100 * number + 100, 50))
    assert raw.records == (1, 2, 3, 4, 5)
    assert raw.rejected == ()
    assert raw.frame.crs.to_epsg() == 4326
    assert raw.encoding == "utf-8"


@pytest.mark.parametrize("size", [-1, -RECORD_BYTES + 1, -RECORD_BYTES])
def test_a_shp_cut_in_its_last_record(shape, size):
    cut(shape, size)
    raw = salvaged(shape)
    assert kept(raw) == KEYS[:4]
    assert rejected(raw) == {5: "cut off: the file ends before it"}


@pytest.mark.parametrize("lost", [(), (".shx",)])
def test_a_shp_cut_in_the_middle_counts_by_what_the_others_say(shape, lost):
    cut(shape, record_at(3) + 20)
    for suffix in lost:
        shape.with_suffix(suffix).unlink()
    raw = salvage.read_records(
        files.Source(str(shape), "shp", shape, None), None, ReadOptions()
    )  # fmt: skip
    assert kept(raw) == ["P1", "P2"]
    assert rejected(raw) == dict.fromkeys((3, 4, 5), "cut off: the file ends before it")


@pytest.mark.parametrize("damage", ["missing", "empty", "cut", "zeros"])
def test_without_a_sound_shx_the_records_are_walked(shape, damage):
    index = shape.with_suffix(".shx")
    if damage == "missing":
        index.unlink()
    elif damage == "empty":
        index.write_bytes(b"")
    elif damage == "cut":
        cut(index, -12)
    else:
        overwrite(index, 100, bytes(40))
    raw = salvage.read_records(files.Source(str(shape), "shp", shape, None), None, ReadOptions())
    assert kept(raw) == KEYS
    assert raw.rejected == ()


def test_a_dbf_cut_short(shape):
    table = shape.with_suffix(".dbf")
    cut(table, -60)
    raw = salvaged(shape)
    assert kept(raw) == KEYS[:3]
    assert rejected(raw) == dict.fromkeys((4, 5), "cut off: its row of the .dbf is missing")


@pytest.mark.parametrize("damage", ["missing", "header"])
def test_a_lost_dbf_leaves_the_shapes_and_is_said(shape, damage):
    table = shape.with_suffix(".dbf")
    if damage == "missing":
        table.unlink()
    else:
        cut(table, 50)
    raw = salvage.read_records(files.Source(str(shape), "shp", shape, None), None, ReadOptions())
    assert list(raw.frame.columns) == ["geometry"]
    assert len(raw.frame) == 5
    assert [note[0] for note in raw.notes] == ["attributes_lost"]


@pytest.mark.parametrize("index", [True, False])
def test_a_damaged_record_header_costs_at_most_that_record(shape, index):
    overwrite(shape, record_at(2), b"\xff" * 8)
    if not index:
        shape.with_suffix(".shx").unlink()
    raw = salvage.read_records(files.Source(str(shape), "shp", shape, None), None, ReadOptions())
    if index:  # it says where the record is, and its contents are sound
        assert kept(raw) == KEYS
    else:
        assert kept(raw) == ["P1", "P3", "P4", "P5"]
        assert rejected(raw) == {2: "its record in the .shp is damaged"}


def test_damaged_headers_of_two_records_in_a_row(shape):
    overwrite(shape, record_at(2), b"\xff" * 8)
    overwrite(shape, record_at(3), b"\x00" * 8)
    shape.with_suffix(".shx").unlink()
    raw = salvage.read_records(files.Source(str(shape), "shp", shape, None), None, ReadOptions())
    assert kept(raw) == ["P1", "P4", "P5"]
    assert sorted(rejected(raw)) == [2, 3]


@pytest.mark.parametrize(
    ("value", "reason"),
    [(1e300, "a coordinate is 1e+300"), (math.nan, "a coordinate is no number"),
     (-math.inf, "a coordinate is no number")],
)  # fmt: skip
def test_coordinates_that_cannot_be_true(shape, value, reason):
    overwrite(shape, record_at(3) + 8 + 48 + 16, struct.pack("<d", value))
    raw = salvaged(shape)
    assert kept(raw) == ["P1", "P2", "P4", "P5"]
    assert rejected(raw) == {3: reason}


@pytest.mark.parametrize(
    ("at", "data"),
    [
        (8 + 36, struct.pack("<i", 99)),  # number of parts
        (8 + 40, struct.pack("<i", 99999)),  # number of points
        (8 + 44, struct.pack("<i", 3)),  # where the first part begins
        (8, struct.pack("<i", 77)),  # the kind of shape
    ],
)
def test_contents_that_are_no_shape(shape, at, data):
    overwrite(shape, record_at(4) + at, data)
    raw = salvaged(shape)
    assert kept(raw) == ["P1", "P2", "P3", "P5"]
    assert list(rejected(raw)) == [4]


def test_rows_that_are_deleted_or_damaged(shape):
    table = shape.with_suffix(".dbf")
    first, size = 32 + 32 * 3 + 1, 43
    overwrite(table, first + size, b"*")
    overwrite(table, first + 2 * size, b"\x07")
    overwrite(table, first + 3 * size + 33, b"12x4,   ..")
    overwrite(table, first + 4 * size + 33, b"**********")
    raw = salvaged(shape)
    assert kept(raw) == ["P1", "P5"]
    assert rejected(raw) == {
        2: "marked as deleted in the .dbf",
        3: "its row of the .dbf is damaged",
        4: "its column area holds no number",
    }
    assert math.isnan(raw.frame["area"].iloc[1])


def test_text_that_is_damaged_in_one_row(shape):
    overwrite(shape.with_suffix(".dbf"), 32 + 32 * 3 + 1 + 9, b"\xff\xfe\xfa\x80")
    raw = salvaged(shape)
    assert kept(raw) == KEYS[1:]
    assert rejected(raw) == {1: "its text is damaged"}
    assert raw.frame["owner"].tolist() == NAMES[1:]


def test_holes_and_parts_of_a_polygon(shape):
    outer, hole = (
        ring(1),
        [(x + 120, y + 10) for x, y in [(0, 0), (20, 0), (20, 20), (0, 20), (0, 0)]],
    )
    other = [(x + 1000, y) for x, y in ring(1)]
    points = [*outer, *hole, *other]
    flat = [value for point in points for value in point]
    body = struct.pack("<i4d2i3i", 5, 0, 0, 0, 0, 3, 15, 0, 5, 10) + struct.pack("<30d", *flat)
    shape.write_bytes(header(0) + struct.pack(">2i", 1, len(body) // 2) + body)
    shape.with_suffix(".shx").unlink()
    shape.with_suffix(".dbf").write_bytes(dbf_bytes(["P1"], ["An"]))
    raw = salvage.read_records(files.Source(str(shape), "shp", shape, None), None, ReadOptions())
    found = raw.frame.geometry.iloc[0]
    expected = shapely.box(100, 0, 200, 50).difference(shapely.box(120, 10, 140, 30))
    assert found.equals(expected.union(shapely.box(1100, 0, 1200, 50)))


@pytest.mark.parametrize(
    ("kind", "body", "expected"),
    [
        (1, struct.pack("<2d", 3, 4), "POINT (3 4)"),
        (11, struct.pack("<4d", 3, 4, 5, 6), "POINT (3 4)"),
        (0, b"", None),
        (8, struct.pack("<4di4d", 0, 0, 0, 0, 2, 1, 2, 3, 4), "MULTIPOINT (1 2, 3 4)"),
        (3, struct.pack("<4d3i4d", 0, 0, 0, 0, 1, 2, 0, 1, 2, 3, 4), "LINESTRING (1 2, 3 4)"),
        (13, struct.pack("<4d3i4d4d", 0, 0, 0, 0, 1, 2, 0, 1, 2, 3, 4, 0, 0, 7, 8),
         "LINESTRING (1 2, 3 4)"),
    ],
)  # fmt: skip
def test_every_kind_of_shape(shape, kind, body, expected):
    record = struct.pack("<i", kind) + body
    shape.write_bytes(header(0) + struct.pack(">2i", 1, len(record) // 2) + record)
    shape.with_suffix(".dbf").write_bytes(dbf_bytes(["P1"], ["An"]))
    shape.with_suffix(".shx").unlink()
    raw = salvage.read_records(files.Source(str(shape), "shp", shape, None), None, ReadOptions())
    found = raw.frame.geometry.iloc[0]
    assert found is None if expected is None else found.equals(shapely.from_wkt(expected))


def test_a_header_that_states_millions_of_rows_is_not_believed(shape):
    overwrite(shape.with_suffix(".dbf"), 4, struct.pack("<I", 4_000_000_000))
    raw = salvaged(shape)
    assert kept(raw) == KEYS
    assert raw.rejected == ()


def test_a_prj_that_is_damaged_leaves_the_system_open(shape):
    overwrite(shape.with_suffix(".prj"), 9, b"\xac\xff")
    raw = salvaged(shape)
    assert kept(raw) == KEYS
    assert raw.crs is None


def test_a_shapefile_of_which_nothing_is_left(shape):
    cut(shape, 90)
    with pytest.raises(ReadError, match="nothing of it could be read"):
        salvage.read_records(files.Source(str(shape), "shp", shape, None), None, ReadOptions())


@settings(max_examples=60)
@given(st.data())
def test_whatever_bytes_are_broken_every_record_is_kept_or_rejected(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("broken")
    path = folder / "p.shp"
    index, records, at = b"", b"", 100
    for number in range(1, 6):
        body = content(ring(number))
        records += struct.pack(">2i", number, len(body) // 2) + body
        index += struct.pack(">2i", at // 2, len(body) // 2)
        at += 8 + len(body)
    parts = {".shp": header(at) + records, ".shx": header(140) + index, ".dbf": dbf_bytes()}
    suffix = data.draw(st.sampled_from(sorted(parts)))
    broken = bytearray(parts[suffix])
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(broken) - 1))
        noise = data.draw(st.binary(min_size=1, max_size=12))
        broken[place : place + len(noise)] = noise
    parts[suffix] = bytes(broken[: data.draw(st.integers(1, len(broken)))])
    for name, raw_bytes in parts.items():
        path.with_suffix(name).write_bytes(raw_bytes)
    try:
        raw = salvage.read_records(files.Source(str(path), "shp", path, None), None, ReadOptions())
    except DataError:
        return
    numbers = sorted([*raw.records, *(one.record for one in raw.rejected)])
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) >= 5


# --- GeoJSON ----------------------------------------------------------------------------------


def feature(number, **more):
    x = 106 + 0.001 * number
    coordinates = [[[x, 18], [x + 0.001, 18], [x + 0.001, 18.001], [x, 18]]]
    return {
        "type": "Feature",
        "properties": {"parcel_id": f"P{number}", "owner": NAMES[number - 1], **more},
        "geometry": {"type": "Polygon", "coordinates": coordinates},
    }


def collection(texts):
    return '{"type": "FeatureCollection", "name": "p", "features": [\n' + ",\n".join(texts) + "\n]}"


@pytest.fixture
def texts():
    return [json.dumps(feature(i), ensure_ascii=False) for i in range(1, 6)]


def geojson(tmp_path, text, name="p.geojson"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return path


def test_geojson_cut_short(tmp_path, texts):
    whole = collection(texts)
    path = geojson(tmp_path, whole[: whole.index('"P4"') + 30])
    raw = salvaged(path)
    assert kept(raw) == ["P1", "P2", "P3"]
    assert raw.frame["owner"].tolist() == NAMES[:3]
    assert raw.frame.geometry.iloc[1].equals(shapely.geometry.shape(feature(2)["geometry"]))
    start = whole.index(texts[3])
    assert rejected(raw) == {4: f"no valid JSON at character {start + 1}"}
    assert raw.crs == "EPSG:4326"


def test_features_broken_in_the_middle(tmp_path, texts):
    texts[1] = texts[1].replace('"Polygon"', '"Polygon')
    texts[2] = texts[2].replace("[[[", "[[")
    texts[3] = texts[3].replace('"coordinates"', '"coordinate"')
    path = geojson(tmp_path, collection(texts))
    raw = salvaged(path)
    assert kept(raw) == ["P1", "P5"]
    reasons = rejected(raw)
    assert sorted(reasons) == [2, 3, 4]
    assert reasons[2].startswith("no valid JSON at character ")
    assert reasons[4] == "its shape cannot be read"


def test_features_whose_type_does_not_come_first(tmp_path):
    items = [{"id": i, **dict(reversed(feature(i, id=f"k{i}").items()))} for i in range(1, 6)]
    texts = [json.dumps(item, ensure_ascii=False) for item in items]
    texts[2] = texts[2].replace("]", "", 1)
    raw = salvaged(geojson(tmp_path, collection(texts)))
    assert kept(raw) == ["P1", "P2", "P4", "P5"]
    assert list(rejected(raw)) == [3]
    assert raw.frame["id"].tolist() == ["k1", "k2", "k4", "k5"]


def test_coordinates_and_text_of_features(tmp_path, texts):
    texts[0] = texts[0].replace("106.001", "1e300")
    texts[1] = texts[1].replace("106.002", "NaN")
    whole = collection(texts).encode("utf-8").replace("Lê".encode(), b"L\xff\xfe")
    raw = salvaged(geojson(tmp_path, whole))
    assert kept(raw) == ["P4", "P5"]
    assert rejected(raw) == {
        1: "a coordinate is 1e+300",
        2: "its shape cannot be read",
        3: "its text is not UTF-8",
    }


def test_the_system_that_geojson_names(tmp_path, texts):
    named = '{"type": "FeatureCollection", "crs": {"type": "name", "properties": {"name": '
    named += '"urn:ogc:def:crs:EPSG::9209"}}, "features": [' + ",".join(texts)
    raw = salvaged(geojson(tmp_path, named))
    assert raw.frame.crs.to_epsg() == 9209
    assert kept(raw) == KEYS


def test_a_system_whose_name_is_damaged_is_not_guessed(tmp_path, texts):
    for name in ('"EPSG::92', '"urn:ogc:def:crs:EPSG::9Z09"', "12"):
        named = f'{{"crs": {{"type": "name", "properties": {{"name": {name}}}}}, "features": ['
        assert salvaged(geojson(tmp_path, named + ",".join(texts))).crs is None


def test_geojson_by_lines(tmp_path, texts):
    texts[1] = texts[1][:50]
    texts[3] = '{"type": "Note"}'
    raw = salvaged(geojson(tmp_path, "\n".join([*texts[:2], "", *texts[2:]]), "p.geojsonl"))
    assert kept(raw) == ["P1", "P3", "P5"]
    assert rejected(raw) == {2: "line 2 is no valid JSON", 4: "line 5 is no valid JSON"}


@pytest.mark.parametrize("text", ['{"type": "FeatureCollection", "features": [', '{"a": [1, 2'])
def test_geojson_of_which_nothing_is_left(tmp_path, text):
    with pytest.raises(ReadError, match="nothing of it could be read"):
        salvaged(geojson(tmp_path, text))


def test_json_nested_without_end_is_only_a_broken_feature(tmp_path, texts):
    deep = '{"type": "Feature", "properties": {"a": ' + "[" * 200_000
    raw = salvaged(geojson(tmp_path, collection([texts[0], deep, texts[2]])))
    assert kept(raw) == ["P1", "P3"]
    assert list(rejected(raw)) == [2]


def test_many_broken_features_take_no_time(tmp_path):
    broken = '{"type": "Feature", "properties": {"a": [1, '
    start = time.monotonic()
    with pytest.raises(ReadError):
        salvaged(geojson(tmp_path, collection([broken] * 20_000)))
    assert time.monotonic() - start < 10


# --- files of other programs ------------------------------------------------------------------


@pytest.fixture
def fixture(tmp_path):
    def copied(name):
        shutil.copyfile(FIXTURES / name, tmp_path / name)
        return tmp_path / name

    return copied


MANY = [f"P{i:02d}" for i in range(1, 41)]


def test_a_sound_geopackage_is_kept_whole(fixture):
    raw = salvaged(fixture("parcels.gpkg"))
    assert kept(raw) == MANY
    assert raw.frame["area"].tolist() == [100 * i for i in range(1, 41)]
    assert raw.frame.geometry.iloc[0].equals(shapely.box(500010, 2000000, 500020, 2000010))
    assert raw.frame.crs.to_epsg() == 32648
    assert raw.rejected == ()
    assert raw.sublayer == "parcels"


def page_of(path, text):
    """Return number and size of the page that holds a text."""
    data = path.read_bytes()
    size = struct.unpack_from(">H", data, 16)[0]
    return data.index(text.encode()) // size, size


def rows_on(path, page, size):
    data = path.read_bytes()[page * size : (page + 1) * size]
    return [key for key in MANY if key.encode() in data]


def test_a_page_of_a_geopackage_that_is_lost(fixture):
    path = fixture("parcels.gpkg")
    page, size = page_of(path, "P20")
    lost = rows_on(path, page, size)
    assert 1 < len(lost) < 39
    overwrite(path, page * size, bytes(size))
    raw = salvaged(path)
    assert kept(raw) == [key for key in MANY if key not in lost]
    assert sorted(rejected(raw)) == [MANY.index(key) + 1 for key in lost]
    assert set(rejected(raw).values()) == {"the page of the file that held it is damaged"}


def test_a_geopackage_cut_short(fixture):
    path = fixture("parcels.gpkg")
    page, size = page_of(path, "P30")
    lost = [key for key in MANY if path.read_bytes().index(key.encode()) >= page * size]
    assert lost
    cut(path, page * size)
    raw = salvaged(path)
    assert kept(raw) == [key for key in MANY if key not in lost]
    assert len(raw.frame) + len(raw.rejected) == 40


def test_a_shape_and_a_text_of_a_geopackage_that_are_damaged(fixture):
    path = fixture("parcels.gpkg")
    data = path.read_bytes()
    blob = data.rindex(b"GP", 0, data.index(b"P07"))
    overwrite(path, blob, b"XX")
    text = data.index("Nguyễn Văn 9 ".encode())
    overwrite(path, text + 4, b"\xff\xff")
    raw = salvaged(path)
    assert len(raw.frame) == 38
    assert set(rejected(raw).values()) == {"its shape is damaged", "its column owner is no text"}
    assert 9 in rejected(raw)


def test_a_geopackage_of_which_nothing_is_left(fixture):
    path = fixture("parcels.gpkg")
    cut(path, 4096)
    with pytest.raises(ReadError, match="nothing of it could be read"):
        salvaged(path)


def test_flatgeobuf_cut_short_counts_by_its_header(fixture):
    path = fixture("parcels.fgb")
    assert kept(salvaged(path)) == KEYS
    cut(path, -100)
    raw = salvaged(path)
    assert kept(raw) == KEYS[:4]
    assert list(rejected(raw)) == [5]
    cut(path, path.read_bytes().index(b"P3"))
    raw = salvaged(path)
    assert kept(raw) == KEYS[:2]
    assert list(rejected(raw)) == [3, 4, 5]


@pytest.mark.parametrize(("name", "key"), [("parcels.kml", "Name"), ("parcels.gml", "parcel_id")])
@pytest.mark.parametrize("at", ["P4", "</"])
def test_xml_cut_short(fixture, name, key, at):
    path = fixture(name)
    data = path.read_bytes()
    cut(path, data.index(b"P4") if at == "P4" else data.rindex(b"</") + 4)
    raw = salvage.read_records(files.open_source(path), None, ReadOptions())
    expected = KEYS[:3] if at == "P4" else KEYS
    assert raw.frame[key].tolist() == expected
    assert [one.record for one in raw.rejected] == [len(expected) + 1]
    assert raw.rejected[0].reason == "cut off: the file ends before it"


@pytest.mark.parametrize(("name", "key"), [("parcels.kml", "Name"), ("parcels.gml", "parcel_id")])
def test_xml_broken_in_one_record(fixture, name, key):
    path = fixture(name)
    data = path.read_bytes()
    overwrite(path, data.index(b"P3"), b"<&")
    raw = salvage.read_records(files.open_source(path), None, ReadOptions())
    assert raw.frame[key].tolist() == ["P1", "P2", "P4", "P5"]
    assert [one.record for one in raw.rejected] == [3]
    assert "broken at byte" in raw.rejected[0].reason
    assert raw.records == (1, 2, 4, 5)


def test_an_entity_bomb_is_not_taken_apart(fixture):
    path = fixture("parcels.kml")
    text = path.read_text(encoding="utf-8").replace(
        "<kml", '<!DOCTYPE a [<!ENTITY b "c">]>\n<kml', 1
    )
    path.write_text(text[:-50], encoding="utf-8")
    with pytest.raises(ReadError, match=r"entit|document type"):
        salvage.read_records(files.open_source(path), None, ReadOptions())


def test_several_layers_of_a_geopackage_are_a_choice(fixture):
    path = fixture("parcels.gpkg")
    with sqlite3.connect(path) as database:
        database.executescript("""
            CREATE TABLE roads (fid INTEGER PRIMARY KEY, geom BLOB);
            INSERT INTO gpkg_contents SELECT 'roads', data_type, 'roads', description, last_change,
                min_x, min_y, max_x, max_y, srs_id FROM gpkg_contents;
            INSERT INTO gpkg_geometry_columns SELECT 'roads', column_name, geometry_type_name,
                srs_id, z, m FROM gpkg_geometry_columns WHERE table_name = 'parcels';
        """)
    database.close()
    source = files.open_source(path)
    with pytest.raises(ReadError, match="'parcels', 'roads'"):
        salvage.read_records(source, None, ReadOptions())
    assert len(salvage.read_records(source, "parcels", ReadOptions()).frame) == 40
    layer = load_schema("parcels")
    assert len(salvage.read_records(source, None, ReadOptions(), layer).frame) == 40


def test_a_mapinfo_table_that_is_cut(tmp_path):
    whole = FIXTURES.parent / "mapinfo"
    for part in whole.glob("parcels.*"):
        shutil.copyfile(part, tmp_path / part.name)
    sound = salvaged(tmp_path / "parcels.tab")
    assert len(sound.frame) > 1
    table = tmp_path / "parcels.dat"
    cut(table, len(table.read_bytes()) - 20)
    try:
        raw = salvaged(tmp_path / "parcels.tab")
    except ReadError as error:
        assert "nothing of it could be read" in error.message
    else:
        assert len(raw.frame) + len(raw.rejected) == len(sound.frame)


def test_two_geojson_texts_joined_lose_no_feature(tmp_path, texts):
    path = geojson(tmp_path, collection(texts[:2]) + "\n" + collection(texts[2:]))
    raw = salvaged(path)
    assert len(kept(raw)) == len(texts)
    assert rejected(raw) == {}


def test_a_damaged_letter_in_the_tables_of_a_geopackage_is_no_crash(fixture):
    path = fixture("parcels.gpkg")
    overwrite(path, path.read_bytes().index(b"EPSG") + 1, b"\xd3")
    assert kept(salvaged(path))
    data = path.read_bytes().replace(b"gpkg_geometry_columns", b"gpkg_geometry\xd3columns")
    path.write_bytes(data)
    with pytest.raises(ReadError):
        salvaged(path)
