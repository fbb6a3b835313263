"""Crossings of lines with the right of way."""

import numpy as np
import pandas as pd
import pytest
from shapely.geometry import LineString, MultiLineString, Point

from geotool.affected.utilities import count_crossings, find_crossings
from geotool.errors import CrsMismatchError, SchemaError
from geotool.route.alignment import make_axes
from geotool.rules import load_tolerances
from tests import village as v

TOLERANCES = load_tolerances()


def find(utilities, village=v.VILLAGE, cells=None):
    cells = v.cells(village, by_commune=True) if cells is None else cells
    axes = make_axes(v.alignments(village))
    return find_crossings(utilities, cells, axes, tolerances=TOLERANCES)


@pytest.mark.parametrize("angle_deg", [0.0, 127.4])
def test_village_crossings(angle_deg):
    village = v.Village(angle_deg=angle_deg)
    found = find(v.utilities(village), village)
    assert found["utility_id"].to_list() == ["L1", "L2", "L2", "L4"]
    assert found["chainage_m"].to_list() == pytest.approx([10_300.0, 10_900.0, 10_950.0, 11_700.0])
    assert found["length_m"].to_list() == pytest.approx([60.0] * 4)
    assert found["section_id"].to_list() == ["Km10-Km11"] * 3 + ["Km11-Km12"]
    assert found["commune_id"].to_list() == ["C1"] * 3 + ["C2"]
    assert found["crosses_axis"].all()


def test_counts_by_voltage():
    counts = count_crossings(find(v.utilities()))
    assert counts["kind"].to_list() == ["power", "power", "telecom"]
    assert counts["voltage_kv"].to_list()[:2] == [500.0, 35.0]
    assert np.isnan(counts["voltage_kv"].to_list()[2])
    assert counts["crossing_count"].to_list() == [1, 2, 1]
    assert counts["utility_count"].to_list() == [1, 1, 1]


def test_a_line_through_many_cells_is_one_crossing():
    village = v.Village(section_m=10.0)
    line = village.frame({"utility_id": ["L"]}, [LineString([(0.0, 96.0), (500.0, 154.0)])])
    found = find(line, village)
    assert len(found) == 1
    assert found["length_m"].iloc[0] == pytest.approx(np.hypot(500.0, 58.0))
    assert found["chainage_m"].iloc[0] == pytest.approx(10_250.0)


def test_branches_that_hang_together_are_one_crossing():
    shape = MultiLineString(
        [
            [(500.0, 0.0), (500.0, 120.0)],
            [(500.0, 120.0), (480.0, 300.0)],
            [(500.0, 120.0), (520.0, 300.0)],
        ]
    )
    found = find(v.VILLAGE.frame({"utility_id": ["L"]}, [shape]))
    assert len(found) == 1
    assert found["chainage_m"].iloc[0] == pytest.approx(10_500.0 - 20.0 * 5.0 / 180.0)


def test_a_line_that_does_not_reach_the_axis():
    line = LineString([(700.0, 300.0), (700.0, 140.0), (800.0, 140.0), (800.0, 300.0)])
    found = find(v.VILLAGE.frame({"utility_id": ["L"]}, [line]))
    assert found["crosses_axis"].to_list() == [False]
    assert found["chainage_m"].to_list() == pytest.approx([10_750.0])
    assert found["length_m"].to_list() == pytest.approx([130.0])


def test_touching_lines_and_poles_do_not_cross():
    shapes = [LineString([(100.0, 300.0), (100.0, 155.0)]), Point(200.0, 125.0)]
    found = find(v.VILLAGE.frame({"utility_id": ["a", "b"]}, shapes))
    assert found.empty
    assert "chainage_m" in found.columns
    assert count_crossings(found).empty


def test_order_does_not_depend_on_input_and_refusals():
    utilities = v.utilities()
    mirrored = utilities.iloc[::-1]
    pd.testing.assert_frame_equal(
        pd.DataFrame(find(utilities)).drop(columns="geometry"),
        pd.DataFrame(find(mirrored)).drop(columns="geometry"),
    )
    with pytest.raises(CrsMismatchError):
        find(utilities.to_crs(5897))
    with pytest.raises(SchemaError):
        find(utilities.assign(utility_id="same"))
    with pytest.raises(SchemaError):
        find_crossings(utilities, v.cells(), [], tolerances=TOLERANCES)
