"""Pieces of parcels: cut, measured, reached; every expected number is computed by hand."""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import affinity
from shapely.geometry import LineString, Polygon, box

from geotool.affected.holdings import make_holdings
from geotool.affected.parcels import measure_land_take
from geotool.affected.severance import WIDTH_ERROR_M, find_slivers, measure_remainders
from geotool.errors import CrsMismatchError, GeometryError, SchemaError
from geotool.rules import load_tolerances
from geotool.rules.severance import LeastPiece, load_residual_rules
from tests import village as v

TOLERANCES = load_tolerances()
RULES = load_residual_rules()
FOOT_CRS, FOOT_M = "EPSG:2225", 1200 / 3937
ACROSS = box(40, -10, 60, 60)
"""20 m across the middle of a parcel of 100 x 50 m."""


def layer(shapes, crs=v.CRS, **columns):
    return gpd.GeoDataFrame(columns, geometry=[affinity.translate(s, 5e5, 2e6) for s in shapes],
                            crs=crs)  # fmt: skip


def parcels(*shapes, ids=None, **columns):
    return layer(shapes, parcel_id=ids or [f"P{i + 1}" for i in range(len(shapes))], **columns)


def road(*lines, **columns):
    return layer([LineString(line) for line in lines],
                 road_id=[f"R{i}" for i in range(len(lines))], **columns)  # fmt: skip


def strip(*shapes, **columns):
    names = [f"A{i}" for i in range(len(shapes))]
    return layer(shapes, right_of_way_id=names, **columns)


def holdings(**parcels_of):
    rows = [
        {"holder_id": holder, "parcel_id": parcel}
        for holder, held in parcels_of.items()
        for parcel in held.split()
    ]
    return make_holdings(pd.DataFrame(rows), pd.DataFrame({"parcel_id": []}))


def measure(land, taken, *, held=None, roads=None, rules=RULES):
    return measure_remainders(
        land, taken, holdings=held, roads=roads, rules=rules, tolerances=TOLERANCES
    )


def access(*args, **options):
    pieces = measure(*args, **options).pieces
    return [
        (f"{row.parcel_id}/{row.piece_no}", row.access, row.landlocked)
        for row in pieces.itertuples()
    ]


def test_a_strip_across_the_middle_cuts_one_piece_off():
    found = measure(parcels(box(0, 0, 100, 50)), strip(ACROSS), roads=road([(0, -30), (0, 80)]))
    row = found.taken.iloc[0]
    assert row["taken_share"] == pytest.approx(0.2, abs=1e-12)
    assert (row["lost_area_m2"], row["remainder_m2"]) == pytest.approx((1000.0, 4000.0))
    assert row["piece_count"] == 2
    pieces = found.pieces
    assert pieces["area_m2"].to_list() == pytest.approx([2000.0, 2000.0])
    assert pieces["width_m"].to_list() == pytest.approx([40.0, 40.0], abs=WIDTH_ERROR_M)
    assert pieces["piece_no"].to_list() == [1, 2]
    assert pieces["access"].to_list() == ["road", "none"]
    assert pieces["landlocked"].to_list() == [False, True]
    assert pieces["residual"].to_list() == [False, False]
    assert pieces.geometry.iloc[1].bounds[0] == pytest.approx(500_060.0)


@pytest.mark.parametrize(
    ("gap_m", "answer"), [(0.0, "road"), (0.49, "road"), (0.5, "road"), (0.51, "none")]
)
def test_a_road_counts_within_half_a_metre(gap_m, answer):
    west = road([(-gap_m, -30), (-gap_m, 80)])
    assert access(parcels(box(0, 0, 100, 50)), strip(ACROSS), roads=west)[0][1] == answer


def test_a_road_inside_the_strip_gives_no_access_unless_the_rules_say_so():
    land, taken = parcels(box(0, 0, 100, 50)), strip(ACROSS)
    inside = road([(40.2, -30), (40.2, 80)])
    assert [word for _, word, _ in access(land, taken, roads=inside)] == ["none", "none"]
    village = replace(RULES, access_over_right_of_way=True)
    assert [word for _, word, _ in access(land, taken, rules=village)] == ["road", "road"]


def test_a_road_that_crosses_the_strip_serves_both_sides():
    along = road([(-50, -0.4), (150, -0.4)])
    found = access(parcels(box(0, 0, 100, 50)), strip(ACROSS), roads=along)
    assert [word for _, word, _ in found] == ["road", "road"]


def test_closed_roads_give_no_access_and_unmarked_ones_do():
    lines = [[(0, -30), (0, 80)], [(100, -30), (100, 80)]]
    land, taken = parcels(box(0, 0, 100, 50)), strip(ACROSS)
    words = [a for _, a, _ in access(land, taken, roads=road(*lines, status=["Planned ", None]))]
    assert words == ["none", "road"]


@pytest.mark.parametrize("roads", [None, road()])
def test_without_roads_access_is_unknown_unless_own_land_gives_it(roads):
    land = parcels(box(0, 0, 100, 50), box(100, 0, 150, 50))
    found = access(land, strip(ACROSS), roads=roads, held=holdings(H1="P1 P2"))
    assert found == [("P1/1", "unknown", None), ("P1/2", "own_land", False)]


def test_untouched_land_of_another_holder_gives_no_access():
    land = parcels(box(0, 0, 100, 50), box(100, 0, 150, 50))
    far = road([(-9, 0), (-9, 9)])
    found = access(land, strip(ACROSS), roads=far, held=holdings(H1="P1", H2="P2"))
    assert {word for _, word, _ in found} == {"none"}
    shared = access(land, strip(ACROSS), roads=far, held=holdings(H1="P1 P2", H2="P2"))
    assert [word for _, word, _ in shared] == ["none", "own_land"]


ROWS = parcels(box(0, 0, 100, 50), box(0, 50, 100, 100), box(0, 100, 100, 150))
WIDE = strip(box(40, -10, 60, 160))


def test_access_passes_through_own_pieces_that_have_it():
    """The road touches the south-east piece only; both eastern neighbours are reached over it."""
    south = road([(70, -0.2), (90, -0.2)])
    found = {
        key: word for key, word, _ in access(ROWS, WIDE, roads=south, held=holdings(H1="P1 P2 P3"))
    }
    assert found == {
        "P1/1": "none", "P1/2": "road",
        "P2/1": "none", "P2/2": "own_land",
        "P3/1": "none", "P3/2": "own_land",
    }  # fmt: skip


def test_access_stops_at_the_land_of_another():
    south = road([(70, -0.2), (90, -0.2)])
    found = access(ROWS, WIDE, roads=south, held=holdings(H1="P1 P3", H2="P2"))
    assert [key for key, word, _ in found if word != "none"] == ["P1/2"]


def test_two_landlocked_pieces_do_not_help_each_other():
    far = road([(-90, 0), (-90, 9)])
    found = access(ROWS, WIDE, roads=far, held=holdings(H1="P1 P2 P3"))
    assert {word for _, word, _ in found} == {"none"}


def test_a_parcel_used_for_a_time_only_is_untouched():
    land = parcels(box(0, 0, 100, 50), box(100, 0, 150, 50))
    taken = strip(ACROSS, box(110, -10, 120, 60), basis=["", "Temporary"])
    found = measure(land, taken, held=holdings(H1="P1 P2"))
    assert found.taken["parcel_id"].to_list() == ["P1"]
    assert found.pieces["access"].to_list() == ["unknown", "own_land"]


def test_donated_land_is_lost_and_ground_taken_twice_is_lost_once():
    taken = strip(ACROSS, box(50, -10, 70, 60), box(0, 0, 100, 50),
                  basis=["recovered", "donated", "temporary"])  # fmt: skip
    found = measure(parcels(box(0, 0, 100, 50)), taken)
    assert found.taken["lost_area_m2"].to_list() == pytest.approx([1500.0])
    assert found.pieces["area_m2"].to_list() == pytest.approx([2000.0, 1500.0])


def test_only_temporary_land_leaves_no_remainders():
    found = measure(parcels(box(0, 0, 100, 50)), strip(ACROSS, basis=["temporary"]))
    assert found.taken.empty
    assert found.pieces.empty
    assert found.pieces.crs == v.CRS


def test_edges_and_whole_parcels_leave_no_piece():
    land = parcels(box(0, 0, 40, 50), box(40, 0, 60, 50), box(60, 0, 100, 50))
    found = measure(land, strip(ACROSS))
    assert found.taken["parcel_id"].to_list() == ["P2"]
    assert found.taken[["taken_share", "remainder_m2"]].to_numpy().tolist() == [[1.0, 0.0]]
    assert found.pieces.empty


def test_slivers_count_in_the_remainder_and_are_not_listed():
    land = parcels(box(0, 0, 60.0005, 50))
    found = measure(land, strip(ACROSS))
    row = found.taken.iloc[0]
    assert (row["piece_count"], row["sliver_count"]) == (1, 1)
    assert row["sliver_area_m2"] == pytest.approx(0.025, abs=1e-6)
    assert row["remainder_m2"] == pytest.approx(2000.025, abs=1e-6)
    (problem,) = find_slivers(found)
    assert (problem.rule, problem.severity) == ("remainder_slivers", "finding")
    assert "P1" in problem.message


@pytest.mark.parametrize(
    ("land_type", "area_m2", "width_m", "reason"),
    [
        ("ONT", 2000.0, 40.0, ""),
        ("ONT", 2000.1, 40.0, "area"),
        ("ONT", 2000.0, 40.1, "width"),
        ("ONT+CLN", 2001.0, 41.0, "area_width"),
        ("LUA", 2001.0, 41.0, ""),
        ("", 2001.0, 41.0, ""),
    ],
)
def test_residual_by_the_least_of_the_kind_of_land(land_type, area_m2, width_m, reason):
    least = {"residential": LeastPiece(area_m2, width_m), "other": LeastPiece(1.0, 1.0)}
    land = parcels(affinity.rotate(box(0, 0, 100, 50), 31, origin=(0, 0)), land_type=[land_type])
    taken = strip(affinity.rotate(ACROSS, 31, origin=(0, 0)))
    pieces = measure(land, taken, rules=replace(RULES, least=least)).pieces
    assert pieces["residual_reason"].to_list() == [reason, reason]
    assert pieces["residual"].to_list() == [reason != ""] * 2


def test_a_landlocked_piece_is_residual_where_the_rules_say_so():
    rules = replace(RULES, landlocked_is_residual=True)
    west = road([(0, -30), (0, 80)])
    pieces = measure(parcels(box(0, 0, 100, 50)), strip(ACROSS), roads=west, rules=rules).pieces
    assert pieces["residual_reason"].to_list() == ["", "landlocked"]


def test_width_of_a_narrow_strip_and_of_a_triangle():
    land = parcels(box(0, 0, 100, 14.9), Polygon([(200, 0), (230, 0), (200, 40)]))
    taken = strip(box(-10, 4.9, 110, 14.9), box(190, -10, 240, 0.0001), box(190, -9, 240, 1e-5))
    pieces = measure(land, taken).pieces.set_index("parcel_id")
    assert pieces.loc["P1", "width_m"] == pytest.approx(4.9, abs=WIDTH_ERROR_M)
    assert pieces.loc["P1", "residual_reason"] == "width"
    assert pieces.loc["P2", "width_m"] == pytest.approx(20.0, abs=2 * WIDTH_ERROR_M)


def test_areas_and_widths_are_metres_in_a_crs_of_feet():
    land = gpd.GeoDataFrame({"parcel_id": ["P"]}, geometry=[box(6e6, 2e6, 6e6 + 100, 2e6 + 50)],
                            crs=FOOT_CRS)  # fmt: skip
    taken = gpd.GeoDataFrame(geometry=[box(6e6 + 40, 0, 6e6 + 60, 3e6)], crs=FOOT_CRS)
    near = gpd.GeoDataFrame(
        geometry=[LineString([(6e6 - 1.6, 2e6), (6e6 - 1.6, 2e6 + 50)])], crs=FOOT_CRS
    )
    pieces = measure(land, taken, roads=near).pieces
    assert pieces["area_m2"].to_list() == pytest.approx([2000 * FOOT_M**2] * 2)
    assert pieces["width_m"].to_list() == pytest.approx([40 * FOOT_M] * 2, abs=WIDTH_ERROR_M)
    assert pieces["access"].to_list() == ["road", "none"]


def test_remainders_agree_with_the_land_take_of_the_village():
    for angle in (0.0, 37.0):
        village = v.Village(angle_deg=angle)
        take = measure_land_take(v.parcels(village), v.cells(village), tolerances=TOLERANCES)
        found = measure(v.parcels(village), v.right_of_way(village))
        assert found.taken["parcel_id"].to_list() == take.parcels["parcel_id"].to_list()
        for name in ("remainder_m2", "taken_share"):
            expected = take.parcels[name].to_numpy()
            assert found.taken[name].to_numpy() == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_order_of_rows_changes_nothing_and_input_is_kept():
    land, taken = ROWS, WIDE
    roads, held = road([(70, -0.2), (90, -0.2)]), holdings(H1="P1 P2 P3")
    before = land.copy()
    first = measure(land, taken, roads=roads, held=held)
    again = measure(land.iloc[::-1], taken, roads=roads, held=held.iloc[::-1])
    pd.testing.assert_frame_equal(first.taken, again.taken)
    pd.testing.assert_frame_equal(pd.DataFrame(first.pieces), pd.DataFrame(again.pieces))
    assert land.equals(before)


def test_refusals():
    land, taken = parcels(box(0, 0, 100, 50)), strip(ACROSS)
    with pytest.raises(CrsMismatchError):
        measure(land, taken.to_crs(32648))
    with pytest.raises(CrsMismatchError):
        measure(land, taken, roads=road([(0, 0), (1, 1)]).to_crs(32648))
    with pytest.raises(SchemaError, match="P1"):
        measure(parcels(box(0, 0, 1, 1), box(0, 0, 1, 1), ids=["P1", "P1"]), taken)
    bow_tie = Polygon([(0, 0), (100, 50), (100, 0), (0, 50)])
    with pytest.raises(GeometryError, match="P1"):
        measure(parcels(bow_tie), taken)
    with pytest.raises(GeometryError, match="right_of_way"):
        measure(land, strip(bow_tie))


angles = st.floats(0.0, 360.0)
lengths = st.floats(5.0, 200.0)


@given(angle=angles, width=lengths, height=lengths, offset=st.floats(-80.0, 80.0),
       half=st.floats(0.5, 30.0), turn=angles)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_pieces_and_slivers_add_up_to_the_remainder(angle, width, height, offset, half, turn):
    shape = affinity.rotate(box(0, 0, width, height), angle, origin=(0, 0))
    shape = shape.difference(shapely.Point(shape.centroid).buffer(1.0))
    band = affinity.rotate(box(-500, offset - half, 500, offset + half), turn, origin=(0, 0))
    found = measure(parcels(shape), strip(band))
    inside = shapely.intersection(
        affinity.translate(shape, 5e5, 2e6), affinity.translate(band, 5e5, 2e6)
    ).area
    taken = found.taken
    assert taken["lost_area_m2"].sum() == pytest.approx(inside, abs=1e-5)
    sums = found.pieces["area_m2"].sum() + taken["sliver_area_m2"].sum()
    assert sums == pytest.approx(taken["remainder_m2"].sum(), rel=1e-9)
    sizes = found.pieces["area_m2"].to_numpy()
    assert (np.diff(sizes) <= 1e-4).all()
    assert (found.pieces["width_m"] ** 2 * np.pi / 4 <= found.pieces["area_m2"] + 1e-6).all()
