"""Totals of access: lengths by commune, money, sources, the one record."""

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import LineString

from geotool.border import access as rooms
from geotool.border.landmarks import measure_access
from geotool.errors import DataError, SchemaError
from tests import village_project as vp
from tests.border.test_landmarks import lines, points


def piece(x0, x1, commune_id, weight=1.0, **more):
    shape = LineString([(500_000 + x0, 2_401_200), (500_000 + x1, 2_401_200)])
    return {"commune_id": commune_id, "weight": weight, "geometry": shape, **more}


def split(*pieces):
    return gpd.GeoDataFrame(list(pieces), geometry="geometry", crs="EPSG:9209")


BORDER = split(
    piece(0, 1100, "C10"),
    piece(1000, 1500, "C2"),
    piece(1000, 1100, "shared", -1.0),
    piece(1500, 2000, "outside"),
)


def test_lengths_add_up_to_the_line():
    lengths = rooms.lengths_by(BORDER)
    assert lengths["commune_id"].tolist() == ["C2", "C10", "outside", "shared"]
    assert lengths["length_m"].tolist() == [500.0, 1100.0, 500.0, -100.0]
    assert lengths["length_m"].sum() == 2000.0
    with pytest.raises(SchemaError, match="weight"):
        rooms.lengths_by(BORDER.drop(columns="weight"))


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        ([("Protocol 2009", "1:50000"), ("Protocol 2009", "1:50000")], "Protocol 2009, 1:50000"),
        ([("B", "1:10000"), ("A", None)], "A, scale not stated; B, 1:10000"),
        ([(None, "1:10000")], "source not stated, 1:10000"),
        ([(None, None)], "source not stated"),
        ([], "source not stated"),
    ],
)
def test_border_source(rows, text):
    assert rooms.border_source(pd.DataFrame(rows, columns=["source", "scale"])) == text


def test_border_source_without_columns():
    assert rooms.border_source(pd.DataFrame({"border_id": ["B1"]})) == "source not stated"


def test_contributions_are_whole_dong_and_contributors_distinct():
    frame = pd.DataFrame(
        {
            "contributor_id": ["V1", "V2", "V1", None],
            "amount_vnd": [5_400_000_000, 1.0, None, 2],
            "landmark_road_id": "R1",
        }
    )
    totals = rooms.total_contributions(frame)
    assert totals == {"contributor_count": 2, "contributed_vnd": 5_400_000_003}
    assert rooms.total_contributions(None) == {"contributor_count": 0, "contributed_vnd": 0}
    with pytest.raises(DataError, match="row 2"):
        rooms.total_contributions(frame.assign(amount_vnd=[1, 0.5, 1, 1]))


def test_roads_list_their_landmarks_money_and_length():
    roads = lines(0, 100, status=["built", "planned"], cost_vnd=[7, None], name="N")
    roads["landmark_road_id"] = ["R10", "R9"]
    access = measure_access(points((1, 0), (2, 0), (50, 0)), roads, served_distance_m=5.0)
    given = pd.DataFrame({"landmark_road_id": ["R10"], "amount_vnd": [3], "contributor_id": ["V"]})
    found = rooms.list_roads(roads, access, given)
    assert [road["landmark_road_id"] for road in found] == ["R9", "R10"]
    assert found[1] == {
        "landmark_road_id": "R10",
        "name": "N",
        "status": "built",
        "length_m": 2000.0,
        "cost_vnd": 7,
        "contributed_vnd": 3,
        "landmark_ids": ["960", "961"],
    }
    assert (found[0]["cost_vnd"], found[0]["landmark_ids"]) == (None, [])


def test_summary_of_the_village():
    landmarks, roads, border = vp.landmarks(), vp.landmark_roads(), vp.border()
    access = measure_access(landmarks, roads, vp.roads(), served_distance_m=50.0)
    pieces = rooms.SplitLines(roads.assign(weight=1.0), BORDER)
    record = rooms.summarise_access(
        access, roads, split=pieces, border=border, contributions=vp.contributions()
    )
    assert record["landmark_count"] == 4
    assert record["served_count"] == 1
    assert record["unserved"] == ["M2", "M3", "M4"]
    assert record["high_dangerous_count"] == 0
    assert (record["road_count"], record["road_km"], record["cost_vnd"]) == (1, 0.7, 7_000_000)
    assert record["by_status"]["planned"]["road_km"] == 0.9
    assert (record["border_km"], record["border_source"]) == (2.0, "invented, 1:10000")
    assert (record["contributor_count"], record["contributed_vnd"]) == (2, 5_000_000)
    assert [group["commune_id"] for group in record["groups"]] == [
        *("C1", "C2", "C10", "outside", "shared")
    ]
    first = record["groups"][0]
    assert (first["landmark_count"], first["served_count"], first["road_km"]) == (2, 1, 0.7)
    assert sum(group["border_km"] for group in record["groups"]) == pytest.approx(2.0)
    assert sum(group["landmark_count"] for group in record["groups"]) == 4


def test_summary_without_border_or_split():
    access = measure_access(points((0, 0)), lines(0), served_distance_m=5.0)
    record = rooms.summarise_access(access, lines(0), split=rooms.SplitLines())
    assert (record["border_km"], record["border_source"]) == (None, None)
    assert record["groups"] == [
        {
            "commune_id": "",
            "landmark_count": 1,
            "served_count": 1,
            "road_km": None,
            "border_km": None,
        }
    ]
