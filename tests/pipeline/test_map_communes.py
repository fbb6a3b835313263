"""Communes carry the figures of the tables, and a project's own statistics as they are told."""

import numpy as np
import pandas as pd
import pytest

from geotool.pipeline import map as maps
from geotool.pipeline import stats
from geotool.pipeline.assess import assess
from geotool.pipeline.inputs import open_project
from geotool.pipeline.map_communes import add_figures, add_statistics
from geotool.share import redaction
from geotool.share.render import recipe
from tests import village_project as vp

HOSTILE = "</script><img src=x onerror=alert(1)> {{ 7*7 }} ${x}"


def found_in(folder, **layers):
    return assess(open_project(vp.write_project(folder, layers=layers)), on="2024-05-01")


def statistics(*rows):
    names = ["indicator_id", "unit_id", "name", "value", "unit", "period"]
    return pd.DataFrame(rows, columns=names)


def test_figures_are_those_of_the_table_by_commune(tmp_path):
    found = found_in(tmp_path)
    frame = add_figures(found, found.inputs.frames["communes"], public=False)
    told = {row["commune_id"]: row for row in stats.group(found, ["commune"])}
    for row in frame.to_dict("records"):
        for name in ("affected_area_m2", "household_count", "relocated_count", "served_count"):
            assert row[name] == told[row["commune_id"]][name]
    assert frame["household_count"].tolist() == [13, 8]
    assert frame["relocated_share"].tolist() == pytest.approx([6 / 13, 4 / 8])
    areas = frame.geometry.area
    assert frame["affected_share"].tolist() == pytest.approx(frame["affected_area_m2"] / areas)


def test_a_share_of_nothing_is_unknown(tmp_path):
    found = found_in(tmp_path, structures=None, landmark_roads=None, landmarks=None)
    frame = add_figures(found, found.inputs.frames["communes"], public=False)
    assert "served_share" not in frame
    roads = vp.landmarks()
    roads["commune_id"] = "C1"
    far = found_in(tmp_path / "far", landmarks=roads[roads["landmark_id"] == "M1"])
    frame = add_figures(far, far.inputs.frames["communes"], public=False)
    assert frame["landmark_count"].tolist() == [1, 0]
    assert frame["served_share"].isna().tolist() == [False, True]


def test_the_public_sees_no_figures_of_persons_or_their_land_by_commune(tmp_path):
    found = found_in(tmp_path)
    frame = add_figures(found, found.inputs.frames["communes"], public=True)
    own = set(found.inputs.frames["communes"])
    assert set(frame) - own == {
        "landmark_count",
        "served_count",
        "road_km",
        "border_km",
        "served_share",
    }


def test_own_statistics_become_indicators_with_unit_and_period(tmp_path):
    table = statistics(
        ("poor", "C1", "Poor households", 12.5, "%", "2022"),
        ("poor", "C1", "Poor households", 10.0, "%", "2023"),
        ("poor", "C2", "Poor households", 20.0, "%", "2023"),
        ("twice", "C1", "Told twice", 1.0, "", ""),
        ("twice", "C1", "Told twice", 2.0, "", ""),
        ("twice", "C2", "Told twice", 3.0, "", ""),
        ("far", "C99", "Elsewhere", 3.0, "", ""),
    )
    found = found_in(tmp_path, indicators=table)
    frame, columns = add_statistics(found, found.inputs.frames["communes"])
    assert [column.name for column in columns] == ["indicator poor", "indicator twice"]
    assert [column.label["vi"] for column in columns] == [
        "Poor households (%, 2023)",
        "Told twice",
    ]
    assert frame["indicator poor"].tolist() == [10.0, 20.0]
    assert np.isnan(frame["indicator twice"].iloc[0])
    assert frame["indicator twice"].iloc[1] == 3.0


def test_a_ratio_stands_in_for_a_missing_value(tmp_path):
    table = pd.DataFrame(
        {
            "indicator_id": ["r", "r"],
            "unit_id": ["C1", "C2"],
            "name": ["Ratio", "Ratio"],
            "numerator": [3, 1],
            "denominator": [4, 0],
        }
    )
    found = found_in(tmp_path, indicators=table)
    frame, _ = add_statistics(found, found.inputs.frames["communes"])
    assert frame["indicator r"].iloc[0] == 0.75
    assert np.isnan(frame["indicator r"].iloc[1])


@pytest.mark.parametrize("profile", ["public", "committee"])
def test_the_map_of_communes_offers_what_a_profile_may_see(tmp_path, profile):
    table = statistics((HOSTILE, "C1", HOSTILE, 5.0, HOSTILE, ""))
    found = found_in(tmp_path, indicators=table)
    page = maps.choose_layers(
        found,
        recipe.load_recipe("communes"),
        redaction.load_profile(profile),
        maps.make_cards(found),
    )
    layer = next(one for one in page if one.name == "communes")
    assert layer.indicators[-1] == f"indicator {HOSTILE}"
    assert ("household_count" in layer.indicators) == (profile == "committee")
    assert "served_count" in layer.indicators
    assert {column.name for column in layer.columns} >= set(layer.indicators)


def test_hostile_statistics_stay_text_on_the_page(tmp_path):
    table = statistics((HOSTILE, "C1", HOSTILE, 5.0, HOSTILE, ""))
    found = found_in(tmp_path, indicators=table)
    page = maps.render(found, recipe.load_recipe("communes"), redaction.load_profile("committee"))
    assert "<img src=x" not in page.html
    assert "49" not in [part.strip() for part in page.html.split("onerror")]
