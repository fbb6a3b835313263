"""Land take against answers known by hand."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely.geometry import GeometryCollection, LineString, Point, Polygon, box

from geotool.affected.clip import polygon_parts
from geotool.affected.parcels import list_overlaps, measure_land_take
from geotool.affected.sums import reconcile
from geotool.errors import CrsError, CrsMismatchError, GeometryError, SchemaError
from geotool.rules import load_tolerances
from tests import village as v

TOLERANCES = load_tolerances()
E, N = v.EAST, v.NORTH


def frame(shapes, crs=v.CRS, **columns):
    columns = columns or {"parcel_id": [f"P{i}" for i in range(1, len(shapes) + 1)]}
    moved = [shapely.affinity.translate(shape, E, N) for shape in shapes]
    return gpd.GeoDataFrame(columns, geometry=moved, crs=crs)


def measure(parcels, cells):
    return measure_land_take(parcels, cells, tolerances=TOLERANCES)


def corridor(*shapes, **columns):
    return frame(list(shapes), **(columns or {"section_id": [f"S{i}" for i in range(len(shapes))]}))


def test_strip_across_the_middle_takes_a_fifth():
    take = measure(frame([box(0, 0, 100, 50)]), corridor(box(40, -10, 60, 60)))
    row = take.parcels.iloc[0]
    assert row["taken_share"] == pytest.approx(0.2, rel=1e-12)
    assert row["affected_area_m2"] == 1000.0
    assert row["remainder_m2"] == 4000.0
    assert row["take_class"] == "partial"
    assert row["geometry"].equals(shapely.affinity.translate(box(40, 0, 60, 50), E, N))


@pytest.mark.parametrize("angle_deg", [0.0, 17.3, 90.0, 213.7])
def test_village_answers(angle_deg):
    village = v.Village(angle_deg=angle_deg)
    take = measure(v.parcels(village), v.cells(village, by_commune=True))
    counts = take.parcels["take_class"].value_counts().to_dict()
    assert counts == {"partial": 40, "full": 20}
    assert take.feature_count == 100
    assert take.parcels["affected_area_m2"].sum() == pytest.approx(120_000.0, rel=1e-10)
    full = take.parcels[take.parcels["take_class"] == "full"]
    assert (full["remainder_m2"] == 0.0).all()
    assert (full["taken_share"] == 1.0).all()
    assert set(full["parcel_id"]) == {f"3-{column}" for column in range(1, 21)}
    partial = take.parcels[take.parcels["take_class"] == "partial"]
    assert partial["taken_share"].to_numpy() == pytest.approx(0.1, rel=1e-9)
    assert take.cells["corridor_area_m2"].to_list() == pytest.approx([60_000.0, 15_000.0, 45_000.0])
    assert reconcile(take, TOLERANCES).reconciles


def test_columns_and_order_are_fixed():
    take = measure(v.parcels(), v.cells(by_commune=True))
    assert list(take.parcels.columns) == [
        "parcel_id",
        "sheet_no",
        "parcel_no",
        "land_type",
        "commune_id",
        "papers",
        "document_area_m2",
        "drawn_area_m2",
        "affected_area_m2",
        "remainder_m2",
        "taken_share",
        "take_class",
        "geometry",
    ]
    assert list(take.parts.columns) == [
        "parcel_id",
        "alignment_id",
        "section_id",
        "commune_id",
        "weight",
        "basis",
        "affected_area_m2",
        "geometry",
    ]
    assert take.parcels["parcel_id"].to_list()[:11] == [f"2-{i}" for i in range(1, 12)]
    assert take.spatial == ("alignment_id", "section_id", "commune_id")


def test_touching_along_an_edge_is_not_affected():
    take = measure(frame([box(0, 0, 100, 50), box(100, 0, 200, 50)]), corridor(box(-50, 0, 0, 50)))
    assert take.parcels.empty
    assert take.cells["uncovered_area_m2"].to_list() == [2500.0]
    assert reconcile(take, TOLERANCES).reconciles


@pytest.mark.parametrize("angle_deg", [1.0, 33.3, 71.9])
def test_touching_along_a_turned_edge_is_not_affected(angle_deg):
    village = v.Village(angle_deg=angle_deg, left_m=25.0, right_m=25.0)  # exactly row 3
    take = measure(v.parcels(village), v.cells(village))
    assert len(take.parcels) == 20
    assert set(take.parcels["take_class"]) == {"full"}


def test_corner_touch_gives_no_geometry_collection():
    notch = Polygon([(0, 0), (100, 0), (100, 50), (50, 50), (50, 25), (0, 25)])
    take = measure(frame([notch]), corridor(box(-10, 25, 110, 60)))
    assert take.parcels["affected_area_m2"].to_list() == [1250.0]
    assert take.parcels.geometry.iloc[0].geom_type == "Polygon"


def test_polygon_parts_keeps_only_polygons():
    square, line = box(0, 0, 1, 1), LineString([(0, 0), (5, 5)])
    shapes = np.array(
        [
            square,
            GeometryCollection([line, square, box(2, 2, 3, 3)]),
            GeometryCollection([line, Point(0, 0)]),
        ],
        dtype=object,
    )
    kept = polygon_parts(shapes)
    assert shapely.area(kept).tolist() == [1.0, 2.0, 0.0]
    assert kept[1].geom_type == "MultiPolygon"
    assert kept[2].is_empty


def test_parcel_over_sections_and_communes_is_the_sum_of_its_parts():
    cells = corridor(
        box(0, 0, 50, 10),
        box(50, 0, 100, 10),
        section_id=["Km9-Km10", "Km10-Km11"],
        commune_id=["C1", "C2"],
        weight=[1.0, 1.0],
    )
    take = measure(frame([box(0, 0, 100, 50)]), cells)
    assert take.parts["affected_area_m2"].to_list() == [500.0, 500.0]
    assert take.parts["section_id"].to_list() == ["Km9-Km10", "Km10-Km11"]
    row = take.parcels.iloc[0]
    assert row["affected_area_m2"] == 1000.0
    assert row["geometry"].area == 1000.0
    assert row["commune_id"] == "C1"  # equal parts: the first by name


def test_ground_that_two_communes_claim_counts_once():
    cells = corridor(
        box(0, 0, 60, 10),
        box(40, 0, 100, 10),
        box(40, 0, 60, 10),
        commune_id=["C1", "C2", "shared"],
        weight=[1.0, 1.0, -1.0],
    )
    take = measure(frame([box(0, 0, 100, 50), box(45, 0, 55, 10)]), cells)
    assert take.parcels["affected_area_m2"].to_list() == [1000.0, 100.0]
    assert take.parcels["take_class"].to_list() == ["partial", "full"]
    assert take.cells["corridor_area_m2"].sum() == 1000.0
    assert take.cells["overlap_area_m2"].sum() == pytest.approx(100.0)
    assert reconcile(take, TOLERANCES).reconciles


def test_overlapping_parcels_are_each_measured_in_full():
    parcels = frame([box(0, 0, 60, 50), box(40, 0, 100, 50)])
    take = measure(parcels, corridor(box(0, 0, 120, 20)))
    assert take.parcels["affected_area_m2"].to_list() == [1200.0, 1200.0]
    cell = take.cells.iloc[0]
    assert cell["overlap_area_m2"] == pytest.approx(400.0)
    assert cell["uncovered_area_m2"] == pytest.approx(400.0)
    total = cell["affected_area_m2"] - cell["overlap_area_m2"] + cell["uncovered_area_m2"]
    assert total == pytest.approx(cell["corridor_area_m2"])


def test_commune_of_the_parcel_is_kept_and_used_without_commune_cells():
    parcels = frame([box(0, 0, 100, 50)], parcel_id=["P1"], commune_id=["C7"])
    take = measure(parcels, corridor(box(0, 0, 100, 10)))
    assert take.parts["commune_id"].to_list() == ["C7"]
    assert take.parcels["commune_id"].to_list() == ["C7"]
    assert take.cells["commune_id"].to_list() == [""]
    assert "commune_id" not in take.spatial


def test_missing_columns_and_values_become_empty_text():
    parcels = frame([box(0, 0, 100, 50)], parcel_id=["P1"], land_type=[None])
    take = measure(parcels, corridor(box(0, 0, 100, 10)))
    assert take.parcels.iloc[0][["land_type", "sheet_no", "papers"]].to_list() == ["", "", ""]
    assert np.isnan(take.parcels.iloc[0]["document_area_m2"])


def test_parcel_with_a_hole_and_multipart_parcel():
    ring = box(0, 0, 100, 50).difference(box(40, 0, 60, 25))
    twins = shapely.MultiPolygon([box(0, 60, 10, 70), box(90, 60, 100, 70)])
    take = measure(frame([ring, twins]), corridor(box(0, 0, 100, 65)))
    assert take.parcels["affected_area_m2"].to_list() == [4500.0, 100.0]
    assert take.cells["uncovered_area_m2"].to_list() == pytest.approx([6500.0 - 4600.0])


def test_heights_do_not_matter():
    flat = frame([box(0, 0, 100, 50)])
    high = flat.set_geometry(shapely.force_3d(flat.geometry.to_numpy(), 12.0), crs=flat.crs)
    cells = corridor(box(0, 0, 100, 10))
    take = measure(high, cells)
    assert take.parcels["affected_area_m2"].to_list() == [1000.0]
    assert not take.parts.geometry.iloc[0].has_z


def test_a_corridor_of_many_vertices_is_cut_up_and_gives_the_same(monkeypatch):
    x = np.linspace(0.0, 2000.0, 801)
    y = 125.0 + 40.0 * np.sin(x / 150.0)
    strip = shapely.affinity.translate(LineString(np.column_stack([x, y])).buffer(20.0), E, N)
    cells = gpd.GeoDataFrame({"section_id": ["all"]}, geometry=[strip], crs=v.CRS)
    cut = measure(v.parcels(), cells)
    monkeypatch.setattr("geotool.pieces.PIECE_VERTICES", 10**9)
    monkeypatch.setattr("geotool.pieces.PIECE_M", 1e9)
    whole = measure(v.parcels(), cells)
    assert cut.parcels["parcel_id"].to_list() == whole.parcels["parcel_id"].to_list()
    assert cut.parcels["take_class"].to_list() == whole.parcels["take_class"].to_list()
    assert cut.parcels["affected_area_m2"].to_numpy() == pytest.approx(
        whole.parcels["affected_area_m2"].to_numpy(), rel=1e-9, abs=1e-6
    )
    assert reconcile(cut, TOLERANCES).reconciles


def test_feet_come_out_in_square_metres():
    foot = 1200.0 / 3937.0
    parcels = gpd.GeoDataFrame({"parcel_id": ["P"]}, geometry=[box(0, 0, 100, 50)], crs=2263)
    cells = gpd.GeoDataFrame(geometry=[box(0, 0, 100, 10)], crs=2263)
    take = measure(parcels, cells)
    assert take.parcels.iloc[0]["affected_area_m2"] == pytest.approx(1000 * foot**2, rel=1e-12)
    assert take.parcels.iloc[0]["drawn_area_m2"] == pytest.approx(5000 * foot**2, rel=1e-12)
    assert take.cells["corridor_area_m2"].sum() == pytest.approx(1000 * foot**2, rel=1e-12)


def test_no_parcel_near_leaves_everything_uncovered():
    take = measure(frame([box(900, 900, 950, 950)]), corridor(box(0, 0, 100, 10)))
    assert take.parcels.empty
    assert take.parts.empty
    assert take.cells["uncovered_area_m2"].to_list() == [1000.0]
    assert reconcile(take, TOLERANCES).reconciles


def test_empty_layer_and_empty_corridor():
    empty = v.parcels().iloc[:0]
    take = measure(empty, v.cells())
    assert take.parcels.empty
    assert take.cells["uncovered_area_m2"].sum() == pytest.approx(120_000.0)
    nothing = measure(v.parcels(), v.cells().iloc[:0])
    assert nothing.parcels.empty
    assert reconcile(nothing, TOLERANCES).reconciles


def test_refusals_name_what_is_wrong():
    good, cells = frame([box(0, 0, 10, 10)]), corridor(box(0, 0, 5, 5))
    with pytest.raises(CrsError):
        measure(good.to_crs(4326), cells.to_crs(4326))
    with pytest.raises(CrsMismatchError):
        measure(good.to_crs(5897), cells)
    with pytest.raises(CrsError):
        measure(good.set_crs(None, allow_override=True), cells)
    with pytest.raises(SchemaError, match="parcel_id"):
        measure(good.drop(columns="parcel_id"), cells)
    twice = frame([box(0, 0, 10, 10), box(20, 0, 30, 10)], parcel_id=["P7", "P7"])
    with pytest.raises(SchemaError, match="P7"):
        measure(twice, cells)
    bow = frame([Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])], parcel_id=["P8"])
    with pytest.raises(GeometryError, match="P8"):
        measure(bow, cells)
    with pytest.raises(GeometryError, match="corridor"):
        measure(good, corridor(LineString([(0, 0), (5, 5)])))


def test_overlaps_are_listed_in_natural_order_without_slivers():
    parcels = frame(
        [box(0, 0, 100, 50), box(90, 0, 200, 50), box(99.9999, 50, 200, 100), box(0, 0, 20, 20)],
        parcel_id=["P10", "P2", "P3", "P1"],
    )
    pairs = list_overlaps(parcels, TOLERANCES)
    listed = list(pairs.itertuples(index=False, name=None))
    assert [row[:2] for row in listed] == [("P1", "P10"), ("P2", "P10")]
    assert [row[2] for row in listed] == pytest.approx([400.0, 500.0])
    assert list(pairs.columns) == ["parcel_id_a", "parcel_id_b", "overlap_area_m2"]
    assert list_overlaps(v.parcels(v.Village(angle_deg=12.3)), TOLERANCES).empty
