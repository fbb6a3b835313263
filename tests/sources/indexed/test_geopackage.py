"""The R-tree of a GeoPackage gives the rows that a scan gives, and leaves the file as it is."""

import os
import shutil
import sqlite3
import subprocess
from functools import partial

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geotool.errors import ReadError
from geotool.sources import files
from geotool.sources.indexed import geopackage
from tests.sources.indexed import drawn_layers as drawn
from tests.sources.indexed.geopackages import (
    BOXES,
    CRS,
    EAST,
    NEAR,
    NORTH,
    add_functions,
    blob_of,
    change,
    plots,
    write,
)

EVERYWHERE = np.array([[-np.inf, -np.inf, np.inf, np.inf]])


def read(path, boxes=BOXES, columns=("parcel_id",), layer="parcels"):
    with geopackage.open_indexed(files.open_source(path), layer) as indexed:
        return indexed.read_near(np.asarray(boxes, dtype=float), list(columns))


def facts_of(path, layer="parcels"):
    with geopackage.open_indexed(files.open_source(path), layer) as indexed:
        return None if indexed is None else indexed.facts


def keys(path, **options):
    return list(read(path, **options).columns["parcel_id"])


@pytest.fixture
def path(tmp_path):
    return write(plots(), tmp_path / "thửa đất #1 (mới)?.gpkg")


def test_rows_near_boxes_in_the_order_of_the_file(path):
    found = read(path)
    assert found.columns["parcel_id"] == tuple(NEAR)
    assert found.numbers.tolist() == [5, 6, 7, 8, 9, 10, 11, 20, 21]
    assert shapely.equals_identical(
        found.shapes, plots().geometry.to_numpy()[found.numbers - 1]
    ).all()
    again = read(path, boxes=np.vstack([BOXES[::-1], BOXES]))
    assert again.numbers.tolist() == found.numbers.tolist()


def test_what_a_layer_says_of_itself(path):
    facts = facts_of(path)
    assert facts.sublayer == "parcels"
    assert facts.columns == ("parcel_id",)
    assert facts.crs == CRS
    assert facts.feature_count == 40
    assert facts.numbered
    assert "R-tree" in facts.index


def test_boxes_away_from_everything_or_none(path):
    far = read(path, boxes=[[0, 0, 1, 1]])
    assert len(far.shapes) == len(far.numbers) == len(far.columns["parcel_id"]) == 0
    assert len(read(path, boxes=np.empty((0, 4))).shapes) == 0
    assert len(read(path, boxes=EVERYWHERE).shapes) == 40


def test_a_box_that_touches_an_edge_is_near(path):
    edge = EAST + 100.0
    assert set(keys(path, boxes=[[edge, NORTH + 1, edge, NORTH + 2]])) >= {"P4", "P5"}
    assert set(keys(path, boxes=[[edge + 5, NORTH + 20, edge + 6, NORTH + 30]])) >= {"P5"}


@settings(max_examples=25, derandomize=True)
@given(st.sampled_from(drawn.KINDS), st.integers(0, 2**31), st.integers(1, 60))
def test_rows_equal_a_scan(tmp_path_factory, kind, seed, count):
    path = tmp_path_factory.mktemp("scan") / "drawn.gpkg"
    shapes, cells = drawn.shapes(kind, 120, seed), drawn.cells(120, seed)
    frame = plots(120, **cells).set_geometry(shapes, crs=CRS)
    write(frame, path)
    boxes = drawn.boxes_along(count, seed)
    found = read(path, boxes=boxes, columns=[*cells, "parcel_id"])
    rows = drawn.near_by_scan(shapes, boxes)
    must = set(rows + 1)
    grown = boxes + np.array([-1.0, -1.0, 1.0, 1.0])  # the tree rounds its boxes outwards
    assert must <= set(found.numbers) <= set(drawn.near_by_scan(shapes, grown) + 1)
    assert (np.diff(found.numbers) > 0).all()
    places = found.numbers - 1
    assert shapely.equals_identical(found.shapes, shapes[places]).all()
    for name, column in cells.items():
        assert drawn.same_cells(found.columns[name], [column[i] for i in places])


def test_several_connections_give_what_one_gives(path, monkeypatch):
    one = read(path)
    monkeypatch.setattr(geopackage, "_LARGE_BYTES", 0)
    for boxes in (BOXES, BOXES[:1], np.empty((0, 4)), np.repeat(BOXES, 7, axis=0)):
        several = read(path, boxes=boxes)
        monkeypatch.setattr(geopackage, "_THREADS", 1)
        single = read(path, boxes=boxes)
        monkeypatch.setattr(geopackage, "_THREADS", 4)
        assert several.numbers.tolist() == single.numbers.tolist()
        assert several.columns == single.columns
    assert read(path).columns == one.columns


def test_row_ids_with_gaps_and_far_apart(path):
    change(path, "DELETE FROM parcels WHERE fid IN (6, 7)")
    change(path, "UPDATE parcels SET fid = fid * 1000000000 WHERE fid > 8")
    found = read(path)
    assert list(found.columns["parcel_id"]) == [key for key in NEAR if key not in ("P5", "P6")]
    assert found.numbers.tolist()[:3] == [5, 8, 9_000_000_000]
    assert not facts_of(path).numbered
    assert facts_of(path).feature_count == 38


def test_more_rows_than_are_fetched_at_once(tmp_path):
    path = write(plots(1700), tmp_path / "many.gpkg")
    assert len(keys(path, boxes=[[EAST, NORTH, EAST + 1e6, NORTH + 1]])) == 1700


def test_a_layer_without_a_tree_has_no_index(tmp_path):
    path = write(plots(), tmp_path / "bare.gpkg", SPATIAL_INDEX="NO")
    assert facts_of(path) is None


def test_a_layer_that_is_not_there(path):
    assert facts_of(path, "thửa") is None
    assert facts_of(path, 'x"; DROP TABLE parcels; --') is None
    assert len(keys(path)) == 9


def test_several_layers_in_one_file(path):
    write(plots(12).assign(parcel_id=[f"Q{i}" for i in range(12)]), path, layer="other")
    assert geopackage.list_layers(files.open_source(path)) == ["parcels", "other"]
    assert keys(path, layer="other") == ["Q4", "Q5", "Q6", "Q7", "Q8", "Q9", "Q10"]
    assert keys(path) == NEAR


@pytest.mark.parametrize(
    "name", ['a "b" c', "it's", "thửa đất", "x]y[z", "sel;ect", "order", "1 2"]
)
def test_names_that_need_quotes(tmp_path, name):
    column = f"col {name}"
    frame = plots().assign(**{column: "x"})
    path = write(
        frame, tmp_path / "named.gpkg", layer=name, GEOMETRY_NAME=f"g {name}", FID=f"f {name}"
    )
    found = read(path, layer=name, columns=["parcel_id", column])
    assert list(found.columns["parcel_id"]) == NEAR
    assert set(found.columns[column]) == {"x"}
    assert facts_of(path, name).columns == ("parcel_id", column)


def test_a_count_that_no_program_keeps(path):
    change(
        path,
        "DROP TRIGGER trigger_insert_feature_count_parcels",
        "DROP TRIGGER trigger_delete_feature_count_parcels",
        "DROP TABLE gpkg_ogr_contents",
    )
    assert facts_of(path).feature_count == 40
    assert keys(path) == NEAR


def test_a_key_that_is_text(path):
    """Its R-tree then knows the rows by SQLite's own numbers."""
    with sqlite3.connect(path) as connection:
        triggers = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'parcels'"
        ).fetchall()
    connection.close()
    change(path, *(f'DROP TRIGGER "{name}"' for name, _ in triggers))
    change(
        path,
        "ALTER TABLE parcels RENAME TO old",
        "CREATE TABLE parcels (parcel_id TEXT PRIMARY KEY NOT NULL, geom POLYGON)",
        "INSERT INTO parcels(rowid, parcel_id, geom) SELECT fid, parcel_id, geom FROM old",
        "DROP TABLE old",
        *(sql.replace('"fid"', "rowid") for _, sql in triggers),
    )
    assert keys(path) == NEAR
    facts = facts_of(path)
    assert facts.columns == ("parcel_id",)
    assert facts.feature_count == 40
    assert facts.numbered


def test_rows_without_a_shape_are_never_near(path):
    change(path, "UPDATE parcels SET geom = NULL WHERE fid = 8")
    assert keys(path) == [key for key in NEAR if key != "P7"]
    empty = b"GP\0\x11" + b"\0\0\0\0" + shapely.to_wkb(shapely.Polygon(), byte_order=1)
    change(path, ("UPDATE parcels SET geom = ? WHERE fid = 9", (empty,)))
    assert keys(path) == [key for key in NEAR if key not in ("P7", "P8")]


def test_heads_of_every_length(path):
    """The box in the head may be left out, or hold heights and measures."""
    shape = plots().geometry[7]
    wkb = shapely.to_wkb(shape, byte_order=1)
    box = blob_of(shape)[8:40]
    for code, more in (
        (0, b""),
        (1, box),
        (2, box + bytes(16)),
        (3, box + bytes(16)),
        (4, box + bytes(32)),
    ):
        head = bytes([0x47, 0x50, 0, code << 1 | 1]) + b"\0\0\0\0"
        change(
            path,
            "DROP TRIGGER IF EXISTS rtree_parcels_geom_update6",
            ("UPDATE parcels SET geom = ? WHERE fid = 8", (head + more + wkb,)),
        )
        assert shapely.equals_identical(read(path).shapes[3], shape)


@pytest.mark.parametrize(
    "blob", [b"G", b"GP", b"GP\0", b"GP\0\x01", b"no shape at all", b"GP\0\x0f" + bytes(90), 7, "P",
             b"GP\0\x01" + bytes(4) + b"\x01\x03\x00"]
)  # fmt: skip
def test_a_blob_that_is_no_shape_is_refused(path, blob):
    with sqlite3.connect(path) as connection:
        names = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'parcels'"
        ).fetchall()
        triggers = connection.execute(
            "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'parcels'"
        ).fetchall()
    connection.close()
    change(path, *(f'DROP TRIGGER "{name}"' for (name,) in names))
    change(path, ("UPDATE parcels SET geom = ? WHERE fid = 8", (blob,)))
    change(path, *(sql for (sql,) in triggers))
    with pytest.raises(ReadError, match="shape"):
        read(path)


@pytest.mark.filterwarnings("ignore:'crs' was not provided")
def test_systems_declared_in_words_and_not_at_all(tmp_path):
    own = "+proj=tmerc +lon_0=105.55 +k=0.9999 +x_0=500000 +ellps=WGS84"
    path = write(plots().set_crs(own, allow_override=True), tmp_path / "own.gpkg")
    assert "105.55" in facts_of(path).crs
    path = write(plots().set_crs(None, allow_override=True), tmp_path / "silent.gpkg")
    assert facts_of(path).crs is None


def test_booleans_come_as_such(tmp_path):
    told = pd.array([i % 2 == 0 for i in range(40)], dtype="boolean")
    told[6] = pd.NA
    path = write(plots(told=told, count_of=range(40)), tmp_path / "told.gpkg")
    found = read(path, columns=["told", "count_of"])
    assert list(found.columns["told"])[:4] == [True, False, None, False]
    assert {type(cell) for cell in found.columns["told"]} == {bool, type(None)}
    assert {type(cell) for cell in found.columns["count_of"]} == {int}


# the file stays as it is


def state_of(path):
    names = sorted(entry.name for entry in path.parent.iterdir())
    status = path.stat()
    return names, status.st_size, status.st_mtime_ns, path.read_bytes()


def test_the_file_is_never_written_to(path):
    before = state_of(path)
    read(path)
    facts_of(path)
    geopackage.list_layers(files.open_source(path))
    assert state_of(path) == before


def test_a_file_in_write_ahead_mode_is_left_as_it_is(path):
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA journal_mode = WAL").fetchone() == ("wal",)
    connection.close()
    before = state_of(path)
    assert keys(path) == NEAR
    assert state_of(path) == before


def test_what_another_program_has_just_written_is_read(path):
    """It lies in the write-ahead file as long as that program is open."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    add_functions(connection)
    connection.execute("UPDATE parcels SET parcel_id = 'new' WHERE fid = 8")
    connection.commit()
    assert path.with_name(f"{path.name}-wal").stat().st_size
    try:
        assert "new" in keys(path)
    finally:
        connection.close()
    assert "new" in keys(path)


@pytest.mark.parametrize("journal", ["DELETE", "WAL"])
def test_a_folder_that_cannot_be_written(path, journal, request):
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA journal_mode = {journal}")
    connection.close()
    for folder in path.parents:
        mode = folder.stat().st_mode
        if folder == path.parent or not mode & 0o005:
            folder.chmod(0o555)
            request.addfinalizer(partial(folder.chmod, mode))
    if hasattr(os, "geteuid") and os.geteuid() == 0:  # whom nothing is forbidden
        os.seteuid(65_534)
        request.addfinalizer(lambda: os.seteuid(0))
    with pytest.raises(PermissionError):
        path.with_name("new").touch()
    assert keys(path) == NEAR


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.7, 0.9, 0.99])
def test_a_file_cut_short_is_refused(tmp_path, share):
    whole = write(plots(3000, land_type=["ONT"] * 3000), tmp_path / "whole.gpkg")
    data = whole.read_bytes()
    cut = tmp_path / "cut.gpkg"
    cut.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(ReadError):
        if facts_of(cut) is None:
            raise ReadError("left to the reader of whole layers", remedy="")
        read(cut, boxes=EVERYWHERE)


@settings(max_examples=40, derandomize=True)
@given(st.integers(100, 90_000), st.integers(0, 2**31))
def test_a_damaged_file_gives_rows_or_a_refusal(tmp_path_factory, at, seed):
    path = write(plots(), tmp_path_factory.mktemp("damaged") / "p.gpkg")
    data = bytearray(path.read_bytes())
    data[at : at + 400] = np.random.default_rng(seed).bytes(400)
    path.write_bytes(data)
    try:
        if facts_of(path) is not None:
            read(path)
    except (ReadError, geopackage.StaleIndexError):
        pass


@pytest.mark.skipif(shutil.which("ogr2ogr") is None, reason="ogr2ogr is not installed")
def test_a_file_written_by_ogr2ogr(path, tmp_path):
    copy = tmp_path / "copy.gpkg"
    subprocess.run(["ogr2ogr", "-f", "GPKG", str(copy), str(path), "parcels"], check=True)
    assert keys(copy) == NEAR
    assert facts_of(copy).crs == CRS
