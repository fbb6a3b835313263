"""Linear referencing of a real PostGIS server and of geotool agree to 1e-6 m."""

import json
import subprocess

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely import LineString

from geotool.route.alignment import make_axes
from geotool.route.chainage import line_between, locate_points, point_at
from tests.route.drawn import CRS, alignments, axis_of, winding

LINES, POINTS = 200, 8
AGREE_M = 1e-6


@pytest.fixture(scope="module")
def axes():
    return [
        axis_of(winding(seed, count=2 + seed % 40, turn=0.9), start=1000.0 * seed)
        for seed in range(LINES)
    ]


@pytest.fixture(scope="module")
def shares():
    return np.sort(np.random.default_rng(5).uniform(0.001, 0.999, (LINES, POINTS)), axis=1)


@pytest.fixture(scope="module")
def server(postgis, axes):
    """The lines as a table with their number."""
    rows = ",".join(
        f"({row}, '{shapely.to_wkb(axis.line, hex=True)}'::geometry)"
        for row, axis in enumerate(axes)
    )
    postgis.run(f"CREATE TABLE lines (row int, shape geometry); INSERT INTO lines VALUES {rows};")
    return postgis


def ask(database, sql):
    """Return one column of rows, JSON by row, in the order of the query."""
    command = ["psql", "-q", "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", database.url, "-f", "-"]
    done = subprocess.run(command, input=sql.encode(), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return [json.loads(line) for line in done.stdout.decode().splitlines()]


def values(*columns):
    return ",".join(str(tuple(row)) for row in zip(*(c.tolist() for c in columns), strict=True))


def test_nearest_place_of_points(server, axes):
    random = np.random.default_rng(3)
    rows = np.repeat(np.arange(LINES), POINTS)
    corners = np.concatenate(
        [shapely.get_coordinates(axis.line)[random.integers(0, 3, POINTS)] for axis in axes]
    )
    xy = corners + random.normal(0.0, 40.0, corners.shape)
    told = ask(
        server,
        "SELECT to_json(ST_LineLocatePoint(shape, ST_MakePoint(x, y)) * ST_Length(shape)) "
        f"FROM (VALUES {values(np.arange(len(rows)), rows, xy[:, 0], xy[:, 1])}) "
        "AS p(number, row, x, y) JOIN lines USING (row) ORDER BY number",
    )
    found = np.concatenate(
        [
            locate_points(
                gpd.GeoDataFrame(geometry=shapely.points(xy[rows == row]), crs=CRS), [axis]
            )["measure_m"].to_numpy()
            - axis.start_measure_m
            for row, axis in enumerate(axes)
        ]
    )
    lines = np.array([axis.line for axis in axes], dtype=object)[rows]
    reached = [
        shapely.distance(shapely.line_interpolate_point(lines, along), shapely.points(xy))
        for along in (np.array(told), found)
    ]
    assert np.abs(reached[0] - reached[1]).max() <= AGREE_M
    assert np.abs(np.array(told) - found).max() <= AGREE_M


def test_points_at_measures(server, axes, shares):
    rows = np.repeat(np.arange(LINES), POINTS)
    told = ask(
        server,
        "SELECT json_build_array(ST_X(p), ST_Y(p)) FROM (SELECT number, "
        "ST_LineInterpolatePoint(shape, share) AS p FROM "
        f"(VALUES {values(np.arange(len(rows)), rows, shares.ravel())}) "
        "AS s(number, row, share) JOIN lines USING (row)) AS q ORDER BY number",
    )
    found = [
        point_at(axis, axis.start_measure_m + share * axis.length_m).coords[0]
        for axis, own in zip(axes, shares, strict=True)
        for share in own
    ]
    assert np.abs(np.array(told) - np.array(found)).max() <= AGREE_M


def test_lines_between_measures(server, axes, shares):
    rows = np.arange(LINES)
    told = ask(
        server,
        "SELECT to_json(ST_AsHEXEWKB(ST_LineSubstring(shape, low, high))) FROM "
        f"(VALUES {values(rows, shares[:, 1], shares[:, 6])}) AS s(row, low, high) "
        "JOIN lines USING (row) ORDER BY row",
    )
    for axis, (low, high), other in zip(axes, shares[:, [1, 6]], told, strict=True):
        start = axis.start_measure_m
        part = line_between(axis, start + low * axis.length_m, start + high * axis.length_m)
        expected = shapely.from_wkb(other)
        assert abs(part.length - expected.length) <= AGREE_M
        assert shapely.hausdorff_distance(part, expected) <= AGREE_M


def test_labels_between_posts(server, axes, shares):
    """ST_AddMeasure spreads labels evenly over a line, as posts at both ends do."""
    random = np.random.default_rng(9)
    calibrated, starts, ends = [], [], []
    for axis in axes:
        first = float(random.uniform(0.0, 600_000.0))
        last = first + axis.length_m * float(random.uniform(0.98, 1.02))
        coords = shapely.get_coordinates(axis.line)[[0, -1]]
        posts = gpd.GeoDataFrame(
            {"chainage": [first, last]}, geometry=shapely.points(coords), crs=CRS
        )
        calibrated.append(make_axes(alignments(LineString(axis.line.coords)), posts=posts)[0])
        starts.append(first)
        ends.append(last)
    rows, first, last = np.arange(LINES), np.array(starts), np.array(ends)
    wanted = first + shares[:, 3] * (last - first)
    told = ask(
        server,
        "SELECT json_build_array(ST_X(p), ST_Y(p)) FROM (SELECT row, ST_GeometryN("
        "ST_LocateAlong(ST_AddMeasure(shape, low, high), wanted), 1) AS p FROM "
        f"(VALUES {values(rows, first, last, wanted)}) AS s(row, low, high, wanted) "
        "JOIN lines USING (row)) AS q ORDER BY row",
    )
    found = [
        point_at(axis, axis.measure_at(float(label))).coords[0]
        for axis, label in zip(calibrated, wanted, strict=True)
    ]
    assert np.abs(np.array(told) - np.array(found)).max() <= AGREE_M
