"""Shapes as steps: near enough, in order, and neighbours still neighbours."""

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geotool.share.render import layerdata, shapes
from geotool.share.render.layerdata import MapLayer
from tests.share.render import layer_reader

HANOI_TM3 = "EPSG:9209"
MERCATOR = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:3857", always_xy=True)
POLYGON = 3
NEARLY_FLAT = 1e4  # square steps: the sums of a ring round the world are no more exact


def encode(geometries, **options):
    frame = gpd.GeoDataFrame(geometry=geometries, crs="EPSG:4326")
    layer = MapLayer("x", {"vi": "x", "en": "x"}, frame, (), "parcels")
    return layerdata.encode_layer(layer, layerdata.to_lonlat(frame, "x"), **options)


def runs_of(geometry):
    """Return a geometry's points, lines and rings in the order in which they are written."""
    if geometry.geom_type == "Polygon":
        rings = [geometry.exterior, *geometry.interiors]
        return [shapely.get_coordinates(ring)[:-1] for ring in rings]
    if hasattr(geometry, "geoms"):
        return [run for part in geometry.geoms for run in runs_of(part)]
    return [shapely.get_coordinates(geometry)]


def read_runs(kind, parts):
    if kind == POLYGON:
        return [ring for part in parts for ring in part]
    return [[part] for part in parts] if kind == 1 else parts


def twice_area(ring):
    """Return twice the area of a ring, above zero where it runs counter-clockwise."""
    return sum(x * v - u * y for (x, y), (u, v) in zip(ring, [*ring[1:], ring[0]], strict=True))


def decoded_polygon(entry, rings):
    outer, *holes = [[layer_reader.to_metres(entry, vertex) for vertex in ring] for ring in rings]
    return shapely.Polygon(outer, holes)


def worst_error(geometries, encoded):
    """Return the largest distance of a decoded vertex from its place by PROJ, in steps an axis."""
    order = shapes.hilbert_order(np.asarray(geometries, dtype=object))
    found = layer_reader.read_shapes(encoded.entry, encoded.data)
    worst = 0.0
    for place, (kind, parts) in zip(order, found, strict=True):
        for own, run in zip(read_runs(kind, parts), runs_of(geometries[place]), strict=True):
            wanted = np.column_stack(MERCATOR.transform(*run.T))
            metres = np.array([layer_reader.to_metres(encoded.entry, vertex) for vertex in own])
            ways = [metres, metres[::-1]] if kind == POLYGON else [metres]
            error = min(float(np.abs(way - wanted).max()) for way in ways)
            worst = max(worst, error / encoded.entry["step"])
    return worst


def lattice(size, *, seed=3, quantum=40.0):
    """Return quadrangles that share jittered corners, in degrees: no gap between any two."""
    rng = np.random.default_rng(seed)
    x, y = np.meshgrid(np.arange(size + 1.0), np.arange(size + 1.0))
    corner = np.stack([x, y], axis=-1) + rng.uniform(-0.3, 0.3, (size + 1, size + 1, 2))
    place = corner * quantum + (570_000, 1_995_000)
    made = [
        shapely.Polygon([place[i, j], place[i, j + 1], place[i + 1, j + 1], place[i + 1, j]])
        for i in range(size)
        for j in range(size)
    ]
    return list(gpd.GeoSeries(made, crs=HANOI_TM3).to_crs("EPSG:4326"))


PLACES = st.tuples(st.floats(-180, 180), st.floats(-85, 85))
NEAR = st.tuples(st.floats(105, 105.2), st.floats(18, 18.2))


@st.composite
def geometries(draw, places):
    made = []
    for _ in range(draw(st.integers(1, 8))):
        points = draw(st.lists(places, min_size=3, max_size=9))
        kind = draw(st.sampled_from(["Point", "MultiPoint", "LineString", "Polygon", "Multi"]))
        if kind == "Point":
            made.append(shapely.Point(points[0]))
        elif kind == "MultiPoint":
            made.append(shapely.MultiPoint(points))
        elif kind == "LineString":
            made.append(shapely.LineString(points))
        else:
            half = max(3, len(points) // 2)
            rings = [points, points[:half]] if draw(st.booleans()) else [points]
            one = shapely.Polygon(rings[0], rings[1:])
            made.append(one if kind == "Polygon" else shapely.MultiPolygon([one, one]))
    return made


@given(st.one_of(geometries(PLACES), geometries(NEAR)))
def test_every_vertex_is_within_half_a_step_and_in_order(made):
    encoded = encode(made)
    assert worst_error(made, encoded) <= 0.5 + 1e-6
    assert encode(made) == encoded


@given(geometries(PLACES))
def test_outer_rings_run_counter_clockwise_and_holes_clockwise(made):
    encoded = encode(made)
    for kind, parts in layer_reader.read_shapes(encoded.entry, encoded.data):
        for outer, *holes in parts if kind == POLYGON else []:
            assert twice_area(outer) >= -NEARLY_FLAT
            assert all(twice_area(hole) <= NEARLY_FLAT for hole in holes)


def test_the_direction_of_rings_does_not_depend_on_the_input():
    square, hole = shapely.box(105, 18, 105.1, 18.1), shapely.box(105.02, 18.02, 105.04, 18.04)
    holed = square.difference(hole)
    ways = [shapely.MultiPolygon([one, holed]) for one in (square, square.reverse())]
    for way in (ways[0], ways[1], ways[0].reverse()):
        encoded = encode([way])
        ((_, parts),) = layer_reader.read_shapes(encoded.entry, encoded.data)
        signs = [[np.sign(twice_area(ring)) for ring in part] for part in parts]
        assert signs == [[1], [1, -1]]


@given(geometries(NEAR), st.sampled_from([0.01, 0.1, 1.0, 25.0]))
def test_the_quantum_is_what_was_asked_on_the_ground_at_the_centre(made, quantum):
    encoded = encode(made, quantum_m=quantum)
    assert worst_error(made, encoded) <= 0.5 + 1e-6
    middle = np.mean(shapely.total_bounds(np.array(made))[[1, 3]])
    assert encoded.entry["quantum_m"] == quantum
    assert encoded.entry["step"] * np.cos(np.radians(middle)) == pytest.approx(quantum, rel=1e-9)


def test_ten_centimetres_on_the_ground_in_viet_nam():
    """By PROJ's geodesic a decoded vertex is never 8 cm off: half a step each way is 7.1 cm."""
    made = lattice(12)
    encoded = encode(made)
    order = shapes.hilbert_order(np.array(made))
    geod = pyproj.Geod(ellps="WGS84")
    found = layer_reader.read_shapes(encoded.entry, encoded.data)
    for place, (kind, parts) in zip(order, found, strict=True):
        own = [layer_reader.to_degrees(encoded.entry, one) for one in read_runs(kind, parts)[0]]
        for (x, y), (x0, y0) in zip(own, runs_of(made[place])[0], strict=True):
            assert geod.inv(x, y, x0, y0)[2] < 0.08


def test_neighbours_stay_neighbours():
    made = lattice(20)
    encoded = encode(made)
    cells = [
        decoded_polygon(encoded.entry, part)
        for _, parts in layer_reader.read_shapes(encoded.entry, encoded.data)
        for part in parts
    ]
    whole = shapely.union_all(cells)
    assert whole.geom_type == "Polygon"
    assert len(whole.interiors) == 0
    assert whole.area == pytest.approx(sum(cell.area for cell in cells), rel=1e-12)
    assert encoded.entry["vertices"] == 20 * 20 * 4
    assert encoded.entry["distinct"] == 21 * 21  # each corner is stored once


@given(st.lists(PLACES, max_size=40))
def test_the_order_is_a_permutation(places):
    made = np.array([shapely.Point(place) for place in places], dtype=object)
    assert sorted(shapes.hilbert_order(made)) == list(range(len(places)))


def test_neighbours_in_the_order_are_near():
    rng = np.random.default_rng(1)
    places = rng.uniform((105, 18), (106, 19), (2_000, 2))
    made = np.array([shapely.Point(place) for place in places], dtype=object)
    ordered = places[shapes.hilbert_order(made)]
    step = np.hypot(*np.diff(ordered, axis=0).T).mean()
    assert step < 0.05  # 0.52 where the order is random


def test_real_size_in_and_out_again():
    """10,000 parcels: every corner near its place, in under 14 bytes a parcel."""
    made = lattice(100)
    encoded = encode(made)
    assert worst_error(made, encoded) <= 0.5 + 1e-6
    size = sum(deflated for _, deflated, _ in encoded.entry["streams"].values())
    assert size < 14 * len(made)
