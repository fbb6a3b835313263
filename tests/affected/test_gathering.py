"""A layer cut part by part is cut as a whole, to the last bit."""

import numpy as np
import pytest
import shapely

from geotool.affected.clip import cut_polygons
from geotool.affected.gathering import choose_pieces, cut_part, join_cuts, reach_box
from tests.affected.fabrics import ORIGIN, SOUTH, cells_of, ragged, settled, shapes_of, strip

BENT = shapely.LineString([(0, 0), (5_000, 3_000), (10_000, 0)]).buffer(20)
UNKNOWN = np.full(4, np.nan)


@pytest.mark.parametrize("seed", range(8))
def test_cuts_of_parts_are_the_cut_of_the_whole(seed):
    rng = np.random.default_rng(seed)
    at = (ORIGIN, SOUTH)[seed % 2]
    shapes = shapes_of(*settled(ragged(rng), at))
    cells = cells_of(settled(strip(rng), at))
    parts = np.array_split(rng.permutation(len(shapes)), 5)
    together = shapes[np.concatenate(parts)]
    cuts = [
        cut_part(shapes[part], choose_pieces(cells, shapely.total_bounds(shapes[part])))
        for part in parts
    ]
    joined = join_cuts(cuts, [len(part) for part in parts])
    whole = cut_polygons(together, cells)
    assert joined.shape.tolist() == whole.shape.tolist()
    assert joined.piece.tolist() == whole.piece.tolist()
    assert joined.areas.tolist() == whole.areas.tolist()


def test_only_pieces_that_a_part_can_reach_are_handed_to_it():
    cells = cells_of([BENT])
    near = shapely.box(2_000, 900, 2_100, 1_600)
    some = choose_pieces(cells, np.array(near.bounds))
    assert 0 < len(some.places) < len(cells.pieces.shapes)
    left = BENT.intersection(near).difference(shapely.union_all(some.pieces.shapes))
    assert left.area == pytest.approx(0, abs=1e-6)
    assert choose_pieces(cells, np.array([0.0, -99.0, 9.0, -50.0])).places.tolist() == []


def test_a_part_that_says_nothing_of_itself_can_reach_everything():
    cells = cells_of([BENT])
    assert len(choose_pieces(cells, UNKNOWN).places) == len(cells.pieces.shapes)


def test_boxes_that_touch_are_reached():
    boxes = np.array([[0.0, 0, 1, 1], [1, 1, 2, 2], [1.1, 0, 2, 1], [0, 1.1, 1, 2]])
    assert reach_box(boxes, boxes[0]).tolist() == [True, True, False, False]


def test_no_parts_have_nothing():
    nothing = join_cuts([], [])
    assert [len(column) for column in (nothing.shape, nothing.piece, nothing.areas)] == [0, 0, 0]
