"""The remainders of a project, from files: figures, tables, layer, notices."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import LineString, box

from geotool import labels
from geotool.pipeline.ground import require_ground
from geotool.pipeline.households import count_households
from geotool.pipeline.inputs import open_project
from geotool.pipeline.land import take_land, take_structures
from geotool.pipeline.severance import (
    SeveranceOptions,
    list_remainders,
    measure_severance,
    severance_layers,
    severance_tables,
)
from geotool.share.faces import text_tables
from tests import village as v
from tests import village_project as vp

RULE = """\
[rule]
title = "Least pieces"
citation = "Decision of the province"
effective_from = 2024-10-01
confirmed = true

[access]
access_m = 10
access_over_right_of_way = false
closed_road_statuses = []
landlocked_is_residual = true

[residential]
min_area_m2 = 5000.0
min_width_m = 3.0

[other]
min_area_m2 = 4500.0
min_width_m = 45.5
"""


def measure(folder):
    inputs = open_project(folder)
    ground = require_ground(inputs)
    land = take_land(inputs, ground, take_structures(inputs, ground))
    return measure_severance(inputs, ground, land)


@pytest.fixture(scope="module")
def village(tmp_path_factory):
    return measure(vp.write_project(tmp_path_factory.mktemp("village")))


def test_totals_of_the_village(village):
    assert village.totals == {
        "remainder_count": 40,
        "severed_count": 0,
        "piece_count": 40,
        "landlocked_count": 40,
        "landlocked_unknown_count": 0,
        "residual_count": 0,
        "residual_area_m2": 0.0,
        "severe_count": 20,
        "severe_unknown_count": 0,
    }
    assert [p.rule for p in village.problems] == ["unconfirmed_rule", "unconfirmed_rule"]
    assert [p.place for p in village.problems] == ["residuals", "severe_loss"]


def test_tables_and_layer_have_words_and_say_what_is_not_confirmed(village):
    tables = severance_tables(village)
    words = labels.load_labels()
    for language in ("vi", "en"):
        assert text_tables(tables, labels=words, language=language)
    assert [table.name for table in tables] == ["severance_totals", "severance", "holder_shares"]
    for table in tables[1:]:
        assert {row["confirmed"] for row in table.rows} == {"no"}
        assert any(note.endswith("_unconfirmed") for note in table.notes)
    layer = severance_layers(village)["remainders"]
    assert len(layer) == 40
    assert layer.crs == v.CRS
    assert set(layer["landlocked"]) == {"yes"}


def test_every_reason_has_words():
    words = labels.load_labels()
    for reason in ("area", "width", "landlocked", "area_width", "area_landlocked",
                   "width_landlocked", "area_width_landlocked"):  # fmt: skip
        assert words.has(f"values.{reason}")


def test_the_project_s_own_rules_hold(tmp_path):
    folder = vp.write_project(tmp_path)
    (folder / "layers" / "rules").mkdir()
    (folder / "layers" / "rules" / "residuals.toml").write_text(RULE, encoding="utf-8")
    found = measure(folder)
    assert [p.place for p in found.problems] == ["severe_loss"]
    # a piece of 100 x 45 m: too narrow, and no road
    assert set(found.pieces["residual_reason"]) == {"width_landlocked"}
    assert found.totals["residual_area_m2"] == pytest.approx(180_000.0)
    assert set(severance_tables(found)[1].rows[0].items()) >= {("confirmed", "yes")}


def test_without_roads_nobody_knows(tmp_path):
    found = measure(vp.write_project(tmp_path, layers={"roads": None}))
    assert found.totals["landlocked_count"] == 0
    assert found.totals["landlocked_unknown_count"] == 40


def test_unknown_holders_of_taken_houses_and_parcels_not_drawn(tmp_path):
    houses = v.structures()
    houses.loc[houses["structure_id"] == "D2", "holder_id"] = "H99"
    held = pd.concat(
        [v.holdings(), pd.DataFrame([{"holder_id": "H20", "parcel_id": "9-9"}])], ignore_index=True
    )
    people = pd.concat([v.households(), pd.DataFrame([{"household_id": "H99"}])], ignore_index=True)
    layers = {"structures": houses, "holdings": held, "households": people}
    found = measure(vp.write_project(tmp_path, layers=layers))
    rows = found.holders.set_index("holder_id")
    assert rows.index[rows["severe"] == "unknown"].to_list() == ["H20", "H99"]
    assert found.totals["severe_unknown_count"] == 2
    assert found.totals["severe_count"] == 19
    assert "holding_without_parcel" in {p.rule for p in found.problems}


def write_parcel(folder, *rows):
    """Write a project of one parcel of 100 x 50 m held by H, and rows (x0, x1, basis) across it."""

    def at(shapes, **columns):
        placed = [v.VILLAGE.place(shape) for shape in shapes]
        return gpd.GeoDataFrame(columns, geometry=placed, crs=v.CRS)

    strips = [box(west, -10, east, 60) for west, east, _ in rows]
    layers = dict.fromkeys(vp.all_layers())
    layers |= {
        "parcels": at(
            [box(0, 0, 100, 50)], parcel_id=["P"], document_area_m2=np.nan, household_id="H",
            land_type="LUA",
        ),
        "right_of_way": at(
            strips, right_of_way_id=[f"A{i}" for i in range(len(rows))],
            basis=[row[2] for row in rows],
        ),
        "roads": at([LineString([(0, -30), (0, 80)])], road_id=["R"]),
    }  # fmt: skip
    vp.write_project(folder, layers=layers)
    file = folder / "geotool.toml"
    head, tail = file.read_text(encoding="utf-8").split("[corridor]")
    file.write_text(f"{head}[maps]{tail.split('[maps]')[1]}", encoding="utf-8")
    return folder


def test_the_parcel_of_100_by_50_from_files(tmp_path):
    folder = write_parcel(tmp_path, (40, 60, "recovered"))
    answer = list_remainders(SeveranceOptions(folder)).data
    assert answer["parcel_count"] == answer["severed_count"] == 1
    assert (answer["piece_count"], answer["landlocked_count"]) == (2, 1)
    assert [piece["landlocked"] for piece in answer["pieces"]] == [False, True]
    (holder,) = answer["holders"]
    assert holder["severe"] == "yes"
    assert holder["lost_share_document"] == holder["lost_share_drawn"] == pytest.approx(0.2)


def test_a_holder_loses_what_is_recovered_and_not_what_it_donates(tmp_path):
    folder = write_parcel(tmp_path, (40, 49, "recovered"), (49, 60, "donated"))
    answer = list_remainders(SeveranceOptions(folder)).data
    (holder,) = answer["holders"]
    assert holder["lost_share_document"] == pytest.approx(0.09)
    assert holder["severe"] == "no"
    assert sum(piece["area_m2"] for piece in answer["pieces"]) == pytest.approx(4000.0)
    people = count_households(folder, by="commune").data
    assert (people["severe_count"], people["severe_unknown_count"]) == (0, 0)
    (row,) = people["households"]
    assert (row["household_id"], row["severe"]) == ("H", "no")
    assert row["lost_share_document"] == pytest.approx(0.09)


def test_who_only_donates_loses_nothing(tmp_path):
    answer = list_remainders(SeveranceOptions(write_parcel(tmp_path, (40, 60, "donated")))).data
    assert (answer["piece_count"], answer["severe_count"]) == (2, 0)
    assert answer["holders"] == []


def test_a_project_without_parcels_has_no_remainders(tmp_path):
    folder = vp.write_project(tmp_path, layers={"parcels": None, "holdings": None})
    assert measure(folder) is None
