"""A GeoPackage that was changed behind its R-tree's back, or is being changed."""

import sqlite3
import subprocess
import sys
from contextlib import closing

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geotool import sources
from geotool.errors import ReadError
from geotool.sources.indexed.near_rows import Surroundings

SIDE = 105
AROUND = Surroundings(np.array([[1.0, 1.0, 35.0, 1.5]]), "EPSG:5897")
NEAR = ["P0", "P1", "P2", "P3"]
TREE = "rtree_parcels_geom"


@pytest.fixture
def parcels(tmp_path):
    """More than ten thousand squares of 10 m, row by row."""
    path = tmp_path / "thửa.gpkg"
    x, y = (place.ravel() * 10.0 for place in np.meshgrid(np.arange(SIDE), np.arange(SIDE)))
    keys = [f"P{number}" for number in range(SIDE * SIDE)]
    frame = gpd.GeoDataFrame({"parcel_id": keys}, geometry=shapely.box(x, y, x + 10, y + 10))
    frame.set_crs(5897).to_file(path, layer="parcels", engine="pyogrio")
    return path


def change(path, *statements, triggers=True):
    """Run statements without the triggers, which are put back unless they shall be gone."""
    with closing(sqlite3.connect(path)) as database:
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
        kept = database.execute(query).fetchall()
        for name, _ in kept:
            database.execute(f'DROP TRIGGER "{name}"')
        for statement in statements:
            database.execute(statement)
        for _, statement in kept if triggers else ():
            database.execute(statement)
        database.commit()


def near(path):
    return sources.read_near(path, AROUND)


def test_a_kept_tree_is_asked_though_rows_were_deleted(parcels):
    rows = "fid > 500 AND fid % 50 = 0"
    change(
        parcels,
        f"DELETE FROM parcels WHERE {rows}",
        f"DELETE FROM {TREE} WHERE {rows.replace('fid', 'id')}",
    )
    found = near(parcels)
    assert list(found.columns["parcel_id"]) == NEAR
    assert found.index is not None


@pytest.mark.parametrize(
    "statements",
    [
        pytest.param([f"DELETE FROM {TREE} WHERE id = 2"], id="a row is missing in it"),
        pytest.param([f"DELETE FROM {TREE}"], id="it is empty"),
        pytest.param(
            ["UPDATE parcels SET fid = 99999 WHERE fid = 2", f"DELETE FROM {TREE} WHERE id = 2"],
            id="the last row is missing in it",
        ),
        pytest.param(
            [
                "DELETE FROM parcels WHERE fid = 11025",
                "UPDATE parcels SET fid = 11025 WHERE fid = 2",
            ],
            id="it has a row that is gone",
        ),
        pytest.param(
            ["UPDATE parcels SET geom = (SELECT geom FROM parcels WHERE fid = 9000) WHERE fid = 3"],
            id="a row has left",
        ),
    ],
)
def test_a_tree_that_is_out_of_date_is_not_trusted(parcels, statements):
    change(parcels, *statements)
    found = near(parcels)
    assert found.index is None
    assert "out of date" in found.problems[-1].message
    gone = {"P2"} if "9000" in statements[0] else set()
    assert sorted(found.columns["parcel_id"]) == sorted(set(NEAR) - gone)


def test_a_tree_without_triggers_is_not_trusted(parcels):
    moved = "UPDATE parcels SET geom = (SELECT geom FROM parcels WHERE fid = 2) WHERE fid = 9000"
    change(parcels, moved, triggers=False)
    assert list(near(parcels).columns["parcel_id"]) == [*NEAR[:4], "P8999"]


def test_rows_without_shape_do_not_make_a_tree_stale(parcels):
    change(
        parcels,
        "UPDATE parcels SET geom = NULL WHERE fid > 11000",
        f"DELETE FROM {TREE} WHERE id > 11000",
    )
    assert near(parcels).index is not None


@pytest.mark.parametrize("kept", [0, 5, 99_999])
def test_a_wrong_kept_count_loses_no_rows(parcels, kept):
    change(parcels, f"UPDATE gpkg_ogr_contents SET feature_count = {kept}")
    found = near(parcels)
    assert list(found.columns["parcel_id"]) == NEAR
    assert found.feature_count == SIDE * SIDE


def test_what_a_stopped_program_left_half_written_is_refused(parcels):
    change(parcels, triggers=False)
    work = (
        "import os, sqlite3, sys; d = sqlite3.connect(sys.argv[1], isolation_level=None);"
        "d.execute('PRAGMA cache_size = 2'); d.execute('BEGIN');"
        "d.execute(\"UPDATE parcels SET parcel_id = 'NEW' || fid\"); os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", work, str(parcels)], check=True)
    with pytest.raises(ReadError, match=r"stopped while it wrote.*-journal"):
        near(parcels)


def test_a_file_that_another_program_writes_is_refused(parcels):
    with closing(sqlite3.connect(parcels, isolation_level=None)) as database:
        database.execute("BEGIN EXCLUSIVE")
        with pytest.raises(ReadError, match="another program is writing it"):
            near(parcels)
