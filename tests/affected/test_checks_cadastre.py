"""Areas, places, dates and chainages of findings, on the village whose answers are known."""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely.geometry import LineString, Point, box

from geotool.affected.checks import run_checks
from geotool.affected.findings import Setting
from geotool.affected.parcels import measure_land_take
from geotool.affected.place_names import name_places
from geotool.errors import DataError
from geotool.resources import room_dir
from geotool.route.alignment import make_axes
from geotool.rules import load_cadastre_rules, load_checks, load_rule, load_tolerances
from tests import village as v
from tests.village_project import all_layers

TOLERANCES = load_tolerances()
AXES = make_axes(v.alignments())


def run(layers, rule, **setting):
    take = setting.pop("land_take", None)
    found = run_checks(
        layers, rules=load_checks(), tolerances=TOLERANCES, land_take=take,
        setting=Setting(**setting),
    )  # fmt: skip
    return [problem for problem in found if problem.rule == rule]


def at(x_m, y_m):
    return Point(v.EAST + x_m, v.NORTH + y_m)


def changed(frame, key, column, values):
    """Return the frame with cells of a column replaced by key."""
    own = frame[column].astype(object)
    return frame.assign(**{column: frame[key].map(values).where(frame[key].isin(values), own)})


def moved(frame, key, shapes):
    geometry = [shapes.get(k, s) for k, s in zip(frame[key], frame.geometry, strict=True)]
    return frame.set_geometry(gpd.GeoSeries(geometry, crs=frame.crs))


# areas: the plots are 5 000 m2; 2 % of a document area of 5 102.04 m2 are 102.04 m2


@pytest.mark.parametrize(
    ("document_m2", "off"),
    [(5000.0, None), (4902.0, None), (4900.0, "+100.00 m2 (+2.0%)"), (5102.0, None),
     (5103.0, "-103.00 m2 (-2.0%)"), (0.0, "+5000.00 m2"), (np.nan, None), (None, None)],
)  # fmt: skip
def test_drawn_area_against_document_area(document_m2, off):
    parcels = changed(v.parcels(), "parcel_id", "document_area_m2", {"3-7": document_m2})
    found = run({"parcels": parcels}, "area_differs")
    assert len(found) == (off is not None)
    if off is not None:
        assert (found[0].key, found[0].place, found[0].severity) == ("3-7", "C1", "finding")
        assert f"5000.00 m2 drawn, {document_m2:.2f} m2 in the document: {off}" in found[0].message
        assert found[0].shape.equals(at(650, 125))


def test_a_small_parcel_may_differ_by_the_plain_limit():
    shapes = {"3-7": box(v.EAST, v.NORTH, v.EAST + 2, v.NORTH + 5)}  # 10 m2
    for document_m2, count in ((10.9, 0), (11.5, 1)):
        parcels = changed(v.parcels(), "parcel_id", "document_area_m2", {"3-7": document_m2})
        assert len(run({"parcels": moved(parcels, "parcel_id", shapes)}, "area_differs")) == count


def test_the_map_scale_widens_the_limit():
    # 0.0004 * 10 000 * sqrt(4 900) = 280 m2
    parcels = changed(v.parcels(), "parcel_id", "document_area_m2", {"3-7": 4900.0, "3-8": 4700.0})
    rules = replace(load_cadastre_rules(), map_scale_denominator=10_000.0)
    found = run({"parcels": parcels}, "area_differs", cadastre=rules)
    assert [problem.key for problem in found] == ["3-8"]
    assert "274.23 m2 are tolerated" in found[0].message


def test_areas_in_degrees_are_not_compared():
    parcels = v.parcels().assign(document_area_m2=1.0).to_crs(4326)
    assert run({"parcels": parcels}, "area_differs") == []


# place: C1 and C2 meet at x = 1 250


def test_a_parcel_in_another_commune_than_it_states():
    parcels = changed(v.parcels(), "parcel_id", "commune_id", {"1-2": "C2", "1-10": "C2"})
    found = run({"parcels": parcels, "communes": v.communes()}, "commune_mismatch")
    assert [(p.layer, p.key, p.place) for p in found] == [
        ("parcels", "1-2", "C1"),
        ("parcels", "1-10", "C1"),
    ]
    assert found[0].message == "parcel_id 1-2 states commune C2 but lies in C1."
    assert found[0].shape.equals(at(150, 25))


def test_a_parcel_lies_where_most_of_it_or_its_middle_is():
    # column 13 is x = 1 200 to 1 300: half in each commune, either may be stated
    for commune_id in ("C1", "C2"):
        column = {f"{row}-13": commune_id for row in range(1, 6)}
        parcels = changed(v.parcels(), "parcel_id", "commune_id", column)
        assert run({"parcels": parcels, "communes": v.communes()}, "commune_mismatch") == []


@pytest.mark.parametrize(("x_m", "count"), [(1249.0, 0), (1250.0, 0), (1250.9, 0), (1252.0, 1)])
def test_a_point_on_the_shared_border_lies_in_both(x_m, count):
    graves = moved(v.graves(), "grave_id", {"G1": at(x_m, 110)})
    found = run({"graves": graves, "communes": v.communes()}, "commune_mismatch")
    assert [(p.layer, p.key, p.place) for p in found] == [("graves", "G1", "C2")] * count


def test_communes_may_be_stated_by_name():
    graves = v.graves().assign(commune_id="commune 1")
    graves = moved(graves, "grave_id", {"G1": at(1500, 110)})
    layers = {"graves": graves, "communes": v.communes()}
    assert [problem.key for problem in run(layers, "commune_mismatch")] == ["G1"]


def test_an_unknown_commune_is_an_unknown_code_once():
    parcels = changed(v.parcels(), "parcel_id", "commune_id", {"1-2": "C9", "1-3": "C9"})
    layers = {"parcels": parcels, "communes": v.communes()}
    assert run(layers, "commune_mismatch") == []
    found = run(layers, "unknown_reference")
    assert [(p.place, p.key) for p in found] == [("commune_id", "C9")]
    assert "(2 row(s))" in found[0].message


def test_a_point_in_no_commune_is_one_finding_and_a_parcel_too():
    graves = moved(v.graves(), "grave_id", {"G1": at(0, 9e5)})
    parcels = moved(v.parcels(), "parcel_id", {"1-1": box(0, 0, 10, 10)})
    layers = {"graves": graves, "parcels": parcels, "communes": v.communes()}
    assert [p.key for p in run(layers, "point_outside_communes")] == ["G1"]
    found = run(layers, "commune_mismatch")
    assert [(p.key, p.message.rpartition("lies in ")[2]) for p in found] == [("1-1", "no commune.")]


def test_rows_without_shape_or_commune_are_left_alone():
    graves = v.graves()
    graves.loc[0, "commune_id"] = None
    graves = moved(graves, "grave_id", {"G2": None, "G3": Point()})
    assert run({"graves": graves, "communes": v.communes()}, "commune_mismatch") == []
    assert run({"graves": graves, "communes": v.communes()}, "point_outside_communes") == []


# dates


@pytest.mark.parametrize(("built", "count"), [("2021-06-30", 0), ("2021-07-01", 1), (None, 0)])
def test_structures_built_after_the_cut_off_date(built, count):
    layers = {"structures": changed(v.structures(), "structure_id", "built_date", {"D2": built})}
    found = run(layers, "built_after_cut_off", cut_off_date="2021-06-30")
    assert [problem.key for problem in found] == ["D2"] * count
    if count:
        assert "built_date 2021-07-01 is after the cut-off date 2021-06-30" in found[0].message
        assert found[0].shape.equals(at(150, 125))
    assert run(layers, "built_after_cut_off") == []


def test_dates_of_parcels_and_graves_where_there_are_any():
    parcels = v.parcels().assign(**{"Ngày tách thửa": "01/06/2020"})
    parcels.loc[4, "Ngày tách thửa"] = "5/8/2022"
    graves = v.graves().assign(built_date=pd.Timestamp("2019-01-01"))
    graves.loc[1, "built_date"] = pd.Timestamp("2023-01-01")
    layers = {"parcels": parcels, "graves": graves}
    found = run(layers, "built_after_cut_off", cut_off_date="2021-06-30")
    assert {(problem.layer, problem.key) for problem in found} == {
        ("parcels", "1-5"),
        ("graves", "G2"),
    }
    assert "2022-08-05" in " ".join(problem.message for problem in found)


# shapes and chainages: the axis runs along y = 125 from Km10; left is north


def test_an_overlap_has_the_ground_shared_and_its_chainage():
    parcels = v.parcels()
    extra = parcels[parcels["parcel_id"] == "5-7"].assign(parcel_id="X", parcel_no="90")
    extra = extra.set_geometry(extra.geometry.translate(50.0, 0.0))
    layers = {"parcels": pd.concat([parcels, extra], ignore_index=True)}
    found = run(layers, "parcel_overlap", axes=AXES)
    assert [(problem.key, problem.place) for problem in found] == [
        ("5-7, X", "Km10+650-Km10+700 left"),
        ("5-8, X", "Km10+700-Km10+750 left"),
    ]
    assert shapely.equals(found[0].shape, v.VILLAGE.place(box(650, 200, 700, 250)))
    assert [problem.place for problem in run(layers, "parcel_overlap")] == ["C1", "C1"]


def test_repeated_numbers_list_the_place_of_each_parcel():
    parcels = changed(v.parcels(), "parcel_id", "parcel_no", {"1-4": "1"})
    found = run({"parcels": parcels}, "repeated_sheet_parcel", axes=AXES)
    assert [p.place for p in found] == ["Km10+050 right, Km10+350 right"]
    assert found[0].shape.geom_type == "MultiPoint"


def test_a_parcel_that_states_no_commune_belongs_to_the_one_it_lies_in():
    ground = [box(x, 0, x + 10, 10) for x in (0, 20, 100)]
    parcels = gpd.GeoDataFrame(
        {"parcel_id": ["a", "b", "c"], "sheet_no": "1", "parcel_no": "7"},
        geometry=ground,
        crs=v.CRS,
    )
    communes = gpd.GeoDataFrame(
        {"commune_id": ["C1", "C2"]}, geometry=[box(0, 0, 50, 50), box(50, 0, 150, 50)], crs=v.CRS
    )
    found = run({"parcels": parcels, "communes": communes}, "repeated_sheet_parcel")
    assert [problem.key for problem in found] == ["a, b"]
    stated = parcels.assign(commune_id=["C1", None, ""])
    found = run({"parcels": stated, "communes": communes}, "repeated_sheet_parcel")
    assert [problem.key for problem in found] == ["a, b"]
    found = run({"parcels": parcels}, "repeated_sheet_parcel")
    assert [problem.key for problem in found] == ["a, b, c"]


def test_each_of_several_points_lies_along_the_axis_nearest_to_it():
    lines = gpd.GeoDataFrame(
        {"alignment_id": ["A", "B"]},
        geometry=[LineString([(0, 0), (100, 0)]), LineString([(0, 1000), (100, 1000)])],
        crs=v.CRS,
    )
    spots = shapely.MultiPoint([(30, 5), (40, 990)])
    named = name_places([Point(1, 0), spots], make_axes(lines), on_axis_m=0.01)
    assert named == ["A Km0+001", "A Km0+030 left, B Km0+040 right"]


@pytest.mark.parametrize(
    ("stated", "late"),
    [("2022", 1), ("2021", 0), ("07/2021", 1), ("6/2021", 0), (2022.0, 1), ("khoảng 2022", 0)],
)
def test_a_year_or_month_is_late_when_all_of_it_is(stated, late):
    graves = gpd.GeoDataFrame(
        {"grave_id": ["g"], "burial_date": [stated]}, geometry=[Point(0, 0)], crs=v.CRS
    )
    assert len(run({"graves": graves}, "built_after_cut_off", cut_off_date="2021-06-30")) == late


def uncovered(gone, communes=False, **setting):
    parcels = v.parcels()[lambda f: ~f["parcel_id"].isin(gone)]
    cells = v.cells(by_commune=communes)
    take = measure_land_take(parcels, cells, tolerances=TOLERANCES)
    setting = {"land_take": take, "cells": cells, **setting}
    return run({"parcels": parcels}, "corridor_uncovered", **setting)


def test_uncovered_ground_piece_by_piece_along_the_axis():
    found = uncovered({"3-18", "3-12", "3-15"}, axes=AXES)
    assert [problem.place for problem in found] == [
        "Km11+100-Km11+200 both sides",
        "Km11+400-Km11+500 both sides",
        "Km11+700-Km11+800 both sides",
    ]
    assert {problem.key for problem in found} == {"Km11-Km12"}
    assert "5000.00 m2 of the right of way" in found[0].message
    assert "(piece 1 of 3 in Km11-Km12, together 15000.00 of 60000.00 m2)" in found[0].message
    assert shapely.equals(found[1].shape, v.VILLAGE.place(box(1400, 100, 1500, 150)))


def test_uncovered_ground_without_an_axis_is_placed_by_section_or_commune():
    assert [problem.place for problem in uncovered({"3-15"})] == ["Km11-Km12"]
    found = uncovered({"3-15"}, communes=True)
    assert [problem.place for problem in found] == ["Km11-Km12, C2"]
    assert found[0].shape.area == pytest.approx(5000.0)


def test_without_section_commune_or_axis_the_place_is_easting_and_northing():
    parcels = v.parcels()[lambda f: f["parcel_id"] != "3-15"]
    cells = v.right_of_way()[["geometry"]]
    take = measure_land_take(parcels, cells, tolerances=TOLERANCES)
    found = run({"parcels": parcels}, "corridor_uncovered", land_take=take, cells=cells)
    assert [problem.place for problem in found] == ["E 501450, N 2000125"]


def test_gaps_smaller_than_what_is_listed_are_one_finding_together():
    parcels = v.parcels()
    # 20 gaps of 50 x 0.0008 m = 0.04 m2 each in row 3, below 0.05 m2; 0.8 m2 together
    slim = {
        key: box(*(np.array(shape.bounds) - [0, 0, 0.0008, 0]))
        for key, shape in zip(parcels["parcel_id"], parcels.geometry, strict=True)
        if key.startswith("3-")
    }
    parcels = moved(parcels, "parcel_id", slim)
    take = measure_land_take(parcels, v.cells(), tolerances=TOLERANCES)
    found = run({"parcels": parcels}, "corridor_uncovered", land_take=take, cells=v.cells())
    assert [problem.place for problem in found] == ["Km10-Km11", "Km11-Km12"]
    assert "0.40 of 60000.00 m2" in found[0].message
    assert len(shapely.get_parts(found[0].shape)) == 10


def second_axis():
    line = LineString([(0.0, 1000.0), (2000.0, 1000.0)])
    row = {"alignment_id": "A2", "start_chainage": "Km50", "direction": "down"}
    both = pd.concat([v.alignments(), v.VILLAGE.frame([row], [line])], ignore_index=True)
    return make_axes(both)


@pytest.mark.parametrize(
    ("shape", "place"),
    [
        (at(300, 200), "A1 Km10+300 left"),
        (at(300, 50), "A1 Km10+300 right"),
        (at(300, 125), "A1 Km10+300"),
        (at(300, 900), "A2 Km49+700 left"),  # falls along the drawing
        (at(-40, 130), "A1 beyond Km10+000"),
        (at(2040, 130), "A1 beyond Km12+000"),
        (LineString([at(100, 130), at(180, 140)]), "A1 Km10+100-Km10+180 left"),
        (LineString([at(100, 120), at(100, 140)]), "A1 Km10+100 both sides"),
    ],
)
def test_the_nearest_alignment_gives_the_place(shape, place):
    axes = second_axis()
    assert name_places([shape], axes, on_axis_m=TOLERANCES.point_on_axis_m) == [place]
    assert name_places([], axes, on_axis_m=0.0) == []


def test_every_finding_of_a_layer_with_shapes_has_one():
    layers = all_layers()
    layers["parcels"] = changed(
        layers["parcels"].assign(papers="no", document_area_m2=1.0), "parcel_id", "parcel_no",
        {"1-4": "1"},
    )  # fmt: skip
    layers["structures"] = layers["structures"].assign(holder_id=None)
    layers["communes"] = layers["communes"].iloc[:1]
    found = run_checks(
        layers, rules=load_checks(), tolerances=TOLERANCES, setting=Setting(axes=AXES)
    )
    assert {p.rule for p in found} == {
        "parcel_without_papers", "area_differs", "repeated_sheet_parcel", "unknown_reference",
        "structure_without_holder", "point_outside_communes",
    }  # fmt: skip
    assert all((p.shape is not None) == (p.rule != "unknown_reference") for p in found)
    placed = [p.place for p in found if p.shape is not None]
    assert all(place.startswith(("Km", "beyond Km")) for place in placed)


def test_the_tolerances_are_data_with_a_citation_and_not_confirmed(tmp_path):
    rule = load_rule("cadastre")
    assert rule.citation
    assert not rule.confirmed
    own = tmp_path / "layers" / "rules"
    own.mkdir(parents=True)
    text = (room_dir("layers") / "rules" / "cadastre.toml").read_text(encoding="utf-8")
    (own / "cadastre.toml").write_text(text.replace("= 0.02 ", "= 0.5 "), encoding="utf-8")
    assert load_cadastre_rules(project_dir=tmp_path).area_relative_share == 0.5
    wrong = text.replace('structures = ["built_date"]', "structures = 5")
    (own / "cadastre.toml").write_text(wrong, encoding="utf-8")
    with pytest.raises(DataError, match=r"\[dates\] structures"):
        load_cadastre_rules(project_dir=tmp_path)
