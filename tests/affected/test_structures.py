"""Taken structures: footprints by area, points by cover."""

import pytest
from shapely.geometry import Point, box

from geotool.affected.structures import measure_structures
from geotool.errors import SchemaError
from geotool.rules import load_tolerances
from tests import village as v

TOLERANCES = load_tolerances()


@pytest.mark.parametrize("angle_deg", [0.0, 61.0])
def test_village_structures(angle_deg):
    village = v.Village(angle_deg=angle_deg)
    cells = v.cells(village, by_commune=True)
    taken = measure_structures(v.structures(village), cells, tolerances=TOLERANCES)
    dwellings = taken[taken["use"] == "dwelling"]
    assert dwellings["structure_id"].to_list() == [f"D{i}" for i in range(2, 21, 2)]
    assert dwellings["affected_area_m2"].to_numpy() == pytest.approx(100.0, rel=1e-7)
    assert dwellings["commune_id"].value_counts().to_dict() == {"C1": 6, "C2": 4}
    assert taken[taken["use"] == "secondary"]["structure_id"].to_list() == [
        f"S{i}" for i in range(1, 6)
    ]
    assert taken["taken"].all()


def test_edges_and_the_largest_part():
    village = v.Village()
    shapes = [
        box(100.0, 155.0, 110.0, 165.0),  # touches the strip
        box(200.0, 154.0, 210.0, 164.0),  # a tenth inside
        Point(300.0, 155.0),  # on its edge
        Point(400.0, 155.01),
        box(1247.0, 100.0, 1257.0, 110.0),  # three tenths in C1
    ]
    frame = village.frame({"structure_id": list("abcde")}, shapes)
    taken = measure_structures(frame, v.cells(village, by_commune=True), tolerances=TOLERANCES)
    assert taken["structure_id"].to_list() == ["b", "c", "e"]
    assert taken["affected_area_m2"].to_list() == pytest.approx([10.0, 0.0, 100.0])
    assert taken["commune_id"].to_list() == ["C1", "C1", "C2"]
    assert taken["holder_id"].to_list() == ["", "", ""]


def test_right_of_way_without_cells_and_own_commune():
    frame = v.structures().assign(commune_id="C9")
    taken = measure_structures(frame, v.right_of_way(), tolerances=TOLERANCES)
    assert len(taken) == 15
    assert set(taken["commune_id"]) == {"C9"}
    with pytest.raises(SchemaError):
        measure_structures(frame.drop(columns="structure_id"), v.cells(), tolerances=TOLERANCES)
