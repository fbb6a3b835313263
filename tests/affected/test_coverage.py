"""Ground claimed twice and by nobody: known answers, and strips that no overlay takes part in."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Polygon, affinity, box

from geotool.affected import coverage
from geotool.affected.areas import direct_edges
from geotool.affected.clip import cut_polygons
from geotool.affected.coverage import free_edges, measure_claims
from geotool.sources.repair import repair_shapes
from tests.affected import scanline
from tests.affected.fabrics import (
    NORTH,
    ORIGIN,
    SOUTH,
    cells_of,
    grid,
    ragged,
    settled,
    shapes_of,
    strip,
    with_junctions,
)

LAND = box(0, 0, 100, 20)
HALVES = [box(0, 0, 50, 20), box(50, 0, 100, 20)]
RING = box(0, 0, 100, 20).difference(box(40, 5, 60, 15))


def claims(parcels, cells):
    """Return what is claimed and what is free, of all cells together, and check the identity."""
    shapes = shapes_of(*parcels)
    claimed, free = measure_claims(shapes, cut_polygons(shapes, cells), cells)
    held = cells.areas_m2(cells.shapes)
    assert claimed + free == pytest.approx(held, rel=1e-9, abs=1e-6)
    return claimed, free


def measured(parcels, *lands):
    """Return claimed and free area, turned and moved about: they must not change."""
    found = []
    for at, angle_deg in ((ORIGIN, 0.0), (ORIGIN, 31.0), (NORTH, 0.0), (SOUTH, 118.0)):
        own = settled(parcels, at, angle_deg)
        cells = cells_of(settled(lands or [LAND], at, angle_deg))
        for order in (own, own[::-1], [shape.reverse() for shape in own]):
            claimed, free = claims(order, cells)
            found.append((claimed.sum(), free.sum()))
    assert np.ptp(np.array(found), axis=0) == pytest.approx([0, 0], abs=1e-6)
    return found[0]


def almost(*areas):
    return pytest.approx(areas, abs=1e-9)


def test_clean_halves():
    assert measured(HALVES) == almost(2000, 0)


def test_no_parcels_at_all():
    assert measured([]) == almost(0, 2000)
    assert measured([box(0, 20, 100, 40)]) == almost(0, 2000)  # beside it, along its edge


def test_one_giant_parcel_holds_the_corridor():
    assert measured([box(-1e4, -1e4, 1e4, 1e4)]) == almost(2000, 0)
    assert measured([box(-1e4, -1e4, 1e4, 1e4)] * 3) == almost(2000, 0)


def test_a_vertex_on_the_edge_of_the_neighbour():
    upper = [box(0, 10, 30, 20), box(30, 10, 100, 20)]
    assert measured([box(0, 0, 100, 10), *upper]) == almost(2000, 0)
    assert measured([box(0, 0, 100, 10), upper[0]]) == almost(1300, 700)


def test_twins():
    assert measured([*HALVES, HALVES[0]]) == almost(2000, 0)
    assert measured([HALVES[0], HALVES[0]]) == almost(1000, 1000)
    assert measured([*HALVES, *HALVES]) == almost(2000, 0)
    assert measured([HALVES[0]] * 3) == almost(1000, 1000)


def test_a_twin_beside_a_gap_of_the_same_area():
    """The sum of the parts is the corridor, although one half is claimed twice, one by nobody."""
    quarters = [box(25 * i, 0, 25 * i + 25, 20) for i in range(4)]
    assert measured([quarters[0], quarters[0], quarters[2], quarters[3]]) == almost(1500, 500)
    assert measured([quarters[1], quarters[1], quarters[2], quarters[2]]) == almost(1000, 1000)
    moved = affinity.translate(quarters[0], 12.5, 0)  # half of it is claimed twice
    assert measured([quarters[0], moved, *quarters[2:]]) == almost(1750, 250)


def test_three_over_one_place():
    over = [box(10, 0, 20, 20), box(5, -5, 30, 10), box(15, 5, 16, 30)]
    assert measured([*HALVES, *over]) == almost(2000, 0)
    assert measured(over) == almost(200 + 150 + 0, 1650)


def test_holes_filled_and_unfilled():
    fill = box(40, 5, 60, 15)
    assert measured([RING]) == almost(1800, 200)
    assert measured([RING, fill]) == almost(2000, 0)
    assert measured([RING, fill, fill]) == almost(2000, 0)
    assert measured([RING, box(40, 5, 50, 15)]) == almost(1900, 100)
    assert measured([RING, box(35, 0, 65, 20)]) == almost(2000, 0)
    assert measured([LAND, fill]) == almost(2000, 0)  # in a parcel that has no hole


def test_parcels_of_several_parts():
    apart = shapely.MultiPolygon([box(0, 0, 10, 20), box(90, 0, 100, 20)])
    assert measured([apart]) == almost(400, 1600)
    assert measured([apart, box(10, 0, 90, 20)]) == almost(2000, 0)
    assert measured([apart, box(5, 0, 90, 20)]) == almost(2000, 0)


def test_a_parcel_inside_another_along_its_border():
    """Both have their inside on the same side of the shared edge."""
    assert measured([LAND, box(0, 0, 30, 10)]) == almost(2000, 0)
    assert measured([box(0, 0, 60, 20), box(0, 0, 60, 10)]) == almost(1200, 800)
    assert measured([box(0, 0, 60, 20), box(20, 0, 40, 20)]) == almost(1200, 800)


def test_a_gap_between_parcels():
    assert measured([box(-5, -5, 40, 30), box(43, -5, 110, 30)]) == almost(1940, 60)
    assert measured([box(-5, -5, 40, 30), box(40 + 1e-4, -5, 110, 30)])[1] == pytest.approx(
        20e-4, abs=1e-7
    )


def test_cells_that_share_ground_and_cells_with_holes():
    lands = [box(0, 0, 60, 20), box(40, 0, 100, 20)]
    cells = cells_of(lands, weight=[1.0, -1.0])
    claimed, free = claims([box(0, 0, 50, 20)], cells)
    assert claimed == almost(1000, 200)
    assert free == almost(200, 1000)
    assert measured(HALVES, RING) == almost(1800, 0)
    assert measured([box(40, 5, 60, 15)], RING) == almost(0, 1800)


def test_parcels_edged_where_pieces_are_cut():
    """The strip is cut at the middle of its box, again and again; so are the parcels."""
    land = box(0, 0, 2400, 10).union(box(0, 0, 10, 2400))
    plots = [box(x, 0, x + 75, 10) for x in range(0, 2400, 75)]
    plots += [box(0, y, 10, y + 75) for y in range(75, 2400, 75)]
    assert measured(plots, land) == almost(75 * 10 * 63, 65 * 10)
    assert measured([*plots, box(0, 10, 10, 75), box(0, 0, 10, 75)], land) == almost(47_900, 0)


def test_areas_come_in_square_metres():
    cells = cells_of([LAND], system="EPSG:2263")  # US survey feet
    claimed, free = claims([HALVES[0]], cells)
    foot = 1200 / 3937
    assert claimed.sum() == pytest.approx(1000 * foot**2)
    assert free.sum() == pytest.approx(1000 * foot**2)


def left_over(*shapes):
    return free_edges(direct_edges(shapes_of(*shapes)))


def test_edges_left_over():
    square = box(0, 0, 1, 1)
    side_by_side = left_over(square, box(1, 0, 2, 1))
    assert len(side_by_side) == 6
    assert not shapely.equals(side_by_side, shapely.LineString([(1, 0), (1, 1)])).any()
    assert len(left_over(square)) == 4
    assert len(left_over(square, square)) == 8  # twins have the inside on the same side
    assert len(left_over(square, box(2, 0, 3, 1))) == 8
    assert len(left_over(square, box(1, 0, 2, 2))) == 8  # a junction cancels nothing
    assert len(left_over(*[box(i, j, i + 1, j + 1) for i in range(3) for j in range(3)])) == 12
    assert len(left_over(square, box(0, 0, 2, 2).difference(square))) == 6
    twins = [square, square, box(1, 0, 2, 1), box(1, 0, 2, 1)]
    assert len(left_over(*twins)) == 12
    assert (
        len(left_over(square, square, box(1, 0, 2, 1))) == 12
    )  # one twin is left over, and it is not known which
    assert len(left_over()) == 0


def test_edges_left_over_of_holes_parts_and_zeros_of_either_sign():
    ring = box(0, 0, 9, 9).difference(box(3, 3, 6, 6))
    assert len(left_over(ring, box(3, 3, 6, 6))) == 4
    assert len(left_over(ring.reverse(), box(3, 3, 6, 6).reverse())) == 4
    both = shapely.MultiPolygon([box(0, 0, 1, 1), box(2, 0, 3, 1)])
    assert len(left_over(both, box(1, 0, 2, 1))) == 8
    west = Polygon([(-1, -1), (-0.0, -1), (-0.0, 1), (-1, 1)])
    assert len(left_over(west, Polygon([(0.0, -1), (1, -1), (1, 1), (0.0, 1)]))) == 6
    far = [box(2.3e6 + i, 6e5, 2.3e6 + i + 1, 6e5 + 1) for i in range(2)]
    assert len(left_over(*far)) == 6
    repeated = Polygon([(0, 0), (1, 0), (1, 0), (1, 1), (0, 1)])
    assert {line.length for line in left_over(repeated, box(1, 0, 2, 1))} == {1.0, 0.0}


def test_different_edges_of_one_code_never_cancel(monkeypatch):
    """Should two edges have the same code by chance, they are only looked at once more."""
    monkeypatch.setattr(coverage, "_codes", lambda edges: np.zeros(len(edges), dtype=np.uint64))
    assert len(left_over(box(0, 0, 1, 1), box(1, 0, 2, 1))) == 8
    assert measured([HALVES[0], HALVES[0]]) == almost(1000, 1000)
    assert measured(HALVES) == almost(2000, 0)


def test_clean_ground_is_not_united(monkeypatch):
    """Within plots that share their edges nothing is united: that is what makes it fast."""
    rng = np.random.default_rng(1)
    plots = shapes_of(*grid(rng, rows=20, columns=20))
    land = shapely.LineString([(200, 100), (700, 700), (1000, 300)]).buffer(15)
    asked = []
    real = coverage._unite

    def counting(shapes, cut, cells, places):
        asked.extend(places)
        return real(shapes, cut, cells, places)

    monkeypatch.setattr(coverage, "_unite", counting)
    claimed, free = claims(plots, cells_of([land]))
    assert claimed.sum() == pytest.approx(land.area, rel=1e-12)
    assert free.sum() == 0.0
    assert not asked


def fabric(seed, at):
    """Return ragged parcels and the cells of a strip."""
    rng = np.random.default_rng(seed)
    angle_deg = rng.choice([0.0, 30.0])
    drawn = shapes_of(*settled(ragged(rng), at, angle_deg))
    shapes = repair_shapes(drawn, ("polygon",)).shapes
    return shapes[shapely.area(shapes) > 0], settled(strip(rng, cells=3), at, angle_deg)


@pytest.mark.parametrize("at", [ORIGIN, NORTH], ids=["origin", "north"])
@pytest.mark.parametrize("seed", range(6))
def test_ragged_ground_equals_sums_over_strips(seed, at):
    shapes, lands = fabric(seed, at)
    claimed, free = claims(shapes, cells_of(lands, section_id=list(range(len(lands)))))
    noise = 1e-8 if at == ORIGIN else 1e-6
    expected = [scanline.covered_area(shapes, land) for land in lands]
    assert claimed == pytest.approx(expected, rel=1e-10, abs=noise)
    expected = [scanline.free_area(shapes, land) for land in lands]
    assert free == pytest.approx(expected, rel=1e-10, abs=noise)


# where a plain union or difference of the library is wrong by hundreds of square metres
_TREACHEROUS = [
    (77, ORIGIN), (1195, ORIGIN), (1578, ORIGIN), (4161, ORIGIN), (288, NORTH), (953, NORTH),
    (55, SOUTH), (595, SOUTH), (2461, SOUTH),
]  # fmt: skip


@pytest.mark.parametrize(("seed", "at"), _TREACHEROUS)
def test_ground_that_the_library_fails_to_unite(seed, at):
    rng = np.random.default_rng(seed)
    angle_deg = rng.choice([0.0, 30.0])
    plots = settled(ragged(rng), at, angle_deg)
    shapes = repair_shapes(shapes_of(*plots), ("polygon",)).shapes
    claims(shapes, cells_of(settled(strip(rng), at, angle_deg)))


@settings(max_examples=60, derandomize=True)
@given(st.integers(0, 2**32 - 1), st.sampled_from([ORIGIN, SOUTH, NORTH]))
def test_what_is_claimed_and_what_is_free_are_the_cell(seed, at):
    shapes, lands = fabric(seed, at)
    cells = cells_of(lands)
    claimed, free = claims(shapes, cells)
    rng = np.random.default_rng(seed)
    again = claims(shapes[rng.permutation(len(shapes))], cells)
    assert claimed == pytest.approx(again[0], rel=1e-10, abs=1e-6)
    assert free == pytest.approx(again[1], rel=1e-10, abs=1e-6)
    fewer = claims(shapes[1:], cells)
    assert (fewer[0] <= claimed + 1e-6).all()
    assert (fewer[1] >= free - 1e-6).all()
    doubled = claims([*shapes, *shapes], cells)
    assert doubled[0] == pytest.approx(claimed, rel=1e-9, abs=1e-6)
    assert doubled[1] == pytest.approx(free, rel=1e-9, abs=1e-6)


@settings(max_examples=25, derandomize=True)
@given(st.integers(0, 2**32 - 1), st.sampled_from([ORIGIN, NORTH]))
def test_one_edge_moved_or_noded_on_one_side_only(seed, at):
    rng = np.random.default_rng(seed)
    plots = grid(rng, rows=4, columns=5)
    hole, twin = rng.choice(len(plots), 2, replace=False)
    kept = [plot for place, plot in enumerate(plots) if place != hole]
    plain = [*kept, plots[twin]]
    land = shapely.LineString([(60, 40), (180, 100), (240, 130)]).buffer(12)
    cells = cells_of(settled([land], at))
    clean, noded = (
        claims(settled(each, at), cells) for each in (plain, with_junctions(rng, plain, 0.5))
    )
    assert clean[1] == pytest.approx(plots[hole].intersection(land).area, abs=1e-6)
    assert noded[1] == pytest.approx(clean[1], abs=1e-6)


def test_a_street_of_many_blocks_is_not_united_whole_with_every_piece(monkeypatch):
    """All streets of a town are one polygon with a hole a block."""
    corners = [(x, y) for x in range(0, 2200, 110) for y in range(0, 2200, 110)]
    blocks = [box(x, y, x + 100, y + 100) for x, y in corners]
    street = box(-10, -10, 2200, 2200).difference(shapely.MultiPolygon(blocks))
    plots = [box(x + i * 25, y + j, x + i * 25 + 25, y + 100 * (j > 0) + 40 * (j == 0))
             for x, y in corners for i in range(4) for j in (0, 40)]  # fmt: skip
    shapes = shapes_of(street, *plots)
    lands = [shapely.LineString([(-5, 545), (2195, 545)]).buffer(30, cap_style="flat")]
    united = []
    real = coverage.join_by

    def counting(parts, *rest):
        united.append(int(shapely.get_num_coordinates(parts).max()))
        return real(parts, *rest)

    monkeypatch.setattr(coverage, "join_by", counting)
    claimed, free = claims(shapes, cells_of(lands))
    assert claimed.sum() == pytest.approx(2200 * 60, abs=1e-6)
    assert free.sum() == pytest.approx(0, abs=1e-6)
    assert united
    assert max(united) < shapely.get_num_coordinates(street) / 3
