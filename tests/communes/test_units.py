import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiLineString, Point, Polygon, box

from geotool import crs
from geotool.communes.units import lengths_by_commune, locate_points, split_by_commune
from geotool.errors import CrsError, CrsMismatchError, GeometryError, SchemaError

CRS = "EPSG:9209"


def frame(*shapes, frame_crs=CRS, **columns):
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs=frame_crs)


def communes(**shapes):
    ids = list(shapes)
    names = [key.upper() for key in ids]
    return frame(*shapes.values(), commune_id=ids, commune_name=names)


def rows(split):
    return [
        (row.commune_id, row.weight, pytest.approx(max(row.geometry.area, row.geometry.length
         if row.geometry.area == 0 else 0), abs=1e-9))
        for row in split.itertuples()
    ]  # fmt: skip


def residuals(features, split, key="feature"):
    """Return how far the weighted rows of every feature are from its own measure."""
    area = shapely.get_dimensions(features.geometry.to_numpy()) == 2
    whole = np.where(area, features.geometry.area, features.geometry.length)
    is_area = shapely.get_dimensions(split.geometry.to_numpy()) == 2
    piece = np.where(is_area, split.geometry.area, split.geometry.length)
    sums = pd.Series(piece * split["weight"]).groupby(split[key].to_numpy()).sum()
    return (sums.reindex(features[key]).to_numpy() - whole), whole


def assert_identity(features, communes_frame):
    split = split_by_commune(features, communes_frame)
    left, whole = residuals(features, split)
    assert np.abs(left).max() <= max(1e-6, 0) + 1e-9 * whole.max()
    assert (np.abs(left) <= 1e-6 + 1e-9 * whole).all()
    return split


def test_polygons_across_two_communes_and_a_hole():
    land = frame(box(0, 0, 100, 10), feature=["f"], section_id=["S"])
    split = split_by_commune(land, communes(a=box(0, -9, 40, 90), b=box(40, -9, 70, 90)))
    assert list(split.columns) == ["feature", "section_id", "commune_id", "weight", "geometry"]
    assert rows(split) == [("a", 1, 400), ("b", 1, 300), ("outside", 1, 300)]
    assert set(split["section_id"]) == {"S"} and split.crs == CRS


def test_overlap_counts_in_each_and_is_taken_back_in_shared():
    land = frame(box(0, 0, 100, 10), feature=["f"])
    split = split_by_commune(land, communes(c10=box(30, 0, 80, 9e9), c9=box(0, 0, 50, 90)))
    assert rows(split) == [
        ("c9", 1, 500),
        ("c10", 1, 500),
        ("shared", -1, 200),
        ("outside", 1, 200),
    ]


def test_three_communes_on_one_place_are_taken_back_twice():
    land = frame(box(0, 0, 10, 10), feature=["f"])
    whole = box(-1, -1, 11, 11)
    split = split_by_commune(land, communes(a=whole, b=whole, c=whole))
    assert rows(split) == [
        ("a", 1, 100), ("b", 1, 100), ("shared", -1, 100), ("c", 1, 100), ("shared", -1, 100)
    ]  # fmt: skip


def test_a_feature_inside_one_commune_stays_one_row():
    split = split_by_commune(frame(box(1, 1, 2, 2), feature=["f"]), communes(a=box(0, 0, 9, 9)))
    assert rows(split) == [("a", 1, 1)]
    split = split_by_commune(frame(box(20, 1, 22, 2), feature=["f"]), communes(a=box(0, 0, 9, 9)))
    assert rows(split) == [("outside", 1, 2)]


def test_a_neighbour_that_only_touches_gets_nothing():
    split = split_by_commune(
        frame(box(0, 0, 5, 5), LineString([(0, 1), (5, 1)]), feature=["f", "g"]),
        communes(a=box(0, 0, 5, 5), b=box(5, 0, 9, 9)),
    )
    assert list(split["commune_id"]) == ["a", "a"]


def test_lines_across_communes():
    lines = frame(LineString([(0, 5), (100, 5)]), feature=["f"])
    split = split_by_commune(lines, communes(a=box(0, 0, 50, 9), b=box(30, 0, 80, 9)))
    assert rows(split) == [("a", 1, 50), ("b", 1, 50), ("shared", -1, 20), ("outside", 1, 20)]


def test_a_line_along_the_common_boundary_counts_in_both():
    lines = frame(LineString([(50, 0), (50, 80)]), feature=["f"])
    split = split_by_commune(lines, communes(a=box(0, 0, 50, 90), b=box(50, 0, 90, 90)))
    assert rows(split) == [("a", 1, 80), ("b", 1, 80), ("shared", -1, 80)]


def test_lengths_by_commune_add_up_to_the_axis():
    lines = frame(LineString([(0, 5), (100, 5)]), LineString([(0, 6), (60, 6)]))
    found = lengths_by_commune(lines, communes(c2=box(0, 0, 50, 9), c10=box(30, 0, 80, 9)))
    assert list(found.itertuples(index=False, name=None)) == [
        ("c2", "C2", 100.0),
        ("c10", "C10", 80.0),
        ("outside", "", 20.0),
        ("shared", "", -40.0),
    ]
    assert found["length_m"].sum() == 160.0


def test_lengths_have_outside_and_shared_rows_even_when_empty_and_names_are_optional():
    layer = communes(a=box(0, 0, 50, 9), far=box(900, 0, 950, 9)).drop(columns="commune_name")
    found = lengths_by_commune(frame(LineString([(0, 5), (40, 5)])), layer)
    assert list(found["commune_id"]) == ["a", "outside", "shared"]
    assert list(found["length_m"]) == [40.0, 0.0, 0.0]
    nothing = lengths_by_commune(frame(LineString([(0, 5), (40, 5)])).iloc[:0], layer)
    assert list(nothing["length_m"]) == [0.0, 0.0]


def test_lengths_in_feet_are_metres():
    lines = frame(LineString([(0, 5), (1000, 5)]), frame_crs="EPSG:2263")
    layer = communes(a=box(0, 0, 400, 9)).set_crs("EPSG:2263", allow_override=True)
    foot = 1200 / 3937
    assert list(lengths_by_commune(lines, layer)["length_m"]) == pytest.approx(
        [400 * foot, 600 * foot, 0.0]
    )


def test_points_go_to_the_first_commune_in_natural_order():
    layer = communes(c10=box(0, 0, 50, 50), c9=box(40, 0, 90, 50))
    points = frame(Point(10, 10), Point(45, 10), Point(40, 10), Point(200, 0), Point(90, 50))
    points.index = list("vwxyz")
    found = locate_points(points, layer)
    assert dict(found) == {"v": "c10", "w": "c9", "x": "c9", "y": "outside", "z": "c9"}
    assert list(found.index) == list("vwxyz")


def random_scene(seed, *, count=7):
    """Return communes that overlap and leave holes, and features of all kinds over them."""
    random = np.random.default_rng(seed)
    shapes = {}
    for number in range(count):
        place = np.array([500_000.0, 2_000_000.0]) + random.uniform(0, 2000, 2)
        angle = np.sort(random.uniform(0, 2 * np.pi, 9))
        radius = random.uniform(200, 900, 9)
        ring = place + np.column_stack([np.cos(angle), np.sin(angle)]) * radius[:, None]
        shape = shapely.make_valid(Polygon(ring))
        polygons = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
        shapes[f"c{number}"] = shapely.union_all(polygons)
    shapes["same"] = shapes["c0"]
    walk = np.array([500_000.0, 2_000_000.0]) + np.cumsum(random.uniform(-80, 160, (30, 2)), axis=0)
    border = shapely.get_parts(shapes["c1"])[0].exterior
    features = frame(
        LineString(walk),
        LineString(walk).buffer(40),
        box(500_300, 2_000_300, 501_400, 2_001_200),
        LineString(border.coords),
        MultiLineString([walk[:5], walk[9:20]]),
        shapely.union_all([Point(p).buffer(90, quad_segs=4) for p in walk[::5]]),
        feature=list("abcdef"),
    )
    return features, communes(**shapes)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 100_000))
def test_weighted_measures_add_up_to_the_feature(seed):
    features, layer = random_scene(seed)
    split = assert_identity(features, layer)
    assert shapely.is_valid(split.geometry.to_numpy()).all()
    by_id = layer.set_index("commune_id").geometry
    for row in split[split["weight"] == 1].itertuples():
        feature = features.geometry.iloc["abcdef".index(row.feature)]
        if row.commune_id == "outside" or row.feature == "d":
            continue
        expected = shapely.intersection(feature, by_id[row.commune_id])
        measure = "area" if row.geometry.area else "length"
        assert getattr(row.geometry, measure) == pytest.approx(
            getattr(expected, measure), rel=1e-7, abs=1e-5
        )


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 100_000))
def test_shuffled_rows_and_reversed_lines_change_nothing(seed):
    features, layer = random_scene(seed)
    mixed = layer.sample(frac=1, random_state=seed % 1000)
    one, other = split_by_commune(features, layer), split_by_commune(features, mixed)
    assert list(one["commune_id"]) == list(other["commune_id"])
    assert one.geometry.to_wkb().equals(other.geometry.to_wkb())
    turned = features[features.geometry.geom_type == "LineString"]
    backwards = turned.set_geometry(turned.geometry.reverse())
    lengths = [lengths_by_commune(lines, layer)["length_m"] for lines in (turned, backwards)]
    assert np.allclose(*lengths, atol=1e-6)


@pytest.mark.parametrize(
    "file", ["vn_communes_2009/communes_2009_ha_tinh.geojson",
             "vn_admin_2025/communes_42_ha_tinh.geojson"],
)  # fmt: skip
def test_identity_on_real_communes(shared_data, file):
    layer = gpd.read_file(shared_data / file)
    layer = crs.reproject(layer, CRS)
    layer = layer.assign(commune_id=[f"u{number}" for number in range(len(layer))])
    layer = layer.set_geometry(layer.geometry.make_valid().buffer(0))
    layer = layer[~layer.geometry.is_empty]
    west, south, east, north = layer.total_bounds
    random = np.random.default_rng(7)
    axis = np.column_stack(
        [np.linspace(west, east, 200), np.linspace(north, south, 200) + random.normal(0, 300, 200)]
    )
    borders = layer.geometry.iloc[::40].apply(lambda s: shapely.get_parts(s)[0].exterior)
    lines = [LineString(axis), *(LineString(ring.coords) for ring in borders)]
    features = [*lines, LineString(axis).buffer(60, quad_segs=2), *layer.geometry.iloc[5::60]]
    names = [str(number) for number in range(len(features))]
    split = assert_identity(frame(*features, feature=names), layer)
    assert len(split) > 3 * len(features)
    table = lengths_by_commune(frame(lines[0]), layer)
    assert table["length_m"].sum() == pytest.approx(lines[0].length, abs=1e-6)


def test_inputs_are_not_changed():
    features, layer = random_scene(5)
    before = features.copy(deep=True), layer.copy(deep=True)
    split_by_commune(features, layer)
    pd.testing.assert_frame_equal(features, before[0])
    pd.testing.assert_frame_equal(layer, before[1])


def test_what_cannot_be_split_is_refused():
    land, layer = frame(box(0, 0, 9, 9), feature=["f"]), communes(a=box(0, 0, 9, 9))
    with pytest.raises(SchemaError, match="commune_id"):
        split_by_commune(land, layer.drop(columns="commune_id"))
    with pytest.raises(SchemaError, match="already have commune_id"):
        split_by_commune(land.assign(commune_id="a"), layer)
    with pytest.raises(SchemaError, match="repeated or reserved: a"):
        split_by_commune(land, pd.concat([layer, layer]))
    with pytest.raises(SchemaError, match="outside"):
        split_by_commune(land, layer.assign(commune_id="outside"))
    with pytest.raises(CrsMismatchError):
        split_by_commune(land, layer.set_crs("EPSG:9215", allow_override=True))
    with pytest.raises(CrsError):
        split_by_commune(land.set_crs("EPSG:4326", allow_override=True), layer)
    bow_tie = Polygon([(0, 0), (9, 9), (9, 0), (0, 9)])
    with pytest.raises(GeometryError, match=r"communes.*: a"):
        split_by_commune(land, communes(a=bow_tie))
    for bad in (bow_tie, Point(1, 1), None):
        with pytest.raises(GeometryError, match="rows are not valid"):
            split_by_commune(frame(bad, feature=["f"]), layer)
    with pytest.raises(GeometryError, match="not lines"):
        lengths_by_commune(land, layer)
