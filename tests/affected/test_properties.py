"""What holds for every fabric: conservation, monotony, shuffle invariance, unchanged input.

One example lays several random fabrics side by side, far enough apart not to meet: jittered
and turned grids of parcels, some of them missing, some drawn twice, under random strips.
"""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geotool.affected.features import measure_features
from geotool.affected.parcels import list_overlaps, measure_land_take
from geotool.affected.sums import reconcile
from geotool.affected.totals import group_land_take
from geotool.rules import load_tolerances
from tests import village as v

TOLERANCES = load_tolerances()
FABRICS = 8
SPACING_M = 5_000.0
seeds = st.integers(0, 2**32 - 1)


def many(count):
    return settings(max_examples=count, deadline=None, derandomize=True)


def parcels_of(rng, place):
    """Return a jittered, turned grid with gaps and with parcels drawn twice."""
    rows, columns = rng.integers(1, 6, 2)
    x, y = np.meshgrid(np.arange(columns + 1) * 100.0, np.arange(rows + 1) * 50.0)
    x, y = x + rng.uniform(-15, 15, x.shape), y + rng.uniform(-10, 10, y.shape)
    corner = np.stack([x, y], axis=-1)
    rings = [corner[:-1, :-1], corner[:-1, 1:], corner[1:, 1:], corner[1:, :-1]]
    shapes = shapely.polygons(np.stack(rings, axis=2).reshape(-1, 4, 2))
    shapes = shapes[shapely.is_valid(shapes)]
    shapes = shapes[rng.random(len(shapes)) > rng.choice([0.0, 0.2])]
    twice = shapes[rng.random(len(shapes)) < rng.choice([0.0, 0.3])]
    moved = [shapely.affinity.translate(s, *rng.uniform(-30, 30, 2)) for s in twice]
    angle = rng.uniform(0, 360)
    return [settle(shape, angle, place) for shape in [*shapes, *moved]]


def settle(shape, angle, place):
    turned = shapely.affinity.rotate(shape, angle, origin=(0, 0))
    return shapely.affinity.translate(turned, v.EAST + place * SPACING_M, v.NORTH)


def cells_of(rng, place):
    """Return a strip along a random line, cut in up to three sections."""
    points = rng.uniform(-100, 600, (rng.integers(2, 5), 2))
    style = rng.choice(["flat", "round"])
    strip = shapely.LineString(points).buffer(rng.uniform(2, 80), cap_style=style)
    strip = settle(strip, rng.uniform(0, 360), place)
    x0, y0, x1, y1 = strip.bounds
    edges = np.linspace(x0 - 1, x1 + 1, rng.integers(2, 5))
    bands = shapely.box(edges[:-1], y0 - 1, edges[1:], y1 + 1)
    pieces = shapely.intersection(strip, bands)
    return [piece for piece in pieces if piece.area > 0.01]


def fabric(seed):
    rng = np.random.default_rng(seed)
    shapes, pieces = [], []
    for place in range(FABRICS):
        shapes += parcels_of(rng, place)
        pieces += cells_of(rng, place)
    parcels = gpd.GeoDataFrame(
        {
            "parcel_id": [f"P{i}" for i in range(len(shapes))],
            "land_type": rng.choice(["ONT", "LUA", "CLN"], len(shapes)),
            "commune_id": rng.choice(["C1", "C2"], len(shapes)),
        },
        geometry=shapes,
        crs=v.CRS,
    )
    names = [f"S{i}" for i in range(len(pieces))]
    return parcels, gpd.GeoDataFrame({"section_id": names}, geometry=pieces, crs=v.CRS)


def measure(parcels, cells):
    return measure_land_take(parcels, cells, tolerances=TOLERANCES)


@many(150)
@given(seeds)
def test_conservation(seed):
    parcels, cells = fabric(seed)
    take = measure(parcels, cells)
    totals = reconcile(take, TOLERANCES)
    assert totals.reconciles, totals
    strip = shapely.union_all(cells.geometry.to_numpy())
    keyed = parcels.set_index("parcel_id").geometry
    inside = take.parcels.set_index("parcel_id")
    drawn = shapely.area(keyed.to_numpy())
    outside = shapely.area(shapely.difference(keyed.to_numpy(), strip))
    affected = inside["affected_area_m2"].reindex(keyed.index).fillna(0.0).to_numpy()
    assert np.abs(affected + outside - drawn).max() <= 1e-9 * drawn.max() + 1e-6
    cell = take.cells
    found = cell["affected_area_m2"] - cell["overlap_area_m2"] + cell["uncovered_area_m2"]
    assert found.to_numpy() == pytest.approx(cell["corridor_area_m2"].to_numpy(), rel=1e-9)
    assert totals.corridor_area_m2 == pytest.approx(strip.area, rel=1e-9)
    claimed = shapely.union_all(shapely.intersection(keyed.to_numpy(), strip)).area
    assert totals.affected_area_m2 - totals.overlap_area_m2 == pytest.approx(claimed, rel=1e-9)
    rest = inside["drawn_area_m2"] - inside["affected_area_m2"] - inside["remainder_m2"]
    assert rest.abs().max() <= 1e-5 if len(rest) else True
    by_parts = take.parts.groupby("parcel_id")["affected_area_m2"].sum()
    whole = inside["affected_area_m2"].sort_index()
    assert by_parts.sort_index().to_numpy() == pytest.approx(whole.to_numpy())


@many(40)
@given(seeds)
def test_shuffling_changes_nothing_and_inputs_stay(seed):
    parcels, cells = fabric(seed)
    before = parcels.copy(deep=True), cells.copy(deep=True)
    first = measure(parcels, cells)
    for frame, copy in zip((parcels, cells), before, strict=True):
        assert shapely.equals_identical(frame.geometry, copy.geometry).all()
        pd.testing.assert_frame_equal(
            pd.DataFrame(frame.drop(columns="geometry")),
            pd.DataFrame(copy.drop(columns="geometry")),
        )
    second = measure(parcels.sample(frac=1, random_state=1), cells.sample(frac=1, random_state=2))
    for name in ("parcels", "parts", "cells"):
        one, two = getattr(first, name), getattr(second, name)
        pd.testing.assert_frame_equal(
            pd.DataFrame(one).drop(columns="geometry", errors="ignore"),
            pd.DataFrame(two).drop(columns="geometry", errors="ignore"),
            rtol=1e-9,
            atol=1e-6,
        )


@many(40)
@given(seeds)
def test_another_parcel_never_lowers_the_sum(seed):
    parcels, cells = fabric(seed)
    fewer = measure(parcels.iloc[:-1], cells)
    more = measure(parcels, cells)
    assert (
        more.cells["affected_area_m2"].to_numpy()
        >= fewer.cells["affected_area_m2"].to_numpy() - 1e-9
    ).all()
    assert (
        more.cells["uncovered_area_m2"].to_numpy()
        <= fewer.cells["uncovered_area_m2"].to_numpy() + 1e-6
    ).all()


@many(25)
@given(seeds)
def test_totals_equal_those_of_geopandas_overlay(seed):
    parcels, cells = fabric(seed)
    take = measure(parcels, cells)
    other = gpd.overlay(parcels, cells, how="intersection", keep_geom_type=True)
    ours = take.parts.groupby(["parcel_id", "section_id"])["affected_area_m2"].sum()
    theirs = other.assign(area_m2=other.area).groupby(["parcel_id", "section_id"])["area_m2"].sum()
    both = pd.concat([ours, theirs], axis=1).fillna(0.0)
    assert ours.sum() == pytest.approx(theirs.sum(), rel=1e-9)
    assert both["affected_area_m2"].to_numpy() == pytest.approx(
        both["area_m2"].to_numpy(), rel=1e-9, abs=2e-6
    )


@many(40)
@given(seeds, st.sampled_from([("commune",), ("land_type", "section"), ("commune", "land_type")]))
def test_groups_add_up_whatever_the_grouping(seed, by):
    take = measure(*fabric(seed))
    totals = reconcile(take, TOLERANCES)
    groups = group_land_take(take, by)
    for name in ("affected_area_m2", "overlap_area_m2", "uncovered_area_m2"):
        assert groups[name].sum() == pytest.approx(getattr(totals, name), rel=1e-9, abs=1e-6)
    if len(take.parcels):
        assert groups["affected_count"].sum() >= len(take.parcels)


@many(25)
@given(seeds)
def test_overlaps_equal_brute_force(seed):
    parcels, _ = fabric(seed)
    listed = {
        (a, b): area for a, b, area in list_overlaps(parcels, TOLERANCES).itertuples(index=False)
    }
    shapes, keys = parcels.geometry.to_numpy(), parcels["parcel_id"].to_list()
    i, j = np.triu_indices(len(shapes), 1)
    near = shapely.intersects(shapes[i], shapes[j])
    areas = shapely.area(shapely.intersection(shapes[i[near]], shapes[j[near]]))
    expected = {
        (keys[a], keys[b]): area
        for a, b, area in zip(i[near], j[near], areas, strict=True)
        if area > TOLERANCES.sliver_area_m2
    }
    assert listed == pytest.approx(expected, rel=1e-6)


@many(60)
@given(seeds)
def test_lines_and_points_are_conserved(seed):
    rng = np.random.default_rng(seed)
    _, cells = fabric(seed)
    places = rng.integers(0, FABRICS, 30)
    lines = [settle(shapely.LineString(rng.uniform(-300, 600, (3, 2))), 0, p) for p in places]
    points = [settle(shapely.Point(rng.uniform(-100, 600, 2)), 0, p) for p in places]
    frame = gpd.GeoDataFrame({"road_id": [str(i) for i in range(60)]}, geometry=lines + points)
    take = measure_features(
        frame.set_crs(v.CRS), cells, key="road_id", tolerances=TOLERANCES
    ).features
    strip = shapely.union_all(cells.geometry.to_numpy())
    outside = shapely.length(shapely.difference(frame.geometry.to_numpy()[:30], strip))
    drawn = shapely.length(frame.geometry.to_numpy()[:30])
    affected = take["affected_length_m"].to_numpy()[:30]
    assert affected + outside == pytest.approx(drawn, rel=1e-9, abs=1e-5)
    covered = shapely.covers(strip, frame.geometry.to_numpy()[30:])
    assert take["inside"].to_list()[30:] == covered.tolist()


@many(20)
@given(st.floats(0, 360), st.floats(1, 120), st.floats(1, 120))
def test_turned_villages_of_any_width(angle_deg, left_m, right_m):
    village = v.Village(columns=4, angle_deg=angle_deg, left_m=left_m, right_m=right_m)
    take = measure(v.parcels(village), v.cells(village))
    area = village.length_m * (left_m + right_m)
    assert take.parcels["affected_area_m2"].sum() == pytest.approx(area, rel=1e-9, abs=1e-5)
    full_rows = sum(
        row * 50.0 >= 125.0 - right_m - 1e-7 and (row + 1) * 50.0 <= 125.0 + left_m + 1e-7
        for row in range(5)
    )
    assert (take.parcels["take_class"] == "full").sum() == 4 * full_rows
