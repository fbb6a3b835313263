"""Points, lines and polygons of any layer against the cells."""

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import LineString, MultiPoint, Point, box

from geotool.affected.features import measure_features
from geotool.errors import CrsError, CrsMismatchError, SchemaError
from geotool.rules import load_tolerances
from tests import village as v

TOLERANCES = load_tolerances()


def measure(frame, cells, key):
    return measure_features(frame, cells, key=key, tolerances=TOLERANCES)


@pytest.mark.parametrize("angle_deg", [0.0, 41.7])
def test_graves_inside(angle_deg):
    village = v.Village(angle_deg=angle_deg)
    take = measure(v.graves(village), v.cells(village, by_commune=True), "grave_id")
    inside = take.features[take.features["inside"]]
    assert inside["grave_id"].to_list() == [f"G{i}" for i in range(1, 13)]
    assert set(inside["take_class"]) == {"full"}
    assert take.parts["affected_count"].sum() == 12
    assert take.parts["grave_id"].to_list()[-1] == "G12"


@pytest.mark.parametrize("angle_deg", [0.0, 12.3, 37.3, 101.0, 222.2, 311.9])
def test_points_on_edges_count_once(angle_deg):
    village = v.Village(angle_deg=angle_deg)
    spots = [(1000.0, 125.0), (1250.0, 125.0), (500.0, 155.0), (0.0, 95.0), (500.0, 155.001)]
    points = village.frame({"grave_id": list("abcde")}, [Point(spot) for spot in spots])
    take = measure(points, v.cells(village, by_commune=True), "grave_id")
    assert take.features["inside"].to_list() == [True, True, True, True, False]
    assert take.parts["affected_count"].to_list() == [1.0, 1.0, 1.0, 1.0]
    if angle_deg == 0.0:  # at an angle rounding decides which of two cells holds their edge
        assert take.parts["section_id"].to_list()[0] == "Km10-Km11"
        assert take.parts["commune_id"].to_list()[1] == "C1"


def test_line_lengths_inside():
    take = measure(v.utilities(), v.cells(), "utility_id")
    lengths = take.features.set_index("utility_id")["affected_length_m"]
    assert lengths.to_dict() == pytest.approx({"L1": 60.0, "L2": 120.0, "L3": 0.0, "L4": 60.0})
    assert take.features["inside"].to_list() == [True, True, False, True]


def test_line_along_the_edge_of_two_cells_counts_once():
    village = v.Village()
    line = village.frame(
        {"road_id": ["R"]}, [LineString([(1000.0, 95.0), (1000.0, 155.0), (1100.0, 155.0)])]
    )
    take = measure(line, v.cells(village), "road_id")
    assert take.features["affected_length_m"].to_list() == pytest.approx([160.0])
    assert take.parts["section_id"].to_list() == ["Km10-Km11", "Km11-Km12", "shared"]
    assert take.parts["affected_length_m"].to_list() == pytest.approx([60.0, 160.0, -60.0])
    assert take.features["take_class"].to_list() == ["full"]


def test_line_touching_in_a_point_is_outside():
    village = v.Village()
    line = village.frame({"road_id": ["R"]}, [LineString([(500.0, 155.0), (500.0, 300.0)])])
    assert measure(line, v.cells(village), "road_id").features["inside"].to_list() == [False]


def test_quarry_and_mixed_kinds_keep_index_and_order():
    village = v.Village()
    take = measure(v.quarries(village), v.cells(village), "quarry_id")
    row = take.features.iloc[0]
    assert row["affected_area_m2"] == pytest.approx(2_000.0)
    assert row["taken_share"] == pytest.approx(0.2)
    assert row["take_class"] == "partial"
    shapes = [box(0, 0, 10, 10), Point(10, 100), LineString([(20, 0), (20, 200)])]
    mixed = village.frame({"structure_id": ["b", "c", "a"]}, shapes)
    mixed.index = pd.Index([7, 3, 5])
    features = measure(mixed, v.cells(village), "structure_id").features
    assert features.index.to_list() == [7, 3, 5]
    assert features["inside"].to_list() == [False, True, True]
    assert features["affected_length_m"].to_list() == pytest.approx([0.0, 0.0, 60.0])


def test_multipoint_is_one_feature():
    village = v.Village()
    shape = MultiPoint([(100.0, 125.0), (200.0, 125.0)])
    take = measure(village.frame({"grave_id": ["g"]}, [shape]), v.cells(village), "grave_id")
    assert take.features["inside"].to_list() == [True]


def test_input_is_not_changed_and_refusals():
    graves, cells = v.graves(), v.cells()
    before, cells_before = graves.copy(deep=True), cells.copy(deep=True)
    measure(graves, cells, "grave_id")
    pd.testing.assert_frame_equal(pd.DataFrame(graves), pd.DataFrame(before))
    pd.testing.assert_frame_equal(pd.DataFrame(cells), pd.DataFrame(cells_before))
    with pytest.raises(SchemaError, match="grave_id"):
        measure(graves.drop(columns="grave_id"), cells, "grave_id")
    with pytest.raises(SchemaError, match="G1"):
        measure(graves.assign(grave_id="G1"), cells, "grave_id")
    with pytest.raises(CrsMismatchError):
        measure(graves.to_crs(5897), cells, "grave_id")
    with pytest.raises(CrsError):
        measure(graves.to_crs(4326), cells.to_crs(4326), "grave_id")


def test_empty_layer():
    empty = gpd.GeoDataFrame({"grave_id": []}, geometry=[], crs=v.CRS)
    take = measure(empty, v.cells(), "grave_id")
    assert take.features.empty
    assert take.parts.empty
