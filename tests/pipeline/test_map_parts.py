"""Parts of features add up to the tables by commune, by section and in total."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from geotool.pipeline import stats
from geotool.pipeline.assess import assess
from geotool.pipeline.inputs import open_project
from geotool.pipeline.map_layers import make_layers
from geotool.pipeline.map_parts import PLACES, make_parts
from tests import village as v
from tests import village_project as vp


def measured(folder, on="2024-05-01", **project):
    found = assess(open_project(vp.write_project(folder, **project)), on=on)
    frames = make_layers(found, dissolve=False)
    return found, frames, make_parts(found, frames)


def check_sums(found, parts):
    for by, key in (("commune", "commune_id"), ("section", "section_id")):
        rows = {row[key]: row["affected_area_m2"] for row in stats.group(found, [by])}
        sums = parts["land_take"].groupby(key)["affected_area_m2"].sum()
        assert set(sums.index) <= set(rows)
        for place, area in rows.items():
            assert abs(area - sums.get(place, 0.0)) < 1e-6, place
    total = parts["land_take"]["affected_area_m2"].sum()
    assert abs(total - found.totals["affected_area_m2"]) < 1e-6


def test_parts_of_the_village_add_up_to_its_tables(tmp_path):
    found, frames, parts = measured(tmp_path)
    check_sums(found, parts)
    land = parts["land_take"]
    assert set(land) == {"row", *PLACES, "affected_area_m2"}
    by_row = land.groupby("row")["affected_area_m2"].sum()
    assert by_row.to_numpy() == pytest.approx(frames["land_take"]["affected_area_m2"].to_numpy())


@pytest.mark.parametrize("boxes", [{"C1": (0, 900), "C2": (700, 2000)}, {"C1": (300, 1200)}])
def test_ground_of_several_communes_or_of_none_adds_up(tmp_path, boxes):
    rows = [{"commune_id": key, "commune_name": key} for key in boxes]
    shapes = [box(west, 0, east, 250) for west, east in boxes.values()]
    communes = v.VILLAGE.frame(rows, shapes)
    found, _, parts = measured(tmp_path, layers={"communes": communes})
    check_sums(found, parts)
    assert set(parts["land_take"]["commune_id"]) & {"shared", "outside"}


def test_parts_tell_the_basis_where_not_all_land_is_recovered(tmp_path):
    rows = [
        {"right_of_way_id": "A", "basis": "recovered"},
        {"right_of_way_id": "B", "basis": "temporary"},
    ]
    shapes = [v.strip(v.VILLAGE, 0, 1000), v.strip(v.VILLAGE, 1000, 2000)]
    strip = v.VILLAGE.frame(rows, shapes)
    folder = vp.write_project(tmp_path, layers={"right_of_way": strip})
    toml = folder / "geotool.toml"
    kept = toml.read_text(encoding="utf-8").split("[corridor]")
    toml.write_text(kept[0] + "[maps]" + kept[1].split("[maps]")[1], encoding="utf-8")
    found = assess(open_project(folder), on="2024-05-01")
    frames = make_layers(found, dissolve=False)
    land = make_parts(found, frames)["land_take"]
    by_basis = land.groupby("basis")["affected_area_m2"].sum()
    assert by_basis["recovered"] == pytest.approx(found.totals["recovered_area_m2"])
    assert land["temporary_area_m2"].sum() == pytest.approx(found.totals["temporary_area_m2"])


def test_households_stand_at_their_dwelling_and_count_once_a_place(tmp_path):
    found, frames, parts = measured(tmp_path)
    homes, own = frames["households"], parts["households"]
    assert len(homes) == found.totals["household_count"]
    placed = homes.set_index("household_id")
    dwellings = frames["structures"].set_index("structure_id").geometry
    assert placed["placed_at"].value_counts().to_dict() == {"dwelling": 10, "parcel": 10}
    assert dwellings["D2"].contains(placed.geometry["H2"])
    largest = frames["land_take"].set_index("parcel_id").geometry["3-3"]
    assert largest.contains(placed.geometry["H3"])
    communes = {
        row["commune_id"]: row["household_count"] for row in stats.group(found, ["commune"])
    }
    counted = own[own["commune_id"] != ""].groupby("commune_id")["row"].nunique()
    for place, count in counted.items():
        assert communes[place] == count
    lost = found.land.households.holders["affected_area_m2"].sum()
    assert own["affected_area_m2"].sum() == pytest.approx(lost)


def test_a_register_with_points_keeps_them_and_the_unaffected(tmp_path):
    rows = v.households()
    points = [box(0, 0, 2, 2).centroid for _ in range(len(rows))]
    register = v.VILLAGE.frame(rows.to_dict("records"), points)
    found, frames, parts = measured(tmp_path, layers={"households": register})
    homes, own = frames["households"], parts["households"]
    assert len(homes) == len(rows) > found.totals["household_count"]
    assert set(homes["placed_at"]) == {"register"}
    assert set(own["row"]) == set(range(len(homes)))
    far = homes.index[homes["household_id"] == "U1"][0]
    places = own[own["row"] == far][["commune_id", "section_id"]]
    assert places.values.tolist() == [["C1", "Km10-Km11"]]


def test_structures_and_remainders_name_their_place(tmp_path):
    found, frames, _ = measured(tmp_path)
    structures = frames["structures"]
    taken = structures[structures["taken"] == "yes"]
    counts = {row["section_id"]: row["structure_count"] for row in stats.group(found, ["section"])}
    for section, count in taken.groupby("section_id").size().items():
        assert counts[section] == count
    assert taken["commune_id"].notna().all()
    left = frames["remainders"].merge(found.land.take.parcels, on="parcel_id", suffixes=("", "_p"))
    assert (left["commune_id"] == left["commune_id_p"]).all()
    assert left["section_id"].notna().all()


def test_a_blocker_is_part_of_every_section_it_runs_through(tmp_path):
    found, frames, parts = measured(tmp_path)
    sections = found.ground.sections
    own, frame = parts["blockers"], frames["blockers"]
    for row in range(len(frame)):
        first, last = frame.iloc[row][["from_measure_m", "to_measure_m"]]
        met = sections[(sections["from_measure_m"] < last) & (sections["to_measure_m"] > first)]
        assert own[own["row"] == row]["section_id"].tolist() == met["section_id"].tolist()


@settings(max_examples=4, deadline=None)
@given(cut=st.floats(min_value=150.0, max_value=1850.0))
def test_parts_add_up_wherever_a_commune_ends(tmp_path_factory, cut):
    communes = v.communes(v.Village(commune_cuts_m=(cut,)))
    found, _, parts = measured(tmp_path_factory.mktemp("cut"), layers={"communes": communes})
    check_sums(found, parts)


def test_nothing_is_divided_without_parcels(tmp_path):
    none = {"parcels": None, "holdings": None, "households": None, "organisations": None}
    _, _, parts = measured(tmp_path, layers=none)
    assert set(parts) <= {"blockers"}
