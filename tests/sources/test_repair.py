"""Repair: known shapes first, then what must hold for any."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import (
    GeometryCollection,
    LineString,
    MultiPolygon,
    Point,
    Polygon,
    box,
)

from geotool.sources.repair import KIND_OF_TYPE, repair_shapes

NUMBER = st.integers(0, 6).map(float)
PLACE = st.tuples(NUMBER, NUMBER)
RING = st.lists(PLACE, min_size=3, max_size=8)
SHAPE = st.one_of(
    st.none(),
    RING.map(Polygon),
    st.lists(RING.map(Polygon), min_size=1, max_size=3).map(MultiPolygon),
    st.lists(PLACE, min_size=2, max_size=5).map(LineString),
    PLACE.map(Point),
    st.just(Polygon()),
    st.tuples(RING, PLACE).map(lambda it: GeometryCollection([Polygon(it[0]), Point(it[1])])),
    st.just(Point(float("nan"), 1.0)),
    st.just(LineString([(0, 0), (float("inf"), 1)])),
)
KINDS = st.lists(st.sampled_from(["point", "line", "polygon"]), min_size=1, unique=True)


def test_bow_tie_keeps_both_triangles():
    found = repair_shapes([Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])], ("polygon",))
    assert found.shapes[0].area == 2
    assert found.repaired == (0,)
    assert found.unusable == ()


def test_hole_outside_its_shell_and_overlapping_parts():
    overlapping = MultiPolygon([box(0, 0, 2, 2), box(1, 0, 3, 2)])
    found = repair_shapes([overlapping], ("polygon",))
    assert found.shapes[0].area == 6
    assert found.shapes[0].is_valid


def test_ring_drawn_twice_over_needs_two_passes():
    ring = Polygon([(1, 0), (1, 1), (2, 0), (1, 0), (1, 1), (0, 0)])
    found = repair_shapes([ring], ("polygon",))
    assert found.shapes[0].is_valid
    assert found.shapes[0].area == 1


def test_flat_ring_is_lost_and_unchanged():
    flat = Polygon([(0, 0), (1, 1), (2, 2)])
    found = repair_shapes([flat], ("polygon",))
    assert (found.lost, found.unusable, found.repaired) == ((0,), (0,), ())
    assert found.shapes[0].equals_exact(flat)


def test_line_of_one_place_is_lost():
    found = repair_shapes([LineString([(1, 1), (1, 1)])], ("line",))
    assert found.lost == (0,)


def test_heights_go_and_are_counted():
    found = repair_shapes([Point(1, 2, 3), Point(1, 2)], ("point",))
    assert found.flattened_count == 1
    assert not shapely.has_z(found.shapes).any()


def test_collection_gives_its_parts_of_the_kind():
    mixed = GeometryCollection([box(0, 0, 1, 1), box(2, 0, 3, 1), LineString([(0, 0), (5, 5)])])
    assert repair_shapes([mixed], ("polygon",)).shapes[0].area == 2
    assert repair_shapes([mixed], ("line",)).shapes[0].length == pytest.approx(50**0.5)
    nothing = repair_shapes([mixed], ("point",))
    assert (nothing.unusable, nothing.lost) == ((0,), ())


def test_good_shapes_are_untouched():
    shapes = [box(0, 0, 1, 1), box(5, 5, 6, 7)]
    found = repair_shapes(shapes, ("polygon",))
    assert found.repaired == found.unusable == ()
    assert all(a.equals_exact(b) for a, b in zip(found.shapes, shapes, strict=True))


@given(st.lists(SHAPE, max_size=6), KINDS)
def test_rows_are_conserved(shapes, kinds):
    before = [None if shape is None else shape.wkb for shape in shapes]
    found = repair_shapes(np.array([*shapes, None], dtype=object)[:-1], kinds)
    assert len(found.shapes) == len(shapes)
    assert [None if shape is None else shape.wkb for shape in shapes] == before
    touched = set(found.repaired) | set(found.unusable)
    assert set(found.lost) <= set(found.unusable)
    assert not set(found.repaired) & set(found.unusable)
    for position, shape in enumerate(found.shapes):
        if position not in found.unusable:
            assert shape.is_valid
            assert not shape.is_empty
            assert KIND_OF_TYPE[shapely.get_type_id(shape)] in kinds
        if position not in touched:
            assert shape.equals_exact(shapes[position])


@given(st.lists(RING.map(Polygon), min_size=1, max_size=4))
def test_repair_is_done_once(shapes):
    first = repair_shapes(shapes, ("polygon",))
    usable = [s for i, s in enumerate(first.shapes) if i not in first.unusable]
    again = repair_shapes(usable, ("polygon",))
    assert again.repaired == again.unusable == ()
