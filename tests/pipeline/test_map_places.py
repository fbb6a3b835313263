"""Features stand in a commune and a section also where the right of way does not touch them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Point, box

from geotool.pipeline import stats
from geotool.pipeline.assess import assess
from geotool.pipeline.inputs import open_project
from geotool.pipeline.map_layers import make_layers
from geotool.pipeline.map_places import STANDING, place_layers
from tests import village as v
from tests import village_project as vp


def layers_of(folder, **layers):
    found = assess(open_project(vp.write_project(folder, layers=layers)), on="2024-05-01")
    return found, make_layers(found, dissolve=False)


def places(frame, key):
    """Return commune, section and alignment by key."""
    columns = [key, "commune_id", "section_id", "alignment_id"]
    return {row[0]: row[1:] for row in frame[columns].itertuples(index=False, name=None)}


def quarry(key, shape, **more):
    return ({"quarry_id": key, "name": key, **more}, shape)


def quarries(*rows):
    return v.VILLAGE.frame([row for row, _ in rows], [shape for _, shape in rows])


def test_a_house_that_stays_stands_in_its_commune_and_section(tmp_path):
    _, layers = layers_of(tmp_path)
    houses = layers["structures"]
    stands = places(houses, "structure_id")
    assert houses.set_index("structure_id")["taken"]["D11"] == "no"
    assert stands["D1"] == ("C1", "Km10-Km11", "A1")
    assert stands["D11"] == ("C1", "Km11-Km12", "A1")
    assert stands["D13"] == ("C1", "Km11-Km12", "A1")  # x = 1 250: the first by code of two
    assert stands["D15"] == ("C2", "Km11-Km12", "A1")


def test_what_is_taken_stands_where_the_tables_count_it(tmp_path):
    shapes = v.structures()
    wrong = shapes.assign(commune_id="C9", section_id="Km0-Km1")
    found, layers = layers_of(tmp_path, structures=wrong)
    houses = layers["structures"]
    taken = houses[houses["taken"] == "yes"]
    counts = {row["commune_id"]: row["structure_count"] for row in stats.group(found, ["commune"])}
    assert taken.groupby("commune_id").size().to_dict() == {
        key: count for key, count in counts.items() if count
    }
    assert set(houses["commune_id"]) == {"C1", "C2"}
    assert (houses.loc[houses["taken"] == "no", "affected_area_m2"] == 0.0).all()


def test_beyond_the_ends_and_the_communes_there_is_no_place(tmp_path):
    rows = quarries(
        quarry("far", box(2500, 100, 2510, 110)),
        quarry("away", box(5000, 100, 5010, 110), commune_id="C7"),
        quarry("nowhere", box(100, 9000, 110, 9010)),
    )
    _, layers = layers_of(tmp_path, quarries=rows)
    assert places(layers["quarries"], "quarry_id") == {
        "far": ("C2", "", ""),
        "away": ("C7", "", ""),
        "nowhere": ("", "Km10-Km11", "A1"),
    }


def test_a_position_comes_before_the_code_in_the_data(tmp_path):
    rows = quarries(quarry("Q", box(100, 10, 110, 20), commune_id="C2"))
    _, layers = layers_of(tmp_path, quarries=rows)
    assert places(layers["quarries"], "quarry_id")["Q"][0] == "C1"


@pytest.mark.parametrize(("own", "commune"), [("C2", "C2"), (None, "C1")])
def test_a_holder_is_of_the_commune_in_the_register(tmp_path, own, commune):
    rows = v.households().assign(commune_id=own)
    register = v.VILLAGE.frame(rows.to_dict("records"), [Point(10, 10)] * len(rows))
    _, layers = layers_of(tmp_path, households=register)
    assert set(layers["households"]["commune_id"]) == {commune}


def test_without_communes_the_data_say_it(tmp_path):
    rows = quarries(quarry("Q", box(100, 10, 110, 20), commune_id="C2"))
    _, layers = layers_of(tmp_path, quarries=rows, communes=None)
    assert places(layers["quarries"], "quarry_id")["Q"] == ("C2", "Km10-Km11", "A1")


def test_frames_given_are_not_changed_and_keep_their_rows(tmp_path):
    found, layers = layers_of(tmp_path)
    before = {name: layers[name].copy() for name in STANDING if name in layers}
    placed = place_layers(found, layers)
    assert set(placed) == set(before)
    for name, frame in before.items():
        assert layers[name].equals(frame)
        assert placed[name].index.equals(frame.index)
        assert placed[name].geometry.equals(frame.geometry)


@settings(max_examples=4, deadline=None)
@given(
    x=st.floats(min_value=1.0, max_value=1999.0).filter(lambda x: abs(x - 1250) > 1),
    y=st.floats(min_value=-900.0, max_value=2000.0),
)
def test_any_point_beside_the_axis_stands_at_its_measure(tmp_path_factory, x, y):
    rows = quarries(quarry("Q", Point(x, y)))
    _, layers = layers_of(tmp_path_factory.mktemp("q"), quarries=rows)
    section = ("Km10-Km11", "Km11-Km12")[int(np.floor(x / 1000))]
    expected = ("C1" if x < 1250 else "C2", section, "A1")
    assert places(layers["quarries"], "quarry_id")["Q"] == expected
