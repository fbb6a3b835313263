"""Rows of a right of way as takings: known areas where rows overlap, and whose ground it is."""

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import LineString, Point, box

from geotool.errors import CrsError, GeometryError, SchemaError
from geotool.route.takings import disjoint_rows, find_basis_problems, keyed_shapes, read_basis
from tests.route.drawn import CRS, axis_of

AXIS = axis_of([(0, 0), (100, 0)])


def rows_of(*rows, crs=CRS, **columns):
    """Return (right_of_way_id, basis, shape) as a right of way."""
    ids, bases, shapes = zip(*rows, strict=True)
    data = {"right_of_way_id": ids, "basis": bases, **columns}
    return gpd.GeoDataFrame(data, geometry=list(shapes), crs=crs)


def test_three_bases_on_a_staircase_of_overlaps():
    """Three squares of 100 m2, each 5 m farther east: 100 recovered, then 50, then 50."""
    frame = rows_of(
        ("R1", "temporary", box(10, 0, 20, 10)),
        ("R2", "donated", box(5, 0, 15, 10)),
        ("R3", "recovered", box(0, 0, 10, 10)),
    )
    held = disjoint_rows(frame)
    assert held["basis"].to_list() == ["recovered", "donated", "temporary"]
    assert held.area.to_list() == [100.0, 50.0, 50.0]
    assert held.union_all().equals(box(0, 0, 20, 10))
    assert held.index.to_list() == [2, 1, 0]


def test_of_one_basis_the_first_id_holds_by_its_number():
    frame = rows_of(("R10", "", box(0, 0, 10, 10)), ("R9", "", box(4, 0, 14, 10)))
    assert disjoint_rows(frame).set_index("right_of_way_id").area.to_dict() == {
        "R9": 100.0,
        "R10": 40.0,
    }


def test_a_row_no_ground_is_left_to_is_left_out_and_an_id_may_come_twice():
    same = box(0, 0, 10, 10)
    frame = rows_of(("R1", "", same), ("R1", "donated", same), ("R1", "donated", box(9, 0, 12, 10)))
    held = disjoint_rows(frame)
    assert held.index.to_list() == [0, 2]
    assert held.area.to_list() == [100.0, 20.0]


def test_a_basis_is_read_whatever_its_writing():
    words = pd.DataFrame({"basis": ["Donated ", "TEMPORARY", None, "", "gift", "recovered"]})
    found = read_basis(words).to_list()
    assert found == ["donated", "temporary", "recovered", "recovered", "recovered", "recovered"]
    assert read_basis(pd.DataFrame(index=[4, 4])).to_list() == ["recovered", "recovered"]


def test_one_finding_a_rule_names_all_rows():
    words = ("gift", "loan", "donated")
    rows = [(f"R{n}", word, box(n, 0, n + 1, 1)) for n, word in enumerate(words, start=1)]
    found = find_basis_problems(rows_of(*rows, minutes_no=["", "", " "]))
    assert [(problem.rule, problem.key) for problem in found] == [
        ("unknown_basis", ""),
        ("donation_without_minutes", "R3"),
    ]
    assert "(gift, loan): R1, R2." in found[0].message


def test_a_row_names_an_axis_that_is_there_or_none():
    square = box(0, 0, 1, 1)
    frame = rows_of(("R1", "", square), ("R2", "", square), alignment_id=["A1", " "])
    assert [key for key, _ in keyed_shapes(frame, [AXIS])] == ["A1", None]
    frame["alignment_id"] = ["B", "A10"]
    assert [key for key, _ in keyed_shapes(frame, [])] == ["B", "A10"]
    with pytest.raises(SchemaError, match="A10, B"):
        keyed_shapes(frame, [AXIS])


@pytest.mark.parametrize("shape", [LineString([(0, 0), (1, 1)]), Point(0, 0)])
def test_what_is_no_polygon_is_refused_by_name(shape):
    with pytest.raises(GeometryError, match="R7"):
        disjoint_rows(rows_of(("R6", "", box(0, 0, 1, 1)), ("R7", "", shape)))


def test_degrees_are_refused():
    with pytest.raises(CrsError):
        disjoint_rows(rows_of(("R1", "", box(0, 0, 1, 1)), crs="EPSG:4326"))
