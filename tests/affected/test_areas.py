"""Shared areas by integration: known answers, and against sums over upright strips."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Polygon, affinity, box

from geotool.affected import areas as module
from geotool.affected.areas import direct_edges, edges_of, share_areas
from tests.affected import scanline
from tests.affected.fabrics import NORTH, ORIGIN, ragged, settled, shapes_of, strip

AT = pytest.mark.parametrize("at", [ORIGIN, NORTH], ids=["origin", "north"])
SQUARE = box(0, 0, 10, 10)
ARROW = Polygon([(0, 0), (10, 0), (10, 10), (5, 2), (0, 10)])
RING = box(0, 0, 10, 10).difference(box(3, 3, 7, 7))
TWO = shapely.MultiPolygon([box(0, 0, 2, 2), box(5, 5, 9, 9)])
KNOWN = [
    (SQUARE, SQUARE, 100.0),
    (SQUARE, box(5, 5, 15, 15), 25.0),
    (SQUARE, box(10, 0, 20, 10), 0.0),  # along an edge
    (SQUARE, box(10, 10, 20, 20), 0.0),  # in a corner
    (SQUARE, box(20, 0, 30, 10), 0.0),
    (SQUARE, box(2, 20, 4, 30), 0.0),  # above, in the same columns
    (SQUARE, box(2, -30, 4, -20), 0.0),
    (SQUARE, box(-50, -50, 50, 50), 100.0),
    (SQUARE, box(2, -5, 4, 50), 20.0),
    (SQUARE, Polygon([(0, 0), (10, 10), (0, 10)]), 50.0),
    (SQUARE, Polygon([(5, -5), (15, 5), (5, 15), (-5, 5)]), 100.0),
    (SQUARE, Polygon([(5, -2), (12, 5), (5, 12), (-2, 5)]), 82.0),
    (ARROW, SQUARE, 60.0),
    (ARROW, box(4, 0, 6, 10), 5.6),
    (RING, SQUARE, 84.0),
    (RING, box(4, 4, 6, 6), 0.0),  # within the hole
    (RING, box(3, 3, 7, 7), 0.0),  # fills the hole
    (RING, RING, 84.0),
    (RING, box(0, 4, 10, 6), 12.0),
    (RING, affinity.translate(RING, 2, 0), 56.0),
    (TWO, SQUARE, 20.0),
    (TWO, box(1, 1, 6, 6), 2.0),
    (TWO, RING, 4.0 + 12.0),
    (Polygon([(0, 0), (10, 1e-9), (10, 0)]), SQUARE, 5e-9),
    (Polygon([(0, 0), (1e-9, 10), (0, 10)]), SQUARE, 5e-9),
]  # fmt: skip


def shared(first, second, at=ORIGIN):
    one, two = shapes_of(*settled([first], at)), shapes_of(*settled([second], at))
    pair = (np.zeros(1, dtype=np.intp), np.zeros(1, dtype=np.intp))
    return float(share_areas(edges_of(one), edges_of(two), pair)[0])


def shared_all(first, second):
    places = np.arange(len(first))
    return share_areas(edges_of(first), edges_of(second), (places, places))


@pytest.mark.parametrize(("first", "second", "area"), KNOWN)
@pytest.mark.parametrize("angle_deg", [0.0, 90.0, 27.5])
def test_known_areas_both_ways_and_turned(first, second, area, angle_deg):
    one, two = (affinity.rotate(shape, angle_deg, origin=(0, 0)) for shape in (first, second))
    noise = 1e-11 if angle_deg else 1e-13
    assert shared(one, two) == pytest.approx(area, rel=1e-13, abs=noise)
    assert shared(two, one) == pytest.approx(area, rel=1e-13, abs=noise)


@pytest.mark.parametrize(("first", "second", "area"), KNOWN[:-2])
def test_known_areas_far_from_the_origin(first, second, area):
    assert shared(first, second, NORTH) == pytest.approx(area, abs=1e-12)


def test_the_direction_of_rings_and_where_they_begin_mean_nothing():
    for first, second, area in KNOWN:
        turned = shapely.MultiPolygon(
            [
                Polygon(np.roll(np.array(part.exterior.coords)[:-1], 2, axis=0)[::-1],
                        [ring.coords[::-1] for ring in part.interiors])
                for part in shapely.get_parts(first)
            ]
        )  # fmt: skip
        assert shared(turned, second) == pytest.approx(area, rel=1e-13, abs=1e-13)


def test_edges_have_the_inside_on_their_left():
    edges = direct_edges(shapes_of(RING.reverse(), TWO))
    twice = edges.x1 * edges.y2 - edges.x2 * edges.y1
    areas = np.bincount(edges.owner, twice) / 2
    assert areas.tolist() == [84.0, 20.0]
    assert np.bincount(edges.owner).tolist() == [8, 8]
    assert (np.diff(edges.owner) >= 0).all()


def test_edges_of_nothing():
    none = np.empty(0, dtype=object)
    empty = np.empty(0, dtype=np.intp)
    assert len(direct_edges(none).x1) == 0
    assert share_areas(edges_of(none), edges_of(none), (empty, empty)).tolist() == []


def test_many_edges_at_once_are_measured_in_blocks(monkeypatch):
    rng = np.random.default_rng(3)
    plots = shapes_of(*ragged(rng), *ragged(rng))
    lands = shapes_of(*strip(rng), *strip(rng))
    first, second = np.divmod(np.arange(len(plots) * len(lands)), len(lands))
    whole = share_areas(edges_of(plots), edges_of(lands), (first, second))
    monkeypatch.setattr("geotool.affected.areas._PAIRS_AT_ONCE", 50)
    blocks = share_areas(edges_of(plots), edges_of(lands), (first, second))
    assert (whole == blocks).all()
    assert (whole > 1.0).sum() > 10


@AT
@pytest.mark.parametrize("seed", range(3))
def test_ragged_plots_against_strips(seed, at):
    rng = np.random.default_rng(seed)
    plots = [plot for plot in ragged(rng) if plot.is_valid]
    for land in settled(strip(rng), at, 30.0):
        own = shapes_of(*settled(plots, at, 30.0))
        areas = shared_all(own, shapes_of(*[land] * len(own)))
        for plot, area in zip(own, areas, strict=True):
            assert area == pytest.approx(scanline.shared_area(plot, land), rel=1e-11, abs=1e-10)


def star(rng, at, width=1.0):
    count = int(rng.integers(3, 30))
    angle = np.sort(rng.uniform(0, 2 * np.pi, count))
    radius = rng.uniform(0.05, 100.0, count)
    places = np.column_stack([np.cos(angle) * radius * width, np.sin(angle) * radius])
    if rng.random() < 0.4:
        places = np.round(places / 20) * 20  # shared vertices, edges upright and level
    return Polygon(places + at)


@settings(max_examples=150, derandomize=True)
@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from([ORIGIN, NORTH, (-3.0, 7.0)]),
    st.sampled_from([1.0, 1e-3, 1e-9, 300.0]),
)
def test_random_pairs(seed, at, width):
    """What the library cannot do at 2 300 km: right to a part in 1e15 of the extent's square."""
    rng = np.random.default_rng(seed)
    first, second = star(rng, at, width), star(rng, at)
    if not (first.is_valid and second.is_valid and first.area and second.area):
        return
    expected = scanline.shared_area(first, second)
    extent = max(first.bounds[2] - first.bounds[0], first.bounds[3] - first.bounds[1], 200.0)
    assert abs(shared(first, second) - expected) <= 2e-15 * extent**2
    assert abs(shared(second, first) - expected) <= 2e-15 * extent**2


def band(line, half):
    up = np.array([0.0, half])
    return Polygon(np.vstack([line - up, (line + up)[::-1]]))


def test_a_polygon_of_many_vertices_costs_what_is_near_of_it(monkeypatch):
    """A street of 20 000 vertices under 50 pieces of 42: far fewer than 20 000 x 50 x 42 pairs."""
    x = np.linspace(0.0, 5_000.0, 10_000)
    wave = np.column_stack([x, 300.0 * np.sin(x / 500)])
    street = band(wave, 5.0)
    bends = np.linspace(0.0, 5_000.0, 1001).clip(0.0, 5_000.0)
    middle = np.column_stack([bends, 300.0 * np.sin(bends / 500)])
    pieces = [band(middle[place : place + 21], 9.0) for place in range(0, 1000, 20)]
    looked_at = []
    real = module._runs

    def counting(starts, counts):
        looked_at.append(int(counts.sum()))
        return real(starts, counts)

    monkeypatch.setattr(module, "_runs", counting)
    places = (np.zeros(50, dtype=np.intp), np.arange(50))
    areas = share_areas(edges_of(shapes_of(street)), edges_of(shapes_of(*pieces)), places)
    assert areas.sum() == pytest.approx(street.area, rel=1e-12)
    assert sum(looked_at) < 2 * 20_000 * 50
