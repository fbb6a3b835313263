"""The take in arrays: equal to a plain overlay, adding up by any group, in order of any keys."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point, Polygon, affinity, box

from geotool.affected import clip
from geotool.affected.clip import clip_cut, clip_lines, clip_polygons, cover_points, cut_polygons
from geotool.affected.order import LAST, key_ranks, natural_places, natural_rows
from geotool.affected.parcels import measure_land_take
from geotool.affected.sums import group_take, reconcile
from geotool.affected.take import measure_take
from geotool.affected.totals import group_land_take
from geotool.rules import load_tolerances
from geotool.sources.repair import repair_shapes
from geotool.units import natural_key
from tests.affected import scanline
from tests.affected.fabrics import (
    CRS,
    LEAST_M2,
    NORTH,
    ORIGIN,
    SOUTH,
    cells_of,
    grid,
    ragged,
    settled,
    shapes_of,
    strip,
)

TOLERANCES = load_tolerances()
seeds = st.integers(0, 2**32 - 1)


def many(count):
    return settings(max_examples=count, deadline=None, derandomize=True)


def drawn(rng, at, angle_deg):
    shapes = repair_shapes(shapes_of(*settled(ragged(rng), at, angle_deg)), ("polygon",)).shapes
    return shapes[shapely.area(shapes) > 0]


def fabric(seed, at=ORIGIN):
    """Return ragged parcels with their columns, and cells by section, commune and basis."""
    rng = np.random.default_rng(seed)
    angle_deg = rng.choice([0.0, 30.0])
    shapes, lands = drawn(rng, at, angle_deg), settled(strip(rng), at, angle_deg)
    rng.shuffle(shapes)
    columns = {
        "parcel_id": [f"{i % 7}-{i}" for i in range(len(shapes))],
        "land_type": rng.choice(["ONT", "LUA", "CLN", None], len(shapes)).tolist(),
        "sheet_no": [str(i % 7) for i in range(len(shapes))],
        "document_area_m2": rng.choice([100.0, np.nan], len(shapes)),
    }
    names = rng.choice(["C1", "C2", "C10", ""], len(lands))
    bases = rng.choice(["recovered", "donated", "temporary"], len(lands), p=[0.6, 0.2, 0.2])
    sections = [f"Km{i}" for i in range(len(lands))]
    return columns, shapes, cells_of(lands, section_id=sections, commune_id=names, basis=bases)


def measure(columns, shapes, cells):
    return measure_take(columns, shapes, cells, tolerances=TOLERANCES)


def keyed(take):
    parts = take.parts
    keys = pd.MultiIndex.from_arrays([parts["parcel_id"], parts["section_id"]])
    return pd.Series(parts["affected_area_m2"], index=keys)


def overlaid(columns, shapes, cells):
    """Return one row a parcel and cell by a plain overlay."""
    parcels = gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS)
    lands = gpd.GeoDataFrame(dict(cells.columns), geometry=cells.shapes, crs=CRS)
    rows = gpd.overlay(parcels, lands, how="intersection", keep_geom_type=True)
    rows["area_m2"] = rows.area
    return rows[rows["area_m2"] > LEAST_M2]


@many(60)
@given(seeds)
def test_equal_to_a_plain_overlay(seed):
    columns, shapes, cells = fabric(seed)
    take, rows = measure(columns, shapes, cells), overlaid(columns, shapes, cells)
    ours, theirs = keyed(take), rows.set_index(["parcel_id", "section_id"])["area_m2"]
    assert set(ours.index) == set(theirs.index)
    assert ours.sum() == pytest.approx(theirs.sum(), rel=1e-12)
    aligned = theirs.reindex(ours.index)
    assert ours.to_numpy() == pytest.approx(aligned.to_numpy(), rel=1e-9, abs=1e-9)
    assert not (np.abs(ours - aligned) > 1e-9).any()
    whole = rows.groupby("parcel_id")["area_m2"].sum()
    rows_of = take.parcels
    by_parcel = pd.Series(rows_of["affected_area_m2"], index=rows_of["parcel_id"])
    assert by_parcel.sort_index().to_numpy() == pytest.approx(
        whole.sort_index().to_numpy(), rel=1e-9, abs=1e-9
    )
    assert reconcile(take, TOLERANCES).reconciles


@many(25)
@given(seeds, st.sampled_from([SOUTH, NORTH]))
def test_equal_to_a_plain_overlay_at_true_coordinates(seed, at):
    """There an overlay itself is only good to what coordinates are rounded to: 1e-7 m2 a parcel."""
    columns, shapes, cells = fabric(seed, at)
    take, rows = measure(columns, shapes, cells), overlaid(columns, shapes, cells)
    ours, theirs = keyed(take), rows.set_index(["parcel_id", "section_id"])["area_m2"]
    both = pd.concat([ours, theirs], axis=1).fillna(0.0)
    assert ours.sum() == pytest.approx(theirs.sum(), rel=2e-11, abs=1e-6)
    assert not ((both[0] - both["area_m2"]).abs() >= 1.2e-6).any()
    assert reconcile(take, TOLERANCES).reconciles


@pytest.mark.parametrize("at", [ORIGIN, SOUTH, NORTH], ids=["origin", "south", "north"])
@pytest.mark.parametrize("seed", range(2))
def test_equal_to_sums_over_strips_wherever_it_lies(seed, at):
    columns, shapes, cells = fabric(seed, at)
    ours = keyed(measure(columns, shapes, cells))
    for land, section in zip(cells.shapes, cells.columns["section_id"], strict=True):
        for key, shape in zip(columns["parcel_id"], shapes, strict=True):
            expected = scanline.shared_area(shape, land) if shape.intersects(land) else 0.0
            assert ours.get((key, section), 0.0) == pytest.approx(expected, rel=1e-9, abs=1.01e-6)
            if expected > 1.0:
                assert ours[key, section] == pytest.approx(expected, abs=1e-9)


GROUPS = [
    ("commune",), ("section",), ("basis",), ("land_type",), ("parcel",),
    ("commune", "land_type", "section", "basis"), ("land_type", "parcel"),
]  # fmt: skip


@many(12)
@given(seeds)
def test_groups_in_one_pass_equal_those_of_a_second_computation(seed):
    columns, shapes, cells = fabric(seed)
    take, rows = measure(columns, shapes, cells), overlaid(columns, shapes, cells)
    rows = rows.assign(
        commune=rows["commune_id"], section=rows["section_id"], parcel=rows["parcel_id"]
    ).fillna({"land_type": ""})
    classes = dict(zip(take.parcels["parcel_id"], take.parcels["take_class"], strict=True))
    rows["take_class"] = rows["parcel_id"].map(classes)
    for by in GROUPS:
        if "basis" in by and "basis" not in take.spatial:
            continue
        groups = pd.DataFrame(dict(group_take(take, by)))
        names = list(groups.columns[: len(by)])
        assert groups.iloc[-2][names[0]] == "overlap"
        assert groups.iloc[-1][names[0]] == "uncovered"
        own = groups.iloc[:-2].set_index(names)
        areas = rows.groupby(list(by))["area_m2"].sum()
        counts = rows.groupby(list(by))["parcel_id"].nunique()
        full = rows[rows["take_class"] == "full"].groupby(list(by))["parcel_id"].nunique()
        found = own[own["affected_count"] > 0]
        assert sorted(found.index) == sorted(areas.index)
        assert found["affected_area_m2"].sort_index().to_numpy() == pytest.approx(
            areas.sort_index().to_numpy(), rel=1e-9, abs=1e-9
        )
        assert found["affected_count"].sort_index().tolist() == counts.sort_index().tolist()
        assert found["full_count"].sum() == full.sum()
        for name in ("affected_area_m2", "overlap_area_m2", "uncovered_area_m2"):
            assert groups[name].sum() == pytest.approx(take.cells[name].sum(), abs=1e-6)


@many(20)
@given(seeds, st.sampled_from([ORIGIN, NORTH]))
def test_the_order_of_rows_changes_no_bit_and_inputs_stay(seed, at):
    columns, shapes, cells = fabric(seed, at)
    before = shapely.to_wkb(shapes), {name: list(cells_) for name, cells_ in columns.items()}
    first = measure(columns, shapes, cells)
    order = np.random.default_rng(seed).permutation(len(shapes))
    turned = {name: [column[i] for i in order] for name, column in columns.items()}
    turned["document_area_m2"] = np.array(turned["document_area_m2"])
    second = measure(turned, shapes[order], cells)
    for table in ("parts", "parcels", "cells"):
        one, two = getattr(first, table), getattr(second, table)
        assert list(one) == list(two)
        for name, column in one.items():
            if name in {"overlap_area_m2", "uncovered_area_m2"}:
                assert two[name] == pytest.approx(column, rel=1e-12, abs=1e-7)
            else:
                np.testing.assert_array_equal(column, two[name])
    assert (before[0] == shapely.to_wkb(shapes)).all()
    assert before[1]["parcel_id"] == columns["parcel_id"]
    assert before[1]["land_type"] == columns["land_type"]


@many(30)
@given(seeds, st.sampled_from([ORIGIN, NORTH]))
def test_shapes_have_the_areas_that_are_told(seed, at):
    columns, shapes, cells = fabric(seed, at)
    take = measure(columns, shapes, cells)
    parts, parcels = take.part_shapes(), take.parcel_shapes()
    for drawn_shapes, table in ((parts, take.parts), (parcels, take.parcels)):
        assert shapely.area(drawn_shapes) == pytest.approx(table["affected_area_m2"], abs=1e-6)
        assert shapely.is_valid(drawn_shapes).all()
        assert set(shapely.get_type_id(drawn_shapes)) <= {3, 6}
    places = dict(zip(cells.columns["section_id"], cells.shapes, strict=True))
    lands = [places[name] for name in take.parts["section_id"]]
    assert (shapely.distance(parts, lands) == 0).all()


def test_integration_and_clipping_agree():
    for seed in range(40):
        columns, shapes, cells = fabric(seed)
        ours, theirs = cut_polygons(shapes, cells), clip_cut(shapes, cells)
        assert (ours.shape == theirs.shape).all()
        assert (ours.piece == theirs.piece).all()
        assert ours.areas == pytest.approx(theirs.areas, rel=1e-9, abs=1e-9)
        del columns


# drawn so that the library unites two parts of a parcel wrongly, by hundreds of square metres
@pytest.mark.parametrize("seed", [2906, 1979, 4522])
def test_parts_that_the_library_fails_to_unite(seed):
    rng = np.random.default_rng(seed)
    angle_deg = rng.choice([0.0, 30.0])
    plots = settled(ragged(rng), ORIGIN, angle_deg)
    shapes = repair_shapes(shapes_of(*plots), ("polygon",)).shapes
    lands = settled(strip(rng), ORIGIN, angle_deg)
    cells = cells_of(lands, section_id=list(map(str, range(len(lands)))))
    take = measure({"parcel_id": list(map(str, range(len(shapes))))}, shapes, cells)
    assert shapely.area(take.parcel_shapes()) == pytest.approx(
        take.parcels["affected_area_m2"], abs=1e-6
    )


def test_edges_that_nearly_coincide_with_those_of_the_corridor():
    """A turned parcel that fills the corridor's width: the library alone finds nothing shared."""
    land, middle = box(0, 0, 100, 20), box(10, 0, 90, 20)
    for angle_deg in np.arange(1.0, 90.0, 7.5):
        for parcel in (middle, middle.reverse()):
            shapes = shapes_of(*settled([parcel], ORIGIN, angle_deg))
            take = measure(
                {"parcel_id": ["P"]}, shapes, cells_of(settled([land], ORIGIN, angle_deg))
            )
            assert take.parcels["affected_area_m2"] == pytest.approx([1600.0], abs=1e-9)
            assert take.parcels["take_class"].tolist() == ["full"]
            assert shapely.area(take.part_shapes()) == pytest.approx([1600.0], abs=1e-6)
            assert take.cells["uncovered_area_m2"] == pytest.approx([400.0], abs=1e-6)


# turns at which the library alone says that corridor and parcel share nothing
@pytest.mark.parametrize(
    ("angle_deg", "from_m", "to_m"),
    [
        (160.17363608992807, 21.48079965841383, 95.53063697894335),
        (41.54007017069417, 21.732720753855283, 62.42357981897325),
        (266.08682345925007, 5.623374686644189, 82.03501369962964),
    ],
)
def test_a_part_that_the_library_loses(angle_deg, from_m, to_m):
    parcel, land = box(from_m, 0, to_m, 20), box(0, 0, 100, 20)
    for drawn_parcel in (parcel, parcel.reverse()):
        shapes = shapes_of(*settled([drawn_parcel], ORIGIN, angle_deg))
        cells = cells_of(settled([land], ORIGIN, angle_deg))
        cut = cut_polygons(shapes, cells)
        assert cut.areas == pytest.approx([parcel.area], rel=1e-12)
        parts = clip.clip_parts(cut, shapes, cells, np.arange(1))
        assert shapely.area(parts) == pytest.approx([parcel.area], abs=1e-6)


def test_nothing_under_a_corridor_and_a_corridor_over_nothing():
    none = np.empty(0, dtype=object)
    cells = cells_of([box(0, 0, 10, 10)], section_id=["S"])
    for shapes in (none, shapes_of(box(50, 50, 60, 60)), shapes_of(box(10, 0, 20, 10))):
        keys = [f"P{i}" for i in range(len(shapes))]
        take = measure({"parcel_id": keys, "land_type": [None] * len(keys)}, shapes, cells)
        assert all(len(column) == 0 for column in (*take.parcels.values(), *take.parts.values()))
        assert take.cells["uncovered_area_m2"].tolist() == [100.0]
        assert take.parcel_shapes().tolist() == take.part_shapes().tolist() == []
        assert reconcile(take, TOLERANCES).reconciles
        groups = group_take(take, ["section"])
        assert groups["section_id"].tolist() == ["S", "overlap", "uncovered"]
        assert groups["uncovered_area_m2"].tolist() == [0.0, 0.0, 100.0]
        groups = group_take(take, ["land_type"])
        assert groups["land_type"].tolist() == ["overlap", "uncovered"]
    no_cells = cells_of([])
    take = measure({"parcel_id": ["P"]}, shapes_of(box(0, 0, 1, 1)), no_cells)
    assert len(take.parcels["parcel_id"]) == len(take.cells["weight"]) == 0
    assert reconcile(take, TOLERANCES).reconciles


def test_one_parcel_over_many_sections():
    lands = [box(i * 10.0, 0, i * 10.0 + 10, 4) for i in range(60)]
    cells = cells_of(lands, section_id=[f"Km{i}" for i in range(60)])
    take = measure({"parcel_id": ["P"]}, shapes_of(box(-5, 1, 595, 9)), cells)
    assert take.parts["section_id"].tolist() == [f"Km{i}" for i in range(60)]
    assert take.parts["affected_area_m2"] == pytest.approx([30.0] * 59 + [15.0])
    assert take.parcels["affected_area_m2"] == pytest.approx([1785.0])
    assert take.cells["uncovered_area_m2"] == pytest.approx([10.0] * 59 + [25.0])
    groups = group_take(take, ["section"])
    assert groups["affected_count"].tolist() == [1] * 60 + [0, 0]


def test_ground_that_communes_share_counts_back():
    lands = [box(0, 0, 60, 10), box(40, 0, 100, 10), box(40, 0, 60, 10)]
    cells = cells_of(lands, commune_id=["C1", "C2", "shared"], weight=[1.0, 1.0, -1.0])
    keys = {"parcel_id": ["A", "B"]}
    take = measure(keys, shapes_of(box(45, 0, 55, 10), box(55, 0, 70, 10)), cells)
    assert take.parcels["affected_area_m2"] == pytest.approx([100.0, 150.0])
    assert take.parcels["take_class"].tolist() == ["full", "full"]
    assert take.cells["corridor_area_m2"].sum() == pytest.approx(1000.0)
    groups = pd.DataFrame(dict(group_take(take, ["commune"]))).set_index("commune_id")
    assert groups.loc["shared", "affected_count"] == -2
    assert groups["affected_count"].sum() == 2
    assert groups["affected_area_m2"].sum() == pytest.approx(250.0)
    assert reconcile(take, TOLERANCES).reconciles


def test_areas_of_feet_come_in_square_metres():
    foot = 1200 / 3937
    take = measure(
        {"parcel_id": ["P"]}, shapes_of(box(0, 0, 100, 100)),
        cells_of([box(50, 0, 1e5, 100)], system="EPSG:2263"),
    )  # fmt: skip
    assert take.parcels["drawn_area_m2"] == pytest.approx([1e4 * foot**2])
    assert take.parcels["affected_area_m2"] == pytest.approx([5e3 * foot**2])


@many(10)
@given(seeds)
def test_arrays_and_frames_tell_the_same(seed):
    columns, shapes, cells = fabric(seed)
    take = measure(columns, shapes, cells)
    parcels = gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS)
    lands = gpd.GeoDataFrame(dict(cells.columns), geometry=cells.shapes, crs=CRS)
    frames = measure_land_take(parcels, lands, tolerances=TOLERANCES)
    for table in ("parts", "parcels", "cells"):
        frame = pd.DataFrame(getattr(frames, table)).drop(columns="geometry", errors="ignore")
        arrays = getattr(take, table)
        assert list(frame.columns) == list(arrays)
        for name, column in arrays.items():
            if column.dtype == object:
                assert frame[name].tolist() == column.tolist()
            else:
                assert frame[name].to_numpy() == pytest.approx(column, nan_ok=True, abs=1e-9)
    for by in (["commune"], ["land_type", "section"]):
        groups, arrays = group_land_take(frames, by), group_take(take, by)
        assert list(groups.columns) == list(arrays)
        for name, column in arrays.items():
            np.testing.assert_array_equal(groups[name].to_numpy(), column)


def test_vertices_so_near_that_a_slope_has_no_number():
    """The edge from (0, 0) to (1e-310, 10) rises by more than a number can hold."""
    shape = Polygon([(0, 0), (10, 0), (10, 10), (1e-310, 10)])
    with np.errstate(all="ignore"):
        cut = cut_polygons(shapes_of(shape), cells_of([box(-5, -5, 5, 5)]))
    assert cut.areas == pytest.approx([25.0])


# keys and their order


def by_natural_key(keys):
    last = {key: place for place, key in enumerate(LAST)}
    return sorted(keys, key=lambda key: (last.get(key, -1), natural_key(key)))


KEYS = [
    ["P10", "P2", "P1"],
    ["12-345", "12-34", "2-999", "12-5"],
    ["007", "7", "07", "8", "0"],
    ["1", "01", "2"],
    ["9" * 18, "1" + "0" * 18, "8" * 18],
    ["12345678901234567890", "12345678901234567891", "2345678901234567890"],
    ["123456789012345678", "123456789012345677"],
    ["Đất 10", "đất 9", "dat 11", "ĐẤT 2"],
    ["٣", "1", "٢"],  # digits, but not of the Latin kind
    ["a\n1", "a\n10", "a\n9"],
    ["5", "1\n9\n9", "3"],
    ["5", "1\n9\n9"],
    ["2", "10\n1", "1\n5\n6\n7"],
    ["", "outside", "shared", "Km1", "overlap", "uncovered", "zz"],
    ["outside", "1", "10", "9"],
    ["x"],
    [""],
    ["1.5", "1.10", "1.2"],
    ["-5", "-10", "-1"],
    ["A-1", "a-1", "A-2"],
    ["1-2-3", "1-2", "1"],
    [" 1", "1", "0 1"],
]


@pytest.mark.parametrize("keys", KEYS)
def test_natural_order_of_keys_of_all_kinds(keys):
    expected = by_natural_key(keys)
    assert [keys[place] for place in natural_places(keys)] == expected
    column = np.array([*keys, *keys], dtype=object)
    assert column[natural_rows([column])].tolist() == [key for key in expected for _ in range(2)]
    ranks = key_ranks(pd.Series(keys, dtype=object))
    assert [keys[place] for place in np.argsort(ranks)] == expected
    shapes = shapes_of(*(box(i, 0, i + 1, 1) for i in range(len(keys))))
    take = measure({"parcel_id": keys}, shapes, cells_of([box(-1, -1, 100, 2)]))
    assert take.parcels["parcel_id"].tolist() == expected
    areas = dict(zip(take.parts["parcel_id"], take.parts["affected_area_m2"], strict=True))
    assert areas == dict.fromkeys(keys, pytest.approx(1.0))


pieces_of_keys = st.text(alphabet="0123456789aAđ-. \n", max_size=6)


@many(150)
@given(
    st.lists(pieces_of_keys | st.from_regex(r"[0-9]{1,3}-[0-9]{1,20}", fullmatch=True), unique=True)
)
def test_natural_order_is_that_of_the_natural_key(keys):
    assert [keys[place] for place in natural_places(keys)] == by_natural_key(keys)


# lines and points


def test_lines_equal_a_cut_by_the_whole_cell():
    rng = np.random.default_rng(5)
    for seed in range(30):
        lands = settled(strip(np.random.default_rng(seed)), ORIGIN)
        lines = shapes_of(*(LineString(rng.uniform(-100, 500, (4, 2))) for _ in range(20)))
        cells = cells_of(lands, section_id=list(map(str, range(len(lands)))))
        found = clip_lines(lines, cells, 1e-6)
        every = shapely.length(shapely.intersection(lines[:, None], cells.shapes[None, :]))
        ours = np.zeros(every.shape)
        ours[found.shape, found.cell] = shapely.length(found.shapes)
        assert ours == pytest.approx(every, abs=1.01e-6)
        assert ours[every > 1e-3] == pytest.approx(every[every > 1e-3], abs=1e-9)
        order = list(zip(found.shape, found.cell, strict=True))
        assert order == sorted(order)


def test_lines_along_the_edges_of_pieces_count_once():
    """A strip of 2 400 m is cut at 1 200, 600 and 300: lines run along every cut."""
    land = box(0, 0, 2400, 10).union(box(0, 0, 10, 2400))
    cells = cells_of([land])
    rims = shapely.bounds(cells.pieces.shapes)[:, 2]
    cuts = [LineString([(x, -50), (x, 50)]) for x in set(rims) if 10 < x < 2400]
    found = clip_lines(shapes_of(*cuts), cells, 1e-6)
    assert len(found.shape) == len(cuts) == 3
    expected = shapely.length(shapely.intersection(shapes_of(*cuts), land))
    assert shapely.length(found.shapes) == pytest.approx(expected)
    rim = LineString([(10, 10), (2400, 10)])  # along the strip's own border
    assert shapely.length(clip_lines(shapes_of(rim), cells, 1e-6).shapes) == pytest.approx([2390.0])
    through = LineString([(-50, 5), (2500, 5)])
    cut = clip_lines(shapes_of(through), cells, 1e-6).shapes
    assert shapely.length(cut) == pytest.approx([2400.0])
    assert shapely.get_type_id(cut).tolist() == [1]  # one line, not one a piece


def test_lines_that_only_touch_and_lines_of_several_parts():
    cells = cells_of([box(0, 0, 10, 10), box(10, 0, 20, 10)], section_id=["1", "2"])
    touching = shapes_of(LineString([(5, 10), (5, 20)]), LineString([(-5, -5), (0, 0)]))
    assert len(clip_lines(touching, cells, 1e-6).shape) == 0
    both = shapely.MultiLineString([[(1, 1), (1, 9)], [(12, 1), (30, 1)], [(40, 0), (50, 0)]])
    found = clip_lines(shapes_of(both), cells, 1e-6)
    assert found.cell.tolist() == [0, 1]
    assert shapely.length(found.shapes) == pytest.approx([8.0, 8.0])
    assert len(clip_lines(np.empty(0, dtype=object), cells, 1e-6).shape) == 0


def test_points_on_the_edges_of_pieces_and_of_cells():
    land = box(0, 0, 2400, 10).union(box(0, 0, 10, 2400))
    cells = cells_of([land, box(10, 10, 50, 50)], section_id=["1", "2"])
    rims = shapely.bounds(cells.pieces.shapes[cells.pieces.owner == 0])
    cuts = [Point(x, 5) for x in sorted(set(rims[:, 2]))]
    found = cover_points(shapes_of(*cuts), cells, 1e-6)
    assert found.shape.tolist() == list(range(len(cuts)))
    assert set(found.cell) == {0}
    edges = shapes_of(Point(5, 0), Point(10, 30), Point(10 + 5e-7, 100), Point(10 + 5e-6, 100))
    found = cover_points(edges, cells, 1e-6)
    pairs = list(zip(found.shape.tolist(), found.cell.tolist(), strict=True))
    assert pairs == [(0, 0), (1, 0), (1, 1), (2, 0)]
    assert len(cover_points(np.empty(0, dtype=object), cells, 1e-6).shape) == 0


def test_polygons_that_touch_along_an_edge_give_nothing():
    cells = cells_of([box(0, 0, 10, 10)])
    beside = shapes_of(box(10, 0, 20, 10), box(-5, -5, 0, 0), box(0, 10, 10, 10.0000000001))
    assert len(clip_polygons(beside, cells, LEAST_M2).shape) == 0
    comb = Polygon([(10, 0), (20, 0), (20, 10), (10, 10), (10, 6), (9, 5), (10, 4)])
    found = clip_polygons(shapes_of(comb), cells, LEAST_M2)
    assert shapely.area(found.shapes) == pytest.approx([1.0])
    assert shapely.get_type_id(found.shapes).tolist() == [3]  # not a collection with an edge


def test_a_parcel_well_inside_is_taken_as_it_is_drawn():
    shapes = shapes_of(box(2, 2, 4, 4), box(8, 8, 12, 12))
    found = clip_polygons(shapes, cells_of([box(0, 0, 10, 10)]), LEAST_M2)
    assert found.shapes[0] is shapes[0]
    assert shapely.area(found.shapes) == pytest.approx([4.0, 4.0])


@many(20)
@given(seeds, st.sampled_from([ORIGIN, NORTH]))
def test_union_by_owner(seed, at):
    """The union of several owners at once is that of each alone; nothing of it goes missing."""
    rng = np.random.default_rng(seed)
    plots = shapes_of(*settled(grid(rng), at, 30.0))
    owner = rng.integers(0, 6, len(plots))
    found = clip.union_by(plots, owner, 7)
    assert found[6] is None
    for place in range(6):
        own = plots[owner == place]
        if not len(own):
            assert found[place] is None
        elif len(own) == 1:
            assert found[place] is own[0]
        else:
            near = [affinity.translate(shape, -at[0], -at[1]) for shape in own]
            expected = shapely.union_all(near, grid_size=1e-9).area
            assert found[place].area == pytest.approx(expected, rel=1e-9, abs=1e-5)
